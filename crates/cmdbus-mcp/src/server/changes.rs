//! Word of changes of what is shown.

use std::sync::{Arc, Weak};
use std::time::Duration;

use cmdbus::DirectoryChanges;
use tokio::time::sleep;

use super::Session;
use super::list::Listing;

/// Least time between two announcements (protocol §7.1).
pub(super) const PAUSE: Duration = Duration::from_secs(1);
/// Least time between two looks at a directory whose changes are none to see.
const REST: Duration = Duration::from_millis(50);

/// Waits for changes that the client can see.
pub(super) struct Changes {
    session: Weak<Session>,
    /// `None`: the registry is gone.
    directory: Option<DirectoryChanges>,
    told: Arc<Listing>,
}

impl Changes {
    pub(super) fn new(session: &Arc<Session>) -> Self {
        Self {
            session: Arc::downgrade(session),
            // Before the list, so that no change falls between.
            directory: session
                .outer
                .upgrade()
                .map(|outer| outer.directory_changes()),
            told: session.listing(),
        }
    }

    /// Waits until the list looks different. `false`: it never will again.
    pub(super) async fn changed(&mut self) -> bool {
        let Some(directory) = &mut self.directory else {
            return false;
        };
        while directory.changed().await {
            let Some(session) = self.session.upgrade() else {
                return false;
            };
            let now = session.listing();
            drop(session);
            if *now != *self.told {
                self.told = now;
                return true;
            }
            sleep(REST).await;
        }
        false
    }
}
