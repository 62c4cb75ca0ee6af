//! What the tests share: programs in a temporary folder, and a way to start them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cmdbus_broker::process::drivers::{
    DriverConfig, DriverRegistry, Input, OutputTo, SpawnCommand, SpawnDriver, Word,
};
use cmdbus_broker::process::start::{ExitOutcome, Exited, Started, Starter};
use rustix::process::{Pid, Signal, kill_process};

/// The token of every spawn here.
pub(crate) const TOKEN: &str = "spawn-key-1";

/// More than anything here takes, however slow the machine is.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A home, a folder of programs, and a broker's folders.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["bin", "home"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    /// Makes a program of a shell script. Somebody else writes the file: while we have it open, a process that
    /// another test starts would have it open as well, and then nobody can execute it.
    pub(crate) fn program(&self, name: &str, script: &str) -> PathBuf {
        let file = self.path("bin").join(name);
        let mut writer = Command::new("sh")
            .args(["-c", "cat > \"$0\" && chmod 755 \"$0\""])
            .arg(&file)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let script = format!("#!/bin/sh\n{script}\n");
        let mut stdin = writer.stdin.take().unwrap();
        stdin.write_all(script.as_bytes()).unwrap();
        drop(stdin);
        assert!(writer.wait().unwrap().success());
        file
    }

    /// The drivers with one table `[spawn.drivers.test]`. What the program writes into `$OUT` is found by
    /// [`Place::out`].
    pub(crate) fn drivers(&self, table: &str) -> DriverRegistry {
        let mut config: DriverConfig = toml::from_str(table).unwrap();
        let out = self.path("out").into_os_string().into_string().unwrap();
        config.env.insert("OUT".to_owned(), out);
        let configs = BTreeMap::from([("test".to_owned(), config)]);
        DriverRegistry::new(configs, Some(self.path("bin").into())).unwrap()
    }

    pub(crate) fn driver(&self, table: &str) -> Arc<dyn SpawnDriver> {
        Arc::clone(self.drivers(table).get("test").unwrap())
    }

    /// A command without any driver.
    pub(crate) fn command(&self, binary: PathBuf) -> SpawnCommand {
        let out = self.path("out").into_os_string().into_string().unwrap();
        SpawnCommand {
            runtime_kind: "test".to_owned(),
            binary,
            args: Vec::new(),
            env: BTreeMap::from([("OUT".to_owned(), out)]),
            env_remove: Vec::new(),
            cwd: None,
            input: Input::Null,
            output: OutputTo::Null,
        }
    }

    /// The starter of a broker with a small environment.
    pub(crate) fn starter(&self) -> Starter {
        self.starter_with(&[])
    }

    pub(crate) fn starter_with(&self, variables: &[(&str, &str)]) -> Starter {
        let path = std::env::var_os("PATH").unwrap();
        let home = self.path("home").into_os_string();
        let more = variables
            .iter()
            .map(|(name, value)| (name.into(), value.into()));
        let all = [("HOME".into(), home), ("PATH".into(), path)];
        let all = all
            .into_iter()
            .chain(more)
            .collect::<Vec<(OsString, OsString)>>();
        Starter::new(
            &self.path("data"),
            self.path("log"),
            self.path("discovery.json"),
        )
        .with_environment(all)
    }

    /// Starts the program of a driver and waits for its end.
    pub(crate) async fn run(&self, table: &str, prompt: &str) -> ExitOutcome {
        let command = self.driver(table).build(prompt, TOKEN, None).unwrap();
        let started = self.starter().start(command, TOKEN).await.unwrap();
        end(started.exited).await
    }

    pub(crate) fn out(&self) -> String {
        fs::read_to_string(self.path("out")).unwrap()
    }

    /// The files of a folder, which may not be there.
    pub(crate) fn files(&self, name: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path(name)).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

pub(crate) fn mode(file: &Path) -> u32 {
    fs::metadata(file).unwrap().permissions().mode() & 0o777
}

pub(crate) async fn end(exited: Exited) -> ExitOutcome {
    let end = tokio::time::timeout(PATIENCE, exited).await;
    end.expect("the process ends")
}

/// Ends a process that we started, and returns how it ended.
pub(crate) async fn kill(started: Started) -> ExitOutcome {
    signal(started.pid);
    end(started.exited).await
}

pub(crate) fn signal(pid: u32) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub(crate) fn text(word: &str) -> Word {
    Word::Text(word.to_owned())
}
