//! Normalisation of JSON schemas, so that schemas from different generators compare.

use serde_json::{Map, Value};

use crate::message::{CommandDef, CommandSchema};

/// Members whose value is a map from names to schemas.
const SCHEMA_MAPS: [&str; 5] = [
    "properties",
    "patternProperties",
    "$defs",
    "definitions",
    "dependentSchemas",
];

/// Members whose value is a schema, or an array of schemas.
const SCHEMA_MEMBERS: [&str; 15] = [
    "items",
    "prefixItems",
    "additionalItems",
    "additionalProperties",
    "unevaluatedProperties",
    "unevaluatedItems",
    "contains",
    "propertyNames",
    "not",
    "if",
    "then",
    "else",
    "allOf",
    "anyOf",
    "oneOf",
];

/// Members that describe the same value once more: an object schema that has one is never closed,
/// because the other description may know more properties.
const COMPOSITION: [&str; 9] = [
    "$ref",
    "allOf",
    "anyOf",
    "oneOf",
    "if",
    "then",
    "else",
    "dependentSchemas",
    "unevaluatedProperties",
];

/// Returns a schema in the form in which it travels.
///
/// Wherever a JSON schema stands (and nowhere else: `const`, `enum`, `default`, `examples`, unknown
/// keywords and property *names* are data): `title` and `$schema` go, `format` goes unless the type
/// is or may be a string, and an object schema that does not say otherwise is closed with
/// `additionalProperties: false`, except where it is one of several descriptions of the same value.
///
/// Normalising twice changes nothing more.
pub fn normalize_schema(mut schema: Value) -> Value {
    normalize(&mut schema, Place::Alone);
    schema
}

/// Whether a schema alone describes its value.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Alone,
    /// One of several descriptions of the same value; must stay open.
    Joint,
}

fn normalize(schema: &mut Value, place: Place) {
    let Value::Object(map) = schema else {
        // `true` and `false` are schemas too.
        return;
    };
    // What is left keeps its order.
    map.shift_remove("title");
    map.shift_remove("$schema");
    if !may_be_string(map) {
        map.shift_remove("format");
    }
    let composed = COMPOSITION.iter().any(|key| map.contains_key(*key));
    if place == Place::Alone
        && !composed
        && map.get("type").and_then(Value::as_str) == Some("object")
    {
        map.entry("additionalProperties")
            .or_insert(Value::Bool(false));
    }
    for key in SCHEMA_MAPS {
        let place = if key == "dependentSchemas" {
            Place::Joint
        } else {
            Place::Alone
        };
        if let Some(Value::Object(schemas)) = map.get_mut(key) {
            for schema in schemas.values_mut() {
                normalize(schema, place);
            }
        }
    }
    for key in SCHEMA_MEMBERS {
        let place = member_place(map, key);
        match map.get_mut(key) {
            Some(Value::Array(schemas)) => {
                for schema in schemas {
                    normalize(schema, place);
                }
            }
            Some(schema) => normalize(schema, place),
            None => {}
        }
    }
}

/// Returns whether the schemas under `key` share the description of their value with others.
fn member_place(map: &Map<String, Value>, key: &str) -> Place {
    match key {
        "allOf" | "not" | "if" | "then" | "else" => Place::Joint,
        // The branches of a bare union are complete descriptions; beside `properties`, a `$ref` or
        // another composition they are parts of one.
        "anyOf" | "oneOf" => {
            let shared = map.contains_key("properties")
                || COMPOSITION
                    .iter()
                    .any(|other| *other != key && map.contains_key(*other));
            if shared { Place::Joint } else { Place::Alone }
        }
        _ => Place::Alone,
    }
}

fn may_be_string(map: &Map<String, Value>) -> bool {
    match map.get("type") {
        Some(Value::String(name)) => name == "string",
        Some(Value::Array(names)) => names.iter().any(|name| name == "string"),
        _ => false,
    }
}

impl CommandSchema {
    /// Returns the schema with both slots normalised.
    #[must_use]
    pub fn normalized(self) -> Self {
        Self {
            request: self.request.map(normalize_schema),
            response: self.response.map(normalize_schema),
        }
    }
}

impl CommandDef {
    /// Returns the definition with its schemas normalised.
    #[must_use]
    pub fn normalized(self) -> Self {
        Self {
            schema: self.schema.map(CommandSchema::normalized),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(schema: Value, expected: Value) {
        let once = normalize_schema(schema);
        assert_eq!(once, expected);
        assert_eq!(
            normalize_schema(once.clone()),
            once,
            "normalising twice changes something"
        );
    }

    #[test]
    fn a_plain_struct_loses_its_title_and_is_closed() {
        check(
            json!({"$schema": "x", "title": "A", "type": "object",
                   "properties": {"n": {"type": "integer", "format": "int32", "title": "N"}}}),
            json!({"type": "object", "additionalProperties": false,
                   "properties": {"n": {"type": "integer"}}}),
        );
        check(
            json!({"type": "object", "additionalProperties": {"type": "object"}}),
            json!({"type": "object", "additionalProperties": {"type": "object", "additionalProperties": false}}),
        );
    }

    #[test]
    fn w60_properties_called_like_keywords_survive() {
        let schema = json!({"type": "object", "additionalProperties": false,
            "required": ["title", "format", "$schema"],
            "properties": {"title": {"type": "string"}, "format": {"type": "integer"}, "$schema": true}});
        check(schema.clone(), schema);
    }

    #[test]
    fn w61_branches_of_a_composition_stay_open() {
        let part = json!({"type": "object", "properties": {"a": true}});
        for key in ["allOf", "anyOf", "oneOf"] {
            let schema = json!({"type": "object", "properties": {"b": true}, key: [part.clone()]});
            check(schema.clone(), schema);
        }
        let schema = json!({"if": part.clone(), "then": part.clone(), "else": part.clone(), "not": part.clone(),
                            "dependentSchemas": {"a": part.clone()}});
        check(schema.clone(), schema);
        let schema = json!({"type": "object", "$ref": "#/$defs/a"});
        check(schema.clone(), schema);
        let schema = json!({"type": "object", "unevaluatedProperties": false});
        check(schema.clone(), schema);
    }

    #[test]
    fn branches_of_a_bare_union_are_closed() {
        check(
            json!({"oneOf": [{"type": "object", "properties": {"a": true}}, {"type": "null"}]}),
            json!({"oneOf": [{"type": "object", "properties": {"a": true}, "additionalProperties": false}, {"type": "null"}]}),
        );
    }

    #[test]
    fn w62_a_nullable_string_keeps_its_format() {
        let schema = json!({"type": ["string", "null"], "format": "date-time"});
        check(schema.clone(), schema);
        check(
            json!({"type": ["integer", "null"], "format": "int64"}),
            json!({"type": ["integer", "null"]}),
        );
        check(json!({"format": "email"}), json!({}));
    }

    #[test]
    fn w63_data_is_left_alone() {
        let data = json!({"type": "object", "title": "T", "format": "f"});
        let schema = json!({"default": data.clone(), "const": data.clone(), "enum": [data.clone()],
                            "examples": [data.clone()], "x-anything": data});
        check(schema.clone(), schema);
    }

    #[test]
    fn schemas_are_found_wherever_they_stand() {
        let open = || json!({"type": "object", "title": "T"});
        let closed = || json!({"type": "object", "additionalProperties": false});
        for key in [
            "items",
            "additionalItems",
            "unevaluatedItems",
            "contains",
            "propertyNames",
        ] {
            check(json!({key: open()}), json!({key: closed()}));
        }
        check(
            json!({"prefixItems": [open()]}),
            json!({"prefixItems": [closed()]}),
        );
        check(json!({"items": [open()]}), json!({"items": [closed()]}));
        for key in ["$defs", "definitions", "patternProperties", "properties"] {
            check(json!({key: {"x": open()}}), json!({key: {"x": closed()}}));
        }
    }
}
