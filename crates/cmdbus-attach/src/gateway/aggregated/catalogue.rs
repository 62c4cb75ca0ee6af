//! What there is to call, as tools. Made anew when the directory has changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use cmdbus::message::CommandDef;
use cmdbus_mcp::convert::{
    Input, Profile, Promised, RawTool, SchemaJson, ToolEntry, input_schema, origin_through,
    output_schema,
};
use cmdbus_mcp::names::{Rules, ToolNames};
use cmdbus_mcp::rpc::{Era, Raw};
use cmdbus_mcp::search::RESERVED;
use cmdbus_mcp::tools::{Owner, Tool, ToolIndex};
use serde_json::value::RawValue;

/// Every command that has a tool name, by id.
pub(super) struct Catalogue {
    names: ToolNames,
    commands: BTreeMap<String, Command>,
}

/// A command, and the tool behind it if it is one of an attached server.
pub(super) struct Command {
    pub(super) definition: CommandDef,
    pub(super) input: Input,
    pub(super) tool: Option<Arc<Tool>>,
}

impl Catalogue {
    pub(super) fn new(commands: Vec<CommandDef>, index: &ToolIndex, rules: Rules) -> Self {
        let ids = commands.iter().map(|command| command.id.as_str());
        // Whatever is shown now: names are not to change with a setting.
        let names = ToolNames::reserving(ids, rules, &RESERVED);
        let commands = commands
            .into_iter()
            .filter(|definition| names.name_of(&definition.id).is_some())
            .map(|definition| {
                let request = definition
                    .schema
                    .as_ref()
                    .and_then(|schema| schema.request.as_ref());
                let command = Command {
                    input: input_schema(request, Profile::Aggregated),
                    tool: index.get(&definition.id),
                    definition,
                };
                (command.definition.id.clone(), command)
            })
            .collect();
        Self { names, commands }
    }

    /// Returns the command behind a tool's name.
    pub(super) fn by_name(&self, name: &str) -> Option<&Command> {
        self.commands.get(self.names.id_of(name)?)
    }

    /// Walks over commands and tool names in the order of ids, from the first after `after`.
    pub(super) fn iter_after<'a>(
        &'a self,
        after: Option<&str>,
    ) -> impl Iterator<Item = (&'a str, &'a Command)> + use<'a> {
        use std::ops::Bound::{Excluded, Unbounded};
        let from = after.map_or(Unbounded, Excluded);
        self.commands
            .range::<str, _>((from, Unbounded))
            .filter_map(|(id, command)| Some((self.names.name_of(id)?, command)))
    }

    /// Returns whether both look the same to everybody. Cheap beside making one.
    pub(super) fn looks_like(&self, other: &Self) -> bool {
        self.names.iter().eq(other.names.iter())
            && self
                .commands
                .values()
                .zip(other.commands.values())
                .all(|(one, other)| one.looks_like(other))
    }

    /// Returns the ids that have no name.
    pub(super) fn left_out(&self) -> Vec<String> {
        self.names.left_out().map(str::to_owned).collect()
    }

    pub(super) fn long_names(&self) -> Vec<String> {
        self.names.long().map(|(_, name)| name.to_owned()).collect()
    }
}

impl Command {
    fn looks_like(&self, other: &Self) -> bool {
        let same_tool = match (&self.tool, &other.tool) {
            (Some(one), Some(other)) if Arc::ptr_eq(one, other) => return true,
            (Some(one), Some(other)) => {
                one.entry.get() == other.entry.get()
                    && is_same(one.owner.as_ref(), other.owner.as_ref())
            }
            (one, other) => one.is_none() && other.is_none(),
        };
        same_tool && self.definition == other.definition
    }

    pub(super) fn id(&self) -> &str {
        &self.definition.id
    }

    /// Returns what a result must hold.
    pub(super) fn promised(&self, era: Era) -> Promised {
        Promised::of(self.output(era).as_ref())
    }

    fn output(&self, era: Era) -> Option<serde_json::Value> {
        let schema = self.definition.schema.as_ref()?;
        output_schema(schema.response.as_ref(), era)
    }

    /// Returns its entry in a list.
    pub(super) fn entry(&self, name: &str, bus: &str, era: Era) -> Raw {
        match self
            .tool
            .as_ref()
            .and_then(|tool| RawTool::parse(&tool.entry).ok())
        {
            Some(tool) => self.attached_entry(name, bus, era, &tool),
            None => {
                let output = self.output(era);
                ToolEntry {
                    name,
                    command_id: self.id(),
                    title: None,
                    description: self.definition.description.as_deref(),
                    input_schema: SchemaJson::Value(&self.input.schema),
                    output_schema: output.as_ref().map(SchemaJson::Value),
                    annotations: None,
                    origin: &origin_through(&[], bus),
                }
                .to_raw()
            }
        }
    }

    fn attached_entry(&self, name: &str, bus: &str, era: Era, tool: &RawTool<'_>) -> Raw {
        let title = tool.title();
        let description = tool.description();
        let input = tool
            .input_schema
            .map_or(SchemaJson::Value(&self.input.schema), SchemaJson::Raw);
        ToolEntry {
            name,
            command_id: self.id(),
            title: title.as_deref(),
            description: description.as_deref(),
            input_schema: input,
            output_schema: tool
                .output_schema
                .filter(|schema| publishable(schema, era))
                .map(SchemaJson::Raw),
            annotations: tool.annotations,
            origin: &origin_through(&tool.origin(), bus),
        }
        .to_raw()
    }
}

fn is_same(one: Option<&Owner>, other: Option<&Owner>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

/// Returns whether an attached tool's output schema may be shown: legacy clients know those of objects only.
fn publishable(schema: &RawValue, era: Era) -> bool {
    era == Era::Modern
        || serde_json::from_str(schema.get())
            .is_ok_and(|schema| cmdbus_mcp::convert::is_object_shaped(&schema))
}
