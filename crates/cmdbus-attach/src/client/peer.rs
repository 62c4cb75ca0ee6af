//! What the attached side says to the gateway of its own accord (attach §3.5).

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cmdbus_mcp::carry::{Answer, FromServer, Hears};
use cmdbus_mcp::rpc::{Raw, RpcError, codes};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::time::timeout;

use crate::frame::{Cancel, ClientOp, ClientRequest, ClientResponse, Frame, ListKind};
use crate::link::{Outgoing, SendError, SharedSink, TrySendError};

/// How long the gateway, and the person behind it, may take to answer a server.
const WAIT: Duration = Duration::from_secs(600);

type Waiting = HashMap<String, oneshot::Sender<Result<Raw, RpcError>>>;

/// The gateway, seen from one attachment. Cheap to clone; a clone keeps neither the attachment nor its socket.
#[derive(Clone)]
pub struct Peer(Arc<Inner>);

struct Inner {
    sink: SharedSink,
    /// Requests that wait for an answer, by their id.
    waiting: Mutex<Waiting>,
    permits: Arc<Semaphore>,
    /// How many requests of the gateway are in progress, by their session.
    in_sessions: watch::Sender<HashMap<String, usize>>,
    /// The attach ids that are bound.
    ids: Mutex<Vec<String>>,
    next: AtomicU64,
}

impl Peer {
    pub(super) fn new(sink: SharedSink, most: usize) -> Self {
        Self(Arc::new(Inner {
            sink,
            waiting: Mutex::default(),
            permits: Arc::new(Semaphore::new(most)),
            in_sessions: watch::Sender::default(),
            ids: Mutex::default(),
            next: AtomicU64::new(1),
        }))
    }

    /// Returns the attach ids that are bound now.
    #[must_use]
    pub fn attach_ids(&self) -> Vec<String> {
        self.ids().clone()
    }

    /// Returns a request with an id of its own.
    #[must_use]
    pub fn request(&self, op: ClientOp) -> ClientRequest {
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        ClientRequest::new(format!("k{id}"), op)
    }

    /// Tells the gateway something, and does not wait for room. Returns whether it is queued: progress, log and list changes always
    /// are, or something older of the kind goes for them (attach §3.8).
    pub fn tell(&self, request: &ClientRequest) -> bool {
        let queued = self
            .0
            .sink
            .try_send(Outgoing::frame(&Frame::ClientRequest(request.clone())));
        match queued {
            Ok(()) => true,
            Err(TrySendError::Closed) => false,
            Err(error) => {
                tracing::warn!(op = ?request.op, %error, "the gateway was not told something");
                false
            }
        }
    }

    /// Tells the gateway something as soon as there is room. Returns false if the attachment is over.
    ///
    /// # Cancel safety
    /// Dropped while it waits for room, nothing is sent.
    pub async fn report(&self, request: &ClientRequest) -> bool {
        let frame = Outgoing::frame(&Frame::ClientRequest(request.clone()));
        !matches!(self.0.sink.send(frame, None).await, Err(SendError::Closed))
    }

    /// Asks the MCP client behind the gateway, and waits for the answer as long as `deadline_ms` says, 10 min if it does not.
    ///
    /// # Errors
    /// What the client answered, or: as many requests in flight as the gateway takes, no answer in time, the attachment is over.
    ///
    /// # Cancel safety
    /// Dropped, the gateway is told that nobody waits any more.
    pub async fn ask(&self, mut request: ClientRequest) -> Result<Raw, RpcError> {
        let Ok(_permit) = self.0.permits.clone().try_acquire_owned() else {
            return Err(RpcError::new(
                codes::OVERLOADED,
                "too many requests to clients at once; wait for answers",
            ));
        };
        request.reply = true;
        let wait = request
            .deadline_ms
            .map_or(WAIT, Duration::from_millis)
            .min(WAIT);
        let (tell, answer) = oneshot::channel();
        self.waiting().insert(request.id.clone(), tell);
        let mut open = Open {
            peer: self,
            id: &request.id,
            sent: false,
        };
        let frame = Outgoing::frame(&Frame::ClientRequest(request.clone()));
        self.0.sink.try_send(frame).map_err(|error| match error {
            TrySendError::Closed => lost(),
            TrySendError::Full => RpcError::new(codes::OVERLOADED, error.to_string()),
            TrySendError::TooLarge => RpcError::new(codes::TOO_LARGE, error.to_string()),
        })?;
        open.sent = true;
        let outcome = tokio::select! {
            answered = timeout(wait, answer) => answered,
            _ = self.0.sink.closed() => return Err(lost()),
        };
        match outcome {
            Ok(answered) => {
                open.sent = false;
                answered.unwrap_or_else(|_| Err(lost()))
            }
            Err(_) => Err(RpcError::new(
                codes::TIMEOUT,
                "the client has not answered in time",
            )),
        }
    }

    /// Returns an ear that passes on what a server says: about a request (`related`), or in a session.
    pub(super) fn ear(&self, session: Option<String>, related: Option<String>) -> Hears {
        let peer = self.clone();
        Arc::new(move |message| match message {
            FromServer::Notification { method, params } => {
                let list = related
                    .is_none()
                    .then(|| ListKind::of_method(&method))
                    .flatten();
                let op = if list.is_some() {
                    ClientOp::ListChanged
                } else {
                    ClientOp::Notify
                };
                let request = ClientRequest {
                    session: session.clone(),
                    related: related.clone(),
                    kind: list,
                    method: list.is_none().then_some(method),
                    params: params.filter(|_| list.is_none()),
                    ..peer.request(op)
                };
                peer.tell(&request);
            }
            FromServer::Request {
                method,
                params,
                answer,
            } => {
                let request = ClientRequest {
                    session: session.clone(),
                    related: related.clone(),
                    method: Some(method),
                    params,
                    ..peer.request(ClientOp::Rpc)
                };
                tokio::spawn(put(peer.clone(), request, answer));
            }
        })
    }

    /// Counts a request of the gateway as in progress as long as what is returned lives.
    pub(super) fn enter(&self, session: &str) -> InSession {
        let session = session.to_owned();
        self.0
            .in_sessions
            .send_modify(|counts| *counts.entry(session.clone()).or_default() += 1);
        InSession {
            peer: self.clone(),
            session,
        }
    }

    /// Waits until no request of a session is in progress.
    pub(super) async fn is_idle(&self, session: &str) {
        let mut counts = self.0.in_sessions.subscribe();
        // The sender lives in `self`.
        let _ = counts
            .wait_for(|counts| !counts.contains_key(session))
            .await;
    }

    /// Takes the answer to a request of ours.
    pub(super) fn answered(&self, response: ClientResponse) {
        let Some(tell) = self.waiting().remove(&response.id) else {
            tracing::debug!("an answer of the gateway came too late, or to nobody");
            return;
        };
        let outcome = response.into_result().unwrap_or_else(|| {
            Err(RpcError::new(
                codes::BAD_ANSWER,
                "the gateway answered what is no answer",
            ))
        });
        let _ = tell.send(outcome);
    }

    pub(super) fn sink(&self) -> &SharedSink {
        &self.0.sink
    }

    /// Notes that an attach id is bound.
    pub(super) fn bound(&self, id: &str) {
        let mut ids = self.ids();
        if !ids.iter().any(|own| own == id) {
            ids.push(id.to_owned());
        }
    }

    /// Notes that an attach id is not bound any more. Returns whether it was.
    pub(super) fn released(&self, id: &str) -> bool {
        let mut ids = self.ids();
        let before = ids.len();
        ids.retain(|own| own != id);
        ids.len() < before
    }

    fn ids(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts the question of a server to its client, until the server has given up.
async fn put(peer: Peer, request: ClientRequest, mut answer: Answer) {
    let outcome = tokio::select! {
        outcome = peer.ask(request) => outcome,
        () = answer.given_up() => return,
    };
    answer.give(outcome);
}

fn lost() -> RpcError {
    RpcError::new(codes::CHANNEL_LOST, "the attachment is over")
}

/// A request in a session, in progress.
pub(super) struct InSession {
    peer: Peer,
    session: String,
}

impl Drop for InSession {
    fn drop(&mut self) {
        self.peer.0.in_sessions.send_modify(|counts| {
            let count = counts.remove(&self.session).unwrap_or_default();
            if count > 1 {
                counts.insert(std::mem::take(&mut self.session), count - 1);
            }
        });
    }
}

/// A place in the table, left when it is dropped.
struct Open<'a> {
    peer: &'a Peer,
    id: &'a str,
    /// Whether the gateway knows of the request and has not answered.
    sent: bool,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.peer.waiting().remove(self.id);
        if self.sent {
            let cancel = Frame::Cancel(Cancel {
                reference: self.id.to_owned(),
                reason: Some("the server does not wait any more".to_owned()),
            });
            let _ = self.peer.sink().try_send(Outgoing::frame(&cancel));
        }
    }
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Peer").finish_non_exhaustive()
    }
}
