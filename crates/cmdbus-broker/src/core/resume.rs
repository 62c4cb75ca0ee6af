//! How a session goes on in another process: what was its endpoint's becomes the new one's (protocol §4.1.3).

use super::endpoint::{Endpoint, Known};
use super::register::channel_lost;
use super::{Core, Liveness, NowEffect, Process, Refusal, Registration, ReqId, StreamId};
use crate::ids::EndpointId;
use crate::store::{EndpointState, Op, Seq};

/// Registrations that wait to hear whether a process is dead, or until an endpoint is closed.
pub(super) type Parked = Vec<ParkedRegistration>;

/// A registration of a session whose endpoint seems to belong to another process, or is being closed
/// (protocol §4.1.3).
#[derive(Debug)]
pub(super) struct ParkedRegistration {
    req: ReqId,
    stream: StreamId,
    registration: Registration,
    endpoint: EndpointId,
    process: Process,
}

impl Core {
    /// Finds the endpoint of the same session that is not closed yet only because its queue is being read.
    /// What waits there comes before anything that a new endpoint is sent.
    pub(super) fn closing_of_session(&self, registration: &Registration) -> Option<EndpointId> {
        let metadata = &registration.metadata;
        let session = metadata.runtime_session_id.as_deref()?;
        self.endpoints
            .of_session(session)
            .find_map(|known| match known {
                Known::Live(endpoint)
                    if self.figures.adoption
                        && endpoint.closing.is_some()
                        && endpoint.metadata().agent_id == metadata.agent_id
                        && endpoint.metadata().kind == metadata.kind =>
                {
                    Some(endpoint.id().clone())
                }
                _ => None,
            })
    }

    /// Finds the endpoint of the same session that lost another process, which may be dead.
    pub(super) fn resumable(
        &self,
        process: &Process,
        registration: &Registration,
    ) -> Option<EndpointId> {
        let metadata = &registration.metadata;
        let session = metadata.runtime_session_id.as_deref()?;
        if !self.figures.adoption {
            return None;
        }
        self.endpoints
            .of_session(session)
            .filter_map(|known| match known {
                Known::Live(endpoint) => Some(endpoint),
                Known::Closed(_) => None,
            })
            .filter(|endpoint| {
                // One that seems to have its stream may have lost it just now.
                endpoint.closing.is_none()
                    && endpoint.identity.process != *process
                    && endpoint.metadata().agent_id == metadata.agent_id
                    && endpoint.metadata().kind == metadata.kind
            })
            .min_by_key(|endpoint| {
                let has_stream = endpoint.state == EndpointState::Active;
                (has_stream, endpoint.identity.order)
            })
            .map(|endpoint| endpoint.id().clone())
    }

    /// Asks whether the process of an endpoint is dead before its session goes on elsewhere.
    pub(super) fn park(
        &mut self,
        req: ReqId,
        stream: StreamId,
        registration: Registration,
        endpoint: EndpointId,
    ) {
        let Some(process) = self
            .endpoints
            .get(&endpoint)
            .map(|endpoint| endpoint.identity.process.clone())
        else {
            return;
        };
        self.out.now.push(NowEffect::Probe(process.clone()));
        self.registrations.push(ParkedRegistration {
            req,
            stream,
            registration,
            endpoint,
            process,
        });
    }

    /// Goes on with the registrations that waited for news of a process.
    pub(super) fn unpark(&mut self, process: &Process, state: Liveness) {
        let parked = std::mem::take(&mut self.registrations);
        let (ready, waiting) = parked
            .into_iter()
            .partition(|parked| parked.process == *process);
        self.registrations = waiting;
        for parked in ready {
            self.go_on(parked, state);
        }
    }

    /// Goes on with the registrations that waited until an endpoint was closed.
    pub(super) fn unpark_closed(&mut self, id: &EndpointId) {
        let parked = std::mem::take(&mut self.registrations);
        let (ready, waiting) = parked
            .into_iter()
            .partition(|parked| parked.endpoint == *id);
        self.registrations = waiting;
        for parked in ready {
            self.go_on(parked, Liveness::Dead);
        }
    }

    fn go_on(&mut self, parked: ParkedRegistration, state: Liveness) {
        let closes = |endpoint: &Endpoint| endpoint.closing.is_some();
        if self.endpoints.get(&parked.endpoint).is_some_and(closes) {
            self.registrations.push(parked);
            return;
        }
        let ParkedRegistration {
            req,
            stream,
            registration,
            endpoint,
            process: before,
        } = parked;
        if self.shutting_down {
            return self.refuse(req, Refusal::shutting_down());
        }
        // The stream may have closed meanwhile (W19).
        let Some(process) = self.streams.get(stream).map(|has| has.process.clone()) else {
            self.refuse(req, channel_lost());
            return;
        };
        // It may have gone on in a third process meanwhile.
        let left = self
            .endpoints
            .get(&endpoint)
            .filter(|left| state == Liveness::Dead && left.identity.process == before)
            .map(|left| left.state);
        if let Some(left) = left {
            if left == EndpointState::Active {
                self.lose(&endpoint, Liveness::Unknown);
            }
            self.adopt(req, &endpoint, stream, &process, registration);
        } else if let Err(refusal) = self.register_new(req, stream, &process, registration) {
            self.refuse(req, refusal);
        }
    }

    /// Lets a new endpoint have what waits for earlier ones of its session (protocol §4.1.3).
    pub(super) fn inherit(&mut self, id: &EndpointId) {
        let Some(endpoint) = self.endpoints.get(id) else {
            return;
        };
        let metadata = endpoint.metadata();
        let pulls = metadata.is_background();
        let Some(session) = metadata.runtime_session_id.as_deref() else {
            return;
        };
        let mut old: Vec<EndpointId> = Vec::new();
        for known in self.endpoints.of_session(session) {
            if let Known::Closed(tombstone) = known
                && tombstone.successor.is_none()
                && tombstone.identity.metadata.agent_id == metadata.agent_id
                && tombstone.identity.metadata.kind == metadata.kind
            {
                old.push(tombstone.identity.id.clone());
            }
        }
        if !self.figures.adoption {
            return;
        }
        let mut waiting = Vec::new();
        for before in &old {
            waiting.extend(
                self.inbox
                    .hinted(before)
                    .filter(|record| record.row.assignment.is_none())
                    .map(|record| record.row.seq),
            );
            if let Some(tombstone) = self.endpoints.tombstone_mut(before) {
                tombstone.successor = Some(id.clone());
                // The name lives on in the new endpoint.
                tombstone.identity.kept = false;
                let row = tombstone.row();
                self.op(Op::endpoint(row));
            }
        }
        for before in &old {
            self.inherit_assignments(before, id);
        }
        waiting.sort_unstable();
        for seq in waiting {
            self.hand_on(seq, id, pulls);
        }
    }

    /// Gives a record that was meant for an endpoint to the one that goes on with its session.
    fn hand_on(&mut self, seq: Seq, heir: &EndpointId, pulls: bool) {
        if pulls {
            self.rehint(seq, heir);
        } else {
            self.take_from_inbox(seq, heir, None);
        }
    }

    /// A record is open again: if its session has gone on meanwhile, it follows.
    pub(super) fn follow_session(&mut self, seq: Seq) {
        let hint = self
            .inbox
            .get(seq)
            .and_then(|record| record.row.hint.as_ref());
        let Some((hint, Known::Live(heir))) =
            hint.and_then(|hint| Some((hint, self.endpoints.latest(hint)?)))
        else {
            return;
        };
        if heir.id() == hint || heir.closing.is_some() {
            return;
        }
        let (heir, pulls) = (heir.id().clone(), heir.metadata().is_background());
        self.hand_on(seq, &heir, pulls);
        self.pump(&heir);
    }
}
