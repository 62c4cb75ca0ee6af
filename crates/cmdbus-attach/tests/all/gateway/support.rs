//! A gateway, a client of it, and a server behind it that does what the test says.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use cmdbus_attach::auth::Principal;
use cmdbus_attach::gateway::{
    Backend, Figures, Gateway, Opening, Resolve, Route, SessionPort, Settings,
};
use cmdbus_mcp::carry::{Answer, Call, FromServer, Hears};
use cmdbus_mcp::rpc::{Raw, RpcError};
use futures_util::future::BoxFuture;
use http_body_util::BodyExt as _;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tower::ServiceExt as _;

pub(super) const SERVER: &str = "/a/laptop/mcp/fs";

pub(super) fn raw(text: &str) -> Raw {
    RawValue::from_string(text.to_owned()).unwrap()
}

/// A request that the test answers.
pub(super) struct Incoming {
    pub(super) call: Call,
    pub(super) hears: Hears,
    pub(super) reply: oneshot::Sender<Result<Raw, RpcError>>,
}

impl Incoming {
    pub(super) fn tell(&self, method: &str, params: &str) {
        (self.hears)(FromServer::Notification {
            method: method.to_owned(),
            params: Some(raw(params)),
        });
    }

    pub(super) fn ask(&self, method: &str) -> oneshot::Receiver<Result<Raw, RpcError>> {
        let (answer, wait) = Answer::pair();
        (self.hears)(question(method, answer));
        wait
    }

    /// The progress token that the server sees.
    pub(super) fn token(&self) -> String {
        let params: Value = serde_json::from_str(self.call.params.as_ref().unwrap().get()).unwrap();
        params["_meta"]["progressToken"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub(super) fn answer(self, result: &str) {
        self.reply.send(Ok(raw(result))).unwrap();
    }
}

pub(super) fn question(method: &str, answer: Answer) -> FromServer {
    FromServer::Request {
        method: method.to_owned(),
        params: Some(raw(r#"{"a":1.10}"#)),
        answer,
    }
}

/// Told to the server: session, method, parameters.
pub(super) type Told = (Option<String>, String, Option<String>);

/// A server. It answers with what it was asked, except where the method begins with `slow`, a tool has that name, or it is
/// listened to: then the test answers.
pub(super) struct Server {
    pub(super) versions: Mutex<Vec<String>>,
    pub(super) epoch: AtomicU64,
    pub(super) failure: Mutex<Option<RpcError>>,
    pub(super) declared: Mutex<Vec<String>>,
    pub(super) opened: Mutex<Vec<Opening>>,
    pub(super) told: Mutex<Vec<Told>>,
    pub(super) closed: Mutex<Vec<String>>,
    pub(super) routes: Mutex<Vec<Route>>,
    pub(super) calls: Mutex<Vec<Call>>,
    ports: Mutex<HashMap<String, Arc<dyn SessionPort>>>,
    slow: mpsc::UnboundedSender<Incoming>,
}

impl Server {
    pub(super) fn port(&self, session: &str) -> Arc<dyn SessionPort> {
        Arc::clone(&self.ports.lock().unwrap()[session])
    }

    pub(super) fn only_speaks(&self, versions: &[&str]) {
        *self.versions.lock().unwrap() = versions.iter().map(ToString::to_string).collect();
    }

    pub(super) fn fails_with(&self, code: i64, message: &str) {
        *self.failure.lock().unwrap() = Some(RpcError::new(code, message));
    }
}

struct Behind(Arc<Server>);

impl Backend for Behind {
    fn epoch(&self) -> u64 {
        self.0.epoch.load(Ordering::Relaxed)
    }

    fn versions(&self) -> Vec<String> {
        self.0.versions.lock().unwrap().clone()
    }

    fn headers(&self) -> Vec<String> {
        self.0.declared.lock().unwrap().clone()
    }

    fn open(
        &self,
        session: &str,
        opening: Opening,
        port: Arc<dyn SessionPort>,
    ) -> BoxFuture<'static, Result<Raw, RpcError>> {
        let failure = self.0.failure.lock().unwrap().take();
        let params: Value =
            serde_json::from_str(opening.call.params.as_ref().map_or("{}", |raw| raw.get()))
                .unwrap();
        self.0.opened.lock().unwrap().push(opening);
        let mut ports = self.0.ports.lock().unwrap();
        ports.insert(session.to_owned(), port);
        let version = params["protocolVersion"].clone();
        Box::pin(async move {
            match failure {
                Some(error) => Err(error),
                None => Ok(raw(&format!(
                    r#"{{"vendor":1.10,"protocolVersion":{version},"capabilities":{{}}}}"#
                ))),
            }
        })
    }

    fn call(
        &self,
        _caller: &Principal,
        _session: Option<&str>,
        call: Call,
        hears: Hears,
    ) -> BoxFuture<'static, Result<Raw, RpcError>> {
        self.0.calls.lock().unwrap().push(call.clone());
        if let Some(error) = self.0.failure.lock().unwrap().take() {
            return Box::pin(async move { Err(error) });
        }
        if call.method == "panics" {
            return Box::pin(async { panic!("as the test wants") });
        }
        let params = call.params.as_ref().map_or("null", |params| params.get());
        let slow = call.method.starts_with("slow")
            || call.method == "subscriptions/listen"
            || params.contains(r#""name":"slow""#);
        if !slow {
            let result = raw(&format!(
                r#"{{"method":"{}","params":{params}}}"#,
                call.method
            ));
            return Box::pin(async move { Ok(result) });
        }
        let (reply, wait) = oneshot::channel();
        self.0
            .slow
            .send(Incoming { call, hears, reply })
            .unwrap_or_else(|_| unreachable!("the test holds the other end"));
        Box::pin(async move {
            match wait.await {
                Ok(answer) => answer,
                // The test has let go of it: there will be none.
                Err(_) => std::future::pending().await,
            }
        })
    }

    fn notify(
        &self,
        session: Option<&str>,
        method: &str,
        params: Option<Raw>,
        _headers: &[(String, String)],
    ) {
        self.0.told.lock().unwrap().push((
            session.map(ToOwned::to_owned),
            method.to_owned(),
            params.map(|params| params.get().to_owned()),
        ));
    }

    fn close(&self, session: &str) -> BoxFuture<'static, ()> {
        self.0.closed.lock().unwrap().push(session.to_owned());
        Box::pin(async {})
    }
}

/// Knows every id but `unknown`, and lets nobody into `secret`.
struct Finds(Arc<Server>);

impl Resolve for Finds {
    fn resolve(&self, _: &Principal, route: &Route) -> Result<Arc<dyn Backend>, RpcError> {
        self.0.routes.lock().unwrap().push(route.clone());
        match route {
            Route::OneId(id) | Route::Server(id, _) if id == "unknown" => {
                Err(RpcError::new(-33001, "no such attach id"))
            }
            Route::OneId(id) | Route::Server(id, _) if id == "secret" => {
                Err(RpcError::new(-33007, "the scope is too small"))
            }
            _ => Ok(Arc::new(Behind(Arc::clone(&self.0)))),
        }
    }
}

pub(super) struct World {
    pub(super) gateway: Gateway,
    pub(super) server: Arc<Server>,
    pub(super) slow: mpsc::UnboundedReceiver<Incoming>,
    pub(super) router: Router,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(Settings::default())
    }

    pub(super) fn with(settings: Settings) -> Self {
        let (tell, slow) = mpsc::unbounded_channel();
        let server = Arc::new(Server {
            versions: Mutex::default(),
            epoch: AtomicU64::new(1),
            failure: Mutex::default(),
            declared: Mutex::default(),
            opened: Mutex::default(),
            told: Mutex::default(),
            closed: Mutex::default(),
            routes: Mutex::default(),
            calls: Mutex::default(),
            ports: Mutex::default(),
            slow: tell,
        });
        let gateway = Gateway::new(Arc::new(Finds(Arc::clone(&server))), settings);
        let router = gateway.router();
        Self {
            gateway,
            server,
            slow,
            router,
        }
    }

    pub(super) fn figures(&self) -> Figures {
        self.gateway.figures()
    }

    pub(super) fn request(&self, method: &str, path: &str) -> Ask {
        Ask {
            router: self.router.clone(),
            method: method.to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: String::new(),
            who: Principal::owner(),
        }
    }

    pub(super) fn post(&self, body: impl ToString) -> Ask {
        let mut ask = self
            .request("POST", SERVER)
            .header("content-type", "application/json");
        ask.body = body.to_string();
        ask
    }

    /// Opens a session in the revision, of a client with the capabilities.
    pub(super) async fn session_with(&self, version: &str, capabilities: Value) -> String {
        let params = json!({"protocolVersion": version, "capabilities": capabilities});
        let body = json!({"jsonrpc":"2.0","id":"i","method":"initialize","params":params});
        let reply = self.post(body).send().await;
        assert_eq!(reply.status(), StatusCode::OK);
        reply.headers()["mcp-session-id"]
            .to_str()
            .unwrap()
            .to_owned()
    }

    pub(super) async fn session(&self) -> String {
        let all = json!({"sampling":{}, "elicitation":{}, "roots":{}});
        self.session_with("2025-11-25", all).await
    }

    /// A request in a session.
    pub(super) fn ask(&self, session: &str, id: impl Into<Value>, method: &str) -> Ask {
        let body = json!({"jsonrpc":"2.0","id":id.into(),"method":method});
        self.post(body).header("mcp-session-id", session)
    }

    /// The standalone stream of a session.
    pub(super) fn get(&self, session: &str) -> Ask {
        self.request("GET", SERVER)
            .header("accept", "text/event-stream")
            .header("mcp-session-id", session)
    }

    /// A modern request in good order.
    pub(super) fn modern(&self, method: &str, mut params: Value) -> Ask {
        params["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2026-07-28".into();
        params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({});
        let named = params.get("name").or_else(|| params.get("uri"));
        let name = named.and_then(Value::as_str).map(ToOwned::to_owned);
        let body = json!({"jsonrpc":"2.0","id":7,"method":method,"params":params});
        let ask = self
            .post(body)
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", method);
        match name {
            Some(name) => ask.header("mcp-name", &name),
            None => ask,
        }
    }
}

/// A request on its way.
#[derive(Clone)]
pub(super) struct Ask {
    router: Router,
    method: String,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    pub(super) body: String,
    who: Principal,
}

impl Ask {
    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Takes a header away.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(own, _)| own != name);
        self
    }

    pub(super) fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    pub(super) fn by(mut self, who: Principal) -> Self {
        self.who = who;
        self
    }

    pub(super) fn request(&self) -> Request<Body> {
        let mut request = Request::builder()
            .method(self.method.as_str())
            .uri(&self.path)
            .extension(self.who.clone());
        for (name, value) in &self.headers {
            request = request.header(name, value.as_slice());
        }
        request.body(Body::from(self.body.clone())).unwrap()
    }

    pub(super) async fn send(self) -> Response<Body> {
        let request = self.request();
        self.router.oneshot(request).await.unwrap()
    }

    /// Sends it in a task of its own.
    pub(super) fn spawn(self) -> tokio::task::JoinHandle<Response<Body>> {
        tokio::spawn(self.send())
    }

    /// Returns status and body, which must be JSON, and be said to be.
    pub(super) async fn json(self) -> (u16, Value) {
        json_of(self.send().await).await
    }

    /// Returns status and code of an error, which must be in the form of JSON-RPC.
    pub(super) async fn error(self) -> (u16, i64) {
        let (status, body) = self.json().await;
        assert_eq!(body["jsonrpc"], "2.0");
        assert!(body.get("id").is_some(), "{body}");
        (status, body["error"]["code"].as_i64().unwrap())
    }

    pub(super) async fn status(self) -> u16 {
        self.send().await.status().as_u16()
    }

    pub(super) async fn text(self) -> String {
        text_of(self.send().await).await
    }

    pub(super) async fn sse(self) -> Sse {
        Sse::of(self.send().await)
    }
}

pub(super) async fn text_of(response: Response<Body>) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.into()).unwrap()
}

pub(super) async fn json_of(response: Response<Body>) -> (u16, Value) {
    let status = response.status().as_u16();
    assert_eq!(
        response.headers()["content-type"],
        "application/json",
        "status {status}"
    );
    let text = text_of(response).await;
    (status, serde_json::from_str(&text).unwrap())
}

/// A stream of events as a client reads it.
pub(super) struct Sse {
    body: Body,
    text: String,
}

/// One event.
#[derive(Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) id: Option<String>,
    pub(super) retry: Option<String>,
    pub(super) data: String,
}

impl Seen {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap()
    }
}

impl Sse {
    pub(super) fn of(response: Response<Body>) -> Self {
        assert_eq!(response.status(), StatusCode::OK);
        let headers = response.headers();
        assert_eq!(headers["content-type"], "text/event-stream");
        assert_eq!(headers["cache-control"], "no-cache");
        assert_eq!(headers["x-accel-buffering"], "no");
        Self {
            body: response.into_body(),
            text: String::new(),
        }
    }

    /// Returns the next block, an event or a comment, as it is on the wire.
    pub(super) async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.to_owned();
                self.text = rest.to_owned();
                return Some(block);
            }
            let frame = self.body.frame().await?.unwrap();
            self.text
                .push_str(str::from_utf8(frame.data_ref().unwrap()).unwrap());
        }
    }

    /// Returns the next event, or `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Seen> {
        loop {
            let block = self.block().await?;
            if block.starts_with(':') {
                continue;
            }
            let field = |name: &str| {
                let start = format!("{name}: ");
                let mut lines = block.lines();
                lines
                    .find_map(|line| line.strip_prefix(&start))
                    .map(ToOwned::to_owned)
            };
            return Some(Seen {
                id: field("id"),
                retry: field("retry"),
                data: field("data").unwrap(),
            });
        }
    }

    /// Returns the next message. What only says where the stream is comes before it.
    pub(super) async fn message(&mut self) -> Value {
        loop {
            let seen = self.next().await.unwrap();
            if !seen.data.is_empty() {
                return seen.json();
            }
        }
    }

    pub(super) async fn all(mut self) -> Vec<Seen> {
        let mut all = Vec::new();
        while let Some(seen) = self.next().await {
            all.push(seen);
        }
        all
    }
}
