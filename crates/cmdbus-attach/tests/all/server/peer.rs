//! A client that speaks frames by hand, with servers that do what the test says.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::world::PATIENCE;

trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Duplex for S {}

type Ws = WebSocketStream<Box<dyn Duplex>>;

/// What the servers behind the client are like, and what they were asked.
#[derive(Default)]
pub(super) struct Script {
    /// Tools by the server's name. A server that is not here has `read` and `write`.
    pub(super) tools: Mutex<BTreeMap<String, Vec<Value>>>,
    /// Servers whose lists fail.
    pub(super) broken: Mutex<Vec<String>>,
    /// Servers that say nothing: the test answers.
    silent: Mutex<Vec<String>>,
    /// Every `server_request` that was answered.
    pub(super) asked: Mutex<Vec<Value>>,
    /// Every `server_notify`.
    pub(super) told: Mutex<Vec<Value>>,
}

impl Script {
    pub(super) fn has(&self, server: &str, tools: &[&str]) {
        let tools = tools.iter().map(|name| tool(name)).collect();
        self.tools.lock().unwrap().insert(server.to_owned(), tools);
    }

    pub(super) fn silent(&self, server: &str) {
        self.silent.lock().unwrap().push(server.to_owned());
    }

    /// How often a method was asked for.
    pub(super) fn count(&self, method: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        let is_it = |frame: &&Value| frame["method"] == method || frame["op"] == method;
        asked.iter().filter(is_it).count()
    }

    /// Returns the answer to a request; `None`: the test answers.
    fn answer(&self, request: &Value) -> Option<Value> {
        let server = request["target"]["name"].as_str().unwrap_or("primary");
        let params = &request["params"];
        let is_silent = self.silent.lock().unwrap().iter().any(|it| it == server);
        if is_silent && request["op"] == "rpc" {
            return None;
        }
        let result = match (request["op"].as_str()?, request["method"].as_str()) {
            ("rpc", Some("initialize")) => json!({
                "protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}},
                "serverInfo": {"name": server, "version": "1"},
            }),
            ("rpc", Some("tools/list")) => {
                if self.broken.lock().unwrap().iter().any(|it| it == server) {
                    return Some(
                        json!({"kind": "err", "code": -33004, "message": "it has crashed"}),
                    );
                }
                self.page(server, params["cursor"].as_str())
            }
            ("rpc", Some("tools/call")) if params["name"] != "slow" => {
                let text = format!("{server} {} {}", params["name"], params["arguments"]);
                json!({"content": [{"type": "text", "text": text}]})
            }
            ("probe" | "close_session", _) => json!({}),
            _ => return None,
        };
        Some(json!({"kind": "ok", "result": result}))
    }

    /// One tool on each page.
    fn page(&self, server: &str, cursor: Option<&str>) -> Value {
        let tools = self.tools.lock().unwrap();
        let tools = tools
            .get(server)
            .cloned()
            .unwrap_or_else(|| vec![tool("read"), tool("write")]);
        let at: usize = cursor.map_or(0, |cursor| cursor.parse().unwrap());
        let page: Vec<&Value> = tools.iter().skip(at).take(1).collect();
        let mut result = json!({"tools": page});
        if at + 1 < tools.len() {
            result["nextCursor"] = (at + 1).to_string().into();
        }
        result
    }
}

pub(super) fn tool(name: &str) -> Value {
    json!({"name": name, "description": format!("the tool {name}"), "inputSchema": {"type": "object"}})
}

/// The client's end of one socket.
pub(super) struct Peer {
    pub(super) script: Arc<Script>,
    out: mpsc::UnboundedSender<Message>,
    /// Frames that the script does not answer.
    frames: mpsc::UnboundedReceiver<Value>,
    parts: Option<Parts>,
    task: Option<JoinHandle<()>>,
    pub(super) welcome: Value,
    have: Arc<AtomicU64>,
    closed: watch::Sender<Option<u16>>,
    paused: watch::Sender<bool>,
    next: u64,
}

struct Parts {
    write: SplitSink<Ws, Message>,
    read: SplitStream<Ws>,
    orders: mpsc::UnboundedReceiver<Message>,
    tell: mpsc::UnboundedSender<Value>,
}

impl Peer {
    pub(super) async fn over<S>(stream: S, script: Arc<Script>) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let stream: Box<dyn Duplex> = Box::new(stream);
        let ws = WebSocketStream::from_raw_socket(stream, Role::Client, None).await;
        let (write, read) = ws.split();
        let (out, orders) = mpsc::unbounded_channel();
        let (tell, frames) = mpsc::unbounded_channel();
        Self {
            script,
            out,
            frames,
            parts: Some(Parts {
                write,
                read,
                orders,
                tell,
            }),
            task: None,
            welcome: Value::Null,
            have: Arc::default(),
            closed: watch::Sender::new(None),
            paused: watch::Sender::new(false),
            next: 0,
        }
    }

    /// Introduces itself, and takes the `welcome`.
    pub(super) async fn greet(&mut self, hello: Value) {
        self.raw(Message::text(hello.to_string())).await;
        let Message::Text(text) = self.raw_next().await else {
            panic!("no `welcome`");
        };
        self.welcome = serde_json::from_str(&text).unwrap();
        assert_eq!(self.welcome["type"], "welcome", "{}", self.welcome);
    }

    /// Sends before it runs.
    pub(super) async fn raw(&mut self, message: Message) {
        let parts = self.parts.as_mut().unwrap();
        parts.write.send(message).await.unwrap();
    }

    pub(super) async fn raw_next(&mut self) -> Message {
        let next = self.parts.as_mut().unwrap().read.next();
        let next = tokio::time::timeout(PATIENCE, next).await;
        next.expect("something comes")
            .expect("it is there")
            .unwrap()
    }

    /// The code of the close that is all that comes before it runs.
    pub(super) async fn raw_close(&mut self) -> u16 {
        match self.raw_next().await {
            Message::Close(frame) => frame.unwrap().code.into(),
            other => panic!("{other:?} is no close"),
        }
    }

    /// Goes on counting where another socket of the same attachment stopped.
    pub(super) fn count_on(&mut self, before: &Self) {
        self.have = before.have.clone();
        self.next = before.next;
    }

    pub(super) fn token(&self) -> Value {
        self.welcome["resume_token"].clone()
    }

    pub(super) fn have(&self) -> u64 {
        self.have.load(Ordering::Relaxed)
    }

    /// Runs in a task of its own from now on.
    pub(super) fn run(&mut self) {
        let parts = self.parts.take().unwrap();
        let runs = Runs {
            script: self.script.clone(),
            have: self.have.clone(),
            closed: self.closed.clone(),
            paused: self.paused.subscribe(),
        };
        self.task = Some(tokio::spawn(runs.run(parts)));
    }

    pub(super) fn say(&self, frame: Value) {
        self.send(Message::text(frame.to_string()));
    }

    pub(super) fn send(&self, message: Message) {
        // A socket that is gone takes nothing; who waits for the answer notices.
        let _ = self.out.send(message);
    }

    /// The next frame that the script does not answer.
    pub(super) async fn next(&mut self) -> Value {
        let next = tokio::time::timeout(PATIENCE, self.frames.recv()).await;
        next.expect("a frame comes").expect("the socket is there")
    }

    /// The next frame of a type, past others.
    pub(super) async fn of_type(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next().await;
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    /// What has come that nobody has taken.
    pub(super) fn left(&mut self) -> Vec<Value> {
        std::iter::from_fn(|| self.frames.try_recv().ok()).collect()
    }

    fn mint(&mut self) -> String {
        self.next += 1;
        format!("c{}", self.next)
    }

    /// Attaches, and returns what becomes of it.
    pub(super) async fn try_attach(&mut self, frame: Value) -> Value {
        let id = self.mint();
        let mut attach = json!({"type": "attach", "id": id});
        attach
            .as_object_mut()
            .unwrap()
            .extend(frame.as_object().unwrap().clone());
        self.say(attach);
        let attached = self.of_type("attached").await;
        assert_eq!(attached["id"], id);
        attached
    }

    pub(super) async fn attach(&mut self, id: &str, servers: Value) -> Value {
        let attached = self
            .try_attach(json!({"attach_id": id, "servers": servers}))
            .await;
        assert_eq!(attached["kind"], Value::Null, "{attached}");
        attached
    }

    pub(super) async fn detach(&mut self, id: &str, target: Value) -> Value {
        let frame = self.mint();
        let mut detach = json!({"type": "detach", "id": frame, "attach_id": id});
        if !target.is_null() {
            detach["target"] = target;
        }
        self.say(detach);
        let detached = self.of_type("detached").await;
        assert_eq!(detached["id"], frame);
        detached
    }

    /// Asks or tells; the answer, if one is wanted, is taken by the test.
    pub(super) fn request(&mut self, op: &str, members: Value) -> String {
        let id = self.mint();
        let mut frame = json!({"type": "client_request", "id": id, "op": op});
        frame
            .as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        self.say(frame);
        id
    }

    pub(super) fn respond(&self, request: &Value, outcome: Value) {
        let mut frame = json!({"type": "server_response", "id": request["id"]});
        frame
            .as_object_mut()
            .unwrap()
            .extend(outcome.as_object().unwrap().clone());
        self.say(frame);
    }

    pub(super) fn succeed(&self, request: &Value, text: &str) {
        let result = json!({"content": [{"type": "text", "text": text}]});
        self.respond(request, json!({"kind": "ok", "result": result}));
    }

    /// Stops reading, or goes on.
    pub(super) fn pause_reading(&self, paused: bool) {
        self.paused.send_replace(paused);
    }

    /// Cuts the connection without a word.
    pub(super) async fn cut(&mut self) {
        let task = self.task.take().unwrap();
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }

    /// The code of the close, once it has come.
    pub(super) async fn close_code(&self) -> u16 {
        let mut closed = self.closed.subscribe();
        let code = tokio::time::timeout(PATIENCE, closed.wait_for(Option::is_some)).await;
        code.expect("the socket ends").unwrap().unwrap()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.borrow().is_some()
    }
}

struct Runs {
    script: Arc<Script>,
    have: Arc<AtomicU64>,
    closed: watch::Sender<Option<u16>>,
    paused: watch::Receiver<bool>,
}

impl Runs {
    async fn run(mut self, mut parts: Parts) {
        loop {
            let reads = !*self.paused.borrow_and_update();
            let answer = tokio::select! {
                order = parts.orders.recv() => order,
                _ = self.paused.changed() => continue,
                message = parts.read.next(), if reads => match message {
                    Some(Ok(message)) => self.take(message, &parts.tell),
                    _ => {
                        // 1006 stands for a connection that ended without a close.
                        self.closed.send_if_modified(|code| code.replace(code.unwrap_or(1006)).is_none());
                        return;
                    }
                },
            };
            if let Some(answer) = answer {
                let _ = parts.write.send(answer).await;
            }
        }
    }

    fn take(&self, message: Message, tell: &mpsc::UnboundedSender<Value>) -> Option<Message> {
        let text = match message {
            Message::Text(text) => text,
            Message::Close(frame) => {
                let code = frame.map_or(1005, |frame| frame.code.into());
                self.closed.send_replace(Some(code));
                return None;
            }
            _ => return None,
        };
        let frame: Value = serde_json::from_str(&text).unwrap();
        if frame["type"] == "ack" {
            return None;
        }
        self.have.fetch_add(1, Ordering::Relaxed);
        match frame["type"].as_str() {
            Some("server_notify") => {
                self.script.told.lock().unwrap().push(frame);
                None
            }
            Some("server_request") => match self.script.answer(&frame) {
                Some(mut answer) => {
                    answer["type"] = "server_response".into();
                    answer["id"] = frame["id"].clone();
                    self.script.asked.lock().unwrap().push(frame);
                    Some(Message::text(answer.to_string()))
                }
                None => {
                    let _ = tell.send(frame);
                    None
                }
            },
            _ => {
                let _ = tell.send(frame);
                None
            }
        }
    }
}
