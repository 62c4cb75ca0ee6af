//! Calls that have been sent, and waiting for what comes back.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use cmdbus_proto::extension::{CancelReason, Progress};
use cmdbus_proto::node::{Execution, Outcome};
use futures_channel::oneshot;
use futures_util::FutureExt;
use futures_util::task::AtomicWaker;

use super::local::serve_here;
use super::plan::{Control, Plan, Waits, given_up};
use super::{CallOptions, OnProgress};
use crate::context::Serving;
use crate::error::{CommandError, ExecuteErrorCode};
use crate::handlers::{Encoded, Handler, flatten};
use crate::inner::Inner;
use crate::message::{ExecuteError, MessageId, Payload};
use crate::registry::CommandRegistry;

/// What comes back for a call before its answer.
pub(crate) struct Watcher {
    pub(super) on_progress: Option<OnProgress>,
    pub(super) items: Mutex<VecDeque<Payload>>,
    pub(super) reader: AtomicWaker,
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

    pub(super) fn items(&self) -> std::sync::MutexGuard<'_, VecDeque<Payload>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that has begun.
pub(super) enum Begun {
    /// A handler of this process serves it.
    Local(Handler, Arc<str>, Option<Payload>),
    /// A peer has been asked.
    Sent(Waiting),
}

/// Finds whoever serves a command, and asks it unless it is this process.
pub(super) fn begin(
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

pub(super) fn try_begin(
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
    let mut request = request;
    let mut answer = None;
    let execution = registry.inner.input(|state, now| {
        let meta = &mut plan.meta;
        let execution = state
            .node
            .execute(command_id, &mut request, meta, terms, now, || {
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
            parent: plan.parent.as_ref().map(|watch| watch.serving().clone()),
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

pub(super) async fn finish_encoded(
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

/// Somebody waiting for an answer. Dropped early, it gives the wait up.
pub(crate) struct Waiting {
    pub(super) inner: Arc<Inner>,
    pub(super) message: MessageId,
    /// Gone when the answer has come.
    pub(super) answer: Option<oneshot::Receiver<Outcome>>,
    pub(super) watcher: Option<Arc<Watcher>>,
    /// The handler that has made the call.
    pub(super) parent: Option<Arc<Serving>>,
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
            parent: None,
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

    pub(super) async fn outcome(
        mut self,
        command_id: &str,
        plan: &mut Plan,
        control: Option<&Control>,
    ) -> Encoded {
        poll_fn(|cx| self.poll_outcome(command_id, plan, control, cx)).await
    }

    pub(super) fn poll_outcome(
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

    pub(super) fn give_up(&mut self, reason: &CancelReason) {
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
        // Dropped with the handler that has made the call, it ends for the same reason.
        let parent = self.parent.as_ref();
        let reason = parent.and_then(|parent| parent.cancelled());
        self.give_up(&reason.unwrap_or(CancelReason::CALLER_GONE));
        if self.watcher.is_some() {
            let watcher = self.inner.lock().watchers.remove(&self.message);
            // After the lock: it holds the caller's closure.
            drop(watcher);
        }
    }
}
