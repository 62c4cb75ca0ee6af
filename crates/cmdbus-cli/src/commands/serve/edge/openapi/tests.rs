//! The document as a whole.

use axum::http::Request;
use cmdbus::{CommandRegistry, DynCommand};
use cmdbus_attach::auth::{Authority, Principal};
use tempfile::TempDir;

use super::super::DOCUMENTS;
use super::*;
use crate::config::Config;

fn command(json: Value) -> CommandDef {
    serde_json::from_value(json).unwrap()
}

fn document(commands: &[Value]) -> Value {
    let schemas = Schemas::default();
    let mut document = Document::new(&schemas, 1, MOST_BYTES);
    for json in commands {
        document.add(&command(json.clone()));
    }
    document.finish("http://127.0.0.1:1")
}

#[test]
fn a_command_is_a_path_with_its_request_and_its_result() {
    let document = document(&[json!({
        "id": "notes.append",
        "description": "Appends a line",
        "schema": {
            "request": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
            "response": {"type": "integer"},
        },
    })]);
    let operation = &document["paths"]["/call/notes.append"]["post"];
    assert_eq!(operation["operationId"], "notes.append");
    assert_eq!(operation["description"], "Appends a line");
    assert_eq!(operation["tags"], json!(["notes"]));
    let request = &operation["requestBody"];
    assert_eq!(request["required"], true);
    let place = "#/components/schemas/notes.append.request";
    assert_eq!(request["content"][JSON]["schema"], json!({"$ref": place}));
    let response = &operation["responses"]["200"]["content"][JSON]["schema"];
    assert_eq!(
        response["$ref"],
        "#/components/schemas/notes.append.response"
    );
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["notes.append.response"], json!({"type": "integer"}));
}

#[test]
fn void_and_unknown_shapes_are_told_apart() {
    let document = document(&[
        json!({"id": "void", "schema": {}}),
        json!({"id": "unknown"}),
    ]);
    let of = |id: &str| document["paths"][format!("/call/{id}")]["post"].clone();
    let result = |id: &str| of(id)["responses"]["200"]["content"][JSON]["schema"].clone();
    assert_eq!(of("void").get("requestBody"), None);
    assert_eq!(result("void"), json!({"type": "null"}));
    assert_eq!(of("unknown")["requestBody"]["required"], false);
    assert_eq!(result("unknown"), json!({}));
}

#[test]
fn a_streaming_command_says_what_comes_together_and_what_comes_one_by_one() {
    let document = document(&[json!({
        "id": "log.tail",
        "schema": {"response": {"type": "null", "x-cmdbus-stream": {"type": "string"}}},
    })]);
    let response = &document["paths"]["/call/log.tail"]["post"]["responses"]["200"];
    let schema = &response["content"][JSON]["schema"];
    let item = "#/components/schemas/log.tail.item";
    assert_eq!(schema["properties"]["items"]["items"]["$ref"], item);
    assert!(
        response["description"]
            .as_str()
            .unwrap()
            .contains("one by one")
    );
}

#[test]
fn what_does_not_fit_is_described() {
    let document = document(&[json!({"id": "a.b"})]);
    let refusal = &document["paths"]["/call/a.b"]["post"]["responses"]["422"]["$ref"];
    let refusal = refusal.as_str().unwrap().strip_prefix('#').unwrap();
    let content = &document.pointer(refusal).unwrap()["content"];
    let place = content["application/problem+json"]["schema"]["$ref"].as_str();
    let problem = document.pointer(place.unwrap().strip_prefix('#').unwrap());
    let wrong = &problem.unwrap()["properties"]["errors"]["items"];
    assert_eq!(wrong["required"], json!(["pointer", "detail"]));
}

#[test]
fn a_request_is_required_where_it_is_asked_for() {
    let schemas = [
        ("a", json!({"type": "object"}), false),
        ("b", json!({"type": "string"}), true),
        // Anything will do, so nothing does.
        ("c", json!(true), false),
        (
            "d",
            json!({"type": "string", "$ref": "https://example.com/"}),
            false,
        ),
    ];
    for (id, request, required) in schemas {
        let document = document(&[json!({"id": id, "schema": {"request": request}})]);
        let operation = &document["paths"][format!("/call/{id}")]["post"];
        let body = &operation["requestBody"];
        assert_eq!(body["required"], required, "{id}");
        assert_eq!(body.get("description").is_some(), id == "d", "{id}");
    }
}

#[test]
fn ids_are_escaped_and_every_reference_has_a_target() {
    let ids = [
        "a/b",
        "a b",
        "{id}",
        "ü",
        "a\"b",
        "__proto__",
        "a%2Fb",
        "../x",
    ];
    let commands: Vec<_> = ids
        .iter()
        .map(|id| json!({"id": id, "schema": {"request": {"$ref": "#"}, "response": true}}))
        .collect();
    let document = document(&commands);
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), ids.len());
    for path in paths.keys() {
        let id = path.strip_prefix("/call/").unwrap();
        let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"%-._~".contains(&byte);
        assert!(id.bytes().all(fine), "{path}");
    }
    assert_that_references_lead_somewhere(&document);
}

#[track_caller]
fn assert_that_references_lead_somewhere(document: &Value) {
    let mut waiting = vec![document];
    while let Some(value) = waiting.pop() {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            let pointer = target.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{target}");
        }
        match value {
            Value::Object(members) => waiting.extend(members.values()),
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
}

#[test]
fn the_items_of_a_stream_refer_to_their_own_definitions_or_to_those_of_the_response() {
    let item = json!({"type": "array", "items": {"$ref": "#/$defs/Line"}, "maxItems": 2});
    let definitions = json!({"Line": {"type": "string"}});
    let mut apart = item.clone();
    apart["$defs"] = definitions.clone();
    for response in [
        json!({"x-cmdbus-stream": item, "$defs": definitions}),
        json!({"x-cmdbus-stream": apart}),
    ] {
        let document = document(&[json!({"id": "log.tail", "schema": {"response": response}})]);
        assert_that_references_lead_somewhere(&document);
        // From the answer to the items, to one of them, and to what it is made of.
        let follow = |mut at: Value| {
            while let Some(target) = at.get("$ref").and_then(Value::as_str) {
                at = document.pointer(&target[1..]).unwrap().clone();
            }
            at
        };
        let answer = &document["paths"]["/call/log.tail"]["post"]["responses"]["200"];
        let items = &answer["content"][JSON]["schema"]["properties"]["items"]["items"];
        let item = follow(items.clone());
        assert_eq!(item["maxItems"], 2);
        assert_eq!(follow(item["items"].clone()), json!({"type": "string"}));
    }
}

/// Returns an edge with so many commands, and who may call them all.
async fn edge(commands: usize) -> (Arc<Edge>, Extensions, TempDir) {
    let registry = CommandRegistry::new(cmdbus::Config::default());
    for number in 0..commands {
        let command = DynCommand::new(format!("a.{number}"), async |it: Value| Ok(it));
        registry.register_command(command).await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::none(&["127.0.0.1:1".parse().unwrap()]).unwrap();
    let edge = Edge::new(
        &registry,
        &Arc::new(authority),
        &Config::default(),
        folder.path(),
    );
    let mut who = Extensions::new();
    who.insert(Principal::owner());
    (Arc::new(edge), who, folder)
}

#[tokio::test]
async fn commands_that_do_not_fit_are_counted_to_the_end_of_the_list() {
    let all = PAGE + 100;
    let (edge, who, _folder) = edge(all).await;
    let document = write(&edge, &who, 1000);
    let paths = document.paths.len();
    assert!((1..PAGE).contains(&paths));
    assert_eq!(document.left_out, all - paths);
}

#[tokio::test(start_paused = true)]
async fn few_documents_are_written_at_once_and_nobody_waits_for_long() {
    let (edge, who, _folder) = edge(1).await;
    let request = || {
        let mut request = Request::new(Body::empty());
        *request.extensions_mut() = who.clone();
        request
    };
    let turns = edge.documents.clone();
    let held = turns.acquire_many(DOCUMENTS as u32).await.unwrap();
    let refused = answer(&edge, request()).await.err();
    assert_eq!(refused, Some(Problem::overloaded()));
    drop(held);
    let answer = answer(&edge, request()).await;
    assert!(answer.ok().unwrap().status().is_success());
}

#[test]
fn commands_that_do_not_fit_are_counted() {
    let schemas = Schemas::default();
    let mut document = Document::new(&schemas, 1, MOST_BYTES);
    let long = "x".repeat(MOST_BYTES / 2);
    for id in ["a", "b", "c"] {
        document.add(&command(json!({"id": id, "description": long})));
    }
    let document = document.finish("/");
    assert_eq!(document["paths"].as_object().unwrap().len(), 1);
    assert!(
        document["info"]["description"]
            .as_str()
            .unwrap()
            .contains("2 more commands")
    );
}
