//! One binary for all integration tests of the crate.

#![allow(clippy::unwrap_used)] // in a test, a panic is the report

mod client;
mod convert;
mod http;
mod names;
mod scripted;
mod search;
#[cfg(feature = "server")]
mod server;
mod tools;
mod upstream;
