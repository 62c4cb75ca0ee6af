//! Schemas for Valibot, in the form that the library `@coralstack/cmd-ipc` takes.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Number, Value};

use crate::Options;
use crate::graph::{Graph, references};
use crate::model::{Api, Kind, Object, Range, Rest, Slot, Text, Tuple, Type, TypeId};
use crate::names::Names;
use crate::say;
use crate::text::{js, shown};
use crate::typescript::{self, Types, key};

/// The package that the type of the map comes from.
const PACKAGE: &str = "@coralstack/cmd-ipc";

/// What the file uses itself.
const RESERVED: [&str; 8] = [
    "CommandSchemaMap",
    "Array",
    "Date",
    "Object",
    "Record",
    "RegExp",
    "pattern",
    "v",
];

/// What every object has: where a property of such a name is absent, Valibot finds that instead.
const INHERITED: [&str; 12] = [
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
];

/// What Valibot means by the length of a text.
const LENGTHS: &str = "
// JSON Schema counts the characters of a text, and Valibot the units of UTF-16: a character such as an emoji has two of them.
";

/// Not every pattern of a server is one that JavaScript knows; that must not keep the file from being loaded.
const PATTERN: &str = "
/** Returns a pattern; one that this language does not know lets everything through. */
function pattern(source: string): RegExp {
  for (const flags of [\"u\", \"\"]) {
    try {
      return new RegExp(source, flags);
    } catch {
      // Tried with fewer demands, or given up.
    }
  }
  return new RegExp(\"\");
}
";

/// A time of day as RFC 3339 has it: `v.isoTime()` knows no seconds and no offset.
const TIME: &str = "^\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?([Zz]|[+-]\\d{2}:\\d{2})$";

/// Returns the source of a map of schemas.
pub(crate) fn schemas(api: &Api, options: &Options) -> String {
    let name = match &options.prefix {
        Some(prefix) => map_name(prefix),
        None => "RemoteCommandSchema".to_owned(),
    };
    let mut names = Names::with(&RESERVED);
    let name = names.take(&name);
    let graph = Graph::of(&api.types);
    let types = Types::new(api, &mut names).with_undefined();
    let mut out = typescript::head(options);
    let _ = write!(
        out,
        "\nimport * as v from \"valibot\";\nimport type {{ CommandSchemaMap }} from {};\n",
        js(PACKAGE)
    );
    let writer = Writer {
        graph: &graph,
        types: &types,
        api,
    };
    let mut body = String::new();
    writer.constants(&mut body);
    writer.map(&mut body, &name);
    if body.contains("v.pipe(v.string(), v.m") {
        out.push_str(LENGTHS);
    }
    if body.contains("pattern(") {
        out.push_str(PATTERN);
    }
    out + &body
}

/// Returns `MyApiCommandSchema` for `my-api`.
fn map_name(prefix: &str) -> String {
    // The parts of this name are cut at these characters only, and not before capitals.
    let parts = prefix.split(['-', '_', '.']).map(|part| {
        let mut part: String = part.chars().filter(char::is_ascii_alphanumeric).collect();
        part.make_ascii_lowercase();
        if let Some(first) = part.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        part
    });
    let name: String = parts.collect();
    match name.chars().next() {
        Some(first) if first.is_ascii_digit() => format!("N{name}CommandSchema"),
        _ => format!("{name}CommandSchema"),
    }
}

struct Writer<'a> {
    graph: &'a Graph,
    types: &'a Types<'a>,
    api: &'a Api,
}

impl Writer<'_> {
    /// What is referred to gets a name.
    fn constants(&self, out: &mut String) {
        for id in self.typed() {
            self.types.declare(out, id);
        }
        let mut done = vec![false; self.api.types.len()];
        for &id in &self.graph.order {
            if !self.graph.referred[id] {
                continue;
            }
            let ty = &self.api.types[id].ty;
            let name = self.types.name(id);
            let annotation = match self.graph.recursive[id] {
                true => format!(": v.GenericSchema<{name}>"),
                false => String::new(),
            };
            out.push('\n');
            typescript::doc(out, &say::lines(ty), 0);
            let text = self.schema(ty, 0, &done);
            // Writing to a text cannot fail.
            let _ = writeln!(out, "export const {name}{annotation} = {text};");
            done[id] = true;
        }
    }

    /// Returns the types that must be written out as such: inference ends where a type holds itself.
    fn typed(&self) -> BTreeSet<TypeId> {
        let recursive = (0..self.api.types.len()).filter(|&id| self.graph.recursive[id]);
        let mut todo: Vec<TypeId> = recursive.collect();
        let mut typed = BTreeSet::new();
        while let Some(id) = todo.pop() {
            if typed.insert(id) {
                todo.extend(references(&self.api.types[id].ty));
            }
        }
        typed
    }

    fn map(&self, out: &mut String, name: &str) {
        let done = vec![true; self.api.types.len()];
        let _ = writeln!(out, "\nexport const {name} = {{");
        for operation in &self.api.operations {
            let _ = writeln!(out, "  {}: {{", member(&operation.id, true));
            if let Some(text) = &operation.description {
                let _ = writeln!(out, "    description: {},", js(text));
            }
            let response = match operation.item {
                // The library knows no streams: it gets the items together.
                Some(item) => Some(self.collected(item, operation.response, &done)),
                None => self.slot(operation.response, &done),
            };
            for (member, text) in [
                ("request", self.slot(operation.request, &done)),
                ("response", response),
            ] {
                if let Some(text) = text {
                    let _ = writeln!(out, "    {member}: {text},");
                }
            }
            out.push_str("  },\n");
        }
        out.push_str("} as const satisfies CommandSchemaMap;\n");
    }

    fn slot(&self, slot: Slot, done: &[bool]) -> Option<String> {
        match slot {
            Slot::Void => None,
            Slot::Unknown => Some("v.unknown()".to_owned()),
            Slot::Is(id) if self.graph.referred[id] => Some(self.types.name(id).to_owned()),
            Slot::Is(id) => Some(self.schema(&self.api.types[id].ty, 2, done)),
        }
    }

    fn collected(&self, item: TypeId, end: Slot, done: &[bool]) -> String {
        let item = self.slot(Slot::Is(item), done).unwrap_or_default();
        let end = match self.slot(end, done) {
            Some(end) => format!(", result: v.optional({end})"),
            None => String::new(),
        };
        format!("v.looseObject({{ items: v.array({item}){end} }})")
    }

    fn schema(&self, ty: &Type, indent: usize, done: &[bool]) -> String {
        match &ty.kind {
            Kind::Any => match ty.notes.first() {
                Some(note) => format!("v.unknown() /* {} */", typescript::safe(&shown(&note.text))),
                None => "v.unknown()".to_owned(),
            },
            Kind::Never => "v.never()".to_owned(),
            Kind::Null => "v.null_()".to_owned(),
            Kind::Bool => "v.boolean()".to_owned(),
            Kind::Text(text) => of_text(text),
            Kind::Number(range) => of_number(range),
            Kind::Literals(values) => {
                let values = values.iter().map(|one| literal(&one.value)).collect();
                union(values)
            }
            Kind::Array(array) => {
                let items = self.schema(&array.items, indent, done);
                let mut actions = Vec::new();
                sizes(&mut actions, array.min, array.max);
                piped(format!("v.array({items})"), &actions)
            }
            Kind::Tuple(tuple) => self.tuple(tuple, indent, done),
            Kind::Object(object) => self.object(object, indent, done),
            Kind::Union(_) => self.union(ty, indent, done),
            Kind::All(members) => {
                let members: Vec<String> = members
                    .iter()
                    .map(|member| self.schema(member, indent, done))
                    .collect();
                format!("v.intersect([{}])", members.join(", "))
            }
            Kind::Ref(id) if done[*id] => self.types.name(*id).to_owned(),
            Kind::Ref(id) => format!("v.lazy(() => {})", self.types.name(*id)),
        }
    }

    fn union(&self, ty: &Type, indent: usize, done: &[bool]) -> String {
        if let Some(rest) = ty.non_null() {
            return format!("v.nullable({})", self.schema(&rest, indent, done));
        }
        let Kind::Union(members) = &ty.kind else {
            return self.schema(ty, indent, done);
        };
        union(
            members
                .iter()
                .map(|member| self.schema(member, indent, done))
                .collect(),
        )
    }

    fn tuple(&self, tuple: &Tuple, indent: usize, done: &[bool]) -> String {
        let items: Vec<String> = tuple
            .items
            .iter()
            .enumerate()
            .map(|(index, item)| {
                let text = self.schema(item, indent, done);
                if index < tuple.required {
                    text
                } else {
                    format!("v.optional({text})")
                }
            })
            .collect();
        let items = items.join(", ");
        match &tuple.rest {
            None => format!("v.strictTuple([{items}])"),
            Some(rest) => format!(
                "v.tupleWithRest([{items}], {})",
                self.schema(rest, indent, done)
            ),
        }
    }

    fn object(&self, object: &Object, indent: usize, done: &[bool]) -> String {
        if let (true, Rest::Of(rest)) = (object.fields.is_empty(), &object.rest) {
            return format!("v.record(v.string(), {})", self.schema(rest, indent, done));
        }
        let mut fields = String::from("{");
        let pad = "  ".repeat(indent + 1);
        for field in &object.fields {
            fields.push('\n');
            typescript::doc(&mut fields, &say::lines(&field.ty), indent + 1);
            let text = self.schema(&field.ty, indent + 1, done);
            let text = if field.required {
                text
            } else if INHERITED.contains(&field.name.as_str()) {
                "v.optional(v.unknown()) /* every object has something of this name, which Valibot takes for the property */"
                    .to_owned()
            } else {
                format!("v.optional({text})")
            };
            let _ = write!(fields, "{pad}{}: {text},", member(&field.name, false));
        }
        if !object.fields.is_empty() {
            let _ = write!(fields, "\n{}", "  ".repeat(indent));
        }
        fields.push('}');
        match &object.rest {
            Rest::Closed => format!("v.strictObject({fields})"),
            Rest::Open => format!("v.looseObject({fields})"),
            Rest::Of(rest) => format!(
                "v.objectWithRest({fields}, {})",
                self.schema(rest, indent, done)
            ),
        }
    }
}

/// Returns the name of a member of an object that is made at run time. `__proto__` is one only in brackets.
fn member(name: &str, quoted: bool) -> String {
    match name {
        "__proto__" => "[\"__proto__\"]".to_owned(),
        name if quoted => js(name),
        name => key(name),
    }
}

fn union(mut members: Vec<String>) -> String {
    match members.len() {
        1 => members.remove(0),
        _ => format!("v.union([{}])", members.join(", ")),
    }
}

fn piped(base: String, actions: &[String]) -> String {
    if actions.is_empty() {
        return base;
    }
    format!("v.pipe({base}, {})", actions.join(", "))
}

fn sizes(actions: &mut Vec<String>, min: Option<u64>, max: Option<u64>) {
    for (name, size) in [("minLength", min), ("maxLength", max)] {
        if let Some(size) = size {
            actions.push(format!("v.{name}({size})"));
        }
    }
}

fn of_text(text: &Text) -> String {
    let mut actions = Vec::new();
    sizes(&mut actions, text.min, text.max);
    if let Some(pattern) = &text.pattern {
        actions.push(format!("v.regex(pattern({}))", js(pattern)));
    }
    let format = match text.format.as_deref() {
        Some("email") => Some("v.rfcEmail()".to_owned()),
        Some("uri" | "url") => Some("v.url()".to_owned()),
        Some("uuid") => Some("v.uuid()".to_owned()),
        // Not `isoDateTime`, which knows neither seconds nor offsets.
        Some("date-time") => Some("v.isoTimestamp()".to_owned()),
        Some("date") => Some("v.isoDate()".to_owned()),
        Some("time") => Some(format!("v.regex(pattern({}))", js(TIME))),
        _ => None,
    };
    actions.extend(format);
    piped("v.string()".to_owned(), &actions)
}

fn of_number(range: &Range) -> String {
    let mut actions = Vec::new();
    if range.integer {
        actions.push("v.integer()".to_owned());
    }
    let bounds = [
        ("minValue", &range.min),
        ("maxValue", &range.max),
        ("gtValue", &range.above),
        ("ltValue", &range.below),
    ];
    for (name, bound) in bounds {
        if let Some(bound) = bound {
            actions.push(format!("v.{name}({bound})"));
        }
    }
    // Of fractions the language cannot tell reliably.
    if let Some(multiple) = range.multiple.as_ref().filter(|multiple| whole(multiple)) {
        actions.push(format!("v.multipleOf({multiple})"));
    }
    piped("v.number()".to_owned(), &actions)
}

fn whole(number: &Number) -> bool {
    number.as_u64().is_some_and(|number| number > 0)
}

/// Returns a schema for one value.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "v.null_()".to_owned(),
        Value::Bool(value) => format!("v.literal({value})"),
        Value::Number(number) => format!("v.literal({number})"),
        Value::String(text) => format!("v.literal({})", js(text)),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(literal).collect();
            format!("v.strictTuple([{}])", items.join(", "))
        }
        Value::Object(map) => {
            let members: Vec<String> = map
                .iter()
                .map(|(name, value)| format!("{}: {}", member(name, false), literal(value)))
                .collect();
            format!("v.strictObject({{ {} }})", members.join(", "))
        }
    }
}
