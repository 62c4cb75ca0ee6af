//! Time limits of calls on the bus: as those of a carrier, idle time included.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use cmdbus_mcp::carry::Limits;
use tokio::time::{Instant, sleep_until};

use super::lock;

/// When a call was last heard of.
#[derive(Clone)]
pub(super) struct Heard(Arc<Mutex<Instant>>);

impl Heard {
    pub(super) fn now() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    pub(super) fn again(&self) {
        *lock(&self.0) = Instant::now();
    }

    /// Waits until either limit has passed.
    pub(super) async fn expired(&self, limits: Limits) {
        let begin = Instant::now();
        let end = |from: Instant, length: Option<Duration>| {
            length.and_then(|length| from.checked_add(length))
        };
        loop {
            let heard = *lock(&self.0);
            let due = [end(begin, limits.total), end(heard, limits.idle)]
                .into_iter()
                .flatten()
                .min();
            match due {
                None => return std::future::pending().await,
                Some(due) if due <= Instant::now() => return,
                Some(due) => sleep_until(due).await,
            }
        }
    }
}
