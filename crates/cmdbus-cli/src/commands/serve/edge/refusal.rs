//! What the layer of tokens refuses, in the words of the edge.

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::{BodyExt, Limited};
use serde_json::{Value, json};

use super::SEGMENTS;
use super::problem::{PROBLEM, Problem};

/// Longer than any refusal.
const MOST_BYTES: usize = 4096;

/// Passes a request on, and puts a refusal of JSON-RPC, which only MCP clients understand, into another form where the address is
/// one of the edge's: a problem, or `{"error": …}` where clients of the HTTP channel come.
pub(super) async fn translate(request: Request, next: Next) -> Response {
    let first = request.uri().path().split('/').nth(1).unwrap_or_default();
    let is_here = SEGMENTS.contains(&first);
    let is_channel = matches!(first, "cmd" | "cmds.json" | "events");
    let response = next.run(request).await;
    let refused = matches!(
        response.status(),
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
    );
    if is_here && refused {
        rewrite(response, is_channel).await
    } else {
        response
    }
}

async fn rewrite(response: Response, is_channel: bool) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(body) = Limited::new(body, MOST_BYTES).collect().await else {
        return Response::from_parts(parts, Body::empty());
    };
    let body = body.to_bytes();
    let said: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(text) = said["error"]["message"].as_str() else {
        // It comes from further inside, and speaks as it should.
        return Response::from_parts(parts, Body::from(body));
    };
    let (media, text) = if is_channel {
        ("application/json", json!({"error": text}).to_string())
    } else {
        let code = match parts.status {
            StatusCode::UNAUTHORIZED => "unauthorized",
            StatusCode::FORBIDDEN => "forbidden",
            _ => "bad_request",
        };
        let problem = Problem::new(parts.status, code, text);
        (PROBLEM, problem.to_json().to_string() + "\n")
    };
    parts.headers.remove(CONTENT_LENGTH);
    parts
        .headers
        .insert(CONTENT_TYPE, HeaderValue::from_static(media));
    Response::from_parts(parts, Body::from(text))
}
