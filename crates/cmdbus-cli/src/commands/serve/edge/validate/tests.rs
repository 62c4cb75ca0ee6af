//! What fits and what does not, and what is said about it; and that nothing takes long.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::*;

fn wrong(schema: Value, value: Value) -> Vec<(String, String)> {
    let schema = Schema::compile(schema).unwrap();
    let wrong = schema.wrong(&value, value.to_string().len());
    wrong
        .into_iter()
        .map(|it| (it.pointer, it.detail))
        .collect()
}

/// Returns what is said when there is one thing to say.
#[track_caller]
fn said(schema: Value, value: Value) -> (String, String) {
    let mut wrong = wrong(schema, value);
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    wrong.remove(0)
}

fn files(folder: &str) -> Vec<PathBuf> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cmdbus-gen/tests");
    let files = fs::read_dir(tests.join(folder)).unwrap();
    let files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files
        .into_iter()
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .collect()
}

#[test]
fn the_json_schema_test_suite_says_the_same() {
    let (mut same, mut not_checked) = (0, Vec::new());
    for path in files("json-schema-test-suite") {
        let groups: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        for group in groups.as_array().unwrap() {
            let place = format!(
                "{}: {}",
                path.file_stem().unwrap().display(),
                group["description"]
            );
            let schema = Schema::compile(group["schema"].clone());
            if schema.is_none() && group["schema"] != true && group["schema"].get("$id").is_none() {
                not_checked.push(place.clone());
            }
            for test in group["tests"].as_array().unwrap() {
                let value = &test["data"];
                let fits = schema
                    .as_ref()
                    .is_none_or(|it| it.wrong(value, 0).is_empty());
                let wanted = test["valid"].as_bool().unwrap();
                if schema.is_some() {
                    assert_eq!(fits, wanted, "{place}: {}", test["description"]);
                    same += 1;
                }
            }
        }
    }
    assert!(same > 500, "{same}");
    // What refers to elsewhere has to be fetched, which is not done; what refers to a keyword that is none leads nowhere.
    for place in &not_checked {
        let is_known = ["ref:", "anchor:", "defs:", "default:"]
            .iter()
            .any(|it| place.starts_with(it));
        assert!(is_known, "{place}");
    }
}

#[test]
fn the_examples_of_the_generator_are_told_apart() {
    for path in files("schemas") {
        let example: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let Some(schema) = Schema::compile(example["schema"].clone()) else {
            continue;
        };
        for value in example["valid"].as_array().unwrap() {
            // Types take the first form that fits, whatever the others say.
            let is_of_a_type = |it: &Wrong| it.detail.starts_with("fits more than one");
            let mut wrong = schema.wrong(value, 0);
            wrong.retain(|it| !is_of_a_type(it));
            assert_eq!(wrong, [], "{}: {value}", path.display());
        }
    }
}

#[test]
fn what_is_wrong_is_said_at_its_place_in_plain_words() {
    let person = json!({
        "type": "object",
        "properties": {"name": {"type": "string", "minLength": 1}, "age": {"type": "integer", "minimum": 0}},
        "required": ["name"],
        "additionalProperties": false,
    });
    for (value, pointer, detail) in [
        (json!("x"), "#", "must be an object, not a string"),
        (json!({}), "#/name", "is required"),
        (
            json!({"name": ""}),
            "#/name",
            "must have at least 1 character",
        ),
        (
            json!({"name": "a", "age": "1"}),
            "#/age",
            "must be an integer, not a string",
        ),
        (
            json!({"name": "a", "age": 1.5}),
            "#/age",
            "must be an integer",
        ),
        (
            json!({"name": "a", "age": -1}),
            "#/age",
            "must be at least 0",
        ),
        (
            json!({"name": "a", "a/b ~": 1}),
            "#/a~1b%20~0",
            "is not allowed",
        ),
    ] {
        assert_eq!(
            said(person.clone(), value),
            (pointer.to_owned(), detail.to_owned())
        );
    }
    for (schema, value, detail) in [
        (
            json!({"enum": ["a", 1]}),
            json!("b"),
            r#"must be one of "a", 1"#,
        ),
        (json!({"const": 5}), json!(6), "must be 5"),
        (
            json!({"type": ["string", "null"]}),
            json!([]),
            "must be a string or null, not an array",
        ),
        (
            json!({"pattern": "^a"}),
            json!("b"),
            "must fit the pattern `^a`",
        ),
        (
            json!({"maxItems": 1}),
            json!([1, 2]),
            "must have at most 1 item",
        ),
        (
            json!({"not": {}}),
            json!(1),
            "is of a form that is not allowed",
        ),
        (
            json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
            json!(1),
            "has none of the 2 forms it may have",
        ),
        (
            json!({"oneOf": [{"minimum": 1}, {"minimum": 2}]}),
            json!(3),
            "fits more than one of the forms it may have",
        ),
    ] {
        assert_eq!(said(schema, value).1, detail);
    }
}

#[test]
fn of_several_forms_the_one_that_was_meant_is_told_about() {
    let schema = json!({"oneOf": [{"$ref": "#/$defs/Circle"}, {"$ref": "#/$defs/Line"}, {"type": "null"}], "$defs": {
        "Circle": {"type": "object", "properties": {"kind": {"const": "circle"}, "r": {"type": "number"}}, "required": ["kind", "r"]},
        "Line": {"type": "object", "properties": {"kind": {"const": "line"}}, "required": ["kind"]},
    }});
    let (pointer, detail) = said(schema, json!({"kind": "circle", "r": "2"}));
    assert_eq!(
        (pointer.as_str(), detail.as_str()),
        ("#/r", "must be a number, not a string")
    );
}

#[test]
fn as_much_is_told_as_helps_and_no_value_is_repeated() {
    let secret = "s3cret".repeat(1000);
    let schema = json!({
        "items": {"enum": ["a".repeat(5000), "b"]},
        "additionalProperties": {"type": "integer"},
    });
    let items: Vec<_> = (0..100).map(|_| secret.clone()).collect();
    let told = wrong(schema.clone(), json!(items));
    assert_eq!(told.len(), 16);
    let names: serde_json::Map<_, _> = [("n".repeat(5000), json!(secret))].into_iter().collect();
    for (pointer, detail) in told.into_iter().chain(wrong(schema, Value::Object(names))) {
        assert!(
            pointer.len() <= 512 && detail.len() <= 1000,
            "{pointer} {detail}"
        );
        assert!(!detail.contains("s3cret"));
    }
}

#[test]
fn a_request_may_be_left_out_where_nothing_is_one() {
    for (schema, may) in [
        (json!({"type": "object"}), true),
        (json!({"type": ["string", "null"]}), true),
        (
            json!({"anyOf": [{"type": "null"}, {"type": "string"}]}),
            true,
        ),
        (json!({"type": "object", "required": ["a"]}), false),
        (json!({"type": "object", "minProperties": 1}), false),
        (json!({"type": "string"}), false),
        (json!(false), false),
    ] {
        assert_eq!(
            Schema::compile(schema.clone()).unwrap().may_be_left_out(),
            may,
            "{schema}"
        );
    }
}

#[test]
fn references_lead_to_anchors_and_pointers_alike() {
    let schema = json!({
        "$id": "https://example.com/list",
        "properties": {
            "a": {"$ref": "#/$defs/A%20b"},
            "b": {"$ref": "#text"},
            "c": {"$dynamicRef": "#text"},
            "d": {"$ref": "#/x-other/0"},
            "e": {"$ref": "#"},
        },
        "$defs": {"A b": {"$anchor": "text", "$dynamicAnchor": "text", "type": "string"}},
        "x-other": [{"type": "null"}],
    });
    let fine = json!({"a": "", "b": "", "c": "", "d": null, "e": {"a": ""}});
    assert_eq!(wrong(schema.clone(), fine), []);
    let bad = json!({"a": 1, "b": 1, "c": 1, "d": 1, "e": {"b": 1}});
    let places: Vec<_> = wrong(schema, bad)
        .into_iter()
        .map(|(place, _)| place)
        .collect();
    assert_eq!(places, ["#/a", "#/b", "#/c", "#/d", "#/e/b"]);
}

#[test]
fn what_no_other_keyword_has_looked_at_is_told() {
    let members = json!({
        "properties": {"a": true},
        "allOf": [{"properties": {"b": true}}, {"patternProperties": {"^c": true}}],
        "anyOf": [{"properties": {"d": {"type": "string"}}, "required": ["d"]}, true],
        "if": {"required": ["a"]},
        "then": {"properties": {"e": true}},
        "dependentSchemas": {"b": {"properties": {"f": true}}},
        "unevaluatedProperties": false,
    });
    let fine = json!({"a": 1, "b": 1, "cc": 1, "d": "", "e": 1, "f": 1});
    assert_eq!(wrong(members.clone(), fine), []);
    let bad = json!({"cc": 1, "d": 1, "e": 1, "f": 1});
    let places: Vec<_> = wrong(members, bad)
        .into_iter()
        .map(|(place, _)| place)
        .collect();
    assert_eq!(places, ["#/d", "#/e", "#/f"]);
    let items = json!({
        "prefixItems": [true],
        "anyOf": [{"prefixItems": [true, {"type": "string"}]}, true],
        "contains": {"type": "null"},
        "unevaluatedItems": false,
    });
    assert_eq!(wrong(items.clone(), json!([1, "a", null])), []);
    let (place, _) = said(items, json!([1, 2, null]));
    assert_eq!(place, "#/1");
    let nested =
        json!({"allOf": [{"unevaluatedProperties": true}], "unevaluatedProperties": false});
    assert_eq!(wrong(nested, json!({"a": 1})), []);
}

#[test]
fn a_pattern_that_cannot_be_looked_for_leaves_the_rest_to_be_checked() {
    let looks_around = r"^(?=.*\d).+$";
    for pattern in [looks_around, "(", r"^(a+)+\1$"] {
        let schema = json!({"type": "string", "pattern": pattern, "maxLength": 3});
        assert_eq!(wrong(schema.clone(), json!("a")), []);
        assert_eq!(
            said(schema, json!("abcd")).1,
            "must have at most 3 characters"
        );
    }
    // Where it decides which form it is, or which member is meant, nobody knows.
    let (text, object) = (json!("a1"), json!({"a1": 1}));
    for (schema, value) in [
        (json!({"not": {"pattern": looks_around}}), &text),
        (
            json!({"oneOf": [{"pattern": looks_around}, {"type": "string"}]}),
            &text,
        ),
        (
            json!({"patternProperties": {looks_around: false}, "additionalProperties": false}),
            &object,
        ),
        (json!({"propertyNames": {"pattern": looks_around}}), &object),
    ] {
        assert_eq!(wrong(schema.clone(), value.clone()), [], "{schema}");
    }
}

#[test]
fn a_schema_that_cannot_be_used_is_none() {
    let mut deep = json!({});
    for _ in 0..200 {
        deep = json!({"not": deep});
    }
    let many: Vec<_> = (0..30_000).map(|_| json!({"type": "string"})).collect();
    for schema in [
        json!(null),
        json!("text"),
        json!(true),
        json!({}),
        json!({"type": "text"}),
        json!({"required": "all"}),
        json!({"minLength": -1}),
        json!({"$ref": "https://example.com/schema.json"}),
        json!({"$ref": "file:///etc/passwd"}),
        json!({"$ref": "#/$defs/missing"}),
        json!({"$ref": "#missing"}),
        json!({"properties": {"a": {"$id": "https://example.com/", "$ref": "#/x"}}}),
        json!({"exclusiveMinimum": true}),
        json!({"properties": {"a": 5}}),
        json!({"anyOf": many}),
        deep,
    ] {
        assert!(Schema::compile(schema.clone()).is_none(), "{schema}");
    }
}

/// Checks in a thread with the stack that a worker has.
#[track_caller]
fn ends(schema: Value, value: Value) -> Vec<Wrong> {
    let begun = Instant::now();
    let work = move || {
        let bytes = value.to_string().len();
        Schema::compile(schema).map_or(Vec::new(), |it| it.wrong(&value, bytes))
    };
    let worker = thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(work)
        .unwrap();
    let wrong = worker.join().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10));
    wrong
}

fn nested(depth: usize, inside: Value) -> Value {
    (0..depth).fold(inside, |value, _| json!({"kind": "A", "next": value}))
}

#[test]
fn recursion_ends_however_deep() {
    let list = json!({"type": "object", "properties": {"next": {"anyOf": [{"type": "null"}, {"$ref": "#"}]}}, "additionalProperties": true});
    assert_eq!(ends(list.clone(), nested(30, json!(null))), []);
    assert_eq!(ends(list.clone(), nested(30, json!(5))).len(), 1);
    // Too deep to be looked at to the end.
    assert_eq!(ends(list, nested(120, json!(null))), []);
    for endless in [
        json!({"$ref": "#"}),
        json!({"allOf": [{"$ref": "#"}]}),
        json!({"not": {"$ref": "#"}}),
        json!({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}),
        json!({"unevaluatedProperties": false, "anyOf": [{"$ref": "#"}]}),
    ] {
        assert_eq!(ends(endless, json!({"a": 1})), []);
    }
}

#[test]
fn few_lines_of_schema_cannot_make_much_work() {
    let node = |kind: &str| json!({"type": "object", "properties": {"kind": {"type": "string"}, "next": {"$ref": "#/$defs/N"}, kind: {"type": "null"}}, "required": [kind]});
    let forms = json!({"$ref": "#/$defs/N", "$defs": {
        "N": {"anyOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}, {"$ref": "#/$defs/C"}]},
        "A": node("a"), "B": node("b"), "C": node("c"),
    }});
    ends(forms, nested(40, json!(5)));
    for applied in ["allOf", "anyOf", "oneOf"] {
        let mut defs = serde_json::Map::new();
        for number in 0..60 {
            let next = json!({"$ref": format!("#/$defs/d{}", number + 1)});
            defs.insert(format!("d{number}"), json!({applied: [next, next]}));
        }
        defs.insert("d60".to_owned(), json!({"type": "object"}));
        ends(json!({"$ref": "#/$defs/d0", "$defs": defs}), json!(1));
    }
    let text = "a".repeat(200_000);
    ends(json!({"pattern": "^(a|a?)+$"}), json!(format!("{text}!")));
    ends(json!({"pattern": "(.*){30}x{30}$"}), json!(text));
    let list: Vec<_> = (0..100_000).map(|number| json!([number])).collect();
    ends(
        json!({"uniqueItems": true, "contains": {"const": 1}}),
        json!(list),
    );
}

#[test]
fn a_form_for_each_kind_is_found_before_the_others_are_walked_through() {
    let node = |kind: &str| json!({"type": "object", "properties": {"next": {"$ref": "#/$defs/N"}, "kind": {"const": kind}}});
    let forms = json!({"$ref": "#/$defs/N", "$defs": {
        "N": {"oneOf": [{"$ref": "#/$defs/B"}, {"$ref": "#/$defs/C"}, {"$ref": "#/$defs/A"}, {"type": "integer"}]},
        "A": node("A"), "B": node("B"), "C": node("C"),
    }});
    assert_eq!(ends(forms.clone(), nested(20, json!(5))), []);
    let told = ends(forms, nested(20, json!("x")));
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].pointer, format!("#{}", "/next".repeat(20)));
}

#[test]
fn schemas_that_are_kept_are_bounded() {
    let mut kept = Kept::default();
    for number in 0..MOST_SCHEMAS + 10 {
        kept.put(&number.to_string(), 1, None);
        // The first is in use all the time.
        assert!(kept.get("0").is_some());
    }
    assert_eq!(kept.by_id.len(), MOST_SCHEMAS);
    assert!(kept.get("1").is_none());
    let long = Schema::compile(json!({"description": "x".repeat(MOST_BYTES / 3)}));
    let long = Arc::new(long.unwrap());
    for id in ["a", "b", "c", "d"] {
        kept.put(id, 1, Some(long.clone()));
        assert!(kept.bytes <= MOST_BYTES);
    }
    assert!(kept.get("d").is_some() && kept.get("a").is_none());
}

#[test]
fn what_is_looked_at_is_made_ready_once_and_pushes_nothing_out() {
    let schemas = Schemas::default();
    let (text, number) = (json!({"type": "string"}), json!({"type": "number"}));
    let first = schemas.look(1, "a.b", &text).unwrap();
    for version in [1, 2] {
        let again = schemas.look(version, "a.b", &text).unwrap();
        assert!(Arc::ptr_eq(&first, &again));
    }
    let changed = schemas.look(3, "a.b", &number).unwrap();
    assert_eq!(*changed.root(), number);
    for id in 0..MOST_SCHEMAS {
        schemas.lock().put(&id.to_string(), 3, None);
    }
    // There is no room: what nobody had used has gone, and what is used stays.
    assert!(schemas.look(3, "a.b", &number).is_some());
    let kept = schemas.lock();
    assert_eq!(kept.by_id.len(), MOST_SCHEMAS);
    assert!(!kept.by_id.contains_key("a.b"));
}

#[tokio::test]
async fn the_schema_that_a_command_has_now_is_the_one_that_counts() {
    let registry = CommandRegistry::new(cmdbus::Config::default());
    let schemas = Schemas::default();
    let provide = async |request: Value| {
        registry.unregister_command("a.b");
        let command = cmdbus::DynCommand::new("a.b", |_: Value| async { Ok(Value::Null) });
        let command = command.request_schema(request);
        registry.register_command(command).await.unwrap();
    };
    let refused = |request: Option<&str>| {
        let problem = schemas
            .check(&registry, "a.b", request.map(str::as_bytes))
            .err();
        problem.map(|it| (it.status.as_u16(), it.code, it.detail))
    };
    // Nobody provides it: that is not for here to say.
    assert_eq!(refused(Some("1")), None);
    let said = |detail: &str| {
        let detail = format!("the request does not fit the command: {detail}");
        Some((422, "invalid_request", detail))
    };
    for _ in 0..2 {
        provide(json!({"type": "string"})).await;
        assert_eq!(
            refused(Some("1")),
            said("it must be a string, not a number")
        );
        assert_eq!(
            refused(Some("1")),
            said("it must be a string, not a number")
        );
        assert_eq!(refused(None), said("it is required"));
        assert_eq!(refused(Some("\"a\"")), None);
        provide(json!({"properties": {"a": {"type": "null"}, "b": false}})).await;
        let more = said("`#/a` must be null, not a number; and 1 more");
        assert_eq!(refused(Some(r#"{"a": 1, "b": 2}"#)), more);
        assert_eq!(refused(None), None);
        // Neither can be read here, which is for the provider to do.
        assert_eq!(refused(Some(&"[".repeat(1000))), None);
        assert_eq!(refused(Some(r#"{"a": 1e999}"#)), None);
        provide(json!({"$ref": "https://example.com/"})).await;
        assert_eq!(refused(Some("1")), None);
    }
}
