//! Messages from the network (protocol §5.1): each is stored before it is accepted, and those with one
//! ordering key are stored one after the other.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;
use serde_json::{Map, Value, json};

use super::lines::{Arrival, Fate, Lines};
use super::{Call, LinkEvent, Presence, calls};
use crate::core::addresses::Destination;
use crate::core::endpoint::Known;
use crate::core::outgoing::Lane;
use crate::core::routing::Letter;
use crate::core::{Core, Effect, Found, Level, Query, Then, Timer};
use crate::ids::{EndpointId, MessageId};
use crate::ports::{ConnectorEvent, Failure, Inbound};
use crate::store::{EndpointState, Millis, Op, StoreError};

/// How long we stay away from a network on which somebody else has our identity (protocol §11.5).
const SUPERSEDED: std::time::Duration = std::time::Duration::from_secs(600);

/// Messages from the network that are not stored yet, and the ids of those that are.
#[derive(Debug, Default)]
pub(in crate::core) struct Arrivals {
    lines: Lines,
    /// Stored since the last acknowledgement of an announcement.
    stored: u64,
    announced: VecDeque<Announced>,
    seen: FxHashMap<MessageId, Millis>,
    /// The order in which ids were seen.
    order: VecDeque<(Millis, MessageId)>,
    /// Ids that were seen before this time made room, and are still stored.
    made_room: Option<Millis>,
}

#[derive(Debug)]
struct Announced {
    /// Every arrival before this one has to be stored.
    before: u64,
    count: u64,
    up_to: String,
}

impl Core {
    pub(in crate::core) fn connector_event(&mut self, event: ConnectorEvent) {
        match event {
            ConnectorEvent::Connected => {
                self.network.superseded = false;
                self.link(LinkEvent::Connected);
            }
            ConnectorEvent::Disconnected { reason, superseded } => {
                self.log(Level::Info, format!("the network is gone: {reason}"));
                self.link(LinkEvent::Disconnected);
                if superseded {
                    self.give_way();
                }
            }
            ConnectorEvent::Message(inbound) => self.arrived(inbound),
            ConnectorEvent::DeliveryPending { count, up_to } => {
                let before = self.arrivals.lines.next_number();
                self.arrivals.announced.push_back(Announced {
                    before,
                    count,
                    up_to,
                });
                self.acknowledge_announced();
            }
        }
    }

    /// Another broker has our identity: it keeps the network, and we keep our clients (W41).
    fn give_way(&mut self) {
        self.log(
            Level::Error,
            "another broker has taken over this one's identity on the network; \
             this one serves its own clients only",
        );
        self.network.superseded = true;
        if self.network.presence == Presence::Reconnecting {
            self.link(LinkEvent::GraceExpired);
        }
        self.effect(Effect::Disconnect);
        self.timers
            .set(Timer::Reconnect, self.now.mono + SUPERSEDED);
    }

    pub(in crate::core) fn reconnect_due(&mut self) {
        if self.network.superseded {
            self.effect(Effect::Connect);
        }
    }

    fn arrived(&mut self, inbound: Inbound) {
        let known = inbound
            .message_id
            .as_deref()
            .is_some_and(|id| self.arrivals.seen.contains_key(id));
        if known {
            self.effect(Effect::AcceptInbound(inbound.handle));
            return;
        }
        if self.arrivals.lines.is_full() {
            self.effect(Effect::ReleaseInbound(inbound.handle));
            return;
        }
        let target = self.named_target(&inbound.metadata);
        let key = target.map_or_else(|| inbound.from.clone(), |id| id.to_string());
        self.arrivals.lines.add(&key, inbound);
        self.advance(&key);
    }

    /// Returns the endpoint that a message names, as it is called here.
    fn named_target(&self, metadata: &Value) -> Option<EndpointId> {
        let named = member(metadata, "target_endpoint_id")?;
        Some(self.name_at_home(&named.into()))
    }

    /// Lets go of what is decided at the head of a line, and begins with what has come near it.
    fn advance(&mut self, key: &str) {
        loop {
            self.let_go(key);
            if !self.begin_arrivals(key) {
                return;
            }
        }
    }

    /// Looks whether messages near the head of a line are stored already. One question to the store at a time:
    /// what comes meanwhile is in the next. Returns whether anything was begun with.
    fn begin_arrivals(&mut self, key: &str) -> bool {
        let Some(begun) = self.arrivals.lines.begin(key) else {
            return false;
        };
        if !begun.ids.is_empty() {
            let then = Then::Inbound {
                key: key.to_owned(),
                numbers: begun.numbers,
            };
            self.ask(Query::Stored(begun.ids), then);
        }
        for number in begun.unnamed {
            self.claim_route(key, number);
        }
        true
    }

    pub(in crate::core) fn inbound_looked_up(
        &mut self,
        key: &str,
        numbers: &[u64],
        found: Result<Found, StoreError>,
    ) {
        self.arrivals.lines.looked(key);
        match found {
            Ok(Found::Stored(stored)) => {
                for (&number, stored) in numbers.iter().zip(stored) {
                    if stored {
                        self.decide(key, number, Fate::Accept);
                    } else {
                        self.claim_route(key, number);
                    }
                }
            }
            other => {
                if let Err(error) = other {
                    self.log(Level::Error, format!("cannot look for a message: {error}"));
                }
                for &number in numbers {
                    self.decide(key, number, Fate::Release);
                }
            }
        }
        self.advance(key);
    }

    fn decide(&mut self, key: &str, number: u64, fate: Fate) {
        if let Some(arrival) = self.arrivals.lines.find(key, number) {
            arrival.fate.get_or_insert(fate);
        }
    }

    /// Asks the authority about a message, if it has a say in where that goes.
    fn claim_route(&mut self, key: &str, number: u64) {
        // Where nobody is asked, it is routed once: when it is its turn.
        if !self.network.arbitrates_routes() || !self.route_arrival(key, number) {
            self.decide(key, number, Fate::Route);
        }
    }

    /// Decides where a message goes. Returns whether the authority is asked about that first.
    fn route_arrival(&mut self, key: &str, number: u64) -> bool {
        let Some(arrival) = self.arrivals.lines.find(key, number) else {
            return false;
        };
        let metadata = &arrival.inbound.metadata;
        let named = member(metadata, "target_endpoint_id").map(EndpointId::from);
        let correlation = member(metadata, "correlation_id").map(str::to_owned);
        let source = member(metadata, "source_endpoint_id").map(EndpointId::from);
        let message = arrival.inbound.message_id.clone();
        let live = named.and_then(|named| self.taking(&self.name_at_home(&named)));
        let target = match (live, &correlation) {
            (Some(id), _) => Some(id),
            (None, Some(correlation)) => self.route(correlation, source.as_ref()),
            (None, None) => None,
        };
        if let Some(arrival) = self.arrivals.lines.find(key, number) {
            arrival.target.clone_from(&target);
        }
        if let (Some(id), Some(message)) = (target, message)
            && self.network.arbitrates_routes()
            && self.is_pushed(&id, correlation.as_deref())
        {
            let claim = json!({
                "type": "runtime_inbound_route_claim",
                "version": 1,
                "source_message_id": message,
                "routed_to_endpoint_id": self.name_abroad(&id).as_str(),
                "route_kind": self.route_kind(&id),
                "claimed_at": self.now.wall,
            });
            let key = key.to_owned();
            self.call(Call::ClaimRoute(claim), calls::Then::Route { key, number });
            return true;
        }
        false
    }

    pub(in crate::core) fn route_claimed(
        &mut self,
        key: &str,
        number: u64,
        result: Result<bool, Failure>,
    ) {
        let fate = match result {
            Ok(true) => Fate::Store,
            // Somebody else has delivered it.
            Ok(false) => Fate::Accept,
            Err(failure) => {
                self.log(
                    Level::Warn,
                    format!(
                        "the authority does not say where a message goes: {}",
                        failure.code()
                    ),
                );
                Fate::Release
            }
        };
        self.decide(key, number, fate);
        self.advance(key);
    }

    /// Returns the handles of messages of which nothing is stored yet.
    pub(in crate::core) fn arriving(&self) -> impl Iterator<Item = u64> {
        let arrivals = self.arrivals.lines.all();
        arrivals.map(|arrival| arrival.inbound.handle)
    }

    fn route_kind(&self, id: &EndpointId) -> &'static str {
        match self.endpoints.get(id).map(|endpoint| endpoint.state) {
            Some(EndpointState::Active) => "active_endpoint",
            _ => "reconnecting_endpoint",
        }
    }

    /// Finds the endpoint that takes what is meant for one, itself or its successor.
    fn taking(&self, id: &EndpointId) -> Option<EndpointId> {
        match self.endpoints.latest(id)? {
            Known::Live(endpoint) if endpoint.closing.is_none() => Some(endpoint.id().clone()),
            _ => None,
        }
    }

    /// Lets go of the first messages of a line, as far as it is decided what becomes of them.
    fn let_go(&mut self, key: &str) {
        while let Some((number, fate)) = self.arrivals.lines.decided(key) {
            if fate == Fate::Route && self.route_arrival(key, number) {
                // Meanwhile it has come to need a claim.
                if let Some(arrival) = self.arrivals.lines.find(key, number) {
                    arrival.fate = None;
                }
                return;
            }
            let Some(arrival) = self.arrivals.lines.take_first(key) else {
                return;
            };
            let handle = arrival.inbound.handle;
            let accepted = match fate {
                Fate::Store | Fate::Route => self.store_arrival(key, arrival),
                Fate::Accept => true,
                Fate::Release => false,
            };
            if accepted {
                self.arrivals.stored += 1;
                self.effect(Effect::AcceptInbound(handle));
            } else {
                self.effect(Effect::ReleaseInbound(handle));
            }
            self.acknowledge_announced();
        }
    }

    /// Stores a message. Returns `false` if there is no room for it.
    fn store_arrival(&mut self, key: &str, arrival: Arrival) -> bool {
        let Arrival {
            inbound, target, ..
        } = arrival;
        // Its endpoint may have closed while the authority was asked.
        let target = target.and_then(|id| self.taking(&id));
        let id = match inbound.message_id {
            Some(id) => MessageId::from(id),
            None => self.mint.ulid("msg_", self.now.wall).into(),
        };
        // The same message may have been taken from another line while the store was asked about this.
        if self.arrivals.seen.contains_key(&id) {
            return true;
        }
        let mut metadata = match inbound.metadata {
            Value::Object(metadata) => metadata,
            _ => Map::new(),
        };
        self.make_own(&mut metadata);
        let named = metadata
            .get("target_endpoint_id")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let letter = Letter {
            id: id.clone(),
            sender: inbound.from,
            source: None,
            to: named
                .as_ref()
                .map_or_else(|| self.node_address(), |id| format!("endpoint:{id}")),
            content: inbound.content,
            content_type: inbound.content_type,
            correlation: metadata
                .get("correlation_id")
                .and_then(Value::as_str)
                .map(str::to_owned),
            metadata,
            key: None,
            ttl: None,
        };
        let named = named.map(|id| self.name_at_home(&id.into()));
        let destination = match (&target, named) {
            (Some(id), _) => Destination::Endpoint(id.clone()),
            (None, Some(named)) => match self.endpoints.latest(&named) {
                Some(known) => Destination::Closed(known.identity().id.clone()),
                None => Destination::Missing(named),
            },
            (None, None) => Destination::Node,
        };
        // Routing by conversation was tried above, and nobody else is asked.
        let stored = self.deliver_inbound(letter, destination);
        if stored {
            self.remember_seen(&id);
            self.arrivals.lines.stored(key, &id);
            if let Some(target) = target {
                self.emit(
                    Lane::Message(id.to_string()),
                    "inbound_routed",
                    json!({
                        "type": "runtime_inbound_routed",
                        "version": 1,
                        "source_message_id": id.as_str(),
                        "routed_to_endpoint_id": self.name_abroad(&target).as_str(),
                        "route_kind": self.route_kind(&target),
                        "routed_at": self.now.wall,
                    }),
                );
            }
        }
        stored
    }

    /// Acknowledges an announcement when what it announced is stored (W5).
    fn acknowledge_announced(&mut self) {
        while let Some(announced) = self.arrivals.announced.front() {
            let first_open = self.arrivals.lines.first_number();
            if first_open.is_some_and(|open| open < announced.before) {
                return;
            }
            let complete = self.arrivals.stored >= announced.count;
            let Some(announced) = self.arrivals.announced.pop_front() else {
                return;
            };
            if complete {
                self.arrivals.stored = 0;
                self.effect(Effect::AckPending(announced.up_to));
            }
        }
    }

    /// Remembers that a message of this id was stored.
    fn remember_seen(&mut self, id: &MessageId) {
        let at = self.now.wall;
        self.op(Op::SeenPut { id: id.clone(), at });
        self.arrivals.seen.insert(id.clone(), at);
        self.arrivals.order.push_back((at, id.clone()));
        self.arrivals.shrink(self.figures.inbound_dedupe_ids);
    }

    pub(in crate::core) fn restore_seen(&mut self, seen: Vec<(MessageId, Millis)>) {
        for (id, at) in seen {
            self.arrivals.seen.insert(id.clone(), at);
            self.arrivals.order.push_back((at, id));
        }
        self.arrivals.shrink(self.figures.inbound_dedupe_ids);
    }

    /// Forgets the ids that were seen too long ago.
    pub(in crate::core) fn sweep_seen(&mut self) {
        let mut before = self.now.wall - Self::millis(self.figures.inbound_dedupe);
        let mut forgot = false;
        if let Some(made_room) = self.arrivals.made_room.take() {
            before = before.max(made_room);
            forgot = true;
        }
        while self
            .arrivals
            .order
            .front()
            .is_some_and(|(at, _)| *at < before)
        {
            self.arrivals.forget_first();
            forgot = true;
        }
        if forgot {
            self.op(Op::SeenPurge { before });
        }
    }
}

impl Arrivals {
    /// Forgets the oldest ids beyond a number. The store forgets them at the next sweep.
    fn shrink(&mut self, most: usize) {
        while self.order.len() > most {
            self.made_room = self.order.front().map(|(at, _)| *at);
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, id)) = self.order.pop_front() {
            self.seen.remove(&id);
        }
    }
}

/// Returns a member of metadata that is text.
fn member<'a>(metadata: &'a Value, name: &str) -> Option<&'a str> {
    metadata.get(name).and_then(Value::as_str)
}
