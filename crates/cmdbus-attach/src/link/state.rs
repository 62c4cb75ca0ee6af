//! One attachment: what outlives the sockets that carry it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::task::AtomicWaker;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use super::lanes::{Lanes, Next};
use super::malformed::BadFrames;
use super::outgoing::Outgoing;
use super::resume::{Counts, Impossible};
use super::{Kind, ResumeError, Settings, SharedSink, close};
use crate::frame::{Complaint, Frame, Receipt};

/// So many complaints wait at most; a flood of nonsense is not answered word for word.
const COMPLAINTS: usize = 64;

/// How an attachment ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// A close code of attach §3.11.
    pub code: u16,
    /// Why, for people.
    pub reason: String,
}

/// Figures of an attachment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Frames that wait to be sent.
    pub queued: usize,
    /// Their bytes, without the one frame that may be longer than the queue.
    pub queued_bytes: usize,
    /// Producers that wait for room.
    pub paused: usize,
    /// Frames sent and not acknowledged.
    pub unacknowledged: usize,
    /// Frames sent.
    pub sent: u64,
    /// Frames received.
    pub received: u64,
    /// Progress and log dropped because the queue was full.
    pub dropped: u64,
    /// List changes that were queued already.
    pub coalesced: u64,
    /// Bad frames received.
    pub bad: u64,
    /// Complaints that were not sent because too many waited.
    pub unsaid: u64,
}

/// One attachment. Clones are the same one; when the last is gone, it ends. A [`SharedSink`] does not keep it.
#[derive(Clone)]
pub struct Link {
    pub(super) shared: Arc<Shared>,
    _owner: Arc<Owner>,
}

struct Owner(Arc<Shared>);

impl Drop for Owner {
    fn drop(&mut self) {
        self.0
            .end(close::GOING_AWAY, "nobody owns the attachment any more");
    }
}

pub(super) struct Shared {
    pub(super) settings: Settings,
    state: Mutex<State>,
    /// Wakes the socket.
    pub(super) socket: AtomicWaker,
    /// Tells who waits that the socket is gone.
    idle: Notify,
    /// Tells who waits that the attachment has ended.
    pub(super) over: Notify,
}

pub(super) struct State {
    pub(super) lanes: Lanes,
    pub(super) counts: Counts,
    pub(super) phase: Phase,
    pub(super) bad: BadFrames,
    /// A goodbye was said, by whomever: no resume.
    pub(super) goodbye: bool,
    running: bool,
    /// The socket is to go at once, the attachment is not.
    pub(super) vacate: Option<Ended>,
    ordinary: VecDeque<Paused>,
    /// Frames longer than the queue wait in a line of their own, so that shorter ones go past them.
    long: VecDeque<Paused>,
    ticket: u64,
    complaints: usize,
    unsaid: u64,
}

pub(super) enum Phase {
    Open,
    /// Nothing more is taken; what is queued goes out, then the close.
    Closing(Ended),
    Over(Ended),
}

struct Paused {
    ticket: u64,
    frame: Outgoing,
    queued: oneshot::Sender<()>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

impl Link {
    /// Makes an attachment that no socket carries yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let state = State {
            lanes: Lanes::new(&settings),
            counts: Counts::new(&settings),
            phase: Phase::Open,
            bad: BadFrames::default(),
            goodbye: false,
            running: false,
            vacate: None,
            ordinary: VecDeque::new(),
            long: VecDeque::new(),
            ticket: 0,
            complaints: 0,
            unsaid: 0,
        };
        let shared = Arc::new(Shared {
            settings,
            state: Mutex::new(state),
            socket: AtomicWaker::new(),
            idle: Notify::new(),
            over: Notify::new(),
        });
        Self {
            _owner: Arc::new(Owner(shared.clone())),
            shared,
        }
    }

    /// Returns what puts frames in.
    #[must_use]
    pub fn sink(&self) -> SharedSink {
        SharedSink::new(self.shared.clone())
    }

    /// Returns the settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Returns how many frames have come: the `have` of a resume.
    #[must_use]
    pub fn have(&self) -> u64 {
        self.shared.lock().counts.have()
    }

    /// Returns whether a socket carries it now.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.shared.lock().running
    }

    /// Returns how it ended, `None` while it has not.
    #[must_use]
    pub fn ended(&self) -> Option<Ended> {
        match &self.shared.lock().phase {
            Phase::Over(ended) => Some(ended.clone()),
            Phase::Open | Phase::Closing(_) => None,
        }
    }

    /// Returns the figures.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let state = self.shared.lock();
        let (queued, queued_bytes) = state.lanes.waiting();
        Figures {
            queued,
            queued_bytes,
            paused: state.ordinary.len() + state.long.len(),
            unacknowledged: state.counts.kept(),
            sent: state.counts.gone(),
            received: state.counts.have(),
            dropped: state.lanes.dropped(),
            coalesced: state.lanes.coalesced(),
            bad: state.bad.all(),
            unsaid: state.unsaid,
        }
    }

    /// Ends the socket that carries the attachment now, if there is one, and waits until it is gone. The attachment stays.
    ///
    /// With [`close::REPLACED`] this makes room for a newer socket.
    pub async fn vacate(&self, code: u16, reason: &str) {
        loop {
            let idle = self.shared.idle.notified();
            tokio::pin!(idle);
            // Enabled before the look, so that an end in between is not missed.
            idle.as_mut().enable();
            {
                let mut state = self.shared.lock();
                if !state.running {
                    return;
                }
                state.vacate.get_or_insert_with(|| Ended {
                    code,
                    reason: reason.to_owned(),
                });
            }
            self.shared.socket.wake();
            idle.await;
        }
    }

    /// Takes the attachment up on a new socket, whose other side has `have` frames. Returns how many this side has.
    ///
    /// What the other side lacks goes first on the next socket.
    ///
    /// # Errors
    /// It cannot be taken up; whoever owns it ends it.
    pub fn resume(&self, have: u64) -> Result<u64, ResumeError> {
        let mut state = self.shared.lock();
        if !matches!(state.phase, Phase::Open) {
            return Err(ResumeError::Ended);
        }
        if state.running {
            return Err(ResumeError::Running);
        }
        let again = state.counts.resend_after(have)?;
        state.lanes.restart(again);
        // The handshake tells the other side how many have come.
        state.counts.all_reported();
        Ok(state.counts.have())
    }

    /// Ends the attachment at once: every send fails from now on, and a socket that carries it is closed without waiting.
    pub fn end(&self, code: u16, reason: &str) {
        self.shared.end(code, reason);
    }
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here can be half done: the state is good even if a panic went past.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn end(&self, code: u16, reason: &str) {
        {
            let mut state = self.lock();
            if matches!(state.phase, Phase::Over(_)) {
                return;
            }
            state.phase = Phase::Over(Ended {
                code,
                reason: reason.to_owned(),
            });
            state.lanes.clear();
            state.counts.forget();
            state.ordinary = VecDeque::new();
            state.long = VecDeque::new();
        }
        self.socket.wake();
        self.over.notify_waiters();
    }

    /// Closes in order, or ends at once if no socket is there to close.
    pub(super) fn close(&self, code: u16, reason: &str) {
        let running = {
            let mut state = self.lock();
            if !matches!(state.phase, Phase::Open) {
                return;
            }
            state.phase = Phase::Closing(Ended {
                code,
                reason: reason.to_owned(),
            });
            // Who waits for room is told that there is none any more.
            state.ordinary = VecDeque::new();
            state.long = VecDeque::new();
            state.running
        };
        if running {
            self.socket.wake();
            self.over.notify_waiters();
        } else {
            self.end(code, reason);
        }
    }

    /// A socket takes the attachment over. False: there is one already, or it has ended.
    pub(super) fn begin(&self) -> bool {
        let mut state = self.lock();
        if state.running || !matches!(state.phase, Phase::Open) {
            return false;
        }
        state.running = true;
        state.vacate = None;
        true
    }

    /// The socket is gone.
    pub(super) fn gone(&self) {
        {
            let mut state = self.lock();
            state.running = false;
            state.vacate = None;
            state.lanes.restart(Vec::new());
        }
        self.idle.notify_waiters();
    }
}

impl State {
    pub(super) fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open)
    }

    /// Queues a frame, or gives it back because there is no room.
    pub(super) fn push(&mut self, frame: Outgoing) -> Result<(), Outgoing> {
        let goodbye = frame.of == "goodbye";
        // Who came first gets room first; what has room of its own goes past.
        if !self.line(&frame).is_empty() {
            match frame.kind {
                Kind::Response | Kind::Request | Kind::Notification => return Err(frame),
                Kind::Lossy => {
                    self.lanes.drop_new();
                    return Ok(());
                }
                Kind::Control | Kind::ListChanged => {}
            }
        }
        self.lanes.push(frame)?;
        self.goodbye |= goodbye;
        Ok(())
    }

    fn line(&mut self, frame: &Outgoing) -> &mut VecDeque<Paused> {
        if self.lanes.is_long(frame) {
            &mut self.long
        } else {
            &mut self.ordinary
        }
    }

    /// Lets a producer wait for room. The ticket takes it out of the line.
    pub(super) fn pause(&mut self, frame: Outgoing) -> (u64, oneshot::Receiver<()>) {
        self.ticket += 1;
        let ticket = self.ticket;
        let (queued, wait) = oneshot::channel();
        self.line(&frame).push_back(Paused {
            ticket,
            frame,
            queued,
        });
        (ticket, wait)
    }

    /// A producer waits no longer.
    pub(super) fn leave(&mut self, ticket: u64) {
        for line in [&mut self.ordinary, &mut self.long] {
            line.retain(|paused| paused.ticket != ticket);
        }
    }

    fn admit(&mut self) {
        for line in [&mut self.ordinary, &mut self.long] {
            while let Some(paused) = line.pop_front() {
                // A producer that has given up has left the line, under this lock.
                match self.lanes.push(paused.frame) {
                    Ok(()) => {
                        let _ = paused.queued.send(());
                    }
                    Err(frame) => {
                        line.push_front(Paused { frame, ..paused });
                        break;
                    }
                }
            }
        }
    }

    /// Queues a complaint, if not too many wait already.
    pub(super) fn complain(&mut self, code: &str, message: &str, reference: Option<String>) {
        let complaint = Frame::Error(Complaint {
            code: code.to_owned(),
            message: message.to_owned(),
            reference,
        });
        if self.complaints >= COMPLAINTS || self.lanes.push(Outgoing::frame(&complaint)).is_err() {
            self.unsaid += 1;
        } else {
            self.complaints += 1;
        }
    }

    /// Returns what goes on the socket next.
    pub(super) fn next(&mut self, now: Instant, only_control: bool) -> Option<Next> {
        if let Some(upto) = self.counts.take_ack(now) {
            return Some(Next::Text(Frame::Ack(Receipt { upto }).to_json().into()));
        }
        let (next, finished) = if only_control {
            self.lanes.pop_control()?
        } else {
            self.lanes.pop()?
        };
        if let Some(frame) = finished {
            if frame.of == "error" {
                self.complaints = self.complaints.saturating_sub(1);
            }
            self.counts.sent(frame);
            self.admit();
        }
        Some(next)
    }

    /// The other side has so many frames.
    pub(super) fn acknowledged(&mut self, upto: u64) -> Result<(), Impossible> {
        self.counts.acknowledged(upto)
    }
}
