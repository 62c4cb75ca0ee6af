//! Whether servers are in order: lists name those that are not (attach §6).

use std::sync::{Arc, Mutex, Weak};

use super::lock;
use crate::gateway::aggregated::Aggregator;

/// Tells that another server is out of order now, or in order again. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Health(Arc<Mutex<Weak<Aggregator>>>);

impl Health {
    /// Says who is to be told. It is held loosely: it asks this server what is out of order, and so holds it.
    pub(super) fn tell(&self, aggregator: &Arc<Aggregator>) {
        *lock(&self.0) = Arc::downgrade(aggregator);
    }

    pub(super) fn changed(&self) {
        let aggregator = lock(&self.0).upgrade();
        if let Some(aggregator) = aggregator {
            aggregator.degraded_changed();
        }
    }
}
