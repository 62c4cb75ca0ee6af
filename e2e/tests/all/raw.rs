//! A client of the broker of our own making: HTTP by hand and one WebSocket, so that a test can do at every moment
//! what a proper client would not.

use std::io;
use std::path::Path;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::{Error as StreamError, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// Who somebody is to the broker.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    /// Names one of several clients with the same process id.
    pub(crate) channel: String,
    pub(crate) pid: u32,
    /// Confirms what it is pushed.
    pub(crate) receipts: bool,
}

impl Who {
    /// A client in this process that confirms what it is pushed.
    pub(crate) fn here(channel: &str) -> Self {
        Self {
            channel: channel.to_owned(),
            pid: std::process::id(),
            receipts: true,
        }
    }
}

/// Where the broker of a discovery file is, at this moment.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    host: String,
    token: String,
}

impl Address {
    pub(crate) fn read(discovery: &Path) -> io::Result<Self> {
        let text = std::fs::read_to_string(discovery)?;
        let told: Value = serde_json::from_str(&text)?;
        let member = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
        Ok(Self {
            host: member("ipcUrl").trim_start_matches("http://").to_owned(),
            token: member("bearerToken"),
        })
    }
}

/// A connection for requests, kept open.
pub(crate) struct Requests {
    address: Address,
    who: Option<Who>,
    socket: BufReader<TcpStream>,
}

impl Requests {
    /// Connects; without `who`, as somebody who is no plugin.
    pub(crate) async fn connect(address: Address, who: Option<Who>) -> io::Result<Self> {
        let socket = TcpStream::connect(&address.host).await?;
        socket.set_nodelay(true)?;
        Ok(Self {
            address,
            who,
            socket: BufReader::new(socket),
        })
    }

    pub(crate) async fn get(&mut self, path: &str) -> io::Result<(u16, Value)> {
        self.request("GET", path, &Value::Null).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> io::Result<(u16, Value)> {
        self.request("POST", path, body).await
    }

    async fn request(
        &mut self,
        method: &str,
        path: &str,
        body: &Value,
    ) -> io::Result<(u16, Value)> {
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let Address { host, token } = &self.address;
        let who = self.who.as_ref().map_or_else(String::new, |who| {
            format!(
                "x-plugin-pid: {}\r\nx-cmdbus-channel: {}\r\n",
                who.pid, who.channel
            )
        });
        let text = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n{who}\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.socket.write_all(text.as_bytes()).await?;
        self.answer().await
    }

    async fn answer(&mut self) -> io::Result<(u16, Value)> {
        let status = self.line().await?;
        let status = status.get(9..12).and_then(|status| status.parse().ok());
        let status = status.ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut length = 0;
        loop {
            let line = self.line().await?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
        }
        let mut body = vec![0; length];
        self.socket.read_exact(&mut body).await?;
        Ok((status, serde_json::from_slice(&body)?))
    }

    async fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.socket.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }
}

/// A client with its stream.
pub(crate) struct Raw {
    pub(crate) requests: Requests,
    pub(crate) stream: Stream,
    who: Who,
}

impl Raw {
    /// Finds the broker and opens a stream.
    pub(crate) async fn connect(discovery: &Path, who: &Who) -> io::Result<Self> {
        let address = Address::read(discovery)?;
        let stream = Stream::open(&address, who).await?;
        let requests = Requests::connect(address, Some(who.clone())).await?;
        Ok(Self {
            requests,
            stream,
            who: who.clone(),
        })
    }

    /// Registers an endpoint with the members given and returns its id.
    pub(crate) async fn register(&mut self, mut members: Value) -> io::Result<String> {
        members["plugin_pid"] = json!(self.who.pid);
        members["kind"] = json!("raw");
        let answer = self.requests.post("/v1/endpoint/register", &members);
        let (status, body) = answer.await?;
        match (status, body["endpoint_id"].as_str()) {
            (200, Some(id)) => Ok(id.to_owned()),
            _ => Err(io::Error::other(format!("registering: {status} {body}"))),
        }
    }
}

/// A push, as it came.
#[derive(Debug, Clone)]
pub(crate) struct Pushed {
    /// What a receipt names; `None` if none is wanted.
    pub(crate) push: Option<String>,
    pub(crate) message: String,
    pub(crate) content: String,
}

/// The WebSocket of a client.
pub(crate) struct Stream(WebSocketStream<TcpStream>);

impl Stream {
    async fn open(address: &Address, who: &Who) -> io::Result<Self> {
        let socket = TcpStream::connect(&address.host).await?;
        let mut request = format!("ws://{}/v1/stream", address.host)
            .into_client_request()
            .map_err(io::Error::other)?;
        let mut header = |name: &'static str, value: String| {
            let value = HeaderValue::from_str(&value).expect("made of plain characters");
            request.headers_mut().insert(name, value);
        };
        header("authorization", format!("Bearer {}", address.token));
        header("x-plugin-pid", who.pid.to_string());
        header("x-cmdbus-channel", who.channel.clone());
        if who.receipts {
            header(
                "x-masons-ipc-capabilities",
                "push_receipt_ack_v1".to_owned(),
            );
        }
        let (stream, _) = client_async(request, socket)
            .await
            .map_err(io::Error::other)?;
        Ok(Self(stream))
    }

    /// Returns the next push. Pings are answered meanwhile.
    pub(crate) async fn pushed(&mut self) -> io::Result<Pushed> {
        loop {
            let Message::Text(text) = self.next().await? else {
                continue;
            };
            let frame: Value = serde_json::from_str(&text)?;
            if frame["event"] == "message_received" {
                let member = |name: &str| frame[name].as_str().unwrap_or_default().to_owned();
                return Ok(Pushed {
                    push: frame["push_id"].as_str().map(str::to_owned),
                    message: member("sourceMessageId"),
                    content: member("content"),
                });
            }
        }
    }

    async fn next(&mut self) -> io::Result<Message> {
        match self.0.next().await {
            Some(Ok(message)) => Ok(message),
            Some(Err(StreamError::Io(error))) => Err(error),
            Some(Err(error)) => Err(io::Error::other(error)),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Answers the first Ping, which everything else waits for, and reads nothing more.
    pub(crate) async fn answer_ping(&mut self) -> io::Result<()> {
        while !self.next().await?.is_ping() {}
        self.0.flush().await.map_err(io::Error::other)
    }

    /// Confirms a push, if that is wanted.
    pub(crate) async fn confirm(&mut self, pushed: &Pushed) -> io::Result<()> {
        let Some(push) = &pushed.push else {
            return Ok(());
        };
        let frame = json!({"event": "push_ack", "push_id": push}).to_string();
        let sent = self.0.send(Message::text(frame));
        sent.await.map_err(io::Error::other)
    }

    /// Reads until the broker has closed the stream, and returns how it did.
    pub(crate) async fn closed(mut self) -> Option<CloseFrame> {
        let mut told = None;
        // Reading on answers the close.
        while let Ok(message) = self.next().await {
            if let Message::Close(frame) = message {
                told = frame;
            }
        }
        told
    }
}

/// A process that does nothing, to lend its id to a client that is to die.
pub(crate) struct Body(std::process::Child);

impl Body {
    pub(crate) fn new() -> Self {
        // It ends by itself should nobody end it.
        let mut sleep = std::process::Command::new("sleep");
        Self(sleep.arg("600").spawn().unwrap())
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        let _ = self.0.kill();
        // Until then it is a zombie, which counts as dead as well.
        let _ = self.0.wait();
    }
}
