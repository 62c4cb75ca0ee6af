//! `POST /v1/endpoint/register` (protocol §3.5.1, steps 1 to 6).

use serde_json::{Map, Value};

use super::access::stream_name;
use super::fields::{Fields, wrong};
use super::handler::{Call, Question};
use crate::core::{Metadata, Refusal, Register, Registration, Request, Workspace, task_hint};

/// A capability that only the broker gives.
const REMOTE_SPAWN: &str = "remote_spawn_v1";

/// Longest runtime session id, in UTF-16 units.
const SESSION_UNITS: usize = 256;

/// How runtime session ids begin that are not for clients.
const RESERVED_SESSION: &str = "__masons_";

/// Understands a registration. What is wrong with its shape goes to the core as well, which looks first
/// whether the process has a stream.
pub(super) fn register(
    call: &Call<'_>,
    can_spawn: impl Fn(&str) -> bool,
) -> Result<Question, Refusal> {
    let mut fields = call.fields()?;
    let pid = fields.pid();
    let caller = call.caller()?;
    Call::check_same_pid(&caller, pid)?;
    let name = stream_name(call.headers)?;
    let register = Register {
        pid,
        body: registration(&mut fields, name.clone(), can_spawn),
        stream_name: name,
    };
    Ok((caller, Request::Register(Box::new(register))))
}

fn registration(
    fields: &mut Fields,
    stream_name: Option<String>,
    can_spawn: impl Fn(&str) -> bool,
) -> Result<Registration, Refusal> {
    let mut metadata = Metadata {
        agent_id: fields.string("agent_id")?,
        kind: fields.non_empty("kind")?,
        client_kind: fields.optional_string("client_kind")?,
        client_version: fields.optional_string("client_version")?,
        started_at: started_at(fields)?,
        session_name: fields.optional_string("session_name")?,
        tracking_ref: fields.optional_string("tracking_ref")?,
        task_hint: fields
            .optional_string("task_hint")?
            .map(|hint| task_hint(&hint)),
        execution_surface: fields.optional_string("execution_surface")?,
        background_exchange_mode: fields.optional_string("background_exchange_mode")?,
        runtime_capabilities: capabilities(fields)?,
        stream_name,
        ..Metadata::default()
    };
    let spawn_token = fields.optional_string("spawn_token")?;
    let session = fields.optional_string("runtime_session_id")?;
    metadata.runtime_session_id = session.map_or(Ok(None), |id| session_id(&id))?;
    metadata.workspace = fields.any("workspace").map(workspace).transpose()?;
    if can_spawn(&metadata.kind) {
        metadata.runtime_capabilities.push(REMOTE_SPAWN.to_owned());
    }
    Ok(Registration {
        metadata,
        spawn_token,
    })
}

fn session_id(text: &str) -> Result<Option<String>, Refusal> {
    let id = text.trim();
    if id.encode_utf16().count() > SESSION_UNITS || id.starts_with(RESERVED_SESSION) {
        return Err(Refusal::new(
            400,
            "invalid_runtime_session_id",
            format!(
                "`runtime_session_id` must have at most {SESSION_UNITS} characters and not begin with `{RESERVED_SESSION}`"
            ),
        ));
    }
    Ok(Some(id.to_owned()).filter(|id| !id.is_empty()))
}

/// Reads the capabilities, without the one that clients cannot claim.
fn capabilities(fields: &mut Fields) -> Result<Vec<String>, Refusal> {
    let refuse = || wrong("runtime_capabilities", "an array of strings");
    match fields.any("runtime_capabilities") {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => items
            .into_iter()
            .map(|item| match item {
                Value::String(name) => Ok(name),
                _ => Err(refuse()),
            })
            .filter(|name| !matches!(name, Ok(name) if name == REMOTE_SPAWN))
            .collect(),
        Some(_) => Err(refuse()),
    }
}

fn workspace(value: Value) -> Result<Workspace, Refusal> {
    match value {
        Value::String(text) => {
            let root = filled(&text).ok_or_else(|| wrong("workspace", "not empty"))?;
            Ok(Workspace {
                cwd: root.clone(),
                root,
                remote: None,
                branch: None,
            })
        }
        Value::Object(members) => {
            let mut fields = members;
            Ok(Workspace {
                root: folder(&mut fields, "root", "workspace.root")?,
                cwd: folder(&mut fields, "cwd", "workspace.cwd")?,
                remote: optional(&mut fields, "remote", "workspace.remote")?,
                branch: optional(&mut fields, "branch", "workspace.branch")?,
            })
        }
        _ => Err(wrong("workspace", "a string or an object")),
    }
}

fn folder(members: &mut Map<String, Value>, name: &str, field: &str) -> Result<String, Refusal> {
    optional(members, name, field)?.ok_or_else(|| wrong(field, "a string that is not empty"))
}

fn optional(
    members: &mut Map<String, Value>,
    name: &str,
    field: &str,
) -> Result<Option<String>, Refusal> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(filled(&text)),
        Some(_) => Err(wrong(field, "a string")),
    }
}

/// Returns the text without space around it, unless nothing is left.
fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Reads `started_at`: an ISO time, by its shape.
fn started_at(fields: &mut Fields) -> Result<Option<String>, Refusal> {
    let Some(text) = fields.optional_string("started_at")? else {
        return Ok(None);
    };
    if is_iso(&text) {
        Ok(Some(text))
    } else {
        Err(wrong("started_at", "a time as in 2026-03-02T08:20:00.000Z"))
    }
}

/// Returns whether a text has the shape of an RFC 3339 time.
fn is_iso(text: &str) -> bool {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00";
    let Some((whole, rest)) = text.as_bytes().split_at_checked(SHAPE.len()) else {
        return false;
    };
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let fits = whole.iter().zip(SHAPE).all(|(byte, shape)| match shape {
        b'0' => is_digit(byte),
        b'T' => byte.eq_ignore_ascii_case(&b'T') || *byte == b' ',
        other => byte == other,
    });
    let zone = match rest {
        [b'.', digits @ ..] => {
            let count = digits.iter().take_while(|byte| is_digit(byte)).count();
            if !(1..=9).contains(&count) {
                return false;
            }
            &digits[count..]
        }
        other => other,
    };
    let zone_fits = match zone {
        b"Z" | b"z" => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => [h1, h2, m1, m2].into_iter().all(is_digit),
        _ => false,
    };
    fits && zone_fits
}
