//! A module for programs that use the crate `cmdbus`: types, and what `execute` takes.

mod types;
mod unions;

use std::fmt::Write;

use self::types::Types;
use crate::Options;
use crate::model::{Api, Operation, Slot};
use crate::names::{Names, pascal};
use crate::text::{comment_lines, markdown, rust, shown};

/// Names that the module uses itself. Everything else it spells out from the root.
const RESERVED: [&str; 16] = [
    "Box",
    "Command",
    "CommandError",
    "Debug",
    "Default",
    "Deserialize",
    "Err",
    "None",
    "Ok",
    "Option",
    "Result",
    "Self",
    "Serialize",
    "Some",
    "String",
    "Vec",
];

/// Returns the source of a module.
pub(crate) fn module(api: &Api, options: &Options) -> String {
    let mut names = Names::with(&RESERVED);
    // Commands first: they are what people type.
    let markers: Vec<String> = api
        .operations
        .iter()
        .map(|operation| names.take(&pascal(&operation.id)))
        .collect();
    let mut types = Types::new(api, names);
    let mut out = head(options);
    for (operation, marker) in api.operations.iter().zip(&markers) {
        command(&mut out, operation, marker, &types);
    }
    for item in types.items() {
        out.push('\n');
        out.push_str(&item);
    }
    out
}

fn head(options: &Options) -> String {
    let mut head = String::from("// Made by `cmdbus gen rust`. Do not edit: make it anew.\n");
    if let Some(source) = &options.source {
        // Writing to a text cannot fail.
        let _ = writeln!(head, "// Generated from: {}", shown(source));
    }
    // Whoever uses one of the commands is not to be told that they use no others, and names here follow those of others.
    head.push_str("#![allow(dead_code, missing_docs, non_camel_case_types, non_snake_case, unused_qualifications, unreachable_pub, rustdoc::all, clippy::all, clippy::pedantic)]\n");
    head
}

fn slot(types: &Types<'_>, slot: Slot) -> String {
    match slot {
        Slot::Unknown => types::VALUE.to_owned(),
        Slot::Void => "()".to_owned(),
        Slot::Is(id) => types.name(id).to_owned(),
    }
}

fn command(out: &mut String, operation: &Operation, marker: &str, types: &Types<'_>) {
    out.push('\n');
    let lines = operation.description.as_deref().map(comment_lines);
    doc(out, &lines.unwrap_or_default(), 0);
    let id = rust(&operation.id);
    let description = match &operation.description {
        Some(text) => format!("Some({})", rust(text)),
        None => "None".to_owned(),
    };
    let request = slot(types, operation.request);
    let (name, returns, method) = match operation.item {
        None => (
            "Command",
            format!("    type Response = {};", slot(types, operation.response)),
            "    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {\n".to_owned(),
        ),
        Some(item) => (
            "StreamCommand",
            format!("    type Item = {};", types.name(item)),
            format!(
                "    #[allow(refining_impl_trait)]\n    async fn items(\n        &self,\n        _: Self::Request,\n    ) -> Result<::cmdbus::CallStream<Self::Item, {}>, ::cmdbus::CommandError> {{\n",
                types::VALUE
            ),
        ),
    };
    // Writing to a text cannot fail.
    let _ = write!(
        out,
        "#[derive(Debug, Clone, Copy, Default)]
pub struct {marker};

impl ::cmdbus::command::{name} for {marker} {{
    const ID: &'static str = {id};
    const DESCRIPTION: Option<&'static str> = {description};
    type Request = {request};
{returns}

{method}        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }}
}}
"
    );
}

/// Writes a comment, if there is something to say.
fn doc(out: &mut String, lines: &[String], indent: usize) {
    let pad = "    ".repeat(indent);
    for line in lines {
        let line = format!("{pad}/// {}", markdown(line));
        let _ = writeln!(out, "{}", line.trim_end());
    }
}
