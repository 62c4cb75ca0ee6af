//! Starting a process, and telling how it ends (protocol §8.5).
//!
//! Whatever is wrong with a command is a [`SpawnFailure`]; nothing of it ends the broker. A process leads a
//! session of its own, so it outlives the broker, and every one that ends while the broker runs is reaped.

pub(super) mod env;
mod failure;
mod files;
mod watch;

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::Stdio;
use std::sync::Arc;
use std::task::{Context, Poll};

use process_wrap::tokio::{ChildWrapper, CommandWrap, ProcessSession};
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use super::drivers::{Input, OutputTo, SpawnCommand, Word};
use env::Environment;
pub use failure::SpawnFailure;
use watch::Watch;

/// How a process has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitOutcome {
    /// It ended itself, with this code.
    Code(i32),
    /// A signal ended it.
    Signal(i32),
    /// Nobody can tell.
    Unknown,
}

/// A process that was started.
#[derive(Debug)]
pub struct Started {
    /// Its number. It may belong to somebody else when `exited` has come.
    pub pid: u32,
    /// Comes when it has ended and been reaped. May be dropped; it is reaped all the same.
    pub exited: Exited,
}

/// The end of a process, as a future.
#[derive(Debug)]
pub struct Exited(oneshot::Receiver<ExitOutcome>);

impl Future for Exited {
    type Output = ExitOutcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<ExitOutcome> {
        // Without an answer, our runtime ended first.
        let answer = Pin::new(&mut self.0).poll(context);
        answer.map(|outcome| outcome.unwrap_or(ExitOutcome::Unknown))
    }
}

/// Starts what drivers want started. Cheap to clone.
#[derive(Clone)]
pub struct Starter(Arc<Places>);

#[derive(Clone)]
struct Places {
    prompts: PathBuf,
    logs: PathBuf,
    discovery_file: PathBuf,
    home: PathBuf,
    environment: Environment,
}

impl Starter {
    /// Makes a starter with the environment of this process. Prompts are written into `spawn` in the data
    /// folder, what programs write into the log folder.
    pub fn new(
        data_folder: &Path,
        log_folder: impl Into<PathBuf>,
        discovery_file: impl Into<PathBuf>,
    ) -> Self {
        Self(Arc::new(Places {
            prompts: data_folder.join("spawn"),
            logs: log_folder.into(),
            discovery_file: discovery_file.into(),
            home: std::env::home_dir().unwrap_or_else(|| PathBuf::from("/")),
            environment: Environment::new(),
        }))
        .with_environment(std::env::vars_os())
    }

    /// Starts with another environment than that of this process. Its `HOME` is the home folder.
    #[must_use]
    pub fn with_environment(
        mut self,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Self {
        let places = Arc::make_mut(&mut self.0);
        places.environment = variables.into_iter().collect();
        let home = places.environment.get(&OsString::from("HOME"));
        if let Some(home) = home.map(PathBuf::from).filter(|home| home.is_absolute()) {
            places.home = home;
        }
        self
    }

    /// Removes prompts of a broker that was killed, and old logs of spawned processes. Every start does so
    /// as well.
    pub fn sweep(&self) {
        files::sweep(&self.0.prompts, &self.0.logs);
    }

    /// Starts a process.
    ///
    /// Once begun it is not undone: if the future is dropped, the process runs, and is reaped at its end.
    /// Must be called on a tokio runtime with I/O and time.
    ///
    /// # Errors
    ///
    /// Says in a few words why the process does not run.
    pub async fn start(&self, command: SpawnCommand, token: &str) -> Result<Started, SpawnFailure> {
        let (places, token) = (Arc::clone(&self.0), token.to_owned());
        // A fork takes its time in a process with much memory, and the files may be on a slow disk.
        let started = tokio::task::spawn_blocking(move || places.start(command, &token));
        match started.await {
            Ok(started) => started,
            Err(_) => Err(SpawnFailure::new("the broker is shutting down")),
        }
    }
}

impl Places {
    fn start(&self, command: SpawnCommand, token: &str) -> Result<Started, SpawnFailure> {
        files::sweep(&self.prompts, &self.logs);
        let cwd = command.cwd.as_deref().unwrap_or(&self.home);
        failure::check_cwd(cwd)?;
        let prompt_file = match &command.input {
            Input::File(prompt) => Some(self.write_prompt(prompt)?),
            Input::Null | Input::Stdin(_) => None,
        };
        let launched = self.launch(&command, cwd, prompt_file.as_deref(), token);
        let (mut child, log) = launched.inspect_err(|_| {
            prompt_file.iter().for_each(|file| files::remove(file));
        })?;
        // Not yet waited for, so it has its number.
        let pid = child.id().unwrap_or_default();
        let stdin = child.stdin().take();
        let input = match command.input {
            Input::Stdin(prompt) => stdin.map(|stdin| (stdin, prompt)),
            Input::Null | Input::File(_) => None,
        };
        tracing::info!(pid, kind = %command.runtime_kind, "spawned a process");
        let (ended, exited) = oneshot::channel();
        let watch = Watch {
            pid,
            child,
            input,
            prompt_file,
            log,
            ended,
        };
        tokio::spawn(watch.run());
        Ok(Started {
            pid,
            exited: Exited(exited),
        })
    }

    fn write_prompt(&self, prompt: &str) -> Result<PathBuf, SpawnFailure> {
        files::write_prompt(&self.prompts, prompt)
            .map_err(|error| SpawnFailure::of_file("the file of the prompt", &error))
    }

    fn launch(
        &self,
        spawn: &SpawnCommand,
        cwd: &Path,
        prompt_file: Option<&Path>,
        token: &str,
    ) -> Result<(Box<dyn ChildWrapper>, Option<File>), SpawnFailure> {
        let log = match spawn.output {
            OutputTo::Null => None,
            OutputTo::Log => Some(
                files::create_log(&self.logs, &spawn.runtime_kind)
                    .map_err(|error| SpawnFailure::of_file("the log", &error))?,
            ),
        };
        let mut command = Command::new(&spawn.binary);
        for word in &spawn.args {
            match (word, prompt_file) {
                (Word::Text(text), _) => command.arg(text),
                (Word::PromptFile, Some(file)) => command.arg(file),
                (Word::PromptFile, None) => {
                    return Err(SpawnFailure::new(
                        "the command names a prompt file, and has none",
                    ));
                }
            };
        }
        command
            .env_clear()
            .envs(env::of_child(
                &self.environment,
                spawn,
                token,
                &self.discovery_file,
            ))
            .current_dir(cwd)
            .stdin(match spawn.input {
                Input::Stdin(_) => Stdio::piped(),
                Input::Null | Input::File(_) => Stdio::null(),
            });
        let child = redirect(&mut command, log.as_ref())
            .and_then(|()| spawn_in_session(command))
            .map_err(|error| failure::explain(&error, &spawn.binary, cwd))?;
        Ok((child, log))
    }
}

fn redirect(command: &mut Command, log: Option<&File>) -> io::Result<()> {
    let output = || match log {
        Some(log) => log.try_clone().map(Stdio::from),
        None => Ok(Stdio::null()),
    };
    command.stdout(output()?).stderr(output()?);
    Ok(())
}

fn spawn_in_session(command: Command) -> io::Result<Box<dyn ChildWrapper>> {
    // Somebody may have started us with `SIGCHLD` ignored, and then nobody who ends stays to be reaped.
    // Listening to it undoes that, for us and for the child. It is worth a try and no more.
    let _ = signal(SignalKind::child());
    let mut command = CommandWrap::from(command);
    let child = command.wrap(ProcessSession).spawn()?;
    // The wrapper would also wait for whoever else is in the group. We wait for the leader alone.
    Ok(child.into_inner())
}
