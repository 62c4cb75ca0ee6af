//! A schema that has been looked through once, so that it can be used often.
//!
//! One that is no JSON Schema of the draft 2020-12, refers to something elsewhere, or is too large, is none.

use std::collections::HashMap;
use std::sync::OnceLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::pattern;
use super::place;

/// Most values in a schema, deepest nesting, and most patterns.
const MOST_NODES: usize = 20_000;
const MOST_DEPTH: usize = 128;
const MOST_PATTERNS: usize = 64;

/// A schema for requests.
#[derive(Debug)]
pub(in super::super) struct Schema {
    root: Value,
    /// What a reference says, and the pointer to where that is.
    targets: HashMap<String, String>,
    patterns: HashMap<String, Option<Regex>>,
    bytes: usize,
    /// Whether nothing is a request, too, once somebody has asked.
    pub(super) may_be_left_out: OnceLock<bool>,
}

impl Schema {
    /// Makes a schema ready. `None`: nothing is to be checked with it.
    pub(in super::super) fn compile(root: Value) -> Option<Self> {
        if !has_rules(&root) {
            return None;
        }
        let mut reader = Reader::default();
        reader.read(&root, 0)?;
        // What only a reference leads to has not been read yet, and may have references of its own.
        let mut targets = HashMap::new();
        while let Some(name) = reader.references.pop() {
            if targets.contains_key(&name) {
                continue;
            }
            let pointer = reader.pointer(&name)?;
            let steps = pointer.strip_prefix('/').map(str::to_owned);
            reader.path = steps.into_iter().collect();
            let depth = usize::from(!pointer.is_empty());
            reader.read(root.pointer(&pointer)?, depth)?;
            targets.insert(name, pointer);
        }
        // Besides their texts, values take some memory each, and so do the tables they are in.
        let bytes = size(&root) + reader.nodes * size_of::<Value>() * 3;
        Some(Self {
            root,
            targets,
            patterns: reader.patterns,
            bytes,
            may_be_left_out: OnceLock::new(),
        })
    }

    pub(super) fn root(&self) -> &Value {
        &self.root
    }

    /// Returns about how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes + self.patterns.len() * pattern::MOST_BYTES
    }

    pub(super) fn target(&self, name: &str) -> Option<&Value> {
        self.root.pointer(self.targets.get(name)?)
    }

    /// Returns a pattern, unless nobody can look for it here.
    pub(super) fn pattern(&self, text: &str) -> Option<&Regex> {
        self.patterns.get(text)?.as_ref()
    }
}

/// Returns whether a schema says anything at all.
pub(in super::super) fn has_rules(schema: &Value) -> bool {
    *schema == Value::Bool(false) || schema.as_object().is_some_and(|it| !it.is_empty())
}

/// Returns about how many bytes the texts of a value have.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(members) => members.iter().map(|(name, it)| name.len() + size(it)).sum(),
        _ => 0,
    }
}

#[derive(Default)]
struct Reader {
    nodes: usize,
    references: Vec<String>,
    anchors: HashMap<String, String>,
    patterns: HashMap<String, Option<Regex>>,
    /// Names of members and numbers of items down to what is being read, escaped.
    path: Vec<String>,
}

impl Reader {
    /// Looks through a schema. `None`: it cannot be used.
    fn read(&mut self, schema: &Value, depth: usize) -> Option<()> {
        self.count(1)?;
        let members = match schema {
            Value::Bool(_) => return Some(()),
            Value::Object(members) if depth < MOST_DEPTH => members,
            _ => return None,
        };
        for (key, rule) in members {
            self.path.push(place::escaped(key));
            self.member(key, rule, members, depth)?;
            self.path.pop();
        }
        Some(())
    }

    fn member(
        &mut self,
        key: &str,
        rule: &Value,
        all: &Map<String, Value>,
        depth: usize,
    ) -> Option<()> {
        match key {
            "$ref" | "$dynamicRef" => self.references.push(rule.as_str()?.to_owned()),
            "$anchor" | "$dynamicAnchor" => {
                let place = self.path.len().saturating_sub(1);
                let pointer: String = self.path[..place]
                    .iter()
                    .map(|it| format!("/{it}"))
                    .collect();
                self.anchors.insert(rule.as_str()?.to_owned(), pointer);
            }
            // A schema within the schema, in which references mean something else; that of the whole says nothing.
            "$id" | "id" if depth > 0 && rule.is_string() => return None,
            "$recursiveRef" => return None,
            "type" => is_type(rule).then_some(())?,
            "enum" => self.count(rule.as_array()?.len())?,
            "required" => rule
                .as_array()?
                .iter()
                .all(Value::is_string)
                .then_some(())?,
            "dependentRequired" => {
                let is_names = |it: &Value| {
                    let names = it.as_array();
                    names.is_some_and(|names| names.iter().all(Value::is_string))
                };
                rule.as_object()?.values().all(is_names).then_some(())?;
            }
            "maximum" | "minimum" | "exclusiveMaximum" | "exclusiveMinimum" => {
                rule.is_number().then_some(())?;
            }
            "multipleOf" => (rule.as_f64()? > 0.0).then_some(())?,
            "maxLength" | "minLength" | "maxItems" | "minItems" | "maxProperties"
            | "minProperties" | "maxContains" | "minContains" => {
                // Written as `2.0` it is a whole number, too.
                let number = rule.as_f64()?;
                (number >= 0.0 && number.fract() == 0.0).then_some(())?;
            }
            "uniqueItems" => rule.is_boolean().then_some(())?,
            "pattern" => self.pattern(rule.as_str()?)?,
            "patternProperties" => {
                for name in rule.as_object()?.keys() {
                    self.pattern(name)?;
                }
                self.map(rule, depth)?;
            }
            "properties" | "$defs" | "definitions" | "dependentSchemas" => self.map(rule, depth)?,
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => {
                (!rule.as_array()?.is_empty()).then_some(())?;
                self.list(rule.as_array()?, depth)?;
            }
            // Positions, as they were written before 2020.
            "items" if rule.is_array() => {
                (!all.contains_key("prefixItems")).then_some(())?;
                self.list(rule.as_array()?, depth)?;
            }
            "items"
            | "additionalItems"
            | "additionalProperties"
            | "propertyNames"
            | "contains"
            | "not"
            | "if"
            | "then"
            | "else"
            | "unevaluatedProperties"
            | "unevaluatedItems" => {
                self.read(rule, depth + 1)?;
            }
            // Before 2019: names, or a schema.
            "dependencies" => return None,
            _ => {}
        }
        Some(())
    }

    fn map(&mut self, rule: &Value, depth: usize) -> Option<()> {
        for (name, schema) in rule.as_object()? {
            self.path.push(place::escaped(name));
            self.read(schema, depth + 1)?;
            self.path.pop();
        }
        Some(())
    }

    fn list(&mut self, schemas: &[Value], depth: usize) -> Option<()> {
        for (index, schema) in schemas.iter().enumerate() {
            self.path.push(index.to_string());
            self.read(schema, depth + 1)?;
            self.path.pop();
        }
        Some(())
    }

    fn pattern(&mut self, text: &str) -> Option<()> {
        if !self.patterns.contains_key(text) {
            (self.patterns.len() < MOST_PATTERNS).then_some(())?;
            self.patterns
                .insert(text.to_owned(), pattern::compile(text));
        }
        Some(())
    }

    fn count(&mut self, nodes: usize) -> Option<()> {
        self.nodes += nodes;
        (self.nodes <= MOST_NODES).then_some(())
    }

    /// Returns where a reference leads.
    fn pointer(&self, name: &str) -> Option<String> {
        let fragment = place::decoded(name.strip_prefix('#')?)?;
        if fragment.is_empty() || fragment.starts_with('/') {
            return Some(fragment);
        }
        self.anchors.get(&fragment).cloned()
    }
}

fn is_type(rule: &Value) -> bool {
    let is_name = |it: &Value| {
        let names = [
            "null", "boolean", "object", "array", "number", "string", "integer",
        ];
        it.as_str().is_some_and(|name| names.contains(&name))
    };
    match rule {
        Value::Array(names) => !names.is_empty() && names.iter().all(is_name),
        name => is_name(name),
    }
}
