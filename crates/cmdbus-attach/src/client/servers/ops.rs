//! The operations of the gateway, done on the servers (attach §3.4).

use std::sync::Arc;
use std::time::Duration;

use cmdbus_mcp::carry::{Call, Limits};
use cmdbus_mcp::rpc::{Era, RpcError, codes, raw};
use cmdbus_mcp::upstream::{Open, Upstream, UpstreamState};
use futures_util::FutureExt;
use futures_util::future::ready;
use serde_json::{Value, json};

use super::{Inner, Session, state_of};
use crate::client::Peer;
use crate::client::answers::Reply;
use crate::frame::{Arguments, ServerNotify, ServerRequest};

/// How the names of sessions begin that the gateway has for itself. They have no process of their own: the connection that found out
/// what the server speaks serves them.
const BUS: &str = "bus_";

fn refuse(code: i64, text: impl Into<String>) -> Reply {
    ready(Err(RpcError::new(code, text))).boxed()
}

fn unknown_session() -> Reply {
    let error = RpcError::new(codes::NOT_FOUND, "no such session");
    ready(Err(error.with_data(&json!({"reason": "session"})))).boxed()
}

impl Inner {
    pub(super) fn rpc(self: &Arc<Self>, request: ServerRequest, peer: &Peer) -> Reply {
        let Some(server) = self.find(request.target.as_ref()) else {
            return refuse(codes::NOT_FOUND, "no such server is attached");
        };
        let limits = Limits {
            idle: request.deadline_ms.map(Duration::from_millis),
            total: request.total_ms.map(Duration::from_millis),
        };
        let method = request.method.clone().unwrap_or_default();
        match &request.session {
            Some(session) if method == "initialize" => {
                let session = session.clone();
                self.initialize(server, session, request, limits, peer)
            }
            Some(session) => {
                let Some(known) = self.sessions().get(session).cloned() else {
                    return unknown_session();
                };
                // A session of one server is no key to another (W45).
                if known.server != server || known.attach_id != request.attach_id {
                    return unknown_session();
                }
                self.call(server, request, limits, peer, known.bus)
            }
            None => self.call(server, request, limits, peer, false),
        }
    }

    fn initialize(
        self: &Arc<Self>,
        server: usize,
        id: String,
        request: ServerRequest,
        limits: Limits,
        peer: &Peer,
    ) -> Reply {
        let session = Session {
            server,
            attach_id: request.attach_id,
            bus: id.starts_with(BUS),
        };
        let bus = session.bus;
        {
            let mut sessions = self.sessions();
            if sessions.contains_key(&id) {
                return refuse(codes::INVALID_REQUEST, "the session is there already");
            }
            sessions.insert(id.clone(), session);
        }
        // Whatever comes of it: without an answer there is no session.
        let entry = Entry {
            inner: self.clone(),
            id: Some(id.clone()),
        };
        let upstream = self.servers[server].upstream.clone();
        if bus {
            return async move {
                let result = shake_hands(&upstream, limits).await?;
                entry.keep();
                Ok(result)
            }
            .boxed();
        }
        let opening = upstream.open(Open {
            session: id.clone(),
            params: request.params,
            args: match arguments(request.args) {
                Ok(args) => args,
                Err(error) => return ready(Err(error)).boxed(),
            },
            headers: request.headers.into_iter().collect(),
            limits,
            hears: peer.ear(Some(id), None),
        });
        async move {
            let result = opening.await?;
            entry.keep();
            Ok(result)
        }
        .boxed()
    }

    fn call(
        &self,
        server: usize,
        request: ServerRequest,
        limits: Limits,
        peer: &Peer,
        bus: bool,
    ) -> Reply {
        let upstream = &self.servers[server].upstream;
        let era = request.era.as_deref().map_or(Era::Legacy, Era::of_version);
        let call = Call {
            method: request.method.unwrap_or_default(),
            params: request.params,
            era,
            headers: request.headers.into_iter().collect(),
            limits,
        };
        let hears = peer.ear(request.session.clone(), Some(request.id));
        if bus {
            upstream.bus().call(call, hears)
        } else {
            upstream.call(request.session.as_deref(), call, hears)
        }
    }

    pub(super) fn close_session(&self, request: &ServerRequest) -> Reply {
        let id = request.session.as_deref().unwrap_or_default();
        let Some(session) = self.sessions().remove(id) else {
            return unknown_session();
        };
        if !session.bus {
            self.servers[session.server].upstream.close_session(id);
        }
        ready(Ok(raw(&json!({})))).boxed()
    }

    pub(super) fn probe(&self, request: &ServerRequest) -> Reply {
        if request.target.is_none() {
            return ready(Ok(raw(&json!({})))).boxed();
        }
        let Some(server) = self.find(request.target.as_ref()) else {
            return refuse(codes::NOT_FOUND, "no such server is attached");
        };
        let (state, detail) = self.servers[server].upstream.state();
        match state {
            UpstreamState::Failed | UpstreamState::Stopped => refuse(
                codes::UPSTREAM_FAILED,
                detail.unwrap_or_else(|| "the server does not run".to_owned()),
            ),
            _ => ready(Ok(raw(&json!({"state": state_of(state)})))).boxed(),
        }
    }

    pub(super) fn drop_id(&self, request: &ServerRequest) -> Reply {
        self.forget(Some(&request.attach_id));
        ready(Ok(raw(&json!({})))).boxed()
    }

    pub(super) fn status(&self) -> Reply {
        let servers: Vec<Value> = self
            .servers
            .iter()
            .map(|server| {
                let (state, detail) = server.upstream.state();
                let (sessions, _) = server.upstream.counts();
                json!({
                    "target": server.target,
                    "state": state_of(state),
                    "detail": detail,
                    "sessions": sessions,
                })
            })
            .collect();
        ready(Ok(raw(&json!({ "servers": servers })))).boxed()
    }

    pub(super) fn notify(&self, notice: ServerNotify) {
        let Some(server) = self.find(Some(&notice.target)) else {
            return;
        };
        let upstream = &self.servers[server].upstream;
        let headers: Vec<_> = notice.headers.into_iter().collect();
        let Some(session) = &notice.session else {
            return upstream.notify(None, &notice.method, notice.params, &headers);
        };
        let known = self.sessions().get(session).cloned();
        let Some(known) = known.filter(|known| known.server == server) else {
            return;
        };
        if !known.bus {
            upstream.notify(Some(session), &notice.method, notice.params, &headers);
        } else if notice.method != "notifications/initialized" {
            // The handshake of this one has been done by us.
            upstream
                .bus()
                .notify(&notice.method, notice.params, &headers);
        }
    }
}

/// Answers for the server, from the handshake that we have done with it.
async fn shake_hands(
    upstream: &Upstream,
    limits: Limits,
) -> Result<cmdbus_mcp::rpc::Raw, RpcError> {
    let total = limits.total.unwrap_or(Duration::from_secs(30));
    let facts = tokio::time::timeout(total, upstream.start())
        .await
        .unwrap_or_else(|_| {
            Err(RpcError::new(
                codes::TIMEOUT,
                "the server did not start in time",
            ))
        })?;
    match &facts.handshake {
        Some(handshake) => Ok(handshake.clone()),
        None => Err(RpcError::new(
            codes::UNSUPPORTED_VERSION,
            "the server has no sessions: it speaks newer revisions only",
        )
        .with_data(&json!({"supported": facts.eras}))),
    }
}

fn arguments(args: Option<Arguments>) -> Result<Vec<(String, Option<String>)>, RpcError> {
    let mut out = Vec::new();
    for (name, value) in args.unwrap_or_default() {
        let value = match value {
            Value::Null => None,
            Value::String(value) => Some(value),
            _ => {
                return Err(RpcError::new(
                    codes::INVALID_PARAMS,
                    format!("the value of the argument `{name}` must be a string or null"),
                ));
            }
        };
        out.push((name, value));
    }
    Ok(out)
}

/// Takes a session out of the table again unless it is opened.
struct Entry {
    inner: Arc<Inner>,
    id: Option<String>,
}

impl Entry {
    fn keep(mut self) {
        self.id = None;
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(id) = self.id.take() {
            self.inner.sessions().remove(&id);
        }
    }
}
