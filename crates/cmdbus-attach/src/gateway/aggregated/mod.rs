//! The aggregated endpoint: every command on the bus, and every attached tool, as one MCP server (attach §6).
//!
//! It answers both eras by itself. A tool of an attached server is called on its own connection, so that its result arrives as it was
//! sent; every other command is called on the bus.

mod call;
mod catalogue;
mod changes;
mod limits;
mod list;
mod search;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cmdbus::CommandRegistry;
use cmdbus_mcp::carry::{Call, Hears};
use cmdbus_mcp::names::Rules;
use cmdbus_mcp::own;
use cmdbus_mcp::rpc::{Era, LEGACY_VERSIONS, MODERN_VERSIONS, Raw, RpcError, codes, raw, splice};
use cmdbus_mcp::tools::{Owner, ToolIndex};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::Notify;

use self::catalogue::Catalogue;
use self::changes::{Changes, Watch};
use super::backend::{Backend, Opening, SessionPort};
use crate::auth::Principal;

/// When `tools/list` shows the pair that searches in place of all tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ToolSearch {
    /// Never.
    #[default]
    Off,
    /// Above 64 tools.
    Auto,
    /// Always.
    On,
}

/// How commands are shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Showing {
    /// How tools are named.
    pub names: Rules,
    /// Whether a long list is replaced.
    pub search: ToolSearch,
}

/// Knows what is attached, and who may see it (attach §3.3). Asked for every tool of every list, so it must be cheap.
pub trait Attachments: Send + Sync + 'static {
    /// Returns whether somebody may use the tools of an owner. With an attach id, which has let the caller in already: whether they are
    /// among its tools.
    fn shows(&self, caller: &Principal, owner: &Owner, under: Option<&str>) -> bool;

    /// Returns the servers that are out of order, of one attach id or of all that let somebody in, for
    /// `_meta["dev.cmdbus/degraded"]`.
    fn degraded(&self, caller: &Principal, under: Option<&str>) -> Vec<Value>;
}

/// The bus as an MCP server. One for all aggregated endpoints of a process.
pub struct Aggregator {
    registry: CommandRegistry,
    index: ToolIndex,
    /// The id of this bus, by which tools that come back to it are known.
    bus: String,
    showing: Showing,
    attachments: Arc<dyn Attachments>,
    changes: Changes,
    /// A change of what is degraded.
    health: Arc<Notify>,
    catalogue: Mutex<Option<(u64, Arc<Catalogue>)>>,
    sessions: Mutex<HashMap<String, Arc<dyn SessionPort>>>,
}

impl Aggregator {
    /// Makes the bus an MCP server. Changes are told as long as [`run`](Self::run) runs.
    #[must_use]
    pub fn new(
        registry: CommandRegistry,
        index: ToolIndex,
        bus: String,
        showing: Showing,
        attachments: Arc<dyn Attachments>,
    ) -> Arc<Self> {
        Arc::new(Self {
            changes: Changes::new(),
            health: Arc::default(),
            registry,
            index,
            bus,
            showing,
            attachments,
            catalogue: Mutex::default(),
            sessions: Mutex::default(),
        })
    }

    /// Tells sessions and listeners of changes of what is shown, at most once a second and the first at once, until the aggregator
    /// is gone.
    pub async fn run(self: Arc<Self>) {
        let mut watch = Watch::new(&self);
        let watched = Arc::downgrade(&self);
        drop(self);
        while watch.changed(&watched).await {
            let Some(aggregator) = watched.upgrade() else {
                return;
            };
            aggregator.changes.tell();
            for port in aggregator.ports() {
                port.list_changed(crate::frame::ListKind::Tools);
            }
            drop(aggregator);
            tokio::time::sleep(changes::PAUSE).await;
        }
    }

    /// Says that another server is out of order now, or in order again: lists name them, so whoever has one is told.
    pub fn degraded_changed(&self) {
        self.health.notify_one();
    }

    /// Returns the endpoint over everything, or over one attach id.
    #[must_use]
    pub fn endpoint(self: &Arc<Self>, owner: Option<Arc<str>>, epoch: u64) -> Arc<dyn Backend> {
        Arc::new(Endpoint {
            aggregator: self.clone(),
            owner,
            epoch,
        })
    }

    /// Returns the ids of commands that have no tool name, for `status`.
    #[must_use]
    pub fn left_out(&self) -> Vec<String> {
        self.catalogue().left_out()
    }

    /// Returns names of tools that are so long that some clients, which add a prefix of their own, refuse them; for `status`.
    #[must_use]
    pub fn long_names(&self) -> Vec<String> {
        self.catalogue().long_names()
    }

    /// Returns whether anybody would be told of a change.
    fn is_heard(&self) -> bool {
        self.changes.is_heard() || !lock(&self.sessions).is_empty()
    }

    fn ports(&self) -> Vec<Arc<dyn SessionPort>> {
        lock(&self.sessions).values().cloned().collect()
    }

    /// Returns what there is, afresh if it has changed.
    fn catalogue(&self) -> Arc<Catalogue> {
        // Read first: a change in between makes the catalogue look older than it is, which costs one more look.
        let version = self.registry.directory_version();
        let mut cached = lock(&self.catalogue);
        if let Some((known, catalogue)) = &*cached
            && *known == version
        {
            return catalogue.clone();
        }
        let commands = self.registry.list_commands();
        let catalogue = Arc::new(Catalogue::new(commands, &self.index, self.showing.names));
        *cached = Some((version, catalogue.clone()));
        catalogue
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One aggregated endpoint.
struct Endpoint {
    aggregator: Arc<Aggregator>,
    owner: Option<Arc<str>>,
    epoch: u64,
}

impl Backend for Endpoint {
    fn epoch(&self) -> u64 {
        self.epoch
    }

    fn versions(&self) -> Vec<String> {
        versions()
    }

    fn open(
        &self,
        session: &str,
        opening: Opening,
        port: Arc<dyn SessionPort>,
    ) -> BoxFuture<'static, Result<Raw, RpcError>> {
        lock(&self.aggregator.sessions).insert(session.to_owned(), port);
        let result = handshake(opening.call.params.as_deref());
        std::future::ready(Ok(raw(&result))).boxed()
    }

    fn call(
        &self,
        caller: &Principal,
        _session: Option<&str>,
        call: Call,
        hears: Hears,
    ) -> BoxFuture<'static, Result<Raw, RpcError>> {
        let asked = Asked {
            aggregator: self.aggregator.clone(),
            owner: self.owner.clone(),
            caller: caller.clone(),
            era: call.era,
        };
        async move {
            match (call.method.as_str(), call.era) {
                ("tools/list", _) => asked.list(call.params.as_deref()),
                ("tools/call", _) => asked.call(call, hears).await,
                ("ping", Era::Legacy) => Ok(raw(&json!({}))),
                ("server/discover", Era::Modern) => Ok(raw(&discovered())),
                ("subscriptions/listen", Era::Modern) => {
                    asked.listen(call.params.as_deref(), hears).await
                }
                (method, _) => Err(RpcError::new(
                    codes::METHOD_NOT_FOUND,
                    format!("`{method}` is not answered here; the endpoint of a single server may"),
                )),
            }
        }
        .boxed()
    }

    fn notify(&self, _: Option<&str>, _: &str, _: Option<Raw>, _: &[(String, String)]) {
        // Nothing a client tells changes what is shown to it.
    }

    fn close(&self, session: &str) -> BoxFuture<'static, ()> {
        lock(&self.aggregator.sessions).remove(session);
        std::future::ready(()).boxed()
    }
}

/// One request, and whose it is.
struct Asked {
    aggregator: Arc<Aggregator>,
    owner: Option<Arc<str>>,
    caller: Principal,
    era: Era,
}

fn versions() -> Vec<String> {
    MODERN_VERSIONS
        .iter()
        .chain(LEGACY_VERSIONS)
        .map(|&version| version.to_owned())
        .collect()
}

fn capabilities() -> Value {
    json!({"tools": {"listChanged": true}})
}

/// Returns the result of `initialize`, in the client's revision if it is one that is spoken here.
fn handshake(params: Option<&serde_json::value::RawValue>) -> Value {
    let asked = params.and_then(|params| splice::get_str(params, &["protocolVersion"]));
    let version = LEGACY_VERSIONS
        .iter()
        .find(|&&version| asked.as_deref() == Some(version))
        .unwrap_or(&LEGACY_VERSIONS[0]);
    json!({"protocolVersion": version, "capabilities": capabilities(), "serverInfo": own::info()})
}

fn discovered() -> Value {
    let mut result = json!({"supportedVersions": versions(), "capabilities": capabilities()});
    cmdbus_mcp::convert::modernise_list(&mut result);
    cmdbus_mcp::convert::name_server(&mut result, &own::info());
    result
}

impl std::fmt::Debug for Aggregator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Aggregator").finish_non_exhaustive()
    }
}
