//! Types as Python writes them.

use std::fmt::Write;

use serde_json::Value;

use super::{KEYWORDS, comment};
use crate::graph::Graph;
use crate::model::{Api, Field, Kind, Literal, Object, Rest, Tuple, Type, TypeId};
use crate::names::{Names, pascal};
use crate::say;
use crate::text::{python, shown};

/// The types of a file, as they are written.
pub(super) struct Types<'a> {
    api: &'a Api,
    taken: Names,
    names: Vec<String>,
    /// Which of them stand above what is being written.
    done: Vec<bool>,
    recursive: Vec<bool>,
    items: Vec<String>,
}

impl<'a> Types<'a> {
    pub(super) fn new(api: &'a Api, mut taken: Names) -> Self {
        let names = api
            .types
            .iter()
            .map(|named| taken.take(&pascal(&named.hint)))
            .collect();
        Self {
            api,
            taken,
            names,
            done: vec![false; api.types.len()],
            recursive: Vec::new(),
            items: Vec::new(),
        }
    }

    pub(super) fn name(&self, id: TypeId) -> &str {
        &self.names[id]
    }

    /// Returns the declarations of all types: what a declaration uses when it is run stands before it.
    pub(super) fn items(&mut self) -> Vec<String> {
        let graph = Graph::of(&self.api.types);
        self.recursive = graph.recursive;
        for id in graph.order {
            self.declare(id);
            self.done[id] = true;
        }
        std::mem::take(&mut self.items)
    }

    fn declare(&mut self, id: TypeId) {
        let api = self.api;
        let ty = &api.types[id].ty;
        let name = self.names[id].clone();
        if let Some(object) = structure(ty) {
            self.class(object, ty, &name);
            return;
        }
        let text = self.text(ty, &name, false);
        let mut out = String::from("\n");
        comment(&mut out, &lines(ty), 0);
        // Writing to a text cannot fail.
        if self.recursive[id] {
            // One that holds itself by name only would have no end for whoever follows it.
            let _ = writeln!(out, "{name} = TypeAliasType(\"{name}\", {text})");
        } else {
            let _ = writeln!(out, "{name}: TypeAlias = {text}");
        }
        self.items.push(out);
    }

    /// Returns how a type is written, and declares what it needs. `lazy`: where it stands, it is not run.
    fn text(&mut self, ty: &Type, hint: &str, lazy: bool) -> String {
        if let Some(object) = structure(ty) {
            let name = self.taken.take(&pascal(hint));
            self.class(object, ty, &name);
            return name;
        }
        match &ty.kind {
            Kind::Null => "None".to_owned(),
            Kind::Bool => "bool".to_owned(),
            Kind::Text(_) => "str".to_owned(),
            Kind::Number(range) if range.integer => "int".to_owned(),
            Kind::Number(_) => "float".to_owned(),
            Kind::Literals(values) => literals(values),
            Kind::Array(array) => {
                let items = self.text(&array.items, &format!("{hint} item"), lazy);
                format!("List[{items}]")
            }
            Kind::Tuple(tuple) => self.tuple(tuple, hint, lazy),
            Kind::Object(object) => match &object.rest {
                Rest::Of(ty) => {
                    let value = self.text(ty, &format!("{hint} value"), lazy);
                    format!("Dict[str, {value}]")
                }
                _ => "Dict[str, Any]".to_owned(),
            },
            Kind::Union(members) => {
                let mut texts = Vec::new();
                for (index, member) in members.iter().enumerate() {
                    let hint = format!("{hint} {}", index + 1);
                    texts.push(self.text(member, &hint, lazy));
                }
                either(texts)
            }
            Kind::Ref(id) if lazy || self.done[*id] => self.names[*id].clone(),
            Kind::Ref(id) => python(&self.names[*id]),
            Kind::Any | Kind::Never | Kind::All(_) => "Any".to_owned(),
        }
    }

    /// An array arrives as a list, whatever is known of its items.
    fn tuple(&mut self, tuple: &Tuple, hint: &str, lazy: bool) -> String {
        let mut texts = Vec::new();
        for (index, item) in tuple.items.iter().chain(tuple.rest.as_deref()).enumerate() {
            texts.push(self.text(item, &format!("{hint} {index}"), lazy));
        }
        format!("List[{}]", either(texts))
    }

    fn class(&mut self, object: &Object, ty: &Type, name: &str) {
        let mut fields = Vec::new();
        let mut nameless = false;
        for field in &object.fields {
            if field.name.is_empty() {
                nameless = true;
                continue;
            }
            let text = self.text(&field.ty, &format!("{name} {}", field.name), true);
            let text = if field.required {
                text
            } else {
                format!("NotRequired[{text}]")
            };
            fields.push((field, text));
        }
        let mut out = String::from("\n");
        let mut about = lines(ty);
        if object.rest != Rest::Closed {
            about.push("Note: further properties may be there.".to_owned());
        }
        if nameless {
            about.push(
                "Note: there is a property with an empty name, which a type cannot have here."
                    .to_owned(),
            );
        }
        comment(&mut out, &about, 0);
        if fields.iter().all(|(field, _)| is_plain(&field.name)) {
            as_class(&mut out, &fields, name);
        } else {
            as_call(&mut out, &fields, name);
        }
        self.items.push(out);
    }
}

/// Returns the object if a type is one that wants a name.
fn structure(ty: &Type) -> Option<&Object> {
    match &ty.kind {
        Kind::Object(object) if !object.fields.is_empty() || object.rest == Rest::Closed => {
            Some(object)
        }
        _ => None,
    }
}

/// Returns whether a property can be written as that of a class, where names that begin with two underscores become others.
fn is_plain(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with("__")
        && !KEYWORDS.contains(&name)
        // They would hide what the annotations after them mean, for whoever evaluates those.
        && !["bool", "float", "int", "str"].contains(&name)
        && !name.starts_with(|c: char| c.is_ascii_uppercase())
}

fn as_class(out: &mut String, fields: &[(&Field, String)], name: &str) {
    let _ = writeln!(out, "class {name}(TypedDict):");
    if fields.is_empty() {
        out.push_str("    pass\n");
    }
    for (field, text) in fields {
        comment(out, &lines(&field.ty), 1);
        let _ = writeln!(out, "    {}: {text}", field.name);
    }
}

fn as_call(out: &mut String, fields: &[(&Field, String)], name: &str) {
    let _ = write!(out, "{name} = TypedDict(\n    \"{name}\",\n    {{\n");
    for (field, text) in fields {
        comment(out, &lines(&field.ty), 2);
        let _ = writeln!(out, "        {}: {},", python(&field.name), python(text));
    }
    out.push_str("    },\n)\n");
}

fn either(texts: Vec<String>) -> String {
    let mut distinct: Vec<String> = Vec::new();
    for text in texts {
        if !distinct.contains(&text) {
            distinct.push(text);
        }
    }
    match &distinct[..] {
        [] => "Any".to_owned(),
        [only] => only.clone(),
        [one, none] if none == "None" => format!("Optional[{one}]"),
        _ if distinct.iter().any(|text| text == "Any") => "Any".to_owned(),
        _ => format!("Union[{}]", distinct.join(", ")),
    }
}

/// Returns the type of some values. Of numbers only whole ones can be told one by one.
fn literals(values: &[Literal]) -> String {
    let mut exact = Vec::new();
    let mut texts = Vec::new();
    for literal in values {
        match &literal.value {
            Value::String(text) => exact.push(python(text)),
            Value::Bool(true) => exact.push("True".to_owned()),
            Value::Bool(false) => exact.push("False".to_owned()),
            Value::Number(number) if number.is_i64() || number.is_u64() => {
                exact.push(number.to_string())
            }
            Value::Number(_) => texts.push("float".to_owned()),
            _ => texts.push("Any".to_owned()),
        }
    }
    if !exact.is_empty() {
        texts.insert(0, format!("Literal[{}]", exact.join(", ")));
    }
    either(texts)
}

/// Returns what is to be said of a type, and of what its Python type leaves out.
fn lines(ty: &Type) -> Vec<String> {
    let mut lines = say::lines(ty);
    // That is what the type says.
    lines.retain(|line| line != "A whole number.");
    match &ty.kind {
        Kind::All(_) => lines
            .push("Note: all of several types at once, which is not known better here.".to_owned()),
        Kind::Never => lines.push("Note: no value is allowed here.".to_owned()),
        Kind::Tuple(tuple) => lines.push(format!(
            "Note: a list of {}{} items, each of a type of its own.",
            if tuple.required == tuple.items.len() {
                ""
            } else {
                "up to "
            },
            tuple.items.len()
        )),
        Kind::Literals(values)
            if literals(values).contains("float") || literals(values) == "Any" =>
        {
            let shown: Vec<String> = values
                .iter()
                .take(32)
                .map(|one| shown(&one.value.to_string()))
                .collect();
            lines.push(format!("Note: one of {}.", shown.join(", ")));
        }
        _ => {}
    }
    lines
}
