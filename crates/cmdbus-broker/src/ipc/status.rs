//! What operators ask for and say (protocol §3.5).

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::fields::wrong;
use super::handler::Call;
use super::initialize::merge;
use super::server::Shared;
use super::{Backend, ShutdownMode};
use crate::core::Refusal;

/// Writes the answer to `GET /v1/status`. `core` holds what the core counts.
pub(super) fn status<B: Backend>(shared: &Shared<B>, core: Value) -> Value {
    let counters = &shared.counters;
    let mut status = json!({
        "version": shared.version,
        "uptime_s": shared.started.elapsed().as_secs(),
        "ipc": {
            "connections": counters.connections.load(Ordering::Relaxed),
            "connections_refused": counters.refused.load(Ordering::Relaxed),
            "streams": counters.streams.load(Ordering::Relaxed),
        },
    });
    merge(&mut status, core);
    status
}

/// Understands `POST /v1/admin/shutdown`.
pub(super) fn shutdown(call: &Call<'_>) -> Result<Option<ShutdownMode>, Refusal> {
    match call.fields()?.optional_string("mode")?.as_deref() {
        None => Ok(None),
        Some("retain") => Ok(Some(ShutdownMode::Retain)),
        Some("release") => Ok(Some(ShutdownMode::Release)),
        Some(_) => Err(wrong("mode", "`retain` or `release`")),
    }
}
