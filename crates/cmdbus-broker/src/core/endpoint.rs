//! The endpoints of this broker and their tombstones, with the indexes by which they are found.

use std::time::Duration;

use rustc_hash::FxHashMap;

use super::metadata::Metadata;
use super::queue::Queue;
use super::request::StreamId;
use crate::ids::EndpointId;
use crate::process::liveness::Process;
use crate::store::{Digest, EndpointRow, EndpointState, Millis};

/// The kind with which named mailboxes register (protocol §10.11).
pub(crate) const MAIL_KIND: &str = "cmdbus-mail";

/// What is known of an endpoint, live or closed, and stored.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) id: EndpointId,
    /// Rank among all registrations.
    pub(crate) order: u64,
    pub(crate) process: Process,
    pub(crate) fingerprint: String,
    pub(crate) owner: Digest,
    pub(crate) nonce: String,
    pub(crate) metadata: Metadata,
    /// Whether its tombstone outlives every limit.
    pub(crate) kept: bool,
}

/// A live endpoint.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) identity: Identity,
    pub(crate) state: EndpointState,
    pub(crate) since: Millis,
    pub(crate) stream: Option<StreamId>,
    /// Whether its stream replaced the one it was registered on, and nobody has claimed it yet (protocol §3.6).
    pub(crate) carried: bool,
    /// Whether its client reads but drops what it is pushed.
    pub(crate) stalled: bool,
    pub(crate) queue: Queue,
    /// Why it closes as soon as its whole queue is in memory.
    pub(crate) closing: Option<&'static str>,
    /// When it closes unless it comes back.
    pub(crate) grace_deadline: Option<Duration>,
    /// How often the authority wants to hear of it.
    pub(crate) heartbeat: Option<Duration>,
    /// When its client last asked for staged messages.
    pub(crate) last_poll: Option<Duration>,
}

impl Endpoint {
    pub(crate) fn new(identity: Identity, now: Millis) -> Self {
        Self {
            identity,
            state: EndpointState::Active,
            since: now,
            stream: None,
            carried: false,
            stalled: false,
            queue: Queue::default(),
            closing: None,
            grace_deadline: None,
            heartbeat: None,
            last_poll: None,
        }
    }

    pub(crate) fn id(&self) -> &EndpointId {
        &self.identity.id
    }

    pub(crate) fn metadata(&self) -> &Metadata {
        &self.identity.metadata
    }

    pub(crate) fn is_active(&self) -> bool {
        self.state == EndpointState::Active && self.closing.is_none()
    }

    pub(crate) fn row(&self) -> EndpointRow {
        self.identity.row(self.state, self.since)
    }
}

/// What is left of a closed endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Tombstone {
    pub(crate) identity: Identity,
    pub(crate) closed_at: Millis,
    /// The endpoint that took over.
    pub(crate) successor: Option<EndpointId>,
}

impl Tombstone {
    pub(crate) fn row(&self) -> EndpointRow {
        let mut row = self.identity.row(EndpointState::Closed, self.closed_at);
        row.closed_at = Some(self.closed_at);
        row.successor.clone_from(&self.successor);
        row
    }
}

impl Identity {
    fn row(&self, state: EndpointState, since: Millis) -> EndpointRow {
        let mut row = EndpointRow::new(self.id.clone(), self.order, since);
        row.state = state;
        row.pid = Some(self.process.pid);
        row.process_start = self.process.start;
        row.boot_id.clone_from(&self.process.boot);
        row.fingerprint.clone_from(&self.fingerprint);
        row.owner_token = Some(self.owner);
        row.nonce = self.nonce.as_str().into();
        row.metadata = serde_json::to_string(&self.metadata)
            .unwrap_or_else(|_| "{}".to_owned())
            .into();
        row.kept = self.kept;
        row
    }

    fn restored(row: &EndpointRow) -> Self {
        Self {
            id: row.id.clone(),
            order: row.order,
            process: Process {
                pid: row.pid.unwrap_or(0),
                start: row.process_start,
                boot: row.boot_id.clone(),
            },
            fingerprint: row.fingerprint.clone(),
            // No token has this digest.
            owner: row.owner_token.unwrap_or(Digest([0; 32])),
            nonce: row.nonce.as_str().to_owned(),
            // Unreadable metadata, which nothing writes, loses the metadata and not the mail.
            metadata: serde_json::from_str(row.metadata.as_str()).unwrap_or_default(),
            kept: row.kept,
        }
    }
}

/// An endpoint by any state.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Known<'a> {
    Live(&'a Endpoint),
    Closed(&'a Tombstone),
}

impl<'a> Known<'a> {
    pub(crate) fn identity(self) -> &'a Identity {
        match self {
            Self::Live(endpoint) => &endpoint.identity,
            Self::Closed(tombstone) => &tombstone.identity,
        }
    }
}

/// All endpoints and tombstones.
#[derive(Debug, Default)]
pub(crate) struct Endpoints {
    live: FxHashMap<EndpointId, Endpoint>,
    closed: FxHashMap<EndpointId, Tombstone>,
    /// Live endpoints of a process, in the order of registration.
    pids: FxHashMap<u32, Vec<EndpointId>>,
    /// Endpoints and tombstones of a session, and of an agent.
    sessions: FxHashMap<String, Vec<EndpointId>>,
    agents: FxHashMap<String, Vec<EndpointId>>,
    next_order: u64,
}

impl Endpoints {
    /// Puts back what was stored. An endpoint that was live has lost its stream.
    pub(crate) fn restore(&mut self, row: &EndpointRow) {
        let identity = Identity::restored(row);
        self.next_order = self.next_order.max(identity.order + 1);
        if row.state == EndpointState::Closed {
            self.index(&identity);
            self.closed.insert(
                row.id.clone(),
                Tombstone {
                    identity,
                    closed_at: row.closed_at.unwrap_or(row.state_since),
                    successor: row.successor.clone(),
                },
            );
        } else {
            let mut endpoint = Endpoint::new(identity, row.state_since);
            endpoint.state = row.state;
            self.insert(endpoint);
        }
    }

    pub(crate) fn next_order(&mut self) -> u64 {
        self.next_order += 1;
        self.next_order - 1
    }

    pub(crate) fn insert(&mut self, endpoint: Endpoint) {
        self.index(&endpoint.identity);
        let id = endpoint.id().clone();
        let pids = self.pids.entry(endpoint.identity.process.pid).or_default();
        pids.push(id.clone());
        self.live.insert(id, endpoint);
    }

    fn index(&mut self, identity: &Identity) {
        if let Some(session) = &identity.metadata.runtime_session_id {
            add(&mut self.sessions, session, &identity.id);
        }
        add(&mut self.agents, &identity.metadata.agent_id, &identity.id);
    }

    fn unindex(&mut self, identity: &Identity) {
        if let Some(session) = &identity.metadata.runtime_session_id {
            remove(&mut self.sessions, session, &identity.id);
        }
        remove(&mut self.agents, &identity.metadata.agent_id, &identity.id);
    }

    /// Gives an endpoint to another process.
    pub(crate) fn set_process(&mut self, id: &EndpointId, process: Process) {
        let Some(endpoint) = self.live.get_mut(id) else {
            return;
        };
        let old = std::mem::replace(&mut endpoint.identity.process, process).pid;
        let new = endpoint.identity.process.pid;
        if old != new {
            remove(&mut self.pids, &old, id);
            self.pids.entry(new).or_default().push(id.clone());
        }
    }

    /// Takes a live endpoint out and leaves its tombstone.
    pub(crate) fn close(&mut self, id: &EndpointId, now: Millis) -> Option<(Endpoint, Tombstone)> {
        let endpoint = self.live.remove(id)?;
        remove(&mut self.pids, &endpoint.identity.process.pid, id);
        let tombstone = Tombstone {
            identity: endpoint.identity.clone(),
            closed_at: now,
            successor: None,
        };
        self.closed.insert(id.clone(), tombstone.clone());
        Some((endpoint, tombstone))
    }

    /// Forgets a tombstone.
    pub(crate) fn forget(&mut self, id: &EndpointId) {
        if let Some(tombstone) = self.closed.remove(id) {
            self.unindex(&tombstone.identity);
        }
    }

    pub(crate) fn get(&self, id: &EndpointId) -> Option<&Endpoint> {
        self.live.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &EndpointId) -> Option<&mut Endpoint> {
        self.live.get_mut(id)
    }

    pub(crate) fn tombstone(&self, id: &EndpointId) -> Option<&Tombstone> {
        self.closed.get(id)
    }

    pub(crate) fn tombstone_mut(&mut self, id: &EndpointId) -> Option<&mut Tombstone> {
        self.closed.get_mut(id)
    }

    /// Finds an endpoint or a tombstone.
    pub(crate) fn known(&self, id: &EndpointId) -> Option<Known<'_>> {
        match self.live.get(id) {
            Some(endpoint) => Some(Known::Live(endpoint)),
            None => self.closed.get(id).map(Known::Closed),
        }
    }

    /// Follows successors to the endpoint that has taken over, or to the last tombstone of the line.
    pub(crate) fn latest(&self, id: &EndpointId) -> Option<Known<'_>> {
        let mut known = self.known(id)?;
        // Each successor registered later than the one before, so the line ends.
        while let Known::Closed(tombstone) = known {
            match tombstone
                .successor
                .as_ref()
                .and_then(|next| self.known(next))
            {
                Some(next) => known = next,
                None => break,
            }
        }
        Some(known)
    }

    /// Returns an endpoint and every one it took over from.
    pub(crate) fn line(&self, id: &EndpointId) -> Vec<EndpointId> {
        // Whoever takes over has the same session.
        let session = self
            .known(id)
            .and_then(|known| known.identity().metadata.runtime_session_id.as_deref());
        let mut before: FxHashMap<&EndpointId, Vec<EndpointId>> = FxHashMap::default();
        for known in session
            .into_iter()
            .flat_map(|session| self.of_session(session))
        {
            if let Known::Closed(tombstone) = known
                && let Some(next) = &tombstone.successor
            {
                let old = before.entry(next).or_default();
                old.push(tombstone.identity.id.clone());
            }
        }
        let mut line = vec![id.clone()];
        let mut looked_at = 0;
        while let Some(later) = line.get(looked_at) {
            let earlier = before.remove(later);
            line.extend(earlier.into_iter().flatten());
            looked_at += 1;
        }
        line
    }

    pub(crate) fn live(&self) -> impl Iterator<Item = &Endpoint> {
        self.live.values()
    }

    pub(crate) fn tombstones(&self) -> impl Iterator<Item = &Tombstone> {
        self.closed.values()
    }

    /// Returns the live endpoints of a process, in the order of registration.
    pub(crate) fn of_pid(&self, pid: u32) -> impl Iterator<Item = &Endpoint> {
        let ids = self.pids.get(&pid).into_iter().flatten();
        ids.filter_map(|id| self.live.get(id))
    }

    /// Returns the ids of the live endpoints on a stream, in the order of registration.
    pub(crate) fn on_stream(&self, pid: u32, stream: StreamId) -> Vec<EndpointId> {
        let mut endpoints: Vec<&Endpoint> = self
            .of_pid(pid)
            .filter(|endpoint| endpoint.stream == Some(stream))
            .collect();
        endpoints.sort_by_key(|endpoint| endpoint.identity.order);
        endpoints
            .into_iter()
            .map(|endpoint| endpoint.id().clone())
            .collect()
    }

    /// Returns the endpoints and tombstones of a session.
    pub(crate) fn of_session(&self, session: &str) -> impl Iterator<Item = Known<'_>> {
        let ids = self.sessions.get(session).into_iter().flatten();
        ids.filter_map(|id| self.known(id))
    }

    /// Returns the endpoints and tombstones of an agent.
    pub(crate) fn of_agent(&self, agent: &str) -> impl Iterator<Item = Known<'_>> {
        let ids = self.agents.get(agent).into_iter().flatten();
        ids.filter_map(|id| self.known(id))
    }

    pub(crate) fn live_count(&self) -> usize {
        self.live.len()
    }

    pub(crate) fn tombstone_count(&self) -> usize {
        self.closed.len()
    }
}

fn add(index: &mut FxHashMap<String, Vec<EndpointId>>, key: &str, id: &EndpointId) {
    let ids = match index.get_mut(key) {
        Some(ids) => ids,
        None => index.entry(key.to_owned()).or_default(),
    };
    if !ids.contains(id) {
        ids.push(id.clone());
    }
}

fn remove<K, Q>(index: &mut FxHashMap<K, Vec<EndpointId>>, key: &Q, id: &EndpointId)
where
    K: std::borrow::Borrow<Q> + std::hash::Hash + Eq,
    Q: std::hash::Hash + Eq + ?Sized,
{
    if let Some(ids) = index.get_mut(key) {
        ids.retain(|has| has != id);
        if ids.is_empty() {
            index.remove(key);
        }
    }
}
