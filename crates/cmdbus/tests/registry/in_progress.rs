//! Calls in progress: how much time they have, how they are given up, and what is heard of them meanwhile. "Wherever it
//! runs" is in the caller's own registry, one link away, and behind a hub.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use cmdbus::registry::{Features, Options};
use cmdbus::serde_json::{Value, json};
use cmdbus::{
    CallContext, CallOptions, Command, CommandError, CommandRegistry, DynCommand, Progress,
};
use futures_channel::oneshot;
use futures_executor::block_on;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, maybe_done};

use crate::support::*;

const MINUTE: Duration = Duration::from_secs(60);

#[track_caller]
fn is_timeout<T: std::fmt::Debug>(result: Result<T, CommandError>) {
    assert!(matches!(result, Err(CommandError::Timeout)), "{result:?}");
}

/// Makes a command that returns how many milliseconds its caller still gives it.
fn remaining(id: &str) -> impl Command {
    DynCommand::new(id, |_: Value| async {
        yield_once().await;
        let context = CallContext::current().unwrap();
        assert_eq!(context.remaining().is_some(), context.deadline().is_some());
        let left = context.remaining();
        Ok::<_, CommandError>(left.map(|left| u64::try_from(left.as_millis()).unwrap()))
    })
}

/// Returns the result as a time in milliseconds.
#[track_caller]
fn left(result: Result<Value, CommandError>) -> Duration {
    Duration::from_millis(result.unwrap().as_u64().expect("there is a limit"))
}

/// Returns whether a handler had begun, which must have ended because its time was up.
#[track_caller]
fn was_ended_by_deadline(watch: &Watch) -> bool {
    let ended = watch.ended();
    assert!(ended.is_empty() || ended == ["deadline"], "{ended:?}");
    !ended.is_empty()
}

/// A command called by its type.
struct Typed(Watch);

impl Command for Typed {
    const ID: &'static str = "typed";
    type Request = ();
    type Response = Option<u64>;

    async fn handle(&self, (): ()) -> Result<Option<u64>, CommandError> {
        self.0.enter().end("returned");
        let left = CallContext::current().and_then(|context| context.remaining());
        Ok(left.map(|left| u64::try_from(left.as_millis()).unwrap()))
    }
}

// Deadlines

#[test]
fn a_call_without_an_answer_ends_in_time_and_so_does_its_handler_wherever_it_runs() {
    soon(|| {
        let (mut line, watch) = (Line::new(), Watch::default());
        line.provide(watch.hanging("hang"));
        // What travels is rounded down at every hop, so that none has more time than the one before it.
        let rounding = Duration::from_millis(1);
        for (caller, hops) in line.callers().into_iter().zip(0..) {
            with_enough_time(|limit| {
                let start = Instant::now();
                let call = caller.call_dyn("hang", Value::Null).timeout(limit);
                is_timeout(line.world.run(call.into_future()));
                let spent = start.elapsed();
                assert!(spent + rounding * hops >= limit, "{spent:?} over {hops}");
                line.is_quiet();
                was_ended_by_deadline(&watch)
            });
        }
    });
}

#[test]
fn a_handler_has_at_most_the_time_its_caller_gave_wherever_it_runs() {
    let (mut line, watch) = (Line::new(), Watch::default());
    line.provide(remaining("left"));
    line.provide(Typed(watch));
    for caller in line.callers() {
        let run = &mut line.world;
        let call = caller.call_dyn("left", Value::Null).timeout(MINUTE);
        let by_timeout = left(run.run(call.into_future()));
        let due = Instant::now() + MINUTE;
        let call = caller.call_dyn("left", Value::Null).deadline(due);
        let by_deadline = left(run.run(call.into_future()));
        let options = || CallOptions::default().timeout(MINUTE);
        let call = caller.execute_dyn_with("left", Value::Null, options());
        let by_options = left(run.run(call));
        let typed = run.run(caller.call::<Typed>(()).timeout(MINUTE).into_future());
        let unencoded = run.run(caller.execute_with::<Typed>((), options()));
        let typed = [typed, unencoded].map(|it| Duration::from_millis(it.unwrap().unwrap()));
        for left in [by_timeout, by_deadline, by_options, typed[0], typed[1]] {
            assert!(left <= MINUTE && left > MINUTE / 2, "{left:?}");
        }
    }
}

#[test]
fn a_handler_of_a_call_without_a_time_limit_has_none() {
    let mut line = Line::new();
    line.provide(remaining("left"));
    for caller in line.callers() {
        let result = line.world.run(caller.execute_dyn("left", Value::Null));
        assert_eq!(result.unwrap(), Value::Null);
        line.is_quiet();
    }
}

#[test]
fn only_a_call_with_terms_says_so_on_the_wire() {
    let mut world = World::new();
    let registry = root("a");
    let peer = Peer::new("peer").make();
    let _driver = world.connect(&registry, &peer);
    peer.provide(&["x"]);
    world.settle();
    let call = registry.call_dyn("x", Value::Null);
    let plain = world.start(call.into_future());
    assert_eq!(peer.sent_one().meta(), None);
    let call = registry
        .call_dyn("x", Value::Null)
        .timeout(MINUTE)
        .on_progress(drop)
        .meta("mine", 1)
        .meta("cmdbus-stream", json!({"credit": 3}))
        .meta("traceparent", "00-1-2-03");
    let asking = world.start(call.into_future());
    let sent = peer.sent_one();
    let trace = sent.meta().unwrap().traceparent.as_deref();
    assert_eq!(trace, Some("00-1-2-03"));
    let mut asked = asks(&sent);
    let time = asked["cmdbus-timeout-ms"].take();
    let expected = json!({"cmdbus-timeout-ms": null, "cmdbus-progress": true, "mine": 1});
    assert_eq!(asked, expected, "and no key of the bus from the caller");
    assert!(time.as_u64().unwrap() <= 60_000, "{time}");
    drop((plain, asking));
}

#[test]
fn the_keys_of_the_bus_cannot_be_set_by_a_caller_of_the_same_registry_either() {
    let registry = root("a");
    let extra = DynCommand::new("extra", |_: Value| async {
        let context = CallContext::current().unwrap();
        Ok::<_, CommandError>(context.meta().map(|meta| meta.extra.clone()))
    });
    block_on(registry.register_command(extra)).unwrap();
    let call = registry
        .call_dyn("extra", Value::Null)
        .meta("cmdbus-timeout-ms", 1)
        .meta("mine", 2);
    assert_eq!(block_on(call.into_future()).unwrap(), json!({"mine": 2}));
}

#[test]
fn a_call_that_has_no_time_left_fails_at_once_and_its_handler_does_not_run() {
    let (mut line, watch) = (Line::new(), Watch::default());
    line.provide(watch.hanging("hang"));
    line.provide(Typed(watch.clone()));
    let count = watch.clone();
    line.provide(DynCommand::streaming("stream", move |_: Value| {
        count.enter().end("ran");
        futures_util::stream::iter([Ok(1)])
    }));
    let none = || CallOptions::default().timeout(Duration::ZERO);
    for caller in line.callers() {
        let world = &mut line.world;
        for limit in [Duration::ZERO, Duration::from_nanos(1)] {
            let call = caller.call_dyn("hang", Value::Null).timeout(limit);
            is_timeout(world.run(call.into_future()));
        }
        let past = Instant::now();
        let (_, call) = caller.call_dyn("hang", Value::Null).deadline(past).handle();
        is_timeout(world.run(call));
        is_timeout(world.run(caller.call::<Typed>(()).deadline(past).into_future()));
        is_timeout(world.run(caller.execute_with::<Typed>((), none())));
        let stream = caller.call_dyn("stream", Value::Null).options(none());
        is_timeout(world.run(stream.stream().finish()));
        assert_eq!(watch.begun(), 0);
        line.is_quiet();
    }
}

#[test]
fn a_request_that_arrives_without_time_left_is_answered_and_not_served() {
    let (mut world, watch) = (World::new(), Watch::default());
    let registry = root("a");
    world.register(&registry, watch.hanging("hang")).unwrap();
    let peer = Peer::new("peer").make();
    let _driver = world.connect(&registry, &peer);
    let mut late = request(fresh(), "hang", Value::Null);
    if let cmdbus::Message::ExecuteCommandRequest { meta, .. } = &mut late {
        let extra = &mut meta.get_or_insert_default().extra;
        extra.insert("cmdbus-timeout-ms".into(), json!(0));
    }
    peer.deliver(late);
    world.settle();
    assert_eq!(said(&peer.sent_one()), "timeout: request timed out");
    assert_eq!(watch.begun(), 0);
}

#[test]
fn more_time_than_a_caller_may_ask_for_is_read_as_the_most_wherever_the_handler_runs() {
    let mut line = Line::with(|_| Options::default().max_deadline(MINUTE));
    line.provide(remaining("left"));
    for caller in line.callers() {
        for limit in [MINUTE * 2, Duration::MAX] {
            let call = caller.call_dyn("left", Value::Null).timeout(limit);
            let left = left(line.world.run(call.into_future()));
            assert!(left <= MINUTE && left > MINUTE / 2, "{left:?}");
        }
    }
    let mut line = Line::new();
    line.provide(remaining("left"));
    let day = Duration::from_secs(24 * 60 * 60);
    for caller in line.callers() {
        let call = caller.call_dyn("left", Value::Null).timeout(Duration::MAX);
        let left = left(line.world.run(call.into_future()));
        assert!(left <= day && left > day / 2, "{left:?}");
    }
}

#[test]
fn an_answer_in_time_leaves_no_timer_behind() {
    let mut line = Line::new();
    line.provide(echo("echo"));
    for caller in line.callers() {
        let call = caller.call_dyn("echo", json!(1)).timeout(MINUTE);
        assert_eq!(line.world.run(call.into_future()).unwrap(), 1);
        line.is_quiet();
    }
}

#[test]
fn dropping_a_call_with_a_time_limit_wakes_nobody_while_the_registry_is_locked() {
    soon(|| {
        let registry = root("a");
        block_on(registry.register_command(hanging("hang"))).unwrap();
        let (waker, _) = curious_waker(&registry);
        let mut call = registry
            .call_dyn("hang", Value::Null)
            .timeout(MINUTE)
            .into_future();
        let polled = call.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        drop(call);
        assert_eq!(load(&registry), quiet(1, 0));
    });
}

// Cancellation

#[test]
fn dropping_a_call_drops_its_handler_wherever_it_runs() {
    let (mut line, watch) = (Line::new(), Watch::default());
    line.provide(watch.hanging("hang"));
    for caller in line.callers() {
        let call = line.world.call(&caller, "hang", Value::Null);
        let context = watch.context();
        assert!(!context.is_cancelled());
        assert_eq!(context.cancel_reason(), None);
        drop(call);
        line.world.settle();
        assert_eq!(watch.ended(), ["caller_gone"], "told, then dropped");
        assert_eq!(context.cancel_reason().unwrap().as_str(), "caller_gone");
        line.is_quiet();
    }
}

#[test]
fn whoever_holds_the_context_is_woken_when_nobody_waits_for_the_handler() {
    let (mut line, watch) = (Line::new(), Watch::default());
    line.provide(watch.hanging("hang"));
    for caller in line.callers() {
        let call = line.world.call(&caller, "hang", Value::Null);
        let context = watch.context();
        let told = line.world.start(async move {
            context.cancelled().await;
            context.cancelled().await;
        });
        drop(call);
        line.world.run(told);
        watch.wait_end(&mut line.world);
    }
}

#[test]
fn a_handle_ends_its_call_and_the_handler_wherever_it_runs() {
    let (mut line, watch) = (Line::new(), Watch::default());
    line.provide(watch.hanging("hang"));
    for caller in line.callers() {
        let (handle, call) = caller.call_dyn("hang", Value::Null).handle();
        let call = line.world.start(call);
        assert_eq!(watch.begun(), 1);
        handle.cancel();
        let error = line.world.run(call).unwrap_err();
        assert_eq!(
            error.to_string(),
            "internal error executing command hang: the call was cancelled: user"
        );
        line.world.settle();
        assert_eq!(watch.ended(), ["user"]);
        line.is_quiet();
        watch.forget();
    }
}

#[test]
fn a_call_that_was_cancelled_before_anybody_waited_for_it_fails() {
    let (mut line, watch) = (Line::new(), Watch::default());
    line.provide(watch.hanging("hang"));
    for caller in line.callers() {
        let (handle, call) = caller.call_dyn("hang", Value::Null).handle();
        handle.cancel();
        let error = line.world.run(call).unwrap_err();
        assert!(matches!(error, CommandError::Internal { .. }), "{error:?}");
        line.is_quiet();
        let (_handle, never_polled) = caller.call_dyn("hang", Value::Null).handle();
        drop(never_polled);
        line.is_quiet();
    }
}

#[test]
fn a_handle_has_the_id_of_the_call_and_does_nothing_when_it_is_over() {
    let mut world = World::new();
    let registry = root("a");
    let peer = Peer::new("peer").make();
    let _driver = world.connect(&registry, &peer);
    peer.provide(&["x"]);
    world.settle();
    let (handle, call) = registry.call_dyn("x", Value::Null).handle();
    assert_eq!(peer.sent_one().id(), handle.id(), "sent at once");
    peer.deliver(response(handle.id(), json!(7)));
    assert_eq!(world.run(call).unwrap(), 7);
    handle.cancel();
    handle.clone().cancel();
    world.settle();
    assert!(peer.sent().is_empty());

    let (handle, call) = registry.call_dyn("x", Value::Null).handle();
    let sent = peer.sent_one();
    let call = world.start(call);
    handle.cancel();
    world.run(call).unwrap_err();
    let cancel = peer.sent_one();
    let reason = json!({"reason": "user"});
    assert_eq!(framed(&cancel), ("cancel".into(), reason));
    peer.deliver(response(sent.id(), json!("late")));
    world.settle();
    assert_eq!(registry.stats().ignored_responses, 1);
    assert_eq!(load(&registry), quiet(1, 1));
}

#[test]
fn an_answer_that_has_come_is_not_lost_to_a_cancel_after_it() {
    let mut line = Line::new();
    line.provide(echo("echo"));
    for caller in [line.hub.clone(), line.a.clone()] {
        let (handle, call) = caller.call_dyn("echo", json!(1)).handle();
        line.world.settle();
        handle.cancel();
        assert_eq!(line.world.run(call).unwrap(), 1);
    }
}

#[test]
fn the_handler_of_a_caller_that_disposes_of_its_registry_is_dropped() {
    let (mut line, watch) = (Line::new(), Watch::default());
    line.provide(watch.hanging("hang"));
    for caller in [line.a.clone(), line.hub.clone()] {
        let call = line.world.call(&caller, "hang", Value::Null);
        line.world.run(caller.dispose());
        let result = line.world.run(call);
        assert!(matches!(result, Err(CommandError::ChannelDisconnected)));
        line.world.settle();
        assert_eq!(watch.ended(), ["caller_gone"]);
        line.is_quiet();
    }
}

#[test]
fn the_handler_of_a_caller_whose_link_is_lost_is_dropped() {
    for near in [true, false] {
        let (mut line, watch) = (Line::new(), Watch::default());
        line.provide(watch.hanging("hang"));
        let call = line.world.call(&line.a.clone(), "hang", Value::Null);
        drop(if near {
            line.to_a.take()
        } else {
            line.to_b.take()
        });
        let result = line.world.run(call);
        assert!(matches!(result, Err(CommandError::ChannelDisconnected)));
        line.world.settle();
        assert_eq!(watch.ended(), ["caller_gone"]);
        line.is_quiet();
    }
}

#[test]
fn a_graceful_handler_goes_on_after_its_caller_has_gone_and_is_not_heard() {
    let (mut line, watch, gate) = (Line::new(), Watch::default(), Gate::default());
    line.provide(watch.graceful("wait", &gate));
    for caller in [line.hub.clone(), line.a.clone()] {
        let call = line.world.call(&caller, "wait", Value::Null);
        assert!(gate.waiting().is_empty(), "it has not been told");
        drop(call);
        line.world.settle();
        assert!(watch.context().is_cancelled());
        assert_eq!(gate.waiting().len(), 1, "it goes on");
        assert_eq!(load(&line.b).running, 1);
        assert_eq!(
            (load(&line.hub).outstanding, load(&line.a).outstanding),
            (0, 0)
        );
        gate.open();
        line.world.settle();
        assert_eq!(watch.ended(), ["finished"]);
        assert_eq!(caller.stats().ignored_responses, 0);
        line.is_quiet();
    }
}

#[test]
fn a_graceful_handler_of_the_same_registry_is_waited_for_by_whoever_gives_it_up() {
    let (mut line, watch, gate) = (Line::new(), Watch::default(), Gate::default());
    line.provide(watch.graceful("wait", &gate));
    let (handle, call) = line.b.call_dyn("wait", Value::Null).handle();
    let mut call = line.world.start(call);
    assert!(gate.waiting().is_empty());
    handle.cancel();
    line.world.settle();
    assert_eq!(watch.context().cancel_reason().unwrap().as_str(), "user");
    assert_eq!(gate.waiting().len(), 1);
    assert!((&mut call).now_or_never().is_none());
    gate.open();
    let error = line.world.run(call).unwrap_err().to_string();
    assert!(error.ends_with("the call was cancelled: user"), "{error}");
    assert_eq!(watch.ended(), ["finished"]);
    line.is_quiet();
}

#[test]
fn a_graceful_handler_whose_time_is_up_may_finish_and_its_call_has_timed_out() {
    soon(|| {
        let (mut line, watch, gate) = (Line::new(), Watch::default(), Gate::default());
        line.provide(watch.graceful("wait", &gate));
        for caller in line.callers() {
            with_enough_time(|limit| {
                let call = caller.call_dyn("wait", Value::Null).timeout(limit);
                let mut call = maybe_done(line.world.start(call.into_future()));
                if !line.until_unless_over(&mut call, || !gate.waiting().is_empty()) {
                    return false;
                }
                let reason = watch.context().cancel_reason().unwrap();
                assert_eq!(reason.as_str(), "deadline");
                assert_eq!(watch.ended(), [""; 0]);
                gate.open();
                line.world.run(&mut call);
                is_timeout(Pin::new(&mut call).take_output().unwrap());
                assert_eq!(watch.wait_end(&mut line.world), "finished");
                line.is_quiet();
                true
            });
        }
    });
}

#[test]
fn a_graceful_handler_that_does_not_finish_is_dropped_after_its_grace() {
    soon(|| {
        let mut line = Line::with(|_| Options::default().cancel_grace(SHORT));
        let (watch, gate) = (Watch::default(), Gate::default());
        line.provide(watch.graceful("wait", &gate));
        for caller in line.callers() {
            let (handle, call) = caller.call_dyn("wait", Value::Null).handle();
            let call = line.world.start(call);
            let start = Instant::now();
            handle.cancel();
            line.world.run(call).unwrap_err();
            assert_eq!(watch.wait_end(&mut line.world), "user");
            assert!(start.elapsed() >= SHORT, "not early");
            line.is_quiet();
        }
    });
}

#[test]
fn a_spawned_handler_is_told_and_dropped_too() {
    let spawned = Arc::new(Mutex::new(Vec::<BoxFuture<'static, ()>>::new()));
    let tasks = spawned.clone();
    let mut line = Line::with(|_| {
        let tasks = tasks.clone();
        Options::default().spawn_handlers(move |task| tasks.lock().unwrap().push(task))
    });
    let watch = Watch::default();
    line.provide(watch.hanging("hang"));
    for caller in [line.hub.clone(), line.a.clone()] {
        let call = line.world.call(&caller, "hang", Value::Null);
        let task = spawned.lock().unwrap().pop().unwrap();
        let task = line.world.start(task);
        assert_eq!(load(&line.b).running, 1);
        drop(call);
        line.world.run(task);
        assert_eq!(watch.ended(), ["caller_gone"]);
        line.is_quiet();
    }
}

#[test]
fn a_spawned_handler_keeps_its_place_until_its_executor_has_dropped_it() {
    let spawned = Arc::new(Mutex::new(Vec::<BoxFuture<'static, ()>>::new()));
    let tasks = spawned.clone();
    let mut line = Line::with(|_| {
        let tasks = tasks.clone();
        Options::default().spawn_handlers(move |task| tasks.lock().unwrap().push(task))
    });
    let watch = Watch::default();
    line.provide(watch.hanging("hang"));
    let caller = line.a.clone();
    let call = line.world.call(&caller, "hang", Value::Null);
    let task = spawned.lock().unwrap().pop().unwrap();
    drop(call);
    line.world.settle();
    assert_eq!(
        load(&line.b).running,
        1,
        "it may be in the middle of its turn"
    );
    drop(task);
    line.world.settle();
    line.is_quiet();
}

#[test]
fn a_session_ends_without_an_executor_that_sees_to_nobody() {
    let spawned = Arc::new(Mutex::new(Vec::<BoxFuture<'static, ()>>::new()));
    let tasks = spawned.clone();
    let mut line = Line::with(|_| {
        let tasks = tasks.clone();
        Options::default().spawn_handlers(move |task| tasks.lock().unwrap().push(task))
    });
    line.provide(Watch::default().hanging("hang"));
    let _call = line.world.call(&line.a.clone(), "hang", Value::Null);
    let _task = spawned.lock().unwrap().pop().unwrap();
    let hub = line.hub.clone();
    line.world.run(hub.dispose());
    line.world.settle();
    assert_eq!((load(&line.b).sessions, load(&line.b).running), (0, 0));
}

#[test]
fn a_deadline_is_a_time_whenever_the_call_begins() {
    let mut world = World::new();
    let (registry, watch) = (root("a"), Watch::default());
    world.register(&registry, watch.hanging("hang")).unwrap();
    let deadline = Instant::now() + Duration::from_millis(2);
    let call = registry.call_dyn("hang", Value::Null).deadline(deadline);
    while Instant::now() < deadline {
        std::hint::spin_loop();
    }
    let result = world.run(call.into_future());
    assert!(matches!(result, Err(CommandError::Timeout)), "{result:?}");
    assert_eq!(watch.begun(), 0, "it is over before it begins");
}

#[test]
fn a_request_that_waits_for_a_free_handler_is_forgotten_with_its_caller_and_never_served() {
    let mut world = World::new();
    let provider = CommandRegistry::new(cmdbus::Config {
        max_in_flight_per_channel: 1,
        ..config("provider")
    });
    let (watch, caller) = (Watch::default(), root("caller"));
    let _link = world.join(&provider, &caller);
    world.register(&provider, watch.hanging("hang")).unwrap();
    world.register(&provider, echo("echo")).unwrap();
    // Known to the caller only after this.
    let peer = Peer::new("peer").make();
    let _driver = world.connect(&provider, &peer);
    peer.provide(&[]);
    world.settle();
    let ids = [fresh(), fresh(), fresh()];
    for id in ids {
        peer.deliver(request(id, "hang", Value::Null));
    }
    world.settle();
    assert_eq!((load(&provider).running, load(&provider).parked), (1, 2));
    peer.deliver(frame("cancel", ids[1], json!({"reason": "user"})));
    world.settle();
    assert_eq!((load(&provider).running, load(&provider).parked), (1, 1));
    peer.deliver(frame("cancel", ids[0], json!({"reason": "user"})));
    world.settle();
    assert_eq!(watch.ended(), ["user"]);
    assert_eq!(watch.begun(), 2, "the first and the third");
    peer.deliver(frame("cancel", ids[2], json!({"reason": "of my own"})));
    world.settle();
    assert_eq!(watch.ended(), ["of my own"], "reasons are passed on");
    assert!(peer.sent().is_empty(), "none is answered");
    assert_eq!(load(&provider), quiet(2, 2));
}

#[test]
fn a_request_that_waits_for_a_free_handler_expires_and_is_never_served() {
    soon(|| {
        let mut world = World::new();
        let provider = CommandRegistry::new(cmdbus::Config {
            max_in_flight_per_channel: 1,
            router_channel: Some("hub".into()),
            ..config("provider")
        });
        let (hub, gate) = (root("hub"), Gate::default());
        let _link = world.join(&provider, &hub);
        world.register(&provider, gate.command("wait")).unwrap();
        let first = world.call(&hub, "wait", json!(1));
        let second = hub.call_dyn("wait", json!(2)).timeout(SHORT);
        is_timeout(world.run(second.into_future()));
        world.until(|| load(&provider).parked == 0);
        assert_eq!(gate.waiting(), [1]);
        gate.open();
        assert_eq!(world.run(first).unwrap(), 1);
        world.settle();
        assert!(gate.waiting().is_empty());
        assert_eq!(load(&provider), quiet(1, 1));
        assert_eq!(load(&hub), quiet(1, 1));
    });
}

#[test]
fn without_the_feature_a_handler_goes_on_as_ever() {
    // The caller, the hub, or the provider is of an older kind.
    for old in ["a", "hub", "b"] {
        let mut line = Line::with(|id| {
            let none = id == old;
            let features = if none {
                Features::default()
            } else {
                Features::ALL
            };
            Options::default().features(features)
        });
        let (watch, gate) = (Watch::default(), Gate::default());
        line.provide(gate.command("wait"));
        line.provide(watch.hanging("hang"));
        let a = line.a.clone();
        let call = line.world.call(&a, "wait", json!(1));
        drop(call);
        line.world.settle();
        assert_eq!(gate.waiting(), [1], "{old}");
        assert_eq!(load(&line.b).running, 1, "{old}");
        gate.open();
        line.world.settle();
        line.is_quiet();
        let reports = Reports::default();
        let call = a.call_dyn("wait", json!(2)).on_progress(reports.listener());
        let call = line.world.start(call.into_future());
        gate.open();
        assert_eq!(line.world.run(call).unwrap(), 2, "{old}");
        line.is_quiet();
    }
}

#[test]
fn a_time_limit_is_kept_by_everybody_without_any_feature() {
    soon(|| {
        let mut line = Line::with(|_| Options::default().features(Features::default()));
        let watch = Watch::default();
        line.provide(watch.hanging("hang"));
        for caller in line.callers() {
            with_enough_time(|limit| {
                let call = caller.call_dyn("hang", Value::Null).timeout(limit);
                is_timeout(line.world.run(call.into_future()));
                line.is_quiet();
                was_ended_by_deadline(&watch)
            });
        }
    });
}

#[test]
fn a_wait_for_cancellation_leaves_no_waker_behind() {
    struct Silent;
    impl Wake for Silent {
        fn wake(self: Arc<Self>) {}
    }
    let (mut line, watch) = (Line::new(), Watch::default());
    line.provide(watch.hanging("hang"));
    let _call = line.world.call(&line.b.clone(), "hang", Value::Null);
    let (context, silent) = (watch.context(), Arc::new(Silent));
    let waker = Waker::from(silent.clone());
    for _ in 0..3 {
        let mut wait = Box::pin(context.cancelled());
        let polled = wait.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        assert_eq!(Arc::strong_count(&silent), 3);
    }
    assert_eq!(Arc::strong_count(&silent), 2, "its own and the waker");
}

// Progress

/// Reports in the order in which they came, and what else the test notes among them.
#[derive(Clone, Default)]
struct Reports(Arc<Mutex<Vec<Value>>>);

impl Reports {
    fn listener(&self) -> impl Fn(Progress) + Send + Sync + 'static {
        let reports = self.clone();
        move |report| {
            let total = report.total;
            reports.note(json!([report.progress, total, report.message]));
        }
    }

    fn note(&self, what: Value) {
        self.0.lock().unwrap().push(what);
    }

    fn take(&self) -> Vec<Value> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Makes a command that reports all it is given, one after the other, and returns.
fn reporter(id: &str) -> impl Command {
    DynCommand::new(id, |steps: Vec<f64>| async move {
        let context = CallContext::current().unwrap();
        for step in steps {
            context.progress(step, 9.0, &*format!("step {step}"));
            yield_once().await;
        }
        Ok::<_, CommandError>("done")
    })
}

#[test]
fn a_caller_that_asks_hears_of_progress_before_the_result_wherever_the_handler_runs() {
    let mut line = Line::new();
    line.provide(reporter("work"));
    for caller in line.callers() {
        let reports = Reports::default();
        let call = caller
            .call_dyn("work", json!([1, 2, 3, 4, 5]))
            .on_progress(reports.listener());
        let noting = reports.clone();
        line.world.run(async move {
            let result = call.await.unwrap();
            noting.note(result);
        });
        line.world.settle();
        let heard = reports.take();
        assert_eq!(heard[0], json!([1.0, 9.0, "step 1"]));
        let last = heard.len() - 2;
        assert_eq!(heard[last], json!([5.0, 9.0, "step 5"]), "always the last");
        assert_eq!(heard[last + 1], "done", "none after the result");
        assert!(heard[..=last].is_sorted_by_key(|it| it[0].as_f64().unwrap() as u64));
        assert_eq!(Arc::strong_count(&reports.0), 1, "the closure is gone");
        line.is_quiet();
    }
}

#[test]
fn progress_never_goes_backwards() {
    let mut line = Line::new();
    line.provide(reporter("work"));
    for caller in line.callers() {
        let reports = Reports::default();
        let call = caller
            .call_dyn("work", json!([3, 1, 2, 0]))
            .on_progress(reports.listener());
        line.world.run(call.into_future()).unwrap();
        assert_eq!(reports.take(), [json!([3.0, 9.0, "step 3"])]);
    }
}

#[test]
fn a_report_looks_the_same_from_near_and_far() {
    let mut line = Line::new();
    line.provide(DynCommand::new("odd", |_: Value| async {
        let context = CallContext::current().unwrap();
        let long = "ü".repeat(1000);
        context.progress(f64::NAN, None, "not a number");
        context.progress(1.0, f64::INFINITY, &*long);
        Ok::<_, CommandError>(())
    }));
    for caller in line.callers() {
        let reports = Reports::default();
        let call = caller
            .call_dyn("odd", Value::Null)
            .on_progress(reports.listener());
        line.world.run(call.into_future()).unwrap();
        assert_eq!(reports.take(), [json!([1.0, null, "ü".repeat(512)])]);
    }
}

#[test]
fn a_listener_that_panics_harms_nobody() {
    let mut line = Line::new();
    line.provide(reporter("work"));
    for caller in line.callers() {
        let call = caller
            .call_dyn("work", json!([1, 2]))
            .on_progress(|_| panic!("on purpose"));
        let result = line.world.run(call.into_future());
        assert_eq!(result.unwrap(), "done");
        line.is_quiet();
        assert_eq!(line.hub.list_channels(), ["a", "b"]);
    }
}

#[test]
fn nobody_hears_of_progress_when_the_call_is_over_or_given_up() {
    let (mut line, watch, gate) = (Line::new(), Watch::default(), Gate::default());
    line.provide(watch.graceful("wait", &gate));
    let inside = watch.clone();
    line.provide(DynCommand::new("done", move |_: Value| {
        let inside = inside.clone();
        async move {
            inside.enter().end("returned");
            Ok::<_, CommandError>(())
        }
    }));
    for caller in line.callers() {
        let reports = Reports::default();
        let call = caller
            .call_dyn("done", Value::Null)
            .on_progress(reports.listener());
        line.world.run(call.into_future()).unwrap();
        watch.context().progress(1.0, None, None);
        line.world.settle();
        assert_eq!(reports.take(), [Value::Null; 0], "over");

        let (handle, call) = caller
            .call_dyn("wait", Value::Null)
            .on_progress(reports.listener())
            .handle();
        let call = line.world.start(call);
        handle.cancel();
        line.world.settle();
        watch.context().progress(1.0, None, None);
        gate.open();
        line.world.run(call).unwrap_err();
        line.world.settle();
        assert_eq!(reports.take(), [Value::Null; 0], "given up");
        watch.ended();
    }
}

#[test]
fn nothing_is_sent_of_progress_that_nobody_asked_for() {
    let mut world = World::new();
    let registry = root("a");
    world.register(&registry, reporter("work")).unwrap();
    let peer = Peer::new("peer").make();
    let _driver = world.connect(&registry, &peer);
    peer.provide(&[]);
    peer.deliver(request(fresh(), "work", json!([1, 2])));
    world.settle();
    assert_eq!(said(&peer.sent_one()), "\"done\"");
    let mut asking = request(fresh(), "work", json!([1, 2]));
    if let cmdbus::Message::ExecuteCommandRequest { meta, .. } = &mut asking {
        let extra = &mut meta.get_or_insert_default().extra;
        extra.insert("cmdbus-progress".into(), json!(true));
    }
    peer.deliver(asking);
    world.settle();
    let sent = peer.sent();
    let (answer, reports) = sent.split_last().unwrap();
    assert_eq!(said(answer), "\"done\"");
    let report = |seq: u64| json!({"seq": seq, "progress": seq + 1, "total": 9, "message": format!("step {}", seq + 1)});
    let reports: Vec<_> = reports.iter().map(framed).collect();
    let expected = [0, 1].map(|seq| ("progress".to_owned(), report(seq)));
    assert_eq!(reports, expected);
}

// Calls of handlers

/// Where a handler leaves the future of a call that it has made.
type Left = Arc<Mutex<Vec<BoxFuture<'static, Result<Value, CommandError>>>>>;

/// Makes a command that calls another one, gives its future to somebody else, and never returns.
fn leaving(
    id: &str,
    inner: &'static str,
    at: &CommandRegistry,
    detached: bool,
) -> (impl Command + use<>, Left) {
    let (left, registry) = (Left::default(), at.downgrade());
    let leave = left.clone();
    let command = DynCommand::new(id, move |_: Value| {
        let (leave, registry) = (leave.clone(), registry.upgrade().unwrap());
        async move {
            let call = registry.call_dyn(inner, Value::Null);
            let call = if detached { call.detached() } else { call };
            leave.lock().unwrap().push(call.handle().1);
            std::future::pending::<Result<(), CommandError>>().await
        }
    });
    (command, left)
}

/// Makes a command that returns what another one returns, and what it returns to a detached call.
fn asking(
    id: &str,
    inner: &'static str,
    at: &CommandRegistry,
    limit: Option<Duration>,
) -> impl Command + use<> {
    let registry = at.downgrade();
    DynCommand::new(id, move |_: Value| {
        let registry = registry.upgrade().unwrap();
        async move {
            let call = registry.call_dyn(inner, Value::Null);
            let inherits = match limit {
                Some(limit) => call.timeout(limit),
                None => call,
            };
            let detached = registry.call_dyn(inner, Value::Null).detached();
            Ok::<_, CommandError>(json!([inherits.await?, detached.await?]))
        }
    })
}

#[test]
fn a_call_made_by_a_handler_has_at_most_the_time_that_is_left_unless_it_is_detached() {
    let mut line = Line::new();
    line.provide(remaining("left"));
    let (hub, b) = (line.hub.clone(), line.b.clone());
    line.provide(asking("near", "left", &b, None));
    line.provide(asking("longer", "left", &b, Some(MINUTE * 10)));
    line.provide(asking("shorter", "left", &b, Some(MINUTE / 10)));
    line.world.register(&hub, remaining("hub.left")).unwrap();
    line.provide(asking("far", "hub.left", &b, None));
    for caller in line.callers() {
        for id in ["near", "longer", "shorter", "far"] {
            let call = caller.call_dyn(id, Value::Null).timeout(MINUTE);
            let mut result = line.world.run(call.into_future()).unwrap();
            assert_eq!(result[1], Value::Null, "detached from {id}");
            let most = if id == "shorter" { MINUTE / 10 } else { MINUTE };
            let left = left(Ok(result[0].take()));
            assert!(left <= most && left > most / 2, "{id}: {left:?}");
        }
        line.is_quiet();
    }
}

#[test]
fn a_call_made_by_a_handler_ends_with_it_even_if_somebody_else_waits_for_it() {
    let (mut line, watch) = (Line::new(), Watch::default());
    line.provide(watch.hanging("inner"));
    let b = line.b.clone();
    let (outer, left) = leaving("outer", "inner", &b, false);
    line.provide(outer);
    let hub = line.hub.clone();
    line.world
        .register(&hub, watch.hanging("hub.inner"))
        .unwrap();
    let (outer, far) = leaving("outer.far", "hub.inner", &b, false);
    line.provide(outer);
    for caller in line.callers() {
        for (id, left) in [("outer", &left), ("outer.far", &far)] {
            let call = line.world.call(&caller, id, Value::Null);
            let inner = left.lock().unwrap().pop().unwrap();
            let inner = line.world.start(inner);
            let begun = watch.begun();
            assert!(begun > 0);
            drop(call);
            let error = line.world.run(inner).unwrap_err().to_string();
            assert!(
                error.ends_with("the call was cancelled: caller_gone"),
                "{error}"
            );
            line.world.settle();
            assert_eq!(watch.ended(), ["caller_gone"], "{id}");
            line.is_quiet();
        }
    }
}

#[test]
fn a_detached_call_made_by_a_handler_outlives_it() {
    let (mut line, gate) = (Line::new(), Gate::default());
    line.provide(gate.command("inner"));
    let b = line.b.clone();
    let (outer, left) = leaving("outer", "inner", &b, true);
    line.provide(outer);
    for caller in line.callers() {
        let call = line.world.call(&caller, "outer", Value::Null);
        let inner = left.lock().unwrap().pop().unwrap();
        let inner = line.world.start(inner);
        drop(call);
        line.world.settle();
        gate.open();
        assert_eq!(line.world.run(inner).unwrap(), Value::Null);
        line.is_quiet();
    }
}

#[test]
fn a_call_left_to_somebody_else_goes_on_when_its_handler_returns() {
    let (mut line, gate) = (Line::new(), Gate::default());
    line.provide(gate.command("inner"));
    let (left, weak) = (Left::default(), line.b.downgrade());
    let leave = left.clone();
    line.provide(DynCommand::new("outer", move |_: Value| {
        let registry = weak.upgrade().unwrap();
        let (_, inner) = registry.call_dyn("inner", json!(3)).detached().handle();
        leave.lock().unwrap().push(inner);
        async { Ok::<_, CommandError>(()) }
    }));
    for caller in line.callers() {
        line.world
            .run(caller.execute_dyn("outer", Value::Null))
            .unwrap();
        let inner = left.lock().unwrap().pop().unwrap();
        let inner = line.world.start(inner);
        gate.open();
        assert_eq!(line.world.run(inner).unwrap(), 3);
        line.is_quiet();
    }
}

#[test]
fn a_chain_of_handlers_ends_when_its_first_caller_has_gone() {
    let (mut line, watch) = (Line::new(), Watch::default());
    let (hub, b) = (line.hub.clone(), line.b.clone());
    line.provide(watch.hanging("last"));
    line.world
        .register(&hub, asking("second", "last", &hub, None))
        .unwrap();
    line.provide(asking("first", "second", &b, None));
    for caller in line.callers() {
        let call = line.world.call(&caller, "first", Value::Null);
        assert!(!watch.context().is_cancelled());
        drop(call);
        line.world.settle();
        assert_eq!(watch.ended(), ["caller_gone"]);
        line.is_quiet();
    }
}

#[test]
fn a_graceful_handler_that_was_told_can_call_others_only_detached() {
    struct Tidy(CommandRegistry, Arc<Mutex<Vec<Result<Value, String>>>>);
    impl Command for Tidy {
        const ID: &'static str = "tidy";
        type Request = Value;
        type Response = ();
        fn graceful(&self) -> bool {
            true
        }
        async fn handle(&self, _: Value) -> Result<(), CommandError> {
            CallContext::current().unwrap().cancelled().await;
            let call = || self.0.call_dyn("clean", json!(1));
            for call in [call(), call().detached()] {
                let result = call.await.map_err(|error| error.to_string());
                self.1.lock().unwrap().push(result);
            }
            Ok(())
        }
    }
    for far in [false, true] {
        let (mut line, heard) = (Line::new(), Arc::default());
        let (hub, b) = (line.hub.clone(), line.b.clone());
        let cleaner = if far { hub } else { b.clone() };
        line.world.register(&cleaner, echo("clean")).unwrap();
        line.provide(Tidy(b.clone(), Arc::clone(&heard)));
        let call = line.world.call(&line.a.clone(), "tidy", Value::Null);
        drop(call);
        line.world.settle();
        let heard = std::mem::take(&mut *heard.lock().unwrap());
        let why = "internal error executing command clean: the call was cancelled: caller_gone";
        assert_eq!(heard, [Err(why.into()), Ok(json!(1))]);
        line.is_quiet();
        line.world.run(b.dispose());
    }
}

#[test]
fn a_call_ends_when_the_handler_that_made_it_runs_out_of_time() {
    soon(|| {
        let (mut line, watch) = (Line::new(), Watch::default());
        line.provide(watch.hanging("inner"));
        let b = line.b.clone();
        line.provide(asking("outer", "inner", &b, None));
        for caller in line.callers() {
            with_enough_time(|limit| {
                let call = caller.call_dyn("outer", Value::Null).timeout(limit);
                is_timeout(line.world.run(call.into_future()));
                line.is_quiet();
                // Whichever is noticed first: the time is that of both.
                let ended = watch.ended();
                let expected = |why: &String| why == "deadline" || why == "caller_gone";
                assert!(ended.iter().all(expected), "{ended:?}");
                !ended.is_empty()
            });
        }
    });
}

#[test]
fn a_context_is_of_the_handler_that_is_polled() {
    let mut line = Line::new();
    line.provide(DynCommand::new("who", |_: Value| async {
        let context = CallContext::current().unwrap();
        yield_once().await;
        Ok::<_, CommandError>(context.meta().map(|meta| meta.extra["n"].clone()))
    }));
    let outside = DynCommand::new("outside", |_: Value| async {
        let (done, wait) = oneshot::channel();
        std::thread::spawn(move || done.send(CallContext::current().is_none()))
            .join()
            .unwrap()
            .unwrap();
        Ok::<_, CommandError>(wait.await.unwrap())
    });
    line.provide(outside);
    for caller in line.callers() {
        let calls: Vec<_> = (0..10)
            .map(|n| {
                let call = caller.call_dyn("who", Value::Null).meta("n", n);
                line.world.start(call.into_future())
            })
            .collect();
        for (n, call) in calls.into_iter().enumerate() {
            assert_eq!(line.world.run(call).unwrap(), n);
        }
        let elsewhere = line.world.run(caller.execute_dyn("outside", Value::Null));
        assert_eq!(elsewhere.unwrap(), true);
        assert!(CallContext::current().is_none());
    }
}

#[test]
fn a_poll_that_finds_nothing_does_not_lose_a_call() {
    let (mut line, gate) = (Line::new(), Gate::default());
    line.provide(gate.command("wait"));
    for caller in line.callers() {
        let call = caller.call_dyn("wait", json!(1)).timeout(MINUTE);
        let mut call = call.into_future();
        assert_eq!(poll_once(&mut call).map(drop), Poll::Pending);
        line.world.settle();
        gate.open();
        assert_eq!(line.world.run(call).unwrap(), 1);
        line.is_quiet();
    }
}
