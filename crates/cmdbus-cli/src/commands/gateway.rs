//! Where the gateway of one's own bus is, for verbs that need it. Where it runs on demand, asking starts it (attach §4.14).

use std::fmt;

use cmdbus::{CommandError, CommandRegistry};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Client, find};
use crate::args::Global;
use crate::env_vars;
use crate::exit::{self, Error, Result};
use crate::instance::Instance;

/// Id of the daemon's private command that says where the gateway is, and starts it if it does not run.
pub(super) const GATEWAY: &str = "_cmdbus.gateway";

/// What [`GATEWAY`] returns.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Whereabouts {
    /// No slash at the end. `None`: somebody has switched it off.
    pub(super) url: Option<String>,
}

/// A gateway that runs, and what it asks of those who come.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct GatewayFacts {
    /// No slash at the end: `<url>/mcp` is the endpoint over everything, `<url>/attach` takes attaching clients.
    pub(super) url: String,
    /// For `Authorization: Bearer`.
    pub(super) token: String,
}

impl fmt::Debug for GatewayFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewayFacts")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// Returns the gateway of the bus that the command line names. The bus is started if there is none and that is allowed
/// (`--no-start` forbids it), and so is its gateway where it runs on demand.
///
/// # Errors
/// There is no bus, or its gateway is switched off (exit code 3).
pub(super) async fn own_gateway(global: &Global) -> Result<GatewayFacts> {
    let client = Client::new(global).await?;
    let found = gateway_of(&client.registry, global).await;
    client.registry.dispose().await;
    found
}

/// As [`own_gateway`], over a link to the bus that is there already.
pub(super) async fn gateway_of(
    registry: &CommandRegistry,
    global: &Global,
) -> Result<GatewayFacts> {
    let asked = registry.execute_dyn(GATEWAY, Value::Null).await;
    let answer = asked.map_err(|error| match error {
        CommandError::NotFound(_) => Error::new(
            exit::NO_BUS,
            "the bus that runs is older than this program and has no gateway; `cmdbus stop` ends it, and the next verb starts the new one",
        ),
        CommandError::Internal { message, .. } => Error::new(exit::NO_BUS, message),
        other => other.into(),
    })?;
    let answer: Whereabouts = serde_json::from_value(answer)
        .map_err(|error| Error::failure(format!("cannot read the answer of the bus: {error}")))?;
    let url = answer.url.ok_or_else(|| {
        Error::new(
            exit::NO_BUS,
            "the gateway of this bus is switched off; remove `enabled = false` from `[gateway]` in the configuration, and restart the bus with `cmdbus stop`",
        )
    })?;
    let token = token(global).await?;
    Ok(GatewayFacts { url, token })
}

/// Returns the token with all rights on the bus that the command line names.
async fn token(global: &Global) -> Result<String> {
    if let Some(file) = &global.discovery {
        return Ok(find::of_file(global, file).await?.bearer_token);
    }
    if let Some(address) = &global.bus {
        let given = env_vars::get(env_vars::TOKEN).and_then(|text| text.into_string().ok());
        if let Some(token) = given {
            return Ok(token);
        }
        // The bus of an address may be anybody's, who is not to be given the token of the profile.
        if !address.starts_with("unix:") {
            return Err(Error::usage(format!(
                "the gateway of the bus at `{address}` asks for a token: set `CMDBUS_TOKEN`"
            )));
        }
    }
    let instance = Instance::of(super::profile(global)?)?;
    instance.token()?.ok_or_else(|| {
        Error::failure("the token of the profile has vanished; restart the bus with `cmdbus stop`")
    })
}
