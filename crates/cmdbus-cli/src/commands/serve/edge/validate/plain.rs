//! Keywords without a schema in them.

use std::collections::HashSet;

use serde_json::{Map, Number, Value};

use super::check::{MOST_STEPS, Run, Step, Stop};
use super::place::At;
use super::say;
use super::values::{compare, equal, is_integer, is_multiple, weight, write};

impl Run<'_> {
    /// A keyword without a schema in it.
    pub(super) fn plain(&mut self, key: &str, rule: &Value, value: &Value, at: &At<'_>) -> Step {
        match key {
            "type" => self.must(has_type(rule, value), at, || say::wrong_type(rule, value)),
            "const" => {
                self.spend(weight(value, MOST_STEPS))?;
                let detail = || format!("must be {}", say::short(rule));
                self.must(equal(rule, value), at, detail)
            }
            "enum" => {
                let allowed = rule.as_array().map_or(&[][..], Vec::as_slice);
                self.spend(allowed.len() as u64 * weight(value, MOST_STEPS))?;
                let is_one = allowed.iter().any(|it| equal(it, value));
                self.must(is_one, at, || say::one_of(allowed))
            }
            _ => match (value, rule) {
                (Value::Number(value), Value::Number(rule)) => self.number(key, rule, value, at),
                (Value::String(value), _) => self.text(key, rule, value, at),
                (Value::Array(items), _) => self.counted(key, rule, items, at),
                (Value::Object(members), _) => self.named(key, rule, members, at),
                _ => Ok(true),
            },
        }
    }

    fn number(&mut self, key: &str, rule: &Number, value: &Number, at: &At<'_>) -> Step {
        let order = compare(value, rule);
        let (fits, must) = match key {
            "maximum" => (order.is_le(), "at most"),
            "exclusiveMaximum" => (order.is_lt(), "less than"),
            "minimum" => (order.is_ge(), "at least"),
            "exclusiveMinimum" => (order.is_gt(), "more than"),
            "multipleOf" => (is_multiple(value, rule), "a multiple of"),
            _ => return Ok(true),
        };
        self.must(fits, at, || format!("must be {must} {rule}"))
    }

    fn text(&mut self, key: &str, rule: &Value, value: &str, at: &At<'_>) -> Step {
        let length = value.len() as u64;
        match key {
            "maxLength" | "minLength" => {
                self.spend(length / 16)?;
                let count = value.chars().count() as u64;
                self.size(
                    key == "maxLength",
                    rule,
                    count,
                    ("character", "characters"),
                    at,
                )
            }
            "pattern" => {
                let text = rule.as_str().unwrap_or_default();
                // Where nothing depends on the answer, the rest can be checked without it.
                if !self.quiet && self.schema.pattern(text).is_none() {
                    return Ok(true);
                }
                let fits = self.matches(text, value)?;
                self.must(fits, at, || format!("must fit the pattern `{text}`"))
            }
            _ => Ok(true),
        }
    }

    fn counted(&mut self, key: &str, rule: &Value, items: &[Value], at: &At<'_>) -> Step {
        let count = items.len() as u64;
        match key {
            "maxItems" | "minItems" => {
                self.size(key == "maxItems", rule, count, ("item", "items"), at)
            }
            "uniqueItems" if *rule == Value::Bool(true) => {
                let mut seen = HashSet::new();
                for (index, item) in items.iter().enumerate() {
                    self.spend(weight(item, MOST_STEPS))?;
                    let mut text = String::new();
                    write(item, &mut text);
                    if !seen.insert(text) {
                        let at = At::Index(at, index);
                        return self.note(&at, || {
                            "is there already, and every item must be another".to_owned()
                        });
                    }
                }
                Ok(true)
            }
            _ => Ok(true),
        }
    }

    fn named(
        &mut self,
        key: &str,
        rule: &Value,
        members: &Map<String, Value>,
        at: &At<'_>,
    ) -> Step {
        let count = members.len() as u64;
        match key {
            "maxProperties" | "minProperties" => self.size(
                key == "maxProperties",
                rule,
                count,
                ("member", "members"),
                at,
            ),
            "required" => self.required(rule, members, at),
            "dependentRequired" => {
                let mut fits = true;
                for (name, rule) in rule.as_object().into_iter().flatten() {
                    self.spend(1)?;
                    if members.contains_key(name) {
                        fits &= self.required(rule, members, at)?;
                    }
                }
                Ok(fits)
            }
            _ => Ok(true),
        }
    }

    fn required(&mut self, rule: &Value, members: &Map<String, Value>, at: &At<'_>) -> Step {
        let mut fits = true;
        for name in rule
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            self.spend(1)?;
            if !members.contains_key(name) {
                fits = self.note(&At::Name(at, name), || "is required".to_owned())?;
            }
        }
        Ok(fits)
    }

    fn size(
        &mut self,
        is_most: bool,
        rule: &Value,
        count: u64,
        names: (&str, &str),
        at: &At<'_>,
    ) -> Step {
        // Compiling has seen that it is a whole number.
        let limit = rule.as_f64().unwrap_or_default();
        let fits = if is_most {
            count as f64 <= limit
        } else {
            count as f64 >= limit
        };
        self.must(fits, at, || {
            let word = if is_most { "most" } else { "least" };
            let limit = say::count(limit as u64, names.0, names.1);
            format!("must have at {word} {limit}")
        })
    }

    pub(super) fn matches(&mut self, pattern: &str, text: &str) -> Step {
        // Each character may take as many steps as the pattern is long.
        self.spend(1 + text.len() as u64 * (1 + pattern.len() as u64 / 8))?;
        let pattern = self.schema.pattern(pattern).ok_or(Stop::Limit)?;
        Ok(pattern.is_match(text))
    }
}

pub(super) fn has_type(rule: &Value, value: &Value) -> bool {
    let is = |name: &Value| match (name.as_str(), value) {
        (Some("null"), Value::Null)
        | (Some("boolean"), Value::Bool(_))
        | (Some("number"), Value::Number(_))
        | (Some("string"), Value::String(_))
        | (Some("array"), Value::Array(_))
        | (Some("object"), Value::Object(_)) => true,
        (Some("integer"), Value::Number(number)) => is_integer(number),
        _ => false,
    };
    match rule {
        Value::Array(names) => names.iter().any(is),
        name => is(name),
    }
}
