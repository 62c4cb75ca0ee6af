//! Spawns, from the request to the registration of the new process (protocol §8.5).
//!
//! The driver of the kind is asked first, and only what it would start counts against the rate (W33). Then the
//! token is stored, and after that commit the process is started: a broker that is killed in between finds a
//! token of which nothing was heard, and never starts the same twice. The prompt is not kept; it travels with
//! the effects.

use std::collections::VecDeque;
use std::time::Duration;

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::json;

use super::{Failure, Outcome};
use crate::core::{Core, Effect, Level, NowEffect, Refusal, Spawn, Timer};
use crate::ids::EndpointId;
use crate::store::{Millis, Op, SpawnRow};

/// Processes that were started and have not registered, and what led to them.
#[derive(Debug, Default)]
pub(super) struct Spawns {
    /// Keys of the requests whose driver is being asked.
    checking: FxHashSet<String>,
    /// When each token was issued; unknown if that was before this broker started.
    pending: FxHashMap<String, Option<Duration>>,
    /// When the latest processes were started.
    starts: VecDeque<Duration>,
}

impl Spawns {
    pub(super) fn pending_count(&self) -> usize {
        self.pending.len()
    }

    pub(super) fn is_pending(&self, token: &str) -> bool {
        self.pending.contains_key(token)
    }

    /// Counts a start, unless there were too many in the window.
    fn charge(&mut self, now: Duration, window: Duration, most: usize) -> bool {
        while self.starts.front().is_some_and(|&at| now >= at + window) {
            self.starts.pop_front();
        }
        let room = self.starts.len() < most;
        if room {
            self.starts.push_back(now);
        }
        room
    }

    /// Gives back what a start was charged that did not come about.
    fn give_back(&mut self, charged: Duration) {
        if let Some(at) = self.starts.iter().rposition(|&at| at == charged) {
            self.starts.remove(at);
        }
    }
}

impl Core {
    pub(super) fn spawn_requested(&mut self, key: &str, runtime_kind: String, prompt: String) {
        self.control.spawns.checking.insert(key.to_owned());
        self.out.now.push(NowEffect::CheckSpawn(Spawn {
            runtime_kind,
            prompt,
            token: key.to_owned(),
        }));
    }

    /// It is known whether a process could be started.
    pub(in crate::core) fn spawn_checked(&mut self, spawn: Spawn, result: Result<(), String>) {
        let key = spawn.token.clone();
        if !self.control.spawns.checking.remove(&key) {
            return;
        }
        if self.shutting_down {
            for req in self.control.running.remove(&key).unwrap_or_default() {
                self.refuse(req, Refusal::shutting_down());
            }
            return;
        }
        if let Err(reason) = result {
            self.fail(&key, failure(reason));
            return;
        }
        let (window, most) = (self.figures.spawn_window, self.figures.spawn_rate);
        let now = self.now.mono;
        if !self.control.spawns.charge(now, window, most) {
            self.fail(&key, failure("spawn_rate_limited".to_owned()));
            return;
        }
        self.log(
            Level::Info,
            format!("starting a runtime of kind `{}`", spawn.runtime_kind),
        );
        self.track(&key, &spawn.runtime_kind);
        self.effect(Effect::Start(spawn));
    }

    /// Stores a token and waits for its registration; anew, if it was waited for already.
    fn track(&mut self, token: &str, runtime_kind: &str) {
        let timeout = self.figures.spawn_correlation;
        let now = self.now.mono;
        self.control
            .spawns
            .pending
            .insert(token.to_owned(), Some(now));
        self.timers
            .set(Timer::Spawn(token.to_owned()), now + timeout);
        self.op(Op::SpawnPut(Box::new(SpawnRow {
            token: token.into(),
            deadline: self.now.wall + Self::millis(timeout),
            detail: json!({"runtime_kind": runtime_kind}).to_string().into(),
        })));
    }

    /// Waits for a token no more. Returns whether it was waited for.
    fn untrack(&mut self, token: &str) -> Option<Option<Duration>> {
        let issued = self.control.spawns.pending.remove(token)?;
        self.timers.clear(&Timer::Spawn(token.to_owned()));
        self.op(Op::SpawnDelete {
            token: token.into(),
        });
        Some(issued)
    }

    /// A process was started, or could not be.
    pub(in crate::core) fn spawned(&mut self, token: &str, result: Result<(), String>) {
        // It may have registered or ended before this came.
        if !self.control.spawns.is_pending(token) {
            return;
        }
        match result {
            Ok(()) => self.conclude(token, Outcome::received()),
            Err(reason) => {
                // Nothing was begun.
                let issued = self.untrack(token).flatten();
                if let Some(charged) = issued {
                    self.control.spawns.give_back(charged);
                }
                self.fail(token, failure(reason));
            }
        }
    }

    /// A spawned process has ended. One that ends well may have left another behind, which will register.
    pub(in crate::core) fn spawn_exited(&mut self, token: &str, code: Option<i32>) {
        let Some(code) = code.filter(|&code| code != 0) else {
            return;
        };
        if self.untrack(token).is_some() {
            self.conclude(token, Outcome::given_up(&format!("spawn_exited:{code}")));
        }
    }

    /// A spawned process has not registered in time.
    pub(in crate::core) fn spawn_due(&mut self, token: &str) {
        // The token stays, and the next broker waits for it.
        if self.shutting_down {
            return;
        }
        if self.untrack(token).is_some() {
            self.log(Level::Warn, "a spawned runtime has not registered in time");
            self.conclude(token, Outcome::given_up("spawn_correlation_timeout"));
        }
    }

    /// An endpoint was registered with a token, in this step.
    pub(in crate::core) fn spawn_registered(&mut self, token: &str, id: &EndpointId) {
        let late = self.control.outcomes.get(token);
        let late = late.is_some_and(Outcome::may_come_late);
        if self.untrack(token).is_some() {
            self.conclude(token, Outcome::applied(None));
        } else if late {
            self.log(
                Level::Info,
                format!("endpoint {id} was spawned and is late"),
            );
            self.conclude(token, Outcome::applied(Some("late")));
        } else {
            self.log(
                Level::Warn,
                format!("endpoint {id} gave a spawn token that nobody waits for"),
            );
        }
    }

    pub(super) fn restore_spawns(&mut self, rows: Vec<SpawnRow>) {
        for row in rows {
            let token = row.token.as_str();
            self.control.spawns.pending.insert(token.to_owned(), None);
            let left = self.spawn_time_left(row.deadline);
            let at = self.now.mono + left;
            self.timers.set(Timer::Spawn(token.to_owned()), at);
            // Whether it was started nobody can tell; whoever repeats the request must not start it again.
            if self.control.outcomes.get(token).is_none() {
                self.remember(token, Outcome::received());
            }
        }
    }

    /// Returns how long it is until a stored deadline, and no more than it was at first: the clock may have
    /// been set back.
    fn spawn_time_left(&self, deadline: Millis) -> Duration {
        let left = u64::try_from(deadline.saturating_sub(self.now.wall)).unwrap_or(0);
        Duration::from_millis(left).min(self.figures.spawn_correlation)
    }
}

/// Says whether a request that was refused can be repeated. A driver that is not available gives its own
/// reason, so what is final is told apart by the words of the protocol.
fn failure(detail: String) -> Failure {
    const FINAL: [&str; 4] = [
        "spawn_driver_registry_not_configured",
        "runtime_kind_unsupported",
        "prompt_rejected",
        "spawn_failed",
    ];
    Failure {
        transient: !FINAL.iter().any(|word| detail.starts_with(word)),
        detail,
    }
}
