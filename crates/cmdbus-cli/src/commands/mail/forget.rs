//! `cmdbus mail NAME --forget`: gives a mailbox up.

use std::io::{self, IsTerminal};

use serde_json::Value;

use super::super::broker_client::{Broker, Request, segment};
use super::super::endpoints;
use super::link::KIND;
use super::name::Name;
use crate::args::Global;
use crate::exit::{self, Error, Result};
use crate::output;

pub(super) async fn run(global: &Global, name: &Name, yes: bool) -> Result<u8> {
    let mut broker = Broker::find(global).await?;
    let mailboxes = find(&mut broker, name).await?;
    if mailboxes.is_empty() {
        return Err(Error::new(
            exit::NOT_FOUND,
            format!("there is no mailbox `{name}`; `cmdbus endpoints` shows which there are"),
        ));
    }
    let count = |key: &str| -> u64 {
        let counts = mailboxes.iter().filter_map(|mailbox| mailbox[key].as_u64());
        counts.sum()
    };
    let waiting = count("queued") + count("inbox");
    output::note(&match waiting {
        0 => format!("nothing waits for mailbox `{name}`"),
        1 => format!("1 message waits for mailbox `{name}`; it stays in the inbox"),
        many => format!("{many} messages wait for mailbox `{name}`; they stay in the inbox"),
    });
    if !yes && !confirmed(name).await? {
        return Err(Error::failure(format!("mailbox `{name}` is kept")));
    }
    for mailbox in &mailboxes {
        let id = mailbox["id"].as_str().unwrap_or_default();
        let path = format!("/v1/endpoint/{}?forget=true", segment(id));
        broker.ask(&Request::delete(path)).await?;
    }
    output::line(&format!("forgot {name}"))?;
    Ok(0)
}

/// Finds the mailbox. Its process has ended, as we have its lock; the broker may not have noticed.
async fn find(broker: &mut Broker, name: &Name) -> Result<Vec<Value>> {
    let mut endpoints = endpoints::list(broker).await?;
    endpoints.retain(|endpoint| {
        let metadata = &endpoint["metadata"];
        metadata["kind"] == KIND && metadata["runtime_session_id"] == name.as_str()
    });
    Ok(endpoints)
}

async fn confirmed(name: &Name) -> Result<bool> {
    if !io::stdin().is_terminal() {
        return Err(Error::usage(
            "there is nobody to ask; say `--yes` if it is to be forgotten",
        ));
    }
    output::note(&format!("forget mailbox `{name}`? [y/N]"));
    let answer = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|_| line)
    });
    let line = answer
        .await
        .map_err(|error| Error::failure(error.to_string()))?
        .map_err(|error| Error::failure(format!("cannot read the answer: {error}")))?;
    Ok(["y", "yes"].contains(&line.trim().to_lowercase().as_str()))
}
