//! One attachment, and what comes from it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use cmdbus_mcp::rpc::{RpcError, codes};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::asked::Asked;
use super::carried::Carried;
use super::declared;
use super::errands::{Errand, Errands, News};
use super::ids::{Attached, refusal};
use super::sessions::Sessions;
use super::tools::Tools;
use super::{Shared, lock};
use crate::bus_channel::BusChannel;
use crate::frame::{Broken, ClientRequest, ClientResponse, Complaint, Detached, Frame};
use crate::link::{Link, Outgoing, Receives, close};
use crate::registry::{Completed, McpListenerRegistry, ReverseAttachHandle, ReverseChannel};

/// One attachment. It outlives its sockets.
pub(super) struct Connection {
    own: Weak<Self>,
    server: Arc<Shared>,
    handle: ReverseAttachHandle,
    link: Link,
    /// Takes it up again. The same for its whole life: one that a lost `welcome` replaced would be nobody's.
    resume_token: Option<String>,
    tools: Tools,
    pub(super) bus: Option<Arc<BusChannel>>,
    ids: Mutex<BTreeMap<String, Arc<Attached>>>,
    sessions: Arc<Sessions>,
    /// What the client has asked and may still cancel.
    pub(super) asked: Mutex<HashMap<String, Asked>>,
    permits: Arc<Semaphore>,
    errands: Errands,
    /// What the client's `hello` said it is, for people.
    pub(super) client: String,
    carried: Carried,
}

/// What an attachment begins with.
pub(super) struct Beginning {
    pub(super) handle: ReverseAttachHandle,
    pub(super) link: Link,
    pub(super) resume_token: Option<String>,
    pub(super) bus: Option<Arc<BusChannel>>,
    pub(super) client: String,
}

impl Connection {
    /// Makes a connection, whose errands are run by [`run_errands`](Self::run_errands).
    pub(super) fn new(server: Arc<Shared>, beginning: Beginning) -> Arc<Self> {
        let Beginning {
            handle,
            link,
            resume_token,
            bus,
            client,
        } = beginning;
        let in_flight = server.parts.config.settings.client_in_flight;
        let sessions = Arc::new(Sessions::default());
        Arc::new_cyclic(|connection: &Weak<Self>| Self {
            own: connection.clone(),
            tools: Tools::new(
                handle.channel().clone(),
                sessions.clone(),
                server.health.clone(),
            ),
            server,
            handle,
            link,
            resume_token,
            bus,
            ids: Mutex::default(),
            sessions,
            asked: Mutex::default(),
            permits: Arc::new(Semaphore::new(in_flight)),
            errands: Errands::default(),
            client,
            carried: Carried::new(),
        })
    }

    pub(super) fn server(&self) -> Arc<Shared> {
        self.server.clone()
    }

    pub(super) fn handle(&self) -> &ReverseAttachHandle {
        &self.handle
    }

    pub(super) fn channel(&self) -> &ReverseChannel {
        self.handle.channel()
    }

    pub(super) fn link(&self) -> &Link {
        &self.link
    }

    pub(super) fn resume_token(&self) -> Option<&str> {
        self.resume_token.as_deref()
    }

    pub(super) fn tools(&self) -> &Tools {
        &self.tools
    }

    pub(super) fn sessions(&self) -> &Arc<Sessions> {
        &self.sessions
    }

    pub(super) fn carried(&self) -> &Carried {
        &self.carried
    }

    pub(super) fn listeners(&self) -> &McpListenerRegistry {
        &self.server.parts.config.mcp_listeners
    }

    /// Returns what its client has bound under an id, if this connection still holds it.
    pub(super) fn attached(&self, id: &str) -> Option<Arc<Attached>> {
        lock(&self.ids).get(id).cloned()
    }

    /// Returns what is found under an id: one that a handle has bound has the servers of the first one, from the moment somebody asks
    /// for it (attach §3.3).
    pub(super) fn attached_or_inherited(&self, id: &str) -> Option<Arc<Attached>> {
        self.attached(id).or_else(|| self.inherit(id))
    }

    fn inherit(&self, id: &str) -> Option<Arc<Attached>> {
        let bound = self.handle.registered_ids();
        if !bound.iter().any(|own| own == id) {
            return None;
        }
        let mut ids = lock(&self.ids);
        let first = bound.iter().find_map(|own| ids.get(own))?.clone();
        let inherited = Arc::new(first.bequeath(id));
        // Somebody else may have asked for it at the same time.
        let entry = ids.entry(id.to_owned()).or_insert(inherited);
        self.tools.share(&first, entry);
        Some(entry.clone())
    }

    pub(super) fn all_attached(&self) -> Vec<Arc<Attached>> {
        lock(&self.ids).values().cloned().collect()
    }

    pub(super) fn put(&self, attached: Arc<Attached>) {
        lock(&self.ids).insert(attached.id.to_string(), attached);
    }

    pub(super) fn take(&self, id: &str) -> Option<Arc<Attached>> {
        lock(&self.ids).remove(id)
    }

    /// Sends an answer, however long the queue is: answers are never dropped.
    pub(super) async fn reply(&self, frame: &Frame) {
        // Only a connection at its end refuses it, and an answer beyond every limit, which ours never are.
        if let Err(error) = self.channel().sink.send(Outgoing::frame(frame), None).await {
            tracing::debug!(%error, "an answer to an attached client was not sent");
        }
    }

    /// Refuses a request without waiting: the reader never stops. A complaint takes the place of an answer that finds no room.
    pub(super) fn refuse(&self, answer: &Frame, code: &str, message: &str, reference: String) {
        if self
            .channel()
            .sink
            .try_send(Outgoing::frame(answer))
            .is_err()
        {
            self.complain(code, message, Some(reference));
        }
    }

    /// Complains about a frame that asks for no answer.
    pub(super) fn complain(&self, code: &str, message: &str, reference: Option<String>) {
        let complaint = Frame::Error(Complaint {
            code: code.to_owned(),
            message: message.to_owned(),
            reference,
        });
        // Of so many complaints that even their own room is full, some may go.
        let _ = self.channel().sink.try_send(Outgoing::frame(&complaint));
    }

    /// Returns a permit for a request of the client. `None`: it has as many in flight as it may.
    pub(super) fn permit(&self) -> Option<OwnedSemaphorePermit> {
        self.permits.clone().try_acquire_owned().ok()
    }

    /// Returns what a task holds on to that does not keep the connection.
    pub(super) fn weak(&self) -> Weak<Self> {
        self.own.clone()
    }

    /// Leaves word of a server's state, in its order.
    pub(super) fn leave_state(&self, request: ClientRequest) {
        let (Some(target), Some(state)) = (request.target, request.state) else {
            let why = "`status` names a `target` and its `state`";
            return self.complain("bad_frame", why, Some(request.id));
        };
        if !declared::eras_fit(&request.eras) {
            let why = "`eras` holds more, or longer, revisions than a server may have";
            return self.complain("bad_frame", why, Some(request.id));
        }
        let news = News {
            target,
            state,
            eras: request.eras,
            detail: declared::cut(request.detail),
        };
        if !self.errands.leave(Errand::State(news)) {
            let why = "too many servers have news; wait";
            self.complain("overloaded", why, Some(request.id));
        }
    }

    fn leave_attach(&self, frame: crate::frame::Attach) {
        if let Some(permit) = self.permit() {
            self.errands.leave(Errand::Attach(frame, permit));
            return;
        }
        let answer = Frame::Attached(refusal(&frame.id, "overloaded", TOO_MANY));
        self.refuse(&answer, "overloaded", TOO_MANY, frame.id);
    }

    fn leave_detach(&self, frame: crate::frame::Detach) {
        if let Some(permit) = self.permit() {
            self.errands.leave(Errand::Detach(frame, permit));
            return;
        }
        let answer = Frame::Detached(Detached {
            id: frame.id.clone(),
            attach_id: frame.attach_id,
            kind: Some("err".to_owned()),
            code: Some("overloaded".to_owned()),
        });
        self.refuse(&answer, "overloaded", TOO_MANY, frame.id);
    }

    /// Does what is to be done in order, until the connection is at its end.
    pub(super) async fn run_errands(self: Arc<Self>) {
        let sink = self.channel().sink.clone();
        loop {
            let errand = tokio::select! {
                errand = self.errands.next() => errand,
                _ = sink.closed() => return,
            };
            // Boxed: nearly always there is none, and a thousand idle connections would each keep room for one.
            match errand {
                Errand::Attach(frame, _permit) => Box::pin(self.attach(frame)).await,
                Errand::Detach(frame, _permit) => Box::pin(self.detach(frame)).await,
                Errand::State(news) => Box::pin(self.set_state(news)).await,
            }
        }
    }

    /// Takes everything down: the attachment is over.
    pub(super) async fn end(&self) {
        lock(&self.asked).clear();
        self.sessions.end_all("the attached client is gone");
        let ids = std::mem::take(&mut *lock(&self.ids));
        let was_missing = ids.values().any(|attached| {
            attached.release();
            !self.missing(attached).is_empty()
        });
        if let Some(bus) = &self.bus {
            bus.shut();
        }
        self.tools.end().await;
        if was_missing {
            self.server.health.changed();
        }
    }

    /// Says goodbye, waits for what is in progress at most so long, and closes. The reader runs on meanwhile (W17, W50).
    pub(super) async fn shut_down(&self, drain: Duration) {
        let goodbye = Frame::Goodbye(crate::frame::Goodbye {
            reason: "shutdown".to_owned(),
            drain_ms: u64::try_from(drain.as_millis()).unwrap_or(u64::MAX),
        });
        // It has room of its own, which only a peer that reads nothing has used up.
        let _ = self.channel().sink.try_send(Outgoing::frame(&goodbye));
        self.tools.stop_listening();
        let idle = async {
            while !(self.channel().pending.is_empty() && lock(&self.asked).is_empty()) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let _ = tokio::time::timeout(drain, idle).await;
        self.channel()
            .sink
            .close(close::RESTART, "the server restarts");
        // The socket itself knows when it has waited long enough for the other side.
        self.carried.until_dropped().await;
    }
}

const TOO_MANY: &str = "too many requests at once; wait for answers";

impl Receives for Connection {
    fn frame(&self, frame: Frame) {
        match frame {
            Frame::ServerResponse(response) => {
                let id = response.id.clone();
                let done = self.channel().pending.complete(&id, response);
                if matches!(done, Completed::WrongTarget | Completed::Broken) {
                    tracing::warn!(?done, "an attached client answered what is no answer");
                }
            }
            Frame::ClientRequest(request) => self.hear(request),
            Frame::Cancel(cancel) => {
                lock(&self.asked).remove(&cancel.reference);
            }
            Frame::Attach(frame) => self.leave_attach(frame),
            Frame::Detach(frame) => self.leave_detach(frame),
            Frame::Error(complaint) => {
                tracing::info!(
                    code = complaint.code,
                    "an attached client complains about a frame"
                );
            }
            // It takes no new requests; those in progress end with their answers, or with the socket.
            Frame::Goodbye(_) | Frame::Detached(_) => {}
            _ => {
                self.complain("unknown_type", "only a server sends such a frame", None);
            }
        }
    }

    fn bus(&self, text: String) {
        match &self.bus {
            Some(bus) => bus.arrived(text),
            None => self.complain("forbidden", "this token has no scope `bus`", None),
        }
    }

    fn broken(&self, broken: Broken) {
        let Broken::Body {
            kind,
            id: Some(id),
            text,
        } = broken
        else {
            return;
        };
        match kind.as_str() {
            "server_response" => _ = self.channel().pending.broken(&id),
            "client_request" => {
                let error = RpcError::new(codes::INVALID_REQUEST, text.clone());
                let answer = ClientResponse::new(id.clone(), Err(error));
                self.refuse(&Frame::ClientResponse(answer), "bad_frame", &text, id);
            }
            _ => {}
        }
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("epoch", &self.channel().epoch())
            .finish_non_exhaustive()
    }
}
