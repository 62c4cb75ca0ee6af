//! Lines of a length that is bounded, from a pipe.

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _};

use crate::rpc::Id;

/// Longest message on stdio, either way (Appendix A).
pub(super) const MAX_LINE: usize = 16 * 1024 * 1024;
/// How much of the end of a line that is too long is kept, to find the id there: some servers write it last.
const TAIL: usize = 256;
/// Above this, the buffer of a line is not kept for the next.
const KEEP: usize = 64 * 1024;

/// What comes from a pipe.
#[derive(Debug, PartialEq)]
pub(super) enum Line<'a> {
    /// One line, without its end.
    Text(&'a [u8]),
    /// One that is too long to be kept. If it is an answer whose id could be read, with the id.
    TooLong { answers: Option<Id>, length: usize },
}

/// Reads lines. What follows the last line end is no line: whoever wrote it died over it.
pub(super) struct Lines<R> {
    reader: R,
    line: Vec<u8>,
    max: usize,
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    pub(super) fn new(reader: R, max: usize) -> Self {
        Self {
            reader,
            line: Vec::new(),
            max,
        }
    }

    /// Returns the next line, and `None` at the end. Not cancel safe.
    pub(super) async fn next(&mut self) -> std::io::Result<Option<Line<'_>>> {
        self.line.clear();
        self.line.shrink_to(KEEP);
        let mut tail = Vec::new();
        let mut length = 0_usize;
        loop {
            let chunk = self.reader.fill_buf().await?;
            if chunk.is_empty() {
                return Ok(None);
            }
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let part = &chunk[..end.unwrap_or(chunk.len())];
            length = length.saturating_add(part.len());
            let (kept, rest) = part.split_at(part.len().min(self.max - self.line.len()));
            self.line.extend_from_slice(kept);
            if !rest.is_empty() {
                if tail.is_empty() {
                    keep_tail(&mut tail, &self.line);
                }
                keep_tail(&mut tail, rest);
            }
            let used = end.map_or(chunk.len(), |end| end + 1);
            self.reader.consume(used);
            if end.is_some() {
                break;
            }
        }
        if length <= self.max {
            return Ok(Some(Line::Text(&self.line)));
        }
        let answers = answered_by(&self.line, &tail);
        self.line = Vec::new();
        Ok(Some(Line::TooLong { answers, length }))
    }
}

fn keep_tail(tail: &mut Vec<u8>, part: &[u8]) {
    tail.extend_from_slice(&part[part.len().saturating_sub(TAIL)..]);
    let surplus = tail.len().saturating_sub(TAIL);
    tail.drain(..surplus);
}

/// Returns the id that a message answers, of which only the head and the tail are known.
fn answered_by(head: &[u8], tail: &[u8]) -> Option<Id> {
    match head_id(head) {
        Head::Id(id) => Some(id),
        Head::NoAnswer => None,
        Head::Unknown => tail_id(tail),
    }
}

enum Head {
    Id(Id),
    NoAnswer,
    Unknown,
}

/// Looks through the short members at the head of an object.
fn head_id(head: &[u8]) -> Head {
    let Some(mut rest) = head.trim_ascii_start().strip_prefix(b"{") else {
        return Head::NoAnswer;
    };
    let mut id = None;
    while let Some((name, after)) = scalar(rest) {
        let Some(value) = after.trim_ascii_start().strip_prefix(b":") else {
            break;
        };
        if name == b"\"method\"" {
            return Head::NoAnswer;
        }
        let Some((value, after)) = scalar(value) else {
            break;
        };
        if name == b"\"id\"" {
            id = read_id(value);
        }
        match after.trim_ascii_start().strip_prefix(b",") {
            Some(after) => rest = after,
            None => break,
        }
    }
    id.map_or(Head::Unknown, Head::Id)
}

/// Returns the string, number or name at the start, and what follows.
fn scalar(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.trim_ascii_start();
    let end = match text.first()? {
        b'{' | b'[' => return None,
        b'"' => {
            let mut at = 1;
            while *text.get(at)? != b'"' {
                at += if text[at] == b'\\' { 2 } else { 1 };
            }
            at + 1
        }
        _ => text
            .iter()
            .position(|byte| matches!(byte, b',' | b':' | b'}' | b' '))?,
    };
    Some(text.split_at(end))
}

/// Looks for an id among the short members at the end of an object: only what leaves the braces in balance is one of its own.
fn tail_id(tail: &[u8]) -> Option<Id> {
    const NAME: &[u8] = b"\"id\"";
    let from = tail.windows(NAME.len()).rposition(|part| part == NAME)?;
    let mut text = vec![b'{'];
    text.extend_from_slice(&tail[from..]);
    #[derive(serde::Deserialize)]
    struct Tail<'a> {
        #[serde(borrow)]
        id: &'a serde_json::value::RawValue,
    }
    let tail: Tail<'_> = serde_json::from_slice(&text).ok()?;
    Id::from_raw(tail.id)
}

fn read_id(text: &[u8]) -> Option<Id> {
    let raw: &serde_json::value::RawValue = serde_json::from_slice(text).ok()?;
    Id::from_raw(raw)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    async fn read(text: &str, max: usize) -> Vec<String> {
        let mut lines = Lines::new(text.as_bytes(), max);
        let mut found = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            found.push(match line {
                Line::Text(text) => String::from_utf8_lossy(text).into_owned(),
                Line::TooLong { answers, .. } => format!("too long: {answers:?}"),
            });
        }
        found
    }

    #[tokio::test]
    async fn lines_come_one_by_one_and_an_unfinished_one_does_not() {
        assert_eq!(read("a\n\nbc\nd", 2).await, ["a", "", "bc"]);
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_left_out_and_the_next_is_read() {
        let long = "x".repeat(400);
        for (line, id) in [
            (
                format!(r#"{{"jsonrpc":"2.0","id":7,"result":"{long}"}}"#),
                "Some(7)",
            ),
            (
                format!(r#"{{"result":"{long}","jsonrpc":"2.0","id":7}}"#),
                "Some(7)",
            ),
            (
                format!(r#"{{"result":["{long}"],"id":"a","jsonrpc":"2.0"}}"#),
                "Some(\"a\")",
            ),
            (
                format!(r#"{{"id":7,"method":"x","params":"{long}"}}"#),
                "None",
            ),
            (format!(r#"{{"result":{{"x":"{long}","id":7}}}}"#), "None"),
            (format!(r#"{{"result":"{long}\",\"id\":7}}"}}"#), "None"),
            (long.clone(), "None"),
        ] {
            assert_eq!(
                read(&format!("{line}\nnext\n"), 60).await,
                [format!("too long: {id}").as_str(), "next"],
                "{line}"
            );
        }
    }

    #[tokio::test]
    async fn a_line_of_exactly_the_limit_is_kept() {
        assert_eq!(read("abcd\nabcde\n", 4).await, ["abcd", "too long: None"]);
    }
}
