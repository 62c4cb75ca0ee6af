//! Endpoints that the authority knows under another id than their clients do (protocol §10.1): it had forgotten
//! them, and gave a new id when it was told anew. Clients go on with the id they have.

use rustc_hash::FxHashMap;

use crate::core::Core;
use crate::ids::EndpointId;

/// Not stored: after a restart every endpoint is told anew, and the authority says its id again.
#[derive(Debug, Default)]
pub(super) struct Names {
    theirs: FxHashMap<EndpointId, EndpointId>,
    ours: FxHashMap<EndpointId, EndpointId>,
}

impl Names {
    pub(super) fn set(&mut self, ours: &EndpointId, theirs: &EndpointId) {
        self.forget(ours);
        if ours != theirs {
            self.theirs.insert(ours.clone(), theirs.clone());
            self.ours.insert(theirs.clone(), ours.clone());
        }
    }

    fn forget(&mut self, ours: &EndpointId) {
        if let Some(theirs) = self.theirs.remove(ours) {
            self.ours.remove(&theirs);
        }
    }
}

impl Core {
    /// Forgets that an id is another name of an endpoint, or has one, for its endpoint is forgotten or a new one has
    /// it. Until then what comes for a closed endpoint under its other id is for whoever goes on with its session.
    pub(in crate::core) fn forget_name(&mut self, id: &EndpointId) {
        self.network.names.forget(id);
        if let Some(ours) = self.network.names.ours.get(id).cloned() {
            self.network.names.forget(&ours);
        }
    }

    /// Returns the id under which the authority knows an endpoint.
    pub(super) fn name_abroad(&self, id: &EndpointId) -> EndpointId {
        self.network.names.theirs.get(id).unwrap_or(id).clone()
    }

    /// Returns the id under which clients know an endpoint.
    pub(super) fn name_at_home(&self, id: &EndpointId) -> EndpointId {
        self.network.names.ours.get(id).unwrap_or(id).clone()
    }
}
