//! All sessions.

use std::sync::{Arc, Mutex};

use rustc_hash::FxHashMap;
use tokio::sync::Notify;
use tokio::time::sleep_until;

use super::super::backend::Route;
use super::super::errors::Problem;
use super::super::routes::Place;
use super::super::shared::{Shared, lock};
use super::Session;
use crate::auth::Principal;

/// All sessions, by their ids.
#[derive(Default)]
pub(in crate::gateway) struct Sessions {
    table: Mutex<Table>,
    /// Tells the sweeper that something may be due sooner than it thinks.
    sooner: Notify,
}

#[derive(Default)]
struct Table {
    by_id: FxHashMap<String, Arc<Session>>,
    /// How many there are, or are about to be, under one attach id or of one principal.
    counts: FxHashMap<Account, usize>,
    is_swept: bool,
}

/// What sessions are counted by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Account {
    AttachId(String),
    Principal(String),
}

impl Account {
    fn of(route: &Route, caller: &Principal) -> Self {
        match route {
            Route::OneId(id) | Route::Server(id, _) => Self::AttachId(id.clone()),
            Route::Everything => Self::Principal(caller.name().to_owned()),
        }
    }
}

impl Table {
    fn free(&mut self, account: &Account) {
        if let Some(count) = self.counts.get_mut(account) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(account);
            }
        }
    }
}

/// The place of a session that is being opened. Dropped, the place is free again.
pub(in crate::gateway) struct Reserved<'a> {
    sessions: &'a Sessions,
    account: Option<Account>,
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        if let Some(account) = &self.account {
            lock(&self.sessions.table).free(account);
        }
    }
}

impl Reserved<'_> {
    /// Puts the session in its place. `false` if it has ended meanwhile.
    pub(in crate::gateway) fn fill(mut self, shared: &Arc<Shared>, session: &Arc<Session>) -> bool {
        let mut table = lock(&self.sessions.table);
        if lock(&session.state).ended {
            drop(table);
            return false;
        }
        self.account = None;
        table
            .by_id
            .insert(session.id().to_owned(), Arc::clone(session));
        let begins = !std::mem::replace(&mut table.is_swept, true);
        drop(table);
        if begins {
            tokio::spawn(sweep(Arc::downgrade(shared)));
        }
        true
    }
}

impl Sessions {
    pub(in crate::gateway) fn len(&self) -> usize {
        lock(&self.table).by_id.len()
    }

    pub(in crate::gateway) fn all(&self) -> Vec<Arc<Session>> {
        lock(&self.table).by_id.values().cloned().collect()
    }

    /// Keeps a place for a new session.
    pub(in crate::gateway) fn reserve(
        &self,
        place: &Place,
        most: usize,
    ) -> Result<Reserved<'_>, Problem> {
        let account = Account::of(&place.route, &place.caller);
        let mut table = lock(&self.table);
        let count = table.counts.get(&account).copied().unwrap_or_default();
        if count >= most {
            return Err(Problem::overloaded(format!(
                "there are {most} sessions already; end one"
            )));
        }
        table.counts.insert(account.clone(), count + 1);
        Ok(Reserved {
            sessions: self,
            account: Some(account),
        })
    }

    /// Returns a session, if it is the caller's and its server is still the same.
    pub(in crate::gateway) fn find(&self, place: &Place, id: &str) -> Option<Arc<Session>> {
        let session = self.find_open(place, id)?;
        (session.epoch == place.backend.epoch()).then_some(session)
    }

    /// Returns a session, if it is the caller's, for what belongs to its requests in progress: when its server is another one now,
    /// they are carried to their ends, and the session ends after them.
    pub(in crate::gateway) fn find_open(&self, place: &Place, id: &str) -> Option<Arc<Session>> {
        let session = lock(&self.table).by_id.get(id).cloned()?;
        if !session.belongs_to(place) {
            return None;
        }
        if session.epoch != place.backend.epoch() && session.is_idle() {
            self.end(&session);
            return None;
        }
        Some(session)
    }

    /// Ends a session, here and, in the background, at its server.
    pub(in crate::gateway) fn end(&self, session: &Arc<Session>) {
        if self.take(session) {
            tokio::spawn(session.backend.close(session.id()));
        }
    }

    /// Ends a session whose server has let go of it.
    pub(in crate::gateway) fn forget(&self, session: &Arc<Session>) {
        self.take(session);
    }

    /// Takes a session out and ends what is going on in it. `false` if somebody else has.
    fn take(&self, session: &Arc<Session>) -> bool {
        let mut table = lock(&self.table);
        if table.by_id.remove(session.id()).is_some() {
            let account = Account::of(&session.route, &session.caller);
            table.free(&account);
        }
        drop(table);
        session.close()
    }

    /// Has the sweeper look again.
    pub(in crate::gateway) fn plan_again(&self) {
        self.sooner.notify_one();
    }
}

/// Ends sessions that nobody uses, and lets go of what they keep. It sleeps until something is due, and ends with the last session,
/// so that an idle process is not woken.
async fn sweep(shared: std::sync::Weak<Shared>) {
    while let Some(shared) = shared.upgrade() {
        for session in shared.sessions.all() {
            if session.sweep(&shared) {
                shared.sessions.end(&session);
            }
        }
        let next = {
            let mut table = lock(&shared.sessions.table);
            let next = table
                .by_id
                .values()
                .map(|session| session.next_sweep(&shared))
                .min();
            table.is_swept = next.is_some();
            next
        };
        let Some(next) = next else {
            return;
        };
        tokio::select! {
            () = sleep_until(next) => {}
            () = shared.sessions.sooner.notified() => {}
        }
    }
}
