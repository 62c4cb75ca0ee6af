//! The HTTP and WebSocket server, with a scripted core behind it and plain sockets before it.

#![allow(missing_docs, clippy::unwrap_used)]

mod broker;
mod http;
mod limits;
mod routes;
mod shapes;
mod shutdown;
mod stream;
mod support;
