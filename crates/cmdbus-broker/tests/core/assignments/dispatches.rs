//! Dispatch to an endpoint that takes messages in the background: queue and claim at once.

use cmdbus_broker::core::{Input, Liveness, Metadata, Reply, Request, StreamId};
use cmdbus_broker::ids::{EndpointId, MessageId};
use cmdbus_broker::store::Store as _;

use super::{Hand, Work, claims, worker};
use crate::support::{Bench, refused, seconds};

fn dispatch(bench: &mut Bench, message: &MessageId, target: &EndpointId) -> Reply {
    bench.ask(Request::Dispatch {
        undispatched: message.as_str().into(),
        target: target.clone(),
    })
}

/// A worker with a dispatched message.
fn dispatched(bench: &mut Bench) -> (StreamId, Hand, MessageId) {
    let stream = bench.stream(1);
    let id = bench.register_with(1, worker("a"));
    let message = bench.post("node:self", "do it");
    assert_eq!(dispatch(bench, &message, &id), Reply::Done);
    (stream, Hand { pid: 1, id }, message)
}

/// Takes the claim out of the push.
fn pushed(bench: &mut Bench, hand: &Hand, message: &MessageId) -> Work {
    let push = bench.pushes.last().expect("a push");
    let assignment = push.assignment.as_ref().expect("a claim");
    assert_eq!(assignment["deliveryIntent"], "external_handoff");
    assert_eq!(
        assignment["targetRef"]["projection_endpoint_id"],
        hand.id.as_str()
    );
    let extra = push.extra.as_ref().unwrap().as_str();
    assert!(extra.contains("\"delivery_intent\":\"external_handoff\""));
    assert!(extra.contains(&format!("\"dispatched_from\":\"{message}\"")));
    Work {
        hand: hand.clone(),
        source: message.clone(),
        assignment: assignment["assignmentId"].as_str().unwrap().into(),
    }
}

fn queued(bench: &mut Bench) -> u64 {
    let loaded = bench.store.load().unwrap();
    loaded.queues.iter().map(|queue| queue.count).sum()
}

#[test]
fn a_dispatched_message_is_pushed_with_its_claim_and_confirmed_by_the_acceptance() {
    let mut bench = Bench::new();
    let (stream, hand, message) = dispatched(&mut bench);
    let work = pushed(&mut bench, &hand, &message);
    assert_eq!(bench.receipt(&message)["state"], "pushed");
    assert_eq!(bench.confirm_all(stream), ["do it"]);
    // Received, and not accepted: the queue has it no more, the claim goes on.
    assert_eq!(bench.receipt(&message)["state"], "pushed");
    assert_eq!(queued(&mut bench), 0);
    work.accept(&mut bench);
    let receipt = bench.receipt(&message);
    assert_eq!(receipt["state"], "confirmed");
    assert_eq!(receipt["confirmed_by"], "assignment");
    assert_eq!(receipt["hop"], 1);
    let reply = work.report(&mut bench, "processing_failed", 3);
    assert_eq!(reply, Reply::Done);
    assert!(bench.inbox().is_empty());
}

#[test]
fn what_is_accepted_before_its_receipt_leaves_the_queue() {
    let mut bench = Bench::new();
    let (stream, hand, message) = dispatched(&mut bench);
    let work = pushed(&mut bench, &hand, &message);
    work.accept(&mut bench);
    assert_eq!(queued(&mut bench), 0);
    assert_eq!(bench.receipt(&message)["attempts"], 1);
    // The receipt comes after all, and another stream is not given the message again.
    assert_eq!(bench.confirm_all(stream), ["do it"]);
    bench.close(stream, Liveness::Alive);
    let stream = bench.stream(1);
    assert_eq!(bench.register_with(1, worker("a")), hand.id);
    assert!(bench.received(stream).is_empty());
}

#[test]
fn what_is_not_accepted_in_time_is_open_again_received_or_in_flight_or_waiting() {
    for how in ["received", "in flight", "waiting"] {
        let mut bench = Bench::new();
        let (stream, hand, message) = dispatched(&mut bench);
        match how {
            "received" => drop(bench.confirm_all(stream)),
            "waiting" => bench.close(stream, Liveness::Alive),
            _ => {}
        }
        bench.advance(seconds(30));
        assert_eq!(claims(&mut bench), 0, "{how}");
        assert_eq!(queued(&mut bench), 0, "{how}");
        assert_eq!(bench.inbox(), ["do it"], "{how}");
        let receipt = bench.receipt(&message);
        assert_eq!(
            (&receipt["state"], &receipt["hop"]),
            (&"inbox".into(), &1.into())
        );
        // It may be dispatched again, and the receipt goes on.
        if how == "in flight" {
            assert_eq!(dispatch(&mut bench, &message, &hand.id), Reply::Done);
            assert_eq!(bench.receipt(&message)["hop"], 2);
            pushed(&mut bench, &hand, &message);
        }
    }
}

#[test]
fn what_waits_when_its_endpoint_closes_is_open_again_in_memory_and_in_the_store() {
    let mut bench = Bench::new();
    let (stream, _, message) = dispatched(&mut bench);
    bench.close(stream, Liveness::Dead);
    let check = |bench: &mut Bench| {
        assert_eq!(claims(bench), 0);
        assert_eq!(queued(bench), 0);
        assert_eq!(bench.inbox(), ["do it"]);
        let receipt = bench.receipt(&message);
        assert_eq!(receipt["state"], "inbox");
        assert_eq!(receipt["attempts"], 1);
        assert!(bench.inbox_items()[0].get("active_assignment_id").is_none());
    };
    check(&mut bench);
    bench.restart();
    check(&mut bench);
    let hand = Hand::new(&mut bench, 2, worker("b"));
    hand.take(&mut bench, &message);
}

#[test]
fn what_waits_behind_the_window_of_a_long_queue_is_taken_out_too() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let foreground = Metadata {
        execution_surface: Some("headless".to_owned()),
        ..worker("a")
    };
    let id = bench.register_with(1, foreground);
    bench.close(stream, Liveness::Alive);
    for n in 0..300 {
        let message = bench.post("node:self", &n.to_string());
        assert_eq!(dispatch(&mut bench, &message, &id), Reply::Done);
    }
    assert_eq!(queued(&mut bench), 300);
    bench.advance(seconds(30));
    assert_eq!(queued(&mut bench), 0);
    assert_eq!(bench.inbox().len(), 300);
    let message = bench.post("node:self", "new");
    assert_eq!(dispatch(&mut bench, &message, &id), Reply::Done);
    let stream = bench.stream(1);
    let again = Metadata {
        execution_surface: Some("headless".to_owned()),
        ..worker("a")
    };
    assert_eq!(bench.register_with(1, again), id);
    assert_eq!(bench.confirm_all(stream), ["new"]);
}

#[test]
fn an_adapter_without_a_session_is_dispatched_nothing() {
    let mut bench = Bench::new();
    bench.stream(1);
    let sessionless = Metadata {
        background_exchange_mode: Some("adapter_managed_turn".to_owned()),
        ..worker("a")
    };
    let id = bench.register_with(1, sessionless);
    let message = bench.post("node:self", "x");
    let reply = dispatch(&mut bench, &message, &id);
    assert_eq!(refused(reply), (400, "dispatch_failed"));
    assert_eq!(bench.receipt(&message)["hop"], 0);
}

#[test]
fn a_dispatched_message_that_is_damaged_leaves_queue_and_inbox() {
    let mut bench = Bench::new();
    let (stream, hand, message) = dispatched(&mut bench);
    let seq = bench.seq(&message);
    bench.input(Input::Damaged {
        seq,
        what: "checksum".to_owned(),
    });
    assert_eq!(queued(&mut bench), 0);
    assert_eq!(claims(&mut bench), 0);
    assert_eq!(bench.receipt(&message)["reason"], "damaged");
    // The endpoint is not stuck.
    bench.pushes.clear();
    let next = bench.post("node:self", "next");
    assert_eq!(dispatch(&mut bench, &next, &hand.id), Reply::Done);
    assert_eq!(bench.confirm_all(stream), ["next"]);
}
