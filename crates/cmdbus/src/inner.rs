//! The hands of a registry: its lock, its inputs, and whatever the rules want done.
//!
//! Everything that happens is one input: the lock is taken, the state machine decides, the lock is let
//! go, and only then the effects are carried out, which may run other people's code.

use std::cell::Cell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use cmdbus_proto::node::{
    Effect, Node, NodeLimits, Outcome, Outgoing, Receipt, Run, SessionId, Span, Warning,
};
use futures_channel::oneshot;
use futures_util::future::BoxFuture;
use rustc_hash::FxHashMap;

use crate::call::Watcher;
use crate::directory;
use crate::driver::{Errand, Link};
use crate::error::ChannelError;
use crate::event::Delivery;
use crate::handlers::Handler;
use crate::listeners::Listeners;
use crate::message::MessageId;
use crate::timer;

/// Runs handlers somewhere else, see [`Options::spawn_handlers`](crate::registry::Options::spawn_handlers).
pub(crate) type Spawner = Arc<dyn Fn(BoxFuture<'static, ()>) + Send + Sync>;
/// Hears of work that belongs to a trace, see [`Options::on_span`](crate::registry::Options::on_span).
pub(crate) type OnSpan = Arc<dyn Fn(Span) + Send + Sync>;
pub(crate) type Waiter = oneshot::Sender<Outcome>;

pub(crate) struct Inner {
    pub(crate) id: String,
    pub(crate) spawner: Option<Spawner>,
    /// How long a graceful handler may go on when nobody waits for it.
    pub(crate) cancel_grace: Duration,
    /// The most time that a caller may ask for.
    pub(crate) max_deadline: Duration,
    on_span: Option<OnSpan>,
    /// How often the registry has been disposed of: tells a link that it is not to come back.
    pub(crate) disposals: AtomicU64,
    pub(crate) directory: directory::Watchers,
    state: Mutex<State>,
}

pub(crate) struct State {
    pub(crate) node: Node<Handler, Waiter>,
    pub(crate) links: FxHashMap<SessionId, Arc<Link>>,
    pub(crate) listeners: Listeners,
    /// Calls of which more than the answer comes back.
    pub(crate) watchers: FxHashMap<MessageId, Arc<Watcher>>,
    /// When the timer thread will call.
    alarm: Option<timer::Alarm>,
    /// Sessions whose outbox falls to a thread that is busy with listeners. Whoever has the next input
    /// sees to them, so that a slow listener holds up nothing but itself.
    unattended: Vec<SessionId>,
}

impl Inner {
    pub(crate) fn new(
        id: String,
        node: Node<Handler, Waiter>,
        limits: &NodeLimits,
        spawner: Option<Spawner>,
        on_span: Option<OnSpan>,
    ) -> Self {
        Self {
            id,
            spawner,
            cancel_grace: limits.cancel_grace,
            max_deadline: limits.max_deadline,
            on_span,
            disposals: AtomicU64::new(0),
            directory: directory::Watchers::default(),
            state: Mutex::new(State {
                node,
                links: FxHashMap::default(),
                listeners: Listeners::default(),
                watchers: FxHashMap::default(),
                alarm: None,
                unattended: Vec::new(),
            }),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under this lock is other people's code, so a poisoned lock means a bug of ours that
        // has been reported as a panic already; the tables are still the best there is to go on with.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the state machine one input and carries out what it decides.
    pub(crate) fn input<R>(self: &Arc<Self>, act: impl FnOnce(&mut State, Instant) -> R) -> R {
        let mut runs = VecDeque::new();
        let result = self.input_with_runs(&mut runs, act);
        debug_assert!(runs.is_empty(), "only a driver's input starts handlers");
        result
    }

    /// As [`input`](Self::input) for a driver, which starts the handlers of its session itself: they are added to `runs`.
    pub(crate) fn input_with_runs<R>(
        self: &Arc<Self>,
        runs: &mut VecDeque<Run<Handler>>,
        act: impl FnOnce(&mut State, Instant) -> R,
    ) -> R {
        let mut lists = Lists::take();
        let mut state = self.lock();
        let version = state.node.directory_version();
        let result = act(&mut state, Instant::now());
        state.node.take_effects(&mut lists.effects);
        state.set_alarm(self);
        let unattended = std::mem::take(&mut state.unattended);
        let relisted = state.node.directory_version() != version;
        drop(state);
        if relisted {
            self.directory.wake();
        }
        for session in unattended {
            self.flush(session, &mut lists.batch);
        }
        self.perform(&mut lists, runs);
        lists.put_back();
        result
    }

    fn perform(self: &Arc<Self>, lists: &mut Lists, runs: &mut VecDeque<Run<Handler>>) {
        while let Some(effect) = lists.effects.pop_front() {
            match effect {
                Effect::Flush(session) => self.flush(session, &mut lists.batch),
                Effect::Run(run) => runs.push_back(run),
                // Nobody receives it if the waiting future has just been dropped.
                Effect::Complete(waiter, outcome) => guarded(|| drop(waiter.send(outcome))),
                Effect::Deliver(delivery) => self.deliver(&delivery, lists),
                Effect::End(session) => self.signal(session, Link::end),
                Effect::DrainExpired(session) => self.signal(session, Link::stop_draining),
                Effect::CancelRun {
                    session,
                    run,
                    reason,
                } => self.signal(session, |link| link.leave(Errand::Cancel(run, reason))),
                Effect::StopRun { session, run } => {
                    self.signal(session, |link| link.leave(Errand::Stop(run)));
                }
                Effect::Credit { session, run } => {
                    self.signal(session, |link| link.leave(Errand::Credit(run)));
                }
                Effect::Progress { call, progress } => {
                    self.tell(call, |watcher| watcher.progress(progress));
                }
                Effect::Item { call, item } => self.tell(call, |watcher| watcher.item(item)),
                Effect::Span(span) => {
                    if let Some(on_span) = &self.on_span {
                        guarded(|| on_span(span));
                    }
                }
                Effect::Warn(Warning::AdvertisedLimit { channel, limit }) => {
                    tracing::warn!(%channel, limit, "peer advertises too many commands; the rest is ignored");
                }
                Effect::Warn(Warning::Stuck { channel, queued }) => {
                    tracing::warn!(%channel, queued, "peer does not take its messages; its session ends");
                }
            }
        }
    }

    /// Calls the listeners. They may take their time, and call others and wait for the answer, so what
    /// is to be sent is left to whoever has an input meanwhile, and done here if there is nobody.
    fn deliver(self: &Arc<Self>, delivery: &Delivery, lists: &mut Lists) {
        let (listeners, left) = {
            let mut state = self.lock();
            let listeners = state.listeners.of(&delivery.event_id);
            if listeners.is_empty() {
                return;
            }
            let before = state.unattended.len();
            lists.effects.retain(|effect| match effect {
                Effect::Flush(session) => {
                    state.unattended.push(*session);
                    false
                }
                _ => true,
            });
            (listeners, state.unattended.len() > before)
        };
        for listener in listeners {
            // Moved in: it may be the last of its listener, whose end is other people's code too.
            if catch_unwind(AssertUnwindSafe(move || listener(delivery))).is_err() {
                tracing::error!(event = delivery.event_id, "a listener panicked");
            }
        }
        if left {
            let unattended = std::mem::take(&mut self.lock().unattended);
            for session in unattended {
                self.flush(session, &mut lists.batch);
            }
        }
    }

    /// Passes on what has come back for a call of this process.
    fn tell(&self, call: MessageId, tell: impl FnOnce(&Watcher)) {
        let watcher = self.lock().watchers.get(&call).cloned();
        if let Some(watcher) = watcher {
            // Moved in: it may be the last, and holds the caller's closure.
            guarded(move || tell(&watcher));
        }
    }

    fn signal(&self, session: SessionId, act: impl FnOnce(&Link)) {
        let link = self.lock().links.get(&session).cloned();
        if let Some(link) = link {
            guarded(|| act(&link));
        }
    }

    /// Acts as the sender of a session until its outbox is empty, as the batch is before and afterwards.
    fn flush(self: &Arc<Self>, session: SessionId, batch: &mut VecDeque<Outgoing>) {
        loop {
            let link = {
                let mut state = self.lock();
                if !state.node.next_outgoing(session, batch) {
                    return;
                }
                state.links.get(&session).cloned()
            };
            while let Err((receipt, error)) = send_all(link.as_deref(), batch) {
                self.input(|state, now| {
                    state.node.handle_send_failed(session, receipt, &error, now);
                });
            }
        }
    }
}

/// Lists that one input needs for a moment. Each thread keeps those of its last input, so that most inputs ask for no memory.
#[derive(Default)]
struct Lists {
    effects: VecDeque<Effect<Handler, Waiter>>,
    batch: VecDeque<Outgoing>,
}

/// Most entries that a thread keeps room for.
const KEPT: usize = 256;

thread_local! {
    static KEPT_LISTS: Cell<Option<Lists>> = const { Cell::new(None) };
}

impl Lists {
    /// Takes those of this thread, if no input that goes on has them, and if the thread is not about to end.
    fn take() -> Self {
        let kept = KEPT_LISTS.try_with(Cell::take).ok().flatten();
        kept.unwrap_or_default()
    }

    fn put_back(self) {
        if self.effects.capacity() <= KEPT && self.batch.capacity() <= KEPT {
            let _ = KEPT_LISTS.try_with(|kept| kept.set(Some(self)));
        }
    }
}

/// Gives the messages to a channel until it refuses one, which is taken out of the batch with those before it.
fn send_all(
    link: Option<&Link>,
    batch: &mut VecDeque<Outgoing>,
) -> Result<(), (Receipt, ChannelError)> {
    let mut current = Receipt::Other;
    let sent = catch_unwind(AssertUnwindSafe(|| {
        while let Some(outgoing) = batch.pop_front() {
            current = outgoing.receipt();
            let link = link.ok_or(ChannelError::Closed)?;
            link.channel.send(outgoing.into_message(Instant::now))?;
        }
        Ok(())
    }));
    let sent = sent.unwrap_or_else(|_| Err(ChannelError::Send("the channel panicked".into())));
    sent.map_err(|error| (current, error))
}

/// Wakes somebody. What an executor does then is its own affair: the effects that remain are carried
/// out all the same.
pub(crate) fn guarded(wake: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(wake)).is_err() {
        tracing::error!("a waker or a caller's closure panicked");
    }
}

impl Drop for State {
    fn drop(&mut self) {
        if let Some(alarm) = self.alarm.take() {
            timer::forget(alarm);
        }
    }
}

impl State {
    /// Has the timer thread call when the state machine wants it to, if that is earlier than it would anyway.
    fn set_alarm(&mut self, registry: &Arc<Inner>) {
        let Some(due) = self.node.next_timeout() else {
            return;
        };
        if self.alarm.is_none_or(|alarm| due < alarm.due()) {
            let target: Weak<Inner> = Arc::downgrade(registry);
            // If it cannot, it is asked again at the next input.
            self.alarm = timer::wake_at(due, target, self.alarm);
        }
    }
}

impl timer::Timed for Inner {
    fn time_has_come(self: Arc<Self>) {
        self.input(|state, now| {
            // Another one may have been set while this one was on its way.
            if state.alarm.is_some_and(|alarm| alarm.due() <= now) {
                state.alarm = None;
                state.node.handle_timeout(now);
            }
        });
    }
}
