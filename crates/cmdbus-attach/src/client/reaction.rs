//! What the end of a socket, or of an attempt, means for the client (attach §3.11, §5).

use std::time::Duration;

use super::ClientError;
use crate::link::close;

/// Shortest and longest wait before the next attempt.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);
/// After so much health the waits begin anew.
const HEALTHY: Duration = Duration::from_secs(60);
/// Least wait when a quota is used up.
const QUOTA: Duration = Duration::from_secs(30);

/// How it goes on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reaction {
    /// Another attempt, not before so long.
    Again(Duration),
    /// Another attempt with another token, if there is one.
    OtherToken,
    /// It is over.
    Stop(ClientError),
}

/// Returns what a close of the other side means.
pub(super) fn of_close(code: u16, reason: &str) -> Reaction {
    let why = || reason.to_owned();
    match code {
        close::DONE => Reaction::Stop(ClientError::Closed(why())),
        close::HANDSHAKE => Reaction::Stop(ClientError::Protocol(why())),
        close::UNAUTHORIZED => Reaction::OtherToken,
        close::FORBIDDEN => Reaction::Stop(ClientError::Forbidden(why())),
        close::REPLACED => Reaction::Stop(ClientError::Replaced),
        close::DETACHED => Reaction::Stop(ClientError::Detached(why())),
        close::VERSION => Reaction::Stop(ClientError::Version(why())),
        close::QUOTA => Reaction::Again(QUOTA),
        close::RESTART | close::TRY_LATER => Reaction::Again(hint(reason)),
        _ => Reaction::Again(Duration::ZERO),
    }
}

/// Returns what an answer to the upgrade means, other than an upgrade. A gateway that has been there before comes back.
pub(super) fn of_status(status: u16, retry_after: Option<Duration>, was_there: bool) -> Reaction {
    match status {
        401 => Reaction::OtherToken,
        403 => Reaction::Stop(ClientError::Forbidden(
            "the gateway refuses the token or this host".to_owned(),
        )),
        400 | 404 | 405 | 426 if !was_there => Reaction::Stop(ClientError::NoGateway(status)),
        429 => Reaction::Again(retry_after.unwrap_or_default().max(QUOTA)),
        _ => Reaction::Again(retry_after.unwrap_or_default().min(LONGEST)),
    }
}

/// Returns the wait that a reason asks for by `retry_after_ms`.
fn hint(reason: &str) -> Duration {
    let Some((_, rest)) = reason.split_once("retry_after_ms") else {
        return Duration::ZERO;
    };
    let digits: String = rest
        .trim_start_matches(['"', ':', '=', ' '])
        .chars()
        .take_while(char::is_ascii_digit)
        .take(9)
        .collect();
    digits
        .parse()
        .map_or(Duration::ZERO, Duration::from_millis)
        .min(Duration::from_secs(600))
}

/// How long to wait between attempts: twice as long each time, anything from nothing to that (full jitter).
#[derive(Debug)]
pub(super) struct Backoff(Duration);

impl Backoff {
    pub(super) fn new() -> Self {
        Self(FIRST)
    }

    /// Returns the next wait, at least so long.
    pub(super) fn next(&mut self, least: Duration) -> Duration {
        let wait = self.0.mul_f64(random());
        self.0 = (self.0 * 2).min(LONGEST);
        // Those who were told the same time come back spread over it too.
        least + wait
    }

    /// Says that a connection has held for so long.
    pub(super) fn held(&mut self, time: Duration) {
        if time >= HEALTHY {
            *self = Self::new();
        }
    }
}

/// Returns a random number from 0 to 1.
fn random() -> f64 {
    let mut bytes = [0; 4];
    // Without random numbers everybody waits the full time.
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX),
        Err(_) => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_refusals_for_good_stop_a_client() {
        for code in [1000, 4400, 4403, 4409, 4410, 4426] {
            assert!(matches!(of_close(code, ""), Reaction::Stop(_)), "{code}");
        }
        assert_eq!(of_close(4401, ""), Reaction::OtherToken);
        for code in [1001, 1005, 1006, 1007, 1009, 1011, 1012, 1013, 4408, 4999] {
            assert_eq!(
                of_close(code, ""),
                Reaction::Again(Duration::ZERO),
                "{code}"
            );
        }
        assert_eq!(of_close(4429, ""), Reaction::Again(QUOTA));
    }

    #[test]
    fn a_hint_of_the_server_is_honoured() {
        let wait = |reason| of_close(1013, reason);
        let millis = |millis| Reaction::Again(Duration::from_millis(millis));
        assert_eq!(wait(r#"{"retry_after_ms":2500}"#), millis(2500));
        assert_eq!(wait("busy; retry_after_ms=40"), millis(40));
        assert_eq!(wait("retry_after_ms"), millis(0));
        assert_eq!(wait("retry_after_ms=999999999999"), millis(600_000));
    }

    #[test]
    fn an_address_that_is_no_gateway_is_told_at_once_but_one_that_was_comes_back() {
        assert!(matches!(of_status(404, None, false), Reaction::Stop(_)));
        assert_eq!(of_status(404, None, true), Reaction::Again(Duration::ZERO));
        let ten = Some(Duration::from_secs(10));
        assert_eq!(
            of_status(503, ten, false),
            Reaction::Again(Duration::from_secs(10))
        );
        assert_eq!(of_status(401, None, true), Reaction::OtherToken);
    }

    #[test]
    fn waits_grow_to_thirty_seconds_and_begin_anew_after_a_minute_of_health() {
        let mut backoff = Backoff::new();
        let mut longest = FIRST;
        for _ in 0..10 {
            assert!(backoff.next(Duration::ZERO) <= longest);
            longest = (longest * 2).min(LONGEST);
        }
        assert_eq!(backoff.0, LONGEST);
        assert!(backoff.next(QUOTA) >= QUOTA);
        backoff.held(Duration::from_secs(59));
        assert_eq!(backoff.0, LONGEST);
        backoff.held(Duration::from_secs(60));
        assert_eq!(backoff.0, FIRST);
    }
}
