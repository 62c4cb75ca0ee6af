//! Why an exchange over HTTP failed.

use reqwest::StatusCode;
use serde_json::json;

use crate::rpc::{RpcError, codes};

/// What came of a call that has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The server has said so itself.
    Answered,
    /// It was not carried out: the server cannot be reached, or has forgotten the session (HTTP 404).
    NotTaken,
    /// It was not carried out: the server is ending (HTTP 503).
    Ending,
    /// The connection broke, or its session ended, while the server may have been at work on it.
    Lost,
    /// We have given up: out of time, too much at once, too large, or what came is no answer.
    GivenUp,
}

/// Why a call over HTTP failed.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Failed {
    /// What the caller is told.
    pub error: RpcError,
    /// What became of the call.
    pub fate: Fate,
    /// Whether the server may be at work on the request all the same.
    pub(super) may_run: bool,
}

impl Failed {
    fn new(fate: Fate, error: RpcError) -> Self {
        let may_run = matches!(fate, Fate::Lost | Fate::GivenUp);
        Self {
            error,
            fate,
            may_run,
        }
    }

    /// The server has said so itself.
    pub(super) fn answered(error: RpcError) -> Self {
        Self::new(Fate::Answered, error)
    }

    /// We have said so ourselves.
    pub(super) fn given_up(error: RpcError) -> Self {
        Self::new(Fate::GivenUp, error)
    }

    /// The connection has ended while the call was in progress.
    pub(super) fn ended(error: RpcError) -> Self {
        Self::new(Fate::Lost, error)
    }

    /// The request never reached a server.
    pub(super) fn unreachable(text: String) -> Self {
        let error =
            RpcError::new(codes::UPSTREAM_FAILED, text).with_data(&json!({"state": "unreachable"}));
        Self::new(Fate::NotTaken, error)
    }

    /// The connection broke after the request had left.
    pub(super) fn lost(text: String) -> Self {
        Self::new(Fate::Lost, RpcError::new(codes::CHANNEL_LOST, text))
    }

    /// What came is no answer.
    pub(super) fn bad_answer(text: String) -> Self {
        Self::given_up(RpcError::new(codes::BAD_ANSWER, text))
    }

    /// What came is longer than we take.
    pub(super) fn too_large(limit: usize) -> Self {
        Self::given_up(RpcError::new(
            codes::TOO_LARGE,
            format!("the server sent a message longer than {limit} bytes: ask it for less"),
        ))
    }

    /// The server answered with a status and nothing that says more.
    pub(super) fn status(url: &str, status: StatusCode) -> Self {
        let code = status.as_u16();
        let text = match code {
            401 | 403 => format!(
                "`{url}` refused us with HTTP {code}: set the credentials it wants under `headers` of this server"
            ),
            404 | 405 => format!(
                "`{url}` answered HTTP {code}: check that `url` is the address of an MCP endpoint"
            ),
            _ => format!("`{url}` answered HTTP {code}: look into the log of that server"),
        };
        let error = RpcError::new(codes::UPSTREAM_FAILED, text).with_data(&json!({"status": code}));
        Self::refused(status, error)
    }

    /// The server answered with a status, and perhaps with what it means by it.
    pub(super) fn refused(status: StatusCode, error: RpcError) -> Self {
        if status == StatusCode::SERVICE_UNAVAILABLE {
            return Self::new(Fate::Ending, error);
        }
        Self::answered(error)
    }

    /// The server has forgotten our session.
    pub(super) fn session_lost(url: &str) -> Self {
        let error = RpcError::new(
            codes::UPSTREAM_FAILED,
            format!("`{url}` has forgotten the session: initialise again"),
        )
        .with_data(&json!({"state": "session_lost", "status": 404}));
        Self::new(Fate::NotTaken, error)
    }
}
