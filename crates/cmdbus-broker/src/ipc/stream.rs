//! The WebSocket of a process (protocol §3.6). It carries; what is pushed, when, and what follows from a
//! receipt are rules of the core.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::{SinkExt as _, StreamExt as _};
use http_body_util::Full;
use hyper::header::{CONNECTION, HeaderValue, SEC_WEBSOCKET_ACCEPT, UPGRADE};
use hyper::{HeaderMap, Response, StatusCode};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::access::{pid_invalid, stream_name};
use super::connection::{Link, linger};
use super::handler::Call;
use super::http::{self, Answer};
use super::peer::{self, VerifyPeer};
use super::server::{Counted, Limits, Shared};
use super::{Backend, FromStream, ToStream};
use crate::core::{OpenStream, PushId, Refusal, Reply, Request, StreamId};

/// Bytes that are read at once. Clients say little, and there may be thousands of them.
const READ_BYTES: usize = 4096;

/// Bytes that are put together before they are written, so that many small frames are one write, and a Pong
/// waits behind no more than this.
const WRITE_BYTES: usize = 16 * 1024;

/// A stream that was allowed and whose socket is about to become one.
pub(super) struct Opened<B: Backend> {
    name: Name<B>,
    queue: UnboundedReceiver<ToStream>,
    _counted: Counted,
}

/// The name of a stream. When it is dropped, the backend hears that the stream is closed.
struct Name<B: Backend> {
    shared: Arc<Shared<B>>,
    stream: StreamId,
    is_open: bool,
}

impl<B: Backend> Name<B> {
    fn heard(&self, what: FromStream) {
        self.shared.backend.heard(self.stream, what);
    }

    /// Says once that the stream is closed.
    fn close(&mut self) {
        if std::mem::take(&mut self.is_open) {
            self.heard(FromStream::Closed);
        }
    }
}

impl<B: Backend> Drop for Name<B> {
    fn drop(&mut self) {
        self.close();
    }
}

/// Opens a stream, as far as HTTP goes.
pub(super) async fn open<B: Backend>(
    shared: &Arc<Shared<B>>,
    link: &Link<B>,
    call: &Call<'_>,
) -> Result<Answer, Refusal> {
    let caller = call.caller()?;
    let pid = caller.pid.ok_or_else(pid_invalid)?;
    let key = handshake_key(call.headers)?;
    let channel = stream_name(call.headers)?;

    check_peer(shared, link.client, pid).await?;

    let (stream, queue) = shared.backend.stream();
    // From here on the core may hold the stream for open, whoever stops waiting, so the name says when not.
    let mut name = Name {
        shared: shared.clone(),
        stream,
        is_open: true,
    };
    let request = Request::OpenStream(OpenStream {
        stream,
        process: shared.backend.identify(pid),
        name: channel,
        receipts: announces(call.headers, "push_receipt_ack_v1"),
        held: announces(call.headers, "held_receipt_v1"),
    });
    match shared.ask(caller, request).await {
        Some(Reply::StreamAllowed) => {
            link.leave(Opened {
                name,
                queue,
                _counted: Counted::new(&shared.counters, |counters| &counters.streams),
            });
            Ok(switching(&key))
        }
        Some(other) => {
            name.is_open = false;
            Ok(http::reply(other))
        }
        None => Err(Refusal::shutting_down()),
    }
}

/// Looks whether the process is the one it says it is. A line in the log need not be waited for, nor be had
/// when very many come at once.
async fn check_peer<B: Backend>(
    shared: &Shared<B>,
    client: SocketAddr,
    pid: u32,
) -> Result<(), Refusal> {
    let (server, verify) = (shared.address, shared.verify_peer_pid);
    let checks = shared.peer_checks.clone();
    let permit = match verify {
        VerifyPeer::Off => return Ok(()),
        VerifyPeer::Warn => checks.try_acquire_owned().ok(),
        VerifyPeer::Enforce => checks.acquire_owned().await.ok(),
    };
    let Some(permit) = permit else {
        return Ok(());
    };
    let looked = spawn_blocking(move || {
        let _permit = permit;
        let is_other = peer::holds(pid, client, server) == Some(false);
        if is_other {
            tracing::warn!(pid, %client, "a stream is opened in the name of a process that does not hold it");
        }
        is_other
    });
    if verify == VerifyPeer::Enforce && looked.await.unwrap_or(false) {
        return Err(Refusal::new(
            403,
            "endpoint_pid_mismatch",
            "`x-plugin-pid` is not the process that holds this connection",
        ));
    }
    Ok(())
}

/// Returns the key of a WebSocket handshake.
fn handshake_key(headers: &HeaderMap) -> Result<HeaderValue, Refusal> {
    let lists = |name: &str, wanted: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|item| item.trim().eq_ignore_ascii_case(wanted))
    };
    let is_handshake = lists("connection", "upgrade")
        && lists("upgrade", "websocket")
        && lists("sec-websocket-version", "13");
    match headers.get("sec-websocket-key") {
        Some(key) if is_handshake => Ok(key.clone()),
        _ => Err(Refusal::new(
            426,
            "upgrade_required",
            "this path is a WebSocket; connect with a WebSocket client (version 13)",
        )),
    }
}

/// Returns whether the client announces an ability.
fn announces(headers: &HeaderMap, ability: &str) -> bool {
    headers
        .get_all("x-masons-ipc-capabilities")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|name| name.trim() == ability)
}

/// Answers a handshake. No extension is accepted: compression would cost memory on every stream.
fn switching(key: &HeaderValue) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = answer.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::from_str(&derive_accept_key(key.as_bytes())) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    answer
}

/// Carries a stream to its end. `early` is what came together with the handshake.
pub(super) async fn run<B, I>(io: I, early: &[u8], opened: Opened<B>, limits: &Limits)
where
    B: Backend,
    I: AsyncRead + AsyncWrite + Unpin,
{
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(WRITE_BYTES)
        .max_message_size(Some(limits.frame_bytes))
        .max_frame_size(Some(limits.frame_bytes));
    let early = early.to_vec();
    let socket = WebSocketStream::from_partially_read(io, early, Role::Server, Some(config)).await;
    let mut carrier = Carrier {
        socket,
        queue: Some(opened.queue),
        waiting: VecDeque::new(),
        unflushed: false,
        close_by: None,
        limits,
    };
    let mut name = opened.name;
    let complaint = loop {
        match std::future::poll_fn(|cx| carrier.poll(cx)).await {
            Event::Read(message) => carrier.take(message, &mut name),
            Event::Failed(error) => break complaint(&error),
            Event::Ended => break None,
        }
    };
    name.close();
    carrier.end(complaint).await;
}

/// Returns what to tell a client whose frames cannot be read.
fn complaint(error: &Error) -> Option<CloseFrame> {
    let (code, reason) = match error {
        Error::Capacity(_) => (1009, "frame_too_large"),
        Error::Utf8(_) => (1007, "invalid_utf8"),
        Error::Protocol(problem) => {
            tracing::debug!("stream broken: {problem}");
            (1002, "protocol_error")
        }
        // The socket is gone.
        _ => return None,
    };
    Some(CloseFrame {
        code: code.into(),
        reason: reason.into(),
    })
}

/// Moves frames between a queue and a socket.
struct Carrier<'a, I> {
    socket: WebSocketStream<I>,
    /// Empty after the last thing that is to be written was taken out.
    queue: Option<UnboundedReceiver<ToStream>>,
    /// What was taken out. A stuck socket must not hide from us that the core wants to close it.
    waiting: VecDeque<ToStream>,
    /// Whether something was written that has not reached the socket yet.
    unflushed: bool,
    /// When the socket is dropped, once somebody has begun to close it.
    close_by: Option<Pin<Box<Sleep>>>,
    limits: &'a Limits,
}

/// What wakes a carrier.
enum Event {
    Read(Message),
    Failed(Error),
    Ended,
}

impl<I: AsyncRead + AsyncWrite + Unpin> Carrier<'_, I> {
    /// Writes what can be written and reads a message. Takes turns, so that neither a busy client nor a long
    /// queue keeps the other direction waiting.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        self.collect(cx);
        if let Some(timer) = &mut self.close_by
            && timer.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Event::Ended);
        }
        loop {
            if let Err(error) = self.write(cx) {
                return Poll::Ready(Event::Failed(error));
            }
            match self.socket.poll_next_unpin(cx) {
                Poll::Ready(Some(Ok(message))) => return Poll::Ready(Event::Read(message)),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Event::Failed(error)),
                Poll::Ready(None) => return Poll::Ready(Event::Ended),
                Poll::Pending if self.unflushed || self.waiting.is_empty() => {
                    return Poll::Pending;
                }
                Poll::Pending => {}
            }
        }
    }

    /// Takes out what is to be written, up to the end.
    fn collect(&mut self, cx: &mut Context<'_>) {
        while let Some(queue) = &mut self.queue {
            let item = match queue.poll_recv(cx) {
                Poll::Pending => return,
                Poll::Ready(Some(item)) => item,
                // Nobody is left who could have anything to say.
                Poll::Ready(None) => ToStream::Close {
                    code: 1001,
                    reason: "broker_shutdown",
                },
            };
            if matches!(item, ToStream::Close { .. }) {
                self.queue = None;
                self.arm();
            }
            self.waiting.push_back(item);
        }
    }

    /// Writes one portion, as far as the socket takes it.
    fn write(&mut self, cx: &mut Context<'_>) -> Result<(), Error> {
        if self.unflushed && !self.flush(cx)? {
            return Ok(());
        }
        let mut portion = 0;
        while portion < WRITE_BYTES
            && let Some(item) = self.waiting.pop_front()
        {
            let message = match item {
                ToStream::Frame(text) => Message::text(text),
                ToStream::Ping(number) => Message::Ping(number.to_string().into()),
                ToStream::Close { code, reason } => Message::Close(Some(CloseFrame {
                    code: code.into(),
                    reason: reason.into(),
                })),
            };
            portion += message.len().max(1);
            self.unflushed = true;
            match self.socket.start_send_unpin(message) {
                Ok(()) => {}
                // The client has closed: nothing more can be written, and reading tells the end.
                Err(Error::Protocol(_) | Error::ConnectionClosed) if self.close_by.is_some() => {
                    self.waiting.clear();
                    self.unflushed = false;
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        if self.unflushed {
            self.flush(cx)?;
        }
        Ok(())
    }

    /// Returns whether everything has reached the socket.
    fn flush(&mut self, cx: &mut Context<'_>) -> Result<bool, Error> {
        match self.socket.poll_flush_unpin(cx) {
            Poll::Ready(Ok(()) | Err(Error::ConnectionClosed)) => self.unflushed = false,
            Poll::Ready(Err(error)) => return Err(error),
            Poll::Pending => {}
        }
        Ok(!self.unflushed)
    }

    fn arm(&mut self) {
        if self.close_by.is_none() {
            let end = Instant::now() + self.limits.close_timeout;
            self.close_by = Some(Box::pin(sleep_until(end)));
        }
    }

    /// Tells the backend what a message says.
    fn take<B: Backend>(&mut self, message: Message, name: &mut Name<B>) {
        match message {
            Message::Text(text) => match receipt(&text) {
                Some(what) if name.is_open => name.heard(what),
                Some(_) => {}
                None => tracing::debug!(stream = name.stream.0, "frame ignored"),
            },
            Message::Pong(payload) => {
                let number = std::str::from_utf8(&payload).ok().and_then(decimal);
                if let Some(number) = number.filter(|_| name.is_open) {
                    name.heard(FromStream::Pong(number));
                }
            }
            Message::Close(_) => {
                self.arm();
                name.close();
            }
            // Pings are answered while reading.
            Message::Ping(_) | Message::Binary(_) | Message::Frame(_) => {}
        }
    }

    /// Ends the socket, with a complaint if there is one.
    async fn end(mut self, complaint: Option<CloseFrame>) {
        // Whoever did not answer a close in its time gets no more (protocol §11.3).
        let until = self.close_by.as_ref().map(|timer| timer.deadline());
        let until = until.unwrap_or_else(|| Instant::now() + self.limits.close_timeout);
        if let Some(frame) = complaint {
            let last = self.socket.send(Message::Close(Some(frame)));
            // If it cannot be written, the client learns from the end of the socket.
            let _ = timeout_at(until, last).await;
        }
        let left = until.saturating_duration_since(Instant::now());
        linger(self.socket.into_inner(), self.limits.drain_bytes, left).await;
    }
}

/// What clients say.
#[derive(Deserialize)]
struct Said<'a> {
    #[serde(borrow)]
    event: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    push_id: std::borrow::Cow<'a, str>,
}

/// Understands a frame of a client. `None` if it is to be ignored.
fn receipt(text: &str) -> Option<FromStream> {
    let said: Said<'_> = serde_json::from_str(text).ok()?;
    let push = PushId(decimal(said.push_id.strip_prefix("push_")?)?);
    match said.event.as_ref() {
        "push_ack" => Some(FromStream::Acked(push)),
        "push_seen" => Some(FromStream::Seen(push)),
        _ => None,
    }
}

/// Reads a number as the broker writes it: digits, and no zero before them.
fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (!text.starts_with('+') && (number == 0 || !text.starts_with('0'))).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_are_understood_and_everything_else_is_ignored() {
        let ack = r#"{"event":"push_ack","push_id":"push_7","more":1}"#;
        assert_eq!(receipt(ack), Some(FromStream::Acked(PushId(7))));
        let seen = r#"{"push_id":"push_0","event":"push_seen"}"#;
        assert_eq!(receipt(seen), Some(FromStream::Seen(PushId(0))));
        for other in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"event":"push_ack"}"#,
            r#"{"event":"push_ack","push_id":7}"#,
            r#"{"event":"push_ack","push_id":"7"}"#,
            r#"{"event":"push_ack","push_id":"push_+7"}"#,
            r#"{"event":"push_ack","push_id":"push_07"}"#,
            r#"{"event":"push_ack","push_id":"push_18446744073709551616"}"#,
            r#"{"event":"other","push_id":"push_7"}"#,
        ] {
            assert_eq!(receipt(other), None, "{other}");
        }
    }
}
