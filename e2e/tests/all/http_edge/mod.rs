//! The HTTP edge of a daemon, as programs with nothing but HTTP use it.

mod described;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::processes::bus::{Bus, signal};
use crate::support::{PATIENCE, eventually};

/// A daemon's edge, and who asks.
struct Edge {
    address: String,
    token: String,
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn has(&self, header: &str) -> bool {
        self.head
            .lines()
            .any(|line| line.eq_ignore_ascii_case(header))
    }

    /// Returns the code of a problem, having looked at its form.
    #[track_caller]
    fn code(&self) -> String {
        assert!(
            self.has("content-type: application/problem+json"),
            "{}",
            self.head
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        problem["code"].as_str().unwrap().to_owned()
    }
}

impl Edge {
    #[track_caller]
    fn of(bus: &Bus) -> Self {
        let status = bus.run(["status", "--json"]).json();
        let url = status["gateway"]["url"].as_str().unwrap();
        Self {
            address: url.strip_prefix("http://").unwrap().to_owned(),
            token: bus.run(["token", "show"]).ok().trim().to_owned(),
        }
    }

    /// Sends a request and leaves the answer to the caller.
    #[track_caller]
    fn begin(&self, method: &str, path: &str, headers: &[&str], body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut head = format!("{method} {path} HTTP/1.0\r\nhost: {}\r\n", self.address);
        if !self.token.is_empty() {
            head += &format!("authorization: Bearer {}\r\n", self.token);
        }
        if !body.is_empty() {
            head += &format!(
                "content-type: application/json\r\ncontent-length: {}\r\n",
                body.len()
            );
        }
        for header in headers {
            head += &format!("{header}\r\n");
        }
        stream
            .write_all(format!("{head}\r\n{body}").as_bytes())
            .unwrap();
        stream
    }

    #[track_caller]
    fn send(&self, method: &str, path: &str, headers: &[&str], body: &str) -> Answer {
        let mut text = String::new();
        let mut stream = self.begin(method, path, headers, body);
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head[9..12].parse().unwrap(),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    #[track_caller]
    fn call(&self, id: &str, headers: &[&str], body: &str) -> Answer {
        self.send("POST", &format!("/call/{id}"), headers, body)
    }
}

#[test]
fn a_message_posted_to_the_daemon_is_answered_with_a_line() {
    let bus = Bus::new();
    let _upper = bus.provide(["text.upper", "--", "tr", "a-z", "A-Z"]);
    let edge = Edge::of(&bus);
    let message = json!({"type": "execute.command.request", "id": "r1", "commandId": "text.upper", "request": "hello"});
    let answer = edge.send(
        "POST",
        "/cmd",
        &["accept: application/x-ndjson"],
        &message.to_string(),
    );
    assert_eq!(answer.status, 200);
    let line = answer.json();
    assert_eq!(
        (&line["thid"], &line["response"]["result"]),
        (&json!("r1"), &json!("HELLO"))
    );
    // The whole directory is published, but nothing private, and that is not to be called either.
    let list = edge.send("GET", "/cmds.json", &[], "").json();
    assert_eq!(
        list,
        json!({"cmdschema": "1.0.0", "commands": [{"id": "text.upper"}]})
    );
    let private =
        json!({"type": "execute.command.request", "id": "r2", "commandId": "_cmdbus.status"});
    let answer = edge.send("POST", "/cmd", &[], &private.to_string());
    assert_eq!(answer.json()["response"]["error"]["code"], "not_found");
    // Without a token nothing is told, in words that each kind of client understands.
    let stranger = Edge {
        token: String::new(),
        address: edge.address.clone(),
    };
    let refused = stranger.send("GET", "/cmds.json", &[], "");
    assert_eq!(refused.status, 401);
    assert!(refused.json()["error"].is_string(), "{}", refused.body);
    let refused = stranger.call("text.upper", &[], "1");
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (401, "unauthorized")
    );
}

#[test]
fn the_body_is_the_request_and_the_result() {
    let bus = Bus::new();
    let _upper = bus.provide(["text.upper", "--", "tr", "a-z", "A-Z"]);
    let _silent = bus.provide(["do.nothing", "--", "true"]);
    let _wrong = bus.provide_script(&["do.fail"], "echo oops >&2; exit 3");
    let _slow = bus.provide_script(&["do.sleep"], "sleep 60");
    let edge = Edge::of(&bus);
    let answer = edge.call("text.upper", &[], r#""hello""#);
    assert_eq!((answer.status, answer.body.as_str()), (200, "\"HELLO\"\n"));
    assert!(answer.has("content-type: application/json"));
    assert_eq!(edge.call("do.nothing", &[], "").body, "null\n");
    for (id, headers, body, status, code) in [
        ("do.fail", &[][..], "", 500, "internal_error"),
        ("do.elsewhere", &[], "", 404, "not_found"),
        ("_cmdbus.status", &[], "", 404, "not_found"),
        ("do.nothing", &[], "{", 400, "bad_request"),
        (
            "do.nothing",
            &["accept: image/png"],
            "",
            406,
            "not_acceptable",
        ),
        ("do.sleep", &["prefer: wait=1"], "", 504, "timeout"),
        ("do.sleep", &["prefer: wait=0"], "", 504, "timeout"),
    ] {
        let answer = edge.call(id, headers, body);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{id}"
        );
    }
    assert!(
        edge.call("do.nothing", &["prefer: wait=9"], "")
            .has("preference-applied: wait=9")
    );
    let answer = edge.send("GET", "/call/do.nothing", &[], "");
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (405, "method_not_allowed")
    );
    assert!(answer.has("allow: POST"));
}

#[test]
fn a_client_that_goes_away_ends_the_program_that_works_for_it() {
    let bus = Bus::new();
    let _slow = bus.provide(["do.sleep", "--", "sleep", "73"]);
    let edge = Edge::of(&bus);
    for (path, body) in [
        ("/call/do.sleep", String::new()),
        (
            "/cmd",
            json!({"type": "execute.command.request", "id": "1", "commandId": "do.sleep"})
                .to_string(),
        ),
    ] {
        let stream = edge.begin("POST", path, &[], &body);
        eventually("it runs", || {
            (!bus.programs("sleep 73").is_empty()).then_some(())
        });
        drop(stream);
        eventually("it is ended", || {
            bus.programs("sleep 73").is_empty().then_some(())
        });
    }
}

#[test]
fn progress_and_items_come_as_they_are_made() {
    let bus = Bus::new();
    let script = "echo '@progress 0.5 half' >&2; sleep 0.2; echo '{\"n\":1}'; echo 2";
    let _count = bus.provide_script(&["count.up", "--stream"], script);
    let _fail = bus.provide_script(&["count.fail", "--stream"], "echo 1; sleep 0.2; exit 4");
    let edge = Edge::of(&bus);
    let lines = edge.call("count.up", &["accept: application/x-ndjson"], "");
    assert!(lines.has("content-type: application/x-ndjson"));
    let lines: Vec<Value> = lines
        .body
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["progress"]["message"], "half");
    assert_eq!(
        lines[1..],
        [
            json!({"item": {"n": 1}}),
            json!({"item": 2}),
            json!({"result": null})
        ]
    );
    let events = edge
        .call("count.up", &["accept: text/event-stream"], "")
        .body;
    assert!(
        events.ends_with("event: item\ndata: 2\n\nevent: result\ndata: null\n\n"),
        "{events}"
    );
    let failed = edge.call("count.fail", &["accept: application/x-ndjson"], "");
    let last: Value = serde_json::from_str(failed.body.lines().last().unwrap()).unwrap();
    assert_eq!(
        (failed.status, &last["error"]["status"]),
        (200, &json!(500))
    );
    // What fails before anything has come has a status of its own.
    let missing = edge.call("count.none", &["accept: application/x-ndjson"], "");
    assert_eq!(
        (missing.status, missing.code().as_str()),
        (404, "not_found")
    );
    let together = edge.call("count.up", &[], "").json();
    assert_eq!(together["items"], json!([{"n": 1}, 2]));
}

#[test]
fn a_call_with_a_key_runs_once_also_across_restarts() {
    let bus = Bus::new();
    let log = bus.folder().join("log");
    let script = format!("echo ran >> {}; cat", log.display());
    let ran = || fs::read_to_string(&log).unwrap_or_default().lines().count();
    let _append = bus.provide_script(&["log.append"], &script);
    let edge = Edge::of(&bus);
    let key = ["idempotency-key: order-17"];
    assert_eq!(edge.call("log.append", &key, "7").body, "7\n");
    let again = edge.call("log.append", &key, "7");
    assert!(again.has("idempotency-replayed: true"));
    assert_eq!((again.body.as_str(), ran()), ("7\n", 1));
    let other = edge.call("log.append", &key, "8");
    assert_eq!((other.status, other.code().as_str()), (409, "key_reused"));
    bus.run(["stop"]).ok();
    bus.start();
    eventually("the provider is back", || {
        (edge.call("log.append", &[], "1").status == 200).then_some(())
    });
    let before = ran();
    assert_eq!(edge.call("log.append", &key, "7").body, "7\n");
    assert_eq!(ran(), before);
    // Nothing has run without a provider, so the key is free for when there is one.
    assert_eq!(
        edge.call("log.none", &["idempotency-key: free"], "1")
            .status,
        404
    );
    let _late = bus.provide(["log.none", "--", "cat"]);
    assert_eq!(
        edge.call("log.none", &["idempotency-key: free"], "1").body,
        "1\n"
    );
}

#[test]
fn a_key_whose_call_was_cut_off_says_that_nobody_knows() {
    let bus = Bus::new();
    let log = bus.folder().join("log");
    let script = format!("echo ran >> {}; sleep 61", log.display());
    let ran = || fs::read_to_string(&log).unwrap_or_default().lines().count();
    let _slow = bus.provide_script(&["do.slow", "--concurrency", "8"], &script);
    let daemon = bus.pid();
    let edge = Edge::of(&bus);
    let key = |name: &str| format!("idempotency-key: {name}");
    let begin = |name: &str| edge.begin("POST", "/call/do.slow", &[&key(name)], "1");
    let _held = begin("killed");
    eventually("it runs", || (ran() == 1).then_some(()));
    let running = edge.call("do.slow", &[&key("killed")], "1");
    assert_eq!(
        (running.status, running.code().as_str()),
        (409, "in_progress")
    );
    assert!(running.has("retry-after: 1"));
    // A client that went away is a call that was cut off, too, and so is one that took too long.
    let gone = begin("gone");
    eventually("it runs, too", || (ran() == 2).then_some(()));
    drop(gone);
    let late = edge.call("do.slow", &[&key("late"), "prefer: wait=1"], "1");
    assert_eq!(late.status, 504);
    for name in ["gone", "late"] {
        eventually("nobody knows", || {
            let answer = edge.call("do.slow", &[&key(name)], "1");
            assert_eq!(answer.status, 409);
            (answer.code() == "outcome_unknown").then_some(())
        });
    }
    signal(daemon, Signal::KILL);
    eventually("it has gone", || bus.daemons().is_empty().then_some(()));
    bus.start();
    let before = ran();
    for name in ["killed", "gone", "late"] {
        let answer = edge.call("do.slow", &[&key(name)], "1");
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (409, "outcome_unknown"),
            "{name}"
        );
    }
    assert_eq!(ran(), before);
}

#[test]
fn a_token_reaches_what_it_is_granted() {
    let bus = Bus::new();
    let _upper = bus.provide(["text.upper", "--", "tr", "a-z", "A-Z"]);
    let _other = bus.provide(["other.one", "--", "cat"]);
    let made = bus
        .run([
            "token",
            "create",
            "--name",
            "ci",
            "--may",
            "call:text.*",
            "--json",
        ])
        .json();
    let edge = Edge {
        token: made["token"].as_str().unwrap().to_owned(),
        ..Edge::of(&bus)
    };
    assert_eq!(edge.call("text.upper", &[], r#""a""#).body, "\"A\"\n");
    assert_eq!(edge.call("other.one", &[], "1").code(), "not_found");
    let message = json!({"type": "execute.command.request", "id": "1", "commandId": "other.one"});
    let answer = edge.send("POST", "/cmd", &[], &message.to_string()).json();
    assert_eq!(answer["response"]["error"]["code"], "not_found");
    let list = edge.send("GET", "/cmds.json", &[], "").json();
    assert_eq!(list["commands"], json!([{"id": "text.upper"}]));
    let paths = edge.send("GET", "/openapi.json", &[], "").json()["paths"].clone();
    assert_eq!(
        paths.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["/call/text.upper"]
    );
    assert_eq!(edge.send("GET", "/events", &[], "").status, 403);
}

#[test]
fn events_are_streamed_until_the_daemon_stops() {
    let bus = Bus::new();
    bus.start();
    let edge = Edge::of(&bus);
    let mut stream = edge.begin(
        "GET",
        "/events?pattern=notes.*",
        &["accept: text/event-stream"],
        "",
    );
    let mut text = String::new();
    let mut buffer = [0; 1000];
    while !text.contains("\r\n\r\n") {
        let count = stream.read(&mut buffer).unwrap();
        text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
    assert!(text.contains("content-type: text/event-stream"), "{text}");
    bus.run(["emit", "other.one", "1"]).ok();
    bus.run(["emit", "notes.changed", r#"{"lines":17}"#]).ok();
    while !text.ends_with("}\n\n") {
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "{text}");
        text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
    assert!(
        text.contains(r#"data: {"event":"notes.changed","payload":{"lines":17},"id":""#),
        "{text}"
    );
    assert!(!text.contains("other.one"));
    bus.run(["stop"]).ok();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
}
