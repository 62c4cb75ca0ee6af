//! The stream of a process: how it opens, and what happens when the process does not read.

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::client::{Client, first_arrivals};
use super::pair::{Pair, patient};
use crate::support::eventually;

/// Processes at a time, and how often each opens its stream.
const PROCESSES: usize = 4;
const OPENINGS: usize = 25;

#[test]
fn nothing_is_lost_by_a_client_that_is_busy_while_its_stream_opens() {
    let Some(pair) = Pair::new() else { return };
    let sender = pair.join();
    let from = sender.mailbox("sender");
    thread::scope(|scope| {
        for _ in 0..PROCESSES {
            scope.spawn(|| {
                let receiver = pair.process();
                let mailbox = open_first(&pair, &receiver);
                for n in 0..OPENINGS {
                    let to = format!("endpoint:{}", mailbox.id);
                    let id = sender.send(&from, &to, &n.to_string());
                    open_busy(&pair, &receiver, &mailbox);
                    receiver.receive_id(&id);
                    let path = format!("/v1/receipts/{id}?wait=confirmed&timeout_ms=15000");
                    let receipt = pair.get(&path);
                    // Sent again, it would have come too; but it must not be lost in the first place.
                    assert_eq!(receipt["attempts"], 1, "{receipt}");
                    receiver.ask("close", json!({})).unwrap();
                    pair.becomes(&mailbox.id, "reconnecting");
                }
            });
        }
    });
}

struct Mailbox {
    id: String,
    owner_token: Value,
}

/// Registers an endpoint and lets its stream go.
fn open_first(pair: &Pair, receiver: &Client) -> Mailbox {
    let discover = json!({"options": pair.options()});
    receiver.ask("discover", discover).unwrap();
    receiver.ask("connect", json!({})).unwrap();
    let registered = receiver.does("registerEndpoint", json!({"agentId": "r", "kind": "demo"}));
    receiver.ask("close", json!({})).unwrap();
    let id = registered["endpoint_id"].as_str().unwrap().to_owned();
    pair.becomes(&id, "reconnecting");
    Mailbox {
        id,
        owner_token: registered["endpoint_owner_token"].clone(),
    }
}

/// Opens a stream while the process is busy, and has the endpoint bound to it before it reads.
fn open_busy(pair: &Pair, receiver: &Client, mailbox: &Mailbox) {
    let discover = json!({"options": pair.options()});
    receiver.ask("discover", discover).unwrap();
    let opening = receiver.begin("connect", json!({"busyMs": 300}));
    let body = json!({"plugin_pid": receiver.pid(), "endpoint_owner_token": mailbox.owner_token});
    let path = format!("/v1/endpoint/{}/reattach", mailbox.id);
    eventually("the endpoint is reattached", || {
        let (status, _) = pair.request("POST", &path, &[], Some(&body));
        (status == 200).then_some(())
    });
    opening.end().unwrap();
}

#[test]
fn a_process_that_is_suspended_for_a_while_misses_nothing_and_gets_nothing_twice() {
    let Some(pair) = Pair::new() else { return };
    let (alice, bob) = (pair.join(), pair.join());
    let (a, b) = (alice.mailbox("alice"), bob.mailbox("bob"));
    bob.signal(Signal::STOP);
    let sent = alice.send_numbered(&a, &format!("endpoint:{b}"), 100);
    bob.signal(Signal::CONT);
    let received = bob.receive(100);
    assert_eq!(first_arrivals(&received), sent);
    assert_eq!(received.len(), 100);
    assert!(bob.events("disconnected").is_empty());
}

#[test]
fn a_process_that_is_slow_for_longer_than_a_resend_takes_gets_nothing_twice() {
    let Some(pair) = Pair::new() else { return };
    let (alice, bob) = (pair.join(), pair.join());
    let (a, b) = (alice.mailbox("alice"), bob.mailbox("bob"));
    let busy = bob.begin("block", json!({"ms": 8_000}));
    let sent = alice.send_numbered(&a, &format!("endpoint:{b}"), 20);
    busy.end().unwrap();
    let last = sent.last().unwrap();
    pair.get(&format!(
        "/v1/receipts/{last}?wait=confirmed&timeout_ms=15000"
    ));
    assert_eq!(first_arrivals(&bob.messages()), sent);
    assert_eq!(bob.messages().len(), 20);
}

#[test]
fn what_a_suspended_process_has_not_read_when_it_is_killed_is_in_the_inbox() {
    let Some(pair) = Pair::new() else { return };
    let (alice, bob) = (pair.join(), pair.join());
    let (a, b) = (alice.mailbox("alice"), bob.mailbox("bob"));
    bob.signal(Signal::STOP);
    let sent = alice.send_numbered(&a, &format!("endpoint:{b}"), 40);
    bob.signal(Signal::KILL);
    let inbox = eventually("all are in the inbox", || {
        let inbox = pair.inbox();
        (inbox.len() >= sent.len()).then_some(inbox)
    });
    let ids: Vec<&Value> = inbox.iter().map(|record| &record["id"]).collect();
    assert_eq!(ids, sent.iter().collect::<Vec<_>>());
    for record in &inbox {
        assert_eq!(record["reason"], "closed_session_continuation");
        assert_eq!(record["original_target_endpoint_id"], *b);
    }
}

#[test]
fn a_killed_process_gives_its_mail_up_and_nobody_elses() {
    let Some(pair) = Pair::new() else { return };
    let (alice, bob) = (pair.join(), pair.join());
    let (a, b) = (alice.mailbox("alice"), bob.mailbox("bob"));
    let _ = bob.begin("crash", json!({}));
    eventually("the endpoint is gone", || {
        let (status, shown) = pair.request("GET", &format!("/v1/endpoint/{b}"), &[], None);
        (status == 404 || shown["state"] == "closed").then_some(())
    });
    let id = alice.send(&a, &format!("endpoint:{a}"), "to myself");
    alice.receive_id(&id);
}

/// How long the two fight at most (protocol Appendix B 7).
const FIGHT: Duration = Duration::from_secs(10);

#[test]
fn two_clients_of_one_process_cannot_flap_for_ever() {
    let Some(pair) = Pair::new() else { return };
    let process = pair.process();
    let backoff = json!({"reconnectBackoffInitialMs": 100, "reconnectBackoffMaxMs": 100});
    for client in ["left", "right"] {
        let members = json!({"client": client, "options": pair.options()});
        process.ask("discover", members).unwrap();
        let members = json!({"client": client, "options": backoff});
        process.ask("connect", members).unwrap();
        let register = json!({"client": client, "args": [{"agentId": client, "kind": "demo"}]});
        // Replaced just then, it is registered at the next turn.
        let _ = process.ask("registerEndpoint", register);
    }
    let began = Instant::now();
    let mut guarded = false;
    while began.elapsed() < FIGHT && !guarded {
        let endpoints = pair.get("/v1/endpoints");
        let live = endpoints["items"].as_array().unwrap().iter();
        let live = live.filter(|endpoint| endpoint["state"] != "closed");
        assert!(live.count() <= 2, "{endpoints}");
        let errors = process.events("error");
        guarded = errors.iter().any(|error| error.to_string().contains("429"));
    }
    assert!(guarded, "the broker never refused one of them");
}

#[test]
fn a_client_that_closes_its_stream_finds_its_mail_when_it_comes_back() {
    let Some(pair) = Pair::new() else { return };
    let alice = pair.join();
    let bob = pair.join_with(json!({"options": pair.options()}), patient());
    let (a, b) = (alice.mailbox("alice"), bob.mailbox("bob"));
    bob.ask("close", json!({})).unwrap();
    pair.becomes(&b, "reconnecting");
    let sent = alice
        .call("send", json!([a, format!("endpoint:{b}"), "while away"]))
        .unwrap();
    assert_eq!(sent["status"], "stored");
    let discover = json!({"options": pair.options()});
    bob.ask("discover", discover).unwrap();
    bob.ask("connect", json!({})).unwrap();
    assert_eq!(bob.mailbox("bob"), b, "the same endpoint");
    assert_eq!(bob.receive(1)[0].content, "while away");
}
