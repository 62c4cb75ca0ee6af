//! Where a server is, and what is sent along.

use std::fmt;
use std::sync::Arc;

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use rustls::pki_types::CertificateDer;
use tokio::sync::OnceCell;

use super::client::Client;
use crate::tls;

/// Longest message taken from a server unless configured otherwise (attach Appendix A).
const MAX_MESSAGE: usize = 64 * 1024 * 1024;

/// Headers that the client makes itself, or that belong to the connection (attach §4.12).
const OWN: &[&str] = &[
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "keep-alive",
    "last-event-id",
    "mcp-method",
    "mcp-name",
    "mcp-protocol-version",
    "mcp-session-id",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Where an MCP server is, and what is sent along. Clones share their HTTP connections.
#[derive(Clone)]
pub struct HttpConfig {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) extra_roots: Vec<CertificateDer<'static>>,
    pub(super) max_message: usize,
    /// Made when first used: reading the certificates of the system is I/O.
    pub(super) client: Arc<OnceCell<Client>>,
}

/// Why a server cannot be reached as configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadHttpConfig(String);

impl HttpConfig {
    /// Takes an address and the headers of every request to it. `http` and `https` are spoken.
    ///
    /// # Errors
    /// No such address, no such header, or a header that is made here.
    pub fn new(url: &str, headers: &[(String, String)]) -> Result<Self, BadHttpConfig> {
        let bad = |text| Err(BadHttpConfig(text));
        let url = match Url::parse(url) {
            Ok(parsed) if matches!(parsed.scheme(), "http" | "https") && parsed.has_host() => {
                parsed
            }
            Ok(other) => {
                let scheme = other.scheme();
                return bad(format!(
                    "`url` starts with `{scheme}:`: give an address with `http:` or `https:`"
                ));
            }
            Err(error) => {
                return bad(format!(
                    "`url` is no address ({error}): give one like `http://127.0.0.1:3000/mcp`"
                ));
            }
        };
        let mut map = HeaderMap::with_capacity(headers.len());
        for (name, value) in headers {
            let Ok(parsed) = HeaderName::try_from(name.as_str()) else {
                return bad(format!(
                    "`{name}` in `headers` is no header name: correct it"
                ));
            };
            if OWN.contains(&parsed.as_str()) {
                return bad(format!(
                    "`{name}` in `headers` is made by cmdbus itself: remove it"
                ));
            }
            let Ok(mut value) = HeaderValue::try_from(value.as_str()) else {
                return bad(format!(
                    "the value of `{name}` in `headers` cannot be sent: remove line ends and control characters"
                ));
            };
            value.set_sensitive(true);
            map.append(parsed, value);
        }
        Ok(Self {
            url,
            headers: map,
            extra_roots: Vec::new(),
            max_message: MAX_MESSAGE,
            client: Arc::default(),
        })
    }

    /// Trusts certificates (PEM) beside those that the system trusts.
    ///
    /// # Errors
    /// The text holds no certificate.
    pub fn with_ca(mut self, pem: &[u8]) -> Result<Self, BadHttpConfig> {
        self.extra_roots = tls::roots(pem).map_err(|error| BadHttpConfig(error.to_string()))?;
        self.client = Arc::default();
        Ok(self)
    }

    /// Sets the longest message taken from the server, in bytes after decompression. Default: 64 MiB.
    #[must_use]
    pub fn with_max_message(mut self, bytes: usize) -> Self {
        self.max_message = bytes;
        self
    }

    /// Returns the address for people: without what may be a secret in it.
    pub(super) fn shown(&self) -> String {
        shown(&self.url)
    }
}

/// Returns an address without user, query and fragment, which may be secrets.
pub(super) fn shown(url: &Url) -> String {
    let port = url
        .port()
        .map_or_else(String::new, |port| format!(":{port}"));
    let host = url.host_str().unwrap_or_default();
    format!("{}://{host}{port}{}", url.scheme(), url.path())
}

impl fmt::Debug for HttpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpConfig")
            .field("url", &self.shown())
            .finish_non_exhaustive()
    }
}
