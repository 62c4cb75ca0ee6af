//! The full queue (attach §3.8).

use std::time::Duration;

use cmdbus_attach::link::{Link, SendError, Settings, TrySendError};
use tokio::time::Instant;

use super::support::{End, bus, progress, request, response};
use tokio_tungstenite::tungstenite::protocol::Role;

fn small() -> Link {
    Link::new(Settings {
        queue_frames: 4,
        ..Settings::default()
    })
}

#[tokio::test(start_paused = true)]
async fn w4_a_send_waits_for_room_exactly_until_its_deadline() {
    let link = small();
    let sink = link.sink();
    for n in 0..4 {
        sink.try_send(request(&n.to_string(), "s")).unwrap();
    }
    assert_eq!(sink.try_send(request("4", "s")), Err(TrySendError::Full));
    let start = Instant::now();
    let deadline = start + Duration::from_secs(7);
    let late = sink.send(response("5", "s", 1), Some(deadline)).await;
    assert_eq!(late, Err(SendError::Late));
    assert_eq!(start.elapsed(), Duration::from_secs(7));
    assert_eq!(link.figures().paused, 0);
    assert_eq!(link.figures().queued, 4);
}

#[tokio::test(start_paused = true)]
async fn w9_a_paused_producer_goes_on_when_there_is_room_and_nothing_is_lost() {
    let server = End::new(
        Role::Server,
        Settings {
            queue_frames: 4,
            ..Settings::default()
        },
    );
    let client = End::new(Role::Client, Settings::default());
    let mut producers = Vec::new();
    for n in 0..40 {
        let sink = server.sink.clone();
        producers.push(tokio::spawn(async move {
            sink.send(bus(&n.to_string(), 10), None).await.unwrap();
        }));
        tokio::task::yield_now().await;
    }
    let figures = server.link.figures();
    assert_eq!((figures.queued, figures.paused), (4, 36));
    let (a, b) = tokio::io::duplex(1024);
    let (_server, _client) = (server.run(a), client.run(b));
    for producer in producers {
        producer.await.unwrap();
    }
    client.inbox.until(40).await;
    let expected: Vec<_> = (0..40).map(|n| n.to_string()).collect();
    assert_eq!(client.inbox.ids(), expected, "who came first goes first");
}

#[tokio::test(start_paused = true)]
async fn a_send_that_is_given_up_while_it_waits_is_not_sent() {
    let link = small();
    let sink = link.sink();
    for n in 0..4 {
        sink.try_send(request(&n.to_string(), "s")).unwrap();
    }
    {
        let send = sink.send(response("given up", "s", 1), None);
        tokio::pin!(send);
        assert!(futures_util::poll!(send.as_mut()).is_pending());
        assert_eq!(link.figures().paused, 1);
    }
    assert_eq!(link.figures().paused, 0);
}

#[tokio::test(start_paused = true)]
async fn w9_a_flood_of_progress_takes_no_memory_and_is_counted() {
    let link = Link::new(Settings {
        queue_frames: 100,
        ..Settings::default()
    });
    let sink = link.sink();
    for n in 0..10_000 {
        sink.try_send(progress(&n.to_string(), &format!("s{}", n % 30)))
            .unwrap();
    }
    assert_eq!(link.figures().queued, 100);
    assert_eq!(link.figures().dropped, 9_900);
    sink.try_send(request("q", "s")).unwrap();
    sink.try_send(response("r", "s", 1)).unwrap();
    assert_eq!(link.figures().dropped, 9_902);
}

#[tokio::test(start_paused = true)]
async fn progress_does_not_take_the_room_that_a_paused_response_waits_for() {
    let server = End::new(
        Role::Server,
        Settings {
            queue_frames: 2,
            ..Settings::default()
        },
    );
    server.sink.try_send(request("1", "s")).unwrap();
    server.sink.try_send(request("2", "s")).unwrap();
    let send = server.sink.send(response("3", "s", 1), None);
    tokio::pin!(send);
    assert!(futures_util::poll!(send.as_mut()).is_pending());
    server.sink.try_send(progress("4", "s")).unwrap();
    assert_eq!(
        server.sink.try_send(request("5", "s")),
        Err(TrySendError::Full)
    );
    assert_eq!(server.link.figures().dropped, 1);
    let client = End::new(Role::Client, Settings::default());
    let (a, b) = tokio::io::duplex(1024);
    let (_server, _client) = (server.run(a), client.run(b));
    send.await.unwrap();
    client.inbox.until(3).await;
    assert_eq!(client.inbox.ids(), ["1", "2", "3"]);
}

#[test]
fn w16_a_frame_that_is_too_large_fails_alone() {
    let whole = Link::new(Settings {
        chunk: false,
        max_message: 1000,
        ..Settings::default()
    });
    let pieces = Link::new(Settings {
        max_frame: 5000,
        max_message: 1000,
        ..Settings::default()
    });
    for (link, fits, too_large) in [(whole, 500, 1000), (pieces, 4000, 5000)] {
        let sink = link.sink();
        sink.try_send(response("1", "s", fits)).unwrap();
        let large = sink.try_send(response("2", "s", too_large));
        assert_eq!(large, Err(TrySendError::TooLarge));
        assert!(!sink.is_closed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_frame_that_waits_for_the_room_of_long_ones_holds_no_short_one_up() {
    let link = Link::new(Settings {
        queue_bytes: 1000,
        ..Settings::default()
    });
    let sink = link.sink();
    sink.try_send(response("1", "a", 2000)).unwrap();
    let long = sink.send(response("2", "b", 2000), None);
    tokio::pin!(long);
    assert!(futures_util::poll!(long.as_mut()).is_pending());
    sink.try_send(response("3", "c", 10)).unwrap();
}
