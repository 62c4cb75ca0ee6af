//! What cmdbus says of itself to MCP servers and clients.

use serde_json::{Map, Value, json};

use crate::rpc::{Era, LEGACY_VERSIONS, MODERN_VERSIONS};

/// The member of `_meta` that names the revision of a modern request.
pub const META_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
/// The member of `_meta` that names the client.
pub const META_CLIENT: &str = "io.modelcontextprotocol/clientInfo";
/// The member of `_meta` that holds what the client can do.
pub const META_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
/// The member of `_meta` that ties a notification to its subscription.
pub const META_SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";
/// The member of `_meta` that names the server of a modern result.
pub const META_SERVER: &str = "io.modelcontextprotocol/serverInfo";

/// Returns name and version, as `clientInfo` and `serverInfo` have them.
#[must_use]
pub fn info() -> Value {
    json!({"name": "cmdbus", "version": env!("CARGO_PKG_VERSION")})
}

/// Returns the `_meta` of a request of our own: what the era asks for, and no capability.
#[must_use]
pub fn meta(era: Era) -> Map<String, Value> {
    let mut meta = Map::new();
    if era == Era::Modern {
        meta.insert(META_VERSION.to_owned(), MODERN_VERSIONS[0].into());
        meta.insert(META_CLIENT.to_owned(), info());
        meta.insert(META_CAPABILITIES.to_owned(), json!({}));
    }
    meta
}

/// Returns the parameters of an `initialize` of our own.
#[must_use]
pub fn initialize_params() -> Value {
    json!({"protocolVersion": LEGACY_VERSIONS[0], "capabilities": {}, "clientInfo": info()})
}
