//! Where the time of a call goes: what its caller is told, and what observers of each registry hear.

use std::sync::{Arc, Mutex};

use cmdbus::registry::{Options, Span, SpanKind};
use cmdbus::serde_json::{Value, json};
use cmdbus::{CommandError, CommandRegistry, DynCommand};
use futures_util::stream;

use crate::support::*;

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// What callers have been told.
#[derive(Clone, Default)]
struct Traces(Arc<Mutex<Vec<Value>>>);

impl Traces {
    fn listener(&self) -> impl Fn(Vec<Value>) + Send + Sync + 'static {
        let traces = self.clone();
        move |entries| traces.0.lock().unwrap().extend(entries)
    }

    /// Takes the one entry there is, with its times checked and taken out.
    #[track_caller]
    fn take_one(&self) -> Value {
        let mut entries = std::mem::take(&mut *self.0.lock().unwrap());
        assert_eq!(entries.len(), 1, "{entries:?}");
        let mut entry = entries.remove(0);
        take_times(&mut entry, u64::MAX);
        entry
    }
}

/// Takes the times out of an entry and what is in it: nothing lasts longer than what it is part of.
#[track_caller]
fn take_times(entry: &mut Value, most: u64) {
    let spent = entry["us"].as_u64().expect("microseconds");
    assert!(spent <= most, "{spent} of {most}");
    entry.as_object_mut().unwrap().remove("us");
    for parts in ["hops", "calls"] {
        for part in entry
            .get_mut(parts)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            take_times(part, spent);
        }
    }
}

/// Makes a command that asks another one, and a third detached, and returns.
fn asking(id: &str, inner: &'static str, at: &CommandRegistry) -> impl cmdbus::Command + use<> {
    let registry = at.downgrade();
    DynCommand::new(id, move |_: Value| {
        let registry = registry.upgrade().unwrap();
        async move {
            yield_once().await;
            registry.call_dyn("echo", json!(1)).detached().await?;
            registry.execute_dyn(inner, json!(1)).await
        }
    })
}

/// What a caller is told of a handler at `b`, from each distance.
fn by_distance(command: &str, handler: &Value) -> [Value; 3] {
    let mut here = handler.clone();
    here.as_object_mut().unwrap().remove("at");
    let hop = json!({"kind": "hop", "at": "hub"});
    [json!([here]), json!([handler]), json!([handler, hop])]
        .map(|hops| json!({"kind": "call", "command": command, "hops": hops}))
}

#[test]
fn a_caller_is_told_of_every_hop_and_handler() {
    let mut line = Line::new();
    line.provide(echo("echo"));
    let handler = json!({"kind": "handler", "at": "b"});
    for (caller, expected) in line.callers().iter().zip(by_distance("echo", &handler)) {
        let traces = Traces::default();
        let call = caller
            .call_dyn("echo", json!(1))
            .on_trace(traces.listener());
        assert_eq!(line.world.run(call.into_future()).unwrap(), 1);
        assert_eq!(traces.take_one(), expected);
        assert_eq!(Arc::strong_count(&traces.0), 1, "the closure is gone");
        line.is_quiet();
    }
}

#[test]
fn a_caller_is_told_of_the_calls_that_its_handler_makes_and_theirs() {
    let mut line = Line::new();
    let (hub, b) = (line.hub.clone(), line.b.clone());
    line.provide(echo("echo"));
    line.world
        .register(&hub, asking("third", "echo", &hub))
        .unwrap();
    line.provide(asking("second", "third", &b));
    line.provide(asking("first", "second", &b));
    let echo = &by_distance("echo", &json!({"kind": "handler", "at": "b"}))[1];
    let third = json!({"kind": "call", "command": "third",
        "hops": [{"kind": "handler", "at": "hub", "calls": [echo]}]});
    let second = json!({"kind": "call", "command": "second",
        "hops": [{"kind": "handler", "calls": [third]}]});
    let first = json!({"kind": "handler", "at": "b", "calls": [second]});
    for (caller, expected) in line.callers().iter().zip(by_distance("first", &first)) {
        let traces = Traces::default();
        let call = caller
            .call_dyn("first", Value::Null)
            .on_trace(traces.listener());
        line.world.run(call.into_future()).unwrap();
        assert_eq!(traces.take_one(), expected, "from {}", caller.id());
        line.is_quiet();
    }
}

#[test]
fn a_call_that_fails_and_a_stream_are_told_of_too() {
    let mut line = Line::new();
    line.provide(DynCommand::new("fails", |_: Value| async {
        Err::<(), _>(CommandError::Timeout)
    }));
    line.provide(DynCommand::streaming("count", |n: u64| {
        stream::iter((0..n).map(Ok))
    }));
    let handler = json!({"kind": "handler", "at": "b"});
    let failed = by_distance("fails", &handler);
    let counted = by_distance("count", &handler);
    for ((caller, failed), counted) in line.callers().iter().zip(failed).zip(counted) {
        let traces = Traces::default();
        let call = caller
            .call_dyn("fails", Value::Null)
            .on_trace(traces.listener());
        line.world.run(call.into_future()).unwrap_err();
        assert_eq!(traces.take_one(), failed);
        let call = caller
            .call_dyn("count", json!(100))
            .on_trace(traces.listener());
        line.world.run(call.stream().finish()).unwrap();
        assert_eq!(traces.take_one(), counted);
        let call = caller
            .call_dyn("nobody", Value::Null)
            .on_trace(traces.listener());
        line.world.run(call.into_future()).unwrap_err();
        assert_eq!(traces.take_one()["command"], "nobody");
        line.is_quiet();
    }
}

#[test]
fn nobody_is_told_who_has_not_asked() {
    let mut world = World::new();
    let registry = root("a");
    world.register(&registry, echo("echo")).unwrap();
    let peer = Peer::new("peer").make();
    let _driver = world.connect(&registry, &peer);
    peer.provide(&["far"]);
    peer.deliver(request(fresh(), "echo", json!(1)));
    world.settle();
    assert_eq!(peer.sent_one().meta(), None);
    let traced = registry.call_dyn("far", Value::Null).on_trace(drop);
    let _call = world.start(traced.into_future());
    assert_eq!(asks(&peer.sent_one()), json!({"cmdbus-trace": true}));
}

/// What observers of all registries have heard, with the name of the registry.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<(String, Span)>>>);

impl Spans {
    fn line(&self) -> Line {
        Line::with(|id| {
            let (spans, id) = (self.clone(), id.to_owned());
            Options::default().on_span(move |span| spans.0.lock().unwrap().push((id.clone(), span)))
        })
    }

    /// Takes what has been heard: where, what, of which command, and how it ended. The trace is the same.
    #[track_caller]
    fn take(&self) -> Vec<(String, SpanKind, String, Option<&'static str>)> {
        let mut spans = std::mem::take(&mut *self.0.lock().unwrap());
        spans.sort_by_key(|(_, span)| span.started);
        let shown = spans.into_iter().map(|(at, span)| {
            assert_eq!(span.traceparent, TRACEPARENT);
            assert!(span.started <= span.ended);
            (at, span.kind, span.command_id, span.error)
        });
        shown.collect()
    }
}

type Shown<'a> = (&'a str, SpanKind, &'a str, Option<&'static str>);

#[track_caller]
fn are(spans: &Spans, expected: &[Shown<'_>]) {
    let spans = spans.take();
    let spans: Vec<Shown<'_>> = spans
        .iter()
        .map(|(at, kind, command, error)| (&**at, *kind, &**command, *error))
        .collect();
    assert_eq!(spans, expected);
}

use SpanKind::{Call, Handler, Hop};

#[test]
fn every_registry_hears_of_its_part_of_a_call_that_belongs_to_a_trace() {
    let spans = Spans::default();
    let mut line = spans.line();
    line.provide(echo("echo"));
    let a = line.a.clone();
    let call = a
        .call_dyn("echo", json!(1))
        .meta("traceparent", TRACEPARENT);
    line.world.run(call.into_future()).unwrap();
    line.world.settle();
    let all = |error| {
        [
            ("a", Call, "echo", error),
            ("hub", Hop, "echo", error),
            ("b", Handler, "echo", error),
        ]
    };
    are(&spans, &all(None));
    line.world.run(a.execute_dyn("echo", json!(1))).unwrap();
    are(&spans, &[]);
    let call = a
        .call_dyn("echo", json!(1))
        .meta("traceparent", TRACEPARENT)
        .stream();
    line.world.run(call.finish()).unwrap();
    are(&spans, &all(None));
}

#[test]
fn a_span_says_how_its_part_ended() {
    let (spans, watch) = (Spans::default(), Watch::default());
    let mut line = spans.line();
    line.provide(watch.hanging("hang"));
    line.provide(DynCommand::new("fails", |_: Value| async {
        Err::<(), _>(CommandError::NotFound("x".into()))
    }));
    let a = line.a.clone();
    let all = |command, error| {
        let error = Some(error);
        [
            ("a", Call, command, error),
            ("hub", Hop, command, error),
            ("b", Handler, command, error),
        ]
    };
    let traced = |id: &str| a.call_dyn(id, Value::Null).meta("traceparent", TRACEPARENT);
    line.world.run(traced("fails").into_future()).unwrap_err();
    are(&spans, &all("fails", "not_found"));
    let call = line.world.start(traced("hang").into_future());
    are(&spans, &[]);
    drop(call);
    line.world.settle();
    are(&spans, &all("hang", "cancelled"));
    let call = line.world.start(traced("hang").into_future());
    drop(line.to_b.take());
    line.world.run(call).unwrap_err();
    line.world.settle();
    let lost = [
        ("a", Call, "hang", Some("channel_disconnected")),
        ("hub", Hop, "hang", Some("channel_disconnected")),
        ("b", Handler, "hang", Some("cancelled")),
    ];
    are(&spans, &lost);
    line.is_quiet();
}

#[test]
fn the_calls_of_a_handler_belong_to_the_trace_of_the_call_it_serves() {
    let spans = Spans::default();
    let mut line = spans.line();
    let (hub, b) = (line.hub.clone(), line.b.clone());
    line.world.register(&hub, echo("inner")).unwrap();
    line.provide(echo("echo"));
    line.provide(asking("outer", "inner", &b));
    let call = line
        .a
        .call_dyn("outer", Value::Null)
        .meta("traceparent", TRACEPARENT);
    line.world.run(call.into_future()).unwrap();
    line.world.settle();
    let expected = [
        ("a", Call, "outer", None),
        ("hub", Hop, "outer", None),
        ("b", Handler, "outer", None),
        ("b", Call, "inner", None),
        ("hub", Handler, "inner", None),
    ];
    are(&spans, &expected);
}

#[test]
fn an_observer_that_panics_harms_nobody() {
    let mut line = Line::with(|_| Options::default().on_span(|_| panic!("on purpose")));
    line.provide(echo("echo"));
    for caller in line.callers() {
        let call = caller
            .call_dyn("echo", json!(1))
            .meta("traceparent", TRACEPARENT);
        assert_eq!(line.world.run(call.into_future()).unwrap(), 1);
        line.is_quiet();
    }
}
