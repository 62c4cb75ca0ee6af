//! The way to the gateway, for as long as it is one and the same.

use std::sync::Arc;

use cmdbus_mcp::carry::Hears;
use cmdbus_mcp::rpc::Era;
use cmdbus_mcp::upstream::{HttpConfig, HttpConnection};
use tokio::sync::watch;

/// A gateway that is there, until it is lost.
pub(super) struct Door {
    modern: HttpConnection,
    legacy: HttpConnection,
    lost: watch::Sender<bool>,
}

impl Door {
    /// Nothing is sent yet. `ear` hears what belongs to no call.
    pub(super) fn new(config: &HttpConfig, ear: &Hears) -> Arc<Self> {
        Arc::new(Self {
            modern: HttpConnection::new(config.clone(), Era::Modern, ear.clone()),
            legacy: HttpConnection::new(config.clone(), Era::Legacy, ear.clone()),
            lost: watch::Sender::new(false),
        })
    }

    pub(super) fn of(&self, era: Era) -> &HttpConnection {
        match era {
            Era::Modern => &self.modern,
            Era::Legacy => &self.legacy,
        }
    }

    /// Says that it leads nowhere any more.
    pub(super) fn lose(&self) {
        self.lost.send_replace(true);
    }

    pub(super) fn is_lost(&self) -> bool {
        *self.lost.borrow()
    }

    /// Waits until somebody says that it leads nowhere any more. Cancel safe.
    pub(super) async fn lost(&self) {
        // The sender is ours, so it cannot be gone.
        let _ = self.lost.subscribe().wait_for(|lost| *lost).await;
    }
}
