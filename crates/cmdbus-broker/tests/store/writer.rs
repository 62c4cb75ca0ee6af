//! The thread that writes: groups, order, room, and what happens when the store fails.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cmdbus_broker::store::{
    Batch, Clock, Epoch, Loaded, MemoryStore, Op, Outcome, Reader, Store, StoreError,
    StoreErrorKind, Unavailable, Writer, WriterEvent, WriterHandle, WriterOptions,
};

use super::support::{message, queued};

/// Longer than anything takes here; only a failing test waits for it.
const LONG: Duration = Duration::from_secs(20);

const FULL: (StoreErrorKind, Outcome) = (StoreErrorKind::Full, Outcome::NotStored);
const SYNC: (StoreErrorKind, Outcome) = (StoreErrorKind::Sync, Outcome::Unknown);

/// A store whose commits a test holds up, counts, and makes fail.
#[derive(Clone, Default)]
struct Scripted {
    memory: MemoryStore,
    script: Arc<(Mutex<Script>, Condvar)>,
}

#[derive(Default)]
struct Script {
    held: bool,
    /// The writer is in a commit that is held up.
    inside: bool,
    /// How many operations each commit had that came this far.
    commits: Vec<usize>,
    probes: u32,
    reopens: u32,
    failing: Option<(StoreErrorKind, Outcome)>,
    reopening: Option<StoreErrorKind>,
    panicking: bool,
}

impl Scripted {
    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.0.lock().expect("nobody panics with it")
    }

    fn hold(&self) {
        self.script().held = true;
    }

    fn release(&self) {
        self.script().held = false;
        self.script.1.notify_all();
    }

    /// Waits until the writer is in a commit that is held up.
    fn wait_inside(&self) {
        let waited = self
            .script
            .1
            .wait_timeout_while(self.script(), LONG, |script| !script.inside);
        assert!(waited.expect("nobody panics with it").0.inside);
    }

    fn failure(&self, during: &'static str) -> Result<(), StoreError> {
        match self.script().failing {
            None => Ok(()),
            Some((kind, Outcome::NotStored)) => Err(StoreError::new(kind, during)),
            Some((kind, Outcome::Unknown)) => Err(StoreError::new(kind, during).unknown()),
        }
    }
}

impl Store for Scripted {
    fn commit(&mut self, ops: &[Op]) -> Result<(), StoreError> {
        let mut script = self.script();
        script.commits.push(ops.len());
        script.inside = true;
        self.script.1.notify_all();
        let mut script = self
            .script
            .1
            .wait_while(script, |script| script.held)
            .expect("nobody panics with it");
        script.inside = false;
        let panicking = script.panicking;
        drop(script);
        assert!(!panicking, "as it was told to");
        self.failure("commit")?;
        self.memory.commit(ops)
    }

    fn load(&mut self) -> Result<Loaded, StoreError> {
        self.memory.load()
    }

    fn reader(&self) -> Arc<dyn Reader> {
        self.memory.reader()
    }

    fn probe(&mut self) -> Result<(), StoreError> {
        self.script().probes += 1;
        self.failure("probe the store")
    }

    fn reopen(&mut self) -> Result<(), StoreError> {
        self.script().reopens += 1;
        let reopening = self.script().reopening;
        reopening.map_or(Ok(()), |kind| {
            Err(StoreError::new(kind, "open the store again"))
        })
    }

    fn maintain(&mut self, _idle: bool) {}

    fn close(self: Box<Self>) -> Result<(), StoreError> {
        Ok(())
    }
}

/// A test that fails must not wait for a writer that it holds up itself.
impl Drop for Bench {
    fn drop(&mut self) {
        self.store.release();
    }
}

type Told = (u64, Result<(), Unavailable>);

/// A writer with a scripted store, and everything it says.
struct Bench {
    store: Scripted,
    writer: Option<Writer>,
    handle: WriterHandle,
    epoch: Epoch,
    now: Arc<AtomicU64>,
    tell: Sender<Told>,
    told: Receiver<Told>,
    events: Receiver<WriterEvent>,
}

impl Bench {
    fn new() -> Self {
        Self::with(WriterOptions::default())
    }

    fn with(options: WriterOptions) -> Self {
        let store = Scripted::default();
        let now = Arc::new(AtomicU64::new(0));
        let clock = now.clone();
        let clock = Clock::new(move || Duration::from_millis(clock.load(Ordering::SeqCst)));
        let (event, events) = mpsc::channel();
        let listen = move |what| drop(event.send(what));
        let writer = Writer::start(
            Box::new(store.clone()),
            WriterOptions { clock, ..options },
            listen,
        );
        let writer = writer.expect("a thread");
        let handle = writer.handle();
        let (tell, told) = mpsc::channel();
        let (_, epoch) = load(&handle).expect("it loads");
        Self {
            store,
            writer: Some(writer),
            handle,
            epoch,
            now,
            tell,
            told,
            events,
        }
    }

    /// Hands over a step that is told under this number.
    fn submit(&self, number: u64, ops: Vec<Op>) {
        let tell = self.tell.clone();
        self.handle
            .submit(Batch::new(self.epoch, ops, move |result| {
                let _ = tell.send((number, result));
            }));
    }

    /// Waits until so many steps were told.
    fn told(&self, count: usize) -> Vec<Told> {
        (0..count)
            .map(|_| self.told.recv_timeout(LONG).expect("a step is told"))
            .collect()
    }

    fn nothing_told(&self) {
        assert_eq!(self.told.try_recv().ok(), None);
    }

    fn event(&self) -> WriterEvent {
        self.events.recv_timeout(LONG).expect("an event")
    }

    fn failed(&self) {
        assert!(matches!(self.event(), WriterEvent::Failed(_)));
    }

    fn recovered(&self) {
        assert!(matches!(self.event(), WriterEvent::Recovered));
    }

    fn advance(&self, time: Duration) {
        self.now.fetch_add(
            u64::try_from(time.as_millis()).expect("it is short"),
            Ordering::SeqCst,
        );
        self.handle.wake();
    }

    /// Makes the core anew.
    fn reload(&mut self) -> Loaded {
        let (loaded, epoch) = load(&self.handle).expect("it loads");
        self.epoch = epoch;
        loaded
    }

    /// Holds the writer up in a commit of its own, step 0, so that what comes next waits.
    fn occupy(&self) {
        self.store.hold();
        self.submit(0, queued("ep_z", 100_000));
        self.store.wait_inside();
    }
}

fn load(handle: &WriterHandle) -> Result<(Loaded, Epoch), StoreError> {
    let (tell, told) = mpsc::channel();
    handle.load(move |result| drop(tell.send(result)));
    told.recv_timeout(LONG).expect("a load is told")
}

fn ok(numbers: impl IntoIterator<Item = u64>) -> Vec<Told> {
    numbers.into_iter().map(|number| (number, Ok(()))).collect()
}

fn unavailable(numbers: impl IntoIterator<Item = u64>, outcome: Outcome) -> Vec<Told> {
    numbers
        .into_iter()
        .map(|number| (number, Err(Unavailable { outcome })))
        .collect()
}

fn poll<F: Future>(future: Pin<&mut F>) -> Option<F::Output> {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// An op whose weight is at least this.
fn heavy(seq: u64, bytes: usize) -> Vec<Op> {
    let mut row = message(seq);
    row.content = "x".repeat(bytes).into();
    vec![Op::message(row)]
}

#[test]
fn a_step_is_told_when_its_commit_has_succeeded() {
    let bench = Bench::new();
    bench.occupy();
    bench.nothing_told();
    bench.store.release();
    assert_eq!(bench.told(1), ok([0]));
    assert_eq!(bench.store.memory.commits(), 1);
}

#[test]
fn w56_what_waits_shares_a_commit_and_is_told_in_order() {
    let bench = Bench::new();
    bench.occupy();
    for seq in 1..=20 {
        bench.submit(seq, queued("ep_a", seq));
    }
    bench.store.release();
    assert_eq!(bench.told(21), ok(0..=20));
    assert_eq!(bench.store.script().commits, [2, 40]);
}

#[test]
fn a_commit_takes_at_most_256_operations() {
    let bench = Bench::new();
    bench.occupy();
    for seq in 1..=200 {
        bench.submit(seq, queued("ep_a", seq));
    }
    bench.store.release();
    assert_eq!(bench.told(201), ok(0..=200));
    assert_eq!(bench.store.script().commits, [2, 256, 144]);
}

#[test]
fn a_commit_takes_at_most_1_mib() {
    let bench = Bench::new();
    bench.occupy();
    for seq in 1..=5 {
        bench.submit(seq, heavy(seq, 400 * 1024));
    }
    bench.store.release();
    assert_eq!(bench.told(6), ok(0..=5));
    assert_eq!(bench.store.script().commits, [2, 2, 2, 1]);
}

#[test]
fn a_step_is_never_split() {
    let bench = Bench::new();
    bench.occupy();
    bench.submit(1, queued("ep_a", 1));
    bench.submit(2, (2..=400).flat_map(|seq| queued("ep_a", seq)).collect());
    bench.submit(3, heavy(500, 3 * 1024 * 1024));
    bench.submit(4, queued("ep_a", 501));
    bench.store.release();
    assert_eq!(bench.told(5), ok(0..=4));
    assert_eq!(bench.store.script().commits, [2, 2, 798, 1, 2]);
}

#[test]
fn a_step_without_changes_is_told_after_those_before_it() {
    let bench = Bench::new();
    bench.occupy();
    bench.submit(1, Vec::new());
    bench.submit(2, queued("ep_a", 2));
    bench.submit(3, Vec::new());
    bench.nothing_told();
    bench.store.release();
    assert_eq!(bench.told(4), ok(0..=3));
}

#[test]
fn a_step_without_changes_waits_for_no_commit_behind_it() {
    let bench = Bench::new();
    bench.occupy();
    bench.submit(1, Vec::new());
    bench.submit(2, queued("ep_a", 2));
    // Held again as soon as the first commit is through.
    let mut script = bench.store.script();
    script.inside = false;
    script.held = false;
    drop(script);
    bench.store.script.1.notify_all();
    assert_eq!(bench.told(3), ok(0..=2));

    let bench = Bench::new();
    bench.submit(1, Vec::new());
    assert_eq!(bench.told(1), ok([1]));
    assert!(bench.store.script().commits.is_empty());
}

#[test]
fn room_is_given_up_to_the_bound_and_then_in_the_order_of_asking() {
    let bench = Bench::with(WriterOptions {
        input_ops: 8,
        ..WriterOptions::default()
    });
    let first = poll(pin!(bench.handle.room(10)))
        .expect("there is room")
        .expect("it is writing");
    let second = poll(pin!(bench.handle.room(10)))
        .expect("there is room")
        .expect("it is writing");
    let mut third = pin!(bench.handle.room(10));
    let mut fourth = pin!(bench.handle.room(10));
    assert!(poll(third.as_mut()).is_none());
    assert!(poll(fourth.as_mut()).is_none());
    drop(first);
    assert!(poll(fourth.as_mut()).is_none());
    let third = poll(third.as_mut())
        .expect("its turn")
        .expect("it is writing");
    drop((second, third));
    assert!(poll(fourth.as_mut()).expect("its turn").is_ok());
}

#[test]
fn what_waits_takes_room_until_it_is_taken() {
    let bench = Bench::with(WriterOptions {
        input_ops: 8,
        ..WriterOptions::default()
    });
    bench.occupy();
    for seq in 1..=3 {
        bench.submit(seq, queued("ep_a", seq));
    }
    let mut room = pin!(bench.handle.room(10));
    assert!(poll(room.as_mut()).is_none());
    bench.store.release();
    bench.told(4);
    assert!(poll(room.as_mut()).expect("there is room").is_ok());
}

#[test]
fn room_is_counted_in_bytes_too() {
    let bench = Bench::with(WriterOptions {
        input_bytes: 1000,
        ..WriterOptions::default()
    });
    // More than all of it is given to one who is alone.
    let large = poll(pin!(bench.handle.room(5000)))
        .expect("nobody else is there")
        .expect("it is writing");
    let mut next = pin!(bench.handle.room(1));
    assert!(poll(next.as_mut()).is_none());
    drop(large);
    let next = poll(next.as_mut())
        .expect("its turn")
        .expect("it is writing");
    assert!(poll(pin!(bench.handle.room(1000))).is_none());
    drop(next);
}

#[test]
fn who_gives_up_waiting_for_room_holds_up_nobody() {
    let bench = Bench::with(WriterOptions {
        input_ops: 4,
        ..WriterOptions::default()
    });
    let first = poll(pin!(bench.handle.room(1)))
        .expect("there is room")
        .expect("it is writing");
    let mut gives_up = Box::pin(bench.handle.room(1));
    let mut patient = pin!(bench.handle.room(1));
    assert!(poll(gives_up.as_mut()).is_none());
    assert!(poll(patient.as_mut()).is_none());
    drop(gives_up);
    drop(first);
    let room = poll(patient.as_mut())
        .expect("its turn")
        .expect("it is writing");
    drop(room);
    assert!(poll(pin!(bench.handle.room(1))).is_some());
}

#[test]
fn after_a_failure_everything_that_waited_is_told() {
    let bench = Bench::with(WriterOptions {
        input_ops: 7,
        ..WriterOptions::default()
    });
    bench.occupy();
    bench.submit(1, queued("ep_a", 1));
    bench.submit(2, Vec::new());
    bench.submit(3, queued("ep_a", 3));
    let mut room = pin!(bench.handle.room(1));
    assert!(poll(room.as_mut()).is_none());
    bench.store.script().failing = Some(FULL);
    bench.store.release();
    assert_eq!(bench.told(4), unavailable(0..=3, Outcome::NotStored));
    bench.failed();
    assert!(poll(room.as_mut()).expect("it is told").is_err());
    assert!(
        poll(pin!(bench.handle.room(1)))
            .expect("it is told")
            .is_err()
    );
    assert!(!bench.handle.can_write());
    assert_eq!(bench.store.script().commits, [2]);
}

#[test]
fn a_probe_is_tried_every_second_until_it_succeeds() {
    let mut bench = Bench::new();
    bench.store.script().failing = Some(FULL);
    bench.submit(1, queued("ep_a", 1));
    bench.failed();
    for probes in 0..3 {
        // A load is served by the same thread, between its looks at the clock.
        bench.reload();
        assert_eq!(bench.store.script().probes, probes);
        bench.advance(Duration::from_millis(999));
        bench.reload();
        assert_eq!(bench.store.script().probes, probes);
        bench.advance(Duration::from_millis(1));
        while bench.store.script().probes == probes {
            std::thread::yield_now();
        }
    }
    bench.reload();
    bench.store.script().failing = None;
    bench.advance(Duration::from_secs(1));
    bench.recovered();
    assert!(bench.handle.can_write());
    assert_eq!(bench.store.script().reopens, 0);
    bench.reload();
    bench.submit(2, queued("ep_a", 1));
    assert_eq!(
        bench.told(2),
        [unavailable([1], Outcome::NotStored), ok([2])].concat()
    );
}

#[test]
fn no_step_of_an_old_core_is_stored_after_a_failure() {
    let mut bench = Bench::new();
    bench.store.script().failing = Some(FULL);
    bench.submit(1, queued("ep_a", 1));
    bench.failed();
    bench.store.script().failing = None;
    bench.advance(Duration::from_secs(1));
    bench.recovered();
    bench.submit(2, queued("ep_a", 2));
    bench.submit(3, Vec::new());
    assert_eq!(bench.told(3), unavailable([1, 2, 3], Outcome::NotStored));
    let loaded = bench.reload();
    assert_eq!(loaded.queues, []);
    bench.submit(4, queued("ep_a", 1));
    assert_eq!(bench.told(1), ok([4]));
}

#[test]
fn reads_of_a_new_core_are_answered_while_nothing_can_be_written() {
    let mut bench = Bench::new();
    bench.store.script().failing = Some(FULL);
    bench.submit(1, queued("ep_a", 1));
    bench.failed();
    bench.reload();
    bench.submit(2, Vec::new());
    assert_eq!(
        bench.told(2),
        [unavailable([1], Outcome::NotStored), ok([2])].concat()
    );
}

#[test]
fn a_change_while_nothing_can_be_written_makes_its_core_old() {
    let mut bench = Bench::new();
    bench.store.script().failing = Some(FULL);
    bench.submit(1, queued("ep_a", 1));
    bench.failed();
    bench.reload();
    bench.submit(2, queued("ep_a", 1));
    bench.failed();
    bench.submit(3, Vec::new());
    assert_eq!(bench.told(3), unavailable([1, 2, 3], Outcome::NotStored));
    assert_eq!(bench.store.script().commits, [2]);
}

#[test]
fn a_commit_of_unknown_outcome_is_followed_by_opening_the_store_again() {
    let mut bench = Bench::new();
    bench.store.script().failing = Some(SYNC);
    bench.occupy();
    bench.submit(1, queued("ep_a", 1));
    bench.store.script().reopening = Some(StoreErrorKind::Io);
    bench.store.release();
    let told = [
        unavailable([0], Outcome::Unknown),
        unavailable([1], Outcome::NotStored),
    ]
    .concat();
    assert_eq!(bench.told(2), told);
    bench.failed();
    // The writer waits for its next second when it has told this one.
    bench.submit(2, Vec::new());
    assert_eq!(bench.told(1), unavailable([2], Outcome::NotStored));
    bench.store.script().failing = None;
    bench.store.script().reopening = None;
    bench.advance(Duration::from_secs(1));
    bench.recovered();
    assert!(bench.store.script().reopens >= 1);
    bench.reload();
    bench.submit(2, queued("ep_a", 1));
    assert_eq!(bench.told(1), ok([2]));
}

#[test]
fn a_load_waits_until_the_store_is_open_again() {
    let bench = Bench::new();
    bench.store.script().reopening = Some(StoreErrorKind::Io);
    bench.store.script().failing = Some(SYNC);
    bench.submit(1, queued("ep_a", 1));
    bench.failed();
    let (tell, loaded) = mpsc::channel();
    bench.handle.load(move |result| {
        let _ = tell.send(result.is_ok());
    });
    // Told after the load was looked at.
    bench.submit(2, Vec::new());
    bench.told(2);
    assert!(loaded.try_recv().is_err());
    bench.store.script().failing = None;
    bench.store.script().reopening = None;
    bench.advance(Duration::from_secs(1));
    assert_eq!(loaded.recv_timeout(LONG), Ok(true));
}

#[test]
fn a_store_that_cannot_be_opened_for_a_minute_is_lost() {
    let bench = Bench::new();
    bench.store.script().reopening = Some(StoreErrorKind::Io);
    bench.store.script().failing = Some(SYNC);
    bench.submit(1, queued("ep_a", 1));
    bench.failed();
    bench.told(1);
    for _ in 0..59 {
        // The writer waits for its next second when it has told this one.
        bench.submit(2, Vec::new());
        bench.told(1);
        let before = bench.store.script().reopens;
        bench.advance(Duration::from_secs(1));
        while bench.store.script().reopens == before {
            std::thread::yield_now();
        }
    }
    bench.submit(2, Vec::new());
    bench.told(1);
    assert!(bench.events.try_recv().is_err());
    bench.advance(Duration::from_secs(1));
    assert!(matches!(bench.event(), WriterEvent::Lost(_)));
    bench.submit(3, Vec::new());
    assert_eq!(bench.told(1), unavailable([3], Outcome::NotStored));
    assert!(load(&bench.handle).is_err());
}

#[test]
fn a_damaged_store_is_lost_at_once() {
    let bench = Bench::new();
    bench.store.script().reopening = Some(StoreErrorKind::Corrupt);
    bench.store.script().failing = Some((StoreErrorKind::Corrupt, Outcome::NotStored));
    bench.submit(1, queued("ep_a", 1));
    bench.failed();
    let WriterEvent::Lost(error) = bench.event() else {
        panic!("it is lost")
    };
    assert!(error.is_corruption());
    assert!(!bench.handle.can_write());
}

#[test]
fn a_step_that_contradicts_the_store_costs_no_second() {
    let mut bench = Bench::new();
    bench.submit(1, queued("ep_a", 1));
    assert_eq!(bench.told(1), ok([1]));
    let mut second = message(2);
    second.id = "msg_000001".into();
    bench.submit(2, vec![Op::message(second)]);
    bench.failed();
    bench.recovered();
    assert_eq!(bench.told(1), unavailable([2], Outcome::NotStored));
    assert_eq!(bench.reload().queues[0].count, 1);
}

#[test]
fn a_panic_of_who_is_told_harms_nobody_else() {
    let bench = Bench::new();
    bench
        .handle
        .submit(Batch::new(bench.epoch, queued("ep_a", 1), |_| {
            panic!("not the writer's affair")
        }));
    bench.submit(2, queued("ep_a", 2));
    assert_eq!(bench.told(1), ok([2]));
}

#[test]
fn a_panic_of_the_store_is_a_failure_of_unknown_outcome() {
    let mut bench = Bench::new();
    bench.store.script().panicking = true;
    bench.submit(1, queued("ep_a", 1));
    assert_eq!(bench.told(1), unavailable([1], Outcome::Unknown));
    bench.failed();
    bench.recovered();
    assert_eq!(bench.store.script().reopens, 1);
    bench.store.script().panicking = false;
    bench.reload();
    bench.submit(2, queued("ep_a", 1));
    assert_eq!(bench.told(1), ok([2]));
}

#[test]
fn stopping_commits_what_waits_and_refuses_what_comes_later() {
    let mut bench = Bench::new();
    bench.occupy();
    for seq in 1..=5 {
        bench.submit(seq, queued("ep_a", seq));
    }
    let writer = bench.writer.take().expect("it runs");
    let stopping = std::thread::spawn(move || writer.stop());
    bench.store.release();
    stopping.join().expect("it ends").expect("it closes");
    assert_eq!(bench.told(6), ok(0..=5));
    bench.submit(6, Vec::new());
    assert_eq!(bench.told(1), unavailable([6], Outcome::NotStored));
    assert!(load(&bench.handle).is_err());
    assert!(
        poll(pin!(bench.handle.room(1)))
            .expect("it is told")
            .is_err()
    );
}

#[test]
fn stopping_ends_a_writer_whose_store_fails() {
    let mut bench = Bench::new();
    bench.store.script().failing = Some(FULL);
    bench.submit(1, queued("ep_a", 1));
    bench.failed();
    bench
        .writer
        .take()
        .expect("it runs")
        .stop()
        .expect("it closes");
}
