//! The tools that the conformance suite calls.

use std::sync::atomic::Ordering;
use std::time::Duration;

use rmcp::ErrorData as McpError;
use rmcp::model::Tool;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Answer, Call, failure, result, text, tool, with_schema};
use crate::resources::PNG;
use crate::server::typed;
use crate::state::Change;

/// A WAV file without a sample.
const WAV: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=";
/// Between two notifications, so that they are seen one by one.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) fn list() -> Vec<Tool> {
    let string = json!({"type": "string", "required": true});
    let mut tools: Vec<Tool> = [
        ("test_simple_text", "Answers with text"),
        ("test_image_content", "Answers with an image"),
        ("test_audio_content", "Answers with a sound"),
        ("test_embedded_resource", "Answers with a resource"),
        (
            "test_multiple_content_types",
            "Answers with several kinds of content",
        ),
        ("test_tool_with_logging", "Logs three times"),
        ("test_logging_tool", "Logs if that is asked for"),
        ("test_error_handling", "Fails"),
        ("test_tool_with_progress", "Tells how far it is"),
        ("test_elicitation_sep1034_defaults", "Asks with defaults"),
        ("test_elicitation_sep1330_enums", "Asks with choices"),
        ("test_reconnection", "Takes its time"),
        ("test_missing_capability", "Needs a client that can sample"),
        ("test_trigger_tool_change", "Changes the list of tools"),
        ("test_trigger_prompt_change", "Changes the list of prompts"),
    ]
    .into_iter()
    .map(|(name, description)| tool(name, description, json!({})))
    .collect();
    tools.extend([
        tool(
            "test_sampling",
            "Has the client's model say something",
            json!({"prompt": string}),
        ),
        tool(
            "test_elicitation",
            "Asks the user",
            json!({"message": string}),
        ),
        tool(
            "test_custom_header",
            "Has an argument that is sent as a header too",
            json!({"region": {"type": "string", "x-mcp-header": "Region"}}),
        ),
        with_schema(
            "json_schema_2020_12_tool",
            "Tool with JSON Schema 2020-12 features",
            schema_2020_12(),
        ),
    ]);
    tools
}

pub(super) async fn call(call: &Call<'_>) -> Option<Answer> {
    Some(match call.name() {
        "test_simple_text" => text("This is a simple text response for testing."),
        "test_image_content" => content(&[image()]),
        "test_audio_content" => {
            content(&[json!({"type": "audio", "data": WAV, "mimeType": "audio/wav"})])
        }
        "test_embedded_resource" => content(&[resource(
            "test://embedded-resource",
            "text/plain",
            "This is an embedded resource content.",
        )]),
        "test_multiple_content_types" => content(&[
            json!({"type": "text", "text": "Multiple content types test:"}),
            image(),
            resource(
                "test://mixed-content-resource",
                "application/json",
                r#"{"test":"data","value":123}"#,
            ),
        ]),
        "test_error_handling" => failure("This tool intentionally returns an error for testing"),
        "test_tool_with_logging" | "test_logging_tool" => log(call).await,
        "test_tool_with_progress" => progress(call).await,
        "test_sampling" => sample(call).await,
        "test_elicitation" => elicit(call).await,
        "test_elicitation_sep1034_defaults" => elicit_form(call, defaults()).await,
        "test_elicitation_sep1330_enums" => elicit_form(call, choices()).await,
        "test_reconnection" => {
            sleep(2 * PAUSE).await;
            text("It took its time.")
        }
        "test_missing_capability" => missing_capability(call),
        "test_custom_header" => text(call.string("region", "none")),
        "json_schema_2020_12_tool" => text("Its schema is what counts."),
        "test_trigger_tool_change" => {
            call.state.extra_tool.fetch_xor(true, Ordering::SeqCst);
            call.state.changed(Change::Tools).await;
            text("The list of tools has changed.")
        }
        "test_trigger_prompt_change" => {
            call.state.extra_prompt.fetch_xor(true, Ordering::SeqCst);
            call.state.changed(Change::Prompts).await;
            text("The list of prompts has changed.")
        }
        _ => return None,
    })
}

fn content(content: &[Value]) -> Answer {
    result(json!({"content": content}))
}

fn image() -> Value {
    json!({"type": "image", "data": PNG, "mimeType": "image/png"})
}

fn resource(uri: &str, kind: &str, text: &str) -> Value {
    json!({"type": "resource", "resource": {"uri": uri, "mimeType": kind, "text": text}})
}

async fn log(call: &Call<'_>) -> Answer {
    call.log("Tool execution started").await?;
    sleep(PAUSE).await;
    call.log("Tool processing data").await?;
    sleep(PAUSE).await;
    call.log("Tool execution completed").await?;
    text("It has logged three times.")
}

async fn progress(call: &Call<'_>) -> Answer {
    call.progress(0, 100).await?;
    sleep(PAUSE).await;
    call.progress(50, 100).await?;
    sleep(PAUSE).await;
    call.progress(100, 100).await?;
    text("It has told how far it was.")
}

async fn sample(call: &Call<'_>) -> Answer {
    if !call.client_can("sampling") {
        return failure("The client cannot sample.");
    }
    let said = json!({"type": "text", "text": call.string("prompt", "")});
    let params = json!({"messages": [{"role": "user", "content": said}], "maxTokens": 100});
    let answer = call.ask("sampling/createMessage", params).await?;
    let said = answer["content"]["text"].as_str().unwrap_or("(no text)");
    text(&format!("LLM response: {said}"))
}

async fn elicit(call: &Call<'_>) -> Answer {
    let schema = json!({
        "type": "object",
        "properties": {
            "username": {"type": "string", "description": "User's response"},
            "email": {"type": "string", "description": "User's email address"},
        },
        "required": ["username", "email"],
    });
    let answer = ask_user(call, call.string("message", "?"), schema).await?;
    text(&format!("User response: {answer}"))
}

async fn elicit_form(call: &Call<'_>, properties: Value) -> Answer {
    let schema = json!({"type": "object", "properties": properties, "required": []});
    let answer = ask_user(call, "Please fill in this form", schema).await?;
    text(&format!("Elicitation completed: {answer}"))
}

async fn ask_user(call: &Call<'_>, message: &str, schema: Value) -> Result<String, McpError> {
    if !call.client_can("elicitation") {
        return Err(McpError::invalid_request(
            "the client cannot ask its user",
            None,
        ));
    }
    let params = json!({"message": message, "requestedSchema": schema});
    let answer = call.ask("elicitation/create", params).await?;
    let action = answer["action"].as_str().unwrap_or_default();
    Ok(format!("action={action}, content={}", answer["content"]))
}

fn missing_capability(call: &Call<'_>) -> Answer {
    if call.client_can("sampling") {
        return text("The client can sample.");
    }
    let required = typed(json!({"sampling": {}}))?;
    Err(McpError::missing_required_client_capability(required))
}

fn defaults() -> Value {
    json!({
        "name": {"type": "string", "description": "A name", "default": "John Doe"},
        "age": {"type": "integer", "description": "An age", "default": 30},
        "score": {"type": "number", "description": "A score", "default": 95.5},
        "status": {"type": "string", "description": "A status", "enum": ["active", "inactive", "pending"], "default": "active"},
        "verified": {"type": "boolean", "description": "Whether it is so", "default": true},
    })
}

fn choices() -> Value {
    let titled = |prefix: &str, title: &str| {
        let numbers = [(1, "First"), (2, "Second"), (3, "Third")];
        let numbers = numbers.map(|(number, word)| {
            json!({"const": format!("{prefix}{number}"), "title": format!("{word} {title}")})
        });
        json!(numbers)
    };
    json!({
        "untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
        "titledSingle": {"type": "string", "oneOf": titled("value", "Option")},
        "legacyEnum": {
            "type": "string", "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        "untitledMulti": {
            "type": "array", "items": {"type": "string", "enum": ["option1", "option2", "option3"]},
        },
        "titledMulti": {"type": "array", "items": {"anyOf": titled("value", "Choice")}},
    })
}

fn schema_2020_12() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {"address": {
            "$anchor": "addressDef", "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }},
        "properties": {
            "name": {"type": "string"},
            "address": {"$ref": "#/$defs/address"},
            "contactMethod": {"type": "string", "enum": ["phone", "email"]},
            "phone": {"type": "string"},
            "email": {"type": "string"},
        },
        "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
        "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
        "then": {"required": ["phone"]},
        "else": {"required": ["email"]},
        "additionalProperties": false,
    })
}
