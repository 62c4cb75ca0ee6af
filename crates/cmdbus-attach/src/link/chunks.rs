//! Long frames in pieces (attach §3.9).
//!
//! A piece is a binary message: 4 bytes of big-endian header length, the header as JSON, then raw bytes of the frame.

use std::collections::VecDeque;

use bytes::{BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};

use super::Settings;
use super::lanes::AT_ONCE;
use super::outgoing::Outgoing;
use super::settings::PIECE;

/// Longest header of a piece.
const HEADER: usize = 4096;
/// Longest id that names a frame in the header of its pieces.
const NAME: usize = 256;
/// So many frames may be incomplete at once.
const PARTIAL: usize = 2 * AT_ONCE;
/// So many refused frames are remembered, for the pieces of them that are still to come.
const REFUSED: usize = 64;
/// Bytes that frames beside the longest one may take while they are incomplete.
const BESIDE: usize = 8 << 20;

#[derive(Serialize, Deserialize)]
struct Header {
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "ref")]
    reference: String,
    n: u64,
    last: bool,
    #[serde(default)]
    of: String,
}

/// How far a frame has been cut.
#[derive(Debug)]
pub(super) struct Pieces {
    at: usize,
    n: u64,
    /// Names the frame if it has no id.
    seq: u64,
}

impl Pieces {
    pub(super) fn new(seq: u64) -> Self {
        Self { at: 0, n: 0, seq }
    }

    /// Returns the next piece. True: it is the last.
    pub(super) fn next(&mut self, frame: &Outgoing, longest: usize) -> (Bytes, bool) {
        let text = frame.text.as_bytes();
        let end = text.len().min(self.at + longest);
        let last = end == text.len();
        let header = Header {
            kind: "chunk".to_owned(),
            reference: match &frame.id {
                Some(id) if id.len() <= NAME => id.to_string(),
                _ => format!("#{}", self.seq),
            },
            n: self.n,
            last,
            of: frame.of.to_owned(),
        };
        let header = serde_json::to_vec(&header).expect("own types are JSON");
        let mut message = BytesMut::with_capacity(4 + header.len() + end - self.at);
        message.put_u32(u32::try_from(header.len()).unwrap_or(u32::MAX));
        message.put_slice(&header);
        message.put_slice(&text[self.at..end]);
        self.at = end;
        self.n += 1;
        (message.freeze(), last)
    }
}

/// What a binary message was.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// A piece of a frame that is not complete.
    More,
    /// The last piece of a frame.
    Whole(String),
    /// No piece at all.
    NotAPiece,
    /// A complete frame that is not UTF-8.
    NotText,
    /// A piece of a frame that is refused from here on.
    Refused {
        /// The type of the frame.
        of: String,
        /// Its id.
        id: String,
        /// Why, for people.
        why: &'static str,
        /// Whether it was the last piece.
        last: bool,
    },
    /// A piece of a frame that has been refused. True: the last.
    Ignored(bool),
}

#[derive(Debug)]
struct Partial {
    name: (String, String),
    next: u64,
    bytes: Vec<u8>,
}

/// Frames of which pieces have come.
#[derive(Debug)]
pub(super) struct Assembly {
    longest: usize,
    most: usize,
    bytes: usize,
    partial: Vec<Partial>,
    refused: VecDeque<(String, String)>,
}

impl Assembly {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            longest: settings.max_frame,
            most: settings.max_frame.saturating_add(BESIDE),
            bytes: 0,
            partial: Vec::new(),
            refused: VecDeque::new(),
        }
    }

    /// Takes a binary message.
    pub(super) fn take(&mut self, message: &[u8]) -> Taken {
        let Some((header, raw)) = split(message) else {
            return Taken::NotAPiece;
        };
        let Header {
            reference,
            n,
            last,
            of,
            ..
        } = header;
        let name = (reference, of);
        if let Some(at) = self.refused.iter().position(|it| *it == name) {
            if n > 0 {
                if last {
                    self.refused.remove(at);
                }
                return Taken::Ignored(last);
            }
            // The same name from the start: another frame.
            self.refused.remove(at);
        }
        let at = match self.place(&name, n, raw.len()) {
            Ok(at) => at,
            Err(why) => return self.refuse(name, why, last),
        };
        let partial = &mut self.partial[at];
        partial.bytes.extend_from_slice(raw);
        partial.next += 1;
        self.bytes += raw.len();
        if !last {
            return Taken::More;
        }
        let whole = self.partial.swap_remove(at).bytes;
        self.bytes -= whole.len();
        String::from_utf8(whole).map_or(Taken::NotText, Taken::Whole)
    }

    fn place(
        &mut self,
        name: &(String, String),
        n: u64,
        len: usize,
    ) -> Result<usize, &'static str> {
        if len > PIECE {
            return Err("a piece is longer than 64 KiB; send shorter ones");
        }
        let at = self.partial.iter().position(|it| it.name == *name);
        let have = at.map_or(0, |at| self.partial[at].bytes.len());
        if at.map_or(0, |at| self.partial[at].next) != n {
            return Err("a piece is missing or comes twice; send the frame anew");
        }
        if have + len > self.longest || self.bytes + len > self.most {
            return Err("the frame is too long; send less at once");
        }
        if let Some(at) = at {
            return Ok(at);
        }
        if self.partial.len() >= PARTIAL {
            return Err("too many frames are incomplete; finish one before the next");
        }
        self.partial.push(Partial {
            name: name.clone(),
            next: 0,
            bytes: Vec::new(),
        });
        Ok(self.partial.len() - 1)
    }

    fn refuse(&mut self, name: (String, String), why: &'static str, last: bool) -> Taken {
        if let Some(at) = self.partial.iter().position(|it| it.name == name) {
            let partial = self.partial.swap_remove(at);
            self.bytes -= partial.bytes.len();
        }
        let (id, of) = name.clone();
        if !last {
            if self.refused.len() == REFUSED {
                self.refused.pop_front();
            }
            self.refused.push_back(name);
        }
        Taken::Refused { of, id, why, last }
    }
}

fn split(message: &[u8]) -> Option<(Header, &[u8])> {
    let (len, rest) = message.split_first_chunk::<4>()?;
    let len = usize::try_from(u32::from_be_bytes(*len)).ok()?;
    if len > HEADER {
        return None;
    }
    let (header, raw) = rest.split_at_checked(len)?;
    let header: Header = serde_json::from_slice(header).ok()?;
    (header.kind == "chunk").then_some((header, raw))
}

#[cfg(test)]
mod tests;
