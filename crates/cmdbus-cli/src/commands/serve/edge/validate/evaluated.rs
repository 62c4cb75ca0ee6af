//! Which members and items of a value some keyword has looked at already, for `unevaluatedProperties` and `unevaluatedItems`.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::check::{Run, Step};
use super::parts::positions;

/// What has been looked at.
#[derive(Default)]
pub(super) struct Evaluated {
    all: bool,
    names: HashSet<String>,
    /// So many items from the first on, and some others.
    first: usize,
    indexes: HashSet<usize>,
}

impl Evaluated {
    pub(super) fn has_name(&self, name: &str) -> bool {
        self.all || self.names.contains(name)
    }

    pub(super) fn has_index(&self, index: usize) -> bool {
        self.all || index < self.first || self.indexes.contains(&index)
    }
}

impl Run<'_> {
    /// Adds what a schema, which the value fits, looks at; for the one that asks, `is_own`, without what it does with the rest.
    pub(super) fn evaluated(
        &mut self,
        rules: &Map<String, Value>,
        value: &Value,
        is_own: bool,
        seen: &mut Evaluated,
    ) -> Step<()> {
        self.spend(rules.len() as u64)?;
        for (key, rule) in rules {
            match key.as_str() {
                "$ref" | "$dynamicRef" => {
                    let target = self.target(rule)?;
                    self.nested(target, value, seen)?;
                }
                "allOf" | "anyOf" | "oneOf" => {
                    for schema in rule.as_array().into_iter().flatten() {
                        self.nested(schema, value, seen)?;
                    }
                }
                "if" => {
                    let then = if self.fits(rule, value)? {
                        "then"
                    } else {
                        "else"
                    };
                    self.nested(rule, value, seen)?;
                    if let Some(schema) = rules.get(then) {
                        self.nested(schema, value, seen)?;
                    }
                }
                "dependentSchemas" => {
                    for (name, schema) in rule.as_object().into_iter().flatten() {
                        if value.get(name).is_some() {
                            self.nested(schema, value, seen)?;
                        }
                    }
                }
                "unevaluatedProperties" if !is_own && value.is_object() => seen.all = true,
                "unevaluatedItems" if !is_own && value.is_array() => seen.all = true,
                "contains" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        if self.fits(rule, item)? {
                            seen.indexes.insert(index);
                        }
                    }
                }
                _ => {}
            }
        }
        match value {
            Value::Object(members) => self.names(rules, members, seen),
            Value::Array(_) => {
                let (first, rest) = positions(rules);
                seen.all |= rest.is_some();
                let first = first.and_then(Value::as_array).map_or(0, Vec::len);
                seen.first = seen.first.max(first);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// As [`evaluated`](Self::evaluated), if the value fits.
    fn nested(&mut self, schema: &Value, value: &Value, seen: &mut Evaluated) -> Step<()> {
        match schema {
            Value::Object(rules) if self.fits(schema, value)? => {
                self.deeper(|run| run.evaluated(rules, value, false, seen))
            }
            _ => Ok(()),
        }
    }

    fn names(
        &mut self,
        rules: &Map<String, Value>,
        members: &Map<String, Value>,
        seen: &mut Evaluated,
    ) -> Step<()> {
        if rules.contains_key("additionalProperties") {
            seen.all = true;
            return Ok(());
        }
        for name in members.keys() {
            if self.is_declared(rules, name)? {
                seen.names.insert(name.clone());
            }
        }
        Ok(())
    }
}
