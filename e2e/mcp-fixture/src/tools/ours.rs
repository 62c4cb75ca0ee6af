//! Tools of our own: what the suite does not ask for, and misbehaviour.
//!
//! Those that answer by hand are listed here and answered in [`crate::raw`].

use std::sync::atomic::Ordering;
use std::time::Duration;
use std::{env, process, thread};

use axum::http::request::Parts;
use rmcp::ErrorData as McpError;
use rmcp::model::Tool;
use serde_json::{Map, Value, json};

use super::{Answer, Call, failure, input, text, tool, value};
use crate::Era;
use crate::state::Change;

/// Of one answer.
const MOST_BYTES: u64 = 64 << 20;

pub(super) fn list() -> Vec<Tool> {
    let number = json!({"type": "integer", "minimum": 0});
    let string = json!({"type": "string"});
    vec![
        tool(
            "echo",
            "Answers with its arguments, byte for byte",
            json!({}),
        ),
        tool(
            "echo_params",
            "Answers with its parameters, byte for byte",
            json!({}),
        ),
        tool("odd_content", "Answers with what no SDK knows", json!({})),
        tool(
            "garbage",
            "Answers after lines that are no messages",
            json!({}),
        ),
        tool(
            "sleep",
            "Answers after `ms` milliseconds",
            json!({"ms": number}),
        ),
        tool(
            "sleep_until_cancelled",
            "Answers only when it is cancelled",
            json!({}),
        ),
        tool(
            "cancelled_count",
            "Tells how many calls were cancelled, and how many wait",
            json!({}),
        ),
        tool(
            "count_starts",
            "Tells how many processes were started",
            json!({}),
        ),
        tool("whoami", "Tells about its process", json!({})),
        tool(
            "environment",
            "Tells the value of a variable",
            json!({"name": string}),
        ),
        tool(
            "request_headers",
            "Tells the HTTP headers of the call",
            json!({}),
        ),
        tool(
            "emit_progress",
            "Tells `n` times how far it is",
            json!({"n": number}),
        ),
        tool(
            "return_bytes",
            "Answers with `n` bytes",
            json!({"n": number}),
        ),
        tool(
            "flood",
            "Sends `n` notifications of a `kind`: log, progress or changes",
            json!({"n": number, "kind": string}),
        ),
        tool(
            "hang",
            "Never answers; with `whole`, nor does its process do anything else",
            json!({"whole": {"type": "boolean"}}),
        ),
        tool(
            "crash",
            "Ends its process with a `code`, after it has said something on stderr",
            json!({"code": number, "stderr": string}),
        ),
        tool("change_tools", "Adds a tool or removes it again", json!({})),
        tool(
            "change_resource",
            "Changes a resource",
            json!({"uri": string}),
        ),
        tool(
            "ask_client",
            "Asks the client for `what`: elicitation, sampling or roots",
            json!({"what": string}),
        ),
    ]
}

pub(super) async fn call(call: &Call<'_>) -> Option<Answer> {
    Some(match call.name() {
        "sleep" => nap(call).await,
        "sleep_until_cancelled" => until_cancelled(call).await,
        "cancelled_count" => value(json!({
            "cancelled": call.state.cancelled(), "waiting": call.state.waiting(),
        })),
        "count_starts" => text(&call.state.starts().to_string()),
        "whoami" => who(call),
        "environment" => match env::var(call.string("name", "")) {
            Ok(value) => text(&value),
            Err(error) => failure(&error.to_string()),
        },
        "request_headers" => headers(call),
        "emit_progress" => progress(call).await,
        "return_bytes" => bytes(call),
        "flood" => flood(call).await,
        "hang" if call.flag("whole") => loop {
            thread::park();
        },
        "hang" => std::future::pending().await,
        "crash" => crash(call),
        "change_tools" => {
            let was = call.state.extra_tool.fetch_xor(true, Ordering::SeqCst);
            call.state.changed(Change::Tools).await;
            text(if was { "removed" } else { "added" })
        }
        "change_resource" => {
            let uri = call.string("uri", "test://watched-resource").to_owned();
            call.state.changed(Change::Resource(uri)).await;
            text("changed")
        }
        "ask_client" => ask(call).await,
        _ => return None,
    })
}

async fn nap(call: &Call<'_>) -> Answer {
    let time = Duration::from_millis(call.number("ms", 100));
    call.state.record("sleeps");
    tokio::select! {
        () = tokio::time::sleep(time) => text("slept"),
        () = call.context.ct.cancelled() => failure("woken up"),
    }
}

async fn until_cancelled(call: &Call<'_>) -> Answer {
    let _waiting = call.state.wait();
    // For whoever has to know that it has begun.
    call.progress(0, 1).await?;
    call.context.ct.cancelled().await;
    failure("cancelled")
}

fn who(call: &Call<'_>) -> Answer {
    let era = match call.state.options.era {
        Era::Legacy => "legacy",
        Era::Modern => "modern",
        Era::Both => "both",
    };
    let version = call.context.protocol_version();
    let client = call.context.client_info();
    value(json!({
        "pid": process::id(),
        "transport": call.state.transport,
        "era": era,
        "arguments": env::args().skip(1).collect::<Vec<_>>(),
        "folder": env::current_dir().ok(),
        "protocolVersion": version.map(|version| version.to_string()),
        "client": client.map(|client| client.name),
    }))
}

fn headers(call: &Call<'_>) -> Answer {
    let Some(parts) = call.context.extensions.get::<Parts>() else {
        return failure("this call did not come by HTTP");
    };
    let headers: Map<String, Value> = parts
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.as_str().to_owned(), value.into())
        })
        .collect();
    value(Value::Object(headers))
}

async fn progress(call: &Call<'_>) -> Answer {
    let total = call.number("n", 3);
    for done in 1..=total {
        call.progress(done, total).await?;
    }
    text(&total.to_string())
}

fn bytes(call: &Call<'_>) -> Answer {
    let length = call.number("n", 0).min(MOST_BYTES);
    let length = usize::try_from(length).unwrap_or_default();
    text(&"x".repeat(length))
}

async fn flood(call: &Call<'_>) -> Answer {
    let count = call.number("n", 1_000);
    for number in 1..=count {
        match call.string("kind", "log") {
            "log" => call.log(&format!("flood {number}")).await?,
            "progress" => call.progress(number, count).await?,
            "changes" => {
                let none = json!({});
                call.notify("notifications/tools/list_changed", none)
                    .await?;
            }
            _ => return failure("`kind` is log, progress or changes"),
        }
    }
    text(&count.to_string())
}

fn crash(call: &Call<'_>) -> Answer {
    if let Some(said) = call.argument("stderr").and_then(Value::as_str) {
        eprintln!("{said}");
    }
    let code = call.number("code", 1);
    process::exit(i32::try_from(code).unwrap_or(1))
}

async fn ask(call: &Call<'_>) -> Answer {
    let what = call.string("what", "elicitation");
    let question = match what {
        "elicitation" => input::form("What is your name?", "name", "string"),
        "sampling" => input::sampling("What is the capital of France?", 100),
        "roots" => input::list_roots(),
        _ => return failure("`what` is elicitation, sampling or roots"),
    };
    if call.is_modern() {
        return match call.response("answer") {
            Some(answer) => value(answer.clone()),
            None => input::ask(&[("answer", question)], None),
        };
    }
    if !call.client_can(what) {
        let cannot = format!("the client has no `{what}`");
        return Err(McpError::invalid_request(cannot, None));
    }
    let params = match what {
        "roots" => Value::Null,
        _ => question["params"].clone(),
    };
    let method = question["method"].as_str().unwrap_or_default();
    value(call.ask(method, params).await?)
}
