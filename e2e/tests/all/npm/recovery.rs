//! Losing the stream, or the broker, and going on.

use std::collections::{HashMap, HashSet};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::client::first_arrivals;
use super::pair::{Pair, eager};
use crate::support::{PATIENCE, eventually};

#[test]
fn an_endpoint_keeps_its_id_and_its_mail_when_the_stream_drops() {
    let Some(pair) = Pair::new() else { return };
    let alice = pair.join();
    let a = alice.mailbox("alice");
    let (bob, link) = pair.join_over_link();
    let b = bob.mailbox("bob");
    let to = format!("endpoint:{b}");
    let mut sent = alice.send_numbered(&a, &to, 20);
    link.cut();
    // Into the gap, and past it.
    sent.extend(alice.send_numbered(&a, &to, 100));
    bob.connected(2);
    sent.extend(alice.send_numbered(&a, &to, 20));
    bob.receive_id(sent.last().unwrap());
    assert_eq!(first_arrivals(&bob.messages()), sent);
    let endpoints = pair.get("/v1/endpoints").to_string();
    assert!(endpoints.contains(&b), "{endpoints}");
    pair.becomes(&b, "active");
    // Its sends go on under the same id, too.
    bob.send(&b, &format!("endpoint:{a}"), "still me");
    assert_eq!(alice.receive(1)[0].from, to);
}

#[test]
fn endpoints_of_one_process_come_back_each_as_itself() {
    let Some(pair) = Pair::new() else { return };
    let _broker = pair.start_broker();
    let (bob, link) = pair.join_over_link();
    // They differ in nothing but the order in which they were made.
    let mailboxes: Vec<String> = (0..3).map(|_| bob.mailbox("bob")).collect();
    link.cut();
    bob.connected(2);
    for (n, mailbox) in mailboxes.iter().enumerate() {
        pair.becomes(mailbox, "active");
        let id = bob.send(mailbox, &format!("endpoint:{mailbox}"), &n.to_string());
        let message = bob.receive_id(&id);
        assert_eq!(message.metadata["target_endpoint_id"], **mailbox);
    }
}

#[test]
fn after_a_crash_of_the_broker_clients_go_on_by_themselves() {
    let Some(pair) = Pair::new() else { return };
    let (alice, bob) = (pair.join(), pair.join());
    let (a, b) = (alice.mailbox("alice"), bob.mailbox("bob"));
    let to = format!("endpoint:{b}");
    // Bob reads nothing: more waits for him than a broker pushes at once.
    bob.signal(Signal::STOP);
    let mut sent = alice.send_numbered(&a, &to, 30);
    let before = pair.kill_broker();
    bob.signal(Signal::CONT);
    alice.connected(2);
    bob.connected(2);
    assert_ne!(pair.broker(), before);
    pair.becomes(&a, "active");
    pair.becomes(&b, "active");
    sent.push(alice.send(&a, &to, "after"));
    bob.receive_id(sent.last().unwrap());
    // Some may come twice: a confirmation can be lost in a crash. None is missing, none overtakes.
    assert_eq!(first_arrivals(&bob.messages()), sent);
    bob.send(&b, &format!("endpoint:{a}"), "still me");
    assert_eq!(alice.receive(1)[0].from, to);
}

#[test]
fn a_stop_is_no_loss_either() {
    let Some(pair) = Pair::new() else { return };
    let broker = pair.start_broker();
    let (alice, bob) = (pair.join(), pair.join());
    let (a, b) = (alice.mailbox("alice"), bob.mailbox("bob"));
    let to = format!("endpoint:{b}");
    bob.signal(Signal::STOP);
    let mut sent = alice.send_numbered(&a, &to, 30);
    broker.signal(Signal::TERM);
    broker.end().ok();
    bob.signal(Signal::CONT);
    alice.connected(2);
    bob.connected(2);
    pair.becomes(&a, "active");
    pair.becomes(&b, "active");
    sent.push(alice.send(&a, &to, "after"));
    bob.receive_id(sent.last().unwrap());
    assert_eq!(first_arrivals(&bob.messages()), sent);
}

/// Endpoints, and texts for each of them.
const MAILBOXES: usize = 20;
const TEXTS: usize = 500;
/// How many have arrived when the broker is killed.
const KILLS: [usize; 6] = [1, 137, 1_409, 1_410, 4_444, 7_919];

#[test]
fn nothing_acknowledged_is_lost_or_overtaken_however_often_the_broker_is_killed() {
    let Some(pair) = Pair::new() else { return };
    let mut options = pair.options();
    // A client whose broker is killed while it starts waits for it until the end of this.
    options["timeoutMs"] = json!(2_000);
    let alice = pair.join_with(json!({"options": options}), eager());
    let a = alice.mailbox("alice");
    let bob = pair.join_with(json!({"options": options, "quiet": true}), eager());
    let mailboxes: Vec<String> = (0..MAILBOXES)
        .map(|n| bob.mailbox(&format!("bob-{n}")))
        .collect();
    // Four at a time; each mailbox has one sender, so its order is known.
    let sends: Vec<_> = mailboxes
        .chunks(MAILBOXES / 4)
        .map(|to| alice.begin("sendAll", json!({"from": a, "to": to, "count": TEXTS})))
        .collect();
    let mut received: Vec<Value> = Vec::new();
    let mut take = |count: usize, ms: u64| {
        let wanted = count.saturating_sub(received.len());
        let members = json!({"count": wanted, "ms": ms});
        let taken = bob.ask("take", members).unwrap();
        received.extend(taken.as_array().unwrap().iter().cloned());
        first_ids(&received)
    };
    for count in KILLS {
        take(count, 10_000);
        let killed = pair.kill_broker();
        eventually("another broker serves", || {
            (pair.discovery()?["pid"] != killed).then_some(())
        });
    }
    let mut acknowledged: HashMap<String, Vec<Value>> = HashMap::new();
    for send in sends {
        let outcome = send.end_within(PATIENCE * 6).unwrap();
        for sent in outcome["sent"].as_array().unwrap() {
            let mailbox = sent[1].as_str().unwrap().to_owned();
            acknowledged
                .entry(mailbox)
                .or_default()
                .push(sent[0].clone());
        }
    }
    let total: usize = acknowledged.values().map(Vec::len).sum();
    assert!(total > MAILBOXES * TEXTS / 2, "only {total} were accepted");
    let arrived = eventually("all have arrived", || {
        let arrived = take(usize::MAX, 100);
        let complete = acknowledged.iter().all(|(mailbox, ids)| {
            let arrived: HashSet<&Value> = arrived.get(mailbox).into_iter().flatten().collect();
            ids.iter().all(|id| arrived.contains(id))
        });
        complete.then_some(arrived)
    });
    for (mailbox, ids) in acknowledged {
        let arrived = arrived[&mailbox].iter();
        // A send whose answer was lost in a kill may have been stored all the same.
        let acknowledged: HashSet<&Value> = ids.iter().collect();
        let arrived: Vec<&Value> = arrived.filter(|id| acknowledged.contains(id)).collect();
        assert_eq!(arrived, ids.iter().collect::<Vec<_>>(), "{mailbox}");
    }
}

/// By mailbox, the ids of its messages, each once, in the order in which they came first.
fn first_ids(taken: &[Value]) -> HashMap<String, Vec<Value>> {
    let mut seen = HashSet::new();
    let mut first: HashMap<String, Vec<Value>> = HashMap::new();
    for message in taken {
        if seen.insert(message[0].to_string()) {
            let mailbox = message[1].as_str().unwrap().to_owned();
            first.entry(mailbox).or_default().push(message[0].clone());
        }
    }
    first
}
