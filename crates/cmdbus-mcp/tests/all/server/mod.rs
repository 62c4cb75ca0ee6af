//! Commands as tools of an MCP client, with rmcp's client as the peer (protocol §7.1).

mod calls;
mod lists;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cmdbus::{CommandRegistry, Config, DynCommand};
use cmdbus_mcp::server::{McpServerChannel, ServerConfig};
use rmcp::ClientHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResult, ErrorData, ProgressNotificationParam, ProtocolVersion,
    Tool,
};
use rmcp::service::{
    ClientLifecycleMode, NotificationContext, RoleClient, RunningService, ServiceError,
    serve_client_with_lifecycle,
};
use serde_json::Value;
use tokio::time::Instant;

/// How far, and what about it.
type Report = (f64, Option<String>);

/// What a client was told.
#[derive(Clone, Default)]
struct Told {
    changes: Arc<Mutex<Vec<Instant>>>,
    progress: Arc<Mutex<Vec<Report>>>,
}

impl ClientHandler for Told {
    async fn on_progress(
        &self,
        params: ProgressNotificationParam,
        _: NotificationContext<RoleClient>,
    ) {
        self.progress
            .lock()
            .unwrap()
            .push((params.progress, params.message));
    }

    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.changes.lock().unwrap().push(Instant::now());
    }
}

/// A client that is connected to a registry.
struct Session {
    client: RunningService<RoleClient, Told>,
    told: Told,
    driver: tokio::task::JoinHandle<()>,
}

fn legacy() -> ClientLifecycleMode {
    ClientLifecycleMode::Initialize
}

fn modern() -> ClientLifecycleMode {
    ClientLifecycleMode::Discover {
        preferred_versions: vec![ProtocolVersion::V_2026_07_28],
    }
}

async fn connect(
    registry: &CommandRegistry,
    config: ServerConfig,
    lifecycle: ClientLifecycleMode,
) -> Session {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let channel = McpServerChannel::new("mcp", registry, ours, config);
    let driver = registry.register_channel(Arc::new(channel)).await.unwrap();
    let driver = tokio::spawn(driver);
    let told = Told::default();
    let client = serve_client_with_lifecycle(told.clone(), theirs, lifecycle)
        .await
        .unwrap();
    Session {
        client,
        told,
        driver,
    }
}

impl Session {
    async fn tools(&self) -> Vec<Tool> {
        self.client.list_all_tools().await.unwrap()
    }

    async fn names(&self) -> Vec<String> {
        self.tools()
            .await
            .into_iter()
            .map(|tool| tool.name.into_owned())
            .collect()
    }

    async fn call(&self, name: &str, arguments: Value) -> Result<CallToolResult, ServiceError> {
        self.client.call_tool(request(name, arguments)).await
    }

    /// Returns the error of JSON-RPC that a call ends with.
    async fn refused(&self, name: &str, arguments: Value) -> ErrorData {
        match self.call(name, arguments).await {
            Err(ServiceError::McpError(error)) => error,
            other => panic!("{other:?}"),
        }
    }
}

fn request(name: &str, arguments: Value) -> CallToolRequestParams {
    let params = CallToolRequestParams::new(name.to_owned());
    match arguments {
        Value::Object(arguments) => params.with_arguments(arguments),
        _ => params,
    }
}

fn registry() -> CommandRegistry {
    CommandRegistry::new(Config::default())
}

/// Adds a command that returns its request.
async fn add(registry: &CommandRegistry, id: &str) {
    let echo = DynCommand::new(id, |request: Value| async move { Ok(request) });
    registry.register_command(echo).await.unwrap();
}

/// Joins a registry of another process, with commands.
async fn join(registry: &CommandRegistry, ids: &[&str]) -> CommandRegistry {
    let child = CommandRegistry::new(Config {
        router_channel: Some("root".to_owned()),
        ..Config::default()
    });
    for id in ids {
        add(&child, id).await;
    }
    let (to_root, to_child) = cmdbus::InMemoryChannel::pair("root", "child");
    tokio::spawn(registry.register_channel(to_child).await.unwrap());
    tokio::spawn(child.register_channel(to_root).await.unwrap());
    let is_there = || ids.iter().all(|id| registry.describe_command(id).is_some());
    until(is_there).await;
    child
}

/// Waits until something that others bring about is so.
async fn until(mut is_so: impl FnMut() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait)
        .await
        .unwrap();
}
