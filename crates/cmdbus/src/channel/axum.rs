//! The server side of the WebSocket channel, to be mounted in an axum router.

use std::future::Future;
use std::sync::Arc;

use ::axum::body::Body;
use ::axum::extract::Request;
use ::axum::http::header::{
    CONNECTION, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use ::axum::http::{StatusCode, Uri, Version};
use ::axum::response::Response;
use ::axum::routing::{MethodRouter, get};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::auth::TokenCheck;
use super::doors::{Doors, Refusal, single};
use super::limits::ChannelLimits;
use super::websocket::{SUBPROTOCOL, WebSocketChannel};

/// Guards the endpoint `/bus` of an HTTP server, and turns whoever passes into a channel.
///
/// In this order, all before the upgrade: the `Host` must be a loopback name or [allowed](Self::allow_host), the
/// `Origin`, which browsers send, must be the server itself or [allowed](Self::allow_origin) (403); the request must be a
/// WebSocket upgrade (400); the token must pass the check (401); the subprotocol `cmdbus.v1` must be among those that are
/// offered, if any are (400). A refusal has a body `{"error": "…"}` that says what to do.
///
/// ```no_run
/// # async fn example(registry: cmdbus::CommandRegistry) -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use cmdbus::channel::axum::BusEndpoint;
/// use cmdbus::channel::one_token;
///
/// let count = Arc::new(AtomicU64::new(0));
/// let endpoint = BusEndpoint::token(one_token(std::env::var("BUS_TOKEN")?));
/// let app = axum::Router::new().route("/bus", endpoint.route(move |upgraded| {
///     let id = format!("ws-{}", count.fetch_add(1, Ordering::Relaxed) + 1);
///     let registry = registry.clone();
///     async move {
///         let channel = upgraded.into_channel(id).await;
///         if let Ok(driver) = registry.register_channel(Arc::new(channel)).await {
///             driver.await;
///         }
///     }
/// }));
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:7532").await?;
/// axum::serve(listener, app).await?;
/// # Ok(()) }
/// ```
///
/// How many connections there may be is the caller's to bound.
#[derive(Clone)]
pub struct BusEndpoint {
    doors: Doors,
    limits: ChannelLimits,
}

impl BusEndpoint {
    /// Lets in peers that show a token that passes the check, as `Authorization: Bearer TOKEN`.
    pub fn token(check: TokenCheck) -> Self {
        Self::new(Some(check))
    }

    /// Asks for no token. For servers where something in front of this endpoint has asked; otherwise every program
    /// that can connect can call every command of the bus.
    pub fn without_token() -> Self {
        Self::new(None)
    }

    fn new(token: Option<TokenCheck>) -> Self {
        Self {
            doors: Doors {
                token,
                ..Doors::default()
            },
            limits: ChannelLimits::default(),
        }
    }

    /// Allows a `Host` beside `localhost`, `127.0.0.1` and `[::1]`: a name or address that this server is reached by,
    /// with a port, or without one for any port.
    ///
    /// A web page can make a browser connect to this machine under a name of its own; that is what
    /// refusing unknown names is for.
    #[must_use]
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.doors.allow_host(host.into());
        self
    }

    /// Allows web pages of an origin, written `https://HOST` or `https://HOST:PORT`. Default: only pages that
    /// this server serves itself. Programs other than browsers send no origin and are not concerned.
    #[must_use]
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.doors.allow_origin(origin.into());
        self
    }

    /// Sets the bounds of the channels.
    #[must_use]
    pub fn limits(mut self, limits: ChannelLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Returns the route. `accept` runs in a task of its own for every peer that was let in, usually for as long as
    /// the connection lives.
    pub fn route<S, F, Fut>(self, accept: F) -> MethodRouter<S>
    where
        S: Clone + Send + Sync + 'static,
        F: Fn(UpgradedPeer) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let endpoint = Arc::new(self);
        get(move |request: Request| {
            let response = endpoint.answer(request, accept.clone());
            async move { response }
        })
    }

    fn answer<F, Fut>(&self, mut request: Request, accept: F) -> Response
    where
        F: FnOnce(UpgradedPeer) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let judged = self.judge(request.version(), request.uri(), request.headers());
        let handshake = match judged {
            Ok(handshake) => handshake,
            Err(refusal) => return refusal.into_response(),
        };
        let upgrade = hyper::upgrade::on(&mut request);
        let limits = self.limits;
        tokio::spawn(async move {
            match upgrade.await {
                Ok(stream) => {
                    let stream = TokioIo::new(stream);
                    accept(UpgradedPeer { stream, limits }).await;
                }
                Err(error) => tracing::debug!(%error, "a peer left during its upgrade"),
            }
        });
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, handshake.accept);
        if handshake.named {
            headers.insert(
                SEC_WEBSOCKET_PROTOCOL,
                HeaderValue::from_static(SUBPROTOCOL),
            );
        }
        response
    }

    /// Decides on a request.
    fn judge(
        &self,
        version: Version,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<Handshake, Refusal> {
        let host = self.doors.host(uri, headers)?;
        self.doors.origin(&host, headers)?;
        let key = check_upgrade(version, headers)?;
        self.doors.check_token(headers)?;
        let named = check_subprotocol(headers)?;
        Ok(Handshake { accept: key, named })
    }
}

impl std::fmt::Debug for BusEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BusEndpoint")
            .field("asks_for_token", &self.doors.token.is_some())
            .field("hosts", &self.doors.hosts)
            .field("origins", &self.doors.origins)
            .field("limits", &self.limits)
            .finish()
    }
}

/// A peer that was let in. Dropping it ends the connection.
pub struct UpgradedPeer {
    stream: TokioIo<hyper::upgrade::Upgraded>,
    limits: ChannelLimits,
}

impl UpgradedPeer {
    /// Returns the channel, ready to be registered.
    pub async fn into_channel(self, id: impl Into<String>) -> WebSocketChannel {
        WebSocketChannel::serve(id.into(), Box::new(self.stream), self.limits).await
    }
}

impl std::fmt::Debug for UpgradedPeer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UpgradedPeer").finish_non_exhaustive()
    }
}

/// What goes into the answer to an upgrade.
struct Handshake {
    accept: HeaderValue,
    /// The client has named the subprotocol, and so does the answer.
    named: bool,
}

/// Checks that a request is a WebSocket upgrade, and returns what its key is answered with.
fn check_upgrade(version: Version, headers: &HeaderMap) -> Result<HeaderValue, Refusal> {
    let refusal = || {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "this is a WebSocket endpoint; send a WebSocket upgrade, version 13, over HTTP/1.1",
        )
    };
    let is_upgrade = version == Version::HTTP_11
        && lists(headers, CONNECTION, |item| {
            item.eq_ignore_ascii_case("upgrade")
        })
        && lists(headers, UPGRADE, |item| {
            item.eq_ignore_ascii_case("websocket")
        })
        && lists(headers, SEC_WEBSOCKET_VERSION, |item| item == "13");
    let key = single(headers, SEC_WEBSOCKET_KEY).ok().flatten();
    let key = key.filter(|_| is_upgrade).ok_or_else(refusal)?;
    HeaderValue::from_str(&derive_accept_key(key.as_bytes())).map_err(|_| refusal())
}

/// Returns whether our subprotocol is to be named in the answer.
fn check_subprotocol(headers: &HeaderMap) -> Result<bool, Refusal> {
    if !headers.contains_key(SEC_WEBSOCKET_PROTOCOL) {
        Ok(false)
    } else if lists(headers, SEC_WEBSOCKET_PROTOCOL, |item| item == SUBPROTOCOL) {
        Ok(true)
    } else {
        Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "none of the subprotocols is spoken here; offer `cmdbus.v1`, or none",
        ))
    }
}

/// Returns whether an item of a header's comma-separated lists is the one.
fn lists(headers: &HeaderMap, name: HeaderName, is_it: impl Fn(&str) -> bool) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| is_it(item.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::one_token;

    fn judge(endpoint: &BusEndpoint, changes: &[(&'static str, &str)]) -> Result<bool, StatusCode> {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("host", "127.0.0.1:80"),
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "WebSocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "6D69KGBOr4Re+Nj6zx9aQA=="),
            ("authorization", "Bearer s3cret"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        for (name, value) in changes {
            match *value {
                "" => drop(headers.remove(*name)),
                value => drop(headers.insert(*name, value.parse().unwrap())),
            }
        }
        endpoint
            .judge(Version::HTTP_11, &Uri::from_static("/bus"), &headers)
            .map(|handshake| handshake.named)
            .map_err(|refusal| refusal.status)
    }

    fn endpoint() -> BusEndpoint {
        BusEndpoint::token(one_token("s3cret"))
    }

    #[test]
    fn hosts_other_than_loopback_and_the_allowed_are_refused() {
        let endpoint = endpoint()
            .allow_host("Bus.example")
            .allow_host("10.0.0.1:7532");
        for host in [
            "localhost",
            "LOCALHOST:1",
            "127.0.0.1:7532",
            "[::1]:7532",
            "bus.example:99",
            "10.0.0.1:7532",
        ] {
            assert_eq!(judge(&endpoint, &[("host", host)]), Ok(false), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1:7533",
            "10.0.0.1",
            "localhost:http",
            "localhost:1:2",
            "::1",
            "a@localhost",
        ] {
            assert_eq!(
                judge(&endpoint, &[("host", host)]),
                Err(StatusCode::FORBIDDEN),
                "{host}"
            );
        }
    }

    #[test]
    fn origins_other_than_the_server_itself_and_the_allowed_are_refused() {
        let endpoint = endpoint().allow_origin("https://app.example");
        for origin in ["", "http://127.0.0.1:80", "https://app.example"] {
            assert_eq!(
                judge(&endpoint, &[("origin", origin)]),
                Ok(false),
                "{origin}"
            );
        }
        for origin in [
            "null",
            "http://127.0.0.1:81",
            "http://127.0.0.1",
            "http://app.example",
            "https://app.example.evil.example",
        ] {
            assert_eq!(
                judge(&endpoint, &[("origin", origin)]),
                Err(StatusCode::FORBIDDEN),
                "{origin}"
            );
        }
    }

    #[test]
    fn a_token_is_shown_as_bearer() {
        for shown in ["Bearer s3cret", "bearer  s3cret"] {
            assert_eq!(judge(&endpoint(), &[("authorization", shown)]), Ok(false));
        }
        for shown in ["", "Bearer", "Bearer wrong", "Basic s3cret", "s3cret"] {
            assert_eq!(
                judge(&endpoint(), &[("authorization", shown)]),
                Err(StatusCode::UNAUTHORIZED),
                "{shown}"
            );
        }
        let open = BusEndpoint::without_token();
        assert_eq!(judge(&open, &[("authorization", "")]), Ok(false));
    }

    #[test]
    fn only_unknown_subprotocols_are_refused() {
        let offered = |offer| judge(&endpoint(), &[("sec-websocket-protocol", offer)]);
        assert_eq!(offered(""), Ok(false));
        assert_eq!(offered("cmdbus.v1"), Ok(true));
        assert_eq!(offered("chat, cmdbus.v1"), Ok(true));
        assert_eq!(offered("chat, cmdbus.v2"), Err(StatusCode::BAD_REQUEST));
    }

    #[test]
    fn what_is_no_upgrade_is_refused_before_the_token_is_looked_at() {
        for missing in [
            "connection",
            "upgrade",
            "sec-websocket-version",
            "sec-websocket-key",
        ] {
            assert_eq!(
                judge(&endpoint(), &[(missing, ""), ("authorization", "")]),
                Err(StatusCode::BAD_REQUEST)
            );
        }
    }
}
