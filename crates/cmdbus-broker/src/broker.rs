//! A broker that runs: its store, its rules and its listener together.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use crate::core::{Caller, Figures, Input, RandomSource, Reply, Request};
use crate::discovery;
use crate::driver::{Driver, Parts, wall_clock};
use crate::import;
use crate::ipc::{self, Backend, Host, Limits, Server, ShutdownMode, VerifyPeer};
use crate::ports::Network;
use crate::process::SystemProbe;
use crate::process::drivers::{DriverConfig, DriverConfigError, DriverRegistry};
use crate::process::start::Starter;
use crate::store::{SqliteStore, Store, StoreError, Writer, WriterOptions};

/// How long the store may take to end in order (protocol §11.3).
const CLOSE_STORE: Duration = Duration::from_secs(2);

/// What a broker is made of.
#[derive(Clone)]
pub struct Options {
    /// Folder of the store.
    pub state: PathBuf,
    /// Folder for what is needed while spawned processes run.
    pub data: PathBuf,
    /// Folder for logs of spawned processes.
    pub logs: PathBuf,
    /// The discovery file, which spawned processes are told. The broker does not write it.
    pub discovery: PathBuf,
    /// Account that the broker serves; shown by `/v1/status`.
    pub account: String,
    /// Version of the program, as a bare semantic version.
    pub version: String,
    /// Times and bounds.
    pub figures: Figures,
    /// Spawn drivers beside the built-in ones, by runtime kind.
    pub drivers: BTreeMap<String, DriverConfig>,
    /// Origins of web pages that may ask. Default: none.
    pub origins: Vec<String>,
    /// What to do if a stream is opened in the name of another process. Default: log it.
    pub verify_peer_pid: VerifyPeer,
    /// What a client may ask of the listener in size, number and time.
    pub limits: Limits,
    /// What carries messages beyond this machine, and who decides there. Default: nobody.
    pub network: Option<Network>,
}

impl Options {
    /// Makes options with the defaults, for a broker whose files are all in one folder.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        Self {
            state: folder.join("state"),
            logs: folder.join("log"),
            discovery: folder.join(discovery::FILE_NAME),
            data: folder,
            account: "default".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            figures: Figures::default(),
            drivers: BTreeMap::new(),
            origins: Vec::new(),
            verify_peer_pid: VerifyPeer::default(),
            limits: Limits::default(),
            network: None,
        }
    }
}

/// Why a broker did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A spawn driver is configured wrongly.
    #[error(transparent)]
    Driver(#[from] DriverConfigError),
    /// The system does not give what is needed.
    #[error("cannot {0}: {1}")]
    System(&'static str, io::Error),
}

/// Why a broker is to end.
#[derive(Debug)]
pub enum Ending {
    /// A client asked for it.
    Asked(ShutdownMode),
    /// The store is lost, and nothing can be promised any more (protocol §11.4).
    Lost(StoreError),
}

/// A running broker. It ends with [`shutdown`](Self::shutdown); dropped, it ends without telling its clients.
pub struct Broker {
    driver: Driver,
    url: String,
    token: String,
    account: String,
    /// Taken by the shutdown.
    running: Mutex<Option<Running>>,
    endings: tokio::sync::Mutex<Endings>,
}

struct Running {
    server: Server,
    writer: Writer,
}

struct Endings {
    asked: mpsc::UnboundedReceiver<ShutdownMode>,
    lost: Option<oneshot::Receiver<StoreError>>,
}

/// What the listener asks of the broker.
struct Asked {
    endings: mpsc::UnboundedSender<ShutdownMode>,
    spawns: bool,
}

impl Host for Asked {
    fn shutdown(&self, mode: Option<ShutdownMode>) {
        // If nobody listens, the broker ends already.
        let _ = self.endings.send(mode.unwrap_or(ShutdownMode::Retain));
    }

    fn spawns(&self) -> bool {
        self.spawns
    }
}

impl Broker {
    /// Opens the store and begins to listen. Whoever calls holds the instance lock of the folder.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be used, a driver is configured wrongly, or there is no port.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let path = std::env::var_os("PATH");
        let drivers = DriverRegistry::new(options.drivers, path)?;
        let token =
            discovery::new_secret().map_err(|error| StartError::System("make a token", error))?;
        let state = options.state;
        let left = options.data.join("buffers");
        let open = move || {
            let mut store = SqliteStore::open(state)?;
            import::buffers(&left, &mut store, wall_clock())?;
            Ok::<_, StoreError>(store)
        };
        let store = tokio::task::spawn_blocking(open)
            .await
            .map_err(|error| StartError::System("open the store", io::Error::other(error)))??;
        let reader = store.reader();
        let (tell, events) = mpsc::unbounded_channel();
        let writer = Writer::start(Box::new(store), WriterOptions::default(), move |event| {
            // Without a driver there is nobody whom it concerns.
            let _ = tell.send(event);
        })
        .map_err(|error| StartError::System("start a thread", error))?;
        let starter = Starter::new(&options.data, options.logs, options.discovery);
        starter.sweep();
        let (lose, lost) = oneshot::channel();
        let parts = Parts {
            writer: writer.handle(),
            reader,
            liveness: Arc::new(SystemProbe::new()),
            drivers: Arc::new(drivers),
            starter,
            figures: options.figures,
            network: options.network,
            random,
        };
        let driver = Driver::start(parts, events, lose).await?;
        let (endings, asked) = mpsc::unbounded_channel();
        let host = Arc::new(Asked {
            endings,
            spawns: true,
        });
        let mut server = Server::bind(ipc::Options {
            version: options.version,
            origins: options.origins,
            verify_peer_pid: options.verify_peer_pid,
            limits: options.limits,
            ..ipc::Options::new(token.clone(), host)
        })
        .await
        .map_err(|error| StartError::System("listen on the loopback interface", error))?;
        let url = server.url();
        server.serve(driver.clone());
        Ok(Self {
            driver,
            url,
            token,
            account: options.account,
            running: Mutex::new(Some(Running { server, writer })),
            endings: tokio::sync::Mutex::new(Endings {
                asked,
                lost: Some(lost),
            }),
        })
    }

    /// Returns the base address of the API, as in `http://127.0.0.1:40123`.
    pub fn ipc_url(&self) -> &str {
        &self.url
    }

    /// Returns the bearer token of this start.
    pub fn bearer_token(&self) -> &str {
        &self.token
    }

    /// Returns counters for operators, as `/v1/status` shows them.
    pub async fn status(&self) -> Value {
        let reply = self.driver.request(Caller::default(), Request::Status);
        match reply.await {
            Reply::Json(mut status) => {
                if let Some(status) = status.as_object_mut() {
                    status.insert("account".to_owned(), self.account.clone().into());
                }
                status
            }
            _ => json!({"account": self.account, "storage": "unavailable"}),
        }
    }

    /// Has the broker go by other figures from now on. Times that run already end as they were set.
    pub fn set_figures(&self, figures: Figures) {
        self.driver.set_figures(figures);
    }

    /// Waits until somebody or something wants the broker to end. Cancel safe.
    pub async fn ending(&self) -> Ending {
        let mut endings = self.endings.lock().await;
        let Endings { asked, lost } = &mut *endings;
        let lost = async {
            match lost {
                Some(waiting) => match waiting.await {
                    Ok(error) => Some(error),
                    Err(_) => std::future::pending().await,
                },
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(mode) = asked.recv() => Ending::Asked(mode),
            Some(error) = lost => Ending::Lost(error),
            else => std::future::pending().await,
        }
    }

    /// Ends the broker in order: clients are told, what is queued stays stored (protocol §11.3). A second call
    /// does nothing.
    pub async fn shutdown(&self, mode: ShutdownMode) {
        let running = self
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(Running { server, writer }) = running else {
            return;
        };
        server.begin_shutdown();
        self.driver.give(Input::Shutdown {
            release: mode == ShutdownMode::Release,
        });
        self.driver.settled().await;
        self.driver.hang_up();
        tokio::join!(server.close(), self.driver.leave_network());
        let closed = tokio::task::spawn_blocking(move || writer.stop());
        match tokio::time::timeout(CLOSE_STORE, closed).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::error!(%error, "the store was not closed in order"),
            Ok(Err(error)) => tracing::error!(%error, "the store was not closed in order"),
            Err(_) => tracing::error!("the store takes too long to close; it is left as it is"),
        }
    }
}

/// Returns the system's random bytes.
fn random() -> RandomSource {
    Box::new(|buffer| {
        getrandom::fill(buffer).expect("the system gave random bytes when the broker began");
    })
}
