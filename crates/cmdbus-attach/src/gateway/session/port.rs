//! What the back-end of a session sees of it.

use std::sync::{Arc, Weak};

use cmdbus_mcp::carry::FromServer;
use cmdbus_mcp::rpc::splice;
use tracing::debug;

use super::super::backend::SessionPort;
use super::super::exchange::Exchange;
use super::super::shared::lock;
use super::super::stream::Event;
use super::Session;
use crate::frame::ListKind;

/// Holds the session loosely: the session holds its back-end.
pub(in crate::gateway) struct Port(pub(in crate::gateway) Weak<Session>);

impl SessionPort for Port {
    fn hear(&self, message: FromServer) {
        if let Some(session) = self.0.upgrade() {
            session.hear(message);
        }
    }

    fn list_changed(&self, kind: ListKind) {
        if let Some(session) = self.0.upgrade() {
            session.mark(kind);
        }
    }

    fn gone(&self, reason: &str) {
        let Some(session) = self.0.upgrade() else {
            return;
        };
        debug!(session = session.id(), reason, "a session has ended");
        match session.shared.upgrade() {
            Some(shared) => shared.sessions.forget(&session),
            None => {
                session.close();
            }
        }
    }
}

impl Session {
    /// Takes what the server says outside of any call.
    fn hear(self: &Arc<Self>, message: FromServer) {
        match message {
            FromServer::Request {
                method,
                params,
                answer,
            } => self.ask(None, method, params, answer),
            FromServer::Notification { method, params } => {
                if let Some(kind) = ListKind::of_method(&method) {
                    return self.mark(kind);
                }
                if method == "notifications/progress" {
                    let token = params
                        .as_ref()
                        .and_then(|params| splice::get_str(params, &["progressToken"]));
                    match token.and_then(|token| self.with_token(&token)) {
                        Some(exchange) => {
                            exchange.hear(FromServer::Notification { method, params });
                        }
                        None => self.counts.dropped(1),
                    }
                    return;
                }
                let event = Event::notification(&method, params);
                let mut state = lock(&self.state);
                if !state.ended {
                    self.counts.dropped(state.mailbox.say(event));
                }
            }
        }
    }

    fn with_token(&self, token: &str) -> Option<Arc<Exchange>> {
        let state = lock(&self.state);
        let mut exchanges = state.in_flight.values();
        exchanges
            .find(|exchange| exchange.has_token(token))
            .cloned()
    }

    /// Marks a catalogue as changed.
    pub(in crate::gateway) fn mark(&self, kind: ListKind) {
        let mut state = lock(&self.state);
        if !state.ended {
            state.mailbox.mark(kind);
        }
    }

    /// Takes what a request has for its client, but cannot bring it.
    pub(in crate::gateway) fn offer(&self, event: Event) {
        let lost = lock(&self.state).mailbox.offer(event);
        self.counts.dropped(lost);
    }
}
