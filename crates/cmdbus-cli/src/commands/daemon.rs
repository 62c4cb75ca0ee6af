//! `cmdbus daemon`: the process that is the bus.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use cmdbus::bus::{self, Address, Connect};
use cmdbus::channel::{ChannelLimits, TcpAdmission, TcpChannel, UnixChannel, one_token};
use cmdbus::{CommandChannel, CommandRegistry};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Semaphore;

use super::directory::{self, Facts};
use crate::args::{Daemon, Global};
use crate::config::{self, Config};
use crate::exit::{self, Error, Result};
use crate::instance::{Instance, InstanceLock, private_folder};
use crate::{log, output};

/// How long a second daemon waits for the first one to become healthy or go.
const BUSY_LIMIT: Duration = Duration::from_secs(5);
/// How long a shutdown may take in all.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(5);

/// Line with which the background process says that it serves.
const READY: &str = "ready";

pub(crate) fn run(global: &Global, args: &Daemon) -> Result<u8> {
    if global.bus.is_some() {
        return Err(Error::usage(
            "`daemon` runs the bus of a profile; `--bus` and `CMDBUS_BUS` name one that runs already",
        ));
    }
    if args.detach {
        return detach(global, args);
    }
    if args.background {
        // A session of its own: the terminal's signals are not for the daemon.
        rustix::process::setsid()
            .map_err(|error| Error::failure(format!("cannot leave the session: {error}")))?;
    }
    let instance = Instance::of(super::profile(global)?)?;
    let config = config::load(global, instance.profile.name())?;
    prepare_process();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(std::thread::available_parallelism().map_or(2, |n| n.get().clamp(1, 4)))
        .enable_all()
        .build()
        .map_err(|error| Error::failure(format!("cannot start: {error}")))?;
    let code = runtime.block_on(serve(&instance, &config, args));
    runtime.shutdown_background();
    log::flush();
    code
}

/// Starts this program once more in the background and waits until it serves.
fn detach(global: &Global, args: &Daemon) -> Result<u8> {
    let program = std::env::current_exe()
        .map_err(|error| Error::failure(format!("cannot find this program: {error}")))?;
    let mut command = Command::new(program);
    command.args(["daemon", "--background"]);
    command.args(["--profile", super::profile(global)?.name()]);
    if args.on_demand {
        command.arg("--on-demand");
    }
    if let Some(config) = config::named(global) {
        command.arg("--config");
        command.arg(std::path::absolute(&config).unwrap_or(config));
    }
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Error::failure(format!("cannot start in the background: {error}")))?;
    // Ends with the process, or when it lets go of both because it serves.
    let stdout = child.stdout.take().map(io::read_to_string);
    let said = stdout.and_then(io::Result::ok).unwrap_or_default();
    let stderr = child.stderr.take().map(io::read_to_string);
    let complaint = stderr.and_then(io::Result::ok).unwrap_or_default();
    if said.trim_end() == READY {
        if !args.on_demand {
            output::note(&format!("the bus is running (pid {})", child.id()));
        }
        return Ok(0);
    }
    let status = child
        .wait()
        .map_err(|error| Error::failure(format!("cannot wait for the daemon: {error}")))?;
    match status.code() {
        Some(0) => {
            output::note(complaint.trim());
            Ok(0)
        }
        code => {
            let message = complaint.trim();
            let message = message.strip_prefix("error: ").unwrap_or(message);
            let code = code.and_then(|code| u8::try_from(code).ok());
            Err(Error::new(
                code.unwrap_or(exit::FAILURE),
                if message.is_empty() {
                    format!("the daemon ended at once: {status}")
                } else {
                    message.to_owned()
                },
            ))
        }
    }
}

/// Sets what holds for the whole process.
fn prepare_process() {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    // Every connection is a descriptor, and a core file would hold other people's messages. Where the
    // system refuses either, the daemon works all the same.
    let descriptors = getrlimit(Resource::Nofile);
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: descriptors.maximum,
            ..descriptors
        },
    );
    let core = getrlimit(Resource::Core);
    let _ = setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            ..core
        },
    );
}

async fn serve(instance: &Instance, config: &Config, args: &Daemon) -> Result<u8> {
    let mut signals = Signals::new()?;
    private_folder(&instance.paths.state)?;
    let token = instance.token_or_new()?;
    private_folder(&instance.pair_folder(&token)?)?;
    let hold = instance.hold_file(&token)?;
    if args.on_demand && hold.exists() {
        return Err(Error::new(
            exit::NO_BUS,
            format!(
                "the bus is on hold (`{}`); start it with `cmdbus daemon`",
                hold.display()
            ),
        ));
    }
    if !args.on_demand && hold.exists() {
        fs::remove_file(&hold).map_err(|error| Error::io("remove", &hold, error))?;
    }
    let Some(_lock) = take_lock(instance, &token).await? else {
        output::note(&format!(
            "the bus of profile `{}` is running already",
            instance.profile.name()
        ));
        return Ok(0);
    };
    log::to_files(&instance.log_folder())?;
    let socket = &instance.paths.socket;
    let listener = bind(socket).await?;
    let tcp = match config.listen.tcp {
        Some(address) => Some(TcpListener::bind(address).await.map_err(|error| {
            Error::failure(format!(
                "cannot listen at `{address}` (`listen.tcp` in the configuration): {error}"
            ))
        })?),
        None => None,
    };
    // Nothing is to keep the folder busy that the daemon was started in.
    let _ = std::env::set_current_dir("/");

    let registry = registry(config);
    let facts = Facts {
        profile: instance.profile.name().to_owned(),
        socket: socket.display().to_string(),
        tcp: tcp
            .as_ref()
            .and_then(|listener| listener.local_addr().ok())
            .map(|address| format!("tcp://{address}")),
        started: Instant::now(),
        started_at: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
    };
    directory::serve(&registry, facts).await?;
    let hub = Arc::new(Hub::new(registry.clone(), config));
    let mut listeners = vec![tokio::spawn(hub.clone().accept_unix(listener))];
    if let Some(listener) = tcp {
        let admission = TcpAdmission::token(one_token(token));
        listeners.push(tokio::spawn(hub.accept_tcp(listener, admission)));
    }
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        profile = instance.profile.name(),
        socket = %socket.display(),
        "serving"
    );
    announce(instance, args)?;

    loop {
        let told = tokio::select! {
            told = signals.next() => told,
            () = stdin_ends(), if args.tied => Told::End,
        };
        match told {
            Told::End => break,
            Told::HangUp => {
                tracing::info!("opening the log anew");
                log::reopen();
            }
        }
    }
    tracing::info!("stopping");
    for listener in listeners {
        listener.abort();
    }
    // Clients that come now find nobody, rather than a bus that is about to go.
    let _ = fs::remove_file(socket);
    tokio::select! {
        done = tokio::time::timeout(SHUTDOWN_LIMIT, registry.dispose()) => {
            if done.is_err() {
                tracing::error!("connections did not close in time");
            }
        }
        _ = signals.end() => {
            tracing::error!("told to stop twice; ending at once");
            return Ok(exit::FAILURE);
        }
    }
    tracing::info!("stopped");
    Ok(0)
}

/// Waits for the end of stdin, which whoever started us holds open.
async fn stdin_ends() {
    let mut stdin = tokio::io::stdin();
    while let Ok(1..) = stdin.read(&mut [0; 64]).await {}
}

fn registry(config: &Config) -> CommandRegistry {
    CommandRegistry::new(cmdbus::Config {
        id: Some("cmdbus".to_owned()),
        router_channel: None,
        request_ttl: config.bus.request_ttl(),
        event_ttl: config.bus.event_ttl(),
        ..cmdbus::Config::default()
    })
}

/// Says that the bus serves: to the terminal, or to the process that waits for it.
fn announce(instance: &Instance, args: &Daemon) -> Result<()> {
    if !args.background {
        output::note(&format!(
            "the bus of profile `{}` is running at `{}`; Ctrl-C or `cmdbus stop` ends it",
            instance.profile.name(),
            instance.paths.socket.display()
        ));
        return Ok(());
    }
    let said = writeln!(io::stdout(), "{READY}").and_then(|()| io::stdout().flush());
    let null = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/null");
    // Letting go of both is what the waiting process waits for.
    let released = null.and_then(|null| {
        rustix::stdio::dup2_stdout(&null)?;
        rustix::stdio::dup2_stderr(&null)?;
        Ok(())
    });
    said.and(released)
        .map_err(|error| Error::failure(format!("cannot let go of the terminal: {error}")))
}

/// Takes the instance lock, or returns `None` if a healthy daemon holds it.
async fn take_lock(instance: &Instance, token: &str) -> Result<Option<InstanceLock>> {
    let path = instance.lock_file(token)?;
    let deadline = Instant::now() + BUSY_LIMIT;
    loop {
        if let Some(lock) = InstanceLock::try_take(&path)? {
            return Ok(Some(lock));
        }
        if is_healthy(&instance.paths.socket).await {
            return Ok(None);
        }
        if Instant::now() > deadline {
            return Err(Error::new(
                exit::TEMPORARY,
                format!(
                    "another process holds `{}` and does not serve; see `cmdbus doctor`",
                    path.display()
                ),
            ));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Returns whether a daemon answers at a socket.
pub(super) async fn is_healthy(socket: &Path) -> bool {
    let ask = async {
        let registry = CommandRegistry::new(bus::client_config());
        let joined = Connect::to(Address::Unix(socket.to_owned()))
            .join(&registry)
            .await
            .is_ok();
        let healthy = joined && bus::status(&registry).await.is_ok();
        registry.dispose().await;
        healthy
    };
    tokio::time::timeout(Duration::from_secs(1), ask)
        .await
        .unwrap_or(false)
}

/// Binds the socket. Called by the holder of the lock, so a socket that is there is a dead daemon's,
/// unless somebody answers.
async fn bind(path: &Path) -> Result<UnixListener> {
    if let Some(folder) = path.parent() {
        private_folder(folder)?;
    }
    if let Ok(meta) = fs::symlink_metadata(path) {
        // A connection to a plain file is refused too, and what is in it may be precious.
        if !meta.file_type().is_socket() {
            return Err(Error::failure(format!(
                "`{}` is in the way and is no socket; move it away",
                path.display()
            )));
        }
        match UnixStream::connect(path).await {
            Ok(_) => {
                return Err(Error::failure(format!(
                    "another program serves at `{}`; stop it, or use another `--profile`",
                    path.display()
                )));
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                fs::remove_file(path).map_err(|error| Error::io("replace", path, error))?;
            }
            Err(error) => {
                return Err(Error::failure(format!(
                    "`{}` is in the way and cannot be used ({error}); remove it",
                    path.display()
                )));
            }
        }
    }
    UnixListener::bind(path).map_err(|error| Error::io("listen at", path, error))
}

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

/// Takes connections and gives each to the registry.
struct Hub {
    registry: CommandRegistry,
    limits: ChannelLimits,
    /// Connections are numbered through, whatever they come over.
    next: AtomicU64,
    places: Arc<Semaphore>,
}

impl Hub {
    fn new(registry: CommandRegistry, config: &Config) -> Self {
        Self {
            registry,
            limits: ChannelLimits::default().frame_bytes(config.bus.frame_bytes),
            next: AtomicU64::new(1),
            places: Arc::new(Semaphore::new(config.bus.connections)),
        }
    }

    fn name(&self, kind: &str) -> String {
        format!("{kind}-{}", self.next.fetch_add(1, Ordering::Relaxed))
    }

    async fn accept_unix(self: Arc<Self>, listener: UnixListener) {
        loop {
            if let Some((stream, _)) = accepted(listener.accept().await).await {
                let name = self.name("unix");
                let channel = UnixChannel::from_stream_with(name, stream, self.limits);
                self.serve(Arc::new(channel));
            }
        }
    }

    async fn accept_tcp(self: Arc<Self>, listener: TcpListener, admission: TcpAdmission) {
        loop {
            if let Some((stream, _)) = accepted(listener.accept().await).await {
                let name = self.name("tcp");
                let channel = TcpChannel::accept_with(name, stream, admission.clone(), self.limits);
                self.serve(Arc::new(channel));
            }
        }
    }

    fn serve(self: &Arc<Self>, channel: Arc<dyn CommandChannel>) {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            tracing::warn!("too many connections; one is refused");
            return;
        };
        let registry = self.registry.clone();
        tokio::spawn(async move {
            let id = channel.id().to_owned();
            match registry.register_channel(channel).await {
                Ok(driver) => {
                    tracing::debug!(channel = id, "connected");
                    driver.await;
                    tracing::debug!(channel = id, "disconnected");
                }
                Err(error) => tracing::info!(channel = id, %error, "connection not taken"),
            }
            drop(place);
        });
    }
}

/// The signals that end or nudge a process.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    pub(super) fn new() -> Result<Self> {
        let listen = |kind| {
            signal(kind).map_err(|error| Error::failure(format!("cannot take signals: {error}")))
        };
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    /// Waits for a signal to end, which for a verb the end of its terminal is too. Cancel safe.
    pub(super) async fn end(&mut self) {
        self.next().await;
    }

    async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.terminate.recv() => Told::End,
            _ = self.interrupt.recv() => Told::End,
            _ = self.hang_up.recv() => Told::HangUp,
        }
    }
}

/// What a signal says.
enum Told {
    End,
    HangUp,
}
