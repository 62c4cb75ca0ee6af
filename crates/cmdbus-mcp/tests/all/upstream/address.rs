//! A whole upstream at an address.

use std::sync::{Arc, Mutex};

use cmdbus_mcp::carry::deaf;
use cmdbus_mcp::rpc::{Era, codes};
use cmdbus_mcp::upstream::{Transport, Upstream, UpstreamConfig, UpstreamEvent};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::fake::open;
use super::{events, tool, until, value};

/// What the server saw: verb, MCP method, session.
type Seen = Arc<Mutex<Vec<(String, String, String)>>>;

/// Starts a legacy server that numbers its sessions, and forgets one when its tool `forget` is called.
async fn server() -> (String, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let seen = Seen::default();
    let log = seen.clone();
    tokio::spawn(async move {
        let mut sessions = 0;
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            one(stream, &log, &mut sessions).await;
        }
    });
    (url, seen)
}

/// Answers one request, and closes.
async fn one(stream: TcpStream, seen: &Seen, sessions: &mut usize) {
    let mut stream = BufReader::new(stream);
    let (mut verb, mut session, mut length) = (String::new(), String::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        match line.split_once(": ") {
            Some(("content-length", value)) => length = value.parse().unwrap(),
            Some(("mcp-session-id", value)) => session = value.to_owned(),
            Some(_) => {}
            None => verb = line.split(' ').next().unwrap().to_owned(),
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let method = body["method"].as_str().unwrap_or_default();
    seen.lock()
        .unwrap()
        .push((verb.clone(), method.to_owned(), session.clone()));
    let result =
        |result: Value| json!({"jsonrpc": "2.0", "id": body["id"], "result": result}).to_string();
    let (status, answer) = match (verb.as_str(), method) {
        ("get", _) => (405, String::new()),
        ("delete", _) => (204, String::new()),
        (_, "server/discover") => {
            let error = json!({"code": -32600, "message": "no session"});
            (
                400,
                json!({"jsonrpc": "2.0", "id": null, "error": error}).to_string(),
            )
        }
        (_, "initialize") => {
            *sessions += 1;
            session = format!("s-{sessions}");
            (
                200,
                result(json!({"protocolVersion": "2025-11-25", "capabilities": {}})),
            )
        }
        (_, "tools/call") if body["params"]["name"] == "forget" => (404, String::new()),
        (_, "tools/call") => (200, result(json!(session))),
        _ => (202, String::new()),
    };
    let head = format!(
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\nmcp-session-id: {session}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{answer}",
        answer.len()
    );
    // Who asked may have left.
    let _ = stream.write_all(head.as_bytes()).await;
}

#[tokio::test]
async fn sessions_at_an_address_are_told_apart_and_one_that_is_forgotten_is_gone() {
    let (url, seen) = server().await;
    let (events, heard) = events();
    let transport = Transport::Http {
        url,
        headers: Vec::new(),
    };
    let upstream = Upstream::new(UpstreamConfig::new("web", transport), events).unwrap();
    assert_eq!(upstream.start().await.unwrap().era, Era::Legacy);
    upstream.open(open("a")).await.unwrap();
    upstream.open(open("b")).await.unwrap();
    let ask = |session, name| upstream.call(Some(session), tool(name), deaf());
    assert_eq!(value(&ask("a", "x").await.unwrap()), "s-2");
    assert_eq!(value(&ask("b", "x").await.unwrap()), "s-3");

    assert_eq!(
        ask("a", "forget").await.unwrap_err().code,
        codes::UPSTREAM_FAILED
    );
    until("`a` is gone", || {
        let mut events = heard.try_iter();
        events.any(
            |event| matches!(event, UpstreamEvent::SessionGone { session, .. } if session == "a"),
        )
    })
    .await;
    assert_eq!(ask("a", "x").await.unwrap_err().code, codes::NOT_FOUND);
    assert!(ask("b", "x").await.is_ok());
    upstream.stop().await;
    let ended = ["s-1", "s-3"].map(|id| ("delete".to_owned(), String::new(), id.to_owned()));
    let seen = seen.lock().unwrap();
    assert!(ended.iter().all(|end| seen.contains(end)));
}
