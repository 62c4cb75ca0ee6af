//! From JSON Schema to types.
//!
//! A type accepts whatever the schema accepts, and often more: what a type cannot say becomes a note. Keywords without a
//! `type` are read as people mean them (`properties` is about objects), not as the letter has it (anything else goes too).

mod digest;
mod meet;
mod number;
mod recursion;
mod refs;
mod stream;
mod untold;

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

pub(crate) use self::digest::Digest;
pub(crate) use self::number::order;
use self::refs::Root;
use crate::document::{Definition, Document};
use crate::model::{
    Api, Array, Field, Kind, Literal, MOST_ALTERNATIVES, Named, Note, Object, Operation, Rest,
    Slot, TOO_LARGE, Text, Tuple, Type, TypeId,
};
use crate::text::shown;

/// Most schemas of one slot, those of all it refers to included.
const MOST_PER_SLOT: usize = 20_000;
/// Most schemas of a document.
const MOST_IN_ALL: usize = 1_000_000;
/// Deepest nesting. JSON that was read is at most 128 deep, but a reference may start anew.
const DEEPEST: usize = 130;

/// Returns the types of all commands of a document.
pub(crate) fn api(document: &Document) -> Api {
    let mut lowering = Lowering::default();
    let operations = document
        .commands
        .iter()
        .map(|definition| lowering.operation(definition))
        .collect();
    let mut types: Vec<Named> = lowering.types.into_iter().map(|slot| slot.named).collect();
    recursion::cut(&mut types);
    Api { operations, types }
}

/// A named type, perhaps not finished.
struct Planned {
    named: Named,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Referred to.
    Waiting,
    Under,
    Done,
}

#[derive(Default)]
struct Lowering {
    types: Vec<Planned>,
    /// Definitions of the same name that mean the same are one type. By [`Root::identity`].
    shared: HashMap<Digest, TypeId>,
    spent: usize,
    spent_on_slot: usize,
}

impl Lowering {
    fn operation(&mut self, definition: &Definition) -> Operation {
        let mut operation = Operation {
            id: definition.id.clone(),
            description: definition.description.clone(),
            request: Slot::Unknown,
            response: Slot::Unknown,
            item: None,
        };
        let Some(shapes) = &definition.schema else {
            return operation;
        };
        let id = &definition.id;
        operation.request = match &shapes.request {
            Some(schema) => Slot::Is(self.slot(schema, schema, format!("{id} request"))),
            None => Slot::Void,
        };
        operation.response = match &shapes.response {
            None => Slot::Void,
            Some(schema) => match schema.get(stream::KEYWORD) {
                None => Slot::Is(self.slot(schema, schema, format!("{id} response"))),
                Some(item) => {
                    let root = stream::item_root(schema, item);
                    operation.item = Some(self.slot(root, item, format!("{id} item")));
                    match stream::ending(schema) {
                        Some(end) => Slot::Is(self.slot(&end, &end, format!("{id} response"))),
                        None => Slot::Void,
                    }
                }
            },
        };
        operation
    }

    /// Returns the type of a schema within a root that its references are relative to.
    fn slot(&mut self, root: &Value, schema: &Value, name: String) -> TypeId {
        self.spent_on_slot = 0;
        let mut root = Root::new(root, name.clone());
        let id = self.plan(name);
        if std::ptr::eq(root.schema, schema) {
            root.targets.insert(String::new(), id);
        }
        self.types[id].state = State::Under;
        let ty = self.schema(&mut root, schema, 0);
        self.finish(id, ty);
        // One after the other, not one within the other: a chain of references can be long.
        while let Some((pointer, id)) = root.waiting.pop_front() {
            self.definition(&mut root, &pointer, id, 0);
        }
        id
    }

    fn plan(&mut self, hint: String) -> TypeId {
        self.types.push(Planned {
            named: Named {
                hint,
                ty: Kind::Any.into(),
            },
            state: State::Waiting,
        });
        self.types.len() - 1
    }

    fn finish(&mut self, id: TypeId, ty: Type) {
        self.types[id].named.ty = ty;
        self.types[id].state = State::Done;
    }

    /// Returns whether one more type may be made.
    fn afford(&mut self) -> bool {
        self.spent += 1;
        self.spent_on_slot += 1;
        self.spent <= MOST_IN_ALL && self.spent_on_slot <= MOST_PER_SLOT
    }

    fn schema(&mut self, root: &mut Root<'_>, schema: &Value, depth: usize) -> Type {
        if depth > DEEPEST || !self.afford() {
            return Type::any(TOO_LARGE);
        }
        let map = match schema {
            Value::Bool(true) => return Kind::Any.into(),
            Value::Bool(false) => return Type::from(Kind::Never).note("no value is allowed here"),
            Value::Object(map) => map,
            _ => return Type::any("this is not a JSON Schema"),
        };
        let mut ty = self.base(root, map, depth);
        for keyword in ["$ref", "$recursiveRef", "$dynamicRef"] {
            if let Some(reference) = map.get(keyword) {
                let target = self.reference(root, reference);
                ty = self.meet(root, target, ty, depth);
            }
        }
        if let Some(Value::Array(parts)) = map.get("allOf") {
            for part in parts {
                let part = self.schema(root, part, depth + 1);
                ty = self.meet(root, ty, part, depth);
            }
        }
        for keyword in ["anyOf", "oneOf"] {
            if let Some(Value::Array(parts)) = map.get(keyword) {
                let union = self.alternatives(root, parts, depth);
                ty = self.meet(root, ty, union, depth);
            }
        }
        if map.get("nullable") == Some(&Value::Bool(true)) {
            ty = Type::union(vec![ty, Kind::Null.into()]);
        }
        for note in untold::notes(root, map) {
            ty = ty.note(note);
        }
        if let Some(Value::String(text)) = map.get("description")
            && !text.trim().is_empty()
        {
            // What stands here is nearer than what came by a reference.
            ty.doc = Some(text.clone());
        }
        ty
    }

    fn alternatives(&mut self, root: &mut Root<'_>, parts: &[Value], depth: usize) -> Type {
        if parts.len() > MOST_ALTERNATIVES {
            return Type::any(TOO_LARGE);
        }
        let members = parts
            .iter()
            .map(|part| self.schema(root, part, depth + 1))
            .collect();
        Type::union(members)
    }

    /// What the schema says without composition.
    fn base(&mut self, root: &mut Root<'_>, map: &Map<String, Value>, depth: usize) -> Type {
        let types = types_of(map);
        // Before `type`: schemas made from Rust enums have both.
        if let Some(value) = map.get("const") {
            return literals(std::slice::from_ref(value), types.as_deref());
        }
        if let Some(Value::Array(values)) = map.get("enum") {
            return literals(values, types.as_deref());
        }
        let Some(types) = types else {
            return self.untyped(root, map, depth);
        };
        if types.is_empty() {
            return Type::any("`type` is neither a string nor an array of strings");
        }
        let members = types
            .iter()
            .map(|name| self.of_type(root, map, name, depth))
            .collect();
        Type::union(members)
    }

    /// What a schema without `type` means.
    fn untyped(&mut self, root: &mut Root<'_>, map: &Map<String, Value>, depth: usize) -> Type {
        let has = |names: &[&str]| names.iter().any(|name| map.contains_key(*name));
        let closed = map
            .get("additionalProperties")
            .is_some_and(|rest| *rest != Value::Bool(true));
        if has(&["properties", "patternProperties", "required"]) || closed {
            return self.object(root, map, depth);
        }
        if has(&["items", "prefixItems"]) {
            return self.array(root, map, depth);
        }
        let ty = Type::from(Kind::Any);
        const LIMITS: [&str; 7] = [
            "minLength",
            "maxLength",
            "pattern",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
        ];
        if has(&LIMITS) {
            let text = "the schema has limits but does not say of which type the value is";
            return ty.note(Note::narrowing(text, root.digest(map, &LIMITS)));
        }
        ty
    }

    fn of_type(
        &mut self,
        root: &mut Root<'_>,
        map: &Map<String, Value>,
        name: &str,
        depth: usize,
    ) -> Type {
        match name {
            "null" => Kind::Null.into(),
            "boolean" => Kind::Bool.into(),
            "string" => Kind::Text(text(map)).into(),
            "number" | "integer" => Kind::Number(number::range(map, name == "integer")).into(),
            "array" => self.array(root, map, depth),
            "object" => self.object(root, map, depth),
            other => Type::any(format!("JSON Schema has no type `{}`", shown(other))),
        }
    }

    fn array(&mut self, root: &mut Root<'_>, map: &Map<String, Value>, depth: usize) -> Type {
        let min = number::size(map.get("minItems"));
        let max = number::size(map.get("maxItems"));
        let unique = map.get("uniqueItems") == Some(&Value::Bool(true));
        // Until 2019-09 a tuple was an array under `items`, and `additionalItems` was the rest.
        let (first, rest) = match (map.get("prefixItems"), map.get("items")) {
            (Some(Value::Array(first)), rest) => (&first[..], rest),
            (_, Some(Value::Array(first))) => (&first[..], map.get("additionalItems")),
            (_, rest) => (&[][..], rest),
        };
        let closed = max.is_some_and(|max| max <= first.len() as u64);
        let rest = match rest {
            _ if closed && !first.is_empty() => None,
            Some(Value::Bool(false)) => None,
            Some(rest) => Some(self.schema(root, rest, depth + 1)),
            None => Some(Kind::Any.into()),
        };
        if first.is_empty() {
            let items = rest.unwrap_or_else(|| Kind::Never.into());
            return Kind::Array(Array {
                items: Box::new(items),
                min,
                max,
                unique,
            })
            .into();
        }
        let items: Vec<Type> = first
            .iter()
            .map(|item| self.schema(root, item, depth + 1))
            .collect();
        let required = usize::try_from(min.unwrap_or(0))
            .unwrap_or(usize::MAX)
            .min(items.len());
        let mut ty = Type::from(Kind::Tuple(Tuple {
            items,
            required,
            rest: rest.map(Box::new),
        }));
        if unique {
            ty = ty.note("no two items are equal");
        }
        ty
    }

    fn object(&mut self, root: &mut Root<'_>, map: &Map<String, Value>, depth: usize) -> Type {
        let mut required: Vec<&str> = match map.get("required") {
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let wanted: HashSet<&str> = required.iter().copied().collect();
        let mut fields = Vec::new();
        let mut known = HashSet::new();
        if let Some(Value::Object(properties)) = map.get("properties") {
            for (name, schema) in properties {
                known.insert(name.as_str());
                fields.push(Field {
                    name: name.clone(),
                    ty: self.schema(root, schema, depth + 1),
                    required: wanted.contains(name.as_str()),
                });
            }
        }
        let rest = self.rest(root, map, depth);
        required.retain(|name| known.insert(name));
        for name in required {
            if !self.afford() {
                break;
            }
            // Demanded, and not described: then the rest describes it.
            let ty = match &rest {
                Rest::Of(ty) => (**ty).clone(),
                Rest::Open => Kind::Any.into(),
                Rest::Closed => Type::any("the schema demands this property and forbids it"),
            };
            fields.push(Field {
                name: name.to_owned(),
                ty,
                required: true,
            });
        }
        let mut ty = Type::from(Kind::Object(Object { fields, rest }));
        if let Some(patterns) = map.get("patternProperties") {
            let text = "which names further properties may have is not part of this type";
            let digest = match patterns {
                // What belongs to the only name is in the type; of several it is not told which belongs to which.
                Value::Object(patterns) if patterns.len() == 1 => {
                    root.digest_of(&patterns.keys().cloned().collect())
                }
                _ => root.digest(map, &["patternProperties"]),
            };
            ty = ty.note(Note::narrowing(text, digest));
        }
        ty
    }

    fn rest(&mut self, root: &mut Root<'_>, map: &Map<String, Value>, depth: usize) -> Rest {
        let others = map
            .get("additionalProperties")
            .or(map.get("unevaluatedProperties"));
        let mut rest = match others {
            None | Some(Value::Bool(true)) => return Rest::Open,
            Some(Value::Bool(false)) => Vec::new(),
            Some(schema) => vec![self.schema(root, schema, depth + 1)],
        };
        if let Some(Value::Object(patterns)) = map.get("patternProperties") {
            if patterns.len() > MOST_ALTERNATIVES {
                return Rest::Open;
            }
            for schema in patterns.values() {
                rest.push(self.schema(root, schema, depth + 1));
            }
        }
        if rest.is_empty() {
            return Rest::Closed;
        }
        let ty = Type::union(rest);
        match ty.kind {
            Kind::Any => Rest::Open,
            Kind::Never => Rest::Closed,
            _ => Rest::Of(Box::new(ty)),
        }
    }
}

/// Returns what stands under `type`; empty if that is not a type.
fn types_of(map: &Map<String, Value>) -> Option<Vec<&str>> {
    match map.get("type")? {
        Value::String(name) => Some(vec![name]),
        Value::Array(names) => Some(names.iter().take(7).filter_map(Value::as_str).collect()),
        _ => Some(Vec::new()),
    }
}

/// Returns the type of what is one of these values, and of one of these types.
fn literals(values: &[Value], types: Option<&[&str]>) -> Type {
    let fits = |value: &Value| {
        types.is_none_or(|types| {
            types.is_empty() || types.iter().any(|name| is_of_type(value, name))
        })
    };
    let mut seen = HashSet::new();
    let mut null = false;
    let mut literals = Vec::new();
    for value in values.iter().filter(|value| fits(value)) {
        if value.is_null() {
            null = true;
        } else if seen.insert(value.to_string()) {
            literals.push(Literal {
                value: value.clone(),
                doc: None,
            });
        }
    }
    let mut members = Vec::new();
    if !literals.is_empty() {
        members.push(Kind::Literals(literals).into());
    }
    if null {
        members.push(Kind::Null.into());
    }
    Type::union(members)
}

pub(crate) fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => number::is_integer(value),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}

fn text(map: &Map<String, Value>) -> Text {
    let string = |name: &str| map.get(name).and_then(Value::as_str).map(str::to_owned);
    Text {
        min: number::size(map.get("minLength")),
        max: number::size(map.get("maxLength")),
        pattern: string("pattern"),
        format: string("format"),
    }
}
