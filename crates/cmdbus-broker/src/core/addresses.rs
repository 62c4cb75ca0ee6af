//! What an address names (protocol §1.7).

use super::endpoint::Known;
use super::{Core, Refusal};
use crate::ids::EndpointId;
use crate::store::EndpointState;

/// Where an address leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Destination {
    /// To a live endpoint.
    Endpoint(EndpointId),
    /// To an endpoint that is closed, and that nobody has taken over from.
    Closed(EndpointId),
    /// To an endpoint that nobody here knows.
    Missing(EndpointId),
    /// To whichever endpoint of an agent asks for it.
    Agent(String),
    /// To this node: the conversation tells, or nobody.
    Node,
}

impl Core {
    /// Finds what an address names.
    pub(super) fn resolve(&self, to: &str) -> Result<Destination, Refusal> {
        let unknown = || {
            Refusal::new(
                404,
                "recipient_unknown",
                format!("nobody here is called `{to}`"),
            )
        };
        let Some((kind, name)) = to.split_once(':') else {
            return self.endpoint_destination(to).ok_or_else(unknown);
        };
        match kind {
            "endpoint" => self.endpoint_destination(name),
            "session" => self.session_destination(name),
            "agent" => self.agent_destination(name),
            "node" => {
                let alias = self.figures.node_alias.as_deref();
                let ours = name == "self" || name == self.node || Some(name) == alias;
                ours.then_some(Destination::Node)
            }
            _ => None,
        }
        .ok_or_else(unknown)
    }

    fn endpoint_destination(&self, id: &str) -> Option<Destination> {
        let id = EndpointId::from(id);
        Some(self.destination(self.endpoints.latest(&id)?))
    }

    fn destination(&self, known: Known<'_>) -> Destination {
        match known {
            // While it closes, it takes nothing any more.
            Known::Live(endpoint) if endpoint.closing.is_some() => {
                Destination::Closed(endpoint.id().clone())
            }
            Known::Live(endpoint) => Destination::Endpoint(endpoint.id().clone()),
            Known::Closed(tombstone) => Destination::Closed(tombstone.identity.id.clone()),
        }
    }

    /// A session is where it was seen last.
    fn session_destination(&self, session: &str) -> Option<Destination> {
        let latest = self
            .endpoints
            .of_session(session)
            .max_by_key(|known| match known {
                Known::Live(endpoint) => (true, endpoint.since, endpoint.identity.order),
                Known::Closed(tombstone) => (false, tombstone.closed_at, tombstone.identity.order),
            })?;
        Some(self.destination(latest))
    }

    fn agent_destination(&self, agent: &str) -> Option<Destination> {
        let mut live = Vec::new();
        let mut seen = false;
        for known in self.endpoints.of_agent(agent) {
            seen = true;
            if let Known::Live(endpoint) = known
                && endpoint.closing.is_none()
            {
                live.push(endpoint.id());
            }
        }
        match live.as_slice() {
            [only] => Some(Destination::Endpoint((*only).clone())),
            _ => seen.then(|| Destination::Agent(agent.to_owned())),
        }
    }

    /// Returns whether an endpoint has its stream.
    pub(super) fn is_live(&self, destination: &Destination) -> bool {
        match destination {
            Destination::Endpoint(id) => self
                .endpoints
                .get(id)
                .is_some_and(|endpoint| endpoint.state == EndpointState::Active),
            _ => false,
        }
    }
}
