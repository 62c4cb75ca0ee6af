//! Events: told to everybody once.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::effect::{Delivery, Effect, SessionId};
use super::{MAX_HOPS, Node, PeerSet, is_private};
use crate::extension::EVENT_PREFIX;
use crate::message::{Message, MessageId, MessageMeta};
use crate::payload::Payload;

/// How much later than due the memory of events is cleaned at the latest, when nothing else happens.
/// One wake-up then serves all events of that time.
const PURGE_SLACK: Duration = Duration::from_secs(1);

/// The ids of events that have come by, oldest first.
pub(super) struct SeenEvents {
    ids: PeerSet<MessageId>,
    order: VecDeque<(Instant, MessageId)>,
    ttl: Option<Duration>,
    cap: usize,
}

impl SeenEvents {
    pub(super) fn new(ttl: Option<Duration>, cap: usize) -> Self {
        Self {
            ids: PeerSet::default(),
            order: VecDeque::new(),
            ttl,
            cap,
        }
    }

    /// Remembers an id. Returns false if it was remembered already: test and set in one.
    fn insert(&mut self, id: MessageId, now: Instant) -> bool {
        self.purge(now);
        if !self.ids.insert(id) {
            return false;
        }
        self.order.push_back((now, id));
        if self.order.len() > self.cap
            && let Some((_, oldest)) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }

    pub(super) fn purge(&mut self, now: Instant) {
        let Some(ttl) = self.ttl else {
            return;
        };
        while let Some((seen, id)) = self.order.front() {
            if now.saturating_duration_since(*seen) < ttl {
                return;
            }
            self.ids.remove(id);
            self.order.pop_front();
        }
        if self.order.capacity() > 1024 {
            // A burst is over: give its memory back.
            self.order.shrink_to_fit();
            self.ids.shrink_to_fit();
        }
    }

    pub(super) fn purge_due(&self) -> Option<Instant> {
        let (seen, _) = self.order.front()?;
        seen.checked_add(self.ttl?)?.checked_add(PURGE_SLACK)
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    pub(super) fn clear(&mut self) {
        self.ids.clear();
        self.order.clear();
    }
}

impl<H: Clone, W> Node<H, W> {
    /// Emits an event of this process: to the local listeners and, unless its id is private, to
    /// every session.
    pub fn emit(&mut self, event_id: String, payload: Option<Payload>, now: Instant) {
        let id = (self.ids)();
        self.seen.insert(id, now);
        // An event without an id could not be read by any peer.
        let public = !is_private(&event_id) && !event_id.is_empty();
        let delivery = Delivery {
            id,
            event_id,
            payload,
        };
        // It is heard here before it is sent, and moved there after it was copied.
        let place = self.effects.len();
        if public {
            self.broadcast(&delivery, None, None);
        }
        self.effects.insert(place, Effect::Deliver(delivery));
        self.finish(now);
    }

    /// Takes an event from a peer.
    pub(super) fn on_event(
        &mut self,
        from: SessionId,
        id: MessageId,
        meta: Option<MessageMeta>,
        event_id: String,
        payload: Option<Payload>,
        now: Instant,
    ) {
        if event_id.starts_with(EVENT_PREFIX) {
            return self.on_frame(from, &event_id, payload, now);
        }
        // Private events are for the process itself.
        if is_private(&event_id) || event_id.is_empty() {
            self.stats.dropped_events += 1;
            return;
        }
        if !self.seen.insert(id, now) {
            return;
        }
        let delivery = Delivery {
            id,
            event_id,
            payload,
        };
        let place = self.effects.len();
        let others = self.ready.iter().any(|session| *session != from);
        if others && MessageMeta::hops(meta.as_ref()) < MAX_HOPS {
            let meta = MessageMeta::one_more_hop(meta);
            self.broadcast(&delivery, meta, Some(from));
        }
        self.effects.insert(place, Effect::Deliver(delivery));
    }

    fn broadcast(
        &mut self,
        delivery: &Delivery,
        meta: Option<MessageMeta>,
        except: Option<SessionId>,
    ) {
        let targets: Vec<SessionId> = self
            .ready
            .iter()
            .copied()
            .filter(|session| Some(*session) != except)
            .collect();
        for target in targets {
            let message = Message::Event {
                id: delivery.id,
                meta: meta.clone(),
                event_id: delivery.event_id.clone(),
                payload: delivery.payload.clone(),
            };
            self.send(target, message);
        }
    }
}
