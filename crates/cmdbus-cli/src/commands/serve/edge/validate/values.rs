//! Values of JSON, as schemas compare them: `1` and `1.0` are the same.

use std::cmp::Ordering;
use std::fmt::Write;

use serde_json::{Number, Value};

/// Up to here every whole number has a fraction of its own.
const EXACT: f64 = 9_007_199_254_740_992.0;

pub(super) fn compare(one: &Number, other: &Number) -> Ordering {
    if let (Some(one), Some(other)) = (one.as_i128(), other.as_i128()) {
        return one.cmp(&other);
    }
    let one = one.as_f64().unwrap_or(f64::NAN);
    let other = other.as_f64().unwrap_or(f64::NAN);
    one.partial_cmp(&other).unwrap_or(Ordering::Equal)
}

pub(super) fn is_integer(number: &Number) -> bool {
    !number.is_f64() || number.as_f64().is_some_and(|it| it.fract() == 0.0)
}

pub(super) fn is_multiple(number: &Number, of: &Number) -> bool {
    if let (Some(number), Some(of)) = (number.as_i128(), of.as_i128()) {
        return of != 0 && number % of == 0;
    }
    let number = number.as_f64().unwrap_or(f64::NAN);
    let of = of.as_f64().unwrap_or(f64::NAN);
    let times = number / of;
    if times.abs() >= EXACT {
        return number % of == 0.0 || number.fract() == 0.0 && (1.0 / of).fract() == 0.0;
    }
    // 0.0075 is 75 times 0.0001, but not with fractions of two.
    (times - times.round()).abs() <= times.abs().max(1.0) * 1e-12
}

pub(super) fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => compare(one, other).is_eq(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let same = |(name, value)| other.get(name).is_some_and(|it| equal(value, it));
            one.len() == other.len() && one.iter().all(same)
        }
        _ => one == other,
    }
}

/// Writes a value so that equal ones are written alike.
pub(super) fn write(value: &Value, text: &mut String) {
    match value {
        Value::Number(number) => match (number.is_f64(), number.as_f64()) {
            (true, Some(it)) if it.fract() == 0.0 && it.abs() < EXACT => {
                // Without this, minus nought would be another number.
                let _ = write!(text, "{}", it + 0.0);
            }
            _ => {
                let _ = write!(text, "{number}");
            }
        },
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut names: Vec<_> = members.keys().collect();
            names.sort_unstable();
            text.push('{');
            for name in names {
                let _ = write!(text, "{name:?}:");
                write(&members[name], text);
                text.push(',');
            }
            text.push('}');
        }
        Value::String(it) => {
            let _ = write!(text, "{it:?}");
        }
        other => {
            let _ = write!(text, "{other}");
        }
    }
}

/// Returns how many values and characters there are in a value, about; counting ends at a limit.
pub(super) fn weight(value: &Value, most: u64) -> u64 {
    let add = |sum: u64, value: &Value| {
        if sum >= most {
            sum
        } else {
            sum + weight(value, most - sum)
        }
    };
    match value {
        Value::String(text) => 1 + text.len() as u64 / 16,
        Value::Array(items) => items.iter().fold(1, add),
        Value::Object(members) => members.iter().fold(1, |sum, (name, value)| {
            add(sum + name.len() as u64 / 16, value)
        }),
        _ => 1,
    }
}
