//! What all sessions of one process share, and what several processes do through a file.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{env, process};

use rmcp::task_manager::TaskManager;
use rmcp::{Peer, RoleServer};
use tokio::sync::broadcast;

use crate::Options;

/// Names a file in which processes of one test write what happened, so that one can tell of all.
const STATE_FILE: &str = "FIXTURE_STATE";

/// Something listeners are told of.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Change {
    Tools,
    Prompts,
    Resource(String),
}

pub(crate) struct State {
    pub(crate) options: Options,
    pub(crate) transport: &'static str,
    pub(crate) tasks: TaskManager,
    /// A tool, and a prompt, that come and go.
    pub(crate) extra_tool: AtomicBool,
    pub(crate) extra_prompt: AtomicBool,
    file: Option<PathBuf>,
    waiting: AtomicUsize,
    cancelled: AtomicUsize,
    /// To listeners of the modern era.
    changes: broadcast::Sender<Change>,
    /// Sessions of the legacy era, which are told by a notification.
    sessions: Mutex<Vec<Peer<RoleServer>>>,
    subscribed: Mutex<HashSet<String>>,
}

impl State {
    pub(crate) fn new(options: Options, transport: &'static str) -> Arc<Self> {
        let state = Self {
            options,
            transport,
            tasks: TaskManager::new(),
            extra_tool: AtomicBool::new(false),
            extra_prompt: AtomicBool::new(false),
            file: env::var_os(STATE_FILE).map(PathBuf::from),
            waiting: AtomicUsize::new(0),
            cancelled: AtomicUsize::new(0),
            changes: broadcast::channel(64).0,
            sessions: Mutex::default(),
            subscribed: Mutex::default(),
        };
        state.record("started");
        Arc::new(state)
    }

    /// Appends a line to the file of all processes, if there is one.
    pub(crate) fn record(&self, what: &str) {
        let Some(path) = &self.file else { return };
        let line = format!("{what} {}\n", process::id());
        let file = OpenOptions::new().create(true).append(true).open(path);
        if let Err(error) = file.and_then(|mut file| file.write_all(line.as_bytes())) {
            eprintln!("mcp-fixture: cannot write `{}`: {error}", path.display());
        }
    }

    fn recorded(&self, what: &str) -> Option<usize> {
        let text = fs::read_to_string(self.file.as_ref()?).ok()?;
        let lines = text.lines().filter(|line| line.starts_with(what));
        Some(lines.count())
    }

    /// Returns how many processes were started; without a file, only this one is known.
    pub(crate) fn starts(&self) -> usize {
        self.recorded("started").unwrap_or(1)
    }

    /// Returns how many calls were cancelled, in all processes that are known.
    pub(crate) fn cancelled(&self) -> usize {
        let here = self.cancelled.load(Ordering::SeqCst);
        self.recorded("cancelled").unwrap_or(here)
    }

    /// Returns how many calls wait to be cancelled, in this process.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Counts a call that ends only by being cancelled, however its end comes about.
    pub(crate) fn wait(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        self.record("waits");
        Waiting(self)
    }

    pub(crate) fn joined(&self, session: Peer<RoleServer>) {
        let mut sessions = lock(&self.sessions);
        sessions.retain(|session| !session.is_transport_closed());
        sessions.push(session);
    }

    pub(crate) fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    pub(crate) fn subscribe(&self, uri: String) {
        lock(&self.subscribed).insert(uri);
    }

    pub(crate) fn unsubscribe(&self, uri: &str) {
        lock(&self.subscribed).remove(uri);
    }

    /// Tells everyone who listens.
    pub(crate) async fn changed(&self, change: Change) {
        // Nobody may be listening.
        let _ = self.changes.send(change.clone());
        let sessions = lock(&self.sessions).clone();
        for session in sessions {
            // A session that has ended needs no news.
            let _ = match &change {
                Change::Tools => session.notify_tool_list_changed().await,
                Change::Prompts => session.notify_prompt_list_changed().await,
                Change::Resource(uri) if lock(&self.subscribed).contains(uri) => {
                    let updated = rmcp::model::ResourceUpdatedNotificationParam::new(uri);
                    session.notify_resource_updated(updated).await
                }
                Change::Resource(_) => Ok(()),
            };
        }
    }
}

/// A call that waits to be cancelled.
pub(crate) struct Waiting<'a>(&'a State);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
        self.0.cancelled.fetch_add(1, Ordering::SeqCst);
        self.0.record("cancelled");
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
