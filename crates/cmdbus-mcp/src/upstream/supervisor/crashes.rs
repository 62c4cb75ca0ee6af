//! When an upstream that ended is started again (attach §5, "Restart").

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);
/// Whoever lived so long begins again with the first pause.
const HEALTHY: Duration = Duration::from_secs(60);
/// So many ends within [`WINDOW`], and it has failed for [`FAILED`].
const TOO_MANY: usize = 5;
const WINDOW: Duration = Duration::from_secs(60);
const FAILED: Duration = Duration::from_secs(60);

/// The ends of one upstream.
#[derive(Debug, Default)]
pub(super) struct Crashes {
    recent: VecDeque<Instant>,
    in_a_row: u32,
    failed_until: Option<Instant>,
}

/// What to do after an end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Next {
    /// Start it again after a pause.
    Retry(Duration),
    /// Leave it alone for a while.
    Fail,
}

impl Crashes {
    /// Notes an end after a life of some length; zero for a start that failed. `chance` is between 0 and 1.
    pub(super) fn note(&mut self, now: Instant, lived: Duration, chance: f64) -> Next {
        if lived >= HEALTHY {
            self.in_a_row = 0;
        }
        while self
            .recent
            .front()
            .is_some_and(|old| now.duration_since(*old) >= WINDOW)
        {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
        if self.recent.len() >= TOO_MANY {
            self.fail(now);
            return Next::Fail;
        }
        let pause = FIRST
            .saturating_mul(1_u32 << self.in_a_row.min(16))
            .min(LONGEST);
        self.in_a_row += 1;
        Next::Retry(pause.mul_f64(0.8 + 0.4 * chance.clamp(0.0, 1.0)))
    }

    /// Lets it alone for a while.
    pub(super) fn fail(&mut self, now: Instant) {
        *self = Self {
            failed_until: Some(now + FAILED),
            ..Self::default()
        };
    }

    /// Returns until when it is left alone.
    pub(super) fn failed_until(&self, now: Instant) -> Option<Instant> {
        self.failed_until.filter(|until| now < *until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_the_fifth_end_in_a_minute_fails_for_a_minute() {
        let mut crashes = Crashes::default();
        let begun = Instant::now();
        let mut note = |second, lived| {
            let (now, lived) = (
                begun + Duration::from_secs(second),
                Duration::from_secs(lived),
            );
            crashes.note(now, lived, 0.5)
        };
        let half = Duration::from_millis(500);
        assert_eq!(note(0, 0), Next::Retry(half));
        assert_eq!(note(1, 0), Next::Retry(half * 2));
        assert_eq!(note(2, 0), Next::Retry(half * 4));
        assert_eq!(note(3, 0), Next::Retry(half * 8));
        assert_eq!(note(4, 0), Next::Fail);
        let at = |second| begun + Duration::from_secs(second);
        assert!(crashes.failed_until(at(63)).is_some());
        assert!(crashes.failed_until(at(64)).is_none());
    }

    #[test]
    fn the_pause_is_bounded_and_a_long_life_starts_it_again() {
        let mut crashes = Crashes::default();
        let begun = Instant::now();
        let mut pause = Next::Fail;
        for nth in 0..12 {
            pause = crashes.note(begun + Duration::from_secs(nth * 30), Duration::ZERO, 1.0);
        }
        assert_eq!(pause, Next::Retry(LONGEST.mul_f64(1.2)));
        let later = begun + Duration::from_secs(1000);
        assert_eq!(
            crashes.note(later, HEALTHY, 0.0),
            Next::Retry(FIRST.mul_f64(0.8))
        );
    }
}
