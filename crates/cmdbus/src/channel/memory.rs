//! Two registries in one process.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::CommandChannel;
use crate::error::ChannelError;
use crate::message::Message;

/// One half of a connection between two registries of the same process.
///
/// First in, first out, nothing lost, nothing encoded. Give one half to each registry:
///
/// ```
/// use cmdbus::{CommandRegistry, Config, InMemoryChannel};
///
/// # futures_executor::block_on(async {
/// let (a, b) = (CommandRegistry::new(Config::default()), CommandRegistry::new(Config::default()));
/// let (to_b, to_a) = InMemoryChannel::pair("b", "a");
/// let drive_a = a.register_channel(to_b).await?;
/// let drive_b = b.register_channel(to_a).await?;
/// # drop((drive_a, drive_b)); // normally spawned
/// # Ok::<(), cmdbus::ChannelError>(())
/// # }).unwrap();
/// ```
pub struct InMemoryChannel {
    id: String,
    inbox: Arc<Queue>,
    outbox: Arc<Queue>,
}

/// One direction.
struct Queue {
    state: Mutex<QueueState>,
    capacity: usize,
}

#[derive(Default)]
struct QueueState {
    messages: VecDeque<Message>,
    /// The sender has closed: the receiver takes what is left.
    finished: bool,
    /// The receiver has closed: nothing goes in or out any more.
    abandoned: bool,
    receiver: Option<Waker>,
}

impl Queue {
    fn new(capacity: usize) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            capacity,
        })
    }

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self, end: impl FnOnce(&mut QueueState)) {
        let waker = {
            let mut state = self.lock();
            end(&mut state);
            state.receiver.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl InMemoryChannel {
    /// Makes a connection without a bound on what is queued: for registries that trust each other. The
    /// first half has the id `id_a`, which names the registry behind the second half, and the other way round.
    pub fn pair(id_a: impl Into<String>, id_b: impl Into<String>) -> (Arc<Self>, Arc<Self>) {
        Self::pair_with_capacity(id_a, id_b, usize::MAX)
    }

    /// Makes a connection that holds at most `capacity` messages in each direction. A message above
    /// that is refused with [`ChannelError::Other`].
    pub fn pair_with_capacity(
        id_a: impl Into<String>,
        id_b: impl Into<String>,
        capacity: usize,
    ) -> (Arc<Self>, Arc<Self>) {
        let (one, other) = (Queue::new(capacity), Queue::new(capacity));
        let half = |id: String, inbox: &Arc<Queue>, outbox: &Arc<Queue>| {
            Arc::new(Self {
                id,
                inbox: inbox.clone(),
                outbox: outbox.clone(),
            })
        };
        (
            half(id_a.into(), &one, &other),
            half(id_b.into(), &other, &one),
        )
    }

    fn shut(&self) {
        self.outbox.close(|state| state.finished = true);
        self.inbox.close(|state| {
            state.abandoned = true;
            state.messages.clear();
        });
    }
}

impl CommandChannel for InMemoryChannel {
    fn id(&self) -> &str {
        &self.id
    }

    fn start(&self) -> BoxFuture<'_, Result<(), ChannelError>> {
        std::future::ready(Ok(())).boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.shut();
        std::future::ready(()).boxed()
    }

    fn send(&self, message: Message) -> Result<(), ChannelError> {
        // The half that has closed for receiving refuses from that moment, not when it is dropped. So
        // does a half whose own receiving side is closed: it has been closed itself.
        let waker = {
            let mut state = self.outbox.lock();
            if state.finished || state.abandoned {
                return Err(ChannelError::Closed);
            }
            if state.messages.len() >= self.outbox.capacity {
                return Err(ChannelError::Other("overloaded: the queue is full".into()));
            }
            state.messages.push_back(message);
            state.receiver.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    fn recv(&self) -> BoxFuture<'_, Option<Message>> {
        poll_fn(|cx| {
            // Wakers are other people's code: cloned and dropped while the queue is not locked.
            let mut waker = None;
            loop {
                let mut state = self.inbox.lock();
                if state.abandoned {
                    return Poll::Ready(None);
                }
                if let Some(message) = state.messages.pop_front() {
                    return Poll::Ready(Some(message));
                }
                if state.finished {
                    return Poll::Ready(None);
                }
                let known = state.receiver.as_ref();
                if known.is_some_and(|known| known.will_wake(cx.waker())) {
                    return Poll::Pending;
                }
                match waker.take() {
                    None => {
                        drop(state);
                        waker = Some(cx.waker().clone());
                    }
                    Some(waker) => {
                        let previous = state.receiver.replace(waker);
                        drop(state);
                        drop(previous);
                        return Poll::Pending;
                    }
                }
            }
        })
        .boxed()
    }

    fn try_recv(&self) -> Option<Message> {
        // When this half has closed there is none.
        self.inbox.lock().messages.pop_front()
    }
}

impl Drop for InMemoryChannel {
    fn drop(&mut self) {
        self.shut();
    }
}

impl std::fmt::Debug for InMemoryChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InMemoryChannel")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
