//! Deadlines without a runtime: one helper thread per process, started when the first is set.
//!
//! The thread sleeps until the earliest deadline it knows and is woken only for an earlier one. Every
//! registry asks for one wake-up at a time, so the queue is as long as there are registries, give or
//! take outdated entries.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, PoisonError, Weak};
use std::time::Instant;

/// Something that wants to be told when its time has come.
pub(crate) trait Timed: Send + Sync {
    fn time_has_come(self: std::sync::Arc<Self>);
}

/// Calls `target` at `due`, not earlier, unless it is gone by then. Returns false if that cannot be
/// promised, because the system has no thread to give.
pub(crate) fn wake_at(due: Instant, target: Weak<dyn Timed>) -> bool {
    let mut queue = TIMER.queue.lock().unwrap_or_else(PoisonError::into_inner);
    let earliest = queue.heap.peek().is_none_or(|first| due < first.0.due);
    queue.serial += 1;
    let serial = queue.serial;
    queue.heap.push(Reverse(Alarm {
        due,
        serial,
        target,
    }));
    if !queue.running {
        queue.running = std::thread::Builder::new()
            .name("cmdbus-timer".to_owned())
            .spawn(run)
            .inspect_err(|error| tracing::error!(%error, "cannot start the timer thread"))
            .is_ok();
    } else if earliest {
        TIMER.earlier.notify_one();
    }
    queue.running
}

static TIMER: Timer = Timer {
    queue: Mutex::new(Queue {
        heap: BinaryHeap::new(),
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
    heap: BinaryHeap<Reverse<Alarm>>,
    serial: u64,
    running: bool,
}

struct Alarm {
    due: Instant,
    serial: u64,
    target: Weak<dyn Timed>,
}

impl Alarm {
    fn key(&self) -> (Instant, u64) {
        (self.due, self.serial)
    }
}

impl PartialEq for Alarm {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Alarm {}

impl PartialOrd for Alarm {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Alarm {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

fn run() {
    let mut queue = TIMER.queue.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let now = Instant::now();
        let Some(due) = queue.heap.peek().map(|first| first.0.due) else {
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
        let alarm = queue.heap.pop();
        drop(queue);
        if let Some(target) = alarm.and_then(|Reverse(alarm)| alarm.target.upgrade()) {
            // Wakers and channels are other people's code.
            if catch_unwind(AssertUnwindSafe(|| target.time_has_come())).is_err() {
                tracing::error!("a waker or channel panicked on the timer thread");
            }
        }
        queue = TIMER.queue.lock().unwrap_or_else(PoisonError::into_inner);
    }
}
