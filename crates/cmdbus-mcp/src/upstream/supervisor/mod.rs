//! One MCP server with all its connections: kept up, stopped when idle, started again, and told apart by session (attach §5).
//!
//! Start with [`Upstream`]. Each session of a client, and the bus session, has a line (`link`), kept by a task (`run`) that starts it
//! (`start`, `connect`) and decides when it is tried again (`crashes`). A call goes through `call`.

mod call;
mod connect;
mod crashes;
mod event;
mod inner;
mod link;
mod run;
mod start;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use serde_json::json;
use tokio::time::timeout;

use super::config::UpstreamConfig;
use super::http::BadHttpConfig;
use super::probe::{Facts, with_own_meta};
use crate::carry::{Call, Carrier, FromServer, Hears, Limits};
use crate::rpc::{Era, Raw, RpcError, codes};
pub use connect::Connector;
pub use event::{Events, ListKind, ListScope, UpstreamEvent, UpstreamState};
use inner::Inner;
use link::{Kind, Link, Owner, Session, gone, stopped};

/// How long calls in progress may take to finish when everything stops (attach §5).
const FINISH: Duration = Duration::from_secs(5);

/// One MCP server. Clones are the same one; when the last is dropped, it is stopped in the background.
#[derive(Clone)]
pub struct Upstream(Arc<Shell>);

struct Shell(Arc<Inner>);

impl Drop for Shell {
    fn drop(&mut self) {
        close_all(&self.0);
    }
}

/// A session to open.
pub struct Open {
    /// Its name, which must be new.
    pub session: String,
    /// The parameters of its `initialize`, verbatim.
    pub params: Option<Raw>,
    /// What its child shall get behind the configured arguments, if `args_allowed` allows.
    pub args: Vec<(String, Option<String>)>,
    /// Headers of the caller, names in lower case.
    pub headers: Vec<(String, String)>,
    /// How long the start and the handshake may take together.
    pub limits: Limits,
    /// Hears what the server says in the session outside of every call.
    pub hears: Hears,
}

impl Upstream {
    /// Makes an upstream. Nothing is started yet.
    ///
    /// # Errors
    /// The address or a header of it is none.
    pub fn new(config: UpstreamConfig, events: Events) -> Result<Self, BadHttpConfig> {
        let logs = {
            let events = events.clone();
            Arc::new(move |level, text| events(UpstreamEvent::Log { level, text }))
        };
        let connector = connect::connector(&config, logs)?;
        Ok(Self::with_connector(config, connector, events))
    }

    /// Makes an upstream whose connections somebody else makes.
    #[must_use]
    pub fn with_connector(
        config: UpstreamConfig,
        connector: Arc<dyn Connector>,
        events: Events,
    ) -> Self {
        Self(Arc::new(Shell(Inner::new(config, connector, events))))
    }

    /// Starts the server, and finds out what it speaks. When it is started already, waits for that.
    ///
    /// # Errors
    /// It cannot be started. It is tried again after a minute.
    pub async fn start(&self) -> Result<Arc<Facts>, RpcError> {
        let inner = self.inner();
        self.keep();
        if let Some(facts) = inner.facts() {
            return Ok(facts);
        }
        inner
            .main
            .entered(Kind::Listen { pins: false }, || inner.refused())
            .await?;
        inner.facts().ok_or_else(stopped)
    }

    /// Lets the task of the main line run.
    fn keep(&self) {
        let inner = self.inner();
        if inner.keep() {
            inner.set_state(UpstreamState::Starting, None);
            run::spawn(inner, inner.main.clone(), None);
        }
    }

    /// Returns how it was configured.
    #[must_use]
    pub fn config(&self) -> &UpstreamConfig {
        &self.inner().config
    }

    /// Returns what is known of the server, once it was up.
    #[must_use]
    pub fn facts(&self) -> Option<Arc<Facts>> {
        self.inner().facts()
    }

    /// Returns its state, and why.
    #[must_use]
    pub fn state(&self) -> (UpstreamState, Option<String>) {
        self.inner().state()
    }

    /// Returns how many sessions there are, and how many tasks keep them or end what is left of them.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.inner().sessions(), self.inner().tasks())
    }

    /// Opens a session: does the handshake on a connection of its own. Returns the server's answer, verbatim.
    ///
    /// Dropping the future ends what was started.
    ///
    /// # Errors
    /// What the server answered; an argument that is not allowed; the server does not run, does not start in time, or does not speak
    /// the era.
    pub fn open(&self, open: Open) -> BoxFuture<'static, Result<Raw, RpcError>> {
        let upstream = self.clone();
        async move { upstream.opened(open).await }.boxed()
    }

    async fn opened(&self, open: Open) -> Result<Raw, RpcError> {
        let inner = self.inner();
        let args = inner.config.arguments(&open.args)?;
        let begun = tokio::time::Instant::now();
        let facts = match open.limits.total {
            Some(total) => timeout(total, self.start()).await.unwrap_or_else(|_| {
                let text = "the server did not start in time";
                Err(RpcError::new(codes::TIMEOUT, text))
            })?,
            None => self.start().await?,
        };
        if !facts.speaks(Era::Legacy) {
            let text = "the server has no sessions: it speaks newer revisions only";
            let data = json!({"supported": facts.eras});
            return Err(RpcError::new(codes::UNSUPPORTED_VERSION, text).with_data(&data));
        }
        if let Some(refused) = inner.refused() {
            return Err(refused);
        }
        let session = Session {
            id: open.session,
            params: open.params,
            args,
            headers: inner.config.forwarded(open.headers),
            hears: open.hears,
        };
        let id = session.id.clone();
        let link = Link::new(Owner::Session(session));
        link.starting();
        inner.insert(&id, link.clone())?;
        let opening = Opening {
            inner: inner.clone(),
            id,
            link: Some(link.clone()),
        };
        let limits = Limits {
            total: open
                .limits
                .total
                .map(|total| total.saturating_sub(begun.elapsed())),
            ..open.limits
        };
        let Owner::Session(session) = &link.owner else {
            return Err(stopped());
        };
        let handshake = start::handshake(inner, &link, session, limits);
        let (live, result) = tokio::select! {
            biased;
            () = link.closed() => return Err(stopped()),
            outcome = handshake => outcome?,
        };
        opening.done();
        link.up(live.connection.clone());
        run::spawn(inner, link.clone(), Some(live));
        Ok(result)
    }

    /// Makes a call in a session, or without one where the server has none (modern).
    ///
    /// # Errors
    /// As [`Carrier::call`]; besides, unknown session (−33001) and refused by the tool policy (−33012).
    pub fn call(
        &self,
        session: Option<&str>,
        call: Call,
        hears: Hears,
    ) -> BoxFuture<'static, Result<Raw, RpcError>> {
        match self.line(session, call.era) {
            Ok(link) => call::on(self.inner(), &link, call, hears),
            Err(error) => ready(Err(error)).boxed(),
        }
    }

    fn line(&self, session: Option<&str>, era: Era) -> Result<Arc<Link>, RpcError> {
        let inner = self.inner();
        if let Some(session) = session {
            return inner.link(session).ok_or_else(gone);
        }
        if era == Era::Legacy {
            let text = "a request needs a session in this revision: begin with `initialize`";
            return Err(RpcError::new(codes::INVALID_REQUEST, text));
        }
        if inner.facts().is_some_and(|facts| facts.era == Era::Legacy) {
            // No modern code: on this answer a client of both eras falls back (attach §4.1).
            let text = "the server speaks older revisions only: begin with `initialize`";
            return Err(RpcError::new(codes::INVALID_REQUEST, text));
        }
        self.keep();
        Ok(inner.main.clone())
    }

    /// Tells the server something in a session, or without one. What cannot be told now is left out: a child that is not there has
    /// nothing to learn, and a cancellation is what dropping a call is for.
    pub fn notify(
        &self,
        session: Option<&str>,
        method: &str,
        params: Option<Raw>,
        headers: &[(String, String)],
    ) {
        let era = if session.is_some() {
            Era::Legacy
        } else {
            Era::Modern
        };
        let Ok(link) = self.line(session, era) else {
            return;
        };
        if method == "notifications/initialized" {
            link.note_initialized(params.clone());
        }
        if let Some(connection) = link.connection() {
            let headers = self.inner().config.forwarded(headers.to_vec());
            connection.notify(method, params, &headers);
        }
    }

    /// Ends a session: its calls fail (−33002), its child ends in the background. Returns whether there was one.
    pub fn close_session(&self, session: &str) -> bool {
        let inner = self.inner();
        let Some(link) = inner.link(session) else {
            return false;
        };
        link.close();
        inner.remove(session, &link)
    }

    /// Returns the bus session: what we ourselves ask the server, without any capability. It is opened when it is needed, and again
    /// when it is lost.
    #[must_use]
    pub fn bus(&self) -> Arc<dyn Carrier> {
        Arc::new(Bus(self.clone()))
    }

    /// Stops the server: refuses what comes, lets calls in progress finish for 5 s, then ends every connection in order. Returns when
    /// nothing is left.
    pub async fn stop(&self) {
        let inner = self.inner();
        let sessions = inner.stop();
        inner.set_state(UpstreamState::Stopped, None);
        let mut busy = inner.busy.subscribe();
        // Whoever is not done then is cut off.
        let _ = timeout(FINISH, busy.wait_for(|busy| *busy == 0)).await;
        for link in sessions.iter().chain([&inner.main]) {
            link.close();
        }
        inner.is_over().await;
    }

    fn inner(&self) -> &Arc<Inner> {
        &self.0.0
    }
}

fn close_all(inner: &Inner) {
    for link in inner.stop().iter().chain([&inner.main]) {
        link.close();
    }
}

/// Takes a session back that did not come to be.
struct Opening {
    inner: Arc<Inner>,
    id: String,
    link: Option<Arc<Link>>,
}

impl Opening {
    fn done(mut self) {
        self.link = None;
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        if let Some(link) = self.link.take() {
            link.close();
            self.inner.remove(&self.id, &link);
        }
    }
}

/// The bus session.
struct Bus(Upstream);

impl Carrier for Bus {
    fn call(&self, mut call: Call, hears: Hears) -> BoxFuture<'static, Result<Raw, RpcError>> {
        let upstream = self.0.clone();
        let inner = upstream.inner().clone();
        let Some(facts) = inner.facts() else {
            // Only now is known which era it is, so the call has to wait for it.
            return async move {
                let limit = call.limits.total.unwrap_or(Duration::MAX);
                let begun = tokio::time::Instant::now();
                timeout(limit, upstream.start()).await.unwrap_or_else(|_| {
                    let text = "the server did not start in time";
                    Err(RpcError::new(codes::TIMEOUT, text))
                })?;
                let total = &mut call.limits.total;
                *total = total.map(|total| total.saturating_sub(begun.elapsed()));
                Self(upstream).call(call, hears).await
            }
            .boxed();
        };
        call.era = facts.era;
        if facts.era == Era::Modern {
            call.params = with_own_meta(call.params);
        }
        let ear = {
            let inner = inner.clone();
            Arc::new(move |message| match message {
                FromServer::Request { method, answer, .. } => {
                    answer.give(start::answer_of_ours(&inner, &method));
                }
                message => hears(message),
            })
        };
        call::on(&inner, &inner.main, call, ear)
    }

    fn notify(&self, method: &str, params: Option<Raw>, headers: &[(String, String)]) {
        if let Some(connection) = self.0.inner().main.connection() {
            connection.notify(method, params, headers);
        }
    }
}
