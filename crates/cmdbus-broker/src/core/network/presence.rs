//! Whether the network can be reached, as clients are told (protocol §4.2).

use serde_json::json;

use crate::core::outgoing::Lane;
use crate::core::{Core, Level, StreamId, Timer};

/// The state of the link to the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::core) enum Presence {
    Online,
    Reconnecting,
    Offline,
}

impl Presence {
    pub(in crate::core) fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Reconnecting => "reconnecting",
            Self::Offline => "offline",
        }
    }
}

/// What happens to that link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::core) enum LinkEvent {
    Connected,
    Disconnected,
    GraceExpired,
    Shutdown,
}

/// Returns the next state and the reason that is told; `None` if nothing changes.
fn next(state: Presence, event: LinkEvent) -> Option<(Presence, &'static str)> {
    use {LinkEvent as Event, Presence as State};
    match (state, event) {
        (State::Offline, Event::Connected) => Some((State::Online, "connector_connected")),
        (State::Reconnecting, Event::Connected) => Some((State::Online, "connector_reconnected")),
        (State::Online, Event::Disconnected) => {
            Some((State::Reconnecting, "connector_disconnected"))
        }
        (State::Reconnecting, Event::GraceExpired) => Some((State::Offline, "grace_timeout")),
        (_, Event::Shutdown) => Some((State::Offline, "broker_shutdown")),
        (State::Online, Event::Connected | Event::GraceExpired)
        | (State::Reconnecting, Event::Disconnected)
        | (State::Offline, Event::Disconnected | Event::GraceExpired) => None,
    }
}

impl Core {
    /// Follows the link to the network, and tells everybody when something changes.
    pub(in crate::core) fn link(&mut self, event: LinkEvent) {
        let Some((state, reason)) = next(self.network.presence, event) else {
            return;
        };
        if event == LinkEvent::Shutdown {
            self.network.draining = self.network.presence == Presence::Online;
        }
        self.network.presence = state;
        if state == Presence::Reconnecting {
            let grace = self.now.mono + self.figures.presence_grace;
            self.timers.set(Timer::Presence, grace);
        } else {
            self.timers.clear(&Timer::Presence);
        }
        self.log(
            Level::Info,
            format!("presence {}: {reason}", state.as_str()),
        );
        self.emit(
            Lane::Presence,
            "network_presence_changed",
            json!({
                "type": "network_presence_changed",
                "version": 1,
                "state": state.as_str(),
                "ts": self.now.wall,
                "reason": reason,
            }),
        );
        let mut streams: Vec<StreamId> = self.streams.iter().map(|stream| stream.id).collect();
        streams.sort_unstable();
        for stream in streams {
            self.tell_presence(stream, state.as_str(), reason);
        }
        if state == Presence::Online {
            self.flush_lanes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use LinkEvent::{Connected, Disconnected, GraceExpired, Shutdown};
    use Presence::{Offline, Online, Reconnecting};

    #[test]
    fn presence_follows_the_table_of_the_protocol() {
        let rows = [
            (Offline, Connected, Some((Online, "connector_connected"))),
            (Offline, Shutdown, Some((Offline, "broker_shutdown"))),
            (Offline, Disconnected, None),
            (Offline, GraceExpired, None),
            (
                Online,
                Disconnected,
                Some((Reconnecting, "connector_disconnected")),
            ),
            (Online, Shutdown, Some((Offline, "broker_shutdown"))),
            (Online, Connected, None),
            (Online, GraceExpired, None),
            (
                Reconnecting,
                Connected,
                Some((Online, "connector_reconnected")),
            ),
            (Reconnecting, GraceExpired, Some((Offline, "grace_timeout"))),
            (Reconnecting, Shutdown, Some((Offline, "broker_shutdown"))),
            (Reconnecting, Disconnected, None),
        ];
        for (state, event, expected) in rows {
            assert_eq!(next(state, event), expected, "{state:?} {event:?}");
        }
    }
}
