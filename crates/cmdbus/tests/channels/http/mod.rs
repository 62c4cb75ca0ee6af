//! HTTP. It is no transport like the others: one side asks, the other answers, so it has tests of its own.

mod client;
mod events;
mod server;
mod support;
