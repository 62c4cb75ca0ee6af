//! The client's side, against the server of this crate and against ones that misbehave.

use std::future::{Future, IntoFuture};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use cmdbus::channel::http::{HttpChannel, HttpEndpoint, HttpFailure};
use cmdbus::channel::{ChannelLimits, one_token};
use cmdbus::{ChannelError, CommandChannel, CommandError, CommandRegistry, DynCommand, Message};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::support::serve;
use crate::support::{drive, knows, provider, soon};

/// Serves answers of the test. The list of commands is `far.one`, unless the test has a word to say.
async fn server<F, Fut>(answer: F) -> String
where
    F: Fn(Value) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Option<Response>> + Send + 'static,
{
    let handler = move |body: Bytes| {
        let answer = answer.clone();
        async move {
            let message: Value = serde_json::from_slice(&body).unwrap();
            let given = answer(message.clone()).await;
            given.unwrap_or_else(|| line(&list(&message, &["far.one"])))
        }
    };
    let address = serve(Router::new().route("/base/cmd", post(handler))).await;
    format!("http://{address}/base/")
}

fn list(request: &Value, ids: &[&str]) -> Value {
    let commands: Vec<_> = ids.iter().map(|id| json!({"id": id})).collect();
    json!({"type": "list.commands.response", "id": "l", "thid": request["id"], "commands": commands})
}

fn line(message: &Value) -> Response {
    format!("{message}\n").into_response()
}

fn is_call(message: &Value) -> bool {
    message["type"] == "execute.command.request"
}

/// Joins a registry to a server that answers calls in some way.
async fn joined<F>(answer: F) -> CommandRegistry
where
    F: Fn(&Value) -> Response + Clone + Send + Sync + 'static,
{
    let url = server(move |message| {
        let given = is_call(&message).then(|| answer(&message));
        async move { given }
    })
    .await;
    let registry = CommandRegistry::new(Default::default());
    drive(&registry, Arc::new(HttpChannel::connect("far", url))).await;
    knows(&registry, "far.one").await;
    registry
}

async fn error_of(registry: &CommandRegistry) -> CommandError {
    soon(registry.execute_dyn("far.one", json!({})))
        .await
        .unwrap_err()
}

#[tokio::test]
async fn commands_of_a_server_are_called_like_any_other() {
    let endpoint = HttpEndpoint::token(provider().await, one_token("s3cret"));
    let url = format!("http://{}", serve(endpoint.router()).await);
    let registry = CommandRegistry::new(Default::default());
    let channel = HttpChannel::connect("far", url).token("s3cret");
    drive(&registry, Arc::new(channel)).await;
    knows(&registry, "test.hang").await;
    for request in [json!({"a": 1.5}), json!("x".repeat(100_000)), json!([null])] {
        let result = soon(registry.execute_dyn("test.echo", request.clone())).await;
        assert_eq!(result.unwrap(), request);
    }
    let error = soon(registry.execute_dyn("test.fail", json!({})))
        .await
        .unwrap_err();
    assert!(matches!(error, CommandError::Internal { message, .. } if message == "as asked"));
    // Many at once, and the connections are used again.
    let calls = (0..200).map(|number| {
        let registry = registry.clone();
        async move {
            registry
                .execute_dyn("test.echo", json!(number))
                .await
                .unwrap()
                == json!(number)
        }
    });
    let fine = soon(futures_util::future::join_all(calls)).await;
    assert!(fine.into_iter().all(|fine| fine));
}

#[tokio::test]
async fn w72_a_prefix_is_on_every_name_and_private_commands_are_left_where_they_are() {
    let url = server(|message| async move {
        (!is_call(&message))
            .then(|| line(&list(&message, &["one", "_own.secret", "a.two"])))
            .or_else(|| {
                Some(line(&json!({
                    "type": "execute.command.response", "id": "r", "thid": message["id"],
                    "response": {"ok": true, "result": message["commandId"]},
                })))
            })
    })
    .await;
    let registry = CommandRegistry::new(Default::default());
    let channel = Arc::new(HttpChannel::connect("far", url).prefix("far"));
    drive(&registry, channel.clone()).await;
    knows(&registry, "far.a.two").await;
    // Another list, as the registry asks for it, changes nothing.
    let id = Uuid::new_v4();
    channel
        .send(Message::ListCommandsRequest { id, meta: None })
        .unwrap();
    for (called, heard) in [("far.one", "one"), ("far.a.two", "a.two")] {
        let result = soon(registry.execute_dyn(called, json!({}))).await.unwrap();
        assert_eq!(result, heard);
    }
    let known: Vec<_> = registry
        .list_commands()
        .into_iter()
        .map(|command| command.id)
        .collect();
    assert_eq!(known, ["far.a.two", "far.one"]);
}

#[tokio::test]
async fn w68_only_the_answer_to_what_was_asked_is_taken() {
    let ran = Arc::new(Mutex::new(0));
    let counted = ran.clone();
    for reply in [
        json!({"type": "execute.command.request", "id": "x", "commandId": "own.run"}),
        json!({"type": "register.command.request", "id": "x", "command": {"id": "evil.command"}}),
        json!({"type": "list.commands.response", "id": "x", "thid": "THID", "commands": [{"id": "evil.command"}]}),
        json!({"type": "event", "id": "x", "eventId": "evil.event"}),
        json!({"type": "execute.command.response", "id": "x", "thid": Uuid::new_v4(), "response": {"ok": true}}),
        json!({"type": "execute.command.response", "id": "x", "thid": "other", "response": {"ok": true}}),
        json!({"type": "register.command.response", "id": "x", "thid": "THID", "response": {"ok": true}}),
        json!("nothing"),
    ] {
        let registry = joined(move |request| {
            let mut reply = reply.clone();
            if reply["thid"] == "THID" {
                reply["thid"] = request["id"].clone();
            }
            line(&reply)
        })
        .await;
        let counted = counted.clone();
        let own = DynCommand::new("own.run", move |_: Value| {
            *counted.lock().unwrap() += 1;
            async { Ok::<_, CommandError>(()) }
        });
        registry.register_command(own).await.unwrap();
        let counted = ran.clone();
        let _listening = registry.on_dyn("evil.event", move |_| *counted.lock().unwrap() += 1);
        match error_of(&registry).await {
            CommandError::Internal { message, .. } => {
                assert!(message.contains("no answer to this call"), "{message}")
            }
            other => panic!("{other}"),
        }
        assert!(
            registry
                .list_commands()
                .iter()
                .all(|command| command.id != "evil.command")
        );
    }
    assert_eq!(*ran.lock().unwrap(), 0);
}

#[tokio::test]
async fn w69_failures_are_told_at_once_and_by_their_kind() {
    let with = |status: u16, body: &'static str| {
        joined(move |_| (StatusCode::from_u16(status).unwrap(), body).into_response())
    };
    match error_of(&with(400, r#"{"error":"Invalid message format"}"#).await).await {
        CommandError::InvalidRequest { message, .. } => {
            assert!(
                message.ends_with("status 400: Invalid message format"),
                "{message}"
            );
        }
        other => panic!("{other}"),
    }
    for (status, body) in [
        (401, ""),
        (403, "{}"),
        (500, "oops"),
        (503, r#"{"error":"later"}"#),
    ] {
        match error_of(&with(status, body).await).await {
            CommandError::Internal { message, .. } => {
                assert!(message.contains(&format!("status {status}")), "{message}");
            }
            other => panic!("{other}"),
        }
    }
    for empty in ["", "\n", "  \r\n\n"] {
        let error = error_of(&with(200, empty).await).await;
        assert!(
            matches!(error, CommandError::ChannelDisconnected),
            "{error}"
        );
    }
}

#[tokio::test]
async fn w69_a_server_that_is_gone_or_breaks_off_is_told_as_disconnected() {
    let registry = joined(|_| {
        let chunks = [Ok("{\"type\":"), Err(std::io::Error::other("broken"))];
        Body::from_stream(stream::iter(chunks)).into_response()
    })
    .await;
    assert!(matches!(
        error_of(&registry).await,
        CommandError::ChannelDisconnected
    ));
    // Nobody listens any more where the server was.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = HttpEndpoint::without_token(provider().await).router();
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let registry = CommandRegistry::new(Default::default());
    drive(
        &registry,
        Arc::new(HttpChannel::connect("far", format!("http://{address}"))),
    )
    .await;
    knows(&registry, "test.echo").await;
    serving.abort();
    let _ = serving.await;
    soon(async {
        // Connections that are open are served to their end.
        while registry.execute_dyn("test.echo", json!(1)).await.is_ok() {}
    })
    .await;
    let error = soon(registry.execute_dyn("test.echo", json!(1)))
        .await
        .unwrap_err();
    assert!(
        matches!(error, CommandError::ChannelDisconnected),
        "{error}"
    );
}

#[tokio::test]
async fn w71_the_time_limit_covers_the_body() {
    let url = server(|message| async move {
        is_call(&message).then(|| {
            use futures_util::StreamExt;
            let first = stream::iter([Ok::<_, std::io::Error>("{\"type\":")]);
            Body::from_stream(first.chain(stream::pending())).into_response()
        })
    })
    .await;
    let registry = CommandRegistry::new(Default::default());
    let channel = HttpChannel::connect("far", url).timeout(Duration::from_millis(200));
    drive(&registry, Arc::new(channel)).await;
    knows(&registry, "far.one").await;
    assert!(matches!(error_of(&registry).await, CommandError::Timeout));
}

#[tokio::test]
async fn w71_a_list_that_does_not_come_fails_the_start() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        // Hears everything and says nothing.
        let mut kept = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut buffer = [0; 1000];
            let _ = socket.read(&mut buffer).await;
            kept.push(socket);
        }
    });
    let channel = HttpChannel::connect("far", url).timeout(Duration::from_millis(100));
    let error = soon(channel.start()).await.unwrap_err().to_string();
    assert!(error.contains("timed out"), "{error}");
}

#[tokio::test]
async fn a_start_fails_with_what_was_answered() {
    let start = |url: String| async move {
        let channel = HttpChannel::connect("far", url);
        soon(channel.start()).await.unwrap_err().to_string()
    };
    let registry = provider().await;
    let guarded = serve(HttpEndpoint::token(registry, one_token("s3cret")).router()).await;
    let error = start(format!("http://{guarded}")).await;
    assert!(
        error.contains("status 401") && error.contains("a token is needed"),
        "{error}"
    );
    let odd = server(|message| async move {
        let thid = &message["id"];
        Some(line(&json!({"type": "execute.command.response", "id": "x", "thid": thid, "response": {"ok": true}})))
    })
    .await;
    assert!(start(odd).await.contains("no list of commands"));
    for (url, mend) in [
        ("nonsense", "`http://HOST:PORT`"),
        ("ftp://localhost/", "`http://HOST:PORT`"),
        ("https://localhost", "TLS"),
        ("http://me:secret@localhost", "no place for a secret"),
    ] {
        let error = start(url.to_owned()).await;
        assert!(
            error.contains(mend) && !error.contains("me:secret"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn headers_are_what_the_caller_makes_of_them() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let heard = seen.clone();
    let handler = move |headers: HeaderMap, body: Bytes| {
        heard.lock().unwrap().push(headers);
        async move {
            let message: Value = serde_json::from_slice(&body).unwrap();
            line(&list(&message, &[]))
        }
    };
    let address = serve(Router::new().route("/cmd", post(handler))).await;
    let channel = HttpChannel::connect("far", format!("http://{address}"))
        .token("s3cret")
        .edit_headers(|headers| {
            headers.insert("x-tenant", "blue".parse().unwrap());
        });
    soon(channel.start()).await.unwrap();
    // A second start does nothing.
    soon(channel.start()).await.unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0]["authorization"], "Bearer s3cret");
    assert_eq!(seen[0]["content-type"], "application/json");
    assert_eq!(seen[0]["accept"], "application/x-ndjson");
    assert_eq!(seen[0]["x-tenant"], "blue");
    assert_eq!(seen[0]["host"], address.to_string());
}

#[tokio::test]
async fn an_answer_over_the_limit_fails_its_call_only() {
    let endpoint = HttpEndpoint::without_token(provider().await);
    let url = format!("http://{}", serve(endpoint.router()).await);
    let registry = CommandRegistry::new(Default::default());
    let limits = ChannelLimits::default().frame_bytes(2000);
    let big = DynCommand::new("test.unused", |_: Value| async {
        Ok::<_, CommandError>(())
    });
    registry.register_command(big).await.unwrap();
    let answers = server(|message| async move {
        is_call(&message).then(|| {
            let result = if message["request"] == 1 {
                "x".repeat(3000)
            } else {
                "x".to_owned()
            };
            line(
                &json!({"type": "execute.command.response", "id": "x", "thid": message["id"],
                "response": {"ok": true, "result": result}}),
            )
        })
    })
    .await;
    drive(
        &registry,
        Arc::new(HttpChannel::connect("far", answers).limits(limits)),
    )
    .await;
    drive(
        &registry,
        Arc::new(HttpChannel::connect("other", url).limits(limits)),
    )
    .await;
    knows(&registry, "far.one").await;
    knows(&registry, "test.echo").await;
    match soon(registry.execute_dyn("far.one", json!(1)))
        .await
        .unwrap_err()
    {
        CommandError::Internal { message, .. } => {
            assert!(message.contains("too long"), "{message}")
        }
        other => panic!("{other}"),
    }
    assert_eq!(
        soon(registry.execute_dyn("far.one", json!(2)))
            .await
            .unwrap(),
        "x"
    );
    // A request over the limit does not even go out.
    let error = soon(registry.execute_dyn("test.echo", json!("x".repeat(3000))))
        .await
        .unwrap_err();
    assert!(matches!(error, CommandError::Internal { .. }), "{error}");
}

#[tokio::test]
async fn a_closed_channel_sends_and_receives_nothing() {
    let endpoint = HttpEndpoint::without_token(provider().await);
    let url = format!("http://{}", serve(endpoint.router()).await);
    let registry = CommandRegistry::new(Default::default());
    let channel = Arc::new(HttpChannel::connect("far", url));
    let driver = drive(&registry, channel.clone()).await;
    knows(&registry, "test.hang").await;
    let other = registry.clone();
    let open = tokio::spawn(async move { other.execute_dyn("test.hang", json!({})).await });
    soon(async {
        while registry.load().outstanding == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    channel.close().await;
    channel.close().await;
    soon(driver).await.unwrap();
    let error = soon(open).await.unwrap().unwrap_err();
    assert!(
        matches!(error, CommandError::ChannelDisconnected),
        "{error}"
    );
    assert!(soon(channel.recv()).await.is_none());
    let message = Message::ListCommandsRequest {
        id: Uuid::new_v4(),
        meta: None,
    };
    assert!(matches!(channel.send(message), Err(ChannelError::Closed)));
    assert!(registry.list_commands().is_empty());
}

#[tokio::test]
async fn the_time_that_a_caller_gives_is_the_limit() {
    let endpoint = HttpEndpoint::without_token(provider().await);
    let url = format!("http://{}", serve(endpoint.router()).await);
    let registry = CommandRegistry::new(Default::default());
    drive(&registry, Arc::new(HttpChannel::connect("far", url))).await;
    knows(&registry, "test.hang").await;
    let call = registry
        .call_dyn("test.hang", json!({}))
        .timeout(Duration::from_millis(150));
    assert!(matches!(
        soon(call.into_future()).await,
        Err(CommandError::Timeout)
    ));
}

#[tokio::test]
async fn a_closure_around_every_request_may_send_it_again() {
    let busy = Arc::new(Mutex::new(2));
    let url = server(move |message| {
        let left = {
            let mut left = busy.lock().unwrap();
            *left -= i32::from(is_call(&message));
            *left
        };
        let given = is_call(&message).then(|| match left {
            0.. => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            _ => line(&json!({
                "type": "execute.command.response", "id": "r", "thid": message["id"],
                "response": {"ok": true, "result": left},
            })),
        });
        async move { given }
    })
    .await;
    let registry = CommandRegistry::new(Default::default());
    let channel = HttpChannel::connect("far", url).wrap_calls(|attempt| {
        Box::pin(async move {
            loop {
                match attempt.send().await {
                    Err(HttpFailure::Status(503, _)) => {}
                    outcome => return outcome,
                }
            }
        })
    });
    drive(&registry, Arc::new(channel)).await;
    knows(&registry, "far.one").await;
    let result = soon(registry.execute_dyn("far.one", json!({}))).await;
    assert_eq!(result.unwrap(), -1);
}

#[tokio::test]
async fn whoever_tries_for_ever_is_held_to_the_time_limit() {
    let url = server(|message| async move {
        is_call(&message).then(|| StatusCode::SERVICE_UNAVAILABLE.into_response())
    })
    .await;
    let registry = CommandRegistry::new(Default::default());
    let channel = HttpChannel::connect("far", url)
        .timeout(Duration::from_millis(300))
        .wrap_calls(|attempt| {
            Box::pin(async move {
                loop {
                    if let Ok(answer) = attempt.send().await {
                        return Ok(answer);
                    }
                }
            })
        });
    drive(&registry, Arc::new(channel)).await;
    knows(&registry, "far.one").await;
    let error = error_of(&registry).await;
    assert!(matches!(error, CommandError::Timeout), "{error}");
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_has_run_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let seen = Arc::new(Mutex::new(None));
    let told = seen.clone();
    let channel =
        HttpChannel::connect("far", format!("http://{address}")).wrap_calls(move |attempt| {
            let told = told.clone();
            Box::pin(async move {
                let outcome = attempt.send().await;
                *told.lock().unwrap() = outcome.as_ref().err().cloned();
                outcome
            })
        });
    assert!(soon(channel.start()).await.is_err());
    let seen = seen.lock().unwrap().take();
    assert!(
        matches!(seen, Some(HttpFailure::Unreachable(_))),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_call_that_is_given_up_ends_its_request() {
    struct Told(mpsc::UnboundedSender<&'static str>);
    impl Drop for Told {
        fn drop(&mut self) {
            let _ = self.0.send("dropped");
        }
    }
    let far = CommandRegistry::new(Default::default());
    let (sender, mut told) = mpsc::unbounded_channel();
    let hang = DynCommand::new("far.hang", move |_: Value| {
        let sender = sender.clone();
        async move {
            let _dropped = Told(sender.clone());
            sender.send("begun").unwrap();
            std::future::pending::<Result<Value, CommandError>>().await
        }
    });
    far.register_command(hang).await.unwrap();
    let endpoint = HttpEndpoint::without_token(far);
    let url = format!("http://{}", serve(endpoint.router()).await);
    let registry = CommandRegistry::new(Default::default());
    drive(&registry, Arc::new(HttpChannel::connect("far", url))).await;
    knows(&registry, "far.hang").await;
    let call = registry.call_dyn("far.hang", json!({}));
    let call = tokio::spawn(call.timeout(Duration::from_secs(3600)).into_future());
    assert_eq!(soon(told.recv()).await, Some("begun"));
    call.abort();
    assert_eq!(soon(told.recv()).await, Some("dropped"));
}

#[tokio::test]
async fn an_error_whose_text_does_not_end_is_told_by_its_status() {
    let url = server(|message| async move {
        is_call(&message).then(|| {
            use futures_util::StreamExt;
            let first = stream::iter([Ok::<_, std::io::Error>("{\"error\":")]);
            let body = Body::from_stream(first.chain(stream::pending()));
            (StatusCode::INTERNAL_SERVER_ERROR, body).into_response()
        })
    })
    .await;
    // Whether there is much time or little.
    for time in [Duration::from_secs(14), Duration::from_millis(300)] {
        let registry = CommandRegistry::new(Default::default());
        let channel = HttpChannel::connect("far", &url).timeout(time);
        drive(&registry, Arc::new(channel)).await;
        knows(&registry, "far.one").await;
        match error_of(&registry).await {
            CommandError::Internal { message, .. } => {
                assert!(message.contains("status 500"), "{message}");
            }
            other => panic!("{other}"),
        }
    }
}
