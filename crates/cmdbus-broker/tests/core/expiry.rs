//! What runs out and what is swept away (protocol §4.4, §6.5), and clocks that jump (§11.6).

use std::time::Duration;

use cmdbus_broker::core::{Figures, Input, Liveness, Request, Sender};
use cmdbus_broker::ids::{EndpointId, MessageId};
use cmdbus_broker::store::Store;

use crate::support::{Bench, json, process, refused, seconds, send};

/// Sends as the node what is worth delivering for so long.
fn post(bench: &mut Bench, to: &str, content: &str, ttl: u64) -> MessageId {
    let mut send = send(&"-".into(), to, content);
    send.sender = Sender::Node;
    send.ttl = Some(seconds(ttl));
    bench.send_whole(send).0
}

/// An endpoint without its stream.
fn lost() -> (Bench, EndpointId) {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    bench.close(stream, Liveness::Alive);
    (bench, a)
}

fn state(bench: &mut Bench, message: &MessageId) -> String {
    let receipt = bench.receipt(message);
    receipt["state"].as_str().unwrap().to_owned()
}

fn gone(bench: &mut Bench, message: &MessageId) -> bool {
    let request = Request::Receipt {
        message: message.clone(),
        wait: None,
    };
    match bench.ask(request) {
        cmdbus_broker::core::Reply::Json(_) => false,
        other => {
            assert_eq!(refused(other), (404, "receipt_unknown"));
            true
        }
    }
}

#[test]
fn a_message_that_waits_in_a_queue_expires_and_says_so() {
    let (mut bench, a) = lost();
    let message = post(&mut bench, a.as_str(), "hello", 10);
    assert!(bench.receipt(&message)["expires_at"].is_string());
    bench.advance(seconds(9));
    assert_eq!(state(&mut bench, &message), "durable");
    bench.advance(seconds(61));
    let receipt = bench.receipt(&message);
    assert_eq!(receipt["state"], "expired");
    assert!(receipt["times"]["ended"].is_string());
    assert!(
        bench
            .log
            .iter()
            .any(|line| line.text == "1 messages expired")
    );
    assert_eq!(bench.store.load().unwrap().queues.len(), 0);
}

#[test]
fn an_expired_message_is_never_pushed_although_nobody_has_swept_it_away_yet() {
    let (mut bench, a) = lost();
    let message = post(&mut bench, a.as_str(), "hello", 10);
    bench.post(a.as_str(), "not so short-lived");
    bench.advance(seconds(10));
    let stream = bench.stream(1);
    bench.register(1, "a");
    assert_eq!(bench.confirm_all(stream), ["not so short-lived"]);
    assert_eq!(state(&mut bench, &message), "expired");
}

#[test]
fn a_message_behind_the_window_of_a_long_queue_expires_too() {
    let (mut bench, a) = lost();
    for n in 0..300 {
        bench.post(a.as_str(), &n.to_string());
    }
    let message = post(&mut bench, a.as_str(), "hello", 10);
    bench.post(a.as_str(), "last");
    bench.advance(seconds(70));
    assert_eq!(state(&mut bench, &message), "expired");
    let stream = bench.stream(1);
    bench.register(1, "a");
    let mut all: Vec<String> = (0..300).map(|n| n.to_string()).collect();
    all.push("last".to_owned());
    assert_eq!(bench.confirm_all(stream), all);
}

#[test]
fn an_open_record_of_the_inbox_expires() {
    let mut bench = Bench::new();
    let message = post(&mut bench, "node:self", "hello", 10);
    bench.post("node:self", "other");
    bench.advance(seconds(70));
    assert_eq!(bench.inbox(), ["other"]);
    assert_eq!(state(&mut bench, &message), "expired");
}

#[test]
fn what_was_pushed_and_is_not_confirmed_does_not_expire_until_it_comes_back() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    let message = post(&mut bench, a.as_str(), "hello", 10);
    assert_eq!(bench.received(stream).len(), 1);
    // No Pong comes, so nothing is known of it; before the stream is given up it cannot expire.
    bench.advance(seconds(11));
    assert_eq!(state(&mut bench, &message), "pushed");
    bench.close(stream, Liveness::Alive);
    let stream = bench.stream(1);
    bench.register(1, "a");
    assert!(bench.received(stream).is_empty());
    assert_eq!(state(&mut bench, &message), "expired");
}

#[test]
fn a_message_that_its_user_works_on_does_not_expire() {
    let mut bench = Bench::new();
    let open = cmdbus_broker::core::OpenStream {
        stream: cmdbus_broker::core::StreamId(900),
        process: process(1),
        name: None,
        receipts: true,
        held: true,
    };
    let stream = open.stream;
    bench.ask(Request::OpenStream(open));
    bench.pong(stream);
    let a = bench.register(1, "a");
    let message = post(&mut bench, a.as_str(), "hello", 10);
    let (_, push) = bench.received(stream).remove(0);
    let push = push.unwrap();
    bench.input(Input::PushSeen { stream, push });
    for _ in 0..10 {
        bench.advance(seconds(30));
        bench.pong(stream);
    }
    assert_eq!(state(&mut bench, &message), "pushed");
    bench.input(Input::PushAcked { stream, push });
    assert_eq!(state(&mut bench, &message), "confirmed");
}

#[test]
fn a_receipt_within_the_time_is_a_confirmation() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    let message = post(&mut bench, a.as_str(), "hello", 10);
    bench.confirm_all(stream);
    bench.advance(seconds(5));
    bench.pong(stream);
    bench.advance(seconds(70));
    assert_eq!(state(&mut bench, &message), "confirmed");
}

#[test]
fn mail_without_a_time_does_not_expire() {
    let mut bench = Bench::with(Figures {
        sweep: seconds(86_400),
        ..Figures::default()
    });
    let message = bench.post("node:self", "hello");
    bench.advance(seconds(365 * 86_400));
    assert_eq!(state(&mut bench, &message), "inbox");
    assert!(bench.receipt(&message).get("expires_at").is_none());
}

#[test]
fn more_than_a_batch_expires_at_once() {
    let mut bench = Bench::new();
    for _ in 0..1200 {
        post(&mut bench, "node:self", "hello", 1);
    }
    bench.advance(seconds(61));
    assert!(bench.inbox().is_empty());
}

#[test]
fn time_goes_on_while_the_broker_is_away() {
    let (mut bench, a) = lost();
    let message = post(&mut bench, a.as_str(), "hello", 10);
    bench.now.wall += 3_600_000;
    bench.now.mono += seconds(3600);
    bench.restart();
    let stream = bench.stream(1);
    bench.register(1, "a");
    assert!(bench.received(stream).is_empty());
    assert_eq!(state(&mut bench, &message), "expired");
}

// Clocks.

#[test]
fn a_jump_of_the_clock_is_logged_once_and_holds_expiry_for_ten_minutes() {
    for jump in [3_600_000, -3_600_000] {
        let mut bench = Bench::new();
        let message = post(&mut bench, "node:self", "hello", 4000);
        bench.advance(seconds(4000 - 10));
        bench.warnings();
        bench.now.wall += jump;
        bench.advance(seconds(61));
        assert_eq!(bench.warnings().len(), 1);
        assert_eq!(state(&mut bench, &message), "inbox");
        // The clock is put right again, and that is a jump as well.
        bench.now.wall -= jump;
        bench.advance(seconds(500));
        assert_eq!(bench.warnings().len(), 1);
        assert_eq!(state(&mut bench, &message), "inbox");
        bench.advance(seconds(200));
        assert_eq!(state(&mut bench, &message), "expired");
    }
}

#[test]
fn while_the_clock_cannot_be_trusted_nothing_is_held_back_as_expired() {
    let (mut bench, a) = lost();
    post(&mut bench, a.as_str(), "hello", 10);
    bench.now.wall += 3_600_000;
    let stream = bench.stream(1);
    bench.register(1, "a");
    assert_eq!(bench.confirm_all(stream), ["hello"]);
}

#[test]
fn a_clock_that_drifts_slowly_never_jumps() {
    let mut bench = Bench::new();
    for _ in 0..100 {
        bench.now.wall += 1000;
        bench.advance(seconds(60));
    }
    assert!(bench.warnings().is_empty());
}

#[test]
fn timers_run_on_the_monotonic_clock() {
    let (mut bench, a) = lost();
    bench.now.wall += 86_400_000;
    bench.advance(seconds(599));
    assert_eq!(bench.state(&a), "reconnecting");
    bench.now.wall -= 2 * 86_400_000;
    bench.advance(seconds(1));
    assert_eq!(bench.state(&a), "closed");
}

#[test]
fn a_clock_that_is_set_back_changes_no_order() {
    let (mut bench, a) = lost();
    let first = bench.post(a.as_str(), "one");
    bench.now.wall -= 86_400_000;
    let second = bench.post(a.as_str(), "two");
    assert!(first.as_str() < second.as_str());
    let stream = bench.stream(1);
    bench.register(1, "a");
    assert_eq!(bench.confirm_all(stream), ["one", "two"]);
}

// Retention.

/// A bench with an endpoint that reads, and a message that it has confirmed.
fn with_an_ended(figures: Figures) -> (Bench, MessageId) {
    let mut bench = Bench::with(figures);
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    let message = bench.post(a.as_str(), "hello");
    assert_eq!(bench.confirm_all(stream), ["hello"]);
    bench.close(stream, Liveness::Dead);
    (bench, message)
}

#[test]
fn a_receipt_is_kept_for_seven_days_after_its_end() {
    let (mut bench, message) = with_an_ended(Figures::default());
    bench.advance(seconds(7 * 86_400 - 60));
    assert_eq!(state(&mut bench, &message), "confirmed");
    bench.advance(seconds(180));
    assert!(gone(&mut bench, &message));
}

#[test]
fn an_unfinished_receipt_is_kept_as_long_as_its_message() {
    let mut bench = Bench::with(Figures {
        sweep: seconds(86_400),
        ..Figures::default()
    });
    let message = bench.post("node:self", "hello");
    bench.advance(seconds(30 * 86_400));
    assert_eq!(state(&mut bench, &message), "inbox");
}

#[test]
fn of_more_receipts_than_are_kept_the_oldest_go() {
    let mut bench = Bench::with(Figures {
        receipts_kept: 2,
        ..Figures::default()
    });
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    let mut messages = Vec::new();
    for n in 0..4 {
        messages.push(bench.post(a.as_str(), &n.to_string()));
        bench.confirm_all(stream);
        bench.advance(Duration::from_millis(10));
    }
    bench.advance(seconds(120));
    let gone: Vec<bool> = messages
        .iter()
        .map(|message| gone(&mut bench, message))
        .collect();
    assert_eq!(gone, [true, true, false, false]);
}

#[test]
fn content_is_kept_for_history_and_no_longer() {
    let has_content = |bench: &mut Bench| {
        let content = bench.store.reader().content(cmdbus_broker::store::Seq(1));
        match content.unwrap() {
            Some(cmdbus_broker::store::Content::Whole(message)) => {
                message.content.as_str() == "hello"
            }
            _ => false,
        }
    };
    let seq = |bench: &mut Bench| bench.store.load().unwrap().next_seq;
    let figures = Figures {
        history_time: seconds(3600),
        ..Figures::default()
    };
    let mut first = Bench::new();
    let before = seq(&mut first);
    assert!(before.0 <= 1, "the first message has number 1");
    let (mut bench, _) = with_an_ended(figures);
    let kept = has_content(&mut bench);
    bench.advance(seconds(3600 + 120));
    let swept = has_content(&mut bench);
    let (mut bench, _) = with_an_ended(Figures {
        history: false,
        ..Figures::default()
    });
    let without = has_content(&mut bench);
    assert_eq!((kept, swept, without), (true, false, false));
}

#[test]
fn a_key_is_forgotten_after_a_day() {
    let mut bench = Bench::new();
    let keyed = || {
        let mut send = send(&"-".into(), "node:self", "hello");
        send.sender = Sender::Node;
        send.key = Some("k".to_owned());
        send
    };
    let (first, _) = bench.send_whole(keyed());
    bench.advance(seconds(86_400 - 120));
    assert_eq!(bench.send_whole(keyed()).0, first);
    bench.advance(seconds(300));
    assert_ne!(bench.send_whole(keyed()).0, first);
}

#[test]
fn a_tombstone_goes_after_seven_days_unless_mail_names_it() {
    let mut bench = Bench::new();
    bench.stream(1);
    let (a, b) = (bench.register(1, "a"), bench.register(1, "b"));
    for id in [&a, &b] {
        bench.ask(Request::Unregister {
            endpoint: id.clone(),
            forget: false,
        });
    }
    bench.post(b.as_str(), "hello");
    bench.advance(seconds(7 * 86_400 + 180));
    let reply = bench.ask(Request::Endpoint { endpoint: a });
    assert_eq!(refused(reply), (404, "endpoint_unknown"));
    assert_eq!(
        json(bench.ask(Request::Endpoint {
            endpoint: b.clone()
        }))["id"],
        b.as_str()
    );
    assert_eq!(bench.inbox(), ["hello"]);
}

#[test]
fn a_damaged_message_is_put_aside_and_settled() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    let message = bench.post(a.as_str(), "hello");
    bench.post(a.as_str(), "other");
    let seq = bench.pushes[0].seq;
    bench.input(Input::Damaged {
        seq,
        what: "checksum".to_owned(),
    });
    let receipt = bench.receipt(&message);
    assert_eq!(receipt["state"], "settled");
    assert_eq!(receipt["reason"], "damaged");
    bench.close(stream, Liveness::Alive);
    let stream = bench.stream(1);
    bench.register(1, "a");
    bench.pushes.retain(|push| push.stream == stream);
    assert_eq!(bench.confirm_all(stream), ["other"]);
}
