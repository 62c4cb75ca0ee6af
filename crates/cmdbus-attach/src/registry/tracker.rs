//! The logical ids that one socket has produced itself (attach §2.2).

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use rustc_hash::FxHashSet;

use super::held;

/// Most ids that are kept unless somebody asks for another number.
const DEFAULT_CAPACITY: usize = 65_536;

/// Something that names logical ids.
pub trait AgentCompletionIds {
    /// Shows every id, lent from where it lies.
    fn visit_ids(&self, visit: &mut dyn FnMut(&str));
}

impl AgentCompletionIds for str {
    fn visit_ids(&self, visit: &mut dyn FnMut(&str)) {
        visit(self);
    }
}

impl AgentCompletionIds for String {
    fn visit_ids(&self, visit: &mut dyn FnMut(&str)) {
        visit(self);
    }
}

impl<T: AgentCompletionIds> AgentCompletionIds for [T] {
    fn visit_ids(&self, visit: &mut dyn FnMut(&str)) {
        for each in self {
            each.visit_ids(visit);
        }
    }
}

/// The logical ids that one socket has produced itself: a frame of its client that is meant for any other is refused.
///
/// Observe a chunk before it is queued. Then no client can see an id that the tracker does not know yet.
#[derive(Debug)]
pub struct SessionTracker {
    ids: Mutex<Ids>,
    capacity: usize,
    evicted: AtomicU64,
}

#[derive(Debug, Default)]
struct Ids {
    known: FxHashSet<Arc<str>>,
    /// The same ids, oldest first.
    by_age: VecDeque<Arc<str>>,
}

impl SessionTracker {
    /// Returns an empty tracker for 65,536 ids.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Self::with_capacity(DEFAULT_CAPACITY)
    }

    /// Returns an empty tracker. Beyond its capacity it forgets what it has known longest.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Arc<Self> {
        Arc::new(Self {
            ids: Mutex::default(),
            capacity,
            evicted: AtomicU64::new(0),
        })
    }

    /// Adds every id that a chunk names. What is known stays as it is.
    pub fn observe<C: AgentCompletionIds + ?Sized>(&self, chunk: &C) {
        chunk.visit_ids(&mut |id| self.add(id));
    }

    // The lock is taken for each id by itself: the visitor is somebody else's code.
    fn add(&self, id: &str) {
        let mut ids = held(&self.ids);
        if self.capacity == 0 || ids.known.contains(id) {
            return;
        }
        if ids.by_age.len() >= self.capacity
            && let Some(oldest) = ids.by_age.pop_front()
        {
            ids.known.remove(&oldest);
            self.evicted.fetch_add(1, Ordering::Relaxed);
        }
        let id: Arc<str> = id.into();
        ids.known.insert(Arc::clone(&id));
        ids.by_age.push_back(id);
    }

    /// Returns whether the socket has produced an id, and not too many others since.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        held(&self.ids).known.contains(id)
    }

    /// Returns how many ids are known.
    #[must_use]
    pub fn len(&self) -> usize {
        held(&self.ids).by_age.len()
    }

    /// Returns whether no id is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many ids were forgotten to make room.
    #[must_use]
    pub fn evicted(&self) -> u64 {
        self.evicted.load(Ordering::Relaxed)
    }
}
