//! `[gateway]`: where MCP clients and attaching clients come in (attach §4.14).

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use axum::http::HeaderName;
use serde::Deserialize;

/// The settings of the gateway.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Gateway {
    /// Whether there is one. With `false`, no verb starts it either.
    pub(crate) enabled: bool,
    /// Loopback address. Port 0: a free one at the first start, kept from then on.
    pub(crate) listen: SocketAddr,
    /// Who comes in.
    pub(crate) auth: Auth,
    /// A second listener, for other machines. Needs `tls_cert` and `tls_key`, or `allow_plaintext`.
    pub(crate) public_listen: Option<SocketAddr>,
    /// The address that others are told, without a slash at the end. Its host is an allowed one.
    pub(crate) public_url: Option<String>,
    /// Files in PEM form; a relative path starts at the folder of the configuration.
    pub(crate) tls_cert: Option<PathBuf>,
    pub(crate) tls_key: Option<PathBuf>,
    /// Whether the public listener may do without TLS.
    pub(crate) allow_plaintext: bool,
    /// Names under which it is reached, beside loopback ones.
    pub(crate) allowed_hosts: Vec<String>,
    /// Web pages that may send requests, beside those of this machine.
    pub(crate) allowed_origins: Vec<String>,
    pub(crate) tool_search: ToolSearch,
    pub(crate) tool_names: ToolNames,
    /// Longest name of a tool.
    pub(crate) tool_name_max: usize,
    /// How long a dropped attach socket can be taken up again.
    pub(crate) grace_s: f64,
    /// After how much silence attach sockets are pinged.
    pub(crate) heartbeat_s: f64,
    /// How long an idle MCP session is kept.
    pub(crate) session_idle_s: f64,
    /// Most MCP sessions of one attach id.
    pub(crate) sessions_per_attach_id: usize,
    /// Most calls of one MCP session at once.
    pub(crate) in_flight_per_session: usize,
    /// Most requests to one attach socket at once.
    pub(crate) in_flight_per_socket: u32,
    /// Most attach ids of one socket, and of one principal.
    pub(crate) attach_ids_per_socket: u32,
    pub(crate) attach_ids_per_principal: usize,
    /// Longest body of a request, in bytes.
    pub(crate) body_bytes: usize,
    /// Whether `Accept` must name both JSON and SSE.
    pub(crate) strict_accept: bool,
    /// Most that a caller can ask for by `X-Cmdbus-Timeout-Ms`.
    pub(crate) timeout_cap_s: f64,
    /// Headers that carry the attach id, and the arguments of a session.
    pub(crate) attach_id_headers: Vec<String>,
    pub(crate) arguments_headers: Vec<String>,
}

/// Who comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Auth {
    /// Whoever has a token
    Token,
    /// Every process of this machine; loopback only
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ToolSearch {
    Off,
    Auto,
    On,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ToolNames {
    Llm,
    Mcp,
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            enabled: true,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            auth: Auth::Token,
            public_listen: None,
            public_url: None,
            tls_cert: None,
            tls_key: None,
            allow_plaintext: false,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            tool_search: ToolSearch::Off,
            tool_names: ToolNames::Llm,
            tool_name_max: 64,
            grace_s: 30.0,
            heartbeat_s: 20.0,
            session_idle_s: 1800.0,
            sessions_per_attach_id: 256,
            in_flight_per_session: 64,
            in_flight_per_socket: 256,
            attach_ids_per_socket: 1024,
            attach_ids_per_principal: 4096,
            body_bytes: 4 << 20,
            strict_accept: false,
            timeout_cap_s: 3600.0,
            attach_id_headers: owned(&["x-cmdbus-attach-id", "x-objectiveai-response-id"]),
            arguments_headers: owned(&["x-cmdbus-arguments", "x-objectiveai-arguments"]),
        }
    }
}

impl Gateway {
    /// Makes paths absolute, and takes the slash off the address.
    pub(super) fn settle(&mut self, folder: &Path) {
        for path in [&mut self.tls_cert, &mut self.tls_key]
            .into_iter()
            .flatten()
        {
            *path = folder.join(&*path);
        }
        if let Some(url) = &mut self.public_url {
            url.truncate(url.trim_end_matches('/').len());
        }
    }

    /// Checks that nobody comes in from elsewhere who shows no token, or shows it to the whole way.
    pub(crate) fn check_exposure(&self) -> Result<(), String> {
        let has_tls = self.tls_cert.is_some();
        if has_tls != self.tls_key.is_some() {
            return Err("`gateway.tls_cert` and `gateway.tls_key` belong together".to_owned());
        }
        let Some(address) = self.public_listen else {
            return match (has_tls, self.allow_plaintext) {
                (false, false) => Ok(()),
                (true, _) => Err(needless("tls_cert")),
                (_, true) => Err(needless("allow_plaintext")),
            };
        };
        if self.auth == Auth::None {
            return Err(format!(
                "`gateway.auth = \"none\"` is for loopback only, and there is a public listener at `{address}`; ask for tokens, or remove `public_listen`"
            ));
        }
        match (has_tls, self.allow_plaintext) {
            (false, false) => Err(
                "`gateway.public_listen` needs `tls_cert` and `tls_key`; with `allow_plaintext = true` everything goes over the network readable by others, tokens too".to_owned(),
            ),
            (true, true) => Err(
                "`gateway.allow_plaintext` contradicts `tls_cert`; remove one of them".to_owned(),
            ),
            _ if self.public_url.is_none() && self.allowed_hosts.is_empty() && !address.ip().is_loopback() => Err(
                "`gateway.public_listen` needs `public_url`, or names in `allowed_hosts`: requests to any other name are refused".to_owned(),
            ),
            _ => Ok(()),
        }
    }

    /// Checks what a type alone cannot.
    pub(super) fn check(&self) -> Result<(), String> {
        self.check_exposure()?;
        if !self.listen.ip().is_loopback() {
            return Err(format!(
                "`gateway.listen` must be a loopback address, not {}",
                self.listen
            ));
        }
        for (name, figure, least) in [
            ("grace_s", self.grace_s, 0.0),
            ("heartbeat_s", self.heartbeat_s, 1.0),
            ("session_idle_s", self.session_idle_s, 1.0),
            ("timeout_cap_s", self.timeout_cap_s, 1.0),
        ] {
            // Also refuses what is no number.
            if !(least..=86_400.0).contains(&figure) {
                return Err(format!(
                    "`gateway.{name}` must be from {least} to 86400, not {figure}"
                ));
            }
        }
        let at_least_one = [
            ("sessions_per_attach_id", self.sessions_per_attach_id),
            ("in_flight_per_session", self.in_flight_per_session),
            ("in_flight_per_socket", self.in_flight_per_socket as usize),
            ("attach_ids_per_socket", self.attach_ids_per_socket as usize),
            ("attach_ids_per_principal", self.attach_ids_per_principal),
        ];
        for (name, figure) in at_least_one {
            if !(1..=1_000_000).contains(&figure) {
                return Err(format!(
                    "`gateway.{name}` must be from 1 to 1000000, not {figure}"
                ));
            }
        }
        if !(16..=128).contains(&self.tool_name_max) {
            return Err(format!(
                "`gateway.tool_name_max` must be from 16 to 128, not {}",
                self.tool_name_max
            ));
        }
        if !((64 << 10)..=(64 << 20)).contains(&self.body_bytes) {
            return Err("`gateway.body_bytes` must be from 64 KiB to 64 MiB".to_owned());
        }
        for (key, headers) in [
            ("attach_id_headers", &self.attach_id_headers),
            ("arguments_headers", &self.arguments_headers),
        ] {
            for name in headers {
                if HeaderName::try_from(name.as_str()).is_err() {
                    return Err(format!(
                        "`{name}` in `gateway.{key}` is no name of a header"
                    ));
                }
            }
        }
        Ok(())
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn needless(key: &str) -> String {
    format!("`gateway.{key}` is about the public listener, and there is none: add `public_listen`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Gateway, String> {
        let gateway: Gateway = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        gateway.check().map(|()| gateway)
    }

    #[test]
    fn other_machines_come_in_with_tokens_and_tls_or_not_at_all() {
        let public = "public_listen = \"0.0.0.0:8443\"\npublic_url = \"https://gw.example\"\n";
        let tls = "tls_cert = \"c.pem\"\ntls_key = \"k.pem\"\n";
        for (rest, said) in [
            (String::new(), "needs `tls_cert` and `tls_key`"),
            ("tls_cert = \"c.pem\"".to_owned(), "belong together"),
            (format!("{tls}auth = \"none\""), "is for loopback only"),
            (format!("{tls}allow_plaintext = true"), "contradicts"),
        ] {
            let error = read(&format!("{public}{rest}")).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
        assert!(read(&format!("{public}{tls}")).is_ok());
        assert!(read(&format!("{public}allow_plaintext = true")).is_ok());
        let nameless = format!("public_listen = \"0.0.0.0:8443\"\n{tls}");
        assert!(read(&nameless).unwrap_err().contains("`public_url`"));
        assert!(read(&format!("{nameless}allowed_hosts = [\"gw\"]")).is_ok());
        for alone in [tls, "allow_plaintext = true"] {
            assert!(read(alone).unwrap_err().contains("add `public_listen`"));
        }
    }

    #[test]
    fn files_are_found_beside_the_configuration() {
        let mut gateway = Gateway {
            tls_cert: Some("c.pem".into()),
            tls_key: Some("/etc/k.pem".into()),
            public_url: Some("https://gw.example/".to_owned()),
            ..Gateway::default()
        };
        gateway.settle(Path::new("/home/me"));
        assert_eq!(
            gateway.tls_cert.as_deref(),
            Some(Path::new("/home/me/c.pem"))
        );
        assert_eq!(gateway.tls_key.as_deref(), Some(Path::new("/etc/k.pem")));
        assert_eq!(gateway.public_url.as_deref(), Some("https://gw.example"));
    }
}
