//! Sessions of the legacy era (attach §4.5).

mod mailbox;
mod port;
mod questions;
mod table;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cmdbus_mcp::rpc::{Id, Raw, splice};
use rustc_hash::FxHashMap;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::backend::{Backend, Route};
use super::errors::Problem;
use super::exchange::{End, Exchange};
use super::routes::Place;
use super::shared::{Counts, Shared, lock};
use super::stream::{Mode, Reader, Watch};
use crate::auth::Principal;
use mailbox::Mailbox;
pub(super) use port::Port;
use questions::Questions;
pub(super) use table::Sessions;

/// The first revision whose streams can be taken up again.
const RESUMES_SINCE: &str = "2025-11-25";
/// What is assumed of a server that does not say.
const ASSUMED: &str = "2025-03-26";

/// One session: somebody who speaks with one server.
pub(super) struct Session {
    id: String,
    caller: Principal,
    route: Route,
    epoch: u64,
    backend: Arc<dyn Backend>,
    shared: Weak<Shared>,
    counts: Arc<Counts>,
    can: Capabilities,
    /// The negotiated revision, once there is one.
    version: OnceLock<String>,
    streams: AtomicU64,
    state: Mutex<State>,
    /// Tells that a stream has been opened.
    opened: Notify,
}

/// What changes. Nothing here takes room before it is used.
struct State {
    ended: bool,
    last_used: Instant,
    in_flight: FxHashMap<Id, Arc<Exchange>>,
    questions: Questions,
    mailbox: Mailbox,
}

/// What the client said it can do.
#[derive(Debug, Clone, Copy)]
struct Capabilities {
    sampling: bool,
    elicitation: bool,
    roots: bool,
}

impl Capabilities {
    fn read(params: Option<&Raw>) -> Self {
        let has = |name| {
            params.is_some_and(|params| {
                splice::get(params, &["capabilities", name])
                    .is_some_and(|value| value.get() != "null")
            })
        };
        Self {
            sampling: has("sampling"),
            elicitation: has("elicitation"),
            roots: has("roots"),
        }
    }

    /// Extensions have capabilities of their own, which only both ends know.
    fn allow(self, method: &str) -> bool {
        match method.split('/').next() {
            Some("sampling") => self.sampling,
            Some("elicitation") => self.elicitation,
            Some("roots") => self.roots,
            _ => true,
        }
    }
}

impl Session {
    /// Returns a session that is not open yet, under a fresh id.
    pub(super) fn new(shared: &Arc<Shared>, place: &Place, params: Option<&Raw>) -> Arc<Self> {
        let mut random = [0_u8; 16];
        getrandom::fill(&mut random).expect("the system gives random bytes once it runs");
        Arc::new(Self {
            id: format!("gs_{}", URL_SAFE_NO_PAD.encode(random)),
            caller: place.caller.clone(),
            route: place.route.clone(),
            epoch: place.backend.epoch(),
            backend: Arc::clone(&place.backend),
            shared: Arc::downgrade(shared),
            counts: Arc::clone(&shared.counts),
            can: Capabilities::read(params),
            version: OnceLock::new(),
            streams: AtomicU64::new(1),
            state: Mutex::new(State {
                ended: false,
                last_used: Instant::now(),
                in_flight: FxHashMap::default(),
                questions: Questions::default(),
                mailbox: Mailbox::default(),
            }),
            opened: Notify::new(),
        })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn caller(&self) -> &Principal {
        &self.caller
    }

    /// Takes the revision that the server has answered `initialize` with.
    pub(super) fn negotiated(&self, result: &Raw) {
        let version = splice::get_str(result, &["protocolVersion"]);
        // Set once: a session is opened once.
        let _ = self
            .version
            .set(version.unwrap_or_else(|| ASSUMED.to_owned()));
    }

    /// Returns whether the streams of the client can be taken up again.
    pub(super) fn can_resume(&self) -> bool {
        self.version
            .get()
            .is_some_and(|version| version.as_str() >= RESUMES_SINCE)
    }

    /// Returns whether a request that names the session may use it. Not the negotiated revision: the header may be absent.
    fn belongs_to(&self, place: &Place) -> bool {
        self.caller.is_same(&place.caller) && self.route == place.route
    }

    /// Returns a number for a stream.
    pub(super) fn next_stream(&self) -> u64 {
        self.streams.fetch_add(1, Ordering::Relaxed)
    }

    /// Puts a request on the list of those in progress.
    pub(super) fn enter(&self, exchange: &Arc<Exchange>, most: usize) -> Result<(), Problem> {
        let mut state = lock(&self.state);
        if state.ended {
            return Err(Problem::no_session());
        }
        if state.in_flight.contains_key(exchange.id()) {
            return Err(Problem::malformed(
                "a request with this id is in progress; use another id",
            ));
        }
        if state.in_flight.len() >= most {
            return Err(Problem::overloaded(format!(
                "{most} requests of the session are in progress; wait for one"
            )));
        }
        state.last_used = Instant::now();
        state
            .in_flight
            .insert(exchange.id().clone(), Arc::clone(exchange));
        Ok(())
    }

    /// Takes a request off the list.
    pub(super) fn leave(&self, exchange: &Exchange) {
        let mut state = lock(&self.state);
        state.last_used = Instant::now();
        state.in_flight.remove(exchange.id());
    }

    /// Cancels a request of the session, as its client asks.
    pub(super) fn cancel(&self, id: &Id) {
        let exchange = lock(&self.state).in_flight.get(id).cloned();
        if let Some(exchange) = exchange {
            exchange.end(End::Cancelled);
        }
    }

    /// Returns whether no request is in progress.
    fn is_idle(&self) -> bool {
        lock(&self.state).in_flight.is_empty()
    }

    pub(super) fn touch(&self) {
        lock(&self.state).last_used = Instant::now();
    }

    /// Ends everything in the session. Returns whether it was open.
    fn close(&self) -> bool {
        let mut state = lock(&self.state);
        let was_open = !std::mem::replace(&mut state.ended, true);
        let exchanges: Vec<Arc<Exchange>> = state.in_flight.values().cloned().collect();
        let questions = std::mem::take(&mut state.questions);
        let mailbox = std::mem::take(&mut state.mailbox);
        drop(state);
        drop(questions);
        mailbox.end();
        for exchange in exchanges {
            exchange.end(End::Lost);
        }
        was_open
    }

    /// Returns when there is something to tidy up, at the latest.
    fn next_sweep(&self, shared: &Shared) -> Instant {
        let state = lock(&self.state);
        let used = if state.in_flight.is_empty() {
            state.last_used
        } else {
            Instant::now()
        };
        let idle = used + shared.settings.session_idle;
        match state.mailbox.oldest_broken() {
            Some(broken) => idle.min(broken + shared.settings.replay),
            None => idle,
        }
    }

    /// Lets go of what is kept no longer. Returns whether the session itself is.
    fn sweep(&self, shared: &Shared) -> bool {
        let mut state = lock(&self.state);
        state.mailbox.prune(shared.settings.replay);
        state.in_flight.is_empty() && state.last_used.elapsed() >= shared.settings.session_idle
    }

    /// Returns what reads the standalone stream: a new one, or after an event. `None` if that event is not known.
    pub(super) fn open_stream(
        self: &Arc<Self>,
        shared: &Shared,
        after: Option<&str>,
    ) -> Result<Option<Reader>, Problem> {
        let watch = self.watch();
        let mut state = lock(&self.state);
        if state.ended {
            return Err(Problem::no_session());
        }
        state.last_used = Instant::now();
        state.mailbox.prune(shared.settings.replay);
        let mode = Mode {
            carries: true,
            resumable: self.can_resume(),
        };
        let reader = match after {
            Some(after) => state.mailbox.resume(after, watch),
            None => state.mailbox.open(self.next_stream(), mode, watch),
        };
        drop(state);
        self.opened.notify_waiters();
        Ok(reader)
    }

    /// Ends the standalone stream, which a client may open again.
    pub(super) fn end_stream(&self) {
        lock(&self.state).mailbox.end_standalone();
    }

    /// Keeps a stream whose events have ids, so that it can be taken up again.
    pub(super) fn keep(&self, exchange: &Exchange) {
        lock(&self.state)
            .mailbox
            .keep(Arc::clone(exchange.stream()));
    }

    /// Returns what is told of the connections of the session.
    pub(super) fn watch(self: &Arc<Self>) -> Arc<dyn Watch> {
        Arc::new(Connections(Arc::downgrade(self)))
    }
}

/// Connections of a session. One that breaks ends nothing: the client may come back for the rest.
struct Connections(Weak<Session>);

impl Watch for Connections {
    fn alive(&self) {
        if let Some(session) = self.0.upgrade() {
            session.touch();
        }
    }

    fn closed(&self, broke: bool) {
        let Some(session) = self.0.upgrade() else {
            return;
        };
        let Some(shared) = session.shared.upgrade() else {
            return;
        };
        let lost = lock(&session.state).mailbox.closed(shared.settings.replay);
        session.counts.dropped(lost);
        if broke {
            shared.sessions.plan_again();
        }
    }
}
