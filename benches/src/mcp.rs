//! An MCP client that does little: it opens a session where the era has one, and calls one tool.

use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Result;
use crate::daemon::Access;
use crate::http::{Client, request};

/// What is called, and what the answer holds.
pub const TOOL: &str = "test_simple_text";
pub const ANSWER: &str = "This is a simple text response for testing.";

pub const LEGACY: &str = "2025-11-25";
pub const MODERN: &str = "2026-07-28";

/// What a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Era {
    Legacy,
    Modern,
}

/// Where an MCP server is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Endpoint {
    pub access: Access,
    pub path: String,
}

impl Endpoint {
    /// Returns where a gateway has a server.
    pub fn attached(gateway: &Access, id: &str, server: &str) -> Self {
        Self {
            access: gateway.clone(),
            path: format!("/a/{id}/mcp/{server}"),
        }
    }
}

/// A client with one connection, which is kept.
pub struct Caller {
    client: Client,
    endpoint: Endpoint,
    era: Era,
    /// What every call has in its head.
    headers: String,
    calls: u64,
}

impl Caller {
    /// Connects, and opens a session in the legacy era.
    pub async fn open(endpoint: &Endpoint, era: Era) -> Result<Self> {
        let mut caller = Self {
            client: Client::connect(&endpoint.access).await?,
            endpoint: endpoint.clone(),
            era,
            headers: "accept: application/json, text/event-stream\r\n".to_owned(),
            calls: 0,
        };
        match era {
            Era::Legacy => caller.initialize().await?,
            Era::Modern => caller.headers.push_str(&format!(
                "mcp-protocol-version: {MODERN}\r\nmcp-method: tools/call\r\nmcp-name: {TOOL}\r\n"
            )),
        }
        Ok(caller)
    }

    async fn initialize(&mut self) -> Result {
        let params = json!({
            "protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"},
        });
        let message = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params});
        let request = self.request(&message);
        self.client.exchange(&request).await?;
        let session = self.client.header("mcp-session-id").ok_or("no session")?;
        let session = format!("mcp-session-id: {session}\r\nmcp-protocol-version: {LEGACY}\r\n");
        self.headers.push_str(&session);
        let message = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        let request = self.request(&message);
        self.client.exchange(&request).await?;
        Ok(())
    }

    /// Calls the tool, and returns how long it took until the answer was there whole, in microseconds.
    pub async fn call(&mut self) -> Result<f64> {
        self.calls += 1;
        let mut params = json!({"name": TOOL, "arguments": {"number": self.calls}});
        if self.era == Era::Modern {
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": MODERN,
                "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
                "io.modelcontextprotocol/clientCapabilities": {},
            });
        }
        let message =
            json!({"jsonrpc": "2.0", "id": self.calls, "method": "tools/call", "params": params});
        let request = self.request(&message);
        let begun = Instant::now();
        let answer = self.client.exchange(&request).await?;
        let took = begun.elapsed().as_secs_f64() * 1e6;
        let answer = String::from_utf8_lossy(answer);
        if answer.contains(ANSWER) {
            Ok(took)
        } else {
            Err(format!("a call is answered with {answer}").into())
        }
    }

    fn request(&self, message: &Value) -> Vec<u8> {
        let Endpoint { access, path } = &self.endpoint;
        request(access, "POST", path, &self.headers, &message.to_string())
    }
}
