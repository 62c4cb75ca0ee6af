//! Processes where there is no `/proc`.

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use sysinfo::{ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};

use super::{Liveness, LivenessProbe, Process};

/// Looks at the processes of this machine.
#[derive(Clone, Debug, Default)]
pub struct SystemProbe;

impl SystemProbe {
    /// Makes a probe of the running system.
    pub fn new() -> Self {
        Self
    }
}

impl LivenessProbe for SystemProbe {
    fn identify(&self, pid: u32) -> Process {
        Process {
            pid,
            start: look(pid).map(|found| found.start),
            // Start times are points on the calendar here, so no other boot has the same ones.
            boot: None,
        }
    }

    fn alive(&self, process: &Process) -> Liveness {
        let Some(start) = process.start else {
            return Liveness::Unknown;
        };
        match look(process.pid) {
            Some(found) if found.is_dead || found.start != start => Liveness::Dead,
            Some(_) => Liveness::Alive,
            None => without_a_look(process.pid),
        }
    }
}

/// Returns what the system says of a process that was visible once and is not now.
fn without_a_look(pid: u32) -> Liveness {
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
        return Liveness::Dead;
    };
    match test_kill_process(pid) {
        Err(Errno::PERM) => Liveness::Alive,
        Err(Errno::SRCH) => Liveness::Dead,
        // Here whoever may be signalled can be looked at, but for those that wait to be reaped.
        Ok(()) if cfg!(target_os = "macos") => Liveness::Dead,
        Ok(()) | Err(_) => Liveness::Unknown,
    }
}

struct Found {
    /// In seconds since 1970.
    start: u64,
    is_dead: bool,
}

fn look(pid: u32) -> Option<Found> {
    let pid = sysinfo::Pid::from_u32(pid);
    let mut system = System::new();
    let which = ProcessesToUpdate::Some(&[pid]);
    system.refresh_processes_specifics(which, true, ProcessRefreshKind::nothing());
    let process = system.process(pid)?;
    Some(Found {
        start: process.start_time(),
        is_dead: matches!(
            process.status(),
            ProcessStatus::Zombie | ProcessStatus::Dead
        ),
    })
}
