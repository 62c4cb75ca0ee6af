//! What a person or a rule decides about the inbox: dispatch and discard (protocol §5.7).

use serde_json::{Map, Value};

use super::metadata::Background;
use super::{Core, Level, Refusal, Reply, ReqId};
use crate::ids::{EndpointId, MessageId, UndispatchedId};
use crate::store::{Op, Private, ReceiptChange, ReceiptState, Seq};

/// A record that is to go to an endpoint.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dispatch<'a> {
    pub(super) undispatched: &'a UndispatchedId,
    /// The message that the record must be of.
    pub(super) source: Option<&'a MessageId>,
    pub(super) target: &'a EndpointId,
    pub(super) origin: Origin<'a>,
}

/// Who wants a record dispatched.
#[derive(Debug, Clone, Copy)]
pub(super) enum Origin<'a> {
    /// `POST /v1/dispatch`.
    Local,
    /// A control event, with what the target must be if the message is to be assigned to it.
    Control(Option<&'a Background>),
}

impl Origin<'_> {
    fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local_api",
            Self::Control(_) => "control_event",
        }
    }
}

/// Why a record is not dispatched.
#[derive(Debug)]
pub(super) struct DispatchFailure {
    pub(super) detail: String,
    /// Whether that may pass.
    pub(super) transient: bool,
}

impl From<String> for DispatchFailure {
    fn from(detail: String) -> Self {
        Self {
            detail,
            transient: false,
        }
    }
}

impl Core {
    pub(super) fn dispatch(
        &mut self,
        req: ReqId,
        undispatched: &UndispatchedId,
        target: &EndpointId,
    ) -> Result<(), Refusal> {
        self.dispatch_to(&Dispatch {
            undispatched,
            source: None,
            target,
            origin: Origin::Local,
        })
        .map_err(|failure| Refusal::new(400, "dispatch_failed", failure.detail))?;
        self.answer(req, Reply::Done);
        Ok(())
    }

    /// Moves a record from the inbox to the queue of an endpoint, in this step (W27). Returns what speaks
    /// against it; the record is then where it was.
    pub(super) fn dispatch_to(&mut self, dispatch: &Dispatch<'_>) -> Result<(), DispatchFailure> {
        let &Dispatch {
            undispatched,
            source,
            target,
            origin,
        } = dispatch;
        let record = self
            .inbox
            .find(undispatched)
            .ok_or_else(|| format!("there is no record `{undispatched}` in the inbox"))?;
        if source.is_some_and(|source| *source != record.message) {
            return Err(format!("record `{undispatched}` is of another message").into());
        }
        if record.row.assignment.is_some() {
            return Err(DispatchFailure {
                detail: format!("record `{undispatched}` is assigned already"),
                transient: true,
            });
        }
        if self.is_overdue(record) {
            return Err(format!("record `{undispatched}` is over its time").into());
        }
        let seq = record.row.seq;
        let endpoint = self
            .endpoints
            .get(target)
            .filter(|endpoint| endpoint.closing.is_none())
            .ok_or_else(|| format!("there is no endpoint `{target}`"))?;
        let mut extra = Map::new();
        extra.insert("dispatched_from".to_owned(), undispatched.as_str().into());
        // An event says that the message is to be assigned; whoever asks here need not know (protocol §5.7).
        let metadata = endpoint.metadata();
        let assigns = metadata.is_background()
            && match origin {
                Origin::Local => true,
                Origin::Control(None) => false,
                Origin::Control(Some(wanted)) if metadata.background().as_ref() == Some(wanted) => {
                    true
                }
                Origin::Control(Some(_)) => {
                    return Err(format!("endpoint `{target}` is not what `target_ref` says").into());
                }
            };
        if assigns {
            extra.insert("delivery_intent".to_owned(), "external_handoff".into());
            self.dispatch_assigned(seq, target, extra)?;
            self.emit_dispatched(undispatched, target);
        } else {
            extra.insert("dispatched_by".to_owned(), "passport".into());
            extra.insert("dispatch_origin".to_owned(), origin.as_str().into());
            self.take_from_inbox(seq, target, Some(extra));
        }
        self.pump(target);
        Ok(())
    }

    pub(super) fn discard(
        &mut self,
        req: ReqId,
        undispatched: &UndispatchedId,
    ) -> Result<(), Refusal> {
        let record = self.inbox.find(undispatched).ok_or_else(|| {
            Refusal::new(
                404,
                "undispatched_unknown",
                format!("there is no record `{undispatched}` in the inbox"),
            )
        })?;
        if record.row.assignment.is_some() {
            return Err(Refusal::new(
                409,
                "runtime_assignment_in_progress",
                format!("record `{undispatched}` is being worked on"),
            ));
        }
        let seq = record.row.seq;
        self.settle(seq, "owner_discarded");
        self.answer(req, Reply::Done);
        Ok(())
    }

    /// Ends a record of the inbox by a decision.
    pub(super) fn settle(&mut self, seq: Seq, reason: &str) {
        let mut change = ReceiptChange::new(ReceiptState::Settled, 0, self.now.wall);
        change.reason = Some(reason.to_owned());
        self.end_record(seq, change);
    }

    /// Ends a record of the inbox. The change's `hop` and `attempts` are those of the record.
    pub(super) fn end_record(&mut self, seq: Seq, mut change: ReceiptChange) {
        let Some(record) = self.inbox.remove(seq) else {
            return;
        };
        change.hop = record.hop;
        change.attempts = record.attempts;
        let state = change.state;
        let reason = change
            .reason
            .as_deref()
            .unwrap_or(state.as_str())
            .to_owned();
        self.emit_removed(&record.row.id, &reason);
        self.op(Op::InboxRemove(seq));
        self.end_message(seq, change);
        self.watch_pressure();
        self.receipt_moved(&record.message, state);
    }

    /// The content of a message is not what was stored: it is put aside, and never delivered.
    pub(super) fn damaged(&mut self, seq: Seq, what: &str) {
        let queued = self.endpoints.live().find_map(|endpoint| {
            let entry = endpoint.queue.entries().find(|entry| entry.seq == seq)?;
            Some((endpoint.id().clone(), entry.pos))
        });
        // It may have ended since it was read.
        if queued.is_none() && self.inbox.get(seq).is_none() {
            return;
        }
        self.log(
            Level::Error,
            format!("message {} is damaged and was put aside: {what}", seq.0),
        );
        let at = self.now.wall;
        self.op(Op::Damaged {
            seq,
            what: what.to_owned(),
            at,
        });
        let mut change = ReceiptChange::new(ReceiptState::Settled, 0, at);
        change.reason = Some("damaged".to_owned());
        if let Some(record) = self.inbox.get(seq) {
            if let Some(assignment) = record.row.assignment.clone() {
                self.drop_assignment(&assignment);
            }
            self.end_record(seq, change.clone());
        }
        if let Some((id, pos)) = queued {
            self.take_from_queue(&id, pos, change);
            self.pump(&id);
        }
    }

    /// Takes a message out of a queue and ends it. The change's `hop` and `attempts` are those of the entry.
    pub(super) fn take_from_queue(
        &mut self,
        id: &EndpointId,
        pos: crate::store::Pos,
        mut change: ReceiptChange,
    ) {
        let Some(endpoint) = self.endpoints.get_mut(id) else {
            return;
        };
        let stream = endpoint.stream;
        let Some(entry) = endpoint.queue.remove(pos) else {
            return;
        };
        let full = stream.filter(|&stream| self.land(stream, &entry));
        self.unwritten.remove(&entry.message);
        self.op(Op::QueueRemove {
            endpoint: id.clone(),
            pos,
        });
        change.hop = entry.hop;
        change.attempts = entry.attempt;
        let state = change.state;
        self.end_message(entry.seq, change);
        self.receipt_moved(&entry.message, state);
        self.refill(id);
        if let Some(stream) = full {
            self.pump_stream(stream);
        }
    }
}

/// Reads members that go over the metadata.
pub(super) fn members(extra: Option<&Private>) -> Map<String, Value> {
    extra
        .and_then(|extra| serde_json::from_str(extra.as_str()).ok())
        .unwrap_or_default()
}
