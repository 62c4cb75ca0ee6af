//! Processes as `/proc` shows them.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::PathBuf;

use rustix::io::Errno;

use super::{Liveness, LivenessProbe, Process};

/// Longer than any `/proc/PID/stat`: 52 numbers and a name of at most 64 bytes.
const STAT_BYTES: usize = 2048;

/// Looks at the processes of this machine.
#[derive(Clone, Debug)]
pub struct SystemProbe {
    proc: PathBuf,
    boot: Option<String>,
}

impl SystemProbe {
    /// Makes a probe of the running system.
    pub fn new() -> Self {
        Self::at(PathBuf::from("/proc"))
    }

    fn at(proc: PathBuf) -> Self {
        let boot = fs::read_to_string(proc.join("sys/kernel/random/boot_id")).ok();
        let boot = boot.map(|id| id.trim().to_owned());
        Self {
            proc,
            boot: boot.filter(|id| !id.is_empty()),
        }
    }

    fn stat(&self, pid: u32) -> io::Result<Option<Stat>> {
        let mut bytes = [0; STAT_BYTES];
        let mut file = File::open(self.proc.join(pid.to_string()).join("stat"))?;
        let length = file.read(&mut bytes)?;
        Ok(Stat::parse(&bytes[..length]))
    }

    fn is_of_another_boot(&self, process: &Process) -> bool {
        match (&process.boot, &self.boot) {
            (Some(then), Some(now)) => then != now,
            _ => false,
        }
    }
}

impl Default for SystemProbe {
    fn default() -> Self {
        Self::new()
    }
}

impl LivenessProbe for SystemProbe {
    fn identify(&self, pid: u32) -> Process {
        let stat = self.stat(pid).ok().flatten();
        Process {
            pid,
            start: stat.map(|stat| stat.start),
            boot: self.boot.clone(),
        }
    }

    fn alive(&self, process: &Process) -> Liveness {
        let Some(start) = process.start else {
            return Liveness::Unknown;
        };
        if self.is_of_another_boot(process) {
            return Liveness::Dead;
        }
        match self.stat(process.pid) {
            Ok(Some(stat)) if stat.is_alive && stat.start == start => Liveness::Alive,
            Ok(Some(_)) => Liveness::Dead,
            Err(error) if is_gone(&error) => Liveness::Dead,
            // Such as no free descriptor, which says nothing about the process.
            Ok(None) | Err(_) => Liveness::Unknown,
        }
    }
}

/// Returns whether there is no such process. It may also end between opening the file and reading it.
fn is_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound || Errno::from_io_error(error) == Some(Errno::SRCH)
}

/// What `/proc/PID/stat` tells.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stat {
    is_alive: bool,
    /// In clock ticks since the boot.
    start: u64,
}

impl Stat {
    fn parse(stat: &[u8]) -> Option<Self> {
        // After the name, which may hold anything, also parentheses and spaces.
        let name_end = stat.iter().rposition(|byte| *byte == b')')?;
        let rest = std::str::from_utf8(&stat[name_end + 1..]).ok()?;
        // The state is field 3; those of a line are counted from 1.
        let mut fields = rest.split_ascii_whitespace();
        let state = fields.next()?;
        let threads: u64 = fields.nth(20 - 4)?.parse().ok()?;
        let start = fields.nth(22 - 21)?.parse().ok()?;
        // The first thread may have ended before the others: then it is a zombie and the process lives.
        let is_dead = matches!(state, "Z" | "X" | "x") && threads <= 1;
        Some(Self {
            is_alive: !is_dead,
            start,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOT: &str = "5f1f7f0e-92a7-4d3c-a5a4-0f6f6b1f7d11";

    fn line(name: &str, state: &str, threads: u64, start: u64) -> String {
        format!(
            "41 ({name}) {state} 1 41 41 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 {threads} 0 {start} 9 9"
        )
    }

    /// A `/proc` with process 41 and nobody else.
    fn proc_with(stat: &str) -> (tempfile::TempDir, SystemProbe) {
        let folder = tempfile::tempdir().unwrap();
        let random = folder.path().join("sys/kernel/random");
        fs::create_dir_all(&random).unwrap();
        fs::write(random.join("boot_id"), format!("{BOOT}\n")).unwrap();
        fs::create_dir(folder.path().join("41")).unwrap();
        fs::write(folder.path().join("41/stat"), stat).unwrap();
        let probe = SystemProbe::at(folder.path().to_owned());
        (folder, probe)
    }

    fn seen(start: u64) -> Process {
        Process {
            pid: 41,
            start: Some(start),
            boot: Some(BOOT.to_owned()),
        }
    }

    #[test]
    fn a_process_is_its_number_start_time_and_boot_whatever_its_name() {
        for name in ["sh", "a) Z 9 (b", "", "tab\there"] {
            let (_folder, probe) = proc_with(&line(name, "S", 1, 777));
            assert_eq!(probe.identify(41), seen(777), "{name:?}");
            assert_eq!(probe.alive(&seen(777)), Liveness::Alive, "{name:?}");
        }
    }

    #[test]
    fn w9_every_dead_state_is_dead_unless_other_threads_go_on() {
        for state in ["Z", "X", "x"] {
            let (_folder, probe) = proc_with(&line("sh", state, 1, 777));
            assert_eq!(probe.alive(&seen(777)), Liveness::Dead, "{state}");
        }
        let (_folder, probe) = proc_with(&line("go", "Z", 3, 777));
        assert_eq!(probe.alive(&seen(777)), Liveness::Alive);
    }

    #[test]
    fn w9_another_start_time_or_another_boot_is_another_process() {
        let (_folder, probe) = proc_with(&line("sh", "S", 1, 778));
        assert_eq!(probe.alive(&seen(777)), Liveness::Dead);
        let mut earlier = seen(778);
        earlier.boot = Some("another".to_owned());
        assert_eq!(probe.alive(&earlier), Liveness::Dead);
        // Recorded where the boot could not be told: the start time decides.
        earlier.boot = None;
        assert_eq!(probe.alive(&earlier), Liveness::Alive);
    }

    #[test]
    fn what_cannot_be_read_is_unknown_and_not_dead() {
        let (folder, probe) = proc_with("41 (sh) S 1");
        assert_eq!(probe.alive(&seen(777)), Liveness::Unknown);
        assert_eq!(probe.identify(41).start, None);
        let file = folder.path().join("41/stat");
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        assert_eq!(probe.alive(&seen(777)), Liveness::Unknown);
        fs::remove_dir(&file).unwrap();
        assert_eq!(probe.alive(&seen(777)), Liveness::Dead);
    }
}
