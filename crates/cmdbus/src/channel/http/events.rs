//! `GET /events?pattern=…`: events as they happen.

use std::sync::Arc;

use ::axum::extract::Request;
use ::axum::http::StatusCode;
use ::axum::response::Response;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream;
use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Interval, MissedTickBehavior, interval_at};

use super::accept::preferred;
use super::answer::{self, NDJSON, Problem, SSE};
use super::endpoint::Shared;
use super::feed::{Feed, Inlet, Told};
use crate::event::Delivery;
use crate::registry::Unsubscribe;

/// Longest pattern, in bytes.
const MAX_PATTERN: usize = 1024;

/// Opens a stream.
pub(super) fn stream(shared: &Arc<Shared>, request: &Request) -> Response {
    let endpoint = &shared.endpoint;
    let Some(media) = preferred(request.headers(), &[NDJSON, SSE]) else {
        return Problem::not_acceptable("application/x-ndjson or text/event-stream")
            .into_response();
    };
    let pattern = match pattern(request.uri().query().unwrap_or_default()) {
        Ok(pattern) => pattern,
        Err(text) => return answer::error(StatusCode::BAD_REQUEST, text),
    };
    if !endpoint.access.may_listen(request.extensions()) {
        let text = "this token may not listen to events; one with the scope `bus` may";
        return answer::error(StatusCode::FORBIDDEN, text);
    }
    let Ok(place) = shared.listeners.clone().try_acquire_owned() else {
        let text = "too many streams of events are open; try again later";
        return answer::error(StatusCode::SERVICE_UNAVAILABLE, text);
    };
    let (inlet, feed) = Feed::new(endpoint.queue);
    let stop = endpoint
        .registry
        .on_delivery(&pattern, move |event| tell(&inlet, event));
    let mut silence = interval_at(
        tokio::time::Instant::now() + endpoint.keep_alive,
        endpoint.keep_alive,
    );
    silence.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let listener = Listener {
        feed,
        as_sse: media == SSE,
        silence,
        ended: endpoint.access.ended(request.extensions()),
        stop: Some(stop),
        _place: place,
    };
    let chunks = stream::unfold(listener, async |mut listener| {
        let chunk = listener.next().await?;
        Some((chunk, listener))
    });
    answer::streamed(media, chunks)
}

/// Returns the pattern of a query; everything unless it says otherwise.
fn pattern(query: &str) -> Result<String, &'static str> {
    let given = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(name, _)| *name == "pattern")
        .map_or("*", |(_, value)| value);
    let pattern = unescape(given)
        .ok_or("`pattern` is not UTF-8, or `%` is not followed by two hexadecimal digits")?;
    if pattern.len() > MAX_PATTERN {
        Err("`pattern` is longer than any id; give a shorter one")
    } else if pattern.starts_with('_') {
        Err("events whose ids begin with `_` are private; give a pattern that does not begin so")
    } else {
        Ok(pattern)
    }
}

/// Reads a value of a query, as forms write it.
fn unescape(value: &str) -> Option<String> {
    let mut bytes = value.bytes();
    let mut text = Vec::with_capacity(value.len());
    while let Some(byte) = bytes.next() {
        text.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                let (high, low) = (digit()?, digit()?);
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(text).ok()
}

/// Puts an event into the queue of a listener.
fn tell(inlet: &Inlet, event: &Delivery) {
    let payload = match &event.payload {
        None => b"null".into(),
        Some(payload) => payload.to_json(),
    };
    // What a peer sent may turn out not to be JSON, and would spoil the line.
    if serde_json::from_slice::<&serde_json::value::RawValue>(&payload).is_err() {
        return;
    }
    let id = event.id.to_string();
    let mut json = Vec::with_capacity(payload.len() + event.event_id.len() + 80);
    json.extend_from_slice(b"{\"event\":");
    json.extend_from_slice(Value::from(event.event_id.as_str()).to_string().as_bytes());
    json.extend_from_slice(b",\"payload\":");
    json.extend_from_slice(&payload);
    json.extend_from_slice(b",\"id\":\"");
    json.extend_from_slice(id.as_bytes());
    json.extend_from_slice(b"\"}");
    inlet.push(id, Bytes::from(json));
}

/// One stream of events. Dropped when the client goes away.
struct Listener {
    feed: Arc<Feed>,
    as_sse: bool,
    silence: Interval,
    ended: Option<BoxFuture<'static, ()>>,
    stop: Option<Unsubscribe>,
    _place: OwnedSemaphorePermit,
}

impl Listener {
    async fn next(&mut self) -> Option<Bytes> {
        let told = tokio::select! {
            biased;
            () = until(&mut self.ended) => return None,
            told = self.feed.next() => told?,
            _ = self.silence.tick() => {
                // A comment, and an empty line, are passed over.
                return Some(Bytes::from_static(if self.as_sse { b":\n\n" } else { b"\n" }));
            }
        };
        self.silence.reset();
        Some(self.write(told))
    }

    fn write(&self, told: Told) -> Bytes {
        let mut text = Vec::new();
        match (told, self.as_sse) {
            (Told::Event { json, .. }, false) => {
                text.extend_from_slice(&json);
                text.push(b'\n');
            }
            (Told::Event { id, json }, true) => {
                text.extend_from_slice(format!("id: {id}\ndata: ").as_bytes());
                text.extend_from_slice(&json);
                text.extend_from_slice(b"\n\n");
            }
            (Told::Dropped(count), false) => {
                text.extend_from_slice(format!("{{\"dropped\":{count}}}\n").as_bytes());
            }
            (Told::Dropped(count), true) => text.extend_from_slice(
                format!("event: dropped\ndata: {{\"dropped\":{count}}}\n\n").as_bytes(),
            ),
        }
        Bytes::from(text)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop();
        }
    }
}

/// Waits for something that may never be.
async fn until(ended: &mut Option<BoxFuture<'static, ()>>) {
    match ended {
        Some(ended) => ended.await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_read_from_the_query() {
        for (query, wanted) in [
            ("", "*"),
            ("other=1", "*"),
            ("pattern=", ""),
            ("a=b&pattern=notes.*", "notes.*"),
            ("pattern=a%2Eb%20c+d", "a.b c d"),
            ("pattern=%c3%bc", "ü"),
        ] {
            assert_eq!(pattern(query).as_deref(), Ok(wanted), "{query}");
        }
        let long = format!("pattern={}", "x".repeat(MAX_PATTERN + 1));
        for query in [
            "pattern=%",
            "pattern=%4",
            "pattern=%zz",
            "pattern=%ff",
            "pattern=_x",
            "pattern=%5Fx",
            &long,
        ] {
            assert!(pattern(query).is_err(), "{query}");
        }
    }
}
