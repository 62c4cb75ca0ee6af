//! What a connection to a server can do, whatever it is made of.

use futures_util::future::BoxFuture;

use serde_json::json;

use crate::carry::Carrier;
use crate::rpc::{RpcError, codes};

/// Why a connection has ended. The text is for people: the exit code and the last line on stderr, or what HTTP said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// We closed it.
    Closed,
    /// The child ended by itself, or its pipes did.
    Exited {
        /// Its exit code, unless a signal ended it.
        code: Option<i32>,
        /// The last line it wrote to stderr, at most 1 KiB.
        last_line: Option<String>,
    },
    /// The server forgot our session (HTTP 404).
    SessionLost,
    /// The address cannot be reached any more, or answers nonsense.
    Unreachable(String),
}

impl Ended {
    /// Returns the error of the calls that were in progress: for a crash with what is known of it (attach §4.4).
    #[must_use]
    pub fn to_error(&self) -> RpcError {
        match self {
            Self::Closed => RpcError::new(
                codes::CHANNEL_LOST,
                "the connection to the server was closed",
            ),
            Self::Exited { code, last_line } => {
                let text = match code {
                    Some(code) => format!("the server ended with exit code {code}"),
                    None => "the server ended unexpectedly".to_owned(),
                };
                let data = json!({"state": "stopped", "exitCode": code, "lastLine": last_line});
                RpcError::new(codes::UPSTREAM_FAILED, text).with_data(&data)
            }
            Self::SessionLost => {
                let text = "the server does not know its session any more";
                RpcError::new(codes::UPSTREAM_FAILED, text).with_data(&json!({"state": "stopped"}))
            }
            Self::Unreachable(why) => {
                let text = format!("the server cannot be reached: {why}");
                RpcError::new(codes::UPSTREAM_FAILED, text).with_data(&json!({"state": "stopped"}))
            }
        }
    }
}

/// One connection to one server: a child process, or a session at an address.
///
/// What the server says that belongs to no call in progress goes to the [`Hears`](crate::carry::Hears) that the connection was made
/// with. Dropping the last handle closes it without waiting: a child is ended in the background.
pub trait Connection: Carrier {
    /// Waits for the end, and says why. May be called many times, also after the end.
    fn ended(&self) -> BoxFuture<'static, Ended>;

    /// Closes it in order, and returns when nothing is left of it: for a child, close stdin, 2 s, SIGTERM to its group, 2 s, SIGKILL.
    fn close(&self) -> BoxFuture<'static, ()>;
}
