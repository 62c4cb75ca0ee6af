//! What all requests share.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cmdbus_mcp::rpc::RpcError;
use rustc_hash::FxHashMap;
use tokio::sync::Notify;

use super::backend::Resolve;
use super::errors::Problem;
use super::exchange::{End, Exchange};
use super::session::Sessions;
use super::settings::Settings;
use super::tokens::Tokens;
use crate::auth::{Authority, Principal};

/// What became of things, for `status`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Sessions that are open.
    pub sessions: usize,
    /// Requests in progress.
    pub pending: usize,
    /// Answers of clients to requests that nobody made, or that are over.
    pub unknown_responses: u64,
    /// Notifications that no stream took in time.
    pub dropped_notifications: u64,
}

/// Counts that only grow.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) unknown_responses: AtomicU64,
    pub(super) dropped_notifications: AtomicU64,
}

impl Counts {
    pub(super) fn dropped(&self, count: u64) {
        self.dropped_notifications
            .fetch_add(count, Ordering::Relaxed);
    }
}

pub(super) struct Shared {
    pub(super) resolver: Arc<dyn Resolve>,
    pub(super) settings: Settings,
    pub(super) sessions: Sessions,
    pub(super) counts: Arc<Counts>,
    /// Every request in progress, of both eras.
    calls: Mutex<FxHashMap<u64, Arc<Exchange>>>,
    /// Tells that `calls` has become empty.
    idle: Notify,
    draining: AtomicBool,
    pub(super) tokens: Option<Tokens>,
}

/// Numbers are unique in the process, so that no two gateways in it share a progress token on one carrier.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// Returns a number that nobody else has.
pub(super) fn next_number() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Locks. What is guarded is whole at every point where somebody could panic.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(super) fn new(
        resolver: Arc<dyn Resolve>,
        settings: Settings,
        authority: Option<Arc<Authority>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            resolver,
            sessions: Sessions::default(),
            counts: Arc::default(),
            calls: Mutex::default(),
            idle: Notify::new(),
            draining: AtomicBool::new(false),
            tokens: authority.map(Tokens::new),
            settings,
        })
    }

    pub(super) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// Puts a request on the list of those in progress.
    pub(super) fn enter(self: &Arc<Self>, exchange: &Arc<Exchange>) -> Result<(), Problem> {
        let mut calls = lock(&self.calls);
        // Asked under the lock, so that `drain` sees every request that got past it.
        if self.is_draining() {
            return Err(Problem::draining());
        }
        if calls.len() >= self.settings.max_calls {
            return Err(Problem::overloaded(
                "too many requests are in progress; try again",
            ));
        }
        calls.insert(exchange.number(), Arc::clone(exchange));
        drop(calls);
        if let Some(tokens) = &self.tokens {
            tokens.watch(self, exchange.caller());
        }
        Ok(())
    }

    /// Takes a request off the list.
    pub(super) fn leave(&self, exchange: &Exchange) {
        let mut calls = lock(&self.calls);
        calls.remove(&exchange.number());
        if calls.is_empty() {
            self.idle.notify_waiters();
        }
    }

    pub(super) fn figures(&self) -> Figures {
        Figures {
            sessions: self.sessions.len(),
            pending: lock(&self.calls).len(),
            unknown_responses: self.counts.unknown_responses.load(Ordering::Relaxed),
            dropped_notifications: self.counts.dropped_notifications.load(Ordering::Relaxed),
        }
    }

    /// Takes no new requests, and ends what would not end by itself.
    pub(super) fn drain(&self) {
        self.draining.store(true, Ordering::Release);
        for exchange in self.calls() {
            exchange.end_if_listening();
        }
        for session in self.sessions.all() {
            session.end_stream();
        }
    }

    pub(super) async fn shut_down(&self, grace: std::time::Duration) {
        self.drain();
        let _ = tokio::time::timeout(grace, self.until_idle()).await;
        self.end_calls(|_| true);
        for session in self.sessions.all() {
            self.sessions.end(&session);
        }
        self.until_idle().await;
    }

    async fn until_idle(&self) {
        loop {
            let mut idle = std::pin::pin!(self.idle.notified());
            idle.as_mut().enable();
            if lock(&self.calls).is_empty() {
                return;
            }
            idle.await;
        }
    }

    /// Ends the sessions, streams and requests of somebody.
    pub(super) fn end_all_of(&self, principal: &Principal) {
        self.end_calls(|exchange| exchange.caller().is_same(principal));
        for session in self.sessions.all() {
            if session.caller().is_same(principal) {
                self.sessions.end(&session);
            }
        }
    }

    /// Returns whether somebody has a session or a request in progress.
    pub(super) fn is_in_use_by(&self, principal: &Principal) -> bool {
        let calls = self.calls();
        let mut callers = calls.iter().map(|exchange| exchange.caller());
        callers.any(|caller| caller.is_same(principal))
            || (self.sessions.all().iter()).any(|session| session.caller().is_same(principal))
    }

    /// Fails the requests that are chosen.
    pub(super) fn end_calls(&self, chosen: impl Fn(&Exchange) -> bool) {
        for exchange in self.calls() {
            if chosen(&exchange) {
                exchange.end(End::Lost);
            }
        }
    }

    fn calls(&self) -> Vec<Arc<Exchange>> {
        lock(&self.calls).values().cloned().collect()
    }
}

/// Returns the error of a request whose session or gateway has ended.
pub(super) fn lost() -> RpcError {
    RpcError::new(
        cmdbus_mcp::rpc::codes::CHANNEL_LOST,
        "the session has ended",
    )
}
