//! What is of two types at once.

use std::collections::HashSet;

use serde_json::Value;

use super::digest::Digest;
use super::refs::Root;
use super::{Lowering, State, is_of_type, number};
use crate::model::{
    Array, Field, Kind, Literal, MOST_ALTERNATIVES, Note, Object, Rest, TOO_LARGE, Text, Tuple,
    Type, TypeId,
};

/// Deepest nesting of types that meet. Beyond, they stand side by side.
const DEEPEST: usize = 64;

impl Lowering {
    /// Returns the type of what is of both types. What is said of the first one wins.
    pub(super) fn meet(&mut self, root: &mut Root<'_>, a: Type, b: Type, depth: usize) -> Type {
        match (&a.kind, &b.kind) {
            (_, Kind::Any) => return a.with_notes_of(b.notes, b.doc),
            (Kind::Any, _) => {
                let (notes, doc) = (a.notes, a.doc);
                let mut b = b.with_notes_of(notes, None);
                b.doc = doc.or(b.doc);
                return b;
            }
            _ if a.kind == b.kind => return a.with_notes_of(b.notes, b.doc),
            _ => {}
        }
        if depth > DEEPEST || !self.afford() {
            return Type::any(TOO_LARGE);
        }
        let Type {
            kind: left,
            doc,
            notes,
        } = a;
        let Type {
            kind: right,
            doc: other_doc,
            notes: other_notes,
        } = b;
        self.meet_kinds(root, left, right, depth)
            .with_notes_of(notes, doc)
            .with_notes_of(other_notes, other_doc)
    }

    fn meet_kinds(&mut self, root: &mut Root<'_>, a: Kind, b: Kind, depth: usize) -> Type {
        match (a, b) {
            (Kind::Never, _) | (_, Kind::Never) => Kind::Never.into(),
            (Kind::Ref(id), other) => self.meet_ref(root, id, other, depth),
            (other, Kind::Ref(id)) => self.meet_ref(root, id, other, depth),
            (Kind::Union(members), other) => self.meet_union(root, members, other, true, depth),
            (other, Kind::Union(members)) => self.meet_union(root, members, other, false, depth),
            (Kind::All(mut members), other) | (other, Kind::All(mut members)) => {
                members.push(other.into());
                Kind::All(members).into()
            }
            (Kind::Literals(values), other) | (other, Kind::Literals(values)) => {
                meet_literals(values, &other)
            }
            (Kind::Text(a), Kind::Text(b)) => meet_texts(a, b),
            (Kind::Number(a), Kind::Number(b)) => Kind::Number(number::meet(a, b)).into(),
            (Kind::Object(a), Kind::Object(b)) => self.meet_objects(root, a, b, depth),
            (Kind::Array(a), Kind::Array(b)) => Kind::Array(Array {
                items: Box::new(self.meet(root, *a.items, *b.items, depth + 1)),
                min: larger(a.min, b.min),
                max: smaller(a.max, b.max),
                unique: a.unique || b.unique,
            })
            .into(),
            (Kind::Tuple(tuple), Kind::Array(array)) | (Kind::Array(array), Kind::Tuple(tuple)) => {
                self.meet_tuple(root, tuple, &array, depth)
            }
            (Kind::Tuple(a), Kind::Tuple(b)) => {
                Kind::All(vec![Kind::Tuple(a).into(), Kind::Tuple(b).into()]).into()
            }
            // Of two different types is nothing.
            _ => Kind::Never.into(),
        }
    }

    /// A definition and something else: the definition is copied, so that both can be one, unless it is not known yet.
    fn meet_ref(&mut self, root: &mut Root<'_>, id: TypeId, other: Kind, depth: usize) -> Type {
        if self.types[id].state == State::Waiting {
            let found = root.targets.iter().find(|(_, target)| **target == id);
            if let Some(pointer) = found.map(|(pointer, _)| pointer.clone()) {
                self.definition(root, &pointer, id, depth + 1);
            }
        }
        let planned = &self.types[id];
        if planned.state != State::Done {
            let both = vec![Kind::Ref(id).into(), other.into()];
            return Kind::All(both).into();
        }
        let Type { kind, notes, .. } = planned.named.ty.clone();
        self.spent_on_slot += size(&kind, 0);
        let target = Type {
            kind,
            doc: None,
            notes,
        };
        self.meet(root, target, other.into(), depth + 1)
    }

    fn meet_union(
        &mut self,
        root: &mut Root<'_>,
        members: Vec<Type>,
        other: Kind,
        union_first: bool,
        depth: usize,
    ) -> Type {
        if members.len() > MOST_ALTERNATIVES {
            return Type::any(TOO_LARGE);
        }
        let mut met = Vec::with_capacity(members.len());
        for member in members {
            self.spent_on_slot += size(&other, 0);
            if !self.afford() {
                return Type::any(TOO_LARGE);
            }
            let other = other.clone().into();
            // What was said first stays first: people order properties on purpose.
            let (a, b) = if union_first {
                (member, other)
            } else {
                (other, member)
            };
            met.push(self.meet(root, a, b, depth + 1));
        }
        Type::union(met)
    }

    fn meet_objects(&mut self, root: &mut Root<'_>, a: Object, b: Object, depth: usize) -> Type {
        let mut others: Vec<Field> = b.fields;
        let mut fields: Vec<Field> = Vec::new();
        for field in a.fields {
            let same = others.iter().position(|other| other.name == field.name);
            let Some(same) = same else {
                fields.push(field);
                continue;
            };
            let other = others.remove(same);
            fields.push(Field {
                name: field.name,
                ty: self.meet(root, field.ty, other.ty, depth + 1),
                required: field.required || other.required,
            });
        }
        fields.extend(others);
        // A closed branch forbids what the others add, to the letter; whoever writes that means all of them together.
        let rest = match (a.rest, b.rest) {
            (Rest::Closed, _) | (_, Rest::Closed) => Rest::Closed,
            (Rest::Open, rest) | (rest, Rest::Open) => rest,
            (Rest::Of(a), Rest::Of(b)) => Rest::Of(Box::new(self.meet(root, *a, *b, depth + 1))),
        };
        Kind::Object(Object { fields, rest }).into()
    }

    fn meet_tuple(
        &mut self,
        root: &mut Root<'_>,
        tuple: Tuple,
        array: &Array,
        depth: usize,
    ) -> Type {
        let mut items = Vec::with_capacity(tuple.items.len());
        for item in tuple.items {
            items.push(self.meet(root, item, (*array.items).clone(), depth + 1));
        }
        let rest = tuple
            .rest
            .map(|rest| Box::new(self.meet(root, *rest, (*array.items).clone(), depth + 1)));
        let required = usize::try_from(array.min.unwrap_or(0))
            .unwrap_or(usize::MAX)
            .max(tuple.required)
            .min(items.len());
        let closed = array.max.is_some_and(|max| max <= items.len() as u64);
        let rest = if closed { None } else { rest };
        Kind::Tuple(Tuple {
            items,
            required,
            rest,
        })
        .into()
    }
}

fn meet_literals(values: Vec<Literal>, other: &Kind) -> Type {
    let others: HashSet<Digest> = match other {
        Kind::Literals(others) => others.iter().map(|one| Digest::of(&one.value)).collect(),
        _ => HashSet::new(),
    };
    let fits = |value: &Value| match other {
        Kind::Literals(_) => others.contains(&Digest::of(value)),
        Kind::Null => value.is_null(),
        Kind::Bool => value.is_boolean(),
        Kind::Text(_) => value.is_string(),
        Kind::Number(range) => is_of_type(value, if range.integer { "integer" } else { "number" }),
        Kind::Array(_) | Kind::Tuple(_) => value.is_array(),
        Kind::Object(_) => value.is_object(),
        _ => true,
    };
    let values: Vec<Literal> = values
        .into_iter()
        .filter(|literal| fits(&literal.value))
        .collect();
    if values.is_empty() {
        return Kind::Never.into();
    }
    Kind::Literals(values).into()
}

fn meet_texts(a: Text, b: Text) -> Type {
    let mut notes = Vec::new();
    let mut one = |name: &str, a: Option<String>, b: Option<String>| match (a, b) {
        (Some(a), Some(b)) if a != b => {
            let text = format!("the schema has more than one `{name}`");
            notes.push(Note::narrowing(text, Digest::of_text(&b)));
            Some(a)
        }
        (a, b) => a.or(b),
    };
    let text = Text {
        pattern: one("pattern", a.pattern, b.pattern),
        format: one("format", a.format, b.format),
        min: larger(a.min, b.min),
        max: smaller(a.max, b.max),
    };
    Type::from(Kind::Text(text)).with_notes_of(notes, None)
}

fn larger(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    a.max(b)
}

fn smaller(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Returns how many types a copy of this one makes.
fn size(kind: &Kind, depth: usize) -> usize {
    if depth > DEEPEST {
        return 1;
    }
    let parts = kind.parts();
    1 + parts
        .iter()
        .map(|part| size(&part.kind, depth + 1))
        .sum::<usize>()
}
