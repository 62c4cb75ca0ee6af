//! Children, and whole upstreams.

mod address;
pub(crate) mod child;
mod fake;
mod restart;
mod sessions;
mod stdio;
mod whole;

use std::sync::{Arc, mpsc};
use std::time::Duration;

use cmdbus_mcp::carry::{Call, FromServer, Hears, Limits};
use cmdbus_mcp::rpc::{Era, Raw, raw};
use cmdbus_mcp::upstream::{Events, UpstreamEvent};
use serde_json::{Value, json};

/// Returns an ear, and what it heard.
fn ear() -> (Hears, mpsc::Receiver<FromServer>) {
    let (tell, heard) = mpsc::channel();
    let ear = Arc::new(move |message| {
        let _ = tell.send(message);
    });
    (ear, heard)
}

/// Returns a listener for events, and what it heard.
fn events() -> (Events, mpsc::Receiver<UpstreamEvent>) {
    let (tell, heard) = mpsc::channel();
    let events = Arc::new(move |event| {
        let _ = tell.send(event);
    });
    (events, heard)
}

fn method(message: &FromServer) -> &str {
    match message {
        FromServer::Notification { method, .. } | FromServer::Request { method, .. } => method,
    }
}

fn call(method: &str, params: Value) -> Call {
    Call::new(Era::Legacy, method, Some(raw(&params)))
}

fn tool(name: &str) -> Call {
    call("tools/call", json!({"name": name}))
}

fn within(call: Call, total: Duration) -> Call {
    let limits = Limits {
        idle: None,
        total: Some(total),
    };
    Call { limits, ..call }
}

fn value(raw: &Raw) -> Value {
    serde_json::from_str(raw.get()).unwrap()
}

/// Waits until something holds, in real time.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let wait = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), wait).await;
    assert!(waited.is_ok(), "{what}");
}

/// Returns whether a process is there and not only waits to be reaped.
fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat
        .rsplit(')')
        .next()
        .and_then(|rest| rest.split_whitespace().next());
    state.is_some_and(|state| !matches!(state, "Z" | "X"))
}
