//! Which changes break callers.

use cmdbus_gen::{Change, ChangeKind, diff};
use serde_json::{Value, json};

use crate::support::{examples, of, taking};

fn request(old: Value, new: Value) -> Vec<Change> {
    diff(&taking(old), &taking(new))
}

fn response(old: Value, new: Value) -> Vec<Change> {
    let returning = |schema: Value| of(json!([{"id": "x", "schema": {"response": schema}}]));
    diff(&returning(old), &returning(new))
}

fn breaks(changes: &[Change]) -> bool {
    changes.iter().any(|change| change.breaking)
}

/// Each pair: a change that breaks in a request, or in a response, or in both.
#[track_caller]
fn table(rows: &[(Value, Value, bool, bool)]) {
    for (old, new, in_request, in_response) in rows {
        let changes = request(old.clone(), new.clone());
        assert!(!changes.is_empty(), "{old} to {new} is a change");
        assert_eq!(
            breaks(&changes),
            *in_request,
            "request {old} to {new}: {changes:#?}"
        );
        let changes = response(old.clone(), new.clone());
        assert!(!changes.is_empty(), "{old} to {new} is a change");
        assert_eq!(
            breaks(&changes),
            *in_response,
            "response {old} to {new}: {changes:#?}"
        );
    }
}

#[test]
fn commands_come_and_go() {
    let changes = diff(
        &of(json!([{"id": "a"}, {"id": "b"}])),
        &of(json!([{"id": "b"}, {"id": "c"}])),
    );
    let seen: Vec<(&str, bool, ChangeKind)> = changes
        .iter()
        .map(|change| (change.id.as_str(), change.breaking, change.kind))
        .collect();
    assert_eq!(
        seen,
        [
            ("a", true, ChangeKind::CommandRemoved),
            ("c", false, ChangeKind::CommandAdded)
        ]
    );
}

#[test]
fn what_is_the_same_is_no_change() {
    for example in examples() {
        let mut schema = example.schema.clone();
        // Equal texts would not be looked at any further.
        schema["$comment"] = json!("another one");
        let changes = request(example.schema.clone(), schema);
        assert!(changes.is_empty(), "{}: {changes:?}", example.name);
    }
    // Nor is another order, or another way to say it.
    let one = json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"$ref": "#/$defs/B"}}, "$defs": {"B": {"type": "integer"}}});
    let other = json!({"properties": {"b": {"type": "integer"}, "a": {"type": "string"}}, "type": "object"});
    assert_eq!(request(one, other), []);
}

#[test]
fn properties_come_and_go() {
    let object = |properties: Value, required: Value| json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
    let s = json!({"type": "string"});
    table(&[
        // A new required one; a new optional one.
        (
            object(json!({}), json!([])),
            object(json!({"a": s}), json!(["a"])),
            true,
            false,
        ),
        (
            object(json!({}), json!([])),
            object(json!({"a": s}), json!([])),
            false,
            false,
        ),
        // A removed one.
        (
            object(json!({"a": s}), json!(["a"])),
            object(json!({}), json!([])),
            true,
            true,
        ),
        (
            object(json!({"a": s}), json!([])),
            object(json!({}), json!([])),
            true,
            false,
        ),
        // Required or not.
        (
            object(json!({"a": s}), json!([])),
            object(json!({"a": s}), json!(["a"])),
            true,
            false,
        ),
        (
            object(json!({"a": s}), json!(["a"])),
            object(json!({"a": s}), json!([])),
            false,
            true,
        ),
    ]);
}

#[test]
fn types_narrow_and_widen() {
    table(&[
        (
            json!({"type": "number"}),
            json!({"type": "integer"}),
            true,
            false,
        ),
        (
            json!({"type": "string"}),
            json!({"type": ["string", "null"]}),
            false,
            true,
        ),
        (
            json!({"type": ["string", "null"]}),
            json!({"type": "string"}),
            true,
            false,
        ),
        (
            json!({"type": ["string", "integer"]}),
            json!({"type": ["string", "integer", "null"]}),
            false,
            true,
        ),
        (
            json!({"type": "string"}),
            json!({"type": "integer"}),
            true,
            true,
        ),
        (json!({"type": "string"}), json!({}), false, true),
        (json!({}), json!({"type": "string"}), true, false),
        (
            json!({"enum": ["a", "b"]}),
            json!({"enum": ["a"]}),
            true,
            false,
        ),
        (
            json!({"enum": ["a"]}),
            json!({"enum": ["a", "b"]}),
            false,
            true,
        ),
        (json!({"enum": ["a"]}), json!({"enum": ["b"]}), true, true),
        (
            json!({"enum": ["a"]}),
            json!({"type": "string"}),
            false,
            true,
        ),
        (
            json!({"type": "string"}),
            json!({"enum": ["a"]}),
            true,
            false,
        ),
        (
            json!({"type": "array", "items": {"type": "number"}}),
            json!({"type": "array", "items": {"type": "integer"}}),
            true,
            false,
        ),
        (
            json!({"type": "object", "additionalProperties": {"type": "number"}}),
            json!({"type": "object", "additionalProperties": {"type": "integer"}}),
            true,
            false,
        ),
        (
            json!({"type": "object"}),
            json!({"type": "object", "additionalProperties": {"type": "integer"}}),
            true,
            false,
        ),
    ]);
}

#[test]
fn limits_narrow_and_widen() {
    table(&[
        (
            json!({"type": "integer"}),
            json!({"type": "integer", "minimum": 1}),
            true,
            false,
        ),
        (
            json!({"type": "integer", "minimum": 1}),
            json!({"type": "integer", "exclusiveMinimum": 1}),
            true,
            false,
        ),
        (
            json!({"type": "integer", "maximum": 5}),
            json!({"type": "integer", "maximum": 9}),
            false,
            true,
        ),
        (
            json!({"type": "string", "minLength": 1}),
            json!({"type": "string"}),
            false,
            true,
        ),
        (
            json!({"type": "string"}),
            json!({"type": "string", "pattern": "a"}),
            true,
            false,
        ),
        (
            json!({"type": "string", "pattern": "b"}),
            json!({"type": "string", "pattern": "a"}),
            true,
            true,
        ),
        (
            json!({"type": "string", "format": "date"}),
            json!({"type": "string"}),
            false,
            true,
        ),
        (
            json!({"type": "array", "maxItems": 5}),
            json!({"type": "array", "maxItems": 4}),
            true,
            false,
        ),
        (
            json!({"type": "array"}),
            json!({"type": "array", "uniqueItems": true}),
            true,
            false,
        ),
    ]);
}

#[test]
fn properties_without_a_name_of_their_own_become_named_and_back() {
    let string = json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false});
    let map = |of: &str| json!({"type": "object", "additionalProperties": {"type": of}});
    let with_total = |of: &str| {
        let mut schema = map("integer");
        schema["properties"] = json!({"total": {"type": of}});
        schema
    };
    table(&[
        (string.clone(), map("integer"), true, true),
        (string.clone(), map("string"), false, false),
        (map("integer"), with_total("string"), true, true),
        (map("integer"), with_total("integer"), false, false),
        (map("integer"), with_total("number"), false, true),
        (with_total("string"), map("integer"), true, true),
        (with_total("integer"), map("integer"), false, false),
    ]);
}

#[test]
fn w81_what_no_type_can_say_is_compared_as_well() {
    let text = |keyword: &str, value: Value| json!({"type": "string", keyword: value});
    let plain = json!({"type": "string"});
    for (keyword, one, other) in [
        ("not", json!({"const": "a"}), json!({"const": "b"})),
        ("minProperties", json!(1), json!(5)),
        ("if", json!({"minLength": 1}), json!({"minLength": 2})),
        (
            "propertyNames",
            json!({"pattern": "a"}),
            json!({"pattern": "b"}),
        ),
    ] {
        let (one, other) = (text(keyword, one), text(keyword, other));
        table(&[
            (one.clone(), other, true, true),
            (plain.clone(), one.clone(), true, false),
            (one, plain.clone(), false, true),
        ]);
    }
    let encoded = text("contentEncoding", json!("base64"));
    let patterns = |name: &str| json!({"type": "object", "patternProperties": {name: {"type": "string"}}, "additionalProperties": false});
    let branch = |then: &str| json!({"type": "object", "if": {"required": ["a"]}, "then": {"required": [then]}});
    let referring = |of: &str| json!({"type": "array", "not": {"$ref": "#/$defs/X"}, "$defs": {"X": {"items": {"type": of}}}});
    let around = |not: &str| json!({"$ref": "#/$defs/X", "not": {"const": not}, "$defs": {"X": {"type": "string"}}});
    table(&[
        (plain.clone(), encoded.clone(), true, true),
        (encoded, plain, true, true),
        (patterns("^a"), patterns("^b"), true, true),
        (branch("b"), branch("c"), true, true),
        (referring("string"), referring("number"), true, true),
        (around("a"), around("b"), true, true),
        (json!({"minimum": 1}), json!({"minimum": 2}), true, true),
    ]);
    // Said in another order, it is the same.
    let one = text("not", json!({"type": "string", "maxLength": 1}));
    let other = text("not", json!({"maxLength": 1.0, "type": "string"}));
    assert_eq!(request(one, other), []);
}

#[test]
fn what_is_too_large_to_be_seen_may_have_changed() {
    let wide = |last: &str| {
        let mut properties: serde_json::Map<String, Value> = (0..21_000)
            .map(|n| (format!("p{n}"), json!({"type": "string"})))
            .collect();
        properties.insert("last".to_owned(), json!({"type": last}));
        json!({"type": "object", "properties": properties})
    };
    let changes = request(wide("string"), wide("integer"));
    assert!(breaks(&changes), "{changes:?}");
}

#[test]
fn a_number_is_the_same_however_it_is_written() {
    for (old, new) in [
        (json!({"minimum": 0.0}), json!({"minimum": 0})),
        (
            json!({"exclusiveMaximum": 5}),
            json!({"exclusiveMaximum": 5.0}),
        ),
        (
            json!({"maximum": 5.0, "exclusiveMaximum": true}),
            json!({"exclusiveMaximum": 5}),
        ),
        (json!({"multipleOf": 2}), json!({"multipleOf": 2.0})),
        (json!({"enum": [1, 2.0]}), json!({"enum": [1.0, 2]})),
    ] {
        let [old, new] = [old, new].map(|mut schema| {
            schema["type"] = json!("number");
            schema
        });
        assert_eq!(request(old.clone(), new.clone()), [], "{old} to {new}");
        assert_eq!(response(old.clone(), new.clone()), [], "{old} to {new}");
    }
    let objects = [json!({"const": {"a": [1]}}), json!({"const": {"a": [1.0]}})];
    let [old, new] = objects;
    assert_eq!(request(old, new), []);
    // Exclusive or not is a difference.
    let changes = request(
        json!({"type": "number", "minimum": 0.0}),
        json!({"type": "number", "exclusiveMinimum": 0}),
    );
    assert!(breaks(&changes), "{changes:?}");
}

#[test]
fn alternatives_come_and_go() {
    let shape = |kind: &str, field: &str| json!({"type": "object", "properties": {"kind": {"const": kind}, field: {"type": "number"}}, "required": ["kind", field], "additionalProperties": false});
    let circle = shape("circle", "radius");
    let square = shape("square", "side");
    table(&[
        (
            json!({"oneOf": [circle]}),
            json!({"oneOf": [circle, square]}),
            false,
            true,
        ),
        (
            json!({"oneOf": [circle, square]}),
            json!({"oneOf": [square]}),
            true,
            false,
        ),
        (
            json!({"oneOf": [circle, square]}),
            json!({"oneOf": [circle, shape("square", "length")]}),
            true,
            true,
        ),
    ]);
}

#[test]
fn requests_and_responses_appear_and_vanish() {
    let with = |schema: Value| of(json!([{"id": "x", "schema": schema}]));
    for (old, new, breaking) in [
        (json!({}), json!({"request": {"type": "string"}}), true),
        (
            json!({}),
            json!({"request": {"type": "object", "properties": {"a": {"type": "string"}}}}),
            false,
        ),
        (json!({"request": {"type": "string"}}), json!({}), true),
        (json!({}), json!({"response": {"type": "string"}}), false),
        (json!({"response": {"type": "string"}}), json!({}), true),
        (json!(null), json!({"response": {"type": "string"}}), false),
        (json!({"response": {"type": "string"}}), json!(null), true),
        (
            json!({"response": {"type": "string"}}),
            json!({"response": {"x-cmdbus-stream": {"type": "string"}}}),
            true,
        ),
        (
            json!({"response": {"x-cmdbus-stream": {"type": "string"}}}),
            json!({"response": {"x-cmdbus-stream": {"type": ["string", "null"]}}}),
            true,
        ),
    ] {
        let changes = diff(&with(old.clone()), &with(new.clone()));
        assert_eq!(breaks(&changes), breaking, "{old} to {new}: {changes:#?}");
    }
}

#[test]
fn types_that_hold_themselves_are_compared() {
    let tree = |value: Value| json!({"$ref": "#/$defs/T", "$defs": {"T": {"type": "object", "properties": {"value": value, "kids": {"type": "array", "items": {"anyOf": [{"$ref": "#/$defs/T"}, {"type": "null"}]}}}}}});
    let changes = request(
        tree(json!({"type": "number"})),
        tree(json!({"type": "integer"})),
    );
    assert_eq!(changes.len(), 1, "{changes:#?}");
    assert_eq!(
        (changes[0].path.as_str(), changes[0].breaking),
        ("request.value", true)
    );
}

#[test]
fn a_change_says_where_it_is_and_why() {
    let old = json!({"type": "object", "properties": {"list": {"type": "array", "items": {"type": "object", "properties": {"a b": {"type": "string"}}}}}});
    let new = json!({"type": "object", "properties": {"list": {"type": "array", "items": {"type": "object", "properties": {"a b": {"type": "integer"}}}}}});
    let changes = request(old, new);
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].path, "request.list[].\"a b\"");
    assert_eq!(changes[0].reason, "was a string, is an integer");
    assert_eq!(changes[0].kind.as_str(), "type");
}

#[test]
fn descriptions_break_nothing() {
    let described = |text: &str| of(json!([{"id": "x", "description": text}]));
    let changes = diff(&described("a"), &described("b"));
    assert_eq!(changes.len(), 1);
    assert!(!changes[0].breaking);
}
