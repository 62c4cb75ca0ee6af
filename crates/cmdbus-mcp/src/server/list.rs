//! `tools/list`: what a client can call.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::Arc;

use cmdbus::CommandRegistry;
use cmdbus::message::CommandDef;
use rmcp::model::{ListToolsResult, Tool};
use serde_json::Value;

use super::{Session, lock};
use crate::convert::{
    Input, Profile, SchemaJson, ToolEntry, input_schema, modernise_list, name_server,
    origin_through, output_schema,
};
use crate::names::ToolNames;
use crate::own;
use crate::rpc::Era;

/// Tools on one page: so many that a client which does not know pages misses nothing in practice.
const PAGE: usize = 1000;

/// The commands that are shown, and what they are called.
#[derive(Default)]
pub(super) struct Listing {
    names: ToolNames,
    commands: BTreeMap<String, CommandDef>,
}

impl Listing {
    fn new(registry: &CommandRegistry, session: &Session) -> Self {
        let config = &session.config;
        let commands = registry.list_commands();
        // Of all, so that a name does not depend on what else is shown.
        let ids = commands.iter().map(|command| command.id.as_str());
        let names = ToolNames::new(ids, config.names);
        let is_local = |id: &str| {
            let described = registry.describe_command(id);
            described.is_some_and(|(_, providers)| providers.is_empty())
        };
        let commands = commands
            .into_iter()
            .filter(|command| names.name_of(&command.id).is_some())
            .filter(|command| !config.local_only || is_local(&command.id))
            .filter(|command| config.filter.as_ref().is_none_or(|shows| shows(command)))
            .map(|command| (command.id.clone(), command))
            .collect();
        Self { names, commands }
    }

    /// Returns the command behind a tool's name.
    pub(super) fn by_name(&self, name: &str) -> Option<&CommandDef> {
        self.commands.get(self.names.id_of(name)?)
    }
}

/// Two are the same if a client cannot tell them apart.
impl PartialEq for Listing {
    fn eq(&self, other: &Self) -> bool {
        let is_named_alike = |id: &String| self.names.name_of(id) == other.names.name_of(id);
        self.commands == other.commands && self.commands.keys().all(is_named_alike)
    }
}

/// Returns what a command takes, as its tool.
pub(super) fn input(command: &CommandDef) -> Input {
    let schema = command.schema.as_ref();
    let request = schema.and_then(|schema| schema.request.as_ref());
    input_schema(request, Profile::StandAlone)
}

/// Returns what a command promises to return, as its tool.
pub(super) fn output(command: &CommandDef, era: Era) -> Option<Value> {
    let schema = command.schema.as_ref()?;
    output_schema(schema.response.as_ref(), era)
}

impl Session {
    /// Returns what is shown, afresh if the directory has changed.
    pub(super) fn listing(&self) -> Arc<Listing> {
        let Some(registry) = self.outer.upgrade() else {
            return Arc::default();
        };
        // Read first: a change in between makes the listing look older than it is, which costs one more look.
        let version = registry.directory_version();
        if let Some((known, listing)) = &*lock(&self.listing)
            && *known == version
        {
            return listing.clone();
        }
        // Not locked: the filter is other people's code.
        let listing = Arc::new(Listing::new(&registry, self));
        *lock(&self.listing) = Some((version, listing.clone()));
        listing
    }

    /// Returns the page that follows a command id, in the order of ids. Ids are the cursors, so they outlive changes.
    pub(super) fn page(&self, after: Option<&str>, era: Era) -> ListToolsResult {
        let listing = self.listing();
        let from = after.map_or(Unbounded, Excluded);
        let mut rest = listing
            .commands
            .range::<str, _>((from, Unbounded))
            .peekable();
        let mut tools = Vec::new();
        let mut last = None;
        for (id, command) in rest.by_ref().take(PAGE) {
            let name = listing.names.name_of(id).unwrap_or(id);
            tools.extend(self.tool(name, command, era));
            last = Some(id.clone());
        }
        let mut page = ListToolsResult::with_all_items(tools);
        page.next_cursor = rest.peek().and(last);
        if era == Era::Modern {
            return self.modern(page);
        }
        page
    }

    fn tool(&self, name: &str, command: &CommandDef, era: Era) -> Option<Tool> {
        let (input, output) = (input(command), output(command, era));
        let entry = ToolEntry {
            name,
            command_id: &command.id,
            title: None,
            description: command.description.as_deref(),
            input_schema: SchemaJson::Value(&input.schema),
            output_schema: output.as_ref().map(SchemaJson::Value),
            annotations: None,
            origin: &origin_through(&[], &self.bus),
        };
        let read = serde_json::from_str(entry.to_raw().get());
        if read.is_err() {
            tracing::warn!(
                command = command.id,
                "a command is no tool: its schema is none that MCP has"
            );
        }
        read.ok()
    }

    /// Adds what a list says in the modern era.
    fn modern(&self, page: ListToolsResult) -> ListToolsResult {
        let Ok(mut value) = serde_json::to_value(&page) else {
            return page;
        };
        modernise_list(&mut value);
        name_server(&mut value, &self.info());
        serde_json::from_value(value).unwrap_or(page)
    }

    /// Returns name and version, as results of the modern era carry them.
    pub(super) fn info(&self) -> Value {
        let mut info = own::info();
        info["name"] = self.config.name.as_str().into();
        info["version"] = self.config.version.as_str().into();
        info
    }
}
