//! Sending, receiving, replying.

use rustix::process::Signal;
use serde_json::json;

use super::client::{first_arrivals, refused};
use super::pair::{Pair, eager};
use crate::processes::bus::signal;
use crate::support::eventually;

#[test]
fn a_message_reaches_the_endpoint_it_is_addressed_to() {
    let Some(pair) = Pair::new() else { return };
    let (alice, bob) = (pair.join(), pair.join());
    let (a, b) = (alice.mailbox("alice"), bob.mailbox("bob"));
    let to = format!("endpoint:{b}");
    let text = "with \"quotes\", a\nline, and ü 🦀";
    let args = json!([a, to, text, "markdown", {"topic": {"n": 1}}]);
    let sent = alice.call("send", args).unwrap();
    assert_eq!(sent["status"], "delivered");
    let message = bob.receive(1).remove(0);
    assert_eq!(message.source_message_id, sent["messageId"]);
    assert_eq!(message.from, format!("endpoint:{a}"));
    assert_eq!(message.content, text);
    assert_eq!(message.content_type, "markdown");
    assert_eq!(message.metadata["topic"]["n"], 1);
    assert_eq!(message.metadata["target_endpoint_id"], *b);
    assert!(message.runtime_assignment.is_none());
    assert!(alice.messages().is_empty());
}

#[test]
fn messages_are_confirmed_by_the_client_and_not_sent_again() {
    let Some(pair) = Pair::new() else { return };
    let client = pair.join();
    let me = client.mailbox("me");
    let id = client.send(&me, &format!("endpoint:{me}"), "to myself");
    let receipt = pair.get(&format!(
        "/v1/receipts/{id}?wait=confirmed&timeout_ms=15000"
    ));
    assert_eq!(receipt["state"], "confirmed", "{receipt}");
    assert_eq!(receipt["confirmed_by"], "receipt");
    assert_eq!(receipt["attempts"], 1);
    assert_eq!(client.messages().len(), 1);
}

#[test]
fn messages_come_once_and_in_the_order_in_which_they_were_sent() {
    let Some(pair) = Pair::new() else { return };
    let (alice, bob) = (pair.join(), pair.join());
    let (a, b) = (alice.mailbox("alice"), bob.mailbox("bob"));
    let sent = alice.send_numbered(&a, &format!("endpoint:{b}"), 200);
    let received = bob.receive(200);
    assert_eq!(first_arrivals(&received), sent);
    assert_eq!(received.len(), 200);
}

#[test]
fn the_endpoints_of_one_process_have_their_own_mail() {
    let Some(pair) = Pair::new() else { return };
    let client = pair.join();
    let (left, right) = (client.mailbox("left"), client.mailbox("right"));
    client.send(&left, &format!("endpoint:{right}"), "to the right");
    client.send(&right, &format!("endpoint:{left}"), "to the left");
    let received = client.receive(2);
    let mut mail: Vec<_> = received
        .iter()
        .map(|message| {
            (
                message.metadata["target_endpoint_id"].as_str().unwrap(),
                &*message.content,
            )
        })
        .collect();
    mail.sort_by_key(|(_, content)| *content);
    assert_eq!(mail, [(&*left, "to the left"), (&*right, "to the right")]);
}

#[test]
fn a_reply_finds_its_way_by_what_it_replies_to() {
    let Some(pair) = Pair::new() else { return };
    let (alice, bob) = (pair.join(), pair.join());
    let (a, b) = (alice.mailbox("alice"), bob.mailbox("bob"));
    alice.send(&a, &format!("endpoint:{b}"), "what is it?");
    let question = bob.receive(1).remove(0);
    let thread = &question.metadata["correlation_id"];
    assert!(thread.is_string(), "{question:?}");
    // This address names no endpoint: only the thread leads to the one who asked.
    let reply = json!([b, "node:self", "a reply", "text", {"in_reply_to": thread}]);
    bob.call("send", reply).unwrap();
    let answer = alice.receive(1).remove(0);
    assert_eq!(answer.content, "a reply");
    assert_eq!(answer.from, format!("endpoint:{b}"));
    assert_eq!(&answer.metadata["correlation_id"], thread);
    assert_eq!(
        bob.messages().len(),
        1,
        "it must not come back to its sender"
    );
}

#[test]
fn mail_for_an_endpoint_that_was_unregistered_waits_in_the_inbox() {
    let Some(pair) = Pair::new() else { return };
    let (alice, bob) = (pair.join(), pair.join());
    let (a, b) = (alice.mailbox("alice"), bob.mailbox("bob"));
    bob.does("unregisterEndpoint", json!(b));
    let sent = alice
        .call("send", json!([a, format!("endpoint:{b}"), "too late"]))
        .unwrap();
    assert_eq!(sent["status"], "stored");
    let inbox = pair.inbox();
    assert_eq!(inbox.len(), 1);
    assert_eq!(inbox[0]["id"], sent["messageId"]);
    assert_eq!(inbox[0]["reason"], "closed_session_continuation");
    assert_eq!(inbox[0]["original_target_endpoint_id"], *b);
    assert!(bob.messages().is_empty());
}

#[test]
fn a_client_that_closes_an_endpoint_leaves_nothing_of_it() {
    let Some(pair) = Pair::new() else { return };
    let client = pair.join();
    let me = client.mailbox("me");
    client.does("close", json!(me));
    let (status, answer) = pair.request("GET", &format!("/v1/endpoint/{me}"), &[], None);
    assert!(
        status == 404 || answer["state"] == "closed",
        "{status} {answer}"
    );
}

#[test]
fn a_send_that_is_refused_says_why() {
    let Some(pair) = Pair::new() else { return };
    let client = pair.join();
    let me = client.mailbox("me");
    let to = format!("endpoint:{me}");
    let nobody = client.call("send", json!([me, "endpoint:ep_nobody", "x"]));
    refused(nobody, "recipient_unknown");
    for (key, code) in [
        ("correlation_id", "correlation_id_forbidden"),
        ("target_endpoint_id", "target_endpoint_id_forbidden"),
        ("source_endpoint_id", "source_endpoint_id_mismatch"),
    ] {
        let forged = client.call("send", json!([me, to, "x", "text", {key: "another"}]));
        refused(forged, code);
    }
    let large = client.call("send", json!([me, to, "x".repeat(1 << 20)]));
    refused(large, "payload_too_large");
    // None of it has shaken the connection.
    client.send(&me, &to, "fine");
    assert_eq!(client.receive(1)[0].content, "fine");
    assert!(client.events("disconnected").is_empty());
}

#[test]
fn a_broker_that_hangs_is_noticed_and_taken_up_again() {
    let Some(pair) = Pair::new() else { return };
    let mut connect = eager();
    connect["heartbeatIntervalMs"] = json!(50);
    connect["heartbeatTimeoutMs"] = json!(500);
    let client = pair.join_with(json!({"options": pair.options()}), connect);
    let me = client.mailbox("me");
    let broker = pair.broker();
    signal(broker, Signal::STOP);
    // Its heartbeats are not answered.
    client.disconnected();
    signal(broker, Signal::CONT);
    client.connected(2);
    let to = format!("endpoint:{me}");
    let id = eventually("it can send again", || {
        client.call("send", json!([me, to, "back"])).ok()
    });
    client.receive_id(id["messageId"].as_str().unwrap());
    assert_eq!(pair.brokers(), [broker]);
}
