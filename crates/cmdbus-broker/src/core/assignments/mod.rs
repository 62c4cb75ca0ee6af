//! Who works on which record of the inbox (protocol §10.4 to §10.10).
//!
//! A claim is a compare-and-set on the record: open, or assigned to one endpoint. It is made by the endpoint
//! itself (`claim.rs`), by a dispatch (`claim.rs`), or ahead of time by the mailroom (`mailroom.rs`), from what
//! `candidates.rs` says the endpoint may have. It ends as `ending.rs` says: released, finished, or expired.
//! On one machine the broker is its own authority, so every decision is made in the step that asks for it.
//!
//! The record stays in the inbox until the claim is finished. An answer with content waits for the commit of
//! its claim, because it is read from the store after it.

mod candidates;
mod claim;
mod ending;
mod history;
mod mailroom;
mod processing;
mod reply;
mod table;

use serde_json::{Map, Value};

pub(in crate::core) use table::Assignments;

use super::endpoint::Endpoint;
use super::ownership::{not_active, pid_mismatch, unknown_endpoint};
use super::{AssignmentReply, Caller, Core, Found, Level, Refusal, ReqId};
use crate::ids::{AssignmentId, EndpointId};
use crate::store::{Content, Op, Seq, StoreError};
use table::Assignment;

/// What goes on when the store has answered.
#[derive(Debug)]
pub(in crate::core) enum Then {
    /// A claim is answered with its message.
    Claim {
        req: ReqId,
        assignment: AssignmentId,
    },
    /// What an endpoint may claim is shown.
    Candidates {
        req: ReqId,
        items: Vec<(Seq, Map<String, Value>)>,
    },
    /// Staged messages are handed out.
    Staged {
        req: ReqId,
        items: Vec<AssignmentId>,
    },
    /// A reply is sent, now that it is known what it answers.
    Reply {
        req: ReqId,
        caller: Caller,
        reply: Box<AssignmentReply>,
    },
    /// A conversation is shown.
    History { req: ReqId, conversation: String },
}

impl Core {
    pub(super) fn assignments_read(&mut self, then: Then, found: Result<Found, StoreError>) {
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                self.log(Level::Error, format!("cannot read messages: {error}"));
                self.refuse(then.req(), Refusal::storage_unavailable());
                return;
            }
        };
        match then {
            Then::Claim { req, assignment } => self.claim_read(req, &assignment, found),
            Then::Candidates { req, items } => self.candidates_read(req, items, found),
            Then::Staged { req, items } => self.staged_read(req, &items, found),
            Then::Reply { req, caller, reply } => self.reply_read(req, &caller, &reply, found),
            Then::History { req, conversation } => self.history_read(req, &conversation, found),
        }
    }

    /// Finds the endpoint that asks, and checks that the caller may act for it.
    fn owned(&self, caller: &Caller, id: &EndpointId, pid: u32) -> Result<&Endpoint, Refusal> {
        let endpoint = self.endpoints.get(id).ok_or_else(|| unknown_endpoint(id))?;
        if endpoint.identity.process.pid != pid {
            return Err(pid_mismatch(id));
        }
        self.check_owner(caller, &endpoint.identity)?;
        Ok(endpoint)
    }

    /// As [`owned`](Self::owned), for what only an active endpoint may do.
    fn owned_active(
        &self,
        caller: &Caller,
        id: &EndpointId,
        pid: u32,
    ) -> Result<&Endpoint, Refusal> {
        let endpoint = self.owned(caller, id, pid)?;
        if endpoint.is_active() {
            Ok(endpoint)
        } else {
            Err(not_active(id))
        }
    }

    /// Changes a claim, in memory and in the store.
    fn change_assignment(&mut self, id: &AssignmentId, change: impl FnOnce(&mut Assignment)) {
        if let Some(row) = self.assignments.change(id, change) {
            self.op(Op::AssignmentPut(Box::new(row)));
        }
    }
}

impl Then {
    fn req(&self) -> ReqId {
        match self {
            Self::Claim { req, .. }
            | Self::Candidates { req, .. }
            | Self::Staged { req, .. }
            | Self::Reply { req, .. }
            | Self::History { req, .. } => *req,
        }
    }
}

/// Takes the contents out of what was found.
fn contents(found: Found) -> Vec<Option<Content>> {
    match found {
        Found::Contents(contents) => contents,
        _ => Vec::new(),
    }
}
