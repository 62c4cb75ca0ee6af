//! What a client sees.

use std::sync::Arc;
use std::time::Duration;

use cmdbus::{CommandChannel, DynCommand};
use cmdbus_mcp::names::Rules;
use cmdbus_mcp::server::{McpServerChannel, ServerConfig};
use rmcp::model::{PaginatedRequestParams, SubscriptionFilter};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::time::sleep;

use super::{add, connect, join, legacy, modern, registry, until};

#[tokio::test]
async fn w74_commands_of_other_processes_are_tools_too() {
    let registry = registry();
    add(&registry, "here.a").await;
    add(&registry, "_private").await;
    let _child = join(&registry, &["there.b", "there._c"]).await;
    for lifecycle in [legacy(), modern()] {
        let session = connect(&registry, ServerConfig::default(), lifecycle).await;
        assert_eq!(session.names().await, ["here.a", "there._c", "there.b"]);
        let result = session.call("there.b", json!({"n": 1})).await.unwrap();
        assert_eq!(result.structured_content, Some(json!({"n": 1})));
        session.client.cancel().await.unwrap();
        session.driver.await.unwrap();
    }
}

#[tokio::test]
async fn w74_what_is_left_out_cannot_be_called() {
    let registry = registry();
    add(&registry, "here.a").await;
    let _child = join(&registry, &["there.b", "there.c"]).await;
    let config = ServerConfig {
        local_only: true,
        ..ServerConfig::default()
    };
    let session = connect(&registry, config, legacy()).await;
    assert_eq!(session.names().await, ["here.a"]);
    assert_eq!(session.refused("there.b", json!({})).await.code.0, -32602);
    session.client.cancel().await.unwrap();
    session.driver.await.unwrap();

    let config = ServerConfig {
        filter: Some(Arc::new(|command| command.id.ends_with('b'))),
        ..ServerConfig::default()
    };
    let session = connect(&registry, config, legacy()).await;
    assert_eq!(session.names().await, ["there.b"]);
    assert_eq!(session.refused("here.a", json!({})).await.code.0, -32602);
}

#[tokio::test]
async fn w75_every_schema_is_one_that_mcp_has() {
    let registry = registry();
    add(&registry, "plain").await;
    let text = DynCommand::new("text", |request: Value| async move { Ok(request) })
        .description("Text.")
        .request_schema(json!({"$ref": "#/$defs/T", "$defs": {"T": {"type": "string"}}}))
        .response_schema(json!({"type": "object", "properties": {"a": {"type": "number"}}}));
    registry.register_command(text).await.unwrap();
    let session = connect(&registry, ServerConfig::default(), legacy()).await;
    let [plain, text] = &session.tools().await[..] else {
        panic!("two tools");
    };
    assert_eq!(plain.description.as_deref(), Some(""));
    assert_eq!(
        Value::Object((*plain.input_schema).clone()),
        json!({"type": "object", "additionalProperties": true})
    );
    assert!(plain.output_schema.is_none());
    let input = Value::Object((*text.input_schema).clone());
    assert_eq!(input["type"], "object");
    assert_eq!(input["properties"]["value"]["$ref"], "#/$defs/T");
    assert_eq!(input["$defs"]["T"]["type"], "string");
    assert_eq!(input["required"], json!(["value"]));
    assert_eq!(text.output_schema.as_ref().unwrap()["type"], "object");
}

#[tokio::test]
async fn w78_a_list_for_a_client_changes_nothing_on_the_bus() {
    let registry = registry();
    add(&registry, "here.a").await;
    let _child = join(&registry, &["there.b"]).await;
    let session = connect(&registry, ServerConfig::default(), legacy()).await;
    let version = registry.directory_version();
    for _ in 0..3 {
        assert_eq!(session.names().await.len(), 2);
    }
    assert_eq!(registry.directory_version(), version);
    let providers = |id: &str| registry.describe_command(id).unwrap().1;
    assert!(providers("here.a").is_empty());
    assert_eq!(providers("there.b"), ["child"]);

    // As a channel it offers nothing either, whatever it is asked and told.
    let (ours, _theirs) = tokio::io::duplex(1024);
    let channel = McpServerChannel::new("other", &registry, ours, ServerConfig::default());
    channel.start().await.unwrap();
    let probe = cmdbus::message::Message::ListCommandsRequest {
        id: cmdbus::uuid::Uuid::new_v4(),
        meta: None,
    };
    channel.send(probe).unwrap();
    loop {
        use cmdbus::message::Message;
        match channel.recv().await.unwrap() {
            Message::ListCommandsResponse { commands, .. } => {
                assert!(commands.is_empty());
                break;
            }
            Message::ListCommandsRequest { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn names_are_rewritten_if_somebody_wants_that() {
    let registry = registry();
    add(&registry, "math.add").await;
    let config = ServerConfig {
        names: Rules::default(),
        ..ServerConfig::default()
    };
    let session = connect(&registry, config, legacy()).await;
    let tool = session.tools().await.remove(0);
    assert_eq!(
        (&*tool.name, tool.title.as_deref()),
        ("math_add", Some("math.add"))
    );
    assert_eq!(tool.meta.unwrap()["dev.cmdbus/commandId"], "math.add");
    session.call("math_add", json!({})).await.unwrap();
    assert_eq!(
        session.refused("math.add", json!({})).await.message,
        "unknown tool: math.add"
    );
}

#[tokio::test]
async fn long_lists_have_pages_whose_cursors_outlive_changes() {
    let registry = registry();
    for number in 0..1500 {
        add(&registry, &format!("n.{number:04}")).await;
    }
    let session = connect(&registry, ServerConfig::default(), legacy()).await;
    let first = session.client.list_tools(None).await.unwrap();
    assert_eq!(first.tools.len(), 1000);
    assert!(registry.unregister_command("n.0999"));
    let cursor = PaginatedRequestParams::default().with_cursor(first.next_cursor);
    let second = session.client.list_tools(Some(cursor)).await.unwrap();
    assert_eq!(
        (&*second.tools[0].name, second.tools.len()),
        ("n.1000", 500)
    );
    assert_eq!(second.next_cursor, None);
    assert_eq!(session.tools().await.len(), 1499);
}

#[tokio::test]
async fn both_eras_are_spoken_and_say_who_serves() {
    let registry = registry();
    add(&registry, "a.b").await;
    let config = || ServerConfig {
        name: "mine".to_owned(),
        version: "7".to_owned(),
        instructions: Some("Use it.".to_owned()),
        ..ServerConfig::default()
    };
    for (lifecycle, version) in [(legacy(), "2025-11-25"), (modern(), "2026-07-28")] {
        let session = connect(&registry, config(), lifecycle).await;
        let info = session.client.peer_info().unwrap();
        assert_eq!(info.protocol_version.as_str(), version);
        assert_eq!(info.instructions.as_deref(), Some("Use it."));
        let capabilities = serde_json::to_value(&info.capabilities).unwrap();
        assert_eq!(capabilities, json!({"tools": {"listChanged": true}}));
        session.client.cancel().await.unwrap();
        session.driver.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_legacy_client_is_told_of_changes_at_most_once_a_second() {
    let registry = registry();
    let session = connect(&registry, ServerConfig::default(), legacy()).await;
    // The handshake is over for the server too.
    session.names().await;
    let told = || session.told.changes.lock().unwrap().clone();
    add(&registry, "a.b").await;
    until(|| told().len() == 1).await;
    for number in 0..20 {
        add(&registry, &format!("n.{number}")).await;
        sleep(Duration::from_millis(40)).await;
    }
    sleep(Duration::from_secs(5)).await;
    let at = told();
    assert_eq!(at.len(), 2);
    assert!(at[1] - at[0] >= Duration::from_millis(999), "{at:?}");
    // What cannot be seen is not told.
    add(&registry, "_private").await;
    assert!(registry.unregister_command("a.b"));
    add(&registry, "a.b").await;
    sleep(Duration::from_secs(5)).await;
    assert_eq!(told().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_modern_client_that_listens_is_told_of_changes() {
    let registry = registry();
    let session = connect(&registry, ServerConfig::default(), modern()).await;
    let filter = SubscriptionFilter::builder()
        .tools_list_changed()
        .prompts_list_changed()
        .build();
    let mut listening = session.client.listen(filter).await.unwrap();
    let accepted = serde_json::to_value(listening.acknowledged()).unwrap();
    assert_eq!(accepted, json!({"toolsListChanged": true}));
    add(&registry, "a.b").await;
    let change = tokio::time::timeout(Duration::from_secs(5), listening.next()).await;
    assert!(matches!(change, Ok(Ok(Some(_)))), "{change:?}");
    listening.cancel().await.unwrap();
    session.call("a.b", json!({})).await.unwrap();
}

#[tokio::test]
async fn w76_a_channel_belongs_to_one_session_and_ends_with_it() {
    let registry = registry();
    let session = connect(&registry, ServerConfig::default(), legacy()).await;
    assert_eq!(registry.list_channels(), ["mcp"]);
    session.client.cancel().await.unwrap();
    session.driver.await.unwrap();
    assert!(registry.list_channels().is_empty());

    // A client that goes before its handshake, and a registry that goes before the client.
    let (ours, theirs) = tokio::io::duplex(1024);
    let channel = McpServerChannel::new("mcp", &registry, ours, ServerConfig::default());
    let channel = Arc::new(channel);
    let driver = registry.register_channel(channel.clone()).await.unwrap();
    assert!(channel.start().await.is_err(), "one session, and no other");
    drop(theirs);
    driver.await;
    let session = connect(&registry, ServerConfig::default(), legacy()).await;
    registry.dispose().await;
    session.driver.await.unwrap();
    let gone = session.client.waiting();
    tokio::time::timeout(Duration::from_secs(20), gone)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn absent_arguments_stay_absent() {
    let registry = registry();
    let count = DynCommand::new("kind", |request: Value| async move {
        Ok(if request.is_null() { "absent" } else { "there" })
    });
    registry.register_command(count).await.unwrap();
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let channel = McpServerChannel::new("mcp", &registry, ours, ServerConfig::default());
    tokio::spawn(registry.register_channel(Arc::new(channel)).await.unwrap());
    let (read, mut write) = tokio::io::split(theirs);
    let mut lines = BufReader::new(read).lines();
    let client = json!({"name": "c", "version": "1"});
    let hello = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client});
    for (message, expected) in [
        (
            json!({"id": 1, "method": "initialize", "params": hello}),
            None,
        ),
        (json!({"method": "notifications/initialized"}), None),
        (
            json!({"id": 2, "method": "tools/call", "params": {"name": "kind"}}),
            Some("absent"),
        ),
        (
            json!({"id": 3, "method": "tools/call", "params": {"name": "kind", "arguments": {}}}),
            Some("there"),
        ),
    ] {
        let mut message = message;
        message["jsonrpc"] = "2.0".into();
        write
            .write_all(format!("{message}\n").as_bytes())
            .await
            .unwrap();
        if message.get("id").is_none() {
            continue;
        }
        let answer: Value =
            serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
        if let Some(expected) = expected {
            assert_eq!(
                answer["result"],
                json!({"content": [{"type": "text", "text": expected}]}),
                "the wire has what is needed, and nothing else"
            );
        }
    }
}
