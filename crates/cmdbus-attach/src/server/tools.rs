//! The tools of attached servers, as commands on the bus (attach §6).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use cmdbus::CommandRegistry;
use cmdbus_mcp::carry::{FromServer, Limits, refusal};
use cmdbus_mcp::convert::ResultMode;
use cmdbus_mcp::rpc::{Era, RpcError};
use cmdbus_mcp::tools::{ToolSet, ToolSetConfig, listen};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::bus_session::{BusSession, Shared};
use super::health::Health;
use super::ids::Attached;
use super::join::join;
use super::sessions::Sessions;
use super::{AttachServerParts, lock};
use crate::auth::Principal;
use crate::frame::{ListKind, Target};
use crate::gateway::SessionPort;
use crate::registry::ReverseChannel;

/// How soon a list that could not be had is asked for again. Doubled up to the longest.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(30);

/// How often a tool whose command somebody else provides is tried again before it is given up until the list changes.
const TRIES: usize = 4;

/// The commands of one connection.
pub(super) struct Tools {
    channel: ReverseChannel,
    sessions: Arc<Sessions>,
    health: Health,
    /// Held while what is shown changes, so that a server's commands are gone before they are shown anew.
    changing: tokio::sync::Mutex<()>,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    /// Joined to the bus when the first command is to be shown.
    registry: Option<CommandRegistry>,
    shown: Vec<Arc<Shown>>,
    /// Nothing is shown any more.
    over: bool,
}

/// One server whose tools are commands, under however many ids.
struct Shown {
    target: Target,
    prefix: String,
    era: Era,
    raw_results: bool,
    by: Arc<ShownBy>,
    set: ToolSet,
    session: Arc<BusSession>,
    health: Health,
    work: Mutex<Work>,
    /// Wakes who waits to fetch the list again.
    woken: Notify,
    count: AtomicUsize,
    trouble: Mutex<Option<String>>,
    /// Waits for word of changes, in the modern era. In the legacy one it comes unasked.
    listening: Mutex<Option<AbortHandle>>,
}

/// Who shows the tools of a server. Tools have it as their owner, so that who lists them can ask.
pub(super) struct ShownBy {
    principal: Principal,
    /// First attached first. The first one serves.
    ids: Mutex<Vec<Arc<Attached>>>,
}

impl ShownBy {
    /// Returns whether one of the ids lets somebody in.
    pub(super) fn lets_in(&self, caller: &Principal) -> bool {
        self.any(|attached| attached.lets_in(caller, &self.principal))
    }

    /// Returns whether they are shown under an id.
    pub(super) fn is_under(&self, id: &str) -> bool {
        self.any(|attached| *attached.id == *id)
    }

    fn any(&self, is_it: impl Fn(&Attached) -> bool) -> bool {
        let ids = lock(&self.ids);
        ids.iter().any(|own| !own.is_released() && is_it(own))
    }
}

/// Whether the list is to be fetched, and whether somebody is at it.
#[derive(Default)]
struct Work {
    dirty: bool,
    running: bool,
    over: bool,
}

/// How a server's tools are shown.
#[derive(Debug, Clone)]
pub(super) struct Showing {
    pub(super) prefix: String,
    pub(super) era: Era,
    pub(super) raw_results: bool,
}

impl Tools {
    pub(super) fn new(channel: ReverseChannel, sessions: Arc<Sessions>, health: Health) -> Self {
        Self {
            channel,
            sessions,
            health,
            changing: tokio::sync::Mutex::default(),
            table: Mutex::default(),
        }
    }

    /// Shows a server's tools under one more id, or brings what is shown up to date.
    pub(super) async fn show(
        &self,
        parts: &AttachServerParts,
        attached: &Arc<Attached>,
        target: &Target,
        showing: Showing,
    ) {
        let _turn = self.changing.lock().await;
        let mut ids = Vec::new();
        if let Some(shown) = self.find(target, &showing.prefix) {
            if shown.era == showing.era && shown.raw_results == showing.raw_results {
                shown.add(attached);
                shown.poke();
                return;
            }
            // It speaks another era since it was started again.
            ids = lock(&shown.by.ids).clone();
            self.take_down(&shown).await;
        }
        if !ids.iter().any(|known| known.epoch == attached.epoch) {
            ids.push(attached.clone());
        }
        self.begin(parts, ids, target, showing);
    }

    /// Shows a server anew, unless everybody who shows it has gone meanwhile.
    fn begin(
        &self,
        parts: &AttachServerParts,
        mut ids: Vec<Arc<Attached>>,
        target: &Target,
        showing: Showing,
    ) {
        let mut table = lock(&self.table);
        // Under the lock: who releases an id looks for it here afterwards.
        ids.retain(|attached| !attached.is_released());
        let Some(first) = ids.first().map(|first| first.id.clone()) else {
            return;
        };
        if table.over {
            return;
        }
        let registry = table
            .registry
            .get_or_insert_with(|| join(&parts.registry, self.channel.conn_id()))
            .clone();
        let by = Arc::new(ShownBy {
            principal: self.channel.principal().clone(),
            ids: Mutex::new(ids),
        });
        let config = ToolSetConfig {
            prefix: Some(showing.prefix.clone()),
            results: if showing.raw_results {
                ResultMode::Raw
            } else {
                ResultMode::Value
            },
            era: showing.era,
            limits: Limits::CALL,
            bus: parts.bus.clone(),
            owner: Some(by.clone()),
        };
        let shown = Arc::new_cyclic(|shown: &Weak<Shown>| {
            let session = BusSession::new(
                self.channel.clone(),
                first,
                target.clone(),
                showing.era,
                self.sessions.clone(),
                Arc::new(Port(shown.clone())),
            );
            let carrier = Arc::new(Shared(session.clone()));
            Shown {
                target: target.clone(),
                prefix: showing.prefix,
                era: showing.era,
                raw_results: showing.raw_results,
                by,
                set: ToolSet::new(registry, carrier, parts.index.clone(), config),
                session,
                health: self.health.clone(),
                work: Mutex::default(),
                woken: Notify::new(),
                count: AtomicUsize::new(0),
                trouble: Mutex::default(),
                listening: Mutex::default(),
            }
        });
        table.shown.push(shown.clone());
        drop(table);
        shown.poke();
        if shown.era == Era::Modern {
            shown.listen();
        }
    }

    /// Hides the servers of an id, or one of them. What another id still shows goes on, served by that.
    pub(super) async fn hide(
        &self,
        parts: &AttachServerParts,
        attached: &Attached,
        target: Option<&Target>,
    ) {
        let _turn = self.changing.lock().await;
        let concerned: Vec<Arc<Shown>> = lock(&self.table)
            .shown
            .iter()
            .filter(|shown| target.is_none_or(|target| shown.target == *target))
            .filter(|shown| shown.is_under(attached))
            .cloned()
            .collect();
        for shown in concerned {
            let Some(heirs) = shown.remove(attached) else {
                continue;
            };
            let showing = Showing {
                prefix: shown.prefix.clone(),
                era: shown.era,
                raw_results: shown.raw_results,
            };
            self.take_down(&shown).await;
            self.begin(parts, heirs, &shown.target, showing);
        }
    }

    /// Shows what one id shows under another as well, which has the same servers.
    pub(super) fn share(&self, first: &Attached, heir: &Arc<Attached>) {
        let table = lock(&self.table);
        for shown in table.shown.iter().filter(|shown| shown.is_under(first)) {
            shown.add(heir);
        }
    }

    /// Fetches the lists of a server again, as far as one of the ids shows it.
    pub(super) fn refresh(&self, ids: &[String], target: &Target) {
        let shown = lock(&self.table).shown.clone();
        for shown in shown.iter().filter(|shown| shown.target == *target) {
            let concerned = lock(&shown.by.ids)
                .iter()
                .any(|own| ids.iter().any(|id| *own.id == **id));
            if concerned {
                shown.poke();
            }
        }
    }

    /// Gives up the bus's own subscriptions: nobody waits for them, and they would never be done.
    pub(super) fn stop_listening(&self) {
        for shown in &lock(&self.table).shown {
            shown.stop_listening();
        }
    }

    /// Takes everything down, and leaves the bus.
    pub(super) async fn end(&self) {
        let (all, registry) = {
            let mut table = lock(&self.table);
            table.over = true;
            (std::mem::take(&mut table.shown), table.registry.take())
        };
        for shown in all {
            shown.end().await;
        }
        if let Some(registry) = registry {
            registry.dispose().await;
        }
    }

    /// Returns how many commands a server has under an id, and what is wrong with its list.
    pub(super) fn state(&self, attached: &Attached, target: &Target) -> (usize, Option<String>) {
        let table = lock(&self.table);
        let shown = table
            .shown
            .iter()
            .find(|shown| shown.target == *target && shown.is_under(attached));
        shown.map_or((0, None), |shown| {
            (
                shown.count.load(Ordering::Relaxed),
                lock(&shown.trouble).clone(),
            )
        })
    }

    fn find(&self, target: &Target, prefix: &str) -> Option<Arc<Shown>> {
        let table = lock(&self.table);
        let same = |shown: &&Arc<Shown>| shown.target == *target && shown.prefix == prefix;
        table.shown.iter().find(same).cloned()
    }

    async fn take_down(&self, shown: &Arc<Shown>) {
        lock(&self.table)
            .shown
            .retain(|other| !Arc::ptr_eq(other, shown));
        shown.end().await;
    }
}

impl Shown {
    fn is_under(&self, attached: &Attached) -> bool {
        let ids = lock(&self.by.ids);
        ids.iter().any(|own| own.epoch == attached.epoch)
    }

    /// Shows it under one more id.
    fn add(&self, attached: &Arc<Attached>) {
        let mut ids = lock(&self.by.ids);
        // Under the lock: who releases an id looks for it here afterwards.
        let known = ids.iter().any(|own| own.epoch == attached.epoch);
        if !known && !attached.is_released() {
            ids.push(attached.clone());
        }
    }

    /// Shows it under one id less. Returns the others if that one has served.
    fn remove(&self, attached: &Attached) -> Option<Vec<Arc<Attached>>> {
        let mut ids = lock(&self.by.ids);
        let served = ids
            .first()
            .is_some_and(|first| first.epoch == attached.epoch);
        ids.retain(|own| own.epoch != attached.epoch);
        served.then(|| ids.clone())
    }

    /// Listens to changes of the list, until nothing is shown any more.
    fn listen(self: &Arc<Self>) {
        let shown = Arc::downgrade(self);
        let changed = Arc::new(move || {
            if let Some(shown) = shown.upgrade() {
                shown.poke();
            }
        });
        let carrier = Arc::new(Shared(self.session.clone()));
        let task = tokio::spawn(listen(carrier, changed));
        *lock(&self.listening) = Some(task.abort_handle());
    }

    /// Has the list fetched, once more if somebody is at it.
    fn poke(self: &Arc<Self>) {
        {
            let mut work = lock(&self.work);
            if work.over {
                return;
            }
            work.dirty = true;
            if work.running {
                self.woken.notify_one();
                return;
            }
            work.running = true;
        }
        let shown = self.clone();
        tokio::spawn(async move { shown.work().await });
    }

    async fn work(&self) {
        let (mut retry, mut tries) = (FIRST_RETRY, 0);
        while self.begins() {
            let trouble = match self.update().await {
                Ok(None) => {
                    (retry, tries) = (FIRST_RETRY, 0);
                    self.say(None);
                    continue;
                }
                // Whoever has the id may be about to leave: a machine that was here before under another name.
                Ok(Some(refused)) => {
                    tries += 1;
                    format!("`{refused}` is a command of somebody else's")
                }
                Err(error) => {
                    tracing::info!(
                        prefix = self.prefix,
                        code = error.code,
                        "the tools of an attached server cannot be listed"
                    );
                    error.message
                }
            };
            if lock(&self.work).over {
                continue;
            }
            self.say(Some(trouble));
            if tries > TRIES {
                tries = 0;
                continue;
            }
            tokio::select! {
                () = tokio::time::sleep(retry) => {}
                () = self.woken.notified() => {}
            }
            retry = (retry * 2).min(LAST_RETRY);
            lock(&self.work).dirty = true;
        }
    }

    /// Returns whether there is something to do, and takes it on.
    fn begins(&self) -> bool {
        let mut work = lock(&self.work);
        work.running = work.dirty && !work.over;
        work.dirty = false;
        work.running
    }

    /// Makes the commands agree with the list. Returns one that the bus does not take.
    async fn update(&self) -> Result<Option<String>, RpcError> {
        let changes = self.set.update().await?;
        if lock(&self.work).over {
            self.set.clear().await;
        }
        self.count.store(self.set.len().await, Ordering::Relaxed);
        Ok(changes.refused.into_iter().next())
    }

    /// Says what is wrong.
    fn say(&self, trouble: Option<String>) {
        let before = std::mem::replace(&mut *lock(&self.trouble), trouble.clone());
        if before != trouble {
            self.health.changed();
        }
    }

    fn stop_listening(&self) {
        if let Some(task) = lock(&self.listening).take() {
            task.abort();
        }
    }

    async fn end(&self) {
        lock(&self.work).over = true;
        self.woken.notify_one();
        self.stop_listening();
        self.session.close();
        self.set.clear().await;
        self.count.store(0, Ordering::Relaxed);
    }
}

/// Hears what the server says in the bus's session.
struct Port(Weak<Shown>);

impl SessionPort for Port {
    fn hear(&self, message: FromServer) {
        match message {
            FromServer::Notification { method, .. } => {
                if let Some(kind) = ListKind::of_method(&method) {
                    self.list_changed(kind);
                }
            }
            FromServer::Request { method, answer, .. } => answer.give(Err(refusal(&method))),
        }
    }

    fn list_changed(&self, kind: ListKind) {
        if kind == ListKind::Tools
            && let Some(shown) = self.0.upgrade()
        {
            shown.poke();
        }
    }

    fn gone(&self, _: &str) {
        if let Some(shown) = self.0.upgrade() {
            shown.session.forget();
            shown.poke();
        }
    }
}
