//! The seven messages of the protocol.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::{ExecuteErrorCode, RegisterErrorCode};
use crate::payload::Payload;
use crate::wire;

/// Identity of one message. What a peer writes as some other text is mapped by the transport.
pub type MessageId = uuid::Uuid;

/// The optional `_meta` member: context of the transport, never application data.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MessageMeta {
    /// W3C trace context.
    pub traceparent: Option<String>,
    /// W3C trace context.
    pub tracestate: Option<String>,
    /// W3C baggage.
    pub baggage: Option<String>,
    /// Every other member, kept as it came.
    pub extra: BTreeMap<String, Value>,
}

/// Key of the hop counter on forwarded messages.
pub(crate) const HOPS: &str = "cmdbus-hops";
/// Key that turns a registration into the withdrawal of one.
pub(crate) const WITHDRAW: &str = "cmdbus-withdraw";

impl MessageMeta {
    /// Returns how many hops the message has been forwarded over; absent or unreadable counts as 0.
    pub(crate) fn hops(meta: Option<&Self>) -> u64 {
        meta.and_then(|meta| meta.extra.get(HOPS))
            .and_then(Value::as_u64)
            .unwrap_or(0)
    }

    /// Returns the same envelope with one more hop on the counter.
    pub(crate) fn one_more_hop(meta: Option<Self>) -> Option<Self> {
        let hops = Self::hops(meta.as_ref()) + 1;
        let mut meta = meta.unwrap_or_default();
        meta.extra.insert(HOPS.to_owned(), Value::from(hops));
        Some(meta)
    }

    /// Returns the envelope of a withdrawal.
    pub(crate) fn withdrawal() -> Self {
        Self {
            extra: BTreeMap::from([(WITHDRAW.to_owned(), Value::Bool(true))]),
            ..Self::default()
        }
    }

    /// Returns whether the envelope marks a withdrawal.
    pub(crate) fn is_withdrawal(meta: Option<&Self>) -> bool {
        meta.and_then(|meta| meta.extra.get(WITHDRAW)) == Some(&Value::Bool(true))
    }

    /// Sets a member as it was read. The last one of a name counts.
    fn set(&mut self, key: String, value: Value) {
        let reserved = match &*key {
            "traceparent" => &mut self.traceparent,
            "tracestate" => &mut self.tracestate,
            "baggage" => &mut self.baggage,
            _ => {
                self.extra.insert(key, value);
                return;
            }
        };
        self.extra.remove(&key);
        *reserved = None;
        match value {
            Value::String(text) => *reserved = Some(text),
            // Absent.
            Value::Null => {}
            // A reserved key of another type is an extension entry.
            value => {
                self.extra.insert(key, value);
            }
        }
    }

    fn reserved(&self) -> [(&'static str, &Option<String>); 3] {
        [
            ("traceparent", &self.traceparent),
            ("tracestate", &self.tracestate),
            ("baggage", &self.baggage),
        ]
    }
}

impl Serialize for MessageMeta {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.reserved().iter().all(|(_, value)| value.is_none()) {
            return serializer.collect_map(&self.extra);
        }
        let reserved = self
            .reserved()
            .into_iter()
            .filter_map(|(key, value)| value.as_ref().map(|value| (key, value)));
        let taken: Vec<&str> = reserved.clone().map(|(key, _)| key).collect();
        let mut map = BTreeMap::<&str, Value>::new();
        map.extend(reserved.map(|(key, value)| (key, Value::from(value.as_str()))));
        map.extend(
            self.extra
                .iter()
                // The typed field wins over an extension entry of the same name.
                .filter(|(key, _)| !taken.contains(&key.as_str()))
                .map(|(key, value)| (key.as_str(), value.clone())),
        );
        serializer.collect_map(map)
    }
}

impl<'de> Deserialize<'de> for MessageMeta {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Envelope;

        impl<'de> Visitor<'de> for Envelope {
            type Value = MessageMeta;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MessageMeta, A::Error> {
                let mut meta = MessageMeta::default();
                while let Some((key, value)) = map.next_entry::<String, Value>()? {
                    meta.set(key, value);
                }
                Ok(meta)
            }
        }

        deserializer.deserialize_map(Envelope)
    }
}

/// The shapes of a command. An absent slot means that nothing travels in that direction.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CommandSchema {
    /// JSON Schema of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Value>,
    /// JSON Schema of the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Value>,
}

impl CommandSchema {
    /// Returns the schema of a command that takes and returns nothing.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Returns a schema that lets any object through in both directions.
    pub fn permissive() -> Self {
        let any = || Some(serde_json::json!({"type": "object", "additionalProperties": true}));
        Self {
            request: any(),
            response: any(),
        }
    }

    /// Sets the request schema.
    #[must_use]
    pub fn with_request(mut self, schema: Value) -> Self {
        self.request = Some(schema);
        self
    }

    /// Sets the response schema.
    #[must_use]
    pub fn with_response(mut self, schema: Value) -> Self {
        self.response = Some(schema);
        self
    }
}

/// What a registry says of one command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommandDef {
    /// The id it is called by.
    pub id: String,
    /// A sentence for people and models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its shapes; absent means unknown.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "optional_object"
    )]
    pub schema: Option<CommandSchema>,
}

/// Reads an object or `null`. A derived `Deserialize` would take an array of the members too.
fn optional_object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Object<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
        type Value = Option<T>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map)).map(Some)
        }
    }

    deserializer.deserialize_any(Object(PhantomData))
}

macro_rules! literal {
    ($(#[$doc:meta])* $name:ident, $value:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct $name;

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_bool($value)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match bool::deserialize(deserializer)? {
                    $value => Ok(Self),
                    _ => Err(D::Error::custom(concat!("expected `", $value, "`"))),
                }
            }
        }
    };
}

literal!(
    /// The literal `true`.
    True,
    true
);
literal!(
    /// The literal `false`.
    False,
    false
);

/// The answer to a registration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RegisterResult {
    /// Accepted.
    Ok {
        /// Always `true`.
        ok: True,
    },
    /// Refused.
    Err {
        /// Always `false`.
        ok: False,
        /// Why.
        error: RegisterErrorCode,
    },
}

impl RegisterResult {
    /// Returns the positive answer.
    pub fn accepted() -> Self {
        Self::Ok { ok: True }
    }

    /// Returns the only negative answer there is.
    pub fn duplicate() -> Self {
        Self::Err {
            ok: False,
            error: RegisterErrorCode::DuplicateCommand,
        }
    }
}

/// Why a call failed, as it travels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExecuteError {
    /// One of five codes.
    pub code: ExecuteErrorCode,
    /// Free text.
    pub message: String,
}

impl ExecuteError {
    /// Makes an error.
    pub fn new(code: ExecuteErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}

/// The answer to a call.
#[derive(Debug, Clone, PartialEq)]
pub enum ExecuteResult {
    /// The command succeeded.
    Ok {
        /// Always `true`.
        ok: True,
        /// What it returned, if anything.
        result: Option<Payload>,
    },
    /// The command or the bus failed.
    Err {
        /// Always `false`.
        ok: False,
        /// Why.
        error: ExecuteError,
    },
}

impl ExecuteResult {
    /// Turns the wire form into a `Result`.
    pub fn into_result(self) -> Result<Option<Payload>, ExecuteError> {
        match self {
            Self::Ok { result, .. } => Ok(result),
            Self::Err { error, .. } => Err(error),
        }
    }
}

impl From<Result<Option<Payload>, ExecuteError>> for ExecuteResult {
    fn from(result: Result<Option<Payload>, ExecuteError>) -> Self {
        match result {
            Ok(result) => Self::Ok { ok: True, result },
            Err(error) => Self::Err { ok: False, error },
        }
    }
}

impl Serialize for ExecuteResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            ok: bool,
            #[serde(skip_serializing_if = "Option::is_none")]
            result: Option<&'a Payload>,
            #[serde(skip_serializing_if = "Option::is_none")]
            error: Option<&'a ExecuteError>,
        }
        match self {
            Self::Ok { result, .. } => Body {
                ok: true,
                result: result.as_ref(),
                error: None,
            },
            Self::Err { error, .. } => Body {
                ok: false,
                result: None,
                error: Some(error),
            },
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ExecuteResult {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Body {
            ok: bool,
            #[serde(default)]
            result: Option<Payload>,
            // Looked at only when it counts: a stray error beside `ok: true` may be anything.
            #[serde(default)]
            error: Option<Value>,
        }
        let body = Body::deserialize(deserializer)?;
        match (body.ok, body.error) {
            (true, _) => Ok(Ok(body.result.and_then(Payload::non_null)).into()),
            (false, Some(error)) => {
                let error = ExecuteError::deserialize(error).map_err(D::Error::custom)?;
                Ok(Err(error).into())
            }
            (false, None) => Err(D::Error::missing_field("error")),
        }
    }
}

/// One message between two registries.
///
/// `Serialize` and `Deserialize` speak the wire format of [`crate::wire`], through `serde_json` only.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // the fields are the members of the wire format, described in `spec/protocol.md`
pub enum Message {
    /// Announces one command, or with `cmdbus-withdraw` in `meta` takes it back.
    RegisterCommandRequest {
        id: MessageId,
        meta: Option<MessageMeta>,
        command: CommandDef,
    },
    /// Answers an announcement.
    RegisterCommandResponse {
        id: MessageId,
        meta: Option<MessageMeta>,
        thid: MessageId,
        response: RegisterResult,
    },
    /// Asks for the commands that are local to the other side.
    ListCommandsRequest {
        id: MessageId,
        meta: Option<MessageMeta>,
    },
    /// Lists commands.
    ListCommandsResponse {
        id: MessageId,
        meta: Option<MessageMeta>,
        thid: MessageId,
        commands: Vec<CommandDef>,
    },
    /// Calls a command.
    ExecuteCommandRequest {
        id: MessageId,
        meta: Option<MessageMeta>,
        command_id: String,
        request: Option<Payload>,
    },
    /// Answers a call.
    ExecuteCommandResponse {
        id: MessageId,
        meta: Option<MessageMeta>,
        thid: MessageId,
        response: ExecuteResult,
    },
    /// Tells everybody; nobody answers.
    Event {
        id: MessageId,
        meta: Option<MessageMeta>,
        event_id: String,
        payload: Option<Payload>,
    },
}

impl Message {
    /// Returns the message's own id.
    pub fn id(&self) -> MessageId {
        match self {
            Self::RegisterCommandRequest { id, .. }
            | Self::RegisterCommandResponse { id, .. }
            | Self::ListCommandsRequest { id, .. }
            | Self::ListCommandsResponse { id, .. }
            | Self::ExecuteCommandRequest { id, .. }
            | Self::ExecuteCommandResponse { id, .. }
            | Self::Event { id, .. } => *id,
        }
    }

    /// Returns the id of the request that this message answers, if it is a response.
    pub fn thid(&self) -> Option<MessageId> {
        match self {
            Self::RegisterCommandResponse { thid, .. }
            | Self::ListCommandsResponse { thid, .. }
            | Self::ExecuteCommandResponse { thid, .. } => Some(*thid),
            _ => None,
        }
    }

    /// Returns the `_meta` envelope, if there is one.
    pub fn meta(&self) -> Option<&MessageMeta> {
        match self {
            Self::RegisterCommandRequest { meta, .. }
            | Self::RegisterCommandResponse { meta, .. }
            | Self::ListCommandsRequest { meta, .. }
            | Self::ListCommandsResponse { meta, .. }
            | Self::ExecuteCommandRequest { meta, .. }
            | Self::ExecuteCommandResponse { meta, .. }
            | Self::Event { meta, .. } => meta.as_ref(),
        }
    }

    /// Returns the `type` member.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::RegisterCommandRequest { .. } => "register.command.request",
            Self::RegisterCommandResponse { .. } => "register.command.response",
            Self::ListCommandsRequest { .. } => "list.commands.request",
            Self::ListCommandsResponse { .. } => "list.commands.response",
            Self::ExecuteCommandRequest { .. } => "execute.command.request",
            Self::ExecuteCommandResponse { .. } => "execute.command.response",
            Self::Event { .. } => "event",
        }
    }
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // One encoder for serde and for the transports, so that the two cannot drift apart.
        let text =
            String::from_utf8(wire::encode_to_vec(self)).map_err(serde::ser::Error::custom)?;
        RawValue::from_string(text)
            .map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let frame = String::from(Box::<str>::from(raw)).into_bytes().into();
        wire::decode_strict(frame).map_err(D::Error::custom)
    }
}
