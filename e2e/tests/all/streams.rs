//! What a broker owes to those at the other end of its streams when they, or it, go (protocol §7.3, §11.3).

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::npm::pair::Pair;
use crate::raw::{Address, Body, Raw, Requests, Who};
use crate::support::soon;

#[tokio::test]
async fn a_client_without_receipts_killed_before_it_reads_has_received_nothing() {
    let pair = Pair::without_npm();
    let _broker = pair.start_broker();
    let mut node = node(&pair).await;
    let members = json!({"agent_id": "legacy", "runtime_session_id": "its session"});
    let body = Body::new();
    let mut legacy = Raw::connect(&pair.discovery_file(), &legacy_in(&body))
        .await
        .unwrap();
    legacy.register(members.clone()).await.unwrap();
    soon(legacy.stream.answer_ping()).await.unwrap();
    let mut sent = Vec::new();
    for n in 0..3 {
        sent.push(send(&mut node, "session:its session", &n.to_string()).await);
    }
    // From here on nothing is read, although it is all written.
    let receipt = receipt(&mut node, &sent[2], "wait=pushed").await;
    assert_eq!(receipt["state"], "pushed", "{receipt}");
    drop(body);
    drop(legacy);
    let receipt = until_in(&mut node, &sent[0], "inbox").await;
    assert_eq!(receipt["confirmed_by"], Value::Null, "{receipt}");

    // Another process goes on with the session.
    let body = Body::new();
    let mut legacy = Raw::connect(&pair.discovery_file(), &legacy_in(&body))
        .await
        .unwrap();
    legacy.register(members).await.unwrap();
    for (n, id) in sent.iter().enumerate() {
        let pushed = soon(legacy.stream.pushed()).await.unwrap();
        assert_eq!((&pushed.message, pushed.content), (id, n.to_string()));
        assert_eq!(pushed.push, None, "it did not ask for receipts");
    }
    // It goes on reading, and by that alone it confirms.
    tokio::spawn(legacy.stream.closed());
    let receipt = self::receipt(&mut node, &sent[2], "wait=confirmed").await;
    assert_eq!(receipt["confirmed_by"], "barrier", "{receipt}");
}

#[tokio::test]
async fn a_stream_that_breaks_under_a_client_without_receipts_loses_nothing() {
    let pair = Pair::without_npm();
    let _broker = pair.start_broker();
    let mut node = node(&pair).await;
    let who = Who {
        receipts: false,
        ..Who::here("legacy")
    };
    let members = json!({"agent_id": "legacy"});
    let mut legacy = Raw::connect(&pair.discovery_file(), &who).await.unwrap();
    let id = legacy.register(members.clone()).await.unwrap();
    soon(legacy.stream.answer_ping()).await.unwrap();
    let sent = send(&mut node, &format!("endpoint:{id}"), "hello").await;
    receipt(&mut node, &sent, "wait=pushed").await;
    drop(legacy);
    let mut legacy = Raw::connect(&pair.discovery_file(), &who).await.unwrap();
    assert_eq!(legacy.register(members).await.unwrap(), id);
    let pushed = soon(legacy.stream.pushed()).await.unwrap();
    assert_eq!(pushed.message, sent);
}

/// Streams when the broker stops (protocol Appendix B 11).
const CLIENTS: usize = 20;
/// How soon everybody is told, and the broker has ended.
const SOON: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_stops_tells_its_clients_why_and_ends_within_a_second() {
    let pair = Pair::without_npm();
    let broker = pair.start_broker();
    let mut clients = Vec::new();
    for n in 0..CLIENTS {
        let who = Who::here(&format!("client-{n}"));
        let mut client = Raw::connect(&pair.discovery_file(), &who).await.unwrap();
        client.register(json!({"agent_id": "one"})).await.unwrap();
        clients.push(client);
    }
    let asked = Instant::now();
    broker.signal(Signal::TERM);
    let closed = clients.into_iter().map(|client| async move {
        let frame = soon(client.stream.closed()).await;
        (frame, asked.elapsed())
    });
    for (frame, after) in join_all(closed).await {
        let frame = frame.expect("it is told why");
        assert_eq!(u16::from(frame.code), 1001, "{frame:?}");
        assert_eq!(frame.reason.as_str(), "broker_shutdown");
        assert!(after < SOON, "told after {after:?}");
    }
    let ended = broker.end();
    assert!(asked.elapsed() < SOON, "{:?} {ended:?}", asked.elapsed());
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[tokio::test]
async fn a_client_that_does_not_let_go_keeps_no_broker() {
    let pair = Pair::without_npm();
    let broker = pair.start_broker();
    // It holds its stream open and does not read.
    let stubborn = Raw::connect(&pair.discovery_file(), &Who::here("stubborn"))
        .await
        .unwrap();
    let asked = Instant::now();
    broker.signal(Signal::TERM);
    let ended = broker.end();
    // Well before the watchdog, which would take five seconds.
    assert!(asked.elapsed() < 3 * SOON, "{:?}", asked.elapsed());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    drop(stubborn);
}

async fn node(pair: &Pair) -> Requests {
    let address = Address::read(&pair.discovery_file()).unwrap();
    Requests::connect(address, None).await.unwrap()
}

fn legacy_in(body: &Body) -> Who {
    Who {
        channel: "legacy".to_owned(),
        pid: body.pid(),
        receipts: false,
    }
}

/// Sends a text as the node and returns the message id.
async fn send(node: &mut Requests, to: &str, content: &str) -> String {
    let body = json!({"endpoint_id": "node:self", "to": to, "content": content});
    let (status, sent) = node.post("/v1/send", &body).await.unwrap();
    assert_eq!(status, 200, "{sent}");
    sent["messageId"].as_str().unwrap().to_owned()
}

async fn receipt(node: &mut Requests, id: &str, query: &str) -> Value {
    let path = format!("/v1/receipts/{id}?{query}&timeout_ms=15000");
    let (status, receipt) = node.get(&path).await.unwrap();
    assert_eq!(status, 200, "{receipt}");
    receipt
}

/// Waits until a receipt says this.
async fn until_in(node: &mut Requests, id: &str, state: &str) -> Value {
    soon(async {
        loop {
            let receipt = receipt(node, id, "").await;
            if receipt["state"] == state {
                return receipt;
            }
        }
    })
    .await
}
