//! JSON-RPC whose `id`, `params` and `result` stay the text they came as.

mod era;
mod error;
mod message;
pub mod splice;

pub use era::{Era, LEGACY_VERSIONS, MODERN_VERSIONS, is_known_version, named_by};
pub use error::{RpcError, codes};
pub use message::{Id, Malformed, Message, Raw, raw};
