//! What `daemon` and `broker` have in common, which is nearly everything: one process that serves one place.

mod broker;
mod edge;
mod gateway;
mod health;
mod hub;
mod on_demand;
mod public;
mod routes;
mod sockets;
mod turn;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use cmdbus::CommandRegistry;
use cmdbus_attach::auth::{Authority, TokenFile};
use cmdbus_broker::{Broker, Ending, ShutdownMode};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use self::broker::Served;
use self::hub::Hub;
use self::on_demand::Home;
use self::sockets::Sockets;
use super::directory::{self, Facts};
use super::signals::{Signals, Told};
use super::{detach, trace};
use crate::config::Config;
use crate::exit::{self, Error, Result};
use crate::place::Place;
use crate::{log, output};

pub(super) use self::health::broker as healthy_broker;
pub(super) use self::on_demand::OnDemand as Gateway;
pub(super) use self::sockets::is_healthy;

/// How long a shutdown may take in all.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(5);

/// Who wants the daemon to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Starter {
    /// Somebody who typed it.
    Person,
    /// A verb that found no bus.
    Verb,
    /// A client of the broker, who looks at the discovery file and at nothing else.
    Client,
}

/// How a daemon is run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    pub(super) by: Starter,
    /// Somebody waits to hear that it serves, and for nothing else.
    pub(super) background: bool,
    /// The end of stdin is the end of it.
    pub(super) tied: bool,
}

/// Sets what holds for the whole process.
pub(super) fn prepare_process() {
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

/// Serves a place until told to stop, and returns the exit code.
pub(super) fn run(place: &Place, config: &Config, start: Start) -> Result<u8> {
    // On one thread: what is done here takes microseconds, and a second one that is woken to look for work costs more than that.
    // What may take long has threads of its own, such as the store's.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::failure(format!("cannot start: {error}")))?;
    let code = runtime.block_on(serve(place, config, start));
    runtime.shutdown_background();
    log::flush();
    code
}

async fn serve(place: &Place, config: &Config, start: Start) -> Result<u8> {
    // In the background nobody but `stop` and an operator signals, whoever started us.
    let mut signals = if start.background {
        Signals::all()?
    } else {
        Signals::new()?
    }
    .with_release()?;
    let Some(_lock) = turn::come(place, start.by).await? else {
        return Ok(0);
    };
    log::to_files(&place.log_folder)?;
    mend_spawn_lock(place);
    let mut served = Served::start(place, config).await?;
    let (sockets, listeners) = Sockets::bind(place, start.by).await?;
    let tcp = listen_tcp(place, config).await?;
    // Nothing is to keep the folder busy that the daemon was started in.
    let _ = std::env::set_current_dir("/");

    let observed = trace::observe("cmdbus daemon");
    let registry = registry(config, &observed);
    let tcp_listener = tcp.as_ref().map(|(listener, _)| listener);
    let home = Home::of(place, served.broker.bearer_token())?;
    let gateway = Arc::new(Gateway::new(home, config, &registry));
    // Clients of the broker have no use for it; a verb that has asks for it.
    if start.by != Starter::Client {
        gateway.start().await?;
    }
    let facts = facts(
        place,
        config,
        &sockets,
        tcp_listener,
        &served,
        gateway.clone(),
    );
    directory::serve(&registry, facts).await?;
    // Before the bus is served: whoever joins it may look for the broker next.
    let published = served.publish(sockets.paths.first().map(PathBuf::as_path));
    if published.is_err() {
        sockets.remove();
    }
    published?;
    let hub = Arc::new(Hub::new(registry.clone(), config));
    let mut accepting: Vec<_> = listeners
        .into_iter()
        .map(|listener| tokio::spawn(hub.clone().accept_unix(listener)))
        .collect();
    if let Some((listener, authority)) = tcp {
        accepting.push(tokio::spawn(hub.accept_tcp(listener, authority)));
    }
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        profile = place.profile.as_ref().map(|own| own.profile.name()),
        account = place.account,
        socket = sockets
            .paths
            .first()
            .map(|path| tracing::field::display(path.display())),
        "serving"
    );
    let announced = announce(place, &sockets, start);
    if announced.is_err() {
        served.withdraw();
        sockets.remove();
    }
    announced?;

    let told = told_to_end(&mut signals, start, &served, config).await;
    let how = told.unwrap_or(ShutdownMode::Retain);
    tracing::info!(?how, "stopping");
    served.withdraw();
    for accept in accepting {
        accept.abort();
    }
    sockets.remove();
    tokio::select! {
        done = tokio::time::timeout(SHUTDOWN_LIMIT, async {
            if let Some(gateway) = gateway.running() {
                gateway.stop().await;
            }
            tokio::join!(registry.dispose(), served.stop(how))
        }) => {
            if done.is_err() {
                tracing::error!("the shutdown took too long; ending all the same");
            }
        }
        () = signals.ordered_to_end() => {
            tracing::error!("told to stop twice; ending at once");
            return Ok(exit::FAILURE);
        }
    }
    observed.end();
    tracing::info!("stopped");
    match told {
        Some(_) => Ok(0),
        None => Err(Error::failure(
            "the store of the broker is damaged or cannot be opened; `cmdbus doctor` says more",
        )),
    }
}

/// Removes a spawn lock that blocks clients. That it cannot is no reason not to serve: who finds us needs none.
fn mend_spawn_lock(place: &Place) {
    match place.mend_spawn_lock() {
        Ok(true) => tracing::warn!("removed the spawn lock of a client that died"),
        Ok(false) => {}
        Err(error) => tracing::warn!(error = error.message(), "a spawn lock is in the way"),
    }
}

/// Listens where the configuration of the profile says. A broker that is no profile's has no such listener.
async fn listen_tcp(
    place: &Place,
    config: &Config,
) -> Result<Option<(TcpListener, Arc<Authority>)>> {
    let (Some(address), Some(instance)) = (config.listen.tcp, &place.profile) else {
        return Ok(None);
    };
    let token = instance.token()?.ok_or_else(|| {
        Error::failure("the token of the profile has vanished; start the bus again")
    })?;
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Error::failure(format!(
            "cannot listen at `{address}` (`listen.tcp` in the configuration): {error}"
        ))
    })?;
    let authority = Authority::new(&token, TokenFile::at(instance.tokens_file()))
        .map_err(|error| Error::failure(error.to_string()))?;
    let authority = Arc::new(authority);
    tokio::spawn(authority.clone().watch());
    Ok(Some((listener, authority)))
}

fn facts(
    place: &Place,
    config: &Config,
    sockets: &Sockets,
    tcp: Option<&TcpListener>,
    served: &Served,
    gateway: Arc<Gateway>,
) -> Facts {
    Facts {
        broker: served.broker.clone(),
        profile: place
            .profile
            .as_ref()
            .map(|own| own.profile.name().to_owned()),
        account: place.account.clone(),
        socket: sockets.paths.first().map(|path| path.display().to_string()),
        tcp: tcp
            .and_then(|listener| listener.local_addr().ok())
            .map(|address| format!("tcp://{address}")),
        started: Instant::now(),
        gateway,
        page_bytes: directory::PAGE_BYTES.min(config.bus.frame_bytes / 2),
        started_at: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
    }
}

/// Waits until the daemon is told to end, and how. `None` means that it cannot go on: the store is lost.
async fn told_to_end(
    signals: &mut Signals,
    start: Start,
    served: &Served,
    config: &Config,
) -> Option<ShutdownMode> {
    loop {
        let told = tokio::select! {
            told = signals.next() => told,
            () = stdin_ends(), if start.tied => Told::End,
            ending = served.broker.ending() => return match ending {
                Ending::Asked(how) => Some(how),
                Ending::Lost(error) => {
                    tracing::error!(%error, "the store is lost, so nothing can be promised any more");
                    None
                }
            },
        };
        match told {
            Told::End => return Some(ShutdownMode::Retain),
            Told::Release => return Some(ShutdownMode::Release),
            Told::HangUp => {
                log::reopen();
                reload(config, &served.broker);
            }
        }
    }
}

/// Reads the configuration once more. What cannot be read leaves everything as it is.
fn reload(config: &Config, broker: &Broker) {
    match config.again() {
        Ok(config) => {
            broker.set_figures(config.broker.figures);
            tracing::info!(
                "opened the log anew, and goes by the broker's figures as configured now; the rest of the configuration counts from the next start"
            );
        }
        Err(error) => tracing::error!(
            error = error.message(),
            "opened the log anew; the configuration stays as it was"
        ),
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
fn announce(place: &Place, sockets: &Sockets, start: Start) -> Result<()> {
    if start.background {
        return detach::announce();
    }
    let at = sockets
        .paths
        .first()
        .map(|path| format!(" at `{}`", path.display()));
    output::note(&format!(
        "{} is running{}; Ctrl-C or `cmdbus stop` ends it",
        place.name(),
        at.unwrap_or_default()
    ));
    Ok(())
}
