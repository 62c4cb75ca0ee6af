//! A real connection: what a peer that goes away means.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::support::{SERVER, World};

const LONG: Duration = Duration::from_secs(20);

/// Serves the gateway until the test ends, to whom the layer of tokens would let in.
async fn served(world: &World) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let owner = axum::Extension(cmdbus_attach::auth::Principal::owner());
    let router = world.router.clone().layer(owner);
    tokio::spawn(async move { axum::serve(listener, router).await });
    TcpStream::connect(address).await.unwrap()
}

fn post(headers: &str, body: &str) -> String {
    format!(
        "POST {SERVER} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn a_modern_request_is_cancelled_when_its_peer_hangs_up() {
    let mut world = World::new();
    let ask = world.modern("tools/call", json!({"name":"slow"}));
    let headers =
        "mcp-protocol-version: 2026-07-28\r\nmcp-method: tools/call\r\nmcp-name: slow\r\n";
    let mut peer = served(&world).await;
    peer.write_all(post(headers, &ask.body).as_bytes())
        .await
        .unwrap();
    let mut incoming = timeout(LONG, world.slow.recv()).await.unwrap().unwrap();
    incoming.tell("notifications/message", "{}");
    let mut head = [0_u8; 16];
    timeout(LONG, peer.read_exact(&mut head))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(&head[..15], b"HTTP/1.1 200 OK");
    drop(peer);
    timeout(LONG, incoming.reply.closed()).await.unwrap();
}

#[tokio::test]
async fn w3_a_modern_request_is_cancelled_before_there_is_any_answer() {
    let mut world = World::new();
    let ask = world.modern("tools/call", json!({"name":"slow"}));
    let headers = "mcp-protocol-version: 2026-07-28\r\nmcp-method: tools/call\r\nmcp-name: slow\r\naccept: application/json\r\n";
    let mut peer = served(&world).await;
    peer.write_all(post(headers, &ask.body).as_bytes())
        .await
        .unwrap();
    let mut incoming = timeout(LONG, world.slow.recv()).await.unwrap().unwrap();
    drop(peer);
    timeout(LONG, incoming.reply.closed()).await.unwrap();
}

#[tokio::test]
async fn a_legacy_request_goes_on_when_its_peer_hangs_up() {
    let mut world = World::new();
    let session = world.session().await;
    let ask = world.ask(&session, 1, "slow");
    let mut peer = served(&world).await;
    let headers = format!("mcp-session-id: {session}\r\naccept: text/event-stream\r\n");
    peer.write_all(post(&headers, &ask.body).as_bytes())
        .await
        .unwrap();
    let incoming = timeout(LONG, world.slow.recv()).await.unwrap().unwrap();
    let mut text = String::new();
    while !text.contains("data: \n\n") {
        let mut some = [0_u8; 1024];
        let count = timeout(LONG, peer.read(&mut some)).await.unwrap().unwrap();
        assert_ne!(count, 0, "{text}");
        text.push_str(str::from_utf8(&some[..count]).unwrap());
    }
    let line = text.lines().find_map(|line| line.strip_prefix("id: "));
    let id = line.unwrap().to_owned();
    drop(peer);
    incoming.answer(r#"{"late":true}"#);
    let resume = world.get(&session).header("last-event-id", &id);
    let mut stream = timeout(LONG, resume.sse()).await.unwrap();
    assert_eq!(stream.message().await["result"], json!({"late": true}));
}
