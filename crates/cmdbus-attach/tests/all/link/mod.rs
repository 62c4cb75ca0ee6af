//! Two ends of an attach socket over a network in memory, on paused time.

pub(crate) mod support;

mod closing;
mod full;
mod liveness;
mod long_frames;
mod malformed;
mod order;
mod resume;
