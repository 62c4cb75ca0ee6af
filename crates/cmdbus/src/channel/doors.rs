//! Who may send HTTP requests to a server of ours: the `Host`, the `Origin`, the token (protocol §9.3).

use ::axum::body::Body;
use ::axum::http::header::{
    AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN, WWW_AUTHENTICATE,
};
use ::axum::http::{StatusCode, Uri};
use ::axum::response::Response;

use super::auth::TokenCheck;

/// Where requests may come from.
#[derive(Clone, Default)]
pub(super) struct Doors {
    /// Lower case, with a port or for any.
    pub(super) hosts: Vec<String>,
    /// Lower case.
    pub(super) origins: Vec<String>,
    pub(super) token: Option<TokenCheck>,
}

impl Doors {
    pub(super) fn allow_host(&mut self, host: String) {
        self.hosts.push(host.to_ascii_lowercase());
    }

    pub(super) fn allow_origin(&mut self, origin: String) {
        self.origins.push(origin.to_ascii_lowercase());
    }

    /// Returns the host that is asked, if it is one of ours.
    pub(super) fn host(&self, uri: &Uri, headers: &HeaderMap) -> Result<String, Refusal> {
        let refusal = || {
            Refusal::new(
                StatusCode::FORBIDDEN,
                "the `Host` is not one this server is known by; use the address it listens on, or allow the name in its \
                 configuration",
            )
        };
        let host = single(headers, HOST).map_err(|_| refusal())?;
        // A request line may have a whole URL in it. It stands for a header that is missing, and must not name another host.
        let target = uri.authority().map(|authority| authority.as_str());
        let host = host.or(target).ok_or_else(refusal)?.to_ascii_lowercase();
        let agrees = target.is_none_or(|target| target.eq_ignore_ascii_case(&host));
        let name = without_port(&host).ok_or_else(refusal)?;
        let known = matches!(name, "localhost" | "127.0.0.1" | "[::1]")
            || self
                .hosts
                .iter()
                .any(|allowed| *allowed == host || allowed == name);
        if known && agrees {
            Ok(host)
        } else {
            Err(refusal())
        }
    }

    /// Checks the origin, and returns it if it is one that was allowed, whose pages are to be told so.
    pub(super) fn origin<'h>(
        &self,
        host: &str,
        headers: &'h HeaderMap,
    ) -> Result<Option<&'h str>, Refusal> {
        let refusal = || {
            Refusal::new(
                StatusCode::FORBIDDEN,
                "pages of this `Origin` may not use the bus; allow it in the server's configuration",
            )
        };
        let Some(origin) = single(headers, ORIGIN).map_err(|_| refusal())? else {
            return Ok(None);
        };
        let known = origin.to_ascii_lowercase();
        let own = known
            .strip_prefix("http://")
            .or_else(|| known.strip_prefix("https://"))
            .is_some_and(|authority| authority == host);
        if self.origins.contains(&known) {
            Ok(Some(origin))
        } else if own {
            Ok(None)
        } else {
            Err(refusal())
        }
    }

    pub(super) fn check_token(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(check) = &self.token else {
            return Ok(());
        };
        let shown = single(headers, AUTHORIZATION).ok().flatten();
        let token = shown
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim());
        match token {
            Some(token) if check(token) => Ok(()),
            Some(_) => Err(Refusal::new(
                StatusCode::UNAUTHORIZED,
                "wrong token; show the one of this bus",
            )),
            None => Err(Refusal::new(
                StatusCode::UNAUTHORIZED,
                "a token is needed; send it as `Authorization: Bearer TOKEN`",
            )),
        }
    }
}

/// Why a request gets no further. What it says repeats nothing that was sent.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    text: &'static str,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, text: &'static str) -> Self {
        Self { status, text }
    }

    pub(super) fn into_response(self) -> Response {
        let body = serde_json::json!({ "error": self.text }).to_string();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// More than one value, or one that is not text.
pub(super) struct Ambiguous;

pub(super) fn single(headers: &HeaderMap, name: HeaderName) -> Result<Option<&str>, Ambiguous> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Ambiguous),
        (Some(_), Some(_)) => Err(Ambiguous),
    }
}

/// Returns the host of `HOST` or `HOST:PORT`, with the brackets of an IPv6 address; `None` if it is neither.
fn without_port(host: &str) -> Option<&str> {
    let name_end = match host.find(']') {
        Some(bracket) => bracket + 1,
        None => host.find(':').unwrap_or(host.len()),
    };
    let (name, port) = host.split_at(name_end);
    let port_is_fine = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|port| port.parse::<u16>().is_ok());
    (port_is_fine && !name.is_empty()).then_some(name)
}
