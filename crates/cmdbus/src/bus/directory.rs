//! Asking the daemon what there is on the whole bus.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::CommandError;
use crate::message::CommandDef;
use crate::registry::CommandRegistry;

/// Id of the daemon's private command that lists the bus, in pages.
pub const LS: &str = "_cmdbus.ls";
/// Id of the daemon's private command that describes one command.
pub const DESCRIBE: &str = "_cmdbus.describe";
/// Id of the daemon's private command that tells how it is.
pub const STATUS: &str = "_cmdbus.status";

/// What [`LS`] takes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LsRequest {
    /// Which ids, as for `on_pattern`. Absent: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The last id of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Most commands per page; the daemon may give fewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// What [`LS`] returns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// Commands in the order of their ids.
    pub commands: Vec<CommandDef>,
    /// What to give as `after` for the next page; absent after the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What [`DESCRIBE`] takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DescribeRequest {
    /// The command.
    pub id: String,
}

/// What [`DESCRIBE`] returns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// The definition; absent if nobody provides the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandDef>,
    /// The daemon's connections that provide it, the active one first.
    #[serde(default)]
    pub providers: Vec<String>,
    /// The known ids that look most like it, if nobody provides it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub similar: Vec<String>,
}

/// Returns the commands of the whole bus whose id matches a pattern, in the order of their ids.
///
/// # Errors
/// As a call. [`CommandError::NotFound`] if the root of this bus is not a cmdbus daemon.
pub async fn list(
    registry: &CommandRegistry,
    pattern: &str,
) -> Result<Vec<CommandDef>, CommandError> {
    let mut commands = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let request = LsRequest {
            pattern: Some(pattern.to_owned()),
            after: after.clone(),
            limit: None,
        };
        let page = registry
            .execute_dyn(LS, serde_json::to_value(request)?)
            .await?;
        let page: Page = serde_json::from_value(page)?;
        commands.extend(page.commands);
        match page.next {
            // A daemon that does not get ahead would keep us for ever.
            Some(next) if after.as_ref().is_some_and(|after| *after >= next) => {
                return Err(CommandError::Internal {
                    command_id: LS.to_owned(),
                    message: "the pages of the list do not get ahead".to_owned(),
                });
            }
            Some(next) => after = Some(next),
            None => return Ok(commands),
        }
    }
}

/// Returns what the daemon knows of one command.
///
/// # Errors
/// As [`list`].
pub async fn describe(registry: &CommandRegistry, id: &str) -> Result<Description, CommandError> {
    let request = DescribeRequest { id: id.to_owned() };
    let description = registry
        .execute_dyn(DESCRIBE, serde_json::to_value(request)?)
        .await?;
    Ok(serde_json::from_value(description)?)
}

/// Returns how the daemon is.
///
/// # Errors
/// As [`list`].
pub async fn status(registry: &CommandRegistry) -> Result<Value, CommandError> {
    registry.execute_dyn(STATUS, Value::Null).await
}
