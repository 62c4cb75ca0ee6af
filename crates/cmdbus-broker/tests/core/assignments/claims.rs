//! How an endpoint claims a record, and settles it.

use cmdbus_broker::core::{Claim, Liveness, Metadata, Reply, Request};
use cmdbus_broker::ids::EndpointId;
use serde_json::json;

use super::{Hand, adapter, category, claims, worker};
use crate::support::{Bench, caller, json as body, metadata, owner, refused, seconds, send};

#[test]
fn a_claim_is_answered_with_assignment_and_message() {
    let mut bench = Bench::new();
    bench.stream(1);
    let a = bench.register(1, "a");
    let hand = Hand::new(&mut bench, 2, worker("b"));
    let message = bench.send(&a, hand.id.as_str(), "do it");
    let answer = hand.claimed(&mut bench, &message);
    let metadata = &answer["message"]["metadata"];
    let trace = metadata["traceparent"].as_str().unwrap();
    let assignment = answer["assignment"]["assignmentId"].as_str().unwrap();
    assert!(assignment.starts_with("asg_"));
    assert_eq!(
        answer["assignment"],
        json!({
            "undispatchedId": message.as_str(),
            "sourceMessageId": message.as_str(),
            "assignmentId": assignment,
            "deliveryIntent": "external_handoff",
            "targetRef": {
                "kind": "projection_endpoint",
                "projection_endpoint_id": hand.id.as_str(),
                "background_exchange_mode": "resident_endpoint",
            },
            "replyCorrelationId": metadata["correlation_id"],
            "originalTraceId": &trace[3..35],
        })
    );
    assert_eq!(answer["message"]["from"], format!("endpoint:{a}"));
    assert_eq!(answer["message"]["content"], "do it");
    assert_eq!(answer["message"]["contentType"], "text");
    assert_eq!(answer["message"]["sourceMessageId"], message.as_str());
}

#[test]
fn an_adapter_is_named_with_its_session() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, adapter("a", "s1"));
    let message = bench.post("node:self", "turn");
    let target = hand.claimed(&mut bench, &message)["assignment"]["targetRef"].clone();
    assert_eq!(
        target,
        json!({
            "kind": "projection_endpoint",
            "projection_endpoint_id": hand.id.as_str(),
            "runtime_session_id": "s1",
            "background_exchange_mode": "adapter_managed_turn",
        })
    );
}

#[test]
fn nothing_is_answered_before_the_claim_is_stored() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let message = bench.post("node:self", "x");
    bench.hold_reads = true;
    let claim = Claim {
        endpoint: hand.id.clone(),
        pid: 1,
        undispatched: Some(message.as_str().into()),
    };
    let req = bench.begin(caller(1), Request::Claim(Box::new(claim)));
    // The claim is in the step that asks for the content, which is read when that step is stored.
    assert!(!bench.ops.is_empty());
    assert_eq!(bench.reply(req), None);
    bench.release_reads();
    assert!(matches!(bench.reply(req), Some(Reply::Json(_))));
}

#[test]
fn b16_the_receipt_says_inbox_until_the_claim_is_accepted() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let message = bench.post("node:self", "x");
    let work = hand.take(&mut bench, &message);
    assert_eq!(bench.receipt(&message)["state"], "inbox");
    work.accept(&mut bench);
    let receipt = bench.receipt(&message);
    assert_eq!(receipt["state"], "confirmed");
    assert_eq!(receipt["confirmed_by"], "assignment");
    assert_eq!(receipt["endpoint_id"], hand.id.as_str());
    // The record stays until the work is done.
    assert_eq!(bench.inbox(), ["x"]);
}

#[test]
fn of_two_endpoints_that_claim_one_record_one_gets_it() {
    let mut bench = Bench::new();
    let first = Hand::new(&mut bench, 1, worker("a"));
    let second = Hand::new(&mut bench, 2, worker("b"));
    let message = bench.post("node:self", "x");
    first.take(&mut bench, &message);
    let reply = second.claim(&mut bench, message.as_str());
    assert_eq!(
        category(reply),
        (
            "runtime_assignment_in_progress",
            "assignment_in_progress".to_owned()
        )
    );
    assert_eq!(claims(&mut bench), 1);
}

#[test]
fn a_claim_that_is_not_accepted_is_returned_again_and_one_that_is_is_refused() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let message = bench.post("node:self", "x");
    let work = hand.take(&mut bench, &message);
    assert_eq!(hand.take(&mut bench, &message).assignment, work.assignment);
    work.accept(&mut bench);
    let reply = hand.claim(&mut bench, message.as_str());
    assert_eq!(refused(reply), (409, "runtime_assignment_in_progress"));
}

#[test]
fn a_claim_that_is_not_accepted_in_30_seconds_is_released_at_its_place() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let message = bench.post("node:self", "first");
    bench.post("node:self", "second");
    let work = hand.take(&mut bench, &message);
    bench.advance(seconds(29));
    assert_eq!(claims(&mut bench), 1);
    bench.advance(seconds(1));
    assert_eq!(claims(&mut bench), 0);
    assert_eq!(bench.inbox(), ["first", "second"]);
    assert_eq!(hand.candidates(&mut bench)[0].1, "node_pull_only");
    assert_eq!(bench.receipt(&message)["state"], "inbox");
    let reply = work.report(&mut bench, "adapter_accepted", 2);
    assert_eq!(
        category(reply),
        ("runtime_assignment_unknown", String::new())
    );
    assert_ne!(
        hand.take(&mut bench, &message).assignment,
        work.assignment,
        "a new claim has a new id"
    );
}

#[test]
fn the_claims_of_an_endpoint_that_closes_are_released() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let id = bench.register_with(1, worker("a"));
    let hand = Hand { pid: 1, id };
    let message = bench.post("node:self", "x");
    hand.take(&mut bench, &message);
    bench.close(stream, Liveness::Dead);
    assert_eq!(claims(&mut bench), 0);
    let other = Hand::new(&mut bench, 2, worker("b"));
    other.take(&mut bench, &message);
}

#[test]
fn a_claim_is_checked_in_the_order_of_the_protocol() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let plain = bench.register(1, "plain");
    let sessionless = Metadata {
        background_exchange_mode: Some("adapter_managed_turn".to_owned()),
        ..worker("sessionless")
    };
    let sessionless = bench.register_with(1, sessionless);
    let incapable = Metadata {
        runtime_capabilities: Vec::new(),
        ..worker("incapable")
    };
    let incapable = bench.register_with(1, incapable);
    let (able, token) = bench.register_whole(1, worker("able"));
    let ask = |bench: &mut Bench, pid, endpoint: &EndpointId, undispatched: Option<&str>| {
        let claim = Claim {
            endpoint: endpoint.clone(),
            pid,
            undispatched: undispatched.map(Into::into),
        };
        refused(bench.ask_as(caller(pid), Request::Claim(Box::new(claim))))
    };
    let unknown = EndpointId::from("ep_x");
    assert_eq!(
        ask(&mut bench, 2, &unknown, None),
        (404, "unknown_endpoint")
    );
    assert_eq!(
        ask(&mut bench, 2, &plain, None),
        (403, "endpoint_pid_mismatch")
    );
    for endpoint in [&plain, &sessionless, &incapable] {
        assert_eq!(
            ask(&mut bench, 1, endpoint, None),
            (409, "missing_background_exchange_v1")
        );
    }
    assert_eq!(
        ask(&mut bench, 1, &able, None),
        (400, "undispatched_id_invalid")
    );
    assert_eq!(
        ask(&mut bench, 1, &able, Some("msg_x")),
        (404, "runtime_self_claim_rejected")
    );
    let claim = || {
        let claim = Claim {
            endpoint: able.clone(),
            pid: 1,
            undispatched: None,
        };
        Request::Claim(Box::new(claim))
    };
    let reply = bench.ask_as(owner("another token"), claim());
    assert_eq!(refused(reply), (403, "endpoint_owner_token_mismatch"));
    let reply = bench.ask_as(owner(&token), claim());
    assert_eq!(refused(reply), (400, "undispatched_id_invalid"));
    bench.close(stream, Liveness::Alive);
    assert_eq!(
        ask(&mut bench, 1, &plain, None),
        (409, "endpoint_not_active")
    );
}

#[test]
fn a_damaged_message_cannot_be_claimed_and_leaves_the_inbox() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let message = bench.post("node:self", "x");
    let seq = bench.seq(&message);
    bench.store.damage(seq);
    let reply = hand.claim(&mut bench, message.as_str());
    assert_eq!(refused(reply), (404, "runtime_self_claim_rejected"));
    assert_eq!(bench.receipt(&message)["reason"], "damaged");
    assert_eq!(claims(&mut bench), 0);
    assert!(bench.inbox().is_empty());
}

#[test]
fn an_assigned_record_does_not_expire_and_does_when_it_comes_back() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let mut letter = send(&hand.id, "node:self", "short");
    letter.ttl = Some(seconds(50));
    let (message, _) = bench.send_whole(letter);
    bench.advance(seconds(40));
    hand.take(&mut bench, &message);
    bench.advance(seconds(25));
    assert_eq!(bench.receipt(&message)["state"], "inbox");
    bench.advance(seconds(65));
    assert_eq!(bench.receipt(&message)["state"], "expired");
    assert!(bench.inbox().is_empty());
}

#[test]
fn a_record_in_work_is_neither_discarded_nor_dispatched() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let message = bench.post("node:self", "x");
    hand.take(&mut bench, &message);
    let undispatched = message.as_str().into();
    let reply = bench.ask(Request::Discard { undispatched });
    assert_eq!(refused(reply), (409, "runtime_assignment_in_progress"));
    let reply = bench.ask(Request::Dispatch {
        undispatched: message.as_str().into(),
        target: hand.id.clone(),
    });
    assert_eq!(refused(reply), (400, "dispatch_failed"));
}

fn settle(bench: &mut Bench, pid: u32, endpoint: &EndpointId, undispatched: Option<&str>) -> Reply {
    let request = Request::SelfSettle {
        endpoint: endpoint.clone(),
        pid,
        undispatched: undispatched.map(Into::into),
    };
    bench.ask_as(caller(pid), request)
}

#[test]
fn an_endpoint_settles_what_it_may_claim() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let message = bench.post(hand.id.as_str(), "seen");
    let reply = settle(&mut bench, 1, &hand.id, Some(message.as_str()));
    assert_eq!(
        body(reply),
        json!({"settled": true, "remove_reason": "handled_no_reply"})
    );
    let receipt = bench.receipt(&message);
    assert_eq!(receipt["state"], "settled");
    assert_eq!(receipt["reason"], "handled_no_reply");
    assert!(bench.inbox().is_empty());
    let reply = settle(&mut bench, 1, &hand.id, Some(message.as_str()));
    assert_eq!(refused(reply), (404, "undispatched_unknown"));
}

#[test]
fn an_endpoint_settles_what_it_has_claimed_whether_accepted_or_not() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    for (accepted, state) in [(false, "settled"), (true, "confirmed")] {
        let message = bench.post("node:self", "x");
        let work = hand.take(&mut bench, &message);
        if accepted {
            work.accept(&mut bench);
        }
        let reply = settle(&mut bench, 1, &hand.id, Some(message.as_str()));
        assert_eq!(body(reply)["settled"], true);
        assert_eq!(bench.receipt(&message)["state"], state);
        assert!(bench.inbox().is_empty());
        assert_eq!(claims(&mut bench), 0);
        let reply = work.report(&mut bench, "processing_started", 9);
        assert_eq!(category(reply).1, "processing_failed_or_expired");
    }
}

#[test]
fn a_settlement_is_checked_in_the_order_of_the_protocol() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let stream = bench.stream(2);
    let plain = bench.register_with(2, metadata("b"));
    let mine = bench.post(hand.id.as_str(), "mine");
    let free = bench.post("node:self", "free");
    let taken = bench.post("node:self", "taken");
    hand.take(&mut bench, &taken);
    let unknown = EndpointId::from("ep_x");
    let code = |reply| refused(reply);
    let reply = settle(&mut bench, 2, &unknown, None);
    assert_eq!(code(reply), (400, "undispatched_id_invalid"));
    let reply = settle(&mut bench, 2, &unknown, Some("msg_x"));
    assert_eq!(code(reply), (404, "unknown_endpoint"));
    let reply = settle(&mut bench, 2, &hand.id, Some("msg_x"));
    assert_eq!(code(reply), (403, "endpoint_pid_mismatch"));
    for message in [&mine, &free, &taken] {
        let reply = settle(&mut bench, 2, &plain, Some(message.as_str()));
        assert_eq!(code(reply), (409, "runtime_self_settle_rejected"));
    }
    bench.close(stream, Liveness::Alive);
    let reply = settle(&mut bench, 2, &plain, Some("msg_x"));
    assert_eq!(code(reply), (409, "endpoint_not_active"));
}
