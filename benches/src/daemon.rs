//! A daemon in a process of its own, with a folder of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::Result;
use crate::http;

/// How long servers may take to be attached.
const READY: Duration = Duration::from_secs(30);

/// Where a broker or a gateway is, and what opens it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Access {
    pub address: String,
    pub token: String,
}

/// A folder for daemons, one after the other.
pub struct Home {
    program: PathBuf,
    folder: PathBuf,
    discovery: PathBuf,
    token: String,
}

impl Home {
    /// Makes the folder. `figures` is what stands below `[broker]` in the configuration.
    pub async fn new(program: &Path, folder: PathBuf, figures: &str) -> Result<Self> {
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("cmdbus.toml"), format!("[broker]\n{figures}"))?;
        let shown = command(program, &folder)
            .args(["token", "show", "--json"])
            .output()
            .await?;
        let shown: Value = serde_json::from_slice(&shown.stdout)?;
        let discovery = shown["discovery"].as_str().ok_or("no discovery file")?;
        let token = shown["token"].as_str().ok_or("no token")?;
        Ok(Self {
            token: token.to_owned(),
            program: program.to_owned(),
            discovery: discovery.into(),
            folder,
        })
    }

    /// Returns where the store is, once a daemon has run here.
    pub fn store(&self) -> Result<PathBuf> {
        find(&self.folder, "store.db").ok_or_else(|| "there is no store".into())
    }

    /// Returns the program that runs here.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Returns where everything is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns where the socket of the bus is.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("state/default/bus.sock")
    }

    /// Returns where the gateway of the daemon is that runs here, and what opens it.
    pub async fn gateway(&self) -> Result<Access> {
        let shown = command(&self.program, &self.folder)
            .args(["status", "--json"])
            .output()
            .await?;
        let shown: Value = serde_json::from_slice(&shown.stdout)?;
        let url = shown["gateway"]["url"].as_str().ok_or("no gateway")?;
        Ok(Access {
            address: url.trim_start_matches("http://").to_owned(),
            token: self.token.clone(),
        })
    }

    /// Starts an attaching client with servers as in `mcpServers`, and waits until all are ready.
    pub async fn attach(&self, gateway: &Access, id: &str, servers: &Value) -> Result<Attaching> {
        let file = self.folder.join("servers.json");
        fs::write(&file, json!({"mcpServers": servers}).to_string())?;
        let mut process = command(&self.program, &self.folder)
            .args(["attach", "--json", "--id", id, "--config"])
            .arg(file)
            .arg(format!("http://{}", gateway.address))
            .env("CMDBUS_TOKEN", &gateway.token)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let output = process.stdout.take().ok_or("a client without output")?;
        let mut lines = BufReader::new(output).lines();
        let wanted = servers.as_object().map_or(0, serde_json::Map::len);
        tokio::time::timeout(READY, until_ready(&mut lines, wanted)).await??;
        Ok(Attaching {
            _process: process,
            _lines: lines,
        })
    }

    /// Starts a daemon and waits until it is healthy. Returns how long that took, from its start.
    pub async fn start(&self) -> Result<(Daemon, Duration)> {
        // A daemon before it may have been killed.
        let _ = fs::remove_file(&self.discovery);
        let begun = Instant::now();
        let process = command(&self.program, &self.folder)
            .args(["daemon", "--tied"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let deadline = begun + Duration::from_secs(120);
        let access = loop {
            if let Some(access) = self.healthy().await {
                break access;
            }
            if Instant::now() > deadline {
                return Err("the daemon does not become healthy".into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        };
        let took = begun.elapsed();
        Ok((Daemon { process, access }, took))
    }

    async fn healthy(&self) -> Option<Access> {
        let told: Value = serde_json::from_slice(&fs::read(&self.discovery).ok()?).ok()?;
        let access = Access {
            address: told["ipcUrl"].as_str()?.strip_prefix("http://")?.to_owned(),
            token: told["bearerToken"].as_str()?.to_owned(),
        };
        let mut client = http::Client::connect(&access).await.ok()?;
        client.json("GET", "/health", "", "").await.ok()?;
        Some(access)
    }
}

fn command(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env("CMDBUS_HOME", home);
    command
}

/// Returns the folder below this one that holds a file of this name.
pub fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    entries
        .filter_map(std::result::Result::ok)
        .find_map(|entry| {
            let path = entry.path();
            if path.is_dir() {
                find(&path, name)
            } else {
                (entry.file_name() == name).then(|| folder.to_owned())
            }
        })
}

/// A running daemon. Dropped, it is killed.
pub struct Daemon {
    process: Child,
    pub access: Access,
}

impl Daemon {
    pub fn pid(&self) -> u32 {
        self.process.id().unwrap_or(0)
    }

    /// Ends it in order.
    pub async fn stop(mut self) -> Result {
        drop(self.process.stdin.take());
        let ended = tokio::time::timeout(Duration::from_secs(30), self.process.wait()).await??;
        if ended.success() {
            Ok(())
        } else {
            Err(format!("the daemon ended with {ended}").into())
        }
    }
}

/// An attaching client that runs. Dropped, it is killed, and its children end with it.
pub struct Attaching {
    _process: Child,
    /// Kept, because a client whose events nobody reads any more ends.
    _lines: Lines<BufReader<ChildStdout>>,
}

/// Reads what a client prints until it is attached and so many servers are ready.
async fn until_ready(lines: &mut Lines<BufReader<ChildStdout>>, wanted: usize) -> Result {
    let mut ready = BTreeMap::new();
    let mut attached = false;
    while !attached || ready.values().filter(|ready| **ready).count() < wanted {
        let line = lines.next_line().await?;
        let line: Value = serde_json::from_str(&line.ok_or("the attaching client has ended")?)?;
        if let Some(error) = line.get("error") {
            return Err(format!("not attached: {error}").into());
        }
        attached |= line["event"] == "attach";
        let servers = line["servers"].as_array().map_or(&[][..], Vec::as_slice);
        for server in servers.iter().chain([&line]) {
            if let Some(name) = server["server"].as_str() {
                ready.insert(name.to_owned(), server["state"] == "ready");
            }
        }
    }
    Ok(())
}
