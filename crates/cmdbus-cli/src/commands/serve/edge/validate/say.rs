//! What is said about a value that does not fit: short, and never with the value in it, which may be long, or secret.

use serde_json::Value;

/// Most characters of a text, and most values that are listed.
const MOST_CHARS: usize = 200;
const MOST_LISTED: usize = 8;

pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Returns what a value is, with its article.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn kind_of_name(name: &str) -> &'static str {
    match name {
        "null" => "null",
        "boolean" => "a boolean",
        "integer" => "an integer",
        "number" => "a number",
        "string" => "a string",
        "array" => "an array",
        _ => "an object",
    }
}

pub(super) fn wrong_type(rule: &Value, value: &Value) -> String {
    let kinds: Vec<_> = match rule {
        Value::Array(names) => names
            .iter()
            .filter_map(Value::as_str)
            .map(kind_of_name)
            .collect(),
        name => name.as_str().map(kind_of_name).into_iter().collect(),
    };
    let wanted = kinds.join(" or ");
    match value {
        Value::Number(_) if wanted.starts_with("an integer") => format!("must be {wanted}"),
        _ => format!("must be {wanted}, not {}", kind(value)),
    }
}

/// Returns what a value must be that may be one of these.
pub(super) fn one_of(allowed: &[Value]) -> String {
    let listed: Vec<_> = allowed.iter().take(MOST_LISTED).map(short).collect();
    let more = if allowed.len() > listed.len() {
        ", …"
    } else {
        ""
    };
    match &listed[..] {
        [one] => format!("must be {one}"),
        _ => format!("must be one of {}{more}", listed.join(", ")),
    }
}

pub(super) fn short(value: &Value) -> String {
    match value {
        Value::Array(_) | Value::Object(_) => format!(
            "a certain {}",
            kind(value).rsplit(' ').next().unwrap_or_default()
        ),
        Value::String(text) => Value::from(cut(text)).to_string(),
        other => other.to_string(),
    }
}

/// Returns a number of things.
pub(super) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
