//! Which attached side answers for an attach id, and who waits for it (attach §2).
//!
//! [`ReverseAttachGuard`] is an attachment: as long as it lives, its [`ReverseAttachHandle`] binds attach ids to its
//! [`ReverseChannel`], and the [`ReverseChannelRegistry`] finds that channel by id. A request on a channel opens a slot in
//! [`PendingRequests`], which whoever reads the socket completes. [`McpListenerRegistry`] tells sessions what has changed.
//!
//! Nothing here reads a socket, and no lock is held across an await or while somebody else's code runs.

mod channel;
mod channels;
mod config;
mod handle;
mod listeners;
mod pending;
mod tracker;

pub use channel::{Attachment, ReverseChannel};
pub use channels::{Refusal, Registration, ReverseChannelRegistry, new_reverse_channel_registry};
pub use config::{AttachSettings, ReverseAttachConfig};
pub use handle::{ReverseAttachGuard, ReverseAttachHandle};
pub use listeners::{Changes, Listener, McpListenerRegistry, Updated};
pub use pending::{Completed, Hold, PendingRequests, Slot, new_pending_requests};
pub use tracker::{AgentCompletionIds, SessionTracker};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks. A panic elsewhere must not become one here, least of all while a guard is dropped during unwinding (W11).
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
