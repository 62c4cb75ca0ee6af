//! Why an exchange over HTTP failed.

use reqwest::StatusCode;
use serde_json::json;

use crate::rpc::{RpcError, codes};

/// Why an exchange failed.
#[derive(Debug)]
pub(super) struct Failed {
    /// What the caller is told.
    pub(super) error: RpcError,
    /// Whether the server may be at work on the request all the same.
    pub(super) may_run: bool,
}

impl Failed {
    /// The server has said so itself.
    pub(super) fn answered(error: RpcError) -> Self {
        Self {
            error,
            may_run: false,
        }
    }

    /// The request never reached a server.
    pub(super) fn unreachable(text: String) -> Self {
        let error =
            RpcError::new(codes::UPSTREAM_FAILED, text).with_data(&json!({"state": "unreachable"}));
        Self::answered(error)
    }

    /// The connection broke after the request had left.
    pub(super) fn lost(text: String) -> Self {
        Self {
            error: RpcError::new(codes::CHANNEL_LOST, text),
            may_run: true,
        }
    }

    /// What came is no answer.
    pub(super) fn bad_answer(text: String) -> Self {
        Self {
            error: RpcError::new(codes::BAD_ANSWER, text),
            may_run: true,
        }
    }

    /// What came is longer than we take.
    pub(super) fn too_large(limit: usize) -> Self {
        Self {
            error: RpcError::new(
                codes::TOO_LARGE,
                format!("the server sent a message longer than {limit} bytes: ask it for less"),
            ),
            may_run: true,
        }
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
        Self::answered(error)
    }

    /// The server has forgotten our session.
    pub(super) fn session_lost(url: &str) -> Self {
        let error = RpcError::new(
            codes::UPSTREAM_FAILED,
            format!("`{url}` has forgotten the session: initialise again"),
        )
        .with_data(&json!({"state": "session_lost", "status": 404}));
        Self::answered(error)
    }
}
