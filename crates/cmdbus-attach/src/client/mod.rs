//! The attaching client: dials out, keeps the socket, and answers the gateway (attach §5).
//!
//! [`AttachClient::run`] connects, attaches and reconnects until it is stopped or refused for good. What it answers with is a
//! program's own [`Answers`], or [`Servers`]: MCP servers that it runs or reaches.
//!
//! Start reading in `run.rs`. `attachment.rs` is what lasts over several sockets, `dispatch.rs` takes what comes, `peer.rs` is the way
//! back; `dial.rs` and `handshake.rs` make a socket, `reaction.rs` decides what its end means.

mod address;
mod answers;
mod attachment;
mod config;
mod dial;
mod dispatch;
mod error;
mod handshake;
mod peer;
mod reaction;
mod run;
mod servers;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use self::address::{Address, BadAddress};
pub use self::answers::{Answers, Reply};
pub use self::config::{AttachId, ClientConfig, ServerConfig, TokenSource};
pub use self::error::ClientError;
pub use self::peer::Peer;
pub use self::servers::{BadServer, Servers};
pub use cmdbus_mcp::upstream::stdio::LogLevel;

use crate::frame::{Bound, ServerState, Target};

/// Something that has happened, for whoever runs the client.
#[derive(Debug, Clone)]
pub enum ClientEvent {
    /// A socket carries the attachment.
    Connected {
        /// Where MCP clients find the gateway. No slash at the end.
        base_url: String,
        /// Whether it is an attachment from before.
        resumed: bool,
    },
    /// An attach id is bound.
    Attached {
        /// The id.
        attach_id: String,
        /// Whether another client of the same principal had it.
        took_over: bool,
        /// Where its servers are found.
        servers: Vec<Bound>,
    },
    /// An attach id is not bound.
    Refused {
        /// The id, if one was asked for.
        attach_id: Option<String>,
        /// `id_in_use`, `too_many_ids`, `forbidden`, `bad_target`.
        code: String,
        /// Why, for people.
        message: String,
    },
    /// An attach id is bound no longer: another client of the same principal has it, or an operator took it.
    Detached {
        /// The id.
        attach_id: String,
    },
    /// There is no socket. The next attempt follows.
    Disconnected {
        /// Why, for people.
        reason: String,
        /// After so long.
        retry_in: Duration,
    },
    /// The state of a server has changed.
    Server {
        /// Which.
        target: Target,
        /// To this.
        state: ServerState,
        /// Why, for people.
        detail: Option<String>,
    },
    /// A line for the log: what a child wrote to stderr, or a word of ours about it.
    Log {
        /// About which server.
        target: Target,
        /// How grave it is.
        level: LogLevel,
        /// The line.
        text: String,
    },
}

/// Hears what happens. Must neither block nor wait.
pub type ClientEvents = Arc<dyn Fn(ClientEvent) + Send + Sync>;

/// Attaches to one gateway.
pub struct AttachClient {
    config: ClientConfig,
    answers: Arc<dyn Answers>,
    events: ClientEvents,
}

impl AttachClient {
    /// Makes a client. Nothing is dialled yet.
    #[must_use]
    pub fn new(config: ClientConfig, answers: Arc<dyn Answers>, events: ClientEvents) -> Self {
        Self {
            config,
            answers,
            events,
        }
    }

    /// Attaches, and stays attached until `stop` is done: then it says goodbye, lets calls in progress finish for 5 s, closes, and stops
    /// what it answers with.
    ///
    /// # Errors
    /// It was refused for good. What can get better is tried again for ever, after 0.5 s and up to 30 s.
    ///
    /// # Cancel safety
    /// Dropped, the socket breaks off; the gateway waits for it to come back. Children are stopped in the background.
    pub async fn run(&self, stop: impl Future<Output = ()>) -> Result<(), ClientError> {
        let outcome = run::run(self, stop).await;
        self.answers.stop().await;
        outcome
    }
}

impl fmt::Debug for AttachClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttachClient")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
