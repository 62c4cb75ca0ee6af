//! A gateway with an attach server, a wire to it that can be cut, and a program that answers.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cmdbus::CommandRegistry;
use cmdbus::registry::Config;
use cmdbus_attach::auth::{Authority, Principal};
use cmdbus_attach::client::{
    Address, Answers, AttachClient, ClientConfig, ClientError, ClientEvent, ClientEvents, Peer,
    Reply,
};
use cmdbus_attach::frame::{CommandsShown, Declared, ServerRequest, ServerState, Target};
use cmdbus_attach::server::{AttachServer, AttachServerParts, Claims};
use cmdbus_attach::{ReverseAttachConfig, ReverseChannel, new_reverse_channel_registry};
use cmdbus_mcp::carry::{Limits, deaf};
use cmdbus_mcp::rpc::{Raw, RpcError, raw};
use cmdbus_mcp::tools::ToolIndex;
use futures_util::FutureExt;
use serde_json::json;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub(super) const LONG: Duration = Duration::from_secs(20);

/// An attach server on loopback, behind a wire.
pub(super) struct World {
    pub(super) server: AttachServer,
    pub(super) config: ReverseAttachConfig,
    pub(super) registry: CommandRegistry,
    /// Where clients dial.
    pub(super) wire: Wire,
    serving: JoinHandle<()>,
}

impl World {
    pub(super) async fn new(
        shape: impl FnOnce(ReverseAttachConfig) -> ReverseAttachConfig,
    ) -> Self {
        let config = shape(ReverseAttachConfig::new(new_reverse_channel_registry()));
        let registry = CommandRegistry::new(Config::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = AttachServer::new(AttachServerParts {
            config: config.clone(),
            authority: Arc::new(Authority::none(&[address]).unwrap()),
            claims: Claims::in_memory(),
            registry: registry.clone(),
            index: ToolIndex::default(),
            bus: "test".to_owned(),
            base_url: format!("http://{address}"),
        });
        let router = axum::Router::new()
            .route("/attach", server.route())
            .layer(axum::Extension(Principal::owner()));
        let serving = tokio::spawn(async move {
            axum::serve(listener, router).await.unwrap();
        });
        Self {
            server,
            config,
            registry,
            wire: Wire::to(address).await,
            serving,
        }
    }

    /// Asks the attached side, as the gateway does.
    pub(super) fn ask(
        &self,
        attach_id: &str,
        method: &str,
    ) -> impl Future<Output = Result<Raw, RpcError>> + Send + 'static {
        let request = ServerRequest {
            target: Some(Target::Primary),
            era: Some("2026-07-28".to_owned()),
            method: Some(method.to_owned()),
            ..ServerRequest::new(cmdbus_attach::frame::ServerOp::Rpc, attach_id)
        };
        let channel = self.channel(attach_id);
        async move { channel.request(request, Limits::CALL, deaf()).await }
    }

    pub(super) fn channel(&self, attach_id: &str) -> ReverseChannel {
        self.config.registry.get(attach_id).unwrap()
    }

    /// Waits until so many clients are attached.
    pub(super) async fn attached(&self, count: usize) {
        eventually(|| self.server.len() == count).await;
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Waits until something is so.
pub(super) async fn eventually(mut is_so: impl FnMut() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LONG, waiting).await.expect("it is never so");
}

/// Carries bytes to an address until it is cut.
pub(super) struct Wire {
    pub(super) address: SocketAddr,
    cut: watch::Sender<u64>,
    /// Whether new connections get through.
    open: watch::Sender<bool>,
    pub(super) dialled: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Wire {
    async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (cut, open) = (watch::Sender::new(0), watch::Sender::new(true));
        let dialled = Arc::new(AtomicUsize::new(0));
        let (cuts, opens, count) = (cut.subscribe(), open.subscribe(), dialled.clone());
        let task = tokio::spawn(async move {
            loop {
                let Ok((mut near, _)) = listener.accept().await else {
                    return;
                };
                count.fetch_add(1, Ordering::SeqCst);
                if !*opens.borrow() {
                    continue;
                }
                let mut cuts = cuts.clone();
                cuts.mark_unchanged();
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(server).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        _ = cuts.changed() => {}
                    }
                });
            }
        });
        Self {
            address,
            cut,
            open,
            dialled,
            task,
        }
    }

    /// Breaks off every connection, without a word.
    pub(super) fn cut(&self) {
        self.cut.send_modify(|times| *times += 1);
    }

    /// Lets new connections through, or hangs up on them.
    pub(super) fn open(&self, open: bool) {
        self.open.send_replace(open);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A client that runs.
pub(super) struct Running {
    pub(super) events: mpsc::UnboundedReceiver<ClientEvent>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), ClientError>>,
}

impl Running {
    pub(super) fn start(
        world: &World,
        id: &str,
        answers: Arc<dyn Answers>,
        shape: impl FnOnce(&mut ClientConfig),
    ) -> Self {
        let (events, ear) = events();
        let address = Address::parse(&format!("http://{}", world.wire.address)).unwrap();
        let mut config = ClientConfig::new(address, Arc::new(|| None), Some(id.to_owned()));
        shape(&mut config);
        let client = AttachClient::new(config, answers, ear);
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            client
                .run(async {
                    let _ = stopped.await;
                })
                .await
        });
        Self {
            events,
            stop: Some(stop),
            task,
        }
    }

    /// Returns the next event of the kind that is looked for.
    pub(super) async fn next<T>(&mut self, mut is: impl FnMut(ClientEvent) -> Option<T>) -> T {
        let looking = async {
            loop {
                let event = self.events.recv().await.expect("the client has ended");
                if let Some(found) = is(event) {
                    return found;
                }
            }
        };
        timeout(LONG, looking).await.expect("no such event")
    }

    pub(super) async fn attached(&mut self) -> String {
        self.next(|event| match event {
            ClientEvent::Attached { attach_id, .. } => Some(attach_id),
            _ => None,
        })
        .await
    }

    pub(super) async fn connected(&mut self) -> bool {
        self.next(|event| match event {
            ClientEvent::Connected { resumed, .. } => Some(resumed),
            _ => None,
        })
        .await
    }

    /// Stops it in order.
    pub(super) async fn stop(mut self) -> Result<(), ClientError> {
        drop(self.stop.take());
        self.ended().await
    }

    /// Waits until it has ended by itself.
    pub(super) async fn ended(self) -> Result<(), ClientError> {
        timeout(LONG, self.task)
            .await
            .expect("it does not end")
            .unwrap()
    }
}

pub(super) fn events() -> (mpsc::UnboundedReceiver<ClientEvent>, ClientEvents) {
    let (tell, events) = mpsc::unbounded_channel();
    let ear: ClientEvents = Arc::new(move |event| {
        let _ = tell.send(event);
    });
    (events, ear)
}

/// A program that answers by itself: `echo` at once, `hold` when it is let go.
#[derive(Default)]
pub(super) struct Program {
    pub(super) begun: AtomicUsize,
    pub(super) calls: Arc<AtomicUsize>,
    pub(super) dropped: Arc<AtomicUsize>,
    pub(super) release: Arc<Notify>,
    pub(super) peer: Mutex<Option<Peer>>,
}

impl Program {
    pub(super) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(super) async fn called(&self, times: usize) {
        eventually(|| self.calls.load(Ordering::SeqCst) == times).await;
    }
}

impl Answers for Program {
    fn servers(&self) -> Vec<Declared> {
        vec![Declared {
            target: Target::Primary,
            transport: "stdio".to_owned(),
            eras: vec!["2026-07-28".to_owned()],
            state: ServerState::Ready,
            detail: None,
            isolation: "shared".to_owned(),
            capabilities: None,
            args: Vec::new(),
            headers: Vec::new(),
            expose: CommandsShown {
                commands: false,
                ..CommandsShown::default()
            },
        }]
    }

    fn begin(&self, peer: &Peer) {
        self.begun.fetch_add(1, Ordering::SeqCst);
        *self.peer.lock().unwrap() = Some(peer.clone());
    }

    fn rpc(&self, request: ServerRequest, _peer: &Peer) -> Reply {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let gone = Gone(self.dropped.clone());
        let release = self.release.clone();
        async move {
            let gone = gone;
            if matches!(
                request.method.as_deref(),
                Some("hold" | "subscriptions/listen")
            ) {
                release.notified().await;
            }
            std::mem::forget(gone);
            Ok(raw(&json!({"method": request.method})))
        }
        .boxed()
    }
}

/// Counts calls that were dropped unanswered.
struct Gone(Arc<AtomicUsize>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}
