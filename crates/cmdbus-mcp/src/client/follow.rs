//! Following the list of a server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;

use crate::tools::ToolSet;

/// Least time between two looks at the list, whatever a server says.
const PAUSE: Duration = Duration::from_millis(250);
/// Most time until the next attempt after one that failed.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// Word of changes. Any number of them count as one.
#[derive(Default)]
pub(super) struct Signal {
    notify: Notify,
    is_gone: AtomicBool,
}

impl Signal {
    pub(super) fn changed(&self) {
        self.notify.notify_one();
    }

    /// Says whether there is a server that can be asked.
    pub(super) fn is_there(&self, is_there: bool) {
        self.is_gone.store(!is_there, Ordering::Release);
        self.notify.notify_one();
    }
}

/// Makes the commands agree with the list whenever that has changed. Never ends.
pub(super) async fn follow(set: Arc<ToolSet>, signal: Arc<Signal>) {
    let mut pause = PAUSE;
    loop {
        signal.notify.notified().await;
        if signal.is_gone.load(Ordering::Acquire) {
            set.clear().await;
            continue;
        }
        match set.update().await {
            Ok(_) => pause = PAUSE,
            Err(error) => {
                tracing::debug!(
                    code = error.code,
                    "the list of tools cannot be had; trying again"
                );
                pause = (pause * 2).min(MAX_PAUSE);
                signal.notify.notify_one();
            }
        }
        sleep(pause).await;
    }
}
