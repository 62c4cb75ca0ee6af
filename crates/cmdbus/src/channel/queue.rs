//! What waits to be written to a peer, with a bound.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cmdbus_proto::wire::EncodedFrame;
use tokio::sync::Notify;

use crate::error::ChannelError;
use crate::message::Message;

/// Bounds on what waits to be written. Reaching either one counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueueLimits {
    pub(crate) bytes: usize,
    pub(crate) messages: usize,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self {
            bytes: 32 << 20,
            messages: 65_536,
        }
    }
}

/// The outgoing queue of a byte transport.
///
/// When it is full, new calls and events are refused; what others wait for may use as much again, because
/// a reply that is dropped is a caller that hangs. Beyond that the peer does not read, and the
/// channel closes.
pub(crate) struct OutQueue {
    state: Mutex<State>,
    limits: QueueLimits,
    /// Wakes the writer.
    filled: Notify,
    /// Wakes whoever reads, and whoever waits for the end.
    ended: Notify,
}

#[derive(Default)]
struct State {
    frames: VecDeque<EncodedFrame>,
    /// Waiting and being written.
    bytes: usize,
    messages: usize,
    /// Nothing more goes in. What is in is still written.
    closing: bool,
    /// Nothing more is written.
    dead: bool,
}

impl OutQueue {
    pub(crate) fn new(limits: QueueLimits) -> Self {
        Self {
            state: Mutex::default(),
            limits,
            filled: Notify::new(),
            ended: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a frame. `message` is what it says.
    pub(crate) fn push(&self, message: &Message, frame: EncodedFrame) -> Result<(), ChannelError> {
        let refusable = matches!(
            message,
            Message::ExecuteCommandRequest { .. } | Message::Event { .. }
        );
        let mut state = self.lock();
        if state.closing {
            return Err(ChannelError::Closed);
        }
        let allowance = if refusable { 1 } else { 2 };
        let (bytes, messages) = (state.bytes + frame.len(), state.messages + 1);
        let full = bytes > self.limits.bytes.saturating_mul(allowance)
            || messages > self.limits.messages.saturating_mul(allowance);
        // A message of any size goes into an empty queue.
        if full && state.messages > 0 {
            if refusable {
                return Err(ChannelError::Other(
                    "overloaded: the peer does not read fast enough".into(),
                ));
            }
            drop(state);
            tracing::warn!("peer does not read; closing the connection");
            self.kill();
            return Err(ChannelError::Closed);
        }
        state.bytes = bytes;
        state.messages = messages;
        state.frames.push_back(frame);
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// Waits for frames and moves all that wait into `batch`. Returns false when the queue is closed
    /// and empty.
    pub(crate) async fn take(&self, batch: &mut VecDeque<EncodedFrame>) -> bool {
        loop {
            {
                let mut state = self.lock();
                if state.dead {
                    return false;
                }
                if !state.frames.is_empty() {
                    std::mem::swap(&mut state.frames, batch);
                    return true;
                }
                if state.closing {
                    return false;
                }
            }
            self.filled.notified().await;
        }
    }

    /// Makes room: this much has been written.
    pub(crate) fn written(&self, bytes: usize, messages: usize) {
        let mut state = self.lock();
        state.bytes -= bytes;
        state.messages -= messages;
    }

    /// Takes nothing more; what is queued is still written.
    pub(crate) fn close(&self) {
        self.lock().closing = true;
        self.filled.notify_one();
        self.ended.notify_waiters();
    }

    /// Gives up what is queued. Nothing more is written.
    pub(crate) fn kill(&self) {
        {
            let mut state = self.lock();
            state.closing = true;
            state.dead = true;
            state.frames.clear();
        }
        self.filled.notify_one();
        self.ended.notify_waiters();
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.lock().closing
    }

    /// Waits until the queue takes nothing more.
    pub(crate) async fn closing(&self) {
        loop {
            let ended = self.ended.notified();
            if self.lock().closing {
                return;
            }
            ended.await;
        }
    }

    /// Waits until nothing more is written.
    pub(crate) async fn dead(&self) {
        loop {
            let ended = self.ended.notified();
            if self.lock().dead {
                return;
            }
            ended.await;
        }
    }
}
