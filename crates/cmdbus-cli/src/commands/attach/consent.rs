//! Asking before anything is run that the user has not named (attach §5).

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;

use super::approved::Approved;
use super::entry::Server;
use crate::exit::{Error, Result};
use crate::output::{note, printable_line};

/// Who says whether what is new may be run.
pub(super) enum Judge<'a> {
    /// `--yes`.
    Yes,
    /// The person at the terminal, who is asked a question and answers a line.
    Person(&'a mut dyn FnMut(&str) -> Result<String>),
    /// Nobody.
    Nobody,
}

impl Judge<'_> {
    fn approves(&mut self, server: &Server) -> Result<bool> {
        match self {
            Self::Yes => Ok(true),
            Self::Person(answer) => {
                let question = format!("  {}\n  run or reach it? [y/N] ", line(server));
                Ok(matches!(answer(&question)?.trim(), "y" | "Y" | "yes"))
            }
            Self::Nobody => Ok(false),
        }
    }
}

/// Returns those servers of a file that may be run.
///
/// What is approved is kept at once, before anything is started.
pub(super) fn settle(
    servers: Vec<Server>,
    file: &Path,
    mut approved: Approved,
    mut judge: Judge<'_>,
) -> Result<Vec<Server>> {
    // The same file by another path is no reason to ask again; a file that cannot be resolved could not be read either.
    let file = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let is_new = |server: &Server| !approved.has(&server.fingerprint(&file));
    let new: Vec<bool> = servers.iter().map(is_new).collect();
    if !new.contains(&true) {
        return Ok(servers);
    }
    match judge {
        Judge::Yes => {}
        Judge::Person(_) => note(&format!(
            "`{}` has servers that nobody has approved:",
            file.display()
        )),
        Judge::Nobody => return Err(refused(&servers, &new, &file)),
    }
    let mut kept = Vec::new();
    let mut has_approved = false;
    for (server, is_new) in servers.into_iter().zip(new) {
        if !is_new {
            kept.push(server);
        } else if judge.approves(&server)? {
            let fingerprint = server.fingerprint(&file);
            approved.add(fingerprint, &file, &server.upstream.name);
            has_approved = true;
            kept.push(server);
        }
    }
    if has_approved {
        approved.keep()?;
    }
    if kept.is_empty() {
        return Err(Error::failure(
            "no server was approved, so there is nothing to attach",
        ));
    }
    Ok(kept)
}

fn refused(servers: &[Server], new: &[bool], file: &Path) -> Error {
    let lines: Vec<_> = servers
        .iter()
        .zip(new)
        .filter(|(_, is_new)| **is_new)
        .map(|(server, _)| format!("  {}", line(server)))
        .collect();
    Error::usage(format!(
        "`{}` was found, not named, and has servers that nobody has approved:\n{}\nif they are what you want, repeat this with `--yes`, or name the file with `--config`",
        file.display(),
        lines.join("\n")
    ))
}

fn line(server: &Server) -> String {
    format!(
        "{}: {}",
        printable_line(&server.upstream.name),
        server.described()
    )
}

/// Returns whether there is a person to ask.
pub(super) fn has_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks the person at the terminal.
pub(super) fn ask(question: &str) -> Result<String> {
    let cannot = |error: io::Error| Error::failure(format!("cannot ask: {error}"));
    let mut stderr = io::stderr().lock();
    write!(stderr, "{question}")
        .and_then(|()| stderr.flush())
        .map_err(cannot)?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(cannot)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use cmdbus_attach::frame::CommandsShown;
    use cmdbus_mcp::upstream::{AllowedArg, ArgPattern, Transport, UpstreamConfig};

    use super::super::recipe::Recipe;
    use super::*;

    fn server(name: &str, command: &str) -> Server {
        let transport = Transport::Stdio {
            command: command.to_owned(),
            args: Vec::new(),
            env: Vec::new(),
            cwd: None,
        };
        Server {
            upstream: UpstreamConfig::new(name, transport),
            shown: CommandsShown::default(),
            recipe: Recipe::Command {
                command: command.to_owned(),
                args: Vec::new(),
                env: vec![("KEY".to_owned(), "s3cret".to_owned())],
                cwd: None,
            },
        }
    }

    /// Returns the names of those that may run.
    fn settled(state: &Path, servers: Vec<Server>, judge: Judge<'_>) -> Result<Vec<String>> {
        let file = Path::new("/w/.mcp.json");
        let kept = settle(servers, file, Approved::of(state)?, judge)?;
        Ok(kept
            .into_iter()
            .map(|server| server.upstream.name)
            .collect())
    }

    #[test]
    fn what_others_may_do_with_a_server_is_shown_and_asked_for_again_when_it_changes() {
        let state = tempfile::tempdir().unwrap();
        let mut changed = server("a", "node");
        let mut asked = Vec::new();
        let mut person = |question: &str| {
            asked.push(question.to_owned());
            Ok("y\n".to_owned())
        };
        let mut ask = |server: &Server| {
            let again = Server {
                upstream: server.upstream.clone(),
                ..self::server("a", "node")
            };
            settled(state.path(), vec![again], Judge::Person(&mut person)).unwrap();
        };
        ask(&changed);
        changed.upstream.args_allowed.push(AllowedArg {
            name: "eval".to_owned(),
            pattern: ArgPattern::new(".*").unwrap(),
        });
        ask(&changed);
        ask(&changed);
        changed.upstream.tools.deny.push("write_*".to_owned());
        ask(&changed);
        assert_eq!(asked.len(), 3, "{asked:?}");
        assert!(
            asked[1].contains("callers may add '--eval=.*'"),
            "{asked:?}"
        );
    }

    #[test]
    fn what_is_new_is_asked_for_once_and_remembered() {
        let state = tempfile::tempdir().unwrap();
        let mut asked = Vec::new();
        let mut person = |question: &str| {
            asked.push(question.to_owned());
            Ok(if question.contains("bad") {
                "n\n"
            } else {
                "y\n"
            }
            .to_owned())
        };
        let both = || vec![server("a", "good"), server("b", "bad")];
        let kept = settled(state.path(), both(), Judge::Person(&mut person)).unwrap();
        assert_eq!(kept, ["a"]);
        assert_eq!(
            asked,
            [
                "  a: good (sets KEY)\n  run or reach it? [y/N] ",
                "  b: bad (sets KEY)\n  run or reach it? [y/N] "
            ]
        );

        let kept = settled(state.path(), vec![server("a", "good")], Judge::Nobody).unwrap();
        assert_eq!(kept, ["a"]);
        // A refusal is not remembered, and a command that has changed is a new one.
        for server in [server("b", "bad"), server("a", "changed")] {
            assert!(settled(state.path(), vec![server], Judge::Nobody).is_err());
        }
    }

    #[test]
    fn without_a_terminal_what_is_new_is_refused_in_full_and_yes_is_remembered() {
        let state = tempfile::tempdir().unwrap();
        let both = || vec![server("a", "one"), server("b", "two")];
        let error = settled(state.path(), both(), Judge::Nobody).unwrap_err();
        assert_eq!(error.code(), crate::exit::USAGE);
        for part in ["a: one (sets KEY)", "b: two", "--yes", "--config"] {
            assert!(error.message().contains(part), "{error:?}");
        }
        assert!(!error.message().contains("s3cret"));

        assert_eq!(
            settled(state.path(), both(), Judge::Yes).unwrap(),
            ["a", "b"]
        );
        assert_eq!(
            settled(state.path(), both(), Judge::Nobody).unwrap(),
            ["a", "b"]
        );
        let kept = std::fs::read_to_string(state.path().join("approved.json")).unwrap();
        assert!(
            kept.contains("/w/.mcp.json") && !kept.contains("s3cret"),
            "{kept}"
        );
    }

    #[test]
    fn when_everything_is_declined_there_is_nothing_to_attach() {
        let state = tempfile::tempdir().unwrap();
        let mut person = |_: &str| Ok(String::new());
        let error = settled(
            state.path(),
            vec![server("a", "x")],
            Judge::Person(&mut person),
        );
        assert_eq!(error.unwrap_err().code(), crate::exit::FAILURE);
        assert!(!state.path().join("approved.json").exists());
    }
}
