//! What a token may do at the HTTP edge.

use std::sync::Arc;

use axum::http::Extensions;
use cmdbus::channel::http::HttpAccess;
use cmdbus_attach::auth::{Authority, Principal};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

/// Rights of tokens: commands by their `call` grants, events by the scope `bus`.
pub(super) struct Rights(pub(super) Arc<Authority>);

impl HttpAccess for Rights {
    fn may_call(&self, who: &Extensions, command_id: &str) -> bool {
        principal(who).is_some_and(|principal| principal.may_call(command_id))
    }

    fn may_listen(&self, who: &Extensions) -> bool {
        principal(who).is_some_and(Principal::may_bus)
    }

    fn ended(&self, who: &Extensions) -> Option<BoxFuture<'static, ()>> {
        let (authority, principal) = (self.0.clone(), principal(who)?.clone());
        Some(async move { authority.ended(&principal).await }.boxed())
    }
}

/// Returns who sent a request, as the layer in front has found out.
pub(super) fn principal(who: &Extensions) -> Option<&Principal> {
    who.get::<Principal>()
}
