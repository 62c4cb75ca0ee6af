//! The end of the server (protocol §11.3).

use std::time::Duration;

use cmdbus_broker::ipc::ShutdownMode;
use tokio::time::Instant;

use crate::support::{Fixture, assert_refused, head};

#[tokio::test]
async fn w43_new_requests_are_refused_and_health_still_answers() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    assert_eq!(
        client.request("GET", "/v1/status", "", b"").await.status,
        200
    );
    fixture.server.begin_shutdown();
    let response = client.request("GET", "/v1/status", "", b"").await;
    assert_refused(&response, 503, "shutting_down");
    assert_eq!(response.json()["retryable"], true);
    assert_eq!(client.request("GET", "/health", "", b"").await.status, 200);
    let response = client.request("GET", "/v1/nothing", "", b"").await;
    assert_refused(&response, 404, "not_found");
}

#[tokio::test(start_paused = true)]
async fn w43_requests_in_progress_get_a_second() {
    let fixture = Fixture::new().await;
    fixture.script.answers(|_| None);
    let mut client = fixture.client().await;
    client.write(head("GET", "/v1/status", "", 0)).await;
    while fixture.script.take_asked().is_empty() {
        tokio::task::yield_now().await;
    }
    let begun = Instant::now();
    fixture.server.begin_shutdown();
    assert_refused(&client.response().await, 503, "shutting_down");
    let took = begun.elapsed().as_millis();
    assert!((1000..1100).contains(&took), "{took} ms");
    assert_eq!(fixture.script.dropped(), 1);
}

#[tokio::test]
async fn w43_closing_ends_idle_connections_at_once() {
    let fixture = Fixture::new().await;
    let address = fixture.server.address();
    let mut client = fixture.client().await;
    assert_eq!(
        client.request("GET", "/v1/status", "", b"").await.status,
        200
    );
    let ended = tokio::spawn(async move { client.is_ended().await });
    let begun = Instant::now();
    fixture.server.close().await;
    assert!(begun.elapsed() < Duration::from_millis(900));
    assert!(ended.await.unwrap());
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn an_idle_client_that_does_not_let_go_holds_the_server_up_for_half_a_second() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    assert_eq!(
        client.request("GET", "/v1/status", "", b"").await.status,
        200
    );
    let begun = Instant::now();
    fixture.server.close().await;
    let took = begun.elapsed();
    assert!(took < Duration::from_millis(900), "{took:?}");
    drop(client);
}

#[tokio::test]
async fn an_operator_may_end_the_broker() {
    let fixture = Fixture::new().await;
    for (body, mode) in [
        ("", None),
        (r#"{"mode":"retain"}"#, Some(ShutdownMode::Retain)),
        (r#"{"mode":"release"}"#, Some(ShutdownMode::Release)),
    ] {
        let response = fixture.request("POST", "/v1/admin/shutdown", body).await;
        assert_eq!(response.json(), serde_json::json!({"ok": true}));
        assert_eq!(fixture.program.0.lock().unwrap().pop(), Some(mode));
    }
    for body in [r#"{"mode":"now"}"#, r#"{"mode":1}"#] {
        let response = fixture.request("POST", "/v1/admin/shutdown", body).await;
        assert_refused(&response, 422, "invalid_request");
    }
    assert_eq!(*fixture.program.0.lock().unwrap(), []);
}
