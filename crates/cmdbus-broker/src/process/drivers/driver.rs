//! The driver that all of ours are: a command, and a way to hand the prompt over.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::config::{MAX_PROMPT_BYTES, PROMPT_FILE, SPAWN_TOKEN};
use super::{
    Availability, DriverConfig, DriverConfigError, Input, OutputTo, PromptBy, SpawnCommand,
    SpawnDriver, SpawnRefusal, Word,
};
use crate::process::programs::Programs;

/// Starts a program with the prompt on its standard input, in a file, or as its last argument.
pub(super) struct CommandDriver {
    kind: String,
    config: DriverConfig,
    /// Whether `--` stands before a prompt that is an argument.
    has_dashes: bool,
    programs: Programs,
}

impl CommandDriver {
    /// Returns the drivers that need no configuration.
    pub(super) fn built_in(programs: &Programs) -> [Self; 2] {
        let driver = |kind: &str, command: &[&str], prompt| Self {
            kind: kind.to_owned(),
            config: DriverConfig {
                command: command.iter().map(|word| (*word).to_owned()).collect(),
                prompt,
                cwd: None,
                env: BTreeMap::new(),
                env_remove: Vec::new(),
                output: OutputTo::Null,
                max_prompt_bytes: MAX_PROMPT_BYTES,
            },
            has_dashes: false,
            programs: programs.clone(),
        };
        [
            driver("claude-code", &["claude", "--bg"], PromptBy::Arg),
            driver("codex", &["codex", "exec", "-"], PromptBy::Stdin),
        ]
    }

    /// Makes the driver of a table of the configuration.
    pub(super) fn configured(
        kind: &str,
        config: DriverConfig,
        programs: &Programs,
    ) -> Result<Self, DriverConfigError> {
        config.check(kind)?;
        Ok(Self {
            kind: kind.to_owned(),
            config,
            has_dashes: true,
            programs: programs.clone(),
        })
    }

    fn find(&self) -> Result<PathBuf, String> {
        // The check has seen that there is a first word.
        let program = self.config.command.first().map_or("", String::as_str);
        self.programs.find(program)
    }

    fn check_prompt(&self, prompt: &str) -> Result<(), SpawnRefusal> {
        let problem = if prompt.len() > self.config.max_prompt_bytes {
            format!(
                "it has more than {} bytes; shorten it",
                self.config.max_prompt_bytes
            )
        } else if self.config.prompt != PromptBy::Arg {
            return Ok(());
        } else if prompt.starts_with('-') {
            // Also after `--`: not every program knows what that means.
            "it begins with `-`, so the program might take it for an option".to_owned()
        } else if prompt.contains('\0') {
            "it has a NUL character, which no argument can have; remove it".to_owned()
        } else {
            return Ok(());
        };
        Err(SpawnRefusal::PromptRejected(problem))
    }

    fn args(&self, prompt: &str, token: &str) -> Result<Vec<Word>, SpawnRefusal> {
        let mut args = Vec::with_capacity(self.config.command.len() + 1);
        for word in self.config.command.iter().skip(1) {
            args.push(match word.as_str() {
                PROMPT_FILE => Word::PromptFile,
                // It was made elsewhere, as the prompt was.
                SPAWN_TOKEN if token.starts_with('-') => {
                    return Err(SpawnRefusal::TokenRejected("the token begins with `-`"));
                }
                SPAWN_TOKEN => Word::Text(token.to_owned()),
                _ => Word::Text(word.clone()),
            });
        }
        if self.config.prompt == PromptBy::Arg {
            if self.has_dashes {
                args.push(Word::Text("--".to_owned()));
            }
            args.push(Word::Text(prompt.to_owned()));
        }
        Ok(args)
    }

    fn input(&self, prompt: &str) -> Input {
        match self.config.prompt {
            PromptBy::Stdin => Input::Stdin(prompt.to_owned()),
            PromptBy::File => Input::File(prompt.to_owned()),
            PromptBy::Arg => Input::Null,
        }
    }
}

impl SpawnDriver for CommandDriver {
    fn runtime_kind(&self) -> &str {
        &self.kind
    }

    fn availability(&self) -> Availability {
        match self.find() {
            Ok(_) => Availability::Available,
            Err(reason) => Availability::Unavailable(reason),
        }
    }

    fn build(
        &self,
        prompt: &str,
        token: &str,
        cwd: Option<&Path>,
    ) -> Result<SpawnCommand, SpawnRefusal> {
        self.check_prompt(prompt)?;
        if token.contains('\0') {
            return Err(SpawnRefusal::TokenRejected("the token has a NUL character"));
        }
        let args = self.args(prompt, token)?;
        Ok(SpawnCommand {
            runtime_kind: self.kind.clone(),
            binary: self.find().map_err(SpawnRefusal::Unavailable)?,
            args,
            env: self.config.env.clone(),
            env_remove: self.config.env_remove.clone(),
            cwd: cwd.map(Path::to_owned).or_else(|| self.config.cwd.clone()),
            input: self.input(prompt),
            output: self.config.output,
        })
    }
}
