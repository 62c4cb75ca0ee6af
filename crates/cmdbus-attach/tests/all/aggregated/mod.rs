//! The aggregated endpoint (attach §6), asked as the gateway asks it.

mod attached;
mod calls;
mod changes;
mod lists;
#[path = "../../../../cmdbus-mcp/tests/all/scripted.rs"]
mod scripted;
mod search;

use std::sync::{Arc, Mutex};

use cmdbus::{CommandRegistry, Config, DynCommand};
use cmdbus_attach::auth::Principal;
use cmdbus_attach::gateway::Backend;
use cmdbus_attach::gateway::aggregated::{Aggregator, Attachments, Showing};
use cmdbus_mcp::carry::{Call, FromServer, Hears, Limits, deaf};
use cmdbus_mcp::convert::ResultMode;
use cmdbus_mcp::rpc::{Era, Raw, RpcError, raw};
use cmdbus_mcp::tools::{Owner, ToolIndex, ToolSet, ToolSetConfig};
use serde_json::{Value, json};

use self::scripted::Server;

/// A bus and its endpoint over everything.
struct Bus {
    registry: CommandRegistry,
    index: ToolIndex,
    aggregator: Arc<Aggregator>,
    endpoint: Arc<dyn Backend>,
    caller: Principal,
    attached: Arc<Attached>,
}

/// What is attached, and whom it lets in.
#[derive(Default)]
struct Attached {
    degraded: Mutex<Vec<Value>>,
    /// Attach ids that let nobody in but the owner.
    closed: Mutex<Vec<String>>,
}

impl Attached {
    fn lets_in(&self, caller: &Principal, id: &str) -> bool {
        caller.is_admin() || !self.closed.lock().unwrap().iter().any(|it| it == id)
    }
}

impl Attachments for Attached {
    fn shows(&self, caller: &Principal, owner: &Owner, under: Option<&str>) -> bool {
        let id = owner.downcast_ref::<String>().unwrap();
        under.is_none_or(|under| under == id) && self.lets_in(caller, id)
    }

    fn degraded(&self, caller: &Principal, _under: Option<&str>) -> Vec<Value> {
        let mut degraded = self.degraded.lock().unwrap().clone();
        degraded.retain(|entry| self.lets_in(caller, entry["id"].as_str().unwrap()));
        degraded
    }
}

impl Bus {
    fn new() -> Self {
        Self::showing(Showing::default())
    }

    fn showing(showing: Showing) -> Self {
        let registry = CommandRegistry::new(Config::default());
        let index = ToolIndex::default();
        let attached = Arc::<Attached>::default();
        let bus = "this-bus".to_owned();
        let aggregator = Aggregator::new(
            registry.clone(),
            index.clone(),
            bus,
            showing,
            attached.clone(),
        );
        Self {
            registry,
            index,
            endpoint: aggregator.endpoint(None, 1),
            aggregator,
            caller: Principal::owner(),
            attached,
        }
    }

    /// Returns the bus as somebody with these rights sees it.
    fn seen_by(mut self, grants: &[&str]) -> Self {
        let grants = grants.iter().map(|grant| grant.parse().unwrap()).collect();
        self.caller = Principal::named("ci", grants);
        self
    }

    /// Adds commands that return their request.
    async fn with(self, ids: &[&str]) -> Self {
        for id in ids {
            self.add(id).await;
        }
        self
    }

    async fn add(&self, id: &str) {
        let echo = DynCommand::new(id, |request: Value| async move { Ok(request) });
        self.registry.register_command(echo).await.unwrap();
    }

    /// Attaches a server under the prefix `fs`.
    async fn attach(&self, id: &str, era: Era, entries: &[&str]) -> (Arc<Server>, ToolSet) {
        let server = Server::new(entries);
        let config = ToolSetConfig {
            prefix: Some("fs".to_owned()),
            results: ResultMode::Value,
            era,
            limits: Limits::CALL,
            bus: "this-bus".to_owned(),
            owner: Some(Arc::new(id.to_owned())),
        };
        let set = ToolSet::new(
            self.registry.clone(),
            server.clone(),
            self.index.clone(),
            config,
        );
        set.update().await.unwrap();
        (server, set)
    }

    async fn ask_call(&self, call: Call, hears: Hears) -> Result<Raw, RpcError> {
        self.endpoint.call(&self.caller, None, call, hears).await
    }

    async fn ask_raw(&self, era: Era, method: &str, params: Raw) -> Result<Raw, RpcError> {
        self.ask_call(Call::new(era, method, Some(params)), deaf())
            .await
    }

    async fn ask(&self, era: Era, method: &str, params: Value) -> Result<Value, RpcError> {
        let result = self.ask_raw(era, method, raw(&params)).await?;
        Ok(serde_json::from_str(result.get()).unwrap())
    }

    /// Calls a tool.
    async fn call(&self, era: Era, name: &str, arguments: Value) -> Result<Value, RpcError> {
        let params = json!({"name": name, "arguments": arguments});
        self.ask(era, "tools/call", params).await
    }

    /// Returns the first page of the list.
    async fn list(&self, era: Era) -> Value {
        self.ask(era, "tools/list", json!({})).await.unwrap()
    }

    /// Returns the names on the first page.
    async fn names(&self) -> Vec<String> {
        names(&self.list(Era::Legacy).await)
    }
}

fn names(page: &Value) -> Vec<String> {
    let tools = page["tools"].as_array().unwrap();
    tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap().to_owned())
        .collect()
}

/// Methods and parameters of notifications.
type Heard = Arc<Mutex<Vec<(String, Value)>>>;

/// Returns an ear and what it has heard.
fn ear() -> (Hears, Heard) {
    let heard = Heard::default();
    let hears = heard.clone();
    let ear: Hears = Arc::new(move |message| {
        if let FromServer::Notification { method, params } = message {
            let params = params.map_or(Value::Null, |params| {
                serde_json::from_str(params.get()).unwrap()
            });
            hears.lock().unwrap().push((method, params));
        }
    });
    (ear, heard)
}
