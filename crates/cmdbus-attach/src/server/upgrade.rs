//! From an HTTP request to an attachment (attach §3.1, §3.12).

use std::pin::pin;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    CONNECTION, CONTENT_TYPE, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use futures_util::poll;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::connection::{Beginning, Connection};
use super::handshake::{Admitted, Fresh, shake_hands};
use super::{AttachServer, Shared, lock};
use crate::auth::Principal;
use crate::bus_channel::BusChannel;
use crate::frame::SUBPROTOCOL;
use crate::link::{Settings, Wire, close, run_socket};
use crate::registry::ReverseAttachGuard;

impl AttachServer {
    /// Returns the route of the socket, to be mounted at `/attach` behind [`auth::layer`](crate::auth::layer()), which puts the
    /// [`Principal`] into the request.
    pub fn route<S: Clone + Send + Sync + 'static>(&self) -> MethodRouter<S> {
        let server = self.0.clone();
        get(move |request: Request| {
            let response = answer(&server, request);
            async move { response }
        })
    }

    /// Serves one socket that has been upgraded already, until it ends.
    ///
    /// # Cancel safety
    /// Dropping the future drops the connection; the client may come back.
    pub async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        &self,
        principal: Principal,
        stream: S,
    ) {
        serve(&self.0, principal, stream).await;
    }
}

fn answer(server: &Arc<Shared>, mut request: Request) -> Response {
    let Some(principal) = request.extensions().get::<Principal>().cloned() else {
        return refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "nobody has looked at the token",
        );
    };
    if !principal.may_attach_somewhere() {
        let why = "this token may not attach; make one with `cmdbus token create --may attach`";
        return refusal(StatusCode::FORBIDDEN, why);
    }
    let accept = match check(request.headers()) {
        Ok(accept) => accept,
        Err(why) => return refusal(StatusCode::BAD_REQUEST, why),
    };
    let upgrade = hyper::upgrade::on(&mut request);
    let server = server.clone();
    tokio::spawn(async move {
        match upgrade.await {
            Ok(stream) => serve(&server, principal, TokioIo::new(stream)).await,
            Err(error) => tracing::debug!(%error, "an attaching client left during its upgrade"),
        }
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    headers.insert(
        SEC_WEBSOCKET_PROTOCOL,
        HeaderValue::from_static(SUBPROTOCOL),
    );
    response
}

/// Returns the proof that the upgrade was understood.
fn check(headers: &HeaderMap) -> Result<HeaderValue, &'static str> {
    let has = |name, wanted: &str| {
        headers.get_all(name).iter().any(|value| {
            let words = value.to_str().unwrap_or_default().split(',');
            words
                .into_iter()
                .any(|word| word.trim().eq_ignore_ascii_case(wanted))
        })
    };
    if !has(UPGRADE, "websocket") || !has(CONNECTION, "upgrade") {
        return Err("this is a WebSocket endpoint for `cmdbus attach`; ask for an upgrade");
    }
    if !has(SEC_WEBSOCKET_VERSION, "13") {
        return Err("only version 13 of WebSocket is spoken here");
    }
    if !has(SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
        return Err("the subprotocol must be `cmdbus.attach.v1`");
    }
    let key = headers
        .get(SEC_WEBSOCKET_KEY)
        .ok_or("`Sec-WebSocket-Key` is missing")?;
    HeaderValue::from_str(&derive_accept_key(key.as_bytes()))
        .map_err(|_| "`Sec-WebSocket-Key` is no key")
}

fn refusal(status: StatusCode, why: &str) -> Response {
    let body = serde_json::json!({"error": why, "subprotocols": [SUBPROTOCOL]});
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Serves one socket. The task that began an attachment stays with it over its sockets; later ones only carry it.
async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    server: &Arc<Shared>,
    principal: Principal,
    stream: S,
) {
    let config = Settings::websocket(server.parts.config.link.max_message);
    let mut socket =
        WebSocketStream::from_raw_socket(Wire::new(stream), Role::Server, Some(config)).await;
    match shake_hands(server, &principal, &mut socket).await {
        None => {}
        Some(Admitted::Again(connection, turn)) => {
            let carries = connection.carried().came_back();
            let mut running = pin!(run_socket(connection.link(), socket, &*connection));
            // With the first look at it, it carries the attachment: then the next may come and replace it.
            let first = poll!(&mut running);
            drop(turn);
            if first.is_pending() {
                running.await;
            }
            drop(carries);
        }
        Some(Admitted::New(fresh)) => {
            let (connection, guard) = begin(server, *fresh);
            // It goes on by itself until the attachment is over.
            tokio::spawn(live(server.clone(), connection.clone(), guard));
            let _carries = connection.carried().first();
            run_socket(connection.link(), socket, &*connection).await;
        }
    }
}

/// Puts a new attachment into the tables.
fn begin(server: &Arc<Shared>, fresh: Fresh) -> (Arc<Connection>, ReverseAttachGuard) {
    let Fresh {
        link,
        guard,
        resume_token,
        bus,
        client,
    } = fresh;
    let handle = guard.handle();
    let channel = handle.channel().clone();
    let bus = bus.then(|| {
        let limit = link.settings().max_message;
        let principal = channel.principal().clone();
        let may_call = move |command: &str| principal.may_call(command);
        let bus = BusChannel::new(channel.conn_id().to_owned(), link.sink(), limit);
        Arc::new(bus.guarded(Arc::new(may_call)))
    });
    let beginning = Beginning {
        handle,
        link,
        resume_token: resume_token.clone(),
        bus,
        client,
    };
    let connection = Connection::new(server.clone(), beginning);
    {
        let mut table = lock(&server.connections);
        table.by_epoch.insert(channel.epoch(), connection.clone());
        if let Some(token) = resume_token {
            table.resumable.insert(token, Arc::downgrade(&connection));
        }
        if table.closed {
            // It came while the server was ending, too late to be told goodbye.
            channel.sink.close(close::RESTART, "the server restarts");
        }
    }
    tokio::spawn(connection.clone().run_errands());
    if let Some(bus) = connection.bus.clone() {
        let registry = server.parts.registry.clone();
        tokio::spawn(async move {
            match registry.register_channel(bus).await {
                Ok(driver) => driver.await,
                Err(error) => tracing::info!(%error, "an attached client cannot join the bus"),
            }
        });
    }
    (connection, guard)
}

/// Stays with an attachment until it is over, and clears up after it.
async fn live(server: Arc<Shared>, connection: Arc<Connection>, guard: ReverseAttachGuard) {
    let sink = connection.channel().sink.clone();
    let token_ended = server
        .parts
        .authority
        .ended(connection.channel().principal());
    let grace = server.parts.config.settings.grace;
    tokio::select! {
        ended = sink.closed() => {
            tracing::debug!(code = ended.code, "an attachment has ended");
        }
        () = token_ended => {
            sink.close(close::UNAUTHORIZED, "the token has ended");
        }
        () = connection.carried().not_back_within(grace, &guard) => {
            connection.link().end(close::DEAD, "it has not come back in time");
        }
    }
    let epoch = connection.channel().epoch();
    {
        let mut table = lock(&server.connections);
        table.by_epoch.remove(&epoch);
        if let Some(token) = connection.resume_token() {
            table.resumable.remove(token);
        }
    }
    drop(guard);
    connection.end().await;
}
