//! One session, from its handshake to its end.

use std::sync::Arc;

use rmcp::transport::IntoTransport;
use rmcp::{RoleServer, serve_server};
use tokio::sync::Notify;

use super::Session;
use super::handler::Handler;

/// Serves a client until it goes, or somebody closes the session.
pub(super) async fn run<T, E, A>(session: Arc<Session>, transport: T, closing: Arc<Notify>)
where
    T: IntoTransport<RoleServer, E, A>,
    E: std::error::Error + Send + Sync + 'static,
{
    let serve = serve_server(Handler(session), transport);
    let running = tokio::select! {
        biased;
        () = closing.notified() => return,
        running = serve => running,
    };
    let running = match running {
        Ok(running) => running,
        Err(error) => {
            // Not the error itself, which may quote what the client sent.
            let kind = std::mem::discriminant(&error);
            tracing::debug!(
                ?kind,
                "an MCP client went away before its handshake was done"
            );
            return;
        }
    };
    let end = running.cancellation_token();
    let mut over = std::pin::pin!(running.waiting());
    tokio::select! {
        biased;
        _ = &mut over => return,
        () = closing.notified() => end.cancel(),
    }
    // How it ends is no affair of anybody any more.
    let _ = over.await;
}
