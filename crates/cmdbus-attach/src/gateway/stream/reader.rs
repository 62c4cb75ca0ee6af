//! One connection that reads a stream.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use bytes::Bytes;
use futures_util::stream;
use tokio::time::timeout;

use super::{Next, Stream};

/// How soon a client should come back, in ms.
const RETRY: u32 = 3000;

/// What a stream begins with.
pub(in crate::gateway) enum First {
    /// The answer, its status, and nothing else.
    Answer(StatusCode, Bytes),
    /// Something before the answer, or nothing within the time.
    More,
    /// Nothing: it has ended without an answer.
    Nothing,
}

/// How a stream is written to a connection.
#[derive(Debug, Clone, Copy)]
pub(in crate::gateway) struct Manner {
    /// Whether the client is told where it is, and how to come back.
    pub(in crate::gateway) ids: bool,
    /// Time between comments.
    pub(in crate::gateway) keep_alive: Duration,
}

/// What to do whenever a connection shows that it is alive, and when it is gone.
pub(in crate::gateway) trait Watch: Send + Sync {
    /// Something was sent, and there is room for more.
    fn alive(&self) {}
    /// The connection is gone. It broke if there was, or will be, more to read.
    fn closed(&self, broke: bool);
}

/// One connection that reads a stream. Dropped, it reads no more.
pub(in crate::gateway) struct Reader {
    stream: Arc<Stream>,
    reader: u64,
    /// The event it was begun after.
    after: u64,
    watch: Arc<dyn Watch>,
}

impl Reader {
    /// Begins to read, from the beginning or after an event. `None` if what follows the event is not kept.
    pub(in crate::gateway) fn new(
        stream: &Arc<Stream>,
        after: Option<u64>,
        watch: Arc<dyn Watch>,
    ) -> Option<Self> {
        let reader = stream.attach(after)?;
        Some(Self {
            stream: Arc::clone(stream),
            reader,
            after: after.unwrap_or(0),
            watch,
        })
    }

    /// Waits until it is known what the stream begins with, but no longer than so.
    pub(in crate::gateway) async fn first(&self, longest: Option<Duration>) -> First {
        let first = self.wait_for_first();
        match longest {
            Some(longest) => timeout(longest, first).await.unwrap_or(First::More),
            None => first.await,
        }
    }

    async fn wait_for_first(&self) -> First {
        loop {
            let mut changed = pin!(self.stream.changed.notified());
            changed.as_mut().enable();
            match self.stream.first() {
                Ok(first) => return first,
                Err(()) => changed.await,
            }
        }
    }

    /// Takes what [`Reader::first`] has shown, so that nothing is left to read.
    pub(in crate::gateway) fn take_answer(self) {
        self.stream.next(self.reader);
    }

    /// Returns the rest of the stream as a body.
    pub(in crate::gateway) fn into_body(self, manner: Manner) -> Body {
        if manner.ids {
            self.stream.begin();
        }
        // Says where the client is, also one that has come back: an earlier place would have it sent everything again.
        let begin = manner.ids.then(|| {
            let id = format!("{}-{}", self.stream.number, self.after);
            Bytes::from(format!("id: {id}\nretry: {RETRY}\ndata: \n\n"))
        });
        Body::from_stream(stream::unfold(
            (self, begin),
            move |(reader, begin)| async move {
                let chunk = match begin {
                    Some(begin) => begin,
                    None => reader.chunk(manner).await?,
                };
                reader.watch.alive();
                Some((Ok::<_, Infallible>(chunk), (reader, None)))
            },
        ))
    }

    /// Returns what is sent next, or `None` at the end.
    async fn chunk(&self, manner: Manner) -> Option<Bytes> {
        loop {
            let mut changed = pin!(self.stream.changed.notified());
            changed.as_mut().enable();
            match self.stream.next(self.reader) {
                Next::End => return None,
                Next::Event(number, event) => {
                    let id = manner
                        .ids
                        .then(|| format!("{}-{number}", self.stream.number));
                    return Some(event.to_sse(id.as_deref()));
                }
                Next::Nothing => {}
            }
            if timeout(manner.keep_alive, changed).await.is_err() {
                return Some(Bytes::from_static(b": alive\n\n"));
            }
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // `None`: another connection has taken over.
        if let Some(broke) = self.stream.detach(self.reader) {
            self.watch.closed(broke);
        }
    }
}

/// Returns a response whose body is a stream of events.
pub(in crate::gateway) fn sse_response(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}
