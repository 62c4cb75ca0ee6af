//! Messages from the network that are not stored yet, in lines: one for each ordering key.
//!
//! Several of a line are asked about at a time, so that neither the disk nor the authority is waited for once for
//! each. They leave the line in the order in which they came all the same (W22).

use std::collections::{BTreeSet, VecDeque};

use rustc_hash::FxHashMap;

use crate::ids::{EndpointId, MessageId};
use crate::ports::Inbound;

/// Messages in all lines. More are released to the network.
const WAITING: usize = 10_000;
/// Messages of one line that are asked about at a time.
const AHEAD: usize = 64;

/// The lines. Every message has a number, higher than those before it.
#[derive(Debug, Default)]
pub(super) struct Lines {
    by_key: FxHashMap<String, Line>,
    next: u64,
    /// Numbers of the messages that are in a line.
    open: BTreeSet<u64>,
}

#[derive(Debug, Default)]
struct Line {
    arrivals: VecDeque<Arrival>,
    /// How many of the first are asked about, or decided.
    begun: usize,
    /// Whether the store is being asked.
    looking: bool,
}

/// A message in a line.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) number: u64,
    pub(super) inbound: Inbound,
    /// Where it goes, once that is decided.
    pub(super) target: Option<EndpointId>,
    /// What becomes of it, once that is decided.
    pub(super) fate: Option<Fate>,
}

/// What becomes of a message when it is the first of its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It goes where the authority has let it go.
    Store,
    /// It needed no claim when it was looked at. Where it goes is decided when it is the first: the endpoints may be others then.
    Route,
    /// It is stored already, here or elsewhere.
    Accept,
    Release,
}

/// Messages that are begun with.
#[derive(Debug, Default)]
pub(super) struct Begun {
    /// Numbers of those that have ids, for which the store is to be asked.
    pub(super) numbers: Vec<u64>,
    pub(super) ids: Vec<MessageId>,
    /// Numbers of those that have none.
    pub(super) unnamed: Vec<u64>,
}

impl Lines {
    pub(super) fn is_full(&self) -> bool {
        self.open.len() >= WAITING
    }

    /// Returns the number that the next message gets.
    pub(super) fn next_number(&self) -> u64 {
        self.next
    }

    /// Returns the lowest number in a line.
    pub(super) fn first_number(&self) -> Option<u64> {
        self.open.first().copied()
    }

    /// Puts a message at the end of a line.
    pub(super) fn add(&mut self, key: &str, inbound: Inbound) {
        let number = self.next;
        self.next += 1;
        self.open.insert(number);
        let line = self.by_key.entry(key.to_owned()).or_default();
        line.arrivals.push_back(Arrival {
            number,
            inbound,
            target: None,
            fate: None,
        });
    }

    pub(super) fn find(&mut self, key: &str, number: u64) -> Option<&mut Arrival> {
        let arrivals = &mut self.by_key.get_mut(key)?.arrivals;
        let index = arrivals.binary_search_by_key(&number, |arrival| arrival.number);
        arrivals.get_mut(index.ok()?)
    }

    /// Begins with messages near the head of a line. While the store is being asked about some, others wait, so
    /// that they can be asked about together.
    pub(super) fn begin(&mut self, key: &str) -> Option<Begun> {
        let line = self.by_key.get_mut(key)?;
        let end = line.arrivals.len().min(AHEAD);
        if line.looking || line.begun >= end {
            return None;
        }
        let mut begun = Begun::default();
        for arrival in line.arrivals.range(line.begun..end) {
            match &arrival.inbound.message_id {
                Some(id) => {
                    begun.numbers.push(arrival.number);
                    begun.ids.push(id.as_str().into());
                }
                None => begun.unnamed.push(arrival.number),
            }
        }
        line.begun = end;
        line.looking = !begun.ids.is_empty();
        Some(begun)
    }

    /// The store has answered.
    pub(super) fn looked(&mut self, key: &str) {
        if let Some(line) = self.by_key.get_mut(key) {
            line.looking = false;
        }
    }

    /// Returns the number of the first message of a line, and what becomes of it, if that is decided.
    pub(super) fn decided(&self, key: &str) -> Option<(u64, Fate)> {
        let first = self.by_key.get(key)?.arrivals.front()?;
        Some((first.number, first.fate?))
    }

    /// Takes out the first message of a line.
    pub(super) fn take_first(&mut self, key: &str) -> Option<Arrival> {
        let line = self.by_key.get_mut(key)?;
        let arrival = line.arrivals.pop_front()?;
        line.begun -= 1;
        if line.arrivals.is_empty() {
            self.by_key.remove(key);
        }
        self.open.remove(&arrival.number);
        Some(arrival)
    }

    /// Walks over the messages of all lines.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arrival> {
        self.by_key.values().flat_map(|line| &line.arrivals)
    }

    /// A message was stored. Where it comes again among those that the store was asked about before, it is accepted.
    pub(super) fn stored(&mut self, key: &str, id: &MessageId) {
        let Some(line) = self.by_key.get_mut(key) else {
            return;
        };
        for arrival in line.arrivals.iter_mut().take(line.begun) {
            if arrival.inbound.message_id.as_deref() == Some(id.as_str()) {
                arrival.fate = Some(Fate::Accept);
            }
        }
    }
}
