//! What waits to be written to a peer, with a bound, and how a connection ends.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use cmdbus_proto::extension::{CANCEL_EVENT, CREDIT_EVENT, ITEM_EVENT};
use cmdbus_proto::wire::EncodedFrame;
use futures_util::task::AtomicWaker;
use tokio::sync::Notify;

use super::limits::IDLE_BATCH;
use crate::error::ChannelError;
use crate::message::Message;

/// How long closing waits for what is queued to be written, and how long a peer that takes nothing any
/// more is still listened to.
pub(crate) const FLUSH_LIMIT: Duration = Duration::from_secs(2);

/// How many bytes of items may wait to be written: the largest ones that there are, with the credit that is
/// given unless somebody says otherwise.
const ITEM_BYTES: usize = 512 << 20;

/// Bounds on what waits to be written. Reaching either one counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueueLimits {
    pub(crate) bytes: usize,
    pub(crate) messages: usize,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self {
            bytes: 32 << 20,
            messages: 65_536,
        }
    }
}

/// The outgoing queue of a byte transport, and the stages in which its connection ends.
///
/// When it is full, new calls, events and reports of progress are refused; what others wait for may use as
/// much again, because a reply that is dropped is a caller that hangs. Beyond that the peer does not
/// read, and the channel closes.
///
/// Items of streams are not counted there: whoever asked for them has given credit, and may take its time. They
/// have room of their own, [`ITEM_BYTES`]; what goes beyond is refused, which ends that stream.
///
/// One task takes from it, inside [`run`](Self::run).
pub(crate) struct OutQueue {
    state: Mutex<State>,
    limits: QueueLimits,
    /// Wakes the writer.
    filled: Notify,
    /// Wakes whoever waits for a stage.
    stage: Notify,
    /// Whether this side has closed, and who receives until then.
    closing: AtomicBool,
    receiver: AtomicWaker,
}

#[derive(Default)]
struct State {
    frames: VecDeque<EncodedFrame>,
    /// What waits or is being written: how long each is, and whether it is an item.
    unwritten: VecDeque<(usize, bool)>,
    /// The same in sum, without items.
    bytes: usize,
    messages: usize,
    item_bytes: usize,
    stages: Stages,
}

/// How far the end has come. Each is final.
#[derive(Default, Clone, Copy)]
struct Stages {
    /// Nothing more goes in.
    refusing: bool,
    /// Nothing more is received either: this side has closed.
    closing: bool,
    /// What is queued is given up.
    abandoned: bool,
    /// The writer has written what it could and has ended its direction.
    flushed: bool,
    /// The writer's task is over.
    over: bool,
}

/// How a message is treated when the queue is full.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    /// It is refused.
    Refusable,
    /// Somebody waits for it.
    Awaited,
    /// There is credit for it.
    Item,
}

impl Class {
    fn of(message: &Message) -> Self {
        match message {
            Message::ExecuteCommandRequest { .. } => Self::Refusable,
            Message::Event { event_id, .. } => match event_id.as_str() {
                ITEM_EVENT => Self::Item,
                CANCEL_EVENT | CREDIT_EVENT => Self::Awaited,
                _ => Self::Refusable,
            },
            _ => Self::Awaited,
        }
    }
}

impl OutQueue {
    pub(crate) fn new(limits: QueueLimits) -> Self {
        Self {
            state: Mutex::default(),
            limits,
            filled: Notify::new(),
            stage: Notify::new(),
            closing: AtomicBool::new(false),
            receiver: AtomicWaker::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a frame. `message` is what it says.
    ///
    /// # Errors
    /// `Other`: the queue is full, and this message is one that may be refused. `Closed`: nothing more goes in.
    pub(crate) fn push(&self, message: &Message, frame: EncodedFrame) -> Result<(), ChannelError> {
        let class = Class::of(message);
        let mut state = self.lock();
        if state.stages.refusing {
            return Err(ChannelError::Closed);
        }
        // A message of any size goes into an empty queue.
        if !state.unwritten.is_empty() && self.is_full(&state, class, frame.len()) {
            if class != Class::Awaited {
                return Err(ChannelError::Other(
                    "overloaded: the peer does not read fast enough".into(),
                ));
            }
            drop(state);
            tracing::warn!("peer does not read; closing the connection");
            self.abandon();
            return Err(ChannelError::Closed);
        }
        if class == Class::Item {
            state.item_bytes += frame.len();
        } else {
            state.bytes += frame.len();
            state.messages += 1;
        }
        state
            .unwritten
            .push_back((frame.len(), class == Class::Item));
        state.frames.push_back(frame);
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    fn is_full(&self, state: &State, class: Class, length: usize) -> bool {
        let times = match class {
            Class::Item => return state.item_bytes + length > ITEM_BYTES,
            Class::Refusable => 1,
            Class::Awaited => 2,
        };
        state.bytes + length > self.limits.bytes.saturating_mul(times)
            || state.messages + 1 > self.limits.messages.saturating_mul(times)
    }

    /// Waits for frames and moves all that wait into `batch`. Returns false when the queue is closed
    /// and empty.
    pub(crate) async fn take(&self, batch: &mut VecDeque<EncodedFrame>) -> bool {
        loop {
            {
                let mut state = self.lock();
                if !state.frames.is_empty() {
                    std::mem::swap(&mut state.frames, batch);
                    return true;
                }
                if state.stages.refusing {
                    return false;
                }
            }
            // Only the writer waits here, so a permit left by an earlier push costs one more look.
            self.filled.notified().await;
        }
    }

    /// Makes room: so many frames have been written.
    pub(crate) fn written(&self, frames: usize) {
        let mut state = self.lock();
        for _ in 0..frames {
            let Some((length, is_item)) = state.unwritten.pop_front() else {
                return;
            };
            if is_item {
                state.item_bytes -= length;
            } else {
                state.bytes -= length;
                state.messages -= 1;
            }
        }
        // A burst must not make an idle connection carry its memory.
        if state.unwritten.is_empty() && state.unwritten.capacity() > IDLE_BATCH {
            state.unwritten = VecDeque::new();
        }
    }

    fn advance(&self, stages: Stages) {
        let given_up = {
            let mut state = self.lock();
            let now = &mut state.stages;
            now.refusing |= stages.refusing;
            now.closing |= stages.closing;
            now.abandoned |= stages.abandoned;
            now.flushed |= stages.flushed;
            now.over |= stages.over;
            let keep = !(stages.abandoned || stages.flushed || stages.over);
            if keep {
                VecDeque::new()
            } else {
                std::mem::take(&mut state.frames)
            }
        };
        if stages.closing {
            self.closing.store(true, Ordering::Release);
            self.receiver.wake();
        }
        self.filled.notify_one();
        self.stage.notify_waiters();
        drop(given_up);
    }

    /// Takes nothing more and ends receiving; what is queued is still written.
    pub(crate) fn close(&self) {
        self.advance(Stages {
            refusing: true,
            closing: true,
            ..Stages::default()
        });
    }

    /// As [`close`](Self::close), and gives up what is queued.
    pub(crate) fn abandon(&self) {
        self.advance(Stages {
            refusing: true,
            closing: true,
            abandoned: true,
            ..Stages::default()
        });
    }

    /// Nothing more is written, now or later; what the peer has sent can still be received.
    fn flushed(&self) {
        self.advance(Stages {
            refusing: true,
            flushed: true,
            ..Stages::default()
        });
    }

    /// Ends everything. For whoever runs the writer, or will not start one.
    pub(crate) fn finish(&self) {
        self.advance(Stages {
            refusing: true,
            closing: true,
            abandoned: true,
            flushed: true,
            over: true,
        });
    }

    /// Returns a guard that [finishes](Self::finish) when it is dropped. The writer's task owns it, so that nobody
    /// waits for a task that the end of its runtime took away.
    pub(crate) fn finish_on_drop(self: Arc<Self>) -> FinishOnDrop {
        FinishOnDrop(self)
    }

    pub(crate) fn is_refusing(&self) -> bool {
        self.lock().stages.refusing
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.lock().stages.closing
    }

    /// Returns whether this side has closed, without a lock.
    pub(crate) fn has_closed(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Receives, unless this side closes before something has come. For one task at a time, as often as it likes.
    pub(crate) async fn unless_closing<T>(
        &self,
        receive: impl Future<Output = Option<T>>,
    ) -> Option<T> {
        let mut receive = pin!(receive);
        poll_fn(|cx| {
            if !self.has_closed() {
                self.receiver.register(cx.waker());
            }
            // Also between the look and the note.
            if self.has_closed() {
                return Poll::Ready(None);
            }
            receive.as_mut().poll(cx)
        })
        .await
    }

    async fn reached(&self, stage: impl Fn(Stages) -> bool) {
        loop {
            // Made before the look: `notify_waiters` wakes every future that exists, polled or not.
            let notified = self.stage.notified();
            if stage(self.lock().stages) {
                return;
            }
            notified.await;
        }
    }

    /// Waits until this side has closed.
    pub(crate) async fn until_closing(&self) {
        self.reached(|stages| stages.closing).await;
    }

    /// Waits until nothing more is written, and the peer has been told if it could be.
    #[cfg(any(feature = "stdio", test))]
    pub(crate) async fn until_flushed(&self) {
        self.reached(|stages| stages.flushed).await;
    }

    /// Waits until the connection is done with.
    pub(crate) async fn until_over(&self) {
        self.reached(|stages| stages.over).await;
    }

    /// Runs a writer, which takes until there is nothing left and then ends its direction, for as long as it may
    /// take. Returns whether it came to its end.
    ///
    /// A peer that takes nothing any more may have said something before it left. So an error of the
    /// writer refuses further messages at once, and ends receiving only after [`FLUSH_LIMIT`].
    pub(crate) async fn run(&self, writer: impl Future<Output = io::Result<()>>) -> bool {
        let time_is_up = async {
            self.until_closing().await;
            tokio::time::sleep(FLUSH_LIMIT).await;
        };
        let result = tokio::select! {
            biased;
            () = self.reached(|stages| stages.abandoned) => None,
            result = writer => Some(result),
            () = time_is_up => {
                tracing::debug!("the peer did not take in time what was queued");
                None
            }
        };
        self.flushed();
        match result {
            Some(Ok(())) => true,
            Some(Err(error)) => {
                tracing::debug!(%error, "cannot write to the peer");
                let _ = tokio::time::timeout(FLUSH_LIMIT, self.until_closing()).await;
                false
            }
            None => false,
        }
    }
}

/// See [`OutQueue::finish_on_drop`].
pub(crate) struct FinishOnDrop(Arc<OutQueue>);

impl Drop for FinishOnDrop {
    fn drop(&mut self) {
        self.0.finish();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::ExecuteResult;
    use cmdbus_proto::extension::PROGRESS_EVENT;
    use cmdbus_proto::wire::{FrameLimits, encode};
    use uuid::Uuid;

    struct NoIds;

    impl cmdbus_proto::wire::ForeignIds for NoIds {
        fn request(&mut self, _: &str) -> Option<Uuid> {
            None
        }
        fn event(&mut self, _: &str) -> Option<Uuid> {
            None
        }
        fn take_request(&mut self, _: Uuid) -> Option<std::sync::Arc<str>> {
            None
        }
        fn original_event(&mut self, _: Uuid) -> Option<std::sync::Arc<str>> {
            None
        }
    }

    fn push(queue: &OutQueue, message: &Message) -> Result<(), ChannelError> {
        let frame = encode(message, &FrameLimits::default(), &mut NoIds).unwrap();
        queue.push(message, frame)
    }

    fn event() -> Message {
        event_called("a")
    }

    fn event_called(event_id: &str) -> Message {
        Message::Event {
            id: Uuid::nil(),
            meta: None,
            event_id: event_id.into(),
            payload: None,
        }
    }

    fn reply() -> Message {
        Message::ExecuteCommandResponse {
            id: Uuid::nil(),
            meta: None,
            thid: Uuid::nil(),
            response: ExecuteResult::from(Ok(None)),
        }
    }

    fn queue(messages: usize) -> OutQueue {
        OutQueue::new(QueueLimits {
            bytes: usize::MAX,
            messages,
        })
    }

    #[test]
    fn a_full_queue_refuses_events_takes_as_many_replies_again_and_then_gives_up() {
        let queue = queue(2);
        assert!(push(&queue, &event()).is_ok() && push(&queue, &event()).is_ok());
        assert!(matches!(
            push(&queue, &event()),
            Err(ChannelError::Other(_))
        ));
        assert!(push(&queue, &reply()).is_ok() && push(&queue, &reply()).is_ok());
        assert!(!queue.is_closing());
        assert!(matches!(push(&queue, &reply()), Err(ChannelError::Closed)));
        assert!(queue.is_closing());
        assert!(queue.lock().frames.is_empty());
    }

    #[test]
    fn cancellations_and_credit_have_the_room_of_replies() {
        let queue = queue(2);
        assert!(push(&queue, &event()).is_ok() && push(&queue, &event()).is_ok());
        assert!(push(&queue, &event_called(PROGRESS_EVENT)).is_err());
        assert!(push(&queue, &event_called(CANCEL_EVENT)).is_ok());
        assert!(push(&queue, &event_called(CREDIT_EVENT)).is_ok());
        assert!(push(&queue, &event_called(CREDIT_EVENT)).is_err());
        assert!(queue.is_closing());
    }

    #[test]
    fn items_have_room_of_their_own_and_take_none_from_others() {
        let queue = queue(1);
        for _ in 0..10 {
            assert!(push(&queue, &event_called(ITEM_EVENT)).is_ok());
        }
        assert!(push(&queue, &event()).is_ok());
        assert!(push(&queue, &event()).is_err());
        queue.written(10);
        assert!(push(&queue, &event()).is_err());
        queue.written(1);
        assert!(push(&queue, &event()).is_ok());
        queue.lock().item_bytes = ITEM_BYTES;
        let refused = push(&queue, &event_called(ITEM_EVENT));
        assert!(matches!(refused, Err(ChannelError::Other(_))));
        assert!(!queue.is_closing());
    }

    #[test]
    fn a_message_over_the_bound_goes_into_an_empty_queue() {
        let queue = OutQueue::new(QueueLimits {
            bytes: 1,
            messages: 1,
        });
        assert!(push(&queue, &event()).is_ok());
        assert!(push(&queue, &event()).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_of_the_writer_leaves_time_to_receive() {
        let queue = queue(2);
        let broken = async { Err(io::ErrorKind::BrokenPipe.into()) };
        let start = tokio::time::Instant::now();
        let receiver = async {
            queue.until_flushed().await;
            assert!(queue.is_refusing() && !queue.is_closing());
        };
        let (whole, ()) = tokio::join!(queue.run(broken), receiver);
        assert!(!whole);
        assert_eq!(start.elapsed(), FLUSH_LIMIT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stuck_writer_is_given_up_some_time_after_closing() {
        let queue = queue(2);
        queue.close();
        let start = tokio::time::Instant::now();
        assert!(!queue.run(std::future::pending()).await);
        assert_eq!(start.elapsed(), FLUSH_LIMIT);
    }

    #[tokio::test]
    async fn a_stuck_writer_is_given_up_at_once_when_the_queue_overflows() {
        let queue = queue(1);
        let overflow = async {
            for _ in 0..3 {
                let _ = push(&queue, &reply());
            }
        };
        let (whole, ()) = tokio::join!(queue.run(std::future::pending()), overflow);
        assert!(!whole);
    }
}
