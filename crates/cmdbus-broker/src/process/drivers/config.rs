//! `[spawn.drivers.KIND]`: a driver that somebody configured (protocol §8.5).

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::super::programs::is_bare_name;
use super::super::start::env;

/// Word of a command that stands for the file of the prompt.
pub(super) const PROMPT_FILE: &str = "{prompt_file}";
/// Word of a command that stands for the token of the spawn.
pub(super) const SPAWN_TOKEN: &str = "{spawn_token}";

/// Longest prompt, unless somebody configures another length.
pub(super) const MAX_PROMPT_BYTES: usize = 65_536;
/// Prompts are held in memory until they are handed over.
const MOST_PROMPT_BYTES: usize = 16 << 20;
const MOST_KIND_BYTES: usize = 64;

/// How a program gets its prompt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PromptBy {
    /// On its standard input, which is then closed.
    #[default]
    Stdin,
    /// In a file with mode 0600, which is removed when the program has ended.
    File,
    /// As the last argument, after `--`.
    Arg,
}

/// Where what a program writes goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputTo {
    /// Nowhere.
    #[default]
    Null,
    /// Into a file with mode 0600 beside the logs.
    Log,
}

/// One table `[spawn.drivers.KIND]`. The debug form holds no value of a variable.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriverConfig {
    /// The program, absolute or a bare name on the `PATH`, and its arguments. No shell reads them.
    /// `{prompt_file}` and `{spawn_token}` are replaced where they are a whole word.
    pub command: Vec<String>,
    /// How the program gets its prompt. Default: on its standard input.
    #[serde(default)]
    pub prompt: PromptBy,
    /// Where it runs. Default: in the home folder.
    #[serde(default)]
    pub cwd: Option<PathBuf>,
    /// Variables to add to the environment. Default: none.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Variables of the broker that it does not get. Default: none but those that no child gets.
    #[serde(default)]
    pub env_remove: Vec<String>,
    /// Where what it writes goes. Default: nowhere.
    #[serde(default)]
    pub output: OutputTo,
    /// Longest prompt in bytes; a longer one is rejected. Default: 65536.
    #[serde(default = "max_prompt_bytes")]
    pub max_prompt_bytes: usize,
}

fn max_prompt_bytes() -> usize {
    MAX_PROMPT_BYTES
}

impl fmt::Debug for DriverConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DriverConfig")
            .field("command", &self.command)
            .field("prompt", &self.prompt)
            .field("cwd", &self.cwd)
            .field("env", &self.env.keys())
            .field("env_remove", &self.env_remove)
            .field("output", &self.output)
            .field("max_prompt_bytes", &self.max_prompt_bytes)
            .finish()
    }
}

/// A driver that cannot be: the key and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` {problem}")]
pub struct DriverConfigError {
    key: String,
    problem: String,
}

impl DriverConfigError {
    pub(super) fn registered_twice(kind: &str) -> Self {
        Self {
            key: format!("spawn.drivers.{kind}"),
            problem: "is there already; give the other driver another kind".to_owned(),
        }
    }

    /// Returns the key of the configuration that is wrong.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl DriverConfig {
    /// Checks what the types do not.
    pub(super) fn check(&self, kind: &str) -> Result<(), DriverConfigError> {
        if !is_bare_name(kind) || kind.len() > MOST_KIND_BYTES {
            return Err(DriverConfigError {
                key: "spawn.drivers".to_owned(),
                problem: format!(
                    "has a kind `{}`; a kind is up to {MOST_KIND_BYTES} of the characters A-Z a-z 0-9 . _ -",
                    kind.escape_debug()
                ),
            });
        }
        let checks = [
            ("command", self.check_command()),
            ("cwd", self.check_cwd()),
            ("env", self.check_env()),
            ("env_remove", self.check_env_remove()),
            ("max_prompt_bytes", self.check_max_prompt_bytes()),
        ];
        for (key, checked) in checks {
            checked.map_err(|problem| DriverConfigError {
                key: format!("spawn.drivers.{kind}.{key}"),
                problem,
            })?;
        }
        Ok(())
    }

    fn check_command(&self) -> Result<(), String> {
        let Some(program) = self.command.first() else {
            return Err("is empty; give the program and its arguments".to_owned());
        };
        if !Path::new(program).is_absolute() && !is_bare_name(program) {
            return Err(format!(
                "begins with `{}`; begin with an absolute path or with a bare name on PATH",
                program.escape_debug()
            ));
        }
        if self.command.iter().any(|word| word.contains('\0')) {
            return Err("has a word with a NUL character; remove it".to_owned());
        }
        let names_file = self.command.iter().any(|word| word == PROMPT_FILE);
        match (self.prompt, names_file) {
            (PromptBy::File, false) => Err(format!(
                "has no word `{PROMPT_FILE}`, so the program would not find its prompt; \
                 add it as a word of its own, or set `prompt` to \"stdin\""
            )),
            (PromptBy::Stdin | PromptBy::Arg, true) => Err(format!(
                "has the word `{PROMPT_FILE}`, and there is no such file; set `prompt` to \"file\""
            )),
            _ => Ok(()),
        }
    }

    fn check_cwd(&self) -> Result<(), String> {
        match &self.cwd {
            Some(cwd) if !cwd.is_absolute() => Err(format!(
                "is `{}`, which is not absolute; give the whole path",
                cwd.display()
            )),
            Some(cwd) if cwd.as_os_str().as_encoded_bytes().contains(&0) => {
                Err("has a NUL character; remove it".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn check_env(&self) -> Result<(), String> {
        for (name, value) in &self.env {
            check_name(name)?;
            if env::is_ours(name) {
                return Err(format!(
                    "sets `{name}`, which the broker sets or keeps to itself; remove it"
                ));
            }
            if value.contains('\0') {
                return Err(format!("gives `{name}` a NUL character; remove it"));
            }
        }
        Ok(())
    }

    fn check_env_remove(&self) -> Result<(), String> {
        self.env_remove.iter().try_for_each(|name| check_name(name))
    }

    fn check_max_prompt_bytes(&self) -> Result<(), String> {
        if (1..=MOST_PROMPT_BYTES).contains(&self.max_prompt_bytes) {
            return Ok(());
        }
        Err(format!(
            "is {}; choose a figure from 1 to {MOST_PROMPT_BYTES}",
            self.max_prompt_bytes
        ))
    }
}

fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() || name.contains(['=', '\0']) {
        return Err(format!(
            "names a variable `{}`; a name is not empty and has no `=` and no NUL character",
            name.escape_debug()
        ));
    }
    Ok(())
}
