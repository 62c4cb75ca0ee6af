//! Taking an attachment up on another socket (attach §3.12).

use std::time::Duration;

use cmdbus_attach::link::{Outgoing, ResumeError, Settings, close};
use tokio::io::duplex;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::support::{
    Cut, End, NETWORK, bus, id_of, pair, progress, request, request_with, response, with_raw,
};

/// Cuts frames of more than 300 bytes into pieces of 100.
fn cutting() -> Settings {
    Settings {
        chunk_above: 300,
        max_message: 1024 + 100,
        ..Settings::default()
    }
}

/// A little of everything.
fn exchange(side: &str) -> Vec<Outgoing> {
    let id = |n: u32| format!("{side}{n}");
    vec![
        request(&id(0), "s"),
        progress(&id(1), "s"),
        response(&id(2), "s", 10),
        request_with(&id(3), "t", 700),
        bus(&id(4), 20),
        bus(&id(5), 900),
        bus(&id(6), 1),
        response(&id(7), "t", 1),
        response(&id(8), "s", 1200),
        progress(&id(9), "s"),
    ]
}

/// Both ends say how many frames they have, as `hello` and `welcome` do.
fn take_up(server: &End, client: &End) {
    let have = server.link.resume(client.link.have()).unwrap();
    assert_eq!(have, server.link.have());
    assert_eq!(client.link.resume(have).unwrap(), client.link.have());
}

fn assert_exactly_once(end: &End, side: &str) {
    let mut ids = end.inbox.ids();
    for session in [vec![0, 1, 2, 8, 9], vec![3, 7], vec![4, 5, 6]] {
        let expected: Vec<_> = session.iter().map(|n| format!("{side}{n}")).collect();
        let came: Vec<_> = ids
            .iter()
            .filter(|id| expected.contains(id))
            .cloned()
            .collect();
        assert_eq!(came, expected);
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 10);
}

#[tokio::test(start_paused = true)]
async fn every_frame_arrives_exactly_once_wherever_the_socket_drops() {
    let mut drops = 0;
    let mut at = 1;
    loop {
        let (server, client) = (
            End::new(Role::Server, cutting()),
            End::new(Role::Client, cutting()),
        );
        for (end, side) in [(&server, "s"), (&client, "c")] {
            for frame in exchange(side) {
                end.sink.send(frame, None).await.unwrap();
            }
        }
        // Twice in a row at the same point, so that what is sent again breaks off as well.
        let mut dropped = false;
        for _ in 0..2 {
            let (a, b) = duplex(NETWORK);
            let (one, two) = (
                server.run(Cut {
                    stream: a,
                    left: at,
                }),
                client.run(b),
            );
            let whole = async {
                server.inbox.until(10).await;
                client.inbox.until(10).await;
            };
            tokio::select! {
                end = one => {
                    let end = end.unwrap();
                    assert!(end.suspended, "{end:?}");
                    two.await.unwrap();
                    dropped = true;
                }
                () = whole => {
                    client.link.vacate(close::GOING_AWAY, "").await;
                    server.link.vacate(close::GOING_AWAY, "").await;
                }
            }
            take_up(&server, &client);
        }
        let (a, b) = duplex(NETWORK);
        let (_server, _client) = (server.run(a), client.run(b));
        server.inbox.until(10).await;
        client.inbox.until(10).await;
        assert_exactly_once(&server, "c");
        assert_exactly_once(&client, "s");
        if !dropped {
            break;
        }
        drops += 1;
        at += 11;
    }
    assert!(drops > 500, "only {drops} points were tried");
}

#[tokio::test(start_paused = true)]
async fn acks_go_after_a_second_and_empty_the_buffer() {
    let pair = pair(Settings::default());
    pair.server
        .sink
        .send(request("1", "s"), None)
        .await
        .unwrap();
    pair.client.inbox.until(1).await;
    assert_eq!(pair.server.link.figures().unacknowledged, 1);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(pair.server.link.figures().unacknowledged, 0);
    assert_eq!(pair.server.link.have(), 0, "an ack is not counted");
}

#[tokio::test(start_paused = true)]
async fn acks_go_after_64_frames() {
    let (server, _socket, mut raw) = with_raw(Settings::default()).await;
    for n in 0..64 {
        raw.say(&format!(
            r#"{{"type":"server_response","id":"{n}","kind":"ok","result":1}}"#
        ))
        .await;
    }
    let start = tokio::time::Instant::now();
    let ack = raw.message().await.into_text().unwrap();
    assert_eq!(ack.as_str(), r#"{"type":"ack","upto":64}"#);
    assert_eq!(start.elapsed(), Duration::ZERO);
    drop(server);
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_while_no_socket_was_there_goes_on_the_next_one() {
    let pair = pair(Settings::default());
    pair.server
        .sink
        .send(request("1", "s"), None)
        .await
        .unwrap();
    pair.client.inbox.until(1).await;
    pair.server.link.vacate(close::GOING_AWAY, "").await;
    assert!(pair.client_socket.await.unwrap().suspended);
    pair.server
        .sink
        .send(request("2", "s"), None)
        .await
        .unwrap();
    take_up(&pair.server, &pair.client);
    let (a, b) = duplex(NETWORK);
    let (_server, _client) = (pair.server.run(a), pair.client.run(b));
    pair.client.inbox.until(2).await;
    assert_eq!(pair.client.inbox.ids(), ["1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn a_frame_of_nine_mib_that_breaks_off_goes_whole_again() {
    let (server, client) = (
        End::new(Role::Server, Settings::default()),
        End::new(Role::Client, Settings::default()),
    );
    server
        .sink
        .send(response("long", "s", 9 << 20), None)
        .await
        .unwrap();
    let (a, b) = duplex(NETWORK);
    let (cut, _other) = (
        server.run(Cut {
            stream: a,
            left: 5 << 20,
        }),
        client.run(b),
    );
    cut.await.unwrap();
    client.link.vacate(close::GOING_AWAY, "").await;
    assert!(client.inbox.events().is_empty());
    take_up(&server, &client);
    let (a, b) = duplex(NETWORK);
    let (_server, _client) = (server.run(a), client.run(b));
    let events = client.inbox.until(1).await;
    assert_eq!(id_of(&events[0]), "long");
}

#[tokio::test(start_paused = true)]
async fn an_exhausted_buffer_cannot_be_resumed() {
    let (server, socket, mut raw) = with_raw(Settings {
        resume_frames: 5,
        ..Settings::default()
    })
    .await;
    for n in 0..6 {
        server
            .sink
            .send(request(&n.to_string(), "s"), None)
            .await
            .unwrap();
        raw.hear().await;
    }
    drop(raw);
    assert!(socket.await.unwrap().suspended);
    assert_eq!(server.link.resume(0), Err(ResumeError::Exhausted));
}

#[tokio::test(start_paused = true)]
async fn an_impossible_count_refuses_the_resume() {
    let (server, socket, mut raw) = with_raw(Settings::default()).await;
    server.sink.send(request("1", "s"), None).await.unwrap();
    raw.hear().await;
    assert_eq!(server.link.resume(1), Err(ResumeError::Running));
    drop(raw);
    socket.await.unwrap();
    assert_eq!(server.link.resume(2), Err(ResumeError::Impossible));
    server.link.resume(1).unwrap();
    assert_eq!(server.link.resume(0), Err(ResumeError::Impossible));
    server.link.end(close::GOING_AWAY, "");
    assert_eq!(server.link.resume(1), Err(ResumeError::Ended));
}

#[tokio::test(start_paused = true)]
async fn a_newer_socket_takes_over_from_one_that_hangs() {
    let server = End::new(Role::Server, Settings::default());
    // The old connection: nobody reads it any more, and nobody says so.
    let (a, _hangs) = duplex(16);
    let old = server.run(a);
    server.sink.send(request("1", "s"), None).await.unwrap();
    tokio::task::yield_now().await;
    let start = tokio::time::Instant::now();
    server.link.vacate(close::REPLACED, "a newer socket").await;
    let end = old.await.unwrap();
    assert_eq!((end.code, end.suspended), (close::REPLACED, true));
    let client = End::new(Role::Client, Settings::default());
    server.link.resume(0).unwrap();
    let (a, b) = duplex(NETWORK);
    let (_server, _client) = (server.run(a), client.run(b));
    client.inbox.until(1).await;
    assert_eq!(client.inbox.ids(), ["1"]);
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn without_the_feature_no_acks_go_and_a_drop_ends_everything() {
    let (server, socket, mut raw) = with_raw(Settings {
        resume: false,
        ..Settings::default()
    })
    .await;
    raw.say(r#"{"type":"server_response","id":"1","kind":"ok","result":1}"#)
        .await;
    server.inbox.until(1).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    server.sink.send(request("1", "s"), None).await.unwrap();
    let first = raw.message().await.into_text().unwrap();
    assert!(first.contains("server_request"), "{first}");
    drop(raw);
    assert!(!socket.await.unwrap().suspended);
    assert!(server.sink.is_closed());
}
