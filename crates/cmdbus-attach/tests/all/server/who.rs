//! Who sees attached tools at the aggregated endpoints (attach §3.3, §4.13).

use cmdbus_attach::auth::Principal;
use serde_json::{Value, json};

use super::world::{World, declared, message, modern, named, target};

async fn list(world: &World, who: &Principal, path: &str) -> Value {
    let ask = modern("tools/list", json!({}), path);
    message(world.ask(who, ask).await).await["result"].clone()
}

async fn tools(world: &World, who: &Principal, path: &str) -> Vec<String> {
    let page = list(world, who, path).await;
    let tools = page["tools"].as_array().unwrap();
    let names = tools.iter().map(|tool| tool["name"].as_str().unwrap());
    names.map(str::to_owned).collect()
}

async fn call(world: &World, who: &Principal, name: &str) -> Value {
    let ask = modern("tools/call", json!({"name": name}), "/mcp");
    message(world.ask(who, ask).await).await
}

#[tokio::test(start_paused = true)]
async fn only_those_who_are_let_in_see_and_call_what_somebody_has_attached() {
    let world = World::new();
    let (ada, eve) = (named("ada", &["attach", "call"]), named("eve", &["call"]));
    let root = named("root", &["admin", "call"]);
    let mut peer = world.client(&ada).await;
    peer.attach("laptop", json!([declared("fs")])).await;
    world.until_listed("fs.write").await;
    let both = ["fs_read", "fs_write"];
    for (who, seen) in [(&ada, &both[..]), (&root, &both), (&eve, &[])] {
        assert_eq!(tools(&world, who, "/mcp").await, seen, "{who}");
        let error = call(&world, who, "fs_read").await["error"]["code"].clone();
        let expected = if seen.is_empty() {
            json!(-32602)
        } else {
            Value::Null
        };
        assert_eq!(error, expected, "{who}");
    }
    assert_eq!(peer.script.count("tools/call"), 2);
    assert!(
        world.call("fs.read", json!({})).await.is_ok(),
        "the bus is the user's own"
    );
    // Whoever is named from now on is let in from now on.
    let frame = json!({"attach_id": "laptop", "servers": [declared("fs")], "callers": ["eve"]});
    peer.try_attach(frame).await;
    assert_eq!(tools(&world, &eve, "/mcp").await, both);
    assert!(tools(&world, &ada, "/mcp").await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn only_those_who_are_let_in_learn_what_is_out_of_order() {
    let world = World::new();
    let ada = named("ada", &["attach", "call"]);
    let mut peer = world.client(&ada).await;
    peer.attach("laptop", json!([declared("fs")])).await;
    world.until_listed("fs.write").await;
    let failed = json!({"target": target("fs"), "state": "failed", "detail": "no such file"});
    peer.request("status", failed);
    world.until_unlisted("fs.read").await;
    for (who, count) in [(&ada, 1), (&named("eve", &["call"]), 0)] {
        let page = list(&world, who, "/mcp").await;
        let named = page["_meta"]["dev.cmdbus/degraded"].as_array();
        assert_eq!(named.map_or(0, Vec::len), count, "{who}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_id_that_shows_a_server_has_its_tools_and_lets_its_own_callers_in() {
    let world = World::new();
    let ada = named("ada", &["attach", "call"]);
    let (eve, bob) = (named("eve", &["call"]), named("bob", &["call"]));
    let mut peer = world.client(&ada).await;
    let mut ids = Vec::new();
    for callers in [["self", "eve"], ["self", "bob"]] {
        let frame = json!({"servers": [declared("fs")], "callers": callers});
        let attached = peer.try_attach(frame).await;
        assert_eq!(attached["servers"][0]["prefix"], "fs", "they share one set");
        ids.push(attached["attach_id"].as_str().unwrap().to_owned());
    }
    world.until_listed("fs.write").await;
    let both = ["fs_read", "fs_write"];
    for id in &ids {
        let path = format!("/a/{id}/mcp");
        assert_eq!(tools(&world, &ada, &path).await, both, "{path}");
    }
    for who in [&eve, &bob] {
        assert_eq!(tools(&world, who, "/mcp").await, both, "{who}");
    }
    // What is left is served by the second one, and is for its callers.
    peer.detach(&ids[0], Value::Null).await;
    world.until_listed("fs.write").await;
    let path = format!("/a/{}/mcp", ids[1]);
    assert_eq!(tools(&world, &ada, &path).await, both);
    assert_eq!(tools(&world, &bob, "/mcp").await, both);
    assert!(tools(&world, &eve, "/mcp").await.is_empty());
}
