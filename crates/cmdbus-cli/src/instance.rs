//! What a profile has of its own: folders and token. And the lock that makes a process the daemon.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use cmdbus::bus::{Paths, Profile};
use cmdbus_broker::discovery::new_secret;

use crate::exit::{Error, Result};

/// The file that keeps the named tokens, in the folder of the state.
pub(crate) const TOKENS_FILE: &str = "tokens.json";

/// Where one profile keeps things.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    pub(crate) profile: Profile,
    pub(crate) paths: Paths,
}

impl Instance {
    pub(crate) fn of(profile: Profile) -> Result<Self> {
        let paths = Paths::of(&profile)?;
        Ok(Self { profile, paths })
    }

    /// Makes the profile's state folder, and its token if there is none yet.
    pub(crate) fn prepared(&self) -> Result<String> {
        private_folder(&self.paths.state)?;
        self.token_or_new()
    }

    pub(crate) fn log_folder(&self) -> PathBuf {
        self.paths.state.join("log")
    }

    fn token_file(&self) -> PathBuf {
        self.paths.state.join("token")
    }

    /// Returns the file that keeps the named tokens.
    pub(crate) fn tokens_file(&self) -> PathBuf {
        self.paths.state.join(TOKENS_FILE)
    }

    /// Reads the profile's token, if it has one already.
    pub(crate) fn token(&self) -> Result<Option<String>> {
        read_token(&self.token_file())
    }

    /// Reads the profile's token, or makes it. Two processes that do this at once get the same one.
    fn token_or_new(&self) -> Result<String> {
        let path = self.token_file();
        if let Some(token) = read_token(&path)? {
            return Ok(token);
        }
        let token = new_secret()
            .map_err(|error| Error::failure(format!("cannot make a token: {error}")))?;
        let temporary = self
            .paths
            .state
            .join(format!("token.tmp.{}", std::process::id()));
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&temporary)?;
            file.write_all(token.as_bytes())?;
            file.write_all(b"\n")?;
            file.sync_all()
        };
        write().map_err(|error| Error::io("write", &temporary, error))?;
        // Unlike a rename, a link never replaces the token that somebody else has just made.
        let linked = fs::hard_link(&temporary, &path);
        let _ = fs::remove_file(&temporary);
        match linked {
            Ok(()) => Ok(token),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read_token(&path)?
                .ok_or_else(|| Error::failure(format!("`{}` has vanished", path.display()))),
            Err(error) => Err(Error::io("write", &path, error)),
        }
    }
}

fn read_token(path: &Path) -> Result<Option<String>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", path, error)),
    };
    let mut text = String::new();
    file.take(4096)
        .read_to_string(&mut text)
        .map_err(|error| Error::io("read", path, error))?;
    let token = text.trim();
    if token.is_empty() || token.contains(char::is_whitespace) {
        return Err(Error::failure(format!(
            "`{}` holds no token; remove it, and a new one is made at the next start",
            path.display()
        )));
    }
    Ok(Some(token.to_owned()))
}

/// Makes a folder that only the user may enter, and refuses one that others could tamper with.
pub(crate) fn private_folder(path: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| {
            Error::failure(format!(
                "cannot create the folder `{}`: {error}; make its parent writable, or set `CMDBUS_HOME` to a folder of yours",
                path.display()
            ))
        })?;
    check_folder(path)
}

/// Refuses a folder that belongs to somebody else or that others may write to.
pub(crate) fn check_folder(path: &Path) -> Result<()> {
    let meta = fs::metadata(path).map_err(|error| Error::io("look at", path, error))?;
    let own = rustix::process::geteuid().as_raw();
    if meta.uid() != own {
        return Err(Error::failure(format!(
            "`{}` belongs to user {}, not to you ({own}); choose another place with `CMDBUS_HOME`, or `chown` it",
            path.display(),
            meta.uid()
        )));
    }
    let mode = meta.permissions().mode() & 0o777;
    if mode & 0o022 != 0 {
        return Err(Error::failure(format!(
            "others may write to `{}` (mode {mode:o}); run `chmod 700 {}`",
            path.display(),
            path.display()
        )));
    }
    Ok(())
}

/// The lock that makes a process the daemon. The system releases it however the process ends.
#[derive(Debug)]
pub(crate) struct InstanceLock {
    _file: File,
}

impl InstanceLock {
    /// Takes the lock, or returns `None` if a live process holds it.
    pub(crate) fn try_take(path: &Path) -> Result<Option<Self>> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path)
            .map_err(|error| Error::io("open", path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(Error::io("lock", path, error)),
        }
    }
}
