//! Replies to the sender of a claimed message (protocol §10.8).

use std::collections::VecDeque;

use rustc_hash::FxHashMap;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::processing::target_mismatch;
use super::{Then, contents};
use crate::core::Then as CoreThen;
use crate::core::addresses::Destination;
use crate::core::outbound::hash_object;
use crate::core::routing::Letter;
use crate::core::trace::trace_id;
use crate::core::{AssignmentReply, Caller, Core, Found, Query, Refusal, Reply, ReqId};
use crate::ids::MessageId;
use crate::store::{Content, Digest, Millis, Op, ReplyKey, ReplyRow, SendStatus, Seq};

/// Members of metadata that a reply cannot set.
const RESERVED: [&str; 8] = [
    "correlation_id",
    "in_reply_to",
    "message_id",
    "originalTraceId",
    "require_live",
    "source_endpoint_id",
    "target_endpoint_id",
    "traceparent",
];

/// Reply records, at most; the oldest make room.
const RECORDS: usize = 65_536;

/// Replies that were made, by their key.
#[derive(Debug, Default)]
pub(super) struct Replies {
    rows: FxHashMap<ReplyKey, ReplyRow>,
    /// Oldest first.
    order: VecDeque<ReplyKey>,
}

impl Replies {
    pub(super) fn insert(&mut self, row: ReplyRow) {
        let key = row.key.clone();
        if self.rows.insert(key.clone(), row).is_none() {
            self.order.push_back(key);
        }
    }

    fn get(&self, key: &ReplyKey) -> Option<&ReplyRow> {
        self.rows.get(key)
    }

    /// Takes the records that need not be kept any more.
    fn forget(&mut self, before: Millis) -> Vec<ReplyKey> {
        let mut gone = Vec::new();
        while let Some(key) = self.order.front() {
            let old = self.rows.get(key).is_none_or(|row| row.created_at < before);
            if !old && self.order.len() <= RECORDS {
                break;
            }
            self.rows.remove(key);
            gone.extend(self.order.pop_front());
        }
        gone
    }
}

/// What is to be done about a reply.
enum Decision {
    /// It was sent before.
    Sent(MessageId, SendStatus),
    /// It is to be sent.
    Send { key: ReplyKey, seq: Seq },
}

/// What a reply says of the message it answers.
#[derive(Default)]
struct Original {
    trace: Option<String>,
    message: Option<String>,
}

impl Core {
    pub(in crate::core) fn assignment_reply(
        &mut self,
        req: ReqId,
        caller: &Caller,
        reply: AssignmentReply,
    ) -> Result<(), Refusal> {
        match self.decide_reply(caller, &reply)? {
            Decision::Sent(message, status) => self.answer(req, sent(message, status)),
            Decision::Send { seq, .. } => {
                // What it answers is in the store. Whether it is sent is decided again then, so that of two
                // equal requests the second finds the record of the first.
                let then = Then::Reply {
                    req,
                    caller: caller.clone(),
                    reply: Box::new(reply),
                };
                self.ask(Query::Contents(vec![seq]), CoreThen::Assignments(then));
            }
        }
        Ok(())
    }

    pub(super) fn reply_read(
        &mut self,
        req: ReqId,
        caller: &Caller,
        reply: &AssignmentReply,
        found: Found,
    ) {
        let original = match contents(found).pop().flatten() {
            Some(Content::Whole(message)) => Original::of(message.metadata.as_str()),
            // What it answers was received, so that the reply goes out all the same.
            _ => Original {
                message: Some(reply.source.as_str().to_owned()),
                ..Original::default()
            },
        };
        let result = match self.decide_reply(caller, reply) {
            Ok(Decision::Sent(message, status)) => Ok((message, status)),
            Ok(Decision::Send { key, seq }) => self.send_reply(reply, key, seq, original),
            Err(refusal) => Err(refusal),
        };
        match result {
            Ok((message, status)) => self.answer(req, sent(message, status)),
            Err(refusal) => self.refuse(req, refusal),
        }
    }

    fn decide_reply(&self, caller: &Caller, reply: &AssignmentReply) -> Result<Decision, Refusal> {
        self.owned_active(caller, &reply.endpoint, reply.pid)?;
        let request = reply.request.clone().ok_or_else(|| {
            Refusal::new(
                400,
                "reply_request_id_required",
                "`reply_request_id` must be a string that is not empty",
            )
        })?;
        let key = ReplyKey {
            source: reply.source.clone(),
            assignment: reply.assignment.clone(),
            request,
        };
        let record = self.assignments.replies.get(&key);
        let claim = self
            .assignments
            .find(&reply.assignment, &reply.source)
            .filter(|claim| !claim.is_finished());
        if let Some(claim) = claim {
            if claim.endpoint != reply.endpoint {
                return Err(target_mismatch(&reply.assignment));
            }
            if !claim.is_accepted() {
                return Err(Refusal::new(
                    409,
                    "runtime_assignment_not_accepted",
                    format!(
                        "claim `{}` is not accepted; report `adapter_accepted` first",
                        reply.assignment
                    ),
                ));
            }
        } else {
            let record = record.ok_or_else(stale)?;
            if !self
                .endpoints
                .line(&reply.endpoint)
                .contains(&record.endpoint)
            {
                return Err(target_mismatch(&reply.assignment));
            }
        }
        if let Some(record) = record {
            if record.fingerprint != fingerprint(reply) {
                return Err(Refusal::new(
                    409,
                    "runtime_assignment_reply_idempotency_conflict",
                    "this `reply_request_id` was used for another reply",
                )
                .with("messageId", record.message.as_str()));
            }
            if let Some(status) = status_of(record) {
                return Ok(Decision::Sent(record.message.clone(), status));
            }
        }
        let seq = claim.map(|claim| claim.seq).ok_or_else(stale)?;
        Ok(Decision::Send { key, seq })
    }

    /// Sends a reply. Its record and the message are one commit; a reply that was refused keeps its id.
    fn send_reply(
        &mut self,
        reply: &AssignmentReply,
        key: ReplyKey,
        seq: Seq,
        original: Original,
    ) -> Result<(MessageId, SendStatus), Refusal> {
        let known = self.assignments.replies.get(&key).cloned();
        let mut row = known.unwrap_or_else(|| ReplyRow {
            key,
            fingerprint: fingerprint(reply),
            message: MessageId::from(self.mint.ulid("msg_", self.now.wall)),
            endpoint: reply.endpoint.clone(),
            outcome: None,
            created_at: self.now.wall,
        });
        let event = format!("{}:reply_requested:{}", reply.assignment, row.key.request);
        self.change_assignment(&reply.assignment, |claim| {
            if !claim.has_seen(&event) {
                claim.see(&event);
                claim.advance("reply_requested");
            }
        });
        let message = row.message.clone();
        let result = self.deliver_reply(reply, message.clone(), seq, original);
        if let Ok(status) = &result {
            row.outcome = Some(json!({"status": status.as_str()}).to_string().into());
        }
        self.op(Op::ReplyPut(Box::new(row.clone())));
        self.assignments.replies.insert(row);
        self.forget_replies(Millis::MIN);
        let status = result?;
        self.finish_claim(
            &reply.assignment,
            Some("reply_emitted"),
            "processing_failed",
        );
        Ok((message, status))
    }

    fn deliver_reply(
        &mut self,
        reply: &AssignmentReply,
        id: MessageId,
        seq: Seq,
        original: Original,
    ) -> Result<SendStatus, Refusal> {
        let record = self.inbox.get(seq).ok_or_else(stale)?;
        let to = record.sender.clone();
        let correlation = record.row.correlation.clone();
        let destination = self.resolve(&to)?;
        let correlation = correlation.unwrap_or_else(|| self.mint.correlation(self.now.wall));
        let endpoint = &reply.endpoint;
        let mut metadata = callers(reply);
        // The replier's own trace context is reserved, so this is a new one.
        self.make_own(&mut metadata);
        let target = match &destination {
            Destination::Endpoint(id) => Some(id.as_str().to_owned()),
            _ => None,
        };
        let mut put = |name: &str, value: Value| metadata.insert(name.to_owned(), value);
        if let Some(trace) = original.trace {
            put("originalTraceId", trace.into());
        }
        put("message_id", id.as_str().into());
        if let Some(message) = original.message {
            put("in_reply_to", message.into());
        }
        put("correlation_id", correlation.clone().into());
        put("source_endpoint_id", endpoint.as_str().into());
        put("require_live", false.into());
        if let Some(target) = target {
            put("target_endpoint_id", target.into());
        }
        let letter = Letter {
            id,
            sender: format!("endpoint:{endpoint}"),
            source: Some(endpoint.clone()),
            to,
            content: reply.content.clone(),
            content_type: reply.content_type.clone(),
            metadata,
            correlation: Some(correlation.clone()),
            key: None,
            ttl: None,
        };
        let status = self.deliver(letter, destination)?;
        self.add_to_ring(endpoint, &correlation);
        Ok(status)
    }

    pub(super) fn forget_replies(&mut self, before: Millis) {
        for key in self.assignments.replies.forget(before) {
            self.op(Op::ReplyDelete(key));
        }
    }
}

impl Original {
    fn of(metadata: &str) -> Self {
        let metadata: Map<String, Value> = serde_json::from_str(metadata).unwrap_or_default();
        let text = |name: &str| metadata.get(name).and_then(Value::as_str);
        Self {
            trace: text("traceparent").and_then(trace_id),
            message: text("message_id").map(str::to_owned),
        }
    }
}

/// Returns the metadata of a reply without what it cannot set.
fn callers(reply: &AssignmentReply) -> Map<String, Value> {
    let mut metadata = reply.metadata.clone();
    for key in RESERVED {
        metadata.shift_remove(key);
    }
    metadata
}

/// Returns a digest of what is replied, in which the order of members does not matter.
fn fingerprint(reply: &AssignmentReply) -> Digest {
    let mut hash = Sha256::new();
    for part in [&reply.content, &reply.content_type] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash_object(&mut hash, &callers(reply));
    Digest(hash.finalize().into())
}

/// Returns what a recorded reply was answered, if it was sent.
fn status_of(row: &ReplyRow) -> Option<SendStatus> {
    let outcome: Value = serde_json::from_str(row.outcome.as_ref()?.as_str()).ok()?;
    let delivered = outcome["status"] == SendStatus::Delivered.as_str();
    Some(if delivered {
        SendStatus::Delivered
    } else {
        SendStatus::Stored
    })
}

fn sent(message: MessageId, status: SendStatus) -> Reply {
    Reply::Sent {
        message,
        status,
        replayed: false,
    }
}

fn stale() -> Refusal {
    Refusal::new(
        409,
        "runtime_assignment_unknown",
        "this claim is not in work any more; its message may have been given to somebody else",
    )
    .with("assignment_failure_category", "reply_handle_stale")
}
