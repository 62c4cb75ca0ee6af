//! How messages come and go.

use cmdbus_broker::core::{Input, Liveness, Reply, Request};
use cmdbus_broker::store::Store;

use crate::support::{Bench, refused, seconds, send};

#[test]
fn a_message_is_pushed_and_leaves_its_queue_when_it_is_confirmed() {
    let mut bench = Bench::new();
    let (from, to) = (bench.stream(1), bench.stream(2));
    let (a, b) = (bench.register(1, "a"), bench.register(2, "b"));
    let message = bench.send(&a, &format!("endpoint:{b}"), "hello");
    assert_eq!(bench.receipt(&message)["state"], "pushed");
    assert_eq!(bench.confirm_all(to), ["hello"]);
    let receipt = bench.receipt(&message);
    assert_eq!(receipt["state"], "confirmed");
    assert_eq!(receipt["confirmed_by"], "receipt");
    assert_eq!(receipt["status"], "delivered");
    assert!(bench.received(from).is_empty());
}

#[test]
fn w1_what_was_pushed_and_not_confirmed_comes_again_in_order() {
    let mut bench = Bench::new();
    bench.stream(1);
    let a = bench.register(1, "a");
    let first = bench.stream(2);
    let b = bench.register(2, "b");
    for content in ["one", "two", "three"] {
        bench.send(&a, b.as_str(), content);
    }
    let (_, push) = bench.received(first).remove(0);
    bench.input(Input::PushAcked {
        stream: first,
        push: push.unwrap(),
    });
    bench.close(first, Liveness::Alive);
    bench.send(&a, b.as_str(), "four");
    let second = bench.stream(2);
    assert_eq!(bench.register(2, "b"), b);
    assert_eq!(bench.confirm_all(second), ["two", "three", "four"]);
}

#[test]
fn w14_a_kill_of_the_broker_loses_nothing_and_repeats_only_what_was_not_confirmed() {
    let mut bench = Bench::new();
    bench.stream(1);
    let a = bench.register(1, "a");
    let stream = bench.stream(2);
    let b = bench.register(2, "b");
    for n in 0..1000 {
        bench.send(&a, b.as_str(), &n.to_string());
    }
    for (content, push) in bench.received(stream) {
        if content.parse::<u32>().unwrap() < 10 {
            bench.input(Input::PushAcked {
                stream,
                push: push.unwrap(),
            });
        }
    }
    bench.restart();
    let stream = bench.stream(2);
    assert_eq!(bench.register(2, "b"), b);
    let all: Vec<String> = (10..1000).map(|n| n.to_string()).collect();
    assert_eq!(bench.confirm_all(stream), all);
}

#[test]
fn w2_a_client_without_receipts_confirms_by_the_pong_after_the_message() {
    let mut bench = Bench::new();
    bench.stream(1);
    let a = bench.register(1, "a");
    let stream = bench.plain_stream(2);
    let b = bench.register(2, "b");
    let message = bench.send(&a, b.as_str(), "hello");
    assert_eq!(bench.received(stream).len(), 1);
    assert_eq!(bench.receipt(&message)["state"], "pushed");
    bench.pong(stream);
    assert_eq!(bench.receipt(&message)["confirmed_by"], "barrier");
}

#[test]
fn w16_closing_an_endpoint_moves_its_messages_to_the_inbox() {
    let mut bench = Bench::new();
    bench.stream(1);
    let a = bench.register(1, "a");
    let stream = bench.stream(2);
    let b = bench.register(2, "b");
    for n in 0..600 {
        bench.send(&a, b.as_str(), &n.to_string());
    }
    bench.close(stream, Liveness::Alive);
    bench.advance(seconds(601));
    let all: Vec<String> = (0..600).map(|n| n.to_string()).collect();
    assert_eq!(bench.inbox(), all);
    let item = bench.inbox_items().remove(0);
    assert_eq!(item["reason"], "closed_session_continuation");
    assert_eq!(item["original_target_endpoint_id"], b.as_str());
}

#[test]
fn nobody_of_that_name_is_not_found_and_nothing_is_stored() {
    let mut bench = Bench::new();
    bench.stream(1);
    let a = bench.register(1, "a");
    for to in [
        "endpoint:ep_x",
        "ep_x",
        "session:x",
        "agent:x",
        "node:x",
        "",
        "x:y",
    ] {
        let reply = bench.ask(Request::Send(Box::new(send(&a, to, "hello"))));
        assert_eq!(refused(reply), (404, "recipient_unknown"), "{to}");
        assert!(bench.ops.is_empty());
    }
}

#[test]
fn b16_a_repeated_send_with_its_key_is_stored_once() {
    let mut bench = Bench::new();
    bench.stream(1);
    let stream = bench.stream(2);
    let (a, b) = (bench.register(1, "a"), bench.register(2, "b"));
    let keyed = || {
        let mut send = send(&a, b.as_str(), "hello");
        send.key = Some("k".to_owned());
        Request::Send(Box::new(send))
    };
    // Both are asked before the store has answered the first.
    bench.hold_reads = true;
    let first = bench.begin(Default::default(), keyed());
    let second = bench.begin(Default::default(), keyed());
    bench.release_reads();
    let Some(Reply::Sent { message, .. }) = bench.reply(first) else {
        panic!("not sent");
    };
    let again = |reply| match reply {
        Reply::Sent {
            message: same,
            replayed: true,
            ..
        } => same == message,
        other => panic!("{other:?}"),
    };
    let reply = bench.reply(second).unwrap();
    assert!(again(reply));
    bench.restart();
    let reply = bench.ask(keyed());
    assert!(again(reply));
    let mut other = send(&a, b.as_str(), "something else");
    other.key = Some("k".to_owned());
    let reply = bench.ask(Request::Send(Box::new(other)));
    assert_eq!(refused(reply), (409, "idempotency_conflict"));
    let _ = stream;
    assert_eq!(bench.store.load().unwrap().queues[0].count, 1);
}
