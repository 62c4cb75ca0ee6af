//! What carries one channel: receives, runs handlers, and cleans up however it ends.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use cmdbus_proto::extension::CancelReason;
use cmdbus_proto::node::{Inbound, Run, RunId, SessionId};
use cmdbus_proto::wire::FrameLimits;
use futures_channel::oneshot;
use futures_util::future::BoxFuture;
use futures_util::lock::Mutex as AsyncMutex;
use futures_util::stream::{FuturesUnordered, StreamExt};
use futures_util::task::AtomicWaker;
use futures_util::{FutureExt, future};

use crate::channel::CommandChannel;
use crate::context::{Reports, Scope, Serve, Serving};
use crate::error::{ChannelError, ExecuteErrorCode};
use crate::handlers::{Encoded, Handler, flatten};
use crate::inner::{Inner, Spawner};
use crate::items::ItemsOut;
use crate::message::{ExecuteError, Message};

/// What a reply takes besides its result, generously.
const ENVELOPE: usize = 1024;
/// How many inputs a driver handles before it lets other tasks of its thread run.
const INPUTS_PER_TURN: usize = 64;

const ENDED: u8 = 1;
const DRAINED: u8 = 2;
const ERRANDS: u8 = 4;

/// A session's channel, and the way to reach its driver.
pub(crate) struct Link {
    pub(crate) channel: Arc<dyn CommandChannel>,
    flags: AtomicU8,
    driver: AtomicWaker,
    errands: Mutex<Vec<Errand>>,
    /// Gone when the session is over.
    lives: Mutex<Option<oneshot::Sender<()>>>,
    /// Whether the channel has been closed. Held while it is being closed.
    closed: AsyncMutex<bool>,
}

/// What other threads leave for a driver to do.
pub(crate) enum Errand {
    /// Nobody waits for a handler any more.
    Cancel(RunId, CancelReason),
    /// A handler that was told so has had its time.
    Stop(RunId),
    /// A handler may send items again.
    Credit(RunId),
}

impl Link {
    pub(crate) fn end(&self) {
        drop(self.lives().take());
        self.raise(ENDED);
    }

    /// Returns a future that is ready when the session is over, which is before its driver is done. For
    /// one caller.
    #[cfg(all(unix, feature = "unix"))]
    pub(crate) fn ended(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        let (lives, ended) = oneshot::channel();
        let over = self.flags.load(Ordering::Acquire) & ENDED != 0;
        if !over {
            *self.lives() = Some(lives);
        }
        // Ended between the look and the note: then nobody takes the note any more.
        if self.flags.load(Ordering::Acquire) & ENDED != 0 {
            drop(self.lives().take());
        }
        ended.map(drop)
    }

    fn lives(&self) -> MutexGuard<'_, Option<oneshot::Sender<()>>> {
        self.lives.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn stop_draining(&self) {
        self.raise(DRAINED);
    }

    pub(crate) fn leave(&self, errand: Errand) {
        self.errands
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(errand);
        self.raise(ERRANDS);
    }

    /// Returns what has been left since the last time.
    fn errands(&self) -> Vec<Errand> {
        if self.flags.load(Ordering::Acquire) & ERRANDS == 0 {
            return Vec::new();
        }
        self.flags.fetch_and(!ERRANDS, Ordering::AcqRel);
        std::mem::take(&mut *self.errands.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn raise(&self, flag: u8) {
        self.flags.fetch_or(flag, Ordering::AcqRel);
        self.driver.wake();
    }

    /// Closes the channel, or waits until whoever is at it has. Cancel safe: the next caller takes over.
    pub(crate) async fn close(&self) {
        let mut closed = self.closed.lock().await;
        if *closed {
            return;
        }
        let close = AssertUnwindSafe(async { self.channel.close().await });
        if close.catch_unwind().await.is_err() {
            tracing::error!(channel = self.channel.id(), "the channel panicked on close");
        }
        *closed = true;
    }

    /// Asks the channel to close from where nothing can be awaited.
    fn close_best_effort(&self) {
        let Some(mut closed) = self.closed.try_lock().filter(|closed| !**closed) else {
            return;
        };
        // A channel may want its runtime around it, which need not be there when a driver is dropped.
        let close = || {
            let mut cx = Context::from_waker(Waker::noop());
            let _ = self.channel.close().as_mut().poll(&mut cx);
        };
        if catch_unwind(AssertUnwindSafe(close)).is_err() {
            tracing::debug!(channel = self.channel.id(), "the channel could not close");
        }
        *closed = true;
    }
}

/// Owns a session: when it is dropped, the session is over and nothing of it is left.
pub(crate) struct SessionGuard {
    inner: Arc<Inner>,
    session: SessionId,
    pub(crate) link: Arc<Link>,
}

impl SessionGuard {
    /// Reserves the channel's id.
    pub(crate) fn open(
        inner: &Arc<Inner>,
        channel: Arc<dyn CommandChannel>,
        replace: bool,
    ) -> Result<Self, ChannelError> {
        let channel_id = channel.id().to_owned();
        let link = Arc::new(Link {
            channel,
            flags: AtomicU8::new(0),
            driver: AtomicWaker::new(),
            errands: Mutex::default(),
            lives: Mutex::default(),
            closed: AsyncMutex::new(false),
        });
        let session = inner.input(|state, now| {
            if replace && let Some(old) = state.node.session_of(&channel_id) {
                state.node.end_session(old, now);
            }
            let session = state.node.open_session(&channel_id)?;
            state.links.insert(session, link.clone());
            Ok(session)
        })?;
        Ok(Self {
            inner: inner.clone(),
            session,
            link,
        })
    }

    /// Starts the channel, asks the peer what it provides, and takes the session into use.
    pub(crate) async fn start(&self) -> Result<(), ChannelError> {
        let started = match self.try_start().await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        self.inner
            .input(|state, now| state.node.end_session(self.session, now));
        self.link.close().await;
        Err(started)
    }

    async fn try_start(&self) -> Result<(), ChannelError> {
        let channel = &self.link.channel;
        {
            let start = AssertUnwindSafe(async { channel.start().await }).catch_unwind();
            let mut start = pin!(start);
            poll_fn(|cx| {
                // Disposed of, or replaced, while it is starting: a channel may start for ever.
                if self.link.is_raised(cx, ENDED) {
                    return Poll::Ready(Err(ChannelError::Closed));
                }
                start.as_mut().poll(cx).map(|started| {
                    started.unwrap_or_else(|_| {
                        Err(ChannelError::Other("the channel panicked on start".into()))
                    })
                })
            })
            .await?;
        }
        let probe = self
            .inner
            .lock()
            .node
            .probe(self.session)
            .ok_or(ChannelError::Closed)?;
        catch_unwind(AssertUnwindSafe(|| channel.send(probe)))
            .unwrap_or_else(|_| Err(ChannelError::Send("the channel panicked".into())))?;
        let in_use = self
            .inner
            .input(|state, now| state.node.session_ready(self.session, now));
        if in_use {
            Ok(())
        } else {
            // Disposed of, or replaced, while it was starting.
            Err(ChannelError::Closed)
        }
    }
}

impl Drop for SessionGuard {
    fn drop(&mut self) {
        self.inner.input(|state, now| {
            state.node.forget_session(self.session, now);
        });
        let link = self.inner.lock().links.remove(&self.session);
        drop(link);
        self.link.close_best_effort();
    }
}

/// The driver of a session. Its future owns the guard, so that dropping it, polled or not, cleans up.
pub(crate) async fn drive(guard: SessionGuard) {
    let link = guard.link.clone();
    let mut handlers = Handlers::new();
    {
        let mut receiver = Receiver::new(&link);
        poll_fn(|cx| carry(&guard, &mut handlers, &mut receiver, cx)).await;
    }
    guard
        .inner
        .input(|state, now| state.node.end_session(guard.session, now));
    // Cleaned up; now what runs may finish. Its answers still go out where the peer can hear them.
    poll_fn(|cx| drain(&guard, &mut handlers, cx)).await;
    drop(handlers);
    link.close().await;
}

/// Carries the session for one turn. Ready when the peer has closed, or somebody here has ended the session.
fn carry(
    guard: &SessionGuard,
    handlers: &mut Handlers,
    receiver: &mut Receiver<'_>,
    cx: &mut Context<'_>,
) -> Poll<()> {
    let link = &guard.link;
    // Registered before the first look, so that no signal falls in between.
    link.driver.register(cx.waker());
    handlers.at_once = INPUTS_PER_TURN;
    for _ in 0..INPUTS_PER_TURN {
        if link.has(ENDED) {
            return Poll::Ready(());
        }
        handlers.run_errands(guard);
        if let Poll::Ready(Some((run, result))) = handlers.running.poll_next_unpin(cx) {
            handlers.finished(guard, run, result, cx);
            continue;
        }
        match std::task::ready!(receiver.poll(cx)) {
            Some(message) => handlers.received(guard, message, cx),
            None => return Poll::Ready(()),
        }
    }
    // Other tasks of the thread want their turn too.
    cx.waker().wake_by_ref();
    Poll::Pending
}

/// Lets what runs come to its end. Ready when nothing runs any more, or the time for it is up.
fn drain(guard: &SessionGuard, handlers: &mut Handlers, cx: &mut Context<'_>) -> Poll<()> {
    guard.link.driver.register(cx.waker());
    handlers.at_once = INPUTS_PER_TURN;
    while !guard.link.has(DRAINED) {
        handlers.run_errands(guard);
        match handlers.running.poll_next_unpin(cx) {
            Poll::Ready(Some((run, result))) => handlers.finished(guard, run, result, cx),
            Poll::Ready(None) => break,
            // They have no place left to keep, and it is not known when their executor sees to them.
            Poll::Pending if handlers.all_leaving() => break,
            Poll::Pending => return Poll::Pending,
        }
    }
    Poll::Ready(())
}

/// Takes one message after the other from a channel.
struct Receiver<'a> {
    link: &'a Link,
    /// Held until it is ready: channels need not be cancel safe.
    next: Option<BoxFuture<'a, Option<Message>>>,
}

impl<'a> Receiver<'a> {
    fn new(link: &'a Link) -> Self {
        Self { link, next: None }
    }

    #[inline]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        let Self { link, next } = self;
        let channel = &link.channel;
        let polled = catch_unwind(AssertUnwindSafe(|| {
            if next.is_none()
                && let Some(message) = channel.try_recv()
            {
                return Poll::Ready(Some(message));
            }
            next.get_or_insert_with(|| channel.recv()).as_mut().poll(cx)
        }));
        let polled = polled.unwrap_or_else(|_| {
            tracing::error!(channel = channel.id(), "the channel panicked on recv");
            Poll::Ready(None)
        });
        if polled.is_ready() {
            *next = None;
        }
        polled
    }
}

impl Link {
    fn has(&self, flag: u8) -> bool {
        self.flags.load(Ordering::Acquire) & flag != 0
    }

    /// Returns whether a flag is up, and wakes the task when it goes up.
    fn is_raised(&self, cx: &Context<'_>, flag: u8) -> bool {
        // Registered before the look, so that no signal falls in between.
        self.driver.register(cx.waker());
        self.has(flag)
    }
}

/// A handler at work for the peer.
struct Job {
    run: RunId,
    serving: Arc<Serving>,
    at: At,
}

/// Where a handler runs.
enum At {
    /// Here.
    Driver(Serve<Encoded>),
    /// Elsewhere.
    Spawned(Spawned),
    /// Elsewhere, perhaps in the middle of its turn; it will be dropped there.
    Leaving(oneshot::Receiver<()>),
    /// Nowhere any more.
    Stopped,
}

/// A handler in somebody else's executor.
struct Spawned {
    /// Its result. Dropping this drops it there, at its next turn.
    handle: BoxFuture<'static, Encoded>,
    /// Ready when it has been dropped.
    gone: oneshot::Receiver<()>,
}

impl Future for Job {
    type Output = (RunId, Encoded);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let run = self.run;
        if !self.serving.is_stopped() {
            let polled = match &mut self.at {
                At::Driver(serve) => serve.poll_unpin(cx).map(flatten),
                At::Spawned(spawned) => spawned.handle.poll_unpin(cx),
                At::Leaving(_) | At::Stopped => Poll::Pending,
            };
            if polled.is_ready() || !self.serving.is_stopped_or_wake(cx) {
                return polled.map(|result| (run, result));
            }
        }
        self.at = match std::mem::replace(&mut self.at, At::Stopped) {
            At::Spawned(Spawned { gone, .. }) | At::Leaving(gone) => At::Leaving(gone),
            At::Driver(_) | At::Stopped => At::Stopped,
        };
        // Its place is free when it has left, not when it has been told to.
        if let At::Leaving(gone) = &mut self.at
            && gone.poll_unpin(cx).is_pending()
        {
            return Poll::Pending;
        }
        // Its answer has been given, or nobody waits for one; the state machine ignores this.
        let late = Err(ExecuteError::new(ExecuteErrorCode::Timeout, "stopped"));
        Poll::Ready((run, late))
    }
}

/// The handlers that run for one session.
struct Handlers {
    running: FuturesUnordered<Job>,
    /// The same ones, to be found by those who want something of them.
    by_run: BTreeMap<RunId, (Arc<Serving>, Handler)>,
    /// What the last input wants started.
    starting: VecDeque<Run<Handler>>,
    /// How many handlers may still be polled as soon as they are started in this turn.
    at_once: usize,
}

impl Handlers {
    fn new() -> Self {
        Self {
            running: FuturesUnordered::new(),
            by_run: BTreeMap::new(),
            starting: VecDeque::new(),
            at_once: 0,
        }
    }

    /// Returns whether nothing runs but what has been told to go.
    fn all_leaving(&self) -> bool {
        self.running
            .iter()
            .all(|job| matches!(job.at, At::Leaving(_)))
    }

    #[inline]
    fn received(&mut self, guard: &SessionGuard, message: Message, cx: &mut Context<'_>) {
        let message = Inbound::new(message);
        guard
            .inner
            .input_with_runs(&mut self.starting, |state, now| {
                state.node.handle_message(guard.session, message, now);
            });
        self.start(guard, cx);
    }

    fn finished(
        &mut self,
        guard: &SessionGuard,
        run: RunId,
        result: Encoded,
        cx: &mut Context<'_>,
    ) {
        let serving = self.by_run.remove(&run).map(|(serving, _)| serving);
        self.end(guard, run, serving.as_deref(), result);
        self.start(guard, cx);
    }

    /// Hands over the result of a handler.
    fn end(
        &mut self,
        guard: &SessionGuard,
        run: RunId,
        serving: Option<&Serving>,
        result: Encoded,
    ) {
        let traces = match serving {
            Some(serving) if serving.traced => serving.take_traces(),
            _ => Vec::new(),
        };
        guard
            .inner
            .input_with_runs(&mut self.starting, |state, now| {
                for entry in traces {
                    state.node.add_trace(run, entry);
                }
                state.node.handle_finished(run, result, now);
            });
    }

    /// Starts what the last input wants started.
    fn start(&mut self, guard: &SessionGuard, cx: &mut Context<'_>) {
        while let Some(run) = self.starting.pop_front() {
            let (id, handler) = (run.id, run.handler.clone());
            let (serving, mut serve) = serve(guard, run);
            // Most handlers are done at their first turn, and need no place among those that wait.
            if guard.inner.spawner.is_none() && self.at_once > 0 {
                self.at_once -= 1;
                if let Poll::Ready(ended) = serve.poll_unpin(cx) {
                    self.end(guard, id, Some(&serving), flatten(ended));
                    continue;
                }
            }
            let at = match &guard.inner.spawner {
                None => At::Driver(serve),
                Some(spawn) => At::Spawned(spawned(spawn, serve)),
            };
            self.by_run.insert(id, (serving.clone(), handler));
            self.running.push(Job {
                run: id,
                serving,
                at,
            });
        }
    }

    fn run_errands(&mut self, guard: &SessionGuard) {
        for errand in guard.link.errands() {
            match errand {
                Errand::Cancel(run, reason) => {
                    if let Some((serving, handler)) = self.by_run.get(&run) {
                        serving.cancel(reason);
                        if !handler.graceful() {
                            serving.stop();
                        }
                    }
                }
                Errand::Stop(run) => {
                    if let Some((serving, _)) = self.by_run.get(&run) {
                        serving.stop();
                    }
                }
                Errand::Credit(run) => {
                    if let Some((serving, _)) = self.by_run.get(&run) {
                        serving.credit.wake();
                    }
                }
            }
        }
    }
}

/// Makes the future of a handler, and the state of the call that it serves.
fn serve(guard: &SessionGuard, run: Run<Handler>) -> (Arc<Serving>, Serve<Encoded>) {
    let registry = || Arc::downgrade(&guard.inner);
    let reports = if run.terms.progress {
        let registry = registry();
        Reports::Peer {
            registry,
            run: run.id,
        }
    } else {
        Reports::Nobody
    };
    let serving = Serving::new(run.meta, run.deadline, reports, run.terms.trace);
    let serving = Arc::new(serving);
    let scope = Scope::from(serving.clone());
    let handler = run.handler;
    let serve = if run.terms.credit.is_some() && handler.streams() {
        let out = ItemsOut::to_peer(registry(), run.id, serving.clone());
        handler.run_items(run.command_id, run.request, scope, out)
    } else {
        let limit = guard.link.channel.frame_limit();
        let limit = limit.unwrap_or(FrameLimits::default().frame_bytes);
        let room = limit.saturating_sub(ENVELOPE);
        handler.run(run.command_id, run.request, scope, room)
    };
    (serving, serve)
}

/// Gives a handler to somebody else's executor.
fn spawned(spawn: &Spawner, serve: Serve<Encoded>) -> Spawned {
    let (still_there, gone) = oneshot::channel::<()>();
    let serve = async move {
        let _still_there = still_there;
        flatten(serve.await)
    };
    let (remote, handle) = serve.remote_handle();
    let remote = remote.boxed();
    if catch_unwind(AssertUnwindSafe(|| spawn(remote))).is_err() {
        tracing::error!("spawning a handler panicked");
    }
    // It panics if nobody has kept the task, and only then.
    let ended = AssertUnwindSafe(handle).catch_unwind();
    let handle = ended
        .map(|ended| {
            ended.unwrap_or_else(|_| {
                Err(ExecuteError::new(
                    ExecuteErrorCode::InternalError,
                    "the handler was lost: its executor dropped it",
                ))
            })
        })
        .boxed();
    Spawned { handle, gone }
}

/// Lets the other tasks of the thread run.
pub(crate) async fn yield_now() {
    let mut yielded = false;
    future::poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
