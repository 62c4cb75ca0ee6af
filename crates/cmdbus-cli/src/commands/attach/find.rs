//! Which servers are meant: those of the command line, or of a file.

use std::path::{Path, PathBuf};

use cmdbus_attach::frame::CommandsShown;
use cmdbus_mcp::upstream::{Transport, UpstreamConfig};

use super::approved::Approved;
use super::consent::{self, Judge};
use super::entry::Server;
use super::file::{self, check_name};
use super::recipe::Recipe;
use crate::args::Attach;
use crate::config;
use crate::exit::{Error, Result};
use crate::output::printable_line;

/// The file that programs of a project share.
const OF_PROJECT: &str = ".mcp.json";
/// The file in the user's configuration folder.
const OF_USER: &str = "mcp.json";

/// Returns the servers to attach, at least one. What was found rather than named has been approved. Blocks, and may ask.
pub(super) fn servers(args: &Attach, state: &Path) -> Result<Vec<Server>> {
    if let Some(name) = &args.server {
        return one_shot(name, &args.program).map(|server| vec![server]);
    }
    let (path, is_named) = match &args.servers {
        Some(path) => (path.clone(), true),
        None => (found(Path::new("."), of_user())?, false),
    };
    // The names are the user's, so they are not in `env_vars`.
    let read = file::read(&path, &|name| std::env::var_os(name))?;
    if !read.unknown.is_empty() {
        let keys = printable_line(&read.unknown.join(", "));
        tracing::warn!(file = %path.display(), keys, "keys that mean nothing to cmdbus are ignored");
    }
    if read.servers.is_empty() {
        return Err(Error::usage(format!(
            "`{}` has no server that is not disabled: add one to its `mcpServers`",
            path.display()
        )));
    }
    if is_named {
        return Ok(read.servers);
    }
    let mut ask = consent::ask;
    let judge = match args.yes {
        true => Judge::Yes,
        false if consent::has_terminal() => Judge::Person(&mut ask),
        false => Judge::Nobody,
    };
    consent::settle(read.servers, &path, Approved::of(state)?, judge)
}

fn of_user() -> Option<PathBuf> {
    let folder = config::default_path()?;
    Some(folder.parent()?.join(OF_USER))
}

/// Returns the first file that is there.
fn found(project: &Path, of_user: Option<PathBuf>) -> Result<PathBuf> {
    let user = of_user.as_ref().map_or_else(
        || format!("`{OF_USER}` in the user's configuration folder"),
        |path| format!("`{}`", path.display()),
    );
    let of_project = std::iter::once(project.join(OF_PROJECT));
    let first = of_project.chain(of_user).find(|path| path.exists());
    first.ok_or_else(|| {
        Error::usage(format!(
            "no server is named, and there is neither `./{OF_PROJECT}` nor {user}: make one of them, name a file with `--config FILE`, or a server with `--server NAME -- CMD ARGS`"
        ))
    })
}

fn one_shot(name: &str, program: &[String]) -> Result<Server> {
    check_name(name).map_err(|why| Error::usage(format!("in `--server`: {why}")))?;
    let Some((command, args)) = program.split_first() else {
        return Err(Error::usage(
            "`--server` needs the command line of the server: end with `-- CMD ARGS`",
        ));
    };
    let (command, args) = (command.clone(), args.to_vec());
    let transport = Transport::Stdio {
        command: command.clone(),
        args: args.clone(),
        env: Vec::new(),
        cwd: None,
    };
    Ok(Server {
        upstream: UpstreamConfig::new(name, transport),
        shown: CommandsShown::default(),
        recipe: Recipe::Command {
            command,
            args,
            env: Vec::new(),
            cwd: None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_the_project_comes_before_that_of_the_user() {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path().join(OF_PROJECT);
        let user = folder.path().join(OF_USER);
        let look = || found(folder.path(), Some(user.clone()));

        let error = look().unwrap_err();
        assert_eq!(error.code(), crate::exit::USAGE);
        for place in ["./.mcp.json", "mcp.json`", "--config FILE", "--server NAME"] {
            assert!(error.message().contains(place), "{error:?}");
        }
        std::fs::write(&user, "").unwrap();
        assert_eq!(look().unwrap(), user);
        std::fs::write(&project, "").unwrap();
        assert_eq!(look().unwrap(), project);
    }

    #[test]
    fn a_server_of_the_command_line_is_taken_as_it_is() {
        let program = ["npx".to_owned(), "${HOME}".to_owned()];
        let server = one_shot("fs", &program).unwrap();
        let Transport::Stdio { command, args, .. } = server.upstream.transport else {
            panic!();
        };
        // The shell has replaced what was to be replaced.
        assert_eq!((command.as_str(), &args[..]), ("npx", &program[1..]));
        assert!(one_shot("primary", &program).is_err());
        assert!(one_shot("fs", &[]).is_err());
    }
}
