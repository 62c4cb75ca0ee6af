//! Many networks to which many things happen in every order that a seed can think of.

use std::collections::HashMap;
use std::time::Duration;

use cmdbus_proto::error::ExecuteErrorCode;
use cmdbus_proto::extension::{CallTerms, CancelReason, Features};
use cmdbus_proto::message::Message;
use cmdbus_proto::node::NodeConfig;
use cmdbus_testkit::messages::{described, origin};
use cmdbus_testkit::net::{Call, CallId, LinkId, Place, Reader};
use cmdbus_testkit::{Behaviour, Net, Refusal, Rng, root_config};
use serde_json::{Value, json};

const COMMANDS: [&str; 7] = ["c0", "c1", "c2", "c3", "c4", "relay", "_private"];

/// A tree of registries, what is above what, and who has asked for what.
struct World {
    rng: Rng,
    net: Net,
    /// Nothing happens that the protocol has no remedy for: lost messages, callers that give up a
    /// registration, handlers that never return.
    gentle: bool,
    /// Everybody was connected in the beginning, and most of what happens is calls.
    settled: bool,
    places: Vec<Place>,
    above: HashMap<Place, (Place, LinkId)>,
    calls: Vec<CallId>,
    registered: HashMap<(Place, &'static str), usize>,
    given_up: HashMap<(Place, &'static str), usize>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let mut net = Net::new().shuffled(rng.number());
        if rng.chance(30) {
            net = net.with_codec();
        }
        let count = 5 + rng.below(4);
        let mut places = Vec::new();
        for at in 0..count {
            let mut config = NodeConfig {
                features: features(&mut rng),
                router_channel: (at > 0).then(|| "up".to_owned()),
                request_ttl: Some(Duration::from_millis([500, 2000, 3000][rng.below(3)])),
                event_ttl: [Some(Duration::from_secs(1)), None][usize::from(rng.chance(10))],
                max_in_flight: [1, 2, 256][rng.below(3)],
                ..root_config()
            };
            config.limits.open_announcements = [1, 2, 64][rng.below(3)];
            config.limits.list_definitions = [1, 2, 10_000][rng.below(3)];
            config.limits.handler_time_limit = rng.chance(20).then_some(Duration::from_millis(100));
            config.limits.cancel_grace = Duration::from_millis(200);
            config.limits.streams_per_session = [1, 2, 1024][rng.below(3)];
            // Without a time limit ids stay until the cap, so there must be none to stay.
            if config.event_ttl.is_none() {
                config.limits.seen_events = 0;
            }
            places.push(net.add(&format!("n{at}"), config));
        }
        Self {
            gentle: rng.chance(50),
            settled: false,
            rng,
            net,
            places,
            above: HashMap::new(),
            calls: Vec::new(),
            registered: HashMap::new(),
            given_up: HashMap::new(),
        }
    }

    fn place(&mut self) -> Place {
        self.places[self.rng.below(self.places.len())]
    }

    fn command(&mut self) -> &'static str {
        COMMANDS[self.rng.below(COMMANDS.len())]
    }

    fn is_below(&self, place: Place, other: Place) -> bool {
        let mut at = place;
        while let Some((parent, _)) = self.above.get(&at) {
            if *parent == other {
                return true;
            }
            at = *parent;
        }
        false
    }

    /// Joins a registry to another one if neither is in the way.
    fn join(&mut self) {
        let (child, parent) = (self.place(), self.place());
        self.join_to(child, parent);
    }

    /// Joins everybody and has everything served, so that most calls get somewhere.
    fn settle_down(&mut self) {
        self.settled = true;
        for at in 1..self.places.len() {
            let parent = self.places[self.rng.below(at)];
            self.join_to(self.places[at], parent);
        }
        for command in COMMANDS {
            let place = self.place();
            self.serve_at(place, command);
        }
        self.net.run_for(Duration::from_millis(200));
    }

    fn join_to(&mut self, child: Place, parent: Place) {
        let free = child != self.places[0] && child != parent && !self.above.contains_key(&child);
        let bench = self.net.bench(child);
        let closing = bench.node.channels().contains(&"up".to_owned());
        let name = format!(
            "n{}",
            self.places.iter().position(|it| *it == child).unwrap()
        );
        let known = self.net.bench(parent).node.session_of(&name).is_some();
        if !free || closing || known || self.is_below(parent, child) {
            return;
        }
        let link = self.net.join(child, parent);
        for place in [child, parent] {
            let latency = Duration::from_micros(100 + self.rng.number() % 20_000);
            self.net.set_latency(link, place, latency);
        }
        self.above.insert(child, (parent, link));
    }

    /// Forgets links that have gone by themselves.
    fn tidy(&mut self) {
        let net = &self.net;
        self.above.retain(|_, (_, link)| net.is_up(*link));
    }

    fn lose(&mut self) {
        let child = self.place();
        let Some((parent, link)) = self.above.remove(&child) else {
            return;
        };
        match self.rng.below(3) {
            0 => self.net.close(link, child),
            1 => self.net.close(link, parent),
            _ => self.net.cut(link),
        }
    }

    fn serve(&mut self) {
        let (place, command) = (self.place(), self.command());
        self.serve_at(place, command);
    }

    fn serve_at(&mut self, place: Place, command: &'static str) {
        let handler = match (command, self.rng.below(10)) {
            ("relay", _) => Behaviour::Call("c0".into()),
            (_, 0) => Behaviour::Fail(ExecuteErrorCode::InternalError, "broken".into()),
            (_, 1) => Behaviour::Panic,
            (_, 2) if !self.gentle => Behaviour::Never,
            (_, 3) => Behaviour::Echo.after(self.pause(1500)),
            (_, 4) => Behaviour::Echo.reporting(self.rng.below(20), self.pause(60)),
            (_, 5) => Behaviour::BrokenStream(self.rng.below(10)),
            (_, 6) => Behaviour::Stream(self.rng.below(30), self.pause(40)),
            (_, 7) => {
                let count = if self.gentle { 50 } else { usize::MAX };
                Behaviour::Stream(count, Duration::from_millis(5)).reporting(3, self.pause(60))
            }
            (_, 8) => Behaviour::Stream(self.rng.below(30), Duration::ZERO),
            _ => Behaviour::Echo,
        };
        let handler = match self.rng.below(4) {
            0 => handler.graceful(),
            _ => handler,
        };
        let description = format!("{}", self.rng.below(3));
        self.net
            .register(place, described(command, &description), handler);
        *self.registered.entry((place, command)).or_default() += 1;
    }

    /// Returns some time below so many milliseconds, now and then none.
    fn pause(&mut self, below: u64) -> Duration {
        Duration::from_millis((self.rng.number() % below).saturating_sub(below / 4))
    }

    fn call(&mut self) {
        let (place, command) = (self.place(), self.command());
        let tag = json!({"caller": format!("{place:?}"), "n": self.calls.len()});
        let timeout = [0, 30, 300, 2000, 5000][self.rng.below(5)];
        let terms = CallTerms {
            timeout: self
                .rng
                .chance(40)
                .then_some(Duration::from_millis(timeout)),
            progress: self.rng.chance(40),
            credit: self
                .rng
                .chance(50)
                .then(|| [1, 2, 8, 1024][self.rng.below(4)]),
            trace: self.rng.chance(20),
            hops: 0,
        };
        // Where nobody gives up, a handler waits for a reader that does not read.
        let reader = match self.rng.below(2) {
            0 if !self.gentle => Reader::WhenTold,
            _ => Reader::Eager,
        };
        let call = self.net.call_and_read(place, command, tag, terms, reader);
        self.calls.push(call);
        if self.rng.chance(20) {
            let limit = Duration::from_millis(self.rng.number() % 500);
            self.net.limit_idle(call, limit);
        }
    }

    fn read(&mut self) {
        for _ in 0..3 {
            if let Some(call) = self.rng.pick(&self.calls).copied()
                && self.net.called(call).reader == Reader::WhenTold
            {
                self.net.read(call, self.rng.below(5));
            }
        }
    }

    fn give_up(&mut self) {
        if let Some(call) = self.rng.pick(&self.calls).copied() {
            let reason = [CancelReason::CALLER_GONE, CancelReason::USER];
            self.net.cancel_because(call, &reason[self.rng.below(2)]);
        }
        if !self.gentle {
            let (place, command) = (self.place(), self.command());
            if self.net.bench(place).is_waiting(command) {
                self.net.cancel_registration(place, command);
                *self.given_up.entry((place, command)).or_default() += 1;
            }
        }
    }

    fn disturb(&mut self) {
        if self.gentle {
            return;
        }
        let child = self.place();
        let Some((parent, link)) = self.above.get(&child).copied() else {
            return;
        };
        let at = [child, parent][self.rng.below(2)];
        let refusal = match self.rng.below(2) {
            0 => Refusal::Broken,
            _ => Refusal::ThisOne("overloaded".into()),
        };
        let times = 1 + self.rng.below(4);
        self.net.refuse(link, at, refusal, times);
    }

    fn act(&mut self) {
        self.tidy();
        if self.settled && self.rng.chance(70) {
            return match self.rng.below(8) {
                0..3 => self.call(),
                3 => self.read(),
                4 if self.rng.chance(30) => self.give_up(),
                _ => {
                    let time = self.rng.number() % 30_000;
                    self.net.run_for(Duration::from_micros(time));
                }
            };
        }
        match self.rng.below(24) {
            0..4 => self.join(),
            4 => self.lose(),
            5..9 => self.serve(),
            9 => {
                let (place, command) = (self.place(), self.command());
                self.net.unregister(place, command);
            }
            10..15 => self.call(),
            15 => self.read(),
            16 => self.give_up(),
            17 => {
                let place = self.place();
                self.net.emit(place, "e", json!(1));
            }
            18 => self.disturb(),
            19 if self.rng.chance(15) => {
                let place = self.place();
                self.net.dispose(place);
            }
            _ => {
                let time = match self.rng.below(4) {
                    0 => self.rng.number() % 700_000,
                    _ => self.rng.number() % 10_000,
                };
                self.net.run_for(Duration::from_micros(time));
            }
        }
    }

    fn check(&mut self) {
        self.net.assert_quiet();
        for call in self.net.calls() {
            let expected = usize::from(!call.cancelled);
            assert_eq!(call.outcomes.len(), expected, "{call:?}");
            check_success(call);
        }
        for ((place, command), made) in &self.registered {
            let given_up = self.given_up.get(&(*place, *command)).unwrap_or(&0);
            let ended = self.net.registrations(*place, command).len();
            assert_eq!(ended + given_up, *made, "{command} at {place:?}");
        }
        self.check_order();
        if self.gentle {
            self.check_directories();
        }
    }

    /// Ids count the decisions of their registry: on each session they must leave in order.
    fn check_order(&self) {
        let mut last = HashMap::new();
        for (place, session, message) in self.net.all_sent() {
            let (tag, serial) = origin(message.id());
            // An event that was long under way may come back to whoever has emitted and forgotten it.
            let passed_on = message
                .meta()
                .is_some_and(|meta| meta.extra.contains_key("cmdbus-hops"))
                && matches!(message, Message::Event { .. });
            if self.places[usize::from(tag)] == *place && !passed_on {
                let before = last.insert((*place, *session), serial);
                assert!(before < Some(serial), "{place:?} {session:?} {message:?}");
            }
        }
    }

    /// Nobody is taken for the provider of something that neither it nor anybody below it serves.
    fn check_directories(&mut self) {
        self.tidy();
        let links: Vec<_> = self
            .above
            .iter()
            .map(|(child, (parent, _))| (*child, *parent))
            .collect();
        for (child, parent) in links {
            let name = format!(
                "n{}",
                self.places.iter().position(|it| *it == child).unwrap()
            );
            let served: Vec<String> = self
                .net
                .commands(child)
                .into_iter()
                .map(str::to_owned)
                .collect();
            let claimed: Vec<String> = self
                .net
                .commands(parent)
                .into_iter()
                .map(str::to_owned)
                .collect();
            for command in claimed {
                let bench = self.net.bench(parent);
                let (_, providers) = bench.node.describe(&command).unwrap();
                if providers.contains(&name.as_str()) {
                    let known = served.contains(&command);
                    assert!(known, "{parent:?} believes that {name} serves {command}");
                }
            }
        }
    }
}

/// Returns what a registry can do: usually all of it. Whoever streams can also cancel: nothing else
/// stops a handler whose caller has lost interest.
fn features(rng: &mut Rng) -> Features {
    let cancel = rng.chance(50);
    match rng.below(10) {
        0 => Features::default(),
        1..4 => Features {
            cancel,
            progress: rng.chance(50),
            stream: cancel && rng.chance(50),
        },
        _ => Features::ALL,
    }
}

/// A handler that succeeds returns what it was called with; if it was to stream and did not stream,
/// together with its items; and if it did, all of them have come. The network has seen to it that they
/// came in order and once.
fn check_success(call: &Call) {
    let Some(Ok(result)) = call.outcomes.first() else {
        return;
    };
    assert_eq!(call.items, call.sent, "{call:?}");
    let mut result = result.as_ref().map(|it| it.to_value().unwrap());
    if let Some(Value::Object(collected)) = &mut result
        && let Some(Value::Array(items)) = collected.remove("items")
    {
        assert_eq!(call.items, 0, "{call:?}");
        for (number, item) in items.into_iter().enumerate() {
            assert_eq!(item, json!([call.request, number]), "{call:?}");
        }
        result = collected.remove("result");
    }
    assert_eq!(result.as_ref(), Some(&call.request), "{call:?}");
    let reports = &call.reports;
    assert!(
        reports.is_sorted_by(|a, b| a.progress <= b.progress),
        "{call:?}"
    );
    assert!(reports.is_empty() || call.terms.progress, "{call:?}");
}

/// What has happened in some worlds: a test in which nothing happens shows nothing.
#[derive(Debug, Default, PartialEq, PartialOrd)]
struct History {
    items: usize,
    complete_streams: usize,
    reports: usize,
    cancelled_handlers: usize,
}

/// Runs one world; a panic names its seed.
fn live(seed: u64, steps: usize, history: &mut History) {
    struct Seed(u64);
    impl Drop for Seed {
        fn drop(&mut self) {
            if std::thread::panicking() {
                eprintln!("the world with seed {} went wrong", self.0);
            }
        }
    }
    let _seed = Seed(seed);
    let mut world = World::new(seed);
    if seed % 2 == 1 {
        world.settle_down();
    }
    for _ in 0..steps {
        world.act();
    }
    if !world.gentle {
        // Handlers that never return end with their sessions.
        for place in world.places.clone() {
            if let Some((_, link)) = world.above.remove(&place) {
                world.net.cut(link);
            }
        }
    }
    // A local handler that never returns waits for nobody but its caller.
    world.net.exhaust();
    for call in world.calls.clone() {
        if world.net.called(call).outcomes.is_empty() {
            world.net.cancel(call);
        }
    }
    world.net.exhaust();
    world.check();
    for call in world.net.calls() {
        history.items += call.items;
        let succeeded = matches!(call.outcomes.first(), Some(Ok(_)));
        history.complete_streams += usize::from(succeeded && call.items > 0);
        history.reports += call.reports.len();
    }
    for place in &world.places {
        history.cancelled_handlers += world.net.cancellations(*place).len();
    }
}

#[test]
fn in_300_small_worlds_every_wait_ends_once_and_nothing_is_left() {
    let mut history = History::default();
    for seed in 0..300 {
        live(seed, 150, &mut history);
    }
    assert!(history.items > 1000, "{history:?}");
    assert!(history.complete_streams > 30, "{history:?}");
    assert!(history.reports > 100, "{history:?}");
    assert!(history.cancelled_handlers > 300, "{history:?}");
}

#[test]
fn in_a_few_long_worlds_as_well() {
    for seed in 1000..1010 {
        live(seed, 1500, &mut History::default());
    }
}
