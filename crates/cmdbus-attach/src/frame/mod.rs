//! Frames of the attach socket (attach §3).
//!
//! A frame is one JSON object whose `type` says what it is. A `type` with a dot, or the word `event` beside an `eventId`, is a message
//! of the command protocol and stays the text that it is (D2).

mod handshake;
mod parse;
mod requests;

pub use handshake::{
    Attach, Attached, Bound, CommandsShown, Declared, DeclaredArg, Detach, Detached, Hello, Limits,
    Resume, Welcome, WhoAttaches,
};
pub use parse::{Broken, Incoming};
pub use requests::{
    Arguments, Cancel, ClientOp, ClientRequest, ClientResponse, Complaint, Goodbye, ListKind,
    Outcome, Receipt, ServerNotify, ServerOp, ServerRequest, ServerResponse,
};

use std::fmt;

use serde::{Deserialize, Serialize};

/// The subprotocol of the WebSocket.
pub const SUBPROTOCOL: &str = "cmdbus.attach.v1";

/// Features of this implementation.
pub mod features {
    /// A dropped socket is taken up again within the grace time (attach §3.12).
    pub const RESUME: &str = "resume";
    /// Frames longer than a message travel in pieces (attach §3.9).
    pub const CHUNK: &str = "chunk";
    /// Messages of the command protocol travel on the socket (attach §3.7).
    pub const BUS: &str = "bus";
}

/// One server under an attach id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Target {
    /// The only or main one.
    Primary,
    /// One of several, by name.
    Named {
        /// Its name.
        name: String,
    },
    /// One of a plugin.
    Other {
        /// Who published the plugin.
        owner: String,
        /// The plugin.
        name: String,
        /// Its version.
        version: String,
        /// The server in it.
        mcp: String,
    },
}

impl Target {
    /// Returns the name that a prefix is made of when none is given.
    #[must_use]
    pub fn short_name(&self) -> &str {
        match self {
            Self::Primary => "primary",
            Self::Named { name } => name,
            Self::Other { mcp, .. } => mcp,
        }
    }
}

impl Target {
    /// Returns the path of its MCP endpoint under an attach id (attach §4.2).
    #[must_use]
    pub fn endpoint(&self, attach_id: &str) -> String {
        let mut path = format!("/a/{}/mcp", Segment(attach_id));
        let mut add = |segment: &str| {
            path.push('/');
            path.push_str(&Segment(segment).to_string());
        };
        match self {
            Self::Primary => add("primary"),
            Self::Named { name } => add(name),
            Self::Other {
                owner,
                name,
                version,
                mcp,
            } => [owner, name, version, mcp]
                .into_iter()
                .for_each(|part| add(part)),
        }
        path
    }
}

/// A text as one segment of a path.
struct Segment<'a>(&'a str);

impl fmt::Display for Segment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => {
                    write!(f, "{}", byte as char)?
                }
                // A segment of dots alone would climb.
                b'.' if self.0.bytes().any(|byte| byte != b'.') => f.write_str(".")?,
                byte => write!(f, "%{byte:02X}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Primary | Self::Named { .. } => f.write_str(self.short_name()),
            Self::Other {
                owner,
                name,
                version,
                mcp,
            } => write!(f, "{owner}/{name}/{version}/{mcp}"),
        }
    }
}

/// How an MCP server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerState {
    /// It is being started.
    Starting,
    /// It answers.
    Ready,
    /// It answers, but not as it should.
    Degraded,
    /// It does not run, and is not about to.
    Failed,
    /// It sleeps until the next call.
    Stopped,
}

/// A frame of the attach protocol.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Frame {
    /// The client introduces itself.
    Hello(Hello),
    /// The server answers.
    Welcome(Welcome),
    /// Binds an attach id.
    Attach(Attach),
    /// What became of it.
    Attached(Attached),
    /// Releases an attach id, or one server of it.
    Detach(Detach),
    /// What became of it.
    Detached(Detached),
    /// The gateway asks.
    ServerRequest(ServerRequest),
    /// The gateway tells.
    ServerNotify(ServerNotify),
    /// The attached side answers.
    ServerResponse(ServerResponse),
    /// The attached side asks or tells.
    ClientRequest(ClientRequest),
    /// The gateway answers.
    ClientResponse(ClientResponse),
    /// Whoever asked has given up.
    Cancel(Cancel),
    /// So many frames have arrived.
    Ack(Receipt),
    /// A frame was no good.
    Error(Complaint),
    /// An orderly end begins.
    Goodbye(Goodbye),
}

impl Frame {
    /// Returns the frame as it goes on the wire.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("own types are JSON")
    }
}
