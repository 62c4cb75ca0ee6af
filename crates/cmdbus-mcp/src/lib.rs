//! MCP and cmdbus: commands as tools, tools as commands, and raw connections to MCP servers.
//!
//! What cmdbus only carries stays raw JSON from one end to the other ([`rpc`], [`carry`], [`upstream`]): a typed model of
//! MCP would drop members it does not know, and change the order and the form of numbers (attach §1).

pub mod carry;
pub mod client;
pub mod convert;
pub mod names;
pub mod own;
pub mod rpc;
pub mod search;
#[cfg(feature = "server")]
pub mod server;
pub mod tls;
pub mod tools;
pub mod upstream;
