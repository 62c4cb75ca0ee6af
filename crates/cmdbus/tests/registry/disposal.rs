//! The end of a registry, and its second life.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::Duration;

use cmdbus::serde_json::{Value, json};
use cmdbus::{CommandError, CommandRegistry, Config, DynCommand, DynEvent};
use futures_channel::oneshot;
use futures_executor::block_on;
use futures_util::future::FutureExt;

use crate::support::*;

#[test]
fn w9_whoever_waits_hears_of_the_disposal_although_no_driver_is_polled() {
    soon(|| {
        let registry = CommandRegistry::new(Config {
            router_channel: Some("hub".into()),
            request_ttl: Duration::ZERO,
            ..config("a")
        });
        let hub = Peer::new("hub").make();
        let undriven = block_on(registry.register_channel(hub.clone())).unwrap();
        let waiting = Arc::new(Barrier::new(3));
        let threads = [
            thread::spawn({
                let (registry, waiting) = (registry.clone(), waiting.clone());
                move || {
                    let mut call = Box::pin(registry.execute_dyn("far.away", Value::Null));
                    assert!(poll_once(&mut call).is_pending());
                    waiting.wait();
                    block_on(call).map(drop)
                }
            }),
            thread::spawn({
                let (registry, waiting) = (registry.clone(), waiting.clone());
                move || {
                    let mut registering = Box::pin(registry.register_command(echo("a.b")));
                    assert!(poll_once(&mut registering).is_pending());
                    waiting.wait();
                    block_on(registering)
                }
            }),
        ];
        waiting.wait();
        let registered = hub.sent().into_iter().find(|sent| sent.thid().is_none());
        block_on(registry.dispose());
        for thread in threads {
            let result = thread.join().unwrap();
            assert!(matches!(result, Err(CommandError::ChannelDisconnected)));
        }
        assert_eq!(hub.closes(), 1);
        hub.deliver(accepted(registered.unwrap().id()));
        block_on(undriven);
        assert_eq!(hub.closes(), 1, "the driver finds it closed");
        assert_eq!(load(&registry), quiet(0, 0));
        assert!(ids(&registry).is_empty());
    });
}

#[test]
fn w9_everything_is_empty_before_the_first_channel_has_closed() {
    let mut world = World::new();
    let registry = root("a");
    let (go, closed) = oneshot::channel::<()>();
    let closed = std::sync::Mutex::new(Some(closed));
    let slow = Peer::new("slow")
        .on_close(move || {
            let closed = closed.lock().unwrap().take().unwrap();
            closed.map(drop).boxed()
        })
        .make();
    let quick = Peer::new("quick").make();
    let _drivers = (
        world.run(registry.register_channel(slow.clone())).unwrap(),
        world.run(registry.register_channel(quick.clone())).unwrap(),
    );
    world.register(&registry, echo("a.b")).unwrap();
    let heard = Arc::new(AtomicUsize::new(0));
    let count = heard.clone();
    let _ = registry.on_dyn("tick", move |_| {
        count.fetch_add(1, Ordering::SeqCst);
    });

    let mut disposing = Box::pin(registry.dispose());
    assert!(poll_once(&mut disposing).is_pending());
    assert_eq!((slow.closes(), quick.closes()), (1, 1), "all at once");
    assert!(registry.list_channels().is_empty());
    assert!(registry.list_commands().is_empty());
    assert_eq!(registry.load().seen_events, 0);
    let call = block_on(registry.execute_dyn("a.b", Value::Null));
    assert!(matches!(call, Err(CommandError::NotFound(_))));
    registry.emit(DynEvent::new("tick", Value::Null)).unwrap();
    assert_eq!(heard.load(Ordering::SeqCst), 0);
    go.send(()).unwrap();
    block_on(disposing);
}

#[test]
fn a_channel_that_panics_on_close_does_not_stop_the_disposal() {
    let registry = root("a");
    let panics = Peer::new("panics").on_close(|| panic!("in a channel"));
    let panics = panics.make();
    let other = Peer::new("other").make();
    let _drivers = (
        block_on(registry.register_channel(panics.clone())).unwrap(),
        block_on(registry.register_channel(other.clone())).unwrap(),
    );
    block_on(registry.dispose());
    assert_eq!((panics.closes(), other.closes()), (1, 1));
}

#[test]
fn a_registry_can_be_disposed_of_twice_and_used_afterwards() {
    let mut world = World::new();
    let (hub, a) = (root("hub"), child("a", "hub"));
    for round in 0..3 {
        let link = world.join(&a, &hub);
        world.register(&a, echo("a.echo")).unwrap();
        world.register(&hub, echo("hub.echo")).unwrap();
        for (caller, id) in [(&a, "hub.echo"), (&hub, "a.echo")] {
            let result = world.run(caller.execute_dyn(id, json!(round)));
            assert_eq!(result.unwrap(), round);
        }
        world.run(a.dispose());
        world.run(a.dispose());
        world.run(link.drivers.0);
        world.run(link.drivers.1);
        assert_eq!(ids(&hub), ["hub.echo"], "it noticed");
        assert!(hub.list_channels().is_empty());
        world.run(hub.dispose());
        assert_eq!(a.load(), quiet(0, 0));
        assert_eq!(hub.load(), quiet(0, 0));
        drop((link.to_a, link.to_b));
    }
}

#[test]
fn a_handler_may_dispose_of_its_own_registry() {
    let mut world = World::new();
    let (hub, a) = (root("hub"), child("a", "hub"));
    let _link = world.join(&a, &hub);
    let weak = a.downgrade();
    let quit = cmdbus::DynCommand::new("a.quit", move |_: Value| {
        let registry = weak.upgrade().unwrap();
        async move {
            registry.dispose().await;
            Ok::<_, CommandError>(())
        }
    });
    world.register(&a, quit).unwrap();
    let result = world.run(hub.execute_dyn("a.quit", Value::Null));
    assert!(matches!(result, Err(CommandError::ChannelDisconnected)));
    world.settle();
    assert_eq!(a.load(), quiet(0, 0));
}

/// A waker that panics, as one of a runtime that has shut down might.
struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("in a waker");
    }
}

#[test]
fn a_waker_that_panics_disturbs_nobody_else() {
    let mut world = World::new();
    let registry = child("a", "hub");
    let hub = Peer::new("hub").make();
    let driver = world.connect(&registry, &hub);
    let leaf = Peer::new("leaf").make();
    let _leaf_driver = world.connect(&registry, &leaf);
    let waker = Waker::from(Arc::new(Panics));
    let mut call = Box::pin(registry.execute_dyn("far.away", Value::Null));
    let polled = call.as_mut().poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    leaf.deliver(request(fresh(), "far.away", Value::Null));
    world.settle();
    assert_eq!(hub.sent().len(), 2);
    drop(driver);
    world.settle();
    assert_eq!(
        said(&leaf.sent_one()),
        "channel_disconnected: target channel disconnected"
    );
    let result = block_on(call);
    assert!(matches!(result, Err(CommandError::ChannelDisconnected)));
    assert_eq!(load(&registry), quiet(0, 1));
}

#[test]
fn a_command_that_uses_the_registry_when_it_is_dropped_does_not_hang_dispose() {
    struct Last(CommandRegistry);
    impl Drop for Last {
        fn drop(&mut self) {
            self.0.list_commands();
        }
    }
    let registry = CommandRegistry::new(Config::default());
    let last = Last(registry.clone());
    let command = DynCommand::new("a.b", move |(): ()| {
        let _kept = &last;
        async { Ok::<(), CommandError>(()) }
    });
    block_on(registry.register_command(command)).unwrap();
    block_on(registry.dispose());
    assert!(registry.list_commands().is_empty());
}

/// What is still being written then would be lost with the runtime.
#[test]
fn dispose_waits_for_a_close_that_the_driver_has_begun() {
    let mut world = World::new();
    let registry = root("a");
    let (go, closed) = oneshot::channel::<()>();
    let closed = std::sync::Mutex::new(Some(closed));
    let slow = Peer::new("slow")
        .on_close(move || {
            let closed = closed.lock().unwrap().take().unwrap();
            closed.map(drop).boxed()
        })
        .make();
    let _driver = world.connect(&registry, &slow);
    slow.hang_up();
    world.settle();
    assert_eq!(slow.closes(), 1, "the driver is at it");

    let mut disposing = Box::pin(registry.dispose());
    assert!(poll_once(&mut disposing).is_pending());
    go.send(()).unwrap();
    world.settle();
    assert!(poll_once(&mut disposing).is_ready());
    assert_eq!(slow.closes(), 1);
}
