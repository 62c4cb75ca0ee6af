//! Clients in processes of their own. The parent writes what to be, and then a line for each round; the child
//! answers each with a line of JSON, the first when it is ready. It ends with its input.

use std::process::Stdio;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child as Process, ChildStdin, ChildStdout, Command};

use std::path::PathBuf;

use crate::limits::socket::{Lines as Framing, Server};
use crate::limits::{boxed, http, socket};
use crate::load::{Work, calls};
use crate::ours::{self, Place, Provider};
use crate::pairs::Pairs;
use crate::parts::{attach_sockets, idle, push, send};
#[cfg(feature = "peers")]
use crate::peers::Peer;
use crate::{Result, feed, web};

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
    /// Calls with cmdbus.
    Ours { place: Place, work: Work },
    /// Serves with cmdbus.
    Provide(Provider),
    /// Tells so many registries of an event.
    Events { channels: usize, work: Work },
    /// Calls a function.
    Boxed(Work),
    /// Calls a task.
    Queue(Work),
    /// Tells so many tasks.
    Broadcast { receivers: usize, work: Work },
    /// Asks over a plain socket.
    Ask {
        path: PathBuf,
        lines: Framing,
        work: Work,
    },
    /// Answers on a plain socket, or passes on.
    Serve { path: PathBuf, server: Server },
    /// Asks over HTTP.
    Web(web::Load),
    /// Sends over HTTP.
    Sends(web::Sends),
    /// Is pushed to.
    Pushes(feed::Pushes),
    /// Is our broker, fed by a network.
    Fed(feed::Fed),
    /// Is on the bus of a daemon, often.
    Crowd(ours::Crowd),
    /// Answers over HTTP, always the same.
    Constant,
    /// Calls with what others have made.
    #[cfg(feature = "peers")]
    Peer { peer: Peer, work: Work },
    /// Serves with it.
    #[cfg(feature = "peers")]
    PeerServes(Peer),
}

/// A child, as its parent has it. Dropped, it is killed.
pub struct Child {
    process: Process,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Child {
    /// Starts a child of one thread and waits until it is ready.
    pub async fn start(role: &Role) -> Result<Self> {
        let (child, _) = Self::ready::<serde::de::IgnoredAny>(role, 1).await?;
        Ok(child)
    }

    /// Starts a child of so many threads, waits until it is ready, and returns what it says then.
    pub async fn ready<T: DeserializeOwned>(role: &Role, threads: usize) -> Result<(Self, T)> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["child", "--threads", &threads.to_string()])
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
        let told = child.ask(&role).await?;
        Ok((child, told))
    }

    /// Returns its number.
    pub fn pid(&self) -> u32 {
        self.process.id().unwrap_or(0)
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
        Role::Ours { place, work } => place.run(work, parent).await,
        Role::Provide(provider) => provider.run(parent).await,
        Role::Events { channels, work } => ours::events(channels, work, parent).await,
        Role::Boxed(work) => calls(boxed::Boxed::new(), work, parent).await,
        Role::Queue(work) => calls(boxed::Queue::start(), work, parent).await,
        Role::Broadcast { receivers, work } => boxed::broadcast(receivers, work, parent).await,
        Role::Ask { path, lines, work } => socket::ask(&path, lines, work, parent).await,
        Role::Serve { path, server } => server.run(&path, parent).await,
        Role::Web(load) => load.run(parent).await,
        Role::Sends(sends) => sends.run(parent).await,
        Role::Pushes(pushes) => pushes.run(parent).await,
        Role::Fed(fed) => fed.run(parent).await,
        Role::Crowd(crowd) => crowd.run(parent).await,
        Role::Constant => http::constant(parent).await,
        #[cfg(feature = "peers")]
        Role::Peer { peer, work } => peer.call(work, parent).await,
        #[cfg(feature = "peers")]
        Role::PeerServes(peer) => peer.serve(parent).await,
    }
}
