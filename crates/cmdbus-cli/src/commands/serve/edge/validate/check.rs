//! A request is held against its schema, step by step, with as many steps as its length allows.

use serde_json::{Map, Value};

use super::Wrong;
use super::place::At;
use super::plain::has_type;
use super::say;
use super::schema::Schema;

/// Steps for any request, for each of its bytes, and the most there are. A million take some milliseconds.
const STEPS: u64 = 50_000;
const STEPS_PER_BYTE: u64 = 4;
pub(super) const MOST_STEPS: u64 = 2_000_000;
/// Deepest nesting of schemas within schemas that is looked at; as many are on the stack at once.
const MOST_DEPTH: usize = 192;
/// Most of what is wrong that is told.
const MOST_WRONG: usize = 16;
/// How far a reference to a reference is followed to see what a form is about.
const MOST_HOPS: usize = 8;

/// Why it did not come to an end.
#[derive(Debug, PartialEq)]
pub(super) enum Stop {
    /// It would take too long, or go too deep.
    Limit,
    /// There is enough to tell.
    Enough,
}

pub(super) type Step<T = bool> = Result<T, Stop>;

impl Schema {
    /// Returns what is wrong with a request. Empty: nothing, or it could not be found out within the limits.
    pub(in super::super) fn wrong(&self, value: &Value, bytes: usize) -> Vec<Wrong> {
        let steps = STEPS + STEPS_PER_BYTE * bytes as u64;
        let mut run = Run::new(self, steps.min(MOST_STEPS));
        // What has been found until the limit is wrong all the same.
        let _ = run.check(self.root(), value, &At::Root);
        run.wrong
    }

    /// Returns whether nothing is a request, too: where `null` is one, or an object without members.
    pub(in super::super) fn may_be_left_out(&self) -> bool {
        *self.may_be_left_out.get_or_init(|| {
            let nothing = [Value::Null, Value::Object(Map::new())];
            nothing.iter().any(|value| self.wrong(value, 0).is_empty())
        })
    }
}

/// One check.
pub(super) struct Run<'s> {
    pub(super) schema: &'s Schema,
    steps: u64,
    depth: usize,
    /// Whether it is only asked if something fits, not what does not.
    pub(super) quiet: bool,
    wrong: Vec<Wrong>,
}

impl<'s> Run<'s> {
    fn new(schema: &'s Schema, steps: u64) -> Self {
        Self {
            schema,
            steps,
            depth: 0,
            quiet: false,
            wrong: Vec::new(),
        }
    }

    /// Returns whether a value fits. Unless quiet, notes what does not.
    pub(super) fn check(&mut self, schema: &Value, value: &Value, at: &At<'_>) -> Step {
        self.spend(1)?;
        match schema {
            Value::Bool(false) => self.note(at, || "is not allowed".to_owned()),
            Value::Object(rules) => self.deeper(|run| run.rules(rules, value, at)),
            _ => Ok(true),
        }
    }

    /// Goes one step deeper, if that is not too deep.
    pub(super) fn deeper<T>(&mut self, go: impl FnOnce(&mut Self) -> Step<T>) -> Step<T> {
        if self.depth == MOST_DEPTH {
            return Err(Stop::Limit);
        }
        self.depth += 1;
        let gone = go(self);
        self.depth -= 1;
        gone
    }

    /// Returns whether a value fits, and notes nothing.
    pub(super) fn fits(&mut self, schema: &Value, value: &Value) -> Step {
        let before = std::mem::replace(&mut self.quiet, true);
        let fits = self.check(schema, value, &At::Root);
        self.quiet = before;
        fits
    }

    pub(super) fn spend(&mut self, steps: u64) -> Step<()> {
        self.steps = self.steps.checked_sub(steps).ok_or(Stop::Limit)?;
        Ok(())
    }

    pub(super) fn target(&self, rule: &Value) -> Step<&'s Value> {
        let target = rule.as_str().and_then(|name| self.schema.target(name));
        target.ok_or(Stop::Limit)
    }

    pub(super) fn note(&mut self, at: &At<'_>, detail: impl FnOnce() -> String) -> Step {
        if !self.quiet {
            let (pointer, detail) = (at.pointer(), say::cut(&detail()));
            self.wrong.push(Wrong { pointer, detail });
            if self.wrong.len() == MOST_WRONG {
                return Err(Stop::Enough);
            }
        }
        Ok(false)
    }

    /// Notes what is wrong unless it is right.
    pub(super) fn must(
        &mut self,
        fits: bool,
        at: &At<'_>,
        detail: impl FnOnce() -> String,
    ) -> Step {
        if fits {
            Ok(true)
        } else {
            self.note(at, detail)
        }
    }

    fn rules(&mut self, rules: &Map<String, Value>, value: &Value, at: &At<'_>) -> Step {
        self.spend(rules.len() as u64)?;
        // As OpenAPI wrote it before 3.1, which many tools still do.
        if value.is_null() && rules.get("nullable") == Some(&Value::Bool(true)) {
            return Ok(true);
        }
        let mut fits = true;
        // What takes a look comes before what takes a walk, and last what depends on the walk.
        for (key, rule) in rules {
            fits &= self.plain(key, rule, value, at)?;
            if self.quiet && !fits {
                return Ok(false);
            }
        }
        for (key, rule) in rules {
            fits &= self.applied(key, rule, rules, value, at)?;
            if self.quiet && !fits {
                return Ok(false);
            }
        }
        Ok(fits && self.unevaluated(rules, value, at)?)
    }

    /// A keyword with schemas in it.
    fn applied(
        &mut self,
        key: &str,
        rule: &Value,
        rules: &Map<String, Value>,
        value: &Value,
        at: &At<'_>,
    ) -> Step {
        match key {
            "$ref" | "$dynamicRef" => {
                let target = self.target(rule)?;
                self.check(target, value, at)
            }
            "allOf" => {
                let mut fits = true;
                for schema in rule.as_array().into_iter().flatten() {
                    fits &= self.check(schema, value, at)?;
                    if self.quiet && !fits {
                        break;
                    }
                }
                Ok(fits)
            }
            "anyOf" | "oneOf" => {
                let forms = rule.as_array().map_or(&[][..], Vec::as_slice);
                self.forms(forms, key == "oneOf", value, at)
            }
            "not" => {
                let fits = !self.fits(rule, value)?;
                self.must(fits, at, || "is of a form that is not allowed".to_owned())
            }
            "if" => {
                let then = if self.fits(rule, value)? {
                    "then"
                } else {
                    "else"
                };
                match rules.get(then) {
                    Some(schema) => self.check(schema, value, at),
                    None => Ok(true),
                }
            }
            _ => match value {
                Value::Object(members) => self.members(key, rule, rules, members, value, at),
                Value::Array(items) => self.items(key, rule, rules, items, at),
                _ => Ok(true),
            },
        }
    }

    fn forms(&mut self, forms: &[Value], just_one: bool, value: &Value, at: &At<'_>) -> Step {
        let mut count = 0;
        for form in forms {
            count += usize::from(self.fits(form, value)?);
            if count == if just_one { 2 } else { 1 } {
                break;
            }
        }
        match count {
            1 => return Ok(true),
            2 => {
                return self.note(at, || {
                    "fits more than one of the forms it may have".to_owned()
                });
            }
            _ if self.quiet => return Ok(false),
            _ => {}
        }
        // If it is plain which form is meant, what is wrong with that is more helpful.
        let before = self.wrong.len();
        let mut meant = None;
        for form in forms {
            if self.may_be_meant(form, value, 0)? {
                meant = match meant {
                    None => Some(Some(form)),
                    Some(_) => Some(None),
                };
            }
        }
        let told = match meant.flatten() {
            Some(form) => self.check(form, value, at),
            None => Ok(false),
        };
        if self.wrong.len() == before {
            self.note(at, || {
                format!("has none of the {} forms it may have", forms.len())
            })?;
        }
        told.map(|_| false)
    }

    /// Returns whether a value that does not fit a form may have been meant to: it has its type, and what tells it from others.
    fn may_be_meant(&mut self, form: &Value, value: &Value, hops: usize) -> Step {
        self.spend(1)?;
        let Value::Object(rules) = form else {
            return Ok(*form != Value::Bool(false));
        };
        if rules.get("type").is_some_and(|rule| !has_type(rule, value)) {
            return Ok(false);
        }
        let properties = rules.get("properties").and_then(Value::as_object);
        for (name, schema) in properties.into_iter().flatten() {
            self.spend(1)?;
            if let (Some(wanted), Some(given)) = (schema.get("const"), value.get(name))
                && wanted != given
            {
                return Ok(false);
            }
        }
        match rules.get("$ref") {
            Some(rule) if hops < MOST_HOPS => {
                let target = self.target(rule)?;
                self.may_be_meant(target, value, hops + 1)
            }
            _ => Ok(true),
        }
    }
}
