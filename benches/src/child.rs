//! Clients in processes of their own. The parent writes what to be, and then a line for each round; the child
//! answers each with a line of JSON, the first when it is ready. It ends with its input.

use std::process::Stdio;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child as Process, ChildStdin, ChildStdout, Command};

use crate::Result;
use crate::pairs::Pairs;
use crate::parts::{attach_sockets, idle, push, send};

/// What a child is.
#[derive(Serialize, Deserialize)]
pub enum Role {
    /// Sends, and counts.
    Send(send::Load),
    /// Sends to itself.
    Push(push::Load),
    /// Is there.
    Clients(idle::Clients),
    /// Calls a tool at two places.
    Pairs(Pairs),
    /// Is attached, many times.
    Sockets(attach_sockets::Sockets),
}

/// A child, as its parent has it. Dropped, it is killed.
pub struct Child {
    process: Process,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Child {
    /// Starts a child and waits until it is ready.
    pub async fn start(role: &Role) -> Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg("child")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let input = process.stdin.take().ok_or("a child without input")?;
        let output = process.stdout.take().ok_or("a child without output")?;
        let mut child = Self {
            process,
            input,
            lines: BufReader::new(output).lines(),
        };
        let role = serde_json::to_string(role)?;
        child.ask::<()>(&role).await?;
        Ok(child)
    }

    /// Lets the child do one round, and returns what it says of it.
    pub async fn round<T: DeserializeOwned>(&mut self) -> Result<T> {
        self.ask("").await
    }

    async fn ask<T: DeserializeOwned>(&mut self, line: &str) -> Result<T> {
        self.input.write_all(format!("{line}\n").as_bytes()).await?;
        let answer = self.lines.next_line().await?;
        Ok(serde_json::from_str(&answer.ok_or("a child failed")?)?)
    }

    /// Ends the child.
    pub async fn stop(mut self) -> Result {
        drop(self.input);
        self.process.wait().await?;
        Ok(())
    }
}

/// The other end, in the child.
pub struct Parent {
    lines: Lines<BufReader<tokio::io::Stdin>>,
}

impl Parent {
    /// Says how the last round was and waits for the next. `false` at the end.
    pub async fn told(&mut self, of_round: &impl Serialize) -> Result<bool> {
        println!("{}", serde_json::to_string(of_round)?);
        Ok(self.lines.next_line().await?.is_some())
    }
}

/// Is a child, to the end.
pub async fn run() -> Result {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let role = lines.next_line().await?.ok_or("nobody says what to be")?;
    let parent = Parent { lines };
    match serde_json::from_str(&role)? {
        Role::Send(load) => load.run(parent).await,
        Role::Push(load) => load.run(parent).await,
        Role::Clients(clients) => clients.run(parent).await,
        Role::Pairs(pairs) => pairs.run(parent).await,
        Role::Sockets(sockets) => sockets.run(parent).await,
    }
}
