//! The rules of the broker, without threads, sockets and clocks: inputs in, effects out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod acceptance;
mod assignments;
mod control;
mod endpoints;
mod expiry;
mod mail;
mod network;
mod receipts;
mod review;
mod routing;
mod spawns;
mod streams;
mod support;
