//! The orderly end (attach §4.14).

use std::time::Duration;

use cmdbus_attach::auth::Principal;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::world::{Ask, Stream, World, declared, hello};

#[tokio::test(start_paused = true)]
async fn w17_what_is_in_progress_ends_before_the_socket_does() {
    let world = World::new();
    let mut peer = world.client(&Principal::owner()).await;
    peer.script.has("fs", &["slow"]);
    peer.attach("laptop", json!([declared("fs")])).await;
    world.until_listed("fs.slow").await;
    let registry = world.registry.clone();
    let call = tokio::spawn(async move { registry.execute_dyn("fs.slow", json!({})).await });
    let request = peer.of_type("server_request").await;
    let server = world.server.clone();
    let ending = tokio::spawn(async move { server.shutdown(Duration::from_secs(5)).await });
    let goodbye = peer.of_type("goodbye").await;
    assert_eq!(
        (&goodbye["reason"], &goodbye["drain_ms"]),
        (&json!("shutdown"), &json!(5000))
    );
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(!peer.is_closed());
    peer.succeed(&request, "done");
    assert_eq!(call.await.unwrap().unwrap(), "done");
    assert_eq!(peer.close_code().await, 1012);
    ending.await.unwrap();
    world.is_empty().await;
}

#[tokio::test(start_paused = true)]
async fn w50_a_call_that_needs_its_client_while_all_ends_gets_its_answer() {
    let world = World::new();
    let owner = Principal::owner();
    let mut peer = world.laptop().await;
    let session = world.session(&owner, json!({"elicitation": {}})).await;
    let asks = json!({"reply": true, "session": session, "method": "elicitation/create"});
    let question = peer.request("rpc", asks);
    let mut stream = Stream::of(world.ask(&owner, Ask::get().session(&session)).await);
    let asked = stream.next().await["id"].clone();
    let server = world.server.clone();
    let ending = tokio::spawn(async move { server.shutdown(Duration::from_secs(5)).await });
    peer.of_type("goodbye").await;
    world
        .answer(&owner, &session, asked, json!({"action": "accept"}))
        .await;
    let response = peer.of_type("client_response").await;
    assert_eq!(
        (&response["id"], &response["result"]["action"]),
        (&json!(question), &json!("accept"))
    );
    assert_eq!(peer.close_code().await, 1012);
    ending.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_subscription_of_the_bus_itself_holds_up_no_end() {
    let world = World::new();
    let mut peer = world.client(&Principal::owner()).await;
    let mut modern = declared("fs");
    modern["eras"] = json!(["2026-07-28"]);
    peer.attach("laptop", json!([modern])).await;
    world.until_listed("fs.read").await;
    let channel = world.ids.get("laptop").unwrap();
    world.until(|| channel.pending.len() == 1).await;
    let before = tokio::time::Instant::now();
    world.server.shutdown(Duration::from_secs(5)).await;
    assert!(before.elapsed() < Duration::from_secs(1));
    assert_eq!(peer.close_code().await, 1012);
    world.is_empty().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_not_done_in_time_fails() {
    let world = World::new();
    let mut peer = world.client(&Principal::owner()).await;
    peer.script.has("fs", &["slow"]);
    peer.attach("laptop", json!([declared("fs")])).await;
    world.until_listed("fs.slow").await;
    let registry = world.registry.clone();
    let call = tokio::spawn(async move { registry.execute_dyn("fs.slow", json!({})).await });
    peer.of_type("server_request").await;
    let before = tokio::time::Instant::now();
    world.server.shutdown(Duration::from_secs(5)).await;
    assert!(call.await.unwrap().is_err());
    assert_eq!(peer.close_code().await, 1012);
    assert_eq!(before.elapsed().as_secs(), 5);
    world.is_empty().await;
}

#[tokio::test(start_paused = true)]
async fn nobody_is_let_in_at_the_end() {
    let world = World::new();
    world.server.shutdown(Duration::ZERO).await;
    let mut peer = world.socket(&Principal::owner()).await;
    peer.raw(Message::text(hello().to_string())).await;
    assert_eq!(peer.raw_close().await, 1012);
}
