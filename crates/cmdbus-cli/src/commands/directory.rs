//! What the daemon tells of itself: the whole directory, and how it is.

use std::sync::Arc;
use std::time::Instant;

use cmdbus::bus::{DESCRIBE, DescribeRequest, Description, LS, LsRequest, Page, STATUS};
use cmdbus::{CommandError, CommandRegistry, DynCommand, WeakRegistry};
use cmdbus_broker::Broker;
use serde_json::{Value, json};

use super::gateway::{GATEWAY, Whereabouts};

/// Most commands, and about most bytes of them, in one answer.
const PAGE: usize = 1000;
pub(super) const PAGE_BYTES: usize = 4 << 20;
/// How many ids are offered for one that nobody provides.
const SIMILAR: usize = 3;

/// Facts about the daemon that do not change.
pub(super) struct Facts {
    /// `None`: the daemon is no profile's.
    pub(super) profile: Option<String>,
    pub(super) account: String,
    pub(super) broker: Arc<Broker>,
    pub(super) socket: Option<String>,
    pub(super) tcp: Option<String>,
    pub(super) gateway: Arc<super::serve::Gateway>,
    pub(super) started: Instant,
    pub(super) started_at: String,
    /// About most bytes of commands in one answer, which has to fit into a message.
    pub(super) page_bytes: usize,
}

/// Registers the daemon's private commands.
pub(super) async fn serve(registry: &CommandRegistry, facts: Facts) -> Result<(), CommandError> {
    let (weak, page_bytes) = (registry.downgrade(), facts.page_bytes);
    let ls = DynCommand::new(LS, move |request: LsRequest| {
        let weak = weak.clone();
        async move { ls(&upgrade(&weak)?, &request, page_bytes) }
    });
    registry.register_command(ls).await?;
    let weak = registry.downgrade();
    let describe = DynCommand::new(DESCRIBE, move |request: DescribeRequest| {
        let weak = weak.clone();
        async move { Ok(describe(&upgrade(&weak)?, &request.id)) }
    });
    registry.register_command(describe).await?;
    let own = facts.gateway.clone();
    let gateway = DynCommand::new(GATEWAY, move |(): ()| {
        let own = own.clone();
        async move { whereabouts(&own).await }
    });
    registry.register_command(gateway).await?;
    let (weak, facts) = (registry.downgrade(), Arc::new(facts));
    let status = DynCommand::new(STATUS, move |(): ()| {
        let (weak, facts) = (weak.clone(), facts.clone());
        async move {
            let broker = facts.broker.status().await;
            Ok(status(&upgrade(&weak)?, &facts, broker))
        }
    });
    registry.register_command(status).await
}

fn upgrade(registry: &WeakRegistry) -> Result<CommandRegistry, CommandError> {
    registry.upgrade().ok_or(CommandError::ChannelDisconnected)
}

/// Says where the gateway is, having started it if need be.
async fn whereabouts(own: &super::serve::Gateway) -> Result<Whereabouts, CommandError> {
    let running = own.start().await.map_err(|error| {
        tracing::error!(error = error.message(), "the gateway cannot be opened");
        CommandError::Internal {
            command_id: GATEWAY.to_owned(),
            message: error.message().to_owned(),
        }
    })?;
    Ok(Whereabouts {
        url: running.map(|running| running.url()),
    })
}

fn ls(
    registry: &CommandRegistry,
    request: &LsRequest,
    page_bytes: usize,
) -> Result<Page, CommandError> {
    let limit = request.limit.unwrap_or(PAGE).clamp(1, PAGE);
    let pattern = request.pattern.as_deref().unwrap_or("*");
    let (mut commands, mut more) =
        registry.list_commands_page(pattern, request.after.as_deref(), limit);
    let mut bytes = 0;
    let mut fitting = 0;
    for command in &commands {
        bytes += serde_json::to_vec(command)?.len();
        if bytes > page_bytes && fitting > 0 {
            more = true;
            break;
        }
        fitting += 1;
    }
    commands.truncate(fitting);
    let next = commands
        .last()
        .filter(|_| more)
        .map(|command| command.id.clone());
    Ok(Page { commands, next })
}

fn describe(registry: &CommandRegistry, id: &str) -> Description {
    match registry.describe_command(id) {
        Some((command, providers)) => Description {
            command: Some(command),
            providers,
            similar: Vec::new(),
        },
        None => Description {
            command: None,
            providers: Vec::new(),
            similar: similar(registry, id),
        },
    }
}

/// Returns the known ids that look most like one, best first.
fn similar(registry: &CommandRegistry, id: &str) -> Vec<String> {
    let mut scored: Vec<(f64, String)> = Vec::new();
    // Page by page: the bus goes on in between.
    let mut after = None;
    loop {
        let (commands, more) = registry.list_commands_page("*", after.as_deref(), PAGE);
        after = commands.last().map(|command| command.id.clone());
        scored.extend(
            commands
                .into_iter()
                .map(|command| (strsim::jaro_winkler(id, &command.id), command.id))
                .filter(|(likeness, _)| *likeness > 0.8),
        );
        if !more {
            break;
        }
    }
    scored.sort_by(|(a, id_a), (b, id_b)| b.total_cmp(a).then_with(|| id_a.cmp(id_b)));
    scored.into_iter().take(SIMILAR).map(|(_, id)| id).collect()
}

fn status(registry: &CommandRegistry, facts: &Facts, broker: Value) -> Value {
    let (load, stats) = (registry.load(), registry.stats());
    json!({
        "pid": std::process::id(),
        "version": env!("CARGO_PKG_VERSION"),
        "profile": facts.profile,
        "account": facts.account,
        "socket": facts.socket,
        "tcp": facts.tcp,
        "ipc_url": facts.broker.ipc_url(),
        "broker": broker,
        "gateway": facts.gateway.running().map(|gateway| gateway.status()),
        "started_at": facts.started_at,
        "uptime_s": facts.started.elapsed().as_secs(),
        "connections": registry.list_channels().len(),
        "commands": registry.list_commands().len(),
        "calls_open": load.outstanding,
        "calls_forwarded": stats.forwarded,
        "responses_ignored": stats.ignored_responses,
        "events_dropped": stats.dropped_events,
        "events_unsent": stats.unsent,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn with_commands(count: usize) -> CommandRegistry {
        let registry = CommandRegistry::new(cmdbus::Config::default());
        for number in 0..count {
            let command = DynCommand::new(format!("test.c{number:05}"), |(): ()| async { Ok(()) });
            registry.register_command(command).await.unwrap();
        }
        registry
    }

    #[tokio::test]
    async fn ids_are_found_beyond_the_first_page() {
        let registry = with_commands(PAGE + 2).await;
        assert_eq!(similar(&registry, "test.c01001x")[0], "test.c01001");
    }

    #[tokio::test]
    async fn a_page_is_no_longer_than_fits_a_message() {
        let registry = with_commands(5).await;
        let mut request = LsRequest::default();
        let (mut seen, mut pages) = (0, 0);
        loop {
            let page = ls(&registry, &request, 1).unwrap();
            (seen, pages) = (seen + page.commands.len(), pages + 1);
            match page.next {
                Some(next) => request.after = Some(next),
                None => break,
            }
        }
        assert_eq!((seen, pages), (5, 5));
    }
}
