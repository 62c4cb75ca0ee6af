//! The server's side: what can be set, and who gets in.

use std::sync::Arc;
use std::time::Duration;

use ::axum::Router;
use ::axum::body::Body;
use ::axum::extract::{Request, State};
use ::axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HeaderValue, VARY,
};
use ::axum::http::{Extensions, Method, StatusCode};
use ::axum::response::Response;
use ::axum::routing::any;
use futures_util::future::BoxFuture;
use tokio::sync::{Semaphore, watch};

use super::body::{BodyLimits, Budget};
use super::written::Latest;
use super::{answer, cmd, events, list};
use crate::channel::ChannelLimits;
use crate::channel::auth::TokenCheck;
use crate::channel::doors::{Doors, Refusal};
use crate::registry::{CommandRegistry, Unsubscribe};

/// Decides what a request may do, where somebody in front has found out who sends it and has said so in its extensions.
///
/// What may not be called looks as if it were not there. Private commands and events are never reached over HTTP,
/// whatever is said here.
pub trait HttpAccess: Send + Sync + 'static {
    /// Returns whether the command may be called, and be seen in lists.
    fn may_call(&self, who: &Extensions, command_id: &str) -> bool;

    /// Returns whether events may be listened to.
    fn may_listen(&self, who: &Extensions) -> bool;

    /// Returns what is ready once whoever sent the request may not do anything any more, if that can happen. Calls in
    /// flight and streams of events end then.
    fn ended(&self, who: &Extensions) -> Option<BoxFuture<'static, ()>> {
        let _ = who;
        None
    }
}

/// Everybody who got in may do everything.
struct Everything;

impl HttpAccess for Everything {
    fn may_call(&self, _: &Extensions, _: &str) -> bool {
        true
    }
    fn may_listen(&self, _: &Extensions) -> bool {
        true
    }
}

/// The commands and events of a registry over HTTP.
///
/// - `POST /cmd` takes one message, a call or the question for the list of commands, and answers with one line.
/// - `GET /cmds.json` is that list as a document.
/// - `GET /events?pattern=…` streams events as lines of JSON or, to whoever accepts it, as server-sent events.
///
/// Before that, the `Host` must be a loopback name or [allowed](Self::allow_host), the `Origin`, which browsers send, must
/// be the server itself or [allowed](Self::allow_origin) (403), and the token must pass the check (401).
///
/// ```no_run
/// # async fn example(registry: cmdbus::CommandRegistry) -> Result<(), Box<dyn std::error::Error>> {
/// use cmdbus::channel::http::HttpEndpoint;
/// use cmdbus::channel::one_token;
///
/// let endpoint = HttpEndpoint::token(registry, one_token(std::env::var("BUS_TOKEN")?));
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:7533").await?;
/// axum::serve(listener, endpoint.router()).await?;
/// # Ok(()) }
/// ```
///
/// How many connections there may be, and how long a request may take to say what it is, is the server's to bound.
#[derive(Clone)]
pub struct HttpEndpoint {
    pub(super) registry: CommandRegistry,
    /// `None`: somebody in front has looked.
    doors: Option<Doors>,
    pub(super) access: Arc<dyn HttpAccess>,
    pub(super) limits: ChannelLimits,
    /// `None`: as many as a message may have.
    body_bytes: Option<usize>,
    all_body_bytes: usize,
    body_time: Duration,
    /// How long a call may take whose caller does not say, and the most a caller can ask for.
    pub(super) timeout: Duration,
    pub(super) longest: Duration,
    pub(super) whole_directory: bool,
    pub(super) keep_alive: Duration,
    pub(super) calls: usize,
    pub(super) listeners: usize,
    pub(super) queue: (usize, usize),
}

impl HttpEndpoint {
    /// Lets in clients that show a token that passes the check, as `Authorization: Bearer TOKEN`.
    pub fn token(registry: CommandRegistry, check: TokenCheck) -> Self {
        let doors = Doors {
            token: Some(check),
            ..Doors::default()
        };
        Self::new(registry, Some(doors))
    }

    /// Asks for no token: every program that can connect can call every command that is not private.
    pub fn without_token(registry: CommandRegistry) -> Self {
        Self::new(registry, Some(Doors::default()))
    }

    /// Looks at nothing but what `access` decides. For servers where something in front of this endpoint looks at the
    /// `Host`, the `Origin` and the token of every request.
    pub fn behind(registry: CommandRegistry, access: Arc<dyn HttpAccess>) -> Self {
        Self {
            access,
            ..Self::new(registry, None)
        }
    }

    fn new(registry: CommandRegistry, doors: Option<Doors>) -> Self {
        Self {
            registry,
            doors,
            access: Arc::new(Everything),
            limits: ChannelLimits::default(),
            body_bytes: None,
            all_body_bytes: 256 << 20,
            body_time: Duration::from_secs(30),
            timeout: Duration::from_secs(30),
            longest: Duration::from_secs(60 * 60),
            whole_directory: false,
            keep_alive: Duration::from_secs(15),
            calls: 1024,
            listeners: 256,
            queue: (1024, 4 << 20),
        }
    }

    /// Allows a `Host` beside `localhost`, `127.0.0.1` and `[::1]`: a name or address that this server is reached by, with
    /// a port, or without one for any port.
    #[must_use]
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        if let Some(doors) = &mut self.doors {
            doors.allow_host(host.into());
        }
        self
    }

    /// Allows web pages of an origin, written `https://HOST` or `https://HOST:PORT`, and answers the questions that
    /// browsers ask about them. Default: only pages that this server serves itself.
    #[must_use]
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        if let Some(doors) = &mut self.doors {
            doors.allow_origin(origin.into());
        }
        self
    }

    /// Sets the bounds of messages. Default: 16 MiB, and 10 000 definitions of a list.
    #[must_use]
    pub fn limits(mut self, limits: ChannelLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets how long a body may be, and with it a request, in bytes. Default: as long as a message may be. What is longer
    /// is refused (413).
    #[must_use]
    pub fn body_bytes(mut self, bytes: usize) -> Self {
        self.body_bytes = Some(bytes);
        self
    }

    /// Sets how long a body may take to arrive. Default 30 s, then 408.
    #[must_use]
    pub fn body_timeout(mut self, time: Duration) -> Self {
        self.body_time = time;
        self
    }

    /// Sets how many bytes there may be of bodies that are still arriving. Default 256 MiB; what comes then is refused (503).
    #[must_use]
    pub fn body_bytes_in_all(mut self, bytes: usize) -> Self {
        self.all_body_bytes = bytes;
        self
    }

    /// Sets how long a call may take whose caller does not say (`cmdbus-timeout-ms` in `_meta`). Default 30 s.
    #[must_use]
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout = time;
        self
    }

    /// Sets the most that a caller can ask for. Default 1 h.
    #[must_use]
    pub fn longest_timeout(mut self, time: Duration) -> Self {
        self.longest = time;
        self
    }

    /// Publishes every command that the registry knows. Default: only those of this process.
    #[must_use]
    pub fn whole_directory(mut self) -> Self {
        self.whole_directory = true;
        self
    }

    /// Sets how many calls may be going on at once. Default 1024; then a call is answered `internal_error`, "overloaded".
    #[must_use]
    pub fn calls(mut self, count: usize) -> Self {
        self.calls = count;
        self
    }

    /// Sets how many streams of events there may be at once. Default 256; then 503.
    #[must_use]
    pub fn listeners(mut self, count: usize) -> Self {
        self.listeners = count;
        self
    }

    /// Sets how many events, and bytes of them, wait for one slow listener. Default 1024 and 4 MiB. What comes then is
    /// dropped, and the stream says how many.
    #[must_use]
    pub fn event_queue(mut self, events: usize, bytes: usize) -> Self {
        self.queue = (events, bytes);
        self
    }

    /// Sets after how much silence a stream of events says that it is still there. Default 15 s; zero: it never does.
    #[must_use]
    pub fn keep_alive(mut self, time: Duration) -> Self {
        self.keep_alive = time;
        self
    }

    pub(super) fn body_limits(&self) -> BodyLimits {
        let frame = self.limits.frame().frame_bytes;
        BodyLimits {
            bytes: self.body_bytes.unwrap_or(frame),
            all_bytes: self.all_body_bytes,
            time: self.body_time,
        }
    }

    /// Returns a router that has these addresses and no others.
    pub fn router(self) -> Router {
        self.routes().fallback(async || {
            answer::error(
                StatusCode::NOT_FOUND,
                "there is nothing here; calls go to `/cmd`, and `/cmds.json` lists the commands",
            )
        })
    }

    /// Returns the routes, to be merged into a router with others.
    pub fn routes(self) -> Router {
        let shared = Arc::new(Shared {
            life: Life::of(&self.registry),
            calls: Arc::new(Semaphore::new(self.calls)),
            listeners: Arc::new(Semaphore::new(self.listeners)),
            budget: Arc::default(),
            latest: Arc::default(),
            endpoint: self,
        });
        let of = |place: Place| {
            any(
                async move |State(shared): State<Arc<Shared>>, request: Request| {
                    shared.answer(place, request).await
                },
            )
        };
        Router::new()
            .route("/cmd", of(Place::Cmd))
            .route("/cmds.json", of(Place::List))
            .route("/events", of(Place::Events))
            .with_state(shared)
    }
}

impl std::fmt::Debug for HttpEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpEndpoint")
            .field("limits", &self.limits)
            .field("timeout", &self.timeout)
            .field("whole_directory", &self.whole_directory)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy)]
enum Place {
    Cmd,
    List,
    Events,
}

/// What all requests share.
pub(super) struct Shared {
    pub(super) endpoint: HttpEndpoint,
    pub(super) calls: Arc<Semaphore>,
    pub(super) listeners: Arc<Semaphore>,
    pub(super) budget: Arc<Budget>,
    pub(super) latest: Arc<Latest>,
    life: Life,
}

/// How long the registry has anything to call: until it is disposed of. A call that has come over a channel would end
/// with the channel then.
struct Life {
    over: watch::Receiver<()>,
    stop: Option<Unsubscribe>,
}

impl Life {
    fn of(registry: &CommandRegistry) -> Self {
        let (alive, over) = watch::channel(());
        // Listeners are dropped by `dispose`, and with this one the sender.
        let stop = registry.on_dyn("_cmdbus.http", move |_| {
            let _ = &alive;
        });
        Self {
            over,
            stop: Some(stop),
        }
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop();
        }
    }
}

impl Shared {
    async fn answer(self: Arc<Self>, place: Place, request: Request) -> Response {
        let origin = match self.let_in(&request) {
            Ok(origin) => origin,
            Err(refusal) => return refusal.into_response(),
        };
        let mut response = match &origin {
            Some(_) if is_preflight(&request) => preflight(),
            _ => match self.check_token(&request) {
                Ok(()) => self.serve(place, request).await,
                Err(refusal) => refusal.into_response(),
            },
        };
        if let Some(origin) = origin {
            let headers = response.headers_mut();
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.append(VARY, HeaderValue::from_static("Origin"));
        }
        response
    }

    /// Returns the origin whose pages are to be told that they may read the answer.
    fn let_in(&self, request: &Request) -> Result<Option<HeaderValue>, Refusal> {
        let Some(doors) = &self.endpoint.doors else {
            return Ok(None);
        };
        let host = doors.host(request.uri(), request.headers())?;
        let origin = doors.origin(&host, request.headers())?;
        Ok(origin.and_then(|origin| HeaderValue::from_str(origin).ok()))
    }

    fn check_token(&self, request: &Request) -> Result<(), Refusal> {
        match &self.endpoint.doors {
            Some(doors) => doors.check_token(request.headers()),
            None => Ok(()),
        }
    }

    async fn serve(self: Arc<Self>, place: Place, request: Request) -> Response {
        match (place, request.method()) {
            (Place::Cmd, &Method::POST) => cmd::answer(&self, request).await,
            (Place::Cmd, _) => answer::wrong_method("POST"),
            (Place::List, &Method::GET | &Method::HEAD) => list::document(&self, request),
            (Place::Events, &Method::GET) => events::stream(&self, &request),
            (Place::List | Place::Events, _) => answer::wrong_method("GET"),
        }
    }

    /// Waits until the registry is disposed of.
    pub(super) async fn over(&self) {
        let mut over = self.life.over.clone();
        // Nothing is ever sent: an error is what comes.
        while over.changed().await.is_ok() {}
    }

    /// Returns whether a request may call, and see, a command.
    pub(super) fn may_call(&self, who: &Extensions, command_id: &str) -> bool {
        !command_id.starts_with('_') && self.endpoint.access.may_call(who, command_id)
    }
}

fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// Answers a browser that asks whether a page may send a request. It shows no token yet.
fn preflight() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    let methods = HeaderValue::from_static("GET, POST");
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    let allowed = HeaderValue::from_static("authorization, content-type, accept");
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}
