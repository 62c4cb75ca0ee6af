//! What becomes of a schema in the document.

use std::time::{Duration, Instant};

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
fn references_that_lead_to_no_schema_are_left_out() {
    let place = "#/components/schemas/a.b.request";
    for (target, is_kept) in [
        ("#/$defs/a~1b%20c", true),
        ("#/$defs/list/prefixItems/0", true),
        ("#/allOf/0", true),
        ("#/properties/$defs", true),
        ("#/$defs/none", false),
        ("#/$defs", false),
        ("#/allOf/1", false),
        ("#/properties", false),
        ("#/properties/5", false),
        ("#/default", false),
        ("#/x-types/a", false),
        ("#/$schema", false),
        ("#/$defs/list/items/0", false),
        ("#/%ff", false),
        ("#//", false),
    ] {
        let written = written(json!({
            "items": {"$ref": target},
            "allOf": [true],
            "properties": {"$defs": false},
            "default": {"$ref": "#/$defs/none"},
            "x-types": {"a": {}},
            "$schema": {},
            "$defs": {"a/b c": {}, "list": {"items": [{"type": "null"}]}},
        }));
        let kept = is_kept.then(|| json!(format!("{place}{}", &target[1..])));
        assert_eq!(written["items"].get("$ref"), kept.as_ref(), "{target}");
        assert_eq!(written["default"], json!({"$ref": "#/$defs/none"}));
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

#[test]
fn names_that_are_all_the_same_take_no_longer() {
    let mut components = Components::default();
    let begun = Instant::now();
    for number in 1..=50_000 {
        let name = components.add("ü", "request", &json!({}))["$ref"].take();
        let suffix = if number == 1 {
            String::new()
        } else {
            format!(".{number}")
        };
        assert_eq!(
            name,
            format!("#/components/schemas/_.request{suffix}").as_str()
        );
    }
    // Looking for each of them among all the others takes many minutes.
    assert!(begun.elapsed() < Duration::from_secs(60));
}
