//! What is over its time goes (protocol §4.4, §6.5), unless the clock cannot be trusted (§11.6).

use std::time::Duration;

use rustc_hash::FxHashSet;

use super::{Core, Found, Level, Now, Query, SweepLimits, Swept, Then, Timer};
use crate::store::{Due, Millis, Op, Place, ReceiptChange, ReceiptState, Seq, StoreError};

/// How far the wall clock may part from the monotonic one.
const JUMP: Millis = 60_000;
/// How many rows of a kind go at once.
const BATCH: usize = 512;

/// Compares the wall clock with the monotonic one.
#[derive(Debug, Default)]
pub(super) struct ClockWatch {
    /// What the wall clock showed at the beginning of the monotonic one.
    base: Option<Millis>,
    paused_until: Option<Duration>,
}

impl Core {
    /// Notices a jump of the wall clock. What is stored with a time then waits a while, so that a clock that
    /// is put right again has expired nothing.
    pub(super) fn watch_clock(&mut self, now: Now) {
        let base = now.wall - Self::millis(now.mono);
        let Some(before) = self.clock.base.replace(base) else {
            return;
        };
        // Measured against the last look: a clock that drifts slowly never jumps.
        if (base - before).abs() > JUMP {
            let pause = self.figures.clock_jump_pause;
            self.clock.paused_until = Some(now.mono + pause);
            self.log(
                Level::Warn,
                format!(
                    "the clock jumped by {} s; nothing expires for {} s",
                    (base - before) / 1000,
                    pause.as_secs()
                ),
            );
        }
    }

    pub(super) fn sweeps_paused(&self) -> bool {
        self.clock
            .paused_until
            .is_some_and(|until| self.now.mono < until)
    }

    pub(super) fn sweep_due(&mut self) {
        self.timers
            .set(Timer::Sweep, self.now.mono + self.figures.sweep);
        self.retry_queues();
        if self.sweeps_paused() {
            return;
        }
        let ttl = Self::millis(self.figures.reply_correlation_ttl);
        for old in self.received.sweep(self.now.wall - ttl) {
            self.op(Op::ReplyCorrelationDelete(old.to_string()));
        }
        self.sweep_seen();
        self.sweep_control();
        self.sweep_assignments();
        self.end_overdue();
        self.ask(
            Query::Due {
                now: self.now.wall,
                limit: BATCH,
            },
            Then::Due,
        );
        let before = |time: Duration| self.now.wall - Self::millis(time);
        let limits = SweepLimits {
            content_ended_before: before(self.figures.history_time),
            content_bytes: self.figures.history_bytes,
            receipts_ended_before: before(self.figures.receipts),
            receipts: self.figures.receipts_kept,
            keys_stored_before: before(self.figures.idempotency_keys),
            keys: self.figures.idempotency_keys_kept,
            tombstones_closed_before: before(self.figures.tombstones),
            tombstones: self.figures.tombstones_kept,
            limit: BATCH,
        };
        self.ask(Query::Sweep(limits), Then::Sweep);
    }

    /// Reads again the queues that could not be read when it was time.
    fn retry_queues(&mut self) {
        let low: Vec<_> = self
            .endpoints
            .live()
            .filter(|endpoint| !endpoint.queue.is_whole())
            .map(|endpoint| (endpoint.id().clone(), endpoint.closing.is_some()))
            .collect();
        for (id, closing) in low {
            self.load_queue(&id, closing);
        }
    }

    /// Ends the open records of the inbox that are over their time. The store goes by receipts, and does not
    /// name a message whose receipt ended with a claim that came to nothing.
    fn end_overdue(&mut self) {
        let overdue: Vec<Seq> = self
            .inbox
            .records()
            .filter(|record| record.row.assignment.is_none() && self.is_overdue(record))
            .map(|record| record.row.seq)
            .take(BATCH)
            .collect();
        for seq in &overdue {
            let change = ReceiptChange::new(ReceiptState::Expired, 0, self.now.wall);
            self.end_record(*seq, change);
        }
        if !overdue.is_empty() {
            self.log(Level::Info, format!("{} messages expired", overdue.len()));
        }
    }

    /// Ends what is over its time, unless it was pushed and may be with its receiver already, or is claimed.
    pub(super) fn due_found(&mut self, found: Result<Found, StoreError>) {
        let due = match found {
            Ok(Found::Due(due)) => due,
            Ok(_) => return,
            Err(error) => {
                self.log(
                    Level::Error,
                    format!("cannot look for expired messages: {error}"),
                );
                return;
            }
        };
        let more = due.len() >= BATCH;
        let mut expired = 0;
        for due in due {
            expired += usize::from(self.expire(&due));
        }
        if expired > 0 {
            self.log(Level::Info, format!("{expired} messages expired"));
            if more {
                self.ask(
                    Query::Due {
                        now: self.now.wall,
                        limit: BATCH,
                    },
                    Then::Due,
                );
            }
        }
    }

    fn expire(&mut self, due: &Due) -> bool {
        let mut change = ReceiptChange::new(ReceiptState::Expired, 0, self.now.wall);
        match &due.place {
            Place::Inbox(true) | Place::Elsewhere => false,
            Place::Inbox(false) => {
                let open = self
                    .inbox
                    .get(due.seq)
                    .is_some_and(|record| record.row.assignment.is_none());
                if open {
                    self.end_record(due.seq, change);
                }
                open
            }
            Place::Queue(id, pos) => {
                let Some(endpoint) = self.endpoints.get_mut(id) else {
                    return false;
                };
                if let Some(entry) = endpoint.queue.get(*pos) {
                    let waits = entry.flight.is_none() && entry.assignment.is_none();
                    if waits {
                        self.take_from_queue(id, *pos, change);
                        // The next may be small enough for what room there is on the stream.
                        self.pump(id);
                    }
                    return waits;
                }
                // Behind the window nothing was pushed, so the receipt is as it was stored. What has a record
                // beside its place in the queue is claimed.
                if self.inbox.get(due.seq).is_some()
                    || !endpoint.queue.remove_behind(*pos, due.size)
                {
                    return false;
                }
                change.hop = due.hop;
                self.op(Op::QueueRemove {
                    endpoint: id.clone(),
                    pos: *pos,
                });
                self.end_message(due.seq, change);
                self.receipt_moved(&due.id, ReceiptState::Expired);
                true
            }
        }
    }

    pub(super) fn sweep_found(&mut self, found: Result<Found, StoreError>) {
        let swept = match found {
            Ok(Found::Sweep(swept)) => swept,
            Ok(_) => return,
            Err(error) => {
                self.log(
                    Level::Error,
                    format!("cannot look for what may go: {error}"),
                );
                return;
            }
        };
        let Swept {
            content,
            receipts,
            keys,
            tombstones,
        } = swept;
        // The receipt of a message ends when its claim is accepted, but the message is there until the work
        // is done: it may have to be offered again (protocol §10.6), and may have got into a queue since.
        let queued: FxHashSet<Seq> = if content.is_empty() && receipts.is_empty() {
            FxHashSet::default()
        } else {
            let queues = self.endpoints.live().map(|endpoint| &endpoint.queue);
            queues
                .flat_map(|queue| queue.entries().map(|entry| entry.seq))
                .collect()
        };
        let waits = |seq: &Seq| self.inbox.get(*seq).is_some() || queued.contains(seq);
        let content: Vec<Seq> = content.into_iter().filter(|seq| !waits(seq)).collect();
        let receipts: Vec<Seq> = receipts.into_iter().filter(|seq| !waits(seq)).collect();
        for seq in content {
            self.op(Op::ContentDrop(seq));
        }
        for seq in keys {
            self.op(Op::KeyForget(seq));
        }
        for seq in receipts {
            self.op(Op::MessageDelete(seq));
        }
        for id in tombstones {
            // Mail for it may have come since the store was asked.
            if self.endpoints.tombstone(&id).is_none() || self.inbox.hinted(&id).next().is_some() {
                continue;
            }
            self.endpoints.forget(&id);
            self.forget_name(&id);
            self.op(Op::EndpointDelete(id));
        }
    }
}
