//! Messages that were stored lately and wait to be pushed, so that they need not be read back.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::store::{MessageRow, Seq};

/// Bytes of all of them. Older ones make room for newer ones, and are read from the store.
const BYTES: u64 = 4 << 20;

/// What a message takes beside its texts.
const OVERHEAD: u64 = 512;

/// The latest messages by their place in the order of arrival.
#[derive(Default)]
pub(super) struct Recent {
    rows: FxHashMap<Seq, Arc<MessageRow>>,
    /// Those that were put, oldest first; some are taken already.
    order: VecDeque<(Seq, u64)>,
    bytes: u64,
}

impl Recent {
    pub(super) fn put(&mut self, row: &Arc<MessageRow>) {
        let size = row.text_bytes() as u64 + OVERHEAD;
        self.rows.insert(row.seq, row.clone());
        self.order.push_back((row.seq, size));
        self.bytes += size;
        while self.bytes > BYTES
            && let Some((oldest, size)) = self.order.pop_front()
        {
            self.rows.remove(&oldest);
            self.bytes -= size;
        }
    }

    /// Takes a message out, for whoever pushes it.
    pub(super) fn take(&mut self, seq: Seq) -> Option<Arc<MessageRow>> {
        let row = self.rows.remove(&seq)?;
        // They are pushed about in the order in which they came.
        while let Some(&(oldest, size)) = self.order.front()
            && !self.rows.contains_key(&oldest)
        {
            self.order.pop_front();
            self.bytes -= size;
        }
        Some(row)
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(seq: u64, bytes: usize) -> Arc<MessageRow> {
        let content = "x".repeat(bytes);
        let row = MessageRow::new(Seq(seq), "msg", "node:n", "endpoint:ep", content, 0);
        Arc::new(row)
    }

    #[test]
    fn a_message_is_there_until_it_is_taken() {
        let mut recent = Recent::default();
        recent.put(&row(1, 10));
        recent.put(&row(2, 10));
        assert_eq!(recent.take(Seq(2)).map(|row| row.seq), Some(Seq(2)));
        assert_eq!(recent.take(Seq(2)), None);
        assert_eq!(recent.take(Seq(1)).map(|row| row.seq), Some(Seq(1)));
        assert_eq!((recent.order.len(), recent.bytes), (0, 0));
    }

    #[test]
    fn whatever_of_a_message_is_long_counts() {
        let mut recent = Recent::default();
        for seq in 0..10 {
            let mut row = Arc::unwrap_or_clone(row(seq, 0));
            row.content_type = "x".repeat(1 << 20);
            recent.put(&Arc::new(row));
        }
        assert_eq!(recent.rows.len(), 3);
    }

    #[test]
    fn the_oldest_make_room_for_newer_ones() {
        let mut recent = Recent::default();
        for seq in 0..10 {
            recent.put(&row(seq, 1 << 20));
        }
        assert_eq!(recent.take(Seq(6)), None);
        assert!(recent.take(Seq(7)).is_some());
        assert!(recent.bytes <= BYTES);
    }
}
