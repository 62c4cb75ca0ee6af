//! What is a list of commands, and what is left out of one.

use cmdbus_gen::{Document, DocumentError, MAX_COMMANDS};
use serde_json::{Value, json};

use crate::support::of;

#[track_caller]
fn warned(commands: Value, words: &[&str]) -> Document {
    let document = of(commands);
    assert_eq!(
        document.warnings.len(),
        words.len(),
        "{:?}",
        document.warnings
    );
    for (warning, word) in document.warnings.iter().zip(words) {
        assert!(warning.contains(word), "`{warning}` says `{word}`");
    }
    document
}

#[test]
fn w79_what_has_no_array_of_commands_is_no_list() {
    for text in [
        "{}",
        "1",
        "null",
        "\"commands\"",
        r#"{"commands": {}}"#,
        r#"{"commands": null}"#,
    ] {
        assert_eq!(
            Document::parse(text.as_bytes()),
            Err(DocumentError::NoCommands),
            "{text}"
        );
    }
    for text in ["", "{", "<html>", "{\"commands\": [}"] {
        let error = Document::parse(text.as_bytes()).unwrap_err();
        assert!(matches!(error, DocumentError::NotJson(_)), "{text}");
    }
    assert!(matches!(
        Document::parse(b"\xff"),
        Err(DocumentError::NotJson(_))
    ));
}

#[test]
fn w79_every_definition_is_looked_at_and_only_what_is_wrong_is_left_out() {
    for (wrong, word) in [
        (json!(1), "not an object"),
        (json!({}), "no `id`"),
        (json!({"id": 1}), "no `id`"),
        (json!({"id": ""}), "empty"),
        (json!({"id": "_private"}), "private"),
        (json!({"id": "a", "description": 1}), "description"),
        (
            json!({"id": "a", "schema": []}),
            "`schema` is not an object",
        ),
        (
            json!({"id": "a", "schema": {"request": "string"}}),
            "schema.request",
        ),
        (
            json!({"id": "a", "schema": {"response": 1}}),
            "schema.response",
        ),
        (json!({"id": "x".repeat(2000)}), "longer"),
    ] {
        let document = warned(json!([{"id": "good"}, wrong]), &[word]);
        assert_eq!(document.commands.len(), 1);
        assert_eq!(document.commands[0].id, "good");
    }
}

#[test]
fn w79_an_id_that_comes_twice_is_used_once() {
    let document = warned(
        json!([{"id": "a", "description": "first"}, {"id": "a", "description": "second"}]),
        &["more than once"],
    );
    assert_eq!(document.commands[0].description.as_deref(), Some("first"));
}

#[test]
fn null_stands_for_what_is_not_there() {
    let document = warned(
        json!([{"id": "a", "description": null, "schema": null}, {"id": "b", "schema": {"request": null, "response": true}}]),
        &[],
    );
    assert_eq!(document.commands[0].schema, None);
    let shapes = document.commands[1].schema.as_ref().unwrap();
    assert_eq!(
        (&shapes.request, &shapes.response),
        (&None, &Some(json!(true)))
    );
}

#[test]
fn versions_are_told_apart() {
    let warnings = |version: Value| {
        let value = json!({"cmdschema": version, "commands": []});
        Document::from_value(value).unwrap().warnings.len()
    };
    assert_eq!(warnings(json!("1.0.0")), 0);
    assert_eq!(warnings(json!("1.7.2")), 0);
    assert_eq!(warnings(json!("2.0.0")), 1);
    assert_eq!(warnings(json!(null)), 1);
}

#[test]
fn what_ls_prints_is_a_list_too() {
    let document = Document::parse(br#"[{"id": "b"}, {"id": "a"}]"#).unwrap();
    assert!(document.warnings.is_empty());
    let ids: Vec<&str> = document
        .commands
        .iter()
        .map(|command| command.id.as_str())
        .collect();
    assert_eq!(ids, ["a", "b"]);
}

#[test]
fn w79_a_list_ends_at_its_limit() {
    let commands: Vec<Value> = (0..MAX_COMMANDS + 5)
        .map(|number| json!({"id": format!("c{number:05}")}))
        .collect();
    let document = warned(
        Value::from(commands),
        &["5 commands beyond the first 10000"],
    );
    assert_eq!(document.commands.len(), MAX_COMMANDS);
    // So do its warnings.
    let document = of(Value::from(vec![json!(1); 5000]));
    assert_eq!(document.warnings.len(), 101);
    assert!(document.warnings[100].contains("4900 more"));
}
