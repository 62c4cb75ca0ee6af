//! `cmdbus provide`: any program as a command.

use std::collections::HashSet;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cmdbus::bus::{LinkState, client_config};
use cmdbus::registry::Config;
use cmdbus::{CommandError, CommandSchema, DynCommand};
use rustix::process::{Pid, Signal, kill_process_group};
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use super::Client;
use super::daemon::Signals;
use crate::args::{Global, Provide};
use crate::exit::{self, Error, Result};
use crate::output;

/// How much of a failed program's stderr its caller gets to see.
const STDERR_TAIL: usize = 4 << 10;
/// Longest result taken from a program.
const RESULT_LIMIT: usize = 16 << 20;
/// Between asking a process group to end and ending it.
const GRACE: Duration = Duration::from_secs(2);
/// How long output is still read after the program has ended, in case something it left behind holds on to it.
const AFTER_EXIT: Duration = Duration::from_millis(500);

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

    let runner = Arc::new(Runner {
        id: args.id.clone(),
        program,
        arguments: arguments.to_vec(),
        timeout: (!args.timeout.is_zero()).then_some(args.timeout),
        groups: Mutex::default(),
    });
    let mut command = DynCommand::new(args.id.clone(), {
        let runner = runner.clone();
        move |request: Value| {
            let runner = runner.clone();
            async move { runner.call(request).await }
        }
    });
    if let Some(description) = &args.description {
        command = command.description(description);
    }
    if let Some(schema) = schema {
        command = command.schema(schema);
    }
    let config = Config {
        max_in_flight_per_channel: args.concurrency as usize,
        ..client_config()
    };

    let mut signals = Signals::new()?;
    let client = if args.standby {
        // Registered before it is connected, the command is offered, and waits where it is not wanted.
        let registry = cmdbus::CommandRegistry::new(config);
        registry.register_command(command).await?;
        let link = super::connection(global)?.join(&registry).await?;
        Client { registry, link }
    } else {
        let client = Client::join(global, config).await?;
        match client.registry.register_command(command).await {
            Ok(()) => {}
            Err(CommandError::DuplicateCommand(id)) => {
                return Err(Error::failure(format!(
                    "`{id}` is provided already; `--standby` waits and takes over when its provider goes"
                )));
            }
            Err(CommandError::ChannelDisconnected) => {
                return Err(Error::new(exit::NO_BUS, "the bus went away"));
            }
            Err(error) => return Err(error.into()),
        }
        client
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
    // No new calls from here on; what runs is asked to end, then ended.
    client.registry.dispose().await;
    runner.end_all().await;
    Ok(0)
}

/// Runs one process per call.
struct Runner {
    id: String,
    program: PathBuf,
    arguments: Vec<OsString>,
    timeout: Option<Duration>,
    /// The process groups that are at work.
    groups: Mutex<HashSet<Pid>>,
}

impl Runner {
    async fn call(&self, request: Value) -> std::result::Result<Value, CommandError> {
        let input = match request {
            Value::Null => String::new(),
            request => format!("{request}\n"),
        };
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .env("CMDBUS_COMMAND", &self.id)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own, so that everything the program starts ends with it.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| self.error(format!("cannot start `{}`: {error}", self.name())))?;
        let group = Group::new(self, child.id());
        let stdin = child.stdin.take();
        let feed = async move {
            if let Some(mut stdin) = stdin {
                // A program that does not read its stdin is none the worse for it.
                let _ = stdin.write_all(input.as_bytes()).await;
                let _ = stdin.shutdown().await;
            }
        };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let ended = {
            let read_out = read_limited(child.stdout.take(), &mut out, RESULT_LIMIT + 1);
            let read_err = read_tail(child.stderr.take(), &mut err);
            let reading = async { tokio::join!(feed, read_out, read_err) };
            tokio::pin!(reading);
            let work = async {
                let mut all_read = false;
                let status = loop {
                    tokio::select! {
                        status = child.wait() => break status,
                        _ = &mut reading, if !all_read => all_read = true,
                    }
                };
                if !all_read {
                    let _ = tokio::time::timeout(AFTER_EXIT, &mut reading).await;
                }
                status
            };
            match self.timeout {
                Some(limit) => tokio::time::timeout(limit, work).await.ok(),
                None => Some(work.await),
            }
        };
        let Some(status) = ended else {
            group.signal(Signal::TERM);
            let _ = tokio::time::timeout(GRACE, child.wait()).await;
            return Err(CommandError::Timeout);
        };
        let status = status.map_err(|error| self.error(format!("lost the process: {error}")))?;
        if !status.success() {
            return Err(self.error(failure(&self.name(), status, &err)));
        }
        if out.len() > RESULT_LIMIT {
            return Err(self.error(format!("the result is longer than {RESULT_LIMIT} bytes")));
        }
        result(out).map_err(|message| self.error(message))
    }

    fn name(&self) -> String {
        self.program.display().to_string()
    }

    fn error(&self, message: String) -> CommandError {
        CommandError::Internal {
            command_id: self.id.clone(),
            message,
        }
    }

    fn groups(&self) -> MutexGuard<'_, HashSet<Pid>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks every process group to end, and ends it when the grace is over.
    async fn end_all(&self) {
        let groups: Vec<Pid> = self.groups().iter().copied().collect();
        for group in &groups {
            let _ = kill_process_group(*group, Signal::TERM);
        }
        let deadline = tokio::time::Instant::now() + GRACE;
        while !self.groups().is_empty() && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for group in self.groups().iter() {
            let _ = kill_process_group(*group, Signal::KILL);
        }
    }
}

/// A process group at work; nothing of it is left when this is dropped.
struct Group<'a> {
    runner: &'a Runner,
    id: Option<Pid>,
}

impl<'a> Group<'a> {
    fn new(runner: &'a Runner, pid: Option<u32>) -> Self {
        let id = pid
            .and_then(|pid| i32::try_from(pid).ok())
            .and_then(Pid::from_raw);
        if let Some(id) = id {
            runner.groups().insert(id);
        }
        Self { runner, id }
    }

    fn signal(&self, signal: Signal) {
        if let Some(id) = self.id {
            // There may be nobody left in it.
            let _ = kill_process_group(id, signal);
        }
    }
}

impl Drop for Group<'_> {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        if let Some(id) = self.id {
            self.runner.groups().remove(&id);
        }
    }
}

async fn read_limited(stream: Option<impl AsyncRead + Unpin>, into: &mut Vec<u8>, limit: usize) {
    let Some(mut stream) = stream else {
        return;
    };
    let mut taken = (&mut stream).take(limit as u64);
    let _ = taken.read_to_end(into).await;
    // The rest is read and dropped, so that the program does not wait for a full pipe.
    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
}

/// Reads all and keeps the end.
async fn read_tail(stream: Option<impl AsyncRead + Unpin>, into: &mut Vec<u8>) {
    let Some(mut stream) = stream else {
        return;
    };
    let mut chunk = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut chunk).await {
        into.extend_from_slice(&chunk[..length]);
        let surplus = into.len().saturating_sub(STDERR_TAIL);
        into.drain(..surplus);
    }
}

/// Makes a result of what a program printed: JSON if it is, else text without one final newline; nothing
/// is no result.
fn result(out: Vec<u8>) -> std::result::Result<Value, String> {
    let text = String::from_utf8(out).map_err(|_| "the result is not UTF-8".to_owned())?;
    if text.is_empty() {
        return Ok(Value::Null);
    }
    match serde_json::from_str(&text) {
        Ok(value) => Ok(value),
        Err(_) => {
            let text = text.strip_suffix('\n').unwrap_or(&text);
            Ok(Value::String(text.to_owned()))
        }
    }
}

fn failure(name: &str, status: ExitStatus, stderr: &[u8]) -> String {
    let how = match (status.code(), status.signal()) {
        (Some(code), _) => format!("exited with {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => status.to_string(),
    };
    let said = String::from_utf8_lossy(stderr);
    match said.trim() {
        "" => format!("`{name}` {how}"),
        said => format!("`{name}` {how}: {said}"),
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
    fn output_is_json_if_it_is_and_text_otherwise() {
        let take = |text: &str| result(text.as_bytes().to_vec()).unwrap();
        assert_eq!(take("{\"a\":1}\n"), json!({"a": 1}));
        assert_eq!(take("HELLO\n"), json!("HELLO"));
        assert_eq!(take("two\nlines\n\n"), json!("two\nlines\n"));
        assert_eq!(take(""), json!(null));
        assert!(result(vec![0xff]).is_err());
    }
}
