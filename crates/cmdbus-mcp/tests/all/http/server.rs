//! An HTTP/1.1 server that does what a test tells it, down to the bytes.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) verb: String,
    pub(super) path: String,
    headers: Vec<(String, String)>,
    pub(super) body: String,
    /// The client closed the connection while the server was at work on the request.
    pub(super) closed: bool,
    pub(super) at: Instant,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(own, _)| own == name);
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} twice");
        value
    }

    pub(super) fn method(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        body["method"].as_str().unwrap_or_default().to_owned()
    }

    pub(super) fn id(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        body["id"].to_string()
    }
}

#[derive(Default)]
struct Log {
    seen: Mutex<Vec<Seen>>,
    more: Notify,
    connections: AtomicUsize,
}

pub(super) struct Server {
    port: u16,
    log: Arc<Log>,
    task: JoinHandle<()>,
}

type Script =
    dyn for<'a> Fn(&'a mut Exchange) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> + Send + Sync;

impl Server {
    pub(super) async fn start<F>(script: F) -> Self
    where
        F: for<'a> Fn(&'a mut Exchange) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>
            + Send
            + Sync
            + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let log = Arc::new(Log::default());
        let script: Arc<Script> = Arc::new(script);
        let task = tokio::spawn({
            let log = log.clone();
            async move {
                // Dropped with the task, and all its connections with it.
                let mut connections = tokio::task::JoinSet::new();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    stream.set_nodelay(true).unwrap();
                    log.connections.fetch_add(1, Ordering::Relaxed);
                    connections.spawn(serve(stream, script.clone(), log.clone()));
                }
            }
        });
        Self { port, log, task }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/mcp", self.port)
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.log.seen.lock().unwrap().clone()
    }

    pub(super) fn connections(&self) -> usize {
        self.log.connections.load(Ordering::Relaxed)
    }

    /// Waits for a request like this.
    pub(super) async fn sees(&self, wanted: impl Fn(&Seen) -> bool) -> Seen {
        loop {
            let more = self.log.more.notified();
            if let Some(seen) = self.seen().into_iter().find(&wanted) {
                return seen;
            }
            super::within(more).await;
        }
    }

    pub(super) fn count(&self, wanted: impl Fn(&Seen) -> bool) -> usize {
        self.seen().iter().filter(|seen| wanted(seen)).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One request and the way to answer it.
pub(super) struct Exchange {
    pub(super) request: Seen,
    /// How many requests came before.
    pub(super) before: usize,
    stream: TcpStream,
    log: Arc<Log>,
    keep: bool,
}

async fn serve(stream: TcpStream, script: Arc<Script>, log: Arc<Log>) {
    let mut stream = Some(stream);
    while let Some(mut open) = stream.take() {
        let Some(request) = read(&mut open).await else {
            return;
        };
        let before = {
            let mut seen = log.seen.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        log.more.notify_waiters();
        let mut exchange = Exchange {
            request,
            before,
            stream: open,
            log: log.clone(),
            keep: false,
        };
        script(&mut exchange).await;
        stream = exchange.keep.then_some(exchange.stream);
    }
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.trim_end().split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (verb, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        })
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, length)| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Seen {
        verb,
        path,
        headers,
        body: String::from_utf8(body).unwrap(),
        closed: false,
        at: Instant::now(),
    })
}

impl Exchange {
    /// Sends a whole response.
    pub(super) async fn reply(&mut self, status: u16, headers: &[(&str, &str)], body: &[u8]) {
        let mut text = format!(
            "HTTP/1.1 {status} Status\r\ncontent-length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(body);
        self.keep = self.stream.write_all(&bytes).await.is_ok();
    }

    pub(super) async fn status(&mut self, status: u16) {
        self.reply(status, &[], b"").await;
    }

    pub(super) async fn json(&mut self, status: u16, body: &str) {
        let headers = [("content-type", "application/json; charset=utf-8")];
        self.reply(status, &headers, body.as_bytes()).await;
    }

    /// Answers with a result.
    pub(super) async fn result(&mut self, result: &str) {
        let body = self.answer(result);
        self.json(200, &body).await;
    }

    /// Returns the answer to this request.
    pub(super) fn answer(&self, result: &str) -> String {
        format!(
            r#"{{"jsonrpc":"2.0","id":{},"result":{result}}}"#,
            self.request.id()
        )
    }

    /// Begins a stream of events.
    pub(super) async fn stream(&mut self) {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        let _ = self.stream.write_all(head.as_bytes()).await;
    }

    /// Sends a piece of a stream as it is.
    pub(super) async fn piece(&mut self, text: &str) {
        let chunk = format!("{:x}\r\n{text}\r\n", text.len());
        let _ = self.stream.write_all(chunk.as_bytes()).await;
    }

    /// Sends one message as an event.
    pub(super) async fn event(&mut self, message: &str) {
        self.piece(&format!("data: {message}\n\n")).await;
    }

    /// Ends a stream in order. Without it, the connection just closes.
    pub(super) async fn end(&mut self) {
        self.keep = self.stream.write_all(b"0\r\n\r\n").await.is_ok();
    }

    /// Waits until the client closes the connection, and notes that.
    pub(super) async fn closed(&mut self) {
        let mut rest = [0; 64];
        while !matches!(self.stream.read(&mut rest).await, Ok(0) | Err(_)) {}
        let mut seen = self.log.seen.lock().unwrap();
        seen[self.before].closed = true;
        drop(seen);
        self.log.more.notify_waiters();
    }

    /// Answers what belongs to the beginning and end of a session without a standalone stream. `false`: it is something else.
    pub(super) async fn session(&mut self) -> bool {
        match (self.request.verb.as_str(), self.request.method().as_str()) {
            ("GET", _) => self.status(405).await,
            ("DELETE", _) => self.status(204).await,
            (_, "initialize") => {
                let result = r#"{"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"s","version":"0"}}"#;
                let body = self.answer(result);
                let headers = [
                    ("content-type", "application/json"),
                    ("mcp-session-id", "s-1"),
                ];
                self.reply(200, &headers, body.as_bytes()).await;
            }
            (_, method) if method.starts_with("notifications/") || method.is_empty() => {
                self.status(202).await;
            }
            _ => return false,
        }
        true
    }
}
