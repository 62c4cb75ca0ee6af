//! The tools of attached servers as commands on the bus (attach §6).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cmdbus_attach::auth::Principal;
use cmdbus_attach::gateway::aggregated::Attachments;
use cmdbus_mcp::carry::Call;
use cmdbus_mcp::rpc::Era;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::peer::{Peer, tool};
use super::world::{Ask, World, declared, message, target};

#[tokio::test(start_paused = true)]
async fn the_tools_of_a_server_are_commands_in_both_eras() {
    let world = World::new();
    let mut peer = world.client(&Principal::owner()).await;
    let mut modern = declared("git");
    modern["eras"] = json!(["2025-11-25", "2026-07-28"]);
    peer.attach("laptop", json!([declared("fs"), modern])).await;
    for command in ["fs.read", "fs.write", "git.read", "git.write"] {
        world.until_listed(command).await;
    }
    let (definition, _) = world.registry.describe_command("fs.write").unwrap();
    assert_eq!(definition.description.unwrap(), "the tool write");
    assert_eq!(
        world.call("fs.read", json!({"path": "/a"})).await.unwrap(),
        r#"fs "read" {"path":"/a"}"#
    );
    assert_eq!(
        world.call("git.read", json!({})).await.unwrap(),
        r#"git "read" {}"#
    );
    let asked = peer.script.asked.lock().unwrap().clone();
    for request in &asked {
        let is_modern = request["target"]["name"] == "git";
        let era = if is_modern {
            "2026-07-28"
        } else {
            "2025-11-25"
        };
        assert_eq!(request["era"], era, "{request}");
        assert_eq!(request["session"].is_string(), !is_modern, "{request}");
        let meta = &request["params"]["_meta"];
        let version = meta
            .get("io.modelcontextprotocol/protocolVersion")
            .is_some();
        assert_eq!(version, is_modern, "{request}");
    }
    let of = |server: &str, method: &str| {
        let is_it =
            |request: &&Value| request["target"]["name"] == server && request["method"] == method;
        asked.iter().filter(is_it).count()
    };
    assert_eq!((of("fs", "initialize"), of("git", "initialize")), (1, 0));
    assert_eq!(of("fs", "tools/list"), 2, "both pages");
    let told = peer.script.told.lock().unwrap().clone();
    assert_eq!(told[0]["method"], "notifications/initialized");
}

/// What the owner is told to be out of order.
fn degraded(world: &World, under: Option<&str>) -> Vec<Value> {
    world.server.degraded(&Principal::owner(), under)
}

/// Everything that is told of commands.
fn changes(world: &World) -> Arc<Mutex<Vec<Value>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = heard.clone();
    let unsubscribe = world
        .registry
        .on_dyn("cmdbus.commands.changed", move |payload| {
            hears.lock().unwrap().push(payload);
        });
    // For as long as the test.
    std::mem::forget(unsubscribe);
    heard
}

#[tokio::test(start_paused = true)]
async fn a_changed_list_changes_what_has_changed_and_nothing_else() {
    let world = World::new();
    let mut peer = world.laptop().await;
    let heard = changes(&world);
    let mut changed = tool("write");
    changed["description"] = "writes differently".into();
    peer.script
        .tools
        .lock()
        .unwrap()
        .insert("fs".to_owned(), vec![changed, tool("search")]);
    let about = json!({"target": target("fs"), "kind": "tools", "attach_ids": ["laptop"]});
    peer.request("list_changed", about);
    world.until_listed("fs.search").await;
    world.until_unlisted("fs.read").await;
    world.until(|| !heard.lock().unwrap().is_empty()).await;
    let told = heard.lock().unwrap().clone();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        told[0],
        json!({"added": ["fs.search"], "removed": ["fs.read"], "changed": ["fs.write"]})
    );
    let (definition, _) = world.registry.describe_command("fs.write").unwrap();
    assert_eq!(definition.description.unwrap(), "writes differently");
}

#[tokio::test(start_paused = true)]
async fn i09_a_change_of_resources_is_nothing_to_the_tools() {
    let world = World::new();
    let mut peer = world.laptop().await;
    let before = peer.script.count("tools/list");
    let about = json!({"target": target("fs"), "kind": "resources", "attach_ids": ["laptop"]});
    peer.request("list_changed", about);
    peer.detach("nothing", Value::Null).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(peer.script.count("tools/list"), before);
}

#[tokio::test(start_paused = true)]
async fn a_failed_server_loses_its_own_commands_and_recovers() {
    let world = World::new();
    let mut peer = world.client(&Principal::owner()).await;
    peer.attach("laptop", json!([declared("fs"), declared("git")]))
        .await;
    world.until_listed("fs.write").await;
    world.until_listed("git.write").await;
    for state in ["starting", "degraded", "stopped"] {
        peer.request("status", json!({"target": target("fs"), "state": state}));
        peer.detach("nothing", Value::Null).await;
        assert!(world.has("fs.read"), "{state}: calls wait for it");
    }
    let failed =
        json!({"target": target("fs"), "state": "failed", "detail": "exit 1: no such file"});
    peer.request("status", failed);
    world.until_unlisted("fs.read").await;
    assert!(!world.has("fs.write") && world.has("git.read") && world.has("git.write"));
    let missing = json!([{"attach_id": "laptop", "name": "fs", "detail": "exit 1: no such file"}]);
    assert_eq!(json!(degraded(&world, None)), missing);
    let status = world.server.status();
    assert_eq!(status[0]["servers"][0]["state"], "failed");
    assert_eq!(
        (
            &status[0]["servers"][0]["tools"],
            &status[0]["servers"][1]["tools"]
        ),
        (&json!(0), &json!(2))
    );
    peer.request("status", json!({"target": target("fs"), "state": "ready"}));
    world.until_listed("fs.write").await;
    assert!(degraded(&world, None).is_empty());
}

#[tokio::test(start_paused = true)]
async fn whoever_shows_lists_is_told_when_a_server_fails_and_recovers() {
    let world = World::new();
    let mut peer = world.laptop().await;
    tokio::spawn(world.aggregator.clone().run());
    let told = Arc::new(Mutex::new(0));
    let hears = told.clone();
    let endpoint = world.aggregator.endpoint(None, 0);
    let params = json!({"notifications": {"toolsListChanged": true}});
    let params = cmdbus_mcp::rpc::raw(&params);
    let listen = Call::new(Era::Modern, "subscriptions/listen", Some(params));
    let ear: cmdbus_mcp::carry::Hears = Arc::new(move |message| {
        if let cmdbus_mcp::carry::FromServer::Notification { method, .. } = message
            && method == "notifications/tools/list_changed"
        {
            *hears.lock().unwrap() += 1;
        }
    });
    let listening = tokio::spawn(endpoint.call(&Principal::owner(), None, listen, ear));
    // The commands themselves do not change: this is about the list that cannot be had.
    peer.script.broken.lock().unwrap().push("fs".to_owned());
    let about = json!({"target": target("fs"), "kind": "tools", "attach_ids": ["laptop"]});
    peer.request("list_changed", about);
    world.until(|| *told.lock().unwrap() == 1).await;
    assert_eq!(degraded(&world, Some("laptop")).len(), 1);
    assert!(degraded(&world, Some("tower")).is_empty());
    assert!(
        world.has("fs.read"),
        "a list that cannot be had takes nothing away"
    );
    peer.script.broken.lock().unwrap().clear();
    world.until(|| *told.lock().unwrap() == 2).await;
    assert!(degraded(&world, None).is_empty());
    listening.abort();
}

#[tokio::test(start_paused = true)]
async fn only_the_latest_news_of_a_server_counts_and_none_is_lost() {
    let world = World::with(|config| config.client_in_flight(1));
    let mut peer = world.laptop().await;
    for _ in 0..2_000 {
        for state in ["failed", "ready"] {
            peer.request("status", json!({"target": target("fs"), "state": state}));
        }
    }
    peer.request(
        "status",
        json!({"target": target("fs"), "state": "failed", "detail": "at last"}),
    );
    world
        .until(|| world.server.status()[0]["servers"][0]["detail"] == "at last")
        .await;
    world.until_unlisted("fs.read").await;
    assert!(peer.left().iter().all(|frame| frame["type"] != "error"));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_has_not_answered_yet_shows_its_tools_when_it_has() {
    let world = World::new();
    let mut peer = world.client(&Principal::owner()).await;
    let mut starting = declared("fs");
    (starting["state"], starting["eras"]) = (json!("starting"), json!([]));
    peer.attach("laptop", json!([starting])).await;
    peer.detach("nothing", Value::Null).await;
    assert_eq!(peer.script.count("tools/list"), 0);
    peer.request(
        "status",
        json!({"target": target("fs"), "state": "ready", "eras": ["2026-07-28"]}),
    );
    world.until_listed("fs.read").await;
    assert_eq!(peer.script.count("initialize"), 0, "it is modern");
}

#[tokio::test(start_paused = true)]
async fn two_machines_keep_their_names_whoever_comes_back_first() {
    let world = World::new();
    let attach = async |world: &World, id: &str| {
        let mut peer = world.client(&Principal::owner()).await;
        let attached = peer.attach(id, json!([declared("fs")])).await;
        let prefix = attached["servers"][0]["prefix"]
            .as_str()
            .unwrap()
            .to_owned();
        world.until_listed(&format!("{prefix}.read")).await;
        (peer, prefix)
    };
    let (_laptop, first) = attach(&world, "laptop").await;
    let (_tower, second) = attach(&world, "tower").await;
    assert_eq!(first, "fs");
    assert!(second.starts_with("fs-") && second.len() == 8, "{second}");
    let mut made_up = world.client(&Principal::owner()).await;
    let guest = made_up
        .try_attach(json!({"servers": [declared("fs")]}))
        .await;
    let guest = guest["servers"][0]["prefix"].as_str().unwrap().to_owned();
    assert!(guest.starts_with("fs-") && guest != second);
    // The server is started again, and they come back in the other order.
    let World { folder, .. } = world;
    let world = World::in_folder(folder, |config| config);
    let (_tower, again) = attach(&world, "tower").await;
    assert_eq!(again, second);
    let (_laptop, again) = attach(&world, "laptop").await;
    assert_eq!(again, first);
}

#[tokio::test(start_paused = true)]
async fn what_several_ids_show_is_there_once_and_as_long_as_one_is_left() {
    let world = World::new();
    let mut peer = world.client(&Principal::owner()).await;
    let mut shared = declared("fs");
    shared["expose"] = json!({"prefix": "shared"});
    peer.attach("one", json!([shared.clone()])).await;
    world.until_listed("shared.read").await;
    let attached = peer.attach("two", json!([shared])).await;
    // The prefix is the first id's: the other gets one of its own.
    let own = attached["servers"][0]["prefix"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(own.starts_with("shared-"), "{own}");
    world.until_listed(&format!("{own}.read")).await;
    peer.detach("one", Value::Null).await;
    assert!(!world.has("shared.read") && world.has(&format!("{own}.read")));
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_lost_is_opened_again_and_the_call_goes_through() {
    let world = World::new();
    let mut peer = world.client(&Principal::owner()).await;
    peer.script.has("fs", &["slow"]);
    peer.attach("laptop", json!([declared("fs")])).await;
    world.until_listed("fs.slow").await;
    let registry = world.registry.clone();
    let call = tokio::spawn(async move { registry.execute_dyn("fs.slow", json!({})).await });
    let request = peer.of_type("server_request").await;
    let lost = json!({"kind": "err", "code": -33001, "message": "no such session", "data": {"reason": "session"}});
    peer.respond(&request, lost);
    let again = peer.of_type("server_request").await;
    assert_ne!(again["session"], request["session"]);
    peer.succeed(&again, "done");
    assert_eq!(call.await.unwrap().unwrap(), "done");
    // The client says itself that it has ended: the list is fetched in a new one.
    let session = again["session"].clone();
    let before = peer.script.count("initialize");
    peer.request(
        "session_gone",
        json!({"session": session, "reason": "crashed"}),
    );
    world
        .until(|| peer.script.count("initialize") == before + 1)
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_holds_up_no_detach() {
    let world = World::new();
    let mut peer = world.client(&Principal::owner()).await;
    let mut silent = declared("fs");
    silent["target"] = json!({"type": "primary"});
    peer.script.silent("primary");
    peer.attach("laptop", json!([silent])).await;
    let initialize = peer.of_type("server_request").await;
    assert_eq!(initialize["method"], "initialize");
    let before = tokio::time::Instant::now();
    assert_eq!(
        peer.detach("laptop", Value::Null).await["kind"],
        Value::Null
    );
    assert!(before.elapsed() < Duration::from_secs(1));
    // What it may have opened all the same is closed.
    world
        .until(|| peer.script.count("close_session") == 1)
        .await;
    assert_eq!(
        peer.script.asked.lock().unwrap().last().unwrap()["session"],
        initialize["session"]
    );
    peer.respond(
        &initialize,
        json!({"kind": "ok", "result": {"protocolVersion": "2025-11-25"}}),
    );
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert!(world.registry.list_commands().is_empty());
    assert_eq!(peer.script.count("tools/list"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_tool_whose_name_is_taken_comes_when_it_is_free() {
    let world = World::new();
    let mut other = world.client(&Principal::owner()).await;
    let register = json!({"type": "register.command.request", "command": {"id": "fs.read"},
        "id": "0f8fad5b-d9cb-469f-a165-70867728950e"});
    other.say(register);
    world.until_listed("fs.read").await;
    let mut peer = world.client(&Principal::owner()).await;
    peer.attach("laptop", json!([declared("fs")])).await;
    world.until_listed("fs.write").await;
    world.until(|| !degraded(&world, None).is_empty()).await;
    let detail = degraded(&world, None)[0]["detail"].clone();
    assert_eq!(detail, "`fs.read` is a command of somebody else's");
    assert_eq!(peer.script.count("tools/call"), 0);
    other.say(json!({"type": "goodbye"}));
    other.detach("nothing", Value::Null).await;
    other.cut().await;
    world.until_unlisted("fs.read").await;
    world.until_listed("fs.read").await;
    assert_eq!(
        world.call("fs.read", json!({})).await.unwrap(),
        r#"fs "read" {}"#
    );
    world.until(|| degraded(&world, None).is_empty()).await;
}

/// Has the bus's session lost, and another one begun that the server does not answer yet. Returns what began it.
async fn opening_again(world: &World, peer: &mut Peer) -> Value {
    let asked = peer.script.asked.lock().unwrap().clone();
    let mut sessions = asked.iter().filter(|it| it["method"] == "initialize");
    let session = sessions.next().unwrap()["session"].clone();
    world.until_listed("fs.write").await;
    peer.script.silent("fs");
    peer.request("session_gone", json!({"session": session}));
    let request = peer.of_type("server_request").await;
    assert_eq!(request["method"], "initialize");
    request
}

fn read_within(millis: &str) -> Ask {
    Ask::post("tools/call", json!({"name": "fs_read"}))
        .at("/mcp")
        .header("x-cmdbus-timeout-ms", millis)
}

/// A session with everything.
async fn session_at_mcp(world: &World) -> String {
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}});
    let ask = Ask::post("initialize", params).at("/mcp");
    let response = world.ask(&Principal::owner(), ask).await;
    let session = response.headers()["mcp-session-id"].to_str().unwrap();
    session.to_owned()
}

#[tokio::test(start_paused = true)]
async fn w04_the_time_of_a_call_runs_while_somebody_else_opens_the_session() {
    let world = World::new();
    let mut peer = world.laptop().await;
    let session = session_at_mcp(&world).await;
    opening_again(&world, &mut peer).await;
    let before = Instant::now();
    let call = read_within("2000").session(&session);
    let answer = message(world.ask(&Principal::owner(), call).await).await;
    assert_eq!(answer["error"]["code"], -33003, "{answer}");
    assert_eq!(before.elapsed(), Duration::from_millis(2000));
}

#[tokio::test(start_paused = true)]
async fn w04_a_call_has_the_time_that_is_left_when_the_session_is_there() {
    let world = World::new();
    let mut peer = world.laptop().await;
    let session = session_at_mcp(&world).await;
    let opening = opening_again(&world, &mut peer).await;
    let call = read_within("2000").session(&session);
    let owner = Principal::owner();
    let (answer, ()) = tokio::join!(world.ask(&owner, call), async {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        peer.respond(
            &opening,
            json!({"kind": "ok", "result": {"protocolVersion": "2025-11-25"}}),
        );
        let request = loop {
            let request = peer.of_type("server_request").await;
            if request["method"] == "tools/call" {
                break request;
            }
        };
        assert_eq!(request["total_ms"], 500);
        // Once more, and the time runs on.
        let lost =
            json!({"kind": "err", "code": -33001, "message": "x", "data": {"reason": "session"}});
        peer.respond(&request, lost);
    });
    let answer = message(answer).await;
    assert_eq!(answer["error"]["code"], -33003, "{answer}");
}
