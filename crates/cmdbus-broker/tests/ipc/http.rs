//! Who may speak, and how the server says no (protocol §3.1 to §3.4).

use cmdbus_broker::core::{Refusal, Reply};

use crate::support::{Fixture, TOKEN, assert_refused};

#[tokio::test]
async fn w38_health_is_answered_without_token_and_without_the_core() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    client
        .write("GET /health HTTP/1.1\r\nhost: localhost:1\r\n\r\n")
        .await;
    let health = client.response().await;
    assert_eq!(health.status, 200);
    let body = health.json();
    assert_eq!(body["ok"], true);
    assert_eq!(body["version"], "cmdbus/1.2.3");
    assert_eq!(body["protocol_version"], "1.1");
    assert_eq!(body["capabilities"]["push_receipt_ack_v1"], true);
    assert_eq!(fixture.script.take_asked(), []);
}

#[tokio::test]
async fn health_is_answered_while_the_core_is_stuck() {
    let fixture = Fixture::new().await;
    fixture.script.answers(|_| None);
    let mut stuck = Vec::new();
    for _ in 0..200 {
        let mut client = fixture.client().await;
        let body = r#"{"endpoint_id":"node:self","to":"a","content":"b"}"#;
        let request = crate::support::head("POST", "/v1/send", "", body.len()) + body;
        client.write(request).await;
        stuck.push(client);
    }
    let begun = tokio::time::Instant::now();
    assert_eq!(fixture.request("GET", "/health", "").await.status, 200);
    assert!(begun.elapsed() < std::time::Duration::from_millis(100));
}

#[tokio::test]
async fn w37_health_refuses_a_wrong_token() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    client
        .write("GET /health HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer other\r\n\r\n")
        .await;
    assert_refused(&client.response().await, 401, "unauthorized");
    client
        .write(format!(
            "GET /health HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\n\r\n"
        ))
        .await;
    assert_eq!(client.response().await.status, 200);
}

#[tokio::test]
async fn w12_a_token_is_taken_with_any_spelling_of_the_scheme_and_nothing_else() {
    let fixture = Fixture::new().await;
    for (value, status) in [
        (format!("Bearer {TOKEN}"), 200),
        (format!("bEARER   {TOKEN}"), 200),
        (TOKEN.to_owned(), 200),
        (format!("Basic {TOKEN}"), 401),
        (format!("Bearer {TOKEN}x"), 401),
        ("Bearer secret-toke".to_owned(), 401),
        ("Bearer".to_owned(), 401),
        (String::new(), 401),
    ] {
        let mut client = fixture.client().await;
        let request =
            format!("GET /v1/status HTTP/1.1\r\nhost: [::1]:7\r\nauthorization: {value}\r\n\r\n");
        client.write(request).await;
        assert_eq!(client.response().await.status, status, "{value}");
    }
    let mut client = fixture.client().await;
    client
        .write("GET /v1/status HTTP/1.1\r\nhost: [::1]\r\n\r\n")
        .await;
    assert_refused(&client.response().await, 401, "unauthorized");
}

#[tokio::test]
async fn a_wrong_token_is_refused_before_the_body_has_come() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    client
        .write("POST /v1/send HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 100000\r\n\r\n")
        .await;
    let response = client.response().await;
    assert_refused(&response, 401, "unauthorized");
    assert_eq!(response.header("connection"), "close");
    // The rest is taken, so that the answer is not lost to a reset.
    client.write(vec![b' '; 100_000]).await;
    assert!(client.is_ended().await);
}

#[tokio::test]
async fn w13_another_name_of_this_machine_is_refused() {
    let fixture = Fixture::new().await;
    for (target, hosts) in [
        ("/health", "host: evil.example\r\n"),
        ("/health", "host: 127.0.0.1.evil.example:80\r\n"),
        ("/health", "host: 127.0.0.1\r\nhost: evil.example\r\n"),
        ("/health", ""),
        ("http://evil.example/health", "host: 127.0.0.1\r\n"),
    ] {
        let mut client = fixture.client().await;
        client
            .write(format!("GET {target} HTTP/1.1\r\n{hosts}\r\n"))
            .await;
        assert_refused(&client.response().await, 403, "host_forbidden");
    }
}

#[tokio::test]
async fn w13_a_web_page_is_refused_unless_it_is_allowed() {
    let fixture =
        Fixture::with(|options| options.origins = vec!["https://good.example".to_owned()]).await;
    let ask = async |origin: &str| {
        let header = format!("origin: {origin}\r\n");
        fixture.request_with("GET", "/v1/status", &header, "").await
    };
    assert_refused(&ask("https://evil.example").await, 403, "origin_forbidden");
    assert_refused(&ask("null").await, 403, "origin_forbidden");
    let allowed = ask("https://good.example").await;
    assert_eq!(allowed.status, 200);
    let is_cors = |name: &String| name.starts_with("access-control");
    assert!(!allowed.headers.keys().any(is_cors));
}

#[tokio::test]
async fn sec_fetch_headers_are_not_looked_at() {
    let fixture = Fixture::new().await;
    let headers = "sec-fetch-mode: cors\r\nsec-fetch-site: cross-site\r\n";
    let response = fixture
        .request_with("GET", "/v1/endpoints", headers, "")
        .await;
    assert_eq!(response.status, 200);
}

#[tokio::test]
async fn an_unknown_path_and_another_method_are_told_apart() {
    let fixture = Fixture::new().await;
    let response = fixture.request("GET", "/v1/nothing?x=1", "").await;
    assert_refused(&response, 404, "not_found");
    assert_eq!(response.json()["path"], "/v1/nothing");
    let response = fixture.request("PUT", "/v1/endpoint/ep_01", "").await;
    assert_refused(&response, 405, "method_not_allowed");
    assert_eq!(response.header("allow"), "DELETE, GET");
    let response = fixture.request("OPTIONS", "/v1/send", "").await;
    assert_refused(&response, 405, "method_not_allowed");
    assert_eq!(response.header("allow"), "POST");
}

#[tokio::test]
async fn w11_malformed_escapes_in_a_path_are_refused() {
    let fixture = Fixture::new().await;
    for path in ["/%", "/v1/endpoint/%zz/heartbeat", "/v1/endpoint/%ff"] {
        let response = fixture.request("POST", path, "").await;
        assert_refused(&response, 400, "invalid_path");
    }
}

#[tokio::test]
async fn w11_a_body_that_is_no_json_object_is_refused() {
    let fixture = Fixture::new().await;
    for path in ["/v1/send", "/v1/endpoint/register", "/v1/dispatch"] {
        for (body, code) in [
            (&b"{"[..], "invalid_json"),
            (b" ", "invalid_json"),
            (b"{}x", "invalid_json"),
            (b"{\"a\":\"\xff\"}", "invalid_json"),
            (b"{\"a\":\"\\ud800\"}", "invalid_json"),
            (b"\xef\xbb\xbf{}", "invalid_json"),
            (b"null", "invalid_body"),
            (b"[]", "invalid_body"),
            (b"\"text\"", "invalid_body"),
            (b"7", "invalid_body"),
        ] {
            let mut client = fixture.client().await;
            let response = client.request("POST", path, "", body).await;
            assert_refused(&response, 400, code);
        }
    }
    let deep = format!("{{\"metadata\":{}", "[".repeat(100_000));
    let response = fixture.request("POST", "/v1/send", &deep).await;
    assert_refused(&response, 400, "invalid_json");
}

#[tokio::test]
async fn an_empty_body_is_an_empty_object() {
    let fixture = Fixture::new().await;
    let response = fixture.request("POST", "/v1/send", "").await;
    assert_refused(&response, 422, "invalid_request");
    assert_eq!(response.json()["field"], "endpoint_id");
    let response = fixture.request("POST", "/v1/initialize", "").await;
    assert_refused(&response, 400, "bad_request");
}

#[tokio::test]
async fn a_panic_is_a_500_with_a_reference_and_the_server_lives() {
    let fixture = Fixture::new().await;
    fixture.script.answers(|_| panic!("this is a test"));
    let response = fixture.request("GET", "/v1/endpoints", "").await;
    assert_refused(&response, 500, "internal_error");
    assert_eq!(response.json()["ref"].as_str().unwrap().len(), 36);
    assert!(!String::from_utf8_lossy(&response.body).contains("this is a test"));
}

#[tokio::test]
async fn what_the_core_refuses_is_written_whole() {
    let fixture = Fixture::new().await;
    fixture.script.answers(|_| {
        let refusal = Refusal::storage_unavailable().with("detail", "disk");
        Some(refusal.into())
    });
    let response = fixture.request("GET", "/v1/endpoints", "").await;
    assert_refused(&response, 503, "storage_unavailable");
    assert_eq!(response.json()["retryable"], true);
    assert_eq!(response.json()["detail"], "disk");
}

#[tokio::test]
async fn a_connection_is_used_again_and_may_be_filled_ahead() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    for _ in 0..3 {
        let response = client
            .request("DELETE", "/v1/endpoint/ep_01", "", b"")
            .await;
        assert_eq!(response.json(), serde_json::json!({"ok": true}));
    }
    let one = crate::support::head("GET", "/v1/status", "", 0);
    client.write(one.repeat(3)).await;
    for _ in 0..3 {
        assert_eq!(client.response().await.status, 200);
    }
}

#[tokio::test]
async fn a_client_that_leaves_is_not_waited_for() {
    let fixture = Fixture::new().await;
    fixture.script.answers(|_| None);
    let mut client = fixture.client().await;
    client
        .write(crate::support::head("GET", "/v1/status", "", 0))
        .await;
    while fixture.script.take_asked().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.script.dropped(), 0);
    drop(client);
    while fixture.script.dropped() == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_status_joins_what_the_core_and_the_server_count() {
    let fixture = Fixture::new().await;
    fixture
        .script
        .answers(|_| Some(Reply::Json(serde_json::json!({"endpoints": 3}))));
    let status = fixture.request("GET", "/v1/status", "").await.json();
    assert_eq!(status["endpoints"], 3);
    assert_eq!(status["version"], "cmdbus/1.2.3");
    assert_eq!(status["uptime_s"], 0);
    assert_eq!(status["ipc"]["connections"], 1);
    assert_eq!(status["ipc"]["connections_refused"], 0);
}
