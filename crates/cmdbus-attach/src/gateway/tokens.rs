//! What somebody has going on ends with their token (attach §4.13).

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use rustc_hash::FxHashMap;

use super::shared::{Shared, lock};
use crate::auth::{Authority, Principal};

/// How often to look whether somebody has anything going on still. Until then their token is watched, which costs a look at a file
/// every second.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The tokens that are watched: those of everybody who has something going on.
pub(super) struct Tokens {
    authority: Arc<Authority>,
    watched: Mutex<FxHashMap<Box<str>, Principal>>,
}

impl Tokens {
    pub(super) fn new(authority: Arc<Authority>) -> Self {
        Self {
            authority,
            watched: Mutex::default(),
        }
    }

    /// Watches somebody's token, unless that is done already or it cannot end.
    pub(super) fn watch(&self, shared: &Arc<Shared>, principal: &Principal) {
        if !principal.is_named() {
            return;
        }
        let mut watched = lock(&self.watched);
        if let Some(known) = watched.get(principal.name())
            && !known.has_ended()
        {
            return;
        }
        watched.insert(principal.name().into(), principal.clone());
        let ended = self.authority.ended(principal);
        let watcher = Watcher {
            shared: Arc::downgrade(shared),
            principal: principal.clone(),
        };
        tokio::spawn(async move { watcher.run(ended).await });
    }
}

struct Watcher {
    shared: Weak<Shared>,
    principal: Principal,
}

impl Watcher {
    async fn run(self, ended: impl Future<Output = ()>) {
        let mut ended = std::pin::pin!(ended);
        loop {
            let is_over = tokio::select! {
                () = &mut ended => true,
                () = tokio::time::sleep(LOOK_EVERY) => false,
            };
            let Some(shared) = self.shared.upgrade() else {
                return;
            };
            let Some(tokens) = &shared.tokens else {
                return;
            };
            let mut watched = lock(&tokens.watched);
            // Looked at under the lock: whoever begins something now either is seen, or begins a watch of its own.
            if is_over || !shared.is_in_use_by(&self.principal) {
                if watched
                    .get(self.principal.name())
                    .is_some_and(|known| known.is_identical(&self.principal))
                {
                    watched.remove(self.principal.name());
                }
                drop(watched);
                if is_over {
                    shared.end_all_of(&self.principal);
                }
                return;
            }
        }
    }
}
