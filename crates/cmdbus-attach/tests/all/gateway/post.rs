//! POST, sentence by sentence (attach §4.3, §4.4).

use cmdbus_attach::gateway::Settings;
use serde_json::json;

use super::support::{SERVER, World, json_of};

#[tokio::test(start_paused = true)]
async fn w22_any_method_is_carried_and_comes_back_as_it_was() {
    let world = World::new();
    let session = world.session().await;
    for method in [
        "prompts/list",
        "completion/complete",
        "tasks/get",
        "acme/own",
        "server/discover",
    ] {
        let mut ask = world.ask(&session, 1, method);
        ask.body = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{"z":1.10,"a":123456789012345678901,"x":"\u0041"}}}}"#
        );
        let text = ask.text().await;
        assert_eq!(
            text,
            format!(
                r#"{{"jsonrpc":"2.0","id":1,"result":{{"method":"{method}","params":{{"z":1.10,"a":123456789012345678901,"x":"\u0041"}}}}}}"#
            )
        );
    }
}

#[tokio::test(start_paused = true)]
async fn ids_keep_their_type_and_their_text() {
    let world = World::new();
    let session = world.session().await;
    for id in [
        "1",
        "-1",
        "0",
        "1.50",
        "\"1\"",
        "\"\\u0061\"",
        "18446744073709551616",
    ] {
        let mut ask = world.ask(&session, 1, "ping");
        ask.body = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
        let text = ask.text().await;
        assert!(
            text.starts_with(&format!(r#"{{"jsonrpc":"2.0","id":{id},"#)),
            "{text}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn w23_a_notification_is_accepted_and_carried() {
    let world = World::new();
    let session = world.session().await;
    for method in [
        "notifications/initialized",
        "notifications/roots/list_changed",
        "acme/own",
    ] {
        let body = json!({"jsonrpc":"2.0","method":method,"params":{"a":1}});
        let reply = world
            .post(body)
            .header("mcp-session-id", &session)
            .send()
            .await;
        assert_eq!(reply.status(), 202);
        assert_eq!(super::support::text_of(reply).await, "");
        let told = world.server.told.lock().unwrap().pop().unwrap();
        assert_eq!(
            told,
            (
                Some(session.clone()),
                method.to_owned(),
                Some(r#"{"a":1}"#.to_owned())
            )
        );
    }
}

#[tokio::test(start_paused = true)]
async fn w25_what_is_no_message_is_refused_with_its_id_where_there_is_one() {
    let world = World::new();
    let cases = [
        ("{", -32700, json!(null)),
        ("[]", -32600, json!(null)),
        (
            r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#,
            -32600,
            json!(null),
        ),
        (
            r#"{"jsonrpc":"1.0","id":5,"method":"ping"}"#,
            -32600,
            json!(5),
        ),
        (
            r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
            -32600,
            json!(null),
        ),
        (
            r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#,
            -32600,
            json!(null),
        ),
        (
            r#"{"jsonrpc":"2.0","id":[1],"method":"ping"}"#,
            -32600,
            json!(null),
        ),
        (
            r#"{"jsonrpc":"2.0","id":true,"method":"ping"}"#,
            -32600,
            json!(null),
        ),
        (r#"{"jsonrpc":"2.0","id":"x"}"#, -32600, json!("x")),
        (
            r#"{"jsonrpc":"2.0","id":"x","method":7}"#,
            -32600,
            json!("x"),
        ),
    ];
    for (body, code, id) in cases {
        let (status, answer) = world.post(body).json().await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (400, &json!(code)),
            "{body}"
        );
        assert_eq!(answer["id"], id, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn w26_absent_parameters_stay_absent() {
    let world = World::new();
    let session = world.session().await;
    let (status, _) = world.ask(&session, 1, "tools/list").json().await;
    assert_eq!(status, 200);
    assert!(world.server.calls.lock().unwrap()[0].params.is_none());
}

#[tokio::test(start_paused = true)]
async fn w27_meta_travels_both_ways() {
    let world = World::new();
    let session = world.session().await;
    let mut ask = world.ask(&session, 1, "resources/read");
    let params = r#"{"uri":"a:b","_meta":{"traceparent":"00-1","acme/x":{"y":[1.0]}}}"#;
    ask.body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{params}}}"#);
    assert!(ask.text().await.contains(params));
    let calls = world.server.calls.lock().unwrap();
    assert_eq!(calls[0].params.as_ref().unwrap().get(), params);
}

#[tokio::test(start_paused = true)]
async fn w35_the_form_of_the_answer_is_what_the_client_accepts() {
    let world = World::new();
    let session = world.session().await;
    let with = |accept: &str| world.ask(&session, 1, "ping").header("accept", accept);
    for accept in [
        "application/json",
        "*/*",
        "application/json, text/event-stream",
    ] {
        assert_eq!(with(accept).json().await.0, 200, "{accept}");
    }
    for accept in ["text/event-stream", "text/*", "*/*, application/json;q=0"] {
        let mut stream = with(accept).sse().await;
        assert_eq!(
            stream.message().await["result"]["method"],
            "ping",
            "{accept}"
        );
    }
    assert_eq!(with("text/html").error().await, (406, -32600));
    let two = with("application/json;q=0").header("accept", "text/event-stream");
    two.sse().await;
}

#[tokio::test(start_paused = true)]
async fn w35_strictly_both_forms_must_be_acceptable() {
    let world = World::with(Settings {
        strict_accept: true,
        ..Settings::default()
    });
    let body = json!({"jsonrpc":"2.0","id":1,"method":"initialize"});
    let ask = world.post(body);
    assert_eq!(ask.clone().status().await, 406);
    assert_eq!(
        ask.clone()
            .header("accept", "application/json")
            .status()
            .await,
        406
    );
    let both = ask
        .header("accept", "application/json")
        .header("accept", "text/event-stream");
    assert_eq!(both.status().await, 200);
}

#[tokio::test(start_paused = true)]
async fn the_body_must_be_said_to_be_json() {
    let world = World::new();
    let body = json!({"jsonrpc":"2.0","id":3,"method":"initialize"});
    let ask = world.post(&body).without("content-type");
    assert_eq!(ask.clone().error().await, (415, -32600));
    assert_eq!(
        ask.clone()
            .header("content-type", "text/plain")
            .status()
            .await,
        415
    );
    let good = ask.header("content-type", "Application/JSON; charset=utf-8");
    assert_eq!(good.status().await, 200);
}

#[tokio::test(start_paused = true)]
async fn w42_a_body_that_is_too_large_is_refused_as_json() {
    let world = World::with(Settings {
        max_body: 64,
        ..Settings::default()
    });
    assert_eq!(world.post("x".repeat(64)).error().await, (400, -32700));
    assert_eq!(world.post("x".repeat(65)).error().await, (413, -33006));
}

#[tokio::test(start_paused = true)]
async fn checks_come_in_their_order_and_name_the_request() {
    let world = World::with(Settings {
        max_body: 64,
        ..Settings::default()
    });
    let request = json!({"jsonrpc":"2.0","id":"me","method":"ping"});
    // Each line repairs what the one before was refused for.
    let ask = world
        .request("POST", "/a/unknown/mcp/fs")
        .header("accept", "image/png");
    let mut ask = ask.clone();
    ask.body = "x".repeat(65);
    assert_eq!(ask.clone().error().await, (404, -33001));
    let mut ask = ask.at(SERVER);
    assert_eq!(ask.clone().error().await, (413, -33006));
    ask.body = request.to_string();
    assert_eq!(ask.clone().json().await.1["id"], "me");
    assert_eq!(ask.clone().error().await, (415, -32600));
    let ask = ask.header("content-type", "application/json");
    assert_eq!(ask.clone().error().await, (406, -32600));
    let ask = ask.without("accept");
    assert_eq!(ask.clone().error().await, (400, -32600));
    assert_eq!(ask.json().await.1["id"], "me");
}

#[tokio::test(start_paused = true)]
async fn a_second_request_with_an_id_in_progress_is_refused() {
    let mut world = World::new();
    let session = world.session().await;
    let first = world.ask(&session, 1, "slow").spawn();
    let incoming = world.slow.recv().await.unwrap();
    assert_eq!(world.ask(&session, 1, "ping").error().await, (400, -32600));
    let (status, answer) = world.ask(&session, "1", "ping").json().await;
    assert_eq!((status, &answer["id"]), (200, &json!("1")), "another id");
    incoming.answer("{}");
    assert_eq!(json_of(first.await.unwrap()).await.0, 200);
    assert_eq!(world.ask(&session, 1, "ping").status().await, 200);
}

#[tokio::test(start_paused = true)]
async fn more_requests_than_a_session_may_have_are_told_to_wait() {
    let mut world = World::with(Settings {
        max_in_flight: 2,
        ..Settings::default()
    });
    let session = world.session().await;
    let asked: Vec<_> = (0..2)
        .map(|id| world.ask(&session, id, "slow").spawn())
        .collect();
    let mut waiting = Vec::new();
    for _ in 0..2 {
        waiting.push(world.slow.recv().await.unwrap());
    }
    let reply = world.ask(&session, 9, "ping").send().await;
    assert_eq!(reply.headers()["retry-after"], "1");
    let (status, answer) = json_of(reply).await;
    assert_eq!((status, &answer["error"]["code"]), (429, &json!(-33005)));
    assert_eq!(answer["id"], 9);
    for incoming in waiting {
        incoming.answer("{}");
    }
    for asked in asked {
        asked.await.unwrap();
    }
    assert_eq!(world.ask(&session, 9, "ping").status().await, 200);
    assert_eq!(world.figures().pending, 0);
}

#[tokio::test(start_paused = true)]
async fn w36_errors_keep_their_code_under_the_status_that_fits() {
    let world = World::new();
    let session = world.session().await;
    let cases = [
        (-32601, 200),
        (-32602, 200),
        (-32002, 200),
        (-33002, 200),
        (-33003, 200),
        (-33004, 200),
        (-33006, 200),
        (-33009, 200),
        (-33011, 200),
        (-33012, 200),
        (-33001, 404),
        (-33007, 403),
        (-33005, 429),
    ];
    for (code, status) in cases {
        world.server.fails_with(code, "no");
        assert_eq!(world.ask(&session, 1, "ping").error().await, (status, code));
    }
}

#[tokio::test(start_paused = true)]
async fn w38_a_ping_goes_the_whole_way() {
    let world = World::new();
    let session = world.session().await;
    world.ask(&session, 1, "ping").send().await;
    let calls = world.server.calls.lock().unwrap();
    assert_eq!(calls[0].method, "ping");
    assert_eq!(calls[0].limits.total.unwrap().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_caller_may_ask_for_other_limits_within_the_cap() {
    let world = World::new();
    let session = world.session().await;
    let with = |value: &str| {
        world
            .ask(&session, 1, "tools/call")
            .header("x-cmdbus-timeout-ms", value)
    };
    for (asked, granted) in [
        ("1500", 1_500),
        ("1800000", 1_800_000),
        ("99999999", 3_600_000),
    ] {
        assert_eq!(with(asked).status().await, 200);
        let limits = world.server.calls.lock().unwrap().pop().unwrap().limits;
        assert_eq!(limits.total.unwrap().as_millis(), granted);
        assert_eq!(limits.idle, None);
    }
    for wrong in ["0", "-1", "soon", ""] {
        assert_eq!(with(wrong).error().await, (400, -32600), "{wrong}");
    }
}

#[tokio::test(start_paused = true)]
async fn w39_headers_travel_only_if_they_are_on_the_list() {
    let world = World::new();
    *world.server.declared.lock().unwrap() = vec!["X-Agent".to_owned()];
    let session = world.session().await;
    let ask = world
        .ask(&session, 1, "tools/call")
        .header("baggage", "a=1")
        .header("baggage", "b=2")
        .header("x-agent", "7")
        .header("x-other", "7")
        .header("cookie", "7")
        .header("mcp-protocol-version", "2025-11-25");
    assert_eq!(ask.clone().status().await, 200);
    let mut sent = world.server.calls.lock().unwrap().pop().unwrap().headers;
    sent.sort();
    let wanted = [("baggage", "a=1, b=2"), ("x-agent", "7")];
    assert_eq!(
        sent,
        wanted.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    assert_eq!(ask.header("baggage", "ü").error().await, (400, -32600));
}

#[tokio::test(start_paused = true)]
async fn a_back_end_that_panics_leaves_nobody_waiting() {
    let world = World::new();
    let session = world.session().await;
    assert_eq!(
        world.ask(&session, 1, "panics").error().await,
        (200, -32603)
    );
    assert_eq!(world.figures().pending, 0);
    assert_eq!(world.ask(&session, 1, "ping").status().await, 200);
}
