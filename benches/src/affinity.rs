//! Which CPUs the processes of a row may run on.
//!
//! With one call in flight between processes, most of what a call takes is the waking of whoever is next. How long that
//! takes depends on where the scheduler has put whom: an idle CPU may need several times as long to wake up as the call
//! itself. On one CPU nobody has to be woken elsewhere, and the same row has the same ratio in every run.

#[cfg(target_os = "linux")]
use std::marker::PhantomData;

#[cfg(target_os = "linux")]
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::Result;
use crate::parts::Bench;

/// Where the processes of a row run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cpus {
    /// All on the same.
    One,
    /// Wherever the scheduler puts them.
    Any,
}

impl Cpus {
    /// Sees to it that what this thread starts runs there, for as long as what is returned is there. Where the system
    /// cannot do that, it says so and leaves them to the scheduler.
    pub fn hold(self, bench: &mut Bench) -> Result<Option<OneCpu>> {
        if self == Self::Any {
            return Ok(None);
        }
        let held = OneCpu::hold()?;
        if held.is_none() {
            let why = "only Linux is asked for it; those rows are left to the scheduler too";
            bench.skip("all processes of a row on one CPU", why)?;
        }
        Ok(held)
    }
}

/// Keeps the thread that made it on one CPU, and with it every process that this thread starts: they inherit where they
/// may run. Dropped, the thread may run where it could before; what it has started stays.
#[cfg(target_os = "linux")]
pub struct OneCpu {
    before: CpuSet,
    /// Only that thread can give back what it had, so this stays with it.
    _own: PhantomData<*const ()>,
}

#[cfg(target_os = "linux")]
impl OneCpu {
    /// Takes the last CPU of those on which this thread may run.
    pub fn hold() -> Result<Option<Self>> {
        let before = sched_getaffinity(None)?;
        let last = (0..CpuSet::MAX_CPU).rev().find(|cpu| before.is_set(*cpu));
        let mut one = CpuSet::new();
        one.set(last.ok_or("there is no CPU to run on")?);
        sched_setaffinity(None, &one)?;
        Ok(Some(Self {
            before,
            _own: PhantomData,
        }))
    }
}

#[cfg(target_os = "linux")]
impl Drop for OneCpu {
    fn drop(&mut self) {
        // It was so before. Should those CPUs be gone meanwhile, the thread stays where it is, and what is measured then
        // is of no use anyway.
        let _ = sched_setaffinity(None, &self.before);
    }
}

/// What there is not on other systems.
#[cfg(not(target_os = "linux"))]
pub enum OneCpu {}

#[cfg(not(target_os = "linux"))]
impl OneCpu {
    pub fn hold() -> Result<Option<Self>> {
        Ok(None)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Starts a child, and returns where it may run: `1`, or `0-3,8`.
    fn allowed() -> Result<String> {
        let said = std::process::Command::new("cat")
            .arg("/proc/self/status")
            .output()?;
        let said = String::from_utf8(said.stdout)?;
        let cpus = said
            .lines()
            .find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        Ok(cpus.ok_or("no list of CPUs")?.trim().to_owned())
    }

    /// Returns the last CPU of a list.
    fn last(list: &str) -> &str {
        list.rsplit([',', '-']).next().unwrap_or_default()
    }

    #[test]
    fn a_child_started_meanwhile_runs_on_the_last_cpu_and_one_started_after_it_on_all() -> Result {
        let all = allowed()?;
        let held = OneCpu::hold()?;
        assert_eq!(allowed()?, last(&all));
        drop(held);
        assert_eq!(allowed()?, all);
        Ok(())
    }

    #[test]
    fn a_thread_that_has_only_one_cpu_keeps_it() -> Result {
        let all = allowed()?;
        let outer = OneCpu::hold()?;
        let inner = OneCpu::hold()?;
        assert_eq!(allowed()?, last(&all));
        drop(inner);
        assert_eq!(allowed()?, last(&all));
        drop(outer);
        assert_eq!(allowed()?, all);
        Ok(())
    }
}
