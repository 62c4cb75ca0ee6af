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
    Ok(0)
}
