//! Streamable HTTP.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State as Shared};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::json;
use tokio::net::TcpListener;

use crate::server::Fixture;
use crate::state::State;
use crate::{Era, raw};

/// More than any test sends.
const BODY_LIMIT: usize = 64 << 20;

pub(crate) async fn serve(state: Arc<State>, listen: SocketAddr) -> io::Result<()> {
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(state.options.era != Era::Modern)
        .with_max_request_body_bytes(BODY_LIMIT)
        .with_allowed_origins(["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"]);
    let of_sessions = Arc::clone(&state);
    let service = StreamableHttpService::new(
        move || Ok(Fixture::new(Arc::clone(&of_sessions))),
        Arc::new(LocalSessionManager::default()),
        config,
    );
    let app = Router::new()
        .route_service("/mcp", service)
        .layer(middleware::from_fn_with_state(state, raw_first));
    println!("{}", json!({"url": format!("http://{address}/mcp")}));
    // One small message per exchange: without this, each waits for the acknowledgement of the one before.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, app).await
}

/// Answers what is written by hand, and leaves the rest to rmcp.
async fn raw_first(Shared(state): Shared<Arc<State>>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    match raw::answer(&bytes, &state.options) {
        Some(answer) if answer.after_garbage => {
            let kind = [(CONTENT_TYPE, "text/event-stream")];
            (kind, garbage_events(&answer.text)).into_response()
        }
        Some(answer) => {
            let kind = [(CONTENT_TYPE, "application/json")];
            (kind, answer.text).into_response()
        }
        None => {
            let request = Request::from_parts(parts, Body::from(bytes));
            next.run(request).await
        }
    }
}

/// A stream with everything a reader has to skip: comments, unknown fields and events, data that is not JSON.
fn garbage_events(answer: &str) -> String {
    format!(
        ": not an event\n\nunknown: field\n\nevent: noise\ndata: {{\"half\":\n\n\r\nevent: message\r\ndata: {answer}\r\n\r\n"
    )
}
