//! Tests of the rules without a network, a runtime or a clock.
//!
//! [`Bench`] is one registry whose peers are played by the test. [`Net`] is several registries with
//! links between them that have latency and fail when told to; its clock is moved by hand.
//! [`vectors`] reads the JSON vectors under `spec/vectors/` and plays them on a bench.
//!
//! Nothing here sleeps, and nothing depends on chance: the same seed gives the same run.

pub mod behaviour;
pub mod bench;
pub mod messages;
pub mod net;
pub mod rng;
pub mod vectors;

pub use behaviour::Behaviour;
pub use bench::{Bench, Output, Refusal, child_config, root_config};
pub use net::Net;
pub use rng::Rng;
