//! The handle that puts frames into an attachment (attach §2.1).

use std::fmt;
use std::sync::Arc;

use tokio::time::Instant;

use super::state::{Phase, Shared};
use super::{Ended, Outgoing};

/// Why a frame was not queued in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The attachment has ended.
    #[error("the attachment is closed; attach again")]
    Closed,
    /// There was no room until the deadline.
    #[error("the queue of the attachment was full until the deadline; try again later")]
    Late,
    /// The frame is longer than the other side takes.
    #[error("the frame is too large; send less at once")]
    TooLarge,
}

/// Why a frame was not queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrySendError {
    /// The attachment has ended.
    #[error("the attachment is closed; attach again")]
    Closed,
    /// There is no room: `overloaded`.
    #[error("the queue of the attachment is full; try again later")]
    Full,
    /// The frame is longer than the other side takes.
    #[error("the frame is too large; send less at once")]
    TooLarge,
}

/// Puts frames into an attachment, whatever socket carries it. Cheap to clone, for any task.
///
/// A frame is written whole or not at all; frames of one caller and one session go in the order in which they were sent. A clone keeps
/// neither the attachment nor its socket.
#[derive(Clone)]
pub struct SharedSink {
    shared: Arc<Shared>,
}

impl fmt::Debug for SharedSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedSink").finish_non_exhaustive()
    }
}

impl SharedSink {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Queues a frame, and waits for room at most until the deadline; `None` waits until there is room or the attachment ends.
    ///
    /// For responses and messages of the bus: they are never dropped, their producer is paused. A new request that finds no room is
    /// refused at once instead, so it goes through [`SharedSink::try_send`].
    ///
    /// Progress, logs, list changes and control frames never wait (attach §3.8); see [`super::Kind`].
    ///
    /// # Errors
    /// The frame was not queued.
    ///
    /// # Cancel safety
    /// A frame that waits for room is not sent if the future is dropped; one that has room may be.
    pub async fn send(&self, frame: Outgoing, deadline: Option<Instant>) -> Result<(), SendError> {
        if frame.len() > self.shared.settings.longest() {
            return Err(SendError::TooLarge);
        }
        let (ticket, queued) = {
            let mut state = self.shared.lock();
            if !state.is_open() {
                return Err(SendError::Closed);
            }
            match state.push(frame) {
                Ok(()) => {
                    drop(state);
                    self.shared.socket.wake();
                    return Ok(());
                }
                Err(frame) => state.pause(frame),
            }
        };
        let mut waiting = Waiting {
            shared: &self.shared,
            ticket: Some(ticket),
        };
        let Some(deadline) = deadline else {
            return waiting.done(queued.await.is_ok());
        };
        tokio::pin!(queued);
        match tokio::time::timeout_at(deadline, &mut queued).await {
            Ok(outcome) => waiting.done(outcome.is_ok()),
            Err(_) => {
                drop(waiting);
                // Room that came in the last moment is room.
                match queued.try_recv() {
                    Ok(()) => Ok(()),
                    Err(_) if self.is_closed() => Err(SendError::Closed),
                    Err(_) => Err(SendError::Late),
                }
            }
        }
    }

    /// Queues a frame if there is room, and never waits.
    ///
    /// # Errors
    /// The frame was not queued.
    pub fn try_send(&self, frame: Outgoing) -> Result<(), TrySendError> {
        if frame.len() > self.shared.settings.longest() {
            return Err(TrySendError::TooLarge);
        }
        {
            let mut state = self.shared.lock();
            if !state.is_open() {
                return Err(TrySendError::Closed);
            }
            state.push(frame).map_err(|_| TrySendError::Full)?;
        }
        self.shared.socket.wake();
        Ok(())
    }

    /// Closes the attachment in order: nothing more is taken, what is queued goes out (with a code of 1000 to 1013), then the close.
    /// If no socket carries it now, it ends at once. Does not wait; repeating it changes nothing.
    pub fn close(&self, code: u16, reason: &str) {
        self.shared.close(code, reason);
    }

    /// Returns whether sends fail.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        !self.shared.lock().is_open()
    }

    /// Waits until sends fail. Returns why.
    pub async fn closed(&self) -> Ended {
        loop {
            let over = self.shared.over.notified();
            tokio::pin!(over);
            // Enabled before the look, so that an end in between is not missed.
            over.as_mut().enable();
            match &self.shared.lock().phase {
                Phase::Closing(ended) | Phase::Over(ended) => return ended.clone(),
                Phase::Open => {}
            }
            over.await;
        }
    }

    /// Returns whether both put frames into the same attachment.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

/// A place in the line, left when it is dropped.
struct Waiting<'a> {
    shared: &'a Shared,
    ticket: Option<u64>,
}

impl Waiting<'_> {
    fn done(&mut self, queued: bool) -> Result<(), SendError> {
        self.ticket = None;
        // The line is thrown away only with the attachment.
        if queued {
            Ok(())
        } else {
            Err(SendError::Closed)
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.shared.lock().leave(ticket);
        }
    }
}
