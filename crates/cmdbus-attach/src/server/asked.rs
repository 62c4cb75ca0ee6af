//! What the attached side asks and tells (attach §3.5).

use std::time::Duration;

use cmdbus_mcp::carry::{Answer, FromServer};
use cmdbus_mcp::rpc::{Raw, RpcError, codes};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::task::{AbortHandle, JoinHandle};

use super::connection::Connection;
use super::lock;
use crate::frame::{ClientOp, ClientRequest, ClientResponse, Frame, ListKind};
use crate::link::{Outgoing, SendError};

/// How long a server waits for its client if it does not say.
const WAIT: Duration = Duration::from_secs(600);

impl Connection {
    /// Takes a request or a notice of the attached side. Never blocks.
    pub(super) fn hear(&self, request: ClientRequest) {
        if !self.is_about_own_ids(&request) {
            return;
        }
        match request.op {
            ClientOp::ListChanged => self.list_changed(&request),
            ClientOp::Notify => self.notified(request),
            ClientOp::Rpc => self.ask_client(request),
            ClientOp::Status => self.leave_state(request),
            ClientOp::Log => {
                let text = request.text.unwrap_or_default();
                let server = request.target.map(|target| target.to_string());
                tracing::debug!(target: "cmdbus::attached", server, level = request.level, text);
            }
            ClientOp::SessionGone => {
                let session = request.session.unwrap_or_default();
                if let Some(port) = self.sessions().remove(&session) {
                    port.gone(
                        request
                            .reason
                            .as_deref()
                            .unwrap_or("the server has ended it"),
                    );
                }
            }
        }
    }

    /// Refuses what is about ids that this socket has not produced (W10).
    fn is_about_own_ids(&self, request: &ClientRequest) -> bool {
        let tracker = self.handle().tracker();
        if request.attach_ids.iter().all(|id| tracker.contains(id)) {
            return true;
        }
        let message = "an attach id in it is not one of this socket";
        if request.reply {
            let id = request.id.clone();
            let answer = ClientResponse::refused(id.clone(), "unknown_id", message);
            self.refuse(&Frame::ClientResponse(answer), "unknown_id", message, id);
        } else {
            self.complain("unknown_id", message, Some(request.id.clone()));
        }
        false
    }

    fn list_changed(&self, request: &ClientRequest) {
        let Some(kind) = request.kind else { return };
        if let Some(port) = request
            .session
            .as_deref()
            .and_then(|session| self.sessions().get(session))
        {
            port.list_changed(kind);
        }
        let Some(target) = &request.target else {
            return;
        };
        for id in &request.attach_ids {
            self.listeners().publish(id, target, kind);
        }
        if kind == ListKind::Tools {
            self.tools().refresh(&request.attach_ids, target);
        }
    }

    fn notified(&self, request: ClientRequest) {
        let Some(method) = request.method else { return };
        let message = FromServer::Notification {
            method,
            params: request.params,
        };
        match (request.related, request.session) {
            // Late progress has nobody to go to.
            (Some(related), _) => _ = self.channel().pending.hear(&related, message),
            (None, Some(session)) => {
                if let Some(port) = self.sessions().get(&session) {
                    port.hear(message);
                }
            }
            (None, None) => {}
        }
    }

    /// Puts a question of a server to its client, and sends the answer back.
    fn ask_client(&self, request: ClientRequest) {
        let Some(method) = request.method else {
            return self.turn_down(
                request.id,
                codes::INVALID_REQUEST,
                "a request needs a `method`",
            );
        };
        let Some(permit) = self.permit() else {
            let why = "too many requests at once; wait for answers";
            return self.turn_down(request.id, codes::OVERLOADED, why);
        };
        // Held until the task is in the table, so that it cannot take itself out before it is there.
        let mut table = lock(&self.asked);
        if table.contains_key(&request.id) {
            drop(table);
            let why = "a request with this id is in progress";
            return self.turn_down(request.id, codes::INVALID_REQUEST, why);
        }
        let (answer, waiting) = Answer::pair();
        let question = Question {
            id: request.id.clone(),
            related: request.related,
            session: request.session,
            wait: request
                .deadline_ms
                .map_or(WAIT, Duration::from_millis)
                .min(WAIT),
        };
        let connection = self.weak();
        let (sink, held) = (self.channel().sink.clone(), self.hold(&question));
        let task = tokio::spawn({
            let question = question.clone();
            async move {
                let outcome = question.answered(waiting).await;
                drop(held);
                // Never dropped; only a connection at its end refuses it.
                let sent = sink.send(question.response(outcome), None).await;
                if sent == Err(SendError::TooLarge) {
                    let why = "the answer is longer than the attached side takes";
                    let error = RpcError::new(codes::TOO_LARGE, why);
                    let _ = sink.send(question.response(Err(error)), None).await;
                }
                if let Some(connection) = connection.upgrade() {
                    lock(&connection.asked).remove(&question.id);
                }
            }
        });
        table.insert(request.id, Asked::new(&task, permit));
        drop(table);
        let message = FromServer::Request {
            method,
            params: request.params,
            answer,
        };
        self.put_to_client(&question, message);
    }

    /// Stops the idle limit of the request that the question belongs to.
    fn hold(&self, question: &Question) -> Option<crate::registry::Hold> {
        let related = question.related.as_deref()?;
        self.channel().pending.hold(related)
    }

    /// Hands the question on. Where nobody is, it is dropped, which answers it.
    fn put_to_client(&self, question: &Question, message: FromServer) {
        match (&question.related, &question.session) {
            (Some(related), _) => _ = self.channel().pending.hear(related, message),
            (None, Some(session)) => {
                if let Some(port) = self.sessions().get(session) {
                    port.hear(message);
                }
            }
            (None, None) => {}
        }
    }

    fn turn_down(&self, id: String, code: i64, why: &str) {
        let answer = ClientResponse::new(id.clone(), Err(RpcError::new(code, why)));
        self.refuse(&Frame::ClientResponse(answer), "overloaded", why, id);
    }
}

/// A question in progress. It ends when this is dropped.
pub(super) struct Asked {
    task: AbortHandle,
    /// Here, so that it is free as soon as the question is cancelled.
    _permit: OwnedSemaphorePermit,
}

impl Asked {
    fn new(task: &JoinHandle<()>, permit: OwnedSemaphorePermit) -> Self {
        Self {
            task: task.abort_handle(),
            _permit: permit,
        }
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A question of a server to its client.
#[derive(Clone)]
struct Question {
    id: String,
    related: Option<String>,
    session: Option<String>,
    wait: Duration,
}

impl Question {
    async fn answered(
        &self,
        waiting: oneshot::Receiver<Result<Raw, RpcError>>,
    ) -> Result<Raw, RpcError> {
        match tokio::time::timeout(self.wait, waiting).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(RpcError::new(codes::NO_STREAM, "nobody is there to answer")),
            Err(_) => Err(RpcError::new(
                codes::TIMEOUT,
                "the client has not answered in time",
            )),
        }
    }

    fn response(&self, outcome: Result<Raw, RpcError>) -> Outgoing {
        let response = ClientResponse::new(self.id.clone(), outcome);
        let frame = Outgoing::frame(&Frame::ClientResponse(response));
        match &self.session {
            Some(session) => frame.of_session(session),
            None => frame,
        }
    }
}
