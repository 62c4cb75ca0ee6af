//! Connections to the bus, whatever they come over.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use cmdbus::channel::{ChannelLimits, TcpAdmission, TcpChannel, UnixChannel};
use cmdbus::{CommandChannel, CommandRegistry};
use cmdbus_attach::auth::{Authority, Principal};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Config;

/// Most TCP connections that may be about to show their token.
const OPENINGS: usize = 64;

/// Returns the connection. If there is none, usually for want of descriptors, waits for some to come free.
async fn accepted<T>(result: io::Result<T>) -> Option<T> {
    match result {
        Ok(connection) => Some(connection),
        Err(error) => {
            tracing::error!(%error, "cannot accept a connection");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

/// Returns what lets in whoever may take part in the bus, and afterwards says who that was.
fn admission(authority: &Arc<Authority>) -> (TcpAdmission, Arc<OnceLock<Principal>>) {
    let shown = Arc::new(OnceLock::new());
    let (authority, who) = (authority.clone(), shown.clone());
    let check = move |token: &str| {
        let principal = authority.check(token).filter(Principal::may_bus);
        principal.is_some_and(|principal| who.set(principal).is_ok())
    };
    (TcpAdmission::token(Arc::new(check)), shown)
}

/// Takes connections and gives each to the registry.
pub(super) struct Hub {
    registry: CommandRegistry,
    limits: ChannelLimits,
    /// Connections are numbered through, whatever they come over.
    next: AtomicU64,
    places: Arc<Semaphore>,
    /// Places of TCP connections that have not shown their token yet.
    openings: Arc<Semaphore>,
    refused: AtomicU64,
}

impl Hub {
    pub(super) fn new(registry: CommandRegistry, config: &Config) -> Self {
        Self {
            registry,
            limits: ChannelLimits::default().frame_bytes(config.bus.frame_bytes),
            next: AtomicU64::new(1),
            places: Arc::new(Semaphore::new(config.bus.connections)),
            openings: Arc::new(Semaphore::new(
                OPENINGS.min(config.bus.connections.div_ceil(2)),
            )),
            refused: AtomicU64::new(0),
        }
    }

    fn name(&self, kind: &str) -> String {
        format!("{kind}-{}", self.next.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) async fn accept_unix(self: Arc<Self>, listener: UnixListener) {
        loop {
            if let Some((stream, _)) = accepted(listener.accept().await).await {
                let name = self.name("unix");
                let channel = UnixChannel::from_stream_with(name, stream, self.limits);
                self.serve(Arc::new(channel), None, std::future::pending());
            }
        }
    }

    pub(super) async fn accept_tcp(
        self: Arc<Self>,
        listener: TcpListener,
        authority: Arc<Authority>,
    ) {
        loop {
            if let Some((stream, _)) = accepted(listener.accept().await).await {
                // Whoever says nothing takes no place from those who are let in.
                let Ok(opening) = self.openings.clone().try_acquire_owned() else {
                    self.refuse();
                    continue;
                };
                let name = self.name("tcp");
                let (admission, shown) = admission(&authority);
                let channel = TcpChannel::accept_with(name, stream, admission, self.limits);
                let authority = authority.clone();
                let ended = async move {
                    match shown.get() {
                        Some(principal) => authority.ended(principal).await,
                        None => std::future::pending().await,
                    }
                };
                self.serve(Arc::new(channel), Some(opening), ended);
            }
        }
    }

    /// Counts a connection that is refused, and says so ever more rarely.
    fn refuse(&self) {
        let refused = self.refused.fetch_add(1, Ordering::Relaxed) + 1;
        if refused.is_power_of_two() {
            tracing::warn!(refused, "too many connections; one is refused");
        }
    }

    /// Serves a connection. `opening` is let go of once it has been let in, and `ended` is waited for from then on: it is over when
    /// whoever is there may not be any more.
    fn serve(
        self: &Arc<Self>,
        channel: Arc<dyn CommandChannel>,
        opening: Option<OwnedSemaphorePermit>,
        ended: impl Future<Output = ()> + Send + 'static,
    ) {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            self.refuse();
            return;
        };
        let registry = self.registry.clone();
        tokio::spawn(async move {
            let id = channel.id().to_owned();
            let registered = registry.register_channel(channel).await;
            drop(opening);
            match registered {
                Ok(driver) => {
                    tracing::debug!(channel = id, "connected");
                    tokio::select! {
                        () = driver => tracing::debug!(channel = id, "disconnected"),
                        () = ended => tracing::info!(channel = id, "its token has ended, and so has the connection"),
                    }
                }
                Err(error) => tracing::info!(channel = id, %error, "connection not taken"),
            }
            drop(place);
        });
    }
}
