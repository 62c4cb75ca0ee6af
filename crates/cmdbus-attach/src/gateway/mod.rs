//! The MCP gateway over HTTP (attach §4).
//!
//! [`Gateway`] is the front: routes, validation, sessions, streams, cancellation. It re-types nothing: parameters and results are
//! raw from one end to the other, and a method it does not know is carried like any other. Behind it stands a [`Backend`] per route,
//! which a [`Resolve`] finds. Start with `post.rs`, and follow a request from there to `exchange.rs`.

mod accept;
pub mod aggregated;
mod audit;
mod backend;
mod errors;
mod exchange;
mod headers;
mod post;
mod routes;
mod session;
mod settings;
mod shared;
mod stream;
mod streams;
mod tokens;
mod validate;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use backend::{Backend, Opening, Resolve, Route, SessionPort};
pub use settings::Settings;
pub use shared::Figures;

use crate::auth::{Authority, Principal};
use shared::Shared;

/// The HTTP front of all MCP endpoints. Cheap to clone.
#[derive(Clone)]
pub struct Gateway(Arc<Shared>);

impl Gateway {
    /// Returns a gateway to what the resolver finds.
    pub fn new(resolver: Arc<dyn Resolve>, settings: Settings) -> Self {
        Self(Shared::new(resolver, settings, None))
    }

    /// Returns a gateway that also ends what somebody has going on when their token ends. [`Authority::watch`] has to run.
    pub fn watching(
        resolver: Arc<dyn Resolve>,
        settings: Settings,
        authority: Arc<Authority>,
    ) -> Self {
        Self(Shared::new(resolver, settings, Some(authority)))
    }

    /// Returns the routes. [`auth::layer`](crate::auth::layer()) belongs around them: without a [`Principal`] in its extensions no
    /// request gets an answer other than 500, but for `/healthz` and `/readyz`.
    pub fn router(&self) -> axum::Router {
        routes::router(Arc::clone(&self.0))
    }

    /// Takes no new requests (503) and ends the streams that would not end by themselves. Requests in progress go on, and what
    /// clients say about them is heard.
    pub fn drain(&self) {
        self.0.drain();
    }

    /// Drains, waits for the requests in progress, fails those that are left after the grace time, and ends all sessions.
    pub async fn shut_down(&self, grace: Duration) {
        self.0.shut_down(grace).await;
    }

    /// Ends the sessions, streams and requests of somebody whose token has ended.
    pub fn end_all_of(&self, principal: &Principal) {
        self.0.end_all_of(principal);
    }

    /// Returns how much is going on.
    pub fn figures(&self) -> Figures {
        self.0.figures()
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("figures", &self.figures())
            .finish_non_exhaustive()
    }
}
