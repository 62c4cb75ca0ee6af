//! What is to happen at which time.

use std::collections::BTreeSet;
use std::time::Duration;

use rustc_hash::FxHashMap;

use super::request::{ReqId, StreamId};
use crate::ids::{AssignmentId, EndpointId};

/// What a timer is for. Each has at most one time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Timer {
    /// An endpoint without a stream has used up its time to come back.
    Grace(EndpointId),
    /// The process of such an endpoint is looked at again.
    Probe(EndpointId),
    /// A carried endpoint has found no registration.
    Carried(EndpointId),
    /// Nobody has registered on a stream that replaced another one.
    Unclaimed(StreamId),
    /// The first Ping of a stream is repeated, or given up.
    Gate(StreamId),
    /// A stream is pinged.
    Ping(StreamId),
    /// A Pong is missing.
    Pong(StreamId),
    /// Receipts of a stream are missing.
    Receipts(StreamId),
    /// Somebody has waited long enough for a receipt.
    Watch(ReqId),
    /// Somebody has waited long enough for staged messages.
    Staged(ReqId),
    /// A claim was not accepted in time, or its endpoint has not come back in time.
    Assignment(AssignmentId),
    /// Messages are claimed ahead of time.
    Mailroom,
    /// A spawned process has not registered in time.
    Spawn(String),
    /// The network has been away for too long.
    Presence,
    /// The network is tried again after somebody else took our identity.
    Reconnect,
    /// The authority is told that an endpoint exists.
    Heartbeat(EndpointId),
    /// A lane of the outbox is tried again.
    Outbox(String),
    /// What is over its time is looked for.
    Sweep,
}

/// Times, earliest first.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    times: FxHashMap<Timer, Duration>,
    order: BTreeSet<(Duration, Timer)>,
    /// What the driver was last asked for.
    wake: Option<Duration>,
}

impl Timers {
    /// Sets the time of a timer, in place of one it had.
    pub(crate) fn set(&mut self, timer: Timer, at: Duration) {
        self.clear(&timer);
        self.order.insert((at, timer.clone()));
        self.times.insert(timer, at);
    }

    /// Sets the time of a timer, unless it has an earlier one.
    pub(crate) fn set_earlier(&mut self, timer: Timer, at: Duration) {
        if self.times.get(&timer).is_none_or(|&has| at < has) {
            self.set(timer, at);
        }
    }

    pub(crate) fn clear(&mut self, timer: &Timer) {
        if let Some((timer, at)) = self.times.remove_entry(timer) {
            self.order.remove(&(at, timer));
        }
    }

    pub(crate) fn is_set(&self, timer: &Timer) -> bool {
        self.times.contains_key(timer)
    }

    /// Takes the earliest timer whose time has come.
    pub(crate) fn due(&mut self, now: Duration) -> Option<Timer> {
        let (at, _) = self.order.first()?;
        if *at > now {
            return None;
        }
        let (_, timer) = self.order.pop_first()?;
        self.times.remove(&timer);
        Some(timer)
    }

    /// Returns when the driver is to come back, if it has to be told.
    pub(crate) fn wake(&mut self) -> Option<Option<Duration>> {
        let earliest = self.order.first().map(|(at, _)| *at);
        if earliest == self.wake {
            return None;
        }
        self.wake = earliest;
        Some(earliest)
    }

    /// Forgets what the driver was asked for, because that time has come.
    pub(crate) fn woken(&mut self) {
        self.wake = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn the_driver_is_told_only_of_a_new_earliest_time() {
        let mut timers = Timers::default();
        timers.set(Timer::Sweep, 5 * S);
        assert_eq!(timers.wake(), Some(Some(5 * S)));
        timers.set(Timer::Mailroom, 9 * S);
        assert_eq!(timers.wake(), None);
        timers.clear(&Timer::Sweep);
        assert_eq!(timers.wake(), Some(Some(9 * S)));
        assert_eq!(timers.due(8 * S), None);
        timers.woken();
        assert_eq!(timers.due(9 * S), Some(Timer::Mailroom));
        assert_eq!(timers.wake(), None);
    }

    #[test]
    fn a_timer_has_one_time() {
        let mut timers = Timers::default();
        timers.set(Timer::Sweep, 5 * S);
        timers.set_earlier(Timer::Sweep, 7 * S);
        assert_eq!(timers.due(4 * S), None);
        timers.set(Timer::Sweep, 7 * S);
        assert_eq!(timers.due(6 * S), None);
        assert_eq!(timers.due(7 * S), Some(Timer::Sweep));
        assert_eq!(timers.due(7 * S), None);
    }
}
