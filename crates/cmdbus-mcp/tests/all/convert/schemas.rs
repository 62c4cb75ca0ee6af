//! Schemas and arguments.

use cmdbus::command::{Collected, stream_schema};
use cmdbus_mcp::convert::{
    Input, Profile, Promised, input_schema, is_object_shaped, output_schema, streamed_result,
    unwrap_arguments, unwrap_raw_arguments,
};
use cmdbus_mcp::rpc::Era;
use serde_json::{Value, json};

use super::{raw, value};

fn input(schema: Value) -> Input {
    input_schema(Some(&schema), Profile::Aggregated)
}

#[test]
fn an_object_schema_stays_as_it_is() {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Append",
        "type": "object",
        "properties": {"text": {"$ref": "#/$defs/Text"}},
        "$defs": {"Text": {"type": "string"}}
    });
    let made = input(schema.clone());
    assert!(!made.wrapped);
    assert_eq!(made.schema.to_string(), schema.to_string());
}

#[test]
fn a_command_without_a_request_schema_takes_any_object_or_none_by_endpoint() {
    let alone = input_schema(None, Profile::StandAlone);
    assert_eq!(
        alone.schema,
        json!({"type": "object", "additionalProperties": true})
    );
    let aggregated = input_schema(None, Profile::Aggregated);
    assert_eq!(aggregated.schema, json!({"type": "object"}));
    assert!(!alone.wrapped && !aggregated.wrapped);
}

#[test]
fn what_describes_objects_without_saying_so_at_the_root_is_made_to_say_it() {
    for schema in [
        json!({"properties": {"a": {}}}),
        json!({"type": ["object"]}),
        json!({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"type": "object"}}}),
    ] {
        assert!(is_object_shaped(&schema), "{schema}");
        let made = input(schema.clone());
        assert!(!made.wrapped);
        let mut expected = schema;
        expected["type"] = json!("object");
        assert_eq!(made.schema, expected);
    }
}

#[test]
fn w75_every_input_schema_has_an_object_at_its_root() {
    for schema in [
        json!({"type": "string"}),
        json!({"type": ["object", "null"]}),
        json!({"anyOf": [{"type": "object"}, {"type": "object"}]}),
        json!({"$ref": "#"}),
        json!({"$ref": "#/$defs/Gone"}),
        json!({"$ref": "https://example.org/schema"}),
        json!({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}),
        json!({}),
        json!(true),
        json!(false),
        json!("no schema"),
        Value::Null,
    ] {
        let made = input(schema.clone());
        assert!(made.wrapped, "{schema}");
        assert_eq!(made.schema["type"], "object");
        assert_eq!(made.schema["required"], json!(["value"]));
        assert_eq!(made.schema["additionalProperties"], false);
        assert!(made.schema["properties"].get("value").is_some());
    }
    assert_eq!(
        input(json!({"type": "string", "minLength": 1})).schema,
        json!({
            "type": "object",
            "properties": {"value": {"type": "string", "minLength": 1}},
            "required": ["value"],
            "additionalProperties": false
        })
    );
    assert_eq!(input(json!(true)).schema["properties"]["value"], json!({}));
}

#[test]
fn references_are_right_after_wrapping() {
    let made = input(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://example.org/tree",
        "type": "array",
        "items": {"anyOf": [
            {"$ref": "#/$defs/Leaf"},
            {"$ref": "#"},
            {"$ref": "#/items/anyOf/0"},
            {"$ref": "https://example.org/tree#/$defs/Leaf"},
            {"$ref": "https://example.org/tree"},
            {"$ref": "https://example.org/other#/x"},
            {"$ref": "#anchored"}
        ]},
        "$defs": {"Leaf": {"type": "object", "properties": {"up": {"$ref": "#"}}}},
        "definitions": {"Old": {"$ref": "#/definitions/Old"}}
    }));
    assert_eq!(
        made.schema,
        json!({
            "type": "object",
            "properties": {"value": {
                "type": "array",
                "items": {"anyOf": [
                    {"$ref": "#/$defs/Leaf"},
                    {"$ref": "#/properties/value"},
                    {"$ref": "#/properties/value/items/anyOf/0"},
                    {"$ref": "#/$defs/Leaf"},
                    {"$ref": "#/properties/value"},
                    {"$ref": "https://example.org/other#/x"},
                    {"$ref": "#anchored"}
                ]}
            }},
            "required": ["value"],
            "additionalProperties": false,
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$defs": {"Leaf": {"type": "object", "properties": {"up": {"$ref": "#/properties/value"}}}},
            "definitions": {"Old": {"$ref": "#/definitions/Old"}}
        })
    );
}

#[test]
fn what_only_looks_like_a_reference_is_left_alone() {
    let schema = json!({
        "type": "array",
        "default": [{"$ref": "#"}],
        "examples": [{"$ref": "#"}],
        "items": {
            "enum": [{"$ref": "#"}],
            "properties": {
                "$ref": {"type": "string"},
                "inner": {"$id": "https://example.org/inner", "items": {"$ref": "#"}}
            }
        }
    });
    assert_eq!(input(schema.clone()).schema["properties"]["value"], schema);
}

#[test]
fn a_wrapped_request_is_unwrapped_and_null_is_no_request() {
    for (wrapped, arguments, request) in [
        (true, json!({"value": "x"}), Some(json!("x"))),
        (
            true,
            json!({"value": {"value": 1}}),
            Some(json!({"value": 1})),
        ),
        (true, json!({"value": null}), None),
        (true, json!({}), None),
        // Not what was asked for: the command shall say so.
        (true, json!({"text": "x"}), Some(json!({"text": "x"}))),
        (true, json!([1]), Some(json!([1]))),
        (true, Value::Null, None),
        (false, json!({"value": "x"}), Some(json!({"value": "x"}))),
        (false, json!({}), Some(json!({}))),
        (false, Value::Null, None),
    ] {
        let text = raw(format!(" {arguments} "));
        let from_raw = unwrap_raw_arguments(wrapped, Some(&text)).map(value);
        assert_eq!(from_raw, request, "{wrapped} {arguments}");
        assert_eq!(unwrap_arguments(wrapped, Some(arguments)), request);
    }
    assert_eq!(unwrap_arguments(true, None), None);
    assert!(unwrap_raw_arguments(true, None).is_none());
    assert!(unwrap_raw_arguments(true, Some(&raw("{ }"))).is_none());
}

#[test]
fn a_wrapped_request_keeps_its_text() {
    let arguments = raw(r#"{"value": [1.10, 12345678901234567890123]}"#);
    let request = unwrap_raw_arguments(true, Some(&arguments)).unwrap();
    assert_eq!(request.get(), "[1.10, 12345678901234567890123]");
}

#[test]
fn legacy_clients_see_output_schemas_of_objects_only() {
    let object = json!({"type": "object", "properties": {"n": {"type": "integer"}}});
    let list = json!({"type": "array"});
    for era in [Era::Legacy, Era::Modern] {
        assert_eq!(output_schema(Some(&object), era), Some(object.clone()));
        assert_eq!(output_schema(None, era), None);
    }
    assert_eq!(output_schema(Some(&list), Era::Legacy), None);
    assert_eq!(output_schema(Some(&list), Era::Modern), Some(list));
}

#[test]
fn a_schema_that_restricts_nothing_is_not_published() {
    for schema in [
        json!({}),
        json!(true),
        json!({"description": "anything", "$defs": {"A": {}}}),
    ] {
        assert_eq!(output_schema(Some(&schema), Era::Modern), None, "{schema}");
    }
}

#[test]
fn what_an_output_schema_promises_can_be_told_from_it() {
    assert_eq!(Promised::of(None), Promised::Nothing);
    assert_eq!(
        Promised::of(Some(&json!({"type": "object"}))),
        Promised::Object
    );
    assert_eq!(
        Promised::of(Some(&json!({"type": "array"}))),
        Promised::AnyValue
    );
}

#[test]
fn a_streaming_command_promises_its_items_in_both_eras() {
    let item = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "array",
        "items": {"$ref": "#/$defs/Note"},
        "$defs": {"Note": {"type": "string"}}
    });
    for era in [Era::Legacy, Era::Modern] {
        let schema = output_schema(Some(&stream_schema(Some(item.clone()))), era).unwrap();
        assert_eq!(
            schema,
            json!({
                "type": "object",
                "properties": {"items": {
                    "type": "array",
                    "items": {"type": "array", "items": {"$ref": "#/$defs/Note"}}
                }},
                "required": ["items"],
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "$defs": {"Note": {"type": "string"}}
            })
        );
        assert_eq!(Promised::of(Some(&schema)), Promised::Object);
    }
}

#[test]
fn definitions_of_an_item_and_of_the_ending_value_do_not_mix() {
    let response = json!({
        "x-cmdbus-stream": {"$ref": "#/$defs/A", "$defs": {"A": {"type": "string"}}},
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/A"}},
        "$defs": {"A": {"type": "integer"}}
    });
    assert_eq!(
        output_schema(Some(&response), Era::Legacy).unwrap(),
        json!({
            "type": "object",
            "properties": {
                "items": {"type": "array", "items": {
                    "$ref": "#/properties/items/items/$defs/A",
                    "$defs": {"A": {"type": "string"}}
                }},
                "result": {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}}
            },
            "required": ["items"],
            "$defs": {"A": {"type": "integer"}}
        })
    );
}

#[test]
fn a_streamed_result_reads_as_the_bus_itself_collects_items() {
    for ending in [None, Some(json!({"total": 2}))] {
        let made = streamed_result(vec![json!("a"), json!("b")], ending.clone());
        let read: Collected<String> = serde_json::from_value(made.clone()).unwrap();
        assert_eq!(read.items, ["a", "b"]);
        assert_eq!(read.result, ending);
        assert_eq!(serde_json::to_value(&read).unwrap(), made);
    }
    assert_eq!(
        streamed_result(vec![], Some(Value::Null)),
        json!({"items": []})
    );
}
