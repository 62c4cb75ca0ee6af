//! Whether a socket carries an attachment (attach §3.12).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard, watch};
use tokio::time::Instant;

use crate::registry::ReverseAttachGuard;

/// Which socket carries an attachment, and since when none does.
pub(super) struct Carried {
    state: watch::Sender<State>,
    turn: Arc<Mutex<()>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    /// The number of the newest socket.
    generation: u64,
    /// Since when it is gone.
    away: Option<Instant>,
}

/// Held from the handshake of a socket until it carries the attachment: so two that come at once come one after the other.
pub(super) type Turn = OwnedMutexGuard<()>;

impl Carried {
    /// Returns that of a new attachment, which its first socket carries.
    pub(super) fn new() -> Self {
        Self {
            state: watch::Sender::default(),
            turn: Arc::default(),
        }
    }

    /// Waits for the turn to take the attachment up.
    pub(super) async fn turn(&self) -> Turn {
        self.turn.clone().lock_owned().await
    }

    /// Says that another socket carries it now, and returns the number of that.
    pub(super) fn came_back(&self) -> u64 {
        let mut generation = 0;
        self.state.send_modify(|state| {
            state.generation += 1;
            state.away = None;
            generation = state.generation;
        });
        generation
    }

    /// Says that a socket is gone. It may say so late, when a newer one carries the attachment; then nothing has changed.
    pub(super) fn dropped(&self, generation: u64) {
        self.state.send_if_modified(|state| {
            let counts = state.generation == generation && state.away.is_none();
            if counts {
                state.away = Some(Instant::now());
            }
            counts
        });
    }

    /// Waits until there has been no socket for so long. Meanwhile requests wait for the next one.
    pub(super) async fn not_back_within(&self, grace: Duration, guard: &ReverseAttachGuard) {
        let mut state = self.state.subscribe();
        loop {
            let away = state.borrow_and_update().away;
            let Some(since) = away else {
                guard.resume();
                // It cannot fail: the sender lives in `self`.
                let _ = state.changed().await;
                continue;
            };
            let until = since + grace;
            guard.suspend(until);
            tokio::select! {
                _ = state.changed() => {}
                () = tokio::time::sleep_until(until) => return,
            }
        }
    }

    /// Waits until no socket carries it.
    pub(super) async fn until_dropped(&self) {
        let mut state = self.state.subscribe();
        // It cannot fail: the sender lives in `self`.
        let _ = state.wait_for(|state| state.away.is_some()).await;
    }
}
