//! What an attaching client is told: where to, as whom, and with which servers (attach §5).

use std::fmt;
use std::sync::Arc;

use cmdbus::CommandRegistry;
use cmdbus_mcp::upstream::UpstreamConfig;

use super::Address;
use crate::frame::{CommandsShown, Target};
use crate::link;

/// One MCP server to attach.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Which one it is under each attach id.
    pub target: Target,
    /// How it is run or reached.
    pub upstream: UpstreamConfig,
    /// What is shown of it.
    pub shown: CommandsShown,
}

/// An attach id to bind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachId {
    /// The id: 1 to 256 bytes without control characters. `None`: the server makes one up.
    pub id: Option<String>,
    /// Who may use it: `self`, or names of principals. Empty: `self`.
    pub callers: Vec<String>,
}

/// Yields the token for the next connection, `None` for a gateway that asks for none. It is asked again when a token was not taken.
pub type TokenSource = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// How a client attaches.
#[derive(Clone)]
pub struct ClientConfig {
    /// Where the gateway is.
    pub address: Address,
    /// The token.
    pub token: TokenSource,
    /// Certificates of authorities to trust beside those of the system, as PEM. Default: none.
    pub extra_roots: Vec<u8>,
    /// The attach ids, at least one.
    pub ids: Vec<AttachId>,
    /// The registry that joins the bus of the server, and the id of its channel to it. Needs a token with scope `bus`. Default: none.
    pub bus: Option<(CommandRegistry, String)>,
    /// Queues, sizes and heartbeat.
    pub link: link::Settings,
    /// Most requests of the server in flight. Default 256.
    pub in_flight: usize,
}

impl ClientConfig {
    /// Returns a configuration with the defaults, for one attach id that only its own principal may use.
    #[must_use]
    pub fn new(address: Address, token: TokenSource, id: Option<String>) -> Self {
        Self {
            address,
            token,
            extra_roots: Vec::new(),
            ids: vec![AttachId {
                id,
                callers: Vec::new(),
            }],
            bus: None,
            link: link::Settings::default(),
            in_flight: 256,
        }
    }
}

impl fmt::Debug for ClientConfig {
    // Never the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientConfig")
            .field("address", &self.address)
            .field("ids", &self.ids)
            .finish_non_exhaustive()
    }
}
