//! Documents to make clients of.

use std::path::{Path, PathBuf};

use cmdbus_gen::{Document, Language, Options, generate};
use serde_json::{Value, json};

pub(crate) const LANGUAGES: [(Language, &str); 4] = [
    (Language::TypeScript, "client.ts"),
    (Language::Valibot, "valibot.ts"),
    (Language::Python, "client.py"),
    (Language::Rust, "module.rs"),
];

pub(crate) fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// A schema as the world writes it, with values that are of it.
pub(crate) struct Example {
    pub(crate) name: String,
    pub(crate) schema: Value,
    pub(crate) valid: Vec<Value>,
}

/// All of them, in the order of their names.
pub(crate) fn examples() -> Vec<Example> {
    let mut examples: Vec<Example> = std::fs::read_dir(tests().join("schemas"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let mut value: Value = serde_json::from_str(&text).unwrap();
            Example {
                name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
                schema: value["schema"].take(),
                valid: serde_json::from_value(value["valid"].take()).unwrap(),
            }
        })
        .collect();
    examples.sort_by(|a, b| a.name.cmp(&b.name));
    examples
}

/// A document with one command for every example, which takes and returns it.
pub(crate) fn world() -> Document {
    let commands: Vec<Value> = examples()
        .iter()
        .map(|example| {
            json!({
                "id": format!("example.{}", example.name),
                "description": format!("Takes and returns `{}`", example.name),
                "schema": {"request": example.schema, "response": example.schema},
            })
        })
        .collect();
    Document::from_value(json!({"cmdschema": "1.0.0", "commands": commands})).unwrap()
}

/// A document with one command `x` that takes this.
pub(crate) fn taking(schema: Value) -> Document {
    of(json!([{"id": "x", "schema": {"request": schema}}]))
}

pub(crate) fn of(commands: Value) -> Document {
    Document::from_value(json!({"cmdschema": "1.0.0", "commands": commands})).unwrap()
}

pub(crate) fn made(document: &Document, language: Language) -> String {
    generate(document, language, &Options::default())
}

/// Returns the declaration of a type in TypeScript, without comments.
pub(crate) fn type_of(schema: Value) -> String {
    let text = made(&taking(schema), Language::TypeScript);
    let from = text
        .find("export type XRequest = ")
        .expect("the type is declared");
    let text = &text[from + "export type XRequest = ".len()..];
    let end = text.find("\n\n").unwrap();
    text[..end].trim_end_matches(';').to_owned()
}

/// Returns what Valibot is told of a schema.
pub(crate) fn valibot_of(schema: Value) -> String {
    let text = made(&taking(schema), Language::Valibot);
    let from = text.find("    request: ").expect("the request is there");
    let text = &text[from + "    request: ".len()..];
    let end = text.find(",\n  },\n").unwrap();
    text[..end].to_owned()
}
