//! Every environment variable that the program reads.

use std::ffi::OsString;
use std::path::PathBuf;

// Beside these, `cmdbus broker` reads what names its account and token: see there.
pub(crate) use cmdbus_broker::discovery::vars::{DISCOVERY_FILE, USER_DATA};

/// The program that is started as the daemon.
pub(crate) const BIN: &str = "CMDBUS_BIN";
/// Puts state, data, configuration and socket under one folder.
pub(crate) const HOME: &str = "CMDBUS_HOME";
/// Which profile's bus; see `--profile`.
pub(crate) const PROFILE: &str = "CMDBUS_PROFILE";
/// Address of a bus; see `--bus`.
pub(crate) const BUS: &str = "CMDBUS_BUS";
/// Token for a bus on TCP or WebSocket. Read by the library.
pub(crate) const TOKEN: &str = "CMDBUS_TOKEN";
/// Configuration file; see `--config`.
pub(crate) const CONFIG: &str = "CMDBUS_CONFIG";
/// What is logged, such as `info` or `cmdbus=debug`.
pub(crate) const LOG: &str = "CMDBUS_LOG";
/// For programs run by `provide`: the command that was called.
pub(crate) const COMMAND: &str = "CMDBUS_COMMAND";
/// For programs run by `provide`, and calls they make: until when their caller waits, in milliseconds
/// since 1970.
pub(crate) const DEADLINE: &str = "CMDBUS_DEADLINE_MS";
/// For programs that the broker spawns: what they register with. See `commands/mail`.
pub(crate) const SPAWN_TOKEN: &str = "CMDBUS_SPAWN_TOKEN";
/// W3C trace context, for calls made from here and for programs run by `provide`.
pub(crate) const TRACEPARENT: &str = "TRACEPARENT";
pub(crate) const TRACESTATE: &str = "TRACESTATE";
/// Proxies, of which `attach` says that it does not use them. Their names occur in lower case too.
pub(crate) const PROXIES: [&str; 3] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
pub(crate) const XDG_CONFIG_HOME: &str = "XDG_CONFIG_HOME";
pub(crate) const USER_HOME: &str = "HOME";

/// Returns a variable unless it is empty.
pub(crate) fn get(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Returns a variable that may hold a path, unless it is empty.
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    get(name).map(PathBuf::from)
}
