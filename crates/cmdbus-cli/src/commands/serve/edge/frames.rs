//! A call whose progress and items are sent as they come (link extensions §7).
//!
//! Lines of JSON have one member each: `{"progress": …}`, `{"item": …}`, and at the end `{"result": …}` or `{"error": …}`.
//! Server-sent events have these as their names and the value as their data.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use axum::response::Response;
use bytes::Bytes;
use cmdbus::{Call, CallStream, CommandError, Payload, Progress};
use futures_util::future::BoxFuture;
use futures_util::{StreamExt, stream};
use serde_json::json;
use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::time::{Instant, sleep_until, timeout};

use super::call::{NDJSON, SSE, json_of};
use super::problem::Problem;

/// How long the status waits for what comes first: an error that comes by then has a status of its own.
const FIRST: Duration = Duration::from_secs(1);
/// After how much silence a stream says that it is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What a call is watched with.
pub(super) struct Watch {
    pub(super) limit: Duration,
    /// Ready once nobody may be answered any more.
    pub(super) cut_off: BoxFuture<'static, ()>,
    pub(super) place: OwnedSemaphorePermit,
}

/// Calls a command and answers piece by piece.
pub(super) async fn answer(
    call: Call<Payload>,
    watch: Watch,
    as_sse: bool,
) -> Result<Response, Problem> {
    let latest = Arc::new(Latest::default());
    let reported = latest.clone();
    let call = call.on_progress(move |progress| reported.set(progress));
    let mut frames = Frames {
        call: Some(call.stream()),
        latest,
        // A limit beyond what a clock can tell has been cut to that of the edge.
        deadline: Instant::now() + watch.limit,
        watch,
        last: None,
        ended: None,
    };
    let first = match timeout(FIRST, frames.next()).await {
        Ok(Some(Piece::End(Err(problem)))) => return Err(problem),
        Ok(first) => first,
        Err(_) => None,
    };
    frames.last = Some(Instant::now());
    let pieces = stream::unfold((frames, first), async |(mut frames, first)| {
        let piece = match first {
            Some(first) => first,
            None => frames.next().await?,
        };
        frames.last = Some(Instant::now());
        Some((piece, (frames, None)))
    });
    let chunks = pieces.map(move |piece| Ok::<_, Infallible>(piece.write(as_sse)));
    let mut response = Response::new(Body::from_stream(chunks));
    let headers = response.headers_mut();
    let media = if as_sse { SSE } else { NDJSON };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// A call on its way. Dropped when the client goes away, which cancels it.
struct Frames {
    /// `None` once it is over.
    call: Option<CallStream<Payload, Option<Payload>>>,
    latest: Arc<Latest>,
    watch: Watch,
    deadline: Instant,
    /// When something was sent. `None`: the answer has not begun.
    last: Option<Instant>,
    /// How it has ended, while the last report is on its way.
    ended: Option<Result<Bytes, Problem>>,
}

impl Frames {
    /// Returns the next piece; `None` after the end. Cancel safe.
    async fn next(&mut self) -> Option<Piece> {
        if let Some(ended) = self.ended.take() {
            self.call = None;
            return Some(Piece::End(ended));
        }
        let call = self.call.as_mut()?;
        let silent = async {
            match self.last {
                Some(last) => sleep_until(last + KEEP_ALIVE).await,
                None => std::future::pending().await,
            }
        };
        let ended = tokio::select! {
            biased;
            () = &mut self.watch.cut_off => Err(CommandError::ChannelDisconnected),
            () = sleep_until(self.deadline) => Err(CommandError::Timeout),
            progress = self.latest.next() => return Some(Piece::Progress(progress)),
            item = call.next() => match item {
                Some(Ok(item)) => return Some(Piece::Item(Bytes::copy_from_slice(&item.to_json()))),
                Some(Err(error)) => Err(error),
                // It has ended, so this waits for nothing.
                None => match self.call.take() {
                    Some(call) => call.finish().await,
                    None => Ok(None),
                },
            },
            () = silent => return Some(Piece::Silence),
        };
        self.call = None;
        let ended = ended.map_err(|error| Problem::of(&error));
        let ended = ended.and_then(|result| json_of(result.as_ref()));
        // What was reported before the end is told before it.
        match self.latest.take() {
            Some(progress) => {
                self.ended = Some(ended);
                Some(Piece::Progress(progress))
            }
            None => Some(Piece::End(ended)),
        }
    }
}

/// The latest report that has not been sent yet.
#[derive(Default)]
struct Latest {
    report: Mutex<Option<Progress>>,
    news: Notify,
}

impl Latest {
    fn set(&self, progress: Progress) {
        *self.report.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
        self.news.notify_one();
    }

    fn take(&self) -> Option<Progress> {
        self.report
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    async fn next(&self) -> Progress {
        loop {
            if let Some(progress) = self.take() {
                return progress;
            }
            self.news.notified().await;
        }
    }
}

/// What is sent.
enum Piece {
    Progress(Progress),
    Item(Bytes),
    End(Result<Bytes, Problem>),
    Silence,
}

impl Piece {
    fn write(self, as_sse: bool) -> Bytes {
        let (name, json) = match self {
            Self::Progress(progress) => ("progress", Bytes::from(report(&progress))),
            Self::Item(item) => ("item", item),
            Self::End(Ok(result)) => ("result", result),
            Self::End(Err(problem)) => ("error", Bytes::from(problem.to_json().to_string())),
            // A comment, and an empty line, are passed over.
            Self::Silence => return Bytes::from_static(if as_sse { b":\n\n" } else { b"\n" }),
        };
        let (before, after) = if as_sse {
            (format!("event: {name}\ndata: "), "\n\n")
        } else {
            (format!("{{\"{name}\":"), "}\n")
        };
        let mut text = before.into_bytes();
        text.extend_from_slice(&json);
        text.extend_from_slice(after.as_bytes());
        Bytes::from(text)
    }
}

fn report(progress: &Progress) -> String {
    let mut report = json!({"progress": progress.progress});
    if let Some(total) = progress.total {
        report["total"] = total.into();
    }
    if let Some(message) = &progress.message {
        report["message"] = message.as_str().into();
    }
    report.to_string()
}
