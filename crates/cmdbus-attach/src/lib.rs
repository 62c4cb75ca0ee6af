//! Reverse attach: MCP servers behind NAT, reachable through one WebSocket and an MCP gateway over HTTP.

pub mod auth;
mod bus_channel;
pub mod client;
pub mod frame;
pub mod gateway;
pub mod link;
pub mod registry;
pub mod server;

pub use registry::{
    AgentCompletionIds, AttachSettings, Attachment, Changes, Completed, Hold, Listener,
    McpListenerRegistry, PendingRequests, Refusal, Registration, ReverseAttachConfig,
    ReverseAttachGuard, ReverseAttachHandle, ReverseChannel, ReverseChannelRegistry,
    SessionTracker, Slot, Updated, new_pending_requests, new_reverse_channel_registry,
};
