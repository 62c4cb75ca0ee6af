//! Arrays, tuples and objects, one in the place of the other.

use super::ChangeKind;
use super::compare::{Compare, Direction};
use crate::model::{Array, Object, Rest, Tuple};
use crate::text::shown;

impl<'a> Compare<'a> {
    pub(super) fn arrays(
        &mut self,
        path: &str,
        direction: Direction,
        old: &'a Array,
        new: &'a Array,
        depth: usize,
    ) {
        let request = direction == Direction::Request;
        self.limit(
            path,
            request,
            "the least number of items",
            old.min,
            new.min,
            |old, new| new > old,
        );
        self.limit(
            path,
            request,
            "the greatest number of items",
            old.max,
            new.max,
            |old, new| new < old,
        );
        match (old.unique, new.unique) {
            (false, true) => self.report(
                request,
                ChangeKind::Limit,
                path,
                "its items must differ now",
            ),
            (true, false) => self.report(
                !request,
                ChangeKind::Limit,
                path,
                "its items may be equal now",
            ),
            _ => {}
        }
        self.types(
            &format!("{path}[]"),
            direction,
            &old.items,
            &new.items,
            depth + 1,
        );
    }

    pub(super) fn tuples(
        &mut self,
        path: &str,
        direction: Direction,
        old: &'a Tuple,
        new: &'a Tuple,
        depth: usize,
    ) {
        let shared = old.items.len().min(new.items.len());
        for (index, (old, new)) in old.items.iter().zip(&new.items).enumerate() {
            self.types(&format!("{path}[{index}]"), direction, old, new, depth + 1);
        }
        let same_length = old.items.len() == new.items.len() && old.required == new.required;
        if !same_length || shared == 0 {
            let reason = "it has another number of items";
            self.report(true, ChangeKind::Type, path, reason);
            return;
        }
        let request = direction == Direction::Request;
        match (&old.rest, &new.rest) {
            (Some(old), Some(new)) => {
                self.types(&format!("{path}[]"), direction, old, new, depth + 1)
            }
            (None, Some(_)) => self.report(
                !request,
                ChangeKind::Openness,
                path,
                "more items may follow now",
            ),
            (Some(_), None) => self.report(
                request,
                ChangeKind::Openness,
                path,
                "no more items may follow any more",
            ),
            (None, None) => {}
        }
    }

    pub(super) fn objects(
        &mut self,
        path: &str,
        direction: Direction,
        old: &'a Object,
        new: &'a Object,
        depth: usize,
    ) {
        let request = direction == Direction::Request;
        for field in &old.fields {
            let path = format!("{path}.{}", shown_key(&field.name));
            let Some(other) = new.fields.iter().find(|other| other.name == field.name) else {
                let (breaking, reason) = match (request, &new.rest) {
                    (true, Rest::Closed) => (
                        true,
                        "it is gone: who sends it is refused, or it is not looked at",
                    ),
                    (true, _) => (
                        false,
                        "it is gone: who sends it is taken, but it may not be looked at",
                    ),
                    (false, _) if field.required => (true, "it is gone: callers rely on it"),
                    (false, _) => (false, "it is gone: callers had to do without it before"),
                };
                self.report(breaking, ChangeKind::FieldRemoved, &path, reason);
                // Who knows it by name finds there what all others are now.
                if let Rest::Of(rest) = &new.rest {
                    self.types(&path, direction, &field.ty, rest, depth + 1);
                }
                continue;
            };
            match (field.required, other.required) {
                (false, true) => {
                    let reason = if request {
                        "it is required now: callers may not send it"
                    } else {
                        "it is always there now"
                    };
                    self.report(request, ChangeKind::FieldRequired, &path, reason);
                }
                (true, false) => {
                    let reason = if request {
                        "it need not be sent any more"
                    } else {
                        "it may be absent now: callers rely on it"
                    };
                    self.report(!request, ChangeKind::FieldOptional, &path, reason);
                }
                _ => {}
            }
            self.types(&path, direction, &field.ty, &other.ty, depth + 1);
        }
        for field in &new.fields {
            if old.fields.iter().any(|other| other.name == field.name) {
                continue;
            }
            let path = format!("{path}.{}", shown_key(&field.name));
            let breaking = request && field.required;
            let reason = match (request, field.required) {
                (true, true) => "it is new and required: callers do not send it",
                (true, false) => "it is new and may be left out",
                (false, _) => "it is new: callers do not look at it",
            };
            self.report(breaking, ChangeKind::FieldAdded, &path, reason);
            // It was one of many, all of one type.
            if let Rest::Of(rest) = &old.rest {
                self.types(&path, direction, rest, &field.ty, depth + 1);
            }
        }
        self.rests(path, direction, &old.rest, &new.rest, depth);
    }

    pub(super) fn rests(
        &mut self,
        path: &str,
        direction: Direction,
        old: &'a Rest,
        new: &'a Rest,
        depth: usize,
    ) {
        let request = direction == Direction::Request;
        match (old, new) {
            (Rest::Closed, Rest::Closed) | (Rest::Open, Rest::Open) => {}
            (Rest::Of(old), Rest::Of(new)) => {
                self.types(&format!("{path}{{}}"), direction, old, new, depth + 1);
            }
            (Rest::Closed, _) => {
                self.report(
                    false,
                    ChangeKind::Openness,
                    path,
                    "further properties may be there now",
                );
            }
            (_, Rest::Closed) => {
                let breaking = request || matches!(old, Rest::Of(_));
                self.report(
                    breaking,
                    ChangeKind::Openness,
                    path,
                    "no further properties may be there any more",
                );
            }
            (Rest::Open, Rest::Of(_)) => {
                self.report(
                    request,
                    ChangeKind::Openness,
                    path,
                    "further properties are of one type now",
                );
            }
            (Rest::Of(_), Rest::Open) => {
                self.report(
                    !request,
                    ChangeKind::Openness,
                    path,
                    "further properties may be anything now",
                );
            }
        }
    }
}

fn shown_key(name: &str) -> String {
    let plain = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if plain {
        shown(name)
    } else {
        shown(&serde_json::Value::from(name).to_string())
    }
}
