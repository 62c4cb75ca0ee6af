//! Answers the questions of the core from the store.

use crate::core::{Found, Query, SweepLimits, Swept};
use crate::ids::MessageId;
use crate::store::{HistoryFrom, Page, Reader, ReceiptRecord, Seq, StoreError};

/// Answers a question of the core. Blocks.
///
/// # Errors
///
/// Fails if the store cannot be read.
pub fn look_up(reader: &dyn Reader, query: Query) -> Result<Found, StoreError> {
    match query {
        Query::Contents(seqs) => {
            let contents = seqs.into_iter().map(|seq| reader.content(seq));
            Ok(Found::Contents(contents.collect::<Result<_, _>>()?))
        }
        Query::Stored(messages) => Ok(Found::Stored(reader.stored(&messages)?)),
        Query::Receipt(message) => Ok(Found::Receipt(reader.receipt(&message)?.map(Box::new))),
        Query::ReceiptByKey { senders, key } => {
            for sender in senders {
                if let Some(record) = reader.receipt_by_key(&sender, &key)? {
                    return Ok(Found::Receipt(Some(Box::new(record))));
                }
            }
            Ok(Found::Receipt(None))
        }
        Query::OpenReceipts {
            senders,
            after,
            limit,
        } => Ok(Found::Receipts(open_receipts(
            reader, &senders, after, limit,
        )?)),
        Query::Inbox { after, limit } => Ok(Found::Inbox(reader.inbox_page(after, limit)?)),
        Query::Queue {
            endpoint,
            after,
            limit,
        } => Ok(Found::Queue(reader.queue_page(&endpoint, after, limit)?)),
        Query::History {
            correlation,
            sender,
            endpoint,
            before,
            after,
            limit,
        } => {
            if !reader.took_part(&correlation, &sender, &endpoint)? {
                return Ok(Found::History(None));
            }
            let from = match (place(reader, before)?, place(reader, after)?) {
                (Some(seq), _) => HistoryFrom::Before(seq),
                (None, Some(seq)) => HistoryFrom::After(seq),
                (None, None) => HistoryFrom::Newest,
            };
            let page = reader.history(&correlation, from, limit)?;
            Ok(Found::History(Some(page)))
        }
        Query::Due { now, limit } => Ok(Found::Due(reader.due(now, limit)?)),
        Query::Sweep(limits) => Ok(Found::Sweep(sweep(reader, &limits)?)),
    }
}

/// Reads the unfinished receipts of a sender and of those it took over from, oldest first.
fn open_receipts(
    reader: &dyn Reader,
    senders: &[String],
    after: Option<MessageId>,
    limit: usize,
) -> Result<Page<ReceiptRecord>, StoreError> {
    let after = place(reader, after)?;
    let (mut items, mut more) = (Vec::new(), false);
    for sender in senders {
        let page = reader.open_receipts(sender, after, limit)?;
        more |= page.more;
        items.extend(page.items);
    }
    items.sort_by_key(|record| record.seq);
    more |= items.len() > limit;
    items.truncate(limit);
    Ok(Page { items, more })
}

/// Finds the place of a message in the order of arrival. One that is not there any more counts as not given.
fn place(reader: &dyn Reader, message: Option<MessageId>) -> Result<Option<Seq>, StoreError> {
    match message {
        Some(message) => Ok(reader.receipt(&message)?.map(|record| record.seq)),
        None => Ok(None),
    }
}

fn sweep(reader: &dyn Reader, limits: &SweepLimits) -> Result<Swept, StoreError> {
    let limit = limits.limit;
    Ok(Swept {
        content: reader.content_to_drop(
            limits.content_ended_before,
            limits.content_bytes,
            limit,
        )?,
        receipts: reader.receipts_to_delete(
            limits.receipts_ended_before,
            limits.receipts,
            limit,
        )?,
        keys: reader.keys_to_forget(limits.keys_stored_before, limits.keys, limit)?,
        tombstones: reader.tombstones_to_delete(
            limits.tombstones_closed_before,
            limits.tombstones,
            limit,
        )?,
    })
}
