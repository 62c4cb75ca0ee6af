//! The sessions that attached servers hold for others, by name.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::lock;
use crate::gateway::SessionPort;

/// The sessions on one connection.
#[derive(Default)]
pub(super) struct Sessions {
    table: Mutex<HashMap<String, Entry>>,
    /// Woken when a session has been taken out.
    removals: Notify,
}

struct Entry {
    port: Arc<dyn SessionPort>,
    /// The binding of the attach id that it is under. `None`: the bus's own.
    binding: Option<u64>,
    /// Requests in progress in it.
    calls: usize,
    /// Ends with the last of them.
    ending: bool,
}

impl Sessions {
    /// Adds a session, of one binding of an attach id or of the bus itself.
    pub(super) fn add(&self, session: &str, port: Arc<dyn SessionPort>, binding: Option<u64>) {
        let entry = Entry {
            port,
            binding,
            calls: 0,
            ending: false,
        };
        lock(&self.table).insert(session.to_owned(), entry);
    }

    /// Takes a session out, and returns its port if it was there.
    pub(super) fn remove(&self, session: &str) -> Option<Arc<dyn SessionPort>> {
        let entry = lock(&self.table).remove(session)?;
        self.removals.notify_waiters();
        Some(entry.port)
    }

    /// Returns the port of a session.
    pub(super) fn get(&self, session: &str) -> Option<Arc<dyn SessionPort>> {
        Some(lock(&self.table).get(session)?.port.clone())
    }

    /// Waits until a session is no longer there.
    pub(super) async fn removed(&self, session: &str) {
        loop {
            let removal = self.removals.notified();
            tokio::pin!(removal);
            // Enabled before the look, so that a removal in between is not missed.
            removal.as_mut().enable();
            if !lock(&self.table).contains_key(session) {
                return;
            }
            removal.await;
        }
    }

    /// Counts a request in a session for as long as what it returns lives.
    pub(super) fn enter(self: &Arc<Self>, session: Option<&str>) -> InCall {
        let session = session.filter(|session| {
            let mut table = lock(&self.table);
            let entry = table.get_mut(*session);
            entry.map(|entry| entry.calls += 1).is_some()
        });
        InCall {
            sessions: self.clone(),
            session: session.map(str::to_owned),
        }
    }

    fn leave(&self, session: &str) {
        let over = {
            let mut table = lock(&self.table);
            let Some(entry) = table.get_mut(session) else {
                return;
            };
            entry.calls -= 1;
            entry.calls == 0 && entry.ending
        };
        if over {
            self.end(session, TAKEN_OVER);
        }
    }

    fn end(&self, session: &str, reason: &str) {
        if let Some(port) = self.remove(session) {
            port.gone(reason);
        }
    }

    /// Ends the sessions of a binding that another connection has taken over: those with requests in progress when these are done.
    pub(super) fn end_of(&self, binding: u64) {
        let idle: Vec<String> = {
            let mut table = lock(&self.table);
            let of_it = table
                .iter_mut()
                .filter(|(_, entry)| entry.binding == Some(binding));
            of_it
                .filter_map(|(session, entry)| {
                    entry.ending = true;
                    (entry.calls == 0).then(|| session.clone())
                })
                .collect()
        };
        for session in idle {
            self.end(&session, TAKEN_OVER);
        }
    }

    /// Ends all of them.
    pub(super) fn end_all(&self, reason: &str) {
        let all = std::mem::take(&mut *lock(&self.table));
        self.removals.notify_waiters();
        for entry in all.into_values() {
            entry.port.gone(reason);
        }
    }
}

const TAKEN_OVER: &str = "another client has taken the attach id over";

/// One request in progress.
pub(super) struct InCall {
    sessions: Arc<Sessions>,
    session: Option<String>,
}

impl Drop for InCall {
    fn drop(&mut self) {
        if let Some(session) = &self.session {
            self.sessions.leave(session);
        }
    }
}
