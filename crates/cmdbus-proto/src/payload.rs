//! Application data on its way through the bus.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::scan;

/// One JSON value that the bus carries without looking inside.
///
/// A payload holds either the JSON text as it came from a peer or was encoded here, or a
/// [`serde_json::Value`]. A hop that only forwards passes the text on byte for byte: cloning a
/// payload copies no data, whichever form it has. Text from a peer is known to be UTF-8 with
/// balanced brackets and strings; whether it is JSON throughout is found out by whoever decodes it.
#[derive(Clone)]
pub struct Payload(Repr);

#[derive(Clone)]
enum Repr {
    /// JSON text. `depth` is how deep it nests, if it has been counted.
    Raw {
        text: Bytes,
        depth: Option<u8>,
    },
    Value(Arc<Value>),
}

impl Payload {
    /// Encodes a value.
    ///
    /// # Errors
    /// Whatever `Serialize` reports, and map keys that are not strings.
    pub fn new<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::to_vec(value).map(|text| {
            Self(Repr::Raw {
                text: Bytes::from(text),
                depth: None,
            })
        })
    }

    /// Encodes a value, or returns `None` if it encodes as `null`: in `request`, `result` and
    /// `payload` of a message, `null` is the same as nothing and is not sent.
    ///
    /// # Errors
    /// As [`Payload::new`].
    pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Option<Self>, serde_json::Error> {
        Self::new(value).map(Self::non_null)
    }

    /// Returns the payload unless it is `null`.
    pub fn non_null(self) -> Option<Self> {
        (!self.is_null()).then_some(self)
    }

    /// Takes JSON text as it stands, after checking that it is one JSON value.
    ///
    /// # Errors
    /// A syntax error with its position.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        let raw: &RawValue = serde_json::from_str(text)?;
        let mut text = raw.get().as_bytes().to_vec();
        scan::newlines_to_spaces(&mut text);
        Ok(Self(Repr::Raw {
            text: Bytes::from(text),
            depth: None,
        }))
    }

    /// Wraps text out of a frame that has been scanned. The caller vouches for UTF-8, balance and
    /// the absence of line breaks.
    pub(crate) fn from_scanned(text: Bytes, depth: u8) -> Self {
        Self(Repr::Raw {
            text,
            depth: Some(depth),
        })
    }

    /// Decodes into any type.
    ///
    /// # Errors
    /// The text is not JSON, or does not fit the type.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        match &self.0 {
            Repr::Raw { text, .. } => serde_json::from_slice(text),
            Repr::Value(value) => T::deserialize(&**value),
        }
    }

    /// Returns the payload as a [`Value`].
    ///
    /// # Errors
    /// The text a peer sent turns out not to be JSON.
    pub fn to_value(&self) -> Result<Value, serde_json::Error> {
        self.clone().into_value()
    }

    /// Turns the payload into a [`Value`], without a copy where it is the only holder of one.
    ///
    /// # Errors
    /// The text a peer sent turns out not to be JSON.
    pub fn into_value(self) -> Result<Value, serde_json::Error> {
        match self.0 {
            Repr::Raw { text, .. } => serde_json::from_slice(&text),
            Repr::Value(value) => Ok(Arc::unwrap_or_clone(value)),
        }
    }

    /// Returns the payload as JSON text. Borrowed if it is text already.
    pub fn to_json(&self) -> Cow<'_, [u8]> {
        match &self.0 {
            Repr::Raw { text, .. } => Cow::Borrowed(text),
            Repr::Value(value) => Cow::Owned(value_to_vec(value)),
        }
    }

    /// Returns whether this is the JSON value `null`.
    pub fn is_null(&self) -> bool {
        match &self.0 {
            Repr::Raw { text, .. } => text.as_ref() == b"null",
            Repr::Value(value) => value.is_null(),
        }
    }

    /// Returns whether this is the JSON value `{}`.
    pub fn is_empty_object(&self) -> bool {
        match &self.0 {
            Repr::Raw { text, .. } => scan::is_empty_object(text),
            Repr::Value(value) => value.as_object().is_some_and(|map| map.is_empty()),
        }
    }

    /// Returns whether this is a JSON object.
    pub(crate) fn is_object(&self) -> bool {
        match &self.0 {
            Repr::Raw { text, .. } => text.starts_with(b"{"),
            Repr::Value(value) => value.is_object(),
        }
    }

    /// Returns about how many bytes the payload takes: exactly for text, estimated for a value.
    pub fn weight(&self) -> usize {
        match &self.0 {
            Repr::Raw { text, .. } => text.len(),
            Repr::Value(value) => value_weight(value),
        }
    }

    /// Returns the text if there is one, sharing it.
    pub(crate) fn as_text(&self) -> Option<&Bytes> {
        match &self.0 {
            Repr::Raw { text, .. } => Some(text),
            Repr::Value(_) => None,
        }
    }

    /// Returns how deep the payload nests; a scalar has depth 0.
    pub(crate) fn depth(&self) -> usize {
        match &self.0 {
            Repr::Raw {
                depth: Some(depth), ..
            } => usize::from(*depth),
            Repr::Raw { text, .. } => scan::depth(text),
            Repr::Value(value) => value_depth(value),
        }
    }
}

fn value_to_vec(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).expect("a `Value` has string keys only, and a `Vec` takes every byte")
}

fn value_weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 4,
        Value::Number(_) => 8,
        Value::String(text) => text.len() + 2,
        Value::Array(items) => {
            items
                .iter()
                .map(|item| value_weight(item) + 1)
                .sum::<usize>()
                + 2
        }
        Value::Object(map) => {
            map.iter()
                .map(|(key, item)| key.len() + 4 + value_weight(item))
                .sum::<usize>()
                + 2
        }
    }
}

/// Returns how deep a value nests; a scalar has depth 0.
pub(crate) fn value_depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(value_depth).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(value_depth).max().unwrap_or(0),
        _ => 0,
    }
}

impl From<Value> for Payload {
    fn from(value: Value) -> Self {
        Self(Repr::Value(Arc::new(value)))
    }
}

impl TryFrom<Payload> for Value {
    type Error = serde_json::Error;

    fn try_from(payload: Payload) -> Result<Self, Self::Error> {
        payload.into_value()
    }
}

impl std::fmt::Debug for Payload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Payload")
            .field(&String::from_utf8_lossy(&self.to_json()))
            .finish()
    }
}

/// Equality by JSON meaning: white space, member order, escapes and the spelling of numbers do not count.
impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        match (self.to_value(), other.to_value()) {
            (Ok(a), Ok(b)) => same_json(&a, &b),
            // Neither is JSON: all there is to compare is the text.
            (Err(_), Err(_)) => self.to_json() == other.to_json(),
            _ => false,
        }
    }
}

fn same_json(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || a.as_f64() == b.as_f64() && (a.is_f64() || b.is_f64())
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_json(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| same_json(a, b)))
        }
        _ => a == b,
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Repr::Raw { text, .. } => serde_json::from_slice::<&RawValue>(text)
                .map_err(serde::ser::Error::custom)?
                .serialize(serializer),
            Repr::Value(value) => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let mut text = String::from(Box::<str>::from(raw)).into_bytes();
        scan::newlines_to_spaces(&mut text);
        Ok(Self(Repr::Raw {
            text: Bytes::from(text),
            depth: None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_and_value_are_equal_when_they_mean_the_same() {
        let text = Payload::from_json(r#" {"b" : 1.0, "a":"\u0041"} "#).unwrap();
        assert_eq!(text, Payload::from(json!({"a": "A", "b": 1})));
        assert_ne!(text, Payload::from(json!({"a": "A", "b": 2})));
        assert_ne!(
            Payload::from_json("9007199254740993").unwrap(),
            Payload::from_json("9007199254740992").unwrap(),
            "integers are compared exactly"
        );
    }

    #[test]
    fn text_never_holds_a_line_break() {
        let text = Payload::from_json("{\r\n \"a\": 1\n}").unwrap();
        assert!(!text.to_json().contains(&b'\n'));
        assert_eq!(text, Payload::from(json!({"a": 1})));
        let text: Payload = serde_json::from_str("[\n1]").unwrap();
        assert!(!text.to_json().contains(&b'\n'));
    }

    #[test]
    fn null_is_no_payload_at_the_top_and_kept_below() {
        assert!(Payload::encode(&()).unwrap().is_none());
        assert!(Payload::encode(&None::<u8>).unwrap().is_none());
        let nested = Payload::encode(&json!({"a": null})).unwrap().unwrap();
        assert_eq!(nested.to_json().as_ref(), br#"{"a":null}"#);
    }

    #[test]
    fn depth_is_the_same_for_text_and_value() {
        for (value, depth) in [
            (json!(1), 0),
            (json!([]), 1),
            (json!({"a": [1, {"b": "]]]"}]}), 3),
        ] {
            assert_eq!(Payload::new(&value).unwrap().depth(), depth);
            assert_eq!(Payload::from(value).depth(), depth);
        }
    }

    #[test]
    fn bad_json_is_refused_with_its_position() {
        let error = Payload::from_json("{\"a\": ]").unwrap_err();
        assert!(error.to_string().contains("column 7"), "{error}");
    }
}
