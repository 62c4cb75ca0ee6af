//! `cmdbus daemon`: the process that is the bus.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant, SystemTime};

use cmdbus::bus::{self, Address, Connect};
use cmdbus::channel::{ChannelLimits, TcpAdmission, TcpChannel, UnixChannel, one_token};
use cmdbus::{CommandChannel, CommandRegistry};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::directory::{self, Facts};
use super::trace;
use crate::args::{Daemon, Global};
use crate::config::{self, Config};
use crate::exit::{self, Error, Result};
use crate::instance::{Instance, InstanceLock, private_folder};
use crate::{env_vars, log, output};

/// How long a second daemon waits for the first one to become healthy or go.
const BUSY_LIMIT: Duration = Duration::from_secs(5);
/// How long a daemon in the background may take until it serves.
const DETACH_LIMIT: Duration = Duration::from_secs(20);
/// Most TCP connections that may be about to show their token.
const OPENINGS: usize = 64;
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
    if let Some(config) = &global.config {
        command.arg("--config");
        command.arg(std::path::absolute(config).unwrap_or_else(|_| config.clone()));
    }
    // The profile is named above; the rest is for clients.
    for name in [env_vars::BUS, env_vars::PROFILE, env_vars::TOKEN] {
        command.env_remove(name);
    }
    // What the shell that started us has open, such as a lock or a pipe, is not for a process that stays.
    close_fds::set_fds_cloexec(3, &[]);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Error::failure(format!("cannot start in the background: {error}")))?;
    let deadline = Instant::now() + DETACH_LIMIT;
    // Both end with the process, or when it lets go of them because it serves.
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr) = (read_aside(stdout), read_aside(stderr));
    let left = || deadline.saturating_duration_since(Instant::now());
    let said = stdout.recv_timeout(left());
    let (Ok(said), Ok(complaint)) = (said, stderr.recv_timeout(left())) else {
        return Err(give_up(&mut child));
    };
    if said.trim_end() == READY {
        if !args.on_demand {
            output::note(&format!("the bus is running (pid {})", child.id()));
        }
        return Ok(0);
    }
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if left().is_zero() => return Err(give_up(&mut child)),
            Ok(None) => std::thread::sleep(Duration::from_millis(5)),
            Err(error) => {
                return Err(Error::failure(format!(
                    "cannot wait for the daemon: {error}"
                )));
            }
        }
    };
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

/// Reads a stream to its end on a thread, so that nobody need wait for it for ever.
fn read_aside(stream: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, text) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            // What came before an error is all there is.
            let _ = stream.read_to_end(&mut bytes);
        }
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    text
}

/// Ends a daemon that does not get to serve.
fn give_up(child: &mut Child) -> Error {
    let _ = child.kill();
    let _ = child.wait();
    Error::failure(format!(
        "the daemon did not get to serve within {} s; see `cmdbus doctor`",
        DETACH_LIMIT.as_secs()
    ))
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
    // In the background nobody but `stop` and an operator signals, whoever started us.
    let mut signals = if args.background {
        Signals::all()?
    } else {
        Signals::new()?
    };
    private_folder(&instance.paths.state)?;
    let token = instance.token_or_new()?;
    private_folder(&instance.pair_folder(&token)?)?;
    let hold = instance.hold_file(&token)?;
    respect_hold(&hold, args.on_demand)?;
    let Some(_lock) = take_lock(instance, &token).await? else {
        output::note(&format!(
            "the bus of profile `{}` is running already",
            instance.profile.name()
        ));
        return Ok(0);
    };
    // Whoever had the lock may have been stopped with a hold while we waited.
    respect_hold(&hold, args.on_demand)?;
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
    let note = instance.paths.socket_note();
    fs::write(&note, format!("{}\n", socket.display()))
        .map_err(|error| Error::io("write", &note, error))?;
    // Nothing is to keep the folder busy that the daemon was started in.
    let _ = std::env::set_current_dir("/");

    let observed = trace::observe("cmdbus daemon");
    let registry = registry(config, &observed);
    let facts = Facts {
        profile: instance.profile.name().to_owned(),
        socket: socket.display().to_string(),
        tcp: tcp
            .as_ref()
            .and_then(|listener| listener.local_addr().ok())
            .map(|address| format!("tcp://{address}")),
        started: Instant::now(),
        page_bytes: directory::PAGE_BYTES.min(config.bus.frame_bytes / 2),
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
    let _ = fs::remove_file(&note);
    tokio::select! {
        done = tokio::time::timeout(SHUTDOWN_LIMIT, registry.dispose()) => {
            if done.is_err() {
                tracing::error!("connections did not close in time");
            }
        }
        () = signals.ordered_to_end() => {
            tracing::error!("told to stop twice; ending at once");
            return Ok(exit::FAILURE);
        }
    }
    observed.end();
    tracing::info!("stopped");
    Ok(0)
}

/// On demand, a hold is an error; a person who starts the bus lifts it.
fn respect_hold(hold: &Path, on_demand: bool) -> Result<()> {
    if !hold.exists() {
        return Ok(());
    }
    if on_demand {
        return Err(Error::new(
            exit::NO_BUS,
            format!(
                "the bus is on hold (`{}`); start it with `cmdbus daemon`",
                hold.display()
            ),
        ));
    }
    match fs::remove_file(hold) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("remove", hold, error))
        }
        _ => Ok(()),
    }
}

/// Waits for the end of stdin, which whoever started us holds open.
async fn stdin_ends() {
    let mut stdin = tokio::io::stdin();
    while let Ok(1..) = stdin.read(&mut [0; 64]).await {}
}

fn registry(config: &Config, observed: &trace::Observed) -> CommandRegistry {
    let options = observed
        .options()
        .max_deadline(config.bus.max_deadline())
        .streams_per_channel(config.bus.streams_per_session);
    let config = cmdbus::Config {
        id: Some("cmdbus".to_owned()),
        router_channel: None,
        request_ttl: config.bus.request_ttl(),
        event_ttl: config.bus.event_ttl(),
        ..cmdbus::Config::default()
    };
    CommandRegistry::with_options(config, options)
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
    if let Err(error) = said {
        // Whoever started us did not wait; others find us all the same.
        tracing::debug!(%error, "nobody waits for the bus to serve");
    }
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
    released.map_err(|error| Error::failure(format!("cannot let go of the terminal: {error}")))
}

/// Takes the instance lock, or returns `None` if a healthy daemon holds it.
async fn take_lock(instance: &Instance, token: &str) -> Result<Option<InstanceLock>> {
    let path = instance.lock_file(token)?;
    let deadline = Instant::now() + BUSY_LIMIT;
    loop {
        if let Some(lock) = InstanceLock::try_take(&path)? {
            return Ok(Some(lock));
        }
        if is_healthy(&instance.paths.live_socket()).await {
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
    /// Places of TCP connections that have not shown their token yet.
    openings: Arc<Semaphore>,
    refused: AtomicU64,
}

impl Hub {
    fn new(registry: CommandRegistry, config: &Config) -> Self {
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

    async fn accept_unix(self: Arc<Self>, listener: UnixListener) {
        loop {
            if let Some((stream, _)) = accepted(listener.accept().await).await {
                let name = self.name("unix");
                let channel = UnixChannel::from_stream_with(name, stream, self.limits);
                self.serve(Arc::new(channel), None);
            }
        }
    }

    async fn accept_tcp(self: Arc<Self>, listener: TcpListener, admission: TcpAdmission) {
        loop {
            if let Some((stream, _)) = accepted(listener.accept().await).await {
                // Whoever says nothing takes no place from those who are let in.
                let Ok(opening) = self.openings.clone().try_acquire_owned() else {
                    self.refuse();
                    continue;
                };
                let name = self.name("tcp");
                let channel = TcpChannel::accept_with(name, stream, admission.clone(), self.limits);
                self.serve(Arc::new(channel), Some(opening));
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

    /// Serves a connection. `opening` is let go of once it has been let in.
    fn serve(
        self: &Arc<Self>,
        channel: Arc<dyn CommandChannel>,
        opening: Option<OwnedSemaphorePermit>,
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
    terminate: Option<Signal>,
    interrupt: Option<Signal>,
    hang_up: Option<Signal>,
}

impl Signals {
    /// Takes the signals. Those that were ignored when we were started, as `nohup` does it, stay ignored.
    pub(super) fn new() -> Result<Self> {
        Self::but(ignored())
    }

    /// Takes the signals, whatever whoever started us thinks of them.
    fn all() -> Result<Self> {
        Self::but(0)
    }

    fn but(ignored: u64) -> Result<Self> {
        let listen = |kind: SignalKind| {
            if ignored & bit(kind) != 0 {
                return Ok(None);
            }
            signal(kind)
                .map(Some)
                .map_err(|error| Error::failure(format!("cannot take signals: {error}")))
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

    /// Waits for a signal to end, and returns the exit code of a program that ends with it. Cancel safe.
    pub(super) async fn fatal(&mut self) -> u8 {
        let kind = tokio::select! {
            () = come(&mut self.terminate) => SignalKind::terminate(),
            () = come(&mut self.interrupt) => SignalKind::interrupt(),
            () = come(&mut self.hang_up) => SignalKind::hangup(),
        };
        u8::try_from(128 + kind.as_raw_value()).unwrap_or(exit::FAILURE)
    }

    /// As [`end`](Self::end), but the end of the terminal does not count.
    async fn ordered_to_end(&mut self) {
        tokio::select! {
            () = come(&mut self.terminate) => {}
            () = come(&mut self.interrupt) => {}
        }
    }

    async fn next(&mut self) -> Told {
        tokio::select! {
            () = come(&mut self.terminate) => Told::End,
            () = come(&mut self.interrupt) => Told::End,
            () = come(&mut self.hang_up) => Told::HangUp,
        }
    }
}

/// Waits for a signal; for ever if it is ignored.
async fn come(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// The place of a signal in a mask of signals.
fn bit(kind: SignalKind) -> u64 {
    u32::try_from(kind.as_raw_value() - 1)
        .ok()
        .and_then(|place| 1_u64.checked_shl(place))
        .unwrap_or(0)
}

/// Returns the mask of the signals that this process ignores; empty where the system does not tell.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignored_in(&status)
}

fn ignored_in(status: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

/// What a signal says.
enum Told {
    End,
    HangUp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_signals_are_read_from_the_mask() {
        // As `nohup` leaves it, with the signal for broken pipes.
        let mask =
            ignored_in("Name:\tcmdbus\nSigBlk:\t0000000000000002\nSigIgn:\t0000000000001001\n");
        assert_ne!(mask & bit(SignalKind::hangup()), 0);
        assert_ne!(mask & bit(SignalKind::pipe()), 0);
        assert_eq!(mask & bit(SignalKind::interrupt()), 0);
        assert_eq!(mask & bit(SignalKind::terminate()), 0);
        assert_eq!(ignored_in(""), 0);
    }

    #[test]
    fn a_hold_stops_a_start_on_demand_and_is_lifted_by_a_person() {
        let folder = tempfile::tempdir().unwrap();
        let hold = folder.path().join("hold");
        respect_hold(&hold, true).unwrap();
        fs::write(&hold, "").unwrap();
        let error = respect_hold(&hold, true).unwrap_err();
        assert_eq!(error.code(), exit::NO_BUS);
        respect_hold(&hold, false).unwrap();
        assert!(!hold.exists());
    }
}
