//! How a broker that is one of several asks the network and the authority (protocol §1.3, §1.4).
//!
//! Alone on its machine a broker answers all of this by itself, in the step of the request: then nothing here
//! is called but [`Core::link`], once.

mod calls;
mod events;
mod inbound;
mod lines;
mod names;
mod presence;

pub(super) use events::Arrived;
pub(super) use inbound::Arrivals;
pub(super) use presence::{LinkEvent, Presence};

use rustc_hash::FxHashMap;

use super::{Core, Effect};
use crate::ports::{Failure, NewEndpoint, Outbound, Registered, SendFailure};

/// Names a call of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// A call of a port.
#[derive(Debug, Clone, PartialEq)]
pub enum Call {
    /// Asks the authority for an endpoint.
    Register(NewEndpoint),
    /// Tells the authority that an endpoint exists.
    Heartbeat(String),
    /// Asks the authority whether a message is delivered here.
    ClaimRoute(serde_json::Value),
    /// Sends a message.
    Send(Box<Outbound>),
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Called {
    /// Of [`Call::Register`].
    Registered(Result<Registered, Failure>),
    /// Of [`Call::Heartbeat`].
    Heartbeat(Result<(), Failure>),
    /// Of [`Call::ClaimRoute`].
    Route(Result<bool, Failure>),
    /// Of [`Call::Send`].
    Sent(Result<crate::ports::Accepted, SendFailure>),
}

/// Who decides beyond this broker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Partners {
    /// Nobody: the broker is complete by itself.
    #[default]
    None,
    /// A network and an authority.
    Foreign {
        /// Whether the authority is asked before an inbound message is delivered.
        arbitrates_routes: bool,
    },
}

/// What is under way at the ports.
#[derive(Debug)]
pub(super) struct Network {
    partners: Partners,
    pub(super) presence: Presence,
    calls: FxHashMap<CallId, calls::Then>,
    pub(super) next_call: u64,
    names: names::Names,
    /// The broker ends, and the network was there until then: it is left last (protocol §11.3).
    pub(super) draining: bool,
    /// Keeps us from connecting again, because another broker has our identity.
    pub(super) superseded: bool,
}

impl Network {
    pub(super) fn new(partners: Partners, linked: bool) -> Self {
        Self {
            partners,
            // A broker alone is its own network (protocol §1.7).
            presence: match partners {
                Partners::None => Presence::Online,
                Partners::Foreign { .. } if linked => Presence::Online,
                Partners::Foreign { .. } => Presence::Offline,
            },
            calls: FxHashMap::default(),
            next_call: 1,
            names: names::Names::default(),
            draining: false,
            superseded: false,
        }
    }

    pub(super) fn is_foreign(&self) -> bool {
        self.partners != Partners::None
    }

    /// Returns whether what needs the network can be told.
    pub(super) fn reaches(&self) -> bool {
        self.presence == Presence::Online || self.draining
    }

    fn arbitrates_routes(&self) -> bool {
        matches!(
            self.partners,
            Partners::Foreign {
                arbitrates_routes: true
            }
        )
    }
}

impl Core {
    /// Returns whether nothing is left that the authority can be told now.
    pub fn is_all_told(&self) -> bool {
        self.outbox.is_still(self.network.reaches())
    }

    /// Calls a port, and goes on with `then`.
    fn call(&mut self, what: Call, then: calls::Then) {
        let call = CallId(self.network.next_call);
        self.network.next_call += 1;
        self.network.calls.insert(call, then);
        self.effect(Effect::CallPort { call, what });
    }
}
