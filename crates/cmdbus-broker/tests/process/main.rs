//! Everything of the broker that touches processes, with real ones.

#![allow(clippy::unwrap_used)]

mod config;
mod drivers;
mod environment;
mod failures;
mod liveness;
mod start;
mod support;
