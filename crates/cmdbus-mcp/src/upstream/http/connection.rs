//! One connection to a server at an address.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::config::HttpConfig;
use super::failed::Failed;
use super::shared::Shared;
use super::{call, outbox};
use crate::carry::{Call, Carrier, Hears};
use crate::rpc::{Era, Raw, RpcError};
use crate::upstream::{Connection, Ended};

/// A connection to an MCP server at an address. In the legacy era it is one session, which the first `initialize` begins; in the modern
/// era there is nothing to begin.
///
/// A call waits until the server has accepted what was [told](Carrier::notify) before it. What is told after a call does not wait for
/// the call.
///
/// That a server cannot be reached fails calls and does not end the connection: the next call tries again.
pub struct HttpConnection {
    shared: Arc<Shared>,
}

impl HttpConnection {
    /// Makes a connection. Nothing is sent before the first call. `ear` hears what belongs to no call.
    #[must_use]
    pub fn new(config: HttpConfig, era: Era, ear: Hears) -> Self {
        Self {
            shared: Shared::new(config, era, ear),
        }
    }

    /// As [`call`](Carrier::call), and says in a failure what became of the call.
    pub fn ask(&self, call: Call, hears: Hears) -> BoxFuture<'static, Result<Raw, Failed>> {
        let after = self.shared.outbox.last();
        let run = call::run(self.shared.clone(), call, hears, after, Instant::now());
        Box::pin(run)
    }
}

impl Carrier for HttpConnection {
    fn call(&self, call: Call, hears: Hears) -> BoxFuture<'static, Result<Raw, RpcError>> {
        let asked = self.ask(call, hears);
        Box::pin(async move { asked.await.map_err(|failed| failed.error) })
    }

    fn notify(&self, method: &str, params: Option<Raw>, headers: &[(String, String)]) {
        // Calls are cancelled by dropping them. Whatever id stands here is not one of ours, and could hit a call of somebody else.
        if method == "notifications/cancelled" {
            return;
        }
        outbox::tell(&self.shared, method, params, headers);
    }
}

impl Connection for HttpConnection {
    fn ended(&self) -> BoxFuture<'static, Ended> {
        Box::pin(self.shared.over())
    }

    fn close(&self) -> BoxFuture<'static, ()> {
        let shared = self.shared.clone();
        Box::pin(async move {
            shared.end(Ended::Closed);
            shared.end_session().await;
            shared.idle().await;
        })
    }
}

impl Drop for HttpConnection {
    fn drop(&mut self) {
        self.shared.end(Ended::Closed);
        // Without a runtime the session is left to the server, which ends idle ones.
        if let Ok(runtime) = Handle::try_current() {
            let shared = self.shared.clone();
            runtime.spawn(async move { shared.end_session().await });
        }
    }
}
