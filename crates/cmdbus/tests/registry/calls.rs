//! Calls: how they end, what they leave behind, and what a local one has in common with a remote one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Context;
use std::time::{Duration, Instant};

use cmdbus::registry::Options;
use cmdbus::serde::de::DeserializeOwned;
use cmdbus::serde::{Deserialize, Serialize, Serializer};
use cmdbus::serde_json::{Value, json};
use cmdbus::{
    CallContext, CallOptions, ChannelError, Command, CommandError, CommandRegistry, Config,
    DynCommand, Message, MessageMeta,
};
use futures_executor::block_on;

use crate::support::*;

fn impatient(router: Option<&str>) -> CommandRegistry {
    CommandRegistry::new(Config {
        router_channel: router.map(str::to_owned),
        request_ttl: SHORT,
        ..config("impatient")
    })
}

/// Patience without end, so that only what is tested can end a wait.
fn patient(router: Option<&str>) -> CommandRegistry {
    CommandRegistry::new(Config {
        router_channel: router.map(str::to_owned),
        request_ttl: Duration::ZERO,
        ..config("patient")
    })
}

#[track_caller]
fn is_disconnected<T>(result: Result<T, CommandError>) {
    assert!(matches!(result, Err(CommandError::ChannelDisconnected)));
}

#[test]
fn w1_a_call_times_out_without_traffic_and_without_a_polled_driver() {
    soon(|| {
        let registry = impatient(Some("hub"));
        let hub = Peer::new("hub").make();
        let _undriven = block_on(registry.register_channel(hub.clone())).unwrap();
        let start = Instant::now();
        let result = block_on(registry.execute_dyn("far.away", Value::Null));
        assert!(matches!(result, Err(CommandError::Timeout)), "{result:?}");
        assert!(start.elapsed() >= SHORT, "a deadline never comes early");
        assert_eq!(load(&registry), quiet(0, 1));
    });
}

#[test]
fn w1_a_registration_times_out_like_a_call_and_leaves_the_id_free() {
    soon(|| {
        let registry = impatient(Some("hub"));
        let hub = Peer::new("hub").make();
        let _undriven = block_on(registry.register_channel(hub.clone())).unwrap();
        for _ in 0..2 {
            let result = block_on(registry.register_command(echo("a.b")));
            assert!(matches!(result, Err(CommandError::Timeout)), "{result:?}");
            assert_eq!(load(&registry), quiet(0, 1));
        }
    });
}

#[test]
fn w1_many_deadlines_of_many_registries_are_kept_by_one_timer() {
    soon(|| {
        let callers: Vec<_> = (1..=8)
            .map(|n| {
                std::thread::spawn(move || {
                    let ttl = SHORT * n;
                    let registry = CommandRegistry::new(Config {
                        router_channel: Some("hub".into()),
                        request_ttl: ttl,
                        ..Config::default()
                    });
                    let hub = Peer::new("hub").make();
                    let _undriven = block_on(registry.register_channel(hub)).unwrap();
                    let start = Instant::now();
                    let result = block_on(registry.execute_dyn("far.away", Value::Null));
                    assert!(matches!(result, Err(CommandError::Timeout)));
                    assert!(start.elapsed() >= ttl);
                })
            })
            .collect();
        for caller in callers {
            caller.join().unwrap();
        }
    });
}

#[test]
fn w1_without_a_time_limit_there_is_no_deadline() {
    let mut world = World::new();
    let registry = patient(Some("hub"));
    let _driver = world.connect(&registry, &Peer::new("hub").make());
    let _call = world.call(&registry, "far.away", Value::Null);
    assert_eq!(load(&registry).outstanding, 1);
    assert_eq!(load(&registry).timers, 0);
}

#[test]
fn w2_the_end_of_a_session_fails_every_call_that_waits_for_it() {
    let mut world = World::new();
    let registry = patient(Some("hub"));
    let driver = world.connect(&registry, &Peer::new("hub").make());
    let calls: Vec<_> = (0..3)
        .map(|_| world.call(&registry, "far.away", Value::Null))
        .collect();
    let waiting = registry.clone();
    let registering = world.start(async move { waiting.register_command(echo("a.b")).await });
    assert_eq!(load(&registry).outstanding, 4);
    drop(driver);
    for call in calls {
        is_disconnected(world.run(call));
    }
    is_disconnected(world.run(registering));
    assert_eq!(load(&registry), quiet(0, 0));
}

#[test]
fn w5_a_forwarded_call_that_expires_is_answered_although_no_driver_is_polled() {
    let hub = impatient(None);
    let (answered, wait) = std::sync::mpsc::channel();
    let asked = fresh();
    let asker = Peer::new("asker")
        .on_send(move |message| {
            assert_eq!(message.thid(), Some(asked));
            let _ = answered.send(said(message));
            Ok(())
        })
        .make();
    let silent = Peer::new("silent").make();
    let mut world = World::new();
    let _drivers = (world.connect(&hub, &asker), world.connect(&hub, &silent));
    silent.deliver(list(silent.probe(), &["a.b"]));
    asker.deliver(request(asked, "a.b", Value::Null));
    world.settle();
    assert_eq!(silent.sent().len(), 1);
    let answer = wait.recv_timeout(Duration::from_secs(20)).unwrap();
    assert_eq!(answer, "timeout: request timed out");
    assert_eq!(load(&hub), quiet(1, 2));
}

#[test]
fn w6_a_dropped_call_leaves_nothing_behind() {
    let mut world = World::new();
    let registry = patient(Some("hub"));
    let hub = Peer::new("hub").make();
    let _driver = world.connect(&registry, &hub);
    let call = world.call(&registry, "far.away", Value::Null);
    let sent = hub.sent_one();
    drop(call);
    world.settle();
    assert_eq!(load(&registry), quiet(0, 1));
    hub.deliver(response(sent.id(), json!("late")));
    world.settle();
    assert_eq!(registry.stats().ignored_responses, 1);
}

#[test]
fn w6_a_dropped_registration_leaves_nothing_behind() {
    let mut world = World::new();
    let registry = patient(Some("hub"));
    let hub = Peer::new("hub").make();
    let _driver = world.connect(&registry, &hub);
    let registering = {
        let registry = registry.clone();
        world.start(async move { registry.register_command(echo("a.b")).await })
    };
    let sent = hub.sent_one();
    drop(registering);
    world.settle();
    assert_eq!(load(&registry), quiet(0, 1));
    hub.deliver(accepted(sent.id()));
    world.settle();
    assert!(ids(&registry).is_empty());
}

#[test]
fn w6_a_call_that_was_never_polled_does_nothing() {
    let registry = patient(Some("hub"));
    let hub = Peer::new("hub").make();
    let _driver = block_on(registry.register_channel(hub.clone())).unwrap();
    drop(registry.execute_dyn("far.away", Value::Null));
    assert!(hub.sent().is_empty());
}

#[test]
fn dropping_a_call_wakes_nobody_while_the_registry_is_locked() {
    soon(|| {
        let registry = patient(Some("hub"));
        let _driver = block_on(registry.register_channel(Peer::new("hub").make())).unwrap();
        let (waker, _) = curious_waker(&registry);
        let mut call = Box::pin(registry.execute_dyn("far.away", Value::Null));
        let polled = call.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        drop(call);
        assert_eq!(load(&registry), quiet(0, 1));
    });
}

#[test]
fn w7_a_call_that_the_channel_does_not_take_fails_at_once_and_leaves_nothing() {
    let cases: [(Verdict, &str); 4] = [
        (|| Err(ChannelError::Closed), "channel disconnected"),
        (
            || Err(ChannelError::Send("broken".into())),
            "channel disconnected",
        ),
        (
            || Err(ChannelError::Other("too large".into())),
            "internal error executing command a.b: too large",
        ),
        (|| panic!("in a channel"), "channel disconnected"),
    ];
    for (verdict, text) in cases {
        let mut world = World::new();
        let registry = patient(Some("hub"));
        let hub = Peer::new("hub").on_send(move |_| verdict()).make();
        let _driver = world.connect(&registry, &hub);
        let result = world.run(registry.execute_dyn("a.b", Value::Null));
        assert_eq!(result.unwrap_err().to_string(), text);
        let result = world.register(&registry, echo("a.b"));
        assert_eq!(result.unwrap_err().to_string(), text);
        assert_eq!(load(&registry), quiet(0, 1), "the session lives");
    }
}

#[test]
fn w8_calls_that_race_with_the_end_of_the_session_never_hang() {
    soon(|| {
        for _ in 0..200 {
            let registry = patient(Some("hub"));
            let driver = block_on(registry.register_channel(Peer::new("hub").make())).unwrap();
            let calls: Vec<_> = (0..3)
                .map(|_| {
                    let registry = registry.clone();
                    std::thread::spawn(move || {
                        block_on(registry.execute_dyn("far.away", Value::Null))
                    })
                })
                .collect();
            drop(driver);
            for call in calls {
                is_disconnected(call.join().unwrap());
            }
            assert_eq!(load(&registry), quiet(0, 0));
        }
    });
}

#[test]
fn w11_a_forward_that_the_target_does_not_take_is_answered_at_once() {
    let cases: [(Verdict, &str); 3] = [
        (
            || Err(ChannelError::Closed),
            "channel_disconnected: target channel disconnected",
        ),
        (
            || Err(ChannelError::Other("too large".into())),
            "internal_error: too large",
        ),
        (
            || panic!("in a channel"),
            "channel_disconnected: target channel disconnected",
        ),
    ];
    for (verdict, text) in cases {
        let mut world = World::new();
        let hub = patient(None);
        let asker = Peer::new("asker").make();
        let target = Peer::new("target").on_send(move |_| verdict()).make();
        let _drivers = (world.connect(&hub, &asker), world.connect(&hub, &target));
        target.deliver(list(target.probe(), &["a.b"]));
        world.settle();
        let asked = fresh();
        asker.deliver(request(asked, "a.b", Value::Null));
        world.settle();
        let answer = asker.sent_one();
        assert_eq!(answer.thid(), Some(asked));
        assert_eq!(said(&answer), text);
        assert_eq!(load(&hub), quiet(1, 2));
    }
}

#[test]
fn a_response_that_the_channel_refuses_is_replaced_by_an_error() {
    let mut world = World::new();
    let registry = patient(None);
    let peer = Peer::new("peer")
        .on_send(|message| match said(message).as_str() {
            "\"large\"" => Err(ChannelError::Other("too large".into())),
            _ => Ok(()),
        })
        .make();
    let _driver = world.connect(&registry, &peer);
    world.register(&registry, echo("a.b")).unwrap();
    peer.deliver(request(fresh(), "a.b", json!("large")));
    world.settle();
    assert_eq!(
        said(&peer.sent_one()),
        "internal_error: the result could not be sent: too large"
    );
}

fn traced() -> MessageMeta {
    MessageMeta {
        traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into()),
        ..MessageMeta::default()
    }
}

/// Makes a command that returns the trace context it is called with, before and after it has waited.
fn tracer(id: &str) -> impl Command {
    let current = || CallContext::current()?.meta()?.traceparent.clone();
    DynCommand::new(id, move |_: Value| async move {
        let before = current();
        yield_once().await;
        Ok::<_, CommandError>((before, current()))
    })
}

#[test]
fn w15_a_handler_reads_the_envelope_of_its_call_however_far_it_came() {
    let mut world = World::new();
    let (hub, a, b) = (root("hub"), child("a", "hub"), child("b", "hub"));
    let _links = (world.join(&a, &hub), world.join(&b, &hub));
    world.register(&b, tracer("trace.far")).unwrap();
    world.register(&a, tracer("trace.near")).unwrap();
    for id in ["trace.far", "trace.near"] {
        let options = CallOptions::default().meta(traced());
        let seen = world.run(a.execute_dyn_with(id, Value::Null, options));
        let trace = traced().traceparent;
        assert_eq!(seen.unwrap(), json!([trace, trace]), "{id}");
        let seen = world.run(a.execute_dyn(id, Value::Null));
        assert_eq!(seen.unwrap(), json!([null, null]), "{id}");
    }
    assert!(CallContext::current().is_none());
}

struct Traced;

impl Command for Traced {
    const ID: &'static str = "typed.trace";
    type Request = ();
    type Response = Option<String>;

    async fn handle(&self, (): ()) -> Result<Option<String>, CommandError> {
        let context = CallContext::current().expect("a handler has a context");
        Ok(context.meta().and_then(|meta| meta.traceparent.clone()))
    }
}

#[test]
fn w15_a_typed_call_takes_an_envelope_along() {
    let mut world = World::new();
    let (hub, a) = (root("hub"), child("a", "hub"));
    let _link = world.join(&a, &hub);
    world.register(&a, Traced).unwrap();
    for caller in [&a, &hub] {
        let options = CallOptions::default().meta(traced());
        let seen = world.run(caller.execute_with::<Traced>((), options));
        assert_eq!(seen.unwrap(), traced().traceparent);
        assert_eq!(world.run(caller.execute::<Traced>(())).unwrap(), None);
    }
}

#[test]
fn w15_a_handler_called_by_another_one_gets_its_trace_context_unless_the_call_is_detached() {
    let mut world = World::new();
    let registry = root("a");
    world.register(&registry, tracer("inner")).unwrap();
    let weak = registry.downgrade();
    let outer = DynCommand::new("outer", move |_: Value| {
        let registry = weak.upgrade().unwrap();
        async move {
            let inner = registry.execute_dyn("inner", Value::Null).await?;
            let detached = registry.call_dyn("inner", Value::Null).detached().await?;
            let own = CallContext::current().and_then(|context| context.meta().cloned());
            Ok::<_, CommandError>((inner, detached, own.and_then(|meta| meta.traceparent)))
        }
    });
    world.register(&registry, outer).unwrap();
    let options = CallOptions::default().meta(traced());
    let seen = world.run(registry.execute_dyn_with("outer", Value::Null, options));
    assert_eq!(
        seen.unwrap(),
        json!([
            [traced().traceparent, traced().traceparent],
            [null, null],
            traced().traceparent
        ])
    );
}

#[test]
fn w15_the_envelope_of_a_response_reaches_the_asker_behind_a_hop() {
    let mut world = World::new();
    let hub = root("hub");
    let (asker, target) = (Peer::new("asker").make(), Peer::new("target").make());
    let _drivers = (world.connect(&hub, &asker), world.connect(&hub, &target));
    target.deliver(list(target.probe(), &["a.b"]));
    asker.deliver(request(fresh(), "a.b", Value::Null));
    world.settle();
    let mut answer = response(target.sent_one().id(), json!(1));
    if let Message::ExecuteCommandResponse { meta, .. } = &mut answer {
        *meta = Some(traced());
    }
    target.deliver(answer);
    world.settle();
    assert_eq!(asker.sent_one().meta(), Some(&traced()));
}

#[derive(Clone, Deserialize)]
#[serde(crate = "cmdbus::serde")]
struct NeverEncoded {
    #[serde(skip)]
    encoded: Arc<AtomicUsize>,
}

impl Serialize for NeverEncoded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.encoded.fetch_add(1, Ordering::SeqCst);
        serializer.serialize_unit()
    }
}

struct Pass;

impl Command for Pass {
    const ID: &'static str = "pass";
    type Request = NeverEncoded;
    type Response = NeverEncoded;

    async fn handle(&self, request: NeverEncoded) -> Result<NeverEncoded, CommandError> {
        Ok(request)
    }
}

#[test]
fn a_typed_local_call_hands_the_values_over_as_they_are() {
    let registry = root("a");
    block_on(registry.register_command(Pass)).unwrap();
    let encoded = Arc::new(AtomicUsize::new(0));
    let request = NeverEncoded {
        encoded: encoded.clone(),
    };
    let result = block_on(registry.execute::<Pass>(request)).unwrap();
    assert!(
        Arc::ptr_eq(&result.encoded, &encoded),
        "it is the very value"
    );
    assert_eq!(encoded.load(Ordering::SeqCst), 0);
}

#[test]
fn a_typed_call_finds_a_handler_of_other_types_by_encoding() {
    struct Count;
    impl Command for Count {
        const ID: &'static str = "count";
        type Request = Vec<u8>;
        type Response = usize;
        async fn handle(&self, _: Vec<u8>) -> Result<usize, CommandError> {
            unreachable!("only its types are used")
        }
    }
    let registry = root("a");
    let command = DynCommand::new("count", |items: Value| async move {
        Ok::<_, CommandError>(json!(items.as_array().map(Vec::len)))
    });
    block_on(registry.register_command(command)).unwrap();
    let count = block_on(registry.execute::<Count>(vec![1, 2, 3]));
    assert_eq!(count.unwrap(), 3);
}

/// Fails in the way its request says.
struct Fails;

impl Command for Fails {
    const ID: &'static str = "fails";
    type Request = u8;
    type Response = Option<f32>;

    async fn handle(&self, how: u8) -> Result<Option<f32>, CommandError> {
        Err(match how {
            0 => CommandError::InvalidMessage("x".into()),
            1 => CommandError::DuplicateCommand("x".into()),
            2 => CommandError::NotFound("x".into()),
            3 => CommandError::InvalidRequest {
                command_id: "inner".into(),
                message: "x".into(),
            },
            4 => CommandError::Internal {
                command_id: "inner".into(),
                message: "x".into(),
            },
            5 => CommandError::Timeout,
            6 => CommandError::ChannelDisconnected,
            7 => CommandError::Serde(cmdbus::serde_json::from_str::<u8>("?").unwrap_err()),
            _ => panic!("on purpose"),
        })
    }
}

#[test]
fn a_local_call_and_a_remote_one_report_alike() {
    let expected = [
        "internal error executing command fails: invalid message: x [command fails]",
        "internal error executing command fails: duplicate command registration: x [command fails]",
        "command not found: x",
        "invalid request for command fails: x",
        "internal error executing command fails: x",
        "request timed out",
        "channel disconnected",
        "internal error executing command fails: \
         serialization error: expected value at line 1 column 1 [command fails]",
        "internal error executing command fails: the handler panicked: on purpose",
    ];
    let mut world = World::new();
    let (hub, near, far) = (root("hub"), child("near", "hub"), child("far", "hub"));
    let _links = (world.join(&near, &hub), world.join(&far, &hub));
    world.register(&near, Fails).unwrap();
    for (how, text) in (0_u8..).zip(expected) {
        for caller in [&near, &hub, &far] {
            let at = caller.id();
            let typed = world.run(caller.execute::<Fails>(how)).unwrap_err();
            assert_eq!(typed.to_string(), text, "typed at {at}");
            let untyped = world
                .run(caller.execute_dyn("fails", json!(how)))
                .unwrap_err();
            assert_eq!(untyped.to_string(), text, "untyped at {at}");
        }
    }
    for caller in [&near, &hub, &far] {
        let error = world.run(caller.execute_dyn("fails", json!("text")));
        let text = error.unwrap_err().to_string();
        let expected =
            "invalid request for command fails: invalid type: string \"text\", expected u8";
        assert!(text.starts_with(expected), "{text}");
        let error = world.run(caller.execute_dyn("nobody.has.it", Value::Null));
        assert_eq!(
            error.unwrap_err().to_string(),
            "command not found: nobody.has.it"
        );
    }
}

#[test]
fn what_does_not_encode_or_decode_at_the_caller_is_a_serde_error() {
    struct Odd;
    impl Command for Odd {
        const ID: &'static str = "odd";
        type Request = std::collections::BTreeMap<Vec<u8>, u8>;
        type Response = u8;
        async fn handle(&self, _: Self::Request) -> Result<u8, CommandError> {
            unreachable!("only its types are used")
        }
    }
    let mut world = World::new();
    let (hub, a) = (root("hub"), child("a", "hub"));
    let _link = world.join(&a, &hub);
    world.register(&a, constant("odd", "text")).unwrap();
    for caller in [&a, &hub] {
        let bad_key = [(vec![1], 1)].into();
        let error = world.run(caller.execute::<Odd>(bad_key));
        assert!(matches!(error, Err(CommandError::Serde(_))), "{error:?}");
        let error = world.run(caller.execute::<Odd>([].into()));
        assert!(matches!(error, Err(CommandError::Serde(_))), "{error:?}");
    }
}

#[test]
fn a_response_that_does_not_encode_is_an_internal_error_near_and_far() {
    let mut world = World::new();
    let (hub, a) = (root("hub"), child("a", "hub"));
    let _link = world.join(&a, &hub);
    let odd = DynCommand::new("odd", |_: Value| async {
        Ok::<_, CommandError>(std::collections::BTreeMap::from([(vec![1], 1)]))
    });
    world.register(&a, odd).unwrap();
    for caller in [&a, &hub] {
        let error = world.run(caller.execute_dyn("odd", Value::Null));
        assert_eq!(
            error.unwrap_err().to_string(),
            "internal error executing command odd: key must be a string"
        );
    }
}

#[test]
fn nothing_and_null_come_back_as_null() {
    let mut world = World::new();
    let (hub, a) = (root("hub"), child("a", "hub"));
    let _link = world.join(&a, &hub);
    let unit = DynCommand::new("unit", |_: Value| async { Ok::<_, CommandError>(()) });
    world.register(&a, unit).unwrap();
    world.register(&a, echo("echo")).unwrap();
    for caller in [&a, &hub] {
        for id in ["unit", "echo"] {
            let result = world.run(caller.execute_dyn(id, Value::Null));
            assert_eq!(result.unwrap(), Value::Null);
        }
        let nested = json!({"a": null});
        let result = world.run(caller.execute_dyn("echo", nested.clone()));
        assert_eq!(result.unwrap(), nested);
    }
}

#[test]
fn w56_every_spelling_of_no_arguments_reaches_every_handler_without_arguments() {
    #[derive(Deserialize)]
    #[serde(crate = "cmdbus::serde")]
    struct Unit;
    #[derive(Deserialize)]
    #[serde(crate = "cmdbus::serde")]
    struct Options {
        deep: Option<bool>,
    }
    fn takes<T: DeserializeOwned + Send + 'static>(id: &str, check: fn(T) -> bool) -> impl Command {
        DynCommand::new(id, move |request: T| async move {
            Ok::<_, CommandError>(check(request))
        })
    }
    let mut world = World::new();
    let (hub, a) = (root("hub"), child("a", "hub"));
    let _link = world.join(&a, &hub);
    world
        .register(&a, takes::<()>("a.nothing", |()| true))
        .unwrap();
    world
        .register(&a, takes::<Unit>("a.unit", |Unit| true))
        .unwrap();
    let options = takes::<Options>("a.options", |options| options.deep.is_none());
    world.register(&a, options).unwrap();
    let untyped = takes::<Value>("a.untyped", |value| value.is_null() || value == json!({}));
    world.register(&a, untyped).unwrap();
    for caller in [&a, &hub] {
        for id in ["a.nothing", "a.unit", "a.options", "a.untyped"] {
            for spelling in [Value::Null, json!({})] {
                let result = world.run(caller.execute_dyn(id, spelling));
                assert_eq!(result.unwrap(), true, "{id}");
            }
        }
        let error = world.run(caller.execute_dyn("a.nothing", json!({"x": 1})));
        assert!(matches!(error, Err(CommandError::InvalidRequest { .. })));
    }
}

#[test]
fn w57_a_command_type_without_an_id_cannot_be_called_by_its_type() {
    type Dynamic = DynCommand<Value, Value, cmdbus::BoxedHandler>;
    let registry = patient(Some("hub"));
    let hub = Peer::new("hub").make();
    let _driver = block_on(registry.register_channel(hub.clone())).unwrap();
    let error = block_on(registry.execute::<Dynamic>(Value::Null));
    assert!(matches!(error, Err(CommandError::InvalidMessage(_))));
    assert!(hub.sent().is_empty());
}

#[test]
fn w58_empty_ids_are_refused_at_every_entrance() {
    let mut world = World::new();
    let registry = root("a");
    let peer = Peer::new("peer").make();
    let _driver = world.connect(&registry, &peer);
    let error = world.register(&registry, echo(""));
    assert!(matches!(error, Err(CommandError::InvalidMessage(_))));
    let error = world.run(registry.execute_dyn("", Value::Null));
    assert!(matches!(error, Err(CommandError::InvalidMessage(_))));
    peer.deliver(list(peer.probe(), &["", "a.b"]));
    peer.deliver(registration(definition("", "forged")));
    world.settle();
    assert_eq!(ids(&registry), ["a.b"]);
}

#[test]
fn w59_private_commands_are_served_to_who_knows_them_unless_switched_off() {
    for serve in [true, false] {
        let mut world = World::new();
        let options = Options::default().serve_private(serve);
        let a = CommandRegistry::with_options(config("a"), options);
        let b = root("b");
        let _link = world.join(&a, &b);
        world.register(&a, constant("_a.secret", "served")).unwrap();
        assert!(ids(&a).is_empty());
        assert!(ids(&b).is_empty());
        let local = world.run(a.execute_dyn("_a.secret", Value::Null));
        assert_eq!(local.unwrap(), "served");

        let peer = Peer::new("peer").make();
        let _driver = world.connect(&a, &peer);
        peer.deliver(request(fresh(), "_a.secret", Value::Null));
        world.settle();
        let expected = if serve {
            "\"served\""
        } else {
            "not_found: command not found: _a.secret"
        };
        assert_eq!(said(&peer.sent_one()), expected);
    }
}

#[test]
fn a_call_to_a_router_that_is_not_there_fails_at_once() {
    let registry = child("a", "hub");
    is_disconnected(block_on(registry.execute_dyn("far.away", Value::Null)));
    let nobody = block_on(root("b").execute_dyn("far.away", Value::Null));
    assert!(matches!(nobody, Err(CommandError::NotFound(id)) if id == "far.away"));
}

#[test]
fn a_local_handler_is_dropped_with_the_call() {
    struct Flag(Arc<Mutex<bool>>);
    impl Drop for Flag {
        fn drop(&mut self) {
            *self.0.lock().unwrap() = true;
        }
    }
    let registry = root("a");
    let dropped = Arc::new(Mutex::new(false));
    let flag = dropped.clone();
    let command = DynCommand::new("hang", move |_: Value| {
        let flag = Flag(flag.clone());
        async move {
            let _flag = flag;
            std::future::pending::<Result<(), CommandError>>().await
        }
    });
    block_on(registry.register_command(command)).unwrap();
    let mut call = Box::pin(registry.execute_dyn("hang", Value::Null));
    assert!(poll_once(&mut call).is_pending());
    assert!(!*dropped.lock().unwrap());
    drop(call);
    assert!(*dropped.lock().unwrap());
}

#[test]
fn a_handler_may_call_back_over_the_channel_it_was_called_over() {
    let mut world = World::new();
    let (hub, a) = (root("hub"), child("a", "hub"));
    let _link = world.join(&a, &hub);
    world.register(&hub, echo("hub.echo")).unwrap();
    let weak = a.downgrade();
    let ask = DynCommand::new("a.ask", move |request: Value| {
        let registry = weak.upgrade().unwrap();
        async move { registry.execute_dyn("hub.echo", request).await }
    });
    world.register(&a, ask).unwrap();
    let result = world.run(hub.execute_dyn("a.ask", json!(7)));
    assert_eq!(result.unwrap(), 7);
}
