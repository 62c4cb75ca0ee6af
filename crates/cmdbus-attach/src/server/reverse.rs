//! One attached server, as a back-end of the gateway.

use std::sync::Arc;

use cmdbus_mcp::carry::{Call, Hears, Limits, deaf};
use cmdbus_mcp::rpc::{Raw, RpcError, codes, raw};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::json;

use super::bus_session::{CLOSING, end_session, request_of};
use super::connection::Connection;
use super::ids::Attached;
use crate::auth::Principal;
use crate::frame::{ServerNotify, ServerOp, ServerRequest, Target};
use crate::gateway::{Backend, Opening, SessionPort};
use crate::registry::{Listener, ReverseChannel};

pub(super) const LISTEN: &str = "subscriptions/listen";

/// Returns the result of a subscription that ends in good order. The gateway adds whose it is.
pub(super) fn ended() -> Raw {
    raw(&json!({"resultType": "complete"}))
}

pub(super) struct Reverse {
    pub(super) connection: Arc<Connection>,
    pub(super) attached: Arc<Attached>,
    pub(super) target: Target,
}

impl Reverse {
    fn id(&self) -> &str {
        &self.attached.id
    }

    fn subscription(&self) -> Subscription {
        Subscription {
            channel: self.connection.channel().clone(),
            attached: self.attached.clone(),
            listener: (self.connection.listeners()).subscribe(self.id(), &self.target),
        }
    }
}

impl Backend for Reverse {
    fn epoch(&self) -> u64 {
        self.attached.epoch
    }

    fn versions(&self) -> Vec<String> {
        self.attached
            .server(&self.target)
            .map_or_else(Vec::new, |server| server.eras)
    }

    fn headers(&self) -> Vec<String> {
        self.attached
            .server(&self.target)
            .map_or_else(Vec::new, |server| server.headers)
    }

    fn open(
        &self,
        session: &str,
        opening: Opening,
        port: Arc<dyn SessionPort>,
    ) -> BoxFuture<'static, Result<Raw, RpcError>> {
        let limits = opening.call.limits;
        let mut request = request_of(self.id(), &self.target, Some(session), opening.call);
        request.args = opening.args;
        let connection = self.connection.clone();
        let session = session.to_owned();
        let mut listener = connection.listeners().subscribe(self.id(), &self.target);
        connection
            .sessions()
            .add(&session, port.clone(), Some(self.attached.epoch));
        let opening = Opened {
            connection: connection.clone(),
            attach_id: self.attached.id.clone(),
            target: self.target.clone(),
            session: Some(session.clone()),
        };
        async move {
            let answer = connection.channel().request(request, limits, deaf()).await;
            let result = match answer {
                Ok(result) => result,
                Err(error) => {
                    opening.failed(&error);
                    return Err(error);
                }
            };
            opening.keep();
            // Ends with the attach id, or when the gateway lets go of the session and with it of the port.
            let watched = Arc::downgrade(&port);
            drop(port);
            let sessions = connection.sessions().clone();
            tokio::spawn(async move {
                loop {
                    let changes = tokio::select! {
                        changes = listener.next() => changes,
                        () = sessions.removed(&session) => return,
                    };
                    let Some(port) = watched.upgrade() else {
                        return;
                    };
                    let Some(changes) = changes else {
                        sessions.remove(&session);
                        return port.gone("the server has been detached");
                    };
                    for kind in changes.kinds() {
                        port.list_changed(kind);
                    }
                }
            });
            Ok(result)
        }
        .boxed()
    }

    fn call(
        &self,
        _caller: &Principal,
        session: Option<&str>,
        call: Call,
        hears: Hears,
    ) -> BoxFuture<'static, Result<Raw, RpcError>> {
        let limits = call.limits;
        let in_call = self.connection.sessions().enter(session);
        let subscription = (call.method == LISTEN).then(|| self.subscription());
        let request = request_of(self.id(), &self.target, session, call);
        let answer = self.connection.channel().request(request, limits, hears);
        async move {
            let answer = match subscription {
                Some(subscription) => subscription.carry(answer).await,
                None => answer.await,
            };
            drop(in_call);
            answer
        }
        .boxed()
    }

    fn notify(
        &self,
        session: Option<&str>,
        method: &str,
        params: Option<Raw>,
        headers: &[(String, String)],
    ) {
        let notice = ServerNotify {
            attach_id: self.id().to_owned(),
            target: self.target.clone(),
            session: session.map(str::to_owned),
            method: method.to_owned(),
            params,
            headers: headers.iter().cloned().collect(),
        };
        if let Err(error) = self.connection.channel().notify(notice) {
            tracing::debug!(%error, "an attached server was not told something");
        }
    }

    fn close(&self, session: &str) -> BoxFuture<'static, ()> {
        self.connection.sessions().remove(session);
        let request = ServerRequest {
            target: Some(self.target.clone()),
            session: Some(session.to_owned()),
            ..ServerRequest::new(ServerOp::CloseSession, self.id())
        };
        let limits = Limits {
            idle: None,
            total: Some(CLOSING),
        };
        let closing = self.connection.channel().request(request, limits, deaf());
        async move {
            if let Err(error) = closing.await {
                tracing::debug!(%error, "an attached server has not let go of a session");
            }
        }
        .boxed()
    }
}

/// What a subscription lasts as long as.
struct Subscription {
    channel: ReverseChannel,
    attached: Arc<Attached>,
    listener: Listener,
}

impl Subscription {
    /// Waits for the answer. A server that is detached, or whose client is gone, ends it in good order (attach §4.9).
    async fn carry(
        mut self,
        answer: impl Future<Output = Result<Raw, RpcError>>,
    ) -> Result<Raw, RpcError> {
        let closed = async {
            // What has changed comes by the server's own notifications.
            while self.listener.next().await.is_some() {}
        };
        tokio::select! {
            answer = answer => match answer {
                Err(error) if error.code == codes::CHANNEL_LOST && self.is_cut() => {}
                answer => return answer,
            },
            () = closed => {}
            () = self.attached.until_released() => {}
        }
        Ok(ended())
    }

    /// Returns whether it is the client that is lost, and not something behind its server.
    fn is_cut(&self) -> bool {
        self.channel.is_over() || self.channel.is_suspended()
    }
}

/// Ends a session that is being opened, unless it is kept.
struct Opened {
    connection: Arc<Connection>,
    attach_id: Arc<str>,
    target: Target,
    session: Option<String>,
}

impl Opened {
    fn keep(mut self) {
        self.session = None;
    }

    /// The server has refused it, so there is nothing to end. After a timeout it may have one all the same.
    fn failed(mut self, error: &RpcError) {
        if error.code != codes::TIMEOUT
            && let Some(session) = self.session.take()
        {
            self.connection.sessions().remove(&session);
        }
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        if let Some(session) = &self.session {
            self.connection.sessions().remove(session);
            let channel = self.connection.channel();
            end_session(channel, &self.attach_id, &self.target, session);
        }
    }
}
