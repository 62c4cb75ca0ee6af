//! Deadlines, cancellation, progress and streamed results across several registries.

use std::time::Duration;

use cmdbus_proto::error::ExecuteErrorCode;
use cmdbus_proto::extension::{CallTerms, CancelReason, Features};
use cmdbus_proto::message::{Message, MessageMeta};
use cmdbus_proto::node::{ItemSent, NodeConfig};
use cmdbus_testkit::messages::{command, event, execute, execute_with, id, list, register};
use cmdbus_testkit::net::{CallId, LinkId, Place, Reader};
use cmdbus_testkit::{Behaviour, Bench, Net, Output, Refusal, Rng, child_config, root_config};
use serde_json::{Value, json};

const SECOND: Duration = Duration::from_secs(1);

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn streamed(credit: u32) -> CallTerms {
    CallTerms {
        credit: Some(credit),
        ..CallTerms::default()
    }
}

fn within(timeout: Duration) -> CallTerms {
    CallTerms {
        timeout: Some(timeout),
        ..CallTerms::default()
    }
}

/// Registries in a row. The first is the root, which calls; the last one serves `a`.
struct Chain {
    net: Net,
    places: Vec<Place>,
    /// Link `n` leads from place `n` to place `n + 1`.
    links: Vec<LinkId>,
}

impl Chain {
    fn new(count: usize, handler: Behaviour) -> Self {
        Self::of(Net::new().with_codec(), vec![Features::ALL; count], handler)
    }

    fn of(mut net: Net, features: Vec<Features>, handler: Behaviour) -> Self {
        let (mut places, mut links) = (Vec::new(), Vec::new());
        for (at, features) in features.into_iter().enumerate() {
            let config = if at == 0 {
                root_config()
            } else {
                child_config()
            };
            let place = net.add(&format!("n{at}"), NodeConfig { features, ..config });
            if let Some(above) = places.last() {
                links.push(net.join(place, *above));
            }
            places.push(place);
        }
        net.settle();
        net.serve(places[places.len() - 1], "a", handler);
        net.settle();
        Self { net, places, links }
    }

    fn first(&self) -> Place {
        self.places[0]
    }

    fn last(&self) -> Place {
        self.places[self.places.len() - 1]
    }

    fn call(&mut self, terms: CallTerms) -> CallId {
        let number = self.net.calls().len();
        let first = self.first();
        self.net.call_on_terms(first, "a", json!(number), terms)
    }

    /// Calls, and reads items only when told.
    fn call_and_wait(&mut self, terms: CallTerms) -> CallId {
        let (number, first) = (json!(self.net.calls().len()), self.first());
        self.net
            .call_and_read(first, "a", number, terms, Reader::WhenTold)
    }

    /// Panics if anything is unfinished, sessions that are over included.
    fn assert_quiet(&mut self) {
        self.net.assert_quiet();
        for place in self.places.clone() {
            let node = &self.net.bench(place).node;
            assert_eq!(node.load().sessions, node.channels().len(), "{place:?}");
        }
    }
}

fn event_id(message: &Message) -> &str {
    match message {
        Message::Event { event_id, .. } => event_id,
        _ => "",
    }
}

#[test]
fn cancel_reaches_a_handler_three_hops_away_in_one_round_of_messages() {
    let mut chain = Chain::new(4, Behaviour::Never);
    let call = chain.call(CallTerms::default());
    chain.net.settle();
    let (messages, time) = (chain.net.all_sent().len(), chain.net.now());
    chain.net.cancel_because(call, &CancelReason::USER);
    chain.net.settle();
    let round: Vec<_> = chain.net.all_sent()[messages..]
        .iter()
        .map(|(place, _, message)| (*place, event_id(message)))
        .collect();
    let expected: Vec<_> = chain.places[..3]
        .iter()
        .map(|place| (*place, "_cmdbus.cancel"))
        .collect();
    assert_eq!(round, expected);
    assert_eq!(chain.net.now() - time, ms(3), "one latency for each link");
    let last = chain.last();
    assert_eq!(chain.net.cancellations(last), [CancelReason::USER]);
    chain.assert_quiet();
}

#[test]
fn a_cancelled_handler_takes_the_calls_it_has_made_with_it() {
    let mut chain = Chain::new(3, Behaviour::Never);
    let aside = chain.net.add_child("aside");
    chain.net.join(aside, chain.places[1]);
    chain.net.serve(aside, "relay", Behaviour::Call("a".into()));
    chain.net.settle();
    let root = chain.first();
    let call = chain.net.call(root, "relay", json!(1));
    chain.net.settle();
    chain.net.cancel(call);
    chain.net.settle();
    let last = chain.last();
    assert_eq!(chain.net.cancellations(last), [CancelReason::CALLER_GONE]);
    chain.assert_quiet();
}

#[test]
fn a_call_made_by_a_handler_has_no_more_time_than_the_handler() {
    let mut chain = Chain::new(3, Behaviour::Never);
    let aside = chain.net.add_child("aside");
    chain.net.join(aside, chain.places[1]);
    let relay = Behaviour::Call("a".into()).after(ms(300));
    chain.net.serve(aside, "relay", relay);
    chain.net.settle();
    let (root, begun) = (chain.first(), chain.net.now());
    let terms = within(SECOND);
    let call = chain.net.call_on_terms(root, "relay", json!(1), terms);
    chain.net.run_for(SECOND);
    assert_eq!(chain.net.failure(call), ExecuteErrorCode::Timeout);
    let asked = timeouts(&chain.net, "a");
    assert!(asked[0] <= 700, "{asked:?} of a second after 300 ms");
    chain.net.exhaust();
    assert!(chain.net.now() - begun < SECOND + ms(20));
    chain.assert_quiet();
}

#[test]
fn a_graceful_handler_three_hops_away_has_five_seconds_to_come_to_its_end() {
    for (takes, stopped) in [(4 * SECOND, false), (6 * SECOND, true)] {
        let handler = Behaviour::Echo.after(takes).graceful();
        let mut chain = Chain::new(4, handler);
        let call = chain.call(CallTerms::default());
        chain.net.run_for(ms(20));
        let begun = chain.net.now();
        chain.net.cancel(call);
        chain.net.exhaust();
        let grace = chain.net.now() - begun;
        assert_eq!(grace > 5 * SECOND, stopped, "{grace:?}");
        assert!(grace < 5 * SECOND + ms(20), "{grace:?}");
        assert!(chain.net.called(call).outcomes.is_empty());
        chain.assert_quiet();
    }
}

/// Returns the times that requests for a command gave, in the order in which they were sent.
fn timeouts(net: &Net, command: &str) -> Vec<u64> {
    let given = |message: &Message| match message {
        Message::ExecuteCommandRequest {
            meta: Some(meta),
            command_id,
            ..
        } if command_id == command => meta.extra.get("cmdbus-timeout-ms")?.as_u64(),
        _ => None,
    };
    let messages = net.all_sent().iter();
    messages.filter_map(|(_, _, it)| given(it)).collect()
}

#[test]
fn deadline_arithmetic_over_five_hops_never_lets_the_last_hop_have_more_time_than_the_first() {
    let mut arrived = 0;
    for seed in 0..200 {
        let mut rng = Rng::new(seed);
        let mut chain = Chain::new(6, Behaviour::Never);
        let mut under_way = Duration::ZERO;
        let mut latencies = Vec::new();
        for (at, link) in chain.links.clone().into_iter().enumerate() {
            let latency = Duration::from_micros(1 + rng.number() % 30_000);
            chain.net.set_latency(link, chain.places[at], latency);
            chain.net.hold(link, chain.places[at]);
            latencies.push(latency);
            under_way += latency;
        }
        let (begun, limit) = (chain.net.now(), ms(100 + rng.number() % 900));
        let call = chain.call(within(limit));
        let mut left = limit;
        for (at, link) in chain.links.clone().into_iter().enumerate() {
            let held = Duration::from_micros(rng.number() % 150_000);
            chain.net.run_for(held);
            chain.net.release(link, chain.places[at]);
            chain.net.run_for(latencies[at]);
            // What is held is taken off, and nothing is ever added: not by rounding either.
            left = left.saturating_sub(held);
            match timeouts(&chain.net, "a").get(at) {
                Some(&given) => {
                    assert!(ms(given) <= left, "{given} of {left:?}, seed {seed}");
                    assert!(
                        ms(given) + ms(1) >= left,
                        "{given} of {left:?}, seed {seed}"
                    );
                    left = ms(given);
                }
                None => assert!(left.is_zero(), "hop {at}, {left:?}, seed {seed}"),
            }
        }
        chain.net.exhaust();
        let given = timeouts(&chain.net, "a");
        assert!(given.is_sorted_by(|a, b| a >= b), "{given:?}");
        arrived += usize::from(given.len() == 5 && !left.is_zero());
        assert_eq!(chain.net.failure(call), ExecuteErrorCode::Timeout);
        // Each link adds at most its latency, for the clocks are not compared.
        assert!(chain.net.now() - begun <= limit + 2 * under_way + ms(5 * 150));
        chain.assert_quiet();
    }
    assert!(arrived > 20, "{arrived}");
}

#[test]
fn an_expired_call_stops_its_handler_at_the_other_end_of_the_chain() {
    let mut chain = Chain::new(5, Behaviour::Never);
    let begun = chain.net.now();
    let call = chain.call(within(ms(500)));
    chain.net.exhaust();
    assert_eq!(chain.net.failure(call), ExecuteErrorCode::Timeout);
    let last = chain.last();
    assert_eq!(chain.net.cancellations(last), [CancelReason::DEADLINE]);
    assert!(chain.net.now() - begun <= ms(510));
    chain.assert_quiet();
}

#[test]
fn a_call_over_five_hops_may_take_an_hour_although_every_hop_waits_30_seconds_by_itself() {
    let hour = 3600 * SECOND;
    let mut chain = Chain::new(6, Behaviour::Echo.after(hour - SECOND));
    let long = chain.call(within(hour));
    let short = chain.call(CallTerms::default());
    chain.net.exhaust();
    assert_eq!(chain.net.result(long), Ok(json!(0)));
    assert_eq!(chain.net.failure(short), ExecuteErrorCode::Timeout);
    chain.assert_quiet();
}

#[test]
fn of_many_reports_the_caller_sees_20_a_second_and_the_last_one() {
    let reports = Behaviour::Echo.reporting(300, ms(10));
    let mut chain = Chain::new(4, reports);
    let terms = CallTerms {
        progress: true,
        ..CallTerms::default()
    };
    let (watched, unwatched) = (chain.call(terms), chain.call(CallTerms::default()));
    chain.net.exhaust();
    assert_eq!(chain.net.result(watched), Ok(json!(0)));
    let done = chain.net.called(watched).reports.iter();
    let done: Vec<_> = done.map(|report| report.progress).collect();
    assert!(done.is_sorted_by(|a, b| a < b), "{done:?}");
    assert!((55..=63).contains(&done.len()), "{} in 3 s", done.len());
    assert_eq!(done.last(), Some(&300.0));
    assert!(chain.net.called(unwatched).reports.is_empty());
    let sent = chain.net.all_sent().iter();
    let frames = sent.filter(|(_, _, message)| event_id(message) == "_cmdbus.progress");
    assert!(frames.count() <= 3 * 63);
    chain.assert_quiet();
}

#[test]
fn items_arrive_one_by_one_while_the_handler_goes_on() {
    let mut chain = Chain::new(4, Behaviour::Stream(10, ms(100)));
    let call = chain.call(streamed(3));
    chain.net.run_for(ms(550));
    let it = chain.net.called(call);
    assert_eq!((it.items, it.outcomes.len()), (5, 0));
    chain.net.exhaust();
    assert_eq!(chain.net.called(call).items, 10);
    assert_eq!(chain.net.result(call), Ok(json!(0)));
    chain.assert_quiet();
}

#[test]
fn a_caller_that_stops_reading_stops_the_handler_and_not_the_link() {
    let mut chain = Chain::new(4, Behaviour::Stream(100, Duration::ZERO));
    let terms = CallTerms {
        timeout: Some(3600 * SECOND),
        ..streamed(8)
    };
    let (idle, busy) = (chain.call_and_wait(terms), chain.call(terms));
    chain.net.settle();
    assert_eq!(chain.net.called(idle).sent, 8);
    assert_eq!(chain.net.called(busy).items, 100);
    assert_eq!(chain.net.result(busy), Ok(json!(1)));
    for turn in 0..20 {
        assert_eq!(chain.net.read(idle, 5), 5, "turn {turn}");
        chain.net.settle();
        assert_eq!(chain.net.called(idle).sent, (8 + 5 * turn + 5).min(100));
    }
    assert_eq!(chain.net.called(idle).items, 100);
    assert_eq!(chain.net.result(idle), Ok(json!(0)));
    chain.assert_quiet();
}

#[test]
fn a_stream_that_fails_leaves_its_items_and_its_error() {
    let mut chain = Chain::new(4, Behaviour::BrokenStream(3));
    let call = chain.call(streamed(2));
    chain.net.settle();
    assert_eq!(chain.net.called(call).items, 3);
    assert_eq!(
        chain.net.result(call),
        Err((ExecuteErrorCode::InternalError, "it broke off".to_owned()))
    );
    chain.assert_quiet();
}

#[test]
fn a_caller_that_waits_too_long_for_an_item_gives_the_call_up_everywhere() {
    let mut chain = Chain::new(4, Behaviour::Stream(10, SECOND));
    let call = chain.call(streamed(3));
    chain.net.limit_idle(call, ms(1100));
    chain.net.run_for(ms(3500));
    chain.net.limit_idle(call, ms(300));
    chain.net.exhaust();
    assert_eq!(chain.net.called(call).items, 3);
    assert_eq!(chain.net.failure(call), ExecuteErrorCode::Timeout);
    let last = chain.last();
    assert_eq!(chain.net.cancellations(last), [CancelReason::DEADLINE]);
    chain.assert_quiet();
}

#[test]
fn a_new_bound_on_the_wait_for_an_item_takes_the_place_of_the_old_one() {
    let mut bench = Bench::root().connected(&["x"]);
    bench.receive("x", offers(&["a"]));
    bench.call_on_terms("c", "a", None, None, streamed(1));
    bench.limit_idle("c", ms(100));
    bench.limit_idle("c", ms(1000));
    bench.advance(ms(999));
    assert!(bench.is_waiting("c"));
    bench.advance(ms(1));
    let error = bench.result("c").unwrap().unwrap_err();
    assert_eq!(error.code, ExecuteErrorCode::Timeout);
    bench.assert_quiet();
}

#[test]
fn an_item_that_is_too_large_for_the_way_breaks_its_stream_and_nothing_else() {
    let mut chain = Chain::new(4, Behaviour::Stream(10, ms(10)));
    let calls = [chain.call(streamed(3)), chain.call(streamed(3))];
    chain.net.run_for(ms(35));
    let (link, at) = (chain.links[1], chain.places[2]);
    let refusal = Refusal::ThisOne("frame too long".to_owned());
    chain.net.refuse(link, at, refusal, 1);
    chain.net.exhaust();
    let broken: Vec<_> = calls
        .iter()
        .filter_map(|call| chain.net.result(*call).err())
        .collect();
    let [(ExecuteErrorCode::InternalError, why)] = &broken[..] else {
        panic!("{broken:?}");
    };
    assert!(why.contains("frame too long"), "{why}");
    chain.assert_quiet();
}

/// Cuts, closes or disposes of what belongs to one party.
fn lose(chain: &mut Chain, party: usize, how: usize) {
    let (net, place) = (&mut chain.net, chain.places[party]);
    if how == 2 {
        return net.dispose(place);
    }
    for (at, link) in chain.links.iter().enumerate() {
        if at == party || at + 1 == party {
            match how {
                0 => net.cut(*link),
                _ => net.close(*link, place),
            }
        }
    }
}

#[test]
fn caller_hop_and_callee_each_lost_at_every_point_of_a_streamed_call_leave_no_table_entry_anywhere()
{
    // One more party than there are: the caller that only gives up.
    const PARTIES: usize = 4;
    let mut points = 0;
    for scene in 0..PARTIES * 3 * 2 {
        let (party, how, order) = (scene % PARTIES, scene / PARTIES % 3, scene / PARTIES / 3);
        for point in 0.. {
            let mut net = Net::new();
            if order > 0 {
                net = net.with_codec().shuffled(order as u64);
            }
            let handler = Behaviour::Stream(5, ms(3)).reporting(2, ms(20));
            let handler = if how == 1 {
                handler.graceful()
            } else {
                handler
            };
            let mut chain = Chain::of(net, vec![Features::ALL; 3], handler);
            let terms = CallTerms {
                timeout: Some(5 * SECOND),
                progress: true,
                trace: true,
                credit: Some(2),
                hops: 0,
            };
            let calls = [chain.call(terms), chain.call(terms)];
            let mut over = false;
            for _ in 0..point {
                over = !chain.net.step_once();
            }
            match party {
                3 => calls.iter().for_each(|call| chain.net.cancel(*call)),
                _ => lose(&mut chain, party, how),
            }
            chain.net.exhaust();
            chain.assert_quiet();
            for call in calls {
                let it = chain.net.called(call);
                let ends = usize::from(!it.cancelled);
                assert_eq!(it.outcomes.len(), ends, "point {point} of {scene}: {it:?}");
                if let Some(Ok(_)) = it.outcomes.first() {
                    assert_eq!(it.items, 5, "point {point} of {scene}");
                }
            }
            points += 1;
            if over {
                break;
            }
        }
    }
    assert!(points > 1000, "{points}");
}

#[test]
fn ten_thousand_streams_with_random_readers_keep_memory_within_credit_times_item_size() {
    const PAIRS: usize = 10;
    const STREAMS: usize = 10_000;
    let mut rng = Rng::new(1);
    // In any order, so that items wait in outboxes, too.
    let mut net = Net::new().shuffled(1);
    let config = NodeConfig {
        max_in_flight: 0,
        ..child_config()
    };
    let hub = net.add(
        "hub",
        NodeConfig {
            router_channel: None,
            ..config.clone()
        },
    );
    let mut join = |name: String| {
        let place = net.add(&name, config.clone());
        net.join(place, hub);
        place
    };
    let callers: Vec<_> = (0..PAIRS).map(|at| join(format!("caller {at}"))).collect();
    let callees: Vec<_> = (0..PAIRS).map(|at| join(format!("callee {at}"))).collect();
    for (at, place) in callees.iter().enumerate() {
        for items in 0..8 {
            let handler = Behaviour::Stream(items, Duration::ZERO);
            net.serve(*place, &format!("{at}.{items}"), handler);
        }
    }
    net.settle();
    let everybody: Vec<_> = [hub]
        .into_iter()
        .chain(callers.clone())
        .chain(callees)
        .collect();
    let mut credit = vec![0; everybody.len()];
    // Wherever items are, there are no more of them than there is credit for.
    let settle = |net: &mut Net, credit: &[isize]| {
        while net.step_once() {
            for (place, credit) in everybody.iter().zip(credit) {
                assert!((0..=*credit).contains(&net.items_at(*place)));
            }
        }
    };
    let mut open = Vec::new();
    for number in 0..STREAMS {
        let (caller, callee) = (number % PAIRS, number / PAIRS % PAIRS);
        let given = 1 + rng.below(4);
        let command = format!("{callee}.{}", rng.below(8));
        let terms = CallTerms {
            timeout: Some(3600 * SECOND),
            ..streamed(u32::try_from(given).unwrap())
        };
        open.push(net.call_and_read(
            callers[caller],
            &command,
            json!(number),
            terms,
            Reader::WhenTold,
        ));
        for at in [0, 1 + caller, 1 + PAIRS + callee] {
            credit[at] += given.cast_signed();
        }
        if number % 50 == 49 {
            settle(&mut net, &credit);
        }
    }
    assert!(net.bench(hub).node.load().streams > STREAMS / 2);
    let unread: isize = callers.iter().map(|place| net.items_at(*place)).sum();
    assert!(unread > STREAMS.cast_signed(), "{unread}");
    while !open.is_empty() {
        for _ in 0..100 {
            let at = rng.below(open.len());
            net.read(open[at], 1 + rng.below(4));
            let it = net.called(open[at]);
            if !it.outcomes.is_empty() && it.items == it.read {
                open.swap_remove(at);
            }
            if open.is_empty() {
                break;
            }
        }
        settle(&mut net, &credit);
    }
    for call in net.calls() {
        assert_eq!(call.outcomes.len(), 1);
        assert!(call.outcomes[0].is_ok(), "{call:?}");
        assert_eq!((call.items, call.read), (call.sent, call.sent));
    }
    assert!(everybody.iter().all(|place| net.items_at(*place) == 0));
    net.assert_quiet();
}

fn cancel(number: u64, thid: cmdbus_proto::message::MessageId) -> Message {
    let payload = json!({"thid": thid, "reason": "caller_gone"});
    event(id(number), "_cmdbus.cancel", payload)
}

/// Returns a peer's answer to the probe that offers a command.
fn offers(commands: &[&str]) -> Message {
    let commands = commands.iter().map(|id| command(id)).collect();
    let mut message = list(id(1), commands);
    if let Message::ListCommandsResponse { meta, .. } = &mut message {
        *meta = announcement();
    }
    message
}

fn announcement() -> Option<MessageMeta> {
    cmdbus_testkit::vectors::meta(
        json!({"cmdbus-features": ["cancel/1", "progress/1", "stream/1"]}),
    )
}

#[test]
fn calls_abandoned_at_10_000_a_second_for_a_minute_leave_no_entry_behind() {
    const A_SECOND: u64 = 10_000;
    let mut bench = Bench::root().connected(&["x", "y"]);
    bench.receive("x", offers(&["far"]));
    bench.receive("y", offers(&[]));
    bench.serve("near");
    let mut rng = Rng::new(1);
    // How many ticks of 10 ms a call lives at most.
    const LIFE: usize = 100;
    let mut abandoned: Vec<Vec<u64>> = vec![Vec::new(); LIFE];
    let mut most = 0;
    for tick in 0..60 * 100 + LIFE {
        for number in std::mem::take(&mut abandoned[tick % LIFE]) {
            match number % 3 {
                0 => bench.cancel(&number.to_string()),
                _ => bench.receive("y", cancel(number, id(number))),
            }
        }
        if tick < 60 * 100 {
            for at in 0..A_SECOND / 100 {
                let number = tick as u64 * (A_SECOND / 100) + at;
                match number % 3 {
                    0 => bench.call(&number.to_string(), "far", Value::Null),
                    1 => bench.receive("y", execute(id(number), "far", Value::Null)),
                    _ => bench.receive("y", execute(id(number), "near", Value::Null)),
                }
                abandoned[(tick + 1 + rng.below(LIFE - 1)) % LIFE].push(number);
            }
        }
        let load = bench.node.load();
        most = most.max(load.outstanding + load.open);
        for output in bench.take() {
            if let Output::CancelRun(run, _) = output {
                bench.finish(run, Ok(None));
            }
        }
        bench.advance(ms(10));
    }
    assert_eq!(bench.node.stats().ignored_frames, 0);
    assert!(most < 2 * A_SECOND as usize, "{most} at a time");
    bench.assert_quiet();
}

#[test]
fn a_chain_whose_middle_knows_no_extensions_works_without_them() {
    let middle = vec![Features::ALL, Features::default(), Features::ALL];
    let handler = Behaviour::Stream(5, ms(10)).reporting(5, ms(10));
    let mut chain = Chain::of(Net::new().with_codec(), middle, handler);
    let terms = CallTerms {
        timeout: Some(SECOND),
        progress: true,
        credit: Some(2),
        trace: false,
        hops: 0,
    };
    let call = chain.call(terms);
    chain.net.settle();
    let items: Vec<_> = (0..5).map(|number| json!([0, number])).collect();
    assert_eq!(
        chain.net.result(call),
        Ok(json!({"items": items, "result": 0})),
        "the callee has collected what it could not send"
    );
    let it = chain.net.called(call);
    assert_eq!((it.items, it.reports.len()), (0, 0));
    // Time goes through; a cancel does not, so that the work beyond comes to its own end.
    assert_eq!(timeouts(&chain.net, "a"), [1000, 1000]);
    let given_up = chain.call(CallTerms::default());
    chain.net.run_for(ms(5));
    chain.net.cancel(given_up);
    chain.net.exhaust();
    let last = chain.last();
    assert!(chain.net.cancellations(last).is_empty());
    let sent = chain.net.all_sent().iter();
    let frames = sent.filter(|(_, _, message)| event_id(message).starts_with('_'));
    assert_eq!(frames.count(), 0);
    chain.assert_quiet();
}

#[test]
fn a_chain_is_as_able_as_its_links() {
    let cancel = Features {
        cancel: true,
        ..Features::default()
    };
    let able = vec![Features::ALL, Features::ALL, cancel, Features::ALL];
    let mut chain = Chain::of(Net::new().with_codec(), able, Behaviour::Stream(9, ms(10)));
    let (call, given_up) = (chain.call(streamed(2)), chain.call(streamed(2)));
    chain.net.run_for(ms(20));
    chain.net.cancel(given_up);
    chain.net.settle();
    assert_eq!(chain.net.called(call).items, 0);
    assert!(chain.net.result(call).unwrap()["items"].is_array());
    let last = chain.last();
    assert_eq!(chain.net.cancellations(last), [CancelReason::CALLER_GONE]);
    chain.assert_quiet();
}

#[test]
fn an_item_passes_a_hop_with_the_text_it_was_written_with() {
    let mut bench = Bench::root().connected(&["x", "y"]);
    for peer in ["x", "y"] {
        let session = bench.session(peer);
        bench.use_codec(session, cmdbus_proto::wire::FrameLimits::default());
    }
    bench.receive("x", offers(&["a"]));
    bench.receive("y", offers(&[]));
    let meta = cmdbus_testkit::vectors::meta(json!({"cmdbus-stream": {"credit": 4}}));
    bench.receive("y", execute_with(id(7), "a", Value::Null, meta));
    let asked = bench.sent_one("x").id();
    let item = r#"{"n":1.50,"big":123456789012345678901234567890,"s":"\u00e9"}"#;
    let frame = format!(
        r#"{{"type":"event","id":"{}","eventId":"_cmdbus.item","payload":{{"thid":"{asked}","seq":0,"item":{item}}}}}"#,
        id(8)
    );
    let session = bench.session("x");
    assert!(bench.receive_frame(session, frame.into()));
    let outputs = bench.take();
    let [
        Output::Sent {
            frame: Some(frame), ..
        },
    ] = &outputs[..]
    else {
        panic!("{outputs:?}");
    };
    let text = std::str::from_utf8(frame).unwrap();
    assert!(
        text.contains(&format!(r#""thid":"{}","seq":0,"item":{item}}}"#, id(7))),
        "{text}"
    );
}

#[test]
fn the_trace_of_a_handler_holds_those_of_its_calls() {
    let mut bench = Bench::root().connected(&["x"]);
    bench.receive("x", offers(&[]));
    bench.serve("a");
    let meta = |value| cmdbus_testkit::vectors::meta(value);
    let wanted = meta(json!({"cmdbus-trace": true}));
    bench.receive("x", execute_with(id(7), "a", Value::Null, wanted));
    bench.receive("x", execute(id(8), "a", Value::Null));
    let runs = bench.runs();
    for run in &runs {
        for number in 0..70 {
            bench.node.add_trace(*run, json!({"call": number}));
        }
    }
    bench.advance(ms(2));
    for run in &runs {
        bench.finish(*run, Ok(None));
    }
    let replies = bench.sent("x");
    let trace = &replies[0].meta().unwrap().extra["cmdbus-trace"];
    assert_eq!(trace[0]["us"], 2000);
    let calls = trace[0]["calls"].as_array().unwrap();
    assert_eq!(calls.len(), 64, "and no more");
    assert_eq!(calls[63], json!({"call": 63}));
    assert_eq!(replies[1].meta(), None, "nobody asked");
}

#[test]
fn the_1025th_stream_of_a_peer_is_refused() {
    let mut bench = Bench::root().connected(&["x", "y"]);
    bench.receive("x", offers(&[]));
    bench.receive("y", offers(&[]));
    bench.receive("y", register(id(1), command("a")));
    bench.take();
    let streamed = || cmdbus_testkit::vectors::meta(json!({"cmdbus-stream": {"credit": 1}}));
    for number in 0..1024 {
        bench.receive("x", execute_with(id(number), "a", Value::Null, streamed()));
    }
    assert_eq!(bench.sent("y").len(), 1024);
    bench.receive("x", execute_with(id(1024), "a", Value::Null, streamed()));
    assert!(bench.sent("y").is_empty());
    assert_eq!(bench.sent_one("x").thid(), Some(id(1024)));
    bench.receive("x", execute(id(1025), "a", Value::Null));
    assert_eq!(bench.sent("y").len(), 1, "an ordinary call goes on");
}

#[test]
fn what_has_been_stopped_or_forgotten_sends_nothing_more() {
    let mut bench = Bench::root().connected(&["x"]);
    bench.receive("x", offers(&[]));
    bench.serve("a");
    let streamed = cmdbus_testkit::vectors::meta(json!({"cmdbus-stream": {"credit": 9}}));
    bench.receive("x", execute_with(id(7), "a", Value::Null, streamed));
    let run = bench.runs()[0];
    assert_eq!(bench.send_item(run, json!(1)), ItemSent::Sent);
    bench.drop_driver("x");
    assert_eq!(bench.send_item(run, json!(2)), ItemSent::Unwanted);
    bench.finish(run, Ok(None));
    bench.assert_quiet();
}
