//! An MCP client as a channel of the bus: commands are its tools (protocol §7.1).
//!
//! [`McpServerChannel`] is given to a registry like any channel, and serves one MCP session over stdio or whatever else rmcp carries.
//! Inside is a registry of its own without any command, joined to that one: a tool call is a call made there, so it goes over the
//! channel as `execute.command.request`, and its deadline, cancellation, progress and removal are those of the bus. Nothing that is
//! shown to the client is told to a registry: the list is read from the directory and goes to the client only (W78).

mod call;
mod changes;
mod handler;
mod list;
mod run;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cmdbus::error::ChannelError;
use cmdbus::message::{CommandDef, Message};
use cmdbus::{CommandChannel, CommandRegistry, Config, InMemoryChannel, WeakRegistry};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rmcp::RoleServer;
use rmcp::transport::IntoTransport;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use self::list::Listing;
use crate::names::{Rules, Style};

/// Name of the outer registry inside.
const ROUTER: &str = "router";

/// Decides whether a command is shown, and can be called.
pub type Filter = Arc<dyn Fn(&CommandDef) -> bool + Send + Sync>;

/// How commands are shown to an MCP client.
#[derive(Clone)]
pub struct ServerConfig {
    /// What the server calls itself. Default: `cmdbus`.
    pub name: String,
    /// Its version. Default: that of this crate.
    pub version: String,
    /// How the client should use it. Default: nothing.
    pub instructions: Option<String>,
    /// How long a call may take unless its `_meta` has `cmdbus-timeout-ms`. Default: 30 s.
    pub timeout: Duration,
    /// How tools are named. Default: as the commands.
    pub names: Rules,
    /// Whether commands of other processes are left out. Default: false (W74).
    pub local_only: bool,
    /// Which commands are shown. Default: all that are not private, which never are.
    pub filter: Option<Filter>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            name: "cmdbus".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            instructions: None,
            timeout: Duration::from_secs(30),
            names: Rules {
                style: Style::Verbatim,
                ..Rules::default()
            },
            local_only: false,
            filter: None,
        }
    }
}

impl std::fmt::Debug for ServerConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerConfig")
            .field("name", &self.name)
            .field("timeout", &self.timeout)
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

/// A channel at whose other end is an MCP client. It belongs to one session: when the client goes, the channel closes, and a further
/// client needs a further one. Calls in progress then have 5 s to be answered, because a client that has closed its side may still
/// read; what is left is cancelled. It needs a tokio runtime.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use cmdbus::{CommandRegistry, Config};
/// use cmdbus_mcp::server::{McpServerChannel, ServerConfig};
///
/// # async fn example() -> Result<(), cmdbus::ChannelError> {
/// let registry = CommandRegistry::new(Config::default());
/// // … commands and channels …
/// let channel = McpServerChannel::stdio("mcp", &registry, ServerConfig::default());
/// registry.register_channel(Arc::new(channel)).await?.await;
/// # Ok(()) }
/// ```
pub struct McpServerChannel {
    id: String,
    outer_half: Arc<InMemoryChannel>,
    session: Arc<Session>,
    /// Until the channel is started.
    begin: Mutex<Option<Begin>>,
    closing: Arc<Notify>,
}

struct Begin {
    inner_half: Arc<InMemoryChannel>,
    serve: Serve,
}

/// Serves the client until it goes, or the notification comes.
type Serve = Box<dyn FnOnce(Arc<Session>, Arc<Notify>) -> BoxFuture<'static, ()> + Send>;

/// What one client sees, and how its calls are made.
struct Session {
    /// Whose commands they are.
    outer: WeakRegistry,
    /// The buses that the tools have passed when they leave here.
    bus: String,
    /// Where the calls are made.
    inner: CommandRegistry,
    config: ServerConfig,
    /// What is shown, with the version of the directory that it is made of.
    listing: Mutex<Option<(u64, Arc<Listing>)>>,
    /// Tells a client of the legacy era of changes.
    telling: Mutex<Option<AbortHandle>>,
}

impl McpServerChannel {
    /// Makes a channel that serves the commands of a registry over an rmcp transport. It has to be registered there.
    pub fn new<T, E, A>(
        id: impl Into<String>,
        registry: &CommandRegistry,
        transport: T,
        config: ServerConfig,
    ) -> Self
    where
        T: IntoTransport<RoleServer, E, A>,
        E: std::error::Error + Send + Sync + 'static,
        A: 'static,
    {
        let id = id.into();
        let (outer_half, inner_half) = InMemoryChannel::pair(id.as_str(), ROUTER);
        let inner = CommandRegistry::new(Config {
            router_channel: Some(ROUTER.to_owned()),
            ..Config::default()
        });
        let serve: Serve =
            Box::new(move |session, closing| run::run(session, transport, closing).boxed());
        Self {
            id,
            outer_half,
            session: Arc::new(Session {
                outer: registry.downgrade(),
                bus: registry.id().to_owned(),
                inner,
                config,
                listing: Mutex::default(),
                telling: Mutex::default(),
            }),
            begin: Mutex::new(Some(Begin { inner_half, serve })),
            closing: Arc::default(),
        }
    }

    /// Makes a channel that serves the commands of a registry on the stdin and stdout of this process. Nothing else may write to
    /// stdout.
    pub fn stdio(id: impl Into<String>, registry: &CommandRegistry, config: ServerConfig) -> Self {
        let streams = (tokio::io::stdin(), tokio::io::stdout());
        Self::new(id, registry, streams, config)
    }

    async fn started(&self) -> Result<(), ChannelError> {
        let begin = lock(&self.begin).take().ok_or(ChannelError::Closed)?;
        let session = self.session.clone();
        let driver = session.inner.register_channel(begin.inner_half).await?;
        tokio::spawn(driver);
        let served = (begin.serve)(session.clone(), self.closing.clone());
        let outer_half = self.outer_half.clone();
        // It waits for the client's handshake, which the registry need not.
        tokio::spawn(async move {
            served.await;
            session.end();
            outer_half.close().await;
            session.inner.dispose().await;
        });
        Ok(())
    }
}

impl Session {
    /// Ends what goes on beside requests.
    fn end(&self) {
        if let Some(telling) = lock(&self.telling).take() {
            telling.abort();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl CommandChannel for McpServerChannel {
    fn id(&self) -> &str {
        &self.id
    }

    fn start(&self) -> BoxFuture<'_, Result<(), ChannelError>> {
        self.started().boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.closing.notify_one();
        self.outer_half.close()
    }

    fn send(&self, message: Message) -> Result<(), ChannelError> {
        match message {
            // Nobody registers anything at a client, and events have no way to it.
            Message::RegisterCommandRequest { .. } => Ok(()),
            Message::Event { ref event_id, .. } if !event_id.starts_with('_') => Ok(()),
            message => self.outer_half.send(message),
        }
    }

    fn recv(&self) -> BoxFuture<'_, Option<Message>> {
        self.outer_half.recv()
    }
}

impl Drop for McpServerChannel {
    fn drop(&mut self) {
        self.closing.notify_one();
    }
}

impl std::fmt::Debug for McpServerChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("McpServerChannel")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
