//! Messages of the bus that wait for the registry.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cmdbus::Message;
use tokio::sync::Notify;

use super::Class;

/// Most messages that wait. What somebody waits for may use as much again.
const MESSAGES: usize = 4096;
/// Most bytes of them.
const BYTES: usize = 32 << 20;

/// Messages that wait for the registry: the reader of the socket never stops, so it is here that there are bounds.
#[derive(Default)]
pub(super) struct Inbox {
    state: Mutex<State>,
    filled: Notify,
    dropped: AtomicU64,
}

#[derive(Default)]
struct State {
    messages: VecDeque<(Message, usize)>,
    bytes: usize,
    over: bool,
}

impl State {
    fn has_room(&self, class: Class, bytes: usize) -> bool {
        let times = match class {
            Class::Request | Class::Event => 1,
            Class::Awaited | Class::Item => 2,
        };
        // A message of any size goes into an empty queue.
        self.messages.is_empty()
            || (self.messages.len() < MESSAGES * times && self.bytes + bytes <= BYTES * times)
    }
}

impl Inbox {
    /// Takes a message. False: there is no room. Events are dropped then, and counted.
    pub(super) fn push(&self, message: Message, bytes: usize) -> bool {
        let class = Class::of(&message);
        let mut state = self.lock();
        if state.over {
            return true;
        }
        if !state.has_room(class, bytes) {
            drop(state);
            let is_dropped = class == Class::Event;
            if is_dropped {
                self.dropped.fetch_add(1, Ordering::Relaxed);
            }
            return is_dropped;
        }
        state.bytes += bytes;
        state.messages.push_back((message, bytes));
        drop(state);
        self.filled.notify_one();
        true
    }

    /// Returns the next message; `None` at the end. For one caller at a time.
    pub(super) async fn next(&self) -> Option<Message> {
        loop {
            {
                let mut state = self.lock();
                if let Some((message, bytes)) = state.messages.pop_front() {
                    state.bytes -= bytes;
                    return Some(message);
                }
                if state.over {
                    return None;
                }
            }
            self.filled.notified().await;
        }
    }

    /// Takes nothing more.
    pub(super) fn shut(&self) {
        self.lock().over = true;
        self.filled.notify_one();
    }

    /// Returns how many events were dropped.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
