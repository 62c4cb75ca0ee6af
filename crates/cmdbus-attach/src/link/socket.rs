//! One WebSocket of an attachment: reads and writes in one task, neither waiting for the other.

mod incoming;

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Sink;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message, Utf8Bytes};

use super::chunks::Assembly;
use super::lanes::Next;
use super::pulse::Pulse;
use super::state::{Phase, Shared};
use super::{Ended, Link, Wire, close};
use crate::frame::{Broken, Frame};

/// So many messages are read, and so many written, before others get their turn.
const AT_A_TIME: usize = 64;

/// Takes what comes. Is called in order, by the task of the socket, and must not wait: the reader never stops.
pub trait Receives: Send + Sync {
    /// A frame has come. `hello`, `welcome` and `ack` never do.
    fn frame(&self, frame: Frame);
    /// A message of the command protocol has come.
    fn bus(&self, text: String);
    /// A frame was no good. The complaint has been sent, except for a `server_response` and a `server_request` whose id could be read:
    /// the waiter of the one is failed (−33009), the other is answered (−32600).
    fn broken(&self, broken: Broken);
}

/// How a socket ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketEnd {
    /// A close code of attach §3.11, [`close::BROKEN_OFF`] if the connection broke.
    pub code: u16,
    /// Why, for people.
    pub reason: String,
    /// Whether both sides have said so.
    pub clean: bool,
    /// Whether the other side ended it, or the network.
    pub by_peer: bool,
    /// Whether the attachment waits for its next socket. If not, it has ended.
    pub suspended: bool,
}

/// Runs one WebSocket of an attachment until it ends.
///
/// Ends the attachment as well if it cannot be taken up again: without `resume`, after a goodbye, and after a close that says so.
/// If a socket carries the attachment already, or it has ended, this one is closed at once.
///
/// # Cancel safety
/// Dropping the future drops the connection; the attachment is suspended.
pub async fn run_socket<S, R>(link: &Link, ws: WebSocketStream<Wire<S>>, receives: &R) -> SocketEnd
where
    S: AsyncRead + AsyncWrite + Unpin,
    R: Receives + ?Sized,
{
    let shared = &*link.shared;
    if !shared.begin() {
        return refuse(shared, ws).await;
    }
    let gone = Gone(shared);
    let mut socket = Socket::new(shared, ws, receives);
    let mut end = poll_fn(|cx| socket.poll(cx)).await;
    drop(socket);
    drop(gone);
    end.suspended = settle(shared, &end);
    end
}

/// Closes a socket that comes too late, or too soon.
async fn refuse<S>(shared: &Shared, mut ws: WebSocketStream<Wire<S>>) -> SocketEnd
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Ended { code, reason } = match &shared.lock().phase {
        // The attachment ended while the socket was being made: what ended it decides whether the other side comes back.
        Phase::Closing(ended) | Phase::Over(ended) => ended.clone(),
        Phase::Open => Ended {
            code: close::REPLACED,
            reason: "the attachment is carried by another socket".to_owned(),
        },
    };
    let frame = CloseFrame {
        code: code.into(),
        reason: reason.clone().into(),
    };
    // Whether it hears of it makes no difference here.
    let _ = tokio::time::timeout(shared.settings.close_timeout, ws.close(Some(frame))).await;
    SocketEnd {
        code,
        reason,
        clean: false,
        by_peer: false,
        suspended: false,
    }
}

/// Tells the link that its socket is gone, also when the future is dropped.
struct Gone<'a>(&'a Shared);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        self.0.gone();
    }
}

/// Ends the attachment if no other socket may take it up. True: one may.
fn settle(shared: &Shared, end: &SocketEnd) -> bool {
    let (open, goodbye) = {
        let state = shared.lock();
        (state.is_open(), state.goodbye)
    };
    let final_code = matches!(
        end.code,
        close::DONE
            | close::NO_CODE
            | close::HANDSHAKE
            | close::UNAUTHORIZED
            | close::FORBIDDEN
            | close::DETACHED
            | close::VERSION
    ) || (end.code == close::REPLACED && end.by_peer);
    if open && shared.settings.resume && !goodbye && !final_code {
        return true;
    }
    shared.end(end.code, &end.reason);
    false
}

/// What still goes out before a close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Drain {
    Everything,
    /// Complaints, which say why.
    Control,
    Nothing,
}

struct Closing {
    code: u16,
    reason: String,
    drain: Drain,
    said: bool,
}

struct Socket<'a, S, R: ?Sized> {
    shared: &'a Shared,
    receives: &'a R,
    ws: WebSocketStream<Wire<S>>,
    assembly: Assembly,
    pulse: Pulse,
    timer: Pin<Box<Sleep>>,
    closing: Option<Closing>,
    /// What the other side said in its close.
    peer: Option<Ended>,
    /// When it is gone whether the other side hangs up or not.
    leave_by: Option<Instant>,
    /// Nothing more can be read.
    deaf: bool,
    /// Nothing more can be written.
    mute: bool,
}

impl<'a, S, R> Socket<'a, S, R>
where
    S: AsyncRead + AsyncWrite + Unpin,
    R: Receives + ?Sized,
{
    fn new(shared: &'a Shared, ws: WebSocketStream<Wire<S>>, receives: &'a R) -> Self {
        let settings = &shared.settings;
        let now = Instant::now();
        let pulse = Pulse::new(settings.heartbeat, settings.dead_after(), now);
        Self {
            shared,
            receives,
            ws,
            assembly: Assembly::new(settings),
            timer: Box::pin(tokio::time::sleep_until(pulse.next())),
            pulse,
            closing: None,
            peer: None,
            leave_by: None,
            deaf: false,
            mute: false,
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<SocketEnd> {
        // Before the look at the orders, so that none given meanwhile is missed.
        self.shared.socket.register(cx.waker());
        if let Some(end) = self.orders(cx) {
            return Poll::Ready(end);
        }
        if let Some(end) = self.read(cx) {
            return Poll::Ready(end);
        }
        if let Some(end) = self.write(cx) {
            return Poll::Ready(end);
        }
        self.timers(cx)
    }

    /// Looks whether the attachment wants the socket to end.
    fn orders(&mut self, cx: &mut Context<'_>) -> Option<SocketEnd> {
        let (at_once, order) = {
            let state = self.shared.lock();
            match (&state.vacate, &state.phase) {
                (Some(vacate), _) => (true, vacate.clone()),
                (None, Phase::Over(ended)) => (true, ended.clone()),
                (None, Phase::Closing(ended)) => (false, ended.clone()),
                (None, Phase::Open) => return None,
            }
        };
        if at_once {
            self.begin_close(order.code, &order.reason, Drain::Nothing);
            self.last_words(cx);
            return Some(self.end_by_us(false));
        }
        if self.closing.is_none() {
            let drain = if order.code < 4000 {
                Drain::Everything
            } else {
                Drain::Control
            };
            self.begin_close(order.code, &order.reason, drain);
        }
        None
    }

    /// Says the close if that goes without waiting.
    fn last_words(&mut self, cx: &mut Context<'_>) {
        if self.peer.is_some() {
            return;
        }
        let mut ws = Pin::new(&mut self.ws);
        if matches!(ws.as_mut().poll_ready(cx), Poll::Ready(Ok(()))) {
            let _ = self.say_close();
        }
        let _ = Pin::new(&mut self.ws).poll_flush(cx);
    }

    fn begin_close(&mut self, code: u16, reason: &str, drain: Drain) {
        let said = self.closing.as_ref().is_some_and(|it| it.said);
        self.closing = Some(Closing {
            code,
            reason: reason.to_owned(),
            drain,
            said,
        });
        self.leave_soon();
    }

    fn leave_soon(&mut self) {
        self.leave_by = Some(Instant::now() + self.shared.settings.close_timeout);
    }

    fn say_close(&mut self) -> Result<(), Error> {
        let Some(closing) = self.closing.as_mut().filter(|it| !it.said) else {
            return Ok(());
        };
        closing.said = true;
        let frame = CloseFrame {
            code: closing.code.into(),
            reason: short(&closing.reason),
        };
        Pin::new(&mut self.ws).start_send(Message::Close(Some(frame)))
    }

    fn end_by_us(&self, clean: bool) -> SocketEnd {
        let (code, reason) = match &self.closing {
            Some(closing) => (closing.code, closing.reason.clone()),
            None => (close::BROKEN_OFF, "the connection broke".to_owned()),
        };
        SocketEnd {
            code,
            reason,
            clean,
            by_peer: self.closing.is_none(),
            suspended: false,
        }
    }

    fn end(&self) -> SocketEnd {
        match (&self.closing, &self.peer) {
            (None, Some(peer)) => SocketEnd {
                code: peer.code,
                reason: peer.reason.clone(),
                clean: true,
                by_peer: true,
                suspended: false,
            },
            (_, peer) => self.end_by_us(peer.is_some()),
        }
    }

    fn dead(&mut self, code: u16, reason: &str) -> SocketEnd {
        self.begin_close(code, reason, Drain::Nothing);
        self.end_by_us(false)
    }

    fn write(&mut self, cx: &mut Context<'_>) -> Option<SocketEnd> {
        if self.mute {
            return None;
        }
        if let Err(error) = self.fill(cx) {
            return self.write_failed(&error, cx);
        }
        let flushed = Pin::new(&mut self.ws).poll_flush(cx);
        let now = Instant::now();
        let wire = self.ws.get_ref();
        let (read, written) = (wire.read(), wire.written());
        self.pulse.moved(read, written, flushed.is_pending(), now);
        match flushed {
            Poll::Pending => None,
            Poll::Ready(Err(error)) => self.write_failed(&error, cx),
            Poll::Ready(Ok(())) if self.deaf => self.linger(cx),
            Poll::Ready(Ok(())) => None,
        }
    }

    /// The reader learns the rest: what the other side said last may still be there.
    fn write_failed(&mut self, error: &Error, cx: &mut Context<'_>) -> Option<SocketEnd> {
        tracing::debug!(%error, "an attach socket cannot be written any more");
        if self.deaf {
            return Some(self.end());
        }
        self.mute = true;
        cx.waker().wake_by_ref();
        None
    }

    /// Everything is said. What still comes is thrown away until the other side hangs up: hanging up on unread bytes would take back
    /// the close as well.
    fn linger(&mut self, cx: &mut Context<'_>) -> Option<SocketEnd> {
        if !self.closing.as_ref().is_some_and(|it| it.said) {
            return None;
        }
        let mut bytes = [0; 4096];
        for _ in 0..AT_A_TIME {
            let mut into = ReadBuf::new(&mut bytes);
            match Pin::new(self.ws.get_mut()).poll_read(cx, &mut into) {
                Poll::Pending => return None,
                Poll::Ready(Ok(())) if !into.filled().is_empty() => {}
                Poll::Ready(_) => return Some(self.end()),
            }
        }
        cx.waker().wake_by_ref();
        None
    }

    /// Hands messages over as long as the socket takes them.
    fn fill(&mut self, cx: &mut Context<'_>) -> Result<(), Error> {
        for _ in 0..AT_A_TIME {
            if self.peer.is_some() || self.closing.as_ref().is_some_and(|it| it.said) {
                return Ok(());
            }
            match Pin::new(&mut self.ws).poll_ready(cx) {
                Poll::Pending => return Ok(()),
                Poll::Ready(ready) => ready?,
            }
            match self.next() {
                Some(message) => Pin::new(&mut self.ws).start_send(message)?,
                None if self.closing.is_some() => self.say_close()?,
                None => return Ok(()),
            }
        }
        cx.waker().wake_by_ref();
        Ok(())
    }

    fn next(&mut self) -> Option<Message> {
        let now = Instant::now();
        let drain = self.closing.as_ref().map(|it| it.drain);
        let next = match drain {
            None | Some(Drain::Everything) => self.shared.lock().next(now, false),
            Some(Drain::Control) => self.shared.lock().next(now, true),
            Some(Drain::Nothing) => None,
        };
        if let Some(next) = next {
            return Some(match next {
                Next::Text(text) => Message::Text(text),
                Next::Piece(bytes) => Message::Binary(bytes),
            });
        }
        if drain.is_none() && self.pulse.ping_due(now) {
            self.pulse.pinged(now);
            return Some(Message::Ping(Bytes::new()));
        }
        None
    }

    fn timers(&mut self, cx: &mut Context<'_>) -> Poll<SocketEnd> {
        loop {
            let now = Instant::now();
            if let Some(dead) = self.pulse.dead(now) {
                return Poll::Ready(self.dead(close::DEAD, dead.reason()));
            }
            if self.leave_by.is_some_and(|at| now >= at) {
                return Poll::Ready(self.end());
            }
            let next = self.next_look();
            // Set anew only when it is over or too late: most messages just move the next look further away.
            if next <= now {
                // A ping or an ack is due; if it could not go, the pulse tells when that is death.
                self.timer.as_mut().reset(now + RETRY);
            } else if self.timer.is_elapsed() || next < self.timer.deadline() {
                self.timer.as_mut().reset(next);
            }
            if self.timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            if let Some(end) = self.write(cx) {
                return Poll::Ready(end);
            }
        }
    }

    fn next_look(&self) -> Instant {
        let ack = self.shared.lock().counts.ack_due();
        [ack, self.leave_by]
            .into_iter()
            .flatten()
            .fold(self.pulse.next(), Instant::min)
    }
}

/// How soon to look again when something is due that cannot go.
const RETRY: Duration = Duration::from_millis(250);

/// The reason of a close has 123 bytes.
fn short(reason: &str) -> Utf8Bytes {
    let end = (0..=reason.len().min(123))
        .rev()
        .find(|end| reason.is_char_boundary(*end));
    Utf8Bytes::from(&reason[..end.unwrap_or(0)])
}
