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

/// One socket, for as long as this lives.
pub(super) struct Socket<'a> {
    carried: &'a Carried,
    generation: u64,
}

impl Drop for Socket<'_> {
    fn drop(&mut self) {
        self.carried.dropped(self.generation);
    }
}

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

    /// Returns the first socket.
    pub(super) fn first(&self) -> Socket<'_> {
        self.socket(0)
    }

    /// Says that another socket carries it now, and returns that.
    pub(super) fn came_back(&self) -> Socket<'_> {
        let mut generation = 0;
        self.state.send_modify(|state| {
            state.generation += 1;
            state.away = None;
            generation = state.generation;
        });
        self.socket(generation)
    }

    fn socket(&self, generation: u64) -> Socket<'_> {
        Socket {
            carried: self,
            generation,
        }
    }

    /// Says that a socket is gone. It may say so late, when a newer one carries the attachment; then nothing has changed.
    fn dropped(&self, generation: u64) {
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

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;
    use crate::link::{Link, Settings};
    use crate::registry::{new_pending_requests, new_reverse_channel_registry};

    #[tokio::test(start_paused = true)]
    async fn a_late_word_of_an_old_socket_does_not_count() {
        let grace = Duration::from_secs(30);
        let link = Link::new(Settings::default());
        let registry = new_reverse_channel_registry();
        let guard = ReverseAttachGuard::new(registry, link.sink(), new_pending_requests());
        let carried = Carried::new();
        let first = carried.first();
        let newest = carried.came_back();
        drop(first);
        let over = timeout(
            Duration::from_secs(3600),
            carried.not_back_within(grace, &guard),
        )
        .await;
        assert!(over.is_err(), "the newer socket is there");
        let generation = newest.generation;
        drop(newest);
        let begin = Instant::now();
        tokio::time::sleep(Duration::from_secs(10)).await;
        // Nor does it begin the grace time anew.
        carried.dropped(generation);
        carried.not_back_within(grace, &guard).await;
        assert_eq!(begin.elapsed(), grace);
        assert!(guard.handle().channel().is_suspended());
    }
}
