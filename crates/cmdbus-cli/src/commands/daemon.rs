//! `cmdbus daemon`: the process that is the bus of a profile.

use clap::ValueEnum as _;

use super::detach::{self, Detached};
use super::serve::{self, Start, Starter};
use crate::args::{Daemon, Global};
use crate::exit::{Error, Result};
use crate::instance::Instance;
use crate::place::Place;
use crate::{config, output};

pub(crate) fn run(global: &Global, args: &Daemon) -> Result<u8> {
    if global.bus.is_some() || global.discovery.is_some() {
        return Err(Error::usage(
            "`daemon` runs the bus of a profile; `--bus`, `CMDBUS_BUS` and `--discovery` name one that runs already",
        ));
    }
    if args.detach {
        return in_background(global, args);
    }
    if args.background {
        detach::leave_session()?;
    }
    let instance = Instance::of(super::profile(global)?)?;
    let mut config = config::load(global, instance.profile.name())?;
    if let Some(auth) = args.gateway_auth {
        config.gateway.auth = auth;
        config.gateway.check_exposure().map_err(Error::usage)?;
    }
    serve::prepare_process();
    let token = instance.prepared()?;
    let start = Start {
        by: if args.on_demand {
            Starter::Verb
        } else {
            Starter::Person
        },
        background: args.background,
        tied: args.tied,
    };
    serve::run(&Place::of_profile(instance, &token)?, &config, start)
}

/// Starts this program once more in the background and waits until it serves.
fn in_background(global: &Global, args: &Daemon) -> Result<u8> {
    let mut command = detach::command(global, "daemon")?;
    if args.on_demand {
        command.arg("--on-demand");
    }
    if let Some(auth) = args.gateway_auth.and_then(|auth| auth.to_possible_value()) {
        command.args(["--gateway-auth", auth.get_name()]);
    }
    match detach::start(command)? {
        Detached::Serves(pid) if !args.on_demand => {
            output::note(&format!("the bus is running (pid {pid})"));
        }
        Detached::Serves(_) => {}
        Detached::Ended(said) => output::note(&said),
    }
    Ok(0)
}
