//! Progress (attach §4.8).

use std::time::Duration;

use cmdbus_mcp::carry::FromServer;
use serde_json::{Value, json};
use tokio::time::{advance, sleep};

use super::support::{Ask, Incoming, Sse, World, raw};

fn with_token(world: &World, session: &str, id: u64, token: &str) -> Ask {
    let mut ask = world.ask(session, id, "slow");
    ask.body = format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"slow","params":{{"x":1.10,"_meta":{{"progressToken":{token},"y":2}}}}}}"#
    );
    ask
}

fn progress(incoming: &Incoming, at: u64) {
    let params = format!(
        r#"{{"progressToken":"{}","progress":{at}}}"#,
        incoming.token()
    );
    incoming.tell("notifications/progress", &params);
}

fn amounts(all: &[super::support::Seen]) -> Vec<u64> {
    all.iter()
        .filter(|seen| !seen.data.is_empty())
        .filter_map(|seen| seen.json()["params"]["progress"].as_u64())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn the_server_sees_a_token_of_its_own_and_the_client_its_own() {
    let mut world = World::new();
    let session = world.session().await;
    let mut seen = Vec::new();
    for (id, token) in [(1, "7"), (2, "7"), (3, "\"7\""), (4, "1.50")] {
        let asked = with_token(&world, &session, id, token).spawn();
        let incoming = world.slow.recv().await.unwrap();
        let minted = incoming.token();
        assert_eq!(
            incoming.call.params.as_ref().unwrap().get(),
            format!(r#"{{"x":1.10,"_meta":{{"progressToken":"{minted}","y":2}}}}"#)
        );
        progress(&incoming, 1);
        let mut stream = Sse::of(asked.await.unwrap());
        stream.next().await.unwrap();
        let data = stream.next().await.unwrap().data;
        assert!(
            data.ends_with(&format!(
                r#""params":{{"progressToken":{token},"progress":1}}}}"#
            )),
            "{data}"
        );
        seen.push(minted);
        incoming.answer("{}");
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn progress_that_nobody_asked_for_or_under_another_token_is_dropped() {
    let mut world = World::new();
    let session = world.session().await;
    let asked = world.ask(&session, 1, "slow").spawn();
    let without = world.slow.recv().await.unwrap();
    without.tell(
        "notifications/progress",
        r#"{"progressToken":"x","progress":1}"#,
    );
    without.answer("{}");
    let reply = asked.await.unwrap();
    assert_eq!(reply.headers()["content-type"], "application/json");
    let asked = with_token(&world, &session, 1, "7").spawn();
    let with = world.slow.recv().await.unwrap();
    with.tell(
        "notifications/progress",
        r#"{"progressToken":7,"progress":1}"#,
    );
    with.tell("notifications/progress", r#"{"progress":1}"#);
    let hears = with.hears.clone();
    let late = format!(r#"{{"progressToken":"{}","progress":9}}"#, with.token());
    with.answer("{}");
    asked.await.unwrap();
    hears(FromServer::Notification {
        method: "notifications/progress".to_owned(),
        params: Some(raw(&late)),
    });
    assert_eq!(world.figures().dropped_notifications, 4);
}

#[tokio::test(start_paused = true)]
async fn progress_comes_twenty_times_a_second_and_always_the_newest() {
    let mut world = World::new();
    let session = world.session().await;
    let asked = with_token(&world, &session, 1, "7").spawn();
    let incoming = world.slow.recv().await.unwrap();
    for at in 0..1000 {
        progress(&incoming, at);
        advance(Duration::from_millis(1)).await;
        tokio::task::yield_now().await;
    }
    progress(&incoming, 1000);
    sleep(Duration::from_millis(60)).await;
    progress(&incoming, 1001);
    progress(&incoming, 1002);
    incoming.answer("{}");
    let all = Sse::of(asked.await.unwrap()).all().await;
    let amounts = amounts(&all);
    assert_eq!(amounts[0], 0, "the first goes at once");
    assert!((20..=24).contains(&amounts.len()), "{amounts:?}");
    assert!(amounts.is_sorted());
    assert!(
        amounts.contains(&1000),
        "the newest goes without another one"
    );
    assert_eq!(amounts.last(), Some(&1002), "and before the answer");
    assert_eq!(all.last().unwrap().json()["result"], json!({}));
}

#[tokio::test(start_paused = true)]
async fn progress_finds_its_request_from_outside_of_it() {
    let mut world = World::new();
    let session = world.session().await;
    let asked = with_token(&world, &session, 1, "\"mine\"").spawn();
    let incoming = world.slow.recv().await.unwrap();
    let params = format!(r#"{{"progressToken":"{}"}}"#, incoming.token());
    world.server.port(&session).hear(FromServer::Notification {
        method: "notifications/progress".to_owned(),
        params: Some(raw(&params)),
    });
    let told: Value = Sse::of(asked.await.unwrap()).message().await;
    assert_eq!(told["params"]["progressToken"], "mine");
}
