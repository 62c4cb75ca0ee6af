//! Starting the daemon when it is needed.

use std::ffi::OsString;
use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{ConnectError, Paths, Profile};

/// How long a start may take in all, waiting for somebody else's included.
const START_LIMIT: Duration = Duration::from_secs(15);

/// How often a start is looked after.
const POLL: Duration = Duration::from_millis(5);

/// The daemon's exit code when it is not to be started on demand.
const ON_HOLD: i32 = 3;

/// Makes a folder that only the user may enter, with its parents.
pub(super) fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Returns whether somebody takes connections at a socket. A full queue of them does not count, and does not
/// hold us up.
pub(super) fn answers(socket: &Path) -> bool {
    let Ok(address) = rustix::net::SocketAddrUnix::new(socket) else {
        return false;
    };
    rustix::net::socket_with(
        rustix::net::AddressFamily::UNIX,
        rustix::net::SocketType::STREAM,
        rustix::net::SocketFlags::NONBLOCK | rustix::net::SocketFlags::CLOEXEC,
        None,
    )
    .and_then(|stream| rustix::net::connect(&stream, &address))
    .is_ok()
}

/// How the daemon is started.
pub(super) struct Daemon {
    program: OsString,
    config: Option<PathBuf>,
}

impl Daemon {
    pub(super) fn new(program: Option<PathBuf>, config: Option<PathBuf>) -> Self {
        Self {
            program: program
                .map(PathBuf::into_os_string)
                .or_else(|| std::env::var_os("CMDBUS_BIN").filter(|path| !path.is_empty()))
                .unwrap_or_else(|| "cmdbus".into()),
            // The daemon leaves our working directory.
            config: config.map(|path| std::path::absolute(&path).unwrap_or(path)),
        }
    }

    /// Starts the daemon of a profile and waits until it serves, unless somebody else has meanwhile.
    ///
    /// However many processes try at once, one of them starts it: the others wait for a file lock and then
    /// find it running. Blocks; call it where that is allowed.
    pub(super) fn start(&self, profile: &Profile, paths: &Paths) -> Result<(), ConnectError> {
        let deadline = Instant::now() + START_LIMIT;
        let _lock = self.lock(paths, deadline)?;
        if answers(&paths.live_socket()) {
            return Ok(());
        }
        let mut command = Command::new(&self.program);
        command.args([
            "daemon",
            "--detach",
            "--on-demand",
            "--profile",
            profile.name(),
        ]);
        if let Some(config) = &self.config {
            command.arg("--config").arg(config);
        }
        // What names another bus is for us, not for the daemon.
        for name in ["CMDBUS_BUS", "CMDBUS_PROFILE", "CMDBUS_TOKEN"] {
            command.env_remove(name);
        }
        // The daemon detaches itself when it serves; its exit code and stderr say how it went.
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => self.failed(
                    "no such program; install cmdbus, or name it in `CMDBUS_BIN`".to_owned(),
                ),
                _ => self.failed(error.to_string()),
            })?;
        loop {
            match child.try_wait() {
                Ok(Some(_)) => break,
                Ok(None) if Instant::now() < deadline => std::thread::sleep(POLL),
                Ok(None) => {
                    // It may still get there; what matters is that nobody waits for ever.
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(self.failed(format!(
                        "it does not get to serve within {} s; see `cmdbus doctor`",
                        START_LIMIT.as_secs()
                    )));
                }
                Err(error) => return Err(self.failed(error.to_string())),
            }
        }
        let output = child
            .wait_with_output()
            .map_err(|error| self.failed(error.to_string()))?;
        if output.status.success() {
            return Ok(());
        }
        let stderr = String::from_utf8_lossy(&output.stderr);
        let message = stderr.trim();
        let message = message.strip_prefix("error: ").unwrap_or(message);
        Err(match (output.status.code(), message) {
            (_, "") => self.failed(output.status.to_string()),
            (Some(ON_HOLD), message) => ConnectError::OnHold {
                message: message.to_owned(),
            },
            (_, message) => self.failed(message.to_owned()),
        })
    }

    /// Waits for its turn to start the daemon.
    fn lock(&self, paths: &Paths, deadline: Instant) -> Result<File, ConnectError> {
        let folder = &paths.state;
        private_folder(folder).map_err(|error| {
            self.failed(format!(
                "cannot create the folder `{}`: {error}; make its parent writable, or set `CMDBUS_HOME` to a folder of yours",
                folder.display()
            ))
        })?;
        let path = folder.join("start.lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(|error| self.failed(format!("cannot open `{}`: {error}", path.display())))?;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(lock),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(POLL);
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(self.failed(format!(
                        "somebody else has been starting it for {} s; see `cmdbus doctor`",
                        START_LIMIT.as_secs()
                    )));
                }
                Err(TryLockError::Error(error)) => {
                    return Err(self.failed(format!("cannot lock `{}`: {error}", path.display())));
                }
            }
        }
    }

    fn failed(&self, message: String) -> ConnectError {
        ConnectError::Start {
            program: self.program.to_string_lossy().into_owned(),
            message,
        }
    }
}
