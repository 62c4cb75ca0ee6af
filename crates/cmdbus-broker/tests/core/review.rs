//! What must hold where several rules meet.

use cmdbus_broker::core::{
    Effect, Figures, Input, Life, Liveness, NowEffect, Push, Reply, Request,
};
use cmdbus_broker::ids::EndpointId;
use cmdbus_broker::store::Op;

use crate::support::{Bench, caller, metadata, process, refused, register, seconds, send};

/// A bench whose streams hold one message of a thousand bytes and little else.
fn narrow() -> Bench {
    Bench::with(Figures {
        stream_output_bytes: 1800,
        push_receipt_warning: seconds(3600),
        sweep: seconds(5),
        ..Figures::default()
    })
}

fn long() -> String {
    "x".repeat(1000)
}

fn unregister(endpoint: &EndpointId) -> Request {
    Request::Unregister {
        endpoint: endpoint.clone(),
        forget: false,
    }
}

fn session(agent: &str, session: &str) -> cmdbus_broker::core::Metadata {
    cmdbus_broker::core::Metadata {
        runtime_session_id: Some(session.to_owned()),
        ..metadata(agent)
    }
}

#[test]
fn room_that_a_closed_endpoint_leaves_on_its_stream_is_used_by_the_others() {
    let mut bench = narrow();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    let b = bench.register(1, "b");
    bench.post(a.as_str(), &long());
    bench.post(b.as_str(), &long());
    assert_eq!(bench.received(stream).len(), 1);
    bench.ask(unregister(&a));
    assert_eq!(bench.confirm_all(stream), [long()]);
}

#[test]
fn a_message_that_expires_does_not_make_others_miss_the_room_on_their_stream() {
    let mut bench = narrow();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    let b = bench.register(1, "b");
    bench.post(a.as_str(), &long());
    let mut short = send(&a, b.as_str(), &long());
    short.ttl = Some(seconds(1));
    bench.send_whole(short);
    bench.post(b.as_str(), &long());
    let first = bench.received(stream).remove(0).1.unwrap();
    // The message that waits for room expires; the one behind it has to wait as well.
    bench.live(seconds(10));
    bench.pushes.clear();
    bench.input(Input::PushAcked {
        stream,
        push: first,
    });
    assert_eq!(bench.confirm_all(stream), [long()]);
}

#[test]
fn a_ping_never_overtakes_a_push_that_its_pong_would_confirm() {
    let mut bench = Bench::new();
    let stream = bench.plain_stream(1);
    let a = bench.register(1, "a");
    bench.post(a.as_str(), "one");
    bench.pings.clear();
    // The commit of that step takes its time, and so the push has not left yet.
    for _ in 0..4 {
        bench.now.mono += seconds(9);
        let step = bench.core.handle(bench.now, Input::Tick);
        let early = step
            .now
            .iter()
            .any(|effect| matches!(effect, NowEffect::Ping { stream: of, .. } if *of == stream));
        assert!(!early, "a ping must wait for what was pushed before it");
        if step
            .after
            .iter()
            .any(|effect| matches!(effect, Effect::Ping { .. }))
        {
            return;
        }
    }
    panic!("no ping");
}

#[test]
fn attempts_of_a_message_that_was_sent_again_on_its_stream_are_in_its_receipt() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    let message = bench.post(a.as_str(), "one");
    assert_eq!(bench.receipt(&message)["attempts"], 1);
    bench.live(seconds(30));
    let pushed = bench
        .pushes
        .iter()
        .filter(|push| push.stream == stream)
        .map(|push: &Push| push.attempt)
        .max();
    assert_eq!(bench.receipt(&message)["attempts"], pushed.unwrap());
    assert!(pushed > Some(1));
}

/// Gives an endpoint a queue that is longer than what is kept of it in memory.
fn fill(bench: &mut Bench, endpoint: &EndpointId) -> Vec<String> {
    let all: Vec<String> = (0..600).map(|n| n.to_string()).collect();
    for content in &all {
        bench.post(endpoint.as_str(), content);
    }
    all
}

#[test]
fn a_session_that_registers_while_its_endpoint_closes_has_its_mail() {
    let mut bench = Bench::new();
    let old = bench.stream(1);
    let a = bench.register_with(1, session("a", "s"));
    bench.close(old, Liveness::Alive);
    let all = fill(&mut bench, &a);
    bench.hold_reads = true;
    let closing = bench.begin(caller(1), unregister(&a));
    assert!(bench.reply(closing).is_none());
    let stream = bench.stream(2);
    let req = bench.begin(Default::default(), register(2, session("a", "s")));
    // What news there is of the old process does not matter any more.
    bench.input(Input::ProcessState {
        process: process(1),
        state: Liveness::Dead,
    });
    bench.post("session:s", "newer");
    bench.release_reads();
    assert_eq!(bench.reply(closing), Some(Reply::Done));
    assert!(matches!(bench.reply(req), Some(Reply::Json(_))));
    let mut expected = all;
    expected.push("newer".to_owned());
    assert_eq!(bench.confirm_all(stream), expected);
    assert!(bench.inbox().is_empty());
}

#[test]
fn a_conversation_does_not_lead_to_an_endpoint_that_closes() {
    let mut bench = Bench::new();
    let old = bench.stream(1);
    let a = bench.register(1, "a");
    bench.stream(2);
    let b = bench.register(2, "b");
    bench.send(&a, b.as_str(), "question");
    bench.close(old, Liveness::Alive);
    fill(&mut bench, &a);
    bench.hold_reads = true;
    bench.begin(caller(1), unregister(&a));
    let correlation = {
        let rings = bench.store_rings();
        rings[0].clone()
    };
    let mut answer = send(&b, "node:self", "answer");
    answer
        .metadata
        .insert("in_reply_to".to_owned(), correlation.into());
    bench.input(Input::Request {
        req: cmdbus_broker::core::ReqId(9999),
        caller: Default::default(),
        request: Request::Send(Box::new(answer)),
    });
    let queued = bench.ops.iter().any(|op| matches!(op, Op::QueuePush(_)));
    assert!(!queued, "it takes nothing any more");
    bench.release_reads();
    assert_eq!(bench.inbox().len(), 601);
}

#[test]
fn all_endpoints_of_a_session_are_found_however_many_it_has_had() {
    let mut bench = Bench::new();
    let mut last = None;
    for pid in 1..400 {
        bench.stream(pid);
        let id = bench.register_with(pid, session("a", "s"));
        let mut keyed = send(&id, id.as_str(), "x");
        keyed.key = Some("first".to_owned());
        if pid == 1 {
            bench.send_whole(keyed);
        }
        bench.ask(unregister(&id));
        last = Some(pid);
    }
    let pid = last.unwrap() + 1;
    bench.stream(pid);
    let id = bench.register_with(pid, session("a", "s"));
    let mut keyed = send(&id, id.as_str(), "another");
    keyed.key = Some("first".to_owned());
    let reply = bench.ask(Request::Send(Box::new(keyed)));
    let Reply::Refused(refusal) = reply else {
        panic!("the key is that of the whole line: {reply:?}");
    };
    assert_eq!(refusal.code, "idempotency_conflict");
}

#[test]
fn w49_a_stream_that_outlives_its_core_is_pushed_what_was_not_confirmed_in_order() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    for content in ["one", "two", "three"] {
        bench.post(a.as_str(), content);
    }
    let pushes = bench.received(stream);
    bench.input(Input::PushAcked {
        stream,
        push: pushes[1].1.unwrap(),
    });
    let open = cmdbus_broker::core::OpenStream {
        stream,
        process: process(1),
        name: None,
        receipts: true,
        held: false,
    };
    bench.rebuild(Life {
        streams: vec![open],
        generation: 2,
        ..Life::default()
    });
    assert_eq!(bench.state(&a), "active");
    // A receipt for a push of the core before is not taken for one of this.
    bench.input(Input::PushAcked {
        stream,
        push: pushes[0].1.unwrap(),
    });
    bench.pong(stream);
    assert_eq!(bench.confirm_all(stream), ["one", "three"]);
}

#[test]
fn a_small_message_goes_on_when_the_large_one_before_it_expires() {
    let mut bench = narrow();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    let b = bench.register(1, "b");
    bench.post(a.as_str(), &long());
    let mut large = send(&a, b.as_str(), &long());
    large.ttl = Some(seconds(1));
    bench.send_whole(large);
    bench.post(b.as_str(), "small");
    assert_eq!(bench.received(stream).len(), 1);
    bench.live(seconds(10));
    assert_eq!(bench.received(stream).remove(0).0, "small");
}

#[test]
fn a_registration_that_waits_for_news_of_a_process_is_refused_at_the_end() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    bench.register_with(1, session("a", "s"));
    bench.close(stream, Liveness::Alive);
    bench.stream(2);
    let req = bench.begin(Default::default(), register(2, session("a", "s")));
    bench.input(Input::Shutdown { release: false });
    bench.input(Input::ProcessState {
        process: process(1),
        state: Liveness::Dead,
    });
    let reply = bench.reply(req).expect("an answer");
    assert_eq!(refused(reply), (503, "shutting_down"));
}
