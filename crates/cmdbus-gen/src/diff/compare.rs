//! Two types, one in the place of the other.

use super::limits::text_of;
use super::notes::notes_before;
use super::pairs::{Known, Pair, Pairs};
use super::{Change, ChangeKind};
use crate::lower::is_of_type;
use crate::model::{Kind, Literal, Named, Range, Slot, Text, Type, TypeId};

/// Most differences that are told of one command.
const MOST_CHANGES: usize = 200;
/// Deepest path that is looked at.
const DEEPEST: usize = 64;
/// Deepest union within a union that a reason tells.
const DEEPEST_NAME: usize = 2;
/// Most pairs of types that are compared for one command.
const MOST_PAIRS: usize = 200_000;

pub(super) const UNSEEN: &str =
    "it is too large to be compared in full, and not the same as before";

/// Who writes a value, and who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Direction {
    /// Callers write it as before; the provider reads it as it is now.
    Request,
    /// The provider writes it as it is now; callers read it as before.
    Response,
}

/// The comparison of one command before and after.
pub(super) struct Compare<'a> {
    id: &'a str,
    old: &'a [Named],
    new: &'a [Named],
    known: Pairs,
    pairs: usize,
    pub(super) changes: Vec<Change>,
}

impl<'a> Compare<'a> {
    pub(super) fn new(id: &'a str, old: &'a [Named], new: &'a [Named]) -> Self {
        Self {
            id,
            old,
            new,
            known: Pairs::default(),
            pairs: 0,
            changes: Vec::new(),
        }
    }

    pub(super) fn report(
        &mut self,
        breaking: bool,
        kind: ChangeKind,
        path: &str,
        reason: impl Into<String>,
    ) {
        if self.changes.len() >= MOST_CHANGES {
            // A break among what is not told must not be lost.
            if breaking && let Some(last) = self.changes.last_mut() {
                last.breaking = true;
            }
            return;
        }
        self.changes.push(Change {
            id: self.id.to_owned(),
            breaking,
            kind,
            path: path.to_owned(),
            reason: reason.into(),
        });
    }

    /// Compares what a command takes, or what it returns.
    pub(super) fn slot(&mut self, path: &str, direction: Direction, old: Slot, new: Slot) {
        let request = direction == Direction::Request;
        let (breaking, reason) = match (old, new) {
            (Slot::Is(old), Slot::Is(new)) => {
                let (old, new) = (&self.old[old].ty, &self.new[new].ty);
                return self.types(path, direction, old, new, 0);
            }
            (Slot::Void, Slot::Void) | (Slot::Unknown, Slot::Unknown) => return,
            (Slot::Unknown, _) => (false, "its shape is known now"),
            (_, Slot::Unknown) if request => (false, "its shape is not known any more"),
            (_, Slot::Unknown) => (true, "its shape is not known any more: it may be anything"),
            (Slot::Void, Slot::Is(id)) if request => {
                if self.takes_nothing(&self.new[id].ty) {
                    (false, "it takes a request now, which may be left out")
                } else {
                    (true, "it takes a request now: callers send none")
                }
            }
            (Slot::Void, Slot::Is(_)) => (
                false,
                "it returns something now, at which callers do not look",
            ),
            (Slot::Is(_), Slot::Void) if request => (
                true,
                "it takes nothing any more: what callers send is refused or lost",
            ),
            (Slot::Is(_), Slot::Void) => {
                (true, "it returns nothing any more: callers read a result")
            }
        };
        self.report(breaking, ChangeKind::Type, path, reason);
    }

    /// Returns whether a request of this type may be absent: nothing is read as an empty object.
    fn takes_nothing(&self, ty: &Type) -> bool {
        let (ty, _) = resolved(self.new, ty);
        match &ty.kind {
            Kind::Any | Kind::Null => true,
            Kind::Object(object) => object.fields.iter().all(|field| !field.required),
            Kind::Union(members) => {
                members
                    .iter()
                    .any(|member| match &resolved(self.new, member).0.kind {
                        Kind::Object(object) => object.fields.iter().all(|field| !field.required),
                        kind => *kind == Kind::Null,
                    })
            }
            _ => false,
        }
    }

    /// Compares two types at one place.
    pub(super) fn types(
        &mut self,
        path: &str,
        direction: Direction,
        old: &'a Type,
        new: &'a Type,
        depth: usize,
    ) {
        let (mut old_notes, mut new_notes) =
            (notes_before(self.old, old), notes_before(self.new, new));
        let (old, old_id) = resolved(self.old, old);
        let (new, new_id) = resolved(self.new, new);
        if let (Some(old_id), Some(new_id)) = (old_id, new_id) {
            let pair = (direction, old_id, new_id);
            match self.known.enter(pair) {
                Known::Nothing => {}
                // What the types say is told already; what is said where they are referred to is not.
                Known::Told => return self.notes(path, direction, &old_notes, &new_notes),
                Known::Broken => return self.retyped(path, true, old, new),
            }
        }
        old_notes.extend(&old.notes);
        new_notes.extend(&new.notes);
        self.pairs += 1;
        if depth > DEEPEST || self.pairs > MOST_PAIRS {
            return self.report(true, ChangeKind::Type, path, UNSEEN);
        }
        self.kinds(path, direction, old, new, depth);
        self.notes(path, direction, &old_notes, &new_notes);
    }

    fn kinds(
        &mut self,
        path: &str,
        direction: Direction,
        old: &'a Type,
        new: &'a Type,
        depth: usize,
    ) {
        let request = direction == Direction::Request;
        match (&old.kind, &new.kind) {
            (Kind::Any, Kind::Any)
            | (Kind::Never, Kind::Never)
            | (Kind::Null, Kind::Null)
            | (Kind::Bool, Kind::Bool) => {}
            (Kind::Any, _) => self.retyped(path, request, old, new),
            (_, Kind::Any) => self.retyped(path, !request, old, new),
            (Kind::Union(_), _) | (_, Kind::Union(_)) => {
                self.unions(path, direction, old, new, depth)
            }
            (Kind::Literals(old), Kind::Literals(new)) => self.literals(path, request, old, new),
            (Kind::Literals(values), other) => {
                let fits = values.iter().all(|literal| has_type(literal, other));
                self.retyped(path, !(request && fits), old, new);
            }
            (other, Kind::Literals(values)) => {
                let fits = values.iter().all(|literal| has_type(literal, other));
                self.retyped(path, request || !fits, old, new);
            }
            (Kind::Text(old), Kind::Text(new)) => self.texts(path, request, old, new),
            (Kind::Number(old), Kind::Number(new)) => self.numbers(path, request, old, new),
            (Kind::Array(old), Kind::Array(new)) => self.arrays(path, direction, old, new, depth),
            (Kind::Tuple(old), Kind::Tuple(new)) => self.tuples(path, direction, old, new, depth),
            (Kind::Object(old), Kind::Object(new)) => {
                self.objects(path, direction, old, new, depth)
            }
            (Kind::All(olds), Kind::All(news)) if olds.len() == news.len() => {
                for (old, new) in olds.iter().zip(news) {
                    self.types(path, direction, old, new, depth + 1);
                }
            }
            (old_kind, new_kind) => {
                if old_kind != new_kind {
                    self.retyped(path, true, old, new);
                }
            }
        }
    }

    fn retyped(&mut self, path: &str, breaking: bool, old: &Type, new: &Type) {
        let reason = format!(
            "was {}, is {}",
            name(self.old, old, 0),
            name(self.new, new, 0)
        );
        self.report(breaking, ChangeKind::Type, path, reason);
    }

    /// Returns whether a type can take the place of another without a break, and leaves no trace of having asked.
    fn fits(&mut self, direction: Direction, old: &'a Type, new: &'a Type, depth: usize) -> bool {
        let changes = std::mem::take(&mut self.changes);
        let asked = self.pair(direction, old, new);
        let mark = self.known.ask();
        self.types("", direction, old, new, depth + 1);
        let told = std::mem::replace(&mut self.changes, changes);
        let fits = !told.iter().any(|change| change.breaking);
        self.known.answer(mark, asked, fits);
        fits
    }

    /// Returns the pair of two types that are referred to, unless the references say something of their own.
    fn pair(&self, direction: Direction, old: &Type, new: &Type) -> Option<Pair> {
        let silent = |types, ty| notes_before(types, ty).is_empty();
        let ids = resolved(self.old, old).1.zip(resolved(self.new, new).1);
        let (old_id, new_id) = ids.filter(|_| silent(self.old, old) && silent(self.new, new))?;
        Some((direction, old_id, new_id))
    }

    /// At least one of the two has alternatives: each that is written must be one that is read.
    fn unions(
        &mut self,
        path: &str,
        direction: Direction,
        old: &'a Type,
        new: &'a Type,
        depth: usize,
    ) {
        let (olds, news) = (alternatives(self.old, old), alternatives(self.new, new));
        if let ([old], [new]) = (&without_null(&olds)[..], &without_null(&news)[..]) {
            // Only whether it may be null differs: what else does is told in detail.
            let nullable = [&olds, &news].map(|all| all.iter().any(|one| one.kind == Kind::Null));
            match (nullable, direction) {
                ([true, false], Direction::Request) => {
                    self.report(true, ChangeKind::Type, path, "it may not be null any more");
                }
                ([false, true], Direction::Response) => {
                    self.report(true, ChangeKind::Type, path, "it may be null now");
                }
                ([true, false], Direction::Response) => {
                    self.report(false, ChangeKind::Type, path, "it is never null any more");
                }
                ([false, true], Direction::Request) => {
                    self.report(false, ChangeKind::Type, path, "it may be null now");
                }
                _ => {}
            }
            return self.types(path, direction, old, new, depth + 1);
        }
        let request = direction == Direction::Request;
        for &one in &olds {
            if !news
                .iter()
                .any(|other| self.fits(direction, one, other, depth))
            {
                let reason = format!("{} is no alternative any more", name(self.old, one, 0));
                self.report(request, ChangeKind::Type, path, reason);
            }
        }
        for &one in &news {
            if !olds
                .iter()
                .any(|other| self.fits(direction, other, one, depth))
            {
                let reason = format!("{} is a new alternative", name(self.new, one, 0));
                self.report(!request, ChangeKind::Type, path, reason);
            }
        }
    }
}

/// Follows a reference to what it means.
fn resolved<'t>(types: &'t [Named], ty: &'t Type) -> (&'t Type, Option<TypeId>) {
    let (mut ty, mut id) = (ty, None);
    // References that mean nothing but each other were cut when they were made.
    for _ in 0..=types.len() {
        let Kind::Ref(target) = &ty.kind else {
            break;
        };
        id = Some(*target);
        ty = &types[*target].ty;
    }
    (ty, id)
}

/// Returns what a type is called in a reason.
fn name(types: &[Named], ty: &Type, depth: usize) -> String {
    let (ty, _) = resolved(types, ty);
    match &ty.kind {
        Kind::Any => "anything".to_owned(),
        Kind::Never => "impossible".to_owned(),
        Kind::Null => "null".to_owned(),
        Kind::Bool => "a boolean".to_owned(),
        Kind::Text(_) => "a string".to_owned(),
        Kind::Number(range) if range.integer => "an integer".to_owned(),
        Kind::Number(_) => "a number".to_owned(),
        Kind::Literals(values) => {
            let values: Vec<String> = values.iter().take(8).map(text_of).collect();
            format!("one of {}", values.join(", "))
        }
        Kind::Array(_) => "an array".to_owned(),
        Kind::Tuple(_) => "a tuple".to_owned(),
        Kind::Object(_) => "an object".to_owned(),
        // Unions can hold unions without end, each several times.
        Kind::Union(members) if depth < DEEPEST_NAME => {
            let members = members.iter().take(8);
            let names: Vec<String> = members
                .map(|member| name(types, member, depth + 1))
                .collect();
            names.join(" or ")
        }
        Kind::Union(_) | Kind::All(_) | Kind::Ref(_) => "a combined type".to_owned(),
    }
}

/// Returns what a type may be.
fn alternatives<'t>(types: &'t [Named], ty: &'t Type) -> Vec<&'t Type> {
    let (ty, _) = resolved(types, ty);
    match &ty.kind {
        Kind::Union(members) => members.iter().collect(),
        _ => vec![ty],
    }
}

fn without_null<'t>(all: &[&'t Type]) -> Vec<&'t Type> {
    all.iter()
        .copied()
        .filter(|one| one.kind != Kind::Null)
        .collect()
}

fn has_type(literal: &Literal, kind: &Kind) -> bool {
    let value = &literal.value;
    match kind {
        Kind::Bool => value.is_boolean(),
        Kind::Text(text) => *text == Text::default() && value.is_string(),
        Kind::Number(range) => {
            let plain = Range {
                integer: range.integer,
                ..Range::default()
            };
            *range == plain && is_of_type(value, if range.integer { "integer" } else { "number" })
        }
        _ => false,
    }
}
