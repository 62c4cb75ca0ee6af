//! What a program does that answers the gateway itself (attach §5, "Embedding").

use cmdbus_mcp::rpc::{Raw, RpcError, codes, raw};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, pending, ready};
use serde_json::json;

use super::Peer;
use crate::frame::{Declared, ServerNotify, ServerRequest};

/// The answer to a request. Dropped when the gateway cancels it.
pub type Reply = BoxFuture<'static, Result<Raw, RpcError>>;

/// Answers what the gateway asks: one method for each operation.
///
/// [`Servers`](super::Servers) runs MCP servers and passes requests on to them. A program that is its own MCP server implements this
/// instead. What it does not implement is answered with −32601, so that a caller can fall through to another agent.
///
/// No method may block. The limits of a request (`deadline_ms`, `total_ms`) are the implementation's to keep; the gateway keeps them as
/// well.
pub trait Answers: Send + Sync + 'static {
    /// Returns the servers to declare under each attach id, as they are now.
    fn servers(&self) -> Vec<Declared> {
        Vec::new()
    }

    /// A new attachment begins. Sessions of one before are over: the gateway does not know them any more.
    fn begin(&self, _peer: &Peer) {}

    /// Tells the gateway what happens, as long as the attachment lasts. Starts after the servers have been declared; what has changed
    /// since is to be told. Dropped when the attachment is over.
    fn report(&self, _peer: Peer) -> BoxFuture<'static, ()> {
        pending().boxed()
    }

    /// Answers a request of MCP. What the server says meanwhile goes to the peer, with the id of the request as `related`.
    fn rpc(&self, request: ServerRequest, _peer: &Peer) -> Reply {
        unknown(request.method.as_deref().unwrap_or("rpc"))
    }

    /// Ends a session.
    fn close_session(&self, _request: ServerRequest) -> Reply {
        unknown("close_session")
    }

    /// Says whether a server, or this side as a whole, answers.
    fn probe(&self, _request: ServerRequest) -> Reply {
        ready(Ok(raw(&json!({})))).boxed()
    }

    /// Tears down everything under an attach id.
    fn drop_id(&self, _request: ServerRequest) -> Reply {
        unknown("drop")
    }

    /// Says how the servers do.
    fn status(&self, _request: ServerRequest) -> Reply {
        unknown("status")
    }

    /// Hears a notification of an MCP client.
    fn notify(&self, _notice: ServerNotify) {}

    /// Stops everything: the client attaches no longer. Returns when nothing is left.
    fn stop(&self) -> BoxFuture<'static, ()> {
        ready(()).boxed()
    }
}

fn unknown(what: &str) -> Reply {
    let error = RpcError::new(
        codes::METHOD_NOT_FOUND,
        format!("the attached program does not answer `{what}`"),
    );
    ready(Err(error)).boxed()
}
