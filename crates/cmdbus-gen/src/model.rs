//! Types as JSON Schema means them and every language can say them, more or less.

use std::collections::HashSet;

use serde_json::{Number, Value};

use crate::lower::Digest;

/// All that is generated: the commands, and the types they speak of.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Api {
    /// In the order of their ids.
    pub(crate) operations: Vec<Operation>,
    /// In the order in which they are met.
    pub(crate) types: Vec<Named>,
}

/// What is said of a type that cannot be told in full.
pub(crate) const TOO_LARGE: &str = "the schema is too large to be told in full";
/// Most alternatives of one union; the values of an enumeration are one.
pub(crate) const MOST_ALTERNATIVES: usize = 1000;

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
    /// What the schema says and the type does not.
    pub(crate) notes: Vec<Note>,
}

/// Something that a schema says and its type does not.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Note {
    /// In our words, but for parts that are quoted.
    pub(crate) text: String,
    /// What exactly the schema says there.
    pub(crate) raw: Option<Raw>,
}

/// A part of a schema that no type shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Raw {
    pub(crate) digest: Digest,
    /// Whether it leaves fewer values, rather than to give them another meaning.
    pub(crate) narrows: bool,
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

impl From<&str> for Note {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<String> for Note {
    fn from(text: String) -> Self {
        Self { text, raw: None }
    }
}

impl Note {
    /// Returns a note on what leaves fewer values than the type says.
    pub(crate) fn narrowing(text: impl Into<String>, digest: Digest) -> Self {
        let raw = Some(Raw {
            digest,
            narrows: true,
        });
        Self {
            text: text.into(),
            raw,
        }
    }
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
    pub(crate) fn any(note: impl Into<Note>) -> Self {
        Self::from(Kind::Any).note(note)
    }

    #[must_use]
    pub(crate) fn note(mut self, note: impl Into<Note>) -> Self {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
        self
    }

    /// Says again what another type says of itself, beside what this one says.
    #[must_use]
    pub(crate) fn with_notes_of(mut self, notes: Vec<Note>, doc: Option<String>) -> Self {
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
        let mut flat = Alternatives::default();
        let mut notes = Vec::new();
        for member in members {
            match member.kind {
                Kind::Union(inner) => {
                    notes.extend(member.notes);
                    for member in inner {
                        flat.push(member);
                    }
                }
                Kind::Never => {}
                Kind::Any => {
                    // Whatever else there is, anything goes.
                    let any = Type::any("one of the alternatives is anything");
                    return any.with_notes_of(member.notes, None);
                }
                _ => flat.push(member),
            }
            // Each may be a union itself, so that there can be far more than members.
            if flat.types.len() > MOST_ALTERNATIVES {
                return Type::any(TOO_LARGE);
            }
        }
        let mut flat = flat.types;
        let union = match flat.len() {
            0 => Type::from(Kind::Never),
            1 => flat.remove(0),
            _ => Type::from(Kind::Union(flat)),
        };
        union.with_notes_of(notes, None)
    }
}

/// The members of a union, as far as they are known.
#[derive(Default)]
struct Alternatives {
    types: Vec<Type>,
    /// Which of them holds all values that are meant literally, and those as text.
    literals: Option<usize>,
    values: HashSet<String>,
}

impl Alternatives {
    fn push(&mut self, mut member: Type) {
        let Kind::Literals(values) = &mut member.kind else {
            if !self.types.contains(&member) {
                self.types.push(member);
            }
            return;
        };
        // What a single value is for belongs to the value.
        if let [literal] = &mut values[..] {
            literal.doc = literal.doc.take().or(member.doc.take());
        }
        values.retain(|literal| self.values.insert(literal.value.to_string()));
        let found = self.literals.and_then(|at| self.types.get_mut(at));
        match found.map(|found| &mut found.kind) {
            Some(Kind::Literals(known)) => known.append(values),
            _ => {
                self.literals = Some(self.types.len());
                self.types.push(member);
            }
        }
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
