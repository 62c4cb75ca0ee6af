//! The stream on which the broker pushes messages to a process (protocol §3.6).

use std::time::Duration;

use cmdbus_broker::discovery::Discovery;
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message, protocol::CloseFrame};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::Problem;
use super::http::{address, bearer};

/// How long the broker may take to open a stream.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// The broker says something at least every 30 s, be it a Ping.
const SILENCE: Duration = Duration::from_secs(75);
/// What we can do: say that we have seen a message before it is done (protocol §3.6).
const CAPABILITIES: &str = "push_receipt_ack_v1,held_receipt_v1";

/// A message that is pushed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(in crate::commands) struct Push {
    pub(in crate::commands) push_id: String,
    #[serde(rename = "sourceMessageId")]
    pub(in crate::commands) message_id: String,
    pub(in crate::commands) from: String,
    pub(in crate::commands) content: String,
    #[serde(rename = "contentType")]
    pub(in crate::commands) content_type: String,
    pub(in crate::commands) metadata: Map<String, Value>,
    pub(in crate::commands) attempt: u64,
}

/// What comes on a stream.
#[derive(Debug)]
pub(in crate::commands) enum Frame {
    Push(Box<Push>),
    /// The broker has read all that was written before the Ping of this number.
    Pong(u64),
}

/// An open stream.
pub(in crate::commands) struct Stream {
    socket: WebSocketStream<TcpStream>,
    /// When the broker said something last.
    heard: Instant,
}

impl Stream {
    /// Opens a stream of this process, which may have several with different names.
    pub(in crate::commands) async fn open(broker: &Discovery, name: &str) -> Result<Self, Problem> {
        let opening = timeout(HANDSHAKE, Self::shake_hands(broker, name)).await;
        opening.unwrap_or_else(|_| Err(Problem::Lost("it does not open a stream".to_owned())))
    }

    async fn shake_hands(broker: &Discovery, name: &str) -> Result<Self, Problem> {
        let lost = |error: &dyn std::fmt::Display| Problem::Lost(error.to_string());
        let mut request = format!("ws://{}/v1/stream", address(broker))
            .into_client_request()
            .map_err(|error| lost(&error))?;
        let headers = [
            ("authorization", bearer(broker)),
            ("x-plugin-pid", std::process::id().to_string()),
            ("x-masons-ipc-capabilities", CAPABILITIES.to_owned()),
            ("x-cmdbus-channel", name.to_owned()),
        ];
        for (name, value) in headers {
            let value = value.parse().map_err(|error| lost(&error))?;
            request.headers_mut().insert(name, value);
        }
        let socket = TcpStream::connect(address(broker)).await;
        let socket = socket.map_err(|error| lost(&error))?;
        // Receipts are small, and the next message may wait for one.
        let _ = socket.set_nodelay(true);
        match client_async(request, socket).await {
            Ok((socket, _)) => Ok(Self {
                socket,
                heard: Instant::now(),
            }),
            Err(Error::Http(answer)) => {
                let body = answer.body().as_deref().unwrap_or_default();
                let body = serde_json::from_slice(body).unwrap_or(Value::Null);
                Err(Problem::refused(answer.status().as_u16(), &body))
            }
            Err(error) => Err(lost(&error)),
        }
    }

    /// Returns what comes next; `None` when the stream has come to its end. Cancel safe.
    pub(in crate::commands) async fn next(&mut self) -> Option<Frame> {
        loop {
            let heard = timeout_at(self.heard + SILENCE, self.socket.next()).await;
            self.heard = Instant::now();
            match heard {
                Ok(Some(Ok(Message::Text(text)))) => {
                    if let Some(push) = push(&text) {
                        return Some(Frame::Push(Box::new(push)));
                    }
                }
                Ok(Some(Ok(Message::Pong(number)))) => {
                    let number = std::str::from_utf8(&number).ok();
                    if let Some(number) = number.and_then(|number| number.parse().ok()) {
                        return Some(Frame::Pong(number));
                    }
                }
                Ok(Some(Ok(Message::Close(frame)))) => {
                    tracing::debug!(?frame, "the broker closes the stream");
                    return None;
                }
                // Pings are answered while reading.
                Ok(Some(Ok(_))) => {}
                Ok(Some(Err(error))) => {
                    tracing::debug!(%error, "the stream is broken");
                    return None;
                }
                Ok(None) => return None,
                Err(_) => {
                    tracing::warn!("the broker has said nothing for too long");
                    return None;
                }
            }
        }
    }

    /// Says that a message has come; it is not done yet.
    pub(in crate::commands) async fn seen(&mut self, push_id: &str) -> Result<(), Problem> {
        self.say("push_seen", push_id).await
    }

    /// Confirms a message.
    pub(in crate::commands) async fn confirm(&mut self, push_id: &str) -> Result<(), Problem> {
        self.say("push_ack", push_id).await
    }

    async fn say(&mut self, event: &str, push_id: &str) -> Result<(), Problem> {
        let text = json!({"event": event, "push_id": push_id}).to_string();
        self.write(Message::text(text)).await
    }

    /// Asks for a Pong of this number.
    pub(in crate::commands) async fn ping(&mut self, number: u64) -> Result<(), Problem> {
        self.write(Message::Ping(number.to_string().into())).await
    }

    /// Closes the stream in good order.
    pub(in crate::commands) async fn close(&mut self) {
        let frame = CloseFrame {
            code: CloseCode::Normal,
            reason: "client_close".into(),
        };
        // Whatever comes of it, the socket is closed next.
        let _ = self.write(Message::Close(Some(frame))).await;
    }

    async fn write(&mut self, message: Message) -> Result<(), Problem> {
        let written = self.socket.send(message).await;
        written.map_err(|error| Problem::Lost(error.to_string()))
    }
}

/// Reads a frame. `None` if it is no message: there may be events that we know nothing of.
fn push(text: &str) -> Option<Push> {
    #[derive(Deserialize)]
    struct Kind {
        event: String,
    }
    let kind: Kind = serde_json::from_str(text).ok()?;
    if kind.event != "message_received" {
        return None;
    }
    match serde_json::from_str(text) {
        Ok(push) => Some(push),
        Err(error) => {
            // Not the text: it may hold part of the message.
            tracing::warn!(column = error.column(), "a message cannot be read");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_told_from_other_events() {
        let text = json!({
            "event": "message_received", "push_id": "push_1", "from": "node:n", "content": "c",
            "contentType": "text", "metadata": {"a": 1}, "sourceMessageId": "msg_1",
            "endpoint_id": "ep_1", "attempt": 2,
        });
        let read = push(&text.to_string()).unwrap();
        assert_eq!((read.message_id.as_str(), read.attempt), ("msg_1", 2));
        for other in [
            r#"{"event":"presence_changed","presence":"online"}"#,
            r#"{"event":"message_received"}"#,
            "[]",
            "",
        ] {
            assert_eq!(push(other), None, "{other}");
        }
    }
}
