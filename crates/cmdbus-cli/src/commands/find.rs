//! How a verb finds the broker: a given discovery file, else that of the profile.

use std::path::{Path, PathBuf};
use std::time::Duration;

use cmdbus::bus;
use cmdbus_broker::discovery::Discovery;
use tokio::time::timeout;

use super::detach::{self, Detached};
use super::{Client, serve};
use crate::args::Global;
use crate::env_vars;
use crate::exit::{self, Error, Result};
use crate::instance::Instance;
use crate::place::Place;

/// How long a daemon that has just been started is waited for, once it is connected to.
const ANSWER: Duration = Duration::from_secs(5);

/// Returns the broker that `--discovery` names, else `CMDBUS_DISCOVERY_FILE`, else the profile. If none is there,
/// it is started, unless that is forbidden or it is on hold.
///
/// # Errors
/// There is no broker, with the exit code for it.
pub(crate) async fn find_broker(global: &Global) -> Result<Discovery> {
    match given_file(global) {
        Some(file) => of_file(global, &file).await,
        None => of_profile(global).await,
    }
}

/// Returns the folder of the broker that [`find_broker`] finds or starts.
pub(crate) fn broker_folder(global: &Global) -> Result<PathBuf> {
    let place = match given_file(global) {
        Some(file) => Place::of_file(&file, None),
        None => {
            let instance = Instance::of(super::profile(global)?)?;
            let token = instance.prepared()?;
            Place::of_profile(instance, &token)?
        }
    };
    place.make_folder()?;
    Ok(place.folder)
}

fn given_file(global: &Global) -> Option<PathBuf> {
    let typed = global.discovery.clone();
    typed.or_else(|| env_vars::path(env_vars::DISCOVERY_FILE))
}

async fn of_profile(global: &Global) -> Result<Discovery> {
    let instance = Instance::of(super::profile(global)?)?;
    if let Some(place) = Place::of_profile_if_any(&instance)?
        && let Some(broker) = look(&place).await
    {
        return Ok(broker);
    }
    let profile = Global {
        bus: None,
        discovery: None,
        ..global.clone()
    };
    // Whoever joins the bus starts it if need be. A daemon that answers has written its file; one that is only connected to may
    // still be about to.
    let client = Client::new(&profile).await?;
    let _ = timeout(ANSWER, bus::status(&client.registry)).await;
    client.registry.dispose().await;
    let place = Place::of_profile_if_any(&instance)?;
    let found = match &place {
        Some(place) => serve::healthy_broker(&place.discovery).await,
        None => None,
    };
    found.ok_or_else(|| {
        Error::new(
            exit::NO_BUS,
            "the bus is running and its broker does not answer; `cmdbus doctor` says more",
        )
    })
}

/// Returns the broker of a discovery file.
pub(super) async fn of_file(global: &Global, file: &Path) -> Result<Discovery> {
    let place = Place::of_file(file, None);
    if let Some(broker) = look(&place).await {
        return Ok(broker);
    }
    let file = place.discovery.display();
    if place.hold_file().exists() {
        return Err(Error::new(
            exit::NO_BUS,
            format!(
                "the broker of `{file}` is on hold; remove `{}` to lift that",
                place.hold_file().display()
            ),
        ));
    }
    if global.no_start {
        return Err(Error::new(exit::NO_BUS, format!("no broker at `{file}`")));
    }
    let started = start(global.clone(), place.discovery.clone()).await;
    match (started, serve::healthy_broker(&place.discovery).await) {
        (Ok(_), Some(broker)) => Ok(broker),
        (Ok(Detached::Ended(said)), None) if !said.is_empty() => Err(Error::new(
            exit::NO_BUS,
            format!("no broker at `{file}`: {said}"),
        )),
        (Ok(_), None) => Err(Error::new(
            exit::NO_BUS,
            format!(
                "the broker of `{file}` does not answer; its log is in `{}`",
                place.log_folder.display()
            ),
        )),
        (Err(error), _) => Err(Error::new(
            exit::NO_BUS,
            format!("cannot start the broker of `{file}`: {}", error.message()),
        )),
    }
}

/// Returns the broker of a place if it is healthy, and clears away what keeps clients from starting it if not.
async fn look(place: &Place) -> Option<Discovery> {
    let found = serve::healthy_broker(&place.discovery).await;
    if found.is_none()
        && let Err(error) = place.mend_spawn_lock()
    {
        tracing::warn!(error = error.message(), "a spawn lock is in the way");
    }
    found
}

/// Starts the broker of a discovery file. However many do so at once, one of them comes to serve.
async fn start(global: Global, file: PathBuf) -> Result<Detached> {
    let started = tokio::task::spawn_blocking(move || {
        let mut command = detach::command(&global, "broker")?;
        command.env(env_vars::DISCOVERY_FILE, file);
        detach::start(command)
    });
    started
        .await
        .map_err(|error| Error::failure(format!("cannot start: {error}")))?
}
