//! Others that do the same work, as their users have them: what each needs to serve and to call.

mod cloud;
mod coralstack;
pub mod grpc;
mod jsonrpc;
mod nats;
pub mod programs;
mod tarpc;
mod zbus;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::child::Parent;
use crate::load::Work;

/// What a child is that is not ours.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Peer {
    /// coralstack-cmd-ipc, whose handler is in the caller's own registry.
    CoralstackHere,
    /// coralstack-cmd-ipc, two registries in memory, so many other calls waiting.
    CoralstackBeside { pending: usize },
    /// coralstack-cmd-ipc, events to so many registries in memory.
    CoralstackEvents { channels: usize },
    /// tarpc over a Unix socket.
    Tarpc { path: PathBuf, json: bool },
    /// zbus from peer to peer over a Unix socket.
    ZbusDirect(PathBuf),
    /// zbus over a bus at this address.
    ZbusBus(String),
    /// gRPC over a Unix socket.
    Grpc(PathBuf),
    /// JSON-RPC over a WebSocket at this address.
    JsonRpc(String),
    /// NATS, by a server at this address.
    Nats(String),
    /// The cloud of the npm broker, which takes orders on this socket and feeds texts of so many bytes.
    Cloud { network: PathBuf, payload: usize },
    /// JetStream, by a server at this address.
    JetStream(String),
}

impl Peer {
    /// Calls in rounds.
    pub async fn call(self, work: Work, parent: Parent) -> Result {
        match self {
            Self::CoralstackHere => coralstack::here(work, parent).await,
            Self::CoralstackBeside { pending } => coralstack::beside(pending, work, parent).await,
            Self::CoralstackEvents { channels } => coralstack::events(channels, work, parent).await,
            Self::Tarpc { path, json } => tarpc::call(&path, json, work, parent).await,
            Self::ZbusDirect(path) => zbus::call_peer(&path, work, parent).await,
            Self::ZbusBus(address) => zbus::call_bus(&address, work, parent).await,
            Self::Grpc(path) => grpc::call(&path, work, parent).await,
            Self::JsonRpc(address) => jsonrpc::call(&address, work, parent).await,
            Self::Nats(address) => nats::call(&address, work, parent).await,
            Self::JetStream(address) => nats::store(&address, work, parent).await,
            Self::Cloud { .. } => Err("a cloud calls nobody".into()),
        }
    }

    /// Serves until the parent ends.
    pub async fn serve(self, parent: Parent) -> Result {
        match self {
            Self::Tarpc { path, json } => tarpc::serve(&path, json, parent).await,
            Self::ZbusDirect(path) => zbus::serve_peer(&path, parent).await,
            Self::ZbusBus(address) => zbus::serve_bus(&address, parent).await,
            Self::Grpc(path) => grpc::serve(&path, parent).await,
            Self::JsonRpc(_) => jsonrpc::serve(parent).await,
            Self::Nats(address) => nats::serve(&address, parent).await,
            Self::Cloud { network, payload } => cloud::serve(network, payload, parent).await,
            Self::CoralstackHere
            | Self::CoralstackBeside { .. }
            | Self::CoralstackEvents { .. }
            | Self::JetStream(_) => Err("it serves where it calls".into()),
        }
    }
}

/// Is there until the parent ends.
async fn until_the_end(mut parent: Parent) -> Result {
    while parent.told(&()).await? {}
    Ok(())
}
