//! The bus on one attach socket, as the registry of either end sees it (attach §3.7).

mod inbox;
mod outbox;

use std::sync::Arc;

use bytes::Bytes;
use cmdbus::channel::{ChannelLimits, Decoded, TextCodec};
use cmdbus::message::{ExecuteError, MessageId};
use cmdbus::uuid::Uuid;
use cmdbus::{ChannelError, CommandChannel, ExecuteErrorCode, Message};
use cmdbus_proto::extension::{CANCEL_EVENT, CREDIT_EVENT, ITEM_EVENT};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use self::inbox::Inbox;
use self::outbox::Outbox;
use crate::link::SharedSink;

/// Tells whether the other side may execute a command.
pub(crate) type MayExecute = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// The bus on one attach socket. It outlives the sockets that carry it, as the attachment does.
pub(crate) struct BusChannel {
    id: String,
    codec: TextCodec,
    outbox: Outbox,
    inbox: Inbox,
    limit: usize,
    may_execute: Option<MayExecute>,
}

/// What becomes of a message when there is no room (attach §3.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// It is refused, and who sent it is told.
    Request,
    /// Everybody hears it, nobody waits for it.
    Event,
    /// Somebody waits for it.
    Awaited,
    /// There is credit for it.
    Item,
}

impl Class {
    fn of(message: &Message) -> Self {
        match message {
            Message::ExecuteCommandRequest { .. } => Self::Request,
            Message::Event { event_id, .. } => match event_id.as_str() {
                ITEM_EVENT => Self::Item,
                CANCEL_EVENT | CREDIT_EVENT => Self::Awaited,
                _ => Self::Event,
            },
            _ => Self::Awaited,
        }
    }
}

impl BusChannel {
    /// Makes the channel of an attachment, for frames of at most `limit` bytes.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub(crate) fn new(id: String, sink: SharedSink, limit: usize) -> Self {
        let limits = ChannelLimits::default().frame_bytes(limit);
        Self {
            codec: TextCodec::new(id.clone(), limits),
            id,
            outbox: Outbox::new(sink),
            inbox: Inbox::default(),
            limit,
            may_execute: None,
        }
    }

    /// Lets the other side execute only some commands. All others do not exist for it.
    pub(crate) fn guarded(mut self, may_execute: MayExecute) -> Self {
        self.may_execute = Some(may_execute);
        self
    }

    /// Returns how many events were dropped because too many waited for the registry.
    pub(crate) fn dropped(&self) -> u64 {
        self.inbox.dropped()
    }

    /// Takes a message from the socket. Never waits.
    pub(crate) fn arrived(&self, text: String) {
        let bytes = text.len();
        match self.codec.decode(Bytes::from(text)) {
            Decoded::Message(message) => self.take(message, bytes),
            Decoded::Answer(answer) => self.answer(answer),
            Decoded::Nothing => {}
        }
    }

    fn take(&self, message: Message, bytes: usize) {
        let call = match &message {
            Message::ExecuteCommandRequest { id, command_id, .. } => Some((*id, command_id)),
            _ => None,
        };
        if let (Some(may_execute), Some((id, command_id))) = (&self.may_execute, call)
            && !may_execute(command_id)
        {
            // Word for word what the registry says of one that does not exist.
            let why = format!("command not found: {command_id}");
            return self.answer(refusal(id, ExecuteErrorCode::NotFound, why));
        }
        let call = call.map(|(id, _)| id);
        if self.inbox.push(message, bytes) {
            return;
        }
        if let Some(id) = call {
            let why = "overloaded".to_owned();
            return self.answer(refusal(id, ExecuteErrorCode::InternalError, why));
        }
        tracing::warn!(
            channel = self.id,
            "the other side answers faster than it is listened to; its connection is closed"
        );
        self.outbox
            .give_up("too many messages of the bus wait for this side");
    }

    fn answer(&self, answer: Message) {
        if let Err(error) = self.send(answer) {
            tracing::debug!(channel = self.id, %error, "a refusal was not sent");
        }
    }

    /// Ends it: the registry sees the end after what has arrived.
    pub(crate) fn shut(&self) {
        self.inbox.shut();
    }
}

fn refusal(thid: MessageId, code: ExecuteErrorCode, why: String) -> Message {
    Message::ExecuteCommandResponse {
        id: Uuid::new_v4(),
        meta: None,
        thid,
        response: Err(ExecuteError::new(code, why)).into(),
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
        self.outbox.push(Class::of(&message), text)
    }

    fn frame_limit(&self) -> Option<usize> {
        Some(self.limit)
    }

    fn recv(&self) -> BoxFuture<'_, Option<Message>> {
        self.inbox.next().boxed()
    }
}

#[cfg(test)]
mod tests;
