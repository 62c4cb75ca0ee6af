//! Types as JSON Schema means them and every language can say them, more or less.

use serde_json::{Number, Value};

/// All that is generated: the commands, and the types they speak of.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Api {
    /// In the order of their ids.
    pub(crate) operations: Vec<Operation>,
    /// In the order in which they are met.
    pub(crate) types: Vec<Named>,
}

/// Index into [`Api::types`].
pub(crate) type TypeId = usize;

/// A command.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) description: Option<String>,
    pub(crate) request: Slot,
    /// What it returns, or what ends its stream.
    pub(crate) response: Slot,
    /// What one item of its stream is, if it streams.
    pub(crate) item: Option<TypeId>,
}

/// What a command takes, or returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// Nobody said.
    Unknown,
    /// Nothing.
    Void,
    Is(TypeId),
}

/// A type with a name of its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Named {
    /// What its name is made of; need not be unique, nor an identifier.
    pub(crate) hint: String,
    pub(crate) ty: Type,
}

/// A type, and what is to be said of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Type {
    pub(crate) kind: Kind,
    /// Its description, as it came.
    pub(crate) doc: Option<String>,
    /// What the schema says and the type does not. Our words, but for parts that are quoted.
    pub(crate) notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// Any JSON value.
    Any,
    /// No value at all.
    Never,
    Null,
    Bool,
    Text(Text),
    Number(Range),
    /// One of some values, none of which is `null`. Never empty.
    Literals(Vec<Literal>),
    Array(Array),
    Tuple(Tuple),
    Object(Object),
    /// One of several. At least two, none of which is a union, `Any` or `Never`.
    Union(Vec<Type>),
    /// All of several that could not be made one. At least two.
    All(Vec<Type>),
    Ref(TypeId),
}

/// A string.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Text {
    pub(crate) min: Option<u64>,
    pub(crate) max: Option<u64>,
    pub(crate) pattern: Option<String>,
    pub(crate) format: Option<String>,
}

/// A number.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Range {
    pub(crate) integer: bool,
    pub(crate) min: Option<Number>,
    pub(crate) max: Option<Number>,
    /// Exclusive.
    pub(crate) above: Option<Number>,
    /// Exclusive.
    pub(crate) below: Option<Number>,
    pub(crate) multiple: Option<Number>,
}

/// A value that is meant literally.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Literal {
    pub(crate) value: Value,
    pub(crate) doc: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Array {
    pub(crate) items: Box<Type>,
    pub(crate) min: Option<u64>,
    pub(crate) max: Option<u64>,
    pub(crate) unique: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tuple {
    pub(crate) items: Vec<Type>,
    /// How many of them must be there.
    pub(crate) required: usize,
    /// What may follow them.
    pub(crate) rest: Option<Box<Type>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Object {
    pub(crate) fields: Vec<Field>,
    pub(crate) rest: Rest,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) required: bool,
}

/// What an object may hold beside its fields.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Rest {
    Closed,
    Open,
    Of(Box<Type>),
}

impl From<Kind> for Type {
    fn from(kind: Kind) -> Self {
        Self {
            kind,
            doc: None,
            notes: Vec::new(),
        }
    }
}

impl Type {
    /// Returns the type of anything, with the reason why it is not known better.
    pub(crate) fn any(note: impl Into<String>) -> Self {
        Self::from(Kind::Any).note(note)
    }

    #[must_use]
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
        self
    }

    /// Says again what another type says of itself, beside what this one says.
    #[must_use]
    pub(crate) fn with_notes_of(mut self, notes: Vec<String>, doc: Option<String>) -> Self {
        for note in notes {
            self = self.note(note);
        }
        self.doc = self.doc.or(doc);
        self
    }

    /// Returns the type without `null`, if it is a union with it.
    pub(crate) fn non_null(&self) -> Option<Type> {
        let Kind::Union(members) = &self.kind else {
            return None;
        };
        let rest: Vec<Type> = members
            .iter()
            .filter(|member| member.kind != Kind::Null)
            .cloned()
            .collect();
        if rest.len() == members.len() {
            return None;
        }
        Some(Self::union(rest))
    }

    /// Returns the type of what is of one of these types.
    pub(crate) fn union(mut members: Vec<Type>) -> Type {
        if members.len() == 1 {
            return members.remove(0);
        }
        let mut flat: Vec<Type> = Vec::new();
        let mut notes = Vec::new();
        for member in members {
            match member.kind {
                Kind::Union(inner) => {
                    notes.extend(member.notes);
                    for member in inner {
                        push_alternative(&mut flat, member);
                    }
                }
                Kind::Never => {}
                Kind::Any => {
                    // Whatever else there is, anything goes.
                    let any = Type::any("one of the alternatives is anything");
                    return any.with_notes_of(member.notes, None);
                }
                _ => push_alternative(&mut flat, member),
            }
        }
        let union = match flat.len() {
            0 => Type::from(Kind::Never),
            1 => flat.remove(0),
            _ => Type::from(Kind::Union(flat)),
        };
        union.with_notes_of(notes, None)
    }
}

fn push_alternative(flat: &mut Vec<Type>, mut member: Type) {
    if let Kind::Literals(more) = &mut member.kind {
        let found = flat.iter_mut().find_map(|other| match &mut other.kind {
            Kind::Literals(values) => Some(values),
            _ => None,
        });
        // What a single value is for belongs to the value.
        if let [literal] = &mut more[..] {
            literal.doc = literal.doc.take().or(member.doc.take());
        }
        if let Some(values) = found {
            for literal in std::mem::take(more) {
                if !values.iter().any(|known| known.value == literal.value) {
                    values.push(literal);
                }
            }
            return;
        }
    }
    if !flat.contains(&member) {
        flat.push(member);
    }
}

impl Kind {
    /// Returns the types that this one is made of.
    pub(crate) fn parts(&self) -> Vec<&Type> {
        match self {
            Kind::Array(array) => vec![&*array.items],
            Kind::Tuple(tuple) => tuple.items.iter().chain(tuple.rest.as_deref()).collect(),
            Kind::Object(object) => {
                let rest = match &object.rest {
                    Rest::Of(ty) => Some(&**ty),
                    _ => None,
                };
                object
                    .fields
                    .iter()
                    .map(|field| &field.ty)
                    .chain(rest)
                    .collect()
            }
            Kind::Union(members) | Kind::All(members) => members.iter().collect(),
            _ => Vec::new(),
        }
    }
}
