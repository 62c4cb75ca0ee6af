//! The rules, the wire format and the limits, tested without a network, a runtime or a clock.
#![allow(clippy::unwrap_used)] // in a test, a panic is the report

mod extensions;
mod limits;
mod network;
mod random;
mod vectors;
mod wire;
