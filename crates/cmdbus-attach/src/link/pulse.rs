//! When to ping, and when the other side is dead (attach §3.11).

use std::time::Duration;

use tokio::time::Instant;

/// Why the other side is taken for dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dead {
    /// Not a byte came.
    Silent,
    /// Bytes are to be written, and not one goes.
    Stalled,
}

impl Dead {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Silent => "nothing was heard for too long",
            Self::Stalled => "nothing could be written for too long",
        }
    }
}

/// Follows the bytes of a socket.
#[derive(Debug)]
pub(super) struct Pulse {
    interval: Duration,
    dead_after: Duration,
    read: u64,
    written: u64,
    heard: Instant,
    said: Instant,
    pinged: Instant,
    /// Since when bytes wait to be written and none goes.
    stuck: Option<Instant>,
}

impl Pulse {
    pub(super) fn new(interval: Duration, dead_after: Duration, now: Instant) -> Self {
        Self {
            interval,
            dead_after,
            read: 0,
            written: 0,
            heard: now,
            said: now,
            pinged: now,
            stuck: None,
        }
    }

    /// So many bytes have come and gone in all. `pending`: more are to be written.
    pub(super) fn moved(&mut self, read: u64, written: u64, pending: bool, now: Instant) {
        if read != self.read {
            (self.read, self.heard) = (read, now);
        }
        let progress = written != self.written;
        if progress {
            (self.written, self.said) = (written, now);
        }
        if !pending {
            self.stuck = None;
        } else if progress || self.stuck.is_none() {
            self.stuck = Some(now);
        }
    }

    /// Returns whether the other side is dead.
    pub(super) fn dead(&self, now: Instant) -> Option<Dead> {
        if now >= self.heard + self.dead_after {
            Some(Dead::Silent)
        } else if self
            .stuck
            .is_some_and(|since| now >= since + self.dead_after)
        {
            Some(Dead::Stalled)
        } else {
            None
        }
    }

    /// Returns whether to ping: one direction was idle for an interval.
    pub(super) fn ping_due(&self, now: Instant) -> bool {
        now >= self.next_ping()
    }

    /// A ping goes.
    pub(super) fn pinged(&mut self, now: Instant) {
        self.pinged = now;
    }

    fn next_ping(&self) -> Instant {
        self.heard.min(self.said).max(self.pinged) + self.interval
    }

    /// Returns when to look again.
    pub(super) fn next(&self) -> Instant {
        let dead = self.heard.min(self.stuck.unwrap_or(self.heard)) + self.dead_after;
        dead.min(self.next_ping())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn pulse(now: Instant) -> Pulse {
        Pulse::new(20 * SECOND, 50 * SECOND, now)
    }

    #[test]
    fn a_ping_is_due_after_an_interval_in_which_one_direction_was_idle() {
        let start = Instant::now();
        let mut pulse = pulse(start);
        assert_eq!(pulse.next(), start + 20 * SECOND);
        pulse.moved(10, 10, false, start + 5 * SECOND);
        assert!(!pulse.ping_due(start + 20 * SECOND));
        pulse.moved(20, 10, false, start + 10 * SECOND);
        assert!(pulse.ping_due(start + 25 * SECOND));
        pulse.pinged(start + 25 * SECOND);
        assert!(!pulse.ping_due(start + 44 * SECOND));
        assert!(pulse.ping_due(start + 45 * SECOND));
    }

    #[test]
    fn w12_silence_of_two_and_a_half_intervals_is_death() {
        let start = Instant::now();
        let mut pulse = pulse(start);
        pulse.moved(1, 0, false, start + SECOND);
        assert_eq!(pulse.dead(start + 50 * SECOND), None);
        assert_eq!(pulse.dead(start + 51 * SECOND), Some(Dead::Silent));
    }

    #[test]
    fn a_peer_that_talks_and_never_reads_is_dead_and_one_that_reads_slowly_is_not() {
        let start = Instant::now();
        let mut pulse = pulse(start);
        for second in 0..50 {
            pulse.moved(u64::from(second), 0, true, start + second * SECOND);
            assert_eq!(pulse.dead(start + second * SECOND), None);
        }
        assert_eq!(pulse.dead(start + 50 * SECOND), Some(Dead::Stalled));
        pulse.moved(60, 1, true, start + 50 * SECOND);
        assert_eq!(pulse.dead(start + 99 * SECOND), None);
        assert_eq!(pulse.next(), start + 70 * SECOND);
    }
}
