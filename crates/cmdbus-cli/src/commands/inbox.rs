//! `cmdbus inbox`

use std::collections::HashSet;

use serde_json::{Value, json};

use super::broker_client::{Broker, Problem, Request, segment};
use super::table::{Table, preview, short_time};
use crate::args::{Global, Inbox};
use crate::exit::{self, Error, Result};
use crate::output;

/// How much of a message is shown in the table, in code points.
const PREVIEW: usize = 80;

pub(crate) async fn run(global: &Global, args: &Inbox) -> Result<u8> {
    let mut pages = Pages::new(Broker::find(global).await?);
    if let Some(id) = &args.discard {
        return discard(&mut pages.broker, id, args.json).await;
    }
    if let Some(id) = &args.id {
        return show(&mut pages, id, args.json).await;
    }
    let mut any = false;
    while let Some(items) = pages.next().await? {
        any |= !items.is_empty();
        if args.json {
            items.iter().try_for_each(|item| output::json(item, true))?;
        } else if !items.is_empty() {
            table(&items)?;
        }
    }
    if !any && !args.json {
        output::note("the inbox is empty");
    }
    Ok(0)
}

async fn discard(broker: &mut Broker, id: &str, as_json: bool) -> Result<u8> {
    let request = Request::delete(format!("/v1/undispatched/{}", segment(id)));
    broker.ask(&request).await?;
    if as_json {
        output::json(&json!({"discarded": id}), false)?;
    } else {
        output::line(&output::printable(&format!("discarded {id}")))?;
    }
    Ok(0)
}

/// Shows one message, whole.
async fn show(pages: &mut Pages, id: &str, as_json: bool) -> Result<u8> {
    while let Some(items) = pages.next().await? {
        let Some(item) = items.iter().find(|item| item["id"] == id) else {
            continue;
        };
        if as_json {
            output::json(item, false)?;
        } else {
            print(item)?;
        }
        return Ok(0);
    }
    Err(Error::new(
        exit::NOT_FOUND,
        format!("there is no message `{id}` in the inbox; `cmdbus inbox` shows what there is"),
    ))
}

fn print(item: &Value) -> Result<()> {
    for (name, key) in [
        ("id", "id"),
        ("arrived", "arrived_at"),
        ("from", "sender_address"),
        ("for", "original_target_endpoint_id"),
        ("agent", "agent_id"),
        ("reason", "reason"),
        ("assigned", "active_assignment_id"),
        ("expires", "expires_at"),
        ("type", "content_type"),
        ("metadata", "metadata"),
    ] {
        let text = match &item[key] {
            Value::Null => continue,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        output::line(&format!("{name:10} {}", output::printable_line(&text)))?;
    }
    output::line("")?;
    output::line(&output::printable(
        item["content"].as_str().unwrap_or_default(),
    ))
}

fn table(items: &[Value]) -> Result<()> {
    let mut table = Table::new(["ID", "ARRIVED", "FROM", "FOR", "REASON", "CONTENT"]);
    for item in items {
        let text = |key: &str| item[key].as_str().map(str::to_owned);
        let agent = || text("agent_id").map(|agent| format!("agent:{agent}"));
        let whom = text("original_target_endpoint_id").or_else(agent);
        let assigned = !item["active_assignment_id"].is_null();
        let reason = text("reason").unwrap_or_default();
        table.row([
            text("id").unwrap_or_default(),
            short_time(&text("arrived_at").unwrap_or_default()),
            text("sender_address").unwrap_or_default(),
            whom.unwrap_or_else(|| "-".to_owned()),
            if assigned {
                format!("{reason}, assigned")
            } else {
                reason
            },
            preview(item["content"].as_str().unwrap_or_default(), PREVIEW),
        ]);
    }
    table.print()
}

/// The pages of the inbox, oldest first.
struct Pages {
    broker: Broker,
    after: Option<String>,
    ended: bool,
    /// What was shown: the record after which a page was to begin may leave the inbox, and all begins anew.
    shown: HashSet<String>,
}

impl Pages {
    fn new(broker: Broker) -> Self {
        Self {
            broker,
            after: None,
            ended: false,
            shown: HashSet::new(),
        }
    }

    /// Returns the next page; `None` after the last one.
    async fn next(&mut self) -> Result<Option<Vec<Value>>> {
        if self.ended {
            return Ok(None);
        }
        let path = match &self.after {
            Some(id) => format!("/v1/undispatched?after={}", segment(id)),
            None => "/v1/undispatched".to_owned(),
        };
        let mut page = match self.broker.ask(&Request::get(path)).await {
            Err(problem) if self.has_lost_its_place(&problem) => {
                self.after = None;
                return Ok(Some(Vec::new()));
            }
            answer => answer?,
        };
        self.after = page["next"].as_str().map(str::to_owned);
        self.ended = self.after.is_none();
        let mut items = match page["items"].take() {
            Value::Array(items) => items,
            _ => Vec::new(),
        };
        items.retain(|item| {
            let id = item["id"].as_str().unwrap_or_default();
            self.shown.insert(id.to_owned())
        });
        Ok(Some(items))
    }

    fn has_lost_its_place(&self, problem: &Problem) -> bool {
        self.after.is_some() && problem.code() == Some("undispatched_unknown")
    }
}
