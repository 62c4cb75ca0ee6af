//! Control events: each is run once for its key, and what it came to is remembered (protocol §8).
//!
//! `event.rs` says what an event is, `outcomes.rs` what is remembered, `spawns.rs` follows spawned processes.
//! Events are run in the order in which they come. What is remembered is stored in the step that changes
//! something, so a key whose effect is durable has its outcome, and one without an outcome had no effect. The
//! key of a spawn is its token, so no key is ever written to the log.

mod event;
mod outcomes;
mod spawns;

use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

use super::dispatch::{Dispatch, DispatchFailure, Origin};
use super::outgoing::{CONTROL_ACK, Lane};
use super::{Core, Effect, Level, Refusal, Reply, ReqId};
use crate::ids::EndpointId;
use crate::store::{Loaded, Op};
use event::{ControlEvent, Unreadable};
use outcomes::{Outcome, Outcomes};
use spawns::Spawns;

/// Longest key, in bytes: ten thousand of them are kept in memory.
const KEY_BYTES: usize = 256;
/// Longest detail, in characters.
const DETAIL_CHARS: usize = 300;

/// Control events that are being run, and what others came to.
#[derive(Debug, Default)]
pub(super) struct Control {
    outcomes: Outcomes,
    /// Who waits for an event that is being run, by key.
    running: FxHashMap<String, Vec<ReqId>>,
    /// Keys of the events that wait for an endpoint to be closed.
    closings: FxHashMap<EndpointId, Vec<String>>,
    /// What the control port is told when the acknowledgement of a key is stored.
    handles: FxHashMap<String, Vec<u64>>,
    spawns: Spawns,
}

impl Control {
    pub(super) fn pending_spawns(&self) -> usize {
        self.spawns.pending_count()
    }

    /// Returns what is remembered of a key, if it is not being run.
    fn recorded(&self, key: &str) -> Option<Outcome> {
        match self.outcomes.get(key) {
            Some(outcome) => Some(outcome.clone()),
            // Its record made room for newer keys, and the process is still awaited.
            None if self.spawns.is_pending(key) => Some(Outcome::received()),
            None => None,
        }
    }
}

/// A control event that did not do what it says.
#[derive(Debug)]
struct Failure {
    detail: String,
    /// Whether the same event may do it later. It is then not remembered, so that a repetition runs.
    transient: bool,
}

impl From<DispatchFailure> for Failure {
    fn from(failure: DispatchFailure) -> Self {
        Self {
            detail: failure.detail,
            transient: failure.transient,
        }
    }
}

impl Core {
    pub(super) fn control_event(
        &mut self,
        req: ReqId,
        event: Map<String, Value>,
    ) -> Result<(), Refusal> {
        let key = event.get("idempotency_key").and_then(Value::as_str);
        let key = key
            .filter(|key| !key.is_empty() && key.len() <= KEY_BYTES)
            .ok_or_else(|| {
                Refusal::invalid(
                    "idempotency_key",
                    format!("`idempotency_key` must be a string of 1 to {KEY_BYTES} bytes"),
                )
            })?
            .to_owned();
        if let Some(waiting) = self.control.running.get_mut(&key) {
            waiting.push(req);
            return Ok(());
        }
        if let Some(outcome) = self.control.recorded(&key) {
            self.answer(req, Reply::Json(outcome.ack(&key)));
            return Ok(());
        }
        self.control.running.insert(key.clone(), vec![req]);
        self.run_event(&key, event);
        Ok(())
    }

    /// An event has come by the control port. It is taken from there when its acknowledgement is stored (W52).
    pub(super) fn control_arrived(&mut self, handle: u64, event: Map<String, Value>) {
        let key = event.get("idempotency_key").and_then(Value::as_str);
        let Some(key) = key.filter(|key| !key.is_empty() && key.len() <= KEY_BYTES) else {
            self.log(Level::Warn, "a control event without a key is ignored");
            self.effect(Effect::ControlTaken(handle));
            return;
        };
        let key = key.to_owned();
        let handles = self.control.handles.entry(key.clone()).or_default();
        handles.push(handle);
        if self.control.running.contains_key(&key) {
            return;
        }
        if let Some(outcome) = self.control.recorded(&key) {
            self.acknowledge(&key, &outcome);
            return;
        }
        self.control.running.insert(key.clone(), Vec::new());
        self.run_event(&key, event);
    }

    /// Acknowledges an event to whoever sent it by the control port.
    fn acknowledge(&mut self, key: &str, outcome: &Outcome) {
        let lane = Lane::Control(key.to_owned());
        if !self.emit(lane, CONTROL_ACK, outcome.ack(key)) {
            // It is not taken from its port, so it comes again, and is acknowledged then.
            self.control.handles.remove(key);
            return;
        }
        for handle in self.control.handles.remove(key).unwrap_or_default() {
            self.effect(Effect::ControlTaken(handle));
        }
    }

    fn run_event(&mut self, key: &str, event: Map<String, Value>) {
        match event::read(event) {
            Ok(event) => self.run(key, event),
            Err(Unreadable::Version) => {
                self.conclude(key, Outcome::failed("unsupported_protocol_version"));
            }
            // So that a broker that does not know an event does not block those behind it.
            Err(Unreadable::Unknown) => {
                self.conclude(key, Outcome::applied(Some("unknown_variant_dropped")));
            }
        }
    }

    fn run(&mut self, key: &str, event: ControlEvent) {
        match event {
            ControlEvent::Dispatch(event) => {
                let done = self.dispatch_to(&Dispatch {
                    undispatched: &event.undispatched,
                    source: event.source.as_ref(),
                    target: &event.target,
                    origin: Origin::Control(event.target_ref.as_ref()),
                });
                match done {
                    Ok(()) => self.conclude(key, Outcome::applied(None)),
                    Err(failure) => self.fail(key, failure.into()),
                }
            }
            ControlEvent::Spawn {
                runtime_kind,
                prompt,
            } => self.spawn_requested(key, runtime_kind, prompt),
            ControlEvent::ForceUnregister { endpoint } => self.force_unregister(key, endpoint),
            ControlEvent::Nudge => {
                self.wake_mailroom();
                self.conclude(key, Outcome::applied(None));
            }
            ControlEvent::OwnerSessionDelivery => {
                self.conclude(key, Outcome::failed("no_handler:owner_session_delivery"));
            }
        }
    }

    fn force_unregister(&mut self, key: &str, endpoint: EndpointId) {
        if self.endpoints.get(&endpoint).is_none() {
            self.conclude(key, Outcome::applied(None));
            return;
        }
        let waiting = self.control.closings.entry(endpoint.clone()).or_default();
        waiting.push(key.to_owned());
        self.close(&endpoint, "explicit_unregister");
    }

    /// An endpoint is closed, in this step.
    pub(super) fn control_closed(&mut self, id: &EndpointId) {
        for key in self.control.closings.remove(id).unwrap_or_default() {
            self.conclude(&key, Outcome::applied(None));
        }
    }

    /// Answers with a failure, and remembers it if it is for good.
    fn fail(&mut self, key: &str, failure: Failure) {
        let outcome = Outcome::failed(short(&failure.detail));
        // Where something is remembered already, the sender was promised the end of it.
        if failure.transient && self.control.recorded(key).is_none() {
            self.answer_waiting(key, &outcome);
            self.acknowledge(key, &outcome);
        } else {
            self.conclude(key, outcome);
        }
    }

    /// Remembers what an event came to, and answers everybody who waits for it.
    fn conclude(&mut self, key: &str, outcome: Outcome) {
        self.answer_waiting(key, &outcome);
        self.remember(key, outcome);
    }

    fn remember(&mut self, key: &str, outcome: Outcome) {
        self.acknowledge(key, &outcome);
        let most = self.figures.control_outcome_keys;
        let put = self.control.outcomes.put(key, outcome, self.now.wall, most);
        self.op(Op::ControlPut(Box::new(put.row)));
        if let Some(before) = put.purge {
            self.op(Op::ControlPurge { before });
        }
    }

    fn answer_waiting(&mut self, key: &str, outcome: &Outcome) {
        let Some(waiting) = self.control.running.remove(key) else {
            return;
        };
        self.log(Level::Info, format!("control event: {outcome}"));
        for req in waiting {
            self.answer(req, Reply::Json(outcome.ack(key)));
        }
    }

    pub(super) fn control_outcome(&mut self, req: ReqId, key: &str) -> Result<(), Refusal> {
        let outcome = self.control.recorded(key).ok_or_else(|| {
            Refusal::new(
                404,
                "control_unknown",
                "nothing is recorded for a control event with this key",
            )
        })?;
        self.answer(req, Reply::Json(outcome.ack(key)));
        Ok(())
    }

    pub(super) fn restore_control(&mut self, loaded: &mut Loaded) {
        let most = self.figures.control_outcome_keys;
        let mut unreadable = 0;
        for row in std::mem::take(&mut loaded.control) {
            unreadable += usize::from(!self.control.outcomes.restore(&row));
        }
        if unreadable > 0 {
            self.log(
                Level::Error,
                format!("{unreadable} outcomes of control events cannot be read"),
            );
        }
        if let Some(before) = self.control.outcomes.shrink(most) {
            self.op(Op::ControlPurge { before });
        }
        self.restore_spawns(std::mem::take(&mut loaded.spawns));
    }

    pub(super) fn sweep_control(&mut self) {
        let before = self.now.wall - Self::millis(self.figures.control_outcomes);
        if self.control.outcomes.sweep(before) {
            self.op(Op::ControlPurge { before });
        }
    }
}

/// Cuts a detail, part of which may come from the event.
fn short(detail: &str) -> &str {
    match detail.char_indices().nth(DETAIL_CHARS) {
        Some((end, _)) => &detail[..end],
        None => detail,
    }
}
