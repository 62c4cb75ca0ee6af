//! cmdbus, as a program uses it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use cmdbus::bus::{Address, Connect, client_config};
use cmdbus::channel::axum::{BusEndpoint, UpgradedPeer};
use cmdbus::channel::{UnixChannel, WebSocketChannel, one_token};
use cmdbus::{CommandChannel, CommandRegistry, Config, DynCommand, InMemoryChannel, Payload};
use futures_util::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::net::{TcpListener, UnixListener};

use crate::Result;
use crate::child::Parent;
use crate::load::{Caller, Round, Work, calls};
use crate::text::{Echo, Text, Told};

/// Longer than any measurement: calls that wait for nothing shall not end meanwhile.
const LONG: Duration = Duration::from_secs(24 * 60 * 60);

/// What opens a WebSocket.
const TOKEN: &str = "bench";

/// Where the command is that is called.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Place {
    /// In the registry of the caller.
    Here,
    /// In another registry of the same process, while so many other calls wait.
    Beside { pending: usize },
    /// At the other end of a socket, without a daemon.
    Socket(PathBuf),
    /// At the other end of a WebSocket, without a daemon.
    WebSocket(String),
    /// On the bus of a daemon, reached by this address.
    Bus(String),
    /// The same, with JSON at both ends that is passed on as it is.
    Passing(String),
}

/// Who serves the command.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Provider {
    /// Listens on a socket.
    Socket(PathBuf),
    /// Listens for WebSockets, and says where.
    WebSocket,
    /// Joins the bus of a daemon.
    Bus(String),
}

/// Id of the command that answers with the JSON it was asked with.
const PASS: &str = "bench.pass";

/// Calls with JSON that is there already, and does not look into the answer.
#[derive(Clone)]
struct Passing {
    registry: CommandRegistry,
    request: Payload,
}

impl Caller for Passing {
    async fn call(&self, text: Text) -> Result<Text> {
        let request = Some(self.request.clone());
        let answer = self.registry.call_raw(PASS, request).await?;
        match answer {
            Some(answer) if answer.weight() == self.request.weight() => Ok(text),
            _ => Err("an answer is something else than what was asked".into()),
        }
    }
}

#[derive(Clone)]
struct Registry(CommandRegistry);

impl Caller for Registry {
    async fn call(&self, text: Text) -> Result<Text> {
        Ok(self.0.execute::<Echo>(text).await?)
    }
}

impl Place {
    /// Calls in rounds.
    pub async fn run(self, work: Work, parent: Parent) -> Result {
        let passing = matches!(self, Self::Passing(_));
        let registry = self.registry().await?;
        if passing {
            let request = Payload::new(&work.text())?;
            return calls(Passing { registry, request }, work, parent).await;
        }
        calls(Registry(registry), work, parent).await
    }

    async fn registry(self) -> Result<CommandRegistry> {
        match self {
            Self::Here => {
                let registry = CommandRegistry::new(Config::default());
                registry.register_command(Echo).await?;
                Ok(registry)
            }
            Self::Beside { pending } => beside(pending).await,
            Self::Socket(path) => {
                let registry = CommandRegistry::new(client_config());
                join(&registry, UnixChannel::connect("hub", path)).await?;
                Ok(registry)
            }
            Self::WebSocket(url) => {
                let registry = CommandRegistry::new(client_config());
                let token = Some(TOKEN.to_owned());
                join(&registry, WebSocketChannel::connect("hub", url, token)).await?;
                Ok(registry)
            }
            Self::Bus(address) | Self::Passing(address) => {
                let registry = CommandRegistry::new(client_config());
                Connect::to(address.parse::<Address>()?)
                    .join(&registry)
                    .await?;
                Ok(registry)
            }
        }
    }
}

async fn join(registry: &CommandRegistry, channel: impl CommandChannel + 'static) -> Result {
    let driver = registry.register_channel(Arc::new(channel)).await?;
    tokio::spawn(driver);
    Ok(())
}

/// Joins two registries in memory.
async fn pair(a: &CommandRegistry, b: &CommandRegistry) -> Result {
    let (to_b, to_a) = InMemoryChannel::pair("hub", format!("peer-{}", a.id()));
    tokio::spawn(b.register_channel(to_a).await?);
    tokio::spawn(a.register_channel(to_b).await?);
    Ok(())
}

/// Makes two registries, of which the second provides the command, and lets calls wait at a third.
async fn beside(pending: usize) -> Result<CommandRegistry> {
    let config = || Config {
        request_ttl: if pending > 0 {
            LONG
        } else {
            Config::default().request_ttl
        },
        max_in_flight_per_channel: if pending > 0 { 0 } else { 256 },
        ..Config::default()
    };
    let caller = CommandRegistry::new(Config {
        router_channel: Some("hub".to_owned()),
        ..config()
    });
    let callee = CommandRegistry::new(config());
    callee.register_command(Echo).await?;
    let never = DynCommand::new("never", |_: Value| {
        std::future::pending::<std::result::Result<Value, _>>()
    });
    callee.register_command(never).await?;
    pair(&caller, &callee).await?;
    for _ in 0..pending {
        let caller = caller.clone();
        tokio::spawn(async move { caller.execute_dyn("never", Value::Null).await });
    }
    while callee.load().running < pending {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(caller)
}

impl Provider {
    /// Serves until the parent ends.
    pub async fn run(self, mut parent: Parent) -> Result {
        let mut place = String::new();
        let _accepting = match self {
            Self::Socket(path) => {
                let listener = UnixListener::bind(path)?;
                let registry = CommandRegistry::new(Config::default());
                registry.register_command(Echo).await?;
                tokio::spawn(accept(listener, registry))
            }
            Self::WebSocket => {
                let listener = TcpListener::bind("127.0.0.1:0").await?;
                place = format!("ws://{}/bus", listener.local_addr()?);
                let registry = CommandRegistry::new(Config::default());
                registry.register_command(Echo).await?;
                tokio::spawn(async move { Ok(axum::serve(listener, router(registry)).await?) })
            }
            Self::Bus(address) => {
                let registry = CommandRegistry::new(client_config());
                registry.register_command(Echo).await?;
                let pass = DynCommand::new(PASS, |json: Payload| async move { Ok(json) });
                registry.register_command(pass).await?;
                Connect::to(address.parse::<Address>()?)
                    .join(&registry)
                    .await?;
                tokio::spawn(async move {
                    let _kept = registry;
                    std::future::pending::<Result>().await
                })
            }
        };
        while parent.told(&place).await? {}
        Ok(())
    }
}

fn router(registry: CommandRegistry) -> Router {
    let endpoint = BusEndpoint::token(one_token(TOKEN.to_owned()));
    let accept = move |peer: UpgradedPeer| {
        let registry = registry.clone();
        async move {
            let channel = peer.into_channel("ws-1").await;
            if let Ok(driver) = registry.register_channel(Arc::new(channel)).await {
                driver.await;
            }
        }
    };
    Router::new().route("/bus", endpoint.route(accept))
}

async fn accept(listener: UnixListener, registry: CommandRegistry) -> Result {
    for n in 0.. {
        let (stream, _) = listener.accept().await?;
        join(
            &registry,
            UnixChannel::from_stream(format!("unix-{n}"), stream),
        )
        .await?;
    }
    Ok(())
}

/// What makes a daemon larger.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Crowd {
    pub bus: String,
    /// How many join it.
    pub channels: usize,
    /// How many commands each of them provides.
    pub commands: usize,
}

impl Crowd {
    /// How many commands are registered at a time.
    const AT_ONCE: usize = 256;

    /// Is there until the parent ends.
    pub async fn run(self, mut parent: Parent) -> Result {
        let mut members = Vec::new();
        for member in 0..self.channels {
            let registry = CommandRegistry::new(client_config());
            Connect::to(self.bus.parse::<Address>()?)
                .join(&registry)
                .await?;
            self.register(&registry, member).await?;
            members.push(registry);
        }
        while parent.told(&()).await? {}
        Ok(())
    }

    async fn register(&self, registry: &CommandRegistry, member: usize) -> Result {
        let own = std::process::id();
        let commands = (0..self.commands).map(|n| {
            let id = format!("crowd.p{own}.m{member}.c{n}");
            registry.register_command(DynCommand::new(id, |text: Text| async move { Ok(text) }))
        });
        futures_util::stream::iter(commands)
            .buffer_unordered(Self::AT_ONCE)
            .try_collect::<()>()
            .await?;
        Ok(())
    }
}

/// Emits an event to so many registries in memory, again when all have it.
pub async fn events(channels: usize, work: Work, mut parent: Parent) -> Result {
    let hub = CommandRegistry::new(Config::default());
    let heard = Arc::new(AtomicU64::new(0));
    let mut listening = Vec::new();
    for _ in 0..channels {
        let registry = CommandRegistry::new(Config {
            router_channel: Some("hub".to_owned()),
            ..Config::default()
        });
        let heard = heard.clone();
        let _listens = registry.on::<Told>(move |_| {
            heard.fetch_add(1, Ordering::Relaxed);
        });
        pair(&registry, &hub).await?;
        listening.push(registry);
    }
    let mut round = Round::default();
    while parent.told(&round).await? {
        round = Round::of(async {
            let over = work.bell();
            let (begin, mut told) = (heard.load(Ordering::Relaxed), 0);
            while !over.load(Ordering::Relaxed) {
                hub.emit(Told(work.text()))?;
                told += channels as u64;
                while heard.load(Ordering::Relaxed) < begin + told {
                    tokio::task::yield_now().await;
                }
            }
            Ok((told, Vec::new()))
        })
        .await?;
    }
    Ok(())
}

/// Returns the address of a bus whose socket is there.
pub fn address(socket: &Path) -> String {
    format!("unix:{}", socket.display())
}
