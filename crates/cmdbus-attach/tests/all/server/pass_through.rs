//! The gateway over an attachment (attach §4).

use std::time::Duration;

use cmdbus_attach::Registration;
use cmdbus_attach::auth::Principal;
use serde_json::{Value, json};

use super::world::{Ask, Stream, World, declared, message, messages, modern, named, target};

#[tokio::test(start_paused = true)]
async fn a_session_a_call_its_progress_and_its_end() {
    let world = World::new();
    let owner = Principal::owner();
    let mut peer = world.laptop().await;
    let session = world.session(&owner, json!({})).await;
    let opened = peer.script.asked.lock().unwrap().last().cloned().unwrap();
    assert_eq!(
        (&opened["method"], &opened["session"]),
        (&json!("initialize"), &json!(session))
    );
    let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let mut ask = Ask::post("", Value::Null).session(&session);
    ask.body = Some(initialized);
    assert_eq!(world.ask(&owner, ask).await.status(), 202);
    let told = async {
        world
            .until(|| peer.script.told.lock().unwrap().len() == 2)
            .await
    };
    told.await;
    assert_eq!(
        peer.script.told.lock().unwrap()[1]["session"],
        json!(session)
    );

    let call = Ask::post(
        "tools/call",
        json!({"name": "slow", "_meta": {"progressToken": 7}}),
    );
    let call = call.session(&session);
    let (answer, ()) = tokio::join!(world.ask(&owner, call), async {
        let request = peer.of_type("server_request").await;
        assert_eq!(request["session"], json!(session));
        let token = &request["params"]["_meta"]["progressToken"];
        assert!(token.is_string() || token.is_number());
        let params = json!({"progressToken": token, "progress": 0.5});
        peer.request(
            "notify",
            json!({"session": session, "related": request["id"],
            "method": "notifications/progress", "params": params}),
        );
        peer.succeed(&request, "done");
    });
    let messages = messages(answer).await;
    assert_eq!(
        messages[0]["params"],
        json!({"progressToken": 7, "progress": 0.5})
    );
    assert_eq!(messages[1]["result"]["content"][0]["text"], "done");
    assert_eq!(messages.len(), 2);

    let before = peer.script.count("close_session");
    assert_eq!(
        world
            .ask(&owner, Ask::delete().session(&session))
            .await
            .status(),
        204
    );
    world
        .until(|| peer.script.count("close_session") == before + 1)
        .await;
    let ask = Ask::post("tools/list", json!({})).session(&session);
    assert_eq!(world.ask(&owner, ask).await.status(), 404);
}

#[tokio::test(start_paused = true)]
async fn an_id_that_a_handle_binds_has_the_servers_of_the_first_one() {
    let world = World::new();
    let owner = Principal::owner();
    let peer = world.laptop().await;
    let handle = world.server.handle("laptop").unwrap();
    assert!(world.server.handle("swarm-7/agent-2").is_none());
    assert_eq!(handle.register("swarm-7/agent-2"), Registration::New);
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}});
    for (path, status) in [
        ("/a/swarm-7%2Fagent-2/mcp/fs", 200),
        ("/a/swarm-7%2Fagent-2/mcp/other", 404),
        ("/a/swarm-7%2Fagent-3/mcp/fs", 404),
    ] {
        let ask = Ask::post("initialize", params.clone()).at(path);
        assert_eq!(world.ask(&owner, ask).await.status(), status, "{path}");
    }
    let opened = peer.script.asked.lock().unwrap().last().cloned().unwrap();
    assert_eq!(opened["attach_id"], "swarm-7/agent-2");
    let ask = modern("tools/list", json!({}), "/a/swarm-7%2Fagent-2/mcp");
    let page = message(world.ask(&owner, ask).await).await;
    assert_eq!(page["result"]["tools"][0]["name"], "fs_read");
    // Its commands are there once.
    assert!(world.has("fs.read"));
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_attached_is_unknown_unless_they_let_one_in() {
    let world = World::new();
    let mut peer = world.client(&named("ci", &["attach", "call"])).await;
    let frame =
        json!({"attach_id": "laptop", "servers": [declared("fs")], "callers": ["self", "ada"]});
    peer.try_attach(frame).await;
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}});
    let mut bodies = Vec::new();
    for (name, path, status) in [
        ("ci", "/a/laptop/mcp/fs", 200),
        ("ada", "/a/laptop/mcp/fs", 200),
        ("eve", "/a/laptop/mcp/fs", 404),
        ("eve", "/a/nobody/mcp/fs", 404),
        ("ci", "/a/laptop/mcp/git", 404),
        ("eve", "/a/laptop/mcp", 404),
    ] {
        let ask = Ask::post("initialize", params.clone()).at(path);
        let response = world.ask(&named(name, &["call"]), ask).await;
        assert_eq!(response.status(), status, "{name} {path}");
        bodies.push(message(response).await);
    }
    assert_eq!(bodies[2]["error"]["code"], -33001);
    assert_eq!(
        bodies[2].to_string().replace("laptop", "nobody"),
        bodies[3].to_string(),
        "nothing tells them apart"
    );
    // An administrator may always, a token of less than the whole prefix never.
    let ask = Ask::post("initialize", params.clone());
    assert_eq!(
        world
            .ask(&named("root", &["admin", "call"]), ask)
            .await
            .status(),
        200
    );
    let ask = Ask::post("initialize", params);
    assert_eq!(
        world
            .ask(&named("ada", &["call:fs.read"]), ask)
            .await
            .status(),
        403
    );
}

#[tokio::test(start_paused = true)]
async fn a_session_that_its_server_has_ended_is_unknown() {
    let world = World::new();
    let owner = Principal::owner();
    let mut peer = world.laptop().await;
    let session = world.session(&owner, json!({})).await;
    peer.request(
        "session_gone",
        json!({"session": session, "reason": "the child has crashed"}),
    );
    world.until(|| world.gateway.figures().sessions == 0).await;
    let ask = Ask::post("tools/list", json!({})).session(&session);
    let response = world.ask(&owner, ask).await;
    assert_eq!(response.status(), 404);
    assert_eq!(
        message(response).await["error"]["data"]["reason"],
        "session"
    );
}

#[tokio::test(start_paused = true)]
async fn w24_a_server_asks_its_client_and_gets_the_answer() {
    let world = World::new();
    let owner = Principal::owner();
    let mut peer = world.laptop().await;
    let session = world.session(&owner, json!({"elicitation": {}})).await;
    let call = Ask::post("tools/call", json!({"name": "slow"})).session(&session);
    let (answer, (request, question)) = tokio::join!(world.ask(&owner, call), async {
        let request = peer.of_type("server_request").await;
        let question = peer.request(
            "rpc",
            json!({"reply": true, "session": session, "related": request["id"],
            "method": "elicitation/create", "params": {"message": "Which branch?"}}),
        );
        (request, question)
    });
    let mut stream = Stream::of(answer);
    let asked = stream.next().await;
    assert_eq!(asked["method"], "elicitation/create");
    assert_eq!(asked["params"], json!({"message": "Which branch?"}));
    assert_ne!(asked["id"], json!(question), "the gateway's own");
    let result = json!({"action": "accept"});
    world
        .answer(&owner, &session, asked["id"].clone(), result.clone())
        .await;
    let response = peer.of_type("client_response").await;
    assert_eq!(
        (&response["id"], &response["result"]),
        (&json!(question), &result)
    );
    peer.succeed(&request, "done");
    assert_eq!(stream.next().await["result"]["content"][0]["text"], "done");
}

#[tokio::test(start_paused = true)]
async fn what_a_client_cannot_is_refused_at_once() {
    let world = World::new();
    let mut peer = world.laptop().await;
    let session = world.session(&Principal::owner(), json!({})).await;
    let before = tokio::time::Instant::now();
    for (members, code) in [
        (
            json!({"session": session, "method": "elicitation/create"}),
            -32601,
        ),
        (
            json!({"session": "gs_none", "method": "elicitation/create"}),
            -33010,
        ),
        (json!({"related": "q_none", "method": "roots/list"}), -33010),
        (json!({"method": "roots/list"}), -33010),
        (json!({"session": session}), -32600),
    ] {
        let mut members = members;
        members["reply"] = true.into();
        peer.request("rpc", members.clone());
        let answer = peer.of_type("client_response").await;
        assert_eq!(answer["code"], code, "{members}");
    }
    assert!(before.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_question_that_is_cancelled_is_answered_by_nobody() {
    let world = World::new();
    let mut peer = world.laptop().await;
    let session = world
        .session(&Principal::owner(), json!({"elicitation": {}}))
        .await;
    let asks = json!({"reply": true, "session": session, "method": "elicitation/create"});
    let question = peer.request("rpc", asks);
    peer.say(json!({"type": "cancel", "ref": question}));
    tokio::time::sleep(Duration::from_secs(700)).await;
    let left = peer.left();
    let answered = left.iter().any(|frame| frame["type"] == "client_response");
    assert!(!answered, "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn i08_a_session_is_told_once_that_a_list_has_changed() {
    let world = World::new();
    let owner = Principal::owner();
    let mut peer = world.laptop().await;
    peer.attach("laptop", json!([declared("fs")])).await;
    let session = world.session(&owner, json!({})).await;
    let stream = world.ask(&owner, Ask::get().session(&session)).await;
    let about = json!({"target": target("fs"), "kind": "tools", "attach_ids": ["laptop"]});
    peer.request("list_changed", about);
    peer.detach("nothing", Value::Null).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(
        world
            .ask(&owner, Ask::delete().session(&session))
            .await
            .status(),
        204
    );
    let told: Vec<Value> = messages(stream).await;
    let methods: Vec<&Value> = told.iter().map(|message| &message["method"]).collect();
    assert_eq!(methods, ["notifications/tools/list_changed"]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_while_its_session_opens_leaves_no_session() {
    let world = World::new();
    let mut peer = world.client(&Principal::owner()).await;
    let mut silent = declared("fs");
    silent["expose"] = json!({"commands": false});
    peer.script.silent("fs");
    peer.attach("laptop", json!([silent])).await;
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}});
    let owner = Principal::owner();
    let request = {
        let opening = world.ask(&owner, Ask::post("initialize", params));
        tokio::pin!(opening);
        tokio::select! {
            _ = &mut opening => panic!("it waits"),
            request = peer.of_type("server_request") => request,
        }
    };
    let cancel = peer.of_type("cancel").await;
    assert_eq!(cancel["ref"], request["id"]);
    world
        .until(|| peer.script.count("close_session") == 1)
        .await;
    assert_eq!(world.gateway.figures().sessions, 0);
    assert_eq!(world.server.figures()["pending"], 0);
}
