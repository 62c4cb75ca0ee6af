//! The store, as everything else uses it.

mod sqlite;
mod suite;
mod support;
mod writer;
