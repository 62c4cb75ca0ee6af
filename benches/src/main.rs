//! Measurements of the broker and the gateway from outside: a daemon in its own process, and clients in others.
//!
//! Each part is a file in `parts/`. Nothing here passes or fails; medians are printed with their spread, and
//! every figure becomes a line of JSON. What happens within the measured time is done by children of this
//! program (`child.rs`), which say at the end what it cost them, so that their share can be told from the
//! broker's.

mod affinity;
mod child;
mod daemon;
mod feed;
mod figures;
mod fill;
mod fixture;
mod http;
mod limits;
mod load;
mod machine;
mod mcp;
mod ours;
mod pairs;
mod parts;
#[cfg(feature = "peers")]
mod peers;
mod report;
mod rows;
mod session;
mod table;
mod text;
mod web;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T = ()> = std::result::Result<T, Error>;

#[derive(Parser)]
#[command(name = "cmdbus-bench")]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Measure
    Run(Run),
    /// Be a client; started by `run`, told on stdin what to do
    #[command(hide = true)]
    Child {
        /// How many threads it runs on
        #[arg(long)]
        threads: usize,
    },
}

#[derive(clap::Args)]
struct Run {
    /// The program `cmdbus` that is measured
    #[arg(long)]
    program: PathBuf,
    /// The program `mcp-fixture`, the MCP server that is attached
    #[arg(long)]
    fixture: PathBuf,
    /// Only the parts whose name contains one of these, separated by commas
    #[arg(long, default_value = "")]
    part: String,
    /// How long a round of calls takes, in seconds
    #[arg(long, default_value_t = 0.25)]
    round: f64,
    /// How often each figure is taken
    #[arg(long, default_value_t = 5)]
    reps: usize,
    /// The program `nats-server`, if it is not on the `PATH`
    #[arg(long)]
    nats: Option<PathBuf>,
    /// Folder in which the npm broker is installed
    #[arg(long)]
    npm: Option<PathBuf>,
    /// Folder of `performance.md` and its picture, which are written from what is measured
    #[arg(long)]
    report: Option<PathBuf>,
    /// File to which the figures are appended, as lines of JSON
    #[arg(long)]
    out: Option<PathBuf>,
    /// Folder on the disk that matters, if not the temporary one
    #[arg(long)]
    folder: Option<PathBuf>,
}

fn main() -> Result {
    match Args::parse().task {
        Task::Run(run) => tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?
            .block_on(parts::run(run)),
        Task::Child { threads: 1 } => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(child::run()),
        Task::Child { threads } => tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .enable_all()
            .build()?
            .block_on(child::run()),
    }
}
