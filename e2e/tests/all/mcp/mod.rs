//! MCP peers of other makes, unmodified: clients, servers and the conformance suite.
//!
//! `npm ci --prefix e2e/npm` and `e2e/python/setup` install them. Without them the tests are skipped, by name; with `CI`
//! set that is a failure. Here they are tested with `mcp-fixture` alone, which shows that what they say elsewhere is
//! about what stands between.

mod attach;
mod behind;
mod by_hand;
pub(crate) mod conformance;
mod direct;
mod edges;
mod faults;
pub(crate) mod peers;
mod proxy;
mod public;
mod relay;
mod rust;
mod through;
mod tools;
