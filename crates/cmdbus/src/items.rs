//! The items of a streamed result, on their way out of the handler.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Poll, Waker};

use cmdbus_proto::node::{ItemSent, RunId};

use crate::context::Serving;
use crate::driver::yield_now;
use crate::error::CommandError;
use crate::inner::Inner;
use crate::message::Payload;

/// Where a streaming handler puts its items.
pub struct ItemsOut(Out);

enum Out {
    /// To a peer, as far as it has given credit.
    Peer {
        registry: Weak<Inner>,
        run: RunId,
        serving: Arc<Serving>,
    },
    /// Into one result of at most so many bytes, for a caller that has not asked for items.
    Collected(Arc<Mutex<Gathered>>, usize),
    /// To a caller of this process, one at a time.
    Caller(Arc<Slot>),
}

/// How many items are gathered before other tasks of the thread run: a handler that always has another
/// one must not keep its caller's time limit from being noticed.
pub(crate) const ITEMS_PER_TURN: usize = 64;

const COLLECTED_HEAD: &[u8] = br#"{"items":["#;
const COLLECTED_TAIL: &[u8] = b"]}";

impl ItemsOut {
    pub(crate) fn to_peer(registry: Weak<Inner>, run: RunId, serving: Arc<Serving>) -> Self {
        Self(Out::Peer {
            registry,
            run,
            serving,
        })
    }

    pub(crate) fn to_caller(slot: Arc<Slot>) -> Self {
        Self(Out::Caller(slot))
    }

    /// Sends one item. Returns false if nobody wants any more. Waits until the caller has asked for more.
    pub(crate) async fn send(&self, item: Payload) -> Result<bool, CommandError> {
        match &self.0 {
            Out::Peer {
                registry,
                run,
                serving,
            } => {
                let mut item = Some(item);
                poll_fn(|cx| {
                    // Before the try, so that credit which comes right after it is not missed.
                    serving.credit.register(cx.waker());
                    let (Some(registry), Some(payload)) = (registry.upgrade(), item.take()) else {
                        return Poll::Ready(Ok(false));
                    };
                    match registry.input(|state, now| state.node.send_item(*run, payload, now)) {
                        ItemSent::Sent => Poll::Ready(Ok(true)),
                        ItemSent::Unwanted => Poll::Ready(Ok(false)),
                        ItemSent::NoCredit(payload) => {
                            item = Some(payload);
                            Poll::Pending
                        }
                    }
                })
                .await
            }
            Out::Collected(gathered, limit) => {
                let (length, items) = gathered
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(&item);
                if length + COLLECTED_TAIL.len() > *limit {
                    return Err(CommandError::Internal {
                        command_id: String::new(),
                        message: "result too large: call it with streaming".to_owned(),
                    });
                }
                if items % ITEMS_PER_TURN == 0 {
                    yield_now().await;
                }
                Ok(true)
            }
            Out::Caller(slot) => {
                let mut item = Some(item);
                poll_fn(|cx| {
                    let mut place = slot.lock();
                    if place.closed {
                        return Poll::Ready(Ok(false));
                    }
                    if place.item.is_some() {
                        place.handler = Some(cx.waker().clone());
                        return Poll::Pending;
                    }
                    place.item = item.take();
                    Poll::Ready(Ok(true))
                })
                .await
            }
        }
    }
}

impl std::fmt::Debug for ItemsOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ItemsOut").finish_non_exhaustive()
    }
}

/// Items gathered into one result.
pub(crate) struct Collector(Arc<Mutex<Gathered>>);

/// The text of the result so far, without its end.
struct Gathered {
    text: Vec<u8>,
    items: usize,
}

impl Gathered {
    /// Returns how long the text is, and how many items it has.
    fn push(&mut self, item: &Payload) -> (usize, usize) {
        if self.items > 0 {
            self.text.push(b',');
        }
        self.text.extend_from_slice(&item.to_json());
        self.items += 1;
        (self.text.len(), self.items)
    }
}

impl Collector {
    /// Makes a collector whose result has at most `limit` bytes, and the way into it.
    pub(crate) fn new(limit: usize) -> (Self, ItemsOut) {
        let gathered = Arc::new(Mutex::new(Gathered {
            text: COLLECTED_HEAD.to_vec(),
            items: 0,
        }));
        let out = ItemsOut(Out::Collected(gathered.clone(), limit));
        (Self(gathered), out)
    }

    /// Returns everything that has been gathered.
    pub(crate) fn finish(self) -> Result<Payload, CommandError> {
        let mut gathered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = std::mem::take(&mut gathered.text);
        drop(gathered);
        text.extend_from_slice(COLLECTED_TAIL);
        Ok(Payload::from_json(&String::from_utf8_lossy(&text))?)
    }
}

/// Room for one item between a handler and a caller of the same process.
#[derive(Debug, Default)]
pub(crate) struct Slot(Mutex<Place>);

#[derive(Debug, Default)]
struct Place {
    item: Option<Payload>,
    /// Waits for the room.
    handler: Option<Waker>,
    /// Nobody wants any more items.
    closed: bool,
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Place> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the item, if there is one.
    pub(crate) fn take(&self) -> Option<Payload> {
        let (item, handler) = {
            let mut place = self.lock();
            (place.item.take()?, place.handler.take())
        };
        if let Some(handler) = handler {
            handler.wake();
        }
        Some(item)
    }

    /// Drops what is there, and lets the handler know that nobody wants any more.
    pub(crate) fn close(&self) {
        let (item, handler) = {
            let mut place = self.lock();
            place.closed = true;
            (place.item.take(), place.handler.take())
        };
        if let Some(handler) = handler {
            handler.wake();
        }
        drop(item);
    }
}
