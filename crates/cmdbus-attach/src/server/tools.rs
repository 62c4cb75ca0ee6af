//! The tools of attached servers, as commands on the bus (attach §6).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

use cmdbus::registry::Config;
use cmdbus::{CommandRegistry, InMemoryChannel};
use cmdbus_mcp::carry::{FromServer, Limits, refusal};
use cmdbus_mcp::convert::ResultMode;
use cmdbus_mcp::rpc::{Era, RpcError};
use cmdbus_mcp::tools::{ToolSet, ToolSetConfig};

use super::bus_session::{BusSession, Sessions, Shared};
use super::{AttachServerParts, lock};
use crate::frame::{ListKind, Target};
use crate::gateway::SessionPort;
use crate::registry::ReverseChannel;

/// How soon a list that could not be had is asked for again. Doubled up to the longest.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(30);

/// The commands of one connection.
pub(super) struct Tools {
    channel: ReverseChannel,
    sessions: Weak<dyn Sessions>,
    /// Joined to the bus when the first command is to be shown.
    registry: OnceLock<CommandRegistry>,
    shown: Mutex<Vec<Arc<Shown>>>,
}

/// One server whose tools are commands, under however many ids.
pub(super) struct Shown {
    target: Target,
    prefix: String,
    era: Era,
    raw_results: bool,
    /// The ids that show it, first attached first. The first one serves.
    ids: Mutex<Vec<Arc<str>>>,
    set: ToolSet,
    session: Arc<BusSession>,
    work: Mutex<Work>,
    count: AtomicUsize,
    trouble: Mutex<Option<String>>,
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
    pub(super) fn new(channel: ReverseChannel, sessions: Weak<dyn Sessions>) -> Self {
        Self {
            channel,
            sessions,
            registry: OnceLock::new(),
            shown: Mutex::default(),
        }
    }

    /// Shows a server's tools under one more id, or brings what is shown up to date.
    pub(super) async fn show(
        &self,
        parts: &AttachServerParts,
        id: &Arc<str>,
        target: &Target,
        showing: Showing,
    ) {
        let known = self.find(target, &showing.prefix);
        match known {
            Some(shown) if shown.era == showing.era => {
                let mut ids = lock(&shown.ids);
                if !ids.contains(id) {
                    ids.push(id.clone());
                }
                drop(ids);
                shown.poke();
                return;
            }
            // It speaks another era since it was started again.
            Some(shown) => self.take_down(&shown).await,
            None => {}
        }
        let Some(sessions) = self.sessions.upgrade() else {
            return;
        };
        let shown = self.begin(parts, id, target, showing, sessions);
        lock(&self.shown).push(shown.clone());
        shown.poke();
    }

    fn begin(
        &self,
        parts: &AttachServerParts,
        id: &Arc<str>,
        target: &Target,
        showing: Showing,
        sessions: Arc<dyn Sessions>,
    ) -> Arc<Shown> {
        let registry = self
            .registry
            .get_or_init(|| join(parts, self.channel.conn_id()))
            .clone();
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
            owner: Some(id.clone()),
        };
        Arc::new_cyclic(|shown: &Weak<Shown>| {
            let port = Arc::new(Port(shown.clone()));
            let session = BusSession::new(
                self.channel.clone(),
                id.clone(),
                target.clone(),
                showing.era,
                sessions,
                port,
            );
            let carrier = Arc::new(Shared(session.clone()));
            Shown {
                target: target.clone(),
                prefix: showing.prefix,
                era: showing.era,
                raw_results: showing.raw_results,
                ids: Mutex::new(vec![id.clone()]),
                set: ToolSet::new(registry, carrier, parts.index.clone(), config),
                session,
                work: Mutex::default(),
                count: AtomicUsize::new(0),
                trouble: Mutex::default(),
            }
        })
    }

    /// Hides the servers of an id, or one of them. What another id still shows goes on, served by that.
    pub(super) async fn hide(&self, parts: &AttachServerParts, id: &str, target: Option<&Target>) {
        let concerned: Vec<Arc<Shown>> = lock(&self.shown)
            .iter()
            .filter(|shown| target.is_none_or(|target| shown.target == *target))
            .filter(|shown| lock(&shown.ids).iter().any(|own| **own == *id))
            .cloned()
            .collect();
        for shown in concerned {
            let (served, heirs) = {
                let mut ids = lock(&shown.ids);
                let served = ids.first().is_some_and(|first| **first == *id);
                ids.retain(|own| **own != *id);
                (served, ids.clone())
            };
            if !served {
                continue;
            }
            let showing = Showing {
                prefix: shown.prefix.clone(),
                era: shown.era,
                raw_results: shown.raw_results,
            };
            self.take_down(&shown).await;
            for heir in heirs {
                Box::pin(self.show(parts, &heir, &shown.target, showing.clone())).await;
            }
        }
    }

    /// Fetches the lists of a server again, as far as one of the ids shows it.
    pub(super) fn refresh(&self, ids: &[String], target: &Target) {
        let shown = lock(&self.shown).clone();
        for shown in shown.iter().filter(|shown| shown.target == *target) {
            if lock(&shown.ids)
                .iter()
                .any(|own| ids.iter().any(|id| **own == **id))
            {
                shown.poke();
            }
        }
    }

    /// Takes everything down, and leaves the bus.
    pub(super) async fn end(&self) {
        let all = std::mem::take(&mut *lock(&self.shown));
        for shown in all {
            shown.end().await;
        }
        if let Some(registry) = self.registry.get() {
            registry.dispose().await;
        }
    }

    /// Returns how many commands a server has under an id, and what is wrong with its list.
    pub(super) fn state(&self, id: &str, target: &Target) -> (usize, Option<String>) {
        let shown = lock(&self.shown);
        let shown = shown.iter().find(|shown| {
            shown.target == *target && lock(&shown.ids).iter().any(|own| **own == *id)
        });
        shown.map_or((0, None), |shown| {
            (
                shown.count.load(Ordering::Relaxed),
                lock(&shown.trouble).clone(),
            )
        })
    }

    fn find(&self, target: &Target, prefix: &str) -> Option<Arc<Shown>> {
        let shown = lock(&self.shown);
        let same = |shown: &&Arc<Shown>| shown.target == *target && shown.prefix == prefix;
        shown.iter().find(same).cloned()
    }

    async fn take_down(&self, shown: &Arc<Shown>) {
        lock(&self.shown).retain(|other| !Arc::ptr_eq(other, shown));
        shown.end().await;
    }
}

/// Joins a registry of the connection's own to the bus: what its handlers do with deadlines, cancellation and progress is then the same
/// as for any other peer.
fn join(parts: &AttachServerParts, conn: &str) -> CommandRegistry {
    let registry = CommandRegistry::new(Config {
        router_channel: Some("hub".to_owned()),
        ..Config::default()
    });
    let (to_bus, from_bus) = InMemoryChannel::pair("hub", format!("{conn}/tools"));
    for (registry, channel) in [
        (parts.registry.clone(), from_bus),
        (registry.clone(), to_bus),
    ] {
        tokio::spawn(async move {
            match registry.register_channel(channel).await {
                Ok(driver) => driver.await,
                Err(error) => {
                    tracing::error!(%error, "the tools of an attached client cannot join the bus")
                }
            }
        });
    }
    registry
}

impl Shown {
    /// Has the list fetched, once more if somebody is at it.
    fn poke(self: &Arc<Self>) {
        {
            let mut work = lock(&self.work);
            work.dirty = true;
            if work.running || work.over {
                return;
            }
            work.running = true;
        }
        let shown = self.clone();
        tokio::spawn(async move { shown.work().await });
    }

    async fn work(&self) {
        let mut retry = FIRST_RETRY;
        loop {
            {
                let mut work = lock(&self.work);
                if !work.dirty || work.over {
                    work.running = false;
                    return;
                }
                work.dirty = false;
            }
            match self.update().await {
                Ok(()) => retry = FIRST_RETRY,
                Err(error) => {
                    tracing::info!(
                        prefix = self.prefix,
                        code = error.code,
                        "the tools of an attached server cannot be listed"
                    );
                    *lock(&self.trouble) = Some(error.message);
                    tokio::time::sleep(retry).await;
                    retry = (retry * 2).min(LAST_RETRY);
                    lock(&self.work).dirty = true;
                }
            }
        }
    }

    async fn update(&self) -> Result<(), RpcError> {
        self.set.update().await?;
        if lock(&self.work).over {
            self.set.clear().await;
        }
        self.count.store(self.set.len().await, Ordering::Relaxed);
        *lock(&self.trouble) = None;
        Ok(())
    }

    async fn end(&self) {
        lock(&self.work).over = true;
        self.set.clear().await;
        self.count.store(0, Ordering::Relaxed);
        self.session.close().await;
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
