//! The ids that a socket has produced itself.

use std::sync::{Arc, mpsc};
use std::thread;

use cmdbus_attach::{AgentCompletionIds, SessionTracker};

struct Chunk(Vec<&'static str>);

impl AgentCompletionIds for Chunk {
    fn visit_ids(&self, visit: &mut dyn FnMut(&str)) {
        for id in &self.0 {
            visit(id);
        }
    }
}

#[test]
fn i15_what_is_observed_is_known_to_other_threads_at_once() {
    let tracker = SessionTracker::new();
    let (tell, hear) = mpsc::channel::<String>();
    let reader = {
        let tracker = Arc::clone(&tracker);
        thread::spawn(move || hear.iter().filter(|id| tracker.contains(id)).count())
    };
    for n in 0..10_000 {
        let id = format!("agent-{n}");
        tracker.observe(&id);
        tell.send(id).unwrap();
    }
    drop(tell);
    assert_eq!(reader.join().unwrap(), 10_000);
}

#[test]
fn w10_the_tracker_knows_what_was_observed_and_forgets_the_oldest_counted() {
    let tracker = SessionTracker::with_capacity(3);
    tracker.observe(&Chunk(vec!["a", "b", "a"]));
    tracker.observe(&Chunk(vec!["c"]));
    assert_eq!((tracker.len(), tracker.evicted()), (3, 0));
    tracker.observe("d");
    assert!(!tracker.contains("a"), "the oldest goes");
    assert!(["b", "c", "d"].iter().all(|id| tracker.contains(id)));
    assert!(!tracker.contains("somebody else's"));
    assert_eq!((tracker.len(), tracker.evicted()), (3, 1));
}

#[test]
fn w10_the_tracker_holds_65536_ids() {
    let tracker = SessionTracker::new();
    for n in 0..65_537 {
        tracker.observe(&n.to_string());
    }
    assert_eq!((tracker.len(), tracker.evicted()), (65_536, 1));
    assert!(!tracker.contains("0") && tracker.contains("1"));
}

#[test]
fn a_chunk_that_panics_halfway_leaves_the_tracker_usable() {
    struct Broken;
    impl AgentCompletionIds for Broken {
        fn visit_ids(&self, visit: &mut dyn FnMut(&str)) {
            visit("a");
            panic!("a broken chunk");
        }
    }
    let tracker = SessionTracker::new();
    let observed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        tracker.observe(&Broken);
    }));
    assert!(observed.is_err());
    tracker.observe("b");
    assert!(tracker.contains("a") && tracker.contains("b"));
}
