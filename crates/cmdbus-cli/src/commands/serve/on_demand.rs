//! The gateway of a daemon: running from the start, or once a verb asks for it (attach §4.14).

use std::path::PathBuf;
use std::sync::Arc;

use cmdbus::CommandRegistry;
use tokio::sync::OnceCell;

use super::gateway::Running;
use crate::config::Config;
use crate::exit::Result;
use crate::place::Place;

/// Where a gateway keeps what outlives it, and the token that gives all rights.
pub(super) struct Home {
    pub(super) state: PathBuf,
    pub(super) token: String,
}

impl Home {
    /// Returns the home of a place's gateway. A broker that is no profile's keeps it in its own folder, and its token is
    /// the one that its discovery file tells.
    pub(super) fn of(place: &Place, broker_token: &str) -> Result<Self> {
        Ok(match &place.profile {
            Some(instance) => Self {
                token: instance.prepared()?,
                state: instance.paths.state.clone(),
            },
            None => Self {
                token: broker_token.to_owned(),
                state: place.folder.clone(),
            },
        })
    }
}

/// A gateway that may not run yet.
pub(in crate::commands) struct OnDemand {
    home: Home,
    config: Config,
    registry: CommandRegistry,
    running: OnceCell<Arc<Running>>,
}

impl OnDemand {
    pub(super) fn new(home: Home, config: &Config, registry: &CommandRegistry) -> Self {
        Self {
            home,
            config: config.clone(),
            registry: registry.clone(),
            running: OnceCell::new(),
        }
    }

    /// Starts it unless it runs. `None`: somebody has switched it off.
    pub(in crate::commands) async fn start(&self) -> Result<Option<Arc<Running>>> {
        if !self.config.gateway.enabled {
            return Ok(None);
        }
        let start = || async {
            let running = Running::start(&self.home, &self.config, &self.registry).await?;
            tracing::info!(url = running.url(), "the gateway is open");
            Ok(running)
        };
        self.running.get_or_try_init(start).await.cloned().map(Some)
    }

    /// Returns it if it runs.
    pub(in crate::commands) fn running(&self) -> Option<&Arc<Running>> {
        self.running.get()
    }
}
