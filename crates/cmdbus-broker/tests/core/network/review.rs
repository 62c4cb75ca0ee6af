//! Sends and arrivals that meet other rules on their way.

use super::*;

fn small(arbitrates_routes: bool) -> Bench {
    let figures = Figures {
        queue_messages: 4,
        ..Figures::default()
    };
    Bench::among(figures, Partners::Foreign { arbitrates_routes })
}

/// Begins a send with a key and returns its call and message id.
fn keyed(bench: &mut Bench, from: &EndpointId) -> (ReqId, CallId, String) {
    let send = Request::Send(Box::new(away(from, Some("k"))));
    let req = bench.begin(Default::default(), send);
    let (call, Call::Send(message)) = bench.calls().remove(0) else {
        panic!("nothing sent");
    };
    (req, call, message.message_id.clone())
}

#[test]
fn a_send_of_unknown_outcome_keeps_its_id_although_the_network_is_away_at_the_next_try() {
    let mut bench = Bench::foreign();
    bench.stream(1);
    let a = bench.registered(1, "a", "far_1");
    let (req, call, first) = keyed(&mut bench, &a);
    bench.called(call, Called::Sent(Err(SendFailure::OutcomeUnknown)));
    assert!(bench.reply(req).is_some());
    let (req, call, _) = keyed(&mut bench, &a);
    bench.called(call, Called::Sent(Err(SendFailure::Unavailable)));
    assert_eq!(
        refused(bench.reply(req).unwrap()),
        (503, "connector_unavailable")
    );
    let (_, _, third) = keyed(&mut bench, &a);
    assert_eq!(first, third);
}

#[test]
fn a_send_of_unknown_outcome_goes_to_the_network_again_although_the_receiver_is_here_now() {
    let mut bench = Bench::foreign();
    bench.stream(1);
    let a = bench.registered(1, "a", "far_1");
    let (req, call, first) = keyed(&mut bench, &a);
    bench.called(call, Called::Sent(Err(SendFailure::OutcomeUnknown)));
    assert!(bench.reply(req).is_some());
    bench.stream(2);
    bench.registered(2, "far", "far_2");
    let (_, _, second) = keyed(&mut bench, &a);
    assert_eq!(first, second);
}

#[test]
fn a_message_that_comes_twice_at_once_under_different_names_is_stored_once() {
    let mut bench = Bench::foreign();
    bench.stream(1);
    bench.registered(1, "a", "far_1");
    bench.hold_reads = true;
    bench.arrive(1, "m1", Some("far_1"), "hello");
    bench.arrive(2, "m1", None, "hello");
    bench.release_reads();
    assert_eq!(bench.accepted(), [1, 2]);
    assert!(bench.inbox().is_empty());
}

#[test]
fn a_local_sender_does_not_overtake_what_waits_for_room() {
    let mut bench = small(false);
    let stream = bench.stream(1);
    let a = bench.registered(1, "a", "far_1");
    for n in 0..6 {
        bench.arrive(n, &format!("m{n}"), Some("far_1"), &n.to_string());
    }
    let pushes = bench.received(stream);
    // There is room for one now, but not half of the queue.
    bench.input(Input::PushAcked {
        stream,
        push: pushes[0].1.unwrap(),
    });
    let reply = bench.ask(Request::Send(Box::new(send(&a, a.as_str(), "local"))));
    assert_eq!(refused(reply), (503, "recipient_queue_full"));
    for (_, push) in &pushes[1..] {
        bench.input(Input::PushAcked {
            stream,
            push: push.unwrap(),
        });
    }
    assert_eq!(bench.confirm_all(stream), ["4", "5"]);
    bench.post(a.as_str(), "local");
    assert_eq!(bench.confirm_all(stream), ["local"]);
}

#[test]
fn what_waits_for_room_is_moved_back_when_the_messages_before_it_expire() {
    let mut bench = small(false);
    let stream = bench.stream(1);
    let a = bench.registered(1, "a", "far_1");
    bench.close(stream, Liveness::Unknown);
    for n in 0..4 {
        let mut short = send(&a, a.as_str(), &n.to_string());
        short.sender = cmdbus_broker::core::Sender::Node;
        short.ttl = Some(seconds(5));
        bench.send_whole(short);
    }
    bench.arrive(1, "m1", Some("far_1"), "waits");
    assert_eq!(bench.inbox(), ["waits"]);
    bench.advance(seconds(130));
    assert!(bench.inbox().is_empty());
    let stream = bench.stream(1);
    bench.register(1, "a");
    assert_eq!(bench.confirm_all(stream), ["waits"]);
}

#[test]
fn the_authority_hears_that_a_record_has_left_the_inbox_for_a_queue() {
    let mut bench = small(false);
    let stream = bench.stream(1);
    bench.registered(1, "a", "far_1");
    bench.online();
    bench.tell_all();
    for n in 0..5 {
        bench.arrive(n, &format!("m{n}"), Some("far_1"), &n.to_string());
    }
    bench.confirm_all(stream);
    let told = bench.tell_all();
    let of_record: Vec<&str> = told
        .iter()
        .filter(|(_, event)| event["undispatched_id"] == "m4")
        .filter_map(|(_, event)| event["action"].as_str())
        .collect();
    assert_eq!(of_record, ["add", "dispatch"]);
}

#[test]
fn an_endpoint_that_closes_while_the_authority_is_asked_leaves_the_message_to_its_session() {
    let mut bench = small(true);
    bench.stream(1);
    let session = |agent: &str| cmdbus_broker::core::Metadata {
        runtime_session_id: Some("s".to_owned()),
        ..metadata(agent)
    };
    for (pid, id) in [(1, "far_1"), (2, "far_2")] {
        let stream = bench.stream(pid);
        let req = bench.begin(Default::default(), register(pid, session("a")));
        let calls = bench.calls();
        let (call, _) = calls
            .into_iter()
            .find(|(_, what)| matches!(what, Call::Register(_)))
            .unwrap();
        bench.called(call, Called::Registered(Ok(given(id))));
        assert!(bench.reply(req).is_some());
        if pid == 1 {
            bench.arrive(1, "m1", Some("far_1"), "hello");
            let (route, _) = bench.calls().remove(0);
            bench.ask(Request::Unregister {
                endpoint: "far_1".into(),
                forget: false,
            });
            bench.called(route, Called::Route(Ok(true)));
            assert_eq!(bench.accepted(), [1]);
            let item = bench.inbox_items().remove(0);
            assert_eq!(item["reason"], "closed_session_continuation");
        } else {
            assert_eq!(bench.confirm_all(stream), ["hello"]);
        }
    }
}

#[test]
fn ids_that_made_room_for_newer_ones_leave_the_store_too() {
    let figures = Figures {
        inbound_dedupe_ids: 2,
        ..Figures::default()
    };
    let partners = Partners::Foreign {
        arbitrates_routes: false,
    };
    let mut bench = Bench::among(figures, partners);
    for n in 0..5 {
        bench.arrive(n, &format!("m{n}"), None, "x");
        bench.advance(seconds(1));
    }
    bench.advance(seconds(70));
    let stored = cmdbus_broker::store::Store::load(&mut bench.store)
        .unwrap()
        .seen;
    let ids: Vec<&str> = stored.iter().map(|(id, _)| id.as_str()).collect();
    // That which made room last is stored until the next does.
    assert_eq!(ids, ["m2", "m3", "m4"]);
}

#[test]
fn an_endpoint_that_closes_takes_nothing_back_from_the_inbox() {
    let mut bench = Bench::foreign();
    let stream = bench.stream(1);
    let a = bench.registered(1, "a", "far_1");
    for n in 0..600 {
        bench.post(a.as_str(), &n.to_string());
    }
    let push = bench.received(stream)[0].1.unwrap();
    bench.hold_reads = true;
    bench.begin(
        Default::default(),
        Request::Unregister {
            endpoint: a,
            forget: false,
        },
    );
    bench.arrive(1, "m1", Some("far_1"), "late");
    bench.input(Input::PushAcked { stream, push });
    let taken = bench
        .ops
        .iter()
        .any(|op| matches!(op, cmdbus_broker::store::Op::QueuePush(_)));
    assert!(!taken);
    bench.release_reads();
    assert_eq!(bench.inbox().len(), 600);
}

#[test]
fn what_waits_to_be_pulled_by_an_endpoint_that_pulls_no_more_holds_up_nobody() {
    let mut bench = Bench::foreign();
    let old = bench.stream(1);
    let mut pulling = metadata("a");
    pulling.background_exchange_mode = Some("resident_endpoint".to_owned());
    let pushed = pulling.clone();
    pulling.runtime_capabilities = vec!["background_exchange_v1".to_owned()];
    let req = bench.begin(Default::default(), register(1, pulling));
    let (call, _) = bench.calls().remove(0);
    bench.called(call, Called::Registered(Ok(given("far_1"))));
    assert!(bench.reply(req).is_some());
    bench.arrive(1, "m1", Some("far_1"), "first");
    assert_eq!(bench.inbox(), ["first"]);
    bench.close(old, Liveness::Unknown);
    let stream = bench.stream(1);
    let a = bench.register_with(1, pushed);
    bench.post(a.as_str(), "second");
    assert_eq!(bench.confirm_all(stream), ["first", "second"]);
    assert!(bench.inbox().is_empty());
}

#[test]
fn a_send_of_unknown_outcome_keeps_its_id_although_another_one_used_its_key_before() {
    let mut bench = Bench::foreign();
    bench.stream(1);
    let a = bench.registered(1, "a", "far_1");
    let (req, call, first) = keyed(&mut bench, &a);
    bench.called(call, Called::Sent(Err(SendFailure::OutcomeUnknown)));
    assert!(bench.reply(req).is_some());
    bench.hold_reads = true;
    let mut other = away(&a, Some("k"));
    other.content = "something else".into();
    let other = bench.begin(Default::default(), Request::Send(Box::new(other)));
    let again = Request::Send(Box::new(away(&a, Some("k"))));
    bench.begin(Default::default(), again);
    bench.release_reads();
    assert_eq!(
        refused(bench.reply(other).unwrap()),
        (409, "idempotency_conflict")
    );
    let (_, Call::Send(message)) = bench.calls().remove(0) else {
        panic!("nothing sent");
    };
    assert_eq!(message.message_id, first);
}

#[test]
fn what_comes_for_a_closed_endpoint_under_the_id_of_the_authority_is_for_its_session() {
    let mut bench = Bench::foreign();
    bench.stream(1);
    let session = || cmdbus_broker::core::Metadata {
        runtime_session_id: Some("s".to_owned()),
        ..metadata("a")
    };
    let register_as = |bench: &mut Bench, pid: u32, id: &str| {
        let req = bench.begin(Default::default(), register(pid, session()));
        let (call, _) = bench.calls().remove(0);
        bench.called(call, Called::Registered(Ok(given(id))));
        assert!(bench.reply(req).is_some());
    };
    register_as(&mut bench, 1, "far_1");
    let heartbeat = Request::Heartbeat {
        endpoint: "far_1".into(),
    };
    bench.begin(Default::default(), heartbeat);
    let (call, _) = bench.calls().remove(0);
    bench.called(call, Called::Heartbeat(Err(Failure::terminal("not_found"))));
    let (call, _) = bench.calls().remove(0);
    bench.called(call, Called::Registered(Ok(given("far_2"))));
    bench.ask(Request::Unregister {
        endpoint: "far_1".into(),
        forget: false,
    });
    bench.arrive(1, "m1", Some("far_2"), "hello");
    let item = bench.inbox_items().remove(0);
    assert_eq!(item["reason"], "closed_session_continuation");
    let stream = bench.stream(2);
    register_as(&mut bench, 2, "far_3");
    assert_eq!(bench.confirm_all(stream), ["hello"]);
    bench.arrive(2, "m2", Some("far_2"), "again");
    assert_eq!(bench.confirm_all(stream), ["again"]);
    // The authority may give that id to another endpoint.
    let stream = bench.stream(3);
    bench.registered(3, "b", "far_2");
    bench.arrive(3, "m3", Some("far_2"), "other");
    assert_eq!(bench.confirm_all(stream), ["other"]);
}
