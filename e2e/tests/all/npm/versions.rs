//! What the BrokerClient does with what a broker says of itself (protocol §3.2).

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, thread};

use serde_json::{Value, json};

use super::pair::Pair;
use crate::support::eventually;

#[test]
fn versions_that_say_nothing_of_age_are_accepted() {
    let versions = [
        "{}",
        r#"{"version":"cmdbus/0.1.0"}"#,
        r#"{"version":"0.2.36"}"#,
        r#"{"version":"0.2.36-cmdbus"}"#,
        r#"{"version":"99.0.0"}"#,
        r#"{"version":1}"#,
        "not JSON at all",
    ];
    for body in versions {
        let Some(mut try_out) = Announced::new("200 OK", body) else {
            return;
        };
        let found = try_out.discover().unwrap();
        assert_eq!(found["spawnedNew"], false, "{body}");
        assert_eq!(found["ipcUrl"], try_out.health.url(), "{body}");
        assert!(!try_out.was_killed(), "{body}");
    }
}

#[test]
fn a_version_that_seems_older_than_the_client_kills_the_broker() {
    for body in [
        r#"{"version":"0.1.0"}"#,
        r#"{"version":"0.1.0+cmdbus"}"#,
        r#"{"version":"0.2.35"}"#,
    ] {
        let Some(mut try_out) = Announced::new("200 OK", body) else {
            return;
        };
        try_out.discover().unwrap_err();
        eventually(&format!("the client kills on {body}"), || {
            try_out.was_killed().then_some(())
        });
    }
}

#[test]
fn a_broker_that_answers_with_an_error_is_not_accepted() {
    for status in ["401 Unauthorized", "500 Internal Server Error"] {
        let Some(try_out) = Announced::new(status, r#"{"version":"cmdbus/0.1.0"}"#) else {
            return;
        };
        try_out.discover().unwrap_err();
    }
}

#[test]
fn the_version_of_our_broker_is_accepted_by_the_client() {
    let Some(pair) = Pair::new() else { return };
    let mut broker = pair.start_broker();
    let client = pair.process();
    let found = client.ask("discover", json!({"options": pair.options()}));
    assert_eq!(found.unwrap()["spawnedNew"], false);
    client.ask("connect", json!({})).unwrap();
    client.mailbox("me");
    assert!(!broker.has_ended());
    let version = pair.get("/health")["version"].take();
    assert!(version.as_str().unwrap().starts_with("cmdbus/"));
}

#[test]
fn a_discovery_file_whose_port_another_broker_has_taken_is_seen_through() {
    let Some(mut try_out) = Announced::new("200 OK", "{}") else {
        return;
    };
    let Some(other) = Pair::new() else { return };
    let _broker = other.start_broker();
    let mut stale = try_out.pair.discovery().unwrap();
    stale["ipcUrl"] = other.discovery().unwrap()["ipcUrl"].clone();
    fs::write(try_out.pair.discovery_file(), stale.to_string()).unwrap();
    let client = try_out.pair.process();
    let options = json!({"options": try_out.pair.options()});
    let found = client.ask("discover", options).unwrap();
    assert_eq!(found["spawnedNew"], true);
    client.ask("connect", json!({})).unwrap();
    assert!(!try_out.was_killed(), "nobody but the client could have");
}

/// A broker of which only `/health` is there, announced under the process id of somebody who may be killed.
struct Announced {
    pair: Pair,
    health: Health,
    victim: Child,
}

impl Announced {
    /// `None` if the test is to be skipped.
    fn new(status: &'static str, body: &'static str) -> Option<Self> {
        let pair = Pair::new()?;
        let mut sleep = pair.command("sleep");
        let victim = sleep.arg("600").stdout(Stdio::null()).spawn().unwrap();
        let health = Health::serve(status, body);
        let discovery = json!({
            "version": 1, "pid": victim.id(), "startedAt": "2026-03-02T08:15:30.120Z",
            "ipcUrl": health.url(), "bearerToken": "Zm9vYmFyLWV4YW1wbGUtb25seS00My1jaGFyYWN0ZXI",
        });
        let file = pair.discovery_file();
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, discovery.to_string()).unwrap();
        Some(Self {
            pair,
            health,
            victim,
        })
    }

    /// Discovers it. What the client would start in its place does nothing, so this fails if it is not accepted.
    fn discover(&self) -> Result<Value, Value> {
        let mut options = self.pair.options();
        options["nodeBinary"] = json!("/bin/true");
        options["timeoutMs"] = json!(1_000);
        let client = self.pair.process();
        client.ask("discover", json!({"options": options}))
    }

    fn was_killed(&mut self) -> bool {
        self.victim.try_wait().unwrap().is_some()
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        let _ = self.victim.kill();
        let _ = self.victim.wait();
    }
}

/// Answers every request in the same way.
struct Health {
    address: SocketAddr,
    closed: Arc<AtomicBool>,
}

impl Health {
    fn serve(status: &'static str, body: &'static str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let closed = Arc::new(AtomicBool::new(false));
        let end = closed.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if end.load(Ordering::SeqCst) {
                    return;
                }
                // The client may leave at any time.
                let _ = answer(stream, status, body);
            }
        });
        Self { address, closed }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn answer(mut stream: TcpStream, status: &str, body: &str) -> std::io::Result<()> {
    for line in BufReader::new(stream.try_clone()?).lines() {
        if line?.is_empty() {
            break;
        }
    }
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

impl Drop for Health {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        // Wakes the one who accepts.
        let _ = TcpStream::connect(self.address);
    }
}
