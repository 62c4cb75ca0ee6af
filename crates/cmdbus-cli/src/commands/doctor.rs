//! `cmdbus doctor`

mod gateway;
mod store;

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use cmdbus::bus;
use cmdbus_broker::discovery::Discovery;
use serde::Serialize;
use tokio::net::UnixStream;

use crate::args::{Global, Json};
use crate::exit::{self, Result};
use crate::instance::{Instance, check_folder};
use crate::place::Place;
use crate::{config, output};

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Note,
    Problem,
}

/// One thing looked at.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    verdict: Verdict,
    found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

impl Check {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            name,
            verdict: Verdict::Ok,
            found: found.into(),
            mend: None,
        }
    }

    fn note(name: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            name,
            verdict: Verdict::Note,
            found: found.into(),
            mend: Some(mend.into()),
        }
    }

    fn problem(name: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Problem,
            ..Self::note(name, found, mend)
        }
    }
}

pub(crate) async fn run(global: &Global, args: &Json) -> Result<u8> {
    let instance = Instance::of(super::profile(global)?)?;
    let mut checks = vec![program(), configuration(global, &instance)];
    match place(global, &instance) {
        Ok(place) => {
            if place.as_ref().is_none_or(|place| place.profile.is_some()) {
                checks.push(folder("state folder", &instance.paths.state));
            }
            checks.push(socket_path(&instance, place.as_ref()));
            checks.extend(daemon(global, &instance, place.as_ref()).await);
            if let Some(place) = &place {
                checks.extend(broker(place).await);
                let in_use = place.is_locked().unwrap_or(true);
                checks.extend(store::look(&place.folder, in_use).await);
                if let Ok(config) = config::load(global, instance.profile.name()) {
                    let state = match &place.profile {
                        Some(instance) => &instance.paths.state,
                        None => &place.folder,
                    };
                    let status = status(global, &place.live_socket()).await;
                    checks.extend(gateway::look(&config.gateway, state, status.as_ref()).await);
                }
            }
        }
        Err(error) => {
            checks.push(folder("state folder", &instance.paths.state));
            checks.push(Check::problem("token", error.message(), "remove the file"));
        }
    }
    checks.push(descriptors());

    if args.json {
        output::json(&checks, false)?;
    } else {
        for check in &checks {
            let mark = match check.verdict {
                Verdict::Ok => "ok     ",
                Verdict::Note => "note   ",
                Verdict::Problem => "PROBLEM",
            };
            output::line(&output::printable(&format!(
                "{mark}  {:14} {}",
                check.name, check.found
            )))?;
            if let Some(mend) = &check.mend {
                output::line(&output::printable(&format!("         → {mend}")))?;
            }
        }
    }
    let healthy = checks.iter().all(|check| check.verdict != Verdict::Problem);
    Ok(if healthy { 0 } else { exit::FAILURE })
}

/// Returns the place that is looked at; `None` if the profile has never had a daemon.
fn place(global: &Global, instance: &Instance) -> Result<Option<Place>> {
    match &global.discovery {
        Some(file) => Ok(Some(Place::of_file(file, Some(instance)))),
        None => Place::of_profile_if_any(instance),
    }
}

fn program() -> Check {
    let version = env!("CARGO_PKG_VERSION");
    match std::env::current_exe() {
        Ok(path) => Check::ok("program", format!("cmdbus {version}, {}", path.display())),
        Err(error) => Check::problem(
            "program",
            format!("cmdbus {version}; its own path cannot be found: {error}"),
            "name the program in `CMDBUS_BIN`",
        ),
    }
}

fn configuration(global: &Global, instance: &Instance) -> Check {
    let path = global.config.clone().or_else(config::default_path);
    match (config::load(global, instance.profile.name()), path) {
        (Err(error), _) => Check::problem("configuration", error.message(), "correct the file"),
        (Ok(_), Some(path)) if path.exists() => {
            Check::ok("configuration", path.display().to_string())
        }
        (Ok(_), _) => Check::ok("configuration", "none, defaults hold"),
    }
}

fn folder(name: &'static str, path: &Path) -> Check {
    if !path.exists() {
        return Check::ok(
            name,
            format!("{} (made at the first start)", path.display()),
        );
    }
    match check_folder(path) {
        Ok(()) => Check::ok(name, path.display().to_string()),
        // The message says how to mend it.
        Err(error) => Check {
            mend: None,
            ..Check::problem(name, error.message(), "")
        },
    }
}

fn socket_path(instance: &Instance, place: Option<&Place>) -> Check {
    let paths = match place {
        Some(place) if place.profile.is_none() => {
            return Check::ok("socket path", place.live_socket().display().to_string());
        }
        _ => &instance.paths,
    };
    if paths.socket == paths.wanted_socket {
        return Check::ok("socket path", paths.socket.display().to_string());
    }
    Check::note(
        "socket path",
        format!(
            "{} (`{}` is too long for a socket)",
            paths.socket.display(),
            paths.wanted_socket.display()
        ),
        "nothing; or choose a shorter `CMDBUS_HOME`",
    )
}

/// Looks at lock, hold, socket and daemon, which explain one another.
async fn daemon(global: &Global, instance: &Instance, place: Option<&Place>) -> Vec<Check> {
    let mut checks = Vec::new();
    let Some(place) = place else {
        let socket = &instance.paths.live_socket();
        return vec![if listens(socket).await {
            foreign(socket)
        } else {
            Check::ok("daemon", "has never run for this profile")
        }];
    };
    let socket = &place.live_socket();
    let lock = place.lock_file();
    let locked = place.is_locked().unwrap_or_else(|error| {
        let mend = "make it yours, or remove it";
        checks.push(Check::problem("lock", error.message(), mend));
        false
    });
    let hold = place.hold_file();
    let held = hold.exists();
    if held {
        checks.push(Check::note(
            "hold",
            "the bus is on hold: no verb starts it",
            match place.profile {
                Some(_) => "`cmdbus daemon` lifts it".to_owned(),
                None => format!("remove `{}` to lift it", hold.display()),
            },
        ));
    }
    let healthy = super::serve::is_healthy(socket).await;
    checks.push(match (locked, healthy) {
        (true, true) => running(global, socket).await,
        (false, false) if listens(socket).await => foreign(socket),
        (false, false) if socket.exists() => Check::note(
            "daemon",
            format!(
                "not running; `{}` was left by one that was killed",
                socket.display()
            ),
            "nothing: the next start replaces it",
        ),
        (false, false) if held => Check::ok("daemon", "not running, and on hold"),
        (false, false) => Check::ok(
            "daemon",
            "not running; the next verb that needs it starts it",
        ),
        (true, false) => Check::problem(
            "daemon",
            "a process holds the lock and does not answer",
            format!(
                "look into `{}`; then end the process that has `{}` open",
                place.log_folder.display(),
                lock.display(),
            ),
        ),
        (false, true) => Check::problem(
            "daemon",
            format!(
                "something answers at `{}` without holding the lock",
                socket.display()
            ),
            "stop it, then run `cmdbus daemon`",
        ),
    });
    if let Ok(meta) = socket.symlink_metadata()
        && meta.uid() != rustix::process::geteuid().as_raw()
    {
        checks.push(Check::problem(
            "socket",
            format!("`{}` belongs to user {}", socket.display(), meta.uid()),
            "use another `--profile` or `CMDBUS_HOME`",
        ));
    }
    checks
}

/// Looks at what the broker has on disk, and at the broker that the discovery file names.
async fn broker(place: &Place) -> Vec<Check> {
    let mut checks = Vec::new();
    if place.folder.exists() {
        checks.extend(place.folders().map(|path| folder("broker folder", path)));
    }
    match place.mend_spawn_lock() {
        Ok(true) => checks.push(Check::note(
            "spawn lock",
            "a client that died had left one that kept others from starting the broker",
            "nothing: it has been removed",
        )),
        Ok(false) => {}
        Err(error) => checks.push(Check::problem("spawn lock", error.message(), "remove it")),
    }
    let path = place.discovery.display();
    let found = match Discovery::read(&place.discovery) {
        Ok(Some(found)) => found,
        Ok(None) if place.discovery.exists() => {
            let found = format!("`{path}` is damaged");
            checks.push(Check::note(
                "discovery",
                found,
                "nothing: the next start replaces it",
            ));
            return checks;
        }
        Ok(None) => return checks,
        Err(error) => {
            let found = format!("cannot read `{path}`: {error}");
            checks.push(Check::problem(
                "discovery",
                found,
                "make it yours, or remove it",
            ));
            return checks;
        }
    };
    let healthy = super::serve::healthy_broker(&place.discovery)
        .await
        .is_some();
    let locked = place.is_locked().unwrap_or(false);
    checks.push(match (locked, healthy) {
        (_, true) => Check::ok(
            "broker",
            format!("healthy at {}, pid {}", found.ipc_url, found.pid),
        ),
        (false, false) => Check::note(
            "discovery",
            format!(
                "`{path}` was left by a broker that was killed, pid {}",
                found.pid
            ),
            "nothing: the next start replaces it",
        ),
        (true, false) => Check::problem(
            "broker",
            format!(
                "does not answer at {}, where `{path}` says it is",
                found.ipc_url
            ),
            format!("look into `{}`", place.log_folder.display()),
        ),
    });
    checks
}

/// Returns whether a process takes connections there, be it a bus or not.
async fn listens(socket: &Path) -> bool {
    match tokio::time::timeout(Duration::from_secs(1), UnixStream::connect(socket)).await {
        Ok(Ok(_)) => true,
        // More want to connect than it takes: it is there, and hangs.
        Ok(Err(error)) => error.kind() == io::ErrorKind::WouldBlock,
        Err(_) => true,
    }
}

fn foreign(socket: &Path) -> Check {
    Check::problem(
        "daemon",
        format!("a program that is no bus listens at `{}`", socket.display()),
        "stop it, or use another `--profile`",
    )
}

/// Returns what the daemon at a socket says of itself, if one answers.
async fn status(global: &Global, socket: &Path) -> Option<serde_json::Value> {
    let client = super::Client::if_running(&at(global, socket)).await.ok()?;
    let status = bus::status(&client.registry).await.ok();
    client.registry.dispose().await;
    status
}

/// Names the bus at a socket.
fn at(global: &Global, socket: &Path) -> Global {
    Global {
        bus: Some(format!("unix:{}", socket.display())),
        discovery: None,
        ..global.clone()
    }
}

async fn running(global: &Global, socket: &Path) -> Check {
    let own = env!("CARGO_PKG_VERSION");
    let status = match super::Client::if_running(&at(global, socket)).await {
        Ok(client) => bus::status(&client.registry).await.unwrap_or_default(),
        Err(error) => {
            return Check::problem("daemon", error.message(), "cmdbus stop; then try again");
        }
    };
    let version = status["version"].as_str().unwrap_or("?");
    let found = format!("running, pid {}, version {version}", status["pid"]);
    if version == own {
        Check::ok("daemon", found)
    } else {
        Check::note(
            "daemon",
            format!("{found}; this program is {own}"),
            "`cmdbus stop` ends the old one, the next verb starts the new one",
        )
    }
}

fn descriptors() -> Check {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    match limit.maximum {
        Some(maximum) if maximum < 1024 => Check::note(
            "descriptors",
            format!("at most {maximum} open files, so at most about that many connections"),
            "raise the hard limit (`ulimit -Hn`)",
        ),
        Some(maximum) => Check::ok("descriptors", format!("up to {maximum}")),
        None => Check::ok("descriptors", "unlimited"),
    }
}
