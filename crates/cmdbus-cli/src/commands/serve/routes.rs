//! The routes of the gateway's listeners.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use cmdbus::CommandRegistry;
use cmdbus::channel::ChannelLimits;
use cmdbus::channel::axum::{BusEndpoint, UpgradedPeer};
use cmdbus_attach::auth::{Authority, Principal};
use cmdbus_attach::gateway::Gateway;
use cmdbus_attach::server::AttachServer;
use serde_json::json;

use super::edge;
use crate::config::Config;

/// Returns the routes. A layer around them has to look at the token, the `Host` and the `Origin`.
pub(super) fn router(
    gateway: &Gateway,
    server: &AttachServer,
    config: &Config,
    registry: &CommandRegistry,
    authority: &Arc<Authority>,
    state: &Path,
) -> Router {
    let limits = ChannelLimits::default().frame_bytes(config.bus.frame_bytes);
    let mut endpoint = BusEndpoint::without_token().limits(limits);
    for host in &config.gateway.allowed_hosts {
        endpoint = endpoint.allow_host(host);
    }
    if let Some(host) = public_host(config.gateway.public_url.as_deref()) {
        endpoint = endpoint.allow_host(host);
    }
    for origin in &config.gateway.allowed_origins {
        endpoint = endpoint.allow_origin(origin);
    }
    let bus = Arc::new(Bus {
        endpoint,
        registry: registry.clone(),
        authority: authority.clone(),
        count: AtomicU64::new(0),
    });
    Router::new()
        .route("/bus", any(move |request| bus.clone().join(request)))
        .route("/attach", server.route())
        .merge(gateway.router())
        .merge(edge::routes(registry, authority, config, state))
        .fallback(async || {
            let text =
                "there is nothing here; tools are at `/mcp`, commands at `/call/ID`, their list at `/cmds.json`, and attaching clients go to `/attach`";
            refusal(StatusCode::NOT_FOUND, text)
        })
}

/// Returns the host of the public address, for any port.
fn public_host(url: Option<&str>) -> Option<String> {
    let uri: Uri = url?.parse().ok()?;
    uri.host().map(str::to_owned)
}

/// The bus over WebSocket.
struct Bus {
    endpoint: BusEndpoint,
    registry: CommandRegistry,
    authority: Arc<Authority>,
    count: AtomicU64,
}

impl Bus {
    /// Lets in whoever may take part in the bus, until their token ends.
    async fn join(self: Arc<Self>, request: Request) -> Response {
        let principal = request.extensions().get::<Principal>().cloned();
        let Some(principal) = principal.filter(Principal::may_bus) else {
            let text = "this token may not take part in the bus; make one with `cmdbus token create --may bus`";
            return refusal(StatusCode::FORBIDDEN, text);
        };
        let endpoint = self.endpoint.clone();
        let route = endpoint.route(move |peer| self.clone().serve(peer, principal.clone()));
        Handler::call(route, request, ()).await
    }

    async fn serve(self: Arc<Self>, peer: UpgradedPeer, principal: Principal) {
        let id = format!("ws-{}", self.count.fetch_add(1, Ordering::Relaxed) + 1);
        let channel = Arc::new(peer.into_channel(id).await);
        match self.registry.register_channel(channel).await {
            Ok(driver) => tokio::select! {
                () = driver => {}
                () = self.authority.ended(&principal) => {
                    let token = principal.name();
                    tracing::info!(token, "the token has ended, and so has its connection to the bus");
                }
            },
            Err(error) => tracing::info!(%error, "connection not taken"),
        }
    }
}

/// Refuses a request on a route that does not speak JSON-RPC.
fn refusal(status: StatusCode, text: &str) -> Response {
    let body = json!({"error": text}).to_string();
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}
