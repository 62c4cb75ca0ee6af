//! Results, errors and entries that MCP clients see.

use cmdbus::CommandError;
use cmdbus_mcp::convert::{
    Called, Failure, Profile, Promised, ToolEntry, call_result, failure, modernise, modernise_list,
    name_server, origin_through, unknown_tool,
};
use cmdbus_mcp::rpc::{Era, codes};
use serde_json::{Value, json};

use super::{raw, value};

const BOTH: [Era; 2] = [Era::Legacy, Era::Modern];

fn called(promised: Promised) -> Called<'static> {
    Called {
        tool: "notes_append",
        command: "notes.append",
        promised,
    }
}

fn result(result: Value, promised: Promised, era: Era) -> Value {
    call_result(Some(result), &called(promised), era)
}

#[test]
fn w75_nothing_is_empty_content_and_a_string_is_its_text() {
    for era in BOTH {
        let empty = json!({"content": []});
        assert_eq!(call_result(None, &called(Promised::Nothing), era), empty);
        assert_eq!(result(Value::Null, Promised::Nothing, era), empty);
        assert_eq!(
            result(json!("say \"hi\""), Promised::Nothing, era),
            json!({"content": [{"type": "text", "text": "say \"hi\""}]})
        );
    }
}

#[test]
fn w75_structured_content_is_an_object_for_legacy_clients_and_any_json_for_modern_ones() {
    let object = json!({"n": 1});
    for era in BOTH {
        for promised in [Promised::Nothing, Promised::Object] {
            assert_eq!(
                result(object.clone(), promised, era),
                json!({"content": [{"type": "text", "text": "{\"n\":1}"}], "structuredContent": object})
            );
        }
    }
    for other in [json!([1, 2]), json!(2.5), json!(false)] {
        let content = json!([{"type": "text", "text": other.to_string()}]);
        assert_eq!(
            result(other.clone(), Promised::Nothing, Era::Legacy),
            json!({"content": content})
        );
        assert_eq!(
            result(other.clone(), Promised::Nothing, Era::Modern),
            json!({"content": content, "structuredContent": other})
        );
    }
}

#[test]
fn a_modern_client_gets_structured_content_wherever_a_schema_promises_it() {
    assert_eq!(
        result(json!("x"), Promised::AnyValue, Era::Modern),
        json!({"content": [{"type": "text", "text": "x"}], "structuredContent": "x"})
    );
    assert_eq!(
        result(Value::Null, Promised::AnyValue, Era::Modern),
        json!({"content": [], "structuredContent": null})
    );
}

#[test]
fn w75_a_result_that_breaks_the_promise_of_an_object_is_an_error_that_says_so() {
    for (broken, kind) in [
        (Value::Null, "nothing"),
        (json!("x"), "a string"),
        (json!([]), "an array"),
        (json!(1), "a number"),
        (json!(true), "a boolean"),
    ] {
        for era in BOTH {
            let answer = result(broken.clone(), Promised::Object, era);
            assert_eq!(answer["isError"], true);
            assert_eq!(answer.get("structuredContent"), None);
            let error = &answer["_meta"]["dev.cmdbus/error"];
            assert_eq!(error["code"], "internal_error");
            let message = error["message"].as_str().unwrap();
            assert!(message.contains("`notes.append`") && message.contains(kind));
        }
    }
}

fn rpc(failure: Failure) -> (i64, String) {
    match failure {
        Failure::Rpc(error) => (error.code, error.message),
        Failure::Result(result) => panic!("an error result: {result}"),
    }
}

fn error_result(failure: Failure) -> Value {
    match failure {
        Failure::Result(result) => result,
        Failure::Rpc(error) => panic!("an error of JSON-RPC: {error}"),
    }
}

const PROFILES: [Profile; 2] = [Profile::StandAlone, Profile::Aggregated];

#[test]
fn w76_only_a_command_that_nobody_provides_is_an_unknown_tool() {
    let error = CommandError::NotFound("note 7".to_owned());
    for profile in PROFILES {
        let unknown = failure(&error, &called(Promised::Nothing), false, profile);
        assert_eq!(
            rpc(unknown),
            (
                codes::INVALID_PARAMS,
                "unknown tool: notes_append".to_owned()
            )
        );
        let own = failure(&error, &called(Promised::Nothing), true, profile);
        let answer = error_result(own);
        let text = answer["content"][0]["text"].as_str().unwrap();
        assert_eq!(
            text,
            r#"{"code":"not_found","message":"command not found: note 7"}"#
        );
    }
    assert_eq!(unknown_tool("_x").message, "unknown tool: _x");
    assert_eq!(unknown_tool("_x").code, codes::INVALID_PARAMS);
}

#[test]
fn an_end_that_nobody_knows_is_an_error_of_json_rpc_with_the_code_of_the_endpoint() {
    for (error, profile, code) in [
        (CommandError::Timeout, Profile::StandAlone, -32603),
        (
            CommandError::ChannelDisconnected,
            Profile::StandAlone,
            -32603,
        ),
        (CommandError::Timeout, Profile::Aggregated, -33003),
        (
            CommandError::ChannelDisconnected,
            Profile::Aggregated,
            -33002,
        ),
    ] {
        let (given, message) = rpc(failure(&error, &called(Promised::Object), true, profile));
        assert_eq!(given, code, "{error} {profile:?}");
        assert!(message.contains("`notes_append`"), "{message}");
    }
}

#[test]
fn a_commands_own_error_is_a_result_that_a_model_can_read() {
    let error = CommandError::InvalidRequest {
        command_id: "notes.append".to_owned(),
        message: "`text` is missing".to_owned(),
    };
    let object = json!({"code": "invalid_request", "message": "`text` is missing"});
    let content = json!([{"type": "text", "text": object.to_string()}]);
    let structured = json!({"content": content, "structuredContent": object, "isError": true});
    let meta = json!({"content": content, "isError": true, "_meta": {"dev.cmdbus/error": object}});
    for (profile, promised, expected) in [
        (Profile::StandAlone, Promised::Nothing, &structured),
        // Clients would check it against the tool's own schema.
        (Profile::StandAlone, Promised::Object, &meta),
        (Profile::StandAlone, Promised::AnyValue, &meta),
        (Profile::Aggregated, Promised::Nothing, &meta),
        (Profile::Aggregated, Promised::Object, &meta),
    ] {
        let answer = error_result(failure(&error, &called(promised), true, profile));
        assert_eq!(&answer, expected, "{profile:?} {promised:?}");
    }
}

#[test]
fn every_other_error_is_an_internal_one() {
    for error in [
        CommandError::InvalidMessage("x".to_owned()),
        CommandError::DuplicateCommand("x".to_owned()),
        serde_json::from_str::<u8>("x").unwrap_err().into(),
    ] {
        for provided in [false, true] {
            let given = failure(
                &error,
                &called(Promised::Nothing),
                provided,
                Profile::Aggregated,
            );
            let answer = error_result(given);
            assert_eq!(
                answer["_meta"]["dev.cmdbus/error"]["code"],
                "internal_error"
            );
        }
    }
}

#[test]
fn modern_results_say_what_they_must_and_keep_what_they_say() {
    let mut plain = json!({"content": []});
    modernise(&mut plain);
    assert_eq!(plain, json!({"content": [], "resultType": "complete"}));

    let mut list = json!({"tools": [], "ttlMs": 5, "_meta": {"own": 1}});
    modernise_list(&mut list);
    name_server(&mut list, &json!({"name": "cmdbus"}));
    assert_eq!(
        list,
        json!({
            "tools": [], "ttlMs": 5, "cacheScope": "private", "resultType": "complete",
            "_meta": {"own": 1, "io.modelcontextprotocol/serverInfo": {"name": "cmdbus"}}
        })
    );

    let mut asking = json!({"resultType": "input_required"});
    modernise(&mut asking);
    assert_eq!(asking["resultType"], "input_required");
}

#[test]
fn an_entry_names_its_command_and_the_buses_it_passed() {
    let schema = json!({"type": "object"});
    let entry = ToolEntry {
        name: "math_add",
        command_id: "math.add",
        title: None,
        description: None,
        input_schema: (&schema).into(),
        output_schema: None,
        annotations: None,
        origin: &origin_through(&[], "bus1"),
    };
    assert_eq!(
        value(&entry.to_raw()),
        json!({
            "name": "math_add", "title": "math.add", "description": "",
            "inputSchema": {"type": "object"},
            "_meta": {"dev.cmdbus/commandId": "math.add", "dev.cmdbus/origin": ["bus1"]}
        })
    );
    let same = ToolEntry {
        name: "math.add",
        ..entry
    };
    assert_eq!(value(&same.to_raw()).get("title"), None);
}

#[test]
fn an_entry_passes_on_what_an_attached_tool_says_of_itself() {
    let input = raw(r#"{"type":"object","vendor":1.10,"$schema":"x"}"#);
    let hints = raw(r#"{"readOnlyHint": true}"#);
    let entry = ToolEntry {
        name: "fs_read",
        command_id: "fs.read",
        title: Some("Read a file"),
        description: Some("Reads."),
        input_schema: (&*input).into(),
        output_schema: Some((&*input).into()),
        annotations: Some(&hints),
        origin: &origin_through(&["far".to_owned()], "here"),
    };
    assert_eq!(
        entry.to_raw().get(),
        concat!(
            r#"{"name":"fs_read","title":"Read a file","description":"Reads.","#,
            r#""inputSchema":{"type":"object","vendor":1.10,"$schema":"x"},"#,
            r#""outputSchema":{"type":"object","vendor":1.10,"$schema":"x"},"#,
            r#""annotations":{"readOnlyHint": true},"#,
            r#""_meta":{"dev.cmdbus/commandId":"fs.read","dev.cmdbus/origin":["far","here"]}}"#
        )
    );
}
