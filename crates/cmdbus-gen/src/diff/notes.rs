//! What two schemas say beyond their types.

use super::ChangeKind;
use super::compare::{Compare, Direction, UNSEEN};
use crate::model::{Kind, Named, Note, TOO_LARGE, Type};
use crate::text::shown;

impl Compare<'_> {
    /// Compares what is said of two types and no type shows.
    pub(super) fn notes(&mut self, path: &str, direction: Direction, old: &[&Note], new: &[&Note]) {
        // The schemas differ, or nobody would compare them; whether in what was cut off cannot be seen.
        if old.iter().chain(new).any(|note| note.text == TOO_LARGE) {
            return self.report(true, ChangeKind::Type, path, UNSEEN);
        }
        let gone: Vec<&Note> = missing(old, new);
        let came: Vec<&Note> = missing(new, old);
        if gone.is_empty() && came.is_empty() {
            return;
        }
        // Of what narrows, only more of it breaks requests, and only less of it responses. Of all else nobody knows.
        let narrows = |note: &&Note| note.raw.is_some_and(|raw| raw.narrows);
        let breaking = match direction {
            Direction::Request => !came.is_empty() || !gone.iter().all(narrows),
            Direction::Response => !gone.is_empty() || !came.iter().all(narrows),
        };
        let untold = |notes: &[&Note]| {
            let texts: Vec<String> = notes.iter().map(|note| shown(&note.text)).collect();
            texts.join("; ")
        };
        let (was, is) = (untold(&gone), untold(&came));
        let reason = if was == is {
            format!("what its schema says beyond a type is not the same: {is}")
        } else {
            format!(
                "what its schema says beyond a type is not the same (was: {}; is: {})",
                or_nothing(&was),
                or_nothing(&is)
            )
        };
        self.report(breaking, ChangeKind::Limit, path, reason);
    }
}

/// Returns what is said of the references that lead to a type, but not what is said of the type itself.
pub(super) fn notes_before<'t>(types: &'t [Named], ty: &'t Type) -> Vec<&'t Note> {
    let (mut ty, mut notes) = (ty, Vec::new());
    for _ in 0..=types.len() {
        let Kind::Ref(target) = &ty.kind else {
            break;
        };
        notes.extend(&ty.notes);
        ty = &types[*target].ty;
    }
    notes
}

/// Returns the notes of some that are not among others.
fn missing<'t>(notes: &[&'t Note], others: &[&Note]) -> Vec<&'t Note> {
    let mut missing = notes.to_vec();
    missing.retain(|note| !others.contains(note));
    missing
}

fn or_nothing(text: &str) -> &str {
    if text.is_empty() { "nothing" } else { text }
}
