//! What a client wants done one after the other: an id is bound before it is released.

use std::collections::VecDeque;
use std::sync::Mutex;

use tokio::sync::{Notify, OwnedSemaphorePermit};

use super::lock;
use crate::frame::{Attach, Detach, ServerState, Target};

/// Most servers whose states wait. A client that names more at once makes them up.
const STATES: usize = 4096;

pub(super) enum Errand {
    Attach(Attach, OwnedSemaphorePermit),
    Detach(Detach, OwnedSemaphorePermit),
    State(News),
}

/// How a server does now.
pub(super) struct News {
    pub(super) target: Target,
    pub(super) state: ServerState,
    pub(super) eras: Vec<String>,
    pub(super) detail: Option<String>,
}

impl Errand {
    fn target(&self) -> Option<&Target> {
        match self {
            Self::State(news) => Some(&news.target),
            Self::Attach(..) | Self::Detach(..) => None,
        }
    }
}

/// Errands that wait. What asks for an answer is bounded by its permits, news by the number of servers: only the latest of each waits.
#[derive(Default)]
pub(super) struct Errands {
    queue: Mutex<VecDeque<Errand>>,
    left: Notify,
}

impl Errands {
    /// Leaves one more. False: there is no room.
    pub(super) fn leave(&self, errand: Errand) -> bool {
        let mut queue = lock(&self.queue);
        if let Some(target) = errand.target() {
            // The new one goes to the end, not in place of the old one: an `attach` between them says how the server did then.
            queue.retain(|waiting| waiting.target() != Some(target));
            let states = queue.iter().filter(|waiting| waiting.target().is_some());
            if states.count() >= STATES {
                return false;
            }
        }
        queue.push_back(errand);
        drop(queue);
        self.left.notify_one();
        true
    }

    /// Returns the next one. For one caller at a time.
    pub(super) async fn next(&self) -> Errand {
        loop {
            if let Some(errand) = lock(&self.queue).pop_front() {
                return errand;
            }
            self.left.notified().await;
        }
    }
}
