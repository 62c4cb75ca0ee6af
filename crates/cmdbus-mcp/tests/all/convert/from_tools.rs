//! Tools as commands: definitions, arguments, results and errors.

use cmdbus::CommandError;
use cmdbus::message::Payload;
use cmdbus::normalize_schema;
use cmdbus_mcp::convert::{
    Called, Failure, Profile, Promised, RawTool, ResultMode, arguments, call_result,
    call_result_schema, command_error, command_result, failure, with_origin,
};
use cmdbus_mcp::rpc::{Era, RpcError};
use serde_json::{Value, json};

use super::{raw, value};

const ID: &str = "fs.read";

fn result(result: Value, mode: ResultMode) -> Result<Option<Value>, CommandError> {
    command_result(&raw(result.to_string()), mode, ID)
}

/// What the caller of the command sees of an error, as the bus carries it.
fn wire(error: &CommandError) -> (&'static str, String) {
    let error = error.to_wire(ID);
    (error.code.as_str(), error.message)
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

#[test]
fn a_result_is_the_structured_content_else_the_first_text_else_everything() {
    let image = json!({"type": "image", "data": "aGk=", "mimeType": "image/png"});
    let picture = json!({"content": [image], "vendor": 1});
    for (given, expected) in [
        (
            json!({"content": [text("other")], "structuredContent": {"n": 1}}),
            json!({"n": 1}),
        ),
        (json!({"content": [], "structuredContent": [1]}), json!([1])),
        (json!({"content": [text("{\"n\":1}")]}), json!({"n": 1})),
        (json!({"content": [text("12")]}), json!(12)),
        (
            json!({"content": [text("hello, you")]}),
            json!("hello, you"),
        ),
        (
            json!({"content": [image, text("a"), text("b")]}),
            json!("a"),
        ),
        (
            json!({"content": [text("a")], "structuredContent": null, "isError": false}),
            json!("a"),
        ),
        (picture.clone(), picture),
        (json!({"content": []}), json!({"content": []})),
        (
            json!({"resultType": "complete", "content": [text("a")]}),
            json!("a"),
        ),
        // Not what a server should answer, but no reason to fail.
        (json!({"content": "a"}), json!({"content": "a"})),
    ] {
        let seen = result(given.clone(), ResultMode::Value).unwrap();
        assert_eq!(seen, Some(expected), "{given}");
    }
    let null = json!({"content": [text("null")]});
    assert_eq!(result(null, ResultMode::Value).unwrap(), None);
}

#[test]
fn raw_mode_returns_the_whole_call_result() {
    let whole = json!({"content": [text("a")], "structuredContent": {"n": 1}, "_meta": {"x": 1}});
    assert_eq!(result(whole.clone(), ResultMode::Raw).unwrap(), Some(whole));
}

#[test]
fn a_tool_that_failed_is_an_internal_error_with_its_text_or_json() {
    for (given, message) in [
        (
            json!({"isError": true, "content": [text("no such file")]}),
            "no such file".to_owned(),
        ),
        (
            json!({"isError": true, "content": [text("a"), text("b")]}),
            "a\nb".to_owned(),
        ),
        (
            json!({"isError": true, "content": [], "structuredContent": {"why": 1}}),
            r#"{"why":1}"#.to_owned(),
        ),
        (
            json!({"isError": true, "content": []}),
            r#"{"isError":true,"content":[]}"#.to_owned(),
        ),
        // A code of some other protocol is the tool's own business.
        (
            json!({"isError": true, "content": [text("t")], "structuredContent": {"code": "E1", "message": "m"}}),
            "t".to_owned(),
        ),
    ] {
        for mode in [ResultMode::Value, ResultMode::Raw] {
            let error = result(given.clone(), mode).unwrap_err();
            assert_eq!(wire(&error), ("internal_error", message.clone()), "{given}");
        }
    }
}

#[test]
fn the_code_of_a_command_behind_the_tool_is_restored() {
    let errors = [
        CommandError::NotFound("note 7".to_owned()),
        CommandError::InvalidRequest {
            command_id: ID.to_owned(),
            message: "`text` is missing".to_owned(),
        },
        CommandError::Internal {
            command_id: ID.to_owned(),
            message: "disk full".to_owned(),
        },
    ];
    for error in errors {
        for promised in [Promised::Nothing, Promised::Object] {
            let called = Called {
                tool: "fs_read",
                command: ID,
                promised,
            };
            let Failure::Result(told) = failure(&error, &called, true, Profile::StandAlone) else {
                panic!("{error} is no error result");
            };
            let seen = result(told, ResultMode::Value).unwrap_err();
            assert_eq!(wire(&seen), wire(&error));
        }
    }
    let timeout =
        json!({"isError": true, "structuredContent": {"code": "timeout", "message": "t"}});
    assert!(matches!(
        result(timeout, ResultMode::Value),
        Err(CommandError::Timeout)
    ));
}

#[test]
fn a_result_comes_back_as_it_went_out() {
    for sent in [
        json!({"n": 1}),
        json!([1, "x"]),
        json!(1.5),
        json!("plain words"),
    ] {
        for era in [Era::Legacy, Era::Modern] {
            let called = Called {
                tool: "t",
                command: "c",
                promised: Promised::Nothing,
            };
            let told = call_result(Some(sent.clone()), &called, era);
            assert_eq!(result(told, ResultMode::Value).unwrap(), Some(sent.clone()));
        }
    }
}

#[test]
fn a_tool_that_asks_for_input_is_an_invalid_request_that_names_the_way_out() {
    let asking = json!({"resultType": "input_required", "inputRequests": {}});
    for mode in [ResultMode::Value, ResultMode::Raw] {
        assert_eq!(
            wire(&result(asking.clone(), mode).unwrap_err()),
            (
                "invalid_request",
                "needs input from a person: use the pass-through endpoint".to_owned()
            )
        );
    }
}

#[test]
fn an_answer_that_is_no_call_result_is_an_error_and_no_panic() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(500), "]".repeat(500));
    for answer in ["[]", "1", "null", "\"x\"", &deep] {
        let error = command_result(&raw(answer), ResultMode::Raw, ID).unwrap_err();
        assert_eq!(wire(&error).0, "internal_error", "{answer}");
    }
}

#[test]
fn errors_of_json_rpc_have_their_codes_on_the_bus() {
    for (code, message, expected) in [
        (-33003, "late", "timeout"),
        (-33001, "x", "channel_disconnected"),
        (-33002, "x", "channel_disconnected"),
        (-33004, "exit 1", "channel_disconnected"),
        (-32601, "Method not found", "not_found"),
        (-32602, "unknown tool: read", "not_found"),
        (-32602, "Unknown tool: read", "not_found"),
        (-32602, "MCP error -32602: Tool read not found", "not_found"),
        (-32602, "tool not found", "not_found"),
        (-32602, "Tool 'read' not found.", "not_found"),
        (-32602, "path must be a string", "invalid_request"),
        (
            -32602,
            "the file that this tool reads was not found",
            "invalid_request",
        ),
        (-32603, "boom", "internal_error"),
        (-32800, "cancelled", "internal_error"),
        (-32001, "Request timed out", "internal_error"),
        (-33012, "refused by policy", "internal_error"),
        (0, "odd", "internal_error"),
    ] {
        let error = command_error(&RpcError::new(code, message), ID);
        let (seen, text) = wire(&error);
        assert_eq!(seen, expected, "{code} {message}");
        if matches!(seen, "internal_error" | "invalid_request") {
            assert_eq!(text, message);
        }
    }
    let silent = command_error(&RpcError::new(-32099, ""), ID);
    assert_eq!(wire(&silent).1, "the server failed with code -32099");
}

#[test]
fn a_request_goes_out_as_arguments_in_its_own_words() {
    let request = Payload::from_json(r#"{"n":1.10,"big":12345678901234567890123}"#).unwrap();
    assert_eq!(
        arguments(Some(&request), ID).unwrap().get(),
        r#"{"n":1.10,"big":12345678901234567890123}"#
    );
    let null = Payload::from(Value::Null);
    for none in [None, Some(&null)] {
        assert_eq!(arguments(none, ID).unwrap().get(), "{}");
    }
    for other in [json!([]), json!("x"), json!(1)] {
        let error = arguments(Some(&Payload::from(other)), ID).unwrap_err();
        assert_eq!(wire(&error).0, "invalid_request");
    }
}

fn entry() -> Value {
    json!({
        "name": "read", "title": "Read a file", "description": "Reads.",
        "inputSchema": {"type": "object", "properties": {"path": {"type": "string"}}},
        "outputSchema": {"type": "object", "properties": {"text": {"type": "string"}}},
        "annotations": {"readOnlyHint": true},
        "vendor": {"kept": "by the relay"},
        "_meta": {"dev.cmdbus/origin": ["far"]}
    })
}

#[test]
fn a_tool_is_a_command_with_its_schemas() {
    let entry = entry();
    let text = raw(entry.to_string());
    let tool = RawTool::parse(&text).unwrap();
    assert_eq!(tool.title().as_deref(), Some("Read a file"));
    assert_eq!(value(tool.annotations.unwrap()), entry["annotations"]);

    let def = tool.to_def(Some("fs"), ResultMode::Value).unwrap();
    let schema = def.schema.unwrap();
    assert_eq!(def.id, ID);
    assert_eq!(def.description.as_deref(), Some("Reads."));
    assert_eq!(schema.request.as_ref(), Some(&entry["inputSchema"]));
    assert_eq!(schema.response.as_ref(), Some(&entry["outputSchema"]));
    assert_eq!(tool.command_id(None).as_deref(), Some("read"));

    let whole = tool.to_def(Some("fs"), ResultMode::Raw).unwrap();
    let response = whole.schema.unwrap().response.unwrap();
    assert_eq!(
        response["properties"]["structuredContent"],
        entry["outputSchema"]
    );
}

#[test]
fn the_schema_of_a_call_result_is_open_also_after_normalisation() {
    let schema = call_result_schema(None);
    assert_eq!(normalize_schema(schema.clone()), schema);
    assert_eq!(schema["properties"]["structuredContent"], true);

    let tree =
        json!({"type": "array", "items": {"$ref": "#/$defs/T"}, "$defs": {"T": {"$ref": "#"}}});
    let schema = call_result_schema(Some(tree));
    assert_eq!(
        schema["$defs"]["T"]["$ref"],
        "#/properties/structuredContent"
    );
}

#[test]
fn a_careless_entry_loses_a_member_and_not_the_tool() {
    let text = raw(
        r#"{"name": "r\u0065ad", "title": 1, "description": null, "inputSchema": null, "outputSchema": [], "_meta": "x"}"#,
    );
    let tool = RawTool::parse(&text).unwrap();
    assert_eq!(tool.name, "read");
    assert_eq!((tool.title(), tool.description()), (None, None));
    let schema = tool.to_def(Some("fs"), ResultMode::Value).unwrap().schema;
    let schema = schema.unwrap();
    assert_eq!(schema.request, Some(json!({"type": "object"})));
    // It says nothing of the result but in words.
    let response = schema.response.unwrap();
    let keys: Vec<_> = response.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["description"]);

    for broken in ["[]", "{}", r#"["read"]"#, r#"{"name": 1}"#, "null"] {
        assert!(RawTool::parse(&raw(broken)).is_err(), "{broken}");
    }
}

#[test]
fn a_tool_that_would_be_a_private_command_is_skipped() {
    for (name, prefix, id) in [
        ("_hidden", None, None),
        ("_hidden", Some("fs"), Some("fs._hidden")),
        ("_cmdbus.ls", None, None),
        ("", None, None),
        ("", Some("fs"), None),
        ("read", None, Some("read")),
    ] {
        let text = raw(json!({"name": name}).to_string());
        let def = RawTool::parse(&text)
            .unwrap()
            .to_def(prefix, ResultMode::Value);
        assert_eq!(def.map(|def| def.id).as_deref(), id, "{name} {prefix:?}");
    }
}

fn with_origins(origin: Value) -> Value {
    json!({"name": "read", "_meta": {"dev.cmdbus/origin": origin}})
}

#[test]
fn w78_a_tool_that_has_passed_this_bus_or_too_many_does_not_come_back() {
    let eight: Vec<String> = (0..8).map(|n| format!("bus{n}")).collect();
    let nine: Vec<String> = (0..9).map(|n| format!("bus{n}")).collect();
    for (entry, loops) in [
        (with_origins(json!(["far", "own"])), true),
        (with_origins(json!(["own"])), true),
        (with_origins(json!(["far"])), false),
        (with_origins(json!(eight)), false),
        (with_origins(json!(nine)), true),
        (with_origins(json!("own")), false),
        (with_origins(json!([])), false),
        (json!({"name": "read"}), false),
    ] {
        let text = raw(entry.to_string());
        assert_eq!(
            RawTool::parse(&text).unwrap().loops("own"),
            loops,
            "{entry}"
        );
    }
}

#[test]
fn w78_an_entry_that_leaves_this_bus_says_that_it_was_here_and_is_unchanged_otherwise() {
    let text = raw(r#"{"name":"read", "vendor":1.10,"_meta":{"x":1,"dev.cmdbus/origin":["far"]}}"#);
    let passed = with_origin(&text, "own").unwrap();
    assert_eq!(
        passed.get(),
        r#"{"name":"read", "vendor":1.10,"_meta":{"x":1,"dev.cmdbus/origin":["far","own"]}}"#
    );
    assert!(RawTool::parse(&passed).unwrap().loops("own"));

    for bare in [
        r#"{"name":"read"}"#,
        r#"{"name":"read","_meta":null}"#,
        r#"{"name":"read","_meta":{}}"#,
    ] {
        let passed = with_origin(&raw(bare), "own").unwrap();
        assert_eq!(RawTool::parse(&passed).unwrap().origin(), ["own"], "{bare}");
    }
    assert!(with_origin(&raw("[]"), "own").is_none());
}
