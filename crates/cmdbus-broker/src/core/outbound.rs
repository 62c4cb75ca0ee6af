//! Sends: checks, correlation, idempotency (protocol §6).

use rustc_hash::FxHashMap;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::addresses::Destination;
use super::correlation::Lookup;
use super::ownership::{not_active, token_mismatch, unknown_endpoint};
use super::routing::Letter;
use super::trace::traceparent;
use super::{Caller, Core, Found, Level, Query, Refusal, Reply, ReqId, Send, Sender, Then};
use crate::ids::{EndpointId, MessageId};
use crate::ports::Outbound;
use crate::store::{
    Digest, IdempotencyKey, Op, Receipt, ReceiptRecord, ReceiptState, SendStatus, Seq, StoreError,
};

/// Members of metadata that only the broker writes (protocol §1.3, W58).
const BROKER_KEYS: [&str; 5] = [
    "dispatched_from",
    "dispatched_by",
    "dispatch_origin",
    "delivery_intent",
    "possible_duplicate",
];

/// A sender with the key it gave.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct SendKey {
    sender: String,
    key: String,
}

/// Sends whose key is being looked up, in the order they came. None of them is done twice.
#[derive(Debug, Default)]
pub(super) struct KeyedSends(FxHashMap<SendKey, Vec<KeyedSend>>);

#[derive(Debug)]
struct KeyedSend {
    req: ReqId,
    send: Send,
    fingerprint: Digest,
}

/// A send that the network decides.
#[derive(Debug)]
pub(super) struct SendJob {
    pub(super) req: ReqId,
    pub(super) key: Option<SendKey>,
    pub(super) fingerprint: Option<Digest>,
    pub(super) seq: Seq,
    pub(super) message: MessageId,
    pub(super) source: Option<EndpointId>,
    pub(super) correlation: String,
    /// Whether an earlier try may have reached the network.
    pub(super) repeats: bool,
}

/// Where a send stands after its step.
enum Sent {
    Done(MessageId, SendStatus),
    /// The network is asked; the answer comes later.
    Underway,
}

/// What a key stands for.
struct Recorded {
    fingerprint: Digest,
    message: MessageId,
    status: SendStatus,
}

impl Core {
    pub(super) fn send(&mut self, req: ReqId, caller: &Caller, send: Send) -> Result<(), Refusal> {
        match &send.sender {
            Sender::Endpoint(id) => {
                let endpoint = self.endpoints.get(id).ok_or_else(|| unknown_endpoint(id))?;
                self.check_owner(caller, &endpoint.identity)?;
            }
            Sender::Node if self.figures.strict_ownership => {
                return Err(token_mismatch(&"node:self".into()));
            }
            Sender::Node => {}
        }
        let Some(key) = &send.key else {
            if let Sent::Done(message, status) = self.send_now(req, send, None, None)? {
                self.answer(
                    req,
                    Reply::Sent {
                        message,
                        status,
                        replayed: false,
                    },
                );
            }
            return Ok(());
        };
        let key = SendKey {
            sender: self.sender_address(&send.sender),
            key: key.clone(),
        };
        let fingerprint = fingerprint(&send);
        let senders = self.senders(&send.sender);
        let keyed = KeyedSend {
            req,
            send,
            fingerprint,
        };
        // One with the same key is in work, and whoever comes now is answered with it.
        let joins = self.sends.0.contains_key(&key);
        let waiting = self.sends.0.entry(key.clone()).or_default();
        waiting.push(keyed);
        if !joins {
            let query = Query::ReceiptByKey {
                senders,
                key: key.key.clone(),
            };
            self.ask(query, Then::Keyed(key));
        }
        Ok(())
    }

    /// Goes on with the sends of a key, now that it is known whether it was used before.
    pub(super) fn key_looked_up(&mut self, key: &SendKey, found: Result<Found, StoreError>) {
        let record = match found {
            Ok(Found::Receipt(record)) => record.map(|record| *record),
            Ok(_) => None,
            Err(error) => {
                self.log(Level::Error, format!("cannot look up a key: {error}"));
                for keyed in self.sends.0.remove(key).unwrap_or_default() {
                    self.refuse(keyed.req, Refusal::storage_unavailable());
                }
                return;
            }
        };
        // A send whose outcome nobody knows goes out again under its id (protocol §6.5).
        let (recorded, unknown) = match record {
            Some(record) if record.receipt.state == ReceiptState::Accepted => (None, Some(record)),
            Some(record) => (recorded(record), None),
            None => (None, None),
        };
        self.send_waiting(key, recorded, unknown);
    }

    /// Answers the sends of a key in the order they came, until one has to wait for the network.
    fn send_waiting(
        &mut self,
        key: &SendKey,
        mut recorded: Option<Recorded>,
        unknown: Option<ReceiptRecord>,
    ) {
        let mut waiting = self.sends.0.remove(key).unwrap_or_default().into_iter();
        while let Some(keyed) = waiting.next() {
            let req = keyed.req;
            match self.send_keyed(keyed, key, &mut recorded, unknown.clone()) {
                Ok(Some(reply)) => self.answer(req, reply),
                Err(refusal) => self.refuse(req, refusal),
                Ok(None) => {
                    // Kept even if empty: whoever comes now joins.
                    self.sends.0.insert(key.clone(), waiting.collect());
                    return;
                }
            }
        }
    }

    /// Sends unless the key was used. `None` means that the network is asked.
    fn send_keyed(
        &mut self,
        keyed: KeyedSend,
        key: &SendKey,
        recorded: &mut Option<Recorded>,
        unknown: Option<ReceiptRecord>,
    ) -> Result<Option<Reply>, Refusal> {
        let KeyedSend {
            req,
            send,
            fingerprint,
        } = keyed;
        let first = recorded
            .as_ref()
            .map(|recorded| (recorded.fingerprint, &recorded.message))
            .or_else(|| {
                let record = unknown.as_ref()?;
                Some((record.key.as_ref()?.fingerprint, &record.id))
            });
        if let Some((of_first, message)) = first
            && of_first != fingerprint
        {
            return Err(Refusal::new(
                409,
                "idempotency_conflict",
                "this key was used for another message",
            )
            .with("messageId", message.as_str()));
        }
        if let Some(recorded) = recorded {
            return Ok(Some(Reply::Sent {
                message: recorded.message.clone(),
                status: recorded.status,
                replayed: true,
            }));
        }
        let used = Some((key.clone(), fingerprint));
        match self.send_now(req, send, used, unknown)? {
            Sent::Underway => Ok(None),
            Sent::Done(message, status) => {
                *recorded = Some(Recorded {
                    fingerprint,
                    message: message.clone(),
                    status,
                });
                Ok(Some(Reply::Sent {
                    message,
                    status,
                    replayed: false,
                }))
            }
        }
    }

    /// The network has decided about a send. Whoever waits with the same key is answered too.
    pub(super) fn send_done(
        &mut self,
        req: ReqId,
        key: Option<SendKey>,
        fingerprint: Option<Digest>,
        outcome: Result<(MessageId, SendStatus), Refusal>,
    ) {
        let recorded = match &outcome {
            Ok((message, status)) => fingerprint.map(|fingerprint| Recorded {
                fingerprint,
                message: message.clone(),
                status: *status,
            }),
            Err(_) => None,
        };
        match outcome {
            Ok((message, status)) => self.answer(
                req,
                Reply::Sent {
                    message,
                    status,
                    replayed: false,
                },
            ),
            Err(refusal) => {
                self.refuse(req, refusal.clone());
                // They asked for the same; each may try again.
                if let Some(key) = &key {
                    for keyed in self.sends.0.remove(key).unwrap_or_default() {
                        self.refuse(keyed.req, refusal.clone());
                    }
                }
            }
        }
        if let Some(key) = key {
            self.send_waiting(&key, recorded, None);
        }
    }

    /// Sends, now that nothing speaks against it but the message itself.
    fn send_now(
        &mut self,
        req: ReqId,
        send: Send,
        key: Option<(SendKey, Digest)>,
        unknown: Option<ReceiptRecord>,
    ) -> Result<Sent, Refusal> {
        let source = match &send.sender {
            Sender::Endpoint(id) => {
                let endpoint = self.endpoints.get(id).ok_or_else(|| unknown_endpoint(id))?;
                if !endpoint.is_active() {
                    return Err(not_active(id));
                }
                Some(id.clone())
            }
            Sender::Node => None,
        };
        check_metadata(&send.metadata, source.as_ref())?;
        let destination = match self.resolve(&send.to) {
            // What the network may have goes there again, so that it notices the repeat.
            _ if unknown.is_some() => None,
            Ok(destination) => Some(destination),
            // Whoever is not here may be elsewhere.
            Err(_) if self.network.is_foreign() => None,
            Err(refusal) => return Err(refusal),
        };
        if let Some(destination) = &destination
            && send.require_live
            && !self.is_live(destination)
        {
            return Err(Refusal::new(
                409,
                "recipient_not_live",
                format!(
                    "`{}` is not there now, and `require_live` was asked",
                    send.to
                ),
            ));
        }
        let correlation = self.correlation(&send, source.as_ref());
        let id = match &unknown {
            Some(record) => record.id.clone(),
            None => self.mint.ulid("msg_", self.now.wall).into(),
        };
        let target = match &destination {
            Some(Destination::Endpoint(id)) => Some(id.clone()),
            _ => None,
        };
        let mut metadata = send.metadata;
        self.make_own(&mut metadata);
        metadata.insert("correlation_id".to_owned(), correlation.clone().into());
        if let Some(source) = &source {
            metadata.insert("source_endpoint_id".to_owned(), source.as_str().into());
        }
        metadata.insert("require_live".to_owned(), send.require_live.into());
        if let Some(target) = target {
            metadata.insert("target_endpoint_id".to_owned(), target.as_str().into());
        }
        metadata.insert("message_id".to_owned(), id.as_str().into());
        let letter = Letter {
            id: id.clone(),
            sender: self.sender_address(&send.sender),
            source: source.clone(),
            to: send.to,
            content: send.content,
            content_type: send.content_type,
            metadata,
            correlation: Some(correlation.clone()),
            key: key.as_ref().map(|(key, fingerprint)| IdempotencyKey {
                key: key.key.clone(),
                fingerprint: *fingerprint,
            }),
            ttl: send.ttl,
        };
        let Some(destination) = destination else {
            let (key, fingerprint) = key.unzip();
            let job = SendJob {
                req,
                key,
                fingerprint,
                repeats: unknown.is_some(),
                seq: unknown.map(|record| record.seq).unwrap_or_default(),
                message: id,
                source,
                correlation,
            };
            self.send_beyond(letter, job);
            return Ok(Sent::Underway);
        };
        let status = self.deliver(letter, destination)?;
        if let Some(source) = &source {
            self.add_to_ring(source, &correlation);
        }
        Ok(Sent::Done(id, status))
    }

    /// Gives a message to the network, after it is recorded that it is in work.
    fn send_beyond(&mut self, letter: Letter, mut job: SendJob) {
        let outbound = Outbound {
            message_id: letter.id.to_string(),
            to: letter.to.clone(),
            content: letter.content.clone(),
            content_type: letter.content_type.clone(),
            metadata: letter.metadata.clone(),
        };
        // A repeat finds its record there.
        if job.seq == Seq::default() {
            let mut row = self.message_row(letter);
            row.receipt = Receipt::new(ReceiptState::Accepted, self.now.wall);
            job.seq = row.seq;
            self.op(Op::message(row));
        }
        self.hand_to_network(outbound, job);
    }

    /// Takes out of metadata what only the broker writes, and sees to a valid trace context (W58, §5.1).
    pub(super) fn make_own(&mut self, metadata: &mut Map<String, Value>) {
        for key in BROKER_KEYS {
            metadata.shift_remove(key);
        }
        let given = metadata.get("traceparent").and_then(Value::as_str);
        let (trace, invalid) = traceparent(given, &mut self.mint);
        if invalid {
            self.log(
                Level::Warn,
                "a message brings an invalid `traceparent`; it is replaced",
            );
        }
        metadata.insert("traceparent".to_owned(), trace.into());
    }

    /// Adds a correlation id to the ring of an endpoint.
    pub(super) fn add_to_ring(&mut self, id: &EndpointId, correlation: &str) {
        if let Some(row) = self.rings.add(id, correlation) {
            self.op(Op::RingPut(row));
        }
    }

    /// Returns the correlation id of a send: that of the conversation it goes on with, or a new one (§6.4).
    fn correlation(&mut self, send: &Send, source: Option<&EndpointId>) -> String {
        let given = send.metadata.get("in_reply_to").and_then(Value::as_str);
        if let (Some(given), Some(source)) = (given, source) {
            let ttl = Self::millis(self.figures.reply_correlation_ttl);
            let why = match self.received.lookup(source, given, self.now.wall, ttl) {
                Lookup::Found => return given.to_owned(),
                Lookup::Unknown => "unknown_correlation_id",
                Lookup::WrongEndpoint => "wrong_endpoint",
                Lookup::Expired => "ttl_expired",
            };
            self.log(
                Level::Info,
                format!("a reply of endpoint {source} begins a new conversation: {why}"),
            );
        }
        self.mint.correlation(self.now.wall)
    }

    /// Returns the address that deliveries show in `from`.
    pub(super) fn sender_address(&self, sender: &Sender) -> String {
        match sender {
            Sender::Endpoint(id) => format!("endpoint:{id}"),
            Sender::Node => self.node_address(),
        }
    }

    /// Returns the addresses under which a sender, or one it took over from, has sent (protocol §6.5).
    pub(super) fn senders(&self, sender: &Sender) -> Vec<String> {
        match sender {
            Sender::Endpoint(id) => self
                .endpoints
                .line(id)
                .iter()
                .map(|id| format!("endpoint:{id}"))
                .collect(),
            Sender::Node => vec![self.node_address()],
        }
    }
}

/// Refuses metadata that only the broker may set (protocol §6.2).
fn check_metadata(
    metadata: &Map<String, Value>,
    source: Option<&EndpointId>,
) -> Result<(), Refusal> {
    for (key, code) in [
        ("correlation_id", "correlation_id_forbidden"),
        ("target_endpoint_id", "target_endpoint_id_forbidden"),
    ] {
        if metadata.contains_key(key) {
            return Err(Refusal::new(
                400,
                code,
                format!("`metadata.{key}` is set by the broker; leave it out"),
            ));
        }
    }
    let claimed = metadata.get("source_endpoint_id");
    if claimed.is_some_and(|claimed| claimed.as_str() != source.map(EndpointId::as_str)) {
        return Err(Refusal::new(
            403,
            "source_endpoint_id_mismatch",
            "`metadata.source_endpoint_id` is not the sender; leave it out",
        ));
    }
    Ok(())
}

fn recorded(record: ReceiptRecord) -> Option<Recorded> {
    Some(Recorded {
        fingerprint: record.key?.fingerprint,
        message: record.id,
        // A record without a status was never answered; what it holds is stored.
        status: record.receipt.status.unwrap_or(SendStatus::Stored),
    })
}

/// Returns a digest of what is sent, in which the order of members does not matter (protocol §6.5).
fn fingerprint(send: &Send) -> Digest {
    let mut hash = Sha256::new();
    for part in [&send.to, &send.content, &send.content_type] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash_object(&mut hash, &send.metadata);
    hash.update([u8::from(send.require_live)]);
    let ttl = send.ttl.map_or(u128::MAX, |ttl| ttl.as_millis());
    hash.update(ttl.to_be_bytes());
    Digest(hash.finalize().into())
}

/// Hashes the members of an object in the order of their names.
pub(super) fn hash_object(hash: &mut Sha256, object: &Map<String, Value>) {
    let mut members: Vec<(&String, &Value)> = object.iter().collect();
    members.sort_unstable_by_key(|(name, _)| *name);
    hash.update(b"{");
    hash.update((members.len() as u64).to_be_bytes());
    for (name, value) in members {
        hash.update((name.len() as u64).to_be_bytes());
        hash.update(name.as_bytes());
        hash_value(hash, value);
    }
}

fn hash_value(hash: &mut Sha256, value: &Value) {
    match value {
        Value::Object(object) => hash_object(hash, object),
        Value::Array(items) => {
            hash.update(b"[");
            hash.update((items.len() as u64).to_be_bytes());
            for item in items {
                hash_value(hash, item);
            }
        }
        plain => {
            let text = plain.to_string();
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
    }
}
