//! `GET /events`.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::response::Response;
use cmdbus::channel::http::HttpEndpoint;
use cmdbus::{CommandRegistry, DynEvent};
use futures_util::{FutureExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tower::ServiceExt;

use super::support::{Short, get, request};
use crate::support::soon;

fn registry() -> CommandRegistry {
    CommandRegistry::new(Default::default())
}

async fn ask(router: &Router, path: &str, accept: &str) -> Response {
    let request = request("GET", path, &[("accept", accept)], Body::empty());
    router.clone().oneshot(request).await.unwrap()
}

async fn open(router: &Router, path: &str, accept: &str) -> BodyDataStream {
    let answer = ask(router, path, accept).await;
    assert_eq!(answer.status(), 200);
    let media = if accept.is_empty() {
        "application/x-ndjson"
    } else {
        accept
    };
    assert_eq!(answer.headers()["content-type"], media);
    answer.into_body().into_data_stream()
}

async fn next(stream: &mut BodyDataStream) -> String {
    let chunk = soon(stream.next()).await.unwrap().unwrap();
    String::from_utf8(chunk.to_vec()).unwrap()
}

fn emit(registry: &CommandRegistry, id: &str, payload: Value) {
    registry.emit(DynEvent::new(id, payload)).unwrap();
}

#[tokio::test]
async fn events_that_match_come_as_lines() {
    let registry = registry();
    let router = HttpEndpoint::without_token(registry.clone()).router();
    let mut stream = open(&router, "/events?pattern=notes.*", "").await;
    emit(&registry, "other.changed", json!(1));
    emit(&registry, "notes.changed", json!({"text": "two\nlines"}));
    emit(&registry, "notes.gone", Value::Null);
    let line = next(&mut stream).await;
    assert_eq!(line.find('\n'), Some(line.len() - 1));
    let event: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(event["event"], "notes.changed");
    assert_eq!(event["payload"], json!({"text": "two\nlines"}));
    assert!(event["id"].as_str().is_some_and(|id| id.len() == 36));
    let event: Value = serde_json::from_str(&next(&mut stream).await).unwrap();
    assert_eq!(
        (&event["event"], &event["payload"]),
        (&json!("notes.gone"), &Value::Null)
    );
}

#[tokio::test]
async fn browsers_get_server_sent_events() {
    let registry = registry();
    let router = HttpEndpoint::without_token(registry.clone()).router();
    let mut stream = open(&router, "/events", "text/event-stream").await;
    emit(&registry, "a.b", json!("x"));
    let text = next(&mut stream).await;
    let (id, data) = text.split_once('\n').unwrap();
    let data = data
        .strip_prefix("data: ")
        .unwrap()
        .strip_suffix("\n\n")
        .unwrap();
    let event: Value = serde_json::from_str(data).unwrap();
    assert_eq!(id, format!("id: {}", event["id"].as_str().unwrap()));
    assert_eq!(event["event"], "a.b");
}

#[tokio::test]
async fn private_events_are_heard_by_nobody_outside() {
    let registry = registry();
    let router = HttpEndpoint::without_token(registry.clone()).router();
    let mut stream = open(&router, "/events?pattern=%3F*", "").await;
    emit(&registry, "_own.secret", json!(1));
    emit(&registry, "a.b", json!(2));
    assert!(next(&mut stream).await.contains("a.b"));
    get(&router, "/events?pattern=_own.*").await.error(400);
}

#[tokio::test]
async fn a_slow_listener_is_told_how_many_events_it_has_missed() {
    let registry = registry();
    let router = HttpEndpoint::without_token(registry.clone())
        .event_queue(2, 1000)
        .router();
    let mut lines = open(&router, "/events", "").await;
    let mut frames = open(&router, "/events", "text/event-stream").await;
    for number in 0..5 {
        emit(&registry, "a.b", json!(number));
    }
    for stream in [&mut lines, &mut frames] {
        assert!(next(stream).await.contains("\"payload\":0"));
        assert!(next(stream).await.contains("\"payload\":1"));
    }
    assert_eq!(next(&mut lines).await, "{\"dropped\":3}\n");
    assert_eq!(
        next(&mut frames).await,
        "event: dropped\ndata: {\"dropped\":3}\n\n"
    );
    emit(&registry, "a.b", json!(5));
    assert!(next(&mut lines).await.contains("\"payload\":5"));
}

#[tokio::test(start_paused = true)]
async fn silence_is_broken_so_that_the_connection_stays() {
    let registry = registry();
    let endpoint = HttpEndpoint::without_token(registry.clone());
    let router = endpoint.keep_alive(Duration::from_secs(7)).router();
    let mut lines = open(&router, "/events", "").await;
    let mut frames = open(&router, "/events", "text/event-stream").await;
    let begun = tokio::time::Instant::now();
    assert_eq!(next(&mut lines).await, "\n");
    assert_eq!(begun.elapsed(), Duration::from_secs(7));
    assert_eq!(next(&mut frames).await, ":\n\n");
    // An event is no silence.
    tokio::time::advance(Duration::from_secs(5)).await;
    emit(&registry, "a.b", json!(1));
    assert!(next(&mut lines).await.contains("a.b"));
    tokio::time::advance(Duration::from_secs(5)).await;
    assert_eq!(lines.next().now_or_never().map(|_| ()), None);
}

#[tokio::test]
async fn streams_are_bounded_in_number_and_a_closed_one_makes_room() {
    let registry = registry();
    let router = HttpEndpoint::without_token(registry.clone())
        .listeners(1)
        .router();
    let first = open(&router, "/events", "").await;
    let refused = get(&router, "/events").await;
    refused.error(503);
    assert_eq!(refused.headers["retry-after"], "1");
    drop(first);
    soon(until_there_is_room(&router)).await;
}

/// Asks for a stream again and again.
async fn until_there_is_room(router: &Router) {
    while ask(router, "/events", "").await.status() != 200 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_listener_that_takes_nothing_is_let_go_when_its_access_ends() {
    let registry = registry();
    let (end, over) = watch::channel(false);
    let router = HttpEndpoint::behind(registry.clone(), Arc::new(Short(over)))
        .listeners(1)
        .router();
    let mut stream = open(&router, "/events", "").await;
    for number in 0..5 {
        emit(&registry, "a.b", json!(number));
    }
    assert!(next(&mut stream).await.contains("\"payload\":0"));
    end.send(true).unwrap();
    soon(until_there_is_room(&router)).await;
    emit(&registry, "a.b", json!("secret"));
    while let Some(chunk) = soon(stream.next()).await {
        assert!(!String::from_utf8_lossy(&chunk.unwrap()).contains("secret"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_takes_nothing_for_five_minutes_is_let_go() {
    let registry = registry();
    let router = HttpEndpoint::without_token(registry.clone())
        .listeners(1)
        .keep_alive(Duration::ZERO)
        .router();
    let mut stream = open(&router, "/events", "").await;
    let long = json!("x".repeat(300_000));
    emit(&registry, "a.b", long.clone());
    // However long it takes: one that takes a piece now and then is there.
    let begun = Instant::now();
    let mut text = String::new();
    while !text.ends_with('\n') {
        sleep(Duration::from_secs(4 * 60)).await;
        text += &next(&mut stream).await;
    }
    assert!(begun.elapsed() > Duration::from_secs(15 * 60));
    let event: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(event["payload"], long);
    emit(&registry, "a.b", long);
    sleep(Duration::from_secs(4 * 60)).await;
    assert_eq!(ask(&router, "/events", "").await.status(), 503);
    sleep(Duration::from_secs(2 * 60)).await;
    assert_eq!(ask(&router, "/events", "").await.status(), 200);
}

#[tokio::test(start_paused = true)]
async fn silence_may_be_kept_for_ever() {
    let registry = registry();
    for time in [Duration::ZERO, Duration::MAX] {
        let endpoint = HttpEndpoint::without_token(registry.clone());
        let router = endpoint.keep_alive(time).router();
        let mut stream = open(&router, "/events", "").await;
        let hour = Duration::from_secs(60 * 60);
        assert!(timeout(hour, stream.next()).await.is_err());
        emit(&registry, "a.b", json!(1));
        assert!(next(&mut stream).await.contains("a.b"));
    }
}

#[tokio::test]
async fn streams_end_with_the_registry() {
    let registry = registry();
    let router = HttpEndpoint::without_token(registry.clone()).router();
    let mut stream = open(&router, "/events", "").await;
    emit(&registry, "a.b", json!(1));
    registry.dispose().await;
    assert!(next(&mut stream).await.contains("a.b"));
    assert!(soon(stream.next()).await.is_none());
}
