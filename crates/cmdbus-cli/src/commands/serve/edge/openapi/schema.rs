//! Schemas of commands as parts of one document.
//!
//! Every schema becomes a component with a name, so that its `$ref`s, which begin at its own root, can be pointed at a place in the
//! document. Keywords whose values are not what JSON Schema has there are left out, and so are references that lead to no schema:
//! one command must not spoil the document.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use super::super::validate::decoded;

/// The member of a response schema that holds the schema of one item of a stream.
const STREAM: &str = "x-cmdbus-stream";

/// Keywords whose value is a schema.
const SCHEMA: [&str; 13] = [
    "additionalProperties",
    "unevaluatedProperties",
    "unevaluatedItems",
    "propertyNames",
    "contentSchema",
    "contains",
    "items",
    "not",
    "if",
    "then",
    "else",
    STREAM,
    "additionalItems",
];
/// Keywords whose value is a list of schemas, with at least one.
const SCHEMAS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
/// Keywords whose value is a map of schemas.
const SCHEMA_MAPS: [&str; 5] = [
    "properties",
    "patternProperties",
    "dependentSchemas",
    "$defs",
    "definitions",
];
const TEXTS: [&str; 7] = [
    "title",
    "description",
    "$comment",
    "format",
    "pattern",
    "contentEncoding",
    "contentMediaType",
];
const FLAGS: [&str; 4] = ["deprecated", "readOnly", "writeOnly", "uniqueItems"];
const COUNTS: [&str; 8] = [
    "maxLength",
    "minLength",
    "maxItems",
    "minItems",
    "maxProperties",
    "minProperties",
    "maxContains",
    "minContains",
];
const NUMBERS: [&str; 4] = ["maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum"];
/// What says where a schema is, which here the document does, and words that OpenAPI understands in its own way.
const LEFT_OUT: [&str; 11] = [
    "$id",
    "$schema",
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "$recursiveRef",
    "$recursiveAnchor",
    "$vocabulary",
    "discriminator",
    "xml",
    "externalDocs",
];
const TYPES: [&str; 7] = [
    "null", "boolean", "object", "array", "number", "string", "integer",
];

/// The named schemas of a document.
#[derive(Default)]
pub(super) struct Components {
    schemas: Map<String, Value>,
    /// How many have a name. In lower case: some tools make files of them.
    taken: HashMap<String, usize>,
}

impl Components {
    /// Adds the schema of a command, and returns what refers to it.
    pub(super) fn add(&mut self, id: &str, slot: &str, schema: &Value) -> Value {
        let name = self.name(id, slot);
        let place = place(&name);
        let written = write(schema, &place);
        self.schemas.insert(name, written);
        refer(&place)
    }

    /// Adds the schema of a response, and returns what refers to it, and to that of the items if the command streams.
    pub(super) fn add_response(&mut self, id: &str, schema: &Value) -> (Value, Option<Value>) {
        let Some(item) = schema.get(STREAM) else {
            return (self.add(id, "response", schema), None);
        };
        // One with definitions of its own was made apart from the response that it was put into.
        let is_apart = ["$defs", "definitions", "$id"]
            .iter()
            .any(|keyword| item.get(keyword).is_some());
        if is_apart {
            let mut rest = schema.clone();
            if let Some(rest) = rest.as_object_mut() {
                rest.remove(STREAM);
            }
            let response = self.add(id, "response", &rest);
            return (response, Some(self.add(id, "item", item)));
        }
        let response = self.add(id, "response", schema);
        let within = response["$ref"].as_str().unwrap_or_default();
        let item = refer(&format!("{within}/{STREAM}"));
        let name = self.name(id, "item");
        let item_place = place(&name);
        self.schemas.insert(name, item);
        (response, Some(refer(&item_place)))
    }

    /// Returns a name of the characters that names may have.
    fn name(&mut self, id: &str, slot: &str) -> String {
        let id: String = id
            .chars()
            .map(|c| match c {
                'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' => c,
                _ => '_',
            })
            .collect();
        let name = format!("{id}.{slot}");
        let count = self.taken.entry(name.to_ascii_lowercase()).or_default();
        *count += 1;
        // Every other name ends with a slot, so that none is like this.
        match count {
            1 => name,
            number => format!("{name}.{number}"),
        }
    }

    pub(super) fn finish(self) -> Value {
        Value::Object(self.schemas)
    }
}

/// Returns where in the document a component is.
fn place(name: &str) -> String {
    format!("#/components/schemas/{name}")
}

fn refer(place: &str) -> Value {
    json!({ "$ref": place })
}

/// Writes a schema that is to stand at a place of the document.
fn write(schema: &Value, place: &str) -> Value {
    let mut writer = Writer {
        place,
        targets: RefCell::default(),
        nowhere: BTreeSet::new(),
    };
    let written = writer.write(schema);
    // Only now it can be said where references lead: what is no schema has been left out, or is somewhere else.
    let mut targets = writer.targets.take();
    targets.retain(|pointer| !leads_to_schema(&written, pointer));
    if targets.is_empty() {
        return written;
    }
    writer.nowhere = targets;
    writer.write(schema)
}

/// Returns whether a pointer, written as a fragment, leads from the root of a schema to a schema within it.
fn leads_to_schema(root: &Value, pointer: &str) -> bool {
    let Some(pointer) = decoded(pointer) else {
        return false;
    };
    let mut steps = pointer.split('/').skip(1);
    let mut at = root;
    while let Some(key) = steps.next() {
        let step = if SCHEMA.contains(&key) {
            at.get(key)
        } else if SCHEMAS.contains(&key) || SCHEMA_MAPS.contains(&key) {
            // A name that has `/` or `~` in it is written in another way.
            steps
                .next()
                .and_then(|step| at.get(key)?.pointer(&format!("/{step}")))
        } else {
            None
        };
        let Some(schema) = step else {
            return false;
        };
        at = schema;
    }
    at.is_object() || at.is_boolean()
}

struct Writer<'p> {
    /// Where the root of the schema is in the document.
    place: &'p str,
    /// Where references lead, as fragments without the `#`.
    targets: RefCell<BTreeSet<String>>,
    /// Those of them that lead to no schema.
    nowhere: BTreeSet<String>,
}

impl Writer<'_> {
    fn write(&self, schema: &Value) -> Value {
        let members = match schema {
            Value::Bool(_) => return schema.clone(),
            Value::Object(members) => members,
            // No schema at all: nothing is known.
            _ => return json!({}),
        };
        let mut written = Map::new();
        for (key, value) in members {
            if let Some((key, value)) = self.member(key, value) {
                written.insert(key, value);
            }
        }
        // Lists of positions as they were written before 2020.
        if let (Some(Value::Array(first)), None) =
            (members.get("items"), members.get("prefixItems"))
            && !first.is_empty()
        {
            written.insert("prefixItems".to_owned(), self.list(first));
            if let Some(rest) = written.remove("additionalItems") {
                written.insert("items".to_owned(), rest);
            }
        }
        if written.remove("nullable") == Some(Value::Bool(true)) {
            allow_null(&mut written);
        }
        Value::Object(written)
    }

    fn member(&self, key: &str, value: &Value) -> Option<(String, Value)> {
        let written = match key {
            "$ref" => return self.reference(value.as_str()?),
            "type" => is_type(value).then(|| value.clone())?,
            "required" => is_names(value).then(|| value.clone())?,
            "dependentRequired" => value
                .as_object()
                .filter(|map| map.values().all(is_names))
                .map(|_| value.clone())?,
            "enum" | "examples" => value.is_array().then(|| value.clone())?,
            "multipleOf" => value
                .as_f64()
                .filter(|number| *number > 0.0)
                .map(|_| value.clone())?,
            _ if LEFT_OUT.contains(&key) => return None,
            _ if SCHEMA.contains(&key) => match value {
                Value::Object(_) | Value::Bool(_) => self.write(value),
                _ => return None,
            },
            _ if SCHEMAS.contains(&key) => {
                let list = value.as_array().filter(|list| !list.is_empty())?;
                self.list(list)
            }
            _ if SCHEMA_MAPS.contains(&key) => {
                let map = value.as_object()?;
                let write = |(name, schema): (&String, &Value)| (name.clone(), self.write(schema));
                Value::Object(map.iter().map(write).collect())
            }
            _ if TEXTS.contains(&key) => value.is_string().then(|| value.clone())?,
            _ if FLAGS.contains(&key) => value.is_boolean().then(|| value.clone())?,
            _ if COUNTS.contains(&key) => value.is_u64().then(|| value.clone())?,
            _ if NUMBERS.contains(&key) => value.is_number().then(|| value.clone())?,
            _ => value.clone(),
        };
        Some((key.to_owned(), written))
    }

    fn list(&self, schemas: &[Value]) -> Value {
        schemas.iter().map(|schema| self.write(schema)).collect()
    }

    /// Points a reference at where its target is now. One that leads elsewhere is left out: it would have to be fetched from
    /// somewhere, and nobody asked for that.
    fn reference(&self, target: &str) -> Option<(String, Value)> {
        let pointer = target.strip_prefix('#')?;
        let is_pointer = pointer.is_empty() || pointer.starts_with('/');
        if !is_pointer || self.nowhere.contains(pointer) {
            return None;
        }
        self.targets.borrow_mut().insert(pointer.to_owned());
        Some(("$ref".to_owned(), format!("{}{pointer}", self.place).into()))
    }
}

/// Writes what OpenAPI said with `nullable` before 3.1.
fn allow_null(written: &mut Map<String, Value>) {
    match written.get_mut("type") {
        Some(Value::Array(names)) if !names.iter().any(|name| name == "null") => {
            names.push("null".into())
        }
        Some(name @ Value::String(_)) if *name != "null" => *name = json!([name.take(), "null"]),
        _ => {}
    }
    if let Some(Value::Array(allowed)) = written.get_mut("enum")
        && !allowed.contains(&Value::Null)
    {
        allowed.push(Value::Null);
    }
}

fn is_type(value: &Value) -> bool {
    let known = |name: &Value| name.as_str().is_some_and(|name| TYPES.contains(&name));
    match value {
        Value::Array(names) => {
            let distinct: BTreeSet<_> = names.iter().filter_map(Value::as_str).collect();
            !names.is_empty() && names.iter().all(known) && distinct.len() == names.len()
        }
        name => known(name),
    }
}

/// Returns whether a value is a list of names, each of them once.
fn is_names(value: &Value) -> bool {
    let Some(list) = value.as_array() else {
        return false;
    };
    let names: BTreeSet<_> = list.iter().filter_map(Value::as_str).collect();
    names.len() == list.len()
}

#[cfg(test)]
mod tests;
