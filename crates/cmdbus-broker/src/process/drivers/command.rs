//! What a driver wants started.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::OutputTo;

/// One argument.
#[derive(Clone, PartialEq, Eq)]
pub enum Word {
    /// It is passed as it is.
    Text(String),
    /// The path of the file that holds the prompt. It is known when the command is started.
    PromptFile,
}

/// What the program finds on its standard input, or beside it.
#[derive(Clone, PartialEq, Eq)]
pub enum Input {
    /// Nothing.
    Null,
    /// A text, and then the end.
    Stdin(String),
    /// Nothing, and the text in a file of its own.
    File(String),
}

/// A command that starts a runtime. Its debug form holds no prompt, no token and no value of a variable.
#[derive(Clone, PartialEq, Eq)]
pub struct SpawnCommand {
    /// The kind of runtime that it starts.
    pub runtime_kind: String,
    /// The program, as an absolute path.
    pub binary: PathBuf,
    /// Its arguments.
    pub args: Vec<Word>,
    /// Variables to add.
    pub env: BTreeMap<String, String>,
    /// Variables that are not passed on.
    pub env_remove: Vec<String>,
    /// Where it runs; without it in the home folder.
    pub cwd: Option<PathBuf>,
    /// What it reads.
    pub input: Input,
    /// Where what it writes goes.
    pub output: OutputTo,
}

impl fmt::Debug for SpawnCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpawnCommand")
            .field("runtime_kind", &self.runtime_kind)
            .field("binary", &self.binary)
            .field("args", &self.args.len())
            .field("cwd", &self.cwd)
            .field("output", &self.output)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(..)",
            Self::PromptFile => "PromptFile",
        })
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "Null",
            Self::Stdin(_) => "Stdin(..)",
            Self::File(_) => "File(..)",
        })
    }
}
