//! `[broker]`: the figures of the broker protocol, and the bounds of its listener.

use std::time::Duration;

use cmdbus_broker::core::Figures;
use cmdbus_broker::ipc::{Limits, VerifyPeer};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Clients count on an idle connection to stay open so long (protocol §3.1).
const LEAST_IDLE_S: f64 = 75.0;
/// No client sends less in a header, nor has reason to send more.
const HEADER_BYTES: std::ops::RangeInclusive<usize> = (4 << 10)..=(1 << 20);
const MOST_CONNECTIONS: usize = 1_000_000;
const LEAST_FRAME_BYTES: usize = 1024;
const LONGEST_S: f64 = 86_400.0;

/// The settings of the broker.
#[derive(Debug, Clone, Default)]
pub(crate) struct Broker {
    pub(crate) figures: Figures,
    pub(crate) listener: Listener,
}

impl<'de> Deserialize<'de> for Broker {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        // Two structs that each refuse what they do not know cannot be read from one table otherwise.
        let mut table = toml::Table::deserialize(input)?;
        let of_listener: toml::Table = Listener::KEYS
            .iter()
            .filter_map(|&key| table.remove_entry(key))
            .collect();
        let listener = Listener::deserialize(of_listener)
            .map_err(|error| D::Error::custom(error.message()))?;
        let figures = Figures::deserialize(table).map_err(|error| {
            let message = error.message();
            if message.starts_with("unknown field") {
                let keys = Listener::KEYS.join("`, `");
                return D::Error::custom(format!("{message}, `{keys}`"));
            }
            D::Error::custom(message)
        })?;
        Ok(Self { figures, listener })
    }
}

/// What the listener takes from clients. How long a body may be is fixed by the protocol.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Listener {
    /// Whether a stream must come from the process in whose name it is opened.
    pub(crate) verify_peer_pid: VerifyPeer,
    /// Origins of web pages that may send requests.
    pub(crate) origins: Vec<String>,
    connections: usize,
    header_bytes: usize,
    header_timeout_s: f64,
    body_timeout_s: f64,
    idle_timeout_s: f64,
    drain_bytes: u64,
    drain_timeout_s: f64,
    frame_bytes: usize,
    close_timeout_s: f64,
}

impl Default for Listener {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            verify_peer_pid: VerifyPeer::default(),
            origins: Vec::new(),
            connections: limits.connections,
            header_bytes: limits.header_bytes,
            header_timeout_s: limits.header_timeout.as_secs_f64(),
            body_timeout_s: limits.body_timeout.as_secs_f64(),
            idle_timeout_s: limits.idle_timeout.as_secs_f64(),
            drain_bytes: limits.drain_bytes,
            drain_timeout_s: limits.drain_time.as_secs_f64(),
            frame_bytes: limits.frame_bytes,
            close_timeout_s: limits.close_timeout.as_secs_f64(),
        }
    }
}

impl Listener {
    const KEYS: [&str; 11] = [
        "verify_peer_pid",
        "origins",
        "connections",
        "header_bytes",
        "header_timeout_s",
        "body_timeout_s",
        "idle_timeout_s",
        "drain_bytes",
        "drain_timeout_s",
        "frame_bytes",
        "close_timeout_s",
    ];

    pub(crate) fn limits(&self) -> Limits {
        // Checked when the file was read.
        let seconds = |figure| Duration::try_from_secs_f64(figure).unwrap_or_default();
        Limits {
            connections: self.connections,
            header_bytes: self.header_bytes,
            header_timeout: seconds(self.header_timeout_s),
            body_timeout: seconds(self.body_timeout_s),
            idle_timeout: seconds(self.idle_timeout_s),
            drain_bytes: self.drain_bytes,
            drain_time: seconds(self.drain_timeout_s),
            frame_bytes: self.frame_bytes,
            close_timeout: seconds(self.close_timeout_s),
            ..Limits::default()
        }
    }

    /// Says which figure is impossible.
    pub(super) fn check(&self) -> Result<(), String> {
        for (name, figure) in [
            ("header_timeout_s", self.header_timeout_s),
            ("body_timeout_s", self.body_timeout_s),
            ("idle_timeout_s", self.idle_timeout_s),
            ("drain_timeout_s", self.drain_timeout_s),
            ("close_timeout_s", self.close_timeout_s),
        ] {
            if !(0.01..=LONGEST_S).contains(&figure) {
                return Err(format!(
                    "`broker.{name}` must be from 0.01 to {LONGEST_S} seconds, not {figure}"
                ));
            }
        }
        if self.idle_timeout_s < LEAST_IDLE_S {
            return Err(format!(
                "`broker.idle_timeout_s` must be at least {LEAST_IDLE_S}: clients count on it"
            ));
        }
        if !HEADER_BYTES.contains(&self.header_bytes) {
            return Err(format!(
                "`broker.header_bytes` must be from {} to {}",
                HEADER_BYTES.start(),
                HEADER_BYTES.end()
            ));
        }
        if !(1..=MOST_CONNECTIONS).contains(&self.connections) {
            return Err(format!(
                "`broker.connections` must be from 1 to {MOST_CONNECTIONS}"
            ));
        }
        if self.frame_bytes < LEAST_FRAME_BYTES {
            return Err(format!(
                "`broker.frame_bytes` must be at least {LEAST_FRAME_BYTES}"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Broker, String> {
        let broker: Broker = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        broker.listener.check().map(|()| broker)
    }

    #[test]
    fn figures_and_what_the_listener_takes_stand_in_one_table() {
        let text = r#"
            endpoint_grace_s = 5
            verify_peer_pid = "enforce"
            origins = ["https://example.org"]
            connections = 7
            body_timeout_s = 1.5
        "#;
        let broker = read(text).unwrap();
        assert_eq!(broker.figures.endpoint_grace, Duration::from_secs(5));
        assert_eq!(broker.listener.verify_peer_pid, VerifyPeer::Enforce);
        assert_eq!(broker.listener.origins, ["https://example.org"]);
        let limits = broker.listener.limits();
        assert_eq!(limits.connections, 7);
        assert_eq!(limits.body_timeout, Duration::from_millis(1500));
        assert_eq!(limits.body_bytes, Limits::default().body_bytes);
    }

    #[test]
    fn every_key_of_the_listener_is_listed() {
        let other = toml::Table::from_iter([("none".to_owned(), 1.into())]);
        let error = Listener::deserialize(other).unwrap_err();
        for key in Listener::KEYS {
            assert!(error.message().contains(&format!("`{key}`")), "{error}");
        }
        let known = error.message().matches('`').count() / 2 - 1;
        assert_eq!(known, Listener::KEYS.len(), "{error}");
    }

    #[test]
    fn what_clients_cannot_live_with_is_refused() {
        for text in [
            "verify_peer_pid = \"maybe\"",
            "idle_timeout_s = 60",
            "body_timeout_s = 0",
            "body_timeout_s = nan",
            "connections = 0",
            "header_bytes = 100",
            "frame_bytes = 10",
            "body_bytes = 5",
            "ping_s = 0",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        let error = read("verify_peer = \"off\"").unwrap_err();
        assert!(error.contains("`verify_peer_pid`"), "{error}");
    }
}
