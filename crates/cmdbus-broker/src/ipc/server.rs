//! The listener: who is let in, and the end of it all.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::access::Access;
use super::peer::VerifyPeer;
use super::{Backend, Host, connection};
use crate::core::{Caller, Reply, Request};

/// How long requests in progress may take after shutdown began (protocol §11.3).
const SHUTDOWN_GRACE: Duration = Duration::from_secs(1);

/// How long connections may take to end when the server closes.
const CLOSE_GRACE: Duration = Duration::from_secs(1);

/// How long to wait after the system refused a connection, usually for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How many peers are looked at, at once.
const PEER_CHECKS: usize = 2;

/// What a server needs.
pub struct Options {
    /// The bearer token of every request.
    pub token: String,
    /// Version of the broker, as a bare semantic version. It is told as `cmdbus/<version>`: a bare one would
    /// make clients kill the broker (protocol §3.2).
    pub version: String,
    /// What the program does for the server.
    pub host: Arc<dyn Host>,
    /// Origins of web pages that may send requests, as in `https://example.org`. Default: none.
    pub origins: Vec<String>,
    /// What to do if a stream is opened in the name of another process. Default: log it.
    pub verify_peer_pid: VerifyPeer,
    /// Sizes and times.
    pub limits: Limits,
}

impl Options {
    /// Makes options with the defaults and this crate's version.
    pub fn new(token: impl Into<String>, host: Arc<dyn Host>) -> Self {
        Self {
            token: token.into(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            host,
            origins: Vec::new(),
            verify_peer_pid: VerifyPeer::default(),
            limits: Limits::default(),
        }
    }
}

/// What a client may ask of the server in size, number and time (protocol §3.1).
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at once; beyond, they are closed unanswered. Default: 4096.
    pub connections: usize,
    /// Length of a header, in bytes. Default: 16 KiB.
    pub header_bytes: usize,
    /// Time for a header, from its first byte. Default: 10 s.
    pub header_timeout: Duration,
    /// Length of a body, in bytes. Default: 1 MiB.
    pub body_bytes: usize,
    /// Time for a body. Default: 30 s.
    pub body_timeout: Duration,
    /// How much of what is too much is still read and thrown away, in bytes. Default: 128 MiB.
    pub drain_bytes: u64,
    /// For how long. Default: 5 s.
    pub drain_time: Duration,
    /// How long a connection may idle. Clients count on 75 s at least. Default: 120 s.
    pub idle_timeout: Duration,
    /// Length of a frame on a stream, in bytes. Default: 64 KiB.
    pub frame_bytes: usize,
    /// How long the other side of a stream may take to close it. Default: 500 ms.
    pub close_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            header_bytes: 16 * 1024,
            header_timeout: Duration::from_secs(10),
            body_bytes: 1024 * 1024,
            body_timeout: Duration::from_secs(30),
            drain_bytes: 128 * 1024 * 1024,
            drain_time: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(120),
            frame_bytes: 64 * 1024,
            close_timeout: Duration::from_millis(500),
        }
    }
}

/// How far the server has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Serving,
    /// New requests are refused, those in progress are cut off at this time.
    Draining(Instant),
    /// Connections end.
    Closing,
}

/// What the connections of a server have in common.
pub(super) struct Shared<B> {
    pub(super) backend: B,
    pub(super) host: Arc<dyn Host>,
    pub(super) access: Access,
    pub(super) address: SocketAddr,
    pub(super) verify_peer_pid: VerifyPeer,
    /// How many peers may be looked at, at once; each takes a thread.
    pub(super) peer_checks: Arc<Semaphore>,
    pub(super) limits: Limits,
    /// `cmdbus/<version>`.
    pub(super) version: String,
    pub(super) started: Instant,
    pub(super) counters: Arc<Counters>,
    pub(super) phase: watch::Sender<Phase>,
}

/// What the server counts.
#[derive(Default)]
pub(super) struct Counters {
    /// Connections open at present, streams among them.
    pub(super) connections: AtomicU64,
    /// Connections that were closed unanswered, because there were too many.
    pub(super) refused: AtomicU64,
    /// Streams open at present.
    pub(super) streams: AtomicU64,
}

impl<B: Backend> Shared<B> {
    pub(super) fn is_serving(&self) -> bool {
        *self.phase.borrow() == Phase::Serving
    }

    /// Asks the backend. `None` if the broker ends before it has answered; nobody waits any more then.
    pub(super) async fn ask(&self, caller: Caller, request: Request) -> Option<Reply> {
        tokio::select! {
            biased;
            reply = self.backend.request(caller, request) => Some(reply),
            () = self.grace_over() => None,
        }
    }

    /// Waits until connections are to end.
    pub(super) async fn closing(&self) {
        let mut phase = self.phase.subscribe();
        // It cannot fail, because the sender is borrowed here; and if nobody can say more, it is the end.
        let _ = phase.wait_for(|phase| *phase == Phase::Closing).await;
    }

    async fn grace_over(&self) {
        let mut phase = self.phase.subscribe();
        let end = match phase
            .wait_for(|phase| *phase != Phase::Serving)
            .await
            .as_deref()
        {
            Ok(Phase::Draining(end)) => *end,
            _ => Instant::now(),
        };
        sleep_until(end).await;
    }
}

/// The listener of a broker.
pub struct Server {
    address: SocketAddr,
    unserved: Option<(TcpListener, Options)>,
    serving: Option<JoinHandle<()>>,
    phase: watch::Sender<Phase>,
}

impl Server {
    /// Listens on a free port of 127.0.0.1. Connections wait until [`serve`](Self::serve).
    ///
    /// # Errors
    ///
    /// Fails if the system gives no socket.
    pub async fn bind(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        Ok(Self {
            address: listener.local_addr()?,
            unserved: Some((listener, options)),
            serving: None,
            phase: watch::Sender::new(Phase::Serving),
        })
    }

    /// Returns the base address, as in `http://127.0.0.1:40123`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Begins to serve. Does nothing if it serves already.
    pub fn serve<B: Backend>(&mut self, backend: B) {
        let Some((listener, options)) = self.unserved.take() else {
            return;
        };
        let shared = Arc::new(Shared {
            backend,
            host: options.host,
            access: Access::new(&options.token, options.origins),
            address: self.address,
            verify_peer_pid: options.verify_peer_pid,
            peer_checks: Arc::new(Semaphore::new(PEER_CHECKS)),
            limits: options.limits,
            version: format!("cmdbus/{}", options.version),
            started: Instant::now(),
            counters: Arc::default(),
            phase: self.phase.clone(),
        });
        self.serving = Some(tokio::spawn(accept(listener, shared)));
    }

    /// Refuses new requests with 503 `shutting_down` from now on, `/health` excepted. Those in progress are
    /// answered so as well after a second. Streams stay as they are.
    pub fn begin_shutdown(&self) {
        self.phase.send_if_modified(|phase| {
            let is_new = *phase == Phase::Serving;
            if is_new {
                *phase = Phase::Draining(Instant::now() + SHUTDOWN_GRACE);
            }
            is_new
        });
    }

    /// Stops listening and ends all connections, in about a second at most. Streams are given that time to
    /// write what is queued for them and to close.
    pub async fn close(mut self) {
        self.phase.send_replace(Phase::Closing);
        if let Some(serving) = self.serving.take() {
            // It fails only if it panicked, and then it has ended as well.
            let _ = serving.await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.phase.send_replace(Phase::Closing);
    }
}

async fn accept<B: Backend>(listener: TcpListener, shared: Arc<Shared<B>>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = shared.closing() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok(_) if connections.len() >= shared.limits.connections => {
                    let before = shared.counters.refused.fetch_add(1, Ordering::Relaxed);
                    if before == 0 {
                        tracing::warn!("too many connections; further ones are closed at once");
                    }
                }
                Ok((socket, client)) => {
                    // Answers are whole and small, so that nothing is gained by waiting for more to send.
                    let _ = socket.set_nodelay(true);
                    let counted = Counted::new(&shared.counters, |counters| &counters.connections);
                    let connection = connection::serve(socket, client, shared.clone());
                    connections.spawn(async move {
                        let _counted = counted;
                        connection.await;
                    });
                }
                Err(error) => {
                    tracing::warn!("a connection could not be accepted: {error}");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    if timeout(CLOSE_GRACE, all).await.is_err() {
        connections.shutdown().await;
    }
}

/// Counts something for as long as it lives.
pub(super) struct Counted {
    counters: Arc<Counters>,
    which: fn(&Counters) -> &AtomicU64,
}

impl Counted {
    pub(super) fn new(counters: &Arc<Counters>, which: fn(&Counters) -> &AtomicU64) -> Self {
        which(counters).fetch_add(1, Ordering::Relaxed);
        Self {
            counters: counters.clone(),
            which,
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        (self.which)(&self.counters).fetch_sub(1, Ordering::Relaxed);
    }
}
