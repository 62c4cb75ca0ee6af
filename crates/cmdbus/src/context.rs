//! What a handler can learn of the call it serves, and say about it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

pub use cmdbus_proto::extension::{CancelReason, Progress};
use cmdbus_proto::node::RunId;
use futures_util::future::BoxFuture;
use futures_util::task::AtomicWaker;
use serde_json::Value;

use crate::inner::{Inner, guarded};
use crate::message::MessageMeta;

thread_local! {
    static CURRENT: RefCell<Option<Scope>> = const { RefCell::new(None) };
}

/// The call that is being served.
///
/// A handler gets it as its last argument, if the function under
/// [`#[command]`](macro@crate::command) has one of this type, or from [`current`](Self::current). Clones
/// are the same call, and may outlive the handler.
///
/// A handler is dropped as soon as nobody waits for it: the caller has dropped its call, or was
/// lost, or its time is up. One that has declared itself `graceful` is told by
/// [`cancelled`](Self::cancelled) and may go on for up to 5 s; except that a caller in the same process,
/// whose future runs the handler, takes it along when that future is dropped.
#[derive(Clone, Default)]
pub struct CallContext {
    serving: Arc<Serving>,
}

impl CallContext {
    /// Returns the context of the handler that is being polled on this thread; `None` outside of
    /// handlers, such as in a task that a handler has spawned.
    pub fn current() -> Option<Self> {
        CURRENT.with_borrow_mut(|current| {
            let serving = current.as_mut()?.serving.get_or_insert_default().clone();
            Some(Self { serving })
        })
    }

    /// Returns the `_meta` envelope the call came with.
    pub fn meta(&self) -> Option<&MessageMeta> {
        self.serving.meta.as_ref()
    }

    /// Returns when the caller gives up, if it has said so.
    pub fn deadline(&self) -> Option<Instant> {
        self.serving.deadline
    }

    /// Returns how much time the caller still gives, if it has said so.
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline()
            .map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Returns whether nobody waits for the result any more.
    pub fn is_cancelled(&self) -> bool {
        self.serving.cancelled.get().is_some()
    }

    /// Returns why nobody waits for the result any more.
    pub fn cancel_reason(&self) -> Option<CancelReason> {
        self.serving.cancelled()
    }

    /// Waits until nobody waits for the result any more.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn cancelled(&self) {
        let mut watch = CancelWatch::new(self.serving.clone());
        poll_fn(|cx| watch.poll(cx).map(drop)).await;
    }

    /// Tells the caller how far the work has got: `done` of `total`, in any unit, and what is being
    /// done. Costs next to nothing if the caller has not asked for it. A caller elsewhere that has gets
    /// at most 20 reports in a second, always the latest one.
    ///
    /// A `done` that is less than an earlier one is ignored, and so is everything when the call is over
    /// or nobody waits for it any more. Of the message the first 1 KiB counts. Reports made on several
    /// threads at once may reach a caller of this process in another order.
    pub fn progress<'a>(
        &self,
        done: f64,
        total: impl Into<Option<f64>>,
        message: impl Into<Option<&'a str>>,
    ) {
        let make = || Progress {
            progress: done,
            total: total.into(),
            message: message.into().map(str::to_owned),
        };
        match &self.serving.reports {
            Reports::Nobody => {}
            Reports::Peer { registry, run } => {
                if let Some(registry) = registry.upgrade() {
                    registry.input(|state, now| state.node.report(*run, make(), now));
                }
            }
            Reports::Caller { tell, latest } => {
                if self.is_cancelled() || self.serving.is_over() {
                    return;
                }
                let Some(report) = make().checked() else {
                    return;
                };
                let mut latest = latest.lock().unwrap_or_else(PoisonError::into_inner);
                if latest.is_none_or(|latest| latest <= done) {
                    *latest = Some(done);
                    drop(latest);
                    // As from a peer: what the caller's closure does is no affair of the handler.
                    guarded(|| tell(report));
                }
            }
        }
    }

    /// Returns what calls inherit that this handler makes and waits for in its own future; `None`
    /// outside of handlers and in those of which there is nothing to inherit.
    pub(crate) fn parent() -> Option<Arc<Serving>> {
        CURRENT.with_borrow(|current| current.as_ref()?.serving.clone())
    }

    /// As [`parent`](Self::parent), for calls that the handler may give to somebody else to wait for:
    /// they inherit at least that nobody waits for the handler any more.
    pub(crate) fn parent_of_all() -> Option<Arc<Serving>> {
        Self::current().map(|context| context.serving)
    }
}

impl CallContext {
    /// Returns whether there is anything to inherit.
    pub(crate) fn has_parent() -> bool {
        CURRENT.with_borrow(|current| {
            current
                .as_ref()
                .is_some_and(|scope| scope.serving.is_some())
        })
    }
}

impl std::fmt::Debug for CallContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallContext")
            .field("meta", &self.serving.meta)
            .field("deadline", &self.serving.deadline)
            .field("cancelled", &self.serving.cancelled)
            .finish_non_exhaustive()
    }
}

/// The state of one call that is being served here. Shared by the handler, whoever runs it, and
/// whoever may stop it.
#[derive(Default)]
pub(crate) struct Serving {
    pub(crate) meta: Option<MessageMeta>,
    pub(crate) deadline: Option<Instant>,
    reports: Reports,
    /// Whether the caller wants to know where the time goes.
    pub(crate) traced: bool,
    /// The traces of calls that the handler has made.
    traces: Mutex<Vec<Value>>,
    cancelled: OnceLock<CancelReason>,
    waiting: Mutex<Waiters>,
    /// Whether the handler has returned, panicked, or been dropped.
    over: AtomicBool,
    stopped: AtomicBool,
    stopper: AtomicWaker,
    /// Woken when the caller has asked for more items.
    pub(crate) credit: AtomicWaker,
}

/// Who wants to be woken when nobody waits for a call any more.
#[derive(Default)]
struct Waiters {
    next: u64,
    wakers: BTreeMap<u64, Waker>,
}

/// Somebody who waits for the end of all waiting for a call. Dropped, it leaves no waker behind.
pub(crate) struct CancelWatch {
    serving: Arc<Serving>,
    place: Option<u64>,
}

impl CancelWatch {
    pub(crate) fn new(serving: Arc<Serving>) -> Self {
        Self {
            serving,
            place: None,
        }
    }

    pub(crate) fn serving(&self) -> &Arc<Serving> {
        &self.serving
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<CancelReason> {
        let cancelled = &self.serving.cancelled;
        if let Some(reason) = cancelled.get() {
            return Poll::Ready(reason.clone());
        }
        let mut waiters = self.serving.waiters();
        let place = *self.place.get_or_insert_with(|| {
            waiters.next += 1;
            waiters.next
        });
        let waits = waiters.wakers.get(&place);
        let replaced = if waits.is_some_and(|waker| waker.will_wake(cx.waker())) {
            None
        } else {
            waiters.wakers.insert(place, cx.waker().clone())
        };
        drop(waiters);
        // After the lock: the last waker of a task may take the task with it.
        drop(replaced);
        // Between the look and the note.
        match cancelled.get() {
            Some(reason) => Poll::Ready(reason.clone()),
            None => Poll::Pending,
        }
    }
}

impl Drop for CancelWatch {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            let waker = self.serving.waiters().wakers.remove(&place);
            drop(waker);
        }
    }
}

/// Whom a handler tells of its progress.
#[derive(Default)]
pub(crate) enum Reports {
    #[default]
    Nobody,
    Peer {
        registry: Weak<Inner>,
        run: RunId,
    },
    Caller {
        tell: Arc<dyn Fn(Progress) + Send + Sync>,
        latest: Mutex<Option<f64>>,
    },
}

/// Most traces of calls that are kept for one handler.
const TRACES: usize = cmdbus_proto::extension::TRACE_ENTRIES;

impl Serving {
    pub(crate) fn new(
        meta: Option<MessageMeta>,
        deadline: Option<Instant>,
        reports: Reports,
        traced: bool,
    ) -> Self {
        Self {
            meta,
            deadline,
            reports,
            traced,
            ..Self::default()
        }
    }

    /// Lets the handler know that nobody waits for it. The first reason stays.
    pub(crate) fn cancel(&self, reason: CancelReason) {
        if self.cancelled.set(reason).is_err() {
            return;
        }
        let waiting = mem::take(&mut self.waiters().wakers);
        for waker in waiting.into_values() {
            guarded(|| waker.wake());
        }
        // A handler that waits for credit, and may come to an end by itself, will get none.
        guarded(|| self.credit.wake());
    }

    /// Returns why nobody waits any more, if that is so.
    pub(crate) fn cancelled(&self) -> Option<CancelReason> {
        self.cancelled.get().cloned()
    }

    fn waiters(&self) -> MutexGuard<'_, Waiters> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// Ends the handler at its next turn.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        guarded(|| self.stopper.wake());
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// As [`is_stopped`](Self::is_stopped), and wakes the task when it becomes true.
    pub(crate) fn is_stopped_or_wake(&self, cx: &Context<'_>) -> bool {
        self.stopper.register(cx.waker());
        self.is_stopped()
    }

    /// Keeps the trace of a call that the handler has made.
    pub(crate) fn add_trace(&self, entry: Value) {
        let mut traces = self.traces.lock().unwrap_or_else(PoisonError::into_inner);
        if self.traced && traces.len() < TRACES {
            traces.push(entry);
        }
    }

    pub(crate) fn take_traces(&self) -> Vec<Value> {
        mem::take(&mut *self.traces.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Where a handler runs: its state, made when somebody first needs it.
#[derive(Default)]
pub(crate) struct Scope {
    serving: Option<Arc<Serving>>,
}

impl From<Arc<Serving>> for Scope {
    fn from(serving: Arc<Serving>) -> Self {
        Self {
            serving: Some(serving),
        }
    }
}

/// A handler at work. Polls it with its context in place, which needs no runtime, and catches its panic.
/// Dropped before the end, it lets everybody who holds the context know.
pub(crate) struct Serve<T> {
    scope: Scope,
    /// Gone when it has ended.
    future: Option<BoxFuture<'static, T>>,
}

impl<T> Serve<T> {
    pub(crate) fn new(scope: Scope, future: BoxFuture<'static, T>) -> Self {
        Self {
            scope,
            future: Some(future),
        }
    }

    /// Lets the handler know that nobody waits for it. The first reason stays.
    pub(crate) fn cancel(&mut self, reason: CancelReason) {
        // Made if need be: the handler may ask for its context later.
        self.scope.serving.get_or_insert_default().cancel(reason);
    }

    /// Returns whether the handler has ended or been dropped.
    pub(crate) fn is_over(&self) -> bool {
        self.future.is_none()
    }

    /// Returns the traces of the calls that the handler has made.
    pub(crate) fn take_traces(&self) -> Vec<Value> {
        let serving = self.scope.serving.as_ref();
        serving.map_or_else(Vec::new, |serving| serving.take_traces())
    }

    /// Drops the handler where it stands.
    pub(crate) fn stop(&mut self) {
        let Some(future) = self.future.take() else {
            return;
        };
        if let Some(serving) = &self.scope.serving {
            serving.cancel(CancelReason::CALLER_GONE);
            serving.over.store(true, Ordering::Release);
        }
        if catch_unwind(AssertUnwindSafe(|| drop(future))).is_err() {
            tracing::error!("a handler panicked while it was dropped");
        }
    }
}

impl<T> Drop for Serve<T> {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Puts the previous scope back, also when the handler panics.
struct Restore<'a> {
    previous: Option<Scope>,
    home: &'a mut Scope,
}

impl Drop for Restore<'_> {
    fn drop(&mut self) {
        let previous = self.previous.take();
        let own = CURRENT.with_borrow_mut(|current| mem::replace(current, previous));
        *self.home = own.unwrap_or_default();
    }
}

impl<T> Future for Serve<T> {
    /// What the handler returned, or what it panicked with.
    type Output = Result<T, Box<dyn std::any::Any + Send>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { scope, future } = &mut *self;
        let Some(running) = future else {
            return Poll::Pending;
        };
        let own = mem::take(scope);
        let restore = Restore {
            previous: CURRENT.with_borrow_mut(|current| current.replace(own)),
            home: scope,
        };
        let polled = catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(cx)));
        drop(restore);
        let ended = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(result)) => Ok(result),
            Err(panic) => Err(panic),
        };
        if let Some(serving) = &scope.serving {
            serving.over.store(true, Ordering::Release);
        }
        *future = None;
        Poll::Ready(ended)
    }
}
