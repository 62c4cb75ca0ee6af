//! What a server is run or reached by, as it is written: what a person approves.

use std::path::Path;

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::output::printable_line;

/// What a server is run or reached by, with variables not yet replaced.
#[derive(Debug, Clone)]
pub(super) enum Recipe {
    Command {
        command: String,
        args: Vec<String>,
        env: Vec<(String, String)>,
        cwd: Option<String>,
    },
    Url {
        url: String,
        headers: Vec<(String, String)>,
    },
}

impl Recipe {
    /// Returns what tells it from every other one in every other file. It covers all that decides what is run or reached and
    /// what is sent, also the environment: with it alone most programs can be made to run something else.
    pub(super) fn fingerprint(&self, file: &Path) -> String {
        let file = file.as_os_str().as_encoded_bytes();
        let text = match self {
            Self::Command {
                command,
                args,
                env,
                cwd,
            } => json!([file, "command", command, args, env, cwd]),
            Self::Url { url, headers } => json!([file, "url", url, headers]),
        };
        hex(&text.to_string())
    }

    /// Describes it for the person who is to approve it, on one line: in full, but of variables and headers the names only.
    pub(super) fn described(&self) -> String {
        let names = |what: &str, entries: &[(String, String)]| {
            if entries.is_empty() {
                return String::new();
            }
            let names: Vec<_> = entries.iter().map(|(name, _)| quoted(name)).collect();
            format!(" ({what} {})", names.join(", "))
        };
        match self {
            Self::Command {
                command,
                args,
                env,
                cwd,
            } => {
                let words: Vec<_> = std::iter::once(command)
                    .chain(args)
                    .map(|word| quoted(word))
                    .collect();
                let place = cwd
                    .as_ref()
                    .map_or_else(String::new, |cwd| format!(" (in {})", quoted(cwd)));
                format!("{}{place}{}", words.join(" "), names("sets", env))
            }
            Self::Url { url, headers } => format!("{}{}", quoted(url), names("sends", headers)),
        }
    }
}

/// Returns the SHA-256 of a text.
pub(super) fn hex(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns a word as a shell would take it, so that one word cannot look like two.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:@%+=,~?&".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", printable_line(word).replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(args: &[&str], env: &[(&str, &str)]) -> Recipe {
        Recipe::Command {
            command: "npx".to_owned(),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            env: env
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            cwd: None,
        }
    }

    #[test]
    fn a_command_line_is_described_in_full_and_values_of_variables_are_not() {
        let recipe = command(
            &["-y", "two words", "${HOME}/x", "it's", "", "\u{1b}[2J"],
            &[("TOKEN", "s3cret"), ("B", "2")],
        );
        assert_eq!(
            recipe.described(),
            r"npx -y 'two words' '${HOME}/x' 'it'\''s' '' '�[2J' (sets TOKEN, B)"
        );
        let recipe = Recipe::Url {
            url: "http://127.0.0.1:3000/mcp".to_owned(),
            headers: vec![("Authorization".to_owned(), "Bearer s3cret".to_owned())],
        };
        assert_eq!(
            recipe.described(),
            "http://127.0.0.1:3000/mcp (sends Authorization)"
        );
    }

    #[test]
    fn whatever_decides_what_is_run_changes_the_fingerprint() {
        let file = Path::new("/w/.mcp.json");
        let recipe = command(&["a b"], &[("A", "1")]);
        let print = recipe.fingerprint(file);
        assert_eq!(print, recipe.clone().fingerprint(file));
        assert_ne!(print, recipe.fingerprint(Path::new("/v/.mcp.json")));
        for other in [
            command(&["a", "b"], &[("A", "1")]),
            command(&["a b"], &[("A", "2")]),
            command(&["a b"], &[]),
        ] {
            assert_ne!(print, other.fingerprint(file));
        }
        assert!(!print.contains("a b") && print.len() == 64);
    }
}
