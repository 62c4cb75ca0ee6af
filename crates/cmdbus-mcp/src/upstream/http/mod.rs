//! MCP servers at an address: a client of Streamable HTTP in both eras (attach §5, "HTTP upstream").
//!
//! Start with [`HttpConnection`]. A call is one POST (`call`), its answer JSON or a stream of events (`answer`, `events`); what
//! the server says beside that, and what it asks, goes through `shared`; the standalone stream of the legacy era is `listen`.

mod answer;
mod call;
mod client;
mod config;
mod connection;
mod events;
mod failed;
mod headers;
mod listen;
mod outbox;
mod probe;
mod server_asks;
mod shared;
mod streams;

pub use config::{BadHttpConfig, HttpConfig};
pub use connection::HttpConnection;
pub use failed::{Failed, Fate};
pub use probe::{Spoken, probe_http};
