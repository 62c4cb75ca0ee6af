//! Frames that begin and end things: handshake, and attach ids (attach §3.1, §3.3).

use cmdbus_mcp::rpc::Raw;
use serde::{Deserialize, Serialize};

use super::{ServerState, Target};

/// First frame of the client.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hello {
    /// Majors of the protocol that the client speaks.
    pub proto: Vec<u32>,
    /// Who it is.
    #[serde(default)]
    pub client: WhoAttaches,
    /// Features it offers.
    #[serde(default)]
    pub features: Vec<String>,
    /// What it takes.
    #[serde(default)]
    pub limits: Limits,
    /// The socket it takes up again.
    #[serde(default)]
    pub resume: Option<Resume>,
}

/// The program at the other end.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct WhoAttaches {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its version.
    #[serde(default)]
    pub version: String,
    /// Its system.
    #[serde(default)]
    pub os: String,
}

/// What one side takes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Longest WebSocket message in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_message: Option<u64>,
    /// Most requests of the other side at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_in_flight: Option<u32>,
    /// Most attach ids on the socket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_attach_ids: Option<u32>,
}

/// Which socket is taken up again, and how far it had come.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Resume {
    /// The token of the last `welcome`.
    pub token: String,
    /// How many frames had arrived.
    pub have: u64,
}

/// First frame of the server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Welcome {
    /// The major that is spoken.
    pub proto: u32,
    /// Name of the connection. A resumed one keeps it.
    pub conn: String,
    /// Features of both sides.
    #[serde(default)]
    pub features: Vec<String>,
    /// After how much silence to ping, in ms.
    pub heartbeat_ms: u64,
    /// How long a dropped socket can be taken up again, in ms.
    #[serde(default)]
    pub grace_ms: u64,
    /// Takes this socket up again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume_token: Option<String>,
    /// Whether the socket asked for was taken up. Absent if none was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed: Option<bool>,
    /// How many frames of the client had arrived, when resumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub have: Option<u64>,
    /// What the server takes.
    #[serde(default)]
    pub limits: Limits,
    /// Where MCP clients find the gateway. No slash at the end.
    #[serde(default)]
    pub base_url: String,
}

/// Binds an attach id, or replaces the servers under one that is bound already.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attach {
    /// Echoed by the answer.
    pub id: String,
    /// Absent: the server makes one up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attach_id: Option<String>,
    /// Who may use it: `self`, or names of principals.
    #[serde(default = "own", skip_serializing_if = "Vec::is_empty")]
    pub callers: Vec<String>,
    /// The servers under it.
    #[serde(default)]
    pub servers: Vec<Declared>,
}

fn own() -> Vec<String> {
    vec!["self".to_owned()]
}

/// One server, as the attaching side describes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Declared {
    /// Which one.
    pub target: Target,
    /// `stdio` or `http`, for people.
    #[serde(default)]
    pub transport: String,
    /// Revisions it speaks. Empty while it has not answered yet.
    #[serde(default)]
    pub eras: Vec<String>,
    /// How it does.
    pub state: ServerState,
    /// Why, where that helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// `session` or `shared`.
    #[serde(default)]
    pub isolation: String,
    /// Its capabilities, verbatim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Raw>,
    /// Arguments that a session may set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<DeclaredArg>,
    /// Names of headers that it wants beyond the usual ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
    /// What is shown of it.
    #[serde(default)]
    pub expose: CommandsShown,
}

/// An argument that a session may set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeclaredArg {
    /// Its name.
    pub name: String,
    /// What its whole value must match.
    pub pattern: String,
}

/// What is shown of a server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CommandsShown {
    /// Its MCP endpoint.
    #[serde(default = "yes")]
    pub mcp: bool,
    /// Its tools as commands.
    #[serde(default = "yes")]
    pub commands: bool,
    /// What its commands begin with. Absent: its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Whether its commands return whole call results instead of their values.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub raw_results: bool,
}

impl Default for CommandsShown {
    fn default() -> Self {
        Self {
            mcp: true,
            commands: true,
            prefix: None,
            raw_results: false,
        }
    }
}

fn yes() -> bool {
    true
}

/// What became of an `attach`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attached {
    /// The id of the `attach`.
    pub id: String,
    /// The id that is bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attach_id: Option<String>,
    /// Whether another socket of the same principal had it before.
    #[serde(default)]
    pub took_over: bool,
    /// Where its servers are found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<Bound>,
    /// `err` if it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Why: `id_in_use`, `too_many_ids`, `forbidden`, `bad_target`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Where a server is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bound {
    /// Which one.
    pub target: Target,
    /// What its commands begin with, if they are shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Its MCP endpoint, if it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Releases an attach id, or one server of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Detach {
    /// Echoed by the answer.
    pub id: String,
    /// The attach id.
    pub attach_id: String,
    /// The one server. Absent: the whole id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
}

/// What became of a `detach`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Detached {
    /// The id of the `detach`.
    pub id: String,
    /// The attach id.
    pub attach_id: String,
    /// `err` if there was nothing to release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Why: `unknown_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}
