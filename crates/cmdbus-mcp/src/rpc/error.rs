//! Errors of JSON-RPC, and the codes that are cmdbus's own.

use serde::{Deserialize, Serialize};

use super::Raw;

/// Codes of errors (attach §4.4). Those of cmdbus lie outside the band that JSON-RPC reserves.
pub mod codes {
    /// The text is no JSON.
    pub const PARSE_ERROR: i64 = -32700;
    /// The JSON is no request.
    pub const INVALID_REQUEST: i64 = -32600;
    /// Nobody knows the method.
    pub const METHOD_NOT_FOUND: i64 = -32601;
    /// The parameters are not what the method takes.
    pub const INVALID_PARAMS: i64 = -32602;
    /// The other side failed.
    pub const INTERNAL_ERROR: i64 = -32603;
    /// Headers and body of a modern request disagree.
    pub const HEADER_MISMATCH: i64 = -32020;
    /// A modern request asks for a capability that the client has not declared.
    pub const MISSING_CLIENT_CAPABILITY: i64 = -32021;
    /// The revision is not spoken here.
    pub const UNSUPPORTED_VERSION: i64 = -32022;

    /// No such attach id, target or session.
    pub const NOT_FOUND: i64 = -33001;
    /// The attached side is gone.
    pub const CHANNEL_LOST: i64 = -33002;
    /// The deadline has passed.
    pub const TIMEOUT: i64 = -33003;
    /// The MCP server does not run, or cannot be reached.
    pub const UPSTREAM_FAILED: i64 = -33004;
    /// Too many sessions or calls.
    pub const OVERLOADED: i64 = -33005;
    /// A message is longer than a limit.
    pub const TOO_LARGE: i64 = -33006;
    /// Not allowed.
    pub const FORBIDDEN: i64 = -33007;
    /// The attached side answered what is no answer.
    pub const BAD_ANSWER: i64 = -33009;
    /// No stream can carry a request of the server to its client.
    pub const NO_STREAM: i64 = -33010;
    /// The tool policy of the attaching side refuses.
    pub const REFUSED_BY_POLICY: i64 = -33012;
}

/// The error of a request, as it came or as it will go.
#[derive(Debug, Clone, Serialize, Deserialize, thiserror::Error)]
#[error("{message} ({code})")]
pub struct RpcError {
    /// What kind of error.
    #[serde(default)]
    pub code: i64,
    /// For people.
    #[serde(default)]
    pub message: String,
    /// Whatever else the sender said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Raw>,
}

impl RpcError {
    /// Returns an error without data.
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            data: None,
        }
    }

    /// Adds data. What cannot be written as JSON is left out.
    #[must_use]
    pub fn with_data(mut self, data: &impl Serialize) -> Self {
        self.data = serde_json::value::to_raw_value(data).ok();
        self
    }
}
