//! Answers written by hand, because rmcp's types cannot carry them: what is in them must arrive byte for byte.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{Era, Options};

/// Content types nobody knows, unknown members, numbers that no float or 64-bit integer holds, an order of members.
const ODD_CONTENT: &str = r#""content":[{"type":"hologram","depth":123456789012345678901234567890,"vendor":{"z":1.10,"a":[1e2,-0.0]}},{"vendor":"kept","type":"text","text":"\u00e9\/odd","annotations":{"priority":0.50}}],"structuredContent":{"big":18446744073709551616,"price":1.10,"z":null,"a":true},"vendorResult":[1.10,{"b":1,"a":2}]"#;

/// A tool list with as little as possible that a typed model would keep.
const ODD_TOOLS: &str = r#""tools":[{"vendor":{"z":1.10,"a":1},"name":"echo","inputSchema":{"type":"object","properties":{"n":{"type":"number","default":1.10,"maximum":18446744073709551616}},"vendorSchema":true},"annotations":{"readOnlyHint":true,"vendorHint":"kept"},"icons":[]}],"vendorResult":1.10"#;

/// Lines that are no messages.
const GARBAGE: &str = "this is not JSON\n\n{\"half\":\n[]\n\u{fffd}\u{1}\n";

/// What is sent in place of rmcp's answer.
pub(crate) struct Answer {
    /// A JSON-RPC message without a line end.
    pub(crate) text: String,
    pub(crate) after_garbage: bool,
}

impl Answer {
    pub(crate) fn into_lines(self) -> Vec<u8> {
        let before = if self.after_garbage { GARBAGE } else { "" };
        format!("{before}{}\n", self.text).into_bytes()
    }
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(borrow)]
    method: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct Params<'a> {
    name: Option<String>,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
    #[serde(rename = "_meta", default)]
    meta: Meta,
}

#[derive(Default, Deserialize)]
struct Meta {
    #[serde(rename = "io.modelcontextprotocol/protocolVersion")]
    version: Option<String>,
}

/// Returns the answer to a request that is answered by hand; `None` for all others, rmcp's included.
pub(crate) fn answer(message: &[u8], options: &Options) -> Option<Answer> {
    let request: Request<'_> = serde_json::from_slice(message).ok()?;
    let all = request.params.map_or("{}", RawValue::get);
    let params: Params<'_> = serde_json::from_str(all).ok()?;
    let modern = params.meta.version.is_some();
    let served = match options.era {
        Era::Legacy => !modern,
        Era::Modern => modern,
        Era::Both => true,
    };
    if !served {
        return None;
    }
    let arguments = params.arguments.map_or("{}", RawValue::get);
    let members = match (&*request.method, params.name.as_deref()) {
        ("tools/list", _) if options.odd_tools => ODD_TOOLS.to_owned(),
        ("tools/call", Some("odd_content")) => ODD_CONTENT.to_owned(),
        ("tools/call", Some("echo")) => told(arguments),
        ("tools/call", Some("echo_params")) => told(all),
        ("tools/call", Some("garbage")) => told(r#""clean""#),
        _ => return None,
    };
    let kind = match (modern, &*request.method) {
        (false, _) => "",
        (true, "tools/list") => r#","resultType":"complete","ttlMs":0,"cacheScope":"private""#,
        (true, _) => r#","resultType":"complete""#,
    };
    Some(Answer {
        text: format!(
            r#"{{"jsonrpc":"2.0","id":{},"result":{{{members}{kind}}}}}"#,
            request.id.get()
        ),
        after_garbage: params.name.as_deref() == Some("garbage"),
    })
}

/// Says a piece of JSON as text, and as it is.
fn told(json: &str) -> String {
    // A line end would end the message on stdio. Between the pieces of JSON it means nothing, and within it is escaped.
    let json = json.replace(['\n', '\r'], " ");
    let text = serde_json::Value::from(&*json);
    if json.starts_with('{') {
        format!(r#""content":[{{"type":"text","text":{text}}}],"structuredContent":{json}"#)
    } else {
        format!(r#""content":[{{"type":"text","text":{text}}}]"#)
    }
}
