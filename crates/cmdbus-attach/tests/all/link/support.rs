//! Two ends, and a peer that says whatever it likes.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use cmdbus_attach::frame::{
    Broken, ClientOp, ClientRequest, Frame, ServerOp, ServerRequest, ServerResponse,
};
use cmdbus_attach::link::{
    Link, Outgoing, Receives, Settings, SharedSink, SocketEnd, Wire, run_socket,
};
use futures_util::{SinkExt, StreamExt};
use serde_json::value::RawValue;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

/// What the network holds.
pub(crate) const NETWORK: usize = 64 * 1024;

/// Longer than any wait of a test; time is paused, so it costs nothing.
const PATIENCE: Duration = Duration::from_secs(3600);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    Frame(String),
    Bus(String),
    Broken(Broken),
}

/// Keeps what comes.
pub(crate) struct Inbox {
    events: Mutex<Vec<Event>>,
    count: watch::Sender<usize>,
}

impl Default for Inbox {
    fn default() -> Self {
        Self {
            events: Mutex::default(),
            count: watch::Sender::new(0),
        }
    }
}

impl Inbox {
    fn push(&self, event: Event) {
        self.events.lock().unwrap().push(event);
        self.count.send_modify(|count| *count += 1);
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap().clone()
    }

    /// Waits until so much has come.
    pub(crate) async fn until(&self, count: usize) -> Vec<Event> {
        let mut came = self.count.subscribe();
        tokio::time::timeout(PATIENCE, came.wait_for(|now| *now >= count))
            .await
            .unwrap_or_else(|_| panic!("only {} of {count} came", self.events().len()))
            .unwrap();
        self.events()
    }

    /// The ids of the frames, in the order in which they came.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.events().iter().map(id_of).collect()
    }
}

pub(crate) fn id_of(event: &Event) -> String {
    let (Event::Frame(text) | Event::Bus(text)) = event else {
        panic!("{event:?} is no frame");
    };
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    value["id"].as_str().unwrap_or_default().to_owned()
}

impl Receives for Inbox {
    fn frame(&self, frame: Frame) {
        self.push(Event::Frame(frame.to_json()));
    }

    fn bus(&self, text: String) {
        self.push(Event::Bus(text));
    }

    fn broken(&self, broken: Broken) {
        self.push(Event::Broken(broken));
    }
}

/// One end: the attachment outlives its sockets.
pub(crate) struct End {
    pub(crate) link: Link,
    pub(crate) sink: SharedSink,
    pub(crate) inbox: Arc<Inbox>,
    role: Role,
}

impl End {
    pub(crate) fn new(role: Role, settings: Settings) -> Self {
        let link = Link::new(settings);
        Self {
            sink: link.sink(),
            link,
            inbox: Arc::default(),
            role,
        }
    }

    /// Runs a socket over a stream.
    pub(crate) fn run<S>(&self, stream: S) -> JoinHandle<SocketEnd>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (link, inbox, role) = (self.link.clone(), self.inbox.clone(), self.role);
        tokio::spawn(async move {
            let config = Settings::websocket(link.settings().max_message);
            let ws = WebSocketStream::from_raw_socket(Wire::new(stream), role, Some(config)).await;
            run_socket(&link, ws, &*inbox).await
        })
    }
}

/// Both ends, connected.
pub(crate) struct Pair {
    pub(crate) server: End,
    pub(crate) client: End,
    pub(crate) server_socket: JoinHandle<SocketEnd>,
    pub(crate) client_socket: JoinHandle<SocketEnd>,
}

pub(crate) fn pair(settings: Settings) -> Pair {
    let server = End::new(Role::Server, settings.clone());
    let client = End::new(Role::Client, settings);
    let (a, b) = duplex(NETWORK);
    Pair {
        server_socket: server.run(a),
        client_socket: client.run(b),
        server,
        client,
    }
}

/// A server and a client made by hand.
pub(crate) async fn with_raw(settings: Settings) -> (End, JoinHandle<SocketEnd>, Raw) {
    let server = End::new(Role::Server, settings);
    let (a, b) = duplex(NETWORK);
    let socket = server.run(a);
    let raw = WebSocketStream::from_raw_socket(b, Role::Client, None).await;
    (server, socket, Raw(raw))
}

/// A client made by hand.
pub(crate) struct Raw(pub(crate) WebSocketStream<DuplexStream>);

impl Raw {
    pub(crate) async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn send(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }

    /// The next text as JSON, past pings and acks.
    pub(crate) async fn hear(&mut self) -> serde_json::Value {
        loop {
            let message = self.message().await;
            if let Message::Text(text) = message {
                let value: serde_json::Value = serde_json::from_str(&text).unwrap();
                if value["type"] != "ack" {
                    return value;
                }
            }
        }
    }

    pub(crate) async fn message(&mut self) -> Message {
        let next = tokio::time::timeout(PATIENCE, self.0.next()).await;
        next.expect("something comes")
            .expect("the connection is there")
            .unwrap()
    }

    /// The code of the close, past everything else.
    pub(crate) async fn close_code(&mut self) -> u16 {
        loop {
            if let Message::Close(frame) = self.message().await {
                return frame.unwrap().code.into();
            }
        }
    }
}

/// A stream that breaks after so many bytes, coming and going.
pub(crate) struct Cut<S> {
    pub(crate) stream: S,
    pub(crate) left: usize,
}

impl<S: AsyncRead + Unpin> AsyncRead for Cut<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.left == 0 {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let mut some = vec![0; self.left.min(buf.remaining())];
        let mut into = ReadBuf::new(&mut some);
        std::task::ready!(Pin::new(&mut self.stream).poll_read(cx, &mut into))?;
        buf.put_slice(into.filled());
        self.left -= into.filled().len();
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Cut<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.left == 0 {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let some = &buf[..buf.len().min(self.left)];
        let written = std::task::ready!(Pin::new(&mut self.stream).poll_write(cx, some))?;
        self.left -= written;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

pub(crate) fn request(id: &str, session: &str) -> Outgoing {
    request_with(id, session, 0)
}

/// A request with parameters of so many bytes.
pub(crate) fn request_with(id: &str, session: &str, len: usize) -> Outgoing {
    Outgoing::frame(&Frame::ServerRequest(ServerRequest {
        id: id.to_owned(),
        op: ServerOp::Rpc,
        attach_id: "a".to_owned(),
        target: None,
        session: Some(session.to_owned()),
        era: None,
        method: Some("tools/call".to_owned()),
        params: (len > 0).then(|| filler(len)),
        args: None,
        headers: Default::default(),
        deadline_ms: None,
        total_ms: None,
    }))
}

pub(crate) fn response(id: &str, session: &str, len: usize) -> Outgoing {
    Outgoing::frame(&Frame::ServerResponse(ServerResponse::new(
        id.to_owned(),
        Ok(filler(len)),
    )))
    .of_session(session)
}

pub(crate) fn tell(id: &str, session: &str, method: &str) -> Outgoing {
    let mut request = ClientRequest::new(id.to_owned(), ClientOp::Notify);
    request.session = Some(session.to_owned());
    request.method = Some(method.to_owned());
    Outgoing::frame(&Frame::ClientRequest(request))
}

pub(crate) fn progress(id: &str, session: &str) -> Outgoing {
    tell(id, session, "notifications/progress")
}

pub(crate) fn bus(id: &str, len: usize) -> Outgoing {
    let filler = filler(len);
    Outgoing::bus(format!(
        r#"{{"id":"{id}","type":"execute.command.request","request":{filler}}}"#
    ))
}

fn filler(len: usize) -> Box<RawValue> {
    RawValue::from_string(format!("\"{}\"", "x".repeat(len))).unwrap()
}
