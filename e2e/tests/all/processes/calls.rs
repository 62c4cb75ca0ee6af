//! `call`, and what its exit codes say.

use std::time::{Duration, Instant};

use cmdbus::{CommandError, DynCommand};
use rustix::process::Signal;
use serde_json::{Value, json};

use super::bus::Bus;
use crate::support::eventually;

#[test]
fn a_program_becomes_a_command_and_the_bus_starts_by_itself() {
    let bus = Bus::new();
    let _provider = bus.provide(["text.upper", "--", "tr", "a-z", "A-Z"]);
    let ended = bus.run(["call", "text.upper", "\"hello\""]);
    assert_eq!(ended.ok(), "\"HELLO\"\n");
}

#[test]
fn a_request_comes_from_stdin_too_and_none_is_none() {
    let bus = Bus::new();
    let _provider = bus.provide_script(&["text.count"], "wc -c | tr -d ' '");
    let ended = bus.run_with(["call", "text.count", "-"], "  [1, 2, 3]\n");
    assert_eq!(ended.ok(), "8\n"); // `[1,2,3]` and the line's end
    assert_eq!(bus.run(["call", "text.count"]).ok(), "0\n");
    assert_eq!(bus.run(["call", "text.count", "null"]).ok(), "0\n");
}

#[test]
fn a_call_fails_at_once_when_its_provider_is_killed() {
    let bus = Bus::new();
    let provider = bus.provide(["slow", "--", "sleep", "600"]);
    let call = bus.spawn(["call", "slow"]);
    eventually("the program runs", || bus.programs("sleep 600").pop());
    let killed = Instant::now();
    provider.signal(Signal::KILL);
    let ended = call.end().failed(1, &["disconnected"]);
    assert!(killed.elapsed() < Duration::from_secs(2), "{ended:?}");
    assert_eq!(ended.stdout, "");
    bus.run(["call", "slow"]).failed(5, &["nobody provides"]);
}

#[test]
fn a_command_that_nobody_provides_is_5_with_the_closest_ids() {
    let bus = Bus::new();
    let _provider = bus.provide(["text.upper", "--", "cat"]);
    bus.run(["call", "text.uper", "1"])
        .failed(5, &["nobody provides `text.uper`", "`text.upper`"]);
    bus.run(["call", "quite.another.thing"])
        .failed(5, &["nobody provides", "cmdbus ls"]);
}

#[tokio::test]
async fn errors_of_the_command_itself_are_1() {
    let bus = Bus::new();
    bus.start();
    let registry = cmdbus::connect_to(bus.address()).await.unwrap();
    let fails = DynCommand::new("fails", |kind: String| async move {
        Err::<Value, _>(match kind.as_str() {
            "not found" => CommandError::NotFound("the note".to_owned()),
            "disconnected" => CommandError::ChannelDisconnected,
            _ => CommandError::InvalidRequest {
                command_id: "fails".to_owned(),
                message: "what kind is \u{1b}[31mthat".to_owned(),
            },
        })
    });
    registry.register_command(fails).await.unwrap();
    let bus = tokio::task::spawn_blocking(move || {
        bus.run(["call", "fails", "\"not found\""])
            .failed(1, &["command not found: the note"]);
        bus.run(["call", "fails", "\"disconnected\""])
            .failed(1, &["disconnected"]);
        let ended = bus
            .run(["call", "fails", "\"x\""])
            .failed(1, &["what kind is"]);
        assert!(!ended.stderr.contains('\u{1b}'), "{ended:?}");
        bus.run(["call", "fails", "7"])
            .failed(1, &["invalid type: integer `7`"]);
        bus
    })
    .await
    .unwrap();
    registry.dispose().await;
    drop(bus);
}

#[test]
fn a_request_that_is_not_json_is_2_and_nothing_is_started_for_it() {
    let bus = Bus::new();
    let ended = bus
        .run(["call", "text.upper", "{\"a\": ]}"])
        .failed(2, &["not JSON", "{\"a\": ]}"]);
    let lines: Vec<&str> = ended.stderr.lines().collect();
    let caret = lines
        .iter()
        .position(|line| line.trim() == "^")
        .expect("a caret");
    assert_eq!(lines[caret - 1].find(']'), lines[caret].find('^'));
    bus.run(["call", "text.upper", "hello"])
        .failed(2, &["must be quoted"]);
    bus.run(["call"]).failed(2, &[]);
    bus.run(["no-such-verb"]).failed(2, &[]);
    assert_eq!(bus.processes(), []);
    assert!(!bus.state().exists());
}

#[test]
fn no_start_is_3_and_starts_nothing() {
    let bus = Bus::new();
    for verb in [
        &["call", "x", "--no-start"][..],
        &["ls", "--no-start"],
        &["emit", "x", "--no-start"],
        &["status"],
    ] {
        bus.run(verb).failed(3, &["no bus at"]);
    }
    assert_eq!(bus.processes(), []);
}

#[test]
fn no_answer_in_time_is_4() {
    let bus = Bus::new();
    let _provider = bus.provide(["slow", "--", "sleep", "600"]);
    bus.run(["call", "slow", "--timeout", "200ms"])
        .failed(4, &["no answer from `slow` within 200 ms"]);
}

#[test]
fn a_second_provider_of_an_id_is_refused_with_1() {
    let bus = Bus::new();
    let _provider = bus.provide(["twice", "--", "cat"]);
    bus.run(["provide", "twice", "--", "cat"])
        .failed(1, &["`twice` is provided already", "--standby"]);
    assert_eq!(bus.run(["call", "twice", "1"]).ok(), "1\n");
}

#[test]
fn profiles_are_separate_buses() {
    let bus = Bus::new();
    let _provider = bus.provide(["x", "--profile", "one", "--", "cat"]);
    bus.run(["call", "x", "--profile", "two"])
        .failed(5, &["nobody provides"]);
    let listed = bus.run(["ls", "--json", "--profile", "one"]).json();
    assert_eq!(listed, json!([{"id": "x"}]));
    let listed = bus.run(["ls", "--json", "--profile", "two"]).json();
    assert_eq!(listed, json!([]));
    for profile in ["one", "two"] {
        bus.run(["stop", "--profile", profile]).ok();
    }
    assert!(bus.daemons().is_empty());
}
