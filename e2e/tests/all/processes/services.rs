//! Services that are programs of their own, of both makes.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use super::bus::{Bus, Running, program};
use crate::support::eventually;

#[test]
fn a_service_starts_the_bus_and_is_called() {
    let bus = Bus::new();
    let service = Running::start(
        bus.command(env!("CARGO_BIN_EXE_service"))
            .env("CMDBUS_BIN", program()),
    );
    service.prints("ready");
    let ended = bus.run(["call", "service.add", "{\"a\": 40, \"b\": 2}", "--no-start"]);
    assert_eq!(ended.ok(), "42\n");
    assert_eq!(bus.run(["call", "service.text"]).ok(), "\"a text\"\n");
    bus.run(["call", "service.add", "{\"a\": \"x\"}"])
        .failed(1, &["`a`", "expected i64"]);
    let listed = bus.run(["ls", "--json"]).json();
    assert_eq!(listed[0]["id"], "service.add");
    assert_eq!(listed[0]["description"], "Adds two numbers");
    assert_eq!(
        listed[0]["schema"]["request"]["required"],
        json!(["a", "b"])
    );
}

#[test]
fn a_service_without_a_program_to_start_says_so() {
    let bus = Bus::new();
    let service = Running::start(
        bus.command(env!("CARGO_BIN_EXE_service"))
            .env("CMDBUS_BIN", bus.folder().join("nothing")),
    );
    service.end().failed(1, &["CMDBUS_BIN"]);
}

#[test]
fn a_process_of_the_upstream_crate_joins_unmodified() {
    let bus = Bus::new();
    bus.start();
    let peer = Running::start(
        bus.command(env!("CARGO_BIN_EXE_upstream-peer"))
            .arg(bus.socket()),
    );
    peer.prints("ready");
    let ended = bus.run(["call", "upstream.reverse", "\"abc\""]);
    assert_eq!(ended.ok(), "\"cba\"\n");
    let listed = bus.run(["ls", "--json"]).json();
    assert_eq!(
        listed,
        json!([{"id": "upstream.hang"}, {"id": "upstream.reverse"}])
    );
    bus.run(["emit", "text.said", "{\"n\": 1}"]).ok();
    peer.prints("heard {\"n\":1}");

    let call = bus.spawn(["call", "upstream.hang"]);
    eventually("the call is under way", || {
        let status = bus.run(["status", "--json"]).json();
        (status["calls_forwarded"].as_u64() >= Some(2)).then_some(())
    });
    let killed = Instant::now();
    peer.signal(Signal::KILL);
    call.end().failed(1, &["disconnected"]);
    assert!(killed.elapsed() < Duration::from_secs(2));
    assert_eq!(bus.run(["ls", "--json"]).json(), json!([]));
}
