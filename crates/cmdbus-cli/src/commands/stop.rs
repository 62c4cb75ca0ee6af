//! `cmdbus stop`

use std::path::PathBuf;
use std::time::{Duration, Instant};

use cmdbus::bus::Address;
use cmdbus_broker::discovery::Discovery;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tokio::net::UnixStream;

use crate::args::{Global, Stop};
use crate::exit::{Error, Result};
use crate::instance::Instance;
use crate::output;
use crate::place::Place;

/// How often the lock is looked at while the daemon ends.
const LOOK: Duration = Duration::from_millis(20);

pub(crate) async fn run(global: &Global, args: &Stop) -> Result<u8> {
    if let (Some(address), None) = (&global.bus, &global.discovery)
        && !matches!(address.parse()?, Address::Unix(_))
    {
        return Err(Error::usage(
            "only a bus of this machine can be stopped, and only through its Unix socket",
        ));
    }
    let instance = Instance::of(super::profile(global)?)?;
    if args.hold {
        let place = match &global.discovery {
            Some(file) => Place::of_file(file, Some(&instance)),
            None => Place::of_profile(instance.clone(), &instance.prepared()?)?,
        };
        place.hold()?;
    }
    let target = Target::of(global, &instance)?;
    let Some(pid) = target.find().await? else {
        if target.is_locked()? {
            return Err(Error::failure(format!(
                "the bus runs and cannot be reached at `{}`; `cmdbus doctor` says more",
                target.socket.display()
            )));
        }
        if args.json {
            output::json(&json!({"stopped": false, "pid": null}), false)?;
        } else {
            output::note("no bus is running");
        }
        return Ok(0);
    };
    let number = pid.as_raw_nonzero().get();
    let signal = if args.release {
        Signal::USR2
    } else {
        Signal::TERM
    };
    kill_process(pid, signal)
        .map_err(|error| Error::failure(format!("cannot signal process {number}: {error}")))?;
    let told = Instant::now();
    while !target.is_gone(pid)? {
        if told.elapsed() > args.timeout {
            return Err(Error::failure(format!(
                "process {number} has been told to stop and has not ended after {}; its log is in `{}`",
                crate::duration::show(args.timeout),
                target.log_folder(&instance).display()
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

/// What is to be stopped.
struct Target {
    /// `None` if the bus is known by its address only, or if the profile has never had one.
    place: Option<Place>,
    socket: PathBuf,
    by_address: bool,
}

impl Target {
    fn of(global: &Global, instance: &Instance) -> Result<Self> {
        if let Some(file) = &global.discovery {
            let place = Place::of_file(file, Some(instance));
            let broker = Discovery::read(&place.discovery)
                .map_err(|error| Error::io("read", &place.discovery, error))?;
            let socket = broker.and_then(|broker| broker.bus_socket());
            return Ok(Self {
                socket: socket.unwrap_or_else(|| place.live_socket()),
                place: Some(place),
                by_address: false,
            });
        }
        let by_address = global.bus.is_some();
        let socket = match super::connection(global)?.address()? {
            Address::Unix(path) => path,
            _ => instance.paths.live_socket(),
        };
        let place = if by_address {
            None
        } else {
            Place::of_profile_if_any(instance)?
        };
        Ok(Self {
            place,
            socket,
            by_address,
        })
    }

    fn is_locked(&self) -> Result<bool> {
        self.place.as_ref().map_or(Ok(false), Place::is_locked)
    }

    /// Returns the process to signal: whoever serves at the socket, if it is ours and, for a place, its daemon.
    async fn find(&self) -> Result<Option<Pid>> {
        let Ok(stream) = UnixStream::connect(&self.socket).await else {
            return self.find_by_broker().await;
        };
        let foreign = || {
            Error::failure(format!(
                "another program serves at `{}`; it is no cmdbus daemon of yours, and is left alone",
                self.socket.display()
            ))
        };
        let peer = stream.peer_cred().map_err(|error| {
            Error::failure(format!("cannot tell which process runs the bus: {error}"))
        })?;
        if peer.uid() != rustix::process::geteuid().as_raw() {
            return Err(foreign());
        }
        if !self.by_address && !self.is_locked()? {
            // A daemon that ended just now has let go of both.
            return match UnixStream::connect(&self.socket).await {
                Ok(_) => Err(foreign()),
                Err(_) => Ok(None),
            };
        }
        let pid = peer.pid().and_then(Pid::from_raw);
        pid.map(Some)
            .ok_or_else(|| Error::failure("cannot tell which process runs the bus"))
    }

    /// Returns the process of a broker that could bind no socket for the bus. It is the one in the discovery
    /// file, as it knows the token there.
    async fn find_by_broker(&self) -> Result<Option<Pid>> {
        match &self.place {
            Some(place) if place.is_locked()? => {
                let broker = super::serve::healthy_broker(&place.discovery).await;
                let pid = broker.and_then(|broker| i32::try_from(broker.pid).ok());
                Ok(pid.and_then(Pid::from_raw))
            }
            _ => Ok(None),
        }
    }

    /// The daemon has ended when its lock is free, or when the process is gone: the next daemon may hold the lock
    /// already. Of a bus given by its address we know only the process.
    fn is_gone(&self, pid: Pid) -> Result<bool> {
        Ok(has_ended(pid) || (!self.by_address && !self.is_locked()?))
    }

    fn log_folder(&self, instance: &Instance) -> PathBuf {
        match &self.place {
            Some(place) => place.log_folder.clone(),
            None => instance.log_folder(),
        }
    }
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
