//! What the calls, the streams and the background tasks of one connection share.

use std::collections::hash_map::Entry;
use std::future::Future;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Response, StatusCode};
use rustc_hash::FxHashMap;
use serde_json::value::RawValue;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::time::{Instant, timeout};

use super::client;
use super::config::HttpConfig;
use super::events::Events;
use super::failed::Failed;
use super::headers::{self, SESSION, VERSION};
use super::outbox::Outbox;
use crate::carry::{Call, Hears};
use crate::rpc::{Era, Id, Raw, RpcError, codes, splice};
use crate::upstream::Ended;

/// Calls at the same time on one connection (attach Appendix A).
const MAX_CALLS: usize = 256;
/// Requests of the server that wait for an answer at the same time; further ones are refused.
const MAX_ASKED: usize = 64;
/// Background tasks of one connection: notifications, the standalone stream, answers, cancellations.
const MAX_TASKS: u32 = 1024;
/// Finished streams that are read to their end in the background, so that their connection can be used again.
const MAX_DRAINS: usize = 32;
/// Longest time for what is sent in the background or while closing.
pub(super) const BACKGROUND_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) struct Shared {
    pub(super) config: HttpConfig,
    pub(super) era: Era,
    /// Hears what belongs to no call.
    pub(super) ear: Hears,
    pub(super) outbox: Outbox,
    /// Whether the standalone stream has been asked for: once per connection.
    pub(super) listening: AtomicBool,
    state: Mutex<State>,
    ended: watch::Sender<Option<Ended>>,
    calls: Arc<Semaphore>,
    tasks: Arc<Semaphore>,
    drains: Arc<Semaphore>,
}

#[derive(Default)]
struct State {
    last_id: u64,
    initialised: bool,
    session: Option<HeaderValue>,
    version: Option<HeaderValue>,
    calls: FxHashMap<u64, InProgress>,
    asked: FxHashMap<Id, Asked>,
}

/// A call whose answer has not come.
struct InProgress {
    token: Option<Id>,
    hears: Hears,
    /// When it last made progress.
    moved: Instant,
}

/// A request of the server that nobody has answered.
struct Asked {
    /// The call in whose stream it came.
    of: Option<u64>,
    /// Dropping it withdraws the request.
    _withdraw: oneshot::Sender<()>,
}

impl Shared {
    pub(super) fn new(config: HttpConfig, era: Era, ear: Hears) -> Arc<Self> {
        Arc::new(Self {
            config,
            era,
            ear,
            outbox: Outbox::new(),
            listening: AtomicBool::new(false),
            state: Mutex::default(),
            ended: watch::Sender::new(None),
            calls: Arc::new(Semaphore::new(MAX_CALLS)),
            tasks: Arc::new(Semaphore::new(MAX_TASKS as usize)),
            drains: Arc::new(Semaphore::new(MAX_DRAINS)),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change of the tables is complete when a panic could occur.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // --- the end -------------------------------------------------------------------------------------------------

    /// Ends the connection, unless it has ended: calls fail, background tasks stop.
    pub(super) fn end(&self, why: Ended) {
        self.ended.send_if_modified(|ended| {
            let first = ended.is_none();
            if first {
                // A session that the server forgot needs no DELETE.
                if why == Ended::SessionLost {
                    self.state().session = None;
                }
                *ended = Some(why);
            }
            first
        });
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.borrow().is_some()
    }

    /// Waits for the end.
    pub(super) fn over(&self) -> impl Future<Output = Ended> + Send + 'static {
        let mut ended = self.ended.subscribe();
        async move {
            match ended.wait_for(Option::is_some).await {
                Ok(why) => why.clone().unwrap_or(Ended::Closed),
                Err(_) => Ended::Closed,
            }
        }
    }

    /// Returns what a call is told that finds the connection ended, or is in progress when it ends.
    pub(super) fn gone(&self, why: &Ended) -> RpcError {
        let url = self.config.shown();
        match why {
            Ended::SessionLost => Failed::session_lost(&url).error,
            _ => RpcError::new(
                codes::CHANNEL_LOST,
                format!("the connection to `{url}` was closed"),
            ),
        }
    }

    // --- background tasks ----------------------------------------------------------------------------------------

    /// Runs something until the connection ends. `false`: too much is running, or there is no runtime.
    pub(super) fn background(&self, work: impl Future<Output = ()> + Send + 'static) -> bool {
        let (Ok(permit), Ok(runtime)) = (
            self.tasks.clone().try_acquire_owned(),
            Handle::try_current(),
        ) else {
            return false;
        };
        let over = self.over();
        runtime.spawn(async move {
            tokio::select! {
                biased;
                _ = over => {}
                () = work => {}
            }
            drop(permit);
        });
        true
    }

    /// Waits until no background task is left. The connection must have ended.
    pub(super) async fn idle(&self) {
        let _ = self.tasks.acquire_many(MAX_TASKS).await;
    }

    /// Reads a stream whose answer has come to its end, for a moment.
    pub(super) fn drain(&self, mut events: Events) {
        if let Ok(permit) = self.drains.clone().try_acquire_owned() {
            self.background(async move {
                let rest = async { while let Ok(Some(_)) = events.next().await {} };
                let _ = timeout(Duration::from_secs(1), rest).await;
                drop(permit);
            });
        }
    }

    // --- HTTP ----------------------------------------------------------------------------------------------------

    /// Returns the headers that every request carries: those configured, and the session.
    pub(super) fn headers(&self) -> HeaderMap {
        let mut map = self.config.headers.clone();
        let state = self.state();
        if let Some(session) = &state.session {
            map.insert(SESSION, session.clone());
        }
        if let Some(version) = &state.version {
            map.insert(VERSION, version.clone());
        }
        map
    }

    /// Returns the headers of a POST.
    pub(super) fn post_headers(
        &self,
        method: &str,
        params: Option<&RawValue>,
        forwarded: &[(String, String)],
    ) -> HeaderMap {
        let mut map = self.headers();
        headers::add_forwarded(&mut map, forwarded);
        if self.era == Era::Modern {
            headers::add_modern(&mut map, method, params);
        } else if method == "initialize" {
            map.remove(SESSION);
            map.remove(VERSION);
        }
        map.insert(
            ACCEPT,
            HeaderValue::from_static("application/json, text/event-stream"),
        );
        map.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        map
    }

    /// Sends a message. A server that answers 404 to a session has forgotten it.
    pub(super) async fn post(&self, headers: HeaderMap, body: Bytes) -> Result<Response, Failed> {
        let in_session = headers.contains_key(SESSION);
        let response = client::send(&self.config, Method::POST, headers, body).await?;
        if in_session && response.status() == StatusCode::NOT_FOUND {
            self.end(Ended::SessionLost);
            return Err(Failed::session_lost(&self.config.shown()));
        }
        Ok(response)
    }

    // --- the legacy session --------------------------------------------------------------------------------------

    pub(super) fn is_initialised(&self) -> bool {
        self.state().initialised
    }

    /// Keeps what a successful `initialize` has agreed on.
    pub(super) fn initialised(&self, version: Option<HeaderValue>) {
        let mut state = self.state();
        state.initialised = true;
        state.version = version;
    }

    /// Takes over a session id. One that was there before, of a handshake that failed, is given back to the server.
    pub(super) fn set_session(self: &Arc<Self>, session: Option<HeaderValue>) {
        let mut headers = self.headers();
        let before = std::mem::replace(&mut self.state().session, session);
        if let Some(before) = before {
            headers.insert(SESSION, before);
            let shared = self.clone();
            self.background(async move { shared.delete(headers).await });
        }
    }

    /// Ends the session at the server, if there is one.
    pub(super) async fn end_session(&self) {
        let headers = self.headers();
        if self.state().session.take().is_some() {
            self.delete(headers).await;
        }
    }

    async fn delete(&self, headers: HeaderMap) {
        let sent = client::send(&self.config, Method::DELETE, headers, Bytes::new());
        match timeout(BACKGROUND_TIMEOUT, sent).await {
            Ok(Ok(response)) => {
                let status = response.status().as_u16();
                tracing::debug!(url = self.config.shown(), status, "session given back");
            }
            Ok(Err(failed)) => {
                tracing::debug!(url = self.config.shown(), error = %failed.error, "session not given back");
            }
            Err(_) => tracing::debug!(url = self.config.shown(), "session not given back in time"),
        }
    }

    // --- calls in progress ---------------------------------------------------------------------------------------

    /// Returns an id of ours.
    pub(super) fn next_id(&self) -> u64 {
        let mut state = self.state();
        state.last_id += 1;
        state.last_id
    }

    /// Enters a call in the table.
    pub(super) fn enter(
        &self,
        call: &Call,
        hears: &Hears,
        now: Instant,
    ) -> Result<(u64, OwnedSemaphorePermit), RpcError> {
        let Ok(permit) = self.calls.clone().try_acquire_owned() else {
            return Err(RpcError::new(
                codes::OVERLOADED,
                format!("more than {MAX_CALLS} calls at once to one server: call again later"),
            ));
        };
        let id = self.next_id();
        let token = call
            .params
            .as_deref()
            .and_then(|params| splice::get(params, &["_meta", "progressToken"]))
            .and_then(normal);
        let entry = InProgress {
            token,
            hears: hears.clone(),
            moved: now,
        };
        self.state().calls.insert(id, entry);
        Ok((id, permit))
    }

    /// Removes a call, and withdraws what the server asked in its stream.
    pub(super) fn leave(&self, id: u64) {
        let mut state = self.state();
        state.calls.remove(&id);
        state.asked.retain(|_, asked| asked.of != Some(id));
    }

    /// Returns when a call last made progress.
    pub(super) fn moved(&self, id: u64) -> Option<Instant> {
        self.state().calls.get(&id).map(|call| call.moved)
    }

    /// Notes progress of a call.
    pub(super) fn moves(&self, id: u64) {
        if let Some(call) = self.state().calls.get_mut(&id) {
            call.moved = Instant::now();
        }
    }

    /// Notes progress of the call that a progress notification names, and returns who hears it.
    pub(super) fn moves_by_token(&self, params: Option<&RawValue>) -> Option<Hears> {
        let token = splice::get(params?, &["progressToken"]).and_then(normal)?;
        let mut state = self.state();
        let call = state
            .calls
            .values_mut()
            .find(|call| call.token.as_ref() == Some(&token))?;
        call.moved = Instant::now();
        Some(call.hears.clone())
    }

    // --- requests of the server ----------------------------------------------------------------------------------

    /// Enters a request of the server. What is returned ends when the request is withdrawn. `None`: one too many, or there already.
    pub(super) fn enter_asked(&self, of: Option<u64>, id: &Id) -> Option<oneshot::Receiver<()>> {
        let mut state = self.state();
        if state.asked.len() >= MAX_ASKED {
            return None;
        }
        let Entry::Vacant(place) = state.asked.entry(id.clone()) else {
            return None;
        };
        let (withdraw, withdrawn) = oneshot::channel();
        place.insert(Asked {
            of,
            _withdraw: withdraw,
        });
        Some(withdrawn)
    }

    /// Removes a request of the server: answered, or withdrawn. `false`: it was not there.
    pub(super) fn leave_asked(&self, id: &Id) -> bool {
        self.state().asked.remove(id).is_some()
    }
}

/// Returns a token in one of the ways to write it: servers may write the characters of a string otherwise than they came.
fn normal(token: &RawValue) -> Option<Id> {
    match serde_json::from_str::<String>(token.get()) {
        Ok(text) => Some(Id::text(&text)),
        Err(_) => Id::from_raw(token),
    }
}

/// Returns parameters of our own making.
pub(super) fn params(value: &serde_json::Value) -> Option<Raw> {
    Some(crate::rpc::raw(value))
}
