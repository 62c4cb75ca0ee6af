//! Deadlines without a runtime: one helper thread per process, started when the first is set.
//!
//! The thread sleeps until the earliest deadline it knows and is woken only for an earlier one. Every
//! registry has one wake-up at a time, so the queue is never longer than there are registries.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::Instant;

/// Something that wants to be told when its time has come.
pub(crate) trait Timed: Send + Sync {
    fn time_has_come(self: Arc<Self>);
}

/// A wake-up that has been asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Alarm {
    due: Instant,
    serial: u64,
}

impl Alarm {
    pub(crate) fn due(self) -> Instant {
        self.due
    }
}

/// Calls `target` at `due`, not earlier, unless it is gone by then, in place of an alarm it had. Returns `None`
/// if that cannot be promised, because the system has no thread to give.
pub(crate) fn wake_at(
    due: Instant,
    target: Weak<dyn Timed>,
    replaces: Option<Alarm>,
) -> Option<Alarm> {
    let mut queue = TIMER.queue.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(replaced) = replaces {
        queue.alarms.remove(&replaced);
    }
    let earliest = queue
        .alarms
        .first_key_value()
        .is_none_or(|(first, _)| due < first.due);
    if !queue.running {
        std::thread::Builder::new()
            .name("cmdbus-timer".to_owned())
            .spawn(run)
            .inspect_err(|error| tracing::error!(%error, "cannot start the timer thread"))
            .ok()?;
        queue.running = true;
    } else if earliest {
        TIMER.earlier.notify_one();
    }
    queue.serial += 1;
    let alarm = Alarm {
        due,
        serial: queue.serial,
    };
    queue.alarms.insert(alarm, target);
    Some(alarm)
}

/// Takes an alarm back.
pub(crate) fn forget(alarm: Alarm) {
    let mut queue = TIMER.queue.lock().unwrap_or_else(PoisonError::into_inner);
    queue.alarms.remove(&alarm);
}

static TIMER: Timer = Timer {
    queue: Mutex::new(Queue {
        alarms: BTreeMap::new(),
        serial: 0,
        running: false,
    }),
    earlier: Condvar::new(),
};

struct Timer {
    queue: Mutex<Queue>,
    earlier: Condvar,
}

struct Queue {
    alarms: BTreeMap<Alarm, Weak<dyn Timed>>,
    serial: u64,
    running: bool,
}

fn run() {
    let mut queue = TIMER.queue.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let now = Instant::now();
        let Some(due) = queue.alarms.first_key_value().map(|(first, _)| first.due) else {
            queue = TIMER
                .earlier
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        if due > now {
            queue = TIMER
                .earlier
                .wait_timeout(queue, due - now)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            continue;
        }
        let first = queue.alarms.pop_first();
        drop(queue);
        if let Some(target) = first.and_then(|(_, target)| target.upgrade()) {
            // Wakers and channels are other people's code.
            if catch_unwind(AssertUnwindSafe(|| target.time_has_come())).is_err() {
                tracing::error!("a waker or channel panicked on the timer thread");
            }
        }
        queue = TIMER.queue.lock().unwrap_or_else(PoisonError::into_inner);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Never;

    impl Timed for Never {
        fn time_has_come(self: Arc<Self>) {}
    }

    #[test]
    fn a_registry_has_one_alarm_however_often_it_is_set_anew() {
        let target: Arc<dyn Timed> = Arc::new(Never);
        let far = Instant::now() + Duration::from_secs(24 * 60 * 60);
        let mut alarm = None;
        for earlier in 0..1000 {
            let due = far - Duration::from_secs(earlier);
            alarm = wake_at(due, Arc::downgrade(&target), alarm);
            assert_eq!(alarm.map(Alarm::due), Some(due));
        }
        let queue = TIMER.queue.lock().unwrap();
        let own = queue.alarms.values();
        let own = own.filter(|other| other.ptr_eq(&Arc::downgrade(&target)));
        assert_eq!(own.count(), 1);
        drop(queue);
        alarm.into_iter().for_each(forget);
        let queue = TIMER.queue.lock().unwrap();
        let mut left = queue.alarms.values();
        assert!(!left.any(|other| other.ptr_eq(&Arc::downgrade(&target))));
    }
}
