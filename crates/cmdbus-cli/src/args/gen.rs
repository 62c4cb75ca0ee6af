//! The command line of `gen`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

const EXAMPLES: &str = "Examples:\n  \
    cmdbus gen typescript -o src/bus.ts\n  \
    cmdbus gen python --from https://tools.example/cmds.json -o bus.py\n  \
    cmdbus gen rust --from commands.json -o src/bus.rs --check";

#[derive(Debug, Args)]
#[command(subcommand_value_name = "LANGUAGE", subcommand_help_heading = "Languages", after_help = EXAMPLES)]
pub(crate) struct Gen {
    #[command(subcommand)]
    pub(crate) language: GenLanguage,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GenLanguage {
    /// One file without dependencies, for Node from 20 on and for browsers
    ///
    /// It has a type for every request and result, and a class `Client` with a method for every command, which calls
    /// the bus over HTTP.
    Typescript(Typescript),
    /// One file that needs only the standard library, for Python from 3.9 on
    ///
    /// It has a type for every request and result, and a class `Client` with a method for every command, which calls
    /// the bus over HTTP. With pydantic installed, it can also check what is sent and received.
    Python(GenOutput),
    /// One module for programs that use the crate `cmdbus`
    ///
    /// It has a type for every request and result, and for every command a type for `registry.execute::<T>(request)`.
    Rust(GenOutput),
}

#[derive(Debug, Args)]
pub(crate) struct Typescript {
    /// What to write
    #[arg(long, value_name = "STYLE", value_enum, default_value = "client")]
    pub(crate) style: Style,
    #[command(flatten)]
    pub(crate) output: GenOutput,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Style {
    /// Types, and a client for HTTP
    Client,
    /// Valibot schemas as a `CommandSchemaMap`, for the library @coralstack/cmd-ipc
    Valibot,
}

#[derive(Debug, Args)]
pub(crate) struct GenOutput {
    /// Where the list of commands is: the address of a bus or of its `/cmds.json` (with the token in CMDBUS_TOKEN), a file,
    /// or `-` for stdin [default: the running bus]
    #[arg(long, value_name = "URL|FILE")]
    pub(crate) from: Option<String>,
    /// The file to write; stdout if it is not given
    #[arg(long, short, value_name = "FILE", required_if_eq("check", "true"))]
    pub(crate) output: Option<PathBuf>,
    /// What stands before every id, with a dot in between, where the commands are called through a channel that puts it there
    #[arg(long, value_name = "TEXT")]
    pub(crate) prefix: Option<String>,
    /// Write nothing: exit with 1 if the file is not what would be written
    #[arg(long)]
    pub(crate) check: bool,
}
