//! Reading the body of a request within its limits (protocol §3.1).

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::time::timeout;

use super::server::Limits;
use crate::core::Refusal;

/// Reads a body whole. After a refusal the rest of it is still on its way, so the connection has to end.
pub(super) async fn read(body: Incoming, limits: &Limits) -> Result<Bytes, Refusal> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    if body.size_hint().lower() > limits.body_bytes as u64 {
        return Err(too_large(limits));
    }
    match timeout(limits.body_timeout, collect(body, limits)).await {
        Ok(result) => result,
        Err(_) => Err(Refusal::new(
            408,
            "body_timeout",
            format!(
                "the body did not arrive within {} s",
                limits.body_timeout.as_secs()
            ),
        )),
    }
}

async fn collect(mut body: Incoming, limits: &Limits) -> Result<Bytes, Refusal> {
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame
            .map_err(|_| Refusal::new(400, "invalid_body", "the body ended before its end"))?;
        // What is no data is a trailer, which nothing here needs.
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if first.len() + all.len() + data.len() > limits.body_bytes {
            return Err(too_large(limits));
        }
        // Nearly every body is one piece, which need not be copied.
        if first.is_empty() && all.is_empty() {
            first = data;
            continue;
        }
        if all.is_empty() {
            all.reserve(usize::try_from(body.size_hint().lower()).unwrap_or(0) + first.len());
            all.extend_from_slice(&std::mem::take(&mut first));
        }
        all.extend_from_slice(&data);
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}

fn too_large(limits: &Limits) -> Refusal {
    Refusal::new(
        413,
        "payload_too_large",
        format!(
            "the body is longer than {} bytes; send less at once",
            limits.body_bytes
        ),
    )
}
