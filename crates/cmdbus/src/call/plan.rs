//! What a call asks for and inherits, looked at once, when it begins.

use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll};
use std::time::Instant;

use cmdbus_proto::extension::{CallTerms, CancelReason};
use futures_util::task::AtomicWaker;
use serde_json::{Value, json};

use super::{CallOptions, FOR_EVER, OWN_KEYS, OnProgress, OnTrace};
use crate::context::{CallContext, CancelWatch, Reports, Scope, Serving};
use crate::error::ExecuteErrorCode;
use crate::message::{ExecuteError, MessageMeta};
use crate::registry::CommandRegistry;

/// Options that have been looked at at the moment the call begins, with what it inherits from the call
/// that is being served.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) meta: Option<MessageMeta>,
    pub(super) deadline: Option<Instant>,
    pub(super) on_progress: Option<OnProgress>,
    pub(super) traced: Option<Traced>,
    pub(super) parent: Option<CancelWatch>,
    /// How far the request has come already.
    hops: u64,
}

/// Who waits for a call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Waits {
    /// The future in which it begins.
    There,
    /// Whoever is given its future or stream, which may be somebody else.
    Anywhere,
}

/// Who wants to know where the time goes.
pub(super) struct Traced {
    pub(super) begun: Instant,
    pub(super) tell: Option<OnTrace>,
}

impl Plan {
    pub(super) fn of(options: CallOptions, registry: &CommandRegistry, waits: Waits) -> Self {
        let CallOptions {
            meta,
            timeout,
            deadline,
            on_progress,
            on_trace,
            detached,
            hops,
        } = options;
        let parent = match waits {
            _ if detached => None,
            Waits::There => CallContext::parent(),
            Waits::Anywhere => CallContext::parent_of_all(),
        };
        // The clock is read only where somebody needs it.
        let deadline = (timeout.is_some() || deadline.is_some()).then(|| {
            let now = Instant::now();
            let most = registry.inner.max_deadline;
            let most = timeout.map_or(most, |timeout| timeout.min(most));
            let due = now.checked_add(most).unwrap_or(now + FOR_EVER);
            deadline.map_or(due, |deadline| deadline.min(due))
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
            hops,
        };
        plan.inherit();
        plan
    }

    pub(super) fn inherit(&mut self) {
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
    pub(super) fn terms(&self, credit: Option<u32>) -> CallTerms {
        CallTerms {
            timeout: self
                .deadline
                .map(|deadline| deadline.saturating_duration_since(Instant::now())),
            progress: self.on_progress.is_some(),
            credit,
            trace: self.traced.is_some(),
            hops: self.hops,
        }
    }

    /// Returns the scope for a handler of this process. Nothing is made for a plain call.
    pub(super) fn scope(&mut self) -> Scope {
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
    pub(super) fn end_trace(&mut self, command_id: &str, hops: Vec<Value>) {
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
    pub(super) fn end_local_trace(&mut self, command_id: &str, calls: impl FnOnce() -> Vec<Value>) {
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
    pub(super) fn poll_given_up(
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
    pub(super) fn hopeless(&self) -> Option<CancelReason> {
        let parent = self.parent.as_ref();
        if let Some(reason) = parent.and_then(|parent| parent.serving().cancelled()) {
            return Some(reason);
        }
        let over = self.deadline.is_some_and(|due| due <= Instant::now());
        over.then_some(CancelReason::DEADLINE)
    }
}

pub(super) fn microseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// Returns what a call that was given up from this side ends with.
pub(super) fn given_up(reason: &CancelReason) -> ExecuteError {
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
pub(super) struct Control {
    pub(super) cancelled: OnceLock<()>,
    pub(super) waker: AtomicWaker,
}

impl Control {
    pub(super) fn poll(&self, cx: &Context<'_>) -> Poll<()> {
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
