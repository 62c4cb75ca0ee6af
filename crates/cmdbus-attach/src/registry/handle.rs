//! What holds an attachment together, and ends it (attach §2.7, §2.8).

use std::fmt;
use std::sync::{Arc, Mutex, TryLockError};

use tokio::time::Instant;

use super::{
    Attachment, PendingRequests, Registration, ReverseChannel, ReverseChannelRegistry,
    SessionTracker, held,
};
use crate::link::SharedSink;

/// Binds attach ids to one socket. Cheap to clone into background work: once the guard is gone it binds nothing any more.
#[derive(Clone)]
pub struct ReverseAttachHandle(Arc<Shared>);

struct Shared {
    registry: ReverseChannelRegistry,
    channel: ReverseChannel,
    tracker: Arc<SessionTracker>,
    /// Whether the guard is gone. Held while ids are bound, so that the end comes before or after, never between. The ids themselves
    /// are listed by the registry, which knows which of them other sockets have taken over.
    over: Mutex<bool>,
}

impl ReverseAttachHandle {
    /// Lets an id lead to this socket. Repeating it does no harm.
    pub fn register(&self, id: &str) -> Registration {
        let over = held(&self.0.over);
        if *over {
            return Registration::Detached;
        }
        let registration = self.0.registry.insert(id, &self.0.channel);
        if !matches!(registration, Registration::Refused(_)) {
            // Before this returns, so before any frame can tell the client that it has the id.
            self.0.tracker.observe(id);
        }
        registration
    }

    /// Releases an id and ends its listeners. False if it does not lead here, or no more.
    pub fn release(&self, id: &str) -> bool {
        let _over = held(&self.0.over);
        let registry = &self.0.registry;
        registry.remove_if_epoch(id, self.0.channel.epoch())
    }

    /// Returns the ids that lead to this socket, each once, first registered first. One that another socket has taken over is no
    /// longer among them.
    #[must_use]
    pub fn registered_ids(&self) -> Vec<String> {
        self.0.registry.ids_of(self.0.channel.epoch())
    }

    /// Returns the channel.
    #[must_use]
    pub fn channel(&self) -> &ReverseChannel {
        &self.0.channel
    }

    /// Returns what knows the ids that this socket has produced.
    #[must_use]
    pub fn tracker(&self) -> &Arc<SessionTracker> {
        &self.0.tracker
    }

    fn try_count(&self) -> Option<usize> {
        match self.0.over.try_lock() {
            Err(TryLockError::WouldBlock) => None,
            // Only whether it is free matters: then the registry can be asked.
            Ok(_) | Err(TryLockError::Poisoned(_)) => {
                let registry = &self.0.registry;
                registry.try_count_of(self.0.channel.epoch())
            }
        }
    }
}

/// Never blocks, and names neither ids nor tokens. `usize::MAX` means that the list was busy.
impl fmt::Debug for ReverseAttachHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReverseAttachHandle")
            .field("registered_count", &self.try_count().unwrap_or(usize::MAX))
            .finish()
    }
}

/// An attachment. Dropping it detaches: its ids are gone, everybody who waits is told, and handles bind nothing any more.
///
/// It lives as long as the socket can be taken up again (attach §3.12), or as long as the socket where it cannot.
#[derive(Debug)]
#[must_use = "dropping the guard detaches"]
pub struct ReverseAttachGuard {
    handle: ReverseAttachHandle,
}

impl ReverseAttachGuard {
    /// Begins an attachment of nobody in particular, with the caps of [`Attachment::default`].
    pub fn new(
        registry: ReverseChannelRegistry,
        sink: SharedSink,
        pending: PendingRequests,
    ) -> Self {
        Self::of(Attachment::default(), registry, sink, pending)
    }

    /// Begins an attachment.
    pub fn of(
        attachment: Attachment,
        registry: ReverseChannelRegistry,
        sink: SharedSink,
        pending: PendingRequests,
    ) -> Self {
        let tracker = SessionTracker::with_capacity(attachment.tracker_capacity);
        Self {
            handle: ReverseAttachHandle(Arc::new(Shared {
                registry,
                channel: ReverseChannel::new(sink, pending, attachment),
                tracker,
                over: Mutex::new(false),
            })),
        }
    }

    /// Returns the handle.
    #[must_use]
    pub fn handle(&self) -> ReverseAttachHandle {
        self.handle.clone()
    }

    /// Says that the socket has dropped and may come back until then: new requests wait for that, those in progress go on.
    pub fn suspend(&self, until: Instant) {
        self.handle.channel().suspend(until);
    }

    /// Says that the socket has come back.
    pub fn resume(&self) {
        self.handle.channel().resume();
    }
}

impl Drop for ReverseAttachGuard {
    fn drop(&mut self) {
        let Shared {
            registry,
            channel,
            over,
            ..
        } = &*self.handle.0;
        {
            let mut over = held(over);
            *over = true;
            registry.remove_all(channel.epoch());
        }
        channel.end("its connection is closed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::{Link, Settings};
    use crate::registry::{new_pending_requests, new_reverse_channel_registry};

    fn guard(registry: &ReverseChannelRegistry) -> ReverseAttachGuard {
        let sink = Link::new(Settings::default()).sink();
        ReverseAttachGuard::new(registry.clone(), sink, new_pending_requests())
    }

    /// Returns whether a lock is held every time in a thousand looks in succession, at the latest after 10 s.
    fn is_busy_for_long(lock: &Mutex<bool>) -> bool {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        let mut in_a_row = 0;
        while in_a_row < 1_000 && std::time::Instant::now() < deadline {
            let busy = matches!(lock.try_lock(), Err(TryLockError::WouldBlock));
            in_a_row = if busy { in_a_row + 1 } else { 0 };
            std::thread::yield_now();
        }
        in_a_row == 1_000
    }

    #[test]
    fn i03_a_guard_is_not_dropped_between_the_two_halves_of_a_registration() {
        let registry = new_reverse_channel_registry();
        let other = guard(&registry);
        other.handle().register("other");
        let guard = guard(&registry);
        let handle = guard.handle();
        let threads = registry.0.if_known("other", || {
            // Meanwhile nothing can be inserted: the registration stops halfway, and must keep the drop out.
            let half = handle.clone();
            let registering = std::thread::spawn(move || half.register("x"));
            let kept_out = is_busy_for_long(&handle.0.over);
            (
                kept_out,
                registering,
                std::thread::spawn(move || drop(guard)),
            )
        });
        let (kept_out, registering, dropping) = threads.unwrap();
        assert!(kept_out, "the list is free while an id is inserted");
        assert_eq!(registering.join().unwrap(), Registration::New);
        dropping.join().unwrap();
        assert_eq!(registry.len(), 1, "only `other` is left");
    }

    #[test]
    fn i11_debug_returns_while_another_thread_holds_the_list() {
        let registry = new_reverse_channel_registry();
        let guard = guard(&registry);
        let handle = guard.handle();
        let _busy = held(&guard.handle.0.over);
        let shown = std::thread::spawn(move || format!("{handle:?}"));
        assert_eq!(
            shown.join().unwrap(),
            format!("ReverseAttachHandle {{ registered_count: {} }}", usize::MAX)
        );
    }

    #[test]
    fn w11_a_guard_whose_lock_is_poisoned_detaches_all_the_same() {
        let registry = new_reverse_channel_registry();
        let guard = guard(&registry);
        guard.handle().register("x");
        let handle = guard.handle();
        let poisoned = std::thread::spawn(move || {
            let _held = held(&handle.0.over);
            panic!("with the lock held");
        });
        assert!(poisoned.join().is_err() && guard.handle.0.over.is_poisoned());
        let shown = format!("{guard:?}");
        assert!(shown.contains("registered_count: 1"), "{shown}");
        drop(guard);
        assert!(registry.is_empty());
    }
}
