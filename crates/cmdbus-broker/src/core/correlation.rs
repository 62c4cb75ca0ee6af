//! Which endpoints know a correlation id (protocol §6.4).
//!
//! A ring holds the ids under which an endpoint sent or was given messages; routing looks there. The cache
//! holds the ids it received, each with one owner; replies look there.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::ids::EndpointId;
use crate::store::{Millis, RING_SLOTS, RingRow};

/// The rings of all endpoints, with an index over them (W7).
#[derive(Debug, Default)]
pub(crate) struct Rings {
    rings: FxHashMap<EndpointId, Ring>,
    index: FxHashMap<Arc<str>, Vec<EndpointId>>,
}

#[derive(Debug, Default)]
struct Ring {
    ids: VecDeque<Arc<str>>,
    /// How many ids it had in all.
    total: u64,
}

impl Rings {
    /// Puts back what was stored.
    pub(crate) fn restore(&mut self, row: RingRow) {
        let correlation: Arc<str> = row.correlation.into();
        let ring = self.rings.entry(row.endpoint.clone()).or_default();
        ring.total = ring.total.max(row.n + 1);
        ring.ids.push_back(correlation.clone());
        self.index
            .entry(correlation)
            .or_default()
            .push(row.endpoint);
    }

    /// Adds an id, the oldest making room. Returns what is to be stored; nothing if the ring has it already.
    pub(crate) fn add(&mut self, endpoint: &EndpointId, correlation: &str) -> Option<RingRow> {
        if self.holds(endpoint, correlation) {
            return None;
        }
        let id: Arc<str> = correlation.into();
        let ring = self.rings.entry(endpoint.clone()).or_default();
        let n = ring.total;
        ring.total += 1;
        ring.ids.push_back(id.clone());
        let evicted = if ring.ids.len() as u64 > RING_SLOTS {
            ring.ids.pop_front()
        } else {
            None
        };
        if let Some(evicted) = evicted {
            self.unindex(&evicted, endpoint);
        }
        self.index.entry(id).or_default().push(endpoint.clone());
        Some(RingRow {
            endpoint: endpoint.clone(),
            n,
            correlation: correlation.to_owned(),
        })
    }

    pub(crate) fn holds(&self, endpoint: &EndpointId, correlation: &str) -> bool {
        self.endpoints(correlation).contains(endpoint)
    }

    /// Returns whose rings hold an id.
    pub(crate) fn endpoints(&self, correlation: &str) -> &[EndpointId] {
        self.index.get(correlation).map_or(&[], Vec::as_slice)
    }

    /// Empties a ring.
    pub(crate) fn clear(&mut self, endpoint: &EndpointId) {
        for id in self.rings.remove(endpoint).unwrap_or_default().ids {
            self.unindex(&id, endpoint);
        }
    }

    fn unindex(&mut self, id: &Arc<str>, endpoint: &EndpointId) {
        if let Some(endpoints) = self.index.get_mut(id) {
            endpoints.retain(|has| has != endpoint);
            if endpoints.is_empty() {
                self.index.remove(id);
            }
        }
    }
}

/// Correlation ids that endpoints received.
#[derive(Debug, Default)]
pub(crate) struct Received {
    owners: FxHashMap<Arc<str>, Owner>,
    /// For each endpoint its ids, least recently received first.
    orders: FxHashMap<EndpointId, BTreeMap<u64, Arc<str>>>,
    next: u64,
}

#[derive(Debug)]
struct Owner {
    endpoint: EndpointId,
    at: Millis,
    rank: u64,
}

/// What became of a reply's correlation id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// It is this endpoint's.
    Found,
    /// Nobody received it, as far as is known.
    Unknown,
    /// Another endpoint received it.
    WrongEndpoint,
    /// It was received too long ago.
    Expired,
}

impl Received {
    /// Records that an endpoint received an id; from then on it is that endpoint's alone. Returns the ids
    /// that had to make room.
    pub(crate) fn put(
        &mut self,
        endpoint: &EndpointId,
        correlation: &str,
        at: Millis,
        cap: usize,
    ) -> Vec<Arc<str>> {
        let id = match self.remove(correlation) {
            Some(id) => id,
            None => correlation.into(),
        };
        let rank = self.next;
        self.next += 1;
        self.owners.insert(
            id.clone(),
            Owner {
                endpoint: endpoint.clone(),
                at,
                rank,
            },
        );
        let order = self.orders.entry(endpoint.clone()).or_default();
        order.insert(rank, id);
        let mut evicted = Vec::new();
        while order.len() > cap.max(1) {
            if let Some((_, id)) = order.pop_first() {
                evicted.push(id);
            }
        }
        for id in &evicted {
            self.owners.remove(id);
        }
        evicted
    }

    /// Looks for the id that a reply names.
    pub(crate) fn lookup(
        &self,
        endpoint: &EndpointId,
        correlation: &str,
        now: Millis,
        ttl: Millis,
    ) -> Lookup {
        match self.owners.get(correlation) {
            None => Lookup::Unknown,
            Some(owner) if owner.endpoint != *endpoint => Lookup::WrongEndpoint,
            Some(owner) if now.saturating_sub(owner.at) >= ttl => Lookup::Expired,
            Some(_) => Lookup::Found,
        }
    }

    fn remove(&mut self, correlation: &str) -> Option<Arc<str>> {
        let (id, owner) = self.owners.remove_entry(correlation)?;
        if let Some(order) = self.orders.get_mut(&owner.endpoint) {
            order.remove(&owner.rank);
            if order.is_empty() {
                self.orders.remove(&owner.endpoint);
            }
        }
        Some(id)
    }

    /// Forgets what an endpoint received. Returns the ids.
    pub(crate) fn clear(&mut self, endpoint: &EndpointId) -> Vec<Arc<str>> {
        let ids: Vec<Arc<str>> = self
            .orders
            .remove(endpoint)
            .unwrap_or_default()
            .into_values()
            .collect();
        for id in &ids {
            self.owners.remove(id);
        }
        ids
    }

    /// Forgets what was received at or before a time. Returns the ids.
    pub(crate) fn sweep(&mut self, until: Millis) -> Vec<Arc<str>> {
        let old: Vec<Arc<str>> = self
            .owners
            .iter()
            .filter(|(_, owner)| owner.at <= until)
            .map(|(id, _)| id.clone())
            .collect();
        for id in &old {
            self.remove(id);
        }
        old
    }

    pub(crate) fn len(&self) -> usize {
        self.owners.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> EndpointId {
        text.into()
    }

    #[test]
    fn the_oldest_of_a_ring_makes_room_and_a_known_id_keeps_its_place() {
        let mut rings = Rings::default();
        for n in 0..RING_SLOTS {
            assert_eq!(
                rings.add(&id("a"), &n.to_string()).map(|row| row.n),
                Some(n)
            );
        }
        assert_eq!(rings.add(&id("a"), "0"), None);
        assert_eq!(
            rings.add(&id("a"), "new").map(|row| row.n),
            Some(RING_SLOTS)
        );
        assert!(!rings.holds(&id("a"), "0"));
        assert!(rings.holds(&id("a"), "1"));
    }

    #[test]
    fn two_endpoints_may_hold_one_id() {
        let mut rings = Rings::default();
        rings.add(&id("a"), "x");
        rings.add(&id("b"), "x");
        assert_eq!(rings.endpoints("x"), [id("a"), id("b")]);
        rings.clear(&id("a"));
        assert_eq!(rings.endpoints("x"), [id("b")]);
    }

    #[test]
    fn a_received_id_has_one_owner_and_a_time() {
        let mut received = Received::default();
        received.put(&id("a"), "x", 100, 2);
        assert_eq!(received.lookup(&id("a"), "x", 199, 100), Lookup::Found);
        assert_eq!(received.lookup(&id("a"), "x", 200, 100), Lookup::Expired);
        received.put(&id("b"), "x", 100, 2);
        assert_eq!(
            received.lookup(&id("a"), "x", 100, 100),
            Lookup::WrongEndpoint
        );
        assert_eq!(received.lookup(&id("a"), "y", 100, 100), Lookup::Unknown);
    }

    #[test]
    fn the_least_recently_received_id_makes_room() {
        let mut received = Received::default();
        for (id_, at) in [("x", 1), ("y", 2)] {
            assert!(received.put(&id("a"), id_, at, 2).is_empty());
        }
        received.put(&id("a"), "x", 3, 2);
        assert_eq!(received.put(&id("a"), "z", 4, 2), ["y".into()]);
        assert_eq!(received.sweep(3), ["x".into()]);
        assert_eq!(received.clear(&id("a")), ["z".into()]);
        assert_eq!(received.len(), 0);
    }

    #[test]
    fn w7_the_index_holds_what_the_rings_hold_and_nothing_else() {
        let mut rings = Rings::default();
        let mut number = 1_u64;
        let mut random = |below: u64| {
            number = number
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (number >> 33) % below
        };
        for _ in 0..20_000 {
            let endpoint = id(&random(7).to_string());
            if random(2000) == 0 {
                rings.clear(&endpoint);
            } else {
                rings.add(&endpoint, &random(5000).to_string());
            }
        }
        let mut held: FxHashMap<Arc<str>, Vec<EndpointId>> = FxHashMap::default();
        for (endpoint, ring) in &rings.rings {
            assert!(ring.ids.len() as u64 <= RING_SLOTS);
            for correlation in &ring.ids {
                held.entry(correlation.clone())
                    .or_default()
                    .push(endpoint.clone());
            }
        }
        assert_eq!(held.len(), rings.index.len());
        for (correlation, mut endpoints) in held {
            let mut found = rings.endpoints(&correlation).to_vec();
            endpoints.sort();
            found.sort();
            assert_eq!(found, endpoints);
        }
    }
}
