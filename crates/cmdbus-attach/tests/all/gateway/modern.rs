//! The modern era (attach §4.1, §4.3, §4.7).

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::support::{SERVER, Sse, World, json_of};

#[tokio::test(start_paused = true)]
async fn a_request_in_good_order_is_carried_without_a_session() {
    let world = World::new();
    let (status, answer) = world.modern("tools/call", json!({"name":"x"})).json().await;
    assert_eq!((status, &answer["id"]), (200, &json!(7)));
    assert_eq!(answer["result"]["params"]["name"], "x");
    assert_eq!(world.figures().sessions, 0);
    let with = world
        .modern("tools/list", json!({}))
        .header("mcp-session-id", "gs_no");
    let reply = with.header("last-event-id", "1-1").send().await;
    assert_eq!(reply.status(), 200, "neither means anything");
    assert!(!reply.headers().contains_key("mcp-session-id"));
}

#[tokio::test(start_paused = true)]
async fn headers_must_say_what_the_body_says() {
    let world = World::new();
    let call = || world.modern("tools/call", json!({"name":"x"}));
    for name in ["mcp-protocol-version", "mcp-method", "mcp-name"] {
        assert_eq!(
            call().without(name).error().await,
            (400, -32020),
            "no {name}"
        );
        let other = call().without(name).header(name, "2027-01-01");
        assert_eq!(other.error().await, (400, -32020), "another {name}");
        let twice = call().header(name, "x");
        assert_eq!(twice.error().await, (400, -32020), "two of {name}");
    }
    let read = world.modern("resources/read", json!({"uri":"a:b"}));
    assert_eq!(read.clone().status().await, 200);
    assert_eq!(read.without("mcp-name").error().await, (400, -32020));
    let get = world.modern("prompts/get", json!({"name":"p"}));
    assert_eq!(
        get.without("mcp-name")
            .header("mcp-name", "P")
            .error()
            .await,
        (400, -32020)
    );
    let list = world
        .modern("tools/list", json!({}))
        .header("mcp-name", "x");
    assert_eq!(list.status().await, 200, "nothing is mirrored there");
}

#[tokio::test(start_paused = true)]
async fn a_name_that_cannot_stand_in_a_header_comes_in_base64() {
    let world = World::new();
    let with = |name: &str, header: &str| {
        let ask = world.modern("tools/call", json!({"name":name}));
        ask.without("mcp-name").header("mcp-name", header)
    };
    assert_eq!(
        with("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?=")
            .status()
            .await,
        200
    );
    assert_eq!(
        with("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=")
            .status()
            .await,
        200
    );
    assert_eq!(
        with("=?base64?literal?=", "=?base64?literal?=")
            .error()
            .await,
        (400, -32020)
    );
    assert_eq!(with("x", "=?base64?eQ==?=").error().await, (400, -32020));
    assert_eq!(with("ü", "ü").error().await, (400, -32020));
}

#[tokio::test(start_paused = true)]
async fn meta_must_name_revision_and_capabilities() {
    let world = World::new();
    let strip = |name: &str| {
        let mut ask = world.modern("tools/list", json!({}));
        let mut body: Value = serde_json::from_str(&ask.body).unwrap();
        let meta = body["params"]["_meta"].as_object_mut().unwrap();
        meta.remove(&format!("io.modelcontextprotocol/{name}"))
            .unwrap();
        ask.body = body.to_string();
        ask
    };
    assert_eq!(strip("protocolVersion").error().await, (400, -32602));
    assert_eq!(strip("clientCapabilities").error().await, (400, -32602));
    let mut none = world.modern("tools/list", json!({}));
    none.body = json!({"jsonrpc":"2.0","id":1,"method":"tools/list"}).to_string();
    assert_eq!(none.error().await, (400, -32602));
}

#[tokio::test(start_paused = true)]
async fn a_revision_that_is_not_spoken_is_answered_with_those_that_are() {
    let world = World::new();
    let ask = || {
        let mut ask = world.modern("tools/list", json!({}));
        ask.body = ask.body.replace("2026-07-28", "2031-01-01");
        ask.without("mcp-protocol-version")
            .header("mcp-protocol-version", "2031-01-01")
    };
    let (status, answer) = ask().json().await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(-32022)));
    assert_eq!(
        answer["error"]["data"],
        json!({"supported":["2026-07-28"],"requested":"2031-01-01"})
    );
    world.server.only_speaks(&["2026-07-28", "2031-01-01"]);
    assert_eq!(ask().status().await, 200, "whatever its server speaks");
}

#[tokio::test(start_paused = true)]
async fn methods_that_are_gone_are_not_found() {
    let world = World::new();
    for method in [
        "initialize",
        "ping",
        "logging/setLevel",
        "resources/subscribe",
        "resources/unsubscribe",
    ] {
        assert_eq!(
            world.modern(method, json!({})).error().await,
            (404, -32601),
            "{method}"
        );
    }
    assert!(world.server.calls.lock().unwrap().is_empty());
    assert!(world.server.opened.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_server_has_the_status_of_its_code() {
    let world = World::new();
    let cases = [
        (-32601, "no", 404),
        (-32020, "no", 400),
        (-32021, "no", 400),
        (-32022, "no", 400),
        (-32602, "`_meta` lacks something", 400),
        (-32602, "unknown tool", 200),
        (-32603, "no", 200),
        (-33002, "no", 200),
        (-33005, "no", 429),
    ];
    for (code, message, status) in cases {
        world.server.fails_with(code, message);
        let ask = world.modern("tools/list", json!({}));
        assert_eq!(ask.error().await, (status, code), "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn parameters_in_headers_go_to_the_server_to_judge() {
    let world = World::new();
    let ask = world.modern("tools/call", json!({"name":"x"}));
    assert_eq!(ask.header("mcp-param-region", "eu").status().await, 200);
    let calls = world.server.calls.lock().unwrap();
    assert_eq!(
        calls[0].headers,
        [("mcp-param-region".to_owned(), "eu".to_owned())]
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_of_both_eras_falls_back() {
    let world = World::new();
    world.server.only_speaks(&["2025-11-25"]);
    let (status, answer) = world.modern("server/discover", json!({})).json().await;
    assert_eq!(status, 400);
    let code = answer["error"]["code"].as_i64().unwrap();
    assert!(
        ![-32020, -32021, -32022].contains(&code),
        "{code} is what a modern server says"
    );
    world.session().await;
    world.server.only_speaks(&["2026-07-28"]);
    let params = json!({"protocolVersion":"2025-11-25"});
    let body = json!({"jsonrpc":"2.0","id":1,"method":"initialize","params":params});
    let (status, answer) = world.post(body).json().await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(-32022)));
    assert_eq!(
        answer["error"]["data"],
        json!({"supported":["2026-07-28"],"requested":"2025-11-25"})
    );
    assert_eq!(world.get("gs_x").status().await, 405);
}

#[tokio::test(start_paused = true)]
async fn the_era_may_be_in_the_body_alone() {
    let world = World::new();
    let ask = world
        .modern("tools/list", json!({}))
        .without("mcp-protocol-version");
    assert_eq!(
        ask.error().await,
        (400, -32020),
        "modern, and the header is missing"
    );
}

#[tokio::test(start_paused = true)]
async fn there_are_no_streams_and_no_answers_outside_of_requests() {
    let world = World::new();
    for method in ["GET", "DELETE"] {
        let ask = world
            .request(method, SERVER)
            .header("mcp-protocol-version", "2026-07-28");
        let reply = ask.send().await;
        assert_eq!(reply.headers()["allow"], "POST");
        assert_eq!(json_of(reply).await.0, 405);
    }
    let answer = world.post(json!({"jsonrpc":"2.0","id":1,"result":{}}));
    assert_eq!(
        answer
            .header("mcp-protocol-version", "2026-07-28")
            .error()
            .await,
        (400, -32600)
    );
}

#[tokio::test(start_paused = true)]
async fn a_notification_is_carried_without_a_session_but_for_cancelled() {
    let world = World::new();
    for method in ["acme/own", "notifications/cancelled"] {
        let ask = world.post(json!({"jsonrpc":"2.0","method":method}));
        assert_eq!(
            ask.header("mcp-protocol-version", "2026-07-28")
                .status()
                .await,
            202
        );
    }
    let told = world.server.told.lock().unwrap();
    assert_eq!(*told, [(None, "acme/own".to_owned(), None)]);
}

#[tokio::test(start_paused = true)]
async fn w31_streams_have_no_event_ids() {
    let mut world = World::new();
    let asked = world.modern("tools/call", json!({"name":"slow"})).spawn();
    let incoming = world.slow.recv().await.unwrap();
    incoming.tell("notifications/message", "{}");
    incoming.answer("{}");
    let all = Sse::of(asked.await.unwrap()).all().await;
    assert_eq!(all.len(), 2, "and nothing before the first message");
    assert!(
        all.iter()
            .all(|seen| seen.id.is_none() && seen.retry.is_none())
    );
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_cancels_its_request() {
    let mut world = World::new();
    let asked = world.modern("tools/call", json!({"name":"slow"})).spawn();
    let mut incoming = world.slow.recv().await.unwrap();
    asked.abort();
    incoming.reply.closed().await;
    let asked = world.modern("tools/call", json!({"name":"slow"})).spawn();
    let mut incoming = world.slow.recv().await.unwrap();
    sleep(Duration::from_secs(2)).await;
    let stream = Sse::of(asked.await.unwrap());
    assert!(!incoming.reply.is_closed());
    drop(stream);
    incoming.reply.closed().await;
    assert_eq!(world.figures().pending, 0);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_asks_is_told_that_it_may_not() {
    let mut world = World::new();
    let asked = world.modern("tools/call", json!({"name":"slow"})).spawn();
    let incoming = world.slow.recv().await.unwrap();
    let refused = incoming.ask("sampling/createMessage").await.unwrap();
    assert_eq!(refused.unwrap_err().code, -32600);
    let parked = r#"{"resultType":"input_required","inputRequests":{"a":1.0},"requestState":"x"}"#;
    incoming.answer(parked);
    let (status, answer) = json_of(asked.await.unwrap()).await;
    assert_eq!(
        (status, &answer["result"]["requestState"]),
        (200, &json!("x"))
    );
}
