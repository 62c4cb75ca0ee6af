//! `emit` and `listen`.

use serde_json::{Value, json};

use super::bus::{Bus, Running, program};
use crate::support::eventually;

/// Emits until the listener shows that it is there.
#[track_caller]
fn wait_for_listener(bus: &Bus, listener: &Running) {
    eventually("it hears something", || {
        bus.run(["emit", "test.warm-up"]).ok();
        (!listener.lines().is_empty()).then_some(())
    });
}

/// What a listener has printed, the warming up left out.
fn heard(listener: &Running) -> Vec<Value> {
    let lines = listener.lines();
    let events = lines.iter().map(|line| serde_json::from_str(line).unwrap());
    events
        .filter(|event: &Value| event["event"] != "test.warm-up")
        .collect()
}

#[test]
fn listeners_get_what_is_emitted_one_line_each() {
    let bus = Bus::new();
    let some = bus.spawn(["listen", "test.*"]);
    let all = bus.spawn(["listen"]);
    wait_for_listener(&bus, &some);
    wait_for_listener(&bus, &all);
    bus.run(["emit", "test.saved", "{\"name\": \"a\\nb\"}"])
        .ok();
    bus.run(["emit", "other.thing", "7"]).ok();
    bus.run_with(["emit", "test.end", "-"], "[1, 2]").ok();
    eventually("all have come", || (heard(&all).len() >= 3).then_some(()));
    eventually("two have come", || (heard(&some).len() >= 2).then_some(()));
    let told = |listener| -> Vec<(Value, Value)> {
        let events: Vec<Value> = heard(listener);
        events
            .into_iter()
            .map(|event| (event["event"].clone(), event["payload"].clone()))
            .collect()
    };
    let saved = (json!("test.saved"), json!({"name": "a\nb"}));
    let end = (json!("test.end"), json!([1, 2]));
    assert_eq!(told(&some), [saved.clone(), end.clone()]);
    assert_eq!(told(&all), [saved, (json!("other.thing"), json!(7)), end]);
    // Both saw the same emission.
    assert!(heard(&all)[0]["id"].is_string());
    assert_eq!(heard(&all)[0]["id"], heard(&some)[0]["id"]);
}

#[test]
fn listening_ends_after_the_count() {
    let bus = Bus::new();
    let listener = bus.spawn(["listen", "--count", "2"]);
    wait_for_listener(&bus, &listener);
    bus.run(["emit", "test.last"]).ok();
    let printed = listener.end().ok();
    assert_eq!(printed.lines().count(), 2, "{printed}");
}

#[test]
fn listening_ends_cleanly_when_nobody_reads_any_more() {
    let bus = Bus::new();
    bus.start();
    let script = format!(
        "{{ {} listen; echo \"code $?\" >&2; }} | head -1",
        program().display()
    );
    let mut pipeline = Running::start(bus.command("sh").args(["-c", &script]));
    eventually("the pipe breaks", || {
        bus.run(["emit", "test.warm-up"]).ok();
        pipeline.has_ended().then_some(())
    });
    let ended = pipeline.end();
    assert_eq!(ended.stdout.lines().count(), 1, "{ended:?}");
    assert!(ended.stderr.ends_with("code 0\n"), "{ended:?}");
}

#[test]
fn private_events_are_refused() {
    let bus = Bus::new();
    bus.run(["emit", "_secret"]).failed(2, &["`_secret`"]);
    assert_eq!(bus.processes(), []);
}

#[test]
fn an_event_that_is_too_large_is_not_said_to_have_been_sent() {
    let bus = Bus::new();
    bus.start();
    let payload = format!("\"{}\"", "x".repeat(17 << 20));
    bus.run_with(["emit", "test.large", "-"], &payload)
        .failed(1, &["was not sent"]);
}
