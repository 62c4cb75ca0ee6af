//! Reads the frames that make up nearly all traffic, if they are written exactly as [`encode`](super::encode) writes them: calls, results
//! and events, members in our order, without white space.
//!
//! Nothing is decided here. Whatever looks different in any way is left to the reader for all frames, which decides what it is, so that the
//! two can only agree.

use bytes::Bytes;

use super::{canonical, payload, read_json};
use crate::message::{ExecuteResult, Message, MessageId, MessageMeta};
use crate::scan::{self, Found};

/// Returns the message of a frame that is known to be UTF-8 without line breaks; `None` if it may be anything.
pub(super) fn read(frame: &Bytes) -> Option<Message> {
    let mut at = Cursor { frame, at: 0 };
    at.literal(b"{\"type\":\"")?;
    if at.literal(b"execute.command.re").is_some() {
        if at.literal(b"quest\"").is_some() {
            at.request()
        } else {
            at.literal(b"sponse\"")?;
            at.response()
        }
    } else {
        at.literal(b"event\"")?;
        at.event()
    }
}

struct Cursor<'a> {
    frame: &'a Bytes,
    at: usize,
}

impl Cursor<'_> {
    fn request(mut self) -> Option<Message> {
        let id = self.id(b",\"id\":\"")?;
        let meta = self.meta()?;
        let command_id = self.text(b",\"commandId\":\"")?;
        let request = self.value(b",\"request\":", 1)?;
        self.end(b"}")?;
        Some(Message::ExecuteCommandRequest {
            id,
            meta,
            command_id,
            request: payload(self.frame, 0, &request),
        })
    }

    fn response(mut self) -> Option<Message> {
        let id = self.id(b",\"id\":\"")?;
        let meta = self.meta()?;
        let thid = self.id(b",\"thid\":\"")?;
        self.literal(b",\"response\":{\"ok\":true")?;
        let result = self.value(b",\"result\":", 2)?;
        self.end(b"}}")?;
        Some(Message::ExecuteCommandResponse {
            id,
            meta,
            thid,
            response: ExecuteResult::from(Ok(payload(self.frame, 0, &result))),
        })
    }

    fn event(mut self) -> Option<Message> {
        let id = self.id(b",\"id\":\"")?;
        let meta = self.meta()?;
        let event_id = self.text(b",\"eventId\":\"")?;
        let found = self.value(b",\"payload\":", 1)?;
        self.end(b"}")?;
        Some(Message::Event {
            id,
            meta,
            event_id,
            payload: payload(self.frame, 0, &found),
        })
    }

    fn rest(&self) -> &[u8] {
        &self.frame[self.at..]
    }

    fn literal(&mut self, text: &[u8]) -> Option<()> {
        self.rest().starts_with(text).then(|| self.at += text.len())
    }

    fn end(&mut self, text: &[u8]) -> Option<()> {
        (self.rest() == text).then_some(())
    }

    /// Reads a member that is a UUID as we write them.
    fn id(&mut self, name: &[u8]) -> Option<MessageId> {
        self.literal(name)?;
        let (id, rest) = self.rest().split_first_chunk()?;
        let id = canonical(id)?;
        (rest.first() == Some(&b'"')).then_some(())?;
        self.at += uuid::fmt::Hyphenated::LENGTH + 1;
        Some(id)
    }

    /// Reads a member that is text without anything escaped, and not empty.
    fn text(&mut self, name: &[u8]) -> Option<String> {
        self.literal(name)?;
        let end = scan::quote_or_escape(self.rest())?;
        let text = &self.rest()[..end];
        let fits = end > 0 && self.rest()[end] == b'"' && !text.iter().any(u8::is_ascii_control);
        let text = fits.then(|| std::str::from_utf8(text).ok())??.to_owned();
        self.at += end + 1;
        Some(text)
    }

    /// Reads a member that may be absent, under so many brackets.
    fn value(&mut self, name: &[u8], outer: usize) -> Option<Option<Found>> {
        if self.literal(name).is_none() {
            return Some(None);
        }
        let found = scan::value(self.frame, self.at, outer).ok()?;
        self.at = found.range.end;
        Some(Some(found))
    }

    fn meta(&mut self) -> Option<Option<MessageMeta>> {
        let Some(found) = self.value(b",\"_meta\":", 1)? else {
            return Some(None);
        };
        read_json(self.frame, &found, "_meta").ok()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Decoded, FrameLimits, UuidOnly, decode, decode_in_full};
    use super::*;

    const REQUEST: &str = r#"{"type":"execute.command.request","id":"f0a4f3de-72b4-4a39-9a07-5f0c6c0f6a3d","_meta":{"cmdbus-hops":1},"commandId":"a.b","request":{"a":["x\"",{}],"b":nul}}"#;
    const RESPONSE: &str = r#"{"type":"execute.command.response","id":"f0a4f3de-72b4-4a39-9a07-5f0c6c0f6a3d","thid":"0b6a7c1e-5f0d-4d52-9a3e-2f7f4b1c9a10","response":{"ok":true,"result":[1,"}"]}}"#;
    const EVENT: &str = r#"{"type":"event","id":"f0a4f3de-72b4-4a39-9a07-5f0c6c0f6a3d","eventId":"ä","payload":"x"}"#;

    fn both(text: &[u8]) -> [Decoded; 2] {
        let (frame, limits) = (Bytes::copy_from_slice(text), FrameLimits::default());
        [
            decode(frame.clone(), &limits, &mut UuidOnly),
            decode_in_full(frame, &limits, &mut UuidOnly),
        ]
    }

    #[test]
    fn what_is_written_our_way_is_read_at_once() {
        let bare = |text: &str, member: &str| {
            let (before, after) = text.split_once(member).unwrap();
            let (_, after) = after.rsplit_once('}').unwrap();
            format!("{before}}}{after}")
        };
        for text in [
            REQUEST.to_owned(),
            RESPONSE.to_owned(),
            EVENT.to_owned(),
            bare(REQUEST, r#","request""#),
            bare(EVENT, r#","payload""#),
            RESPONSE.replace(r#","result":[1,"}"]"#, ""),
            REQUEST.replace(r#""_meta":{"cmdbus-hops":1},"#, ""),
            REQUEST.replace(r#"{"cmdbus-hops":1}"#, "null"),
            EVENT.replace(r#""x""#, "null"),
        ] {
            assert!(read(&Bytes::from(text.clone())).is_some(), "{text}");
        }
    }

    #[test]
    fn the_two_readers_agree_on_every_frame_with_a_byte_changed_added_or_left_out() {
        let others = b"\"\\{}[],: \x00\x1f\x7fnA0-x";
        for text in [REQUEST, RESPONSE, EVENT] {
            for at in 0..text.len() {
                let mut texts = vec![text.as_bytes()[..at].to_vec()];
                texts.push([&text.as_bytes()[..at], &text.as_bytes()[at + 1..]].concat());
                for &other in others {
                    let mut changed = text.as_bytes().to_vec();
                    changed[at] = other;
                    texts.push(changed);
                    texts.push([&text.as_bytes()[..at], &[other], &text.as_bytes()[at..]].concat());
                }
                texts.retain(|text| std::str::from_utf8(text).is_ok());
                for text in texts {
                    let [quick, full] = both(&text).map(anonymous);
                    assert_eq!(quick, full, "{}", String::from_utf8_lossy(&text));
                }
            }
        }
    }

    /// Replaces an id that was made up here.
    fn anonymous(decoded: Decoded) -> Decoded {
        match decoded {
            Decoded::Message(Message::ExecuteCommandResponse {
                meta,
                thid,
                response: response @ ExecuteResult::Err { .. },
                ..
            }) => Decoded::Message(Message::ExecuteCommandResponse {
                id: MessageId::nil(),
                meta,
                thid,
                response,
            }),
            other => other,
        }
    }
}
