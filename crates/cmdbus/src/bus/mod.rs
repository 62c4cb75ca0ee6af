//! Joining the bus of this machine.
//!
//! The program `cmdbus` runs the bus: a registry at the root, in a daemon. [`connect`] joins it, starts the
//! daemon if there is none, and keeps the link up:
//!
//! ```no_run
//! use cmdbus::prelude::*;
//!
//! # async fn f() -> Result<(), Box<dyn std::error::Error>> {
//! let bus = cmdbus::bus::connect().await?;
//! let shout = bus.execute_dyn("text.upper", "hello".into()).await?;
//! # Ok(()) }
//! ```
//!
//! When the daemon goes, calls in flight and new ones fail with `ChannelDisconnected`. The link comes back by
//! itself as soon as a daemon is there again, and with it the commands registered here; but it never starts
//! one, so that a bus which was stopped stays stopped.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::watch;

use crate::channel::{CommandChannel, UnixChannel};
use crate::error::ChannelError;
use crate::registry::{CommandRegistry, Config, WeakRegistry};

mod address;
mod directory;
mod paths;
mod start;

pub use address::Address;
pub use directory::{
    DESCRIBE, DescribeRequest, Description, LS, LsRequest, Page, STATUS, describe, list, status,
};
pub use paths::{Paths, Profile, socket_in};

/// Id of the channel to the daemon in a client's registry.
pub const HUB: &str = "hub";

/// First and longest pause between two attempts to come back.
const FIRST_RETRY: Duration = Duration::from_millis(50);
const LONGEST_RETRY: Duration = Duration::from_secs(2);

/// Why the bus could not be joined.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// A name, address or variable that cannot be right.
    #[error("{0}")]
    Usage(String),
    /// No bus is running there, and none was to be started.
    #[error("no bus at `{address}`; start one with `cmdbus daemon`")]
    NoBus {
        /// Where it was looked for.
        address: String,
    },
    /// There is no bus, and a person has said that none is to be started on demand.
    #[error("{message}")]
    OnHold {
        /// Where that is written, and how to lift it.
        message: String,
    },
    /// There was no bus and it could not be started.
    #[error("cannot start the bus (`{program} daemon`): {message}")]
    Start {
        /// The program that was run.
        program: String,
        /// What it said.
        message: String,
    },
    /// There is something, but it does not let us in.
    #[error("cannot join the bus at `{address}`: {}", reason(source))]
    Refused {
        /// Where it is.
        address: String,
        /// Why.
        source: ChannelError,
    },
}

/// Leaves out the words that say no more than the sentence around them.
fn reason(error: &ChannelError) -> String {
    match error {
        ChannelError::Other(text) | ChannelError::Send(text) => text.clone(),
        ChannelError::Closed => error.to_string(),
    }
}

/// Joins the bus of the current profile, starting its daemon if there is none, and returns a registry
/// whose link is kept up until [`dispose`](CommandRegistry::dispose).
///
/// The bus is the one of `CMDBUS_BUS` (an [`Address`]), else the one of the profile in `CMDBUS_PROFILE`, else the
/// profile `default`. The daemon is the program in `CMDBUS_BIN`, else `cmdbus` on the `PATH`. Needs a tokio
/// runtime.
///
/// # Errors
/// See [`ConnectError`].
pub async fn connect() -> Result<CommandRegistry, ConnectError> {
    let registry = CommandRegistry::new(client_config());
    Connect::from_env()?.join(&registry).await?;
    Ok(registry)
}

/// As [`connect`], to the bus at an address. Starts nothing.
///
/// # Errors
/// See [`ConnectError`].
pub async fn connect_to(address: Address) -> Result<CommandRegistry, ConnectError> {
    let registry = CommandRegistry::new(client_config());
    Connect::to(address).join(&registry).await?;
    Ok(registry)
}

/// Returns the configuration of a registry that joins a bus: the daemon is its router.
pub fn client_config() -> Config {
    Config {
        router_channel: Some(HUB.to_owned()),
        ..Config::default()
    }
}

/// How to join a bus, for programs that need more than [`connect`].
#[derive(Debug, Clone)]
pub struct Connect {
    place: Place,
    program: Option<PathBuf>,
    config: Option<PathBuf>,
    start: bool,
    token: Option<String>,
}

#[derive(Debug, Clone)]
enum Place {
    Profile(Profile),
    Address(Address),
}

impl Place {
    fn address(&self) -> Result<Address, ConnectError> {
        match self {
            Self::Profile(profile) => Ok(Address::Unix(Paths::of(profile)?.live_socket())),
            Self::Address(address) => Ok(address.clone()),
        }
    }
}

/// Whether the link of [`Connect::join`] is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// Calls go through.
    Up,
    /// The bus has gone; the link is trying to come back.
    Down,
    /// The registry has been disposed of; the link does not come back.
    Ended,
}

/// Watches a link.
#[derive(Debug, Clone)]
pub struct LinkWatch(watch::Receiver<LinkState>);

impl LinkWatch {
    /// Returns how the link is now.
    pub fn state(&self) -> LinkState {
        *self.0.borrow()
    }

    /// Returns whether the link has changed since it was made, or since [`changed`](Self::changed) returned.
    pub fn has_changed(&self) -> bool {
        // The other end goes only after the last change.
        self.0.has_changed().unwrap_or(true)
    }

    /// Waits for the next change and returns it. Cancel safe.
    pub async fn changed(&mut self) -> LinkState {
        match self.0.changed().await {
            Ok(()) => *self.0.borrow_and_update(),
            Err(_) => LinkState::Ended,
        }
    }
}

impl Connect {
    /// Joins what the environment names; see [`connect`].
    ///
    /// # Errors
    /// `CMDBUS_BUS` or `CMDBUS_PROFILE` holds something unusable.
    pub fn from_env() -> Result<Self, ConnectError> {
        match std::env::var("CMDBUS_BUS") {
            Ok(address) if !address.is_empty() => Ok(Self::to(address.parse()?)),
            _ => Ok(Self::profile(Profile::from_env()?)),
        }
    }

    /// Joins the bus of a profile, and starts it if there is none.
    pub fn profile(profile: Profile) -> Self {
        Self {
            place: Place::Profile(profile),
            program: None,
            config: None,
            start: true,
            token: None,
        }
    }

    /// Joins the bus at an address. Starts nothing.
    pub fn to(address: Address) -> Self {
        Self {
            place: Place::Address(address),
            program: None,
            config: None,
            start: false,
            token: None,
        }
    }

    /// Sets whether to start the bus if there is none. Default true for a profile; an address is never started.
    #[must_use]
    pub fn start(mut self, start: bool) -> Self {
        self.start = start;
        self
    }

    /// Sets which program to start the bus with, before `CMDBUS_BIN` and the `PATH`.
    #[must_use]
    pub fn program(mut self, path: impl Into<PathBuf>) -> Self {
        self.program = Some(path.into());
        self
    }

    /// Sets which configuration file the bus is started with. Default: what the program finds by itself.
    #[must_use]
    pub fn config(mut self, path: impl Into<PathBuf>) -> Self {
        self.config = Some(path.into());
        self
    }

    /// Sets the token for a bus on TCP or WebSocket. Default: `CMDBUS_TOKEN`.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Returns where the bus is expected.
    ///
    /// # Errors
    /// There is no telling where the profile's state is.
    pub fn address(&self) -> Result<Address, ConnectError> {
        self.place.address()
    }

    /// Links a registry made with [`client_config`] to the bus, and keeps the link up until the registry
    /// is disposed of. Commands registered before are offered silently: where an id is taken, this
    /// registry stands by.
    ///
    /// # Errors
    /// See [`ConnectError`]; nothing is left running then.
    pub async fn join(self, registry: &CommandRegistry) -> Result<LinkWatch, ConnectError> {
        let opener = Opener {
            place: self.place.clone(),
            token: self.token.or_else(|| {
                std::env::var("CMDBUS_TOKEN")
                    .ok()
                    .filter(|token| !token.is_empty())
            }),
        };
        let epoch = registry.disposals();
        let first = match opener.open(registry).await {
            Ok(driver) => driver,
            Err(error) => {
                let error = opener.explain(error);
                match (&self.place, error) {
                    (Place::Profile(profile), ConnectError::NoBus { .. }) if self.start => {
                        let daemon = start::Daemon::new(self.program, self.config);
                        let (profile, paths) = (profile.clone(), Paths::of(profile)?);
                        tokio::task::spawn_blocking(move || daemon.start(&profile, &paths))
                            .await
                            .map_err(|error| ConnectError::Start {
                                program: "cmdbus".to_owned(),
                                message: error.to_string(),
                            })??;
                        opener
                            .open(registry)
                            .await
                            .map_err(|error| opener.explain(error))?
                    }
                    (_, error) => return Err(error),
                }
            }
        };
        let (state, watch) = watch::channel(LinkState::Up);
        if registry.disposals() != epoch {
            // Disposed of while the link was being opened: the new session must not stay.
            drop(first);
            state.send_replace(LinkState::Ended);
            return Ok(LinkWatch(watch));
        }
        tokio::spawn(keep_up(
            opener,
            registry.downgrade(),
            epoch,
            first.spawn(),
            state,
        ));
        Ok(LinkWatch(watch))
    }
}

/// A session that has begun.
struct Session {
    ended: BoxFuture<'static, ()>,
    driver: BoxFuture<'static, ()>,
}

impl Session {
    /// Drives it, and returns what is ready when it is over. The driver goes on until the last handler that
    /// runs for it is done, and nobody need wait for that before the link comes back.
    fn spawn(self) -> BoxFuture<'static, ()> {
        tokio::spawn(self.driver);
        self.ended
    }
}

/// Opens one connection after the other to the same place.
struct Opener {
    place: Place,
    #[cfg_attr(not(any(feature = "tcp", feature = "websocket")), allow(dead_code))]
    token: Option<String>,
}

impl Opener {
    async fn open(&self, registry: &CommandRegistry) -> Result<Session, OpenError> {
        // Looked up each time: after a restart the bus may be elsewhere.
        let address = self
            .place
            .address()
            .map_err(|error| OpenError::Refused(ChannelError::Other(error.to_string())))?;
        let channel: Arc<dyn CommandChannel> = match &address {
            Address::Unix(path) => {
                if !crate::channel::unix::fits_socket(path) {
                    return Err(OpenError::Refused(ChannelError::Other(
                        "the path is too long for a socket; choose a shorter one".into(),
                    )));
                }
                // Connected here and not by the channel, to tell "nobody there" from other errors.
                let stream = tokio::net::UnixStream::connect(path)
                    .await
                    .map_err(OpenError::from)?;
                Arc::new(UnixChannel::from_stream(HUB, stream))
            }
            #[cfg(feature = "tcp")]
            Address::Tcp(host) => Arc::new(crate::channel::TcpChannel::connect(
                HUB,
                host,
                self.token.clone(),
            )),
            #[cfg(feature = "websocket")]
            Address::WebSocket(url) => Arc::new(crate::channel::WebSocketChannel::connect(
                HUB,
                url,
                self.token.clone(),
            )),
            #[cfg(not(all(feature = "tcp", feature = "websocket")))]
            other => return Err(OpenError::Refused(unsupported(other))),
        };
        let (ended, driver) = registry
            .register_link(channel)
            .await
            .map_err(OpenError::Refused)?;
        Ok(Session { ended, driver })
    }

    fn explain(&self, error: OpenError) -> ConnectError {
        let address = self
            .place
            .address()
            .map_or_else(|error| error.to_string(), |address| address.to_string());
        match error {
            OpenError::Nobody => ConnectError::NoBus { address },
            OpenError::Refused(source) => ConnectError::Refused { address, source },
        }
    }
}

#[cfg(not(all(feature = "tcp", feature = "websocket")))]
/// Says which feature an address needs that this build does not have.
fn unsupported(address: &Address) -> ChannelError {
    let feature = match address {
        Address::Unix(_) => "unix",
        Address::Tcp(_) => "tcp",
        Address::WebSocket(_) => "websocket",
    };
    ChannelError::Other(format!(
        "this program was built without the feature `{feature}`"
    ))
}

enum OpenError {
    Nobody,
    Refused(ChannelError),
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::ConnectionRefused => Self::Nobody,
            _ => Self::Refused(ChannelError::Other(error.to_string())),
        }
    }
}

/// Brings the link back when it breaks. Only the links themselves keep the registry alive.
async fn keep_up(
    opener: Opener,
    registry: WeakRegistry,
    epoch: u64,
    first: BoxFuture<'static, ()>,
    state: watch::Sender<LinkState>,
) {
    first.await;
    let mut pause = FIRST_RETRY;
    loop {
        state
            .send_if_modified(|state| std::mem::replace(state, LinkState::Down) != LinkState::Down);
        tokio::time::sleep(pause).await;
        let Some(registry) = registry
            .upgrade()
            .filter(|registry| registry.disposals() == epoch)
        else {
            break;
        };
        match opener.open(&registry).await {
            Ok(session) => {
                // Disposed of while the link was being opened: the new session must not stay.
                if registry.disposals() != epoch {
                    break;
                }
                let ended = session.spawn();
                state.send_replace(LinkState::Up);
                drop(registry);
                ended.await;
                pause = FIRST_RETRY;
            }
            Err(_) => pause = (pause * 2).min(LONGEST_RETRY),
        }
    }
    state.send_replace(LinkState::Ended);
}
