//! The end of an attachment.

use std::time::Duration;

use cmdbus_attach::frame::{Frame, Goodbye};
use cmdbus_attach::link::{Ended, Link, Outgoing, SendError, Settings, TrySendError, close};
use tokio::io::{AsyncReadExt, duplex};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::support::{End, pair, request, response, with_raw};

#[tokio::test(start_paused = true)]
async fn an_orderly_close_sends_what_is_queued_first() {
    let pair = pair(Settings::default());
    tokio::task::yield_now().await;
    for n in 0..300 {
        let frame = response(&n.to_string(), "s", 1000);
        pair.server.sink.send(frame, None).await.unwrap();
    }
    pair.server.sink.close(close::DONE, "done");
    assert_eq!(
        pair.server.sink.try_send(request("late", "s")),
        Err(TrySendError::Closed)
    );
    let (server, client) = (
        pair.server_socket.await.unwrap(),
        pair.client_socket.await.unwrap(),
    );
    assert_eq!(pair.client.inbox.events().len(), 300);
    assert_eq!(
        (server.code, server.clean, server.by_peer),
        (1000, true, false)
    );
    assert_eq!(
        (client.code, client.clean, client.by_peer),
        (1000, true, true)
    );
    assert_eq!(client.reason, "done");
    assert!(!client.suspended && !server.suspended);
    assert!(pair.client.sink.is_closed());
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_comes_after_the_end_is_told_why_it_ended() {
    let server = End::new(Role::Server, Settings::default());
    // What ends it is what a client reacts to: this one comes back, which it would not for a replaced socket.
    server.link.end(close::DEAD, "it has not come back in time");
    let (a, _b) = duplex(1024);
    let end = server.run(a).await.unwrap();
    assert_eq!((end.code, end.suspended), (close::DEAD, false));
    assert_eq!(end.reason, "it has not come back in time");
}

#[tokio::test(start_paused = true)]
async fn a_close_towards_a_peer_that_does_not_read_ends_in_time() {
    let server = End::new(Role::Server, Settings::default());
    let (a, _never_read) = duplex(16);
    let socket = server.run(a);
    server
        .sink
        .send(response("1", "s", 1000), None)
        .await
        .unwrap();
    tokio::task::yield_now().await;
    let start = Instant::now();
    server.sink.close(close::RESTART, "restart");
    let end = socket.await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(5));
    assert_eq!((end.code, end.clean), (close::RESTART, false));
}

#[tokio::test(start_paused = true)]
async fn w20_after_the_end_every_send_fails_at_once_and_who_waits_is_told() {
    let link = Link::new(Settings {
        queue_frames: 1,
        ..Settings::default()
    });
    let sink = link.sink();
    sink.try_send(request("1", "s")).unwrap();
    let waiting: Vec<_> = (0..100)
        .map(|_| {
            let sink = sink.clone();
            tokio::spawn(async move { sink.send(response("2", "s", 1), None).await })
        })
        .collect();
    let told = tokio::spawn({
        let sink = sink.clone();
        async move { sink.closed().await }
    });
    tokio::task::yield_now().await;
    let start = Instant::now();
    link.end(close::DETACHED, "gone");
    for waiting in waiting {
        assert_eq!(waiting.await.unwrap(), Err(SendError::Closed));
    }
    let ended = Ended {
        code: close::DETACHED,
        reason: "gone".to_owned(),
    };
    assert_eq!(told.await.unwrap(), ended);
    assert_eq!(sink.closed().await, ended);
    assert_eq!(link.ended(), Some(ended));
    assert_eq!(
        sink.send(request("3", "s"), None).await,
        Err(SendError::Closed)
    );
    assert_eq!(sink.try_send(request("3", "s")), Err(TrySendError::Closed));
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(link.figures().queued, 0);
}

#[tokio::test(start_paused = true)]
async fn an_end_tells_the_peer_without_waiting_for_it() {
    let (server, socket, mut raw) = with_raw(Settings::default()).await;
    tokio::task::yield_now().await;
    let start = Instant::now();
    server.link.end(close::DETACHED, "by the operator");
    assert_eq!(socket.await.unwrap().code, close::DETACHED);
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(raw.close_code().await, close::DETACHED);
}

#[tokio::test(start_paused = true)]
async fn w8_clones_of_the_sink_keep_neither_the_socket_nor_the_attachment() {
    let server = End::new(Role::Server, Settings::default());
    let (a, mut b) = duplex(64 * 1024);
    let socket = server.run(a);
    let clones = vec![server.sink.clone(); 100];
    tokio::task::yield_now().await;
    socket.abort();
    // The other side hears that it is over.
    let mut rest = Vec::new();
    b.read_to_end(&mut rest).await.unwrap();
    assert!(socket.await.unwrap_err().is_cancelled());
    assert!(!clones[0].is_closed(), "the attachment waits for a socket");
    drop(server.link);
    assert!(
        clones
            .iter()
            .all(cmdbus_attach::link::SharedSink::is_closed)
    );
}

#[tokio::test(start_paused = true)]
async fn a_goodbye_of_either_side_leaves_nothing_to_take_up() {
    for by_server in [true, false] {
        let pair = pair(Settings::default());
        let goodbye = Outgoing::frame(&Frame::Goodbye(Goodbye {
            reason: "shutdown".to_owned(),
            drain_ms: 0,
        }));
        let (from, to) = if by_server {
            (&pair.server, &pair.client)
        } else {
            (&pair.client, &pair.server)
        };
        from.sink.try_send(goodbye).unwrap();
        to.inbox.until(1).await;
        pair.server_socket.abort();
        let end = pair.client_socket.await.unwrap();
        assert_eq!((end.code, end.suspended), (close::BROKEN_OFF, false));
        assert!(pair.client.sink.is_closed());
    }
}

#[tokio::test(start_paused = true)]
async fn only_some_closes_of_the_peer_leave_something_to_take_up() {
    for (code, suspended) in [
        (1000, false),
        (1001, true),
        (1011, true),
        (1012, true),
        (4400, false),
        (4401, false),
        (4408, true),
        (4409, false),
        (4410, false),
    ] {
        let (_server, socket, mut raw) = with_raw(Settings::default()).await;
        raw.send(Message::Close(Some(
            tokio_tungstenite::tungstenite::protocol::CloseFrame {
                code: u16::into(code),
                reason: "".into(),
            },
        )))
        .await;
        let end = socket.await.unwrap();
        assert_eq!((end.code, end.suspended), (code, suspended));
        assert!(end.clean && end.by_peer);
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_socket_of_one_attachment_is_turned_away() {
    let pair = pair(Settings::default());
    tokio::task::yield_now().await;
    let (a, b) = duplex(64 * 1024);
    let second = pair.server.run(a);
    let mut raw = super::support::Raw(
        tokio_tungstenite::WebSocketStream::from_raw_socket(b, Role::Client, None).await,
    );
    assert_eq!(raw.close_code().await, close::REPLACED);
    second.await.unwrap();
    pair.server.sink.try_send(request("1", "s")).unwrap();
    pair.client.inbox.until(1).await;
}

#[tokio::test(start_paused = true)]
async fn w8_i14_a_thousand_attachments_leave_nothing() {
    let mut kept = Vec::new();
    for _ in 0..1000 {
        let pair = pair(Settings::default());
        let server = pair.server.sink.clone();
        server.send(request("1", "s"), None).await.unwrap();
        pair.client.inbox.until(1).await;
        pair.client.sink.close(close::DONE, "");
        pair.server_socket.await.unwrap();
        pair.client_socket.await.unwrap();
        kept.push(std::sync::Arc::downgrade(&pair.client.inbox));
        kept.push(std::sync::Arc::downgrade(&pair.server.inbox));
        assert!(server.is_closed());
    }
    assert!(kept.iter().all(|inbox| inbox.strong_count() == 0));
    assert_eq!(
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks(),
        0
    );
}
