//! Every transport runs the suite in `suite.rs`; what only one of them has is tested in its own module.

#![allow(clippy::unwrap_used)]

#[macro_use]
mod suite;
mod http;
mod memory;
mod stdio;
mod support;
mod tcp;
mod unix;
mod websocket;
