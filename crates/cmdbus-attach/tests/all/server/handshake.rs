//! How clients are let in (attach §3.1).

use axum::http::Request;
use cmdbus_attach::auth::{Principal, TokenFile};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Response as Upgraded;
use tower::ServiceExt as _;

use super::world::{PROFILE_TOKEN, World, hello};

#[tokio::test(start_paused = true)]
async fn a_client_that_says_hello_is_welcome() {
    let world = World::new();
    let peer = world.client(&Principal::owner()).await;
    let welcome = &peer.welcome;
    assert_eq!(welcome["proto"], 1);
    assert!(welcome["conn"].as_str().unwrap().starts_with("cn_"));
    assert_eq!(welcome["features"], json!(["resume", "chunk", "bus"]));
    assert_eq!(
        (&welcome["heartbeat_ms"], &welcome["grace_ms"]),
        (&json!(20_000), &json!(30_000))
    );
    assert_eq!(welcome["base_url"], "http://gw.example");
    let limits = json!({"max_message": 8 << 20, "max_in_flight": 128, "max_attach_ids": 1024});
    assert_eq!(welcome["limits"], limits);
    assert_eq!(welcome.get("resumed"), None);
    assert_eq!(world.server.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn only_what_both_sides_have_is_on() {
    let world = World::new();
    let mut hello = hello();
    hello["features"] = json!(["chunk", "novelty"]);
    let peer = world
        .client_saying(&Principal::owner(), hello, Default::default())
        .await;
    assert_eq!(peer.welcome["features"], json!(["chunk"]));
    assert_eq!(peer.welcome.get("resume_token"), None);
    // The token has no scope `bus`.
    let mut peer = world.client(&Principal::anonymous()).await;
    assert_eq!(peer.welcome["features"], json!(["resume", "chunk"]));
    peer.say(
        json!({"type": "list.commands.request", "id": "0f8fad5b-d9cb-469f-a165-70867728950e"}),
    );
    let error = peer.of_type("error").await;
    assert_eq!(error["code"], "forbidden");
}

#[tokio::test(start_paused = true)]
async fn what_is_said_before_hello_ends_the_socket() {
    let world = World::new();
    for first in [
        json!({"type": "attach", "id": "a", "servers": []}).to_string(),
        json!({"type": "hello"}).to_string(),
        "nonsense".to_owned(),
    ] {
        let mut peer = world.socket(&Principal::owner()).await;
        peer.raw(Message::text(first.clone())).await;
        assert_eq!(peer.raw_close().await, 4400, "{first}");
    }
    let mut peer = world.socket(&Principal::owner()).await;
    peer.raw(Message::binary(vec![0; 8])).await;
    assert_eq!(peer.raw_close().await, 4400);
    assert!(world.server.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_client_has_ten_seconds_for_its_hello() {
    let world = World::new();
    let begin = tokio::time::Instant::now();
    let mut peer = world.socket(&Principal::owner()).await;
    // Signs of life do not count.
    peer.raw(Message::Ping(Default::default())).await;
    loop {
        match peer.raw_next().await {
            Message::Pong(_) => {}
            Message::Close(frame) => {
                assert_eq!(u16::from(frame.unwrap().code), 4400);
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(begin.elapsed().as_secs(), 10);
    assert!(world.server.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_second_hello_ends_the_socket() {
    let world = World::new();
    let peer = world.client(&Principal::owner()).await;
    peer.say(hello());
    assert_eq!(peer.close_code().await, 4400);
    world.is_empty().await;
}

#[tokio::test(start_paused = true)]
async fn a_version_that_is_not_spoken_is_refused() {
    let world = World::new();
    let mut peer = world.socket(&Principal::owner()).await;
    let mut hello = hello();
    hello["proto"] = json!([2, 3]);
    peer.raw(Message::text(hello.to_string())).await;
    assert_eq!(peer.raw_close().await, 4426);
    hello["proto"] = json!([2, 1]);
    let peer = world
        .client_saying(&Principal::owner(), hello, Default::default())
        .await;
    assert_eq!(peer.welcome["proto"], 1);
}

/// Asks for an upgrade, and returns status and body.
async fn upgrade(world: &World, headers: &[(&str, &str)]) -> (u16, Value) {
    let mut request = Request::builder()
        .uri("/attach")
        .header("host", "gw.example");
    let usual = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    for (name, value) in usual.iter().chain(headers) {
        request = request.header(*name, *value);
    }
    let request = request.body(axum::body::Body::empty()).unwrap();
    let response = world.listener().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), 65_536)
        .await
        .unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

const SPOKEN: (&str, &str) = ("sec-websocket-protocol", "cmdbus.attach.v1");

#[tokio::test]
async fn the_subprotocol_is_asked_for_by_name() {
    let world = World::new();
    let token = format!("Bearer {PROFILE_TOKEN}");
    let token = ("authorization", token.as_str());
    for refused in [
        &[token][..],
        &[token, ("sec-websocket-protocol", "cmdbus.attach.v2")],
    ] {
        let (status, body) = upgrade(&world, refused).await;
        assert_eq!(status, 400);
        assert_eq!(body["subprotocols"], json!(["cmdbus.attach.v1"]), "{body}");
    }
    let several = (
        "sec-websocket-protocol",
        "cmdbus.attach.v2, cmdbus.attach.v1",
    );
    for accepted in [SPOKEN, several] {
        assert_eq!(upgrade(&world, &[token, accepted]).await.0, 101);
    }
}

#[tokio::test]
async fn w19_a_web_page_and_whoever_has_no_token_do_not_get_as_far_as_a_socket() {
    let folder = tempfile::tempdir().unwrap();
    let file = TokenFile::at(folder.path().join("tokens.json"));
    let only_calls = file.create("ci", &["call".parse().unwrap()], None).unwrap();
    let world = World::in_folder(folder, |config| config);
    assert_eq!(upgrade(&world, &[SPOKEN]).await.0, 401);
    let wrong = ("authorization", "Bearer nonsense");
    assert_eq!(upgrade(&world, &[SPOKEN, wrong]).await.0, 401);
    let token = format!("Bearer {PROFILE_TOKEN}");
    let token = ("authorization", token.as_str());
    let page = ("origin", "https://evil.example");
    assert_eq!(upgrade(&world, &[SPOKEN, token, page]).await.0, 403);
    let only_calls = format!("Bearer {}", only_calls.token);
    let (status, body) = upgrade(&world, &[SPOKEN, ("authorization", &only_calls)]).await;
    assert_eq!(status, 403, "{body}");
}

/// A real upgrade over a real connection.
async fn dial(world: &World) -> Upgraded {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(axum::serve(listener, world.listener()).into_future());
    let mut request = format!("ws://{address}/attach")
        .into_client_request()
        .unwrap();
    let token = format!("Bearer {PROFILE_TOKEN}");
    request
        .headers_mut()
        .insert("authorization", token.parse().unwrap());
    request
        .headers_mut()
        .insert(SPOKEN.0, SPOKEN.1.parse().unwrap());
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut ws, response) = tokio_tungstenite::client_async(request, stream)
        .await
        .unwrap();
    futures_util::SinkExt::send(&mut ws, Message::text(hello().to_string()))
        .await
        .unwrap();
    let welcome = futures_util::StreamExt::next(&mut ws)
        .await
        .unwrap()
        .unwrap();
    assert!(welcome.to_text().unwrap().contains("\"welcome\""));
    serving.abort();
    response
}

#[tokio::test]
async fn a_client_attaches_over_http() {
    let world = World::new();
    let response = dial(&world).await;
    assert_eq!(response.headers()[SPOKEN.0], SPOKEN.1);
}
