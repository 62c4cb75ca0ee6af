//! How the core's state is shown (protocol §3.5, §10.3, §10.4).

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use super::endpoint::{Endpoint, Known, Tombstone};
use super::inbox::Record;
use super::ownership::endpoint_unknown;
use super::{Core, Found, Level, Query, Refusal, Reply, ReqId, Then};
use crate::ids::{EndpointId, UndispatchedId};
use crate::store::{Content, InboxItem, Millis, StoreError};

/// Returns a time as the protocol writes it.
pub(super) fn iso(at: Millis) -> String {
    let at = Duration::from_millis(u64::try_from(at).unwrap_or(0));
    humantime::format_rfc3339_millis(SystemTime::UNIX_EPOCH + at).to_string()
}

impl Core {
    /// The part of the answer to `initialize` that the core knows.
    pub(super) fn initialize_view(&self) -> Value {
        json!({"network_presence": self.presence()})
    }

    /// Whether messages come and go: on one machine, as long as the broker runs (protocol §1.7).
    pub(super) fn presence(&self) -> &'static str {
        self.network.presence.as_str()
    }

    pub(super) fn status_view(&self) -> Value {
        let queued: u64 = self.endpoints.live().map(|has| has.queue.count()).sum();
        let queues: Map<String, Value> = self
            .endpoints
            .live()
            .filter(|endpoint| !endpoint.queue.is_empty())
            .map(|endpoint| (endpoint.id().to_string(), endpoint.queue.count().into()))
            .collect();
        json!({
            "node_id": self.node,
            "network_presence": self.presence(),
            "endpoints": self.endpoints.live_count(),
            "tombstones": self.endpoints.tombstone_count(),
            "streams": self.streams.count(),
            "queued": queued,
            "queues": queues,
            "inbox": {
                "count": self.inbox.count(),
                "bytes": self.inbox.bytes(),
                "capacity": self.figures.inbox_messages,
                "capacity_bytes": self.figures.inbox_bytes,
                "under_pressure": self.under_pressure(),
            },
            "outbox": self.outbox.counts(),
            "correlations": self.received.len(),
            "assignments": self.assignments.count(),
            "pending_spawns": self.control.pending_spawns(),
        })
    }

    /// All endpoints, and the named mailboxes that are asleep (protocol §10.11).
    pub(super) fn endpoints_view(&self) -> Value {
        let mut live: Vec<&Endpoint> = self.endpoints.live().collect();
        live.sort_by_key(|endpoint| endpoint.identity.order);
        let mut items: Vec<Value> = live
            .into_iter()
            .map(|endpoint| self.endpoint_view(endpoint))
            .collect();
        let mut asleep: Vec<&Tombstone> = self
            .endpoints
            .tombstones()
            .filter(|tombstone| tombstone.identity.kept && tombstone.successor.is_none())
            .collect();
        asleep.sort_by_key(|tombstone| tombstone.identity.order);
        items.extend(
            asleep
                .into_iter()
                .map(|tombstone| self.asleep_view(tombstone)),
        );
        json!({"items": items})
    }

    pub(super) fn show_endpoint(&mut self, req: ReqId, id: &EndpointId) -> Result<(), Refusal> {
        let view = match self
            .endpoints
            .known(id)
            .ok_or_else(|| endpoint_unknown(id))?
        {
            Known::Live(endpoint) => self.endpoint_view(endpoint),
            Known::Closed(tombstone) => self.asleep_view(tombstone),
        };
        self.answer(req, Reply::Json(view));
        Ok(())
    }

    fn endpoint_view(&self, endpoint: &Endpoint) -> Value {
        let deadline = endpoint.grace_deadline.map(|deadline| {
            let left = deadline.saturating_sub(self.now.mono);
            iso(self.now.wall + Self::millis(left))
        });
        let mut view = json!({
            "id": endpoint.id().as_str(),
            "state": endpoint.state.as_str(),
            "state_since": iso(endpoint.since),
            "pid": endpoint.identity.process.pid,
            "metadata": endpoint.metadata(),
            "queued": endpoint.queue.count(),
            "queued_bytes": endpoint.queue.bytes(),
            "in_flight": endpoint.queue.in_flight(),
            "inbox": self.inbox.hinted(endpoint.id()).count(),
            "stalled": endpoint.stalled,
        });
        if let (Some(deadline), Some(view)) = (deadline, view.as_object_mut()) {
            view.insert("grace_deadline".to_owned(), deadline.into());
        }
        view
    }

    fn asleep_view(&self, tombstone: &Tombstone) -> Value {
        let id = &tombstone.identity.id;
        let state = if tombstone.identity.kept {
            "asleep"
        } else {
            "closed"
        };
        json!({
            "id": id.as_str(),
            "state": state,
            "state_since": iso(tombstone.closed_at),
            "metadata": tombstone.identity.metadata,
            "queued": 0,
            "inbox": self.inbox.hinted(id).count(),
            "successor": tombstone.successor.as_ref().map(EndpointId::as_str),
        })
    }

    /// Shows the inbox as it is.
    pub(super) fn show_inbox(
        &mut self,
        req: ReqId,
        after: Option<&UndispatchedId>,
        limit: usize,
    ) -> Result<(), Refusal> {
        let after = match after {
            Some(id) => {
                let record = self.inbox.find(id).ok_or_else(|| {
                    Refusal::new(
                        404,
                        "undispatched_unknown",
                        format!("there is no record `{id}` to go on after; begin anew"),
                    )
                })?;
                Some(record.row.seq)
            }
            None => None,
        };
        self.ask(Query::Inbox { after, limit }, Then::Inbox { req });
        Ok(())
    }

    pub(super) fn inbox_found(&mut self, req: ReqId, found: Result<Found, StoreError>) {
        let page = match found {
            Ok(Found::Inbox(page)) => page,
            Ok(_) => return self.refuse(req, Refusal::storage_unavailable()),
            Err(error) => {
                self.log(Level::Error, format!("cannot read the inbox: {error}"));
                return self.refuse(req, Refusal::storage_unavailable());
            }
        };
        let mut items = Vec::new();
        for item in &page.items {
            match &item.content {
                Content::Damaged(damage) => self.damaged(item.row.seq, &damage.what),
                _ => items.extend(self.inbox_view(item)),
            }
        }
        let mut body = json!({"items": items});
        if page.more
            && let (Some(last), Some(body)) = (page.items.last(), body.as_object_mut())
        {
            body.insert("next".to_owned(), last.row.id.as_str().into());
        }
        self.answer(req, Reply::Json(body));
    }

    fn inbox_view(&self, item: &InboxItem) -> Option<Value> {
        let Content::Whole(message) = &item.content else {
            return None;
        };
        let record = self.inbox.get(item.row.seq)?;
        let mut view = record_view(record);
        put_content(
            &mut view,
            message.content.as_str(),
            &message.content_type,
            self.delivered_metadata(message.metadata.as_str(), record),
        );
        Some(Value::Object(view))
    }

    /// Returns the metadata with which a record is delivered.
    pub(super) fn delivered_metadata(&self, stored: &str, record: &Record) -> Value {
        let mut metadata: Map<String, Value> = serde_json::from_str(stored).unwrap_or_default();
        metadata.extend(super::dispatch::members(record.row.extra.as_ref()));
        Value::Object(metadata)
    }
}

/// Returns an inbox record as the protocol shows it, without content.
pub(super) fn record_view(record: &Record) -> Map<String, Value> {
    let mut view = Map::new();
    let row = &record.row;
    view.insert("id".to_owned(), row.id.as_str().into());
    view.insert(
        "source_message_id".to_owned(),
        record.message.as_str().into(),
    );
    view.insert("arrived_at".to_owned(), iso(record.stored_at).into());
    view.insert("sender_address".to_owned(), record.sender.as_str().into());
    view.insert("reason".to_owned(), row.reason.as_str().into());
    if let Some(hint) = &row.hint {
        view.insert(
            "original_target_endpoint_id".to_owned(),
            hint.as_str().into(),
        );
    }
    if let Some(correlation) = &row.correlation {
        view.insert(
            "original_correlation_id".to_owned(),
            correlation.as_str().into(),
        );
    }
    if let Some(agent) = &row.agent {
        view.insert("agent_id".to_owned(), agent.as_str().into());
    }
    if let Some(assignment) = &row.assignment {
        view.insert(
            "active_assignment_id".to_owned(),
            assignment.as_str().into(),
        );
    }
    if let Some(expires_at) = record.expires_at {
        view.insert("expires_at".to_owned(), iso(expires_at).into());
    }
    view
}

/// Adds the content to a record that is shown.
pub(super) fn put_content(
    view: &mut Map<String, Value>,
    content: &str,
    content_type: &str,
    metadata: Value,
) {
    view.insert("content".to_owned(), content.into());
    view.insert("content_type".to_owned(), content_type.into());
    view.insert("metadata".to_owned(), metadata);
}
