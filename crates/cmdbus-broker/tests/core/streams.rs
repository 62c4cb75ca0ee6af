//! Streams (protocol §3.6), the life of endpoints on them (§4.1), and the pump (§7.3).

use cmdbus_broker::core::{
    Caller, Figures, Input, Liveness, Metadata, OpenStream, Process, Reply, Request, StreamId,
};
use cmdbus_broker::ids::EndpointId;
use serde_json::Value;

use crate::support::{
    Bench, caller, json, metadata, owner, process, refused, register, seconds, send,
};

fn open(stream: u64, process: Process, name: Option<&str>) -> OpenStream {
    OpenStream {
        stream: StreamId(stream),
        process,
        name: name.map(str::to_owned),
        receipts: true,
        held: false,
    }
}

/// Opens a stream with a name, or of a client that holds receipts.
fn open_as(bench: &mut Bench, open: OpenStream) -> StreamId {
    let stream = open.stream;
    assert_eq!(bench.ask(Request::OpenStream(open)), Reply::StreamAllowed);
    bench.pong(stream);
    stream
}

fn reattach(endpoint: &EndpointId, pid: u32) -> Request {
    Request::Reattach {
        endpoint: endpoint.clone(),
        pid,
        stream_name: None,
    }
}

fn unregister(endpoint: &EndpointId) -> Request {
    Request::Unregister {
        endpoint: endpoint.clone(),
        forget: false,
    }
}

fn view(bench: &mut Bench, endpoint: &EndpointId) -> Value {
    json(bench.ask(Request::Endpoint {
        endpoint: endpoint.clone(),
    }))
}

fn dead(bench: &mut Bench, pid: u32) {
    bench.input(Input::ProcessState {
        process: process(pid),
        state: Liveness::Dead,
    });
}

/// What the log says of the state of an endpoint, oldest first.
fn transitions(bench: &Bench, endpoint: &EndpointId) -> Vec<String> {
    let prefix = format!("endpoint {endpoint} ");
    bench
        .log
        .iter()
        .filter_map(|notice| notice.text.strip_prefix(&prefix))
        .map(|text| text.split(';').next().unwrap().to_owned())
        .collect()
}

fn contents(received: Vec<(String, Option<cmdbus_broker::core::PushId>)>) -> Vec<String> {
    received.into_iter().map(|(content, _)| content).collect()
}

// The gate.

#[test]
fn w49_nothing_is_pushed_before_the_first_pong() {
    let mut bench = Bench::new();
    let stream = bench.closed_gate(1, true);
    let a = bench.register(1, "a");
    bench.post(a.as_str(), "hello");
    assert_eq!(bench.pings.len(), 1);
    assert!(bench.received(stream).is_empty());
    // Any number of requests of the same process proves nothing.
    bench.ask_as(caller(1), Request::Heartbeat { endpoint: a });
    assert!(bench.received(stream).is_empty());
    bench.pong(stream);
    assert_eq!(contents(bench.received(stream)), ["hello"]);
}

#[test]
fn the_first_ping_is_repeated_each_second_and_given_up_after_20() {
    let mut bench = Bench::new();
    let stream = bench.closed_gate(1, true);
    let a = bench.register(1, "a");
    bench.advance(seconds(19));
    assert_eq!(bench.pings.len(), 20);
    assert!(bench.closed.is_empty());
    bench.advance(seconds(1));
    assert_eq!(bench.closed, [(stream, 1011, "unresponsive")]);
    assert_eq!(bench.state(&a), "reconnecting");
}

#[test]
fn w43_presence_is_told_only_to_streams_past_the_gate_and_all_are_closed() {
    let mut bench = Bench::new();
    let reads = bench.stream(1);
    let mut silent = bench.closed_gate(2, true);
    bench.input(Input::Shutdown { release: false });
    let told: Vec<StreamId> = bench.told.iter().map(|(stream, _)| *stream).collect();
    assert_eq!(told, [reads]);
    assert_eq!(bench.told[0].1["presence"], "offline");
    assert_eq!(bench.told[0].1["reason"], "broker_shutdown");
    for stream in [reads, std::mem::replace(&mut silent, reads)] {
        assert!(bench.closed.contains(&(stream, 1001, "broker_shutdown")));
    }
}

// Pings.

#[test]
fn a_stream_is_pinged_every_30_seconds_and_ends_with_the_second_missing_pong() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    bench.advance(seconds(29));
    assert!(bench.pings.is_empty());
    bench.advance(seconds(1));
    assert_eq!(bench.pings.len(), 1);
    bench.advance(seconds(10));
    assert_eq!(bench.pings.len(), 2);
    assert!(bench.closed.is_empty());
    bench.advance(seconds(10));
    assert_eq!(bench.closed, [(stream, 1011, "unresponsive")]);
    assert_eq!(bench.state(&a), "reconnecting");
}

#[test]
fn a_pong_after_one_that_was_missing_counts() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    bench.advance(seconds(15));
    for _ in 0..10 {
        // Pinged 15 s ago, and again 5 s ago.
        bench.advance(seconds(30));
        bench.pong(stream);
    }
    assert!(bench.closed.is_empty());
}

// Replacement.

/// A message in flight on the first of two streams; the endpoint is carried to the second.
fn carried() -> (Bench, EndpointId, String, StreamId, StreamId) {
    let mut bench = Bench::new();
    let first = bench.stream(1);
    let (a, token) = bench.register_whole(1, metadata("a"));
    for content in ["one", "two"] {
        bench.post(a.as_str(), content);
    }
    assert_eq!(bench.received(first).len(), 2);
    let second = bench.stream(1);
    assert_eq!(bench.closed, [(first, 1000, "replaced")]);
    bench.post(a.as_str(), "three");
    (bench, a, token, first, second)
}

#[test]
fn w18_a_carried_endpoint_stays_active_and_goes_on_when_it_registers_again() {
    let (mut bench, a, token, _, second) = carried();
    assert_eq!(bench.state(&a), "active");
    assert!(bench.received(second).is_empty());
    let (again, new) = bench.register_whole(1, metadata("a"));
    assert_eq!(again, a);
    assert_ne!(new, token);
    assert_eq!(bench.confirm_all(second), ["one", "two", "three"]);
    // It was active all the time.
    assert_eq!(transitions(&bench, &a), ["active: register"]);
}

#[test]
fn a_carried_endpoint_goes_on_when_it_is_reattached() {
    let (mut bench, a, _, _, second) = carried();
    let body = json(bench.ask(reattach(&a, 1)));
    assert_eq!(body["reconnecting_buffer_count"], 3);
    assert_eq!(bench.confirm_all(second), ["one", "two", "three"]);
}

#[test]
fn a_carried_endpoint_goes_on_after_5_seconds_without_any_registration() {
    let (mut bench, a, _, _, second) = carried();
    bench.advance(seconds(4));
    assert!(bench.received(second).is_empty());
    bench.advance(seconds(1));
    assert_eq!(bench.confirm_all(second), ["one", "two", "three"]);
    for _ in 0..3 {
        bench.advance(seconds(30));
        bench.pong(second);
    }
    assert_eq!(bench.state(&a), "active");
}

#[test]
fn w20_a_carried_endpoint_waits_while_another_client_of_the_process_registers() {
    let (mut bench, a, _, _, second) = carried();
    let b = bench.register(1, "b");
    assert_ne!(a, b);
    for _ in 0..5 {
        bench.advance(seconds(11));
        bench.pong(second);
    }
    assert!(bench.received(second).is_empty());
    assert_eq!(bench.state(&a), "active");
    bench.advance(seconds(5));
    assert_eq!(bench.state(&a), "reconnecting");
    assert_eq!(bench.state(&b), "active");
    assert_eq!(
        transitions(&bench, &a),
        ["active: register", "reconnecting: ipc_close"]
    );
    // Its messages are still there when it comes back.
    assert_eq!(bench.register(1, "a"), a);
    assert_eq!(bench.confirm_all(second), ["one", "two", "three"]);
}

#[test]
fn being_carried_on_and_on_gives_no_more_time() {
    let (mut bench, a, ..) = carried();
    let mut third = bench.stream(1);
    bench.register(1, "b");
    bench.advance(seconds(30));
    bench.pong(third);
    third = bench.stream(1);
    bench.register(1, "b");
    bench.advance(seconds(29));
    assert_eq!(bench.state(&a), "active");
    bench.pong(third);
    bench.advance(seconds(1));
    assert_eq!(bench.state(&a), "reconnecting");
}

#[test]
fn the_end_of_a_replaced_stream_changes_nothing() {
    let (mut bench, a, _, first, _) = carried();
    bench.close(first, Liveness::Dead);
    assert_eq!(bench.state(&a), "active");
}

#[test]
fn a_receipt_counts_only_on_the_stream_of_its_push() {
    let mut bench = Bench::new();
    let first = bench.stream(1);
    let a = bench.register(1, "a");
    let message = bench.post(a.as_str(), "hello");
    let (_, push) = bench.received(first).remove(0);
    let other = bench.stream(2);
    for stream in [other, bench.stream(1), first] {
        bench.input(Input::PushAcked {
            stream,
            push: push.unwrap(),
        });
    }
    assert_ne!(bench.receipt(&message)["state"], "confirmed");
    assert_eq!(view(&mut bench, &a)["queued"], 1);
}

#[test]
fn streams_of_other_names_do_not_replace_each_other() {
    let mut bench = Bench::new();
    let plain = bench.stream(1);
    let a = bench.register(1, "a");
    let named = open_as(&mut bench, open(900, process(1), Some("mail")));
    let mut of_name = metadata("b");
    of_name.stream_name = Some("mail".to_owned());
    let b = bench.register_with(1, of_name);
    assert!(bench.closed.is_empty());
    bench.post(a.as_str(), "to a");
    bench.post(b.as_str(), "to b");
    assert_eq!(contents(bench.received(plain)), ["to a"]);
    assert_eq!(contents(bench.received(named)), ["to b"]);
    bench.close(named, Liveness::Alive);
    assert_eq!(bench.state(&a), "active");
    assert_eq!(bench.state(&b), "reconnecting");
}

#[test]
fn another_process_with_the_same_pid_gets_nothing_of_the_first() {
    let mut bench = Bench::new();
    bench.stream(1);
    let a = bench.register(1, "a");
    let mut other = process(1);
    other.start = Some(7);
    open_as(&mut bench, open(900, other, None));
    assert_eq!(bench.state(&a), "closed");
    assert_ne!(bench.register(1, "a"), a);
}

#[test]
fn w20_the_eleventh_replacement_within_a_minute_is_refused_and_old_ones_are_forgotten() {
    let mut bench = Bench::new();
    let mut last = bench.stream(1);
    for _ in 0..10 {
        last = bench.stream(1);
        bench.advance(seconds(1));
    }
    let reply = bench.ask(Request::OpenStream(open(900, process(1), None)));
    assert_eq!(refused(reply), (429, "channel_flapping"));
    // Another process is not concerned, nor is another name.
    bench.stream(2);
    open_as(&mut bench, open(901, process(1), Some("other")));
    for time in [20, 20, 10] {
        bench.advance(seconds(time));
        bench.pong(last);
    }
    // The first is a minute ago, the second is not.
    bench.stream(1);
    let reply = bench.ask(Request::OpenStream(open(902, process(1), None)));
    assert_eq!(refused(reply), (429, "channel_flapping"));
}

#[test]
fn w50_streams_are_bounded_but_a_replacement_is_none_more() {
    let mut bench = Bench::with(Figures {
        streams: 2,
        ..Figures::default()
    });
    bench.stream(1);
    bench.stream(2);
    let reply = bench.ask(Request::OpenStream(open(900, process(3), None)));
    assert_eq!(refused(reply), (429, "channel_limit"));
    bench.stream(2);
}

// The life of an endpoint, row by row.

#[test]
fn a_registration_makes_an_active_endpoint() {
    let mut bench = Bench::new();
    bench.stream(1);
    let a = bench.register(1, "a");
    assert_eq!(bench.state(&a), "active");
    assert_eq!(transitions(&bench, &a), ["active: register"]);
    assert!(
        bench
            .ops
            .iter()
            .all(|op| !format!("{op:?}").contains("Closed"))
    );
    bench.restart();
    assert_eq!(bench.state(&a), "reconnecting");
}

#[test]
fn a_lost_stream_of_a_process_that_may_live_starts_the_grace() {
    for liveness in [Liveness::Alive, Liveness::Unknown] {
        let mut bench = Bench::new();
        let stream = bench.stream(1);
        let a = bench.register(1, "a");
        bench.close(stream, liveness);
        assert_eq!(bench.state(&a), "reconnecting");
        assert!(view(&mut bench, &a)["grace_deadline"].is_string());
        bench.advance(seconds(599));
        assert_eq!(bench.state(&a), "reconnecting");
        bench.advance(seconds(1));
        assert_eq!(bench.state(&a), "closed");
        assert_eq!(
            transitions(&bench, &a),
            [
                "active: register",
                "reconnecting: ipc_close",
                "closed: grace_timeout"
            ]
        );
    }
}

#[test]
fn a_lost_stream_of_a_dead_process_closes_the_endpoint_at_once() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    bench.post(a.as_str(), "hello");
    bench.close(stream, Liveness::Dead);
    assert_eq!(bench.state(&a), "closed");
    assert_eq!(
        transitions(&bench, &a),
        ["active: register", "closed: plugin_exit"]
    );
    assert_eq!(bench.inbox(), ["hello"]);
}

#[test]
fn an_active_endpoint_can_be_unregistered() {
    let mut bench = Bench::new();
    bench.stream(1);
    let a = bench.register(1, "a");
    bench.post(a.as_str(), "hello");
    assert_eq!(bench.ask(unregister(&a)), Reply::Done);
    assert_eq!(bench.inbox(), ["hello"]);
    assert_eq!(
        transitions(&bench, &a),
        ["active: register", "closed: explicit_unregister"]
    );
}

#[test]
fn an_active_endpoint_is_not_reattached_and_knows_no_grace() {
    let mut bench = Bench::new();
    let first = bench.stream(1);
    let a = bench.register(1, "a");
    let reply = bench.ask(reattach(&a, 1));
    assert_eq!(refused(reply), (409, "endpoint_not_reconnecting"));
    bench.close(first, Liveness::Alive);
    let second = bench.stream(1);
    assert_eq!(bench.register(1, "a"), a);
    for _ in 0..40 {
        bench.advance(seconds(20));
        bench.pong(second);
    }
    assert_eq!(bench.state(&a), "active");
    // Nor does news of a death that came late.
    dead(&mut bench, 1);
    assert_eq!(bench.state(&a), "active");
}

#[test]
fn a_second_registration_of_an_active_endpoint_is_a_second_endpoint() {
    let mut bench = Bench::new();
    bench.stream(1);
    let a = bench.register(1, "a");
    assert_ne!(bench.register(1, "a"), a);
}

#[test]
fn a_reconnecting_endpoint_is_active_again_when_it_is_reattached() {
    let mut bench = Bench::new();
    let first = bench.stream(1);
    let a = bench.register(1, "a");
    bench.close(first, Liveness::Alive);
    for content in ["one", "two"] {
        bench.post(a.as_str(), content);
    }
    let second = bench.stream(1);
    let body = json(bench.ask(reattach(&a, 1)));
    assert_eq!(body["restored"], true);
    assert_eq!(body["reconnecting_buffer_count"], 2);
    assert_eq!(bench.confirm_all(second), ["one", "two"]);
    assert_eq!(
        transitions(&bench, &a),
        [
            "active: register",
            "reconnecting: ipc_close",
            "active: reattach"
        ]
    );
    assert!(view(&mut bench, &a).get("grace_deadline").is_none());
}

#[test]
fn w9_the_process_of_a_lost_endpoint_is_looked_at_every_5_seconds() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    bench.close(stream, Liveness::Alive);
    for _ in 0..3 {
        bench.advance(seconds(5));
        assert_eq!(bench.probes.pop(), Some(process(1)));
        assert!(bench.probes.is_empty());
        bench.input(Input::ProcessState {
            process: process(1),
            state: Liveness::Alive,
        });
    }
    bench.advance(seconds(5));
    dead(&mut bench, 1);
    assert_eq!(bench.state(&a), "closed");
    assert!(transitions(&bench, &a).contains(&"closed: plugin_exit".to_owned()));
}

#[test]
fn the_death_of_another_process_with_that_pid_means_nothing() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    bench.close(stream, Liveness::Alive);
    let mut other = process(1);
    other.start = Some(7);
    bench.input(Input::ProcessState {
        process: other,
        state: Liveness::Dead,
    });
    assert_eq!(bench.state(&a), "reconnecting");
}

#[test]
fn a_reconnecting_endpoint_can_be_unregistered() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    bench.close(stream, Liveness::Alive);
    assert_eq!(bench.ask(unregister(&a)), Reply::Done);
    bench.advance(seconds(700));
    assert_eq!(
        transitions(&bench, &a),
        [
            "active: register",
            "reconnecting: ipc_close",
            "closed: explicit_unregister"
        ]
    );
}

#[test]
fn the_end_of_a_stream_that_is_gone_already_gives_no_new_grace() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    bench.close(stream, Liveness::Alive);
    bench.advance(seconds(599));
    bench.close(stream, Liveness::Alive);
    bench.advance(seconds(1));
    assert_eq!(bench.state(&a), "closed");
}

#[test]
fn a_restart_gives_a_whole_grace_and_looks_at_every_process() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    bench.stream(2);
    let (a, b) = (bench.register(1, "a"), bench.register(2, "b"));
    bench.close(stream, Liveness::Alive);
    bench.advance(seconds(500));
    bench.probes.clear();
    bench.restart();
    let mut pids: Vec<u32> = bench.probes.iter().map(|process| process.pid).collect();
    pids.sort_unstable();
    assert_eq!(pids, [1, 2]);
    dead(&mut bench, 2);
    assert_eq!(bench.state(&b), "closed");
    bench.advance(seconds(599));
    assert_eq!(bench.state(&a), "reconnecting");
    bench.advance(seconds(1));
    assert_eq!(bench.state(&a), "closed");
}

#[test]
fn a_closed_endpoint_stays_closed_whatever_happens() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    bench.ask(unregister(&a));
    bench.log.clear();
    assert_eq!(bench.ask(unregister(&a)), Reply::Done);
    let reply = bench.ask(reattach(&a, 1));
    assert_eq!(refused(reply), (404, "endpoint_unknown"));
    assert_ne!(bench.register(1, "a"), a);
    bench.close(stream, Liveness::Alive);
    dead(&mut bench, 1);
    bench.restart();
    bench.advance(seconds(700));
    assert_eq!(bench.state(&a), "closed");
    assert!(transitions(&bench, &a).is_empty());
}

// Reattach.

#[test]
fn reattach_checks_stream_endpoint_owner_and_state_in_this_order() {
    let mut bench = Bench::new();
    bench.stream(1);
    let (a, token) = bench.register_whole(1, metadata("a"));
    let unknown = EndpointId::from("ep_x");
    for endpoint in [&a, &unknown] {
        let reply = bench.ask(reattach(endpoint, 9));
        assert_eq!(refused(reply), (400, "ipc_channel_missing"));
    }
    bench.stream(9);
    let reply = bench.ask(reattach(&unknown, 9));
    assert_eq!(refused(reply), (404, "endpoint_unknown"));
    let reply = bench.ask(reattach(&a, 9));
    assert_eq!(refused(reply), (403, "reattach_pid_mismatch"));
    let reply = bench.ask_as(owner("wrong"), reattach(&a, 9));
    assert_eq!(refused(reply), (403, "endpoint_owner_token_mismatch"));
    let reply = bench.ask_as(owner(&token), reattach(&a, 9));
    assert_eq!(refused(reply), (409, "endpoint_not_reconnecting"));
}

#[test]
fn w9_a_recycled_pid_is_another_process() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    bench.close(stream, Liveness::Alive);
    let mut other = process(1);
    other.start = Some(7);
    open_as(&mut bench, open(900, other, None));
    let reply = bench.ask(reattach(&a, 1));
    assert_eq!(refused(reply), (403, "reattach_pid_mismatch"));
    assert_ne!(bench.register(1, "a"), a);
}

#[test]
fn an_owner_token_takes_an_endpoint_to_another_process() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let (a, token) = bench.register_whole(1, metadata("a"));
    bench.post(a.as_str(), "hello");
    bench.close(stream, Liveness::Alive);
    let other = bench.stream(9);
    assert!(matches!(
        bench.ask_as(owner(&token), reattach(&a, 9)),
        Reply::Json(_)
    ));
    assert_eq!(bench.confirm_all(other), ["hello"]);
    assert_eq!(view(&mut bench, &a)["pid"], 9);
    // The old process has nothing to do with it any more.
    bench.stream(1);
    dead(&mut bench, 1);
    assert_eq!(bench.state(&a), "active");
    bench.restart();
    assert_eq!(view(&mut bench, &a)["pid"], 9);
}

// Adoption.

fn lost(metadata: Metadata) -> (Bench, EndpointId, String) {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let (a, token) = bench.register_whole(1, metadata);
    bench.post(a.as_str(), "hello");
    bench.close(stream, Liveness::Alive);
    (bench, a, token)
}

#[test]
fn w17_a_registration_takes_over_what_it_was_before() {
    let (mut bench, a, token) = lost(metadata("a"));
    let stream = bench.stream(1);
    let mut refreshed = metadata("a");
    refreshed.task_hint = Some("now this".to_owned());
    refreshed.runtime_capabilities = vec!["x".to_owned()];
    refreshed.client_version = Some("2".to_owned());
    let (again, new) = bench.register_whole(1, refreshed);
    assert_eq!(again, a);
    assert_eq!(bench.confirm_all(stream), ["hello"]);
    let heartbeat = Request::Heartbeat {
        endpoint: a.clone(),
    };
    let reply = bench.ask_as(owner(&token), heartbeat.clone());
    assert_eq!(refused(reply), (403, "endpoint_owner_token_mismatch"));
    assert_eq!(bench.ask_as(owner(&new), heartbeat), Reply::Done);
    let metadata = view(&mut bench, &a)["metadata"].clone();
    assert_eq!(metadata["task_hint"], "now this");
    assert_eq!(metadata["runtime_capabilities"][0], "x");
    assert_eq!(metadata["client_version"], "2");
}

#[test]
fn w14_adoption_works_over_a_restart_of_the_broker() {
    let (mut bench, a, _) = lost(metadata("a"));
    bench.restart();
    let stream = bench.stream(1);
    assert_eq!(bench.register(1, "a"), a);
    assert_eq!(bench.confirm_all(stream), ["hello"]);
}

#[test]
fn whoever_differs_in_the_fingerprint_gets_an_id_of_its_own() {
    type Change = fn(&mut Metadata);
    let changes: [Change; 7] = [
        |m| m.agent_id = "b".to_owned(),
        |m| m.kind = "other".to_owned(),
        |m| m.client_kind = Some("c".to_owned()),
        |m| m.runtime_session_id = Some("s".to_owned()),
        |m| m.session_name = Some("n".to_owned()),
        |m| m.tracking_ref = Some("t".to_owned()),
        |m| m.background_exchange_mode = Some("resident_endpoint".to_owned()),
    ];
    for change in changes {
        let (mut bench, a, _) = lost(metadata("a"));
        bench.stream(1);
        let mut other = metadata("a");
        change(&mut other);
        assert_ne!(bench.register_with(1, other.clone()), a, "{other:?}");
        assert_eq!(bench.state(&a), "reconnecting");
    }
}

#[test]
fn of_several_matches_the_one_registered_first_is_taken_first() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let first = bench.register(1, "a");
    let second = bench.register(1, "a");
    bench.close(stream, Liveness::Alive);
    bench.stream(1);
    assert_eq!(bench.register(1, "a"), first);
    assert_eq!(bench.register(1, "a"), second);
    assert!(![first, second].contains(&bench.register(1, "a")));
}

#[test]
fn another_process_with_the_same_fingerprint_adopts_nothing() {
    let (mut bench, a, _) = lost(metadata("a"));
    bench.stream(2);
    assert_ne!(bench.register(2, "a"), a);
}

#[test]
fn adoption_can_be_switched_off() {
    let mut bench = Bench::with(Figures {
        adoption: false,
        ..Figures::default()
    });
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    bench.close(stream, Liveness::Alive);
    bench.stream(1);
    assert_ne!(bench.register(1, "a"), a);
}

fn session(agent: &str) -> Metadata {
    let mut metadata = metadata(agent);
    metadata.runtime_session_id = Some("s1".to_owned());
    metadata
}

/// Registers a session in process 2, and says whether process 1 is there when asked.
fn resume(bench: &mut Bench, metadata: Metadata, state: Liveness) -> EndpointId {
    bench.probes.clear();
    let req = bench.begin(Caller::default(), register(2, metadata));
    if let Some(process) = bench.probes.pop() {
        bench.input(Input::ProcessState { process, state });
    }
    let reply = bench.reply(req).expect("an answer");
    json(reply)["endpoint_id"].as_str().unwrap().into()
}

#[test]
fn a_session_goes_on_in_another_process_if_the_first_is_dead() {
    let (mut bench, a, _) = lost(session("a"));
    let stream = bench.stream(2);
    assert_eq!(resume(&mut bench, session("a"), Liveness::Dead), a);
    assert_eq!(bench.confirm_all(stream), ["hello"]);
    assert_eq!(view(&mut bench, &a)["pid"], 2);
}

#[test]
fn a_session_is_not_taken_from_a_process_that_may_live() {
    for state in [Liveness::Alive, Liveness::Unknown] {
        let (mut bench, a, _) = lost(session("a"));
        bench.stream(2);
        assert_ne!(resume(&mut bench, session("a"), state), a);
        assert_eq!(bench.state(&a), "reconnecting");
    }
}

#[test]
fn a_session_is_not_taken_by_another_agent_or_kind() {
    let mut other_kind = session("a");
    other_kind.kind = "other".to_owned();
    for other in [session("b"), other_kind] {
        let (mut bench, a, _) = lost(session("a"));
        bench.stream(2);
        assert_ne!(resume(&mut bench, other, Liveness::Dead), a);
    }
}

#[test]
fn w19_a_registration_whose_stream_closes_meanwhile_is_undone() {
    let (mut bench, a, _) = lost(session("a"));
    let stream = bench.stream(2);
    bench.probes.clear();
    let req = bench.begin(Caller::default(), register(2, session("a")));
    bench.close(stream, Liveness::Dead);
    dead(&mut bench, 1);
    let reply = bench.reply(req).unwrap();
    assert_eq!(refused(reply), (503, "ipc_channel_lost"));
    let live = json(bench.ask(Request::Endpoints));
    assert_eq!(live["items"].as_array().unwrap().len(), 0);
    assert_eq!(bench.state(&a), "closed");
}

#[test]
fn a_closed_session_leaves_its_mail_to_its_successor_first_of_all() {
    let (mut bench, a, _) = lost(session("a"));
    bench.post(a.as_str(), "second");
    dead(&mut bench, 1);
    bench.post(a.as_str(), "third");
    assert_eq!(bench.inbox(), ["hello", "second", "third"]);
    let stream = bench.stream(2);
    let b = bench.register_with(2, session("a"));
    assert_ne!(b, a);
    let push = bench.pushes.iter().find(|push| push.stream == stream);
    let extra: Value =
        serde_json::from_str(push.unwrap().extra.as_ref().unwrap().as_str()).unwrap();
    assert!(extra["dispatched_from"].is_string());
    // What still comes for the old id is routed to the new one.
    bench.post(a.as_str(), "fourth");
    assert_eq!(
        bench.confirm_all(stream),
        ["hello", "second", "third", "fourth"]
    );
    assert!(bench.inbox().is_empty());
    assert_eq!(view(&mut bench, &a)["state"], "closed");
}

#[test]
fn a_successor_of_several_gets_their_mail_in_the_order_of_arrival() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let first = bench.register_with(1, session("a"));
    let second = bench.register_with(1, session("a"));
    bench.close(stream, Liveness::Alive);
    for (n, to) in [&second, &first, &second, &first].into_iter().enumerate() {
        bench.post(to.as_str(), &n.to_string());
    }
    dead(&mut bench, 1);
    let stream = bench.stream(2);
    bench.register_with(2, session("a"));
    assert_eq!(bench.confirm_all(stream), ["0", "1", "2", "3"]);
}

#[test]
fn successors_are_followed_over_generations_and_restarts() {
    let (mut bench, a, _) = lost(session("a"));
    dead(&mut bench, 1);
    let stream = bench.stream(2);
    bench.register_with(2, session("a"));
    bench.close(stream, Liveness::Dead);
    bench.post(a.as_str(), "second");
    bench.restart();
    let stream = bench.stream(3);
    let c = bench.register_with(3, session("a"));
    let message = bench.post(a.as_str(), "third");
    assert_eq!(bench.receipt(&message)["endpoint_id"], c.as_str());
    assert_eq!(bench.confirm_all(stream), ["hello", "second", "third"]);
}

#[test]
fn a_background_successor_pulls_what_was_left() {
    let (mut bench, _, _) = lost(session("a"));
    dead(&mut bench, 1);
    let stream = bench.stream(2);
    let mut background = session("a");
    background.runtime_capabilities = vec!["background_exchange_v1".to_owned()];
    background.background_exchange_mode = Some("resident_endpoint".to_owned());
    let b = bench.register_with(2, background);
    assert!(bench.received(stream).is_empty());
    let items = bench.inbox_items();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["original_target_endpoint_id"], b.as_str());
}

// The pump.

#[test]
fn w25_w50_at_most_16_pushes_of_an_endpoint_are_unconfirmed() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let (a, b) = (bench.register(1, "a"), bench.register(1, "b"));
    for n in 0..20 {
        bench.post(a.as_str(), &n.to_string());
    }
    let received = bench.received(stream);
    assert_eq!(received.len(), 16);
    // W25: another endpoint of the same process is not held up.
    bench.post(b.as_str(), "to b");
    assert_eq!(contents(bench.received(stream)), ["to b"]);
    bench.input(Input::PushAcked {
        stream,
        push: received[3].1.unwrap(),
    });
    assert_eq!(contents(bench.received(stream)), ["16"]);
}

#[test]
fn w50_the_output_of_a_stream_is_bounded_and_a_larger_message_goes_alone() {
    let mut bench = Bench::with(Figures {
        stream_output_bytes: 1000,
        ..Figures::default()
    });
    let stream = bench.stream(1);
    let (a, b) = (bench.register(1, "a"), bench.register(1, "b"));
    let long = "x".repeat(5000);
    bench.post(a.as_str(), &long);
    bench.post(b.as_str(), "short");
    let received = bench.received(stream);
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].0, long);
    bench.input(Input::PushAcked {
        stream,
        push: received[0].1.unwrap(),
    });
    assert_eq!(bench.confirm_all(stream), ["short"]);
}

#[test]
fn w24_a_late_receipt_counts_and_a_silent_client_is_sent_nothing_twice() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    let message = bench.post(a.as_str(), "hello");
    let (_, push) = bench.received(stream).remove(0);
    bench.advance(seconds(2));
    assert_eq!(bench.pings.len(), 1);
    assert_eq!(bench.warnings().len(), 1);
    // Suspended: neither receipt nor Pong.
    bench.advance(seconds(9));
    assert!(bench.received(stream).is_empty());
    bench.input(Input::PushAcked {
        stream,
        push: push.unwrap(),
    });
    bench.pong(stream);
    assert_eq!(bench.receipt(&message)["state"], "confirmed");
    bench.advance(seconds(15));
    bench.pong(stream);
    assert!(bench.received(stream).is_empty());
}

#[test]
fn w49_a_message_that_the_client_has_read_past_is_sent_again_and_any_receipt_counts() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    let message = bench.post(a.as_str(), "hello");
    let (_, first) = bench.received(stream).remove(0);
    bench.advance(seconds(2));
    bench.pong(stream);
    bench.advance(seconds(4));
    assert!(bench.pushes.is_empty());
    bench.advance(seconds(1));
    assert_eq!(bench.pushes.len(), 1);
    assert_eq!(bench.pushes[0].attempt, 2);
    let (_, second) = bench.received(stream).remove(0);
    assert_ne!(first, second);
    bench.input(Input::PushAcked {
        stream,
        push: first.unwrap(),
    });
    let receipt = bench.receipt(&message);
    assert_eq!(
        (&receipt["state"], &receipt["attempts"]),
        (&"confirmed".into(), &2.into())
    );
}

#[test]
fn after_three_resends_an_endpoint_is_stalled_and_its_stream_closed() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    bench.post(a.as_str(), "hello");
    for attempt in 1..=4 {
        assert_eq!(bench.pushes.pop().unwrap().attempt, attempt);
        bench.advance(seconds(2));
        bench.pong(stream);
        assert!(bench.closed.is_empty());
        bench.advance(seconds(5));
    }
    assert_eq!(bench.closed, [(stream, 1011, "no_receipt")]);
    assert_eq!(view(&mut bench, &a)["stalled"], true);
    assert_eq!(bench.state(&a), "reconnecting");
    // It gets everything again, and a receipt makes up for it.
    let stream = bench.stream(1);
    assert_eq!(bench.register(1, "a"), a);
    assert_eq!(bench.confirm_all(stream), ["hello"]);
    assert_eq!(view(&mut bench, &a)["stalled"], false);
}

#[test]
fn b17_a_push_that_was_seen_is_held_as_long_as_its_user_takes() {
    let mut bench = Bench::new();
    let mut held = open(900, process(1), None);
    held.held = true;
    let stream = open_as(&mut bench, held);
    let a = bench.register(1, "a");
    let message = bench.post(a.as_str(), "hello");
    let (_, push) = bench.received(stream).remove(0);
    let push = push.unwrap();
    bench.input(Input::PushSeen { stream, push });
    for _ in 0..10 {
        bench.advance(seconds(30));
        bench.pong(stream);
    }
    assert!(bench.pushes.is_empty() && bench.closed.is_empty());
    assert_eq!(bench.receipt(&message)["state"], "pushed");
    bench.input(Input::PushAcked { stream, push });
    assert_eq!(bench.receipt(&message)["state"], "confirmed");
}

#[test]
fn only_who_announced_it_may_hold_a_receipt() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    bench.post(a.as_str(), "hello");
    let (_, push) = bench.received(stream).remove(0);
    bench.input(Input::PushSeen {
        stream,
        push: push.unwrap(),
    });
    bench.advance(seconds(2));
    bench.pong(stream);
    bench.advance(seconds(5));
    assert_eq!(bench.received(stream).len(), 1);
}

#[test]
fn w2_a_pong_to_an_earlier_ping_confirms_nothing_that_came_after_it() {
    let mut bench = Bench::new();
    let stream = bench.plain_stream(1);
    let a = bench.register(1, "a");
    let first = bench.post(a.as_str(), "one");
    let pings = std::mem::take(&mut bench.pings);
    let second = bench.post(a.as_str(), "two");
    bench.input(Input::Pong {
        stream,
        ping: pings[0].1,
    });
    assert_eq!(bench.receipt(&first)["state"], "confirmed");
    assert_eq!(bench.receipt(&second)["state"], "pushed");
}

#[test]
fn w21_a_new_message_does_not_overtake_old_ones_during_a_drain() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    bench.close(stream, Liveness::Alive);
    for n in 0..40 {
        bench.post(a.as_str(), &n.to_string());
    }
    let stream = bench.stream(1);
    bench.register(1, "a");
    bench.post(a.as_str(), "new");
    let mut all: Vec<String> = (0..40).map(|n| n.to_string()).collect();
    all.push("new".to_owned());
    assert_eq!(bench.confirm_all(stream), all);
}

#[test]
fn w23_what_was_confirmed_in_the_middle_is_not_pushed_again() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    for n in 0..5 {
        bench.post(a.as_str(), &n.to_string());
    }
    let received = bench.received(stream);
    for n in [0, 2] {
        bench.input(Input::PushAcked {
            stream,
            push: received[n].1.unwrap(),
        });
    }
    bench.close(stream, Liveness::Alive);
    let stream = bench.stream(1);
    bench.register(1, "a");
    assert_eq!(bench.pushes[0].attempt, 2);
    assert_eq!(bench.confirm_all(stream), ["1", "3", "4"]);
}

#[test]
fn w30_a_push_names_its_endpoint() {
    let mut bench = Bench::new();
    bench.stream(1);
    let (a, b) = (bench.register(1, "a"), bench.register(1, "b"));
    bench.post(b.as_str(), "hello");
    bench.post(a.as_str(), "hello");
    let endpoints: Vec<EndpointId> = bench.pushes.iter().map(|p| p.endpoint.clone()).collect();
    assert_eq!(endpoints, [b, a]);
}

#[test]
fn w50_a_full_queue_refuses_and_drops_nothing() {
    for figures in [
        Figures {
            queue_messages: 3,
            ..Figures::default()
        },
        Figures {
            queue_bytes: 4000,
            ..Figures::default()
        },
    ] {
        let mut bench = Bench::with(figures);
        let stream = bench.stream(1);
        let a = bench.register(1, "a");
        let mut sent = 0;
        let refusal = loop {
            let mut post = send(&a, a.as_str(), &"x".repeat(900));
            post.sender = cmdbus_broker::core::Sender::Node;
            match bench.ask(Request::Send(Box::new(post))) {
                Reply::Sent { .. } => sent += 1,
                Reply::Refused(refusal) => break refusal,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(
            (refusal.status, refusal.code),
            (503, "recipient_queue_full")
        );
        assert_eq!(refusal.retryable, Some(true));
        assert_eq!(sent, 3);
        assert!(bench.ops.is_empty());
        assert_eq!(bench.confirm_all(stream).len(), 3);
        bench.post(a.as_str(), "there is room again");
    }
}
