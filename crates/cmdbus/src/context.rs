//! What a handler can learn of the call it serves, and say about it.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

pub use cmdbus_proto::extension::{CancelReason, Progress};
use cmdbus_proto::node::RunId;
use futures_util::future::BoxFuture;
use futures_util::task::AtomicWaker;
use serde_json::Value;

use crate::message::MessageMeta;
use crate::registry::Inner;

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
/// [`cancelled`](Self::cancelled) and may go on for up to 5 s.
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
        self.serving.cancelled.get().cloned()
    }

    /// Waits until nobody waits for the result any more.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn cancelled(&self) {
        poll_fn(|cx| self.serving.poll_cancelled(cx).map(drop)).await;
    }

    /// Tells the caller how far the work has got: `done` of `total`, in any unit, and what is being
    /// done. Costs next to nothing if the caller has not asked for it, and a caller that has gets at
    /// most 20 reports in a second, always the latest one.
    ///
    /// A `done` that is less than an earlier one is ignored. Of the message the first 1 KiB counts.
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
                let mut latest = latest.lock().unwrap_or_else(PoisonError::into_inner);
                if done.is_finite() && latest.is_none_or(|latest| latest <= done) {
                    *latest = Some(done);
                    drop(latest);
                    tell(make());
                }
            }
        }
    }

    /// Returns what calls made by this handler inherit; `None` outside of handlers and in those of
    /// which there is nothing to inherit.
    pub(crate) fn parent() -> Option<Arc<Serving>> {
        CURRENT.with_borrow(|current| current.as_ref()?.serving.clone())
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
    waiting: Mutex<Vec<Waker>>,
    stopped: AtomicBool,
    stopper: AtomicWaker,
    /// Woken when the caller has asked for more items.
    pub(crate) credit: AtomicWaker,
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
        let waiting =
            std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        for waker in waiting {
            waker.wake();
        }
    }

    pub(crate) fn poll_cancelled(&self, cx: &mut Context<'_>) -> Poll<CancelReason> {
        if let Some(reason) = self.cancelled.get() {
            return Poll::Ready(reason.clone());
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if !waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            waiting.push(cx.waker().clone());
        }
        drop(waiting);
        // Between the look and the note.
        match self.cancelled.get() {
            Some(reason) => Poll::Ready(reason.clone()),
            None => Poll::Pending,
        }
    }

    /// Ends the handler at its next turn.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        self.stopper.wake();
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
        std::mem::take(&mut *self.traces.lock().unwrap_or_else(PoisonError::into_inner))
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

    /// Drops the handler where it stands.
    pub(crate) fn stop(&mut self) {
        let Some(future) = self.future.take() else {
            return;
        };
        if let Some(serving) = &self.scope.serving {
            serving.cancel(CancelReason::CALLER_GONE);
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
        let own = CURRENT.with_borrow_mut(|current| std::mem::replace(current, previous));
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
        let own = std::mem::take(scope);
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
        *future = None;
        Poll::Ready(ended)
    }
}
