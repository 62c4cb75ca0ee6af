//! Calls: our own, those we pass on, and those we serve.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::effect::{Effect, Outgoing, Run, RunId, SessionId, SpanKind};
use super::extensions::{CANCELLED, Extras, RunExtras};
use super::throttle::REPORT_INTERVAL;
use super::timers::TimerId;
use super::{Asked, MAX_HOPS, Node, Outstanding, TimerKey};
use crate::error::{CommandError, ExecuteErrorCode};
use crate::extension::{CallTerms, CancelReason, Features, MAX_CREDIT};
use crate::message::{ExecuteError, ExecuteResult, Message, MessageId, MessageMeta};
use crate::payload::Payload;

/// What a caller is told whose time is up.
const TIMED_OUT: &str = "request timed out";

/// An alarm that is set. Needed to take it back.
#[derive(Debug, Clone, Copy)]
pub struct AlarmId(TimerId);

/// What becomes of a call of this process.
#[derive(Debug)]
#[must_use]
pub enum Execution<H> {
    /// A handler of this registry serves it; the caller runs it.
    Local(H, Arc<str>),
    /// It has been sent under this id; its waiter will be completed.
    Sent(MessageId),
    /// It cannot be carried out.
    Failed(CommandError),
}

/// A handler at work for a peer.
pub(super) struct Running {
    pub(super) session: SessionId,
    pub(super) request_id: MessageId,
    /// What it may take until it is answered for; then how long it may go on all the same.
    pub(super) timer: Option<TimerId>,
    /// The time is the caller's, not the limit of this registry.
    deadline: bool,
    /// It has been answered for, or nobody waits; only its driver still knows of it.
    pub(super) closed: bool,
    /// Its caller has asked for items.
    pub(super) streams: bool,
    pub(super) extras: Option<Box<RunExtras>>,
}

/// A request above the cap on running handlers.
pub(super) struct Parked {
    handler_of: Arc<str>,
    request_id: MessageId,
    meta: Option<MessageMeta>,
    request: Option<Payload>,
    weight: usize,
    pub(super) terms: CallTerms,
    deadline: Option<Instant>,
    pub(super) timer: Option<TimerId>,
}

/// What has become of a request of a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Incoming {
    /// It has been passed on under this id.
    Forwarded(MessageId),
    /// A handler of this process is at it.
    Running(RunId),
    /// It waits for a handler; the number is its place in the queue.
    Parked(u64),
}

/// One request of a peer, taken apart.
struct Request {
    from: SessionId,
    id: MessageId,
    meta: Option<MessageMeta>,
    body: Option<Payload>,
    terms: CallTerms,
    /// When the caller gives up, if it has said so.
    deadline: Option<Instant>,
}

/// Who serves a call.
enum Destination<H> {
    Local(H, Arc<str>),
    Peer(Target),
}

/// Whom a call goes to that is not served here.
enum Target {
    Session(SessionId),
    Disconnected,
    Nobody,
}

impl<H: Clone, W> Node<H, W> {
    /// Calls a command on behalf of this process. `waiter` is made only if there is something to wait for.
    ///
    /// A handler in this registry comes first, then the active provider, then the router. What the terms
    /// ask for and the peer cannot do is not asked of it. Request and envelope are taken only if they are sent.
    pub fn execute(
        &mut self,
        command_id: &str,
        request: &mut Option<Payload>,
        meta: &mut Option<MessageMeta>,
        terms: CallTerms,
        now: Instant,
        waiter: impl FnOnce() -> W,
    ) -> Execution<H> {
        let target = match self.destination(command_id, None) {
            Destination::Local(handler, name) => return Execution::Local(handler, name),
            Destination::Peer(target) => target,
        };
        let target = match target {
            Target::Session(target) => target,
            Target::Disconnected => return Execution::Failed(CommandError::ChannelDisconnected),
            Target::Nobody => {
                return Execution::Failed(CommandError::NotFound(command_id.to_owned()));
            }
        };
        if terms.timeout.is_some_and(|timeout| timeout.is_zero()) {
            return Execution::Failed(CommandError::Timeout);
        }
        if terms.hops > MAX_HOPS {
            let why = format!("{command_id} (routing loop: forwarded {MAX_HOPS} times)");
            return Execution::Failed(CommandError::NotFound(why));
        }
        let id = (self.ids)();
        let mut meta = MessageMeta::without_own_keys(meta.take());
        let terms = self.carried(terms, self.expected_features(target));
        if terms != CallTerms::default() {
            terms.write(&mut meta);
        }
        let extras = Extras::of(terms, Duration::ZERO, now);
        let extras = self.observed(extras, SpanKind::Call, command_id, meta.as_ref(), now);
        let asked = Asked::Call { waiter: waiter() };
        let deadline = self.ask_call(id, target, terms, asked, extras, now);
        let message = Message::ExecuteCommandRequest {
            id,
            meta,
            command_id: command_id.to_owned(),
            request: request.take(),
        };
        self.send_outgoing(target, Outgoing::request(message, deadline));
        self.finish(now);
        Execution::Sent(id)
    }

    /// Returns what of the terms can be had where so much can be done.
    fn carried(&self, terms: CallTerms, features: Features) -> CallTerms {
        CallTerms {
            timeout: terms
                .timeout
                .map(|timeout| timeout.min(self.config.limits.max_deadline)),
            progress: terms.progress && features.progress,
            credit: terms
                .credit
                .filter(|_| features.stream)
                .map(|credit| credit.clamp(1, MAX_CREDIT)),
            trace: terms.trace,
            hops: terms.hops,
        }
    }

    /// Records a call that is about to be sent. Returns its deadline, if its caller has set one.
    fn ask_call(
        &mut self,
        id: MessageId,
        target: SessionId,
        terms: CallTerms,
        asked: Asked<W>,
        extras: Option<Box<Extras>>,
        now: Instant,
    ) -> Option<Instant> {
        let ttl = terms.timeout.or(self.config.request_ttl);
        self.ask(id, target, ttl, now, asked);
        if extras.is_some()
            && let Some(outstanding) = self.outstanding.get_mut(&id)
        {
            outstanding.extras = extras;
            if let Asked::Route { origin, .. } = &outstanding.asked
                && let Some(origin) = self.sessions.get_mut(origin)
            {
                origin.streams += usize::from(terms.credit.is_some());
            }
        }
        terms.timeout.and_then(|timeout| now.checked_add(timeout))
    }

    /// Returns the local handler of a command, if it has one.
    pub fn local(&self, command_id: &str) -> Option<Execution<H>> {
        let (name, entry) = self.directory.find(command_id)?;
        let handler = entry.local.as_ref()?.handler.clone();
        Some(Execution::Local(handler, name.clone()))
    }

    /// Gives up waiting for a call or a registration, and tells the callee if it can be told. A late
    /// reply is ignored.
    pub fn cancel(&mut self, id: MessageId, reason: &CancelReason, now: Instant) {
        if let Some(outstanding) = self.take_outstanding(id) {
            match outstanding.asked {
                Asked::Registration { command_id, .. } => {
                    self.release_local_reservation(&command_id);
                }
                Asked::Call { .. } => self.send_cancel(outstanding.target, id, reason),
                _ => debug_assert!(false, "only own calls and registrations are cancelled"),
            }
            self.end_span(outstanding.extras, Some(CANCELLED), now);
        }
        self.finish(now);
    }

    /// Wakes a waiter at a time, as if its call had run out of it: for calls that this process serves
    /// itself and that nobody else keeps the time of.
    pub fn set_alarm(&mut self, due: Instant, waiter: W) -> AlarmId {
        AlarmId(self.timers.start(due, TimerKey::Alarm(waiter)))
    }

    /// Takes an alarm back. Does nothing if it has gone off.
    pub fn clear_alarm(&mut self, alarm: AlarmId) {
        self.timers.stop(Some(alarm.0));
    }

    /// Decides who serves a call: this process, or whoever is asked.
    fn destination(&self, command_id: &str, asker: Option<SessionId>) -> Destination<H> {
        let mut provider = None;
        if let Some((name, entry)) = self.directory.find(command_id) {
            if let Some(local) = &entry.local {
                return Destination::Local(local.handler.clone(), name.clone());
            }
            let mut sessions = entry.providers.iter().map(|provider| provider.session);
            provider = sessions.find(|session| Some(*session) != asker);
        }
        Destination::Peer(self.target(provider, asker))
    }

    /// The active provider comes first, then the router.
    fn target(&self, provider: Option<SessionId>, asker: Option<SessionId>) -> Target {
        match (provider, &self.config.router_channel, self.router) {
            (Some(session), _, _) => Target::Session(session),
            (None, Some(_), Some(router)) if Some(router) == asker => Target::Nobody,
            (None, Some(_), Some(router)) => Target::Session(router),
            (None, Some(_), None) => Target::Disconnected,
            (None, None, _) => Target::Nobody,
        }
    }

    /// Returns what has become of a request of a peer that is still open.
    pub(super) fn incoming(&self, from: SessionId, request_id: MessageId) -> Option<Incoming> {
        self.sessions.get(&from)?.incoming.get(&request_id).copied()
    }

    /// Takes a call from a peer.
    pub(super) fn on_execute_request(
        &mut self,
        from: SessionId,
        request_id: MessageId,
        meta: Option<MessageMeta>,
        command_id: String,
        body: Option<Payload>,
        now: Instant,
    ) {
        // Two open requests with one id could not be told apart by their answers.
        if self.incoming(from, request_id).is_some() {
            self.stats.repeated_requests += 1;
            return;
        }
        let (terms, malformed) = CallTerms::read(meta.as_ref());
        self.stats.ignored_terms += malformed;
        let refuse = |node: &mut Self, code, why: String| {
            node.respond(from, request_id, None, Err(ExecuteError::new(code, why)));
        };
        let not_found = |node: &mut Self, why: &str| {
            let why = format!("command not found: {command_id}{why}");
            refuse(node, ExecuteErrorCode::NotFound, why);
        };
        if super::is_private(&command_id) && !self.config.limits.serve_private {
            return not_found(self, "");
        }
        if terms.timeout.is_some_and(|timeout| timeout.is_zero()) {
            return refuse(self, ExecuteErrorCode::Timeout, TIMED_OUT.to_owned());
        }
        let overloaded = |node: &mut Self| {
            refuse(node, ExecuteErrorCode::InternalError, "overloaded".into());
        };
        if terms.credit.is_some() && self.streams_too_much(from) {
            return overloaded(self);
        }
        let target = match self.destination(&command_id, Some(from)) {
            Destination::Peer(target) => target,
            Destination::Local(handler, name) => {
                let terms = self.carried(terms, self.features(from));
                let deadline = terms.timeout.and_then(|timeout| now.checked_add(timeout));
                let request = Request {
                    from,
                    id: request_id,
                    meta,
                    body,
                    terms,
                    deadline,
                };
                return self.run_or_park(request, handler, name, now);
            }
        };
        let target = match target {
            Target::Session(target) => Some(target),
            Target::Disconnected => None,
            Target::Nobody => return not_found(self, ""),
        };
        if MessageMeta::hops(meta.as_ref()) >= MAX_HOPS {
            let why = format!(" (routing loop: forwarded {MAX_HOPS} times)");
            return not_found(self, &why);
        }
        let Some(target) = target else {
            let why = "target channel disconnected".to_owned();
            return refuse(self, ExecuteErrorCode::ChannelDisconnected, why);
        };
        if self.is_overloaded(from) {
            return overloaded(self);
        }
        // A fresh id per hop: ids of different peers may be equal, and nobody who merely knows the
        // asker's id can answer in the callee's place.
        let id = (self.ids)();
        let asked = Asked::Route {
            origin: from,
            origin_id: request_id,
        };
        let can = self.features(from).both(self.expected_features(target));
        let carried = self.carried(terms, can);
        let mut meta = meta;
        if malformed > 0 || terms != CallTerms::default() {
            carried.write(&mut meta);
        }
        let extras = Extras::of(carried, REPORT_INTERVAL, now);
        let extras = self.observed(extras, SpanKind::Hop, &command_id, meta.as_ref(), now);
        let deadline = self.ask_call(id, target, carried, asked, extras, now);
        self.stats.forwarded += 1;
        let message = Message::ExecuteCommandRequest {
            id,
            meta: MessageMeta::one_more_hop(meta),
            command_id,
            request: body,
        };
        self.send_outgoing(target, Outgoing::request(message, deadline));
    }

    /// Takes the answer to a call.
    pub(super) fn on_execute_response(
        &mut self,
        from: SessionId,
        meta: Option<MessageMeta>,
        thid: MessageId,
        response: ExecuteResult,
        now: Instant,
    ) {
        // Only whoever was asked may answer.
        let expected = self.outstanding.get(&thid).is_some_and(|outstanding| {
            outstanding.target == from
                && matches!(outstanding.asked, Asked::Call { .. } | Asked::Route { .. })
        });
        if !expected {
            self.stats.ignored_responses += 1;
            return;
        }
        let Some(outstanding) = self.take_outstanding(thid) else {
            return;
        };
        let mut result = response.into_result();
        if result.is_ok()
            && let Some(extras) = &outstanding.extras
            && let Some(why) = extras.missing_items(meta.as_ref())
        {
            result = Err(ExecuteError::new(ExecuteErrorCode::InternalError, why));
        }
        self.answer(thid, outstanding, meta, result, now);
    }

    /// Ends a call or a forwarded call because its time is up.
    pub(super) fn expire_call(&mut self, id: MessageId, outstanding: Outstanding<W>, now: Instant) {
        self.send_cancel(outstanding.target, id, &CancelReason::DEADLINE);
        let error = ExecuteError::new(ExecuteErrorCode::Timeout, TIMED_OUT);
        self.answer(id, outstanding, None, Err(error), now);
    }

    /// Answers a call of a peer.
    pub(super) fn respond(
        &mut self,
        to: SessionId,
        request_id: MessageId,
        meta: Option<MessageMeta>,
        result: Result<Option<Payload>, ExecuteError>,
    ) {
        let message = self.execute_response(request_id, meta, result);
        self.send(to, message);
    }

    pub(super) fn execute_response(
        &mut self,
        thid: MessageId,
        meta: Option<MessageMeta>,
        result: Result<Option<Payload>, ExecuteError>,
    ) -> Message {
        Message::ExecuteCommandResponse {
            id: (self.ids)(),
            meta,
            thid,
            response: result.into(),
        }
    }

    fn run_or_park(&mut self, request: Request, handler: H, name: Arc<str>, now: Instant) {
        let limits = &self.config.limits;
        let Some(session) = self.sessions.get_mut(&request.from) else {
            return;
        };
        let cap = self.config.max_in_flight;
        if cap == 0 || session.running < cap {
            return self.run(request, handler, name, now);
        }
        let weight = request.body.as_ref().map_or(0, Payload::weight);
        let full = session.parked.len() >= limits.parked
            || session.parked_bytes.saturating_add(weight) > limits.parked_bytes;
        if full {
            let error = ExecuteError::new(ExecuteErrorCode::InternalError, "overloaded");
            return self.respond(request.from, request.id, None, Err(error));
        }
        let serial = session.next_parked;
        session.next_parked += 1;
        session.parked_bytes += weight;
        session.streams += usize::from(request.terms.credit.is_some());
        session
            .incoming
            .insert(request.id, Incoming::Parked(serial));
        let timer = request.deadline.map(|due| {
            let key = TimerKey::Parked(request.from, serial);
            self.timers.start(due, key)
        });
        let parked = Parked {
            handler_of: name,
            request_id: request.id,
            meta: request.meta,
            request: request.body,
            weight,
            terms: request.terms,
            deadline: request.deadline,
            timer,
        };
        session.parked.insert(serial, parked);
    }

    fn run(&mut self, request: Request, handler: H, command_id: Arc<str>, now: Instant) {
        let Request {
            from,
            id: request_id,
            meta,
            body,
            terms,
            deadline,
        } = request;
        self.next_run += 1;
        let id = RunId(self.next_run);
        let limit = self.config.limits.handler_time_limit;
        let limit = limit.and_then(|limit| now.checked_add(limit));
        let due = limit.into_iter().chain(deadline).min();
        let timer = due.map(|due| self.timers.start(due, TimerKey::Run(id)));
        let extras = RunExtras::of(terms, now);
        let extras = self.observed(extras, SpanKind::Handler, &command_id, meta.as_ref(), now);
        self.runs.insert(
            id,
            Running {
                session: from,
                request_id,
                timer,
                deadline: due.is_some() && due == deadline,
                closed: false,
                streams: terms.credit.is_some(),
                extras,
            },
        );
        if let Some(session) = self.sessions.get_mut(&from) {
            session.running += 1;
            session.streams += usize::from(terms.credit.is_some());
            session.incoming.insert(request_id, Incoming::Running(id));
        }
        self.effects.push_back(Effect::Run(Run {
            id,
            session: from,
            handler,
            command_id,
            request: body,
            meta,
            terms,
            deadline,
        }));
    }

    /// Takes the result of a handler that was started with [`Effect::Run`], and starts the next one
    /// that waits. The result of a run that has been stopped counts for nothing but its place; a run
    /// that has been forgotten is ignored.
    pub fn handle_finished(
        &mut self,
        id: RunId,
        result: Result<Option<Payload>, ExecuteError>,
        now: Instant,
    ) {
        self.end_run(id, result, now);
        self.finish(now);
    }

    /// Acts on the time limit of a run. The first answers for it, and has it told; the second stops it.
    /// Its place stays taken until the driver has dropped it and says so: only a driver's input may
    /// start the next handler.
    pub(super) fn run_expired(&mut self, id: RunId, now: Instant) {
        let Some(run) = self.runs.get_mut(&id) else {
            return;
        };
        run.timer = None;
        if run.closed {
            let session = run.session;
            return self.effects.push_back(Effect::StopRun { session, run: id });
        }
        let why = if run.deadline {
            TIMED_OUT
        } else {
            "the handler exceeded its time limit"
        };
        let error = ExecuteError::new(ExecuteErrorCode::Timeout, why);
        self.answer_run(id, Err(error), now);
        self.cancel_run(id, &CancelReason::DEADLINE, now);
    }

    /// Answers for a handler that still works, and has it told.
    pub(super) fn fail_run(&mut self, id: RunId, error: ExecuteError, now: Instant) {
        if self.runs.get(&id).is_some_and(|run| !run.closed) {
            self.answer_run(id, Err(error), now);
            self.cancel_run(id, &CancelReason::CALLER_GONE, now);
        }
    }

    /// Answers for a run that has not been answered for, with all that belongs before the answer.
    fn answer_run(
        &mut self,
        id: RunId,
        result: Result<Option<Payload>, ExecuteError>,
        now: Instant,
    ) {
        let Some(run) = self.runs.get_mut(&id) else {
            return;
        };
        let (to, thid) = (run.session, run.request_id);
        let mut meta = None;
        if let Some(extras) = run.extras.as_deref_mut() {
            let extras = std::mem::take(extras);
            self.close_own_run(extras, (to, thid), &mut meta, result.as_ref().err(), now);
        }
        self.respond(to, thid, meta, result);
    }

    /// Ends a run, with an answer unless it has been given, and starts what waits for its place.
    fn end_run(&mut self, id: RunId, result: Result<Option<Payload>, ExecuteError>, now: Instant) {
        let Some(run) = self.runs.get(&id) else {
            return;
        };
        let session_id = run.session;
        if !run.closed {
            self.answer_run(id, result, now);
        }
        let Some(run) = self.runs.remove(&id) else {
            return;
        };
        self.stop_run_timers(&run);
        if let Some(session) = self.sessions.get_mut(&session_id) {
            session.incoming.remove(&run.request_id);
            session.running -= 1;
            session.streams -= usize::from(run.streams);
            if let Some((&serial, _)) = session.parked.first_key_value() {
                self.unpark(session_id, serial, now);
            }
        }
    }

    pub(super) fn stop_run_timers(&mut self, run: &Running) {
        self.timers.stop(run.timer);
        let extras = run.extras.as_deref();
        self.timers
            .stop(extras.and_then(|extras| extras.progress.as_ref()?.timer()));
    }

    /// Takes a request out of the queue.
    pub(super) fn take_parked(&mut self, from: SessionId, serial: u64) -> Option<Parked> {
        let session = self.sessions.get_mut(&from)?;
        let parked = session.parked.remove(&serial)?;
        session.parked_bytes -= parked.weight;
        session.streams -= usize::from(parked.terms.credit.is_some());
        session.incoming.remove(&parked.request_id);
        self.timers.stop(parked.timer);
        Some(parked)
    }

    /// Answers a request whose time has passed in the queue.
    pub(super) fn parked_expired(&mut self, from: SessionId, serial: u64) {
        if let Some(parked) = self.take_parked(from, serial) {
            let error = ExecuteError::new(ExecuteErrorCode::Timeout, TIMED_OUT);
            self.respond(from, parked.request_id, None, Err(error));
        }
    }

    fn unpark(&mut self, from: SessionId, serial: u64, now: Instant) {
        let Some(parked) = self.take_parked(from, serial) else {
            return;
        };
        match self.local(&parked.handler_of) {
            Some(Execution::Local(handler, name)) => {
                let request = Request {
                    from,
                    id: parked.request_id,
                    meta: parked.meta,
                    body: parked.request,
                    terms: parked.terms,
                    deadline: parked.deadline,
                };
                self.run(request, handler, name, now);
            }
            // `unregister` answers what is parked for the command it removes.
            _ => debug_assert!(false, "a parked request outlived its handler"),
        }
    }

    /// Answers `not_found` to everything that waits for a handler which is no longer there.
    pub(super) fn refuse_parked(&mut self, command_id: &str) {
        let mut refused: Vec<(SessionId, u64)> = Vec::new();
        for (&id, session) in &self.sessions {
            let waiting = session.parked.iter();
            let waiting = waiting.filter(|(_, parked)| &*parked.handler_of == command_id);
            refused.extend(waiting.map(|(serial, _)| (id, *serial)));
        }
        refused.sort_unstable();
        for (session, serial) in refused {
            if let Some(parked) = self.take_parked(session, serial) {
                let error = ExecuteError::new(
                    ExecuteErrorCode::NotFound,
                    format!("command not found: {command_id}"),
                );
                self.respond(session, parked.request_id, None, Err(error));
            }
        }
    }
}
