//! Who provides which command: one table, so that owner and definition cannot disagree.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::PeerMap;
use super::effect::SessionId;
use crate::message::{CommandDef, MessageId};

/// All known commands of one registry.
pub(super) struct Directory<H> {
    entries: PeerMap<Arc<str>, Entry<H>>,
    /// The same ids in order, for listing. Touched only when a command comes or goes.
    names: BTreeSet<Arc<str>>,
    version: u64,
}

/// Everything known of one id.
pub(super) struct Entry<H> {
    /// The handler in this process. It comes before every provider.
    pub(super) local: Option<Local<H>>,
    /// Somebody is waiting for the router's word on this id.
    pub(super) reserved: Option<Reserved<H>>,
    /// Peers that serve it, in order of arrival. The first one is active, the others stand by.
    pub(super) providers: Vec<Provider>,
    /// The router session that has accepted the id from us on behalf of a provider.
    pub(super) acknowledged_by: Option<SessionId>,
}

pub(super) struct Local<H> {
    pub(super) handler: H,
    pub(super) definition: Arc<CommandDef>,
}

pub(super) enum Reserved<H> {
    /// A registration of this process.
    Local {
        handler: H,
        definition: Arc<CommandDef>,
    },
    /// A registration of a peer, passed on to the router.
    Claim {
        session: SessionId,
        /// The message the router has been asked with.
        asked: MessageId,
        /// What the peer asked with; more than once if it repeats itself.
        requests: Vec<MessageId>,
        definition: Arc<CommandDef>,
        /// The peer has changed the definition since the router was asked.
        refreshed: bool,
    },
}

pub(super) struct Provider {
    pub(super) session: SessionId,
    pub(super) definition: Arc<CommandDef>,
    /// Advertised in a list. Such an entry goes when a later list no longer has it.
    pub(super) listed: bool,
    /// Registered by name. Such an entry stays until it is withdrawn.
    pub(super) registered: bool,
}

impl<H> Entry<H> {
    fn new() -> Self {
        Self {
            local: None,
            reserved: None,
            providers: Vec::new(),
            acknowledged_by: None,
        }
    }

    pub(super) fn active(&self) -> Option<&Provider> {
        self.providers.first()
    }

    pub(super) fn provider(&mut self, session: SessionId) -> Option<&mut Provider> {
        self.providers
            .iter_mut()
            .find(|provider| provider.session == session)
    }

    /// Returns whether this process serves the id or is about to.
    pub(super) fn is_local(&self) -> bool {
        self.local.is_some() || matches!(self.reserved, Some(Reserved::Local { .. }))
    }

    /// Returns what callers of this registry get to see, if the id can be called at all.
    pub(super) fn definition(&self) -> Option<&Arc<CommandDef>> {
        self.local
            .as_ref()
            .map(|local| &local.definition)
            .or_else(|| self.active().map(|provider| &provider.definition))
    }

    /// Returns whether nobody serves the id or is about to.
    pub(super) fn is_empty(&self) -> bool {
        self.local.is_none() && self.reserved.is_none() && self.providers.is_empty()
    }
}

impl<H> Directory<H> {
    pub(super) fn new() -> Self {
        Self {
            entries: PeerMap::default(),
            names: BTreeSet::new(),
            version: 0,
        }
    }

    pub(super) fn get(&self, id: &str) -> Option<&Entry<H>> {
        self.entries.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Entry<H>> {
        let entry = self.entries.get_mut(id);
        // Whoever asks for it this way means to change it, or nearly always does.
        self.version += u64::from(entry.is_some());
        entry
    }

    /// Returns a number that has grown whenever what is listed has changed. It may grow without a change.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// Returns the shared spelling of a known id, and what is known of it.
    pub(super) fn find(&self, id: &str) -> Option<(&Arc<str>, &Entry<H>)> {
        self.entries.get_key_value(id)
    }

    /// Returns the entry of an id, new if need be, and the shared spelling of the id.
    pub(super) fn entry(&mut self, id: &str) -> (Arc<str>, &mut Entry<H>) {
        let name = match self.entries.get_key_value(id) {
            Some((name, _)) => name.clone(),
            None => {
                let name: Arc<str> = id.into();
                self.names.insert(name.clone());
                name
            }
        };
        self.version += 1;
        let entry = self.entries.entry(name.clone()).or_insert_with(Entry::new);
        (name, entry)
    }

    /// Forgets the id if nothing is known of it any more.
    pub(super) fn tidy(&mut self, id: &str) {
        if self.entries.get(id).is_some_and(Entry::is_empty) {
            self.entries.remove(id);
            self.names.remove(id);
            self.version += 1;
        }
    }

    /// Forgets everything and returns the handlers, which are the caller's to drop.
    pub(super) fn clear(&mut self) -> Vec<H> {
        self.names.clear();
        self.version += 1;
        self.entries
            .drain()
            .flat_map(|(_, entry)| {
                let reserved = match entry.reserved {
                    Some(Reserved::Local { handler, .. }) => Some(handler),
                    _ => None,
                };
                entry
                    .local
                    .map(|local| local.handler)
                    .into_iter()
                    .chain(reserved)
            })
            .collect()
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Walks over the ids in order, from the first one after `after`.
    pub(super) fn iter_after<'a>(
        &'a self,
        after: Option<&str>,
    ) -> impl Iterator<Item = (&'a Arc<str>, &'a Entry<H>)> + use<'a, H> {
        use std::ops::Bound::{Excluded, Unbounded};
        let from = after.map_or(Unbounded, Excluded);
        self.names
            .range::<str, _>((from, Unbounded))
            .filter_map(|name| self.entries.get_key_value(&**name))
    }
}
