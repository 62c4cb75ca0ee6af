//! Attach, be refused, be replaced, stop.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use cmdbus::CommandRegistry;
use cmdbus::registry::Config;
use cmdbus_attach::client::{Answers, AttachId, ClientError, ClientEvent};
use cmdbus_attach::frame::{ClientOp, ServerOp, ServerRequest, Target};
use cmdbus_mcp::carry::{Limits, deaf};
use cmdbus_mcp::rpc::codes;
use serde_json::json;
use tokio::time::timeout;

use super::support::{LONG, Program, Running, World, eventually};

#[tokio::test]
async fn a_request_of_the_gateway_reaches_the_program_and_its_answer_comes_back() {
    let world = World::new(|config| config).await;
    let program = Program::new();
    let mut client = Running::start(&world, "laptop", program.clone(), |_| {});
    assert!(!client.connected().await);
    assert_eq!(client.attached().await, "laptop");
    let answer = timeout(LONG, world.ask("laptop", "tools/call"))
        .await
        .unwrap();
    assert_eq!(answer.unwrap().get(), r#"{"method":"tools/call"}"#);
    client.stop().await.unwrap();
    world.attached(0).await;
    assert_eq!(world.config.registry.len(), 0);
}

#[tokio::test]
async fn what_a_program_does_not_answer_falls_through() {
    struct Nothing;
    impl Answers for Nothing {}
    let world = World::new(|config| config).await;
    let mut client = Running::start(&world, "laptop", Arc::new(Nothing), |_| {});
    client.attached().await;
    let error = timeout(LONG, world.ask("laptop", "tools/list"))
        .await
        .unwrap();
    assert_eq!(error.unwrap_err().code, codes::METHOD_NOT_FOUND);
    client.stop().await.unwrap();
}

#[tokio::test]
async fn a_made_up_id_is_kept_over_reconnects() {
    let world = World::new(|config| config.grace(std::time::Duration::ZERO)).await;
    let mut client = Running::start(&world, "", Program::new(), |config| {
        config.ids[0].id = None;
    });
    let first = client.attached().await;
    assert!(first.starts_with("at_"), "{first}");
    world.wire.cut();
    assert!(!client.connected().await);
    assert_eq!(client.attached().await, first);
    client.stop().await.unwrap();
}

#[tokio::test]
async fn several_ids_lead_to_one_client() {
    let world = World::new(|config| config.ids_per_socket(2)).await;
    let program = Program::new();
    let mut client = Running::start(&world, "a", program.clone(), |config| {
        for id in ["b", "c"] {
            config.ids.push(AttachId {
                id: Some(id.to_owned()),
                callers: Vec::new(),
            });
        }
    });
    assert_eq!(client.attached().await, "a");
    assert_eq!(client.attached().await, "b");
    // One too many is refused, and the others stay.
    let refused = client
        .next(|event| match event {
            ClientEvent::Refused {
                attach_id, code, ..
            } => Some((attach_id, code)),
            _ => None,
        })
        .await;
    assert_eq!(refused, (Some("c".to_owned()), "too_many_ids".to_owned()));
    for id in ["a", "b"] {
        timeout(LONG, world.ask(id, "x")).await.unwrap().unwrap();
    }
    let ids = program.peer.lock().unwrap().clone().unwrap().attach_ids();
    assert_eq!(ids, ["a", "b"]);
    client.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_client_takes_the_id_over_and_the_first_one_stops() {
    let world = World::new(|config| config).await;
    let mut first = Running::start(&world, "laptop", Program::new(), |_| {});
    first.attached().await;
    let program = Program::new();
    let mut second = Running::start(&world, "laptop", program.clone(), |_| {});
    let took_over = second
        .next(|event| match event {
            ClientEvent::Attached { took_over, .. } => Some(took_over),
            _ => None,
        })
        .await;
    assert!(took_over);
    assert_eq!(
        first.ended().await,
        Err(ClientError::TakenOver("laptop".to_owned()))
    );
    timeout(LONG, world.ask("laptop", "x"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(program.calls.load(Ordering::SeqCst), 1);
    second.stop().await.unwrap();
}

#[tokio::test]
async fn i12_a_call_in_progress_is_answered_by_the_client_that_has_lost_the_id() {
    let world = World::new(|config| config).await;
    let program = Program::new();
    let mut first = Running::start(&world, "laptop", program.clone(), |_| {});
    first.attached().await;
    let call = tokio::spawn(world.ask("laptop", "hold"));
    program.called(1).await;
    let mut second = Running::start(&world, "laptop", Program::new(), |_| {});
    second.attached().await;
    first
        .next(|event| matches!(event, ClientEvent::Detached { .. }).then_some(()))
        .await;
    program.release.notify_one();
    let answer = timeout(LONG, call).await.unwrap().unwrap();
    assert_eq!(answer.unwrap().get(), r#"{"method":"hold"}"#);
    assert_eq!(
        first.ended().await,
        Err(ClientError::TakenOver("laptop".to_owned()))
    );
    second.stop().await.unwrap();
}

#[tokio::test]
async fn a_client_that_may_not_attach_stops_with_the_reason() {
    let world = World::new(|config| config).await;
    let client = Running::start(&world, "bad\u{7}id", Program::new(), |_| {});
    let Err(ClientError::Refused { code, .. }) = client.ended().await else {
        panic!("refused");
    };
    assert_eq!(code, "forbidden");
}

#[tokio::test]
async fn w17_calls_in_progress_finish_before_a_client_that_was_told_to_stop_is_gone() {
    let world = World::new(|config| config).await;
    let program = Program::new();
    let mut client = Running::start(&world, "laptop", program.clone(), |_| {});
    client.attached().await;
    let call = tokio::spawn(world.ask("laptop", "hold"));
    program.called(1).await;
    let stopping = tokio::spawn(client.stop());
    // It takes nothing new, which also shows that it is about to end.
    eventually(|| !call.is_finished()).await;
    let refused = timeout(LONG, async {
        loop {
            match world.ask("laptop", "x").await {
                Err(error) => return error.code,
                Ok(_) => tokio::task::yield_now().await,
            }
        }
    })
    .await
    .unwrap();
    assert_eq!(refused, codes::CHANNEL_LOST);
    program.release.notify_one();
    let answer = timeout(LONG, call).await.unwrap().unwrap();
    assert_eq!(answer.unwrap().get(), r#"{"method":"hold"}"#);
    stopping.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_subscription_holds_up_no_client_that_was_told_to_stop() {
    let world = World::new(|config| config).await;
    let program = Program::new();
    let mut client = Running::start(&world, "laptop", program.clone(), |_| {});
    client.attached().await;
    let listening = tokio::spawn(world.ask("laptop", "subscriptions/listen"));
    program.called(1).await;
    let told = Instant::now();
    client.stop().await.unwrap();
    // Calls in progress would have five seconds.
    assert!(told.elapsed() < Duration::from_secs(4));
    let lost = timeout(LONG, listening).await.unwrap().unwrap();
    assert_eq!(lost.unwrap_err().code, codes::CHANNEL_LOST);
}

#[tokio::test]
async fn a_request_that_is_given_up_is_dropped_at_the_client() {
    let world = World::new(|config| config).await;
    let program = Program::new();
    let mut client = Running::start(&world, "laptop", program.clone(), |_| {});
    client.attached().await;
    let call = tokio::spawn(world.ask("laptop", "hold"));
    program.called(1).await;
    call.abort();
    eventually(|| program.dropped.load(Ordering::SeqCst) == 1).await;
    assert_eq!(world.channel("laptop").pending.len(), 0);
    client.stop().await.unwrap();
}

#[tokio::test]
async fn w9_more_requests_than_a_client_takes_are_refused_and_not_left_waiting() {
    let world = World::new(|config| config).await;
    let program = Program::new();
    let mut client = Running::start(&world, "laptop", program.clone(), |config| {
        config.in_flight = 2;
    });
    client.attached().await;
    let held: Vec<_> = (0..2)
        .map(|_| tokio::spawn(world.ask("laptop", "hold")))
        .collect();
    program.called(2).await;
    let error = timeout(LONG, world.ask("laptop", "hold")).await.unwrap();
    assert_eq!(error.unwrap_err().code, codes::OVERLOADED);
    program.release.notify_waiters();
    for call in held {
        timeout(LONG, call).await.unwrap().unwrap().unwrap();
    }
    client.stop().await.unwrap();
}

#[tokio::test]
async fn a_question_that_nobody_can_answer_ends_at_once() {
    let world = World::new(|config| config).await;
    let program = Program::new();
    let mut client = Running::start(&world, "laptop", program.clone(), |_| {});
    client.attached().await;
    let peer = program.peer.lock().unwrap().clone().unwrap();
    let mut question = peer.request(ClientOp::Rpc);
    question.session = Some("nobody's".to_owned());
    question.method = Some("roots/list".to_owned());
    let error = timeout(LONG, peer.ask(question)).await.unwrap();
    assert_eq!(error.unwrap_err().code, codes::NO_STREAM);
    client.stop().await.unwrap();
    // And so does one of an attachment that is over (W20).
    let error = timeout(LONG, peer.ask(peer.request(ClientOp::Rpc)))
        .await
        .unwrap();
    assert_eq!(error.unwrap_err().code, codes::CHANNEL_LOST);
}

#[tokio::test]
async fn a_probe_is_answered_by_the_client_itself() {
    let world = World::new(|config| config).await;
    let mut client = Running::start(&world, "laptop", Program::new(), |_| {});
    client.attached().await;
    let request = ServerRequest {
        target: Some(Target::Primary),
        ..ServerRequest::new(ServerOp::Probe, "laptop")
    };
    let answer = world
        .channel("laptop")
        .request(request, Limits::SHORT, deaf());
    timeout(LONG, answer).await.unwrap().unwrap();
    client.stop().await.unwrap();
}

#[tokio::test]
async fn a_program_joins_the_bus_of_the_gateway_over_the_same_socket() {
    let world = World::new(|config| config).await;
    let own = CommandRegistry::new(Config {
        router_channel: Some("hub".to_owned()),
        ..Config::default()
    });
    own.register_command(cmdbus::DynCommand::new(
        "laptop.double",
        |request: Option<cmdbus::message::Payload>| async move {
            let n: i64 = request.unwrap().decode().unwrap();
            Ok(json!(n * 2))
        },
    ))
    .await
    .unwrap();
    let registry = own.clone();
    let mut client = Running::start(&world, "laptop", Program::new(), |config| {
        config.bus = Some((registry, "hub".to_owned()));
    });
    client.attached().await;
    eventually(|| world.registry.describe_command("laptop.double").is_some()).await;
    let answer = timeout(LONG, world.registry.call_dyn("laptop.double", json!(21)))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(answer, 42);
    client.stop().await.unwrap();
    eventually(|| world.registry.describe_command("laptop.double").is_none()).await;
}
