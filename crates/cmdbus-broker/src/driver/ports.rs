//! How the ports are called: each call on a task of its own, with a limit, and with whatever it does caught.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use futures_util::FutureExt;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::Shared;
use crate::core::{CONTROL_ACK, Call, Called, Effect, Input};
use crate::ports::{Answer, CALL, ConnectorEvent, ControlEvent, Failure, SendFailure};

impl Shared {
    /// Begins to connect to the network, if there is one.
    pub(super) fn connect(self: &Arc<Self>) {
        let Some(network) = self.parts.network.clone() else {
            return;
        };
        let (sender, mut events) = mpsc::unbounded_channel();
        let weak = Arc::downgrade(self);
        self.runtime.spawn(async move {
            while let Some(event) = events.recv().await {
                let Some(shared) = weak.upgrade() else {
                    return;
                };
                shared.give(Input::Network(event));
            }
        });
        tell(|| network.connector.connect(sender));
    }

    /// Ends the connection to the network, if there is one.
    pub(super) async fn disconnect(&self) {
        if let Some(network) = &self.parts.network {
            limited(|| network.connector.disconnect()).await;
        }
    }

    /// Begins to listen for control events, if somebody sends them.
    pub(super) fn listen_for_control(self: &Arc<Self>) {
        let Some(network) = self.parts.network.clone() else {
            return;
        };
        let (sender, mut events) = mpsc::unbounded_channel();
        let weak = Arc::downgrade(self);
        self.runtime.spawn(async move {
            while let Some(ControlEvent { handle, event }) = events.recv().await {
                let Some(shared) = weak.upgrade() else {
                    return;
                };
                shared.give(Input::Control { handle, event });
            }
        });
        tell(|| network.control.subscribe(sender));
    }

    /// The core cannot take an input now. A message of the network comes again; the rest is asked for again by
    /// the next core, or has nobody who waits.
    pub(super) fn turn_away(&self, input: &Input) {
        if let Input::Network(ConnectorEvent::Message(inbound)) = input {
            self.release(inbound.handle);
        }
    }

    pub(super) fn release(&self, handle: u64) {
        if let Some(network) = &self.parts.network {
            tell(|| network.connector.release(handle));
        }
    }

    pub(super) fn do_at_port(self: &Arc<Self>, effect: Effect) {
        let Some(network) = self.parts.network.clone() else {
            return;
        };
        match effect {
            Effect::AcceptInbound(handle) => tell(|| network.connector.accept(handle)),
            Effect::ReleaseInbound(handle) => tell(|| network.connector.release(handle)),
            Effect::AckPending(up_to) => tell(|| network.connector.ack_pending(up_to)),
            Effect::ControlTaken(handle) => tell(|| network.control.taken(handle)),
            Effect::Connect => self.connect(),
            Effect::Disconnect => {
                self.runtime.spawn(async move {
                    limited(|| network.connector.disconnect()).await;
                });
            }
            Effect::Emit {
                lane,
                entry,
                kind,
                event,
            } => {
                let shared = self.clone();
                self.runtime.spawn(async move {
                    let result = if kind == CONTROL_ACK {
                        limited(|| network.control.acknowledge(event)).await
                    } else {
                        limited(|| network.authority.emit(kind, event)).await
                    };
                    shared.give(Input::Emitted {
                        lane,
                        entry,
                        result: result.unwrap_or_else(|| Err(late())),
                    });
                });
            }
            Effect::CallPort { call, what } => {
                let shared = self.clone();
                self.runtime.spawn(async move {
                    let called = shared.call(what).await;
                    shared.give(Input::PortAnswered { call, called });
                });
            }
            // The others are not for ports.
            _ => {}
        }
    }

    async fn call(&self, what: Call) -> Called {
        let Some(network) = &self.parts.network else {
            return Called::Heartbeat(Err(Failure::not_supported()));
        };
        let authority = &network.authority;
        match what {
            Call::Register(endpoint) => {
                let result = limited(|| authority.register(endpoint)).await;
                Called::Registered(result.unwrap_or_else(|| Err(late())))
            }
            Call::Heartbeat(endpoint) => {
                let result = limited(|| authority.heartbeat(endpoint)).await;
                Called::Heartbeat(result.unwrap_or_else(|| Err(late())))
            }
            Call::ClaimRoute(claim) => {
                let result = limited(|| authority.claim_inbound_route(claim)).await;
                Called::Route(result.unwrap_or_else(|| Err(late())))
            }
            Call::Send(message) => {
                let result = limited(|| network.connector.send(*message)).await;
                Called::Sent(result.unwrap_or(Err(SendFailure::OutcomeUnknown)))
            }
        }
    }
}

/// Waits for an answer, though not for ever. `None` if none came: the port took too long, or panicked.
async fn limited<'a, T>(ask: impl FnOnce() -> Answer<'a, T>) -> Option<T> {
    let answer = AssertUnwindSafe(async { ask().await }).catch_unwind();
    match timeout(CALL, answer).await {
        Ok(Ok(answer)) => Some(answer),
        Ok(Err(_)) => {
            panicked();
            None
        }
        Err(_) => None,
    }
}

/// Tells a port something that it does not answer.
fn tell(what: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(what)).is_err() {
        panicked();
    }
}

fn panicked() {
    tracing::error!("a port panicked");
}

fn late() -> Failure {
    Failure::transient("no_answer")
}
