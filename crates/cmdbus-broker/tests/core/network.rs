//! A broker that is one of several: the network, the authority and the control port are scripted here.

mod review;

use cmdbus_broker::core::{
    Call, CallId, Called, Effect, Figures, Input, Life, Liveness, Partners, Reply, ReqId, Request,
    Send,
};
use cmdbus_broker::ids::EndpointId;
use cmdbus_broker::ports::{Accepted, ConnectorEvent, Failure, Inbound, Registered, SendFailure};
use serde_json::{Value, json};

use crate::support::{Bench, metadata, refused, register, seconds, send};

impl Bench {
    fn online(&mut self) {
        self.input(Input::Network(ConnectorEvent::Connected));
    }

    /// Takes the calls that wait at the ports.
    fn calls(&mut self) -> Vec<(CallId, Call)> {
        let (calls, others) = std::mem::take(&mut self.network)
            .into_iter()
            .partition(|effect| matches!(effect, Effect::CallPort { .. }));
        self.network = others;
        let calls: Vec<Effect> = calls;
        calls
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::CallPort { call, what } => Some((call, what)),
                _ => None,
            })
            .collect()
    }

    fn called(&mut self, call: CallId, called: Called) {
        self.input(Input::PortAnswered { call, called });
    }

    /// Takes the events that are being told, as (lane, entry, kind, event).
    fn events(&mut self) -> Vec<(String, u64, String, Value)> {
        let (events, others) = std::mem::take(&mut self.network)
            .into_iter()
            .partition(|effect| matches!(effect, Effect::Emit { .. }));
        self.network = others;
        let events: Vec<Effect> = events;
        events
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Emit {
                    lane,
                    entry,
                    kind,
                    event,
                } => Some((lane, entry, kind, event)),
                _ => None,
            })
            .collect()
    }

    fn emitted(&mut self, lane: &str, entry: u64, result: Result<(), Failure>) {
        self.input(Input::Emitted {
            lane: lane.to_owned(),
            entry,
            result,
        });
    }

    /// Takes every event, one after the other, and says that it was told.
    fn tell_all(&mut self) -> Vec<(String, Value)> {
        let mut told = Vec::new();
        loop {
            let events = self.events();
            if events.is_empty() {
                return told;
            }
            for (lane, entry, kind, event) in events {
                told.push((kind, event));
                self.emitted(&lane, entry, Ok(()));
            }
        }
    }

    /// Registers an endpoint to which the authority gives this id.
    fn registered(&mut self, pid: u32, agent: &str, id: &str) -> EndpointId {
        let req = self.begin(Default::default(), register(pid, metadata(agent)));
        let (call, _) = self.calls().remove(0);
        self.called(call, Called::Registered(Ok(given(id))));
        match self.reply(req) {
            Some(Reply::Json(body)) => body["endpoint_id"].as_str().unwrap().into(),
            other => panic!("not registered: {other:?}"),
        }
    }

    fn arrive(&mut self, handle: u64, id: &str, to: Option<&str>, content: &str) {
        self.arrive_in(&format!("c-{id}"), handle, id, to, content);
    }

    /// A message of a conversation arrives.
    fn arrive_in(
        &mut self,
        correlation: &str,
        handle: u64,
        id: &str,
        to: Option<&str>,
        content: &str,
    ) {
        let mut metadata = json!({"correlation_id": correlation});
        if let Some(to) = to {
            metadata["target_endpoint_id"] = to.into();
        }
        self.input(Input::Network(ConnectorEvent::Message(Inbound {
            handle,
            from: "agent:far".to_owned(),
            content: content.to_owned(),
            content_type: "text".to_owned(),
            metadata,
            message_id: Some(id.to_owned()),
        })));
    }

    fn accepted(&mut self) -> Vec<u64> {
        let mut accepted = Vec::new();
        self.network.retain(|effect| match effect {
            Effect::AcceptInbound(handle) => {
                accepted.push(*handle);
                false
            }
            _ => true,
        });
        accepted
    }

    fn released(&mut self) -> Vec<u64> {
        let mut released = Vec::new();
        self.network.retain(|effect| match effect {
            Effect::ReleaseInbound(handle) => {
                released.push(*handle);
                false
            }
            _ => true,
        });
        released
    }
}

fn given(id: &str) -> Registered {
    Registered {
        endpoint_id: id.to_owned(),
        heartbeat_after: None,
        session_naming: None,
    }
}

fn away(a: &EndpointId, key: Option<&str>) -> Send {
    let mut send = send(a, "agent:far", "hello");
    send.key = key.map(str::to_owned);
    send
}

fn kinds(told: &[(String, Value)]) -> Vec<&str> {
    told.iter().map(|(kind, _)| kind.as_str()).collect()
}

#[test]
fn an_endpoint_has_the_id_that_the_authority_gives() {
    let mut bench = Bench::foreign();
    bench.stream(1);
    assert_eq!(bench.registered(1, "a", "far_1"), "far_1".into());
    assert_eq!(bench.state(&"far_1".into()), "active");
}

#[test]
fn what_the_authority_says_to_a_registration_has_its_own_codes() {
    let mut bench = Bench::foreign();
    bench.stream(1);
    for (failure, expected) in [
        (Failure::terminal("forbidden"), (502, "authority_rejected")),
        (Failure::transient("busy"), (503, "authority_unavailable")),
    ] {
        let req = bench.begin(Default::default(), register(1, metadata("a")));
        let (call, _) = bench.calls().remove(0);
        bench.called(call, Called::Registered(Err(failure)));
        assert_eq!(refused(bench.reply(req).unwrap()), expected);
    }
}

#[test]
fn w19_a_stream_that_closes_during_a_registration_undoes_it() {
    let mut bench = Bench::foreign();
    bench.online();
    bench.tell_all();
    let stream = bench.stream(1);
    let req = bench.begin(Default::default(), register(1, metadata("a")));
    let (call, _) = bench.calls().remove(0);
    bench.close(stream, Liveness::Alive);
    bench.called(call, Called::Registered(Ok(given("far_1"))));
    assert_eq!(
        refused(bench.reply(req).unwrap()),
        (503, "ipc_channel_lost")
    );
    assert_eq!(kinds(&bench.tell_all()), ["unregister"]);
    let shown = bench.ask(Request::Endpoint {
        endpoint: "far_1".into(),
    });
    assert_eq!(refused(shown), (404, "endpoint_unknown"));
}

#[test]
fn w51_an_authority_that_gives_a_known_id_to_another_process_is_not_believed() {
    let mut bench = Bench::foreign();
    bench.stream(1);
    bench.stream(2);
    bench.registered(1, "a", "far_1");
    let req = bench.begin(Default::default(), register(2, metadata("b")));
    let (call, _) = bench.calls().remove(0);
    bench.called(call, Called::Registered(Ok(given("far_1"))));
    assert_eq!(
        refused(bench.reply(req).unwrap()),
        (409, "endpoint_conflict")
    );
}

#[test]
fn w57_an_endpoint_that_the_authority_has_forgotten_is_registered_again() {
    let mut bench = Bench::foreign();
    bench.stream(1);
    let req = bench.begin(Default::default(), register(1, metadata("a")));
    let (call, Call::Register(first)) = bench.calls().remove(0) else {
        panic!("no registration");
    };
    let lease = Registered {
        heartbeat_after: Some(seconds(20)),
        ..given("far_1")
    };
    bench.called(call, Called::Registered(Ok(lease)));
    assert!(bench.reply(req).is_some());
    bench.advance(seconds(20));
    let (call, what) = bench.calls().remove(0);
    assert_eq!(what, Call::Heartbeat("far_1".to_owned()));
    bench.called(call, Called::Heartbeat(Err(Failure::terminal("not_found"))));
    let (call, Call::Register(again)) = bench.calls().remove(0) else {
        panic!("no registration");
    };
    assert_eq!(again.endpoint_nonce, first.endpoint_nonce);
    bench.called(call, Called::Registered(Ok(given("far_1"))));
    assert_eq!(bench.state(&"far_1".into()), "active");
}

#[test]
fn w36_what_happens_to_an_endpoint_is_told_in_order_and_its_end_last() {
    let mut bench = Bench::foreign();
    bench.online();
    bench.tell_all();
    let stream = bench.stream(1);
    let a = bench.registered(1, "a", "far_1");
    bench.close(stream, Liveness::Alive);
    bench.ask(Request::Unregister {
        endpoint: a,
        forget: false,
    });
    // One at a time: the next only after the one before was taken.
    assert_eq!(bench.events().len(), 1);
    bench.restart();
    bench.online();
    let told: Vec<String> = bench
        .tell_all()
        .into_iter()
        .filter(|(kind, _)| kind != "network_presence_changed")
        .map(|(kind, event)| format!("{kind} {}", event["state"].as_str().unwrap_or("")))
        .collect();
    assert_eq!(
        told,
        [
            "transition_state active",
            "transition_state reconnecting",
            "transition_state closed",
            "unregister "
        ]
    );
}

#[test]
fn w15_w46_events_wait_while_the_network_is_away_and_survive_a_restart() {
    let mut bench = Bench::foreign();
    bench.online();
    bench.stream(1);
    bench.registered(1, "a", "far_1");
    for _ in 0..40 {
        for (lane, entry, _, _) in bench.events() {
            bench.emitted(&lane, entry, Err(Failure::transient("busy")));
        }
        bench.advance(seconds(45));
        bench.pong_all();
    }
    bench.restart();
    let told = bench.events();
    assert!(
        told.iter().all(|(lane, ..)| lane == "presence"),
        "what needs the network waits: {told:?}"
    );
    bench.online();
    assert!(kinds(&bench.tell_all()).contains(&"transition_state"));
}

#[test]
fn w44_w45_an_entry_under_way_is_sent_once_and_removed_by_its_number() {
    let mut bench = Bench::foreign();
    bench.online();
    bench.tell_all();
    let stream = bench.stream(1);
    bench.registered(1, "a", "far_1");
    let (lane, entry, _, _) = bench.events().remove(0);
    bench.close(stream, Liveness::Alive);
    // The network comes and goes while the first is under way.
    bench.input(Input::Network(ConnectorEvent::Disconnected {
        reason: "gone".to_owned(),
        superseded: false,
    }));
    bench.online();
    let under_way = bench.events();
    assert!(
        under_way.iter().all(|(of, ..)| *of != lane),
        "{under_way:?}"
    );
    bench.emitted(&lane, entry, Ok(()));
    // A second answer to the same entry takes nothing else away.
    bench.emitted(&lane, entry, Ok(()));
    let events = bench.events();
    let next: Vec<_> = events.iter().filter(|(of, ..)| *of == lane).collect();
    assert_eq!(next.len(), 1);
    assert_eq!(next[0].3["state"], "reconnecting");
}

#[test]
fn an_event_that_cannot_be_told_for_a_day_is_given_up_and_the_next_goes_on() {
    let mut bench = Bench::foreign();
    bench.online();
    bench.tell_all();
    bench.stream(1);
    bench.registered(1, "a", "far_1");
    let (lane, entry, _, _) = bench.events().remove(0);
    bench.advance(seconds(24 * 3600));
    bench.emitted(&lane, entry, Err(Failure::transient("busy")));
    assert!(
        bench
            .warnings()
            .iter()
            .any(|line| line.contains("given up"))
    );
}

#[test]
fn presence_is_told_to_clients_and_only_its_latest_to_the_authority() {
    let mut bench = Bench::foreign();
    let stream = bench.stream(1);
    bench.online();
    let (lane, entry, _, event) = bench.events().remove(0);
    assert_eq!(event["state"], "online");
    for _ in 0..3 {
        bench.input(Input::Network(ConnectorEvent::Disconnected {
            reason: "gone".to_owned(),
            superseded: false,
        }));
        bench.online();
    }
    bench.emitted(&lane, entry, Ok(()));
    assert_eq!(bench.tell_all().len(), 1);
    let told: Vec<&str> = bench
        .told
        .iter()
        .filter(|(of, _)| *of == stream)
        .map(|(_, frame)| frame["presence"].as_str().unwrap())
        .collect();
    assert_eq!(&told[..3], ["online", "reconnecting", "online"]);
}

#[test]
fn w43_at_the_end_the_network_is_told_everything_before_it_is_left() {
    let mut bench = Bench::foreign();
    bench.online();
    bench.tell_all();
    bench.stream(1);
    bench.registered(1, "a", "far_1");
    bench.tell_all();
    bench.input(Input::Shutdown { release: true });
    assert!(!bench.core.is_all_told());
    let told = bench.tell_all();
    assert!(bench.core.is_all_told());
    let states: Vec<_> = told
        .iter()
        .filter_map(|(_, event)| event["state"].as_str())
        .collect();
    assert!(
        states.contains(&"closed") && states.contains(&"offline"),
        "{states:?}"
    );
    assert_eq!(kinds(&told).last(), Some(&"unregister"));
}

#[test]
fn a_core_that_is_made_anew_knows_that_the_network_is_there() {
    let mut bench = Bench::foreign();
    bench.online();
    bench.tell_all();
    bench.stream(1);
    bench.registered(1, "a", "far_1");
    bench.rebuild(Life {
        generation: 2,
        partners: bench.partners,
        linked: true,
        ..Life::default()
    });
    assert!(kinds(&bench.tell_all()).contains(&"transition_state"));
}

#[test]
fn w41_a_broker_whose_identity_was_taken_keeps_its_clients_and_waits() {
    let mut bench = Bench::foreign();
    bench.online();
    bench.stream(1);
    let a = bench.registered(1, "a", "far_1");
    bench.network.clear();
    bench.input(Input::Network(ConnectorEvent::Disconnected {
        reason: "replaced".to_owned(),
        superseded: true,
    }));
    assert!(bench.network.contains(&Effect::Disconnect));
    bench.advance(seconds(599));
    assert!(!bench.network.contains(&Effect::Connect));
    assert_eq!(bench.post(a.as_str(), "local").as_str().len(), 30);
    bench.advance(seconds(1));
    assert!(bench.network.contains(&Effect::Connect));
}

#[test]
fn w42_clients_are_served_although_the_network_was_never_there() {
    let mut bench = Bench::foreign();
    let stream = bench.stream(1);
    let a = bench.registered(1, "a", "far_1");
    bench.post(a.as_str(), "local");
    assert_eq!(bench.confirm_all(stream), ["local"]);
}

#[test]
fn w25_w26_a_message_from_the_network_is_accepted_when_it_is_stored_and_once() {
    let mut bench = Bench::foreign();
    let stream = bench.stream(1);
    bench.registered(1, "a", "far_1");
    bench.arrive(7, "m1", Some("far_1"), "hello");
    assert_eq!(bench.accepted(), [7]);
    bench.arrive(8, "m1", Some("far_1"), "hello");
    bench.restart();
    bench.arrive(9, "m1", Some("far_1"), "hello");
    assert_eq!(bench.accepted(), [9]);
    let stream = {
        let _ = stream;
        bench.stream(1)
    };
    bench.register(1, "a");
    assert_eq!(bench.confirm_all(stream), ["hello"]);
}

fn arbitrated() -> Bench {
    let partners = Partners::Foreign {
        arbitrates_routes: true,
    };
    Bench::among(Figures::default(), partners)
}

#[test]
fn w22_messages_of_one_endpoint_keep_their_order_however_slow_the_authority_is() {
    let mut bench = arbitrated();
    let stream = bench.stream(1);
    bench.registered(1, "a", "far_1");
    bench.arrive(1, "m1", Some("far_1"), "one");
    bench.arrive(2, "m2", Some("far_1"), "two");
    bench.arrive(3, "m3", None, "elsewhere");
    // The message without a target does not wait for the others.
    assert_eq!(bench.accepted(), [3]);
    let calls = bench.calls();
    let [(first, _), (second, _)] = calls[..] else {
        panic!("{calls:?}")
    };
    bench.called(second, Called::Route(Ok(true)));
    assert!(bench.accepted().is_empty());
    assert!(bench.received(stream).is_empty());
    bench.called(first, Called::Route(Ok(true)));
    assert_eq!(bench.accepted(), [1, 2]);
    assert_eq!(bench.confirm_all(stream), ["one", "two"]);
}

#[test]
fn a_message_that_waits_behind_another_goes_to_an_endpoint_that_has_come_meanwhile() {
    let mut bench = arbitrated();
    let first_stream = bench.stream(1);
    let talking = bench.registered(1, "a", "far_1");
    bench.arrive_in("talk", 0, "m0", Some("far_1"), "hello");
    for (claim, _) in bench.calls() {
        bench.called(claim, Called::Route(Ok(true)));
    }
    let mut reply = send(&talking, talking.as_str(), "yes?");
    reply.metadata.insert("in_reply_to".into(), "talk".into());
    bench.send_whole(reply);
    assert_eq!(bench.confirm_all(first_stream), ["hello", "yes?"]);
    assert_eq!(bench.accepted(), [0]);
    // Nobody is called so yet: the first goes on with its conversation, and the second would have to wait for somebody.
    bench.arrive_in("talk", 1, "m1", Some("far_2"), "one");
    bench.arrive(2, "m2", Some("far_2"), "two");
    let calls = bench.calls();
    let [(claim, _)] = calls[..] else {
        panic!("{calls:?}")
    };
    let second_stream = bench.stream(2);
    bench.registered(2, "b", "far_2");
    bench.called(claim, Called::Route(Ok(true)));
    assert_eq!(bench.accepted(), [1]);
    let calls = bench.calls();
    let [(claim, _)] = calls[..] else {
        panic!("{calls:?}")
    };
    bench.called(claim, Called::Route(Ok(true)));
    assert_eq!(bench.accepted(), [2]);
    assert_eq!(bench.confirm_all(first_stream), ["one"]);
    assert_eq!(bench.confirm_all(second_stream), ["two"]);
}

#[test]
fn whoever_gives_a_core_up_learns_which_messages_are_to_come_again() {
    let mut bench = arbitrated();
    bench.stream(1);
    bench.registered(1, "a", "far_1");
    for handle in 1..=3 {
        bench.arrive(handle, &format!("m{handle}"), Some("far_1"), "x");
    }
    let unsettled = |bench: &Bench| bench.core.unsettled_inbound().collect::<Vec<_>>();
    assert_eq!(unsettled(&bench), [1, 2, 3]);
    let answers = [Ok(true), Err(Failure::transient("busy"))];
    for ((call, _), answer) in bench.calls().into_iter().zip(answers) {
        bench.called(call, Called::Route(answer));
    }
    assert_eq!(unsettled(&bench), [3]);
}

#[test]
fn a_message_that_the_authority_does_not_decide_is_released_and_the_next_goes_on() {
    let mut bench = arbitrated();
    let stream = bench.stream(1);
    bench.registered(1, "a", "far_1");
    for handle in 1..=3 {
        let text = format!("m{handle}");
        bench.arrive(handle, &text, Some("far_1"), &text);
    }
    let answers = [Ok(true), Err(Failure::transient("busy")), Ok(true)];
    for ((call, _), answer) in bench.calls().into_iter().zip(answers) {
        bench.called(call, Called::Route(answer));
    }
    assert_eq!(bench.accepted(), [1, 3]);
    assert_eq!(bench.released(), [2]);
    assert_eq!(bench.confirm_all(stream), ["m1", "m3"]);
}

#[test]
fn a_message_that_comes_again_while_the_authority_is_asked_is_stored_once() {
    let figures = Figures {
        // However few ids are remembered.
        inbound_dedupe_ids: 0,
        ..Figures::default()
    };
    let partners = Partners::Foreign {
        arbitrates_routes: true,
    };
    let mut bench = Bench::among(figures, partners);
    let stream = bench.stream(1);
    bench.registered(1, "a", "far_1");
    bench.arrive(1, "m1", Some("far_1"), "one");
    bench.arrive(2, "m1", Some("far_1"), "one");
    bench.arrive(3, "m2", Some("far_1"), "two");
    for (call, _) in bench.calls() {
        bench.called(call, Called::Route(Ok(true)));
    }
    assert_eq!(bench.accepted(), [1, 2, 3]);
    assert_eq!(bench.confirm_all(stream), ["one", "two"]);
}

#[test]
fn the_authority_is_asked_about_a_bounded_number_of_messages_of_one_endpoint_at_a_time() {
    let mut bench = arbitrated();
    bench.stream(1);
    bench.registered(1, "a", "far_1");
    for handle in 0..200 {
        bench.arrive(handle, &format!("m{handle}"), Some("far_1"), "x");
    }
    let mut accepted = Vec::new();
    for asked in [64, 64, 64, 8] {
        let calls = bench.calls();
        assert_eq!(calls.len(), asked);
        // The last answer is the first's, so that none is let go of before.
        for (call, _) in calls.into_iter().rev() {
            bench.called(call, Called::Route(Ok(true)));
        }
        accepted.extend(bench.accepted());
    }
    assert_eq!(accepted, (0..200).collect::<Vec<u64>>());
}

#[test]
fn a_message_that_was_delivered_elsewhere_is_accepted_and_not_delivered() {
    let partners = Partners::Foreign {
        arbitrates_routes: true,
    };
    let mut bench = Bench::among(Figures::default(), partners);
    let stream = bench.stream(1);
    bench.registered(1, "a", "far_1");
    for (answer, accepted, released) in [
        (Ok(false), vec![1], vec![]),
        (Err(Failure::transient("busy")), vec![], vec![2]),
    ] {
        let handle = accepted.first().or(released.first()).copied().unwrap();
        bench.arrive(handle, &format!("m{handle}"), Some("far_1"), "x");
        let (call, _) = bench.calls().remove(0);
        bench.called(call, Called::Route(answer));
        assert_eq!(bench.accepted(), accepted);
        assert_eq!(bench.released(), released);
    }
    assert!(bench.received(stream).is_empty());
}

#[test]
fn w4_w25_a_full_inbox_releases_its_messages_and_holds_up_nobody_else() {
    let figures = Figures {
        inbox_messages: 1,
        ..Figures::default()
    };
    let partners = Partners::Foreign {
        arbitrates_routes: false,
    };
    let mut bench = Bench::among(figures, partners);
    let stream = bench.stream(1);
    bench.registered(1, "a", "far_1");
    bench.arrive(1, "m1", None, "one");
    bench.arrive(2, "m2", None, "two");
    bench.arrive(3, "m3", Some("far_1"), "three");
    assert_eq!(bench.accepted(), [1, 3]);
    assert_eq!(bench.released(), [2]);
    assert_eq!(bench.confirm_all(stream), ["three"]);
}

#[test]
fn what_a_full_queue_has_no_room_for_waits_in_the_inbox_and_overtakes_nothing() {
    let figures = Figures {
        queue_messages: 4,
        ..Figures::default()
    };
    let partners = Partners::Foreign {
        arbitrates_routes: false,
    };
    let mut bench = Bench::among(figures, partners);
    let stream = bench.stream(1);
    bench.registered(1, "a", "far_1");
    for n in 0..10 {
        bench.arrive(n, &format!("m{n}"), Some("far_1"), &n.to_string());
    }
    assert_eq!(bench.accepted().len(), 10);
    assert_eq!(bench.inbox().len(), 6);
    let all: Vec<String> = (0..10).map(|n| n.to_string()).collect();
    assert_eq!(bench.confirm_all(stream), all);
    assert!(bench.inbox().is_empty());
}

#[test]
fn w58_a_foreign_sender_cannot_speak_as_the_broker() {
    let mut bench = Bench::foreign();
    bench.input(Input::Network(ConnectorEvent::Message(Inbound {
        handle: 1,
        from: "agent:far".to_owned(),
        content: "x".to_owned(),
        content_type: "text".to_owned(),
        metadata: json!({
            "dispatched_from": "x", "dispatched_by": "x", "dispatch_origin": "x",
            "delivery_intent": "x", "possible_duplicate": true, "own": 1,
        }),
        message_id: None,
    })));
    let item = bench.inbox_items().remove(0);
    let metadata = item["metadata"].as_object().unwrap();
    let mut keys: Vec<&str> = metadata.keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["own", "traceparent"]);
}

#[test]
fn w5_an_announcement_is_acknowledged_when_everything_announced_is_stored() {
    let mut bench = Bench::foreign();
    let announce = |bench: &mut Bench, count, up_to: &str| {
        bench.input(Input::Network(ConnectorEvent::DeliveryPending {
            count,
            up_to: up_to.to_owned(),
        }));
        let ack = Effect::AckPending(up_to.to_owned());
        bench.network.contains(&ack)
    };
    // Nothing of it has come, so the network keeps it.
    assert!(!announce(&mut bench, 2, "a"));
    bench.hold_reads = true;
    bench.arrive(1, "m1", None, "one");
    bench.arrive(2, "m2", None, "two");
    assert!(!announce(&mut bench, 2, "b"));
    bench.release_reads();
    assert!(bench.network.contains(&Effect::AckPending("b".to_owned())));
    assert!(!announce(&mut bench, 1, "c"));
}

#[test]
fn a_send_beyond_this_machine_is_answered_when_the_network_has_decided() {
    let mut bench = Bench::foreign();
    bench.stream(1);
    let a = bench.registered(1, "a", "far_1");
    let req = bench.begin(Default::default(), Request::Send(Box::new(away(&a, None))));
    let (call, _) = bench.calls().remove(0);
    assert!(bench.reply(req).is_none());
    bench.called(call, Called::Sent(Ok(Accepted::Stored)));
    let Some(Reply::Sent { message, .. }) = bench.reply(req) else {
        panic!("not sent");
    };
    assert_eq!(bench.receipt(&message)["state"], "durable");
}

#[test]
fn w51_what_the_network_refuses_has_its_own_code_and_leaves_nothing_behind() {
    let mut bench = Bench::foreign();
    bench.stream(1);
    let a = bench.registered(1, "a", "far_1");
    let rejected = |code: &str| SendFailure::Rejected {
        code: code.to_owned(),
        message: "no".to_owned(),
    };
    for (failure, expected) in [
        (SendFailure::Unavailable, (503, "connector_unavailable")),
        (
            SendFailure::OutcomeUnknown,
            (503, "connector_send_outcome_unknown"),
        ),
        (rejected("recipient_unknown"), (404, "recipient_unknown")),
        (rejected("too_long"), (422, "recipient_rejected")),
    ] {
        let req = bench.begin(Default::default(), Request::Send(Box::new(away(&a, None))));
        let (call, Call::Send(message)) = bench.calls().remove(0) else {
            panic!("nothing sent");
        };
        bench.called(call, Called::Sent(Err(failure)));
        assert_eq!(refused(bench.reply(req).unwrap()), expected);
        let receipt = bench.ask(Request::Receipt {
            message: message.message_id.as_str().into(),
            wait: None,
        });
        assert_eq!(refused(receipt), (404, "receipt_unknown"));
    }
}

#[test]
fn a_send_with_a_key_whose_outcome_is_unknown_goes_out_again_under_its_id() {
    let mut bench = Bench::foreign();
    bench.stream(1);
    let a = bench.registered(1, "a", "far_1");
    let keyed = |bench: &mut Bench| -> (ReqId, CallId, String) {
        let req = bench.begin(
            Default::default(),
            Request::Send(Box::new(away(&a, Some("k")))),
        );
        let (call, Call::Send(message)) = bench.calls().remove(0) else {
            panic!("nothing sent");
        };
        (req, call, message.message_id.clone())
    };
    let (req, call, first) = keyed(&mut bench);
    // Who comes meanwhile waits for the same answer.
    let joined = bench.begin(
        Default::default(),
        Request::Send(Box::new(away(&a, Some("k")))),
    );
    bench.called(call, Called::Sent(Err(SendFailure::OutcomeUnknown)));
    for req in [req, joined] {
        let Some(Reply::Refused(refusal)) = bench.reply(req) else {
            panic!("not refused");
        };
        assert_eq!(refusal.retryable, Some(true));
    }
    bench.restart();
    bench.stream(1);
    bench.register(1, "a");
    let (req, call, second) = keyed(&mut bench);
    assert_eq!(first, second);
    bench.called(call, Called::Sent(Ok(Accepted::Delivered)));
    assert!(matches!(bench.reply(req), Some(Reply::Sent { .. })));
}

#[test]
fn a_full_outbox_keeps_the_ends_of_endpoints_and_takes_no_control_event() {
    let figures = Figures {
        outbox_entries: 1,
        ..Figures::default()
    };
    let partners = Partners::Foreign {
        arbitrates_routes: false,
    };
    let mut bench = Bench::among(figures, partners);
    bench.online();
    bench.stream(1);
    let a = bench.registered(1, "a", "far_1");
    bench.ask(Request::Unregister {
        endpoint: a,
        forget: false,
    });
    let Value::Object(event) = json!({
        "version": 1, "type": "dispatch_nudge", "idempotency_key": "k1", "emitted_at": 1,
        "undispatched_id": "u", "target_endpoint_id": "e",
    }) else {
        panic!("not an object");
    };
    bench.input(Input::Control {
        handle: 5,
        event: event.clone(),
    });
    assert!(!bench.network.contains(&Effect::ControlTaken(5)));
    let told = bench.tell_all();
    assert!(
        kinds(&told).ends_with(&["transition_state", "unregister"]),
        "{told:?}"
    );
    // With room again it is acknowledged when it comes again, and not run twice.
    bench.input(Input::Control { handle: 6, event });
    assert!(bench.network.contains(&Effect::ControlTaken(6)));
    assert_eq!(kinds(&bench.tell_all()), ["control_ack"]);
}

#[test]
fn w52_a_control_event_is_taken_from_its_port_with_its_acknowledgement() {
    let mut bench = Bench::foreign();
    let event = json!({
        "version": 1,
        "type": "force_unregister",
        "idempotency_key": "k1",
        "emitted_at": 1,
        "endpoint_id": "nobody",
        "reason": "x",
    });
    let Value::Object(event) = event else {
        unreachable!("it is an object");
    };
    for handle in [5, 6] {
        bench.network.clear();
        bench.input(Input::Control {
            handle,
            event: event.clone(),
        });
        assert!(bench.network.contains(&Effect::ControlTaken(handle)));
    }
    let told = {
        bench.network.clear();
        bench.restart();
        bench.tell_all()
    };
    assert_eq!(told[0].0, "control_ack");
    assert_eq!(told[0].1["status"], "applied");
}

#[test]
fn w35_an_event_that_the_authority_refuses_is_dropped_and_the_next_goes_on() {
    let mut bench = Bench::foreign();
    bench.online();
    bench.tell_all();
    let stream = bench.stream(1);
    bench.registered(1, "a", "far_1");
    bench.close(stream, Liveness::Alive);
    let (lane, entry, _, event) = bench.events().remove(0);
    assert_eq!(event["state"], "active");
    bench.emitted(&lane, entry, Err(Failure::terminal("unprocessable")));
    let (_, _, _, event) = bench.events().remove(0);
    assert_eq!(event["state"], "reconnecting");
    bench.restart();
    bench.online();
    let told = bench.tell_all();
    assert!(
        told.iter().all(|(_, event)| event["state"] != "active"),
        "{told:?}"
    );
}

#[test]
fn w57_an_endpoint_to_which_the_authority_gives_a_new_id_keeps_its_own_for_its_clients() {
    let mut bench = Bench::foreign();
    bench.online();
    let stream = bench.stream(1);
    let a = bench.registered(1, "a", "far_1");
    bench.tell_all();
    let asked = bench.begin(
        Default::default(),
        Request::Heartbeat {
            endpoint: a.clone(),
        },
    );
    let (call, _) = bench.calls().remove(0);
    bench.called(call, Called::Heartbeat(Err(Failure::terminal("not_found"))));
    assert_eq!(
        refused(bench.reply(asked).unwrap()),
        (503, "authority_unavailable")
    );
    let (call, _) = bench.calls().remove(0);
    let lease = Registered {
        heartbeat_after: Some(seconds(20)),
        ..given("far_2")
    };
    bench.called(call, Called::Registered(Ok(lease)));
    assert_eq!(bench.state(&a), "active");
    // What is sent to the new id is for it, and what is told of it names the new id.
    bench.arrive(1, "m1", Some("far_2"), "hello");
    assert_eq!(bench.confirm_all(stream), ["hello"]);
    bench.advance(seconds(20));
    let (_, what) = bench.calls().remove(0);
    assert_eq!(what, Call::Heartbeat("far_2".to_owned()));
    bench.close(stream, Liveness::Alive);
    let told = bench.tell_all();
    let (_, event) = told.last().unwrap();
    assert_eq!(
        (&event["endpoint_id"], &event["state"]),
        (&json!("far_2"), &json!("reconnecting"))
    );
}

#[test]
fn w57_heartbeats_go_on_after_a_restart() {
    let mut bench = Bench::foreign();
    bench.online();
    bench.stream(1);
    let a = bench.registered(1, "a", "far_1");
    bench.restart();
    // How often is asked anew, until there is an answer.
    for wait in [0, 60] {
        bench.advance(seconds(wait));
        let (call, Call::Register(_)) = bench.calls().remove(0) else {
            panic!("no registration");
        };
        bench.called(call, Called::Registered(Err(Failure::transient("busy"))));
    }
    bench.advance(seconds(60));
    let (call, _) = bench.calls().remove(0);
    let lease = Registered {
        heartbeat_after: Some(seconds(20)),
        ..given("far_1")
    };
    bench.called(call, Called::Registered(Ok(lease)));
    bench.advance(seconds(20));
    let (_, what) = bench.calls().remove(0);
    assert_eq!(what, Call::Heartbeat(a.to_string()));
}

#[test]
fn a_restart_tells_the_authority_that_its_endpoints_are_gone_for_now() {
    let mut bench = Bench::foreign();
    bench.online();
    bench.stream(1);
    bench.registered(1, "a", "far_1");
    bench.tell_all();
    for told in [1, 0] {
        bench.restart();
        bench.online();
        let states = bench.tell_all();
        let lost = states.iter().filter(|(_, event)| {
            event["state"] == "reconnecting" && event["endpoint_id"] == "far_1"
        });
        assert_eq!(lost.count(), told);
    }
}

#[test]
fn a_task_hint_is_told_to_the_authority_cut() {
    let mut bench = Bench::foreign();
    bench.online();
    bench.stream(1);
    let a = bench.registered(1, "a", "far_1");
    bench.tell_all();
    bench.ask(Request::TaskHint {
        endpoint: a,
        pid: 1,
        hint: "x".repeat(300),
    });
    let (kind, event) = bench.tell_all().remove(0);
    assert_eq!(kind, "update_display_metadata");
    assert_eq!(
        event,
        json!({"endpoint_id": "far_1", "task_hint": "x".repeat(200)})
    );
}

#[test]
fn w57_an_endpoint_that_closes_while_it_is_registered_again_is_not_left_behind() {
    let mut bench = Bench::foreign();
    bench.online();
    bench.stream(1);
    let a = bench.registered(1, "a", "far_1");
    bench.begin(
        Default::default(),
        Request::Heartbeat {
            endpoint: a.clone(),
        },
    );
    let (call, _) = bench.calls().remove(0);
    bench.called(call, Called::Heartbeat(Err(Failure::terminal("not_found"))));
    let (call, _) = bench.calls().remove(0);
    bench.ask(Request::Unregister {
        endpoint: a,
        forget: false,
    });
    bench.tell_all();
    bench.called(call, Called::Registered(Ok(given("far_2"))));
    let told = bench.tell_all();
    assert_eq!(
        told,
        [("unregister".to_owned(), json!({"endpoint_id": "far_2"}))]
    );
}

#[test]
fn b16_a_send_in_work_is_accepted_and_no_more_until_the_network_has_it() {
    let mut bench = Bench::foreign();
    bench.stream(1);
    let a = bench.registered(1, "a", "far_1");
    let shown = |bench: &mut Bench| {
        let request = Request::ReceiptByKey {
            sender: cmdbus_broker::core::Sender::Endpoint(a.clone()),
            key: "k".to_owned(),
        };
        match bench.ask(request) {
            Reply::Json(receipt) => receipt["state"].as_str().unwrap().to_owned(),
            other => panic!("no receipt: {other:?}"),
        }
    };
    for (outcome, state) in [
        (Err(SendFailure::OutcomeUnknown), "accepted"),
        (Ok(Accepted::Stored), "durable"),
    ] {
        bench.begin(
            Default::default(),
            Request::Send(Box::new(away(&a, Some("k")))),
        );
        assert_eq!(shown(&mut bench), "accepted");
        let (call, _) = bench.calls().remove(0);
        bench.called(call, Called::Sent(outcome));
        assert_eq!(shown(&mut bench), state);
    }
}
