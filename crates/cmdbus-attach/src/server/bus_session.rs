//! The server's own session with an attached MCP server, for the bus and the aggregated endpoint (attach §6).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cmdbus_mcp::carry::{Call, Carrier, Hears, Limits, deaf};
use cmdbus_mcp::own;
use cmdbus_mcp::rpc::{Era, LEGACY_VERSIONS, MODERN_VERSIONS, Raw, RpcError, codes, raw, splice};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::Mutex;

use crate::frame::{ServerNotify, ServerOp, ServerRequest, Target};
use crate::gateway::SessionPort;
use crate::registry::{PendingRequests, ReverseChannel};

/// Returns the revision that stands for an era in frames.
pub(super) fn revision(era: Era) -> &'static str {
    match era {
        Era::Legacy => LEGACY_VERSIONS[0],
        Era::Modern => MODERN_VERSIONS[0],
    }
}

/// Returns the request that carries a call.
pub(super) fn request_of(
    attach_id: &str,
    target: &Target,
    session: Option<&str>,
    call: Call,
) -> ServerRequest {
    ServerRequest {
        target: Some(target.clone()),
        session: session.map(str::to_owned),
        era: Some(revision(call.era).to_owned()),
        method: Some(call.method),
        params: call.params,
        headers: call.headers.into_iter().collect(),
        ..ServerRequest::new(ServerOp::Rpc, attach_id)
    }
}

/// A carrier to one attached server. In the legacy era it has a session, opened with the first call and again when it was lost.
pub(super) struct BusSession {
    channel: ReverseChannel,
    attach_id: Arc<str>,
    target: Target,
    era: Era,
    /// Where sessions are known by name, so that what the server says in ours finds us.
    sessions: Arc<dyn Sessions>,
    port: Arc<dyn SessionPort>,
    /// Held while one is being opened, so that calls at once open one.
    current: Mutex<Option<String>>,
    /// How often a session was lost.
    lost: AtomicU64,
}

/// Knows the sessions of a connection.
pub(super) trait Sessions: Send + Sync {
    fn add(&self, session: &str, port: Arc<dyn SessionPort>);
    fn remove(&self, session: &str);
}

impl BusSession {
    pub(super) fn new(
        channel: ReverseChannel,
        attach_id: Arc<str>,
        target: Target,
        era: Era,
        sessions: Arc<dyn Sessions>,
        port: Arc<dyn SessionPort>,
    ) -> Arc<Self> {
        Arc::new(Self {
            channel,
            attach_id,
            target,
            era,
            sessions,
            port,
            current: Mutex::default(),
            lost: AtomicU64::new(0),
        })
    }

    /// Says that the session has ended at the other side. The next call opens another.
    pub(super) fn forget(&self) {
        self.lost.fetch_add(1, Ordering::AcqRel);
    }

    /// Ends the session, if there is one. The other side is told without waiting for it.
    pub(super) async fn close(&self) {
        if let Some(session) = self.current.lock().await.take() {
            self.end(&session);
        }
    }

    fn end(&self, session: &str) {
        self.sessions.remove(session);
        if self.channel.is_over() {
            return;
        }
        let request = ServerRequest {
            target: Some(self.target.clone()),
            session: Some(session.to_owned()),
            ..ServerRequest::new(ServerOp::CloseSession, &self.attach_id)
        };
        let limits = Limits {
            idle: None,
            total: Some(std::time::Duration::from_secs(5)),
        };
        tokio::spawn(self.channel.request(request, limits, deaf()));
    }

    /// Returns the session, opened if need be.
    async fn session(&self) -> Result<Option<String>, RpcError> {
        if self.era == Era::Modern {
            return Ok(None);
        }
        let mut current = self.current.lock().await;
        if self.lost.swap(0, Ordering::AcqRel) > 0
            && let Some(session) = current.take()
        {
            self.sessions.remove(&session);
        }
        if let Some(session) = &*current {
            return Ok(Some(session.clone()));
        }
        let session = format!("bus_{}", PendingRequests::mint());
        self.sessions.add(&session, self.port.clone());
        // Dropped while it opens: nothing of it stays in the table.
        let opening = Opening(Some((&*self.sessions, &session)));
        let call = Call::new(
            Era::Legacy,
            "initialize",
            Some(raw(&own::initialize_params())),
        );
        let limits = call.limits;
        let request = request_of(&self.attach_id, &self.target, Some(&session), call);
        self.channel.request(request, limits, deaf()).await?;
        self.tell(Some(&session), "notifications/initialized", None);
        opening.keep();
        *current = Some(session.clone());
        Ok(Some(session))
    }

    fn tell(&self, session: Option<&str>, method: &str, params: Option<Raw>) {
        let notice = ServerNotify {
            attach_id: self.attach_id.to_string(),
            target: self.target.clone(),
            session: session.map(str::to_owned),
            method: method.to_owned(),
            params,
            headers: Default::default(),
        };
        if let Err(error) = self.channel.notify(notice) {
            tracing::debug!(%error, "an attached server was not told something");
        }
    }

    async fn ask(&self, call: Call, hears: Hears) -> Result<Raw, RpcError> {
        let session = self.session().await?;
        let limits = call.limits;
        let request = request_of(
            &self.attach_id,
            &self.target,
            session.as_deref(),
            call.clone(),
        );
        match self.channel.request(request, limits, hears.clone()).await {
            // The server never saw it: the session had ended before. One more time, in a new one.
            Err(error) if is_session_lost(&error) && session.is_some() => {
                self.forget();
                let session = self.session().await?;
                let request = request_of(&self.attach_id, &self.target, session.as_deref(), call);
                self.channel.request(request, limits, hears).await
            }
            outcome => outcome,
        }
    }
}

/// Returns whether an error says that the session is not known, so that nothing has been done in it.
pub(super) fn is_session_lost(error: &RpcError) -> bool {
    let reason = error
        .data
        .as_ref()
        .and_then(|data| splice::get_str(data, &["reason"]));
    error.code == codes::NOT_FOUND && reason.as_deref() == Some("session")
}

/// Takes a session out of the table unless it is kept.
struct Opening<'a>(Option<(&'a dyn Sessions, &'a str)>);

impl Opening<'_> {
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        if let Some((sessions, session)) = self.0 {
            sessions.remove(session);
        }
    }
}

/// Shared by all who call in it.
pub(super) struct Shared(pub(super) Arc<BusSession>);

impl Carrier for Shared {
    fn call(&self, call: Call, hears: Hears) -> BoxFuture<'static, Result<Raw, RpcError>> {
        let session = self.0.clone();
        async move { session.ask(call, hears).await }.boxed()
    }

    fn notify(&self, method: &str, params: Option<Raw>, _: &[(String, String)]) {
        let session = self
            .0
            .current
            .try_lock()
            .ok()
            .and_then(|current| current.clone());
        if session.is_some() || self.0.era == Era::Modern {
            self.0.tell(session.as_deref(), method, params);
        }
    }
}
