//! What an endpoint reports about its work.

use cmdbus_broker::core::{Liveness, Reply, Request};

use super::{Hand, Work, category, claims, refusal, worker};
use crate::support::{Bench, caller, refused, seconds};

/// A claimed message, accepted or not.
fn work(bench: &mut Bench, accepted: bool) -> Work {
    let hand = Hand::new(bench, 1, worker("a"));
    let message = bench.post("node:self", "x");
    let work = hand.take(bench, &message);
    if accepted {
        work.accept(bench);
    }
    work
}

#[test]
fn an_acceptance_stops_the_timer_and_is_idempotent() {
    let mut bench = Bench::new();
    let work = work(&mut bench, true);
    bench.live(seconds(3600));
    assert_eq!(claims(&mut bench), 1);
    // The same event, another one, and one with an old number.
    for sequence in [2, 3, 1] {
        let reply = work.report(&mut bench, "adapter_accepted", sequence);
        assert_eq!(reply, Reply::Done);
    }
}

#[test]
fn progress_is_recorded_before_and_after_acceptance() {
    for accepted in [false, true] {
        let mut bench = Bench::new();
        let work = work(&mut bench, accepted);
        let states = [
            "processing_started",
            "delivery_attempted",
            "processing_interrupted",
        ];
        for (sequence, state) in (3..).zip(states) {
            assert_eq!(work.report(&mut bench, state, sequence), Reply::Done);
        }
        assert_eq!(claims(&mut bench), 1);
        // Only an acceptance stops the timer.
        bench.advance(seconds(30));
        assert_eq!(claims(&mut bench), u64::from(accepted));
    }
}

#[test]
fn a_failure_before_acceptance_settles_the_message_as_failed() {
    let mut bench = Bench::new();
    let work = work(&mut bench, false);
    let reply = work.report(&mut bench, "processing_failed", 2);
    assert_eq!(reply, Reply::Done);
    let receipt = bench.receipt(&work.source);
    assert_eq!(receipt["state"], "settled");
    assert_eq!(receipt["reason"], "processing_failed");
    assert!(bench.inbox().is_empty());
    assert_eq!(claims(&mut bench), 0);
}

#[test]
fn a_failure_after_acceptance_ends_the_work_retryable_or_not() {
    for retryable in [false, true] {
        let mut bench = Bench::new();
        let work = work(&mut bench, true);
        let mut state = work.state("processing_failed", 3);
        state.retryable = retryable;
        assert_eq!(work.tell(&mut bench, state), Reply::Done);
        assert_eq!(bench.receipt(&work.source)["state"], "confirmed");
        assert!(bench.inbox().is_empty());
        assert_eq!(claims(&mut bench), 0);
    }
}

#[test]
fn what_cannot_be_done_now_goes_back_to_the_inbox_before_acceptance_only() {
    for state in [
        "processing_failed",
        "waiting_for_runtime_capability",
        "target_lost_before_acceptance",
    ] {
        let mut bench = Bench::new();
        let first = work(&mut bench, false);
        let mut report = first.state(state, 2);
        report.retryable = true;
        assert_eq!(first.tell(&mut bench, report), Reply::Done, "{state}");
        assert_eq!(bench.inbox(), ["x"], "{state}");
        assert_eq!(claims(&mut bench), 0, "{state}");
        assert_eq!(bench.receipt(&first.source)["state"], "inbox");
        first.hand.take(&mut bench, &first.source);
    }
    for state in [
        "waiting_for_runtime_capability",
        "target_lost_before_acceptance",
    ] {
        let mut bench = Bench::new();
        let work = work(&mut bench, true);
        let mut report = work.state(state, 3);
        report.retryable = true;
        assert_eq!(work.tell(&mut bench, report), Reply::Done, "{state}");
        assert_eq!(claims(&mut bench), 1, "{state}");
    }
}

#[test]
fn an_expiry_is_recorded_before_acceptance_and_ends_the_work_after_it() {
    for accepted in [false, true] {
        let mut bench = Bench::new();
        let work = work(&mut bench, accepted);
        assert_eq!(work.report(&mut bench, "expired", 3), Reply::Done);
        assert_eq!(claims(&mut bench), u64::from(!accepted));
    }
}

#[test]
fn what_only_the_broker_reports_is_refused() {
    let mut bench = Bench::new();
    let work = work(&mut bench, true);
    for (state, code) in [
        (
            "assigned_to_runtime_target",
            "assigned_to_runtime_target_broker_owned",
        ),
        ("reply_requested", "reply_requested_broker_owned"),
        ("reply_emitted", "reply_emitted_broker_owned"),
    ] {
        let reply = work.report(&mut bench, state, 3);
        assert_eq!(refused(reply), (403, code));
    }
    let reply = refusal(work.report(&mut bench, "dreaming", 3));
    assert_eq!((reply.status, reply.code), (422, "invalid_request"));
    assert_eq!(reply.extra["field"], "state");
}

#[test]
fn a_number_that_is_not_above_the_last_is_refused_unless_the_event_is_known() {
    let mut bench = Bench::new();
    let work = work(&mut bench, true);
    assert_eq!(
        work.report(&mut bench, "processing_started", 7),
        Reply::Done
    );
    let reply = work.report(&mut bench, "delivery_attempted", 7);
    assert_eq!(
        category(reply),
        (
            "runtime_processing_state_rejected",
            "acceptance_rejected".to_owned()
        )
    );
    assert_eq!(
        work.report(&mut bench, "processing_started", 7),
        Reply::Done
    );
    // The first number is the broker's.
    let second = bench.post("node:self", "y");
    let other = work.hand.take(&mut bench, &second);
    let reply = other.report(&mut bench, "adapter_accepted", 1);
    assert_eq!(category(reply).1, "acceptance_rejected");
    let reply = refusal(work.report(&mut bench, "processing_started", u64::MAX));
    assert_eq!(reply.extra["field"], "state_sequence");
}

#[test]
fn a_finished_claim_is_told_apart_from_an_unknown_one() {
    let mut bench = Bench::new();
    let work = work(&mut bench, true);
    assert_eq!(work.report(&mut bench, "processing_failed", 3), Reply::Done);
    // The same report once more, because its answer was lost.
    assert_eq!(work.report(&mut bench, "processing_failed", 3), Reply::Done);
    let reply = work.report(&mut bench, "processing_started", 4);
    assert_eq!(
        category(reply),
        (
            "runtime_processing_state_rejected",
            "processing_failed_or_expired".to_owned()
        )
    );
    bench.restart();
    bench.stream(1);
    bench.register_with(1, worker("a"));
    let reply = work.report(&mut bench, "processing_started", 4);
    assert_eq!(category(reply).1, "processing_failed_or_expired");
    bench.advance(seconds(24 * 3600 + 120));
    bench.stream(1);
    let id = bench.register_with(1, worker("a"));
    let late = Work {
        hand: Hand { pid: 1, id },
        ..work
    };
    let reply = late.report(&mut bench, "processing_started", 4);
    assert_eq!(
        category(reply),
        ("runtime_assignment_unknown", String::new())
    );
}

#[test]
fn a_report_is_checked_in_the_order_of_the_protocol() {
    let mut bench = Bench::new();
    let work = work(&mut bench, true);
    let other = Hand::new(&mut bench, 2, worker("b"));
    let ask = |bench: &mut Bench, work: &Work, state: &str| refused(work.report(bench, state, 3));
    let nobody = Work {
        hand: Hand {
            pid: 2,
            id: "ep_x".into(),
        },
        ..work.clone()
    };
    assert_eq!(
        ask(&mut bench, &nobody, "reply_emitted"),
        (404, "unknown_endpoint")
    );
    let thief = Work {
        hand: Hand {
            pid: 2,
            ..work.hand.clone()
        },
        ..work.clone()
    };
    assert_eq!(
        ask(&mut bench, &thief, "reply_emitted"),
        (403, "endpoint_pid_mismatch")
    );
    let elsewhere = Work {
        assignment: "asg_x".into(),
        ..work.clone()
    };
    assert_eq!(
        ask(&mut bench, &elsewhere, "reply_emitted"),
        (409, "runtime_assignment_unknown")
    );
    let mixed = Work {
        source: "msg_x".into(),
        ..work.clone()
    };
    assert_eq!(
        ask(&mut bench, &mixed, "reply_emitted"),
        (409, "runtime_assignment_unknown")
    );
    let of_another = Work {
        hand: other,
        ..work.clone()
    };
    assert_eq!(
        ask(&mut bench, &of_another, "reply_emitted"),
        (403, "runtime_assignment_target_mismatch")
    );
    // The header may be left out; the pid of the body still counts.
    let state = work.state("processing_started", 4);
    let reply = bench.ask(Request::ProcessingState(Box::new(state)));
    assert_eq!(reply, Reply::Done);
    let mut state = work.state("processing_started", 5);
    state.pid = 9;
    let reply = bench.ask(Request::ProcessingState(Box::new(state.clone())));
    assert_eq!(refused(reply), (403, "endpoint_pid_mismatch"));
    state.pid = 1;
    let reply = bench.ask_as(caller(9), Request::ProcessingState(Box::new(state)));
    assert_eq!(refused(reply), (403, "endpoint_pid_mismatch"));
}

#[test]
fn an_endpoint_that_lost_its_stream_may_report() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let id = bench.register_with(1, worker("a"));
    let hand = Hand { pid: 1, id };
    let message = bench.post("node:self", "x");
    let work = hand.take(&mut bench, &message);
    bench.close(stream, Liveness::Alive);
    work.accept(&mut bench);
    assert_eq!(bench.receipt(&message)["state"], "confirmed");
}

#[test]
fn without_history_the_content_is_kept_until_the_work_is_done() {
    let mut bench = Bench::with(cmdbus_broker::core::Figures {
        history: false,
        ..Default::default()
    });
    let work = work(&mut bench, true);
    assert_eq!(bench.inbox(), ["x"]);
    let seq = bench.seq(&work.source);
    assert_eq!(bench.content(seq), "x");
    work.report(&mut bench, "processing_failed", 3);
    let content = cmdbus_broker::store::Store::reader(&bench.store).content(seq);
    assert_eq!(
        content.unwrap(),
        Some(cmdbus_broker::store::Content::Dropped)
    );
}

#[test]
fn retention_takes_nothing_away_from_a_message_in_work() {
    let mut bench = Bench::new();
    let work = work(&mut bench, true);
    bench.advance(seconds(8 * 86_400));
    assert_eq!(bench.inbox(), ["x"]);
    assert_eq!(bench.receipt(&work.source)["state"], "confirmed");
}
