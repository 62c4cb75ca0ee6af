//! The broker killed many times: the end-to-end test of it, for longer.

use std::process::Command;

const TEST: &str = "crash::a_broker_killed_at_random_moments_loses_doubles_and_reorders_nothing";

#[derive(clap::Args)]
pub(crate) struct Crash {
    /// How often the broker is killed
    #[arg(long, default_value_t = 250)]
    kills: u64,
    /// Repeats the choices of an earlier run, if not its moments; default: others each time
    #[arg(long)]
    seed: Option<u64>,
}

/// Runs the test with the release build, whose broker gets further between two kills.
pub(crate) fn run(crash: &Crash) -> Result<(), Box<dyn std::error::Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["test", "--quiet", "--release", "--package", "cmdbus-e2e"])
        .args(["--test", "all", "--", "--exact", TEST, "--nocapture"])
        .env("CRASH_KILLS", crash.kills.to_string());
    if let Some(seed) = crash.seed {
        command.env("CRASH_SEED", seed.to_string());
    }
    if command.status()?.success() {
        Ok(())
    } else {
        Err("the test failed; what it says is above".into())
    }
}
