//! An MCP server as a channel of the bus: its tools are commands (protocol §7.2).
//!
//! Inside is a registry of its own that holds the tools ([`ToolSet`]) and is joined to the registry that the channel is given to. So a
//! tool has all that a command has: deadlines, cancellation and progress are those of the bus, and nothing of it is done again here.

mod follow;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cmdbus::error::ChannelError;
use cmdbus::message::Message;
use cmdbus::{CommandChannel, CommandRegistry, Config, InMemoryChannel};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::task::{AbortHandle, JoinHandle};

use self::follow::{Signal, follow};
use crate::carry::{Carrier, Limits};
use crate::convert::ResultMode;
use crate::rpc::{Era, RpcError};
use crate::tools::{ToolIndex, ToolSet, ToolSetConfig, listen};
use crate::upstream::{
    BadHttpConfig, ListKind, Upstream, UpstreamConfig, UpstreamEvent, UpstreamState,
};

/// Name of the outer registry inside.
const ROUTER: &str = "router";

/// How the tools of a server become commands.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// What the ids begin with, before the dot. Default: nothing; then tools whose names begin with `_` are left out.
    pub prefix: Option<String>,
    /// How long a call may take unless its caller says otherwise. Default: 30 s.
    pub timeout: Duration,
    /// What the commands return. Default: the value.
    pub results: ResultMode,
    /// The id of this bus, where it is shown to MCP clients too: tools that have passed it are skipped (W78). Default: none.
    pub bus: Option<String>,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            prefix: None,
            timeout: Duration::from_secs(30),
            results: ResultMode::Value,
            bus: None,
        }
    }
}

/// A channel at whose other end is an MCP server. Its start fetches the list of tools; afterwards it follows the list.
///
/// A server that is started by the channel is started again when it ends; calls in progress then fail with `channel_disconnected`,
/// and its commands stay, unless it cannot be started any more. It needs a tokio runtime.
pub struct McpClientChannel {
    id: String,
    config: ClientConfig,
    server: Server,
    /// Holds the tools.
    inner: CommandRegistry,
    outer_half: Arc<InMemoryChannel>,
    /// Until the channel is started.
    inner_half: Mutex<Option<Arc<InMemoryChannel>>>,
    signal: Arc<Signal>,
    tasks: Mutex<Vec<AbortHandle>>,
}

enum Server {
    Carried(Arc<dyn Carrier>, Era),
    Owned(Upstream),
}

impl McpClientChannel {
    /// Makes a channel to a server that somebody else keeps, and has done the handshake with if its era has one. Whoever hears that
    /// its list of tools has changed says so with [`list_changed`](Self::list_changed).
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        carrier: Arc<dyn Carrier>,
        era: Era,
        config: ClientConfig,
    ) -> Self {
        let server = Server::Carried(carrier, era);
        Self::with(id.into(), server, config, Arc::default())
    }

    /// Makes a channel to a server that it starts, does the handshake with and starts again: a child on stdio or an HTTP address.
    ///
    /// # Errors
    /// The address or a header of it is none.
    pub fn to_upstream(
        id: impl Into<String>,
        upstream: UpstreamConfig,
        config: ClientConfig,
    ) -> Result<Self, BadHttpConfig> {
        let signal = Arc::<Signal>::default();
        let told = signal.clone();
        let upstream = Upstream::new(upstream, Arc::new(move |event| heard(&told, event)))?;
        Ok(Self::with(
            id.into(),
            Server::Owned(upstream),
            config,
            signal,
        ))
    }

    fn with(id: String, server: Server, config: ClientConfig, signal: Arc<Signal>) -> Self {
        let (outer_half, inner_half) = InMemoryChannel::pair(id.as_str(), ROUTER);
        let inner = CommandRegistry::new(Config {
            router_channel: Some(ROUTER.to_owned()),
            ..Config::default()
        });
        Self {
            id,
            config,
            server,
            inner,
            outer_half,
            inner_half: Mutex::new(Some(inner_half)),
            signal,
            tasks: Mutex::default(),
        }
    }

    /// Says that the server's list of tools has changed. It is fetched soon, once for many such words.
    pub fn list_changed(&self) {
        self.signal.changed();
    }

    /// Returns the server, if the channel keeps it: for its state.
    #[must_use]
    pub fn upstream(&self) -> Option<&Upstream> {
        match &self.server {
            Server::Owned(upstream) => Some(upstream),
            Server::Carried(..) => None,
        }
    }

    async fn connect(&self) -> Result<(Arc<dyn Carrier>, Era), RpcError> {
        match &self.server {
            Server::Carried(carrier, era) => Ok((carrier.clone(), *era)),
            Server::Owned(upstream) => {
                let facts = upstream.start().await?;
                Ok((upstream.bus(), facts.era))
            }
        }
    }

    async fn begin(&self) -> Result<(), ChannelError> {
        let half = self
            .inner_half
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
            .ok_or(ChannelError::Closed)?;
        let (carrier, era) = self.connect().await.map_err(failed)?;
        let set = Arc::new(ToolSet::new(
            self.inner.clone(),
            carrier.clone(),
            ToolIndex::default(),
            ToolSetConfig {
                prefix: self.config.prefix.clone(),
                results: self.config.results,
                era,
                limits: Limits {
                    idle: None,
                    total: Some(self.config.timeout),
                },
                bus: self.config.bus.clone().unwrap_or_default(),
                owner: None,
            },
        ));
        // Before the two are joined, so that the first list the router gets is complete.
        set.update().await.map_err(failed)?;
        let driver = self.inner.register_channel(half).await?;
        self.keep(tokio::spawn(driver));
        self.keep(tokio::spawn(follow(set, self.signal.clone())));
        if era == Era::Modern {
            let signal = self.signal.clone();
            self.keep(tokio::spawn(listen(
                carrier,
                Arc::new(move || signal.changed()),
            )));
        }
        Ok(())
    }

    fn keep(&self, task: JoinHandle<()>) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.push(task.abort_handle());
    }

    fn end_tasks(&self) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        for task in tasks.drain(..) {
            task.abort();
        }
    }
}

/// Takes note of what happens to a server that we keep.
fn heard(signal: &Signal, event: UpstreamEvent) {
    match event {
        UpstreamEvent::ListChanged {
            kind: ListKind::Tools,
            ..
        } => signal.changed(),
        UpstreamEvent::State { state, .. } => match state {
            UpstreamState::Ready => signal.is_there(true),
            UpstreamState::Failed | UpstreamState::Stopped => signal.is_there(false),
            UpstreamState::Starting | UpstreamState::Degraded => {}
        },
        _ => {}
    }
}

fn failed(error: RpcError) -> ChannelError {
    ChannelError::Other(format!("the MCP server cannot be used: {error}"))
}

/// Returns whether a message is any business of a server's: calls and what belongs to them, and answers to what the registry inside
/// has asked (protocol §7.2).
fn concerns(message: &Message) -> bool {
    match message {
        Message::RegisterCommandRequest { .. } => false,
        Message::Event { event_id, .. } => event_id.starts_with('_'),
        _ => true,
    }
}

impl CommandChannel for McpClientChannel {
    fn id(&self) -> &str {
        &self.id
    }

    fn start(&self) -> BoxFuture<'_, Result<(), ChannelError>> {
        self.begin().boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        async {
            self.outer_half.close().await;
            // Calls in progress are cancelled with their handlers.
            self.end_tasks();
            self.inner.dispose().await;
            if let Server::Owned(upstream) = &self.server {
                upstream.stop().await;
            }
        }
        .boxed()
    }

    fn send(&self, message: Message) -> Result<(), ChannelError> {
        if concerns(&message) {
            self.outer_half.send(message)
        } else {
            Ok(())
        }
    }

    fn recv(&self) -> BoxFuture<'_, Option<Message>> {
        self.outer_half.recv()
    }
}

impl Drop for McpClientChannel {
    fn drop(&mut self) {
        self.end_tasks();
    }
}

impl std::fmt::Debug for McpClientChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("McpClientChannel")
            .field("id", &self.id)
            .field("prefix", &self.config.prefix)
            .finish_non_exhaustive()
    }
}
