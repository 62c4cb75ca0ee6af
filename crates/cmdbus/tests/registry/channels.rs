//! Channels that start, fail, hang, panic and come back, and what the registry makes of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cmdbus::serde_json::{Value, json};
use cmdbus::{
    ChannelError, CommandChannel, CommandError, CommandRegistry, Config, DynEvent, InMemoryChannel,
    Message,
};
use futures_channel::oneshot;
use futures_executor::block_on;
use futures_util::future::{FutureExt, pending, ready};

use crate::support::*;

fn tick() -> DynEvent {
    DynEvent::new("tick", Value::Null)
}

#[track_caller]
fn fails(registry: &CommandRegistry, peer: &Arc<Peer>) -> String {
    let result = block_on(registry.register_channel(peer.clone()));
    let error = result.err().expect("it does not start").to_string();
    assert_eq!(load(registry), quiet(0, 0));
    error
}

#[test]
fn w35_a_channel_that_does_not_start_leaves_nothing_behind() {
    let registry = root("a");
    let refused = || ready(Err(ChannelError::Other("denied".into()))).boxed();
    let cases = [
        (Peer::new("x").on_start(refused), "channel error: denied"),
        (
            Peer::new("x").on_start(|| panic!("in a channel")),
            "channel error: the channel panicked on start",
        ),
        (
            Peer::new("x").on_start(|| async { panic!("in a channel") }.boxed()),
            "channel error: the channel panicked on start",
        ),
    ];
    for (peer, text) in cases {
        let peer = peer.make();
        assert_eq!(fails(&registry, &peer), text);
        assert_eq!(peer.closes(), 1);
        assert!(!peer.is_probed());
    }
    assert!(block_on(registry.register_channel(Peer::new("x").make())).is_ok());
}

/// A channel that fails in `send` before anything else is sent.
struct Mute {
    verdict: Verdict,
    closes: AtomicUsize,
}

impl CommandChannel for Mute {
    fn id(&self) -> &str {
        "mute"
    }

    fn start(&self) -> futures_util::future::BoxFuture<'_, Result<(), ChannelError>> {
        ready(Ok(())).boxed()
    }

    fn close(&self) -> futures_util::future::BoxFuture<'_, ()> {
        self.closes.fetch_add(1, Ordering::SeqCst);
        ready(()).boxed()
    }

    fn send(&self, _: Message) -> Result<(), ChannelError> {
        (self.verdict)()
    }

    fn recv(&self) -> futures_util::future::BoxFuture<'_, Option<Message>> {
        pending().boxed()
    }
}

#[test]
fn w35_a_channel_that_does_not_take_the_probe_leaves_nothing_behind() {
    let registry = root("a");
    let cases: [(Verdict, &str); 3] = [
        (|| Err(ChannelError::Closed), "channel already closed"),
        (
            || Err(ChannelError::Other("full".into())),
            "channel error: full",
        ),
        (
            || panic!("in a channel"),
            "channel send failed: the channel panicked",
        ),
    ];
    for (verdict, text) in cases {
        let channel = Arc::new(Mute {
            verdict,
            closes: AtomicUsize::new(0),
        });
        let error = block_on(registry.register_channel(channel.clone())).err();
        assert_eq!(error.unwrap().to_string(), text);
        assert_eq!(channel.closes.load(Ordering::SeqCst), 1);
        assert_eq!(load(&registry), quiet(0, 0));
    }
}

#[test]
fn w35_dropping_the_future_while_the_channel_starts_rolls_back() {
    let registry = root("a");
    let peer = Peer::new("x").on_start(|| pending().boxed()).make();
    let mut connecting = Box::pin(registry.register_channel(peer.clone()));
    assert!(poll_once(&mut connecting).is_pending());
    assert_eq!(load(&registry), quiet(0, 1));
    let twice = block_on(registry.register_channel(Peer::new("x").make()));
    assert!(twice.is_err(), "the id is in use while it starts");
    drop(connecting);
    assert_eq!(load(&registry), quiet(0, 0));
    assert_eq!(peer.closes(), 1);
    assert!(block_on(registry.register_channel(Peer::new("x").make())).is_ok());
}

#[test]
fn w36_a_channel_gets_nothing_before_it_has_started() {
    let (go, started) = oneshot::channel::<()>();
    let started = Mutex::new(Some(started));
    let registry = child("a", "hub");
    let hub = Peer::new("hub")
        .on_start(move || {
            let started = started.lock().unwrap().take().unwrap();
            async move {
                let _ = started.await;
                Ok(())
            }
            .boxed()
        })
        .make();
    let mut world = World::new();
    let connecting = {
        let (registry, hub) = (registry.clone(), hub.clone());
        world.start(async move { registry.register_channel(hub).await })
    };
    registry.emit(tick()).unwrap();
    let call = world.run(registry.execute_dyn("far.away", Value::Null));
    assert!(matches!(call, Err(CommandError::ChannelDisconnected)));
    world.register(&registry, echo("a.echo")).unwrap();
    assert!(registry.list_channels().is_empty());
    assert!(!hub.is_probed());

    go.send(()).unwrap();
    let _driver = world.run(connecting).unwrap();
    assert!(hub.is_probed());
    assert!(hub.sent().is_empty(), "the probe comes first, and alone");
    assert_eq!(registry.list_channels(), ["hub"]);
}

#[test]
fn a_channel_that_is_disposed_of_or_replaced_while_it_starts_is_given_up() {
    soon(|| {
        let mut world = World::new();
        let registry = root("a");
        let stuck = || Peer::new("x").on_start(|| pending().boxed()).make();
        let connect = |world: &mut World, peer: &Arc<Peer>| {
            let (registry, peer) = (registry.clone(), peer.clone());
            world.start(async move { registry.register_channel(peer).await.err() })
        };
        let first = stuck();
        let connecting = connect(&mut world, &first);
        world.run(registry.dispose());
        let error = world.run(connecting);
        assert!(matches!(error, Some(ChannelError::Closed)), "{error:?}");
        assert_eq!(first.closes(), 1);

        let second = stuck();
        let connecting = connect(&mut world, &second);
        let third = Peer::new("x").make();
        let _driver = world.run(registry.register_channel_replacing(third));
        let error = world.run(connecting);
        assert!(matches!(error, Some(ChannelError::Closed)), "{error:?}");
        assert_eq!(second.closes(), 1);
        assert_eq!(registry.list_channels(), ["x"]);
    });
}

#[test]
fn w37_dropping_a_driver_ends_its_session_polled_or_not() {
    for polled in [false, true] {
        let registry = root("a");
        let peer = Peer::new("peer").make();
        let mut driver = Box::pin(block_on(registry.register_channel(peer.clone())).unwrap());
        peer.deliver(list(peer.probe(), &["peer.echo"]));
        if polled {
            assert!(poll_once(&mut driver).is_pending());
            assert_eq!(ids(&registry), ["peer.echo"]);
            let mut call = Box::pin(registry.execute_dyn("peer.echo", Value::Null));
            assert!(poll_once(&mut call).is_pending());
            drop(driver);
            let result = block_on(call);
            assert!(matches!(result, Err(CommandError::ChannelDisconnected)));
        } else {
            drop(driver);
        }
        assert_eq!(load(&registry), quiet(0, 0));
        assert_eq!(peer.closes(), 1);
    }
}

#[test]
fn w37_dropping_a_driver_polls_a_slow_close_once_and_survives_one_that_panics() {
    let registry = root("a");
    let slow = Peer::new("slow").on_close(|| pending().boxed()).make();
    drop(block_on(registry.register_channel(slow.clone())).unwrap());
    assert_eq!(slow.closes(), 1);
    let panics = Peer::new("panics")
        .on_close(|| panic!("in a channel"))
        .make();
    drop(block_on(registry.register_channel(panics.clone())).unwrap());
    assert_eq!(panics.closes(), 1);
    assert_eq!(load(&registry), quiet(0, 0));
}

#[test]
fn w43_a_channel_that_is_not_cancel_safe_loses_nothing() {
    let mut world = World::new();
    let registry = CommandRegistry::new(Config {
        max_in_flight_per_channel: 2,
        ..config("a")
    });
    world.register(&registry, echo("echo")).unwrap();
    let messages: Arc<Mutex<Vec<Message>>> = Arc::default();
    let dropped = Arc::new(AtomicUsize::new(0));
    let (source, lost) = (messages.clone(), dropped.clone());
    // Takes a message out first and thinks about it then.
    let peer = Peer::new("peer").on_recv(move || {
        let (source, lost) = (source.clone(), lost.clone());
        async move {
            let Some(message) = source.lock().unwrap().pop() else {
                return pending().await;
            };
            let mut taken = Taken(Some(message), lost);
            for _ in 0..3 {
                yield_once().await;
            }
            taken.0.take()
        }
        .boxed()
    });
    struct Taken(Option<Message>, Arc<AtomicUsize>);
    impl Drop for Taken {
        fn drop(&mut self) {
            if self.0.is_some() {
                self.1.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
    let wanted: Vec<_> = (0..100).map(|_| fresh()).collect();
    let requests = wanted.iter().map(|id| request(*id, "echo", json!(1)));
    messages.lock().unwrap().extend(requests);
    let peer = peer.make();
    let _driver = world.connect(&registry, &peer);
    world.settle();
    let mut answered: Vec<_> = peer.sent().iter().filter_map(Message::thid).collect();
    answered.reverse();
    assert_eq!(answered, wanted);
    assert_eq!(dropped.load(Ordering::SeqCst), 0);
}

#[test]
fn w44_the_channel_is_closed_once_when_the_peer_goes() {
    let mut world = World::new();
    let registry = root("a");
    let peer = Peer::new("peer").make();
    let driver = world.connect(&registry, &peer);
    peer.hang_up();
    world.run(driver);
    assert_eq!(peer.closes(), 1);
    world.run(registry.dispose());
    assert_eq!(peer.closes(), 1);
    assert_eq!(load(&registry), quiet(0, 0));
}

#[test]
fn w44_the_driver_awaits_the_close() {
    let (go, closed) = oneshot::channel::<()>();
    let closed = Mutex::new(Some(closed));
    let mut world = World::new();
    let registry = root("a");
    let peer = Peer::new("peer").on_close(move || {
        let closed = closed.lock().unwrap().take().unwrap();
        closed.map(drop).boxed()
    });
    let peer = peer.make();
    let driver = world.connect(&registry, &peer);
    peer.hang_up();
    world.settle();
    let mut driver = Box::pin(driver);
    assert!(poll_once(&mut driver).is_pending());
    assert!(registry.list_channels().is_empty());
    go.send(()).unwrap();
    world.run(driver);
}

#[test]
fn a_channel_that_panics_in_recv_or_close_ends_its_own_session_only() {
    let cases = [
        Peer::new("x").on_recv(|| panic!("in a channel")),
        Peer::new("x").on_recv(|| async { panic!("in a channel") }.boxed()),
        Peer::new("x")
            .on_recv(|| ready(None).boxed())
            .on_close(|| panic!("in a channel")),
        Peer::new("x")
            .on_recv(|| ready(None).boxed())
            .on_close(|| async { panic!("in a channel") }.boxed()),
    ];
    for peer in cases {
        let mut world = World::new();
        let registry = root("a");
        let other = Peer::new("other").make();
        let _other = world.connect(&registry, &other);
        let peer = peer.make();
        let driver = world.connect(&registry, &peer);
        world.run(driver);
        assert_eq!(peer.closes(), 1);
        assert_eq!(registry.list_channels(), ["other"]);
        registry.emit(tick()).unwrap();
        assert_eq!(other.sent().len(), 1);
    }
}

#[test]
fn w45_a_half_whose_peer_has_closed_refuses_to_send() {
    let (a, b) = InMemoryChannel::pair("b", "a");
    a.send(event(fresh(), "one", Value::Null)).unwrap();
    b.send(event(fresh(), "two", Value::Null)).unwrap();
    block_on(b.close());
    let send = |half: &InMemoryChannel| half.send(event(fresh(), "late", Value::Null));
    assert!(matches!(send(&a), Err(ChannelError::Closed)));
    assert!(matches!(send(&b), Err(ChannelError::Closed)));
    assert!(block_on(b.recv()).is_none(), "at once, whatever is queued");
    assert!(matches!(
        block_on(a.recv()),
        Some(Message::Event { event_id, .. }) if event_id == "two"
    ));
    assert!(block_on(a.recv()).is_none(), "after what was queued");
    block_on(b.close());
    block_on(a.close());
}

#[test]
fn w45_a_half_that_is_dropped_counts_as_closed() {
    let (a, b) = InMemoryChannel::pair("b", "a");
    b.send(event(fresh(), "last", Value::Null)).unwrap();
    drop(b);
    let late = a.send(event(fresh(), "late", Value::Null));
    assert!(matches!(late, Err(ChannelError::Closed)));
    assert!(block_on(a.recv()).is_some());
    assert!(block_on(a.recv()).is_none());
}

#[test]
fn a_half_that_waits_is_woken_by_a_message_and_by_either_close() {
    soon(|| {
        for closer in [0, 1] {
            let (a, b) = InMemoryChannel::pair("b", "a");
            let receiver = a.clone();
            let received = std::thread::spawn(move || {
                block_on(async {
                    let mut count = 0;
                    while receiver.recv().await.is_some() {
                        count += 1;
                    }
                    count
                })
            });
            b.send(event(fresh(), "one", Value::Null)).unwrap();
            block_on([&a, &b][closer].close());
            let count = received.join().unwrap();
            assert!(count == 1 || closer == 0, "{count}");
        }
    });
}

#[test]
fn w46_a_bounded_pair_refuses_what_does_not_fit_and_lives_on() {
    let mut world = World::new();
    let (a, b) = (root("a"), root("b"));
    let (to_b, to_a) = InMemoryChannel::pair_with_capacity("b", "a", 2);
    world.register(&b, echo("b.echo")).unwrap();
    let _a = world.connect(&a, &to_b);
    let b_driver = world.run(b.register_channel(to_a)).unwrap();
    let mut b_driver = Box::pin(b_driver);
    assert!(poll_once(&mut b_driver).is_pending());
    world.settle();
    assert_eq!(ids(&a), ["b.echo"]);
    assert!(poll_once(&mut b_driver).is_pending());

    let mut calls: Vec<_> = (0..3).map(|n| world.call(&a, "b.echo", json!(n))).collect();
    let refused = world.run(calls.pop().unwrap()).unwrap_err().to_string();
    assert!(refused.contains("overloaded"), "{refused}");
    a.emit(tick()).unwrap();
    assert_eq!(a.stats().unsent, 1, "an event that does not fit is counted");
    let _b = world.start(b_driver);
    for (n, call) in calls.into_iter().enumerate() {
        assert_eq!(world.run(call).unwrap(), n);
    }
    assert_eq!(load(&a).outstanding, 0);
}

#[test]
fn w47_the_end_of_an_old_session_does_not_touch_its_successor() {
    let mut world = World::new();
    let registry = root("a");
    let old = Peer::new("peer").make();
    let old_driver = world.run(registry.register_channel(old.clone())).unwrap();
    let mut old_driver = Box::pin(old_driver);
    assert!(poll_once(&mut old_driver).is_pending());
    world.run(registry.dispose());

    let new = Peer::new("peer").make();
    let _new_driver = world.connect(&registry, &new);
    new.deliver(list(new.probe(), &["peer.echo"]));
    world.settle();
    let call = world.call(&registry, "peer.echo", Value::Null);
    old.deliver(list(old.probe(), &["peer.old"]));
    world.run(old_driver);
    assert_eq!(registry.list_channels(), ["peer"]);
    assert_eq!(ids(&registry), ["peer.echo"]);
    new.deliver(response(new.sent_one().id(), json!("answered")));
    assert_eq!(world.run(call).unwrap(), "answered");
    assert_eq!((old.closes(), new.closes()), (1, 0));
}

#[test]
fn w48_a_channel_of_a_known_id_is_refused_unless_it_replaces() {
    let mut world = World::new();
    let registry = root("a");
    let old = Peer::new("peer").make();
    let old_driver = world.connect(&registry, &old);
    old.deliver(list(old.probe(), &["peer.echo"]));
    world.settle();
    let call = world.call(&registry, "peer.echo", Value::Null);

    let new = Peer::new("peer").make();
    let refused = world.run(registry.register_channel(new.clone())).err();
    assert_eq!(
        refused.unwrap().to_string(),
        "channel error: channel with id `peer` already registered"
    );
    assert_eq!(
        new.closes(),
        0,
        "it was never touched and may be tried again"
    );
    let new_driver = world.run(registry.register_channel_replacing(new.clone()));
    let _new_driver = world.start(new_driver.unwrap());
    let result = world.run(call);
    assert!(matches!(result, Err(CommandError::ChannelDisconnected)));
    world.run(old_driver);
    assert_eq!((old.closes(), new.closes()), (1, 0));
    assert!(ids(&registry).is_empty());
    assert_eq!(registry.list_channels(), ["peer"]);
}

#[test]
fn w48_replacing_works_without_anything_to_replace() {
    let registry = root("a");
    let driver = block_on(registry.register_channel_replacing(Peer::new("peer").make()));
    assert!(driver.is_ok());
    assert_eq!(registry.list_channels(), ["peer"]);
}

#[test]
fn w49_a_registry_whose_handles_and_drivers_are_gone_is_freed() {
    let registry = root("a");
    let weak = registry.downgrade();
    let stop = registry.on_dyn("tick", |_| {});
    let stop_pattern = registry.on_pattern("*", |_, _| {});
    let driver = block_on(registry.register_channel(Peer::new("peer").make())).unwrap();
    drop(registry);
    assert!(weak.upgrade().is_some(), "a driver keeps it alive");
    drop(driver);
    assert!(weak.upgrade().is_none(), "closures that unsubscribe do not");
    stop();
    stop_pattern();
}

#[test]
fn a_channel_that_uses_the_registry_while_it_sends_does_not_lock_up() {
    soon(|| {
        let mut world = World::new();
        let registry = root("a");
        let weak = registry.downgrade();
        let peer = Peer::new("peer")
            .on_send(move |message| {
                let registry = weak.upgrade().unwrap();
                let _ = registry.list_channels();
                if let Message::Event { event_id, .. } = message
                    && event_id.len() < 5
                {
                    let next = DynEvent::new(format!("{event_id}!"), Value::Null);
                    registry.emit(next).unwrap();
                }
                Ok(())
            })
            .make();
        let _driver = world.connect(&registry, &peer);
        registry.emit(DynEvent::new("e", Value::Null)).unwrap();
        let sent: Vec<String> = peer.sent().into_iter().map(event_id).collect();
        assert_eq!(sent, ["e", "e!", "e!!", "e!!!", "e!!!!"]);
    });
}

fn event_id(message: Message) -> String {
    match message {
        Message::Event { event_id, .. } => event_id,
        other => panic!("not an event: {other:?}"),
    }
}

#[test]
fn a_driver_needs_no_particular_executor() {
    soon(|| {
        let (hub, a) = (root("hub"), child("a", "hub"));
        let (to_hub, to_a) = InMemoryChannel::pair("hub", "a");
        let drivers = [
            on_thread(block_on(a.register_channel(to_hub)).unwrap()),
            on_thread(block_on(hub.register_channel(to_a)).unwrap()),
        ];
        block_on(async {
            a.register_command(echo("a.echo")).await.unwrap();
            for n in 0..100 {
                assert_eq!(hub.execute_dyn("a.echo", json!(n)).await.unwrap(), n);
            }
            a.dispose().await;
        });
        for driver in drivers {
            driver.join().unwrap();
        }
        assert_eq!(load(&hub), quiet(0, 0));
    });
}

#[test]
fn a_driver_may_be_dropped_while_a_panic_unwinds() {
    let registry = root("a");
    let peer = Peer::new("peer").make();
    let driver = block_on(registry.register_channel(peer.clone())).unwrap();
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _driver = driver;
        panic!("in the task that runs it");
    }));
    assert!(unwound.is_err());
    assert_eq!(load(&registry), quiet(0, 0));
    assert_eq!(peer.closes(), 1);
}

#[test]
fn a_request_ttl_beyond_all_time_is_no_limit() {
    let registry = CommandRegistry::new(Config {
        router_channel: Some("hub".into()),
        request_ttl: Duration::MAX,
        event_ttl: Duration::MAX,
        ..config("a")
    });
    let _driver = block_on(registry.register_channel(Peer::new("hub").make())).unwrap();
    let mut call = Box::pin(registry.execute_dyn("far.away", Value::Null));
    assert!(poll_once(&mut call).is_pending());
    registry.emit(tick()).unwrap();
    assert_eq!(load(&registry).timers, 0);
}
