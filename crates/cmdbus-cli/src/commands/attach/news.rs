//! What is known of the servers, and what happens to them as lines of JSON.

use std::time::Duration;

use cmdbus_attach::client::ClientEvent;
use cmdbus_attach::frame::{Bound, ServerState, Target};
use serde_json::{Value, json};

/// The servers, in their order, and how each does.
pub(super) struct Known {
    servers: Vec<(Target, ServerState, Option<String>)>,
}

impl Known {
    pub(super) fn new(targets: Vec<Target>) -> Self {
        let servers = targets
            .into_iter()
            .map(|target| (target, ServerState::Starting, None))
            .collect();
        Self { servers }
    }

    /// Takes in a state. Returns whether it is another one than before.
    pub(super) fn set(
        &mut self,
        target: &Target,
        state: ServerState,
        detail: Option<&str>,
    ) -> bool {
        let Some(known) = self.servers.iter_mut().find(|known| known.0 == *target) else {
            return false;
        };
        let has_changed = known.1 != state || known.2.as_deref() != detail;
        (known.1, known.2) = (state, detail.map(str::to_owned));
        has_changed
    }

    pub(super) fn state(&self, target: &Target) -> ServerState {
        let known = self.servers.iter().find(|known| known.0 == *target);
        known.map_or(ServerState::Starting, |known| known.1)
    }

    /// Returns all servers with their states, and why they are in it.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Target, ServerState, Option<&str>)> {
        self.servers
            .iter()
            .map(|(target, state, detail)| (target, *state, detail.as_deref()))
    }
}

/// Returns the word for a state.
pub(super) fn word(state: ServerState) -> &'static str {
    match state {
        ServerState::Starting => "starting",
        ServerState::Ready => "ready",
        ServerState::Degraded => "degraded",
        ServerState::Failed => "failed",
        ServerState::Stopped => "stopped",
    }
}

/// Turns events into lines of JSON.
pub(super) struct Lines {
    known: Known,
    /// Whether the connection has been lost since it was last there.
    is_away: bool,
}

impl Lines {
    pub(super) fn new(known: Known) -> Self {
        Self {
            known,
            is_away: false,
        }
    }

    /// Returns the line for an event, if it has one.
    pub(super) fn line(&mut self, event: &ClientEvent) -> Option<Value> {
        Some(match event {
            ClientEvent::Attached {
                attach_id,
                took_over,
                servers,
            } => {
                let servers: Vec<Value> = servers.iter().map(|bound| self.bound(bound)).collect();
                json!({"event": "attach", "attach_id": attach_id, "took_over": took_over, "servers": servers})
            }
            ClientEvent::Refused {
                attach_id,
                code,
                message,
            } => {
                let error = json!({"code": code, "message": message});
                json!({"event": "attach", "attach_id": attach_id, "error": error})
            }
            ClientEvent::Detached { attach_id } => {
                json!({"event": "detach", "attach_id": attach_id})
            }
            ClientEvent::Server {
                target,
                state,
                detail,
            } => {
                self.known.set(target, *state, detail.as_deref());
                let name = target.to_string();
                json!({"event": "status", "server": name, "state": word(*state), "detail": detail})
            }
            ClientEvent::Disconnected { reason, retry_in } => {
                self.is_away = true;
                json!({"event": "reconnect", "state": "waiting", "reason": reason, "retry_in_ms": millis(*retry_in)})
            }
            ClientEvent::Connected { resumed, .. } if std::mem::take(&mut self.is_away) => {
                json!({"event": "reconnect", "state": "connected", "resumed": resumed})
            }
            ClientEvent::Connected { .. } | ClientEvent::Log { .. } => return None,
        })
    }

    fn bound(&self, bound: &Bound) -> Value {
        json!({
            "server": bound.target.to_string(),
            "state": word(self.known.state(&bound.target)),
            "prefix": bound.prefix,
            "url": bound.url,
        })
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_but_logs_and_the_first_connection_is_a_line() {
        let target = Target::Named {
            name: "fs".to_owned(),
        };
        let mut lines = Lines::new(Known::new(vec![target.clone()]));
        let connected = |resumed| ClientEvent::Connected {
            base_url: String::new(),
            resumed,
        };
        assert_eq!(lines.line(&connected(false)), None);
        let ready = ClientEvent::Server {
            target: target.clone(),
            state: ServerState::Ready,
            detail: None,
        };
        assert_eq!(
            lines.line(&ready).unwrap(),
            json!({"event": "status", "server": "fs", "state": "ready", "detail": null})
        );
        let attached = ClientEvent::Attached {
            attach_id: "a".to_owned(),
            took_over: false,
            servers: vec![Bound {
                target,
                prefix: Some("fs".to_owned()),
                url: None,
            }],
        };
        assert_eq!(
            lines.line(&attached).unwrap(),
            json!({"event": "attach", "attach_id": "a", "took_over": false,
                   "servers": [{"server": "fs", "state": "ready", "prefix": "fs", "url": null}]})
        );
        let gone = ClientEvent::Disconnected {
            reason: "x".to_owned(),
            retry_in: Duration::from_millis(1500),
        };
        assert_eq!(
            lines.line(&gone).unwrap(),
            json!({"event": "reconnect", "state": "waiting", "reason": "x", "retry_in_ms": 1500})
        );
        assert_eq!(
            lines.line(&connected(true)).unwrap(),
            json!({"event": "reconnect", "state": "connected", "resumed": true})
        );
        assert_eq!(lines.line(&connected(true)), None);
    }

    #[test]
    fn only_another_state_is_a_change() {
        let target = Target::Primary;
        let mut known = Known::new(vec![target.clone()]);
        assert!(known.set(&target, ServerState::Failed, Some("a")));
        assert!(!known.set(&target, ServerState::Failed, Some("a")));
        assert!(known.set(&target, ServerState::Failed, Some("b")));
        let stranger = Target::Named {
            name: "x".to_owned(),
        };
        assert!(!known.set(&stranger, ServerState::Ready, None));
    }
}
