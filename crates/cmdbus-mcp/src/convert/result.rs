//! Results of commands, as the results of tool calls.

use cmdbus::ExecuteErrorCode;
use cmdbus::message::ExecuteError;
use serde_json::{Map, Value, json};

use super::error::{Place, error_result};
use super::{Called, Promised};
use crate::rpc::Era;

/// Returns the call result of a command that succeeded.
///
/// Nothing is empty content, a string is one block of text, and anything else is one block of JSON text
/// with the value as structured content: objects only, in the modern era any JSON. A result that is no
/// object although one was promised becomes an error result that says so: clients refuse a success
/// without the structured content that the output schema promises.
pub fn call_result(result: Option<Value>, called: &Called<'_>, era: Era) -> Value {
    let value = result.unwrap_or_default();
    if called.promised == Promised::Object && !value.is_object() {
        return error_result(&mismatch(&value, called), Place::Meta);
    }
    let text = match &value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let structured = match (&value, era) {
        (Value::Object(_), _) => true,
        (_, Era::Legacy) => false,
        (Value::Null | Value::String(_), Era::Modern) => called.promised == Promised::AnyValue,
        (_, Era::Modern) => true,
    };
    let mut answer = Map::new();
    let block = |text| json!({"type": "text", "text": text});
    answer.insert("content".to_owned(), text.map(block).into_iter().collect());
    if structured {
        answer.insert("structuredContent".to_owned(), value);
    }
    Value::Object(answer)
}

fn mismatch(value: &Value, called: &Called<'_>) -> ExecuteError {
    let kind = match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    ExecuteError::new(
        ExecuteErrorCode::InternalError,
        format!(
            "`{}` returned {kind} although its response schema promises an object; mend its schema or its result",
            called.command
        ),
    )
}

/// Returns what a streamed command returned, as one value: the form in which the bus itself collects
/// items, so that both ways to the command look the same ([`cmdbus::command::Collected`]).
pub fn streamed_result(items: Vec<Value>, ending: Option<Value>) -> Value {
    let mut collected = Map::new();
    collected.insert("items".to_owned(), Value::Array(items));
    if let Some(ending) = ending.filter(|ending| !ending.is_null()) {
        collected.insert("result".to_owned(), ending);
    }
    Value::Object(collected)
}

/// Adds what every result of the modern era says, unless it is there: that it is the final one.
pub fn modernise(result: &mut Value) {
    if let Value::Object(members) = result {
        members
            .entry("resultType")
            .or_insert_with(|| "complete".into());
    }
}

/// Adds what lists, and the answer to `server/discover`, say in the modern era: that they may change any
/// time and differ from one principal to another.
pub fn modernise_list(result: &mut Value) {
    modernise(result);
    if let Value::Object(members) = result {
        members.entry("ttlMs").or_insert_with(|| 0.into());
        members
            .entry("cacheScope")
            .or_insert_with(|| "private".into());
    }
}

/// Adds the name of the server, as every result of the modern era carries it in its `_meta`.
pub fn name_server(result: &mut Value, server_info: &Value) {
    let Value::Object(members) = result else {
        return;
    };
    let meta = members.entry("_meta").or_insert_with(|| json!({}));
    if let Value::Object(meta) = meta {
        meta.insert(
            "io.modelcontextprotocol/serverInfo".to_owned(),
            server_info.clone(),
        );
    }
}
