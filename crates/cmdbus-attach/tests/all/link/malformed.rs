//! Every row of the table of malformed input (attach §3.10).

use std::time::Duration;

use cmdbus_attach::frame::Broken;
use cmdbus_attach::link::{Settings, close};
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::protocol::frame::Frame as RawFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::support::{End, Event, request, with_raw};

const GOOD: &str = r#"{"type":"server_response","id":"good","kind":"ok","result":1}"#;

#[tokio::test(start_paused = true)]
async fn what_is_no_object_is_complained_of_and_the_socket_stays() {
    for bad in ["", "{", "[]", "7", "\"x\"", "{\"type\":}", "nonsense"] {
        let (server, _socket, mut raw) = with_raw(Settings::default()).await;
        raw.say(bad).await;
        assert_eq!(raw.hear().await["code"], "bad_frame", "{bad:?}");
        raw.say(GOOD).await;
        let events = server.inbox.until(2).await;
        assert!(matches!(events[0], Event::Broken(Broken::NotAFrame(_))));
        assert_eq!(server.link.figures().bad, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_frame_in_pieces_that_is_not_utf8_is_a_bad_frame() {
    let (server, _socket, mut raw) = with_raw(Settings::default()).await;
    let header = r#"{"type":"chunk","ref":"q","n":0,"last":true,"of":"server_response"}"#;
    let mut message = u32::try_from(header.len()).unwrap().to_be_bytes().to_vec();
    message.extend_from_slice(header.as_bytes());
    message.extend_from_slice(&[0xff, 0xfe]);
    raw.send(Message::binary(message)).await;
    assert_eq!(raw.hear().await["code"], "bad_frame");
    raw.say(GOOD).await;
    server.inbox.until(2).await;
    assert_eq!(server.link.figures().bad, 1);
}

#[tokio::test(start_paused = true)]
async fn a_text_message_that_is_not_utf8_closes_with_1007_as_websocket_asks() {
    let (server, socket, mut raw) = with_raw(Settings::default()).await;
    let frame = RawFrame::message(vec![0xff, 0xfe], OpCode::Data(Data::Text), true);
    raw.send(Message::Frame(frame)).await;
    assert_eq!(raw.hear().await["code"], "bad_frame");
    assert_eq!(raw.close_code().await, close::BAD_DATA);
    drop(raw);
    let end = socket.await.unwrap();
    assert_eq!((end.code, end.suspended), (close::BAD_DATA, true));
    assert_eq!(server.link.figures().bad, 1);
}

#[tokio::test(start_paused = true)]
async fn the_twentieth_bad_frame_within_a_minute_closes_with_1007() {
    let (_server, socket, mut raw) = with_raw(Settings::default()).await;
    for _ in 0..20 {
        raw.say("nonsense").await;
    }
    for _ in 0..20 {
        assert_eq!(raw.hear().await["code"], "bad_frame");
    }
    assert_eq!(raw.close_code().await, close::BAD_DATA);
    drop(raw);
    assert_eq!(socket.await.unwrap().code, close::BAD_DATA);
}

#[tokio::test(start_paused = true)]
async fn nineteen_bad_frames_a_minute_are_put_up_with() {
    let (_server, socket, mut raw) = with_raw(Settings::default()).await;
    for _ in 0..3 {
        for _ in 0..19 {
            raw.say("nonsense").await;
            assert_eq!(raw.hear().await["code"], "bad_frame");
        }
        tokio::time::advance(Duration::from_secs(60)).await;
        // Answers the ping of the server meanwhile.
        raw.say(GOOD).await;
    }
    assert!(!socket.is_finished());
}

#[tokio::test(start_paused = true)]
async fn w13_an_unknown_type_is_complained_of_with_its_id_and_nothing_ends() {
    let (server, socket, mut raw) = with_raw(Settings::default()).await;
    for _ in 0..100 {
        raw.say(r#"{"type":"from_the_future","id":"f1"}"#).await;
        let complaint = raw.hear().await;
        assert_eq!(complaint["code"], "unknown_type");
        assert_eq!(complaint["ref"], "f1");
    }
    raw.say(r#"{"type":"from_the_future"}"#).await;
    assert_eq!(raw.hear().await.get("ref"), None);
    raw.say(GOOD).await;
    let events = server.inbox.until(102).await;
    assert!(matches!(events[101], Event::Frame(_)));
    assert_eq!(server.link.figures().bad, 0);
    assert!(!socket.is_finished());
}

#[tokio::test(start_paused = true)]
async fn a_broken_answer_or_request_with_a_readable_id_is_handed_on_without_a_complaint() {
    let (server, _socket, mut raw) = with_raw(Settings::default()).await;
    raw.say(r#"{"type":"server_response","id":"q1","kind":7}"#)
        .await;
    raw.say(r#"{"type":"server_request","id":"q2","op":"fly"}"#)
        .await;
    raw.say(r#"{"type":"client_request","id":"k1","op":"fly"}"#)
        .await;
    // The first complaint is that of the third.
    let complaint = raw.hear().await;
    assert_eq!(
        (&complaint["code"], &complaint["ref"]),
        (&"bad_frame".into(), &"k1".into())
    );
    let ids: Vec<_> = server
        .inbox
        .until(3)
        .await
        .into_iter()
        .map(|event| match event {
            Event::Broken(Broken::Body { id, .. }) => id.unwrap(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids, ["q1", "q2", "k1"]);
    assert_eq!(server.link.have(), 3, "broken frames count as frames");
}

#[tokio::test(start_paused = true)]
async fn an_impossible_ack_closes_with_4408() {
    for acks in [vec![3], vec![2, 1]] {
        let (server, socket, mut raw) = with_raw(Settings::default()).await;
        for id in ["1", "2"] {
            server.sink.send(request(id, "s"), None).await.unwrap();
            raw.hear().await;
        }
        for upto in acks {
            raw.say(&format!(r#"{{"type":"ack","upto":{upto}}}"#)).await;
        }
        assert_eq!(raw.close_code().await, close::DEAD);
        drop(raw);
        assert_eq!(socket.await.unwrap().code, close::DEAD);
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_handshake_closes_with_4400_and_ends_the_attachment() {
    for second in [
        r#"{"type":"hello","proto":[1]}"#,
        r#"{"type":"welcome","proto":1,"conn":"c","heartbeat_ms":1}"#,
        r#"{"type":"hello"}"#,
    ] {
        let (server, socket, mut raw) = with_raw(Settings::default()).await;
        raw.say(second).await;
        assert_eq!(raw.close_code().await, close::HANDSHAKE);
        drop(raw);
        assert!(!socket.await.unwrap().suspended);
        assert!(server.sink.is_closed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_binary_message_that_is_no_piece_is_complained_of_and_counted() {
    for chunk in [true, false] {
        let (server, _socket, mut raw) = with_raw(Settings {
            chunk,
            ..Settings::default()
        })
        .await;
        raw.send(Message::binary(vec![1, 2, 3])).await;
        assert_eq!(raw.hear().await["code"], "bad_frame");
        raw.say(GOOD).await;
        server.inbox.until(1).await;
        assert_eq!(server.link.figures().bad, 1);
        assert_eq!(server.link.have(), 1, "it was no frame");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_of_the_bus_without_the_feature_is_forbidden() {
    let (server, _socket, mut raw) = with_raw(Settings {
        bus: false,
        ..Settings::default()
    })
    .await;
    raw.say(r#"{"type":"event","id":"e1","eventId":"x"}"#).await;
    let complaint = raw.hear().await;
    assert_eq!(
        (&complaint["code"], &complaint["ref"]),
        (&"forbidden".into(), &"e1".into())
    );
    raw.say(GOOD).await;
    assert_eq!(server.inbox.until(1).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_message_longer_than_agreed_closes_with_1009() {
    let (server, socket, mut raw) = with_raw(Settings {
        max_message: 1000,
        ..Settings::default()
    })
    .await;
    raw.say(&format!(r#"{{"type":"x","id":"{}"}}"#, "x".repeat(1000)))
        .await;
    assert_eq!(raw.close_code().await, close::TOO_BIG);
    drop(raw);
    assert!(socket.await.unwrap().suspended);
    assert!(server.inbox.events().is_empty());
}

#[tokio::test(start_paused = true)]
async fn broken_websocket_closes_with_1002() {
    let (_server, socket, mut raw) = with_raw(Settings::default()).await;
    let frame = RawFrame::message(vec![0], OpCode::Data(Data::Reserved(5)), true);
    raw.send(Message::Frame(frame)).await;
    assert_eq!(raw.close_code().await, close::PROTOCOL);
    drop(raw);
    socket.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn w9_a_flood_of_nonsense_without_reading_is_not_answered_word_for_word() {
    let (server, _socket, mut raw) = with_raw(Settings::default()).await;
    for n in 0..20_000 {
        raw.say(&format!(r#"{{"type":"x{n}"}}"#)).await;
    }
    server.inbox.until(20_000).await;
    let figures = server.link.figures();
    assert!(figures.queued <= 64, "{figures:?}");
    assert!(figures.unsaid > 0, "{figures:?}");
}

#[tokio::test]
async fn who_is_still_writing_learns_of_the_close_as_well() {
    // A real connection: hanging up on unread bytes would reset it, and the close would be lost.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    let server = End::new(
        Role::Server,
        Settings {
            max_message: 1000,
            ..Settings::default()
        },
    );
    let socket = server.run(stream);
    let ws = WebSocketStream::from_raw_socket(client, Role::Client, None).await;
    let (mut write, mut read) = ws.split();
    write
        .send(Message::text("x".repeat(16 << 20)))
        .await
        .unwrap();
    let mut code = None;
    while let Some(Ok(message)) = read.next().await {
        if let Message::Close(Some(frame)) = message {
            code = Some(u16::from(frame.code));
            break;
        }
    }
    assert_eq!(code, Some(close::TOO_BIG));
    drop((write, read));
    assert_eq!(socket.await.unwrap().code, close::TOO_BIG);
}
