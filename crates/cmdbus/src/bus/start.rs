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

/// The daemon's exit code when it is not to be started on demand.
const ON_HOLD: i32 = 3;

/// Makes a folder that only the user may enter, with its parents.
pub(super) fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
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
        let _lock = self.lock(paths)?;
        if std::os::unix::net::UnixStream::connect(&paths.socket).is_ok() {
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
        // The daemon detaches itself when it serves; its exit code and stderr say how it went.
        let output = command
            .stdin(Stdio::null())
            .output()
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => self.failed(
                    "no such program; install cmdbus, or name it in `CMDBUS_BIN`".to_owned(),
                ),
                _ => self.failed(error.to_string()),
            })?;
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
    fn lock(&self, paths: &Paths) -> Result<File, ConnectError> {
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
        let deadline = Instant::now() + START_LIMIT;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(lock),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(20));
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
