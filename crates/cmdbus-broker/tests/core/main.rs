//! The rules of the broker, without threads, sockets and clocks: inputs in, effects out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod endpoints;
mod mail;
mod support;
