//! Channels: what carries messages between two registries.
//!
//! [`InMemoryChannel`] joins registries of one process. Everything that crosses a process boundary is
//! behind a feature.

use futures_util::future::BoxFuture;

use crate::error::ChannelError;
use crate::message::Message;

#[cfg(any(feature = "tcp", feature = "websocket", feature = "http"))]
mod auth;
#[cfg(feature = "axum")]
pub mod axum;
#[cfg(any(
    feature = "unix",
    feature = "tcp",
    feature = "stdio",
    feature = "websocket",
    feature = "http"
))]
mod codec;
#[cfg(any(feature = "axum", feature = "http"))]
mod doors;
#[cfg(feature = "http")]
pub mod http;
#[cfg(any(
    feature = "unix",
    feature = "tcp",
    feature = "stdio",
    feature = "websocket",
    feature = "http"
))]
#[cfg_attr(
    not(any(
        feature = "unix",
        feature = "tcp",
        feature = "stdio",
        feature = "websocket"
    )),
    allow(dead_code) // HTTP has no queue of frames
)]
mod limits;
#[cfg(any(feature = "unix", feature = "tcp", feature = "stdio"))]
mod line;
mod memory;
#[cfg(any(
    feature = "unix",
    feature = "tcp",
    feature = "stdio",
    feature = "websocket",
    feature = "http"
))]
#[cfg_attr(
    not(any(
        feature = "unix",
        feature = "tcp",
        feature = "stdio",
        feature = "websocket"
    )),
    allow(dead_code) // HTTP has no queue of frames
)]
mod queue;
#[cfg(any(feature = "tcp", feature = "websocket", feature = "http"))]
mod socket;
#[cfg(all(unix, feature = "stdio"))]
pub mod stdio;
#[cfg(feature = "tcp")]
pub mod tcp;
#[cfg(all(unix, feature = "unix"))]
pub mod unix;
#[cfg(all(unix, feature = "unix"))]
mod unix_stream;
#[cfg(feature = "websocket")]
pub mod websocket;

#[cfg(any(feature = "tcp", feature = "websocket", feature = "http"))]
pub use auth::{TokenCheck, one_token};
#[cfg(feature = "websocket")]
pub use codec::{Decoded, TextCodec};
#[cfg(feature = "http")]
pub use http::HttpChannel;
#[cfg(any(
    feature = "unix",
    feature = "tcp",
    feature = "stdio",
    feature = "websocket",
    feature = "http"
))]
pub use limits::ChannelLimits;
pub use memory::InMemoryChannel;
#[cfg(all(unix, feature = "stdio"))]
pub use stdio::StdioChannel;
#[cfg(feature = "tcp")]
pub use tcp::{TcpAdmission, TcpChannel};
#[cfg(all(unix, feature = "unix"))]
pub use unix::UnixChannel;
#[cfg(feature = "websocket")]
pub use websocket::WebSocketChannel;

/// A bidirectional carrier of messages between exactly two registries.
///
/// A channel knows nothing of registries. It may queue messages before and while it is started; the
/// driver receives them later.
pub trait CommandChannel: Send + Sync {
    /// Returns the name of this connection in the registry it is given to. The other end may use another.
    fn id(&self) -> &str;

    /// Opens the connection. Called once, before the first [`recv`](Self::recv).
    ///
    /// # Errors
    /// The connection cannot be used; the registry then calls [`close`](Self::close) and forgets it.
    fn start(&self) -> BoxFuture<'_, Result<(), ChannelError>>;

    /// Closes the connection. Afterwards `send` fails with [`ChannelError::Closed`] and `recv` returns
    /// `None`. Closing twice does nothing.
    fn close(&self) -> BoxFuture<'_, ()>;

    /// Takes a message to be sent, without blocking and without word of its arrival.
    ///
    /// # Errors
    /// [`ChannelError::Closed`] and [`ChannelError::Send`]: the link cannot be used any more.
    /// [`ChannelError::Other`]: this one message is refused, and others may go through.
    fn send(&self, message: Message) -> Result<(), ChannelError>;

    /// Returns how long a message may be, in bytes of JSON. `None` (default): the channel does not say.
    fn frame_limit(&self) -> Option<usize> {
        None
    }

    /// Returns the next message, or `None` when either side has closed. One caller at a time.
    ///
    /// The driver holds on to one returned future until it is ready, so an implementation need not be
    /// cancel safe.
    fn recv(&self) -> BoxFuture<'_, Option<Message>>;

    /// Returns the next message if it is there already. May always return `None`, as it does by default: it saves the driver a future for
    /// each message of many that come together. Not called while there is a future of [`recv`](Self::recv) that is not ready.
    fn try_recv(&self) -> Option<Message> {
        None
    }
}
