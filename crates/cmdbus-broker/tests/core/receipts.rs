//! What becomes of a message, and sends that are repeated (protocol §6.5).

use std::collections::BTreeMap;
use std::time::Duration;

use cmdbus_broker::core::{
    Caller, Figures, Goal, Input, Liveness, PushId, Reply, Request, Send, Sender, StreamId,
};
use cmdbus_broker::ids::{EndpointId, MessageId};
use serde_json::{Value, json};

use crate::support::{Bench, caller, json, metadata, owner, refused, seconds, send};

fn ask_receipt(message: &MessageId, wait: Option<(Goal, u64)>) -> Request {
    Request::Receipt {
        message: message.clone(),
        wait: wait.map(|(goal, timeout)| (goal, seconds(timeout))),
    }
}

fn state(bench: &mut Bench, message: &MessageId) -> (String, u64) {
    let receipt = bench.receipt(message);
    (
        receipt["state"].as_str().unwrap().to_owned(),
        receipt["hop"].as_u64().unwrap(),
    )
}

fn is(state: (String, u64), word: &str, hop: u64) {
    assert_eq!((state.0.as_str(), state.1), (word, hop));
}

fn dispatch(bench: &mut Bench, message: &MessageId, target: &EndpointId) -> Reply {
    bench.ask(Request::Dispatch {
        undispatched: message.as_str().into(),
        target: target.clone(),
    })
}

fn discard(bench: &mut Bench, message: &MessageId) -> Reply {
    bench.ask(Request::Discard {
        undispatched: message.as_str().into(),
    })
}

/// An endpoint without its stream, and a message that waits for it.
fn waiting() -> (Bench, EndpointId, MessageId) {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    bench.close(stream, Liveness::Alive);
    let message = bench.post(a.as_str(), "hello");
    (bench, a, message)
}

/// The same, pushed and not confirmed.
fn pushed() -> (Bench, EndpointId, MessageId, StreamId, PushId) {
    let (mut bench, a, message) = waiting();
    let stream = bench.stream(1);
    assert_eq!(bench.register(1, "a"), a);
    let (_, push) = bench.received(stream).remove(0);
    (bench, a, message, stream, push.unwrap())
}

// Every arrow.

#[test]
fn b16_durable_becomes_pushed_and_then_confirmed() {
    let (mut bench, a, message) = waiting();
    is(state(&mut bench, &message), "durable", 0);
    let stream = bench.stream(1);
    bench.register(1, "a");
    is(state(&mut bench, &message), "pushed", 0);
    bench.confirm_all(stream);
    let receipt = bench.receipt(&message);
    assert_eq!(receipt["state"], "confirmed");
    assert_eq!(receipt["confirmed_by"], "receipt");
    assert_eq!(receipt["endpoint_id"], a.as_str());
    assert_eq!(receipt["attempts"], 1);
    assert_eq!(receipt["status"], "stored");
    for time in ["accepted", "durable", "pushed", "ended"] {
        assert!(receipt["times"][time].is_string(), "{time}");
    }
    assert!(receipt.get("content").is_none());
}

#[test]
fn b16_durable_becomes_confirmed_though_nobody_saw_it_pushed() {
    let (mut bench, _, message, stream, push) = pushed();
    bench.input(Input::PushAcked { stream, push });
    is(state(&mut bench, &message), "confirmed", 0);
}

#[test]
fn b16_durable_becomes_inbox_when_its_endpoint_closes() {
    let (mut bench, _, message) = waiting();
    bench.advance(seconds(600));
    is(state(&mut bench, &message), "inbox", 0);
    assert_eq!(bench.receipt(&message)["undispatched_id"], message.as_str());
}

#[test]
fn b16_pushed_becomes_inbox_when_its_endpoint_closes_and_stays_known_as_pushed() {
    let (mut bench, _, message, stream, _) = pushed();
    bench.close(stream, Liveness::Dead);
    let receipt = bench.receipt(&message);
    assert_eq!(receipt["state"], "inbox");
    assert_eq!(receipt["attempts"], 1);
    assert!(receipt["times"]["pushed"].is_string());
}

#[test]
fn b16_a_lost_stream_takes_pushed_not_back() {
    let (mut bench, _, message, stream, _) = pushed();
    is(state(&mut bench, &message), "pushed", 0);
    bench.close(stream, Liveness::Alive);
    is(state(&mut bench, &message), "pushed", 0);
    bench.restart();
    is(state(&mut bench, &message), "pushed", 0);
    bench.stream(1);
    bench.register(1, "a");
    let receipt = bench.receipt(&message);
    assert_eq!(
        (&receipt["state"], &receipt["attempts"]),
        (&json!("pushed"), &json!(2))
    );
}

#[test]
fn b16_inbox_becomes_durable_one_hop_further_by_a_dispatch() {
    let mut bench = Bench::new();
    let message = bench.post("node:self", "hello");
    is(state(&mut bench, &message), "inbox", 0);
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    bench.close(stream, Liveness::Alive);
    assert_eq!(dispatch(&mut bench, &message, &a), Reply::Done);
    is(state(&mut bench, &message), "durable", 1);
    let stream = bench.stream(1);
    bench.register(1, "a");
    is(state(&mut bench, &message), "pushed", 1);
    bench.confirm_all(stream);
    is(state(&mut bench, &message), "confirmed", 1);
}

#[test]
fn a_message_that_was_dispatched_may_fall_into_the_inbox_again() {
    let mut bench = Bench::new();
    let message = bench.post("node:self", "hello");
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    dispatch(&mut bench, &message, &a);
    bench.close(stream, Liveness::Dead);
    is(state(&mut bench, &message), "inbox", 1);
    bench.stream(2);
    let b = bench.register(2, "b");
    dispatch(&mut bench, &message, &b);
    is(state(&mut bench, &message), "pushed", 2);
    assert_eq!(bench.receipt(&message)["attempts"], 2);
}

#[test]
fn b16_inbox_becomes_settled_by_a_decision_and_stays_so() {
    let mut bench = Bench::new();
    let message = bench.post("node:self", "hello");
    assert_eq!(discard(&mut bench, &message), Reply::Done);
    let receipt = bench.receipt(&message);
    assert_eq!(receipt["state"], "settled");
    assert_eq!(receipt["reason"], "owner_discarded");
    assert_eq!(
        refused(discard(&mut bench, &message)),
        (404, "undispatched_unknown")
    );
    bench.stream(1);
    let a = bench.register(1, "a");
    assert_eq!(
        refused(dispatch(&mut bench, &message, &a)),
        (400, "dispatch_failed")
    );
    is(state(&mut bench, &message), "settled", 0);
}

#[test]
fn b16_durable_pushed_and_inbox_become_expired() {
    let short_lived = |bench: &mut Bench, to: &str| {
        let mut send = send(&"-".into(), to, "hello");
        send.sender = Sender::Node;
        send.ttl = Some(seconds(10));
        bench.send_whole(send).0
    };
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    let pushed = short_lived(&mut bench, a.as_str());
    is(state(&mut bench, &pushed), "pushed", 0);
    bench.close(stream, Liveness::Alive);
    let durable = short_lived(&mut bench, a.as_str());
    let inbox = short_lived(&mut bench, "node:self");
    bench.advance(seconds(70));
    for message in [pushed, durable, inbox] {
        is(state(&mut bench, &message), "expired", 0);
    }
}

// Waits.

#[test]
fn whoever_waits_for_pushed_is_told_when_it_is() {
    let (mut bench, _, message) = waiting();
    let req = bench.begin(
        Caller::default(),
        ask_receipt(&message, Some((Goal::Pushed, 20))),
    );
    bench.advance(seconds(5));
    assert!(bench.reply(req).is_none());
    bench.stream(1);
    bench.register(1, "a");
    let reply = bench.reply(req).unwrap();
    assert_eq!(json(reply)["state"], "pushed");
}

#[test]
fn whoever_waits_for_confirmed_is_not_content_with_pushed() {
    let (mut bench, _, message, stream, push) = pushed();
    let req = bench.begin(
        Caller::default(),
        ask_receipt(&message, Some((Goal::Confirmed, 20))),
    );
    assert!(bench.reply(req).is_none());
    bench.input(Input::PushAcked { stream, push });
    let reply = bench.reply(req).unwrap();
    assert_eq!(json(reply)["state"], "confirmed");
}

#[test]
fn any_end_ends_a_wait() {
    let mut bench = Bench::new();
    let message = bench.post("node:self", "hello");
    let req = bench.begin(
        Caller::default(),
        ask_receipt(&message, Some((Goal::Confirmed, 20))),
    );
    discard(&mut bench, &message);
    let reply = bench.reply(req).unwrap();
    assert_eq!(json(reply)["state"], "settled");
    // And one that is there already needs no wait.
    let reply = bench.ask(ask_receipt(&message, Some((Goal::Pushed, 20))));
    assert_eq!(json(reply)["state"], "settled");
}

#[test]
fn a_wait_that_is_over_shows_what_is() {
    let (mut bench, _, message) = waiting();
    let req = bench.begin(
        Caller::default(),
        ask_receipt(&message, Some((Goal::Pushed, 7))),
    );
    bench.advance(seconds(6));
    assert!(bench.reply(req).is_none());
    bench.advance(seconds(1));
    let reply = bench.reply(req).unwrap();
    assert_eq!(json(reply)["state"], "durable");
}

#[test]
fn a_wait_is_never_longer_than_25_seconds_and_ends_with_the_broker() {
    let (mut bench, _, message) = waiting();
    let ask = ask_receipt(&message, Some((Goal::Pushed, 3600)));
    let first = bench.begin(Caller::default(), ask.clone());
    bench.advance(seconds(25));
    assert!(bench.reply(first).is_some());
    let second = bench.begin(Caller::default(), ask);
    bench.input(Input::Shutdown { release: false });
    assert!(bench.reply(second).is_some());
}

#[test]
fn a_wait_that_nobody_has_any_more_is_forgotten() {
    let (mut bench, _, message) = waiting();
    let req = bench.begin(
        Caller::default(),
        ask_receipt(&message, Some((Goal::Pushed, 7))),
    );
    bench.input(Input::RequestGone { req });
    bench.advance(seconds(20));
    bench.stream(1);
    bench.register(1, "a");
    assert!(bench.reply(req).is_none());
}

// Who may see it, and lists.

#[test]
fn a_receipt_is_shown_to_whoever_may_act_for_its_sender() {
    let mut bench = Bench::new();
    bench.stream(1);
    let (a, token) = bench.register_whole(1, metadata("a"));
    let message = bench.send(&a, "node:self", "hello");
    let ask = || ask_receipt(&message, None);
    for right in [caller(1), owner(&token), Caller::default()] {
        assert!(matches!(bench.ask_as(right, ask()), Reply::Json(_)));
    }
    let reply = bench.ask_as(caller(2), ask());
    assert_eq!(refused(reply), (403, "endpoint_pid_mismatch"));
    let reply = bench.ask_as(owner("wrong"), ask());
    assert_eq!(refused(reply), (403, "endpoint_owner_token_mismatch"));
    let reply = bench.ask(ask_receipt(&"msg_x".into(), None));
    assert_eq!(refused(reply), (404, "receipt_unknown"));
}

#[test]
fn the_open_receipts_of_a_sender_are_listed_in_pages_oldest_first() {
    let mut bench = Bench::new();
    bench.stream(1);
    let a = bench.register(1, "a");
    let sent: Vec<MessageId> = (0..5)
        .map(|n| bench.send(&a, "node:self", &n.to_string()))
        .collect();
    bench.post("node:self", "somebody else's");
    discard(&mut bench, &sent[1]);
    let mut after = None;
    let mut found = Vec::new();
    loop {
        let body = json(bench.ask(Request::OpenReceipts {
            sender: Sender::Endpoint(a.clone()),
            after: after.take(),
            limit: 3,
        }));
        for item in body["items"].as_array().unwrap() {
            found.push(item["message_id"].as_str().unwrap().to_owned());
        }
        match body.get("next").and_then(Value::as_str) {
            Some(next) => after = Some(next.into()),
            None => break,
        }
    }
    let open = [&sent[0], &sent[2], &sent[3], &sent[4]];
    assert!(found.iter().eq(open.iter().map(|id| id.as_str())));
}

// Keys.

fn keyed(sender: &EndpointId, to: &str, content: &str) -> Send {
    let mut send = send(sender, to, content);
    send.key = Some("k".to_owned());
    send
}

fn replayed(reply: Reply) -> (MessageId, bool) {
    match reply {
        Reply::Sent {
            message, replayed, ..
        } => (message, replayed),
        other => panic!("not sent: {other:?}"),
    }
}

#[test]
fn b16_the_fingerprint_of_a_key_is_all_that_was_sent_but_not_the_order_of_members() {
    let mut bench = Bench::new();
    bench.stream(1);
    let a = bench.register(1, "a");
    let original = || {
        let mut send = keyed(&a, "node:self", "hello");
        send.metadata = serde_json::from_str(r#"{"x": 1, "y": {"p": 1, "q": [1, 2]}}"#).unwrap();
        send
    };
    let (first, _) = bench.send_whole(original());
    let mut reordered = original();
    reordered.metadata = serde_json::from_str(r#"{"y": {"q": [1, 2], "p": 1}, "x": 1}"#).unwrap();
    let reply = bench.ask(Request::Send(Box::new(reordered)));
    assert_eq!(replayed(reply), (first.clone(), true));
    type Change = fn(&mut Send);
    let changes: [Change; 6] = [
        |send| send.to = "node:nobody".to_owned(),
        |send| send.content = "other".to_owned(),
        |send| send.content_type = "json".to_owned(),
        |send| send.metadata["y"]["q"] = json!([2, 1]),
        |send| send.require_live = true,
        |send| send.ttl = Some(Duration::from_secs(5)),
    ];
    for change in changes {
        let mut other = original();
        change(&mut other);
        match bench.ask(Request::Send(Box::new(other))) {
            Reply::Refused(refusal) => {
                assert_eq!(
                    (refusal.status, refusal.code),
                    (409, "idempotency_conflict")
                );
                assert_eq!(refusal.extra["messageId"], first.as_str());
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(bench.inbox().len(), 1);
}

#[test]
fn a_key_is_told_again_although_its_sender_is_no_longer_active() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    let (first, _) = bench.send_whole(keyed(&a, "node:self", "hello"));
    bench.close(stream, Liveness::Alive);
    let reply = bench.ask(Request::Send(Box::new(keyed(&a, "node:self", "hello"))));
    assert_eq!(replayed(reply), (first, true));
    let unkeyed = bench.ask(Request::Send(Box::new(send(&a, "node:self", "hello"))));
    assert_eq!(refused(unkeyed), (409, "endpoint_not_active"));
}

#[test]
fn a_key_belongs_to_its_sender_and_its_successors() {
    let mut bench = Bench::new();
    let mut session = metadata("a");
    session.runtime_session_id = Some("s".to_owned());
    let stream = bench.stream(1);
    let a = bench.register_with(1, session.clone());
    let other = bench.register(1, "b");
    let (first, _) = bench.send_whole(keyed(&a, "node:self", "hello"));
    let (of_other, _) = bench.send_whole(keyed(&other, "node:self", "hello"));
    assert_ne!(first, of_other);
    bench.close(stream, Liveness::Dead);
    bench.stream(2);
    let b = bench.register_with(2, session);
    assert_ne!(a, b);
    let reply = bench.ask(Request::Send(Box::new(keyed(&b, "node:self", "hello"))));
    assert_eq!(replayed(reply), (first.clone(), true));
    let body = json(bench.ask(Request::ReceiptByKey {
        sender: Sender::Endpoint(b),
        key: "k".to_owned(),
    }));
    assert_eq!(body["message_id"], first.as_str());
    assert_eq!(body["idempotency_key"], "k");
}

#[test]
fn a_refused_send_leaves_no_record_of_its_key() {
    let mut bench = Bench::new();
    bench.stream(1);
    let a = bench.register(1, "a");
    let reply = bench.ask(Request::Send(Box::new(keyed(&a, "agent:nobody", "hello"))));
    assert_eq!(refused(reply), (404, "recipient_unknown"));
    let reply = bench.ask(Request::ReceiptByKey {
        sender: Sender::Endpoint(a.clone()),
        key: "k".to_owned(),
    });
    assert_eq!(refused(reply), (404, "receipt_unknown"));
    let reply = bench.ask(Request::Send(Box::new(keyed(&a, "node:self", "another"))));
    assert!(!replayed(reply).1);
}

// Never backwards.

/// Numbers that look random and are the same for each seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % sides
    }
}

/// The place of a state in the table; all ends are one.
fn place(state: &str) -> u64 {
    match state {
        "accepted" => 0,
        "durable" => 1,
        "pushed" => 2,
        "inbox" => 3,
        "confirmed" | "settled" | "expired" => 4,
        other => panic!("no state: {other}"),
    }
}

/// A bench in which anything may happen to two endpoints and their mail.
struct Run {
    bench: Bench,
    dice: Dice,
    endpoints: [EndpointId; 2],
    streams: [Option<StreamId>; 2],
    pushes: Vec<(StreamId, PushId)>,
    sent: Vec<MessageId>,
    seen: BTreeMap<MessageId, (u64, String)>,
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut bench = Bench::with(Figures {
            endpoint_grace: seconds(40),
            ..Figures::default()
        });
        let streams = [bench.stream(1), bench.stream(2)];
        let endpoints = [bench.register(1, "a"), bench.register(2, "b")];
        Self {
            bench,
            dice: Dice(seed),
            endpoints,
            streams: streams.map(Some),
            pushes: Vec::new(),
            sent: Vec::new(),
            seen: BTreeMap::new(),
        }
    }

    fn step(&mut self) {
        let which = self.dice.roll(2) as usize;
        match self.dice.roll(12) {
            0..=3 => self.send(which),
            4 | 5 => self.confirm(),
            6 => {
                if let Some(stream) = self.streams[which].take() {
                    let dead = self.dice.roll(4) == 0;
                    let process = if dead {
                        Liveness::Dead
                    } else {
                        Liveness::Alive
                    };
                    self.bench.close(stream, process);
                }
            }
            7 => self.come_back(which),
            8 => self.decide(which),
            9 => {
                self.bench.restart();
                self.streams = [None, None];
            }
            10 => {
                self.bench.advance(seconds(10));
                self.answer_pings();
            }
            _ => self.look(),
        }
        // Replacing or giving up streams is the core's right.
        for (closed, ..) in std::mem::take(&mut self.bench.closed) {
            for stream in &mut self.streams {
                stream.take_if(|stream| *stream == closed);
            }
        }
        let pushes = std::mem::take(&mut self.bench.pushes);
        self.pushes.extend(
            pushes
                .into_iter()
                .map(|push| (push.stream, push.push.unwrap())),
        );
    }

    fn send(&mut self, which: usize) {
        let to = match self.dice.roll(4) {
            0 => "node:self".to_owned(),
            _ => self.endpoints[which].as_str().to_owned(),
        };
        let mut send = send(&"-".into(), &to, "hello");
        send.sender = Sender::Node;
        send.ttl = (self.dice.roll(4) == 0).then(|| seconds(15));
        self.sent.push(self.bench.send_whole(send).0);
    }

    fn confirm(&mut self) {
        if !self.pushes.is_empty() {
            let at = self.dice.roll(self.pushes.len() as u64) as usize;
            let (stream, push) = self.pushes.swap_remove(at);
            self.bench.input(Input::PushAcked { stream, push });
        }
    }

    fn come_back(&mut self, which: usize) {
        let (pid, agent) = [(1, "a"), (2, "b")][which];
        if self.streams[which].is_none() {
            self.streams[which] = Some(self.bench.stream(pid));
            self.endpoints[which] = self.bench.register(pid, agent);
        }
    }

    fn decide(&mut self, which: usize) {
        if self.sent.is_empty() {
            return;
        }
        let at = self.dice.roll(self.sent.len() as u64) as usize;
        let message = self.sent[at].clone();
        if self.dice.roll(4) == 0 {
            discard(&mut self.bench, &message);
        } else {
            let target = self.endpoints[which].clone();
            dispatch(&mut self.bench, &message, &target);
        }
    }

    fn answer_pings(&mut self) {
        for stream in self.streams.into_iter().flatten() {
            if self.dice.roll(3) > 0 {
                self.bench.pong(stream);
            }
        }
    }

    fn look(&mut self) {
        for message in &self.sent {
            let receipt = self.bench.receipt(message);
            let state = receipt["state"].as_str().unwrap().to_owned();
            let rank = receipt["hop"].as_u64().unwrap() * 4 + place(&state);
            if let Some((before, was)) = self.seen.get(message) {
                assert!(rank >= *before, "{message} was {was} and is {state}");
                let ended = place(was) == 4;
                assert!(!ended || *was == state, "{message} had ended as {was}");
            }
            self.seen.insert(message.clone(), (rank, state));
        }
    }
}

#[test]
fn b16_no_receipt_goes_backwards_in_1000_random_runs_with_kills() {
    let mut ends = BTreeMap::<String, usize>::new();
    for seed in 0..1000 {
        let mut run = Run::new(seed);
        for _ in 0..60 {
            run.step();
        }
        run.look();
        for (_, state) in run.seen.into_values() {
            *ends.entry(state).or_default() += 1;
        }
    }
    // The runs are worth something only if they get everywhere.
    for state in [
        "durable",
        "pushed",
        "inbox",
        "confirmed",
        "settled",
        "expired",
    ] {
        assert!(
            ends.get(state).is_some_and(|&count| count > 100),
            "{ends:?}"
        );
    }
}
