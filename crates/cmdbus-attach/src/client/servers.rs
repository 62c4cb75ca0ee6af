//! MCP servers that are run or reached by the attaching client (attach §5).

mod ops;
mod report;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cmdbus_mcp::rpc::Raw;
use cmdbus_mcp::upstream::{BadHttpConfig, Transport, Upstream, UpstreamState};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};

use self::report::Board;
use super::answers::{Answers, Reply};
use super::{ClientEvents, Peer, ServerConfig};
use crate::frame::{
    CommandsShown, Declared, DeclaredArg, ServerNotify, ServerRequest, ServerState, Target,
};

/// The MCP servers of an attaching client. Cheap to clone.
#[derive(Clone)]
pub struct Servers(Arc<Inner>);

struct Inner {
    servers: Vec<Server>,
    board: Arc<Board>,
    sessions: Arc<Sessions>,
}

type Sessions = Mutex<HashMap<String, Session>>;

struct Server {
    target: Target,
    shown: CommandsShown,
    upstream: Upstream,
}

/// A session of the gateway.
#[derive(Debug, Clone)]
struct Session {
    /// Which server.
    server: usize,
    /// Under which attach id.
    attach_id: String,
    /// Whether it is the gateway's own: then it has no connection of its own.
    bus: bool,
}

/// Why a server cannot be attached as configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("server `{name}`: {why}")]
pub struct BadServer {
    name: String,
    why: String,
}

impl Servers {
    /// Takes the configuration of the servers. Nothing is started yet. What happens to them is told to `events`.
    ///
    /// # Errors
    /// The address of one cannot be used, or two have the same name.
    pub fn new(configs: Vec<ServerConfig>, events: ClientEvents) -> Result<Self, BadServer> {
        let targets: Vec<Target> = configs.iter().map(|config| config.target.clone()).collect();
        for (index, target) in targets.iter().enumerate() {
            if targets[..index].contains(target) {
                return Err(BadServer {
                    name: target.to_string(),
                    why: "it is there twice: give one of them another name".to_owned(),
                });
            }
        }
        let sessions = Arc::new(Sessions::default());
        let board = Arc::new(Board::new(targets, sessions.clone(), events));
        let mut servers = Vec::with_capacity(configs.len());
        for (index, config) in configs.into_iter().enumerate() {
            let bad = |error: BadHttpConfig| BadServer {
                name: config.target.to_string(),
                why: error.to_string(),
            };
            let upstream =
                Upstream::new(config.upstream, board.clone().hears(index)).map_err(bad)?;
            servers.push(Server {
                target: config.target,
                shown: config.shown,
                upstream,
            });
        }
        Ok(Self(Arc::new(Inner {
            servers,
            board,
            sessions,
        })))
    }

    /// Starts every server in the background. One that cannot be started is tried again, and holds up no other.
    pub fn start(&self) {
        for server in &self.0.servers {
            let upstream = server.upstream.clone();
            tokio::spawn(async move {
                // What became of it is told as its state.
                let _ = upstream.start().await;
            });
        }
    }

    /// Returns how many sessions of the gateway there are.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.0.sessions().len()
    }
}

fn lock(sessions: &Sessions) -> MutexGuard<'_, HashMap<String, Session>> {
    // Every change of the table is complete when a panic could occur.
    sessions.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        lock(&self.sessions)
    }

    fn find(&self, target: Option<&Target>) -> Option<usize> {
        let target = target?;
        self.servers
            .iter()
            .position(|server| server.target == *target)
    }

    /// Ends sessions that the gateway does not know any more, all or those of one attach id.
    fn forget(&self, attach_id: Option<&str>) {
        let gone: Vec<(String, Session)> = self
            .sessions()
            .extract_if(|_, session| attach_id.is_none_or(|id| session.attach_id == id))
            .collect();
        for (id, session) in gone {
            if !session.bus {
                self.servers[session.server].upstream.close_session(&id);
            }
            self.board.forget(&id);
        }
    }
}

impl Server {
    fn declare(&self) -> Declared {
        let (state, detail) = self.upstream.state();
        let config = self.upstream.config();
        let facts = self.upstream.facts();
        let is_child = matches!(config.transport, Transport::Stdio { .. });
        let shared = facts
            .as_ref()
            .is_some_and(|facts| facts.era == cmdbus_mcp::rpc::Era::Modern);
        let args = config.args_allowed.iter().map(|arg| DeclaredArg {
            name: arg.name.clone(),
            pattern: arg.pattern.as_str().to_owned(),
        });
        Declared {
            target: self.target.clone(),
            transport: if is_child { "stdio" } else { "http" }.to_owned(),
            eras: facts
                .as_ref()
                .map(|facts| facts.eras.clone())
                .unwrap_or_default(),
            state: state_of(state),
            detail,
            isolation: if shared { "shared" } else { "session" }.to_owned(),
            capabilities: facts.map(|facts| Raw::clone(&facts.capabilities)),
            args: args.collect(),
            headers: config.forward_headers.clone(),
            expose: self.shown.clone(),
        }
    }
}

/// Returns a state in the words of the protocol.
fn state_of(state: UpstreamState) -> ServerState {
    match state {
        UpstreamState::Starting => ServerState::Starting,
        UpstreamState::Ready => ServerState::Ready,
        UpstreamState::Degraded => ServerState::Degraded,
        UpstreamState::Failed => ServerState::Failed,
        UpstreamState::Stopped => ServerState::Stopped,
    }
}

impl Answers for Servers {
    fn servers(&self) -> Vec<Declared> {
        self.0.servers.iter().map(Server::declare).collect()
    }

    fn begin(&self, peer: &Peer) {
        self.0.forget(None);
        self.0.board.speak_to(peer.clone());
    }

    fn report(&self, peer: Peer) -> BoxFuture<'static, ()> {
        report::run(self.0.clone(), peer).boxed()
    }

    fn rpc(&self, request: ServerRequest, peer: &Peer) -> Reply {
        self.0.rpc(request, peer)
    }

    fn close_session(&self, request: ServerRequest) -> Reply {
        self.0.close_session(&request)
    }

    fn probe(&self, request: ServerRequest) -> Reply {
        self.0.probe(&request)
    }

    fn drop_id(&self, request: ServerRequest) -> Reply {
        self.0.drop_id(&request)
    }

    fn status(&self, _request: ServerRequest) -> Reply {
        self.0.status()
    }

    fn notify(&self, notice: ServerNotify) {
        self.0.notify(notice);
    }

    fn stop(&self) -> BoxFuture<'static, ()> {
        let inner = self.0.clone();
        async move {
            join_all(inner.servers.iter().map(|server| server.upstream.stop())).await;
        }
        .boxed()
    }
}

impl fmt::Debug for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Servers")
            .field("servers", &self.0.servers.len())
            .field("sessions", &self.sessions())
            .finish_non_exhaustive()
    }
}
