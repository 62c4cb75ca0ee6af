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

/// Makes a folder that only the user may enter, with its parents.
pub(super) fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Which program is the daemon.
#[derive(Debug, Clone)]
pub(super) struct Program(OsString);

impl Program {
    pub(super) fn new(path: Option<PathBuf>) -> Self {
        Self(
            path.map(PathBuf::into_os_string)
                .or_else(|| std::env::var_os("CMDBUS_BIN").filter(|path| !path.is_empty()))
                .unwrap_or_else(|| "cmdbus".into()),
        )
    }
}

/// Starts the daemon of a profile and waits until it serves, unless somebody else has meanwhile.
///
/// However many processes try at once, one of them starts it: the others wait for a file lock and then
/// find it running. Blocks; call it where that is allowed.
pub(super) fn start_daemon(
    program: &Program,
    profile: &Profile,
    paths: &Paths,
) -> Result<(), ConnectError> {
    let failed = |message: String| ConnectError::Start {
        program: program.0.to_string_lossy().into_owned(),
        message,
    };
    let folder = &paths.state;
    private_folder(folder)
        .map_err(|error| failed(format!("cannot create `{}`: {error}", folder.display())))?;
    let path = folder.join("start.lock");
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(|error| failed(format!("cannot open `{}`: {error}", path.display())))?;
    let deadline = Instant::now() + START_LIMIT;
    loop {
        match lock.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(failed(format!(
                    "somebody else has been starting it for {} s; see `cmdbus doctor`",
                    START_LIMIT.as_secs()
                )));
            }
            Err(TryLockError::Error(error)) => {
                return Err(failed(format!("cannot lock `{}`: {error}", path.display())));
            }
        }
    }
    if std::os::unix::net::UnixStream::connect(&paths.socket).is_ok() {
        return Ok(());
    }
    // The daemon detaches itself when it serves; its exit code and stderr say how it went.
    let output = Command::new(&program.0)
        .args([
            "daemon",
            "--detach",
            "--on-demand",
            "--profile",
            profile.name(),
        ])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                failed("no such program; install cmdbus, or name it in `CMDBUS_BIN`".to_owned())
            }
            _ => failed(error.to_string()),
        })?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let message = stderr.trim();
    let message = message.strip_prefix("error: ").unwrap_or(message);
    Err(if message.is_empty() {
        failed(output.status.to_string())
    } else {
        failed(message.to_owned())
    })
}
