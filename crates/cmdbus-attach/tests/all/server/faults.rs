//! What one client does is nothing to the others, and nothing of it stays (attach §2.9).

use std::sync::Arc;
use std::time::Duration;

use cmdbus_attach::auth::Principal;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::peer::Peer;
use super::world::{Ask, World, declared, hello, target};

#[tokio::test(start_paused = true)]
async fn i07_a_client_that_does_not_read_delays_nobody_else() {
    let world = World::new();
    let stalled = world.laptop().await;
    let mut other = world.client(&Principal::owner()).await;
    other.attach("tower", json!([declared("git")])).await;
    world.until_listed("git.read").await;
    stalled.pause_reading(true);
    let registry = world.registry.clone();
    let filler = "x".repeat(200_000);
    let stuck = tokio::spawn(async move {
        let call = registry.execute_dyn("fs.read", json!({"filler": filler}));
        let before = Instant::now();
        (call.await, before.elapsed())
    });
    let before = Instant::now();
    for _ in 0..50 {
        assert_eq!(
            world.call("git.read", json!({})).await.unwrap(),
            r#"git "read" {}"#
        );
    }
    assert!(world.ids.get("laptop").is_some());
    assert!(
        before.elapsed() < Duration::from_secs(1),
        "without the clock"
    );
    // A write that does not move for 50 s is the end of the socket, and 30 s later of the attachment.
    let (outcome, waited) = stuck.await.unwrap();
    assert!(outcome.is_err());
    assert!(waited <= Duration::from_secs(81), "{waited:?}");
    assert_eq!(
        world.call("git.read", json!({})).await.unwrap(),
        r#"git "read" {}"#
    );
}

fn tasks() -> usize {
    tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks()
}

/// Attaches, is used in every way, and goes.
async fn cycle(world: &World, number: usize) {
    let owner = Principal::owner();
    let mut peer = world.client(&owner).await;
    let mut frame = json!({"servers": [declared("fs")]});
    if number.is_multiple_of(2) {
        frame["attach_id"] = "laptop".into();
    }
    let attached = peer.try_attach(frame).await;
    let prefix = attached["servers"][0]["prefix"].as_str().unwrap();
    world.until_listed(&format!("{prefix}.write")).await;
    if number.is_multiple_of(2) {
        world.session(&owner, json!({})).await;
    }
    match number % 4 {
        // Gone for good, at once.
        0 => peer.say(json!({"type": "goodbye"})),
        1 => {
            _ = peer
                .detach(attached["attach_id"].as_str().unwrap(), Value::Null)
                .await
        }
        _ => {}
    }
    peer.detach("nothing", Value::Null).await;
    peer.cut().await;
    world.until(|| world.server.is_empty()).await;
}

#[tokio::test(start_paused = true)]
async fn i14_i16_a_thousand_attachments_leave_no_task_and_no_entry_behind() {
    let world = World::new();
    for number in 0..8 {
        cycle(&world, number).await;
    }
    let quiet = async || {
        world.is_empty().await;
        world.until(|| world.gateway.figures().sessions == 0).await;
        // What closes sessions and sweeps tables takes its time.
        tokio::time::sleep(Duration::from_secs(3600)).await;
        tasks()
    };
    let before = quiet().await;
    for number in 0..1_000 {
        cycle(&world, number).await;
    }
    assert_eq!(quiet().await, before);
}

/// Set in the process that runs one test by itself.
const ALONE: &str = "CMDBUS_TEST_ALONE";

/// Runs a test in a process of its own, where nobody else opens descriptors. Returns true in there.
fn is_alone(test: &str) -> bool {
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let own = std::env::current_exe().unwrap();
    let run = std::process::Command::new(own)
        .args(["--exact", test])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
    false
}

#[cfg(target_os = "linux")]
#[test]
fn i14_connections_that_end_leave_no_descriptor_behind() {
    if !is_alone("server::faults::i14_connections_that_end_leave_no_descriptor_behind") {
        return;
    }
    let descriptors = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let world = World::with(|config| config.grace(Duration::from_millis(20)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = world.server.clone();
        let accepting = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let server = server.clone();
                tokio::spawn(async move { server.serve(Principal::owner(), stream).await });
            }
        });
        let connect = async || {
            let stream = tokio::net::TcpStream::connect(address).await.unwrap();
            let mut peer = Peer::over(stream, Arc::default()).await;
            peer.greet(hello()).await;
            peer.run();
            peer.attach("laptop", json!([declared("fs")])).await;
            world.until_listed("fs.read").await;
            peer.cut().await;
            world.until(|| world.server.is_empty()).await;
        };
        connect().await;
        let before = descriptors();
        for _ in 0..200 {
            connect().await;
        }
        world.until(|| descriptors() <= before).await;
        world.is_empty().await;
        accepting.abort();
    });
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_is_dropped_where_it_is_served_is_gone() {
    let world = World::new();
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let server = world.server.clone();
    let serving = tokio::spawn(async move { server.serve(Principal::owner(), theirs).await });
    let mut peer = Peer::over(ours, Arc::default()).await;
    peer.greet(hello()).await;
    peer.run();
    peer.attach("laptop", json!([declared("fs")])).await;
    serving.abort();
    world
        .until(|| world.ids.get("laptop").is_some_and(|it| it.is_suspended()))
        .await;
    world.is_empty().await;
}

#[tokio::test(start_paused = true)]
async fn a_request_ends_at_its_deadline_whatever_the_client_does() {
    let world = World::new();
    let owner = Principal::owner();
    let mut peer = world.laptop().await;
    let session = world.session(&owner, json!({})).await;
    let call = Ask::post("tools/call", json!({"name": "slow"}))
        .session(&session)
        .header("x-cmdbus-timeout-ms", "7000")
        .header("accept", "application/json");
    let before = Instant::now();
    let answer = world.ask(&owner, call).await;
    assert_eq!(super::world::message(answer).await["error"]["code"], -33003);
    assert_eq!(before.elapsed().as_secs(), 7);
    let request = peer.of_type("server_request").await;
    assert_eq!(request["total_ms"], 7000);
    let cancel = peer.of_type("cancel").await;
    assert_eq!(
        (&cancel["ref"], &cancel["reason"]),
        (&request["id"], &json!("deadline"))
    );
    assert_eq!(world.server.figures()["pending"], 0);
    // A change of what nobody attached here is nothing.
    peer.request(
        "list_changed",
        json!({"target": target("git"), "kind": "tools", "attach_ids": ["laptop"]}),
    );
    assert_eq!(
        peer.detach("nothing", Value::Null).await["code"],
        "unknown_id"
    );
}
