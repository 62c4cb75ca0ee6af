//! Where a bus can be reached.

use std::path::PathBuf;
use std::str::FromStr;

use super::ConnectError;

/// The address of a bus: `unix:PATH`, `tcp://HOST:PORT`, `ws://HOST:PORT/bus` or `wss://…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A Unix socket.
    Unix(PathBuf),
    /// Host and port.
    Tcp(String),
    /// The whole URL.
    WebSocket(String),
}

impl FromStr for Address {
    type Err = ConnectError;

    fn from_str(text: &str) -> Result<Self, ConnectError> {
        if let Some(path) = text.strip_prefix("unix:") {
            // `unix:///path` is what other tools write.
            let path = path.strip_prefix("//").unwrap_or(path);
            if !path.is_empty() {
                return Ok(Self::Unix(path.into()));
            }
        } else if let Some(host) = text.strip_prefix("tcp://") {
            let host = host.trim_end_matches('/');
            if host
                .rsplit_once(':')
                .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
            {
                return Ok(Self::Tcp(host.to_owned()));
            }
        } else if text.starts_with("ws://") || text.starts_with("wss://") {
            return Ok(Self::WebSocket(text.to_owned()));
        }
        Err(ConnectError::Usage(format!(
            "`{text}` is no address of a bus: use `unix:PATH`, `tcp://HOST:PORT` or `ws://HOST:PORT/bus`"
        )))
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp(host) => write!(f, "tcp://{host}"),
            Self::WebSocket(url) => f.write_str(url),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written_alike() {
        for text in [
            "unix:/run/b.sock",
            "tcp://127.0.0.1:70",
            "tcp://[::1]:70",
            "ws://h:1/bus",
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "unix:",
            "tcp://host",
            "tcp://:1",
            "tcp://h:99999",
            "/run/b.sock",
            "http://h",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
