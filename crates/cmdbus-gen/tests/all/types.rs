//! What becomes of a schema. TypeScript shows it most clearly.

use cmdbus_gen::Language;
use serde_json::{Value, json};

use crate::support::{made, taking, type_of, valibot_of};

#[track_caller]
fn table(rows: &[(Value, &str)]) {
    for (schema, wanted) in rows {
        assert_eq!(type_of(schema.clone()), *wanted, "{schema}");
    }
}

#[test]
fn scalars_are_what_they_are_called() {
    table(&[
        (json!({"type": "string"}), "string"),
        (json!({"type": "number"}), "number"),
        (json!({"type": "integer"}), "number"),
        (json!({"type": "boolean"}), "boolean"),
        (json!({"type": "null"}), "null"),
        (json!(true), "unknown"),
        (json!({}), "unknown"),
        (json!(false), "never"),
    ]);
}

#[test]
fn w81_values_count_more_than_types() {
    table(&[
        (
            json!({"type": "string", "enum": ["a", "b"]}),
            r#""a" | "b""#,
        ),
        (json!({"type": "string", "const": "a"}), r#""a""#),
        (
            json!({"enum": ["a", 1, true, 2.5]}),
            r#""a" | 1 | true | 2.5"#,
        ),
        // Only those of the type.
        (json!({"type": "integer", "enum": [1, "a", 2.5]}), "1"),
        (json!({"type": "string", "enum": [1]}), "never"),
        (json!({"const": null}), "null"),
        (json!({"const": {"a": [1, "x"]}}), r#"{ a: [1, "x"] }"#),
        (
            json!({"oneOf": [{"const": "a", "description": "A"}, {"const": "b"}]}),
            r#""a" | "b""#,
        ),
    ]);
}

#[test]
fn w81_null_beside_a_type_is_kept() {
    table(&[
        (json!({"type": ["string", "null"]}), "string | null"),
        (
            json!({"type": ["string", "integer", "null"]}),
            "string | number | null",
        ),
        (
            json!({"type": ["string", "null"], "enum": ["a", null]}),
            r#""a" | null"#,
        ),
        (
            json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
            "string | null",
        ),
        (json!({"type": "string", "nullable": true}), "string | null"),
        (
            json!({"type": ["array", "null"], "items": {"type": ["integer", "null"]}}),
            "(number | null)[] | null",
        ),
    ]);
}

#[test]
fn w81_references_are_followed() {
    let text = made(
        &taking(json!({
            "type": "object",
            "properties": {"a": {"$ref": "#/$defs/Thing"}, "b": {"$ref": "#/definitions/other~1thing%20"}},
            "$defs": {"Thing": {"type": "object", "properties": {"again": {"$ref": "#/$defs/Thing"}}, "additionalProperties": false}},
            "definitions": {"other/thing ": {"type": "string"}},
        })),
        Language::TypeScript,
    );
    assert!(text.contains("  a?: Thing;\n  b?: OtherThing;\n"), "{text}");
    assert!(
        text.contains("export type Thing = {\n  again?: Thing;\n};\n"),
        "{text}"
    );
    assert!(
        text.contains("export type OtherThing = string;\n"),
        "{text}"
    );
}

#[test]
fn w81_a_reference_that_leads_nowhere_is_anything_and_says_so() {
    for reference in [
        "#/$defs/Missing",
        "https://other.example/a.json",
        "#anchor",
        "other.json#/a",
        "#/properties",
    ] {
        let text = made(
            &taking(json!({"type": "object", "properties": {"a": {"$ref": reference}}})),
            Language::TypeScript,
        );
        assert!(
            text.contains(&format!(
                "Note: `{reference}` refers to what is not in this schema."
            )) || reference == "#/properties",
            "{text}"
        );
        assert!(text.contains("a?: ") && text.contains("unknown"), "{text}");
    }
}

#[test]
fn w81_a_definition_that_is_only_itself_is_anything() {
    for definitions in [
        json!({"A": {"$ref": "#/$defs/A"}}),
        json!({"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}),
        json!({"A": {"anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}]}}),
        json!({"A": {"allOf": [{"$ref": "#/$defs/B"}, {"type": "object"}]}, "B": {"allOf": [{"$ref": "#/$defs/A"}, {"type": "string"}]}}),
    ] {
        let schema = json!({"$ref": "#/$defs/A", "$defs": definitions});
        for (language, _) in crate::support::LANGUAGES {
            let text = made(&taking(schema.clone()), language);
            assert!(!text.contains("export type A = A;"), "{text}");
        }
        let text = made(&taking(schema), Language::TypeScript);
        assert!(text.contains("unknown") || text.contains("never"), "{text}");
    }
}

#[test]
fn definitions_that_say_the_same_are_one_type() {
    let shared = json!({"Note": {"type": "object", "properties": {"text": {"$ref": "#/$defs/Text"}}}, "Text": {"type": "string"}});
    let mut other = shared.clone();
    other["Text"] = json!({"type": "integer"});
    let uses = |definitions: &Value| json!({"$ref": "#/$defs/Note", "$defs": definitions});
    let document = crate::support::of(json!([
        {"id": "a", "schema": {"request": uses(&shared), "response": uses(&shared)}},
        {"id": "b", "schema": {"request": uses(&shared), "response": uses(&other)}},
    ]));
    let text = made(&document, Language::TypeScript);
    assert_eq!(text.matches("export type Note").count(), 2, "{text}");
    for line in [
        "ARequest = Note;",
        "AResponse = Note;",
        "BRequest = Note;",
        "BResponse = Note2;",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[test]
fn arrays_and_tuples_keep_their_items() {
    table(&[
        (json!({"type": "array"}), "unknown[]"),
        (
            json!({"type": "array", "items": {"enum": ["a", "b"]}}),
            r#"("a" | "b")[]"#,
        ),
        (json!({"items": {"type": "string"}}), "string[]"),
        (json!({"type": "array", "items": false}), "[]"),
        (
            json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}], "minItems": 2, "maxItems": 2}),
            "[string, number]",
        ),
        (
            json!({"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "number"}}),
            "[string?, ...number[]]",
        ),
        (
            json!({"type": "array", "items": [{"type": "string"}], "additionalItems": false, "minItems": 1}),
            "[string]",
        ),
    ]);
}

#[test]
fn objects_are_closed_open_or_maps() {
    table(&[
        (json!({"type": "object"}), "{ [key: string]: unknown }"),
        (
            json!({"type": "object", "additionalProperties": false}),
            "Record<string, never>",
        ),
        (
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
            "{ [key: string]: string }",
        ),
        (
            json!({"properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false}),
            "{\n  a: string;\n}",
        ),
        (
            json!({"type": "object", "properties": {"a b": {}}}),
            "{\n  \"a b\"?: unknown;\n  [key: string]: unknown;\n}",
        ),
        (
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "number"}}),
            "{\n  a?: string;\n  [key: string]: number | string | undefined;\n}",
        ),
        (
            json!({"type": "object", "patternProperties": {"^x": {"type": "string"}}, "additionalProperties": false}),
            "{ [key: string]: string }",
        ),
    ]);
}

#[test]
fn all_of_is_one_object() {
    table(&[
        (
            json!({"allOf": [
                {"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]},
                {"type": "object", "properties": {"a": {"type": "integer", "enum": [1, 2]}, "b": {"type": "string"}}, "additionalProperties": false},
            ]}),
            "{\n  a: 1 | 2;\n  b?: string;\n}",
        ),
        (
            json!({"allOf": [{"type": "string"}, {"type": "number"}]}),
            "never",
        ),
        (
            json!({"allOf": [{"type": ["string", "null"]}, {"type": ["string", "number"]}]}),
            "string",
        ),
        (
            json!({"type": "object", "properties": {"id": {"type": "boolean"}}, "oneOf": [
                {"properties": {"k": {"const": "a"}}, "required": ["k"]},
                {"properties": {"k": {"const": "b"}}, "required": ["k"]},
            ], "additionalProperties": false}),
            "{\n  id?: boolean;\n  k: \"a\";\n} | {\n  id?: boolean;\n  k: \"b\";\n}",
        ),
    ]);
}

#[test]
fn w82_exclusive_bounds_are_exclusive_in_valibot() {
    for (schema, wanted) in [
        (
            json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
            "v.pipe(v.number(), v.gtValue(0), v.ltValue(1))",
        ),
        (
            json!({"type": "integer", "exclusiveMinimum": 0, "maximum": 9}),
            "v.pipe(v.number(), v.integer(), v.maxValue(9), v.gtValue(0))",
        ),
        (
            json!({"type": "number", "minimum": 0, "exclusiveMinimum": true}),
            "v.pipe(v.number(), v.gtValue(0))",
        ),
    ] {
        assert_eq!(valibot_of(schema), wanted);
    }
}

#[test]
fn w82_bounds_are_told_where_a_type_cannot_say_them() {
    let schema = json!({"type": "object", "properties": {"n": {"type": "integer", "exclusiveMinimum": 0, "maximum": 1.5e3}}});
    for language in [Language::TypeScript, Language::Python, Language::Rust] {
        let text = made(&taking(schema.clone()), language);
        assert!(
            text.contains("Greater than 0.") && text.contains("At most 1500"),
            "{text}"
        );
    }
}

#[test]
fn w81_valibot_says_what_the_specification_lists() {
    for (schema, wanted) in [
        (
            json!({"type": "string", "minLength": 1, "maxLength": 9, "pattern": "^a/b$"}),
            r#"v.pipe(v.string(), v.minLength(1), v.maxLength(9), v.regex(pattern("^a/b$")))"#,
        ),
        (
            json!({"type": ["string", "null"]}),
            "v.nullable(v.string())",
        ),
        (
            json!({"enum": ["a", "b"]}),
            r#"v.union([v.literal("a"), v.literal("b")])"#,
        ),
        (json!({"const": 1}), "v.literal(1)"),
        (
            json!({"type": "object", "additionalProperties": {"type": "number"}}),
            "v.record(v.string(), v.number())",
        ),
        (
            json!({"type": "object", "additionalProperties": false}),
            "v.strictObject({})",
        ),
        (json!({"type": "object"}), "v.looseObject({})"),
        (
            json!({"type": "array", "items": {"type": "string"}, "minItems": 1}),
            "v.pipe(v.array(v.string()), v.minLength(1))",
        ),
        (
            json!({"type": "array", "prefixItems": [{"type": "string"}], "minItems": 1, "maxItems": 1}),
            "v.strictTuple([v.string()])",
        ),
        (
            json!({"not": {}}),
            "v.unknown() /* what `not` demands is not part of this type */",
        ),
    ] {
        assert_eq!(valibot_of(schema), wanted);
    }
}

#[test]
fn rust_types_follow_the_specification() {
    let text = made(
        &taking(json!({
            "type": "object",
            "properties": {
                "signed": {"type": "integer"},
                "unsigned": {"type": "integer", "minimum": 0},
                "positive": {"type": "integer", "exclusiveMinimum": -1},
                "number": {"type": "number"},
                "maybe": {"type": ["string", "null"]},
                "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "boolean"}], "minItems": 2, "maxItems": 2},
                "map": {"type": "object", "additionalProperties": {"type": "null"}},
                "type": {"const": "x"},
                "self": {"type": "array", "items": {"$ref": "#"}},
                "own": {"anyOf": [{"$ref": "#"}, {"type": "null"}]},
            },
            "required": ["signed", "unsigned", "positive", "number", "maybe", "pair", "map", "type", "self", "own"],
            "additionalProperties": false,
        })),
        Language::Rust,
    );
    for line in [
        "pub signed: i64,",
        "pub unsigned: u64,",
        "pub positive: u64,",
        "pub number: f64,",
        "pub maybe: Option<String>,",
        "pub pair: (String, bool),",
        "pub map: ::std::collections::BTreeMap<String, ()>,",
        "pub r#type: XRequestType,",
        "#[serde(rename = \"self\")]\n    pub self_: Vec<XRequest>,",
        "pub own: Option<Box<XRequest>>,",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[test]
fn formats_and_limits_are_told() {
    let text = made(
        &taking(
            json!({"type": "object", "properties": {"at": {"type": "string", "format": "date-time", "description": "When"}}}),
        ),
        Language::TypeScript,
    );
    assert!(
        text.contains("  /**\n   * When\n   *\n   * Format: date-time.\n   */\n  at?: string;\n"),
        "{text}"
    );
}

#[test]
fn w81_what_no_type_can_say_is_said_in_a_comment() {
    for keyword in [
        "not",
        "if",
        "dependentRequired",
        "propertyNames",
        "contains",
    ] {
        let text = made(
            &taking(json!({"type": "string", keyword: {}})),
            Language::TypeScript,
        );
        assert!(
            text.contains(&format!(
                "what `{keyword}` demands is not part of this type"
            )),
            "{text}"
        );
    }
    for (schema, said) in [
        (json!({"type": "file"}), "JSON Schema has no type `file`"),
        (
            json!({"type": 1}),
            "`type` is neither a string nor an array of strings",
        ),
        (
            json!({"minimum": 1}),
            "the schema has limits but does not say of which type the value is",
        ),
    ] {
        for (language, _) in crate::support::LANGUAGES {
            let text = made(&taking(schema.clone()), language);
            assert!(text.contains(said), "{text}");
        }
    }
}

#[test]
fn void_and_unknown_are_not_the_same() {
    let document = crate::support::of(json!([{"id": "void", "schema": {}}, {"id": "unknown"}]));
    let text = made(&document, Language::TypeScript);
    assert!(
        text.contains("void(options?: CallOptions): Promise<void>"),
        "{text}"
    );
    assert!(
        text.contains("unknown(request?: unknown, options?: CallOptions): Promise<unknown>"),
        "{text}"
    );
    let text = made(&document, Language::Rust);
    assert!(
        text.contains("type Request = ();\n    type Response = ();"),
        "{text}"
    );
    let text = made(&document, Language::Python);
    assert!(
        text.contains("def void(\n        self,\n        *,"),
        "{text}"
    );
}

#[test]
fn an_item_with_definitions_of_its_own_refers_to_those() {
    let thing = |of: &str| json!({"Thing": {"type": of}});
    let reference = json!({"$ref": "#/$defs/Thing"});
    let apart = json!({"type": "array", "items": reference, "$defs": thing("string")});
    for (item, wanted) in [
        // Put there as a whole, as a schema that was made of a type.
        (apart.clone(), "AItem = Thing[];\n"),
        (
            json!({"type": "array", "items": reference}),
            "AItem = Thing[];\n",
        ),
        (
            json!({"$id": "urn:item", "type": "array", "items": {"$ref": "#"}}),
            "AItem = AItem[];\n",
        ),
    ] {
        let own = item.get("$defs").is_some();
        let defined = if own {
            thing("boolean")
        } else {
            thing("string")
        };
        let document = crate::support::of(json!([
            {"id": "a", "schema": {"response": {"x-cmdbus-stream": item, "type": "integer", "$defs": defined}}},
        ]));
        let text = made(&document, Language::TypeScript);
        assert!(text.contains(wanted), "{text}");
        assert!(
            !wanted.contains("Thing") || text.contains("Thing = string;"),
            "{text}"
        );
        assert!(text.contains("AResponse = number;"), "{text}");
    }
}

#[test]
fn alternatives_stand_in_the_order_in_which_they_fit() {
    let text = made(
        &taking(json!({
            "anyOf": [
                {"type": "object", "properties": {"a": {}}, "required": ["a"]},
                {"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a", "b"]},
                {"type": "object", "properties": {"c": {"type": "string"}}, "additionalProperties": false},
                {"$ref": "#/$defs/Closed"},
                {"type": "number"},
                {"type": "string"},
                {"type": "array"},
                {"type": "array", "items": {"type": "string"}},
                {"type": "integer"},
                {"const": "x"},
            ],
            "$defs": {"Closed": {"type": "object", "properties": {"c": {}, "d": {}}, "required": ["d"], "additionalProperties": false}},
        })),
        Language::Rust,
    );
    let from = text.find("pub enum XRequest {").unwrap();
    let variants: Vec<&str> = text[from..]
        .lines()
        .skip(1)
        .take_while(|line| *line != "}")
        .filter_map(|line| line.trim().split_once('(').map(|(name, _)| name))
        .collect();
    assert_eq!(
        variants,
        [
            "Known", "Integer", "Number", "Text", "List", "List2", "Object3", "Closed", "Object2",
            "Object1"
        ]
    );
    assert_eq!(
        text.matches("#[serde(deny_unknown_fields)]").count(),
        2,
        "{text}"
    );
}

#[test]
fn a_field_of_rust_that_cannot_be_null_says_so() {
    let schema = json!({"type": "object", "properties": {
        "a": {"type": ["string", "null"]}, "b": {"type": "string"}, "c": {"type": ["string", "null"]},
    }, "required": ["c"], "additionalProperties": false});
    let text = made(&taking(schema), Language::Rust);
    let note = "    /// Note: `None` is left out; `null` cannot be sent.\n";
    assert_eq!(text.matches(note).count(), 1, "{text}");
}

#[test]
fn valibot_says_how_it_counts_the_length_of_a_text() {
    let said = |schema: Value| made(&taking(schema), Language::Valibot).contains("UTF-16");
    assert!(said(json!({"type": "string", "maxLength": 2})));
    assert!(!said(json!({"type": "string", "format": "date"})));
}

#[test]
fn a_call_of_a_stream_in_typescript_gives_its_items_together() {
    let document = crate::support::of(json!([
        {"id": "a.b", "schema": {"response": {"x-cmdbus-stream": {"type": "string"}, "type": "boolean"}}},
        {"id": "c", "schema": {"response": {"type": "string"}}},
    ]));
    let text = made(&document, Language::TypeScript);
    assert!(text.contains("): Promise<Answer<Id>> {"), "{text}");
    assert!(
        text.contains("    return [\n      \"a.b\",\n    ].includes(id);"),
        "{text}"
    );
}

#[test]
fn streams_have_items_and_perhaps_an_end() {
    let document = crate::support::of(json!([
        {"id": "a", "schema": {"response": {"x-cmdbus-stream": {"$ref": "#/$defs/T"}, "$defs": {"T": {"type": "integer"}}}}},
        {"id": "b", "schema": {"response": {"x-cmdbus-stream": {"type": "string"}, "type": "boolean"}}},
    ]));
    let text = made(&document, Language::TypeScript);
    assert!(
        text.contains("a(options?: CallOptions): AsyncGenerator<AItem, void, undefined>"),
        "{text}"
    );
    assert!(
        text.contains("b(options?: CallOptions): AsyncGenerator<BItem, BResponse, undefined>"),
        "{text}"
    );
    let text = made(&document, Language::Python);
    assert!(
        text.contains("-> Stream[AItem, None]:") && text.contains("-> Stream[BItem, BResponse]:"),
        "{text}"
    );
    let text = made(&document, Language::Rust);
    assert!(
        text.contains("impl ::cmdbus::command::StreamCommand for A"),
        "{text}"
    );
}
