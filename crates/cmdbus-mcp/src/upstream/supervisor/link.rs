//! One line to the server: the bus session, or one session of a client. It may be up or not; who needs it waits here.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustc_hash::FxHashSet;
use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::time::Instant;

use crate::carry::Hears;
use crate::rpc::{Raw, RpcError, codes};
use crate::upstream::connection::Connection;

/// Whose line it is.
pub(super) enum Owner {
    /// Ours: the bus session of a legacy server, or what is shared by all where there are no sessions.
    Main,
    /// One session of a client.
    Session(Session),
}

/// What is needed to do the handshake of a session again.
pub(super) struct Session {
    pub(super) id: String,
    /// The parameters of its `initialize`, verbatim.
    pub(super) params: Option<Raw>,
    /// What its child gets behind the configured arguments.
    pub(super) args: Vec<String>,
    pub(super) headers: Vec<(String, String)>,
    /// Hears what the server says in the session outside of every call.
    pub(super) hears: Hears,
}

/// One line to the server.
pub(super) struct Link {
    pub(super) owner: Owner,
    state: Mutex<State>,
    /// Wakes who waits for the line.
    changed: Notify,
    /// Wakes the task that keeps it.
    wake: Notify,
}

#[derive(Clone)]
enum Phase {
    /// Nobody needs it.
    Down,
    /// It is being started.
    Starting,
    Up(Arc<dyn Connection>),
    /// It will not come back.
    Gone(RpcError),
}

struct State {
    phase: Phase,
    /// Counts the connections there were.
    generation: u64,
    /// The connection that was stopped because nobody needed it.
    stopped: Option<u64>,
    /// Somebody waits for it.
    wanted: bool,
    closing: bool,
    /// Its claim to a child. It is given up before the child is gone: who needs it has to wait only for that.
    claim: Option<OwnedSemaphorePermit>,
    /// Counts the starts that failed, with the newest reason.
    failures: u64,
    failure: Option<RpcError>,
    /// Requests in progress, subscriptions apart.
    in_flight: usize,
    /// When the last of them ended.
    last: Instant,
    /// Resources that a client wants to hear of: the child is needed as long as there are any.
    resources: FxHashSet<String>,
    /// Subscriptions in progress that name resources.
    pinning: usize,
    /// The parameters of `notifications/initialized`, once it was sent.
    initialized: Option<Option<Raw>>,
}

/// Whether a line can be used now.
pub(super) enum Entry {
    Open(Arc<dyn Connection>, InFlight),
    /// Not yet.
    Wait,
}

/// Why a connection is not used any more.
pub(super) enum Leave {
    /// The line is closed.
    Closed,
    /// Nobody needs it.
    Idle,
}

/// Most resources of one session that are remembered. Who wants to hear of more is not stopped at all.
const MAX_RESOURCES: usize = 1024;

impl Link {
    pub(super) fn new(owner: Owner) -> Arc<Self> {
        Arc::new(Self {
            owner,
            state: Mutex::new(State {
                phase: Phase::Down,
                generation: 0,
                stopped: None,
                wanted: false,
                closing: false,
                claim: None,
                failures: 0,
                failure: None,
                in_flight: 0,
                last: Instant::now(),
                resources: FxHashSet::default(),
                pinning: 0,
                initialized: None,
            }),
            changed: Notify::new(),
            wake: Notify::new(),
        })
    }

    pub(super) fn session(&self) -> Option<&Session> {
        match &self.owner {
            Owner::Main => None,
            Owner::Session(session) => Some(session),
        }
    }

    /// Takes the line for a call if it is up, and else lets it be started, unless that is `refused`.
    pub(super) fn enter(
        self: &Arc<Self>,
        kind: Kind,
        refused: Option<RpcError>,
    ) -> Result<Entry, RpcError> {
        let mut state = self.state();
        match &state.phase {
            Phase::Up(connection) => {
                let connection = connection.clone();
                let generation = state.generation;
                match kind {
                    Kind::Call => state.in_flight += 1,
                    Kind::Listen { pins: true } => state.pinning += 1,
                    Kind::Listen { pins: false } => state.last = Instant::now(),
                }
                let link = self.clone();
                let in_flight = InFlight {
                    link,
                    kind,
                    generation,
                };
                Ok(Entry::Open(connection, in_flight))
            }
            Phase::Gone(error) => Err(error.clone()),
            Phase::Down if refused.is_some() => Err(refused.unwrap_or_else(gone)),
            Phase::Down | Phase::Starting => {
                state.wanted = true;
                drop(state);
                self.wake.notify_one();
                Ok(Entry::Wait)
            }
        }
    }

    /// Waits until the line is up, and takes it. Fails when its next start does.
    pub(super) async fn entered(
        self: &Arc<Self>,
        kind: Kind,
        refused: impl Fn() -> Option<RpcError>,
    ) -> Result<(Arc<dyn Connection>, InFlight), RpcError> {
        let failures = self.state().failures;
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            {
                let state = self.state();
                if state.failures != failures
                    && let Some(failure) = &state.failure
                {
                    return Err(failure.clone());
                }
            }
            if let Entry::Open(connection, in_flight) = self.enter(kind, refused())? {
                return Ok((connection, in_flight));
            }
            changed.await;
        }
    }

    /// Waits until there is a connection after that of a generation, without asking for one. `false`: there never will be.
    pub(super) async fn is_up_after(&self, generation: u64) -> bool {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            {
                let state = self.state();
                match &state.phase {
                    Phase::Up(_) if state.generation > generation => return true,
                    Phase::Gone(_) => return false,
                    _ => {}
                }
            }
            changed.await;
        }
    }

    pub(super) fn has_claim(&self) -> bool {
        self.state().claim.is_some()
    }

    /// Takes a claim to a child, unless the line is closed.
    pub(super) fn claim(&self, claim: OwnedSemaphorePermit) {
        let mut state = self.state();
        if !state.closing {
            state.claim = Some(claim);
        }
    }

    /// Returns the connection if it is up.
    pub(super) fn connection(&self) -> Option<Arc<dyn Connection>> {
        match &self.state().phase {
            Phase::Up(connection) => Some(connection.clone()),
            _ => None,
        }
    }

    /// Returns whether a connection was stopped because nobody needed it.
    pub(super) fn was_stopped(&self, generation: u64) -> bool {
        self.state().stopped == Some(generation)
    }

    pub(super) fn starting(&self) {
        self.set(Phase::Starting);
    }

    /// Lets calls through to a connection.
    pub(super) fn up(&self, connection: Arc<dyn Connection>) {
        let mut state = self.state();
        state.generation += 1;
        state.wanted = false;
        state.last = Instant::now();
        drop(state);
        self.set(Phase::Up(connection));
    }

    /// Fails those who wait, and lets nobody through until somebody asks again.
    pub(super) fn failed(&self, error: RpcError) {
        let mut state = self.state();
        state.failures += 1;
        state.failure = Some(error);
        state.wanted = false;
        state.claim = None;
        drop(state);
        self.set(Phase::Down);
    }

    /// Fails all who come from now on.
    pub(super) fn gone(&self, error: RpcError) {
        self.set(Phase::Gone(error));
    }

    fn set(&self, phase: Phase) {
        let mut state = self.state();
        if !matches!(state.phase, Phase::Gone(_)) {
            state.phase = phase;
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Ends the line.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closing = true;
        state.claim = None;
        drop(state);
        self.gone(match self.owner {
            Owner::Main => stopped(),
            Owner::Session(_) => gone(),
        });
        self.wake.notify_one();
    }

    /// Waits for the line to be closed.
    pub(super) async fn closed(&self) {
        while !self.state().closing {
            self.wake.notified().await;
        }
        // For whoever looks next.
        self.wake.notify_one();
    }

    /// Waits until somebody needs the line, or a point in time. `false`: it is closed.
    pub(super) async fn wanted(&self, at: Option<Instant>) -> bool {
        loop {
            {
                let state = self.state();
                if state.closing {
                    return false;
                }
                if state.wanted || at.is_some_and(|at| at <= Instant::now()) {
                    return true;
                }
            }
            match at {
                Some(at) => {
                    let _ = tokio::time::timeout_at(at, self.wake.notified()).await;
                }
                None => self.wake.notified().await,
            }
        }
    }

    /// Waits until the connection should not be used any more. Zero: it is never idle.
    pub(super) async fn leave(&self, idle: Duration) -> Leave {
        loop {
            let until = {
                let mut state = self.state();
                if state.closing {
                    return Leave::Closed;
                }
                if matches!(state.phase, Phase::Down) {
                    // Evicted.
                    return Leave::Idle;
                }
                let until = state.last.checked_add(idle).filter(|_| !idle.is_zero());
                if until.is_some_and(|until| until <= Instant::now()) && state.is_idle() {
                    state.stop();
                    return Leave::Idle;
                }
                until.filter(|_| state.is_idle())
            };
            match until {
                Some(until) => {
                    let _ = tokio::time::timeout_at(until, self.wake.notified()).await;
                }
                None => self.wake.notified().await,
            }
        }
    }

    /// Returns since when nobody uses a connection that is up.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        let state = self.state();
        let is_idle = matches!(state.phase, Phase::Up(_)) && state.is_idle() && !state.closing;
        is_idle.then_some(state.last)
    }

    /// Stops the connection if nobody uses it. Returns whether it was stopped.
    pub(super) fn evict(&self) -> bool {
        let mut state = self.state();
        if !matches!(state.phase, Phase::Up(_)) || !state.is_idle() || state.closing {
            return false;
        }
        state.stop();
        drop(state);
        self.wake.notify_one();
        true
    }

    /// Notes what a request that went well says of what the client wants to hear.
    pub(super) fn note(&self, method: &str, uri: Option<String>) {
        let Some(uri) = uri else {
            return;
        };
        let mut state = self.state();
        match method {
            "resources/subscribe" if state.resources.len() < MAX_RESOURCES => {
                state.resources.insert(uri);
            }
            "resources/unsubscribe" => {
                state.resources.remove(&uri);
            }
            _ => {}
        }
    }

    /// Forgets what the server has forgotten.
    pub(super) fn forget_resources(&self) {
        self.state().resources.clear();
    }

    /// Notes that the client has finished its handshake.
    pub(super) fn note_initialized(&self, params: Option<Raw>) {
        self.state().initialized = Some(params);
    }

    pub(super) fn initialized(&self) -> Option<Option<Raw>> {
        self.state().initialized.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_idle(&self) -> bool {
        self.in_flight == 0 && self.pinning == 0 && self.resources.is_empty()
    }

    fn stop(&mut self) {
        self.phase = Phase::Down;
        self.claim = None;
        self.stopped = Some(self.generation);
    }
}

/// How a call uses its line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Call,
    /// A subscription; with `pins`, one that keeps the child from being stopped.
    Listen {
        pins: bool,
    },
}

/// One call in progress on a line.
pub(super) struct InFlight {
    pub(super) link: Arc<Link>,
    kind: Kind,
    pub(super) generation: u64,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut state = self.link.state();
        match self.kind {
            Kind::Call => state.in_flight -= 1,
            Kind::Listen { pins: true } => state.pinning -= 1,
            Kind::Listen { pins: false } => return,
        }
        state.last = Instant::now();
        drop(state);
        self.link.wake.notify_one();
    }
}

/// Returns the error of whoever needs a server that was stopped for good.
pub(super) fn stopped() -> RpcError {
    RpcError::new(codes::UPSTREAM_FAILED, "the server was stopped")
        .with_data(&serde_json::json!({"state": "stopped"}))
}

/// Returns the error of whoever names a session that is not there.
pub(super) fn gone() -> RpcError {
    RpcError::new(codes::NOT_FOUND, "no such session")
        .with_data(&serde_json::json!({"reason": "session"}))
}
