//! Long frames among short ones (attach §3.9).

use cmdbus_attach::frame::Broken;
use cmdbus_attach::link::Settings;
use tokio_tungstenite::tungstenite::Message;

use super::support::{Event, bus, id_of, pair, request, response, with_raw};

#[tokio::test(start_paused = true)]
async fn w16_a_frame_of_nine_mib_arrives_whole_and_delays_no_other_session() {
    let pair = pair(Settings::default());
    let long = response("long", "slow", 9 << 20);
    pair.client.sink.send(long, None).await.unwrap();
    // Part of it is on its way.
    tokio::task::yield_now().await;
    for n in 0..100 {
        let short = response(&n.to_string(), "quick", 10);
        pair.client.sink.send(short, None).await.unwrap();
    }
    let events = pair.server.inbox.until(101).await;
    assert_eq!(id_of(&events[100]), "long", "all others went past it");
    let Event::Frame(text) = &events[100] else {
        panic!("a frame");
    };
    assert!(text.len() > 9 << 20);
    assert!(!pair.client.sink.is_closed());
}

#[tokio::test(start_paused = true)]
async fn long_messages_of_the_bus_travel_in_pieces_as_well() {
    let pair = pair(Settings::default());
    pair.client
        .sink
        .send(bus("long", 3 << 20), None)
        .await
        .unwrap();
    pair.client.sink.send(bus("behind", 1), None).await.unwrap();
    pair.server.inbox.until(2).await;
    assert_eq!(pair.server.inbox.ids(), ["long", "behind"]);
}

#[tokio::test(start_paused = true)]
async fn pieces_are_counted_once() {
    let pair = pair(Settings::default());
    pair.client
        .sink
        .send(bus("long", 3 << 20), None)
        .await
        .unwrap();
    pair.server.inbox.until(1).await;
    assert_eq!(pair.client.link.figures().sent, 1);
    assert_eq!(pair.server.link.have(), 1);
}

#[tokio::test(start_paused = true)]
async fn no_message_is_longer_than_agreed() {
    let (server, _socket, mut raw) = with_raw(Settings {
        max_message: 4000,
        ..Settings::default()
    })
    .await;
    server
        .sink
        .send(response("long", "s", 20_000), None)
        .await
        .unwrap();
    server.sink.send(request("short", "t"), None).await.unwrap();
    let mut pieces = 0;
    while pieces < 6 {
        let message = raw.message().await;
        assert!(message.len() <= 4000);
        pieces += usize::from(message.is_binary());
    }
}

#[tokio::test(start_paused = true)]
async fn w16_a_refused_frame_fails_its_waiter_and_the_socket_stays() {
    let (server, _socket, mut raw) = with_raw(Settings {
        max_frame: 1000,
        ..Settings::default()
    })
    .await;
    for (n, last) in [(0, false), (1, false), (2, true)] {
        let header =
            format!(r#"{{"type":"chunk","ref":"q","n":{n},"last":{last},"of":"server_response"}}"#);
        let mut message = u32::try_from(header.len()).unwrap().to_be_bytes().to_vec();
        message.extend_from_slice(header.as_bytes());
        message.extend_from_slice(&[b'x'; 600]);
        raw.send(Message::binary(message)).await;
    }
    let complaint = raw.hear().await;
    assert_eq!(
        (&complaint["code"], &complaint["ref"]),
        (&"bad_frame".into(), &"q".into())
    );
    let events = server.inbox.until(1).await;
    let Event::Broken(Broken::Body { kind, id, .. }) = &events[0] else {
        panic!("{events:?}");
    };
    assert_eq!(
        (kind.as_str(), id.as_deref()),
        ("server_response", Some("q"))
    );
    raw.say(r#"{"type":"server_response","id":"r","kind":"ok","result":1}"#)
        .await;
    server.inbox.until(2).await;
    assert_eq!(
        server.link.have(),
        2,
        "the refused frame counts at its last piece"
    );
}
