//! `cmdbus attach`: local MCP servers, attached to a gateway (attach §5).
//!
//! [`find`] says which servers, [`mod@file`] and [`entry`] read them, [`consent`] asks about those that nobody has named,
//! [`gateway`] says where to, and [`show`] prints what happens. The rest is the client of `cmdbus-attach`.

mod approved;
mod consent;
mod entry;
mod expand;
mod file;
mod find;
mod gateway;
mod keys;
mod news;
mod recipe;
mod show;
mod text;

use std::sync::Arc;

use cmdbus_attach::client::{
    AttachClient, AttachId, ClientConfig, ClientError, ServerConfig, Servers,
};
use cmdbus_attach::frame::Target;
use tokio::sync::oneshot;

use self::entry::Server;
use self::gateway::Gateway;
use self::show::Show;
use super::signals::Signals;
use crate::args::{Attach, Global};
use crate::exit::{Error, Result};
use crate::instance::Instance;
use crate::log;

pub(crate) fn run(global: &Global, args: &Attach) -> Result<u8> {
    // It runs for long, so what is not quite right deserves to be seen.
    log::warnings_to_stderr();
    let state = Instance::of(super::profile(global)?)?.paths.state;
    // Before there is a runtime: a person may take any time to answer.
    let servers = find::servers(args, &state)?;
    super::simple(attach(global, args, servers))
}

async fn attach(global: &Global, args: &Attach, servers: Vec<Server>) -> Result<u8> {
    let mut signals = Signals::new()?;
    let gateway = Gateway::find(global, args).await?;
    gateway::warn_of_proxies(args, &servers);
    let configs: Vec<ServerConfig> = servers.into_iter().map(configured).collect();
    let targets = configs.iter().map(|config| config.target.clone()).collect();
    let ids = ids(args);
    let mut show = Show::start(args.json, targets, ids.len())?;
    let servers =
        Servers::new(configs, show.events()).map_err(|error| Error::usage(error.to_string()))?;
    // Without waiting for the gateway: what is up when it answers need not be waited for by anybody.
    servers.start();
    let config = ClientConfig {
        extra_roots: gateway.roots.clone(),
        ids,
        ..ClientConfig::new(gateway.address.clone(), gateway.token.clone(), None)
    };
    let client = AttachClient::new(config, Arc::new(servers), show.events());
    let (stop, stopped) = oneshot::channel();
    let mut stop = Some(stop);
    let mut running = std::pin::pin!(client.run(async {
        // Its sender lives until it has been used.
        let _ = stopped.await;
    }));
    let mut printing_failed = None;
    let outcome = loop {
        tokio::select! {
            outcome = &mut running => break outcome,
            code = signals.fatal() => match stop.take() {
                Some(stop) => {
                    show.ending();
                    let _ = stop.send(());
                }
                // The second one: what still runs is killed with the runtime.
                None => return Ok(code),
            },
            // Nobody can know any more what is attached: as if it had been told to end.
            why = show.ended(), if printing_failed.is_none() => {
                printing_failed = Some(why);
                if let Some(stop) = stop.take() {
                    let _ = stop.send(());
                }
            }
        }
    };
    show.finish().await;
    match (outcome, printing_failed) {
        (Err(error), _) => Err(for_people(error, &gateway)),
        (Ok(()), Some(Err(error))) => Err(error),
        (Ok(()), _) => Ok(0),
    }
}

fn configured(server: Server) -> ServerConfig {
    ServerConfig {
        target: Target::Named {
            name: server.upstream.name.clone(),
        },
        upstream: server.upstream,
        shown: server.shown,
    }
}

fn ids(args: &Attach) -> Vec<AttachId> {
    let mut ids = args.id.clone();
    if ids.is_empty() {
        ids.push(host_name());
    }
    let mut seen = std::collections::HashSet::new();
    ids.retain(|id| seen.insert(id.clone()));
    ids.into_iter()
        .map(|id| AttachId {
            id: Some(id),
            callers: args.caller.clone(),
        })
        .collect()
}

fn host_name() -> String {
    let name = rustix::system::uname();
    let name = name.nodename().to_string_lossy();
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    if name.is_empty() {
        "localhost".to_owned()
    } else {
        name
    }
}

/// Says why it is over, and what to do.
fn for_people(error: ClientError, gateway: &Gateway) -> Error {
    let mend = match &error {
        ClientError::Unauthorized if (gateway.token)().is_none() => {
            return Error::failure(format!(
                "the gateway `{}` asks for a token: set `CMDBUS_TOKEN`, or give `--token-file FILE`; `cmdbus token create --name NAME` makes one there",
                gateway.address
            ));
        }
        ClientError::Refused { code, .. } => match code.as_str() {
            "forbidden" => {
                "give another id with `--id`, or a token made with `cmdbus token create --may attach:ID`"
            }
            "id_in_use" => "give another id with `--id`",
            "too_many_ids" => {
                "detach others, or raise the limit in `[gateway]` of its configuration"
            }
            _ => "see the log of the gateway",
        },
        _ => return Error::failure(error.to_string()),
    };
    Error::failure(format!("{error}; {mend}"))
}
