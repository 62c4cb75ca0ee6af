//! Calls of commands.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cmdbus::{CallContext, CommandError, DynCommand};
use cmdbus_mcp::carry::{Call, Limits, deaf};
use cmdbus_mcp::rpc::{Era, codes, raw};
use futures_util::{FutureExt, stream};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Bus, ear};

impl Bus {
    /// Adds a command that returns a value.
    async fn returns(&self, id: &str, value: Value) {
        let command = DynCommand::new(id, move |_: Value| {
            let value = value.clone();
            async move { Ok(value) }
        });
        self.registry.register_command(command).await.unwrap();
    }

    /// Adds a command that fails.
    async fn fails(&self, id: &str, fail: fn() -> CommandError) {
        let command = DynCommand::new(id, move |_: Value| async move { Err::<Value, _>(fail()) });
        self.registry.register_command(command).await.unwrap();
    }

    /// Adds a command that reports every 40 s, if at all, and never ends. Returns how often it was dropped.
    async fn hangs(&self, id: &str, reports: bool) -> Arc<AtomicUsize> {
        struct Dropped(Arc<AtomicUsize>);
        impl Drop for Dropped {
            fn drop(&mut self) {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
        let dropped = Arc::new(AtomicUsize::new(0));
        let count = dropped.clone();
        let command = DynCommand::new(id, move |_: Value| {
            let dropped = Dropped(count.clone());
            async move {
                let _dropped = dropped;
                let context = CallContext::current().unwrap();
                let mut done = 0.0;
                loop {
                    tokio::time::sleep(Duration::from_secs(40)).await;
                    done += 1.0;
                    if reports {
                        context.progress(done, None, None);
                    }
                    if done > 1000.0 {
                        return Ok(done);
                    }
                }
            }
        });
        self.registry.register_command(command).await.unwrap();
        dropped
    }
}

#[tokio::test]
async fn results_are_told_as_the_era_can_tell_them() {
    let bus = Bus::new();
    bus.returns("r.nothing", Value::Null).await;
    bus.returns("r.text", json!("plain")).await;
    bus.returns("r.list", json!([1, 2])).await;
    bus.returns("r.object", json!({"a": 1})).await;
    let text = |text: &str| json!([{"type": "text", "text": text}]);
    for (name, content, legacy, modern) in [
        ("r_nothing", json!([]), None, None),
        ("r_text", text("plain"), None, None),
        ("r_list", text("[1,2]"), None, Some(json!([1, 2]))),
        (
            "r_object",
            text("{\"a\":1}"),
            Some(json!({"a": 1})),
            Some(json!({"a": 1})),
        ),
    ] {
        let old = bus.call(Era::Legacy, name, json!({})).await.unwrap();
        assert_eq!(
            (&old["content"], old.get("structuredContent")),
            (&content, legacy.as_ref()),
            "{name}"
        );
        assert_eq!(old.get("resultType"), None);
        let new = bus.call(Era::Modern, name, json!({})).await.unwrap();
        assert_eq!(
            (&new["content"], new.get("structuredContent")),
            (&content, modern.as_ref()),
            "{name}"
        );
        assert_eq!(new["resultType"], "complete");
        assert_eq!(
            new["_meta"]["io.modelcontextprotocol/serverInfo"]["name"],
            "cmdbus"
        );
    }
}

#[tokio::test]
async fn what_is_no_object_is_wrapped_and_unwrapped() {
    let bus = Bus::new();
    let echo = DynCommand::new("echo", |request: Value| async move { Ok(request) })
        .request_schema(json!({"type": "integer"}));
    bus.registry.register_command(echo).await.unwrap();
    let result = bus
        .call(Era::Modern, "echo", json!({"value": 7}))
        .await
        .unwrap();
    assert_eq!(result["structuredContent"], 7);
}

#[tokio::test]
async fn a_call_that_is_none_is_refused() {
    let bus = Bus::new().with(&["a.b"]).await;
    for params in [
        r#"{}"#,
        r#"{"name":7}"#,
        r#"{"name":"a_b","arguments":[]}"#,
        r#"{"name":"a_b","arguments":"{}"}"#,
        r#"{"name":"a_b","name":"a_b"}"#,
        r#"[]"#,
    ] {
        let error = bus
            .ask_raw(Era::Legacy, "tools/call", super::scripted::text(params))
            .await
            .unwrap_err();
        assert_eq!(error.code, codes::INVALID_PARAMS, "{params}");
    }
    let none = bus
        .ask_call(Call::new(Era::Legacy, "tools/call", None), deaf())
        .await;
    assert_eq!(none.unwrap_err().code, codes::INVALID_PARAMS);
    for params in [r#"{"name":"a_b"}"#, r#"{"name":"a_b","arguments":null}"#] {
        let params = super::scripted::text(params);
        bus.ask_raw(Era::Legacy, "tools/call", params)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn w76_not_found_of_a_handler_is_not_an_unknown_tool() {
    let bus = Bus::new();
    bus.fails("f.read", || CommandError::NotFound("the file".to_owned()))
        .await;
    let result = bus.call(Era::Legacy, "f_read", json!({})).await.unwrap();
    assert_eq!(result["isError"], true);
    assert_eq!(result["_meta"]["dev.cmdbus/error"]["code"], "not_found");
    assert_eq!(result.get("structuredContent"), None);

    assert!(bus.registry.unregister_command("f.read"));
    let error = bus
        .call(Era::Legacy, "f_read", json!({}))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, &*error.message),
        (codes::INVALID_PARAMS, "unknown tool: f_read")
    );
}

#[tokio::test]
async fn what_the_bus_did_and_what_the_command_said_stay_apart() {
    let bus = Bus::new();
    bus.fails("f.late", || CommandError::Timeout).await;
    bus.fails("f.lost", || CommandError::ChannelDisconnected)
        .await;
    bus.fails("f.wrong", || CommandError::InvalidRequest {
        command_id: "f.wrong".to_owned(),
        message: "no".to_owned(),
    })
    .await;
    let late = bus
        .call(Era::Legacy, "f_late", json!({}))
        .await
        .unwrap_err();
    let lost = bus
        .call(Era::Legacy, "f_lost", json!({}))
        .await
        .unwrap_err();
    assert_eq!(
        (late.code, lost.code),
        (codes::TIMEOUT, codes::CHANNEL_LOST)
    );
    let wrong = bus.call(Era::Modern, "f_wrong", json!({})).await.unwrap();
    assert_eq!(wrong["isError"], true);
    assert_eq!(
        wrong["_meta"]["dev.cmdbus/error"]["code"],
        "invalid_request"
    );
    assert_eq!(wrong["resultType"], "complete");
}

#[tokio::test]
async fn private_commands_cannot_be_called_even_by_the_owner() {
    let bus = Bus::new().with(&["_secret.key"]).await;
    for name in ["_secret.key", "_secret_key"] {
        let error = bus.call(Era::Legacy, name, json!({})).await.unwrap_err();
        assert_eq!(error.code, codes::INVALID_PARAMS, "{name}");
    }
}

#[tokio::test]
async fn progress_of_a_command_reaches_the_client_that_gave_a_token() {
    let bus = Bus::new();
    let command = DynCommand::new("slow", |_: Value| async move {
        let context = CallContext::current().unwrap();
        context.progress(0.5, 1.0, "half");
        Ok(())
    });
    bus.registry.register_command(command).await.unwrap();
    let (hears, heard) = ear();
    let params = json!({"name": "slow", "_meta": {"progressToken": 7}});
    let call = Call::new(Era::Legacy, "tools/call", Some(raw(&params)));
    bus.ask_call(call, hears.clone()).await.unwrap();
    assert_eq!(
        *heard.lock().unwrap(),
        [(
            "notifications/progress".to_owned(),
            json!({"progressToken": 7, "progress": 0.5, "total": 1.0, "message": "half"})
        )]
    );
    let call = Call::new(
        Era::Legacy,
        "tools/call",
        Some(raw(&json!({"name": "slow"}))),
    );
    bus.ask_call(call, hears).await.unwrap();
    assert_eq!(heard.lock().unwrap().len(), 1, "nobody asked");
}

#[tokio::test]
async fn a_client_that_goes_away_takes_the_handler_along() {
    let bus = Bus::new();
    let dropped = bus.hangs("hang", false).await;
    let call = Call::new(
        Era::Legacy,
        "tools/call",
        Some(raw(&json!({"name": "hang"}))),
    );
    assert!(bus.ask_call(call, deaf()).now_or_never().is_none());
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
    let load = bus.registry.load();
    assert_eq!((load.outstanding, load.running), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_silent_command_has_its_idle_time_and_a_reporting_one_its_total() {
    let bus = Bus::new();
    let silent = bus.hangs("silent", false).await;
    let reporting = bus.hangs("reporting", true).await;
    for (name, dropped, seconds) in [("silent", silent, 60), ("reporting", reporting, 600)] {
        let begin = Instant::now();
        let error = bus.call(Era::Legacy, name, json!({})).await.unwrap_err();
        assert_eq!(error.code, codes::TIMEOUT);
        let took = begin.elapsed();
        let expected = Duration::from_secs(seconds);
        assert!(
            took >= expected && took < expected + Duration::from_secs(1),
            "{name}: {took:?}"
        );
        assert_eq!(dropped.load(Ordering::SeqCst), 1, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_limits_of_the_request_count() {
    let bus = Bus::new();
    bus.hangs("silent", false).await;
    let begin = Instant::now();
    let mut call = Call::new(
        Era::Legacy,
        "tools/call",
        Some(raw(&json!({"name": "silent"}))),
    );
    call.limits = Limits {
        idle: None,
        total: Some(Duration::from_secs(5)),
    };
    assert_eq!(
        bus.ask_call(call, deaf()).await.unwrap_err().code,
        codes::TIMEOUT
    );
    assert_eq!(begin.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_caller_can_wait_for_less_and_not_for_more_in_its_meta() {
    let bus = Bus::new();
    bus.hangs("reporting", true).await;
    for (asked, seconds) in [
        (json!(5000), 5),
        (json!(86_400_000), 600),
        (json!("5"), 600),
    ] {
        let begin = Instant::now();
        let params = json!({"name": "reporting", "_meta": {"cmdbus-timeout-ms": asked}});
        let error = bus
            .ask(Era::Legacy, "tools/call", params)
            .await
            .unwrap_err();
        assert_eq!(error.code, codes::TIMEOUT);
        assert_eq!(begin.elapsed().as_secs(), seconds, "{asked}");
    }
}

#[tokio::test]
async fn a_streaming_command_gives_its_items() {
    let bus = Bus::new();
    let count = DynCommand::streaming("count", |n: Value| {
        let n = n["n"].as_u64().unwrap_or_default();
        stream::iter((0..n).map(Ok))
    })
    .request_schema(json!({"type": "object"}))
    .item_schema(json!({"type": "integer"}));
    bus.registry.register_command(count).await.unwrap();
    let tool = bus.list(Era::Legacy).await["tools"][0].clone();
    assert_eq!(
        tool["outputSchema"]["properties"]["items"]["items"]["type"],
        "integer"
    );
    for era in [Era::Legacy, Era::Modern] {
        let result = bus.call(era, "count", json!({"n": 3})).await.unwrap();
        assert_eq!(result["structuredContent"], json!({"items": [0, 1, 2]}));
    }
}
