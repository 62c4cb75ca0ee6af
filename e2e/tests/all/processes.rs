//! The real binary, in processes of their own, each test on a bus of its own.

mod broker;
pub(crate) mod bus;
mod calls;
mod events;
mod idle;
mod in_progress;
mod lifecycle;
mod programs;
mod provide;
mod refusals;
mod services;
