//! Mail that is pulled: claimed, accepted, answered or settled.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::client::{Client, refused};
use super::pair::Pair;
use crate::support::eventually;

/// Someone who asks, and a worker that pulls its mail.
struct Desk {
    pair: Pair,
    asker: Client,
    worker: Client,
    a: String,
    w: String,
}

impl Desk {
    fn new() -> Option<Self> {
        let pair = Pair::new()?;
        let (asker, worker) = (pair.join(), pair.join());
        let a = asker.mailbox("asker");
        let w = worker.register(puller("worker"));
        Some(Self {
            pair,
            asker,
            worker,
            a,
            w,
        })
    }

    /// Asks the worker something. Returns the message id, which is the id in the inbox as well.
    fn ask(&self, content: &str) -> String {
        let to = format!("endpoint:{}", self.w);
        self.asker.send(&self.a, &to, content)
    }

    fn list(&self) -> Vec<Value> {
        list(&self.worker, &self.w)
    }

    fn claim(&self, id: &str) -> Result<Value, Value> {
        claim(&self.worker, &self.w, id)
    }

    /// Asks, claims, and accepts.
    fn accepted(&self, content: &str) -> Work<'_> {
        let id = self.ask(content);
        let claimed = self.claim(&id).unwrap();
        let work = Work::new(self, &claimed["assignment"]);
        work.report("adapter_accepted", 2, json!({})).unwrap();
        work
    }
}

/// The arguments of an endpoint that pulls.
fn puller(agent: &str) -> Value {
    json!({
        "agentId": agent, "kind": "demo",
        "runtimeCapabilities": ["background_exchange_v1"],
        "backgroundExchangeMode": "resident_endpoint",
    })
}

fn list(client: &Client, endpoint: &str) -> Vec<Value> {
    let listed = client.does("listUndispatched", json!({"endpointId": endpoint}));
    serde_json::from_value(listed).unwrap()
}

fn claim(client: &Client, endpoint: &str, id: &str) -> Result<Value, Value> {
    let args = json!([{"endpointId": endpoint, "undispatchedId": id}]);
    client.call("claimRuntimeAssignment", args)
}

/// An assignment of the worker.
struct Work<'a> {
    desk: &'a Desk,
    id: String,
    message: String,
}

impl<'a> Work<'a> {
    fn new(desk: &'a Desk, assignment: &Value) -> Self {
        Self {
            desk,
            id: assignment["assignmentId"].as_str().unwrap().to_owned(),
            message: assignment["sourceMessageId"].as_str().unwrap().to_owned(),
        }
    }

    /// Reports a state, with further members.
    fn report(&self, state: &str, sequence: u64, more: Value) -> Result<Value, Value> {
        let mut args = json!({
            "endpointId": self.desk.w, "sourceMessageId": self.message, "assignmentId": self.id,
            "stateEventId": format!("{}:{state}:{sequence}", self.id),
            "stateSequence": sequence, "state": state,
        });
        for (name, value) in more.as_object().unwrap() {
            args[name] = value.clone();
        }
        let worker = &self.desk.worker;
        worker.call("reportRuntimeProcessingState", json!([args]))
    }

    fn reply(&self, request: &str, content: &str) -> Result<Value, Value> {
        let args = json!([{
            "endpointId": self.desk.w, "sourceMessageId": self.message, "assignmentId": self.id,
            "replyRequestId": request, "content": content,
        }]);
        self.desk.worker.call("sendRuntimeAssignmentReply", args)
    }
}

#[test]
fn mail_for_an_endpoint_that_pulls_is_listed_and_not_pushed() {
    let Some(desk) = Desk::new() else { return };
    let id = desk.ask("please");
    let listed = desk.list();
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["id"], *id);
    assert_eq!(listed[0]["content"], "please");
    // The mailroom may have set it aside for this endpoint already.
    let policy = listed[0]["claim_policy"].as_str().unwrap();
    let policies = ["bound_session_pull_only", "assigned_in_progress"];
    assert!(policies.contains(&policy), "{policy}");
    let asked = json!({"endpointId": desk.w});
    let presence = desk.worker.does("readUndispatchedPresence", asked);
    assert_eq!(presence["bound_continuation_count"], 1);
    assert!(desk.worker.messages().is_empty());
}

#[test]
fn a_claim_that_is_accepted_and_answered_is_finished() {
    let Some(desk) = Desk::new() else { return };
    let id = desk.ask("two and two?");
    let claimed = desk.claim(&id).unwrap();
    assert_eq!(claimed["message"]["content"], "two and two?");
    assert_eq!(claimed["message"]["from"], format!("endpoint:{}", desk.a));
    let assignment = &claimed["assignment"];
    assert_eq!(assignment["undispatchedId"], *id);
    assert_eq!(assignment["deliveryIntent"], "external_handoff");
    assert_eq!(assignment["targetRef"]["projection_endpoint_id"], *desk.w);
    let work = Work::new(&desk, assignment);
    // Not before it is accepted.
    refused(work.reply("r1", "four"), "runtime_assignment_not_accepted");
    work.report("adapter_accepted", 2, json!({})).unwrap();
    work.report("processing_started", 3, json!({})).unwrap();
    let sent = work.reply("r1", "four").unwrap();
    let answer = desk.asker.receive(1).remove(0);
    assert_eq!(answer.source_message_id, sent["messageId"]);
    assert_eq!(answer.content, "four");
    assert_eq!(answer.from, format!("endpoint:{}", desk.w));
    assert_eq!(
        answer.metadata["correlation_id"],
        assignment["replyCorrelationId"]
    );
    // The broker has told itself `reply_emitted`: there is nothing left to do.
    eventually("the record is gone", || {
        (desk.list().is_empty() && desk.pair.inbox().is_empty()).then_some(())
    });
    let receipt = desk.pair.get(&format!("/v1/receipts/{id}"));
    assert_eq!(receipt["state"], "confirmed", "{receipt}");
    assert_eq!(receipt["confirmed_by"], "assignment");
}

#[test]
fn a_reply_request_is_carried_out_once() {
    let Some(desk) = Desk::new() else { return };
    let work = desk.accepted("please");
    let first = work.reply("r1", "done").unwrap();
    let again = work.reply("r1", "done").unwrap();
    assert_eq!(first["messageId"], again["messageId"]);
    let conflict = work.reply("r1", "something else");
    refused(conflict, "runtime_assignment_reply_idempotency_conflict");
    let to = format!("endpoint:{}", desk.a);
    let last = desk.asker.send(&desk.a, &to, "the end");
    desk.asker.receive_id(&last);
    assert_eq!(desk.asker.messages().len(), 2, "one reply, and the end");
}

#[test]
fn a_reply_request_is_carried_out_once_even_over_a_crash() {
    let Some(desk) = Desk::new() else { return };
    let work = desk.accepted("please");
    let first = work.reply("r1", "done").unwrap();
    desk.pair.kill_broker();
    desk.worker.connected(2);
    desk.asker.connected(2);
    desk.pair.becomes(&desk.w, "active");
    desk.pair.becomes(&desk.a, "active");
    let again = work.reply("r1", "done").unwrap();
    assert_eq!(first["messageId"], again["messageId"]);
    let conflict = work.reply("r1", "something else");
    refused(conflict, "runtime_assignment_reply_idempotency_conflict");
}

#[test]
fn an_accepted_assignment_can_be_answered_after_a_crash() {
    let Some(desk) = Desk::new() else { return };
    let work = desk.accepted("please");
    desk.pair.kill_broker();
    desk.worker.connected(2);
    desk.asker.connected(2);
    desk.pair.becomes(&desk.w, "active");
    desk.pair.becomes(&desk.a, "active");
    let sent = work.reply("r1", "done").unwrap();
    let answer = desk.asker.receive_id(sent["messageId"].as_str().unwrap());
    assert_eq!(answer.content, "done");
}

#[test]
fn a_reply_to_what_nobody_assigned_is_stale() {
    let Some(desk) = Desk::new() else { return };
    let unknown = json!({"assignmentId": "asg_unknown", "sourceMessageId": "msg_unknown"});
    let error = Work::new(&desk, &unknown).reply("r1", "x").unwrap_err();
    assert_eq!(error["code"], "reply_handle_stale", "{error}");
    assert_eq!(error["brokerCode"], "runtime_assignment_unknown");
}

#[test]
fn states_that_belong_to_the_broker_or_come_late_are_refused() {
    let Some(desk) = Desk::new() else { return };
    let work = desk.accepted("please");
    let own = work.report("reply_emitted", 3, json!({}));
    refused(own, "reply_emitted_broker_owned");
    // The same event once more is no event; another one must be later.
    work.report("adapter_accepted", 2, json!({})).unwrap();
    let late = work.report("processing_started", 2, json!({})).unwrap_err();
    assert_eq!(late["code"], "runtime_processing_state_rejected", "{late}");
    assert_eq!(late["assignmentFailureCategory"], "acceptance_rejected");
}

#[test]
fn work_that_failed_before_it_was_accepted_can_be_claimed_again() {
    let Some(desk) = Desk::new() else { return };
    let id = desk.ask("please");
    let claimed = desk.claim(&id).unwrap();
    let work = Work::new(&desk, &claimed["assignment"]);
    work.report("processing_failed", 2, json!({"retryable": true}))
        .unwrap();
    assert_eq!(desk.list()[0]["id"], *id);
    let again = desk.claim(&id).unwrap();
    let again = Work::new(&desk, &again["assignment"]);
    again.report("adapter_accepted", 2, json!({})).unwrap();
    again.reply("r1", "done").unwrap();
    assert_eq!(desk.asker.receive(1)[0].content, "done");
}

#[test]
fn mail_for_the_node_is_claimed_by_one() {
    let Some(desk) = Desk::new() else { return };
    let other = desk.pair.join();
    let o = other.register(puller("other"));
    let id = desk.asker.send(&desk.a, "node:self", "anyone?");
    for (client, endpoint) in [(&desk.worker, &desk.w), (&other, &o)] {
        let listed = list(client, endpoint);
        assert_eq!(listed[0]["claim_policy"], "node_pull_only", "{listed:?}");
    }
    let claimed = desk.claim(&id).unwrap();
    let work = Work::new(&desk, &claimed["assignment"]);
    let listed = list(&other, &o);
    assert_eq!(listed[0]["claim_policy"], "assigned_in_progress");
    assert_eq!(listed[0]["active_assignment_id"], *work.id);
    assert_eq!(listed[0]["active_target_endpoint_id"], *desk.w);
    refused(claim(&other, &o, &id), "runtime_assignment_in_progress");
    // The one who has it may ask again until it is accepted.
    let again = desk.claim(&id).unwrap();
    assert_eq!(again["assignment"]["assignmentId"], *work.id);
    work.report("adapter_accepted", 2, json!({})).unwrap();
    refused(desk.claim(&id), "runtime_assignment_in_progress");
}

#[test]
fn what_a_process_claimed_and_did_not_accept_is_back_when_it_dies() {
    let Some(desk) = Desk::new() else { return };
    let other = desk.pair.join();
    let o = other.register(puller("other"));
    let id = desk.asker.send(&desk.a, "node:self", "anyone?");
    desk.claim(&id).unwrap();
    desk.worker.signal(Signal::KILL);
    eventually("it can be claimed by another", || {
        claim(&other, &o, &id).ok()
    });
}

#[test]
fn an_endpoint_that_declares_nothing_cannot_claim() {
    let Some(desk) = Desk::new() else { return };
    let id = desk.asker.send(&desk.a, "node:self", "anyone?");
    let outcome = claim(&desk.asker, &desk.a, &id);
    refused(outcome, "missing_background_exchange_v1");
}

#[test]
fn listing_without_an_endpoint_needs_exactly_one() {
    let Some(desk) = Desk::new() else { return };
    desk.ask("please");
    let listed = desk.worker.does("listUndispatched", json!({}));
    assert_eq!(listed.as_array().unwrap().len(), 1);
    desk.worker.mailbox("another");
    let outcome = desk.worker.call("listUndispatched", json!([{}]));
    refused(outcome, "ambiguous_endpoint");
}

#[test]
fn mail_is_staged_for_a_worker_that_waits_as_soon_as_it_arrives() {
    let Some(desk) = Desk::new() else { return };
    let poll = || {
        let args = json!([{
            "plugin_pid": desk.worker.pid(), "endpoint_id": desk.w, "timeout_ms": 20_000,
        }]);
        desk.worker
            .begin("awaitStagedDelivery", json!({"args": args}))
    };
    let waiting = poll();
    let id = desk.ask("please");
    let asked = Instant::now();
    let staged = waiting.end().unwrap();
    // Not at the next tick of the mailroom, which comes every 20 seconds.
    assert!(asked.elapsed() < Duration::from_secs(5));
    let item = &staged["items"][0];
    assert_eq!(item["undispatched_id"], *id);
    assert_eq!(item["message"]["content"], "please");
    // Offered until it is accepted.
    let again = poll().end().unwrap();
    assert_eq!(again["items"][0]["assignment_id"], item["assignment_id"]);
    let assignment = json!({"assignmentId": item["assignment_id"], "sourceMessageId": id});
    let work = Work::new(&desk, &assignment);
    // The broker raises the number of a staged assignment itself.
    work.report("adapter_accepted", 1, json!({})).unwrap();
    work.reply("r1", "done").unwrap();
    assert_eq!(desk.asker.receive(1)[0].content, "done");
}

#[test]
fn nobody_waits_longer_for_staged_mail_than_he_wanted() {
    let Some(desk) = Desk::new() else { return };
    let args = json!({"plugin_pid": desk.worker.pid(), "endpoint_id": desk.w, "timeout_ms": 50});
    let staged = desk.worker.does("awaitStagedDelivery", args);
    assert_eq!(staged, json!({"items": []}));
}

#[test]
fn mail_that_needs_no_answer_is_settled() {
    let Some(desk) = Desk::new() else { return };
    let id = desk.ask("for your information");
    let settle = |id: &str| {
        let args =
            json!({"plugin_pid": desk.worker.pid(), "endpoint_id": desk.w, "undispatched_id": id});
        desk.worker.does("selfSettleUndispatched", args)
    };
    let settled = settle(&id);
    let expected = json!({"settled": true, "remove_reason": "handled_no_reply"});
    assert_eq!(settled, expected);
    assert!(desk.list().is_empty());
    let receipt = desk.pair.get(&format!("/v1/receipts/{id}"));
    assert_eq!(receipt["state"], "settled", "{receipt}");
    assert_eq!(receipt["reason"], "handled_no_reply");
    // A refusal is a value, not an exception.
    let unknown = settle("msg_unknown");
    assert!(unknown["error"].is_string(), "{unknown}");
}

#[test]
fn a_conversation_can_be_read_by_those_who_took_part() {
    let Some(desk) = Desk::new() else { return };
    let work = desk.accepted("a question");
    let reply = work.reply("r1", "an answer").unwrap();
    let answer = desk.asker.receive(1).remove(0);
    let thread = answer.metadata["correlation_id"].as_str().unwrap();
    let conversation = json!({"kind": "session_conversation", "id": format!("conv_{thread}")});
    let read = |client: &Client, endpoint: &str, page: Value| {
        let mut args = page;
        args["endpointId"] = json!(endpoint);
        args["conversationRef"] = conversation.clone();
        client.call("readRuntimeConversationHistory", json!([args]))
    };
    let whole = read(&desk.worker, &desk.w, json!({})).unwrap();
    let contents: Vec<_> = items(&whole).iter().map(|item| &item["content"]).collect();
    assert_eq!(contents, ["an answer", "a question"], "newest first");
    assert_eq!(whole["has_more"], false);
    let newest = read(&desk.worker, &desk.w, json!({"limit": 1})).unwrap();
    assert_eq!(items(&newest).len(), 1);
    assert_eq!(items(&newest)[0]["message_id"], reply["messageId"]);
    assert_eq!(newest["has_more"], true);
    let older = json!({"limit": 1, "before": reply["messageId"]});
    let older = read(&desk.worker, &desk.w, older).unwrap();
    assert_eq!(items(&older)[0]["message_id"], *work.message);
    let stranger = desk.pair.join();
    let s = stranger.register(puller("stranger"));
    refused(read(&stranger, &s, json!({})), "conversation_unknown");
    // Who pulls no mail may not, as it may not claim.
    let asker = read(&desk.asker, &desk.a, json!({}));
    refused(asker, "missing_background_exchange_v1");
}

fn items(history: &Value) -> &[Value] {
    history["items"].as_array().unwrap()
}

#[test]
fn a_dispatched_message_is_pushed_as_an_assignment_and_can_be_answered() {
    let Some(desk) = Desk::new() else { return };
    let id = desk.asker.send(&desk.a, "node:self", "anyone?");
    let body = json!({"undispatched_id": id, "target_endpoint_id": desk.w});
    let (status, answer) = desk.pair.request("POST", "/v1/dispatch", &[], Some(&body));
    assert_eq!(status, 200, "{answer}");
    let message = desk.worker.receive_id(&id);
    assert_eq!(message.metadata["dispatched_from"], *id);
    assert_eq!(message.metadata["delivery_intent"], "external_handoff");
    let assignment = message.runtime_assignment.unwrap();
    assert_eq!(assignment["undispatchedId"], *id);
    let work = Work::new(&desk, &assignment);
    work.report("adapter_accepted", 2, json!({})).unwrap();
    work.reply("r1", "here").unwrap();
    assert_eq!(desk.asker.receive(1)[0].content, "here");
}
