//! What is said of a type in a comment.

use crate::model::{Kind, Type};
use crate::text::{comment_lines, shown};

/// Returns the lines of a comment on a type: its description, then what its schema says and the type does not.
pub(crate) fn lines(ty: &Type) -> Vec<String> {
    let mut lines = match &ty.doc {
        Some(doc) => comment_lines(doc),
        None => Vec::new(),
    };
    let mut facts = limits(&ty.kind);
    for note in &ty.notes {
        let fact = format!("Note: {}.", shown(&note.text));
        // Two that differ in what they are about may read the same.
        if !facts.contains(&fact) {
            facts.push(fact);
        }
    }
    if !lines.is_empty() && !facts.is_empty() {
        lines.push(String::new());
    }
    lines.extend(facts);
    lines
}

/// Returns the limits of a type in words.
pub(crate) fn limits(kind: &Kind) -> Vec<String> {
    let mut said = Vec::new();
    let mut say = |before: &str, what: Option<String>, after: &str| {
        if let Some(what) = what {
            said.push(format!("{before}{what}{after}"));
        }
    };
    let text = |number: Option<u64>| number.map(|number| number.to_string());
    match kind {
        Kind::Text(limits) => {
            say("Format: ", limits.format.as_deref().map(shown), ".");
            say("Pattern: ", limits.pattern.as_deref().map(shown), "");
            say("Characters: at least ", text(limits.min), ".");
            say("Characters: at most ", text(limits.max), ".");
        }
        Kind::Number(range) => {
            let text =
                |number: &Option<serde_json::Number>| number.as_ref().map(ToString::to_string);
            if range.integer {
                said.push("A whole number.".to_owned());
            }
            let mut say = |before: &str, what: Option<String>| {
                if let Some(what) = what {
                    said.push(format!("{before} {what}."));
                }
            };
            say("At least", text(&range.min));
            say("At most", text(&range.max));
            say("Greater than", text(&range.above));
            say("Less than", text(&range.below));
            say("A multiple of", text(&range.multiple));
        }
        Kind::Array(array) => {
            say("Items: at least ", text(array.min), ".");
            say("Items: at most ", text(array.max), ".");
            if array.unique {
                said.push("No two items are equal.".to_owned());
            }
        }
        Kind::Literals(values) => {
            for literal in values {
                if let Some(doc) = &literal.doc {
                    let first = comment_lines(doc).into_iter().next().unwrap_or_default();
                    said.push(format!("{}: {first}", shown(&literal.value.to_string())));
                }
            }
        }
        Kind::Union(members) if members.len() <= 8 => {
            for fact in members.iter().flat_map(|member| limits(&member.kind)) {
                if !said.contains(&fact) {
                    said.push(fact);
                }
            }
        }
        _ => {}
    }
    said
}
