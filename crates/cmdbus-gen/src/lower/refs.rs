//! References within a schema.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt::Write;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::digest::{Digest, Digester};
use super::{Lowering, State};
use crate::model::{Kind, Type, TypeId};
use crate::names::words;
use crate::text::shown;

/// Most definitions that are compared to see whether two mean the same.
const MOST_COMPARED: usize = 64;
/// Most bytes of them.
const MOST_BYTES: usize = 64 << 10;

/// The schema that references are relative to.
pub(super) struct Root<'a> {
    pub(super) schema: &'a Value,
    name: String,
    /// By JSON pointer.
    pub(super) targets: HashMap<String, TypeId>,
    /// Definitions that are referred to, by JSON pointer.
    pub(super) waiting: VecDeque<(String, TypeId)>,
    /// JSON pointers by `$anchor`, and by `$id`.
    anchors: HashMap<String, String>,
    /// Definitions that have been looked at, by JSON pointer; `None` for those that are not there or too large.
    looks: HashMap<String, Option<Look>>,
}

/// What is remembered of a definition, instead of itself.
#[derive(Clone)]
struct Look {
    digest: Digest,
    bytes: usize,
    /// JSON pointers to what it refers to.
    refers: Rc<[String]>,
}

impl<'a> Root<'a> {
    pub(super) fn new(schema: &'a Value, name: String) -> Self {
        let mut anchors = HashMap::new();
        find_anchors(schema, &mut String::new(), &mut anchors);
        Self {
            schema,
            name,
            targets: HashMap::new(),
            waiting: VecDeque::new(),
            anchors,
            looks: HashMap::new(),
        }
    }

    /// Returns the JSON pointer that a reference means, if it stays within this schema.
    fn pointer(&self, reference: &str) -> Option<String> {
        if let Some(pointer) = self.anchors.get(reference) {
            return Some(pointer.clone());
        }
        let own = self.schema.get("$id").and_then(Value::as_str);
        let (before, fragment) = reference.split_once('#')?;
        if !before.is_empty() && own != Some(before) && own != Some(&format!("{before}#")) {
            return None;
        }
        let fragment = percent_decoded(fragment);
        if fragment.is_empty() || fragment.starts_with('/') {
            return Some(fragment);
        }
        self.anchors.get(&format!("#{fragment}")).cloned()
    }

    /// Returns what tells a definition from others of its name: itself, and all it refers to. `None` if that is too much.
    fn identity(&mut self, pointer: &str) -> Option<Digest> {
        let mut digester = Digester::new();
        let mut known = BTreeSet::new();
        let mut todo = vec![pointer.to_owned()];
        let mut bytes = 0;
        while let Some(pointer) = todo.pop() {
            if known.contains(&pointer) {
                continue;
            }
            let look = self.look(&pointer)?;
            bytes += look.bytes;
            if known.len() >= MOST_COMPARED || bytes > MOST_BYTES {
                return None;
            }
            digester.take((&pointer, look.digest));
            todo.extend(look.refers.iter().cloned());
            known.insert(pointer);
        }
        Some(digester.finish())
    }

    fn look(&mut self, pointer: &str) -> Option<Look> {
        if let Some(known) = self.looks.get(pointer) {
            return known.clone();
        }
        let look = self.schema.pointer(pointer).and_then(|schema| {
            let mut digester = Digester::new();
            let mut left = MOST_BYTES;
            digester.value(schema, &mut left).then(|| Look {
                digest: digester.finish(),
                bytes: MOST_BYTES - left,
                refers: self.pointers_in(schema).into(),
            })
        });
        self.looks.insert(pointer.to_owned(), look.clone());
        look
    }

    /// Returns what a schema refers to, always in the same order.
    fn pointers_in(&self, schema: &Value) -> Vec<String> {
        let mut references = BTreeSet::new();
        find_references(schema, &mut references);
        let pointers = references.iter();
        pointers
            .filter_map(|reference| self.pointer(reference))
            .collect()
    }

    /// Returns what tells the values of some keywords from others.
    pub(super) fn digest(&mut self, map: &Map<String, Value>, keywords: &[&str]) -> Digest {
        let members = keywords.iter().map(|&keyword| {
            let value = map.get(keyword).cloned();
            (keyword.to_owned(), value.unwrap_or_default())
        });
        self.digest_of(&Value::Object(members.collect()))
    }

    /// Returns what tells a value from others, with what it refers to.
    pub(super) fn digest_of(&mut self, value: &Value) -> Digest {
        let mut digester = Digester::new();
        digester.take(Digest::of(value));
        for pointer in self.pointers_in(value) {
            digester.take(self.identity(&pointer));
        }
        digester.finish()
    }

    /// Returns what a definition is called.
    fn hint(&self, pointer: &str) -> String {
        let mut segments = pointer.rsplit('/');
        let last = segments.next().unwrap_or_default();
        let parent = segments.next().unwrap_or_default();
        let last = last.replace("~1", " ").replace("~0", " ");
        if matches!(parent, "$defs" | "definitions") && !words(&last).is_empty() {
            return last;
        }
        format!("{} {}", self.name, pointer.replace('/', " "))
    }
}

impl Lowering {
    pub(super) fn reference(&mut self, root: &mut Root<'_>, reference: &Value) -> Type {
        let Value::String(reference) = reference else {
            return Type::any("a reference that is not a string");
        };
        let target = root
            .pointer(reference)
            .and_then(|pointer| root.schema.pointer(&pointer).is_some().then_some(pointer));
        let Some(pointer) = target else {
            return Type::any(format!(
                "`{}` refers to what is not in this schema",
                shown(reference)
            ));
        };
        if let Some(&id) = root.targets.get(&pointer) {
            return Kind::Ref(id).into();
        }
        let identity = root.identity(&pointer);
        if let Some(id) = identity.and_then(|identity| self.shared.get(&identity)) {
            root.targets.insert(pointer, *id);
            return Kind::Ref(*id).into();
        }
        let id = self.plan(root.hint(&pointer));
        if let Some(identity) = identity {
            self.shared.insert(identity, id);
        }
        root.targets.insert(pointer.clone(), id);
        root.waiting.push_back((pointer, id));
        Kind::Ref(id).into()
    }

    /// Finds out what a definition means, if nobody has yet.
    pub(super) fn definition(
        &mut self,
        root: &mut Root<'_>,
        pointer: &str,
        id: TypeId,
        depth: usize,
    ) {
        if self.types[id].state != State::Waiting {
            return;
        }
        self.types[id].state = State::Under;
        let schema = root.schema;
        let ty = match schema.pointer(pointer) {
            Some(schema) => self.schema(root, schema, depth),
            None => Type::any("it is not in this schema"),
        };
        self.finish(id, ty);
    }
}

fn find_anchors(schema: &Value, pointer: &mut String, anchors: &mut HashMap<String, String>) {
    let length = pointer.len();
    match schema {
        Value::Object(map) => {
            for keyword in ["$anchor", "$dynamicAnchor"] {
                if let Some(Value::String(name)) = map.get(keyword) {
                    anchors
                        .entry(format!("#{name}"))
                        .or_insert_with(|| pointer.clone());
                }
            }
            if let Some(Value::String(id)) = map.get("$id") {
                anchors.entry(id.clone()).or_insert_with(|| pointer.clone());
            }
            for (key, value) in map {
                if matches!(key.as_str(), "const" | "enum" | "default" | "examples") {
                    continue;
                }
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                find_anchors(value, pointer, anchors);
                pointer.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                let _ = write!(pointer, "/{index}");
                find_anchors(value, pointer, anchors);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

fn find_references(schema: &Value, references: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            for keyword in ["$ref", "$recursiveRef", "$dynamicRef"] {
                if let Some(Value::String(reference)) = map.get(keyword) {
                    references.insert(reference.clone());
                }
            }
            map.values()
                .for_each(|value| find_references(value, references));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|value| find_references(value, references)),
        _ => {}
    }
}

/// Returns the text that stands percent-encoded in a fragment.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = match (first, tail) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match code {
            Some((high, low)) => {
                bytes.push(high << 4 | low);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}
