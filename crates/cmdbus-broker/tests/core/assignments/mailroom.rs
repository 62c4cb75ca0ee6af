//! Messages that are claimed ahead of time for endpoints that ask.

use cmdbus_broker::core::{Figures, Input, Liveness, Reply, Request};
use cmdbus_broker::store::{
    InboxReason, InboxRow, MessageRow, Op, Receipt, ReceiptState, Seq, Store as _,
};
use serde_json::json;

use super::{Hand, Work, adapter, claims, items, worker};
use crate::support::{Bench, T, caller, metadata, refused, seconds};

impl Work {
    /// Accepts with a number that is too low, as a client does that does not know the mailroom's.
    pub(super) fn accept_staged(&self, bench: &mut Bench) {
        let reply = self.report(bench, "adapter_accepted", 1);
        assert_eq!(reply, Reply::Done);
    }
}

#[test]
fn w53_a_message_is_handed_to_a_waiting_poll_in_the_step_of_its_arrival() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    for to in ["node:self", "agent:a", hand.id.as_str()] {
        let req = hand.poll(&mut bench, 25);
        assert_eq!(bench.reply(req), None);
        let message = bench.post(to, "hello");
        let items = items(bench.reply(req).expect("no tick passed"));
        let item = &items[0];
        assert_eq!(
            *item,
            json!({
                "endpoint_id": hand.id.as_str(),
                "undispatched_id": message.as_str(),
                "assignment_id": item["assignment_id"],
                "source_message_id": message.as_str(),
                "message": {
                    "from": item["message"]["from"],
                    "content": "hello",
                    "contentType": "text",
                    "sourceMessageId": message.as_str(),
                },
                "staged_at": item["staged_at"],
            })
        );
        Work::of_staged(&hand, item).accept_staged(&mut bench);
        assert_eq!(bench.receipt(&message)["confirmed_by"], "assignment");
    }
}

#[test]
fn w53_nothing_is_staged_for_an_endpoint_that_does_not_ask() {
    let mut bench = Bench::new();
    let quiet = Hand::new(&mut bench, 1, worker("a"));
    let hand = Hand::new(&mut bench, 2, worker("b"));
    bench.post("node:self", "for anybody");
    let bound = bench.post(quiet.id.as_str(), "for the quiet one");
    bench.live(seconds(60));
    assert_eq!(claims(&mut bench), 0);
    let item = hand.staged(&mut bench).remove(0);
    Work::of_staged(&hand, &item).accept_staged(&mut bench);
    quiet.take(&mut bench, &bound);
    // Nor while somebody else asks.
    let waiting = hand.poll(&mut bench, 25);
    bench.post(quiet.id.as_str(), "another for the quiet one");
    assert_eq!(quiet.candidates(&mut bench)[2].1, "bound_session_pull_only");
    assert_eq!(bench.reply(waiting), None);
}

#[test]
fn w53_a_poll_counts_for_a_minute() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    assert!(hand.staged(&mut bench).is_empty());
    bench.live(seconds(59));
    bench.post("node:self", "in time");
    assert_eq!(claims(&mut bench), 1);
    bench.live(seconds(2));
    bench.post("node:self", "too late");
    bench.live(seconds(60));
    assert_eq!(claims(&mut bench), 1);
    assert_eq!(hand.staged(&mut bench).len(), 2);
}

#[test]
fn staged_messages_are_returned_until_they_are_accepted() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    bench.post("node:self", "one");
    bench.post("node:self", "two");
    let first = hand.staged(&mut bench);
    assert_eq!(first.len(), 2);
    assert_eq!(hand.staged(&mut bench), first);
    // Two attempts are numbered 2 and 3, so that a number of the endpoint's own is raised.
    let work = Work::of_staged(&hand, &first[0]);
    work.accept_staged(&mut bench);
    let left = hand.staged(&mut bench);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["message"]["content"], "two");
}

#[test]
fn a_return_without_mark_is_no_attempt() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    bench.post("node:self", "x");
    let ask = |bench: &mut Bench, mark_attempt| {
        let request = Request::StagedDelivery {
            endpoint: hand.id.clone(),
            pid: 1,
            timeout: seconds(0),
            mark_attempt,
        };
        items(bench.ask_as(caller(1), request));
        let store = bench.store.load().unwrap();
        let row = &store.assignments[0];
        (row.state.clone(), row.sequence)
    };
    let state = |text: &str, sequence| (text.to_owned(), sequence);
    assert_eq!(
        ask(&mut bench, false),
        state("assigned_to_runtime_target", 1)
    );
    assert_eq!(ask(&mut bench, true), state("delivery_attempted", 2));
    assert_eq!(ask(&mut bench, true), state("delivery_attempted", 3));
}

#[test]
fn a_poll_ends_after_its_time_but_after_25_seconds_at_most() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    for (wait, held) in [(3, 3), (3600, 25)] {
        let req = hand.poll(&mut bench, wait);
        bench.advance(seconds(held - 1));
        assert_eq!(bench.reply(req), None);
        bench.advance(seconds(1));
        assert!(items(bench.reply(req).unwrap()).is_empty());
    }
    let req = hand.poll(&mut bench, 0);
    assert!(items(bench.reply(req).unwrap()).is_empty());
}

#[test]
fn w53_a_poll_whose_connection_is_gone_is_no_attempt() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let gone = hand.poll(&mut bench, 25);
    bench.input(Input::RequestGone { req: gone });
    bench.post("node:self", "x");
    assert_eq!(bench.reply(gone), None);
    let store = bench.store.load().unwrap();
    assert_eq!(store.assignments[0].state, "assigned_to_runtime_target");
    bench.advance(seconds(30));
    assert_eq!(bench.reply(gone), None);
    assert_eq!(hand.staged(&mut bench).len(), 1);
}

#[test]
fn w53_a_staged_message_that_nobody_accepts_is_released_after_ten_minutes() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let message = bench.post("node:self", "x");
    hand.staged(&mut bench);
    bench.live(seconds(599));
    assert_eq!(claims(&mut bench), 1);
    bench.live(seconds(1));
    assert_eq!(claims(&mut bench), 0);
    let other = Hand::new(&mut bench, 2, worker("b"));
    other.take(&mut bench, &message);
}

#[test]
fn an_endpoint_that_closes_gives_back_what_is_staged_and_its_polls_end() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let id = bench.register_with(1, worker("a"));
    let hand = Hand { pid: 1, id };
    bench.post("node:self", "x");
    hand.staged(&mut bench);
    assert_eq!(claims(&mut bench), 1);
    let other = Hand::new(&mut bench, 2, worker("b"));
    let waiting = other.poll(&mut bench, 25);
    bench.close(stream, Liveness::Dead);
    // Whoever else asks has it at once.
    assert_eq!(items(bench.reply(waiting).unwrap()).len(), 1);
    let stream = bench.stream(3);
    let id = bench.register_with(3, worker("c"));
    let third = Hand { pid: 3, id };
    let req = third.poll(&mut bench, 25);
    bench.close(stream, Liveness::Dead);
    assert!(items(bench.reply(req).unwrap()).is_empty());
}

#[test]
fn w43_w53_a_shutdown_ends_every_poll() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let polls = [hand.poll(&mut bench, 25), hand.poll(&mut bench, 25)];
    bench.input(Input::Shutdown { release: false });
    for req in polls {
        assert!(items(bench.reply(req).unwrap()).is_empty());
    }
}

#[test]
fn a_message_that_was_put_back_is_offered_again_at_the_next_tick() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    bench.post("node:self", "x");
    let item = hand.staged(&mut bench).remove(0);
    let work = Work::of_staged(&hand, &item);
    let reply = work.report(&mut bench, "waiting_for_runtime_capability", 1);
    assert_eq!(reply, Reply::Done);
    assert_eq!(claims(&mut bench), 0);
    bench.advance(seconds(20));
    let again = hand.staged(&mut bench).remove(0);
    assert_eq!(again["undispatched_id"], item["undispatched_id"]);
    assert_ne!(again["assignment_id"], item["assignment_id"]);
}

#[test]
fn what_is_for_anybody_is_dealt_out_in_turns() {
    let mut bench = Bench::new();
    let hands = [
        Hand::new(&mut bench, 1, worker("a")),
        Hand::new(&mut bench, 2, worker("b")),
    ];
    for hand in &hands {
        assert!(hand.staged(&mut bench).is_empty());
    }
    for n in 0..10 {
        bench.post("node:self", &n.to_string());
    }
    for hand in &hands {
        assert_eq!(hand.staged(&mut bench).len(), 5);
    }
}

#[test]
fn at_most_a_page_is_staged_for_an_endpoint() {
    let mut bench = Bench::with(Figures {
        mailroom_page: 3,
        ..Figures::default()
    });
    let hand = Hand::new(&mut bench, 1, worker("a"));
    for n in 0..5 {
        bench.post(hand.id.as_str(), &n.to_string());
    }
    let staged = hand.staged(&mut bench);
    assert_eq!(staged.len(), 3);
    // Those that are not staged yet count too.
    assert_eq!(hand.waiting(&mut bench), 5);
    Work::of_staged(&hand, &staged[0]).accept_staged(&mut bench);
    assert_eq!(hand.staged(&mut bench).len(), 3);
    assert_eq!(hand.waiting(&mut bench), 4);
}

#[test]
fn what_cannot_be_claimed_is_not_staged() {
    let mut bench = Bench::new();
    let plain = Hand::new(&mut bench, 1, metadata("a"));
    let hand = Hand::new(&mut bench, 2, adapter("b", "s"));
    bench.post("agent:a", "pushed");
    bench.post(plain.id.as_str(), "pushed");
    assert!(plain.staged(&mut bench).is_empty());
    bench.post("node:self", "for those in the background");
    assert!(plain.staged(&mut bench).is_empty());
    assert_eq!(hand.staged(&mut bench).len(), 1);
}

#[test]
fn a_staged_message_may_be_claimed_by_its_endpoint() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let message = bench.post("node:self", "x");
    let item = hand.staged(&mut bench).remove(0);
    let work = hand.take(&mut bench, &message);
    assert_eq!(item["assignment_id"], work.assignment.as_str());
}

#[test]
fn a_damaged_message_is_not_handed_out() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let message = bench.post("node:self", "x");
    let seq = bench.seq(&message);
    bench.store.damage(seq);
    assert!(hand.staged(&mut bench).is_empty());
    assert_eq!(claims(&mut bench), 0);
    assert_eq!(bench.receipt(&message)["reason"], "damaged");
}

#[test]
fn a_poll_is_checked_in_the_order_of_the_protocol() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let id = bench.register_with(1, worker("a"));
    let hand = Hand { pid: 1, id };
    let ask = |bench: &mut Bench, pid, id: &str| {
        let hand = Hand { pid, id: id.into() };
        let req = hand.poll(bench, 0);
        refused(bench.reply(req).unwrap())
    };
    assert_eq!(ask(&mut bench, 1, "ep_x"), (404, "unknown_endpoint"));
    let id = hand.id.as_str();
    assert_eq!(ask(&mut bench, 2, id), (403, "endpoint_pid_mismatch"));
    bench.close(stream, Liveness::Alive);
    assert_eq!(ask(&mut bench, 1, id), (409, "endpoint_not_active"));
}

#[test]
fn polls_are_bounded() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    let first = hand.poll(&mut bench, 25);
    for _ in 1..4096 {
        hand.poll(&mut bench, 25);
    }
    let one_more = hand.poll(&mut bench, 25);
    let reply = bench.reply(one_more).unwrap();
    assert_eq!(refused(reply), (429, "staged_delivery_limit"));
    bench.input(Input::RequestGone { req: first });
    let next = hand.poll(&mut bench, 25);
    assert_eq!(bench.reply(next), None);
}

#[test]
fn a_message_reaches_a_poll_past_a_full_inbox_that_is_for_others() {
    let mut bench = Bench::new();
    let mut ops = Vec::new();
    for n in 1..=99_000 {
        let id = format!("old_{n}");
        let mut row = MessageRow::new(Seq(n), id.as_str(), "node:x", "node:x", "x", T);
        row.receipt = Receipt::new(ReceiptState::Inbox, T);
        let mut place = InboxRow::new(Seq(n), id, InboxReason::Unaddressed, 3);
        place.agent = Some("somebody".to_owned());
        ops.push(Op::message(row));
        ops.push(Op::InboxPut(place));
    }
    bench.store.commit(&ops).unwrap();
    bench.restart();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    for n in 0..100 {
        let req = hand.poll(&mut bench, 25);
        bench.post("node:self", &n.to_string());
        let item = items(bench.reply(req).unwrap()).remove(0);
        assert_eq!(item["message"]["content"], n.to_string());
        Work::of_staged(&hand, &item).accept_staged(&mut bench);
    }
}
