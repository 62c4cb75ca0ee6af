//! A process and all it starts, as one process group, from its start to its last trace.
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

/// How often is looked whether a group is gone, after some looks in quicker succession.
const LOOK: Duration = Duration::from_millis(20);

/// How the process that leads a group has ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    /// By itself, with this code.
    Exit(i32),
    /// By this signal.
    Signal(i32),
}

/// A process group. Dropped before its end, it is killed.
#[derive(Debug)]
pub struct Group {
    leader: Pid,
    child: Child,
    /// Tells that some child of ours has ended.
    children: unix::Signal,
    /// Whether the number still belongs to this group.
    is_ours: bool,
}

impl Group {
    /// Starts a process in a group of its own. Needs a tokio runtime.
    ///
    /// # Errors
    /// The process cannot be started, or its end cannot be learnt of.
    pub fn spawn(command: &mut Command) -> io::Result<Self> {
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
    pub fn pid(&self) -> u32 {
        self.leader.as_raw_nonzero().get().unsigned_abs()
    }

    /// Returns the exit code of the process that leads the group, if it has ended with one.
    pub fn exit_code(&mut self) -> Option<i32> {
        match self.look_at_leader() {
            Ok(Some(End::Exit(code))) => Some(code),
            _ => None,
        }
    }

    /// Returns stdin, stdout and stderr, once, of those that are pipes.
    pub fn pipes(&mut self) -> Option<(ChildStdin, ChildStdout, ChildStderr)> {
        let child = &mut self.child;
        Some((
            child.stdin.take()?,
            child.stdout.take()?,
            child.stderr.take()?,
        ))
    }

    /// Waits for the end of the process that leads the group. Cancel safe.
    ///
    /// # Errors
    /// Somebody else has reaped it.
    pub async fn leader_end(&mut self) -> io::Result<End> {
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
    pub async fn end(&mut self, grace: Duration) {
        self.signal(Signal::TERM);
        let is_gone = self.is_gone_within(grace).await;
        // In any case: somebody may have been started between our look at one process and the next.
        self.signal(Signal::KILL);
        if !is_gone {
            // Whoever survives even this is another user's, or stuck in the kernel.
            self.is_gone_within(grace).await;
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;
    use std::process::Stdio;

    use rustix::process::{getpgid, test_kill_process};

    use super::*;

    const GRACE: Duration = Duration::from_secs(2);

    fn shell(script: &str) -> Group {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdout(Stdio::null());
        Group::spawn(&mut command).unwrap()
    }

    async fn until(holds: impl Fn() -> bool) {
        let wait = async {
            while !holds() {
                sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(4 * GRACE, wait).await.unwrap();
    }

    /// A child that ignores being asked, and then a leader that ends.
    fn leaves_a_child(ready: &Path) -> Group {
        shell(&format!(
            "(trap '' TERM; : > {0}; exec sleep 600) &
             until [ -e {0} ]; do sleep 0.01; done; exit 3",
            ready.display()
        ))
    }

    #[tokio::test]
    async fn the_number_of_a_group_stays_ours_until_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut group = leaves_a_child(&folder.path().join("ready"));
        let leader = group.leader;
        assert_eq!(group.leader_end().await.unwrap(), End::Exit(3));
        assert!(find_member(leader).is_some());
        group.signal(Signal::KILL);
        until(|| find_member(leader).is_none()).await;
        // Nobody is left, and still the number is not free.
        assert_eq!(getpgid(Some(leader)), Ok(leader));
        assert_eq!(group.leader_end().await.unwrap(), End::Exit(3));
        group.end(GRACE).await;
        assert!(!group.is_ours);
        assert!(test_kill_process(leader).is_err(), "it is reaped");
    }

    #[tokio::test]
    async fn who_does_not_end_when_asked_is_ended_after_the_grace() {
        let folder = tempfile::tempdir().unwrap();
        let mut group = leaves_a_child(&folder.path().join("ready"));
        group.leader_end().await.unwrap();
        let begun = Instant::now();
        group.end(GRACE).await;
        assert!((GRACE..2 * GRACE).contains(&begun.elapsed()));
        assert!(find_member(group.leader).is_none());
    }

    #[tokio::test]
    async fn a_group_that_is_gone_already_is_not_waited_for() {
        let mut group = shell("kill -9 $$");
        assert_eq!(group.leader_end().await.unwrap(), End::Signal(9));
        let begun = Instant::now();
        group.end(GRACE).await;
        assert!(begun.elapsed() < GRACE);
    }

    #[tokio::test]
    async fn a_dropped_group_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let mut group = leaves_a_child(&folder.path().join("ready"));
        group.leader_end().await.unwrap();
        let leader = group.leader;
        drop(group);
        until(|| find_member(leader).is_none()).await;
    }

    #[test]
    fn a_process_is_dead_when_all_its_threads_are() {
        let read = |state, threads| {
            let stat = format!("9 (a) b) {state} 1 7 7 0 -1 4 0 0 0 0 0 0 0 0 20 0 {threads} 0 1");
            Stat::read(stat.as_bytes()).unwrap()
        };
        let stat = |is_alive| Stat { group: 7, is_alive };
        assert_eq!(read("S", 1), stat(true));
        assert_eq!(read("Z", 1), stat(false));
        assert_eq!(read("Z", 2), stat(true));
        assert_eq!(Stat::read(b""), None);
    }
}
