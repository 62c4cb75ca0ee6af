//! Which socket an attach id leads to (attach §2.5).

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};
use std::time::SystemTime;

use cmdbus_mcp::rpc::{Raw, RpcError, codes};
use rustc_hash::FxHashMap;
use tokio::time::Instant;

use super::ReverseChannel;
use super::listeners::{McpListenerRegistry, close};
use crate::frame::Target;

/// Longest attach id in bytes.
const LONGEST_ID: usize = 256;

/// Which socket an attach id leads to. Cheap to clone; all clones are the same table.
///
/// Every look-up returns a clone that nobody else holds, and no lock outlives a call.
#[derive(Clone)]
pub struct ReverseChannelRegistry(pub(super) Arc<Ids>);

/// The attach ids. Locked before the listeners' table where both are.
pub(super) struct Ids {
    table: RwLock<Table>,
    listeners: McpListenerRegistry,
}

#[derive(Default)]
struct Table {
    by_id: FxHashMap<Arc<str>, Entry>,
    /// The ids that lead to one attachment, first registered first. Holds no empty list.
    of_epoch: FxHashMap<u64, Vec<Arc<str>>>,
    /// How many ids a principal holds on all its sockets. Holds no zero.
    of_principal: FxHashMap<Box<str>, usize>,
}

struct Entry {
    channel: ReverseChannel,
    since: SystemTime,
}

/// What became of a registration. Callers may ignore it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// Nobody had the id.
    New,
    /// The same socket has it already.
    AlreadyOwned,
    /// Another socket of the same principal had it. What that one is working on ends there; new requests come here.
    TookOver,
    /// It is not to be had.
    Refused(Refusal),
    /// The socket is gone.
    Detached,
}

/// Why an attach id is not to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Somebody else has it.
    #[error("the attach id is held by another principal; choose another")]
    InUse,
    /// This socket has as many as it may.
    #[error("this socket holds as many attach ids as it may; detach some, or open another")]
    TooManyOnSocket,
    /// All sockets of this principal together have as many as they may.
    #[error("this principal holds as many attach ids as it may; detach some")]
    TooManyOfPrincipal,
    /// It is no attach id.
    #[error("an attach id has 1 to 256 bytes and no control characters; choose another")]
    BadId,
}

impl Refusal {
    /// Returns the word for it in an `attached` frame (attach §3.3).
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::InUse => "id_in_use",
            Self::TooManyOnSocket | Self::TooManyOfPrincipal => "too_many_ids",
            Self::BadId => "forbidden",
        }
    }
}

/// Returns an empty registry.
#[must_use]
pub fn new_reverse_channel_registry() -> ReverseChannelRegistry {
    ReverseChannelRegistry(Arc::new_cyclic(|ids: &Weak<Ids>| Ids {
        table: RwLock::default(),
        listeners: McpListenerRegistry::of(ids),
    }))
}

impl Default for ReverseChannelRegistry {
    fn default() -> Self {
        new_reverse_channel_registry()
    }
}

impl ReverseChannelRegistry {
    /// Lets an id lead to a channel, if the rules of take-over and the caps of the channel's attachment allow it.
    ///
    /// A [`ReverseAttachHandle`](super::ReverseAttachHandle) does this and cleans up; whoever calls this has to do so too.
    pub fn insert(&self, id: &str, channel: &ReverseChannel) -> Registration {
        if !is_valid(id) {
            return Registration::Refused(Refusal::BadId);
        }
        self.0.write().insert(id, channel)
    }

    /// Returns the channel that an id leads to.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<ReverseChannel> {
        Some(self.0.read().by_id.get(id)?.channel.clone())
    }

    /// Returns since when an id leads to its channel.
    #[must_use]
    pub fn since(&self, id: &str) -> Option<SystemTime> {
        Some(self.0.read().by_id.get(id)?.since)
    }

    /// Removes an id if it still leads to the attachment of this epoch, ends its listeners, and returns whether it did.
    pub fn remove_if_epoch(&self, id: &str, epoch: u64) -> bool {
        let (removed, listening) = {
            let mut table = self.0.write();
            let removed = table.remove_if_epoch(id, epoch);
            // Under the lock, so that listeners of a later holder of the id are not among them.
            let listening = removed.then(|| self.0.listeners.cut(id));
            (removed, listening)
        };
        close(listening.unwrap_or_default());
        removed
    }

    /// Removes every id that leads to the attachment of an epoch, and ends their listeners.
    pub(super) fn remove_all(&self, epoch: u64) {
        let listening = {
            let mut table = self.0.write();
            let ids = table.remove_all(epoch);
            let cut = |id: &Arc<str>| self.0.listeners.cut(id);
            ids.iter().flat_map(cut).collect()
        };
        close(listening);
    }

    /// Returns the ids that lead to the attachment of an epoch, first registered first.
    #[must_use]
    pub fn ids_of(&self, epoch: u64) -> Vec<String> {
        let table = self.0.read();
        let ids = table.of_epoch.get(&epoch).into_iter().flatten();
        ids.map(|id| id.as_ref().to_owned()).collect()
    }

    /// Returns how many ids lead to the attachment of an epoch. `None` if the table is busy.
    pub(super) fn try_count_of(&self, epoch: u64) -> Option<usize> {
        use std::sync::TryLockError::{Poisoned, WouldBlock};
        let table = match self.0.table.try_read() {
            Ok(table) => table,
            Err(Poisoned(poisoned)) => poisoned.into_inner(),
            Err(WouldBlock) => return None,
        };
        Some(table.of_epoch.get(&epoch).map_or(0, Vec::len))
    }

    /// Returns how many ids there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.read().by_id.len()
    }

    /// Returns whether there are no ids.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the listeners of the servers under these ids.
    #[must_use]
    pub fn listeners(&self) -> McpListenerRegistry {
        self.0.listeners.clone()
    }

    /// Asks the attached side whether a server under an id answers.
    ///
    /// # Errors
    /// As [`ReverseChannel::probe`]; −33001 if nobody holds the id.
    pub async fn probe(
        &self,
        id: &str,
        target: &Target,
        deadline: Instant,
    ) -> Result<Raw, RpcError> {
        let Some(channel) = self.get(id) else {
            return Err(RpcError::new(
                codes::NOT_FOUND,
                format!("nobody has attached as `{id}`"),
            ));
        };
        channel.probe(id, target, deadline).await
    }
}

impl std::fmt::Debug for ReverseChannelRegistry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReverseChannelRegistry")
            .finish_non_exhaustive()
    }
}

/// Returns whether a text can be an attach id.
fn is_valid(id: &str) -> bool {
    (1..=LONGEST_ID).contains(&id.len()) && !id.chars().any(char::is_control)
}

impl Ids {
    fn read(&self) -> RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Table> {
        self.table.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something while an id is certain to be there. `None` if it is not.
    pub(super) fn if_known<T>(&self, id: &str, then: impl FnOnce() -> T) -> Option<T> {
        let table = self.read();
        table.by_id.contains_key(id).then(then)
    }
}

impl Table {
    fn insert(&mut self, id: &str, channel: &ReverseChannel) -> Registration {
        let epoch = channel.epoch();
        let holder = self.by_id.get(id).map(|entry| entry.channel.clone());
        if let Some(holder) = &holder {
            if holder.epoch() == epoch {
                return Registration::AlreadyOwned;
            }
            if !holder.principal().is_same(channel.principal()) {
                return Registration::Refused(Refusal::InUse);
            }
        }
        let attachment = channel.attachment();
        if self.of_epoch.get(&epoch).map_or(0, Vec::len) >= attachment.max_ids {
            return Registration::Refused(Refusal::TooManyOnSocket);
        }
        let registration = match &holder {
            Some(holder) => {
                self.remove_if_epoch(id, holder.epoch());
                Registration::TookOver
            }
            None if self.count_of(channel) >= attachment.max_ids_of_principal => {
                return Registration::Refused(Refusal::TooManyOfPrincipal);
            }
            None => Registration::New,
        };
        let id: Arc<str> = id.into();
        let name = channel.principal().name();
        match self.of_principal.get_mut(name) {
            Some(count) => *count += 1,
            None => _ = self.of_principal.insert(name.into(), 1),
        }
        self.of_epoch
            .entry(epoch)
            .or_default()
            .push(Arc::clone(&id));
        let entry = Entry {
            channel: channel.clone(),
            since: SystemTime::now(),
        };
        self.by_id.insert(id, entry);
        registration
    }

    fn count_of(&self, channel: &ReverseChannel) -> usize {
        let count = self.of_principal.get(channel.principal().name());
        count.copied().unwrap_or_default()
    }

    fn remove_if_epoch(&mut self, id: &str, epoch: u64) -> bool {
        let owned = |entry: &Entry| entry.channel.epoch() == epoch;
        if !self.by_id.get(id).is_some_and(owned) {
            return false;
        }
        if let Some(ids) = self.of_epoch.get_mut(&epoch) {
            ids.retain(|other| **other != *id);
            if ids.is_empty() {
                self.of_epoch.remove(&epoch);
            }
        }
        self.forget(id);
        true
    }

    fn remove_all(&mut self, epoch: u64) -> Vec<Arc<str>> {
        let ids = self.of_epoch.remove(&epoch).unwrap_or_default();
        for id in &ids {
            self.forget(id);
        }
        ids
    }

    /// Removes an id that its epoch's list no longer holds.
    fn forget(&mut self, id: &str) {
        let Some(entry) = self.by_id.remove(id) else {
            return;
        };
        let name = entry.channel.principal().name();
        if let Some(count) = self.of_principal.get_mut(name) {
            *count -= 1;
            if *count == 0 {
                self.of_principal.remove(name);
            }
        }
    }
}
