//! What was said in a conversation.

use cmdbus_broker::core::{History, Liveness, Reply, Request};
use cmdbus_broker::ids::MessageId;

use super::{Hand, worker};
use crate::support::{Bench, caller, json, metadata, refused};

fn ask(bench: &mut Bench, hand: &Hand, conversation: &str) -> Reply {
    ask_part(bench, hand, conversation, 50, None, None)
}

fn ask_part(
    bench: &mut Bench,
    hand: &Hand,
    conversation: &str,
    limit: usize,
    before: Option<&MessageId>,
    after: Option<&MessageId>,
) -> Reply {
    let history = History {
        endpoint: hand.id.clone(),
        pid: hand.pid,
        conversation: conversation.to_owned(),
        limit,
        before: before.cloned(),
        after: after.cloned(),
    };
    bench.ask_as(caller(hand.pid), Request::History(Box::new(history)))
}

#[test]
fn a_conversation_is_shown_newest_first_to_whoever_took_part() {
    let mut bench = Bench::new();
    bench.stream(1);
    let a = bench.register(1, "a");
    let hand = Hand::new(&mut bench, 2, worker("b"));
    let question = bench.send(&a, hand.id.as_str(), "question");
    let work = hand.take(&mut bench, &question);
    let item = bench.inbox_items().remove(0);
    let correlation = item["original_correlation_id"].as_str().unwrap().to_owned();
    let conversation = format!("conv_{correlation}");
    work.accept(&mut bench);
    let answer = super::message(work.reply(&mut bench, "r", "answer"));
    let body = json(ask(&mut bench, &hand, &conversation));
    assert_eq!(body["conversation_ref"]["id"], conversation);
    assert_eq!(body["conversation_ref"]["kind"], "session_conversation");
    assert_eq!(body["has_more"], false);
    let items = body["items"].as_array().unwrap();
    assert_eq!(items[0]["message_id"], answer.as_str());
    assert_eq!(items[0]["content"], "answer");
    assert_eq!(items[1]["message_id"], question.as_str());
    assert_eq!(items[1]["content_type"], "text");
    assert_eq!(items[1]["source_node_id"], items[1]["target_node_id"]);
    assert!(items[1]["timestamp"].as_str().unwrap().ends_with('Z'));
    let part = json(ask_part(&mut bench, &hand, &conversation, 1, None, None));
    assert_eq!(part["items"][0]["content"], "answer");
    assert_eq!(part["has_more"], true);
    let part = json(ask_part(
        &mut bench,
        &hand,
        &conversation,
        1,
        Some(&answer),
        None,
    ));
    assert_eq!(part["items"][0]["content"], "question");
    let part = json(ask_part(
        &mut bench,
        &hand,
        &conversation,
        1,
        None,
        Some(&question),
    ));
    assert_eq!(part["items"][0]["content"], "answer");
}

#[test]
fn a_conversation_of_others_is_unknown() {
    let mut bench = Bench::new();
    let hand = Hand::new(&mut bench, 1, worker("a"));
    bench.post("node:self", "x");
    let item = bench.inbox_items().remove(0);
    let correlation = item["original_correlation_id"].as_str().unwrap().to_owned();
    for conversation in [
        format!("conv_{correlation}"),
        correlation,
        "conv_x".to_owned(),
    ] {
        let reply = ask(&mut bench, &hand, &conversation);
        assert_eq!(refused(reply), (404, "conversation_unknown"));
    }
}

#[test]
fn a_conversation_is_for_the_owner_of_an_active_background_endpoint() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let id = bench.register_with(1, metadata("a"));
    let hand = Hand { pid: 1, id };
    let unknown = Hand {
        pid: 1,
        id: "ep_x".into(),
    };
    let foreign = Hand {
        pid: 2,
        ..hand.clone()
    };
    let reply = ask(&mut bench, &unknown, "conv_x");
    assert_eq!(refused(reply), (404, "unknown_endpoint"));
    let reply = ask(&mut bench, &foreign, "conv_x");
    assert_eq!(refused(reply), (403, "endpoint_pid_mismatch"));
    let reply = ask(&mut bench, &hand, "conv_x");
    assert_eq!(refused(reply), (409, "missing_background_exchange_v1"));
    bench.close(stream, Liveness::Alive);
    let reply = ask(&mut bench, &hand, "conv_x");
    assert_eq!(refused(reply), (409, "endpoint_not_active"));
}
