//! Which socket an attach id leads to: registrations, take-over, caps, clean-up.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

use cmdbus_attach::auth::Principal;
use cmdbus_attach::{
    Attachment, Completed, Refusal, Registration, ReverseAttachConfig, ReverseAttachGuard,
    ReverseAttachHandle, ReverseChannelRegistry, new_reverse_channel_registry,
};
use cmdbus_mcp::carry::{Limits, deaf};
use cmdbus_mcp::rpc::codes;
use futures_util::FutureExt;
use tokio::time::Instant;

use super::support::{Socket, alone, answer_to, attach_as, call, fs};

fn holder(registry: &ReverseChannelRegistry, id: &str) -> Option<u64> {
    registry.get(id).map(|channel| channel.epoch())
}

fn epoch(guard: &ReverseAttachGuard) -> u64 {
    guard.handle().channel().epoch()
}

#[tokio::test]
async fn i01_a_newer_registration_survives_the_drop_of_the_older_guard() {
    let registry = new_reverse_channel_registry();
    let (a, b) = (alone(&registry), alone(&registry));
    assert_eq!(a.handle().register("x"), Registration::New);
    assert_eq!(b.handle().register("x"), Registration::TookOver);
    drop(a);
    assert_eq!(holder(&registry, "x"), Some(epoch(&b)));
}

#[tokio::test]
async fn w05_only_the_attachment_that_holds_an_id_can_remove_it() {
    let registry = new_reverse_channel_registry();
    let (old, new) = (alone(&registry), alone(&registry));
    old.handle().register("x");
    new.handle().register("x");
    assert!(!registry.remove_if_epoch("x", epoch(&old)));
    assert!(!old.handle().release("x"));
    assert_eq!(old.handle().registered_ids(), [""; 0]);
    assert_eq!(registry.ids_of(epoch(&new)), ["x"]);
    assert!(new.handle().release("x"));
    assert!(!new.handle().release("x"));
    assert!(registry.is_empty());
}

#[tokio::test]
async fn i02_a_handle_whose_guard_is_gone_leaves_no_entry() {
    let registry = new_reverse_channel_registry();
    let other = alone(&registry);
    other.handle().register("other");
    let guard = alone(&registry);
    let handle = guard.handle();
    drop(guard);
    for n in 0..1_000 {
        assert_eq!(handle.register(&n.to_string()), Registration::Detached);
    }
    assert_eq!(registry.len(), 1);
}

#[tokio::test]
async fn w06_no_request_is_routed_to_a_socket_that_is_gone() {
    let registry = new_reverse_channel_registry();
    let guard = alone(&registry);
    let handle = guard.handle();
    handle.register("x");
    drop(guard);
    handle.register("x");
    assert!(registry.get("x").is_none());
    let (target, deadline) = (fs(), Instant::now() + Duration::from_secs(1));
    let probe = registry.probe("x", &target, deadline);
    let error = probe.now_or_never().unwrap().unwrap_err();
    assert_eq!(error.code, codes::NOT_FOUND);
}

#[test]
fn i03_a_registration_that_races_with_the_drop_is_never_left_behind() {
    const ROUNDS: usize = 100_000;
    let registry = new_reverse_channel_registry();
    let (tell, hear) = mpsc::channel::<ReverseAttachHandle>();
    let begun = Arc::new(AtomicUsize::new(0));
    let registering = {
        let begun = Arc::clone(&begun);
        thread::spawn(move || {
            for handle in hear {
                begun.fetch_add(1, Ordering::Relaxed);
                // Several, so that the drop meets one of them wherever it comes.
                let bound = |id: &&str| handle.register(id) != Registration::Detached;
                ["a", "b", "c", "d"].into_iter().take_while(bound).count();
            }
        })
    };
    let socket = Socket::new();
    for round in 0..ROUNDS {
        let guard = socket.attach(&registry);
        tell.send(guard.handle()).unwrap();
        while begun.load(Ordering::Relaxed) == round {
            thread::yield_now();
        }
        drop(guard);
    }
    drop(tell);
    registering.join().unwrap();
    assert!(registry.is_empty(), "{} are left", registry.len());
}

#[test]
fn i12_an_id_of_another_principal_is_refused() {
    let registry = new_reverse_channel_registry();
    let mine = attach_as(&registry, Attachment::by(Principal::owner()));
    let theirs = attach_as(&registry, Attachment::by(Principal::anonymous()));
    mine.handle().register("x");
    let refused = Registration::Refused(Refusal::InUse);
    assert_eq!(theirs.handle().register("x"), refused);
    assert_eq!(holder(&registry, "x"), Some(epoch(&mine)));
    assert!(theirs.handle().registered_ids().is_empty());
    assert!(!theirs.handle().tracker().contains("x"));
}

#[tokio::test]
async fn i12_taking_over_moves_new_requests_and_leaves_those_in_flight() {
    let registry = new_reverse_channel_registry();
    let (mut old, mut new) = (Socket::new(), Socket::new());
    let (first, second) = (old.attach(&registry), new.attach(&registry));
    first.handle().register("x");
    let before = tokio::spawn(
        registry
            .get("x")
            .unwrap()
            .request(call("q1"), Limits::CALL, deaf()),
    );
    assert_eq!(old.next_id().await, "q1");
    assert_eq!(second.handle().register("x"), Registration::TookOver);
    let after = tokio::spawn(
        registry
            .get("x")
            .unwrap()
            .request(call("q2"), Limits::CALL, deaf()),
    );
    assert_eq!(new.next_id().await, "q2");
    for (guard, id) in [(&first, "q1"), (&second, "q2")] {
        let pending = guard.handle().channel().pending.clone();
        assert_eq!(pending.complete(id, answer_to(id)), Completed::Delivered);
    }
    assert!(before.await.unwrap().is_ok() && after.await.unwrap().is_ok());
}

#[test]
fn i13_the_cap_of_a_socket_holds_under_parallel_registrations() {
    let registry = new_reverse_channel_registry();
    let guard = attach_as(
        &registry,
        Attachment {
            max_ids: 100,
            ..Attachment::default()
        },
    );
    let refused = Registration::Refused(Refusal::TooManyOnSocket);
    let got = in_parallel(&[
        guard.handle(),
        guard.handle(),
        guard.handle(),
        guard.handle(),
    ]);
    assert_eq!(
        got.iter().filter(|got| **got == Registration::New).count(),
        100
    );
    assert_eq!(got.iter().filter(|got| **got == refused).count(), 100);
    assert_eq!(registry.len(), 100);
    guard.handle().release(&guard.handle().registered_ids()[0]);
    assert_eq!(guard.handle().register("one more"), Registration::New);
}

#[test]
fn i13_the_cap_of_a_principal_holds_over_all_its_sockets() {
    let registry = new_reverse_channel_registry();
    let capped = || Attachment {
        max_ids_of_principal: 100,
        ..Attachment::default()
    };
    let guards = [(); 4].map(|()| attach_as(&registry, capped()));
    let handles = guards.each_ref().map(ReverseAttachGuard::handle);
    let got = in_parallel(&handles);
    let refused = Registration::Refused(Refusal::TooManyOfPrincipal);
    assert_eq!(
        got.iter().filter(|got| **got == Registration::New).count(),
        100
    );
    assert_eq!(got.iter().filter(|got| **got == refused).count(), 100);
    let other = attach_as(&registry, Attachment::by(Principal::owner()));
    assert_eq!(other.handle().register("other"), Registration::New);
    drop((guards, other));
    assert!(registry.is_empty());
    let again = attach_as(&registry, capped());
    assert_eq!(again.handle().register("x"), Registration::New);
}

/// Registers 50 ids on each handle at once.
fn in_parallel(handles: &[ReverseAttachHandle]) -> Vec<Registration> {
    let start = Arc::new(Barrier::new(handles.len()));
    let threads: Vec<_> = handles
        .iter()
        .cloned()
        .enumerate()
        .map(|(which, handle)| {
            let start = Arc::clone(&start);
            thread::spawn(move || {
                start.wait();
                let ids = (0..50).map(|n| format!("{which}-{n}"));
                ids.map(|id| handle.register(&id)).collect::<Vec<_>>()
            })
        })
        .collect();
    threads
        .into_iter()
        .flat_map(|thread| thread.join().unwrap())
        .collect()
}

#[test]
fn taking_over_needs_no_room_of_the_principal_but_room_on_the_socket() {
    let registry = new_reverse_channel_registry();
    let full = |max_ids| Attachment {
        max_ids,
        max_ids_of_principal: 2,
        ..Attachment::default()
    };
    let old = attach_as(&registry, full(2));
    old.handle().register("a");
    old.handle().register("b");
    let new = attach_as(&registry, full(1));
    assert_eq!(new.handle().register("a"), Registration::TookOver);
    let refused = Registration::Refused(Refusal::TooManyOnSocket);
    assert_eq!(new.handle().register("b"), refused);
    assert_eq!(old.handle().registered_ids(), ["b"]);
}

#[test]
fn ids_that_are_none_are_refused_and_nothing_is_kept_of_them() {
    let registry = new_reverse_channel_registry();
    let guard = alone(&registry);
    let long = "x".repeat(257);
    for id in ["", "a\nb", "a\u{7f}", "\u{85}", &long] {
        let refused = Registration::Refused(Refusal::BadId);
        assert_eq!(guard.handle().register(id), refused, "{id:?}");
    }
    assert!(registry.is_empty() && guard.handle().tracker().is_empty());
    assert_eq!(guard.handle().register(&long[1..]), Registration::New);
    assert_eq!(
        guard.handle().register("swarm-7/agent-2 ü"),
        Registration::New
    );
}

#[test]
fn an_id_is_known_to_the_tracker_once_it_is_registered() {
    let registry = new_reverse_channel_registry();
    let guard = alone(&registry);
    assert_eq!(guard.handle().register("x"), Registration::New);
    assert_eq!(guard.handle().register("x"), Registration::AlreadyOwned);
    assert!(guard.handle().tracker().contains("x"));
}

#[test]
fn a_handle_shows_how_many_ids_it_has_and_never_which() {
    let registry = new_reverse_channel_registry();
    let guard = alone(&registry);
    guard.handle().register("secret");
    let shown = format!("{:?}", guard.handle());
    assert_eq!(shown, "ReverseAttachHandle { registered_count: 1 }");
}

#[test]
fn w11_a_guard_dropped_while_its_thread_panics_detaches_and_does_not_abort() {
    let registry = new_reverse_channel_registry();
    let inside = registry.clone();
    let thread = thread::spawn(move || {
        let guard = alone(&inside);
        guard.handle().register("x");
        panic!("with a guard in hand");
    });
    assert!(thread.join().is_err());
    assert!(registry.is_empty());
}

#[test]
fn every_limit_can_be_set_and_the_listeners_are_those_of_the_registry() {
    let config = ReverseAttachConfig::new(new_reverse_channel_registry())
        .mcp_port(4_711)
        .ids_per_socket(7)
        .grace(Duration::from_secs(1))
        .queue_frames(16);
    assert_eq!(config.mcp_port, 4_711);
    assert_eq!(config.settings.ids_per_socket, 7);
    assert_eq!(config.settings.grace, Duration::from_secs(1));
    assert_eq!(config.link.queue_frames, 16);
    let guard = alone(&config.registry);
    guard.handle().register("x");
    let _listener = config.mcp_listeners.subscribe("x", &fs());
    assert_eq!(config.registry.listeners().len(), 1);
}
