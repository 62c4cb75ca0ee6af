//! Numbers, and the bounds of them.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

use crate::model::Range;

/// Returns a size, such as a length; `2.0` is one too.
pub(super) fn size(value: Option<&Value>) -> Option<u64> {
    let value = value?;
    if let Some(size) = value.as_u64() {
        return Some(size);
    }
    let size = value.as_f64()?;
    // Above that, floating point has no whole numbers left to tell apart.
    ((0.0..=9e15).contains(&size) && size.fract() == 0.0).then_some(size as u64)
}

pub(super) fn is_integer(value: &Value) -> bool {
    value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0)
}

/// Returns the numbers that a schema allows.
pub(super) fn range(map: &Map<String, Value>, integer: bool) -> Range {
    let number = |name: &str| match map.get(name) {
        Some(Value::Number(number)) => Some(number.clone()),
        _ => None,
    };
    let mut range = Range {
        integer,
        min: number("minimum"),
        max: number("maximum"),
        above: number("exclusiveMinimum"),
        below: number("exclusiveMaximum"),
        multiple: number("multipleOf"),
    };
    // In draft 4 they were flags of the inclusive bounds.
    if map.get("exclusiveMinimum") == Some(&Value::Bool(true)) {
        range.above = range.min.take();
    }
    if map.get("exclusiveMaximum") == Some(&Value::Bool(true)) {
        range.below = range.max.take();
    }
    range
}

/// Returns the numbers that are in both.
pub(super) fn meet(a: Range, b: Range) -> Range {
    Range {
        integer: a.integer || b.integer,
        min: pick(a.min, b.min, Ordering::Greater),
        max: pick(a.max, b.max, Ordering::Less),
        above: pick(a.above, b.above, Ordering::Greater),
        below: pick(a.below, b.below, Ordering::Less),
        // Both hold, but only one can be told; the other is no worse.
        multiple: a.multiple.or(b.multiple),
    }
}

fn pick(a: Option<Number>, b: Option<Number>, wanted: Ordering) -> Option<Number> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if order(&a, &b) == wanted { a } else { b }),
        (a, b) => a.or(b),
    }
}

/// Compares two numbers by their value.
pub(crate) fn order(a: &Number, b: &Number) -> Ordering {
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => {
            let (a, b) = (a.as_f64(), b.as_f64());
            a.partial_cmp(&b).unwrap_or(Ordering::Equal)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(schema: Value) -> Range {
        range(schema.as_object().expect("an object"), false)
    }

    #[test]
    fn w82_exclusive_bounds_stay_exclusive() {
        let range = of(json!({"exclusiveMinimum": 0, "exclusiveMaximum": 1.5}));
        assert_eq!(range.above, Some(0.into()));
        assert_eq!(range.below, Number::from_f64(1.5));
        assert_eq!((range.min, range.max), (None, None));
    }

    #[test]
    fn w82_exclusive_flags_of_draft_4_are_exclusive_bounds() {
        let range = of(
            json!({"minimum": 1, "exclusiveMinimum": true, "maximum": 5, "exclusiveMaximum": false}),
        );
        assert_eq!((range.min, range.above), (None, Some(1.into())));
        assert_eq!((range.max, range.below), (Some(5.into()), None));
    }

    #[test]
    fn two_ranges_meet_in_the_narrower_one() {
        let range = meet(
            of(json!({"minimum": 1, "maximum": 9.5})),
            of(json!({"minimum": 2, "maximum": 10})),
        );
        assert_eq!(range.min, Some(2.into()));
        assert_eq!(range.max, Number::from_f64(9.5));
    }

    #[test]
    fn sizes_are_whole_and_not_negative() {
        let sizes = [
            json!(3),
            json!(2.0),
            json!(-1),
            json!(1.5),
            json!("1"),
            json!(1e300),
        ];
        assert_eq!(
            sizes.map(|value| size(Some(&value))),
            [Some(3), Some(2), None, None, None, None]
        );
    }
}
