//! Response schemas of commands that stream: what an item is, and what ends the stream.

use serde_json::Value;

/// The member of a response schema that holds the schema of one item of a stream.
pub(super) const KEYWORD: &str = "x-cmdbus-stream";

/// Returns what the references of an item are relative to: a schema with definitions of its own was made apart from the
/// response that it was put into.
pub(super) fn item_root<'a>(response: &'a Value, item: &'a Value) -> &'a Value {
    let apart = ["$defs", "definitions", "$id"]
        .iter()
        .any(|keyword| item.get(keyword).is_some());
    if apart { item } else { response }
}

/// Returns the schema of what ends a stream, if anything does.
pub(super) fn ending(schema: &Value) -> Option<Value> {
    let Value::Object(map) = schema else {
        return None;
    };
    let mut map = map.clone();
    map.shift_remove(KEYWORD);
    let says_nothing = [
        "$defs",
        "definitions",
        "description",
        "$schema",
        "$id",
        "title",
        "$comment",
    ];
    let empty = map.keys().all(|key| says_nothing.contains(&key.as_str()));
    (!empty).then_some(Value::Object(map))
}
