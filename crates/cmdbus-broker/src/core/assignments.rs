use super::*;
use crate::ids::{AssignmentId, UndispatchedId};
#[derive(Debug, Default)]
pub(super) struct Assignments;
impl Assignments {
    pub(super) fn count(&self) -> usize {
        0
    }
}
#[derive(Debug)]
pub(super) enum Then {}
fn later() -> Refusal {
    Refusal::new(503, "runtime_self_claim_unsupported", "later")
}
impl Core {
    pub(super) fn claimable(
        &mut self,
        _req: ReqId,
        _caller: &Caller,
        _endpoint: Option<EndpointId>,
    ) -> Result<(), Refusal> {
        Err(later())
    }
    pub(super) fn waiting_count(
        &mut self,
        _req: ReqId,
        _endpoint: &EndpointId,
    ) -> Result<(), Refusal> {
        Err(later())
    }
    pub(super) fn claim(
        &mut self,
        _req: ReqId,
        _caller: &Caller,
        _claim: Claim,
    ) -> Result<(), Refusal> {
        Err(later())
    }
    pub(super) fn assignment_reply(
        &mut self,
        _req: ReqId,
        _caller: &Caller,
        _reply: AssignmentReply,
    ) -> Result<(), Refusal> {
        Err(later())
    }
    pub(super) fn processing_state(
        &mut self,
        _req: ReqId,
        _caller: &Caller,
        _state: ProcessingState,
    ) -> Result<(), Refusal> {
        Err(later())
    }
    pub(super) fn self_settle(
        &mut self,
        _req: ReqId,
        _caller: &Caller,
        _endpoint: &EndpointId,
        _pid: u32,
        _undispatched: Option<UndispatchedId>,
    ) -> Result<(), Refusal> {
        Err(later())
    }
    pub(super) fn staged_delivery(
        &mut self,
        _req: ReqId,
        _caller: &Caller,
        _endpoint: &EndpointId,
        _pid: u32,
        _timeout: std::time::Duration,
        _mark: bool,
    ) -> Result<(), Refusal> {
        Err(later())
    }
    pub(super) fn history(
        &mut self,
        _req: ReqId,
        _caller: &Caller,
        _history: History,
    ) -> Result<(), Refusal> {
        Err(later())
    }
    pub(super) fn assignments_read(&mut self, then: Then, _found: Result<Found, StoreError>) {
        match then {}
    }
    pub(super) fn release_assignments(&mut self, _id: &EndpointId) {}
    pub(super) fn assignment_view(&self, _id: &AssignmentId) -> Option<serde_json::Value> {
        None
    }
    pub(super) fn assigned_received(&mut self, _entry: &queue::Entry) {}
    pub(super) fn wake_mailroom(&mut self) {}
    pub(super) fn mailroom_due(&mut self) {}
    pub(super) fn assignment_due(&mut self, _id: &AssignmentId) {}
    pub(super) fn poll_over(&mut self, _req: ReqId) {}
    pub(super) fn forget_poll(&mut self, _req: ReqId) {}
    pub(super) fn end_polls(&mut self) {}
    pub(super) fn dispatch_assigned(
        &mut self,
        _seq: Seq,
        _target: &EndpointId,
        _extra: serde_json::Map<String, serde_json::Value>,
    ) -> Result<(), String> {
        Err("later".to_owned())
    }
    pub(super) fn sweep_assignments(&mut self) {}
    pub(super) fn restore_assignments(&mut self, _loaded: &mut crate::store::Loaded) {}
}
