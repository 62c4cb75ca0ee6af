//! One registry on a bench: the rules, and hands that only write down what they are told to do.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cmdbus_proto::Payload;
use cmdbus_proto::error::{ChannelError, CommandError, ExecuteErrorCode};
use cmdbus_proto::extension::{CallTerms, CancelReason, Features, Progress};
use cmdbus_proto::message::{CommandDef, ExecuteError, Message, MessageId, MessageMeta};
use cmdbus_proto::node::{
    Delivery, Effect, Execution, Inbound, ItemSent, Node, NodeConfig, NodeLimits, Outcome,
    Outgoing, RegisterFailure, Registration, RunId, SessionId, Span, Warning,
};
use cmdbus_proto::wire::{self, Decoded, FrameLimits};
use serde_json::Value;

use crate::behaviour::Behaviour;
use crate::messages::{ForeignTexts, id_source};

/// What a call comes to.
pub type CallResult = Result<Option<Payload>, ExecuteError>;

/// What a registration comes to; the text is a wire code, or what the channel said.
pub type RegisterResult = Result<(), String>;

/// Something the registry has done.
#[derive(Debug)]
pub enum Output {
    /// It gave a message to a channel.
    Sent {
        /// The session.
        session: SessionId,
        /// What was given.
        message: Message,
        /// Its text, if the session has a codec.
        frame: Option<Bytes>,
    },
    /// It started a handler for a peer.
    Run {
        /// The session whose peer asked.
        session: SessionId,
        /// Names the run.
        run: RunId,
        /// What the handler does.
        handler: Behaviour,
        /// The command.
        command_id: String,
        /// What it was called with.
        request: Option<Payload>,
        /// The envelope of the call.
        meta: Option<MessageMeta>,
        /// What its caller asks for and can be given.
        terms: CallTerms,
        /// When its caller gives up.
        deadline: Option<Duration>,
    },
    /// It told a handler that nobody waits, and why.
    CancelRun(RunId, CancelReason),
    /// It stopped a handler that had been told so.
    StopRun(RunId),
    /// It lets a handler send items again.
    Credit(RunId),
    /// A call of this process has got so far.
    Progress {
        /// Names the call.
        call: String,
        /// How far.
        progress: Progress,
    },
    /// A call of this process has an item of its result.
    Item {
        /// Names the call.
        call: String,
        /// The item.
        item: Payload,
    },
    /// Work that belongs to a trace is done.
    Span(Span),
    /// A call of this process is served by this process; the caller runs the handler.
    Local {
        /// Names the call.
        call: String,
        /// What the handler does.
        handler: Behaviour,
    },
    /// A call of this process is over.
    Done {
        /// Names the call.
        call: String,
        /// How it ended.
        result: CallResult,
        /// Where the time went, if that was asked for.
        trace: Vec<Value>,
    },
    /// A registration of this process is over.
    Registered {
        /// Names the registration.
        call: String,
        /// How it ended.
        result: RegisterResult,
    },
    /// Local listeners heard an event.
    Heard(Delivery),
    /// It closed a channel.
    Closed(SessionId),
    /// It warned.
    Warned(Warning),
}

/// How a channel treats what it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The channel has been closed.
    Closed,
    /// The transport fails.
    Broken,
    /// This one message is refused, with a text.
    ThisOne(String),
}

impl Refusal {
    fn error(&self) -> ChannelError {
        match self {
            Self::Closed => ChannelError::Closed,
            Self::Broken => ChannelError::Send("broken".to_owned()),
            Self::ThisOne(text) => ChannelError::Other(text.clone()),
        }
    }
}

/// One session, seen from the driver.
#[derive(Debug)]
struct Port {
    /// What `send` says, and how often it still says so.
    refusal: Option<(Refusal, usize)>,
    /// Messages taken out of the outbox by the session's sender, while it has one.
    sender: Option<VecDeque<Outgoing>>,
    /// The sender waits to be told to go on.
    held: bool,
    running: BTreeSet<RunId>,
    /// The session is over, and is drained.
    ended: bool,
    codec: Option<(FrameLimits, ForeignTexts)>,
}

/// One registry whose peers, handlers, callers and clock are in the hands of the test.
///
/// Effects are carried out in the order and manner of the real registry.
#[derive(Debug)]
pub struct Bench {
    /// The rules.
    pub node: Node<Behaviour, String>,
    base: Instant,
    elapsed: Duration,
    ports: HashMap<SessionId, Port>,
    by_name: HashMap<String, SessionId>,
    names: HashMap<SessionId, String>,
    waiting: HashMap<String, MessageId>,
    /// The same the other way round.
    waiting_names: HashMap<MessageId, String>,
    outputs: Vec<Output>,
}

/// Returns the configuration of a registry without a router, with the defaults of the library.
pub fn root_config() -> NodeConfig {
    NodeConfig {
        name: None,
        features: Features::ALL,
        spans: false,
        router_channel: None,
        request_ttl: Some(Duration::from_secs(30)),
        event_ttl: Some(Duration::from_secs(5)),
        max_in_flight: 256,
        limits: NodeLimits::default(),
    }
}

/// Returns the configuration of a registry whose channel `up` leads to the router.
pub fn child_config() -> NodeConfig {
    NodeConfig {
        router_channel: Some("up".to_owned()),
        ..root_config()
    }
}

impl Bench {
    /// Makes a registry; `tag` marks its message ids.
    pub fn new(config: NodeConfig, tag: u16) -> Self {
        Self {
            node: Node::new(config, id_source(tag)),
            base: Instant::now(),
            elapsed: Duration::ZERO,
            ports: HashMap::new(),
            by_name: HashMap::new(),
            names: HashMap::new(),
            waiting: HashMap::new(),
            waiting_names: HashMap::new(),
            outputs: Vec::new(),
        }
    }

    /// Makes a registry without a router.
    pub fn root() -> Self {
        Self::new(root_config(), 0)
    }

    /// Makes a registry whose channel `up` leads to the router. The channel is not connected yet.
    pub fn child() -> Self {
        Self::new(child_config(), 0)
    }

    /// Makes a registry with bounds of the test's choice.
    pub fn with_limits(mut config: NodeConfig, change: impl FnOnce(&mut NodeLimits)) -> Self {
        change(&mut config.limits);
        Self::new(config, 0)
    }

    /// Returns the time on the virtual clock.
    pub fn now(&self) -> Instant {
        self.base + self.elapsed
    }

    /// Returns how far the virtual clock has moved.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Returns the session that last used a channel id.
    ///
    /// # Panics
    /// None has.
    pub fn session(&self, channel: &str) -> SessionId {
        self.by_name[channel]
    }

    /// Returns the channel id of a session, whether it still exists or not.
    pub fn name_ever(&self, session: SessionId) -> &str {
        self.names.get(&session).map_or("?", String::as_str)
    }

    /// Connects a channel. The probe is the first output.
    ///
    /// # Errors
    /// As the real registry.
    pub fn open(&mut self, channel: &str) -> Result<SessionId, ChannelError> {
        let session = self.start(channel)?;
        self.started(session)?;
        Ok(session)
    }

    /// Connects channels and forgets the outputs of that. Sessions are found by [`session`](Self::session).
    #[must_use]
    pub fn connected(mut self, channels: &[&str]) -> Self {
        for channel in channels {
            self.open(channel).expect("the channel is new and starts");
        }
        self.outputs.clear();
        self
    }

    /// Begins to connect a channel: its id is reserved and its handshake goes on.
    ///
    /// # Errors
    /// The id is in use.
    pub fn start(&mut self, channel: &str) -> Result<SessionId, ChannelError> {
        let session = self.node.open_session(channel)?;
        self.by_name.insert(channel.to_owned(), session);
        self.names.insert(session, channel.to_owned());
        let port = Port {
            refusal: None,
            sender: None,
            held: false,
            running: BTreeSet::new(),
            ended: false,
            codec: None,
        };
        self.ports.insert(session, port);
        Ok(session)
    }

    /// Ends the handshake: sends the probe and takes the session into use.
    ///
    /// # Errors
    /// The probe could not be sent, or the session was ended meanwhile.
    pub fn started(&mut self, session: SessionId) -> Result<(), ChannelError> {
        let ready = match self.node.probe(session) {
            None => Err(ChannelError::Closed),
            Some(probe) => self.give(session, probe),
        };
        let ready = ready.and_then(|()| {
            let in_use = self.node.session_ready(session, self.now());
            in_use.then_some(()).ok_or(ChannelError::Closed)
        });
        if ready.is_err() {
            self.node.end_session(session, self.now());
        }
        self.perform();
        ready
    }

    /// Makes a session write and read frames instead of messages.
    pub fn use_codec(&mut self, session: SessionId, limits: FrameLimits) {
        if let Some(port) = self.ports.get_mut(&session) {
            port.codec = Some((limits, ForeignTexts::default()));
        }
    }

    /// Has a session's peer send a message.
    pub fn receive(&mut self, channel: &str, message: Message) {
        self.receive_on(self.by_name[channel], message);
    }

    /// Has a session's peer send a message.
    pub fn receive_on(&mut self, session: SessionId, message: Message) {
        let message = Inbound::new(message);
        self.node.handle_message(session, message, self.now());
        self.perform();
    }

    /// Has a session's peer send a frame, if the session has a codec. Returns false if it was dropped.
    pub fn receive_frame(&mut self, session: SessionId, frame: Bytes) -> bool {
        let Some((limits, ids)) = self
            .ports
            .get_mut(&session)
            .and_then(|port| port.codec.as_mut())
        else {
            return false;
        };
        match wire::decode(frame, limits, ids) {
            Decoded::Message(message) | Decoded::Truncated(message, _) => {
                self.receive_on(session, message);
                true
            }
            Decoded::Refused(answer, _) => self.give(session, answer).is_ok(),
            Decoded::Dropped(_) => false,
        }
    }

    /// Ends a session because its peer has closed. It is closed once its handlers are done.
    pub fn hang_up(&mut self, channel: &str) {
        self.hang_up_on(self.by_name[channel]);
    }

    /// Ends a session because its peer has closed.
    pub fn hang_up_on(&mut self, session: SessionId) {
        self.node.end_session(session, self.now());
        self.perform();
    }

    /// Drops a session's driver with everything that runs in it.
    pub fn drop_driver(&mut self, channel: &str) {
        let session = self.by_name[channel];
        self.node.forget_session(session, self.now());
        self.perform();
        self.close(session);
    }

    /// Makes a channel refuse the next messages it is given.
    pub fn refuse(&mut self, session: SessionId, refusal: Refusal, times: usize) {
        if let Some(port) = self.ports.get_mut(&session) {
            port.refusal = Some((refusal, times));
        }
    }

    /// Stops or lets go whoever sends for a session. What is decided meanwhile waits in the outbox.
    pub fn hold(&mut self, session: SessionId, held: bool) {
        if let Some(port) = self.ports.get_mut(&session) {
            port.held = held;
        }
        while !held && self.send_one(session) {}
    }

    /// Returns the sessions whose senders are held and have something to do, in a fixed order.
    pub fn busy_senders(&self) -> Vec<SessionId> {
        let mut busy: Vec<_> = self
            .ports
            .iter()
            .filter(|(_, port)| port.held && port.sender.is_some())
            .map(|(session, _)| *session)
            .collect();
        busy.sort_unstable();
        busy
    }

    /// Lets a session's sender do one step. Returns false if it has given its role up.
    pub fn send_one(&mut self, session: SessionId) -> bool {
        let Some(batch) = self
            .ports
            .get_mut(&session)
            .and_then(|port| port.sender.as_mut())
        else {
            return false;
        };
        if batch.is_empty() && !self.node.next_outgoing(session, batch) {
            if let Some(port) = self.ports.get_mut(&session) {
                port.sender = None;
            }
            self.close_if_drained(session);
            return false;
        }
        if let Some(outgoing) = batch.pop_front() {
            let receipt = outgoing.receipt();
            let now = self.now();
            if let Err(error) = self.give(session, outgoing.into_message(|| now)) {
                self.node
                    .handle_send_failed(session, receipt, &error, self.now());
                self.perform();
            }
        }
        true
    }

    /// Moves the clock, and fires each deadline at its time.
    pub fn advance(&mut self, time: Duration) {
        let target = self.elapsed + time;
        while let Some(due) = self.next_timeout().filter(|due| *due <= target) {
            self.elapsed = self.elapsed.max(due);
            self.fire();
        }
        self.elapsed = target;
    }

    /// Returns when the next deadline is due, on the virtual clock.
    pub fn next_timeout(&self) -> Option<Duration> {
        self.node
            .next_timeout()
            .map(|due| due.saturating_duration_since(self.base))
    }

    /// Sets the clock without firing anything.
    pub fn set_clock(&mut self, elapsed: Duration) {
        self.elapsed = elapsed;
    }

    /// Fires the deadlines that are due.
    ///
    /// # Panics
    /// One is still due afterwards, which would wake a real registry for ever.
    pub fn fire(&mut self) {
        self.node.handle_timeout(self.now());
        self.perform();
        let next = self.next_timeout();
        assert!(next.is_none_or(|due| due > self.elapsed), "still due");
    }

    /// Calls a command on behalf of this process.
    pub fn call(&mut self, call: &str, command_id: &str, request: Value) {
        self.call_with(call, command_id, Payload::from(request).non_null(), None);
    }

    /// Calls a command on behalf of this process, with an envelope.
    pub fn call_with(
        &mut self,
        call: &str,
        command_id: &str,
        request: Option<Payload>,
        meta: Option<MessageMeta>,
    ) {
        self.call_on_terms(call, command_id, request, meta, CallTerms::default());
    }

    /// Calls a command on behalf of this process, and asks for more than an answer.
    pub fn call_on_terms(
        &mut self,
        call: &str,
        command_id: &str,
        mut request: Option<Payload>,
        mut meta: Option<MessageMeta>,
        terms: CallTerms,
    ) {
        let now = self.now();
        let execution = self
            .node
            .execute(command_id, &mut request, &mut meta, terms, now, || {
                call.to_owned()
            });
        let call = call.to_owned();
        match execution {
            Execution::Local(handler, _) => self.outputs.push(Output::Local { call, handler }),
            Execution::Sent(message) => {
                self.waiting_names.insert(message, call.clone());
                self.waiting.insert(call, message);
            }
            Execution::Failed(error) => {
                let result = Err(error.to_wire(command_id));
                self.outputs.push(Output::Done {
                    call,
                    result,
                    trace: Vec::new(),
                });
            }
        }
        self.perform();
    }

    /// Drops the future of a call or a registration of this process.
    pub fn cancel(&mut self, call: &str) {
        self.cancel_because(call, &CancelReason::CALLER_GONE);
    }

    /// Gives up a call of this process for a reason.
    pub fn cancel_because(&mut self, call: &str, reason: &CancelReason) {
        if let Some(message) = self.stop_waiting(call) {
            self.node.cancel(message, reason, self.now());
            self.perform();
        }
    }

    /// Has a handler report progress.
    pub fn report(&mut self, run: RunId, progress: Progress) {
        self.node.report(run, progress, self.now());
        self.perform();
    }

    /// Has a handler send an item of its result.
    pub fn send_item(&mut self, run: RunId, item: Value) -> ItemSent {
        let sent = self.node.send_item(run, item.into(), self.now());
        self.perform();
        sent
    }

    /// Lets the callee of a call of this process send more items.
    pub fn give_credit(&mut self, call: &str, add: u32) {
        if let Some(message) = self.waiting.get(call) {
            self.node.give_credit(*message, add, self.now());
            self.perform();
        }
    }

    /// Bounds how long each item of a call of this process may take.
    pub fn limit_idle(&mut self, call: &str, limit: Duration) {
        if let Some(message) = self.waiting.get(call) {
            self.node.limit_idle(*message, limit, self.now());
            self.perform();
        }
    }

    /// Returns whether a call or a registration of this process waits for an answer.
    pub fn is_waiting(&self, call: &str) -> bool {
        self.waiting.contains_key(call)
    }

    /// Registers a command of this process.
    pub fn register(&mut self, call: &str, definition: CommandDef, handler: Behaviour) {
        let now = self.now();
        let registration = self
            .node
            .register(definition.normalized(), handler, now, || call.to_owned());
        let call = call.to_owned();
        match registration {
            Registration::Sent(message) => {
                self.waiting_names.insert(message, call.clone());
                self.waiting.insert(call, message);
            }
            Registration::Done => self.outputs.push(Output::Registered {
                call,
                result: Ok(()),
            }),
            Registration::Failed(error) => {
                let why = match error {
                    CommandError::DuplicateCommand(_) => "duplicate_command".to_owned(),
                    other => other.to_string(),
                };
                self.outputs.push(Output::Registered {
                    call,
                    result: Err(why),
                });
            }
        }
        self.perform();
    }

    /// Registers a command of this process that is in force at once, and forgets the output of that.
    ///
    /// # Panics
    /// It is not.
    pub fn serve(&mut self, command_id: &str) {
        self.register(
            "serve",
            crate::messages::command(command_id),
            Behaviour::WhenTold,
        );
        match self.outputs.pop() {
            Some(Output::Registered { result: Ok(()), .. }) => {}
            other => panic!("the command `{command_id}` is not in force: {other:?}"),
        }
    }

    /// Removes a command of this process.
    pub fn unregister(&mut self, command_id: &str) -> bool {
        let there = self.node.unregister(command_id, self.now());
        self.perform();
        there
    }

    /// Emits an event.
    pub fn emit(&mut self, event_id: &str, payload: Value) {
        let payload = Payload::from(payload).non_null();
        self.node.emit(event_id.to_owned(), payload, self.now());
        self.perform();
    }

    /// Ends a handler.
    pub fn finish(&mut self, run: RunId, result: CallResult) {
        self.node.handle_finished(run, result, self.now());
        self.perform();
        let sessions: Vec<_> = self
            .ports
            .iter_mut()
            .filter_map(|(session, port)| port.running.remove(&run).then_some(*session))
            .collect();
        for session in sessions {
            self.close_if_drained(session);
        }
    }

    /// Disposes of the registry.
    pub fn dispose(&mut self) {
        self.node.dispose(self.now());
        self.perform();
    }

    /// Takes everything that has happened since the last time.
    pub fn take(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs)
    }

    /// Takes the messages given to a channel, and leaves everything else.
    pub fn sent(&mut self, channel: &str) -> Vec<Message> {
        let session = self.by_name[channel];
        let mut found = Vec::new();
        for output in self.take() {
            match output {
                Output::Sent {
                    session: to,
                    message,
                    ..
                } if to == session => found.push(message),
                other => self.outputs.push(other),
            }
        }
        found
    }

    /// Takes the only message given to a channel.
    ///
    /// # Panics
    /// There is none, or more than one.
    pub fn sent_one(&mut self, channel: &str) -> Message {
        let mut sent = self.sent(channel);
        assert_eq!(sent.len(), 1, "one message to `{channel}`, not {sent:#?}");
        sent.remove(0)
    }

    /// Takes the handlers that have been started, in order.
    pub fn runs(&mut self) -> Vec<RunId> {
        let mut found = Vec::new();
        for output in self.take() {
            match output {
                Output::Run { run, .. } => found.push(run),
                other => self.outputs.push(other),
            }
        }
        found
    }

    /// Takes how a call of this process has ended, if it has.
    pub fn result(&mut self, call: &str) -> Option<CallResult> {
        let at = self
            .outputs
            .iter()
            .position(|output| matches!(output, Output::Done { call: it, .. } if it == call))?;
        match self.outputs.remove(at) {
            Output::Done { result, .. } => Some(result),
            _ => None,
        }
    }

    /// Takes how a registration of this process has ended, if it has.
    pub fn registration(&mut self, call: &str) -> Option<RegisterResult> {
        let at = self.outputs.iter().position(
            |output| matches!(output, Output::Registered { call: it, .. } if it == call),
        )?;
        match self.outputs.remove(at) {
            Output::Registered { result, .. } => Some(result),
            _ => None,
        }
    }

    /// Returns the ids of the commands the registry lists.
    pub fn commands(&self) -> Vec<&str> {
        self.node
            .commands()
            .map(|command| command.id.as_str())
            .collect()
    }

    /// Panics if anything is unfinished: a wait, a deadline, a handler, an event still remembered.
    pub fn assert_quiet(&self) {
        let load = self.node.load();
        assert_eq!(
            (
                load.outstanding,
                load.open,
                load.streams,
                load.running,
                load.parked,
                load.timers,
                load.seen_events
            ),
            (0, 0, 0, 0, 0, 0, 0),
            "{load:?}"
        );
    }

    /// Carries out what the rules want, as the real registry does.
    fn perform(&mut self) {
        loop {
            let mut effects = VecDeque::new();
            self.node.take_effects(&mut effects);
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                self.carry_out(effect);
            }
        }
    }

    fn carry_out(&mut self, effect: Effect<Behaviour, String>) {
        match effect {
            Effect::Flush(session) => {
                let Some(port) = self.ports.get_mut(&session) else {
                    // The real registry has lost the channel too, and its sender finds the end.
                    while self
                        .node
                        .next_outgoing(session, &mut VecDeque::with_capacity(0))
                    {
                    }
                    return;
                };
                port.sender = Some(VecDeque::new());
                let held = port.held;
                while !held && self.send_one(session) {}
            }
            Effect::Run(run) => {
                if let Some(port) = self.ports.get_mut(&run.session) {
                    port.running.insert(run.id);
                }
                self.outputs.push(Output::Run {
                    session: run.session,
                    run: run.id,
                    handler: run.handler,
                    command_id: run.command_id.to_string(),
                    request: run.request,
                    meta: run.meta,
                    terms: run.terms,
                    deadline: run
                        .deadline
                        .map(|due| due.saturating_duration_since(self.base)),
                });
            }
            Effect::CancelRun { run, reason, .. } => {
                self.outputs.push(Output::CancelRun(run, reason));
            }
            Effect::StopRun { run, .. } => self.outputs.push(Output::StopRun(run)),
            Effect::Credit { run, .. } => self.outputs.push(Output::Credit(run)),
            Effect::Progress { call, progress } => {
                if let Some(call) = self.name_of_call(call) {
                    self.outputs.push(Output::Progress { call, progress });
                }
            }
            Effect::Item { call, item } => {
                if let Some(call) = self.name_of_call(call) {
                    self.outputs.push(Output::Item { call, item });
                }
            }
            Effect::Span(span) => self.outputs.push(Output::Span(span)),
            Effect::Complete(call, outcome) => {
                self.stop_waiting(&call);
                self.outputs.push(match outcome {
                    Outcome::Call(result, trace) => Output::Done {
                        call,
                        result,
                        trace,
                    },
                    Outcome::Registration(result) => Output::Registered {
                        call,
                        result: result.map_err(|failure| match failure {
                            RegisterFailure::Duplicate => "duplicate_command".to_owned(),
                            RegisterFailure::Timeout => "timeout".to_owned(),
                            RegisterFailure::Disconnected => "channel_disconnected".to_owned(),
                            RegisterFailure::Refused(text) => text,
                        }),
                    },
                });
            }
            Effect::Deliver(delivery) => self.outputs.push(Output::Heard(delivery)),
            Effect::End(session) => {
                if let Some(port) = self.ports.get_mut(&session) {
                    port.ended = true;
                }
                self.close_if_drained(session);
            }
            Effect::DrainExpired(session) => self.close(session),
            Effect::Warn(warning) => self.outputs.push(Output::Warned(warning)),
        }
    }

    fn name_of_call(&self, call: MessageId) -> Option<String> {
        self.waiting_names.get(&call).cloned()
    }

    fn stop_waiting(&mut self, call: &str) -> Option<MessageId> {
        let message = self.waiting.remove(call)?;
        self.waiting_names.remove(&message);
        Some(message)
    }

    fn close_if_drained(&mut self, session: SessionId) {
        let drained = self.ports.get(&session).is_some_and(|port| {
            port.ended && port.running.is_empty() && (port.sender.is_none() || !port.held)
        });
        if drained {
            self.close(session);
        }
    }

    fn close(&mut self, session: SessionId) {
        if self.ports.remove(&session).is_some() {
            self.node.forget_session(session, self.now());
            self.outputs.push(Output::Closed(session));
            self.perform();
        }
    }

    /// Gives a message to a channel.
    fn give(&mut self, session: SessionId, message: Message) -> Result<(), ChannelError> {
        let Some(port) = self.ports.get_mut(&session) else {
            return Err(ChannelError::Closed);
        };
        if let Some((refusal, times)) = &mut port.refusal
            && *times > 0
        {
            *times -= 1;
            return Err(refusal.error());
        }
        let frame = match &mut port.codec {
            None => None,
            Some((limits, ids)) => {
                let frame = wire::encode(&message, limits, ids)
                    .map_err(|error| ChannelError::Other(error.to_string()))?;
                let mut text = Vec::with_capacity(frame.len());
                frame.write_to(&mut text);
                Some(Bytes::from(text))
            }
        };
        self.outputs.push(Output::Sent {
            session,
            message,
            frame,
        });
        Ok(())
    }
}

/// Returns an error as a handler or the bus reports it.
pub fn error(code: ExecuteErrorCode, message: &str) -> ExecuteError {
    ExecuteError::new(code, message)
}
