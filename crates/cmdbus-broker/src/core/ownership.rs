//! Who may act for an endpoint (protocol §3.1).

use super::endpoint::Identity;
use super::{Caller, Core, Refusal};
use crate::ids::EndpointId;

impl Core {
    /// Checks that a caller may act for an endpoint: what it shows must be right, and if everything has to be
    /// proved, it must show something (W8).
    pub(super) fn check_owner(&self, caller: &Caller, owned: &Identity) -> Result<(), Refusal> {
        if caller.pid.is_some_and(|pid| pid != owned.process.pid) {
            return Err(pid_mismatch(&owned.id));
        }
        if caller.owner.is_some_and(|owner| owner != owned.owner) {
            return Err(token_mismatch(&owned.id));
        }
        if self.figures.strict_ownership && caller.pid.is_none() && caller.owner.is_none() {
            return Err(token_mismatch(&owned.id));
        }
        Ok(())
    }
}

pub(super) fn pid_mismatch(endpoint: &EndpointId) -> Refusal {
    Refusal::new(
        403,
        "endpoint_pid_mismatch",
        format!("endpoint `{endpoint}` belongs to another process"),
    )
}

pub(super) fn token_mismatch(endpoint: &EndpointId) -> Refusal {
    Refusal::new(
        403,
        "endpoint_owner_token_mismatch",
        format!("this is not the owner token of endpoint `{endpoint}`"),
    )
}

/// The `unknown_endpoint` of sends and of everything under `/v1/runtime`.
pub(super) fn unknown_endpoint(endpoint: &EndpointId) -> Refusal {
    Refusal::new(
        404,
        "unknown_endpoint",
        format!("there is no endpoint `{endpoint}`"),
    )
}

/// The `endpoint_unknown` of the routes under `/v1/endpoint`.
pub(super) fn endpoint_unknown(endpoint: &EndpointId) -> Refusal {
    Refusal::new(
        404,
        "endpoint_unknown",
        format!("there is no endpoint `{endpoint}`"),
    )
}

pub(super) fn not_active(endpoint: &EndpointId) -> Refusal {
    Refusal::new(
        409,
        "endpoint_not_active",
        format!("endpoint `{endpoint}` has no stream at present"),
    )
}
