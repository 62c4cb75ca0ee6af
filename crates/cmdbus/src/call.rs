//! Calls: what they may ask for, and how they are waited for.

use std::any::Any;
use std::collections::VecDeque;
use std::future::{IntoFuture, poll_fn};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use cmdbus_proto::extension::{CallTerms, CancelReason, MAX_CREDIT, Progress};
use cmdbus_proto::node::{AlarmId, Execution, Outcome};
use futures_channel::oneshot;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::Stream;
use futures_util::task::AtomicWaker;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::command::{Collected, Command, StreamCommand};
use crate::context::{CallContext, CancelWatch, Reports, Scope, Serve, Serving};
use crate::error::{CommandError, ExecuteErrorCode};
use crate::handlers::{Encoded, Handler, flatten, flatten_typed};
use crate::inner::Inner;
use crate::items::{ItemsOut, Slot};
use crate::message::{ExecuteError, MessageId, MessageMeta, Payload};
use crate::registry::CommandRegistry;

/// Items a callee may send ahead, unless the caller says otherwise.
const DEFAULT_CREDIT: u32 = 32;
/// Beginning of the keys of an envelope that are the bus's own.
const OWN_KEYS: &str = "cmdbus-";
/// A time limit beyond what a clock can tell.
const FOR_EVER: Duration = Duration::from_secs(1 << 32);

type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;
type OnTrace = Arc<dyn Fn(Vec<Value>) + Send + Sync>;

/// What a call may be given besides its request.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct CallOptions {
    /// The `_meta` envelope to send, for example a trace context. Keys that begin with `cmdbus-` belong
    /// to the bus and are left out.
    pub meta: Option<MessageMeta>,
    /// How long to wait, at most 24 h. `None`: as long as
    /// [`Config::request_ttl`](crate::Config::request_ttl) of every registry on the way allows.
    pub timeout: Option<Duration>,
    on_progress: Option<OnProgress>,
    on_trace: Option<OnTrace>,
    detached: bool,
}

impl CallOptions {
    /// Sets the `_meta` envelope.
    #[must_use]
    pub fn meta(mut self, meta: MessageMeta) -> Self {
        self.meta = Some(meta);
        self
    }

    /// Sets how long to wait. The time goes with the call: no registry on the way, and no handler,
    /// spends more on it.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl CallOptions {
    /// Returns whether a call made now asks for nothing but its result, and inherits nothing.
    pub(crate) fn is_plain(&self) -> bool {
        self.meta.is_none()
            && self.timeout.is_none()
            && self.on_progress.is_none()
            && self.on_trace.is_none()
            && (self.detached || !CallContext::has_parent())
    }
}

impl std::fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallOptions")
            .field("meta", &self.meta)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Options that have been looked at at the moment the call begins, with what it inherits from the call
/// that is being served.
#[derive(Default)]
struct Plan {
    meta: Option<MessageMeta>,
    deadline: Option<Instant>,
    on_progress: Option<OnProgress>,
    traced: Option<Traced>,
    parent: Option<CancelWatch>,
}

/// Who waits for a call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waits {
    /// The future in which it begins.
    There,
    /// Whoever is given its future or stream, which may be somebody else.
    Anywhere,
}

/// Who wants to know where the time goes.
struct Traced {
    begun: Instant,
    tell: Option<OnTrace>,
}

impl Plan {
    fn of(options: CallOptions, registry: &CommandRegistry, waits: Waits) -> Self {
        let CallOptions {
            meta,
            timeout,
            on_progress,
            on_trace,
            detached,
        } = options;
        let parent = match waits {
            _ if detached => None,
            Waits::There => CallContext::parent(),
            Waits::Anywhere => CallContext::parent_of_all(),
        };
        // The clock is read only where somebody needs it.
        let deadline = timeout.map(|timeout| {
            let now = Instant::now();
            let timeout = timeout.min(registry.inner.max_deadline);
            now.checked_add(timeout).unwrap_or(now + FOR_EVER)
        });
        let traced = on_trace.is_some() || parent.as_ref().is_some_and(|parent| parent.traced);
        let mut plan = Self {
            meta,
            deadline,
            on_progress,
            traced: traced.then(|| Traced {
                begun: Instant::now(),
                tell: on_trace,
            }),
            parent: parent.map(CancelWatch::new),
        };
        plan.inherit();
        plan
    }

    fn inherit(&mut self) {
        let Some(parent) = self.parent.as_ref().map(CancelWatch::serving) else {
            return;
        };
        self.deadline = self.deadline.into_iter().chain(parent.deadline).min();
        let Some(theirs) = &parent.meta else {
            return;
        };
        let has_own = self
            .meta
            .as_ref()
            .is_some_and(|meta| meta.traceparent.is_some());
        let trace = [&theirs.traceparent, &theirs.tracestate, &theirs.baggage];
        if !has_own && trace.iter().any(|part| part.is_some()) {
            let meta = self.meta.get_or_insert_default();
            meta.traceparent.clone_from(&theirs.traceparent);
            meta.tracestate.clone_from(&theirs.tracestate);
            if meta.baggage.is_none() {
                meta.baggage.clone_from(&theirs.baggage);
            }
        }
    }

    /// Returns what of it travels.
    fn terms(&self, credit: Option<u32>) -> CallTerms {
        CallTerms {
            timeout: self
                .deadline
                .map(|deadline| deadline.saturating_duration_since(Instant::now())),
            progress: self.on_progress.is_some(),
            credit,
            trace: self.traced.is_some(),
        }
    }

    /// Returns the scope for a handler of this process. Nothing is made for a plain call.
    fn scope(&mut self) -> Scope {
        let plain = self.meta.is_none()
            && self.deadline.is_none()
            && self.on_progress.is_none()
            && self.traced.is_none()
            && self.parent.is_none();
        if plain {
            return Scope::default();
        }
        if let Some(meta) = &mut self.meta {
            meta.extra.retain(|key, _| !key.starts_with(OWN_KEYS));
        }
        let reports = match self.on_progress.take() {
            None => Reports::Nobody,
            Some(tell) => Reports::Caller {
                tell,
                latest: Mutex::default(),
            },
        };
        let traced = self.traced.is_some();
        let serving = Serving::new(self.meta.take(), self.deadline, reports, traced);
        Scope::from(Arc::new(serving))
    }

    /// Tells whoever wanted to know where the time went.
    fn end_trace(&mut self, command_id: &str, hops: Vec<Value>) {
        let Some(Traced { begun, tell }) = self.traced.take() else {
            return;
        };
        let mut entry = json!({"kind": "call", "command": command_id, "us": microseconds(begun)});
        if !hops.is_empty() {
            entry["hops"] = hops.into();
        }
        match (tell, &self.parent) {
            (Some(tell), _) => tell(vec![entry]),
            (None, Some(parent)) => parent.serving().add_trace(entry),
            (None, None) => {}
        }
    }

    /// As [`end_trace`](Self::end_trace), for a handler of this process that has made these calls.
    fn end_local_trace(&mut self, command_id: &str, calls: impl FnOnce() -> Vec<Value>) {
        let Some(Traced { begun, .. }) = &self.traced else {
            return;
        };
        let mut handler = json!({"kind": "handler", "us": microseconds(*begun)});
        let calls = calls();
        if !calls.is_empty() {
            handler["calls"] = calls.into();
        }
        self.end_trace(command_id, vec![handler]);
    }

    /// Waits for a reason to give up that lies outside of the call.
    fn poll_given_up(
        &mut self,
        control: Option<&Control>,
        cx: &mut Context<'_>,
    ) -> Poll<CancelReason> {
        if let Some(control) = control
            && control.poll(cx).is_ready()
        {
            return Poll::Ready(CancelReason::USER);
        }
        match &mut self.parent {
            Some(parent) => parent.poll(cx),
            None => Poll::Pending,
        }
    }

    /// Says why the call is not even to begin, if that is so.
    fn hopeless(&self) -> Option<CancelReason> {
        let parent = self.parent.as_ref();
        if let Some(reason) = parent.and_then(|parent| parent.serving().cancelled()) {
            return Some(reason);
        }
        let over = self.deadline.is_some_and(|due| due <= Instant::now());
        over.then_some(CancelReason::DEADLINE)
    }
}

fn microseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// Returns what a call that was given up from this side ends with.
fn given_up(reason: &CancelReason) -> ExecuteError {
    if *reason == CancelReason::DEADLINE {
        ExecuteError::new(ExecuteErrorCode::Timeout, "request timed out")
    } else {
        ExecuteError::new(
            ExecuteErrorCode::InternalError,
            format!("the call was cancelled: {reason}"),
        )
    }
}

/// How a [`CallHandle`] reaches its call.
#[derive(Debug, Default)]
struct Control {
    cancelled: OnceLock<()>,
    waker: AtomicWaker,
}

impl Control {
    fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        let cancelled = || self.cancelled.get().is_some();
        if cancelled() {
            return Poll::Ready(());
        }
        self.waker.register(cx.waker());
        if cancelled() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

/// What comes back for a call before its answer.
pub(crate) struct Watcher {
    on_progress: Option<OnProgress>,
    items: Mutex<VecDeque<Payload>>,
    reader: AtomicWaker,
}

impl Watcher {
    pub(crate) fn progress(&self, progress: Progress) {
        if let Some(tell) = &self.on_progress {
            tell(progress);
        }
    }

    pub(crate) fn item(&self, item: Payload) {
        self.items().push_back(item);
        self.reader.wake();
    }

    fn items(&self) -> std::sync::MutexGuard<'_, VecDeque<Payload>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that has begun.
enum Begun {
    /// A handler of this process serves it.
    Local(Handler, Arc<str>, Option<Payload>),
    /// A peer has been asked.
    Sent(Waiting),
}

/// Finds whoever serves a command, and asks it unless it is this process.
fn begin(
    registry: &CommandRegistry,
    command_id: &str,
    request: Option<Payload>,
    plan: &mut Plan,
    credit: Option<(u32, Option<Duration>)>,
) -> Result<Begun, CommandError> {
    let begun = try_begin(registry, command_id, request, plan, credit);
    if begun.is_err() {
        plan.end_trace(command_id, Vec::new());
    }
    begun
}

fn try_begin(
    registry: &CommandRegistry,
    command_id: &str,
    request: Option<Payload>,
    plan: &mut Plan,
    credit: Option<(u32, Option<Duration>)>,
) -> Result<Begun, CommandError> {
    if command_id.is_empty() {
        return Err(CommandError::InvalidMessage(
            "the id of a command must not be empty".to_owned(),
        ));
    }
    if let Some(reason) = plan.hopeless() {
        return Err(CommandError::from_wire(given_up(&reason), command_id));
    }
    let terms = plan.terms(credit.map(|(credit, _)| credit));
    let watcher = (terms.progress || terms.credit.is_some()).then(|| {
        Arc::new(Watcher {
            on_progress: plan.on_progress.clone(),
            items: Mutex::default(),
            reader: AtomicWaker::new(),
        })
    });
    // Given away only if it is sent, so that whoever decodes it is its only holder.
    let mut request = request;
    let mut answer = None;
    let execution = registry.inner.input(|state, now| {
        if let Some(local) = state.node.local(command_id) {
            return local;
        }
        let (request, meta) = (request.take(), plan.meta.take());
        let execution = state
            .node
            .execute(command_id, request, meta, terms, now, || {
                let (waiter, receiver) = oneshot::channel();
                answer = Some(receiver);
                waiter
            });
        if let Execution::Sent(call) = execution {
            if let Some(watcher) = &watcher {
                state.watchers.insert(call, watcher.clone());
            }
            if let Some((_, Some(idle))) = credit {
                state.node.limit_idle(call, idle, now);
            }
        }
        execution
    });
    match execution {
        Execution::Failed(error) => Err(error),
        Execution::Local(handler, id) => Ok(Begun::Local(handler, id, request)),
        Execution::Sent(message) => Ok(Begun::Sent(Waiting {
            inner: registry.inner.clone(),
            message,
            answer,
            watcher,
        })),
    }
}

/// Calls a command with everything encoded.
pub(crate) async fn call_encoded(
    registry: &CommandRegistry,
    command_id: &str,
    request: Option<Payload>,
    options: CallOptions,
) -> Result<Option<Payload>, CommandError> {
    let mut plan = Plan::of(options, registry, Waits::There);
    let begun = begin(registry, command_id, request, &mut plan, None)?;
    finish_encoded(registry, command_id, begun, plan, None)
        .await
        .map_err(|error| CommandError::from_wire(error, command_id))
}

async fn finish_encoded(
    registry: &CommandRegistry,
    command_id: &str,
    begun: Begun,
    mut plan: Plan,
    control: Option<&Control>,
) -> Encoded {
    match begun {
        Begun::Sent(waiting) => waiting.outcome(command_id, &mut plan, control).await,
        Begun::Local(handler, id, request) => {
            let mut serve = handler.run(id, request, plan.scope(), usize::MAX);
            let ended = serve_here(registry, &handler, &mut serve, &mut plan, control).await;
            plan.end_local_trace(command_id, || serve.take_traces());
            ended.and_then(flatten)
        }
    }
}

/// Calls a handler of this process with its own types, which it has, on terms that are not plain.
pub(crate) async fn call_typed<Req: 'static, Res: 'static>(
    registry: CommandRegistry,
    command_id: &'static str,
    handler: Handler,
    request: Req,
    options: CallOptions,
) -> Result<Res, CommandError> {
    let mut plan = Plan::of(options, &registry, Waits::There);
    if let Some(reason) = plan.hopeless() {
        return Err(CommandError::from_wire(given_up(&reason), command_id));
    }
    let Ok(mut serve) = handler.run_typed::<Req, Res>(request, plan.scope()) else {
        return Err(CommandError::InvalidMessage("not these types".to_owned()));
    };
    let ended = serve_here(&registry, &handler, &mut serve, &mut plan, None).await;
    plan.end_local_trace(command_id, || serve.take_traces());
    let ended = ended.map_err(|error| CommandError::from_wire(error, command_id))?;
    flatten_typed(ended, command_id)
}

/// What a handler of this process returned or panicked with, or why it was given up.
type Served<T> = Result<Result<T, Box<dyn Any + Send>>, ExecuteError>;

/// Runs a handler of this process for a caller of this process, inside the caller's future, to its end
/// or until nobody waits for it.
async fn serve_here<T>(
    registry: &CommandRegistry,
    handler: &Handler,
    serve: &mut Serve<T>,
    plan: &mut Plan,
    control: Option<&Control>,
) -> Served<T> {
    if plan.deadline.is_none() && plan.parent.is_none() && control.is_none() {
        return Ok(serve.await);
    }
    let mut patience = Patience::new(registry, handler, plan);
    poll_fn(|cx| patience.poll(serve, plan, control, cx)).await
}

/// How long a caller of this process waits for a handler of this process. One that is graceful gets its
/// time even when nobody waits for its result, and the caller waits for that: there is nobody else to
/// run it.
struct Patience {
    registry: CommandRegistry,
    graceful: bool,
    /// Rings when the time is up, and then when the handler has had its time to end.
    alarm: Option<Alarm>,
    /// What the call ends with, whatever the handler still returns.
    ending: Option<ExecuteError>,
}

impl Patience {
    fn new(registry: &CommandRegistry, handler: &Handler, plan: &Plan) -> Self {
        Self {
            registry: registry.clone(),
            graceful: handler.graceful(),
            alarm: plan.deadline.map(|due| Alarm::set(registry, due)),
            ending: None,
        }
    }

    fn poll<T>(
        &mut self,
        serve: &mut Serve<T>,
        plan: &mut Plan,
        control: Option<&Control>,
        cx: &mut Context<'_>,
    ) -> Poll<Served<T>> {
        if self.ending.is_none() {
            if self.rings(cx) {
                self.give_up(serve, CancelReason::DEADLINE);
            } else if let Poll::Ready(reason) = plan.poll_given_up(control, cx) {
                self.give_up(serve, reason);
            }
        }
        let served = serve.poll_unpin(cx);
        let Some(error) = self.ending.clone() else {
            return served.map(Ok);
        };
        if !serve.is_over() {
            if !self.rings(cx) {
                return Poll::Pending;
            }
            serve.stop();
        }
        Poll::Ready(Err(error))
    }

    /// Lets the handler know that nobody waits for it, and drops it unless it is graceful.
    fn give_up<T>(&mut self, serve: &mut Serve<T>, reason: CancelReason) {
        self.ending = Some(given_up(&reason));
        serve.cancel(reason);
        self.alarm = None;
        if self.graceful {
            let due = Instant::now().checked_add(self.registry.inner.cancel_grace);
            self.alarm = due.map(|due| Alarm::set(&self.registry, due));
        } else {
            serve.stop();
        }
    }

    fn rings(&mut self, cx: &mut Context<'_>) -> bool {
        let alarm = self.alarm.as_mut();
        alarm.is_some_and(|alarm| alarm.poll(cx).is_ready())
    }
}

/// A time at which a task is woken.
struct Alarm {
    inner: Arc<Inner>,
    id: AlarmId,
    /// Gone when nobody listens any more.
    rings: Option<oneshot::Receiver<Outcome>>,
}

impl Alarm {
    fn set(registry: &CommandRegistry, due: Instant) -> Self {
        let (waiter, rings) = oneshot::channel();
        let inner = registry.inner.clone();
        let id = inner.input(|state, _| state.node.set_alarm(due, waiter));
        Self {
            inner,
            id,
            rings: Some(rings),
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.rings {
            Some(rings) => {
                std::task::ready!(rings.poll_unpin(cx)).ok();
                self.rings = None;
                Poll::Ready(())
            }
            // It has rung.
            None => Poll::Ready(()),
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        // Dropped first: the other half, which goes under the lock, must find nobody to wake.
        if self.rings.take().is_some() {
            self.inner.input(|state, _| state.node.clear_alarm(self.id));
        }
    }
}

/// Somebody waiting for an answer. Dropped early, it gives the wait up.
pub(crate) struct Waiting {
    inner: Arc<Inner>,
    message: MessageId,
    /// Gone when the answer has come.
    answer: Option<oneshot::Receiver<Outcome>>,
    watcher: Option<Arc<Watcher>>,
}

impl Waiting {
    /// Waits for the answer to a registration.
    pub(crate) fn new(
        registry: &CommandRegistry,
        message: MessageId,
        answer: Option<oneshot::Receiver<Outcome>>,
    ) -> Self {
        Self {
            inner: registry.inner.clone(),
            message,
            answer,
            watcher: None,
        }
    }

    /// Returns how it ended; `None` only if the registry lost the waiter, which it never does.
    pub(crate) fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Option<Outcome>> {
        let outcome = match &mut self.answer {
            Some(answer) => std::task::ready!(answer.poll_unpin(cx)).ok(),
            None => None,
        };
        self.answer = None;
        Poll::Ready(outcome)
    }

    async fn outcome(
        mut self,
        command_id: &str,
        plan: &mut Plan,
        control: Option<&Control>,
    ) -> Encoded {
        poll_fn(|cx| self.poll_outcome(command_id, plan, control, cx)).await
    }

    fn poll_outcome(
        &mut self,
        command_id: &str,
        plan: &mut Plan,
        control: Option<&Control>,
        cx: &mut Context<'_>,
    ) -> Poll<Encoded> {
        let (result, trace) = match self.poll_answer(cx) {
            Poll::Ready(Some(Outcome::Call(result, trace))) => (result, trace),
            Poll::Ready(Some(Outcome::Registration(_)) | None) => {
                let error = ExecuteError::new(
                    ExecuteErrorCode::ChannelDisconnected,
                    "channel disconnected",
                );
                (Err(error), Vec::new())
            }
            Poll::Pending => match plan.poll_given_up(control, cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(reason) => {
                    self.give_up(&reason);
                    (Err(given_up(&reason)), Vec::new())
                }
            },
        };
        plan.end_trace(command_id, trace);
        Poll::Ready(result)
    }

    fn give_up(&mut self, reason: &CancelReason) {
        // Dropped first: the other half, which goes under the lock, must find nobody to wake.
        if self.answer.take().is_some() {
            // If the answer is on its way at this moment, the entry is gone and nothing happens.
            let message = self.message;
            self.inner
                .input(|state, now| state.node.cancel(message, reason, now));
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.give_up(&CancelReason::CALLER_GONE);
        if self.watcher.is_some() {
            let watcher = self.inner.lock().watchers.remove(&self.message);
            // After the lock: it holds the caller's closure.
            drop(watcher);
        }
    }
}

/// What can be called: a [`Command`] type, or [`Value`] for a command known by its id only.
pub trait Callable: sealed::Sealed {
    /// What it takes.
    type Request: Send;
    /// What it returns.
    type Response: Send + 'static;

    #[doc(hidden)]
    fn encode(request: &Self::Request) -> Result<Option<Payload>, CommandError>;

    #[doc(hidden)]
    fn decode(result: Option<Payload>) -> Result<Self::Response, CommandError>;
}

mod sealed {
    pub trait Sealed {}
    impl<C: crate::command::Command> Sealed for C {}
    impl Sealed for serde_json::Value {}
}

impl<C: Command> Callable for C
where
    C::Request: Serialize,
    C::Response: DeserializeOwned,
{
    type Request = C::Request;
    type Response = C::Response;

    fn encode(request: &C::Request) -> Result<Option<Payload>, CommandError> {
        Ok(Payload::encode(request)?)
    }

    fn decode(result: Option<Payload>) -> Result<C::Response, CommandError> {
        match result {
            Some(result) => Ok(result.decode()?),
            None => Ok(C::Response::deserialize(Value::Null)?),
        }
    }
}

impl Callable for Value {
    type Request = Self;
    type Response = Self;

    fn encode(request: &Self) -> Result<Option<Payload>, CommandError> {
        Ok(Payload::from(request.clone()).non_null())
    }

    fn decode(result: Option<Payload>) -> Result<Self, CommandError> {
        result.map_or(Ok(Self::Null), |result| Ok(result.into_value()?))
    }
}

/// A call that has not begun yet, made by [`CommandRegistry::call`] or [`CommandRegistry::call_dyn`].
///
/// It begins when it is awaited, or with [`handle`](Self::handle), or when the stream made by
/// [`stream`](Self::stream) is first polled. A call that a handler makes inherits what its own caller
/// still gives it of time, the trace context, and the end of waiting, unless it is
/// [`detached`](Self::detached).
///
/// # Errors
/// Awaited, it fails as [`CommandRegistry::execute`] does; also with [`CommandError::Internal`] if
/// [`CallHandle::cancel`] ended it.
///
/// # Cancel safety
/// Dropping the call, once it has begun, cancels it: the handler is dropped, wherever it runs, as far as
/// everybody on the way can pass that on.
#[must_use = "a call begins when it is awaited"]
pub struct Call<C: Callable> {
    registry: CommandRegistry,
    command_id: String,
    request: C::Request,
    options: CallOptions,
}

impl<C: Callable> Call<C> {
    pub(crate) fn new(registry: CommandRegistry, command_id: String, request: C::Request) -> Self {
        Self {
            registry,
            command_id,
            request,
            options: CallOptions::default(),
        }
    }

    /// Sets how long to wait, at most 24 h. The time goes with the call: no registry on the way, and no
    /// handler, spends more on it. Without it every registry applies its own
    /// [`request_ttl`](crate::Config::request_ttl), and a handler of this process has no limit.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// Sets until when to wait. As [`timeout`](Self::timeout), counted from now.
    pub fn deadline(self, deadline: Instant) -> Self {
        self.timeout(deadline.saturating_duration_since(Instant::now()))
    }

    /// Asks for reports of progress. The closure is called on whichever thread a report arrives, at
    /// most 20 times in a second for a handler elsewhere, and should be quick.
    pub fn on_progress(mut self, tell: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.options.on_progress = Some(Arc::new(tell));
        self
    }

    /// Asks where the time goes. The closure is called when the call is over with one entry, which has
    /// `kind`, `command`, `us` (microseconds) and `hops`; hops have `kind` (`hop` or `handler`), `us`,
    /// maybe `at` (a name), and a handler the `calls` that it made, of the same form. Of a call that is
    /// dropped nothing is told.
    pub fn on_trace(mut self, tell: impl Fn(Vec<Value>) + Send + Sync + 'static) -> Self {
        self.options.on_trace = Some(Arc::new(tell));
        self
    }

    /// Sets one key of the `_meta` envelope; `traceparent`, `tracestate` and `baggage` are texts.
    pub fn meta(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        let meta = self.options.meta.get_or_insert_default();
        let (key, value) = (key.into(), value.into());
        let own = match &*key {
            "traceparent" => Some(&mut meta.traceparent),
            "tracestate" => Some(&mut meta.tracestate),
            "baggage" => Some(&mut meta.baggage),
            _ => None,
        };
        match (own, value) {
            (Some(own), Value::String(text)) => *own = Some(text),
            (_, value) => drop(meta.extra.insert(key, value)),
        }
        self
    }

    /// Sets the whole options, as [`execute_with`](CommandRegistry::execute_with) takes them. What has
    /// been set before is lost.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.options = options;
        self
    }

    /// Inherits nothing from the call that is being served.
    pub fn detached(mut self) -> Self {
        self.options.detached = true;
        self
    }

    /// Begins the call, and returns the means to end it apart from the future that waits for it.
    pub fn handle(
        self,
    ) -> (
        CallHandle,
        BoxFuture<'static, Result<C::Response, CommandError>>,
    ) {
        let Self {
            registry,
            command_id,
            request,
            options,
        } = self;
        let mut plan = Plan::of(options, &registry, Waits::Anywhere);
        let begun = C::encode(&request)
            .and_then(|request| begin(&registry, &command_id, request, &mut plan, None));
        let handle = CallHandle {
            id: match &begun {
                Ok(Begun::Sent(waiting)) => waiting.message,
                _ => Uuid::new_v4(),
            },
            control: Arc::default(),
        };
        let control = handle.control.clone();
        let future = async move {
            let result = finish_encoded(&registry, &command_id, begun?, plan, Some(&control)).await;
            C::decode(result.map_err(|error| CommandError::from_wire(error, &command_id))?)
        };
        (handle, Box::pin(future))
    }
}

impl<C: Callable> std::fmt::Debug for Call<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call")
            .field("command_id", &self.command_id)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl<C: Callable + 'static> IntoFuture for Call<C> {
    type Output = Result<C::Response, CommandError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let request = C::encode(&self.request)?;
            // Not held over the wait: it may be large, and need not be shareable.
            let Self {
                registry,
                command_id,
                options,
                ..
            } = self;
            let result = call_encoded(&registry, &command_id, request, options).await?;
            C::decode(result)
        })
    }
}

impl<C: StreamCommand> Call<C>
where
    C::Request: Serialize,
    C::Item: DeserializeOwned,
{
    /// Asks for the result item by item. If somebody on the way cannot do that, all items come together
    /// at the end.
    pub fn stream(self) -> CallStream<C::Item, Value> {
        let request = <C as Callable>::encode(&self.request);
        CallStream::new(self.registry, self.command_id, request, self.options, true)
    }
}

impl Call<Value> {
    /// Asks for the result item by item. A command that does not stream has no items, and its result
    /// ends the stream. If somebody on the way cannot pass items on, the result is all of them:
    /// `{"items": […]}`.
    pub fn stream(self) -> CallStream<Value, Value> {
        let request = <Value as Callable>::encode(&self.request);
        CallStream::new(self.registry, self.command_id, request, self.options, false)
    }
}

/// A handle to a call that has begun.
#[derive(Debug, Clone)]
pub struct CallHandle {
    id: MessageId,
    control: Arc<Control>,
}

impl CallHandle {
    /// Returns the id of the call: on the wire, if it went there, and for logs.
    pub fn id(&self) -> MessageId {
        self.id
    }

    /// Ends the call: its future returns [`CommandError::Internal`], the handler is told. Does nothing if
    /// it is over.
    pub fn cancel(&self) {
        if self.control.cancelled.set(()).is_ok() {
            self.control.waker.wake();
        }
    }
}

/// A result item by item: a [`Stream`] of `Result<Item, CommandError>`. After the last item, or at any
/// time, [`finish`](Self::finish) returns the value that ends it.
///
/// The callee is never more than [`credit`](Self::credit) items ahead: a caller that stops reading stops
/// it. The first error ends the stream.
///
/// # Cancel safety
/// No item is lost by dropping a future of its next item. Dropping the stream cancels the call.
#[must_use = "a stream does nothing unless polled"]
pub struct CallStream<Item, Response> {
    registry: CommandRegistry,
    command_id: String,
    credit: u32,
    idle: Option<Duration>,
    /// Whether a result that is all items together is taken apart again.
    unfolds: bool,
    state: Streaming,
    types: PhantomData<fn() -> (Item, Response)>,
}

enum Streaming {
    New(Box<(Result<Option<Payload>, CommandError>, CallOptions)>),
    Peer {
        waiting: Waiting,
        plan: Box<Plan>,
        /// Items that have been taken and not yet been given credit for.
        taken: u32,
        received: bool,
    },
    Local(Box<LocalStream>),
    /// What has come all at once, then the end.
    Ended(VecDeque<Payload>, Encoded),
    /// The end has been told.
    Over(Encoded),
}

/// A streaming handler of this process.
struct LocalStream {
    serve: Serve<Encoded>,
    patience: Patience,
    slot: Arc<Slot>,
    plan: Plan,
    /// Rings when the next item has taken too long.
    idle: Option<Alarm>,
    /// How it has ended, while the last item is on its way.
    ended: Option<Encoded>,
}

impl<Item, Response> CallStream<Item, Response> {
    fn new(
        registry: CommandRegistry,
        command_id: String,
        request: Result<Option<Payload>, CommandError>,
        options: CallOptions,
        unfolds: bool,
    ) -> Self {
        Self {
            registry,
            command_id,
            credit: DEFAULT_CREDIT,
            idle: None,
            unfolds,
            state: Streaming::New(Box::new((request, options))),
            types: PhantomData,
        }
    }

    /// Sets how many items the callee may be ahead, 1 to 1024. Default 32. Counts only before the first
    /// poll.
    pub fn credit(mut self, items: u32) -> Self {
        self.credit = items.clamp(1, MAX_CREDIT);
        self
    }

    /// Sets how long each item may take; then the stream ends with [`CommandError::Timeout`]. Time in
    /// which the callee waits for the caller does not count. Default: no limit but that of the call.
    /// Counts only before the first poll.
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.idle = Some(limit);
        self
    }

    /// Begins the call.
    fn begin(&mut self, request: Result<Option<Payload>, CommandError>, options: CallOptions) {
        let mut plan = Plan::of(options, &self.registry, Waits::Anywhere);
        let begun = request.and_then(|request| {
            let credit = Some((self.credit, self.idle));
            begin(&self.registry, &self.command_id, request, &mut plan, credit)
        });
        self.state = match begun {
            Err(error) => Streaming::Ended(VecDeque::new(), Err(error.to_wire(&self.command_id))),
            Ok(Begun::Sent(waiting)) => Streaming::Peer {
                waiting,
                plan: Box::new(plan),
                taken: 0,
                received: false,
            },
            Ok(Begun::Local(handler, id, request)) => {
                let slot = Arc::new(Slot::default());
                let out = ItemsOut::to_caller(slot.clone());
                let serve = handler.run_items(id, request, plan.scope(), out);
                Streaming::Local(Box::new(LocalStream {
                    serve,
                    patience: Patience::new(&self.registry, &handler, &plan),
                    slot,
                    plan,
                    idle: None,
                    ended: None,
                }))
            }
        };
    }

    /// Returns the next item as it travels; `None` at the end.
    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Payload>> {
        loop {
            match &mut self.state {
                Streaming::New(start) => {
                    let none = (Ok(None), CallOptions::default());
                    let (request, options) = std::mem::replace(&mut **start, none);
                    self.begin(request, options);
                }
                Streaming::Peer {
                    waiting,
                    plan,
                    taken,
                    received,
                } => {
                    let Some(watcher) = waiting.watcher.clone() else {
                        return Poll::Ready(None);
                    };
                    watcher.reader.register(cx.waker());
                    let next = watcher.items().pop_front();
                    if let Some(item) = next {
                        *received = true;
                        *taken += 1;
                        // In halves, so that the callee need not stop in between.
                        if *taken * 2 >= self.credit {
                            let (call, add) = (waiting.message, std::mem::take(taken));
                            waiting
                                .inner
                                .input(|state, now| state.node.give_credit(call, add, now));
                        }
                        return Poll::Ready(Some(item));
                    }
                    let ended =
                        std::task::ready!(waiting.poll_outcome(&self.command_id, plan, None, cx));
                    // They came before the end; some perhaps since the look above.
                    let mut left = std::mem::take(&mut *watcher.items());
                    if let Some(first) = left.pop_front() {
                        self.state = Streaming::Ended(left, ended);
                        return Poll::Ready(Some(first));
                    }
                    let unfolds = self.unfolds && !*received;
                    self.state = match unfolds.then(|| unfold(&ended)).flatten() {
                        Some(Collected { items, result }) => {
                            let items = items.into_iter().map(Payload::from).collect();
                            Streaming::Ended(items, Ok(result.map(Payload::from)))
                        }
                        None => Streaming::Ended(VecDeque::new(), ended),
                    };
                }
                Streaming::Local(local) => {
                    let idle = self.idle;
                    match std::task::ready!(local.poll(idle, cx)) {
                        Ok(item) => return Poll::Ready(Some(item)),
                        Err(ended) => {
                            local.end_trace(&self.command_id);
                            self.state = Streaming::Ended(VecDeque::new(), ended);
                        }
                    }
                }
                Streaming::Ended(items, _) if !items.is_empty() => {
                    return Poll::Ready(items.pop_front());
                }
                Streaming::Ended(_, ended) => {
                    self.state = Streaming::Over(std::mem::replace(ended, Ok(None)));
                }
                Streaming::Over(_) => return Poll::Ready(None),
            }
        }
    }

    /// Ends the stream with an error of this side.
    fn fail(&mut self, error: &CommandError) {
        match &mut self.state {
            Streaming::Peer { plan, .. } => plan.end_trace(&self.command_id, Vec::new()),
            Streaming::Local(local) => local.end_trace(&self.command_id),
            _ => {}
        }
        self.state = Streaming::Over(Err(error.to_wire(&self.command_id)));
    }
}

/// Takes a result apart that is all items together.
fn unfold(ended: &Encoded) -> Option<Collected<Value>> {
    ended.as_ref().ok()?.as_ref()?.decode().ok()
}

impl LocalStream {
    fn poll(
        &mut self,
        idle: Option<Duration>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Payload, Encoded>> {
        if let Some(ended) = self.ended.take() {
            return Poll::Ready(Err(ended));
        }
        let served = self.poll_handler(cx);
        if self.patience.ending.is_none()
            && let Some(item) = self.slot.take()
        {
            self.idle = None;
            // The last item and the end come together.
            if let Poll::Ready(ended) = served {
                self.ended = Some(ended);
            }
            return Poll::Ready(Ok(item));
        }
        if let Poll::Ready(ended) = served {
            return Poll::Ready(Err(ended));
        }
        let Some(limit) = idle.filter(|_| self.patience.ending.is_none()) else {
            return Poll::Pending;
        };
        let registry = &self.patience.registry;
        if self.idle.is_none() {
            let due = Instant::now().checked_add(limit);
            self.idle = due.map(|due| Alarm::set(registry, due));
        }
        match &mut self.idle {
            Some(alarm) => std::task::ready!(alarm.poll(cx)),
            None => return Poll::Pending,
        }
        self.patience
            .give_up(&mut self.serve, CancelReason::DEADLINE);
        self.poll_handler(cx).map(Err)
    }

    fn poll_handler(&mut self, cx: &mut Context<'_>) -> Poll<Encoded> {
        let ended = self
            .patience
            .poll(&mut self.serve, &mut self.plan, None, cx);
        if self.patience.ending.is_some() {
            // One that goes on for a while hears at its next item that nobody wants it.
            self.slot.close();
        }
        ended.map(|ended| ended.and_then(flatten))
    }

    fn end_trace(&mut self, command_id: &str) {
        let serve = &self.serve;
        self.plan
            .end_local_trace(command_id, || serve.take_traces());
    }
}

impl<Item: DeserializeOwned, Response: DeserializeOwned> CallStream<Item, Response> {
    /// Returns the value that ended the stream, `null` if there was none. Items that have not been read
    /// are dropped.
    ///
    /// # Errors
    /// The stream ended with an error. [`CommandError::Serde`] if the value does not fit.
    pub async fn finish(mut self) -> Result<Response, CommandError> {
        while poll_fn(|cx| self.poll_item(cx)).await.is_some() {}
        let ended = match self.state {
            Streaming::Over(ended) => ended,
            _ => Ok(None),
        };
        match ended.map_err(|error| CommandError::from_wire(error, &self.command_id))? {
            Some(value) => Ok(value.decode()?),
            None => Ok(Response::deserialize(Value::Null)?),
        }
    }
}

impl<Item: DeserializeOwned, Response> Stream for CallStream<Item, Response> {
    type Item = Result<Item, CommandError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if matches!(self.state, Streaming::Over(_)) {
            return Poll::Ready(None);
        }
        match std::task::ready!(self.poll_item(cx)) {
            Some(item) => {
                let decoded = item.decode().map_err(CommandError::from);
                if let Err(error) = &decoded {
                    self.fail(error);
                }
                Poll::Ready(Some(decoded))
            }
            // The error is the last thing the stream yields, and what `finish` returns.
            None => match &self.state {
                Streaming::Over(Err(error)) => {
                    let error = CommandError::from_wire(error.clone(), &self.command_id);
                    Poll::Ready(Some(Err(error)))
                }
                _ => Poll::Ready(None),
            },
        }
    }
}

impl<Item, Response> std::fmt::Debug for CallStream<Item, Response> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallStream")
            .field("command_id", &self.command_id)
            .finish_non_exhaustive()
    }
}
