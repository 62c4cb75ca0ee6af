//! Calls that this process serves itself, inside the future of their caller.

use std::any::Any;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use cmdbus_proto::extension::CancelReason;
use cmdbus_proto::node::{AlarmId, Outcome};
use futures_channel::oneshot;
use futures_util::FutureExt;

use super::CallOptions;
use super::plan::{Control, Plan, Waits, given_up};
use crate::context::Serve;
use crate::error::CommandError;
use crate::handlers::{Handler, flatten_typed};
use crate::inner::Inner;
use crate::message::ExecuteError;
use crate::registry::CommandRegistry;

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
pub(super) type Served<T> = Result<Result<T, Box<dyn Any + Send>>, ExecuteError>;

/// Runs a handler of this process for a caller of this process, inside the caller's future, to its end
/// or until nobody waits for it.
pub(super) async fn serve_here<T>(
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
pub(super) struct Patience {
    pub(super) registry: CommandRegistry,
    pub(super) graceful: bool,
    /// Rings when the time is up, and then when the handler has had its time to end.
    pub(super) alarm: Option<Alarm>,
    /// What the call ends with, whatever the handler still returns.
    pub(super) ending: Option<ExecuteError>,
}

impl Patience {
    pub(super) fn new(registry: &CommandRegistry, handler: &Handler, plan: &Plan) -> Self {
        Self {
            registry: registry.clone(),
            graceful: handler.graceful(),
            alarm: plan.deadline.map(|due| Alarm::set(registry, due)),
            ending: None,
        }
    }

    pub(super) fn poll<T>(
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
    pub(super) fn give_up<T>(&mut self, serve: &mut Serve<T>, reason: CancelReason) {
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

    pub(super) fn rings(&mut self, cx: &mut Context<'_>) -> bool {
        let alarm = self.alarm.as_mut();
        alarm.is_some_and(|alarm| alarm.poll(cx).is_ready())
    }
}

/// A time at which a task is woken.
pub(super) struct Alarm {
    pub(super) inner: Arc<Inner>,
    pub(super) id: AlarmId,
    /// Gone when nobody listens any more.
    pub(super) rings: Option<oneshot::Receiver<Outcome>>,
}

impl Alarm {
    pub(super) fn set(registry: &CommandRegistry, due: Instant) -> Self {
        let (waiter, rings) = oneshot::channel();
        let inner = registry.inner.clone();
        let id = inner.input(|state, _| state.node.set_alarm(due, waiter));
        Self {
            inner,
            id,
            rings: Some(rings),
        }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
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
