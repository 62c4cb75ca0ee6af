//! Whether a request fits the schema of its command.
//!
//! A schema comes from whoever provides the command, and a request from whoever calls it, so neither may cost more than a little:
//! every look at a value is a step, and steps are counted (`check.rs`). A general validator has no such limit: a few lines of
//! schema make it work for hours, or write down millions of errors. What cannot be checked within the limits is not checked here;
//! the provider has the last word anyway.

mod check;
mod evaluated;
mod parts;
mod pattern;
mod place;
mod plain;
mod say;
mod schema;
mod values;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use cmdbus::CommandRegistry;
use serde_json::{Value, json};

pub(super) use self::place::decoded;
pub(super) use self::schema::{Schema, has_rules};
use super::problem::Problem;

/// Most schemas that are kept ready, and about how many bytes they may have together. Beyond, the one unused for longest goes.
const MOST_SCHEMAS: usize = 1024;
const MOST_BYTES: usize = 16 << 20;

/// Something in a request that does not fit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wrong {
    /// Where, as a pointer (RFC 6901) in the form of a fragment. For a member that is missing, where it would be.
    pub(super) pointer: String,
    /// What about it, as the rest of a sentence.
    pub(super) detail: String,
}

impl Wrong {
    pub(super) fn to_json(&self) -> Value {
        json!({"pointer": self.pointer, "detail": self.detail})
    }
}

/// The schemas of requests, ready for use.
#[derive(Default)]
pub(super) struct Schemas(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    by_id: HashMap<String, Entry>,
    bytes: usize,
    /// Grows with every use.
    clock: u64,
}

struct Entry {
    /// Of the directory, when this was known to be the schema of the command.
    version: u64,
    /// `None`: nothing is checked.
    schema: Option<Arc<Schema>>,
    bytes: usize,
    used: u64,
}

impl Schemas {
    /// Checks a request: the text of its JSON, or `None` if there is none.
    ///
    /// # Errors
    /// It does not fit what the command declares.
    pub(super) fn check(
        &self,
        registry: &CommandRegistry,
        command_id: &str,
        request: Option<&[u8]>,
    ) -> Result<(), Problem> {
        let Some(schema) = self.of(registry, command_id) else {
            return Ok(());
        };
        let wrong = match request {
            Some(text) => match serde_json::from_slice(text) {
                Ok(value) => schema.wrong(&value, text.len()),
                // It is JSON, but nests deeper, or has a larger number, than is read here.
                Err(_) => Vec::new(),
            },
            None if schema.may_be_left_out() => Vec::new(),
            None => vec![Wrong {
                pointer: "#".to_owned(),
                detail: "is required".to_owned(),
            }],
        };
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(problem(wrong))
        }
    }

    /// Returns the schema that requests of a command are checked with.
    fn of(&self, registry: &CommandRegistry, command_id: &str) -> Option<Arc<Schema>> {
        let version = registry.directory_version();
        if let Some(entry) = self.lock().get(command_id)
            && entry.version == version
        {
            return entry.schema.clone();
        }
        // Not under the lock: it takes that of the registry, and compiling takes its time.
        let (command, _) = registry.describe_command(command_id)?;
        let request = command.schema.and_then(|schema| schema.request);
        let before = self.lock().get(command_id).and_then(|it| it.schema.clone());
        let schema = match (request, before) {
            (Some(request), Some(before)) if *before.root() == request => Some(before),
            (Some(request), _) => Schema::compile(request).map(Arc::new),
            (None, _) => None,
        };
        self.lock().put(command_id, version, schema.clone());
        schema
    }

    /// Returns the schema of requests that a command had at some version of the directory. Whoever describes all commands looks at
    /// each of them, which must not push out what calls need.
    pub(super) fn look(
        &self,
        version: u64,
        command_id: &str,
        request: &Value,
    ) -> Option<Arc<Schema>> {
        let before = match self.lock().by_id.get(command_id) {
            Some(entry) if entry.version >= version => return entry.schema.clone(),
            entry => entry.and_then(|it| it.schema.clone()),
        };
        let schema = match before {
            Some(before) if before.root() == request => Some(before),
            _ => Schema::compile(request.clone()).map(Arc::new),
        };
        self.lock().put_aside(command_id, version, schema.clone());
        schema
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn get(&mut self, command_id: &str) -> Option<&Entry> {
        self.clock += 1;
        let entry = self.by_id.get_mut(command_id)?;
        entry.used = self.clock;
        Some(entry)
    }

    fn put(&mut self, command_id: &str, version: u64, schema: Option<Arc<Schema>>) {
        self.remove(command_id);
        let bytes = bytes_of(command_id, schema.as_deref());
        while !self.has_room(bytes) {
            let oldest = self.by_id.iter().min_by_key(|(_, entry)| entry.used);
            let Some(oldest) = oldest.map(|(id, _)| id.clone()) else {
                break;
            };
            self.remove(&oldest);
        }
        self.clock += 1;
        self.insert(command_id, version, schema, self.clock);
    }

    /// Keeps what nobody has used yet, if there is room.
    fn put_aside(&mut self, command_id: &str, version: u64, schema: Option<Arc<Schema>>) {
        let used = self.by_id.get(command_id).map_or(0, |entry| entry.used);
        self.remove(command_id);
        if self.has_room(bytes_of(command_id, schema.as_deref())) {
            self.insert(command_id, version, schema, used);
        }
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.by_id.len() < MOST_SCHEMAS && self.bytes + bytes <= MOST_BYTES
    }

    fn insert(&mut self, command_id: &str, version: u64, schema: Option<Arc<Schema>>, used: u64) {
        let bytes = bytes_of(command_id, schema.as_deref());
        self.bytes += bytes;
        let entry = Entry {
            version,
            schema,
            bytes,
            used,
        };
        self.by_id.insert(command_id.to_owned(), entry);
    }

    fn remove(&mut self, command_id: &str) {
        if let Some(entry) = self.by_id.remove(command_id) {
            self.bytes -= entry.bytes;
        }
    }
}

fn bytes_of(command_id: &str, schema: Option<&Schema>) -> usize {
    command_id.len() + schema.map_or(0, Schema::bytes)
}

fn problem(wrong: Vec<Wrong>) -> Problem {
    let mut detail = "the request does not fit the command".to_owned();
    if let Some(first) = wrong.first() {
        let place = match first.pointer.as_str() {
            "#" => "it".to_owned(),
            pointer => format!("`{pointer}`"),
        };
        detail += &format!(": {place} {}", first.detail);
    }
    if wrong.len() > 1 {
        detail += &format!("; and {} more", wrong.len() - 1);
    }
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Problem::new(status, "invalid_request", detail).with_errors(wrong)
}

#[cfg(test)]
mod tests;
