//! Requests without a network, and with one.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::http::{Extensions, HeaderMap, Request, StatusCode};
use cmdbus::channel::http::HttpAccess;
use futures_util::future::BoxFuture;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::ServiceExt;

/// An answer that has come whole.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// Returns the one line of a successful answer.
    pub(super) fn line(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/x-ndjson");
        let line = self.text.strip_suffix('\n').unwrap();
        assert!(!line.contains('\n'), "{line}");
        serde_json::from_str(line).unwrap()
    }

    /// Returns what an error says to people.
    pub(super) fn error(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/json");
        self.json()["error"].as_str().unwrap().to_owned()
    }
}

/// Builds a request to this machine. Headers named again replace those that are there by default; empty ones are left out.
pub(super) fn request(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Request<Body> {
    let mut all = vec![("host", "localhost"), ("content-type", "application/json")];
    all.retain(|(name, _)| headers.iter().all(|(other, _)| other != name));
    all.extend_from_slice(headers);
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in all.into_iter().filter(|(_, value)| !value.is_empty()) {
        request = request.header(name, value);
    }
    request.body(body.into()).unwrap()
}

pub(super) async fn send(router: &Router, request: Request<Body>) -> Answer {
    let answer = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

/// Posts a message to `/cmd`.
pub(super) async fn post(router: &Router, message: impl ToString) -> Answer {
    send(router, request("POST", "/cmd", &[], message.to_string())).await
}

pub(super) async fn get(router: &Router, path: &str) -> Answer {
    send(router, request("GET", path, &[], Body::empty())).await
}

pub(super) fn call(id: &str, command: &str, body: Value) -> Value {
    json!({"type": "execute.command.request", "id": id, "commandId": command, "request": body})
}

/// Everybody may do everything until it is over.
pub(super) struct Short(pub(super) watch::Receiver<bool>);

impl HttpAccess for Short {
    fn may_call(&self, _: &Extensions, _: &str) -> bool {
        true
    }

    fn may_listen(&self, _: &Extensions) -> bool {
        true
    }

    fn ended(&self, _: &Extensions) -> Option<BoxFuture<'static, ()>> {
        let mut over = self.0.clone();
        Some(Box::pin(async move {
            over.wait_for(|over| *over).await.ok();
        }))
    }
}

/// Serves a router on a real socket.
pub(super) async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}
