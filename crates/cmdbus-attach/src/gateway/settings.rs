//! What can be set.

use std::time::Duration;

use axum::http::HeaderName;

/// How the gateway behaves. The defaults suit one user on one machine (attach, Appendix A).
#[derive(Debug, Clone)]
pub struct Settings {
    /// Headers that carry the attach id, in lower case.
    pub key_headers: Vec<HeaderName>,
    /// Headers that carry the arguments of a new session, in lower case.
    pub argument_headers: Vec<HeaderName>,
    /// First segments of paths that the four-part route leaves alone, besides `a` and `mcp`.
    pub reserved: Vec<String>,
    /// Whether `Accept` must name both JSON and SSE, as the letter of MCP has it.
    pub strict_accept: bool,
    /// Longest body of a POST, in bytes.
    pub max_body: usize,
    /// Longest time that a body may take to arrive.
    pub body_timeout: Duration,
    /// How long an answer may take before it becomes a stream.
    pub sse_after: Duration,
    /// Time between the comments that keep a silent stream open.
    pub keep_alive: Duration,
    /// Longest time that a session lives without a request or a stream.
    pub session_idle: Duration,
    /// Sessions under one attach id; on the aggregated endpoint, of one principal.
    pub max_sessions: usize,
    /// Requests in progress in one session.
    pub max_in_flight: usize,
    /// Requests in progress in all.
    pub max_calls: usize,
    /// How long a stream that broke can be taken up again.
    pub replay: Duration,
    /// How long a request of the server waits for a stream.
    pub stream_wait: Duration,
    /// Most that `X-Cmdbus-Timeout-Ms` can ask for.
    pub timeout_cap: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            key_headers: vec![
                HeaderName::from_static("x-cmdbus-attach-id"),
                HeaderName::from_static("x-objectiveai-response-id"),
            ],
            argument_headers: vec![
                HeaderName::from_static("x-cmdbus-arguments"),
                HeaderName::from_static("x-objectiveai-arguments"),
            ],
            reserved: Vec::new(),
            strict_accept: false,
            max_body: 4 << 20,
            body_timeout: Duration::from_secs(30),
            sse_after: Duration::from_secs(1),
            keep_alive: Duration::from_secs(15),
            session_idle: Duration::from_secs(30 * 60),
            max_sessions: 256,
            max_in_flight: 64,
            max_calls: 4096,
            replay: Duration::from_secs(5 * 60),
            stream_wait: Duration::from_secs(10),
            timeout_cap: Duration::from_secs(60 * 60),
        }
    }
}
