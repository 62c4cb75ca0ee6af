//! `cmdbus endpoints`

use serde_json::Value;

use super::broker_client::{Broker, Request};
use super::table::{Table, short_time};
use crate::args::{Endpoints, Global};
use crate::exit::Result;
use crate::output;

pub(crate) async fn run(global: &Global, args: &Endpoints) -> Result<u8> {
    let mut broker = Broker::find(global).await?;
    let items = list(&mut broker).await?;
    if args.json {
        output::json(&items, false)?;
        return Ok(0);
    }
    if items.is_empty() {
        output::note("no endpoints; open a mailbox with `cmdbus mail NAME`");
        return Ok(0);
    }
    let mut table = Table::new([
        "ID", "AGENT", "KIND", "STATE", "QUEUED", "INBOX", "SINCE", "SESSION",
    ]);
    for item in &items {
        table.row([
            text(&item["id"]),
            text(&item["metadata"]["agent_id"]),
            text(&item["metadata"]["kind"]),
            state(item),
            text(&item["queued"]),
            text(&item["inbox"]),
            short_time(&text(&item["state_since"])),
            text(&item["metadata"]["runtime_session_id"]),
        ]);
    }
    table.print()?;
    Ok(0)
}

/// Asks for the endpoints, and the mailboxes that are asleep.
pub(super) async fn list(broker: &mut Broker) -> Result<Vec<Value>> {
    let mut answer = broker.ask(&Request::get("/v1/endpoints")).await?;
    Ok(match answer["items"].take() {
        Value::Array(items) => items,
        _ => Vec::new(),
    })
}

fn state(item: &Value) -> String {
    let state = text(&item["state"]);
    match item["stalled"].as_bool() {
        Some(true) => format!("{state}, stalled"),
        _ => state,
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "-".to_owned(),
        other => other.to_string(),
    }
}
