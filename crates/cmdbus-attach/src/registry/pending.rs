//! Requests of one attachment that wait for their answers (attach §2.3).

use std::collections::VecDeque;
use std::future::Future;
use std::hash::BuildHasher;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use cmdbus_mcp::carry::{FromServer, Hears, deaf};
use cmdbus_mcp::rpc::{Raw, RpcError, codes};
use rustc_hash::{FxBuildHasher, FxHashMap};
use tokio::sync::{Notify, oneshot};

use super::held;
use crate::frame::{ServerResponse, Target};

/// Most requests in flight unless the peer says otherwise.
const DEFAULT_CAP: usize = 256;
/// How many closed ids are remembered, to tell late answers from made-up ones.
const REMEMBERED: usize = 1_024;
/// How often answers that nobody waits for are logged at most.
const LOG_EVERY: Duration = Duration::from_secs(1);

type Outcome = Result<Raw, RpcError>;

/// The requests of one attachment that wait for their answers. Cheap to clone; all clones are the same table.
#[derive(Clone)]
pub struct PendingRequests(Arc<Shared>);

struct Shared {
    table: Mutex<Table>,
    cap: usize,
    late: AtomicU64,
    unknown: AtomicU64,
}

#[derive(Default)]
struct Table {
    open: FxHashMap<Box<str>, Entry>,
    /// Grows with every slot, so that a slot never frees a later one of the same id.
    next_serial: u64,
    /// Hashes of ids closed lately, oldest first. A collision merely counts an answer as late.
    closed: VecDeque<u64>,
    /// Why there will be no more answers.
    lost: Option<Arc<str>>,
    logged: Option<Instant>,
}

struct Entry {
    serial: u64,
    target: Option<Target>,
    hears: Hears,
    pulse: Arc<Pulse>,
    tell: oneshot::Sender<Outcome>,
}

/// Signs of life of one request.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    beat: Notify,
    /// How many requests of the server its client is busy with.
    holds: AtomicU32,
}

/// Returns an empty table for a new socket.
#[must_use]
pub fn new_pending_requests() -> PendingRequests {
    PendingRequests::with_cap(DEFAULT_CAP)
}

/// What became of an answer that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completed {
    /// Its waiter has it.
    Delivered,
    /// Its waiter had given up, or had an answer already.
    Late,
    /// Nobody ever asked, or long ago.
    Unknown,
    /// It names another server than the one that was asked; its waiter has failed with −33009 (W15).
    WrongTarget,
    /// It is neither a result nor an error; its waiter has failed with −33009 (W14).
    Broken,
}

impl PendingRequests {
    /// Returns an empty table for at most `cap` requests at once.
    #[must_use]
    pub fn with_cap(cap: usize) -> Self {
        Self(Arc::new(Shared {
            table: Mutex::default(),
            cap,
            late: AtomicU64::new(0),
            unknown: AtomicU64::new(0),
        }))
    }

    /// Returns a fresh id: 128 random bits.
    ///
    /// # Panics
    /// If the system has no random numbers, without which no token could have been checked either.
    #[must_use]
    pub fn mint() -> String {
        let mut random = [0; 16];
        getrandom::fill(&mut random).expect("the system gives random numbers");
        BASE64_URL_SAFE_NO_PAD.encode(random)
    }

    /// Opens a slot for the answer to a request. If it is refused, the slot is born with the error in it.
    pub fn open(&self, id: &str, target: Option<Target>) -> Slot {
        self.try_open(id, target, deaf())
            .unwrap_or_else(|error| Slot::refused(id, error))
    }

    /// Opens a slot for the answer to a request. `hears` gets what the server says about it until then.
    ///
    /// # Errors
    /// Too many requests wait (−33005), the attachment is over (−33002), or the id waits already (−32603).
    pub fn try_open(
        &self,
        id: &str,
        target: Option<Target>,
        hears: Hears,
    ) -> Result<Slot, RpcError> {
        let mut table = held(&self.0.table);
        if let Some(reason) = &table.lost {
            return Err(lost(reason));
        }
        if table.open.len() >= self.0.cap {
            return Err(overloaded(self.0.cap));
        }
        if table.open.contains_key(id) {
            return Err(RpcError::new(
                codes::INTERNAL_ERROR,
                format!("a request `{id}` waits already; every request needs an id of its own"),
            ));
        }
        let (tell, outcome) = oneshot::channel();
        let pulse = Arc::<Pulse>::default();
        table.next_serial += 1;
        let serial = table.next_serial;
        let entry = Entry {
            serial,
            target,
            hears,
            pulse: Arc::clone(&pulse),
            tell,
        };
        table.open.insert(id.into(), entry);
        drop(table);
        Ok(Slot {
            id: id.into(),
            serial,
            pulse,
            state: SlotState::Waiting(outcome, Arc::clone(&self.0)),
        })
    }

    /// Hands an answer to its waiter.
    pub fn complete(&self, id: &str, response: ServerResponse) -> Completed {
        let Some(entry) = self.take(id) else {
            return self.nobody_waits(id);
        };
        let strange = match (&entry.target, &response.target) {
            (Some(asked), Some(answers)) => asked != answers,
            _ => false,
        };
        let (outcome, completed) = if strange {
            let error = bad_answer("another server answered than the one that was asked");
            (Err(error), Completed::WrongTarget)
        } else {
            match response.into_result() {
                Some(outcome) => (outcome, Completed::Delivered),
                None => (Err(neither()), Completed::Broken),
            }
        };
        self.tell(entry, outcome, completed)
    }

    /// Fails the waiter of an answer whose id was all that could be read (W14).
    pub fn broken(&self, id: &str) -> Completed {
        self.end(id, neither(), Completed::Broken)
    }

    /// Fails one waiter.
    pub fn fail(&self, id: &str, error: RpcError) -> Completed {
        self.end(id, error, Completed::Delivered)
    }

    fn end(&self, id: &str, error: RpcError, completed: Completed) -> Completed {
        match self.take(id) {
            Some(entry) => self.tell(entry, Err(error), completed),
            None => self.nobody_waits(id),
        }
    }

    /// Fails every waiter with −33002, and whoever comes later as well: nobody is left who could answer.
    pub fn fail_all(&self, reason: &str) {
        let waiting = {
            let mut table = held(&self.0.table);
            let reason = table.lost.get_or_insert_with(|| reason.into());
            let error = lost(reason);
            let open = std::mem::take(&mut table.open);
            for id in open.keys() {
                table.remember(id);
            }
            open.into_values().map(move |entry| (entry, error.clone()))
        };
        for (entry, error) in waiting {
            // A waiter that is giving up at this moment needs no answer.
            let _ = entry.tell.send(Err(error));
        }
    }

    /// Hands on what the server says about a request. False if nobody waits for its answer any more: then a request of the server has
    /// been answered with −33010, and anything else is gone.
    ///
    /// Called by one task per socket, which also completes: so everything is heard in order, and before the answer.
    pub fn hear(&self, id: &str, message: FromServer) -> bool {
        let Some(hears) = self.on_beat(id, |entry| Arc::clone(&entry.hears)) else {
            return false;
        };
        hears(message);
        true
    }

    /// Stops the idle limit of a request while its server waits for the client: that it says nothing is then not its fault.
    /// `None` if nobody waits for the answer any more.
    #[must_use]
    pub fn hold(&self, id: &str) -> Option<Hold> {
        self.on_beat(id, |entry| {
            entry.pulse.holds.fetch_add(1, Ordering::Relaxed);
            Hold(Arc::clone(&entry.pulse))
        })
    }

    /// Takes a sign of life of a request, and something of its entry.
    fn on_beat<T>(&self, id: &str, take: impl FnOnce(&Entry) -> T) -> Option<T> {
        let table = held(&self.0.table);
        let entry = table.open.get(id)?;
        let taken = take(entry);
        entry.pulse.beat.notify_one();
        Some(taken)
    }

    /// Returns how many requests wait.
    #[must_use]
    pub fn len(&self) -> usize {
        held(&self.0.table).open.len()
    }

    /// Returns whether no request waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many answers came after their waiters had gone.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.0.late.load(Ordering::Relaxed)
    }

    /// Returns how many answers came to questions that nobody asked.
    #[must_use]
    pub fn unknown(&self) -> u64 {
        self.0.unknown.load(Ordering::Relaxed)
    }

    fn take(&self, id: &str) -> Option<Entry> {
        let mut table = held(&self.0.table);
        let entry = table.open.remove(id)?;
        table.remember(id);
        Some(entry)
    }

    fn tell(&self, entry: Entry, outcome: Outcome, completed: Completed) -> Completed {
        // The waiter may be giving up on another thread: it has seen nothing, so the answer is late.
        match entry.tell.send(outcome) {
            Ok(()) => completed,
            Err(_) => self.count_late(),
        }
    }

    fn nobody_waits(&self, id: &str) -> Completed {
        let mut table = held(&self.0.table);
        if table.closed.contains(&hash(id)) {
            return self.count_late();
        }
        let count = self.0.unknown.fetch_add(1, Ordering::Relaxed) + 1;
        let now = Instant::now();
        let log = table.logged.is_none_or(|last| now - last >= LOG_EVERY);
        if log {
            table.logged = Some(now);
        }
        drop(table);
        if log {
            tracing::warn!(count, "an attached side answers what it was not asked");
        }
        Completed::Unknown
    }

    fn count_late(&self) -> Completed {
        self.0.late.fetch_add(1, Ordering::Relaxed);
        Completed::Late
    }
}

impl Table {
    fn remember(&mut self, id: &str) {
        if self.closed.len() == REMEMBERED {
            self.closed.pop_front();
        }
        self.closed.push_back(hash(id));
    }
}

fn hash(id: &str) -> u64 {
    FxBuildHasher.hash_one(id)
}

impl std::fmt::Debug for PendingRequests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PendingRequests")
            .field("cap", &self.0.cap)
            .finish_non_exhaustive()
    }
}

/// The place where the answer to one request arrives. Dropping it frees the entry: an answer that comes later is counted, not kept.
#[must_use = "dropping the slot gives up the request"]
pub struct Slot {
    id: Box<str>,
    serial: u64,
    pulse: Arc<Pulse>,
    state: SlotState,
}

enum SlotState {
    Waiting(oneshot::Receiver<Outcome>, Arc<Shared>),
    Refused(RpcError),
    Over,
}

impl Slot {
    fn refused(id: &str, error: RpcError) -> Self {
        Self {
            id: id.into(),
            serial: 0,
            pulse: Arc::default(),
            state: SlotState::Refused(error),
        }
    }

    /// Returns the id of the request.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Waits for the answer. The same as awaiting the slot.
    ///
    /// # Errors
    /// What the server answered, or −33002, −33005, −33009.
    pub async fn wait(self) -> Result<Raw, RpcError> {
        self.await
    }

    /// Returns the signs of life, to be watched while the slot itself is awaited.
    pub(super) fn pulse(&self) -> Arc<Pulse> {
        Arc::clone(&self.pulse)
    }
}

impl Future for Slot {
    type Output = Result<Raw, RpcError>;

    /// Stays pending for ever once the answer has been taken.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let slot = self.get_mut();
        let SlotState::Waiting(outcome, _) = &mut slot.state else {
            return match std::mem::replace(&mut slot.state, SlotState::Over) {
                SlotState::Refused(error) => Poll::Ready(Err(error)),
                SlotState::Waiting(..) | SlotState::Over => Poll::Pending,
            };
        };
        let outcome = ready!(Pin::new(outcome).poll(cx));
        slot.state = SlotState::Over;
        // An entry leaves its table with an outcome, or by this slot being dropped.
        Poll::Ready(outcome.unwrap_or_else(|_| Err(lost("nobody is left to answer"))))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let SlotState::Waiting(_, shared) = &self.state else {
            return;
        };
        let mut table = held(&shared.table);
        let is_own = |entry: &Entry| entry.serial == self.serial;
        if !table.open.get(&self.id).is_some_and(is_own) {
            return;
        }
        let entry = table.open.remove(&self.id);
        table.remember(&self.id);
        drop(table);
        // With the entry goes an ear, which is somebody else's code.
        drop(entry);
    }
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slot").finish_non_exhaustive()
    }
}

impl Pulse {
    /// Waits for the next sign of life, or takes the one that came meanwhile. Cancel safe.
    pub(super) async fn beat(&self) {
        self.beat.notified().await;
    }

    /// Returns whether the server waits for its client.
    pub(super) fn is_held(&self) -> bool {
        self.holds.load(Ordering::Relaxed) > 0
    }
}

/// While it lives, the idle limit of a request stands still. It begins anew when the last one is dropped.
#[derive(Debug)]
#[must_use = "dropping it lets the idle limit run on"]
pub struct Hold(Arc<Pulse>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.holds.fetch_sub(1, Ordering::Relaxed);
        self.0.beat.notify_one();
    }
}

/// Returns the error of every request whose attachment is over.
pub(super) fn lost(reason: &str) -> RpcError {
    RpcError::new(
        codes::CHANNEL_LOST,
        format!("the attached side is gone: {reason}"),
    )
}

fn overloaded(cap: usize) -> RpcError {
    RpcError::new(
        codes::OVERLOADED,
        format!("{cap} requests wait for this attached side already; try again later"),
    )
}

fn bad_answer(text: &str) -> RpcError {
    RpcError::new(codes::BAD_ANSWER, text)
}

fn neither() -> RpcError {
    bad_answer("the attached side answered neither a result nor an error")
}
