//! All of the broker that touches processes of the operating system.
//!
//! - [`liveness`] tells whether a process that was seen once is still the same one, and alive;
//! - [`drivers`] turn a prompt into the command that starts a runtime;
//! - [`start`] starts it, and tells how it ends.
//!
//! Nothing here decides: how often something is started, what a start belongs to and how long to wait for
//! its registration are rules of the core (protocol §8.5). Nothing here logs a prompt or a token.

pub mod drivers;
pub mod liveness;
pub mod start;

mod programs;

pub use liveness::{Liveness, LivenessProbe, Process, SystemProbe};
