//! One attached side, as whoever asks it sees it (attach §2.4).

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cmdbus_mcp::carry::{Hears, Limits, deaf};
use cmdbus_mcp::rpc::{Raw, RpcError, codes};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::PendingRequests;
use super::pending::{Slot, lost};
use crate::auth::Principal;
use crate::frame::{Cancel, Frame, ServerNotify, ServerOp, ServerRequest, Target};
use crate::link::{Outgoing, SharedSink, TrySendError};

/// Everything needed to ask one attached side. Cheap to clone; clones keep neither the socket open nor anybody waiting.
#[derive(Clone)]
pub struct ReverseChannel {
    /// Takes frames for the socket.
    pub sink: SharedSink,
    /// Who waits for answers from it.
    pub pending: PendingRequests,
    shared: Arc<Shared>,
}

struct Shared {
    epoch: u64,
    attachment: Attachment,
    line: watch::Sender<Line>,
}

/// Who attaches, and how much they may hold.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// Who attaches.
    pub principal: Principal,
    /// Name of the connection, which a resumed one keeps.
    pub conn_id: String,
    /// Most attach ids on this socket. Default 1,024.
    pub max_ids: usize,
    /// Most attach ids of the principal, over all its sockets. Default 4,096.
    pub max_ids_of_principal: usize,
    /// Most logical ids that the socket is known to have produced. Default 65,536.
    pub tracker_capacity: usize,
}

impl Attachment {
    /// Returns what a principal attaches with, with the default caps and a name made up for the connection.
    #[must_use]
    pub fn by(principal: Principal) -> Self {
        Self {
            principal,
            conn_id: format!("cn_{}", PendingRequests::mint()),
            max_ids: 1_024,
            max_ids_of_principal: 4_096,
            tracker_capacity: 65_536,
        }
    }
}

impl Default for Attachment {
    fn default() -> Self {
        Self::by(Principal::anonymous())
    }
}

/// Whether there is a socket.
#[derive(Debug, Clone, Copy)]
enum Line {
    Up,
    /// It has dropped, and may come back until then.
    Suspended(Instant),
    Over,
}

/// Never used twice in a process.
static NEXT_EPOCH: AtomicU64 = AtomicU64::new(1);

impl ReverseChannel {
    pub(super) fn new(sink: SharedSink, pending: PendingRequests, attachment: Attachment) -> Self {
        Self {
            sink,
            pending,
            shared: Arc::new(Shared {
                epoch: NEXT_EPOCH.fetch_add(1, Ordering::Relaxed),
                attachment,
                line: watch::Sender::new(Line::Up),
            }),
        }
    }

    /// Returns the number of the attachment, which no other has in this process.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.shared.epoch
    }

    /// Returns who attached.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.shared.attachment.principal
    }

    /// Returns the name of the connection.
    #[must_use]
    pub fn conn_id(&self) -> &str {
        &self.shared.attachment.conn_id
    }

    /// Returns whether the socket has dropped and may still come back.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        matches!(*self.shared.line.borrow(), Line::Suspended(_))
    }

    /// Returns whether the attachment is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(*self.shared.line.borrow(), Line::Over)
    }

    pub(super) fn attachment(&self) -> &Attachment {
        &self.shared.attachment
    }

    pub(super) fn suspend(&self, until: Instant) {
        self.shift(Line::Suspended(until));
    }

    pub(super) fn resume(&self) {
        self.shift(Line::Up);
    }

    /// Ends the attachment: whoever waits is told, and whoever asks later is told at once.
    pub(super) fn end(&self, reason: &str) {
        self.shift(Line::Over);
        self.pending.fail_all(reason);
    }

    /// From the end there is no way back.
    fn shift(&self, to: Line) {
        self.shared.line.send_if_modified(|line| {
            let goes_on = !matches!(line, Line::Over);
            if goes_on {
                *line = to;
            }
            goes_on
        });
    }

    /// Asks, and returns the answer. `hears` gets what the server says about it until then, in order, before the answer.
    ///
    /// An `id` that is empty is minted; its limits are written into the frame. The clock starts now, and runs while the request waits
    /// for its socket to come back, in the queue and on the way (W4). Dropping the future, and the end of a limit, free the slot at
    /// once and tell the attached side to stop.
    ///
    /// # Errors
    /// What the server answered, or one of cmdbus's own: the attached side is gone (−33002), too late (−33003), too many requests or a
    /// full queue (−33005), too large (−33006), a broken answer (−33009).
    pub fn request(
        &self,
        request: ServerRequest,
        limits: Limits,
        hears: Hears,
    ) -> impl Future<Output = Result<Raw, RpcError>> + Send + use<> {
        let clock = Clock::start(limits);
        let channel = self.clone();
        async move { channel.ask(request, clock, hears).await }
    }

    async fn ask(
        &self,
        mut request: ServerRequest,
        mut clock: Clock,
        hears: Hears,
    ) -> Result<Raw, RpcError> {
        if request.id.is_empty() {
            request.id = PendingRequests::mint();
        }
        let target = request.target.clone();
        let mut slot = self.pending.try_open(&request.id, target, hears)?;
        if let Some(over) = self.until_up(&mut slot, &clock).await {
            return over;
        }
        clock.write_into(&mut request);
        let frame = Outgoing::frame(&Frame::ServerRequest(request));
        self.sink.try_send(frame).map_err(not_taken)?;
        let mut cancel = CancelOnDrop {
            channel: self,
            id: Some(slot.id().to_owned()),
            reason: "caller_gone",
        };
        let outcome = clock.run(&mut slot).await;
        match outcome {
            Some(outcome) => {
                cancel.id = None;
                outcome
            }
            None => {
                cancel.reason = "deadline";
                Err(too_late())
            }
        }
    }

    /// Waits until there is a socket. Returns the outcome of the request if that comes first.
    async fn until_up(&self, slot: &mut Slot, clock: &Clock) -> Option<Result<Raw, RpcError>> {
        let mut line = self.shared.line.subscribe();
        loop {
            let grace = match *line.borrow_and_update() {
                Line::Up => return None,
                Line::Suspended(until) => until,
                Line::Over => return Some(Err(lost("its connection is closed"))),
            };
            let own = clock.end(false);
            tokio::select! {
                biased;
                outcome = &mut *slot => return Some(outcome),
                // It cannot fail: the sender lives in `self`.
                _ = line.changed() => {}
                () = until(own) => return Some(Err(too_late())),
                () = sleep_until(grace) => return Some(Err(lost("it has not come back in time"))),
            }
        }
    }

    /// Asks the attached side whether a server answers.
    ///
    /// # Errors
    /// As [`request`](Self::request). Fails at once with −33002 while there is no socket.
    pub async fn probe(
        &self,
        attach_id: &str,
        target: &Target,
        deadline: Instant,
    ) -> Result<Raw, RpcError> {
        if !matches!(*self.shared.line.borrow(), Line::Up) {
            return Err(lost("its connection has dropped"));
        }
        let limits = Limits {
            idle: None,
            total: Some(deadline.saturating_duration_since(Instant::now())),
        };
        let probe = ServerRequest {
            id: PendingRequests::mint(),
            op: ServerOp::Probe,
            attach_id: attach_id.to_owned(),
            target: Some(target.clone()),
            session: None,
            era: None,
            method: None,
            params: None,
            args: None,
            headers: BTreeMap::new(),
            deadline_ms: None,
            total_ms: None,
        };
        self.request(probe, limits, deaf()).await
    }

    /// Tells a server something, in order with what its session was told and asked before.
    ///
    /// # Errors
    /// −33002 if the attachment is over, −33005 if the queue is full, −33006 if it is too large.
    pub fn notify(&self, notice: ServerNotify) -> Result<(), RpcError> {
        let frame = Outgoing::frame(&Frame::ServerNotify(notice));
        self.sink.try_send(frame).map_err(not_taken)
    }
}

impl std::fmt::Debug for ReverseChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReverseChannel")
            .field("epoch", &self.shared.epoch)
            .finish_non_exhaustive()
    }
}

/// How long a request may still take.
struct Clock {
    idle: Option<Duration>,
    /// When the idle limit began to run.
    beat: Instant,
    /// When the total ends.
    total: Option<Instant>,
}

impl Clock {
    fn start(limits: Limits) -> Self {
        let beat = Instant::now();
        Self {
            idle: limits.idle,
            beat,
            // An end that no clock can hold is none.
            total: limits.total.and_then(|total| beat.checked_add(total)),
        }
    }

    /// Returns when the next limit ends. The idle limit stands still while the server waits for its client.
    fn end(&self, held: bool) -> Option<Instant> {
        let idle = self.idle.filter(|_| !held);
        let idle = idle.and_then(|idle| self.beat.checked_add(idle));
        idle.into_iter().chain(self.total).min()
    }

    /// Tells the other side what is left.
    fn write_into(&self, request: &mut ServerRequest) {
        let left = |end: Instant| end.saturating_duration_since(Instant::now());
        request.deadline_ms = self.idle.map(in_millis);
        request.total_ms = self.total.map(|total| in_millis(left(total)));
    }

    /// Waits for the answer. `None` if a limit ends first.
    async fn run(&mut self, slot: &mut Slot) -> Option<Result<Raw, RpcError>> {
        let pulse = slot.pulse();
        loop {
            let end = self.end(pulse.is_held());
            tokio::select! {
                biased;
                outcome = &mut *slot => return Some(outcome),
                () = pulse.beat() => self.beat = Instant::now(),
                () = until(end) => return None,
            }
        }
    }
}

/// Waits until then, or for ever.
async fn until(end: Option<Instant>) {
    match end {
        Some(end) => sleep_until(end).await,
        None => std::future::pending().await,
    }
}

fn in_millis(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}

/// Tells the attached side that nobody waits any more, unless the request has ended by itself.
struct CancelOnDrop<'a> {
    channel: &'a ReverseChannel,
    /// `None` once there is nothing to cancel.
    id: Option<String>,
    reason: &'static str,
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        let Some(reference) = self.id.take() else {
            return;
        };
        let cancel = Frame::Cancel(Cancel {
            reference,
            reason: Some(self.reason.to_owned()),
        });
        // If the socket is gone, or its queue too full even for this, the other side stops for reasons of its own.
        let _ = self.channel.sink.try_send(Outgoing::frame(&cancel));
    }
}

fn too_late() -> RpcError {
    RpcError::new(codes::TIMEOUT, "the attached side has not answered in time")
}

fn not_taken(error: TrySendError) -> RpcError {
    let code = match error {
        TrySendError::Closed => codes::CHANNEL_LOST,
        TrySendError::Full => codes::OVERLOADED,
        TrySendError::TooLarge => codes::TOO_LARGE,
    };
    RpcError::new(code, error.to_string())
}
