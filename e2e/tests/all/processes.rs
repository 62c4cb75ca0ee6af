//! The real binary, in processes of their own, each test on a bus of its own.

mod broker;
mod broker_verbs;
pub(crate) mod bus;
mod calls;
mod events;
mod idle;
mod in_progress;
mod lifecycle;
mod mail;
mod programs;
mod provide;
mod refusals;
mod services;
mod tokens;
