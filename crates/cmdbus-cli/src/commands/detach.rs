//! Starting a daemon in the background: this program once more, which says when it serves.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::args::Global;
use crate::env_vars;
use crate::exit::{self, Error, Result};

/// How long a daemon in the background may take until it serves.
const LIMIT: Duration = Duration::from_secs(20);
/// Line with which the background process says that it serves.
const READY: &str = "ready";

/// How a start in the background went.
pub(super) enum Detached {
    /// This process serves.
    Serves(u32),
    /// It ended well without serving, usually because another one does, and said this.
    Ended(String),
}

/// Returns the command that starts this program with a verb that serves in the background.
pub(super) fn command(global: &Global, verb: &str) -> Result<Command> {
    let program = std::env::current_exe()
        .map_err(|error| Error::failure(format!("cannot find this program: {error}")))?;
    let mut command = Command::new(program);
    command.args([verb, "--background"]);
    command.args(["--profile", super::profile(global)?.name()]);
    if let Some(config) = &global.config {
        let config = std::path::absolute(config).unwrap_or_else(|_| config.clone());
        command.args([OsString::from("--config"), config.into()]);
    }
    // The profile is named above; the rest is for clients.
    for name in [env_vars::BUS, env_vars::PROFILE, env_vars::TOKEN] {
        command.env_remove(name);
    }
    Ok(command)
}

/// Starts the process and waits until it serves. Blocks.
pub(super) fn start(mut command: Command) -> Result<Detached> {
    // What the shell that started us has open, such as a lock or a pipe, is not for a process that stays.
    close_fds::set_fds_cloexec(3, &[]);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Error::failure(format!("cannot start in the background: {error}")))?;
    let deadline = Instant::now() + LIMIT;
    // Both end with the process, or when it lets go of them because it serves.
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr) = (read_aside(stdout), read_aside(stderr));
    let left = || deadline.saturating_duration_since(Instant::now());
    let said = stdout.recv_timeout(left());
    let (Ok(said), Ok(complaint)) = (said, stderr.recv_timeout(left())) else {
        return Err(give_up(&mut child));
    };
    if said.trim_end() == READY {
        return Ok(Detached::Serves(child.id()));
    }
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if left().is_zero() => return Err(give_up(&mut child)),
            Ok(None) => std::thread::sleep(Duration::from_millis(5)),
            Err(error) => {
                return Err(Error::failure(format!(
                    "cannot wait for the daemon: {error}"
                )));
            }
        }
    };
    match status.code() {
        Some(0) => Ok(Detached::Ended(complaint.trim().to_owned())),
        code => {
            let message = complaint.trim();
            let message = message.strip_prefix("error: ").unwrap_or(message);
            let code = code.and_then(|code| u8::try_from(code).ok());
            Err(Error::new(
                code.unwrap_or(exit::FAILURE),
                if message.is_empty() {
                    format!("the daemon ended at once: {status}")
                } else {
                    message.to_owned()
                },
            ))
        }
    }
}

/// Reads a stream to its end on a thread, so that nobody need wait for it for ever.
fn read_aside(stream: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, text) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            // What came before an error is all there is.
            let _ = stream.read_to_end(&mut bytes);
        }
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    text
}

/// Ends a daemon that does not get to serve.
fn give_up(child: &mut Child) -> Error {
    let _ = child.kill();
    let _ = child.wait();
    Error::failure(format!(
        "the daemon did not get to serve within {} s; see `cmdbus doctor`",
        LIMIT.as_secs()
    ))
}

/// Leaves the session of whoever started us: the terminal's signals are not for a daemon in the background.
pub(super) fn leave_session() -> Result<()> {
    rustix::process::setsid()
        .map(drop)
        .map_err(|error| Error::failure(format!("cannot leave the session: {error}")))
}

/// Tells the process that waits for us that we serve, and lets go of it.
pub(super) fn announce() -> Result<()> {
    let said = writeln!(io::stdout(), "{READY}").and_then(|()| io::stdout().flush());
    if let Err(error) = said {
        // Whoever started us did not wait; others find us all the same.
        tracing::debug!(%error, "nobody waits for the bus to serve");
    }
    let null = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/null");
    // Letting go of both is what the waiting process waits for.
    let released = null.and_then(|null| {
        rustix::stdio::dup2_stdout(&null)?;
        rustix::stdio::dup2_stderr(&null)?;
        Ok(())
    });
    released.map_err(|error| Error::failure(format!("cannot let go of the terminal: {error}")))
}
