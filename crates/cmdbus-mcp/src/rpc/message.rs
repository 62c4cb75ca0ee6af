//! One message of JSON-RPC.

use std::fmt;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::RpcError;

/// JSON that nobody has looked into.
pub type Raw = Box<RawValue>;

/// Returns the JSON of a value.
///
/// # Panics
/// A value whose `Serialize` fails, or a map with keys that are no strings. Use it for own types only.
#[must_use]
pub fn raw(value: &impl Serialize) -> Raw {
    serde_json::value::to_raw_value(value).expect("own types are JSON")
}

/// The id of a request: a string or a number, in the text it was written in.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Id(Box<str>);

impl Id {
    /// Makes an id of a string.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self(serde_json::Value::from(text).to_string().into())
    }

    /// Makes an id of a number.
    #[must_use]
    pub fn number(number: u64) -> Self {
        Self(number.to_string().into())
    }

    /// Takes JSON for an id, if it is a string or a number.
    #[must_use]
    pub fn from_raw(raw: &RawValue) -> Option<Self> {
        let text = raw.get();
        matches!(text.as_bytes().first(), Some(b'"' | b'-' | b'0'..=b'9'))
            .then(|| Self(text.into()))
    }

    /// Returns the JSON of the id.
    #[must_use]
    pub fn as_json(&self) -> &str {
        &self.0
    }

    /// Returns the id as raw JSON.
    #[must_use]
    pub fn to_raw(&self) -> Raw {
        raw(self)
    }
}

impl Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One message of JSON-RPC.
#[derive(Debug, Clone)]
pub enum Message {
    /// Wants an answer.
    Request {
        /// Echoed by the answer.
        id: Id,
        /// What is asked for.
        method: String,
        /// Missing parameters are legal, and are not the same as empty ones (W26).
        params: Option<Raw>,
    },
    /// Wants none.
    Notification {
        /// What is told.
        method: String,
        /// Missing parameters are legal.
        params: Option<Raw>,
    },
    /// The answer to a request.
    Response {
        /// The id of the request.
        id: Id,
        /// What came of it.
        outcome: Result<Raw, RpcError>,
    },
}

/// Why a text is no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Malformed {
    /// The code to answer with: no JSON, or no request.
    pub code: i64,
    /// The id, where it could be read, so that whoever waits can be told.
    pub id: Option<Id>,
    /// What is wrong.
    pub text: String,
}

/// The members of an envelope. `id` and `params` are absent or raw; JSON `null` is a raw `null`.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    jsonrpc: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    method: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    params: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    error: Option<&'a RawValue>,
}

/// Unlike an `Option` by itself, keeps `null` apart from absence.
fn present<'de: 'a, 'a, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

impl Message {
    /// Reads one message.
    ///
    /// # Errors
    /// No JSON, a batch, or what is neither request nor notification nor response (attach §4.3).
    pub fn parse(text: &[u8]) -> Result<Self, Malformed> {
        let bad = |code, id: Option<Id>, text: &str| Malformed {
            code,
            id,
            text: text.to_owned(),
        };
        let invalid = |id, text: &str| bad(super::codes::INVALID_REQUEST, id, text);
        // An array of the right values would pass for the members in order.
        if !text.trim_ascii_start().starts_with(b"{") {
            return Err(Self::not_an_object(text));
        }
        let envelope: Envelope<'_> = match serde_json::from_slice(text) {
            Ok(envelope) => envelope,
            Err(_) => return Err(Self::not_an_object(text)),
        };
        let id = match envelope.id {
            None => None,
            Some(raw) => match Id::from_raw(raw) {
                Some(id) => Some(id),
                None => return Err(invalid(None, "the id must be a string or a number")),
            },
        };
        if envelope.jsonrpc.map(RawValue::get) != Some("\"2.0\"") {
            return Err(invalid(id, "`jsonrpc` must be \"2.0\""));
        }
        let params = envelope.params.map(ToOwned::to_owned);
        let outcome = envelope.result.is_some() || envelope.error.is_some();
        match (envelope.method, id) {
            (Some(_), id) if outcome => Err(invalid(id, "a message with a method has no result")),
            (Some(method), id) => {
                let Ok(method) = serde_json::from_str::<String>(method.get()) else {
                    return Err(invalid(id, "the method must be a string"));
                };
                Ok(match id {
                    Some(id) => Self::Request { id, method, params },
                    None => Self::Notification { method, params },
                })
            }
            (None, Some(id)) if outcome => {
                let outcome = match (envelope.result, envelope.error) {
                    (Some(result), None) => Ok(result.to_owned()),
                    (None, Some(error)) => match serde_json::from_str(error.get()) {
                        Ok(error) => Err(error),
                        Err(_) => return Err(invalid(Some(id), "the error is no error object")),
                    },
                    _ => return Err(invalid(Some(id), "both a result and an error")),
                };
                Ok(Self::Response { id, outcome })
            }
            (None, None) if outcome => Err(invalid(None, "a response needs the id of its request")),
            (None, id) => Err(invalid(id, "neither a method nor a result")),
        }
    }

    /// Tells what is wrong with a text that is no object with readable members.
    fn not_an_object(text: &[u8]) -> Malformed {
        use super::codes::{INVALID_REQUEST, PARSE_ERROR};
        let (code, said) = match serde_json::from_slice::<IgnoredAny>(text) {
            Err(error) => (PARSE_ERROR, format!("not JSON: {error}")),
            Ok(_) if text.trim_ascii_start().starts_with(b"[") => {
                (INVALID_REQUEST, "batch not supported".to_owned())
            }
            Ok(_) => (
                INVALID_REQUEST,
                "a message must be an object with each member once".to_owned(),
            ),
        };
        Malformed {
            code,
            id: None,
            text: said,
        }
    }

    /// Returns the message as JSON on one line, without the end of the line.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        out.extend_from_slice(b"{\"jsonrpc\":\"2.0\"");
        let mut put = |name: &str, json: &str| {
            out.extend_from_slice(b",\"");
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"\":");
            one_line(&mut out, json);
        };
        match self {
            Self::Request { id, method, params } => {
                put("id", id.as_json());
                put(
                    "method",
                    &serde_json::Value::from(method.as_str()).to_string(),
                );
                if let Some(params) = params {
                    put("params", params.get());
                }
            }
            Self::Notification { method, params } => {
                put(
                    "method",
                    &serde_json::Value::from(method.as_str()).to_string(),
                );
                if let Some(params) = params {
                    put("params", params.get());
                }
            }
            Self::Response { id, outcome } => {
                put("id", id.as_json());
                match outcome {
                    Ok(result) => put("result", result.get()),
                    Err(error) => put("error", raw(error).get()),
                }
            }
        }
        out.push(b'}');
        out
    }
}

/// Appends JSON. A raw value may hold line ends between its tokens, and in a line-based stream each would end the message; inside
/// strings JSON allows none, so a space in place of each changes nothing.
fn one_line(out: &mut Vec<u8>, json: &str) {
    out.extend(json.bytes().map(|byte| match byte {
        b'\n' | b'\r' => b' ',
        byte => byte,
    }));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_id_keeps_its_type_and_its_text() {
        for id in [
            "1",
            "\"1\"",
            "-7",
            "1.50",
            "18446744073709551616",
            "\"\\u0061\"",
        ] {
            let text = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
            let message = Message::parse(text.as_bytes()).unwrap();
            assert_eq!(message.to_json(), text.as_bytes());
        }
    }

    #[test]
    fn raw_members_survive_byte_for_byte() {
        let text =
            r#"{"jsonrpc":"2.0","id":"a","result":{"z":1.10,"a":123456789012345678901234567890}}"#;
        assert_eq!(
            Message::parse(text.as_bytes()).unwrap().to_json(),
            text.as_bytes()
        );
    }

    #[test]
    fn w26_absent_params_stay_absent_and_null_stays_null() {
        for text in [
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":null}"#,
        ] {
            assert_eq!(
                Message::parse(text.as_bytes()).unwrap().to_json(),
                text.as_bytes()
            );
        }
    }

    #[test]
    fn w25_what_is_no_message_says_why() {
        let cases: &[(&str, i64, &str)] = &[
            ("{", -32700, "not JSON"),
            ("\u{1}", -32700, "not JSON"),
            ("[]", -32600, "batch"),
            ("7", -32600, "object"),
            (r#"{"id":1,"method":"x"}"#, -32600, "jsonrpc"),
            (
                r#"{"jsonrpc":"1.0","id":1,"method":"x"}"#,
                -32600,
                "jsonrpc",
            ),
            (
                r#"{"jsonrpc":"2.0","id":null,"method":"x"}"#,
                -32600,
                "id must",
            ),
            (
                r#"{"jsonrpc":"2.0","id":{},"method":"x"}"#,
                -32600,
                "id must",
            ),
            (
                r#"{"jsonrpc":"2.0","id":[],"method":"x"}"#,
                -32600,
                "id must",
            ),
            (
                r#"{"jsonrpc":"2.0","id":true,"method":"x"}"#,
                -32600,
                "id must",
            ),
            (r#"{"jsonrpc":"2.0","id":1}"#, -32600, "neither"),
            (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, -32600, "string"),
            (r#"{"jsonrpc":"2.0","result":{}}"#, -32600, "needs the id"),
            (
                r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#,
                -32600,
                "both",
            ),
        ];
        for (text, code, said) in cases {
            let error = Message::parse(text.as_bytes()).unwrap_err();
            assert_eq!(error.code, *code, "{text}");
            assert!(error.text.contains(said), "{text}: {}", error.text);
        }
    }

    #[test]
    fn a_pretty_printed_message_is_written_on_one_line() {
        let message =
            Message::parse(b"{\"jsonrpc\":\"2.0\",\"method\":\"x\",\"params\":{\r\n  \"a\": 1\n}}")
                .unwrap();
        assert!(!message.to_json().contains(&b'\n'));
    }
}
