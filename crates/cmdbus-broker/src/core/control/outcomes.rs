//! What control events came to, by key (protocol §8.3).

use std::collections::BTreeSet;
use std::fmt;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::store::{ControlRow, Millis};

/// The word of an acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// It was begun; what comes of it will be known later.
    Received,
    Applied,
    Failed,
}

/// What an event came to, as far as is known. Stored as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Outcome {
    status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Whether a process was started under this key, and may register yet although nobody waits any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    late: bool,
}

impl Outcome {
    pub(super) fn received() -> Self {
        Self {
            status: Status::Received,
            detail: None,
            late: false,
        }
    }

    pub(super) fn applied(detail: Option<&str>) -> Self {
        Self {
            status: Status::Applied,
            detail: detail.map(str::to_owned),
            late: false,
        }
    }

    pub(super) fn failed(detail: &str) -> Self {
        Self {
            status: Status::Failed,
            detail: Some(detail.to_owned()),
            late: false,
        }
    }

    /// The event is taken as failed, and a process of it may show itself all the same.
    pub(super) fn given_up(detail: &str) -> Self {
        Self {
            late: true,
            ..Self::failed(detail)
        }
    }

    pub(super) fn may_come_late(&self) -> bool {
        self.late
    }

    /// Returns the acknowledgement (protocol §1.5).
    pub(super) fn ack(&self, key: &str) -> Value {
        let mut ack = json!({"idempotency_key": key, "status": self.status});
        if let Some(detail) = &self.detail {
            ack["detail"] = detail.as_str().into();
        }
        ack
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = match self.status {
            Status::Received => "received",
            Status::Applied => "applied",
            Status::Failed => "failed",
        };
        match &self.detail {
            Some(detail) => write!(f, "{status}: {detail}"),
            None => f.write_str(status),
        }
    }
}

/// The outcomes that are kept.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    keys: FxHashMap<String, (Millis, Outcome)>,
    /// Oldest first.
    ages: BTreeSet<(Millis, String)>,
}

/// What is to be stored.
pub(super) struct Put {
    pub(super) row: ControlRow,
    /// Outcomes from before this time had to make room.
    pub(super) purge: Option<Millis>,
}

impl Outcomes {
    pub(super) fn get(&self, key: &str) -> Option<&Outcome> {
        self.keys.get(key).map(|(_, outcome)| outcome)
    }

    /// Puts the outcome of a key, the oldest making room.
    pub(super) fn put(&mut self, key: &str, outcome: Outcome, now: Millis, most: usize) -> Put {
        // No two have the same time, so the store can be told by a time which ones go, and a clock that was
        // set back does not make a new outcome the oldest.
        let at = match self.ages.last() {
            Some((last, _)) => now.max(last + 1),
            None => now,
        };
        let row = ControlRow {
            key: key.to_owned(),
            // Three plain members can always be written.
            outcome: serde_json::to_string(&outcome).unwrap_or_default().into(),
            at,
        };
        self.insert(key, at, outcome);
        let purge = self.shrink(most);
        Put { row, purge }
    }

    fn insert(&mut self, key: &str, at: Millis, outcome: Outcome) {
        if let Some((old, _)) = self.keys.insert(key.to_owned(), (at, outcome)) {
            self.ages.remove(&(old, key.to_owned()));
        }
        self.ages.insert((at, key.to_owned()));
    }

    /// Puts back what was stored. Returns whether it could be read.
    pub(super) fn restore(&mut self, row: &ControlRow) -> bool {
        match serde_json::from_str(row.outcome.as_str()) {
            Ok(outcome) => {
                self.insert(&row.key, row.at, outcome);
                true
            }
            Err(_) => false,
        }
    }

    /// Forgets the oldest outcomes beyond a number. Returns the time before which all are forgotten.
    pub(super) fn shrink(&mut self, most: usize) -> Option<Millis> {
        let mut before = None;
        while self.keys.len() > most.max(1) {
            let (at, key) = self.ages.pop_first()?;
            self.keys.remove(&key);
            before = Some(at + 1);
        }
        before
    }

    /// Forgets the outcomes from before a time. Returns whether there were any.
    pub(super) fn sweep(&mut self, before: Millis) -> bool {
        let mut any = false;
        while self.ages.first().is_some_and(|(at, _)| *at < before) {
            if let Some((_, key)) = self.ages.pop_first() {
                self.keys.remove(&key);
                any = true;
            }
        }
        any
    }
}
