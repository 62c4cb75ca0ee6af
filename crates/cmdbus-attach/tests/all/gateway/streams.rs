//! Streams: when there is one, what is on it, and how it is taken up again (attach §4.6, §4.7).

use std::time::Duration;

use axum::http::StatusCode;
use cmdbus_attach::frame::ListKind;
use cmdbus_mcp::carry::FromServer;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::support::{Ask, Incoming, Seen, Sse, World, raw, text_of};

fn log(text: &str) -> FromServer {
    FromServer::Notification {
        method: "notifications/message".to_owned(),
        params: Some(raw(&json!({"data": text}).to_string())),
    }
}

fn said(seen: &Seen) -> String {
    seen.json()["params"]["data"].as_str().unwrap().to_owned()
}

/// A request that is a stream by now, and the test's end of it.
async fn streaming(world: &mut World, session: &str) -> (Sse, Incoming) {
    let asked = world.ask(session, 1, "slow").spawn();
    let incoming = world.slow.recv().await.unwrap();
    (Sse::of(asked.await.unwrap()), incoming)
}

#[tokio::test(start_paused = true)]
async fn w30_an_answer_within_a_second_is_json_and_a_later_one_a_stream() {
    let mut world = World::new();
    let session = world.session().await;
    for (after, kind) in [(900, "application/json"), (1100, "text/event-stream")] {
        let asked = world.ask(&session, 1, "slow").spawn();
        let incoming = world.slow.recv().await.unwrap();
        sleep(Duration::from_millis(after)).await;
        incoming.answer("{}");
        let reply = asked.await.unwrap();
        assert_eq!(reply.headers()["content-type"], kind);
        assert!(
            text_of(reply)
                .await
                .contains(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn w30_what_the_server_says_first_makes_a_stream_at_once() {
    let mut world = World::new();
    let session = world.session().await;
    let begun = Instant::now();
    let asked = world.ask(&session, 1, "slow").spawn();
    let incoming = world.slow.recv().await.unwrap();
    incoming.tell("notifications/message", r#"{"data":"a","level":1.0}"#);
    let mut stream = Sse::of(asked.await.unwrap());
    let first = stream.next().await.unwrap();
    assert_eq!(
        (first.data.as_str(), first.retry.as_deref()),
        ("", Some("3000"))
    );
    let second = stream.next().await.unwrap();
    assert_eq!(
        second.data,
        r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"a","level":1.0}}"#
    );
    assert_eq!(begun.elapsed(), Duration::ZERO);
    incoming.answer("{}");
    assert_eq!(stream.message().await["result"], json!({}));
    assert_eq!(stream.next().await, None, "the answer ends the stream");
}

#[tokio::test(start_paused = true)]
async fn who_takes_json_only_never_gets_a_stream() {
    let mut world = World::new();
    let session = world.session().await;
    let asked = world
        .ask(&session, 1, "slow")
        .header("accept", "application/json")
        .spawn();
    let incoming = world.slow.recv().await.unwrap();
    incoming.tell("notifications/message", "{}");
    sleep(Duration::from_secs(60)).await;
    incoming.answer("{}");
    let reply = asked.await.unwrap();
    assert_eq!(reply.headers()["content-type"], "application/json");
    assert_eq!(world.figures().dropped_notifications, 1);
}

#[tokio::test(start_paused = true)]
async fn event_ids_are_unique_in_a_session_and_only_where_they_mean_something() {
    let mut world = World::new();
    let session = world.session().await;
    let (mut one, first) = streaming(&mut world, &session).await;
    let mut two = world.get(&session).sse().await;
    first.tell("notifications/message", "{}");
    world.server.port(&session).hear(log("x"));
    let mut ids = Vec::new();
    for stream in [&mut one, &mut two] {
        for _ in 0..2 {
            ids.push(stream.next().await.unwrap().id.unwrap());
        }
    }
    ids.dedup();
    assert_eq!(ids.len(), 4, "{ids:?}");
    let old = world.session_with("2025-06-18", json!({})).await;
    let (stream, incoming) = streaming(&mut world, &old).await;
    incoming.answer("{}");
    let all = stream.all().await;
    assert_eq!(all.len(), 1);
    assert_eq!((&all[0].id, &all[0].retry), (&None, &None));
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_has_a_comment_every_fifteen_seconds() {
    let world = World::new();
    let session = world.session().await;
    let mut stream = world.get(&session).sse().await;
    stream.next().await.unwrap();
    let begun = Instant::now();
    for count in 1..4 {
        assert!(stream.block().await.unwrap().starts_with(':'));
        assert_eq!(begun.elapsed().as_secs(), 15 * count);
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_ends_no_request_and_what_was_missed_comes_again() {
    let mut world = World::new();
    let session = world.session().await;
    let (mut stream, incoming) = streaming(&mut world, &session).await;
    for text in ["a", "b"] {
        incoming.tell("notifications/message", &json!({"data":text}).to_string());
    }
    stream.next().await.unwrap();
    let last = stream.next().await.unwrap();
    stream.next().await.unwrap();
    drop(stream);
    assert!(!incoming.reply.is_closed(), "the request goes on");
    incoming.tell("notifications/message", r#"{"data":"c"}"#);
    sleep(Duration::from_secs(100)).await;
    incoming.answer("{}");
    let resumed = world
        .get(&session)
        .header("last-event-id", &last.id.clone().unwrap());
    let all = resumed.sse().await.all().await;
    assert_eq!(all[0].id, last.id, "it begins where the client is");
    assert_eq!((said(&all[1]).as_str(), said(&all[2]).as_str()), ("b", "c"));
    assert_eq!(all[3].json()["result"], json!({}));
    assert_eq!(all.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_nobody_knows_gets_an_end() {
    let mut world = World::new();
    let session = world.session().await;
    let (mut stream, incoming) = streaming(&mut world, &session).await;
    let id = stream.next().await.unwrap().id.unwrap();
    for wrong in ["", "x", "9-1", "1", "-", "1-99", "99999999999999999999-1"] {
        let reply = world
            .get(&session)
            .header("last-event-id", wrong)
            .send()
            .await;
        assert_eq!(reply.status(), StatusCode::OK, "{wrong}");
        assert_eq!(text_of(reply).await, "", "{wrong}");
    }
    drop(stream);
    incoming.answer("{}");
    sleep(Duration::from_secs(5 * 60 + 1)).await;
    let reply = world
        .get(&session)
        .header("last-event-id", &id)
        .send()
        .await;
    assert_eq!(text_of(reply).await, "", "five minutes have passed");
}

#[tokio::test(start_paused = true)]
async fn a_broken_stream_can_be_taken_up_again_for_five_minutes() {
    let mut world = World::new();
    let session = world.session().await;
    let (mut stream, incoming) = streaming(&mut world, &session).await;
    let id = stream.next().await.unwrap().id.unwrap();
    drop(stream);
    incoming.answer("{}");
    sleep(Duration::from_secs(5 * 60 - 1)).await;
    let all = world
        .get(&session)
        .header("last-event-id", &id)
        .sse()
        .await
        .all()
        .await;
    assert_eq!(all[1].json()["result"], json!({}));
    let reply = world
        .get(&session)
        .header("last-event-id", &id)
        .send()
        .await;
    assert_eq!(text_of(reply).await, "", "read to the end, it is not kept");
}

#[tokio::test(start_paused = true)]
async fn w31_a_stream_wants_its_form_accepted_and_a_session() {
    let world = World::new();
    let session = world.session().await;
    let get = world.get(&session);
    let json = get
        .clone()
        .without("accept")
        .header("accept", "application/json");
    assert_eq!(json.error().await, (406, -32600));
    assert_eq!(
        get.clone().without("mcp-session-id").error().await,
        (400, -32600)
    );
    assert_eq!(world.get("gs_no").error().await, (404, -33001));
    get.without("accept").sse().await;
}

#[tokio::test(start_paused = true)]
async fn w31_a_newer_stream_replaces_an_older_one_and_loses_nothing() {
    let world = World::new();
    let session = world.session().await;
    let port = world.server.port(&session);
    let mut old = world.get(&session).sse().await;
    old.next().await.unwrap();
    port.hear(log("a"));
    let mut new = world.get(&session).sse().await;
    port.hear(log("b"));
    assert_eq!(old.next().await, None);
    new.next().await.unwrap();
    assert_eq!(said(&new.next().await.unwrap()), "a");
    assert_eq!(said(&new.next().await.unwrap()), "b");
}

#[tokio::test(start_paused = true)]
async fn w31_a_broken_standalone_stream_gathers_what_comes() {
    let world = World::new();
    let session = world.session().await;
    let port = world.server.port(&session);
    let mut stream = world.get(&session).sse().await;
    let id = stream.next().await.unwrap().id.unwrap();
    drop(stream);
    port.hear(log("a"));
    port.list_changed(ListKind::Prompts);
    sleep(Duration::from_secs(200)).await;
    let mut again = world.get(&session).header("last-event-id", &id).sse().await;
    again.next().await.unwrap();
    assert_eq!(said(&again.next().await.unwrap()), "a");
    assert_eq!(
        again.message().await["method"],
        "notifications/prompts/list_changed"
    );
    port.hear(log("b"));
    assert_eq!(said(&again.next().await.unwrap()), "b");
}

#[tokio::test(start_paused = true)]
async fn messages_wait_a_minute_for_a_stream_and_no_more_than_64() {
    let world = World::new();
    let session = world.session().await;
    let port = world.server.port(&session);
    port.hear(log("old"));
    sleep(Duration::from_secs(61)).await;
    for count in 0..65 {
        port.hear(log(&count.to_string()));
    }
    assert_eq!(world.figures().dropped_notifications, 2);
    let mut stream = world.get(&session).sse().await;
    stream.next().await.unwrap();
    for count in 1..65 {
        assert_eq!(said(&stream.next().await.unwrap()), count.to_string());
    }
}

#[tokio::test(start_paused = true)]
async fn w33_changes_of_lists_merge_and_none_is_lost() {
    let world = World::new();
    let session = world.session().await;
    let port = world.server.port(&session);
    let methods = async |mut stream: Sse, count| {
        let mut methods = Vec::new();
        for _ in 0..count {
            methods.push(
                stream.message().await["method"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
            );
        }
        methods
    };
    let change = || {
        port.list_changed(ListKind::Resources);
        for _ in 0..1000 {
            port.list_changed(ListKind::Tools);
        }
        port.hear(log("x"));
    };
    let wanted = [
        "notifications/resources/list_changed",
        "notifications/tools/list_changed",
    ];
    change();
    sleep(Duration::from_secs(600)).await;
    let before = methods(world.get(&session).sse().await, 2).await;
    assert_eq!(before, wanted, "while no stream was open");
    let stream = world.get(&session).sse().await;
    change();
    let during = methods(stream, 3).await;
    assert_eq!(during, [wanted[0], wanted[1], "notifications/message"]);
}

#[tokio::test(start_paused = true)]
async fn each_message_is_on_one_stream() {
    let mut world = World::new();
    let session = world.session().await;
    let mut standalone = world.get(&session).sse().await;
    let (stream, incoming) = streaming(&mut world, &session).await;
    incoming.tell("notifications/message", r#"{"data":"related"}"#);
    world.server.port(&session).hear(log("unrelated"));
    incoming.tell("notifications/tools/list_changed", "{}");
    incoming.answer("{}");
    let all = stream.all().await;
    assert_eq!(said(&all[1]), "related");
    assert_eq!(all.len(), 3);
    standalone.next().await.unwrap();
    assert_eq!(said(&standalone.next().await.unwrap()), "unrelated");
    let changed = standalone.message().await;
    assert_eq!(changed["method"], "notifications/tools/list_changed");
}

fn cancel(world: &World, session: &str, id: serde_json::Value) -> Ask {
    let params = json!({"requestId": id});
    let body = json!({"jsonrpc":"2.0","method":"notifications/cancelled","params":params});
    world.post(body).header("mcp-session-id", session)
}

#[tokio::test(start_paused = true)]
async fn a_client_that_cancels_gets_no_answer_and_its_server_is_told() {
    let mut world = World::new();
    let session = world.session().await;
    let other = world.session().await;
    let (stream, mut incoming) = {
        let asked = world.ask(&session, 1, "slow").spawn();
        let incoming = world.slow.recv().await.unwrap();
        (Sse::of(asked.await.unwrap()), incoming)
    };
    assert_eq!(cancel(&world, &other, json!(1)).status().await, 202);
    assert_eq!(cancel(&world, &session, json!("1")).status().await, 202);
    assert!(!incoming.reply.is_closed(), "another session, another id");
    assert_eq!(cancel(&world, &session, json!(1)).status().await, 202);
    incoming.reply.closed().await;
    assert_eq!(
        stream.all().await.len(),
        1,
        "what it begins with, and an end"
    );
    assert!(
        world.server.told.lock().unwrap().is_empty(),
        "dropping the call says it"
    );
    let json = world
        .ask(&session, 2, "slow")
        .header("accept", "application/json")
        .spawn();
    world.slow.recv().await.unwrap();
    cancel(&world, &session, json!(2)).send().await;
    let reply = json.await.unwrap();
    assert_eq!(reply.status(), 202);
    assert_eq!(text_of(reply).await, "");
    assert_eq!(world.figures().pending, 0);
}

#[tokio::test(start_paused = true)]
async fn w34_a_change_reaches_the_session_it_is_for() {
    let world = World::new();
    let (one, two) = (world.session().await, world.session().await);
    let mut streams = [world.get(&one).sse().await, world.get(&two).sse().await];
    world.server.port(&one).list_changed(ListKind::Tools);
    world.server.port(&two).hear(log("x"));
    let first = streams[0].message().await;
    assert_eq!(first["method"], "notifications/tools/list_changed");
    let second = streams[1].message().await;
    assert_eq!(second["method"], "notifications/message");
}
