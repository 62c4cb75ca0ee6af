//! The pair of tools in place of a long list.

use cmdbus::DynCommand;
use cmdbus_attach::gateway::aggregated::{Showing, ToolSearch};
use cmdbus_mcp::rpc::{Era, codes};
use serde_json::{Value, json};

use super::scripted::text;
use super::{Bus, names};

fn bus(search: ToolSearch) -> Bus {
    Bus::showing(Showing {
        search,
        ..Showing::default()
    })
}

async fn with_many(search: ToolSearch, count: usize) -> Bus {
    let bus = bus(search);
    for number in 0..count {
        bus.add(&format!("n.{number:02}")).await;
    }
    bus
}

#[tokio::test]
async fn the_pair_is_shown_when_asked_for_or_when_there_is_much() {
    let pair = ["search_tools", "call_tool"];
    for (search, count, is_pair) in [
        (ToolSearch::Off, 65, false),
        (ToolSearch::Auto, 64, false),
        (ToolSearch::Auto, 65, true),
        (ToolSearch::On, 1, true),
    ] {
        let shown = with_many(search, count).await.names().await;
        assert_eq!(shown == pair, is_pair, "{search:?} {count}");
        assert_eq!(shown.len(), if is_pair { 2 } else { count });
    }
}

#[tokio::test]
async fn what_counts_is_what_the_caller_may_see() {
    let bus = with_many(ToolSearch::Auto, 65)
        .await
        .seen_by(&["call:n.0*"]);
    assert_eq!(bus.names().await.len(), 10);
}

#[tokio::test]
async fn names_do_not_change_with_the_setting() {
    let ids = ["search_tools", "call.tool", "a.b"];
    let names_of = async |search| {
        let bus = bus(search).with(&ids).await;
        let mut called = Vec::new();
        for name in ["a_b", "search_tools", "call_tool"] {
            called.push(
                bus.call(Era::Legacy, name, json!({"name": "a_b", "query": "b"}))
                    .await
                    .is_ok(),
            );
        }
        (bus, called)
    };
    let (off, called) = names_of(ToolSearch::Off).await;
    assert_eq!(called, [true, false, false]);
    let listed = off.names().await;
    assert!(
        listed.iter().any(|name| name.starts_with("search_tools_")),
        "{listed:?}"
    );
    assert!(
        listed.iter().any(|name| name.starts_with("call_tool_")),
        "{listed:?}"
    );
    let (on, called) = names_of(ToolSearch::On).await;
    assert_eq!(called, [true, true, true]);
    for name in listed {
        on.call(Era::Legacy, &name, json!({})).await.unwrap();
    }
}

#[tokio::test]
async fn tools_are_found_by_words_and_called_by_the_pair_or_by_name() {
    let bus = bus(ToolSearch::On).with(&["fs.read", "secret.read"]).await;
    let add = DynCommand::new("math.add", |request: Value| async move { Ok(request) })
        .description("Reads two numbers.")
        .request_schema(json!({"type": "object", "properties": {"a": {"type": "number"}}}));
    bus.registry.register_command(add).await.unwrap();
    let bus = bus.seen_by(&["call:fs.*", "call:math.*"]);
    let found = bus
        .call(Era::Legacy, "search_tools", json!({"query": "read"}))
        .await
        .unwrap();
    let tools = &found["structuredContent"];
    assert_eq!(
        names(tools),
        ["fs_read", "math_add"],
        "by name first, and nothing hidden"
    );
    assert_eq!(
        tools["tools"][1]["inputSchema"]["properties"]["a"]["type"],
        "number"
    );
    assert_eq!(tools["tools"][1]["description"], "Reads two numbers.");

    let inner = json!({"name": "math_add", "arguments": {"a": 1}});
    let called = bus.call(Era::Modern, "call_tool", inner).await.unwrap();
    assert_eq!(called["structuredContent"], json!({"a": 1}));
    let direct = bus
        .call(Era::Modern, "math_add", json!({"a": 1}))
        .await
        .unwrap();
    assert_eq!(called, direct);
}

#[tokio::test]
async fn an_attached_tool_is_called_by_the_pair_with_its_arguments_as_written() {
    let bus = bus(ToolSearch::On);
    let (server, _set) = bus
        .attach("laptop", Era::Legacy, &[r#"{"name":"read"}"#])
        .await;
    let params = r#"{"name":"call_tool","arguments":{"name":"fs_read","arguments":{"n":1.10}},"_meta":{"progressToken":3}}"#;
    bus.ask_raw(Era::Legacy, "tools/call", text(params))
        .await
        .unwrap();
    assert_eq!(
        server.last_params().get(),
        r#"{"name":"read","arguments":{"n":1.10},"_meta":{"progressToken":3}}"#
    );
}

#[tokio::test]
async fn the_pair_says_what_is_wrong_with_a_call_of_it() {
    let bus = bus(ToolSearch::On)
        .with(&["a.b", "x.y"])
        .await
        .seen_by(&["call:a.*"]);
    let said = bus
        .call(Era::Legacy, "search_tools", json!({}))
        .await
        .unwrap();
    assert_eq!(said["isError"], true);
    assert!(
        said["content"][0]["text"]
            .as_str()
            .unwrap()
            .contains("`query`")
    );
    for arguments in [
        json!({}),
        json!({"name": 7}),
        json!({"name": "x_y"}),
        json!({"name": "call_tool"}),
        json!({"name": "a_b", "arguments": []}),
    ] {
        let error = bus
            .call(Era::Legacy, "call_tool", arguments.clone())
            .await
            .unwrap_err();
        assert_eq!(error.code, codes::INVALID_PARAMS, "{arguments}");
    }
}
