//! Messages of the command protocol on the attach socket (attach §3.7).

use std::sync::Mutex;

use bytes::Bytes;
use cmdbus::channel::{ChannelLimits, Decoded, TextCodec};
use cmdbus::{ChannelError, CommandChannel, Message};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

use super::lock;
use crate::link::{Outgoing, SharedSink, TrySendError};

/// Most messages that wait for the registry. Beyond, the peer sends faster than this machine works; the messages are refused.
const WAITING: usize = 4096;

/// The bus on one attach socket, as the registry sees it.
pub(super) struct BusChannel {
    id: String,
    codec: TextCodec,
    sink: SharedSink,
    arrive: Mutex<Option<mpsc::Sender<Message>>>,
    arrived: tokio::sync::Mutex<mpsc::Receiver<Message>>,
    limit: usize,
}

impl BusChannel {
    pub(super) fn new(id: String, sink: SharedSink, limit: usize) -> Self {
        let (arrive, arrived) = mpsc::channel(WAITING);
        let limits = ChannelLimits::default().frame_bytes(limit);
        Self {
            codec: TextCodec::new(id.clone(), limits),
            id,
            sink,
            arrive: Mutex::new(Some(arrive)),
            arrived: tokio::sync::Mutex::new(arrived),
            limit,
        }
    }

    /// Takes a message from the socket.
    pub(super) fn arrived(&self, text: String) {
        let message = match self.codec.decode(Bytes::from(text)) {
            Decoded::Message(message) => message,
            Decoded::Answer(answer) => {
                if let Err(error) = self.send(answer) {
                    tracing::debug!(channel = self.id, %error, "a refusal was not sent");
                }
                return;
            }
            Decoded::Nothing => return,
        };
        let arrive = lock(&self.arrive).clone();
        if let Some(arrive) = arrive
            && arrive.try_send(message).is_err()
        {
            tracing::warn!(
                channel = self.id,
                "too many messages of the bus at once; one is dropped"
            );
        }
    }

    /// Ends it: the registry sees the end after what has arrived.
    pub(super) fn shut(&self) {
        lock(&self.arrive).take();
    }
}

impl CommandChannel for BusChannel {
    fn id(&self) -> &str {
        &self.id
    }

    fn start(&self) -> BoxFuture<'_, Result<(), ChannelError>> {
        std::future::ready(Ok(())).boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.shut();
        std::future::ready(()).boxed()
    }

    fn send(&self, message: Message) -> Result<(), ChannelError> {
        let text = self.codec.encode(&message)?;
        self.sink
            .try_send(Outgoing::bus(text))
            .map_err(|error| match error {
                TrySendError::Closed => ChannelError::Closed,
                other => ChannelError::Other(other.to_string()),
            })
    }

    fn frame_limit(&self) -> Option<usize> {
        Some(self.limit)
    }

    fn recv(&self) -> BoxFuture<'_, Option<Message>> {
        async move { self.arrived.lock().await.recv().await }.boxed()
    }
}
