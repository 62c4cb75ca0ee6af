//! Who starts the broker, and how many there are.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use super::client::Client;
use super::pair::{Pair, eager, patient};
use crate::processes::bus::Running;
use crate::support::eventually;

#[test]
fn discover_starts_the_broker_and_the_next_client_finds_it() {
    let Some(pair) = Pair::new() else { return };
    let first = pair.process();
    let options = json!({"options": pair.options()});
    let found = first.ask("discover", options.clone()).unwrap();
    assert_eq!(found["spawnedNew"], true);
    assert_eq!(pair.brokers(), [pair.broker()]);
    // It belongs to nobody.
    drop(first);
    let second = pair.process();
    let again = second.ask("discover", options).unwrap();
    assert_eq!(again["spawnedNew"], false);
    assert_eq!(again["ipcUrl"], found["ipcUrl"]);
    assert_eq!(pair.brokers(), [pair.broker()]);
}

#[test]
fn connecting_tells_the_client_what_the_broker_can_do() {
    let Some(pair) = Pair::new() else { return };
    let client = pair.join();
    let state = client.ask("state", json!({})).unwrap();
    assert_eq!(state["connectionState"]["phase"], "connected");
    assert_eq!(state["networkPresence"], "online");
    let version = state["serverVersion"].as_str().unwrap();
    assert!(version.starts_with("cmdbus/"), "{version}");
    // Without it the client never confirms anything.
    assert_eq!(state["serverCapabilities"]["push_receipt_ack_v1"], true);
}

#[test]
fn clients_that_race_to_start_it_share_one_broker() {
    let Some(pair) = Pair::new() else { return };
    let clients: Vec<Client> = (0..4).map(|_| pair.process()).collect();
    let options = json!({"options": pair.options()});
    let races: Vec<_> = clients
        .iter()
        .map(|client| client.begin("discover", options.clone()))
        .collect();
    for race in races {
        race.end().unwrap();
    }
    for client in &clients {
        client.ask("connect", json!({})).unwrap();
    }
    eventually("one broker is left", || {
        (pair.brokers() == [pair.broker()]).then_some(())
    });
}

#[test]
fn of_eight_brokers_started_at_once_one_stays() {
    one_stays_of(8);
}

#[test]
fn of_fifty_brokers_started_at_once_one_stays() {
    one_stays_of(50);
}

fn one_stays_of(count: usize) {
    let Some(pair) = Pair::new() else { return };
    let mut brokers: Vec<Running> = (0..count).map(|_| pair.spawn_broker()).collect();
    eventually("one is left", || {
        let ended = brokers.iter_mut().map(Running::has_ended);
        let left = ended.filter(|ended| !ended).count();
        (left == 1).then_some(())
    });
    let (left, ended): (Vec<_>, Vec<_>) = brokers
        .into_iter()
        .partition(|broker| broker.pid() == pair.broker());
    assert_eq!(left.len(), 1, "the one that is announced is the one left");
    for broker in ended {
        broker.end().ok();
    }
    assert_eq!(pair.get("/health")["ok"], true);
    // And it is the one that clients find.
    let client = pair.process();
    let found = client.ask("discover", json!({"options": pair.options()}));
    assert_eq!(found.unwrap()["spawnedNew"], false);
}

#[test]
fn a_broker_that_is_stopped_lets_twenty_clients_go_and_ends() {
    let Some(pair) = Pair::new() else { return };
    let broker = pair.start_broker();
    let discover = json!({"options": pair.options()});
    let clients: Vec<Client> = (0..20)
        .map(|_| pair.join_with(discover.clone(), patient()))
        .collect();
    for client in &clients {
        client.mailbox("one of many");
    }
    let asked = Instant::now();
    broker.signal(Signal::TERM);
    let ended = broker.end();
    // Not by the watchdog, which would take five seconds.
    assert!(asked.elapsed() < Duration::from_secs(4), "{ended:?}");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!pair.discovery_file().exists());
    for client in &clients {
        client.disconnected();
    }
}

#[test]
fn a_broker_on_hold_is_not_brought_back_by_its_clients() {
    let Some(pair) = Pair::new() else { return };
    let broker = pair.start_broker();
    let mut options = pair.options();
    // So that it soon tries again.
    options["timeoutMs"] = json!(1_000);
    let client = pair.join_with(json!({"options": options}), eager());
    let hold = pair.discovery_file().with_file_name("hold");
    std::fs::write(&hold, "").unwrap();
    broker.signal(Signal::TERM);
    broker.end().ok();
    client.disconnected();
    // What its clients do.
    pair.spawn_broker().end().ok();
    assert!(!pair.discovery_file().exists());
    // Released, they come back by themselves.
    std::fs::remove_file(hold).unwrap();
    client.connected(2);
    assert_eq!(pair.brokers(), [pair.broker()]);
}
