//! `cmdbus completions`

use clap::CommandFactory;

use crate::args::{Args, Completions};
use crate::exit::Result;

pub(crate) fn run(args: &Completions) -> Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "cmdbus", &mut script);
    crate::output::line(String::from_utf8_lossy(&script).trim_end())?;
    Ok(0)
}
