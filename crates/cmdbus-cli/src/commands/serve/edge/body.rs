//! Bodies of requests, within bounds of size and time, and with something left for everybody.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use bytes::Bytes;
use http_body_util::BodyExt;
use tokio::time::timeout;

use super::call::JSON;
use super::problem::Problem;

/// How long a body may take to arrive.
const TIME: Duration = Duration::from_secs(30);
/// Most bytes that are kept of all bodies that are still arriving. How many there are is bounded by the connections.
const MOST_BYTES: usize = 256 << 20;

/// The bodies that are arriving. A sender may take no more than it leaves to the others: one that is alone has half, and there is
/// always something left for the next.
pub(super) struct Bodies {
    taken: Mutex<Taken>,
    most: usize,
    /// Most bytes of one.
    longest: usize,
}

#[derive(Default)]
struct Taken {
    all: usize,
    /// Of those who have any.
    by_sender: HashMap<String, usize>,
}

/// What one body takes.
struct Share<'b> {
    bodies: &'b Bodies,
    sender: &'b str,
    bytes: usize,
}

impl Bodies {
    /// Makes room for bodies of at most so many bytes.
    pub(super) fn new(longest: usize) -> Self {
        Self {
            taken: Mutex::default(),
            // The longest fits at any rate.
            most: MOST_BYTES.max(2 * longest),
            longest,
        }
    }

    /// Reads a body.
    ///
    /// # Errors
    /// It is too long or too slow, breaks off, is not said to be JSON, or there is no room for it now.
    pub(super) async fn read(
        &self,
        sender: &str,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Bytes, Problem> {
        // What it says of its length.
        if body.size_hint().lower() > self.longest as u64 {
            return Err(self.too_large());
        }
        let share = Share {
            bodies: self,
            sender,
            bytes: 0,
        };
        let body = timeout(TIME, self.collect(share, body)).await;
        let body = body.unwrap_or_else(|_| {
            let detail = format!("the body did not arrive within {} s", TIME.as_secs());
            let status = StatusCode::REQUEST_TIMEOUT;
            Err(Problem::new(status, "timeout", detail))
        })?;
        if !body.is_empty() {
            check_type(headers)?;
        }
        Ok(body)
    }

    async fn collect(&self, mut share: Share<'_>, mut body: Body) -> Result<Bytes, Problem> {
        let mut first = Bytes::new();
        let mut whole = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| {
                let detail = "the body broke off; send it again";
                Problem::new(StatusCode::BAD_REQUEST, "bad_request", detail)
            })?;
            let Ok(chunk) = frame.into_data() else {
                continue;
            };
            if first.len().max(whole.len()) + chunk.len() > self.longest {
                return Err(self.too_large());
            }
            // Most bodies come in one piece, which is neither counted nor copied.
            if whole.is_empty() && first.is_empty() && body.is_end_stream() {
                return Ok(chunk);
            }
            if !share.grow(chunk.len()) {
                return Err(Problem::overloaded());
            }
            if whole.is_empty() && first.is_empty() {
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

    fn too_large(&self) -> Problem {
        let detail = format!("the body may have at most {} bytes", self.longest);
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share<'_> {
    /// Takes more, and returns whether there was room for it.
    fn grow(&mut self, bytes: usize) -> bool {
        let mut taken = self.bodies.lock();
        let own = taken.by_sender.get(self.sender).copied().unwrap_or(0);
        if own + taken.all + 2 * bytes > self.bodies.most {
            return false;
        }
        taken.all += bytes;
        match taken.by_sender.get_mut(self.sender) {
            Some(own) => *own += bytes,
            None => {
                taken.by_sender.insert(self.sender.to_owned(), bytes);
            }
        }
        self.bytes += bytes;
        true
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        if self.bytes == 0 {
            return;
        }
        let mut taken = self.bodies.lock();
        taken.all -= self.bytes;
        if let Some(own) = taken.by_sender.get_mut(self.sender) {
            *own -= self.bytes;
            if *own == 0 {
                taken.by_sender.remove(self.sender);
            }
        }
    }
}

/// Checks that a body is said to be plain JSON. Besides being wrong, anything else could come from a page of somebody else without
/// the browser's asking us.
fn check_type(headers: &HeaderMap) -> Result<(), Problem> {
    let wrong = |detail: &str| {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Err(Problem::new(status, "unsupported_media_type", detail))
    };
    let media = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::pin;

    use axum::http::HeaderValue;
    use futures_util::{FutureExt, StreamExt, stream};
    use tokio::time::sleep;

    use super::*;

    fn is_json() -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(JSON))])
    }

    /// Returns a body of which so many bytes come at once, and the rest never.
    fn unfinished(bytes: usize) -> Body {
        let chunk = Bytes::from(vec![b'1'; bytes]);
        let chunks = stream::iter([Ok::<_, Infallible>(chunk)]).chain(stream::pending());
        Body::from_stream(chunks)
    }

    fn bodies(most: usize) -> Bodies {
        Bodies {
            most,
            ..Bodies::new(1000)
        }
    }

    #[tokio::test]
    async fn bodies_that_are_arriving_are_bounded_and_one_sender_leaves_room_for_others() {
        let bodies = bodies(100);
        let headers = is_json();
        // It has taken so much, or is refused.
        let begin = |sender, bytes| {
            let mut reading = Box::pin(bodies.read(sender, &headers, unfinished(bytes)));
            match reading.as_mut().now_or_never() {
                None => Ok(reading),
                Some(ended) => Err(ended.unwrap_err()),
            }
        };
        let held: Vec<_> = (0..50).map(|_| begin("greedy", 1).unwrap()).collect();
        let refused = begin("greedy", 1).err().unwrap();
        assert_eq!(refused, Problem::overloaded());
        let others = begin("ci", 25).unwrap();
        assert!(begin("ci", 1).is_err());
        assert!(begin("third", 12).is_ok());
        // Whoever is given up gives back what it had.
        drop((held, others));
        assert!(begin("greedy", 50).is_ok());
        let taken = bodies.lock();
        assert_eq!((taken.all, taken.by_sender.len()), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_is_done_or_given_up_takes_no_room() {
        let bodies = bodies(100);
        let headers = is_json();
        // In one piece it is not on its way, so that there is always room for it.
        let whole = Body::from("1".repeat(80));
        let whole = bodies.read("ci", &headers, whole).await.unwrap();
        assert_eq!(whole.len(), 80);
        for _ in 0..3 {
            let chunks = ["12", "34", "5"].map(|chunk| Ok::<_, Infallible>(Bytes::from(chunk)));
            let body = Body::from_stream(stream::iter(chunks));
            assert_eq!(bodies.read("ci", &headers, body).await.unwrap(), "12345");
            let problem = bodies.read("ci", &headers, unfinished(50)).await;
            assert_eq!(problem.unwrap_err().status, StatusCode::REQUEST_TIMEOUT);
        }
        assert_eq!(bodies.lock().all, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_is_too_long_is_refused_as_soon_as_that_is_known() {
        let bodies = bodies(10_000);
        let headers = is_json();
        let mut reading = pin!(bodies.read("ci", &headers, unfinished(1001)));
        tokio::select! {
            biased;
            ended = &mut reading => assert_eq!(ended.unwrap_err().code, "too_large"),
            () = sleep(Duration::from_secs(1)) => panic!("it waits for more"),
        }
    }
}
