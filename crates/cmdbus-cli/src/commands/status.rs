//! `cmdbus status`

use cmdbus::bus;
use serde_json::Value;

use super::Client;
use crate::args::{Global, Json};
use crate::exit::Result;
use crate::output;

pub(crate) async fn run(global: &Global, args: &Json) -> Result<u8> {
    let client = Client::if_running(global).await?;
    let status = bus::status(&client.registry).await?;
    if args.json {
        output::json(&status, false)?;
        return Ok(0);
    }
    let text = |key: &str| match status.pointer(key) {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => "-".to_owned(),
        Some(other) => other.to_string(),
    };
    let uptime = std::time::Duration::from_secs(status["uptime_s"].as_u64().unwrap_or(0));
    let version = text("/version");
    output::line(&format!(
        "cmdbus {version} is running, pid {}, for {}",
        text("/pid"),
        humantime::format_duration(uptime)
    ))?;
    if version != env!("CARGO_PKG_VERSION") {
        output::line(&format!(
            "  this program is {}; restart the bus with `cmdbus stop` to use it",
            env!("CARGO_PKG_VERSION")
        ))?;
    }
    for (name, key) in [
        ("profile", "/profile"),
        ("socket", "/socket"),
        ("tcp", "/tcp"),
        ("gateway", "/gateway/url"),
        ("connections", "/connections"),
        ("commands", "/commands"),
        ("open calls", "/calls_open"),
        ("forwarded", "/calls_forwarded"),
        ("broker", "/ipc_url"),
        ("endpoints", "/broker/endpoints"),
        ("queued", "/broker/queued"),
        ("inbox", "/broker/inbox/count"),
    ] {
        if status.pointer(key).is_some_and(|value| !value.is_null()) {
            output::line(&format!("  {name:12} {}", output::printable(&text(key))))?;
        }
    }
    for line in attached(&status) {
        output::line(&format!("  {}", output::printable(&line)))?;
    }
    Ok(0)
}

/// Returns a line for each attached server: which, how it does, and why if it does badly.
fn attached(status: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    let mut lines = Vec::new();
    for id in list(&status["gateway"]["attached"]) {
        for server in list(&id["servers"]) {
            let state = match id["state"].as_str() {
                Some("suspended") => "waits for its connection".to_owned(),
                _ => text(&server["state"]),
            };
            let mut line = format!(
                "attached     {}/{}: {state}, {} tools",
                text(&id["attach_id"]),
                text(&server["name"]),
                server["tools"]
            );
            if let Some(detail) = server["detail"].as_str() {
                line.push_str(&format!("; {detail}"));
            }
            lines.push(line);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_attached_server_has_a_line_and_a_bad_one_says_why() {
        let server = |name: &str, state: &str, tools: u32, detail: Value| json!({"name": name, "state": state, "tools": tools, "detail": detail});
        let status = json!({"gateway": {"attached": [
            {"attach_id": "laptop", "state": "connected", "servers": [
                server("fs", "ready", 4, Value::Null),
                server("db", "failed", 0, json!("exit 1: no such file")),
            ]},
            {"attach_id": "phone", "state": "suspended", "servers": [server("fs", "ready", 4, Value::Null)]},
        ]}});
        assert_eq!(
            attached(&status),
            [
                "attached     laptop/fs: ready, 4 tools",
                "attached     laptop/db: failed, 0 tools; exit 1: no such file",
                "attached     phone/fs: waits for its connection, 4 tools",
            ]
        );
        assert!(attached(&json!({"gateway": null})).is_empty());
    }
}
