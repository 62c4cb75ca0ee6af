//! Messages of the bus that wait for room on the socket.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cmdbus::ChannelError;
use tokio::runtime::Handle;

use super::Class;
use crate::link::{Outgoing, SharedSink, TrySendError, close};

/// Most messages that wait. What somebody waits for may use as much again.
const MESSAGES: usize = 65_536;
/// Most bytes of them.
const BYTES: usize = 32 << 20;
/// Most bytes of items: whoever asked for them has given credit, and may take its time.
const ITEM_BYTES: usize = 512 << 20;

/// Messages that wait for room on the socket. A registry never waits, so its messages do, here, behind the queue of the socket: they
/// are never dropped (attach §3.8), as on every other channel.
///
/// While there is room, messages go past it.
pub(super) struct Outbox {
    shared: Arc<Shared>,
    runtime: Handle,
}

struct Shared {
    sink: SharedSink,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The first one is being sent, as long as a task is at it.
    frames: VecDeque<(Outgoing, Class)>,
    /// Without items.
    bytes: usize,
    item_bytes: usize,
    /// Whether a task moves them on.
    moving: bool,
}

impl State {
    fn has_room(&self, class: Class, bytes: usize) -> bool {
        let times = match class {
            Class::Item => return self.item_bytes + bytes <= ITEM_BYTES,
            Class::Request | Class::Event => 1,
            Class::Awaited => 2,
        };
        // A message of any size goes into an empty queue.
        self.frames.is_empty()
            || (self.frames.len() < MESSAGES * times && self.bytes + bytes <= BYTES * times)
    }

    fn sum(&mut self, class: Class) -> &mut usize {
        if class == Class::Item {
            &mut self.item_bytes
        } else {
            &mut self.bytes
        }
    }

    fn sent(&mut self) {
        if let Some((frame, class)) = self.frames.pop_front() {
            *self.sum(class) -= frame.len();
        }
    }
}

impl Outbox {
    /// # Panics
    /// Outside of a runtime.
    pub(super) fn new(sink: SharedSink) -> Self {
        Self {
            shared: Arc::new(Shared {
                sink,
                state: Mutex::default(),
            }),
            // A registry sends from any thread, this one needs a task.
            runtime: Handle::current(),
        }
    }

    /// Sends a message, at once or when there is room.
    pub(super) fn push(&self, class: Class, text: String) -> Result<(), ChannelError> {
        let frame = Outgoing::bus(text);
        let mut state = self.shared.lock();
        if !state.moving {
            match self.shared.sink.try_send(frame.clone()) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full) => {}
                Err(TrySendError::Closed) => return Err(ChannelError::Closed),
                Err(error @ TrySendError::TooLarge) => {
                    return Err(ChannelError::Other(error.to_string()));
                }
            }
        }
        if self.shared.sink.is_closed() {
            return Err(ChannelError::Closed);
        }
        if !state.has_room(class, frame.len()) {
            drop(state);
            if class != Class::Awaited {
                return Err(ChannelError::Other(
                    "overloaded: the peer does not read fast enough".to_owned(),
                ));
            }
            self.give_up("too many messages of the bus wait for the other side");
            return Err(ChannelError::Closed);
        }
        *state.sum(class) += frame.len();
        state.frames.push_back((frame, class));
        if !std::mem::replace(&mut state.moving, true) {
            drop(state);
            let shared = self.shared.clone();
            self.runtime.spawn(async move { shared.move_on().await });
        }
        Ok(())
    }

    /// Closes the connection: what somebody waits for would be lost.
    pub(super) fn give_up(&self, reason: &str) {
        self.shared.sink.close(close::INTERNAL, reason);
    }
}

impl Shared {
    /// Moves everything to the socket's queue, and ends when that is done.
    async fn move_on(&self) {
        loop {
            let frame = {
                let mut state = self.lock();
                let Some((frame, _)) = state.frames.front() else {
                    state.moving = false;
                    // A burst is not to be paid for by an idle connection.
                    state.frames = VecDeque::new();
                    return;
                };
                frame.clone()
            };
            let sent = self.sink.send(frame, None).await;
            if let Err(error) = sent {
                tracing::debug!(%error, "a message of the bus was not sent");
            }
            self.lock().sent();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
