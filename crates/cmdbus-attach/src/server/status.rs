//! What is attached, for `status` and for lists that miss something (attach §4.14, §6).

use cmdbus_mcp::tools::Owner;
use serde_json::{Value, json};

use super::connection::Connection;
use super::ids::{Attached, Server};
use super::tools::ShownBy;
use super::{AttachServer, Shared};
use crate::auth::Principal;
use crate::frame::ServerState;
use crate::gateway::aggregated::Attachments;

impl AttachServer {
    /// Returns what is attached, sorted by attach id: per id its `principal`, `state` (`connected`, `suspended`), `client` and `servers`.
    #[must_use]
    pub fn status(&self) -> Value {
        let mut attached: Vec<(String, Value)> = Vec::new();
        for connection in self.0.all() {
            for id in connection.all_attached() {
                attached.push((id.id.to_string(), entry(&connection, &id)));
            }
        }
        attached.sort_by(|(a, _), (b, _)| a.cmp(b));
        attached.into_iter().map(|(_, entry)| entry).collect()
    }

    /// Returns figures: sockets, attach ids, and answers that came late or to nobody.
    #[must_use]
    pub fn figures(&self) -> Value {
        let connections = self.0.all();
        let sum = |of: fn(&Connection) -> u64| {
            connections
                .iter()
                .map(|connection| of(connection))
                .sum::<u64>()
        };
        json!({
            "sockets": connections.iter().filter(|connection| connection.link().is_running()).count(),
            "attach_ids": self.0.parts.config.registry.len(),
            "pending": sum(|connection| connection.channel().pending.len() as u64),
            "responses_late": sum(|connection| connection.channel().pending.late()),
            "responses_unknown": sum(|connection| connection.channel().pending.unknown()),
            "bus_events_dropped": sum(|connection| connection.bus.as_ref().map_or(0, |bus| bus.dropped())),
            "notifications_dropped": sum(|connection| connection.link().figures().dropped),
        })
    }
}

impl Attachments for AttachServer {
    fn shows(&self, caller: &Principal, owner: &Owner, under: Option<&str>) -> bool {
        // The tools of any other owner are nothing that is known here, and so for nobody.
        let shown = owner.downcast_ref::<ShownBy>();
        shown.is_some_and(|shown| match under {
            Some(id) => shown.is_under(id),
            None => shown.lets_in(caller),
        })
    }

    fn degraded(&self, caller: &Principal, under: Option<&str>) -> Vec<Value> {
        let mut missing: Vec<(String, Value)> = Vec::new();
        for connection in self.0.all() {
            for attached in connection.all_attached() {
                let concerned = under.is_none_or(|id| *attached.id == *id);
                if concerned && attached.lets_in(caller, connection.channel().principal()) {
                    missing.extend(connection.missing(&attached));
                }
            }
        }
        missing.sort_by(|(a, _), (b, _)| a.cmp(b));
        missing.into_iter().map(|(_, entry)| entry).collect()
    }
}

impl Connection {
    /// Returns the servers under an attach id whose tools are missing now, with what they are sorted by.
    pub(super) fn missing(&self, attached: &Attached) -> Vec<(String, Value)> {
        let entry = |server: Server| {
            let (_, trouble) = self.tools().state(attached, &server.target);
            let failed = server.state == ServerState::Failed;
            if !server.shows_commands || !(failed || trouble.is_some()) {
                return None;
            }
            let detail = server.detail.filter(|_| failed).or(trouble);
            let name = server.target.to_string();
            let entry = json!({"attach_id": &*attached.id, "name": name, "detail": detail});
            Some((format!("{}/{name}", attached.id), entry))
        };
        attached.servers().into_iter().filter_map(entry).collect()
    }
}

impl Shared {
    pub(super) fn all(&self) -> Vec<std::sync::Arc<Connection>> {
        self.connections().by_epoch.values().cloned().collect()
    }
}

fn entry(connection: &Connection, attached: &Attached) -> Value {
    let servers: Vec<Value> = attached
        .servers()
        .into_iter()
        .map(|server| {
            let (tools, trouble) = connection.tools().state(attached, &server.target);
            json!({
                "name": server.target.to_string(),
                "prefix": server.shows_commands.then_some(server.prefix),
                "state": server.state,
                "detail": server.detail.or(trouble),
                "tools": tools,
            })
        })
        .collect();
    let state = if connection.channel().is_suspended() {
        "suspended"
    } else {
        "connected"
    };
    json!({
        "attach_id": &*attached.id,
        "principal": connection.channel().principal().name(),
        "client": connection.client,
        "state": state,
        "servers": servers,
    })
}
