//! Answers that are no results: always a JSON-RPC error, never plain text (attach §4.4).

use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Response, StatusCode};
use cmdbus_mcp::rpc::{Era, Id, RpcError, codes, raw};
use serde_json::json;

/// When to try again, in seconds. What is full is rarely full for long.
const TRY_AGAIN: HeaderValue = HeaderValue::from_static("1");

/// Why a request gets no further.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    error: RpcError,
    id: Option<Id>,
    allow: Option<&'static str>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: i64, message: impl Into<String>) -> Self {
        Self {
            status,
            error: RpcError::new(code, message),
            id: None,
            allow: None,
        }
    }

    /// The request is malformed.
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, codes::INVALID_REQUEST, message)
    }

    /// There is no such session, whether it never was, is over, or is somebody else's.
    pub(super) fn no_session() -> Self {
        let mut problem = Self::new(
            StatusCode::NOT_FOUND,
            codes::NOT_FOUND,
            "there is no such session; send `initialize` for a new one",
        );
        problem.error = problem.error.with_data(&json!({"reason": "session"}));
        problem
    }

    /// Something is full.
    pub(super) fn overloaded(message: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, codes::OVERLOADED, message)
    }

    /// The gateway is about to end.
    pub(super) fn draining() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            codes::OVERLOADED,
            "the gateway is shutting down; try again",
        )
    }

    /// The method of HTTP is not for this.
    pub(super) fn wrong_method(allow: &'static str) -> Self {
        let mut problem = Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            codes::INVALID_REQUEST,
            format!("this endpoint answers {allow}"),
        );
        problem.allow = Some(allow);
        problem
    }

    /// What a back-end or a server answered, under the status that fits it.
    pub(super) fn of_error(era: Era, error: RpcError) -> Self {
        Self {
            status: status_of(era, &error),
            error,
            id: None,
            allow: None,
        }
    }

    pub(super) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(super) fn with_data(mut self, data: &serde_json::Value) -> Self {
        self.error = self.error.with_data(data);
        self
    }

    /// Says which request this answers, unless that is known already.
    pub(super) fn for_request(mut self, id: Option<Id>) -> Self {
        self.id = self.id.or(id);
        self
    }

    pub(super) fn into_response(self) -> Response<Body> {
        let id = self.id.as_ref().map_or("null", Id::as_json);
        let error = raw(&self.error);
        let body = format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"error\":{}}}",
            error.get()
        );
        let mut response = json_response(self.status, body.into());
        if let Some(allow) = self.allow {
            let headers = response.headers_mut();
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}

/// Returns the status of an answer that carries an error (attach §4.3, §4.4).
pub(super) fn status_of(era: Era, error: &RpcError) -> StatusCode {
    match error.code {
        codes::NOT_FOUND => StatusCode::NOT_FOUND,
        codes::FORBIDDEN => StatusCode::FORBIDDEN,
        codes::OVERLOADED => StatusCode::TOO_MANY_REQUESTS,
        _ if era == Era::Legacy => StatusCode::OK,
        codes::METHOD_NOT_FOUND => StatusCode::NOT_FOUND,
        codes::HEADER_MISMATCH | codes::MISSING_CLIENT_CAPABILITY | codes::UNSUPPORTED_VERSION => {
            StatusCode::BAD_REQUEST
        }
        codes::INVALID_PARAMS if error.message.contains("_meta") => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    }
}

/// Returns a response of JSON.
pub(super) fn json_response(status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    ) {
        headers.insert(RETRY_AFTER, TRY_AGAIN);
    }
    response
}

/// Returns a response without a body.
pub(super) fn empty_response(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
