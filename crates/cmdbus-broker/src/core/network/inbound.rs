//! Messages from the network (protocol §5.1): each is stored before it is accepted, and those with one
//! ordering key are taken one after the other.

use std::collections::{BTreeSet, VecDeque};

use rustc_hash::FxHashMap;
use serde_json::{Map, Value, json};

use super::{Call, LinkEvent, Presence, calls};
use crate::core::addresses::Destination;
use crate::core::endpoint::Known;
use crate::core::outgoing::Lane;
use crate::core::routing::Letter;
use crate::core::{Core, Effect, Found, Level, Query, Then, Timer};
use crate::ids::{EndpointId, MessageId};
use crate::ports::{ConnectorEvent, Failure, Inbound};
use crate::store::{EndpointState, Millis, Op, StoreError};

/// Messages that may wait behind others of their key, in all. More are released to the network.
const WAITING: usize = 10_000;
/// How long we stay away from a network on which somebody else has our identity (protocol §11.5).
const SUPERSEDED: std::time::Duration = std::time::Duration::from_secs(600);

/// Messages from the network that are not stored yet, and the ids of those that are.
#[derive(Debug, Default)]
pub(in crate::core) struct Arrivals {
    /// By ordering key; the first of each is in work.
    lines: FxHashMap<String, VecDeque<Arrival>>,
    count: usize,
    next: u64,
    /// Arrivals that are not stored yet.
    open: BTreeSet<u64>,
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
struct Arrival {
    number: u64,
    inbound: Inbound,
    /// Where it goes, once that is decided.
    target: Option<EndpointId>,
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
                let before = self.arrivals.next;
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
        if self.arrivals.count >= WAITING {
            self.effect(Effect::ReleaseInbound(inbound.handle));
            return;
        }
        let target = self.named_target(&inbound.metadata);
        let key = target.map_or_else(|| inbound.from.clone(), |id| id.to_string());
        let number = self.arrivals.next;
        self.arrivals.next += 1;
        self.arrivals.open.insert(number);
        self.arrivals.count += 1;
        let line = self.arrivals.lines.entry(key.clone()).or_default();
        line.push_back(Arrival {
            number,
            inbound,
            target: None,
        });
        if line.len() == 1 {
            self.begin_arrival(&key);
        }
    }

    /// Returns the endpoint that a message names, as it is called here.
    fn named_target(&self, metadata: &Value) -> Option<EndpointId> {
        let named = member(metadata, "target_endpoint_id")?;
        Some(self.name_at_home(&named.into()))
    }

    /// Looks whether the first message of a line is stored already.
    fn begin_arrival(&mut self, key: &str) {
        let Some(arrival) = self.arrivals.lines.get(key).and_then(VecDeque::front) else {
            return;
        };
        match &arrival.inbound.message_id {
            Some(id) => {
                let query = Query::Receipt(id.as_str().into());
                self.ask(query, Then::Inbound(key.to_owned()));
            }
            None => self.route_arrival(key),
        }
    }

    pub(in crate::core) fn inbound_looked_up(
        &mut self,
        key: &str,
        found: Result<Found, StoreError>,
    ) {
        match found {
            Ok(Found::Receipt(None)) => self.route_arrival(key),
            Ok(_) => self.end_arrival(key, true),
            Err(error) => {
                self.log(Level::Error, format!("cannot look for a message: {error}"));
                self.end_arrival(key, false);
            }
        }
    }

    /// Decides where the first message of a line goes, and asks the authority if it has a say.
    fn route_arrival(&mut self, key: &str) {
        let Some(arrival) = self.arrivals.lines.get(key).and_then(VecDeque::front) else {
            return;
        };
        let metadata = &arrival.inbound.metadata;
        let named = self.named_target(metadata);
        let correlation = member(metadata, "correlation_id").map(str::to_owned);
        let source = member(metadata, "source_endpoint_id").map(EndpointId::from);
        let live = named.and_then(|named| self.taking(&named));
        let target = match (live, &correlation) {
            (Some(id), _) => Some(id),
            (None, Some(correlation)) => self.route(correlation, source.as_ref()),
            (None, None) => None,
        };
        let pushes = target
            .as_ref()
            .is_some_and(|id| self.is_pushed(id, correlation.as_deref()));
        let first = self
            .arrivals
            .lines
            .get_mut(key)
            .and_then(VecDeque::front_mut);
        let Some(arrival) = first else {
            return;
        };
        arrival.target.clone_from(&target);
        if let (true, Some(id), Some(message)) = (pushes, target, &arrival.inbound.message_id)
            && self.network.arbitrates_routes()
        {
            let claim = json!({
                "type": "runtime_inbound_route_claim",
                "version": 1,
                "source_message_id": message,
                "routed_to_endpoint_id": self.name_abroad(&id).as_str(),
                "route_kind": self.route_kind(&id),
                "claimed_at": self.now.wall,
            });
            self.call(Call::ClaimRoute(claim), calls::Then::Route(key.to_owned()));
            return;
        }
        self.store_arrival(key);
    }

    pub(in crate::core) fn route_claimed(&mut self, key: &str, result: Result<bool, Failure>) {
        match result {
            Ok(true) => self.store_arrival(key),
            // Somebody else has delivered it.
            Ok(false) => self.end_arrival(key, true),
            Err(failure) => {
                self.log(
                    Level::Warn,
                    format!(
                        "the authority does not say where a message goes: {}",
                        failure.code()
                    ),
                );
                self.end_arrival(key, false);
            }
        }
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

    /// Stores the first message of a line.
    fn store_arrival(&mut self, key: &str) {
        let first = self.arrivals.lines.get(key).and_then(VecDeque::front);
        let Some((inbound, target)) = first.map(|has| (has.inbound.clone(), has.target.clone()))
        else {
            return;
        };
        // Its endpoint may have closed while the authority was asked.
        let target = target.and_then(|id| self.taking(&id));
        let id = match inbound.message_id {
            Some(id) => MessageId::from(id),
            None => self.mint.ulid("msg_", self.now.wall).into(),
        };
        // The same message may have been taken from another line while the store was asked about this.
        if self.arrivals.seen.contains_key(&id) {
            return self.end_arrival(key, true);
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
        self.end_arrival(key, stored);
    }

    /// Lets go of the first message of a line, and begins with the next.
    fn end_arrival(&mut self, key: &str, stored: bool) {
        let Some(line) = self.arrivals.lines.get_mut(key) else {
            return;
        };
        let Some(arrival) = line.pop_front() else {
            return;
        };
        let more = !line.is_empty();
        if !more {
            self.arrivals.lines.remove(key);
        }
        self.arrivals.count -= 1;
        self.arrivals.open.remove(&arrival.number);
        let handle = arrival.inbound.handle;
        if stored {
            self.arrivals.stored += 1;
            self.effect(Effect::AcceptInbound(handle));
        } else {
            self.effect(Effect::ReleaseInbound(handle));
        }
        self.acknowledge_announced();
        if more {
            self.begin_arrival(key);
        }
    }

    /// Acknowledges an announcement when what it announced is stored (W5).
    fn acknowledge_announced(&mut self) {
        while let Some(announced) = self.arrivals.announced.front() {
            let first_open = self.arrivals.open.first();
            if first_open.is_some_and(|open| *open < announced.before) {
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
