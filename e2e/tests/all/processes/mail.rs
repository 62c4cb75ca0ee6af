//! `mail`: a mailbox for scripts.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::bus::{Bus, Running, signal};
use crate::support::eventually;

/// A mailbox that a test has open.
struct Mailbox(Running);

impl Mailbox {
    #[track_caller]
    fn open(bus: &Bus, name: &str, options: &[&str]) -> Self {
        let running = bus.spawn_piped(["mail", name].iter().chain(options));
        running.says("is open");
        Self(running)
    }

    /// What it has printed so far.
    fn lines(&self) -> Vec<Value> {
        let lines = self.0.lines();
        let lines = lines.iter().map(|line| serde_json::from_str(line).unwrap());
        lines.collect()
    }

    /// Waits for the line of this number; the first is 0.
    #[track_caller]
    fn line(&self, number: usize) -> Value {
        eventually(&format!("line {number} comes: {:?}", self.0), || {
            self.lines().get(number).cloned()
        })
    }

    #[track_caller]
    fn tell(&mut self, line: Value) {
        self.0.tell(&line.to_string());
    }

    /// Contents and attempts of the messages so far.
    fn told(&self) -> Vec<(String, u64)> {
        let told = |line: &Value| Some((content(line)?.to_owned(), line["attempt"].as_u64()?));
        self.lines().iter().filter_map(told).collect()
    }

    #[track_caller]
    fn confirm(&mut self, line: usize) {
        let id = self.line(line)["message_id"].as_str().unwrap().to_owned();
        self.0.tell(&id);
    }
}

fn content(line: &Value) -> Option<&str> {
    line["content"].as_str()
}

/// Returns the id of a message that is sent.
#[track_caller]
fn send(bus: &Bus, to: &str, content: &str) -> String {
    let sent = bus.run(["send", to, content, "--json"]).json();
    sent["messageId"].as_str().unwrap().to_owned()
}

/// Returns what is known of a message.
#[track_caller]
fn state(bus: &Bus, id: &str) -> String {
    let receipt = bus.run(["send", "--receipt", id, "--json"]).json();
    receipt["state"].as_str().unwrap().to_owned()
}

/// Returns what is known of the mailbox of this name.
#[track_caller]
fn endpoint(bus: &Bus, name: &str) -> Value {
    let endpoints = bus.run(["endpoints", "--json"]).json();
    let endpoints = endpoints.as_array().unwrap().iter();
    let mut named = endpoints.filter(|it| it["metadata"]["runtime_session_id"] == name);
    let found = named.next().cloned().unwrap_or_default();
    assert!(named.next().is_none(), "`{name}` is there twice");
    found
}

fn told(list: &[(&str, u64)]) -> Vec<(String, u64)> {
    let list = list.iter();
    list.map(|(content, attempt)| ((*content).to_owned(), *attempt))
        .collect()
}

#[test]
fn a_message_is_a_line_and_its_sender_learns_that_it_is_confirmed() {
    let bus = Bus::new();
    let mailbox = Mailbox::open(&bus, "notes", &["--auto", "--count", "1"]);
    let text = "two\nlines, \"quoted\"";
    let waits = ["--type", "text/x", "--meta", "a=b", "--wait", "confirmed"];
    let sent = bus.run(["send", "session:notes", text].iter().chain(&waits));
    let sent = sent.ok();
    let id = sent.lines().next().unwrap().strip_prefix("delivered ");
    assert!(
        sent.ends_with(&format!("\nconfirmed {}\n", id.unwrap())),
        "{sent}"
    );
    let ended = mailbox.0.end();
    let line: Value = ended.json();
    assert_eq!(line["message_id"], id.unwrap());
    assert_eq!(line["content"], text);
    assert_eq!(line["content_type"], "text/x");
    assert_eq!(line["metadata"]["a"], "b");
    assert_eq!(line["attempt"], 1);
    assert!(line["from"].as_str().unwrap().starts_with("node:"));
    assert_eq!(endpoint(&bus, "notes")["state"], "asleep");
}

#[test]
fn what_comes_while_a_mailbox_is_asleep_waits_in_the_inbox_and_is_first() {
    let bus = Bus::new();
    let mailbox = Mailbox::open(&bus, "notes", &[]);
    assert_eq!(endpoint(&bus, "notes")["state"], "active");
    mailbox.0.signal(Signal::TERM);
    mailbox.0.end().ok();
    // It says so before it ends.
    assert_eq!(endpoint(&bus, "notes")["state"], "asleep");
    let first = send(&bus, "session:notes", "first");
    send(&bus, "session:notes", "second");
    assert_eq!(endpoint(&bus, "notes")["inbox"], 2);
    assert!(bus.run(["inbox"]).ok().contains(&first));
    assert_eq!(state(&bus, &first), "inbox");
    let mailbox = Mailbox::open(&bus, "notes", &[]);
    send(&bus, "session:notes", "third");
    mailbox.line(2);
    assert_eq!(
        mailbox.told(),
        told(&[("first", 1), ("second", 1), ("third", 1)])
    );
    assert_eq!(bus.run(["inbox", "--json"]).ok(), "");
}

#[test]
fn b17_a_slow_script_gets_nothing_twice_and_when_it_is_killed_nothing_overtakes() {
    let bus = Bus::new().configured(
        "[broker]\npush_receipt_warning_s = 0.05\npush_resend_s = 0.1\npush_resends = 1\n",
    );
    let mut mailbox = Mailbox::open(&bus, "slow", &[]);
    for content in ["1", "2", "3"] {
        send(&bus, "session:slow", content);
    }
    mailbox.line(2);
    // As long as it takes to resend and to give up several times.
    let until = Instant::now() + Duration::from_secs(1);
    while Instant::now() < until {
        let seen = endpoint(&bus, "slow");
        assert_eq!(
            (&seen["state"], &seen["in_flight"]),
            (&json!("active"), &json!(3))
        );
        assert_eq!(seen["stalled"], false);
        assert_eq!(mailbox.lines().len(), 3);
    }
    mailbox.confirm(0);
    eventually("one is confirmed", || {
        (endpoint(&bus, "slow")["in_flight"] == 2).then_some(())
    });
    mailbox.0.signal(Signal::KILL);
    assert_eq!(mailbox.0.end().code, None);
    send(&bus, "session:slow", "4");
    let mailbox = Mailbox::open(&bus, "slow", &[]);
    mailbox.line(2);
    assert_eq!(mailbox.told(), told(&[("2", 2), ("3", 2), ("4", 1)]));
}

#[test]
fn the_end_of_stdin_closes_a_mailbox_and_what_was_not_confirmed_comes_again() {
    let bus = Bus::new();
    let mut mailbox = Mailbox::open(&bus, "notes", &[]);
    let ids = ["1", "2", "3"].map(|content| send(&bus, "session:notes", content));
    mailbox.line(2);
    mailbox.confirm(1);
    mailbox.tell(json!({"confirm": ids[1]}));
    mailbox.0.end_stdin();
    mailbox.0.end().ok();
    assert_eq!(state(&bus, &ids[1]), "confirmed");
    assert_eq!(endpoint(&bus, "notes")["inbox"], 2);
    let mailbox = Mailbox::open(&bus, "notes", &["--auto", "--count", "2"]);
    mailbox.line(1);
    assert_eq!(mailbox.told(), told(&[("1", 2), ("3", 2)]));
    mailbox.0.end().ok();
    assert_eq!(state(&bus, &ids[0]), "confirmed");
}

#[test]
fn a_count_is_kept_to_and_a_timeout_counts_only_while_there_is_no_mail() {
    let bus = Bus::new();
    bus.run(["mail", "notes", "--auto", "--timeout", "50ms"])
        .failed(4, &["no mail for 50 ms"]);
    let first = send(&bus, "session:notes", "1");
    send(&bus, "session:notes", "2");
    let ended = bus.run(["mail", "notes", "--auto", "--count", "1", "--timeout", "1m"]);
    assert_eq!(ended.ok().lines().count(), 1);
    assert_eq!(state(&bus, &first), "confirmed");
    let mut mailbox = Mailbox::open(&bus, "notes", &["--timeout", "50ms"]);
    mailbox.line(0);
    // Somebody works on it.
    let until = Instant::now() + Duration::from_millis(300);
    while Instant::now() < until {
        assert!(!mailbox.0.has_ended());
        std::thread::sleep(Duration::from_millis(20));
    }
    mailbox.confirm(0);
    mailbox.0.end().failed(4, &["no mail"]);
}

#[test]
fn a_mailbox_is_open_once() {
    let bus = Bus::new();
    let mut mailbox = Mailbox::open(&bus, "notes", &[]);
    for verb in [
        &["mail", "notes"][..],
        &["mail", "notes", "--forget", "--yes"],
    ] {
        bus.run(verb).failed(1, &["mailbox_in_use", "`notes`"]);
    }
    Mailbox::open(&bus, "Notes", &[]);
    mailbox.0.end_stdin();
    mailbox.0.end().ok();
    Mailbox::open(&bus, "notes", &[]);
    for name in ["", " a", "__masons_a"] {
        bus.run(["mail", name]).failed(2, &["cannot be the name"]);
    }
}

#[test]
fn replies_and_new_messages_go_out_in_the_name_of_the_mailbox() {
    let bus = Bus::new();
    let mut asks = Mailbox::open(&bus, "asks", &[]);
    let mut knows = Mailbox::open(&bus, "knows", &[]);
    asks.tell(json!({"send": "session:knows", "content": "what?", "metadata": {"n": 1}}));
    let sent = asks.line(0);
    assert_eq!(sent["line"], 1);
    assert_eq!(sent["sent"]["status"], "delivered");
    let question = knows.line(0);
    assert_eq!(question["message_id"], sent["sent"]["messageId"]);
    assert_eq!(question["metadata"]["n"], 1);
    let id = question["message_id"].as_str().unwrap();
    assert_eq!(
        question["from"],
        format!(
            "endpoint:{}",
            endpoint(&bus, "asks")["id"].as_str().unwrap()
        )
    );
    // An empty line counts, and a message that is done can be answered.
    knows.0.tell("");
    knows.0.tell(id);
    knows.tell(
        json!({"reply": id, "content": "that", "content_type": "t", "key": "k", "ttl_ms": 60_000}),
    );
    let replied = knows.line(1);
    assert_eq!(replied["line"], 3);
    let answer = asks.line(1);
    assert_eq!(
        (content(&answer), &answer["content_type"]),
        (Some("that"), &json!("t"))
    );
    let correlation = &question["metadata"]["correlation_id"];
    assert_eq!(answer["metadata"]["in_reply_to"], *correlation);
    assert_eq!(answer["metadata"]["correlation_id"], *correlation);
    // The same key is the same message.
    knows.tell(
        json!({"reply": id, "content": "that", "content_type": "t", "key": "k", "ttl_ms": 60_000}),
    );
    let again = knows.line(2);
    assert_eq!(again["sent"]["messageId"], replied["sent"]["messageId"]);
    assert_eq!(again["sent"]["replayed"], true);
}

#[test]
fn a_bad_line_is_answered_and_does_nothing_else() {
    let bus = Bus::new();
    let mut mailbox = Mailbox::open(&bus, "notes", &[]);
    let id = send(&bus, "session:notes", "1");
    mailbox.line(0);
    let elsewhere = send(&bus, "node:self", "not for this mailbox");
    for (number, (line, code)) in [
        ("two words".to_owned(), "invalid_line"),
        ("{\"confirm\":".to_owned(), "invalid_line"),
        (
            json!({"confirm": id, "reply": id}).to_string(),
            "invalid_line",
        ),
        (format!("{id}x"), "unknown_message"),
        (elsewhere.clone(), "unknown_message"),
        (
            json!({"reply": elsewhere, "content": ""}).to_string(),
            "unknown_message",
        ),
        (
            json!({"send": "session:nobody", "content": ""}).to_string(),
            "recipient_unknown",
        ),
        (
            json!({"send": "session:notes", "content": "", "ttl_ms": 1}).to_string(),
            "invalid_request",
        ),
        (
            json!({"send": "session:notes", "content": "", "metadata": {"correlation_id": "c"}})
                .to_string(),
            "correlation_id_forbidden",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        mailbox.0.tell(&line);
        let answer = mailbox.line(number + 1);
        assert_eq!(answer["line"], number + 1);
        assert_eq!(answer["error"]["code"], code, "{line}: {answer}");
        assert!(!answer["error"]["message"].as_str().unwrap().is_empty());
    }
    assert_eq!(state(&bus, &id), "pushed");
    assert_eq!(state(&bus, &elsewhere), "inbox");
    mailbox.0.tell(&id);
    eventually("it is confirmed", || {
        (state(&bus, &id) == "confirmed").then_some(())
    });
}

#[test]
fn a_broker_that_is_killed_under_a_mailbox_comes_back_and_nothing_is_printed_twice() {
    let bus = Bus::new();
    let mut mailbox = Mailbox::open(&bus, "notes", &[]);
    let ids = ["1", "2"].map(|content| send(&bus, "session:notes", content));
    mailbox.line(1);
    let before = endpoint(&bus, "notes")["id"].clone();
    signal(bus.pid(), Signal::KILL);
    mailbox.0.says("the broker is back");
    let after = endpoint(&bus, "notes");
    assert_eq!((&after["id"], &after["state"]), (&before, &json!("active")));
    let last = send(&bus, "session:notes", "3");
    // Under the names that its pushes have now.
    for line in 0..3 {
        mailbox.confirm(line);
    }
    for id in ids.iter().chain([&last]) {
        bus.run(["send", "--receipt", id, "--wait", "confirmed"])
            .ok();
    }
    mailbox.0.end_stdin();
    let ended = mailbox.0.end().ok();
    assert_eq!(ended.lines().count(), 3, "{ended}");
}

#[test]
fn a_confirmation_while_there_is_no_broker_reaches_the_next_one() {
    let bus = Bus::new();
    let mut mailbox = Mailbox::open(&bus, "notes", &[]);
    let id = send(&bus, "session:notes", "1");
    mailbox.line(0);
    bus.run(["stop", "--hold"]).ok();
    mailbox.0.says("the broker went away");
    mailbox.confirm(0);
    mailbox.tell(json!({"reply": id, "content": "late"}));
    mailbox.0.end_stdin();
    bus.run(["endpoints"]).failed(3, &["hold"]);
    // It does not start one that is on hold, and does not end without having told.
    bus.run(["daemon", "--detach"]).ok();
    let ended = mailbox.0.end();
    assert!(ended.stdout.contains("\"sent\""), "{ended:?}");
    ended.ok();
    assert_eq!(state(&bus, &id), "confirmed");
    assert_eq!(endpoint(&bus, "notes")["state"], "asleep");
    assert!(bus.run(["inbox"]).ok().contains("late"));
}

#[test]
fn every_message_comes_once_and_in_order_however_often_the_broker_is_killed() {
    let bus = Bus::new();
    let mailbox = Mailbox::open(&bus, "notes", &["--auto", "--count", "30"]);
    for number in 0..30 {
        send(&bus, "session:notes", &number.to_string());
        if number % 10 == 5 {
            signal(bus.pid(), Signal::KILL);
        }
    }
    let ended = mailbox.0.end().ok();
    let lines = ended.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        content(&line).unwrap().parse::<u32>().unwrap()
    });
    assert_eq!(lines.collect::<Vec<u32>>(), (0..30).collect::<Vec<_>>());
}

#[test]
fn a_mailbox_is_forgotten_only_if_somebody_says_so_and_its_mail_stays_in_the_inbox() {
    let bus = Bus::new();
    bus.run(["mail", "notes", "--forget", "--yes"])
        .failed(5, &["no mailbox `notes`"]);
    bus.run(["mail", "notes", "--auto", "--timeout", "1ms"])
        .failed(4, &[]);
    let id = send(&bus, "session:notes", "1");
    bus.run(["mail", "notes", "--forget"])
        .failed(2, &["1 message waits", "--yes"]);
    assert_eq!(endpoint(&bus, "notes")["state"], "asleep");
    let forgotten = bus.run(["mail", "notes", "--forget", "--yes"]);
    assert!(
        forgotten.stderr.contains("1 message waits"),
        "{forgotten:?}"
    );
    assert_eq!(forgotten.ok(), "forgot notes\n");
    assert_eq!(endpoint(&bus, "notes"), Value::Null);
    assert_eq!(state(&bus, &id), "inbox");
    bus.run(["mail", "a", "--forget", "--auto"]).failed(2, &[]);
    bus.run(["mail", "a", "--yes"]).failed(2, &["--forget"]);
}

#[test]
fn a_reader_that_has_had_enough_closes_the_mailbox_and_loses_nothing() {
    let bus = Bus::new();
    bus.run(["mail", "notes", "--auto", "--timeout", "1ms"])
        .failed(4, &[]);
    for content in ["1", "2"] {
        send(&bus, "session:notes", content);
    }
    let cmdbus = super::bus::program().display();
    let script = format!("{cmdbus} mail notes | head -n 1");
    let mut shell = bus.command("sh");
    let mut reader = Running::start(
        shell
            .args(["-c", &script])
            .stdin(std::process::Stdio::piped()),
    );
    eventually("the first has come", || {
        (!reader.lines().is_empty()).then_some(())
    });
    // Whatever is printed next, nobody takes it.
    send(&bus, "session:notes", "3");
    reader.end_stdin();
    reader.end().ok();
    let mailbox = Mailbox::open(&bus, "notes", &[]);
    mailbox.line(2);
    let contents: Vec<String> = mailbox
        .told()
        .into_iter()
        .map(|(content, _)| content)
        .collect();
    assert_eq!(contents, ["1", "2", "3"]);
}
