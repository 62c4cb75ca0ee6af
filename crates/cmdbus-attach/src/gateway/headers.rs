//! Headers that mean something to the gateway, and those that travel on (attach §4.12).

use std::time::Duration;

use axum::http::header::CONNECTION;
use axum::http::{HeaderMap, HeaderName};
use cmdbus_mcp::carry::Limits;
use cmdbus_mcp::rpc::Era;

use super::errors::Problem;
use super::settings::Settings;
use crate::frame::Arguments;

pub(super) const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
pub(super) const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
pub(super) const METHOD: HeaderName = HeaderName::from_static("mcp-method");
pub(super) const NAME: HeaderName = HeaderName::from_static("mcp-name");
pub(super) const LAST_EVENT: HeaderName = HeaderName::from_static("last-event-id");
const TIMEOUT: HeaderName = HeaderName::from_static("x-cmdbus-timeout-ms");

/// Most that travels on, names and values together.
const MAX_FORWARDED: usize = 16 << 10;
/// What travels without being asked for.
const ALLOWED: [&str; 3] = ["traceparent", "tracestate", "baggage"];
/// What never travels, even when it is asked for.
const NEVER: [&str; 18] = [
    "authorization",
    "connection",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "last-event-id",
    "origin",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-cmdbus-timeout-ms",
    "x-real-ip",
];
const NEVER_STARTS: [&str; 5] = ["accept", "content-", "mcp-", "proxy-", "x-forwarded-"];

/// Returns the only value of a header.
///
/// # Errors
/// There are several, or it is no visible text.
pub(super) fn single<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a str>, Problem> {
    let mut given = headers.get_all(name).iter();
    let Some(value) = given.next() else {
        return Ok(None);
    };
    if given.next().is_some() {
        return Err(Problem::malformed(format!(
            "there is more than one `{name}` header; send one"
        )));
    }
    match value.to_str() {
        Ok(text) => Ok(Some(text.trim())),
        Err(_) => Err(Problem::malformed(format!(
            "the `{name}` header is no visible ASCII text"
        ))),
    }
}

/// Returns the headers that travel with a request, names in lower case.
pub(super) fn forwarded(
    headers: &HeaderMap,
    era: Era,
    declared: &[String],
    settings: &Settings,
) -> Result<Vec<(String, String)>, Problem> {
    let nominated: Vec<String> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let mut found = Vec::new();
    let mut length = 0;
    for name in headers.keys() {
        let own = settings.key_headers.contains(name) || settings.argument_headers.contains(name);
        let name = name.as_str();
        if own || nominated.iter().any(|nominated| nominated == name) {
            continue;
        }
        if !travels(name, era, declared) {
            continue;
        }
        let value = joined(headers, name)?;
        length += name.len() + value.len();
        if length > MAX_FORWARDED {
            return Err(Problem::malformed(
                "the headers that travel to the server are longer than 16 KiB; send fewer",
            ));
        }
        found.push((name.to_owned(), value));
    }
    Ok(found)
}

fn travels(name: &str, era: Era, declared: &[String]) -> bool {
    if name.starts_with("mcp-param-") {
        return era == Era::Modern;
    }
    if NEVER.contains(&name) || NEVER_STARTS.iter().any(|start| name.starts_with(start)) {
        return false;
    }
    ALLOWED.contains(&name)
        || name.starts_with("x-cmdbus-")
        || declared
            .iter()
            .any(|declared| declared.eq_ignore_ascii_case(name))
}

/// Returns all values of a header. What would have to be changed on the way is refused rather than dropped.
fn joined(headers: &HeaderMap, name: &str) -> Result<String, Problem> {
    let mut all = String::new();
    for value in headers.get_all(name) {
        let Ok(value) = value.to_str() else {
            return Err(Problem::malformed(format!(
                "the `{name}` header is no visible ASCII text, and cannot travel to the server"
            )));
        };
        if !all.is_empty() {
            all.push_str(", ");
        }
        all.push_str(value);
    }
    Ok(all)
}

/// Returns the arguments of a new session.
pub(super) fn arguments(
    headers: &HeaderMap,
    settings: &Settings,
) -> Result<Option<Arguments>, Problem> {
    let mut found: Option<(&HeaderName, &str)> = None;
    for name in &settings.argument_headers {
        let Some(value) = single(headers, name)? else {
            continue;
        };
        if let Some((other, _)) = found {
            return Err(Problem::malformed(format!(
                "`{name}` and `{other}` are the same; send one"
            )));
        }
        found = Some((name, value));
    }
    let Some((name, text)) = found else {
        return Ok(None);
    };
    let arguments: Option<Arguments> = serde_json::from_str(text).ok();
    arguments
        .filter(|arguments| {
            let mut values = arguments.values();
            values.all(|value| value.is_string() || value.is_null())
        })
        .map(Some)
        .ok_or_else(|| {
            Problem::malformed(format!(
                "`{name}` must be a JSON object whose values are strings or null"
            ))
        })
}

/// Returns the limits that the caller asks for, as far as they are granted (attach §4.8).
pub(super) fn limits(headers: &HeaderMap, cap: Duration) -> Result<Option<Limits>, Problem> {
    let Some(text) = single(headers, &TIMEOUT)? else {
        return Ok(None);
    };
    match text.parse() {
        Ok(millis @ 1_u64..) => Ok(Some(Limits {
            // Who asks for a length means it, also where nothing is heard in between.
            idle: None,
            total: Some(Duration::from_millis(millis).min(cap)),
        })),
        _ => Err(Problem::malformed(format!(
            "`{TIMEOUT}` must be a number of milliseconds above zero"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(pairs: &[(&'static str, &'static str)], era: Era, declared: &[&str]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        let declared: Vec<String> = declared.iter().map(ToString::to_string).collect();
        let mut sent: Vec<String> = forwarded(&headers, era, &declared, &Settings::default())
            .unwrap()
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        sent.sort();
        sent
    }

    #[test]
    fn w39_only_what_is_on_the_list_travels() {
        let headers = [
            ("traceparent", "00-1"),
            ("baggage", "a=1"),
            ("baggage", "b=2"),
            ("x-cmdbus-tenant", "blue"),
            ("x-cmdbus-attach-id", "laptop"),
            ("x-cmdbus-arguments", "{}"),
            ("x-cmdbus-timeout-ms", "5"),
            ("authorization", "Bearer x"),
            ("cookie", "x"),
            ("mcp-protocol-version", "2025-11-25"),
            ("mcp-param-region", "eu"),
            ("x-agent", "7"),
            ("x-other", "7"),
            ("x-cmdbus-hop", "1"),
            ("connection", "X-Cmdbus-Hop, close"),
        ];
        assert_eq!(
            sent(
                &headers,
                Era::Legacy,
                &["X-Agent", "Cookie", "Authorization"]
            ),
            [
                "baggage=a=1, b=2",
                "traceparent=00-1",
                "x-agent=7",
                "x-cmdbus-tenant=blue"
            ]
        );
        assert!(sent(&headers, Era::Modern, &[]).contains(&"mcp-param-region=eu".to_owned()));
    }

    #[test]
    fn w39_a_value_that_is_no_ascii_is_refused_where_it_would_travel() {
        let mut headers = HeaderMap::new();
        let value = axum::http::HeaderValue::from_bytes("ü".as_bytes()).unwrap();
        headers.insert("x-other", value.clone());
        let settings = Settings::default();
        assert!(forwarded(&headers, Era::Legacy, &[], &settings).is_ok());
        headers.insert("baggage", value);
        assert!(forwarded(&headers, Era::Legacy, &[], &settings).is_err());
    }

    #[test]
    fn more_than_sixteen_kib_do_not_travel() {
        let mut headers = HeaderMap::new();
        headers.insert("baggage", "x".repeat((16 << 10) - 7).parse().unwrap());
        let settings = Settings::default();
        assert!(forwarded(&headers, Era::Legacy, &[], &settings).is_ok());
        headers.insert("baggage", "x".repeat((16 << 10) - 6).parse().unwrap());
        assert!(forwarded(&headers, Era::Legacy, &[], &settings).is_err());
    }
}
