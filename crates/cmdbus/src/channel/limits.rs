//! What bounds a byte transport.

use cmdbus_proto::wire::FrameLimits;

use super::queue::QueueLimits;

/// Frames are gathered into writes of about this size; a larger payload is written from where it is.
pub(crate) const WRITE_CHUNK: usize = 64 << 10;
/// How long a queue of frames an idle writer keeps.
pub(crate) const IDLE_BATCH: usize = 1024;

/// Bounds of a byte transport.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct ChannelLimits {
    frame: FrameLimits,
    queue: QueueLimits,
}

impl ChannelLimits {
    /// Sets the longest frame in bytes, in both directions. Default 16 MiB.
    #[must_use]
    pub fn frame_bytes(mut self, bytes: usize) -> Self {
        self.frame = self.frame.frame_bytes(bytes);
        self
    }

    /// Sets how many definitions are taken from one list. Default 10 000.
    #[must_use]
    pub fn definitions(mut self, count: usize) -> Self {
        self.frame = self.frame.definitions(count);
        self
    }

    /// Sets how much may wait to be written: default 32 MiB and 65 536 messages. When either is reached,
    /// calls and events are refused; replies may use as much again, then the channel closes itself.
    #[must_use]
    pub fn outgoing_queue(mut self, bytes: usize, messages: usize) -> Self {
        self.queue = QueueLimits { bytes, messages };
        self
    }

    pub(crate) fn frame(&self) -> FrameLimits {
        self.frame
    }

    pub(crate) fn queue(&self) -> QueueLimits {
        self.queue
    }
}
