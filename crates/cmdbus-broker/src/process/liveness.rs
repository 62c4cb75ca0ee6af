//! Whether a process that was seen once is still alive (protocol §1.6).
//!
//! A number alone does not tell: it is given to somebody else after its owner's end, and it stays taken as
//! long as nobody has asked for how its owner ended. Hence a process is its number and its start time, and
//! whoever only waits to be reaped is dead.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub use linux::SystemProbe;
#[cfg(not(target_os = "linux"))]
pub use other::SystemProbe;

/// A process as it was when it was first seen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// When it was started, in whatever unit the system counts. `None` if it could not be seen.
    pub start: Option<u64>,
    /// The boot of the machine that `start` is counted in, where start times are counted from the boot.
    pub boot: Option<String>,
}

/// What is known about the life of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// It runs.
    Alive,
    /// It has ended, and does not come back.
    Dead,
    /// Nobody can tell.
    Unknown,
}

/// Tells processes apart and whether they live. Both calls take microseconds.
pub trait LivenessProbe: Send + Sync {
    /// Returns who has the number `pid` now.
    fn identify(&self, pid: u32) -> Process;

    /// Returns whether a process that was identified earlier, maybe by an earlier broker, is alive.
    /// A process that was not visible then is unknown for good.
    fn alive(&self, process: &Process) -> Liveness;
}
