//! Where messages go: addresses (protocol §1.7), routing (§5), and the checks of a send (§6).

use cmdbus_broker::core::{
    Caller, Figures, Level, Liveness, Metadata, Refusal, Reply, Request, Send, Sender,
};
use cmdbus_broker::ids::{EndpointId, MessageId};
use cmdbus_broker::store::{Content, SendStatus, Store};
use serde_json::{Map, Value, json};

use crate::support::{Bench, caller, metadata, owner, refused, seconds, send};

/// Endpoint `a` of process 1, and `b` of process 2.
fn two() -> (Bench, EndpointId, EndpointId) {
    let mut bench = Bench::new();
    bench.stream(1);
    bench.stream(2);
    let (a, b) = (bench.register(1, "a"), bench.register(2, "b"));
    (bench, a, b)
}

fn close(bench: &mut Bench, endpoint: &EndpointId) {
    let reply = bench.ask(Request::Unregister {
        endpoint: endpoint.clone(),
        forget: false,
    });
    assert_eq!(reply, Reply::Done);
}

fn try_send(bench: &mut Bench, send: Send) -> Reply {
    bench.ask(Request::Send(Box::new(send)))
}

fn refusal(reply: Reply) -> Refusal {
    match reply {
        Reply::Refused(refusal) => *refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// The metadata with which a message was stored.
fn stored(bench: &mut Bench, message: &MessageId) -> Map<String, Value> {
    let reader = bench.store.reader();
    let record = reader.receipt(message).unwrap().unwrap();
    match reader.content(record.seq).unwrap() {
        Some(Content::Whole(message)) => serde_json::from_str(message.metadata.as_str()).unwrap(),
        other => panic!("no content: {other:?}"),
    }
}

fn correlation(bench: &mut Bench, message: &MessageId) -> String {
    stored(bench, message)["correlation_id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Where a message is: an endpoint, or the reason for which it is in the inbox.
fn place(bench: &mut Bench, message: &MessageId) -> String {
    let receipt = bench.receipt(message);
    if let Some(endpoint) = receipt["endpoint_id"].as_str() {
        return endpoint.to_owned();
    }
    let item = bench
        .inbox_items()
        .into_iter()
        .find(|item| item["id"] == message.as_str());
    item.unwrap()["reason"].as_str().unwrap().to_owned()
}

fn reply_to(from: &EndpointId, to: &str, correlation: &str) -> Send {
    let mut send = send(from, to, "reply");
    send.metadata
        .insert("in_reply_to".to_owned(), correlation.into());
    send
}

// Addresses.

#[test]
fn an_endpoint_is_named_with_and_without_its_kind() {
    let (mut bench, a, b) = two();
    for to in [format!("endpoint:{b}"), b.to_string()] {
        let message = bench.send(&a, &to, "hello");
        assert_eq!(place(&mut bench, &message), b.as_str());
    }
}

#[test]
fn a_closed_endpoint_leads_to_the_inbox() {
    let (mut bench, a, b) = two();
    close(&mut bench, &b);
    let (message, status) = bench.send_whole(send(&a, b.as_str(), "hello"));
    assert_eq!(status, SendStatus::Stored);
    let item = bench.inbox_items().remove(0);
    assert_eq!(item["id"], message.as_str());
    assert_eq!(item["reason"], "closed_session_continuation");
    assert_eq!(item["original_target_endpoint_id"], b.as_str());
}

fn session(agent: &str) -> Metadata {
    let mut metadata = metadata(agent);
    metadata.runtime_session_id = Some("s".to_owned());
    metadata
}

#[test]
fn a_session_is_where_it_was_seen_last() {
    let mut bench = Bench::new();
    for pid in 1..=3 {
        bench.stream(pid);
    }
    let a = bench.register(1, "a");
    let first = bench.register_with(2, session("x"));
    bench.advance(seconds(1));
    let second = bench.register_with(3, session("y"));
    let message = bench.send(&a, "session:s", "hello");
    assert_eq!(place(&mut bench, &message), second.as_str());
    close(&mut bench, &second);
    let message = bench.send(&a, "session:s", "hello");
    assert_eq!(place(&mut bench, &message), first.as_str());
    close(&mut bench, &first);
    let message = bench.send(&a, "session:s", "hello");
    assert_eq!(place(&mut bench, &message), "closed_session_continuation");
    let reply = try_send(&mut bench, send(&a, "session:other", "hello"));
    assert_eq!(refused(reply), (404, "recipient_unknown"));
}

#[test]
fn an_agent_is_its_only_live_endpoint_or_the_inbox_for_it_alone() {
    let (mut bench, a, b) = two();
    let message = bench.send(&a, "agent:b", "hello");
    assert_eq!(place(&mut bench, &message), b.as_str());
    let second = bench.register(2, "b");
    let message = bench.send(&a, "agent:b", "hello");
    assert_eq!(place(&mut bench, &message), "unaddressed");
    close(&mut bench, &b);
    let message = bench.send(&a, "agent:b", "hello");
    assert_eq!(place(&mut bench, &message), second.as_str());
    close(&mut bench, &second);
    let message = bench.send(&a, "agent:b", "hello");
    assert_eq!(place(&mut bench, &message), "unaddressed");
    let agents: Vec<Option<String>> = bench
        .store
        .load()
        .unwrap()
        .inbox
        .into_iter()
        .filter(|entry| entry.row.reason == cmdbus_broker::store::InboxReason::Unaddressed)
        .map(|entry| entry.row.agent)
        .collect();
    assert_eq!(agents, [Some("b".to_owned()), Some("b".to_owned())]);
}

#[test]
fn the_node_has_three_names() {
    let mut bench = Bench::with(Figures {
        node_alias: Some("home".to_owned()),
        ..Figures::default()
    });
    bench.post("node:self", "hello");
    let sender = bench.inbox_items()[0]["sender_address"].clone();
    let node = sender.as_str().unwrap().to_owned();
    assert!(node.starts_with("node:"));
    bench.post(&node, "hello");
    bench.post("node:home", "hello");
    assert_eq!(bench.inbox().len(), 3);
    // The id stays over a restart.
    bench.restart();
    bench.post(&node, "hello");
}

#[test]
fn a_delivery_names_its_sender_so_that_a_reply_reaches_it() {
    let (mut bench, a, b) = two();
    bench.send(&a, b.as_str(), "hello");
    let seq = bench.pushes[0].seq;
    let Some(Content::Whole(message)) = bench.store.reader().content(seq).unwrap() else {
        panic!("no content");
    };
    assert_eq!(message.sender, format!("endpoint:{a}"));
    let reply = bench.send(&b, &message.sender, "reply");
    assert_eq!(place(&mut bench, &reply), a.as_str());
}

#[test]
fn a_send_is_delivered_only_to_an_endpoint_that_was_active() {
    let (mut bench, a, b) = two();
    let status = |bench: &mut Bench, to: &str| bench.send_whole(send(&a, to, "hello")).1;
    assert_eq!(status(&mut bench, b.as_str()), SendStatus::Delivered);
    assert_eq!(status(&mut bench, "node:self"), SendStatus::Stored);
    let stream = bench.pushes[0].stream;
    bench.close(stream, Liveness::Alive);
    assert_eq!(status(&mut bench, b.as_str()), SendStatus::Stored);
}

#[test]
fn who_must_be_there_and_is_not_is_sent_nothing() {
    let (mut bench, a, b) = two();
    bench.register(2, "b");
    let live = |to: &str| {
        let mut send = send(&a, to, "hello");
        send.require_live = true;
        send
    };
    bench.send_whole(live(b.as_str()));
    let stream = bench.pushes[0].stream;
    bench.close(stream, Liveness::Alive);
    for to in [b.as_str(), "agent:b", "node:self"] {
        let reply = try_send(&mut bench, live(to));
        assert_eq!(refused(reply), (409, "recipient_not_live"), "{to}");
        assert!(bench.ops.is_empty());
    }
}

#[test]
fn one_may_write_to_oneself_by_name() {
    let (mut bench, a, _) = two();
    let message = bench.send(&a, a.as_str(), "hello");
    assert_eq!(place(&mut bench, &message), a.as_str());
}

// Conversations.

#[test]
fn a_reply_without_an_address_follows_its_conversation() {
    let (mut bench, a, b) = two();
    let question = bench.send(&a, b.as_str(), "question");
    let correlation = correlation(&mut bench, &question);
    let (reply, _) = bench.send_whole(reply_to(&b, "node:self", &correlation));
    assert_eq!(place(&mut bench, &reply), a.as_str());
}

#[test]
fn a_conversation_goes_on_after_a_restart() {
    let (mut bench, a, b) = two();
    let question = bench.send(&a, b.as_str(), "question");
    let correlation = correlation(&mut bench, &question);
    bench.restart();
    bench.stream(2);
    bench.register(2, "b");
    let (reply, _) = bench.send_whole(reply_to(&b, "node:self", &correlation));
    assert_eq!(place(&mut bench, &reply), a.as_str());
}

#[test]
fn w29_a_conversation_never_leads_back_to_its_sender() {
    let (mut bench, a, b) = two();
    let question = bench.send(&a, b.as_str(), "question");
    let correlation = correlation(&mut bench, &question);
    // From the first reply on both hold the id; each one's next message goes to the other.
    for (sender, receiver) in [(&b, &a), (&a, &b), (&b, &a)] {
        let (next, _) = bench.send_whole(reply_to(sender, "node:self", &correlation));
        assert_eq!(place(&mut bench, &next), receiver.as_str());
    }
    close(&mut bench, &b);
    let (alone, _) = bench.send_whole(reply_to(&a, "node:self", &correlation));
    assert_eq!(place(&mut bench, &alone), "unaddressed");
}

#[test]
fn w7_of_several_in_a_conversation_the_earliest_registered_gets_it_and_that_is_logged() {
    let (mut bench, a, b) = two();
    bench.stream(3);
    let c = bench.register(3, "c");
    let question = bench.send(&a, b.as_str(), "question");
    let correlation = correlation(&mut bench, &question);
    bench.send_whole(reply_to(&b, c.as_str(), &correlation));
    bench.log.clear();
    let (reply, _) = bench.send_whole(reply_to(&c, "node:self", &correlation));
    assert_eq!(place(&mut bench, &reply), a.as_str());
    let logged = |notice: &cmdbus_broker::core::Notice| {
        notice.level == Level::Debug
            && notice.text.contains(&correlation)
            && notice.text.contains("2 endpoints")
    };
    assert!(bench.log.iter().any(logged));
}

#[test]
fn a_known_target_wins_over_the_conversation() {
    let (mut bench, a, b) = two();
    bench.stream(3);
    let c = bench.register(3, "c");
    let question = bench.send(&a, b.as_str(), "question");
    let correlation = correlation(&mut bench, &question);
    let (reply, _) = bench.send_whole(reply_to(&b, c.as_str(), &correlation));
    assert_eq!(place(&mut bench, &reply), c.as_str());
}

#[test]
fn the_mail_of_the_node_belongs_to_no_conversation() {
    let mut bench = Bench::new();
    bench.stream(1);
    let a = bench.register(1, "a");
    let message = bench.post(a.as_str(), "question");
    let correlation = correlation(&mut bench, &message);
    assert!(
        !stored(&mut bench, &message).contains_key("source_endpoint_id"),
        "the node is no endpoint"
    );
    let from = format!("node:{}", "self");
    let (reply, _) = bench.send_whole(reply_to(&a, &from, &correlation));
    assert_eq!(place(&mut bench, &reply), "unaddressed");
    // It goes on with the conversation all the same.
    assert_eq!(
        stored(&mut bench, &reply)["correlation_id"].as_str(),
        Some(correlation.as_str())
    );
}

// Push or pull.

/// Sends a message to an endpoint with this metadata, as the beginning and as the continuation of a
/// conversation. Returns where each is.
fn push_or_pull(figures: Figures, receiver: Metadata) -> (String, String) {
    let mut bench = Bench::with(figures);
    bench.stream(1);
    bench.stream(2);
    let a = bench.register(1, "a");
    let b = bench.register_with(2, receiver);
    let here = |place: String| {
        if place == b.as_str() {
            "pushed".to_owned()
        } else {
            place
        }
    };
    let first = bench.send(&a, b.as_str(), "first");
    let question = bench.send(&b, a.as_str(), "question");
    let correlation = correlation(&mut bench, &question);
    let (reply, _) = bench.send_whole(reply_to(&a, b.as_str(), &correlation));
    for item in bench.inbox_items() {
        assert_eq!(item["original_target_endpoint_id"], b.as_str());
    }
    let first = here(place(&mut bench, &first));
    let reply = here(place(&mut bench, &reply));
    (first, reply)
}

fn declaring(capabilities: &[&str], mode: Option<&str>, surface: Option<&str>) -> Metadata {
    let mut metadata = metadata("b");
    metadata.runtime_capabilities = capabilities.iter().map(|&name| name.to_owned()).collect();
    metadata.background_exchange_mode = mode.map(str::to_owned);
    metadata.execution_surface = surface.map(str::to_owned);
    metadata
}

#[test]
fn w28_an_endpoint_is_pushed_or_pulls_by_what_it_declared() {
    const BACKGROUND: &str = "background_exchange_v1";
    const FOREGROUND: &str = "foreground_channel_v1";
    let resident = Some("resident_endpoint");
    let cases = [
        // W28: who declares nothing gets everything.
        (declaring(&[], None, None), "pushed", "pushed"),
        (declaring(&[], None, Some("headless")), "pushed", "pushed"),
        (declaring(&[], None, Some("elsewhere")), "pushed", "pushed"),
        (
            declaring(&[], None, Some("owner_attached")),
            "pushed",
            "correlated_continuation",
        ),
        (
            declaring(&[FOREGROUND], None, Some("owner_attached")),
            "pushed",
            "pushed",
        ),
        (
            declaring(&[BACKGROUND], resident, None),
            "unaddressed",
            "correlated_continuation",
        ),
        (
            declaring(&[BACKGROUND], Some("adapter_managed_turn"), None),
            "unaddressed",
            "correlated_continuation",
        ),
        (
            declaring(&[BACKGROUND, FOREGROUND], resident, None),
            "unaddressed",
            "pushed",
        ),
        (
            declaring(&[BACKGROUND], resident, Some("headless")),
            "unaddressed",
            "pushed",
        ),
        // Without a mode it is not asked for.
        (
            declaring(&[BACKGROUND], None, None),
            "pushed",
            "correlated_continuation",
        ),
        (
            declaring(&[BACKGROUND], Some("other"), Some("headless")),
            "pushed",
            "pushed",
        ),
        (declaring(&[], resident, None), "pushed", "pushed"),
    ];
    for (receiver, first, reply) in cases {
        let shown = format!("{receiver:?}");
        let found = push_or_pull(Figures::default(), receiver);
        assert_eq!(
            (found.0.as_str(), found.1.as_str()),
            (first, reply),
            "{shown}"
        );
    }
}

#[test]
fn the_strict_gate_pushes_replies_only_to_those_that_said_so() {
    let strict = || Figures {
        strict_foreground_gate: true,
        ..Figures::default()
    };
    for (receiver, reply) in [
        (declaring(&[], None, None), "correlated_continuation"),
        (declaring(&[], None, Some("headless")), "pushed"),
        (declaring(&["foreground_channel_v1"], None, None), "pushed"),
    ] {
        assert_eq!(
            push_or_pull(strict(), receiver),
            ("pushed".to_owned(), reply.to_owned())
        );
    }
}

// The inbox.

#[test]
fn the_inbox_lists_in_the_order_of_arrival() {
    let (mut bench, a, b) = two();
    bench.post("node:self", "one");
    bench.post(b.as_str(), "two");
    bench.send(&a, "node:self", "three");
    close(&mut bench, &b);
    bench.post("node:self", "four");
    assert_eq!(bench.inbox(), ["one", "two", "three", "four"]);
}

#[test]
fn w4_a_full_inbox_refuses_and_drops_nothing() {
    for figures in [
        Figures {
            inbox_messages: 10,
            ..Figures::default()
        },
        Figures {
            inbox_bytes: 10_500,
            ..Figures::default()
        },
    ] {
        let mut bench = Bench::with(figures);
        bench.stream(1);
        let a = bench.register(1, "a");
        let post = || {
            let mut send = send(&a, "node:self", &"x".repeat(800));
            send.sender = Sender::Node;
            send
        };
        let mut count = 0;
        let refused = loop {
            match try_send(&mut bench, post()) {
                Reply::Sent { .. } => count += 1,
                other => break refusal(other),
            }
        };
        assert_eq!((refused.status, refused.code), (503, "inbox_full"));
        assert_eq!(refused.retryable, Some(true));
        assert!(count >= 9, "{count}");
        assert!(bench.ops.is_empty());
        // It was said once that it gets full.
        assert_eq!(bench.warnings().len(), 1);
        // A close-out moves what is durable already, and may go over the cap.
        bench.post(a.as_str(), "from a queue");
        close(&mut bench, &a);
        assert_eq!(bench.inbox().len(), count + 1);
        assert!(bench.warnings().is_empty());
    }
}

#[test]
fn pressure_is_said_anew_after_there_was_room() {
    let mut bench = Bench::with(Figures {
        inbox_messages: 10,
        ..Figures::default()
    });
    for n in 0..8 {
        bench.post("node:self", &n.to_string());
    }
    assert!(bench.warnings().is_empty());
    let ninth = bench.post("node:self", "8");
    assert_eq!(bench.warnings().len(), 1);
    bench.ask(Request::Discard {
        undispatched: ninth.as_str().into(),
    });
    bench.post("node:self", "8");
    assert_eq!(bench.warnings().len(), 1);
}

#[test]
fn w27_a_dispatch_that_fails_leaves_the_record_at_its_place() {
    let (mut bench, a, _) = two();
    bench.post("node:self", "one");
    let second = bench.post("node:self", "two");
    bench.post("node:self", "three");
    for (record, target) in [(second.as_str(), "ep_x"), ("msg_x", a.as_str())] {
        let reply = bench.ask(Request::Dispatch {
            undispatched: record.into(),
            target: target.into(),
        });
        let refused = refusal(reply);
        assert_eq!((refused.status, refused.code), (400, "dispatch_failed"));
        let missing = if target == "ep_x" { target } else { record };
        assert!(refused.message.contains(missing));
    }
    assert_eq!(bench.inbox(), ["one", "two", "three"]);
}

#[test]
fn w27_a_dispatched_message_says_where_it_comes_from_and_can_be_replied_to() {
    let (mut bench, a, b) = two();
    let question = bench.send(&a, "node:self", "question");
    let correlation = correlation(&mut bench, &question);
    let reply = bench.ask(Request::Dispatch {
        undispatched: question.as_str().into(),
        target: b.clone(),
    });
    assert_eq!(reply, Reply::Done);
    let push = bench.pushes.pop().unwrap();
    let extra: Value = serde_json::from_str(push.extra.unwrap().as_str()).unwrap();
    assert_eq!(
        extra,
        json!({
            "dispatched_from": question.as_str(),
            "dispatched_by": "passport",
            "dispatch_origin": "local_api",
        })
    );
    let (reply, _) = bench.send_whole(reply_to(&b, "node:self", &correlation));
    assert_eq!(place(&mut bench, &reply), a.as_str());
}

// The checks of a send, in order: each one is wrong in everything that is checked later, too.

#[test]
fn the_checks_of_a_send_have_an_order() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    bench.stream(2);
    let (a, token) = bench.register_whole(1, metadata("a"));
    let b = bench.register(2, "b");
    bench.send_whole({
        let mut send = send(&a, b.as_str(), "hello");
        send.key = Some("k".to_owned());
        send
    });
    bench.close(stream, Liveness::Alive);
    let wrong = |sender: &EndpointId| {
        let mut send = send(sender, "agent:nobody", "other");
        send.require_live = true;
        for key in ["correlation_id", "target_endpoint_id", "source_endpoint_id"] {
            send.metadata.insert(key.to_owned(), Value::Null);
        }
        send
    };
    let ask = |bench: &mut Bench, caller: Caller, send: Send| {
        refused(bench.ask_as(caller, Request::Send(Box::new(send))))
    };
    let mut keyed = wrong(&a);
    keyed.key = Some("k".to_owned());
    let unknown = ask(&mut bench, caller(9), wrong(&"ep_x".into()));
    assert_eq!(unknown, (404, "unknown_endpoint"));
    let foreign = ask(&mut bench, caller(9), keyed.clone());
    assert_eq!(foreign, (403, "endpoint_pid_mismatch"));
    let foreign = ask(&mut bench, owner("wrong"), keyed.clone());
    assert_eq!(foreign, (403, "endpoint_owner_token_mismatch"));
    let conflict = ask(&mut bench, owner(&token), keyed);
    assert_eq!(conflict, (409, "idempotency_conflict"));
    let inactive = ask(&mut bench, owner(&token), wrong(&a));
    assert_eq!(inactive, (409, "endpoint_not_active"));
    let mut next = wrong(&b);
    for (key, refused) in [
        ("correlation_id", (400, "correlation_id_forbidden")),
        ("target_endpoint_id", (400, "target_endpoint_id_forbidden")),
        ("source_endpoint_id", (403, "source_endpoint_id_mismatch")),
    ] {
        assert_eq!(ask(&mut bench, caller(2), next.clone()), refused);
        next.metadata.shift_remove(key);
    }
    let nobody = ask(&mut bench, caller(2), next.clone());
    assert_eq!(nobody, (404, "recipient_unknown"));
    next.to = a.to_string();
    let lost = ask(&mut bench, caller(2), next);
    assert_eq!(lost, (409, "recipient_not_live"));
}

#[test]
fn a_sender_may_name_itself_as_the_source() {
    let (mut bench, a, b) = two();
    let mut send = send(&a, b.as_str(), "hello");
    send.metadata
        .insert("source_endpoint_id".to_owned(), a.as_str().into());
    bench.send_whole(send);
}

#[test]
fn w8_strict_ownership_wants_a_proof() {
    let mut bench = Bench::with(Figures {
        strict_ownership: true,
        ..Figures::default()
    });
    bench.stream(1);
    let (a, token) = bench.register_whole(1, metadata("a"));
    let ask = || Request::Send(Box::new(send(&a, "node:self", "hello")));
    let reply = bench.ask(ask());
    assert_eq!(refused(reply), (403, "endpoint_owner_token_mismatch"));
    for proof in [caller(1), owner(&token)] {
        assert!(matches!(bench.ask_as(proof, ask()), Reply::Sent { .. }));
    }
    let mut post = send(&a, "node:self", "hello");
    post.sender = Sender::Node;
    assert_eq!(refused(try_send(&mut bench, post)).0, 403);
}

#[test]
fn w58_the_broker_writes_its_own_metadata_over_that_of_the_sender() {
    let (mut bench, a, b) = two();
    let mut send = send(&a, b.as_str(), "hello");
    send.metadata = serde_json::from_value(json!({
        "mine": {"x": 1},
        "require_live": "perhaps",
        "message_id": "msg_forged",
        "in_reply_to": "nothing anybody knows",
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "dispatched_from": "x",
        "dispatched_by": "x",
        "dispatch_origin": "x",
        "delivery_intent": "x",
    }))
    .map(|map: Map<String, Value>| map)
    .unwrap();
    let (message, _) = bench.send_whole(send);
    let metadata = stored(&mut bench, &message);
    assert_eq!(metadata["mine"], json!({"x": 1}));
    assert_eq!(metadata["require_live"], false);
    assert_eq!(metadata["message_id"], message.as_str());
    assert_eq!(metadata["target_endpoint_id"], b.as_str());
    assert_eq!(metadata["source_endpoint_id"], a.as_str());
    assert_eq!(metadata["in_reply_to"], "nothing anybody knows");
    assert_eq!(
        metadata["traceparent"],
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    );
    // W58: what only the broker may say.
    for key in [
        "dispatched_from",
        "dispatched_by",
        "dispatch_origin",
        "delivery_intent",
    ] {
        assert!(!metadata.contains_key(key), "{key}");
    }
}

// Replies.

#[test]
fn a_reply_goes_on_with_a_conversation_that_its_sender_received() {
    let (mut bench, a, b) = two();
    let question = bench.send(&a, b.as_str(), "question");
    let of_question = correlation(&mut bench, &question);
    let (reply, _) = bench.send_whole(reply_to(&b, a.as_str(), &of_question));
    assert_eq!(correlation(&mut bench, &reply), of_question);
}

#[test]
fn a_reply_to_what_its_sender_never_received_begins_a_new_conversation() {
    let (mut bench, a, b) = two();
    bench.stream(3);
    let c = bench.register(3, "c");
    let question = bench.send(&a, b.as_str(), "question");
    let of_question = correlation(&mut bench, &question);
    bench.log.clear();
    for (sender, named, why) in [
        (&b, "nobody knows this", "unknown_correlation_id"),
        (&c, of_question.as_str(), "wrong_endpoint"),
    ] {
        let (reply, _) = bench.send_whole(reply_to(sender, a.as_str(), named));
        assert_ne!(correlation(&mut bench, &reply), named);
        let said = |notice: &cmdbus_broker::core::Notice| notice.text.ends_with(why);
        assert!(bench.log.iter().any(said), "{why}");
    }
}

#[test]
fn what_was_received_last_belongs_to_its_receiver_alone() {
    let (mut bench, a, b) = two();
    let question = bench.send(&a, b.as_str(), "question");
    let of_question = correlation(&mut bench, &question);
    bench.send_whole(reply_to(&b, a.as_str(), &of_question));
    // It is the turn of `a`.
    let (second, _) = bench.send_whole(reply_to(&b, a.as_str(), &of_question));
    assert_ne!(correlation(&mut bench, &second), of_question);
}

#[test]
fn a_received_conversation_can_be_replied_to_for_a_day() {
    for (wait, goes_on) in [(86_399, true), (86_400, false)] {
        let mut bench = Bench::with(Figures {
            // No sweep comes before.
            sweep: seconds(200_000),
            endpoint_grace: seconds(200_000),
            ping: seconds(200_000),
            push_receipt_warning: seconds(200_000),
            ..Figures::default()
        });
        bench.stream(1);
        bench.stream(2);
        let (a, b) = (bench.register(1, "a"), bench.register(2, "b"));
        let question = bench.send(&a, b.as_str(), "question");
        let of_question = correlation(&mut bench, &question);
        bench.advance(seconds(wait));
        let (reply, _) = bench.send_whole(reply_to(&b, a.as_str(), &of_question));
        assert_eq!(correlation(&mut bench, &reply) == of_question, goes_on);
    }
}

#[test]
fn a_refused_send_leaves_nothing_in_the_ring_of_its_sender() {
    let (mut bench, a, b) = two();
    let question = bench.send(&a, b.as_str(), "question");
    let of_question = correlation(&mut bench, &question);
    let reply = try_send(&mut bench, reply_to(&b, "agent:nobody", &of_question));
    assert_eq!(refused(reply), (404, "recipient_unknown"));
    assert!(bench.ops.is_empty());
    // Had it been added, this would go to `b`.
    bench.send_whole(reply_to(&b, "node:self", &of_question));
    let rings = bench.store.load().unwrap().rings;
    let of_b = rings.iter().filter(|row| row.endpoint == b).count();
    assert_eq!(of_b, 1);
}
