//! One request in progress: what its server says until the answer, and how it ends.

use std::pin::pin;
use std::sync::{Arc, Mutex, Weak};

use axum::http::StatusCode;
use cmdbus_mcp::carry::{FromServer, Hears};
use cmdbus_mcp::rpc::{Era, Id, Message, Raw, RpcError, codes, raw, splice};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::json;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Duration, Instant, sleep_until};

use super::audit::Audit;
use super::errors::status_of;
use super::session::Session;
use super::shared::{Counts, Shared, lock, lost, next_number};
use super::stream::{Event, Kind, Mode, Stream, Watch};
use crate::auth::Principal;
use crate::frame::ListKind;

/// Shortest time between two notifications of progress (attach §4.8).
const PROGRESS_GAP: Duration = Duration::from_millis(50);
const TOKEN: &[&str] = &["_meta", "progressToken"];
const SUBSCRIPTION: &[&str] = &["_meta", "io.modelcontextprotocol/subscriptionId"];
const LISTEN: &str = "subscriptions/listen";

/// Why a request ends before its answer.
#[derive(Debug)]
pub(super) enum End {
    /// Its connection is gone.
    ClientGone,
    /// Its client has said so.
    Cancelled,
    /// Its session or its gateway has ended.
    Lost,
    /// The gateway answers itself.
    Answered(Raw),
}

/// One request in progress.
pub(super) struct Exchange {
    number: u64,
    id: Id,
    era: Era,
    method: String,
    caller: Principal,
    session: Option<Weak<Session>>,
    stream: Arc<Stream>,
    /// What the server sees for a progress token, and what it was.
    token: Option<(String, Raw)>,
    counts: Arc<Counts>,
    state: Mutex<State>,
    /// Tells that progress waits for its time.
    paced: Notify,
}

struct State {
    done: bool,
    end: Option<oneshot::Sender<End>>,
    last_progress: Option<Instant>,
    waiting_progress: Option<Event>,
}

/// Receives the reason to end early.
pub(super) type Ending = oneshot::Receiver<End>;

/// What a request is, before it begins.
pub(super) struct Asked<'a> {
    pub(super) id: Id,
    pub(super) era: Era,
    pub(super) method: &'a str,
    pub(super) caller: &'a Principal,
    pub(super) session: Option<&'a Arc<Session>>,
    pub(super) carries: bool,
}

impl Exchange {
    /// Begins a request. A progress token in its parameters is replaced by one that is unique on whatever carries it.
    pub(super) fn begin(
        asked: Asked<'_>,
        params: &mut Option<Raw>,
        counts: &Arc<Counts>,
    ) -> (Arc<Self>, Ending) {
        let number = next_number();
        let token = params.as_ref().and_then(|old| {
            let original = splice::get(old, TOKEN)?.to_owned();
            let minted = format!("gw_{number}");
            let new = splice::set(old, TOKEN, raw(&minted).get())?;
            Some((new, (minted, original)))
        });
        let token = token.map(|(new, token)| {
            *params = Some(new);
            token
        });
        let mode = Mode {
            carries: asked.carries,
            resumable: asked.carries && asked.session.is_some_and(|session| session.can_resume()),
        };
        let stream_number = asked.session.map_or(0, |session| session.next_stream());
        let (end, ending) = oneshot::channel();
        let exchange = Arc::new(Self {
            number,
            id: asked.id,
            era: asked.era,
            method: asked.method.to_owned(),
            caller: asked.caller.clone(),
            session: asked.session.map(Arc::downgrade),
            stream: Stream::new(stream_number, mode),
            token,
            counts: Arc::clone(counts),
            state: Mutex::new(State {
                done: false,
                end: Some(end),
                last_progress: None,
                waiting_progress: None,
            }),
            paced: Notify::new(),
        });
        (exchange, ending)
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn id(&self) -> &Id {
        &self.id
    }

    pub(super) fn caller(&self) -> &Principal {
        &self.caller
    }

    pub(super) fn stream(&self) -> &Arc<Stream> {
        &self.stream
    }

    /// Returns whether it has been answered, or never will be.
    pub(super) fn is_done(&self) -> bool {
        lock(&self.state).done
    }

    /// Returns whether the server means this request by a progress token.
    pub(super) fn has_token(&self, token: &str) -> bool {
        self.token
            .as_ref()
            .is_some_and(|(minted, _)| minted == token)
    }

    /// Ends the request before its answer, unless it has ended.
    pub(super) fn end(&self, why: End) {
        let end = lock(&self.state).end.take();
        if let Some(end) = end {
            // Nobody is listening any more if it has just been answered.
            let _ = end.send(why);
        }
    }

    /// Ends a subscription in good order (attach §4.9).
    pub(super) fn end_if_listening(&self) {
        if self.method == LISTEN {
            self.end(End::Answered(raw(&json!({"resultType": "complete"}))));
        }
    }

    /// Returns what hears the server.
    pub(super) fn ear(self: &Arc<Self>) -> Hears {
        let exchange = Arc::clone(self);
        Arc::new(move |message| exchange.hear(message))
    }

    /// Takes what the server says about the request.
    pub(super) fn hear(self: &Arc<Self>, message: FromServer) {
        match message {
            FromServer::Notification { method, params } => self.hear_notification(&method, params),
            FromServer::Request {
                method,
                params,
                answer,
            } => match self.session() {
                Some(session) => session.ask(Some(self), method, params, answer),
                None => answer.give(Err(RpcError::new(
                    codes::INVALID_REQUEST,
                    "a server sends no requests in this revision of MCP; answer `input_required`",
                ))),
            },
        }
    }

    fn hear_notification(&self, method: &str, params: Option<Raw>) {
        if method == "notifications/progress" {
            return self.hear_progress(method, params);
        }
        let session = self.session();
        if let (Some(session), Some(kind)) = (&session, ListKind::of_method(method)) {
            // Never about one request, whatever it came with.
            return session.mark(kind);
        }
        let params = match self.method == LISTEN {
            true => self.with_subscription(params),
            false => params,
        };
        let event = Event::notification(method, params);
        let state = lock(&self.state);
        if state.done {
            return self.counts.dropped(1);
        }
        if self.stream.has_future() {
            return self.counts.dropped(self.stream.push(event));
        }
        drop(state);
        match session {
            Some(session) => session.offer(event),
            None => self.counts.dropped(1),
        }
    }

    /// Progress comes under the token that the server was given, and goes on under the one of the client.
    fn hear_progress(&self, method: &str, params: Option<Raw>) {
        let restored = || {
            let params = params.as_ref()?;
            let (minted, original) = self.token.as_ref()?;
            let token = splice::get_str(params, &["progressToken"])?;
            (token == *minted).then(|| splice::set(params, &["progressToken"], original.get()))?
        };
        let mut state = lock(&self.state);
        let Some(params) = restored().filter(|_| !state.done && self.stream.has_future()) else {
            return self.counts.dropped(1);
        };
        let event = Event::notification(method, Some(params));
        let now = Instant::now();
        let due = state.last_progress.map(|last| last + PROGRESS_GAP);
        if state.waiting_progress.is_none() && due.is_none_or(|due| due <= now) {
            state.last_progress = Some(now);
            return self.counts.dropped(self.stream.push(event));
        }
        if state.waiting_progress.replace(event).is_none() {
            self.paced.notify_one();
        }
    }

    /// Writes the id by which the client knows its subscription: that of its request, in its JSON type.
    fn with_subscription(&self, params: Option<Raw>) -> Option<Raw> {
        let params = params.unwrap_or_else(|| raw(&json!({})));
        let set = splice::set(&params, SUBSCRIPTION, self.id.as_json());
        Some(set.unwrap_or(params))
    }

    fn session(&self) -> Option<Arc<Session>> {
        self.session.as_ref().and_then(Weak::upgrade)
    }

    /// Waits until progress that was held back may go.
    async fn until_due(&self) {
        loop {
            let due = {
                let state = lock(&self.state);
                state
                    .waiting_progress
                    .is_some()
                    .then(|| state.last_progress.map(|last| last + PROGRESS_GAP))
            };
            match due {
                Some(Some(due)) => return sleep_until(due).await,
                Some(None) => return,
                None => self.paced.notified().await,
            }
        }
    }

    fn send_waiting_progress(&self, state: &mut State) {
        if let Some(event) = state.waiting_progress.take() {
            state.last_progress = Some(Instant::now());
            self.counts.dropped(self.stream.push(event));
        }
    }

    /// Sends the answer, and before it the newest progress.
    fn answer(&self, outcome: Result<Raw, RpcError>) {
        let outcome = match outcome {
            Ok(result) if self.method == LISTEN => {
                let set = splice::set(&result, SUBSCRIPTION, self.id.as_json());
                Ok(set.unwrap_or(result))
            }
            outcome => outcome,
        };
        let status = match &outcome {
            Ok(_) => StatusCode::OK,
            Err(error) => status_of(self.era, error),
        };
        self.close(|state| {
            self.send_waiting_progress(state);
            let message = Message::Response {
                id: self.id.clone(),
                outcome,
            };
            self.stream.push(Event::new(&message, Kind::Last(status)));
        });
    }

    /// Ends the request; nothing is sent after what `last` sends.
    fn close(&self, last: impl FnOnce(&mut State)) {
        {
            let mut state = lock(&self.state);
            if std::mem::replace(&mut state.done, true) {
                return;
            }
            state.end = None;
        }
        // After `done`, so that no question slips in; before the answer, after which the stream says nothing more.
        if let Some(session) = self.session() {
            session.forget_questions_of(self);
        }
        last(&mut lock(&self.state));
        self.stream.end();
    }
}

/// A connection of the modern era means its request: without the one the other ends.
impl Watch for Exchange {
    fn closed(&self, broke: bool) {
        if broke {
            self.end(End::ClientGone);
        }
    }
}

/// Carries a request to its end. It must run in a task of its own, so that it goes on while nobody reads.
pub(super) async fn drive(
    shared: Arc<Shared>,
    exchange: Arc<Exchange>,
    call: BoxFuture<'static, Result<Raw, RpcError>>,
    mut ending: Ending,
    audit: Audit,
) {
    let leave = Leave {
        shared: &shared,
        exchange: &exchange,
    };
    let outcome = {
        let mut call = pin!(call);
        loop {
            tokio::select! {
                biased;
                why = &mut ending => {
                    let why = why.unwrap_or(End::Lost);
                    // An answer that came together with the end of its session says why it has ended.
                    let last = matches!(why, End::Lost)
                        .then(|| call.as_mut().now_or_never())
                        .flatten();
                    break last.ok_or(why);
                }
                outcome = &mut call => break Ok(outcome),
                () = exchange.until_due() => {
                    exchange.send_waiting_progress(&mut lock(&exchange.state));
                }
            }
        }
    };
    match outcome {
        Ok(outcome) => {
            audit.answered(&outcome);
            exchange.answer(outcome);
        }
        Err(why) => {
            audit.ended(&why);
            match why {
                End::Answered(result) => exchange.answer(Ok(result)),
                End::Lost => exchange.answer(Err(lost())),
                End::Cancelled | End::ClientGone => exchange.close(|_| ()),
            }
        }
    }
    drop(leave);
}

/// Frees what a request held, however it ends: also when its back-end panics, which would leave its client waiting for ever.
struct Leave<'a> {
    shared: &'a Shared,
    exchange: &'a Exchange,
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.exchange.answer(Err(RpcError::new(
            codes::INTERNAL_ERROR,
            "the gateway failed to carry the request",
        )));
        if let Some(session) = self.exchange.session() {
            session.leave(self.exchange);
        }
        self.shared.leave(self.exchange);
    }
}
