//! One child, by itself.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cmdbus_mcp::carry::{Carrier as _, FromServer, deaf};
use cmdbus_mcp::rpc::{Raw, RpcError, codes, raw};
use cmdbus_mcp::upstream::stdio::{StdioCommand, StdioConnection, no_logs};
use cmdbus_mcp::upstream::{Connection as _, Ended};
use serde_json::json;

use super::{call, child, ear, is_alive, method, tool, until, value, within};

fn start() -> StdioConnection {
    StdioConnection::spawn(&child::command("legacy"), deaf(), no_logs()).unwrap()
}

async fn ask(connection: &StdioConnection, name: &str) -> Result<Raw, RpcError> {
    connection.call(tool(name), deaf()).await
}

#[tokio::test]
async fn results_and_params_pass_byte_for_byte() {
    let child = start();
    let result = ask(&child, "raw").await.unwrap();
    assert_eq!(
        result.get(),
        r#"{"z":1.10,"a":123456789012345678901234567890,"vendor":null}"#
    );
    child.close().await;
}

#[tokio::test]
async fn w44_an_error_of_the_server_stays_what_it_is() {
    let child = start();
    let error = ask(&child, "error").await.unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (-32001, "No such session")
    );
    assert_eq!(error.data.unwrap().get(), r#"{"b":1.10,"a":null}"#);
    child.close().await;
}

#[tokio::test]
async fn garbage_on_stdout_is_counted_out_without_its_content_and_harms_no_call() {
    let said = Arc::new(Mutex::new(Vec::new()));
    let logs = {
        let said = said.clone();
        Arc::new(move |_, text| said.lock().unwrap().push(text))
    };
    let child = StdioConnection::spawn(&child::command("legacy"), deaf(), logs).unwrap();
    assert_eq!(ask(&child, "garbage").await.unwrap().get(), "\"after\"");
    child.close().await;
    let said = said.lock().unwrap();
    let lines: Vec<_> = said
        .iter()
        .filter(|text| text.contains("is no message"))
        .collect();
    assert!(
        lines
            .iter()
            .any(|text| *text == "a line of 17 bytes on stdout is no message and was left out")
    );
    assert!(!lines.iter().any(|text| text.contains("listening")));
}

#[tokio::test]
async fn a_flood_of_notifications_is_heard_and_the_answer_comes_after_it() {
    let child = start();
    let (ear, heard) = ear();
    assert_eq!(
        child.call(tool("flood"), ear).await.unwrap().get(),
        "\"after\""
    );
    let messages = heard
        .try_iter()
        .filter(|message| method(message) == "notifications/message");
    assert_eq!(messages.count(), 20_000);
    assert_eq!(child.in_progress(), 0);
    child.close().await;
}

#[tokio::test]
async fn an_answer_that_is_too_long_fails_its_call_and_the_next_one_works() {
    let child = start();
    assert_eq!(
        ask(&child, "long").await.unwrap_err().code,
        codes::TOO_LARGE
    );
    assert!(ask(&child, "pid").await.is_ok());
    let long = json!({"name": "pid", "x": "x".repeat(17 * 1024 * 1024)});
    let error = child
        .call(call("tools/call", long), deaf())
        .await
        .unwrap_err();
    assert_eq!(error.code, codes::TOO_LARGE);
    assert!(ask(&child, "pid").await.is_ok());
    child.close().await;
}

#[tokio::test]
async fn a_call_that_is_dropped_is_cancelled_with_its_local_id_and_leaves_nothing() {
    let child = start();
    assert!(ask(&child, "pid").await.is_ok());
    let hang = child.call(tool("hang"), deaf());
    // Once this is answered, the one before was written too.
    assert!(ask(&child, "pid").await.is_ok());
    assert_eq!(child.in_progress(), 1);
    drop(hang);
    assert_eq!(child.in_progress(), 0);
    assert_eq!(ask(&child, "cancelled").await.unwrap().get(), "[2]");
    child.close().await;
}

#[tokio::test]
async fn a_child_that_does_not_read_delays_nobody_else_and_its_calls_end_at_their_limits() {
    let (stuck, other) = (start(), start());
    drop(stuck.call(tool("pid"), deaf()));
    let deaf_call = stuck.call(tool("deaf"), deaf());
    let big = || {
        let params = json!({"name": "pid", "x": "x".repeat(1024 * 1024)});
        within(call("tools/call", params), Duration::from_millis(300))
    };
    let calls: Vec<_> = (0..60).map(|_| stuck.call(big(), deaf())).collect();
    assert!(ask(&other, "pid").await.is_ok());
    let mut codes_seen = Vec::new();
    for call in calls {
        codes_seen.push(call.await.unwrap_err().code);
    }
    assert!(codes_seen.contains(&codes::TIMEOUT));
    assert!(codes_seen.contains(&codes::OVERLOADED));
    assert!(
        codes_seen
            .iter()
            .all(|code| [codes::TIMEOUT, codes::OVERLOADED].contains(code))
    );
    drop(deaf_call);
    assert_eq!(stuck.in_progress(), 0);
    stuck.close().await;
    other.close().await;
}

#[tokio::test]
async fn the_answer_to_a_request_of_the_server_gets_back_to_it() {
    let child = start();
    let ear = Arc::new(|message| {
        if let FromServer::Request { method, answer, .. } = message {
            answer.give(Ok(raw(&json!({"to": method}))));
        }
    });
    let answer = value(&child.call(tool("ask"), ear).await.unwrap());
    assert_eq!(answer["id"], "s-1");
    assert_eq!(answer["result"]["to"], "sampling/createMessage");
    child.close().await;
}

#[tokio::test]
async fn w48_a_crash_is_seen_at_once_with_exit_code_and_last_line() {
    let child = start();
    let begun = Instant::now();
    let hang = child.call(tool("hang"), deaf());
    for call in [child.call(tool("crash"), deaf()), hang] {
        let error = call.await.unwrap_err();
        assert_eq!(error.code, codes::UPSTREAM_FAILED);
        let data = value(&error.data.unwrap());
        assert_eq!(
            data,
            json!({"state": "stopped", "exitCode": 7, "lastLine": "out of cheese"})
        );
    }
    let code = match child.ended().await {
        Ended::Exited { code, .. } => code,
        other => panic!("{other:?}"),
    };
    assert_eq!(code, Some(7));
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "long before any limit of the calls"
    );
    assert!(child.stderr().ends_with("first line\nout of cheese\n"));
    assert_eq!(
        ask(&child, "pid").await.unwrap_err().code,
        codes::UPSTREAM_FAILED
    );
    child.close().await;
}

#[tokio::test]
async fn closing_ends_the_child_and_whoever_it_has_started() {
    let child = start();
    let grandchild = value(&ask(&child, "parent").await.unwrap());
    let grandchild = u32::try_from(grandchild.as_u64().unwrap()).unwrap();
    until("it is deaf to being asked", || {
        child.stderr().contains("ready")
    })
    .await;
    assert!(is_alive(child.pid()) && is_alive(grandchild));
    child.close().await;
    assert!(!is_alive(child.pid()));
    assert!(!is_alive(grandchild));
    assert_eq!(child.ended().await, Ended::Closed);
}

#[tokio::test]
async fn dropping_the_last_handle_ends_the_child_and_its_calls() {
    let child = start();
    let pid = child.pid();
    let hang = child.call(tool("hang"), deaf());
    drop(child);
    assert_eq!(hang.await.unwrap_err().code, codes::CHANNEL_LOST);
    until("it is gone", || !is_alive(pid)).await;
}

#[tokio::test]
async fn a_child_gets_the_base_set_and_what_is_configured() {
    let child = start();
    let names = value(&ask(&child, "environment").await.unwrap());
    let is_expected = |name: &str| {
        let base = [
            "PATH",
            "HOME",
            "USER",
            "LANG",
            "TMPDIR",
            "SHELL",
            "CHILD_MODE",
        ];
        base.contains(&name) || name.starts_with("LC_")
    };
    let names: Vec<_> = names
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    assert!(names.contains(&"CHILD_MODE"));
    assert!(names.iter().all(|name| is_expected(name)), "{names:?}");
    child.close().await;
}

#[tokio::test]
async fn a_program_that_is_not_there_says_so() {
    let command = StdioCommand {
        program: "/no/such/program".to_owned(),
        ..StdioCommand::default()
    };
    assert!(StdioConnection::spawn(&command, deaf(), no_logs()).is_err());
}
