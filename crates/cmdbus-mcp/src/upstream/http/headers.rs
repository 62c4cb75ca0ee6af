//! Headers of the inner hop (attach §4.12).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::value::RawValue;

use crate::rpc::{MODERN_VERSIONS, named_by, splice};

pub(super) const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
pub(super) const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
pub(super) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");

const META_VERSION: &[&str] = &["_meta", "io.modelcontextprotocol/protocolVersion"];

/// Adds headers that came with a call. Where a header is configured for the server, that one counts.
pub(super) fn add_forwarded(map: &mut HeaderMap, forwarded: &[(String, String)]) {
    for (name, value) in forwarded {
        let Ok(name) = HeaderName::try_from(name.as_str()) else {
            continue;
        };
        if may_travel(name.as_str())
            && !map.contains_key(&name)
            && let Ok(value) = HeaderValue::try_from(value.as_str())
        {
            map.insert(name, value);
        }
    }
}

/// Returns whether a header of a caller may go to the server at all: a second line of defence behind the list of those allowed.
fn may_travel(name: &str) -> bool {
    if let Some(rest) = name.strip_prefix("mcp-") {
        return rest.starts_with("param-");
    }
    let never = [
        "authorization",
        "connection",
        "cookie",
        "forwarded",
        "host",
        "keep-alive",
        "last-event-id",
        "origin",
        "referer",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    let prefixes = ["accept", "content-", "proxy-", "x-forwarded-"];
    !never.contains(&name) && !prefixes.iter().any(|prefix| name.starts_with(prefix))
}

/// Adds what a modern server wants to know from the headers: the version as the body says it, the method, the name.
pub(super) fn add_modern(map: &mut HeaderMap, method: &str, params: Option<&RawValue>) {
    let version = params
        .and_then(|params| splice::get_str(params, META_VERSION))
        .and_then(|version| HeaderValue::try_from(version).ok())
        .unwrap_or(HeaderValue::from_static(MODERN_VERSIONS[0]));
    map.insert(VERSION, version);
    map.insert(METHOD, encoded(method));
    let name = named_by(method)
        .zip(params)
        .and_then(|(member, params)| splice::get_str(params, &[member]));
    if let Some(name) = name {
        map.insert(NAME, encoded(&name));
    }
}

/// Returns text as a header value: as it is, or in Base64 between marks where a header could not carry it unchanged.
fn encoded(text: &str) -> HeaderValue {
    let plain = text.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
        && text.trim_matches([' ', '\t']) == text
        && !(text.starts_with("=?base64?") && text.ends_with("?="));
    let text = if plain {
        text.to_owned()
    } else {
        format!("=?base64?{}?=", BASE64_STANDARD.encode(text))
    };
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn names_that_a_header_cannot_carry_are_sent_in_base64() {
        for (name, value) in [
            ("us-west1", "us-west1"),
            ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
            (" padded ", "=?base64?IHBhZGRlZCA=?="),
            ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
            ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
            ("", ""),
        ] {
            assert_eq!(encoded(name), value, "{name}");
        }
    }

    #[test]
    fn the_name_is_that_of_what_the_method_is_about() {
        for (method, params, name) in [
            ("tools/call", r#"{"name":"a"}"#, Some("a")),
            ("resources/read", r#"{"uri":"test://b"}"#, Some("test://b")),
            ("tasks/cancel", r#"{"taskId":"c","name":"d"}"#, Some("c")),
            ("tools/list", r#"{"name":"a"}"#, None),
            ("tools/call", r#"{"name":7}"#, None),
        ] {
            let params: Box<RawValue> = serde_json::from_str(params).unwrap();
            let mut map = HeaderMap::new();
            add_modern(&mut map, method, Some(&params));
            let sent = map.get(NAME).map(|value| value.to_str().unwrap());
            assert_eq!(sent, name, "{method}");
        }
    }

    #[test]
    fn w39_credentials_and_protocol_headers_of_callers_never_travel() {
        let forwarded: Vec<(String, String)> = [
            "authorization",
            "cookie",
            "proxy-authorization",
            "origin",
            "host",
            "accept-encoding",
            "content-length",
            "te",
            "transfer-encoding",
            "mcp-session-id",
            "mcp-protocol-version",
            "x-forwarded-for",
            "mcp-param-region",
            "traceparent",
        ]
        .iter()
        .map(|name| ((*name).to_owned(), "v".to_owned()))
        .collect();
        let mut map = HeaderMap::new();
        add_forwarded(&mut map, &forwarded);
        let mut names: Vec<_> = map.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["mcp-param-region", "traceparent"]);
    }
}
