//! Tools of MCP servers as commands (attach §6): anything that carries raw MCP requests becomes a set of commands that follows the
//! server's list.

mod index;
mod list;
mod listen;
mod set;
mod tool;

pub use index::ToolIndex;
pub use list::{MAX_LIST, MAX_TOOLS, list_all};
pub use listen::{Changed, listen};
pub use set::{CHANGED_EVENT, Changes, ToolSet, ToolSetConfig};
pub use tool::{Owner, Tool};
