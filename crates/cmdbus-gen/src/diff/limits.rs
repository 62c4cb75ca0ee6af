//! Values, bounds, lengths and patterns, one in the place of the other.

use std::cmp::Ordering;
use std::collections::HashSet;

use serde_json::Number;

use super::ChangeKind;
use super::compare::Compare;
use crate::lower::{Digest, order};
use crate::model::{Literal, Range, Text};
use crate::text::shown;

impl Compare<'_> {
    pub(super) fn literals(&mut self, path: &str, request: bool, old: &[Literal], new: &[Literal]) {
        let digests = |values: &[Literal]| -> HashSet<Digest> {
            values.iter().map(|one| Digest::of(&one.value)).collect()
        };
        let (olds, news) = (digests(old), digests(new));
        let has = |all: &HashSet<Digest>, one: &Literal| all.contains(&Digest::of(&one.value));
        for value in old.iter().filter(|value| !has(&news, value)) {
            let reason = match request {
                true => format!("{} is not taken any more", text_of(value)),
                false => format!("{} does not occur any more", text_of(value)),
            };
            self.report(request, ChangeKind::ValueRemoved, path, reason);
        }
        for value in new.iter().filter(|value| !has(&olds, value)) {
            let reason = match request {
                true => format!("{} is taken too", text_of(value)),
                false => format!("{} may occur, which callers do not know", text_of(value)),
            };
            self.report(!request, ChangeKind::ValueAdded, path, reason);
        }
    }

    pub(super) fn texts(&mut self, path: &str, request: bool, old: &Text, new: &Text) {
        self.limit(
            path,
            request,
            "the least number of characters",
            old.min,
            new.min,
            |old, new| new > old,
        );
        self.limit(
            path,
            request,
            "the greatest number of characters",
            old.max,
            new.max,
            |old, new| new < old,
        );
        // Whether one pattern takes all that another does is more than can be told.
        for (what, old, new) in [
            ("pattern", &old.pattern, &new.pattern),
            ("format", &old.format, &new.format),
        ] {
            if old == new {
                continue;
            }
            let (breaking, how) = match (old, new) {
                (None, _) => (request, "new"),
                (_, None) => (!request, "gone"),
                _ => (true, "another one"),
            };
            self.report(
                breaking,
                ChangeKind::Limit,
                path,
                format!("its {what} is {how}"),
            );
        }
    }

    pub(super) fn numbers(&mut self, path: &str, request: bool, old: &Range, new: &Range) {
        match (old.integer, new.integer) {
            (false, true) => self.report(
                request,
                ChangeKind::Type,
                path,
                "was a number, is an integer",
            ),
            (true, false) => self.report(
                !request,
                ChangeKind::Type,
                path,
                "was an integer, is a number",
            ),
            _ => {}
        }
        let (old_low, new_low) = (low(old), low(new));
        let (old_high, new_high) = (high(old), high(new));
        let beyond = |old: Bound<'_>, new: Bound<'_>, direction| match order(new.at, old.at) {
            Ordering::Equal => new.exclusive && !old.exclusive,
            other => other == direction,
        };
        let higher = |old, new| beyond(old, new, Ordering::Greater);
        let lower = |old, new| beyond(old, new, Ordering::Less);
        self.limit(path, request, "the lower bound", old_low, new_low, higher);
        self.limit(path, request, "the upper bound", old_high, new_high, lower);
        let breaking = match (&old.multiple, &new.multiple) {
            (None, None) => return,
            (Some(old), Some(new)) if order(old, new).is_eq() => return,
            (None, _) => request,
            (_, None) => !request,
            _ => true,
        };
        self.report(
            breaking,
            ChangeKind::Limit,
            path,
            "what it is a multiple of is not the same",
        );
    }

    /// Compares a limit; `narrower` says whether the second leaves less than the first.
    pub(super) fn limit<T: PartialEq + Copy>(
        &mut self,
        path: &str,
        request: bool,
        what: &str,
        old: Option<T>,
        new: Option<T>,
        narrower: impl Fn(T, T) -> bool,
    ) {
        let narrowed = match (old, new) {
            (None, None) => return,
            (Some(old), Some(new)) if old == new => return,
            (None, Some(_)) => true,
            (Some(_), None) => false,
            (Some(old), Some(new)) => narrower(old, new),
        };
        let how = if narrowed { "narrower" } else { "wider" };
        self.report(
            narrowed == request,
            ChangeKind::Limit,
            path,
            format!("{what} is {how}"),
        );
    }
}

/// A bound of numbers. Two are equal if the numbers are, however they are written.
#[derive(Debug, Clone, Copy)]
struct Bound<'a> {
    at: &'a Number,
    exclusive: bool,
}

impl PartialEq for Bound<'_> {
    fn eq(&self, other: &Self) -> bool {
        order(self.at, other.at).is_eq() && self.exclusive == other.exclusive
    }
}

impl<'a> Bound<'a> {
    fn inclusive(at: &'a Number) -> Self {
        Self {
            at,
            exclusive: false,
        }
    }

    fn exclusive(at: &'a Number) -> Self {
        Self {
            at,
            exclusive: true,
        }
    }
}

/// Returns the lower bound that counts.
fn low(range: &Range) -> Option<Bound<'_>> {
    match (&range.min, &range.above) {
        (Some(min), Some(above)) if order(min, above).is_gt() => Some(Bound::inclusive(min)),
        (_, Some(above)) => Some(Bound::exclusive(above)),
        (min, None) => min.as_ref().map(Bound::inclusive),
    }
}

/// Returns the upper bound that counts.
fn high(range: &Range) -> Option<Bound<'_>> {
    match (&range.max, &range.below) {
        (Some(max), Some(below)) if order(max, below).is_lt() => Some(Bound::inclusive(max)),
        (_, Some(below)) => Some(Bound::exclusive(below)),
        (max, None) => max.as_ref().map(Bound::inclusive),
    }
}

pub(super) fn text_of(literal: &Literal) -> String {
    format!("`{}`", shown(&literal.value.to_string()))
}
