//! What a request must look like in its era (attach §4.1, §4.3).

use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cmdbus_mcp::rpc::{Era, LEGACY_VERSIONS, MODERN_VERSIONS, Raw, codes, named_by, splice};
use serde_json::json;

use super::errors::Problem;
use super::headers::{self, METHOD, NAME, VERSION};

const META_VERSION: &[&str] = &["_meta", "io.modelcontextprotocol/protocolVersion"];
const META_CAPABILITIES: &[&str] = &["_meta", "io.modelcontextprotocol/clientCapabilities"];
/// Gone from the wire since 2026-07-28.
const REMOVED: [&str; 5] = [
    "initialize",
    "ping",
    "logging/setLevel",
    "resources/subscribe",
    "resources/unsubscribe",
];

/// Returns the era of a message: modern if its header or its `_meta` says so.
pub(super) fn era(headers: &HeaderMap, params: Option<&Raw>) -> Era {
    let of_headers = era_of_headers(headers);
    match params.and_then(|params| splice::get_str(params, META_VERSION)) {
        Some(version) => of_headers.max(Era::of_version(&version)),
        None => of_headers,
    }
}

/// Returns the era of a request without a body.
pub(super) fn era_of_headers(headers: &HeaderMap) -> Era {
    headers
        .get_all(VERSION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .map(|version| Era::of_version(version.trim()))
        .max()
        .unwrap_or(Era::Legacy)
}

/// Refuses an era that what stands behind the route does not speak, so that clients of both eras fall back by themselves.
pub(super) fn is_spoken(
    era: Era,
    spoken: &[String],
    method: &str,
    params: Option<&Raw>,
) -> Result<(), Problem> {
    let has = |era| spoken.iter().any(|version| Era::of_version(version) == era);
    if spoken.is_empty() || has(era) {
        return Ok(());
    }
    if era == Era::Modern {
        // Not one of the codes by which a client would know a modern server.
        return Err(Problem::malformed(
            "this server speaks an older revision of MCP; send `initialize`",
        ));
    }
    if method == "initialize" {
        let requested = params
            .and_then(|params| splice::get_str(params, &["protocolVersion"]))
            .unwrap_or_default();
        return Err(unsupported(spoken, &requested));
    }
    Err(Problem::malformed(format!(
        "this server speaks {}, which has no sessions",
        spoken.join(", ")
    )))
}

/// Checks a request of the modern era, but for `Mcp-Param-*`, which its server judges.
pub(super) fn modern(
    headers: &HeaderMap,
    spoken: &[String],
    method: &str,
    params: Option<&Raw>,
) -> Result<(), Problem> {
    if REMOVED.contains(&method) {
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            codes::METHOD_NOT_FOUND,
            format!("`{method}` is not part of this revision of MCP"),
        ));
    }
    let Some(version) = params.and_then(|params| splice::get_str(params, META_VERSION)) else {
        return Err(missing_meta("io.modelcontextprotocol/protocolVersion"));
    };
    let header = mirrored(headers, &VERSION)?;
    if header != version {
        return Err(mismatch(format!(
            "`{VERSION}` and the protocol version in `_meta` differ"
        )));
    }
    let known = match spoken {
        [] => MODERN_VERSIONS.contains(&version.as_str()),
        spoken => spoken.contains(&version),
    };
    if !known {
        return Err(unsupported(spoken, &version));
    }
    let capabilities = params.and_then(|params| splice::get(params, META_CAPABILITIES));
    if !capabilities.is_some_and(|capabilities| capabilities.get().starts_with('{')) {
        return Err(missing_meta("io.modelcontextprotocol/clientCapabilities"));
    }
    if mirrored(headers, &METHOD)? != method {
        return Err(mismatch(format!(
            "`{METHOD}` is not the method of the body"
        )));
    }
    name(headers, method, params)
}

/// Checks `Mcp-Name` against what the body asks for.
fn name(headers: &HeaderMap, method: &str, params: Option<&Raw>) -> Result<(), Problem> {
    let Some(member) = named_by(method) else {
        return Ok(());
    };
    let wanted = params.and_then(|params| splice::get_str(params, &[member]));
    if wanted.is_none() && !headers.contains_key(NAME) {
        // Nothing to mirror. The server says what its parameters lack.
        return Ok(());
    }
    if decoded(mirrored(headers, &NAME)?)? == wanted.unwrap_or_default() {
        return Ok(());
    }
    Err(mismatch(format!(
        "`{NAME}` is not the `{member}` of the body"
    )))
}

/// Undoes the Base64 sentinel of values that cannot stand in a header.
fn decoded(value: &str) -> Result<String, Problem> {
    let inner = value
        .strip_prefix("=?base64?")
        .and_then(|value| value.strip_suffix("?="));
    let Some(inner) = inner else {
        return Ok(value.to_owned());
    };
    STANDARD
        .decode(inner)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| mismatch(format!("`{NAME}` is no Base64 of UTF-8 text")))
}

fn mirrored<'a>(headers: &'a HeaderMap, name: &axum::http::HeaderName) -> Result<&'a str, Problem> {
    match headers::single(headers, name) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(mismatch(format!("the `{name}` header is missing"))),
        Err(_) => Err(mismatch(format!(
            "the `{name}` header must be there once, in visible ASCII"
        ))),
    }
}

fn mismatch(message: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, codes::HEADER_MISMATCH, message)
}

fn missing_meta(name: &str) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        codes::INVALID_PARAMS,
        format!("`_meta` lacks `{name}`"),
    )
}

/// Names the revisions that are spoken instead.
fn unsupported(spoken: &[String], requested: &str) -> Problem {
    let supported = match spoken {
        [] => json!(MODERN_VERSIONS),
        spoken => json!(spoken),
    };
    Problem::new(
        StatusCode::BAD_REQUEST,
        codes::UNSUPPORTED_VERSION,
        "this revision of MCP is not spoken here; see `data.supported`",
    )
    .with_data(&json!({"supported": supported, "requested": requested}))
}

/// Checks the revision that a request in a legacy session names; without one, the negotiated one is meant.
pub(super) fn legacy_version(headers: &HeaderMap) -> Result<(), Problem> {
    match headers::single(headers, &VERSION)? {
        Some(version) if !LEGACY_VERSIONS.contains(&version) => Err(Problem::malformed(format!(
            "`{VERSION}` names no revision with sessions"
        ))),
        _ => Ok(()),
    }
}
