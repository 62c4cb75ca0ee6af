//! Where the peers are, and how they are run.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::processes::bus::{Ended, Running, built, workspace};
use crate::support::{eventually, installed, node, npm};

/// Longer than a peer takes for all it does, with every other test running.
pub(crate) const LONG: Duration = Duration::from_secs(180);

const SET_UP_NPM: &str = "npm ci --prefix e2e/npm";
const SET_UP_PYTHON: &str = "e2e/python/setup";

/// Returns the program `mcp-fixture`, and builds it if it is missing or stale.
pub(crate) fn fixture() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let sources = [workspace().join("e2e/mcp-fixture/src")];
        built("mcp-fixture", "mcp-fixture", &sources)
    })
}

/// An `mcp-fixture` that serves HTTP. It does not outlive the test.
pub(crate) struct Fixture {
    running: Running,
    url: String,
}

impl Fixture {
    pub(crate) fn http() -> Self {
        Self::http_with(&[])
    }

    /// As [`Fixture::http`], with options such as `--era`.
    pub(crate) fn http_with(options: &[&str]) -> Self {
        let mut command = piped(fixture());
        // It ends with its stdin, so with this process, however that ends.
        command
            .args(["http", "--tied"])
            .args(options)
            .stdin(Stdio::piped());
        let running = Running::start(&mut command);
        let line = eventually("the fixture listens", || running.lines().into_iter().next());
        let said: Value = serde_json::from_str(&line).unwrap();
        let url = said["url"].as_str().unwrap().to_owned();
        Self { running, url }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn pid(&self) -> i32 {
        self.running.pid()
    }

    /// Waits until it has ended.
    #[track_caller]
    pub(crate) fn end(self) -> Ended {
        self.running.end()
    }
}

/// A process whose output is read.
pub(crate) fn piped(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs a process to its end, which may take longer than a test usually waits.
#[track_caller]
pub(crate) fn end(command: &mut Command) -> Ended {
    let mut running = Running::start(command);
    let deadline = Instant::now() + LONG;
    while !running.has_ended() {
        assert!(Instant::now() < deadline, "it does not end: {running:?}");
        thread::sleep(Duration::from_millis(10));
    }
    running.end()
}

/// A program that uses a server through an official SDK.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sdk {
    /// TypeScript, of the legacy era.
    TypeScript1,
    /// TypeScript, with its mode of negotiation: `legacy`, `auto` or a revision.
    TypeScript2(&'static str),
    /// Python, of the legacy era.
    Python1,
    /// Python, with its mode of negotiation.
    Python2(&'static str),
}

impl Sdk {
    /// Has the SDK use a server, and returns what it sees; `None` if the test is to be skipped.
    ///
    /// Headers are lines such as `Authorization: Bearer …`.
    #[track_caller]
    pub(crate) fn transcript(self, url: &str, headers: &[&str]) -> Option<Transcript> {
        let python = workspace().join("e2e/python");
        let interpreter = |environment: &str| python.join(environment).join("bin/python");
        let (runtime, program, mode, set_up) = match self {
            Self::TypeScript1 => (node(), npm().join("mcp-sdk1.mjs"), None, SET_UP_NPM),
            Self::TypeScript2(mode) => (node(), npm().join("mcp-sdk2.mjs"), Some(mode), SET_UP_NPM),
            Self::Python1 => (
                interpreter(".venv-1"),
                python.join("client1.py"),
                None,
                SET_UP_PYTHON,
            ),
            Self::Python2(mode) => (
                interpreter(".venv"),
                python.join("client.py"),
                Some(mode),
                SET_UP_PYTHON,
            ),
        };
        let needed = match self {
            Self::TypeScript1 => package("sdk"),
            Self::TypeScript2(_) => package("client"),
            Self::Python1 | Self::Python2(_) => runtime.clone(),
        };
        if !installed(&[runtime.clone(), needed], set_up) {
            return None;
        }
        let mut command = piped(runtime);
        command.arg(program).args(mode).arg(url).args(headers);
        let said = end(&mut command).ok();
        Some(Transcript::read(&said))
    }
}

/// What an SDK saw, step by step.
#[derive(Debug)]
pub(crate) struct Transcript(Vec<Value>);

impl Transcript {
    /// Reads what a program printed.
    #[track_caller]
    pub(crate) fn read(said: &str) -> Self {
        Self(serde_json::from_str(said).unwrap())
    }

    /// Returns what came of a step.
    #[track_caller]
    pub(crate) fn result(&self, step: &str) -> &Value {
        let found = self.0.iter().find(|found| found["step"] == step);
        let result = found.and_then(|found| found.get("result"));
        result.unwrap_or_else(|| panic!("`{step}` did not go well: {found:?}"))
    }

    /// As [`Transcript::result`], to be changed.
    #[track_caller]
    pub(crate) fn result_mut(&mut self, step: &str) -> &mut Value {
        self.result(step);
        let mut found = self.0.iter_mut();
        &mut found.find(|found| found["step"] == step).unwrap()["result"]
    }

    /// Returns the code of the error a step ended with.
    #[track_caller]
    pub(crate) fn error(&self, step: &str) -> i64 {
        let found = self.0.iter().find(|found| found["step"] == step);
        let code = found.and_then(|found| found["error"]["code"].as_i64());
        code.unwrap_or_else(|| panic!("`{step}` has no error code: {found:?}"))
    }

    /// Returns the steps that failed.
    pub(crate) fn failed(&self) -> Vec<&str> {
        let failed = self.0.iter().filter(|step| step.get("error").is_some());
        failed.filter_map(|step| step["step"].as_str()).collect()
    }

    /// Returns the steps that went otherwise than in another transcript, as both saw them.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        let length = self.0.len().max(other.0.len());
        let pairs = (0..length).map(|index| (self.0.get(index), other.0.get(index)));
        pairs
            .filter(|(one, another)| one != another)
            .map(|(one, another)| format!("{one:?}\nagainst\n{another:?}"))
            .collect()
    }
}

/// A package that is installed.
pub(crate) fn package(name: &str) -> PathBuf {
    npm().join("node_modules/@modelcontextprotocol").join(name)
}

/// The inspector on the command line.
pub(crate) struct Inspector {
    /// It keeps files in the home of its user.
    home: TempDir,
}

impl Inspector {
    /// Returns it, or `None` if the test is to be skipped.
    #[track_caller]
    pub(crate) fn new() -> Option<Self> {
        installed(&[node(), package("inspector")], SET_UP_NPM).then(|| Self {
            home: tempfile::tempdir().unwrap(),
        })
    }

    /// Asks a server something, such as `--method tools/list`.
    #[track_caller]
    pub(crate) fn ask(&self, url: &str, arguments: &[&str]) -> Ended {
        let mut command = piped(node());
        command
            .arg(npm().join("node_modules/.bin/mcp-inspector"))
            .args(["--cli", url, "--transport", "http", "--format", "json"])
            .args(arguments)
            .env("HOME", self.home.path());
        end(&mut command)
    }
}

/// Returns the command line of the official example server on stdio, or `None` if the test is to be skipped.
#[track_caller]
pub(crate) fn everything() -> Option<[PathBuf; 3]> {
    let needed = [node(), package("server-everything")];
    installed(&needed, SET_UP_NPM).then(|| {
        let server = npm().join("node_modules/.bin/mcp-server-everything");
        [node(), server, "stdio".into()]
    })
}

/// The official example server on HTTP. It does not outlive the test.
pub(crate) struct Everything {
    _running: Running,
    url: String,
}

impl Everything {
    /// Starts it, or returns `None` if the test is to be skipped.
    #[track_caller]
    pub(crate) fn http() -> Option<Self> {
        let [node, server, _] = everything()?;
        let mut command = piped(node);
        // By itself it listens on every address of the machine, and at a fixed port.
        command
            .arg("--import")
            .arg(npm().join("on-loopback.mjs"))
            .arg(server)
            .arg("streamableHttp");
        let running = Running::start(&mut command);
        let url = eventually("the example server listens", || {
            let lines = running.lines();
            let line = lines
                .iter()
                .find_map(|line| line.strip_prefix("listening on "));
            line.map(|address| format!("http://{address}/mcp"))
        });
        Some(Self {
            _running: running,
            url,
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}
