//! One attached server, as a back-end of the gateway.

use std::sync::Arc;
use std::time::Duration;

use cmdbus_mcp::carry::{Call, Hears, Limits, deaf};
use cmdbus_mcp::rpc::{Raw, RpcError};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::bus_session::{Sessions, request_of};
use super::connection::Connection;
use super::ids::Attached;
use crate::auth::Principal;
use crate::frame::{ServerNotify, ServerOp, ServerRequest, Target};
use crate::gateway::{Backend, Opening, SessionPort};

/// How long a server may take to let go of a session.
const CLOSING: Duration = Duration::from_secs(5);

pub(super) struct Reverse {
    pub(super) connection: Arc<Connection>,
    pub(super) attached: Arc<Attached>,
    pub(super) target: Target,
}

impl Reverse {
    fn id(&self) -> &str {
        &self.attached.id
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
        connection.add(&session, port.clone());
        async move {
            let opened = Unless(Some((&connection, &session)));
            let result = connection
                .channel()
                .request(request, limits, deaf())
                .await?;
            opened.keep();
            // Ends with the attach id, or when the gateway lets go of the session and with it of the port.
            let watched = Arc::downgrade(&port);
            drop(port);
            let (connection, session) = (connection.clone(), session.clone());
            tokio::spawn(async move {
                loop {
                    let changes = tokio::select! {
                        changes = listener.next() => changes,
                        () = connection.removed(&session) => return,
                    };
                    let Some(port) = watched.upgrade() else {
                        return;
                    };
                    let Some(changes) = changes else {
                        connection.remove(&session);
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
        let request = request_of(self.id(), &self.target, session, call);
        self.connection
            .channel()
            .request(request, limits, hears)
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
        self.connection.remove(session);
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

/// Takes a session out of the table again unless it has been opened.
struct Unless<'a>(Option<(&'a Arc<Connection>, &'a str)>);

impl Unless<'_> {
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Unless<'_> {
    fn drop(&mut self) {
        if let Some((connection, session)) = self.0 {
            connection.remove(session);
        }
    }
}
