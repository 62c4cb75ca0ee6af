//! Messages that were accepted, and are offered again because nothing came of it.

use cmdbus_broker::core::{Figures, Liveness};

use super::*;
use crate::support::send;

const DAY: u64 = 24 * 3600;

/// Lets a worker accept a message of this time to live and close, until its message is offered again.
fn offered_again(bench: &mut Bench, ttl: Option<u64>) -> MessageId {
    let hand = Hand::new(bench, 1, worker("w"));
    let mut letter = send(&hand.id, "node:self", "work");
    letter.ttl = ttl.map(seconds);
    letter.sender = cmdbus_broker::core::Sender::Node;
    let message = bench.send_whole(letter).0;
    hand.take(bench, &message).accept(bench);
    bench.ask(Request::Unregister {
        endpoint: hand.id.clone(),
        forget: false,
    });
    bench.live(seconds(DAY + 1));
    message
}

#[test]
fn a_message_that_is_offered_again_after_its_time_leaves_the_inbox() {
    let mut bench = Bench::new();
    offered_again(&mut bench, Some(3600));
    bench.live(seconds(120));
    assert!(bench.inbox().is_empty());
}

#[test]
fn a_message_that_is_offered_again_leaves_the_inbox_when_its_time_runs_out_there() {
    let mut bench = Bench::new();
    offered_again(&mut bench, Some(DAY + 3600));
    assert_eq!(bench.inbox(), ["work"]);
    bench.live(seconds(3700));
    assert!(bench.inbox().is_empty());
}

#[test]
fn the_content_of_a_message_that_is_offered_again_is_kept_in_a_queue_too() {
    let mut bench = Bench::with(Figures {
        history_bytes: 0,
        ..Figures::default()
    });
    let message = offered_again(&mut bench, None);
    let stream = bench.stream(2);
    let a = bench.register(2, "a");
    bench.close(stream, Liveness::Unknown);
    bench.ask(Request::Dispatch {
        undispatched: message.as_str().into(),
        target: a,
    });
    bench.advance(seconds(130));
    let stream = bench.stream(2);
    bench.register(2, "a");
    assert_eq!(bench.confirm_all(stream), ["work"]);
}

#[test]
fn what_is_over_its_time_is_not_dispatched() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("w"));
    let mut letter = send(&hand.id, "node:self", "work");
    letter.ttl = Some(seconds(1));
    let message = bench.send_whole(letter).0;
    bench.advance(seconds(2));
    bench.ask(Request::Dispatch {
        undispatched: message.as_str().into(),
        target: hand.id,
    });
    assert!(bench.pushes.is_empty());
}

#[test]
fn a_message_whose_claim_fails_follows_the_session_that_went_on_meanwhile() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("w"));
    let session = Metadata {
        runtime_session_id: Some("s".to_owned()),
        ..metadata("a")
    };
    bench.stream(2);
    let old = bench.register_with(2, session.clone());
    bench.ask(Request::Unregister {
        endpoint: old,
        forget: false,
    });
    let message = bench.post("session:s", "work");
    bench.ask(Request::Dispatch {
        undispatched: message.as_str().into(),
        target: hand.id,
    });
    let stream = bench.stream(3);
    bench.register_with(3, session);
    assert!(bench.received(stream).is_empty());
    bench.live(seconds(31));
    assert_eq!(bench.confirm_all(stream), ["work"]);
}
