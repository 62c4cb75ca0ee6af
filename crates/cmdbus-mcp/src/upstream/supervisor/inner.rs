//! What all parts of one upstream share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustc_hash::FxHashMap;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;

use super::connect::Connector;
use super::crashes::{Crashes, Next};
use super::event::{Events, UpstreamEvent, UpstreamState};
use super::link::{Link, Owner, stopped};
use crate::rpc::{RpcError, codes, raw, splice};
use crate::upstream::config::UpstreamConfig;
use crate::upstream::connection::Connection;
use crate::upstream::probe::Facts;
use crate::upstream::stdio::LogLevel;

/// Most sessions of one upstream, with a child or without.
const MAX_SESSIONS: usize = 1024;

pub(super) struct Inner {
    pub(super) config: UpstreamConfig,
    pub(super) connector: Arc<dyn Connector>,
    events: Events,
    pub(super) main: Arc<Link>,
    table: Mutex<Table>,
    /// One permit for each line that may have a child.
    claims: Arc<Semaphore>,
    /// One permit for each child there may be, those that are ending included.
    children: Arc<Semaphore>,
    /// Counts tasks that keep a line or end a connection.
    alive: watch::Sender<usize>,
    /// Counts calls in progress, subscriptions apart.
    pub(super) busy: watch::Sender<usize>,
}

#[derive(Default)]
struct Table {
    sessions: FxHashMap<String, Arc<Link>>,
    crashes: Crashes,
    /// The newest reason why it was given up for a while.
    failure: Option<RpcError>,
    facts: Option<Arc<Facts>>,
    state: Option<(UpstreamState, Option<String>)>,
    /// Whether the task of the main line runs.
    is_kept: bool,
    is_stopped: bool,
}

/// A connection that is up, and the permit of its child. Dropped, it is ended in the background, and its child gives the permit
/// back when nothing is left of it.
pub(super) struct Live {
    pub(super) connection: Arc<dyn Connection>,
    permit: Option<OwnedSemaphorePermit>,
    pub(super) since: Instant,
    inner: Arc<Inner>,
}

impl Live {
    pub(super) fn new(
        inner: &Arc<Inner>,
        connection: Arc<dyn Connection>,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Self {
        Self {
            connection,
            permit,
            since: Instant::now(),
            inner: inner.clone(),
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // Without a runtime there is nobody to wait for the end, which comes all the same.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let (closed, permit) = (self.connection.close(), self.permit.take());
        let alive = Alive::new(&self.inner);
        runtime.spawn(async move {
            closed.await;
            drop(permit);
            drop(alive);
        });
    }
}

impl Inner {
    pub(super) fn new(
        config: UpstreamConfig,
        connector: Arc<dyn Connector>,
        events: Events,
    ) -> Arc<Self> {
        let children = config.max_children.clamp(1, 1024);
        Arc::new(Self {
            claims: Arc::new(Semaphore::new(children)),
            children: Arc::new(Semaphore::new(children)),
            config,
            connector,
            events,
            main: Link::new(Owner::Main),
            table: Mutex::default(),
            alive: watch::Sender::new(0),
            busy: watch::Sender::new(0),
        })
    }

    pub(super) fn tell(&self, event: UpstreamEvent) {
        (self.events)(event);
    }

    pub(super) fn log(&self, level: LogLevel, text: String) {
        self.tell(UpstreamEvent::Log { level, text });
    }

    /// Sets the state, and says so if it is another one.
    pub(super) fn set_state(&self, state: UpstreamState, detail: Option<String>) {
        let mut table = self.table();
        let is_stopped = table.is_stopped && state != UpstreamState::Stopped;
        let is_known = table.state.as_ref().is_some_and(|(old, _)| *old == state);
        if is_stopped || is_known {
            return;
        }
        table.state = Some((state, detail.clone()));
        drop(table);
        self.tell(UpstreamEvent::State { state, detail });
    }

    pub(super) fn state(&self) -> (UpstreamState, Option<String>) {
        let state = self.table().state.clone();
        state.unwrap_or((UpstreamState::Starting, None))
    }

    pub(super) fn facts(&self) -> Option<Arc<Facts>> {
        self.table().facts.clone()
    }

    pub(super) fn set_facts(&self, facts: Facts) {
        self.table().facts = Some(Arc::new(facts));
    }

    /// Returns whether the task of the main line has to be started.
    pub(super) fn keep(&self) -> bool {
        let mut table = self.table();
        !table.is_stopped && !std::mem::replace(&mut table.is_kept, true)
    }

    pub(super) fn link(&self, session: &str) -> Option<Arc<Link>> {
        self.table().sessions.get(session).cloned()
    }

    pub(super) fn sessions(&self) -> usize {
        self.table().sessions.len()
    }

    /// Takes a session in.
    pub(super) fn insert(&self, id: &str, link: Arc<Link>) -> Result<(), RpcError> {
        let mut table = self.table();
        if table.is_stopped {
            return Err(stopped());
        }
        if table.sessions.contains_key(id) {
            let text = format!("the session `{id}` is open already");
            return Err(RpcError::new(codes::INVALID_REQUEST, text));
        }
        if table.sessions.len() >= MAX_SESSIONS {
            return Err(RpcError::new(codes::OVERLOADED, "too many sessions"));
        }
        table.sessions.insert(id.to_owned(), link);
        Ok(())
    }

    /// Takes a session out, if it is still this one.
    pub(super) fn remove(&self, id: &str, link: &Arc<Link>) -> bool {
        let mut table = self.table();
        let is_it = table
            .sessions
            .get(id)
            .is_some_and(|known| Arc::ptr_eq(known, link));
        is_it && table.sessions.remove(id).is_some()
    }

    /// Refuses everything from now on. Returns the sessions there were.
    pub(super) fn stop(&self) -> Vec<Arc<Link>> {
        let mut table = self.table();
        table.is_stopped = true;
        table.sessions.drain().map(|(_, link)| link).collect()
    }

    /// Returns whether it was stopped for good.
    pub(super) fn is_stopped(&self) -> bool {
        self.table().is_stopped
    }

    /// Returns why nothing can be started now.
    pub(super) fn refused(&self) -> Option<RpcError> {
        let table = self.table();
        if table.is_stopped {
            return Some(stopped());
        }
        table.crashes.failed_until(Instant::now())?;
        let failure = table.failure.clone();
        drop(table);
        Some(failure.map_or_else(stopped, failed))
    }

    /// Notes an end, or a start that failed.
    pub(super) fn note_crash(&self, error: &RpcError, lived: Duration) -> Next {
        let chance = getrandom::u32().map_or(0.5, |random| f64::from(random) / f64::from(u32::MAX));
        let mut table = self.table();
        let next = table.crashes.note(Instant::now(), lived, chance);
        table.failure = Some(error.clone());
        next
    }

    /// Gives up for a while.
    pub(super) fn give_up(&self, error: &RpcError) {
        let mut table = self.table();
        table.crashes.fail(Instant::now());
        table.failure = Some(error.clone());
    }

    pub(super) fn failed_until(&self) -> Option<Instant> {
        self.table().crashes.failed_until(Instant::now())
    }

    /// Returns the right to start a child for a line, for which the child that was idle longest may have to go.
    pub(super) async fn permit(
        &self,
        link: &Link,
    ) -> Result<Option<OwnedSemaphorePermit>, RpcError> {
        if !self.connector.is_child() {
            return Ok(None);
        }
        while !link.has_claim() {
            if let Ok(claim) = self.claims.clone().try_acquire_owned() {
                link.claim(claim);
                break;
            }
            if !self.evict() {
                let text = "too many sessions of this server are in use";
                return Err(RpcError::new(codes::OVERLOADED, text));
            }
        }
        // There are no more claims than children, so this waits at most for one that is ending.
        let permit = self.children.clone().acquire_owned().await;
        permit.map(Some).map_err(|_| stopped())
    }

    /// Stops the child that was idle longest. It is started again when its session needs it.
    fn evict(&self) -> bool {
        let links: Vec<_> = self.table().sessions.values().cloned().collect();
        let mut idle: Vec<_> = links
            .into_iter()
            .chain([self.main.clone()])
            .filter_map(|link| Some((link.idle_since()?, link)))
            .collect();
        idle.sort_by_key(|(since, _)| *since);
        idle.iter().any(|(_, link)| link.evict())
    }

    /// Waits until no task is left.
    pub(super) async fn is_over(&self) {
        // The sender is ours.
        let _ = self.alive.subscribe().wait_for(|alive| *alive == 0).await;
    }

    /// Returns how many tasks keep lines or end connections.
    pub(super) fn tasks(&self) -> usize {
        *self.alive.borrow()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts as one task as long as it lives.
pub(super) struct Alive(Arc<Inner>);

impl Alive {
    pub(super) fn new(inner: &Arc<Inner>) -> Self {
        inner.alive.send_modify(|alive| *alive += 1);
        Self(inner.clone())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.alive.send_modify(|alive| *alive -= 1);
    }
}

/// Returns the error of a server that was given up for a while: what it said last, in another state.
fn failed(mut error: RpcError) -> RpcError {
    let data = error.data.take();
    let changed = data.and_then(|data| splice::set(&data, &["state"], "\"failed\""));
    error.data = Some(changed.unwrap_or_else(|| raw(&json!({"state": "failed"}))));
    error.code = codes::UPSTREAM_FAILED;
    error
}
