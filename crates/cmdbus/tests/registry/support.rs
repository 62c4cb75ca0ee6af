//! What the tests have in common: a world of registries on one thread, and a channel whose peer is the test.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use cmdbus::registry::Options;
use cmdbus::serde_json::{Value, json};
use cmdbus::{
    CallContext, ChannelError, Command, CommandChannel, CommandDef, CommandError, CommandRegistry,
    Config, DynCommand, ExecuteResult, InMemoryChannel, Message, MessageId, MessageMeta, Payload,
    RegisterResult, True,
};
use cmdbus_proto::node::Load;
use futures_channel::oneshot;
use futures_executor::{LocalPool, block_on};
use futures_util::future::{BoxFuture, FutureExt, MaybeDone, RemoteHandle};
use futures_util::task::LocalSpawnExt;

/// A time limit that is reached as soon as nothing else happens.
pub(crate) const SHORT: Duration = Duration::from_millis(30);
/// Longer than anything here takes. Reached only by a test that fails.
const TOO_LONG: Duration = Duration::from_secs(20);

/// Makes a registry of a known name that leads nowhere.
pub(crate) fn root(id: &str) -> CommandRegistry {
    CommandRegistry::new(config(id))
}

/// Makes a registry whose router is the channel `router`.
pub(crate) fn child(id: &str, router: &str) -> CommandRegistry {
    CommandRegistry::new(Config {
        router_channel: Some(router.into()),
        ..config(id)
    })
}

pub(crate) fn config(id: &str) -> Config {
    Config {
        id: Some(id.into()),
        ..Config::default()
    }
}

/// What is left when nothing is going on: `commands` ids and `sessions` channels.
pub(crate) fn quiet(commands: usize, sessions: usize) -> Load {
    Load {
        commands,
        sessions,
        ..Load::default()
    }
}

/// What a registry holds, without the ids of events it remembers for a while.
pub(crate) fn load(registry: &CommandRegistry) -> Load {
    Load {
        seen_events: 0,
        ..registry.load()
    }
}

pub(crate) fn ids(registry: &CommandRegistry) -> Vec<String> {
    let commands = registry.list_commands();
    commands.into_iter().map(|command| command.id).collect()
}

/// Makes a command that returns its request.
pub(crate) fn echo(id: &str) -> impl cmdbus::Command {
    DynCommand::new(id, |request: Value| async move {
        Ok::<_, CommandError>(request)
    })
}

/// Makes a command that returns `answer`.
pub(crate) fn constant(id: &str, answer: &'static str) -> impl cmdbus::Command {
    DynCommand::new(
        id,
        move |_: Value| async move { Ok::<_, CommandError>(answer) },
    )
}

/// Makes a command that never returns.
pub(crate) fn hanging(id: &str) -> impl cmdbus::Command {
    DynCommand::new(id, |_: Value| {
        std::future::pending::<Result<(), CommandError>>()
    })
}

/// An executor on the thread of the test, so that nothing happens but what the test lets happen.
pub(crate) struct World(LocalPool);

impl World {
    pub(crate) fn new() -> Self {
        Self(LocalPool::new())
    }

    /// Runs a future, and everything else as long as it takes.
    pub(crate) fn run<T>(&mut self, future: impl Future<Output = T>) -> T {
        self.0.run_until(future)
    }

    /// Runs everything until nothing can go on by itself.
    pub(crate) fn settle(&mut self) {
        self.0.run_until_stalled();
    }

    /// Runs everything until something is so, which only other threads may have to bring about.
    #[track_caller]
    pub(crate) fn until(&mut self, mut is_so: impl FnMut() -> bool) {
        let start = Instant::now();
        loop {
            self.settle();
            if is_so() {
                return;
            }
            assert!(start.elapsed() < TOO_LONG, "it is never so");
            thread::yield_now();
        }
    }

    /// Starts a future that borrows nothing. It is dropped together with the returned handle.
    pub(crate) fn start<T: 'static>(
        &mut self,
        future: impl Future<Output = T> + 'static,
    ) -> RemoteHandle<T> {
        let handle = self.0.spawner().spawn_local_with_handle(future).unwrap();
        self.settle();
        handle
    }

    /// Calls a command and lets the call get as far as it can.
    pub(crate) fn call(
        &mut self,
        registry: &CommandRegistry,
        id: &'static str,
        request: Value,
    ) -> RemoteHandle<Result<Value, CommandError>> {
        let registry = registry.clone();
        self.start(async move { registry.execute_dyn(id, request).await })
    }

    /// Connects a channel and runs its driver. The driver is dropped together with the returned handle.
    pub(crate) fn connect(
        &mut self,
        registry: &CommandRegistry,
        channel: &Arc<impl CommandChannel + 'static>,
    ) -> RemoteHandle<()> {
        let driver = self
            .run(registry.register_channel(channel.clone()))
            .unwrap();
        self.start(driver)
    }

    /// Joins two registries by channels named after the registry they lead to.
    pub(crate) fn join(&mut self, a: &CommandRegistry, b: &CommandRegistry) -> Pair {
        let (to_b, to_a) = InMemoryChannel::pair(b.id(), a.id());
        let drivers = (self.connect(a, &to_b), self.connect(b, &to_a));
        self.settle();
        Pair {
            to_a,
            to_b,
            drivers,
        }
    }

    pub(crate) fn register(
        &mut self,
        registry: &CommandRegistry,
        command: impl cmdbus::Command,
    ) -> Result<(), CommandError> {
        self.run(registry.register_command(command))
    }
}

/// A connection between two registries. Dropping it drops both drivers.
pub(crate) struct Pair {
    pub(crate) to_a: Arc<InMemoryChannel>,
    pub(crate) to_b: Arc<InMemoryChannel>,
    pub(crate) drivers: (RemoteHandle<()>, RemoteHandle<()>),
}

/// Three registries in a row, `a` - `hub` - `b`, the middle one being the router of the others. Commands
/// are at `b`, so that there are callers at every distance.
pub(crate) struct Line {
    pub(crate) world: World,
    pub(crate) a: CommandRegistry,
    pub(crate) hub: CommandRegistry,
    pub(crate) b: CommandRegistry,
    /// Gone when a link is to be lost.
    pub(crate) to_a: Option<Pair>,
    pub(crate) to_b: Option<Pair>,
}

impl Line {
    pub(crate) fn new() -> Self {
        Self::with(|_| Options::default())
    }

    /// Makes the three with the options for each name.
    pub(crate) fn with(options: impl Fn(&str) -> Options) -> Self {
        let make = |id: &str| {
            let config = Config {
                router_channel: (id != "hub").then(|| "hub".into()),
                // So that only what is tested can end a wait.
                request_ttl: Duration::ZERO,
                ..config(id)
            };
            CommandRegistry::with_options(config, options(id))
        };
        let (a, hub, b) = (make("a"), make("hub"), make("b"));
        let mut world = World::new();
        let to_a = Some(world.join(&a, &hub));
        let to_b = Some(world.join(&b, &hub));
        Self {
            world,
            a,
            hub,
            b,
            to_a,
            to_b,
        }
    }

    /// Registers a command at `b`.
    pub(crate) fn provide(&mut self, command: impl Command) {
        self.world.register(&self.b, command).unwrap();
        self.world.settle();
    }

    /// Returns those who can call what `b` provides: itself, its neighbour, and the one behind that.
    pub(crate) fn callers(&self) -> [CommandRegistry; 3] {
        [self.b.clone(), self.hub.clone(), self.a.clone()]
    }

    /// Waits until something is so, and returns false if a call is over, with nothing of it left, before
    /// that.
    #[track_caller]
    pub(crate) fn until_unless_over<T: 'static>(
        &mut self,
        call: &mut MaybeDone<RemoteHandle<T>>,
        mut is_so: impl FnMut() -> bool,
    ) -> bool {
        let (all, mut so) = (self.callers(), false);
        self.world.until(|| {
            let is_over = poll_once(call).is_ready();
            so = is_so();
            so || (is_over && !all.iter().any(is_busy))
        });
        so
    }

    /// Waits until nothing is going on anywhere, and fails if that never comes.
    #[track_caller]
    pub(crate) fn is_quiet(&mut self) {
        let all = self.callers();
        let busy = || all.iter().any(is_busy);
        let start = Instant::now();
        self.world
            .until(|| !busy() || start.elapsed() > TOO_LONG / 2);
        let loads = all.each_ref().map(load);
        assert!(!busy(), "b, hub, a: {loads:#?}");
    }
}

fn is_busy(registry: &CommandRegistry) -> bool {
    let load = load(registry);
    load != quiet(load.commands, load.sessions)
}

/// Tries with more and more time until it is enough for what has to happen before the time is up: a
/// machine may be busy with other things.
#[track_caller]
pub(crate) fn with_enough_time(mut attempt: impl FnMut(Duration) -> bool) {
    let mut limit = SHORT;
    while !attempt(limit) {
        limit *= 2;
        assert!(limit < TOO_LONG, "no time is enough");
    }
}

/// What a test sees of handlers that wait until the test, or the bus, ends them.
#[derive(Clone, Default)]
pub(crate) struct Watch(Arc<Mutex<Watched>>);

#[derive(Default)]
struct Watched {
    contexts: Vec<CallContext>,
    ended: Vec<String>,
}

impl Watch {
    /// Makes a command that never returns.
    pub(crate) fn hanging(&self, id: &str) -> impl Command {
        let watch = self.clone();
        DynCommand::new(id, move |_: Value| {
            let watch = watch.clone();
            async move {
                let _here = watch.enter();
                std::future::pending::<Result<(), CommandError>>().await
            }
        })
    }

    /// Makes a command that is told when nobody waits for it, then waits for the gate, and returns.
    pub(crate) fn graceful(&self, id: &'static str, gate: &Gate) -> impl Command {
        Graceful {
            id,
            watch: self.clone(),
            gate: gate.clone(),
        }
    }

    /// Notes that a handler has begun. Called inside of it; it has ended when what is returned is dropped.
    pub(crate) fn enter(&self) -> Inside {
        let context = CallContext::current().expect("a handler has a context");
        self.0.lock().unwrap().contexts.push(context.clone());
        Inside {
            watch: self.clone(),
            context,
            how: None,
        }
    }

    /// Returns how many handlers have begun.
    pub(crate) fn begun(&self) -> usize {
        self.0.lock().unwrap().contexts.len()
    }

    /// Forgets the handlers that have begun.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap().contexts.clear();
    }

    /// Returns the context of the latest handler, which outlives it.
    pub(crate) fn context(&self) -> CallContext {
        let latest = self.0.lock().unwrap().contexts.last().cloned();
        latest.expect("a handler has begun")
    }

    /// Takes how handlers have ended: what they said of it, or the reason for which each had been
    /// cancelled before it was dropped.
    pub(crate) fn ended(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().ended)
    }

    /// Waits until a handler has ended, and returns how.
    #[track_caller]
    pub(crate) fn wait_end(&self, world: &mut World) -> String {
        world.until(|| !self.0.lock().unwrap().ended.is_empty());
        let mut ended = self.ended();
        assert_eq!(ended.len(), 1, "{ended:?}");
        ended.remove(0)
    }
}

/// A handler at work.
pub(crate) struct Inside {
    watch: Watch,
    context: CallContext,
    how: Option<String>,
}

impl Inside {
    /// Says how it ended.
    pub(crate) fn end(mut self, how: &str) {
        self.how = Some(how.into());
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        let reason = self.context.cancel_reason();
        assert_eq!(reason.is_some(), self.context.is_cancelled());
        let dropped = || reason.map_or("dropped".into(), |reason| reason.to_string());
        let how = self.how.take().unwrap_or_else(dropped);
        self.watch.0.lock().unwrap().ended.push(how);
    }
}

struct Graceful {
    id: &'static str,
    watch: Watch,
    gate: Gate,
}

impl Command for Graceful {
    const ID: &'static str = "";
    type Request = Value;
    type Response = Value;

    fn id(&self) -> &str {
        self.id
    }

    fn graceful(&self) -> bool {
        true
    }

    async fn handle(&self, _: Value) -> Result<Value, CommandError> {
        let here = self.watch.enter();
        here.context.cancelled().await;
        self.gate.pass(Value::Null).await;
        here.end("finished");
        Ok(json!("too late"))
    }
}

/// Calls that wait until the test lets them finish, in the order in which they started.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<Mutex<Vec<AtGate>>>);

/// What was asked, and what lets it be answered.
type AtGate = (Value, oneshot::Sender<()>);

impl Gate {
    /// Makes a command that returns its request once it is let through.
    pub(crate) fn command(&self, id: &str) -> impl Command {
        let gate = self.clone();
        DynCommand::new(id, move |request: Value| {
            let gate = gate.clone();
            async move {
                gate.pass(request.clone()).await;
                Ok::<_, CommandError>(request)
            }
        })
    }

    /// Waits until the test opens.
    pub(crate) async fn pass(&self, what: Value) {
        let (open, opened) = oneshot::channel();
        self.0.lock().unwrap().push((what, open));
        opened.await.expect("the test lets everybody through");
    }

    /// Returns what has started and waits.
    pub(crate) fn waiting(&self) -> Vec<Value> {
        let waiting = self.0.lock().unwrap();
        waiting.iter().map(|(request, _)| request.clone()).collect()
    }

    /// Lets the call through that has waited longest.
    pub(crate) fn open(&self) {
        let (_, open) = self.0.lock().unwrap().remove(0);
        open.send(()).unwrap();
    }
}

/// Runs a driver on a thread of its own.
pub(crate) fn on_thread(
    driver: impl Future<Output = ()> + Send + 'static,
) -> thread::JoinHandle<()> {
    thread::spawn(move || block_on(driver))
}

/// Runs `work` on another thread and fails if it hangs.
#[track_caller]
pub(crate) fn soon<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, result) = mpsc::channel();
    let worker = thread::spawn(move || {
        let _ = done.send(work());
    });
    match result.recv_timeout(TOO_LONG) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it hangs"),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            std::panic::resume_unwind(worker.join().unwrap_err())
        }
    }
}

/// Polls a future once, with a waker that does nothing.
pub(crate) fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// Is pending once, so that its task is polled again.
pub(crate) async fn yield_once() {
    let mut first = true;
    poll_fn(|cx| {
        if std::mem::take(&mut first) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

/// Makes a waker that uses the registry when it is woken, as an executor that polls in place would, and
/// says so.
pub(crate) fn curious_waker(registry: &CommandRegistry) -> (Waker, mpsc::Receiver<()>) {
    struct Curious(CommandRegistry, Mutex<mpsc::Sender<()>>);
    impl Wake for Curious {
        fn wake(self: Arc<Self>) {
            let _ = self.0.list_channels();
            let _ = self.1.lock().unwrap().send(());
        }
    }
    let (woken, wait) = mpsc::channel();
    let waker = Arc::new(Curious(registry.clone(), Mutex::new(woken)));
    (waker.into(), wait)
}

/// What a channel says of a message.
pub(crate) type Verdict = fn() -> Result<(), ChannelError>;

type OnSend = Box<dyn Fn(&Message) -> Result<(), ChannelError> + Send + Sync>;
type OnStart = Box<dyn Fn() -> BoxFuture<'static, Result<(), ChannelError>> + Send + Sync>;
type OnRecv = Box<dyn Fn() -> BoxFuture<'static, Option<Message>> + Send + Sync>;
type OnClose = Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// A channel whose other end is the test: it records what it is given, and delivers what it is told to.
pub(crate) struct Peer {
    id: String,
    state: Mutex<PeerState>,
    closes: AtomicUsize,
    on_start: Option<OnStart>,
    on_send: Option<OnSend>,
    on_recv: Option<OnRecv>,
    on_close: Option<OnClose>,
}

#[derive(Default)]
struct PeerState {
    sent: Vec<Message>,
    inbox: VecDeque<Message>,
    closed: bool,
    hung_up: bool,
    receiver: Option<Waker>,
}

impl Peer {
    pub(crate) fn new(id: &str) -> Self {
        Self {
            id: id.into(),
            state: Mutex::default(),
            closes: AtomicUsize::new(0),
            on_start: None,
            on_send: None,
            on_recv: None,
            on_close: None,
        }
    }

    pub(crate) fn on_start(
        mut self,
        act: impl Fn() -> BoxFuture<'static, Result<(), ChannelError>> + Send + Sync + 'static,
    ) -> Self {
        self.on_start = Some(Box::new(act));
        self
    }

    /// Decides about every message but the probe, which goes through.
    pub(crate) fn on_send(
        mut self,
        act: impl Fn(&Message) -> Result<(), ChannelError> + Send + Sync + 'static,
    ) -> Self {
        self.on_send = Some(Box::new(move |message| match message {
            Message::ListCommandsRequest { .. } => Ok(()),
            message => act(message),
        }));
        self
    }

    pub(crate) fn on_recv(
        mut self,
        act: impl Fn() -> BoxFuture<'static, Option<Message>> + Send + Sync + 'static,
    ) -> Self {
        self.on_recv = Some(Box::new(act));
        self
    }

    pub(crate) fn on_close(
        mut self,
        act: impl Fn() -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Self {
        self.on_close = Some(Box::new(act));
        self
    }

    pub(crate) fn make(self) -> Arc<Self> {
        Arc::new(self)
    }

    /// Takes what the registry has sent, the probe and the answers to our lists left out.
    pub(crate) fn sent(&self) -> Vec<Message> {
        let mut sent = std::mem::take(&mut self.state.lock().unwrap().sent);
        sent.retain(|message| {
            !matches!(
                message,
                Message::ListCommandsRequest { .. } | Message::ListCommandsResponse { .. }
            )
        });
        sent
    }

    /// Takes what the registry has sent, which is one message.
    #[track_caller]
    pub(crate) fn sent_one(&self) -> Message {
        let mut sent = self.sent();
        assert_eq!(sent.len(), 1, "{sent:?}");
        sent.remove(0)
    }

    /// Returns the id of the probe.
    pub(crate) fn probe(&self) -> MessageId {
        let state = self.state.lock().unwrap();
        let mut probes = state
            .sent
            .iter()
            .filter(|message| matches!(message, Message::ListCommandsRequest { .. }));
        probes.next().unwrap().id()
    }

    pub(crate) fn is_probed(&self) -> bool {
        !self.state.lock().unwrap().sent.is_empty()
    }

    /// Lets the registry learn that the peer provides these, and can do everything there is.
    pub(crate) fn provide(&self, commands: &[&str]) {
        let mut list = list(self.probe(), commands);
        let features = json!(["cancel/1", "progress/1", "stream/1"]);
        if let Message::ListCommandsResponse { meta, .. } = &mut list {
            let extra = [("cmdbus-features".into(), features)].into();
            *meta = Some(MessageMeta {
                extra,
                ..MessageMeta::default()
            });
        }
        self.deliver(list);
    }

    /// Lets the registry receive a message.
    pub(crate) fn deliver(&self, message: Message) {
        self.change(|state| state.inbox.push_back(message));
    }

    /// Lets the registry receive the end, after everything that was delivered.
    pub(crate) fn hang_up(&self) {
        self.change(|state| state.hung_up = true);
    }

    pub(crate) fn closes(&self) -> usize {
        self.closes.load(Ordering::SeqCst)
    }

    fn change(&self, act: impl FnOnce(&mut PeerState)) {
        let receiver = {
            let mut state = self.state.lock().unwrap();
            act(&mut state);
            state.receiver.take()
        };
        if let Some(receiver) = receiver {
            receiver.wake();
        }
    }
}

impl CommandChannel for Peer {
    fn id(&self) -> &str {
        &self.id
    }

    fn start(&self) -> BoxFuture<'_, Result<(), ChannelError>> {
        match &self.on_start {
            Some(act) => act(),
            None => std::future::ready(Ok(())).boxed(),
        }
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.closes.fetch_add(1, Ordering::SeqCst);
        self.change(|state| state.closed = true);
        match &self.on_close {
            Some(act) => act(),
            None => std::future::ready(()).boxed(),
        }
    }

    fn send(&self, message: Message) -> Result<(), ChannelError> {
        if let Some(act) = &self.on_send {
            act(&message)?;
        }
        let mut state = self.state.lock().unwrap();
        if state.closed {
            return Err(ChannelError::Closed);
        }
        state.sent.push(message);
        Ok(())
    }

    fn recv(&self) -> BoxFuture<'_, Option<Message>> {
        if let Some(act) = &self.on_recv {
            return act();
        }
        poll_fn(|cx| {
            let mut state = self.state.lock().unwrap();
            if state.closed {
                return Poll::Ready(None);
            }
            match state.inbox.pop_front() {
                Some(message) => Poll::Ready(Some(message)),
                None if state.hung_up => Poll::Ready(None),
                None => {
                    state.receiver = Some(cx.waker().clone());
                    Poll::Pending
                }
            }
        })
        .boxed()
    }
}

pub(crate) fn fresh() -> MessageId {
    MessageId::new_v4()
}

pub(crate) fn request(id: MessageId, command: &str, request: Value) -> Message {
    Message::ExecuteCommandRequest {
        id,
        meta: None,
        command_id: command.into(),
        request: Payload::from(request).non_null(),
    }
}

pub(crate) fn response(thid: MessageId, result: Value) -> Message {
    Message::ExecuteCommandResponse {
        id: fresh(),
        meta: None,
        thid,
        response: ExecuteResult::Ok {
            ok: True,
            result: Payload::from(result).non_null(),
        },
    }
}

/// Makes a frame about the call that was received as `thid`.
pub(crate) fn frame(name: &str, thid: MessageId, mut payload: Value) -> Message {
    payload["thid"] = json!(thid);
    event(fresh(), &format!("_cmdbus.{name}"), payload)
}

/// Returns the name and the payload of a frame, without the id of its call.
#[track_caller]
pub(crate) fn framed(message: &Message) -> (String, Value) {
    let Message::Event {
        event_id, payload, ..
    } = message
    else {
        panic!("not a frame: {message:?}");
    };
    let mut payload = payload.as_ref().unwrap().to_value().unwrap();
    payload.as_object_mut().unwrap().remove("thid");
    let name = event_id.strip_prefix("_cmdbus.").expect("a frame");
    (name.into(), payload)
}

/// Returns what a request asks for beside its command.
pub(crate) fn asks(request: &Message) -> Value {
    let meta = request.meta().cloned().unwrap_or_default();
    Value::Object(meta.extra.into_iter().collect())
}

pub(crate) fn event(id: MessageId, event: &str, payload: Value) -> Message {
    Message::Event {
        id,
        meta: None,
        event_id: event.into(),
        payload: Payload::from(payload).non_null(),
    }
}

pub(crate) fn definition(id: &str, description: &str) -> CommandDef {
    CommandDef {
        id: id.into(),
        description: Some(description.into()),
        schema: None,
    }
}

pub(crate) fn registration(command: CommandDef) -> Message {
    Message::RegisterCommandRequest {
        id: fresh(),
        meta: None,
        command,
    }
}

pub(crate) fn accepted(thid: MessageId) -> Message {
    Message::RegisterCommandResponse {
        id: fresh(),
        meta: None,
        thid,
        response: RegisterResult::Ok { ok: True },
    }
}

pub(crate) fn list(thid: MessageId, commands: &[&str]) -> Message {
    Message::ListCommandsResponse {
        id: fresh(),
        meta: None,
        thid,
        commands: commands.iter().map(|id| definition(id, "listed")).collect(),
    }
}

/// What an execute response says, as the `code: message` of an error or the text of the result.
#[track_caller]
pub(crate) fn said(message: &Message) -> String {
    match message {
        Message::ExecuteCommandResponse {
            response: ExecuteResult::Ok { result, .. },
            ..
        } => result.as_ref().map_or("null".into(), |result| {
            String::from_utf8(result.to_json().into_owned()).unwrap()
        }),
        Message::ExecuteCommandResponse {
            response: ExecuteResult::Err { error, .. },
            ..
        } => format!("{}: {}", error.code.as_str(), error.message),
        other => panic!("not an answer to a call: {other:?}"),
    }
}
