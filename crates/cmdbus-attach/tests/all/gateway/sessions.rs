//! Sessions of the legacy era (attach §4.5, §4.6).

use std::sync::atomic::Ordering;
use std::time::Duration;

use cmdbus_attach::auth::Principal;
use cmdbus_attach::gateway::Settings;
use serde_json::json;
use tokio::time::{advance, sleep};

use super::support::{Sse, World, json_of, text_of};

fn initialize(version: &str) -> serde_json::Value {
    json!({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":version}})
}

#[tokio::test(start_paused = true)]
async fn w28_initialize_travels_as_it_is_and_so_does_its_result() {
    let world = World::new();
    let params = r#"{"protocolVersion":"2025-06-18","capabilities":{"x":1.10},"clientInfo":{"z":1,"name":"me"}}"#;
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"initialize","params":{params}}}"#);
    let reply = world
        .post(body)
        .header("x-cmdbus-tenant", "blue")
        .send()
        .await;
    let session = reply.headers()["mcp-session-id"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        text_of(reply).await,
        r#"{"jsonrpc":"2.0","id":1,"result":{"vendor":1.10,"protocolVersion":"2025-06-18","capabilities":{}}}"#
    );
    assert!(
        session.starts_with("gs_") && session.len() == 25,
        "{session}"
    );
    let opened = world.server.opened.lock().unwrap();
    assert_eq!(opened[0].call.params.as_ref().unwrap().get(), params);
    assert_eq!(
        opened[0].call.headers,
        [("x-cmdbus-tenant".to_owned(), "blue".to_owned())]
    );
    assert_eq!(opened[0].args, None);
}

#[tokio::test(start_paused = true)]
async fn w28_who_accepts_streams_only_gets_the_result_and_the_session_in_one() {
    let world = World::new();
    let ask = world
        .post(initialize("2025-11-25"))
        .header("accept", "text/event-stream");
    let reply = ask.send().await;
    assert!(reply.headers().contains_key("mcp-session-id"));
    let all = Sse::of(reply).all().await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].json()["result"]["protocolVersion"], "2025-11-25");
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_fails_leaves_nothing() {
    let world = World::with(Settings {
        max_sessions: 1,
        ..Settings::default()
    });
    for (code, status) in [(-32602, 200), (-33004, 200), (-33001, 404), (-33005, 429)] {
        world.server.fails_with(code, "no");
        let reply = world.post(initialize("2025-11-25")).send().await;
        assert!(!reply.headers().contains_key("mcp-session-id"));
        assert_eq!(json_of(reply).await.0, status);
        assert_eq!(world.figures().sessions, 0);
    }
    world.session().await;
}

#[tokio::test(start_paused = true)]
async fn w29_arguments_reach_the_server_in_order_or_the_caller_hears_why_not() {
    let world = World::new();
    for name in ["x-cmdbus-arguments", "X-OBJECTIVEAI-ARGUMENTS"] {
        let ask = world
            .post(initialize("2025-11-25"))
            .header(name, r#"{"z":"1","a":null}"#);
        assert_eq!(ask.status().await, 200);
        let args = world
            .server
            .opened
            .lock()
            .unwrap()
            .pop()
            .unwrap()
            .args
            .unwrap();
        assert_eq!(
            serde_json::to_string(&args).unwrap(),
            r#"{"z":"1","a":null}"#
        );
    }
    for wrong in ["", "{", "[]", r#"{"a":1}"#, r#"{"a":{}}"#, r#"{"a":"ü"}"#] {
        let ask = world
            .post(initialize("2025-11-25"))
            .header("x-cmdbus-arguments", wrong);
        assert_eq!(ask.error().await, (400, -32600), "{wrong}");
    }
    let both = world
        .post(initialize("2025-11-25"))
        .header("x-cmdbus-arguments", "{}");
    assert_eq!(
        both.header("x-objectiveai-arguments", "{}").status().await,
        400
    );
    assert!(
        world.server.opened.lock().unwrap().is_empty(),
        "the server heard of none"
    );
    world.server.fails_with(-32602, "`a` is not declared");
    let undeclared = world
        .post(initialize("2025-11-25"))
        .header("x-cmdbus-arguments", "{}");
    assert_eq!(undeclared.error().await, (400, -32602));
    let session = world.session().await;
    let later = world
        .ask(&session, 1, "ping")
        .header("x-cmdbus-arguments", "{");
    assert_eq!(later.status().await, 200, "not looked at on later requests");
}

#[tokio::test(start_paused = true)]
async fn without_a_session_there_is_nothing_but_initialize() {
    let world = World::new();
    let ask = world.post(json!({"jsonrpc":"2.0","id":1,"method":"ping"}));
    assert_eq!(ask.error().await, (400, -32600));
    let told = world.post(json!({"jsonrpc":"2.0","method":"notifications/initialized"}));
    assert_eq!(told.error().await, (400, -32600));
    let answer = world.post(json!({"jsonrpc":"2.0","id":1,"result":{}}));
    assert_eq!(answer.error().await, (400, -32600));
    let get = world.get("x").without("mcp-session-id");
    assert_eq!(get.error().await, (400, -32600));
    assert_eq!(
        world
            .request("DELETE", super::support::SERVER)
            .error()
            .await,
        (400, -32600)
    );
}

#[tokio::test(start_paused = true)]
async fn w41_a_session_is_good_for_its_caller_and_its_server_only() {
    let world = World::new();
    let session = world.session().await;
    let good = world.ask(&session, 1, "ping");
    assert_eq!(good.clone().status().await, 200);
    for foreign in [
        good.clone().by(Principal::anonymous()),
        good.clone().at("/a/desktop/mcp/fs"),
        good.clone().at("/a/laptop/mcp/db"),
        good.clone().at("/a/laptop/mcp"),
        world.ask("gs_AAAAAAAAAAAAAAAAAAAAAA", 1, "ping"),
    ] {
        let (status, answer) = foreign.json().await;
        assert_eq!((status, &answer["error"]["code"]), (404, &json!(-33001)));
        assert_eq!(answer["error"]["data"], json!({"reason":"session"}));
        assert_eq!(answer["id"], 1);
    }
    let header = good
        .clone()
        .at("/mcp/fs")
        .header("x-cmdbus-attach-id", "laptop");
    assert_eq!(
        header.status().await,
        200,
        "the same server by another path"
    );
    let stranger = world.get(&session).by(Principal::anonymous());
    assert_eq!(stranger.error().await, (404, -33001));
    assert_eq!(good.status().await, 200, "and nobody has ended it");
}

#[tokio::test(start_paused = true)]
async fn w37_a_server_that_was_attached_again_needs_a_new_session() {
    let world = World::new();
    let session = world.session().await;
    world.server.epoch.store(2, Ordering::Relaxed);
    assert_eq!(world.ask(&session, 1, "ping").error().await, (404, -33001));
    assert_eq!(world.figures().sessions, 0);
    let again = world.session().await;
    assert_eq!(world.ask(&again, 1, "ping").status().await, 200);
}

#[tokio::test(start_paused = true)]
async fn i12_messages_to_a_session_whose_server_is_another_now_do_not_end_what_is_in_progress() {
    let mut world = World::new();
    let session = world.session().await;
    let asked = world.ask(&session, 1, "slow").spawn();
    let incoming = world.slow.recv().await.unwrap();
    world.server.epoch.store(2, Ordering::Relaxed);
    let roots = json!({"jsonrpc":"2.0","method":"notifications/roots/list_changed"});
    let roots = world.post(roots).header("mcp-session-id", &session);
    for new in [
        world.ask(&session, 2, "ping"),
        world.get(&session),
        roots.clone(),
    ] {
        assert_eq!(new.error().await, (404, -33001));
    }
    assert!(world.server.told.lock().unwrap().is_empty());
    let wait = incoming.ask("sampling/createMessage");
    let mut stream = Sse::of(asked.await.unwrap());
    stream.next().await.unwrap();
    let question = stream.message().await["id"].clone();
    let answer = json!({"jsonrpc":"2.0","id":question,"result":{"a":1}});
    let answer = world.post(answer).header("mcp-session-id", &session);
    assert_eq!(answer.status().await, 202);
    assert_eq!(wait.await.unwrap().unwrap().get(), r#"{"a":1}"#);
    incoming.answer("{}");
    assert_eq!(stream.message().await["result"], json!({}));
    // With the last of them it ends.
    assert_eq!(world.figures().sessions, 1);
    assert_eq!(world.ask(&session, 3, "ping").error().await, (404, -33001));
    assert_eq!(world.figures().sessions, 0);
}

#[tokio::test(start_paused = true)]
async fn i12_what_is_in_progress_can_be_cancelled_after_its_server_has_become_another() {
    let mut world = World::new();
    let session = world.session().await;
    let asked = world.ask(&session, 1, "slow").spawn();
    let incoming = world.slow.recv().await.unwrap();
    world.server.epoch.store(2, Ordering::Relaxed);
    let cancel =
        json!({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}});
    let cancel = world.post(cancel).header("mcp-session-id", &session);
    assert_eq!(cancel.clone().status().await, 202);
    let text = text_of(asked.await.unwrap()).await;
    assert!(
        !text.contains("result") && !text.contains("error"),
        "{text}"
    );
    assert!(incoming.reply.is_closed());
    assert_eq!(cancel.status().await, 404, "nothing is left to cancel");
}

#[tokio::test(start_paused = true)]
async fn only_a_revision_with_sessions_is_taken_in_one() {
    let world = World::new();
    let session = world.session().await;
    let with = |version: &str| {
        world
            .ask(&session, 1, "ping")
            .header("mcp-protocol-version", version)
    };
    assert_eq!(with("2025-11-25").status().await, 200);
    assert_eq!(with("1900-01-01").error().await, (400, -32600));
    assert_eq!(
        world
            .get(&session)
            .header("mcp-protocol-version", "1900-01-01")
            .status()
            .await,
        400
    );
}

#[tokio::test(start_paused = true)]
async fn delete_ends_a_session_once() {
    let mut world = World::new();
    let session = world.session().await;
    let waiting = world.ask(&session, 1, "slow").spawn();
    let _incoming = world.slow.recv().await.unwrap();
    let stream = world.get(&session).sse().await;
    let delete = world
        .request("DELETE", super::support::SERVER)
        .header("mcp-session-id", &session);
    assert_eq!(
        delete.clone().by(Principal::anonymous()).error().await,
        (404, -33001)
    );
    let reply = delete.clone().send().await;
    assert_eq!(reply.status(), 204);
    assert_eq!(text_of(reply).await, "");
    assert_eq!(delete.error().await, (404, -33001));
    let (status, answer) = json_of(waiting.await.unwrap()).await;
    assert_eq!((status, &answer["error"]["code"]), (200, &json!(-33002)));
    assert_eq!(
        stream.all().await.len(),
        1,
        "what it begins with, and an end"
    );
    assert_eq!(world.ask(&session, 2, "ping").error().await, (404, -33001));
    assert_eq!(*world.server.closed.lock().unwrap(), [session]);
}

#[tokio::test(start_paused = true)]
async fn w32_a_session_whose_server_is_gone_is_gone_with_its_streams() {
    let mut world = World::new();
    let session = world.session().await;
    let waiting = world.ask(&session, 1, "slow").spawn();
    let incoming = world.slow.recv().await.unwrap();
    let stream = world.get(&session).sse().await;
    world.server.port(&session).gone("crashed");
    let (_, answer) = json_of(waiting.await.unwrap()).await;
    assert_eq!(answer["error"]["code"], -33002);
    assert!(incoming.reply.is_closed(), "the call was dropped");
    assert_eq!(stream.all().await.len(), 1);
    assert_eq!(world.ask(&session, 2, "ping").error().await, (404, -33001));
    assert!(
        world.server.closed.lock().unwrap().is_empty(),
        "there is nobody to tell"
    );
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_when_nobody_has_used_it_for_half_an_hour() {
    let world = World::new();
    let session = world.session().await;
    sleep(Duration::from_secs(29 * 60)).await;
    assert_eq!(world.ask(&session, 1, "ping").status().await, 200);
    sleep(Duration::from_secs(29 * 60 + 59)).await;
    assert_eq!(world.figures().sessions, 1);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(world.figures().sessions, 0);
    assert_eq!(*world.server.closed.lock().unwrap(), [session]);
}

#[tokio::test(start_paused = true)]
async fn a_request_or_a_stream_that_is_read_keeps_a_session() {
    let mut world = World::new();
    let session = world.session().await;
    let waiting = world.ask(&session, 1, "slow").spawn();
    let incoming = world.slow.recv().await.unwrap();
    sleep(Duration::from_secs(3600)).await;
    assert_eq!(world.figures().sessions, 1, "a request is in progress");
    incoming.answer("{}");
    waiting.await.unwrap();
    let mut stream = world.get(&session).sse().await;
    for _ in 0..(3600 / 15) {
        stream.block().await.unwrap();
    }
    assert_eq!(world.figures().sessions, 1, "a stream is read");
    // Nobody reads on: comments that cannot be written keep nothing alive.
    sleep(Duration::from_secs(31 * 60)).await;
    assert_eq!(world.figures().sessions, 0);
    assert!(stream.block().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn w9_there_are_so_many_sessions_under_one_id_and_no_more() {
    let world = World::with(Settings {
        max_sessions: 2,
        ..Settings::default()
    });
    let first = world.session().await;
    world.session().await;
    let reply = world.post(initialize("2025-11-25")).send().await;
    assert_eq!(reply.headers()["retry-after"], "1");
    let (status, answer) = json_of(reply).await;
    assert_eq!((status, &answer["error"]["code"]), (429, &json!(-33005)));
    let elsewhere = world.post(initialize("2025-11-25")).at("/a/desktop/mcp/fs");
    assert_eq!(elsewhere.status().await, 200);
    let delete = world
        .request("DELETE", super::support::SERVER)
        .header("mcp-session-id", &first);
    delete.send().await;
    world.session().await;
}

#[tokio::test(start_paused = true)]
async fn what_a_token_had_open_ends_with_it() {
    let mut world = World::new();
    let session = world.session().await;
    let waiting = world.ask(&session, 1, "slow").spawn();
    world.slow.recv().await.unwrap();
    world.gateway.end_all_of(&Principal::anonymous());
    assert_eq!(world.figures().sessions, 1, "somebody else's");
    world.gateway.end_all_of(&Principal::owner());
    let (_, answer) = json_of(waiting.await.unwrap()).await;
    assert_eq!(answer["error"]["code"], -33002);
    assert_eq!((world.figures().sessions, world.figures().pending), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_drains_finishes_what_it_has_and_takes_nothing_new() {
    let mut world = World::new();
    let session = world.session().await;
    let waiting = world.ask(&session, 1, "slow").spawn();
    let incoming = world.slow.recv().await.unwrap();
    let stuck = world.ask(&session, 2, "slow").spawn();
    let _never = world.slow.recv().await.unwrap();
    let stream = world.get(&session).sse().await;
    let gateway = world.gateway.clone();
    let ending = tokio::spawn(async move { gateway.shut_down(Duration::from_secs(5)).await });
    assert_eq!(stream.all().await.len(), 1);
    let reply = world.ask(&session, 3, "ping").send().await;
    assert_eq!(reply.headers()["retry-after"], "1");
    let (status, answer) = json_of(reply).await;
    assert_eq!(
        (status, &answer["error"]["code"], &answer["id"]),
        (503, &json!(-33005), &json!(3))
    );
    assert_eq!(world.get(&session).error().await, (503, -33005));
    let told = world.ask(&session, 1, "x");
    let mut told = told.clone();
    told.body = r#"{"jsonrpc":"2.0","method":"notifications/progress"}"#.to_owned();
    assert_eq!(
        told.status().await,
        202,
        "it may be what a request waits for"
    );
    incoming.answer("{}");
    assert_eq!(json_of(waiting.await.unwrap()).await.0, 200);
    advance(Duration::from_secs(5)).await;
    ending.await.unwrap();
    let failed = Sse::of(stuck.await.unwrap()).message().await;
    assert_eq!(failed["error"]["code"], -33002);
    assert_eq!(world.figures().sessions, 0);
}
