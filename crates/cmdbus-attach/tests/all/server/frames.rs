//! What is done about frames that are no good, on a live attachment (attach §3.9, §3.10).

use std::time::Duration;

use cmdbus_attach::auth::Principal;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::peer::Peer;
use super::world::{World, declared, target};

async fn is_alive(peer: &mut Peer) {
    let detached = peer.detach("nothing", Value::Null).await;
    assert_eq!(detached["code"], "unknown_id");
}

#[tokio::test(start_paused = true)]
async fn w13_a_frame_of_an_unknown_type_is_complained_about_and_nothing_ends() {
    let world = World::new();
    let mut peer = world.client(&Principal::owner()).await;
    peer.say(json!({"type": "novelty", "id": "n1", "x": 1}));
    let error = peer.of_type("error").await;
    assert_eq!(
        (&error["code"], &error["ref"]),
        (&json!("unknown_type"), &json!("n1"))
    );
    peer.say(json!({"type": "server_request", "id": "n2", "op": "probe", "attach_id": "a"}));
    assert_eq!(peer.of_type("error").await["code"], "unknown_type");
    is_alive(&mut peer).await;
}

#[tokio::test(start_paused = true)]
async fn nonsense_is_complained_about_and_nothing_ends() {
    let world = World::new();
    let mut peer = world.client(&Principal::owner()).await;
    for text in ["", "{", "[]", "7", r#"{"type":"attach","id":7}"#] {
        peer.send(Message::text(text));
        let error = peer.of_type("error").await;
        assert_eq!(error["code"], "bad_frame", "{text}");
    }
    peer.send(Message::binary(vec![0, 0, 0, 2, b'{', b'}']));
    assert_eq!(peer.of_type("error").await["code"], "bad_frame");
    is_alive(&mut peer).await;
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_body_is_broken_is_answered() {
    let world = World::new();
    let mut peer = world.client(&Principal::owner()).await;
    peer.say(
        json!({"type": "client_request", "id": "k1", "op": "rpc", "reply": true, "method": 7}),
    );
    let answer = peer.of_type("client_response").await;
    assert_eq!(
        (&answer["id"], &answer["code"]),
        (&json!("k1"), &json!(-32600))
    );
    is_alive(&mut peer).await;
}

#[tokio::test(start_paused = true)]
async fn text_that_is_not_utf_8_ends_the_socket_and_not_the_attachment() {
    let world = World::new();
    let peer = world.laptop().await;
    let frame = Frame::message(vec![0xff, 0xfe], OpCode::Data(Data::Text), true);
    peer.send(Message::Frame(frame));
    assert_eq!(peer.close_code().await, 1007);
    assert!(world.has("fs.read"), "it may come back");
    world.again(&Principal::owner(), &peer).await;
    assert_eq!(world.server.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn twenty_bad_frames_in_a_minute_end_the_socket() {
    let world = World::new();
    let peer = world.client(&Principal::owner()).await;
    for _ in 0..19 {
        peer.send(Message::text("nonsense"));
    }
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert!(!peer.is_closed());
    for _ in 0..20 {
        peer.send(Message::text("nonsense"));
    }
    assert_eq!(peer.close_code().await, 1007);
}

#[tokio::test(start_paused = true)]
async fn a_message_longer_than_agreed_ends_the_socket() {
    let world = World::with(|config| config.max_message(64 * 1024));
    let peer = world.client(&Principal::owner()).await;
    peer.send(Message::text("x".repeat(65 * 1024)));
    assert_eq!(peer.close_code().await, 1009);
}

#[tokio::test(start_paused = true)]
async fn an_impossible_count_ends_the_socket() {
    let world = World::new();
    let peer = world.client(&Principal::owner()).await;
    peer.say(json!({"type": "ack", "upto": 4711}));
    assert_eq!(peer.close_code().await, 4408);
}

/// Begins a call that the test answers.
async fn slow_call(world: &World, peer: &mut Peer) -> (tokio::task::JoinHandle<Value>, Value) {
    let registry = world.registry.clone();
    let call = tokio::spawn(async move {
        match registry.execute_dyn("fs.slow", json!({})).await {
            Ok(result) => result,
            Err(error) => json!({"failed": error.to_string()}),
        }
    });
    (call, peer.of_type("server_request").await)
}

async fn with_slow_tool(world: &World) -> Peer {
    let mut peer = world.client(&Principal::owner()).await;
    peer.script.has("fs", &["slow"]);
    peer.attach("laptop", json!([declared("fs")])).await;
    world.until_listed("fs.slow").await;
    peer
}

#[tokio::test(start_paused = true)]
async fn w14_a_broken_answer_fails_its_waiter_at_once() {
    let world = World::new();
    let mut peer = with_slow_tool(&world).await;
    for broken in [
        json!({"kind": 7}),
        json!({"kind": "ok"}),
        json!({"kind": "err", "message": "no code"}),
        json!({"kind": "novelty", "result": {}}),
    ] {
        let (call, request) = slow_call(&world, &mut peer).await;
        let before = tokio::time::Instant::now();
        peer.respond(&request, broken.clone());
        let outcome = call.await.unwrap();
        assert!(outcome["failed"].is_string(), "{broken}: {outcome}");
        assert!(
            before.elapsed() < Duration::from_secs(1),
            "without the clock"
        );
    }
    is_alive(&mut peer).await;
}

#[tokio::test(start_paused = true)]
async fn w15_an_answer_of_another_server_fails_its_waiter() {
    let world = World::new();
    let mut peer = with_slow_tool(&world).await;
    let (call, request) = slow_call(&world, &mut peer).await;
    let result = json!({"content": [{"type": "text", "text": "from another"}]});
    peer.respond(
        &request,
        json!({"kind": "ok", "result": result, "target": target("git")}),
    );
    assert!(call.await.unwrap()["failed"].is_string());
    let (call, request) = slow_call(&world, &mut peer).await;
    peer.respond(
        &request,
        json!({"kind": "ok", "result": result, "target": target("fs")}),
    );
    assert_eq!(call.await.unwrap(), "from another");
}

#[tokio::test(start_paused = true)]
async fn w10_a_frame_about_the_id_of_another_socket_is_refused() {
    let world = World::new();
    let _laptop = world.laptop().await;
    let mut peer = world.client(&Principal::owner()).await;
    let about = json!({"target": target("fs"), "kind": "tools", "attach_ids": ["laptop"]});
    peer.request("list_changed", about.clone());
    assert_eq!(peer.of_type("error").await["code"], "unknown_id");
    let mut asks = about;
    asks["reply"] = true.into();
    peer.request("rpc", asks);
    let answer = peer.of_type("client_response").await;
    assert_eq!(
        (&answer["kind"], &answer["code"]),
        (&json!("err"), &json!("unknown_id"))
    );
    peer.attach("own", json!([])).await;
    peer.request(
        "list_changed",
        json!({"target": target("fs"), "kind": "tools", "attach_ids": ["own"]}),
    );
    is_alive(&mut peer).await;
    assert!(peer.left().is_empty());
}

#[tokio::test(start_paused = true)]
async fn requests_beyond_the_cap_are_refused_and_not_left_without_an_answer() {
    let world = World::with(|config| config.client_in_flight(2));
    let mut peer = world.laptop().await;
    let session = world
        .session(&Principal::owner(), json!({"elicitation": {}}))
        .await;
    for _ in 0..3 {
        let asks = json!({"reply": true, "session": session, "method": "elicitation/create"});
        peer.request("rpc", asks);
    }
    let refused = peer.of_type("client_response").await;
    assert_eq!(
        (&refused["id"], &refused["code"]),
        (&json!("c4"), &json!(-33005))
    );
    let refused = peer.try_attach(json!({"attach_id": "more"})).await;
    assert_eq!(
        (&refused["kind"], &refused["code"]),
        (&json!("err"), &json!("overloaded"))
    );
    // Signs of life, answers and news need no permit.
    peer.request("status", json!({"target": target("fs"), "state": "failed"}));
    world.until_unlisted("fs.read").await;
    peer.say(json!({"type": "cancel", "ref": "c2"}));
    let attached = peer.try_attach(json!({"attach_id": "more"})).await;
    assert_eq!(attached["attach_id"], "more");
}
