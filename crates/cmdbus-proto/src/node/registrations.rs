//! Who may provide what: local registrations, claims of peers, lists, announcements, withdrawals.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::directory::{Local, Provider, Reserved};
use super::effect::{Effect, Outcome, RegisterFailure, SessionId, Warning};
use super::{Asked, Node, is_private};
use crate::error::CommandError;
use crate::message::{CommandDef, Message, MessageId, MessageMeta, RegisterResult};

/// How long an unanswered announcement keeps its place if calls have no time limit.
const ANNOUNCEMENT_TTL: Duration = Duration::from_secs(30);

/// What becomes of a local registration.
#[derive(Debug)]
#[must_use]
pub enum Registration {
    /// It is in force.
    Done,
    /// The router has been asked under this id; the waiter will be completed.
    Sent(MessageId),
    /// It is refused.
    Failed(CommandError),
}

/// Registrations that go out without anybody waiting, a few at a time.
#[derive(Default)]
pub(super) struct Announcements {
    queue: VecDeque<Arc<str>>,
    queued: HashSet<Arc<str>>,
    open: usize,
}

impl<H: Clone, W> Node<H, W> {
    /// Registers a command of this process. The definition must be normalised.
    ///
    /// With a connected router, the router decides: until then the id is reserved and nothing is
    /// visible. `waiter` is made only in that case.
    pub fn register(
        &mut self,
        definition: CommandDef,
        handler: H,
        now: Instant,
        waiter: impl FnOnce() -> W,
    ) -> Registration {
        let id = definition.id.clone();
        if id.is_empty() {
            return Registration::Failed(CommandError::InvalidMessage(
                "the id of a command must not be empty".to_owned(),
            ));
        }
        let taken = self.directory.get(&id).is_some_and(|entry| {
            entry.local.is_some() || entry.reserved.is_some() || !entry.providers.is_empty()
        });
        if taken {
            return Registration::Failed(CommandError::DuplicateCommand(id));
        }
        let definition = Arc::new(definition);
        let (name, entry) = self.directory.entry(&id);
        let router = match self.router {
            Some(router) if !is_private(&id) => router,
            _ => {
                entry.local = Some(Local {
                    handler,
                    definition,
                });
                return Registration::Done;
            }
        };
        entry.reserved = Some(Reserved::Local {
            handler,
            definition: definition.clone(),
        });
        let message_id = (self.ids)();
        let asked = Asked::Registration {
            waiter: waiter(),
            command_id: name,
        };
        self.ask(message_id, router, self.config.request_ttl, now, asked);
        self.send(router, register_request(message_id, &definition));
        self.finish(now);
        Registration::Sent(message_id)
    }

    /// Removes a command of this process. Returns whether it was there.
    pub fn unregister(&mut self, command_id: &str, now: Instant) -> bool {
        let Some(entry) = self.directory.get_mut(command_id) else {
            return false;
        };
        if entry.local.take().is_none() {
            return false;
        }
        entry.acknowledged_by = None;
        let heir = entry.active().map(|provider| provider.session);
        self.refuse_parked(command_id);
        if let Some(router) = self.router
            && !is_private(command_id)
        {
            if heir.is_some_and(|heir| heir != router) {
                // A standby takes over: for the router only the definition changes.
                self.announce(router, command_id, now);
            } else {
                self.withdraw(router, command_id);
            }
        }
        self.directory.tidy(command_id);
        self.finish(now);
        true
    }

    /// Takes the router's word on a registration of ours.
    pub(super) fn end_registration(
        &mut self,
        waiter: W,
        command_id: &str,
        result: Result<(), RegisterFailure>,
    ) {
        if result.is_ok() {
            // In force before the next message of the router is looked at: a call that follows the
            // acknowledgement finds the handler.
            if let Some(entry) = self.directory.get_mut(command_id) {
                match entry.reserved.take() {
                    Some(Reserved::Local {
                        handler,
                        definition,
                    }) => {
                        entry.local = Some(Local {
                            handler,
                            definition,
                        });
                    }
                    other => entry.reserved = other,
                }
            }
        } else {
            self.release_local_reservation(command_id);
        }
        self.effects
            .push_back(Effect::Complete(waiter, Outcome::Registration(result)));
    }

    pub(super) fn release_local_reservation(&mut self, command_id: &str) {
        if let Some(entry) = self.directory.get_mut(command_id)
            && matches!(entry.reserved, Some(Reserved::Local { .. }))
        {
            entry.reserved = None;
            // A peer may have listed the id meanwhile; it was not announced as long as we might win.
            let heir = entry.active().map(|active| active.session);
            if let (Some(router), Some(heir)) = (self.router, heir)
                && heir != router
            {
                self.enqueue_announcement(router, command_id);
            }
        }
        self.tidy(command_id);
    }

    /// Forgets an id that nobody serves any more, and has the router forget it too if it had accepted
    /// it from us.
    pub(super) fn tidy(&mut self, command_id: &str) {
        if let Some(entry) = self.directory.get_mut(command_id)
            && entry.is_empty()
            && let Some(router) = self.router
            && entry.acknowledged_by.take() == Some(router)
        {
            self.withdraw(router, command_id);
        }
        self.directory.tidy(command_id);
    }

    /// Takes a registration, or a withdrawal, from a peer.
    pub(super) fn on_register_request(
        &mut self,
        from: SessionId,
        request_id: MessageId,
        meta: Option<&MessageMeta>,
        command: CommandDef,
        now: Instant,
    ) {
        let id = command.id.clone();
        if MessageMeta::is_withdrawal(meta) {
            self.withdraw_claim(from, &id);
            self.remove_provider(from, &id);
            return self.answer_registration(from, request_id, true);
        }
        if is_private(&id) || id.is_empty() {
            return self.answer_registration(from, request_id, false);
        }
        let most_open = self.config.limits.open_per_session;
        let definition = Arc::new(command);
        let escalate_to = self.router.filter(|router| *router != from);
        if let Some(entry) = self.directory.get_mut(&id) {
            if entry.is_local() {
                return self.answer_registration(from, request_id, false);
            }
            match entry.providers.first_mut() {
                Some(active) if active.session == from => {
                    let changed = active.definition != definition;
                    active.definition = definition;
                    active.registered = true;
                    self.answer_registration(from, request_id, true);
                    if changed && let Some(router) = escalate_to {
                        self.announce(router, &id, now);
                    }
                    return;
                }
                Some(_) => return self.answer_registration(from, request_id, false),
                None => {}
            }
            if let Some(Reserved::Claim {
                session,
                requests,
                definition: claimed,
                refreshed,
                ..
            }) = &mut entry.reserved
            {
                if *session != from {
                    return self.answer_registration(from, request_id, false);
                }
                // The peer repeats itself: one question to the router answers both.
                if requests.len() < most_open {
                    requests.push(request_id);
                    *refreshed |= *claimed != definition;
                    *claimed = definition;
                }
                return;
            }
        }
        // Beyond a bound there is no answer: "duplicate" would be a lie, and there is no other.
        if self.advertises_too_much(from) {
            return self.warn_of_advertising(from, self.config.limits.advertised_per_session);
        }
        let Some(router) = escalate_to else {
            self.add_provider(from, definition, Advertised::ByName);
            return self.answer_registration(from, request_id, true);
        };
        if self.is_overloaded(from) {
            return self.warn_of_advertising(from, most_open);
        }
        let asked = (self.ids)();
        let (name, entry) = self.directory.entry(&id);
        entry.reserved = Some(Reserved::Claim {
            session: from,
            asked,
            requests: vec![request_id],
            definition: definition.clone(),
            refreshed: false,
        });
        if let Some(session) = self.sessions.get_mut(&from) {
            session.claims += 1;
        }
        let claim = Asked::Claim {
            command_id: name,
            origin: Some(from),
        };
        self.ask(asked, router, self.config.request_ttl, now, claim);
        self.send(router, register_request(asked, &definition));
    }

    fn answer_registration(&mut self, to: SessionId, request_id: MessageId, accepted: bool) {
        let message = Message::RegisterCommandResponse {
            id: (self.ids)(),
            meta: None,
            thid: request_id,
            response: if accepted {
                RegisterResult::accepted()
            } else {
                RegisterResult::duplicate()
            },
        };
        self.send(to, message);
    }

    /// Takes an answer to a registration, a claim or an announcement.
    pub(super) fn on_register_response(
        &mut self,
        from: SessionId,
        thid: MessageId,
        response: &RegisterResult,
        now: Instant,
    ) {
        let expected = self.outstanding.get(&thid).is_some_and(|outstanding| {
            outstanding.target == from
                && !matches!(outstanding.asked, Asked::Call { .. } | Asked::Route { .. })
        });
        if !expected {
            self.stats.ignored_responses += 1;
            return;
        }
        let accepted = matches!(response, RegisterResult::Ok { .. });
        match self
            .take_outstanding(thid)
            .map(|outstanding| outstanding.asked)
        {
            Some(Asked::Registration { waiter, command_id }) => {
                let result = if accepted {
                    Ok(())
                } else {
                    Err(RegisterFailure::Duplicate)
                };
                self.end_registration(waiter, &command_id, result);
            }
            Some(Asked::Claim { command_id, origin }) => {
                self.settle_claim(&command_id, origin, thid, Some(accepted));
                if accepted {
                    self.acknowledged(from, &command_id);
                }
            }
            Some(Asked::Announcement { command_id }) => {
                if accepted {
                    self.acknowledged(from, &command_id);
                }
                self.pump_announcements(from, now);
            }
            _ => {}
        }
    }

    /// Ends a registration, a claim or an announcement that the peer did not answer in time.
    pub(super) fn expire_registration(
        &mut self,
        id: MessageId,
        target: SessionId,
        asked: Asked<W>,
        now: Instant,
    ) {
        match asked {
            Asked::Registration { waiter, command_id } => {
                self.end_registration(waiter, &command_id, Err(RegisterFailure::Timeout));
            }
            Asked::Claim { command_id, origin } => self.settle_claim(&command_id, origin, id, None),
            Asked::Announcement { .. } => self.pump_announcements(target, now),
            Asked::Call { .. } | Asked::Route { .. } => {
                debug_assert!(false, "calls expire elsewhere");
            }
        }
    }

    /// Ends a claim: accepted, refused, or `None` when nobody can say, which the claimant gets to hear
    /// as silence.
    pub(super) fn settle_claim(
        &mut self,
        command_id: &str,
        origin: Option<SessionId>,
        asked: MessageId,
        verdict: Option<bool>,
    ) {
        let Some(origin) = origin else {
            return;
        };
        let Some(claim) = self.release_claim(command_id, origin, asked) else {
            return;
        };
        let Some(accepted) = verdict else {
            return self.tidy(command_id);
        };
        // A list may have come in between: the first peer that serves the id stays. If it is the
        // claimant itself, the list has told the newer definition.
        let entry = self.directory.get_mut(command_id);
        let active = entry.and_then(|entry| entry.providers.first_mut());
        let accepted = accepted && active.as_ref().is_none_or(|it| it.session == origin);
        if accepted {
            match active {
                Some(active) => active.registered = true,
                None => {
                    self.add_provider(origin, claim.definition, Advertised::ByName);
                    if claim.refreshed
                        && let Some(router) = self.router
                    {
                        self.enqueue_announcement(router, command_id);
                    }
                }
            }
        }
        for request_id in claim.requests {
            self.answer_registration(origin, request_id, accepted);
        }
        self.tidy(command_id);
    }

    /// Takes a reservation away from a claimant and returns what it had asked. The caller tidies up.
    pub(super) fn release_claim(
        &mut self,
        command_id: &str,
        origin: SessionId,
        message: MessageId,
    ) -> Option<ReleasedClaim> {
        let entry = self.directory.get_mut(command_id)?;
        match entry.reserved.take() {
            Some(Reserved::Claim {
                session,
                asked,
                requests,
                definition,
                refreshed,
            }) if session == origin && asked == message => {
                if let Some(session) = self.sessions.get_mut(&origin) {
                    session.claims = session.claims.saturating_sub(1);
                }
                Some(ReleasedClaim {
                    requests,
                    definition,
                    refreshed,
                })
            }
            other => {
                entry.reserved = other;
                None
            }
        }
    }

    /// Voids a claim that its claimant takes back before the router has decided.
    fn withdraw_claim(&mut self, from: SessionId, command_id: &str) {
        let asked = match self.directory.get(command_id).map(|entry| &entry.reserved) {
            Some(Some(Reserved::Claim { session, asked, .. })) if *session == from => *asked,
            _ => return,
        };
        if let Some(claim) = self.release_claim(command_id, from, asked) {
            if let Some(Asked::Claim { origin, .. }) = self
                .outstanding
                .get_mut(&asked)
                .map(|entry| &mut entry.asked)
            {
                *origin = None;
            }
            if let Some(session) = self.sessions.get_mut(&from) {
                session.passed_on.remove(&asked);
            }
            for request_id in claim.requests {
                self.answer_registration(from, request_id, false);
            }
            self.tidy(command_id);
        }
    }

    /// Takes note that the router counts us as provider; if nobody here serves the id any more, it is
    /// told to forget it.
    fn acknowledged(&mut self, router: SessionId, command_id: &str) {
        if self.router != Some(router) {
            return;
        }
        match self.directory.get_mut(command_id) {
            Some(entry)
                if entry.local.is_some()
                    || entry.reserved.is_some()
                    || entry.active().is_some_and(|it| it.session != router) =>
            {
                entry.acknowledged_by = Some(router);
            }
            _ => self.withdraw(router, command_id),
        }
    }

    pub(super) fn withdraw(&mut self, router: SessionId, command_id: &str) {
        let message = Message::RegisterCommandRequest {
            id: (self.ids)(),
            meta: Some(MessageMeta::withdrawal()),
            command: CommandDef {
                id: command_id.to_owned(),
                description: None,
                schema: None,
            },
        };
        self.send(router, message);
    }

    fn add_provider(&mut self, session: SessionId, definition: Arc<CommandDef>, how: Advertised) {
        let (name, entry) = self.directory.entry(&definition.id);
        entry.providers.push(Provider {
            session,
            definition,
            listed: how == Advertised::InList,
            registered: how == Advertised::ByName,
        });
        if let Some(session) = self.sessions.get_mut(&session) {
            session.provides.insert(name);
        }
    }

    /// Removes a provider; a standby moves up, and the router hears what it must know.
    pub(super) fn remove_provider(&mut self, session: SessionId, command_id: &str) {
        if let Some(router) = self.take_provider(session, command_id) {
            self.withdraw(router, command_id);
        }
    }

    /// As [`remove_provider`](Self::remove_provider), but leaves a withdrawal to the caller: returns
    /// the router that must hear of one.
    pub(super) fn take_provider(
        &mut self,
        session: SessionId,
        command_id: &str,
    ) -> Option<SessionId> {
        if let Some(session) = self.sessions.get_mut(&session) {
            session.provides.remove(command_id);
        }
        let entry = self.directory.get_mut(command_id)?;
        let at = entry
            .providers
            .iter()
            .position(|provider| provider.session == session)?;
        entry.providers.remove(at);
        let heir = entry.active().map(|provider| provider.session);
        let mut void_at = None;
        if let Some(router) = self.router
            && !entry.is_local()
        {
            if heir.is_some_and(|heir| heir != router) {
                // The router hears whose definition counts now, and perhaps accepts this provider
                // where it refused the other.
                if at == 0 {
                    self.enqueue_announcement(router, command_id);
                }
            } else if entry.acknowledged_by == Some(router) {
                // Nobody but the router itself is left to serve it.
                entry.acknowledged_by = None;
                void_at = Some(router);
            }
        }
        self.directory.tidy(command_id);
        void_at
    }

    /// Answers the question what this registry provides itself.
    pub(super) fn on_list_request(&mut self, from: SessionId, request_id: MessageId, now: Instant) {
        let limits = self.config.limits;
        let mut commands = Vec::new();
        let mut bytes = 0;
        let mut rest = Vec::new();
        for (id, entry) in self.directory.iter_after(None) {
            let Some(local) = entry.local.as_ref().filter(|_| !is_private(id)) else {
                continue;
            };
            bytes += definition_bytes(&local.definition);
            let fits = bytes <= limits.list_bytes && commands.len() < limits.list_definitions;
            if fits || commands.is_empty() {
                commands.push((*local.definition).clone());
            } else {
                rest.push(id.clone());
            }
        }
        let message = Message::ListCommandsResponse {
            id: (self.ids)(),
            meta: self.config.features.announcement(),
            thid: request_id,
            commands,
        };
        self.send(from, message);
        for id in rest {
            self.enqueue_announcement(from, &id);
        }
        self.pump_announcements(from, now);
    }

    /// Takes a list of what a peer provides.
    pub(super) fn on_list_response(
        &mut self,
        from: SessionId,
        thid: MessageId,
        commands: Vec<CommandDef>,
        now: Instant,
    ) {
        let Some(session) = self.sessions.get_mut(&from) else {
            return;
        };
        let solicited = session.probe == Some(thid);
        if solicited {
            session.probe = None;
        }
        let upward = self.router.filter(|router| *router != from);
        let mut named: HashSet<Arc<str>> = HashSet::with_capacity(commands.len());
        let mut too_many = false;
        for command in commands {
            if is_private(&command.id) || command.id.is_empty() {
                continue;
            }
            let definition = Arc::new(command);
            let id = &definition.id;
            let known = self.directory.get_mut(id).and_then(|entry| {
                let active = entry.local.is_none()
                    && entry.active().is_some_and(|active| active.session == from);
                let provider = entry.provider(from)?;
                let changed = provider.definition != definition;
                provider.definition = definition.clone();
                provider.listed = true;
                Some(active && changed)
            });
            let news = match known {
                Some(news) => news,
                None if self.advertises_too_much(from) => {
                    too_many = true;
                    continue;
                }
                None => {
                    self.add_provider(from, definition.clone(), Advertised::InList);
                    self.directory
                        .get(id)
                        .is_some_and(|entry| entry.providers.len() == 1 && !entry.is_local())
                }
            };
            if let Some((name, _)) = self.directory.find(id) {
                named.insert(name.clone());
            }
            if news && let Some(router) = upward {
                self.enqueue_announcement(router, id);
            }
        }
        if too_many {
            self.warn_of_advertising(from, self.config.limits.advertised_per_session);
        }
        if solicited {
            self.drop_unlisted(from, &named);
        }
        if let Some(router) = self.router {
            self.pump_announcements(router, now);
        }
    }

    /// Removes what a peer once listed and does not list any more.
    fn drop_unlisted(&mut self, from: SessionId, named: &HashSet<Arc<str>>) {
        let Some(session) = self.sessions.get(&from) else {
            return;
        };
        let mut missing: Vec<_> = session
            .provides
            .iter()
            .filter(|id| !named.contains(*id))
            .cloned()
            .collect();
        missing.sort_unstable();
        for id in missing {
            let Some(provider) = self
                .directory
                .get_mut(&id)
                .and_then(|entry| entry.provider(from))
            else {
                continue;
            };
            if provider.registered {
                provider.listed = false;
            } else {
                self.remove_provider(from, &id);
            }
        }
    }

    fn advertises_too_much(&self, from: SessionId) -> bool {
        self.sessions.get(&from).is_none_or(|session| {
            session.provides.len() + session.claims >= self.config.limits.advertised_per_session
        })
    }

    fn warn_of_advertising(&mut self, from: SessionId, limit: usize) {
        if let Some(session) = self.sessions.get(&from) {
            self.effects
                .push_back(Effect::Warn(Warning::AdvertisedLimit {
                    channel: session.channel_id.clone(),
                    limit,
                }));
        }
    }

    /// Tells a router that has just connected of everything it can reach through us.
    pub(super) fn announce_everything(&mut self, router: SessionId) {
        let relayed: Vec<Arc<str>> = self
            .directory
            .iter_after(None)
            .filter(|(_, entry)| {
                entry.local.is_none()
                    && entry
                        .active()
                        .is_some_and(|active| active.session != router)
            })
            .map(|(id, _)| id.clone())
            .collect();
        for id in relayed {
            self.enqueue_announcement(router, &id);
        }
    }

    fn announce(&mut self, to: SessionId, command_id: &str, now: Instant) {
        self.enqueue_announcement(to, command_id);
        self.pump_announcements(to, now);
    }

    /// Notes that a peer is to be told the current definition of an id. `finish` sends what has room.
    fn enqueue_announcement(&mut self, to: SessionId, command_id: &str) {
        let (Some(session), Some((name, _))) =
            (self.sessions.get_mut(&to), self.directory.find(command_id))
        else {
            return;
        };
        let Announcements { queue, queued, .. } = &mut session.announcements;
        if queued.insert(name.clone()) {
            queue.push_back(name.clone());
        }
        if !self.announcing.contains(&to) {
            self.announcing.push(to);
        }
    }

    /// Sends waiting announcements while there is room for unanswered ones.
    pub(super) fn pump_announcements(&mut self, to: SessionId, now: Instant) {
        loop {
            let open = self
                .sessions
                .get(&to)
                .map(|session| session.announcements.open);
            if open.is_none_or(|open| open >= self.config.limits.open_announcements) {
                return;
            }
            let Some(session) = self.sessions.get_mut(&to) else {
                return;
            };
            let Some(id) = session.announcements.queue.pop_front() else {
                return;
            };
            session.announcements.queued.remove(&id);
            let Some(entry) = self.directory.get(&id) else {
                continue;
            };
            // What peers provide is the router's business only.
            let relayed = self.router == Some(to)
                && entry.active().is_some_and(|active| active.session != to);
            if entry.local.is_none() && !relayed {
                continue;
            }
            let Some(definition) = entry.definition().cloned() else {
                continue;
            };
            let message_id = (self.ids)();
            let ttl = self.config.request_ttl.unwrap_or(ANNOUNCEMENT_TTL);
            let asked = Asked::Announcement { command_id: id };
            self.ask(message_id, to, Some(ttl), now, asked);
            self.send(to, register_request(message_id, &definition));
        }
    }

    /// Counts the announcements a session has not answered.
    pub(super) fn announcement_opened(&mut self, to: SessionId) {
        if let Some(session) = self.sessions.get_mut(&to) {
            session.announcements.open += 1;
        }
    }

    pub(super) fn announcement_closed(&mut self, to: SessionId) {
        if let Some(session) = self.sessions.get_mut(&to) {
            session.announcements.open = session.announcements.open.saturating_sub(1);
        }
    }
}

/// What a claimant had asked.
pub(super) struct ReleasedClaim {
    requests: Vec<MessageId>,
    definition: Arc<CommandDef>,
    refreshed: bool,
}

#[derive(PartialEq)]
enum Advertised {
    InList,
    ByName,
}

fn register_request(id: MessageId, definition: &CommandDef) -> Message {
    Message::RegisterCommandRequest {
        id,
        meta: None,
        command: definition.clone(),
    }
}

fn definition_bytes(definition: &CommandDef) -> usize {
    /// Counts instead of keeping.
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    serde_json::to_writer(&mut count, definition)
        .expect("a definition has string keys only, and counting takes every byte");
    count.0 + 1
}
