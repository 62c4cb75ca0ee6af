//! Subscriptions of the modern era at the endpoint of one server (attach §4.9).

use axum::body::Body;
use axum::http::Response;
use cmdbus_attach::auth::Principal;
use serde_json::{Value, json};

use super::peer::Peer;
use super::world::{Ask, PATIENCE, World, declared, messages, modern, target};

/// A client with a modern server `fs` under `laptop`, whose tools are not on the bus.
async fn attached(world: &World) -> Peer {
    let mut peer = world.client(&Principal::owner()).await;
    attach(&mut peer).await;
    peer
}

async fn attach(peer: &mut Peer) {
    let mut server = declared("fs");
    server["eras"] = json!(["2026-07-28"]);
    server["expose"] = json!({"commands": false});
    peer.attach("laptop", json!([server, declared("git")]))
        .await;
}

fn listen(path: &str) -> Ask {
    let params = json!({"notifications": {"toolsListChanged": true}});
    modern("subscriptions/listen", params, path)
}

/// Listens until the server has heard of it. Returns the answer, and what the server was asked.
async fn listening(world: &World, peer: &mut Peer) -> (Response<Body>, Value) {
    let ask = listen("/a/laptop/mcp/fs");
    let answer = world.ask(&Principal::owner(), ask).await;
    let request = loop {
        let request = peer.of_type("server_request").await;
        if request["method"] == "subscriptions/listen" && request["target"] == target("fs") {
            break request;
        }
    };
    (answer, request)
}

/// Every message of a stream, which must end.
async fn all_of(answer: Response<Body>) -> Vec<Value> {
    let messages = tokio::time::timeout(PATIENCE, messages(answer)).await;
    messages.expect("the stream ends")
}

/// The last message of the stream is that it has ended in good order.
async fn ends(answer: Response<Body>) {
    let messages = all_of(answer).await;
    let last = messages.last().unwrap();
    assert_eq!(last["id"], 1, "{messages:?}");
    let result = &last["result"];
    assert_eq!(result["resultType"], "complete", "{messages:?}");
    let subscription = &result["_meta"]["io.modelcontextprotocol/subscriptionId"];
    assert_eq!(*subscription, json!(1));
}

#[tokio::test(start_paused = true)]
async fn w32_a_subscription_ends_in_good_order_with_its_id_or_its_server() {
    let world = World::new();
    let mut peer = attached(&world).await;
    for what in [target("fs"), Value::Null] {
        attach(&mut peer).await;
        let (answer, request) = listening(&world, &mut peer).await;
        let mut detach = json!({"type": "detach", "id": "d", "attach_id": "laptop"});
        if !what.is_null() {
            detach["target"] = what;
        }
        peer.say(detach);
        ends(answer).await;
        let cancel = peer.of_type("cancel").await;
        assert_eq!(cancel["ref"], request["id"], "and the server is told");
    }
}

#[tokio::test(start_paused = true)]
async fn w32_a_subscription_ends_in_good_order_with_its_connection() {
    let world = World::new();
    let mut peer = attached(&world).await;
    let (answer, _) = listening(&world, &mut peer).await;
    peer.say(json!({"type": "goodbye", "reason": "shutdown"}));
    peer.detach("nothing", Value::Null).await;
    peer.cut().await;
    ends(answer).await;
    world.is_empty().await;
}

#[tokio::test(start_paused = true)]
async fn a_subscription_ends_in_good_order_when_its_id_is_taken_over() {
    let world = World::new();
    let mut old = attached(&world).await;
    let (answer, _) = listening(&world, &mut old).await;
    let _new = attached(&world).await;
    ends(answer).await;
}

#[tokio::test(start_paused = true)]
async fn a_subscription_lasts_while_lists_change_and_other_servers_go() {
    let world = World::new();
    let mut peer = attached(&world).await;
    let (answer, request) = listening(&world, &mut peer).await;
    let about = json!({"target": target("fs"), "kind": "tools", "attach_ids": ["laptop"]});
    peer.request("list_changed", about);
    peer.detach("laptop", target("git")).await;
    peer.respond(
        &request,
        json!({"kind": "ok", "result": {"resultType": "complete", "own": 1}}),
    );
    let messages = all_of(answer).await;
    assert_eq!(messages[0]["result"]["own"], 1, "{messages:?}");
}

#[tokio::test(start_paused = true)]
async fn w32_what_listens_to_the_tools_of_an_id_ends_with_the_id() {
    let world = World::new();
    let owner = Principal::owner();
    let mut peer = world.laptop().await;
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}});
    let ask = Ask::post("initialize", params).at("/a/laptop/mcp");
    let response = world.ask(&owner, ask).await;
    let session = response.headers()["mcp-session-id"].to_str().unwrap();
    let stream = Ask::get().session(session).at("/a/laptop/mcp");
    let stream = world.ask(&owner, stream).await;
    let subscription = world.ask(&owner, listen("/a/laptop/mcp")).await;
    peer.detach("laptop", Value::Null).await;
    ends(subscription).await;
    all_of(stream).await;
    assert_eq!(world.gateway.figures().sessions, 0);
}

#[tokio::test(start_paused = true)]
async fn i12_what_listens_to_the_tools_of_an_id_that_is_taken_over_ends_and_calls_go_on() {
    let world = World::new();
    let owner = Principal::owner();
    let mut old = world.client(&owner).await;
    old.script.has("fs", &["slow"]);
    old.attach("laptop", json!([declared("fs")])).await;
    world.until_listed("fs.slow").await;
    let subscription = world.ask(&owner, listen("/a/laptop/mcp")).await;
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}});
    let ask = Ask::post("initialize", params).at("/a/laptop/mcp");
    let response = world.ask(&owner, ask).await;
    let session = response.headers()["mcp-session-id"].to_str().unwrap();
    let call = Ask::post("tools/call", json!({"name": "fs_slow"}))
        .session(session)
        .at("/a/laptop/mcp");
    let (answer, ()) = tokio::join!(world.ask(&owner, call), async {
        let request = old.of_type("server_request").await;
        let mut new = world.client(&owner).await;
        new.attach("laptop", json!([declared("fs")])).await;
        ends(subscription).await;
        old.succeed(&request, "late but there");
    });
    let told = all_of(answer).await;
    let result = &told.last().unwrap()["result"];
    assert_eq!(result["content"][0]["text"], "late but there", "{told:?}");
}
