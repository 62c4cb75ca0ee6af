//! Messages of the command protocol on the attach socket (attach §3.7, §3.8).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cmdbus::DynCommand;
use serde_json::{Value, json};

use super::peer::Peer;
use super::world::{World, named};

fn uuid(number: usize) -> String {
    format!("0f8fad5b-d9cb-469f-a165-{number:012}")
}

fn execute(number: usize, command: &str) -> Value {
    json!({"type": "execute.command.request", "id": uuid(number), "commandId": command, "request": {"n": number}})
}

/// The answer to a call, past everything else.
async fn answer(peer: &mut Peer, number: usize) -> Value {
    loop {
        let frame = peer.of_type("execute.command.response").await;
        if frame["thid"] == uuid(number) {
            return frame["response"].clone();
        }
    }
}

async fn world_with(commands: &[&str]) -> World {
    let world = World::new();
    for id in commands {
        let echo = DynCommand::new(*id, |request: Value| async move { Ok(request) });
        world.registry.register_command(echo).await.unwrap();
    }
    world
}

#[tokio::test(start_paused = true)]
async fn a_client_lists_and_executes_what_is_on_the_bus() {
    let world = world_with(&["math.add"]).await;
    let mut peer = world.client(&named("ci", &["attach", "bus", "call"])).await;
    peer.say(json!({"type": "list.commands.request", "id": uuid(1)}));
    let list = peer.of_type("list.commands.response").await;
    assert_eq!(list["commands"][0]["id"], "math.add");
    peer.say(execute(2, "math.add"));
    assert_eq!(
        answer(&mut peer, 2).await,
        json!({"ok": true, "result": {"n": 2}})
    );
}

#[tokio::test(start_paused = true)]
async fn what_a_token_may_not_call_does_not_exist_for_it() {
    let world = world_with(&["math.add", "fs.wipe"]).await;
    let mut peer = world
        .client(&named("ci", &["attach", "bus", "call:math.*"]))
        .await;
    peer.say(execute(1, "math.add"));
    assert_eq!(answer(&mut peer, 1).await["ok"], true);
    peer.say(execute(2, "fs.wipe"));
    peer.say(execute(3, "fs.none"));
    let (foreign, unknown) = (answer(&mut peer, 2).await, answer(&mut peer, 3).await);
    assert_eq!(foreign["error"]["code"], "not_found");
    assert_eq!(
        foreign.to_string().replace("fs.wipe", "fs.none"),
        unknown.to_string(),
        "nothing tells them apart"
    );
}

#[tokio::test(start_paused = true)]
async fn a_command_of_the_client_is_on_the_bus_as_long_as_it_may_come_back() {
    let world = world_with(&[]).await;
    let who = named("ci", &["attach", "bus"]);
    let mut peer = world.client(&who).await;
    peer.say(
        json!({"type": "register.command.request", "id": uuid(1), "command": {"id": "own.echo"}}),
    );
    world.until_listed("own.echo").await;
    peer.cut().await;
    world.until(|| world.server.figures()["sockets"] == 0).await;
    assert!(world.has("own.echo"));
    let mut peer = world.again(&who, &peer).await;
    let registry = world.registry.clone();
    let call = tokio::spawn(async move { registry.execute_dyn("own.echo", json!({})).await });
    let request = peer.of_type("execute.command.request").await;
    peer.say(
        json!({"type": "execute.command.response", "id": uuid(2), "thid": request["id"],
        "response": {"ok": true, "result": "from the client"}}),
    );
    assert_eq!(call.await.unwrap().unwrap(), "from the client");
    peer.cut().await;
    world.until_unlisted("own.echo").await;
    world.is_empty().await;
}

#[tokio::test(start_paused = true)]
async fn answers_of_the_bus_wait_for_a_client_that_reads_slowly_and_none_is_lost() {
    let world = World::with(|config| config.queue_frames(8));
    let executed = Arc::new(AtomicUsize::new(0));
    let count = executed.clone();
    let big = DynCommand::new("big", move |request: Value| {
        count.fetch_add(1, Ordering::Relaxed);
        async move { Ok(json!({"n": request["n"], "filler": "x".repeat(8_000)})) }
    });
    world.registry.register_command(big).await.unwrap();
    let mut peer = world.client(&named("ci", &["attach", "bus", "call"])).await;
    peer.pause_reading(true);
    for number in 1..=200 {
        peer.say(execute(number, "big"));
    }
    // All have been executed, and far more wait than the queue of the socket holds.
    world
        .until(|| executed.load(Ordering::Relaxed) == 200)
        .await;
    peer.pause_reading(false);
    let mut came: Vec<usize> = Vec::new();
    for _ in 1..=200 {
        let frame = peer.of_type("execute.command.response").await;
        came.push(frame["response"]["result"]["n"].as_u64().unwrap() as usize);
    }
    came.sort_unstable();
    assert_eq!(came, (1..=200).collect::<Vec<_>>());
}
