//! What a token may do at the HTTP edge.

use std::sync::Arc;

use axum::http::Extensions;
use cmdbus::channel::http::HttpAccess;
use cmdbus_attach::auth::{Authority, Principal};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

/// Rights of tokens: commands by their `call` grants, events by the scope `bus`. Where no token is asked for, everybody may listen:
/// nobody could get that scope, and the `EventSource` of browsers could not show it.
pub(super) struct Rights(pub(super) Arc<Authority>);

impl HttpAccess for Rights {
    fn may_call(&self, who: &Extensions, command_id: &str) -> bool {
        principal(who).is_some_and(|principal| principal.may_call(command_id))
    }

    fn may_listen(&self, who: &Extensions) -> bool {
        let anybody = self.0.without_token();
        let is_anybody = |who: &Principal| anybody.is_some_and(|anybody| who.is_same(&anybody));
        principal(who).is_some_and(|who| who.may_bus() || is_anybody(who))
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

#[cfg(test)]
mod tests {
    use cmdbus_attach::auth::TokenFile;

    use super::*;

    fn listens(authority: Authority, who: Principal) -> bool {
        let mut extensions = Extensions::new();
        extensions.insert(who);
        Rights(Arc::new(authority)).may_listen(&extensions)
    }

    #[test]
    fn everybody_may_listen_where_no_token_is_asked_for() {
        let none = || Authority::none(&["127.0.0.1:80".parse().unwrap()]).unwrap();
        assert!(listens(none(), Principal::anonymous()));
        assert!(!Rights(Arc::new(none())).may_listen(&Extensions::new()));
        // A token that shares the name of everybody is somebody.
        let grants = vec!["call".parse().unwrap()];
        assert!(!listens(none(), Principal::named("anonymous", grants)));
    }

    #[test]
    fn where_tokens_are_asked_for_the_scope_is_needed() {
        let folder = tempfile::tempdir().unwrap();
        let tokens =
            || Authority::new("s3cret", TokenFile::at(folder.path().join("tokens"))).unwrap();
        let named = |grant: &str| Principal::named("ci", vec![grant.parse().unwrap()]);
        assert!(listens(tokens(), Principal::owner()));
        assert!(listens(tokens(), named("bus")));
        assert!(!listens(tokens(), named("call")));
        assert!(!listens(tokens(), Principal::anonymous()));
    }
}
