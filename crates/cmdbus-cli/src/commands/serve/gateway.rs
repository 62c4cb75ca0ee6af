//! The gateway listener: MCP endpoints, attaching clients, and the bus over WebSocket (attach §4.14).

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderName;
use cmdbus::CommandRegistry;
use cmdbus_attach::auth::{self, Authority, Doors, TokenFile};
use cmdbus_attach::gateway::aggregated::{Aggregator, Showing, ToolSearch};
use cmdbus_attach::gateway::{Gateway, Settings};
use cmdbus_attach::server::{AttachServer, AttachServerParts, Claims};
use cmdbus_attach::{ReverseAttachConfig, new_reverse_channel_registry};
use cmdbus_mcp::names::{Rules, Style};
use cmdbus_mcp::tools::ToolIndex;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::edge;
use super::on_demand::Home;
use super::public::Public;
use super::routes::router;
use crate::config::{self, Auth, Config};
use crate::exit::{Error, Result};
use crate::instance::TOKENS_FILE;

/// How long calls may go on once the daemon is told to end.
const DRAIN: Duration = Duration::from_secs(3);

/// The gateway of a daemon that runs.
pub(in crate::commands) struct Running {
    address: SocketAddr,
    /// The port that clients were told before, if somebody else had it when this one started.
    port_before: Option<u16>,
    auth: Auth,
    gateway: Gateway,
    server: AttachServer,
    aggregator: Arc<Aggregator>,
    authority: Arc<Authority>,
    public: Option<SocketAddr>,
    public_url: Option<String>,
    stop: watch::Sender<bool>,
}

impl Running {
    /// Starts the gateway.
    pub(super) async fn start(
        home: &Home,
        config: &Config,
        registry: &CommandRegistry,
    ) -> Result<Arc<Self>> {
        let own = &config.gateway;
        let (listener, port_before) = bind(own, &home.state.join("gateway-port")).await?;
        let address = listener
            .local_addr()
            .map_err(|error| Error::failure(format!("cannot listen for the gateway: {error}")))?;
        let public = Public::bind(own).await?;
        let authority = Arc::new(authority(home, own, address)?);
        let public_url = own.public_url.as_deref();
        let doors = Doors::new(&own.allowed_hosts, &own.allowed_origins, public_url)
            .map_err(|error| Error::usage(format!("in `[gateway]`: {error}")))?;
        let index = ToolIndex::default();
        let bus = uuid::Uuid::new_v4().to_string();
        let claims = Claims::open(&home.state.join("prefixes.json"))
            .map_err(|error| Error::failure(error.to_string()))?;
        let server = AttachServer::new(AttachServerParts {
            config: attach_config(own, address.port()),
            authority: authority.clone(),
            claims,
            registry: registry.clone(),
            index: index.clone(),
            bus: bus.clone(),
            base_url: public_url.map_or_else(|| format!("http://{address}"), str::to_owned),
        });
        let attachments = Arc::new(server.clone());
        let aggregator = Aggregator::new(registry.clone(), index, bus, showing(own), attachments);
        let gateway = Gateway::watching(
            server.resolver(aggregator.clone()),
            settings(own),
            authority.clone(),
        );
        let router = router(&gateway, &server, config, registry, &authority, &home.state)
            .layer(auth::layer(authority.clone(), Arc::new(doors)));
        let router = edge::with_refusals(router);
        let running = Arc::new(Self {
            address,
            port_before,
            auth: own.auth,
            gateway,
            server,
            aggregator: aggregator.clone(),
            authority: authority.clone(),
            public: public.as_ref().and_then(Public::address),
            public_url: own.public_url.clone(),
            stop: watch::Sender::new(false),
        });
        tokio::spawn(authority.watch());
        tokio::spawn(aggregator.run());
        if let Some(public) = public {
            tokio::spawn(public.serve(router.clone(), running.stop.subscribe()));
        }
        tokio::spawn(Public::own(listener).serve(router, running.stop.subscribe()));
        Ok(running)
    }

    /// Returns where the gateway is. No slash at the end.
    pub(in crate::commands) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns what `status` shows.
    pub(in crate::commands) fn status(&self) -> Value {
        let figures = self.gateway.figures();
        json!({
            "url": self.url(),
            "port": self.address.port(),
            "port_before": self.port_before,
            "public_listen": self.public,
            "public_url": self.public_url,
            "auth": match self.auth { Auth::Token => "token", Auth::None => "none" },
            "sessions": figures.sessions,
            "pending": figures.pending,
            "attached": self.server.status(),
            "sockets": self.server.figures(),
            "responses_unknown": figures.unknown_responses,
            "notifications_dropped": figures.dropped_notifications,
            "tools_left_out": self.aggregator.left_out(),
            "tools_long": self.aggregator.long_names(),
            "tokens_problem": self.authority.problem(),
        })
    }

    /// Ends it in order: nothing new, what is going on for a while, then everything.
    pub(super) async fn stop(&self) {
        self.gateway.drain();
        tokio::join!(self.gateway.shut_down(DRAIN), self.server.shutdown(DRAIN));
        self.stop.send_replace(true);
    }
}

/// Listens at the configured address. A port of 0 is chosen once and kept, so that what clients have been told stays true.
/// Returns the port it had before, too, if that was not to be had.
async fn bind(own: &config::Gateway, kept: &Path) -> Result<(TcpListener, Option<u16>)> {
    let cannot = |address: SocketAddr, error: std::io::Error| {
        Error::failure(format!(
            "cannot listen at `{address}` (`gateway.listen` in the configuration): {error}"
        ))
    };
    if own.listen.port() != 0 {
        let listener = TcpListener::bind(own.listen).await;
        let listener = listener.map_err(|error| cannot(own.listen, error))?;
        return Ok((listener, None));
    }
    let known = fs::read_to_string(kept)
        .ok()
        .and_then(|text| text.trim().parse::<u16>().ok());
    if let Some(port) = known {
        let address = SocketAddr::new(own.listen.ip(), port);
        match TcpListener::bind(address).await {
            Ok(listener) => return Ok((listener, None)),
            Err(error) => tracing::error!(
                port,
                %error,
                "somebody else has the port of the gateway; it takes a new one, and clients that were given the old address no longer find it"
            ),
        }
    }
    let listener = TcpListener::bind(own.listen)
        .await
        .map_err(|error| cannot(own.listen, error))?;
    let port = listener
        .local_addr()
        .map_err(|error| cannot(own.listen, error))?
        .port();
    fs::write(kept, format!("{port}\n")).map_err(|error| Error::io("write", kept, error))?;
    Ok((listener, known))
}

fn authority(home: &Home, own: &config::Gateway, address: SocketAddr) -> Result<Authority> {
    match own.auth {
        Auth::None => Authority::none(&[address]).map_err(|error| Error::usage(error.to_string())),
        Auth::Token => Authority::new(&home.token, TokenFile::at(home.state.join(TOKENS_FILE)))
            .map_err(|error| Error::failure(error.to_string())),
    }
}

fn seconds(figure: f64) -> Duration {
    // Checked when the file was read.
    Duration::try_from_secs_f64(figure).unwrap_or_default()
}

fn attach_config(own: &config::Gateway, port: u16) -> ReverseAttachConfig {
    ReverseAttachConfig::new(new_reverse_channel_registry())
        .mcp_port(port)
        .grace(seconds(own.grace_s))
        .heartbeat(seconds(own.heartbeat_s))
        .server_in_flight(own.in_flight_per_socket as usize)
        .ids_per_socket(own.attach_ids_per_socket as usize)
        .ids_per_principal(own.attach_ids_per_principal)
}

fn names(headers: &[String]) -> Vec<HeaderName> {
    // Checked when the file was read.
    headers
        .iter()
        .filter_map(|name| HeaderName::try_from(name.as_str()).ok())
        .collect()
}

fn settings(own: &config::Gateway) -> Settings {
    Settings {
        reserved: ["bus", "attach"]
            .into_iter()
            .chain(edge::SEGMENTS)
            .map(str::to_owned)
            .collect(),
        max_body: own.body_bytes,
        session_idle: seconds(own.session_idle_s),
        max_sessions: own.sessions_per_attach_id,
        max_in_flight: own.in_flight_per_session,
        strict_accept: own.strict_accept,
        timeout_cap: seconds(own.timeout_cap_s),
        key_headers: names(&own.attach_id_headers),
        argument_headers: names(&own.arguments_headers),
        ..Settings::default()
    }
}

fn showing(own: &config::Gateway) -> Showing {
    Showing {
        names: Rules {
            style: match own.tool_names {
                config::ToolNames::Llm => Style::Llm,
                config::ToolNames::Mcp => Style::Mcp,
            },
            max: own.tool_name_max,
        },
        search: match own.tool_search {
            config::ToolSearch::Off => ToolSearch::Off,
            config::ToolSearch::Auto => ToolSearch::Auto,
            config::ToolSearch::On => ToolSearch::On,
        },
    }
}
