//! What stands behind an MCP endpoint of the gateway: an attached server, or the bus.

use std::sync::Arc;

use cmdbus_mcp::carry::{Call, FromServer, Hears};
use cmdbus_mcp::rpc::{Raw, RpcError};
use futures_util::future::BoxFuture;

use crate::auth::Principal;
use crate::frame::{Arguments, ListKind, Target};

/// Where a request is going, as its path and headers say (attach §4.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Route {
    /// Every command and attached tool that the caller may use.
    Everything,
    /// The same over one attach id.
    OneId(String),
    /// One attached server.
    Server(String, Target),
}

/// Finds what stands behind a route.
pub trait Resolve: Send + Sync + 'static {
    /// Returns the back-end for a caller. Called for every request, so it must be cheap.
    ///
    /// # Errors
    /// −33001 for what is unknown, and just so for what is not the caller's (attach §4.13); −33007 where the scope is too small.
    fn resolve(&self, caller: &Principal, route: &Route) -> Result<Arc<dyn Backend>, RpcError>;
}

/// A legacy session of the gateway, as its back-end sees it. Nothing here blocks or waits.
pub trait SessionPort: Send + Sync {
    /// Takes what the server says outside of any call in progress.
    fn hear(&self, message: FromServer);
    /// Marks a catalogue as changed. Many marks may become one notification.
    fn list_changed(&self, kind: ListKind);
    /// Ends the session: it answers 404 from now on, and its calls fail with −33002.
    fn gone(&self, reason: &str);
}

/// A handshake of the legacy era.
#[derive(Debug, Clone)]
pub struct Opening {
    /// `initialize`, its parameters verbatim.
    pub call: Call,
    /// Arguments for the server (`X-Cmdbus-Arguments`).
    pub args: Option<Arguments>,
}

/// Answers the requests of MCP clients on one route.
///
/// A request's future is dropped when the client has gone or cancelled, which cancels it on the way.
pub trait Backend: Send + Sync + 'static {
    /// Returns whether both are the same server as far as sessions go: one that has been detached and attached again is not.
    fn epoch(&self) -> u64;

    /// Returns the eras that can be spoken, as revisions. Empty while it is not known: then either is tried.
    fn versions(&self) -> Vec<String>;

    /// Returns the names of headers that travel to the server besides those that always do (attach §4.12).
    fn headers(&self) -> Vec<String> {
        Vec::new()
    }

    /// Begins a session under the given name, and returns the result of `initialize`.
    ///
    /// # Errors
    /// As [`Carrier::call`](cmdbus_mcp::carry::Carrier::call). Nothing of the session is left.
    fn open(
        &self,
        session: &str,
        opening: Opening,
        port: Arc<dyn SessionPort>,
    ) -> BoxFuture<'static, Result<Raw, RpcError>>;

    /// Asks the server, in a session of the legacy era or, in the modern one, without.
    ///
    /// `initialize` never comes this way. A progress token in the parameters is unique.
    ///
    /// # Errors
    /// As [`Carrier::call`](cmdbus_mcp::carry::Carrier::call).
    fn call(
        &self,
        caller: &Principal,
        session: Option<&str>,
        call: Call,
        hears: Hears,
    ) -> BoxFuture<'static, Result<Raw, RpcError>>;

    /// Tells the server something.
    fn notify(
        &self,
        session: Option<&str>,
        method: &str,
        params: Option<Raw>,
        headers: &[(String, String)],
    );

    /// Ends a session. Returns when its server has let go of it, or after 5 s.
    fn close(&self, session: &str) -> BoxFuture<'static, ()>;
}
