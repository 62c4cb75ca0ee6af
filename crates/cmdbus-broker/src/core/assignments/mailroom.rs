//! The mailroom: claims ahead of time for endpoints that ask for their mail (protocol §10.9).
//!
//! It runs at the end of every step that may have brought something, so that a message is staged, and handed
//! to whoever waits, in the step in which it arrives (W53). Nothing is staged for an endpoint that does not
//! ask: it would only keep the message from others.

use std::collections::VecDeque;
use std::time::Duration;

use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use super::table::{Assignment, Mode};
use super::{Then, contents};
use crate::core::inbox::Audience;
use crate::core::views::iso;
use crate::core::{Caller, Core, Found, Query, Refusal, Reply, ReqId, Then as CoreThen, Timer};
use crate::ids::{AssignmentId, EndpointId};
use crate::store::{Content, PAGE_CONTENT_BYTES, Seq, StoredMessage};

/// For how long an endpoint counts as one that asks, after its last request has ended.
const RECENT: Duration = Duration::from_secs(60);
/// Requests that may be held open at once.
const POLLS: usize = 4096;

/// Who asks for staged messages, and what may be staged.
#[derive(Debug, Default)]
pub(super) struct Mailroom {
    /// Endpoints that ask, whoever was given a message for all last at the end.
    pollers: VecDeque<EndpointId>,
    polls: FxHashMap<ReqId, Poll>,
    /// The requests of an endpoint, oldest first.
    waiting: FxHashMap<EndpointId, VecDeque<ReqId>>,
    woken: Woken,
}

/// A request that is held open.
#[derive(Debug)]
struct Poll {
    endpoint: EndpointId,
    mark_attempt: bool,
}

/// What has to be looked at when the step is over.
#[derive(Debug, Default)]
enum Woken {
    #[default]
    Nothing,
    Arrived(Vec<Seq>),
    Everything,
}

impl Mailroom {
    fn add(&mut self, req: ReqId, poll: Poll) {
        let waiting = self.waiting.entry(poll.endpoint.clone()).or_default();
        waiting.push_back(req);
        self.polls.insert(req, poll);
    }

    fn take(&mut self, req: ReqId) -> Option<Poll> {
        let poll = self.polls.remove(&req)?;
        if let Some(waiting) = self.waiting.get_mut(&poll.endpoint) {
            waiting.retain(|has| *has != req);
            if waiting.is_empty() {
                self.waiting.remove(&poll.endpoint);
            }
        }
        Some(poll)
    }

    fn waits(&self, endpoint: &EndpointId) -> Option<ReqId> {
        self.waiting.get(endpoint)?.front().copied()
    }
}

impl Core {
    pub(in crate::core) fn staged_delivery(
        &mut self,
        req: ReqId,
        caller: &Caller,
        id: &EndpointId,
        pid: u32,
        timeout: Duration,
        mark_attempt: bool,
    ) -> Result<(), Refusal> {
        self.owned_active(caller, id, pid)?;
        self.note_poll(id);
        self.stage_for(id);
        if self.assignments.staged_count(id) > 0 {
            self.hand_out(req, id, mark_attempt);
            return Ok(());
        }
        let timeout = timeout.min(self.figures.staged_hold);
        if timeout.is_zero() {
            self.answer(req, nothing());
            return Ok(());
        }
        if self.assignments.mailroom.polls.len() >= POLLS {
            return Err(Refusal::new(
                429,
                "staged_delivery_limit",
                "too many requests for staged messages are open; try again later",
            )
            .retryable(true));
        }
        self.timers.set(Timer::Staged(req), self.now.mono + timeout);
        let poll = Poll {
            endpoint: id.clone(),
            mark_attempt,
        };
        self.assignments.mailroom.add(req, poll);
        Ok(())
    }

    fn note_poll(&mut self, id: &EndpointId) {
        let now = self.now.mono;
        if let Some(endpoint) = self.endpoints.get_mut(id) {
            endpoint.last_poll = Some(now);
        }
        let pollers = &mut self.assignments.mailroom.pollers;
        if !pollers.contains(id) {
            pollers.push_back(id.clone());
        }
        self.timers
            .set_earlier(Timer::Mailroom, now + self.figures.mailroom_interval);
    }

    /// Takes a request that is held open. Its endpoint counts as asking for a while longer.
    fn take_poll(&mut self, req: ReqId) -> Option<Poll> {
        self.timers.clear(&Timer::Staged(req));
        let poll = self.assignments.mailroom.take(req)?;
        if let Some(endpoint) = self.endpoints.get_mut(&poll.endpoint) {
            endpoint.last_poll = Some(self.now.mono);
        }
        Some(poll)
    }

    /// A request was held open long enough.
    pub(in crate::core) fn poll_over(&mut self, req: ReqId) {
        if self.take_poll(req).is_some() {
            self.answer(req, nothing());
        }
    }

    /// Nobody waits for the answer of a request any more.
    pub(in crate::core) fn forget_poll(&mut self, req: ReqId) {
        self.take_poll(req);
    }

    /// Answers every request that is held open, because the broker ends.
    pub(in crate::core) fn end_polls(&mut self) {
        let mut all: Vec<ReqId> = self.assignments.mailroom.polls.keys().copied().collect();
        all.sort_unstable();
        for req in all {
            self.poll_over(req);
        }
    }

    /// Answers the requests of an endpoint that closes.
    pub(super) fn end_polls_of(&mut self, id: &EndpointId) {
        while let Some(req) = self.assignments.mailroom.waits(id) {
            self.poll_over(req);
        }
        let pollers = &mut self.assignments.mailroom.pollers;
        pollers.retain(|has| has != id);
    }

    /// Something may have become claimable: it is looked at when the step is over.
    pub(in crate::core) fn wake_mailroom(&mut self) {
        self.assignments.mailroom.woken = Woken::Everything;
    }

    /// A record has come into the inbox.
    pub(in crate::core) fn mail_arrived(&mut self, seq: Seq) {
        match &mut self.assignments.mailroom.woken {
            woken @ Woken::Nothing => *woken = Woken::Arrived(vec![seq]),
            Woken::Arrived(seqs) => seqs.push(seq),
            Woken::Everything => {}
        }
    }

    pub(in crate::core) fn mailroom_due(&mut self) {
        self.wake_mailroom();
        self.forget_pollers();
        if !self.assignments.mailroom.pollers.is_empty() {
            let next = self.now.mono + self.figures.mailroom_interval;
            self.timers.set(Timer::Mailroom, next);
        }
    }

    /// Looks at what this step has brought.
    pub(in crate::core) fn run_mailroom(&mut self) {
        let woken = std::mem::take(&mut self.assignments.mailroom.woken);
        if self.shutting_down || self.assignments.mailroom.pollers.is_empty() {
            return;
        }
        match woken {
            Woken::Nothing => {}
            Woken::Arrived(seqs) => {
                for seq in seqs {
                    self.offer(seq);
                }
            }
            Woken::Everything => self.stage_all(),
        }
    }

    /// Returns whether an endpoint asks for its mail and has room for more.
    fn takes_mail(&self, id: &EndpointId) -> bool {
        let page = self.figures.mailroom_page;
        self.asks(id)
            && self.assignments.staged_count(id) < page
            && self.endpoints.get(id).is_some_and(|endpoint| {
                endpoint.is_active() && endpoint.metadata().background().is_some()
            })
    }

    fn asks(&self, id: &EndpointId) -> bool {
        let last = self
            .endpoints
            .get(id)
            .and_then(|endpoint| endpoint.last_poll);
        let recent = last.is_some_and(|at| self.now.mono < at + RECENT);
        recent || self.assignments.mailroom.waits(id).is_some()
    }

    fn forget_pollers(&mut self) {
        let mut pollers = std::mem::take(&mut self.assignments.mailroom.pollers);
        pollers.retain(|id| self.asks(id));
        self.assignments.mailroom.pollers = pollers;
    }

    /// Stages one record for whoever may have it first.
    fn offer(&mut self, seq: Seq) {
        let Some(record) = self.inbox.get(seq) else {
            return;
        };
        if record.row.assignment.is_some() {
            return;
        }
        let may = |id: &EndpointId| {
            let endpoint = self.endpoints.get(id);
            self.takes_mail(id)
                && endpoint
                    .and_then(|endpoint| self.policy(record, endpoint))
                    .is_some_and(super::candidates::Policy::may_claim)
        };
        // Most records have one receiver at most, and it is known at once.
        let hint = record.row.hint.as_ref();
        let live = hint.filter(|hint| self.endpoints.get(hint).is_some());
        let taker = match live {
            Some(hint) => may(hint).then(|| hint.clone()),
            None => {
                let pollers = &self.assignments.mailroom.pollers;
                pollers.iter().find(|id| may(id)).cloned()
            }
        };
        if let Some(id) = taker {
            self.stage(seq, &id);
            self.serve(&id);
        }
    }

    /// Stages what it can for everybody: first what is meant for one of them, then the rest in turns.
    fn stage_all(&mut self) {
        self.forget_pollers();
        let pollers: Vec<EndpointId> = self.assignments.mailroom.pollers.iter().cloned().collect();
        for id in &pollers {
            while self.stage_bound(id) {}
        }
        let mut open = pollers.clone();
        while !open.is_empty() {
            open.retain(|id| self.stage_free(id));
        }
        for id in &pollers {
            self.serve(id);
        }
    }

    fn stage_for(&mut self, id: &EndpointId) {
        while self.stage_bound(id) {}
        while self.stage_free(id) {}
    }

    /// There is room for another message in an endpoint's mail.
    pub(super) fn stage_more(&mut self, id: &EndpointId) {
        self.stage_for(id);
        self.serve(id);
    }

    /// Stages the next record that is meant for an endpoint.
    fn stage_bound(&mut self, id: &EndpointId) -> bool {
        let audiences = match self.endpoints.get(id) {
            Some(endpoint) => self.bound_audiences(endpoint),
            None => return false,
        };
        self.stage_next(id, &audiences)
    }

    /// Stages the next record that any endpoint may have, or any of its agent.
    fn stage_free(&mut self, id: &EndpointId) -> bool {
        let Some(endpoint) = self.endpoints.get(id) else {
            return false;
        };
        let agent = Audience::Agent(endpoint.metadata().agent_id.clone());
        self.stage_next(id, &[Audience::Anyone, agent])
    }

    /// Stages the first record of these. Returns whether there was one, and room for it.
    fn stage_next(&mut self, id: &EndpointId, audiences: &[Audience]) -> bool {
        if !self.takes_mail(id) {
            return false;
        }
        let Some(endpoint) = self.endpoints.get(id) else {
            return false;
        };
        let next = audiences
            .iter()
            .filter_map(|audience| {
                self.inbox.open_for(audience).find(|record| {
                    let policy = self.policy(record, endpoint);
                    policy.is_some_and(super::candidates::Policy::may_claim)
                })
            })
            .map(|record| record.row.seq)
            .min();
        if let Some(seq) = next {
            self.stage(seq, id);
        }
        next.is_some()
    }

    fn stage(&mut self, seq: Seq, id: &EndpointId) {
        let for_all = self
            .inbox
            .get(seq)
            .is_some_and(|record| record.row.hint.is_none());
        self.assign(seq, id, Mode::Staged);
        let pollers = &mut self.assignments.mailroom.pollers;
        if for_all && let Some(at) = pollers.iter().position(|has| has == id) {
            pollers.remove(at);
            pollers.push_back(id.clone());
        }
    }

    /// Hands what is staged to the request that has waited longest.
    fn serve(&mut self, id: &EndpointId) {
        if self.assignments.staged_count(id) == 0 {
            return;
        }
        let Some(req) = self.assignments.mailroom.waits(id) else {
            return;
        };
        if let Some(poll) = self.take_poll(req) {
            self.hand_out(req, id, poll.mark_attempt);
        }
    }

    /// Answers with what is staged, as far as its content is not too much for one answer.
    fn hand_out(&mut self, req: ReqId, id: &EndpointId, mark_attempt: bool) {
        let mut bytes = 0;
        let mut items = Vec::new();
        let mut seqs = Vec::new();
        for claim in self.assignments.staged(id) {
            bytes += self
                .inbox
                .get(claim.seq)
                .map_or(0, |record| record.row.size);
            if !items.is_empty() && bytes > PAGE_CONTENT_BYTES {
                break;
            }
            items.push(claim.id.clone());
            seqs.push(claim.seq);
        }
        for item in &items {
            self.hand_over(item);
            if mark_attempt {
                self.mark_attempt(item);
            }
        }
        self.ask(
            Query::Contents(seqs),
            CoreThen::Assignments(Then::Staged { req, items }),
        );
    }

    /// A staged message is given to its endpoint for the first time: from now on it has its time to accept it.
    pub(super) fn hand_over(&mut self, id: &AssignmentId) {
        let Some(claim) = self.assignments.get(id) else {
            return;
        };
        if claim.detail.mode != Mode::Staged || claim.detail.handed {
            return;
        }
        let endpoint = claim.endpoint.clone();
        let record = self.inbox.get(claim.seq);
        let correlation = record.and_then(|record| record.row.correlation.clone());
        self.change_assignment(id, |claim| claim.detail.handed = true);
        let until = self.now.mono + self.figures.staged_acceptance;
        self.timers.set(Timer::Assignment(id.clone()), until);
        if let Some(correlation) = correlation {
            self.received_by(&endpoint, &correlation);
        }
    }

    fn mark_attempt(&mut self, id: &AssignmentId) {
        self.change_assignment(id, |claim| {
            claim.detail.attempts += 1;
            let sequence = (claim.detail.attempts + 1).max(claim.sequence + 1);
            claim.see(&format!("{id}:delivery_attempted:{sequence}"));
            claim.reach("delivery_attempted", sequence);
        });
    }

    pub(super) fn staged_read(&mut self, req: ReqId, items: &[AssignmentId], found: Found) {
        let mut views = Vec::new();
        for (id, content) in items.iter().zip(contents(found)) {
            // What was accepted or lost meanwhile is not handed out.
            let Some(claim) = self.assignments.get(id).filter(|claim| claim.is_staged()) else {
                continue;
            };
            match content {
                Some(Content::Whole(message)) => views.push(staged_view(claim, &message)),
                Some(Content::Damaged(damage)) => self.damaged(damage.seq, &damage.what),
                Some(Content::Dropped) | None => {}
            }
        }
        self.answer(req, Reply::Json(json!({"items": views})));
    }
}

fn staged_view(claim: &Assignment, message: &StoredMessage) -> Value {
    json!({
        "endpoint_id": claim.endpoint.as_str(),
        "undispatched_id": claim.undispatched_id.as_str(),
        "assignment_id": claim.id.as_str(),
        "source_message_id": claim.detail.source,
        "message": {
            "from": message.sender,
            "content": message.content.as_str(),
            "contentType": message.content_type,
            "sourceMessageId": message.id.as_str(),
        },
        "staged_at": iso(claim.created_at),
    })
}

fn nothing() -> Reply {
    Reply::Json(json!({"items": []}))
}
