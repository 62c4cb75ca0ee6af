//! The tools of one server as commands of one registry, in step with the server's list.

use std::collections::BTreeMap;
use std::sync::Arc;

use cmdbus::message::{CommandDef, Payload};
use cmdbus::{CommandError, CommandRegistry, DynCommand, DynEvent};
use serde_json::json;
use tokio::sync::{Mutex, watch};

use super::{Owner, Tool, ToolIndex, list_all};
use crate::carry::{Carrier, Limits};
use crate::convert::{RawTool, ResultMode};
use crate::rpc::{Era, Raw, RpcError};

/// The event by which a set of tools tells everybody that its commands have changed.
pub const CHANGED_EVENT: &str = "cmdbus.commands.changed";

/// How a server's tools become commands.
#[derive(Debug, Clone)]
pub struct ToolSetConfig {
    /// What the ids begin with, before the dot. `None`: the tools' names are the ids.
    pub prefix: Option<String>,
    /// What the commands return.
    pub results: ResultMode,
    /// How the server is spoken to.
    pub era: Era,
    /// How long a call may take unless its caller says otherwise.
    pub limits: Limits,
    /// The id of this bus: tools that have passed it already are skipped.
    pub bus: String,
    /// Whose the tools are.
    pub owner: Option<Owner>,
}

/// What an update has changed, as ids of commands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// New ones.
    pub added: Vec<String>,
    /// Those that are gone.
    pub removed: Vec<String>,
    /// Those that are described differently now.
    pub changed: Vec<String>,
    /// Those that somebody else on the bus provides, or that it will not have. The next update tries again.
    pub refused: Vec<String>,
}

impl Changes {
    /// Returns whether nothing has changed. What was refused was not there before either.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// By command id: the command, the tool's entry in the list, and its name there.
type Wanted = BTreeMap<String, (CommandDef, Raw, String)>;

/// The tools of one server as commands of one registry.
pub struct ToolSet {
    registry: CommandRegistry,
    carrier: Arc<dyn Carrier>,
    index: ToolIndex,
    config: ToolSetConfig,
    /// Held over an update, so that two never mix.
    updating: Mutex<()>,
    /// By command id. Never held while the server is waited for.
    known: Mutex<BTreeMap<String, Arc<Tool>>>,
    /// How often the set was cleared. Written with `known` locked.
    clears: watch::Sender<u64>,
}

impl ToolSet {
    /// Makes a set without tools; [`update`](Self::update) fetches them.
    #[must_use]
    pub fn new(
        registry: CommandRegistry,
        carrier: Arc<dyn Carrier>,
        index: ToolIndex,
        config: ToolSetConfig,
    ) -> Self {
        Self {
            registry,
            carrier,
            index,
            config,
            updating: Mutex::default(),
            known: Mutex::default(),
            clears: watch::Sender::new(0),
        }
    }

    /// Returns how many commands there are.
    pub async fn len(&self) -> usize {
        self.known.lock().await.len()
    }

    /// Returns whether there are none.
    pub async fn is_empty(&self) -> bool {
        self.len().await == 0
    }

    /// Fetches the server's list and makes the commands agree with it. Those that have not changed keep their registration. What has
    /// changed is also told by the event [`CHANGED_EVENT`].
    ///
    /// If the set is [cleared](Self::clear) meanwhile, it gives up and changes nothing.
    ///
    /// Not cancel safe: dropped halfway, the next update completes the work.
    ///
    /// # Errors
    /// The list could not be had; everything is as before.
    pub async fn update(&self) -> Result<Changes, RpcError> {
        let mut clears = self.clears.subscribe();
        let _turn = self.updating.lock().await;
        let listed = tokio::select! {
            biased;
            // It cannot fail: the sender lives in `self`.
            _ = clears.changed() => return Ok(Changes::default()),
            listed = list_all(&*self.carrier, self.config.era) => listed?,
        };
        let wanted = self.wanted(listed);
        let mut known = self.known.lock().await;
        if clears.has_changed().unwrap_or(true) {
            return Ok(Changes::default());
        }
        let changes = self.apply(&mut known, wanted).await;
        drop(known);
        self.tell(&changes);
        Ok(changes)
    }

    /// Makes the commands agree with a list.
    async fn apply(&self, known: &mut BTreeMap<String, Arc<Tool>>, wanted: Wanted) -> Changes {
        let mut changes = Changes::default();
        let gone: Vec<String> = known
            .keys()
            .filter(|id| !wanted.contains_key(*id))
            .cloned()
            .collect();
        for id in gone {
            self.take_away(known, &id);
            changes.removed.push(id);
        }
        for (id, (definition, entry, name)) in wanted {
            let before = known.get(&id);
            if before.is_some_and(|tool| tool.entry.get() == entry.get()) {
                continue;
            }
            let was_known = before.is_some();
            if was_known {
                self.take_away(known, &id);
            }
            let tool = Arc::new(Tool {
                name,
                entry,
                owner: self.config.owner.clone(),
                carrier: self.carrier.clone(),
                era: self.config.era,
                limits: self.config.limits,
            });
            match self.add(definition, &tool).await {
                Ok(()) => {
                    known.insert(id.clone(), tool);
                    let list = if was_known {
                        &mut changes.changed
                    } else {
                        &mut changes.added
                    };
                    list.push(id);
                }
                Err(error) => {
                    tracing::warn!(command = id, %error, "a tool is not on the bus");
                    if was_known {
                        changes.removed.push(id.clone());
                    }
                    changes.refused.push(id);
                }
            }
        }
        changes
    }

    /// Takes all commands away, and does not wait for an update that waits for its server: that one gives up.
    pub async fn clear(&self) -> Changes {
        let mut known = self.known.lock().await;
        self.clears.send_modify(|clears| *clears += 1);
        let removed: Vec<String> = known.keys().cloned().collect();
        for id in &removed {
            self.take_away(&mut known, id);
        }
        drop(known);
        let changes = Changes {
            removed,
            ..Changes::default()
        };
        self.tell(&changes);
        changes
    }

    /// Returns what the list makes of commands, each id once: the first of two entries with one name counts.
    fn wanted(&self, listed: Vec<Raw>) -> Wanted {
        let mut wanted = BTreeMap::new();
        for entry in listed {
            let Ok(tool) = RawTool::parse(&entry) else {
                tracing::warn!(
                    prefix = self.config.prefix,
                    "an entry of a tool list is no tool; it is left out"
                );
                continue;
            };
            if tool.loops(&self.config.bus) {
                continue;
            }
            let Some(definition) = tool.to_def(self.config.prefix.as_deref(), self.config.results)
            else {
                continue;
            };
            let name = tool.name.to_string();
            wanted
                .entry(definition.id.clone())
                .or_insert((definition, entry, name));
        }
        wanted
    }

    /// Puts a tool on the bus.
    async fn add(&self, definition: CommandDef, tool: &Arc<Tool>) -> Result<(), CommandError> {
        let id = definition.id.clone();
        // Before the command is listed: whoever sees it is to find the tool behind it. Not if somebody else provides a command of
        // this id: that one is not our tool, and keeps its own.
        let is_free = self.registry.describe_command(&id).is_none();
        let is_placed = is_free && self.index.put(&id, tool);
        let registered = self.register(definition, tool).await;
        match (&registered, is_placed) {
            (Ok(()), false) => self.index.replace(&id, tool),
            (Err(_), true) => self.index.remove(&id, tool),
            (Ok(()), true) | (Err(_), false) => {}
        }
        registered
    }

    async fn register(&self, definition: CommandDef, tool: &Arc<Tool>) -> Result<(), CommandError> {
        let (id, tool, mode) = (definition.id.clone(), tool.clone(), self.config.results);
        let mut command = DynCommand::new(definition.id, move |request: Option<Payload>| {
            let (id, tool) = (id.clone(), tool.clone());
            async move { tool.call_as_command(request, &id, mode).await }
        });
        if let Some(description) = definition.description {
            command = command.description(description);
        }
        if let Some(schema) = definition.schema {
            command = command.schema(schema);
        }
        self.registry.register_command(command).await
    }

    fn take_away(&self, known: &mut BTreeMap<String, Arc<Tool>>, id: &str) {
        if let Some(tool) = known.remove(id) {
            self.registry.unregister_command(id);
            self.index.remove(id, &tool);
        }
    }

    fn tell(&self, changes: &Changes) {
        if changes.is_empty() {
            return;
        }
        let payload = json!({
            "added": changes.added,
            "removed": changes.removed,
            "changed": changes.changed,
        });
        // Nobody may be connected to hear it, who then reads the list afresh anyway.
        let _ = self.registry.emit(DynEvent::new(CHANGED_EVENT, payload));
    }
}

impl std::fmt::Debug for ToolSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ToolSet")
            .field("prefix", &self.config.prefix)
            .finish_non_exhaustive()
    }
}
