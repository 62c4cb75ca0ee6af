//! What the handshake has agreed on, and the sizes of queues.

use std::time::Duration;

use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::frame::{Welcome, features};

/// Longest piece of a frame in bytes (attach §3.9).
pub(super) const PIECE: usize = 64 * 1024;

/// Settings of a [`super::Link`]. The defaults are those of attach, Appendix A.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Longest WebSocket message in bytes: the smaller of both announced values. Default 8 MiB.
    pub max_message: usize,
    /// Longest frame in bytes, in one piece or in several. Default 64 MiB.
    pub max_frame: usize,
    /// From which length on frames go in pieces, in bytes, if `chunk` is on. Default 1 MiB, at most `max_message`: other sessions
    /// need not wait for a longer message, and no socket keeps a longer buffer.
    pub chunk_above: usize,
    /// Whether frames may travel in pieces. Default true.
    pub chunk: bool,
    /// Whether a dropped socket can be taken up again. Default true.
    pub resume: bool,
    /// Whether messages of the command protocol travel. Default true.
    pub bus: bool,
    /// After how much silence to ping. 2.5 times as long without a byte, and the other side is dead. Default 20 s.
    pub heartbeat: Duration,
    /// Most bytes that wait to be sent. One single longer frame may wait beside them. Default 4 MiB.
    pub queue_bytes: usize,
    /// Most frames that wait to be sent. Default 4,096.
    pub queue_frames: usize,
    /// Most bytes that are kept until they are acknowledged. One single longer frame is kept beside them. Default 4 MiB.
    pub resume_bytes: usize,
    /// Most frames that are kept until they are acknowledged. Default 1,024.
    pub resume_frames: usize,
    /// How long an orderly end may take: what is queued goes out, then the closing handshake. Default 5 s.
    pub close_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_message: 8 << 20,
            max_frame: 64 << 20,
            chunk_above: 1 << 20,
            chunk: true,
            resume: true,
            bus: true,
            heartbeat: Duration::from_secs(20),
            queue_bytes: 4 << 20,
            queue_frames: 4096,
            resume_bytes: 4 << 20,
            resume_frames: 1024,
            close_timeout: Duration::from_secs(5),
        }
    }
}

impl Settings {
    /// Returns the settings with what a `welcome` says, where `max_message` is what this side announced itself.
    #[must_use]
    pub fn agreed(self, welcome: &Welcome) -> Self {
        let has = |name: &str| welcome.features.iter().any(|feature| feature == name);
        let other = welcome.limits.max_message.unwrap_or(u64::MAX);
        Self {
            max_message: usize::try_from(other)
                .unwrap_or(usize::MAX)
                .min(self.max_message),
            chunk: has(features::CHUNK),
            resume: has(features::RESUME),
            bus: has(features::BUS),
            heartbeat: Duration::from_millis(welcome.heartbeat_ms.max(1)),
            ..self
        }
    }

    /// Returns the configuration of a WebSocket that takes messages of `max_message` bytes. Its buffers are small: most of a thousand
    /// sockets are idle.
    #[must_use]
    pub fn websocket(max_message: usize) -> WebSocketConfig {
        WebSocketConfig::default()
            .read_buffer_size(8 * 1024)
            .write_buffer_size(16 * 1024)
            .max_message_size(Some(max_message))
            .max_frame_size(Some(max_message))
    }

    /// Returns how long silence, or a write that does not move, is put up with.
    #[must_use]
    pub fn dead_after(&self) -> Duration {
        self.heartbeat * 5 / 2
    }

    /// Returns the longest frame that can be sent.
    pub(super) fn longest(&self) -> usize {
        if self.chunk {
            self.max_frame
        } else {
            self.max_message.min(self.max_frame)
        }
    }

    /// Returns the longest frame that goes as one message.
    pub(super) fn whole(&self) -> usize {
        if self.chunk {
            self.chunk_above.min(self.max_message)
        } else {
            self.max_message
        }
    }

    /// Returns the longest piece. A message must hold its header as well.
    pub(super) fn piece(&self) -> usize {
        PIECE
            .min(self.max_message.saturating_sub(HEADER_ROOM))
            .max(1)
    }
}

/// Room for the header of a piece: names of requests are short, and a longer one would fail the frame, not the socket.
const HEADER_ROOM: usize = 1024;
