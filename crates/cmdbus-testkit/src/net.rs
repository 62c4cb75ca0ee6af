//! Several registries and the links between them, on one virtual clock.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use cmdbus_proto::Payload;
use cmdbus_proto::error::ExecuteErrorCode;
use cmdbus_proto::message::{CommandDef, ExecuteError, Message};
use cmdbus_proto::node::{Delivery, NodeConfig, RunId, SessionId, Warning};
use cmdbus_proto::wire::FrameLimits;
use serde_json::{Value, json};

use crate::behaviour::Behaviour;
use crate::bench::{Bench, CallResult, Output, Refusal, RegisterResult};
use crate::rng::Rng;

/// Names a registry of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place(usize);

/// Names a link of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkId(usize);

/// Names a call that was made in a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(usize);

/// A call and everything that came back.
#[derive(Debug)]
pub struct Call {
    /// Who called.
    pub place: Place,
    /// What was called.
    pub command_id: String,
    /// What it was called with.
    pub request: Value,
    /// How it ended. One entry in the end, or none if it was cancelled.
    pub outcomes: Vec<CallResult>,
    /// The caller gave up.
    pub cancelled: bool,
}

#[derive(Debug)]
enum Packet {
    Message(Box<Message>),
    Frame(Bytes),
    /// Nothing comes after this.
    End,
}

#[derive(Debug)]
struct Direction {
    queue: VecDeque<(Duration, Packet)>,
    latency: Duration,
    /// When the last packet arrives: a later one never arrives earlier.
    last: Duration,
}

#[derive(Debug)]
struct Link {
    /// The two ends. What end 0 sends travels in direction 0.
    ends: [(Place, SessionId); 2],
    closed: [bool; 2],
    directions: [Direction; 2],
}

/// A handler at work.
#[derive(Debug)]
struct Task {
    due: Duration,
    place: Place,
    job: Job,
    result: CallResult,
}

#[derive(Debug, Clone, PartialEq)]
enum Job {
    /// For a peer.
    Run(RunId),
    /// For a caller in the same registry.
    Local(String),
}

/// A call that a handler has made, and with what.
#[derive(Debug)]
struct Nested {
    place: Place,
    job: Job,
    request: Option<Payload>,
}

#[derive(Debug)]
struct Machine {
    name: String,
    bench: Bench,
    heard: Vec<Delivery>,
    warnings: Vec<Warning>,
    registrations: BTreeMap<String, Vec<RegisterResult>>,
    told: VecDeque<(Job, Value)>,
}

/// Several registries, the links between them, and the clock.
#[derive(Debug)]
pub struct Net {
    now: Duration,
    machines: Vec<Machine>,
    links: Vec<Link>,
    by_session: HashMap<(Place, SessionId), (LinkId, usize)>,
    tasks: Vec<Task>,
    calls: Vec<Call>,
    /// Handlers that wait for a call of their own.
    nested: HashMap<String, Nested>,
    /// Every message given to a channel, in order.
    sent: Vec<(Place, SessionId, Message)>,
    codec: Option<FrameLimits>,
    shuffle: Option<Rng>,
}

impl Default for Net {
    fn default() -> Self {
        Self::new()
    }
}

impl Net {
    /// Makes an empty network whose links carry messages as they are, in a fixed order.
    pub fn new() -> Self {
        Self {
            now: Duration::ZERO,
            machines: Vec::new(),
            links: Vec::new(),
            by_session: HashMap::new(),
            tasks: Vec::new(),
            calls: Vec::new(),
            nested: HashMap::new(),
            sent: Vec::new(),
            codec: None,
            shuffle: None,
        }
    }

    /// Makes links carry frames, so that everything is encoded and decoded.
    #[must_use]
    pub fn with_codec(mut self) -> Self {
        self.codec = Some(FrameLimits::default());
        self
    }

    /// Makes everything that may happen in any order happen in an order that the seed decides: senders
    /// on several threads, arrivals on several links, handlers.
    #[must_use]
    pub fn shuffled(mut self, seed: u64) -> Self {
        self.shuffle = Some(Rng::new(seed));
        self
    }

    /// Adds a registry.
    pub fn add(&mut self, name: &str, config: NodeConfig) -> Place {
        let tag = u16::try_from(self.machines.len()).expect("networks are small");
        let mut bench = Bench::new(config, tag);
        bench.set_clock(self.now);
        self.machines.push(Machine {
            name: name.to_owned(),
            bench,
            heard: Vec::new(),
            warnings: Vec::new(),
            registrations: BTreeMap::new(),
            told: VecDeque::new(),
        });
        Place(self.machines.len() - 1)
    }

    /// Adds a registry without a router, with the defaults of the library.
    pub fn add_root(&mut self, name: &str) -> Place {
        self.add(name, crate::root_config())
    }

    /// Adds a registry whose router is connected over the channel `up`.
    pub fn add_child(&mut self, name: &str) -> Place {
        self.add(name, crate::child_config())
    }

    /// Returns the registry itself.
    pub fn bench(&mut self, place: Place) -> &mut Bench {
        &mut self.machines[place.0].bench
    }

    /// Returns the ids of the commands a registry lists.
    pub fn commands(&self, place: Place) -> Vec<&str> {
        self.machines[place.0].bench.commands()
    }

    /// Joins `child` below `parent`: the child's channel is `up`, the parent's has the child's name.
    pub fn join(&mut self, child: Place, parent: Place) -> LinkId {
        let name = self.machines[child.0].name.clone();
        self.connect(child, "up", parent, &name)
    }

    /// Connects two registries; each end has its own channel id.
    ///
    /// # Panics
    /// One of the ids is in use.
    pub fn connect(&mut self, a: Place, channel_a: &str, b: Place, channel_b: &str) -> LinkId {
        let link = LinkId(self.links.len());
        let mut start = |place: Place, channel: &str, end: usize| {
            let bench = &mut self.machines[place.0].bench;
            let session = bench.start(channel).expect("the channel id is free");
            if let Some(limits) = self.codec {
                bench.use_codec(session, limits);
            }
            bench.hold(session, self.shuffle.is_some());
            self.by_session.insert((place, session), (link, end));
            (place, session)
        };
        let ends = [start(a, channel_a, 0), start(b, channel_b, 1)];
        let direction = || Direction {
            queue: VecDeque::new(),
            latency: Duration::from_millis(1),
            last: Duration::ZERO,
        };
        self.links.push(Link {
            ends,
            closed: [false; 2],
            directions: [direction(), direction()],
        });
        for (place, session) in ends {
            let started = self.machines[place.0].bench.started(session);
            debug_assert!(started.is_ok(), "a new link takes a probe");
            self.collect(place);
        }
        link
    }

    /// Sets how long messages take from one end of a link to the other.
    pub fn set_latency(&mut self, link: LinkId, from: Place, latency: Duration) {
        let end = self.end(link, from);
        self.links[link.0].directions[end].latency = latency;
    }

    /// Loses a link with everything on it. Both ends notice at once.
    pub fn cut(&mut self, link: LinkId) {
        self.links[link.0].closed = [true; 2];
        for direction in &mut self.links[link.0].directions {
            direction.queue.clear();
        }
        for (place, session) in self.links[link.0].ends {
            let bench = &mut self.machines[place.0].bench;
            bench.refuse(session, Refusal::Closed, usize::MAX);
            bench.hang_up_on(session);
            self.collect(place);
        }
    }

    /// Closes a link at one end. The other end notices when everything sent before has arrived.
    pub fn close(&mut self, link: LinkId, at: Place) {
        let session = self.session(link, at);
        self.machines[at.0].bench.hang_up_on(session);
        self.collect(at);
    }

    /// Makes one end of a link refuse the next messages it is given.
    pub fn refuse(&mut self, link: LinkId, at: Place, refusal: Refusal, times: usize) {
        let session = self.session(link, at);
        self.machines[at.0].bench.refuse(session, refusal, times);
    }

    /// Puts a message on a link as if one end had sent it.
    pub fn forge(&mut self, link: LinkId, from: Place, message: Message) {
        let end = self.end(link, from);
        self.put(link, end, Packet::Message(Box::new(message)));
    }

    /// Returns whether a link is in use at both ends.
    pub fn is_up(&self, link: LinkId) -> bool {
        self.links[link.0].closed == [false; 2]
    }

    /// Registers a command. See [`registrations`](Self::registrations) for how that ends.
    pub fn register(&mut self, place: Place, definition: CommandDef, handler: Behaviour) {
        let id = definition.id.clone();
        self.machines[place.0]
            .bench
            .register(&id, definition, handler);
        self.collect(place);
    }

    /// Registers a command that says nothing but its id.
    pub fn serve(&mut self, place: Place, command_id: &str, handler: Behaviour) {
        self.register(place, crate::messages::command(command_id), handler);
    }

    /// Removes a command.
    pub fn unregister(&mut self, place: Place, command_id: &str) -> bool {
        let there = self.machines[place.0].bench.unregister(command_id);
        self.collect(place);
        there
    }

    /// Gives up a registration.
    pub fn cancel_registration(&mut self, place: Place, command_id: &str) {
        self.machines[place.0].bench.cancel(command_id);
        self.collect(place);
    }

    /// Returns how the registrations of an id at a registry have ended so far.
    pub fn registrations(&self, place: Place, command_id: &str) -> &[RegisterResult] {
        self.machines[place.0]
            .registrations
            .get(command_id)
            .map_or(&[], Vec::as_slice)
    }

    /// Calls a command.
    pub fn call(&mut self, place: Place, command_id: &str, request: Value) -> CallId {
        let id = CallId(self.calls.len());
        self.calls.push(Call {
            place,
            command_id: command_id.to_owned(),
            request: request.clone(),
            outcomes: Vec::new(),
            cancelled: false,
        });
        self.machines[place.0]
            .bench
            .call(&format!("call {}", id.0), command_id, request);
        self.collect(place);
        id
    }

    /// Drops the future of a call.
    pub fn cancel(&mut self, call: CallId) {
        let Call {
            place, outcomes, ..
        } = &self.calls[call.0];
        if !outcomes.is_empty() {
            return;
        }
        let (place, name) = (*place, format!("call {}", call.0));
        self.calls[call.0].cancelled = true;
        self.machines[place.0].bench.cancel(&name);
        self.tasks
            .retain(|task| task.job != Job::Local(name.clone()));
        self.nested
            .retain(|_, nested| nested.job != Job::Local(name.clone()));
        self.collect(place);
    }

    /// Returns a call.
    pub fn called(&self, call: CallId) -> &Call {
        &self.calls[call.0]
    }

    /// Returns all calls.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// Returns what a call returned.
    ///
    /// # Errors
    /// Code and message, if it failed.
    ///
    /// # Panics
    /// It has not ended, or ended more than once.
    pub fn result(&self, call: CallId) -> Result<Value, (ExecuteErrorCode, String)> {
        let call = &self.calls[call.0];
        let [outcome] = &call.outcomes[..] else {
            panic!("one outcome, please: {call:?}");
        };
        match outcome {
            Ok(None) => Ok(Value::Null),
            Ok(Some(payload)) => Ok(payload.to_value().expect("handlers return JSON")),
            Err(error) => Err((error.code, error.message.clone())),
        }
    }

    /// Returns the code a call failed with.
    ///
    /// # Panics
    /// It has not failed.
    pub fn failure(&self, call: CallId) -> ExecuteErrorCode {
        self.result(call).expect_err("the call failed").0
    }

    /// Returns the answer of the oldest handler of a registry that returns when told.
    ///
    /// # Panics
    /// There is none.
    pub fn answer(&mut self, place: Place, result: CallResult) {
        let (job, _) = self.machines[place.0]
            .told
            .pop_front()
            .expect("a handler waits to be told");
        self.end_job(place, &job, result);
    }

    /// Returns how many handlers of a registry wait to be told.
    pub fn untold(&self, place: Place) -> usize {
        self.machines[place.0].told.len()
    }

    /// Emits an event.
    pub fn emit(&mut self, place: Place, event_id: &str, payload: Value) {
        self.machines[place.0].bench.emit(event_id, payload);
        self.collect(place);
    }

    /// Returns the events that the listeners of a registry heard.
    pub fn heard(&self, place: Place) -> &[Delivery] {
        &self.machines[place.0].heard
    }

    /// Returns the warnings of a registry.
    pub fn warnings(&self, place: Place) -> &[Warning] {
        &self.machines[place.0].warnings
    }

    /// Disposes of a registry.
    pub fn dispose(&mut self, place: Place) {
        self.machines[place.0].bench.dispose();
        self.collect(place);
    }

    /// Returns every message a registry gave to its end of a link, in order.
    pub fn sent(&self, link: LinkId, by: Place) -> Vec<&Message> {
        let session = self.session(link, by);
        self.sent
            .iter()
            .filter(|(place, it, _)| *place == by && *it == session)
            .map(|(_, _, message)| message)
            .collect()
    }

    /// Returns every message given to any channel: who, on which session, what.
    pub fn all_sent(&self) -> &[(Place, SessionId, Message)] {
        &self.sent
    }

    /// Returns the time on the virtual clock.
    pub fn now(&self) -> Duration {
        self.now
    }

    /// Lets happen what happens within this time.
    pub fn run_for(&mut self, time: Duration) {
        let until = self.now + time;
        while self.step(until, true) {}
        self.set_clock(until);
    }

    /// Lets everything arrive and every handler with an end come to it. Deadlines that lie beyond are
    /// left alone.
    pub fn settle(&mut self) {
        while self.step(Duration::MAX, false) {}
    }

    /// Lets everything happen that will happen without further input, deadlines included.
    pub fn exhaust(&mut self) {
        while self.step(Duration::MAX, true) {}
    }

    /// Panics if anything anywhere is unfinished.
    pub fn assert_quiet(&self) {
        for machine in &self.machines {
            let load = machine.bench.node.load();
            let left = (
                load.outstanding,
                load.running,
                load.parked,
                load.timers,
                load.seen_events,
            );
            assert_eq!(left, (0, 0, 0, 0, 0), "`{}`: {load:?}", machine.name);
        }
    }

    fn session(&self, link: LinkId, at: Place) -> SessionId {
        self.links[link.0].ends[self.end(link, at)].1
    }

    fn end(&self, link: LinkId, at: Place) -> usize {
        usize::from(self.links[link.0].ends[0].0 != at)
    }

    fn set_clock(&mut self, now: Duration) {
        self.now = now;
        for machine in &mut self.machines {
            machine.bench.set_clock(now);
        }
    }

    /// Does one thing that is due, or moves the clock to the next thing until then. Returns false if
    /// there is nothing to do.
    fn step(&mut self, until: Duration, deadlines: bool) -> bool {
        #[derive(Clone, Copy)]
        enum Next {
            Arrive(usize, usize),
            Task(usize),
            Send(usize, SessionId),
            Fire(usize),
        }
        let mut soonest = Duration::MAX;
        let mut due = Vec::new();
        let mut consider = |at: Duration, next: Next| {
            if at <= self.now {
                due.push(next);
            } else {
                soonest = soonest.min(at);
            }
        };
        for (at, machine) in self.machines.iter().enumerate() {
            for session in machine.bench.busy_senders() {
                consider(self.now, Next::Send(at, session));
            }
        }
        for (at, link) in self.links.iter().enumerate() {
            for (end, direction) in link.directions.iter().enumerate() {
                if let Some((arrival, _)) = direction.queue.front() {
                    consider(*arrival, Next::Arrive(at, end));
                }
            }
        }
        for (at, task) in self.tasks.iter().enumerate() {
            consider(task.due, Next::Task(at));
        }
        for (at, machine) in self.machines.iter().enumerate() {
            if let Some(deadline) = machine.bench.next_timeout()
                && (deadlines || deadline <= self.now)
            {
                consider(deadline, Next::Fire(at));
            }
        }
        let chosen = match &mut self.shuffle {
            Some(rng) => rng.pick(&due).copied(),
            None => due.first().copied(),
        };
        match chosen {
            None if soonest == Duration::MAX || soonest > until => return false,
            None => self.set_clock(soonest),
            Some(Next::Send(at, session)) => {
                self.machines[at].bench.send_one(session);
                self.collect(Place(at));
            }
            Some(Next::Arrive(link, end)) => self.arrive(link, end),
            Some(Next::Task(at)) => {
                let task = self.tasks.remove(at);
                self.end_job(task.place, &task.job, task.result);
            }
            Some(Next::Fire(at)) => {
                self.machines[at].bench.fire();
                self.collect(Place(at));
            }
        }
        true
    }

    fn arrive(&mut self, link: usize, from: usize) {
        let link = &mut self.links[link];
        let to = 1 - from;
        let (place, session) = link.ends[to];
        let Some((_, packet)) = link.directions[from].queue.pop_front() else {
            return;
        };
        if link.closed[to] {
            return;
        }
        let bench = &mut self.machines[place.0].bench;
        match packet {
            Packet::Message(message) => bench.receive_on(session, *message),
            Packet::Frame(frame) => {
                assert!(
                    bench.receive_frame(session, frame),
                    "what one node encodes another decodes"
                );
            }
            Packet::End => bench.hang_up_on(session),
        }
        self.collect(place);
    }

    fn put(&mut self, link: LinkId, end: usize, packet: Packet) {
        let direction = &mut self.links[link.0].directions[end];
        direction.last = direction.last.max(self.now + direction.latency);
        direction.queue.push_back((direction.last, packet));
    }

    /// Takes what a registry has done and lets it have its effect.
    fn collect(&mut self, place: Place) {
        for output in self.machines[place.0].bench.take() {
            match output {
                Output::Sent {
                    session,
                    message,
                    frame,
                } => {
                    self.sent.push((place, session, message.clone()));
                    if let Some((link, end)) = self.by_session.get(&(place, session)).copied() {
                        let packet =
                            frame.map_or_else(|| Packet::Message(Box::new(message)), Packet::Frame);
                        self.put(link, end, packet);
                    }
                }
                Output::Run {
                    run,
                    handler,
                    request,
                    ..
                } => self.begin(place, Job::Run(run), handler, request, Duration::ZERO),
                Output::Local { call, handler } => {
                    let request = match self.nested.get(&call) {
                        Some(nested) => nested.request.clone(),
                        None => call
                            .strip_prefix("call ")
                            .and_then(|number| number.parse::<usize>().ok())
                            .map(|number| Payload::from(self.calls[number].request.clone())),
                    };
                    self.begin(place, Job::Local(call), handler, request, Duration::ZERO);
                }
                Output::CancelRun(run, _) | Output::StopRun(run) => {
                    let job = Job::Run(run);
                    self.tasks
                        .retain(|task| task.place != place || task.job != job);
                    self.machines[place.0].told.retain(|(it, _)| *it != job);
                    let late = Err(ExecuteError::new(ExecuteErrorCode::Timeout, "stopped"));
                    self.end_job(place, &job, late);
                }
                Output::Done { call, result, .. } => self.done(&call, result),
                Output::Credit(_)
                | Output::Progress { .. }
                | Output::Item { .. }
                | Output::Span(_) => {}
                Output::Registered { call, result } => self.machines[place.0]
                    .registrations
                    .entry(call)
                    .or_default()
                    .push(result),
                Output::Heard(delivery) => self.machines[place.0].heard.push(delivery),
                Output::Warned(warning) => self.machines[place.0].warnings.push(warning),
                Output::Closed(session) => self.closed(place, session),
            }
        }
    }

    fn closed(&mut self, place: Place, session: SessionId) {
        let Some((link, end)) = self.by_session.get(&(place, session)).copied() else {
            return;
        };
        if std::mem::replace(&mut self.links[link.0].closed[end], true) {
            return;
        }
        self.put(link, end, Packet::End);
        let (other, session) = self.links[link.0].ends[1 - end];
        self.machines[other.0]
            .bench
            .refuse(session, Refusal::Closed, usize::MAX);
    }

    fn begin(
        &mut self,
        place: Place,
        job: Job,
        handler: Behaviour,
        request: Option<Payload>,
        delay: Duration,
    ) {
        let result = match handler {
            Behaviour::Echo => Ok(request),
            Behaviour::Reply(value) => Ok(Payload::from(value).non_null()),
            Behaviour::Fail(code, message) => Err(ExecuteError::new(code, message)),
            Behaviour::Panic => Err(ExecuteError::new(
                ExecuteErrorCode::InternalError,
                "the handler panicked",
            )),
            Behaviour::After(time, then) => {
                return self.begin(place, job, *then, request, delay + time);
            }
            Behaviour::Call(command_id) => {
                let name = format!("nested {} {job:?}", place.0);
                let nested = Nested {
                    place,
                    job,
                    request: request.clone(),
                };
                self.nested.insert(name.clone(), nested);
                let bench = &mut self.machines[place.0].bench;
                bench.call_with(&name, &command_id, request, None);
                return self.collect(place);
            }
            Behaviour::Never => return,
            Behaviour::WhenTold => {
                let request = request.map_or(json!(null), |it| it.to_value().unwrap_or_default());
                return self.machines[place.0].told.push_back((job, request));
            }
        };
        self.tasks.push(Task {
            due: self.now + delay,
            place,
            job,
            result,
        });
    }

    fn end_job(&mut self, place: Place, job: &Job, result: CallResult) {
        match job {
            Job::Run(run) => {
                self.machines[place.0].bench.finish(*run, result);
                self.collect(place);
            }
            Job::Local(call) => self.done(call, result),
        }
    }

    fn done(&mut self, call: &str, result: CallResult) {
        if let Some(nested) = self.nested.remove(call) {
            return self.end_job(nested.place, &nested.job, result);
        }
        if let Some(number) = call
            .strip_prefix("call ")
            .and_then(|number| number.parse::<usize>().ok())
        {
            self.calls[number].outcomes.push(result);
        }
    }
}
