//! `cmdbus gen` and `cmdbus diff` as they are typed.

use std::fs;

use serde_json::{Value, json};

use crate::processes::bus::Bus;

fn list(commands: &Value) -> String {
    json!({"cmdschema": "1.0.0", "commands": commands}).to_string()
}

#[test]
fn a_client_of_the_running_bus_is_written_and_goes_stale() {
    let bus = Bus::new();
    let schema = bus.folder().join("schema.json");
    fs::write(
        &schema,
        r#"{"request": {"type": "string"}, "response": {"type": "string"}}"#,
    )
    .unwrap();
    let options = ["--schema", schema.to_str().unwrap()];
    let _upper = bus.provide(
        ["text.upper"]
            .iter()
            .chain(&options)
            .chain(&["--", "tr", "a-z", "A-Z"]),
    );
    let file = bus.folder().join("src/bus.ts");
    let file = file.to_str().unwrap();
    let write = ["gen", "typescript", "-o", file];
    let check = ["gen", "typescript", "-o", file, "--check"];

    bus.run(check)
        .failed(1, &["does not exist", "without `--check`"]);
    let ended = bus.run(write);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("(1 command)"), "{ended:?}");
    let text = fs::read_to_string(file).unwrap();
    assert!(
        text.contains("textUpper(request: TextUpperRequest"),
        "{text}"
    );
    let ended = bus.run(check);
    assert!(ended.stderr.contains("up to date"), "{ended:?}");
    assert_eq!(ended.code, Some(0));

    // The same list from elsewhere is the same list.
    let saved = bus.folder().join("saved.json");
    fs::write(&saved, bus.run(["ls", "--json"]).ok()).unwrap();
    let from = ["--from", saved.to_str().unwrap()];
    bus.run(check.iter().chain(&from)).ok();
    // A new command makes the file stale, and it is left as it is.
    let _lower = bus.provide_script(&["text.lower"], "tr A-Z a-z");
    bus.run(check).failed(1, &["is stale"]);
    assert_eq!(fs::read_to_string(file).unwrap(), text);
    // As does somebody's edit.
    fs::write(file, text.replace("TextUpper", "TextLower")).unwrap();
    bus.run(check.iter().chain(&from)).failed(1, &["is stale"]);
}

#[test]
fn a_list_is_read_from_stdin_and_a_client_is_written_to_stdout() {
    let bus = Bus::new();
    let commands = list(&json!([{"id": "a.b", "schema": {}}]));
    for (language, wanted) in [
        ("typescript", "aB(options"),
        ("python", "def a_b("),
        ("rust", "pub struct AB;"),
    ] {
        let text = bus
            .run_with(["gen", language, "--from", "-"], &commands)
            .ok();
        assert!(text.contains(wanted), "{text}");
    }
    assert!(bus.daemons().is_empty(), "no bus is needed for a file");
}

#[test]
fn w79_what_is_wrong_with_a_list_is_said_and_costs_no_more_than_it_must() {
    let bus = Bus::new();
    let commands =
        list(&json!([{"id": "good"}, {"id": 1}, {"id": "bad\u{1b}[2J", "description": 1}]));
    let ended = bus.run_with(["gen", "rust", "--from", "-"], &commands);
    assert!(ended.stdout.contains("pub struct Good;"), "{ended:?}");
    assert!(
        ended.stderr.contains("command number 2 is left out"),
        "{ended:?}"
    );
    assert!(
        ended.stderr.contains("its `description` is not a string")
            && !ended.stderr.contains('\u{1b}'),
        "{ended:?}"
    );
    bus.run_with(["gen", "rust", "--from", "-"], "<html>")
        .failed(1, &["not JSON"]);
    bus.run_with(["gen", "rust", "--from", "-"], "{}")
        .failed(1, &["no array `commands`", "/cmds.json"]);
    bus.run(["gen", "rust", "--from", "/no/such/file"])
        .failed(1, &["`/no/such/file`"]);
    bus.run(["gen", "rust", "--check"]).failed(2, &["--output"]);
    bus.run(["gen", "cobol"]).failed(2, &["cobol"]);
    bus.run(["gen", "rust", "--from", "http://127.0.0.1:1"])
        .failed(1, &["cannot reach `127.0.0.1`"]);
}

#[test]
fn diff_tells_what_breaks_and_exits_with_1_if_something_does() {
    let bus = Bus::new();
    let file = |name: &str, commands: Value| {
        let path = bus.folder().join(name);
        fs::write(&path, list(&commands)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let object = |required: Value| json!({"request": {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": required}});
    let old = file(
        "old.json",
        json!([{"id": "keep", "schema": object(json!(["a"]))}, {"id": "gone"}]),
    );
    let new = file(
        "new.json",
        json!([{"id": "keep", "schema": object(json!(["a", "b"]))}, {"id": "more"}]),
    );
    let ended = bus.run(["diff", &old, &new]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    for line in [
        "  breaks  command: nobody provides it any more: every call fails",
        "  breaks  request.b: it is required now: callers may not send it",
        "  fine    command: it is new",
    ] {
        assert!(ended.stdout.contains(line), "{ended:?}");
    }
    let ended = bus.run(["diff", &old, &new, "--json"]);
    assert_eq!(ended.code, Some(1));
    let told: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(told["breaking"], true);
    assert_eq!(
        told["changes"][0],
        json!({"id": "gone", "breaking": true, "kind": "command_removed", "path": "command", "reason": "nobody provides it any more: every call fails"})
    );
    let ended = bus.run(["diff", &new, &new]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""));
    bus.run(["diff", "-", "-"]).failed(2, &["stdin"]);
}
