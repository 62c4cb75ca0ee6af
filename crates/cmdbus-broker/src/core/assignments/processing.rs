//! What an endpoint reports about a message it works on (protocol §10.7).

use super::table::Mode;
use crate::core::{Caller, Core, ProcessingState, Refusal, Reply, ReqId};
use crate::ids::AssignmentId;

/// States that an endpoint may report.
const REPORTED: [&str; 8] = [
    "delivery_attempted",
    "adapter_accepted",
    "processing_started",
    "processing_failed",
    "waiting_for_runtime_capability",
    "target_lost_before_acceptance",
    "processing_interrupted",
    "expired",
];

/// Largest sequence number: what JSON numbers hold exactly.
const LARGEST_SEQUENCE: u64 = 1 << 53;

/// What a report comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Accept,
    Record,
    /// The record goes back to the inbox.
    Release,
    Finish,
}

impl Core {
    pub(in crate::core) fn processing_state(
        &mut self,
        req: ReqId,
        caller: &Caller,
        report: ProcessingState,
    ) -> Result<(), Refusal> {
        let broker_owned = broker_owned(&report.state);
        if broker_owned.is_none() && !REPORTED.contains(&report.state.as_str()) {
            return Err(Refusal::invalid("state", "this is no state of processing"));
        }
        if report.sequence > LARGEST_SEQUENCE {
            return Err(Refusal::invalid(
                "state_sequence",
                "this number is too large",
            ));
        }
        self.owned(caller, &report.endpoint, report.pid)?;
        let claim = self
            .assignments
            .find(&report.assignment, &report.source)
            .ok_or_else(|| {
                Refusal::new(
                    409,
                    "runtime_assignment_unknown",
                    format!("there is no claim `{}` of this message", report.assignment),
                )
            })?;
        if claim.endpoint != report.endpoint {
            return Err(target_mismatch(&report.assignment));
        }
        if let Some(code) = broker_owned {
            let text = format!("`{}` is for the broker to report", report.state);
            return Err(Refusal::new(403, code, text));
        }
        self.take_report(&report)?;
        self.answer(req, Reply::Done);
        Ok(())
    }

    /// Decides about a report. One that was made before changes nothing.
    fn take_report(&mut self, report: &ProcessingState) -> Result<(), Refusal> {
        let id = &report.assignment;
        let Some(claim) = self.assignments.get(id) else {
            return Ok(());
        };
        if claim.has_seen(&report.event) {
            return Ok(());
        }
        if claim.is_finished() {
            let text = format!("claim `{id}` has ended: {}", claim.state);
            return Err(rejected("processing_failed_or_expired", text));
        }
        let outcome = outcome(&report.state, claim.is_accepted(), report.retryable);
        let accepted_again = outcome == Outcome::Accept && claim.is_accepted();
        let mut sequence = report.sequence;
        if claim.detail.mode == Mode::Staged {
            // Its endpoint does not know the numbers that the mailroom has used.
            sequence = sequence.max(claim.sequence + 1);
        }
        if accepted_again {
            return Ok(());
        }
        if sequence <= claim.sequence {
            let text = format!(
                "`state_sequence` must be above {} for claim `{id}`",
                claim.sequence
            );
            return Err(rejected("acceptance_rejected", text));
        }
        self.change_assignment(id, |claim| {
            claim.see(&report.event);
            claim.reach(&report.state, sequence);
        });
        match outcome {
            Outcome::Accept => self.accept_claim(id),
            Outcome::Record => {}
            Outcome::Release => self.release_claim(id, &report.state),
            Outcome::Finish => self.finish_claim(id, None, "processing_failed"),
        }
        Ok(())
    }
}

/// Returns the code with which a state is refused that only the broker reports.
fn broker_owned(state: &str) -> Option<&'static str> {
    match state {
        "assigned_to_runtime_target" => Some("assigned_to_runtime_target_broker_owned"),
        "reply_requested" => Some("reply_requested_broker_owned"),
        "reply_emitted" => Some("reply_emitted_broker_owned"),
        _ => None,
    }
}

fn outcome(state: &str, accepted: bool, retryable: bool) -> Outcome {
    match (state, accepted) {
        ("adapter_accepted", _) => Outcome::Accept,
        ("processing_failed", false) if retryable => Outcome::Release,
        ("processing_failed", _) | ("expired", true) => Outcome::Finish,
        ("waiting_for_runtime_capability" | "target_lost_before_acceptance", false) => {
            Outcome::Release
        }
        _ => Outcome::Record,
    }
}

pub(super) fn target_mismatch(assignment: &AssignmentId) -> Refusal {
    Refusal::new(
        403,
        "runtime_assignment_target_mismatch",
        format!("claim `{assignment}` is of another endpoint"),
    )
}

fn rejected(category: &str, message: String) -> Refusal {
    Refusal::new(409, "runtime_processing_state_rejected", message)
        .with("assignment_failure_category", category)
}

#[cfg(test)]
mod tests {
    use super::Outcome::{Accept, Finish, Record, Release};
    use super::*;

    #[test]
    fn reports_come_to_what_the_table_says() {
        // State, retryable; before and after acceptance.
        for (state, retryable, before, after) in [
            ("adapter_accepted", false, Accept, Accept),
            ("processing_started", false, Record, Record),
            ("delivery_attempted", false, Record, Record),
            ("processing_interrupted", false, Record, Record),
            ("processing_failed", false, Finish, Finish),
            ("processing_failed", true, Release, Finish),
            ("waiting_for_runtime_capability", false, Release, Record),
            ("target_lost_before_acceptance", false, Release, Record),
            ("expired", false, Record, Finish),
        ] {
            assert_eq!(outcome(state, false, retryable), before, "{state}");
            assert_eq!(outcome(state, true, retryable), after, "{state}");
        }
    }
}
