//! The command line of `diff`.

use clap::Args;

pub(super) const EXAMPLES: &str = "Examples:\n  \
    cmdbus ls --json > before.json\n  \
    cmdbus diff before.json http://127.0.0.1:7420/cmds.json";

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The list that callers know: a file, the address of a bus or of its `/cmds.json` (with the token in CMDBUS_TOKEN), or
    /// `-` for stdin
    pub(crate) old: String,
    /// The list that is to take its place
    pub(crate) new: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
