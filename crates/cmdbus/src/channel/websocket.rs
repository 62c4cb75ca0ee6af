//! WebSocket, for peers that have HTTP and nothing below it.
//!
//! `GET /bus` with the subprotocol `cmdbus.v1` and the token as `Authorization: Bearer`; then one text frame per
//! message, without compression. The server side is mounted with the feature `axum`.
//!
//! Ping and Pong are answered by this module and seen by nobody else. The underlying crate `tungstenite` logs frames
//! and requests at level `trace`, through the crate `log`: do not record that level if contents and tokens must not be.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use cmdbus_proto::wire::EncodedFrame;
use futures_util::future::BoxFuture;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, Uri};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
use tokio_tungstenite::tungstenite::{self, error::ProtocolError};

use super::CommandChannel;
use super::auth::is_sendable;
use super::codec::{Codec, Incoming};
use super::limits::{ChannelLimits, IDLE_BATCH, WRITE_CHUNK};
use super::queue::{FinishOnDrop, OutQueue};
use super::socket::{LINGER, connect_stream};
use crate::error::ChannelError;
use crate::message::Message;

/// The subprotocol both sides name.
pub const SUBPROTOCOL: &str = "cmdbus.v1";

/// How long the server may take to answer the upgrade.
const UPGRADE_LIMIT: Duration = Duration::from_secs(5);

/// A connection over WebSocket: one message per text frame.
///
/// Made by [`connect`](Self::connect) on the client's side, and by the route of the feature `axum` on the
/// server's.
///
/// Unlike on the transports that carry lines, either side's end is the end of both directions. A binary frame closes the
/// connection with 1003, one over the limit with 1009, text that is not UTF-8 with 1007.
///
/// Needs a tokio runtime with I/O and time.
pub struct WebSocketChannel {
    id: String,
    shared: Arc<Shared>,
    source: Mutex<Option<Source>>,
    limits: ChannelLimits,
    /// Whether the writer's task was started.
    attached: Mutex<bool>,
}

enum Source {
    Connect {
        url: String,
        token: Option<String>,
    },
    #[cfg(feature = "axum")]
    Socket(Box<Socket>),
}

/// What carries the bytes.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

type Socket = WebSocketStream<Box<dyn Io>>;
type Sender = SplitSink<Socket, tungstenite::Message>;

/// What the writer's task shares with the channel.
struct Shared {
    codec: Codec,
    queue: Arc<OutQueue>,
    reader: tokio::sync::Mutex<Option<SplitStream<Socket>>>,
    /// Why this side closes, if not because it wants to.
    farewell: Mutex<Option<CloseFrame>>,
}

impl WebSocketChannel {
    /// Makes a channel that connects to `ws://HOST:PORT/bus` when it is started, and shows the token.
    ///
    /// The token goes into a header. A URL with anything secret in it ends up in logs, so one with a user name or a
    /// password is refused. `wss://` is not built in: connect to a proxy or tunnel on this machine that adds
    /// TLS.
    ///
    /// [`start`](CommandChannel::start) then fails if the host cannot be reached within 10 s, or if the server does
    /// not answer within 5 s, or refuses.
    pub fn connect(id: impl Into<String>, url: impl Into<String>, token: Option<String>) -> Self {
        Self::connect_with(id, url, token, ChannelLimits::default())
    }

    /// As [`connect`](Self::connect), with bounds of your choice.
    pub fn connect_with(
        id: impl Into<String>,
        url: impl Into<String>,
        token: Option<String>,
        limits: ChannelLimits,
    ) -> Self {
        let url = url.into();
        Self::new(id.into(), Source::Connect { url, token }, limits)
    }

    /// Makes a channel from a connection that was upgraded on the server's side.
    #[cfg(feature = "axum")]
    pub(crate) async fn serve(id: String, stream: Box<dyn Io>, limits: ChannelLimits) -> Self {
        let socket = WebSocketStream::from_raw_socket(
            stream,
            tungstenite::protocol::Role::Server,
            Some(config(limits)),
        )
        .await;
        Self::new(id, Source::Socket(Box::new(socket)), limits)
    }

    fn new(id: String, source: Source, limits: ChannelLimits) -> Self {
        Self {
            id,
            shared: Arc::new(Shared {
                codec: Codec::new(limits.frame()),
                queue: Arc::new(OutQueue::new(limits.queue())),
                reader: tokio::sync::Mutex::new(None),
                farewell: Mutex::new(None),
            }),
            source: Mutex::new(Some(source)),
            limits,
            attached: Mutex::new(false),
        }
    }

    /// Returns how many frames of the peer were not taken, because they are no messages or over a limit.
    pub fn dropped_frames(&self) -> u64 {
        self.shared.codec.dropped()
    }

    async fn open(&self) -> Result<(), ChannelError> {
        let source = self
            .source
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let socket = match source {
            None => return Err(other("the channel was started before")),
            #[cfg(feature = "axum")]
            Some(Source::Socket(socket)) => *socket,
            Some(Source::Connect { url, token }) => {
                connect(&url, token.as_deref(), self.limits).await?
            }
        };
        let (writer, reader) = socket.split();
        *self.shared.reader.lock().await = Some(reader);
        let mut attached = self.lock_attached();
        // Under the lock: `close` either sees the task or is seen here.
        if self.shared.queue.is_closing() {
            return Err(ChannelError::Closed);
        }
        let over = self.shared.queue.clone().finish_on_drop();
        tokio::spawn(write_all(self.shared.clone(), writer, over));
        *attached = true;
        Ok(())
    }

    async fn next(&self) -> Option<Message> {
        let mut guard = self.shared.reader.lock().await;
        let reader = guard.as_mut()?;
        let (codec, queue) = (&self.shared.codec, &self.shared.queue);
        loop {
            let text = match reader.next().await {
                Some(Ok(tungstenite::Message::Text(text))) => Bytes::from(text),
                // A Ping has been answered, by the next look at the latest.
                Some(Ok(
                    tungstenite::Message::Ping(_)
                    | tungstenite::Message::Pong(_)
                    | tungstenite::Message::Frame(_),
                )) => continue,
                Some(Ok(tungstenite::Message::Binary(_))) => {
                    self.refuse(CloseCode::Unsupported, "messages are text frames");
                    return None;
                }
                Some(Ok(tungstenite::Message::Close(_))) | None => {
                    queue.close();
                    return None;
                }
                Some(Err(error)) => {
                    tracing::debug!(channel = self.id, %error, "connection lost");
                    match error {
                        tungstenite::Error::Capacity(_) => {
                            let limit = codec.limits().frame_bytes;
                            self.refuse(
                                CloseCode::Size,
                                &format!("a message has at most {limit} bytes"),
                            );
                        }
                        tungstenite::Error::Utf8(_) => {
                            self.refuse(CloseCode::Invalid, "text is UTF-8");
                        }
                        tungstenite::Error::Protocol(error)
                            if error != ProtocolError::ResetWithoutClosingHandshake =>
                        {
                            self.refuse(CloseCode::Protocol, "not WebSocket");
                        }
                        // Nobody is there to be told anything.
                        _ => queue.abandon(),
                    }
                    return None;
                }
            };
            match codec.decode(&self.id, text) {
                Incoming::Message(message) => return Some(message),
                Incoming::Answer(answer) => {
                    // If it cannot be queued the channel is closing, and nobody waits any more.
                    let _ = self.send_message(&answer);
                }
                Incoming::Nothing => {}
            }
        }
    }

    /// Closes because of something the peer did.
    fn refuse(&self, code: CloseCode, reason: &str) {
        let reason = reason.into();
        *self.shared.lock_farewell() = Some(CloseFrame { code, reason });
        self.shared.queue.close();
    }

    fn send_message(&self, message: &Message) -> Result<(), ChannelError> {
        if self.shared.queue.is_refusing() {
            return Err(ChannelError::Closed);
        }
        let frame = self.shared.codec.encode(message)?;
        self.shared.queue.push(message, frame)
    }

    async fn end(&self) {
        self.shared.queue.close();
        let attached = *self.lock_attached();
        if attached {
            self.shared.queue.until_over().await;
        } else {
            self.shared.queue.finish();
        }
        self.shared.drop_reader();
    }

    fn lock_attached(&self) -> MutexGuard<'_, bool> {
        self.attached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn lock_farewell(&self) -> MutexGuard<'_, Option<CloseFrame>> {
        self.farewell.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn drop_reader(&self) {
        // Held by a `recv` that has not been polled since; then the stream goes with the channel.
        if let Ok(mut reader) = self.reader.try_lock() {
            *reader = None;
        }
    }
}

impl Drop for WebSocketChannel {
    fn drop(&mut self) {
        self.shared.queue.close();
    }
}

fn config(limits: ChannelLimits) -> WebSocketConfig {
    let bytes = limits.frame().frame_bytes;
    WebSocketConfig::default()
        .read_buffer_size(WRITE_CHUNK)
        .write_buffer_size(WRITE_CHUNK)
        .max_message_size(Some(bytes))
        .max_frame_size(Some(bytes))
}

async fn connect(
    url: &str,
    token: Option<&str>,
    limits: ChannelLimits,
) -> Result<Socket, ChannelError> {
    let address = address(url)?;
    let mut request = url
        .into_client_request()
        .map_err(|_| other("the URL is not one; write `ws://HOST:PORT/bus`"))?;
    let headers = request.headers_mut();
    headers.insert(
        SEC_WEBSOCKET_PROTOCOL,
        HeaderValue::from_static(SUBPROTOCOL),
    );
    if let Some(token) = token {
        let value = Some(format!("Bearer {token}"))
            .filter(|_| is_sendable(token))
            .and_then(|value| HeaderValue::from_str(&value).ok());
        let mut value = value.ok_or_else(|| {
            other("the token cannot be sent; it must be visible ASCII without spaces")
        })?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    let stream: Box<dyn Io> = Box::new(connect_stream(&address).await?);
    let upgrade =
        tokio_tungstenite::client_async_with_config(request, stream, Some(config(limits)));
    let complaint = match timeout(UPGRADE_LIMIT, upgrade).await {
        Ok(Ok((socket, _))) => return Ok(socket),
        Ok(Err(tungstenite::Error::Http(response))) => match response.status() {
            StatusCode::UNAUTHORIZED => {
                "refused the token (401); check that it is the one of that bus".into()
            }
            StatusCode::FORBIDDEN => {
                "refused to let us in (403): the token needs the scope `bus`, and the name it is called by must be allowed there"
                    .into()
            }
            StatusCode::NOT_FOUND => "has no bus there (404); the path is usually `/bus`".into(),
            status => format!("refused the WebSocket with status {}", status.as_u16()),
        },
        Ok(Err(error)) => format!("does not speak WebSocket `{SUBPROTOCOL}`: {error}"),
        Err(_) => "did not answer the upgrade within 5 s".into(),
    };
    Err(other(format!("`{address}` {complaint}")))
}

/// Returns the `HOST:PORT` of a URL.
fn address(url: &str) -> Result<String, ChannelError> {
    let malformed = || other("the URL is not one; write `ws://HOST:PORT/bus`");
    let uri: Uri = url.parse().map_err(|_| malformed())?;
    let authority = uri.authority().ok_or_else(malformed)?;
    if authority.as_str().contains('@') {
        return Err(other(
            "a URL is no place for a secret; give the token separately",
        ));
    }
    match uri.scheme_str() {
        Some("ws") => Ok(format!(
            "{}:{}",
            authority.host(),
            authority.port_u16().unwrap_or(80)
        )),
        Some("wss") => Err(other(
            "`wss` is not built in; connect by `ws` to a proxy or tunnel on this machine that adds TLS",
        )),
        _ => Err(malformed()),
    }
}

/// Writes until the queue is closed and empty, the peer is gone, or time is up; then says goodbye.
async fn write_all(shared: Arc<Shared>, mut writer: Sender, over: FinishOnDrop) {
    let queue = &*shared.queue;
    let work = async {
        match write_queue(queue, &mut writer).await {
            // The peer has said goodbye first.
            Err(tungstenite::Error::Protocol(ProtocolError::SendAfterClosing))
            | Err(tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed)
            | Ok(()) => {}
            Err(error) => return Err(io::Error::other(error)),
        }
        let farewell = shared.lock_farewell().take().unwrap_or(CloseFrame {
            code: CloseCode::Normal,
            reason: "".into(),
        });
        // If the peer was first this fails, and flushing sends the answer to it.
        let _ = writer
            .send(tungstenite::Message::Close(Some(farewell)))
            .await;
        let _ = writer.flush().await;
        Ok(())
    };
    let whole = queue.run(work).await;
    if whole {
        let farewell = async {
            let reader = shared.reader.lock().await.take()?;
            let mut socket = reader.reunite(writer).ok()?;
            while let Some(Ok(_)) = socket.next().await {}
            // A peer in the middle of a frame that was refused has not read the goodbye yet. Closed with something
            // unread, the system would take it back.
            let stream = socket.get_mut();
            stream.shutdown().await.ok()?;
            let mut discarded = vec![0; WRITE_CHUNK];
            while !matches!(stream.read(&mut discarded).await, Ok(0) | Err(_)) {}
            Some(())
        };
        let _ = timeout(LINGER, farewell).await;
    } else {
        drop(writer);
    }
    shared.drop_reader();
    drop(over);
}

async fn write_queue(queue: &OutQueue, writer: &mut Sender) -> Result<(), tungstenite::Error> {
    let mut batch: VecDeque<EncodedFrame> = VecDeque::new();
    while queue.take(&mut batch).await {
        let (mut bytes, mut frames) = (0, 0);
        while let Some(frame) = batch.pop_front() {
            let mut text = Vec::with_capacity(frame.len());
            frame.write_to(&mut text);
            bytes += frame.len();
            frames += 1;
            drop(frame);
            let frame = Frame::message(text, OpCode::Data(Data::Text), true);
            writer.feed(tungstenite::Message::Frame(frame)).await?;
            if bytes >= WRITE_CHUNK || batch.is_empty() {
                writer.flush().await?;
                queue.written(frames);
                (bytes, frames) = (0, 0);
            }
        }
        // A burst must not make an idle connection carry its memory.
        if batch.capacity() > IDLE_BATCH {
            batch = VecDeque::new();
        }
    }
    Ok(())
}

fn other(text: impl Into<String>) -> ChannelError {
    ChannelError::Other(text.into())
}

impl CommandChannel for WebSocketChannel {
    fn id(&self) -> &str {
        &self.id
    }

    fn start(&self) -> BoxFuture<'_, Result<(), ChannelError>> {
        self.open().boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.end().boxed()
    }

    fn send(&self, message: Message) -> Result<(), ChannelError> {
        self.send_message(&message)
    }

    fn frame_limit(&self) -> Option<usize> {
        Some(self.limits.frame().frame_bytes)
    }

    fn recv(&self) -> BoxFuture<'_, Option<Message>> {
        self.shared.queue.unless_closing(self.next()).boxed()
    }
}

impl std::fmt::Debug for WebSocketChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebSocketChannel")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_a_host_and_no_secret() {
        assert_eq!(
            address("ws://127.0.0.1:7532/bus").unwrap(),
            "127.0.0.1:7532"
        );
        assert_eq!(address("ws://[::1]:7532/bus").unwrap(), "[::1]:7532");
        assert_eq!(address("ws://localhost/bus").unwrap(), "localhost:80");
        for wrong in [
            "",
            "/bus",
            "http://localhost/bus",
            "ws:///bus",
            "localhost:1",
        ] {
            let error = address(wrong).unwrap_err().to_string();
            assert!(error.contains("ws://HOST:PORT/bus"), "{wrong}: {error}");
        }
        let error = address("ws://me:s3cret@localhost/bus")
            .unwrap_err()
            .to_string();
        assert!(error.contains("token separately") && !error.contains("s3cret"));
        assert!(
            address("wss://localhost/bus")
                .unwrap_err()
                .to_string()
                .contains("tunnel")
        );
    }
}
