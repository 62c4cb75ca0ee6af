//! MCP servers behind a gateway: what attaches them, and a client that speaks to them by hand.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};

use super::peers::{Fixture, fixture};
use crate::processes::bus::{Bus, Running, program};
use crate::support::{PATIENCE, eventually};

/// Returns a bus whose gateway lets everybody of this machine in, with more settings for it.
pub(crate) fn open(settings: &str) -> Bus {
    Bus::new().configured(&format!("[gateway]\nauth = \"none\"\n{settings}"))
}

/// Returns the address of a gateway. The bus must be running.
#[track_caller]
pub(crate) fn gateway(bus: &Bus) -> String {
    let status = bus.run(["status", "--json"]).json();
    status["gateway"]["url"].as_str().unwrap().to_owned()
}

/// The fixture as a child of who attaches it.
pub(crate) fn child() -> Value {
    json!({"command": fixture(), "args": ["stdio"]})
}

/// A process that has attached servers.
pub(crate) struct Attached {
    pub(crate) client: Running,
}

impl Attached {
    /// Attaches servers, named as in a configuration file, and waits until they are there.
    #[track_caller]
    pub(crate) fn new(bus: &Bus, id: &str, servers: Value) -> Self {
        Self::over(bus, None, id, servers)
    }

    /// As [`Attached::new`], to a gateway at an address.
    #[track_caller]
    pub(crate) fn over(bus: &Bus, to: Option<&str>, id: &str, servers: Value) -> Self {
        let file = bus.folder().join(format!("{id}.json"));
        fs::write(&file, json!({"mcpServers": servers}).to_string()).unwrap();
        let mut command = bus.command(program());
        command
            .arg("attach")
            .args(to)
            .args(["--json", "--id", id, "--config"])
            .arg(file);
        let attached = Self {
            client: Running::start(&mut command),
        };
        let what = format!("it attaches: {:?}", attached.client);
        eventually(&what, || attached.events("attach").first().map(drop));
        attached
    }

    /// Returns what it has said about one kind of event.
    pub(crate) fn events(&self, event: &str) -> Vec<Value> {
        let lines = self.client.lines();
        let parsed = lines.iter().map(|line| serde_json::from_str(line).unwrap());
        parsed
            .filter(|said: &Value| said["event"] == event)
            .collect()
    }

    /// Returns what it was last told about a server.
    #[track_caller]
    pub(crate) fn server(&self, name: &str) -> Value {
        let told = self.events("attach").pop().unwrap();
        let servers = told["servers"].as_array().unwrap();
        let found = servers.iter().find(|server| server["server"] == name);
        found
            .unwrap_or_else(|| panic!("`{name}` is not in {told}"))
            .clone()
    }

    /// Returns the address of a server.
    #[track_caller]
    pub(crate) fn url(&self, name: &str) -> String {
        self.server(name)["url"].as_str().unwrap().to_owned()
    }
}

/// How the fixture stands behind the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Url,
    Stdio,
}

/// The fixture, attached.
pub(crate) struct Behind {
    attached: Attached,
    bus: Bus,
    _server: Option<Fixture>,
}

impl Behind {
    #[track_caller]
    pub(crate) fn new(kind: Kind) -> Self {
        Self::with(kind, &[])
    }

    /// As [`Behind::new`], with options of the fixture, such as `--era`.
    #[track_caller]
    pub(crate) fn with(kind: Kind, options: &[&str]) -> Self {
        let server = (kind == Kind::Url).then(|| Fixture::http_with(options));
        let recipe = match &server {
            Some(server) => json!({"url": server.url()}),
            None => {
                let args = [&["stdio"], options].concat();
                json!({"command": fixture(), "args": args})
            }
        };
        let bus = open("");
        let attached = Attached::new(&bus, "behind", json!({"fixture": recipe}));
        Self {
            attached,
            bus,
            _server: server,
        }
    }

    /// Returns the address of the fixture's own endpoint.
    pub(crate) fn url(&self) -> String {
        self.attached.url("fixture")
    }

    /// Returns the address of the endpoint for everything on the bus.
    pub(crate) fn aggregated(&self) -> String {
        format!("{}/mcp", gateway(&self.bus))
    }
}

/// An MCP client that writes its requests by hand.
#[derive(Debug, Clone)]
pub(crate) struct Agent {
    url: String,
    /// Of the legacy era; without one it is of the modern.
    session: Option<String>,
    timeout_ms: Option<u64>,
    asked: Arc<AtomicU64>,
}

/// What came of a POST.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    session: Option<String>,
    /// The message as it stands.
    pub(crate) text: String,
}

impl Answer {
    #[track_caller]
    fn read(answer: &str) -> Self {
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let session = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_it = name.eq_ignore_ascii_case("mcp-session-id");
            is_it.then(|| value.trim().to_owned())
        });
        // What takes longer is the last event of a stream.
        let events = body.lines().rev();
        let last = events
            .filter_map(|line| line.strip_prefix("data: "))
            .find(|data| !data.is_empty());
        Self {
            status,
            session,
            text: last.unwrap_or(body).to_owned(),
        }
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{self:?}"))
    }
}

impl Agent {
    /// Returns one that opens no session.
    pub(crate) fn modern(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            session: None,
            timeout_ms: None,
            asked: Arc::default(),
        }
    }

    /// Opens a session.
    #[track_caller]
    pub(crate) fn legacy(url: impl Into<String>) -> Self {
        let mut agent = Self::modern(url);
        let params = json!({
            "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": {"name": "an agent", "version": "1"},
        });
        let initialize =
            json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params});
        let answer = agent.post("", &initialize.to_string());
        assert_eq!(answer.status, 200, "{answer:?}");
        agent.session = answer.session;
        let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        let headers = agent.session_headers().unwrap();
        assert_eq!(agent.post(&headers, &initialized.to_string()).status, 202);
        agent
    }

    /// Gives every further request a time limit.
    pub(crate) fn within(mut self, millis: u64) -> Self {
        self.timeout_ms = Some(millis);
        self
    }

    /// Calls a tool. Its arguments, and what comes back, stay as they are written.
    #[track_caller]
    pub(crate) fn call_raw(&self, tool: &str, arguments: &str) -> Answer {
        let members = format!(r#""name":"{tool}","arguments":{arguments}"#);
        self.ask("tools/call", Some(tool), &members)
    }

    /// Lists the tools, as they are written.
    #[track_caller]
    pub(crate) fn list_raw(&self) -> Answer {
        self.ask("tools/list", None, "")
    }

    /// Returns the names of the tools.
    #[track_caller]
    pub(crate) fn tools(&self) -> Vec<String> {
        let listed = self.list_raw().json();
        let tools = listed["result"]["tools"].as_array().unwrap();
        let names = tools.iter().map(|tool| tool["name"].as_str().unwrap());
        names.map(str::to_owned).collect()
    }

    fn session_headers(&self) -> Option<String> {
        let session = self.session.as_ref()?;
        let headers = format!("mcp-protocol-version: 2025-11-25\r\nmcp-session-id: {session}\r\n");
        Some(headers)
    }

    /// Sends a request with some members of its parameters.
    #[track_caller]
    fn ask(&self, method: &str, name: Option<&str>, members: &str) -> Answer {
        let mut members = members.to_owned();
        let headers = match self.session_headers() {
            Some(headers) => headers,
            None => {
                let comma = if members.is_empty() { "" } else { "," };
                members = format!(r#"{members}{comma}"_meta":{}"#, modern_meta());
                let name = name.map(|name| format!("mcp-name: {name}\r\n"));
                format!(
                    "mcp-protocol-version: 2026-07-28\r\nmcp-method: {method}\r\n{}",
                    name.unwrap_or_default()
                )
            }
        };
        let id = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let body =
            format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{{members}}}}}"#);
        self.post(&headers, &body)
    }

    #[track_caller]
    pub(crate) fn call(&self, tool: &str, arguments: Value) -> Value {
        self.call_raw(tool, &arguments.to_string()).json()
    }

    /// Calls a tool that answers with structured content.
    #[track_caller]
    pub(crate) fn value(&self, tool: &str, arguments: Value) -> Value {
        let answer = self.call(tool, arguments);
        let value = &answer["result"]["structuredContent"];
        assert!(value.is_object(), "{answer}");
        value.clone()
    }

    /// Returns the error that a call ends with.
    #[track_caller]
    pub(crate) fn error(&self, tool: &str, arguments: Value) -> Value {
        let answer = self.call(tool, arguments);
        assert!(answer["error"].is_object(), "{answer}");
        answer["error"].clone()
    }

    /// Calls a tool in the background.
    pub(crate) fn start(&self, tool: &'static str, arguments: Value) -> JoinHandle<Value> {
        let agent = self.clone();
        thread::spawn(move || agent.call(tool, arguments))
    }

    fn post(&self, headers: &str, body: &str) -> Answer {
        let rest = self.url.strip_prefix("http://").unwrap();
        let (address, path) = rest.split_once('/').unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let limit = self
            .timeout_ms
            .map(|millis| format!("x-cmdbus-timeout-ms: {millis}\r\n"));
        // Of this version, so that the answer comes in one piece.
        let head = format!(
            "POST /{path} HTTP/1.0\r\nhost: {address}\r\ncontent-type: application/json\r\n\
             accept: application/json, text/event-stream\r\n{headers}{}content-length: {}\r\n\r\n",
            limit.unwrap_or_default(),
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        Answer::read(&answer)
    }
}

fn modern_meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "an agent", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    })
}
