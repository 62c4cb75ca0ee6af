//! Sizes, numbers and times (protocol §3.1).

use std::time::Duration;

use cmdbus_broker::core::Request;
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::time::{Instant, sleep};

use crate::support::{Fixture, assert_refused, head};

const MIB: usize = 1024 * 1024;

/// Returns the body of a send that is as long as this.
fn send_of(length: usize) -> String {
    let empty = json!({"endpoint_id": "node:self", "to": "ep_01", "content": ""}).to_string();
    let content = "x".repeat(length - empty.len());
    empty.replace("\"content\":\"\"", &format!("\"content\":\"{content}\""))
}

#[tokio::test]
async fn w10_a_body_may_have_one_mebibyte_and_no_byte_more() {
    let fixture = Fixture::new().await;
    let body = send_of(MIB);
    assert_eq!(body.len(), MIB);
    let response = fixture.request("POST", "/v1/send", &body).await;
    assert_eq!(
        response.json(),
        json!({"messageId": "msg_01", "status": "delivered"})
    );
    let (_, Request::Send(send)) = fixture.asked() else {
        panic!("no send");
    };
    assert!(send.content.len() > MIB - 100);

    let response = fixture.request("POST", "/v1/send", &send_of(MIB + 1)).await;
    assert_refused(&response, 413, "payload_too_large");
    assert_eq!(response.header("connection"), "close");
}

#[tokio::test]
async fn w10_a_client_that_writes_64_mebibytes_first_still_reads_the_answer() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    client.write(head("POST", "/v1/send", "", 64 * MIB)).await;
    let part = vec![b'x'; MIB];
    for _ in 0..64 {
        client.write(&part).await;
    }
    assert_refused(&client.response().await, 413, "payload_too_large");
    assert!(client.is_ended().await);
    assert_eq!(fixture.script.take_asked(), []);
}

#[tokio::test]
async fn w10_a_body_of_unknown_length_is_counted() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    let chunked =
        head("POST", "/v1/send", "", 0).replace("content-length: 0", "transfer-encoding: chunked");
    client.write(&chunked).await;
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(65_536));
    for _ in 0..17 {
        client.write(&chunk).await;
    }
    client.write("0\r\n\r\n").await;
    assert_refused(&client.response().await, 413, "payload_too_large");

    let mut client = fixture.client().await;
    let body = send_of(100_000);
    client.write(&chunked).await;
    for part in body.as_bytes().chunks(30_000) {
        client.write(format!("{:x}\r\n", part.len())).await;
        client.write(part).await;
        client.write("\r\n").await;
    }
    client.write("0\r\n\r\n").await;
    assert_eq!(client.response().await.status, 200);
}

#[tokio::test]
async fn a_header_that_is_too_long_is_refused() {
    let fixture = Fixture::new().await;
    let fits = format!("x-long: {}\r\n", "x".repeat(15 * 1024));
    let response = fixture.request_with("GET", "/v1/status", &fits, "").await;
    assert_eq!(response.status, 200);
    let mut client = fixture.client().await;
    let long = format!("x-long: {}\r\n", "x".repeat(17 * 1024));
    client.write(head("GET", "/v1/status", &long, 0)).await;
    assert_eq!(client.response().await.status, 431);
    assert!(client.is_ended().await);
}

#[tokio::test(start_paused = true)]
async fn w50_a_header_has_ten_seconds_from_its_first_byte() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    // Idle time does not count.
    sleep(Duration::from_secs(60)).await;
    let begun = Instant::now();
    client.write("GET /v1/status HTTP/1.1\r\n").await;
    sleep(Duration::from_secs(9)).await;
    client.write("x-slow: 1\r\n").await;
    assert!(client.is_ended().await);
    let took = begun.elapsed().as_millis();
    assert!((10_000..10_100).contains(&took), "{took} ms");
}

#[tokio::test(start_paused = true)]
async fn a_header_in_pieces_is_in_time_if_it_ends_in_time() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    for _ in 0..2 {
        let request = head("GET", "/v1/status", "", 0);
        let (first, second) = request.split_at(20);
        client.write(first).await;
        sleep(Duration::from_secs(9)).await;
        client.write(second).await;
        assert_eq!(client.response().await.status, 200);
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_kept_for_longer_than_clients_count_on() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    for _ in 0..3 {
        let response = client.request("GET", "/v1/status", "", b"").await;
        assert_eq!(response.status, 200);
        assert_eq!(response.header("keep-alive"), "");
        sleep(Duration::from_secs(100)).await;
    }
    let begun = Instant::now();
    assert!(client.is_ended().await);
    assert!(begun.elapsed() <= Duration::from_secs(21));
}

#[tokio::test(start_paused = true)]
async fn w50_a_body_has_thirty_seconds() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    let begun = Instant::now();
    client.write(head("POST", "/v1/send", "", 100)).await;
    client.write("{\"to\":").await;
    let response = client.response().await;
    assert_refused(&response, 408, "body_timeout");
    assert_eq!(response.header("connection"), "close");
    let took = begun.elapsed().as_millis();
    assert!((30_000..30_100).contains(&took), "{took} ms");
}

#[tokio::test(start_paused = true)]
async fn a_long_wait_for_the_core_is_no_idle_time() {
    let fixture = Fixture::new().await;
    fixture.script.answers(|_| None);
    let mut client = fixture.client().await;
    client.write(head("GET", "/v1/status", "", 0)).await;
    let early = tokio::time::timeout(Duration::from_secs(600), client.0.read_u8()).await;
    assert!(early.is_err(), "{early:?}");
}

#[tokio::test]
async fn w50_connections_beyond_the_limit_are_closed_and_counted() {
    let fixture = Fixture::with(|options| options.limits.connections = 2).await;
    let mut first = fixture.client().await;
    let mut second = fixture.client().await;
    for client in [&mut first, &mut second] {
        assert_eq!(
            client.request("GET", "/v1/endpoints", "", b"").await.status,
            200
        );
    }
    assert!(fixture.client().await.is_ended().await);
    drop(second);
    let status = loop {
        let mut client = fixture.client().await;
        // The place is free once the server has noticed.
        client.write(head("GET", "/v1/status", "", 0)).await;
        let mut byte = [0];
        if matches!(client.0.peek(&mut byte).await, Ok(1)) {
            break client.response().await.status;
        }
    };
    assert_eq!(status, 200);
    fixture
        .script
        .answers(|_| Some(cmdbus_broker::core::Reply::Json(json!({}))));
    let status = first.request("GET", "/v1/status", "", b"").await.json();
    assert!(status["ipc"]["connections_refused"].as_u64().unwrap() >= 1);
}
