//! How endpoints come, are lost, come back and end.

use cmdbus_broker::core::{Input, Liveness, Request};

use crate::support::{Bench, metadata, process, refused, register, seconds};

#[test]
fn a_registration_needs_a_stream_of_its_process() {
    let mut bench = Bench::new();
    let reply = bench.ask(register(7, metadata("a")));
    assert_eq!(refused(reply), (400, "ipc_channel_missing"));
}

#[test]
fn w18_a_second_stream_carries_the_endpoints_of_the_first() {
    let mut bench = Bench::new();
    let first = bench.stream(1);
    let a = bench.register(1, "a");
    let second = bench.stream(1);
    assert_eq!(bench.closed, [(first, 1000, "replaced")]);
    assert_eq!(bench.state(&a), "active");
    bench.post(a.as_str(), "hello");
    // Nobody has shown that the endpoint is meant to be here.
    assert!(bench.received(second).is_empty());
    bench.advance(seconds(5));
    assert_eq!(bench.confirm_all(second), ["hello"]);
}

#[test]
fn w9_a_lost_endpoint_whose_process_is_found_dead_is_closed() {
    let mut bench = Bench::new();
    let stream = bench.stream(1);
    let a = bench.register(1, "a");
    bench.close(stream, Liveness::Alive);
    assert_eq!(bench.state(&a), "reconnecting");
    bench.advance(seconds(1));
    assert_eq!(bench.probes.pop(), Some(process(1)));
    bench.input(Input::ProcessState {
        process: process(1),
        state: Liveness::Dead,
    });
    assert_eq!(bench.state(&a), "closed");
}

#[test]
fn w20_a_process_that_replaces_its_stream_again_and_again_is_refused() {
    let mut bench = Bench::new();
    bench.stream(1);
    let a = bench.register(1, "a");
    for _ in 0..10 {
        bench.stream(1);
    }
    let open = cmdbus_broker::core::OpenStream {
        stream: cmdbus_broker::core::StreamId(999),
        process: process(1),
        name: None,
        receipts: true,
        held: false,
    };
    let reply = bench.ask(Request::OpenStream(open));
    assert_eq!(refused(reply), (429, "channel_flapping"));
    // The endpoint is still the only one.
    assert_eq!(bench.register(1, "a"), a);
    bench.advance(seconds(61));
    bench.stream(1);
}

#[test]
fn a_session_goes_on_elsewhere_although_the_end_of_its_process_was_not_noticed_yet() {
    let mut bench = Bench::new();
    let session = || cmdbus_broker::core::Metadata {
        runtime_session_id: Some("s".to_owned()),
        ..metadata("a")
    };
    let old = bench.stream(1);
    let a = bench.register_with(1, session());
    bench.post(a.as_str(), "hello");
    let new = bench.stream(2);
    let req = bench.begin(Default::default(), register(2, session()));
    assert_eq!(bench.probes.pop(), Some(process(1)));
    bench.input(Input::ProcessState {
        process: process(1),
        state: Liveness::Dead,
    });
    assert!(bench.reply(req).is_some());
    assert_eq!(bench.state(&a), "active");
    assert_eq!(bench.confirm_all(new), ["hello"]);
    // What is heard of the old stream afterwards changes nothing.
    bench.close(old, Liveness::Dead);
    assert_eq!(bench.state(&a), "active");
}

#[test]
fn a_session_that_is_alive_elsewhere_is_not_taken_over() {
    let mut bench = Bench::new();
    let session = || cmdbus_broker::core::Metadata {
        runtime_session_id: Some("s".to_owned()),
        ..metadata("a")
    };
    bench.stream(1);
    let a = bench.register_with(1, session());
    bench.stream(2);
    let req = bench.begin(Default::default(), register(2, session()));
    bench.input(Input::ProcessState {
        process: process(1),
        state: Liveness::Alive,
    });
    let Some(cmdbus_broker::core::Reply::Json(body)) = bench.reply(req) else {
        panic!("not registered");
    };
    assert_ne!(body["endpoint_id"], a.as_str());
    assert_eq!(bench.state(&a), "active");
}

#[test]
fn a_session_that_has_gone_on_in_one_process_is_not_taken_from_it_by_the_next() {
    let mut bench = Bench::new();
    let session = || cmdbus_broker::core::Metadata {
        runtime_session_id: Some("s".to_owned()),
        ..metadata("a")
    };
    bench.stream(1);
    let a = bench.register_with(1, session());
    bench.stream(2);
    bench.stream(3);
    // Both wait to hear whether the first process is dead.
    let second = bench.begin(Default::default(), register(2, session()));
    let third = bench.begin(Default::default(), register(3, session()));
    bench.input(Input::ProcessState {
        process: process(1),
        state: Liveness::Dead,
    });
    let ids = [second, third].map(|req| match bench.reply(req) {
        Some(cmdbus_broker::core::Reply::Json(body)) => body["endpoint_id"].clone(),
        other => panic!("not registered: {other:?}"),
    });
    assert_eq!(ids[0], a.as_str());
    assert_ne!(ids[1], a.as_str());
}

#[test]
fn a_session_goes_on_where_it_was_lost_although_it_is_alive_elsewhere_too() {
    let mut bench = Bench::new();
    let session = || cmdbus_broker::core::Metadata {
        runtime_session_id: Some("s".to_owned()),
        ..metadata("a")
    };
    bench.stream(1);
    bench.register_with(1, session());
    let stream = bench.stream(2);
    let req = bench.begin(Default::default(), register(2, session()));
    bench.input(Input::ProcessState {
        process: process(1),
        state: Liveness::Alive,
    });
    let Some(cmdbus_broker::core::Reply::Json(body)) = bench.reply(req) else {
        panic!("not registered");
    };
    let lost = body["endpoint_id"].clone();
    bench.close(stream, Liveness::Unknown);
    bench.stream(3);
    bench.probes.clear();
    let req = bench.begin(Default::default(), register(3, session()));
    assert_eq!(bench.probes, [process(2)]);
    bench.input(Input::ProcessState {
        process: process(2),
        state: Liveness::Dead,
    });
    let Some(cmdbus_broker::core::Reply::Json(body)) = bench.reply(req) else {
        panic!("not registered");
    };
    assert_eq!(body["endpoint_id"], lost);
}
