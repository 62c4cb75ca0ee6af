//! What happens to the servers, told to the gateway and to whoever runs the client.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cmdbus_mcp::carry::FromServer;
use cmdbus_mcp::upstream::stdio::LogLevel;
use cmdbus_mcp::upstream::{Events, ListKind as Kind, ListScope, UpstreamEvent};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::{Inner, Sessions, lock, state_of};
use crate::client::{ClientEvent, ClientEvents, Peer};
use crate::frame::{ClientOp, ListKind, Target};

/// How long the calls of a session that has ended may take to notice.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// What is to be told. States and ends of sessions are never lost: of a state the newest counts.
pub(super) struct Board {
    targets: Vec<Target>,
    sessions: Arc<Sessions>,
    events: ClientEvents,
    news: Mutex<News>,
    any: Notify,
}

#[derive(Default)]
struct News {
    /// Servers whose state has changed.
    states: Vec<usize>,
    /// Sessions that have ended, and why.
    gone: HashMap<String, String>,
    peer: Option<Peer>,
}

impl Board {
    pub(super) fn new(targets: Vec<Target>, sessions: Arc<Sessions>, events: ClientEvents) -> Self {
        Self {
            targets,
            sessions,
            events,
            news: Mutex::default(),
            any: Notify::new(),
        }
    }

    /// Returns what hears the events of a server.
    pub(super) fn hears(self: Arc<Self>, server: usize) -> Events {
        Arc::new(move |event| self.hear(server, event))
    }

    /// From now on this is the gateway.
    pub(super) fn speak_to(&self, peer: Peer) {
        self.news().peer = Some(peer);
    }

    /// Nobody wants to know that a session has ended.
    pub(super) fn forget(&self, session: &str) {
        self.news().gone.remove(session);
    }

    fn news(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, server: usize, event: UpstreamEvent) {
        let target = || self.targets[server].clone();
        match event {
            UpstreamEvent::State { state, detail } => {
                {
                    let mut news = self.news();
                    if !news.states.contains(&server) {
                        news.states.push(server);
                    }
                }
                self.any.notify_one();
                (self.events)(ClientEvent::Server {
                    target: target(),
                    state: state_of(state),
                    detail,
                });
            }
            UpstreamEvent::SessionGone { session, reason } => {
                self.news().gone.insert(session, reason);
                self.any.notify_one();
            }
            UpstreamEvent::ListChanged { kind, scope } => self.list_changed(server, kind, scope),
            UpstreamEvent::Unrelated { message } => match message {
                // Nobody has asked for it, so nobody could be told.
                FromServer::Notification { method, .. } => {
                    tracing::debug!(server = %self.targets[server], method, "not for anybody");
                }
                FromServer::Request { answer, .. } => drop(answer),
            },
            UpstreamEvent::Log { level, text } => {
                let peer = self.news().peer.clone();
                if let Some(peer) = peer {
                    let mut request = peer.request(ClientOp::Log);
                    request.target = Some(target());
                    request.level = Some(level_of(level).to_owned());
                    request.text = Some(text.clone());
                    peer.tell(&request);
                }
                (self.events)(ClientEvent::Log {
                    target: target(),
                    level,
                    text,
                });
            }
        }
    }

    fn list_changed(&self, server: usize, kind: Kind, scope: ListScope) {
        let Some(peer) = self.news().peer.clone() else {
            // Whoever comes will fetch the lists.
            return;
        };
        let changed = || {
            let mut request = peer.request(ClientOp::ListChanged);
            request.target = Some(self.targets[server].clone());
            request.kind = Some(kind_of(kind));
            request
        };
        let sessions = match scope {
            ListScope::Session(session) => vec![session],
            ListScope::Bus => self.bus_sessions(server),
            ListScope::All => {
                let mut request = changed();
                request.attach_ids = peer.attach_ids();
                peer.tell(&request);
                return;
            }
        };
        for session in sessions {
            let mut request = changed();
            request.session = Some(session);
            peer.tell(&request);
        }
    }

    /// Returns the sessions that the gateway has with a server for itself.
    fn bus_sessions(&self, server: usize) -> Vec<String> {
        let sessions = lock(&self.sessions);
        let of_bus = sessions
            .iter()
            .filter(|(_, session)| session.bus && session.server == server);
        of_bus.map(|(id, _)| id.clone()).collect()
    }

    fn take(&self) -> (Vec<usize>, HashMap<String, String>) {
        let mut news = self.news();
        (
            std::mem::take(&mut news.states),
            std::mem::take(&mut news.gone),
        )
    }
}

/// Tells the gateway what happens, until it is dropped.
pub(super) async fn run(inner: Arc<Inner>, peer: Peer) {
    loop {
        let news = inner.board.any.notified();
        let (states, gone) = inner.board.take();
        if states.is_empty() && gone.is_empty() {
            news.await;
            continue;
        }
        for server in states {
            let declared = inner.servers[server].declare();
            let mut request = peer.request(ClientOp::Status);
            request.target = Some(declared.target);
            request.state = Some(declared.state);
            request.detail = declared.detail;
            request.eras = declared.eras;
            request.capabilities = declared.capabilities;
            peer.report(&request).await;
        }
        for (session, reason) in gone {
            // One that the gateway has ended itself is no news to it.
            if inner.sessions().remove(&session).is_none() {
                continue;
            }
            // Not here: others need not wait for its last answers.
            tokio::spawn(end_session(peer.clone(), session, reason));
        }
    }
}

/// Tells that a session has ended. Its calls have failed with it, and each is told the reason first: to the gateway a session that has
/// ended has no calls.
async fn end_session(peer: Peer, session: String, reason: String) {
    let _ = timeout(LAST_ANSWERS, peer.is_idle(&session)).await;
    let mut request = peer.request(ClientOp::SessionGone);
    request.session = Some(session);
    request.reason = Some(reason);
    peer.report(&request).await;
}

fn kind_of(kind: Kind) -> ListKind {
    match kind {
        Kind::Tools => ListKind::Tools,
        Kind::Resources => ListKind::Resources,
        Kind::Prompts => ListKind::Prompts,
    }
}

fn level_of(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Info => "info",
        LogLevel::Warning => "warning",
        LogLevel::Error => "error",
    }
}
