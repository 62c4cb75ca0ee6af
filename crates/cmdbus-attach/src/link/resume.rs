//! Counts frames both ways and keeps what the other side has not acknowledged (attach §3.2, §3.12).

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::Settings;
use super::outgoing::Outgoing;

/// So many frames without an `ack` are one due.
const ACK_FRAMES: u64 = 64;
/// So long without an `ack` is one due.
const ACK_AFTER: Duration = Duration::from_secs(1);

/// An attachment cannot be taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResumeError {
    /// The other side has more than was sent, or less than it acknowledged: close 4408.
    #[error("the count of frames is impossible; attach anew")]
    Impossible,
    /// What the other side lacks is not kept any more: `resumed: false`.
    #[error("frames are missing that are not kept any more; attach anew")]
    Exhausted,
    /// The attachment has ended: `resumed: false`.
    #[error("the attachment has ended; attach anew")]
    Ended,
    /// A socket carries it still. See [`super::Link::vacate`].
    #[error("a socket carries the attachment still; end that one first")]
    Running,
}

/// A count that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Impossible;

/// Both counts, and the frames to send again.
#[derive(Debug)]
pub(super) struct Counts {
    kept_bytes: usize,
    max_bytes: usize,
    max_frames: usize,
    ack_bytes: usize,
    keeps: bool,
    sent: u64,
    acknowledged: u64,
    kept: VecDeque<Outgoing>,
    /// How many of `kept` are longer than all of it may be.
    long: usize,
    received: u64,
    reported: u64,
    unreported_bytes: usize,
    unreported_since: Option<Instant>,
}

impl Counts {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            kept_bytes: 0,
            max_bytes: settings.resume_bytes,
            max_frames: settings.resume_frames,
            // Well before a sender of long frames has to forget them.
            ack_bytes: settings.resume_bytes / 4,
            keeps: settings.resume,
            sent: 0,
            acknowledged: 0,
            kept: VecDeque::new(),
            long: 0,
            received: 0,
            reported: 0,
            unreported_bytes: 0,
            unreported_since: None,
        }
    }

    /// Counts a frame that goes, and keeps it.
    pub(super) fn sent(&mut self, frame: Outgoing) {
        if !frame.counts() {
            return;
        }
        self.sent += 1;
        if !self.keeps {
            return;
        }
        if frame.len() > self.max_bytes {
            self.long += 1;
        } else {
            self.kept_bytes += frame.len();
        }
        self.kept.push_back(frame);
        while self.is_over() {
            self.forget_oldest();
        }
    }

    fn is_over(&self) -> bool {
        self.kept_bytes > self.max_bytes || self.kept.len() > self.max_frames || self.long > 1
    }

    fn forget_oldest(&mut self) {
        let Some(frame) = self.kept.pop_front() else {
            return;
        };
        if frame.len() > self.max_bytes {
            self.long -= 1;
        } else {
            self.kept_bytes -= frame.len();
        }
    }

    /// Number of the last frame that is not kept any more.
    fn forgotten(&self) -> u64 {
        self.sent - self.kept.len() as u64
    }

    /// The other side has so many frames.
    pub(super) fn acknowledged(&mut self, upto: u64) -> Result<(), Impossible> {
        if upto > self.sent || upto < self.acknowledged {
            return Err(Impossible);
        }
        self.acknowledged = upto;
        while !self.kept.is_empty() && self.forgotten() < upto {
            self.forget_oldest();
        }
        Ok(())
    }

    /// Returns the frames above `have`, oldest first. They count again when they are sent again.
    pub(super) fn resend_after(&mut self, have: u64) -> Result<Vec<Outgoing>, ResumeError> {
        self.acknowledged(have)
            .map_err(|Impossible| ResumeError::Impossible)?;
        if self.forgotten() > have {
            return Err(ResumeError::Exhausted);
        }
        self.sent = have;
        self.kept_bytes = 0;
        self.long = 0;
        Ok(std::mem::take(&mut self.kept).into())
    }

    /// Counts a frame that came.
    pub(super) fn received(&mut self, bytes: usize, now: Instant) {
        self.received += 1;
        self.unreported_bytes += bytes;
        self.unreported_since.get_or_insert(now);
    }

    /// Returns how many frames have come.
    pub(super) fn have(&self) -> u64 {
        self.received
    }

    /// Returns when an `ack` is due, `None` if there is nothing to acknowledge.
    pub(super) fn ack_due(&self) -> Option<Instant> {
        if !self.keeps {
            return None;
        }
        let since = self.unreported_since?;
        let many = self.received - self.reported >= ACK_FRAMES;
        let much = self.unreported_bytes >= self.ack_bytes;
        Some(if many || much {
            since
        } else {
            since + ACK_AFTER
        })
    }

    /// Returns what to acknowledge, if it is time.
    pub(super) fn take_ack(&mut self, now: Instant) -> Option<u64> {
        if self.ack_due()? > now {
            return None;
        }
        self.all_reported();
        Some(self.received)
    }

    /// The other side has been told how many frames have come.
    pub(super) fn all_reported(&mut self) {
        self.reported = self.received;
        self.unreported_bytes = 0;
        self.unreported_since = None;
    }

    /// Returns how many frames are kept.
    pub(super) fn kept(&self) -> usize {
        self.kept.len()
    }

    /// Returns how many frames have gone.
    pub(super) fn gone(&self) -> u64 {
        self.sent
    }

    /// Lets go of everything kept.
    pub(super) fn forget(&mut self) {
        self.kept = VecDeque::new();
        self.kept_bytes = 0;
        self.long = 0;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::link::outgoing::Outgoing;

    fn frame(len: usize) -> Outgoing {
        Outgoing::bus("x".repeat(len))
    }

    fn counts(bytes: usize, frames: usize) -> Counts {
        Counts::new(&Settings {
            resume_bytes: bytes,
            resume_frames: frames,
            ..Settings::default()
        })
    }

    #[test]
    fn frames_above_what_the_other_side_has_are_sent_again_in_order() {
        let mut counts = counts(100, 10);
        for len in 1..=5 {
            counts.sent(frame(len));
        }
        counts.acknowledged(1).unwrap();
        let again = counts.resend_after(3).unwrap();
        assert_eq!(again.iter().map(Outgoing::len).collect::<Vec<_>>(), [4, 5]);
        assert_eq!(counts.gone(), 3);
        for frame in again {
            counts.sent(frame);
        }
        assert_eq!(counts.gone(), 5);
        assert_eq!(counts.resend_after(5).unwrap().len(), 0);
    }

    #[test]
    fn a_count_above_what_was_sent_or_below_what_was_acknowledged_is_impossible() {
        let mut counts = counts(100, 10);
        counts.sent(frame(1));
        counts.sent(frame(1));
        assert_eq!(counts.acknowledged(3), Err(Impossible));
        counts.acknowledged(2).unwrap();
        counts.acknowledged(2).unwrap();
        assert_eq!(counts.acknowledged(1), Err(Impossible));
        assert_eq!(counts.resend_after(1).unwrap_err(), ResumeError::Impossible);
        assert_eq!(counts.resend_after(3).unwrap_err(), ResumeError::Impossible);
    }

    #[test]
    fn the_buffer_is_full_at_its_number_of_frames_and_at_its_bytes() {
        for (mut counts, len) in [(counts(1000, 3), 1), (counts(30, 100), 10)] {
            for _ in 0..3 {
                counts.sent(frame(len));
            }
            assert_eq!(counts.kept(), 3);
            counts.sent(frame(len));
            assert_eq!(counts.kept(), 3);
            assert_eq!(counts.resend_after(0).unwrap_err(), ResumeError::Exhausted);
            assert_eq!(counts.resend_after(1).unwrap().len(), 3);
        }
    }

    #[test]
    fn an_acknowledgement_makes_an_exhausted_buffer_good_again() {
        let mut counts = counts(1000, 2);
        for _ in 0..4 {
            counts.sent(frame(1));
        }
        counts.acknowledged(3).unwrap();
        assert_eq!(counts.resend_after(3).unwrap().len(), 1);
    }

    #[test]
    fn one_frame_longer_than_the_buffer_is_kept_and_not_two() {
        let mut counts = counts(10, 100);
        counts.sent(frame(1));
        counts.sent(frame(50));
        assert_eq!(counts.kept(), 2);
        counts.sent(frame(60));
        assert_eq!(counts.kept(), 1);
        assert_eq!(counts.resend_after(2).unwrap()[0].len(), 60);
    }

    #[test]
    fn an_ack_is_due_after_64_frames_or_a_second_or_many_bytes() {
        let start = Instant::now();
        let mut counts = counts(1000, 100);
        assert_eq!(counts.ack_due(), None);
        counts.received(1, start);
        assert_eq!(counts.take_ack(start), None);
        assert_eq!(counts.ack_due(), Some(start + ACK_AFTER));
        assert_eq!(counts.take_ack(start + ACK_AFTER), Some(1));
        assert_eq!(counts.ack_due(), None);
        for _ in 0..64 {
            assert_eq!(counts.take_ack(start), None);
            counts.received(1, start);
        }
        assert_eq!(counts.take_ack(start), Some(65));
        counts.received(250, start);
        assert_eq!(counts.take_ack(start), Some(66));
    }

    #[test]
    fn without_the_feature_nothing_is_kept_or_acknowledged() {
        let mut counts = Counts::new(&Settings {
            resume: false,
            ..Settings::default()
        });
        counts.sent(frame(1));
        counts.received(1, Instant::now());
        assert_eq!((counts.kept(), counts.gone(), counts.have()), (0, 1, 1));
        assert_eq!(counts.ack_due(), None);
        assert_eq!(counts.resend_after(0).unwrap_err(), ResumeError::Exhausted);
    }
}
