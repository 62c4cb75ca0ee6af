//! What a client calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cmdbus::{CallContext, CommandError, CommandRegistry, DynCommand};
use cmdbus_mcp::server::ServerConfig;
use rmcp::model::{ClientRequest, Request, RequestMetaObject};
use rmcp::service::PeerRequestOptions;
use serde_json::{Value, json};

use super::{connect, legacy, modern, registry, request, until};

async fn returns(registry: &CommandRegistry, id: &str, value: Value) {
    let command = DynCommand::new(id, move |_: Value| {
        let value = value.clone();
        async move { Ok(value) }
    });
    registry.register_command(command).await.unwrap();
}

/// Adds a command that never ends, and counts how often it began and was dropped.
async fn hangs(registry: &CommandRegistry, id: &str) -> (Arc<AtomicUsize>, Arc<AtomicUsize>) {
    struct Dropped(Arc<AtomicUsize>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let counts = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let (begun, dropped) = counts.clone();
    let command = DynCommand::new(id, move |_: Value| {
        begun.fetch_add(1, Ordering::SeqCst);
        let guard = Dropped(dropped.clone());
        async move {
            let _guard = guard;
            std::future::pending::<Result<(), CommandError>>().await
        }
    });
    registry.register_command(command).await.unwrap();
    counts
}

fn text(result: &rmcp::model::CallToolResult) -> Vec<String> {
    let blocks = result.content.iter();
    blocks
        .map(|block| block.as_text().unwrap().text.clone())
        .collect()
}

#[tokio::test]
async fn w75_structured_content_is_an_object_and_nothing_is_no_text() {
    let registry = registry();
    returns(&registry, "nothing", Value::Null).await;
    returns(&registry, "text", json!("plain")).await;
    returns(&registry, "list", json!([1])).await;
    returns(&registry, "object", json!({"a": 1})).await;
    let session = connect(&registry, ServerConfig::default(), legacy()).await;
    for (name, texts, structured) in [
        ("nothing", &[][..], None),
        ("text", &["plain"][..], None),
        ("list", &["[1]"][..], None),
        ("object", &["{\"a\":1}"][..], Some(json!({"a": 1}))),
    ] {
        let result = session.call(name, json!({})).await.unwrap();
        assert_eq!(
            (&*text(&result), result.structured_content),
            (
                &*texts
                    .iter()
                    .map(|text| (*text).to_owned())
                    .collect::<Vec<_>>(),
                structured
            ),
            "{name}"
        );
        assert_ne!(result.is_error, Some(true));
    }
}

#[tokio::test]
async fn w75_a_wrapped_request_is_unwrapped() {
    let registry = registry();
    let double = DynCommand::new("double", |n: i64| async move { Ok(2 * n) })
        .request_schema(json!({"type": "integer"}));
    registry.register_command(double).await.unwrap();
    let session = connect(&registry, ServerConfig::default(), legacy()).await;
    let result = session.call("double", json!({"value": 21})).await.unwrap();
    assert_eq!(text(&result), ["42"]);
}

#[tokio::test]
async fn w75_a_result_that_breaks_its_promise_says_so() {
    let registry = registry();
    let broken = DynCommand::new("broken", |_: Value| async { Ok(7) })
        .response_schema(json!({"type": "object"}));
    registry.register_command(broken).await.unwrap();
    let session = connect(&registry, ServerConfig::default(), legacy()).await;
    let result = session.call("broken", json!({})).await.unwrap();
    assert_eq!(result.is_error, Some(true));
    assert_eq!(result.structured_content, None);
    assert_eq!(
        result.meta.unwrap()["dev.cmdbus/error"]["code"],
        "internal_error"
    );
}

#[tokio::test]
async fn w76_not_found_of_a_handler_is_not_an_unknown_tool() {
    let registry = registry();
    let read = DynCommand::new("read", |_: Value| async {
        Err::<Value, _>(CommandError::NotFound("the file".to_owned()))
    });
    registry.register_command(read).await.unwrap();
    let (private, _) = hangs(&registry, "_private").await;
    let session = connect(&registry, ServerConfig::default(), legacy()).await;
    let result = session.call("read", json!({})).await.unwrap();
    assert_eq!(result.is_error, Some(true));
    assert_eq!(result.structured_content.unwrap()["code"], "not_found");
    for name in ["none", "_private"] {
        let error = session.refused(name, json!({})).await;
        assert_eq!(
            (error.code.0, &*error.message),
            (-32602, &*format!("unknown tool: {name}"))
        );
    }
    assert_eq!(
        private.load(Ordering::SeqCst),
        0,
        "the registry was not asked"
    );
}

#[tokio::test]
async fn w76_a_call_that_ran_out_of_time_leaves_nothing_behind() {
    let registry = registry();
    let (begun, dropped) = hangs(&registry, "hang").await;
    let config = ServerConfig {
        timeout: Duration::from_millis(50),
        ..ServerConfig::default()
    };
    let session = connect(&registry, config, legacy()).await;
    let begin = Instant::now();
    let error = session.refused("hang", json!({})).await;
    assert_eq!(error.code.0, -32603);
    assert!(error.message.contains("time limit"), "{}", error.message);
    assert!(begin.elapsed() >= Duration::from_millis(50));
    assert_eq!(begun.load(Ordering::SeqCst), 1);
    until(|| dropped.load(Ordering::SeqCst) == 1).await;
    until(|| registry.load().outstanding == 0 && registry.load().running == 0).await;
}

#[tokio::test]
async fn a_client_can_say_how_long_it_waits() {
    let registry = registry();
    let remaining = DynCommand::new("remaining", |_: Value| async {
        let remaining = CallContext::current().unwrap().remaining();
        Ok(remaining.map(|remaining| remaining.as_secs()))
    });
    registry.register_command(remaining).await.unwrap();
    let session = connect(&registry, ServerConfig::default(), legacy()).await;
    let default = session.call("remaining", json!({})).await.unwrap();
    assert!(
        matches!(text(&default)[0].parse(), Ok(25..=30)),
        "{default:?}"
    );
    let mut meta = RequestMetaObject::new();
    meta.insert("cmdbus-timeout-ms".to_owned(), 3_600_000.into());
    let mut params = request("remaining", json!({}));
    params.meta = Some(meta);
    let asked = session.client.call_tool(params).await.unwrap();
    assert!(
        matches!(text(&asked)[0].parse(), Ok(3500..=3600)),
        "{asked:?}"
    );
}

#[tokio::test]
async fn a_client_that_cancels_stops_the_handler() {
    let registry = registry();
    let (begun, dropped) = hangs(&registry, "hang").await;
    for lifecycle in [legacy(), modern()] {
        let before = dropped.load(Ordering::SeqCst);
        let session = connect(&registry, ServerConfig::default(), lifecycle).await;
        let call = ClientRequest::CallToolRequest(Request::new(request("hang", json!({}))));
        let handle = session
            .client
            .send_cancellable_request(call, PeerRequestOptions::no_options())
            .await
            .unwrap();
        until(|| begun.load(Ordering::SeqCst) == before + 1).await;
        handle.cancel(None).await.unwrap();
        until(|| dropped.load(Ordering::SeqCst) == before + 1).await;
        assert_eq!(registry.list_channels(), ["mcp"], "and nothing else ended");
        session.client.cancel().await.unwrap();
        session.driver.await.unwrap();
    }
}

// Time is paused: rmcp gives calls in progress 5 s to be answered when a client has closed its side.
#[tokio::test(start_paused = true)]
async fn a_client_that_goes_away_stops_its_handlers() {
    let registry = registry();
    let (begun, dropped) = hangs(&registry, "hang").await;
    let session = connect(&registry, ServerConfig::default(), legacy()).await;
    let peer = session.client.peer().clone();
    let call = tokio::spawn(async move { peer.call_tool(request("hang", json!({}))).await });
    until(|| begun.load(Ordering::SeqCst) == 1).await;
    session.client.cancel().await.unwrap();
    until(|| dropped.load(Ordering::SeqCst) == 1).await;
    session.driver.await.unwrap();
    assert!(call.await.unwrap().is_err());
}

#[tokio::test]
async fn progress_of_a_handler_reaches_the_client_before_the_answer() {
    let registry = registry();
    let slow = DynCommand::new("slow", |_: Value| async {
        let context = CallContext::current().unwrap();
        context.progress(1.0, 2.0, "half");
        tokio::time::sleep(Duration::from_millis(120)).await;
        context.progress(2.0, 2.0, "all");
        Ok(())
    });
    registry.register_command(slow).await.unwrap();
    for lifecycle in [legacy(), modern()] {
        let session = connect(&registry, ServerConfig::default(), lifecycle).await;
        session.call("slow", json!({})).await.unwrap();
        let said = |progress, message: &str| (progress, Some(message.to_owned()));
        // The client runs each notification in a task of its own.
        until(|| session.told.progress.lock().unwrap().len() == 2).await;
        assert_eq!(
            *session.told.progress.lock().unwrap(),
            [said(1.0, "half"), said(2.0, "all")]
        );
        session.client.cancel().await.unwrap();
        session.driver.await.unwrap();
    }
}

#[tokio::test]
async fn an_error_is_a_result_that_a_model_can_read() {
    let registry = registry();
    let fail = |id: &'static str| {
        DynCommand::new(id, move |_: Value| async move {
            Err::<Value, _>(CommandError::InvalidRequest {
                command_id: id.to_owned(),
                message: "no such file".to_owned(),
            })
        })
    };
    registry.register_command(fail("plain")).await.unwrap();
    let promising = fail("promising").response_schema(json!({"type": "object"}));
    registry.register_command(promising).await.unwrap();
    let session = connect(&registry, ServerConfig::default(), modern()).await;
    let plain = session.call("plain", json!({})).await.unwrap();
    assert_eq!(plain.is_error, Some(true));
    let object = plain.structured_content.unwrap();
    assert_eq!(object["code"], "invalid_request");
    assert!(object["message"].as_str().unwrap().contains("no such file"));
    assert_eq!(
        serde_json::from_str::<Value>(&plain.content[0].as_text().unwrap().text).unwrap(),
        object
    );
    // A client would check it against the output schema, and report that in place of the error.
    let promising = session.call("promising", json!({})).await.unwrap();
    assert_eq!(promising.structured_content, None);
    assert_eq!(
        promising.meta.unwrap()["dev.cmdbus/error"]["code"],
        "invalid_request"
    );
}

#[tokio::test]
async fn calls_of_one_client_run_side_by_side() {
    let registry = registry();
    let (begun, _) = hangs(&registry, "hang").await;
    super::add(&registry, "echo").await;
    let session = connect(&registry, ServerConfig::default(), legacy()).await;
    let hanging = session.call("hang", json!({}));
    tokio::select! {
        _ = hanging => panic!("it never ends"),
        result = async {
            until(|| begun.load(Ordering::SeqCst) == 1).await;
            session.call("echo", json!({"n": 1})).await
        } => assert_eq!(result.unwrap().structured_content, Some(json!({"n": 1}))),
    }
}
