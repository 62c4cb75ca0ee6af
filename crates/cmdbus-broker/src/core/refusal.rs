//! Answers that say no, with the code and status of the protocol (§3.3 to §3.5).

use serde_json::{Map, Value};

/// Why a request was refused, as its answer says it.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// `error`: the code.
    pub code: &'static str,
    /// `message`: for people.
    pub message: String,
    /// Whether the same request may be tried again, where the protocol says so.
    pub retryable: Option<bool>,
    /// What else the answer has. `error`, `message` and `retryable` are never taken from here.
    pub extra: Map<String, Value>,
}

impl Refusal {
    /// Makes a refusal.
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            retryable: None,
            extra: Map::new(),
        }
    }

    /// Says whether the same request may be tried again.
    #[must_use]
    pub fn retryable(mut self, retryable: bool) -> Self {
        self.retryable = Some(retryable);
        self
    }

    /// Adds a member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(name.to_owned(), value.into());
        self
    }

    /// A field is missing or has the wrong type: 422 `invalid_request`.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::new(422, "invalid_request", message).with("field", field)
    }

    /// The store cannot be written to: 503 `storage_unavailable`.
    pub fn storage_unavailable() -> Self {
        Self::new(
            503,
            "storage_unavailable",
            "the store cannot be written to at present; try again",
        )
        .retryable(true)
    }

    /// The broker is about to end: 503 `shutting_down`.
    pub fn shutting_down() -> Self {
        Self::new(503, "shutting_down", "the broker is shutting down").retryable(true)
    }

    /// Returns the body of the answer.
    pub fn body(&self) -> Value {
        let mut body = self.extra.clone();
        body.insert("error".to_owned(), self.code.into());
        body.insert("message".to_owned(), self.message.clone().into());
        if let Some(retryable) = self.retryable {
            body.insert("retryable".to_owned(), retryable.into());
        }
        Value::Object(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extras_never_replace_code_and_message() {
        let refusal = Refusal::new(409, "endpoint_conflict", "taken")
            .with("error", "other")
            .with("message", "other")
            .with("ref", "r1");
        let body = refusal.body();
        assert_eq!(body["error"], "endpoint_conflict");
        assert_eq!(body["message"], "taken");
        assert_eq!(body["ref"], "r1");
    }
}
