//! The MCP server of the tests, in a process of its own, reached by its address.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::Result;
use crate::daemon::Access;
use crate::mcp::Endpoint;

/// A running server. Dropped, it is killed.
pub struct Fixture {
    _process: Child,
    pub url: String,
}

impl Fixture {
    /// Starts it, and waits until it listens.
    pub async fn start(program: &Path) -> Result<Self> {
        let mut process = Command::new(program)
            .args(["http", "--tied"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let output = process.stdout.take().ok_or("a fixture without output")?;
        let mut lines = BufReader::new(output).lines();
        let line = tokio::time::timeout(Duration::from_secs(10), lines.next_line()).await??;
        let told: Value = serde_json::from_str(&line.ok_or("the fixture has ended")?)?;
        let url = told["url"].as_str().ok_or("the fixture has no address")?;
        Ok(Self {
            _process: process,
            url: url.to_owned(),
        })
    }

    /// Returns where it is called without anything in between.
    pub fn endpoint(&self) -> Result<Endpoint> {
        let rest = self.url.strip_prefix("http://").ok_or("not plain HTTP")?;
        let (address, path) = rest.split_once('/').ok_or("an address without a path")?;
        let access = Access {
            address: address.to_owned(),
            token: String::new(),
        };
        Ok(Endpoint {
            access,
            path: format!("/{path}"),
        })
    }
}
