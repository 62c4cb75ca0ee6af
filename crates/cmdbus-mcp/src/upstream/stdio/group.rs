//! A child and all it starts, as one process group, from its start to its last trace.
//!
//! The number of a group is that of the process that leads it, and may be given to somebody else as soon as
//! that one has been reaped and nobody else is in the group. Hence the leader is watched without being
//! reaped, and reaped when the group has been signalled for the last time.

use std::fs::{self, File};
use std::io::{self, Read};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};
use rustix::process::{kill_process_group, test_kill_process_group, waitid};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::signal::unix::{self, SignalKind};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

/// Between asking a process group to end and ending it (attach §5).
pub(super) const GRACE: Duration = Duration::from_secs(2);
/// How often is looked whether a group is gone, after some looks in quicker succession.
const LOOK: Duration = Duration::from_millis(20);

/// How the process that leads a group has ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    Exit(i32),
    Signal(i32),
}

/// A process group. Dropped before its end, it is killed.
pub(super) struct Group {
    leader: Pid,
    child: Child,
    /// Tells that some child of ours has ended.
    children: unix::Signal,
    /// Whether the number still belongs to this group.
    is_ours: bool,
}

impl Group {
    /// Starts a process in a group of its own.
    pub(super) fn spawn(command: &mut Command) -> io::Result<Self> {
        // Before the start, so that no end goes unnoticed. It also undoes a `SIGCHLD` that was ignored when
        // we were started, with which nobody would stay to be reaped.
        let children = unix::signal(SignalKind::child())?;
        let child = command.process_group(0).spawn()?;
        let leader = child.id().and_then(|pid| i32::try_from(pid).ok());
        let leader = leader.and_then(Pid::from_raw);
        Ok(Self {
            leader: leader.ok_or_else(|| io::Error::other("the process has no number"))?,
            child,
            children,
            is_ours: true,
        })
    }

    /// Returns the number of the process that leads the group, which is that of the group.
    pub(super) fn pid(&self) -> u32 {
        self.leader.as_raw_nonzero().get().unsigned_abs()
    }

    /// Returns the exit code of the process that leads the group, if it has ended with one.
    pub(super) fn exit_code(&mut self) -> Option<i32> {
        match self.look_at_leader() {
            Ok(Some(End::Exit(code))) => Some(code),
            _ => None,
        }
    }

    /// Returns stdin, stdout and stderr, once, of those that are pipes.
    pub(super) fn pipes(&mut self) -> Option<(ChildStdin, ChildStdout, ChildStderr)> {
        let child = &mut self.child;
        Some((
            child.stdin.take()?,
            child.stdout.take()?,
            child.stderr.take()?,
        ))
    }

    /// Waits for the end of the process that leads the group. Cancel safe.
    pub(super) async fn leader_end(&mut self) -> io::Result<End> {
        loop {
            if let Some(end) = self.look_at_leader()? {
                return Ok(end);
            }
            if self.children.recv().await.is_none() {
                return Err(io::Error::other("nobody tells of its end"));
            }
        }
    }

    /// Asks what is left of the group to end, ends it when the grace is over, and reaps what is ours.
    pub(super) async fn end(&mut self) {
        self.signal(Signal::TERM);
        let is_gone = self.is_gone_within(GRACE).await;
        // In any case: somebody may have been started between our look at one process and the next.
        self.signal(Signal::KILL);
        if !is_gone {
            // Whoever survives even this is another user's, or stuck in the kernel.
            self.is_gone_within(GRACE).await;
        }
        let _ = self.child.wait().await;
        self.is_ours = false;
    }

    async fn is_gone_within(&mut self, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        let mut pause = Duration::from_millis(1);
        let mut member = None;
        loop {
            if !self.has_leader() && !member.is_some_and(|member| is_in(member, self.leader)) {
                member = self.find_member().await;
                if member.is_none() {
                    return true;
                }
            }
            if Instant::now() >= until {
                return false;
            }
            sleep(pause).await;
            pause = (pause * 2).min(LOOK);
        }
    }

    fn has_leader(&mut self) -> bool {
        matches!(self.look_at_leader(), Ok(None))
    }

    async fn find_member(&self) -> Option<Pid> {
        let group = self.is_ours.then_some(self.leader)?;
        // Some microseconds for every process there is.
        let found = spawn_blocking(move || find_member(group)).await;
        // The runtime ends: it will not come to waiting either.
        found.ok()?
    }

    /// Returns how the leader has ended, if it has, and leaves it unreaped.
    fn look_at_leader(&mut self) -> io::Result<Option<End>> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let status = waitid(WaitId::Pid(self.leader), options).inspect_err(|_| {
            // Somebody has reaped it.
            self.is_ours = false;
        })?;
        Ok(status.and_then(|status| {
            let exit = status.exit_status().map(End::Exit);
            exit.or(status.terminating_signal().map(End::Signal))
        }))
    }

    fn signal(&self, signal: Signal) {
        if self.is_ours {
            // There may be nobody left in it.
            let _ = kill_process_group(self.leader, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// Returns somebody in a group who is alive; whoever only waits to be reaped is not.
fn find_member(group: Pid) -> Option<Pid> {
    if !cfg!(target_os = "linux") {
        // Elsewhere the dead are not counted here.
        return test_kill_process_group(group).is_ok().then_some(group);
    }
    // Without `/proc` nobody can tell, and what a program leaves behind gets no grace.
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(Pid::from_raw)
        .find(|process| is_in(*process, group))
}

/// Returns whether a process is alive and in a group.
fn is_in(process: Pid, group: Pid) -> bool {
    if !cfg!(target_os = "linux") {
        return test_kill_process_group(group).is_ok();
    }
    // `getpgid` would do for the group, but `rustix` does not expect its 0 for what runs in the kernel.
    let mut stat = [0; 512];
    let file = File::open(format!("/proc/{}/stat", process.as_raw_nonzero()));
    let length = file.and_then(|mut file| file.read(&mut stat)).unwrap_or(0);
    Stat::read(&stat[..length])
        .is_some_and(|stat| stat.is_alive && stat.group == group.as_raw_nonzero().get())
}

/// What `/proc/PID/stat` tells.
#[derive(Debug, PartialEq)]
struct Stat {
    group: i32,
    is_alive: bool,
}

impl Stat {
    fn read(stat: &[u8]) -> Option<Self> {
        // After the name, which may hold anything.
        let name_end = stat.iter().rposition(|byte| *byte == b')')?;
        let mut fields = std::str::from_utf8(&stat[name_end + 1..])
            .ok()?
            .split_ascii_whitespace();
        let state = fields.next()?;
        let group = fields.nth(1)?.parse().ok()?;
        let threads: u32 = fields.nth(14)?.parse().ok()?;
        // The first thread may have ended before the others.
        let is_alive = !matches!(state, "Z" | "X") || threads > 1;
        Some(Self { group, is_alive })
    }
}
