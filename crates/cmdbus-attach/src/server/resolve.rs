//! Which back-end a route of the gateway leads to, and who may use it (attach §4.2, §4.13).

use std::sync::Arc;

use cmdbus_mcp::rpc::{RpcError, codes};

use super::Shared;
use super::one_id::OneId;
use super::reverse::Reverse;
use crate::auth::Principal;
use crate::frame::Target;
use crate::gateway::aggregated::Aggregator;
use crate::gateway::{Backend, Resolve, Route};

pub(super) struct Resolver {
    pub(super) server: Arc<Shared>,
    pub(super) aggregator: Arc<Aggregator>,
}

impl Resolve for Resolver {
    fn resolve(&self, caller: &Principal, route: &Route) -> Result<Arc<dyn Backend>, RpcError> {
        let (id, target) = match route {
            Route::Everything => return Ok(self.aggregator.endpoint(None, 0)),
            Route::OneId(id) => (id, None),
            Route::Server(id, target) => (id, Some(target)),
        };
        let connection = self.server.holder(id).ok_or_else(|| unknown(id, target))?;
        let attached = connection
            .attached_or_inherited(id)
            .ok_or_else(|| unknown(id, target))?;
        // Whoever may not know of it learns nothing from the answer.
        if !attached.lets_in(caller, connection.channel().principal()) {
            return Err(unknown(id, target));
        }
        let Some(target) = target else {
            let endpoint = (self.aggregator).endpoint(Some(attached.id.clone()), attached.epoch);
            let registry = self.server.parts.config.registry.clone();
            return Ok(Arc::new(OneId::new(endpoint, attached, registry)));
        };
        let server = attached.server(target).filter(|server| server.shows_mcp);
        let server = server.ok_or_else(|| unknown(id, Some(target)))?;
        // Of a pass-through nobody can say which command a request is.
        if !caller.may_call_all_of(&server.prefix) {
            return Err(RpcError::new(
                codes::FORBIDDEN,
                format!(
                    "this token may not call all of `{}.*`; its tools are at the endpoint `/mcp`",
                    server.prefix
                ),
            ));
        }
        Ok(Arc::new(Reverse {
            connection,
            attached,
            target: target.clone(),
        }))
    }
}

fn unknown(id: &str, target: Option<&Target>) -> RpcError {
    let message = match target {
        Some(target) => format!("no server `{target}` is attached as `{id}`"),
        None => format!("nothing is attached as `{id}`"),
    };
    RpcError::new(codes::NOT_FOUND, message)
}
