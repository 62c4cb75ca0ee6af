//! Messages, peers that speak bytes, and registries with something to call.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use cmdbus::channel::ChannelLimits;
use cmdbus::{
    ChannelError, CommandChannel, CommandError, CommandRegistry, DynCommand, Message, Payload,
};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{self, Utf8Bytes};
use uuid::Uuid;

/// Longer than anything here takes. Reached only by a test that fails.
const TOO_LONG: Duration = Duration::from_secs(15);

/// Waits for something that must happen.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(TOO_LONG, future)
        .await
        .expect("it never happens")
}

pub(crate) fn limit(bytes: usize) -> ChannelLimits {
    ChannelLimits::default().frame_bytes(bytes)
}

pub(crate) fn event(text: impl Into<String>) -> Message {
    Message::Event {
        id: Uuid::new_v4(),
        meta: None,
        event_id: "test.event".into(),
        payload: Some(Payload::encode(&text.into()).unwrap().unwrap()),
    }
}

pub(crate) fn call(text: impl Into<String>) -> Message {
    Message::ExecuteCommandRequest {
        id: Uuid::new_v4(),
        meta: None,
        command_id: "test.command".into(),
        request: Payload::encode(&text.into()).unwrap(),
    }
}

pub(crate) fn reply(thid: Uuid, text: impl Into<String>) -> Message {
    Message::ExecuteCommandResponse {
        id: Uuid::new_v4(),
        meta: None,
        thid,
        response: Ok(Payload::encode(&text.into()).unwrap()).into(),
    }
}

/// Returns an event that takes exactly so many bytes as a frame.
pub(crate) fn event_of(bytes: usize) -> Message {
    let empty = serde_json::to_string(&event("")).unwrap().len();
    event("x".repeat(bytes - empty))
}

/// Returns the payload of an event as text.
pub(crate) fn text_of(message: &Message) -> String {
    match message {
        Message::Event {
            payload: Some(payload),
            ..
        } => payload.decode().unwrap(),
        other => panic!("not an event: {}", other.type_name()),
    }
}

/// Returns a list, or whatever it is, nested so deep.
pub(crate) fn nested(levels: usize) -> String {
    "[".repeat(levels) + &"]".repeat(levels)
}

pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// The other end of a channel, in the hands of the test.
pub(crate) enum Raw {
    Lines {
        reader: BufReader<Box<dyn AsyncRead + Send + Unpin>>,
        writer: Option<Box<dyn AsyncWrite + Send + Unpin>>,
    },
    Frames(Box<WebSocketStream<Box<dyn Io>>>),
}

impl Raw {
    pub(crate) fn lines(
        reader: impl AsyncRead + Send + Unpin + 'static,
        writer: impl AsyncWrite + Send + Unpin + 'static,
    ) -> Self {
        Self::Lines {
            reader: BufReader::new(Box::new(reader)),
            writer: Some(Box::new(writer)),
        }
    }

    /// Sends a frame, whatever is in it.
    pub(crate) async fn send(&mut self, text: impl AsRef<[u8]>) {
        let text = text.as_ref();
        match self {
            Self::Lines { writer, .. } => {
                let writer = writer.as_mut().unwrap();
                // In one piece or in two, by chance of the buffers.
                writer.write_all(text).await.unwrap();
                writer.write_all(b"\n").await.unwrap();
                writer.flush().await.unwrap();
            }
            Self::Frames(socket) => {
                let frame = Frame::message(text.to_vec(), OpCode::Data(Data::Text), true);
                socket
                    .send(tungstenite::Message::Frame(frame))
                    .await
                    .unwrap();
            }
        }
    }

    pub(crate) async fn send_json(&mut self, json: Value) {
        self.send(json.to_string()).await;
    }

    /// Returns the next frame; `None` when the channel has ended its direction.
    pub(crate) async fn recv(&mut self) -> Option<String> {
        match self {
            Self::Lines { reader, .. } => {
                let mut line = String::new();
                match reader.read_line(&mut line).await {
                    Ok(0) | Err(_) => None,
                    Ok(_) => Some(line.strip_suffix('\n').unwrap().to_owned()),
                }
            }
            Self::Frames(socket) => loop {
                match socket.next().await {
                    Some(Ok(tungstenite::Message::Text(text))) => return Some(text.to_string()),
                    Some(Ok(tungstenite::Message::Ping(_) | tungstenite::Message::Pong(_))) => {}
                    _ => return None,
                }
            },
        }
    }

    /// Returns the next frame of a type as JSON.
    pub(crate) async fn recv_type(&mut self, kind: &str) -> Value {
        loop {
            let text = soon(self.recv()).await.expect("the channel has ended");
            let json: Value = serde_json::from_str(&text).unwrap();
            if json["type"] == kind {
                return json;
            }
        }
    }

    /// Ends this direction, or the connection where there are no directions.
    pub(crate) async fn finish(&mut self) {
        match self {
            Self::Lines { writer, .. } => {
                let mut writer = writer.take().unwrap();
                let _ = writer.shutdown().await;
            }
            Self::Frames(socket) => {
                // Named in full: with some features a box is a sink, whose `close` is another.
                let _ = WebSocketStream::close(socket, None).await;
            }
        }
    }

    /// Sends a text frame whose bytes were not checked.
    pub(crate) fn frames(&mut self) -> &mut WebSocketStream<Box<dyn Io>> {
        match self {
            Self::Frames(socket) => socket,
            Self::Lines { .. } => panic!("this peer speaks lines"),
        }
    }

    /// Returns the code the channel closed with.
    pub(crate) async fn close_code(&mut self) -> u16 {
        loop {
            match soon(self.frames().next()).await {
                Some(Ok(tungstenite::Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(_)) => {}
                other => panic!("closed without a code: {other:?}"),
            }
        }
    }
}

pub(crate) fn text_message(text: &str) -> tungstenite::Message {
    tungstenite::Message::Text(Utf8Bytes::from(text))
}

/// A channel and how many frames it has not taken.
pub(crate) struct Watched {
    pub(crate) channel: Arc<dyn CommandChannel>,
    pub(crate) dropped: Box<dyn Fn() -> u64>,
}

macro_rules! watched {
    ($channel:expr) => {{
        let channel = ::std::sync::Arc::new($channel);
        let counter = channel.clone();
        $crate::support::Watched {
            channel,
            dropped: Box::new(move || counter.dropped_frames()),
        }
    }};
}
pub(crate) use watched;

/// Returns a registry with `test.echo`, `test.fail` and `test.hang`.
pub(crate) async fn provider() -> CommandRegistry {
    let registry = CommandRegistry::new(Default::default());
    let echo = DynCommand::new("test.echo", |value: Value| async move {
        Ok::<_, CommandError>(value)
    });
    let fail = DynCommand::new("test.fail", |_: Value| async move {
        Err::<Value, _>(CommandError::Internal {
            command_id: "test.fail".into(),
            message: "as asked".into(),
        })
    });
    let hang = DynCommand::new("test.hang", |_: Value| {
        std::future::pending::<Result<Value, CommandError>>()
    });
    registry.register_command(echo).await.unwrap();
    registry.register_command(fail).await.unwrap();
    registry.register_command(hang).await.unwrap();
    registry
}

/// Registers a channel and drives it.
pub(crate) async fn drive(
    registry: &CommandRegistry,
    channel: Arc<dyn CommandChannel>,
) -> JoinHandle<()> {
    tokio::spawn(soon(registry.register_channel(channel)).await.unwrap())
}

/// A channel that has been started by the test.
struct Started(Arc<dyn CommandChannel>);

impl CommandChannel for Started {
    fn id(&self) -> &str {
        self.0.id()
    }
    fn start(&self) -> BoxFuture<'_, Result<(), ChannelError>> {
        std::future::ready(Ok(())).boxed()
    }
    fn close(&self) -> BoxFuture<'_, ()> {
        self.0.close()
    }
    fn send(&self, message: Message) -> Result<(), ChannelError> {
        self.0.send(message)
    }
    fn recv(&self) -> BoxFuture<'_, Option<Message>> {
        self.0.recv()
    }
}

/// Registers a channel that has been started, and drives it.
pub(crate) async fn drive_started(
    registry: &CommandRegistry,
    channel: Arc<dyn CommandChannel>,
) -> JoinHandle<()> {
    drive(registry, Arc::new(Started(channel))).await
}

/// Waits until a registry knows of a command elsewhere.
pub(crate) async fn knows(registry: &CommandRegistry, command: &str) {
    soon(async {
        while !registry
            .list_commands()
            .iter()
            .any(|known| known.id == command)
        {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Returns a registry that is connected to a peer which announces `peer.command`.
pub(crate) async fn caller_of(channel: Arc<dyn CommandChannel>, raw: &mut Raw) -> CommandRegistry {
    let registry = CommandRegistry::new(Default::default());
    drive_started(&registry, channel).await;
    raw.send_json(json!({
        "type": "register.command.request", "id": Uuid::new_v4(), "command": {"id": "peer.command"},
    }))
    .await;
    knows(&registry, "peer.command").await;
    registry
}
