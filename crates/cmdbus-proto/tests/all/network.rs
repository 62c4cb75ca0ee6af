//! Several registries on one virtual clock.

use std::time::Duration;

use cmdbus_proto::error::ExecuteErrorCode;
use cmdbus_proto::message::Message;
use cmdbus_proto::node::NodeConfig;
use cmdbus_testkit::messages::{command, described, id, is_withdrawal, origin, success};
use cmdbus_testkit::net::Place;
use cmdbus_testkit::{Behaviour, Net, Refusal, child_config, root_config};
use serde_json::{Value, json};

const SECOND: Duration = Duration::from_secs(1);

/// A root, a hub below it, and two leaves below the hub.
struct Tree {
    net: Net,
    root: Place,
    hub: Place,
    left: Place,
    right: Place,
}

fn tree() -> Tree {
    let mut net = Net::new().with_codec();
    let (root, hub) = (net.add_root("root"), net.add_child("hub"));
    let (left, right) = (net.add_child("left"), net.add_child("right"));
    net.join(hub, root);
    net.join(left, hub);
    net.join(right, hub);
    net.settle();
    Tree {
        net,
        root,
        hub,
        left,
        right,
    }
}

#[test]
fn a_call_crosses_the_tree_and_its_answer_comes_back() {
    let Tree {
        mut net,
        root,
        left,
        right,
        ..
    } = tree();
    net.serve(left, "math.add", Behaviour::Echo);
    net.settle();
    assert_eq!(net.registrations(left, "math.add"), [Ok(())]);
    let request = |place: Place| json!({"from": format!("{place:?}")});
    let calls =
        [right, root, left].map(|place| (place, net.call(place, "math.add", request(place))));
    net.settle();
    for (place, call) in calls {
        assert_eq!(net.result(call), Ok(request(place)));
    }
    net.assert_quiet();
}

#[test]
fn a_command_is_known_from_its_place_up_to_the_root_and_callable_everywhere() {
    let Tree {
        mut net,
        root,
        hub,
        left,
        right,
    } = tree();
    net.serve(left, "a", Behaviour::Reply(json!(1)));
    net.settle();
    assert_eq!(net.commands(root), ["a"]);
    assert_eq!(net.commands(hub), ["a"]);
    assert!(net.commands(right).is_empty());
    let call = net.call(right, "a", Value::Null);
    net.settle();
    assert_eq!(net.result(call), Ok(json!(1)));
}

#[test]
fn w19_w20_of_two_registrations_at_the_same_time_one_wins_wherever_they_are_made() {
    let Tree {
        mut net,
        root,
        left,
        right,
        ..
    } = tree();
    for place in [left, right, root] {
        net.serve(place, "a", Behaviour::Reply(json!(format!("{place:?}"))));
    }
    net.settle();
    let outcomes: Vec<_> = [left, right, root]
        .iter()
        .flat_map(|place| net.registrations(*place, "a"))
        .collect();
    assert_eq!(outcomes.len(), 3);
    assert_eq!(outcomes.iter().filter(|it| it.is_ok()).count(), 1);
}

#[test]
fn w28_w29_what_a_leaf_had_before_it_connected_is_known_to_the_root_again_after_every_reconnection()
{
    let mut net = Net::new().with_codec();
    let (root, hub, leaf) = (
        net.add_root("root"),
        net.add_child("hub"),
        net.add_child("leaf"),
    );
    net.serve(leaf, "a", Behaviour::Echo);
    net.join(leaf, hub);
    net.settle();
    let link = net.join(hub, root);
    net.settle();
    assert_eq!(net.commands(root), ["a"]);
    net.cut(link);
    assert!(net.commands(root).is_empty());
    net.join(hub, root);
    net.settle();
    assert_eq!(net.commands(root), ["a"]);
    let call = net.call(root, "a", json!(7));
    net.settle();
    assert_eq!(net.result(call), Ok(json!(7)));
}

#[test]
fn w30_when_a_leaf_leaves_its_ids_are_free_on_every_branch() {
    let Tree {
        mut net,
        root,
        hub,
        right,
        ..
    } = tree();
    let guest = net.add_child("guest");
    net.serve(guest, "a", Behaviour::Echo);
    let link = net.join(guest, hub);
    net.settle();
    assert_eq!(net.commands(root), ["a"]);
    net.cut(link);
    net.settle();
    assert!(net.commands(root).is_empty());
    net.serve(right, "a", Behaviour::Reply(json!("right")));
    net.settle();
    let call = net.call(root, "a", Value::Null);
    net.settle();
    assert_eq!(net.result(call), Ok(json!("right")));
}

#[test]
fn w34_a_changed_definition_reaches_the_root() {
    let mut net = Net::new().with_codec();
    let (root, hub, leaf) = (
        net.add_root("root"),
        net.add_child("hub"),
        net.add_child("leaf"),
    );
    let up = net.join(hub, root);
    let link = net.join(leaf, hub);
    net.register(leaf, described("a", "old"), Behaviour::Echo);
    net.settle();
    net.unregister(leaf, "a");
    net.register(leaf, described("a", "new"), Behaviour::Echo);
    net.settle();
    assert_eq!(net.registrations(leaf, "a"), [Ok(()), Ok(())]);
    let definition = |net: &mut Net, place| {
        let (definition, _) = net.bench(place).node.describe("a").unwrap();
        definition.description.clone().unwrap()
    };
    assert_eq!(definition(&mut net, root), "new");
    assert_eq!(definition(&mut net, hub), "new");
    let _ = (up, link);
}

#[test]
fn w25_a_standby_serves_the_whole_tree_when_the_first_provider_leaves() {
    let mut net = Net::new().with_codec();
    let (root, hub) = (net.add_root("root"), net.add_child("hub"));
    net.join(hub, root);
    let mut links = Vec::new();
    for name in ["one", "two"] {
        let leaf = net.add_child(name);
        net.register(leaf, described("a", name), Behaviour::Reply(json!(name)));
        links.push(net.join(leaf, hub));
        net.settle();
    }
    let first = net.call(root, "a", Value::Null);
    net.settle();
    net.cut(links[0]);
    net.settle();
    let second = net.call(root, "a", Value::Null);
    net.settle();
    assert_eq!(net.result(first), Ok(json!("one")));
    assert_eq!(net.result(second), Ok(json!("two")));
    let (definition, _) = net.bench(root).node.describe("a").unwrap();
    assert_eq!(definition.description.as_deref(), Some("two"));
}

#[test]
fn w01_w05_every_waiting_party_hears_of_a_timeout_without_any_traffic() {
    let Tree {
        mut net,
        root,
        left,
        right,
        ..
    } = tree();
    net.serve(left, "a", Behaviour::Never);
    net.settle();
    let calls = [right, root].map(|place| net.call(place, "a", Value::Null));
    net.run_for(31 * SECOND);
    for call in calls {
        assert_eq!(net.failure(call), ExecuteErrorCode::Timeout);
    }
    assert_eq!(net.bench(root).node.load().outstanding, 0);
}

#[test]
fn w05_a_hop_with_a_shorter_time_limit_reports_the_timeout_to_the_caller() {
    let mut net = Net::new();
    let root = net.add(
        "root",
        NodeConfig {
            request_ttl: Some(SECOND),
            ..root_config()
        },
    );
    let (left, right) = (net.add_child("left"), net.add_child("right"));
    net.join(left, root);
    net.join(right, root);
    net.serve(left, "a", Behaviour::Echo.after(2 * SECOND));
    net.settle();
    let call = net.call(right, "a", json!(1));
    net.run_for(SECOND + Duration::from_millis(10));
    assert_eq!(net.failure(call), ExecuteErrorCode::Timeout);
    net.exhaust();
    assert_eq!(net.called(call).outcomes.len(), 1, "the late reply is lost");
    net.assert_quiet();
}

#[test]
fn w02_calls_in_flight_fail_when_a_link_on_their_way_is_lost() {
    let mut net = Net::new();
    let (root, hub, leaf) = (
        net.add_root("root"),
        net.add_child("hub"),
        net.add_child("leaf"),
    );
    net.join(hub, root);
    let link = net.join(leaf, hub);
    net.serve(leaf, "a", Behaviour::Never);
    net.settle();
    let calls = [root, hub].map(|place| net.call(place, "a", Value::Null));
    net.settle();
    net.cut(link);
    net.settle();
    for call in calls {
        assert_eq!(net.failure(call), ExecuteErrorCode::ChannelDisconnected);
    }
}

#[test]
fn w11_a_forward_over_a_broken_link_fails_at_once() {
    let mut net = Net::new();
    let (root, left, right) = (
        net.add_root("root"),
        net.add_child("left"),
        net.add_child("right"),
    );
    let link = net.join(left, root);
    net.join(right, root);
    net.serve(left, "a", Behaviour::Echo);
    net.settle();
    net.refuse(link, root, Refusal::Broken, usize::MAX);
    let before = net.now();
    let call = net.call(right, "a", Value::Null);
    net.settle();
    assert_eq!(net.failure(call), ExecuteErrorCode::ChannelDisconnected);
    assert!(net.now() - before < Duration::from_millis(10));
}

#[test]
fn w10_w12_a_peer_that_guesses_ids_gets_nothing_and_answers_nothing() {
    let Tree {
        mut net,
        root,
        left,
        ..
    } = tree();
    let spy = net.add_child("spy");
    let link = net.join(spy, root);
    net.serve(left, "a", Behaviour::Echo.after(SECOND));
    net.settle();
    let call = net.call(root, "a", json!("mine"));
    // The spy knows every id that the root has used so far.
    let used: Vec<_> = net
        .all_sent()
        .iter()
        .map(|(_, _, message)| message.id())
        .collect();
    for id in used {
        net.forge(link, spy, success(id, json!("forged")));
    }
    net.settle();
    assert_eq!(net.result(call), Ok(json!("mine")));
    assert!(net.bench(root).node.stats().ignored_responses > 0);
}

/// Three registries, each of which takes the next one for its router.
fn ring() -> (Net, [Place; 3]) {
    let mut net = Net::new().with_codec();
    let places = ["a", "b", "c"].map(|name| net.add(name, child_config()));
    for at in 0..3 {
        net.join(places[at], places[(at + 1) % 3]);
    }
    net.settle();
    (net, places)
}

#[test]
fn w13_an_unknown_command_in_a_ring_of_routers_is_not_found_after_32_hops() {
    let (mut net, [a, ..]) = ring();
    let before = net.all_sent().len();
    let call = net.call(a, "nowhere", Value::Null);
    net.settle();
    let (code, message) = net.result(call).unwrap_err();
    assert_eq!(code, ExecuteErrorCode::NotFound);
    assert!(message.contains("nowhere"), "{message}");
    let sent = net.all_sent().len() - before;
    assert_eq!(sent, 33 + 33, "one call, 32 forwards, and their answers");
    net.assert_quiet();
}

#[test]
fn w14_a_registration_in_a_ring_of_routers_ends() {
    let (mut net, places) = ring();
    let before = net.all_sent().len();
    net.serve(places[0], "a", Behaviour::Echo);
    net.settle();
    assert_eq!(
        net.registrations(places[0], "a"),
        [Err("duplicate_command".to_owned())]
    );
    assert_eq!(net.all_sent().len() - before, 6);
    net.assert_quiet();
    for place in places {
        assert!(net.commands(place).is_empty());
    }
}

#[test]
fn w52_w53_an_event_in_a_ring_is_heard_once_by_everybody_and_dies_out() {
    for memory in [Some(5 * SECOND), None] {
        let mut net = Net::new().with_codec();
        let config = NodeConfig {
            event_ttl: memory,
            ..child_config()
        };
        let places = ["a", "b", "c"].map(|name| net.add(name, config.clone()));
        for at in 0..3 {
            net.join(places[at], places[(at + 1) % 3]);
        }
        net.settle();
        net.emit(places[0], "e", json!(1));
        net.settle();
        for place in places {
            assert_eq!(net.heard(place).len(), 1);
        }
    }
}

#[test]
fn w53_an_event_that_everybody_forgets_at_once_still_dies_out() {
    let mut net = Net::new();
    let mut config = child_config();
    config.limits.seen_events = 0;
    let places = ["a", "b", "c"].map(|name| net.add(name, config.clone()));
    for at in 0..3 {
        net.join(places[at], places[(at + 1) % 3]);
    }
    net.settle();
    net.emit(places[0], "e", json!(1));
    net.settle();
    let heard: usize = places.iter().map(|place| net.heard(*place).len()).sum();
    assert!((33..=100).contains(&heard), "{heard}");
}

#[test]
fn an_event_is_heard_once_by_everybody_in_a_tree() {
    let Tree {
        mut net,
        root,
        hub,
        left,
        right,
    } = tree();
    net.emit(left, "notes.changed", json!({"n": 1}));
    net.emit(left, "_private", json!(1));
    net.settle();
    for place in [root, hub, right] {
        let heard: Vec<_> = net
            .heard(place)
            .iter()
            .map(|it| it.event_id.as_str())
            .collect();
        assert_eq!(heard, ["notes.changed"]);
    }
    assert_eq!(net.heard(left).len(), 2);
    net.exhaust();
    net.assert_quiet();
}

#[test]
fn w15_an_envelope_arrives_unchanged_but_for_the_hop_counter() {
    let mut net = Net::new().with_codec();
    let (root, left, right) = (
        net.add_root("root"),
        net.add_child("left"),
        net.add_child("right"),
    );
    let link = net.join(left, root);
    net.join(right, root);
    net.serve(left, "a", Behaviour::Echo);
    net.settle();
    let meta = cmdbus_testkit::vectors::meta(json!({"traceparent": "t", "tenant": {"deep": [1]}}));
    net.bench(right).call_with("c", "a", None, meta.clone());
    // The next input carries out what the call has decided.
    net.emit(right, "_", Value::Null);
    net.settle();
    let arrived = net
        .sent(link, root)
        .into_iter()
        .find(|message| matches!(message, Message::ExecuteCommandRequest { .. }))
        .unwrap();
    let mut expected = meta.unwrap();
    expected.extra.insert("cmdbus-hops".to_owned(), json!(1));
    assert_eq!(arrived.meta(), Some(&expected));
}

#[test]
fn w17_a_not_found_error_is_not_prefixed_at_every_hop() {
    let Tree {
        mut net,
        left,
        right,
        ..
    } = tree();
    net.serve(left, "c", Behaviour::Call("missing".into()));
    net.serve(right, "b", Behaviour::Call("c".into()));
    net.settle();
    let call = net.call(left, "b", Value::Null);
    net.settle();
    let (code, message) = net.result(call).unwrap_err();
    assert_eq!(
        (code, message.as_str()),
        (ExecuteErrorCode::NotFound, "command not found: missing")
    );
}

#[test]
fn w40_a_handler_may_call_back_over_the_channel_it_serves_although_the_cap_is_reached() {
    let mut net = Net::new();
    let config = NodeConfig {
        max_in_flight: 1,
        ..root_config()
    };
    let root = net.add("root", config);
    let child = net.add_child("child");
    net.join(child, root);
    net.serve(root, "outer", Behaviour::Call("inner".into()));
    net.serve(child, "inner", Behaviour::Echo);
    net.settle();
    let calls: Vec<_> = (0..3).map(|n| net.call(child, "outer", json!(n))).collect();
    net.settle();
    for (n, call) in calls.into_iter().enumerate() {
        assert_eq!(net.result(call), Ok(json!(n)));
    }
}

#[test]
fn w39_handlers_that_wait_for_each_other_over_a_link_end_with_it() {
    let mut net = Net::new();
    let (root, child) = (net.add_root("root"), net.add_child("child"));
    let link = net.join(child, root);
    net.serve(root, "outer", Behaviour::Call("inner".into()));
    net.serve(child, "inner", Behaviour::Never);
    net.settle();
    let call = net.call(child, "outer", Value::Null);
    net.settle();
    net.cut(link);
    net.settle();
    assert_eq!(net.failure(call), ExecuteErrorCode::ChannelDisconnected);
    net.exhaust();
    net.assert_quiet();
}

#[test]
fn a_peer_that_closes_still_gets_what_was_sent_before_and_its_own_messages_arrive() {
    let mut net = Net::new();
    let (root, child) = (net.add_root("root"), net.add_child("child"));
    let link = net.join(child, root);
    net.settle();
    net.emit(child, "last.words", Value::Null);
    net.close(link, child);
    net.settle();
    assert_eq!(net.heard(root).len(), 1);
    assert!(!net.is_up(link));
    assert!(net.bench(root).node.channels().is_empty());
}

#[test]
fn w47_w48_a_link_that_comes_back_under_the_same_name_is_a_new_one() {
    let mut net = Net::new();
    let (root, child) = (net.add_root("root"), net.add_child("child"));
    let old = net.join(child, root);
    net.serve(child, "a", Behaviour::Echo.after(SECOND));
    net.settle();
    let lost = net.call(root, "a", json!("lost"));
    net.run_for(Duration::from_millis(10));
    net.cut(old);
    net.join(child, root);
    net.run_for(Duration::from_millis(10));
    let found = net.call(root, "a", json!("found"));
    net.exhaust();
    assert_eq!(net.failure(lost), ExecuteErrorCode::ChannelDisconnected);
    assert_eq!(net.result(found), Ok(json!("found")));
    assert_eq!(net.commands(root), ["a"]);
    net.assert_quiet();
}

#[test]
fn a_slow_direction_delays_nobody_else() {
    let Tree {
        mut net,
        root,
        hub,
        left,
        right,
    } = tree();
    let slow = net.add_child("slow");
    let link = net.join(slow, hub);
    net.set_latency(link, slow, 10 * SECOND);
    net.serve(slow, "slow", Behaviour::Echo);
    net.serve(left, "fast", Behaviour::Echo);
    net.run_for(11 * SECOND);
    let start = net.now();
    let (delayed, quick) = (
        net.call(right, "slow", json!(1)),
        net.call(right, "fast", json!(2)),
    );
    net.run_for(SECOND);
    assert_eq!(net.result(quick), Ok(json!(2)));
    assert!(net.called(delayed).outcomes.is_empty());
    net.settle();
    assert_eq!(net.result(delayed), Ok(json!(1)));
    assert!(net.now() - start >= 10 * SECOND);
    let _ = root;
}

#[test]
fn a_handler_that_panics_or_answers_late_is_answered_for_like_any_other() {
    let Tree {
        mut net,
        left,
        right,
        ..
    } = tree();
    net.serve(left, "panics", Behaviour::Panic);
    net.serve(left, "told", Behaviour::WhenTold);
    net.serve(
        left,
        "fails",
        Behaviour::Fail(ExecuteErrorCode::InvalidRequest, "bad".into()),
    );
    net.settle();
    let [panics, told, fails] =
        ["panics", "told", "fails"].map(|name| net.call(right, name, json!(1)));
    net.settle();
    assert_eq!(net.failure(panics), ExecuteErrorCode::InternalError);
    assert_eq!(
        net.result(fails),
        Err((ExecuteErrorCode::InvalidRequest, "bad".to_owned()))
    );
    assert_eq!(net.untold(left), 1);
    net.answer(left, Ok(None));
    net.settle();
    assert_eq!(net.result(told), Ok(Value::Null));
    net.assert_quiet();
}

#[test]
fn w09_disposal_ends_every_wait_everywhere() {
    let Tree {
        mut net,
        root,
        hub,
        left,
        right,
    } = tree();
    net.serve(left, "a", Behaviour::Never);
    net.settle();
    let calls = [root, hub, right].map(|place| net.call(place, "a", Value::Null));
    net.settle();
    net.dispose(hub);
    net.settle();
    for call in calls {
        assert_eq!(net.failure(call), ExecuteErrorCode::ChannelDisconnected);
    }
    assert!(net.commands(hub).is_empty());
    assert!(net.commands(root).is_empty());
    net.exhaust();
    net.assert_quiet();
}

#[test]
fn w23_a_leaf_that_registers_while_the_way_to_the_root_is_lost_is_known_to_the_root_later() {
    let mut net = Net::new();
    let (root, hub, leaf) = (
        net.add_root("root"),
        net.add_child("hub"),
        net.add_child("leaf"),
    );
    let up = net.join(hub, root);
    net.join(leaf, hub);
    net.settle();
    net.set_latency(up, root, 10 * SECOND);
    net.serve(leaf, "a", Behaviour::Echo);
    net.run_for(SECOND);
    assert!(net.registrations(leaf, "a").is_empty());
    net.cut(up);
    net.settle();
    assert_eq!(net.registrations(leaf, "a"), [Ok(())]);
    net.join(hub, root);
    net.settle();
    assert_eq!(net.commands(root), ["a"]);
}

#[test]
fn w22_the_claimant_reports_a_timeout_when_the_root_does_not_answer() {
    let mut net = Net::new();
    let root = net.add_root("root");
    let hub = net.add("hub", child_config());
    let leaf = net.add("leaf", child_config());
    let up = net.join(hub, root);
    net.join(leaf, hub);
    net.settle();
    net.set_latency(up, root, 100 * SECOND);
    net.serve(leaf, "a", Behaviour::Echo);
    net.run_for(31 * SECOND);
    assert_eq!(net.registrations(leaf, "a"), [Err("timeout".to_owned())]);
}

#[test]
fn messages_of_one_session_leave_in_the_order_of_the_decisions() {
    let mut net = Net::new().shuffled(7);
    let (root, child) = (net.add_root("root"), net.add_child("child"));
    let link = net.join(child, root);
    net.settle();
    for n in 0..50 {
        net.serve(child, &format!("c{n}"), Behaviour::Echo);
        net.emit(child, "e", json!(n));
        net.cancel_registration(child, &format!("c{n}"));
    }
    net.settle();
    let serials: Vec<_> = net
        .sent(link, child)
        .iter()
        .map(|message| origin(message.id()).1)
        .collect();
    assert!(serials.len() > 100);
    assert!(serials.is_sorted(), "{serials:?}");
}

#[test]
fn a_withdrawal_does_not_overtake_its_registration() {
    let mut net = Net::new().shuffled(3);
    let (root, hub, leaf) = (
        net.add_root("root"),
        net.add_child("hub"),
        net.add_child("leaf"),
    );
    let up = net.join(hub, root);
    let link = net.join(leaf, hub);
    net.settle();
    net.serve(leaf, "a", Behaviour::Echo);
    net.run_for(Duration::from_millis(1));
    net.cut(link);
    net.settle();
    let sent = net.sent(up, hub);
    let at = |withdrawal: bool| {
        sent.iter().position(|message| {
            matches!(message, Message::RegisterCommandRequest { .. })
                && is_withdrawal(message) == withdrawal
        })
    };
    if let Some(withdrawn) = at(true) {
        assert!(at(false).unwrap() < withdrawn);
    }
    assert!(net.commands(root).is_empty());
}

#[test]
fn ids_that_tests_make_up_are_told_apart() {
    assert_ne!(origin(id(1)), origin(id(2)));
    assert_eq!(origin(id(7)).1, 7);
    assert_eq!(command("a").id, "a");
}
