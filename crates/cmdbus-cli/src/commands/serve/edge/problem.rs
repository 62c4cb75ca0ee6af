//! Errors as problem documents (RFC 9457).

use axum::http::StatusCode;
use axum::http::header::{ALLOW, CONNECTION, HeaderValue, RETRY_AFTER};
use axum::response::Response;
use cmdbus::CommandError;
use serde_json::{Value, json};

use super::call::json_response;
use super::validate::Wrong;

/// The media type.
pub(super) const PROBLEM: &str = "application/problem+json";

/// Why there is no result.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    /// One of the bus's codes, or a word of the same kind.
    pub(super) code: &'static str,
    pub(super) detail: String,
    /// What in the request does not fit, if that is why.
    errors: Vec<Wrong>,
    allow: Option<&'static str>,
    /// After how many seconds it may be tried again.
    retry: Option<u8>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            allow: None,
            retry: None,
        }
    }

    /// Says what in the request does not fit.
    pub(super) fn with_errors(mut self, errors: Vec<Wrong>) -> Self {
        self.errors = errors;
        self
    }

    /// Says that it may be tried again soon.
    pub(super) fn retry(mut self) -> Self {
        self.retry = Some(1);
        self
    }

    pub(super) fn wrong_method(allowed: &'static str) -> Self {
        let detail = format!("this address takes {allowed} only");
        let problem = Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail);
        Self {
            allow: Some(allowed),
            ..problem
        }
    }

    /// Returns that there is no room for a call here, where nothing has run yet.
    pub(super) fn overloaded() -> Self {
        let detail = "too much is going on; try again";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", detail).retry()
    }

    /// Returns what became of a call.
    pub(super) fn of(error: &CommandError) -> Self {
        let (status, code, detail) = match error {
            CommandError::NotFound(_) => (StatusCode::NOT_FOUND, "not_found", error.to_string()),
            CommandError::InvalidRequest { message, .. } => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid_request",
                message.clone(),
            ),
            CommandError::Internal { message, .. } if message == "overloaded" => {
                let detail = "too much is going on beyond the gateway; whether the command has run is not known";
                let status = StatusCode::SERVICE_UNAVAILABLE;
                return Self::new(status, "overloaded", detail).retry();
            }
            CommandError::Internal { message, .. } => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal_error",
                message.clone(),
            ),
            CommandError::Timeout => (
                StatusCode::GATEWAY_TIMEOUT,
                "timeout",
                "there was no result in time; `Prefer: wait=SECONDS` gives more".to_owned(),
            ),
            CommandError::ChannelDisconnected => (
                StatusCode::BAD_GATEWAY,
                "channel_disconnected",
                "the provider of the command went away; whether the command has run is not known"
                    .to_owned(),
            ),
            CommandError::InvalidMessage(_)
            | CommandError::DuplicateCommand(_)
            | CommandError::Serde(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal_error",
                error.to_string(),
            ),
        };
        Self::new(status, code, detail)
    }

    pub(super) fn to_json(&self) -> Value {
        let mut problem = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
        });
        if !self.errors.is_empty() {
            problem["errors"] = self.errors.iter().map(Wrong::to_json).collect();
        }
        problem
    }

    pub(super) fn into_response(self) -> Response {
        let mut response = json_response(PROBLEM, self.to_json().to_string().as_bytes());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if let Some(allowed) = self.allow {
            headers.insert(ALLOW, HeaderValue::from_static(allowed));
        }
        if let Some(seconds) = self.retry {
            headers.insert(RETRY_AFTER, HeaderValue::from(u16::from(seconds)));
        }
        // What is left of the body is read by nobody, and must not be taken for the next request.
        if matches!(
            self.status,
            StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT
        ) {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header::CONTENT_TYPE;

    use super::*;

    #[test]
    fn every_error_of_a_call_has_its_status() {
        let named = |message: &str| CommandError::Internal {
            command_id: "a.b".to_owned(),
            message: message.to_owned(),
        };
        let invalid = CommandError::InvalidRequest {
            command_id: "a.b".to_owned(),
            message: "missing field `x`".to_owned(),
        };
        for (error, status, code) in [
            (CommandError::NotFound("a.b".to_owned()), 404, "not_found"),
            (invalid, 422, "invalid_request"),
            (named("no"), 500, "internal_error"),
            (named("overloaded"), 503, "overloaded"),
            (
                CommandError::ChannelDisconnected,
                502,
                "channel_disconnected",
            ),
            (CommandError::Timeout, 504, "timeout"),
            (
                CommandError::InvalidMessage(String::new()),
                500,
                "internal_error",
            ),
        ] {
            let problem = Problem::of(&error);
            assert_eq!((problem.status.as_u16(), problem.code), (status, code));
            let response = problem.into_response();
            assert_eq!(response.headers()[CONTENT_TYPE], PROBLEM);
            assert_eq!(response.headers().contains_key(RETRY_AFTER), status == 503);
        }
    }
}
