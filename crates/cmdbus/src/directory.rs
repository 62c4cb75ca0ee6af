//! Word of changes of the directory.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::Poll;

use futures_util::task::AtomicWaker;

use crate::inner::{Inner, guarded};

/// Those who watch a directory.
#[derive(Default)]
pub(crate) struct Watchers(Mutex<Vec<Weak<AtomicWaker>>>);

impl Watchers {
    fn add(&self, waker: &Arc<AtomicWaker>) {
        let mut watchers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        watchers.retain(|watcher| watcher.strong_count() > 0);
        watchers.push(Arc::downgrade(waker));
    }

    /// Wakes all. Called without the lock of the registry.
    pub(crate) fn wake(&self) {
        let watchers: Vec<_> = {
            let watchers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            watchers.iter().filter_map(Weak::upgrade).collect()
        };
        for watcher in watchers {
            guarded(|| watcher.wake());
        }
    }
}

impl Drop for Watchers {
    fn drop(&mut self) {
        self.wake();
    }
}

/// Tells when the commands that a registry lists have changed. Changes that come close together may be told as one, and
/// now and then something is told that left the list as it was.
pub struct DirectoryChanges {
    registry: Weak<Inner>,
    seen: u64,
    waker: Arc<AtomicWaker>,
}

impl DirectoryChanges {
    pub(crate) fn new(registry: &Arc<Inner>) -> Self {
        let waker = Arc::new(AtomicWaker::new());
        registry.directory.add(&waker);
        Self {
            registry: Arc::downgrade(registry),
            seen: registry.lock().node.directory_version(),
            waker,
        }
    }

    /// Waits until something has changed since the last time, or since the watching began. Returns `false` when the registry is
    /// gone. Cancel safe.
    pub async fn changed(&mut self) -> bool {
        poll_fn(|cx| {
            // First the waker, so that no change falls between the look and the wait.
            self.waker.register(cx.waker());
            let Some(registry) = self.registry.upgrade() else {
                return Poll::Ready(false);
            };
            let version = registry.lock().node.directory_version();
            if version == self.seen {
                return Poll::Pending;
            }
            self.seen = version;
            Poll::Ready(true)
        })
        .await
    }
}

impl std::fmt::Debug for DirectoryChanges {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DirectoryChanges").finish_non_exhaustive()
    }
}
