//! A call whose progress and items are sent as they come (protocol §9.6.5).
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
use futures_util::future::{BoxFuture, Fuse};
use futures_util::{FutureExt, StreamExt, stream};
use serde_json::json;
use tokio::sync::{Notify, OwnedSemaphorePermit, mpsc, oneshot};
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
        cut_off: watch.cut_off.fuse(),
        last: None,
        _place: watch.place,
    };
    let first = match timeout(FIRST, frames.next()).await {
        Ok(Piece::End(None, Err(problem))) => return Err(problem),
        Ok(first) => Some(first),
        Err(_) => None,
    };
    let (pieces, mut body) = mpsc::channel(1);
    let (end, ended) = oneshot::channel();
    tokio::spawn(frames.run(first, as_sse, pieces, end));
    let pieces = stream::poll_fn(move |cx| body.poll_recv(cx));
    let end = ended.into_stream().filter_map(async |end| end.ok());
    let chunks = pieces.chain(end).map(Ok::<_, Infallible>);
    let mut response = Response::new(Body::from_stream(chunks));
    let headers = response.headers_mut();
    let media = if as_sse { SSE } else { NDJSON };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// A call on its way, with the place it takes. Dropped, it is cancelled.
///
/// It is a task of its own, because a body is asked for more only as long as its reader takes what there is: a reader that does not
/// keeps the call waiting, but no longer than its time and its token last.
struct Frames {
    /// `None` once it is over.
    call: Option<CallStream<Payload, Option<Payload>>>,
    latest: Arc<Latest>,
    deadline: Instant,
    cut_off: Fuse<BoxFuture<'static, ()>>,
    /// When something was sent. `None`: the answer has not begun.
    last: Option<Instant>,
    _place: OwnedSemaphorePermit,
}

impl Frames {
    /// Hands over piece by piece, as fast as they are taken. The end has a place of its own, so that it waits for nobody.
    async fn run(
        mut self,
        first: Option<Piece>,
        as_sse: bool,
        pieces: mpsc::Sender<Bytes>,
        end: oneshot::Sender<Bytes>,
    ) {
        let mut next = first;
        self.last = Some(Instant::now());
        let last = loop {
            let piece = match next.take() {
                Some(piece) => piece,
                None => tokio::select! {
                    biased;
                    () = pieces.closed() => return,
                    piece = self.next() => piece,
                },
            };
            if let Piece::End(..) = piece {
                break piece;
            }
            let sent = tokio::select! {
                biased;
                sent = pieces.send(piece.write(as_sse)) => sent,
                error = self.over() => break Piece::End(None, Err(Problem::of(&error))),
            };
            if sent.is_err() {
                return;
            }
            self.last = Some(Instant::now());
        };
        drop(self);
        // Nobody is there any more: nobody is told.
        let _ = end.send(last.write(as_sse));
    }

    /// Waits until the call may go on no longer.
    async fn over(&mut self) -> CommandError {
        tokio::select! {
            biased;
            () = &mut self.cut_off => CommandError::ChannelDisconnected,
            () = sleep_until(self.deadline) => CommandError::Timeout,
        }
    }

    /// Returns the next piece. Cancel safe. Nothing comes after the end.
    async fn next(&mut self) -> Piece {
        let silent = async {
            match self.last {
                Some(last) => sleep_until(last + KEEP_ALIVE).await,
                None => std::future::pending().await,
            }
        };
        let item = async {
            match &mut self.call {
                Some(call) => call.next().await,
                None => None,
            }
        };
        let ended = tokio::select! {
            biased;
            () = &mut self.cut_off => Err(CommandError::ChannelDisconnected),
            () = sleep_until(self.deadline) => Err(CommandError::Timeout),
            progress = self.latest.next() => return Piece::Progress(progress),
            item = item => match item {
                Some(Ok(item)) => return Piece::Item(Bytes::copy_from_slice(&item.to_json())),
                Some(Err(error)) => Err(error),
                // It has ended, so this waits for nothing.
                None => match self.call.take() {
                    Some(call) => call.finish().await,
                    None => Ok(None),
                },
            },
            () = silent => return Piece::Silence,
        };
        self.call = None;
        let ended = ended.map_err(|error| Problem::of(&error));
        let ended = ended.and_then(|result| json_of(result.as_ref()));
        // What was reported before the end is told before it.
        Piece::End(self.latest.take(), ended)
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
    /// With what was reported before it and has not been sent.
    End(Option<Progress>, Result<Bytes, Problem>),
    Silence,
}

impl Piece {
    fn write(self, as_sse: bool) -> Bytes {
        let mut text = Vec::new();
        let mut member = |name: &str, json: &[u8]| {
            let (before, after) = if as_sse {
                (format!("event: {name}\ndata: "), "\n\n")
            } else {
                (format!("{{\"{name}\":"), "}\n")
            };
            text.extend_from_slice(before.as_bytes());
            text.extend_from_slice(json);
            text.extend_from_slice(after.as_bytes());
        };
        match self {
            Self::Progress(progress) => member("progress", report(&progress).as_bytes()),
            Self::Item(item) => member("item", &item),
            Self::End(progress, ended) => {
                if let Some(progress) = progress {
                    member("progress", report(&progress).as_bytes());
                }
                match ended {
                    Ok(result) => member("result", &result),
                    Err(problem) => member("error", problem.to_json().to_string().as_bytes()),
                }
            }
            // A comment, and an empty line, are passed over.
            Self::Silence => text.extend_from_slice(if as_sse { b":\n\n" } else { b"\n" }),
        }
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

#[cfg(test)]
mod tests {
    use std::future::pending;

    use cmdbus::{CallContext, CommandRegistry, Config, DynCommand};
    use http_body_util::BodyExt;
    use serde_json::Value;
    use tokio::sync::{Semaphore, watch};
    use tokio::time::sleep;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    /// A command that never stops sending, and one place for calls.
    struct World {
        registry: CommandRegistry,
        places: Arc<Semaphore>,
        /// Held by every call that runs.
        running: Arc<()>,
        /// True: the token has ended.
        ended: watch::Sender<bool>,
    }

    impl World {
        async fn new() -> Self {
            let registry = CommandRegistry::new(Config::default());
            let running = Arc::new(());
            let held = running.clone();
            let endless = DynCommand::streaming("do.endless", move |_: Value| {
                let held = held.clone();
                stream::repeat_with(move || {
                    let _ = &held;
                    Ok("x".repeat(1000))
                })
            });
            registry.register_command(endless).await.unwrap();
            Self {
                registry,
                places: Arc::new(Semaphore::new(1)),
                running,
                ended: watch::Sender::new(false),
            }
        }

        async fn call(&self, id: &str) -> Response {
            let mut ended = self.ended.subscribe();
            let cut_off = async move {
                if ended.wait_for(|ended| *ended).await.is_err() {
                    pending().await
                }
            };
            let watch = Watch {
                limit: MINUTE,
                cut_off: cut_off.boxed(),
                place: self.places.clone().try_acquire_owned().unwrap(),
            };
            let call = self.registry.call_raw(id, None);
            answer(call, watch, false).await.ok().unwrap()
        }

        /// Returns whether a call runs and holds its place; both or neither.
        #[track_caller]
        fn is_busy(&self) -> bool {
            // One is held by the command, for the calls to come.
            let runs = Arc::strong_count(&self.running) > 2;
            assert_eq!(runs, self.places.available_permits() == 0);
            runs
        }
    }

    async fn lines(response: Response) -> Vec<Value> {
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8(body.to_vec()).unwrap();
        let lines = text.lines().filter(|line| !line.is_empty());
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_takes_nothing_holds_its_call_no_longer_than_its_time() {
        let world = World::new().await;
        let response = world.call("do.endless").await;
        sleep(MINUTE / 2).await;
        assert!(world.is_busy());
        sleep(MINUTE).await;
        assert!(!world.is_busy());
        // Should it read on, it learns how it has ended.
        let lines = lines(response).await;
        assert!(lines[0]["item"].is_string() && lines.len() < 5);
        assert_eq!(lines.last().unwrap()["error"]["code"], "timeout");
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_takes_nothing_holds_its_call_no_longer_than_its_token_lasts() {
        let world = World::new().await;
        let response = world.call("do.endless").await;
        sleep(MINUTE / 2).await;
        world.ended.send_replace(true);
        sleep(Duration::from_secs(1)).await;
        assert!(!world.is_busy());
        let lines = lines(response).await;
        let code = &lines.last().unwrap()["error"]["code"];
        assert_eq!(code, "channel_disconnected");
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_goes_away_ends_its_call() {
        let world = World::new().await;
        let response = world.call("do.endless").await;
        assert!(world.is_busy());
        drop(response);
        sleep(Duration::from_secs(1)).await;
        assert!(!world.is_busy());
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_gets_everything_in_its_order() {
        let world = World::new().await;
        let count = DynCommand::streaming("do.count", |_: Value| {
            let reported = stream::once(async {
                sleep(MINUTE / 4).await;
                CallContext::current().unwrap().progress(1.0, 1.0, "done");
                Ok(3)
            });
            stream::iter([Ok(1), Ok(2)]).chain(reported)
        });
        world.registry.register_command(count).await.unwrap();
        let response = world.call("do.count").await;
        sleep(MINUTE / 2).await;
        let lines = lines(response).await;
        let items: Vec<_> = lines.iter().filter_map(|line| line.get("item")).collect();
        assert_eq!(items, [&json!(1), &json!(2), &json!(3)]);
        assert!(
            lines
                .iter()
                .any(|line| line["progress"]["message"] == "done")
        );
        assert_eq!(lines.last(), Some(&json!({"result": null})));
    }

    #[test]
    fn what_was_reported_last_comes_before_the_end() {
        let progress = Progress {
            progress: 1.0,
            total: None,
            message: None,
        };
        let end = Piece::End(Some(progress), Ok(Bytes::from_static(b"7")));
        let text = "event: progress\ndata: {\"progress\":1.0}\n\nevent: result\ndata: 7\n\n";
        assert_eq!(end.write(true), text);
    }
}
