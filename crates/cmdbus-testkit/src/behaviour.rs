//! Handlers as data.

use std::time::Duration;

use cmdbus_proto::error::ExecuteErrorCode;
use serde_json::Value;

/// What a handler does with a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Behaviour {
    /// Returns the request.
    Echo,
    /// Returns the same value every time.
    Reply(Value),
    /// Fails.
    Fail(ExecuteErrorCode, String),
    /// Panics, which the registry answers as an internal error.
    Panic,
    /// Does the same some time later.
    After(Duration, Box<Behaviour>),
    /// Calls another command from its own registry and returns what that returns.
    Call(String),
    /// Never returns.
    Never,
    /// Returns when the test says so.
    WhenTold,
}

impl Behaviour {
    /// Returns a behaviour that takes its time.
    #[must_use]
    pub fn after(self, time: Duration) -> Self {
        Self::After(time, Box::new(self))
    }
}
