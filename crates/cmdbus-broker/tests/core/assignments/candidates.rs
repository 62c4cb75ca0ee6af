//! What an endpoint may have of the inbox.

use cmdbus_broker::core::{Liveness, Request};

use super::{Hand, adapter, items, worker};
use crate::support::{Bench, caller, metadata, refused, seconds, send};

fn one(id: &impl ToString, policy: &str) -> Vec<(String, String)> {
    vec![(id.to_string(), policy.to_owned())]
}

#[test]
fn an_assigned_record_is_shown_with_who_has_it() {
    let mut bench = Bench::new();
    let first = Hand::new(&mut bench, 1, worker("a"));
    let second = Hand::new(&mut bench, 2, worker("b"));
    let message = bench.post("node:self", "hello");
    let work = first.take(&mut bench, &message);
    assert_eq!(
        second.candidates(&mut bench),
        one(&message, "assigned_in_progress")
    );
    let item = second.claimable(&mut bench).remove(0);
    assert_eq!(item["active_assignment_id"], work.assignment.as_str());
    assert_eq!(item["active_target_endpoint_id"], first.id.as_str());
}

#[test]
fn a_record_for_an_agent_is_shown_to_its_endpoints_only() {
    let mut bench = Bench::new();
    let first = Hand::new(&mut bench, 1, worker("a"));
    let second = Hand::new(&mut bench, 2, worker("a"));
    let other = Hand::new(&mut bench, 3, worker("b"));
    let message = bench.post("agent:a", "for any a");
    for hand in [&first, &second] {
        assert_eq!(hand.candidates(&mut bench), one(&message, "node_pull_only"));
    }
    assert!(other.candidates(&mut bench).is_empty());
    let reply = other.claim(&mut bench, message.as_str());
    assert_eq!(refused(reply), (403, "runtime_self_claim_rejected"));
}

#[test]
fn a_record_meant_for_an_endpoint_is_its_own() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let other = Hand::new(&mut bench, 2, worker("b"));
    let message = bench.post(hand.id.as_str(), "for a");
    assert_eq!(
        hand.candidates(&mut bench),
        one(&message, "bound_session_pull_only")
    );
    let item = hand.claimable(&mut bench).remove(0);
    assert_eq!(item["content"], "for a");
    assert_eq!(item["content_type"], "text");
    assert_eq!(item["reason"], "unaddressed");
    assert_eq!(item["source_message_id"], message.as_str());
    assert_eq!(item["original_target_endpoint_id"], hand.id.as_str());
    assert_eq!(item["metadata"]["message_id"], message.as_str());
    assert_eq!(hand.waiting(&mut bench), 1);
    // A live endpoint keeps what was meant for it.
    assert!(other.candidates(&mut bench).is_empty());
    let reply = other.claim(&mut bench, message.as_str());
    assert_eq!(refused(reply), (403, "runtime_self_claim_rejected"));
    assert_eq!(other.waiting(&mut bench), 0);
}

#[test]
fn a_record_of_an_earlier_endpoint_of_the_session_is_bound_to_the_later_one() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let old = bench.register_with(1, adapter("a", "s"));
    let message = bench.post(old.as_str(), "for the session");
    bench.close(stream, Liveness::Dead);
    // Another agent, so that nothing is inherited.
    let hand = Hand::new(&mut bench, 2, adapter("b", "s"));
    assert_eq!(
        hand.candidates(&mut bench),
        one(&message, "bound_session_pull_only")
    );
    let item = hand.claimable(&mut bench).remove(0);
    assert_eq!(item["original_target_endpoint_id"], hand.id.as_str());
    assert_eq!(hand.waiting(&mut bench), 1);
    hand.take(&mut bench, &message);
    assert_eq!(hand.waiting(&mut bench), 0);
}

#[test]
fn a_record_of_a_session_that_is_not_here_is_shown_and_cannot_be_claimed() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let old = bench.register_with(1, adapter("a", "s"));
    let message = bench.post(old.as_str(), "for the session");
    bench.close(stream, Liveness::Dead);
    let hand = Hand::new(&mut bench, 2, worker("b"));
    assert_eq!(
        hand.candidates(&mut bench),
        one(&message, "continuation_session_unavailable")
    );
    let reply = hand.claim(&mut bench, message.as_str());
    assert_eq!(refused(reply), (409, "runtime_self_claim_rejected"));
    // Once the session is here, it is for nobody else.
    Hand::new(&mut bench, 3, adapter("c", "s"));
    assert_eq!(hand.candidates(&mut bench), one(&message, "unavailable"));
}

#[test]
fn a_record_for_nobody_is_for_whoever_works_in_the_background() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let plain = Hand::new(&mut bench, 2, metadata("b"));
    let message = bench.post("node:self", "for anybody");
    assert_eq!(hand.candidates(&mut bench), one(&message, "node_pull_only"));
    assert_eq!(plain.candidates(&mut bench), one(&message, "unavailable"));
    // It is not bound to anybody.
    assert_eq!(hand.waiting(&mut bench), 0);
}

#[test]
fn an_expired_record_is_not_shown() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let mut letter = send(&hand.id, "node:self", "short");
    letter.ttl = Some(seconds(5));
    let (message, _) = bench.send_whole(letter);
    assert_eq!(hand.candidates(&mut bench).len(), 1);
    bench.advance(seconds(5));
    assert!(hand.candidates(&mut bench).is_empty());
    let reply = hand.claim(&mut bench, message.as_str());
    assert_eq!(refused(reply).1, "runtime_self_claim_rejected");
}

#[test]
fn at_most_256_records_are_shown_in_the_order_of_arrival() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let all: Vec<String> = (0..260)
        .map(|n| bench.post("node:self", &n.to_string()).to_string())
        .collect();
    let shown: Vec<String> = hand
        .candidates(&mut bench)
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    assert_eq!(shown, all[..256]);
}

#[test]
fn the_endpoint_may_be_left_out_if_there_is_one() {
    let mut bench = Bench::new();
    let ask = |bench: &mut Bench| bench.ask_as(caller(1), Request::Claimable { endpoint: None });
    assert_eq!(refused(ask(&mut bench)), (409, "no_active_endpoint"));
    Hand::new(&mut bench, 1, worker("a"));
    assert!(items(ask(&mut bench)).is_empty());
    bench.register_with(1, worker("b"));
    assert_eq!(refused(ask(&mut bench)), (409, "ambiguous_endpoint"));
}

#[test]
fn a_list_is_for_the_owner_of_an_active_endpoint() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let id = bench.register_with(1, worker("a"));
    let ask = |bench: &mut Bench, pid, id: &str| {
        let endpoint = Some(id.into());
        refused(bench.ask_as(caller(pid), Request::Claimable { endpoint }))
    };
    assert_eq!(ask(&mut bench, 1, "ep_x"), (409, "no_active_endpoint"));
    assert_eq!(
        ask(&mut bench, 2, id.as_str()),
        (403, "endpoint_pid_mismatch")
    );
    let count = |bench: &mut Bench, id: &str| {
        let endpoint = id.into();
        refused(bench.ask(Request::WaitingCount { endpoint }))
    };
    assert_eq!(count(&mut bench, "ep_x"), (409, "no_active_endpoint"));
    bench.close(stream, Liveness::Alive);
    assert_eq!(
        ask(&mut bench, 1, id.as_str()),
        (409, "endpoint_not_active")
    );
    assert_eq!(count(&mut bench, id.as_str()), (409, "endpoint_not_active"));
}

#[test]
fn a_damaged_record_is_not_shown_and_put_aside() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let broken = bench.post("node:self", "broken");
    let whole = bench.post("node:self", "whole");
    let seq = bench.seq(&broken);
    bench.store.damage(seq);
    assert_eq!(hand.candidates(&mut bench), one(&whole, "node_pull_only"));
    assert_eq!(bench.receipt(&broken)["reason"], "damaged");
    assert_eq!(bench.inbox(), ["whole"]);
}

#[test]
fn w55_what_is_sent_to_a_closed_endpoint_keeps_its_target() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let old = bench.register(1, "a");
    bench.close(stream, Liveness::Dead);
    bench.post(old.as_str(), "late");
    let item = bench.inbox_items().remove(0);
    assert_eq!(item["reason"], "closed_session_continuation");
    assert_eq!(item["original_target_endpoint_id"], old.as_str());
}

#[test]
fn w3_the_inbox_with_its_content_is_there_after_a_kill() {
    let mut bench = Bench::new();
    let message = bench.post("node:self", &"x".repeat(1000));
    bench.restart();
    assert_eq!(bench.inbox(), ["x".repeat(1000)]);
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let answer = hand.claimed(&mut bench, &message);
    assert_eq!(answer["message"]["content"], "x".repeat(1000));
}

#[test]
fn an_answer_with_much_content_ends_at_8_mib() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    for _ in 0..10 {
        bench.post("node:self", &"x".repeat(1_000_000));
    }
    assert_eq!(hand.candidates(&mut bench).len(), 8);
}
