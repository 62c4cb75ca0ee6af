//! What an endpoint may have of the inbox (protocol §10.4, §10.5).

use serde_json::{Map, Value, json};

use super::history::conversation_ref;
use super::{Then, contents};
use crate::core::endpoint::{Endpoint, Known};
use crate::core::inbox::{Audience, Record};
use crate::core::ownership::not_active;
use crate::core::views::{put_content, record_view};
use crate::core::{Caller, Core, Found, Query, Refusal, Reply, ReqId, Then as CoreThen};
use crate::ids::EndpointId;
use crate::store::{Content, PAGE_CONTENT_BYTES, Seq};

/// Records in an answer, at most: as many as upstream keeps in all.
const LIMIT: usize = 256;

/// How a record may be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::core) enum Policy {
    /// Somebody works on it.
    AssignedInProgress,
    /// Only by the endpoint it was meant for.
    BoundSessionPullOnly,
    /// By nobody until its session comes back, unless its owner dispatches it.
    ContinuationSessionUnavailable,
    /// By whoever asks first.
    NodePullOnly,
    /// Not by this endpoint.
    Unavailable,
}

impl Policy {
    fn as_str(self) -> &'static str {
        match self {
            Self::AssignedInProgress => "assigned_in_progress",
            Self::BoundSessionPullOnly => "bound_session_pull_only",
            Self::ContinuationSessionUnavailable => "continuation_session_unavailable",
            Self::NodePullOnly => "node_pull_only",
            Self::Unavailable => "unavailable",
        }
    }

    /// Returns whether the endpoint may claim the record itself.
    pub(super) fn may_claim(self) -> bool {
        matches!(self, Self::BoundSessionPullOnly | Self::NodePullOnly)
    }
}

impl Core {
    pub(in crate::core) fn claimable(
        &mut self,
        req: ReqId,
        caller: &Caller,
        endpoint: Option<EndpointId>,
    ) -> Result<(), Refusal> {
        let endpoint = match &endpoint {
            Some(id) => {
                let endpoint = self.endpoints.get(id).ok_or_else(no_active_endpoint)?;
                self.check_owner(caller, &endpoint.identity)?;
                if !endpoint.is_active() {
                    return Err(not_active(id));
                }
                endpoint
            }
            None => self.only_active(caller)?,
        };
        let mut items = Vec::new();
        let mut bytes = 0;
        for record in self.inbox.records() {
            let Some(policy) = self.policy(record, endpoint) else {
                continue;
            };
            bytes += record.row.size;
            if !items.is_empty() && bytes > PAGE_CONTENT_BYTES {
                break;
            }
            items.push((record.row.seq, self.candidate(record, endpoint, policy)));
            if items.len() == LIMIT {
                break;
            }
        }
        let seqs = items.iter().map(|(seq, _)| *seq).collect();
        self.ask(
            Query::Contents(seqs),
            CoreThen::Assignments(Then::Candidates { req, items }),
        );
        Ok(())
    }

    /// Returns the only active endpoint of a process.
    fn only_active(&self, caller: &Caller) -> Result<&Endpoint, Refusal> {
        let mut active = caller
            .pid
            .into_iter()
            .flat_map(|pid| self.endpoints.of_pid(pid))
            .filter(|endpoint| endpoint.is_active());
        let endpoint = active.next().ok_or_else(no_active_endpoint)?;
        if active.next().is_some() {
            return Err(Refusal::new(
                409,
                "ambiguous_endpoint",
                "this process has several active endpoints; name one with `?endpoint_id=`",
            ));
        }
        self.check_owner(caller, &endpoint.identity)?;
        Ok(endpoint)
    }

    pub(super) fn candidates_read(
        &mut self,
        req: ReqId,
        items: Vec<(Seq, Map<String, Value>)>,
        found: Found,
    ) {
        let mut views = Vec::new();
        for ((seq, mut view), content) in items.into_iter().zip(contents(found)) {
            match content {
                Some(Content::Whole(message)) => {
                    // What left the inbox meanwhile is not shown.
                    let Some(record) = self.inbox.get(seq) else {
                        continue;
                    };
                    let metadata = self.delivered_metadata(message.metadata.as_str(), record);
                    put_content(
                        &mut view,
                        message.content.as_str(),
                        &message.content_type,
                        metadata,
                    );
                    views.push(Value::Object(view));
                }
                Some(Content::Damaged(damage)) => self.damaged(seq, &damage.what),
                Some(Content::Dropped) | None => {}
            }
        }
        self.answer(req, Reply::Json(json!({"items": views})));
    }

    pub(in crate::core) fn waiting_count(
        &mut self,
        req: ReqId,
        id: &EndpointId,
    ) -> Result<(), Refusal> {
        let endpoint = self.endpoints.get(id).ok_or_else(no_active_endpoint)?;
        if !endpoint.is_active() {
            return Err(not_active(id));
        }
        let open = self
            .bound_audiences(endpoint)
            .iter()
            .flat_map(|audience| self.inbox.open_for(audience))
            .filter(|record| self.policy(record, endpoint) == Some(Policy::BoundSessionPullOnly))
            .count();
        let count = open + self.assignments.staged_count(id);
        self.answer(req, Reply::Json(json!({"bound_continuation_count": count})));
        Ok(())
    }

    /// Returns how an endpoint may have a record; `None` if it is not to know of it (protocol §10.5).
    pub(super) fn policy(&self, record: &Record, endpoint: &Endpoint) -> Option<Policy> {
        let row = &record.row;
        if row.assignment.is_some() {
            return Some(Policy::AssignedInProgress);
        }
        let agent = row.agent.as_ref();
        if agent.is_some_and(|agent| *agent != endpoint.metadata().agent_id)
            || self.is_overdue(record)
        {
            return None;
        }
        let Some(hint) = &row.hint else {
            return Some(match endpoint.metadata().background() {
                Some(_) => Policy::NodePullOnly,
                None => Policy::Unavailable,
            });
        };
        if hint == endpoint.id() {
            return Some(Policy::BoundSessionPullOnly);
        }
        let meant = self.endpoints.known(hint);
        if matches!(meant, Some(Known::Live(live)) if live.closing.is_none()) {
            return None;
        }
        let session = meant.and_then(|known| known.identity().metadata.runtime_session_id.as_ref());
        if session.is_some() && session == endpoint.metadata().runtime_session_id.as_ref() {
            return Some(Policy::BoundSessionPullOnly);
        }
        Some(match session {
            Some(session) if self.has_live(session) => Policy::Unavailable,
            _ => Policy::ContinuationSessionUnavailable,
        })
    }

    /// Its time has run out, and the next sweep ends it.
    pub(in crate::core) fn is_overdue(&self, record: &Record) -> bool {
        record.expires_at.is_some_and(|at| at <= self.now.wall) && !self.sweeps_paused()
    }

    fn has_live(&self, session: &str) -> bool {
        self.endpoints
            .of_session(session)
            .any(|known| matches!(known, Known::Live(live) if live.closing.is_none()))
    }

    /// Returns to whom records were meant that this endpoint may pull as its own.
    pub(super) fn bound_audiences(&self, endpoint: &Endpoint) -> Vec<Audience> {
        let mut audiences = vec![Audience::Endpoint(endpoint.id().clone())];
        let session = endpoint.metadata().runtime_session_id.as_deref();
        for known in session
            .into_iter()
            .flat_map(|session| self.endpoints.of_session(session))
        {
            let id = &known.identity().id;
            if id != endpoint.id() {
                let audience = Audience::Endpoint(id.clone());
                if self.inbox.open_for(&audience).next().is_some() {
                    audiences.push(audience);
                }
            }
        }
        audiences
    }

    /// Returns a record as it is shown to an endpoint, without content.
    fn candidate(
        &self,
        record: &Record,
        endpoint: &Endpoint,
        policy: Policy,
    ) -> Map<String, Value> {
        let mut view = record_view(record);
        view.insert("claim_policy".to_owned(), policy.as_str().into());
        let claim = record.row.assignment.as_ref();
        if let Some(claim) = claim.and_then(|id| self.assignments.get(id)) {
            view.insert(
                "active_target_endpoint_id".to_owned(),
                claim.endpoint.as_str().into(),
            );
        }
        if policy == Policy::BoundSessionPullOnly {
            // It may have been meant for an earlier endpoint of the session.
            view.insert(
                "original_target_endpoint_id".to_owned(),
                endpoint.id().as_str().into(),
            );
        }
        if let Some(correlation) = &record.row.correlation
            && self.rings.holds(endpoint.id(), correlation)
        {
            view.insert("conversation_ref".to_owned(), conversation_ref(correlation));
        }
        view
    }
}

fn no_active_endpoint() -> Refusal {
    Refusal::new(
        409,
        "no_active_endpoint",
        "there is no such active endpoint; register one first",
    )
}
