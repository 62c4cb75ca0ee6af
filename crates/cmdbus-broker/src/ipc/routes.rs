//! The table of routes (protocol §3.5), and how a path and a query are read.

use std::borrow::Cow;

use crate::core::Refusal;

/// What a client wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Route {
    Send,
    Health,
    Initialize,
    Stream,
    Register,
    Heartbeat,
    Reattach,
    Unregister,
    TaskHint,
    Undispatched,
    Presence,
    Dispatch,
    Discard,
    Claim,
    Reply,
    ProcessingState,
    SelfSettle,
    StagedDelivery,
    History,
    Status,
    Endpoints,
    Endpoint,
    Control,
    ControlOutcome,
    Receipt,
    Receipts,
    Shutdown,
}

/// Method, path, meaning. `{}` stands for one segment. The busiest first.
const ROUTES: &[(&str, &str, Route)] = &[
    ("POST", "/v1/send", Route::Send),
    ("GET", "/health", Route::Health),
    ("POST", "/v1/initialize", Route::Initialize),
    ("GET", "/v1/stream", Route::Stream),
    ("POST", "/v1/endpoint/register", Route::Register),
    ("POST", "/v1/endpoint/{}/heartbeat", Route::Heartbeat),
    ("POST", "/v1/endpoint/{}/reattach", Route::Reattach),
    ("POST", "/v1/endpoint/{}/task-hint", Route::TaskHint),
    ("DELETE", "/v1/endpoint/{}", Route::Unregister),
    ("GET", "/v1/endpoint/{}", Route::Endpoint),
    ("GET", "/v1/endpoints", Route::Endpoints),
    ("GET", "/v1/undispatched", Route::Undispatched),
    ("GET", "/v1/undispatched/presence", Route::Presence),
    ("DELETE", "/v1/undispatched/{}", Route::Discard),
    ("POST", "/v1/dispatch", Route::Dispatch),
    ("POST", "/v1/runtime/assignment-claim", Route::Claim),
    ("POST", "/v1/runtime/assignment-reply", Route::Reply),
    (
        "POST",
        "/v1/runtime/processing-state",
        Route::ProcessingState,
    ),
    ("POST", "/v1/runtime/self-settle", Route::SelfSettle),
    ("POST", "/v1/runtime/staged-delivery", Route::StagedDelivery),
    (
        "POST",
        "/v1/runtime/session-conversation-history",
        Route::History,
    ),
    ("GET", "/v1/status", Route::Status),
    ("POST", "/v1/control", Route::Control),
    ("GET", "/v1/control/{}", Route::ControlOutcome),
    ("GET", "/v1/receipts/{}", Route::Receipt),
    ("GET", "/v1/receipts", Route::Receipts),
    ("POST", "/v1/admin/shutdown", Route::Shutdown),
];

/// What a method and a path mean.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// This route, with the segment for which `{}` stands, or an empty one.
    Route(Route, String),
    /// The path takes other methods, listed as for `Allow`.
    OtherMethod(String),
    /// There is no such path.
    Nothing,
}

/// Looks a path up.
///
/// # Errors
///
/// 400 `invalid_path` if its percent-encoding is malformed.
pub(super) fn find(method: &str, path: &str) -> Result<Found, Refusal> {
    let decoded = decode_path(path)?;
    let mut allowed = String::new();
    for (takes, pattern, route) in ROUTES {
        let Some(segment) = matches(pattern, &decoded) else {
            continue;
        };
        if *takes == method {
            return Ok(Found::Route(*route, segment.to_owned()));
        }
        if !allowed.is_empty() {
            allowed.push_str(", ");
        }
        allowed.push_str(takes);
    }
    Ok(if allowed.is_empty() {
        Found::Nothing
    } else {
        Found::OtherMethod(allowed)
    })
}

/// A path whose segments are decoded. Without escapes it is one piece, because its slashes are separators.
enum Decoded<'a> {
    Plain(&'a str),
    Segments(Vec<String>),
}

fn decode_path(path: &str) -> Result<Decoded<'_>, Refusal> {
    if !path.contains('%') {
        return Ok(Decoded::Plain(path));
    }
    path.split('/')
        .map(|segment| percent_decode(segment, false).map(Cow::into_owned))
        .collect::<Option<Vec<_>>>()
        .map(Decoded::Segments)
        .ok_or_else(|| {
            Refusal::new(
                400,
                "invalid_path",
                "the path has a malformed percent-encoding, or one that is no UTF-8",
            )
        })
}

/// Returns the segment for which `{}` stands, an empty one if the pattern has none, or `None`.
fn matches<'a>(pattern: &str, path: &'a Decoded<'_>) -> Option<&'a str> {
    match path {
        Decoded::Plain(path) => match pattern.split_once("{}") {
            None => (pattern == *path).then_some(""),
            Some((before, after)) => {
                let segment = path.strip_prefix(before)?.strip_suffix(after)?;
                (!segment.is_empty() && !segment.contains('/')).then_some(segment)
            }
        },
        Decoded::Segments(segments) => {
            let mut found = "";
            let mut expected = pattern.split('/');
            for segment in segments {
                match expected.next()? {
                    "{}" if !segment.is_empty() => found = segment,
                    literal if literal == segment => {}
                    _ => return None,
                }
            }
            expected.next().is_none().then_some(found)
        }
    }
}

/// Decodes once. `None` if an escape is malformed or the result is no UTF-8.
fn percent_decode(text: &str, plus_is_space: bool) -> Option<Cow<'_, str>> {
    let is_encoded = text.contains('%') || (plus_is_space && text.contains('+'));
    if !is_encoded {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex(bytes.next()?)? << 4 | hex(bytes.next()?)?,
            b'+' if plus_is_space => b' ',
            other => other,
        });
    }
    String::from_utf8(decoded).ok().map(Cow::Owned)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// The query of a request. Parameters that nobody asks for are ignored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    pub(super) fn new(query: Option<&'a str>) -> Self {
        Self(query.unwrap_or_default())
    }

    /// Returns a parameter, or `None` if it is absent or empty.
    ///
    /// # Errors
    ///
    /// 422 if its percent-encoding is malformed.
    pub(super) fn get(&self, name: &str) -> Result<Option<Cow<'a, str>>, Refusal> {
        let raw = self.0.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (key == name).then_some(value)
        });
        match raw {
            None | Some("") => Ok(None),
            Some(value) => percent_decode(value, true).map(Some).ok_or_else(|| {
                Refusal::invalid(name, format!("`{name}` has a malformed percent-encoding"))
            }),
        }
    }

    /// Returns a parameter as a whole number that is not negative.
    ///
    /// # Errors
    ///
    /// 422 if it is something else.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let Some(value) = self.get(name)? else {
            return Ok(None);
        };
        let is_decimal = value.bytes().all(|byte| byte.is_ascii_digit());
        match value.parse() {
            Ok(number) if is_decimal => Ok(Some(number)),
            _ => Err(Refusal::invalid(
                name,
                format!("`{name}` must be a whole number"),
            )),
        }
    }

    /// Returns `limit`, at most `most`.
    ///
    /// # Errors
    ///
    /// 422 if it is no positive number.
    pub(super) fn limit(&self, default: usize, most: usize) -> Result<usize, Refusal> {
        match self.number("limit")? {
            None => Ok(default),
            Some(0) => Err(Refusal::invalid("limit", "`limit` must be positive")),
            Some(number) => Ok(usize::try_from(number).unwrap_or(most).min(most)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(method: &str, path: &str) -> Found {
        find(method, path).unwrap()
    }

    #[test]
    fn a_path_is_matched_exactly() {
        assert_eq!(
            route("POST", "/v1/send"),
            Found::Route(Route::Send, String::new())
        );
        for wrong in [
            "/v1/send/",
            "//v1/send",
            "/V1/send",
            "/v1/endpoint//heartbeat",
            "/v1/endpoint/a/b/heartbeat",
            "",
            "*",
        ] {
            assert_eq!(route("POST", wrong), Found::Nothing, "{wrong}");
        }
    }

    #[test]
    fn a_segment_is_decoded_once() {
        let found = |path| match route("POST", path) {
            Found::Route(Route::Heartbeat, segment) => segment,
            other => panic!("{other:?}"),
        };
        assert_eq!(found("/v1/endpoint/ep_01/heartbeat"), "ep_01");
        assert_eq!(found("/v1/endpoint/a%2Fb/heartbeat"), "a/b");
        assert_eq!(found("/v1/endpoint/a%252Fb/heartbeat"), "a%2Fb");
        assert_eq!(found("/v1/endpoint/%7B%7D/heartbeat"), "{}");
        assert_eq!(found("/v1/endpoint/a+b/heartbeat"), "a+b");
    }

    #[test]
    fn a_malformed_escape_is_an_invalid_path() {
        for path in ["/%", "/v1/endpoint/%zz/heartbeat", "/%2", "/a%ff", "/%+1"] {
            assert_eq!(find("POST", path).unwrap_err().code, "invalid_path");
        }
    }

    #[test]
    fn another_method_is_told_which_are_allowed() {
        assert_eq!(
            route("PUT", "/v1/endpoint/ep_01"),
            Found::OtherMethod("DELETE, GET".to_owned())
        );
        assert_eq!(
            route("GET", "/v1/send"),
            Found::OtherMethod("POST".to_owned())
        );
    }

    #[test]
    fn a_query_is_read_as_a_form_writes_it() {
        let query = Query::new(Some("a=1&b=x+y%2B&c&d=&a=2"));
        assert_eq!(query.get("a").unwrap().as_deref(), Some("1"));
        assert_eq!(query.get("b").unwrap().as_deref(), Some("x y+"));
        assert_eq!(query.get("c").unwrap(), None);
        assert_eq!(query.get("d").unwrap(), None);
        assert!(Query::new(Some("a=%z")).get("a").is_err());
        assert!(Query::new(Some("limit=0")).limit(1, 2).is_err());
        assert!(Query::new(Some("limit=+1")).limit(1, 2).is_err());
        assert_eq!(Query::new(Some("limit=99")).limit(1, 2).unwrap(), 2);
    }
}
