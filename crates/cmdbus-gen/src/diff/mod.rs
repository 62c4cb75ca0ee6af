//! What a change of the list of commands means to those who call them.
//!
//! Callers send requests of the old shape and read responses of the new one. So a request may only take more than before, and a
//! response may only give what was expected before.

mod compare;
mod limits;
mod notes;
mod pairs;
mod shapes;

use std::collections::BTreeMap;

use serde_json::Value;

use self::compare::{Compare, Direction};
use crate::document::{Definition, Document, Shapes};
use crate::lower;
use crate::model::{Operation, Slot};

/// One difference between two lists of commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The command.
    pub id: String,
    /// Whether somebody who calls it as before may fail.
    pub breaking: bool,
    /// What sort of difference it is.
    pub kind: ChangeKind,
    /// Where it is: `command`, or a path such as `request.items[].name`.
    pub path: String,
    /// What is different, and for whom that matters. Text of others stands in it as it came.
    pub reason: String,
}

/// A sort of difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// A command is new.
    CommandAdded,
    /// A command is gone.
    CommandRemoved,
    /// A description says something else.
    Description,
    /// A property is new.
    FieldAdded,
    /// A property is gone.
    FieldRemoved,
    /// A property must be there now.
    FieldRequired,
    /// A property need not be there any more.
    FieldOptional,
    /// A type is another one.
    Type,
    /// A value of an enumeration is new.
    ValueAdded,
    /// A value of an enumeration is gone.
    ValueRemoved,
    /// A limit, a pattern or a format is another one.
    Limit,
    /// Whether properties are allowed that nobody described.
    Openness,
    /// It streams now, or does not any more.
    Streaming,
}

impl ChangeKind {
    /// Returns its name, for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CommandAdded => "command_added",
            Self::CommandRemoved => "command_removed",
            Self::Description => "description",
            Self::FieldAdded => "field_added",
            Self::FieldRemoved => "field_removed",
            Self::FieldRequired => "field_required",
            Self::FieldOptional => "field_optional",
            Self::Type => "type",
            Self::ValueAdded => "value_added",
            Self::ValueRemoved => "value_removed",
            Self::Limit => "limit",
            Self::Openness => "openness",
            Self::Streaming => "streaming",
        }
    }
}

/// Returns the differences between two lists, in the order of the commands' ids.
///
/// Of what a type cannot say, such as `not`, it is only told that it is another one: that counts as breaking, because it
/// may be. A new demand breaks only those who write, and one that is gone only those who read.
pub fn diff(old: &Document, new: &Document) -> Vec<Change> {
    let old_ids: BTreeMap<&str, &Definition> = by_id(old);
    let new_ids: BTreeMap<&str, &Definition> = by_id(new);
    let mut ids: Vec<&str> = old_ids.keys().chain(new_ids.keys()).copied().collect();
    ids.sort_unstable();
    ids.dedup();
    let mut changes = Vec::new();
    for id in ids {
        match (old_ids.get(id), new_ids.get(id)) {
            (Some(_), None) => changes.push(whole(
                id,
                true,
                ChangeKind::CommandRemoved,
                "nobody provides it any more: every call fails",
            )),
            (None, Some(_)) => {
                changes.push(whole(id, false, ChangeKind::CommandAdded, "it is new"));
            }
            (Some(old), Some(new)) if old != new => both(old, new, &mut changes),
            _ => {}
        }
    }
    changes
}

fn by_id(document: &Document) -> BTreeMap<&str, &Definition> {
    let commands = document.commands.iter();
    commands
        .map(|command| (command.id.as_str(), command))
        .collect()
}

fn whole(id: &str, breaking: bool, kind: ChangeKind, reason: &str) -> Change {
    Change {
        id: id.to_owned(),
        breaking,
        kind,
        path: "command".to_owned(),
        reason: reason.to_owned(),
    }
}

/// Compares two definitions of one command.
fn both(old: &Definition, new: &Definition, changes: &mut Vec<Change>) {
    let id = &old.id;
    if old.description != new.description {
        let reason = "its description is another one";
        changes.push(whole(id, false, ChangeKind::Description, reason));
    }
    let apis = [old, new].map(|definition| {
        lower::api(&Document {
            commands: vec![definition.clone()],
            warnings: Vec::new(),
        })
    });
    let [Some(before), Some(after)] = [&apis[0], &apis[1]].map(|api| api.operations.first()) else {
        return;
    };
    let mut compare = Compare::new(id, &apis[0].types, &apis[1].types);
    let same = |slot: fn(&Shapes) -> &Option<Value>| match (&old.schema, &new.schema) {
        (Some(old), Some(new)) => slot(old) == slot(new),
        _ => false,
    };
    if !same(|shapes| &shapes.request) {
        compare.slot("request", Direction::Request, before.request, after.request);
    }
    if !same(|shapes| &shapes.response) {
        streaming(&mut compare, before, after);
        compare.slot(
            "response",
            Direction::Response,
            before.response,
            after.response,
        );
    }
    changes.append(&mut compare.changes);
}

fn streaming(compare: &mut Compare<'_>, before: &Operation, after: &Operation) {
    match (before.item, after.item) {
        (Some(old), Some(new)) => {
            compare.slot("item", Direction::Response, Slot::Is(old), Slot::Is(new));
        }
        (None, Some(_)) => compare.report(
            true,
            ChangeKind::Streaming,
            "response",
            "it streams its result now: who calls it without streaming gets `items` and `result`",
        ),
        (Some(_), None) => compare.report(
            true,
            ChangeKind::Streaming,
            "response",
            "it does not stream its result any more: who reads items gets none",
        ),
        (None, None) => {}
    }
}
