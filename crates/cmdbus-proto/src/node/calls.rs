//! Calls: our own, those we pass on, and those we serve.

use std::sync::Arc;
use std::time::Instant;

use super::effect::{Effect, Outcome, Run, RunId, SessionId};
use super::timers::TimerId;
use super::{Asked, MAX_HOPS, Node, Outstanding, TimerKey};
use crate::error::{CommandError, ExecuteErrorCode};
use crate::message::{ExecuteError, ExecuteResult, Message, MessageId, MessageMeta};
use crate::payload::Payload;

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
    session: SessionId,
    request_id: MessageId,
    pub(super) timer: Option<TimerId>,
    /// It has had its time and has been answered for; only its driver still knows of it.
    stopped: bool,
}

/// A request above the cap on running handlers.
pub(super) struct Parked {
    handler_of: Arc<str>,
    request_id: MessageId,
    meta: Option<MessageMeta>,
    request: Option<Payload>,
    weight: usize,
}

/// Whom a call goes to.
enum Target {
    Session(SessionId),
    Disconnected,
    Nobody,
}

impl<H: Clone, W> Node<H, W> {
    /// Calls a command on behalf of this process. `waiter` is made only if there is something to wait for.
    ///
    /// A handler in this registry comes first, then the active provider, then the router.
    pub fn execute(
        &mut self,
        command_id: &str,
        request: Option<Payload>,
        meta: Option<MessageMeta>,
        now: Instant,
        waiter: impl FnOnce() -> W,
    ) -> Execution<H> {
        if let Some(local) = self.local(command_id) {
            return local;
        }
        let target = match self.route(command_id, None) {
            Target::Session(target) => target,
            Target::Disconnected => return Execution::Failed(CommandError::ChannelDisconnected),
            Target::Nobody => {
                return Execution::Failed(CommandError::NotFound(command_id.to_owned()));
            }
        };
        let id = (self.ids)();
        let meta = MessageMeta::without_hops(meta);
        self.ask(
            id,
            target,
            self.config.request_ttl,
            now,
            Asked::Call { waiter: waiter() },
        );
        self.send(
            target,
            Message::ExecuteCommandRequest {
                id,
                meta,
                command_id: command_id.to_owned(),
                request,
            },
        );
        self.finish(now);
        Execution::Sent(id)
    }

    /// Returns the local handler of a command, if it has one.
    pub fn local(&self, command_id: &str) -> Option<Execution<H>> {
        let local = self.directory.get(command_id)?.local.as_ref()?;
        let name = self.directory.name(command_id)?;
        Some(Execution::Local(local.handler.clone(), name.clone()))
    }

    /// Gives up waiting for a call or a registration. A late reply is ignored.
    pub fn cancel(&mut self, id: MessageId) {
        match self
            .take_outstanding(id)
            .map(|outstanding| outstanding.asked)
        {
            Some(Asked::Registration { command_id, .. }) => {
                self.release_local_reservation(&command_id);
            }
            Some(Asked::Call { .. }) | None => {}
            Some(_) => debug_assert!(false, "only own calls and registrations are cancelled"),
        }
        // What was asked was asked at some time.
        if let Some(now) = self.now {
            self.finish(now);
        }
    }

    fn route(&self, command_id: &str, asker: Option<SessionId>) -> Target {
        let provider = self.directory.get(command_id).and_then(|entry| {
            entry
                .providers
                .iter()
                .map(|provider| provider.session)
                .find(|session| Some(*session) != asker)
        });
        match (provider, &self.config.router_channel, self.router) {
            (Some(session), _, _) => Target::Session(session),
            (None, Some(_), Some(router)) if Some(router) == asker => Target::Nobody,
            (None, Some(_), Some(router)) => Target::Session(router),
            (None, Some(_), None) => Target::Disconnected,
            (None, None, _) => Target::Nobody,
        }
    }

    /// Takes a call from a peer.
    pub(super) fn on_execute_request(
        &mut self,
        from: SessionId,
        request_id: MessageId,
        meta: Option<MessageMeta>,
        command_id: String,
        request: Option<Payload>,
        now: Instant,
    ) {
        let not_found = |node: &mut Self, why: String| {
            node.respond(
                from,
                request_id,
                None,
                Err(ExecuteError::new(ExecuteErrorCode::NotFound, why)),
            );
        };
        if super::is_private(&command_id) && !self.config.limits.serve_private {
            return not_found(self, format!("command not found: {command_id}"));
        }
        if let Some(Execution::Local(handler, name)) = self.local(&command_id) {
            return self.run_or_park(from, request_id, meta, request, handler, name, now);
        }
        let target = match self.route(&command_id, Some(from)) {
            Target::Session(target) => Some(target),
            Target::Disconnected => None,
            Target::Nobody => return not_found(self, format!("command not found: {command_id}")),
        };
        if MessageMeta::hops(meta.as_ref()) >= MAX_HOPS {
            return not_found(
                self,
                format!(
                    "command not found: {command_id} (routing loop: forwarded {MAX_HOPS} times)"
                ),
            );
        }
        let Some(target) = target else {
            let error = ExecuteError::new(
                ExecuteErrorCode::ChannelDisconnected,
                "target channel disconnected",
            );
            return self.respond(from, request_id, None, Err(error));
        };
        if self.is_overloaded(from) {
            let error = ExecuteError::new(ExecuteErrorCode::InternalError, "overloaded");
            return self.respond(from, request_id, None, Err(error));
        }
        // A fresh id per hop: ids of different peers may be equal, and nobody who merely knows the
        // asker's id can answer in the callee's place.
        let id = (self.ids)();
        let asked = Asked::Route {
            origin: from,
            origin_id: request_id,
        };
        self.ask(id, target, self.config.request_ttl, now, asked);
        self.stats.forwarded += 1;
        self.send(
            target,
            Message::ExecuteCommandRequest {
                id,
                meta: MessageMeta::one_more_hop(meta),
                command_id,
                request,
            },
        );
    }

    /// Takes the answer to a call.
    pub(super) fn on_execute_response(
        &mut self,
        from: SessionId,
        meta: Option<MessageMeta>,
        thid: MessageId,
        response: ExecuteResult,
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
        match self
            .take_outstanding(thid)
            .map(|outstanding| outstanding.asked)
        {
            Some(Asked::Call { waiter }) => self.effects.push(Effect::Complete(
                waiter,
                Outcome::Call(response.into_result()),
            )),
            Some(Asked::Route { origin, origin_id }) => {
                self.respond(origin, origin_id, meta, response.into_result());
            }
            _ => {}
        }
    }

    /// Ends a call or a forwarded call because its time is up.
    pub(super) fn expire_call(&mut self, outstanding: Outstanding<W>) {
        let error = ExecuteError::new(ExecuteErrorCode::Timeout, "request timed out");
        match outstanding.asked {
            Asked::Call { waiter } => self
                .effects
                .push(Effect::Complete(waiter, Outcome::Call(Err(error)))),
            Asked::Route { origin, origin_id } => {
                self.respond(origin, origin_id, None, Err(error));
            }
            _ => debug_assert!(false, "only calls expire here"),
        }
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

    #[allow(clippy::too_many_arguments)] // one request, taken apart
    fn run_or_park(
        &mut self,
        from: SessionId,
        request_id: MessageId,
        meta: Option<MessageMeta>,
        request: Option<Payload>,
        handler: H,
        name: Arc<str>,
        now: Instant,
    ) {
        let limits = &self.config.limits;
        let Some(session) = self.sessions.get_mut(&from) else {
            return;
        };
        let cap = self.config.max_in_flight;
        if cap == 0 || session.runs.len() < cap {
            return self.run(from, request_id, meta, request, handler, name, now);
        }
        let weight = request.as_ref().map_or(0, Payload::weight);
        let full = session.parked.len() >= limits.parked
            || session.parked_bytes.saturating_add(weight) > limits.parked_bytes;
        if full {
            let error = ExecuteError::new(ExecuteErrorCode::InternalError, "overloaded");
            return self.respond(from, request_id, None, Err(error));
        }
        session.parked_bytes += weight;
        session.parked.push_back(Parked {
            handler_of: name,
            request_id,
            meta,
            request,
            weight,
        });
    }

    #[allow(clippy::too_many_arguments)]
    fn run(
        &mut self,
        from: SessionId,
        request_id: MessageId,
        meta: Option<MessageMeta>,
        request: Option<Payload>,
        handler: H,
        command_id: Arc<str>,
        now: Instant,
    ) {
        self.next_run += 1;
        let id = RunId(self.next_run);
        let timer = self
            .config
            .limits
            .handler_time_limit
            .and_then(|limit| now.checked_add(limit))
            .map(|due| self.timers.start(due, TimerKey::Run(id)));
        self.runs.insert(
            id,
            Running {
                session: from,
                request_id,
                timer,
                stopped: false,
            },
        );
        if let Some(session) = self.sessions.get_mut(&from) {
            session.runs.insert(id);
        }
        self.effects.push(Effect::Run(Run {
            id,
            session: from,
            handler,
            command_id,
            request,
            meta,
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

    /// Answers for a run that has had its time. Its place stays taken until the driver has dropped it
    /// and says so: only a driver's input may start the next handler.
    pub(super) fn stop_run(&mut self, id: RunId) {
        let Some(run) = self.runs.get_mut(&id) else {
            return;
        };
        run.timer = None;
        run.stopped = true;
        let (session, request_id) = (run.session, run.request_id);
        let error = ExecuteError::new(
            ExecuteErrorCode::Timeout,
            "the handler exceeded its time limit",
        );
        self.respond(session, request_id, None, Err(error));
        self.effects.push(Effect::StopRun(id));
    }

    /// Ends a run, with an answer unless it has been given, and starts what waits for its place.
    fn end_run(&mut self, id: RunId, result: Result<Option<Payload>, ExecuteError>, now: Instant) {
        let Some(run) = self.runs.remove(&id) else {
            return;
        };
        self.timers.stop(run.timer);
        if !run.stopped {
            self.respond(run.session, run.request_id, None, result);
        }
        if let Some(session) = self.sessions.get_mut(&run.session) {
            session.runs.remove(&id);
            if let Some(parked) = session.parked.pop_front() {
                session.parked_bytes -= parked.weight;
                self.unpark(run.session, parked, now);
            }
        }
    }

    fn unpark(&mut self, session: SessionId, parked: Parked, now: Instant) {
        let Parked {
            handler_of,
            request_id,
            meta,
            request,
            ..
        } = parked;
        match self.local(&handler_of) {
            Some(Execution::Local(handler, name)) => {
                self.run(session, request_id, meta, request, handler, name, now);
            }
            // `unregister` answers what is parked for the command it removes.
            _ => debug_assert!(false, "a parked request outlived its handler"),
        }
    }

    /// Answers `not_found` to everything that waits for a handler which is no longer there.
    pub(super) fn refuse_parked(&mut self, command_id: &str) {
        let mut refused = Vec::new();
        for (&id, session) in &mut self.sessions {
            let (parked_bytes, parked) = (&mut session.parked_bytes, &mut session.parked);
            parked.retain(|waiting| {
                let keep = &*waiting.handler_of != command_id;
                if !keep {
                    *parked_bytes -= waiting.weight;
                    refused.push((id, waiting.request_id));
                }
                keep
            });
        }
        refused.sort_unstable_by_key(|(session, _)| *session);
        for (session, request_id) in refused {
            let error = ExecuteError::new(
                ExecuteErrorCode::NotFound,
                format!("command not found: {command_id}"),
            );
            self.respond(session, request_id, None, Err(error));
        }
    }
}
