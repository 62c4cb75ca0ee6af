//! Types as Rust writes them.

use std::fmt::Write;

use serde_json::{Number, Value};

use super::doc;
use super::unions;
use crate::graph::Graph;
use crate::lower::order;
use crate::model::{Api, Field, Kind, Literal, Object, Range, Rest, Tuple, Type, TypeId};
use crate::names::{Names, pascal, snake};
use crate::say;
use crate::text::{comment_lines, rust, shown};

pub(super) const VALUE: &str = "::cmdbus::serde_json::Value";
const MAP: &str = "::std::collections::BTreeMap";
const DERIVE: &str = "#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]\n#[serde(crate = \"::cmdbus::serde\")]\n";

/// Longest tuple that serde reads.
const LONGEST_TUPLE: usize = 16;

/// Words that cannot be names of fields as they are.
const KEYWORDS: [&str; 51] = [
    "abstract",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "pub",
    "ref",
    "return",
    "static",
    "struct",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
    "macro_rules",
    "union",
    "raw",
];
/// Words that cannot even be raw names.
const NEVER_NAMES: [&str; 4] = ["crate", "self", "super", "_"];

/// The types of a module, as they are written.
pub(super) struct Types<'a> {
    api: &'a Api,
    graph: Graph,
    taken: Names,
    names: Vec<String>,
    /// Which of them must refuse what they do not know.
    exact: Vec<bool>,
    items: Vec<String>,
}

/// Where a type stands.
#[derive(Clone, Copy)]
struct Place<'p> {
    /// The named type that it is part of.
    owner: TypeId,
    /// What it is called if it needs a name.
    hint: &'p str,
    /// Whether something that holds it takes memory of its own, so that a type may hold itself here.
    apart: bool,
    /// Whether an object here must refuse what it does not know.
    exact: bool,
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
            graph: Graph::of(&api.types),
            taken,
            names,
            exact: unions::exact(&api.types),
            items: Vec::new(),
        }
    }

    pub(super) fn name(&self, id: TypeId) -> &str {
        &self.names[id]
    }

    /// Returns the declarations of all types.
    pub(super) fn items(&mut self) -> Vec<String> {
        for id in 0..self.api.types.len() {
            self.declare(id);
        }
        std::mem::take(&mut self.items)
    }

    fn declare(&mut self, id: TypeId) {
        let api = self.api;
        let ty = &api.types[id].ty;
        let name = self.names[id].clone();
        let place = Place {
            owner: id,
            hint: &name,
            apart: false,
            exact: self.exact[id],
        };
        if self.needs_name(ty) {
            self.item(ty, &name, place);
            return;
        }
        let slot = self.reserve();
        let text = self.text(ty, place);
        let mut out = String::new();
        doc(&mut out, &self.lines(ty), 0);
        // Writing to a text cannot fail. A name for a type that holds that very name is no type.
        if self.graph.recursive[id] {
            let _ = write!(
                out,
                "{DERIVE}#[serde(transparent)]\npub struct {name}(pub {text});\n"
            );
        } else {
            let _ = writeln!(out, "pub type {name} = {text};");
        }
        self.items[slot] = out;
    }

    /// Keeps a place in the file, so that what holds something stands before it.
    fn reserve(&mut self) -> usize {
        self.items.push(String::new());
        self.items.len() - 1
    }

    /// Returns whether a type cannot be written without a declaration of its own.
    fn needs_name(&self, ty: &Type) -> bool {
        match &ty.kind {
            Kind::Object(object) => !object.fields.is_empty() || object.rest == Rest::Closed,
            Kind::Literals(values) => values.iter().all(|one| one.value.is_string()),
            // With null it is an `Option` of what is left.
            Kind::Union(_) => ty.non_null().is_none(),
            _ => false,
        }
    }

    /// Returns how a type is written, and declares what it needs.
    fn text(&mut self, ty: &Type, place: Place<'_>) -> String {
        if self.needs_name(ty) {
            let name = self.taken.take(&pascal(place.hint));
            self.item(ty, &name, place);
            return name;
        }
        let apart = Place {
            apart: true,
            exact: false,
            ..place
        };
        match &ty.kind {
            Kind::Null => "()".to_owned(),
            Kind::Bool => "bool".to_owned(),
            Kind::Text(_) => "String".to_owned(),
            Kind::Number(range) => number(range).to_owned(),
            Kind::Literals(values) => of_values(values).to_owned(),
            Kind::Array(array) => {
                let hint = format!("{} item", place.hint);
                format!(
                    "Vec<{}>",
                    self.text(
                        &array.items,
                        Place {
                            hint: &hint,
                            ..apart
                        }
                    )
                )
            }
            Kind::Tuple(tuple) => self.tuple(tuple, place),
            Kind::Object(object) => match &object.rest {
                Rest::Of(ty) => {
                    let hint = format!("{} value", place.hint);
                    format!(
                        "{MAP}<String, {}>",
                        self.text(
                            ty,
                            Place {
                                hint: &hint,
                                ..apart
                            }
                        )
                    )
                }
                _ => format!("{MAP}<String, {VALUE}>"),
            },
            Kind::Union(_) => match ty.non_null() {
                Some(rest) => format!("Option<{}>", self.text(&rest, place)),
                None => VALUE.to_owned(),
            },
            Kind::Ref(id) => {
                let name = self.names[*id].clone();
                if !place.apart && self.graph.hold_each_other(place.owner, *id) {
                    format!("Box<{name}>")
                } else {
                    name
                }
            }
            Kind::Any | Kind::Never | Kind::All(_) => VALUE.to_owned(),
        }
    }

    fn tuple(&mut self, tuple: &Tuple, place: Place<'_>) -> String {
        if !is_fixed(tuple) {
            return format!("Vec<{VALUE}>");
        }
        let place = Place {
            exact: false,
            ..place
        };
        let mut items = String::new();
        for (index, item) in tuple.items.iter().enumerate() {
            let hint = format!("{} {index}", place.hint);
            let _ = write!(
                items,
                "{}, ",
                self.text(
                    item,
                    Place {
                        hint: &hint,
                        ..place
                    }
                )
            );
        }
        // A trailing comma makes a tuple of one, too.
        match tuple.items.len() {
            1 => format!("({})", items.trim_end()),
            _ => format!("({})", items.trim_end_matches(", ")),
        }
    }

    /// Declares a struct or an enum.
    fn item(&mut self, ty: &Type, name: &str, place: Place<'_>) {
        let slot = self.reserve();
        let mut out = String::new();
        doc(&mut out, &self.lines(ty), 0);
        let place = Place {
            hint: name,
            ..place
        };
        match &ty.kind {
            Kind::Object(object) => self.structure(&mut out, object, name, place),
            Kind::Literals(values) => enumeration(&mut out, values, name),
            Kind::Union(members) => self.union(&mut out, members, name, place),
            _ => {}
        }
        self.items[slot] = out;
    }

    fn structure(&mut self, out: &mut String, object: &Object, name: &str, place: Place<'_>) {
        out.push_str(DERIVE);
        if place.exact && object.rest == Rest::Closed {
            out.push_str("#[serde(deny_unknown_fields)]\n");
        }
        let place = Place {
            exact: false,
            ..place
        };
        let _ = writeln!(out, "pub struct {name} {{");
        let mut names = Names::default();
        for field in &object.fields {
            let mut lines = self.lines(&field.ty);
            if !field.required && field.ty.non_null().is_some() {
                lines.push("Note: `None` is left out; `null` cannot be sent.".to_owned());
            }
            doc(out, &lines, 1);
            let (raw, renamed) = field_name(&mut names, &field.name);
            let text = self.field(field, name, place);
            let mut attributes = Vec::new();
            if renamed {
                attributes.push(format!("rename = {}", rust(&field.name)));
            }
            if text.starts_with("Option<") && !field.required {
                attributes.push("default, skip_serializing_if = \"Option::is_none\"".to_owned());
            }
            if !attributes.is_empty() {
                let _ = writeln!(out, "    #[serde({})]", attributes.join(", "));
            }
            let _ = writeln!(out, "    pub {raw}: {text},");
        }
        let rest = match &object.rest {
            Rest::Closed => None,
            Rest::Open => Some(VALUE.to_owned()),
            Rest::Of(ty) => {
                let hint = format!("{name} value");
                Some(self.text(
                    ty,
                    Place {
                        hint: &hint,
                        apart: true,
                        ..place
                    },
                ))
            }
        };
        if let Some(rest) = rest {
            let name = names.take("other");
            out.push_str("    /// Further properties.\n    #[serde(flatten)]\n");
            let _ = writeln!(out, "    pub {name}: {MAP}<String, {rest}>,");
        }
        out.push_str("}\n");
    }

    fn field(&mut self, field: &Field, name: &str, place: Place<'_>) -> String {
        let hint = format!("{name} {}", field.name);
        let text = self.text(
            &field.ty,
            Place {
                hint: &hint,
                ..place
            },
        );
        if field.required || text.starts_with("Option<") {
            text
        } else {
            format!("Option<{text}>")
        }
    }

    fn union(&mut self, out: &mut String, members: &[Type], name: &str, place: Place<'_>) {
        let _ = write!(out, "{DERIVE}#[serde(untagged)]\npub enum {name} {{\n");
        let mut names = Names::with(&["Self"]);
        let api = self.api;
        let types = &api.types;
        let place = Place {
            exact: place.exact || unions::several_objects(types, members),
            ..place
        };
        for (index, member) in unions::in_order(types, members) {
            let variant = names.take(&self.variant(member, index));
            doc(out, &self.lines(member), 1);
            let hint = format!("{name} {variant}");
            let place = Place {
                hint: &hint,
                ..place
            };
            let text = self.text(member, place);
            let _ = writeln!(out, "    {variant}({text}),");
        }
        out.push_str("}\n");
    }

    /// Returns what an alternative is called.
    fn variant(&self, ty: &Type, index: usize) -> String {
        match &ty.kind {
            Kind::Ref(id) => self.names[*id].clone(),
            Kind::Bool => "Bool".to_owned(),
            Kind::Text(_) => "Text".to_owned(),
            Kind::Number(range) if range.integer => "Integer".to_owned(),
            Kind::Number(_) => "Number".to_owned(),
            Kind::Array(_) => "List".to_owned(),
            Kind::Tuple(_) => "Tuple".to_owned(),
            Kind::Literals(_) => "Known".to_owned(),
            // A tag names the variant that it marks.
            Kind::Object(object) => match object.fields.iter().find_map(tag) {
                Some(tag) => pascal(tag),
                None => format!("Object{}", index + 1),
            },
            _ => format!("Variant{}", index + 1),
        }
    }

    /// Returns what is to be said of a type, and of what its Rust type leaves out.
    fn lines(&self, ty: &Type) -> Vec<String> {
        let mut lines = say::lines(ty);
        // That is what the type says.
        lines.retain(|line| line != "A whole number.");
        let note = match &ty.kind {
            Kind::All(_) => {
                Some("Note: all of several types at once, which is not known better here.")
            }
            Kind::Never => Some("Note: no value is allowed here."),
            Kind::Tuple(tuple) if !is_fixed(tuple) => {
                Some("Note: a tuple of which not all items must be there.")
            }
            _ => None,
        };
        lines.extend(note.map(str::to_owned));
        if let Kind::Literals(values) = &ty.kind
            && !values.iter().all(|one| one.value.is_string())
        {
            let shown: Vec<String> = values
                .iter()
                .take(32)
                .map(|one| shown(&one.value.to_string()))
                .collect();
            lines.push(format!("Note: one of {}.", shown.join(", ")));
        }
        lines
    }
}

/// Returns whether all items of a tuple are always there, and no others.
pub(super) fn is_fixed(tuple: &Tuple) -> bool {
    tuple.rest.is_none()
        && tuple.required == tuple.items.len()
        && tuple.items.len() <= LONGEST_TUPLE
}

/// Returns the value that marks an object, if this property is one.
fn tag(field: &Field) -> Option<&str> {
    let Kind::Literals(values) = &field.ty.kind else {
        return None;
    };
    match &values[..] {
        [
            Literal {
                value: Value::String(text),
                ..
            },
        ] if field.required => Some(text),
        _ => None,
    }
}

/// Returns the name of a field, and whether it is another one than on the wire.
fn field_name(names: &mut Names, wire: &str) -> (String, bool) {
    let mut name = snake(wire);
    if NEVER_NAMES.contains(&name.as_str()) {
        name.push('_');
    }
    let name = names.take(&name);
    let renamed = name != wire;
    match KEYWORDS.contains(&name.as_str()) {
        true => (format!("r#{name}"), renamed),
        false => (name, renamed),
    }
}

fn enumeration(out: &mut String, values: &[Literal], name: &str) {
    let _ = writeln!(
        out,
        "{}pub enum {name} {{",
        DERIVE.replace(
            "Clone, PartialEq",
            "Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord"
        )
    );
    let mut names = Names::with(&["Self"]);
    for literal in values {
        let Value::String(text) = &literal.value else {
            continue;
        };
        let variant = names.take(&pascal(text));
        if let Some(text) = &literal.doc {
            doc(out, &comment_lines(text), 1);
        }
        if variant != *text {
            let _ = writeln!(out, "    #[serde(rename = {})]", rust(text));
        }
        let _ = writeln!(out, "    {variant},");
    }
    out.push_str("}\n");
}

/// Returns the number type that holds a range.
fn number(range: &Range) -> &'static str {
    if !range.integer {
        return "f64";
    }
    let at_least = |bound: &Option<Number>, least: i64| {
        bound
            .as_ref()
            .is_some_and(|bound| order(bound, &least.into()).is_ge())
    };
    if at_least(&range.min, 0) || at_least(&range.above, -1) {
        "u64"
    } else {
        "i64"
    }
}

/// Returns the type of values that cannot be an enum.
fn of_values(values: &[Literal]) -> &'static str {
    let all = |fits: fn(&Value) -> bool| values.iter().all(|one| fits(&one.value));
    if all(Value::is_boolean) {
        "bool"
    } else if all(Value::is_u64) {
        "u64"
    } else if all(Value::is_i64) {
        "i64"
    } else if all(Value::is_number) {
        "f64"
    } else {
        VALUE
    }
}
