//! What the attached side asks and tells (attach §3.5).

use std::time::Duration;

use cmdbus_mcp::carry::{Answer, FromServer};
use cmdbus_mcp::rpc::{RpcError, codes};

use super::connection::Connection;
use super::lock;
use crate::frame::{ClientOp, ClientRequest, ClientResponse, Frame, ListKind};
use crate::link::Outgoing;

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
                if let Some(port) = self.session(&session) {
                    super::bus_session::Sessions::remove(self, &session);
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
            self.say(&Frame::ClientResponse(ClientResponse::refused(
                request.id.clone(),
                "unknown_id",
                message,
            )));
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
            .and_then(|session| self.session(session))
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
                if let Some(port) = self.session(&session) {
                    port.hear(message);
                }
            }
            (None, None) => {}
        }
    }

    /// Puts a question of a server to its client, and sends the answer back.
    fn ask_client(&self, request: ClientRequest) {
        let id = request.id;
        let Some(method) = request.method else {
            let error = RpcError::new(codes::INVALID_REQUEST, "a request needs a method");
            return self.say(&Frame::ClientResponse(ClientResponse::new(id, Err(error))));
        };
        let Some(permit) = self.permit() else {
            let error = RpcError::new(
                codes::OVERLOADED,
                "too many requests at once; wait for answers",
            );
            return self.say(&Frame::ClientResponse(ClientResponse::new(id, Err(error))));
        };
        let (answer, waiting) = Answer::pair();
        let message = FromServer::Request {
            method,
            params: request.params,
            answer,
        };
        let held = request
            .related
            .as_deref()
            .and_then(|related| self.channel().pending.hold(related));
        match (&request.related, &request.session) {
            (Some(related), _) => _ = self.channel().pending.hear(related, message),
            (None, Some(session)) => match self.session(session) {
                Some(port) => port.hear(message),
                None => drop(message),
            },
            (None, None) => drop(message),
        }
        let wait = request
            .deadline_ms
            .map_or(WAIT, Duration::from_millis)
            .min(WAIT);
        let (sink, asked) = (self.channel().sink.clone(), self.asked_handle());
        let reference = id.clone();
        let task = tokio::spawn(async move {
            let outcome = match tokio::time::timeout(wait, waiting).await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) => Err(RpcError::new(codes::NO_STREAM, "nobody is there to answer")),
                Err(_) => Err(RpcError::new(
                    codes::TIMEOUT,
                    "the client has not answered in time",
                )),
            };
            drop(held);
            let mut frame = Outgoing::frame(&Frame::ClientResponse(ClientResponse::new(
                id.clone(),
                outcome,
            )));
            if let Some(session) = &request.session {
                frame = frame.of_session(session);
            }
            let _ = sink.send(frame, None).await;
            if let Some(connection) = asked.upgrade() {
                lock(&connection.asked).remove(&id);
            }
            drop(permit);
        });
        let mut table = lock(&self.asked);
        // It may be done already.
        if !task.is_finished() {
            table.insert(reference, task.abort_handle());
        }
    }
}
