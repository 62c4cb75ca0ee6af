//! Who may speak: host, origin, token, and what the headers say about the caller (protocol §3.1).

use hyper::HeaderMap;
use hyper::Uri;
use hyper::header::{AUTHORIZATION, HOST, HeaderValue, ORIGIN};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

use crate::core::Refusal;
use crate::store::Digest;

/// Longest name of a stream, in bytes.
const STREAM_NAME_BYTES: usize = 128;

/// Returns the digest of a secret.
pub(super) fn digest(secret: &[u8]) -> Digest {
    Digest(Sha256::digest(secret).into())
}

/// Whose requests are listened to.
pub(super) struct Access {
    token: Digest,
    origins: Vec<String>,
}

impl Access {
    pub(super) fn new(token: &str, origins: Vec<String>) -> Self {
        Self {
            token: digest(token.as_bytes()),
            origins,
        }
    }

    /// Checks that no web page got here by another name of this machine. `Sec-Fetch-*` is not looked at:
    /// the HTTP client of Node sends it as a browser would.
    pub(super) fn check_site(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let mut hosts = headers.get_all(HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok());
        let named = uri.authority().map(|authority| authority.as_str());
        if hosts.next().is_some()
            || !host.is_some_and(is_loopback)
            || !named.is_none_or(is_loopback)
        {
            return Err(Refusal::new(
                403,
                "host_forbidden",
                "`Host` must be 127.0.0.1, localhost or [::1]",
            ));
        }
        for origin in headers.get_all(ORIGIN) {
            if !self.origins.iter().any(|allowed| origin == allowed) {
                return Err(Refusal::new(
                    403,
                    "origin_forbidden",
                    "requests from web pages are refused; allow the origin in the configuration if you mean it",
                ));
            }
        }
        Ok(())
    }

    /// Checks the token.
    pub(super) fn check_token(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let mut given = headers.get_all(AUTHORIZATION).iter();
        let first = given.next();
        match (first, given.next()) {
            (Some(value), None) if self.is_token(value) => Ok(()),
            _ => Err(Refusal::new(
                401,
                "unauthorized",
                "the bearer token is missing, or it is not that of this broker",
            )),
        }
    }

    fn is_token(&self, value: &HeaderValue) -> bool {
        let value = value.as_bytes().trim_ascii();
        let token = match value.split_at_checked(7) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case(b"bearer ") => token.trim_ascii(),
            // Upstream takes a token without scheme as well.
            _ => value,
        };
        // Equal length whatever was given, so that the time tells nothing (W12).
        digest(token).0.ct_eq(&self.token.0).into()
    }
}

/// Returns whether an authority means this machine by one of its fixed names.
fn is_loopback(authority: &str) -> bool {
    let name_end = if authority.starts_with('[') {
        authority.find(']').map(|at| at + 1)
    } else {
        authority.find(':').or(Some(authority.len()))
    };
    let Some((name, port)) = name_end.and_then(|end| authority.split_at_checked(end)) else {
        return false;
    };
    let port_is_fine = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()));
    port_is_fine
        && ["127.0.0.1", "localhost", "[::1]"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
}

/// Reads `x-plugin-pid`: a decimal number over the whole value, without sign, space or leading zero.
pub(super) fn plugin_pid(headers: &HeaderMap) -> Result<Option<u32>, Refusal> {
    let mut values = headers.get_all("x-plugin-pid").iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let digits = value.as_bytes();
    let is_decimal =
        digits.iter().all(u8::is_ascii_digit) && digits.first().is_some_and(|&b| b != b'0');
    let pid = value
        .to_str()
        .ok()
        .filter(|_| is_decimal && values.next().is_none())
        .and_then(|text| text.parse().ok());
    pid.map(Some).ok_or_else(pid_invalid)
}

/// Returns the refusal of a request without a usable pid.
pub(super) fn pid_invalid() -> Refusal {
    Refusal::new(
        400,
        "plugin_pid_invalid",
        "`x-plugin-pid` and `plugin_pid` must be the decimal pid of the calling process",
    )
}

/// Reads `x-cmdbus-owner-token`.
pub(super) fn owner_token(headers: &HeaderMap) -> Option<Digest> {
    headers
        .get("x-cmdbus-owner-token")
        .map(|value| digest(value.as_bytes()))
}

/// Reads `x-cmdbus-channel`, which tells apart several streams of one process.
pub(super) fn stream_name(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let Some(value) = headers.get("x-cmdbus-channel") else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(name) if name.len() <= STREAM_NAME_BYTES => {
            Ok(Some(name.to_owned()).filter(|name| !name.is_empty()))
        }
        _ => Err(Refusal::invalid(
            "x-cmdbus-channel",
            format!("`x-cmdbus-channel` must be at most {STREAM_NAME_BYTES} printable characters"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_fixed_names_of_this_machine_are_loopback() {
        for good in [
            "127.0.0.1",
            "127.0.0.1:80",
            "LOCALHOST:5",
            "[::1]",
            "[::1]:9",
        ] {
            assert!(is_loopback(good), "{good}");
        }
        for bad in [
            "",
            "127.0.0.1.evil.example",
            "evil.example",
            "127.0.0.1:",
            "127.0.0.1:8x",
            "user@127.0.0.1",
            "localhost.",
            "[::1",
            "[::1]x",
            "::1",
            "0.0.0.0",
        ] {
            assert!(!is_loopback(bad), "{bad}");
        }
    }
}
