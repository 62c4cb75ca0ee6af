//! The JSON Schema Test Suite: what is valid must be of the type that is made. That is looked at through Valibot, which says at run
//! time what the types of all languages say.

use std::fs;

use serde_json::{Value, json};

use super::typescript::ready;
use super::{made, node_runs, npm_folder, workspace};
use crate::processes::bus::Bus;

/// Valid values that are refused. All for one reason: a schema with keywords about objects or arrays and without `type` is read as
/// one of objects or arrays, which is what people mean by it; to the letter it lets values of all other types through.
const KNOWN: [&str; 16] = [
    "additionalProperties.0 additionalProperties being false does not allow other properties: ignores strings",
    "additionalProperties.0 additionalProperties being false does not allow other properties: ignores other non-objects",
    "items.0 a schema given for items: ignores non-arrays",
    "items.0 a schema given for items: JavaScript pseudo-array is valid",
    "patternProperties.0 patternProperties validates properties matching a regex: ignores strings",
    "patternProperties.0 patternProperties validates properties matching a regex: ignores other non-objects",
    "prefixItems.0 a schema given for prefixItems: JavaScript pseudo-array is valid",
    "properties.0 object properties validation: ignores other non-objects",
    "properties.5 properties whose names are Javascript object property names: ignores other non-objects",
    "ref.0 root pointer ref: match",
    "ref.0 root pointer ref: recursive match",
    "ref.20 simple URN base URI with $ref via the URN: valid under the URN IDed schema",
    "required.0 required validation: ignores arrays",
    "required.0 required validation: ignores strings",
    "required.0 required validation: ignores other non-objects",
    "required.4 required properties whose names are Javascript object property names: ignores other non-objects",
];

#[test]
fn types_take_what_the_json_schema_test_suite_says_is_valid() {
    if !ready() {
        return;
    }
    let suite = workspace().join("crates/cmdbus-gen/tests/json-schema-test-suite");
    let (mut commands, mut tests) = (Vec::new(), Vec::new());
    let mut paths: Vec<_> = fs::read_dir(suite)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    paths.sort();
    for path in paths {
        let keyword = path.file_stem().unwrap().to_str().unwrap();
        let groups: Vec<Value> = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        for (number, group) in groups.iter().enumerate() {
            let id = format!("{keyword}.{number}");
            let about = group["description"].as_str().unwrap();
            for test in group["tests"].as_array().unwrap() {
                let what = test["description"].as_str().unwrap();
                let mut test = test.clone();
                test["description"] = json!(format!("{id} {about}: {what}"));
                test["id"] = json!(id);
                tests.push(test);
            }
            commands.push(json!({"id": id, "schema": {"request": group["schema"]}}));
        }
    }
    let (bus, folder) = (Bus::new(), npm_folder());
    let schemas = folder.path().join("schemas.ts");
    let options = ["typescript", "--style", "valibot"];
    made(&bus, &Value::from(commands), &options, &schemas);
    let file = folder.path().join("tests.json");
    fs::write(&file, Value::from(tests).to_string()).unwrap();
    let ended = node_runs("gen-suite.mjs", &[&schemas, &file]);
    let seen: Value = serde_json::from_str(&ended.ok()).unwrap();
    assert_eq!(seen["wronglyRefused"], json!(KNOWN));
    // What a type cannot say lets invalid values through, but most are refused.
    assert!(seen["accepted"].as_u64().unwrap() > 400, "{seen}");
    assert!(seen["refused"].as_u64().unwrap() > 180, "{seen}");
}
