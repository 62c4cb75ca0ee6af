//! One binary for all integration tests of the crate.
#![allow(clippy::unwrap_used)] // a failed `unwrap` is a failed test

mod aggregated;
mod auth;
mod client;
mod gateway;
mod link;
mod registry;
mod server;
mod vectors;
