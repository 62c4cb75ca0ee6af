//! Frames that ask, tell and answer (attach §3.4 to §3.6).

use std::collections::BTreeMap;

use cmdbus_mcp::rpc::{Raw, RpcError};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::{ServerState, Target};

/// Arguments of a session: name to text, or to `null` for a flag without a value, in their order.
pub type Arguments = Map<String, Value>;

/// Reads a member that is there, whatever it says: `null` is a value of JSON-RPC's, and not the same as nothing.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Raw>, D::Error> {
    Raw::deserialize(deserializer).map(Some)
}

/// What the gateway asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerOp {
    /// A request of MCP for one server.
    Rpc,
    /// A session has ended.
    CloseSession,
    /// Whether the attached side answers.
    Probe,
    /// Tear down everything under an attach id.
    Drop,
    /// How the servers do.
    Status,
}

/// The gateway asks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ServerRequest {
    /// Echoed by the answer.
    pub id: String,
    /// What for.
    pub op: ServerOp,
    /// Under which id.
    pub attach_id: String,
    /// Of which server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// In which session of the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The revision that the caller speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub era: Option<String>,
    /// The MCP method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Its parameters, verbatim.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub params: Option<Raw>,
    /// Arguments of a new session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Arguments>,
    /// Headers that travel.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Longest time without progress, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<u64>,
    /// Longest time in all, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_ms: Option<u64>,
}

impl ServerRequest {
    /// Returns a request with nothing in it. Whoever sends it mints its id.
    #[must_use]
    pub fn new(op: ServerOp, attach_id: &str) -> Self {
        Self {
            id: String::new(),
            op,
            attach_id: attach_id.to_owned(),
            target: None,
            session: None,
            era: None,
            method: None,
            params: None,
            args: None,
            headers: BTreeMap::new(),
            deadline_ms: None,
            total_ms: None,
        }
    }
}

/// What an MCP client tells its server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ServerNotify {
    /// Under which id.
    pub attach_id: String,
    /// Which server.
    pub target: Target,
    /// In which session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The MCP method.
    pub method: String,
    /// Its parameters, verbatim.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub params: Option<Raw>,
    /// Headers that travel.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

/// A result or an error, as the members of a frame.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// `ok` or `err`.
    pub kind: String,
    /// With `ok`.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub result: Option<Raw>,
    /// With `err`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    /// With `err`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// With `err`.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub data: Option<Raw>,
}

impl From<Result<Raw, RpcError>> for Outcome {
    fn from(outcome: Result<Raw, RpcError>) -> Self {
        let nothing = Self {
            kind: "err".to_owned(),
            result: None,
            code: None,
            message: None,
            data: None,
        };
        match outcome {
            Ok(result) => Self {
                kind: "ok".to_owned(),
                result: Some(result),
                ..nothing
            },
            Err(error) => Self {
                code: Some(error.code),
                message: Some(error.message),
                data: error.data,
                ..nothing
            },
        }
    }
}

impl Outcome {
    /// Returns the result or the error. `None` if it is neither.
    #[must_use]
    pub fn into_result(self) -> Option<Result<Raw, RpcError>> {
        match self.kind.as_str() {
            "ok" => self.result.map(Ok),
            "err" => Some(Err(RpcError {
                code: self.code?,
                message: self.message.unwrap_or_default(),
                data: self.data,
            })),
            _ => None,
        }
    }
}

/// The attached side answers a `server_request`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ServerResponse {
    /// The id of the request.
    pub id: String,
    /// `client` if the attaching client made the error, not the MCP server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The server that answers, where it says so: compared with the one that was asked (W15).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// `kind`, and what goes with it. Not flattened: a flattened member could not stay raw.
    pub kind: String,
    /// With `ok`.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub result: Option<Raw>,
    /// With `err`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    /// With `err`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// With `err`.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub data: Option<Raw>,
}

impl ServerResponse {
    /// Returns the answer to a request.
    #[must_use]
    pub fn new(id: String, outcome: Result<Raw, RpcError>) -> Self {
        let Outcome {
            kind,
            result,
            code,
            message,
            data,
        } = outcome.into();
        Self {
            id,
            from: None,
            target: None,
            kind,
            result,
            code,
            message,
            data,
        }
    }

    /// Says that the attaching client made the error.
    #[must_use]
    pub fn by_client(mut self) -> Self {
        self.from = Some("client".to_owned());
        self
    }

    /// Returns the result or the error. `None` if it is neither.
    #[must_use]
    pub fn into_result(self) -> Option<Result<Raw, RpcError>> {
        let Self {
            kind,
            result,
            code,
            message,
            data,
            ..
        } = self;
        Outcome {
            kind,
            result,
            code,
            message,
            data,
        }
        .into_result()
    }
}

/// What the attached side asks or tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientOp {
    /// A catalogue has changed.
    ListChanged,
    /// Any other notification of an MCP server.
    Notify,
    /// An MCP server asks its client.
    Rpc,
    /// How a server does.
    Status,
    /// Lines of a log.
    Log,
    /// A session of a server has ended.
    SessionGone,
}

/// A catalogue of MCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListKind {
    /// Its tools.
    Tools,
    /// Its resources.
    Resources,
    /// Its prompts.
    Prompts,
}

impl ListKind {
    /// Returns the MCP notification that tells of it.
    #[must_use]
    pub fn method(self) -> &'static str {
        match self {
            Self::Tools => "notifications/tools/list_changed",
            Self::Resources => "notifications/resources/list_changed",
            Self::Prompts => "notifications/prompts/list_changed",
        }
    }

    /// Returns which catalogue an MCP notification tells of.
    #[must_use]
    pub fn of_method(method: &str) -> Option<Self> {
        [Self::Tools, Self::Resources, Self::Prompts]
            .into_iter()
            .find(|kind| kind.method() == method)
    }
}

/// The attached side asks or tells.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClientRequest {
    /// Echoed by the answer, if one is wanted.
    pub id: String,
    /// What.
    pub op: ClientOp,
    /// Whether an answer is wanted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reply: bool,
    /// Which server, for `list_changed`, `status` and `log`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// Under which ids, for those.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attach_ids: Vec<String>,
    /// In which session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The `server_request` it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub related: Option<String>,
    /// The MCP method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Its parameters, verbatim.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub params: Option<Raw>,
    /// How long an answer is waited for, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<u64>,
    /// Which catalogue has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ListKind>,
    /// How a server does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ServerState>,
    /// Revisions it speaks, with a `state` of `ready`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub eras: Vec<String>,
    /// Its capabilities, with a `state` of `ready`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Raw>,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Why a session has ended, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The level of a log line, in MCP's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// A log line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl ClientRequest {
    /// Returns a request with nothing in it.
    #[must_use]
    pub fn new(id: String, op: ClientOp) -> Self {
        Self {
            id,
            op,
            reply: false,
            target: None,
            attach_ids: Vec::new(),
            session: None,
            related: None,
            method: None,
            params: None,
            deadline_ms: None,
            kind: None,
            state: None,
            eras: Vec::new(),
            capabilities: None,
            detail: None,
            reason: None,
            level: None,
            text: None,
        }
    }
}

/// The gateway answers a `client_request`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClientResponse {
    /// The id of the request.
    pub id: String,
    /// `ok` or `err`.
    pub kind: String,
    /// With `ok`.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub result: Option<Raw>,
    /// With `err`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Value>,
    /// With `err`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// With `err`.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub data: Option<Raw>,
}

impl ClientResponse {
    /// Returns the answer to a request.
    #[must_use]
    pub fn new(id: String, outcome: Result<Raw, RpcError>) -> Self {
        let Outcome {
            kind,
            result,
            code,
            message,
            data,
        } = outcome.into();
        Self {
            id,
            kind,
            result,
            code: code.map(Value::from),
            message,
            data,
        }
    }

    /// Returns a refusal by the attach server itself, whose codes are words (attach §2.2).
    #[must_use]
    pub fn refused(id: String, code: &str, message: &str) -> Self {
        Self {
            id,
            kind: "err".to_owned(),
            result: None,
            code: Some(code.into()),
            message: Some(message.to_owned()),
            data: None,
        }
    }

    /// Returns the result or the error. `None` if it is neither.
    #[must_use]
    pub fn into_result(self) -> Option<Result<Raw, RpcError>> {
        let Self {
            kind,
            result,
            code,
            message,
            data,
            ..
        } = self;
        let code = Some(
            code.and_then(|code| code.as_i64())
                .unwrap_or(cmdbus_mcp::rpc::codes::INVALID_REQUEST),
        );
        Outcome {
            kind,
            result,
            code,
            message,
            data,
        }
        .into_result()
    }
}

/// Abandons a request of the same side.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cancel {
    /// The id of the request.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// So many frames have arrived.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Receipt {
    /// How many, from the first after the first `welcome`.
    pub upto: u64,
}

/// A frame was no good.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Complaint {
    /// What kind of fault: `bad_frame`, `unknown_type`, `unknown_id`, `forbidden`, `overloaded`.
    pub code: String,
    /// For people.
    #[serde(default)]
    pub message: String,
    /// The id of the frame, where it could be read.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// An orderly end begins.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Goodbye {
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// How long answers are still waited for, in ms.
    #[serde(default)]
    pub drain_ms: u64,
}
