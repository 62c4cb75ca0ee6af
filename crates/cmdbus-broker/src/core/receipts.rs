//! What became of a message, told to its sender (protocol §6.5).

use std::time::Duration;

use rustc_hash::FxHashMap;
use serde_json::{Map, Value, json};

use super::endpoint::Known;
use super::ownership::token_mismatch;
use super::views::iso;
use super::{Caller, Core, Found, Goal, Level, Query, Refusal, Reply, ReqId, Sender, Then, Timer};
use crate::ids::{EndpointId, MessageId};
use crate::store::{ReceiptRecord, ReceiptState, StoreError};

/// Longest wait for a receipt.
const LONGEST_WAIT: Duration = Duration::from_secs(25);
/// Requests that may wait for receipts at once.
const WATCHES: usize = 10_000;

/// Who waits for which receipt.
#[derive(Debug, Default)]
pub(super) struct Watches {
    watches: FxHashMap<ReqId, Watch>,
    messages: FxHashMap<MessageId, Vec<ReqId>>,
}

#[derive(Debug)]
struct Watch {
    message: MessageId,
    caller: Caller,
    goal: Goal,
}

impl Watches {
    pub(super) fn is_watched(&self, message: &MessageId) -> bool {
        self.messages.contains_key(message)
    }

    fn insert(&mut self, req: ReqId, watch: Watch) {
        let reqs = self.messages.entry(watch.message.clone()).or_default();
        reqs.push(req);
        self.watches.insert(req, watch);
    }

    fn remove(&mut self, req: ReqId) -> Option<Watch> {
        let watch = self.watches.remove(&req)?;
        if let Some(reqs) = self.messages.get_mut(&watch.message) {
            reqs.retain(|has| *has != req);
            if reqs.is_empty() {
                self.messages.remove(&watch.message);
            }
        }
        Some(watch)
    }
}

impl Core {
    pub(super) fn show_receipt(
        &mut self,
        req: ReqId,
        caller: &Caller,
        message: MessageId,
        wait: Option<(Goal, Duration)>,
    ) {
        let goal = wait
            .filter(|(_, timeout)| !timeout.is_zero() && !self.shutting_down)
            .filter(|_| self.receipts.watches.len() < WATCHES);
        if let Some((goal, timeout)) = goal {
            // From here on no change is missed, although the store has not been asked yet.
            let until = self.now.mono + timeout.min(LONGEST_WAIT);
            self.timers.set(Timer::Watch(req), until);
            self.receipts.insert(
                req,
                Watch {
                    message: message.clone(),
                    caller: caller.clone(),
                    goal,
                },
            );
        }
        self.ask_receipt(req, caller, message, goal.map(|(goal, _)| goal));
    }

    fn ask_receipt(&mut self, req: ReqId, caller: &Caller, message: MessageId, wait: Option<Goal>) {
        if let Some((endpoint, pos)) = self.unwritten.get(&message).cloned() {
            self.record_push_at(&endpoint, pos);
        }
        let then = Then::Receipt {
            req,
            caller: caller.clone(),
            wait,
        };
        self.ask(Query::Receipt(message), then);
    }

    pub(super) fn receipt_found(
        &mut self,
        req: ReqId,
        caller: &Caller,
        wait: Option<Goal>,
        found: Result<Found, StoreError>,
    ) {
        let result = match found {
            Ok(Found::Receipt(Some(record))) => self.check_sender(caller, &record).map(|()| record),
            Ok(_) => Err(receipt_unknown()),
            Err(error) => {
                self.log(Level::Error, format!("cannot read a receipt: {error}"));
                Err(Refusal::storage_unavailable())
            }
        };
        if let Some(goal) = wait {
            // Whoever waits no more has been seen to: the state was reached meanwhile, or nobody is there.
            if !self.receipts.watches.contains_key(&req) {
                return;
            }
            if let Ok(record) = &result
                && !reached(goal, record.receipt.state)
            {
                return;
            }
            self.unwatch(req);
        }
        match result {
            Ok(record) => self.answer(req, Reply::Json(receipt_view(&record))),
            Err(refusal) => self.refuse(req, refusal),
        }
    }

    /// A receipt may be seen by whoever may act for its sender.
    fn check_sender(&self, caller: &Caller, record: &ReceiptRecord) -> Result<(), Refusal> {
        let Some(sender) = record.sender.strip_prefix("endpoint:") else {
            return Ok(());
        };
        self.check_sender_endpoint(caller, &sender.into())
    }

    fn check_sender_endpoint(&self, caller: &Caller, id: &EndpointId) -> Result<(), Refusal> {
        match self.endpoints.latest(id) {
            Some(Known::Live(endpoint)) => self.check_owner(caller, &endpoint.identity),
            // The process of a closed endpoint proves nothing any more; its owner token does.
            Some(Known::Closed(tombstone)) => {
                let wrong = caller
                    .owner
                    .is_some_and(|owner| owner != tombstone.identity.owner);
                let missing = self.figures.strict_ownership && caller.owner.is_none();
                if wrong || missing {
                    return Err(token_mismatch(id));
                }
                Ok(())
            }
            None if self.figures.strict_ownership => Err(token_mismatch(id)),
            None => Ok(()),
        }
    }

    pub(super) fn show_receipt_by_key(
        &mut self,
        req: ReqId,
        caller: &Caller,
        sender: &Sender,
        key: String,
    ) -> Result<(), Refusal> {
        if let Sender::Endpoint(id) = sender {
            self.check_sender_endpoint(caller, id)?;
        }
        let query = Query::ReceiptByKey {
            senders: self.senders(sender),
            key,
        };
        self.write_pushes();
        self.ask(
            query,
            Then::Receipt {
                req,
                caller: caller.clone(),
                wait: None,
            },
        );
        Ok(())
    }

    pub(super) fn show_open_receipts(
        &mut self,
        req: ReqId,
        caller: &Caller,
        sender: &Sender,
        after: Option<MessageId>,
        limit: usize,
    ) -> Result<(), Refusal> {
        if let Sender::Endpoint(id) = sender {
            self.check_sender_endpoint(caller, id)?;
        }
        self.write_pushes();
        let query = Query::OpenReceipts {
            senders: self.senders(sender),
            after,
            limit,
        };
        self.ask(query, Then::Receipts { req });
        Ok(())
    }

    /// Says in every receipt that its message was pushed, where it does not say so yet.
    fn write_pushes(&mut self) {
        let all: Vec<_> = self.unwritten.values().cloned().collect();
        for (endpoint, pos) in all {
            self.record_push_at(&endpoint, pos);
        }
    }

    pub(super) fn receipts_found(&mut self, req: ReqId, found: Result<Found, StoreError>) {
        match found {
            Ok(Found::Receipts(page)) => {
                let mut body = Map::new();
                let items: Vec<Value> = page.items.iter().map(receipt_view).collect();
                if page.more
                    && let Some(last) = page.items.last()
                {
                    body.insert("next".to_owned(), last.id.as_str().into());
                }
                body.insert("items".to_owned(), items.into());
                self.answer(req, Reply::Json(Value::Object(body)));
            }
            Ok(_) => self.refuse(req, receipt_unknown()),
            Err(error) => {
                self.log(Level::Error, format!("cannot read receipts: {error}"));
                self.refuse(req, Refusal::storage_unavailable());
            }
        }
    }

    /// The receipt of a message has changed: whoever waits for that is answered, after the commit.
    pub(super) fn receipt_moved(&mut self, message: &MessageId, state: ReceiptState) {
        let Some(reqs) = self.receipts.messages.get(message) else {
            return;
        };
        let there: Vec<ReqId> = reqs
            .iter()
            .filter(|req| {
                let watch = self.receipts.watches.get(req);
                watch.is_some_and(|watch| reached(watch.goal, state))
            })
            .copied()
            .collect();
        for req in there {
            self.answer_watch(req);
        }
    }

    /// Ends a wait with what the store holds after this step.
    fn answer_watch(&mut self, req: ReqId) {
        self.timers.clear(&Timer::Watch(req));
        if let Some(watch) = self.receipts.remove(req) {
            self.ask_receipt(req, &watch.caller, watch.message, None);
        }
    }

    pub(super) fn watch_over(&mut self, req: ReqId) {
        self.answer_watch(req);
    }

    pub(super) fn unwatch(&mut self, req: ReqId) {
        self.timers.clear(&Timer::Watch(req));
        self.receipts.remove(req);
    }

    /// Answers everybody who waits for a receipt, because the broker ends.
    pub(super) fn end_watches(&mut self) {
        let mut all: Vec<ReqId> = self.receipts.watches.keys().copied().collect();
        all.sort_unstable();
        for req in all {
            self.answer_watch(req);
        }
    }
}

/// Returns whether a wait is over.
fn reached(goal: Goal, state: ReceiptState) -> bool {
    state.is_end() || (goal == Goal::Pushed && state == ReceiptState::Pushed)
}

fn receipt_unknown() -> Refusal {
    Refusal::new(
        404,
        "receipt_unknown",
        "there is no receipt of this message",
    )
}

/// Returns a receipt as the protocol shows it. Never content.
fn receipt_view(record: &ReceiptRecord) -> Value {
    let receipt = &record.receipt;
    let mut view = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            view.insert(name.to_owned(), value);
        }
    };
    put("message_id", Some(record.id.as_str().into()));
    let endpoint = record.sender.strip_prefix("endpoint:");
    put("from_endpoint_id", endpoint.map(Value::from));
    put("to", Some(record.to.as_str().into()));
    put(
        "endpoint_id",
        receipt.endpoint.as_ref().map(|id| id.as_str().into()),
    );
    put(
        "undispatched_id",
        receipt
            .undispatched_id
            .as_ref()
            .map(|id| id.as_str().into()),
    );
    put(
        "status",
        receipt.status.map(|status| status.as_str().into()),
    );
    put("state", Some(receipt.state.as_str().into()));
    put("hop", Some(receipt.hop.into()));
    put("attempts", Some(receipt.attempts.into()));
    put("reason", receipt.reason.as_deref().map(Value::from));
    put(
        "confirmed_by",
        receipt.confirmed_by.map(|by| by.as_str().into()),
    );
    put(
        "idempotency_key",
        record.key.as_ref().map(|key| key.key.as_str().into()),
    );
    let times = &receipt.times;
    let times: Map<String, Value> = [
        ("accepted", times.accepted),
        ("durable", times.durable),
        ("pushed", times.pushed),
        ("inbox", times.inbox),
        ("ended", times.ended),
    ]
    .into_iter()
    .filter_map(|(name, at)| Some((name.to_owned(), iso(at?).into())))
    .collect();
    put("times", Some(json!(times)));
    put("expires_at", record.expires_at.map(|at| iso(at).into()));
    Value::Object(view)
}
