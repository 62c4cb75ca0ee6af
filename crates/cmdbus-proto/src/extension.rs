//! The extensions of the protocol as they travel: what a peer can do, what a call asks for, and the
//! frames that go with a call in progress.
//!
//! All of it rides in members that a peer without them ignores: reserved keys of `_meta`, and events
//! with ids of their own, which are sent only to a peer that has said it knows them. The rules are in
//! `node::extensions`; the public description is in `spec/protocol.md`.

use std::borrow::Cow;
use std::ops::Bound;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::message::{HOPS, Message, MessageId, MessageMeta};
use crate::payload::Payload;
use crate::scan::Scanner;

/// Beginning of the event ids, and of the `_meta` keys, that are the protocol's own.
pub(crate) const EVENT_PREFIX: &str = "_cmdbus.";
/// Event id of a frame that ends a call from the caller's side.
pub const CANCEL_EVENT: &str = "_cmdbus.cancel";
/// Event id of a report.
pub const PROGRESS_EVENT: &str = "_cmdbus.progress";
/// Event id of an item.
pub const ITEM_EVENT: &str = "_cmdbus.item";
/// Event id of credit for more items.
pub const CREDIT_EVENT: &str = "_cmdbus.credit";
const META_PREFIX: &str = "cmdbus-";

const FEATURES: &str = "cmdbus-features";
const TIMEOUT: &str = "cmdbus-timeout-ms";
const PROGRESS: &str = "cmdbus-progress";
const STREAM: &str = "cmdbus-stream";
const ITEMS: &str = "cmdbus-items";
const TRACE: &str = "cmdbus-trace";

/// Longest name of a feature that is looked at, in bytes, and how many of them.
const FEATURE_NAME: usize = 64;
const FEATURE_NAMES: usize = 64;
/// Longest text of a progress report, in bytes.
pub const PROGRESS_MESSAGE: usize = 1024;
/// Longest reason of a cancellation, in bytes.
const REASON: usize = 64;
/// Most items a callee may send ahead of its caller, per call.
pub const MAX_CREDIT: u32 = 1024;
/// Keyword of a response schema that holds the schema of one item of a streamed result.
pub const STREAM_KEYWORD: &str = "x-cmdbus-stream";

/// What one end of a connection, or both, can do beyond the seven messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Features {
    /// `cancel/1`: work whose caller has gone is stopped.
    pub cancel: bool,
    /// `progress/1`: reports of calls in progress.
    pub progress: bool,
    /// `stream/1`: results item by item.
    pub stream: bool,
}

impl Features {
    /// Everything this implementation can do.
    pub const ALL: Self = Self {
        cancel: true,
        progress: true,
        stream: true,
    };

    /// Returns what both can do.
    #[must_use]
    pub fn both(self, other: Self) -> Self {
        Self {
            cancel: self.cancel && other.cancel,
            progress: self.progress && other.progress,
            stream: self.stream && other.stream,
        }
    }

    /// Returns what either can do.
    pub(crate) fn either(self, other: Self) -> Self {
        Self {
            cancel: self.cancel || other.cancel,
            progress: self.progress || other.progress,
            stream: self.stream || other.stream,
        }
    }

    fn names(self) -> impl Iterator<Item = &'static str> {
        [
            (self.cancel, "cancel/1"),
            (self.progress, "progress/1"),
            (self.stream, "stream/1"),
        ]
        .into_iter()
        .filter_map(|(has, name)| has.then_some(name))
    }

    /// Returns the envelope that announces the features, if there are any.
    pub(crate) fn announcement(self) -> Option<MessageMeta> {
        let names: Vec<_> = self.names().map(Value::from).collect();
        (!names.is_empty()).then(|| {
            let mut meta = MessageMeta::default();
            meta.extra.insert(FEATURES.to_owned(), names.into());
            meta
        })
    }

    /// Reads an announcement; `None` if there is none. Unknown names are ignored.
    pub(crate) fn announced(meta: Option<&MessageMeta>) -> Option<Self> {
        let names = meta?.extra.get(FEATURES)?.as_array()?;
        let mut features = Self::default();
        for name in names.iter().take(FEATURE_NAMES).filter_map(Value::as_str) {
            match name {
                _ if name.len() > FEATURE_NAME => {}
                "cancel/1" => features.cancel = true,
                "progress/1" => features.progress = true,
                "stream/1" => features.stream = true,
                _ => {}
            }
        }
        Some(features)
    }
}

/// What a call asks for beyond its answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallTerms {
    /// How long the caller waits. `None`: as long as each hop does by itself.
    pub timeout: Option<Duration>,
    /// Whether the caller wants reports of progress.
    pub progress: bool,
    /// How many items the callee may send ahead, if the caller wants them one by one. 1 to
    /// [`MAX_CREDIT`].
    pub credit: Option<u32>,
    /// Whether every hop is to say how long it took.
    pub trace: bool,
    /// How many hops the request has behind it, if it came in where no session of ours is.
    pub hops: u64,
}

impl CallTerms {
    /// Reads what a request asks for, and how many of its keys made no sense and are ignored.
    pub(crate) fn read(meta: Option<&MessageMeta>) -> (Self, u64) {
        let mut terms = Self::default();
        let mut malformed = 0;
        let Some(meta) = meta else {
            return (terms, malformed);
        };
        let own = meta
            .extra
            .range::<str, _>((Bound::Included(META_PREFIX), Bound::Unbounded));
        for (key, value) in own.take_while(|(key, _)| key.starts_with(META_PREFIX)) {
            let understood = match key.as_str() {
                TIMEOUT => milliseconds(value).map(|time| terms.timeout = Some(time)),
                PROGRESS => value.as_bool().map(|wanted| terms.progress = wanted),
                STREAM => credit(value).map(|credit| terms.credit = Some(credit)),
                TRACE => value.as_bool().map(|wanted| terms.trace = wanted),
                _ => Some(()),
            };
            malformed += u64::from(understood.is_none());
        }
        (terms, malformed)
    }

    /// Writes what is asked for into an envelope, in place of what it asked for before. The time is
    /// written when the message is sent.
    pub(crate) fn write(self, meta: &mut Option<MessageMeta>) {
        if let Some(meta) = meta {
            for key in [TIMEOUT, PROGRESS, STREAM, TRACE] {
                meta.extra.remove(key);
            }
        }
        let mut set = |key: &str, value: Value| {
            let extra = &mut meta.get_or_insert_default().extra;
            extra.insert(key.to_owned(), value);
        };
        if self.progress {
            set(PROGRESS, true.into());
        }
        if let Some(credit) = self.credit {
            set(STREAM, json!({"credit": credit}));
        }
        if self.trace {
            set(TRACE, true.into());
        }
        if self.hops > 0 {
            set(HOPS, self.hops.into());
        }
    }
}

/// Reads an integer from 0 on; beyond what a `u64` holds, the largest.
fn milliseconds(value: &Value) -> Option<Duration> {
    let whole = |number: f64| number >= 0.0 && number.fract() == 0.0;
    value
        .as_u64()
        // The cast saturates.
        .or_else(|| value.as_f64().filter(|it| whole(*it)).map(|it| it as u64))
        .map(Duration::from_millis)
}

fn credit(value: &Value) -> Option<u32> {
    let credit = u32::try_from(value.get("credit")?.as_u64()?).ok()?;
    (1..=MAX_CREDIT).contains(&credit).then_some(credit)
}

/// Sets the time that is left for a call, in whole milliseconds, rounded down: no hop has more time
/// than the one before it.
pub(crate) fn set_timeout(meta: &mut Option<MessageMeta>, left: Duration) {
    let left = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
    let extra = &mut meta.get_or_insert_default().extra;
    extra.insert(TIMEOUT.to_owned(), left.into());
}

/// Says in a reply how many items came before it.
pub(crate) fn items_before_reply(meta: &mut Option<MessageMeta>, items: u64) {
    let extra = &mut meta.get_or_insert_default().extra;
    extra.insert(ITEMS.to_owned(), items.into());
}

/// Returns how many items came before a reply, if it says so.
pub(crate) fn items_said(meta: Option<&MessageMeta>) -> Option<u64> {
    meta?.extra.get(ITEMS)?.as_u64()
}

/// Most entries that are kept of the trace of one call.
pub const TRACE_ENTRIES: usize = 64;

/// Adds what a hop or handler has to say to the trace in a reply.
pub(crate) fn add_to_trace(meta: &mut Option<MessageMeta>, entry: Value) {
    let extra = &mut meta.get_or_insert_default().extra;
    match extra
        .entry(TRACE.to_owned())
        .or_insert_with(|| Value::Array(Vec::new()))
    {
        Value::Array(entries) if entries.len() < TRACE_ENTRIES => entries.push(entry),
        Value::Array(_) => {}
        other => *other = vec![entry].into(),
    }
}

/// Takes the trace out of a reply.
pub(crate) fn take_trace(meta: Option<MessageMeta>) -> Vec<Value> {
    match meta.and_then(|mut meta| meta.extra.remove(TRACE)) {
        Some(Value::Array(entries)) => entries,
        _ => Vec::new(),
    }
}

impl MessageMeta {
    /// Returns the envelope without the protocol's own keys: what is called with the envelope of an
    /// earlier message asks for nothing that the earlier one asked for.
    pub(crate) fn without_own_keys(meta: Option<Self>) -> Option<Self> {
        let mut meta = meta?;
        let before = meta.extra.len();
        meta.extra.retain(|key, _| !key.starts_with(META_PREFIX));
        let removed = meta.extra.len() < before;
        (!removed || meta != Self::default()).then_some(meta)
    }
}

/// How far a call has got, as its handler says.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// How much is done. Never decreases.
    pub progress: f64,
    /// How much there is to do, in the same unit, where it is known.
    pub total: Option<f64>,
    /// What is being done. At most 1 KiB.
    pub message: Option<String>,
}

impl Progress {
    /// Returns the report in a form that may travel: finite numbers, a message that is not too long.
    /// `None` if `progress` is not a number.
    #[must_use]
    pub fn checked(mut self) -> Option<Self> {
        if !self.progress.is_finite() {
            return None;
        }
        self.total = self.total.filter(|total| total.is_finite());
        if let Some(message) = &mut self.message
            && message.len() > PROGRESS_MESSAGE
        {
            let fits = (0..=PROGRESS_MESSAGE).rev();
            let end = fits.into_iter().find(|end| message.is_char_boundary(*end));
            message.truncate(end.unwrap_or(0));
        }
        Some(self)
    }
}

/// Why a call has been given up. The known reasons are the constants; others are passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelReason(Cow<'static, str>);

impl CancelReason {
    /// Whoever asked does not wait any more.
    pub const CALLER_GONE: Self = Self(Cow::Borrowed("caller_gone"));
    /// The time limit has passed.
    pub const DEADLINE: Self = Self(Cow::Borrowed("deadline"));
    /// Somebody wanted it so.
    pub const USER: Self = Self(Cow::Borrowed("user"));
    /// The registry that serves the call is coming to its end.
    pub const SHUTDOWN: Self = Self(Cow::Borrowed("shutdown"));

    /// Returns the word that travels.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for CancelReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A report with its place among the reports of its call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Report {
    pub(crate) seq: u64,
    pub(crate) progress: Progress,
}

/// What goes with a call in progress.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Frame {
    /// Nobody waits for the answer any more.
    Cancel(CancelReason),
    /// So far it has got.
    Progress(Report),
    /// One item of the result.
    Item { seq: u64, item: Payload },
    /// So many more items may be sent.
    Credit(u64),
}

#[derive(Serialize, Deserialize)]
struct CancelBody {
    thid: MessageId,
    reason: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct ProgressBody {
    thid: MessageId,
    seq: u64,
    #[serde(serialize_with = "shortest")]
    progress: f64,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "shortest_option"
    )]
    total: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct CreditBody {
    thid: MessageId,
    add: u64,
}

/// Writes `3`, not `3.0`: a number looks the same after every hop, whoever wrote it first.
#[allow(clippy::trivially_copy_pass_by_ref)] // as serde wants it
fn shortest<S: serde::Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        serializer.serialize_i64(*number as i64)
    } else {
        serializer.serialize_f64(*number)
    }
}

#[allow(clippy::ref_option)] // as serde wants it
fn shortest_option<S: serde::Serializer>(
    number: &Option<f64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match number {
        Some(number) => shortest(number, serializer),
        None => serializer.serialize_none(),
    }
}

impl Frame {
    /// Reads a frame and the call it belongs to; `None` if there is no such frame or it makes no sense.
    pub(crate) fn read(event_id: &str, payload: Option<Payload>) -> Option<(MessageId, Self)> {
        // Decoding would take the members from an array, too.
        let payload = payload.filter(Payload::is_object)?;
        match event_id {
            CANCEL_EVENT => {
                let CancelBody { thid, reason } = payload.decode().ok()?;
                let reason = match reason {
                    None => CancelReason::CALLER_GONE,
                    Some(reason) if reason.len() > REASON => return None,
                    Some(reason) => CancelReason(reason.into()),
                };
                Some((thid, Self::Cancel(reason)))
            }
            PROGRESS_EVENT => {
                let body: ProgressBody = payload.decode().ok()?;
                let too_long = |message: &String| message.len() > PROGRESS_MESSAGE;
                if body.message.as_ref().is_some_and(too_long) {
                    return None;
                }
                let progress = Progress {
                    progress: body.progress,
                    total: body.total,
                    message: body.message,
                };
                let seq = body.seq;
                Some((body.thid, Self::Progress(Report { seq, progress })))
            }
            ITEM_EVENT => read_item(&payload),
            CREDIT_EVENT => {
                let CreditBody { thid, add } = payload.decode().ok()?;
                (add > 0).then_some((thid, Self::Credit(add)))
            }
            _ => None,
        }
    }

    /// Turns the frame into the message `id` about the call `thid`.
    pub(crate) fn into_message(self, id: MessageId, thid: MessageId) -> Message {
        let (name, payload) = match self {
            Self::Cancel(reason) => {
                let reason = Some(reason.0.into_owned());
                (CANCEL_EVENT, encode(&CancelBody { thid, reason }))
            }
            Self::Progress(Report { seq, progress }) => {
                let Progress {
                    progress,
                    total,
                    message,
                } = progress;
                let body = ProgressBody {
                    thid,
                    seq,
                    progress,
                    total,
                    message,
                };
                (PROGRESS_EVENT, encode(&body))
            }
            Self::Item { seq, item } => (ITEM_EVENT, item_payload(thid, seq, &item)),
            Self::Credit(add) => (CREDIT_EVENT, encode(&CreditBody { thid, add })),
        };
        Message::Event {
            id,
            meta: None,
            event_id: name.to_owned(),
            payload: Some(payload),
        }
    }
}

fn encode(body: &impl Serialize) -> Payload {
    Payload::new(body).expect("ids, texts and finite numbers")
}

/// Takes an item out of its frame without looking inside: it may be large, and is not this hop's.
fn read_item(payload: &Payload) -> Option<(MessageId, Frame)> {
    let text = match payload.as_text() {
        Some(text) => text.clone(),
        None => Bytes::from(payload.to_json().into_owned()),
    };
    let mut members = Scanner::open(&text, b'{', 1).ok()?;
    let (mut thid, mut seq, mut item) = (None, None, None);
    while let Some((key, found)) = members.member().ok()? {
        let value = &text[found.range.clone()];
        match &*key {
            b"thid" => thid = serde_json::from_slice(value).ok(),
            b"seq" => seq = serde_json::from_slice(value).ok(),
            b"item" => item = Some(Payload::from_scanned(text.slice(found.range), found.depth)),
            _ => {}
        }
    }
    let (seq, item) = (seq?, item?);
    Some((thid?, Frame::Item { seq, item }))
}

fn item_payload(thid: MessageId, seq: u64, item: &Payload) -> Payload {
    let depth = item.depth() + 1;
    let item = item.to_json();
    let mut text = Vec::with_capacity(item.len() + 80);
    text.extend_from_slice(format!(r#"{{"thid":"{thid}","seq":{seq},"item":"#).as_bytes());
    text.extend_from_slice(&item);
    text.push(b'}');
    // Deeper than a `u8` is over the limit of every frame anyway, and refused as such.
    Payload::from_scanned(Bytes::from(text), u8::try_from(depth).unwrap_or(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thid() -> MessageId {
        MessageId::from_u128(7)
    }

    fn read(name: &str, payload: Value) -> Option<(MessageId, Frame)> {
        Frame::read(name, Some(payload.into()))
    }

    #[test]
    fn every_frame_reads_back_as_what_was_written() {
        let progress = Progress {
            progress: 0.4,
            total: Some(1.0),
            message: Some("reading".into()),
        };
        let item = Payload::from(json!({"deep": [null]}));
        for frame in [
            Frame::Cancel(CancelReason::USER),
            Frame::Cancel(CancelReason("of another kind".into())),
            Frame::Progress(Report { seq: 3, progress }),
            Frame::Item { seq: 0, item },
            Frame::Item {
                seq: 1,
                item: Payload::from(Value::Null),
            },
            Frame::Credit(16),
        ] {
            let message = frame.clone().into_message(MessageId::nil(), thid());
            let Message::Event {
                event_id, payload, ..
            } = message
            else {
                panic!("{message:?}");
            };
            assert_eq!(Frame::read(&event_id, payload), Some((thid(), frame)));
        }
    }

    #[test]
    fn a_frame_that_makes_no_sense_is_none() {
        let thid = thid();
        assert_eq!(Frame::read("_cmdbus.cancel", None), None);
        for (name, payload) in [
            ("_cmdbus.cancel", json!({"reason": "user"})),
            ("_cmdbus.cancel", json!({"thid": "x", "reason": "user"})),
            (
                "_cmdbus.cancel",
                json!({"thid": thid, "reason": "x".repeat(65)}),
            ),
            ("_cmdbus.cancel", json!({"thid": thid, "reason": 1})),
            ("_cmdbus.progress", json!({"thid": thid, "seq": 0})),
            (
                "_cmdbus.progress",
                json!({"thid": thid, "seq": -1, "progress": 1}),
            ),
            (
                "_cmdbus.progress",
                json!({"thid": thid, "seq": 0, "progress": "1"}),
            ),
            (
                "_cmdbus.progress",
                json!({"thid": thid, "seq": 0, "progress": 1, "message": "x".repeat(1025)}),
            ),
            ("_cmdbus.item", json!({"thid": thid, "seq": 0})),
            ("_cmdbus.item", json!({"thid": thid, "item": 1})),
            ("_cmdbus.item", json!({"thid": thid, "seq": 1.5, "item": 1})),
            ("_cmdbus.item", json!([thid, 0, 1])),
            ("_cmdbus.credit", json!({"thid": thid, "add": 0})),
            ("_cmdbus.credit", json!({"thid": thid})),
            ("_cmdbus.credit", json!([thid, 1])),
            ("_cmdbus.cancel", json!([thid, "user"])),
            ("_cmdbus.progress", json!([thid, 0, 1, null, null])),
            ("_cmdbus.unheard", json!({"thid": thid})),
            ("cancel", json!({"thid": thid, "reason": "user"})),
        ] {
            assert_eq!(read(name, payload.clone()), None, "{name} {payload}");
        }
    }

    #[test]
    fn a_whole_number_looks_the_same_however_it_was_written() {
        let progress = Progress {
            progress: 3.0,
            total: Some(10.5),
            message: None,
        };
        let frame = Frame::Progress(Report { seq: 0, progress });
        let message = frame.into_message(MessageId::nil(), thid());
        let text = serde_json::to_string(&message).unwrap();
        assert!(text.contains(r#""progress":3,"total":10.5}"#), "{text}");
    }

    #[test]
    fn only_the_first_64_short_names_are_looked_at() {
        let announced = |names: Value| {
            let mut meta = MessageMeta::default();
            meta.extra.insert(FEATURES.to_owned(), names);
            Features::announced(Some(&meta))
        };
        assert_eq!(announced(json!("cancel/1")), None);
        assert_eq!(announced(json!([])), Some(Features::default()));
        assert_eq!(
            announced(json!(["cancel/2", 1, "stream/1", "progress/1", "cancel/1"])),
            Some(Features::ALL)
        );
        let mut many = vec![json!("x"); 64];
        many.push(json!("cancel/1"));
        assert_eq!(announced(many.into()), Some(Features::default()));
        let meta = Features::ALL.announcement();
        assert_eq!(Features::announced(meta.as_ref()), Some(Features::ALL));
        assert_eq!(Features::default().announcement(), None);
    }

    #[test]
    fn terms_that_make_no_sense_are_counted_and_left_out() {
        let read = |meta: Value| {
            let meta: MessageMeta = serde_json::from_value(meta).unwrap();
            CallTerms::read(Some(&meta))
        };
        let terms = |timeout, credit| CallTerms {
            timeout,
            credit,
            ..CallTerms::default()
        };
        let second = Some(Duration::from_secs(1));
        assert_eq!(read(json!({})), (terms(None, None), 0));
        assert_eq!(
            read(json!({"cmdbus-timeout-ms": 1000, "cmdbus-stream": {"credit": 1024}})),
            (terms(second, Some(1024)), 0)
        );
        assert_eq!(
            read(json!({"cmdbus-timeout-ms": 1e3})).0,
            terms(second, None)
        );
        assert_eq!(
            read(json!({"cmdbus-timeout-ms": 1e300})).0.timeout,
            Some(Duration::from_millis(u64::MAX))
        );
        for malformed in [
            json!({"cmdbus-timeout-ms": -1}),
            json!({"cmdbus-timeout-ms": 1.5}),
            json!({"cmdbus-timeout-ms": "1"}),
            json!({"cmdbus-stream": {"credit": 0}}),
            json!({"cmdbus-stream": {"credit": 1025}}),
            json!({"cmdbus-stream": true}),
            json!({"cmdbus-progress": 1}),
        ] {
            assert_eq!(
                read(malformed.clone()),
                (terms(None, None), 1),
                "{malformed}"
            );
        }
    }
}
