//! Registrations, heartbeats and sends that somebody else decides.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{Call, CallId, Called};
use crate::core::outbound::SendJob;
use crate::core::outgoing::Lane;
use crate::core::ownership::endpoint_unknown;
use crate::core::register::Minted;
use crate::core::{Core, Level, Metadata, Refusal, Reply, ReqId, SendStatus, Timer};
use crate::ids::EndpointId;
use crate::ports::{Accepted, Failure, NewEndpoint, Outbound, Registered, SendFailure};
use crate::store::{Op, ReceiptChange, ReceiptState};

/// How often the authority is told that an endpoint exists until it says how often it wants to hear it.
const UNTOLD: Duration = Duration::from_secs(60);

/// An authority that wants to hear of an endpoint more rarely than this hears of it this often.
const LONGEST_HEARTBEAT: Duration = Duration::from_secs(24 * 3600);

/// What goes on when a port has answered.
#[derive(Debug)]
pub(in crate::core) enum Then {
    /// A registration goes on.
    Register(Box<Minted>),
    /// The authority has been told that an endpoint exists.
    Heartbeat {
        endpoint: EndpointId,
        /// Who asked, if it was a client.
        req: Option<ReqId>,
    },
    /// The authority had forgotten an endpoint and was told anew.
    Repair(EndpointId),
    /// It is known whether an inbound message is delivered here.
    Route {
        /// Its ordering key.
        key: String,
        /// Its number.
        number: u64,
    },
    /// A message was sent.
    Send(Box<SendJob>),
}

impl Core {
    /// A port has answered.
    pub(in crate::core) fn port_answered(&mut self, call: CallId, called: Called) {
        let Some(then) = self.network.calls.remove(&call) else {
            return;
        };
        match (then, called) {
            (Then::Register(minted), Called::Registered(result)) => {
                self.register_answered(*minted, result);
            }
            (Then::Repair(endpoint), Called::Registered(result)) => {
                self.repaired(&endpoint, result);
            }
            (Then::Heartbeat { endpoint, req }, Called::Heartbeat(result)) => {
                self.heartbeat_answered(&endpoint, req, result);
            }
            (Then::Route { key, number }, Called::Route(result)) => {
                self.route_claimed(&key, number, result);
            }
            (Then::Send(job), Called::Sent(result)) => self.sent(*job, result),
            // Who answers something else than was asked has not answered.
            (then, _) => self.log(
                Level::Error,
                format!("a port gave another answer than was asked for: {then:?}"),
            ),
        }
    }

    /// Asks the authority for an endpoint.
    pub(in crate::core) fn ask_for_endpoint(&mut self, minted: Minted) {
        let metadata = &minted.registration.metadata;
        let endpoint = new_endpoint(metadata, &minted.nonce, minted.process.pid);
        self.call(Call::Register(endpoint), Then::Register(Box::new(minted)));
    }

    fn register_answered(&mut self, minted: Minted, result: Result<Registered, Failure>) {
        let req = minted.req;
        let registered = match result {
            Ok(registered) => registered,
            Err(failure) => return self.refuse(req, authority(&failure)),
        };
        let id = EndpointId::from(registered.endpoint_id.as_str());
        // The stream may have closed while the authority was asked (W19).
        if self.streams.get(minted.stream).is_none() {
            self.emit_unregister(&id);
            return self.refuse(req, crate::core::register::channel_lost());
        }
        match self.endpoints.get(&id) {
            Some(known) if known.identity.process != minted.process => self.refuse(
                req,
                Refusal::new(
                    409,
                    "endpoint_conflict",
                    format!("the authority gave the id of another endpoint, `{id}`"),
                ),
            ),
            _ => self.admit(minted, id, registered),
        }
    }

    /// Begins to tell the authority that an endpoint exists.
    pub(in crate::core) fn schedule_heartbeat(&mut self, id: &EndpointId, after: Option<Duration>) {
        self.timers.clear(&Timer::Heartbeat(id.clone()));
        match after {
            Some(after) if !after.is_zero() => {
                let after = after.min(LONGEST_HEARTBEAT);
                if let Some(endpoint) = self.endpoints.get_mut(id) {
                    endpoint.heartbeat = Some(after);
                }
                self.timers
                    .set(Timer::Heartbeat(id.clone()), self.now.mono + after);
            }
            Some(_) => self.log(
                Level::Warn,
                format!("the authority wants heartbeats of {id} without a pause; it gets none"),
            ),
            None => {}
        }
    }

    /// Lets the heartbeats of a restored endpoint begin.
    pub(in crate::core) fn resume_heartbeat(&mut self, id: &EndpointId) {
        if self.network.is_foreign() {
            self.timers.set(Timer::Heartbeat(id.clone()), self.now.mono);
        }
    }

    pub(in crate::core) fn heartbeat_due(&mut self, id: &EndpointId) {
        let Some(endpoint) = self.endpoints.get(id) else {
            return;
        };
        let after = endpoint.heartbeat;
        let next = self.now.mono + after.unwrap_or(UNTOLD);
        self.timers.set(Timer::Heartbeat(id.clone()), next);
        match after {
            Some(_) => self.forward_heartbeat(id, None),
            // Since a restart nobody here knows how often; a registration tells, and changes nothing else.
            None => self.repair(id),
        }
    }

    /// Tells the authority once that an endpoint exists.
    pub(in crate::core) fn forward_heartbeat(&mut self, id: &EndpointId, req: Option<ReqId>) {
        let then = Then::Heartbeat {
            endpoint: id.clone(),
            req,
        };
        self.call(Call::Heartbeat(self.name_abroad(id).to_string()), then);
    }

    fn heartbeat_answered(
        &mut self,
        id: &EndpointId,
        req: Option<ReqId>,
        result: Result<(), Failure>,
    ) {
        let failure = match result {
            Ok(()) => {
                if let Some(req) = req {
                    self.answer(req, Reply::Done);
                }
                return;
            }
            Err(failure) => failure,
        };
        self.log(
            Level::Warn,
            format!(
                "the authority did not take a heartbeat of {id}: {}",
                failure.code()
            ),
        );
        if failure.code() == "not_found" {
            self.repair(id);
        }
        if let Some(req) = req {
            let refusal = match self.endpoints.get(id) {
                // Also if it was forgotten: it is being told anew.
                Some(_) => authority_unavailable(),
                None => endpoint_unknown(id),
            };
            self.refuse(req, refusal);
        }
    }

    /// The authority has forgotten an endpoint: it is told anew, under the same nonce (W57).
    fn repair(&mut self, id: &EndpointId) {
        let Some(endpoint) = self.endpoints.get(id) else {
            return;
        };
        let identity = &endpoint.identity;
        let endpoint = new_endpoint(&identity.metadata, &identity.nonce, identity.process.pid);
        self.call(Call::Register(endpoint), Then::Repair(id.clone()));
    }

    fn repaired(&mut self, id: &EndpointId, result: Result<Registered, Failure>) {
        match result {
            Ok(registered) => {
                let theirs = EndpointId::from(registered.endpoint_id);
                if self.endpoints.get(id).is_none() {
                    // It closed meanwhile, and is now known there once more.
                    return self.emit_unregister(&theirs);
                }
                let told = if theirs == *id {
                    format!("endpoint {id} is known to the authority")
                } else {
                    format!("endpoint {id} is known to the authority as {theirs}")
                };
                self.log(Level::Info, told);
                self.network.names.set(id, &theirs);
                self.schedule_heartbeat(id, registered.heartbeat_after);
            }
            Err(failure) => self.log(
                Level::Warn,
                format!(
                    "the authority does not take endpoint {id}: {}",
                    failure.code()
                ),
            ),
        }
    }

    /// Gives a message to the network.
    pub(in crate::core) fn hand_to_network(&mut self, message: Outbound, job: SendJob) {
        self.call(Call::Send(Box::new(message)), Then::Send(Box::new(job)));
    }

    fn sent(&mut self, job: SendJob, result: Result<Accepted, SendFailure>) {
        let now = self.now.wall;
        let outcome = match result {
            Ok(accepted) => {
                let status = match accepted {
                    Accepted::Delivered => SendStatus::Delivered,
                    Accepted::Stored => SendStatus::Stored,
                };
                let mut change = ReceiptChange::new(ReceiptState::Durable, 0, now);
                change.status = Some(status);
                self.op(Op::receipt(job.seq, change));
                if let Some(source) = &job.source {
                    self.add_to_ring(source, &job.correlation);
                }
                self.receipt_moved(&job.message, ReceiptState::Durable);
                Ok((job.message, status))
            }
            Err(SendFailure::OutcomeUnknown) => {
                // With a key the same message can be sent again; without one nobody will ask.
                let keyed = job.key.is_some();
                if !keyed {
                    self.op(Op::MessageDelete(job.seq));
                }
                Err(Refusal::new(
                    503,
                    "connector_send_outcome_unknown",
                    "nobody knows whether the network took the message",
                )
                .retryable(keyed))
            }
            Err(SendFailure::Unavailable) => {
                // What an earlier try may have sent keeps its id for the next one.
                if !job.repeats {
                    self.op(Op::MessageDelete(job.seq));
                }
                Err(Refusal::new(
                    503,
                    "connector_unavailable",
                    "the network cannot be reached; nothing was sent",
                )
                .retryable(true))
            }
            Err(SendFailure::Rejected { code, message }) => {
                self.op(Op::MessageDelete(job.seq));
                Err(match code.as_str() {
                    "recipient_unknown" => Refusal::new(404, "recipient_unknown", message),
                    "recipient_not_live" => Refusal::new(409, "recipient_not_live", message),
                    _ => Refusal::new(422, "recipient_rejected", message)
                        .with("connector_code", code),
                })
            }
        };
        self.send_done(job.req, job.key, job.fingerprint, outcome);
    }

    /// Tells the authority that an endpoint is gone, after everything else about it.
    pub(in crate::core) fn emit_unregister(&mut self, id: &EndpointId) {
        self.emit(
            Lane::Endpoint(id.clone()),
            "unregister",
            json!({"endpoint_id": self.name_abroad(id).as_str()}),
        );
    }

    /// Says what state an endpoint is in: to the log, and to the authority.
    pub(in crate::core) fn emit_state(&mut self, id: &EndpointId, state: &str, reason: &str) {
        self.log(Level::Info, format!("endpoint {id} {state}: {reason}"));
        let ts = crate::core::views::iso(self.now.wall);
        let name = self.name_abroad(id);
        self.emit(
            Lane::Endpoint(id.clone()),
            "transition_state",
            json!({"endpoint_id": name.as_str(), "state": state, "reason": reason, "ts": ts}),
        );
    }

    /// Tells the authority what an endpoint works on (protocol §10.2).
    pub(in crate::core) fn emit_task_hint(&mut self, id: &EndpointId, hint: &str) {
        let name = self.name_abroad(id);
        self.emit(
            Lane::Endpoint(id.clone()),
            "update_display_metadata",
            json!({"endpoint_id": name.as_str(), "task_hint": hint}),
        );
    }
}

/// Returns what the authority said as the answer of a route (protocol §3.5).
fn authority(failure: &Failure) -> Refusal {
    match failure {
        Failure::Terminal { .. } => Refusal::new(
            502,
            "authority_rejected",
            format!("the authority refuses: {}", failure.code()),
        ),
        Failure::Transient { .. } | Failure::OutcomeUnknown => authority_unavailable(),
    }
}

fn authority_unavailable() -> Refusal {
    Refusal::new(
        503,
        "authority_unavailable",
        "the authority cannot be asked at present",
    )
    .retryable(true)
}

fn new_endpoint(metadata: &Metadata, nonce: &str, pid: u32) -> NewEndpoint {
    NewEndpoint {
        runtime_kind: metadata.kind.clone(),
        endpoint_nonce: nonce.to_owned(),
        display_label: display_label(metadata, pid),
        metadata: serde_json::to_value(metadata).unwrap_or_else(|_| Value::Object(Map::new())),
    }
}

/// Returns how people are shown an endpoint elsewhere. Its session name stays here (protocol §3.5.1).
fn display_label(metadata: &Metadata, pid: u32) -> String {
    let folder = metadata.workspace.as_ref().and_then(|workspace| {
        let name = std::path::Path::new(&workspace.root).file_name()?;
        name.to_str()
    });
    let parts: Vec<&str> = [
        Some(metadata.kind.as_str()),
        folder,
        metadata.tracking_ref.as_deref(),
    ]
    .into_iter()
    .flatten()
    .filter(|part| !part.is_empty())
    .collect();
    if parts.is_empty() {
        return format!("kind-{:04}", pid % 10_000);
    }
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Workspace;

    #[test]
    fn a_label_says_kind_folder_and_reference() {
        let mut metadata = Metadata {
            kind: "claude-code".to_owned(),
            tracking_ref: Some("T-88".to_owned()),
            session_name: Some("private".to_owned()),
            ..Metadata::default()
        };
        metadata.workspace = Some(Workspace {
            root: "/home/u/shop".to_owned(),
            cwd: "/home/u/shop/api".to_owned(),
            remote: None,
            branch: None,
        });
        assert_eq!(display_label(&metadata, 1), "claude-code · shop · T-88");
        assert_eq!(display_label(&Metadata::default(), 51_207), "kind-1207");
    }
}
