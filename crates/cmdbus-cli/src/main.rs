//! The program `cmdbus`: the daemon that is the bus, and the verbs that use it.
//!
//! This is the only place where all parts meet. Verbs are one file each in `commands/`; whatever they share
//! (finding the bus, exit codes, printing) is beside them. Start reading at [`commands::run`].

mod args;
mod commands;
mod config;
mod duration;
mod env_vars;
mod exit;
mod instance;
mod log;
#[cfg(feature = "otel")]
mod otel;
mod output;
mod place;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version go to stdout and are no error; everything else is usage.
            let code = if error.use_stderr() { exit::USAGE } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match commands::run(args) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            error.print();
            ExitCode::from(error.code())
        }
    }
}
