//! Raw connections to one MCP server: a child on stdio, or an HTTP address; and all of them together as one upstream.
//!
//! [`Connection`] is one connection, whatever it is made of: [`stdio`] starts children, `http` speaks to an address. `probe` finds out
//! which era a server speaks. [`Upstream`] owns all connections of one configured server: it tells sessions apart, starts, stops and
//! restarts (attach §5).

mod config;
mod connection;
mod http;
mod policy;
mod probe;
pub mod stdio;
mod supervisor;

pub use config::{AllowedArg, ArgPattern, BadPattern, OnCrash, Transport, UpstreamConfig};
pub use connection::{Connection, Ended};
pub use http::{BadHttpConfig, Failed, Fate, HttpConfig, HttpConnection, Spoken, probe_http};
pub use policy::ToolPolicy;
pub use probe::Facts;
pub use supervisor::{
    Connector, Events, ListKind, ListScope, Open, Upstream, UpstreamEvent, UpstreamState,
};
