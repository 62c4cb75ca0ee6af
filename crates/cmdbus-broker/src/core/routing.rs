//! Where a message goes: into the queue of an endpoint, or into the inbox (protocol §5).

use std::time::Duration;

use serde_json::{Map, Value};

use super::addresses::Destination;
use super::inbox::Record;
use super::network::Arrived;
use super::queue::Entry;
use super::{Core, Level, Refusal};
use crate::ids::{EndpointId, MessageId};
use crate::store::{
    IdempotencyKey, InboxReason, InboxRow, MessageRow, Op, QueueRow, Receipt, ReceiptChange,
    ReceiptState, ReplyCorrelationRow, SendStatus, Seq,
};

/// A message that has no place yet.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) id: MessageId,
    /// Address of the sender.
    pub(super) sender: String,
    /// The endpoint that sends, if it is one.
    pub(super) source: Option<EndpointId>,
    pub(super) to: String,
    pub(super) content: String,
    pub(super) content_type: String,
    pub(super) metadata: Map<String, Value>,
    pub(super) correlation: Option<String>,
    pub(super) key: Option<IdempotencyKey>,
    pub(super) ttl: Option<Duration>,
}

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Queue(EndpointId),
    Inbox {
        reason: InboxReason,
        hint: Option<EndpointId>,
        agent: Option<String>,
    },
}

impl Core {
    /// Puts a message where it belongs, with one receipt, in this step.
    pub(super) fn deliver(
        &mut self,
        letter: Letter,
        destination: Destination,
    ) -> Result<SendStatus, Refusal> {
        let matched = match (&destination, &letter.correlation) {
            (Destination::Endpoint(id), _) => Some(id.clone()),
            (Destination::Node, Some(correlation)) => {
                self.route(correlation, letter.source.as_ref())
            }
            _ => None,
        };
        let place = match &matched {
            Some(id) => self.push_or_pull(id, letter.correlation.as_deref()),
            None => unmatched(destination),
        };
        if let Place::Queue(id) = &place
            && self.is_behind(id)
        {
            return Err(queue_full(id));
        }
        let row = self.message_row(letter);
        self.check_room(&place, row.size())?;
        Ok(self.put(row, place, matched))
    }

    /// Puts a message from the network where it belongs. Where a queue has no room, it waits in the inbox for
    /// its turn (protocol §7.4). Returns `false` if there is no room at all.
    pub(super) fn deliver_inbound(&mut self, letter: Letter, destination: Destination) -> bool {
        let matched = match &destination {
            Destination::Endpoint(id) => Some(id.clone()),
            _ => None,
        };
        let row = self.message_row(letter);
        let (size, correlation) = (row.size(), row.correlation.as_deref());
        let mut place = match &matched {
            Some(id) => self.push_or_pull(id, correlation),
            None => unmatched(destination),
        };
        if let Place::Queue(id) = &place {
            // Nothing overtakes what waits already.
            let behind = self.is_behind(id);
            if behind || self.check_room(&place, size).is_err() {
                let continues = correlation.is_some_and(|has| self.rings.holds(id, has));
                place = Place::Inbox {
                    reason: if continues {
                        InboxReason::CorrelatedContinuation
                    } else {
                        InboxReason::Unaddressed
                    },
                    hint: Some(id.clone()),
                    agent: None,
                };
            }
        }
        if self.check_room(&place, size).is_err() {
            return false;
        }
        self.put(row, place, matched);
        true
    }

    /// Returns whether an endpoint is pushed a message of this conversation.
    pub(super) fn is_pushed(&self, id: &EndpointId, correlation: Option<&str>) -> bool {
        matches!(self.push_or_pull(id, correlation), Place::Queue(_))
    }

    /// Finds the first message that is in the inbox only because the queue of its endpoint was full.
    fn first_overflowed(&self, id: &EndpointId) -> Option<Seq> {
        if !self.network.is_foreign() {
            return None;
        }
        self.inbox
            .hinted(id)
            .find(|record| {
                record.row.assignment.is_none()
                    && self.is_pushed(id, record.row.correlation.as_deref())
            })
            .map(|record| record.row.seq)
    }

    /// Returns whether messages for an endpoint wait in the inbox for room in its queue. What was to be pulled may
    /// count as such by now, for what an endpoint declares may change; so there may be room already.
    fn is_behind(&mut self, id: &EndpointId) -> bool {
        if self.first_overflowed(id).is_none() {
            return false;
        }
        self.refill(id);
        self.pump(id);
        self.first_overflowed(id).is_some()
    }

    /// Moves what waits in the inbox for room back into the queue, oldest first, once that is half empty.
    pub(super) fn refill(&mut self, id: &EndpointId) {
        while let Some(seq) = self.first_overflowed(id) {
            let has_room = self.endpoints.get(id).is_some_and(|endpoint| {
                endpoint.closing.is_none()
                    && endpoint.queue.count() < self.figures.queue_messages.div_ceil(2)
                    && endpoint.queue.bytes() < self.figures.queue_bytes / 2
            });
            if !has_room {
                return;
            }
            self.take_from_inbox(seq, id, Some(Map::new()));
        }
    }

    fn put(&mut self, row: MessageRow, place: Place, matched: Option<EndpointId>) -> SendStatus {
        let correlation = row.correlation.clone();
        let status = match place {
            Place::Queue(id) => self.put_into_queue(row, &id),
            Place::Inbox {
                reason,
                hint,
                agent,
            } => self.put_into_inbox(row, reason, hint, agent),
        };
        if let Some(id) = matched {
            if let Some(correlation) = correlation {
                self.received_by(&id, &correlation);
            }
            self.pump(&id);
        }
        status
    }

    /// Finds the endpoint to which a conversation belongs, other than the sender (protocol §5.2).
    pub(super) fn route(
        &mut self,
        correlation: &str,
        source: Option<&EndpointId>,
    ) -> Option<EndpointId> {
        let mut holders: Vec<(u64, EndpointId)> = self
            .rings
            .endpoints(correlation)
            .iter()
            .filter(|&id| Some(id) != source)
            .filter_map(|id| self.endpoints.get(id))
            .filter(|endpoint| endpoint.closing.is_none())
            .map(|endpoint| (endpoint.identity.order, endpoint.id().clone()))
            .collect();
        holders.sort_unstable();
        if holders.len() > 1 {
            self.log(
                Level::Debug,
                format!(
                    "correlation id {correlation} is held by {} endpoints; the earliest gets it",
                    holders.len()
                ),
            );
        }
        holders.into_iter().next().map(|(_, id)| id)
    }

    /// Decides whether an endpoint is pushed a message or pulls it (protocol §5.3).
    fn push_or_pull(&self, id: &EndpointId, correlation: Option<&str>) -> Place {
        let pull = |reason| Place::Inbox {
            reason,
            hint: Some(id.clone()),
            agent: None,
        };
        let Some(endpoint) = self.endpoints.get(id) else {
            return pull(InboxReason::Unaddressed);
        };
        let metadata = endpoint.metadata();
        let continuation = correlation.is_some_and(|has| self.rings.holds(id, has));
        if metadata.is_background() && !continuation {
            return pull(InboxReason::Unaddressed);
        }
        let surface = metadata.execution_surface.as_deref();
        let foreground = metadata.has("foreground_channel_v1");
        let foreground_ok = surface == Some("headless") || foreground;
        if continuation && !foreground_ok {
            // An endpoint that declares nothing always gets its replies (W28).
            let declared = surface == Some("owner_attached")
                || (metadata.has("background_exchange_v1") && !foreground);
            if self.figures.strict_foreground_gate || declared {
                return pull(InboxReason::CorrelatedContinuation);
            }
        }
        Place::Queue(id.clone())
    }

    /// Refuses what would go over a bound. Nothing is dropped to make room (W4).
    fn check_room(&mut self, place: &Place, size: u64) -> Result<(), Refusal> {
        match place {
            Place::Queue(id) => {
                let full = self.endpoints.get(id).is_some_and(|endpoint| {
                    endpoint.queue.count() >= self.figures.queue_messages
                        || endpoint.queue.bytes() + size > self.figures.queue_bytes
                });
                if full {
                    return Err(queue_full(id));
                }
            }
            Place::Inbox { .. } => {
                let full = self.inbox.count() >= self.figures.inbox_messages
                    || self.inbox.bytes() + size > self.figures.inbox_bytes;
                if full {
                    return Err(Refusal::new(
                        503,
                        "inbox_full",
                        "the undispatched inbox is full; dispatch or discard what waits there",
                    )
                    .retryable(true));
                }
            }
        }
        Ok(())
    }

    pub(super) fn message_row(&mut self, letter: Letter) -> MessageRow {
        let now = self.now.wall;
        let seq = self.take_seq();
        let mut row = MessageRow::new(
            seq,
            letter.id,
            letter.sender,
            letter.to,
            letter.content,
            now,
        );
        row.content_type = letter.content_type;
        row.metadata = Value::Object(letter.metadata).to_string().into();
        row.correlation = letter.correlation;
        row.key = letter.key;
        row.expires_at = letter.ttl.map(|ttl| now.saturating_add(Self::millis(ttl)));
        row
    }

    fn put_into_queue(&mut self, mut row: MessageRow, id: &EndpointId) -> SendStatus {
        let status = if self.endpoints.get(id).is_some_and(|has| has.is_active()) {
            SendStatus::Delivered
        } else {
            SendStatus::Stored
        };
        row.receipt = Receipt::new(ReceiptState::Durable, self.now.wall);
        row.receipt.times.set(ReceiptState::Accepted, self.now.wall);
        row.receipt.endpoint = Some(id.clone());
        row.receipt.status = Some(status);
        let place = QueueRow::new(id.clone(), self.take_pos(), row.seq, row.size());
        let entry = Entry {
            pos: place.pos,
            seq: row.seq,
            size: place.size,
            message: row.id.clone(),
            sender: row.sender.clone(),
            correlation: row.correlation.clone(),
            stored_at: row.stored_at,
            expires_at: row.expires_at,
            assignment: None,
            extra: None,
            attempt: 0,
            hop: 0,
            recorded: ReceiptState::Durable,
            flight: None,
        };
        self.op(Op::message(row));
        self.op(Op::QueuePush(place));
        if let Some(endpoint) = self.endpoints.get_mut(id) {
            endpoint.queue.push(entry);
        }
        status
    }

    fn put_into_inbox(
        &mut self,
        mut row: MessageRow,
        reason: InboxReason,
        hint: Option<EndpointId>,
        agent: Option<String>,
    ) -> SendStatus {
        let seq = row.seq;
        let mut place = InboxRow::new(seq, row.id.as_str(), reason, row.size());
        place.hint = hint;
        place.agent = agent;
        place.correlation.clone_from(&row.correlation);
        row.receipt = Receipt::new(ReceiptState::Inbox, self.now.wall);
        row.receipt.times.set(ReceiptState::Accepted, self.now.wall);
        row.receipt.times.set(ReceiptState::Durable, self.now.wall);
        row.receipt.undispatched_id = Some(place.id.clone());
        row.receipt.status = Some(SendStatus::Stored);
        self.inbox.put(Record {
            row: place.clone(),
            message: row.id.clone(),
            sender: row.sender.clone(),
            stored_at: row.stored_at,
            expires_at: row.expires_at,
            hop: 0,
            attempts: 0,
        });
        self.emit_added(
            &place,
            &Arrived {
                source: row.id.as_str(),
                sender: &row.sender,
                content: row.content.as_str(),
                metadata: Some(row.metadata.as_str()),
                at: row.stored_at,
            },
        );
        self.op(Op::message(row));
        self.op(Op::InboxPut(place));
        self.watch_pressure();
        self.mail_arrived(seq);
        SendStatus::Stored
    }

    /// Says once when the inbox gets full, and once when it has room again (protocol §5.4).
    pub(super) fn watch_pressure(&mut self) {
        let pressure = self.under_pressure();
        if pressure && !self.inbox_pressure {
            self.log(
                Level::Warn,
                format!("inbox_pressure: {} messages wait", self.inbox.count()),
            );
        }
        self.inbox_pressure = pressure;
    }

    pub(super) fn under_pressure(&self) -> bool {
        let mark = |capacity: u64| capacity - capacity.div_ceil(10);
        self.inbox.count() >= mark(self.figures.inbox_messages)
            || self.inbox.bytes() >= mark(self.figures.inbox_bytes)
    }

    /// Remembers that an endpoint received a correlation id, so that it can reply (protocol §6.4).
    pub(super) fn received_by(&mut self, id: &EndpointId, correlation: &str) {
        let cap = self.figures.reply_correlations;
        let evicted = self.received.put(id, correlation, self.now.wall, cap);
        self.op(Op::ReplyCorrelationPut(ReplyCorrelationRow {
            correlation: correlation.to_owned(),
            endpoint: id.clone(),
            received_at: self.now.wall,
        }));
        for old in evicted {
            self.op(Op::ReplyCorrelationDelete(old.to_string()));
        }
    }

    /// Puts a message that was in the inbox at the tail of a queue.
    pub(super) fn enqueue_record(&mut self, row: QueueRow, record: Record) {
        let id = row.endpoint.clone();
        let hop = record.hop + 1;
        let mut change = ReceiptChange::new(ReceiptState::Durable, hop, self.now.wall);
        change.endpoint = Some(id.clone());
        self.op(Op::receipt(row.seq, change));
        let entry = Entry {
            pos: row.pos,
            seq: row.seq,
            size: row.size,
            message: record.message.clone(),
            sender: record.sender,
            correlation: record.row.correlation.clone(),
            stored_at: record.stored_at,
            expires_at: record.expires_at,
            assignment: row.assignment.clone(),
            extra: row.extra.clone(),
            attempt: record.attempts,
            hop,
            recorded: ReceiptState::Durable,
            flight: None,
        };
        self.op(Op::QueuePush(row));
        if let Some(endpoint) = self.endpoints.get_mut(&id) {
            endpoint.queue.push(entry);
        }
        if let Some(correlation) = record.row.correlation {
            self.received_by(&id, &correlation);
        }
        self.receipt_moved(&record.message, ReceiptState::Durable);
    }

    /// Gives an inbox record another hint.
    pub(super) fn rehint(&mut self, seq: Seq, id: &EndpointId) {
        if let Some(mut record) = self.inbox.remove(seq) {
            record.row.hint = Some(id.clone());
            self.op(Op::InboxPut(record.row.clone()));
            self.inbox.put(record);
        }
    }
}

fn queue_full(id: &EndpointId) -> Refusal {
    Refusal::new(
        503,
        "recipient_queue_full",
        format!("the queue of endpoint `{id}` is full; try again later"),
    )
    .retryable(true)
}

/// Nobody is there for it now.
fn unmatched(destination: Destination) -> Place {
    let (reason, hint, agent) = match destination {
        Destination::Closed(id) => (InboxReason::ClosedSessionContinuation, Some(id), None),
        Destination::Agent(agent) => (InboxReason::Unaddressed, None, Some(agent)),
        Destination::Endpoint(id) | Destination::Missing(id) => {
            (InboxReason::Unaddressed, Some(id), None)
        }
        Destination::Node => (InboxReason::Unaddressed, None, None),
    };
    Place::Inbox {
        reason,
        hint,
        agent,
    }
}
