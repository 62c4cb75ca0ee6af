//! The environment of a spawned process.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::process::drivers::SpawnCommand;

/// Variables by name.
pub(super) type Environment = BTreeMap<OsString, OsString>;

/// What lets somebody speak for us. A child gets rights of its own when it registers.
const SECRETS: [&str; 2] = ["CMDBUS_RUNTIME_TOKEN", "CMDBUS_TOKEN"];
const MASONS_SPAWN_TOKEN: &str = "MASONS_SPAWN_TOKEN";
const SPAWN_TOKEN: &str = "CMDBUS_SPAWN_TOKEN";
const DISCOVERY_FILE: &str = "CMDBUS_DISCOVERY_FILE";

/// Returns whether it is ours to say what a variable is in a child.
pub(in crate::process) fn is_ours(name: &str) -> bool {
    SECRETS.contains(&name) || [MASONS_SPAWN_TOKEN, SPAWN_TOKEN, DISCOVERY_FILE].contains(&name)
}

/// Returns the environment of a child (protocol §8.5): that of the broker, less its secrets and what the
/// driver takes away, with what the driver adds, and with what the child needs to find us, which nobody
/// can change.
pub(super) fn of_child(
    broker: &Environment,
    command: &SpawnCommand,
    token: &str,
    discovery_file: &Path,
) -> Environment {
    let mut child = broker.clone();
    for name in &command.env_remove {
        child.remove(OsStr::new(name));
    }
    for (name, value) in &command.env {
        child.insert(name.into(), value.into());
    }
    for name in SECRETS {
        child.remove(OsStr::new(name));
    }
    child.insert(MASONS_SPAWN_TOKEN.into(), token.into());
    child.insert(SPAWN_TOKEN.into(), token.into());
    child.insert(DISCOVERY_FILE.into(), discovery_file.into());
    child
}
