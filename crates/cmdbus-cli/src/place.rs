//! Where one daemon keeps things and what it serves, be it that of a profile or of another pair.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use cmdbus::bus::socket_in;
use cmdbus_broker::discovery::{
    DEFAULT_ACCOUNT, FILE_NAME, Identity, Pair, data_folder, log_folder, spawn_lock, vars,
};

use crate::env_vars;
use crate::exit::{Error, Result};
use crate::instance::{Instance, InstanceLock, check_folder, private_folder};

/// The place of a daemon: one per (account, token) pair.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The profile whose daemon it is, if it is one's.
    pub(crate) profile: Option<Instance>,
    pub(crate) account: String,
    /// Lock, hold, and what is durable.
    pub(crate) folder: PathBuf,
    pub(crate) discovery: PathBuf,
    pub(crate) log_folder: PathBuf,
    /// The Unix sockets of the bus. The first is the one that others are told of.
    pub(crate) sockets: Vec<PathBuf>,
    /// Folders above that are the product's too, so that nobody else may write to them.
    above: Vec<PathBuf>,
}

impl Place {
    /// The place of a profile's daemon.
    pub(crate) fn of_profile(instance: Instance, token: &str) -> Result<Self> {
        let pair =
            Pair::new(DEFAULT_ACCOUNT, token).map_err(|error| Error::failure(error.to_string()))?;
        let folder = pair.folder(&data()?);
        Ok(Self {
            account: pair.account().to_owned(),
            discovery: folder.join(FILE_NAME),
            log_folder: instance.log_folder(),
            sockets: vec![instance.paths.socket.clone()],
            above: above(&folder),
            profile: Some(instance),
            folder,
        })
    }

    /// The place of a profile's daemon, if the profile has a token, without which it never had one.
    pub(crate) fn of_profile_if_any(instance: &Instance) -> Result<Option<Self>> {
        match instance.token()? {
            Some(token) => Self::of_profile(instance.clone(), &token).map(Some),
            None => Ok(None),
        }
    }

    /// The place of `cmdbus broker`. It is the daemon of the `current` profile if that has the same pair.
    pub(crate) fn of_identity(identity: Identity, current: Option<&Instance>) -> Result<Self> {
        let pair = match identity {
            Identity::File { path, account } => {
                return Ok(Self {
                    account,
                    ..Self::of_file(&path, current)
                });
            }
            Identity::Pair(pair) => pair,
        };
        let data = data()?;
        let folder = pair.folder(&data);
        let account = pair.account().to_owned();
        let place = Self {
            account,
            log_folder: log_folder(&data),
            above: above(&folder),
            ..Self::of_file(&folder.join(FILE_NAME), None)
        };
        Ok(place.joined_with(current))
    }

    /// The place that a discovery file makes.
    pub(crate) fn of_file(discovery: &Path, current: Option<&Instance>) -> Self {
        let discovery = std::path::absolute(discovery).unwrap_or_else(|_| discovery.to_owned());
        let folder = discovery.parent().unwrap_or(Path::new("/")).to_owned();
        let place = Self {
            profile: None,
            account: DEFAULT_ACCOUNT.to_owned(),
            log_folder: folder.join("log"),
            sockets: vec![socket_in(&folder)],
            above: Vec::new(),
            folder,
            discovery,
        };
        place.joined_with(current)
    }

    /// Where `cmdbus broker` logs, which it must know before it knows its place.
    pub(crate) fn log_folder_of_broker(var: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
        match var(vars::DISCOVERY_FILE) {
            Some(file) => Some(Self::of_file(&file, None).log_folder),
            None => data_folder(var).map(|data| log_folder(&data)),
        }
    }

    /// Serves the profile's socket as well if the profile's pair is this one.
    fn joined_with(mut self, current: Option<&Instance>) -> Self {
        // A profile whose token cannot be read has no daemon to be.
        let of_profile = current.and_then(|instance| Self::of_profile_if_any(instance).ok()?);
        if let Some(of_profile) = of_profile
            && same_file(&self.discovery, &of_profile.discovery)
        {
            self.sockets.splice(0..0, of_profile.sockets);
            self.profile = of_profile.profile;
        }
        self
    }

    /// Makes the folder, and refuses one that others could tamper with.
    pub(crate) fn make_folder(&self) -> Result<()> {
        private_folder(&self.folder)?;
        self.folders().try_for_each(check_folder)
    }

    /// Returns the folder and those above it that are the product's.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &Path> {
        let above = self.above.iter().map(PathBuf::as_path);
        std::iter::once(self.folder.as_path()).chain(above)
    }

    /// Returns the file that keeps the daemon from being started on demand.
    pub(crate) fn hold_file(&self) -> PathBuf {
        self.folder.join("hold")
    }

    /// Keeps the daemon from being started on demand.
    pub(crate) fn hold(&self) -> Result<()> {
        self.make_folder()?;
        let path = self.hold_file();
        OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(|error| Error::io("write", &path, error))?;
        Ok(())
    }

    /// Returns the file whose lock the daemon holds.
    pub(crate) fn lock_file(&self) -> PathBuf {
        self.folder.join("broker.lock")
    }

    /// Returns whether a live process is this place's daemon.
    pub(crate) fn is_locked(&self) -> Result<bool> {
        let path = self.lock_file();
        Ok(path.exists() && InstanceLock::try_take(&path)?.is_none())
    }

    /// Returns the socket at which the daemon is reached.
    pub(crate) fn live_socket(&self) -> PathBuf {
        match &self.profile {
            Some(instance) => instance.paths.live_socket(),
            None => self.sockets[0].clone(),
        }
    }

    /// Removes a spawn lock that keeps clients from ever starting a broker again. Returns whether there was one.
    pub(crate) fn mend_spawn_lock(&self) -> Result<bool> {
        spawn_lock::repair(&self.discovery, SystemTime::now())
            .map_err(|error| Error::io("mend", &spawn_lock::path(&self.discovery), error))
    }

    /// Says whose it is, for people.
    pub(crate) fn name(&self) -> String {
        match &self.profile {
            Some(instance) => format!("the bus of profile `{}`", instance.profile.name()),
            None => format!("the broker of account `{}`", self.account),
        }
    }
}

fn data() -> Result<PathBuf> {
    data_folder(env_vars::path)
        .ok_or_else(|| Error::usage("cannot tell where to keep data: set `HOME` or `CMDBUS_HOME`"))
}

/// Returns the folders between the user's data folder and a pair's, outermost last.
fn above(folder: &Path) -> Vec<PathBuf> {
    let above = folder.ancestors().skip(1).take(2);
    above.map(Path::to_owned).collect()
}

/// Returns whether two paths name the same file, which need not exist.
fn same_file(a: &Path, b: &Path) -> bool {
    let folder = |path: &Path| {
        path.parent()
            .and_then(|folder| fs::canonicalize(folder).ok())
    };
    a == b || (a.file_name() == b.file_name() && folder(a).is_some_and(|a| folder(b) == Some(a)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_of_a_discovery_file_is_in_its_folder() {
        let place = Place::of_file(Path::new("/d/x.json"), None);
        assert_eq!(place.folder, Path::new("/d"));
        assert_eq!(place.lock_file(), Path::new("/d/broker.lock"));
        assert_eq!(place.hold_file(), Path::new("/d/hold"));
        assert_eq!(place.log_folder, Path::new("/d/log"));
        assert_eq!(place.live_socket(), Path::new("/d/bus.sock"));
    }

    #[test]
    fn the_folders_above_a_pair_are_the_accounts_and_the_brokers() {
        assert_eq!(
            above(Path::new("/d/runtime-broker/a/k")),
            [
                Path::new("/d/runtime-broker/a"),
                Path::new("/d/runtime-broker")
            ]
        );
    }

    #[test]
    fn the_same_file_may_have_two_paths() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path(), &link).unwrap();
        let plain = folder.path().join("d.json");
        assert!(same_file(&plain, &link.join("d.json")));
        assert!(!same_file(&plain, &link.join("e.json")));
        assert!(same_file(Path::new("/no/where"), Path::new("/no/where")));
        assert!(!same_file(Path::new("/no/where"), Path::new("/not/where")));
    }
}
