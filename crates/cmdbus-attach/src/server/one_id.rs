//! The tools of one attach id, as a back-end of the gateway: the aggregated endpoint, for as long as the id is there (attach §4.9).

use std::sync::{Arc, Mutex};

use cmdbus_mcp::carry::{Call, Hears};
use cmdbus_mcp::rpc::{Raw, RpcError};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use super::ids::Attached;
use super::lock;
use super::reverse::{LISTEN, ended};
use crate::auth::Principal;
use crate::gateway::{Backend, Opening, SessionPort};
use crate::registry::ReverseChannelRegistry;

pub(super) struct OneId {
    endpoint: Arc<dyn Backend>,
    attached: Arc<Attached>,
    registry: ReverseChannelRegistry,
    /// Dropped with the session that was opened here, which holds this back-end.
    open: Mutex<Option<oneshot::Sender<()>>>,
}

impl OneId {
    pub(super) fn new(
        endpoint: Arc<dyn Backend>,
        attached: Arc<Attached>,
        registry: ReverseChannelRegistry,
    ) -> Self {
        Self {
            endpoint,
            attached,
            registry,
            open: Mutex::default(),
        }
    }

    /// Ends a session with the attach id. One whose id has been taken over ends with its requests: the gateway sees to that.
    fn watch(&self, session: &str, port: &Arc<dyn SessionPort>) {
        let (open, over) = oneshot::channel::<()>();
        *lock(&self.open) = Some(open);
        let (attached, registry) = (self.attached.clone(), self.registry.clone());
        let port = Arc::downgrade(port);
        let (endpoint, session) = (self.endpoint.clone(), session.to_owned());
        tokio::spawn(async move {
            tokio::select! {
                // An error: the session has been dropped.
                _ = over => {}
                () = attached.until_released() => {
                    let port = port.upgrade();
                    if let Some(port) = port.filter(|_| registry.get(&attached.id).is_none()) {
                        port.gone("the attach id has been detached");
                    }
                }
            }
            endpoint.close(&session).await;
        });
    }
}

impl Backend for OneId {
    fn epoch(&self) -> u64 {
        self.attached.epoch
    }

    fn versions(&self) -> Vec<String> {
        self.endpoint.versions()
    }

    fn open(
        &self,
        session: &str,
        opening: Opening,
        port: Arc<dyn SessionPort>,
    ) -> BoxFuture<'static, Result<Raw, RpcError>> {
        self.watch(session, &port);
        self.endpoint.open(session, opening, port)
    }

    fn call(
        &self,
        caller: &Principal,
        session: Option<&str>,
        call: Call,
        hears: Hears,
    ) -> BoxFuture<'static, Result<Raw, RpcError>> {
        let listens = call.method == LISTEN;
        let answer = self.endpoint.call(caller, session, call, hears);
        if !listens {
            return answer;
        }
        let attached = self.attached.clone();
        async move {
            tokio::select! {
                answer = answer => answer,
                () = attached.until_released() => Ok(ended()),
            }
        }
        .boxed()
    }

    fn notify(
        &self,
        session: Option<&str>,
        method: &str,
        params: Option<Raw>,
        headers: &[(String, String)],
    ) {
        self.endpoint.notify(session, method, params, headers);
    }

    fn close(&self, session: &str) -> BoxFuture<'static, ()> {
        lock(&self.open).take();
        self.endpoint.close(session)
    }
}
