//! The HTTP and WebSocket server through which processes on this machine talk to the broker (protocol §3).
//!
//! [`Server`] listens on the loopback interface, checks who may speak and what was said, turns it into a
//! [`Request`] and writes the [`Reply`] as HTTP. It decides nothing else: rules are asked of a [`Backend`],
//! and whatever concerns the program as a whole of a [`Host`]. `GET /health` alone is answered here.
//!
//! Start reading at `handler.rs`, which is the way of one request; `routes.rs` is the table of routes, and
//! the files named after them hold their bodies. `stream.rs` is the WebSocket of a process.

mod access;
mod assignments;
mod body;
mod connection;
mod control;
mod endpoint;
mod fields;
mod handler;
mod http;
mod initialize;
mod peer;
mod receipts;
mod register;
mod routes;
mod send;
mod server;
mod status;
mod stream;
mod undispatched;

use std::future::Future;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;

use crate::core::{Caller, PushId, Reply, Request, StreamId};
use crate::process::liveness::Process;

pub use peer::VerifyPeer;
pub use server::{Limits, Options, Server};

/// What answers requests: the core with its driver, or a script in a test.
pub trait Backend: Send + Sync + 'static {
    /// Asks. Dropping the future says that nobody waits for the answer any more.
    fn request(&self, caller: Caller, request: Request) -> impl Future<Output = Reply> + Send;

    /// Makes the name of a new stream, and the queue of what is to be written on it.
    fn stream(&self) -> (StreamId, UnboundedReceiver<ToStream>);

    /// Says what came from a stream. `Closed` comes once, and last, for every stream that was allowed or
    /// whose answer nobody waited for.
    fn heard(&self, stream: StreamId, what: FromStream);

    /// Returns what tells this process from another one with the same pid (protocol §1.6).
    fn identify(&self, pid: u32) -> Process;

    /// Returns whether a runtime of this kind can be started at present (protocol §3.5.1, step 5). Answers at
    /// once, from what is known.
    fn can_spawn(&self, runtime_kind: &str) -> bool;
}

/// What the program around the server does for it.
pub trait Host: Send + Sync + 'static {
    /// Begins to end the broker, and returns at once.
    fn shutdown(&self, mode: Option<ShutdownMode>);

    /// Returns whether the spawning of runtimes works, for `server_capabilities` (protocol §10.3).
    fn spawns(&self) -> bool;
}

/// What becomes of endpoints at the end of the broker (protocol §11.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShutdownMode {
    /// They stay stored, for the next start.
    Retain,
    /// They are closed and unregistered.
    Release,
}

/// What is written on a stream, in order.
#[derive(Clone, PartialEq, Eq)]
pub enum ToStream {
    /// A text frame: one JSON object.
    Frame(String),
    /// A WebSocket Ping that carries this number.
    Ping(u64),
    /// The end of the stream.
    Close {
        /// WebSocket close code.
        code: u16,
        /// WebSocket close reason.
        reason: &'static str,
    },
}

/// Frames hold content, which is not for logs.
impl std::fmt::Debug for ToStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Frame(text) => write!(f, "Frame({} bytes)", text.len()),
            Self::Ping(number) => write!(f, "Ping({number})"),
            Self::Close { code, reason } => write!(f, "Close({code}, {reason})"),
        }
    }
}

/// What came from a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FromStream {
    /// The client confirmed a push.
    Acked(PushId),
    /// The client has seen a push, and will confirm it later.
    Seen(PushId),
    /// The client answered the Ping with this number.
    Pong(u64),
    /// The stream is closed, or never came about.
    Closed,
}

impl<B: Backend> Backend for Arc<B> {
    fn request(&self, caller: Caller, request: Request) -> impl Future<Output = Reply> + Send {
        (**self).request(caller, request)
    }

    fn stream(&self) -> (StreamId, UnboundedReceiver<ToStream>) {
        (**self).stream()
    }

    fn heard(&self, stream: StreamId, what: FromStream) {
        (**self).heard(stream, what);
    }

    fn identify(&self, pid: u32) -> Process {
        (**self).identify(pid)
    }

    fn can_spawn(&self, runtime_kind: &str) -> bool {
        (**self).can_spawn(runtime_kind)
    }
}
