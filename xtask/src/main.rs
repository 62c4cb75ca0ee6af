//! Measurements and long runs, as `cargo xtask …`.

mod instructions;
mod measure;

use clap::Parser;

#[derive(Parser)]
#[command(name = "cargo xtask")]
enum Task {
    /// Measure what the README promises: cost of a call beside many, time limits, the idle daemon
    Measure {
        /// Only the parts whose name contains this
        #[arg(default_value = "")]
        part: String,
    },
    /// Count the instructions of a plain call with callgrind
    Instructions,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    match Task::parse() {
        Task::Measure { part } => measure::run(&part),
        Task::Instructions => instructions::run(),
    }
}
