//! Between messages and frames, with the memory that foreign ids need.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use cmdbus_proto::wire::{self, EncodedFrame, ForeignIds, FrameError, FrameLimits};
use uuid::Uuid;

use crate::error::ChannelError;
use crate::message::{Message, MessageId};

/// Most foreign request ids remembered per connection; the oldest are forgotten first.
const REMEMBERED_REQUESTS: usize = 131_072;
/// Most foreign event ids remembered per process.
const REMEMBERED_EVENTS: usize = 65_536;
/// Most bytes of foreign ids remembered, per connection for requests and per process for events: an id may be as
/// long as a frame.
const REMEMBERED_BYTES: usize = 32 << 20;

/// Encodes and decodes for one connection.
pub(crate) struct Codec {
    limits: FrameLimits,
    requests: Mutex<Remembered>,
    /// Whether the peer has used a foreign id at all, which few ever do.
    any_foreign: AtomicBool,
    dropped: AtomicU64,
}

/// What came in.
pub(crate) enum Incoming {
    Message(Message),
    /// Goes back on the same connection.
    Answer(Message),
    Nothing,
}

impl Codec {
    pub(crate) fn new(limits: FrameLimits) -> Self {
        Self {
            limits,
            requests: Mutex::new(Remembered::new(REMEMBERED_REQUESTS)),
            any_foreign: AtomicBool::new(false),
            dropped: AtomicU64::new(0),
        }
    }

    pub(crate) fn limits(&self) -> &FrameLimits {
        &self.limits
    }

    /// Returns how many frames were not taken.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    pub(crate) fn decode(&self, channel: &str, frame: Bytes) -> Incoming {
        self.judge(channel, wire::decode(frame, &self.limits, &mut Ids(self)))
    }

    /// Judges a frame that was too long to be read, by how it begins.
    #[cfg(any(feature = "unix", feature = "tcp", feature = "stdio"))]
    pub(crate) fn over_limit(&self, channel: &str, prefix: &[u8]) -> Incoming {
        let error = FrameError::TooLong(self.limits.frame_bytes);
        self.judge(channel, wire::over_limit(prefix, error, &mut Ids(self)))
    }

    fn judge(&self, channel: &str, decoded: wire::Decoded) -> Incoming {
        match decoded {
            wire::Decoded::Message(message) => Incoming::Message(message),
            wire::Decoded::Truncated(message, skipped) => {
                let limit = self.limits.definitions;
                tracing::warn!(
                    channel,
                    skipped,
                    limit,
                    "list is too long; the rest is skipped"
                );
                Incoming::Message(message)
            }
            wire::Decoded::Refused(answer, error) => {
                self.count(channel, &error);
                Incoming::Answer(answer)
            }
            wire::Decoded::Dropped(error) => {
                self.count(channel, &error);
                Incoming::Nothing
            }
        }
    }

    /// Counts a frame that was not taken. Says so ever more rarely, so that a peer cannot fill the log.
    fn count(&self, channel: &str, error: &FrameError) {
        let count = self.dropped.fetch_add(1, Ordering::Relaxed) + 1;
        if count.is_power_of_two() {
            tracing::warn!(channel, %error, count, "frame not taken");
        }
    }

    /// Encodes a message.
    ///
    /// # Errors
    /// `Other` if the message is over a limit: this one is refused, others may go.
    pub(crate) fn encode(&self, message: &Message) -> Result<EncodedFrame, ChannelError> {
        wire::encode(message, &self.limits, &mut Ids(self))
            .map_err(|error| ChannelError::Other(format!("{} is {error}", message.type_name())))
    }

    fn requests(&self) -> MutexGuard<'_, Remembered> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Encodes and decodes the messages of one connection for a transport of somebody else's, which carries each as one text.
///
/// ```
/// use cmdbus::channel::{ChannelLimits, Decoded, TextCodec};
///
/// let codec = TextCodec::new("peer-1", ChannelLimits::default());
/// let text = br#"{"type":"event","id":"0f8fad5b-d9cb-469f-a165-70867728950e","eventId":"a.b"}"#;
/// assert!(matches!(codec.decode(text.to_vec().into()), Decoded::Message(_)));
/// ```
#[cfg(feature = "websocket")]
pub struct TextCodec {
    channel: String,
    codec: Codec,
}

/// What a text was.
#[cfg(feature = "websocket")]
#[derive(Debug)]
pub enum Decoded {
    /// A message for the registry.
    Message(Message),
    /// A request that is no good. This answer goes back on the same connection.
    Answer(Message),
    /// Nothing that can be answered. It has been counted.
    Nothing,
}

#[cfg(feature = "websocket")]
impl TextCodec {
    /// Makes a codec for one connection, whose name appears in the log.
    pub fn new(channel: impl Into<String>, limits: super::ChannelLimits) -> Self {
        Self {
            channel: channel.into(),
            codec: Codec::new(limits.frame()),
        }
    }

    /// Reads a text.
    pub fn decode(&self, text: Bytes) -> Decoded {
        match self.codec.decode(&self.channel, text) {
            Incoming::Message(message) => Decoded::Message(message),
            Incoming::Answer(answer) => Decoded::Answer(answer),
            Incoming::Nothing => Decoded::Nothing,
        }
    }

    /// Writes a message.
    ///
    /// # Errors
    /// [`ChannelError::Other`] if it is over a limit: this one is refused, others may go.
    pub fn encode(&self, message: &Message) -> Result<String, ChannelError> {
        let frame = self.codec.encode(message)?;
        let mut text = Vec::with_capacity(frame.len());
        frame.write_to(&mut text);
        String::from_utf8(text).map_err(|error| ChannelError::Other(error.to_string()))
    }
}

#[cfg(feature = "websocket")]
impl std::fmt::Debug for TextCodec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextCodec")
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

/// Stand-ins for foreign ids, oldest first.
struct Remembered {
    texts: HashMap<MessageId, Arc<str>>,
    order: VecDeque<MessageId>,
    bytes: usize,
    capacity: usize,
}

impl Remembered {
    fn new(capacity: usize) -> Self {
        Self {
            texts: HashMap::new(),
            order: VecDeque::new(),
            bytes: 0,
            capacity,
        }
    }

    fn insert(&mut self, id: MessageId, text: &str) {
        if self.texts.contains_key(&id) {
            return;
        }
        self.texts.insert(id, text.into());
        self.bytes += text.len();
        self.order.push_back(id);
        // Entries leave `texts` when they are answered and `order` only here: drop what is stale. The newest stays,
        // however long it is.
        while self.order.len() > 1
            && (self.texts.len() > self.capacity
                || self.order.len() > 2 * self.capacity
                || self.bytes > REMEMBERED_BYTES)
        {
            match self.order.pop_front() {
                Some(oldest) => self.take(oldest),
                None => break,
            };
        }
        while self
            .order
            .front()
            .is_some_and(|oldest| !self.texts.contains_key(oldest))
        {
            self.order.pop_front();
        }
    }

    fn take(&mut self, id: MessageId) -> Option<Arc<str>> {
        let text = self.texts.remove(&id)?;
        self.bytes -= text.len();
        Some(text)
    }
}

static EVENTS: Mutex<Option<Remembered>> = Mutex::new(None);
static ANY_FOREIGN_EVENT: AtomicBool = AtomicBool::new(false);

/// One connection's view of both tables.
struct Ids<'a>(&'a Codec);

impl ForeignIds for Ids<'_> {
    fn request(&mut self, text: &str) -> Option<MessageId> {
        let id = Uuid::new_v4();
        self.0.requests().insert(id, text);
        self.0.any_foreign.store(true, Ordering::Release);
        Some(id)
    }

    fn event(&mut self, text: &str) -> Option<MessageId> {
        // The same text on every connection and in every process gives the same id, so that an event
        // which arrives twice is recognised.
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes());
        EVENTS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert_with(|| Remembered::new(REMEMBERED_EVENTS))
            .insert(id, text);
        ANY_FOREIGN_EVENT.store(true, Ordering::Release);
        Some(id)
    }

    fn take_request(&mut self, id: MessageId) -> Option<Arc<str>> {
        if !self.0.any_foreign.load(Ordering::Acquire) {
            return None;
        }
        self.0.requests().take(id)
    }

    fn original_event(&mut self, id: MessageId) -> Option<Arc<str>> {
        if !ANY_FOREIGN_EVENT.load(Ordering::Acquire) {
            return None;
        }
        let events = EVENTS.lock().unwrap_or_else(PoisonError::into_inner);
        events.as_ref()?.texts.get(&id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(codec: &Codec, text: &str) -> Message {
        match codec.decode("test", Bytes::copy_from_slice(text.as_bytes())) {
            Incoming::Message(message) => message,
            _ => panic!("not a message: {text}"),
        }
    }

    fn encode(codec: &Codec, message: &Message) -> String {
        let mut text = Vec::new();
        codec.encode(message).unwrap().write_to(&mut text);
        String::from_utf8(text).unwrap()
    }

    fn reply_to(message: &Message) -> Message {
        Message::ExecuteCommandResponse {
            id: Uuid::new_v4(),
            meta: None,
            thid: message.id(),
            response: Ok(None).into(),
        }
    }

    #[test]
    fn w16_a_foreign_request_id_comes_back_as_it_was_written() {
        let codec = Codec::new(FrameLimits::default());
        for id in [
            "req-1",
            "F0A4F3DE-72B4-4A39-9A07-5F0C6C0F6A3D",
            "f0a4f3de72b44a399a075f0c6c0f6a3d",
            "ünï\\\"code",
        ] {
            let text =
                serde_json::json!({"type": "execute.command.request", "id": id, "commandId": "a"});
            let request = decode(&codec, &text.to_string());
            let reply: serde_json::Value =
                serde_json::from_str(&encode(&codec, &reply_to(&request))).unwrap();
            assert_eq!(reply["thid"], id);
        }
        assert!(codec.requests().texts.is_empty());
    }

    #[test]
    fn a_uuid_in_our_spelling_stays_what_it_is() {
        let codec = Codec::new(FrameLimits::default());
        let id = "f0a4f3de-72b4-4a39-9a07-5f0c6c0f6a3d";
        let request = decode(
            &codec,
            &format!(r#"{{"type":"list.commands.request","id":"{id}"}}"#),
        );
        assert_eq!(request.id().to_string(), id);
        assert!(!codec.any_foreign.load(Ordering::Acquire));
    }

    #[test]
    fn a_foreign_event_id_is_the_same_on_every_connection_and_goes_out_as_it_came() {
        let (one, other) = (
            Codec::new(FrameLimits::default()),
            Codec::new(FrameLimits::default()),
        );
        let text = r#"{"type":"event","id":"tick #1","eventId":"a.tick"}"#;
        let event = decode(&one, text);
        assert_eq!(event.id(), decode(&other, text).id());
        assert_eq!(encode(&other, &event), text);
    }

    #[test]
    fn the_oldest_foreign_ids_are_forgotten_first() {
        let mut remembered = Remembered::new(2);
        let ids: Vec<_> = (0..3).map(Uuid::from_u128).collect();
        for id in &ids {
            remembered.insert(*id, "x");
        }
        assert!(!remembered.texts.contains_key(&ids[0]));
        assert!(remembered.texts.contains_key(&ids[1]) && remembered.texts.contains_key(&ids[2]));
    }

    #[test]
    fn answered_ids_do_not_pile_up() {
        let mut remembered = Remembered::new(4);
        for n in 0..1000 {
            remembered.insert(Uuid::from_u128(n), "x");
            remembered.take(Uuid::from_u128(n));
        }
        assert!(remembered.order.len() <= 2);
    }

    #[test]
    fn long_ids_are_bounded_by_their_bytes_but_the_newest_is_kept() {
        let mut remembered = Remembered::new(100);
        let long = "x".repeat(REMEMBERED_BYTES / 2 + 1);
        for n in 0..10 {
            remembered.insert(Uuid::from_u128(n), &long);
            assert_eq!(remembered.texts.len(), 1);
        }
        let longer = "x".repeat(REMEMBERED_BYTES + 1);
        remembered.insert(Uuid::from_u128(10), &longer);
        assert_eq!(
            remembered.take(Uuid::from_u128(10)).as_deref(),
            Some(&*longer)
        );
        assert_eq!(remembered.bytes, 0);
    }
}
