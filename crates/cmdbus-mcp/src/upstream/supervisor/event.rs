//! What happens to an upstream, for those who report it.

use std::sync::Arc;

use crate::carry::FromServer;
use crate::upstream::stdio::LogLevel;

/// How an upstream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpstreamState {
    /// It is being started for the first time. Calls wait.
    Starting,
    /// It answers. A child that was stopped for being idle is ready too: the next call starts it.
    Ready,
    /// It is gone and being started again. Calls wait.
    Degraded,
    /// It cannot be started, or ended too often. Calls fail at once, until it is tried again.
    Failed,
    /// It was stopped for good.
    Stopped,
}

/// What a list is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListKind {
    /// Tools.
    Tools,
    /// Resources.
    Resources,
    /// Prompts.
    Prompts,
}

impl ListKind {
    /// Returns what a notification says has changed, if it does.
    #[must_use]
    pub fn of_method(method: &str) -> Option<Self> {
        match method {
            "notifications/tools/list_changed" => Some(Self::Tools),
            "notifications/resources/list_changed" => Some(Self::Resources),
            "notifications/prompts/list_changed" => Some(Self::Prompts),
            _ => None,
        }
    }
}

/// For whom a list has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListScope {
    /// For a session of a client.
    Session(String),
    /// For the bus session alone: each session hears of its own lists.
    Bus,
    /// For everybody: the server has no sessions.
    All,
}

/// Something that happened to an upstream.
#[derive(Debug)]
pub enum UpstreamEvent {
    /// Its state has changed.
    State {
        /// To this.
        state: UpstreamState,
        /// Why, for people.
        detail: Option<String>,
    },
    /// A list has changed.
    ListChanged {
        /// Which.
        kind: ListKind,
        /// For whom.
        scope: ListScope,
    },
    /// The server said something outside of every session and every call.
    Unrelated {
        /// What.
        message: FromServer,
    },
    /// A line for the log: of ours, or what a child wrote to stderr.
    Log {
        /// How grave it is.
        level: LogLevel,
        /// The line.
        text: String,
    },
    /// A session has ended, and is unknown from now on.
    SessionGone {
        /// Which.
        session: String,
        /// Why, for people.
        reason: String,
    },
}

/// Hears what happens. Must neither block nor wait, nor call the upstream.
pub type Events = Arc<dyn Fn(UpstreamEvent) + Send + Sync>;
