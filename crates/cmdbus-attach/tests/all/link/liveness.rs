//! Heartbeat, and peers that do not read (attach §3.11).

use std::time::Duration;

use cmdbus_attach::link::{SendError, Settings, TrySendError, close};
use futures_util::{SinkExt, StreamExt};
use tokio::io::duplex;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::support::{End, pair, request, request_with, response, with_raw};

#[tokio::test(start_paused = true)]
async fn idle_sockets_stay_up_by_pings_alone() {
    let pair = pair(Settings::default());
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert!(!pair.server_socket.is_finished() && !pair.client_socket.is_finished());
    assert!(pair.server.inbox.events().is_empty() && pair.client.inbox.events().is_empty());
}

#[tokio::test(start_paused = true)]
async fn w12_a_peer_that_vanished_is_dead_after_two_and_a_half_intervals() {
    let server = End::new(Role::Server, Settings::default());
    // The other end is kept, and never speaks.
    let (a, _b) = duplex(64 * 1024);
    let start = Instant::now();
    let end = server.run(a).await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(50));
    assert_eq!(
        (end.code, end.clean, end.suspended),
        (close::DEAD, false, true)
    );
}

#[tokio::test(start_paused = true)]
async fn without_resume_a_dead_peer_ends_the_attachment() {
    let server = End::new(
        Role::Server,
        Settings {
            resume: false,
            ..Settings::default()
        },
    );
    let (a, _b) = duplex(64 * 1024);
    assert!(!server.run(a).await.unwrap().suspended);
    assert_eq!(server.link.ended().unwrap().code, close::DEAD);
    assert_eq!(
        server.sink.try_send(request("q", "s")),
        Err(TrySendError::Closed)
    );
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_pings_and_never_reads_is_dead_as_well() {
    let server = End::new(Role::Server, Settings::default());
    let (a, b) = duplex(4096);
    let socket = server.run(a);
    for n in 0..10 {
        let frame = response(&n.to_string(), "s", 10_000);
        server.sink.send(frame, None).await.unwrap();
    }
    let start = Instant::now();
    let ws = WebSocketStream::from_raw_socket(b, Role::Client, None).await;
    let (mut write, _read) = ws.split();
    let pings = tokio::spawn(async move {
        // Until nobody takes them any more.
        while write.send(Message::Ping("x".into())).await.is_ok() {
            tokio::time::sleep(Duration::from_secs(10)).await;
        }
    });
    let end = socket.await.unwrap();
    assert_eq!(end.code, close::DEAD);
    assert_eq!(start.elapsed(), Duration::from_secs(50));
    pings.abort();
}

#[tokio::test(start_paused = true)]
async fn a_slow_peer_that_reads_is_not_dead() {
    let (server, socket, mut raw) = with_raw(Settings {
        heartbeat: Duration::from_secs(8),
        ..Settings::default()
    })
    .await;
    // More than the network holds: the writer is stuck most of the time.
    for n in 0..60 {
        let frame = response(&n.to_string(), "s", 30_000);
        server.sink.send(frame, None).await.unwrap();
    }
    for _ in 0..60 {
        raw.hear().await;
        // As the other side of ours would, having said nothing for so long.
        raw.send(Message::Ping("".into())).await;
        tokio::time::sleep(Duration::from_secs(4)).await;
    }
    assert!(!socket.is_finished());
}

#[tokio::test(start_paused = true)]
async fn i07_a_peer_that_stops_reading_delays_no_other_and_its_own_sends_end_at_their_deadlines() {
    let stuck = End::new(
        Role::Server,
        Settings {
            queue_frames: 16,
            ..Settings::default()
        },
    );
    let (a, _never_read) = duplex(16);
    let _socket = stuck.run(a);
    let other = pair(Settings::default());
    // The writer takes some, and hangs on them.
    for _ in 0..10 {
        while stuck.sink.try_send(request_with("q", "s", 5000)).is_ok() {}
        tokio::task::yield_now().await;
    }
    assert_eq!(
        stuck.sink.try_send(request("q", "s")),
        Err(TrySendError::Full)
    );

    let start = Instant::now();
    let waiting: Vec<_> = (1..=5)
        .map(|seconds| {
            let sink = stuck.sink.clone();
            tokio::spawn(async move {
                let deadline = start + Duration::from_secs(seconds);
                let late = sink.send(response("r", "s", 1), Some(deadline)).await;
                (late, start.elapsed())
            })
        })
        .collect();
    tokio::task::yield_now().await;

    for n in 0..100 {
        let frame = request(&n.to_string(), "s");
        other.server.sink.send(frame, None).await.unwrap();
    }
    other.client.inbox.until(100).await;
    assert_eq!(
        start.elapsed(),
        Duration::ZERO,
        "nobody waited for the clock"
    );

    for (waiting, seconds) in waiting.into_iter().zip(1..) {
        let expected = (Err(SendError::Late), Duration::from_secs(seconds));
        assert_eq!(waiting.await.unwrap(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn w17_the_reader_goes_on_while_the_writer_is_stuck() {
    let server = End::new(Role::Server, Settings::default());
    let (a, b) = duplex(4096);
    let _socket = server.run(a);
    for n in 0..10 {
        let frame = response(&n.to_string(), "s", 10_000);
        server.sink.send(frame, None).await.unwrap();
    }
    let ws = WebSocketStream::from_raw_socket(b, Role::Client, None).await;
    let (mut write, _never_read) = ws.split();
    for n in 0..100 {
        let text = format!(r#"{{"type":"server_response","id":"{n}","kind":"ok","result":1}}"#);
        write.send(Message::text(text)).await.unwrap();
    }
    server.inbox.until(100).await;
    assert!(
        server.link.figures().queued > 0,
        "the writer is stuck still"
    );
}
