use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cmdbus_mcp::carry::{Call, Carrier as _};
use cmdbus_mcp::rpc::{Era, codes};
use cmdbus_mcp::upstream::{Connection as _, Ended};
use tokio::sync::Notify;

use super::server::Server;
use super::{Ear, ask, call, connect, raw, session, shown, within};

fn is_get(seen: &super::server::Seen) -> bool {
    seen.verb == "GET"
}

#[tokio::test]
async fn a_broken_answer_is_taken_up_behind_its_last_event() {
    let server = Server::start(|x| {
        Box::pin(async move {
            if x.request.verb == "GET" {
                match x.request.header("last-event-id") {
                    None => return x.status(405).await,
                    // Two pieces more, over two connections.
                    Some("e-1") => {
                        x.stream().await;
                        x.piece("id: e-2\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}\n\n").await;
                        x.end().await;
                    }
                    Some(last) => {
                        assert_eq!(last, "e-2");
                        assert_eq!(x.request.header("mcp-session-id"), Some("s-1"));
                        assert_eq!(x.request.header("accept"), Some("text/event-stream"));
                        x.stream().await;
                        x.piece("id: e-3\ndata: {\"jsonrpc\":\"2.0\",\"id\":2,\"result\":\"late\"}\n\n").await;
                        x.end().await;
                    }
                }
            } else if !x.session().await {
                assert_eq!(x.request.id(), "2");
                x.stream().await;
                x.piece("id: e-1\nretry: 300\ndata:\n\n").await;
            }
        })
    })
    .await;
    let (connection, _) = session(&server).await;
    let ear = Ear::default();
    let result = call(&connection, Era::Legacy, "tools/call", None, &ear)
        .await
        .unwrap();
    assert_eq!(result.get(), "\"late\"");
    assert_eq!(ear.all(), ["notifications/message"]);
    let sent = server.sees(|seen| seen.method() == "tools/call").await;
    let resumed = server
        .sees(|seen| seen.header("last-event-id") == Some("e-1"))
        .await;
    assert!(resumed.at - sent.at >= Duration::from_millis(300));
    // The call is not sent again.
    assert_eq!(server.count(|seen| seen.method() == "tools/call"), 1);
}

#[tokio::test]
async fn a_broken_answer_is_lost_where_it_cannot_be_taken_up() {
    let server = Server::start(|x| {
        Box::pin(async move {
            if x.session().await {
                return;
            }
            x.stream().await;
            let prime = if x.request.method() == "ided" {
                "id: 1\ndata:\n\n"
            } else {
                "data:\n\n"
            };
            x.piece(prime).await;
        })
    })
    .await;
    let (legacy, _) = session(&server).await;
    let (modern, _) = connect(&server, Era::Modern);
    // No id; an id, but the server answers the GET with 405; an id, but the modern era knows no such thing.
    for (connection, era, method) in [
        (&legacy, Era::Legacy, "plain"),
        (&legacy, Era::Legacy, "ided"),
        (&modern, Era::Modern, "ided"),
    ] {
        let lost = call(connection, era, method, None, &Ear::default()).await;
        assert_eq!(lost.unwrap_err().code, codes::CHANNEL_LOST, "{method}");
    }
    let resumed = server.count(|seen| is_get(seen) && seen.header("last-event-id").is_some());
    assert_eq!(resumed, 1);
}

#[tokio::test]
async fn taking_up_a_stream_is_given_up_after_a_few_tries() {
    let server = Server::start(|x| {
        Box::pin(async move {
            if is_get(&x.request) {
                x.status(503).await;
            } else {
                x.stream().await;
                x.piece("id: 1\ndata:\n\n").await;
            }
        })
    })
    .await;
    let (connection, _) = connect(&server, Era::Legacy);
    let calling = connection.call(
        Call::new(Era::Legacy, "m", Some(raw("{}"))),
        Ear::default().hears(),
    );
    let calling = tokio::spawn(calling);
    server.sees(|seen| seen.verb == "POST").await;
    tokio::time::pause();
    assert_eq!(
        calling.await.unwrap().unwrap_err().code,
        codes::CHANNEL_LOST
    );
    assert_eq!(server.count(is_get), 5);
}

#[tokio::test]
async fn the_standalone_stream_brings_what_belongs_to_no_call() {
    let progress = r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"a/b","progress":1}}"#;
    let server = Server::start(move |x| {
        Box::pin(async move {
            if is_get(&x.request) {
                x.stream().await;
                match x.request.header("last-event-id") {
                    None => {
                        x.piece("id: g-1\nretry: 100\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}\n\n").await;
                    }
                    Some(last) => {
                        assert_eq!(last, "g-1");
                        x.event(r#"{"jsonrpc":"2.0","method":"notifications/second"}"#).await;
                        // Of a call in progress, of none, and something that is no message.
                        x.event(progress).await;
                        x.event(&progress.replace("a/b", "other")).await;
                        x.event("nonsense").await;
                        x.event(r#"{"jsonrpc":"2.0","method":"notifications/third"}"#).await;
                        x.closed().await;
                    }
                }
            } else if x.request.method() == "slow" {
                x.closed().await;
            } else {
                x.session().await;
            }
        })
    })
    .await;
    let (connection, ear) = connect(&server, Era::Legacy);
    let of_call = Ear::default();
    // The token is written otherwise than the server writes it.
    let slow = Call::new(
        Era::Legacy,
        "slow",
        Some(raw(r#"{"_meta":{"progressToken":"a\/b"}}"#)),
    );
    let slow = tokio::spawn(connection.call(slow, of_call.hears()));
    server.sees(|seen| seen.method() == "slow").await;
    super::handshake(&connection).await;
    for method in [
        "notifications/tools/list_changed",
        "notifications/second",
        "notifications/third",
    ] {
        assert_eq!(shown(&ear.next().await), method);
    }
    assert_eq!(
        of_call.all(),
        [r#"notifications/progress {"progressToken":"a/b","progress":1}"#]
    );
    slow.abort();
    within(connection.close()).await;
    server.sees(|seen| is_get(seen) && seen.closed).await;
}

#[tokio::test]
async fn a_server_without_a_standalone_stream_is_asked_once() {
    let server = Server::start(|x| {
        Box::pin(async move {
            if !x.session().await {
                x.result("{}").await;
            }
        })
    })
    .await;
    let (connection, _) = session(&server).await;
    connection.notify("notifications/initialized", None, &[]);
    server.sees(is_get).await;
    tokio::time::pause();
    tokio::time::sleep(Duration::from_secs(600)).await;
    tokio::time::resume();
    ask(&connection, Era::Legacy).await.unwrap();
    assert_eq!(server.count(is_get), 1);
}

#[tokio::test]
async fn a_standalone_stream_that_always_fails_disturbs_nobody() {
    let tries = Arc::new(AtomicUsize::new(0));
    let enough = Arc::new(Notify::new());
    let (counted, told) = (tries.clone(), enough.clone());
    let server = Server::start(move |x| {
        let (counted, told) = (counted.clone(), told.clone());
        Box::pin(async move {
            if is_get(&x.request) {
                match counted.fetch_add(1, Ordering::Relaxed) {
                    8 => told.notify_one(),
                    n if n % 4 == 0 => return x.status(500).await,
                    n if n % 4 == 1 => return x.status(403).await,
                    n if n % 4 == 2 => return x.json(200, "{}").await,
                    // Broken off without a word.
                    _ => {}
                }
            } else if !x.session().await {
                x.result("{}").await;
            }
        })
    })
    .await;
    let (connection, _) = session(&server).await;
    server.sees(is_get).await;
    tokio::time::pause();
    enough.notified().await;
    tokio::time::resume();
    ask(&connection, Era::Legacy).await.unwrap();
    within(connection.close()).await;
    assert_eq!(within(connection.ended()).await, Ended::Closed);
}

#[tokio::test]
async fn a_session_that_is_gone_shows_when_the_standalone_stream_is() {
    let server = Server::start(|x| {
        Box::pin(async move {
            match (x.request.verb.as_str(), x.request.method().as_str()) {
                ("GET", _) | (_, "ping") => x.status(404).await,
                _ => {
                    x.session().await;
                }
            }
        })
    })
    .await;
    let (connection, _) = session(&server).await;
    assert_eq!(within(connection.ended()).await, Ended::SessionLost);
}
