//! `cmdbus call`

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cmdbus::bus::{self, client_config};
use cmdbus::command::STREAM_KEYWORD;
use cmdbus::registry::Config;
use cmdbus::{CallStream, CommandError, CommandRegistry};
use futures_util::StreamExt;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{FileType, fstat};
use serde_json::Value;

use super::printer::{Printer, Unprinted};
use super::progress::How;
use super::signals::Signals;
use super::{Client, PATIENCE, input, trace};
use crate::args::{Call, Global};
use crate::exit::{self, Error, Result};
use crate::{env_vars, output};

/// How much earlier than typed a limit may be reached: every hop rounds what is left down to milliseconds.
const ROUNDING: Duration = Duration::from_millis(50);
/// The most time a call may ask for.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) async fn run(global: &Global, args: Call) -> Result<u8> {
    let request = input::json(args.request.as_deref())?;
    let request = match request {
        Some(request) => request
            .into_value()
            .map_err(|error| Error::usage(error.to_string()))?,
        None => Value::Null,
    };
    let mut signals = Signals::new()?;
    let observed = trace::observe("cmdbus call");
    let how = How::of(args.progress);
    let mut printer = Printer::start(how);
    // Whatever is going on, a signal ends it; leaving the bus is what tells everybody.
    let ended = tokio::select! {
        ended = carry_out(global, &args, request, how, &mut printer, &observed) => ended,
        code = signals.fatal() => Ok(code),
    };
    printer.leave().await;
    tokio::select! {
        _ = tokio::task::spawn_blocking(|| observed.end()) => {}
        _ = signals.fatal() => {}
    }
    ended
}

/// Joins the bus, calls, and prints what comes.
async fn carry_out(
    global: &Global,
    args: &Call,
    request: Value,
    how: How,
    printer: &mut Printer,
    observed: &trace::Observed,
) -> Result<u8> {
    let config = Config {
        // For what we ask the daemon itself; the call brings its own time.
        request_ttl: PATIENCE,
        ..client_config()
    };
    let registry = CommandRegistry::with_options(config, observed.options());
    let client = Client::with(global, registry).await?;
    let (begun, limit) = (Instant::now(), time_limit(args.timeout));
    let mut call = client.registry.call_dyn(&args.id, request).timeout(limit);
    if let Some((parent, state)) = observed.context() {
        call = call.meta("traceparent", parent);
        if let Some(state) = state {
            call = call.meta("tracestate", state);
        }
    }
    if how != How::Nothing {
        call = call.on_progress(printer.progress());
    }
    if args.trace {
        call = call.on_trace(printer.trace());
    }
    let mut items = call.stream().credit(args.credit);
    if let Some(limit) = args.idle_timeout.filter(|limit| !limit.is_zero()) {
        items = items.idle_timeout(limit);
    }
    let mut paused = Duration::ZERO;
    match print_items(&client, args, items, printer, &mut paused).await {
        Ok(()) => Ok(0),
        // Cut off like any program that writes into a pipe that nobody reads.
        Err(Failure::CutOff) => Ok(exit::CUT_OFF),
        Err(Failure::Output(error)) => Err(error),
        Err(Failure::Call(error)) => {
            let took = begun.elapsed();
            // What has come is printed before what went wrong.
            let _ = printer.finish().await;
            // While the reader pauses, nobody looks whether the call has ended: it is only known to have done so
            // by now. If that is before our own limit, it was another one.
            let ours = took + ROUNDING >= limit;
            if matches!(error, CommandError::Timeout) && ours && paused > ROUNDING {
                let why = format!(
                    "`{}` reached a time limit while nobody read its items",
                    args.id
                );
                return Err(Error::new(exit::TIMEOUT, why));
            }
            Err(explain(&client, args, error, limit, took).await)
        }
    }
}

enum Failure {
    Call(CommandError),
    Output(Error),
    /// Nobody reads the items.
    CutOff,
}

impl From<CommandError> for Failure {
    fn from(error: CommandError) -> Self {
        Self::Call(error)
    }
}

async fn print_items(
    client: &Client,
    args: &Call,
    mut items: CallStream<Value, Value>,
    printer: &mut Printer,
    paused: &mut Duration,
) -> std::result::Result<(), Failure> {
    let mut streamed = false;
    let gone = reader_is_gone();
    tokio::pin!(gone);
    loop {
        let item = tokio::select! {
            biased;
            item = items.next() => item,
            // A command that returns all at once may have work to do that nobody needs to hear of.
            () = &mut gone, if streamed => return Err(Failure::CutOff),
        };
        let Some(item) = item.transpose()? else {
            break;
        };
        streamed = true;
        let line = output::as_json(&item, true).map_err(Failure::Output)?;
        let clock = Instant::now();
        printer.line(line).await.map_err(|error| match error {
            Unprinted::ReaderGone => Failure::CutOff,
            Unprinted::Failed(error) => Failure::Output(error),
        })?;
        *paused += clock.elapsed();
    }
    let result = items.finish().await?;
    // What a stream that had nothing to say ends with is no result either.
    let nothing = result.is_null() && (streamed || streams(&client.registry, &args.id).await);
    let printed = if nothing {
        Ok(())
    } else {
        let line = output::as_json(&result, args.json).map_err(Failure::Output)?;
        printer.line(line).await
    };
    match printed.and(printer.finish().await) {
        Ok(()) => Ok(()),
        Err(Unprinted::ReaderGone) if streamed => Err(Failure::CutOff),
        // The work is done, whoever reads of it.
        Err(Unprinted::ReaderGone) => Ok(()),
        Err(Unprinted::Failed(error)) => Err(Failure::Output(error)),
    }
}

fn typed(timeout: Duration) -> Duration {
    if timeout.is_zero() { LONGEST } else { timeout }
}

/// Returns how long the call may take: what was typed, but not longer than whoever runs us waits.
fn time_limit(timeout: Duration) -> Duration {
    let typed = typed(timeout);
    match env_vars::get(env_vars::DEADLINE).and_then(|text| text.into_string().ok()) {
        Some(deadline) => typed.min(time_until(&deadline, SystemTime::now()).unwrap_or(typed)),
        None => typed,
    }
}

/// Returns the time until so many milliseconds since 1970; `None` if that is no number.
fn time_until(deadline: &str, now: SystemTime) -> Option<Duration> {
    let deadline = Duration::from_millis(deadline.trim().parse().ok()?);
    let now = now.duration_since(UNIX_EPOCH).ok()?;
    Some(deadline.saturating_sub(now))
}

/// Waits until nobody reads what we print, as `head` does when it has had enough. For ever if stdout is of a
/// kind that cannot lose its reader.
async fn reader_is_gone() {
    let stdout = || io::stdout().as_fd().try_clone_to_owned();
    let can_lose_it = |stdout: &OwnedFd| {
        let kind = fstat(stdout).map(|stat| FileType::from_raw_mode(stat.st_mode));
        kind.is_ok_and(|kind| matches!(kind, FileType::Fifo | FileType::Socket))
    };
    let Some(stdout) = stdout().ok().filter(can_lose_it) else {
        return std::future::pending().await;
    };
    // A thread, because it may have to wait for ever; the end of the program does not wait for it.
    let waits = tokio::task::spawn_blocking(move || {
        // Errors and hang-ups are reported unasked.
        let mut stdout = [PollFd::new(&stdout, PollFlags::empty())];
        while poll(&mut stdout, None) == Err(rustix::io::Errno::INTR) {}
    });
    if waits.await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Asks the daemon whether a command streams; `false` if it cannot say.
async fn streams(registry: &CommandRegistry, id: &str) -> bool {
    let description = tokio::time::timeout(PATIENCE, bus::describe(registry, id)).await;
    let schema = description.ok().and_then(|description| {
        let schema = description.ok()?.command?.schema?;
        schema.response
    });
    schema.is_some_and(|response| response.get(STREAM_KEYWORD).is_some())
}

async fn explain(
    client: &Client,
    args: &Call,
    error: CommandError,
    limit: Duration,
    took: Duration,
) -> Error {
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
            None => Error::new(
                exit::NOT_FOUND,
                output::printable(&format!("command not found: {text}")),
            ),
        },
        // Reached well before our own limit, so it was another one.
        CommandError::Timeout if took + ROUNDING < limit => {
            let whose = match args.idle_timeout {
                Some(_) => "at `--idle-timeout` or a limit of its provider",
                None => "at a limit of its provider",
            };
            let took = crate::duration::show(took);
            Error::new(
                exit::TIMEOUT,
                format!("`{id}` was given up after {took}, {whose}"),
            )
        }
        CommandError::Timeout => {
            let mend = if limit < typed(args.timeout) {
                "that is all the time that whoever runs this has left"
            } else {
                "give it longer with `--timeout`"
            };
            let limit = crate::duration::show(limit);
            Error::new(
                exit::TIMEOUT,
                format!("no answer from `{id}` within {limit}; {mend}"),
            )
        }
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
    fn the_deadline_of_whoever_runs_us_is_read_as_unix_time() {
        let now = UNIX_EPOCH + Duration::from_millis(5_000);
        assert_eq!(time_until("5250", now), Some(Duration::from_millis(250)));
        assert_eq!(time_until("1", now), Some(Duration::ZERO));
        assert_eq!(time_until("", now), None);
        assert_eq!(time_until("soon", now), None);
    }
}
