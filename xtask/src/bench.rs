//! Builds the daemon, what is attached to it, and `benches`, which measures them from outside, and runs the latter.

use std::path::{Path, PathBuf};
use std::process::Command;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// What to measure, as it was typed.
#[derive(clap::Args)]
pub(crate) struct Bench {
    /// Only the parts whose name contains this: send, append, push, idle, reopen, attach-latency, attach-sockets
    #[arg(long, value_name = "NAME", default_value = "")]
    part: String,
    /// How often each figure is taken
    #[arg(long, value_name = "N", default_value_t = 5)]
    reps: usize,
    /// Folder on the disk that matters, if not the temporary one
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// Measures, and appends the figures to `bench/figures.jsonl` in the target folder.
pub(crate) fn run(bench: &Bench) -> Result {
    // This program is `<target>/release/xtask`.
    let own = std::env::current_exe()?;
    let release = own.parent().ok_or("this program is in no folder")?;
    let target = release.parent().ok_or("this program is in no folder")?;
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/Cargo.toml");
    // One after the other: together, each would be built with what only the other asks of a dependency.
    build(target, &["--package", "cmdbus-cli", "--bin", "cmdbus"])?;
    build(target, &["--package", "mcp-fixture"])?;
    let sources = sources.to_str().ok_or("the path of `benches` is no text")?;
    build(target, &["--manifest-path", sources])?;

    let mut command = Command::new(release.join("cmdbus-bench"));
    command
        .arg("run")
        .arg("--program")
        .arg(release.join("cmdbus"))
        .arg("--fixture")
        .arg(release.join("mcp-fixture"))
        .args(["--part", &bench.part, "--reps", &bench.reps.to_string()])
        .arg("--out")
        .arg(target.join("bench/figures.jsonl"));
    if let Some(folder) = &bench.folder {
        command.arg("--folder").arg(folder);
    }
    succeed(&mut command)
}

fn build(target: &Path, what: &[&str]) -> Result {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    succeed(
        Command::new(cargo)
            .args(["build", "--quiet", "--release", "--target-dir"])
            .arg(target)
            .args(what),
    )
}

fn succeed(command: &mut Command) -> Result {
    let status = command.status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} {status}", command.get_program().display()).into())
    }
}
