//! `cmdbus call`

use std::time::{Duration, Instant};

use cmdbus::bus::{self, client_config};
use cmdbus::registry::Config;
use cmdbus::{CallOptions, CommandError, CommandRegistry};
use serde_json::Value;

use super::{Client, PATIENCE, input};
use crate::args::{Call, Global};
use crate::exit::{self, Error, Result};
use crate::output;

pub(crate) async fn run(global: &Global, args: Call) -> Result<u8> {
    let request = input::json(args.request.as_deref())?;
    let request = match request {
        Some(request) => request
            .into_value()
            .map_err(|error| Error::usage(error.to_string()))?,
        None => Value::Null,
    };
    let config = Config {
        request_ttl: registry_limit(args.timeout),
        ..client_config()
    };
    let client = Client::join(global, config).await?;
    let begun = Instant::now();
    let call = client
        .registry
        .execute_dyn_with(&args.id, request, CallOptions::default());
    let result = if args.timeout.is_zero() {
        call.await
    } else {
        tokio::time::timeout(args.timeout, call)
            .await
            .unwrap_or(Err(CommandError::Timeout))
    };
    match result {
        Ok(result) => {
            output::json(&result, args.json)?;
            Ok(0)
        }
        Err(error) => Err(explain(&client, &args, error, begun.elapsed()).await),
    }
}

/// The registry's own limit is there for what we ask the daemon afterwards too, so it is never a tiny one.
fn registry_limit(timeout: Duration) -> Duration {
    if timeout.is_zero() {
        timeout
    } else {
        timeout.max(PATIENCE)
    }
}

async fn explain(client: &Client, args: &Call, error: CommandError, took: Duration) -> Error {
    let id = &args.id;
    match &error {
        CommandError::NotFound(text) => match who_has(&client.registry, id).await {
            // Somebody provides it, so the command said so itself.
            Some(None) => Error::failure(output::printable(&error.to_string())),
            Some(Some(similar)) => {
                let mut message = format!("nobody provides `{id}`");
                if !similar.is_empty() {
                    message.push_str("; did you mean `");
                    message.push_str(&similar.join("`, `"));
                    message.push_str("`?");
                } else {
                    message.push_str("; `cmdbus ls` shows what there is");
                }
                Error::new(exit::NOT_FOUND, output::printable(&message))
            }
            None => Error::new(exit::NOT_FOUND, format!("command not found: {text}")),
        },
        // Our own limit never fires early, so this one was somebody else's.
        CommandError::Timeout if args.timeout.is_zero() || took < args.timeout => Error::new(
            exit::TIMEOUT,
            format!(
                "`{id}` was given up after {}, at a limit of its provider or of the bus",
                crate::duration::show(took)
            ),
        ),
        CommandError::Timeout => Error::new(
            exit::TIMEOUT,
            format!(
                "no answer from `{id}` within {}; give it longer with `--timeout`",
                crate::duration::show(args.timeout)
            ),
        ),
        CommandError::ChannelDisconnected if client.link.has_changed() => {
            Error::new(exit::NO_BUS, "the bus went away; see `cmdbus status`")
        }
        CommandError::ChannelDisconnected => {
            // The link's task may not have noticed yet: the daemon's own answer settles it.
            match tokio::time::timeout(PATIENCE, bus::status(&client.registry)).await {
                Ok(Err(CommandError::ChannelDisconnected)) => {
                    Error::new(exit::NO_BUS, "the bus went away; see `cmdbus status`")
                }
                _ => Error::failure(format!("the provider of `{id}` disconnected")),
            }
        }
        _ => Error::failure(output::printable(&error.to_string())),
    }
}

/// Asks the daemon about an id: `None` if it cannot say, `Some(None)` if somebody provides it, else the
/// ids that look like it.
async fn who_has(registry: &CommandRegistry, id: &str) -> Option<Option<Vec<String>>> {
    let description = tokio::time::timeout(PATIENCE, bus::describe(registry, id));
    let description = description.await.ok()?.ok()?;
    Some(match description.command {
        Some(_) => None,
        None => Some(description.similar),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tiny_timeout_leaves_time_to_ask_the_daemon() {
        assert_eq!(registry_limit(Duration::from_millis(1)), PATIENCE);
        assert_eq!(
            registry_limit(Duration::from_secs(60)),
            Duration::from_secs(60)
        );
        assert_eq!(registry_limit(Duration::ZERO), Duration::ZERO);
    }
}
