//! From documents to files, as a user of the crate.
#![allow(clippy::unwrap_used)] // a failed `unwrap` is a failed test

mod compiled;
mod diff;
mod document;
mod golden;
mod hostile;
mod support;
mod types;
