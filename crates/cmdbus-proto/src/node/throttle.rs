//! Reports of progress, thinned out: a peer is told the latest, not every one.

use std::time::{Duration, Instant};

use super::timers::TimerId;
use crate::extension::Report;

/// Least time between two reports of one call: 20 in a second.
pub(super) const REPORT_INTERVAL: Duration = Duration::from_millis(50);

/// The reports of one call on their way through, or out of, this registry.
#[derive(Debug)]
pub(super) struct Throttle {
    interval: Duration,
    /// The latest one seen.
    latest: Option<(u64, f64)>,
    sent_at: Option<Instant>,
    /// The latest one that has not been sent, and the timer that will send it.
    pending: Option<(Report, TimerId)>,
}

/// What is to be done with a report.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It is sent now.
    Send(Report),
    /// It waits for the time given, unless a newer one replaces it.
    Wait(Report, Instant),
    /// It took the place of one that waits.
    Replaced,
    /// It goes backwards.
    Refused,
}

impl Throttle {
    pub(super) fn new(interval: Duration) -> Self {
        Self {
            interval,
            latest: None,
            sent_at: None,
            pending: None,
        }
    }

    /// Returns the number that the next report of an own handler gets.
    pub(super) fn next_seq(&self) -> u64 {
        self.latest.map_or(0, |(seq, _)| seq + 1)
    }

    pub(super) fn offer(&mut self, report: Report, now: Instant) -> Verdict {
        let backwards =
            |(seq, progress): (u64, f64)| report.seq <= seq || report.progress.progress < progress;
        if self.latest.is_some_and(backwards) {
            return Verdict::Refused;
        }
        self.latest = Some((report.seq, report.progress.progress));
        if let Some((pending, _)) = &mut self.pending {
            *pending = report;
            return Verdict::Replaced;
        }
        let free_at = self
            .sent_at
            .and_then(|sent| sent.checked_add(self.interval));
        match free_at.filter(|free_at| *free_at > now) {
            Some(free_at) => Verdict::Wait(report, free_at),
            None => {
                self.sent_at = Some(now);
                Verdict::Send(report)
            }
        }
    }

    /// Keeps a report for later.
    pub(super) fn hold(&mut self, report: Report, timer: TimerId) {
        self.pending = Some((report, timer));
    }

    /// Takes the report that waits, because its time has come.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Report> {
        self.sent_at = Some(now);
        self.take()
    }

    /// Takes the report that waits, because it is the last one.
    pub(super) fn take(&mut self) -> Option<Report> {
        self.pending.take().map(|(report, _)| report)
    }

    /// Returns the timer of the report that waits.
    pub(super) fn timer(&self) -> Option<TimerId> {
        self.pending.as_ref().map(|(_, timer)| *timer)
    }
}
