//! A registry as its users and its channels see it, as far as no process boundary is needed. Tests whose names begin
//! with `w` and a number are about that entry in the list of weaknesses that must not come back.
#![allow(clippy::unwrap_used)] // a failed `unwrap` is a failed test

mod api;
mod calls;
mod channels;
mod directory;
mod disposal;
mod events;
mod handlers;
mod in_progress;
mod order;
mod streams;
mod support;
mod traces;
