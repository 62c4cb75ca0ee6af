//! Tools of a server as commands of a registry (protocol §7.2, attach §6).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cmdbus::command::STREAM_KEYWORD;
use cmdbus::{CommandError, CommandRegistry, Config, DynCommand};
use cmdbus_mcp::carry::{Answer, FromServer, Limits};
use cmdbus_mcp::convert::ResultMode;
use cmdbus_mcp::rpc::{Era, RpcError, codes, raw, splice};
use cmdbus_mcp::tools::{
    CHANGED_EVENT, MAX_LIST, MAX_TOOLS, ToolIndex, ToolSet, ToolSetConfig, list_all,
};
use futures_util::FutureExt;
use serde_json::{Value, json};

use crate::scripted::{Server, always, at_once, never, report, text};

const READ: &str = r#"{"name":"read","description":"Reads.","inputSchema":{"type":"object"}}"#;
const WRITE: &str = r#"{"name":"write","inputSchema":{"type":"object"}}"#;
const WRITE_NOW: &str = r#"{"name":"write","inputSchema":{"type":"object"},"title":"Write"}"#;

/// A registry with the tools of one server.
struct Bus {
    registry: CommandRegistry,
    index: ToolIndex,
    server: Arc<Server>,
    set: ToolSet,
    told: Arc<Mutex<Vec<Value>>>,
}

fn config() -> ToolSetConfig {
    ToolSetConfig {
        prefix: Some("fs".to_owned()),
        results: ResultMode::Value,
        era: Era::Legacy,
        limits: Limits::CALL,
        bus: "this-bus".to_owned(),
        owner: None,
    }
}

impl Bus {
    fn with(config: ToolSetConfig, entries: &[&str]) -> Self {
        let registry = CommandRegistry::new(Config::default());
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = told.clone();
        let _ = registry.on_dyn(CHANGED_EVENT, move |event| {
            heard.lock().unwrap().push(event)
        });
        let server = Server::new(entries);
        let index = ToolIndex::default();
        let set = ToolSet::new(registry.clone(), server.clone(), index.clone(), config);
        Self {
            registry,
            index,
            server,
            set,
            told,
        }
    }

    async fn started(entries: &[&str]) -> Self {
        let bus = Self::with(config(), entries);
        bus.set.update().await.unwrap();
        bus
    }

    fn ids(&self) -> Vec<String> {
        let commands = self.registry.list_commands();
        commands.into_iter().map(|command| command.id).collect()
    }

    /// Returns the events since the last time.
    fn told(&self) -> Vec<Value> {
        std::mem::take(&mut *self.told.lock().unwrap())
    }
}

fn numbered(number: usize) -> String {
    format!(r#"{{"name":"t{number}"}}"#)
}

#[tokio::test]
async fn w51_every_page_of_the_list_is_fetched() {
    let server = Server::new(&[]);
    server.lists(at_once(|call, _| {
        let cursor = call
            .params
            .as_ref()
            .and_then(|params| splice::get_str(params, &["cursor"]));
        let at: usize = cursor.map_or(0, |cursor| cursor.parse().unwrap());
        let next = if at < 4 {
            format!(r#","nextCursor":"{}""#, at + 1)
        } else {
            String::new()
        };
        // The third page has nothing, which does not end the list.
        let tools = if at == 2 { String::new() } else { numbered(at) };
        Ok(text(&format!(r#"{{"tools":[{tools}]{next}}}"#)))
    }));
    let tools = list_all(&*server, Era::Legacy).await.unwrap();
    let names: Vec<_> = tools
        .iter()
        .map(|tool| splice::get_str(tool, &["name"]).unwrap())
        .collect();
    assert_eq!(names, ["t0", "t1", "t3", "t4"]);
}

#[tokio::test]
async fn a_list_ends_at_ten_thousand_tools() {
    let server = Server::new(&[]);
    let pages = Mutex::new(0);
    server.lists(at_once(move |_, _| {
        let mut page = pages.lock().unwrap();
        *page += 1;
        let tools: Vec<_> = (0..999).map(|tool| numbered(*page * 1000 + tool)).collect();
        Ok(text(&format!(
            r#"{{"tools":[{}],"nextCursor":"{page}"}}"#,
            tools.join(",")
        )))
    }));
    let tools = list_all(&*server, Era::Legacy).await.unwrap();
    assert_eq!(tools.len(), MAX_TOOLS);
    assert_eq!(server.calls("tools/list").len(), 11);
}

#[tokio::test]
async fn a_list_is_refused_above_its_length_over_all_pages() {
    let page = |description: usize, next: &str| {
        let text_of = "x".repeat(description);
        format!(r#"{{"tools":[{{"name":"t","description":"{text_of}"}}]{next}}}"#)
    };
    let next = r#","nextCursor":"n""#;
    let first = page(MAX_LIST / 2, next);
    let frame = page(0, "").len();
    for (surplus, fits) in [(0, true), (1, false)] {
        let last = page(MAX_LIST - first.len() - frame + surplus, "");
        let server = Server::new(&[]);
        let pages = Mutex::new([text(&last), text(&first)].to_vec());
        server.lists(at_once(move |_, _| {
            Ok(pages.lock().unwrap().pop().unwrap())
        }));
        let listed = list_all(&*server, Era::Legacy).await;
        match fits {
            true => assert_eq!(listed.unwrap().len(), 2),
            false => {
                let error = listed.unwrap_err();
                assert_eq!(error.code, codes::TOO_LARGE);
                assert!(error.message.contains("list of tools"), "{}", error.message);
            }
        }
    }
}

#[tokio::test]
async fn a_cursor_is_refused_above_its_length() {
    for (length, fits) in [(4096, true), (4097, false)] {
        let server = Server::new(&[]);
        let cursor = "c".repeat(length);
        server.lists(always(&format!(
            r#"{{"tools":[],"nextCursor":"{cursor}"}}"#
        )));
        let listed = list_all(&*server, Era::Legacy).await;
        match fits {
            // The same one again ends the list.
            true => assert!(listed.unwrap().is_empty()),
            false => assert_eq!(listed.unwrap_err().code, codes::BAD_ANSWER),
        }
    }
}

#[tokio::test]
async fn cursors_that_come_again_and_empty_pages_without_end_are_no_trap() {
    for (next, pages) in [
        (&["a", "a", "a"][..], 2),
        (&["a", "b", "a", "b", "a"][..], 3),
    ] {
        let server = Server::new(&[]);
        let at = Mutex::new(next.iter());
        server.lists(at_once(move |_, _| {
            let next = at.lock().unwrap().next().unwrap();
            Ok(text(&format!(
                r#"{{"tools":[{}],"nextCursor":"{next}"}}"#,
                numbered(1)
            )))
        }));
        list_all(&*server, Era::Legacy).await.unwrap();
        assert_eq!(server.calls("tools/list").len(), pages, "{next:?}");
    }
    let server = Server::new(&[]);
    let page = Mutex::new(0);
    server.lists(at_once(move |_, _| {
        let mut page = page.lock().unwrap();
        *page += 1;
        Ok(text(&format!(r#"{{"tools":[],"nextCursor":"{page}"}}"#)))
    }));
    assert!(list_all(&*server, Era::Legacy).await.unwrap().is_empty());
    assert_eq!(server.calls("tools/list").len(), 16);
}

#[tokio::test]
async fn a_list_that_cannot_be_had_changes_nothing() {
    let bus = Bus::started(&[READ]).await;
    bus.told();
    bus.server.lists(always(r#"{"tools":7}"#));
    assert_eq!(bus.set.update().await.unwrap_err().code, codes::BAD_ANSWER);
    bus.server.lists(at_once(|_, _| {
        Err(RpcError::new(codes::CHANNEL_LOST, "gone"))
    }));
    assert_eq!(
        bus.set.update().await.unwrap_err().code,
        codes::CHANNEL_LOST
    );
    assert_eq!(bus.ids(), ["fs.read"]);
    assert!(bus.told().is_empty());
}

#[tokio::test]
async fn what_has_not_changed_keeps_its_registration() {
    let bus = Bus::started(&[READ, WRITE]).await;
    assert_eq!(bus.ids(), ["fs.read", "fs.write"]);
    assert_eq!(
        bus.told(),
        [json!({"added": ["fs.read", "fs.write"], "removed": [], "changed": []})]
    );
    let (before, read) = (
        bus.registry.directory_version(),
        bus.index.get("fs.read").unwrap(),
    );

    bus.server.has(&[WRITE, READ]);
    assert!(bus.set.update().await.unwrap().is_empty());
    assert_eq!(
        bus.registry.directory_version(),
        before,
        "another order is no change"
    );
    assert!(bus.told().is_empty());

    bus.server.has(&[READ, WRITE_NOW, r#"{"name":"list"}"#]);
    bus.set.update().await.unwrap();
    assert_eq!(
        bus.told(),
        [json!({"added": ["fs.list"], "removed": [], "changed": ["fs.write"]})]
    );
    assert!(Arc::ptr_eq(&read, &bus.index.get("fs.read").unwrap()));
    assert_eq!(bus.index.get("fs.write").unwrap().entry.get(), WRITE_NOW);
}

#[tokio::test]
async fn w77_a_tool_that_is_gone_is_not_found() {
    let bus = Bus::started(&[READ, WRITE]).await;
    bus.told();
    bus.server.has(&[WRITE]);
    bus.set.update().await.unwrap();
    assert_eq!(bus.ids(), ["fs.write"]);
    assert!(bus.index.get("fs.read").is_none());
    assert_eq!(
        bus.told(),
        [json!({"added": [], "removed": ["fs.read"], "changed": []})]
    );
    let gone = bus.registry.execute_dyn("fs.read", json!({})).await;
    assert!(matches!(gone, Err(CommandError::NotFound(_))), "{gone:?}");

    assert_eq!(bus.set.clear().await.removed, ["fs.write"]);
    assert!(bus.ids().is_empty() && bus.index.is_empty() && bus.set.is_empty().await);
}

#[tokio::test]
async fn a_change_is_withdrawn_from_a_router_and_told_to_it() {
    let root = CommandRegistry::new(Config::default());
    let child = CommandRegistry::new(Config {
        router_channel: Some("root".to_owned()),
        ..Config::default()
    });
    let (to_root, to_child) = cmdbus::InMemoryChannel::pair("root", "child");
    tokio::spawn(root.register_channel(to_child).await.unwrap());
    tokio::spawn(child.register_channel(to_root).await.unwrap());
    let mut changes = root.directory_changes();
    let server = Server::new(&[READ, WRITE]);
    let set = ToolSet::new(child, server.clone(), ToolIndex::default(), config());
    set.update().await.unwrap();
    let there = |id: &str| root.describe_command(id).is_some();
    assert!(there("fs.read") && there("fs.write"));
    server.has(&[WRITE]);
    set.update().await.unwrap();
    while there("fs.read") {
        changes.changed().await;
    }
    assert!(there("fs.write"));
}

#[tokio::test]
async fn of_two_tools_with_one_name_the_first_counts() {
    let again = r#"{"name":"read","description":"Reads otherwise."}"#;
    let bus = Bus::started(&[READ, again, "7", r#"{"title":"nameless"}"#]).await;
    let (definition, _) = bus.registry.describe_command("fs.read").unwrap();
    assert_eq!(definition.description.as_deref(), Some("Reads."));
    assert_eq!(bus.ids(), ["fs.read"]);
}

#[tokio::test]
async fn a_command_of_somebody_else_stays_theirs() {
    let bus = Bus::with(config(), &[READ, WRITE]);
    let theirs = DynCommand::new("fs.read", |_: Value| async { Ok("theirs") });
    bus.registry.register_command(theirs).await.unwrap();
    let changes = bus.set.update().await.unwrap();
    assert_eq!(changes.added, ["fs.write"]);
    assert!(bus.index.get("fs.read").is_none());
    assert_eq!(
        bus.registry
            .execute_dyn("fs.read", json!({}))
            .await
            .unwrap(),
        "theirs"
    );

    // Two servers that would have the same id: the second one neither takes it nor, on its way out, takes it away.
    let mine = bus.index.get("fs.write").unwrap();
    let other = ToolSet::new(
        bus.registry.clone(),
        Server::new(&[WRITE]),
        bus.index.clone(),
        config(),
    );
    assert!(other.update().await.unwrap().is_empty());
    other.clear().await;
    assert!(Arc::ptr_eq(&mine, &bus.index.get("fs.write").unwrap()));

    // Once the id is free, the next look takes it.
    assert!(bus.registry.unregister_command("fs.read"));
    assert_eq!(bus.set.update().await.unwrap().added, ["fs.read"]);
}

#[tokio::test]
async fn w78_a_tool_that_has_passed_this_bus_does_not_come_back_to_it() {
    let through = |name: &str, buses: &[&str]| {
        json!({"name": name, "_meta": {"dev.cmdbus/origin": buses}}).to_string()
    };
    let many: Vec<String> = (0..9).map(|bus| bus.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let entries = [
        through("own", &["other", "this-bus"]),
        through("far", &many),
        through("near", &many[..8]),
    ];
    let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
    let bus = Bus::started(&entries).await;
    assert_eq!(bus.ids(), ["fs.near"]);
}

#[tokio::test]
async fn without_a_prefix_private_names_are_skipped() {
    let config = ToolSetConfig {
        prefix: None,
        ..config()
    };
    let bus = Bus::with(config, &[READ, r#"{"name":"_own"}"#, r#"{"name":""}"#]);
    bus.set.update().await.unwrap();
    assert_eq!(bus.ids(), ["read"]);
    bus.registry.execute_dyn("read", json!({})).await.unwrap();
    let private = bus.registry.execute_dyn("_own", json!({})).await;
    assert!(
        matches!(private, Err(CommandError::NotFound(_))),
        "{private:?}"
    );
}

#[tokio::test]
async fn a_call_has_the_tools_own_name_and_the_request_as_arguments() {
    let bus = Bus::started(&[r#"{"name":"read.all"}"#]).await;
    let params = bus
        .registry
        .execute_dyn("fs.read.all", json!({"a": 1}))
        .await
        .unwrap();
    let params = &params["params"];
    assert_eq!(params["name"], "read.all");
    assert_eq!(params["arguments"], json!({"a": 1}));
    assert_eq!(
        params["_meta"].as_object().unwrap().len(),
        1,
        "only a progress token: {params}"
    );

    let params = bus
        .registry
        .execute_dyn("fs.read.all", Value::Null)
        .await
        .unwrap();
    assert_eq!(params["params"]["arguments"], json!({}));
    let refused = bus.registry.execute_dyn("fs.read.all", json!([1])).await;
    assert!(
        matches!(refused, Err(CommandError::InvalidRequest { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_modern_server_is_told_with_every_request_who_asks() {
    let config = ToolSetConfig {
        era: Era::Modern,
        ..config()
    };
    let bus = Bus::with(config, &[READ]);
    bus.set.update().await.unwrap();
    bus.registry
        .execute_dyn("fs.read", Value::Null)
        .await
        .unwrap();
    for call in [
        bus.server.calls("tools/list"),
        bus.server.calls("tools/call"),
    ]
    .concat()
    {
        let params = call.params.unwrap();
        let member =
            |name| splice::get(&params, &["_meta", name]).map(|member| member.get().to_owned());
        let version = member("io.modelcontextprotocol/protocolVersion");
        assert_eq!(
            version.as_deref(),
            Some("\"2026-07-28\""),
            "{}",
            call.method
        );
        let can = member("io.modelcontextprotocol/clientCapabilities");
        assert_eq!(can.as_deref(), Some("{}"));
        assert_eq!(call.era, Era::Modern);
    }
}

#[tokio::test]
async fn the_deadline_of_the_caller_is_the_limit_of_the_call() {
    let bus = Bus::started(&[READ]).await;
    bus.registry
        .execute_dyn("fs.read", Value::Null)
        .await
        .unwrap();
    assert_eq!(bus.server.calls("tools/call")[0].limits, Limits::CALL);

    let asked = Duration::from_secs(3600);
    bus.registry
        .call_dyn("fs.read", Value::Null)
        .timeout(asked)
        .await
        .unwrap();
    let limits = bus.server.calls("tools/call")[1].limits;
    let total = limits.total.unwrap();
    assert!(total <= asked && total > asked / 2, "{total:?}");
    assert_eq!(limits.idle, None, "so much time was asked for");
}

#[tokio::test]
async fn a_caller_that_goes_away_takes_the_call_along() {
    let bus = Bus::started(&[READ]).await;
    bus.server.serves(never());
    let call = bus.registry.call_dyn("fs.read", Value::Null).into_future();
    assert!(call.now_or_never().is_none());
    assert_eq!(bus.server.calls("tools/call").len(), 1);
    assert_eq!(bus.server.dropped(), 1);
}

#[tokio::test]
async fn progress_of_the_server_is_progress_of_the_command() {
    let bus = Bus::started(&[READ]).await;
    bus.server.serves(at_once(|call, hears| {
        report(call, hears, 1.0, "half");
        hears(FromServer::Notification {
            method: "notifications/progress".to_owned(),
            params: Some(text(r#"{"progress":"much"}"#)),
        });
        report(call, hears, 2.0, "all");
        Ok(text(r#"{"content":[]}"#))
    }));
    let reports = Arc::new(Mutex::new(Vec::new()));
    let heard = reports.clone();
    bus.registry
        .call_dyn("fs.read", Value::Null)
        .on_progress(move |report| {
            heard
                .lock()
                .unwrap()
                .push((report.progress, report.total, report.message));
        })
        .await
        .unwrap();
    let told = |progress, message: &str| (progress, Some(2.0), Some(message.to_owned()));
    assert_eq!(
        *reports.lock().unwrap(),
        [told(1.0, "half"), told(2.0, "all")]
    );
}

#[tokio::test]
async fn calls_in_progress_never_share_a_token() {
    let bus = Bus::started(&[READ]).await;
    for _ in 0..3 {
        bus.registry
            .execute_dyn("fs.read", Value::Null)
            .await
            .unwrap();
    }
    let token = |call: &cmdbus_mcp::carry::Call| {
        splice::get_str(call.params.as_ref().unwrap(), &["_meta", "progressToken"]).unwrap()
    };
    let mut tokens: Vec<_> = bus.server.calls("tools/call").iter().map(token).collect();
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), 3);
}

#[tokio::test]
async fn a_request_of_the_server_within_a_call_is_refused() {
    let bus = Bus::started(&[READ]).await;
    bus.server.serves(Arc::new(|_, hears| {
        async move {
            let (answer, wait) = Answer::pair();
            hears(FromServer::Request {
                method: "sampling/createMessage".to_owned(),
                params: None,
                answer,
            });
            let code = wait.await.unwrap().unwrap_err().code;
            Ok(raw(&json!({"structuredContent": {"code": code}})))
        }
        .boxed()
    }));
    let result = bus
        .registry
        .execute_dyn("fs.read", Value::Null)
        .await
        .unwrap();
    assert_eq!(result, json!({"code": codes::METHOD_NOT_FOUND}));
}

#[tokio::test]
async fn a_server_that_needs_a_person_is_no_command() {
    let bus = Bus::started(&[READ]).await;
    bus.server.serves(always(
        r#"{"resultType":"input_required","inputRequests":{}}"#,
    ));
    match bus.registry.execute_dyn("fs.read", Value::Null).await {
        Err(CommandError::InvalidRequest { message, .. }) => {
            assert_eq!(
                message,
                "needs input from a person: use the pass-through endpoint"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn errors_of_the_carrier_keep_their_meaning() {
    let bus = Bus::started(&[READ]).await;
    for (code, expected) in [
        (codes::TIMEOUT, "timeout"),
        (codes::CHANNEL_LOST, "channel_disconnected"),
        (codes::UPSTREAM_FAILED, "channel_disconnected"),
        (codes::NOT_FOUND, "channel_disconnected"),
        (codes::INVALID_PARAMS, "invalid_request"),
        (codes::METHOD_NOT_FOUND, "not_found"),
        (codes::OVERLOADED, "internal_error"),
    ] {
        bus.server.serves(at_once(move |_, _| {
            Err(RpcError::new(code, "said the server"))
        }));
        let error = bus
            .registry
            .execute_dyn("fs.read", Value::Null)
            .await
            .unwrap_err();
        assert_eq!(error.to_wire("fs.read").code.as_str(), expected, "{code}");
    }
}

#[tokio::test]
async fn raw_results_are_whole_call_results() {
    let result = json!({
        "content": [{"type": "image", "data": "AA==", "mimeType": "image/png"}, {"type": "text", "text": "two"}],
        "structuredContent": {"a": 1},
        "_meta": {"x": true},
    });
    for (results, expected) in [
        (ResultMode::Raw, result.clone()),
        (ResultMode::Value, json!({"a": 1})),
    ] {
        let config = ToolSetConfig {
            results,
            ..config()
        };
        let bus = Bus::with(config, &[READ]);
        bus.set.update().await.unwrap();
        bus.server.serves(always(&result.to_string()));
        let answer = bus
            .registry
            .execute_dyn("fs.read", Value::Null)
            .await
            .unwrap();
        assert_eq!(answer, expected, "{results:?}");
    }
}

#[tokio::test]
async fn a_tool_is_listed_with_its_schemas() {
    let entry = r#"{"name":"sum","inputSchema":{"type":"object","properties":{"a":{"type":"number"}}},"outputSchema":{"type":"object"}}"#;
    let bus = Bus::started(&[entry]).await;
    let (definition, _) = bus.registry.describe_command("fs.sum").unwrap();
    let schema = definition.schema.unwrap();
    assert_eq!(schema.request.unwrap()["properties"]["a"]["type"], "number");
    let response = schema.response.unwrap();
    assert_eq!(response["type"], "object");
    assert!(response.get(STREAM_KEYWORD).is_none());
}

#[tokio::test]
async fn a_tool_can_be_called_past_the_conversion() {
    let bus = Bus::started(&[READ]).await;
    let answer = r#"{"content":[], "x":1.10,"big":123456789012345678901234567890}"#;
    bus.server.serves(always(answer));
    let params = text(r#"{"arguments":{"n":1.10},"name":"anything","_meta":{"k":1e2}}"#);
    let tool = bus.index.get("fs.read").unwrap();
    let headers = vec![("traceparent".to_owned(), "00".to_owned())];
    let result = tool
        .call_raw(
            &params,
            Limits::SHORT,
            headers.clone(),
            cmdbus_mcp::carry::deaf(),
        )
        .await;
    assert_eq!(result.unwrap().get(), answer);
    let call = bus.server.calls("tools/call").pop().unwrap();
    assert_eq!((call.limits, call.headers), (Limits::SHORT, headers));
    assert_eq!(
        bus.server.last_params().get(),
        r#"{"arguments":{"n":1.10},"name":"read","_meta":{"k":1e2}}"#
    );
}
