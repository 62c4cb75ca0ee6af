//! Connections: from the reservation of a channel id to the end of the last handler.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use rustc_hash::FxHashSet;

use super::calls::{Incoming, Parked};
use super::effect::{Effect, Outgoing, Receipt, RegisterFailure, SessionId, Warning};
use super::extensions::CANCELLED;
use super::registrations::Announcements;
use super::timers::TimerId;
use super::{Asked, Node, PeerMap, PeerSet, TimerKey};
use crate::error::{ChannelError, ExecuteErrorCode};
use crate::extension::{CancelReason, Features};
use crate::message::{ExecuteError, Message, MessageId};

/// One registration of one channel.
pub(super) struct Session {
    pub(super) channel_id: Arc<str>,
    pub(super) state: State,
    /// Messages decided on and not yet given to the channel, in the order of the decisions.
    pub(super) outbox: VecDeque<Outgoing>,
    /// Somebody is giving them to the channel right now.
    pub(super) sending: bool,
    /// Our list request, while it is unanswered.
    pub(super) probe: Option<MessageId>,
    /// Ids the peer provides, actively or as a standby.
    pub(super) provides: PeerSet<Arc<str>>,
    /// How many ids the peer will provide if the router agrees.
    pub(super) claims: usize,
    /// What we asked the peer and wait for: keys of `Node::outstanding`.
    pub(super) asked: FxHashSet<MessageId>,
    /// Registrations we passed on for the peer: keys of `Node::outstanding`.
    pub(super) passed_on: FxHashSet<MessageId>,
    /// Calls of the peer that are open, by the ids it gave them.
    pub(super) incoming: PeerMap<MessageId, Incoming>,
    /// How many of them have been forwarded.
    pub(super) forwarded: usize,
    /// How many of them have a handler at work.
    pub(super) running: usize,
    /// How many of them are to be answered item by item.
    pub(super) streams: usize,
    /// Those that wait for a handler to finish, in order.
    pub(super) parked: BTreeMap<u64, Parked>,
    pub(super) next_parked: u64,
    pub(super) parked_bytes: usize,
    /// The peer has listed its commands, or asked for ours: with either it says what it can do.
    pub(super) introduced: bool,
    /// What both ends can do.
    pub(super) features: Features,
    /// Calls given up before the peer has said whether it wants to know.
    pub(super) early_cancels: Vec<(MessageId, CancelReason)>,
    pub(super) announcements: Announcements,
    drain_timer: Option<TimerId>,
}

/// Where a session stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// The id is reserved and the channel is being started. Nothing is sent to it.
    Starting,
    /// In use.
    Ready,
    /// Over. Handlers started for it may still finish and answer.
    Draining,
}

impl Session {
    fn new(channel_id: Arc<str>) -> Self {
        Self {
            channel_id,
            state: State::Starting,
            outbox: VecDeque::new(),
            sending: false,
            probe: None,
            provides: PeerSet::default(),
            claims: 0,
            asked: FxHashSet::default(),
            passed_on: FxHashSet::default(),
            incoming: PeerMap::default(),
            forwarded: 0,
            running: 0,
            streams: 0,
            parked: BTreeMap::new(),
            next_parked: 0,
            parked_bytes: 0,
            introduced: false,
            features: Features::default(),
            early_cancels: Vec::new(),
            announcements: Announcements::default(),
            drain_timer: None,
        }
    }
}

impl<H: Clone, W> Node<H, W> {
    /// Reserves a channel id while the channel is being started.
    ///
    /// # Errors
    /// A live session uses the id.
    pub fn open_session(&mut self, channel_id: &str) -> Result<SessionId, ChannelError> {
        if self.by_channel.contains_key(channel_id) {
            return Err(ChannelError::Other(format!(
                "channel with id `{channel_id}` already registered"
            )));
        }
        self.next_session += 1;
        let id = SessionId(self.next_session);
        let name: Arc<str> = channel_id.into();
        self.by_channel.insert(name.clone(), id);
        self.sessions.insert(id, Session::new(name));
        Ok(id)
    }

    /// Returns the session that uses a channel id, if there is one.
    pub fn session_of(&self, channel_id: &str) -> Option<SessionId> {
        self.by_channel.get(channel_id).copied()
    }

    /// Returns the first message of a session that is being started: the question what the peer
    /// provides. The caller sends it before it calls [`session_ready`](Self::session_ready). `None` if
    /// the session has been ended meanwhile.
    pub fn probe(&mut self, session: SessionId) -> Option<Message> {
        let session = self.sessions.get_mut(&session)?;
        if session.state != State::Starting {
            return None;
        }
        let id = (self.ids)();
        session.probe = Some(id);
        let meta = self.config.features.announcement();
        Some(Message::ListCommandsRequest { id, meta })
    }

    /// Takes a started session into use. Returns false if it has been ended meanwhile.
    pub fn session_ready(&mut self, id: SessionId, now: Instant) -> bool {
        let Some(session) = self.sessions.get_mut(&id) else {
            return false;
        };
        if session.state != State::Starting {
            return false;
        }
        session.state = State::Ready;
        self.ready.insert(id);
        if self.config.router_channel.as_deref() == Some(&*session.channel_id) {
            self.router = Some(id);
            self.announce_everything(id);
        }
        self.finish(now);
        true
    }

    /// Ends a session: whoever waits for it hears of it, whoever it waited for forgets it.
    ///
    /// Handlers that run for it go on and may still answer; [`forget_session`](Self::forget_session)
    /// ends that. Does nothing if the session is over already.
    pub fn end_session(&mut self, id: SessionId, now: Instant) {
        self.end_session_now(id, &CancelReason::CALLER_GONE, now);
        self.finish(now);
    }

    /// `reason` is what handlers at work for the session are told.
    pub(super) fn end_session_now(&mut self, id: SessionId, reason: &CancelReason, now: Instant) {
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        if session.state == State::Draining {
            return;
        }
        session.state = State::Draining;
        session
            .outbox
            .retain(|outgoing| matches!(outgoing.receipt(), Receipt::ExecuteResponse { .. }));
        session.announcements = Announcements::default();
        let provides = std::mem::take(&mut session.provides);
        let asked = std::mem::take(&mut session.asked);
        let passed_on = std::mem::take(&mut session.passed_on);
        // Whoever could have cancelled what it asked for, and is gone, has cancelled it.
        let cancels = session.features.cancel;
        let mut incoming: Vec<_> = session.incoming.values().copied().collect();
        incoming.sort_unstable();
        self.by_channel.remove(&session.channel_id);
        self.ready.remove(&id);
        if self.router == Some(id) {
            self.router = None;
        }
        // In a fixed order, so that the same inputs always give the same outputs.
        let mut provides: Vec<_> = provides.into_iter().collect();
        provides.sort_unstable();
        // Everything is unreachable before anybody hears of it, and callers hear of it before routers.
        let void: Vec<_> = provides
            .into_iter()
            .filter_map(|command_id| Some((self.take_provider(id, &command_id)?, command_id)))
            .collect();
        for message_id in sorted(asked) {
            self.fail_asked(message_id, &ChannelError::Closed, now);
        }
        for message_id in sorted(passed_on) {
            self.abandon_claim(message_id);
        }
        for call in incoming {
            match call {
                Incoming::Forwarded(call) => {
                    self.cancel_route(call, &CancelReason::CALLER_GONE, now);
                }
                // The answer may still be sent, but no item and no credit: a stream would wait for ever.
                Incoming::Running(run) => {
                    if cancels || self.runs.get(&run).is_some_and(|run| run.streams) {
                        self.cancel_run(run, reason, now);
                    }
                }
                Incoming::Parked(serial) => drop(self.take_parked(id, serial)),
            }
        }
        for (router, command_id) in void {
            self.withdraw(router, &command_id);
        }
        let session = self.sessions.get_mut(&id).expect("it was there above");
        if session.running > 0
            && let Some(due) = self.config.request_ttl.and_then(|ttl| now.checked_add(ttl))
        {
            session.drain_timer = Some(self.timers.start(due, TimerKey::Drain(id)));
        }
        self.effects.push_back(Effect::End(id));
    }

    /// Gives up a session whose channel did not start, or whose last handler has been dropped.
    pub fn forget_session(&mut self, id: SessionId, now: Instant) {
        self.end_session_now(id, &CancelReason::CALLER_GONE, now);
        if let Some(session) = self.sessions.remove(&id) {
            for call in session.incoming.into_values() {
                if let Incoming::Running(run) = call
                    && let Some(run) = self.runs.remove(&run)
                {
                    self.stop_run_timers(&run);
                    self.end_span(run.extras, Some(CANCELLED), now);
                }
            }
            self.timers.stop(session.drain_timer);
        }
        self.finish(now);
    }

    /// Returns whether a session is in use.
    pub(super) fn is_ready(&self, id: SessionId) -> bool {
        self.ready.contains(&id)
    }

    /// Puts a message into a session's outbox. For a session that has ended, only answers to calls
    /// still go out.
    pub(super) fn send(&mut self, id: SessionId, message: Message) {
        self.send_outgoing(id, Outgoing::plain(message));
    }

    pub(super) fn send_outgoing(&mut self, id: SessionId, outgoing: Outgoing) {
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        let open = match session.state {
            State::Ready => true,
            State::Draining => matches!(outgoing.receipt(), Receipt::ExecuteResponse { .. }),
            State::Starting => false,
        };
        if !open {
            return;
        }
        if session.outbox.len() >= self.config.limits.outbox {
            if session.state == State::Ready && !self.stuck.contains(&id) {
                self.stuck.push(id);
                self.effects.push_back(Effect::Warn(Warning::Stuck {
                    channel: session.channel_id.clone(),
                    queued: session.outbox.len(),
                }));
            }
            return;
        }
        session.outbox.push_back(outgoing);
        if !session.sending {
            session.sending = true;
            self.effects.push_back(Effect::Flush(id));
        }
    }

    /// Hands the sender of a session what waits in its outbox, by exchange with the empty `batch`.
    /// Returns false, and ends the caller's turn as sender, if nothing does.
    ///
    /// Whoever got [`Effect::Flush`] calls this until it returns false, and gives every message to the
    /// channel in order. That makes one thread at a time the session's sender, and keeps the order in
    /// which the state machine decided.
    pub fn next_outgoing(&mut self, id: SessionId, batch: &mut VecDeque<Outgoing>) -> bool {
        let Some(session) = self.sessions.get_mut(&id) else {
            return false;
        };
        debug_assert!(session.sending && batch.is_empty());
        if session.outbox.is_empty() {
            session.sending = false;
            return false;
        }
        std::mem::swap(&mut session.outbox, batch);
        true
    }

    /// Takes note of a channel that did not accept a message.
    pub fn handle_send_failed(
        &mut self,
        session: SessionId,
        receipt: Receipt,
        error: &ChannelError,
        now: Instant,
    ) {
        match receipt {
            Receipt::ExecuteRequest(id) | Receipt::RegisterRequest(id) => {
                if self
                    .outstanding
                    .get(&id)
                    .is_some_and(|asked| asked.target == session)
                {
                    self.fail_asked(id, error, now);
                }
            }
            // The asker is still there and waits; it is told why the real answer does not come.
            Receipt::ExecuteResponse {
                thid,
                replacement: false,
            } => {
                if let ChannelError::Other(text) = error {
                    let error = ExecuteError::new(
                        ExecuteErrorCode::InternalError,
                        format!("the result could not be sent: {text}"),
                    );
                    let message = self.execute_response(thid, None, Err(error));
                    self.send_outgoing(session, Outgoing::replacement(message));
                } else {
                    self.stats.unsent += 1;
                }
            }
            // A stream that lacks an item is worth nothing.
            Receipt::Item(thid) => {
                self.stats.unsent += 1;
                self.item_refused(session, thid, &refusal(error), now);
            }
            // A callee that never hears of it would wait for ever.
            Receipt::Credit(id) => {
                self.stats.unsent += 1;
                self.credit_refused(session, id, &refusal(error), now);
            }
            Receipt::ExecuteResponse { .. } | Receipt::Other => self.stats.unsent += 1,
        }
        self.finish(now);
    }

    /// Ends a wait because the session it was aimed at cannot carry it.
    fn fail_asked(&mut self, id: MessageId, error: &ChannelError, now: Instant) {
        let Some(outstanding) = self.take_outstanding(id) else {
            return;
        };
        let refusal = match error {
            ChannelError::Closed | ChannelError::Send(_) => None,
            ChannelError::Other(text) => Some(text.clone()),
        };
        let is_own = matches!(outstanding.asked, Asked::Call { .. });
        match outstanding.asked {
            Asked::Call { .. } | Asked::Route { .. } => {
                let error = match refusal {
                    Some(text) => ExecuteError::new(ExecuteErrorCode::InternalError, text),
                    None => ExecuteError::new(
                        ExecuteErrorCode::ChannelDisconnected,
                        if is_own {
                            "channel disconnected"
                        } else {
                            "target channel disconnected"
                        },
                    ),
                };
                self.answer(id, outstanding, None, Err(error), now);
            }
            Asked::Registration { waiter, command_id } => {
                let failure =
                    refusal.map_or(RegisterFailure::Disconnected, RegisterFailure::Refused);
                self.end_registration(waiter, &command_id, Err(failure));
            }
            Asked::Claim { command_id, origin } => match refusal {
                // Without a router the claim stands; the router hears of it when it is back.
                None => self.settle_claim(&command_id, origin, id, Some(true)),
                Some(_) => self.settle_claim(&command_id, origin, id, None),
            },
            Asked::Announcement { .. } => self.pump_announcements(outstanding.target, now),
        }
    }

    /// Forgets a registration passed on for a session that has ended.
    fn abandon_claim(&mut self, id: MessageId) {
        // The router may still accept it, and must then hear that it is void: keep the entry.
        if let Some(Asked::Claim { command_id, origin }) =
            self.outstanding.get_mut(&id).map(|entry| &mut entry.asked)
        {
            let (command_id, session) = (command_id.clone(), origin.take());
            if let Some(session) = session {
                self.release_claim(&command_id, session, id);
                self.tidy(&command_id);
            }
        }
    }
}

/// Returns what a channel said when it refused a message.
fn refusal(error: &ChannelError) -> String {
    match error {
        ChannelError::Other(text) => text.clone(),
        ChannelError::Closed | ChannelError::Send(_) => error.to_string(),
    }
}

fn sorted(ids: FxHashSet<MessageId>) -> Vec<MessageId> {
    let mut ids: Vec<_> = ids.into_iter().collect();
    ids.sort_unstable();
    ids
}
