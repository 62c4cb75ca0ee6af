//! What is written to stdin: confirmations, replies and new messages, a line each (protocol §10.11).

use std::io::{self, BufRead, IsTerminal, Read as _};

use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

use super::outgoing::{Outgoing, To};
use crate::exit::{Error, Result};

/// The longest line. The broker takes 1 MiB, which may be written with many escapes.
const LONGEST: usize = 8 << 20;
/// How many lines are read ahead.
const AHEAD: usize = 1;

/// A line that was read.
#[derive(Debug)]
pub(super) struct Read {
    /// The first is 1.
    pub(super) number: u64,
    pub(super) line: std::result::Result<Line, Problem>,
}

/// What a line says.
#[derive(Debug, PartialEq)]
pub(super) enum Line {
    Confirm(String),
    Send(Box<Outgoing>),
}

/// What is wrong with a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    code: String,
    message: String,
}

impl Problem {
    pub(super) fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
        }
    }

    fn invalid(message: impl Into<String>) -> Self {
        Self::new("invalid_line", message)
    }

    /// Returns the line that says so.
    pub(super) fn line(&self, number: u64) -> Value {
        json!({"error": {"code": self.code, "message": self.message}, "line": number})
    }
}

/// Reads stdin on a thread of its own. With `auto` a terminal is left alone: nothing need be typed, and a job in the
/// background would be stopped by reading.
pub(super) fn read(auto: bool) -> Result<mpsc::Receiver<Read>> {
    let (sender, lines) = mpsc::channel(AHEAD);
    if auto && io::stdin().is_terminal() {
        return Ok(lines);
    }
    std::thread::Builder::new()
        .name("stdin".to_owned())
        .spawn(move || {
            let result = read_all(io::stdin().lock(), |read| {
                sender.blocking_send(read).is_ok()
            });
            if let Err(error) = result {
                // To whoever writes it, that is the same as its end.
                tracing::warn!(%error, "stdin cannot be read any further");
            }
        })
        .map_err(|error| Error::failure(format!("cannot start a thread: {error}")))?;
    Ok(lines)
}

/// Reads lines to the end, or until nobody takes them.
fn read_all(mut stdin: impl BufRead, mut take: impl FnMut(Read) -> bool) -> io::Result<()> {
    let mut number = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = (&mut stdin)
            .take(LONGEST as u64 + 1)
            .read_until(b'\n', &mut line)?;
        if length == 0 {
            return Ok(());
        }
        number += 1;
        let read = if length > LONGEST && !line.ends_with(b"\n") {
            stdin.skip_until(b'\n')?;
            let problem = format!("the line is longer than {LONGEST} bytes");
            Some(Err(Problem::new("line_too_long", problem)))
        } else {
            parse(&line).transpose()
        };
        if let Some(line) = read
            && !take(Read { number, line })
        {
            return Ok(());
        }
    }
}

/// Understands a line; `None` if there is nothing on it.
fn parse(line: &[u8]) -> std::result::Result<Option<Line>, Problem> {
    let text = std::str::from_utf8(line).map_err(|_| Problem::invalid("the line is not UTF-8"))?;
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if !text.starts_with('{') {
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(Problem::invalid(
                "the line is neither a message id nor a JSON object",
            ));
        }
        return Ok(Some(Line::Confirm(text.to_owned())));
    }
    let members: Map<String, Value> = serde_json::from_str(text).map_err(|error| {
        Problem::invalid(format!(
            "the line is not JSON: error at column {}",
            error.column()
        ))
    })?;
    order(Members(members)).map(Some)
}

/// Understands what an object orders.
fn order(mut members: Members) -> std::result::Result<Line, Problem> {
    let kinds = ["confirm", "reply", "send"];
    let given: Vec<&str> = kinds
        .into_iter()
        .filter(|kind| members.0.contains_key(*kind))
        .collect();
    let line = match given.as_slice() {
        ["confirm"] => Line::Confirm(members.string("confirm")?),
        [kind @ ("reply" | "send")] => {
            let name = members.string(kind)?;
            let to = match *kind {
                "reply" => To::Sender(name),
                _ => To::Address(name),
            };
            Line::Send(Box::new(Outgoing {
                to,
                content: members.content()?,
                content_type: members.optional_string("content_type")?,
                metadata: members.metadata()?,
                key: members.optional_string("key")?,
                ttl_ms: members.ttl()?,
            }))
        }
        _ => {
            return Err(Problem::invalid(
                "the object must have one of `confirm`, `reply` and `send`",
            ));
        }
    };
    match members.0.keys().next() {
        None => Ok(line),
        Some(other) => Err(Problem::invalid(format!("`{other}` means nothing here"))),
    }
}

/// The members of an object, taken one by one.
struct Members(Map<String, Value>);

impl Members {
    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.shift_remove(name).filter(|value| !value.is_null())
    }

    fn optional_string(&mut self, name: &str) -> std::result::Result<Option<String>, Problem> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Problem::invalid(format!("`{name}` must be a string"))),
        }
    }

    fn string(&mut self, name: &str) -> std::result::Result<String, Problem> {
        let text = self.optional_string(name)?.unwrap_or_default();
        if text.is_empty() {
            return Err(Problem::invalid(format!("`{name}` is empty")));
        }
        Ok(text)
    }

    fn content(&mut self) -> std::result::Result<String, Problem> {
        let content = self.optional_string("content")?;
        content.ok_or_else(|| Problem::invalid("`content` is missing"))
    }

    fn metadata(&mut self) -> std::result::Result<Map<String, Value>, Problem> {
        match self.take("metadata") {
            None => Ok(Map::new()),
            Some(Value::Object(members)) => Ok(members),
            Some(_) => Err(Problem::invalid("`metadata` must be an object")),
        }
    }

    fn ttl(&mut self) -> std::result::Result<Option<u64>, Problem> {
        match self.take("ttl_ms") {
            None => Ok(None),
            Some(ms) => match ms.as_u64() {
                Some(ms) => Ok(Some(ms)),
                None => Err(Problem::invalid("`ttl_ms` must be a whole number")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line {
        parse(text.as_bytes()).unwrap().unwrap()
    }

    #[test]
    fn a_message_is_confirmed_by_its_id_or_by_an_object() {
        let confirmed = Line::Confirm("msg_1".to_owned());
        assert_eq!(line(" msg_1\r\n"), confirmed);
        assert_eq!(line("{\"confirm\":\"msg_1\"}"), confirmed);
        assert_eq!(parse(b" \n"), Ok(None));
    }

    #[test]
    fn replies_and_new_messages_have_what_a_send_has() {
        let Line::Send(reply) = line(r#"{"reply":"msg_1","content":""}"#) else {
            panic!()
        };
        assert_eq!(reply.to, To::Sender("msg_1".to_owned()));
        let Line::Send(send) = line(
            r#"{"send":"session:a","content":"c","content_type":"t","metadata":{"a":1},"key":"k","ttl_ms":5000}"#,
        ) else {
            panic!()
        };
        assert_eq!(send.to, To::Address("session:a".to_owned()));
        assert_eq!(send.ttl_ms, Some(5000));
        assert_eq!(send.metadata["a"], 1);
    }

    #[test]
    fn a_bad_line_says_what_is_wrong() {
        for (text, word) in [
            ("two words", "neither"),
            ("{", "not JSON"),
            ("{}", "one of"),
            (r#"{"confirm":"a","reply":"b"}"#, "one of"),
            (r#"{"confirm":1}"#, "`confirm` must be a string"),
            (r#"{"confirm":""}"#, "`confirm` is empty"),
            (r#"{"confirm":"a","x":1}"#, "`x` means nothing"),
            (r#"{"reply":"a"}"#, "`content` is missing"),
            (r#"{"send":"a","content":{}}"#, "`content` must be a string"),
            (r#"{"send":"a","content":"","metadata":[]}"#, "`metadata`"),
            (r#"{"send":"a","content":"","ttl_ms":-1}"#, "`ttl_ms`"),
            (
                r#"{"send":"a","content":"","contentType":"t"}"#,
                "means nothing",
            ),
        ] {
            let problem = parse(text.as_bytes()).unwrap_err();
            assert_eq!(problem.code, "invalid_line");
            assert!(problem.message.contains(word), "{text}: {problem:?}");
        }
        assert!(parse(b"\xff").is_err());
    }

    #[test]
    fn lines_are_counted_and_one_that_is_too_long_is_passed_over() {
        let text = [b"a\n\n".to_vec(), vec![b'x'; LONGEST + 9], b"\nb".to_vec()].concat();
        let mut read = Vec::new();
        read_all(&text[..], |line| {
            read.push((line.number, line.line.is_ok()));
            true
        })
        .unwrap();
        assert_eq!(read, [(1, true), (3, false), (4, true)]);
    }
}
