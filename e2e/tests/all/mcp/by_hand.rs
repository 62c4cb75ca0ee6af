//! An MCP client made by hand, for what an SDK would not show.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::support::PATIENCE;

/// An MCP client of the legacy era.
pub(super) struct Agent {
    url: String,
    pub(super) token: String,
    session: Option<String>,
    /// What its server is to be started with.
    pub(super) arguments: Option<String>,
}

/// What came of a POST.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    session: Option<String>,
    pub(super) body: Value,
}

impl Agent {
    pub(super) fn new(url: String, token: &str) -> Self {
        Self {
            url,
            token: token.to_owned(),
            session: None,
            arguments: None,
        }
    }

    /// Posts a message as it is done by hand.
    #[track_caller]
    fn post(&self, message: &Value) -> Answer {
        let rest = self.url.strip_prefix("http://").unwrap();
        let (address, path) = rest.split_once('/').unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let body = message.to_string();
        let mut head = format!(
            "POST /{path} HTTP/1.0\r\nhost: {address}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
             accept: application/json, text/event-stream\r\ncontent-length: {}\r\n",
            self.token,
            body.len()
        );
        for (name, value) in [
            ("mcp-session-id", &self.session),
            ("x-cmdbus-arguments", &self.arguments),
        ] {
            if let Some(value) = value {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        stream
            .write_all(format!("{head}\r\n{body}").as_bytes())
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        Answer::read(&answer)
    }

    #[track_caller]
    pub(super) fn ask(&self, method: &str, params: Value) -> Value {
        let request = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
        let answer = self.post(&request);
        assert_eq!(answer.body["id"], 7, "{answer:?}");
        answer.body
    }

    /// Opens a session.
    #[track_caller]
    pub(super) fn initialize(&mut self) -> Answer {
        let params = json!({
            "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": {"name": "an agent", "version": "1"},
        });
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params});
        let answer = self.post(&request);
        self.session.clone_from(&answer.session);
        if answer.status == 200 {
            let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
            assert_eq!(self.post(&initialized).status, 202);
        }
        answer
    }

    #[track_caller]
    pub(super) fn call(&self, tool: &str, arguments: Value) -> Value {
        self.ask("tools/call", json!({"name": tool, "arguments": arguments}))
    }
}

impl Answer {
    #[track_caller]
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let session = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("mcp-session-id")
                .then(|| value.trim().to_owned())
        });
        // What takes longer comes as the last event of a stream.
        let data = body
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix("data: "));
        let body = serde_json::from_str(data.unwrap_or(body)).unwrap_or(Value::Null);
        Self {
            status,
            session,
            body,
        }
    }
}
