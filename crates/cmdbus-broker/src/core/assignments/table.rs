//! The claims of inbox records, as the core knows them, with the indexes by which they are found.

use std::collections::{BTreeSet, VecDeque};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::mailroom::Mailroom;
use super::reply::Replies;
use crate::ids::{AssignmentId, EndpointId, MessageId};
use crate::store::{AssignmentRow, Millis, Pos};

/// How many ids of reported states are remembered of each claim.
const EVENTS: usize = 128;
/// How many finished claims are remembered, so that a late report is told what happened.
const FINISHED: usize = 65_536;

/// How a claim came about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mode {
    /// The endpoint asked for the record.
    #[default]
    Claimed,
    /// Somebody dispatched the record to the endpoint (protocol §5.7).
    Dispatched,
    /// The mailroom claimed it ahead of time (protocol §10.9).
    Staged,
}

/// What the store keeps of a claim beside its columns.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Detail {
    /// The message, for a report that comes when its record is gone.
    pub(super) source: String,
    pub(super) mode: Mode,
    /// Its place in the queue of the endpoint, until it is received.
    pub(super) pos: Option<u64>,
    /// How often the mailroom handed it out.
    pub(super) attempts: u64,
    /// Whether the endpoint has been given the message.
    pub(super) handed: bool,
    /// Hashes of the ids of reported states, oldest first.
    pub(super) events: VecDeque<u64>,
    /// When its endpoint closed although it was accepted.
    pub(super) lost_at: Option<Millis>,
    pub(super) finished_at: Option<Millis>,
}

/// A claim of an inbox record by an endpoint.
#[derive(Debug, Clone)]
pub(super) struct Assignment {
    /// What is stored; its `detail` is made of the one beside it.
    row: AssignmentRow,
    pub(super) detail: Detail,
}

impl Assignment {
    pub(super) fn new(mut row: AssignmentRow, source: &MessageId, mode: Mode) -> Self {
        row.detail = "".into();
        Self {
            row,
            detail: Detail {
                source: source.as_str().to_owned(),
                mode,
                ..Detail::default()
            },
        }
    }

    /// Makes the claim of what was loaded. `None` if its detail cannot be read, which nothing writes so.
    pub(super) fn restored(row: AssignmentRow) -> Option<Self> {
        let detail = serde_json::from_str(row.detail.as_str()).ok()?;
        Some(Self { row, detail })
    }

    pub(super) fn row(&self) -> AssignmentRow {
        let detail = serde_json::to_string(&self.detail).unwrap_or_else(|_| "{}".to_owned());
        AssignmentRow {
            detail: detail.into(),
            ..self.row.clone()
        }
    }

    pub(super) fn is_accepted(&self) -> bool {
        self.row.accepted_at.is_some()
    }

    pub(super) fn is_finished(&self) -> bool {
        self.detail.finished_at.is_some()
    }

    /// Returns whether it waits in the mailroom.
    pub(super) fn is_staged(&self) -> bool {
        self.detail.mode == Mode::Staged && !self.is_accepted() && !self.is_finished()
    }

    pub(super) fn pos(&self) -> Option<Pos> {
        self.detail.pos.map(Pos)
    }

    /// Goes to a state. The broker's own take the next number.
    pub(super) fn advance(&mut self, state: &str) {
        let next = self.row.sequence.saturating_add(1);
        self.reach(state, next);
    }

    pub(super) fn reach(&mut self, state: &str, sequence: u64) {
        state.clone_into(&mut self.row.state);
        self.row.sequence = self.row.sequence.max(sequence);
    }

    pub(super) fn has_seen(&self, event: &str) -> bool {
        self.detail.events.contains(&hash(event))
    }

    pub(super) fn see(&mut self, event: &str) {
        if self.detail.events.len() >= EVENTS {
            self.detail.events.pop_front();
        }
        self.detail.events.push_back(hash(event));
    }

    pub(super) fn accept(&mut self, now: Millis) {
        self.row.accepted_at = Some(now);
        self.detail.pos = None;
    }

    /// Gives it to the endpoint that goes on with the session.
    pub(super) fn move_to(&mut self, endpoint: &EndpointId) {
        self.row.endpoint = endpoint.clone();
        self.detail.lost_at = None;
    }
}

impl std::ops::Deref for Assignment {
    type Target = AssignmentRow;

    fn deref(&self) -> &AssignmentRow {
        &self.row
    }
}

fn hash(event: &str) -> u64 {
    let digest = Sha256::digest(event.as_bytes());
    digest
        .iter()
        .take(8)
        .fold(0, |hash, byte| (hash << 8) | u64::from(*byte))
}

type ByEndpoint = FxHashMap<EndpointId, BTreeSet<AssignmentId>>;

/// All claims, the reply records, and the mailroom.
#[derive(Debug, Default)]
pub(in crate::core) struct Assignments {
    all: FxHashMap<AssignmentId, Assignment>,
    /// Those that are not finished.
    of_endpoint: ByEndpoint,
    /// Those of them that wait in the mailroom, in the order of staging.
    staged: ByEndpoint,
    /// Those that are finished, in that order.
    finished: VecDeque<AssignmentId>,
    pub(super) replies: Replies,
    pub(super) mailroom: Mailroom,
}

impl Assignments {
    /// Returns how many claims are not finished.
    pub(in crate::core) fn count(&self) -> usize {
        self.all.len() - self.finished.len()
    }

    pub(super) fn get(&self, id: &AssignmentId) -> Option<&Assignment> {
        self.all.get(id)
    }

    /// Finds a claim by both of its names.
    pub(super) fn find(&self, id: &AssignmentId, source: &MessageId) -> Option<&Assignment> {
        self.get(id)
            .filter(|claim| claim.detail.source == source.as_str())
    }

    pub(super) fn insert(&mut self, assignment: Assignment) {
        let id = assignment.id.clone();
        self.remove(&id);
        if assignment.is_finished() {
            self.finished.push_back(id.clone());
        }
        self.index(&assignment);
        self.all.insert(id, assignment);
    }

    pub(super) fn remove(&mut self, id: &AssignmentId) -> Option<Assignment> {
        let assignment = self.all.remove(id)?;
        self.unindex(&assignment);
        if assignment.is_finished() {
            self.finished.retain(|has| has != id);
        }
        Some(assignment)
    }

    /// Changes a claim. Returns what is to be stored.
    pub(super) fn change(
        &mut self,
        id: &AssignmentId,
        change: impl FnOnce(&mut Assignment),
    ) -> Option<AssignmentRow> {
        let mut assignment = self.all.remove(id)?;
        self.unindex(&assignment);
        let was_finished = assignment.is_finished();
        change(&mut assignment);
        if assignment.is_finished() && !was_finished {
            self.finished.push_back(id.clone());
        }
        self.index(&assignment);
        let row = assignment.row();
        self.all.insert(id.clone(), assignment);
        Some(row)
    }

    /// Takes the finished claims that need not be remembered any more.
    pub(super) fn forget(&mut self, finished_before: Millis) -> Vec<AssignmentId> {
        let mut gone = Vec::new();
        while let Some(id) = self.finished.front().cloned() {
            let old = self
                .all
                .get(&id)
                .and_then(|claim| claim.detail.finished_at)
                .is_none_or(|at| at < finished_before);
            if !old && self.finished.len() <= FINISHED {
                break;
            }
            self.finished.pop_front();
            self.all.remove(&id);
            gone.push(id);
        }
        gone
    }

    /// Returns the claims of an endpoint that are not finished.
    pub(super) fn of(&self, endpoint: &EndpointId) -> Vec<AssignmentId> {
        let ids = self.of_endpoint.get(endpoint);
        ids.into_iter().flatten().cloned().collect()
    }

    /// Returns what waits for an endpoint in the mailroom, in the order of staging.
    pub(super) fn staged(&self, endpoint: &EndpointId) -> impl Iterator<Item = &Assignment> {
        let ids = self.staged.get(endpoint).into_iter().flatten();
        ids.filter_map(|id| self.all.get(id))
    }

    pub(super) fn staged_count(&self, endpoint: &EndpointId) -> usize {
        self.staged.get(endpoint).map_or(0, BTreeSet::len)
    }

    fn index(&mut self, assignment: &Assignment) {
        let put = |index: &mut ByEndpoint| {
            let ids = index.entry(assignment.endpoint.clone()).or_default();
            ids.insert(assignment.id.clone());
        };
        if !assignment.is_finished() {
            put(&mut self.of_endpoint);
        }
        if assignment.is_staged() {
            put(&mut self.staged);
        }
    }

    fn unindex(&mut self, assignment: &Assignment) {
        for index in [&mut self.of_endpoint, &mut self.staged] {
            if let Some(ids) = index.get_mut(&assignment.endpoint) {
                ids.remove(&assignment.id);
                if ids.is_empty() {
                    index.remove(&assignment.endpoint);
                }
            }
        }
    }
}
