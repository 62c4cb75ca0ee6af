//! cmdbus as it is used: between processes, and together with peers of the upstream crate as published.
//!
//! What can be shown in one process, or without a clock, is tested in the crates themselves.
#![allow(clippy::unwrap_used)] // a failed `unwrap` is a failed test

mod compatibility;
#[cfg(target_os = "linux")] // as the processes, which they are
mod crash;
#[cfg(target_os = "linux")] // as the processes, which they are
mod docs_page;
#[cfg(target_os = "linux")] // as the processes, which they are
mod r#gen;
#[cfg(target_os = "linux")] // as the processes, which they are
mod guide;
#[cfg(target_os = "linux")] // as the processes, which they are
mod http_edge;
#[cfg(target_os = "linux")] // as the processes, which they are
mod mcp;
#[cfg(target_os = "linux")] // as the processes, which they are
mod npm;
#[cfg(target_os = "linux")] // looks for processes in `/proc`
mod processes;
#[cfg(target_os = "linux")]
mod raw;
#[cfg(target_os = "linux")]
mod streams;
mod support;
mod upstream_rust;
