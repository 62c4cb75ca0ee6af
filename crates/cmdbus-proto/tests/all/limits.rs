//! Every bound, at the limit and one step past it.

use std::time::Duration;

use cmdbus_proto::error::ExecuteErrorCode;
use cmdbus_proto::message::{CommandSchema, Message};
use cmdbus_proto::node::{NodeConfig, NodeLimits, Warning};
use cmdbus_testkit::messages::{
    command, event, execute, hops, id, list, list_request, register, success,
};
use cmdbus_testkit::{Bench, Output, Refusal, child_config, root_config};
use serde_json::{Value, json};

fn failure_code(message: &Message) -> Option<ExecuteErrorCode> {
    match message {
        Message::ExecuteCommandResponse { response, .. } => {
            response.clone().into_result().err().map(|it| it.code)
        }
        _ => None,
    }
}

fn warnings(bench: &mut Bench) -> Vec<Warning> {
    bench
        .take()
        .into_iter()
        .filter_map(|output| match output {
            Output::Warned(warning) => Some(warning),
            _ => None,
        })
        .collect()
}

#[test]
fn the_bounds_are_those_of_the_specification() {
    let limits = NodeLimits::default();
    assert_eq!(limits.open_per_session, 65_536);
    assert_eq!(limits.advertised_per_session, 200_000);
    assert_eq!(limits.parked, 65_536);
    assert_eq!(limits.parked_bytes, 64 << 20);
    assert_eq!(limits.outbox, 65_536);
    assert_eq!(limits.seen_events, 262_144);
    assert_eq!(limits.open_announcements, 64);
    assert_eq!(limits.list_definitions, 10_000);
    assert_eq!(limits.list_bytes, 8 << 20);
    assert!(limits.serve_private);
    assert_eq!(limits.handler_time_limit, None);
}

#[test]
fn the_65537th_open_call_of_a_peer_is_refused() {
    let mut bench = Bench::root().connected(&["x", "y"]);
    bench.receive("y", register(id(1), command("a")));
    bench.take();
    for n in 0..65_536 {
        bench.receive("x", execute(id(n), "a", Value::Null));
    }
    assert_eq!(bench.sent("y").len(), 65_536);
    assert!(bench.sent("x").is_empty());
    bench.receive("x", execute(id(65_536), "a", Value::Null));
    assert!(bench.sent("y").is_empty());
    let refusal = bench.sent_one("x");
    assert_eq!(refusal.thid(), Some(id(65_536)));
    assert_eq!(
        failure_code(&refusal),
        Some(ExecuteErrorCode::InternalError)
    );
}

#[test]
fn w03_each_of_50_000_waiting_calls_can_be_answered_cancelled_or_expired_on_its_own() {
    let mut bench = Bench::root().connected(&["x"]);
    bench.receive("x", register(id(1), command("a")));
    bench.take();
    let mut ids = Vec::new();
    for n in 0..50_000 {
        bench.call(&format!("c{n}"), "a", json!(n));
        if n == 24_999 {
            bench.advance(Duration::from_secs(1));
        }
    }
    for message in bench.sent("x") {
        ids.push(message.id());
    }
    // An order that no list, stack or scan from either end would like.
    let order = |n: usize| (n * 7919) % 50_000;
    for n in (0..50_000).map(order).filter(|n| n % 2 == 0) {
        bench.receive("x", success(ids[n], json!(n)));
    }
    assert_eq!(
        bench.take().len(),
        25_000,
        "one completion per answer, nothing else"
    );
    for n in (0..50_000).map(order).filter(|n| n % 4 == 1) {
        bench.cancel(&format!("c{n}"));
    }
    assert_eq!(bench.node.load().outstanding, 12_500);
    assert_eq!(
        bench.node.load().timers,
        12_500,
        "what is over has no deadline"
    );
    bench.advance(Duration::from_secs(29));
    assert_eq!(
        bench.take().len(),
        6_250,
        "the first half expires at its time"
    );
    bench.advance(Duration::from_secs(1));
    assert_eq!(bench.take().len(), 6_250);
    bench.assert_quiet();
}

#[test]
fn the_200_001st_advertised_id_is_skipped() {
    let mut bench = Bench::root().connected(&["x"]);
    let all: Vec<_> = (0..200_000).map(|n| command(&format!("{n:06}"))).collect();
    for part in all.chunks(10_000) {
        bench.receive("x", list(id(1), part.to_vec()));
    }
    assert!(warnings(&mut bench).is_empty());
    assert_eq!(bench.node.load().commands, 200_000);
    bench.receive("x", list(id(2), vec![command("one"), command("two")]));
    bench.receive("x", register(id(3), command("three")));
    assert_eq!(bench.node.load().commands, 200_000);
    let warning = Warning::AdvertisedLimit {
        channel: "x".into(),
        limit: 200_000,
    };
    assert_eq!(warnings(&mut bench), [warning.clone(), warning]);
}

#[test]
fn a_list_of_10_000_is_one_message_and_one_more_follows_by_itself() {
    for (count, extra) in [(10_000, 0), (10_001, 1)] {
        let mut bench = Bench::root();
        for n in 0..count {
            bench.serve(&format!("{n:05}"));
        }
        bench = bench.connected(&["x"]);
        bench.receive("x", list_request(id(1)));
        let sent = bench.sent("x");
        assert_eq!(sent.len(), 1 + extra);
        assert!(
            matches!(&sent[0], Message::ListCommandsResponse { commands, .. } if commands.len() == 10_000)
        );
        if let Some(rest) = sent.get(1) {
            assert!(
                matches!(rest, Message::RegisterCommandRequest { command, .. } if command.id == "10000")
            );
        }
    }
}

#[test]
fn a_list_of_more_than_8_mib_is_split() {
    let mut bench = Bench::root();
    let long = |n: u32| {
        let mut definition = command(&format!("{n:02}"));
        definition.schema =
            Some(CommandSchema::empty().with_request(json!({"const": "x".repeat(1 << 20)})));
        definition
    };
    for n in 0..9 {
        bench.register("r", long(n), cmdbus_testkit::Behaviour::WhenTold);
    }
    bench = bench.connected(&["x"]);
    bench.receive("x", list_request(id(1)));
    let sent = bench.sent("x");
    // Eight of them are just over 8 MiB with their envelopes.
    assert!(
        matches!(&sent[0], Message::ListCommandsResponse { commands, .. } if commands.len() == 7)
    );
    assert_eq!(sent.len(), 3);
}

#[test]
fn a_list_is_split_at_the_byte() {
    let size = serde_json::to_string(&command("a")).unwrap().len() + 1;
    for (bytes, listed) in [(2 * size, 2), (2 * size - 1, 1)] {
        let mut bench = Bench::with_limits(root_config(), |limits| limits.list_bytes = bytes);
        bench.serve("a");
        bench.serve("b");
        bench = bench.connected(&["x"]);
        bench.receive("x", list_request(id(1)));
        let sent = bench.sent("x");
        assert!(
            matches!(&sent[0], Message::ListCommandsResponse { commands, .. } if commands.len() == listed)
        );
        assert_eq!(
            sent.len(),
            3 - listed,
            "what is not in the list follows by itself"
        );
    }
}

#[test]
fn a_definition_larger_than_a_list_may_be_is_listed_alone() {
    let mut bench = Bench::with_limits(root_config(), |limits| limits.list_bytes = 3);
    bench.serve("a");
    bench.serve("b");
    bench = bench.connected(&["x"]);
    bench.receive("x", list_request(id(1)));
    assert_eq!(bench.sent("x").len(), 2);
}

#[test]
fn at_most_64_announcements_are_unanswered() {
    let mut bench = Bench::child().connected(&["up", "x"]);
    let commands = (0..130).map(|n| command(&format!("{n:03}"))).collect();
    bench.receive("x", list(id(1), commands));
    assert_eq!(bench.sent("up").len(), 64);
    assert_eq!(bench.node.load().outstanding, 64);
    bench.advance(Duration::from_millis(29_999));
    assert!(bench.sent("up").is_empty());
    bench.advance(Duration::from_millis(1));
    assert_eq!(
        bench.sent("up").len(),
        64,
        "unanswered ones have given their places free"
    );
    bench.advance(Duration::from_secs(30));
    assert_eq!(bench.sent("up").len(), 2);
    bench.advance(Duration::from_secs(30));
    bench.assert_quiet();
}

fn capped(change: impl FnOnce(&mut NodeLimits)) -> Bench {
    let config = NodeConfig {
        max_in_flight: 1,
        ..root_config()
    };
    let mut bench = Bench::with_limits(config, change);
    bench.serve("a");
    bench.connected(&["x"])
}

#[test]
fn w41_the_65_537th_parked_request_is_refused() {
    let mut bench = capped(|_| {});
    for n in 0..=65_536 {
        bench.receive("x", execute(id(n), "a", Value::Null));
    }
    assert_eq!(bench.node.load().parked, 65_536);
    assert!(bench.sent("x").is_empty());
    bench.receive("x", execute(id(65_537), "a", Value::Null));
    let refusal = bench.sent_one("x");
    assert_eq!(
        failure_code(&refusal),
        Some(ExecuteErrorCode::InternalError)
    );
}

#[test]
fn w46_parked_payloads_are_bounded_to_the_byte() {
    // `"xxxx"` weighs six bytes.
    let mut bench = capped(|limits| limits.parked_bytes = 12);
    bench.receive("x", execute(id(0), "a", json!("running, so it counts not")));
    bench.receive("x", execute(id(1), "a", json!("xxxx")));
    bench.receive("x", execute(id(2), "a", json!("xxxx")));
    assert!(bench.sent("x").is_empty());
    bench.receive("x", execute(id(3), "a", json!("")));
    assert_eq!(bench.sent_one("x").thid(), Some(id(3)));
    let running = bench.runs()[0];
    bench.finish(running, Ok(None));
    bench.take();
    bench.receive("x", execute(id(4), "a", json!("xxxx")));
    assert!(
        bench.sent("x").is_empty(),
        "what has started weighs no longer"
    );
}

#[test]
fn w46_a_session_whose_outbox_holds_one_message_too_many_ends() {
    let mut bench = Bench::root().connected(&["x", "y"]);
    bench.receive("x", register(id(1), command("a")));
    bench.call("c", "a", Value::Null);
    bench.take();
    let session = bench.session("x");
    bench.hold(session, true);
    for n in 0..65_536 {
        bench.emit("e", json!(n));
    }
    assert_eq!(bench.node.channels(), ["x", "y"]);
    bench.take();
    bench.emit("e", Value::Null);
    assert_eq!(bench.node.channels(), ["y"]);
    assert!(
        bench.result("c").unwrap().is_err(),
        "whoever waits for it hears of it"
    );
    assert_eq!(
        warnings(&mut bench),
        [Warning::Stuck {
            channel: "x".into(),
            queued: 65_536
        }]
    );
}

#[test]
fn w13_a_request_is_forwarded_at_31_hops_and_not_at_32() {
    use cmdbus_testkit::messages::execute_with;
    let mut bench = Bench::root().connected(&["x", "y"]);
    bench.receive("y", register(id(1), command("a")));
    bench.take();
    bench.receive("x", execute_with(id(2), "a", Value::Null, hops(31)));
    assert_eq!(bench.sent_one("y").meta(), hops(32).as_ref());
    bench.receive("x", execute_with(id(3), "a", Value::Null, hops(32)));
    assert!(bench.sent("y").is_empty());
    let Message::ExecuteCommandResponse { response, .. } = bench.sent_one("x") else {
        panic!("a response");
    };
    let error = response.into_result().unwrap_err();
    assert_eq!(error.code, ExecuteErrorCode::NotFound);
    assert!(error.message.contains("loop"), "{}", error.message);
}

#[test]
fn w04_the_memory_of_events_is_bounded() {
    let mut bench = Bench::root().connected(&["x"]);
    for n in 0..262_144 {
        bench.receive("x", event(id(n), "e", Value::Null));
    }
    bench.take();
    bench.receive("x", event(id(0), "e", Value::Null));
    assert!(bench.take().is_empty(), "the oldest is still known");
    bench.receive("x", event(id(262_144), "e", Value::Null));
    assert_eq!(bench.node.load().seen_events, 262_144);
    bench.take();
    bench.receive("x", event(id(1), "e", Value::Null));
    assert!(bench.take().is_empty());
    bench.receive("x", event(id(0), "e", Value::Null));
    assert_eq!(bench.take().len(), 1, "the oldest has been forgotten");
    bench.advance(Duration::from_secs(10));
    bench.assert_quiet();
}

#[test]
fn w01_a_deadline_fires_at_its_time_and_not_before() {
    let mut bench = Bench::child().connected(&["up"]);
    bench.call("c", "a", Value::Null);
    bench.take();
    assert_eq!(bench.next_timeout(), Some(Duration::from_secs(30)));
    bench.advance(Duration::from_nanos(29_999_999_999));
    assert!(bench.take().is_empty());
    bench.advance(Duration::from_nanos(1));
    assert!(bench.result("c").unwrap().is_err());
    assert_eq!(
        bench.next_timeout(),
        None,
        "an idle registry has no wake-ups"
    );
}

#[test]
fn a_deadline_beyond_the_end_of_time_is_no_deadline() {
    let config = NodeConfig {
        request_ttl: Some(Duration::MAX),
        event_ttl: Some(Duration::MAX),
        ..child_config()
    };
    let mut bench = Bench::new(config, 0).connected(&["up"]);
    bench.call("c", "a", Value::Null);
    bench.emit("e", Value::Null);
    assert_eq!(bench.next_timeout(), None);
}

#[test]
fn unanswered_registrations_of_a_refusing_channel_do_not_pile_up() {
    let mut bench = Bench::child().connected(&["up", "x"]);
    let up = bench.session("up");
    bench.refuse(up, Refusal::Broken, usize::MAX);
    let commands = (0..1000).map(|n| command(&format!("{n:04}"))).collect();
    bench.receive("x", list(id(1), commands));
    bench.assert_quiet();
    assert_eq!(bench.commands().len(), 1000);
}
