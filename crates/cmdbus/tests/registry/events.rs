//! Events: who hears them, in which order, how often, and whatever listeners do.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;

use cmdbus::registry::Options;
use cmdbus::serde::{Deserialize, Serialize, Serializer};
use cmdbus::serde_json::{Value, json};
use cmdbus::{
    ChannelError, CommandError, CommandRegistry, Config, DynEvent, Event, InMemoryChannel, Message,
};
use futures_executor::block_on;

use crate::support::*;

/// What was heard, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn write(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn listen(&self, registry: &CommandRegistry, event: &str) -> impl FnOnce() + use<> {
        let log = self.clone();
        registry.on_dyn(event, move |payload| log.write(payload.to_string()))
    }
}

fn emit(registry: &CommandRegistry, id: &str, payload: Value) {
    registry.emit(DynEvent::new(id, payload)).unwrap();
}

fn event_ids(peer: &Peer) -> Vec<String> {
    let sent = peer.sent().into_iter();
    sent.filter_map(|message| match message {
        Message::Event { event_id, .. } => Some(event_id),
        _ => None,
    })
    .collect()
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "cmdbus::serde")]
struct Changed {
    lines: u32,
}

impl Event for Changed {
    const ID: &'static str = "notes.changed";
}

#[test]
fn an_event_is_heard_by_every_registry_once() {
    let mut world = World::new();
    // A ring, so that every event comes to everybody from two sides.
    let all = [root("a"), root("b"), root("c"), root("d")];
    let _links: Vec<_> = (0..4)
        .map(|n| world.join(&all[n], &all[(n + 1) % 4]))
        .collect();
    let log = Log::default();
    for registry in &all {
        let (log, id) = (log.clone(), registry.id().to_owned());
        let _ = registry.on::<Changed>(move |event| log.write(format!("{id} {}", event.lines)));
    }
    all[0].emit(Changed { lines: 7 }).unwrap();
    world.settle();
    let mut heard = log.take();
    heard.sort();
    assert_eq!(heard, ["a 7", "b 7", "c 7", "d 7"]);
}

#[test]
fn local_listeners_hear_an_event_in_order_of_subscription_before_it_is_sent() {
    let log = Log::default();
    let sink = log.clone();
    let peer = Peer::new("peer").on_send(move |_| {
        sink.write("sent");
        Ok(())
    });
    let registry = root("a");
    let _driver = block_on(registry.register_channel(peer.make())).unwrap();
    let (first, second, third) = (log.clone(), log.clone(), log.clone());
    let _ = registry.on_dyn("notes.changed", move |_| first.write("first"));
    let _ = registry.on_pattern("notes.*", move |id, _| second.write(format!("second {id}")));
    let _ = registry.on::<Changed>(move |event| third.write(format!("third {}", event.lines)));
    registry.emit(Changed { lines: 1 }).unwrap();
    assert_eq!(
        log.take(),
        ["first", "second notes.changed", "third 1", "sent"]
    );
}

#[test]
fn a_listener_that_is_removed_hears_nothing_more() {
    let registry = root("a");
    let log = Log::default();
    let stop = log.listen(&registry, "tick");
    let other = log.listen(&registry, "tick");
    let pattern = {
        let log = log.clone();
        registry.on_pattern("t*", move |_, _| log.write("pattern"))
    };
    emit(&registry, "tick", json!(1));
    assert_eq!(log.take(), ["1", "1", "pattern"]);
    stop();
    emit(&registry, "tick", json!(2));
    assert_eq!(log.take(), ["2", "pattern"]);
    pattern();
    other();
    emit(&registry, "tick", json!(3));
    assert_eq!(log.take(), [""; 0]);
}

#[test]
fn removing_a_listener_from_before_a_disposal_does_not_remove_its_successor() {
    let registry = root("a");
    let log = Log::default();
    let stop_old = log.listen(&registry, "tick");
    let stop_old_pattern = registry.on_pattern("*", |_, _| {});
    block_on(registry.dispose());
    let _ = log.listen(&registry, "tick");
    let sink = log.clone();
    let _ = registry.on_pattern("*", move |_, _| sink.write("pattern"));
    stop_old();
    stop_old_pattern();
    emit(&registry, "tick", json!(1));
    assert_eq!(log.take(), ["1", "pattern"]);
}

#[test]
fn a_listener_may_use_the_registry() {
    soon(|| {
        let registry = root("a");
        let log = Log::default();
        let weak = registry.downgrade();
        let sink = log.clone();
        let _ = registry.on_dyn("outer", move |payload| {
            let registry = weak.upgrade().unwrap();
            let stop = registry.on_dyn("never", |_| {});
            emit(&registry, "inner", payload);
            stop();
            sink.write("outer");
        });
        let _ = log.listen(&registry, "inner");
        emit(&registry, "outer", json!(1));
        assert_eq!(log.take(), ["1", "outer"]);
    });
}

#[test]
fn a_slow_listener_holds_up_nothing_that_others_send() {
    soon(|| {
        let registry = child("a", "hub");
        let hub = Peer::new("hub").make();
        let _driver = block_on(registry.register_channel(hub.clone())).unwrap();
        let (started, go) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let (at_start, at_end) = (started.clone(), go.clone());
        let _ = registry.on_dyn("tick", move |_| {
            at_start.wait();
            at_end.wait();
        });
        let emitter = registry.clone();
        let emitter = thread::spawn(move || emit(&emitter, "tick", Value::Null));
        started.wait();
        let mut call = Box::pin(registry.execute_dyn("far.away", Value::Null));
        assert!(poll_once(&mut call).is_pending());
        let sent = hub.sent();
        assert!(matches!(sent[0], Message::Event { .. }), "it came first");
        assert!(matches!(sent[1], Message::ExecuteCommandRequest { .. }));
        go.wait();
        emitter.join().unwrap();
        assert!(hub.sent().is_empty(), "nothing is sent twice");
    });
}

#[test]
fn a_listener_may_wait_for_a_call_over_a_channel_that_gets_the_event_too() {
    soon(|| {
        let (hub, a) = (root("hub"), child("a", "hub"));
        let (to_hub, to_a) = InMemoryChannel::pair("hub", "a");
        on_thread(block_on(a.register_channel(to_hub)).unwrap());
        on_thread(block_on(hub.register_channel(to_a)).unwrap());
        block_on(hub.register_command(echo("hub.echo"))).unwrap();
        let log = Log::default();
        let (weak, sink) = (a.downgrade(), log.clone());
        let _ = a.on_dyn("tick", move |payload| {
            let registry = weak.upgrade().unwrap();
            let result = block_on(registry.execute_dyn("hub.echo", payload));
            sink.write(result.unwrap().to_string());
        });
        emit(&a, "tick", json!(1));
        assert_eq!(log.take(), ["1"]);
        block_on(hub.dispose());
    });
}

#[test]
fn a_listener_may_own_something_that_uses_the_registry_when_it_is_dropped() {
    struct Farewell(cmdbus::WeakRegistry, Log);
    impl Drop for Farewell {
        fn drop(&mut self) {
            if let Some(registry) = self.0.upgrade() {
                let _ = registry.list_channels();
                self.1.write("dropped");
            }
        }
    }
    soon(|| {
        let registry = root("a");
        let log = Log::default();
        let listen = || {
            let farewell = Farewell(registry.downgrade(), log.clone());
            registry.on_dyn("tick", move |_| {
                let _ = &farewell;
            })
        };
        listen()();
        assert_eq!(log.take(), ["dropped"]);
        let _ = listen();
        block_on(registry.dispose());
        assert_eq!(log.take(), ["dropped"]);
    });
}

#[test]
fn a_pattern_hears_private_events_only_if_it_asks_for_them() {
    let registry = root("a");
    let log = Log::default();
    for pattern in ["*", "_*", "notes.?", "notes.*.end"] {
        let log = log.clone();
        let _ = registry.on_pattern(pattern, move |id, payload| {
            log.write(format!("{pattern} {id} {payload}"));
        });
    }
    for (n, id) in ["_secret", "notes.a", "notes.a.b.end"]
        .into_iter()
        .enumerate()
    {
        emit(&registry, id, json!(n));
    }
    assert_eq!(
        log.take(),
        [
            "_* _secret 0",
            "* notes.a 1",
            "notes.? notes.a 1",
            "* notes.a.b.end 2",
            "notes.*.end notes.a.b.end 2",
        ]
    );
}

#[test]
fn a_payload_that_does_not_fit_is_skipped_by_that_listener_only() {
    let mut world = World::new();
    let (a, b) = (root("a"), root("b"));
    let _link = world.join(&a, &b);
    let log = Log::default();
    let sink = log.clone();
    let _ = b.on::<Changed>(move |event| sink.write(format!("{event:?}")));
    let _ = log.listen(&b, "notes.changed");
    emit(&a, "notes.changed", json!({"lines": "many"}));
    emit(&a, "notes.changed", Value::Null);
    emit(&a, "notes.changed", json!({"lines": 3}));
    world.settle();
    assert_eq!(
        log.take(),
        [
            r#"{"lines":"many"}"#,
            "null",
            "Changed { lines: 3 }",
            r#"{"lines":3}"#
        ]
    );
}

#[test]
fn an_event_without_payload_reaches_every_type_without_content() {
    #[derive(Serialize, Deserialize)]
    #[serde(crate = "cmdbus::serde")]
    struct Unit;
    impl Event for Unit {
        const ID: &'static str = "tick";
    }
    #[derive(Serialize, Deserialize)]
    #[serde(crate = "cmdbus::serde")]
    struct Empty {}
    impl Event for Empty {
        const ID: &'static str = "tick";
    }
    let registry = root("a");
    let heard = Arc::new(AtomicUsize::new(0));
    let (units, empties) = (heard.clone(), heard.clone());
    let _ = registry.on::<Unit>(move |_| {
        units.fetch_add(1, Ordering::SeqCst);
    });
    let _ = registry.on::<Empty>(move |_| {
        empties.fetch_add(1, Ordering::SeqCst);
    });
    emit(&registry, "tick", Value::Null);
    assert_eq!(heard.load(Ordering::SeqCst), 2);
}

#[test]
fn an_event_that_does_not_encode_is_an_error_and_nobody_hears_of_it() {
    struct Broken;
    impl Serialize for Broken {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(cmdbus::serde::ser::Error::custom("on purpose"))
        }
    }
    impl Event for Broken {
        const ID: &'static str = "broken";
    }
    let registry = root("a");
    let peer = Peer::new("peer").make();
    let _driver = block_on(registry.register_channel(peer.clone())).unwrap();
    let log = Log::default();
    let _ = log.listen(&registry, "broken");
    let error = registry.emit(Broken);
    assert!(matches!(error, Err(CommandError::Serde(_))));
    assert!(log.take().is_empty());
    assert!(peer.sent().is_empty());
}

#[test]
fn a_channel_that_does_not_take_an_event_is_not_the_emitters_problem() {
    let mut world = World::new();
    let registry = root("a");
    let verdicts: [Verdict; 3] = [
        || Err(ChannelError::Closed),
        || Err(ChannelError::Other("full".into())),
        || panic!("in a channel"),
    ];
    let mut drivers = Vec::new();
    for (n, verdict) in verdicts.into_iter().enumerate() {
        let peer = Peer::new(&n.to_string()).on_send(move |_| verdict());
        drivers.push(world.connect(&registry, &peer.make()));
    }
    let healthy = Peer::new("healthy").make();
    drivers.push(world.connect(&registry, &healthy));
    emit(&registry, "tick", Value::Null);
    assert_eq!(event_ids(&healthy), ["tick"]);
    assert_eq!(registry.stats().unsent, 3);
}

#[test]
fn w52_an_event_that_arrives_over_several_channels_at_once_is_heard_once() {
    const EVENTS: usize = 2000;
    soon(|| {
        let registry = root("a");
        let heard = Arc::new(AtomicUsize::new(0));
        let count = heard.clone();
        let _ = registry.on_dyn("tick", move |_| {
            count.fetch_add(1, Ordering::SeqCst);
        });
        let ids: Vec<_> = (0..EVENTS).map(|_| fresh()).collect();
        let start = Arc::new(std::sync::Barrier::new(4));
        let drivers: Vec<_> = (0..4)
            .map(|n| {
                let peer = Peer::new(&n.to_string()).make();
                let driver = block_on(registry.register_channel(peer.clone())).unwrap();
                for id in &ids {
                    peer.deliver(event(*id, "tick", Value::Null));
                }
                peer.hang_up();
                let start = start.clone();
                on_thread(async move {
                    start.wait();
                    driver.await;
                })
            })
            .collect();
        for driver in drivers {
            driver.join().unwrap();
        }
        assert_eq!(heard.load(Ordering::SeqCst), EVENTS);
    });
}

#[test]
fn w53_the_memory_of_events_has_a_cap_even_without_a_time_limit() {
    let options = Options::default().remembered_events(10);
    let config = Config {
        event_ttl: Duration::ZERO,
        ..config("a")
    };
    let registry = CommandRegistry::with_options(config, options);
    for n in 0..100 {
        emit(&registry, "tick", json!(n));
    }
    assert_eq!(registry.load().seen_events, 10);
}

#[test]
fn w54_a_listener_that_panics_disturbs_nobody() {
    let mut world = World::new();
    let (a, b) = (root("a"), root("b"));
    let _link = world.join(&a, &b);
    let log = Log::default();
    for registry in [&a, &b] {
        let _ = registry.on_dyn("tick", |_| panic!("in a listener"));
        let _ = registry.on_pattern("*", |_, _| panic!("in a listener"));
        let _ = log.listen(registry, "tick");
    }
    for n in 0..3 {
        emit(&a, "tick", json!(n));
        world.settle();
        assert_eq!(log.take(), [n.to_string(), n.to_string()]);
    }
    world.register(&b, echo("b.echo")).unwrap();
    assert_eq!(a.list_channels(), ["b"]);
    assert_eq!(b.list_channels(), ["a"]);
}

#[test]
fn w55_private_events_neither_leave_nor_enter() {
    let mut world = World::new();
    let registry = root("a");
    let peer = Peer::new("peer").make();
    let _driver = world.connect(&registry, &peer);
    let log = Log::default();
    let _ = log.listen(&registry, "_secret");
    let _ = log.listen(&registry, "_cmdbus.features");
    emit(&registry, "_secret", json!("own"));
    peer.deliver(event(fresh(), "_secret", json!("forged")));
    peer.deliver(event(fresh(), "_cmdbus.features", json!("forged")));
    peer.deliver(event(fresh(), "", json!("forged")));
    world.settle();
    assert_eq!(log.take(), ["\"own\""]);
    assert!(event_ids(&peer).is_empty());
    assert_eq!(registry.stats().dropped_events, 2);
    assert_eq!(registry.stats().ignored_frames, 1);
}

#[test]
fn events_of_one_peer_are_heard_in_order() {
    let mut world = World::new();
    let (a, b) = (root("a"), root("b"));
    let _link = world.join(&a, &b);
    let log = Log::default();
    let _ = log.listen(&b, "count");
    for n in 0..500 {
        emit(&a, "count", json!(n));
    }
    world.settle();
    assert!(log.take().into_iter().eq((0..500).map(|n| n.to_string())));
}
