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
    /// Sends so many items, `[request, 0]` and so on, then returns the request; so much time passes
    /// before each. Collects them if its caller did not ask for items.
    Stream(usize, Duration),
    /// Sends so many items without a pause and fails.
    BrokenStream(usize),
    /// Reports so often, with so much time before each report, and then does something else.
    Report(usize, Duration, Box<Behaviour>),
    /// Does the same, and goes on when it is told that nobody waits.
    Graceful(Box<Behaviour>),
}

impl Behaviour {
    /// Returns a behaviour that takes its time.
    #[must_use]
    pub fn after(self, time: Duration) -> Self {
        Self::After(time, Box::new(self))
    }

    /// Returns a behaviour that first says how far it has got.
    #[must_use]
    pub fn reporting(self, times: usize, every: Duration) -> Self {
        Self::Report(times, every, Box::new(self))
    }

    /// Returns a behaviour that wants to come to its end whether anybody waits or not.
    #[must_use]
    pub fn graceful(self) -> Self {
        Self::Graceful(Box::new(self))
    }
}
