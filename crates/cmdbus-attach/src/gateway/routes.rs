//! Which server a request is for, by path and by header (attach §4.2).

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, State};
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};
use axum::routing::{MethodRouter, any, get};
use cmdbus_mcp::rpc::{Era, codes};

use super::backend::{Backend, Route};
use super::errors::Problem;
use super::settings::Settings;
use super::shared::Shared;
use super::{post, streams};
use crate::auth::Principal;
use crate::frame::Target;

/// Longest attach id, in bytes.
const MAX_KEY: usize = 256;
const METHODS: &str = "GET, POST, DELETE";

/// What a path leaves open.
#[derive(Debug, Clone, Copy)]
enum Shape {
    /// Every tool, or those of one id.
    Aggregated,
    /// The main server.
    Primary,
    /// A server by its name.
    Named,
    /// A server by its four coordinates.
    Other,
}

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/mcp", endpoint(Shape::Aggregated))
        .route("/mcp/{upstream}", endpoint(Shape::Named))
        .route("/objectiveai", endpoint(Shape::Primary))
        .route("/{owner}/{name}/{version}/{mcp}", endpoint(Shape::Other))
        .route("/a/{attach_id}/mcp", endpoint(Shape::Aggregated))
        .route("/a/{attach_id}/mcp/{upstream}", endpoint(Shape::Named))
        .route(
            "/a/{attach_id}/mcp/{owner}/{name}/{version}/{mcp}",
            endpoint(Shape::Other),
        )
        .with_state(shared)
}

async fn ready(State(shared): State<Arc<Shared>>) -> (StatusCode, &'static str) {
    if shared.is_draining() {
        (StatusCode::SERVICE_UNAVAILABLE, "draining")
    } else {
        (StatusCode::OK, "ok")
    }
}

type Parameters = Result<RawPathParams, RawPathParamsRejection>;

fn endpoint(shape: Shape) -> MethodRouter<Arc<Shared>> {
    any(
        async move |State(shared): State<Arc<Shared>>,
                    parameters: Parameters,
                    request: Request<Body>| {
            serve(shared, shape, parameters, request).await
        },
    )
}

async fn serve(
    shared: Arc<Shared>,
    shape: Shape,
    parameters: Parameters,
    request: Request<Body>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Some(caller) = parts.extensions.get::<Principal>().cloned() else {
        return Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            codes::INTERNAL_ERROR,
            "nobody said who is asking; the layer of tokens is missing",
        )
        .into_response();
    };
    let route = route(shape, parameters, &parts.headers, &shared.settings);
    let place = route.and_then(|route| Place::find(&shared, caller, route));
    match parts.method {
        Method::POST => post::answer(shared, place, parts.headers, body).await,
        Method::GET => streams::open(&shared, place, &parts.headers),
        Method::DELETE => streams::delete(&shared, place, &parts.headers),
        _ => Problem::wrong_method(METHODS).into_response(),
    }
}

/// Who asks, and for what.
pub(super) struct Place {
    pub(super) caller: Principal,
    pub(super) route: Route,
    pub(super) backend: Arc<dyn Backend>,
}

impl Place {
    fn find(shared: &Shared, caller: Principal, route: Route) -> Result<Self, Problem> {
        match shared.resolver.resolve(&caller, &route) {
            Ok(backend) => Ok(Self {
                caller,
                route,
                backend,
            }),
            Err(error) => Err(Problem::of_error(Era::Legacy, error)),
        }
    }
}

/// Finds out where a request is going.
fn route(
    shape: Shape,
    parameters: Parameters,
    headers: &HeaderMap,
    settings: &Settings,
) -> Result<Route, Problem> {
    let parameters =
        parameters.map_err(|_| Problem::malformed("the path is no percent-encoded UTF-8"))?;
    let parameter = |wanted: &str| {
        let found = parameters.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, value)| value.to_owned())
    };
    let text = |wanted: &str| parameter(wanted).unwrap_or_default();
    let owner = text("owner");
    let by_path = parameter("attach_id");
    if by_path.is_none() && is_reserved(&owner, settings) {
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            codes::NOT_FOUND,
            "there is no such endpoint",
        ));
    }
    let key = key(by_path, headers, settings)?;
    let target = match shape {
        Shape::Aggregated => {
            return Ok(key.map_or(Route::Everything, Route::OneId));
        }
        Shape::Primary => Target::Primary,
        Shape::Named => match text("upstream") {
            name if name == "primary" => Target::Primary,
            name => Target::Named { name },
        },
        Shape::Other => Target::Other {
            owner,
            name: text("name"),
            version: text("version"),
            mcp: text("mcp"),
        },
    };
    match key {
        Some(key) => Ok(Route::Server(key, target)),
        None => Err(Problem::malformed(format!(
            "the attach id is missing: send it in `{}`, or as `/a/ID/mcp/…`",
            settings
                .key_headers
                .first()
                .map_or("", |name| name.as_str())
        ))),
    }
}

fn is_reserved(owner: &str, settings: &Settings) -> bool {
    matches!(owner, "a" | "mcp") || settings.reserved.iter().any(|reserved| reserved == owner)
}

/// Returns the attach id, which path and header must agree on.
fn key(
    by_path: Option<String>,
    headers: &HeaderMap,
    settings: &Settings,
) -> Result<Option<String>, Problem> {
    let mut given = settings
        .key_headers
        .iter()
        .flat_map(|name| headers.get_all(name).iter());
    let by_header = given.next();
    if given.next().is_some() {
        return Err(Problem::malformed(
            "there is more than one header with an attach id; send one",
        ));
    }
    let by_header = match by_header.map(|value| str::from_utf8(value.as_bytes())) {
        None => None,
        Some(Ok(text)) => Some(text.to_owned()),
        Some(Err(_)) => return Err(Problem::malformed("the attach id is no UTF-8 text")),
    };
    for key in by_path.iter().chain(&by_header) {
        if key.is_empty() || key.len() > MAX_KEY || key.chars().any(char::is_control) {
            return Err(Problem::malformed(format!(
                "an attach id has 1 to {MAX_KEY} bytes, and no control characters"
            )));
        }
    }
    match (by_path, by_header) {
        (Some(path), Some(header)) if path != header => Err(Problem::malformed(
            "path and header name different attach ids; send one of them",
        )),
        (path, header) => Ok(path.or(header)),
    }
}
