//! An MCP server of both eras, for tests: what the conformance suite asks a server for, and tools that misbehave on
//! request.
//!
//! `mcp-fixture stdio` serves one client on its standard streams; `mcp-fixture http` serves many, and prints its
//! address as one line of JSON. Most of it is rmcp's server. What rmcp cannot say - content types nobody knows,
//! integers beyond 64 bits, a line that is not JSON - is written by hand, see [`raw`].

mod http;
mod prompts;
mod raw;
mod resources;
mod server;
mod skills;
mod state;
mod stdio;
mod tools;

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tokio::io::AsyncReadExt;
use tokio::signal::unix::{SignalKind, signal};

use state::State;

#[derive(Parser)]
#[command(about = "An MCP server for tests")]
struct Arguments {
    #[command(subcommand)]
    transport: Transport,
    #[command(flatten)]
    options: Options,
}

#[derive(Subcommand)]
enum Transport {
    /// Serves one client on stdin and stdout
    Stdio,
    /// Serves Streamable HTTP and prints `{"url":"…"}` when it listens
    Http {
        /// Where to listen
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// Ends when stdin does
        #[arg(long)]
        tied: bool,
    },
}

/// What kind of server it is.
#[derive(Args, Clone)]
struct Options {
    /// The protocol revisions it serves
    #[arg(long, global = true, value_enum, default_value = "both")]
    era: Era,
    /// Lists this many tools more, `tool_0001` and so on
    #[arg(long, global = true, default_value_t = 0)]
    tools: usize,
    /// Lists at most this many tools per page; 0 for all at once
    #[arg(long, global = true, default_value_t = 0)]
    page: usize,
    /// Takes this from the front of the names of tools, for somebody who puts it there again
    #[arg(long, global = true, default_value = "")]
    strip: String,
    /// Answers `tools/list` by hand, with members that no SDK knows
    #[arg(long, global = true)]
    odd_tools: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Era {
    /// 2025-11-25 and older
    Legacy,
    /// 2026-07-28
    Modern,
    Both,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made");
    let ended = runtime.block_on(run(arguments));
    // A tool that hangs would keep the runtime, and reads of stdin a thread.
    runtime.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mcp-fixture: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        ended = serve(arguments) => ended,
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    }
}

async fn serve(arguments: Arguments) -> io::Result<()> {
    match arguments.transport {
        Transport::Stdio => stdio::serve(State::new(arguments.options, "stdio")).await,
        Transport::Http { listen, tied } => {
            let state = State::new(arguments.options, "http");
            tokio::select! {
                ended = http::serve(state, listen) => ended,
                () = stdin_ends(), if tied => Ok(()),
            }
        }
    }
}

async fn stdin_ends() {
    let mut stdin = tokio::io::stdin();
    let mut chunk = [0; 256];
    while let Ok(1..) = stdin.read(&mut chunk).await {}
}
