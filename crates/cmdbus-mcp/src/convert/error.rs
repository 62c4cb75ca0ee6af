//! Errors of commands as errors of tool calls, and back. Each table spells out every case.

use cmdbus::message::ExecuteError;
use cmdbus::{CommandError, ExecuteErrorCode};
use serde_json::{Value, json};

use super::{Called, META_ERROR, Profile, Promised};
use crate::rpc::{RpcError, codes};

/// How the failure of a command is told to an MCP client.
#[derive(Debug, Clone)]
pub enum Failure {
    /// The call did not take place, or nobody knows how it ended: an error of JSON-RPC.
    Rpc(RpcError),
    /// The command failed: a call result with `isError`, which a model can read and react to.
    Result(Value),
}

/// Returns how to tell that a command failed.
///
/// `provided` says whether anybody provided the command when it was called (W76): only then can
/// `not_found` be the command's own answer.
pub fn failure(
    error: &CommandError,
    called: &Called<'_>,
    provided: bool,
    profile: Profile,
) -> Failure {
    let wire = error.to_wire(called.command);
    let rpc = |code, text| Failure::Rpc(RpcError::new(code, text));
    let place = match (profile, called.promised) {
        // Clients check structured content against the output schema even if the call failed.
        (Profile::Aggregated, _) | (_, Promised::Object | Promised::AnyValue) => Place::Meta,
        (Profile::StandAlone, Promised::Nothing) => Place::Structured,
    };
    match (wire.code, profile) {
        (ExecuteErrorCode::NotFound, _) if !provided => Failure::Rpc(unknown_tool(called.tool)),
        (ExecuteErrorCode::Timeout, Profile::Aggregated) => rpc(codes::TIMEOUT, late(called)),
        (ExecuteErrorCode::Timeout, Profile::StandAlone) => {
            rpc(codes::INTERNAL_ERROR, late(called))
        }
        (ExecuteErrorCode::ChannelDisconnected, Profile::Aggregated) => {
            rpc(codes::CHANNEL_LOST, lost(called))
        }
        (ExecuteErrorCode::ChannelDisconnected, Profile::StandAlone) => {
            rpc(codes::INTERNAL_ERROR, lost(called))
        }
        (
            ExecuteErrorCode::NotFound
            | ExecuteErrorCode::InvalidRequest
            | ExecuteErrorCode::InternalError,
            _,
        ) => Failure::Result(error_result(&wire, place)),
    }
}

/// Returns the error for a name that is no tool: unknown, private, or not for this caller.
pub fn unknown_tool(name: &str) -> RpcError {
    RpcError::new(codes::INVALID_PARAMS, format!("unknown tool: {name}"))
}

fn late(called: &Called<'_>) -> String {
    format!(
        "`{}` did not answer within the time limit; it may still be running, so look before calling again",
        called.tool
    )
}

fn lost(called: &Called<'_>) -> String {
    format!(
        "the connection to the provider of `{}` ended; call again when it is back",
        called.tool
    )
}

/// Where an error result holds the command's `{code, message}`.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Structured,
    Meta,
}

pub(super) fn error_result(error: &ExecuteError, place: Place) -> Value {
    let object = json!({"code": error.code.as_str(), "message": error.message});
    let content = json!([{"type": "text", "text": object.to_string()}]);
    match place {
        Place::Structured => {
            json!({"content": content, "structuredContent": object, "isError": true})
        }
        Place::Meta => json!({"content": content, "isError": true, "_meta": {META_ERROR: object}}),
    }
}

/// Returns the error that a tool's error result stands for, in the code of the command behind it if the
/// result tells, else `internal_error` with the text.
pub(super) fn from_error_result(
    result: &Value,
    text: Option<String>,
    command: &str,
) -> CommandError {
    let meta = result.get("_meta").and_then(|meta| meta.get(META_ERROR));
    let structured = result.get("structuredContent");
    let restored = [meta, structured].into_iter().flatten().find_map(restored);
    let error = restored.unwrap_or_else(|| {
        let json = || {
            structured
                .filter(|json| !json.is_null())
                .unwrap_or(result)
                .to_string()
        };
        ExecuteError::new(ExecuteErrorCode::InternalError, text.unwrap_or_else(json))
    });
    CommandError::from_wire(error, command)
}

fn restored(object: &Value) -> Option<ExecuteError> {
    let code = ExecuteErrorCode::from_wire(object.get("code")?.as_str()?)?;
    let message = object.get("message")?.as_str()?;
    Some(ExecuteError::new(code, message))
}

/// Returns the error that the caller of a command sees when the tool call behind it failed with an error
/// of JSON-RPC.
pub fn command_error(error: &RpcError, command: &str) -> CommandError {
    let message = error.message.clone();
    match error.code {
        codes::TIMEOUT => CommandError::Timeout,
        codes::NOT_FOUND | codes::CHANNEL_LOST | codes::UPSTREAM_FAILED => {
            CommandError::ChannelDisconnected
        }
        codes::METHOD_NOT_FOUND => CommandError::NotFound(command.to_owned()),
        codes::INVALID_PARAMS if says_unknown_tool(&message) => {
            CommandError::NotFound(command.to_owned())
        }
        codes::INVALID_PARAMS => CommandError::InvalidRequest {
            command_id: command.to_owned(),
            message,
        },
        code => CommandError::Internal {
            command_id: command.to_owned(),
            message: if message.is_empty() {
                format!("the server failed with code {code}")
            } else {
                message
            },
        },
    }
}

/// MCP has one code for an unknown tool and for wrong arguments; only the words of the common servers
/// tell them apart: `Unknown tool: x`, `Tool x not found`, `tool not found`.
fn says_unknown_tool(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let bare = |word| str::trim_matches(word, |c: char| !c.is_alphanumeric());
    let words: Vec<&str> = message.split_whitespace().map(bare).collect();
    words.windows(2).any(|words| words == ["unknown", "tool"])
        || words
            .windows(3)
            .any(|words| words == ["tool", "not", "found"])
        || words
            .windows(4)
            .any(|words| matches!(words, ["tool", _, "not", "found"]))
}
