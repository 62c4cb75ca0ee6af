//! The outbox: what the authority is to hear, kept until it has heard it (protocol §9).
//!
//! Entries of one lane are sent one at a time, in order; lanes do not wait for each other. A broker that
//! decides everything by itself has nobody to tell, and its outbox stays empty.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde_json::Value;

use super::{Core, Effect, Level, Timer};
use crate::ids::EndpointId;
use crate::ports::Failure;
use crate::store::{Loaded, Millis, Op, OutboxRow};

/// Kind of the events that go to the control port rather than to the authority.
pub(crate) const CONTROL_ACK: &str = "control_ack";

/// The first wait after a failure; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// After how long an entry is given up.
const LIFETIME: Millis = 24 * 3600 * 1000;

/// What is sent in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lane {
    /// Everything about an endpoint.
    Endpoint(EndpointId),
    /// Everything about a record of the inbox, or a message that was routed.
    Message(String),
    /// The presence of the network.
    Presence,
    /// Acknowledgements of the control events of one key.
    Control(String),
}

impl Lane {
    fn name(&self) -> String {
        match self {
            Self::Endpoint(id) => format!("endpoint:{id}"),
            Self::Message(id) => format!("message:{id}"),
            Self::Presence => "presence".to_owned(),
            Self::Control(key) => format!("control:{key}"),
        }
    }
}

/// The outbox.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    lanes: BTreeMap<String, VecDeque<Entry>>,
    /// Lanes whose first entry is under way, with the id of that entry.
    sending: BTreeMap<String, u64>,
    /// Failures in a row of a lane.
    failures: BTreeMap<String, u32>,
    count: usize,
    next_id: u64,
}

#[derive(Debug)]
struct Entry {
    id: u64,
    kind: String,
    event: Value,
    created_at: Millis,
}

impl Outbox {
    /// Returns whether nothing is under way, nor will be.
    pub(super) fn is_still(&self, reaches: bool) -> bool {
        self.sending.is_empty() && (self.count == 0 || !reaches)
    }

    /// Returns how many entries wait, by kind.
    pub(super) fn counts(&self) -> BTreeMap<&str, u64> {
        let mut counts = BTreeMap::new();
        for entry in self.lanes.values().flatten() {
            *counts.entry(entry.kind.as_str()).or_default() += 1;
        }
        counts
    }
}

impl Core {
    /// Puts an event where the authority will hear it, in this step's commit. Does nothing if there is no
    /// authority but the broker. Returns `false` if the outbox is full. The end of an endpoint is taken all the
    /// same: there are no more of these than endpoints.
    pub(super) fn emit(&mut self, lane: Lane, kind: &str, event: Value) -> bool {
        if !self.network.is_foreign() {
            return true;
        }
        let name = lane.name();
        self.coalesce(&lane, &name, &event);
        let is_end = kind == "unregister" || event["state"] == "closed";
        if self.is_outbox_full() && !is_end {
            self.log(
                Level::Error,
                format!("the outbox is full; an event of the kind `{kind}` is not told"),
            );
            return false;
        }
        let id = self.outbox.next_id;
        self.outbox.next_id += 1;
        self.op(Op::OutboxPut(Box::new(OutboxRow {
            lane: name.clone(),
            id,
            kind: kind.to_owned(),
            payload: event.to_string().into(),
            created_at: self.now.wall,
        })));
        let entry = Entry {
            id,
            kind: kind.to_owned(),
            event,
            created_at: self.now.wall,
        };
        let entries = self.outbox.lanes.entry(name.clone()).or_default();
        entries.push_back(entry);
        self.outbox.count += 1;
        self.send_head(&name);
        true
    }

    fn is_outbox_full(&self) -> bool {
        self.outbox.count >= self.figures.outbox_entries
    }

    /// Lets a new event replace those that it makes pointless. What is under way stays.
    fn coalesce(&mut self, lane: &Lane, name: &str, event: &Value) {
        let full = self.is_outbox_full();
        let replaces = |old: &Entry| match lane {
            Lane::Presence => true,
            // A state between two others need not be told when there is no room; the end must be.
            Lane::Endpoint(_) => {
                full && old.kind == "transition_state"
                    && old.event["state"] != "closed"
                    && event["state"].is_string()
            }
            Lane::Message(_) | Lane::Control(_) => false,
        };
        let under_way = self.outbox.sending.get(name).copied();
        let Some(entries) = self.outbox.lanes.get_mut(name) else {
            return;
        };
        let mut gone = Vec::new();
        entries.retain(|old| {
            let stays = Some(old.id) == under_way || !replaces(old);
            if !stays {
                gone.push(old.id);
            }
            stays
        });
        self.outbox.count -= gone.len();
        for id in gone {
            self.op(Op::OutboxDelete { id });
        }
    }

    /// Sends the first entry of a lane, unless one is under way or has to wait.
    fn send_head(&mut self, name: &str) {
        if self.outbox.sending.contains_key(name)
            || self.timers.is_set(&Timer::Outbox(name.to_owned()))
            || !self.may_send(name)
        {
            return;
        }
        let Some(entry) = self.outbox.lanes.get(name).and_then(VecDeque::front) else {
            return;
        };
        let (id, kind, event) = (entry.id, entry.kind.clone(), entry.event.clone());
        self.outbox.sending.insert(name.to_owned(), id);
        self.effect(Effect::Emit {
            entry: id,
            lane: name.to_owned(),
            kind,
            event,
        });
    }

    /// What needs the network waits until it is there. Its absence and the fate of control events are told
    /// all the same.
    fn may_send(&self, name: &str) -> bool {
        self.network.reaches() || name == "presence" || name.starts_with("control:")
    }

    /// An entry was sent, or not. Only the entry of that number is taken out, wherever it is (W44, W45).
    pub(super) fn emitted(&mut self, lane: &str, id: u64, result: Result<(), Failure>) {
        if self.outbox.sending.get(lane) != Some(&id) {
            return;
        }
        self.outbox.sending.remove(lane);
        let created_at = self
            .outbox
            .lanes
            .get(lane)
            .and_then(|entries| entries.iter().find(|entry| entry.id == id))
            .map(|entry| entry.created_at);
        let over = created_at.is_some_and(|at| self.now.wall.saturating_sub(at) >= LIFETIME);
        match result {
            Ok(()) => self.drop_entry(lane, id),
            Err(Failure::Terminal { code, .. }) => {
                // A state that an authority does not know of, or an endpoint it has forgotten, is no loss.
                self.log(
                    Level::Warn,
                    format!("the authority refuses an event on lane {lane}: {code}"),
                );
                self.drop_entry(lane, id);
            }
            Err(_) if over => {
                self.log(
                    Level::Error,
                    format!("an event on lane {lane} could not be told for a day and is given up"),
                );
                self.drop_entry(lane, id);
            }
            Err(_) => {
                self.wait(lane);
                return;
            }
        }
        self.outbox.failures.remove(lane);
        self.send_head(lane);
    }

    fn drop_entry(&mut self, lane: &str, id: u64) {
        let Some(entries) = self.outbox.lanes.get_mut(lane) else {
            return;
        };
        let before = entries.len();
        entries.retain(|entry| entry.id != id);
        self.outbox.count -= before - entries.len();
        if entries.is_empty() {
            self.outbox.lanes.remove(lane);
        }
        self.op(Op::OutboxDelete { id });
    }

    /// Waits before the next attempt: twice as long each time, and not in step with others (W46).
    fn wait(&mut self, lane: &str) {
        let failures = self.outbox.failures.entry(lane.to_owned()).or_default();
        *failures = failures.saturating_add(1);
        let doubled = FIRST_WAIT * 2_u32.pow((*failures - 1).min(6));
        let mut random = [0; 1];
        self.mint.fill(&mut random);
        let jitter = 1.0 + 0.3 * f64::from(random[0]) / 255.0;
        let wait = doubled.min(LONGEST_WAIT).mul_f64(jitter);
        self.timers
            .set(Timer::Outbox(lane.to_owned()), self.now.mono + wait);
    }

    pub(super) fn outbox_due(&mut self, lane: &str) {
        self.send_head(lane);
    }

    /// The network is there: everything that waited for it goes on. A lane that is under way is left alone.
    pub(super) fn flush_lanes(&mut self) {
        let lanes: Vec<String> = self.outbox.lanes.keys().cloned().collect();
        for lane in lanes {
            self.timers.clear(&Timer::Outbox(lane.clone()));
            self.send_head(&lane);
        }
    }

    pub(super) fn restore_outbox(&mut self, loaded: &mut Loaded) {
        for row in std::mem::take(&mut loaded.outbox) {
            self.outbox.next_id = self.outbox.next_id.max(row.id + 1);
            let Ok(event) = serde_json::from_str(row.payload.as_str()) else {
                self.log(
                    Level::Error,
                    format!(
                        "an event on lane {} cannot be read and is dropped",
                        row.lane
                    ),
                );
                self.op(Op::OutboxDelete { id: row.id });
                continue;
            };
            let entries = self.outbox.lanes.entry(row.lane).or_default();
            entries.push_back(Entry {
                id: row.id,
                kind: row.kind,
                event,
                created_at: row.created_at,
            });
            self.outbox.count += 1;
        }
        self.flush_lanes();
    }
}
