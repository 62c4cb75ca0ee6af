//! Word of changes to those who listen without a session.

use std::sync::{Arc, Weak};
use std::time::Duration;

use cmdbus::DirectoryChanges;
use cmdbus_mcp::carry::{FromServer, Hears};
use cmdbus_mcp::own::META_SUBSCRIPTION;
use cmdbus_mcp::rpc::{Raw, RpcError, codes, raw, splice};
use serde_json::json;
use serde_json::value::RawValue;
use tokio::sync::{Notify, watch};

use super::catalogue::Catalogue;
use super::{Aggregator, Asked};
use crate::frame::ListKind;

/// Least time between two announcements (attach §6).
pub(super) const PAUSE: Duration = Duration::from_secs(1);
/// Least time between two looks at a directory whose changes are none to see.
const REST: Duration = Duration::from_millis(50);

/// Counts announcements.
pub(super) struct Changes(watch::Sender<u64>);

impl Changes {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    pub(super) fn tell(&self) {
        self.0.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Returns whether somebody listens.
    pub(super) fn is_heard(&self) -> bool {
        self.0.receiver_count() > 0
    }
}

/// Waits for changes that can be seen.
pub(super) struct Watch {
    directory: DirectoryChanges,
    health: Arc<Notify>,
    told: Arc<Catalogue>,
}

impl Watch {
    pub(super) fn new(aggregator: &Aggregator) -> Self {
        Self {
            // Before the catalogue, so that no change falls between.
            directory: aggregator.registry.directory_changes(),
            health: aggregator.health.clone(),
            told: aggregator.catalogue(),
        }
    }

    /// Waits until the list looks different. `false`: the aggregator is gone.
    pub(super) async fn changed(&mut self, watched: &Weak<Aggregator>) -> bool {
        loop {
            let is_health = tokio::select! {
                there = self.directory.changed() => {
                    if !there {
                        return false;
                    }
                    false
                }
                () = self.health.notified() => true,
            };
            let Some(aggregator) = watched.upgrade() else {
                return false;
            };
            // Nobody is there to be told: then a bus that comes and goes costs nothing here, and nothing wakes up later for a pause. Who
            // comes after that is told of one change too many at most.
            if !aggregator.is_heard() {
                continue;
            }
            let now = aggregator.catalogue();
            drop(aggregator);
            if is_health || !now.looks_like(&self.told) {
                self.told = now;
                return true;
            }
            tokio::time::sleep(REST).await;
        }
    }
}

impl Asked {
    /// Tells of changes of the tool list until the client has had enough.
    pub(super) async fn listen(
        &self,
        params: Option<&RawValue>,
        hears: Hears,
    ) -> Result<Raw, RpcError> {
        let wants = params
            .and_then(|params| splice::get(params, &["notifications"]))
            .ok_or_else(|| {
                RpcError::new(
                    codes::INVALID_PARAMS,
                    "`subscriptions/listen` needs `notifications`, an object that says which",
                )
            })?;
        let tools =
            splice::get(wants, &["toolsListChanged"]).is_some_and(|wanted| wanted.get() == "true");
        let mut changes = self.aggregator.changes.0.subscribe();
        let accepted = if tools {
            json!({"toolsListChanged": true})
        } else {
            json!({})
        };
        // The gateway writes the client's own id over this one.
        let meta = json!({META_SUBSCRIPTION: ""});
        tell(
            &hears,
            "notifications/subscriptions/acknowledged",
            raw(&json!({"notifications": accepted, "_meta": meta})),
        );
        if !tools {
            return std::future::pending().await;
        }
        while changes.changed().await.is_ok() {
            tell(
                &hears,
                ListKind::Tools.method(),
                raw(&json!({"_meta": meta})),
            );
        }
        Ok(raw(&json!({"resultType": "complete", "_meta": meta})))
    }
}

fn tell(hears: &Hears, method: &str, params: Raw) {
    hears(FromServer::Notification {
        method: method.to_owned(),
        params: Some(params),
    });
}
