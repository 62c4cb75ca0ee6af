//! The cmdbus protocol without any input or output: messages, their wire format, schemas, and
//! [`node::Node`], the rules of one registry.
//!
//! This crate never reads a clock, opens a socket, takes a lock, spawns or awaits anything. It is told
//! what happened and says what to do. The crate `cmdbus` puts channels, handlers and timers around it,
//! and is what applications use.
//!
//! Start reading at [`message::Message`] for what travels, and at [`node::Node::handle_message`] for
//! what happens then. The public description of both is `spec/protocol.md`.
//!
//! ```
//! use cmdbus_proto::message::Message;
//!
//! let text = r#"{"type":"event","id":"b7c1c0de-6a0e-4a9c-8b0c-1f2e3d4c5b6a","eventId":"a.b","payload":{"n":1}}"#;
//! let message: Message = serde_json::from_str(text)?;
//! assert_eq!(serde_json::to_string(&message)?, text);
//! # Ok::<(), serde_json::Error>(())
//! ```

pub mod error;
pub mod extension;
pub mod message;
pub mod node;
pub mod pattern;
mod payload;
mod scan;
mod schema;
pub mod wire;

pub use payload::Payload;
pub use schema::normalize_schema;
