//! Entries of `tools/list`: those of others read, and our own written.

use std::borrow::Cow;

use cmdbus::message::{CommandDef, CommandSchema};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::{META_COMMAND_ID, META_ORIGIN, ResultMode};
use crate::rpc::{Raw, raw, splice};

/// Most buses a tool may have passed. One that names more goes in circles, or might as well.
pub const MAX_ORIGINS: usize = 8;

/// What matters here of one entry of a `tools/list`, borrowed from its text.
///
/// Only a `name` is needed. Members of another type than they should be count as absent, so that a
/// careless server loses a description and not its tool.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RawTool<'a> {
    /// What the server calls it.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    #[serde(borrow, default)]
    title: Option<&'a RawValue>,
    #[serde(borrow, default)]
    description: Option<&'a RawValue>,
    /// What it takes.
    #[serde(borrow, default, deserialize_with = "object")]
    pub input_schema: Option<&'a RawValue>,
    /// What it returns as structured content.
    #[serde(borrow, default, deserialize_with = "object")]
    pub output_schema: Option<&'a RawValue>,
    /// Hints of its behaviour.
    #[serde(borrow, default, deserialize_with = "object")]
    pub annotations: Option<&'a RawValue>,
    /// Whatever else belongs to it.
    #[serde(borrow, default, rename = "_meta", deserialize_with = "object")]
    pub meta: Option<&'a RawValue>,
}

fn object<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<&'a RawValue>, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?;
    Ok(raw.get().starts_with('{').then_some(raw))
}

fn text(raw: Option<&RawValue>) -> Option<String> {
    serde_json::from_str(raw?.get()).ok()
}

impl<'a> RawTool<'a> {
    /// Reads one entry.
    ///
    /// # Errors
    /// It is no object, has no name, or says something twice.
    pub fn parse(entry: &'a RawValue) -> Result<Self, serde_json::Error> {
        if !entry.get().starts_with('{') {
            // An array of the right values would pass for the members in order.
            return Err(serde::de::Error::custom("the tool is no object"));
        }
        serde_json::from_str(entry.get())
    }

    /// Returns its name for people.
    pub fn title(&self) -> Option<String> {
        text(self.title)
    }

    /// Returns its description.
    pub fn description(&self) -> Option<String> {
        text(self.description)
    }

    /// Returns the buses it passed on its way here; what is no list of strings counts as none.
    pub fn origin(&self) -> Vec<String> {
        let listed = self.meta.and_then(|meta| splice::get(meta, &[META_ORIGIN]));
        listed
            .and_then(|origin| serde_json::from_str(origin.get()).ok())
            .unwrap_or_default()
    }

    /// Returns whether the tool is a command of this very bus, come back, or has passed too many buses
    /// to be of use. Such a tool must not become a command (W78).
    pub fn loops(&self, own_bus: &str) -> bool {
        let origin = self.origin();
        origin.len() > MAX_ORIGINS || origin.iter().any(|bus| bus == own_bus)
    }

    /// Returns the id of the command made of this tool; `None` if it would be private or empty.
    pub fn command_id(&self, prefix: Option<&str>) -> Option<String> {
        let id = match prefix {
            _ if self.name.is_empty() => return None,
            Some(prefix) => format!("{prefix}.{}", self.name),
            None => self.name.clone().into_owned(),
        };
        (!id.starts_with('_')).then_some(id)
    }

    /// Returns the command made of this tool, with its response schema as the results of `mode` have it;
    /// `None` if its id would be private or empty.
    pub fn to_def(&self, prefix: Option<&str>, mode: ResultMode) -> Option<CommandDef> {
        let schema =
            |raw: Option<&RawValue>| raw.and_then(|raw| serde_json::from_str(raw.get()).ok());
        let output: Option<Value> = schema(self.output_schema);
        let response = match mode {
            ResultMode::Value => output.unwrap_or_else(any_result_schema),
            ResultMode::Raw => call_result_schema(output),
        };
        Some(CommandDef {
            id: self.command_id(prefix)?,
            description: self.description(),
            schema: Some(CommandSchema {
                request: schema(self.input_schema).or_else(|| Some(json!({"type": "object"}))),
                response: Some(response),
            }),
        })
    }
}

/// The response schema of a tool that does not say what it returns. It lets everything through, because
/// the result may be the JSON of a text, a text, or a whole call result.
fn any_result_schema() -> Value {
    json!({"description": "the JSON or the text of the first text block of the tool's result, else the whole result"})
}

/// Returns the schema of a whole call result whose structured content is as given. It is open
/// everywhere, also after normalisation.
pub fn call_result_schema(structured: Option<Value>) -> Value {
    let open = || json!({"type": "object", "additionalProperties": true});
    let mut properties = json!({
        "content": {"type": "array", "items": open()},
        "structuredContent": true,
        "isError": {"type": "boolean"},
        "_meta": open(),
    });
    let mut root = Map::new();
    if let Some(structured) = structured {
        properties["structuredContent"] =
            super::schema::lift(structured, "/properties/structuredContent", &mut root);
    }
    let mut schema = open();
    schema["properties"] = properties;
    if let Value::Object(schema) = &mut schema {
        schema.append(&mut root);
    }
    schema
}

/// Returns the buses a tool has passed once it leaves this one.
pub fn origin_through(passed: &[String], own_bus: &str) -> Vec<String> {
    let mut origin = passed.to_vec();
    origin.push(own_bus.to_owned());
    origin
}

/// Returns an entry of somebody else's list as it leaves this bus: with this bus among those it passed,
/// all else byte for byte. `None` if it is no entry.
pub fn with_origin(entry: &RawValue, own_bus: &str) -> Option<Raw> {
    let tool = RawTool::parse(entry).ok()?;
    let origin = origin_through(&tool.origin(), own_bus);
    match tool.meta {
        Some(_) => splice::set(entry, &["_meta", META_ORIGIN], raw(&origin).get()),
        None => splice::set(entry, &["_meta"], &json!({META_ORIGIN: origin}).to_string()),
    }
}

/// A schema at hand in either form.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(untagged)]
pub enum SchemaJson<'a> {
    /// Made here.
    Value(&'a Value),
    /// Somebody else's, to be passed on byte for byte.
    Raw(&'a RawValue),
}

impl<'a> From<&'a Value> for SchemaJson<'a> {
    fn from(value: &'a Value) -> Self {
        Self::Value(value)
    }
}

impl<'a> From<&'a RawValue> for SchemaJson<'a> {
    fn from(raw: &'a RawValue) -> Self {
        Self::Raw(raw)
    }
}

/// One entry of our own `tools/list`.
#[derive(Debug, Clone, Copy)]
pub struct ToolEntry<'a> {
    /// Name of the tool.
    pub name: &'a str,
    /// Id of its command.
    pub command_id: &'a str,
    /// The name for people that an attached tool brought along. Else the command id is one, where the
    /// tool is called something else.
    pub title: Option<&'a str>,
    /// The command's description.
    pub description: Option<&'a str>,
    /// Made by [`super::input_schema`], or that of the attached tool.
    pub input_schema: SchemaJson<'a>,
    /// Made by [`super::output_schema`], or that of the attached tool.
    pub output_schema: Option<SchemaJson<'a>>,
    /// Those of the attached tool. None are ever made up.
    pub annotations: Option<&'a RawValue>,
    /// The buses it has passed, this one included: see [`origin_through`].
    pub origin: &'a [String],
}

impl ToolEntry<'_> {
    /// Returns the JSON of the entry.
    pub fn to_raw(&self) -> Raw {
        let renamed = (self.name != self.command_id).then_some(self.command_id);
        raw(&Entry {
            name: self.name,
            title: self.title.or(renamed),
            description: self.description.unwrap_or_default(),
            input_schema: self.input_schema,
            output_schema: self.output_schema,
            annotations: self.annotations,
            meta: json!({META_COMMAND_ID: self.command_id, META_ORIGIN: self.origin}),
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    description: &'a str,
    input_schema: SchemaJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_schema: Option<SchemaJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<&'a RawValue>,
    #[serde(rename = "_meta")]
    meta: Value,
}
