//! The broker in the daemon, and the discovery file by which clients find it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use cmdbus_broker::discovery::Discovery;
use cmdbus_broker::{Broker, Options, ShutdownMode};
use serde_json::Map;

use crate::config::Config;
use crate::exit::{Error, Result};
use crate::place::Place;

/// The broker that this process runs.
pub(super) struct Served {
    pub(super) broker: Arc<Broker>,
    told: Discovery,
    file: PathBuf,
}

impl Served {
    /// Starts the broker, which listens when this returns. Called by the holder of the lock.
    pub(super) async fn start(place: &Place, config: &Config) -> Result<Self> {
        let options = Options {
            account: place.account.clone(),
            discovery: place.discovery.clone(),
            logs: place.log_folder.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            figures: config.broker.figures.clone(),
            origins: config.broker.listener.origins.clone(),
            verify_peer_pid: config.broker.listener.verify_peer_pid,
            limits: config.broker.listener.limits(),
            drivers: config.spawn.drivers.clone(),
            ..Options::in_folder(&place.folder)
        };
        let broker = Broker::start(options)
            .await
            .map_err(|error| Error::failure(format!("cannot start the broker: {error}")))?;
        let told = Discovery {
            pid: std::process::id(),
            started_at: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
            ipc_url: broker.ipc_url().to_owned(),
            bearer_token: broker.bearer_token().to_owned(),
            extra: Map::new(),
        };
        Ok(Self {
            broker: Arc::new(broker),
            told,
            file: place.discovery.clone(),
        })
    }

    /// Tells clients where the broker is, and where the bus.
    pub(super) fn publish(&mut self, socket: Option<&Path>) -> Result<()> {
        if let Some(socket) = socket {
            self.told = self.told.clone().with_bus_socket(socket);
        }
        self.told.write(&self.file).map_err(|error| {
            // It may be there without being durable.
            self.withdraw();
            Error::io("write", &self.file, error)
        })
    }

    /// Tells clients that come now that there is no broker.
    pub(super) fn withdraw(&self) {
        if let Err(error) = self.told.remove(&self.file) {
            tracing::error!(%error, "cannot remove the discovery file");
        }
    }

    /// Stops the broker.
    pub(super) async fn stop(&self, how: ShutdownMode) {
        self.broker.shutdown(how).await;
    }
}
