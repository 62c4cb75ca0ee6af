//! What the edge says of itself in its OpenAPI document, and whether it keeps that: tools that know nothing of cmdbus look.
//!
//! They are those of `e2e/python/setup`. Without them the tests are skipped, by name; with `CI` set that is a failure.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::Edge;
use crate::mcp::peers;
use crate::processes::bus::{Bus, Running, workspace};
use crate::support::{at_leisure, eventually, installed};

const SET_UP: &str = "e2e/python/setup";

/// Returns a tool, if it is installed.
#[track_caller]
fn tool(name: &str) -> Option<PathBuf> {
    let program = workspace().join("e2e/python/.venv-http/bin").join(name);
    installed(std::slice::from_ref(&program), SET_UP).then_some(program)
}

/// A bus with commands that have schemas of many kinds.
struct World {
    bus: Bus,
    edge: Edge,
    _providers: Vec<Running>,
}

impl World {
    fn new() -> Self {
        let bus = Bus::new();
        bus.start();
        let providers: Vec<_> = commands()
            .into_iter()
            .map(|(id, schema, options, script)| {
                let mut all = vec![id];
                let file = bus.folder().join(format!("{id}.json"));
                if let Some(schema) = schema {
                    fs::write(&file, schema.to_string()).unwrap();
                    all.extend(["--schema", file.to_str().unwrap()]);
                }
                all.extend(options);
                bus.provide_script(&all, script)
            })
            .collect();
        let edge = Edge::of(&bus);
        eventually("all are there", || {
            let list = edge.send("GET", "/cmds.json", &[], "").json();
            (list["commands"].as_array().unwrap().len() == providers.len()).then_some(())
        });
        Self {
            bus,
            edge,
            _providers: providers,
        }
    }
}

type Provided = (
    &'static str,
    Option<Value>,
    &'static [&'static str],
    &'static str,
);

/// No `format`: it describes, and binds nobody (JSON Schema 2020-12), which schemathesis takes otherwise.
fn commands() -> Vec<Provided> {
    // What comes back is what was sent, so that the schema of the one is that of the other.
    let same = |schema: Value| Some(json!({"request": schema, "response": schema}));
    vec![
        (
            "text.bounded",
            same(
                json!({"type": "string", "minLength": 2, "maxLength": 8, "pattern": "^[a-z]+\\d?$"}),
            ),
            &[],
            "cat",
        ),
        (
            "people.add",
            same(json!({
                "type": "object",
                "description": "A person",
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    "age": {"type": "integer", "minimum": 0, "exclusiveMaximum": 150},
                    "home": {
                        "type": "object",
                        "properties": {"street": {"type": "string"}, "number": {"type": ["integer", "null"]}},
                        "required": ["street"],
                    },
                },
                "required": ["name", "home"],
                "additionalProperties": false,
            })),
            &[],
            "cat",
        ),
        (
            "tree.grow",
            same(json!({
                "$ref": "#/$defs/Node",
                "$defs": {"Node": {
                    "type": "object",
                    "properties": {
                        "value": {"type": "number", "multipleOf": 0.5},
                        "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}, "maxItems": 2},
                    },
                    "required": ["value"],
                    "additionalProperties": false,
                }},
            })),
            &[],
            "cat",
        ),
        (
            "shape.draw",
            same(json!({"oneOf": [
                {
                    "type": "object",
                    "properties": {"kind": {"const": "circle"}, "r": {"type": "number", "exclusiveMinimum": 0}},
                    "required": ["kind", "r"],
                    "additionalProperties": false,
                },
                {
                    "type": "object",
                    "properties": {"kind": {"const": "square"}, "side": {"type": "number", "maximum": 100}},
                    "required": ["kind", "side"],
                    "additionalProperties": false,
                },
            ]})),
            &[],
            "cat",
        ),
        (
            "level.set",
            same(json!({"enum": ["low", "high", 3, null]})),
            &[],
            "cat",
        ),
        (
            "numbers.sum",
            same(
                json!({"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 4, "uniqueItems": true}),
            ),
            &[],
            "cat",
        ),
        (
            "note.maybe",
            same(json!({"anyOf": [{"type": "string", "maxLength": 5}, {"type": "null"}]})),
            &[],
            "cat",
        ),
        (
            "options.set",
            same(json!({"type": "object", "additionalProperties": {"type": "boolean"}})),
            &[],
            "it=$(cat); [ -n \"$it\" ] || it='{}'; printf %s \"$it\"",
        ),
        ("anything.goes", None, &[], "cat"),
        (
            "time.now",
            Some(json!({"response": {"type": "integer"}})),
            &[],
            "echo 17",
        ),
        (
            "count.up",
            Some(
                json!({"request": {"type": "object", "properties": {"loud": {"type": "boolean"}}}, "response": {"type": "integer"}}),
            ),
            &["--stream"],
            "echo 1; echo 2",
        ),
        // What the items refer to is theirs, or that of the response.
        (
            "lines.own",
            Some(
                json!({"response": {"x-cmdbus-stream": {"$ref": "#/$defs/Line", "$defs": {"Line": {"type": "string"}}}}}),
            ),
            &["--stream"],
            "echo '\"a\"'",
        ),
        (
            "lines.shared",
            Some(
                json!({"response": {"x-cmdbus-stream": {"$ref": "#/$defs/Line"}, "$defs": {"Line": {"type": "string"}}}}),
            ),
            &["--stream"],
            "echo '\"a\"'",
        ),
    ]
}

#[test]
fn the_document_passes_an_official_validator() {
    let Some(validator) = tool("openapi-spec-validator") else {
        return;
    };
    let world = World::new();
    let document = world.edge.send("GET", "/openapi.json", &[], "").body;
    let file = world.bus.folder().join("openapi.json");
    fs::write(&file, document).unwrap();
    let ended = peers::end(peers::piped(validator).arg(&file));
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn schemathesis_finds_nothing_that_is_not_as_described() {
    if !at_leisure() {
        return;
    }
    let Some(schemathesis) = tool("schemathesis") else {
        return;
    };
    let world = World::new();
    let mut command = peers::piped(schemathesis);
    command
        .current_dir(world.bus.folder())
        .env("NO_COLOR", "1")
        .args([
            "run",
            &format!("http://{}/openapi.json", world.edge.address),
        ])
        .args([
            "--header",
            &format!("Authorization: Bearer {}", world.edge.token),
        ])
        .args(["--checks", "all", "--max-examples", "25", "--seed", "1"])
        .args([
            "--generation-database",
            "none",
            "--workers",
            "4",
            "--no-color",
        ]);
    let ended = peers::end(&mut command);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let tested = format!("Tested: {}", commands().len());
    assert!(ended.stdout.contains(&tested), "{}", ended.stdout);
}
