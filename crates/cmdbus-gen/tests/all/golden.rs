//! Whole files, to be looked at when they change. Set `UPDATE_GOLDEN=1` to write them anew.

use cmdbus_gen::{Document, Language, Options, generate};
use serde_json::json;

use crate::hostile::everything;
use crate::support::{LANGUAGES, of, tests, world};

#[track_caller]
fn check(name: &str, document: &Document, options: &Options) {
    check_in(&LANGUAGES, name, document, options);
}

#[track_caller]
fn check_in(languages: &[(Language, &str)], name: &str, document: &Document, options: &Options) {
    for &(language, file) in languages {
        let text = generate(document, language, options);
        let path = tests().join("golden").join(name).join(file);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            text == expected,
            "`{}` is not what is made now; run again with UPDATE_GOLDEN=1 and look at the diff",
            path.display()
        );
    }
}

/// A few commands as somebody would write them.
fn notes() -> Document {
    let note = json!({
        "type": "object",
        "description": "A note",
        "properties": {
            "id": {"type": "integer", "minimum": 1},
            "text": {"type": "string", "minLength": 1, "description": "What is written on it"},
            "labels": {"type": "array", "items": {"type": "string"}},
            "priority": {"anyOf": [{"$ref": "#/$defs/Priority"}, {"type": "null"}]},
            "replies": {"type": "array", "items": {"$ref": "#/$defs/Note"}},
        },
        "required": ["id", "text"],
        "additionalProperties": false,
    });
    let priority = json!({"type": "string", "enum": ["low", "high"]});
    let definitions = json!({"Note": note, "Priority": priority});
    of(json!([
        {
            "id": "notes.append",
            "description": "Appends a note.\n\nReturns how many there are.",
            "schema": {
                "request": {"$ref": "#/$defs/Note", "$defs": definitions},
                "response": {"type": "integer", "minimum": 0},
            },
        },
        {
            "id": "notes.read",
            "schema": {
                "request": {
                    "type": "object",
                    "properties": {"id": {"type": "integer"}},
                    "required": ["id"],
                    "additionalProperties": false,
                },
                "response": {"anyOf": [{"$ref": "#/$defs/Note"}, {"type": "null"}], "$defs": definitions},
            },
        },
        {"id": "notes.clear", "description": "Throws all notes away", "schema": {}},
        {"id": "notes.magic", "description": "Nobody knows"},
        {
            "id": "notes.watch",
            "description": "Every note as it is written",
            "schema": {"response": {"x-cmdbus-stream": {"$ref": "#/$defs/Note"}, "$defs": definitions}},
        },
    ]))
}

#[test]
fn files_of_a_few_commands_are_as_they_were() {
    let options = Options {
        source: Some("http://127.0.0.1:7420/cmds.json".to_owned()),
        prefix: None,
    };
    check("notes", &notes(), &options);
}

#[test]
fn files_with_a_prefix_are_as_they_were() {
    let options = Options {
        source: None,
        prefix: Some("my-api".to_owned()),
    };
    check("prefix", &notes(), &options);
}

#[test]
fn files_of_all_examples_are_as_they_were() {
    assert!(world().commands.len() >= 40);
    check("examples", &world(), &Options::default());
}

/// Here for Rust only, because the module is compiled with these tests; the other languages have their compilers end to end.
#[test]
fn w80_the_module_of_hostile_commands_is_as_it_was() {
    let rust = [(Language::Rust, "module.rs")];
    check_in(&rust, "hostile", &everything(), &Options::default());
}

#[test]
fn the_order_of_the_list_changes_nothing() {
    let mut reversed = notes();
    reversed.commands.reverse();
    let reversed = Document::of(reversed.commands);
    for (language, _) in LANGUAGES {
        let [one, other] =
            [&notes(), &reversed].map(|document| generate(document, language, &Options::default()));
        assert_eq!(one, other);
    }
}
