//! Programs that peers need: looked for on this machine, and left out by name where there is none.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::net::{TcpStream, UnixStream};
use tokio::process::{Child, Command};

use crate::Result;
use crate::daemon::Access;

/// How long a program may take to listen.
const READY: Duration = Duration::from_secs(10);

/// A running program. Dropped, it is killed.
pub struct Program {
    process: Child,
    pub address: String,
}

impl Program {
    pub fn pid(&self) -> u32 {
        self.process.id().unwrap_or(0)
    }

    /// Starts a NATS server on a free port. With a folder for JetStream, every message is on the disk before it is
    /// acknowledged.
    pub async fn nats(program: &Path, folder: &Path, stored: bool) -> Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port();
        let config = folder.join("nats.conf");
        let mut text = format!("listen: \"127.0.0.1:{port}\"\n");
        if stored {
            let store = folder.join("jetstream");
            text += &format!(
                "jetstream {{ store_dir: \"{}\", sync_interval: always }}\n",
                store.display()
            );
        }
        std::fs::write(&config, text)?;
        let process = start(Command::new(program).arg("-c").arg(config))?;
        let address = format!("127.0.0.1:{port}");
        let deadline = Instant::now() + READY;
        while TcpStream::connect(&address).await.is_err() {
            wait(deadline, "nats-server").await?;
        }
        Ok(Self { process, address })
    }

    /// Starts a D-Bus of its own.
    pub async fn dbus(program: &Path, folder: &Path) -> Result<Self> {
        let socket = folder.join("bus");
        let address = format!("unix:path={}", socket.display());
        let config = folder.join("bus.conf");
        std::fs::write(
            &config,
            format!(
                "<busconfig><type>session</type><listen>{address}</listen><policy context=\"default\">\
                 <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/>\
                 </policy></busconfig>"
            ),
        )?;
        let process = start(
            Command::new(program)
                .arg("--nofork")
                .arg("--config-file")
                .arg(config),
        )?;
        let deadline = Instant::now() + READY;
        while UnixStream::connect(&socket).await.is_err() {
            wait(deadline, "dbus-daemon").await?;
        }
        Ok(Self { process, address })
    }

    /// Starts the npm broker as a client of a cloud at this address, and returns where it listens too.
    pub async fn npm(npm: &Path, folder: &Path, cloud: &str) -> Result<(Self, Access)> {
        const ACCOUNT: &str = "bench";
        let credentials = folder.join("credentials.json");
        let account = json!({
            "token": "bench",
            "connectorUrl": format!("ws://{cloud}/connector"),
            "apiHost": format!("http://{cloud}"),
        });
        std::fs::write(
            &credentials,
            json!({"accounts": {ACCOUNT: account}}).to_string(),
        )?;
        let (node, entry) = super::cloud::entry(npm);
        let process = start(
            Command::new(node)
                .arg(entry)
                .env("HOME", folder)
                .env("MASONS_BROKER_ACCOUNT_ID", ACCOUNT)
                .env("MASONS_BROKER_USER_DATA", folder)
                .env("MASONS_BROKER_CREDENTIALS_FILE", credentials),
        )?;
        let deadline = Instant::now() + READY;
        let told = loop {
            if let Some(told) = discovery(folder) {
                break told;
            }
            wait(deadline, "the npm broker").await?;
        };
        let member = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
        let access = Access {
            address: member("ipcUrl").trim_start_matches("http://").to_owned(),
            token: member("bearerToken"),
        };
        let address = access.address.clone();
        Ok((Self { process, address }, access))
    }

    pub async fn stop(mut self) -> Result {
        self.process.kill().await?;
        Ok(())
    }
}

fn start(command: &mut Command) -> Result<Child> {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null());
    Ok(command.stderr(Stdio::null()).kill_on_drop(true).spawn()?)
}

/// Returns what a broker has written of itself somewhere below a folder.
fn discovery(folder: &Path) -> Option<Value> {
    let file = crate::daemon::find(folder, "discovery.json")?.join("discovery.json");
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}

async fn wait(deadline: Instant, who: &str) -> Result {
    if Instant::now() > deadline {
        return Err(format!("`{who}` does not listen").into());
    }
    tokio::time::sleep(Duration::from_millis(1)).await;
    Ok(())
}
