//! Measurements and long runs, as `cargo xtask …`.

mod bench;
mod crash;
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
    /// Measure calls, sends and pushes beside what the machine allows and what others have made, and print the table
    Bench(bench::Bench),
    /// Kill the broker many times under load and check that nothing acknowledged is lost
    Crash(crash::Crash),
    /// Count the instructions of a plain call with callgrind
    Instructions(instructions::Instructions),
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    match Task::parse() {
        Task::Measure { part } => measure::run(&part),
        Task::Bench(bench) => bench::run(&bench),
        Task::Crash(crash) => crash::run(&crash),
        Task::Instructions(options) => instructions::run(&options),
    }
}
