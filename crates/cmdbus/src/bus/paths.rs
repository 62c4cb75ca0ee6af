//! Where the parts of one user's bus are on disk.

use std::env;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::ConnectError;
use super::start::answers;
use crate::channel::unix::fits_socket;

/// The name of a bus of one user. Most users have one, `default`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile(String);

impl Profile {
    /// Checks a name: 1 to 32 letters, digits, `_` and `-`.
    ///
    /// # Errors
    /// [`ConnectError::Usage`] says what is allowed.
    pub fn new(name: impl Into<String>) -> Result<Self, ConnectError> {
        let name = name.into();
        let fits = (1..=32).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        if fits {
            Ok(Self(name))
        } else {
            Err(ConnectError::Usage(format!(
                "`{name}` is no profile name: use 1 to 32 letters, digits, `_` and `-`"
            )))
        }
    }

    /// Returns the profile that `CMDBUS_PROFILE` names, else `default`.
    ///
    /// # Errors
    /// The variable holds no profile name.
    pub fn from_env() -> Result<Self, ConnectError> {
        match env::var("CMDBUS_PROFILE") {
            Ok(name) if !name.is_empty() => Self::new(name),
            _ => Self::new("default"),
        }
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// Where one profile's bus keeps what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The profile's state: token, logs. Only the user may read it.
    pub state: PathBuf,
    /// The socket that clients connect to.
    pub socket: PathBuf,
    /// Where the socket would be if its path were not too long for this platform; equal to `socket`
    /// if it is not.
    pub wanted_socket: PathBuf,
}

impl Paths {
    /// Returns the paths of a profile, from `CMDBUS_HOME`, else the XDG folders.
    ///
    /// # Errors
    /// [`ConnectError::Usage`] if there is neither `CMDBUS_HOME` nor `HOME`.
    pub fn of(profile: &Profile) -> Result<Self, ConnectError> {
        Self::from_vars(profile, |name| env::var_os(name).map(PathBuf::from))
    }

    /// Returns the file in which the daemon notes where its socket really is.
    pub fn socket_note(&self) -> PathBuf {
        self.state.join("socket")
    }

    /// Returns the socket of the daemon that runs, if it is not where this process would put it: two
    /// environments of one user may differ, such as a login session and a cron job in `XDG_RUNTIME_DIR`.
    /// Otherwise [`socket`](Self::socket).
    pub fn live_socket(&self) -> PathBuf {
        let noted = std::fs::read_to_string(self.socket_note())
            .ok()
            .map(|text| PathBuf::from(text.trim_end_matches('\n')))
            .filter(|noted| noted.is_absolute() && *noted != self.socket);
        match noted {
            Some(noted) if !answers(&self.socket) && answers(&noted) => noted,
            _ => self.socket.clone(),
        }
    }

    fn from_vars(
        profile: &Profile,
        var: impl Fn(&str) -> Option<PathBuf>,
    ) -> Result<Self, ConnectError> {
        // The XDG rules: a path that is not absolute is as good as none.
        let absolute = |name: &str| var(name).filter(|path| path.is_absolute());
        let runtime = absolute("XDG_RUNTIME_DIR");
        let (state, socket) = match var("CMDBUS_HOME").filter(|path| !path.as_os_str().is_empty()) {
            Some(home) => {
                let home = std::path::absolute(&home).unwrap_or(home);
                let state = home.join("state").join(profile.name());
                let socket = state.join("bus.sock");
                (state, socket)
            }
            None => {
                let base = absolute("XDG_STATE_HOME")
                    .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
                    .ok_or_else(|| {
                        ConnectError::Usage(
                            "cannot tell where to keep state: set `HOME` or `CMDBUS_HOME`".into(),
                        )
                    })?;
                let state = base.join("cmdbus").join(profile.name());
                let socket = match &runtime {
                    Some(runtime) => runtime
                        .join("cmdbus")
                        .join(format!("{}.sock", profile.name())),
                    None => state.join("bus.sock"),
                };
                (state, socket)
            }
        };
        Ok(Self {
            state,
            wanted_socket: socket.clone(),
            socket: short_socket(socket, runtime.as_deref()),
        })
    }
}

/// Returns where the socket of a bus is that keeps its things in `folder`: `bus.sock` there, or a short path
/// elsewhere if that one is too long for this platform.
pub fn socket_in(folder: &Path) -> PathBuf {
    let runtime = env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    short_socket(folder.join("bus.sock"), runtime.as_deref())
}

/// Returns the path itself if a socket can have it, else a short one made from its folder.
fn short_socket(wanted: PathBuf, runtime: Option<&Path>) -> PathBuf {
    if fits_socket(&wanted) {
        return wanted;
    }
    let folder = wanted.parent().unwrap_or(&wanted);
    let digest = Sha256::digest(folder.as_os_str().as_encoded_bytes());
    let name: String = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let name = format!("cmdbus-{name}.sock");
    let own = format!("cmdbus-{}", rustix::process::geteuid().as_raw());
    runtime
        .map(|runtime| runtime.join(&name))
        .filter(|path| fits_socket(path))
        .unwrap_or_else(|| env::temp_dir().join(own).join(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(vars: &[(&str, &str)]) -> Paths {
        let profile = Profile::new("default").unwrap();
        Paths::from_vars(&profile, |name| {
            vars.iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| PathBuf::from(value))
        })
        .unwrap()
    }

    #[test]
    fn the_socket_is_in_the_runtime_folder_and_state_in_the_state_folder() {
        let found = paths(&[("HOME", "/h"), ("XDG_RUNTIME_DIR", "/run/user/1")]);
        assert_eq!(found.state, Path::new("/h/.local/state/cmdbus/default"));
        assert_eq!(found.socket, Path::new("/run/user/1/cmdbus/default.sock"));
        let found = paths(&[("HOME", "/h"), ("XDG_STATE_HOME", "/s")]);
        assert_eq!(found.socket, Path::new("/s/cmdbus/default/bus.sock"));
    }

    #[test]
    fn cmdbus_home_overrides_both() {
        let found = paths(&[("CMDBUS_HOME", "/c"), ("XDG_RUNTIME_DIR", "/run/user/1")]);
        assert_eq!(found.state, Path::new("/c/state/default"));
        assert_eq!(found.socket, Path::new("/c/state/default/bus.sock"));
    }

    #[test]
    fn a_relative_xdg_folder_counts_as_none() {
        let found = paths(&[
            ("HOME", "/h"),
            ("XDG_STATE_HOME", "s"),
            ("XDG_RUNTIME_DIR", "r"),
        ]);
        assert_eq!(
            found.socket,
            Path::new("/h/.local/state/cmdbus/default/bus.sock")
        );
    }

    #[test]
    fn a_path_too_long_for_a_socket_is_replaced_by_a_short_one() {
        let deep = format!("/{}", "deep/".repeat(40));
        let found = paths(&[("CMDBUS_HOME", &deep), ("XDG_RUNTIME_DIR", "/run/user/1")]);
        assert!(found.wanted_socket.starts_with(&deep));
        assert!(fits_socket(&found.socket));
        assert_eq!(found.socket.parent(), Some(Path::new("/run/user/1")));
        let without = paths(&[("CMDBUS_HOME", &deep)]);
        assert!(without.socket.starts_with(env::temp_dir()));
        assert_eq!(without.socket.file_name(), found.socket.file_name());
    }

    #[test]
    fn a_socket_elsewhere_counts_if_it_is_noted_and_answers() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        let found = paths(&[("CMDBUS_HOME", home.to_str().unwrap())]);
        std::fs::create_dir_all(&found.state).unwrap();
        let elsewhere = folder.path().join("elsewhere.sock");
        assert_eq!(found.live_socket(), found.socket);
        std::fs::write(found.socket_note(), format!("{}\n", elsewhere.display())).unwrap();
        assert_eq!(found.live_socket(), found.socket, "nobody answers there");
        let _there = std::os::unix::net::UnixListener::bind(&elsewhere).unwrap();
        assert_eq!(found.live_socket(), elsewhere);
        let _here = std::os::unix::net::UnixListener::bind(&found.socket).unwrap();
        assert_eq!(found.live_socket(), found.socket);
    }

    #[test]
    fn profile_names_are_checked() {
        for name in ["default", "a-b_C9", &"x".repeat(32)] {
            assert!(Profile::new(name).is_ok(), "{name}");
        }
        for name in ["", "a/b", "..", "ü", &"x".repeat(33)] {
            assert!(Profile::new(name).is_err(), "{name}");
        }
    }
}
