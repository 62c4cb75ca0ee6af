//! `endpoints`, `send`, `inbox`, `dispatch` and `spawn`.

use rustix::process::Signal;
use serde_json::Value;

use super::bus::{Bus, program, signal};
use crate::support::eventually;

/// Makes a mailbox that is asleep.
#[track_caller]
fn asleep(bus: &Bus, name: &str) {
    bus.run(["mail", name, "--auto", "--timeout", "1ms"])
        .failed(4, &[]);
}

#[track_caller]
fn send(bus: &Bus, to: &str, content: &str) -> String {
    let sent = bus.run(["send", to, content, "--json"]).json();
    sent["messageId"].as_str().unwrap().to_owned()
}

#[track_caller]
fn receipt(bus: &Bus, id: &str) -> Value {
    bus.run(["send", "--receipt", id, "--json"]).json()
}

#[test]
fn a_bus_without_endpoints_says_so() {
    let bus = Bus::new();
    let endpoints = bus.run(["endpoints"]);
    assert!(endpoints.stderr.contains("no endpoints"), "{endpoints:?}");
    assert_eq!(endpoints.ok(), "");
    assert_eq!(bus.run(["endpoints", "--json"]).ok(), "[]\n");
    assert!(bus.run(["inbox"]).stderr.contains("is empty"));
    assert_eq!(bus.run(["inbox", "--json"]).ok(), "");
}

#[test]
fn without_a_broker_the_exit_code_is_3() {
    let bus = Bus::new();
    for verb in [
        &["endpoints"][..],
        &["send", "node:self", "x"],
        &["inbox"],
        &["mail", "notes"],
        &["spawn", "claude-code", "x"],
        &["dispatch", "msg_1", "ep_1"],
    ] {
        bus.run(verb.iter().chain(&["--no-start"])).failed(3, &[]);
    }
    assert!(bus.daemons().is_empty());
}

#[test]
fn endpoints_are_listed_with_what_waits_for_them() {
    let bus = Bus::new();
    asleep(&bus, "notes");
    send(&bus, "session:notes", "x");
    let open = bus.spawn_piped(["mail", "other"]);
    open.says("is open");
    let listed = bus.run(["endpoints"]).ok();
    let lines: Vec<Vec<&str>> = listed
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        lines[0][..6],
        ["ID", "AGENT", "KIND", "STATE", "QUEUED", "INBOX"]
    );
    assert_eq!(lines[1][1..6], ["other", "cmdbus-mail", "active", "0", "0"]);
    assert_eq!(lines[2][1..6], ["notes", "cmdbus-mail", "asleep", "0", "1"]);
    assert_eq!(
        bus.run(["endpoints", "--json"])
            .json()
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn what_cannot_be_sent_is_refused_with_its_exit_code() {
    let bus = Bus::new();
    bus.run(["send", "session:nobody", "x"])
        .failed(5, &["recipient_unknown", "session:nobody"]);
    bus.run(["send", "node:self", "x", "--meta", "correlation_id=c"])
        .failed(1, &["correlation_id_forbidden"]);
    bus.run(["send", "node:self", "x", "--key", ""])
        .failed(1, &["idempotency_key"]);
    for wrong in [
        &["send"][..],
        &["send", "node:self"],
        &["send", "", "x"],
        &["send", "node:self", "x", "--ttl", "1ms"],
        &["send", "node:self", "x", "--meta", "a"],
        &["send", "node:self", "x", "--receipt", "msg_1"],
    ] {
        bus.run(wrong).failed(2, &[]);
    }
    let long = "x".repeat((1 << 20) + 1);
    bus.run_with(["send", "node:self", "-"], &long)
        .failed(1, &["longer than 1048576 bytes"]);
    bus.run_with(["send", "node:self", "-"], &long[1..])
        .failed(1, &["payload_too_large"]);
    assert_eq!(bus.run(["inbox", "--json"]).ok(), "");
}

#[test]
fn a_key_is_one_message_however_often_it_is_sent() {
    let bus = Bus::new();
    let send = |content: &str| {
        let options = ["--key", "release-1", "--json"];
        bus.run(["send", "node:self", content].iter().chain(&options))
    };
    let first = send("a").json();
    assert_eq!(first["replayed"], Value::Null);
    signal(bus.pid(), Signal::KILL);
    let again = send("a").json();
    assert_eq!(again["messageId"], first["messageId"]);
    assert_eq!(again["replayed"], true);
    send("b").failed(1, &["idempotency_conflict"]);
    assert_eq!(bus.run(["inbox", "--json"]).ok().lines().count(), 1);
}

#[test]
fn a_wait_that_comes_to_nothing_says_how_far_the_message_got() {
    let bus = Bus::new();
    asleep(&bus, "notes");
    for (goal, word) in [("delivered", "`inbox`"), ("confirmed", "`inbox`")] {
        let waits = ["--wait", goal, "--timeout", "100ms"];
        let ended = bus.run(["send", "session:notes", "x"].iter().chain(&waits));
        let ended = ended.failed(4, &[word, "--receipt"]);
        assert!(ended.stdout.starts_with("stored msg_"), "{ended:?}");
    }
    bus.run(["send", "--receipt", "msg_none"])
        .failed(1, &["receipt_unknown"]);
}

#[test]
fn delivered_is_before_confirmed() {
    let bus = Bus::new();
    let mut mailbox = bus.spawn_piped(["mail", "notes"]);
    mailbox.says("is open");
    let waits = ["--wait", "delivered", "--json"];
    let sent = bus
        .run(["send", "session:notes", "x"].iter().chain(&waits))
        .json();
    assert_eq!(sent["receipt"]["state"], "pushed");
    let id = sent["messageId"].as_str().unwrap();
    let shown = bus.run(["send", "--receipt", id]).ok();
    assert!(shown.contains("state      pushed"), "{shown}");
    let waits = bus.spawn(["send", "--receipt", id, "--wait", "confirmed"]);
    mailbox.tell(id);
    assert!(waits.end().ok().contains("state      confirmed"));
}

#[test]
fn a_message_that_is_worth_nothing_any_more_expires() {
    let bus = Bus::new().configured("[broker]\nsweep_s = 0.1\n");
    asleep(&bus, "notes");
    let options = ["--ttl", "1s", "--wait", "confirmed", "--timeout", "10s"];
    bus.run(["send", "session:notes", "x"].iter().chain(&options))
        .failed(1, &["`expired`"]);
    assert_eq!(bus.run(["inbox", "--json"]).ok(), "");
    bus.run(["mail", "notes", "--auto", "--timeout", "50ms"])
        .failed(4, &[]);
}

#[test]
fn a_send_goes_on_over_the_death_of_the_broker() {
    let bus = Bus::new();
    asleep(&bus, "notes");
    let send = bus.spawn(["send", "session:notes", "x", "--wait", "confirmed"]);
    eventually("it is sent", || (!send.lines().is_empty()).then_some(()));
    signal(bus.pid(), Signal::KILL);
    bus.run(["mail", "notes", "--auto", "--count", "1"]).ok();
    assert!(send.end().ok().contains("\nconfirmed msg_"));
}

#[test]
fn the_inbox_is_listed_shown_and_discarded() {
    let bus = Bus::new();
    let long = format!("first line\n{}", "ü".repeat(100));
    let id = send(&bus, "node:self", &long);
    send(&bus, "node:self", "\u{1b}[1mother");
    let listed = bus.run(["inbox"]).ok();
    assert_eq!(listed.lines().count(), 3);
    assert!(listed.contains("first line üü") && !listed.contains(&"ü".repeat(70)));
    assert!(!listed.contains('\u{1b}'));
    let lines = bus.run(["inbox", "--json"]).ok();
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["id"], &first["content"]),
        (&Value::from(id.as_str()), &Value::from(long))
    );
    assert!(
        bus.run(["inbox", &id])
            .ok()
            .ends_with(&format!("{}\n", "ü".repeat(100)))
    );
    assert_eq!(bus.run(["inbox", &id, "--json"]).json(), first);
    assert_eq!(
        bus.run(["inbox", "--discard", &id]).ok(),
        format!("discarded {id}\n")
    );
    assert_eq!(receipt(&bus, &id)["state"], "settled");
    bus.run(["inbox", "--discard", &id]).failed(5, &[&id]);
    bus.run(["inbox", &id]).failed(5, &[&id]);
    bus.run(["inbox", "../status"]).failed(5, &[]);
    bus.run(["inbox", "--discard", "../status"]).failed(5, &[]);
}

#[test]
fn a_long_inbox_comes_whole() {
    let bus = Bus::new();
    let mut mailbox = bus.spawn_piped(["mail", "writer"]);
    mailbox.says("is open");
    for number in 0..300 {
        mailbox.tell(&format!(r#"{{"send":"node:self","content":"{number}"}}"#));
    }
    eventually("all are sent", || {
        (mailbox.lines().len() == 300).then_some(())
    });
    let listed = bus.run(["inbox", "--json"]).ok();
    let contents = listed.lines().map(|line| {
        let item: Value = serde_json::from_str(line).unwrap();
        item["content"].as_str().unwrap().parse::<u32>().unwrap()
    });
    assert_eq!(contents.collect::<Vec<u32>>(), (0..300).collect::<Vec<_>>());
}

#[test]
fn a_message_of_the_inbox_is_dispatched_to_somebody_who_is_there() {
    let bus = Bus::new();
    asleep(&bus, "sleeper");
    let id = send(&bus, "node:self", "x");
    let mailbox = bus.spawn_piped(["mail", "notes"]);
    mailbox.says("is open");
    bus.run(["dispatch", &id, "session:nobody"])
        .failed(5, &["session:nobody"]);
    bus.run(["dispatch", &id, "session:sleeper"])
        .failed(1, &["asleep"]);
    bus.run(["dispatch", &id, "node:self"]).failed(2, &[]);
    bus.run(["dispatch", "msg_none", "session:notes"])
        .failed(1, &["msg_none"]);
    bus.run(["dispatch", &id, "ep_none"])
        .failed(1, &["ep_none"]);
    let dispatched = bus.run(["dispatch", &id, "agent:notes", "--json"]).json();
    assert_eq!(dispatched["undispatched_id"], id.as_str());
    eventually("it comes", || {
        mailbox
            .lines()
            .iter()
            .any(|line| line.contains(&id))
            .then_some(())
    });
    assert_eq!(bus.run(["inbox", "--json"]).ok(), "");
}

#[test]
fn a_script_is_spawned_and_shows_itself_by_opening_its_mailbox() {
    let cmdbus = program().display();
    let bus = Bus::new().configured(&format!(
        "[spawn.drivers.worker]\ncommand = [\"{cmdbus}\", \"mail\", \"worker\", \"--auto\", \"--count\", \"1\"]\n\
         [spawn.drivers.broken]\ncommand = [\"false\"]\n\
         [spawn.drivers.silent]\ncommand = [\"sleep\", \"600\"]\n"
    ));
    let spawn = |kind: &str, more: &[&str]| bus.run(["spawn", kind, "do it"].iter().chain(more));
    let said = spawn("worker", &["--key", "w-1", "--wait"]).ok();
    assert_eq!(said, "registered w-1\n");
    // The same key starts nothing more.
    assert_eq!(
        spawn("worker", &["--key", "w-1", "--json"]).json()["status"],
        "applied"
    );
    let waits = ["--wait", "confirmed"];
    bus.run(["send", "session:worker", "x"].iter().chain(&waits))
        .ok();
    spawn("nothing", &[]).failed(1, &["runtime_kind_unsupported", "[spawn.drivers]"]);
    spawn("broken", &["--wait"]).failed(1, &["spawn_exited:1"]);
    let waits = ["--wait", "--timeout", "200ms"];
    spawn("silent", &waits).failed(4, &["has not registered yet"]);
}
