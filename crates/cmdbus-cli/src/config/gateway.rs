//! `[gateway]`: where MCP clients and attaching clients come in (attach §4.14).

use std::net::{Ipv4Addr, SocketAddr};

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
        }
    }
}

impl Gateway {
    /// Checks what a type alone cannot.
    pub(super) fn check(&self) -> Result<(), String> {
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
        Ok(())
    }
}
