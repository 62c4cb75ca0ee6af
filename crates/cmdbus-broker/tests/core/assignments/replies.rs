//! Replies to the sender of a claimed message.

use cmdbus_broker::core::{Figures, Liveness, Reply, Request, StreamId};
use cmdbus_broker::ids::EndpointId;
use cmdbus_broker::store::{Content, Op, SendStatus, Store as _};
use serde_json::{Map, Value, json};

use super::{Hand, Work, category, claims, message, refusal, worker};
use crate::support::{Bench, caller, refused, send};

/// A sender, and a worker that has accepted its message.
fn asked(bench: &mut Bench) -> (StreamId, EndpointId, Work) {
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    let hand = Hand::new(bench, 2, worker("b"));
    let question = bench.send(&a, hand.id.as_str(), "question");
    let work = hand.take(bench, &question);
    work.accept(bench);
    (stream, a, work)
}

fn stored_metadata(bench: &mut Bench, id: &cmdbus_broker::ids::MessageId) -> Value {
    let seq = bench.seq(id);
    match bench.store.reader().content(seq).unwrap() {
        Some(Content::Whole(message)) => serde_json::from_str(message.metadata.as_str()).unwrap(),
        other => panic!("no content: {other:?}"),
    }
}

#[test]
fn b13_a_reply_goes_to_the_sender_and_ends_the_work() {
    let mut bench = Bench::new();
    let (stream, a, work) = asked(&mut bench);
    let question = stored_metadata(&mut bench, &work.source);
    let mut reply = work.answer("r1", "answer");
    reply.metadata = Map::from_iter([
        ("topic".to_owned(), json!("cart")),
        ("correlation_id".to_owned(), json!("forged")),
        ("in_reply_to".to_owned(), json!("forged")),
        ("target_endpoint_id".to_owned(), json!("forged")),
        ("require_live".to_owned(), json!(true)),
        ("dispatched_by".to_owned(), json!("forged")),
    ]);
    let answer = work.say(&mut bench, reply);
    let Reply::Sent {
        message, status, ..
    } = answer
    else {
        panic!("not sent: {answer:?}");
    };
    assert_eq!(status, SendStatus::Delivered);
    let metadata = stored_metadata(&mut bench, &message);
    let trace = question["traceparent"].as_str().unwrap();
    assert_eq!(
        metadata,
        json!({
            "topic": "cart",
            "traceparent": metadata["traceparent"],
            "originalTraceId": &trace[3..35],
            "message_id": message.as_str(),
            "in_reply_to": work.source.as_str(),
            "correlation_id": question["correlation_id"],
            "source_endpoint_id": work.hand.id.as_str(),
            "require_live": false,
            "target_endpoint_id": a.as_str(),
        })
    );
    assert_ne!(metadata["traceparent"], question["traceparent"]);
    assert_eq!(bench.confirm_all(stream), ["answer"]);
    assert_eq!(bench.receipt(&message)["state"], "confirmed");
    assert!(bench.inbox().is_empty());
    assert_eq!(claims(&mut bench), 0);
    let late = work.report(&mut bench, "processing_started", 9);
    assert_eq!(category(late).1, "processing_failed_or_expired");
    // Who replied takes part in the conversation from now on: what comes under it is a continuation.
    let mut again = send(&a, work.hand.id.as_str(), "and?");
    again
        .metadata
        .insert("in_reply_to".to_owned(), question["correlation_id"].clone());
    bench.send_whole(again);
    let item = bench.inbox_items().remove(0);
    assert_eq!(item["reason"], "correlated_continuation");
}

#[test]
fn record_and_message_of_a_reply_are_one_commit() {
    let mut bench = Bench::new();
    let (_, _, work) = asked(&mut bench);
    work.reply(&mut bench, "r1", "answer");
    let stored = |op: &Op| matches!(op, Op::MessagePut(_));
    let recorded = |op: &Op| matches!(op, Op::ReplyPut(row) if row.outcome.is_some());
    let removed = |op: &Op| matches!(op, Op::InboxRemove(_));
    for what in [stored as fn(&Op) -> bool, recorded, removed] {
        assert_eq!(bench.ops.iter().filter(|op| what(op)).count(), 1);
    }
}

#[test]
fn b13_the_same_reply_again_is_answered_as_before_and_sent_once() {
    let mut bench = Bench::new();
    let (stream, _, work) = asked(&mut bench);
    let mut reply = work.answer("r1", "answer");
    reply.metadata = Map::from_iter([("a".to_owned(), json!(1)), ("b".to_owned(), json!(2))]);
    let first = work.say(&mut bench, reply.clone());
    // The order of members, and what is reserved, make no other reply.
    reply.metadata = Map::from_iter([
        ("b".to_owned(), json!(2)),
        ("a".to_owned(), json!(1)),
        ("message_id".to_owned(), json!("x")),
    ]);
    assert_eq!(work.say(&mut bench, reply.clone()), first);
    bench.restart();
    bench.stream(2);
    assert_eq!(bench.register_with(2, worker("b")), work.hand.id);
    assert_eq!(work.say(&mut bench, reply), first);
    let _ = stream;
    let stream = bench.stream(1);
    bench.register(1, "a");
    assert_eq!(bench.confirm_all(stream), ["answer"]);
}

#[test]
fn b13_another_reply_under_the_same_request_is_a_conflict() {
    let mut bench = Bench::new();
    let (_, _, work) = asked(&mut bench);
    let first = message(work.reply(&mut bench, "r1", "answer"));
    let mut other_type = work.answer("r1", "answer");
    other_type.content_type = "markdown".to_owned();
    let mut other_metadata = work.answer("r1", "answer");
    other_metadata.metadata = Map::from_iter([("a".to_owned(), json!(1))]);
    for reply in [work.answer("r1", "another"), other_type, other_metadata] {
        let refusal = refusal(work.say(&mut bench, reply));
        assert_eq!(
            (refusal.status, refusal.code),
            (409, "runtime_assignment_reply_idempotency_conflict")
        );
        assert_eq!(refusal.extra["messageId"], first.as_str());
    }
}

#[test]
fn a_second_request_under_a_finished_claim_is_stale() {
    let mut bench = Bench::new();
    let (_, _, work) = asked(&mut bench);
    work.reply(&mut bench, "r1", "answer");
    let reply = work.reply(&mut bench, "r2", "more");
    assert_eq!(
        category(reply),
        (
            "runtime_assignment_unknown",
            "reply_handle_stale".to_owned()
        )
    );
}

#[test]
fn of_two_equal_replies_at_once_one_is_sent_and_both_are_answered() {
    let mut bench = Bench::new();
    let (stream, _, work) = asked(&mut bench);
    bench.hold_reads = true;
    let mut begin = |content: &str| {
        let reply = Box::new(work.answer("r1", content));
        bench.begin(caller(2), Request::AssignmentReply(reply))
    };
    let (first, second, other) = (begin("answer"), begin("answer"), begin("another"));
    bench.release_reads();
    let sent = bench.reply(first).unwrap();
    assert!(matches!(sent, Reply::Sent { .. }));
    assert_eq!(bench.reply(second), Some(sent));
    let reply = bench.reply(other).unwrap();
    assert_eq!(
        refused(reply),
        (409, "runtime_assignment_reply_idempotency_conflict")
    );
    assert_eq!(bench.confirm_all(stream), ["answer"]);
}

#[test]
fn a_reply_is_checked_in_the_order_of_the_protocol() {
    let mut bench = Bench::new();
    let (_, _, work) = asked(&mut bench);
    let stream = bench.stream(3);
    let other = bench.register_with(3, worker("c"));
    let free = bench.post("node:self", "free");
    let unaccepted = work.hand.take(&mut bench, &free);
    let nobody = Work {
        hand: Hand {
            pid: 3,
            id: "ep_x".into(),
        },
        ..work.clone()
    };
    let reply = nobody.reply(&mut bench, "r", "x");
    assert_eq!(refused(reply), (404, "unknown_endpoint"));
    let thief = Work {
        hand: Hand {
            pid: 3,
            ..work.hand.clone()
        },
        ..work.clone()
    };
    let reply = thief.reply(&mut bench, "r", "x");
    assert_eq!(refused(reply), (403, "endpoint_pid_mismatch"));
    let of_another = Work {
        hand: Hand { pid: 3, id: other },
        ..work.clone()
    };
    let mut nameless = of_another.answer("r", "x");
    nameless.request = None;
    let reply = of_another.say(&mut bench, nameless.clone());
    assert_eq!(refused(reply), (400, "reply_request_id_required"));
    let reply = of_another.reply(&mut bench, "r", "x");
    assert_eq!(refused(reply), (403, "runtime_assignment_target_mismatch"));
    let reply = unaccepted.reply(&mut bench, "r", "x");
    assert_eq!(refused(reply), (409, "runtime_assignment_not_accepted"));
    let unknown = Work {
        assignment: "asg_x".into(),
        ..work.clone()
    };
    let reply = unknown.reply(&mut bench, "r", "x");
    assert_eq!(category(reply).1, "reply_handle_stale");
    // A recorded reply is for the endpoint that made it.
    work.reply(&mut bench, "r", "x");
    let reply = of_another.reply(&mut bench, "r", "x");
    assert_eq!(refused(reply), (403, "runtime_assignment_target_mismatch"));
    bench.close(stream, Liveness::Alive);
    let reply = of_another.say(&mut bench, nameless);
    assert_eq!(refused(reply), (409, "endpoint_not_active"));
}

#[test]
fn a_reply_to_the_node_waits_in_the_inbox() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let question = bench.post("node:self", "question");
    let work = hand.take(&mut bench, &question);
    work.accept(&mut bench);
    let answer = message(work.reply(&mut bench, "r", "answer"));
    assert_eq!(bench.inbox(), ["answer"]);
    assert_eq!(bench.receipt(&answer)["status"], "stored");
}

#[test]
fn a_reply_that_finds_no_room_keeps_its_record_and_its_id() {
    let mut bench = Bench::with(Figures {
        queue_messages: 1,
        ..Figures::default()
    });
    let (stream, a, work) = asked(&mut bench);
    bench.post(a.as_str(), "in the way");
    let refusal = refusal(work.reply(&mut bench, "r", "answer"));
    assert_eq!(
        (refusal.status, refusal.code, refusal.retryable),
        (503, "recipient_queue_full", Some(true))
    );
    let recorded = bench.store.load().unwrap().replies.remove(0);
    assert_eq!(recorded.outcome, None);
    assert_eq!(claims(&mut bench), 1);
    let reply = work.reply(&mut bench, "r", "another");
    assert_eq!(
        refused(reply),
        (409, "runtime_assignment_reply_idempotency_conflict")
    );
    assert_eq!(bench.confirm_all(stream), ["in the way"]);
    let sent = message(work.reply(&mut bench, "r", "answer"));
    assert_eq!(sent, recorded.message);
    assert_eq!(bench.confirm_all(stream), ["answer"]);
}

#[test]
fn a_reply_goes_out_though_its_question_is_damaged() {
    let mut bench = Bench::new();
    let (stream, _, work) = asked(&mut bench);
    let seq = bench.seq(&work.source);
    bench.store.damage(seq);
    let answer = message(work.reply(&mut bench, "r", "answer"));
    let metadata = stored_metadata(&mut bench, &answer);
    assert_eq!(metadata["in_reply_to"], work.source.as_str());
    assert_eq!(metadata.get("originalTraceId"), None);
    assert_eq!(bench.confirm_all(stream), ["answer"]);
}

#[test]
fn a_recorded_reply_is_forgotten_after_a_day() {
    let mut bench = Bench::new();
    let (_, _, work) = asked(&mut bench);
    work.reply(&mut bench, "r", "answer");
    bench.advance(crate::support::seconds(24 * 3600 - 120));
    assert_eq!(bench.store.load().unwrap().replies.len(), 1);
    bench.advance(crate::support::seconds(240));
    let loaded = bench.store.load().unwrap();
    assert!(loaded.replies.is_empty() && loaded.assignments.is_empty());
}
