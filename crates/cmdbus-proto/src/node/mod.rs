//! The state machine of one registry.
//!
//! [`Node`] is told what happened (`handle_*`, `execute`, `register`, …) together with the time, changes
//! its tables, and leaves a list of [`Effect`]s to be carried out. It never waits, locks, reads a
//! clock or makes a random number, and it never calls anybody's code. Whoever drives it holds a lock
//! only while one of its methods runs, takes the effects out, lets the lock go, and then acts.
//!
//! `H` is whatever the driver needs to start a handler, `W` whatever it needs to wake a waiter. A
//! waiter is given away exactly once: [`Effect::Complete`] moves it out.
//!
//! Tables by concern: `directory` (who provides what), `registrations` (how that changes), `calls`,
//! `extensions` (calls in progress), `events`, `sessions`, `timers`.

mod calls;
mod directory;
mod effect;
mod events;
mod extensions;
mod registrations;
mod sessions;
mod throttle;
mod timers;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use calls::{AlarmId, Execution};
pub use effect::{
    Delivery, Effect, Outcome, Outgoing, Receipt, RegisterFailure, Run, RunId, SessionId, Span,
    SpanKind, Warning,
};
pub use extensions::ItemSent;
pub use registrations::Registration;

use crate::error::ExecuteErrorCode;
use crate::extension::{CancelReason, Features};
use crate::message::{CommandDef, CommandSchema, ExecuteError, Message, MessageId};
use rustc_hash::FxHashMap;

use calls::{Incoming, Running};
use directory::Directory;
use events::SeenEvents;
use extensions::{Extras, Reporter};
use sessions::Session;
use timers::{TimerId, Timers};

/// Tables by keys that peers choose. The hash is quick, and has a seed of its own in each table, so that nobody can choose keys that
/// fall on each other.
type PeerMap<K, V> = HashMap<K, V, foldhash::fast::RandomState>;
type PeerSet<K> = HashSet<K, foldhash::fast::RandomState>;

/// How often a message may be forwarded before it counts as running in circles.
pub const MAX_HOPS: u64 = 32;

/// Returns whether an id is private to its registry: not listed, not announced, not broadcast.
pub fn is_private(id: &str) -> bool {
    id.starts_with('_')
}

/// How one node behaves.
#[derive(Debug, Clone)]
pub struct NodeConfig {
    /// What the registry is called in traces.
    pub name: Option<String>,
    /// Id of the channel that leads towards the root, if this is not the root.
    pub router_channel: Option<String>,
    /// How long answers are waited for. `None` = without limit.
    pub request_ttl: Option<Duration>,
    /// How long ids of events are remembered. `None` = until the cap.
    pub event_ttl: Option<Duration>,
    /// How many handlers run at once per session. 0 = without limit.
    pub max_in_flight: usize,
    /// What is announced to peers.
    pub features: Features,
    /// Whether somebody wants to hear of work that belongs to a trace.
    pub spans: bool,
    /// Bounds on everything a peer controls.
    pub limits: NodeLimits,
}

/// Bounds on everything a peer controls, per session unless said otherwise.
#[derive(Debug, Clone, Copy)]
pub struct NodeLimits {
    /// Calls and registrations passed on for a peer and not yet answered. Default 65 536.
    pub open_per_session: usize,
    /// Ids a peer may advertise. Default 200 000.
    pub advertised_per_session: usize,
    /// Requests waiting for a handler to finish. Default 65 536.
    pub parked: usize,
    /// Their payloads together, in bytes. Default 64 MiB.
    pub parked_bytes: usize,
    /// Messages decided on and not taken by the channel; beyond it the session ends. Default 65 536.
    pub outbox: usize,
    /// Ids of events remembered by the registry. Default 262 144.
    pub seen_events: usize,
    /// Announcements without an answer. Default 64.
    pub open_announcements: usize,
    /// Definitions in one list response; the rest follows one by one. Default 10 000.
    pub list_definitions: usize,
    /// Bytes of definitions in one list response. Default 8 MiB.
    pub list_bytes: usize,
    /// Whether peers may call private commands whose id they know. Default true.
    pub serve_private: bool,
    /// How long a handler may work for a peer. Default without limit.
    pub handler_time_limit: Option<Duration>,
    /// The most time a caller may ask for. Default 24 h.
    pub max_deadline: Duration,
    /// How long a handler that has been told that nobody waits may go on. Default 5 s.
    pub cancel_grace: Duration,
    /// Calls that are to be answered item by item. Default 1024.
    pub streams_per_session: usize,
}

impl Default for NodeLimits {
    fn default() -> Self {
        Self {
            open_per_session: 65_536,
            advertised_per_session: 200_000,
            parked: 65_536,
            parked_bytes: 64 << 20,
            outbox: 65_536,
            seen_events: 262_144,
            open_announcements: 64,
            list_definitions: 10_000,
            list_bytes: 8 << 20,
            serve_private: true,
            handler_time_limit: None,
            max_deadline: Duration::from_secs(24 * 60 * 60),
            cancel_grace: Duration::from_secs(5),
            streams_per_session: 1024,
        }
    }
}

/// What has happened since the start, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Calls passed on to another session.
    pub forwarded: u64,
    /// Responses that answered nothing, or came from somebody who was not asked.
    pub ignored_responses: u64,
    /// Events of peers that were private.
    pub dropped_events: u64,
    /// Frames about calls in progress that made no sense, came late, or were not agreed on.
    pub ignored_frames: u64,
    /// Things asked for in requests that made no sense.
    pub ignored_terms: u64,
    /// Requests with the id of one that is still open.
    pub repeated_requests: u64,
    /// Events and responses that a channel did not take.
    pub unsent: u64,
}

/// How much a node holds at the moment. All zero but `commands` when everything is quiet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// Requests sent and not answered: own calls, forwarded calls, registrations, announcements.
    pub outstanding: usize,
    /// Calls of peers: forwarded, served, or waiting for a handler.
    pub open: usize,
    /// How many of them are answered item by item.
    pub streams: usize,
    /// Handlers working for peers.
    pub running: usize,
    /// Requests waiting for a handler to finish.
    pub parked: usize,
    /// Deadlines.
    pub timers: usize,
    /// Ids of events remembered.
    pub seen_events: usize,
    /// Ids in the directory, private and reserved ones included.
    pub commands: usize,
    /// Sessions, starting and draining ones included.
    pub sessions: usize,
}

/// A message whose schemas are in normal form. The only thing [`Node::handle_message`] takes, because
/// normalising is too much work to do under a lock.
#[derive(Debug, Clone)]
pub struct Inbound(Message);

impl Inbound {
    /// Normalises the schemas of a message.
    #[inline]
    pub fn new(mut message: Message) -> Self {
        match &mut message {
            Message::RegisterCommandRequest { command, .. } => normalize(command),
            Message::ListCommandsResponse { commands, .. } => {
                commands.iter_mut().for_each(normalize);
            }
            _ => {}
        }
        Self(message)
    }
}

fn normalize(command: &mut CommandDef) {
    command.schema = command.schema.take().map(CommandSchema::normalized);
}

/// A request we have sent and whose answer somebody waits for.
struct Outstanding<W> {
    /// Whom we asked. Nobody else may answer.
    target: SessionId,
    timer: Option<TimerId>,
    asked: Asked<W>,
    extras: Option<Box<Extras>>,
}

impl<W> Outstanding<W> {
    /// Returns whether the answer comes item by item.
    fn streams(&self) -> bool {
        self.extras
            .as_ref()
            .is_some_and(|extras| extras.items.is_some())
    }
}

enum Asked<W> {
    /// A call of this process.
    Call { waiter: W },
    /// A call passed on for a peer.
    Route {
        origin: SessionId,
        origin_id: MessageId,
    },
    /// A registration of this process.
    Registration { waiter: W, command_id: Arc<str> },
    /// A registration passed on for a peer; without an origin, its claimant has gone.
    Claim {
        command_id: Arc<str>,
        origin: Option<SessionId>,
    },
    /// A registration that nobody waits for.
    Announcement { command_id: Arc<str> },
}

enum TimerKey<W> {
    Outstanding(MessageId),
    Run(RunId),
    Parked(SessionId, u64),
    Report(Reporter),
    Idle(MessageId),
    Drain(SessionId),
    Alarm(W),
}

/// The rules of one registry. See the [module documentation](self).
pub struct Node<H, W> {
    config: NodeConfig,
    ids: Box<dyn FnMut() -> MessageId + Send>,
    sessions: FxHashMap<SessionId, Session>,
    /// Channel ids in use, by starting and ready sessions.
    by_channel: PeerMap<Arc<str>, SessionId>,
    /// Sessions that messages may go to, in the order in which they were opened.
    ready: BTreeSet<SessionId>,
    /// The session that leads towards the root, while it is ready.
    router: Option<SessionId>,
    directory: Directory<H>,
    /// By ids that were made here: nobody else can choose where they fall.
    outstanding: FxHashMap<MessageId, Outstanding<W>>,
    runs: FxHashMap<RunId, Running>,
    seen: SeenEvents,
    timers: Timers<TimerKey<W>>,
    effects: VecDeque<Effect<H, W>>,
    /// Sessions to be ended before the current input is done with.
    stuck: Vec<SessionId>,
    /// Sessions with announcements to send before the current input is done with.
    announcing: Vec<SessionId>,
    stats: Stats,
    next_session: u64,
    next_run: u64,
}

impl<H: Clone, W> Node<H, W> {
    /// Makes a node without sessions. `ids` gives a fresh, unpredictable message id at every call.
    pub fn new(config: NodeConfig, ids: impl FnMut() -> MessageId + Send + 'static) -> Self {
        let seen = SeenEvents::new(config.event_ttl, config.limits.seen_events);
        Self {
            config,
            ids: Box::new(ids),
            sessions: FxHashMap::default(),
            by_channel: PeerMap::default(),
            ready: BTreeSet::new(),
            router: None,
            directory: Directory::new(),
            outstanding: FxHashMap::default(),
            runs: FxHashMap::default(),
            seen,
            timers: Timers::new(),
            effects: VecDeque::new(),
            stuck: Vec::new(),
            announcing: Vec::new(),
            stats: Stats::default(),
            next_session: 0,
            next_run: 0,
        }
    }

    /// Takes a message from a session's peer. A session that is not in use takes none.
    pub fn handle_message(&mut self, from: SessionId, message: Inbound, now: Instant) {
        if !self.is_ready(from) {
            return;
        }
        match message.0 {
            Message::ExecuteCommandRequest {
                id,
                meta,
                command_id,
                request,
            } => self.on_execute_request(from, id, meta, command_id, request, now),
            Message::ExecuteCommandResponse {
                meta,
                thid,
                response,
                ..
            } => self.on_execute_response(from, meta, thid, response, now),
            Message::Event {
                id,
                meta,
                event_id,
                payload,
            } => self.on_event(from, id, meta, event_id, payload, now),
            Message::RegisterCommandRequest { id, meta, command } => {
                self.on_register_request(from, id, meta.as_ref(), command, now);
            }
            Message::RegisterCommandResponse { thid, response, .. } => {
                self.on_register_response(from, thid, &response, now);
            }
            Message::ListCommandsRequest { id, meta } => {
                self.on_announcement(from, meta.as_ref());
                self.on_list_request(from, id, now);
            }
            Message::ListCommandsResponse {
                meta,
                thid,
                commands,
                ..
            } => {
                self.on_announcement(from, meta.as_ref());
                self.on_list_response(from, thid, commands, now);
            }
        }
        self.finish(now);
    }

    /// Acts on every deadline that has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(key) = self.timers.pop_due(now) {
            match key {
                TimerKey::Outstanding(id) => {
                    let Some(outstanding) = self.take_outstanding(id) else {
                        continue;
                    };
                    match outstanding.asked {
                        Asked::Call { .. } | Asked::Route { .. } => {
                            self.expire_call(id, outstanding, now);
                        }
                        asked => self.expire_registration(id, outstanding.target, asked, now),
                    }
                }
                TimerKey::Run(id) => self.run_expired(id, now),
                TimerKey::Parked(session, serial) => self.parked_expired(session, serial),
                TimerKey::Report(reporter) => self.report_due(reporter, now),
                TimerKey::Idle(call) => self.idle_expired(call, now),
                TimerKey::Alarm(waiter) => {
                    let error = ExecuteError::new(ExecuteErrorCode::Timeout, "request timed out");
                    let outcome = Outcome::Call(Err(error), Vec::new());
                    self.effects.push_back(Effect::Complete(waiter, outcome));
                }
                TimerKey::Drain(session) => self.effects.push_back(Effect::DrainExpired(session)),
            }
        }
        if self.seen.purge_due().is_some_and(|due| due <= now) {
            self.seen.purge(now);
        }
        self.finish(now);
    }

    /// Returns when [`handle_timeout`](Self::handle_timeout) has something to do next.
    pub fn next_timeout(&self) -> Option<Instant> {
        match (self.timers.earliest(), self.seen.purge_due()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Empties every table. Everybody who waits hears that the connection is gone; every session ends.
    /// The node can be used again afterwards. Returns the handlers it had, to be dropped where that can
    /// do no harm: they may own anything, this very registry included.
    pub fn dispose(&mut self, now: Instant) -> Vec<H> {
        let mut waits: Vec<_> = self.outstanding.drain().collect();
        waits.sort_unstable_by_key(|(id, _)| *id);
        for (_, outstanding) in waits {
            self.stop_timers(&outstanding);
            self.end_span(
                outstanding.extras,
                Some(ExecuteErrorCode::ChannelDisconnected.as_str()),
                now,
            );
            match outstanding.asked {
                Asked::Call { waiter } => {
                    let error = ExecuteError::new(
                        ExecuteErrorCode::ChannelDisconnected,
                        "channel disconnected",
                    );
                    let outcome = Outcome::Call(Err(error), Vec::new());
                    self.effects.push_back(Effect::Complete(waiter, outcome));
                }
                Asked::Registration { waiter, .. } => self.effects.push_back(Effect::Complete(
                    waiter,
                    Outcome::Registration(Err(RegisterFailure::Disconnected)),
                )),
                Asked::Route { .. } | Asked::Claim { .. } | Asked::Announcement { .. } => {}
            }
        }
        let handlers = self.directory.clear();
        self.seen.clear();
        let mut sessions: Vec<_> = self.by_channel.values().copied().collect();
        sessions.sort_unstable();
        for session in sessions {
            self.end_session_now(session, &CancelReason::SHUTDOWN, now);
        }
        self.finish(now);
        handlers
    }

    /// Takes out what is to be done, in order, by exchange with the empty `effects`.
    pub fn take_effects(&mut self, effects: &mut VecDeque<Effect<H, W>>) {
        debug_assert!(effects.is_empty());
        std::mem::swap(&mut self.effects, effects);
    }

    /// Returns the ids of the sessions in use, sorted.
    pub fn channels(&self) -> Vec<String> {
        let mut channels: Vec<String> = self
            .ready
            .iter()
            .filter_map(|id| self.sessions.get(id))
            .map(|session| session.channel_id.to_string())
            .collect();
        channels.sort_unstable();
        channels
    }

    /// Walks over the commands that can be called, private ones left out, in the order of their ids.
    pub fn commands(&self) -> impl Iterator<Item = &CommandDef> {
        self.commands_after(None)
    }

    /// As [`commands`](Self::commands), beginning with the first id after `after`.
    pub fn commands_after<'a>(
        &'a self,
        after: Option<&str>,
    ) -> impl Iterator<Item = &'a CommandDef> + use<'a, H, W> {
        self.directory
            .iter_after(after)
            .filter(|(id, _)| !is_private(id))
            .filter_map(|(_, entry)| entry.definition())
            .map(|definition| &**definition)
    }

    /// Returns a number that has grown whenever [`commands`](Self::commands) has changed. It may grow without a change.
    pub fn directory_version(&self) -> u64 {
        self.directory.version()
    }

    /// Returns the definition of a command that can be called, private ones left out, and the
    /// channels of its providers, the active one first; none if it is local.
    pub fn describe(&self, command_id: &str) -> Option<(&CommandDef, Vec<&str>)> {
        if is_private(command_id) {
            return None;
        }
        let entry = self.directory.get(command_id)?;
        let standing = if entry.local.is_some() {
            &[][..]
        } else {
            &entry.providers
        };
        let providers = standing
            .iter()
            .filter_map(|provider| self.sessions.get(&provider.session))
            .map(|session| &*session.channel_id)
            .collect();
        entry
            .definition()
            .map(|definition| (&**definition, providers))
    }

    /// Returns the running totals.
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// Returns how much is going on.
    pub fn load(&self) -> Load {
        let sum = |of: fn(&Session) -> usize| self.sessions.values().map(of).sum();
        Load {
            outstanding: self.outstanding.len(),
            open: sum(|session| session.incoming.len()),
            streams: sum(|session| session.streams),
            running: self.runs.len(),
            parked: sum(|session| session.parked.len()),
            timers: self.timers.len(),
            seen_events: self.seen.len(),
            commands: self.directory.len(),
            sessions: self.sessions.len(),
        }
    }

    /// Records a request that is about to be sent. Session and entry are checked in one step, so no
    /// request is left waiting on a session that has ended.
    fn ask(
        &mut self,
        id: MessageId,
        target: SessionId,
        ttl: Option<Duration>,
        now: Instant,
        asked: Asked<W>,
    ) {
        let timer = ttl
            .and_then(|ttl| now.checked_add(ttl))
            .map(|due| self.timers.start(due, TimerKey::Outstanding(id)));
        match &asked {
            Asked::Route { origin, origin_id } => {
                if let Some(origin) = self.sessions.get_mut(origin) {
                    origin.forwarded += 1;
                    origin.incoming.insert(*origin_id, Incoming::Forwarded(id));
                }
            }
            Asked::Claim {
                origin: Some(origin),
                ..
            } => {
                if let Some(origin) = self.sessions.get_mut(origin) {
                    origin.passed_on.insert(id);
                }
            }
            Asked::Announcement { .. } => self.announcement_opened(target),
            _ => {}
        }
        if let Some(target) = self.sessions.get_mut(&target) {
            target.asked.insert(id);
        }
        self.outstanding.insert(
            id,
            Outstanding {
                target,
                timer,
                asked,
                extras: None,
            },
        );
    }

    /// Removes a request with everything that refers to it. The only way an entry goes.
    fn take_outstanding(&mut self, id: MessageId) -> Option<Outstanding<W>> {
        let outstanding = self.outstanding.remove(&id)?;
        self.stop_timers(&outstanding);
        if let Some(target) = self.sessions.get_mut(&outstanding.target) {
            target.asked.remove(&id);
        }
        match &outstanding.asked {
            Asked::Route { origin, origin_id } => {
                if let Some(origin) = self.sessions.get_mut(origin) {
                    origin.forwarded -= 1;
                    origin.streams -= usize::from(outstanding.streams());
                    origin.incoming.remove(origin_id);
                }
            }
            Asked::Claim {
                origin: Some(origin),
                ..
            } => {
                if let Some(origin) = self.sessions.get_mut(origin) {
                    origin.passed_on.remove(&id);
                }
            }
            Asked::Announcement { .. } => self.announcement_closed(outstanding.target),
            _ => {}
        }
        Some(outstanding)
    }

    fn stop_timers(&mut self, outstanding: &Outstanding<W>) {
        self.timers.stop(outstanding.timer);
        for timer in outstanding.extras.iter().flat_map(|extras| extras.timers()) {
            self.timers.stop(Some(timer));
        }
    }

    fn is_overloaded(&self, from: SessionId) -> bool {
        let most = self.config.limits.open_per_session;
        self.sessions
            .get(&from)
            .is_some_and(|session| session.forwarded + session.passed_on.len() >= most)
    }

    /// Does what an input left to be done: ends stuck sessions, sends announcements.
    fn finish(&mut self, now: Instant) {
        loop {
            if let Some(session) = self.stuck.pop() {
                self.end_session_now(session, &CancelReason::CALLER_GONE, now);
            } else if let Some(session) = self.announcing.pop() {
                self.pump_announcements(session, now);
            } else {
                return;
            }
        }
    }
}

impl<H, W> std::fmt::Debug for Node<H, W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node")
            .field("sessions", &self.sessions.len())
            .field("outstanding", &self.outstanding.len())
            .finish_non_exhaustive()
    }
}
