//! The Unix sockets of the bus.

use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cmdbus::CommandRegistry;
use cmdbus::bus::{self, Address, Connect};
use tokio::net::{UnixListener, UnixStream};

use super::Starter;
use crate::exit::{Error, Result};
use crate::instance::private_folder;
use crate::place::Place;

/// The sockets of a daemon, and the note of where the profile's is. Taken away by [`remove`](Self::remove).
pub(super) struct Sockets {
    pub(super) paths: Vec<PathBuf>,
    note: Option<PathBuf>,
}

impl Sockets {
    /// Binds the sockets of a place. Called by the holder of the lock.
    pub(super) async fn bind(place: &Place, by: Starter) -> Result<(Self, Vec<UnixListener>)> {
        let (mut paths, mut listeners) = (Vec::new(), Vec::new());
        for path in &place.sockets {
            match bind(path).await {
                Ok(listener) => {
                    paths.push(path.clone());
                    listeners.push(listener);
                }
                // Clients of the broker have no use for the bus, so it is not to cost them the broker.
                Err(error) if by == Starter::Client => {
                    tracing::error!(error = error.message(), "no bus at this socket");
                }
                Err(error) => return Err(error),
            }
        }
        let own = place.profile.as_ref().map(|own| &own.paths);
        let note = own
            .filter(|own| paths.contains(&own.socket))
            .map(|own| (own, own.socket_note()));
        if let Some((own, note)) = &note {
            fs::write(note, format!("{}\n", own.socket.display()))
                .map_err(|error| Error::io("write", note, error))?;
        }
        let note = note.map(|(_, note)| note);
        Ok((Self { paths, note }, listeners))
    }

    /// Takes them away: clients that come now find nobody, rather than a bus that is about to go.
    pub(super) fn remove(&self) {
        for path in self.paths.iter().chain(&self.note) {
            // Whoever removed it has done our work.
            let _ = fs::remove_file(path);
        }
    }
}

/// Returns whether a daemon answers at a socket.
pub(in crate::commands) async fn is_healthy(socket: &Path) -> bool {
    let ask = async {
        let registry = CommandRegistry::new(bus::client_config());
        let joined = Connect::to(Address::Unix(socket.to_owned()))
            .join(&registry)
            .await
            .is_ok();
        let healthy = joined && bus::status(&registry).await.is_ok();
        registry.dispose().await;
        healthy
    };
    tokio::time::timeout(Duration::from_secs(1), ask)
        .await
        .unwrap_or(false)
}

/// Binds the socket. Called by the holder of the lock, so a socket that is there is a dead daemon's,
/// unless somebody answers.
async fn bind(path: &Path) -> Result<UnixListener> {
    if let Some(folder) = path.parent() {
        private_folder(folder)?;
    }
    if let Ok(meta) = fs::symlink_metadata(path) {
        // A connection to a plain file is refused too, and what is in it may be precious.
        if !meta.file_type().is_socket() {
            return Err(Error::failure(format!(
                "`{}` is in the way and is no socket; move it away",
                path.display()
            )));
        }
        match UnixStream::connect(path).await {
            Ok(_) => {
                return Err(Error::failure(format!(
                    "another program serves at `{}`; stop it, or use another `--profile`",
                    path.display()
                )));
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                fs::remove_file(path).map_err(|error| Error::io("replace", path, error))?;
            }
            Err(error) => {
                return Err(Error::failure(format!(
                    "`{}` is in the way and cannot be used ({error}); remove it",
                    path.display()
                )));
            }
        }
    }
    UnixListener::bind(path).map_err(|error| Error::io("listen at", path, error))
}
