//! The behaviour of a registry and of everything around it that needs no process boundary.
#![allow(clippy::unwrap_used)] // a failed `unwrap` is a failed test

mod api;
mod calls;
mod channels;
mod handlers;
mod support;
