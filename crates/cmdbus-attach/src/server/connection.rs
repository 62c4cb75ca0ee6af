//! One attachment, and what comes from it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use cmdbus_mcp::rpc::{RpcError, codes};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};

use crate::bus_channel::BusChannel;
use super::bus_session::Sessions;
use super::ids::Attached;
use super::tools::Tools;
use super::{Shared, lock};
use crate::frame::{Broken, ClientResponse, Complaint, Frame};
use crate::gateway::SessionPort;
use crate::link::{Link, Outgoing, Receives, close};
use crate::registry::{
    Completed, McpListenerRegistry, ReverseAttachGuard, ReverseAttachHandle, ReverseChannel,
};

/// What is done one after the other: an id is bound before it is released.
pub(super) enum Errand {
    Attach(crate::frame::Attach),
    Detach(crate::frame::Detach),
    State(Box<crate::frame::ClientRequest>),
}

/// One attachment. It outlives its sockets.
pub(super) struct Connection {
    own: Weak<Self>,
    server: Arc<Shared>,
    handle: ReverseAttachHandle,
    link: Link,
    tools: Tools,
    pub(super) bus: Option<Arc<BusChannel>>,
    ids: Mutex<BTreeMap<String, Arc<Attached>>>,
    sessions: Mutex<HashMap<String, Arc<dyn SessionPort>>>,
    /// Woken when a session has been taken out.
    removals: Notify,
    /// What the client has asked and may still cancel.
    pub(super) asked: Mutex<HashMap<String, tokio::task::AbortHandle>>,
    permits: Arc<Semaphore>,
    errands: mpsc::Sender<(Errand, Option<OwnedSemaphorePermit>)>,
    /// What the client's `hello` said it is, for people.
    pub(super) client: String,
    /// Since when there has been no socket.
    away: tokio::sync::watch::Sender<Option<tokio::time::Instant>>,
}

impl Connection {
    /// Makes a connection, whose errands are run by [`run_errands`](Self::run_errands).
    pub(super) fn new(
        server: Arc<Shared>,
        handle: ReverseAttachHandle,
        link: Link,
        bus: Option<Arc<BusChannel>>,
        client: String,
    ) -> (
        Arc<Self>,
        mpsc::Receiver<(Errand, Option<OwnedSemaphorePermit>)>,
    ) {
        let in_flight = server.parts.config.settings.client_in_flight;
        let (errands, todo) = mpsc::channel(in_flight.max(1) * 2);
        let connection = Arc::new_cyclic(|connection: &Weak<Self>| Self {
            own: connection.clone(),
            tools: Tools::new(handle.channel().clone(), connection.clone()),
            server,
            handle,
            link,
            bus,
            ids: Mutex::default(),
            sessions: Mutex::default(),
            removals: Notify::new(),
            asked: Mutex::default(),
            permits: Arc::new(Semaphore::new(in_flight)),
            errands,
            client,
            away: tokio::sync::watch::Sender::new(None),
        });
        (connection, todo)
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

    pub(super) fn tools(&self) -> &Tools {
        &self.tools
    }

    pub(super) fn listeners(&self) -> &McpListenerRegistry {
        &self.server.parts.config.mcp_listeners
    }

    /// Returns what is bound under an id, if this connection still holds it.
    pub(super) fn attached(&self, id: &str) -> Option<Arc<Attached>> {
        lock(&self.ids).get(id).cloned()
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

    /// Returns the port of a session.
    pub(super) fn session(&self, session: &str) -> Option<Arc<dyn SessionPort>> {
        lock(&self.sessions).get(session).cloned()
    }

    /// Waits until a session is no longer in the table.
    pub(super) async fn removed(&self, session: &str) {
        loop {
            let removal = self.removals.notified();
            tokio::pin!(removal);
            removal.as_mut().enable();
            if !lock(&self.sessions).contains_key(session) {
                return;
            }
            removal.await;
        }
    }

    /// Sends an answer, however long the queue is: answers are never dropped.
    pub(super) async fn reply(&self, frame: &Frame) {
        // Only a connection at its end refuses it, and an answer beyond every limit, which ours never are.
        if let Err(error) = self.channel().sink.send(Outgoing::frame(frame), None).await {
            tracing::debug!(%error, "an answer to an attached client was not sent");
        }
    }

    /// Sends what may be left out if there is no room.
    pub(super) fn say(&self, frame: &Frame) {
        let _ = self.channel().sink.try_send(Outgoing::frame(frame));
    }

    /// Complains about a frame that asks for no answer.
    pub(super) fn complain(&self, code: &str, message: &str, reference: Option<String>) {
        self.say(&Frame::Error(Complaint {
            code: code.to_owned(),
            message: message.to_owned(),
            reference,
        }));
    }

    /// Returns a permit for a request of the client. `None`: it has as many in flight as it may.
    pub(super) fn permit(&self) -> Option<OwnedSemaphorePermit> {
        self.permits.clone().try_acquire_owned().ok()
    }

    /// Leaves something to be done in its order.
    fn leave(&self, errand: Errand, reference: Option<String>) {
        let needs_permit = !matches!(errand, Errand::State(_));
        let permit = needs_permit.then(|| self.permit());
        if matches!(permit, Some(None))
            || self.errands.try_send((errand, permit.flatten())).is_err()
        {
            self.complain(
                "overloaded",
                "too many requests at once; wait for answers",
                reference,
            );
        }
    }

    /// Does what is to be done in order, until the connection is at its end.
    pub(super) async fn run_errands(
        self: Arc<Self>,
        mut todo: mpsc::Receiver<(Errand, Option<OwnedSemaphorePermit>)>,
    ) {
        let sink = self.channel().sink.clone();
        loop {
            let next = tokio::select! {
                next = todo.recv() => next,
                _ = sink.closed() => None,
            };
            let Some((errand, _permit)) = next else {
                return;
            };
            match errand {
                Errand::Attach(frame) => self.attach(frame).await,
                Errand::Detach(frame) => self.detach(frame).await,
                Errand::State(frame) => {
                    if let (Some(target), Some(state)) = (frame.target, frame.state) {
                        self.set_state(&target, state, frame.eras, frame.detail)
                            .await;
                    }
                }
            }
        }
    }

    /// Says that a socket carries it again.
    pub(super) fn came_back(&self) {
        self.away.send_replace(None);
    }

    /// Says that its socket is gone, and whether it may come back.
    pub(super) fn dropped(&self, suspended: bool) {
        if suspended {
            self.away.send_replace(Some(tokio::time::Instant::now()));
        }
    }

    /// Waits until there has been no socket for so long. Meanwhile requests wait for the next one.
    pub(super) async fn not_back_within(&self, grace: Duration, guard: &ReverseAttachGuard) {
        let mut away = self.away.subscribe();
        loop {
            let since = *away.borrow_and_update();
            let Some(since) = since else {
                guard.resume();
                // The sender lives in `self`.
                let _ = away.changed().await;
                continue;
            };
            let until = since + grace;
            guard.suspend(until);
            tokio::select! {
                _ = away.changed() => {}
                () = tokio::time::sleep_until(until) => return,
            }
        }
    }

    /// Takes everything down: the attachment is over.
    pub(super) async fn end(&self) {
        for (_, task) in lock(&self.asked).drain() {
            task.abort();
        }
        let sessions = std::mem::take(&mut *lock(&self.sessions));
        for port in sessions.into_values() {
            port.gone("the attached client is gone");
        }
        self.removals.notify_waiters();
        lock(&self.ids).clear();
        if let Some(bus) = &self.bus {
            bus.shut();
        }
        self.tools.end().await;
    }

    /// Says goodbye, waits for the calls in progress at most so long, and closes.
    pub(super) async fn shut_down(&self, drain: Duration) {
        self.say(&Frame::Goodbye(crate::frame::Goodbye {
            reason: "shutdown".to_owned(),
            drain_ms: u64::try_from(drain.as_millis()).unwrap_or(u64::MAX),
        }));
        let pending = self.channel().pending.clone();
        let idle = async {
            while !pending.is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let _ = tokio::time::timeout(drain, idle).await;
        self.channel()
            .sink
            .close(close::RESTART, "the server restarts");
    }
}

impl Sessions for Connection {
    fn add(&self, session: &str, port: Arc<dyn SessionPort>) {
        lock(&self.sessions).insert(session.to_owned(), port);
    }

    fn remove(&self, session: &str) {
        if lock(&self.sessions).remove(session).is_some() {
            self.removals.notify_waiters();
        }
    }
}

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
                if let Some(task) = lock(&self.asked).remove(&cancel.reference) {
                    task.abort();
                }
            }
            Frame::Attach(frame) => {
                let id = frame.id.clone();
                self.leave(Errand::Attach(frame), Some(id));
            }
            Frame::Detach(frame) => {
                let id = frame.id.clone();
                self.leave(Errand::Detach(frame), Some(id));
            }
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
        if let Broken::Body {
            kind,
            id: Some(id),
            text,
        } = broken
        {
            match kind.as_str() {
                "server_response" => _ = self.channel().pending.broken(&id),
                "client_request" => {
                    let error = RpcError::new(codes::INVALID_REQUEST, text);
                    self.say(&Frame::ClientResponse(ClientResponse::new(id, Err(error))));
                }
                _ => {}
            }
        }
    }
}

impl Connection {
    /// Returns what a task holds on to that does not keep the connection.
    pub(super) fn asked_handle(&self) -> Weak<Self> {
        self.own.clone()
    }

    /// Leaves word of a server's state, in its order.
    pub(super) fn leave_state(&self, request: crate::frame::ClientRequest) {
        self.leave(Errand::State(Box::new(request)), None);
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("epoch", &self.channel().epoch())
            .finish_non_exhaustive()
    }
}
