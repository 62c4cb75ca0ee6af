//! What both ends of the attach socket share below the frames (attach §3.8 to §3.12).
//!
//! A [`Link`] is one attachment: what waits to be sent, what was sent and not acknowledged, how many frames came and went. It outlives
//! the WebSockets that carry it. [`run_socket`] runs one WebSocket of it, both ways, in one task. A [`SharedSink`] puts frames in.
//!
//! Start reading in `state.rs`; `lanes.rs`, `resume.rs`, `chunks.rs` and `pulse.rs` are the rules, without clock or socket.
//!
//! How the ends use it:
//! 1. Upgrade with [`Settings::websocket`] over a [`Wire`], exchange `hello` and `welcome` as plain text messages.
//! 2. A new attachment: [`Link::new`]. One that is taken up again: [`Link::vacate`] the socket it may still have, then
//!    [`Link::resume`] with what the other side has; the number it returns (the same as [`Link::have`]) is what this side has.
//! 3. [`run_socket`] until it returns. If [`SocketEnd::suspended`], the link waits for its next socket; whoever owns it calls
//!    [`Link::end`] when the grace time is over. Otherwise it has ended.

mod chunks;
mod lanes;
mod malformed;
mod outgoing;
mod pulse;
mod resume;
mod settings;
mod sink;
mod socket;
mod state;
mod wire;

pub use outgoing::{Kind, Outgoing};
pub use resume::ResumeError;
pub use settings::Settings;
pub use sink::{SendError, SharedSink, TrySendError};
pub use socket::{Receives, SocketEnd, run_socket};
pub use state::{Ended, Figures, Link};
pub use wire::Wire;

/// Close codes of the WebSocket (attach §3.11).
pub mod close {
    /// Done.
    pub const DONE: u16 = 1000;
    /// The server goes away.
    pub const GOING_AWAY: u16 = 1001;
    /// The other side broke the rules of WebSocket.
    pub const PROTOCOL: u16 = 1002;
    /// The other side closed without a code. Never on the wire.
    pub const NO_CODE: u16 = 1005;
    /// The connection broke without a word. Never on the wire.
    pub const BROKEN_OFF: u16 = 1006;
    /// Too much bad data.
    pub const BAD_DATA: u16 = 1007;
    /// A message was longer than announced.
    pub const TOO_BIG: u16 = 1009;
    /// A fault of this side.
    pub const INTERNAL: u16 = 1011;
    /// The server restarts.
    pub const RESTART: u16 = 1012;
    /// Try again later.
    pub const TRY_LATER: u16 = 1013;
    /// The handshake was violated.
    pub const HANDSHAKE: u16 = 4400;
    /// No or no valid credentials.
    pub const UNAUTHORIZED: u16 = 4401;
    /// Not allowed.
    pub const FORBIDDEN: u16 = 4403;
    /// Silence, a stalled write or an impossible count.
    pub const DEAD: u16 = 4408;
    /// A newer socket took the attachment up.
    pub const REPLACED: u16 = 4409;
    /// An operator detached it.
    pub const DETACHED: u16 = 4410;
    /// No common version.
    pub const VERSION: u16 = 4426;
    /// A quota is used up.
    pub const QUOTA: u16 = 4429;
}
