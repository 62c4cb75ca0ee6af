//! What the machine is and does: cores, disk, memory and processor time of processes.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::Result;
use crate::figures::Figures;

/// What a page of the store is, and so the least that a commit appends.
const PAGE: usize = 4096;

/// Clock ticks of `/proc/<pid>/stat` in a second, on every Linux that is in use.
const TICKS: f64 = 100.0;

/// Writes what has to be known of the machine to read the rest.
pub fn describe(figures: &mut Figures, folder: &Path) -> Result {
    let (machine, load) = (machine()?, load());
    figures.note(&format!(
        "{machine}, load {load:.1}, folder {}",
        folder.display()
    ))
}

/// Returns what kind of machine it is.
pub fn machine() -> Result<String> {
    let cores = std::thread::available_parallelism()?.get();
    let model = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1))
        .unwrap_or("unknown");
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    Ok(format!("{cores} cores ({model}), Linux {}", kernel.trim()))
}

/// Returns how many tasks wanted to run in the last minute.
pub fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = text.split(' ').next().and_then(|word| word.parse().ok());
    first.unwrap_or(f64::NAN)
}

/// Appends pages, each made durable before the next, and returns what one takes on average, in microseconds.
pub fn fdatasync(folder: &Path, pages: usize) -> Result<f64> {
    let path = folder.join("fdatasync");
    let mut file = File::create(&path)?;
    // The log of the store has its length as well: a file that grows costs more.
    file.write_all(&vec![0; pages * PAGE])?;
    file.sync_all()?;
    file.seek(SeekFrom::Start(0))?;
    let begun = Instant::now();
    for _ in 0..pages {
        file.write_all(&[1; PAGE])?;
        file.sync_data()?;
    }
    let each = begun.elapsed().as_secs_f64() * 1e6 / pages as f64;
    fs::remove_file(path)?;
    Ok(each)
}

/// Returns the processor time of a process so far, in seconds.
pub fn cpu(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    let ticks = after_name.split(' ').skip(11).take(2);
    let sum: u64 = ticks.filter_map(|word| word.parse::<u64>().ok()).sum();
    Ok(sum as f64 / TICKS)
}

/// Returns the processor time of all living threads of a process so far, in seconds, more finely than [`cpu`].
pub fn processor(pid: u32) -> Result<f64> {
    Ok(threads(pid)?.values().sum())
}

/// Returns the processor time of each living thread of a process so far, summed by name, in seconds.
pub fn threads(pid: u32) -> Result<BTreeMap<String, f64>> {
    let mut sums = BTreeMap::new();
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let task = task?.path();
        // A thread may end meanwhile.
        let (Ok(name), Ok(spent)) = (
            fs::read_to_string(task.join("comm")),
            fs::read_to_string(task.join("schedstat")),
        ) else {
            continue;
        };
        let nanos = spent.split(' ').next().and_then(|n| n.parse::<f64>().ok());
        *sums.entry(name.trim().to_owned()).or_default() += nanos.unwrap_or(0.0) / 1e9;
    }
    Ok(sums)
}

/// Returns how often threads of a process have been given the processor so far.
pub fn switches(pid: u32) -> Result<f64> {
    let mut sum = 0.0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let status = fs::read_to_string(task?.path().join("status"))?;
        let counts = status.lines().filter(|line| line.contains("ctxt_switches"));
        sum += counts
            .filter_map(|line| line.split_whitespace().last()?.parse::<f64>().ok())
            .sum::<f64>();
    }
    Ok(sum)
}

/// Returns the resident memory of a process, in kilobytes.
pub fn resident(pid: u32) -> Result<f64> {
    memory(pid, "VmRSS")
}

/// Returns the part of it that is no file's. Pages of the program itself come and go as the system likes.
pub fn resident_own(pid: u32) -> Result<f64> {
    memory(pid, "RssAnon")
}

fn memory(pid: u32, what: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let kilobytes = status
        .lines()
        .find(|line| line.starts_with(what))
        .and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    kilobytes.ok_or_else(|| "the system does not tell resident memory".into())
}

/// Returns where a program is on the `PATH`.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}
