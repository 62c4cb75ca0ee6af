//! A server with a script for a core, and a client that writes bytes.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex};

use cmdbus_broker::core::{Caller, Reply, Request, StreamId};
use cmdbus_broker::ipc::{
    Backend, FromStream, Host, Limits, Options, Server, ShutdownMode, ToStream,
};
use cmdbus_broker::process::liveness::Process;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

pub(crate) const TOKEN: &str = "secret-token";

type Answer = Box<dyn FnMut(&Request) -> Option<Reply> + Send>;

/// A core that says what it is told to say.
pub(crate) struct Script {
    answer: Mutex<Answer>,
    asked: Mutex<Vec<(Caller, Request)>>,
    dropped: Arc<Mutex<usize>>,
    streams: Mutex<HashMap<StreamId, UnboundedSender<ToStream>>>,
    heard: UnboundedSender<(StreamId, FromStream)>,
}

impl Script {
    /// Sets what is answered from now on. `None` never answers.
    pub(crate) fn answers(&self, answer: impl FnMut(&Request) -> Option<Reply> + Send + 'static) {
        *self.answer.lock().unwrap() = Box::new(answer);
    }

    /// Returns what was asked since the last call.
    pub(crate) fn take_asked(&self) -> Vec<(Caller, Request)> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    /// Returns how many requests nobody waited for to the end.
    pub(crate) fn dropped(&self) -> usize {
        *self.dropped.lock().unwrap()
    }

    pub(crate) fn write(&self, stream: StreamId, what: ToStream) {
        let _ = self.streams.lock().unwrap()[&stream].send(what);
    }

    pub(crate) fn forget(&self, stream: StreamId) {
        self.streams.lock().unwrap().remove(&stream);
    }
}

/// Counts futures that were dropped before they were ready.
struct Waiting(Arc<Mutex<usize>>, bool);

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.1 {
            *self.0.lock().unwrap() += 1;
        }
    }
}

impl Backend for Script {
    fn request(&self, caller: Caller, request: Request) -> impl Future<Output = Reply> + Send {
        let reply = (self.answer.lock().unwrap())(&request);
        self.asked.lock().unwrap().push((caller, request));
        let waiting = Waiting(self.dropped.clone(), true);
        async move {
            // Named whole, or only its number would be moved in here.
            let mut waiting = waiting;
            let reply = match reply {
                Some(reply) => reply,
                None => std::future::pending().await,
            };
            waiting.1 = false;
            reply
        }
    }

    fn stream(&self) -> (StreamId, UnboundedReceiver<ToStream>) {
        let (sender, receiver) = unbounded_channel();
        let mut streams = self.streams.lock().unwrap();
        let stream = StreamId(streams.len() as u64 + 1);
        streams.insert(stream, sender);
        (stream, receiver)
    }

    fn heard(&self, stream: StreamId, what: FromStream) {
        let _ = self.heard.send((stream, what));
    }

    fn identify(&self, pid: u32) -> Process {
        Process {
            pid,
            start: Some(7),
            boot: Some("boot".to_owned()),
        }
    }

    fn can_spawn(&self, runtime_kind: &str) -> bool {
        runtime_kind == "spawnable"
    }
}

/// What the server asked of the program.
#[derive(Default)]
pub(crate) struct Program(pub(crate) Mutex<Vec<Option<ShutdownMode>>>);

impl Host for Program {
    fn shutdown(&self, mode: Option<ShutdownMode>) {
        self.0.lock().unwrap().push(mode);
    }

    fn spawns(&self) -> bool {
        true
    }
}

/// A server with its script.
pub(crate) struct Fixture {
    pub(crate) server: Server,
    pub(crate) script: Arc<Script>,
    pub(crate) program: Arc<Program>,
    pub(crate) heard: UnboundedReceiver<(StreamId, FromStream)>,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let (heard_by, heard) = unbounded_channel();
        let script = Arc::new(Script {
            answer: Mutex::new(Box::new(default_answer)),
            asked: Mutex::default(),
            dropped: Arc::default(),
            streams: Mutex::default(),
            heard: heard_by,
        });
        let program = Arc::new(Program::default());
        let mut options = Options::new(TOKEN, program.clone());
        options.version = "1.2.3".to_owned();
        options.limits = Limits::default();
        change(&mut options);
        let mut server = Server::bind(options).await.unwrap();
        server.serve(script.clone());
        Self {
            server,
            script,
            program,
            heard,
        }
    }

    pub(crate) async fn client(&self) -> Client {
        let socket = TcpStream::connect(self.server.address()).await.unwrap();
        socket.set_nodelay(true).unwrap();
        Client(socket)
    }

    /// Sends one request on a connection of its own.
    pub(crate) async fn request(&self, method: &str, path: &str, body: &str) -> Response {
        let mut client = self.client().await;
        client.request(method, path, "", body.as_bytes()).await
    }

    /// As [`request`](Self::request), with further header lines, each ended by `\r\n`.
    pub(crate) async fn request_with(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> Response {
        let mut client = self.client().await;
        client.request(method, path, headers, body.as_bytes()).await
    }

    /// Returns the only thing that was asked since the last call.
    pub(crate) fn asked(&self) -> (Caller, Request) {
        let mut asked = self.script.take_asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        asked.remove(0)
    }
}

fn default_answer(request: &Request) -> Option<Reply> {
    Some(match request {
        Request::OpenStream(_) => Reply::StreamAllowed,
        Request::Initialize => Reply::Json(serde_json::json!({"network_presence": "online"})),
        Request::Send(_) => Reply::Sent {
            message: "msg_01".into(),
            status: cmdbus_broker::store::SendStatus::Delivered,
            replayed: false,
        },
        _ => Reply::Done,
    })
}

/// A connection of a client.
pub(crate) struct Client(pub(crate) TcpStream);

impl Client {
    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Sends a request with token and host, and reads the answer.
    pub(crate) async fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> Response {
        let mut bytes = head(method, path, headers, body.len()).into_bytes();
        bytes.extend(body);
        self.write(bytes).await;
        self.response().await
    }

    /// Reads an answer.
    pub(crate) async fn response(&mut self) -> Response {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match self.0.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&head)),
            }
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let headers: HashMap<_, _> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let length = headers
            .get("content-length")
            .map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.unwrap();
        Response {
            status: status.parse().unwrap(),
            headers,
            body,
        }
    }

    /// Returns whether the other side ends the connection, without having written anything more.
    pub(crate) async fn is_ended(&mut self) -> bool {
        matches!(self.0.read(&mut [0]).await, Ok(0))
    }
}

/// Returns the header of a request with token and host.
pub(crate) fn head(method: &str, path: &str, headers: &str, length: usize) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {TOKEN}\r\n\
         {headers}content-length: {length}\r\n\r\n"
    )
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn json(&self) -> Value {
        assert_eq!(
            self.headers.get("content-type").map(String::as_str),
            Some("application/json; charset=utf-8")
        );
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Returns the code of an error, or an empty text.
    pub(crate) fn code(&self) -> String {
        let body = self.json();
        body["error"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn is(&self, status: u16, code: &str) -> bool {
        self.status == status && self.code() == code
    }
}

/// Asserts status and code.
#[track_caller]
pub(crate) fn assert_refused(response: &Response, status: u16, code: &str) {
    assert!(
        response.is(status, code),
        "expected {status} {code}, not {} {}",
        response.status,
        String::from_utf8_lossy(&response.body)
    );
}
