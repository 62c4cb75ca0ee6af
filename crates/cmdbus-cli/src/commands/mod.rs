//! The verbs, one file each, and how they find the bus.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cmdbus::CommandRegistry;
use cmdbus::bus::{Address, Connect, LinkWatch, Profile, client_config};
use cmdbus::registry::Config;

use crate::args::{Args, Global, Verb};
use crate::exit::{Error, Result};
use crate::{exit, log, output};

mod attach;
mod broker;
mod broker_client;
mod call;
mod completions;
mod daemon;
mod demo;
mod describe;
mod detach;
mod diff;
mod directory;
mod dispatch;
mod doctor;
mod emit;
mod endpoints;
mod find;
mod gateway;
mod r#gen;
mod inbox;
mod input;
mod listen;
mod ls;
mod mail;
mod mcp;
mod printer;
mod process;
mod progress;
mod provide;
mod send;
mod serve;
mod signals;
mod spawn;
mod status;
mod stop;
mod table;
mod token;
mod trace;

/// Carries out a verb and returns the exit code.
pub(crate) fn run(args: Args) -> Result<u8> {
    let global = args.global.without_empty();
    match args.verb {
        Verb::Daemon(args) => daemon::run(&global, &args),
        Verb::Broker(args) => broker::run(&global, &args),
        Verb::Status(args) => simple(status::run(&global, &args)),
        Verb::Stop(args) => simple(stop::run(&global, &args)),
        Verb::Doctor(args) => simple(doctor::run(&global, &args)),
        Verb::Token(args) => token::run(&global, &args),
        Verb::Ls(args) => simple(ls::run(&global, &args)),
        Verb::Describe(args) => simple(describe::run(&global, &args)),
        Verb::Call(args) => simple(call::run(&global, args)),
        Verb::Emit(args) => simple(emit::run(&global, args)),
        Verb::Listen(args) => simple(listen::run(&global, &args)),
        Verb::Provide(args) => simple(provide::run(&global, args)),
        Verb::Endpoints(args) => simple(endpoints::run(&global, &args)),
        Verb::Send(args) => simple(send::run(&global, args)),
        Verb::Inbox(args) => simple(inbox::run(&global, &args)),
        Verb::Dispatch(args) => simple(dispatch::run(&global, &args)),
        Verb::Spawn(args) => simple(spawn::run(&global, args)),
        Verb::Mail(args) => simple(mail::run(&global, &args)),
        Verb::Attach(args) => attach::run(&global, &args),
        Verb::Mcp => simple(mcp::run(&global)),
        Verb::Gen(args) => simple(r#gen::run(&global, &args)),
        Verb::Diff(args) => simple(diff::run(&args)),
        Verb::Demo(args) => simple(demo::run(&args)),
        Verb::DemoWorker(args) => simple(demo::worker(&global, &args)),
        Verb::Completions(args) => completions::run(&args),
    }
}

/// Runs a verb of a client: one thread is enough.
fn simple(verb: impl Future<Output = Result<u8>>) -> Result<u8> {
    log::to_stderr();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::failure(format!("cannot start: {error}")))?;
    let result = runtime.block_on(verb);
    // A read of stdin that nobody waits for any more must not hold up the end.
    runtime.shutdown_background();
    result
}

pub(crate) fn profile(global: &Global) -> Result<Profile> {
    Ok(Profile::new(
        global
            .profile
            .clone()
            .unwrap_or_else(|| "default".to_owned()),
    )?)
}

/// Returns how the bus named on the command line is joined.
pub(crate) fn connection(global: &Global) -> Result<Connect> {
    if let Some(address) = &global.bus {
        let address: Address = address.parse()?;
        let shows_token = !matches!(address, Address::Unix(_));
        if shows_token && crate::env_vars::get(crate::env_vars::TOKEN).is_none() {
            output::note(
                "no token given; most buses ask for one over TCP and WebSocket: set `CMDBUS_TOKEN`",
            );
        }
        return Ok(Connect::to(address));
    }
    let mut connect = Connect::profile(profile(global)?).start(!global.no_start);
    if let Some(program) = own_program() {
        connect = connect.program(program);
    }
    if let Some(config) = &global.config {
        connect = connect.config(config);
    }
    Ok(connect)
}

/// Returns where the bus is that the broker of a discovery file serves.
async fn bus_of(global: &Global, file: &Path) -> Result<Address> {
    let broker = find::of_file(global, file).await?;
    let socket = broker.bus_socket().ok_or_else(|| {
        let message = format!("the broker of `{}` serves no bus", file.display());
        Error::new(exit::NO_BUS, message)
    })?;
    Ok(Address::Unix(socket))
}

/// Returns this very program, to start the daemon with, unless `CMDBUS_BIN` names another.
pub(crate) fn own_program() -> Option<PathBuf> {
    match crate::env_vars::get(crate::env_vars::BIN) {
        Some(program) => Some(program.into()),
        None => std::env::current_exe().ok(),
    }
}

/// A daemon that takes longer than this to answer for itself is not well.
const PATIENCE: Duration = Duration::from_secs(5);

/// A client's link to the bus.
pub(crate) struct Client {
    pub(crate) registry: CommandRegistry,
    pub(crate) link: LinkWatch,
}

impl Client {
    /// Joins the bus, starting it if that is allowed.
    pub(crate) async fn join(global: &Global, config: Config) -> Result<Self> {
        Self::with(global, CommandRegistry::new(config)).await
    }

    /// Has a registry join the bus.
    pub(crate) async fn with(global: &Global, registry: CommandRegistry) -> Result<Self> {
        let connect = match &global.discovery {
            Some(file) => Connect::to(bus_of(global, file).await?),
            None => connection(global)?,
        };
        let link = connect.join(&registry).await?;
        Ok(Self { registry, link })
    }

    /// Joins the bus to ask the daemon itself.
    pub(crate) async fn new(global: &Global) -> Result<Self> {
        let config = Config {
            request_ttl: PATIENCE,
            ..client_config()
        };
        Self::join(global, config).await
    }

    /// Joins the bus only if it runs already.
    pub(crate) async fn if_running(global: &Global) -> Result<Self> {
        let global = Global {
            no_start: true,
            ..global.clone()
        };
        Self::new(&global).await
    }
}
