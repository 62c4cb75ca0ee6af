//! `POST /cmd` and `GET /cmds.json`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Extensions;
use cmdbus::channel::http::{HttpAccess, HttpEndpoint};
use cmdbus::channel::{ChannelLimits, InMemoryChannel, one_token};
use cmdbus::{CallContext, CommandChannel, CommandError, CommandRegistry, DynCommand, Message};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::support::{Short, call, get, post, request, send, serve};
use crate::support::{drive, knows, provider, soon};

async fn endpoint() -> HttpEndpoint {
    HttpEndpoint::without_token(provider().await)
}

#[tokio::test]
async fn a_call_is_answered_with_one_line() {
    let router = endpoint().await.router();
    let answer = post(&router, call("r-1", "test.echo", json!({"a": [1, null]}))).await;
    let line = answer.line();
    assert_eq!(line["type"], "execute.command.response");
    assert_eq!(line["thid"], "r-1");
    assert_eq!(
        line["response"],
        json!({"ok": true, "result": {"a": [1, null]}})
    );
    // A result that is nothing is left out, and a request that is nothing may be.
    let bare = json!({"type": "execute.command.request", "id": "r-2", "commandId": "test.echo"});
    assert_eq!(
        post(&router, bare).await.line()["response"],
        json!({"ok": true})
    );
}

#[tokio::test]
async fn payloads_pass_as_they_are_written() {
    let raw = r#"{"n":1.0,"big":123456789012345678901234567890,"e":1e2}"#;
    let hub = CommandRegistry::new(Default::default());
    let (to_hub, to_peer) = InMemoryChannel::pair("hub", "peer");
    let _driver = drive(&hub, to_peer).await;
    let list = Message::ListCommandsResponse {
        id: Uuid::new_v4(),
        meta: None,
        thid: Uuid::new_v4(),
        commands: vec![serde_json::from_value(json!({"id": "test.raw"})).unwrap()],
    };
    to_hub.send(list).unwrap();
    knows(&hub, "test.raw").await;
    let peer = tokio::spawn(async move {
        loop {
            let message = soon(to_hub.recv()).await.unwrap();
            if let Message::ExecuteCommandRequest { id, request, .. } = message {
                let request = request.unwrap();
                assert_eq!(request.to_json(), raw.as_bytes());
                let response = Ok(Some(request)).into();
                let (thid, id) = (id, Uuid::new_v4());
                let reply = Message::ExecuteCommandResponse {
                    id,
                    meta: None,
                    thid,
                    response,
                };
                to_hub.send(reply).unwrap();
                return;
            }
        }
    });
    let router = HttpEndpoint::without_token(hub).router();
    let body = format!(
        r#"{{"type":"execute.command.request","id":"1","commandId":"test.raw","request":{raw}}}"#
    );
    let answer = post(&router, body).await;
    assert!(
        answer.text.contains(&format!("\"result\":{raw}}}")),
        "{}",
        answer.text
    );
    soon(peer).await.unwrap();
}

#[tokio::test]
async fn failures_of_a_call_are_lines_as_well() {
    let router = endpoint().await.router();
    for (command, code, message) in [
        ("test.fail", "internal_error", "as asked"),
        ("test.none", "not_found", "command not found: test.none"),
    ] {
        let line = post(&router, call("1", command, json!({}))).await.line();
        assert_eq!(line["thid"], "1");
        let error = json!({"ok": false, "error": {"code": code, "message": message}});
        assert_eq!(line["response"], error);
    }
}

#[tokio::test]
async fn the_question_for_the_list_is_answered_with_local_commands() {
    let router = endpoint().await.router();
    let line = post(&router, json!({"type": "list.commands.request", "id": "l"}))
        .await
        .line();
    assert_eq!(line["type"], "list.commands.response");
    assert_eq!(line["thid"], "l");
    let ids: Vec<_> = line["commands"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["id"].clone())
        .collect();
    assert_eq!(ids, ["test.echo", "test.fail", "test.hang"]);
}

#[tokio::test]
async fn w67_messages_that_a_client_has_no_business_with_are_refused() {
    let registry = provider().await;
    let router = HttpEndpoint::without_token(registry.clone()).router();
    for message in [
        json!({"type": "list.commands.response", "id": "1", "thid": "2", "commands": [{"id": "evil.command"}]}),
        json!({"type": "execute.command.response", "id": "1", "thid": "2", "response": {"ok": true}}),
        json!({"type": "register.command.request", "id": "1", "command": {"id": "evil.command"}}),
        json!({"type": "register.command.response", "id": "1", "thid": "2", "response": {"ok": true}}),
        json!({"type": "event", "id": "1", "eventId": "evil.event"}),
    ] {
        let answer = post(&router, &message).await;
        let kind = message["type"].as_str().unwrap();
        assert_eq!(
            answer.error(403),
            format!("Message type {kind} is not allowed")
        );
    }
    let known = registry.list_commands();
    assert!(known.iter().all(|command| command.id.starts_with("test.")));
}

#[tokio::test]
async fn what_is_no_message_is_refused() {
    let router = endpoint().await.router();
    for body in [
        "",
        "x",
        "[]",
        "null",
        "{}",
        r#"{"type":"execute.command.request"}"#,
        r#"{"type":"execute.command.request","id":"","commandId":"a"}"#,
        r#"{"type":"execute.command.request","id":"1","commandId":""}"#,
        r#"{"type":"execute.command.request","id":"1","commandId":"a","request":{bad}}"#,
        r#"{"type":"execute.command.request","id":"1","commandId":"a"} {}"#,
        r#"{"type":"unheard.of","id":"1"}"#,
    ] {
        assert_eq!(
            post(&router, body).await.error(400),
            "Invalid message format",
            "{body}"
        );
    }
    let latin = request("POST", "/cmd", &[], &b"{\"type\":\"\xff\"}"[..]);
    send(&router, latin).await.error(400);
}

#[tokio::test]
async fn addresses_methods_and_media_types_are_told_apart() {
    let router = endpoint().await.router();
    get(&router, "/elsewhere").await.error(404);
    for (method, path, allowed) in [
        ("GET", "/cmd", "POST"),
        ("OPTIONS", "/cmd", "POST"),
        ("POST", "/cmds.json", "GET"),
        ("DELETE", "/events", "GET"),
    ] {
        let answer = send(&router, request(method, path, &[], Body::empty())).await;
        answer.error(405);
        assert_eq!(answer.headers["allow"], allowed);
    }
    for headers in [
        ("content-type", ""),
        ("content-type", "text/plain"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("content-encoding", "gzip"),
    ] {
        send(&router, request("POST", "/cmd", &[headers], "{}"))
            .await
            .error(415);
    }
    let picture = [("accept", "image/png")];
    send(&router, request("POST", "/cmd", &picture, "{}"))
        .await
        .error(406);
    send(
        &router,
        request("GET", "/cmds.json", &picture, Body::empty()),
    )
    .await
    .error(406);
    send(&router, request("GET", "/events", &picture, Body::empty()))
        .await
        .error(406);
}

#[tokio::test]
async fn nothing_is_compressed() {
    let router = endpoint().await.router();
    let accepts = [("accept-encoding", "gzip, br, zstd")];
    let message = call("1", "test.echo", json!("x".repeat(10_000)));
    let answer = send(
        &router,
        request("POST", "/cmd", &accepts, message.to_string()),
    )
    .await;
    assert!(!answer.headers.contains_key("content-encoding"));
    assert_eq!(answer.line()["response"]["ok"], true);
}

#[tokio::test]
async fn w70_two_clients_may_use_one_id() {
    let registry = provider().await;
    let (sender, mut arrived) = mpsc::unbounded_channel();
    let held = DynCommand::new("test.held", move |who: String| {
        let sender = sender.clone();
        async move {
            let (go, gone) = tokio::sync::oneshot::channel();
            sender.send((who.clone(), go)).unwrap();
            gone.await.ok();
            Ok(who)
        }
    });
    registry.register_command(held).await.unwrap();
    let router = HttpEndpoint::without_token(registry).router();
    let ask = |who: &'static str| {
        let router = router.clone();
        tokio::spawn(async move {
            post(&router, call("same", "test.held", json!(who)))
                .await
                .line()
        })
    };
    let (first, second) = (ask("first"), ask("second"));
    let mut waiting = vec![
        soon(arrived.recv()).await.unwrap(),
        soon(arrived.recv()).await.unwrap(),
    ];
    // The later one is answered first.
    while let Some((_, go)) = waiting.pop() {
        go.send(()).unwrap();
    }
    for (call, who) in [(first, "first"), (second, "second")] {
        let line = soon(call).await.unwrap();
        assert_eq!(line["response"]["result"], who);
        assert_eq!(line["thid"], "same");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_takes_too_long_is_answered_timeout() {
    let router = endpoint()
        .await
        .timeout(Duration::from_millis(1500))
        .router();
    let line = post(&router, call("r-9", "test.hang", json!({})))
        .await
        .line();
    assert_eq!(line["thid"], "r-9");
    let error = json!({"code": "timeout", "message": "Request r-9 timed out after 1500ms"});
    assert_eq!(line["response"], json!({"ok": false, "error": error}));
}

#[tokio::test(start_paused = true)]
async fn a_caller_says_how_long_it_waits_but_no_longer_than_allowed() {
    let router = endpoint()
        .await
        .longest_timeout(Duration::from_secs(5))
        .router();
    for (asked, given) in [(0_u64, 0), (200, 200), (3_600_000, 5000)] {
        let mut message = call("1", "test.hang", json!({}));
        message["_meta"] = json!({"cmdbus-timeout-ms": asked});
        let line = post(&router, message).await.line();
        let message = format!("Request 1 timed out after {given}ms");
        assert_eq!(line["response"]["error"]["message"], message.as_str());
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_left_goes_with_the_call() {
    let registry = CommandRegistry::new(Default::default());
    let left = DynCommand::new("test.left", |_: Value| async {
        let left = CallContext::current().and_then(|context| context.remaining());
        Ok::<_, CommandError>(left.map(|left| left.as_secs()))
    });
    registry.register_command(left).await.unwrap();
    let router = HttpEndpoint::without_token(registry)
        .timeout(Duration::from_secs(20))
        .router();
    let line = post(&router, call("1", "test.left", json!({})))
        .await
        .line();
    assert_eq!(line["response"]["result"], 19);
}

#[tokio::test]
async fn w73_hosts_origins_and_tokens_are_looked_at_in_this_order() {
    let endpoint = HttpEndpoint::token(provider().await, one_token("s3cret"));
    let router = endpoint
        .allow_host("bus.example")
        .allow_origin("https://app.example")
        .router();
    let bearer = ("authorization", "Bearer s3cret");
    for (path, method) in [("/cmd", "POST"), ("/cmds.json", "GET"), ("/events", "GET")] {
        let ask = |headers: Vec<(&'static str, &'static str)>| {
            let body = json!({"type": "list.commands.request", "id": "1"}).to_string();
            send(&router, request(method, path, &headers, body))
        };
        ask(vec![("host", "evil.example"), bearer]).await.error(403);
        ask(vec![("host", ""), bearer]).await.error(403);
        ask(vec![("origin", "http://evil.example"), bearer])
            .await
            .error(403);
        ask(vec![("origin", "null"), bearer]).await.error(403);
        let refused = ask(vec![]).await;
        refused.error(401);
        assert_eq!(refused.headers["www-authenticate"], "Bearer");
        ask(vec![("authorization", "Bearer wrong")])
            .await
            .error(401);
        if path == "/events" {
            continue;
        }
        assert!(ask(vec![bearer]).await.status.is_success());
        assert!(
            ask(vec![bearer, ("host", "bus.example:99")])
                .await
                .status
                .is_success()
        );
        // What the server serves itself needs no leave, and a page of another origin is told that it has it.
        let own = ask(vec![bearer, ("origin", "http://localhost")]).await;
        assert!(
            own.status.is_success() && !own.headers.contains_key("access-control-allow-origin")
        );
        let page = ask(vec![bearer, ("origin", "https://app.example")]).await;
        assert_eq!(
            page.headers["access-control-allow-origin"],
            "https://app.example"
        );
        assert_eq!(page.headers["vary"], "Origin");
    }
}

#[tokio::test]
async fn w73_a_whole_address_in_the_request_stands_for_a_missing_host() {
    let router = endpoint().await.router();
    for (target, host, status) in [
        ("http://localhost:7/cmds.json", "", 200),
        ("http://localhost:7/cmds.json", "LOCALHOST:7", 200),
        ("http://localhost:7/cmds.json", "127.0.0.1:7", 403),
        ("http://evil.example/cmds.json", "", 403),
        ("http://evil.example/cmds.json", "localhost", 403),
        ("http://me@localhost/cmds.json", "", 403),
        ("/cmds.json", "", 403),
    ] {
        let request = request("GET", target, &[("host", host)], Body::empty());
        let answer = send(&router, request).await;
        assert_eq!(answer.status, status, "{target} {host}");
    }
}

#[tokio::test]
async fn w73_browsers_are_answered_about_pages_that_are_allowed() {
    let endpoint = HttpEndpoint::token(provider().await, one_token("s3cret"));
    let router = endpoint.allow_origin("https://app.example").router();
    let ask = |origin| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
        ];
        send(&router, request("OPTIONS", "/cmd", &headers, Body::empty()))
    };
    let answer = ask("https://app.example").await;
    assert_eq!(answer.status, 204);
    assert_eq!(
        answer.headers["access-control-allow-origin"],
        "https://app.example"
    );
    let allowed = answer.headers["access-control-allow-headers"]
        .to_str()
        .unwrap();
    assert!(allowed.contains("authorization") && allowed.contains("content-type"));
    let refused = ask("https://other.example").await;
    refused.error(403);
    assert!(!refused.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn w73_private_commands_are_not_there() {
    let registry = provider().await;
    let own = DynCommand::new("_own.secret", |_: Value| async {
        Ok::<_, CommandError>("secret")
    });
    registry.register_command(own).await.unwrap();
    let router = HttpEndpoint::without_token(registry)
        .whole_directory()
        .router();
    let line = post(&router, call("1", "_own.secret", json!({})))
        .await
        .line();
    let error = json!({"code": "not_found", "message": "command not found: _own.secret"});
    assert_eq!(line["response"]["error"], error);
    assert!(!get(&router, "/cmds.json").await.text.contains("_own"));
}

#[tokio::test]
async fn w73_a_body_may_not_be_too_long() {
    let limits = ChannelLimits::default().frame_bytes(1000);
    let router = endpoint().await.limits(limits).router();
    let fits = call("1", "test.echo", json!("x".repeat(800)));
    assert_eq!(post(&router, fits).await.line()["response"]["ok"], true);
    let text = call("1", "test.echo", json!("x".repeat(1000))).to_string();
    // Whether its length is said beforehand or not.
    let said = post(&router, &text).await;
    said.error(413);
    assert_eq!(said.headers["connection"], "close");
    let chunks = stream::iter(
        text.into_bytes()
            .chunks(100)
            .map(<[u8]>::to_vec)
            .collect::<Vec<_>>(),
    );
    use futures_util::StreamExt;
    let body = Body::from_stream(chunks.map(Ok::<_, std::io::Error>));
    send(&router, request("POST", "/cmd", &[], body))
        .await
        .error(413);
}

#[tokio::test]
async fn what_is_sent_may_be_longer_than_what_is_taken() {
    let registry = provider().await;
    let big = DynCommand::new("test.big", |_: Value| async {
        Ok::<_, CommandError>("x".repeat(5000))
    });
    registry.register_command(big).await.unwrap();
    // In whichever order it is said.
    let limits = ChannelLimits::default().frame_bytes(10_000);
    let one = HttpEndpoint::without_token(registry.clone()).body_bytes(1000);
    let other = HttpEndpoint::without_token(registry).limits(limits);
    for endpoint in [one.limits(limits), other.body_bytes(1000)] {
        let router = endpoint.router();
        let line = post(&router, call("1", "test.big", json!(1))).await.line();
        assert_eq!(line["response"]["result"], "x".repeat(5000));
        let long = call("1", "test.echo", json!("x".repeat(1000)));
        post(&router, long).await.error(413);
    }
}

#[tokio::test]
async fn a_list_is_cut_to_what_a_message_may_have() {
    let registry = CommandRegistry::new(Default::default());
    for number in 0..100 {
        let command = DynCommand::new(format!("test.c{number:05}"), |_: Value| async {
            Ok::<_, CommandError>(())
        });
        registry.register_command(command).await.unwrap();
    }
    let limited = |bytes| {
        let limits = ChannelLimits::default().frame_bytes(bytes);
        HttpEndpoint::without_token(registry.clone()).limits(limits)
    };
    for id in ["l".to_owned(), "l".repeat(700)] {
        let list = json!({"type": "list.commands.request", "id": id});
        let line = post(&limited(2000).router(), &list).await.line();
        assert_eq!(line["type"], "list.commands.response");
        assert_eq!(line["thid"], id);
        let listed = line["commands"].as_array().unwrap().len();
        assert!((10..90).contains(&listed), "{listed}");
    }
    // Not even an empty one fits. That is no call, and not answered as one.
    let list = json!({"type": "list.commands.request", "id": "l"});
    let said = post(&limited(60).router(), list).await.error(500);
    assert!(said.contains("list.commands.response"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn w73_a_body_that_trickles_is_given_up() {
    let router = endpoint()
        .await
        .body_timeout(Duration::from_secs(10))
        .router();
    let drops = stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Some((Ok::<_, std::io::Error>("{"), ()))
    });
    let begun = tokio::time::Instant::now();
    let answer = send(
        &router,
        request("POST", "/cmd", &[], Body::from_stream(drops)),
    )
    .await;
    answer.error(408);
    assert_eq!(answer.headers["connection"], "close");
    assert_eq!(begun.elapsed(), Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn w73_bodies_that_arrive_together_are_bounded_together() {
    let router = endpoint().await.body_bytes_in_all(1000).router();
    let slow = |router: axum::Router| {
        use futures_util::StreamExt;
        let first = stream::iter([Ok::<_, std::io::Error>("x".repeat(900))]);
        let body = Body::from_stream(first.chain(stream::pending()));
        tokio::spawn(async move { send(&router, request("POST", "/cmd", &[], body)).await })
    };
    let held = slow(router.clone());
    tokio::time::sleep(Duration::from_secs(1)).await;
    let refused = slow(router.clone()).await.unwrap();
    refused.error(503);
    assert_eq!(refused.headers["retry-after"], "1");
    // What is given up makes room again.
    held.await.unwrap().error(408);
    assert_eq!(
        post(&router, call("1", "test.echo", json!(1))).await.line()["response"]["ok"],
        true
    );
}

#[tokio::test]
async fn w73_calls_beyond_the_limit_are_answered_overloaded() {
    let router = endpoint().await.calls(1).router();
    let other = router.clone();
    let held = tokio::spawn(async move { post(&other, call("1", "test.hang", json!({}))).await });
    let overloaded = json!({"code": "internal_error", "message": "overloaded"});
    soon(async {
        loop {
            let line = post(&router, call("2", "test.echo", json!(1))).await.line();
            if line["response"]["error"] == overloaded {
                return;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    // A list costs no place.
    let list = json!({"type": "list.commands.request", "id": "l"});
    assert_eq!(
        post(&router, list).await.line()["type"],
        "list.commands.response"
    );
    held.abort();
    soon(async {
        while post(&router, call("2", "test.echo", json!(1))).await.line()["response"]["ok"] != true
        {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_that_goes_away_abandons_its_call() {
    struct Told(mpsc::UnboundedSender<&'static str>);
    impl Drop for Told {
        fn drop(&mut self) {
            let _ = self.0.send("dropped");
        }
    }
    let registry = CommandRegistry::new(Default::default());
    let (sender, mut told) = mpsc::unbounded_channel();
    let hang = DynCommand::new("test.hang", move |_: Value| {
        let sender = sender.clone();
        async move {
            let _dropped = Told(sender.clone());
            sender.send("begun").unwrap();
            std::future::pending::<Result<Value, CommandError>>().await
        }
    });
    registry.register_command(hang).await.unwrap();
    let address = serve(HttpEndpoint::without_token(registry).router()).await;
    let mut socket = TcpStream::connect(address).await.unwrap();
    let body = call("1", "test.hang", json!({})).to_string();
    let head = format!(
        "POST /cmd HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(soon(told.recv()).await, Some("begun"));
    drop(socket);
    assert_eq!(soon(told.recv()).await, Some("dropped"));
}

#[tokio::test]
async fn the_answer_is_sent_in_chunks_and_the_connection_is_kept() {
    let address = serve(endpoint().await.router()).await;
    let mut socket = TcpStream::connect(address).await.unwrap();
    let body = call("1", "test.echo", json!("x")).to_string();
    let head = format!(
        "POST /cmd HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    for _ in 0..2 {
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut text = String::new();
        let mut buffer = [0; 4096];
        while !text.ends_with("\r\n0\r\n\r\n") {
            let count = soon(socket.read(&mut buffer)).await.unwrap();
            assert!(count > 0, "{text}");
            text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
        }
        assert!(text.contains("transfer-encoding: chunked"), "{text}");
    }
}

#[tokio::test]
async fn calls_to_a_registry_that_is_disposed_of_are_answered_disconnected() {
    let registry = provider().await;
    let router = HttpEndpoint::without_token(registry.clone()).router();
    let other = router.clone();
    let open = tokio::spawn(async move { post(&other, call("1", "test.hang", json!({}))).await });
    tokio::task::yield_now().await;
    registry.dispose().await;
    for answer in [
        soon(open).await.unwrap(),
        post(&router, call("1", "test.echo", json!({}))).await,
    ] {
        let error = &answer.line()["response"]["error"];
        assert_eq!(error["code"], "channel_disconnected");
    }
}

#[tokio::test]
async fn a_provider_that_goes_away_fails_the_call() {
    let hub = CommandRegistry::new(Default::default());
    let (to_hub, to_peer) = InMemoryChannel::pair("hub", "peer");
    let peer = provider().await;
    let served = drive(&peer, to_hub).await;
    let _driver = drive(&hub, to_peer).await;
    knows(&hub, "test.hang").await;
    let router = HttpEndpoint::without_token(hub.clone()).router();
    let open = tokio::spawn(async move { post(&router, call("1", "test.hang", json!({}))).await });
    soon(async {
        while hub.load().outstanding == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    served.abort();
    let line = soon(open).await.unwrap().line();
    assert_eq!(line["response"]["error"]["code"], "channel_disconnected");
}

#[tokio::test]
async fn a_request_that_goes_round_in_circles_is_stopped() {
    let hub = CommandRegistry::new(Default::default());
    let (to_hub, to_peer) = InMemoryChannel::pair("hub", "peer");
    let peer = provider().await;
    let (_a, _b) = (drive(&peer, to_hub).await, drive(&hub, to_peer).await);
    knows(&hub, "test.echo").await;
    let router = HttpEndpoint::without_token(hub).router();
    let ask = |hops: u64| {
        let mut message = call("1", "test.echo", json!(1));
        message["_meta"] = json!({"cmdbus-hops": hops});
        post(&router, message)
    };
    assert_eq!(ask(31).await.line()["response"]["ok"], true);
    for hops in [32, u64::MAX] {
        let error = ask(hops).await.line()["response"]["error"].clone();
        assert_eq!(error["code"], "not_found");
        assert!(error["message"].as_str().unwrap().contains("routing loop"));
    }
}

#[tokio::test]
async fn the_document_lists_local_commands_or_all_there_are() {
    let hub = CommandRegistry::new(Default::default());
    let own = DynCommand::new("own.one", |_: Value| async { Ok::<_, CommandError>(1) })
        .description("One")
        .request_schema(json!({"type": "string"}));
    hub.register_command(own).await.unwrap();
    let (to_hub, to_peer) = InMemoryChannel::pair("hub", "peer");
    let peer = provider().await;
    let (_a, _b) = (drive(&peer, to_hub).await, drive(&hub, to_peer).await);
    knows(&hub, "test.hang").await;
    let listed =
        json!({"id": "own.one", "description": "One", "schema": {"request": {"type": "string"}}});
    let local = get(
        &HttpEndpoint::without_token(hub.clone()).router(),
        "/cmds.json",
    )
    .await;
    assert_eq!(local.headers["content-type"], "application/json");
    assert_eq!(
        local.json(),
        json!({"cmdschema": "1.0.0", "commands": [listed]})
    );
    let router = HttpEndpoint::without_token(hub).whole_directory().router();
    let all = get(&router, "/cmds.json").await.json();
    let ids: Vec<_> = all["commands"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["id"].clone())
        .collect();
    assert_eq!(ids, ["own.one", "test.echo", "test.fail", "test.hang"]);
    let line = post(&router, json!({"type": "list.commands.request", "id": "l"}))
        .await
        .line();
    assert_eq!(line["commands"], all["commands"]);
}

#[tokio::test]
async fn a_long_document_comes_whole() {
    let registry = CommandRegistry::new(Default::default());
    for number in 0..1203 {
        let command = DynCommand::new(format!("test.c{number:05}"), |_: Value| async {
            Ok::<_, CommandError>(())
        });
        registry.register_command(command).await.unwrap();
    }
    struct Odd;
    impl HttpAccess for Odd {
        fn may_call(&self, _: &Extensions, command_id: &str) -> bool {
            // Nothing of the first two pages but one.
            command_id == "test.c00700" || command_id > "test.c01100"
        }
        fn may_listen(&self, _: &Extensions) -> bool {
            false
        }
    }
    let all = get(
        &HttpEndpoint::without_token(registry.clone()).router(),
        "/cmds.json",
    )
    .await
    .json();
    assert_eq!(all["commands"].as_array().unwrap().len(), 1203);
    let router = HttpEndpoint::behind(registry, Arc::new(Odd)).router();
    let some = get(&router, "/cmds.json").await.json();
    assert_eq!(some["commands"].as_array().unwrap().len(), 103);
    let line = post(&router, call("1", "test.c00001", json!({})))
        .await
        .line();
    assert_eq!(line["response"]["error"]["code"], "not_found");
    get(&router, "/events").await.error(403);
}

#[tokio::test]
async fn calls_end_with_the_access_of_their_caller() {
    let (end, over) = tokio::sync::watch::channel(false);
    let router = HttpEndpoint::behind(provider().await, Arc::new(Short(over))).router();
    let other = router.clone();
    let open = tokio::spawn(async move { post(&other, call("1", "test.hang", json!({}))).await });
    let third = router.clone();
    let events = tokio::spawn(async move { get(&third, "/events").await });
    tokio::task::yield_now().await;
    end.send(true).unwrap();
    let line = soon(open).await.unwrap().line();
    assert_eq!(line["response"]["error"]["code"], "channel_disconnected");
    assert_eq!(soon(events).await.unwrap().text, "");
}
