//! Messages as JSON text: one decoder and one encoder for every transport.
//!
//! Decoding keeps payloads as slices of the frame; encoding writes an envelope around them. What
//! a decoder must accept and refuse is in `spec/protocol.md`.

mod quick;

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::error::ExecuteErrorCode;
use crate::message::{
    CommandDef, CommandSchema, ExecuteError, ExecuteResult, Message, MessageId, MessageMeta,
    RegisterResult,
};
use crate::payload::{Payload, value_depth};
use crate::scan::{self, Found, MAX_DEPTH, ScanError, Scanner};

/// Bounds on what a byte transport takes and sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FrameLimits {
    /// Longest frame in bytes, without its terminator. Default 16 MiB.
    pub frame_bytes: usize,
    /// Most definitions taken from one list response; the surplus is skipped. Default 10 000.
    pub definitions: usize,
}

impl Default for FrameLimits {
    fn default() -> Self {
        Self {
            frame_bytes: 16 << 20,
            definitions: 10_000,
        }
    }
}

impl FrameLimits {
    /// Sets the longest frame, in bytes.
    #[must_use]
    pub fn frame_bytes(mut self, bytes: usize) -> Self {
        self.frame_bytes = bytes;
        self
    }

    /// Sets how many definitions one list response may hold.
    #[must_use]
    pub fn definitions(mut self, count: usize) -> Self {
        self.definitions = count;
        self
    }
}

/// How far into a frame over a limit its `type` and `id` are looked for, in bytes.
pub const PREFIX_BYTES: usize = 4096;

/// Stands in for ids that peers do not write as lower-case hyphenated UUIDs.
///
/// A transport keeps one per connection: the id of a request must come back in the reply exactly as
/// it was written.
pub trait ForeignIds {
    /// Returns an id for a request whose id is the other text; `None` to refuse such ids.
    fn request(&mut self, text: &str) -> Option<MessageId>;
    /// Returns the id that stands for an event's text, always the same for the same text.
    fn event(&mut self, text: &str) -> Option<MessageId>;
    /// Returns, and forgets, the text of a request that is being answered.
    fn take_request(&mut self, id: MessageId) -> Option<Arc<str>>;
    /// Returns the text of an event that is being passed on.
    fn original_event(&mut self, id: MessageId) -> Option<Arc<str>>;
}

/// Takes no ids but UUIDs, in any spelling.
struct UuidOnly;

impl ForeignIds for UuidOnly {
    fn request(&mut self, text: &str) -> Option<MessageId> {
        Uuid::try_parse(text).ok()
    }
    fn event(&mut self, text: &str) -> Option<MessageId> {
        Uuid::try_parse(text).ok()
    }
    fn take_request(&mut self, _: MessageId) -> Option<Arc<str>> {
        None
    }
    fn original_event(&mut self, _: MessageId) -> Option<Arc<str>> {
        None
    }
}

/// What is wrong with a frame. The text never quotes the frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// Not a JSON object, seen at this byte.
    #[error("not a JSON object (byte {0})")]
    NotJson(usize),
    /// Nested deeper than 128 levels.
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// Longer than the limit.
    #[error("longer than {0} bytes")]
    TooLong(usize),
    /// A `type` that is not one of the seven.
    #[error("unknown message type")]
    UnknownType,
    /// A required member is absent.
    #[error("missing member `{0}`")]
    Missing(&'static str),
    /// A member has the wrong type or form.
    #[error("malformed member `{0}`")]
    Malformed(&'static str),
    /// A member stands twice.
    #[error("duplicate member `{0}`")]
    Duplicate(&'static str),
}

impl From<ScanError> for FrameError {
    fn from(error: ScanError) -> Self {
        match error {
            ScanError::Syntax(at) => Self::NotJson(at),
            ScanError::TooDeep => Self::TooDeep,
        }
    }
}

/// What a frame turned out to be.
#[derive(Debug, PartialEq)]
pub enum Decoded {
    /// A message for the registry. A response that could not be read is here as a failure of its call.
    Message(Message),
    /// A request over a limit, and the answer that goes back on the same connection.
    Refused(Message, FrameError),
    /// Nothing that can be answered. Dropped, and the connection goes on.
    Dropped(FrameError),
    /// A list of which only the first definitions were taken, and how many were skipped.
    Truncated(Message, usize),
}

/// Reads one frame.
pub fn decode(frame: Bytes, limits: &FrameLimits, ids: &mut dyn ForeignIds) -> Decoded {
    if frame.len() > limits.frame_bytes {
        let prefix = &frame[..frame.len().min(PREFIX_BYTES)];
        return over_limit(prefix, FrameError::TooLong(limits.frame_bytes), ids);
    }
    if !frame.is_ascii() && std::str::from_utf8(&frame).is_err() {
        return salvage(&frame, FrameError::NotUtf8);
    }
    // A frame that did not come on a line may be printed over several; payloads never are.
    let frame = if memchr::memchr2(b'\n', b'\r', &frame).is_some() {
        if scan::line_break_in_string(&frame) {
            return salvage(&frame, FrameError::NotJson(0));
        }
        let mut text = frame.to_vec();
        scan::newlines_to_spaces(&mut text);
        Bytes::from(text)
    } else {
        frame
    };
    match quick::read(&frame) {
        Some(message) => Decoded::Message(message),
        None => decode_in_full(frame, limits, ids),
    }
}

/// Reads a frame of any kind that is known to be UTF-8 without line breaks.
fn decode_in_full(frame: Bytes, limits: &FrameLimits, ids: &mut dyn ForeignIds) -> Decoded {
    let envelope = match Envelope::scan(&frame) {
        Ok(envelope) => envelope,
        Err(FrameError::TooDeep) => {
            let prefix = &frame[..frame.len().min(PREFIX_BYTES)];
            return over_limit(prefix, FrameError::TooDeep, ids);
        }
        Err(error) => return salvage(&frame, error),
    };
    let mut skipped = 0;
    match envelope.read(&frame, limits.definitions, ids, &mut skipped) {
        Ok(message) if skipped > 0 => Decoded::Truncated(message, skipped),
        Ok(message) => Decoded::Message(message),
        Err(error) => match envelope.unreadable_response(&frame, &error) {
            Some(failure) => Decoded::Message(failure),
            None => Decoded::Dropped(error),
        },
    }
}

/// Tells the asker, if a frame that is no JSON object begins like the answer to a call.
fn salvage(frame: &[u8], error: FrameError) -> Decoded {
    let mut begun = Envelope::default();
    if let Ok(mut scanner) = Scanner::open(frame, b'{', 0) {
        while let Ok(Some((key, value))) = scanner.member() {
            match &*key {
                b"type" => begun.kind = Some(value),
                b"thid" => begun.thid = Some(value),
                _ => {}
            }
        }
    }
    match begun.unreadable_response(frame, &error) {
        Some(failure) => Decoded::Message(failure),
        None => Decoded::Dropped(error),
    }
}

/// Reads what is to be said of a frame over a limit from its first [`PREFIX_BYTES`].
pub fn over_limit(prefix: &[u8], error: FrameError, ids: &mut dyn ForeignIds) -> Decoded {
    let (mut kind, mut id, mut thid) = (None, None, None);
    if let Ok(mut scanner) = Scanner::open(prefix, b'{', 0).map(Scanner::any_depth) {
        while let Ok(Some((key, value))) = scanner.member() {
            let slot = match &*key {
                b"type" => &mut kind,
                b"id" => &mut id,
                b"thid" => &mut thid,
                _ => continue,
            };
            // A scalar that reaches the end of the prefix may have been cut; a string is whole.
            *slot = serde_json::from_slice::<String>(&prefix[value.range]).ok();
        }
    }
    match (kind.as_deref(), id, thid) {
        (Some("execute.command.request"), Some(id), _) if !id.is_empty() => {
            match request_id(&id, ids) {
                Some(thid) => Decoded::Refused(
                    failure(
                        thid,
                        ExecuteErrorCode::InvalidRequest,
                        format!("the request is {error}"),
                    ),
                    error,
                ),
                None => Decoded::Dropped(error),
            }
        }
        (Some("execute.command.response"), _, Some(thid)) => match Uuid::try_parse(&thid) {
            Ok(thid) => Decoded::Message(failure(
                thid,
                ExecuteErrorCode::InternalError,
                format!("the reply is {error}"),
            )),
            Err(_) => Decoded::Dropped(error),
        },
        _ => Decoded::Dropped(error),
    }
}

/// Reads one frame that may use no ids but UUIDs, for `serde`.
pub(crate) fn decode_strict(frame: Bytes) -> Result<Message, FrameError> {
    let mut text = frame.to_vec();
    scan::newlines_to_spaces(&mut text);
    let frame = Bytes::from(text);
    let envelope = Envelope::scan(&frame)?;
    let message = envelope.read(&frame, usize::MAX, &mut UuidOnly, &mut 0)?;
    // What stands in for ids that answer nothing of ours is for transports.
    match (message.id().is_nil(), message.thid()) {
        (true, _) if !envelope.spells_uuid(&frame, "id") => Err(FrameError::Malformed("id")),
        (_, Some(thid)) if thid.is_nil() && !envelope.spells_uuid(&frame, "thid") => {
            Err(FrameError::Malformed("thid"))
        }
        _ => Ok(message),
    }
}

fn failure(thid: MessageId, code: ExecuteErrorCode, message: String) -> Message {
    Message::ExecuteCommandResponse {
        id: Uuid::new_v4(),
        meta: None,
        thid,
        response: Err(ExecuteError::new(code, message)).into(),
    }
}

/// Length of a UUID as we write them.
const HYPHENATED: usize = uuid::fmt::Hyphenated::LENGTH;

/// Values of hexadecimal digits, as we write them; [`NO_DIGIT`] for everything else.
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        digits[b"0123456789abcdef"[value] as usize] = value as u8;
        value += 1;
    }
    digits
};
const NO_DIGIT: u8 = 0xff;

/// Where the two digits of each byte begin, and what is between them.
const PAIRS: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// Returns the id if a text is a UUID as we write them.
fn canonical(text: &[u8; HYPHENATED]) -> Option<MessageId> {
    let mut bytes = [0; 16];
    let mut wrong = HYPHENS
        .iter()
        .fold(0, |wrong, &at| wrong | (text[at] ^ b'-'));
    for (byte, &at) in bytes.iter_mut().zip(&PAIRS) {
        let (high, low) = (DIGITS[text[at] as usize], DIGITS[text[at + 1] as usize]);
        // Of digits, four bits are set at most.
        wrong |= (high | low) & !0xf;
        *byte = high << 4 | low;
    }
    (wrong == 0).then_some(Uuid::from_bytes(bytes))
}

/// As [`canonical`], of a text of any length.
fn canonical_text(text: &str) -> Option<MessageId> {
    canonical(text.as_bytes().try_into().ok()?)
}

fn request_id(text: &str, ids: &mut dyn ForeignIds) -> Option<MessageId> {
    canonical_text(text).or_else(|| ids.request(text))
}

/// Where the known members of a frame are.
#[derive(Default)]
struct Envelope {
    kind: Option<Found>,
    id: Option<Found>,
    meta: Option<Found>,
    thid: Option<Found>,
    command: Option<Found>,
    commands: Option<Found>,
    command_id: Option<Found>,
    request: Option<Found>,
    response: Option<Found>,
    event_id: Option<Found>,
    payload: Option<Found>,
    /// A known member that stands twice.
    duplicate: Option<&'static str>,
}

impl Envelope {
    fn scan(frame: &[u8]) -> Result<Self, FrameError> {
        let mut found = Self::default();
        let mut scanner = Scanner::open(frame, b'{', 0)?;
        while let Some((key, value)) = scanner.member()? {
            let (name, slot) = match &*key {
                b"type" => ("type", &mut found.kind),
                b"id" => ("id", &mut found.id),
                b"_meta" => ("_meta", &mut found.meta),
                b"thid" => ("thid", &mut found.thid),
                b"command" => ("command", &mut found.command),
                b"commands" => ("commands", &mut found.commands),
                b"commandId" => ("commandId", &mut found.command_id),
                b"request" => ("request", &mut found.request),
                b"response" => ("response", &mut found.response),
                b"eventId" => ("eventId", &mut found.event_id),
                b"payload" => ("payload", &mut found.payload),
                _ => continue,
            };
            if slot.replace(value).is_some() {
                found.duplicate = Some(name);
            }
        }
        scanner.end()?;
        Ok(found)
    }

    /// Returns whether the member `id` or `thid` is a UUID in some spelling.
    fn spells_uuid(&self, frame: &[u8], name: &'static str) -> bool {
        let found = if name == "id" { &self.id } else { &self.thid };
        string(frame, found, name).is_ok_and(|text| Uuid::try_parse(&text).is_ok())
    }

    fn read(
        &self,
        frame: &Bytes,
        max_definitions: usize,
        ids: &mut dyn ForeignIds,
        skipped: &mut usize,
    ) -> Result<Message, FrameError> {
        if let Some(name) = self.duplicate {
            return Err(FrameError::Duplicate(name));
        }
        let kind = string(frame, &self.kind, "type")?;
        let kind = match &*kind {
            "register.command.request" => Kind::RegisterRequest,
            "register.command.response" => Kind::RegisterResponse,
            "list.commands.request" => Kind::ListRequest,
            "list.commands.response" => Kind::ListResponse,
            "execute.command.request" => Kind::ExecuteRequest,
            "execute.command.response" => Kind::ExecuteResponse,
            "event" => Kind::Event,
            _ => return Err(FrameError::UnknownType),
        };
        let id_text = non_empty(frame, &self.id, "id")?;
        let id_text = &*id_text;
        let meta = match &self.meta {
            None => None,
            Some(found) => read_json::<Option<MessageMeta>>(frame, found, "_meta")?,
        };
        let thid = || {
            // An answer to something we did not write as a UUID answers nothing of ours.
            string(frame, &self.thid, "thid").map(|text| Uuid::try_parse(&text).unwrap_or_default())
        };
        let id = match kind {
            Kind::Event => canonical_text(id_text).or_else(|| ids.event(id_text)),
            Kind::RegisterRequest | Kind::ListRequest | Kind::ExecuteRequest => {
                // Asked for last: it may make an entry that only a complete request should make.
                None
            }
            // Nobody answers a response, so its own id needs no way back.
            _ => Some(Uuid::try_parse(id_text).unwrap_or_default()),
        };
        let mut own_id = || {
            id.or_else(|| request_id(id_text, ids))
                .ok_or(FrameError::Malformed("id"))
        };
        Ok(match kind {
            Kind::RegisterRequest => {
                let found = self
                    .command
                    .as_ref()
                    .ok_or(FrameError::Missing("command"))?;
                let command = definition(frame, found)?;
                Message::RegisterCommandRequest {
                    id: own_id()?,
                    meta,
                    command,
                }
            }
            Kind::RegisterResponse => {
                let found = self
                    .response
                    .as_ref()
                    .ok_or(FrameError::Missing("response"))?;
                let response: RegisterResult = read_object(frame, found, "response")?;
                Message::RegisterCommandResponse {
                    id: own_id()?,
                    meta,
                    thid: thid()?,
                    response,
                }
            }
            Kind::ListRequest => Message::ListCommandsRequest {
                id: own_id()?,
                meta,
            },
            Kind::ListResponse => {
                let found = self
                    .commands
                    .as_ref()
                    .ok_or(FrameError::Missing("commands"))?;
                let text = &frame[found.range.clone()];
                let mut items =
                    Scanner::open(text, b'[', 1).map_err(|_| FrameError::Malformed("commands"))?;
                let mut commands = Vec::new();
                while let Some(item) = items.item()? {
                    if commands.len() < max_definitions {
                        commands.push(definition(text, &item)?);
                    } else {
                        *skipped += 1;
                    }
                }
                Message::ListCommandsResponse {
                    id: own_id()?,
                    meta,
                    thid: thid()?,
                    commands,
                }
            }
            Kind::ExecuteRequest => {
                let command_id = non_empty(frame, &self.command_id, "commandId")?;
                Message::ExecuteCommandRequest {
                    id: own_id()?,
                    meta,
                    command_id: command_id.into_owned(),
                    request: payload(frame, 0, &self.request),
                }
            }
            Kind::ExecuteResponse => Message::ExecuteCommandResponse {
                id: own_id()?,
                meta,
                thid: thid()?,
                response: self.execute_result(frame)?,
            },
            Kind::Event => {
                let event_id = non_empty(frame, &self.event_id, "eventId")?;
                Message::Event {
                    id: own_id()?,
                    meta,
                    event_id: event_id.into_owned(),
                    payload: payload(frame, 0, &self.payload),
                }
            }
        })
    }

    fn execute_result(&self, frame: &Bytes) -> Result<ExecuteResult, FrameError> {
        let body = self
            .response
            .as_ref()
            .ok_or(FrameError::Missing("response"))?;
        let (text, at) = (&frame[body.range.clone()], body.range.start);
        let mut scanner =
            Scanner::open(text, b'{', 1).map_err(|_| FrameError::Malformed("response"))?;
        let (mut ok, mut result, mut error) = (None, None, None);
        while let Some((key, value)) = scanner.member()? {
            let (name, slot) = match &*key {
                b"ok" => ("ok", &mut ok),
                b"result" => ("result", &mut result),
                b"error" => ("error", &mut error),
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return Err(FrameError::Duplicate(name));
            }
        }
        let ok = ok.ok_or(FrameError::Missing("ok"))?;
        match &text[ok.range] {
            b"true" => Ok(Ok(payload(frame, at, &result)).into()),
            b"false" => {
                let error = error.ok_or(FrameError::Missing("error"))?;
                let error: ExecuteError = read_object(text, &error, "error")?;
                Ok(Err(error).into())
            }
            _ => Err(FrameError::Malformed("ok")),
        }
    }

    /// Turns a reply that cannot be read into a failure of the call it answers, so that the caller
    /// does not wait for its time limit.
    fn unreadable_response(&self, frame: &[u8], error: &FrameError) -> Option<Message> {
        if matches!(self.duplicate, Some("type" | "thid"))
            || string(frame, &self.kind, "type").ok()? != "execute.command.response"
        {
            return None;
        }
        let thid = Uuid::try_parse(&string(frame, &self.thid, "thid").ok()?).ok()?;
        let foreign = self
            .response
            .as_ref()
            .and_then(|body| serde_json::from_slice::<Value>(&frame[body.range.clone()]).ok())
            .unwrap_or_default();
        let foreign = &foreign["error"];
        let message = match foreign["code"].as_str() {
            Some(code) if ExecuteErrorCode::from_wire(code).is_none() => format!(
                "the peer answered with the unknown error code `{code}`: {}",
                foreign["message"].as_str().unwrap_or("no message")
            ),
            Some(code) => format!("the peer's reply `{code}` could not be read: {error}"),
            None => format!("the peer's reply could not be read: {error}"),
        };
        Some(failure(thid, ExecuteErrorCode::InternalError, message))
    }
}

#[derive(Clone, Copy)]
enum Kind {
    RegisterRequest,
    RegisterResponse,
    ListRequest,
    ListResponse,
    ExecuteRequest,
    ExecuteResponse,
    Event,
}

fn read_json<'a, T: Deserialize<'a>>(
    text: &'a [u8],
    found: &Found,
    name: &'static str,
) -> Result<T, FrameError> {
    serde_json::from_slice(&text[found.range.clone()]).map_err(|_| FrameError::Malformed(name))
}

/// Reads an object. A derived `Deserialize` would take an array of the members too.
fn read_object<'a, T: Deserialize<'a>>(
    text: &'a [u8],
    found: &Found,
    name: &'static str,
) -> Result<T, FrameError> {
    if text[found.range.start] != b'{' {
        return Err(FrameError::Malformed(name));
    }
    read_json(text, found, name)
}

fn string<'a>(
    text: &'a [u8],
    found: &Option<Found>,
    name: &'static str,
) -> Result<Cow<'a, str>, FrameError> {
    let found = found.as_ref().ok_or(FrameError::Missing(name))?;
    if let [b'"', plain @ .., b'"'] = &text[found.range.clone()]
        && plain.iter().fold(true, |plain, &byte| {
            plain & (byte >= b' ') & (byte != b'\\')
        })
        && let Ok(plain) = std::str::from_utf8(plain)
    {
        return Ok(Cow::Borrowed(plain));
    }
    read_json(text, found, name).map(Cow::Owned)
}

fn non_empty<'a>(
    text: &'a [u8],
    found: &Option<Found>,
    name: &'static str,
) -> Result<Cow<'a, str>, FrameError> {
    string(text, found, name).and_then(|text| {
        if text.is_empty() {
            Err(FrameError::Malformed(name))
        } else {
            Ok(text)
        }
    })
}

fn definition(text: &[u8], found: &Found) -> Result<CommandDef, FrameError> {
    let command: CommandDef = read_object(text, found, "command")?;
    if command.id.is_empty() {
        return Err(FrameError::Malformed("command.id"));
    }
    Ok(command)
}

/// Payloads up to this size are copied out of their frame. Larger ones are a slice of it, which costs nothing but keeps the whole frame
/// in memory, and what it is a slice of itself: for a channel that reads 64 KiB at a time, at most four times as much as is counted.
pub const COPY_LIMIT: usize = 16 << 10;

/// Takes a payload, found `at` so many bytes after the beginning of the frame, out of it; `null` counts as none.
fn payload(frame: &Bytes, at: usize, found: &Option<Found>) -> Option<Payload> {
    let found = found.as_ref()?;
    let range = at + found.range.start..at + found.range.end;
    let text = if range.len() <= COPY_LIMIT {
        Bytes::copy_from_slice(&frame[range])
    } else {
        frame.slice(range)
    };
    Payload::from_scanned(text, found.depth).non_null()
}

/// From this size on, a payload is handed to the transport as it is instead of being copied next to its envelope.
const SEPARATE_PAYLOAD: usize = 8 << 10;

/// A message ready to be written: up to three pieces, in order, without line breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedFrame {
    head: Vec<u8>,
    payload: Bytes,
    tail: &'static [u8],
}

impl EncodedFrame {
    /// Returns the length in bytes.
    #[allow(clippy::len_without_is_empty)] // there is no empty message
    pub fn len(&self) -> usize {
        self.head.len() + self.payload.len() + self.tail.len()
    }

    /// Returns the pieces in the order in which they are written. The middle one may be large and is
    /// shared with the message; the others are small.
    pub fn pieces(&self) -> [&[u8]; 3] {
        [&self.head, &self.payload, self.tail]
    }

    /// Appends the text to `out`.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        for piece in self.pieces() {
            out.extend_from_slice(piece);
        }
    }
}

/// Encodes a message for a transport.
///
/// # Errors
/// The message is over a limit. The text names the limit; the message was not sent, and others may be.
pub fn encode(
    message: &Message,
    limits: &FrameLimits,
    ids: &mut dyn ForeignIds,
) -> Result<EncodedFrame, FrameError> {
    let (payload, levels_above) = match message {
        Message::ExecuteCommandRequest { request, .. } => (request.as_ref(), 1),
        Message::ExecuteCommandResponse {
            response: ExecuteResult::Ok { result, .. },
            ..
        } => (result.as_ref(), 2),
        Message::Event { payload, .. } => (payload.as_ref(), 1),
        _ => (None, 0),
    };
    if payload.is_some_and(|payload| payload.depth() + levels_above > MAX_DEPTH)
        || envelope_depth(message) > MAX_DEPTH
    {
        return Err(FrameError::TooDeep);
    }
    let event = match message {
        Message::Event { id, .. } => ids.original_event(*id),
        _ => None,
    };
    let too_long = FrameError::TooLong(limits.frame_bytes);
    let frame = assemble(message, event.as_deref(), None);
    if frame.len() > limits.frame_bytes {
        // The original text of the request's id is still there for whatever is sent instead.
        return Err(too_long);
    }
    let Some((thid, text)) = message
        .thid()
        .and_then(|thid| Some((thid, ids.take_request(thid)?)))
    else {
        return Ok(frame);
    };
    let frame = assemble(message, None, Some(&text));
    if frame.len() <= limits.frame_bytes {
        return Ok(frame);
    }
    // It is the text of the id that makes the answer too long, and the text has been forgotten now.
    let instead = failure(
        thid,
        ExecuteErrorCode::InternalError,
        format!("the result is {too_long}"),
    );
    let frame = assemble(&instead, None, Some(&text));
    if matches!(message, Message::ExecuteCommandResponse { .. })
        && frame.len() <= limits.frame_bytes
    {
        Ok(frame)
    } else {
        Err(too_long)
    }
}

/// Returns how deep a frame nests outside its payload.
fn envelope_depth(message: &Message) -> usize {
    let meta = message.meta().map_or(0, |meta| {
        2 + meta.extra.values().map(value_depth).max().unwrap_or(0)
    });
    let schemas = |command: &CommandDef| {
        let slots = command.schema.iter().flat_map(|schema| {
            let CommandSchema { request, response } = schema;
            request.iter().chain(response)
        });
        slots.map(value_depth).max().unwrap_or(0)
    };
    let definitions = match message {
        Message::RegisterCommandRequest { command, .. } => 3 + schemas(command),
        Message::ListCommandsResponse { commands, .. } => {
            4 + commands.iter().map(schemas).max().unwrap_or(0)
        }
        _ => 0,
    };
    meta.max(definitions)
}

/// Encodes a message as contiguous text, whatever its size.
pub(crate) fn encode_to_vec(message: &Message) -> Vec<u8> {
    let frame = assemble(message, None, None);
    let mut text = Vec::with_capacity(frame.len());
    frame.write_to(&mut text);
    text
}

/// Writes a message, with these texts in place of an event's id and of the id it answers.
fn assemble(message: &Message, event: Option<&str>, thid_text: Option<&str>) -> EncodedFrame {
    let mut out = Writer {
        head: Vec::with_capacity(256),
        payload: Bytes::new(),
        tail: b"",
    };
    out.raw(b"{\"type\":\"");
    out.raw(message.type_name().as_bytes());
    out.raw(b"\",\"id\":");
    match event {
        Some(text) => out.json(text),
        None => out.uuid(message.id()),
    }
    if let Some(meta) = message.meta() {
        out.raw(b",\"_meta\":");
        out.json(meta);
    }
    if let Some(thid) = message.thid() {
        out.raw(b",\"thid\":");
        match thid_text {
            Some(text) => out.json(text),
            None => out.uuid(thid),
        }
    }
    match message {
        Message::RegisterCommandRequest { command, .. } => {
            out.raw(b",\"command\":");
            out.json(command);
            out.raw(b"}");
        }
        Message::RegisterCommandResponse { response, .. } => {
            out.raw(b",\"response\":");
            out.json(response);
            out.raw(b"}");
        }
        Message::ListCommandsRequest { .. } => out.raw(b"}"),
        Message::ListCommandsResponse { commands, .. } => {
            out.raw(b",\"commands\":");
            out.json(commands);
            out.raw(b"}");
        }
        Message::ExecuteCommandRequest {
            command_id,
            request,
            ..
        } => {
            out.raw(b",\"commandId\":");
            out.json(command_id);
            out.payload(b",\"request\":", request.as_ref(), b"}");
        }
        Message::ExecuteCommandResponse { response, .. } => match response {
            ExecuteResult::Ok { result, .. } => {
                out.raw(b",\"response\":{\"ok\":true");
                out.payload(b",\"result\":", result.as_ref(), b"}}");
            }
            ExecuteResult::Err { error, .. } => {
                out.raw(b",\"response\":{\"ok\":false,\"error\":");
                out.json(error);
                out.raw(b"}}");
            }
        },
        Message::Event {
            event_id, payload, ..
        } => {
            out.raw(b",\"eventId\":");
            out.json(event_id);
            out.payload(b",\"payload\":", payload.as_ref(), b"}");
        }
    }
    EncodedFrame {
        head: out.head,
        payload: out.payload,
        tail: out.tail,
    }
}

struct Writer {
    head: Vec<u8>,
    payload: Bytes,
    tail: &'static [u8],
}

impl Writer {
    fn raw(&mut self, text: &[u8]) {
        self.head.extend_from_slice(text);
    }

    fn json<T: serde::Serialize + ?Sized>(&mut self, value: &T) {
        serde_json::to_writer(&mut self.head, value)
            .expect("the envelope types have string keys only, and a `Vec` takes every byte");
    }

    fn uuid(&mut self, id: Uuid) {
        let mut buffer = Uuid::encode_buffer();
        self.head.push(b'"');
        self.head
            .extend_from_slice(id.hyphenated().encode_lower(&mut buffer).as_bytes());
        self.head.push(b'"');
    }

    /// Writes the payload, if any, and what closes the message after it.
    fn payload(&mut self, name: &[u8], payload: Option<&Payload>, close: &'static [u8]) {
        let Some(payload) = payload else {
            return self.raw(close);
        };
        self.raw(name);
        match payload.as_text() {
            Some(text) if text.len() >= SEPARATE_PAYLOAD => {
                self.payload = text.clone();
                self.tail = close;
            }
            Some(text) => {
                self.head.extend_from_slice(text);
                self.raw(close);
            }
            None => {
                self.raw(&payload.to_json());
                self.raw(close);
            }
        }
    }
}

/// Returns whether a piece of text is a whole JSON value, without keeping it. For transports that
/// must tell protocol from noise.
pub fn is_json(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::extension::Features;
    use crate::node::{Inbound, Node, NodeConfig, NodeLimits};

    /// Forwards one call through a node and returns what goes out.
    fn forward(frame: Bytes) -> EncodedFrame {
        let config = NodeConfig {
            name: None,
            features: Features::ALL,
            spans: false,
            router_channel: None,
            request_ttl: Some(Duration::from_secs(30)),
            event_ttl: Some(Duration::from_secs(5)),
            max_in_flight: 256,
            limits: NodeLimits::default(),
        };
        let mut node = Node::<(), ()>::new(config, Uuid::new_v4);
        let now = Instant::now();
        let caller = node.open_session("caller").unwrap();
        let provider = node.open_session("provider").unwrap();
        for session in [caller, provider] {
            node.probe(session).unwrap();
            assert!(node.session_ready(session, now));
        }
        let limits = FrameLimits::default();
        let mut deliver = |from, frame| match decode(frame, &limits, &mut UuidOnly) {
            Decoded::Message(message) => node.handle_message(from, Inbound::new(message), now),
            other => panic!("{other:?}"),
        };
        let register = br#"{"type":"register.command.request","id":"0b6a7c1e-5f0d-4d52-9a3e-2f7f4b1c9a10","command":{"id":"a"}}"#;
        deliver(provider, Bytes::from_static(register));
        deliver(caller, frame);
        let mut batch = VecDeque::new();
        assert!(node.next_outgoing(provider, &mut batch));
        let request = batch.pop_back().unwrap();
        encode(&request.into_message(|| now), &limits, &mut UuidOnly).unwrap()
    }

    fn request(payload: &str) -> Bytes {
        let envelope = r#"{"type":"execute.command.request","id":"f0a4f3de-72b4-4a39-9a07-5f0c6c0f6a3d","commandId":"a","request":"#;
        Bytes::from(format!("{envelope}{payload}}}"))
    }

    #[test]
    fn a_forwarded_payload_of_1_mib_is_the_received_bytes_themselves() {
        let payload = format!(r#"{{"text":"{}"}}"#, "x".repeat(1 << 20));
        let received = request(&payload);
        let within = received.as_ptr_range();
        let sent = forward(received.clone());
        let [_, piece, _] = sent.pieces();
        assert_eq!(piece, payload.as_bytes());
        assert!(
            within.contains(&piece.as_ptr()),
            "the payload has been copied on its way through the node"
        );
    }

    #[test]
    fn a_uuid_is_ours_only_as_we_write_it() {
        let id = Uuid::new_v4();
        let text = id.hyphenated().to_string();
        assert_eq!(canonical_text(&text), Some(id));
        assert_eq!(canonical_text(&id.simple().to_string()), None);
        assert_eq!(canonical_text(&id.braced().to_string()), None);
        for at in 0..text.len() {
            for other in [b'-', b'g', b'A', b'/', b':', b'`', 0xc3] {
                let mut changed: [u8; HYPHENATED] = text.as_bytes().try_into().unwrap();
                let same = changed[at] == other;
                changed[at] = other;
                assert_eq!(canonical(&changed).is_some(), same, "{at} {other}");
            }
        }
    }

    #[test]
    fn a_forwarding_hop_does_not_look_inside_a_payload() {
        // Numbers and literals that are none: a parser would trip over them, balance does not.
        let payload = r#"{"a":01e+,"b":[nul,1..2,]}"#;
        let mut text = Vec::new();
        forward(request(payload)).write_to(&mut text);
        let text = String::from_utf8(text).unwrap();
        assert!(
            text.ends_with(&format!("\"request\":{payload}}}")),
            "{text}"
        );
    }
}
