//! How many instructions a plain call takes: a figure that a busy machine does not change.

use std::path::{Path, PathBuf};
use std::process::Command;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// What is counted, as `examples/hot_path.rs` of the crate `cmdbus` knows it.
const PARTS: [(&str, &str); 3] = [
    ("typed", "typed call, handler in the same registry"),
    ("linked", "call between two registries in memory"),
    ("hop", "the same with a third one in between"),
];
/// The difference between two runs leaves out what is done once.
const CALLS: [u64; 2] = [500, 2500];

/// Counts with callgrind, which must be installed, and prints one line for each part.
pub(crate) fn run() -> Result<()> {
    let program = build()?;
    let folder = tempfile::tempdir()?;
    for (part, what) in PARTS {
        let mut counts = [0; 2];
        for (count, calls) in counts.iter_mut().zip(CALLS) {
            *count = count_of(&program, folder.path(), part, calls)?;
        }
        let per_call = (counts[1] - counts[0]) / (CALLS[1] - CALLS[0]);
        println!("{part:7} {per_call:>7} instructions  {what}");
    }
    Ok(())
}

fn build() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--release", "--package", "cmdbus"])
        .args(["--example", "hot_path"])
        .status()?;
    if !built.success() {
        return Err("`hot_path` does not build".into());
    }
    // This program is `<target>/release/xtask`.
    let own = std::env::current_exe()?;
    let folder = own.parent().ok_or("this program is in no folder")?;
    Ok(folder.join("examples/hot_path"))
}

fn count_of(program: &Path, folder: &Path, part: &str, calls: u64) -> Result<u64> {
    let out = folder.join(format!("{part}-{calls}"));
    let run = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .args([part, &calls.to_string()])
        .output()
        .map_err(|error| format!("cannot run `valgrind`, which counts: {error}"))?;
    if !run.status.success() {
        return Err(String::from_utf8_lossy(&run.stderr).into_owned().into());
    }
    let text = std::fs::read_to_string(&out)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    Ok(total.ok_or("callgrind wrote no total")?.trim().parse()?)
}
