//! Claims of inbox records, and the work on them.

mod candidates;
mod claims;
mod dispatches;
mod history;
mod mailroom;
mod processing;
mod replies;
mod restarts;
mod review;

use cmdbus_broker::core::{
    AssignmentReply, Claim, Metadata, ProcessingState, Refusal, Reply, ReqId, Request,
};
use cmdbus_broker::ids::{AssignmentId, EndpointId, MessageId};
use serde_json::{Map, Value};

use crate::support::{Bench, caller, json, metadata, seconds};

/// An endpoint that takes messages in the background.
fn worker(agent: &str) -> Metadata {
    Metadata {
        runtime_capabilities: vec!["background_exchange_v1".to_owned()],
        background_exchange_mode: Some("resident_endpoint".to_owned()),
        ..metadata(agent)
    }
}

/// As [`worker`], for the turns of a session.
fn adapter(agent: &str, session: &str) -> Metadata {
    Metadata {
        background_exchange_mode: Some("adapter_managed_turn".to_owned()),
        runtime_session_id: Some(session.to_owned()),
        ..worker(agent)
    }
}

/// A worker with its process.
#[derive(Debug, Clone)]
struct Hand {
    pid: u32,
    id: EndpointId,
}

impl Hand {
    /// Opens a stream and registers on it.
    fn new(bench: &mut Bench, pid: u32, metadata: Metadata) -> Self {
        bench.stream(pid);
        let id = bench.register_with(pid, metadata);
        Self { pid, id }
    }

    fn claim(&self, bench: &mut Bench, undispatched: &str) -> Reply {
        let claim = Claim {
            endpoint: self.id.clone(),
            pid: self.pid,
            undispatched: Some(undispatched.into()),
        };
        bench.ask_as(caller(self.pid), Request::Claim(Box::new(claim)))
    }

    /// Claims a record and returns the answer.
    fn claimed(&self, bench: &mut Bench, undispatched: &MessageId) -> Value {
        json(self.claim(bench, undispatched.as_str()))
    }

    /// Claims a record.
    fn take(&self, bench: &mut Bench, undispatched: &MessageId) -> Work {
        let answer = self.claimed(bench, undispatched);
        Work {
            hand: self.clone(),
            source: undispatched.clone(),
            assignment: answer["assignment"]["assignmentId"]
                .as_str()
                .unwrap()
                .into(),
        }
    }

    /// Asks for staged messages without waiting for an answer.
    fn poll(&self, bench: &mut Bench, wait: u64) -> ReqId {
        let request = Request::StagedDelivery {
            endpoint: self.id.clone(),
            pid: self.pid,
            timeout: seconds(wait),
            mark_attempt: true,
        };
        bench.begin(caller(self.pid), request)
    }

    /// Takes what is staged now.
    fn staged(&self, bench: &mut Bench) -> Vec<Value> {
        let req = self.poll(bench, 0);
        items(bench.reply(req).expect("an answer"))
    }

    /// Returns ids and policies of what it may claim.
    fn candidates(&self, bench: &mut Bench) -> Vec<(String, String)> {
        self.claimable(bench)
            .iter()
            .map(|item| {
                let text = |name: &str| item[name].as_str().unwrap().to_owned();
                (text("id"), text("claim_policy"))
            })
            .collect()
    }

    fn claimable(&self, bench: &mut Bench) -> Vec<Value> {
        let request = Request::Claimable {
            endpoint: Some(self.id.clone()),
        };
        items(bench.ask_as(caller(self.pid), request))
    }

    fn waiting(&self, bench: &mut Bench) -> u64 {
        let endpoint = self.id.clone();
        let body = json(bench.ask(Request::WaitingCount { endpoint }));
        body["bound_continuation_count"].as_u64().unwrap()
    }
}

/// A claim.
#[derive(Debug, Clone)]
struct Work {
    hand: Hand,
    source: MessageId,
    assignment: AssignmentId,
}

impl Work {
    fn of_staged(hand: &Hand, item: &Value) -> Self {
        Self {
            hand: hand.clone(),
            source: item["source_message_id"].as_str().unwrap().into(),
            assignment: item["assignment_id"].as_str().unwrap().into(),
        }
    }

    fn state(&self, state: &str, sequence: u64) -> ProcessingState {
        ProcessingState {
            endpoint: self.hand.id.clone(),
            pid: self.hand.pid,
            source: self.source.clone(),
            assignment: self.assignment.clone(),
            event: format!("{state}-{sequence}"),
            sequence,
            state: state.to_owned(),
            occurred_at: None,
            retryable: false,
            more: Map::new(),
        }
    }

    fn report(&self, bench: &mut Bench, state: &str, sequence: u64) -> Reply {
        let state = self.state(state, sequence);
        self.tell(bench, state)
    }

    fn tell(&self, bench: &mut Bench, state: ProcessingState) -> Reply {
        bench.ask_as(
            caller(self.hand.pid),
            Request::ProcessingState(Box::new(state)),
        )
    }

    fn accept(&self, bench: &mut Bench) {
        let reply = self.report(bench, "adapter_accepted", 2);
        assert_eq!(reply, Reply::Done);
    }

    fn answer(&self, request: &str, content: &str) -> AssignmentReply {
        AssignmentReply {
            endpoint: self.hand.id.clone(),
            pid: self.hand.pid,
            source: self.source.clone(),
            assignment: self.assignment.clone(),
            request: Some(request.to_owned()),
            content: content.to_owned(),
            content_type: "text".to_owned(),
            metadata: Map::new(),
        }
    }

    fn reply(&self, bench: &mut Bench, request: &str, content: &str) -> Reply {
        let reply = self.answer(request, content);
        self.say(bench, reply)
    }

    fn say(&self, bench: &mut Bench, reply: AssignmentReply) -> Reply {
        bench.ask_as(
            caller(self.hand.pid),
            Request::AssignmentReply(Box::new(reply)),
        )
    }
}

fn items(reply: Reply) -> Vec<Value> {
    json(reply)["items"].as_array().unwrap().clone()
}

/// Returns the message of a send.
fn message(reply: Reply) -> MessageId {
    match reply {
        Reply::Sent { message, .. } => message,
        other => panic!("not sent: {other:?}"),
    }
}

fn refusal(reply: Reply) -> Refusal {
    match reply {
        Reply::Refused(refusal) => *refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// Returns code and category of a refusal.
fn category(reply: Reply) -> (&'static str, String) {
    let refusal = refusal(reply);
    let category = refusal.extra.get("assignment_failure_category");
    let category = category.and_then(Value::as_str).unwrap_or_default();
    (refusal.code, category.to_owned())
}

/// Returns how many claims are not finished.
fn claims(bench: &mut Bench) -> u64 {
    json(bench.ask(Request::Status))["assignments"]
        .as_u64()
        .unwrap()
}
