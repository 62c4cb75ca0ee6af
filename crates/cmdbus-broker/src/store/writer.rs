//! The thread that writes: commits what waits in groups, and tells each step when it is durable.
//!
//! It uses no timer. It takes what waits, commits, tells, and takes what has come meanwhile. So a lone step
//! pays for one sync, and many at once share theirs (protocol §2.5).
//!
//! After a commit that failed nothing that waited counts: the core's memory is ahead of the store and has to
//! be made anew. An [`Epoch`] says from which [`load`](WriterHandle::load) a step comes, so that no step of the
//! old core slips in behind the failure.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use futures_channel::oneshot;

use super::error::{Outcome, StoreError, StoreErrorKind};
use super::rows::Op;
use super::{Loaded, Store};

/// Operations that [`WriterHandle::room`] counts for a step that is not known yet: what a send takes, with
/// something to spare.
const ROOM_OPS: usize = 4;

/// Bounds and times of a [`Writer`]. The defaults are those of the protocol, §2.5.
#[derive(Debug, Clone)]
pub struct WriterOptions {
    /// Operations in a commit, at most. A step is never split, so a larger one is a commit of its own.
    /// Default: 256.
    pub commit_ops: usize,
    /// Bytes in a commit, at most, with the same exception. Default: 1 MiB.
    pub commit_bytes: usize,
    /// Operations that wait, at most; see [`WriterHandle::room`]. Default: 8192.
    pub input_ops: usize,
    /// Bytes that wait, at most. Default: 32 MiB.
    pub input_bytes: usize,
    /// Time between two attempts to write again after a failure. Default: 1 s.
    pub probe_every: Duration,
    /// For how long a store that cannot be opened again is tried. Default: 60 s.
    pub give_up_after: Duration,
    /// What time it is. Default: the monotonic clock.
    pub clock: Clock,
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self {
            commit_ops: 256,
            commit_bytes: 1024 * 1024,
            input_ops: 8192,
            input_bytes: 32 * 1024 * 1024,
            probe_every: Duration::from_secs(1),
            give_up_after: Duration::from_secs(60),
            clock: Clock::default(),
        }
    }
}

/// A source of monotonic time: how long it is since some beginning.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Duration + Send + Sync>);

impl Clock {
    /// Makes a clock of a function. Whoever moves it by hand calls [`WriterHandle::wake`] afterwards.
    pub fn new(now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    fn now(&self) -> Duration {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        let beginning = Instant::now();
        Self::new(move || beginning.elapsed())
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// From which load of the store the memory of a core was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(u64);

/// What a step wants stored, and who is told.
pub struct Batch {
    /// That of the core which made the step.
    pub epoch: Epoch,
    /// What changes. None is allowed: the step is then told after everything before it.
    pub ops: Vec<Op>,
    /// Told once, on the writer's thread, in the order of the steps. It must not block.
    pub done: Box<dyn FnOnce(Result<(), Unavailable>) + Send>,
}

impl Batch {
    /// Makes a batch.
    pub fn new(
        epoch: Epoch,
        ops: Vec<Op>,
        done: impl FnOnce(Result<(), Unavailable>) + Send + 'static,
    ) -> Self {
        Self {
            epoch,
            ops,
            done: Box::new(done),
        }
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("epoch", &self.epoch)
            .field("ops", &self.ops)
            .finish_non_exhaustive()
    }
}

/// The store cannot take the step now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store cannot be written to at present")]
pub struct Unavailable {
    /// Whether the step is known not to be stored.
    pub outcome: Outcome,
}

const NOT_STORED: Unavailable = Unavailable {
    outcome: Outcome::NotStored,
};

/// What happens to a writer, told on its thread. Whoever listens must not block.
#[derive(Debug)]
pub enum WriterEvent {
    /// A commit failed. Every step that waited has been told, and so will be all that come from a core that
    /// was loaded before: the core has to be made anew with [`WriterHandle::load`].
    Failed(StoreError),
    /// The store takes steps again.
    Recovered,
    /// The store is damaged, or could not be opened for too long. Nothing can be promised any more, and the
    /// process should end (protocol §11.4).
    Lost(StoreError),
}

/// A store with a thread of its own. Dropping it is [`stop`](Self::stop).
pub struct Writer {
    handle: WriterHandle,
    thread: Option<JoinHandle<Result<(), StoreError>>>,
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// Fails if the system does not give one.
    pub fn start(
        store: Box<dyn Store>,
        options: WriterOptions,
        on_event: impl FnMut(WriterEvent) + Send + 'static,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State::default()),
            wake: Condvar::new(),
            input_ops: options.input_ops,
            input_bytes: options.input_bytes,
        });
        let thread = Thread {
            shared: shared.clone(),
            store,
            options,
            on_event: Box::new(on_event),
        };
        let thread = std::thread::Builder::new()
            .name("cmdbus-store".to_owned())
            .spawn(move || thread.run())?;
        Ok(Self {
            handle: WriterHandle { shared },
            thread: Some(thread),
        })
    }

    /// Returns what others use to give it work.
    pub fn handle(&self) -> WriterHandle {
        self.handle.clone()
    }

    /// Commits what waits, ends the thread, and closes the store. Steps that come later are told that the
    /// store is unavailable. Blocks.
    ///
    /// # Errors
    ///
    /// Fails if the store could not be closed in order. What was told to be durable is.
    pub fn stop(mut self) -> Result<(), StoreError> {
        self.join()
    }

    fn join(&mut self) -> Result<(), StoreError> {
        let Some(thread) = self.thread.take() else {
            return Ok(());
        };
        self.handle.shared.lock().stopping = true;
        self.handle.wake();
        thread
            .join()
            .unwrap_or_else(|_| Err(StoreError::new(StoreErrorKind::Internal, "close the store")))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Err(error) = self.join() {
            tracing::warn!(%error, "the store was not closed in order");
        }
    }
}

/// Gives work to a [`Writer`]. A clone is another handle of the same one.
#[derive(Clone)]
pub struct WriterHandle {
    shared: Arc<Shared>,
}

impl WriterHandle {
    /// Hands over a step. Never blocks and never refuses: the core's memory has the step already. Ask for
    /// [`room`](Self::room) before the core is given anything that can wait.
    pub fn submit(&self, batch: Batch) {
        let mut state = self.shared.lock();
        if state.stopped {
            drop(state);
            tell(batch.done, Err(NOT_STORED));
            return;
        }
        let size = Size::of(&batch.ops);
        state.waiting.add(size);
        state.input.push_back(Input::Step { batch, size });
        let asleep = state.asleep;
        drop(state);
        // It takes everything before it sleeps, and waking it is a system call.
        if asleep {
            self.shared.wake.notify_one();
        }
    }

    /// Loads the store after everything that was handed over before, with the epoch for the steps of the
    /// core that is made of it. After a failure it waits until the store can be read.
    ///
    /// `done` is told once, on the writer's thread. It must not block.
    pub fn load(&self, done: impl FnOnce(Result<(Loaded, Epoch), StoreError>) + Send + 'static) {
        let mut state = self.shared.lock();
        if state.stopped {
            drop(state);
            done(Err(StoreError::new(
                StoreErrorKind::CannotOpen,
                "use a closed store",
            )));
            return;
        }
        state.input.push_back(Input::Load(Box::new(done)));
        drop(state);
        self.shared.wake.notify_one();
    }

    /// Waits until a step with this much content has room among what waits, in the order of the callers.
    /// Keep the result until the step has been handed over.
    ///
    /// Cancel safe: dropping the future gives up the place. How long to wait is the caller's affair
    /// (protocol §2.5: 2 s).
    ///
    /// # Errors
    ///
    /// Fails at once while the store cannot be written to, and when that happens during the wait.
    pub async fn room(&self, bytes: usize) -> Result<Room, Unavailable> {
        let waiting = {
            let size = Size {
                ops: ROOM_OPS,
                bytes,
            };
            let mut state = self.shared.lock();
            if state.health != Health::Writing || state.stopping {
                return Err(NOT_STORED);
            }
            // Whoever gave up is behind nobody: they all wait equally long.
            while state
                .callers
                .front()
                .is_some_and(|caller| caller.granted.is_canceled())
            {
                state.callers.pop_front();
            }
            if state.callers.is_empty() && self.shared.fits(&state, size) {
                state.reserved.add(size);
                return Ok(Room {
                    shared: self.shared.clone(),
                    size,
                });
            }
            let (granted, waiting) = oneshot::channel();
            state.callers.push_back(Caller { size, granted });
            waiting
        };
        waiting.await.unwrap_or(Err(NOT_STORED))
    }

    /// Returns whether steps with changes are taken at present. While they are not, the core must not be
    /// given what would change it: requests that write are refused, and the rest is dropped and comes again.
    pub fn can_write(&self) -> bool {
        self.shared.lock().health == Health::Writing
    }

    /// Makes the writer look at its clock again.
    pub fn wake(&self) {
        // With the lock, so that it does not fall between a look at the clock and the wait.
        drop(self.shared.lock());
        self.shared.wake.notify_one();
    }
}

/// Room for one step. Dropping it gives it back.
pub struct Room {
    shared: Arc<Shared>,
    size: Size,
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Room").field(&self.size).finish()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.reserved.subtract(self.size);
        self.shared.grant(state);
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Size {
    ops: usize,
    bytes: usize,
}

impl Size {
    fn of(ops: &[Op]) -> Self {
        Self {
            ops: ops.len(),
            bytes: ops.iter().map(Op::weight).sum(),
        }
    }

    fn add(&mut self, other: Self) {
        self.ops += other.ops;
        self.bytes += other.bytes;
    }

    fn subtract(&mut self, other: Self) {
        self.ops -= other.ops;
        self.bytes -= other.bytes;
    }
}

type LoadDone = Box<dyn FnOnce(Result<(Loaded, Epoch), StoreError>) + Send>;
type StepDone = Box<dyn FnOnce(Result<(), Unavailable>) + Send>;

enum Input {
    Step { batch: Batch, size: Size },
    Load(LoadDone),
}

/// Somebody who waits for room.
struct Caller {
    size: Size,
    granted: oneshot::Sender<Result<Room, Unavailable>>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Health {
    #[default]
    Writing,
    Failing,
    Lost,
}

#[derive(Default)]
struct State {
    input: VecDeque<Input>,
    /// The steps in `input`.
    waiting: Size,
    /// The rooms that were given.
    reserved: Size,
    callers: VecDeque<Caller>,
    epoch: u64,
    health: Health,
    stopping: bool,
    /// The thread waits for input.
    asleep: bool,
    /// Nobody takes from `input` any more.
    stopped: bool,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    input_ops: usize,
    input_bytes: usize,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something larger than the bound fits when it is alone.
    fn fits(&self, state: &State, size: Size) -> bool {
        let ops = state.waiting.ops + state.reserved.ops;
        let bytes = state.waiting.bytes + state.reserved.bytes;
        ops == 0 || (ops + size.ops <= self.input_ops && bytes + size.bytes <= self.input_bytes)
    }

    /// Gives room to those who have waited longest. Tells them after the lock is released.
    fn grant(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        let mut told = Vec::new();
        while let Some(caller) = state.callers.pop_front() {
            if caller.granted.is_canceled() {
                continue;
            }
            if !self.fits(&state, caller.size) {
                state.callers.push_front(caller);
                break;
            }
            state.reserved.add(caller.size);
            told.push((
                caller.granted,
                Room {
                    shared: self.clone(),
                    size: caller.size,
                },
            ));
        }
        drop(state);
        for (granted, room) in told {
            // Whoever has given up meanwhile gives the room back by not taking it.
            drop(granted.send(Ok(room)));
        }
    }
}

/// Tells somebody, whose failure must not be the writer's.
fn tell<T>(done: Box<dyn FnOnce(T) + Send>, what: T) {
    if catch_unwind(AssertUnwindSafe(move || done(what))).is_err() {
        tracing::error!("what was to happen after a commit panicked");
    }
}

/// What is done next.
enum Work {
    Commit(Vec<Batch>),
    Load(LoadDone),
    Stop,
}

struct Thread {
    shared: Arc<Shared>,
    store: Box<dyn Store>,
    options: WriterOptions,
    on_event: Box<dyn FnMut(WriterEvent) + Send>,
}

impl Thread {
    fn run(mut self) -> Result<(), StoreError> {
        loop {
            match self.next() {
                Work::Commit(steps) => {
                    if let Err(error) = self.commit(steps) {
                        self.recover(error);
                    }
                }
                Work::Load(done) => self.load(done),
                Work::Stop => break,
            }
        }
        self.refuse_everything(true);
        self.store.close()
    }

    /// Waits for something to do. Everything that waits is taken before the end.
    fn next(&self) -> Work {
        let mut state = self.shared.lock();
        loop {
            match state.input.pop_front() {
                Some(Input::Load(done)) => return Work::Load(done),
                Some(Input::Step { batch, size }) => {
                    let steps = self.group(&mut state, batch, size);
                    self.shared.grant(state);
                    return Work::Commit(steps);
                }
                None if state.stopping => return Work::Stop,
                None => {
                    state.asleep = true;
                    state = self
                        .shared
                        .wake
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                    state.asleep = false;
                }
            }
        }
    }

    /// Takes a step and those behind it, up to the bounds of a commit.
    fn group(&self, state: &mut State, first: Batch, size: Size) -> Vec<Batch> {
        let mut total = size;
        let mut steps = vec![first];
        while let Some(Input::Step { size, .. }) = state.input.front() {
            let next = Size {
                ops: total.ops + size.ops,
                bytes: total.bytes + size.bytes,
            };
            // The first of a group may be beyond the bounds, and what changes nothing may follow it.
            let within =
                next.ops <= self.options.commit_ops && next.bytes <= self.options.commit_bytes;
            if size.ops > 0 && total.ops > 0 && !within {
                break;
            }
            let Some(Input::Step { batch, .. }) = state.input.pop_front() else {
                break;
            };
            steps.push(batch);
            total = next;
        }
        state.waiting.subtract(total);
        steps
    }

    fn commit(&mut self, steps: Vec<Batch>) -> Result<(), StoreError> {
        let epoch = self.shared.lock().epoch;
        let mut ops = Vec::new();
        let mut told: Vec<(StepDone, bool)> = Vec::with_capacity(steps.len());
        for step in steps {
            let current = step.epoch.0 == epoch;
            if current {
                ops.extend(step.ops);
            }
            if ops.is_empty() {
                // Everything before it is durable already.
                tell(step.done, if current { Ok(()) } else { Err(NOT_STORED) });
            } else {
                told.push((step.done, current));
            }
        }
        if ops.is_empty() {
            return Ok(());
        }
        match self.guarded("commit", |store| store.commit(&ops)) {
            Ok(()) => {
                for (done, current) in told {
                    tell(done, if current { Ok(()) } else { Err(NOT_STORED) });
                }
                let idle = self.shared.lock().input.is_empty();
                let maintained = self.guarded("maintain the store", |store| {
                    store.maintain(idle);
                    Ok(())
                });
                if maintained.is_err() {
                    self.fail(Health::Failing);
                }
                maintained
            }
            Err(error) => {
                self.fail(Health::Failing);
                for (done, _) in told {
                    tell(
                        done,
                        Err(Unavailable {
                            outcome: error.outcome(),
                        }),
                    );
                }
                Err(error)
            }
        }
    }

    /// Begins an epoch. From here on nothing of an earlier one is stored.
    fn fail(&self, health: Health) {
        let mut state = self.shared.lock();
        state.epoch += 1;
        state.health = health;
    }

    /// A panic leaves the store in nobody knows which state.
    fn guarded<T>(
        &mut self,
        during: &'static str,
        run: impl FnOnce(&mut dyn Store) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let store = self.store.as_mut();
        catch_unwind(AssertUnwindSafe(|| run(store)))
            .unwrap_or_else(|_| Err(StoreError::new(StoreErrorKind::Internal, during).unknown()))
    }

    fn load(&mut self, done: LoadDone) {
        let epoch = Epoch(self.shared.lock().epoch);
        let loaded = self.guarded("load the store", |store| store.load());
        tell(done, loaded.map(|loaded| (loaded, epoch)));
    }

    /// Tells everybody who waits that it is in vain. Loads wait on, unless this is the end.
    fn refuse_everything(&self, end: bool) {
        let mut state = self.shared.lock();
        let input = std::mem::take(&mut state.input);
        let stays = |input: &Input| !end && matches!(input, Input::Load(_));
        let (loads, input): (VecDeque<_>, VecDeque<_>) = input.into_iter().partition(stays);
        state.input = loads;
        state.waiting = Size::default();
        state.stopped = end;
        let callers = std::mem::take(&mut state.callers);
        drop(state);
        for input in input {
            match input {
                Input::Step { batch, .. } => tell(batch.done, Err(NOT_STORED)),
                Input::Load(done) => {
                    tell(
                        done,
                        Err(StoreError::new(
                            StoreErrorKind::CannotOpen,
                            "use a closed store",
                        )),
                    );
                }
            }
        }
        for caller in callers {
            // Who has given up need not be told.
            drop(caller.granted.send(Err(NOT_STORED)));
        }
    }

    fn event(&mut self, event: WriterEvent) {
        if catch_unwind(AssertUnwindSafe(|| (self.on_event)(event))).is_err() {
            tracing::error!("what was to happen after a failure of the store panicked");
        }
    }

    /// Stays until the store can be written to again, or until the end.
    fn recover(&mut self, error: StoreError) {
        tracing::error!(%error, outcome = ?error.outcome(), "the store cannot be written to");
        let now = self.options.clock.now();
        let mut closed_since = must_be_opened(&error).then_some(now);
        // A step that contradicts the store says nothing about the disk.
        let at_once = closed_since.is_some() || error.kind() == StoreErrorKind::Refused;
        let mut next = if at_once {
            now
        } else {
            now + self.options.probe_every
        };
        self.refuse_everything(false);
        self.event(WriterEvent::Failed(error));
        while self.serve_until(Some(next), closed_since.is_none()) {
            let result = match closed_since {
                Some(since) => self.open_again(since),
                None => Ok(true),
            };
            match result {
                Ok(true) => match self.guarded("probe the store", |store| store.probe()) {
                    Ok(()) => {
                        self.shared.lock().health = Health::Writing;
                        tracing::info!("the store can be written to again");
                        self.event(WriterEvent::Recovered);
                        return;
                    }
                    Err(error) => {
                        tracing::debug!(%error, "the store still cannot be written to");
                        closed_since = must_be_opened(&error).then(|| self.options.clock.now());
                    }
                },
                Ok(false) => {}
                Err(error) => {
                    self.lose(error);
                    return;
                }
            }
            next = self.options.clock.now() + self.options.probe_every;
        }
    }

    /// Returns whether the store is open again; `false` to try again later.
    fn open_again(&mut self, since: Duration) -> Result<bool, StoreError> {
        match self.guarded("open the store again", |store| store.reopen()) {
            Ok(()) => Ok(true),
            Err(error) if error.is_corruption() => Err(error),
            Err(error) if self.options.clock.now() - since >= self.options.give_up_after => {
                Err(error)
            }
            Err(error) => {
                tracing::warn!(%error, "the store cannot be opened");
                Ok(false)
            }
        }
    }

    fn lose(&mut self, error: StoreError) {
        tracing::error!(%error, "the store is lost");
        self.fail(Health::Lost);
        self.event(WriterEvent::Lost(error));
        self.serve_until(None, false);
    }

    /// Answers what can be answered without writing, until a time. Returns `false` at the end.
    ///
    /// A step of the present epoch without changes is a read of a core that was loaded after the failure. One
    /// with changes is ahead of the store again, and so is all that follows it.
    fn serve_until(&mut self, time: Option<Duration>, readable: bool) -> bool {
        let mut state = self.shared.lock();
        let mut later: VecDeque<Input> = VecDeque::new();
        let result = loop {
            if time.is_some_and(|time| self.options.clock.now() >= time) {
                break true;
            }
            let lost = state.health == Health::Lost;
            match state.input.pop_front() {
                Some(Input::Load(done)) if readable => {
                    drop(state);
                    self.load(done);
                    state = self.shared.lock();
                }
                Some(Input::Load(done)) if lost => {
                    drop(state);
                    tell(
                        done,
                        Err(StoreError::new(
                            StoreErrorKind::CannotOpen,
                            "use a lost store",
                        )),
                    );
                    state = self.shared.lock();
                }
                Some(load @ Input::Load(_)) => later.push_back(load),
                Some(Input::Step { batch, size }) => {
                    state.waiting.subtract(size);
                    let current = batch.epoch.0 == state.epoch;
                    let ahead = current && !batch.ops.is_empty();
                    state.epoch += u64::from(ahead);
                    drop(state);
                    if ahead {
                        tracing::warn!(
                            "a step came with changes while the store cannot be written to"
                        );
                        let error = StoreError::new(StoreErrorKind::Io, "commit");
                        self.event(WriterEvent::Failed(error));
                    }
                    let refused = !current || ahead || lost;
                    tell(batch.done, if refused { Err(NOT_STORED) } else { Ok(()) });
                    state = self.shared.lock();
                }
                None if state.stopping => break false,
                None => {
                    let wait = time.map(|time| time.saturating_sub(self.options.clock.now()));
                    let wait = wait.unwrap_or(Duration::from_secs(3600));
                    state.asleep = true;
                    let woken = self.shared.wake.wait_timeout(state, wait);
                    state = woken.unwrap_or_else(PoisonError::into_inner).0;
                    state.asleep = false;
                }
            }
        };
        // They were asked for before whatever is there now.
        while let Some(load) = later.pop_back() {
            state.input.push_front(load);
        }
        result
    }
}

/// Whether a failure leaves a store that nobody may read before it was opened and checked.
fn must_be_opened(error: &StoreError) -> bool {
    error.outcome() == Outcome::Unknown || error.is_corruption()
}
