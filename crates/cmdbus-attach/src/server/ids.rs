//! Attach ids and the servers under them (attach §3.3).

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use cmdbus_mcp::names;
use cmdbus_mcp::rpc::Era;
use tokio::sync::Notify;

use super::connection::Connection;
use super::declared;
use super::errands::News;
use super::tools::Showing;
use super::{Shared, lock};
use crate::auth::Principal;
use crate::frame::{
    Attach, Attached as AttachedFrame, Bound, Declared, Detach, Detached, Frame, ListKind,
    ServerState, Target,
};
use crate::registry::{PendingRequests, Registration};

/// How ids begin that the server makes up.
const MADE_UP: &str = "at_";

/// One attach id of a connection.
pub(super) struct Attached {
    pub(super) id: Arc<str>,
    /// No other binding of an id has it in this process.
    pub(super) epoch: u64,
    /// Whether the server made the id up.
    made_up: bool,
    callers: Mutex<Vec<String>>,
    servers: Mutex<Vec<Server>>,
    /// Whether the connection has let go of it, for good.
    released: AtomicBool,
    /// Tells that it has.
    release: Notify,
}

/// One server under an id, as far as others see it.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) target: Target,
    pub(super) eras: Vec<String>,
    pub(super) headers: Vec<String>,
    pub(super) state: ServerState,
    pub(super) detail: Option<String>,
    pub(super) shows_mcp: bool,
    pub(super) shows_commands: bool,
    pub(super) raw_results: bool,
    pub(super) prefix: String,
}

impl Server {
    /// Returns how its tools are to be shown now, if they are.
    fn showing(&self) -> Option<Showing> {
        let runs = !matches!(self.state, ServerState::Failed);
        // Until it has answered once, nobody knows how to speak to it.
        let newest = self.eras.iter().max()?;
        (self.shows_commands && runs).then(|| Showing {
            prefix: self.prefix.clone(),
            era: Era::of_version(newest),
            raw_results: self.raw_results,
        })
    }
}

impl Attached {
    fn new(id: &str, made_up: bool) -> Self {
        static EPOCH: AtomicU64 = AtomicU64::new(1);
        Self {
            id: id.into(),
            epoch: EPOCH.fetch_add(1, Ordering::Relaxed),
            made_up,
            callers: Mutex::default(),
            servers: Mutex::default(),
            released: AtomicBool::new(false),
            release: Notify::new(),
        }
    }

    /// Says that the connection has let go of it: nothing of it is shown from now on.
    pub(super) fn release(&self) {
        self.released.store(true, Ordering::Release);
        self.release.notify_waiters();
    }

    /// Waits until the connection has let go of it: detached, or at its end, or another has taken the id over.
    pub(super) async fn until_released(&self) {
        let release = self.release.notified();
        tokio::pin!(release);
        // Enabled before the look, so that a release in between is not missed.
        release.as_mut().enable();
        if !self.is_released() {
            release.await;
        }
    }

    pub(super) fn is_released(&self) -> bool {
        self.released.load(Ordering::Acquire)
    }

    /// Returns what another id has that shares the servers of this one.
    pub(super) fn bequeath(&self, id: &str) -> Self {
        Self {
            callers: Mutex::new(lock(&self.callers).clone()),
            servers: Mutex::new(lock(&self.servers).clone()),
            ..Self::new(id, false)
        }
    }

    /// Returns what is known of a server.
    pub(super) fn server(&self, target: &Target) -> Option<Server> {
        lock(&self.servers)
            .iter()
            .find(|server| server.target == *target)
            .cloned()
    }

    /// Returns all servers.
    pub(super) fn servers(&self) -> Vec<Server> {
        lock(&self.servers).clone()
    }

    /// Returns whether a caller may use what is attached here.
    pub(super) fn lets_in(&self, caller: &Principal, owner: &Principal) -> bool {
        let named = |name: &String| match name.as_str() {
            "self" => caller.is_same(owner),
            name => name == caller.name(),
        };
        caller.is_admin() || lock(&self.callers).iter().any(named)
    }
}

/// Why an `attach` is refused.
pub(super) struct Refused {
    code: &'static str,
    message: String,
}

/// Returns the answer to an `attach` that is refused.
pub(super) fn refusal(id: &str, code: &str, message: &str) -> AttachedFrame {
    AttachedFrame {
        id: id.to_owned(),
        attach_id: None,
        took_over: false,
        servers: Vec::new(),
        kind: Some("err".to_owned()),
        code: Some(code.to_owned()),
        message: Some(message.to_owned()),
    }
}

pub(super) fn refused(code: &'static str, message: impl Into<String>) -> Refused {
    Refused {
        code,
        message: message.into(),
    }
}

impl Connection {
    /// Binds an id, or replaces the servers under it, and says what became of it.
    pub(super) async fn attach(self: &Arc<Self>, frame: Attach) {
        let id = frame.id.clone();
        let answer = match self.try_attach(frame).await {
            Ok(answer) => AttachedFrame { id, ..answer },
            Err(refused) => refusal(&id, refused.code, &refused.message),
        };
        self.reply(&Frame::Attached(answer)).await;
    }

    async fn try_attach(self: &Arc<Self>, frame: Attach) -> Result<AttachedFrame, Refused> {
        let id = frame
            .attach_id
            .unwrap_or_else(|| format!("{MADE_UP}{}", PendingRequests::mint()));
        // A client that comes back asks for the one it was given, which is still nobody's name.
        let made_up = is_made_up(&id);
        if !self.channel().principal().may_attach(&id) {
            return Err(refused(
                "forbidden",
                format!("this token may not attach as `{id}`"),
            ));
        }
        declared::check(&frame.callers, &frame.servers)?;
        let took_over = match self.handle().register(&id) {
            Registration::New | Registration::AlreadyOwned => false,
            Registration::TookOver => true,
            Registration::Refused(why) => return Err(refused(why.code(), why.to_string())),
            Registration::Detached => {
                return Err(refused("forbidden", "the connection is at its end"));
            }
        };
        if took_over {
            // First their commands go, then ours come: they may have the same ids.
            for before in self.server().all() {
                if before.channel().epoch() != self.channel().epoch() {
                    before.lose(&id).await;
                }
            }
        }
        let known = self.attached(&id);
        let is_new = known.is_none();
        let attached = known.unwrap_or_else(|| Arc::new(Attached::new(&id, made_up)));
        // Without servers until they have their prefixes; and not without an entry, or it would be taken for one that has no servers
        // of its own.
        self.put(attached.clone());
        let servers = match self.with_prefixes(&attached, frame.servers).await {
            Ok(servers) => servers,
            Err(refused) => {
                if is_new {
                    self.take(&id);
                    self.handle().release(&id);
                }
                return Err(refused);
            }
        };
        let callers = if frame.callers.is_empty() {
            vec!["self".to_owned()]
        } else {
            frame.callers
        };
        let before = std::mem::replace(&mut *lock(&attached.callers), callers.clone());
        if !is_new && before != callers {
            // Others see the tools now, or see them no longer.
            self.server().health.changed();
        }
        let answer = self.answer(&attached, &servers, took_over);
        if !self.replace(&attached, servers).await {
            let why = "another client has taken the attach id over in this moment";
            return Err(refused("id_in_use", why));
        }
        Ok(answer)
    }

    /// Claims a prefix for every server whose tools are shown.
    async fn with_prefixes(
        &self,
        attached: &Arc<Attached>,
        declared: Vec<Declared>,
    ) -> Result<Vec<Server>, Refused> {
        let server = self.server();
        let principal = self.channel().principal().name().to_owned();
        let (id, made_up) = (attached.id.clone(), attached.made_up);
        let claimed =
            tokio::task::spawn_blocking(move || claim(&server, &principal, &id, made_up, declared));
        match claimed.await {
            Ok(Ok(servers)) => Ok(servers),
            Ok(Err(error)) => {
                tracing::error!(%error, "a prefix cannot be claimed");
                Err(refused("internal", error.to_string()))
            }
            Err(_) => Err(refused("internal", "a prefix cannot be claimed")),
        }
    }

    fn answer(&self, attached: &Attached, servers: &[Server], took_over: bool) -> AttachedFrame {
        let server = self.server();
        let base = &server.parts.base_url;
        let bound = |server: &Server| Bound {
            target: server.target.clone(),
            prefix: server.shows_commands.then(|| server.prefix.clone()),
            url: server
                .shows_mcp
                .then(|| format!("{base}{}", server.target.endpoint(&attached.id))),
        };
        AttachedFrame {
            id: String::new(),
            attach_id: Some(attached.id.to_string()),
            took_over,
            servers: servers.iter().map(bound).collect(),
            kind: None,
            code: None,
            message: None,
        }
    }

    /// Puts the servers in place of those before, and tells who listens. False: the id is no longer ours.
    async fn replace(self: &Arc<Self>, attached: &Arc<Attached>, servers: Vec<Server>) -> bool {
        let was_missing = self.missing(attached);
        let before = std::mem::replace(&mut *lock(&attached.servers), servers.clone());
        self.put(attached.clone());
        // Whoever takes the id over from now on finds it here, and takes it away.
        let channel = self.server().parts.config.registry.get(&attached.id);
        if channel.is_none_or(|channel| channel.epoch() != self.channel().epoch()) {
            self.forget(&attached.id).await;
            return false;
        }
        for old in &before {
            let now = servers.iter().find(|server| server.target == old.target);
            let renamed = now.is_none_or(|now| now.prefix != old.prefix || !now.shows_commands);
            if renamed {
                self.hide(attached, Some(&old.target)).await;
            }
            if now.is_none() {
                self.listeners().close_target(&attached.id, &old.target);
            } else {
                for kind in [ListKind::Tools, ListKind::Resources, ListKind::Prompts] {
                    self.listeners().publish(&attached.id, &old.target, kind);
                }
            }
        }
        for server in &servers {
            self.show(attached, server).await;
        }
        if was_missing != self.missing(attached) {
            self.server().health.changed();
        }
        true
    }

    /// Makes the commands of a server agree with how it does.
    async fn show(&self, attached: &Arc<Attached>, server: &Server) {
        match server.showing() {
            Some(showing) => {
                let owner = self.server();
                self.tools()
                    .show(&owner.parts, attached, &server.target, showing)
                    .await;
            }
            None => self.hide(attached, Some(&server.target)).await,
        }
    }

    async fn hide(&self, attached: &Arc<Attached>, target: Option<&Target>) {
        let owner = self.server();
        self.tools().hide(&owner.parts, attached, target).await;
    }

    /// Takes in how a server does now.
    pub(super) async fn set_state(self: &Arc<Self>, news: News) {
        let mut changed = false;
        for attached in self.all_attached() {
            let was_missing = self.missing(&attached);
            let server = {
                let mut servers = lock(&attached.servers);
                let Some(server) = servers.iter_mut().find(|it| it.target == news.target) else {
                    continue;
                };
                server.state = news.state;
                server.detail.clone_from(&news.detail);
                if !news.eras.is_empty() {
                    server.eras.clone_from(&news.eras);
                }
                server.clone()
            };
            // One that sleeps, or is being started, keeps its commands: calls wait for it.
            if matches!(news.state, ServerState::Ready | ServerState::Failed) {
                self.show(&attached, &server).await;
            }
            changed |= was_missing != self.missing(&attached);
        }
        if changed {
            self.server().health.changed();
        }
    }

    /// Releases an id, or one server of it.
    pub(super) async fn detach(self: &Arc<Self>, frame: Detach) {
        let released = match &frame.target {
            None => {
                let released = self.handle().release(&frame.attach_id);
                released | self.forget(&frame.attach_id).await.is_some()
            }
            Some(target) => self.drop_server(&frame.attach_id, target).await,
        };
        let answer = Detached {
            id: frame.id,
            attach_id: frame.attach_id,
            kind: (!released).then(|| "err".to_owned()),
            code: (!released).then(|| "unknown_id".to_owned()),
        };
        self.reply(&Frame::Detached(answer)).await;
    }

    async fn drop_server(self: &Arc<Self>, id: &str, target: &Target) -> bool {
        let Some(attached) = self.attached(id) else {
            return false;
        };
        let had = {
            let mut servers = lock(&attached.servers);
            let before = servers.len();
            servers.retain(|server| server.target != *target);
            servers.len() < before
        };
        if had {
            self.listeners().close_target(id, target);
            self.hide(&attached, Some(target)).await;
            self.server().health.changed();
        }
        had
    }

    /// Lets go of an id that another connection has taken over, and tells the client. Does not wait for that.
    async fn lose(self: &Arc<Self>, id: &str) {
        let Some(attached) = self.forget(id).await else {
            return;
        };
        self.sessions().end_of(attached.epoch);
        let detach = Frame::Detach(Detach {
            id: PendingRequests::mint(),
            attach_id: id.to_owned(),
            target: None,
        });
        let connection = self.weak();
        tokio::spawn(async move {
            if let Some(connection) = connection.upgrade() {
                connection.reply(&detach).await;
            }
        });
    }

    /// Forgets the servers under an id, and takes their commands away.
    async fn forget(&self, id: &str) -> Option<Arc<Attached>> {
        let attached = self.take(id)?;
        let was_missing = self.missing(&attached);
        attached.release();
        self.hide(&attached, None).await;
        if !was_missing.is_empty() {
            self.server().health.changed();
        }
        Some(attached)
    }
}

/// Returns whether the server has made an id up, now or before.
fn is_made_up(id: &str) -> bool {
    // 128 random bits behind it, of which nobody thinks by himself.
    id.strip_prefix(MADE_UP)
        .is_some_and(|rest| rest.len() == PendingRequests::mint().len())
}

/// Returns the servers with the prefixes they get. Blocks while a claim is written.
fn claim(
    server: &Shared,
    principal: &str,
    id: &str,
    made_up: bool,
    declared: Vec<Declared>,
) -> Result<Vec<Server>, super::ClaimsError> {
    declared
        .into_iter()
        .map(|declared| {
            let wanted = declared
                .expose
                .prefix
                .as_deref()
                .unwrap_or(declared.target.short_name());
            let wanted = names::prefix(wanted);
            let prefix = server.parts.claims.claim(&wanted, principal, id, made_up)?;
            Ok(Server {
                target: declared.target,
                eras: declared.eras,
                headers: declared.headers,
                state: declared.state,
                detail: declared::cut(declared.detail),
                shows_mcp: declared.expose.mcp,
                shows_commands: declared.expose.commands,
                raw_results: declared.expose.raw_results,
                prefix,
            })
        })
        .collect()
}
