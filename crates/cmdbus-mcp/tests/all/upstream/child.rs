//! An MCP server to be started as a child: this very test binary, told by its environment to be one.
//!
//! The test harness says on stdout that it runs a test before the server says anything, so every test here is one of a server that
//! writes garbage too.

use std::io::{BufRead as _, Write as _};

use cmdbus_mcp::upstream::stdio::StdioCommand;
use serde_json::value::RawValue;
use serde_json::{Value, json};

const MODE: &str = "CHILD_MODE";

/// Returns the command of a server. Modes: `legacy`; `modern`; `eager`, which tells of changed lists before its handshake; `silent`,
/// which answers no `initialize`; `old`, which ends when it is asked `server/discover`.
pub(crate) fn command(mode: &str) -> StdioCommand {
    let own = std::env::current_exe().unwrap();
    // What follows `--` the harness takes for names of further tests, of which there are none.
    let args = [
        "--ignored",
        "--exact",
        "upstream::child::serves",
        "--nocapture",
        "--",
    ];
    StdioCommand {
        program: own.to_str().unwrap().to_owned(),
        args: args.map(str::to_owned).to_vec(),
        env: vec![(MODE.to_owned(), mode.to_owned())],
        cwd: None,
    }
}

#[test]
#[ignore = "it is the server that other tests start"]
fn serves() {
    let mode = std::env::var(MODE).expect("other tests start this one");
    let mut server = Server {
        mode,
        state: Value::Null,
        cancelled: Vec::new(),
        started: Vec::new(),
    };
    for line in std::io::stdin().lock().lines() {
        server.take(&serde_json::from_str(&line.unwrap()).unwrap());
    }
    // No word of the harness shall follow.
    std::process::exit(0);
}

struct Server {
    mode: String,
    state: Value,
    cancelled: Vec<Value>,
    started: Vec<std::process::Child>,
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).unwrap();
    out.write_all(b"\n").unwrap();
    out.flush().unwrap();
}

fn notify(method: &str, params: Value) {
    say(&json!({"jsonrpc": "2.0", "method": method, "params": params}).to_string());
}

impl Server {
    fn take(&mut self, message: &Value) {
        let params = &message["params"];
        if message["id"].is_null() {
            if message["method"] == "notifications/cancelled" {
                self.cancelled.push(params["requestId"].clone());
            }
            return;
        }
        let id = &message["id"];
        let Some(method) = message["method"].as_str() else {
            // The answer to the request of the tool `ask`, whose call waits for it.
            return say(&format!(
                r#"{{"jsonrpc":"2.0","id":{},"result":{message}}}"#,
                self.state
            ));
        };
        let answer = match (self.mode.as_str(), method) {
            ("old", "server/discover") => {
                eprintln!("expected initialize");
                std::process::exit(3);
            }
            ("modern", "server/discover") => json!({
                "supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}, "resultType": "complete",
            }),
            ("silent", "initialize") => return,
            ("modern", "initialize") => return self.fail(id, -32601, "no such method"),
            (mode, "initialize") => {
                if mode == "eager" {
                    notify("notifications/tools/list_changed", json!({}));
                }
                json!({
                    "protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}},
                    "serverInfo": {"name": "child", "version": std::process::id().to_string()},
                    "instructions": params["clientInfo"]["name"],
                })
            }
            (_, "tools/list") => json!({"tools": [{"name": "read"}, {"name": "write"}]}),
            (_, "tools/call") => match self.tool(id, params) {
                Some(answer) => answer,
                None => return,
            },
            _ => return self.fail(id, -32601, "no such method"),
        };
        say(&json!({"jsonrpc": "2.0", "id": id, "result": answer}).to_string());
    }

    fn fail(&self, id: &Value, code: i64, message: &str) {
        let error = json!({"code": code, "message": message});
        say(&json!({"jsonrpc": "2.0", "id": id, "error": error}).to_string());
    }

    fn tool(&mut self, id: &Value, params: &Value) -> Option<Value> {
        match params["name"].as_str().unwrap() {
            "pid" => Some(json!(std::process::id())),
            "set" => {
                self.state = params["to"].clone();
                Some(json!({}))
            }
            "get" => Some(self.state.clone()),
            "cancelled" => Some(json!(self.cancelled)),
            "argv" => Some(json!(std::env::args().skip(6).collect::<Vec<_>>())),
            "environment" => Some(json!(
                std::env::vars().map(|(name, _)| name).collect::<Vec<_>>()
            )),
            "hang" => None,
            "raw" => {
                let result = r#"{"z":1.10,"a":123456789012345678901234567890,"vendor":null}"#;
                say(&format!(
                    r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#
                ));
                None
            }
            "error" => {
                let error =
                    r#"{"code":-32001,"message":"No such session","data":{"b":1.10,"a":null}}"#;
                RawValue::from_string(error.to_owned()).unwrap();
                say(&format!(r#"{{"error":{error},"jsonrpc":"2.0","id":{id}}}"#));
                None
            }
            "garbage" => {
                say("Server listening!\n\n{\"jsonrpc\":\n[]\n\u{1}");
                notify("x", json!(null));
                Some(json!("after"))
            }
            "flood" => {
                for n in 0..20_000 {
                    notify("notifications/message", json!({"level": "info", "data": n}));
                }
                Some(json!("after"))
            }
            "long" => {
                let long = "x".repeat(17 * 1024 * 1024);
                say(&json!({"result": long, "jsonrpc": "2.0", "id": id}).to_string());
                None
            }
            "deaf" => loop {
                std::thread::sleep(std::time::Duration::from_secs(60));
            },
            "parent" => {
                // Ignores being asked, keeps the pipes, and outlives its parent.
                let mut sh = std::process::Command::new("sh");
                let script = "trap '' TERM; echo ready >&2; while :; do sleep 1; done";
                let child = sh.args(["-c", script]).spawn().unwrap();
                let pid = child.id();
                self.started.push(child);
                Some(json!(pid))
            }
            "ask" => {
                self.state = id.clone();
                let params = json!({"messages": []});
                say(&json!({"jsonrpc": "2.0", "id": "s-1", "method": "sampling/createMessage", "params": params}).to_string());
                None
            }
            "crash" => {
                eprintln!("first line\nout of cheese");
                std::process::exit(7);
            }
            other => panic!("no tool `{other}`"),
        }
    }
}
