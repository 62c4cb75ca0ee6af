//! Calls of commands as calls of tools: what goes in, and what comes out.

use cmdbus::CommandError;
use cmdbus::message::Payload;
use serde_json::Value;
use serde_json::value::RawValue;

use super::error::from_error_result;
use crate::rpc::Raw;

/// What the caller of a command is told when the tool behind it asks for input first.
pub const NEEDS_A_PERSON: &str = "needs input from a person: use the pass-through endpoint";

/// What a command returns of the call result of its tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResultMode {
    /// The structured content, else the first block of text, decoded if it is JSON, else everything.
    #[default]
    Value,
    /// Everything.
    Raw,
}

/// Returns the `arguments` of the tool call for a request; no request and `null` are no arguments.
///
/// # Errors
/// The request is no object, or what a peer sent for it turns out not to be JSON.
pub fn arguments(request: Option<&Payload>, command: &str) -> Result<Raw, CommandError> {
    let invalid = |message: &str| CommandError::InvalidRequest {
        command_id: command.to_owned(),
        message: message.to_owned(),
    };
    let text = match request {
        Some(request) if !request.is_null() => {
            String::from_utf8_lossy(&request.to_json()).into_owned()
        }
        _ => "{}".to_owned(),
    };
    let raw = RawValue::from_string(text).map_err(|_| invalid("the request is no JSON"))?;
    if raw.get().starts_with('{') {
        Ok(raw)
    } else {
        Err(invalid(
            "a tool takes an object; give its arguments by name",
        ))
    }
}

/// Returns what a command returns, or fails with, for the call result of its tool.
///
/// # Errors
/// The tool says that it failed, asks for input, or answered what is no JSON object.
pub fn command_result(
    result: &RawValue,
    mode: ResultMode,
    command: &str,
) -> Result<Option<Value>, CommandError> {
    let mut result = match serde_json::from_str(result.get()) {
        Ok(result @ Value::Object(_)) => result,
        Ok(_) | Err(_) => {
            return Err(CommandError::Internal {
                command_id: command.to_owned(),
                message: "the tool's answer is no call result".to_owned(),
            });
        }
    };
    if result.get("resultType").and_then(Value::as_str) == Some("input_required") {
        return Err(CommandError::InvalidRequest {
            command_id: command.to_owned(),
            message: NEEDS_A_PERSON.to_owned(),
        });
    }
    if result.get("isError").and_then(Value::as_bool) == Some(true) {
        let texts: Vec<&str> = texts(&result).collect();
        let text = (!texts.is_empty()).then(|| texts.join("\n"));
        return Err(from_error_result(&result, text, command));
    }
    if mode == ResultMode::Raw {
        return Ok(Some(result));
    }
    // Some servers write what they do not have as `null`.
    if let Some(structured) = result
        .get_mut("structuredContent")
        .filter(|value| !value.is_null())
    {
        return Ok(Some(structured.take()));
    }
    let Some(text) = texts(&result).next() else {
        return Ok(Some(result));
    };
    let value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    Ok(Some(value).filter(|value| !value.is_null()))
}

fn texts(result: &Value) -> impl Iterator<Item = &str> {
    let blocks = result.get("content").and_then(Value::as_array);
    blocks.into_iter().flatten().filter_map(|block| {
        let is_text = block.get("type").and_then(Value::as_str) == Some("text");
        block
            .get("text")
            .and_then(Value::as_str)
            .filter(|_| is_text)
    })
}
