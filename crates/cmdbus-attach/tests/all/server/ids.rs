//! Attach ids and the servers under them (attach §3.3).

use cmdbus_attach::auth::Principal;
use serde_json::{Value, json};

use super::world::{Ask, World, declared, message, named, target};

#[tokio::test(start_paused = true)]
async fn attaching_says_where_the_servers_are() {
    let world = World::new();
    let mut peer = world.client(&Principal::owner()).await;
    let other =
        json!({"type": "other", "owner": "acme", "name": "db", "version": "1.4.0", "mcp": "sql"});
    let mut plugin = declared("x");
    plugin["target"] = other.clone();
    plugin["expose"] = json!({"mcp": true, "commands": false});
    let mut hidden = declared("git");
    hidden["expose"] = json!({"mcp": false, "prefix": "my.git"});
    let attached = peer
        .attach("swarm-7/agent 2", json!([declared("fs"), plugin, hidden]))
        .await;
    assert_eq!(attached["attach_id"], "swarm-7/agent 2");
    assert_eq!(attached["took_over"], false);
    let base = "http://gw.example/a/swarm-7%2Fagent%202/mcp";
    assert_eq!(
        attached["servers"],
        json!([
            {"target": target("fs"), "prefix": "fs", "url": format!("{base}/fs")},
            {"target": other, "url": format!("{base}/acme/db/1.4.0/sql")},
            {"target": target("git"), "prefix": "my_git"},
        ])
    );
}

#[tokio::test(start_paused = true)]
async fn an_id_is_made_up_for_who_has_none() {
    let world = World::new();
    let mut peer = world.client(&Principal::owner()).await;
    let first = peer.try_attach(json!({"servers": [declared("fs")]})).await;
    let second = peer.try_attach(json!({"servers": [declared("fs")]})).await;
    let (first, second) = (&first["attach_id"], &second["attach_id"]);
    assert!(first.as_str().unwrap().starts_with("at_") && first != second);
    assert_eq!(world.ids.len(), 2);
    let detached = peer.detach(first.as_str().unwrap(), Value::Null).await;
    assert_eq!(detached["kind"], Value::Null);
    assert_eq!(world.ids.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn attaching_again_replaces_the_servers() {
    let world = World::new();
    let mut peer = world.client(&Principal::owner()).await;
    peer.attach("laptop", json!([declared("fs"), declared("git")]))
        .await;
    world.until_listed("fs.read").await;
    world.until_listed("git.read").await;
    let before = peer.script.count("initialize");
    peer.attach("laptop", json!([declared("git"), declared("web")]))
        .await;
    world.until_listed("web.read").await;
    assert!(!world.has("fs.read") && world.has("git.read"));
    assert_eq!(
        peer.script.count("initialize"),
        before + 1,
        "`git` keeps its session"
    );
    assert_eq!(world.ids.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn i12_an_id_is_not_taken_from_another_principal() {
    let world = World::new();
    let _laptop = world.laptop().await;
    let mut peer = world.client(&named("ci", &["attach"])).await;
    let refused = peer
        .try_attach(json!({"attach_id": "laptop", "servers": [declared("git")]}))
        .await;
    assert_eq!(
        (&refused["kind"], &refused["code"]),
        (&json!("err"), &json!("id_in_use"))
    );
    assert!(world.has("fs.read"));
    assert_eq!(
        world.call("fs.read", json!({})).await.unwrap(),
        "fs \"read\" {}"
    );
}

#[tokio::test(start_paused = true)]
async fn i12_who_takes_an_id_over_gets_what_is_new_and_the_other_is_told() {
    let world = World::new();
    let mut old = world.client(&Principal::owner()).await;
    old.script.has("fs", &["slow"]);
    old.attach("laptop", json!([declared("fs")])).await;
    world.until_listed("fs.slow").await;
    let registry = world.registry.clone();
    let call = tokio::spawn(async move { registry.execute_dyn("fs.slow", json!({})).await });
    let request = old.of_type("server_request").await;
    let mut new = world.client(&Principal::owner()).await;
    let attached = new.attach("laptop", json!([declared("fs")])).await;
    assert_eq!(attached["took_over"], true);
    assert_eq!(attached["servers"][0]["prefix"], "fs");
    let detach = old.of_type("detach").await;
    assert_eq!(
        (&detach["attach_id"], &detach["target"]),
        (&json!("laptop"), &Value::Null)
    );
    world.until_listed("fs.read").await;
    assert_eq!(
        world.call("fs.read", json!({})).await.unwrap(),
        "fs \"read\" {}"
    );
    assert_eq!(new.script.count("tools/call"), 1);
    assert!(!world.has("fs.slow"));
    old.succeed(&request, "late but there");
    assert_eq!(call.await.unwrap().unwrap(), "late but there");
    // What the old one says of the id is no longer about it.
    old.request("status", json!({"target": target("fs"), "state": "failed"}));
    assert_eq!(
        old.detach("laptop", Value::Null).await["code"],
        "unknown_id"
    );
    assert!(world.has("fs.read"));
}

#[tokio::test(start_paused = true)]
async fn i12_a_session_ends_with_its_last_request_when_its_id_is_taken_over() {
    let world = World::new();
    let owner = Principal::owner();
    let mut old = world.laptop().await;
    let idle = world.session(&owner, json!({})).await;
    let busy = world.session(&owner, json!({})).await;
    let call = Ask::post("tools/call", json!({"name": "slow"})).session(&busy);
    let (answer, ()) = tokio::join!(world.ask(&owner, call), async {
        let request = old.of_type("server_request").await;
        let mut new = world.client(&Principal::owner()).await;
        new.attach("laptop", json!([declared("fs")])).await;
        old.succeed(&request, "late but there");
    });
    assert_eq!(
        message(answer).await["result"]["content"][0]["text"],
        "late but there"
    );
    for session in [idle, busy] {
        let ask = Ask::post("tools/list", json!({})).session(&session);
        assert_eq!(world.ask(&owner, ask).await.status(), 404);
    }
    world.until(|| world.gateway.figures().sessions == 0).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_does_not_stop_who_takes_its_id_over() {
    let world = World::with(|config| config.queue_frames(4));
    let old = world.laptop().await;
    old.pause_reading(true);
    let channel = world.ids.get("laptop").unwrap();
    let notice = || cmdbus_attach::frame::ServerNotify {
        attach_id: "laptop".to_owned(),
        target: serde_json::from_value(target("fs")).unwrap(),
        session: None,
        method: "x".repeat(20_000),
        params: None,
        headers: Default::default(),
    };
    while channel.notify(notice()).is_ok() {
        tokio::task::yield_now().await;
    }
    let before = tokio::time::Instant::now();
    let mut new = world.client(&Principal::owner()).await;
    new.attach("laptop", json!([declared("fs")])).await;
    world.until_listed("fs.read").await;
    assert_eq!(
        world.call("fs.read", json!({})).await.unwrap(),
        "fs \"read\" {}"
    );
    assert!(before.elapsed().as_secs() < 10);
}

#[tokio::test(start_paused = true)]
async fn i13_a_socket_and_a_principal_hold_so_many_ids() {
    let world = World::with(|config| config.ids_per_socket(2).ids_per_principal(3));
    let mut first = world.client(&Principal::owner()).await;
    first.attach("a", json!([])).await;
    first.attach("b", json!([])).await;
    let refused = first.try_attach(json!({"attach_id": "c"})).await;
    assert_eq!(refused["code"], "too_many_ids");
    first.attach("b", json!([])).await;
    let mut second = world.client(&Principal::owner()).await;
    second.attach("c", json!([])).await;
    let refused = second.try_attach(json!({"attach_id": "d"})).await;
    assert_eq!(refused["code"], "too_many_ids");
    first.detach("a", Value::Null).await;
    second.attach("d", json!([])).await;
    assert_eq!(world.ids.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_token_attaches_only_where_it_may() {
    let world = World::new();
    let mut peer = world.client(&named("ci", &["attach:ci-*"])).await;
    peer.attach("ci-7", json!([])).await;
    for id in ["laptop", "ci", "", "ci-\n", &"ci-x".repeat(65)] {
        let refused = peer.try_attach(json!({"attach_id": id})).await;
        assert_eq!(refused["code"], "forbidden", "{id:?}");
    }
    assert_eq!(world.ids.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn targets_are_names_that_fit_and_each_is_there_once() {
    let world = World::new();
    let mut peer = world.client(&Principal::owner()).await;
    let long = "x".repeat(257);
    for name in ["", "primary", "a\nb", &long] {
        let refused = peer
            .try_attach(json!({"attach_id": "laptop", "servers": [declared(name)]}))
            .await;
        assert_eq!(refused["code"], "bad_target", "{name:?}");
    }
    let twice = json!({"attach_id": "laptop", "servers": [declared("fs"), declared("fs")]});
    assert_eq!(peer.try_attach(twice).await["code"], "bad_target");
    assert!(world.ids.is_empty(), "nothing is bound");
}

#[tokio::test(start_paused = true)]
async fn detaching_ends_what_is_named_and_nothing_else() {
    let world = World::new();
    let owner = Principal::owner();
    let mut peer = world.client(&owner).await;
    peer.attach("laptop", json!([declared("fs"), declared("git")]))
        .await;
    world.until_listed("fs.read").await;
    world.until_listed("git.read").await;
    let session = world.session(&owner, json!({})).await;
    assert_eq!(
        peer.detach("laptop", target("web")).await["code"],
        "unknown_id"
    );
    assert_eq!(
        peer.detach("laptop", target("git")).await["kind"],
        Value::Null
    );
    assert!(world.has("fs.read") && !world.has("git.read"));
    assert_eq!(
        peer.detach("tower", Value::Null).await["code"],
        "unknown_id"
    );
    assert_eq!(
        peer.detach("laptop", Value::Null).await["kind"],
        Value::Null
    );
    assert!(!world.has("fs.read") && world.ids.is_empty() && world.ids.listeners().is_empty());
    assert_eq!(
        peer.detach("laptop", Value::Null).await["code"],
        "unknown_id"
    );
    let ask = Ask::post("tools/list", json!({})).session(&session);
    assert_eq!(world.ask(&owner, ask).await.status(), 404);
    world.until(|| world.gateway.figures().sessions == 0).await;
}
