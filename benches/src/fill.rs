//! The rows of sends, as the core makes them, for what is measured or prepared without it.

use cmdbus_broker::store::{
    InboxReason, InboxRow, MessageRow, Op, Pos, Private, QueueRow, Receipt, ReceiptState,
    ReplyCorrelationRow, RingRow, SendStatus, Seq, SqliteStore, Store as _,
};
use std::path::Path;

use crate::Result;

/// How many received correlation ids an endpoint keeps (protocol §4.4). From there on each one that comes
/// drives another out, which is a further row.
const RECEIVED: u64 = 1000;

/// A time like any other.
const NOW: i64 = 1_772_439_330_120;

const STEP: u64 = 5000;

/// One send: its number, and the ids of who sends and who receives.
pub struct Sent<'a> {
    pub number: u64,
    pub from: &'a str,
    pub to: &'a str,
    /// How many that sender has sent before.
    pub of_sender: u64,
    /// How many that receiver has got before.
    pub of_receiver: u64,
    /// Bytes of content.
    pub content: usize,
}

impl Sent<'_> {
    fn row(&self) -> MessageRow {
        let (from, to) = (self.from, self.to);
        let id = format!("msg_01K{:023}", self.number);
        let correlation = correlation(to, self.of_receiver);
        let metadata = format!(
            "{{\"traceparent\":\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\",\
             \"correlation_id\":\"{correlation}\",\"source_endpoint_id\":\"{from}\",\"require_live\":false,\
             \"target_endpoint_id\":\"{to}\",\"message_id\":\"{id}\"}}"
        );
        let mut row = MessageRow::new(
            Seq(self.number),
            id,
            format!("endpoint:{from}"),
            format!("endpoint:{to}"),
            "x".repeat(self.content),
            NOW,
        );
        row.correlation = Some(correlation);
        row.metadata = Private::from(metadata);
        row.receipt.status = Some(SendStatus::Stored);
        row.receipt.times.set(ReceiptState::Accepted, NOW);
        row
    }

    /// Returns what is stored of a message in a queue.
    pub fn queued(&self) -> Vec<Op> {
        let mut row = self.row();
        row.receipt.endpoint = Some(self.to.into());
        let place = QueueRow::new(self.to, Pos(self.number), row.seq, row.size());
        vec![Op::message(row), Op::QueuePush(place)]
    }

    /// Returns what is stored of a message in the inbox.
    pub fn undispatched(&self) -> Vec<Op> {
        let mut row = self.row();
        let mut receipt = Receipt::new(ReceiptState::Inbox, NOW);
        receipt.undispatched_id = Some(row.id.as_str().into());
        receipt.status = Some(SendStatus::Stored);
        row.receipt = receipt;
        let mut place = InboxRow::new(
            row.seq,
            row.id.as_str(),
            InboxReason::Unaddressed,
            row.size(),
        );
        place.correlation.clone_from(&row.correlation);
        vec![Op::message(row), Op::InboxPut(place)]
    }

    /// Returns everything that one send stores.
    pub fn ops(&self) -> Vec<Op> {
        let mut ops = self.queued();
        let correlation = |n| correlation(self.to, n);
        ops.push(Op::ReplyCorrelationPut(ReplyCorrelationRow {
            correlation: correlation(self.of_receiver),
            endpoint: self.to.into(),
            received_at: NOW,
        }));
        if let Some(oldest) = self.of_receiver.checked_sub(RECEIVED) {
            ops.push(Op::ReplyCorrelationDelete(correlation(oldest)));
        }
        ops.push(Op::RingPut(RingRow {
            endpoint: self.from.into(),
            n: self.of_sender,
            correlation: correlation(self.of_receiver),
        }));
        ops
    }
}

/// Fills a store that no daemon uses, in large commits. The first message is number 1.
pub fn fill(folder: &Path, count: u64, mut ops: impl FnMut(u64) -> Vec<Op>) -> Result {
    let mut store = SqliteStore::open(folder)?;
    let mut number = 1;
    while number <= count {
        let end = count.min(number + STEP - 1);
        let step: Vec<Op> = (number..=end).flat_map(&mut ops).collect();
        store.commit(&step)?;
        store.maintain(true);
        number = end + 1;
    }
    let store: Box<SqliteStore> = Box::new(store);
    Ok(cmdbus_broker::store::Store::close(store)?)
}

/// Returns an id like those of the broker, which begin with the time: the same for the same place, and later
/// for a later one.
fn correlation(endpoint: &str, n: u64) -> String {
    let seed = endpoint.bytes().fold(n, |sum, byte| {
        sum.wrapping_mul(0x100_0000_01b3) ^ u64::from(byte)
    });
    let (a, b) = (scattered(seed), scattered(!seed));
    format!(
        "{:08x}-{:04x}-7{:03x}-8{:03x}-{:012x}",
        n >> 16 & 0xffff_ffff,
        n & 0xffff,
        a & 0xfff,
        b >> 48 & 0xfff,
        b & 0xffff_ffff_ffff
    )
}

fn scattered(n: u64) -> u64 {
    let mut x = n
        .wrapping_add(0x9e37_79b9_7f4a_7c15)
        .wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^= x >> 27;
    x = x.wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
