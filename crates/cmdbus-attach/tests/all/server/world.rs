//! An attach server with its gateway and its bus.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use cmdbus::{CommandError, CommandRegistry, Config};
use cmdbus_attach::auth::{self, Authority, Doors, Principal, TokenFile};
use cmdbus_attach::gateway::aggregated::{Aggregator, Showing};
use cmdbus_attach::gateway::{Gateway, Settings};
use cmdbus_attach::server::{AttachServer, AttachServerParts, Claims};
use cmdbus_attach::{ReverseAttachConfig, ReverseChannelRegistry, new_reverse_channel_registry};
use cmdbus_mcp::tools::ToolIndex;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::duplex;
use tower::ServiceExt as _;

use super::peer::{Peer, Script};

/// What the network holds.
const NETWORK: usize = 64 * 1024;
/// Longer than any wait of a test. Most tests pause time, so it costs nothing.
pub(super) const PATIENCE: Duration = Duration::from_secs(3600);
pub(super) const PROFILE_TOKEN: &str = "profile-token";

pub(super) struct World {
    pub(super) server: AttachServer,
    pub(super) registry: CommandRegistry,
    pub(super) ids: ReverseChannelRegistry,
    pub(super) gateway: Gateway,
    pub(super) aggregator: Arc<Aggregator>,
    pub(super) authority: Arc<Authority>,
    pub(super) folder: TempDir,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(|config| config)
    }

    /// Makes one with other settings.
    pub(super) fn with(settings: impl FnOnce(ReverseAttachConfig) -> ReverseAttachConfig) -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), settings)
    }

    /// Makes one whose state is what another has left there.
    pub(super) fn in_folder(
        folder: TempDir,
        settings: impl FnOnce(ReverseAttachConfig) -> ReverseAttachConfig,
    ) -> Self {
        let ids = new_reverse_channel_registry();
        let registry = CommandRegistry::new(Config::default());
        let index = ToolIndex::default();
        let file = TokenFile::at(folder.path().join("tokens.json"));
        let authority = Arc::new(Authority::new(PROFILE_TOKEN, file).unwrap());
        let server = AttachServer::new(AttachServerParts {
            config: settings(ReverseAttachConfig::new(ids.clone())),
            authority: authority.clone(),
            claims: Claims::open(&folder.path().join("prefixes.json")).unwrap(),
            registry: registry.clone(),
            index: index.clone(),
            bus: "this-bus".to_owned(),
            base_url: "http://gw.example".to_owned(),
        });
        let aggregator = Aggregator::new(
            registry.clone(),
            index,
            "this-bus".to_owned(),
            Showing::default(),
            Arc::new(server.clone()),
        );
        let resolver = server.resolver(aggregator.clone());
        let gateway = Gateway::watching(resolver, Settings::default(), authority.clone());
        Self {
            server,
            registry,
            ids,
            gateway,
            aggregator,
            authority,
            folder,
        }
    }

    /// Everything on one listener, behind the tokens.
    pub(super) fn listener(&self) -> Router {
        let doors = Doors::new(&["gw.example"], &[] as &[&str], None).unwrap();
        Router::new()
            .route("/attach", self.server.route())
            .merge(self.gateway.router())
            .layer(auth::layer(self.authority.clone(), Arc::new(doors)))
    }

    /// A socket that says nothing yet.
    pub(super) async fn socket(&self, who: &Principal) -> Peer {
        let (ours, theirs) = duplex(NETWORK);
        let (server, who) = (self.server.clone(), who.clone());
        tokio::spawn(async move { server.serve(who, theirs).await });
        Peer::over(ours, Arc::default()).await
    }

    /// A client that has introduced itself.
    pub(super) async fn client(&self, who: &Principal) -> Peer {
        self.client_saying(who, hello(), Arc::default()).await
    }

    pub(super) async fn client_saying(
        &self,
        who: &Principal,
        hello: Value,
        script: Arc<Script>,
    ) -> Peer {
        let mut peer = self.socket(who).await;
        peer.script = script;
        peer.greet(hello).await;
        peer.run();
        peer
    }

    /// The same client on a new socket.
    pub(super) async fn again(&self, who: &Principal, before: &Peer) -> Peer {
        let mut hello = hello();
        hello["resume"] = json!({"token": before.token(), "have": before.have()});
        let mut peer = self.socket(who).await;
        peer.script = before.script.clone();
        peer.count_on(before);
        peer.greet(hello).await;
        peer.run();
        peer
    }

    /// A client of the owner's with a server `fs` under the id `laptop`, whose tools are on the bus.
    pub(super) async fn laptop(&self) -> Peer {
        let mut peer = self.client(&Principal::owner()).await;
        peer.attach("laptop", json!([declared("fs")])).await;
        self.until_listed("fs.read").await;
        peer
    }

    pub(super) fn has(&self, command: &str) -> bool {
        self.registry.describe_command(command).is_some()
    }

    pub(super) async fn until_listed(&self, command: &str) {
        self.until(|| self.has(command)).await;
    }

    pub(super) async fn until_unlisted(&self, command: &str) {
        self.until(|| !self.has(command)).await;
    }

    /// Waits until something is so.
    pub(super) async fn until(&self, mut is_so: impl FnMut() -> bool) {
        let wait = async {
            let mut pause = Duration::from_millis(1);
            while !is_so() {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_millis(256));
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap();
    }

    pub(super) async fn call(&self, command: &str, request: Value) -> Result<Value, CommandError> {
        self.registry.execute_dyn(command, request).await
    }

    /// Everything is as before the first client: the maps are empty (I16).
    pub(super) async fn is_empty(&self) {
        self.until(|| self.server.is_empty()).await;
        assert!(self.ids.is_empty() && self.ids.listeners().is_empty());
        self.until(|| self.registry.list_channels().is_empty())
            .await;
        assert!(self.registry.list_commands().is_empty());
        let figures = self.server.figures();
        for figure in ["sockets", "attach_ids", "pending"] {
            assert_eq!(figures[figure], 0, "{figure}");
        }
        assert_eq!(self.server.status(), json!([]));
    }

    /// Asks the gateway, as somebody.
    pub(super) async fn ask(&self, who: &Principal, ask: Ask) -> Response<Body> {
        let mut request = Request::builder()
            .method(ask.method)
            .uri(&ask.path)
            .extension(who.clone())
            .header("content-type", "application/json");
        for (name, value) in &ask.headers {
            request = request.header(name, value);
        }
        let body = ask.body.map_or_else(String::new, |body| body.to_string());
        let request = request.body(Body::from(body)).unwrap();
        self.gateway.router().oneshot(request).await.unwrap()
    }

    /// Opens a session with the server `fs` under `laptop`.
    pub(super) async fn session(&self, who: &Principal, capabilities: Value) -> String {
        let params = json!({"protocolVersion": "2025-11-25", "capabilities": capabilities});
        let response = self.ask(who, Ask::post("initialize", params)).await;
        assert_eq!(response.status(), 200);
        let session = response.headers()["mcp-session-id"].to_str().unwrap();
        session.to_owned()
    }
}

/// A request for the gateway.
pub(super) struct Ask {
    pub(super) method: &'static str,
    pub(super) path: String,
    headers: Vec<(String, String)>,
    pub(super) body: Option<Value>,
}

impl Ask {
    pub(super) fn post(method: &str, params: Value) -> Self {
        Self {
            method: "POST",
            path: "/a/laptop/mcp/fs".to_owned(),
            headers: Vec::new(),
            body: Some(json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})),
        }
    }

    pub(super) fn get() -> Self {
        let mut ask = Self::post("", json!(null)).header("accept", "text/event-stream");
        (ask.method, ask.body) = ("GET", None);
        ask
    }

    pub(super) fn delete() -> Self {
        let mut ask = Self::post("", json!(null));
        (ask.method, ask.body) = ("DELETE", None);
        ask
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn session(self, session: &str) -> Self {
        self.header("mcp-session-id", session)
    }

    pub(super) fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }
}

impl World {
    /// Answers what a server has asked.
    pub(super) async fn answer(&self, who: &Principal, session: &str, id: Value, result: Value) {
        let mut ask = Ask::post("", Value::Null).session(session);
        ask.body = Some(json!({"jsonrpc": "2.0", "id": id, "result": result}));
        assert_eq!(self.ask(who, ask).await.status(), 202);
    }
}

/// A request of a modern client, which has no session.
pub(super) fn modern(method: &str, mut params: Value, path: &str) -> Ask {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let name = params["name"].as_str().map(str::to_owned);
    let ask = Ask::post(method, params)
        .at(path)
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", method);
    match name {
        Some(name) => ask.header("mcp-name", &name),
        None => ask,
    }
}

/// A stream of events as a client reads it.
pub(super) struct Stream {
    body: Body,
    text: String,
}

impl Stream {
    pub(super) fn of(response: Response<Body>) -> Self {
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            body: response.into_body(),
            text: String::new(),
        }
    }

    /// The next message, past what only says where the stream is.
    pub(super) async fn next(&mut self) -> Value {
        loop {
            if let Some((line, rest)) = self.text.split_once('\n') {
                let data = line.strip_prefix("data: ").unwrap_or_default().to_owned();
                self.text = rest.to_owned();
                if !data.is_empty() {
                    return serde_json::from_str(&data).unwrap();
                }
                continue;
            }
            let frame = self
                .body
                .frame()
                .await
                .expect("the stream goes on")
                .unwrap();
            let data = frame.data_ref().unwrap();
            self.text.push_str(str::from_utf8(data).unwrap());
        }
    }
}

/// The messages of an answer: one as JSON, or all of a stream.
pub(super) async fn messages(response: Response<Body>) -> Vec<Value> {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let text = str::from_utf8(&bytes).unwrap();
    if text.starts_with('{') {
        return vec![serde_json::from_str(text).unwrap()];
    }
    text.lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .filter(|data| !data.is_empty())
        .map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

pub(super) async fn message(response: Response<Body>) -> Value {
    messages(response).await.pop().unwrap()
}

pub(super) fn hello() -> Value {
    json!({
        "type": "hello", "proto": [1], "features": ["resume", "chunk", "bus"],
        "client": {"name": "by-hand", "version": "1"},
    })
}

/// A server of the legacy era that is ready.
pub(super) fn declared(name: &str) -> Value {
    json!({
        "target": {"type": "named", "name": name}, "transport": "stdio",
        "eras": ["2025-11-25"], "state": "ready",
    })
}

pub(super) fn target(name: &str) -> Value {
    json!({"type": "named", "name": name})
}

/// Somebody with these rights.
pub(super) fn named(name: &str, grants: &[&str]) -> Principal {
    let grants = grants.iter().map(|grant| grant.parse().unwrap()).collect();
    Principal::named(name, grants)
}
