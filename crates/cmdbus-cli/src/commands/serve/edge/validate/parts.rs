//! Keywords with schemas for the members of an object and the items of an array.

use serde_json::{Map, Value};

use super::check::{Run, Step};
use super::evaluated::Evaluated;
use super::place::At;

impl Run<'_> {
    pub(super) fn members(
        &mut self,
        key: &str,
        rule: &Value,
        rules: &Map<String, Value>,
        members: &Map<String, Value>,
        whole: &Value,
        at: &At<'_>,
    ) -> Step {
        let mut fits = true;
        match key {
            "properties" => return self.properties(rule, members, at),
            "patternProperties" => {
                for (pattern, schema) in rule.as_object().into_iter().flatten() {
                    for (name, value) in members {
                        if self.matches(pattern, name)? {
                            fits &= self.check(schema, value, &At::Name(at, name))?;
                        }
                    }
                }
            }
            "additionalProperties" => {
                for (name, value) in members {
                    if !self.is_declared(rules, name)? {
                        fits &= self.check(rule, value, &At::Name(at, name))?;
                    }
                }
            }
            "propertyNames" => {
                for name in members.keys() {
                    let value = Value::from(name.as_str());
                    let is_fine = self.fits(rule, &value)?;
                    let at = At::Name(at, name);
                    fits &=
                        self.must(is_fine, &at, || "is not a name that is allowed".to_owned())?;
                }
            }
            "dependentSchemas" => {
                for (name, schema) in rule.as_object().into_iter().flatten() {
                    self.spend(1)?;
                    if members.contains_key(name) {
                        fits &= self.check(schema, whole, at)?;
                    }
                }
            }
            _ => {}
        }
        Ok(fits)
    }

    fn properties(&mut self, rule: &Value, members: &Map<String, Value>, at: &At<'_>) -> Step {
        let mut fits = true;
        // First what tells forms from each other, so that the wrong one is left before it is walked through.
        for tells in [true, false] {
            for (name, schema) in rule.as_object().into_iter().flatten() {
                self.spend(1)?;
                let is_told = schema.get("const").is_some() || schema.get("enum").is_some();
                if let Some(value) = members.get(name)
                    && is_told == tells
                {
                    fits &= self.check(schema, value, &At::Name(at, name))?;
                    if self.quiet && !fits {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(fits)
    }

    /// Returns whether a member is one of `properties` or `patternProperties`.
    pub(super) fn is_declared(&mut self, rules: &Map<String, Value>, name: &str) -> Step {
        self.spend(1)?;
        let map = |key: &str| rules.get(key).and_then(Value::as_object);
        if map("properties").is_some_and(|map| map.contains_key(name)) {
            return Ok(true);
        }
        for pattern in map("patternProperties").into_iter().flat_map(Map::keys) {
            if self.matches(pattern, name)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn items(
        &mut self,
        key: &str,
        rule: &Value,
        rules: &Map<String, Value>,
        items: &[Value],
        at: &At<'_>,
    ) -> Step {
        let (first, rest) = positions(rules);
        let numbered = items.iter().enumerate();
        let mut fits = true;
        match key {
            _ if first.is_some_and(|list| std::ptr::eq(list, rule)) => {
                for ((index, item), schema) in numbered.zip(rule.as_array().into_iter().flatten()) {
                    fits &= self.check(schema, item, &At::Index(at, index))?;
                    if self.quiet && !fits {
                        break;
                    }
                }
            }
            _ if rest.is_some_and(|schema| std::ptr::eq(schema, rule)) => {
                let first = first.and_then(Value::as_array).map_or(0, Vec::len);
                for (index, item) in numbered.skip(first) {
                    fits &= self.check(rule, item, &At::Index(at, index))?;
                    if self.quiet && !fits {
                        break;
                    }
                }
            }
            "contains" => return self.contains(rule, rules, items, at),
            _ => {}
        }
        Ok(fits)
    }

    fn contains(
        &mut self,
        rule: &Value,
        rules: &Map<String, Value>,
        items: &[Value],
        at: &At<'_>,
    ) -> Step {
        let mut count = 0.0;
        for item in items {
            if self.fits(rule, item)? {
                count += 1.0;
            }
        }
        let limit = |key: &str| rules.get(key).and_then(Value::as_f64);
        let (least, most) = (limit("minContains").unwrap_or(1.0), limit("maxContains"));
        let fits = count >= least && most.is_none_or(|most| count <= most);
        self.must(fits, at, || {
            let most = most.map_or_else(|| "or more".to_owned(), |most| format!("to {most}"));
            format!("must have {least} {most} items of a certain form, not {count}")
        })
    }

    pub(super) fn unevaluated(
        &mut self,
        rules: &Map<String, Value>,
        value: &Value,
        at: &At<'_>,
    ) -> Step {
        let mut fits = true;
        match value {
            Value::Object(members) => {
                let Some(schema) = rules.get("unevaluatedProperties") else {
                    return Ok(true);
                };
                let mut seen = Evaluated::default();
                self.evaluated(rules, value, true, &mut seen)?;
                for (name, value) in members.iter().filter(|(name, _)| !seen.has_name(name)) {
                    fits &= self.check(schema, value, &At::Name(at, name))?;
                }
            }
            Value::Array(items) => {
                let Some(schema) = rules.get("unevaluatedItems") else {
                    return Ok(true);
                };
                let mut seen = Evaluated::default();
                self.evaluated(rules, value, true, &mut seen)?;
                for (index, item) in items.iter().enumerate() {
                    if !seen.has_index(index) {
                        fits &= self.check(schema, item, &At::Index(at, index))?;
                    }
                }
            }
            _ => {}
        }
        Ok(fits)
    }
}

/// Returns the schemas of the first items, and that of the rest, as they are written now or were before 2020.
pub(super) fn positions(rules: &Map<String, Value>) -> (Option<&Value>, Option<&Value>) {
    match rules.get("items") {
        Some(list @ Value::Array(_)) => (Some(list), rules.get("additionalItems")),
        items => (rules.get("prefixItems"), items),
    }
}
