//! The undispatched inbox, as the core knows it: every record, without content (protocol §5.4).

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use crate::ids::{EndpointId, MessageId, UndispatchedId};
use crate::store::{InboxEntry, InboxRow, Millis, Seq};

/// A record of the inbox.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) row: InboxRow,
    pub(crate) message: MessageId,
    pub(crate) sender: String,
    pub(crate) stored_at: Millis,
    pub(crate) expires_at: Option<Millis>,
    /// How often the message moved from the inbox into a queue.
    pub(crate) hop: u32,
    /// How often it was pushed.
    pub(crate) attempts: u32,
}

impl Record {
    /// Returns for whom it is; `None` while a claim has it.
    fn audience(&self) -> Option<Audience> {
        let row = &self.row;
        if row.assignment.is_some() {
            return None;
        }
        Some(match (&row.hint, &row.agent) {
            (Some(hint), _) => Audience::Endpoint(hint.clone()),
            (None, Some(agent)) => Audience::Agent(agent.clone()),
            (None, None) => Audience::Anyone,
        })
    }

    /// Makes the record of what was loaded.
    pub(crate) fn restored(entry: InboxEntry) -> Self {
        let InboxEntry { row, message } = entry;
        Self {
            row,
            message: message.id,
            sender: message.sender,
            stored_at: message.stored_at,
            expires_at: message.expires_at,
            hop: message.hop,
            attempts: message.attempts,
        }
    }
}

/// For whom an open record is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Audience {
    /// It was meant for this endpoint.
    Endpoint(EndpointId),
    /// It is for any endpoint of this agent.
    Agent(String),
    /// It is for whoever asks.
    Anyone,
}

/// The inbox, in arrival order.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    records: BTreeMap<Seq, Record>,
    ids: FxHashMap<UndispatchedId, Seq>,
    hints: FxHashMap<EndpointId, BTreeSet<Seq>>,
    /// Records that no claim has.
    open: FxHashMap<Audience, BTreeSet<Seq>>,
    bytes: u64,
}

impl Inbox {
    /// Puts a record, in place of one with the same number.
    pub(crate) fn put(&mut self, record: Record) {
        let seq = record.row.seq;
        self.remove(seq);
        self.ids.insert(record.row.id.clone(), seq);
        if let Some(hint) = &record.row.hint {
            self.hints.entry(hint.clone()).or_default().insert(seq);
        }
        if let Some(audience) = record.audience() {
            self.open.entry(audience).or_default().insert(seq);
        }
        self.bytes += record.row.size;
        self.records.insert(seq, record);
    }

    pub(crate) fn remove(&mut self, seq: Seq) -> Option<Record> {
        let record = self.records.remove(&seq)?;
        self.ids.remove(&record.row.id);
        if let Some(hint) = &record.row.hint
            && let Some(seqs) = self.hints.get_mut(hint)
        {
            seqs.remove(&seq);
            if seqs.is_empty() {
                self.hints.remove(hint);
            }
        }
        if let Some(audience) = record.audience()
            && let Some(seqs) = self.open.get_mut(&audience)
        {
            seqs.remove(&seq);
            if seqs.is_empty() {
                self.open.remove(&audience);
            }
        }
        self.bytes = self.bytes.saturating_sub(record.row.size);
        Some(record)
    }

    pub(crate) fn find(&self, id: &UndispatchedId) -> Option<&Record> {
        self.records.get(self.ids.get(id)?)
    }

    pub(crate) fn get(&self, seq: Seq) -> Option<&Record> {
        self.records.get(&seq)
    }

    /// Returns the records in arrival order.
    pub(crate) fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.values()
    }

    /// Returns the records that were meant for an endpoint, in arrival order.
    pub(crate) fn hinted(&self, endpoint: &EndpointId) -> impl Iterator<Item = &Record> {
        self.hints
            .get(endpoint)
            .into_iter()
            .flatten()
            .filter_map(|seq| self.records.get(seq))
    }

    /// Returns the records for these that no claim has, in arrival order.
    pub(crate) fn open_for(&self, audience: &Audience) -> impl Iterator<Item = &Record> {
        self.open
            .get(audience)
            .into_iter()
            .flatten()
            .filter_map(|seq| self.records.get(seq))
    }

    pub(crate) fn count(&self) -> u64 {
        self.records.len() as u64
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::InboxReason;

    fn record(seq: u64, hint: Option<&str>) -> Record {
        let mut row = InboxRow::new(Seq(seq), format!("msg_{seq}"), InboxReason::Unaddressed, 5);
        row.hint = hint.map(EndpointId::from);
        Record {
            message: row.id.as_str().into(),
            row,
            sender: "node:n".to_owned(),
            stored_at: 0,
            expires_at: None,
            hop: 0,
            attempts: 0,
        }
    }

    #[test]
    fn records_are_found_by_id_and_by_hint_in_arrival_order() {
        let mut inbox = Inbox::default();
        for (seq, hint) in [(3, Some("a")), (1, Some("a")), (2, None)] {
            inbox.put(record(seq, hint));
        }
        let seqs: Vec<u64> = inbox.hinted(&"a".into()).map(|has| has.row.seq.0).collect();
        assert_eq!(seqs, [1, 3]);
        assert_eq!(
            inbox.find(&"msg_2".into()).map(|has| has.row.seq),
            Some(Seq(2))
        );
        // Another hint takes the record along.
        inbox.put(record(1, Some("b")));
        assert_eq!(inbox.hinted(&"a".into()).count(), 1);
        assert_eq!((inbox.count(), inbox.bytes()), (3, 15));
        inbox.remove(Seq(1));
        assert_eq!(inbox.hinted(&"b".into()).count(), 0);
        assert_eq!((inbox.count(), inbox.bytes()), (2, 10));
    }

    #[test]
    fn a_record_is_open_for_its_audience_until_a_claim_has_it() {
        let mut inbox = Inbox::default();
        let mut claimed = record(1, None);
        inbox.put(record(2, None));
        inbox.put(claimed.clone());
        let open = |inbox: &Inbox, audience: &Audience| {
            let seqs = inbox.open_for(audience).map(|has| has.row.seq.0);
            seqs.collect::<Vec<u64>>()
        };
        assert_eq!(open(&inbox, &Audience::Anyone), [1, 2]);
        claimed.row.assignment = Some("asg_1".into());
        inbox.put(claimed.clone());
        assert_eq!(open(&inbox, &Audience::Anyone), [2]);
        claimed.row.assignment = None;
        claimed.row.agent = Some("builder".to_owned());
        inbox.put(claimed);
        assert_eq!(open(&inbox, &Audience::Anyone), [2]);
        assert_eq!(open(&inbox, &Audience::Agent("builder".to_owned())), [1]);
        inbox.put(record(2, Some("a")));
        assert_eq!(open(&inbox, &Audience::Endpoint("a".into())), [2]);
        assert!(open(&inbox, &Audience::Anyone).is_empty());
    }
}
