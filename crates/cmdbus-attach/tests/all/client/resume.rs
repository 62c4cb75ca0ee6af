//! The wire breaks, and what becomes of calls.

use std::sync::atomic::Ordering;
use std::time::Duration;

use cmdbus_attach::client::ClientEvent;
use cmdbus_mcp::rpc::codes;
use tokio::time::timeout;

use super::support::{LONG, Program, Running, World, eventually};

#[tokio::test]
async fn w21_a_call_outlives_its_socket_and_runs_once() {
    let world = World::new(|config| config).await;
    let program = Program::new();
    let mut client = Running::start(&world, "laptop", program.clone(), |_| {});
    client.attached().await;
    let call = tokio::spawn(world.ask("laptop", "hold"));
    program.called(1).await;
    world.wire.cut();
    // The answer is given while there is no socket.
    program.release.notify_one();
    assert!(client.connected().await, "the attachment is taken up again");
    let answer = timeout(LONG, call).await.unwrap().unwrap();
    assert_eq!(answer.unwrap().get(), r#"{"method":"hold"}"#);
    assert_eq!(program.calls.load(Ordering::SeqCst), 1);
    assert_eq!(program.begun.load(Ordering::SeqCst), 1);
    client.stop().await.unwrap();
}

#[tokio::test]
async fn every_call_is_answered_once_while_the_wire_breaks_again_and_again() {
    const CALLS: usize = 200;
    let world = World::new(|config| config).await;
    let program = Program::new();
    let mut client = Running::start(&world, "laptop", program.clone(), |_| {});
    client.attached().await;
    let calls: Vec<_> = (0..CALLS)
        .map(|_| tokio::spawn(world.ask("laptop", "echo")))
        .collect();
    let mut answered = 0;
    for (index, call) in calls.into_iter().enumerate() {
        if index % 50 == 10 {
            world.wire.cut();
        }
        timeout(LONG, call).await.unwrap().unwrap().unwrap();
        answered += 1;
    }
    assert_eq!(answered, CALLS);
    assert_eq!(program.calls.load(Ordering::SeqCst), CALLS);
    assert_eq!(program.begun.load(Ordering::SeqCst), 1);
    client.stop().await.unwrap();
}

#[tokio::test]
async fn a_request_that_comes_while_there_is_no_socket_waits_for_the_next() {
    let world = World::new(|config| config).await;
    let program = Program::new();
    let mut client = Running::start(&world, "laptop", program.clone(), |_| {});
    client.attached().await;
    world.wire.cut();
    client
        .next(|event| matches!(event, ClientEvent::Disconnected { .. }).then_some(()))
        .await;
    let answer = timeout(LONG, world.ask("laptop", "echo")).await.unwrap();
    answer.unwrap();
    assert_eq!(program.calls.load(Ordering::SeqCst), 1);
    client.stop().await.unwrap();
}

#[tokio::test]
async fn w2_after_the_grace_time_waiters_fail_and_the_client_attaches_anew() {
    let grace = Duration::from_millis(50);
    let world = World::new(|config| config.grace(grace)).await;
    let program = Program::new();
    let mut client = Running::start(&world, "laptop", program.clone(), |_| {});
    client.attached().await;
    let call = tokio::spawn(world.ask("laptop", "hold"));
    program.called(1).await;
    world.wire.open(false);
    world.wire.cut();
    let error = timeout(LONG, call).await.unwrap().unwrap().unwrap_err();
    assert_eq!(error.code, codes::CHANNEL_LOST);
    // What was in progress is given up at the client too: nobody waits for it.
    eventually(|| program.dropped.load(Ordering::SeqCst) == 1).await;
    world.wire.open(true);
    assert!(!client.connected().await, "a new attachment");
    assert_eq!(client.attached().await, "laptop");
    timeout(LONG, world.ask("laptop", "echo"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(program.begun.load(Ordering::SeqCst), 2);
    client.stop().await.unwrap();
}

#[tokio::test]
async fn a_client_that_cannot_reach_its_gateway_goes_on_trying() {
    let world = World::new(|config| config).await;
    world.wire.open(false);
    let mut client = Running::start(&world, "laptop", Program::new(), |_| {});
    for _ in 0..2 {
        client
            .next(|event| matches!(event, ClientEvent::Disconnected { .. }).then_some(()))
            .await;
    }
    world.wire.open(true);
    assert_eq!(client.attached().await, "laptop");
    assert!(world.wire.dialled.load(Ordering::SeqCst) >= 3);
    client.stop().await.unwrap();
}
