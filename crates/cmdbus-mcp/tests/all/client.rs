//! An MCP server as a channel of a registry (protocol §7.2).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cmdbus::message::{CommandDef, ExecuteResult, Message};
use cmdbus::uuid::Uuid;
use cmdbus::{
    CommandChannel, CommandError, CommandRegistry, Config, DirectoryChanges, ExecuteErrorCode,
};
use cmdbus_mcp::carry::{FromServer, Limits};
use cmdbus_mcp::client::{ClientConfig, McpClientChannel};
use cmdbus_mcp::rpc::{Era, RpcError, codes, raw, splice};
use cmdbus_mcp::upstream::{Transport, UpstreamConfig};
use futures_util::FutureExt;
use serde_json::{Value, json};

use crate::scripted::{Server, always, at_once, never, report, text};
use crate::upstream::child;

const READ: &str = r#"{"name":"read","description":"Reads."}"#;
const WRITE: &str = r#"{"name":"write"}"#;
const PRIVATE: &str = r#"{"name":"_own"}"#;

fn prefixed() -> ClientConfig {
    ClientConfig {
        prefix: Some("fs".to_owned()),
        ..ClientConfig::default()
    }
}

fn channel(server: &Arc<Server>, era: Era, config: ClientConfig) -> Arc<McpClientChannel> {
    Arc::new(McpClientChannel::new("mcp", server.clone(), era, config))
}

/// A registry that a server's tools are commands of.
struct Bus {
    registry: CommandRegistry,
    channel: Arc<McpClientChannel>,
    changes: DirectoryChanges,
}

impl Bus {
    async fn with(channel: Arc<McpClientChannel>) -> Self {
        let registry = CommandRegistry::new(Config::default());
        let changes = registry.directory_changes();
        tokio::spawn(registry.register_channel(channel.clone()).await.unwrap());
        Self {
            registry,
            channel,
            changes,
        }
    }

    async fn to(server: &Arc<Server>) -> Self {
        let mut bus = Self::with(channel(server, Era::Legacy, prefixed())).await;
        bus.has(&["fs.read", "fs.write"]).await;
        bus
    }

    /// Waits until these are the commands.
    async fn has(&mut self, ids: &[&str]) {
        let wait = async {
            loop {
                let commands = self.registry.list_commands();
                if commands
                    .iter()
                    .map(|command| &*command.id)
                    .eq(ids.iter().copied())
                {
                    return;
                }
                self.changes.changed().await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(20), wait).await;
        assert!(
            in_time.is_ok(),
            "{:?} are not {ids:?}",
            self.registry.list_commands()
        );
    }
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

#[tokio::test]
async fn w77_tools_on_every_page_are_commands() {
    let server = Server::new(&[]);
    server.lists(at_once(|call, _| {
        let cursor = call
            .params
            .as_ref()
            .and_then(|params| splice::get_str(params, &["cursor"]));
        Ok(match cursor {
            None => text(&format!(
                r#"{{"tools":[{READ},{PRIVATE}],"nextCursor":"2"}}"#
            )),
            Some(_) => text(&format!(r#"{{"tools":[{WRITE}]}}"#)),
        })
    }));
    let bus = Bus::with(channel(&server, Era::Legacy, ClientConfig::default())).await;
    let mut bus = bus;
    bus.has(&["read", "write"]).await;
    let (read, providers) = bus.registry.describe_command("read").unwrap();
    assert_eq!(
        (read.description.as_deref(), &*providers),
        (Some("Reads."), &["mcp".to_owned()][..])
    );

    // With a prefix no name is private.
    let mut bus = Bus::with(channel(&server, Era::Legacy, prefixed())).await;
    bus.has(&["fs._own", "fs.read", "fs.write"]).await;
}

#[tokio::test(start_paused = true)]
async fn w77_changes_of_the_list_are_followed() {
    let server = Server::new(&[READ, WRITE]);
    let mut bus = Bus::to(&server).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = told.clone();
    let _ = bus
        .registry
        .on_dyn("cmdbus.commands.changed", move |event| {
            heard.lock().unwrap().push(event);
        });
    server.has(&[WRITE, r#"{"name":"list"}"#]);
    bus.channel.list_changed();
    bus.has(&["fs.list", "fs.write"]).await;
    let gone = bus.registry.execute_dyn("fs.read", Value::Null).await;
    assert!(matches!(gone, Err(CommandError::NotFound(_))), "{gone:?}");
    until(|| !told.lock().unwrap().is_empty()).await;
    assert_eq!(
        *told.lock().unwrap(),
        [json!({"added": ["fs.list"], "removed": ["fs.read"], "changed": []})]
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_that_cannot_be_had_is_asked_for_again() {
    let server = Server::new(&[READ, WRITE]);
    let mut bus = Bus::to(&server).await;
    server.lists(at_once(|_, _| {
        Err(RpcError::new(codes::UPSTREAM_FAILED, "gone"))
    }));
    bus.channel.list_changed();
    until(|| server.calls("tools/list").len() >= 4).await;
    bus.has(&["fs.read", "fs.write"]).await;
    server.has(&[READ]);
    bus.has(&["fs.read"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_changes_is_looked_at_now_and_then() {
    let server = Server::new(&[READ, WRITE]);
    let bus = Bus::to(&server).await;
    let before = server.calls("tools/list").len();
    for _ in 0..1000 {
        bus.channel.list_changed();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let looks = server.calls("tools/list").len() - before;
    assert!((2..=6).contains(&looks), "{looks}");
}

#[tokio::test]
async fn a_call_has_thirty_seconds_unless_its_caller_says_otherwise() {
    let server = Server::new(&[READ, WRITE]);
    let bus = Bus::to(&server).await;
    let hour = Duration::from_secs(3600);
    let params = bus
        .registry
        .call_dyn("fs.read", json!({"a": 1}))
        .timeout(hour)
        .await
        .unwrap();
    assert_eq!(params["params"]["name"], "read");
    assert_eq!(params["params"]["arguments"], json!({"a": 1}));
    let asked = server.calls("tools/call")[0].limits.total.unwrap();
    assert!(asked > hour / 2 && asked <= hour, "{asked:?}");

    // A caller that is no hop away from the tools says nothing.
    let config = ClientConfig::default();
    assert_eq!(config.timeout, Duration::from_secs(30));
    bus.registry
        .execute_dyn("fs.read", Value::Null)
        .await
        .unwrap();
    let limits = server.calls("tools/call")[1].limits;
    assert_eq!(
        (limits.idle, limits.total.unwrap() <= config.timeout),
        (None, true),
        "{limits:?}"
    );
    assert_ne!(limits, Limits::CALL);
}

#[tokio::test]
async fn a_caller_that_goes_away_cancels_the_request() {
    let server = Server::new(&[READ, WRITE]);
    let bus = Bus::to(&server).await;
    server.serves(never());
    let call = tokio::spawn(bus.registry.call_dyn("fs.read", Value::Null).into_future());
    until(|| server.calls("tools/call").len() == 1).await;
    assert_eq!(server.dropped(), 0);
    call.abort();
    until(|| server.dropped() == 1).await;
}

#[tokio::test]
async fn progress_reaches_the_caller() {
    let server = Server::new(&[READ, WRITE]);
    let bus = Bus::to(&server).await;
    server.serves(at_once(|call, hears| {
        report(call, hears, 1.0, "half");
        Ok(text(r#"{"content":[{"type":"text","text":"[1]"}]}"#))
    }));
    let reports = Arc::new(Mutex::new(Vec::new()));
    let heard = reports.clone();
    let result = bus
        .registry
        .call_dyn("fs.read", Value::Null)
        .on_progress(move |report| {
            heard
                .lock()
                .unwrap()
                .push((report.progress, report.message))
        })
        .await;
    assert_eq!(result.unwrap(), json!([1]));
    assert_eq!(*reports.lock().unwrap(), [(1.0, Some("half".to_owned()))]);
}

#[tokio::test]
async fn a_server_without_a_list_is_no_channel() {
    let server = Server::new(&[]);
    server.lists(always("7"));
    let registry = CommandRegistry::new(Config::default());
    let refused = registry
        .register_channel(channel(&server, Era::Legacy, prefixed()))
        .await;
    let error = refused.err().unwrap().to_string();
    assert!(error.contains("the MCP server cannot be used"), "{error}");
    assert!(registry.list_channels().is_empty());
}

#[tokio::test]
async fn a_closed_channel_takes_its_commands_and_calls_along() {
    let server = Server::new(&[READ, WRITE]);
    let mut bus = Bus::to(&server).await;
    server.serves(never());
    let call = tokio::spawn(bus.registry.call_dyn("fs.read", Value::Null).into_future());
    until(|| server.calls("tools/call").len() == 1).await;
    bus.channel.close().await;
    let lost = call.await.unwrap();
    assert!(
        matches!(lost, Err(CommandError::ChannelDisconnected)),
        "{lost:?}"
    );
    until(|| server.dropped() == 1).await;
    bus.has(&[]).await;
    assert!(bus.channel.send(probe()).is_err());
    assert!(bus.channel.recv().await.is_none());
}

fn probe() -> Message {
    Message::ListCommandsRequest {
        id: Uuid::new_v4(),
        meta: None,
    }
}

fn execute(command_id: &str) -> Message {
    Message::ExecuteCommandRequest {
        id: Uuid::new_v4(),
        meta: None,
        command_id: command_id.to_owned(),
        request: None,
    }
}

/// Returns the answer to a message.
async fn answer(channel: &McpClientChannel, message: Message) -> Message {
    let asked = message.id();
    channel.send(message).unwrap();
    loop {
        let message = channel.recv().await.unwrap();
        match &message {
            Message::ListCommandsResponse { thid, .. }
            | Message::ExecuteCommandResponse { thid, .. }
            | Message::RegisterCommandResponse { thid, .. }
                if *thid == asked =>
            {
                return message;
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn on_the_wire_it_answers_calls_and_the_probe_and_nothing_else() {
    let server = Server::new(&[READ, WRITE]);
    let channel = channel(&server, Era::Legacy, prefixed());
    channel.start().await.unwrap();
    let Message::ListCommandsResponse { commands, .. } = answer(&channel, probe()).await else {
        panic!("no list");
    };
    let ids: Vec<_> = commands.iter().map(|command| &*command.id).collect();
    assert_eq!(ids, ["fs.read", "fs.write"]);

    let Message::ExecuteCommandResponse { response, .. } =
        answer(&channel, execute("fs.none")).await
    else {
        panic!("no response");
    };
    let ExecuteResult::Err { error, .. } = response else {
        panic!("{response:?}");
    };
    assert_eq!(error.code, ExecuteErrorCode::NotFound);

    // What the peer wants to register is none of the server's business: the call that follows is answered first and alone.
    let id = Uuid::new_v4();
    let command = CommandDef {
        id: "theirs".to_owned(),
        description: None,
        schema: None,
    };
    let register = Message::RegisterCommandRequest {
        id,
        meta: None,
        command,
    };
    channel.send(register).unwrap();
    let Message::ExecuteCommandResponse { .. } = answer(&channel, execute("fs.read")).await else {
        panic!("no response");
    };
    while let Some(message) = channel.recv().now_or_never() {
        let is_answer =
            matches!(message, Some(Message::RegisterCommandResponse { thid, .. }) if thid == id);
        assert!(!is_answer);
    }
}

#[tokio::test(start_paused = true)]
async fn a_modern_server_is_listened_to() {
    let server = Server::new(&[READ]);
    let ears = Arc::new(Mutex::new(Vec::new()));
    let listening = ears.clone();
    server.serves(Arc::new(move |call, hears| {
        assert_eq!(call.method, "subscriptions/listen");
        assert_eq!(call.limits, Limits::NONE);
        let (end, ended) = tokio::sync::oneshot::channel();
        hears(FromServer::Notification {
            method: "notifications/subscriptions/acknowledged".to_owned(),
            params: None,
        });
        listening.lock().unwrap().push((hears, end));
        async move {
            ended
                .await
                .unwrap_or_else(|_| Err(RpcError::new(codes::CHANNEL_LOST, "gone")))
        }
        .boxed()
    }));
    let mut bus = Bus::with(channel(&server, Era::Modern, prefixed())).await;
    bus.has(&["fs.read"]).await;
    until(|| ears.lock().unwrap().len() == 1).await;
    server.has(&[WRITE]);
    (ears.lock().unwrap()[0].0)(FromServer::Notification {
        method: "notifications/tools/list_changed".to_owned(),
        params: Some(raw(&json!({}))),
    });
    bus.has(&["fs.write"]).await;

    // What changes while nobody listens is found out afterwards.
    let (_, end) = ears.lock().unwrap().pop().unwrap();
    server.has(&[READ]);
    drop(end);
    bus.has(&["fs.read"]).await;
    assert_eq!(ears.lock().unwrap().len(), 1, "and it listens again");
}

#[tokio::test]
async fn a_child_that_ends_is_started_again_and_its_calls_are_told() {
    let child = child::command("legacy");
    let transport = Transport::Stdio {
        command: child.program,
        args: child.args,
        env: child.env,
        cwd: None,
    };
    let upstream = UpstreamConfig::new("child", transport);
    let channel = McpClientChannel::to_upstream("mcp", upstream, prefixed()).unwrap();
    let mut bus = Bus::with(Arc::new(channel)).await;
    bus.has(&["fs.read", "fs.write"]).await;
    for _ in 0..2 {
        // It does not know its own tool, and ends over it.
        let lost = bus.registry.execute_dyn("fs.read", Value::Null).await;
        assert!(
            matches!(lost, Err(CommandError::ChannelDisconnected)),
            "{lost:?}"
        );
        bus.has(&["fs.read", "fs.write"]).await;
    }
    bus.channel.close().await;
    bus.has(&[]).await;
    assert_eq!(bus.channel.upstream().unwrap().counts(), (0, 0));
}

#[tokio::test]
async fn a_server_that_does_not_start_says_so() {
    let transport = Transport::Stdio {
        command: "/nowhere/at/all".to_owned(),
        args: Vec::new(),
        env: Vec::new(),
        cwd: None,
    };
    let upstream = UpstreamConfig::new("none", transport);
    let channel = McpClientChannel::to_upstream("mcp", upstream, prefixed()).unwrap();
    let registry = CommandRegistry::new(Config::default());
    let refused = registry.register_channel(Arc::new(channel)).await;
    let error = refused.err().unwrap().to_string();
    assert!(error.contains("the MCP server cannot be used"), "{error}");
}
