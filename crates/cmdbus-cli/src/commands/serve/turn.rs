//! Whether it is this process's turn to be the daemon: hold and lock.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Starter, health, sockets};
use crate::exit::{self, Error, Result};
use crate::instance::InstanceLock;
use crate::output;
use crate::place::Place;

/// How long a second daemon waits for the first one to become healthy or go.
const BUSY_LIMIT: Duration = Duration::from_secs(5);

/// Returns the lock if it is this process's turn to serve, and `None` if it is right that it does not.
pub(super) async fn come(place: &Place, by: Starter) -> Result<Option<InstanceLock>> {
    place.make_folder()?;
    let hold = place.hold_file();
    if !may_start(&hold, by)? {
        return Ok(None);
    }
    let Some(lock) = take_lock(place, by).await? else {
        tracing::info!("not starting: the one that runs is healthy");
        output::note(&format!("{} is running already", place.name()));
        return Ok(None);
    };
    // Whoever had the lock may have been stopped with a hold while we waited.
    Ok(may_start(&hold, by)?.then_some(lock))
}

/// Looks at a hold. On demand it is an error, for the broker of a client a reason to go in peace; a person
/// who starts the bus lifts it.
fn may_start(hold: &Path, by: Starter) -> Result<bool> {
    if !hold.exists() {
        return Ok(true);
    }
    match by {
        Starter::Verb => Err(Error::new(
            exit::NO_BUS,
            format!(
                "the bus is on hold (`{}`); start it with `cmdbus daemon`",
                hold.display()
            ),
        )),
        Starter::Client => {
            tracing::info!(hold = %hold.display(), "not starting: on hold");
            output::note(&format!(
                "the broker is on hold; remove `{}` to lift that",
                hold.display()
            ));
            Ok(false)
        }
        Starter::Person => match fs::remove_file(hold) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::io("remove", hold, error))
            }
            _ => Ok(true),
        },
    }
}

/// Takes the instance lock, or returns `None` if a healthy daemon holds it.
async fn take_lock(place: &Place, by: Starter) -> Result<Option<InstanceLock>> {
    let path = place.lock_file();
    let deadline = Instant::now() + BUSY_LIMIT;
    loop {
        if let Some(lock) = InstanceLock::try_take(&path)? {
            return Ok(Some(lock));
        }
        let healthy = match by {
            Starter::Client => health::broker(&place.discovery).await.is_some(),
            Starter::Person | Starter::Verb => sockets::is_healthy(&place.live_socket()).await,
        };
        if healthy {
            return Ok(None);
        }
        if Instant::now() > deadline {
            return Err(Error::new(
                exit::TEMPORARY,
                format!(
                    "another process holds `{}` and does not serve; see `cmdbus doctor`",
                    path.display()
                ),
            ));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_stops_a_start_on_demand_and_is_lifted_by_a_person() {
        let folder = tempfile::tempdir().unwrap();
        let hold = folder.path().join("hold");
        assert!(may_start(&hold, Starter::Verb).unwrap());
        fs::write(&hold, "").unwrap();
        let error = may_start(&hold, Starter::Verb).unwrap_err();
        assert_eq!(error.code(), exit::NO_BUS);
        assert!(!may_start(&hold, Starter::Client).unwrap());
        assert!(hold.exists());
        assert!(may_start(&hold, Starter::Person).unwrap());
        assert!(!hold.exists());
    }
}
