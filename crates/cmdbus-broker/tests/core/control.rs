//! Control events: each key is run once, and what it came to is told again.

use cmdbus_broker::core::{Figures, Input, Liveness, Reply, Request};
use cmdbus_broker::store::{Op, Store};
use serde_json::{Map, Value, json};

use crate::support::{Bench, json, metadata, refused, seconds};

/// An event with this key, and these members over the common ones.
pub(crate) fn event(key: &str, kind: &str, members: Value) -> Request {
    let mut event = json!({
        "version": 1,
        "type": kind,
        "idempotency_key": key,
        "emitted_at": 1_772_439_330_000_i64,
    });
    let all = event.as_object_mut().unwrap();
    for (name, value) in members.as_object().unwrap() {
        if value.is_null() {
            all.shift_remove(name);
        } else {
            all.insert(name.clone(), value.clone());
        }
    }
    Request::Control(all.clone())
}

/// Returns the acknowledgement without its key, which must be the given one.
pub(crate) fn ack(key: &str, reply: Reply) -> (String, Option<String>) {
    let ack = json(reply);
    assert_eq!(ack["idempotency_key"], key);
    let word = |name: &str| ack[name].as_str().map(str::to_owned);
    (word("status").unwrap(), word("detail"))
}

pub(crate) fn outcome(bench: &mut Bench, key: &str) -> (String, Option<String>) {
    let reply = bench.ask(Request::ControlOutcome {
        key: key.to_owned(),
    });
    ack(key, reply)
}

pub(crate) fn applied() -> (String, Option<String>) {
    ("applied".to_owned(), None)
}

pub(crate) fn failed(detail: &str) -> (String, Option<String>) {
    ("failed".to_owned(), Some(detail.to_owned()))
}

fn dropped() -> (String, Option<String>) {
    (
        "applied".to_owned(),
        Some("unknown_variant_dropped".to_owned()),
    )
}

fn run(bench: &mut Bench, key: &str, kind: &str, members: Value) -> (String, Option<String>) {
    let reply = bench.ask(event(key, kind, members));
    ack(key, reply)
}

/// A bench with a message in the inbox and an endpoint that is not there.
fn with_a_record() -> (Bench, String, cmdbus_broker::ids::EndpointId) {
    let mut bench = Bench::new();
    let message = bench.post("node:self", "hello");
    bench.stream(1);
    let target = bench.register(1, "a");
    (bench, message.as_str().to_owned(), target)
}

#[test]
fn a_dispatch_with_a_target_moves_the_record_and_is_applied() {
    let (mut bench, message, target) = with_a_record();
    let members = json!({"undispatched_id": message, "target_endpoint_id": target.as_str()});
    let done = run(&mut bench, "k", "dispatch_undispatched", members);
    assert_eq!(done, applied());
    let push = bench.pushes.pop().unwrap();
    assert_eq!(push.endpoint, target);
    let extra: Value = serde_json::from_str(push.extra.unwrap().as_str()).unwrap();
    assert_eq!(
        extra,
        json!({
            "dispatched_from": message,
            "dispatched_by": "passport",
            "dispatch_origin": "control_event",
        })
    );
    assert!(bench.inbox().is_empty());
}

#[test]
fn w27_effect_and_outcome_of_a_dispatch_are_one_commit() {
    let (mut bench, message, target) = with_a_record();
    let members = json!({"undispatched_id": message, "target_endpoint_id": target.as_str()});
    let req = bench.begin(
        cmdbus_broker::core::Caller::default(),
        event("k", "dispatch_undispatched", members),
    );
    assert!(bench.reply(req).is_some());
    assert!(bench.ops.iter().any(|op| matches!(op, Op::InboxRemove(_))));
    assert!(bench.ops.iter().any(|op| matches!(op, Op::QueuePush(_))));
    assert!(bench.ops.iter().any(|op| matches!(op, Op::ControlPut(_))));
}

#[test]
fn a_dispatch_with_a_target_ref_goes_to_the_endpoint_it_names() {
    let (mut bench, message, target) = with_a_record();
    let members = json!({
        "undispatched_id": message,
        "source_message_id": message,
        "target_ref": {
            "kind": "projection_endpoint",
            "projection_endpoint_id": target.as_str(),
            "background_exchange_mode": "resident_endpoint",
        },
        "delivery_intent": "external_handoff",
        "broker_projection_token": "t",
        "target_endpoint_id": "ep_other",
    });
    let done = run(&mut bench, "k", "dispatch_undispatched", members);
    // It is not a background endpoint, so nothing is assigned to it.
    assert_eq!(done, applied());
    assert_eq!(bench.pushes.pop().unwrap().endpoint, target);
}

#[test]
fn a_dispatch_without_a_projection_token_is_plain_even_to_a_background_endpoint() {
    let mut bench = Bench::new();
    let message = bench.post("node:self", "hello");
    let stream = bench.stream(1);
    let mut background = metadata("a");
    background.runtime_capabilities = vec!["background_exchange_v1".to_owned()];
    background.background_exchange_mode = Some("resident_endpoint".to_owned());
    let target = bench.register_with(1, background);
    let members =
        json!({"undispatched_id": message.as_str(), "target_endpoint_id": target.as_str()});
    let done = run(&mut bench, "k", "dispatch_undispatched", members);
    assert_eq!(done, applied());
    let push = bench.pushes.pop().unwrap();
    assert_eq!((push.stream, push.assignment), (stream, None));
}

#[test]
fn a_dispatch_with_a_projection_token_assigns_the_message_to_a_background_endpoint() {
    let mut bench = Bench::new();
    let message = bench.post("node:self", "hello");
    bench.stream(1);
    let mut background = metadata("a");
    background.runtime_capabilities = vec!["background_exchange_v1".to_owned()];
    background.background_exchange_mode = Some("resident_endpoint".to_owned());
    let target = bench.register_with(1, background);
    let members = json!({
        "undispatched_id": message.as_str(),
        "target_ref": {
            "kind": "projection_endpoint",
            "projection_endpoint_id": target.as_str(),
            "background_exchange_mode": "resident_endpoint",
        },
        "broker_projection_token": "t",
    });
    let done = run(&mut bench, "k", "dispatch_undispatched", members);
    assert_eq!(done, applied());
    let push = bench.pushes.pop().unwrap();
    let extra: Value = serde_json::from_str(push.extra.unwrap().as_str()).unwrap();
    assert_eq!(extra["delivery_intent"], "external_handoff");
    assert_eq!(push.assignment.unwrap()["undispatchedId"], message.as_str());
}

#[test]
fn a_target_ref_that_is_not_the_endpoint_as_it_is_fails_and_leaves_the_record() {
    let mut bench = Bench::new();
    let message = bench.post("node:self", "hello");
    bench.stream(1);
    let mut background = metadata("a");
    background.runtime_capabilities = vec!["background_exchange_v1".to_owned()];
    background.background_exchange_mode = Some("adapter_managed_turn".to_owned());
    background.runtime_session_id = Some("s".to_owned());
    let target = bench.register_with(1, background);
    for (n, (mode, session)) in [
        ("resident_endpoint", None),
        ("adapter_managed_turn", Some("other")),
    ]
    .into_iter()
    .enumerate()
    {
        let mut target_ref = json!({
            "kind": "projection_endpoint",
            "projection_endpoint_id": target.as_str(),
            "background_exchange_mode": mode,
        });
        if let Some(session) = session {
            target_ref["runtime_session_id"] = session.into();
        }
        let members = json!({
            "undispatched_id": message.as_str(),
            "target_ref": target_ref,
            "broker_projection_token": "t",
        });
        let (status, detail) = run(&mut bench, &n.to_string(), "dispatch_undispatched", members);
        assert_eq!(status, "failed");
        assert!(detail.unwrap().contains("target_ref"));
        assert_eq!(bench.inbox(), ["hello"]);
    }
}

#[test]
fn what_cannot_be_dispatched_stays_and_its_failure_is_remembered() {
    let (mut bench, message, target) = with_a_record();
    for (key, members) in [
        (
            "record",
            json!({"undispatched_id": "msg_x", "target_endpoint_id": target.as_str()}),
        ),
        (
            "source",
            json!({
                "undispatched_id": message,
                "source_message_id": "msg_x",
                "target_endpoint_id": target.as_str(),
            }),
        ),
        (
            "target",
            json!({"undispatched_id": message, "target_endpoint_id": "ep_x"}),
        ),
    ] {
        let first = run(&mut bench, key, "dispatch_undispatched", members.clone());
        assert_eq!(first.0, "failed");
        assert!(first.1.is_some());
        assert_eq!(outcome(&mut bench, key), first);
        assert_eq!(
            run(&mut bench, key, "dispatch_undispatched", members),
            first
        );
    }
    assert_eq!(bench.inbox(), ["hello"]);
}

#[test]
fn w32_a_repeated_event_is_told_what_it_came_to_and_does_nothing_also_after_a_restart() {
    let (mut bench, message, target) = with_a_record();
    let members = || json!({"undispatched_id": message, "target_endpoint_id": target.as_str()});
    let first = run(&mut bench, "k", "dispatch_undispatched", members());
    let again = run(&mut bench, "k", "dispatch_undispatched", members());
    assert_eq!((first, again), (applied(), applied()));
    assert!(bench.ops.is_empty());
    bench.restart();
    let again = run(&mut bench, "k", "dispatch_undispatched", members());
    assert_eq!(again, applied());
    assert!(bench.ops.is_empty());
}

#[test]
fn an_endpoint_that_is_forced_out_is_closed_before_the_event_is_applied() {
    let mut bench = Bench::new();
    bench.stream(1);
    let a = bench.register(1, "a");
    bench.post(a.as_str(), "hello");
    let members = json!({"endpoint_id": a.as_str(), "reason": "lost"});
    assert_eq!(run(&mut bench, "k", "force_unregister", members), applied());
    assert_eq!(bench.state(&a), "closed");
    assert_eq!(bench.inbox(), ["hello"]);
}

#[test]
fn repetitions_join_a_forced_unregistration_that_still_reads_the_queue() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    bench.close(stream, Liveness::Alive);
    for n in 0..300 {
        bench.post(a.as_str(), &n.to_string());
    }
    let force = || {
        event(
            "k",
            "force_unregister",
            json!({"endpoint_id": a.as_str(), "reason": "lost"}),
        )
    };
    bench.hold_reads = true;
    let first = bench.begin(Default::default(), force());
    let second = bench.begin(Default::default(), force());
    let asked = bench.ask(Request::ControlOutcome { key: "k".into() });
    assert_eq!(refused(asked), (404, "control_unknown"));
    assert!(bench.reply(first).is_none());
    bench.release_reads();
    for req in [first, second] {
        let reply = bench.reply(req).unwrap();
        assert_eq!(ack("k", reply), applied());
    }
    assert_eq!(bench.state(&a), "closed");
    assert_eq!(bench.inbox().len(), 300);
}

#[test]
fn forcing_out_an_unknown_endpoint_is_a_success() {
    let mut bench = Bench::new();
    let members = json!({"endpoint_id": "ep_x", "reason": "lost"});
    assert_eq!(run(&mut bench, "k", "force_unregister", members), applied());
}

#[test]
fn a_nudge_is_applied() {
    let mut bench = Bench::new();
    let members = json!({"undispatched_id": "msg_x", "target_endpoint_id": "ep_x"});
    assert_eq!(run(&mut bench, "k", "dispatch_nudge", members), applied());
}

#[test]
fn an_owner_session_delivery_has_no_handler() {
    let mut bench = Bench::new();
    let members = json!({"owner_session_message_id": "m", "content_type": "text", "text": "hi"});
    let done = run(&mut bench, "k", "owner_session_delivery", members);
    assert_eq!(done, failed("no_handler:owner_session_delivery"));
    assert_eq!(
        outcome(&mut bench, "k"),
        failed("no_handler:owner_session_delivery")
    );
}

#[test]
fn another_version_fails_whatever_the_event_says() {
    let mut bench = Bench::new();
    for (key, version) in [("a", json!(2)), ("b", json!(0)), ("c", json!(1.5))] {
        let members = json!({"version": version, "type": "no such type"});
        let done = run(&mut bench, key, "-", members);
        assert_eq!(done, failed("unsupported_protocol_version"));
    }
}

#[test]
fn unknown_and_malformed_events_are_dropped_as_applied() {
    let mut bench = Bench::new();
    let target_ref = |members: Value| json!({"undispatched_id": "m", "target_ref": members, "broker_projection_token": "t"});
    let cases = [
        ("reboot", json!({})),
        ("reboot", json!({"type": 7})),
        ("dispatch_nudge", json!({"version": null})),
        ("dispatch_nudge", json!({"version": "1"})),
        ("dispatch_nudge", json!({"emitted_at": "now"})),
        ("force_unregister", json!({})),
        ("force_unregister", json!({"endpoint_id": ""})),
        ("force_unregister", json!({"endpoint_id": 7})),
        ("spawn_request", json!({"runtime_kind": "k"})),
        ("spawn_request", json!({"prompt": "p"})),
        (
            "spawn_request",
            json!({"prompt": ["p"], "runtime_kind": "k"}),
        ),
        (
            "spawn_request",
            json!({"prompt": "p", "runtime_kind": "k", "origin": "somebody"}),
        ),
        ("dispatch_undispatched", json!({"undispatched_id": "m"})),
        ("dispatch_undispatched", json!({"target_endpoint_id": "e"})),
        (
            "dispatch_undispatched",
            json!({"undispatched_id": "m", "target_endpoint_id": "e", "source_message_id": 1}),
        ),
        (
            "dispatch_undispatched",
            json!({"undispatched_id": "m", "target_endpoint_id": "e", "delivery_intent": "x"}),
        ),
        // Who assigns must say to what.
        (
            "dispatch_undispatched",
            json!({
                "undispatched_id": "m",
                "target_endpoint_id": "e",
                "broker_projection_token": "t",
            }),
        ),
        (
            "dispatch_undispatched",
            target_ref(json!({
                "kind": "endpoint",
                "projection_endpoint_id": "e",
                "background_exchange_mode": "resident_endpoint",
            })),
        ),
        (
            "dispatch_undispatched",
            target_ref(json!({
                "kind": "projection_endpoint",
                "projection_endpoint_id": "e",
                "runtime_session_id": "s",
                "background_exchange_mode": "resident_endpoint",
            })),
        ),
        (
            "dispatch_undispatched",
            target_ref(json!({
                "kind": "projection_endpoint",
                "projection_endpoint_id": "e",
                "background_exchange_mode": "adapter_managed_turn",
            })),
        ),
    ];
    for (n, (kind, members)) in cases.into_iter().enumerate() {
        let key = n.to_string();
        let shown = format!("{kind} {members}");
        assert_eq!(run(&mut bench, &key, kind, members), dropped(), "{shown}");
        assert_eq!(outcome(&mut bench, &key), dropped());
    }
    assert!(bench.checked.is_empty());
}

#[test]
fn an_event_needs_a_key_of_bounded_length() {
    let mut bench = Bench::new();
    for key in [json!(null), json!(7), json!(""), json!("k".repeat(257))] {
        let request = event("-", "dispatch_nudge", json!({"idempotency_key": key}));
        assert_eq!(refused(bench.ask(request)), (422, "invalid_request"));
        assert!(bench.ops.is_empty());
    }
    let longest = "k".repeat(256);
    assert_eq!(
        run(&mut bench, &longest, "dispatch_nudge", json!({})),
        applied()
    );
}

#[test]
fn an_unknown_key_has_no_outcome() {
    let mut bench = Bench::new();
    let reply = bench.ask(Request::ControlOutcome { key: "k".into() });
    assert_eq!(refused(reply), (404, "control_unknown"));
}

#[test]
fn outcomes_are_kept_for_seven_days() {
    let mut bench = Bench::new();
    run(&mut bench, "k", "dispatch_nudge", json!({}));
    bench.advance(seconds(7 * 86_400));
    assert_eq!(outcome(&mut bench, "k"), applied());
    bench.advance(seconds(120));
    let reply = bench.ask(Request::ControlOutcome { key: "k".into() });
    assert_eq!(refused(reply), (404, "control_unknown"));
    assert!(bench.store.load().unwrap().control.is_empty());
}

#[test]
fn only_the_newest_keys_are_kept_and_the_oldest_goes_first() {
    let mut bench = Bench::with(Figures {
        control_outcome_keys: 3,
        ..Figures::default()
    });
    // All within the same millisecond.
    for key in ["a", "b", "c", "d"] {
        run(&mut bench, key, "dispatch_nudge", json!({}));
    }
    for _ in 0..2 {
        let reply = bench.ask(Request::ControlOutcome { key: "a".into() });
        assert_eq!(refused(reply), (404, "control_unknown"));
        for key in ["b", "c", "d"] {
            assert_eq!(outcome(&mut bench, key), applied());
        }
        assert_eq!(bench.store.load().unwrap().control.len(), 3);
        bench.restart();
    }
    // A clock that was set back makes no new outcome an old one.
    bench.now.wall -= 3_600_000;
    run(&mut bench, "e", "dispatch_nudge", json!({}));
    assert_eq!(outcome(&mut bench, "e"), applied());
    assert_eq!(outcome(&mut bench, "c"), applied());
    let reply = bench.ask(Request::ControlOutcome { key: "b".into() });
    assert_eq!(refused(reply), (404, "control_unknown"));
}

#[test]
fn a_lower_bound_on_keys_holds_for_what_was_stored_before() {
    let mut bench = Bench::new();
    for n in 0..5 {
        run(&mut bench, &n.to_string(), "dispatch_nudge", json!({}));
    }
    bench.figures.control_outcome_keys = 2;
    bench.restart();
    let kept: Vec<String> = bench
        .store
        .load()
        .unwrap()
        .control
        .into_iter()
        .map(|row| row.key)
        .collect();
    assert_eq!(kept, ["3", "4"]);
}

#[test]
fn no_event_is_begun_once_the_broker_ends() {
    let mut bench = Bench::new();
    bench.input(Input::Shutdown { release: false });
    let reply = bench.ask(event("k", "dispatch_nudge", json!({})));
    assert_eq!(refused(reply), (503, "shutting_down"));
}

#[test]
fn what_is_stored_of_an_event_is_its_outcome_only() {
    let mut bench = Bench::new();
    run(
        &mut bench,
        "k",
        "force_unregister",
        json!({"endpoint_id": "ep_x", "reason": "a secret"}),
    );
    let row = bench.store.load().unwrap().control.remove(0);
    let stored: Map<String, Value> = serde_json::from_str(row.outcome.as_str()).unwrap();
    assert_eq!(Value::Object(stored), json!({"status": "applied"}));
}
