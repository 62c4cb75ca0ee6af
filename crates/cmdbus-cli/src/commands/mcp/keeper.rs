//! Whether the gateway is there; and the way back to it, over a restart of the daemon (attach §6, §4.14).
//!
//! The link to the bus tells at once when the daemon goes and when it is back; a gateway that has forgotten the session, or does not
//! answer at its address, tells it to whoever calls. Either way the door is closed, and another is opened: the handshake of the client
//! is said again, and the client is told to list the tools anew.

use std::sync::Arc;
use std::time::Duration;

use cmdbus::bus::LinkState;
use cmdbus_mcp::carry::{Call, Carrier as _, Hears, deaf};
use cmdbus_mcp::rpc::{Era, Message};
use cmdbus_mcp::upstream::{Connection as _, HttpConfig};
use tokio::time::{Instant, sleep};

use super::door::Door;
use super::relay::Shared;
use crate::args::Global;
use crate::commands::Client;
use crate::commands::gateway::{GatewayFacts, gateway_of};
use crate::exit::{Error, Result};
use crate::output;

/// First and longest pause before the gateway is looked for again.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Tells clients of the legacy era that what they know of the tools may be out of date.
const LIST_CHANGED: &str = "notifications/tools/list_changed";

/// Keeps the way to the gateway.
pub(super) struct Keeper {
    /// Starts nothing: a bus that was stopped stays stopped.
    global: Global,
    client: Client,
    shared: Arc<Shared>,
    ear: Hears,
    door: Arc<Door>,
    pause: Duration,
}

impl Keeper {
    /// Opens the first door.
    pub(super) fn new(
        global: &Global,
        client: Client,
        shared: &Arc<Shared>,
        facts: &GatewayFacts,
    ) -> Result<Self> {
        let global = Global {
            no_start: true,
            ..global.clone()
        };
        let ear = shared.ear();
        let door = Door::new(&address(facts)?, &ear);
        shared.open(door.clone());
        Ok(Self {
            global,
            client,
            shared: shared.clone(),
            ear,
            door,
            pause: FIRST_PAUSE,
        })
    }

    /// Goes on until it is dropped.
    pub(super) async fn run(mut self) {
        loop {
            let opened = Instant::now();
            self.until_lost().await;
            output::note("the bus went away; waiting for it to come back");
            if opened.elapsed() > LONGEST_PAUSE {
                self.pause = FIRST_PAUSE;
            }
            self.reopen().await;
            output::note("the bus is back");
        }
    }

    /// Waits until the door leads nowhere any more, and closes it.
    async fn until_lost(&mut self) {
        let session = self.door.of(Era::Legacy).ended();
        tokio::select! {
            () = self.door.lost() => {}
            _ = session => {}
            () = link_is_down(&mut self.client) => {}
        }
        self.shared
            .close(&self.door, "the bus went away".to_owned());
    }

    /// Looks for the gateway until it is there.
    async fn reopen(&mut self) {
        let mut complaint = String::new();
        loop {
            tokio::select! {
                () = sleep(self.pause) => {}
                _ = self.client.link.changed() => {}
            }
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            match self.open().await {
                Ok(()) => return,
                Err(error) => {
                    let said = error.message();
                    if said != complaint {
                        tracing::warn!(error = said, "not back yet");
                        complaint = said.to_owned();
                        self.shared.close(&self.door, complaint.clone());
                    }
                }
            }
        }
    }

    /// Opens a door, with the handshake of the client behind it.
    async fn open(&mut self) -> Result<()> {
        let facts = gateway_of(&self.client.registry, &self.global).await?;
        let door = Door::new(&address(&facts)?, &self.ear);
        if let Some(params) = self.shared.handshake() {
            let legacy = door.of(Era::Legacy);
            let again = Call::new(Era::Legacy, "initialize", params);
            legacy
                .call(again, deaf())
                .await
                .map_err(|error| Error::failure(error.message))?;
        }
        self.door = door.clone();
        if self.shared.open(door) {
            self.shared.out.tell(&Message::Notification {
                method: LIST_CHANGED.to_owned(),
                params: None,
            });
        }
        Ok(())
    }
}

/// Waits until the link to the bus breaks. Cancel safe.
async fn link_is_down(client: &mut Client) {
    while client.link.changed().await == LinkState::Up {}
}

fn address(facts: &GatewayFacts) -> Result<HttpConfig> {
    let headers = [(
        "authorization".to_owned(),
        format!("Bearer {}", facts.token),
    )];
    HttpConfig::new(&format!("{}/mcp", facts.url), &headers)
        .map_err(|error| Error::failure(error.to_string()))
}
