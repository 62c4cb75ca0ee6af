//! The HTTP edge: the bus for programs that have nothing but HTTP.
//!
//! `POST /cmd`, `GET /cmds.json` and `GET /events` are the HTTP channel of the library. What is here is for people with curl and
//! for code that was made from a description: `POST /call/ID` (`call.rs`), whose answers can be kept (`keys.rs`), and
//! `GET /openapi.json` (`openapi/`), and a page to try commands on, `GET /docs` (`docs/`).

mod access;
mod call;
mod docs;
mod frames;
mod key_store;
mod keys;
mod openapi;
mod prefer;
mod problem;
mod refusal;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path as Segment, Request, State};
use axum::http::Method;
use axum::middleware;
use axum::routing::{MethodRouter, any};
use cmdbus::CommandRegistry;
use cmdbus::channel::ChannelLimits;
use cmdbus::channel::http::{HttpAccess, HttpEndpoint};
use cmdbus_attach::auth::Authority;
use tokio::sync::Semaphore;

use self::access::Rights;
use self::docs::File;
use self::keys::Keys;
use self::problem::Problem;
use crate::config::Config;

/// Most calls in progress, and most bodies that are being read, at once.
const CALLS: usize = 1024;
const BODIES: usize = 256;
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);
/// First segments of the addresses here.
pub(super) const SEGMENTS: [&str; 6] =
    ["call", "cmd", "cmds.json", "docs", "events", "openapi.json"];

/// What the routes share.
struct Edge {
    registry: CommandRegistry,
    rights: Arc<Rights>,
    keys: Keys,
    calls: Arc<Semaphore>,
    bodies: Semaphore,
    body_bytes: usize,
    /// How long a call may take whose caller does not say, and the most a caller can ask for.
    timeout: Duration,
    longest: Duration,
    public_url: Option<String>,
}

/// Returns the routes of the edge, which keeps what it has to remember in a folder.
pub(super) fn routes(
    registry: &CommandRegistry,
    authority: &Arc<Authority>,
    config: &Config,
    state: &Path,
) -> Router {
    let rights = Arc::new(Rights(authority.clone()));
    // Checked when the file was read.
    let longest = Duration::try_from_secs_f64(config.gateway.timeout_cap_s).unwrap_or_default();
    let timeout = match config.bus.request_ttl() {
        Duration::ZERO => longest,
        ttl => ttl.min(longest),
    };
    let channel = HttpEndpoint::behind(registry.clone(), rights.clone())
        .limits(ChannelLimits::default().frame_bytes(config.gateway.body_bytes))
        .timeout(timeout)
        .longest_timeout(longest)
        .whole_directory();
    let edge = Arc::new(Edge {
        registry: registry.clone(),
        rights,
        keys: Keys::open(state),
        calls: Arc::new(Semaphore::new(CALLS)),
        bodies: Semaphore::new(BODIES),
        body_bytes: config.gateway.body_bytes,
        timeout,
        longest,
        public_url: config.gateway.public_url.clone(),
    });
    Router::new()
        .route("/call/{*id}", any(call))
        .route("/openapi.json", any(describe))
        .with_state(edge)
        .route("/docs", page(File::Page))
        .route("/docs/page.js", page(File::Script))
        .route("/docs/page.css", page(File::Style))
        .merge(channel.routes())
}

/// Says what the layer of tokens says in the way of the address that was asked for.
pub(super) fn with_refusals(router: Router) -> Router {
    router.layer(middleware::from_fn(refusal::translate))
}

async fn call(
    State(edge): State<Arc<Edge>>,
    Segment(id): Segment<String>,
    request: Request,
) -> axum::response::Response {
    let answer = call::answer(&edge, &id, request).await;
    answer.unwrap_or_else(Problem::into_response)
}

async fn describe(State(edge): State<Arc<Edge>>, request: Request) -> axum::response::Response {
    openapi::answer(&edge, &request).unwrap_or_else(Problem::into_response)
}

fn page(file: File) -> MethodRouter {
    any(async move |method: Method| docs::answer(file, &method))
}

impl Edge {
    /// Returns whether a request may call, and see, a command. Private ones are for channels only.
    fn may_call(&self, who: &axum::http::Extensions, command_id: &str) -> bool {
        !command_id.starts_with('_') && self.rights.may_call(who, command_id)
    }
}
