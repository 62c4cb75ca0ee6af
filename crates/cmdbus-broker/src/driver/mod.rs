//! What stands between the core and the world: the lock around the core, the barrier between a step and what
//! reveals it, and the threads and tasks that carry effects out (protocol §2.5).
//!
//! Every input goes the same way: lock, [`Core::handle`], hand the operations to the writer, unlock. What the
//! step wants done afterwards goes with the operations and comes back when they are on the disk.
//!
//! When a commit fails, the memory of the core is ahead of the store. The core is then made anew of what is
//! stored: one that only answers questions until the store can be written to again, and then one that is
//! given the open streams back.

mod committed;
mod effects;
mod frame;
mod outgoing;
mod ports;
mod reads;
mod recent;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime};

use rustc_hash::FxHashMap;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};

use crate::core::{
    Caller, Core, Figures, Input, Life, Now, OpenStream, Partners, Process, RandomSource, Refusal,
    Reply, ReqId, Request, Step, StreamId,
};
use crate::ipc::{Backend, FromStream, ToStream};
use crate::ports::{ConnectorEvent, Network};
use crate::process::drivers::{Availability, DriverRegistry};
use crate::process::liveness::LivenessProbe;
use crate::process::start::Starter;
use crate::store::{
    Batch, Epoch, Loaded, Millis, Reader, StoreError, StoreErrorKind, WriterEvent, WriterHandle,
};

use committed::{Committed, follow_commits};
use outgoing::Outgoing;
pub use reads::look_up;
use recent::Recent;

/// How long a request waits for room in front of the writer (protocol §2.5).
const ROOM: Duration = Duration::from_secs(2);

/// How long the end of a broker waits for what the authority is to hear, and how often it looks.
const TELL: Duration = Duration::from_secs(2);
const TELL_STEP: Duration = Duration::from_millis(20);
/// How long leaving the network may take.
const LEAVE: Duration = Duration::from_secs(1);

/// What a driver needs of the world.
pub struct Parts {
    /// The thread that writes.
    pub writer: WriterHandle,
    /// Reads what is stored.
    pub reader: Arc<dyn Reader>,
    /// Tells processes apart and whether they live.
    pub liveness: Arc<dyn LivenessProbe>,
    /// What can be started.
    pub drivers: Arc<DriverRegistry>,
    /// Starts it.
    pub starter: Starter,
    /// Times and bounds to begin with.
    pub figures: Figures,
    /// What carries messages beyond this machine, and who decides there.
    pub network: Option<Network>,
    /// Makes the random bytes of a core.
    pub random: fn() -> RandomSource,
}

/// A running core. A clone is another handle of the same one.
#[derive(Clone)]
pub struct Driver(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    parts: Parts,
    runtime: Handle,
    outgoing: Outgoing,
    recent: Mutex<Recent>,
    /// What the thread that writes has told. Without a bound of its own: nobody has more steps in it than requests that wait for
    /// their answers, messages in the window of a stream, and messages of the network that are not accepted.
    committed: mpsc::UnboundedSender<Committed>,
    /// Who waits for an answer.
    waiting: Mutex<FxHashMap<ReqId, oneshot::Sender<Reply>>>,
    next_req: AtomicU64,
    next_stream: AtomicU64,
    alarm: watch::Sender<Option<Duration>>,
    began: Instant,
}

struct State {
    phase: Phase,
    /// Those of the present, for the next core.
    figures: Figures,
    /// How many cores there were.
    generation: u32,
    /// Whether the network was there when it was last heard of.
    linked: bool,
    /// Streams that are open, so that a new core can be given them.
    streams: FxHashMap<StreamId, OpenStream>,
}

enum Phase {
    /// Nothing is known of the store.
    Down,
    /// The store cannot be written to: questions are answered, and nothing else.
    Reading(Core),
    Running(Core, Barrier),
}

/// Where the steps of one core wait for the disk.
#[derive(Clone)]
struct Barrier {
    epoch: Epoch,
    /// Steps that were handed to the writer and are not carried out. One whose commit failed stays counted:
    /// whatever else this core says may rest on it, and only the writer knows that nothing of it holds.
    underway: Arc<AtomicU64>,
}

impl Barrier {
    fn new(epoch: Epoch) -> Self {
        Self {
            epoch,
            underway: Arc::default(),
        }
    }

    /// Returns whether all steps of the core are on the disk and carried out.
    fn is_open(&self) -> bool {
        self.underway.load(Ordering::Acquire) == 0
    }
}

impl Driver {
    /// Loads the store and begins. `events` is what the writer tells; the other end of it is
    /// [`Writer::start`](crate::store::Writer::start).
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub async fn start(
        parts: Parts,
        events: mpsc::UnboundedReceiver<WriterEvent>,
        lost: oneshot::Sender<StoreError>,
    ) -> Result<Self, StoreError> {
        let (alarm, alarms) = watch::channel(None);
        let (committed, commits) = mpsc::unbounded_channel();
        let (loaded, epoch) = load(&parts.writer).await?;
        let driver = Self(Arc::new(Shared {
            state: Mutex::new(State {
                phase: Phase::Down,
                figures: parts.figures.clone(),
                generation: 0,
                linked: false,
                streams: FxHashMap::default(),
            }),
            runtime: Handle::current(),
            outgoing: Outgoing::new(parts.reader.clone()),
            recent: Mutex::default(),
            committed,
            parts,
            waiting: Mutex::default(),
            next_req: AtomicU64::new(1),
            next_stream: AtomicU64::new(1),
            alarm,
            began: Instant::now(),
        }));
        driver.0.run(loaded, epoch);
        tokio::spawn(follow_commits(commits));
        tokio::spawn(ring(Arc::downgrade(&driver.0), alarms));
        tokio::spawn(follow(Arc::downgrade(&driver.0), events, lost));
        driver.0.connect();
        driver.0.listen_for_control();
        Ok(driver)
    }

    /// Gives the core an input.
    pub fn give(&self, input: Input) {
        self.0.give(input);
    }

    /// Waits until every step so far is stored and carried out, or is known not to be.
    pub async fn settled(&self) {
        let (sender, settled) = oneshot::channel();
        let epoch = match &self.0.state().phase {
            Phase::Running(_, barrier) => barrier.epoch,
            Phase::Reading(_) | Phase::Down => return,
        };
        let committed = self.0.committed.clone();
        let batch = Batch::new(epoch, Vec::new(), move |_| {
            // Whoever would carry it out may have gone with the runtime.
            let _ = committed.send(Committed::Mark(sender));
        });
        self.0.parts.writer.submit(batch);
        // It fails only if the writer is gone, and then nothing is to be waited for.
        let _ = settled.await;
    }
}

impl Driver {
    /// Waits until the authority has heard everything, though not for long, and leaves the network. The rest
    /// stays stored and is told after the next start (protocol §11.3).
    pub async fn leave_network(&self) {
        let all = async {
            while !self.0.is_all_told() {
                tokio::time::sleep(TELL_STEP).await;
            }
        };
        let _ = tokio::time::timeout(TELL, all).await;
        // Whoever does not let go must not keep the process.
        let _ = tokio::time::timeout(LEAVE, self.0.disconnect()).await;
    }

    /// Has the rules go by other figures from now on. Times that run already end as they were set.
    pub fn set_figures(&self, figures: Figures) {
        let mut state = self.0.state();
        match &mut state.phase {
            Phase::Running(core, _) | Phase::Reading(core) => core.set_figures(figures.clone()),
            Phase::Down => {}
        }
        state.figures = figures;
    }

    /// Ends every stream once what is queued for it is written. Whoever the core could not tell of the end,
    /// because the store fails, learns of it so.
    pub fn hang_up(&self) {
        self.0.outgoing.close_all();
    }
}

/// Returns the time on the wall clock.
pub(crate) fn wall_clock() -> Millis {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| {
            Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
        })
}

/// Wakes the core when it asked for it.
async fn ring(driver: Weak<Shared>, mut alarms: watch::Receiver<Option<Duration>>) {
    loop {
        let at = *alarms.borrow_and_update();
        let Some(began) = driver.upgrade().map(|driver| driver.began) else {
            return;
        };
        let changed = alarms.changed();
        match at {
            None => {
                if changed.await.is_err() {
                    return;
                }
            }
            Some(at) => tokio::select! {
                changed = changed => if changed.is_err() { return },
                () = tokio::time::sleep_until((began + at).into()) => {
                    let Some(driver) = driver.upgrade() else { return };
                    // A new time may be the same as this one, and must be heard all the same.
                    driver.alarm.send_if_modified(|alarm| { *alarm = None; false });
                    driver.give(Input::Tick);
                }
            },
        }
    }
}

/// Follows what happens to the writer.
async fn follow(
    driver: Weak<Shared>,
    mut events: mpsc::UnboundedReceiver<WriterEvent>,
    lost: oneshot::Sender<StoreError>,
) {
    while let Some(event) = events.recv().await {
        let Some(driver) = driver.upgrade() else {
            return;
        };
        match event {
            WriterEvent::Failed(error) => {
                tracing::error!(%error, "the store cannot be written to; nothing is taken until it can");
                // Nothing of the old core is carried out after the new one has begun.
                driver.carried_out().await;
                driver.fail();
                // If it cannot be read either, everything is refused until it can be written to.
                if let Ok((loaded, _)) = load(&driver.parts.writer).await {
                    driver.read_only(loaded);
                }
            }
            WriterEvent::Recovered => match load(&driver.parts.writer).await {
                Ok((loaded, epoch)) => {
                    driver.run(loaded, epoch);
                    tracing::info!("the store can be written to again");
                }
                Err(error) => tracing::error!(%error, "the store cannot be read"),
            },
            WriterEvent::Lost(error) => {
                tracing::error!(%error, "the store is lost");
                driver.carried_out().await;
                driver.fail();
                let _ = lost.send(error);
                return;
            }
        }
    }
}

async fn load(writer: &WriterHandle) -> Result<(Loaded, Epoch), StoreError> {
    let (sender, loaded) = oneshot::channel();
    writer.load(move |result| {
        // Whoever asked may have gone.
        let _ = sender.send(result);
    });
    loaded
        .await
        .unwrap_or_else(|_| Err(StoreError::new(StoreErrorKind::Internal, "load the store")))
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_all_told(&self) -> bool {
        match &self.state().phase {
            Phase::Running(core, _) => core.is_all_told(),
            Phase::Reading(_) | Phase::Down => true,
        }
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, FxHashMap<ReqId, oneshot::Sender<Reply>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Now {
        Now {
            mono: self.began.elapsed(),
            wall: wall_clock(),
        }
    }

    fn give(self: &Arc<Self>, input: Input) {
        let mut state = self.state();
        match &input {
            Input::StreamClosed { stream, .. } => {
                state.streams.remove(stream);
            }
            Input::Network(ConnectorEvent::Connected) => state.linked = true,
            Input::Network(ConnectorEvent::Disconnected { .. }) => state.linked = false,
            _ => {}
        }
        match &mut state.phase {
            Phase::Running(core, barrier) => {
                let step = core.handle(self.now(), input);
                self.carry_out(step, barrier);
            }
            Phase::Reading(core) if reads_only(&input) => {
                let step = core.handle(self.now(), input);
                self.carry_out_now(step);
            }
            Phase::Reading(_) | Phase::Down => {
                drop(state);
                self.turn_away(&input);
            }
        }
    }

    /// Gives the core a request. Whoever waits is known from the same moment on as the core knows the request.
    fn give_request(
        self: &Arc<Self>,
        req: ReqId,
        caller: Caller,
        mut request: Request,
        sender: oneshot::Sender<Reply>,
    ) {
        let mut state = self.state();
        let writes = request.writes().is_some();
        match &mut state.phase {
            Phase::Running(..) => {
                if let Request::OpenStream(open) = &request {
                    state.streams.insert(open.stream, open.clone());
                }
            }
            Phase::Reading(_) if !writes => {
                // Nothing changes meanwhile, so there is nothing to wait for.
                if let Request::Receipt { wait, .. } = &mut request {
                    *wait = None;
                }
            }
            Phase::Reading(_) | Phase::Down => {
                drop(state);
                let _ = sender.send(Refusal::storage_unavailable().into());
                return;
            }
        }
        self.waiting().insert(req, sender);
        let input = Input::Request {
            req,
            caller,
            request,
        };
        match &mut state.phase {
            Phase::Running(core, barrier) => {
                let step = core.handle(self.now(), input);
                self.carry_out(step, barrier);
            }
            Phase::Reading(core) => {
                let step = core.handle(self.now(), input);
                self.carry_out_now(step);
            }
            Phase::Down => {}
        }
    }

    /// Hands a step to the writer. With the lock on the core held, so that steps are stored in their order.
    fn carry_out(self: &Arc<Self>, step: Step, barrier: &Barrier) {
        let Step { ops, now, after } = step;
        for effect in now {
            self.do_now(effect);
        }
        if ops.is_empty() && after.is_empty() {
            return;
        }
        let after = self.prepare(after, &ops);
        if ops.is_empty() && barrier.is_open() {
            for effect in after {
                self.do_after(effect);
            }
            return;
        }
        barrier.underway.fetch_add(1, Ordering::AcqRel);
        let (driver, underway) = (self.clone(), barrier.underway.clone());
        let batch = Batch::new(barrier.epoch, ops, move |result| {
            let committed = driver.committed.clone();
            // Whoever would carry it out may have gone with the runtime.
            let _ = committed.send(Committed::Step {
                driver,
                effects: after,
                result,
                underway,
            });
        });
        self.parts.writer.submit(batch);
    }

    /// Carries out a step that stores nothing.
    fn carry_out_now(self: &Arc<Self>, step: Step) {
        for effect in step.now {
            self.do_now(effect);
        }
        for effect in self.prepare(step.after, &[]) {
            self.do_after(effect);
        }
    }

    /// Makes a core of what is stored and gives it the streams that are open.
    fn run(self: &Arc<Self>, loaded: Loaded, epoch: Epoch) {
        let mut state = self.state();
        let streams: Vec<OpenStream> = state.streams.values().cloned().collect();
        let (core, step) = self.new_core(&mut state, loaded, streams);
        let barrier = Barrier::new(epoch);
        self.carry_out(step, &barrier);
        state.phase = Phase::Running(core, barrier);
    }

    /// Makes a core that answers questions and changes nothing.
    fn read_only(self: &Arc<Self>, loaded: Loaded) {
        let mut state = self.state();
        if matches!(state.phase, Phase::Down) {
            // What it would store can wait for the core that may store.
            let (core, _) = self.new_core(&mut state, loaded, Vec::new());
            state.phase = Phase::Reading(core);
        }
    }

    fn new_core(
        &self,
        state: &mut State,
        loaded: Loaded,
        streams: Vec<OpenStream>,
    ) -> (Core, Step) {
        self.end_waiting();
        self.recent().clear();
        state.generation += 1;
        let partners = match &self.parts.network {
            Some(network) => Partners::Foreign {
                arbitrates_routes: network.authority.arbitrates_routes(),
            },
            None => Partners::None,
        };
        Core::again(
            loaded,
            Life {
                streams,
                generation: state.generation,
                partners,
                linked: state.linked,
            },
            state.figures.clone(),
            (self.parts.random)(),
            self.now(),
        )
    }

    /// Stops everything that was under way: what the core knows may not be stored.
    fn fail(&self) {
        let mut state = self.state();
        let old = std::mem::replace(&mut state.phase, Phase::Down);
        self.alarm.send_replace(None);
        self.end_waiting();
        drop(state);
        // Nothing is known of them any more: they are to come again, to the next core.
        if let Phase::Running(core, _) | Phase::Reading(core) = old {
            core.unsettled_inbound()
                .for_each(|handle| self.release(handle));
        }
    }

    /// Answers everybody who waits for a core that is no more.
    fn end_waiting(&self) {
        let waiting: Vec<_> = self.waiting().drain().collect();
        for (_, sender) in waiting {
            let _ = sender.send(Refusal::storage_unavailable().into());
        }
    }

    fn answer(&self, req: ReqId, reply: Reply) {
        if let Some(sender) = self.waiting().remove(&req) {
            // Whoever asked may have gone.
            let _ = sender.send(reply);
        }
    }
}

/// Returns whether an input changes nothing that is stored.
fn reads_only(input: &Input) -> bool {
    matches!(input, Input::RequestGone { .. } | Input::Read { .. })
}

/// Tells the core if whoever asked has gone.
struct Asking<'a> {
    driver: &'a Arc<Shared>,
    req: ReqId,
    answered: bool,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.driver.waiting().remove(&self.req);
            self.driver.give(Input::RequestGone { req: self.req });
        }
    }
}

impl Shared {
    /// Asks the core and waits for its answer. Dropping the future tells the core that nobody waits.
    async fn ask(self: &Arc<Self>, caller: Caller, request: Request) -> Reply {
        // Held until the step is with the writer.
        let room = match request.writes() {
            Some(bytes) => {
                let room = self.parts.writer.room(bytes);
                match tokio::time::timeout(ROOM, room).await {
                    Ok(Ok(room)) => Some(room),
                    Ok(Err(_)) | Err(_) => return Refusal::storage_unavailable().into(),
                }
            }
            None => None,
        };
        let req = ReqId(self.next_req.fetch_add(1, Ordering::Relaxed));
        let (sender, answer) = oneshot::channel();
        let mut asking = Asking {
            driver: self,
            req,
            answered: false,
        };
        self.give_request(req, caller, request, sender);
        drop(room);
        let reply = answer.await;
        asking.answered = true;
        reply.unwrap_or_else(|_| Refusal::storage_unavailable().into())
    }
}

impl Backend for Driver {
    async fn request(&self, caller: Caller, request: Request) -> Reply {
        let stream = match &request {
            Request::OpenStream(open) => Some(open.stream),
            _ => None,
        };
        let reply = self.0.ask(caller, request).await;
        if let Some(stream) = stream
            && reply != Reply::StreamAllowed
        {
            // Nobody will say that a stream is closed that was never open.
            self.heard(stream, FromStream::Closed);
        }
        reply
    }

    fn stream(&self) -> (StreamId, mpsc::UnboundedReceiver<ToStream>) {
        let stream = StreamId(self.0.next_stream.fetch_add(1, Ordering::Relaxed));
        (stream, self.0.outgoing.open(stream))
    }

    fn heard(&self, stream: StreamId, what: FromStream) {
        let input = match what {
            FromStream::Acked(push) => Input::PushAcked { stream, push },
            FromStream::Seen(push) => Input::PushSeen { stream, push },
            FromStream::Pong(ping) => Input::Pong { stream, ping },
            FromStream::Closed => {
                self.0.outgoing.close(stream);
                let process = self
                    .0
                    .state()
                    .streams
                    .get(&stream)
                    .map(|open| open.process.clone());
                let Some(process) = process else {
                    return;
                };
                let process = self.0.parts.liveness.alive(&process);
                Input::StreamClosed { stream, process }
            }
        };
        self.0.give(input);
    }

    fn identify(&self, pid: u32) -> Process {
        self.0.parts.liveness.identify(pid)
    }

    fn can_spawn(&self, runtime_kind: &str) -> bool {
        let availability = self.0.parts.drivers.availability(runtime_kind);
        availability == Some(Availability::Available)
    }
}
