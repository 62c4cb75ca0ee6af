//! The list of commands that is published at `/cmds.json`.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::text::shown;

/// Most commands that are read of one document.
pub const MAX_COMMANDS: usize = 10_000;
/// Longest id, in bytes.
pub const MAX_ID: usize = 1024;
/// Most warnings that are kept; the last one says how many more there are.
const MAX_WARNINGS: usize = 100;

/// Commands with their schemas, in the order of their ids.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Document {
    /// The commands. No id occurs twice.
    pub commands: Vec<Definition>,
    /// What was left out of the document, and why. A sentence each, safe to show.
    pub warnings: Vec<String>,
}

/// One command.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// What it is called by. Any text, as far as this crate is concerned.
    pub id: String,
    /// What it is for.
    pub description: Option<String>,
    /// Its shapes; `None` if they are not known.
    pub schema: Option<Shapes>,
}

/// What a command takes and returns.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shapes {
    /// JSON Schema of the request; `None` for nothing.
    pub request: Option<Value>,
    /// JSON Schema of the response; `None` for nothing.
    pub response: Option<Value>,
}

/// Why a text is no list of commands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// It is not JSON, or nested too deeply.
    #[error("the list of commands is not JSON: {0}")]
    NotJson(String),
    /// It is JSON of another kind.
    #[error(
        "the list of commands has no array `commands`; give the address of a `/cmds.json`, or a file saved from there"
    )]
    NoCommands,
}

impl Document {
    /// Reads a document.
    ///
    /// What is wrong with one command costs that command only, and is told in a warning.
    ///
    /// # Errors
    /// If there is no list of commands in it.
    pub fn parse(text: &[u8]) -> Result<Self, DocumentError> {
        let value: Value = serde_json::from_slice(text)
            .map_err(|error| DocumentError::NotJson(shown(&error.to_string())))?;
        Self::from_value(value)
    }

    /// As [`parse`](Self::parse), from JSON that has been read already.
    ///
    /// # Errors
    /// As `parse`.
    pub fn from_value(value: Value) -> Result<Self, DocumentError> {
        let mut members = match value {
            Value::Object(members) => members,
            // What `cmdbus ls --json` prints.
            Value::Array(commands) => return Ok(Reading::default().all(commands)),
            _ => return Err(DocumentError::NoCommands),
        };
        let Some(Value::Array(commands)) = members.remove("commands") else {
            return Err(DocumentError::NoCommands);
        };
        let mut reading = Reading::default();
        match members.get("cmdschema") {
            Some(Value::String(version)) if version.starts_with("1.") => {}
            Some(Value::String(version)) => reading.warn(format!(
                "the document is of version `{}`; this program knows 1.x, so something may be missing",
                shown(version)
            )),
            _ => reading.warn("the document does not say its version; it is read as 1.0.0".to_owned()),
        }
        Ok(reading.all(commands))
    }

    /// Returns the document of commands that are known already. Later ones of the same id are left out.
    pub fn of(commands: impl IntoIterator<Item = Definition>) -> Self {
        let mut reading = Reading::default();
        for definition in commands {
            reading.insert(definition);
        }
        reading.end()
    }
}

#[derive(Default)]
struct Reading {
    commands: Vec<Definition>,
    ids: BTreeSet<String>,
    warnings: Vec<String>,
    unsaid: usize,
}

impl Reading {
    fn all(mut self, commands: Vec<Value>) -> Document {
        let surplus = commands.len().saturating_sub(MAX_COMMANDS);
        for (index, command) in commands.into_iter().take(MAX_COMMANDS).enumerate() {
            self.add(index, command);
        }
        if surplus > 0 {
            self.warn(format!(
                "{surplus} commands beyond the first {MAX_COMMANDS} are left out"
            ));
        }
        self.end()
    }

    fn add(&mut self, index: usize, value: Value) {
        match definition(value) {
            Ok(definition) => self.insert(definition),
            Err((Some(id), reason)) => {
                self.warn(format!("`{}` is left out: {reason}", shown(&id)));
            }
            Err((None, reason)) => {
                self.warn(format!(
                    "command number {} is left out: {reason}",
                    index + 1
                ));
            }
        }
    }

    fn insert(&mut self, definition: Definition) {
        if self.ids.insert(definition.id.clone()) {
            self.commands.push(definition);
        } else {
            self.warn(format!(
                "`{}` is there more than once; the first one is used",
                shown(&definition.id)
            ));
        }
    }

    fn warn(&mut self, text: String) {
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(text);
        } else {
            self.unsaid += 1;
        }
    }

    fn end(mut self) -> Document {
        if self.unsaid > 0 {
            let more = format!("{} more such warnings are left out", self.unsaid);
            self.warnings.push(more);
        }
        self.commands.sort_by(|a, b| a.id.cmp(&b.id));
        Document {
            commands: self.commands,
            warnings: self.warnings,
        }
    }
}

/// What is wrong with a definition: its id if it has one, and the reason.
type Wrong = (Option<String>, &'static str);

fn definition(value: Value) -> Result<Definition, Wrong> {
    let Value::Object(mut members) = value else {
        return Err((None, "it is not an object"));
    };
    let id = match members.remove("id") {
        Some(Value::String(id)) if id.is_empty() => return Err((None, "its `id` is empty")),
        Some(Value::String(id)) => id,
        _ => return Err((None, "it has no `id` that is a string")),
    };
    if id.len() > MAX_ID {
        return Err((Some(id), "its id is longer than 1,024 bytes"));
    }
    if id.starts_with('_') {
        return Err((Some(id), "ids that begin with `_` are private"));
    }
    let description = match members.remove("description") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text),
        Some(_) => return Err((Some(id), "its `description` is not a string")),
    };
    let schema = match members.remove("schema") {
        None | Some(Value::Null) => None,
        Some(Value::Object(slots)) => match shapes(slots) {
            Ok(shapes) => Some(shapes),
            Err(reason) => return Err((Some(id), reason)),
        },
        Some(_) => return Err((Some(id), "its `schema` is not an object")),
    };
    Ok(Definition {
        id,
        description,
        schema,
    })
}

fn shapes(mut slots: Map<String, Value>) -> Result<Shapes, &'static str> {
    let mut slot = |name: &str, reason: &'static str| match slots.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(schema @ (Value::Object(_) | Value::Bool(_))) => Ok(Some(schema)),
        Some(_) => Err(reason),
    };
    Ok(Shapes {
        request: slot("request", "its `schema.request` is not a JSON Schema")?,
        response: slot("response", "its `schema.response` is not a JSON Schema")?,
    })
}
