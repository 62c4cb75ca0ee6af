//! `cmdbus provide`: any program as a command.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cmdbus::bus::{LinkState, client_config};
use cmdbus::command::stream_schema;
use cmdbus::registry::Config;
use cmdbus::{Command, CommandError, CommandRegistry, CommandSchema, DynCommand};
use futures_util::FutureExt;
use serde::Deserialize;
use serde_json::Value;

use super::process::Programs;
use super::signals::Signals;
use super::{Client, trace};
use crate::args::{Global, Provide};
use crate::exit::{self, Error, Result};
use crate::output;

pub(crate) async fn run(global: &Global, args: Provide) -> Result<u8> {
    if args.id.is_empty() || args.id.starts_with('_') {
        return Err(Error::usage(format!(
            "`{}` cannot be provided: ids that are empty or begin with `_` stay in their process",
            args.id
        )));
    }
    let Some((program, arguments)) = args.program.split_first() else {
        return Err(Error::usage("no program given"));
    };
    let program = find_program(program)?;
    let schema = args.schema.as_deref().map(read_schema).transpose()?;
    let programs = Arc::new(Programs::new(
        args.id.clone(),
        program,
        arguments.to_vec(),
        (!args.timeout.is_zero()).then_some(args.timeout),
        args.concurrency,
    ));

    let mut signals = Signals::new()?;
    let observed = trace::observe("cmdbus provide");
    let config = Config {
        max_in_flight_per_channel: args.concurrency as usize,
        ..client_config()
    };
    let registry = CommandRegistry::with_options(config, observed.options());
    let served = programs.clone();
    let offered = if args.stream {
        let mut command = DynCommand::streaming(args.id.clone(), move |request: Value| {
            served.clone().lines(request)
        });
        if let Some(description) = &args.description {
            command = command.description(description);
        }
        if let Some(schema) = schema {
            command = command.schema(schema_of_items(schema));
        }
        offer(global, &args, registry, command).boxed()
    } else {
        let mut command = DynCommand::new(args.id.clone(), move |request: Value| {
            served.clone().call(request)
        });
        if let Some(description) = &args.description {
            command = command.description(description);
        }
        if let Some(schema) = schema {
            command = command.schema(schema);
        }
        offer(global, &args, registry, command).boxed()
    };
    let client = tokio::select! {
        client = offered => client?,
        code = signals.fatal() => return Ok(code),
    };
    output::note(&format!(
        "{} `{}`; Ctrl-C ends it",
        if args.standby {
            "standing by for"
        } else {
            "providing"
        },
        args.id
    ));
    let mut link = client.link.clone();
    loop {
        tokio::select! {
            () = signals.end() => break,
            state = link.changed() => match state {
                LinkState::Up => output::note("the bus is back"),
                LinkState::Down => output::note("the bus went away; waiting for it to come back"),
                LinkState::Ended => break,
            },
        }
    }
    // No new calls from here on; what runs is asked to end, then ended: at once if told a second time.
    let ends = async {
        client.registry.dispose().await;
        programs.end_all().await;
        let _ = tokio::task::spawn_blocking(|| observed.end()).await;
    };
    tokio::select! {
        () = ends => Ok(0),
        code = signals.fatal() => Ok(code),
    }
}

/// Joins the bus and registers the command there.
async fn offer<C: Command>(
    global: &Global,
    args: &Provide,
    registry: CommandRegistry,
    command: C,
) -> Result<Client> {
    if args.standby {
        // Registered before it is connected, the command is offered, and waits where it is not wanted.
        registry.register_command(command).await?;
        return Client::with(global, registry).await;
    }
    let client = Client::with(global, registry).await?;
    match client.registry.register_command(command).await {
        Ok(()) => Ok(client),
        Err(CommandError::DuplicateCommand(id)) => Err(Error::failure(format!(
            "`{id}` is provided already; `--standby` waits and takes over when its provider goes"
        ))),
        Err(CommandError::ChannelDisconnected) => {
            Err(Error::new(exit::NO_BUS, "the bus went away"))
        }
        Err(error) => Err(error.into()),
    }
}

/// Takes the response for the schema of one item, unless it says itself that it streams.
fn schema_of_items(schema: CommandSchema) -> CommandSchema {
    let streams = |response: &Value| response.get(cmdbus::command::STREAM_KEYWORD).is_some();
    let response = match schema.response {
        Some(response) if streams(&response) => response,
        item => stream_schema(item),
    };
    CommandSchema {
        response: Some(response),
        ..schema
    }
}

/// Finds the program now, so that a misspelled one is not first noticed by a caller.
fn find_program(name: &OsString) -> Result<PathBuf> {
    let is_program = |path: &Path| {
        path.metadata()
            .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    let path = Path::new(name);
    if path.components().count() > 1 || path.is_absolute() {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        return if is_program(&path) {
            Ok(path)
        } else {
            Err(Error::failure(format!(
                "`{}` is no program that can be run",
                path.display()
            )))
        };
    }
    std::env::var_os("PATH")
        .iter()
        .flat_map(std::env::split_paths)
        .map(|folder| folder.join(path))
        .find(|candidate| is_program(candidate))
        .ok_or_else(|| {
            Error::failure(format!(
                "there is no program `{}` on `PATH`",
                path.display()
            ))
        })
}

fn read_schema(path: &Path) -> Result<CommandSchema> {
    /// As `CommandSchema`, but a misspelled member is an error: here it comes from a person.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        request: Option<Value>,
        response: Option<Value>,
    }
    let text = std::fs::read_to_string(path).map_err(|error| Error::io("read", path, error))?;
    let file: File = serde_json::from_str(&text)
        .map_err(|error| Error::usage(format!("in `{}`: {error}", path.display())))?;
    for (name, schema) in [("request", &file.request), ("response", &file.response)] {
        if !matches!(schema, None | Some(Value::Object(_) | Value::Bool(_))) {
            return Err(Error::usage(format!(
                "in `{}`: `{name}` must be a JSON schema, which is an object",
                path.display()
            )));
        }
    }
    Ok(CommandSchema {
        request: file.request,
        response: file.response,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_response_of_a_stream_is_the_schema_of_an_item() {
        let given = |response| CommandSchema {
            request: None,
            response,
        };
        let of = |response| schema_of_items(given(response)).response;
        let stream = json!({"x-cmdbus-stream": {"type": "string"}});
        assert_eq!(of(Some(json!({"type": "string"}))), Some(stream.clone()));
        assert_eq!(of(Some(stream.clone())), Some(stream));
        assert_eq!(of(None), Some(json!({"x-cmdbus-stream": true})));
    }
}
