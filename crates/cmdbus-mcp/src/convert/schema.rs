//! Schemas of commands, as the schemas of tools.

use cmdbus::command::STREAM_KEYWORD;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::Profile;
use crate::rpc::{Era, splice};

/// The member that stands for a request which is no object.
const VALUE: &str = "value";
/// Members that hold schemas for others to refer to.
const DEFINITIONS: [&str; 2] = ["$defs", "definitions"];
/// Members that say something about a schema and nothing about its values.
const REMARKS: [&str; 6] = [
    "$schema",
    "$id",
    "$comment",
    "title",
    "description",
    "examples",
];
/// Most references followed to find out what a schema describes.
const MAX_REFS: usize = 8;

/// What a tool takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// Its `inputSchema`; the root says `"type": "object"`.
    pub schema: Value,
    /// Whether the request travels as the member `value` of the arguments.
    pub wrapped: bool,
}

/// Returns the input schema of a command's tool.
///
/// An object-shaped schema ([`is_object_shaped`]) stays as it is, but for `"type": "object"` where it
/// does not say so itself, which MCP demands of the root. Any other is wrapped as `{"value": …}`, with
/// its `$defs` moved to the new root, so that its local references stay right.
pub fn input_schema(request: Option<&Value>, profile: Profile) -> Input {
    match (request, profile) {
        (None, Profile::StandAlone) => Input {
            schema: json!({"type": "object", "additionalProperties": true}),
            wrapped: false,
        },
        (None, Profile::Aggregated) => Input {
            schema: json!({"type": "object"}),
            wrapped: false,
        },
        (Some(schema), _) if is_object_shaped(schema) => Input {
            schema: with_object_type(schema),
            wrapped: false,
        },
        (Some(schema), _) => Input {
            schema: wrap(schema),
            wrapped: true,
        },
    }
}

/// Returns the output schema to publish for a command's tool, if there is one.
///
/// Legacy clients know object-shaped ones only, modern ones any schema that is a JSON object. One that
/// restricts nothing is not published: it would only oblige every result to be structured. A command
/// that streams promises what it returns to a caller that does not: an object with `items`.
pub fn output_schema(response: Option<&Value>, era: Era) -> Option<Value> {
    let response = response?;
    let members = response.as_object()?;
    if let Some(item) = members.get(STREAM_KEYWORD) {
        return Some(collected(item, members));
    }
    if is_object_shaped(response) {
        return Some(with_object_type(response));
    }
    (era == Era::Modern && restricts(members)).then(|| response.clone())
}

/// What a published output schema obliges a successful result to hold as structured content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promised {
    /// There is none.
    Nothing,
    /// An object.
    Object,
    /// Any JSON.
    AnyValue,
}

impl Promised {
    /// Returns what a schema made by [`output_schema`] promises.
    pub fn of(output_schema: Option<&Value>) -> Self {
        match output_schema {
            None => Self::Nothing,
            Some(schema) if is_object_shaped(schema) => Self::Object,
            Some(_) => Self::AnyValue,
        }
    }
}

/// Returns whether a schema describes objects and nothing else, as far as its root says.
///
/// It does if its `type` is `object`; if it has no `type` but `properties`; or if it has neither and its
/// `$ref` leads to a definition in the same document that does. A union (`anyOf`, `oneOf`, `allOf`) does
/// not, even one of objects: hosted models refuse unions at the root of an input schema.
pub fn is_object_shaped(schema: &Value) -> bool {
    let mut at = schema;
    for _ in 0..MAX_REFS {
        let Some(members) = at.as_object() else {
            return false;
        };
        if let Some(kind) = members.get("type") {
            return *kind == "object" || *kind == json!(["object"]);
        }
        if members.contains_key("properties") {
            return true;
        }
        let target = members.get("$ref").and_then(Value::as_str);
        match target.and_then(|target| schema.pointer(target.strip_prefix('#')?)) {
            Some(next) => at = next,
            None => return false,
        }
    }
    false
}

fn with_object_type(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Value::Object(members) = &mut schema
        && members.get("type").and_then(Value::as_str).is_none()
    {
        members.insert("type".to_owned(), "object".into());
    }
    schema
}

fn restricts(members: &Map<String, Value>) -> bool {
    let idle = |key: &String| REMARKS.contains(&key.as_str()) || is_definitions(key);
    !members.keys().all(idle)
}

fn is_definitions(key: &str) -> bool {
    DEFINITIONS.contains(&key)
}

fn wrap(schema: &Value) -> Value {
    let mut root = Map::new();
    let value = lift(schema.clone(), "/properties/value", &mut root);
    let mut wrapper = json!({
        "type": "object",
        "properties": {VALUE: value},
        "required": [VALUE],
        "additionalProperties": false,
    });
    if let Value::Object(wrapper) = &mut wrapper {
        wrapper.append(&mut root);
    }
    wrapper
}

/// The schema of [`cmdbus::command::Collected`] for these items; `response` describes what ends them.
fn collected(item: &Value, response: &Map<String, Value>) -> Value {
    let mut root = Map::new();
    let mut ending = response.clone();
    ending.shift_remove(STREAM_KEYWORD);
    let described = restricts(&ending);
    // The response's definitions first: the item may refer to them.
    let ending = lift(Value::Object(ending), "/properties/result", &mut root);
    let item = lift(item.clone(), "/properties/items/items", &mut root);
    let mut properties = json!({"items": {"type": "array", "items": item}});
    if described {
        properties["result"] = ending;
    }
    let mut schema = json!({"type": "object", "properties": properties, "required": ["items"]});
    if let Value::Object(schema) = &mut schema {
        schema.append(&mut root);
    }
    schema
}

/// Makes a schema that was a document of its own fit for the place `at` of another one, whose members
/// for the root are collected in `root`: definitions and the dialect move there, and references to other
/// places of the schema follow it to its new place.
pub(super) fn lift(mut schema: Value, at: &str, root: &mut Map<String, Value>) -> Value {
    let Value::Object(members) = &mut schema else {
        // `true` is a schema, but one that not every model's host can read.
        return if schema == true { json!({}) } else { schema };
    };
    if let Some(dialect) = members.shift_remove("$schema") {
        root.entry("$schema").or_insert(dialect);
    }
    // With an id of its own, the schema would stay the document that its references start from, and
    // clients that do not look at ids would start from the wrong one.
    let id = match members.shift_remove("$id") {
        Some(Value::String(id)) => Some(id),
        _ => None,
    };
    let taken = DEFINITIONS.map(|key| members.contains_key(key) && root.contains_key(key));
    let moved = Moved { at, id, taken };
    moved.follow(&mut schema);
    if let Value::Object(members) = &mut schema {
        for (key, taken) in DEFINITIONS.into_iter().zip(moved.taken) {
            if !taken && let Some(definitions) = members.shift_remove(key) {
                root.insert(key.to_owned(), definitions);
            }
        }
    }
    schema
}

/// A document that has become a part of another one.
struct Moved<'a> {
    at: &'a str,
    id: Option<String>,
    /// Which of [`DEFINITIONS`] stay inside, because the new root has such a member already.
    taken: [bool; 2],
}

impl Moved<'_> {
    /// Corrects all local references of a schema and of the schemas in it, and of nothing else: what
    /// stands in `const`, `enum`, `default` or `examples` is data.
    fn follow(&self, schema: &mut Value) {
        let Value::Object(members) = schema else {
            return;
        };
        if members
            .get("$id")
            .and_then(Value::as_str)
            .is_some_and(|id| !id.starts_with('#'))
        {
            // A document inside the document: its references start from itself.
            return;
        }
        for key in ["$ref", "$dynamicRef"] {
            if let Some(Value::String(target)) = members.get_mut(key)
                && let Some(now) = self.now_at(target)
            {
                *target = now;
            }
        }
        for (key, member) in members.iter_mut() {
            if SCHEMA_MAPS.contains(&key.as_str()) {
                if let Value::Object(schemas) = member {
                    schemas.values_mut().for_each(|schema| self.follow(schema));
                }
            } else if SCHEMA_MEMBERS.contains(&key.as_str()) {
                match member {
                    Value::Array(schemas) => {
                        schemas.iter_mut().for_each(|schema| self.follow(schema));
                    }
                    schema => self.follow(schema),
                }
            }
        }
    }

    /// Where a reference leads now; `None` if it is right as it is.
    fn now_at(&self, target: &str) -> Option<String> {
        let local = match &self.id {
            Some(id) => target.strip_prefix(id.as_str()).unwrap_or(target),
            None => target,
        };
        let named = || (local.len() < target.len()).then(|| local.to_owned());
        if local.is_empty() {
            return Some(format!("#{}", self.at));
        }
        let place = local.strip_prefix('#')?;
        if !place.is_empty() && !place.starts_with('/') {
            // An anchor: good anywhere in the document.
            return named();
        }
        let first = place.split('/').nth(1).unwrap_or_default();
        let stays = |(key, taken): (&str, bool)| key == first && !taken;
        if DEFINITIONS.into_iter().zip(self.taken).any(stays) {
            return named();
        }
        Some(format!("#{}{place}", self.at))
    }
}

/// Members whose value is a map from names to schemas.
const SCHEMA_MAPS: [&str; 6] = [
    "properties",
    "patternProperties",
    "$defs",
    "definitions",
    "dependentSchemas",
    "dependencies",
];

/// Members whose value is a schema, or an array of schemas.
const SCHEMA_MEMBERS: [&str; 16] = [
    "items",
    "prefixItems",
    "additionalItems",
    "additionalProperties",
    "unevaluatedProperties",
    "unevaluatedItems",
    "contains",
    "contentSchema",
    "propertyNames",
    "not",
    "if",
    "then",
    "else",
    "allOf",
    "anyOf",
    "oneOf",
];

/// Returns the request of a command out of the arguments of a tool call; `null` is no request.
///
/// Arguments that lack the wrapper although there should be one are passed on as they are, so that the
/// command says what is wrong with them.
pub fn unwrap_arguments(wrapped: bool, arguments: Option<Value>) -> Option<Value> {
    let arguments = arguments.filter(|arguments| !arguments.is_null())?;
    if !wrapped {
        return Some(arguments);
    }
    match arguments {
        Value::Object(mut members) if members.contains_key(VALUE) => {
            members.swap_remove(VALUE).filter(|value| !value.is_null())
        }
        Value::Object(members) if members.is_empty() => None,
        other => Some(other),
    }
}

/// Does what [`unwrap_arguments`] does, on raw JSON.
pub fn unwrap_raw_arguments(wrapped: bool, arguments: Option<&RawValue>) -> Option<&RawValue> {
    let present = |raw: &&RawValue| raw.get() != "null";
    let arguments = arguments.filter(present)?;
    if !wrapped {
        return Some(arguments);
    }
    match splice::get(arguments, &[VALUE]) {
        Some(value) => Some(value).filter(present),
        None if is_empty_object(arguments) => None,
        None => Some(arguments),
    }
}

fn is_empty_object(raw: &RawValue) -> bool {
    let inside = raw
        .get()
        .strip_prefix('{')
        .and_then(|raw| raw.strip_suffix('}'));
    inside.is_some_and(|inside| inside.trim().is_empty())
}
