//! Who listens to events in this process.

use std::sync::Arc;

use cmdbus_proto::node::Delivery;
use cmdbus_proto::pattern;
use rustc_hash::FxHashMap;

/// Names a listener so that it can be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ListenerId(u64);

pub(crate) type Listener = Arc<dyn Fn(&Delivery) + Send + Sync>;

#[derive(Default)]
pub(crate) struct Listeners {
    /// By ids that this process has chosen.
    by_event: FxHashMap<String, Vec<(ListenerId, Listener)>>,
    by_pattern: Vec<(ListenerId, String, Listener)>,
    next: u64,
}

impl Listeners {
    pub(crate) fn add(&mut self, event_id: String, listener: Listener) -> ListenerId {
        let id = self.next_id();
        self.by_event
            .entry(event_id)
            .or_default()
            .push((id, listener));
        id
    }

    pub(crate) fn add_pattern(&mut self, pattern: String, listener: Listener) -> ListenerId {
        let id = self.next_id();
        self.by_pattern.push((id, pattern, listener));
        id
    }

    /// Removes a listener and returns it, so that it is dropped outside of the caller's lock.
    pub(crate) fn remove(&mut self, id: ListenerId, event_id: Option<&str>) -> Option<Listener> {
        match event_id {
            Some(event_id) => {
                let listeners = self.by_event.get_mut(event_id)?;
                let at = listeners.iter().position(|(other, _)| *other == id)?;
                let (_, listener) = listeners.remove(at);
                if listeners.is_empty() {
                    self.by_event.remove(event_id);
                }
                Some(listener)
            }
            None => {
                let at = self
                    .by_pattern
                    .iter()
                    .position(|(other, _, _)| *other == id)?;
                Some(self.by_pattern.remove(at).2)
            }
        }
    }

    /// Removes everybody and returns them. Ids are not given out again: the closures that would remove
    /// these listeners must not hit their successors.
    pub(crate) fn take_all(&mut self) -> Self {
        let emptied = Self {
            next: self.next,
            ..Self::default()
        };
        std::mem::replace(self, emptied)
    }

    /// Returns who hears an event, in the order of subscription.
    pub(crate) fn of(&self, event_id: &str) -> Vec<Listener> {
        let exact = self.by_event.get(event_id).into_iter().flatten();
        if self.by_pattern.is_empty() {
            return exact.map(|(_, listener)| listener.clone()).collect();
        }
        let matching = self
            .by_pattern
            .iter()
            .filter(|(_, pattern, _)| pattern::matches(pattern, event_id))
            .map(|(id, _, listener)| (*id, listener.clone()));
        let mut all: Vec<_> = exact
            .map(|(id, listener)| (*id, listener.clone()))
            .chain(matching)
            .collect();
        all.sort_by_key(|(id, _)| *id);
        all.into_iter().map(|(_, listener)| listener).collect()
    }

    fn next_id(&mut self) -> ListenerId {
        self.next += 1;
        ListenerId(self.next)
    }
}
