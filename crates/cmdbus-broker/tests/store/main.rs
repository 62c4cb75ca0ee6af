//! The store, as everything else uses it.

mod faults;
mod sqlite;
mod suite;
mod support;
mod writer;
