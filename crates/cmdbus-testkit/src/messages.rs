//! Messages in a few words, and ids that tell who made them and when.

use std::collections::HashMap;
use std::sync::Arc;

use cmdbus_proto::Payload;
use cmdbus_proto::error::ExecuteErrorCode;
use cmdbus_proto::message::{
    CommandDef, ExecuteError, Message, MessageId, MessageMeta, RegisterResult,
};
use cmdbus_proto::wire::ForeignIds;
use serde_json::Value;
use uuid::{Builder, Uuid};

/// Returns a source of message ids for the node number `tag`. Each id is new, looks like any other
/// UUID, and can be asked for its [`origin`].
pub fn id_source(tag: u16) -> impl FnMut() -> MessageId + Send + 'static {
    let mut serial = 0_u64;
    move || {
        serial += 1;
        made_id(tag, serial)
    }
}

/// Returns the id with this number, different from those of every [`id_source`].
pub fn id(number: u64) -> MessageId {
    made_id(u16::MAX, number)
}

fn made_id(tag: u16, serial: u64) -> MessageId {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&serial.to_be_bytes()[2..]);
    bytes[14..].copy_from_slice(&tag.to_be_bytes());
    Builder::from_random_bytes(bytes).into_uuid()
}

/// Returns which [`id_source`] made an id, and as the how-manieth.
pub fn origin(id: MessageId) -> (u16, u64) {
    let bytes = id.as_bytes();
    let mut serial = [0; 8];
    serial[2..].copy_from_slice(&bytes[..6]);
    let tag = u16::from_be_bytes([bytes[14], bytes[15]]);
    (tag, u64::from_be_bytes(serial))
}

/// Returns a definition that says nothing but the id.
pub fn command(id: &str) -> CommandDef {
    CommandDef {
        id: id.to_owned(),
        description: None,
        schema: None,
    }
}

/// Returns a definition with a description.
pub fn described(id: &str, description: &str) -> CommandDef {
    CommandDef {
        description: Some(description.to_owned()),
        ..command(id)
    }
}

/// Returns a call.
pub fn execute(id: MessageId, command_id: &str, request: Value) -> Message {
    execute_with(id, command_id, request, None)
}

/// Returns a call with an envelope.
pub fn execute_with(
    id: MessageId,
    command_id: &str,
    request: Value,
    meta: Option<MessageMeta>,
) -> Message {
    Message::ExecuteCommandRequest {
        id,
        meta,
        command_id: command_id.to_owned(),
        request: Payload::from(request).non_null(),
    }
}

/// Returns an envelope that counts this many hops.
pub fn hops(count: u64) -> Option<MessageMeta> {
    let mut meta = MessageMeta::default();
    meta.extra.insert("cmdbus-hops".to_owned(), count.into());
    Some(meta)
}

/// Returns the answer to a call that succeeded.
pub fn success(thid: MessageId, result: Value) -> Message {
    Message::ExecuteCommandResponse {
        id: id(thid.as_u64_pair().0),
        meta: None,
        thid,
        response: Ok(Payload::from(result).non_null()).into(),
    }
}

/// Returns the answer to a call that failed.
pub fn failure(thid: MessageId, code: ExecuteErrorCode, message: &str) -> Message {
    Message::ExecuteCommandResponse {
        id: id(thid.as_u64_pair().0),
        meta: None,
        thid,
        response: Err(ExecuteError::new(code, message)).into(),
    }
}

/// Returns a registration.
pub fn register(id: MessageId, command: CommandDef) -> Message {
    Message::RegisterCommandRequest {
        id,
        meta: None,
        command,
    }
}

/// Returns the withdrawal of a registration.
pub fn withdraw(id: MessageId, command_id: &str) -> Message {
    let mut meta = MessageMeta::default();
    meta.extra.insert("cmdbus-withdraw".to_owned(), true.into());
    Message::RegisterCommandRequest {
        id,
        meta: Some(meta),
        command: command(command_id),
    }
}

/// Returns whether a message is a withdrawal.
pub fn is_withdrawal(message: &Message) -> bool {
    matches!(message, Message::RegisterCommandRequest { meta: Some(meta), .. }
        if meta.extra.get("cmdbus-withdraw") == Some(&Value::Bool(true)))
}

/// Returns the answer to a registration.
pub fn registered(thid: MessageId, accepted: bool) -> Message {
    Message::RegisterCommandResponse {
        id: id(thid.as_u64_pair().0),
        meta: None,
        thid,
        response: if accepted {
            RegisterResult::accepted()
        } else {
            RegisterResult::duplicate()
        },
    }
}

/// Returns a question for commands.
pub fn list_request(id: MessageId) -> Message {
    Message::ListCommandsRequest { id, meta: None }
}

/// Returns a list of commands.
pub fn list(thid: MessageId, commands: Vec<CommandDef>) -> Message {
    Message::ListCommandsResponse {
        id: id(thid.as_u64_pair().0),
        meta: None,
        thid,
        commands,
    }
}

/// Returns an event.
pub fn event(id: MessageId, event_id: &str, payload: Value) -> Message {
    Message::Event {
        id,
        meta: None,
        event_id: event_id.to_owned(),
        payload: Payload::from(payload).non_null(),
    }
}

/// Remembers the ids that a peer does not write as UUIDs, as a transport does, but without a bound.
#[derive(Debug, Default)]
pub struct ForeignTexts {
    serial: u64,
    requests: HashMap<MessageId, Arc<str>>,
    events: HashMap<MessageId, Arc<str>>,
}

impl ForeignTexts {
    /// Returns how many requests have not been answered.
    pub fn unanswered(&self) -> usize {
        self.requests.len()
    }
}

impl ForeignIds for ForeignTexts {
    fn request(&mut self, text: &str) -> Option<MessageId> {
        self.serial += 1;
        let id = made_id(u16::MAX - 1, self.serial);
        self.requests.insert(id, text.into());
        Some(id)
    }

    fn event(&mut self, text: &str) -> Option<MessageId> {
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes());
        self.events.insert(id, text.into());
        Some(id)
    }

    fn take_request(&mut self, id: MessageId) -> Option<Arc<str>> {
        self.requests.remove(&id)
    }

    fn original_event(&mut self, id: MessageId) -> Option<Arc<str>> {
        self.events.get(&id).cloned()
    }
}
