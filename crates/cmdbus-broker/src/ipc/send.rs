//! `POST /v1/send` (protocol §6.1, §6.5).

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::fields::{Fields, wrong};
use super::handler::{Call, Question};
use crate::core::{Refusal, Request, Send, Sender};

/// The name under which a send goes out without a mailbox.
const NODE: &str = "node:self";

/// Longest idempotency key.
const KEY_BYTES: usize = 128;

/// How long a message may be worth delivering, in milliseconds: 1 s to 30 days.
const TTL_MS: std::ops::RangeInclusive<i64> = 1000..=30 * 86_400_000;

/// The body of a send, read in one go.
#[derive(Deserialize)]
struct Body {
    endpoint_id: String,
    to: String,
    content: String,
    #[serde(rename = "contentType")]
    content_type: Option<String>,
    metadata: Option<Map<String, Value>>,
    require_live: Option<bool>,
    idempotency_key: Option<String>,
    ttl_ms: Option<i64>,
    endpoint_owner_token: Option<String>,
}

impl Body {
    /// Reads a body field by field, to say what is wrong with it, or to take what the quick way does not:
    /// a member that is there twice, a whole number written with a point.
    fn carefully(mut fields: Fields) -> Result<Self, Refusal> {
        Ok(Self {
            endpoint_id: fields.string("endpoint_id")?,
            to: fields.string("to")?,
            content: fields.string("content")?,
            content_type: fields.optional_string("contentType")?,
            metadata: Some(fields.object("metadata")?),
            require_live: fields.optional_bool("require_live")?,
            idempotency_key: fields.optional_string("idempotency_key")?,
            ttl_ms: fields.optional_integer("ttl_ms")?,
            endpoint_owner_token: fields.optional_string("endpoint_owner_token")?,
        })
    }
}

/// Understands a send.
pub(super) fn send(call: &Call<'_>) -> Result<Question, Refusal> {
    // An escaped member that nobody asks for would pass the quick way unseen if it is no UTF-8.
    let quick = std::str::from_utf8(call.body)
        .ok()
        .and_then(|text| serde_json::from_str(text).ok());
    let body: Body = match quick {
        Some(body) => body,
        None => Body::carefully(call.fields()?)?,
    };
    let caller = call.caller_owning(body.endpoint_owner_token.as_deref())?;
    let ttl = body.ttl_ms.map(ttl).transpose()?;
    let key = key(body.idempotency_key, call)?;
    let send = Send {
        sender: sender(body.endpoint_id),
        to: body.to,
        content: body.content,
        content_type: body.content_type.unwrap_or_else(|| "text".to_owned()),
        metadata: body.metadata.unwrap_or_default(),
        require_live: body.require_live.unwrap_or(false),
        key,
        ttl,
    };
    Ok((caller, Request::Send(Box::new(send))))
}

/// Returns who is meant by an endpoint id that may be the node.
pub(super) fn sender(id: String) -> Sender {
    if id == NODE {
        Sender::Node
    } else {
        Sender::Endpoint(id.into())
    }
}

fn ttl(ms: i64) -> Result<Duration, Refusal> {
    match u64::try_from(ms) {
        Ok(whole) if TTL_MS.contains(&ms) => Ok(Duration::from_millis(whole)),
        _ => Err(wrong("ttl_ms", "between 1000 and 2592000000")),
    }
}

/// Returns the key of the body or of the header.
fn key(body: Option<String>, call: &Call<'_>) -> Result<Option<String>, Refusal> {
    let header = match call.headers.get("idempotency-key") {
        None => None,
        Some(value) => Some(check_key(value.as_bytes())?),
    };
    let body = match &body {
        None => None,
        Some(key) => Some(check_key(key.as_bytes())?),
    };
    match (header, body) {
        (Some(header), Some(body)) if header != body => Err(Refusal::invalid(
            "idempotency_key",
            "`idempotency_key` and the header `Idempotency-Key` differ",
        )),
        (header, body) => Ok(body.or(header)),
    }
}

/// Checks a key: 1 to 128 printable ASCII characters.
pub(super) fn check_key(key: &[u8]) -> Result<String, Refusal> {
    let is_fine =
        (1..=KEY_BYTES).contains(&key.len()) && key.iter().all(|byte| (b' '..=b'~').contains(byte));
    std::str::from_utf8(key)
        .ok()
        .filter(|_| is_fine)
        .map(str::to_owned)
        .ok_or_else(|| wrong("idempotency_key", "1 to 128 printable ASCII characters"))
}
