//! `cmdbus broker`: the daemon as clients of the broker launch it (protocol §2.2).
//!
//! They say nothing on the command line and look at nothing but the discovery file, so whatever keeps it
//! from serving is in the log.

use std::path::PathBuf;

use cmdbus_broker::discovery::Identity;

use super::detach;
use super::serve::{self, Start, Starter};
use crate::args::{Broker, Global};
use crate::exit::{self, Error, Result};
use crate::instance::{Instance, private_folder};
use crate::place::Place;
use crate::{config, env_vars, log};

pub(crate) fn run(global: &Global, args: &Broker) -> Result<u8> {
    if args.background {
        detach::leave_session()?;
    }
    serve::prepare_process();
    if let Some(folder) = Place::log_folder_of_broker(|name| var(global, name)) {
        // The folder that holds it is checked before anything is written there.
        folder.parent().map_or(Ok(()), private_folder)?;
        log::to_files(&folder)?;
    }
    let result = serve(global, args);
    if let Err(error) = &result {
        tracing::error!(code = error.code(), "{}", error.message());
    }
    log::flush();
    result
}

fn serve(global: &Global, args: &Broker) -> Result<u8> {
    let identity = Identity::resolve(|name| var(global, name))
        .map_err(|error| Error::new(exit::CONFIG, error.to_string()))?;
    let profile = super::profile(global)?;
    let config = config::load(global, profile.name())?;
    // Without a place for its state there is no such profile, and the broker serves all the same.
    let current = Instance::of(profile).ok();
    let place = Place::of_identity(identity, current.as_ref())?;
    let start = Start {
        by: Starter::Client,
        background: args.background,
        tied: false,
    };
    serve::run(&place, &config, start)
}

/// Returns an environment variable; the discovery file may be named on the command line as well.
fn var(global: &Global, name: &str) -> Option<PathBuf> {
    let given = global.discovery.clone();
    given
        .filter(|_| name == env_vars::DISCOVERY_FILE)
        .or_else(|| env_vars::path(name))
}
