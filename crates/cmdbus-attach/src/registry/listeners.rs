//! Who wants to hear that a catalogue has changed (attach §4.9).

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, Weak};

use rustc_hash::FxHashMap;
use tokio::sync::Notify;

use super::channels::Ids;
use super::held;
use crate::frame::{ListKind, Target};

/// Most URIs that one listener keeps apart. Beyond that, everything it subscribed to counts as updated.
const MOST_URIS: usize = 1_024;

/// Who wants to hear of changes, by attach id and server. Cheap to clone; all clones are the same table.
///
/// A listener keeps marks, not a queue: however late it looks, changes have merged and none is lost (W33).
#[derive(Clone)]
pub struct McpListenerRegistry(Arc<Shared>);

struct Shared {
    table: Mutex<Table>,
    /// The attach ids that exist. Not set in a table that stands by itself, where every id may be listened to.
    ids: OnceLock<Weak<Ids>>,
}

/// Holds no empty map and no empty list.
type Table = FxHashMap<Box<str>, FxHashMap<Target, Vec<Arc<Mailbox>>>>;

/// What one listener has not yet been told.
#[derive(Default)]
pub(super) struct Mailbox {
    news: Mutex<News>,
    wake: Notify,
}

#[derive(Default)]
struct News {
    changes: Changes,
    closed: bool,
}

/// What has changed since the listener was last asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Whether the list of tools has.
    pub tools: bool,
    /// Whether the list of resources has.
    pub resources: bool,
    /// Whether the list of prompts has.
    pub prompts: bool,
    /// Which resources were updated.
    pub updated: Updated,
}

/// Which resources were updated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Updated {
    /// The ones with these URIs.
    These(BTreeSet<String>),
    /// So many that they count as all that the session has subscribed to.
    All,
}

impl Default for Updated {
    fn default() -> Self {
        Self::These(BTreeSet::new())
    }
}

impl Updated {
    fn add(&mut self, uri: &str) {
        let Self::These(uris) = self else {
            return;
        };
        if uris.contains(uri) {
            return;
        }
        if uris.len() < MOST_URIS {
            uris.insert(uri.to_owned());
        } else {
            *self = Self::All;
        }
    }
}

impl Changes {
    /// Returns the lists that have changed.
    pub fn kinds(&self) -> impl Iterator<Item = ListKind> + use<> {
        [
            (self.tools, ListKind::Tools),
            (self.resources, ListKind::Resources),
            (self.prompts, ListKind::Prompts),
        ]
        .into_iter()
        .filter_map(|(changed, kind)| changed.then_some(kind))
    }

    fn mark(&mut self, kind: ListKind) {
        *match kind {
            ListKind::Tools => &mut self.tools,
            ListKind::Resources => &mut self.resources,
            ListKind::Prompts => &mut self.prompts,
        } = true;
    }
}

impl Default for McpListenerRegistry {
    fn default() -> Self {
        Self::new()
    }
}

impl McpListenerRegistry {
    /// Returns an empty table that knows of no attach ids, and lets anything be listened to. That of a
    /// [`ReverseChannelRegistry`](super::ReverseChannelRegistry) knows them.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Shared {
            table: Mutex::default(),
            ids: OnceLock::new(),
        }))
    }

    /// Returns an empty table for the attach ids of a registry.
    pub(super) fn of(ids: &Weak<Ids>) -> Self {
        let new = Self::new();
        new.0.ids.get_or_init(|| Weak::clone(ids));
        new
    }

    /// Listens to one server under an attach id, from now on. For an id that nobody holds, the listener has ended already.
    pub fn subscribe(&self, id: &str, target: &Target) -> Listener {
        let listener = match self.0.ids.get() {
            None => Some(self.add(id, target)),
            // While the id is looked at it cannot go, so a listener is never left behind on an id that has just gone (W32).
            Some(ids) => ids
                .upgrade()
                .and_then(|ids| ids.if_known(id, || self.add(id, target))),
        };
        listener.unwrap_or_else(|| Listener {
            mailbox: Arc::default(),
            place: None,
        })
    }

    fn add(&self, id: &str, target: &Target) -> Listener {
        let mailbox = Arc::<Mailbox>::default();
        let mut table = held(&self.0.table);
        let targets = match table.get_mut(id) {
            Some(targets) => targets,
            None => table.entry(id.into()).or_default(),
        };
        targets
            .entry(target.clone())
            .or_default()
            .push(Arc::clone(&mailbox));
        Listener {
            mailbox,
            place: Some(Place {
                shared: Arc::clone(&self.0),
                id: id.into(),
                target: target.clone(),
            }),
        }
    }

    /// Marks a list of one server as changed, and returns how many listeners that concerns. Never blocks on any of them.
    pub fn publish(&self, id: &str, target: &Target, kind: ListKind) -> usize {
        self.tell(id, target, |changes| changes.mark(kind))
    }

    /// Marks a resource of one server as updated, and returns how many listeners that concerns.
    pub fn updated(&self, id: &str, target: &Target, uri: &str) -> usize {
        self.tell(id, target, |changes| changes.updated.add(uri))
    }

    fn tell(&self, id: &str, target: &Target, mark: impl Fn(&mut Changes)) -> usize {
        let listening: Vec<_> = {
            let table = held(&self.0.table);
            let of_target = table.get(id).and_then(|targets| targets.get(target));
            of_target.cloned().unwrap_or_default()
        };
        for mailbox in &listening {
            mark(&mut held(&mailbox.news).changes);
            mailbox.wake.notify_one();
        }
        listening.len()
    }

    /// Removes the entry of a server that nobody listens to, and returns whether there was one. There never is: a listener takes its
    /// entry along when it is the last.
    pub fn gc(&self, id: &str, target: &Target) -> bool {
        let mut table = held(&self.0.table);
        let Some(targets) = table.get_mut(id) else {
            return false;
        };
        let is_empty = targets.get(target).is_some_and(Vec::is_empty);
        if is_empty {
            targets.remove(target);
        }
        if targets.is_empty() {
            table.remove(id);
        }
        is_empty
    }

    /// Ends every listener under an attach id.
    pub fn close_for(&self, id: &str) {
        close(self.cut(id));
    }

    /// Ends every listener of one server under an attach id: it was detached by itself.
    pub fn close_target(&self, id: &str, target: &Target) {
        let listening = {
            let mut table = held(&self.0.table);
            let Some(targets) = table.get_mut(id) else {
                return;
            };
            let listening = targets.remove(target).unwrap_or_default();
            if targets.is_empty() {
                table.remove(id);
            }
            listening
        };
        close(listening);
    }

    /// Takes out every listener under an attach id. Whoever takes them closes them, holding no lock.
    pub(super) fn cut(&self, id: &str) -> Vec<Arc<Mailbox>> {
        let targets = held(&self.0.table).remove(id).unwrap_or_default();
        targets.into_values().flatten().collect()
    }

    /// Returns how many servers are listened to.
    #[must_use]
    pub fn len(&self) -> usize {
        held(&self.0.table).values().map(FxHashMap::len).sum()
    }

    /// Returns whether nobody listens to anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        held(&self.0.table).is_empty()
    }
}

impl std::fmt::Debug for McpListenerRegistry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("McpListenerRegistry")
            .finish_non_exhaustive()
    }
}

pub(super) fn close(listening: Vec<Arc<Mailbox>>) {
    for mailbox in listening {
        held(&mailbox.news).closed = true;
        mailbox.wake.notify_one();
    }
}

/// Hears that lists of one server have changed. Dropping it ends it.
#[must_use = "dropping a listener ends it"]
pub struct Listener {
    mailbox: Arc<Mailbox>,
    /// Where it is listed. Not at all if there was nothing to listen to.
    place: Option<Place>,
}

struct Place {
    shared: Arc<Shared>,
    id: Box<str>,
    target: Target,
}

impl Listener {
    /// Waits for changes and returns all that have come together meanwhile; `None` once the attach id or the server is gone. Cancel safe.
    pub async fn next(&mut self) -> Option<Changes> {
        loop {
            if let Some(news) = self.look() {
                return news;
            }
            self.mailbox.wake.notified().await;
        }
    }

    /// Returns the changes, the end, or nothing yet. What happened before the end comes before it.
    fn look(&self) -> Option<Option<Changes>> {
        let mut news = held(&self.mailbox.news);
        if news.changes != Changes::default() {
            return Some(Some(std::mem::take(&mut news.changes)));
        }
        (news.closed || self.place.is_none()).then_some(None)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let Some(place) = &self.place else {
            return;
        };
        let mut table = held(&place.shared.table);
        // The entry may be gone, or be that of a later holder of the id.
        let Some(targets) = table.get_mut(&place.id) else {
            return;
        };
        if let Some(listening) = targets.get_mut(&place.target) {
            listening.retain(|mailbox| !Arc::ptr_eq(mailbox, &self.mailbox));
            if listening.is_empty() {
                targets.remove(&place.target);
            }
        }
        if targets.is_empty() {
            table.remove(&place.id);
        }
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener").finish_non_exhaustive()
    }
}
