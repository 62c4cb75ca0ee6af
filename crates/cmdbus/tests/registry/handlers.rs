//! Handlers that serve peers: how many run, for how long, where, and what becomes of them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Context;
use std::time::Duration;

use cmdbus::registry::Options;
use cmdbus::serde_json::{Value, json};
use cmdbus::{CallContext, CommandError, CommandRegistry, Config, DynCommand, Message};
use futures_channel::oneshot;
use futures_executor::block_on;
use futures_util::future::BoxFuture;

use crate::support::*;

fn capped(cap: usize) -> Config {
    Config {
        max_in_flight_per_channel: cap,
        request_ttl: Duration::ZERO,
        ..config("capped")
    }
}

/// Returns what a peer was answered, in order.
fn answers(peer: &Peer) -> Vec<String> {
    peer.sent().iter().map(said).collect()
}

#[test]
fn requests_above_the_cap_wait_and_start_in_order() {
    let mut world = World::new();
    let (registry, gate) = (CommandRegistry::new(capped(2)), Gate::default());
    world.register(&registry, gate.command("wait")).unwrap();
    let peer = Peer::new("peer").make();
    let _driver = world.connect(&registry, &peer);
    for n in 0..5 {
        peer.deliver(request(fresh(), "wait", json!(n)));
    }
    world.settle();
    assert_eq!(gate.waiting(), [0, 1]);
    assert_eq!((load(&registry).running, load(&registry).parked), (2, 3));
    for n in 0..5 {
        gate.open();
        world.settle();
        assert_eq!(answers(&peer), [n.to_string()]);
    }
    assert_eq!(load(&registry), quiet(1, 1));
}

#[test]
fn requests_start_in_the_order_in_which_they_came_when_there_is_no_cap() {
    let mut world = World::new();
    let (registry, gate) = (CommandRegistry::new(capped(0)), Gate::default());
    world.register(&registry, gate.command("wait")).unwrap();
    let peer = Peer::new("peer").make();
    let _driver = world.connect(&registry, &peer);
    for n in 0..1000 {
        peer.deliver(request(fresh(), "wait", json!(n)));
    }
    world.settle();
    assert!(gate.waiting().into_iter().eq((0..1000).map(Value::from)));
}

#[test]
fn requests_beyond_what_may_wait_are_refused_at_once() {
    for options in [
        Options::default().parked_requests(1, 1000),
        Options::default().parked_requests(1000, 1),
    ] {
        let mut world = World::new();
        let registry = CommandRegistry::with_options(capped(1), options);
        world.register(&registry, hanging("hang")).unwrap();
        let peer = Peer::new("peer").make();
        let _driver = world.connect(&registry, &peer);
        for n in 0..3 {
            // A scalar, which weighs more than one byte from the second digit on.
            peer.deliver(request(fresh(), "hang", json!(n)));
        }
        world.settle();
        let refused = answers(&peer);
        assert!(!refused.is_empty());
        assert!(
            refused
                .iter()
                .all(|said| said == "internal_error: overloaded")
        );
        assert_eq!(load(&registry).parked + refused.len(), 2);
    }
}

#[test]
fn requests_that_wait_for_a_command_that_goes_are_not_found() {
    let mut world = World::new();
    let (registry, gate) = (CommandRegistry::new(capped(1)), Gate::default());
    world.register(&registry, gate.command("wait")).unwrap();
    world.register(&registry, echo("echo")).unwrap();
    let peer = Peer::new("peer").make();
    let _driver = world.connect(&registry, &peer);
    for (id, n) in [("wait", 0), ("wait", 1), ("echo", 2)] {
        peer.deliver(request(fresh(), id, json!(n)));
    }
    world.settle();
    assert!(registry.unregister_command("wait"));
    assert!(!registry.unregister_command("wait"), "it is gone");
    world.settle();
    assert_eq!(answers(&peer), ["not_found: command not found: wait"]);
    gate.open();
    world.settle();
    assert_eq!(answers(&peer), ["0", "2"], "what runs is let finish");
}

#[test]
fn w38_a_hung_handler_does_not_delay_the_end_of_its_session() {
    let mut world = World::new();
    let (hub, a) = (CommandRegistry::new(capped(0)), child("a", "capped"));
    let link = world.join(&a, &hub);
    let names = |registry: &CommandRegistry| (registry.list_channels(), ids(registry));
    world.register(&a, hanging("a.hang")).unwrap();
    world.register(&hub, hanging("hub.hang")).unwrap();
    let _calls = (
        world.call(&hub, "a.hang", Value::Null),
        world.call(&a, "hub.hang", Value::Null),
    );
    // Which the hub notices while its own handler for `a` hangs without a limit.
    world.run(a.dispose());
    world.settle();
    assert_eq!(names(&hub), (vec![], vec!["hub.hang".into()]));
    assert_eq!(load(&hub).outstanding, 0);
    assert_eq!(
        load(&hub).running,
        0,
        "whoever could have cancelled its call has"
    );
    drop(link);
    world.settle();
    assert_eq!(load(&hub), quiet(1, 0));
}

#[test]
fn w38_the_drain_is_over_after_the_time_limit() {
    soon(|| {
        let mut world = World::new();
        let registry = CommandRegistry::new(Config {
            request_ttl: SHORT,
            ..config("a")
        });
        world.register(&registry, hanging("hang")).unwrap();
        let peer = Peer::new("peer").make();
        let driver = world.connect(&registry, &peer);
        peer.deliver(request(fresh(), "hang", Value::Null));
        peer.hang_up();
        world.settle();
        assert_eq!(load(&registry).running, 1);
        world.run(driver);
        assert_eq!(load(&registry), quiet(1, 0));
        assert_eq!(peer.closes(), 1);
    });
}

#[test]
fn w38_answers_of_a_drain_still_go_to_a_peer_that_can_hear_them() {
    let mut world = World::new();
    let (registry, gate) = (CommandRegistry::new(capped(1)), Gate::default());
    world.register(&registry, gate.command("wait")).unwrap();
    let peer = Peer::new("peer").make();
    let driver = world.connect(&registry, &peer);
    for n in 0..3 {
        peer.deliver(request(fresh(), "wait", json!(n)));
    }
    peer.hang_up();
    world.settle();
    registry
        .emit(cmdbus::DynEvent::new("a", Value::Null))
        .unwrap();
    gate.open();
    world.run(driver);
    assert_eq!(answers(&peer), ["0"], "no event, and nothing that waited");
    assert_eq!(peer.closes(), 1);
}

#[test]
fn w39_a_handler_that_waits_for_the_channel_that_closed_is_woken() {
    let mut world = World::new();
    let registry = CommandRegistry::new(capped(0));
    let peer = Peer::new("peer").make();
    let driver = world.connect(&registry, &peer);
    peer.deliver(list(peer.probe(), &["peer.slow"]));
    let weak = registry.downgrade();
    let ask = DynCommand::new("ask", move |request: Value| {
        let registry = weak.upgrade().unwrap();
        async move { registry.execute_dyn("peer.slow", request).await }
    });
    world.register(&registry, ask).unwrap();
    peer.deliver(request(fresh(), "ask", Value::Null));
    world.settle();
    assert_eq!(peer.sent().len(), 1);
    peer.hang_up();
    world.run(driver);
    assert_eq!(
        answers(&peer),
        ["channel_disconnected: channel disconnected"]
    );
    assert_eq!(load(&registry), quiet(1, 0));
}

#[test]
fn w40_at_the_cap_answers_and_events_are_still_received() {
    let mut world = World::new();
    let (hub, a) = (CommandRegistry::new(capped(1)), child("a", "capped"));
    let _link = world.join(&a, &hub);
    world.register(&a, echo("a.echo")).unwrap();
    let weak = hub.downgrade();
    let ask = DynCommand::new("hub.ask", move |request: Value| {
        let registry = weak.upgrade().unwrap();
        async move { registry.execute_dyn("a.echo", request).await }
    });
    world.register(&hub, ask).unwrap();
    let result = world.run(a.execute_dyn("hub.ask", json!(1)));
    assert_eq!(
        result.unwrap(),
        1,
        "with a cap of one, back over the same channel"
    );

    world.register(&hub, hanging("hub.hang")).unwrap();
    let _hangs = world.call(&a, "hub.hang", Value::Null);
    let heard = Arc::new(AtomicUsize::new(0));
    let count = heard.clone();
    let _ = hub.on_dyn("tick", move |_| {
        count.fetch_add(1, Ordering::SeqCst);
    });
    a.emit(cmdbus::DynEvent::new("tick", Value::Null)).unwrap();
    world.settle();
    assert_eq!(heard.load(Ordering::SeqCst), 1);
    let result = world.run(hub.execute_dyn("a.echo", json!(2)));
    assert_eq!(result.unwrap(), 2);
}

fn limited(cap: usize) -> CommandRegistry {
    let options = Options::default().handler_time_limit(SHORT);
    CommandRegistry::with_options(capped(cap), options)
}

#[test]
fn w41_a_handler_that_exceeds_its_time_is_dropped_and_answered_for() {
    soon(|| {
        let mut world = World::new();
        let registry = limited(1);
        let (held, dropped) = oneshot::channel::<()>();
        let held = Mutex::new(Some(held));
        let hang = DynCommand::new("hang", move |_: Value| {
            let held = held.lock().unwrap().take();
            async move {
                let _held = held;
                std::future::pending::<Result<(), CommandError>>().await
            }
        });
        world.register(&registry, hang).unwrap();
        let caller = root("caller");
        let _link = world.join(&registry, &caller);
        let result = world.run(caller.execute_dyn("hang", Value::Null));
        assert!(matches!(result, Err(CommandError::Timeout)), "{result:?}");
        assert!(world.run(dropped).is_err());
        world.settle();
        assert_eq!(load(&registry), quiet(1, 1));
    });
}

#[test]
fn w41_the_driver_of_a_handler_that_is_stopped_is_woken_while_the_registry_is_not_locked() {
    soon(|| {
        let registry = limited(1);
        block_on(registry.register_command(hanging("hang"))).unwrap();
        let peer = Peer::new("peer").make();
        let mut driver = Box::pin(block_on(registry.register_channel(peer.clone())).unwrap());
        peer.deliver(request(fresh(), "hang", Value::Null));
        let (waker, woken) = curious_waker(&registry);
        while peer.sent().is_empty() {
            let polled = driver.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
            woken.recv().unwrap();
        }
    });
}

#[test]
fn w41_a_request_that_waited_behind_a_hung_handler_is_served() {
    soon(|| {
        let mut world = World::new();
        let registry = limited(1);
        world.register(&registry, hanging("hang")).unwrap();
        world.register(&registry, echo("echo")).unwrap();
        let caller = root("caller");
        let _link = world.join(&registry, &caller);
        let _hangs = world.call(&caller, "hang", Value::Null);
        let result = world.run(caller.execute_dyn("echo", json!("served")));
        assert_eq!(result.unwrap(), "served");
    });
}

#[test]
fn w41_the_time_limit_does_not_apply_to_local_calls() {
    soon(|| {
        let mut world = World::new();
        let registry = limited(1);
        let gate = Gate::default();
        world.register(&registry, gate.command("wait")).unwrap();
        world.register(&registry, hanging("hang")).unwrap();
        let local = world.call(&registry, "wait", json!(1));
        let caller = root("caller");
        let _link = world.join(&registry, &caller);
        let remote = world.run(caller.execute_dyn("hang", Value::Null));
        assert!(matches!(remote, Err(CommandError::Timeout)));
        gate.open();
        assert_eq!(world.run(local).unwrap(), 1);
    });
}

#[test]
fn w42_a_handler_that_panics_is_answered_for_and_the_driver_lives_on() {
    let mut world = World::new();
    let registry = root("a");
    let before = DynCommand::new("panics.before", |text: String| {
        assert!(text.is_empty(), "not {text}");
        async { Ok::<_, CommandError>(()) }
    });
    let while_polled = DynCommand::new("panics.while.polled", |_: Value| async {
        yield_once().await;
        std::panic::resume_unwind(Box::new(7_u8));
        #[allow(unreachable_code)]
        Ok::<_, CommandError>(())
    });
    world.register(&registry, before).unwrap();
    world.register(&registry, while_polled).unwrap();
    world.register(&registry, echo("echo")).unwrap();
    let peer = Peer::new("peer").make();
    let _driver = world.connect(&registry, &peer);
    for id in ["panics.before", "panics.while.polled", "echo"] {
        peer.deliver(request(fresh(), id, json!("me")));
    }
    world.settle();
    let mut answers = answers(&peer);
    answers.sort();
    assert_eq!(
        answers,
        [
            "\"me\"",
            "internal_error: the handler panicked",
            "internal_error: the handler panicked: not me",
        ]
    );
    assert_eq!(registry.list_channels(), ["peer"]);
}

#[test]
fn w51_handlers_for_peers_run_where_they_are_told_to() {
    let spawned = Arc::new(Mutex::new(Vec::<BoxFuture<'static, ()>>::new()));
    let tasks = spawned.clone();
    let options =
        Options::default().spawn_handlers(move |future| tasks.lock().unwrap().push(future));
    let mut world = World::new();
    let registry = CommandRegistry::with_options(capped(1), options);
    let context = DynCommand::new("where", |request: Value| async move {
        assert!(CallContext::current().is_some());
        let thread = std::thread::current().name().map(str::to_owned);
        Ok::<_, CommandError>((request, thread))
    });
    world.register(&registry, context).unwrap();
    let peer = Peer::new("peer").make();
    let _driver = world.connect(&registry, &peer);
    peer.deliver(request(fresh(), "where", json!(0)));
    peer.deliver(request(fresh(), "where", json!(1)));
    for n in 0..2 {
        world.settle();
        assert!(peer.sent().is_empty());
        let task = spawned.lock().unwrap().pop().expect("the next one starts");
        std::thread::Builder::new()
            .name("elsewhere".into())
            .spawn(move || block_on(task))
            .unwrap()
            .join()
            .unwrap();
        world.settle();
        assert_eq!(answers(&peer), [format!("[{n},\"elsewhere\"]")]);
    }
    let local = world.run(registry.execute_dyn("where", json!(2)));
    assert_ne!(local.unwrap()[1], "elsewhere", "inside the caller's future");
}

#[test]
fn w51_handlers_that_are_not_run_are_answered_for() {
    let panics = Options::default().spawn_handlers(|_| panic!("no runtime here"));
    let forgets = Options::default().spawn_handlers(drop);
    for options in [panics, forgets] {
        let mut world = World::new();
        let registry = CommandRegistry::with_options(capped(1), options);
        world.register(&registry, echo("echo")).unwrap();
        let peer = Peer::new("peer").make();
        let _driver = world.connect(&registry, &peer);
        peer.deliver(request(fresh(), "echo", json!(0)));
        peer.deliver(request(fresh(), "echo", json!(1)));
        world.settle();
        let answers = answers(&peer);
        assert_eq!(answers.len(), 2, "{answers:?}");
        for answer in answers {
            assert!(
                answer.starts_with("internal_error: the handler was lost"),
                "{answer}"
            );
        }
        assert_eq!(registry.list_channels(), ["peer"]);
    }
}

#[test]
fn w51_a_spawned_handler_that_panics_is_answered_for() {
    let options = Options::default().spawn_handlers(|future| {
        std::thread::spawn(move || block_on(future));
    });
    soon(|| {
        let mut world = World::new();
        let registry = CommandRegistry::with_options(capped(1), options);
        let panics = DynCommand::new("panics", |_: Value| async {
            panic!("on purpose");
            #[allow(unreachable_code)]
            Ok::<_, CommandError>(())
        });
        world.register(&registry, panics).unwrap();
        let caller = root("caller");
        let _link = world.join(&registry, &caller);
        let result = world.run(caller.execute_dyn("panics", Value::Null));
        assert_eq!(
            result.unwrap_err().to_string(),
            "internal error executing command panics: the handler panicked: on purpose"
        );
    });
}

#[test]
fn w51_a_spawned_handler_stops_when_its_time_is_up_or_its_session_is_gone() {
    let spawned = Arc::new(Mutex::new(Vec::<BoxFuture<'static, ()>>::new()));
    let tasks = spawned.clone();
    let options = Options::default()
        .spawn_handlers(move |future| tasks.lock().unwrap().push(future))
        .handler_time_limit(SHORT);
    soon(move || {
        let mut world = World::new();
        let registry = CommandRegistry::with_options(capped(0), options);
        world.register(&registry, hanging("hang")).unwrap();
        let caller = root("caller");
        let link = world.join(&registry, &caller);
        let result = world.run(caller.execute_dyn("hang", Value::Null));
        assert!(matches!(result, Err(CommandError::Timeout)), "{result:?}");
        world.run(spawned.lock().unwrap().pop().unwrap());

        let _hangs = world.call(&caller, "hang", Value::Null);
        drop(link);
        world.run(spawned.lock().unwrap().pop().unwrap());
    });
}

#[test]
fn a_flooded_driver_lets_others_run() {
    let registry = root("a");
    let peer = Peer::new("peer").make();
    let mut driver = Box::pin(block_on(registry.register_channel(peer.clone())).unwrap());
    for _ in 0..1000 {
        peer.deliver(event(fresh(), "flood", Value::Null));
    }
    let mut polls = 1;
    while registry.load().seen_events < 1000 {
        assert!(poll_once(&mut driver).is_pending());
        polls += 1;
    }
    assert!(polls > 10, "it took {polls} polls");
}

#[test]
fn a_driver_that_has_yielded_goes_on_by_itself() {
    let mut world = World::new();
    let registry = root("a");
    let peer = Peer::new("peer").make();
    let _driver = world.connect(&registry, &peer);
    for _ in 0..1000 {
        peer.deliver(event(fresh(), "flood", Value::Null));
    }
    world.settle();
    assert_eq!(registry.load().seen_events, 1000);
}

#[test]
fn the_answer_names_the_request_it_answers() {
    let mut world = World::new();
    let registry = root("a");
    world.register(&registry, echo("echo")).unwrap();
    let peer = Peer::new("peer").make();
    let _driver = world.connect(&registry, &peer);
    let id = fresh();
    peer.deliver(request(id, "echo", json!(1)));
    world.settle();
    let answer: Message = peer.sent_one();
    assert_eq!(answer.thid(), Some(id));
    assert_ne!(answer.id(), id);
    assert_eq!(answer.meta(), None);
}
