//! Schemas of commands as parts of one document.
//!
//! Every schema becomes a component with a name, so that its `$ref`s, which begin at its own root, can be pointed at a place in the
//! document. Keywords whose values are not what JSON Schema has there are left out: one command must not spoil the document.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

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
    "x-cmdbus-stream",
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
    /// In lower case: some tools make files of them.
    taken: BTreeSet<String>,
}

impl Components {
    /// Adds the schema of a command, and returns what refers to it.
    pub(super) fn add(&mut self, id: &str, slot: &str, schema: &Value) -> Value {
        let name = self.name(id, slot);
        let place = format!("#/components/schemas/{name}");
        let written = Writer { place: &place }.write(schema);
        self.schemas.insert(name, written);
        json!({ "$ref": place })
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
        let mut name = format!("{id}.{slot}");
        let mut number = 1;
        while !self.taken.insert(name.to_ascii_lowercase()) {
            number += 1;
            name = format!("{id}.{slot}.{number}");
        }
        name
    }

    pub(super) fn finish(self) -> Value {
        Value::Object(self.schemas)
    }
}

struct Writer<'p> {
    /// Where the root of the schema is in the document.
    place: &'p str,
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
        is_pointer.then(|| ("$ref".to_owned(), format!("{}{pointer}", self.place).into()))
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
mod tests {
    use super::*;

    fn written(schema: Value) -> Value {
        let mut components = Components::default();
        components.add("a.b", "request", &schema);
        components.finish()["a.b.request"].clone()
    }

    #[test]
    fn references_lead_to_where_their_target_is_now() {
        let tree = json!({
            "type": "object",
            "properties": {
                "left": {"$ref": "#"},
                "right": {"$ref": "#/$defs/Leaf"},
                "$ref": {"type": "string"},
            },
            "$defs": {"Leaf": {"items": {"$ref": "#/properties/left"}}},
        });
        let place = "#/components/schemas/a.b.request";
        assert_eq!(
            written(tree),
            json!({
                "type": "object",
                "properties": {
                    "left": {"$ref": place},
                    "right": {"$ref": format!("{place}/$defs/Leaf")},
                    "$ref": {"type": "string"},
                },
                "$defs": {"Leaf": {"items": {"$ref": format!("{place}/properties/left")}}},
            })
        );
        for elsewhere in ["https://evil.example/x", "#anchor", "other.json#/x", ""] {
            assert_eq!(
                written(json!({"$ref": elsewhere})),
                json!({}),
                "{elsewhere}"
            );
        }
    }

    #[test]
    fn what_is_data_stays_as_it_is() {
        let data = json!({
            "const": {"$ref": "#", "type": 5},
            "enum": [{"$id": "x"}],
            "default": {"required": "no"},
            "examples": [{"$ref": 1}],
            "x-unknown": {"type": 7},
        });
        assert_eq!(written(data.clone()), data);
    }

    #[test]
    fn keywords_that_are_none_are_left_out() {
        for wrong in [
            json!({"type": 5}),
            json!({"type": "text"}),
            json!({"type": []}),
            json!({"type": ["string", "string"]}),
            json!({"required": "all"}),
            json!({"required": ["a", "a"]}),
            json!({"properties": ["a"]}),
            json!({"allOf": []}),
            json!({"anyOf": {"a": 1}}),
            json!({"minLength": -1}),
            json!({"maxItems": 1.5}),
            json!({"multipleOf": 0}),
            json!({"exclusiveMinimum": true}),
            json!({"additionalProperties": "no"}),
            json!({"uniqueItems": "yes"}),
            json!({"pattern": 1}),
            json!({"$id": "https://evil.example/", "$anchor": "x", "$schema": "x"}),
            json!({"discriminator": "kind"}),
        ] {
            assert_eq!(written(wrong.clone()), json!({}), "{wrong}");
        }
        for none in [json!("text"), json!(null), json!([1]), json!(3)] {
            assert_eq!(written(none), json!({}));
        }
        assert_eq!(written(json!(true)), json!(true));
        let odd = written(json!({"properties": {"a": 5, "b": false}}));
        assert_eq!(odd, json!({"properties": {"a": {}, "b": false}}));
    }

    #[test]
    fn lists_of_positions_are_written_as_of_2020() {
        let old = json!({"items": [{"type": "string"}, true], "additionalItems": false});
        let new = json!({"prefixItems": [{"type": "string"}, true], "items": false});
        assert_eq!(written(old), new);
    }

    #[test]
    fn null_is_allowed_as_of_2020() {
        let old = json!({"type": "string", "enum": ["a"], "nullable": true});
        let new = json!({"type": ["string", "null"], "enum": ["a", null]});
        assert_eq!(written(old), new);
    }

    #[test]
    fn names_are_of_allowed_characters_and_nobody_elses() {
        let mut components = Components::default();
        let names: Vec<_> = ["a b", "a/b", "A_B", "ü"]
            .into_iter()
            .map(|id| components.add(id, "request", &json!({}))["$ref"].clone())
            .collect();
        let place = |name: &str| Value::from(format!("#/components/schemas/{name}"));
        let expected = ["a_b.request", "a_b.request.2", "A_B.request.3", "_.request"];
        assert_eq!(names, expected.map(place));
    }
}
