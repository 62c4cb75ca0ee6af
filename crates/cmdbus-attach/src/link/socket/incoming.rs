//! What a WebSocket brings, and what is done about bad input (attach §3.10).

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

use super::{AT_A_TIME, Drain, Receives, Socket, SocketEnd};
use crate::frame::{Broken, Frame, Incoming};
use crate::link::chunks::Taken;
use crate::link::outgoing::id_of;
use crate::link::{Ended, close, malformed};

impl<S, R> Socket<'_, S, R>
where
    S: AsyncRead + AsyncWrite + Unpin,
    R: Receives + ?Sized,
{
    pub(super) fn read(&mut self, cx: &mut Context<'_>) -> Option<SocketEnd> {
        for _ in 0..AT_A_TIME {
            if self.deaf {
                return None;
            }
            match Pin::new(&mut self.ws).poll_next(cx) {
                // All that had come is read.
                Poll::Pending => return self.mute.then(|| self.end()),
                Poll::Ready(None) => return Some(self.end()),
                Poll::Ready(Some(Ok(message))) => self.message(message),
                Poll::Ready(Some(Err(error))) => {
                    self.deaf = true;
                    if let Some(end) = self.failed(&error) {
                        return Some(end);
                    }
                }
            }
        }
        cx.waker().wake_by_ref();
        None
    }

    /// Decides what a fault of the connection means.
    fn failed(&mut self, error: &Error) -> Option<SocketEnd> {
        if self.closing.as_ref().is_some_and(|it| it.said) {
            return Some(self.end());
        }
        match error {
            Error::Capacity(CapacityError::MessageTooLong { .. }) => {
                self.complain("frame_too_large", "a message is longer than agreed", None);
                let reason = "a message was longer than agreed";
                self.begin_close(close::TOO_BIG, reason, Drain::Control);
            }
            Error::Utf8(_) => {
                // WebSocket itself asks for the end: what follows in the stream is not to be trusted.
                self.complain("bad_frame", "a text message is not UTF-8", None);
                self.shared.lock().bad.count(Instant::now());
                let reason = "a text message was not UTF-8";
                self.begin_close(close::BAD_DATA, reason, Drain::Control);
            }
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) | Error::Io(_) => {
                return Some(self.end());
            }
            Error::Protocol(_) => {
                let reason = "the rules of WebSocket were broken";
                self.begin_close(close::PROTOCOL, reason, Drain::Control);
            }
            _ => return Some(self.end()),
        }
        None
    }

    fn message(&mut self, message: Message) {
        match message {
            Message::Text(text) => self.text(text.as_str().to_owned()),
            Message::Binary(bytes) => self.binary(&bytes),
            Message::Close(frame) => {
                let (code, reason) = frame.map_or((close::NO_CODE, String::new()), |frame| {
                    (frame.code.into(), frame.reason.as_str().to_owned())
                });
                self.peer = Some(Ended { code, reason });
                self.leave_soon();
            }
            // Answered below; any byte is a sign of life.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }

    fn text(&mut self, text: String) {
        let bytes = text.len();
        let incoming = match Incoming::parse(text) {
            Ok(incoming) => incoming,
            Err(broken) => return self.broken(broken, bytes),
        };
        match incoming {
            Incoming::Frame(Frame::Ack(receipt)) => {
                if self.shared.lock().acknowledged(receipt.upto).is_err() {
                    let reason = "an acknowledged count was impossible";
                    self.begin_close(close::DEAD, reason, Drain::Control);
                }
            }
            Incoming::Frame(Frame::Hello(_) | Frame::Welcome(_)) => self.second_handshake(),
            Incoming::Frame(frame) => {
                self.count(bytes, matches!(frame, Frame::Goodbye(_)));
                self.receives.frame(frame);
            }
            Incoming::Bus(text) => {
                self.count(bytes, false);
                if self.shared.settings.bus {
                    self.receives.bus(text);
                } else {
                    let reason = "messages of the bus are not allowed on this connection";
                    self.complain("forbidden", reason, id_of(&text));
                }
            }
        }
    }

    fn count(&self, bytes: usize, goodbye: bool) {
        let mut state = self.shared.lock();
        state.counts.received(bytes, Instant::now());
        state.goodbye |= goodbye;
    }

    fn second_handshake(&mut self) {
        let reason = "the handshake is over";
        self.begin_close(close::HANDSHAKE, reason, Drain::Control);
    }

    fn complain(&self, code: &str, message: &str, reference: Option<String>) {
        self.shared.lock().complain(code, message, reference);
    }

    fn broken(&mut self, broken: Broken, bytes: usize) {
        let reaction = malformed::reaction(&broken);
        if reaction.handshake {
            return self.second_handshake();
        }
        if reaction.is_frame {
            self.count(bytes, false);
        }
        if let Some(code) = reaction.code {
            self.complain(code, malformed::text(&broken), reaction.reference);
        }
        if reaction.counts {
            self.count_bad();
        }
        self.receives.broken(broken);
    }

    fn count_bad(&mut self) {
        if self.shared.lock().bad.count(Instant::now()) {
            let reason = "too many bad frames";
            self.begin_close(close::BAD_DATA, reason, Drain::Control);
        }
    }

    fn binary(&mut self, message: &Bytes) {
        let taken = if self.shared.settings.chunk {
            self.assembly.take(message)
        } else {
            Taken::NotAPiece
        };
        match taken {
            Taken::More | Taken::Ignored(false) => {}
            Taken::Whole(text) => self.text(text),
            Taken::Ignored(true) => self.count(0, false),
            Taken::NotAPiece => {
                self.complain("bad_frame", "a binary message is no piece of a frame", None);
                self.count_bad();
            }
            Taken::NotText => {
                self.broken(Broken::NotAFrame("a frame is not UTF-8".to_owned()), 0);
            }
            Taken::Refused { of, id, why, last } => {
                if last {
                    self.count(0, false);
                }
                self.complain("bad_frame", why, Some(id.clone()));
                self.count_bad();
                // Whoever waits for it is told, as for any other broken frame.
                self.receives.broken(Broken::Body {
                    kind: of,
                    id: Some(id),
                    text: why.to_owned(),
                });
            }
        }
    }
}
