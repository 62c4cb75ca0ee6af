//! The third promise: reach back. A second bus, which nobody can dial, lends its commands to the first one through the connection that
//! it has dialled itself; and an MCP client uses them.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use cmdbus::CommandRegistry;
use cmdbus::bus::{Address, client_config};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};

use super::verbs::{answer, kill, line, parsed};
use super::{
    STEP_LIMIT, Told, check, command, end, env_vars, join_when_there, pid, spawn, worker_process,
};
use crate::exit::{Error, Result};

/// What the second bus is attached as, and the server on it.
const ID: &str = "demo-laptop";
const SERVER: &str = "laptop";
/// Its command, as a command of the first bus and as a tool.
const COMMAND: &str = "laptop.demo_upper";
const TOOL: &str = "laptop_demo_upper";

/// Plays the story. `home` is where the first bus lives, which runs.
pub(super) async fn reach(told: &mut Told, home: &Path) -> Result<()> {
    let laptop = home.join("laptop");
    fs::create_dir(&laptop).map_err(|error| Error::io("make", &laptop, error))?;

    let clock = Instant::now();
    let mut daemon = spawn(&laptop, &["daemon", "--tied"])?;
    let there = CommandRegistry::new(client_config());
    let socket = laptop.join("state/default/bus.sock");
    join_when_there(&Address::Unix(socket), &there).await?;
    there.dispose().await;
    let mut worker = worker_process(&laptop, "text").await?;
    told.step(
        clock.elapsed(),
        &format!(
            "a second bus (pid {}), as on a laptop behind NAT; its worker offers `demo.upper`, and `cmdbus mcp` there is an MCP server with it",
            pid(&daemon)
        ),
    )?;

    let clock = Instant::now();
    let status = answer(home, &["status", "--json"]).await?;
    let url = status["gateway"]["url"].as_str().unwrap_or_default();
    let may = format!("attach:{ID}");
    let args = ["token", "create", "--name", ID, "--may", &may, "--json"];
    let made = answer(home, &args).await?;
    let token = made["token"].as_str().unwrap_or_default();
    let config = servers(&laptop)?;
    let attached = Attached::start(&laptop, url, token, &config).await?;
    shown(home).await?;
    told.step(
        clock.elapsed(),
        &format!(
            "it dials out to {url} (pid {}), with a token that may attach as `{ID}` and nothing else",
            attached.pid()
        ),
    )?;

    let clock = Instant::now();
    call(home, "behind nat").await?;
    told.step(
        clock.elapsed(),
        &format!("from here, `cmdbus call {COMMAND}` runs on the laptop: \"BEHIND NAT\""),
    )?;

    let clock = Instant::now();
    let mut agent = Agent::start(home).await?;
    let tools = agent.ask("tools/list", json!({})).await?;
    let names: Vec<&str> = tools["tools"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|tool| tool["name"].as_str())
        .collect();
    check(names.contains(&TOOL), || format!("the tools are {names:?}"))?;
    agent.call("from an agent").await?;
    told.step(
        clock.elapsed(),
        &format!(
            "an MCP client on `cmdbus mcp` sees every command as a tool ({} of them), and calls `{TOOL}`",
            names.len()
        ),
    )?;

    let clock = Instant::now();
    attached.kill().await?;
    let again = Attached::start(&laptop, url, token, &config).await?;
    shown(home).await?;
    call(home, "and again").await?;
    agent.call("without a word").await?;
    told.step(
        clock.elapsed(),
        "the connection is killed with SIGKILL and dialled again: same names, and the MCP client has noticed nothing",
    )?;

    agent.end().await?;
    again.stop().await?;
    for process in [&mut worker, &mut daemon] {
        end(process).await?;
    }
    Ok(())
}

/// Writes which servers the laptop has: its own bus, as an MCP server.
fn servers(laptop: &Path) -> Result<String> {
    let program = std::env::current_exe()
        .map_err(|error| Error::failure(format!("cannot find this program: {error}")))?;
    let server = json!({
        "command": program,
        "args": ["mcp", "--no-start"],
        "env": {env_vars::HOME: laptop},
    });
    let path = laptop.join("servers.json");
    let text = json!({"mcpServers": {SERVER: server}}).to_string();
    fs::write(&path, text).map_err(|error| Error::io("write", &path, error))?;
    Ok(path.to_string_lossy().into_owned())
}

/// Waits until the tools of the laptop are commands: the gateway asks for their list once the server is there.
async fn shown(home: &Path) -> Result<()> {
    let deadline = Instant::now() + STEP_LIMIT;
    loop {
        let status = answer(home, &["status", "--json"]).await?;
        let attached = &status["gateway"]["attached"][0];
        if attached["state"] == "connected" && attached["servers"][0]["tools"] != 0 {
            return Ok(());
        }
        check(Instant::now() < deadline, || {
            format!("the tools of the laptop are no commands: {attached}")
        })?;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Calls the laptop's command from the first bus.
async fn call(home: &Path, text: &str) -> Result<()> {
    let request = json!({ "value": text }).to_string();
    let got = answer(home, &["call", COMMAND, &request, "--json", "--no-start"]).await?;
    check(got == text.to_uppercase(), || {
        format!("`{COMMAND}` answered {got}")
    })
}

/// `cmdbus attach` on the laptop.
struct Attached {
    child: Child,
    /// Kept open: whoever writes to a closed one ends.
    _lines: Lines<BufReader<ChildStdout>>,
}

impl Attached {
    /// Starts it, and waits until its server is attached and answers.
    async fn start(laptop: &Path, url: &str, token: &str, config: &str) -> Result<Self> {
        let args = ["attach", url, "--id", ID, "--config", config, "--json"];
        let mut child = command(laptop, &args)?
            .env(env_vars::TOKEN, token)
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| Error::failure(format!("cannot start a process: {error}")))?;
        let Some(stdout) = child.stdout.take() else {
            return Err(Error::failure("a process without pipes"));
        };
        let mut lines = BufReader::new(stdout).lines();
        let (mut bound, mut ready) = (false, false);
        while !(bound && ready) {
            let event = parsed(&line(&mut lines, "the laptop did not attach").await?)?;
            bound |= event["event"] == "attach" && event["attach_id"] == ID;
            ready |= event["state"] == "ready" || event["servers"][0]["state"] == "ready";
        }
        Ok(Self {
            child,
            _lines: lines,
        })
    }

    fn pid(&self) -> u32 {
        pid(&self.child)
    }

    async fn kill(mut self) -> Result<()> {
        kill(&mut self.child).await
    }

    async fn stop(mut self) -> Result<()> {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            kill_process(pid, Signal::TERM)
                .map_err(|error| Error::failure(format!("cannot stop a process: {error}")))?;
        }
        match tokio::time::timeout(STEP_LIMIT * 2, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            _ => Err(Error::failure(
                "`cmdbus attach` did not end as it was told to",
            )),
        }
    }
}

/// A client of MCP, with `cmdbus mcp` on its stdin and stdout.
struct Agent {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    asked: u64,
}

impl Agent {
    async fn start(home: &Path) -> Result<Self> {
        let mut child = spawn(home, &["mcp", "--no-start"])?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::failure("a process without pipes"));
        };
        let mut agent = Self {
            child,
            stdin,
            lines: BufReader::new(stdout).lines(),
            asked: 0,
        };
        let client = json!({
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "demo", "version": env!("CARGO_PKG_VERSION")},
        });
        agent.ask("initialize", client).await?;
        agent
            .say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))
            .await?;
        Ok(agent)
    }

    async fn say(&mut self, message: &Value) -> Result<()> {
        self.stdin
            .write_all(format!("{message}\n").as_bytes())
            .await
            .map_err(|error| Error::failure(format!("`cmdbus mcp` does not read: {error}")))
    }

    /// Asks, and returns the result.
    async fn ask(&mut self, method: &str, params: Value) -> Result<Value> {
        self.asked += 1;
        let id = self.asked;
        self.say(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))
            .await?;
        loop {
            let mut message = parsed(&line(&mut self.lines, "`cmdbus mcp` did not answer").await?)?;
            // Beside answers there are notifications: lists that have changed.
            if message["id"] != id {
                continue;
            }
            check(message.get("error").is_none(), || {
                format!("`{method}` was answered with {}", message["error"])
            })?;
            return Ok(message["result"].take());
        }
    }

    async fn call(&mut self, text: &str) -> Result<()> {
        let params = json!({"name": TOOL, "arguments": {"value": text}});
        let result = self.ask("tools/call", params).await?;
        let said = &result["content"][0]["text"];
        check(*said == text.to_uppercase(), || {
            format!("the tool `{TOOL}` answered {result}")
        })
    }

    async fn end(mut self) -> Result<()> {
        drop(self.stdin);
        match tokio::time::timeout(STEP_LIMIT, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            _ => Err(Error::failure("`cmdbus mcp` did not end with its client")),
        }
    }
}
