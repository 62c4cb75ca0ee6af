//! Several registries and the links between them, on one virtual clock.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use cmdbus_proto::Payload;
use cmdbus_proto::error::ExecuteErrorCode;
use cmdbus_proto::extension::{CallTerms, CancelReason, Progress};
use cmdbus_proto::message::{CommandDef, ExecuteError, Message};
use cmdbus_proto::node::{Delivery, ItemSent, NodeConfig, RunId, SessionId, Warning};
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
    /// What it asked for beyond its answer.
    pub terms: CallTerms,
    /// How it ended. One entry in the end, or none if it was cancelled.
    pub outcomes: Vec<CallResult>,
    /// The caller gave up.
    pub cancelled: bool,
    /// How its items are read.
    pub reader: Reader,
    /// How many items its handler has sent.
    pub sent: usize,
    /// How many of them have come, in order and each once.
    pub items: usize,
    /// How many of those have been read, and may be followed by others.
    pub read: usize,
    /// The reports that have come.
    pub reports: Vec<Progress>,
}

/// How a caller treats the items that come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// It reads each at once.
    Eager,
    /// It reads when the test says so.
    WhenTold,
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
    /// When it arrives, whether it is an item, and what it is.
    queue: VecDeque<(Duration, bool, Packet)>,
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

/// What a handler does next.
#[derive(Debug)]
struct Task {
    due: Duration,
    place: Place,
    job: Job,
    step: Step,
}

#[derive(Debug)]
enum Step {
    End(CallResult),
    /// Sends the items it has credit for.
    Items,
    /// Begins.
    Begin(Behaviour, Option<Payload>, Conditions),
    /// Reports, unless it has done so often enough.
    Report {
        done: usize,
        times: usize,
        every: Duration,
        then: Box<Step>,
    },
}

/// A handler that sends items.
#[derive(Debug)]
struct Stream {
    next: usize,
    count: usize,
    every: Duration,
    request: Option<Payload>,
    end: CallResult,
}

#[derive(Debug, Clone, PartialEq)]
enum Job {
    /// For a peer.
    Run(RunId),
    /// For a caller in the same registry.
    Local(String),
}

/// What a handler is told when it is started, beyond the request.
#[derive(Debug, Clone, Copy, Default)]
struct Conditions {
    streams: bool,
    deadline: Option<Duration>,
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
    /// Whom handlers work for.
    sessions: HashMap<RunId, SessionId>,
    /// Handlers that go on when nobody waits.
    graceful: HashSet<RunId>,
    streams: HashMap<RunId, Stream>,
    cancellations: Vec<CancelReason>,
    /// Items that are here and not read: they came and have not been passed on, or are being sent.
    items: isize,
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
    /// What registries have done and what has not had its effect yet, in order.
    outputs: VecDeque<(Place, Output)>,
    acting: bool,
    /// Whose senders do nothing until they are let go.
    held: HashSet<(Place, SessionId)>,
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
            outputs: VecDeque::new(),
            acting: false,
            held: HashSet::new(),
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
            sessions: HashMap::new(),
            graceful: HashSet::new(),
            streams: HashMap::new(),
            cancellations: Vec::new(),
            items: 0,
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
        self.put(link, end, false, Packet::Message(Box::new(message)));
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
        self.call_on_terms(place, command_id, request, CallTerms::default())
    }

    /// Calls a command and asks for more than an answer. Items are read at once.
    pub fn call_on_terms(
        &mut self,
        place: Place,
        command_id: &str,
        request: Value,
        terms: CallTerms,
    ) -> CallId {
        self.call_and_read(place, command_id, request, terms, Reader::Eager)
    }

    /// Calls a command and asks for more than an answer.
    pub fn call_and_read(
        &mut self,
        place: Place,
        command_id: &str,
        request: Value,
        terms: CallTerms,
        reader: Reader,
    ) -> CallId {
        let id = CallId(self.calls.len());
        self.calls.push(Call {
            place,
            command_id: command_id.to_owned(),
            request: request.clone(),
            terms,
            outcomes: Vec::new(),
            cancelled: false,
            reader,
            sent: 0,
            items: 0,
            read: 0,
            reports: Vec::new(),
        });
        let request = Payload::from(request).non_null();
        let bench = &mut self.machines[place.0].bench;
        bench.call_on_terms(&name_of(id), command_id, request, None, terms);
        self.collect(place);
        id
    }

    /// Drops the future of a call.
    pub fn cancel(&mut self, call: CallId) {
        self.cancel_because(call, &CancelReason::CALLER_GONE);
    }

    /// Gives up a call for a reason.
    pub fn cancel_because(&mut self, call: CallId, reason: &CancelReason) {
        let Call {
            place, outcomes, ..
        } = &self.calls[call.0];
        if !outcomes.is_empty() {
            return;
        }
        let (place, name) = (*place, name_of(call));
        self.calls[call.0].cancelled = true;
        self.machines[place.0].bench.cancel_because(&name, reason);
        self.drop_job(place, &Job::Local(name));
        self.collect(place);
    }

    /// Bounds how long each item of a call may take.
    pub fn limit_idle(&mut self, call: CallId, limit: Duration) {
        let place = self.calls[call.0].place;
        let bench = &mut self.machines[place.0].bench;
        bench.limit_idle(&name_of(call), limit);
        self.collect(place);
    }

    /// Reads up to so many of the items that have come, and lets as many follow. Returns how many.
    pub fn read(&mut self, call: CallId, most: usize) -> usize {
        let it = &mut self.calls[call.0];
        let place = it.place;
        let taken = most.min(it.items - it.read);
        it.read += taken;
        let machine = &mut self.machines[place.0];
        machine.items -= taken.cast_signed();
        let credit = u32::try_from(taken).expect("no more than the credit");
        machine.bench.give_credit(&name_of(call), credit);
        self.collect(place);
        taken
    }

    /// Returns how many items are at a registry: on their way through it, or not read by its callers.
    /// Counts right as long as no item is lost.
    pub fn items_at(&self, place: Place) -> isize {
        self.machines[place.0].items
    }

    /// Returns why handlers of a registry were told that nobody waits for them, in order.
    pub fn cancellations(&self, place: Place) -> &[CancelReason] {
        &self.machines[place.0].cancellations
    }

    /// Stops whoever gives messages to one end of a link.
    pub fn hold(&mut self, link: LinkId, at: Place) {
        let session = self.session(link, at);
        self.held.insert((at, session));
        self.machines[at.0].bench.hold(session, true);
    }

    /// Lets whoever gives messages to one end of a link go on.
    pub fn release(&mut self, link: LinkId, at: Place) {
        let session = self.session(link, at);
        self.held.remove(&(at, session));
        if self.shuffle.is_none() {
            self.machines[at.0].bench.hold(session, false);
            self.collect(at);
        }
    }

    /// Lets one thing happen: an arrival, a step of a handler, or the passing of time until the next.
    /// Deadlines are left alone. Returns false if there is nothing.
    pub fn step_once(&mut self) -> bool {
        self.step(Duration::MAX, false)
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
                load.open,
                load.streams,
                load.running,
                load.parked,
                load.timers,
                load.seen_events,
            );
            assert_eq!(left, (0, 0, 0, 0, 0, 0, 0), "`{}`: {load:?}", machine.name);
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
            let mut busy = machine.bench.busy_senders();
            busy.retain(|session| !self.held.contains(&(Place(at), *session)));
            for session in busy {
                consider(self.now, Next::Send(at, session));
            }
        }
        for (at, link) in self.links.iter().enumerate() {
            for (end, direction) in link.directions.iter().enumerate() {
                if let Some((arrival, _, _)) = direction.queue.front() {
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
                self.work(task.place, task.job, task.step);
                self.collect(task.place);
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
        let Some((_, is_item, packet)) = link.directions[from].queue.pop_front() else {
            return;
        };
        if link.closed[to] {
            return;
        }
        let machine = &mut self.machines[place.0];
        let bench = &mut machine.bench;
        machine.items += isize::from(is_item);
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

    fn put(&mut self, link: LinkId, end: usize, is_item: bool, packet: Packet) {
        let direction = &mut self.links[link.0].directions[end];
        direction.last = direction.last.max(self.now + direction.latency);
        let arrival = direction.last;
        direction.queue.push_back((arrival, is_item, packet));
    }

    /// Takes what a registry has done and lets it have its effect. What comes of that has its effect
    /// afterwards.
    fn collect(&mut self, place: Place) {
        let outputs = self.machines[place.0].bench.take();
        self.outputs
            .extend(outputs.into_iter().map(|output| (place, output)));
        if std::mem::replace(&mut self.acting, true) {
            return;
        }
        while let Some((place, output)) = self.outputs.pop_front() {
            self.act(place, output);
        }
        self.acting = false;
    }

    fn act(&mut self, place: Place, output: Output) {
        let machine = &mut self.machines[place.0];
        match output {
            Output::Sent {
                session,
                message,
                frame,
            } => {
                let is_item = is_item(&message);
                machine.items -= isize::from(is_item);
                self.sent.push((place, session, message.clone()));
                if let Some((link, end)) = self.by_session.get(&(place, session)).copied() {
                    let packet =
                        frame.map_or_else(|| Packet::Message(Box::new(message)), Packet::Frame);
                    self.put(link, end, is_item, packet);
                }
            }
            Output::Run {
                session,
                run,
                handler,
                request,
                terms,
                deadline,
                ..
            } => {
                machine.sessions.insert(run, session);
                let conditions = Conditions {
                    streams: terms.credit.is_some(),
                    deadline,
                };
                self.begin(place, Job::Run(run), handler, request, conditions);
            }
            Output::Local { call, handler } => {
                let request = match (self.nested.get(&call), number_of(&call)) {
                    (Some(nested), _) => nested.request.clone(),
                    (None, Some(number)) => {
                        Payload::from(self.calls[number].request.clone()).non_null()
                    }
                    (None, None) => None,
                };
                let job = Job::Local(call);
                self.begin(place, job, handler, request, Conditions::default());
            }
            Output::CancelRun(run, reason) => {
                machine.cancellations.push(reason);
                if !machine.graceful.contains(&run) {
                    self.stop(place, run);
                }
            }
            Output::StopRun(run) => self.stop(place, run),
            Output::Credit(run) => {
                let every = machine.streams.get(&run).map(|stream| stream.every);
                // One that takes its time has a task already, or is waiting for this.
                let job = Job::Run(run);
                if let Some(every) = every
                    && !self.is_at_work(place, &job)
                {
                    self.later(place, job, every, Step::Items);
                }
            }
            Output::Progress { call, progress } => {
                if let Some(number) = number_of(&call) {
                    self.calls[number].reports.push(progress);
                }
            }
            Output::Item { call, item } => self.item(place, &call, &item),
            Output::Span(_) => {}
            Output::Done { call, result, .. } => self.done(&call, result),
            Output::Registered { call, result } => {
                machine.registrations.entry(call).or_default().push(result)
            }
            Output::Heard(delivery) => machine.heard.push(delivery),
            Output::Warned(warning) => machine.warnings.push(warning),
            Output::Closed(session) => self.closed(place, session),
        }
    }

    /// Takes an item of an own call: each comes once, in order, and never more than there is credit for.
    fn item(&mut self, place: Place, call: &str, item: &Payload) {
        let Some(number) = number_of(call) else {
            return;
        };
        let it = &mut self.calls[number];
        let expected = json!([it.request, it.items]);
        assert_eq!(item.to_value().ok(), Some(expected), "{call}: {it:?}");
        it.items += 1;
        let credit = it.terms.credit.unwrap_or_default() as usize;
        assert!(it.items - it.read <= credit, "{call}: {it:?}");
        assert!(it.outcomes.is_empty() && !it.cancelled, "{call}: {it:?}");
        if it.reader == Reader::Eager {
            it.read += 1;
            let machine = &mut self.machines[place.0];
            machine.items -= 1;
            machine.bench.give_credit(call, 1);
            self.collect(place);
        }
    }

    fn closed(&mut self, place: Place, session: SessionId) {
        // What still worked for it has been dropped.
        let runs = self.machines[place.0].sessions.iter();
        let mut dropped: Vec<_> = runs
            .filter(|(_, it)| **it == session)
            .map(|(run, _)| *run)
            .collect();
        dropped.sort_unstable();
        for run in dropped {
            self.drop_job(place, &Job::Run(run));
        }
        let Some((link, end)) = self.by_session.get(&(place, session)).copied() else {
            return;
        };
        if std::mem::replace(&mut self.links[link.0].closed[end], true) {
            return;
        }
        self.put(link, end, false, Packet::End);
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
        conditions: Conditions,
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
                let step = Step::Begin(*then, request, conditions);
                return self.later(place, job, time, step);
            }
            Behaviour::Report(times, every, then) => {
                let step = Step::Report {
                    done: 0,
                    times,
                    every,
                    then: Box::new(Step::Begin(*then, request, conditions)),
                };
                return self.later(place, job, every, step);
            }
            Behaviour::Graceful(then) => {
                if let Job::Run(run) = job {
                    self.machines[place.0].graceful.insert(run);
                }
                return self.begin(place, job, *then, request, conditions);
            }
            Behaviour::Stream(count, every) => {
                let end = Ok(request.clone());
                let stream = Stream {
                    next: 0,
                    count,
                    every,
                    request,
                    end,
                };
                return self.stream(place, job, stream, conditions);
            }
            Behaviour::BrokenStream(count) => {
                let end = ExecuteError::new(ExecuteErrorCode::InternalError, "it broke off");
                let stream = Stream {
                    next: 0,
                    count,
                    every: Duration::ZERO,
                    request,
                    end: Err(end),
                };
                return self.stream(place, job, stream, conditions);
            }
            Behaviour::Call(command_id) => {
                return self.nest(place, job, &command_id, request, conditions);
            }
            Behaviour::Never => return,
            Behaviour::WhenTold => {
                let request = request.map_or(json!(null), |it| it.to_value().unwrap_or_default());
                return self.machines[place.0].told.push_back((job, request));
            }
        };
        self.later(place, job, Duration::ZERO, Step::End(result));
    }

    fn later(&mut self, place: Place, job: Job, time: Duration, step: Step) {
        let due = self.now + time;
        self.tasks.push(Task {
            due,
            place,
            job,
            step,
        });
    }

    /// Does the next step of a handler.
    fn work(&mut self, place: Place, job: Job, step: Step) {
        match step {
            Step::End(result) => self.end_job(place, &job, result),
            Step::Begin(handler, request, conditions) => {
                self.begin(place, job, handler, request, conditions);
            }
            Step::Items => {
                if let Job::Run(run) = job {
                    self.send_items(place, run);
                }
            }
            Step::Report {
                done,
                times,
                every,
                then,
            } => {
                if done == times {
                    return self.work(place, job, *then);
                }
                if let Job::Run(run) = job {
                    let progress = Progress {
                        progress: (done + 1) as f64,
                        total: Some(times as f64),
                        message: None,
                    };
                    self.machines[place.0].bench.report(run, progress);
                }
                let step = Step::Report {
                    done: done + 1,
                    times,
                    every,
                    then,
                };
                self.later(place, job, every, step);
            }
        }
    }

    /// Begins to send items, or to collect them.
    fn stream(&mut self, place: Place, job: Job, stream: Stream, conditions: Conditions) {
        if let Job::Run(run) = job
            && conditions.streams
        {
            let every = stream.every;
            self.machines[place.0].streams.insert(run, stream);
            return self.later(place, Job::Run(run), every, Step::Items);
        }
        let Ok(count) = u32::try_from(stream.count) else {
            return; // There is no end to that.
        };
        let result = stream.end.map(|end| {
            let tag = value_of(stream.request.as_ref());
            let items: Vec<_> = (0..count).map(|number| json!([tag, number])).collect();
            let collected = json!({"items": items, "result": value_of(end.as_ref())});
            Payload::from(collected).non_null()
        });
        self.later(place, job, stream.every * count, Step::End(result));
    }

    /// Sends the next item, or all there is credit for if that takes no time.
    fn send_items(&mut self, place: Place, run: RunId) {
        loop {
            let machine = &mut self.machines[place.0];
            let Some(stream) = machine.streams.get_mut(&run) else {
                return;
            };
            if stream.next == stream.count {
                let end = std::mem::replace(&mut stream.end, Ok(None));
                return self.end_job(place, &Job::Run(run), end);
            }
            let tag = value_of(stream.request.as_ref());
            match machine.bench.send_item(run, json!([tag, stream.next])) {
                ItemSent::Sent => {
                    stream.next += 1;
                    machine.items += 1;
                    let every = stream.every;
                    self.count_item(&tag);
                    if !every.is_zero() {
                        return self.later(place, Job::Run(run), every, Step::Items);
                    }
                }
                // It goes on when there is some.
                ItemSent::NoCredit(_) => return,
                // It has been told, or its driver will drop it.
                ItemSent::Unwanted => {
                    machine.streams.remove(&run);
                    return;
                }
            }
        }
    }

    /// Counts an item for the call whose request says its number. Wherever on the way the items are
    /// that have been sent and not read, there are never more than the credit.
    fn count_item(&mut self, tag: &Value) {
        let number = tag.as_u64().or_else(|| tag["n"].as_u64());
        let number = number.and_then(|number| usize::try_from(number).ok());
        if let Some(call) = number.and_then(|number| self.calls.get_mut(number)) {
            call.sent += 1;
            let credit = call.terms.credit.unwrap_or_default() as usize;
            assert!(call.sent - call.read <= credit, "{call:?}");
        }
    }

    /// Has a handler call something, within the time it has itself.
    fn nest(
        &mut self,
        place: Place,
        job: Job,
        command_id: &str,
        request: Option<Payload>,
        conditions: Conditions,
    ) {
        let name = format!("nested {} {job:?}", place.0);
        let nested = Nested {
            place,
            job,
            request: request.clone(),
        };
        self.nested.insert(name.clone(), nested);
        let left = |deadline: Duration| deadline.saturating_sub(self.now);
        let terms = CallTerms {
            timeout: conditions.deadline.map(left),
            ..CallTerms::default()
        };
        let bench = &mut self.machines[place.0].bench;
        bench.call_on_terms(&name, command_id, request, None, terms);
        self.collect(place);
    }

    /// Returns whether a handler has something to do.
    fn is_at_work(&self, place: Place, job: &Job) -> bool {
        self.tasks
            .iter()
            .any(|task| task.place == place && task.job == *job)
    }

    /// Stops a handler that nobody waits for.
    fn stop(&mut self, place: Place, run: RunId) {
        let late = Err(ExecuteError::new(ExecuteErrorCode::Timeout, "stopped"));
        self.end_job(place, &Job::Run(run), late);
    }

    /// Drops a handler with everything it has begun.
    fn drop_job(&mut self, place: Place, job: &Job) {
        self.tasks
            .retain(|task| task.place != place || task.job != *job);
        let machine = &mut self.machines[place.0];
        machine.told.retain(|(it, _)| it != job);
        if let Job::Run(run) = job {
            machine.sessions.remove(run);
            machine.graceful.remove(run);
            machine.streams.remove(run);
        }
        let nested = self.nested.iter();
        let nested = nested.filter(|(_, it)| it.place == place && it.job == *job);
        // A handler makes one call at a time.
        if let Some(name) = nested.map(|(name, _)| name.clone()).next() {
            self.nested.remove(&name);
            self.machines[place.0].bench.cancel(&name);
            self.drop_job(place, &Job::Local(name));
            self.collect(place);
        }
    }

    fn end_job(&mut self, place: Place, job: &Job, result: CallResult) {
        self.drop_job(place, job);
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
        if let Some(number) = number_of(call) {
            self.calls[number].outcomes.push(result);
        }
    }
}

fn name_of(call: CallId) -> String {
    format!("call {}", call.0)
}

/// Returns which of the calls of the test this is, if it is one.
fn number_of(call: &str) -> Option<usize> {
    call.strip_prefix("call ")?.parse().ok()
}

fn is_item(message: &Message) -> bool {
    matches!(message, Message::Event { event_id, .. } if event_id == "_cmdbus.item")
}

fn value_of(payload: Option<&Payload>) -> Value {
    payload
        .and_then(|payload| payload.to_value().ok())
        .unwrap_or_default()
}
