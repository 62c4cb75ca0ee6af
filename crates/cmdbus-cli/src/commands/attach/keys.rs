//! Taking keys out of a JSON object, each as what it must be.

use cmdbus_mcp::names;
use serde_json::{Map, Value};

use crate::exit::{Error, Result};
use crate::output::printable_line;

/// The object of one server in a file. What is left at the end is unknown.
pub(super) struct Keys {
    /// For errors: the file and the server.
    place: String,
    left: Map<String, Value>,
}

impl Keys {
    pub(super) fn new(place: String, object: Map<String, Value>) -> Self {
        Self {
            place,
            left: object,
        }
    }

    /// Makes an error about a key. `text` says what is wrong and how it is mended.
    pub(super) fn error(&self, key: &str, text: &str) -> Error {
        Error::usage(printable_line(&format!(
            "in {}: {text}",
            self.place_of(key)
        )))
    }

    /// Returns where the keys of an object under a key are, for errors.
    pub(super) fn place_of(&self, key: &str) -> String {
        format!("{}, key `{key}`", self.place)
    }

    /// Makes an error about the server as a whole.
    pub(super) fn error_of_all(&self, text: &str) -> Error {
        Error::usage(printable_line(&format!("in {}: {text}", self.place)))
    }

    /// Takes a key. `null` is as good as nothing.
    fn take(&mut self, key: &str) -> Option<Value> {
        // Keeps the order of what is left, in which it is named.
        self.left.shift_remove(key).filter(|value| !value.is_null())
    }

    pub(super) fn text(&mut self, key: &str) -> Result<Option<String>> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.error(key, "must be a text: put it in quotes")),
        }
    }

    /// As [`text`](Self::text), for one that is not empty.
    pub(super) fn word(&mut self, key: &str) -> Result<Option<String>> {
        match self.text(key)? {
            Some(text) if text.is_empty() => {
                Err(self.error(key, "is empty: fill it in, or remove it"))
            }
            other => Ok(other),
        }
    }

    pub(super) fn flag(&mut self, key: &str) -> Result<Option<bool>> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(self.error(key, "must be `true` or `false`")),
        }
    }

    /// Takes a whole number of a range.
    pub(super) fn number(&mut self, key: &str, least: u64, most: u64) -> Result<Option<u64>> {
        let Some(value) = self.take(key) else {
            return Ok(None);
        };
        match value.as_u64() {
            Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => {
                let text = format!("must be a whole number from {least} to {most}, without quotes");
                Err(self.error(key, &text))
            }
        }
    }

    /// Takes one of two words. Returns whether it is the second.
    pub(super) fn second(&mut self, key: &str, [first, second]: [&str; 2]) -> Result<bool> {
        match self.text(key)? {
            None => Ok(false),
            Some(word) if word == first => Ok(false),
            Some(word) if word == second => Ok(true),
            Some(_) => Err(self.error(key, &format!("must be `{first}` or `{second}`"))),
        }
    }

    pub(super) fn texts(&mut self, key: &str) -> Result<Vec<String>> {
        let text = "must be a list of texts, such as [\"a\", \"b\"]";
        match self.take(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => items
                .into_iter()
                .map(|item| match item {
                    Value::String(item) => Ok(item),
                    _ => Err(self.error(key, text)),
                })
                .collect(),
            Some(_) => Err(self.error(key, text)),
        }
    }

    /// Takes an object whose values are texts, in its order.
    pub(super) fn table(&mut self, key: &str) -> Result<Vec<(String, String)>> {
        let text = "must be an object of texts, such as {\"NAME\": \"value\"}";
        match self.take(key) {
            None => Ok(Vec::new()),
            Some(Value::Object(entries)) => {
                entries
                    .into_iter()
                    .map(|(name, value)| match value {
                        Value::String(value) => Ok((name, value)),
                        _ => Err(self
                            .error(&format!("{key}.{name}"), "must be a text: put it in quotes")),
                    })
                    .collect()
            }
            Some(_) => Err(self.error(key, text)),
        }
    }

    /// Takes an object whose keys are then taken in their turn.
    pub(super) fn object(&mut self, key: &str) -> Result<Option<Map<String, Value>>> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(_) => Err(self.error(key, "must be an object")),
        }
    }

    /// Takes the prefix of the commands.
    pub(super) fn prefix(&mut self, key: &str) -> Result<Option<String>> {
        let Some(prefix) = self.word(key)? else {
            return Ok(None);
        };
        let made = names::prefix(&prefix);
        if made == prefix {
            return Ok(Some(prefix));
        }
        Err(self.error(
            key,
            &format!("cannot be the beginning of a command id: take `{made}`"),
        ))
    }

    /// Takes all that is left.
    pub(super) fn clear(&mut self) {
        self.left.clear();
    }

    /// Returns the names of the keys that nobody has taken.
    pub(super) fn left(self) -> impl Iterator<Item = String> {
        self.left.into_iter().map(|(key, _)| key)
    }
}
