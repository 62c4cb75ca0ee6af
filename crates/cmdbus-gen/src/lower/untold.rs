//! What a schema demands and no type can say.

use serde_json::{Map, Value};

use super::refs::Root;
use crate::model::{Note, Raw};

/// Keywords that say more than a type can, each with those that belong to it.
const UNTOLD: [&[&str]; 12] = [
    &["not"],
    &["if", "then", "else"],
    &["dependentSchemas"],
    &["dependentRequired"],
    &["dependencies"],
    &["propertyNames"],
    &["contains", "minContains", "maxContains"],
    &["unevaluatedItems"],
    &["minProperties"],
    &["maxProperties"],
    &["contentEncoding"],
    &["contentMediaType"],
];

/// Returns what is to be said of such keywords.
pub(super) fn notes(root: &mut Root<'_>, map: &Map<String, Value>) -> Vec<Note> {
    UNTOLD
        .iter()
        .filter(|keywords| map.contains_key(keywords[0]))
        .map(|keywords| note(root, map, keywords))
        .collect()
}

fn note(root: &mut Root<'_>, map: &Map<String, Value>, keywords: &[&str]) -> Note {
    let keyword = keywords[0];
    Note {
        text: format!("what `{keyword}` demands is not part of this type"),
        raw: Some(Raw {
            digest: root.digest(map, keywords),
            narrows: !keyword.starts_with("content"),
        }),
    }
}
