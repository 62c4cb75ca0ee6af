//! How a claim is accepted, given back, finished, or lost (protocol §10.6), also over a restart.

use super::table::{Assignment, Mode};
use crate::core::{Core, Level, Timer};
use crate::ids::{AssignmentId, EndpointId};
use crate::store::{
    AssignmentRow, ConfirmedBy, Loaded, Millis, Op, ReceiptChange, ReceiptState, Seq,
};

impl Core {
    /// The endpoint has taken the message: its receipt ends, its record stays until the work is done.
    pub(super) fn accept_claim(&mut self, id: &AssignmentId) {
        self.timers.clear(&Timer::Assignment(id.clone()));
        self.unqueue(id);
        let now = self.now.wall;
        self.change_assignment(id, |claim| claim.accept(now));
        let Some(claim) = self.assignments.get(id) else {
            return;
        };
        let (seq, endpoint) = (claim.seq, claim.endpoint.clone());
        if claim.detail.mode == Mode::Staged {
            self.stage_more(&endpoint);
        }
        let Some(record) = self.inbox.get(seq) else {
            return;
        };
        let message = record.message.clone();
        let mut change = ReceiptChange::new(ReceiptState::Confirmed, record.hop, now);
        change.attempts = record.attempts;
        change.endpoint = Some(endpoint);
        change.confirmed_by = Some(ConfirmedBy::Assignment);
        // The content is kept, whatever is said of history: the message may have to be offered again.
        self.op(Op::receipt(seq, change));
        self.receipt_moved(&message, ReceiptState::Confirmed);
    }

    /// The endpoint has received a dispatched message; it has not accepted it yet.
    pub(in crate::core) fn assigned_received(&mut self, entry: &crate::core::queue::Entry) {
        let Some(id) = &entry.assignment else {
            return;
        };
        self.change_assignment(id, |claim| claim.detail.pos = None);
        if let Some(mut record) = self.inbox.remove(entry.seq) {
            record.attempts = record.attempts.max(entry.attempt);
            self.inbox.put(record);
        }
        if let Some(endpoint) = self.assignments.get(id).map(|claim| claim.endpoint.clone()) {
            self.record_push(&endpoint, entry);
        }
    }

    /// Takes a dispatched message out of the queue it is in, in flight or not.
    fn unqueue(&mut self, id: &AssignmentId) {
        let Some((claim, pos)) = self
            .assignments
            .get(id)
            .and_then(|claim| Some((claim, claim.pos()?)))
        else {
            return;
        };
        let (target, seq) = (claim.endpoint.clone(), claim.seq);
        let Some(endpoint) = self.endpoints.get_mut(&target) else {
            return;
        };
        let stream = endpoint.stream;
        match endpoint.queue.remove(pos) {
            Some(entry) => {
                let full = stream.filter(|&stream| self.land(stream, &entry));
                self.unwritten.remove(&entry.message);
                if let Some(mut record) = self.inbox.remove(seq) {
                    record.attempts = record.attempts.max(entry.attempt);
                    self.inbox.put(record);
                }
                if let Some(stream) = full {
                    self.pump_stream(stream);
                }
            }
            None => {
                let size = self.inbox.get(seq).map_or(0, |record| record.row.size);
                endpoint.queue.remove_behind(pos, size);
            }
        }
        self.op(Op::QueueRemove {
            endpoint: target.clone(),
            pos,
        });
        self.refill(&target);
        self.pump(&target);
    }

    /// Gives a record back to the inbox, at its place, and forgets the claim.
    pub(super) fn release_claim(&mut self, id: &AssignmentId, reason: &str) {
        self.unqueue(id);
        self.timers.clear(&Timer::Assignment(id.clone()));
        let Some(claim) = self.assignments.remove(id) else {
            return;
        };
        self.op(Op::AssignmentDelete(id.clone()));
        self.reopen(&claim, false);
        self.log(
            Level::Info,
            format!("claim {id} target_lost_before_acceptance: {reason}"),
        );
    }

    /// Opens the record of a claim again.
    fn reopen(&mut self, claim: &Assignment, possible_duplicate: bool) {
        let Some(mut record) = self.inbox.remove(claim.seq) else {
            return;
        };
        record.row.assignment = None;
        if possible_duplicate {
            let mut extra = crate::core::dispatch::members(record.row.extra.as_ref());
            extra.insert("possible_duplicate".to_owned(), true.into());
            record.row.extra = Some(serde_json::Value::Object(extra).to_string().into());
        }
        self.op(Op::InboxPut(record.row.clone()));
        if claim.detail.mode == Mode::Dispatched && !claim.is_accepted() {
            let state = ReceiptState::Inbox;
            let mut change = ReceiptChange::new(state, record.hop, self.now.wall);
            change.attempts = record.attempts;
            change.undispatched_id = Some(record.row.id.clone());
            self.op(Op::receipt(claim.seq, change));
            self.receipt_moved(&record.message, state);
        }
        self.inbox.put(record);
        self.follow_session(claim.seq);
    }

    /// Ends a claim and its record. `settled` is the reason for the receipt, unless that has ended before.
    pub(super) fn finish_claim(&mut self, id: &AssignmentId, state: Option<&str>, settled: &str) {
        self.unqueue(id);
        self.timers.clear(&Timer::Assignment(id.clone()));
        let Some(claim) = self.assignments.get(id) else {
            return;
        };
        let (seq, accepted) = (claim.seq, claim.is_accepted());
        let was_staged = claim.is_staged().then(|| claim.endpoint.clone());
        self.end_claim(id, state);
        if accepted {
            self.remove_confirmed(seq);
        } else {
            self.settle(seq, settled);
        }
        if let Some(endpoint) = was_staged {
            self.stage_more(&endpoint);
        }
    }

    fn end_claim(&mut self, id: &AssignmentId, state: Option<&str>) {
        let now = self.now.wall;
        self.change_assignment(id, |claim| {
            if let Some(state) = state {
                claim.advance(state);
            }
            claim.detail.pos = None;
            claim.detail.finished_at = Some(now);
        });
        self.forget_finished(Millis::MIN);
    }

    /// Takes the record of a message out of the inbox whose receipt has ended.
    fn remove_confirmed(&mut self, seq: Seq) {
        if self.inbox.remove(seq).is_none() {
            return;
        }
        self.op(Op::InboxRemove(seq));
        if !self.figures.history {
            self.op(Op::ContentDrop(seq));
        }
        self.watch_pressure();
    }

    /// Forgets a claim whose message is damaged. What becomes of the record is the caller's affair.
    pub(in crate::core) fn drop_assignment(&mut self, id: &AssignmentId) {
        self.unqueue(id);
        self.timers.clear(&Timer::Assignment(id.clone()));
        if self.assignments.remove(id).is_some() {
            self.op(Op::AssignmentDelete(id.clone()));
        }
    }

    /// An endpoint closes: what it has not accepted is open again, what it has waits for its return.
    pub(in crate::core) fn release_assignments(&mut self, endpoint: &EndpointId) {
        self.end_polls_of(endpoint);
        let reason = if self.shutting_down {
            "broker_shutdown"
        } else {
            "endpoint_lost"
        };
        for id in self.assignments.of(endpoint) {
            let accepted = self
                .assignments
                .get(&id)
                .is_some_and(|claim| claim.is_accepted());
            if accepted {
                self.interrupt(&id);
            } else {
                self.release_claim(&id, reason);
            }
        }
    }

    fn interrupt(&mut self, id: &AssignmentId) {
        let now = self.now.wall;
        self.change_assignment(id, |claim| {
            claim.advance("processing_interrupted");
            claim.detail.lost_at = Some(now);
        });
        let until = self.now.mono + self.figures.reply_record;
        self.timers.set(Timer::Assignment(id.clone()), until);
    }

    /// An endpoint goes on with the session of one that is closed, and with what that had accepted (W54).
    pub(in crate::core) fn inherit_assignments(&mut self, from: &EndpointId, to: &EndpointId) {
        for id in self.assignments.of(from) {
            self.timers.clear(&Timer::Assignment(id.clone()));
            self.change_assignment(&id, |claim| claim.move_to(to));
        }
    }

    /// A claim was not accepted in time, or its endpoint has not come back in time.
    pub(in crate::core) fn assignment_due(&mut self, id: &AssignmentId) {
        let Some(claim) = self.assignments.get(id).cloned() else {
            return;
        };
        if !claim.is_accepted() {
            self.release_claim(id, "adapter_acceptance_timeout");
            return;
        }
        self.end_claim(id, Some("expired"));
        self.reopen(&claim, true);
        self.log(
            Level::Warn,
            format!("claim {id} expired; its message is offered again and may be a duplicate"),
        );
        self.mail_arrived(claim.seq);
    }

    pub(in crate::core) fn sweep_assignments(&mut self) {
        let before = self.now.wall - Self::millis(self.figures.reply_record);
        self.forget_finished(before);
        self.forget_replies(before);
    }

    fn forget_finished(&mut self, before: Millis) {
        for id in self.assignments.forget(before) {
            self.op(Op::AssignmentDelete(id));
        }
    }

    /// Takes up the claims of an earlier life. Those that were not accepted get their whole time again, as
    /// endpoints do.
    pub(in crate::core) fn restore_assignments(&mut self, loaded: &mut Loaded) {
        let mut rows = std::mem::take(&mut loaded.assignments);
        rows.sort_by_key(|row| row.created_at);
        for row in rows {
            self.restore_assignment(row);
        }
        let mut replies = std::mem::take(&mut loaded.replies);
        replies.sort_by_key(|reply| reply.created_at);
        for reply in replies {
            self.assignments.replies.insert(reply);
        }
        let lost: Vec<Seq> = self
            .inbox
            .records()
            .filter(|record| {
                let claim = record.row.assignment.as_ref();
                claim.is_some_and(|id| self.assignments.get(id).is_none())
            })
            .map(|record| record.row.seq)
            .collect();
        for seq in lost {
            // Record and claim change in one commit, so this was tampered with. The message is not lost.
            self.log(
                Level::Error,
                format!(
                    "the claim of message {} is not there; it is open again",
                    seq.0
                ),
            );
            if let Some(mut record) = self.inbox.remove(seq) {
                record.row.assignment = None;
                self.op(Op::InboxPut(record.row.clone()));
                self.inbox.put(record);
            }
        }
    }

    fn restore_assignment(&mut self, row: AssignmentRow) {
        let (id, seq) = (row.id.clone(), row.seq);
        let claim = Assignment::restored(row).filter(|claim| {
            let record = self.inbox.get(seq);
            claim.is_finished()
                || record.is_some_and(|record| record.row.assignment.as_ref() == Some(&id))
        });
        let Some(claim) = claim else {
            self.op(Op::AssignmentDelete(id));
            return;
        };
        if let Some(timeout) = self.time_left(&claim) {
            self.timers
                .set(Timer::Assignment(id), self.now.mono + timeout);
        }
        self.assignments.insert(claim);
    }

    fn time_left(&self, claim: &Assignment) -> Option<std::time::Duration> {
        if claim.is_finished() {
            return None;
        }
        if let Some(lost_at) = claim.detail.lost_at {
            let gone = u64::try_from(self.now.wall - lost_at).unwrap_or(0);
            let gone = std::time::Duration::from_millis(gone);
            return Some(self.figures.reply_record.saturating_sub(gone));
        }
        match claim.detail.mode {
            _ if claim.is_accepted() => None,
            Mode::Staged => Some(self.figures.staged_acceptance),
            Mode::Claimed | Mode::Dispatched => Some(self.figures.assignment_acceptance),
        }
    }
}
