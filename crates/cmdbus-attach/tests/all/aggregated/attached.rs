//! Calls of tools of attached servers.

use std::time::Duration;

use cmdbus_mcp::carry::{Answer, Call, FromServer, Limits, deaf};
use cmdbus_mcp::rpc::{Era, RpcError, codes, raw, splice};
use futures_util::FutureExt;
use serde_json::{Value, json};

use super::scripted::{always, at_once, never, report, text};
use super::{Bus, ear};

const READ: &str = r#"{"name":"read"}"#;
/// A result that no typed model and no other way of writing JSON would leave as it is.
const ODD: &str = r#"{"content":[ {"type":"image","data":"AA==","mimeType":"image/png","x":null} ],"n":1.10,"big":123456789012345678901234567890,"unknown":{"b":1e2,"a":[]}}"#;

#[tokio::test]
async fn w27_a_result_goes_back_byte_for_byte() {
    let modern = ODD.replacen('{', r#"{"resultType":"complete","#, 1);
    for (caller, server_era, said, got) in [
        (Era::Legacy, Era::Legacy, ODD, ODD),
        (Era::Modern, Era::Modern, &*modern, &*modern),
        (Era::Legacy, Era::Modern, &*modern, &*modern),
        (Era::Modern, Era::Legacy, ODD, &*modern),
    ] {
        let bus = Bus::new();
        let (server, _set) = bus.attach("laptop", server_era, &[READ]).await;
        server.serves(always(said));
        let params = raw(&json!({"name": "fs_read"}));
        let result = bus.ask_raw(caller, "tools/call", params).await.unwrap();
        assert_eq!(result.get(), got, "{caller:?} {server_era:?}");
    }
}

#[tokio::test]
async fn errors_go_back_as_they_came() {
    let bus = Bus::new();
    let (server, _set) = bus.attach("laptop", Era::Legacy, &[READ]).await;
    let failed = r#"{"isError":true,"content":[{"type":"text","text":"no"}],"structuredContent":{"code":"not_found","message":"x"}}"#;
    server.serves(always(failed));
    let params = raw(&json!({"name": "fs_read"}));
    let result = bus
        .ask_raw(Era::Legacy, "tools/call", params.clone())
        .await
        .unwrap();
    assert_eq!(result.get(), failed);
    server.serves(at_once(|_, _| {
        Err(RpcError::new(-32042, "odd").with_data(&json!({"n": 1})))
    }));
    let error = bus
        .ask_raw(Era::Legacy, "tools/call", params)
        .await
        .unwrap_err();
    assert_eq!((error.code, &*error.message), (-32042, "odd"));
    assert_eq!(error.data.unwrap().get(), r#"{"n":1}"#);
}

#[tokio::test]
async fn a_request_changes_its_name_and_nothing_else() {
    let bus = Bus::new();
    let (server, _set) = bus.attach("laptop", Era::Legacy, &[READ]).await;
    let params = r#"{ "arguments":{"n":1.10,"big":123456789012345678901234567890}, "name" : "fs_read","_meta":{"progressToken":"q7","k":1e2},"more":[]}"#;
    let mut call = Call::new(Era::Legacy, "tools/call", Some(text(params)));
    call.headers = vec![("traceparent".to_owned(), "00".to_owned())];
    bus.ask_call(call.clone(), deaf()).await.unwrap();
    assert_eq!(
        server.last_params().get(),
        params.replace("fs_read", "read")
    );
    assert_eq!(server.calls("tools/call")[0].headers, call.headers);
}

#[tokio::test]
async fn a_second_name_does_not_reach_a_tool_behind_the_back_of_the_first() {
    let bus = Bus::new();
    let (server, _set) = bus
        .attach("laptop", Era::Legacy, &[READ, r#"{"name":"write"}"#])
        .await;
    let bus = bus.seen_by(&["call:fs.read"]);
    for params in [
        r#"{"name":"fs_read","name":"write"}"#,
        r#"{"name":"fs_read","\u006eame":"write"}"#,
    ] {
        let error = bus
            .ask_raw(Era::Legacy, "tools/call", text(params))
            .await
            .unwrap_err();
        assert_eq!(error.code, codes::INVALID_PARAMS, "{params}");
    }
    assert!(server.calls("tools/call").is_empty());
}

#[tokio::test]
async fn w42_the_meta_of_a_request_is_that_of_the_servers_era() {
    let version = "io.modelcontextprotocol/protocolVersion";
    let capabilities = "io.modelcontextprotocol/clientCapabilities";
    let modern = json!({
        version: "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "c", "version": "1"},
        capabilities: {"elicitation": {}},
        "progressToken": 1,
    });
    let legacy = json!({"progressToken": 1});
    for (caller, server_era, meta, named, can) in [
        (Era::Legacy, Era::Legacy, &legacy, None, None),
        (Era::Modern, Era::Legacy, &modern, None, None),
        (
            Era::Modern,
            Era::Modern,
            &modern,
            Some("c"),
            Some(json!({"elicitation": {}})),
        ),
        (
            Era::Legacy,
            Era::Modern,
            &legacy,
            Some("cmdbus"),
            Some(json!({})),
        ),
    ] {
        let bus = Bus::new();
        let (server, _set) = bus.attach("laptop", server_era, &[READ]).await;
        let params = json!({"name": "fs_read", "_meta": meta});
        bus.ask(caller, "tools/call", params).await.unwrap();
        let sent: Value = serde_json::from_str(server.last_params().get()).unwrap();
        let sent = &sent["_meta"];
        assert_eq!(
            sent["io.modelcontextprotocol/clientInfo"]["name"].as_str(),
            named,
            "{caller:?}"
        );
        assert_eq!(sent.get(capabilities), can.as_ref());
        assert_eq!(sent.get(version).is_some(), server_era == Era::Modern);
        assert_eq!(sent["progressToken"], 1);
    }
}

#[tokio::test]
async fn only_a_modern_caller_is_asked_for_more() {
    let bus = Bus::new();
    let (server, _set) = bus.attach("laptop", Era::Modern, &[READ]).await;
    let asks = r#"{"resultType":"input_required","inputRequests":{"q":{"method":"elicitation/create"}},"requestState":"s"}"#;
    server.serves(always(asks));
    let params = raw(&json!({"name": "fs_read"}));
    let modern = bus
        .ask_raw(Era::Modern, "tools/call", params)
        .await
        .unwrap();
    assert_eq!(modern.get(), asks);
    let legacy = bus.call(Era::Legacy, "fs_read", json!({})).await.unwrap();
    assert_eq!(legacy["isError"], true);
    assert_eq!(
        legacy["_meta"]["dev.cmdbus/error"]["code"],
        "invalid_request"
    );
    assert_eq!(
        legacy["content"][0]["text"],
        "needs input from a person: use the pass-through endpoint"
    );
}

#[tokio::test]
async fn progress_and_log_follow_the_call_and_nothing_else_does() {
    let bus = Bus::new();
    let (server, _set) = bus.attach("laptop", Era::Legacy, &[READ]).await;
    server.serves(std::sync::Arc::new(|call, hears| {
        async move {
            report(&call, &hears, 1.0, "half");
            for method in ["notifications/message", "notifications/tools/list_changed"] {
                hears(FromServer::Notification {
                    method: method.to_owned(),
                    params: Some(text(r#"{"data":1.10}"#)),
                });
            }
            let (answer, wait) = Answer::pair();
            hears(FromServer::Request {
                method: "elicitation/create".to_owned(),
                params: None,
                answer,
            });
            Err(wait.await.unwrap().unwrap_err())
        }
        .boxed()
    }));
    let (hears, heard) = ear();
    let params = json!({"name": "fs_read", "_meta": {"progressToken": "q7"}});
    let call = Call::new(Era::Legacy, "tools/call", Some(raw(&params)));
    let error = bus.ask_call(call, hears).await.unwrap_err();
    assert_eq!(
        error.code,
        codes::METHOD_NOT_FOUND,
        "the server's request was refused"
    );
    let methods: Vec<_> = heard
        .lock()
        .unwrap()
        .iter()
        .map(|(method, _)| method.clone())
        .collect();
    assert_eq!(methods, ["notifications/progress", "notifications/message"]);
    assert_eq!(heard.lock().unwrap()[0].1["progressToken"], "q7");
}

#[tokio::test]
async fn a_client_that_goes_away_cancels_the_call_on_its_server() {
    let bus = Bus::new();
    let (server, _set) = bus.attach("laptop", Era::Legacy, &[READ]).await;
    server.serves(never());
    let call = Call::new(
        Era::Legacy,
        "tools/call",
        Some(raw(&json!({"name": "fs_read"}))),
    );
    assert!(bus.ask_call(call, deaf()).now_or_never().is_none());
    assert_eq!((server.calls("tools/call").len(), server.dropped()), (1, 1));
}

#[tokio::test]
async fn the_limits_are_those_of_the_request_else_of_the_tool() {
    let bus = Bus::new();
    let (server, _set) = bus.attach("laptop", Era::Legacy, &[READ]).await;
    let wished = Limits {
        idle: None,
        total: Some(Duration::from_secs(7)),
    };
    for limits in [Limits::CALL, wished] {
        let params = raw(&json!({"name": "fs_read"}));
        let mut call = Call::new(Era::Legacy, "tools/call", Some(params));
        call.limits = limits;
        bus.ask_call(call, deaf()).await.unwrap();
        assert_eq!(server.calls("tools/call").pop().unwrap().limits, limits);
    }
}

#[tokio::test]
async fn a_tool_that_is_gone_is_unknown() {
    let bus = Bus::new();
    let (server, set) = bus.attach("laptop", Era::Legacy, &[READ]).await;
    server.has(&[]);
    set.update().await.unwrap();
    let error = bus
        .call(Era::Legacy, "fs_read", json!({}))
        .await
        .unwrap_err();
    assert_eq!(error.code, codes::INVALID_PARAMS);
    assert!(
        splice::get(&raw(&bus.list(Era::Legacy).await), &["tools"])
            .unwrap()
            .get()
            == "[]"
    );
}
