//! HTTP, for programs that have nothing else: one request, one answer (protocol §9).
//!
//! [`HttpEndpoint`] is the server's side, to be mounted in an axum router: `POST /cmd`, `GET /cmds.json` and
//! `GET /events`. [`HttpChannel`] is the client's side. Over HTTP a client calls and listens, and provides nothing.
//!
//! Follow a call: `endpoint.rs` looks at who asks, `cmd.rs` reads the message, calls the command and writes the line.

mod accept;
mod answer;
mod body;
mod client;
mod cmd;
mod endpoint;
mod events;
mod exchange;
mod feed;
mod link;
mod list;
mod pool;
mod running;
mod written;

pub use accept::preferred;
pub use client::{HttpAttempt, HttpChannel};
pub use endpoint::{HttpAccess, HttpEndpoint};
pub use exchange::{HttpAnswer, HttpFailure};
