//! The attach server: takes in attaching clients, and knows what they bring (attach §3).
//!
//! One `Connection` is one attachment; it outlives its sockets. `upgrade` lets a client in, `handshake` agrees with it, `connection`
//! takes its frames: `ids` binds attach ids and servers, `asked` answers what servers ask. `tools` makes commands of their tools, over a
//! session of the bus's own (`bus_session`), and `reverse` shows each server to the gateway.

mod asked;
mod bus_session;
mod carried;
mod claims;
mod connection;
mod declared;
mod errands;
mod handshake;
mod health;
mod ids;
mod join;
mod one_id;
mod resolve;
mod reverse;
mod sessions;
mod status;
mod tools;
mod upgrade;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use cmdbus::CommandRegistry;
use cmdbus_mcp::tools::ToolIndex;

pub use self::claims::{Claims, ClaimsError};
use self::connection::Connection;
use self::health::Health;
use crate::auth::Authority;
use crate::gateway::aggregated::Aggregator;
use crate::registry::{ReverseAttachConfig, ReverseAttachHandle};

/// What the attach server belongs to.
pub struct AttachServerParts {
    /// Limits, and where attach ids lead to.
    pub config: ReverseAttachConfig,
    /// Knows when a token ends.
    pub authority: Arc<Authority>,
    /// Whose prefix is whose.
    pub claims: Claims,
    /// The bus that tools become commands of.
    pub registry: CommandRegistry,
    /// Where those tools are found again.
    pub index: ToolIndex,
    /// The id of the bus, by which tools that come back to it are known.
    pub bus: String,
    /// Where MCP clients find the gateway. No slash at the end.
    pub base_url: String,
}

/// Takes in attaching clients. Cheap to clone.
#[derive(Clone)]
pub struct AttachServer(Arc<Shared>);

struct Shared {
    parts: AttachServerParts,
    connections: Mutex<Connections>,
    health: Health,
}

#[derive(Default)]
struct Connections {
    by_epoch: HashMap<u64, Arc<Connection>>,
    /// By resume token.
    resumable: HashMap<String, Weak<Connection>>,
    /// No new ones.
    closed: bool,
}

impl AttachServer {
    /// Makes a server without clients. Mount [`route`](Self::route) behind [`auth::layer`](crate::auth::layer()).
    #[must_use]
    pub fn new(parts: AttachServerParts) -> Self {
        Self(Arc::new(Shared {
            parts,
            connections: Mutex::default(),
            health: Health::default(),
        }))
    }

    /// Returns how many clients are attached, or may still come back.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.connections().by_epoch.len()
    }

    /// Returns whether nobody is attached.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the handle of whoever holds an attach id, by which more ids can be bound to the same client. They have the servers of its
    /// first one.
    #[must_use]
    pub fn handle(&self, attach_id: &str) -> Option<ReverseAttachHandle> {
        Some(self.0.holder(attach_id)?.handle().clone())
    }

    /// Returns what finds the back-end of a route, for the gateway. The aggregator is told from now on when a server is out of order,
    /// or in order again.
    #[must_use]
    pub fn resolver(&self, aggregator: Arc<Aggregator>) -> Arc<dyn crate::gateway::Resolve> {
        self.0.health.tell(&aggregator);
        Arc::new(resolve::Resolver {
            server: self.0.clone(),
            aggregator,
        })
    }

    /// Ends all attachments in order: takes no new ones, says goodbye, lets calls end for a while, and closes.
    pub async fn shutdown(&self, drain: std::time::Duration) {
        let connections: Vec<_> = {
            let mut table = self.0.connections();
            table.closed = true;
            table.by_epoch.values().cloned().collect()
        };
        let ends = connections
            .iter()
            .map(|connection| connection.shut_down(drain));
        futures_util::future::join_all(ends).await;
    }
}

impl Shared {
    fn connections(&self) -> MutexGuard<'_, Connections> {
        lock(&self.connections)
    }

    fn by_epoch(&self, epoch: u64) -> Option<Arc<Connection>> {
        self.connections().by_epoch.get(&epoch).cloned()
    }

    /// Returns who holds an attach id.
    fn holder(&self, attach_id: &str) -> Option<Arc<Connection>> {
        let channel = self.parts.config.registry.get(attach_id)?;
        self.by_epoch(channel.epoch())
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for AttachServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AttachServer")
            .field("attached", &self.len())
            .finish()
    }
}
