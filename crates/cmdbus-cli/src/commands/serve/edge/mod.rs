//! The HTTP edge: the bus for programs that have nothing but HTTP.
//!
//! `POST /cmd`, `GET /cmds.json` and `GET /events` are the HTTP channel of the library (`channel.rs`). What is here is for people
//! with curl and for code that was made from a description: `POST /call/ID` (`call.rs`), whose request is held against the schema
//! of the command (`validate/`) and whose answers can be kept (`keys.rs`), `GET /openapi.json` (`openapi/`), and a page to try
//! commands on, `GET /docs` (`docs/`).

mod access;
mod body;
mod call;
mod channel;
mod docs;
mod frames;
mod key_store;
mod keys;
mod openapi;
mod prefer;
mod problem;
mod refusal;
mod validate;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path as Segment, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware;
use axum::routing::any;
use cmdbus::CommandRegistry;
use cmdbus::channel::http::HttpAccess;
use cmdbus_attach::auth::Authority;
use tokio::sync::Semaphore;

use self::access::Rights;
use self::body::Bodies;
use self::keys::Keys;
use self::problem::Problem;
use self::validate::Schemas;
use crate::config::Config;

/// Most calls in progress, and most descriptions that are being written, at once.
const CALLS: usize = 1024;
const DOCUMENTS: usize = 2;
/// First segments of the addresses here.
pub(super) const SEGMENTS: [&str; 6] =
    ["call", "cmd", "cmds.json", "docs", "events", "openapi.json"];

/// What the routes share.
struct Edge {
    registry: CommandRegistry,
    rights: Arc<Rights>,
    keys: Keys,
    schemas: Schemas,
    calls: Arc<Semaphore>,
    documents: Arc<Semaphore>,
    bodies: Bodies,
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
    let edge = Arc::new(Edge::new(registry, authority, config, state));
    let times = (edge.timeout, edge.longest);
    let channel = channel::endpoint(registry, &edge.rights, config, times);
    Router::new()
        .route("/call/{*id}", any(call))
        .route("/openapi.json", any(describe))
        .with_state(edge)
        .route("/docs", any(page))
        .route("/docs/{file}", any(file_of_page))
        .merge(channel.routes())
}

/// Says what the layer of tokens says in the way of the address that was asked for.
pub(super) fn with_refusals(router: Router) -> Router {
    router.layer(middleware::from_fn(refusal::translate))
}

async fn call(
    State(edge): State<Arc<Edge>>,
    id: Result<Segment<String>, PathRejection>,
    request: Request,
) -> axum::response::Response {
    let Ok(Segment(id)) = id else {
        let detail = "the id in the address is not text in UTF-8";
        let problem = Problem::new(StatusCode::BAD_REQUEST, "bad_request", detail);
        return problem.into_response();
    };
    let answer = call::answer(&edge, &id, request).await;
    answer.unwrap_or_else(Problem::into_response)
}

async fn describe(State(edge): State<Arc<Edge>>, request: Request) -> axum::response::Response {
    let answer = openapi::answer(&edge, request).await;
    answer.unwrap_or_else(Problem::into_response)
}

async fn page(method: Method) -> axum::response::Response {
    docs::answer(None, &method)
}

async fn file_of_page(
    file: Result<Segment<String>, PathRejection>,
    method: Method,
) -> axum::response::Response {
    // What is no text is no file either.
    let file = file.map_or_else(|_| String::new(), |Segment(file)| file);
    docs::answer(Some(&file), &method)
}

impl Edge {
    fn new(
        registry: &CommandRegistry,
        authority: &Arc<Authority>,
        config: &Config,
        state: &Path,
    ) -> Self {
        // Checked when the file was read.
        let longest = Duration::try_from_secs_f64(config.gateway.timeout_cap_s).unwrap_or_default();
        let timeout = match config.bus.request_ttl() {
            Duration::ZERO => longest,
            ttl => ttl.min(longest),
        };
        Self {
            registry: registry.clone(),
            rights: Arc::new(Rights(authority.clone())),
            keys: Keys::at(state),
            schemas: Schemas::default(),
            calls: Arc::new(Semaphore::new(CALLS)),
            documents: Arc::new(Semaphore::new(DOCUMENTS)),
            bodies: Bodies::new(config.gateway.body_bytes),
            timeout,
            longest,
            public_url: config.gateway.public_url.clone(),
        }
    }

    /// Returns whether a request may call, and see, a command. Private ones are for channels only.
    fn may_call(&self, who: &axum::http::Extensions, command_id: &str) -> bool {
        !command_id.starts_with('_') && self.rights.may_call(who, command_id)
    }
}

#[cfg(test)]
mod tests;
