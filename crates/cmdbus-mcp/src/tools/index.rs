//! Which commands of this process are tools of MCP servers.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, PoisonError, RwLock};

use super::Tool;

/// Finds the tool behind a command, so that it can be called, and listed, as what it is and not through the conversion to a command
/// and back. Cloning gives another handle to the same index.
#[derive(Clone, Default)]
pub struct ToolIndex(Arc<RwLock<HashMap<String, Arc<Tool>>>>);

impl ToolIndex {
    /// Returns the tool behind a command.
    #[must_use]
    pub fn get(&self, command_id: &str) -> Option<Arc<Tool>> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(command_id)
            .cloned()
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes a tool, unless there is one already. Returns whether it was taken.
    pub(super) fn put(&self, command_id: &str, tool: &Arc<Tool>) -> bool {
        let mut tools = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match tools.entry(command_id.to_owned()) {
            Entry::Vacant(free) => {
                free.insert(tool.clone());
                true
            }
            Entry::Occupied(_) => false,
        }
    }

    /// Takes a tool in the place of one that may still be there: its command is on the bus, so the other one's is not any more.
    pub(super) fn replace(&self, command_id: &str, tool: &Arc<Tool>) {
        let mut tools = self.0.write().unwrap_or_else(PoisonError::into_inner);
        tools.insert(command_id.to_owned(), tool.clone());
    }

    /// Forgets a tool, unless another has taken its place.
    pub(super) fn remove(&self, command_id: &str, tool: &Arc<Tool>) {
        let mut tools = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if tools
            .get(command_id)
            .is_some_and(|known| Arc::ptr_eq(known, tool))
        {
            tools.remove(command_id);
        }
    }
}

impl std::fmt::Debug for ToolIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ToolIndex")
            .field("tools", &self.len())
            .finish()
    }
}
