//! What the same work costs with nothing in between.

pub mod boxed;
pub mod http;
pub mod socket;
