//! What nobody should send, and what comes of it: the edge as it is served, with time that passes by itself.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Extension;
use cmdbus::DynCommand;
use cmdbus_attach::auth::Principal;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::*;
use crate::commands::serve::public::http;

mod bodies;
mod keys;

/// An edge with two commands that send back what they get; one of them has a schema.
struct World {
    registry: CommandRegistry,
    router: Router,
    ran: Arc<AtomicUsize>,
    stop: watch::Sender<bool>,
    _folder: TempDir,
}

/// What came, of one answer or several.
struct Answer {
    head: String,
    body: String,
}

impl Answer {
    fn status(&self) -> u16 {
        self.head[9..12].parse().unwrap()
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}\n{}", self.head, self.body))
    }

    /// Returns status and code of a problem.
    #[track_caller]
    fn problem(&self) -> (u16, String) {
        assert!(
            self.head.contains("application/problem+json"),
            "{}",
            self.head
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status());
        (self.status(), problem["code"].as_str().unwrap().to_owned())
    }
}

impl World {
    async fn new() -> Self {
        let registry = CommandRegistry::new(cmdbus::Config::default());
        let ran = Arc::new(AtomicUsize::new(0));
        let list = json!({"type": "object", "properties": {"next": {"$ref": "#"}, "age": {"type": "integer"}}});
        for (id, schema) in [("any.echo", None), ("list.echo", Some(list))] {
            let ran = ran.clone();
            let mut command = DynCommand::new(id, move |request: Value| {
                ran.fetch_add(1, Ordering::Relaxed);
                async move { Ok(request) }
            });
            if let Some(schema) = schema {
                command = command.request_schema(schema);
            }
            registry.register_command(command).await.unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let authority = Arc::new(Authority::none(&[address]).unwrap());
        let mut config = Config::default();
        config.gateway.body_bytes = 10_000;
        let router = routes(&registry, &authority, &config, folder.path());
        Self {
            registry,
            router: router.layer(Extension(Principal::owner())),
            ran,
            stop: watch::Sender::new(false),
            _folder: folder,
        }
    }

    fn connect(&self) -> DuplexStream {
        let (ours, theirs) = duplex(1 << 20);
        tokio::spawn(http(theirs, self.router.clone(), self.stop.subscribe()));
        ours
    }

    /// Sends bytes, says nothing more, and returns what comes until the end of the connection.
    async fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        rest(stream).await
    }

    async fn post(&self, path: &str, headers: &str, body: &str) -> Answer {
        let length = body.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        );
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).await.unwrap();
        rest(stream).await
    }

    fn ran(&self) -> usize {
        self.ran.load(Ordering::Relaxed)
    }
}

async fn rest(mut stream: DuplexStream) -> Answer {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    Answer {
        head: head.to_owned(),
        body: body.to_owned(),
    }
}

const IS_JSON: &str = "content-type: application/json\r\n";

#[tokio::test]
async fn a_request_that_does_not_fit_is_refused_with_what_is_wrong_and_where() {
    let world = World::new().await;
    let answer = world
        .post("/call/list.echo", IS_JSON, r#"{"next": {"age": "x"}}"#)
        .await;
    assert_eq!(answer.problem(), (422, "invalid_request".to_owned()));
    let wrong = json!([{"pointer": "#/next/age", "detail": "must be an integer, not a string"}]);
    assert_eq!(answer.json()["errors"], wrong);
    let detail =
        "the request does not fit the command: `#/next/age` must be an integer, not a string";
    assert_eq!(answer.json()["detail"], detail);
    // Not where the answer is a stream either, and not over the channel, whose rules say nothing of schemas.
    let streamed = format!("{IS_JSON}accept: application/x-ndjson\r\n");
    let answer = world.post("/call/list.echo", &streamed, "5").await;
    assert_eq!(answer.problem().0, 422);
    assert_eq!(world.ran(), 0);
    let message = json!({"type": "execute.command.request", "id": "1", "commandId": "list.echo", "request": 5});
    let answer = world.post("/cmd", IS_JSON, &message.to_string()).await;
    let result = r#""response":{"ok":true,"result":5}"#;
    assert!(answer.body.contains(result), "{}", answer.body);
}

#[tokio::test]
async fn what_is_no_request_is_refused_before_anything_runs() {
    let world = World::new().await;
    let long = format!("\"{}\"", "x".repeat(10_000));
    for (headers, body, status, code) in [
        (IS_JSON, "{", 400, "bad_request"),
        (IS_JSON, "{} {}", 400, "bad_request"),
        (IS_JSON, "\u{feff}{}", 400, "bad_request"),
        (IS_JSON, &long, 413, "too_large"),
        ("", "{}", 415, "unsupported_media_type"),
        (
            "content-type: text/plain\r\n",
            "{}",
            415,
            "unsupported_media_type",
        ),
        (
            "content-type: application/json\r\ncontent-encoding: gzip\r\n",
            "{}",
            415,
            "unsupported_media_type",
        ),
        (
            "content-type: application/json\r\naccept: text/html\r\n",
            "{}",
            406,
            "not_acceptable",
        ),
        (
            "content-type: application/json\r\nidempotency-key: a b\r\n",
            "{}",
            400,
            "bad_request",
        ),
    ] {
        let answer = world.post("/call/any.echo", headers, body).await;
        assert_eq!(
            answer.problem(),
            (status, code.to_owned()),
            "{headers}{}",
            &body[..1]
        );
    }
    let answer = world.post("/call/no.such", IS_JSON, "{}").await;
    assert_eq!(answer.problem(), (404, "not_found".to_owned()));
    assert_eq!(world.ran(), 0);
}

#[tokio::test]
async fn answers_in_json_end_as_lines_do() {
    let world = World::new().await;
    let keyed = format!("{IS_JSON}idempotency-key: k1\r\n");
    for (path, headers) in [
        ("/call/any.echo", IS_JSON),
        ("/call/any.echo", &keyed),
        ("/call/any.echo", &keyed),
        ("/call/any.none", IS_JSON),
        ("/call/%ff", IS_JSON),
    ] {
        let answer = world.post(path, headers, "[1]").await;
        assert_eq!(answer.body.lines().count(), 1);
        assert!(answer.body.ends_with('\n'), "{path}: {}", answer.body);
        let length = format!("content-length: {}", answer.body.len());
        assert!(answer.head.contains(&length), "{}", answer.head);
    }
}

#[tokio::test]
async fn an_address_that_is_no_text_is_refused_as_everything_is() {
    let world = World::new().await;
    let answer = world.post("/call/%ff", IS_JSON, "1").await;
    assert_eq!(answer.problem(), (400, "bad_request".to_owned()));
    let mut stream = world.connect();
    let head = b"GET /docs/%ff HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    stream.write_all(head).await.unwrap();
    let answer = rest(stream).await;
    assert_eq!(answer.problem(), (404, "not_found".to_owned()));
}

#[tokio::test]
async fn w67_responses_and_events_of_a_client_are_refused() {
    let world = World::new().await;
    for message in [
        json!({"type": "execute.command.response", "id": "1", "thid": "2", "response": {"ok": true}}),
        json!({"type": "event", "id": "1", "eventId": "a.b", "payload": 1}),
        json!({"type": "register.command.request", "id": "1", "command": {"id": "evil"}}),
    ] {
        let answer = world.post("/cmd", IS_JSON, &message.to_string()).await;
        assert_eq!(answer.status(), 403, "{message}: {}", answer.body);
        assert!(answer.json()["error"].is_string());
    }
    let list = world
        .raw(b"GET /cmds.json HTTP/1.1\r\nhost: a\r\n\r\n")
        .await;
    assert!(!list.body.contains("evil"));
}

#[tokio::test(start_paused = true)]
async fn a_header_that_trickles_is_given_up() {
    let world = World::new().await;
    for every in [1, 10, 1000] {
        let mut stream = world.connect();
        let begun = Instant::now();
        let _ = stream
            .write_all(b"POST /call/any.echo HTTP/1.1\r\nx: ")
            .await;
        let (reader, mut writer) = tokio::io::split(stream);
        let trickle = tokio::spawn(async move {
            while writer.write_all(b"x").await.is_ok() {
                sleep(Duration::from_secs(every)).await;
            }
        });
        let mut reader = reader;
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(begun.elapsed().as_secs(), 75, "a byte in {every} s");
        trickle.abort();
    }
    assert_eq!(world.ran(), 0);
}
