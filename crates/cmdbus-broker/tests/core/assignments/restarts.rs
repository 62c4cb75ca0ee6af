//! Claims over the end of an endpoint and of the broker.

use cmdbus_broker::core::{Liveness, Reply};

use super::{Hand, Work, category, claims, message, worker};
use crate::support::{Bench, refused, seconds};

/// A sender and a worker, back after a kill of the broker with the ids they had.
fn back(bench: &mut Bench, hand: &Hand) {
    bench.restart();
    bench.stream(1);
    bench.register(1, "a");
    bench.stream(hand.pid);
    assert_eq!(bench.register_with(hand.pid, worker("b")), hand.id);
}

#[test]
fn a_kill_at_any_point_from_claim_to_reply_loses_nothing_and_sends_the_reply_once() {
    for kill in 0..=4 {
        let mut bench = Bench::new();
        bench.stream(1);
        let a = bench.register(1, "a");
        let hand = Hand::new(&mut bench, 2, worker("b"));
        let question = bench.send(&a, hand.id.as_str(), "question");
        if kill == 0 {
            back(&mut bench, &hand);
        }
        let work = hand.take(&mut bench, &question);
        if kill == 1 {
            back(&mut bench, &hand);
            // The claim goes on, and may be asked for again.
            assert_eq!(hand.take(&mut bench, &question).assignment, work.assignment);
        }
        work.accept(&mut bench);
        if kill == 2 {
            back(&mut bench, &hand);
            work.accept(&mut bench);
        }
        assert_eq!(
            work.report(&mut bench, "processing_started", 3),
            Reply::Done
        );
        if kill == 3 {
            back(&mut bench, &hand);
        }
        let first = message(work.reply(&mut bench, "r", "answer"));
        if kill == 4 {
            back(&mut bench, &hand);
        }
        assert_eq!(message(work.reply(&mut bench, "r", "answer")), first);
        assert!(bench.inbox().is_empty(), "killed at {kill}");
        assert_eq!(claims(&mut bench), 0, "killed at {kill}");
        let contents: Vec<String> = std::mem::take(&mut bench.pushes)
            .into_iter()
            .map(|push| bench.content(push.seq))
            .collect();
        assert_eq!(contents, ["answer"], "killed at {kill}");
    }
}

#[test]
fn a_claim_that_was_not_accepted_has_its_whole_time_again_after_a_restart() {
    let mut bench = Bench::new();
    bench.stream(1);
    bench.register(1, "a");
    let hand = Hand::new(&mut bench, 2, worker("b"));
    let question = bench.post("node:self", "x");
    hand.take(&mut bench, &question);
    bench.advance(seconds(20));
    back(&mut bench, &hand);
    bench.advance(seconds(29));
    assert_eq!(claims(&mut bench), 1);
    bench.advance(seconds(1));
    assert_eq!(claims(&mut bench), 0);
    assert_eq!(bench.inbox(), ["x"]);
}

#[test]
fn a_staged_message_is_staged_after_a_restart() {
    let mut bench = Bench::new();
    bench.stream(1);
    bench.register(1, "a");
    let hand = Hand::new(&mut bench, 2, worker("b"));
    bench.post("node:self", "x");
    let before = hand.staged(&mut bench);
    back(&mut bench, &hand);
    let after = hand.staged(&mut bench);
    assert_eq!(after, before);
    Work::of_staged(&hand, &after[0]).accept_staged(&mut bench);
    assert!(hand.staged(&mut bench).is_empty());
}

#[test]
fn w54_an_endpoint_that_comes_back_replies_to_what_it_has_accepted() {
    let mut bench = Bench::new();
    let to = bench.stream(1);
    let a = bench.register(1, "a");
    let stream = bench.stream(2);
    let id = bench.register_with(2, worker("b"));
    let hand = Hand { pid: 2, id };
    let question = bench.send(&a, hand.id.as_str(), "question");
    let work = hand.take(&mut bench, &question);
    work.accept(&mut bench);
    bench.close(stream, Liveness::Alive);
    let reply = work.reply(&mut bench, "r", "answer");
    assert_eq!(refused(reply), (409, "endpoint_not_active"));
    bench.stream(2);
    assert_eq!(bench.register_with(2, worker("b")), hand.id);
    work.reply(&mut bench, "r", "answer");
    assert_eq!(bench.confirm_all(to), ["answer"]);
}

#[test]
fn w54_the_next_endpoint_of_a_session_replies_to_what_the_closed_one_had_accepted() {
    let mut bench = Bench::new();
    let to = bench.stream(1);
    let a = bench.register(1, "a");
    let stream = bench.stream(2);
    let id = bench.register_with(2, super::adapter("b", "s"));
    let hand = Hand { pid: 2, id };
    let question = bench.send(&a, hand.id.as_str(), "question");
    let work = hand.take(&mut bench, &question);
    work.accept(&mut bench);
    bench.close(stream, Liveness::Dead);
    let next = Hand::new(&mut bench, 3, super::adapter("b", "s"));
    assert_ne!(next.id, hand.id);
    let work = Work { hand: next, ..work };
    bench.live(seconds(25 * 3600));
    assert_eq!(claims(&mut bench), 1);
    let first = work.reply(&mut bench, "r", "answer");
    assert_eq!(bench.confirm_all(to), ["answer"]);
    assert_eq!(work.reply(&mut bench, "r", "answer"), first);
}

#[test]
fn w54_what_a_lost_endpoint_had_accepted_is_offered_again_after_a_day() {
    for restart in [false, true] {
        let mut bench = Bench::new();
        let stream = bench.stream(1);
        let id = bench.register_with(1, worker("a"));
        let hand = Hand { pid: 1, id };
        let question = bench.post("node:self", "question");
        let work = hand.take(&mut bench, &question);
        work.accept(&mut bench);
        bench.close(stream, Liveness::Dead);
        let row = bench.assignments().remove(0);
        assert_eq!(row.state, "processing_interrupted");
        bench.advance(seconds(12 * 3600));
        if restart {
            bench.restart();
        }
        bench.advance(seconds(12 * 3600 - 1));
        assert_eq!(claims(&mut bench), 1);
        bench.advance(seconds(1));
        assert_eq!(claims(&mut bench), 0);
        assert_eq!(bench.assignments()[0].state, "expired");
        let item = bench.inbox_items().remove(0);
        assert_eq!(item["metadata"]["possible_duplicate"], true);
        // An end never changes.
        assert_eq!(bench.receipt(&question)["state"], "confirmed");
        let other = Hand::new(&mut bench, 2, worker("b"));
        let answer = other.claimed(&mut bench, &question);
        assert_eq!(answer["message"]["metadata"]["possible_duplicate"], true);
        let next = Work {
            hand: other.clone(),
            assignment: answer["assignment"]["assignmentId"]
                .as_str()
                .unwrap()
                .into(),
            ..work.clone()
        };
        next.accept(&mut bench);
        message(next.reply(&mut bench, "r", "answer"));
        let late = Work {
            hand: other,
            ..work
        };
        let reply = late.reply(&mut bench, "r", "late");
        assert_eq!(category(reply).1, "reply_handle_stale");
    }
}

#[test]
fn w54_what_was_replied_to_is_not_offered_again() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let id = bench.register_with(1, worker("a"));
    let hand = Hand { pid: 1, id };
    let question = bench.post("node:self", "question");
    let work = hand.take(&mut bench, &question);
    work.accept(&mut bench);
    message(work.reply(&mut bench, "r", "answer"));
    bench.close(stream, Liveness::Dead);
    bench.advance(seconds(25 * 3600));
    assert_eq!(bench.inbox(), ["answer"]);
}

#[test]
fn a_release_at_shutdown_opens_what_was_not_accepted() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let question = bench.post("node:self", "x");
    hand.take(&mut bench, &question);
    bench.input(cmdbus_broker::core::Input::Shutdown { release: true });
    bench.restart();
    assert_eq!(claims(&mut bench), 0);
    let hand = Hand::new(&mut bench, 1, worker("a"));
    hand.take(&mut bench, &question);
}

#[test]
fn a_claim_without_a_record_and_a_record_without_a_claim_are_put_right() {
    use cmdbus_broker::store::{Op, Store as _};
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let (first, second) = (bench.post("node:self", "1"), bench.post("node:self", "2"));
    let kept = hand.take(&mut bench, &first);
    let lost = hand.take(&mut bench, &second);
    let seq = bench.seq(&first);
    let ops = [
        Op::InboxRemove(seq),
        Op::AssignmentDelete(lost.assignment.clone()),
    ];
    bench.store.commit(&ops).unwrap();
    bench.restart();
    assert_eq!(claims(&mut bench), 0);
    assert!(bench.assignments().is_empty(), "{}", kept.assignment);
    assert_eq!(bench.warnings().len(), 1);
    bench.stream(1);
    let again = Hand {
        pid: 1,
        id: bench.register_with(1, worker("a")),
    };
    again.take(&mut bench, &second);
}
