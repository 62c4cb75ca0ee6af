//! A bus in a temporary folder, its processes, and the end of all of them.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs, thread};

use cmdbus::bus::Address;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{PATIENCE, eventually};

/// Returns the program `cmdbus` of the same build as this test, and builds it if it is missing or stale.
pub(crate) fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let crates = [
            "cmdbus",
            "cmdbus-attach",
            "cmdbus-broker",
            "cmdbus-cli",
            "cmdbus-gen",
            "cmdbus-macros",
            "cmdbus-mcp",
            "cmdbus-proto",
        ];
        let sources = crates.map(|name| workspace().join("crates").join(name).join("src"));
        built("cmdbus-cli", "cmdbus", &sources)
    })
}

/// Returns a program of the workspace, of the same build as this test, and builds it if it is missing or older than
/// its sources.
pub(crate) fn built(package: &str, program: &str, sources: &[PathBuf]) -> PathBuf {
    // This test is `<target>/<profile>/deps/all-…`.
    let test = env::current_exe().unwrap();
    let folder = test.ancestors().nth(2).unwrap();
    let program = folder.join(program);
    if is_current(&program, sources) {
        return program;
    }
    let profile = match folder.file_name().and_then(OsStr::to_str) {
        Some("debug") => "dev",
        Some(name) => name,
        None => unreachable!("a profile's folder has a name"),
    };
    let built = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--quiet", "--package", package])
        .args(["--profile", profile, "--target-dir"])
        .arg(folder.parent().unwrap())
        .current_dir(workspace())
        .status()
        .unwrap();
    assert!(built.success(), "`{package}` does not build");
    assert!(
        program.exists(),
        "there is no program `{}`",
        program.display()
    );
    program
}

/// Returns whether a program is newer than all that it is made of.
fn is_current(program: &Path, sources: &[PathBuf]) -> bool {
    let Ok(built) = program.metadata().and_then(|meta| meta.modified()) else {
        return false;
    };
    sources.iter().all(|folder| newest(folder) < built)
}

fn newest(folder: &Path) -> SystemTime {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                newest(&entry.path())
            } else {
                // Somebody may be saving it at this moment.
                let modified = entry.metadata().and_then(|meta| meta.modified());
                modified.unwrap_or(SystemTime::UNIX_EPOCH)
            }
        })
        .max()
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

pub(crate) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A bus that nobody else has. Dropped, it ends everything that belongs to it.
pub(crate) struct Bus {
    folder: TempDir,
    /// `CMDBUS_HOME`.
    home: PathBuf,
    vars: Vec<(&'static str, OsString)>,
}

/// How a verb ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// `None`: by a signal.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// Returns stdout of a verb that went well.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.ok()).unwrap()
    }

    /// The verb failed with this code, and says so in these words.
    #[track_caller]
    pub(crate) fn failed(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        for word in words {
            assert!(self.stderr.contains(word), "`{word}` is not in {self:?}");
        }
        self
    }
}

impl Bus {
    pub(crate) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("e2e-").tempdir().unwrap();
        Self::at(folder.path().join("home"), folder)
    }

    /// A bus whose home is somewhere in a folder of ours.
    pub(crate) fn at(home: PathBuf, folder: TempDir) -> Self {
        Self {
            folder,
            home,
            vars: Vec::new(),
        }
    }

    /// Sets a variable for all processes of this bus.
    pub(crate) fn var(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.vars.push((name, value.into()));
        self
    }

    /// Writes the configuration. The daemon must not have been started.
    pub(crate) fn configured(self, toml: &str) -> Self {
        fs::create_dir_all(&self.home).unwrap();
        fs::write(self.home.join("cmdbus.toml"), toml).unwrap();
        self
    }

    /// A folder for the test's own files.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The state of the profile `default`.
    pub(crate) fn state(&self) -> PathBuf {
        self.home.join("state/default")
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.state().join("bus.sock")
    }

    pub(crate) fn address(&self) -> Address {
        Address::Unix(self.socket())
    }

    /// Makes a process that belongs to this bus.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        for (name, _) in env::vars_os() {
            let ours = name
                .to_str()
                .is_some_and(|name| name.starts_with("CMDBUS_") || name.starts_with("MASONS_"));
            if ours {
                command.env_remove(name);
            }
        }
        command
            .env_remove("XDG_RUNTIME_DIR")
            .env("CMDBUS_HOME", &self.home)
            .envs(self.vars.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Starts a verb.
    pub(crate) fn spawn<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Running {
        Running::start(self.command(program()).args(args))
    }

    /// Starts a verb whose stdin is a pipe.
    pub(crate) fn spawn_piped<A: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = A>,
    ) -> Running {
        Running::start(self.command(program()).args(args).stdin(Stdio::piped()))
    }

    /// Runs a verb to its end.
    #[track_caller]
    pub(crate) fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Ended {
        self.spawn(args).end()
    }

    /// Runs a verb to its end, with something on its stdin.
    #[track_caller]
    pub(crate) fn run_with<A: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = A>,
        stdin: &str,
    ) -> Ended {
        let mut running = Running::start(self.command(program()).args(args).stdin(Stdio::piped()));
        let mut pipe = running.child.stdin.take().unwrap();
        pipe.write_all(stdin.as_bytes()).unwrap();
        drop(pipe);
        running.end()
    }

    /// Starts `provide` and waits until it does.
    #[track_caller]
    pub(crate) fn provide<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Running {
        let mut command = self.command(program());
        let running = Running::start(command.arg("provide").args(args));
        running.says("Ctrl-C ends it");
        running
    }

    /// Starts `provide` with a shell script as the program.
    #[track_caller]
    pub(crate) fn provide_script(&self, options: &[&str], script: &str) -> Running {
        self.provide(options.iter().chain(&["--", "sh", "-c", script]))
    }

    /// Starts the daemon in the background and returns its process id.
    #[track_caller]
    pub(crate) fn start(&self) -> i32 {
        self.run(["daemon", "--detach"]).ok();
        self.pid()
    }

    /// Returns the process id of the daemon, which must be running.
    #[track_caller]
    pub(crate) fn pid(&self) -> i32 {
        let status = self.run(["status", "--json"]).json();
        i32::try_from(status["pid"].as_i64().unwrap()).unwrap()
    }

    /// Returns what runs and belongs to this bus: process ids and command lines.
    pub(crate) fn processes(&self) -> Vec<(i32, String)> {
        let mark = [b"CMDBUS_HOME=", self.home.as_os_str().as_encoded_bytes()].concat();
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let Some(pid) = entry
                .file_name()
                .to_str()
                .and_then(|name| name.parse().ok())
            else {
                continue;
            };
            // Both are empty once it has ended and only waits for its parent.
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            if environment.split(|byte| *byte == 0).any(|var| var == mark) && !line.is_empty() {
                let line = String::from_utf8_lossy(&line).replace('\0', " ");
                found.push((pid, line.trim_end().to_owned()));
            }
        }
        found
    }

    /// Returns the processes, other than `cmdbus` itself, whose command line ends with a text.
    pub(crate) fn programs(&self, end: &str) -> Vec<i32> {
        let cmdbus = program().display().to_string();
        self.pids(|line| line.ends_with(end) && !line.starts_with(&cmdbus))
    }

    /// Returns the daemons.
    pub(crate) fn daemons(&self) -> Vec<i32> {
        let daemon = format!("{} daemon", program().display());
        self.pids(|line| line.starts_with(&daemon))
    }

    fn pids(&self, wanted: impl Fn(&str) -> bool) -> Vec<i32> {
        let processes = self.processes().into_iter();
        let found = processes.filter(|(_, line)| wanted(line));
        found.map(|(pid, _)| pid).collect()
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        for (pid, _) in self.processes() {
            signal(pid, Signal::CONT);
        }
        let _ = self.command(program()).arg("stop").output();
        // Until they are gone: the folder must not be written to while it is removed.
        let deadline = Instant::now() + PATIENCE;
        while let left @ [_, ..] = &self.processes()[..]
            && Instant::now() < deadline
        {
            for (pid, _) in left {
                signal(*pid, Signal::KILL);
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

#[track_caller]
pub(crate) fn signal(pid: i32, signal: Signal) {
    // It may have ended meanwhile.
    let _ = kill_process(Pid::from_raw(pid).unwrap(), signal);
}

/// A process that the test started. It does not outlive it.
pub(crate) struct Running {
    child: Child,
    stdout: Output,
    stderr: Output,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let stdout = Output::read(child.stdout.take().unwrap());
        let stderr = Output::read(child.stderr.take().unwrap());
        Self {
            child,
            stdout,
            stderr,
        }
    }

    pub(crate) fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap()
    }

    /// Writes a line to its stdin, which must be a pipe.
    #[track_caller]
    pub(crate) fn tell(&mut self, line: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        writeln!(stdin, "{line}").unwrap();
    }

    /// Ends its stdin.
    pub(crate) fn end_stdin(&mut self) {
        self.child.stdin = None;
    }

    pub(crate) fn signal(&self, which: Signal) {
        signal(self.pid(), which);
    }

    /// Waits until it has said something on stderr.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) {
        eventually(&format!("it says `{text}`: {self:?}"), || {
            self.stderr.text().contains(text).then_some(())
        });
    }

    /// Waits for a line on stdout.
    #[track_caller]
    pub(crate) fn prints(&self, line: &str) {
        eventually(&format!("it prints `{line}`: {self:?}"), || {
            self.lines().iter().any(|other| other == line).then_some(())
        });
    }

    /// Returns the lines it has printed so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        let text = self.stdout.text();
        // The last piece is empty, or a line that is not whole yet.
        let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        lines.pop();
        lines
    }

    pub(crate) fn stderr(&self) -> String {
        self.stderr.text()
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits until it has ended.
    #[track_caller]
    pub(crate) fn end(mut self) -> Ended {
        let status = eventually("the process ends", || self.child.try_wait().unwrap());
        eventually("its output ends", || {
            (self.stdout.has_ended() && self.stderr.has_ended()).then_some(())
        });
        Ended {
            code: status.code(),
            stdout: self.stdout.text(),
            stderr: self.stderr.text(),
        }
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running")
            .field("stdout", &self.stdout.text())
            .field("stderr", &self.stderr.text())
            .finish_non_exhaustive()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process has printed so far.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<(Vec<u8>, bool)>>);

impl Output {
    fn read(mut stream: impl Read + Send + 'static) -> Self {
        let output = Self::default();
        let into = output.clone();
        thread::spawn(move || {
            let mut chunk = [0; 8192];
            loop {
                let length = stream.read(&mut chunk).unwrap_or(0);
                let mut state = into.0.lock().unwrap();
                state.0.extend_from_slice(&chunk[..length]);
                if length == 0 {
                    state.1 = true;
                    return;
                }
            }
        });
        output
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap().0).into_owned()
    }

    fn has_ended(&self) -> bool {
        self.0.lock().unwrap().1
    }
}
