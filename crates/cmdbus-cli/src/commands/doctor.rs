//! `cmdbus doctor`

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use cmdbus::bus;
use serde::Serialize;
use tokio::net::UnixStream;

use crate::args::{Global, Json};
use crate::exit::{self, Result};
use crate::instance::{Instance, InstanceLock, check_folder};
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
    let mut checks = vec![
        program(),
        configuration(global, &instance),
        folder("state folder", &instance.paths.state),
    ];
    checks.push(socket_path(&instance));
    checks.extend(daemon(global, &instance).await);
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

fn socket_path(instance: &Instance) -> Check {
    let paths = &instance.paths;
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
async fn daemon(global: &Global, instance: &Instance) -> Vec<Check> {
    let socket = &instance.paths.live_socket();
    let mut checks = Vec::new();
    let token = match instance.token() {
        Ok(Some(token)) => token,
        Ok(None) if listens(socket).await => return vec![foreign(socket)],
        Ok(None) => return vec![Check::ok("daemon", "has never run for this profile")],
        Err(error) => {
            return vec![Check::problem("token", error.message(), "remove the file")];
        }
    };
    let locked = match instance.lock_file(&token) {
        Ok(path) if path.exists() => match InstanceLock::try_take(&path) {
            Ok(lock) => lock.is_none(),
            Err(error) => {
                checks.push(Check::problem(
                    "lock",
                    error.message(),
                    "make it yours, or remove it",
                ));
                false
            }
        },
        _ => false,
    };
    let held = instance.hold_file(&token).is_ok_and(|hold| hold.exists());
    if held {
        checks.push(Check::note(
            "hold",
            "the bus is on hold: no verb starts it",
            "`cmdbus daemon` lifts it",
        ));
    }
    let healthy = super::daemon::is_healthy(socket).await;
    checks.push(match (locked, healthy) {
        (true, true) => running(global).await,
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
                instance.log_folder().display(),
                instance
                    .lock_file(&token)
                    .map_or_else(|_| "its lock".to_owned(), |path| path.display().to_string()),
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

async fn running(global: &Global) -> Check {
    let own = env!("CARGO_PKG_VERSION");
    let status = match super::Client::if_running(global).await {
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
