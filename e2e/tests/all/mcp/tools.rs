//! The fixture's own tools, which other tests build on.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use rustix::process::Signal;
use serde_json::{Value, json};

use super::peers::{Fixture, fixture, piped};
use crate::processes::bus::{Running, signal};
use crate::support::{PATIENCE, eventually};

/// A fixture on standard streams.
struct Piped {
    running: Running,
    asked: u64,
}

impl Piped {
    fn start(options: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = piped(fixture());
        command
            .arg("stdio")
            .args(options)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped());
        Self {
            running: Running::start(&mut command),
            asked: 0,
        }
    }

    /// Starts one that has been initialised.
    fn legacy(options: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut fixture = Self::start(options, variables);
        let params = json!({
            "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": {"name": "a test", "version": "1"},
        });
        fixture.ask("initialize", &params.to_string());
        let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        fixture.running.tell(&initialized.to_string());
        fixture
    }

    /// Sends a request and returns the line with its answer, as it is.
    fn ask(&mut self, method: &str, params: &str) -> String {
        self.asked += 1;
        let id = self.asked;
        let mark = format!(r#""id":{id},"#);
        self.running.tell(&format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#
        ));
        eventually("it answers", || {
            let lines = self.running.lines();
            lines.into_iter().find(|line| line.contains(&mark))
        })
    }

    fn call(&mut self, name: &str, arguments: &str) -> Value {
        let params = format!(r#"{{"name":"{name}","arguments":{arguments}}}"#);
        let answer = self.ask("tools/call", &params);
        serde_json::from_str(&answer).unwrap()
    }
}

/// The metadata of a request of the modern era.
fn modern() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "a test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    })
}

#[test]
fn arguments_come_back_byte_for_byte() {
    let mut fixture = Piped::legacy(&[], &[]);
    let odd = r#"{"z":1.10,"a":123456789012345678901234567890,"text":"\u00e9\/","e":1E2}"#;
    let params = format!(r#"{{"name":"echo","arguments":{odd}}}"#);
    let answer = fixture.ask("tools/call", &params);
    assert!(
        answer.contains(&format!(r#""structuredContent":{odd}"#)),
        "{answer}"
    );
}

#[test]
fn odd_content_is_written_as_it_stands() {
    let mut fixture = Piped::legacy(&[], &[]);
    let answer = fixture.ask("tools/call", r#"{"name":"odd_content"}"#);
    for odd in [
        r#"{"type":"hologram","depth":123456789012345678901234567890,"#,
        r#""z":1.10"#,
        r#""text":"\u00e9\/odd""#,
        r#""big":18446744073709551616"#,
        r#""vendorResult":[1.10,{"b":1,"a":2}]"#,
    ] {
        assert!(answer.contains(odd), "`{odd}` is not in {answer}");
    }
}

#[test]
fn garbage_comes_before_the_answer() {
    let mut fixture = Piped::legacy(&[], &[]);
    let answer = fixture.call("garbage", "{}");
    assert_eq!(answer["result"]["content"][0]["text"], r#""clean""#);
    let lines = fixture.running.lines();
    assert!(lines.iter().any(|line| line == "this is not JSON"));
}

#[test]
fn a_crash_has_its_code_and_its_last_words() {
    let mut fixture = Piped::legacy(&[], &[]);
    fixture.running.tell(
        r#"{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"crash","arguments":{"code":7,"stderr":"last words"}}}"#,
    );
    fixture.running.end().failed(7, &["last words"]);
}

#[test]
fn it_ends_with_its_stdin() {
    let mut fixture = Piped::legacy(&[], &[]);
    fixture.running.end_stdin();
    fixture.running.end().ok();
}

#[test]
fn a_cancelled_call_is_counted() {
    let mut fixture = Piped::legacy(&[], &[]);
    fixture.running.tell(
        r#"{"jsonrpc":"2.0","id":"c","method":"tools/call","params":{"name":"sleep_until_cancelled"}}"#,
    );
    let counted = |fixture: &mut Piped| {
        let counted = fixture.call("cancelled_count", "{}");
        counted["result"]["structuredContent"].clone()
    };
    eventually("it waits", || {
        (counted(&mut fixture) == json!({"cancelled": 0, "waiting": 1})).then_some(())
    });
    fixture
        .running
        .tell(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"c"}}"#);
    eventually("it is counted", || {
        (counted(&mut fixture) == json!({"cancelled": 1, "waiting": 0})).then_some(())
    });
}

#[test]
fn starts_are_counted_across_processes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    let variables = [("FIXTURE_STATE", file.to_str().unwrap())];
    let mut one = Piped::legacy(&[], &variables);
    let mut other = Piped::legacy(&[], &variables);
    for fixture in [&mut one, &mut other] {
        let counted = fixture.call("count_starts", "{}");
        assert_eq!(counted["result"]["content"][0]["text"], "2");
    }
}

#[test]
fn many_tools_come_in_pages() {
    let mut fixture = Piped::legacy(&["--tools", "100", "--page", "30"], &[]);
    let mut names = Vec::new();
    let mut params = json!({});
    loop {
        let page = fixture.ask("tools/list", &params.to_string());
        let page: Value = serde_json::from_str(&page).unwrap();
        let tools = page["result"]["tools"].as_array().unwrap();
        assert!(tools.len() <= 30);
        names.extend(tools.iter().map(|tool| tool["name"].clone()));
        match &page["result"]["nextCursor"] {
            Value::Null => break,
            cursor => params = json!({"cursor": cursor}),
        }
    }
    let many = (1..=100).filter(|number| names.contains(&json!(format!("tool_{number:04}"))));
    assert_eq!(many.count(), 100);
}

#[test]
fn a_server_of_one_era_refuses_the_other() {
    let mut legacy = Piped::start(&["--era", "legacy"], &[]);
    let discover = json!({"_meta": modern()}).to_string();
    assert!(
        legacy
            .ask("server/discover", &discover)
            .contains(r#""error""#)
    );

    let mut new = Piped::start(&["--era", "modern"], &[]);
    assert!(new.ask("server/discover", &discover).contains("2026-07-28"));
    let initialize = json!({
        "protocolVersion": "2025-11-25", "capabilities": {},
        "clientInfo": {"name": "a test", "version": "1"},
    });
    let answer = new.ask("initialize", &initialize.to_string());
    assert!(answer.contains(r#""error""#), "{answer}");
}

/// Posts a message of the modern era and returns the answer as it stands.
fn post(fixture: &Fixture, name: &str, arguments: &str) -> String {
    let meta = modern();
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{name}","arguments":{arguments},"_meta":{meta}}}}}"#
    );
    let rest = fixture.url().strip_prefix("http://").unwrap();
    let (address, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // Of this version, so that the answer comes in one piece.
    let head = format!(
        "POST /{path} HTTP/1.0\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\nmcp-protocol-version: 2026-07-28\r\n\
         mcp-method: tools/call\r\nmcp-name: {name}\r\nx-of-the-test: seen\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.0 200 OK"), "{answer}");
    answer
}

#[test]
fn a_tool_sees_the_headers_of_its_call() {
    let answer = post(&Fixture::http(), "request_headers", "{}");
    assert!(answer.contains(r#""x-of-the-test":"seen""#), "{answer}");
}

#[test]
fn odd_content_and_garbage_come_by_http_too() {
    let fixture = Fixture::http();
    let odd = post(&fixture, "odd_content", "{}");
    assert!(
        odd.contains(r#""big":18446744073709551616,"price":1.10"#),
        "{odd}"
    );
    let garbage = post(&fixture, "garbage", "{}");
    let noise = garbage.find("event: noise").unwrap();
    let answer = garbage.find(r#"data: {"jsonrpc""#).unwrap();
    assert!(noise < answer, "{garbage}");
}

#[test]
fn it_ends_when_asked_to() {
    let fixture = Fixture::http();
    signal(fixture.pid(), Signal::TERM);
    fixture.end().ok();
}
