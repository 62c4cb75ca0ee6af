//! By which names this listener is reached, and which web pages may.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::body::Body;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};

use super::refusal::Refusal;

/// What a page may read of an answer beside its body.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "Mcp-Session-Id, WWW-Authenticate, Retry-After, Idempotency-Replayed, Preference-Applied",
);
/// What a page may ask to be allowed to send.
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, DELETE");
/// For how many seconds a browser need not ask again.
const PREFLIGHT_AGE: HeaderValue = HeaderValue::from_static("600");
/// Schemes whose default port a browser leaves out.
const DEFAULT_PORTS: [(&str, u16); 2] = [("http", 80), ("https", 443)];

/// The `Host` and `Origin` rules: what keeps web pages away, whatever name they found for this machine.
///
/// `Host` must be a loopback name or address, or configured. `Origin` may be absent; if it is there, it must be a
/// loopback origin or configured. No answer allows every origin.
#[derive(Debug, Clone, Default)]
pub struct Doors {
    hosts: Vec<HostPort>,
    origins: Vec<Origin>,
}

/// A name or an origin in the configuration that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DoorsError {
    /// A host is not one.
    #[error(
        "`{0}` is no host; write a name or address as `gw.example`, with a port as `gw.example:8443`"
    )]
    Host(String),
    /// An origin is not one.
    #[error(
        "`{0}` is no origin; write it as `https://app.example`, without a path, one by one: there is no `*`"
    )]
    Origin(String),
    /// The public address is not one.
    #[error("`{0}` is no address; write it as `https://gw.example`")]
    PublicUrl(String),
}

impl Doors {
    /// Makes the rules. A host without a port stands for all ports. The host of the public address is allowed too.
    ///
    /// # Errors
    ///
    /// One of them is not what it should be.
    pub fn new<S: AsRef<str>>(
        allowed_hosts: &[S],
        allowed_origins: &[S],
        public_url: Option<&str>,
    ) -> Result<Self, DoorsError> {
        let host = |text: &S| {
            HostPort::parse(text.as_ref()).ok_or_else(|| DoorsError::Host(text.as_ref().to_owned()))
        };
        let origin = |text: &S| {
            Origin::parse(text.as_ref()).ok_or_else(|| DoorsError::Origin(text.as_ref().to_owned()))
        };
        let mut hosts: Vec<_> = allowed_hosts.iter().map(host).collect::<Result<_, _>>()?;
        if let Some(url) = public_url {
            hosts.push(host_of(url).ok_or_else(|| DoorsError::PublicUrl(url.to_owned()))?);
        }
        let origins = allowed_origins
            .iter()
            .map(origin)
            .collect::<Result<_, _>>()?;
        Ok(Self { hosts, origins })
    }

    /// Checks a request, and returns the origin to which its answer may be shown, if it names one.
    pub(super) fn check(
        &self,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<Option<HeaderValue>, Refusal> {
        self.check_host(uri, headers)?;
        let mut origins = headers.get_all(ORIGIN).iter();
        let Some(origin) = origins.next() else {
            return Ok(None);
        };
        if origins.next().is_some() || !self.allows_origin(origin) {
            return Err(Refusal::forbidden(
                "requests of this `Origin` are refused; if you mean it, add the origin to `gateway.allowed_origins`",
            ));
        }
        Ok(Some(origin.clone()))
    }

    /// Checks every name that a request has for this listener: the header, and the target if it is a whole address.
    fn check_host(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let mut named = headers.get_all(HOST).iter();
        let header = named.next().map(|host| host.to_str().unwrap_or_default());
        let target = uri.authority().map(|authority| authority.as_str());
        let has_name = header.or(target).is_some();
        let is_fine = |name: &str| self.allows_host(name);
        if !has_name
            || named.next().is_some()
            || !header.is_none_or(is_fine)
            || !target.is_none_or(is_fine)
        {
            return Err(Refusal::forbidden(
                "`Host` must be localhost, 127.0.0.1 or [::1]; if you mean another, add it to `gateway.allowed_hosts`",
            ));
        }
        Ok(())
    }

    fn allows_host(&self, name: &str) -> bool {
        let Some(host) = HostPort::parse(name) else {
            return false;
        };
        let is_allowed = |allowed: &HostPort| {
            allowed.host == host.host && (allowed.port.is_none() || allowed.port == host.port)
        };
        host.is_loopback() || self.hosts.iter().any(is_allowed)
    }

    fn allows_origin(&self, origin: &HeaderValue) -> bool {
        let origin = origin.to_str().ok().and_then(Origin::parse);
        origin.is_some_and(|origin| origin.is_loopback() || self.origins.contains(&origin))
    }
}

/// Returns whether a browser asks whether a page may send what it wants to.
pub(super) fn is_preflight<B>(request: &Request<B>) -> bool {
    *request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// Allows a page what it asks for. Which headers is not looked at: with an allowed origin, the token decides.
pub(super) fn preflight<B>(request: &Request<B>) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE);
    for asked in request.headers().get_all(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.append(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    let asked = HeaderValue::from_static("Access-Control-Request-Headers");
    headers.append(VARY, asked);
    response
}

/// Lets the pages of an origin read an answer.
pub(super) fn show_to<B>(response: &mut Response<B>, origin: &HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    headers.append(VARY, HeaderValue::from_static("Origin"));
}

/// Returns the host of a web address, without its port: what stands in front may have another.
fn host_of(url: &str) -> Option<HostPort> {
    let uri: Uri = url.parse().ok()?;
    let scheme = uri.scheme_str()?;
    let is_web = DEFAULT_PORTS.iter().any(|(web, _)| *web == scheme);
    let host = HostPort::parse(uri.authority()?.as_str()).filter(|_| is_web)?;
    Some(HostPort { port: None, ..host })
}

/// A host and perhaps a port, as `Host` says them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct HostPort {
    /// In lower case; an IPv6 address in brackets.
    host: String,
    port: Option<u16>,
}

impl HostPort {
    fn parse(text: &str) -> Option<Self> {
        // Behind the bracket of an IPv6 address, else at the first colon.
        let end = match text.strip_prefix('[') {
            Some(rest) => rest.find(']')? + 2,
            None => text.find(':').unwrap_or(text.len()),
        };
        let (host, rest) = text.split_at_checked(end)?;
        let port = match rest.strip_prefix(':') {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(digits.parse().ok()?)
            }
            None if rest.is_empty() => None,
            _ => return None,
        };
        is_host(host).then(|| Self {
            host: host.to_ascii_lowercase(),
            port,
        })
    }

    /// Returns whether it means this machine by one of its fixed names.
    fn is_loopback(&self) -> bool {
        if let Some(address) = ipv6_of(&self.host) {
            return address.is_loopback();
        }
        let address: Result<Ipv4Addr, _> = self.host.parse();
        self.host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }
}

fn ipv6_of(host: &str) -> Option<Ipv6Addr> {
    host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

fn is_host(text: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    ipv6_of(text).is_some() || (!text.is_empty() && text.bytes().all(is_of_name))
}

/// An origin, with its port as a browser writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Origin {
    /// In lower case.
    scheme: String,
    authority: HostPort,
}

impl Origin {
    /// Reads `scheme://host[:port]`. `null`, which every sandboxed page has in common, is none.
    fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let is_of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte);
        if scheme.is_empty() || !scheme.bytes().all(is_of_scheme) {
            return None;
        }
        let scheme = scheme.to_ascii_lowercase();
        let mut authority = HostPort::parse(authority)?;
        let default = DEFAULT_PORTS.iter().find(|(known, _)| *known == scheme);
        if default.is_some_and(|(_, port)| authority.port == Some(*port)) {
            authority.port = None;
        }
        Some(Self { scheme, authority })
    }

    fn is_loopback(&self) -> bool {
        let is_web = DEFAULT_PORTS.iter().any(|(web, _)| *web == self.scheme);
        is_web && self.authority.is_loopback()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(doors: &Doors, headers: &[(&'static str, &str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        doors
            .check(&Uri::from_static("/mcp"), &headers.collect())
            .is_ok()
    }

    #[test]
    fn w40_only_names_of_this_machine_and_configured_ones_are_hosts() {
        let doors = Doors::new(
            &["gw.example", "port.example:8443", "[2001:db8::1]"],
            &[],
            Some("https://public.example:444/"),
        )
        .unwrap();
        for good in [
            "localhost",
            "LocalHost:80",
            "127.0.0.1:7801",
            "127.255.0.9",
            "[::1]",
            "[::1]:9",
            "gw.example",
            "GW.example:9",
            "port.example:8443",
            "[2001:db8::1]:5",
            "public.example",
            "public.example:444",
        ] {
            assert!(allows(&doors, &[("host", good)]), "{good}");
        }
        for bad in [
            "",
            "evil.example",
            "127.0.0.1.evil.example",
            "127.1",
            "2130706433",
            "0.0.0.0",
            "192.168.0.1",
            "localhost.",
            "a.localhost",
            "localhost:",
            "localhost:8x",
            "localhost:+80",
            "localhost:80:80",
            "localhost:65536",
            "user@localhost",
            "localhost/x",
            "::1",
            "[::1",
            "[::1]x",
            "[::ffff:127.0.0.1]",
            "[localhost]",
            "port.example",
            "port.example:80",
            "x.gw.example",
        ] {
            assert!(!allows(&doors, &[("host", bad)]), "{bad}");
        }
    }

    #[test]
    fn w40_a_request_has_one_host_and_each_of_its_names_counts() {
        let doors = Doors::default();
        let local = HeaderMap::from_iter([(HOST, HeaderValue::from_static("localhost"))]);
        let twice: HeaderMap =
            [&local, &local]
                .into_iter()
                .fold(HeaderMap::new(), |mut all, one| {
                    all.append(HOST, one[HOST].clone());
                    all
                });
        let none = HeaderMap::new();
        let opaque = HeaderMap::from_iter([(HOST, HeaderValue::from_bytes(b"\xff").unwrap())]);
        let check =
            |uri: &'static str, headers| doors.check(&Uri::from_static(uri), headers).is_ok();
        assert!(check("/mcp", &local));
        assert!(check("http://127.0.0.1:5/mcp", &local));
        assert!(check("http://127.0.0.1:5/mcp", &none));
        assert!(!check("http://evil.example/mcp", &local));
        assert!(!check("http://evil.example/mcp", &none));
        assert!(!check("/mcp", &none) && !check("/mcp", &twice) && !check("/mcp", &opaque));
    }

    #[test]
    fn w19_only_loopback_and_configured_origins_are_let_in() {
        let listed = [
            "https://app.example",
            "http://Plain.example:80",
            "vscode-webview://abc",
        ];
        let doors = Doors::new(&[], &listed, Some("https://gw.example")).unwrap();
        let allows = |origin| allows(&doors, &[("host", "localhost"), ("origin", origin)]);
        for good in [
            "http://localhost",
            "http://localhost:6274",
            "https://127.0.0.1:1",
            "http://[::1]:80",
            "https://app.example",
            "https://APP.example:443",
            "http://plain.example",
            "vscode-webview://abc",
        ] {
            assert!(allows(good), "{good}");
        }
        for bad in [
            "null",
            "*",
            "",
            "https://evil.example",
            "http://app.example",
            "https://app.example:444",
            "https://app.example.evil.example",
            "https://app.example/path",
            "https://app.example https://evil.example",
            "http://localhost.evil.example",
            "http://localhost@evil.example",
            "ftp://localhost",
            "//localhost",
            "localhost",
            // Its host is how this listener is reached, which makes none of its pages trusted.
            "https://gw.example",
        ] {
            assert!(!allows(bad), "{bad}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("localhost"));
        for _ in 0..2 {
            headers.append(ORIGIN, HeaderValue::from_static("http://localhost"));
        }
        assert!(doors.check(&Uri::from_static("/mcp"), &headers).is_err());
    }

    #[test]
    fn pages_may_read_what_the_gateway_says_beside_the_body() {
        let mut response = Response::new(());
        show_to(&mut response, &HeaderValue::from_static("http://localhost"));
        let exposed = response.headers()[ACCESS_CONTROL_EXPOSE_HEADERS].to_str();
        let exposed: Vec<_> = exposed.unwrap().split(", ").collect();
        for header in [
            "Mcp-Session-Id",
            "WWW-Authenticate",
            "Retry-After",
            "Idempotency-Replayed",
            "Preference-Applied",
        ] {
            assert!(exposed.contains(&header), "{header}");
        }
    }

    #[test]
    fn what_is_configured_wrongly_is_named() {
        for host in [
            "",
            "*",
            "https://gw.example",
            "gw.example/x",
            "gw.example:x",
            "a b",
        ] {
            let error = Doors::new(&[host], &[], None).unwrap_err();
            assert_eq!(error, DoorsError::Host(host.to_owned()));
        }
        for origin in [
            "",
            "*",
            "null",
            "app.example",
            "https://",
            "https://app.example/",
        ] {
            let error = Doors::new(&[], &[origin], None).unwrap_err();
            assert_eq!(error, DoorsError::Origin(origin.to_owned()));
        }
        for url in [
            "",
            "gw.example",
            "/x",
            "ws://gw.example",
            "https://u@gw.example",
        ] {
            let error = Doors::new::<&str>(&[], &[], Some(url)).unwrap_err();
            assert_eq!(error, DoorsError::PublicUrl(url.to_owned()));
        }
    }
}
