//! Commands and tools: schemas, results and errors, both ways.
//!
//! Pure tables (protocol §7, attach §6). Towards MCP: [`input_schema`], [`output_schema`], [`ToolEntry`],
//! [`unwrap_arguments`], [`call_result`], [`failure`]. From MCP: [`RawTool`], [`arguments`],
//! [`command_result`], [`command_error`]. Nothing here knows who asks or where an answer goes; in
//! particular, an entry made for MCP is never a registration of a command (W78).

mod call;
mod error;
mod result;
mod schema;
mod tool;

pub use call::{NEEDS_A_PERSON, ResultMode, arguments, command_result};
pub use error::{Failure, command_error, failure, unknown_tool};
pub use result::{call_result, modernise, modernise_list, name_server, streamed_result};
pub use schema::{
    Input, Promised, input_schema, is_object_shaped, output_schema, unwrap_arguments,
    unwrap_raw_arguments,
};
pub use tool::{
    MAX_ORIGINS, RawTool, SchemaJson, ToolEntry, call_result_schema, origin_through, with_origin,
};

/// Key in `_meta` of an error result: the command's `{code, message}`.
pub const META_ERROR: &str = "dev.cmdbus/error";
/// Key in `_meta` of a tool: the id of the command.
pub const META_COMMAND_ID: &str = "dev.cmdbus/commandId";
/// Key in `_meta` of a tool: the buses that it passed.
pub const META_ORIGIN: &str = "dev.cmdbus/origin";
/// Key in `_meta` of a list: the servers whose tools are missing from it.
pub const META_DEGRADED: &str = "dev.cmdbus/degraded";

/// Which of the two MCP servers of commands is answering. They differ in the schema of a command
/// without one, and in how they say an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// The library's MCP server channel (protocol §7.1).
    StandAlone,
    /// The aggregated endpoint of the gateway (attach §6).
    Aggregated,
}

/// The tool that a call is about.
#[derive(Debug, Clone, Copy)]
pub struct Called<'a> {
    /// Its name, as the MCP client says it.
    pub tool: &'a str,
    /// The id of its command.
    pub command: &'a str,
    /// What its published output schema promises.
    pub promised: Promised,
}
