//! Two types, one in the place of the other.

use std::collections::HashSet;

use super::limits::text_of;
use super::{Change, ChangeKind};
use crate::model::{Kind, Literal, Named, Range, Slot, Text, Type, TypeId};
use crate::text::shown;

/// Most differences that are told of one command.
const MOST_CHANGES: usize = 200;
/// Deepest path that is looked at.
const DEEPEST: usize = 64;
/// Most pairs of types that are compared for one command.
const MOST_PAIRS: usize = 200_000;

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
    /// Pairs of named types that are compared already, or being compared: types can hold themselves.
    seen: HashSet<(Direction, TypeId, TypeId)>,
    /// The same in the order in which they came.
    journal: Vec<(Direction, TypeId, TypeId)>,
    pairs: usize,
    pub(super) changes: Vec<Change>,
}

impl<'a> Compare<'a> {
    pub(super) fn new(id: &'a str, old: &'a [Named], new: &'a [Named]) -> Self {
        Self {
            id,
            old,
            new,
            seen: HashSet::new(),
            journal: Vec::new(),
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

    /// Returns whether a request of this type may be absent: nothing is read as an empty object (protocol §4.11).
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
        let (old, old_id) = resolved(self.old, old);
        let (new, new_id) = resolved(self.new, new);
        if let (Some(old_id), Some(new_id)) = (old_id, new_id) {
            let pair = (direction, old_id, new_id);
            if !self.seen.insert(pair) {
                return;
            }
            self.journal.push(pair);
        }
        self.pairs += 1;
        if depth > DEEPEST || self.pairs > MOST_PAIRS {
            if old != new {
                let reason = "it is too large to be compared in full, and not the same as before";
                self.report(true, ChangeKind::Type, path, reason);
            }
            return;
        }
        self.kinds(path, direction, old, new, depth);
        if old.notes != new.notes {
            let untold = |ty: &Type| {
                ty.notes
                    .iter()
                    .map(|note| shown(note))
                    .collect::<Vec<_>>()
                    .join("; ")
            };
            let reason = format!(
                "what its schema says beyond a type is not the same (was: {}; is: {})",
                or_nothing(&untold(old)),
                or_nothing(&untold(new))
            );
            self.report(false, ChangeKind::Limit, path, reason);
        }
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
            self.name(self.old, old),
            self.name(self.new, new)
        );
        self.report(breaking, ChangeKind::Type, path, reason);
    }

    /// Returns what a type is called in a reason.
    fn name(&self, types: &[Named], ty: &Type) -> String {
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
            Kind::Union(members) => {
                let names: Vec<String> = members
                    .iter()
                    .take(8)
                    .map(|member| self.name(types, member))
                    .collect();
                names.join(" or ")
            }
            Kind::All(_) | Kind::Ref(_) => "a combined type".to_owned(),
        }
    }

    /// Returns whether a type can take the place of another without a break, and leaves no trace of having asked.
    fn fits(&mut self, direction: Direction, old: &'a Type, new: &'a Type, depth: usize) -> bool {
        let changes = std::mem::take(&mut self.changes);
        let mark = self.journal.len();
        self.types("", direction, old, new, depth + 1);
        let asked = std::mem::replace(&mut self.changes, changes);
        for pair in self.journal.drain(mark..) {
            self.seen.remove(&pair);
        }
        !asked.iter().any(|change| change.breaking)
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
                let reason = format!("{} is no alternative any more", self.name(self.old, one));
                self.report(request, ChangeKind::Type, path, reason);
            }
        }
        for &one in &news {
            if !olds
                .iter()
                .any(|other| self.fits(direction, other, one, depth))
            {
                let reason = format!("{} is a new alternative", self.name(self.new, one));
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
            *range == plain
                && value.is_number()
                && (!range.integer || value.is_i64() || value.is_u64())
        }
        _ => false,
    }
}

fn or_nothing(text: &str) -> &str {
    if text.is_empty() { "nothing" } else { text }
}
