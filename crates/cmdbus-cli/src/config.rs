//! `cmdbus.toml`: figures that suit somebody else than most.

mod broker;
mod gateway;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cmdbus_broker::process::drivers::DriverConfig;
use serde::Deserialize;

use self::broker::Broker;
pub(crate) use self::gateway::{Auth, Gateway, ToolNames, ToolSearch};
use crate::args::Global;
use crate::env_vars;
use crate::exit::{Error, Result};

/// Anything shorter would be in the way of ordinary messages and of the daemon's own answers.
const LEAST_FRAME_BYTES: usize = 1 << 20;
const MOST_CONNECTIONS: usize = 1_000_000;

/// The settings of one profile.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    #[serde(default)]
    pub(crate) bus: Bus,
    #[serde(default)]
    pub(crate) listen: Listen,
    #[serde(default)]
    pub(crate) broker: Broker,
    #[serde(default)]
    pub(crate) spawn: Spawn,
    #[serde(default)]
    pub(crate) gateway: Gateway,
    #[serde(skip)]
    source: Option<Source>,
}

/// Where settings come from.
#[derive(Debug, Clone)]
struct Source {
    path: PathBuf,
    /// Whether somebody named the file, so that it has to be there.
    is_named: bool,
    profile: String,
}

/// `[spawn]`: what the broker may start.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Spawn {
    /// Drivers by runtime kind, beside the built-in ones.
    pub(crate) drivers: BTreeMap<String, DriverConfig>,
}

/// `[bus]`: the rules of the daemon's registry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Bus {
    /// How long the daemon waits for a reply it passes on, if the call does not say. 0 = no limit.
    pub(crate) request_ttl_s: f64,
    /// The most time a call may ask for.
    pub(crate) max_deadline_s: f64,
    /// Most calls of one connection at once that are answered item by item.
    pub(crate) streams_per_session: usize,
    /// How long events are remembered.
    pub(crate) event_ttl_s: f64,
    /// Longest message in bytes.
    pub(crate) frame_bytes: usize,
    /// Most connections at once.
    pub(crate) connections: usize,
}

impl Default for Bus {
    fn default() -> Self {
        Self {
            // For calls that do not say how long they may take; the others bring their own time.
            request_ttl_s: 30.0,
            max_deadline_s: 86_400.0,
            streams_per_session: 1024,
            event_ttl_s: 5.0,
            frame_bytes: 16 << 20,
            connections: 4096,
        }
    }
}

impl Bus {
    pub(crate) fn request_ttl(&self) -> Duration {
        seconds(self.request_ttl_s)
    }

    pub(crate) fn max_deadline(&self) -> Duration {
        seconds(self.max_deadline_s)
    }

    pub(crate) fn event_ttl(&self) -> Duration {
        seconds(self.event_ttl_s)
    }
}

/// `[listen]`: where else than on the Unix socket the bus is reached.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Listen {
    /// Loopback address and port for byte-stream peers, such as `127.0.0.1:7070`.
    pub(crate) tcp: Option<std::net::SocketAddr>,
}

fn seconds(figure: f64) -> Duration {
    // Checked when the file was read.
    Duration::try_from_secs_f64(figure).unwrap_or_default()
}

/// Reads the configuration of a profile: the file, with the profile's own table over it.
pub(crate) fn load(global: &Global, profile: &str) -> Result<Config> {
    let Some(path) = global.config.clone().or_else(default_path) else {
        return Ok(Config::default());
    };
    let source = Source {
        // A daemon leaves the folder that it was started in.
        path: std::path::absolute(&path).unwrap_or(path),
        is_named: global.config.is_some(),
        profile: profile.to_owned(),
    };
    source.read()
}

impl Config {
    /// Reads the same configuration once more.
    pub(crate) fn again(&self) -> Result<Self> {
        match &self.source {
            Some(source) => source.clone().read(),
            None => Ok(self.clone()),
        }
    }
}

impl Source {
    fn read(self) -> Result<Config> {
        let path = self.path.display();
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !self.is_named => {
                String::new()
            }
            Err(error) => {
                return Err(Error::usage(format!(
                    "cannot read the configuration `{path}`: {error}"
                )));
            }
        };
        let mut config = parse(&text, &self.profile)
            .map_err(|message| Error::usage(format!("in `{path}`: {message}")))?;
        config
            .gateway
            .settle(self.path.parent().unwrap_or(Path::new("/")));
        config.source = Some(self);
        Ok(config)
    }
}

/// Returns where the configuration is unless somebody says otherwise.
pub(crate) fn default_path() -> Option<PathBuf> {
    if let Some(home) = env_vars::get(env_vars::HOME) {
        return Some(Path::new(&home).join("cmdbus.toml"));
    }
    let base = env_vars::get(env_vars::XDG_CONFIG_HOME)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| {
            env_vars::get(env_vars::USER_HOME).map(|home| Path::new(&home).join(".config"))
        })?;
    Some(base.join("cmdbus").join("cmdbus.toml"))
}

fn parse(text: &str, profile: &str) -> std::result::Result<Config, String> {
    let mut table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| error.to_string())?;
    let profiles = match table.remove("profile") {
        None => toml::Table::new(),
        Some(toml::Value::Table(profiles)) => profiles,
        Some(_) => return Err("`profile` must be a table of profiles".to_owned()),
    };
    for (name, value) in profiles {
        let toml::Value::Table(own) = value else {
            return Err(format!("`profile.{name}` must be a table"));
        };
        // Every profile's keys are checked, also of those that do not run now.
        check(toml::Value::Table(own.clone()))
            .map_err(|message| format!("`profile.{name}`: {message}"))?;
        if name == profile {
            overlay(&mut table, own);
        }
    }
    check(toml::Value::Table(table))
}

fn check(value: toml::Value) -> std::result::Result<Config, String> {
    let config = Config::deserialize(value).map_err(|error| suggest(error.message()))?;
    for (name, figure) in [
        ("bus.request_ttl_s", config.bus.request_ttl_s),
        ("bus.max_deadline_s", config.bus.max_deadline_s),
        ("bus.event_ttl_s", config.bus.event_ttl_s),
    ] {
        if Duration::try_from_secs_f64(figure).is_err() {
            return Err(format!(
                "`{name}` must be a number of seconds, not {figure}"
            ));
        }
    }
    if config.bus.max_deadline_s < 1.0 {
        return Err("`bus.max_deadline_s` must be at least 1".to_owned());
    }
    if config.bus.streams_per_session == 0 {
        return Err("`bus.streams_per_session` must be at least 1".to_owned());
    }
    if config.bus.frame_bytes < LEAST_FRAME_BYTES {
        return Err(format!(
            "`bus.frame_bytes` must be at least {LEAST_FRAME_BYTES}"
        ));
    }
    if !(1..=MOST_CONNECTIONS).contains(&config.bus.connections) {
        return Err(format!(
            "`bus.connections` must be from 1 to {MOST_CONNECTIONS}"
        ));
    }
    config.broker.listener.check()?;
    config.gateway.check()?;
    if let Some(address) = config.listen.tcp
        && !address.ip().is_loopback()
    {
        return Err(format!(
            "`listen.tcp` must be a loopback address, not {address}: beyond this machine the bus needs TLS"
        ));
    }
    Ok(config)
}

fn overlay(base: &mut toml::Table, own: toml::Table) {
    for (key, value) in own {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(base)), toml::Value::Table(own)) => overlay(base, own),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// Adds the closest known key to the complaint about an unknown one.
fn suggest(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let (true, Some((unknown, known))) =
        (message.starts_with("unknown field"), quoted.split_first())
    else {
        return message.to_owned();
    };
    let closest = known
        .iter()
        .map(|key| (strsim::jaro_winkler(unknown, key), key))
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .filter(|(likeness, _)| *likeness > 0.8);
    match closest {
        Some((_, key)) => format!("unknown key `{unknown}`; did you mean `{key}`?"),
        None => format!(
            "unknown key `{unknown}`; known are `{}`",
            known.join("`, `")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_overrides_what_all_profiles_share() {
        let text =
            "[bus]\nrequest_ttl_s = 10\nevent_ttl_s = 1\n[profile.work.bus]\nrequest_ttl_s = 20";
        assert_eq!(parse(text, "default").unwrap().bus.request_ttl_s, 10.0);
        let work = parse(text, "work").unwrap();
        assert_eq!((work.bus.request_ttl_s, work.bus.event_ttl_s), (20.0, 1.0));
    }

    #[test]
    fn an_unknown_key_is_an_error_with_a_suggestion() {
        let error = parse("[bus]\nrequest_ttl = 10", "default").unwrap_err();
        assert_eq!(
            error,
            "unknown key `request_ttl`; did you mean `request_ttl_s`?"
        );
        let error = parse("[profile.other.buss]\n", "default").unwrap_err();
        assert!(
            error.contains("`profile.other`") && error.contains("did you mean `bus`"),
            "{error}"
        );
        let error = parse("[zzz]\n", "default").unwrap_err();
        assert!(error.contains("known are `bus`, `listen`"), "{error}");
    }

    #[test]
    fn impossible_figures_are_refused() {
        for text in [
            "[bus]\nrequest_ttl_s = -1",
            "[bus]\nmax_deadline_s = 0",
            "[bus]\nstreams_per_session = 0",
            "[bus]\nframe_bytes = 1048575",
            "[bus]\nconnections = 0",
            "[bus]\nconnections = 1000001",
            "[listen]\ntcp = \"0.0.0.0:80\"",
            "[listen]\ntcp = \"here\"",
            "[gateway]\nlisten = \"0.0.0.0:80\"",
            "[gateway]\nauth = \"maybe\"",
            "[gateway]\ngrace_s = -1",
            "[gateway]\ntool_name_max = 8",
            "[gateway]\nsessions_per_attach_id = 0",
            "profile = 3",
            "[bus",
        ] {
            assert!(parse(text, "default").is_err(), "{text}");
        }
        assert!(parse("[listen]\ntcp = \"127.0.0.1:80\"", "default").is_ok());
    }
}
