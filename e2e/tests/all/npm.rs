//! The published npm BrokerClient, unmodified, on its own Node, with the real broker.
//!
//! `npm ci --prefix e2e/npm` installs both. Without them the tests are skipped, by name; with `CI` set that is a failure.

mod assignments;
mod client;
mod exchange;
mod http;
mod lifecycle;
mod link;
pub(crate) mod pair;
mod recovery;
mod stream;
mod versions;
