//! Commands and tools, both ways.

mod from_tools;
mod schemas;
mod to_tools;

use cmdbus_mcp::rpc::Raw;
use serde_json::Value;
use serde_json::value::RawValue;

pub(crate) fn raw(json: impl AsRef<str>) -> Raw {
    RawValue::from_string(json.as_ref().to_owned()).unwrap()
}

fn value(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap()
}
