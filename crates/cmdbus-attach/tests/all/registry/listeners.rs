//! Who hears that a catalogue has changed.

use cmdbus_attach::frame::{ListKind, Target};
use cmdbus_attach::{
    Changes, Listener, McpListenerRegistry, ReverseAttachGuard, Updated,
    new_reverse_channel_registry,
};
use futures_util::FutureExt;

use super::support::{Socket, fs, named};

/// Returns what a listener has to say now. `None` if nothing.
fn now(listener: &mut Listener) -> Option<Option<Changes>> {
    listener.next().now_or_never()
}

fn kinds(listener: &mut Listener) -> Vec<ListKind> {
    now(listener)
        .flatten()
        .unwrap_or_default()
        .kinds()
        .collect()
}

/// Tells every id of a socket that a server has changed, as its reader does, and returns how many events that made.
fn publish_to_all(guard: &ReverseAttachGuard, listeners: &McpListenerRegistry) -> usize {
    let ids = guard.handle().registered_ids();
    ids.iter()
        .map(|id| listeners.publish(id, &fs(), ListKind::Tools))
        .sum()
}

#[tokio::test]
async fn i08_one_change_is_one_event_for_a_session_even_if_its_id_was_registered_twice() {
    let registry = new_reverse_channel_registry();
    let guard = Socket::new().attach(&registry);
    guard.handle().register("x");
    guard.handle().register("x");
    let listeners = registry.listeners();
    let mut session = listeners.subscribe("x", &fs());
    assert_eq!(publish_to_all(&guard, &listeners), 1);
    assert_eq!(kinds(&mut session), [ListKind::Tools]);
    assert_eq!(now(&mut session), None);
}

#[tokio::test]
async fn w07_an_id_registered_twice_is_listed_once() {
    let registry = new_reverse_channel_registry();
    let guard = Socket::new().attach(&registry);
    for id in ["b", "a", "b", "a", "c"] {
        guard.handle().register(id);
    }
    assert_eq!(guard.handle().registered_ids(), ["b", "a", "c"]);
}

#[tokio::test]
async fn i09_a_change_reaches_only_the_ids_that_share_the_changed_instance() {
    let registry = new_reverse_channel_registry();
    let guard = Socket::new().attach(&registry);
    let listeners = registry.listeners();
    let mut sessions = ["agent-1", "agent-2"].map(|id| {
        guard.handle().register(id);
        listeners.subscribe(id, &fs())
    });
    assert_eq!(listeners.publish("agent-1", &fs(), ListKind::Tools), 1);
    assert_eq!(kinds(&mut sessions[0]), [ListKind::Tools]);
    assert_eq!(now(&mut sessions[1]), None);
}

#[tokio::test]
async fn w34_a_change_of_one_server_does_not_reach_listeners_of_another_under_the_same_id() {
    let listeners = McpListenerRegistry::new();
    let mut of_fs = listeners.subscribe("x", &fs());
    let mut of_db = listeners.subscribe("x", &named("db"));
    let mut primary = listeners.subscribe("x", &Target::Primary);
    assert_eq!(listeners.publish("x", &named("db"), ListKind::Prompts), 1);
    assert_eq!(kinds(&mut of_db), [ListKind::Prompts]);
    assert_eq!((now(&mut of_fs), now(&mut primary)), (None, None));
}

#[tokio::test]
async fn w33_a_late_reader_merges_changes_and_loses_no_kind() {
    let listeners = McpListenerRegistry::new();
    let mut late = listeners.subscribe("x", &fs());
    listeners.publish("x", &fs(), ListKind::Resources);
    for _ in 0..10_000 {
        listeners.publish("x", &fs(), ListKind::Tools);
    }
    assert_eq!(kinds(&mut late), [ListKind::Tools, ListKind::Resources]);
    assert_eq!(now(&mut late), None);
}

#[tokio::test]
async fn updated_resources_are_named_once_each_until_there_are_too_many() {
    let listeners = McpListenerRegistry::new();
    let mut session = listeners.subscribe("x", &fs());
    for uri in ["file:///b", "file:///a", "file:///b"] {
        assert_eq!(listeners.updated("x", &fs(), uri), 1);
    }
    let updated = now(&mut session).flatten().unwrap().updated;
    let both = ["file:///a", "file:///b"].map(str::to_owned);
    assert_eq!(updated, Updated::These(both.into()));

    let mut update = |count: usize| {
        for n in 0..count {
            listeners.updated("x", &fs(), &format!("file:///{n}"));
        }
        now(&mut session).flatten().unwrap().updated
    };
    let Updated::These(uris) = update(1_024) else {
        panic!("1,024 are kept apart");
    };
    assert_eq!(uris.len(), 1_024);
    assert_eq!(update(1_025), Updated::All);
    assert_eq!(update(1), Updated::These(["file:///0".to_owned()].into()));
}

#[tokio::test]
async fn a_session_hears_what_happens_from_its_subscription_on() {
    let listeners = McpListenerRegistry::new();
    assert_eq!(listeners.publish("x", &fs(), ListKind::Tools), 0);
    let mut session = listeners.subscribe("x", &fs());
    assert_eq!(now(&mut session), None);
}

#[tokio::test]
async fn a_listener_that_waits_is_woken_by_a_change_and_by_the_end() {
    let listeners = McpListenerRegistry::new();
    let mut session = listeners.subscribe("x", &fs());
    let waiting = tokio::spawn(async move {
        let first = session.next().await;
        (first, session.next().await)
    });
    tokio::task::yield_now().await;
    listeners.publish("x", &fs(), ListKind::Prompts);
    tokio::task::yield_now().await;
    listeners.close_for("x");
    let (first, second) = waiting.await.unwrap();
    assert!(first.unwrap().prompts);
    assert_eq!(second, None);
}

#[tokio::test]
async fn what_changed_before_the_end_is_told_before_the_end() {
    let listeners = McpListenerRegistry::new();
    let mut session = listeners.subscribe("x", &fs());
    listeners.publish("x", &fs(), ListKind::Tools);
    listeners.close_for("x");
    assert_eq!(listeners.publish("x", &fs(), ListKind::Prompts), 0);
    assert_eq!(kinds(&mut session), [ListKind::Tools]);
    assert_eq!(now(&mut session), Some(None));
}

#[tokio::test]
async fn w32_listeners_end_with_their_attach_id() {
    let registry = new_reverse_channel_registry();
    let guard = Socket::new().attach(&registry);
    for id in ["released", "dropped"] {
        guard.handle().register(id);
    }
    let listeners = registry.listeners();
    let mut released = listeners.subscribe("released", &fs());
    let mut dropped = listeners.subscribe("dropped", &fs());
    assert!(guard.handle().release("released"));
    assert_eq!((now(&mut released), now(&mut dropped)), (Some(None), None));
    drop(guard);
    assert_eq!(now(&mut dropped), Some(None));
    assert!(listeners.is_empty());
}

#[tokio::test]
async fn w32_nobody_listens_to_an_id_that_is_gone_or_never_was() {
    let registry = new_reverse_channel_registry();
    let listeners = registry.listeners();
    let guard = Socket::new().attach(&registry);
    guard.handle().register("x");
    drop(guard);
    for id in ["x", "never"] {
        let mut listener = listeners.subscribe(id, &fs());
        assert_eq!(now(&mut listener), Some(None));
        assert!(listeners.is_empty());
    }
}

#[tokio::test]
async fn w32_listeners_stay_when_another_socket_of_the_principal_takes_the_id_over() {
    let registry = new_reverse_channel_registry();
    let old = Socket::new().attach(&registry);
    old.handle().register("x");
    let listeners = registry.listeners();
    let mut session = listeners.subscribe("x", &fs());
    let new = Socket::new().attach(&registry);
    new.handle().register("x");
    drop(old);
    assert_eq!(now(&mut session), None);
    assert_eq!(publish_to_all(&new, &listeners), 1);
    assert_eq!(kinds(&mut session), [ListKind::Tools]);
}

#[tokio::test]
async fn only_listeners_of_a_server_that_was_detached_by_itself_end() {
    let listeners = McpListenerRegistry::new();
    let mut of_fs = listeners.subscribe("x", &fs());
    let mut of_db = listeners.subscribe("x", &named("db"));
    listeners.close_target("x", &fs());
    assert_eq!((now(&mut of_fs), now(&mut of_db)), (Some(None), None));
    assert_eq!(listeners.len(), 1);
}

#[test]
fn the_last_listener_takes_its_entry_along() {
    let listeners = McpListenerRegistry::new();
    let one = listeners.subscribe("x", &fs());
    let two = listeners.subscribe("x", &fs());
    let other = listeners.subscribe("x", &named("db"));
    assert_eq!(listeners.len(), 2);
    drop(one);
    assert_eq!(listeners.len(), 2);
    drop(two);
    assert_eq!(listeners.len(), 1);
    assert!(!listeners.gc("x", &fs()) && !listeners.gc("x", &named("db")));
    drop(other);
    assert!(listeners.is_empty());
}

#[test]
fn a_listener_that_ended_does_not_disturb_one_that_came_later() {
    let listeners = McpListenerRegistry::new();
    let old = listeners.subscribe("x", &fs());
    listeners.close_for("x");
    let _new = listeners.subscribe("x", &fs());
    drop(old);
    assert_eq!(listeners.publish("x", &fs(), ListKind::Tools), 1);
}
