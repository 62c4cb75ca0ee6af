use std::io::Write as _;

use cmdbus_mcp::carry::deaf;
use cmdbus_mcp::rpc::{Era, codes};
use cmdbus_mcp::upstream::{HttpConfig, HttpConnection};

use super::server::Server;
use super::{Ear, ask, call, connect};

const PROGRESS: &str = r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p","progress":1}}"#;
const LOG: &str = r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"data":1.10}}"#;

/// Serves one fixed response to everything.
async fn fixed(status: u16, kind: &'static str, body: &'static str) -> Server {
    Server::start(move |x| {
        Box::pin(async move {
            x.reply(status, &[("content-type", kind)], body.as_bytes())
                .await
        })
    })
    .await
}

/// Returns the error of a call that gets one fixed response.
async fn refused(status: u16, kind: &'static str, body: &'static str) -> (i64, String, String) {
    let server = fixed(status, kind, body).await;
    let (connection, _) = connect(&server, Era::Modern);
    let error = call(
        &connection,
        Era::Modern,
        "tools/call",
        None,
        &Ear::default(),
    )
    .await
    .unwrap_err();
    let data = error
        .data
        .map_or_else(String::new, |data| data.get().to_owned());
    (error.code, error.message, data)
}

#[tokio::test]
async fn json_and_events_carry_a_result_byte_for_byte() {
    const RESULT: &str = r#"{"z":1.10,"big":123456789012345678901234567890,"a":{"vendor":[1e2, null]},"text":"\u00e9\/"}"#;
    let server = Server::start(|x| {
        Box::pin(async move {
            if x.before == 0 {
                x.result(RESULT).await;
            } else {
                x.stream().await;
                let answer = x.answer(RESULT);
                x.event(&answer).await;
                x.end().await;
            }
        })
    })
    .await;
    let (connection, _) = connect(&server, Era::Modern);
    for _ in 0..2 {
        assert_eq!(ask(&connection, Era::Modern).await.unwrap(), RESULT);
    }
}

#[tokio::test]
async fn w43_messages_before_the_result_are_heard_in_order_and_do_not_break_it() {
    let server = Server::start(|x| {
        Box::pin(async move {
            x.stream().await;
            // Several events in one piece, and one event in several.
            x.piece(&format!(
                ": hello\n\ndata: {PROGRESS}\r\n\r\ndata: {LOG}\n\nda"
            ))
            .await;
            let answer = x.answer("{}");
            x.piece(&format!("ta: {PROGRESS}\n\nevent: message\ndata: {answer}"))
                .await;
            x.piece("\n").await;
            x.piece("\n").await;
            x.end().await;
        })
    })
    .await;
    let (connection, session) = connect(&server, Era::Legacy);
    let ear = Ear::default();
    let result = call(&connection, Era::Legacy, "tools/call", None, &ear)
        .await
        .unwrap();
    assert_eq!(result.get(), "{}");
    let progress = r#"notifications/progress {"progressToken":"p","progress":1}"#;
    assert_eq!(
        ear.all(),
        [progress, r#"notifications/message {"data":1.10}"#, progress]
    );
    assert!(session.all().is_empty());
}

#[tokio::test]
async fn a_connection_serves_again_after_an_answer_in_events() {
    let server = Server::start(|x| {
        Box::pin(async move {
            x.stream().await;
            let answer = x.answer("{}");
            x.event(&answer).await;
            x.end().await;
        })
    })
    .await;
    let (connection, _) = connect(&server, Era::Modern);
    for _ in 0..20 {
        ask(&connection, Era::Modern).await.unwrap();
    }
    assert_eq!(server.seen().len(), 20);
    assert!(server.connections() < 10, "{}", server.connections());
}

#[tokio::test]
async fn compressed_answers_are_read() {
    let server = Server::start(|x| {
        Box::pin(async move {
            assert!(
                x.request
                    .header("accept-encoding")
                    .unwrap()
                    .contains("gzip")
            );
            let answer = x.answer(r#"{"a":1.10}"#);
            let (kind, body) = if x.before == 0 {
                ("application/json", answer)
            } else {
                ("text/event-stream", format!("data: {answer}\n\n"))
            };
            let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            zip.write_all(body.as_bytes()).unwrap();
            let headers = [("content-type", kind), ("content-encoding", "gzip")];
            x.reply(200, &headers, &zip.finish().unwrap()).await;
        })
    })
    .await;
    let (connection, _) = connect(&server, Era::Modern);
    for _ in 0..2 {
        assert_eq!(
            ask(&connection, Era::Modern).await.unwrap(),
            r#"{"a":1.10}"#
        );
    }
}

#[tokio::test]
async fn what_is_longer_than_the_limit_is_refused_in_every_form() {
    let server = Server::start(|x| {
        Box::pin(async move {
            let answer = x.answer(&format!("\"{}\"", "x".repeat(2000)));
            let json = ("content-type", "application/json");
            match x.before {
                0 => x.json(200, &answer).await,
                // Short on the wire, long when unpacked.
                1 => {
                    let mut zip =
                        flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
                    zip.write_all(answer.as_bytes()).unwrap();
                    let body = zip.finish().unwrap();
                    x.reply(200, &[json, ("content-encoding", "gzip")], &body)
                        .await;
                }
                2 => {
                    x.stream().await;
                    x.event(&answer).await;
                }
                // An event that never ends.
                3 => {
                    x.stream().await;
                    for _ in 0..100 {
                        x.piece("data: xxxxxxxxxxxxxxxx\n").await;
                    }
                    x.closed().await;
                }
                _ => {
                    x.stream().await;
                    for _ in 0..100 {
                        x.event(LOG).await;
                    }
                    let answer = x.answer("1");
                    x.event(&answer).await;
                    x.end().await;
                }
            }
        })
    })
    .await;
    let config = HttpConfig::new(&server.url(), &[])
        .unwrap()
        .with_max_message(1000);
    let connection = HttpConnection::new(config, Era::Modern, deaf());
    for _ in 0..4 {
        assert_eq!(ask(&connection, Era::Modern).await, Err(codes::TOO_LARGE));
    }
    // The limit is one of messages, not of streams.
    assert_eq!(ask(&connection, Era::Modern).await.unwrap(), "1");
}

#[tokio::test]
async fn what_is_no_answer_says_so() {
    for (status, kind, body, said) in [
        (202, "application/json", "", "202"),
        (200, "text/html", "<html>", "`text/html`"),
        (200, "application/json", "", "not JSON"),
        (200, "application/json", "[]", "batch"),
        (
            200,
            "application/json",
            r#"{"jsonrpc":"2.0","id":"foreign","result":1}"#,
            "id",
        ),
        (200, "application/json", PROGRESS, "no response"),
    ] {
        let (code, text, _) = refused(status, kind, body).await;
        assert_eq!(code, codes::BAD_ANSWER, "{body}");
        assert!(text.contains(said), "{text}");
    }
    // The stream ends without an answer.
    let (code, ..) = refused(200, "text/event-stream", "data: {}\n\n").await;
    assert_eq!(code, codes::CHANNEL_LOST);
}

#[tokio::test]
async fn an_error_of_the_server_arrives_as_it_was_sent() {
    const ERROR: &str = r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32022,"message":"no","data":{"supported":["2025-11-25"],"n":1.10}}}"#;
    const EVENT: &str = "data: {\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32022,\"message\":\"no\",\"data\":{\"supported\":[\"2025-11-25\"],\"n\":1.10}}}\n\n";
    for (status, kind, body) in [
        (400, "application/json", ERROR),
        (401, "text/plain", ERROR),
        (503, "application/json", ERROR),
        (200, "application/json", ERROR),
        (200, "text/event-stream", EVENT),
    ] {
        let (code, text, data) = refused(status, kind, body).await;
        assert_eq!((code, text.as_str()), (-32022, "no"), "{status} {kind}");
        assert_eq!(data, r#"{"supported":["2025-11-25"],"n":1.10}"#);
    }
}

#[tokio::test]
async fn a_status_without_a_message_is_told_with_what_to_do() {
    for (status, said) in [
        (401, "`headers`"),
        (403, "`headers`"),
        (404, "`url`"),
        (500, "log"),
    ] {
        let (code, text, data) = refused(status, "text/plain", r#"{"error":"x"}"#).await;
        assert_eq!(code, codes::UPSTREAM_FAILED);
        assert!(text.contains(said), "{text}");
        assert_eq!(data, format!(r#"{{"status":{status}}}"#));
    }
}

#[tokio::test]
async fn ids_of_odd_forms_are_matched() {
    let server = Server::start(|x| {
        Box::pin(async move {
            let id = x.request.id();
            let id = if x.before == 0 {
                format!("\"{id}\"")
            } else {
                format!("{id}.0")
            };
            let body = format!(r#"{{"id":{id},"result":true,"jsonrpc":"2.0"}}"#);
            x.json(200, &body).await;
        })
    })
    .await;
    let (connection, _) = connect(&server, Era::Modern);
    for _ in 0..2 {
        assert_eq!(ask(&connection, Era::Modern).await.unwrap(), "true");
    }
}

#[tokio::test]
async fn w46_a_server_that_is_not_there_fails_the_call_at_once() {
    // Nobody listens on port 1.
    let config = HttpConfig::new("http://127.0.0.1:1/mcp?key=secret", &[]).unwrap();
    let connection = HttpConnection::new(config, Era::Modern, deaf());
    let error = call(
        &connection,
        Era::Modern,
        "tools/call",
        None,
        &Ear::default(),
    )
    .await
    .unwrap_err();
    assert_eq!(error.code, codes::UPSTREAM_FAILED);
    assert!(error.message.contains("refused"), "{}", error.message);
    assert!(!error.message.contains("secret"), "{}", error.message);
}
