//! Where a gateway is.

use std::fmt;
use std::str::FromStr;

use tokio_tungstenite::tungstenite::http::Uri;

/// The address of a gateway's socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    tls: bool,
    /// As it is dialled: an address of IPv6 has no brackets.
    host: String,
    port: u16,
    /// Where the socket is, with a slash in front.
    path: String,
}

/// Why a text is no address of a gateway.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{shown}` is no address of a gateway ({why}): give one like `https://gw.example`")]
pub struct BadAddress {
    shown: String,
    why: &'static str,
}

impl Address {
    /// Takes the base address of a gateway, with `http`, `https`, `ws` or `wss`. `/attach` is added unless it is there.
    ///
    /// # Errors
    /// It is no such address, or holds a name, password or query: a token in an address would end in logs (attach §4.13).
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let bad = |why| {
            // What may be a secret is not repeated.
            let shown = text.split(['?', '#']).next().unwrap_or_default();
            let shown = shown.rsplit('@').next().unwrap_or_default().to_owned();
            Err(BadAddress { shown, why })
        };
        let Ok(uri) = Uri::from_str(text.trim()) else {
            return bad("not a URL");
        };
        let tls = match uri.scheme_str() {
            Some("http" | "ws") => false,
            Some("https" | "wss") => true,
            Some(_) => return bad("its scheme is none of `http`, `https`, `ws`, `wss`"),
            None => return bad("it has no scheme"),
        };
        let Some(authority) = uri.authority() else {
            return bad("it has no host");
        };
        if authority.as_str().contains('@') {
            return bad("it holds a name or password; a token belongs into a file or a variable");
        }
        if uri.query().is_some() {
            return bad("it has a query; a token belongs into a file or a variable");
        }
        let host = authority.host();
        let host = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        if host.is_empty() {
            return bad("it has no host");
        }
        let port = match authority.port_u16() {
            Some(port) => port,
            None if authority.as_str() != authority.host() => {
                return bad("its port is no number up to 65535");
            }
            None if tls => 443,
            None => 80,
        };
        let path = uri.path().trim_end_matches('/');
        let path = match path.strip_suffix("/attach") {
            Some(_) => path.to_owned(),
            None => format!("{path}/attach"),
        };
        Ok(Self {
            tls,
            host: host.to_owned(),
            port,
            path,
        })
    }

    /// Returns whether the connection is encrypted.
    #[must_use]
    pub fn tls(&self) -> bool {
        self.tls
    }

    /// Returns the host, as it is dialled.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the address that the WebSocket's handshake names. The port is always in it.
    pub(super) fn socket(&self) -> String {
        let scheme = if self.tls { "wss" } else { "ws" };
        format!("{scheme}://{}{}", self.authority(), self.path)
    }

    fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        let path = self.path.strip_suffix("/attach").unwrap_or_default();
        write!(f, "{scheme}://{}{path}", self.authority())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn w21_the_host_of_an_address_carries_its_port() {
        for (text, socket, shown) in [
            (
                "https://gw.example",
                "wss://gw.example:443/attach",
                "https://gw.example:443",
            ),
            (
                "http://127.0.0.1:7801/",
                "ws://127.0.0.1:7801/attach",
                "http://127.0.0.1:7801",
            ),
            (
                "wss://gw.example:8443/attach",
                "wss://gw.example:8443/attach",
                "https://gw.example:8443",
            ),
            (
                "ws://[::1]:9/base/attach/",
                "ws://[::1]:9/base/attach",
                "http://[::1]:9/base",
            ),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.socket(), socket);
            assert_eq!(address.to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_address_is_refused_and_a_secret_in_it_is_not_repeated() {
        for text in [
            "",
            "gw.example",
            "ftp://gw.example",
            "http://",
            "http://h:99999",
            "http://me:secret@gw.example",
            "http://gw.example/?token=secret",
        ] {
            let error = Address::parse(text).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
            assert!(error.contains("give one like"), "{error}");
        }
    }
}
