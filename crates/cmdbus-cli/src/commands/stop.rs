//! `cmdbus stop`

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::time::{Duration, Instant};

use cmdbus::bus::Address;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tokio::net::UnixStream;

use crate::args::{Global, Stop};
use crate::exit::{Error, Result};
use crate::instance::{Instance, InstanceLock, private_folder};
use crate::output;

/// How often the lock is looked at while the daemon ends.
const LOOK: Duration = Duration::from_millis(20);

pub(crate) async fn run(global: &Global, args: &Stop) -> Result<u8> {
    if let Some(address) = &global.bus
        && !matches!(address.parse()?, Address::Unix(_))
    {
        return Err(Error::usage(
            "only a bus of this machine can be stopped, and only through its Unix socket",
        ));
    }
    let instance = Instance::of(super::profile(global)?)?;
    if args.hold {
        hold(&instance)?;
    }
    let socket = match super::connection(global)?.address()? {
        Address::Unix(path) => path,
        _ => instance.paths.socket.clone(),
    };
    let pid = match UnixStream::connect(&socket).await {
        Ok(stream) => stream
            .peer_cred()
            .ok()
            .and_then(|peer| peer.pid())
            .and_then(Pid::from_raw)
            .ok_or_else(|| Error::failure("cannot tell which process runs the bus"))?,
        Err(_) if global.bus.is_none() && is_locked(&instance)? => {
            return Err(Error::failure(format!(
                "the bus runs and cannot be reached at `{}`; `cmdbus doctor` says more",
                socket.display()
            )));
        }
        Err(_) => {
            if args.json {
                output::json(&json!({"stopped": false, "pid": null}), false)?;
            } else {
                output::note("no bus is running");
            }
            return Ok(0);
        }
    };
    let number = pid.as_raw_nonzero().get();
    kill_process(pid, Signal::TERM)
        .map_err(|error| Error::failure(format!("cannot signal process {number}: {error}")))?;
    let deadline = Instant::now() + args.timeout;
    while !is_gone(&instance, pid, global)? {
        if Instant::now() > deadline {
            return Err(Error::failure(format!(
                "process {number} has been told to stop and has not ended after {}; its log is in `{}`",
                crate::duration::show(args.timeout),
                instance.log_folder().display()
            )));
        }
        tokio::time::sleep(LOOK).await;
    }
    if args.json {
        output::json(&json!({"stopped": true, "pid": number}), false)?;
    } else {
        output::line(&format!("stopped (pid {number})"))?;
    }
    Ok(0)
}

/// The daemon has ended when its lock is free; of a bus given by its address we know only the process.
fn is_gone(instance: &Instance, pid: Pid, global: &Global) -> Result<bool> {
    if global.bus.is_some() {
        return Ok(rustix::process::test_kill_process(pid).is_err());
    }
    Ok(!is_locked(instance)?)
}

fn is_locked(instance: &Instance) -> Result<bool> {
    let Some(token) = instance.token()? else {
        return Ok(false);
    };
    let path = instance.lock_file(&token)?;
    Ok(path.exists() && InstanceLock::try_take(&path)?.is_none())
}

fn hold(instance: &Instance) -> Result<()> {
    private_folder(&instance.paths.state)?;
    let token = instance.token_or_new()?;
    private_folder(&instance.pair_folder(&token)?)?;
    let path = instance.hold_file(&token)?;
    OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(|error| Error::io("write", &path, error))?;
    Ok(())
}
