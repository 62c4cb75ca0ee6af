//! Tools of MCP servers as commands (attach §6): anything that carries raw MCP requests becomes a set of commands that follows the
//! server's list.

mod index;
mod list;
mod set;
mod tool;

pub use index::ToolIndex;
pub use list::{MAX_TOOLS, list_all};
pub use set::{CHANGED_EVENT, Changes, ToolSet, ToolSetConfig};
pub use tool::Tool;
