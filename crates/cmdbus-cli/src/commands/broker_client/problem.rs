//! What may come instead of the answer that was hoped for.

use std::fmt;

use serde_json::Value;

use crate::exit::{self, Error};
use crate::output;

/// Why there is no answer, or which one.
#[derive(Debug)]
pub(in crate::commands) enum Problem {
    /// There is no broker to ask.
    NoBroker(Error),
    /// The connection was lost, or there was no answer. Whether the request had an effect is not known.
    Lost(String),
    /// The broker refused.
    Refused {
        status: u16,
        code: String,
        message: String,
    },
    /// There was no answer in time.
    TimedOut,
}

impl Problem {
    /// Reads the error that the broker gave (protocol §3.3).
    pub(super) fn refused(status: u16, body: &Value) -> Self {
        let member = |name: &str| body[name].as_str().map(str::to_owned);
        Self::Refused {
            status,
            code: member("error").unwrap_or_else(|| format!("http_{status}")),
            message: member("message").unwrap_or_default(),
        }
    }

    /// Returns the code of a refusal.
    pub(in crate::commands) fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Returns whether the same request may have an answer later.
    pub(in crate::commands) fn may_pass(&self) -> bool {
        match self {
            Self::NoBroker(_) | Self::Lost(_) => true,
            // A broker that has taken the port of another does not know the token.
            Self::Refused { status, code, .. } => {
                *status == 401 || ["storage_unavailable", "shutting_down"].contains(&code.as_str())
            }
            Self::TimedOut => false,
        }
    }

    /// Returns whether the broker is to be looked for anew.
    pub(super) fn is_about_the_broker(&self) -> bool {
        match self {
            Self::Lost(_) => true,
            Self::Refused { status, code, .. } => *status == 401 || code == "shutting_down",
            Self::NoBroker(_) | Self::TimedOut => false,
        }
    }

    /// Returns what to say when it has not passed in time.
    pub(super) fn out_of_time(self) -> Self {
        match self {
            Self::Lost(_) => Self::TimedOut,
            other => other,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBroker(error) => f.write_str(error.message()),
            Self::Lost(what) => write!(f, "the broker went away: {what}"),
            Self::Refused { code, message, .. } if message.is_empty() => f.write_str(code),
            Self::Refused { code, message, .. } => {
                write!(f, "{} (`{code}`)", output::printable_line(message))
            }
            Self::TimedOut => f.write_str("no answer from the broker in time"),
        }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        let said = problem.to_string();
        match problem {
            Problem::NoBroker(error) => error,
            Problem::Lost(_) => Self::new(
                exit::NO_BUS,
                format!("{said}; whether it was done is not known"),
            ),
            Problem::TimedOut => Self::new(
                exit::TIMEOUT,
                format!("{said}; give it longer with `--timeout`"),
            ),
            Problem::Refused { code, .. } => Self::new(exit_code(&code), said),
        }
    }
}

/// Returns the exit code of a refusal.
fn exit_code(code: &str) -> u8 {
    match code {
        "recipient_unknown" | "undispatched_unknown" | "endpoint_unknown" => exit::NOT_FOUND,
        _ => exit::FAILURE,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(status: u16, code: &str) -> Problem {
        Problem::refused(status, &json!({"error": code, "message": "why"}))
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for (status, code, passes) in [
            (503, "storage_unavailable", true),
            (503, "shutting_down", true),
            (401, "unauthorized", true),
            (503, "inbox_full", false),
            (404, "recipient_unknown", false),
            (409, "idempotency_conflict", false),
        ] {
            assert_eq!(refused(status, code).may_pass(), passes, "{code}");
        }
        assert!(Problem::Lost(String::new()).may_pass());
        assert!(!Problem::TimedOut.may_pass());
    }

    #[test]
    fn a_refusal_says_why_and_has_its_exit_code() {
        let error = Error::from(refused(404, "recipient_unknown"));
        assert_eq!(
            (error.code(), error.message()),
            (5, "why (`recipient_unknown`)")
        );
        assert_eq!(Error::from(refused(422, "invalid_request")).code(), 1);
        assert_eq!(Error::from(Problem::TimedOut).code(), 4);
        assert_eq!(Error::from(Problem::Lost("x".to_owned())).code(), 3);
        // Somebody else's server may answer anything.
        let strange = Problem::refused(500, &json!("what"));
        assert_eq!(strange.code(), Some("http_500"));
    }
}
