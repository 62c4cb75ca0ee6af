//! How a record gets into work, or is done with at once (protocol §5.7, §10.6).

use serde_json::{Map, Value, json};

use super::candidates::Policy;
use super::table::{Assignment, Mode};
use super::{Then, contents};
use crate::core::endpoint::Endpoint;
use crate::core::metadata::Background;
use crate::core::trace::trace_id;
use crate::core::{
    Caller, Claim, Core, Found, Query, Refusal, Reply, ReqId, Then as CoreThen, Timer,
};
use crate::ids::{AssignmentId, EndpointId, UndispatchedId};
use crate::store::{AssignmentRow, Content, Op, Pos, QueueRow, Seq, StoredMessage};

/// The first state of a claim.
const ASSIGNED: &str = "assigned_to_runtime_target";

impl Core {
    pub(in crate::core) fn claim(
        &mut self,
        req: ReqId,
        caller: &Caller,
        claim: Claim,
    ) -> Result<(), Refusal> {
        let endpoint = self.owned_active(caller, &claim.endpoint, claim.pid)?;
        if endpoint.metadata().background().is_none() {
            return Err(missing_background(&claim.endpoint));
        }
        let undispatched = claim.undispatched.ok_or_else(undispatched_invalid)?;
        let assignment = self.claim_record(&undispatched, &claim.endpoint)?;
        let seq = self.assignments.get(&assignment).map(|claim| claim.seq);
        self.ask(
            Query::Contents(seq.into_iter().collect()),
            CoreThen::Assignments(Then::Claim { req, assignment }),
        );
        Ok(())
    }

    /// Decides about a claim. A claim that was not accepted yet is returned again.
    fn claim_record(
        &mut self,
        undispatched: &UndispatchedId,
        id: &EndpointId,
    ) -> Result<AssignmentId, Refusal> {
        let (Some(record), Some(endpoint)) =
            (self.inbox.find(undispatched), self.endpoints.get(id))
        else {
            return Err(rejected(
                404,
                format!("there is no record `{undispatched}`"),
            ));
        };
        let seq = record.row.seq;
        let correlation = record.row.correlation.clone();
        if let Some(assignment) = record.row.assignment.clone() {
            let ours = self
                .assignments
                .get(&assignment)
                .is_some_and(|claim| claim.endpoint == *id && !claim.is_accepted());
            if !ours {
                return Err(in_progress(undispatched));
            }
            self.hand_over(&assignment);
            return Ok(assignment);
        }
        match self.policy(record, endpoint) {
            Some(policy) if policy.may_claim() => {}
            Some(Policy::ContinuationSessionUnavailable) => {
                let text =
                    format!("the session of record `{undispatched}` is not here; dispatch it");
                return Err(rejected(409, text));
            }
            Some(_) => {
                let text = format!("endpoint `{id}` cannot take record `{undispatched}`");
                return Err(rejected(409, text));
            }
            None => {
                let text = format!("record `{undispatched}` is for somebody else");
                return Err(rejected(403, text));
            }
        }
        let assignment = self.assign(seq, id, Mode::Claimed);
        if let Some(correlation) = correlation {
            self.received_by(id, &correlation);
        }
        Ok(assignment)
    }

    /// Makes a claim of an open record, and starts the time for its acceptance.
    pub(super) fn assign(&mut self, seq: Seq, endpoint: &EndpointId, mode: Mode) -> AssignmentId {
        let now = self.now.wall;
        let id = AssignmentId::from(self.mint.ulid("asg_", now));
        let timeout = match mode {
            Mode::Claimed | Mode::Dispatched => self.figures.assignment_acceptance,
            Mode::Staged => self.figures.staged_acceptance,
        };
        self.timers
            .set(Timer::Assignment(id.clone()), self.now.mono + timeout);
        if let Some(mut record) = self.inbox.remove(seq) {
            record.row.assignment = Some(id.clone());
            let row = AssignmentRow {
                id: id.clone(),
                seq,
                undispatched_id: record.row.id.clone(),
                endpoint: endpoint.clone(),
                state: ASSIGNED.to_owned(),
                sequence: 1,
                created_at: now,
                accepted_at: None,
                detail: "".into(),
            };
            let assignment = Assignment::new(row, &record.message, mode);
            self.op(Op::InboxPut(record.row.clone()));
            self.inbox.put(record);
            self.op(Op::AssignmentPut(Box::new(assignment.row())));
            self.assignments.insert(assignment);
        }
        id
    }

    /// Puts a record into the queue of an endpoint that takes messages in the background. The record stays in
    /// the inbox, assigned, until the endpoint is done with it (protocol §5.7).
    pub(in crate::core) fn dispatch_assigned(
        &mut self,
        seq: Seq,
        target: &EndpointId,
        extra: Map<String, Value>,
    ) -> Result<(), String> {
        let able = self
            .endpoints
            .get(target)
            .is_some_and(|endpoint| endpoint.metadata().background().is_some());
        if !able {
            return Err(format!(
                "endpoint `{target}` works for a session and has none; register it with one"
            ));
        }
        let id = self.assign(seq, target, Mode::Dispatched);
        let Some(mut record) = self.inbox.remove(seq) else {
            return Err("the record is gone".to_owned());
        };
        let mut members = crate::core::dispatch::members(record.row.extra.as_ref());
        members.extend(extra);
        let pos: Pos = self.take_pos();
        let mut row = QueueRow::new(target.clone(), pos, seq, record.row.size);
        row.extra = Some(Value::Object(members).to_string().into());
        row.assignment = Some(id.clone());
        self.change_assignment(&id, |claim| claim.detail.pos = Some(pos.0));
        self.enqueue_record(row, record.clone());
        // As the receipt has it now.
        record.hop += 1;
        self.inbox.put(record);
        Ok(())
    }

    pub(super) fn claim_read(&mut self, req: ReqId, id: &AssignmentId, found: Found) {
        let content = contents(found).pop().flatten();
        let claim = self
            .assignments
            .get(id)
            .filter(|claim| !claim.is_finished());
        let Some(claim) = claim.cloned() else {
            return self.refuse(
                req,
                rejected(409, "the claim has ended meanwhile".to_owned()),
            );
        };
        match content {
            Some(Content::Whole(message)) => {
                let body = self.claim_view(&claim, &message);
                self.answer(req, Reply::Json(body));
            }
            Some(Content::Damaged(damage)) => {
                self.damaged(claim.seq, &damage.what);
                let text = format!("message `{}` is damaged", claim.detail.source);
                self.refuse(req, rejected(404, text));
            }
            Some(Content::Dropped) | None => {
                let text = format!("message `{}` has no content any more", claim.detail.source);
                self.refuse(req, rejected(409, text));
            }
        }
    }

    fn claim_view(&self, claim: &Assignment, message: &StoredMessage) -> Value {
        let stored = message.metadata.as_str();
        let metadata = match self.inbox.get(claim.seq) {
            Some(record) => self.delivered_metadata(stored, record),
            None => serde_json::from_str(stored).unwrap_or_default(),
        };
        let mut assignment = self.view_of(claim);
        let trace = metadata["traceparent"].as_str().and_then(trace_id);
        if let (Some(trace), Some(view)) = (trace, assignment.as_object_mut()) {
            view.insert("originalTraceId".to_owned(), trace.into());
        }
        json!({
            "assignment": assignment,
            "message": {
                "from": message.sender,
                "content": message.content.as_str(),
                "contentType": message.content_type,
                "metadata": metadata,
                "sourceMessageId": message.id.as_str(),
            },
        })
    }

    /// Returns the `runtimeAssignment` of a push. `originalTraceId` is in the message, which is not here.
    pub(in crate::core) fn assignment_view(&self, id: &AssignmentId) -> Option<Value> {
        self.assignments.get(id).map(|claim| self.view_of(claim))
    }

    fn view_of(&self, claim: &Assignment) -> Value {
        let mut view = json!({
            "undispatchedId": claim.undispatched_id.as_str(),
            "sourceMessageId": claim.detail.source,
            "assignmentId": claim.id.as_str(),
            "deliveryIntent": "external_handoff",
        });
        let correlation = self
            .inbox
            .get(claim.seq)
            .and_then(|record| record.row.correlation.as_deref());
        if let Some(view) = view.as_object_mut() {
            if let Some(endpoint) = self.endpoints.get(&claim.endpoint) {
                view.insert("targetRef".to_owned(), target_ref(endpoint));
            }
            if let Some(correlation) = correlation {
                view.insert("replyCorrelationId".to_owned(), correlation.into());
            }
        }
        view
    }

    pub(in crate::core) fn self_settle(
        &mut self,
        req: ReqId,
        caller: &Caller,
        id: &EndpointId,
        pid: u32,
        undispatched: Option<UndispatchedId>,
    ) -> Result<(), Refusal> {
        const REASON: &str = "handled_no_reply";
        let undispatched = undispatched.ok_or_else(undispatched_invalid)?;
        let endpoint = self.owned_active(caller, id, pid)?;
        let record = self.inbox.find(&undispatched).ok_or_else(|| {
            Refusal::new(
                404,
                "undispatched_unknown",
                format!("there is no record `{undispatched}` in the inbox"),
            )
        })?;
        let seq = record.row.seq;
        let assignment = record.row.assignment.clone();
        let may = match assignment.as_ref().and_then(|id| self.assignments.get(id)) {
            Some(claim) => claim.endpoint == *id,
            None => self.policy(record, endpoint).is_some_and(Policy::may_claim),
        };
        if !may {
            return Err(Refusal::new(
                409,
                "runtime_self_settle_rejected",
                format!("record `{undispatched}` is not for endpoint `{id}` to settle"),
            ));
        }
        match assignment {
            Some(assignment) => self.finish_claim(&assignment, None, REASON),
            None => self.settle(seq, REASON),
        }
        self.answer(
            req,
            Reply::Json(json!({"settled": true, "remove_reason": REASON})),
        );
        Ok(())
    }
}

/// Names the endpoint that works on a message (protocol §1.4).
fn target_ref(endpoint: &Endpoint) -> Value {
    let mut target = json!({
        "kind": "projection_endpoint",
        "projection_endpoint_id": endpoint.id().as_str(),
        "background_exchange_mode": "resident_endpoint",
    });
    if let (Some(Background::Adapter(session)), Some(target)) =
        (endpoint.metadata().background(), target.as_object_mut())
    {
        target.insert("runtime_session_id".to_owned(), session.into());
        target.insert(
            "background_exchange_mode".to_owned(),
            "adapter_managed_turn".into(),
        );
    }
    target
}

pub(super) fn missing_background(endpoint: &EndpointId) -> Refusal {
    Refusal::new(
        409,
        "missing_background_exchange_v1",
        format!(
            "endpoint `{endpoint}` takes no messages in the background; register it with \
             `background_exchange_v1` and a `background_exchange_mode`"
        ),
    )
}

fn undispatched_invalid() -> Refusal {
    Refusal::new(
        400,
        "undispatched_id_invalid",
        "`undispatched_id` must be a string that is not empty",
    )
}

fn in_progress(undispatched: &UndispatchedId) -> Refusal {
    Refusal::new(
        409,
        "runtime_assignment_in_progress",
        format!("record `{undispatched}` is being worked on"),
    )
    .with("assignment_failure_category", "assignment_in_progress")
}

fn rejected(status: u16, message: String) -> Refusal {
    Refusal::new(status, "runtime_self_claim_rejected", message)
}
