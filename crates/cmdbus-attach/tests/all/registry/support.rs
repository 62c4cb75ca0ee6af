//! Attachments over WebSockets in memory, and what is sent over them.

use std::collections::BTreeMap;
use std::time::Duration;

use cmdbus_attach::frame::{
    Broken, Frame, Incoming, ServerNotify, ServerOp, ServerRequest, ServerResponse, Target,
};
use cmdbus_attach::link::{
    Link, Outgoing, Receives, Settings, SharedSink, SocketEnd, Wire, close, run_socket,
};
use cmdbus_attach::{Attachment, ReverseAttachGuard, ReverseChannelRegistry, new_pending_requests};
use cmdbus_mcp::rpc::raw;
use futures_util::StreamExt;
use tokio::io::DuplexStream;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

/// An attachment, and the other end of its socket. The socket runs from the first time that something is read from it.
pub(crate) struct Socket {
    link: Link,
    running: Option<Running>,
}

struct Running {
    peer: WebSocketStream<DuplexStream>,
    task: JoinHandle<SocketEnd>,
}

struct Ignores;

impl Receives for Ignores {
    fn frame(&self, _: Frame) {}
    fn bus(&self, _: String) {}
    fn broken(&self, _: Broken) {}
}

impl Socket {
    pub(crate) fn new() -> Self {
        Self::with(Settings::default())
    }

    /// The peers of these tests answer no pings.
    pub(crate) fn with(settings: Settings) -> Self {
        let link = Link::new(Settings {
            heartbeat: Duration::from_secs(24 * 3_600),
            ..settings
        });
        Self {
            link,
            running: None,
        }
    }

    pub(crate) fn sink(&self) -> SharedSink {
        self.link.sink()
    }

    pub(crate) fn attach(&self, registry: &ReverseChannelRegistry) -> ReverseAttachGuard {
        ReverseAttachGuard::new(registry.clone(), self.sink(), new_pending_requests())
    }

    async fn run(&mut self, buffer: usize) -> &mut Running {
        if self.running.is_none() {
            let (near, far) = tokio::io::duplex(buffer);
            let near = WebSocketStream::from_raw_socket(Wire::new(near), Role::Server, None).await;
            let peer = WebSocketStream::from_raw_socket(far, Role::Client, None).await;
            let link = self.link.clone();
            let task = tokio::spawn(async move { run_socket(&link, near, &Ignores).await });
            self.running = Some(Running { peer, task });
        }
        self.running.as_mut().expect("it was started above")
    }

    /// Starts the socket, on a connection that takes no more than a few bytes.
    pub(crate) async fn stop_reading(&mut self) {
        self.run(16).await;
    }

    /// Returns the next frame that arrives at the other end.
    pub(crate) async fn next(&mut self) -> Frame {
        let running = self.run(64 * 1_024).await;
        while let Some(message) = running.peer.next().await {
            if let Message::Text(text) = message.unwrap() {
                let Ok(Incoming::Frame(frame)) = Incoming::parse(text.to_string()) else {
                    panic!("no frame: {text}");
                };
                return frame;
            }
        }
        panic!("the socket has ended");
    }

    /// Returns the id of the request that arrives next.
    pub(crate) async fn next_id(&mut self) -> String {
        match self.next().await {
            Frame::ServerRequest(request) => request.id,
            other => panic!("no request: {other:?}"),
        }
    }

    /// Returns whether nothing is on its way: the next frame is one that is sent now, in the lane that goes last.
    pub(crate) async fn is_quiet(&mut self) -> bool {
        let mut mark = notice();
        mark.method = "the mark".to_owned();
        let frame = Outgoing::frame(&Frame::ServerNotify(mark));
        self.sink().try_send(frame).unwrap();
        matches!(self.next().await, Frame::ServerNotify(notice) if notice.method == "the mark")
    }

    /// Breaks the connection, and waits until this end has noticed.
    pub(crate) async fn kill(&mut self) {
        let Running { peer, task } = self.running.take().expect("it runs");
        drop(peer);
        task.await.unwrap();
    }

    /// Ends the attachment.
    pub(crate) fn end(&self) {
        self.link.end(close::GOING_AWAY, "the end of a test");
    }

    /// Returns once the connection has ended at the other end, and at this one. True: both have.
    pub(crate) async fn peer_sees_the_end(&mut self) -> bool {
        let Running { mut peer, task } = self.running.take().expect("it runs");
        while let Some(Ok(_)) = peer.next().await {}
        drop(peer);
        !task.await.unwrap().suspended
    }
}

/// Returns an attachment of nobody in particular, whose socket is of no concern.
pub(crate) fn alone(registry: &ReverseChannelRegistry) -> ReverseAttachGuard {
    attach_as(registry, Attachment::default())
}

/// Returns an attachment whose socket is of no concern.
pub(crate) fn attach_as(
    registry: &ReverseChannelRegistry,
    attachment: Attachment,
) -> ReverseAttachGuard {
    let sink = Link::new(Settings::default()).sink();
    ReverseAttachGuard::of(attachment, registry.clone(), sink, new_pending_requests())
}

pub(crate) fn named(name: &str) -> Target {
    Target::Named {
        name: name.to_owned(),
    }
}

pub(crate) fn fs() -> Target {
    named("fs")
}

pub(crate) fn call(id: &str) -> ServerRequest {
    ServerRequest {
        id: id.to_owned(),
        op: ServerOp::Rpc,
        attach_id: "x".to_owned(),
        target: Some(fs()),
        session: None,
        era: None,
        method: Some("tools/call".to_owned()),
        params: None,
        args: None,
        headers: BTreeMap::new(),
        deadline_ms: None,
        total_ms: None,
    }
}

pub(crate) fn answer_to(id: &str) -> ServerResponse {
    ServerResponse::new(id.to_owned(), Ok(raw(&7)))
}

pub(crate) fn notice() -> ServerNotify {
    ServerNotify {
        attach_id: "x".to_owned(),
        target: fs(),
        session: None,
        method: "notifications/initialized".to_owned(),
        params: None,
        headers: BTreeMap::new(),
    }
}
