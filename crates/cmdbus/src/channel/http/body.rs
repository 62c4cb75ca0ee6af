//! Bodies of requests, within bounds of size and time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ::axum::body::Body;
use ::axum::http::StatusCode;
use ::axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use bytes::Bytes;
use http_body_util::BodyExt;
use tokio::time::timeout;

use super::answer::{JSON, Problem};

/// How much may be in memory of bodies that are still being read, for all of them together.
#[derive(Debug, Default)]
pub(super) struct Budget(AtomicUsize);

/// What one body takes of it.
struct Share {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Share {
    fn grow(&mut self, bytes: usize, most: usize) -> bool {
        let before = self.budget.0.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
        before + bytes <= most
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Bounds of a body.
#[derive(Debug, Clone, Copy)]
pub(super) struct BodyLimits {
    /// Bytes of one body.
    pub(super) bytes: usize,
    /// Bytes of all bodies that are being read.
    pub(super) all_bytes: usize,
    /// How long one may take to arrive.
    pub(super) time: Duration,
}

/// Checks that a body is said to be plain JSON.
pub(super) fn check_type(headers: &HeaderMap) -> Result<(), Problem> {
    let wrong = |text| Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
    let media = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media = media
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    if !media.trim().eq_ignore_ascii_case(JSON) {
        return wrong(
            "the body must be JSON; send `Content-Type: application/json` (curl: `--json`)",
        );
    }
    let encoding = headers
        .get(CONTENT_ENCODING)
        .map_or(&b""[..], |value| value.as_bytes());
    if !encoding.is_empty() && !encoding.eq_ignore_ascii_case(b"identity") {
        return wrong("compressed bodies are not taken; send it plain");
    }
    Ok(())
}

/// Reads a body.
pub(super) async fn read(
    headers: &HeaderMap,
    body: Body,
    budget: &Arc<Budget>,
    limits: BodyLimits,
) -> Result<Bytes, Problem> {
    let said = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<u64>().ok());
    if said.is_some_and(|said| said > limits.bytes as u64) {
        return Err(too_large(limits.bytes));
    }
    let reading = collect(body, budget, limits);
    timeout(limits.time, reading).await.unwrap_or_else(|_| {
        let text = format!("the body did not arrive within {} s", limits.time.as_secs());
        Err(Problem::new(StatusCode::REQUEST_TIMEOUT, text))
    })
}

async fn collect(
    mut body: Body,
    budget: &Arc<Budget>,
    limits: BodyLimits,
) -> Result<Bytes, Problem> {
    let mut share = Share {
        budget: budget.clone(),
        bytes: 0,
    };
    let mut first = Bytes::new();
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| {
            Problem::new(StatusCode::BAD_REQUEST, "the body broke off; send it again")
        })?;
        let Ok(chunk) = frame.into_data() else {
            continue;
        };
        if share.bytes + chunk.len() > limits.bytes {
            return Err(too_large(limits.bytes));
        }
        if !share.grow(chunk.len(), limits.all_bytes) {
            let text = "too much is being received at once; try again";
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, text));
        }
        // Most bodies come in one piece, which is not copied.
        if first.is_empty() && whole.is_empty() {
            first = chunk;
        } else {
            if whole.is_empty() {
                whole.extend_from_slice(&first);
            }
            whole.extend_from_slice(&chunk);
        }
    }
    Ok(if whole.is_empty() {
        first
    } else {
        Bytes::from(whole)
    })
}

fn too_large(limit: usize) -> Problem {
    let text = format!("the body may have at most {limit} bytes");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, text)
}
