//! Spawn drivers: what starts a runtime of a given kind (protocol §1.6, §8.5).
//!
//! Two are built in, `claude-code` and `codex`; the others are configured. All of them are a command with a
//! prompt that somebody else wrote, and none of them knows a shell.

mod availability;
mod command;
mod config;
mod driver;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use super::programs::Programs;
use availability::Cached;
pub use command::{Input, SpawnCommand, Word};
pub use config::{DriverConfig, DriverConfigError, OutputTo, PromptBy};
use driver::CommandDriver;

/// Whether a driver can start something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    /// It can.
    Available,
    /// It cannot, for the reason given.
    Unavailable(String),
}

/// Why a driver makes no command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpawnRefusal {
    /// The prompt cannot be handed over so that it is sure to be taken for a prompt.
    #[error("the prompt is rejected: {0}")]
    PromptRejected(String),
    /// The token cannot be handed over.
    #[error("the spawn token is rejected: {0}")]
    TokenRejected(&'static str),
    /// The program has gone since the driver was asked whether it is available.
    #[error("{0}")]
    Unavailable(String),
}

impl SpawnRefusal {
    /// Returns what the acknowledgement of the spawn request says.
    pub fn detail(&self) -> String {
        match self {
            Self::PromptRejected(_) => "prompt_rejected".to_owned(),
            Self::TokenRejected(reason) => format!("spawn_failed: {reason}"),
            Self::Unavailable(reason) => reason.clone(),
        }
    }
}

/// Knows how to start a new process of one runtime kind.
pub trait SpawnDriver: Send + Sync {
    /// Returns the kind of runtime that it starts.
    fn runtime_kind(&self) -> &str;

    /// Looks whether it can start something now. May touch the file system.
    fn availability(&self) -> Availability;

    /// Makes the command that starts a runtime with a prompt. `cwd` is where it shall run, if somebody asked
    /// for a place.
    ///
    /// # Errors
    ///
    /// Refuses a prompt that could be taken for anything else, and says if the program has gone.
    fn build(
        &self,
        prompt: &str,
        token: &str,
        cwd: Option<&Path>,
    ) -> Result<SpawnCommand, SpawnRefusal>;
}

/// The drivers of a broker by runtime kind.
pub struct DriverRegistry {
    drivers: BTreeMap<String, Cached>,
}

impl DriverRegistry {
    /// Makes the registry of the built-in drivers and of configured ones, which look for their programs on
    /// `path`, the value of a `PATH` variable. A configured driver of a built-in kind replaces it.
    ///
    /// # Errors
    ///
    /// Names the key of the configuration that makes no sense.
    pub fn new(
        configs: BTreeMap<String, DriverConfig>,
        path: Option<OsString>,
    ) -> Result<Self, DriverConfigError> {
        let programs = Programs::new(path);
        let built_in = CommandDriver::built_in(&programs).map(Arc::new);
        let mut drivers: BTreeMap<String, Cached> = built_in
            .into_iter()
            .map(|driver| (driver.runtime_kind().to_owned(), Cached::new(driver)))
            .collect();
        for (kind, config) in configs {
            let driver = CommandDriver::configured(&kind, config, &programs)?;
            let replaced = drivers.insert(kind.clone(), Cached::new(Arc::new(driver)));
            if replaced.is_some() {
                tracing::info!("the configured spawn driver `{kind}` replaces the built-in one");
            }
        }
        Ok(Self { drivers })
    }

    /// Adds a driver of another make.
    ///
    /// # Errors
    ///
    /// There is a driver of this kind already.
    pub fn register(&mut self, driver: Arc<dyn SpawnDriver>) -> Result<(), DriverConfigError> {
        let kind = driver.runtime_kind().to_owned();
        if self.drivers.contains_key(&kind) {
            return Err(DriverConfigError::registered_twice(&kind));
        }
        self.drivers.insert(kind, Cached::new(driver));
        Ok(())
    }

    /// Returns the driver of a kind.
    pub fn get(&self, kind: &str) -> Option<&Arc<dyn SpawnDriver>> {
        self.drivers.get(kind).map(Cached::driver)
    }

    /// Returns the kinds that there are drivers for, in order.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.drivers.keys().map(String::as_str)
    }

    /// Returns whether the driver of a kind can start something, as it was up to 30 s ago; `None` without a
    /// driver. Never waits for a slow file system for more than 50 ms.
    pub fn availability(&self, kind: &str) -> Option<Availability> {
        self.drivers.get(kind).map(Cached::availability)
    }
}
