//! Results item by item, on the caller's side.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use cmdbus_proto::extension::{CancelReason, MAX_CREDIT};
use futures_util::stream::Stream;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::local::{Alarm, Patience};
use super::plan::{Plan, Waits};
use super::waiting::{Begun, Waiting, begin};
use super::{CallOptions, DEFAULT_CREDIT};
use crate::command::Collected;
use crate::context::Serve;
use crate::error::CommandError;
use crate::handlers::{Encoded, flatten};
use crate::items::{ItemsOut, Slot};
use crate::message::Payload;
use crate::registry::CommandRegistry;

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
    pub(super) registry: CommandRegistry,
    pub(super) command_id: String,
    pub(super) credit: u32,
    pub(super) idle: Option<Duration>,
    /// Whether a result that is all items together is taken apart again.
    pub(super) unfolds: bool,
    pub(super) state: Streaming,
    pub(super) types: PhantomData<fn() -> (Item, Response)>,
}

pub(super) enum Streaming {
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
pub(super) struct LocalStream {
    pub(super) serve: Serve<Encoded>,
    pub(super) patience: Patience,
    pub(super) slot: Arc<Slot>,
    pub(super) plan: Plan,
    /// Rings when the next item has taken too long.
    pub(super) idle: Option<Alarm>,
    /// How it has ended, while the last item is on its way.
    pub(super) ended: Option<Encoded>,
}

impl<Item, Response> CallStream<Item, Response> {
    pub(super) fn new(
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
    pub(super) fn begin(
        &mut self,
        request: Result<Option<Payload>, CommandError>,
        options: CallOptions,
    ) {
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
    pub(super) fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Payload>> {
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
    pub(super) fn fail(&mut self, error: &CommandError) {
        match &mut self.state {
            Streaming::Peer { plan, .. } => plan.end_trace(&self.command_id, Vec::new()),
            Streaming::Local(local) => local.end_trace(&self.command_id),
            _ => {}
        }
        self.state = Streaming::Over(Err(error.to_wire(&self.command_id)));
    }
}

/// Takes a result apart that is all items together.
pub(super) fn unfold(ended: &Encoded) -> Option<Collected<Value>> {
    ended.as_ref().ok()?.as_ref()?.decode().ok()
}

impl LocalStream {
    pub(super) fn poll(
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

    pub(super) fn poll_handler(&mut self, cx: &mut Context<'_>) -> Poll<Encoded> {
        let ended = self
            .patience
            .poll(&mut self.serve, &mut self.plan, None, cx);
        if self.patience.ending.is_some() {
            // One that goes on for a while hears at its next item that nobody wants it.
            self.slot.close();
        }
        ended.map(|ended| ended.and_then(flatten))
    }

    pub(super) fn end_trace(&mut self, command_id: &str) {
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
