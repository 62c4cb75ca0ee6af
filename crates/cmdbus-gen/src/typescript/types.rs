//! Types as TypeScript writes them.

use std::fmt::Write;

use serde_json::Value;

use super::{doc, safe};
use crate::model::{Api, Kind, Object, Rest, Tuple, Type, TypeId};
use crate::names::{Names, pascal};
use crate::say;
use crate::text::js;

/// The types, with their names.
pub(crate) struct Types<'a> {
    api: &'a Api,
    names: Vec<String>,
    /// Whether a property that may be absent may be `undefined` too.
    undefined: bool,
}

impl<'a> Types<'a> {
    pub(crate) fn new(api: &'a Api, names: &mut Names) -> Self {
        let names = api
            .types
            .iter()
            .map(|named| names.take(&pascal(&named.hint)))
            .collect();
        Self {
            api,
            names,
            undefined: false,
        }
    }

    /// Returns the same for values that Valibot has read, in which what is absent may be `undefined`.
    pub(crate) fn with_undefined(self) -> Self {
        Self {
            undefined: true,
            ..self
        }
    }

    pub(crate) fn name(&self, id: TypeId) -> &str {
        &self.names[id]
    }

    pub(crate) fn declare(&self, out: &mut String, id: TypeId) {
        let ty = &self.api.types[id].ty;
        out.push('\n');
        doc(out, &say::lines(ty), 0);
        // Writing to a text cannot fail.
        let _ = writeln!(
            out,
            "export type {} = {};",
            self.names[id],
            self.text(ty, 0, true)
        );
    }

    /// Returns the text of a type. Whether its notes have been `said` in a comment before it.
    fn text(&self, ty: &Type, indent: usize, said: bool) -> String {
        let text = match &ty.kind {
            Kind::Any => "unknown".to_owned(),
            Kind::Never => "never".to_owned(),
            Kind::Null => "null".to_owned(),
            Kind::Bool => "boolean".to_owned(),
            Kind::Text(_) => "string".to_owned(),
            Kind::Number(_) => "number".to_owned(),
            Kind::Literals(values) => {
                let values: Vec<String> = values.iter().map(|one| literal(&one.value)).collect();
                values.join(" | ")
            }
            Kind::Array(array) => match self.part(&array.items, indent) {
                // Of what does not exist there can be none.
                items if items == "never" => "[]".to_owned(),
                items => format!("{items}[]"),
            },
            Kind::Tuple(tuple) => self.tuple(tuple, indent),
            Kind::Object(object) => self.object(object, indent),
            Kind::Union(members) => self.joined(members, " | ", indent),
            Kind::All(members) => self.joined(members, " & ", indent),
            Kind::Ref(id) => self.names[*id].clone(),
        };
        match (&ty.kind, ty.notes.first()) {
            (Kind::Any, Some(note)) if !said => {
                format!("unknown /* {} */", safe(&note.text))
            }
            _ => text,
        }
    }

    fn joined(&self, members: &[Type], by: &str, indent: usize) -> String {
        let members: Vec<String> = members
            .iter()
            .map(|member| self.part(member, indent))
            .collect();
        members.join(by)
    }

    /// Returns the text of a type that something else stands beside.
    fn part(&self, ty: &Type, indent: usize) -> String {
        let text = self.text(ty, indent, false);
        let several = match &ty.kind {
            Kind::Literals(values) => values.len() > 1,
            Kind::Union(_) | Kind::All(_) => true,
            Kind::Any => text.ends_with("*/"),
            _ => false,
        };
        if several { format!("({text})") } else { text }
    }

    fn tuple(&self, tuple: &Tuple, indent: usize) -> String {
        let mut parts = Vec::new();
        for (index, item) in tuple.items.iter().enumerate() {
            let text = self.part(item, indent);
            let mark = if index < tuple.required { "" } else { "?" };
            parts.push(format!("{text}{mark}"));
        }
        if let Some(rest) = &tuple.rest {
            parts.push(format!("...{}[]", self.part(rest, indent)));
        }
        format!("[{}]", parts.join(", "))
    }

    fn object(&self, object: &Object, indent: usize) -> String {
        if object.fields.is_empty() {
            return match &object.rest {
                Rest::Closed => "Record<string, never>".to_owned(),
                Rest::Open => "{ [key: string]: unknown }".to_owned(),
                Rest::Of(ty) => format!("{{ [key: string]: {} }}", self.text(ty, indent, false)),
            };
        }
        let mut out = String::from("{\n");
        let pad = "  ".repeat(indent + 1);
        for field in &object.fields {
            doc(&mut out, &say::lines(&field.ty), indent + 1);
            let mark = if field.required { "" } else { "?" };
            let mut text = self.text(&field.ty, indent + 1, true);
            if self.undefined && !field.required {
                text = format!("{} | undefined", self.part(&field.ty, indent + 1));
            }
            let _ = writeln!(out, "{pad}{}{mark}: {text};", key(&field.name));
        }
        match &object.rest {
            Rest::Closed => {}
            Rest::Open => {
                let _ = writeln!(out, "{pad}[key: string]: unknown;");
            }
            Rest::Of(rest) => {
                // The language wants the fields to fit in too.
                let mut parts = vec![self.part(rest, indent + 1)];
                for field in &object.fields {
                    let part = self.part(&field.ty, indent + 1);
                    if !parts.contains(&part) {
                        parts.push(part);
                    }
                }
                if object.fields.iter().any(|field| !field.required) {
                    parts.push("undefined".to_owned());
                }
                let _ = writeln!(out, "{pad}[key: string]: {};", parts.join(" | "));
            }
        }
        out.push_str(&"  ".repeat(indent));
        out.push('}');
        out
    }
}

/// Returns a property's name as it stands in a type.
pub(crate) fn key(name: &str) -> String {
    let mut chars = name.chars();
    let plain = chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_' || c == '$')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$');
    if plain { name.to_owned() } else { js(name) }
}

/// Returns a value as a type that only it has.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => js(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(literal).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) if map.is_empty() => "Record<string, never>".to_owned(),
        Value::Object(map) => {
            let members = map
                .iter()
                .map(|(name, value)| format!("{}: {}", key(name), literal(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join("; "))
        }
    }
}
