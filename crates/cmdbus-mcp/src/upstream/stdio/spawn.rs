//! What a child is started as: no shell, and nothing of our environment but a small base set (attach §5).

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::process::Command;

/// What of our own environment every child gets. Whatever begins with `LC_` goes along.
const BASE: &[&str] = &["PATH", "HOME", "USER", "LANG", "TMPDIR", "SHELL"];

/// A program to start as an MCP server on stdio.
#[derive(Debug, Clone, Default)]
pub struct StdioCommand {
    /// The program: a path, or a name to look for in `PATH`.
    pub program: String,
    /// Its arguments, each by itself: no shell reads them.
    pub args: Vec<String>,
    /// What its environment has beside the base set. An entry replaces one of the base set.
    pub env: Vec<(String, String)>,
    /// Where it runs. Unless given, where we run.
    pub cwd: Option<PathBuf>,
}

impl StdioCommand {
    pub(super) fn build(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .env_clear()
            .envs(base(std::env::vars_os()))
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(cwd) = &self.cwd {
            command.current_dir(cwd);
        }
        command
    }
}

fn base(
    all: impl Iterator<Item = (OsString, OsString)>,
) -> impl Iterator<Item = (OsString, OsString)> {
    all.filter(|(name, _)| {
        let name = name.to_str().unwrap_or_default();
        BASE.contains(&name) || name.starts_with("LC_")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_inherits_the_base_set_and_no_token() {
        let names = ["PATH", "CMDBUS_TOKEN", "LC_ALL", "LCX", "HOME", "SECRET"];
        let all = names.map(|name| (OsString::from(name), OsString::new()));
        let kept: Vec<_> = base(all.into_iter()).map(|(name, _)| name).collect();
        assert_eq!(kept, ["PATH", "LC_ALL", "HOME"]);
    }
}
