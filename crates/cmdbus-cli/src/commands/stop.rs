//! `cmdbus stop`

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
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
        _ => instance.paths.live_socket(),
    };
    let pid = match find(&instance, &socket, global).await? {
        Some(pid) => pid,
        None if global.bus.is_none() && is_locked(&instance)? => {
            return Err(Error::failure(format!(
                "the bus runs and cannot be reached at `{}`; `cmdbus doctor` says more",
                socket.display()
            )));
        }
        None => {
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
    let told = Instant::now();
    while !is_gone(&instance, pid, global)? {
        if told.elapsed() > args.timeout {
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

/// Returns the process to signal: whoever serves at the socket, if it is ours and, for a profile, its daemon.
async fn find(instance: &Instance, socket: &Path, global: &Global) -> Result<Option<Pid>> {
    let Ok(stream) = UnixStream::connect(socket).await else {
        return Ok(None);
    };
    let foreign = || {
        Error::failure(format!(
            "another program serves at `{}`; it is no cmdbus daemon of yours, and is left alone",
            socket.display()
        ))
    };
    let peer = stream.peer_cred().map_err(|error| {
        Error::failure(format!("cannot tell which process runs the bus: {error}"))
    })?;
    if peer.uid() != rustix::process::geteuid().as_raw() {
        return Err(foreign());
    }
    if global.bus.is_none() && !is_locked(instance)? {
        // A daemon that ended just now has let go of both.
        return match UnixStream::connect(socket).await {
            Ok(_) => Err(foreign()),
            Err(_) => Ok(None),
        };
    }
    let pid = peer.pid().and_then(Pid::from_raw);
    pid.map(Some)
        .ok_or_else(|| Error::failure("cannot tell which process runs the bus"))
}

/// The daemon has ended when its lock is free, or when the process is gone: the next daemon may hold the lock
/// already. Of a bus given by its address we know only the process.
fn is_gone(instance: &Instance, pid: Pid, global: &Global) -> Result<bool> {
    Ok(has_ended(pid) || (global.bus.is_none() && !is_locked(instance)?))
}

/// Returns whether a process is gone, or would be if its parent asked after it.
fn has_ended(pid: Pid) -> bool {
    if rustix::process::test_kill_process(pid).is_err() {
        return true;
    }
    // Where there is no such file, such as on macOS, the lock has to tell.
    std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()))
        .is_ok_and(|stat| is_zombie(&stat))
}

/// Reads the state in `/proc/PID/stat`, after the name, which may hold anything.
fn is_zombie(stat: &str) -> bool {
    let state = stat
        .rsplit_once(')')
        .and_then(|(_, rest)| rest.trim_start().chars().next());
    matches!(state, Some('Z' | 'X'))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zombie_is_told_from_a_process() {
        assert!(is_zombie("12 (cmdbus) Z 1 12"));
        assert!(is_zombie("12 (a) Z (b) X 1 12"));
        assert!(!is_zombie("12 (a) Z (b) S 1 12"));
        assert!(!is_zombie(""));
    }

    #[test]
    fn a_child_nobody_asked_after_has_ended() {
        assert!(!has_ended(rustix::process::getpid()));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
        if cfg!(target_os = "linux") {
            let begun = Instant::now();
            while !has_ended(pid) {
                assert!(begun.elapsed() < Duration::from_secs(10));
                std::thread::sleep(LOOK);
            }
        }
        child.wait().unwrap();
        assert!(has_ended(pid));
    }
}
