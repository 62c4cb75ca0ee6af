//! `tools/list`, and what else the endpoint says of itself.

use std::sync::Arc;

use cmdbus::DynCommand;
use cmdbus_attach::frame::ListKind;
use cmdbus_attach::gateway::aggregated::Showing;
use cmdbus_attach::gateway::{Opening, SessionPort};
use cmdbus_mcp::carry::{Call, FromServer};
use cmdbus_mcp::names::{Rules, Style};
use cmdbus_mcp::rpc::{Era, codes, raw};
use serde_json::{Value, json};

use super::scripted::Server;
use super::{Bus, names};

#[tokio::test]
async fn the_order_is_that_of_the_ids_whoever_came_first() {
    let ids = ["z.last", "a.first", "m.middle", "a-b.dash"];
    let one = Bus::new().with(&ids).await.names().await;
    let mut backwards = ids;
    backwards.reverse();
    assert_eq!(one, ["a-b_dash", "a_first", "m_middle", "z_last"]);
    assert_eq!(one, Bus::new().with(&backwards).await.names().await);
}

#[tokio::test]
async fn names_are_those_of_the_table() {
    let long = "warehouse.inventory.reports.monthly.by_region_and_by_product_category.export";
    let ids = [
        "math.add",
        "GitHub__work_.list issues",
        "a.b_c",
        "a_b.c",
        long,
        "_secret.key",
    ];
    let llm = Bus::new().with(&ids).await;
    assert_eq!(
        llm.names().await,
        [
            "GitHub__work__list_issues",
            "a_b_c_5b8f934a",
            "a_b_c_a3715283",
            "math_add",
            "warehouse_inventory_reports_monthly_by_region_and_by_pr_2c1a2980",
        ]
    );
    let showing = Showing {
        names: Rules {
            style: Style::Mcp,
            ..Rules::default()
        },
        ..Showing::default()
    };
    let mcp = Bus::showing(showing).with(&ids[..4]).await;
    assert_eq!(
        mcp.names().await,
        ["GitHub__work_.list_issues", "a.b_c", "a_b.c", "math.add"]
    );
    assert!(mcp.aggregator.left_out().is_empty());
}

#[tokio::test]
async fn names_do_not_depend_on_who_asks() {
    let bus = Bus::new()
        .with(&["a.b_c", "a_b.c", "x.y"])
        .await
        .seen_by(&["call:a.*"]);
    assert_eq!(bus.names().await, ["a_b_c_5b8f934a"]);
    bus.call(Era::Legacy, "a_b_c_5b8f934a", json!({}))
        .await
        .unwrap();
    for hidden in ["x_y", "a_b_c_a3715283", "a_b_c"] {
        let error = bus.call(Era::Legacy, hidden, json!({})).await.unwrap_err();
        assert_eq!(error.code, codes::INVALID_PARAMS);
        assert_eq!(error.message, format!("unknown tool: {hidden}"));
    }
}

#[tokio::test]
async fn pages_hold_two_hundred_and_their_cursors_outlive_changes() {
    let bus = Bus::new();
    for number in 0..450 {
        bus.add(&format!("n.{number:03}")).await;
    }
    let first = bus.list(Era::Legacy).await;
    let cursor = first["nextCursor"].clone();
    assert_eq!(names(&first).len(), 200);
    // The last of the page goes, and others come before and behind it.
    assert!(bus.registry.unregister_command("n.199"));
    bus.add("n.100a").await;
    bus.add("n.199a").await;
    let second = bus
        .ask(Era::Legacy, "tools/list", json!({"cursor": cursor}))
        .await
        .unwrap();
    let second_names = names(&second);
    assert_eq!((&*second_names[0], &*second_names[1]), ("n_199a", "n_200"));
    let cursor = second["nextCursor"].clone();
    let third = bus
        .ask(Era::Legacy, "tools/list", json!({"cursor": cursor}))
        .await
        .unwrap();
    assert_eq!(names(&third).last().unwrap(), "n_449");
    assert_eq!(third.get("nextCursor"), None);
    assert_eq!(200 + second_names.len() + names(&third).len(), 451);
}

#[tokio::test]
async fn a_cursor_that_is_none_of_ours_is_refused() {
    let bus = Bus::new().with(&["a.b"]).await;
    for cursor in [json!("#"), json!(7), json!("/w==")] {
        let error = bus
            .ask(Era::Legacy, "tools/list", json!({"cursor": cursor}))
            .await
            .unwrap_err();
        assert_eq!(error.code, codes::INVALID_PARAMS, "{cursor}");
    }
    let page = bus
        .ask(Era::Legacy, "tools/list", json!({"cursor": null}))
        .await
        .unwrap();
    assert_eq!(names(&page), ["a_b"]);
    assert_eq!(
        bus.ask_call(
            Call::new(Era::Legacy, "tools/list", None),
            cmdbus_mcp::carry::deaf()
        )
        .await
        .unwrap()
        .get(),
        raw(&page).get()
    );
}

#[tokio::test]
async fn an_entry_names_its_command_and_the_buses_it_passed() {
    let bus = Bus::new();
    let add = DynCommand::new("math.add", |request: Value| async move { Ok(request) })
        .description("Adds.")
        .request_schema(json!({"type": "object", "properties": {"a": {"type": "number"}}}))
        .response_schema(json!({"type": "number"}));
    bus.registry.register_command(add).await.unwrap();
    bus.add("math.plain").await;
    let text = DynCommand::new("math.text", |request: Value| async move { Ok(request) })
        .request_schema(json!({"type": "string"}));
    bus.registry.register_command(text).await.unwrap();

    let legacy = bus.list(Era::Legacy).await;
    let [add, plain, text] = legacy["tools"].as_array().unwrap().as_slice() else {
        panic!("{legacy}");
    };
    assert_eq!(add["description"], "Adds.");
    assert_eq!(add["title"], "math.add");
    assert_eq!(add["inputSchema"]["properties"]["a"]["type"], "number");
    assert_eq!(
        add.get("outputSchema"),
        None,
        "legacy clients know those of objects only"
    );
    assert_eq!(
        add["_meta"],
        json!({"dev.cmdbus/commandId": "math.add", "dev.cmdbus/origin": ["this-bus"]})
    );
    assert_eq!(plain["inputSchema"], json!({"type": "object"}));
    assert_eq!(text["inputSchema"]["properties"]["value"]["type"], "string");
    let modern = bus.list(Era::Modern).await;
    assert_eq!(
        modern["tools"][0]["outputSchema"],
        json!({"type": "number"})
    );
}

#[tokio::test]
async fn an_attached_tool_keeps_what_its_server_says_of_it() {
    let bus = Bus::new();
    let entry = r#"{"name":"read","title":"Read it","description":"Reads.","inputSchema":{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","x":1.10},"outputSchema":{"type":"string"},"annotations":{"readOnlyHint":true},"_meta":{"dev.cmdbus/origin":["far"]}}"#;
    let _attached = bus.attach("laptop", Era::Legacy, &[entry]).await;
    let page = bus
        .ask_raw(Era::Legacy, "tools/list", raw(&json!({})))
        .await
        .unwrap();
    assert_eq!(
        page.get(),
        r#"{"tools":[{"name":"fs_read","title":"Read it","description":"Reads.","inputSchema":{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","x":1.10},"annotations":{"readOnlyHint":true},"_meta":{"dev.cmdbus/commandId":"fs.read","dev.cmdbus/origin":["far","this-bus"]}}]}"#
    );
    let modern = bus.list(Era::Modern).await;
    assert_eq!(
        modern["tools"][0]["outputSchema"],
        json!({"type": "string"})
    );
}

#[tokio::test]
async fn the_endpoint_of_one_attach_id_shows_its_tools_only() {
    let bus = Bus::new().with(&["math.add"]).await;
    let (laptop, _one) = bus
        .attach("laptop", Era::Legacy, &[r#"{"name":"read"}"#])
        .await;
    let server = Server::new(&[r#"{"name":"deploy"}"#]);
    let config = cmdbus_mcp::tools::ToolSetConfig {
        prefix: Some("ci".to_owned()),
        results: cmdbus_mcp::convert::ResultMode::Value,
        era: Era::Legacy,
        limits: cmdbus_mcp::carry::Limits::CALL,
        bus: "this-bus".to_owned(),
        owner: Some(Arc::new("ci".to_owned())),
    };
    let other =
        cmdbus_mcp::tools::ToolSet::new(bus.registry.clone(), server, bus.index.clone(), config);
    other.update().await.unwrap();
    assert_eq!(bus.names().await, ["ci_deploy", "fs_read", "math_add"]);

    let mut one = bus;
    one.endpoint = one.aggregator.endpoint(Some("laptop".into()), 2);
    assert_eq!(one.names().await, ["fs_read"]);
    one.call(Era::Legacy, "fs_read", json!({})).await.unwrap();
    assert_eq!(laptop.calls("tools/call").len(), 1);
    for hidden in ["math_add", "ci_deploy"] {
        let error = one.call(Era::Legacy, hidden, json!({})).await.unwrap_err();
        assert_eq!(error.code, codes::INVALID_PARAMS, "{hidden}");
    }
}

#[tokio::test]
async fn what_is_attached_is_for_those_whom_it_lets_in() {
    let bus = Bus::new().with(&["math.add"]).await;
    let (laptop, _set) = bus
        .attach("laptop", Era::Legacy, &[r#"{"name":"read"}"#])
        .await;
    bus.attached
        .closed
        .lock()
        .unwrap()
        .push("laptop".to_owned());
    let broken = json!({"id": "laptop", "reason": "stopped"});
    bus.attached.degraded.lock().unwrap().push(broken);
    assert_eq!(bus.names().await, ["fs_read", "math_add"]);
    let bus = bus.seen_by(&["call"]);
    assert_eq!(bus.names().await, ["math_add"]);
    assert_eq!(bus.list(Era::Legacy).await.get("_meta"), None);
    let error = bus
        .call(Era::Legacy, "fs_read", json!({}))
        .await
        .unwrap_err();
    assert_eq!(error.code, codes::INVALID_PARAMS);
    assert!(laptop.calls("tools/call").is_empty());
}

#[tokio::test]
async fn servers_that_are_out_of_order_are_named() {
    let bus = Bus::new().with(&["a.b"]).await;
    assert_eq!(bus.list(Era::Legacy).await.get("_meta"), None);
    bus.attached
        .degraded
        .lock()
        .unwrap()
        .push(json!({"id": "laptop", "reason": "stopped"}));
    for era in [Era::Legacy, Era::Modern] {
        let page = bus.list(era).await;
        assert_eq!(page["_meta"]["dev.cmdbus/degraded"][0]["id"], "laptop");
        assert_eq!(names(&page), ["a_b"], "and the others are there");
    }
}

#[tokio::test]
async fn modern_lists_say_what_modern_results_say() {
    let page = Bus::new().with(&["a.b"]).await.list(Era::Modern).await;
    assert_eq!(page["resultType"], "complete");
    assert_eq!(
        (&page["ttlMs"], &page["cacheScope"]),
        (&json!(0), &json!("private"))
    );
    assert_eq!(
        page["_meta"]["io.modelcontextprotocol/serverInfo"]["name"],
        "cmdbus"
    );
    let legacy = Bus::new().with(&["a.b"]).await.list(Era::Legacy).await;
    assert_eq!(
        legacy.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["tools"]
    );
}

#[tokio::test]
async fn discovery_says_both_eras_and_tools_and_nothing_else() {
    let said = Bus::new()
        .ask(Era::Modern, "server/discover", json!({}))
        .await
        .unwrap();
    assert_eq!(
        said["capabilities"],
        json!({"tools": {"listChanged": true}})
    );
    let versions = said["supportedVersions"].as_array().unwrap();
    assert!(versions.contains(&json!("2026-07-28")) && versions.contains(&json!("2025-11-25")));
    assert_eq!(said["resultType"], "complete");
    assert_eq!(said["ttlMs"], 0);
    assert_eq!(
        said["_meta"]["io.modelcontextprotocol/serverInfo"]["name"],
        "cmdbus"
    );
}

struct Nothing;

impl SessionPort for Nothing {
    fn hear(&self, _: FromServer) {}
    fn list_changed(&self, _: ListKind) {}
    fn gone(&self, _: &str) {}
}

#[tokio::test]
async fn a_handshake_is_in_the_revision_of_the_client_if_it_is_one_of_ours() {
    let bus = Bus::new();
    for (asked, answered) in [
        ("2025-06-18", "2025-06-18"),
        ("2024-11-05", "2024-11-05"),
        ("1999-01-01", "2025-11-25"),
    ] {
        let params = json!({"protocolVersion": asked, "capabilities": {}, "clientInfo": {}});
        let opening = Opening {
            call: Call::new(Era::Legacy, "initialize", Some(raw(&params))),
            args: None,
        };
        let result = bus
            .endpoint
            .open("s", opening, Arc::new(Nothing))
            .await
            .unwrap();
        let result: Value = serde_json::from_str(result.get()).unwrap();
        assert_eq!(result["protocolVersion"], answered);
        assert_eq!(
            result["capabilities"],
            json!({"tools": {"listChanged": true}})
        );
        assert_eq!(result["serverInfo"]["name"], "cmdbus");
    }
}

#[tokio::test]
async fn other_methods_are_not_answered() {
    let bus = Bus::new();
    for (era, method) in [
        (Era::Legacy, "prompts/list"),
        (Era::Legacy, "resources/read"),
        (Era::Legacy, "server/discover"),
        (Era::Legacy, "subscriptions/listen"),
        (Era::Modern, "ping"),
        (Era::Modern, "logging/setLevel"),
    ] {
        let error = bus.ask(era, method, json!({})).await.unwrap_err();
        assert_eq!(error.code, codes::METHOD_NOT_FOUND, "{method}");
    }
    assert_eq!(
        bus.ask(Era::Legacy, "ping", json!({})).await.unwrap(),
        json!({})
    );
}
