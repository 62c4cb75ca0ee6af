//! `GET /events?pattern=…`: events as they happen.

use std::sync::Arc;
use std::time::Duration;

use ::axum::extract::Request;
use ::axum::http::StatusCode;
use ::axum::response::Response;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{sleep, timeout};

use super::accept::preferred;
use super::answer::{self, NDJSON, Problem, SSE};
use super::endpoint::Shared;
use super::feed::{Feed, Told};
use crate::registry::Unsubscribe;

/// Longest pattern, in bytes.
const MAX_PATTERN: usize = 1024;
/// Most that is handed over at a time, and how long a reader may take for it. One that is slower is not there.
const PIECE: usize = 64 << 10;
const STUCK: Duration = Duration::from_secs(5 * 60);

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
    let latest = shared.latest.clone();
    let stop = endpoint.registry.on_delivery(&pattern, move |event| {
        if let Some(written) = latest.write(event) {
            inlet.push(written);
        }
    });
    let listener = Listener {
        feed,
        as_sse: media == SSE,
        keep_alive: endpoint.keep_alive,
        stop: Some(stop),
        _place: place,
    };
    let ended = endpoint.access.ended(request.extensions());
    let (chunks, mut body) = mpsc::channel(1);
    tokio::spawn(listener.run(ended, chunks));
    answer::streamed(media, stream::poll_fn(move |cx| body.poll_recv(cx)))
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

/// One stream of events. It is a task of its own, because a body is asked for more only as long as its reader takes what there is:
/// a reader that does not must not keep its place, and must not hear anything after its token has ended.
struct Listener {
    feed: Arc<Feed>,
    as_sse: bool,
    /// Zero: never.
    keep_alive: Duration,
    stop: Option<Unsubscribe>,
    _place: OwnedSemaphorePermit,
}

impl Listener {
    /// Hands over what there is to tell, until nobody takes it or nobody may be told any more.
    async fn run(self, ended: Option<BoxFuture<'static, ()>>, chunks: mpsc::Sender<Bytes>) {
        let ended = async {
            match ended {
                Some(ended) => ended.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = ended => {}
            () = chunks.closed() => {}
            () = self.tell(&chunks) => {}
        }
    }

    async fn tell(&self, chunks: &mpsc::Sender<Bytes>) {
        while let Some(mut chunk) = self.next().await {
            while !chunk.is_empty() {
                let piece = chunk.split_to(PIECE.min(chunk.len()));
                let Ok(Ok(())) = timeout(STUCK, chunks.send(piece)).await else {
                    return;
                };
            }
        }
    }

    async fn next(&self) -> Option<Bytes> {
        let silence = async {
            if self.keep_alive.is_zero() {
                std::future::pending().await
            }
            sleep(self.keep_alive).await
        };
        tokio::select! {
            biased;
            told = self.feed.next() => told.map(|told| self.write(&told)),
            // A comment, and an empty line, are passed over.
            () = silence => Some(Bytes::from_static(if self.as_sse { b":\n\n" } else { b"\n" })),
        }
    }

    fn write(&self, told: &Told) -> Bytes {
        match (told, self.as_sse) {
            (Told::Event(event), false) => event.line(),
            (Told::Event(event), true) => event.as_sse(),
            (Told::Dropped(count), false) => format!("{{\"dropped\":{count}}}\n").into(),
            (Told::Dropped(count), true) => {
                format!("event: dropped\ndata: {{\"dropped\":{count}}}\n\n").into()
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop();
        }
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
