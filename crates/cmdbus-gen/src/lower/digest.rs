//! What tells a JSON value from others, in sixteen bytes: to keep the values themselves would take as much memory as all of them.

use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};
use std::sync::LazyLock;

use serde_json::{Number, Value};

/// Equal for values that mean the same, whatever the order of their members. Means nothing in another process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Digest([u64; 2]);

impl Digest {
    pub(crate) fn of(value: &Value) -> Self {
        let mut digester = Digester::new();
        digester.value(value, &mut usize::MAX.clone());
        digester.finish()
    }

    pub(super) fn of_text(text: &str) -> Self {
        let mut digester = Digester::new();
        digester.take(text);
        digester.finish()
    }
}

/// Drawn at random, so that nobody can make two values that look the same.
static KEYS: LazyLock<[RandomState; 2]> = LazyLock::new(Default::default);

/// Takes values in, one after the other.
pub(super) struct Digester([DefaultHasher; 2]);

impl Digester {
    pub(super) fn new() -> Self {
        Self(KEYS.each_ref().map(RandomState::build_hasher))
    }

    pub(super) fn finish(&self) -> Digest {
        Digest(self.0.each_ref().map(DefaultHasher::finish))
    }

    pub(super) fn take(&mut self, part: impl Hash) {
        for hasher in &mut self.0 {
            part.hash(hasher);
        }
    }

    /// Takes a value, unless it is larger than what is left, in bytes or so. Returns whether it was not.
    pub(super) fn value(&mut self, value: &Value, left: &mut usize) -> bool {
        let size = match value {
            Value::String(text) => text.len(),
            _ => 8,
        };
        let Some(rest) = left.checked_sub(size) else {
            return false;
        };
        *left = rest;
        match value {
            Value::Null => self.take(0_u8),
            Value::Bool(value) => self.take((1_u8, value)),
            Value::Number(number) => self.number(number),
            Value::String(text) => self.take((3_u8, text)),
            Value::Array(items) => {
                self.take((4_u8, items.len()));
                return items.iter().all(|item| self.value(item, left));
            }
            Value::Object(map) => {
                self.take((5_u8, map.len()));
                let mut members: Vec<(&String, &Value)> = map.iter().collect();
                members.sort_unstable_by_key(|(name, _)| *name);
                return members.into_iter().all(|(name, value)| {
                    self.take(name);
                    *left = left.saturating_sub(name.len());
                    self.value(value, left)
                });
            }
        }
        true
    }

    /// `2` and `2.0` are one number.
    fn number(&mut self, number: &Number) {
        match (number.as_i128(), number.as_f64()) {
            (Some(whole), _) => self.take((2_u8, whole)),
            // Above that, floating point has no whole numbers left to tell apart.
            (None, Some(float)) if float.fract() == 0.0 && float.abs() <= 9e15 => {
                self.take((2_u8, float as i128));
            }
            _ => self.take((6_u8, number.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_means_the_same_has_the_same_digest() {
        let one = json!({"a": 1, "b": [2.0, null], "c": {"d": "x", "e": true}});
        let other = json!({"c": {"e": true, "d": "x"}, "b": [2, null], "a": 1.0});
        assert_eq!(Digest::of(&one), Digest::of(&other));
    }

    #[test]
    fn what_means_something_else_has_another_digest() {
        let values = [
            json!(null),
            json!(false),
            json!(0),
            json!(0.5),
            json!(""),
            json!([]),
            json!({}),
            json!("0"),
            json!([[], []]),
            json!([[[]]]),
            json!({"ab": "c"}),
            json!({"a": "bc"}),
            json!({"a": null}),
            json!(["a", "bc"]),
            json!(["ab", "c"]),
        ];
        for (index, one) in values.iter().enumerate() {
            for other in &values[index + 1..] {
                assert_ne!(Digest::of(one), Digest::of(other), "{one} and {other}");
            }
        }
    }

    #[test]
    fn a_value_that_is_too_large_is_not_looked_at_in_full() {
        let large = json!([["x".repeat(100)], "y".repeat(100)]);
        let mut left = 150;
        assert!(!Digester::new().value(&large, &mut left));
        let mut enough = 300;
        assert!(Digester::new().value(&large, &mut enough));
    }
}
