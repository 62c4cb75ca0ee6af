//! The server's own session with an attached MCP server, for the bus and the aggregated endpoint (attach §6).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cmdbus_mcp::carry::{Call, Carrier, Hears, Limits, deaf};
use cmdbus_mcp::own;
use cmdbus_mcp::rpc::{Era, LEGACY_VERSIONS, MODERN_VERSIONS, Raw, RpcError, codes, raw, splice};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::lock;
use super::sessions::Sessions;
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

/// How long an attached side may take to let go of a session.
pub(super) const CLOSING: Duration = Duration::from_secs(5);

/// Tells an attached side that a session is over, without waiting for it.
pub(super) fn end_session(
    channel: &ReverseChannel,
    attach_id: &str,
    target: &Target,
    session: &str,
) {
    if channel.is_over() {
        return;
    }
    let request = ServerRequest {
        target: Some(target.clone()),
        session: Some(session.to_owned()),
        ..ServerRequest::new(ServerOp::CloseSession, attach_id)
    };
    let limits = Limits {
        idle: None,
        total: Some(CLOSING),
    };
    // Called where things are dropped, which may be when the runtime ends.
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(channel.request(request, limits, deaf()));
    }
}

/// A carrier to one attached server. In the legacy era it has a session, opened with the first call and again when it was lost.
pub(super) struct BusSession {
    channel: ReverseChannel,
    attach_id: Arc<str>,
    target: Target,
    era: Era,
    /// Where sessions are known by name, so that what the server says in ours finds us.
    sessions: Arc<Sessions>,
    port: Arc<dyn SessionPort>,
    /// Held while one is being opened, so that calls at once open one.
    opening: tokio::sync::Mutex<()>,
    current: Mutex<Current>,
}

#[derive(Default)]
struct Current {
    session: Option<String>,
    closed: bool,
}

impl BusSession {
    pub(super) fn new(
        channel: ReverseChannel,
        attach_id: Arc<str>,
        target: Target,
        era: Era,
        sessions: Arc<Sessions>,
        port: Arc<dyn SessionPort>,
    ) -> Arc<Self> {
        Arc::new(Self {
            channel,
            attach_id,
            target,
            era,
            sessions,
            port,
            opening: tokio::sync::Mutex::default(),
            current: Mutex::default(),
        })
    }

    /// Says that the session has ended at the other side. The next call opens another.
    pub(super) fn forget(&self) {
        let session = lock(&self.current).session.take();
        if let Some(session) = session {
            self.sessions.remove(&session);
        }
    }

    /// Ends the session, if there is one, for good. The other side is told without waiting for it; nor is a session waited for that is
    /// being opened, which ends as soon as it is there.
    pub(super) fn close(&self) {
        let session = {
            let mut current = lock(&self.current);
            current.closed = true;
            current.session.take()
        };
        if let Some(session) = session {
            self.end(&session);
        }
    }

    fn end(&self, session: &str) {
        self.sessions.remove(session);
        end_session(&self.channel, &self.attach_id, &self.target, session);
    }

    /// Returns the session that is open.
    fn open_one(&self) -> Result<Option<String>, RpcError> {
        let current = lock(&self.current);
        if current.closed {
            return Err(detached());
        }
        Ok(current.session.clone())
    }

    /// Returns the session, opened if need be. The modern era has none.
    async fn session(&self) -> Result<Option<String>, RpcError> {
        let open = self.open_one()?;
        if open.is_some() || self.era == Era::Modern {
            return Ok(open);
        }
        let _turn = self.opening.lock().await;
        let open = self.open_one()?;
        if open.is_some() {
            return Ok(open);
        }
        let session = format!("bus_{}", PendingRequests::mint());
        self.sessions.add(&session, self.port.clone(), None);
        // Dropped while it opens, or closed: nothing of it stays, here or there.
        let opening = Opening {
            owner: self,
            session: Some(&session),
        };
        let params = raw(&own::initialize_params());
        let call = Call::new(Era::Legacy, "initialize", Some(params));
        let limits = call.limits;
        let request = request_of(&self.attach_id, &self.target, Some(&session), call);
        let answer = self.channel.request(request, limits, deaf()).await;
        if let Err(error) = answer {
            opening.failed(&error);
            return Err(error);
        }
        self.tell(Some(&session), "notifications/initialized", None);
        {
            let mut current = lock(&self.current);
            if current.closed {
                return Err(detached());
            }
            current.session = Some(session.clone());
        }
        opening.keep();
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
        if self.era == Era::Modern {
            let limits = call.limits;
            let request = request_of(&self.attach_id, &self.target, None, call);
            return self.channel.request(request, limits, hears).await;
        }
        // Boxed, because a subscription of the newer era waits here as long as its server is attached, on a thousand sockets.
        Box::pin(self.ask_in_session(call, hears)).await
    }

    async fn ask_in_session(&self, call: Call, hears: Hears) -> Result<Raw, RpcError> {
        let clock = Clock::start(call.limits);
        let session = clock.within(self.session()).await?;
        let request = request_of(
            &self.attach_id,
            &self.target,
            session.as_deref(),
            call.clone(),
        );
        let answer = self.channel.request(request, clock.left(), hears.clone());
        match answer.await {
            // The server never saw it: the session had ended before. One more time, in a new one.
            Err(error) if is_session_lost(&error) && session.is_some() => {
                if lock(&self.current).session == session {
                    self.forget();
                }
                let session = clock.within(self.session()).await?;
                let request = request_of(&self.attach_id, &self.target, session.as_deref(), call);
                self.channel.request(request, clock.left(), hears).await
            }
            outcome => outcome,
        }
    }
}

/// How long a call may still take. It runs while others open the session that the call needs, and while it is opened once more.
struct Clock {
    limits: Limits,
    accepted: Instant,
}

impl Clock {
    fn start(limits: Limits) -> Self {
        Self {
            limits,
            accepted: Instant::now(),
        }
    }

    /// Waits for a session at most until the next limit ends: nothing is heard of the call meanwhile.
    async fn within<T>(
        &self,
        session: impl Future<Output = Result<T, RpcError>>,
    ) -> Result<T, RpcError> {
        let left = self.left();
        let Some(least) = left.idle.into_iter().chain(left.total).min() else {
            return session.await;
        };
        let opened = tokio::time::timeout(least, session).await;
        opened.unwrap_or_else(|_| {
            Err(RpcError::new(
                codes::TIMEOUT,
                "the attached side has not opened a session in time",
            ))
        })
    }

    fn left(&self) -> Limits {
        let total = self.limits.total;
        Limits {
            total: total.map(|total| total.saturating_sub(self.accepted.elapsed())),
            ..self.limits
        }
    }
}

fn detached() -> RpcError {
    RpcError::new(codes::CHANNEL_LOST, "the server has been detached")
}

/// Returns whether an error says that the session is not known, so that nothing has been done in it.
pub(super) fn is_session_lost(error: &RpcError) -> bool {
    let reason = error
        .data
        .as_ref()
        .and_then(|data| splice::get_str(data, &["reason"]));
    error.code == codes::NOT_FOUND && reason.as_deref() == Some("session")
}

/// Ends a session unless it is kept.
struct Opening<'a> {
    owner: &'a BusSession,
    session: Option<&'a str>,
}

impl Opening<'_> {
    fn keep(mut self) {
        self.session = None;
    }

    /// The server has refused it, so there is nothing to end. After a timeout it may have one all the same.
    fn failed(mut self, error: &RpcError) {
        if error.code != codes::TIMEOUT
            && let Some(session) = self.session.take()
        {
            self.owner.sessions.remove(session);
        }
    }
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        if let Some(session) = self.session {
            self.owner.end(session);
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
        let session = lock(&self.0.current).session.clone();
        if session.is_some() || self.0.era == Era::Modern {
            self.0.tell(session.as_deref(), method, params);
        }
    }
}
