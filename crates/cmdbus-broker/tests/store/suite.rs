//! What every store does. Each case runs on both of them.

use std::sync::Arc;

use cmdbus_broker::ids::{EndpointId, MessageId};
use cmdbus_broker::store::{
    AssignmentRow, ConfirmedBy, Content, ControlRow, Cursor, DamagedRow, Digest, Due, EndpointRow,
    HistoryFrom, IdempotencyKey, InboxReason, InboxRow, Loaded, MemoryStore, Op, OutboxRow,
    Outcome, PAGE_CONTENT_BYTES, Place, Pos, Private, QueueRow, ReceiptChange, ReceiptState,
    ReplyCorrelationRow, ReplyKey, ReplyRow, RingRow, SendStatus, Seq, SpawnRow, StoreErrorKind,
};

use super::support::{
    Sqlite, Subject, T, content_of, ended, message, queued, text, tombstone, undispatched,
};

macro_rules! on_every_store {
    ($($case:ident)+) => {
        mod sqlite { $(#[test] fn $case() { super::$case(&mut super::Sqlite::new()); })+ }
        mod memory { $(#[test] fn $case() { super::$case(&mut super::MemoryStore::new()); })+ }
    };
}

on_every_store! {
    a_new_store_is_empty
    what_was_put_comes_back_after_a_restart
    put_replaces_and_delete_removes
    a_commit_is_all_or_nothing
    no_changes_are_no_commit
    an_id_belongs_to_one_message
    it_is_known_of_each_id_whether_there_is_a_message
    a_key_belongs_to_one_message_of_a_sender
    a_message_put_again_keeps_its_place
    a_message_that_waits_cannot_be_dropped
    an_accepted_message_can_be_taken_back
    an_endpoint_with_a_queue_cannot_be_removed
    a_receipt_changes_only_in_what_is_said
    an_ended_receipt_does_not_change
    numbers_are_not_given_twice
    a_long_queue_is_loaded_by_its_head_and_its_totals
    a_queue_is_read_in_pages
    a_closed_queue_moves_into_the_inbox_as_a_whole
    a_claimed_record_is_open_again_when_its_queue_closes
    the_inbox_is_read_in_arrival_order
    a_page_of_the_inbox_has_at_most_8_mib
    content_larger_than_a_page_is_a_page
    damaged_content_is_never_given_out
    damaged_content_is_put_aside
    damage_in_a_page_concerns_one_item
    receipts_are_found_by_id_and_by_key
    open_receipts_of_a_sender_are_paged
    a_conversation_is_read_newest_first
    only_members_took_part_in_a_conversation
    a_ring_keeps_the_last_1024
    a_received_correlation_has_one_owner
    a_seen_id_keeps_its_first_time
    what_expired_is_found_where_it_waits
    content_of_ended_messages_is_found_by_age_and_by_size
    old_receipts_are_found_by_age_and_by_number
    old_keys_are_found_by_age_and_by_number
    tombstones_that_are_named_stay
    names_of_the_store_are_its_own
    a_probe_leaves_nothing
    everything_is_there_after_reopening
    readers_see_what_was_committed
}

fn a_new_store_is_empty(subject: &mut impl Subject) {
    let loaded = subject.store().load().expect("it loads");
    assert_eq!(
        loaded,
        Loaded {
            next_seq: Seq(1),
            next_pos: Pos(1),
            ..Loaded::default()
        }
    );
    assert_eq!(
        subject.store().reader().content(Seq(1)).expect("it reads"),
        None
    );
}

/// One row of everything, each with every field set.
fn one_of_everything() -> (Vec<Op>, Loaded) {
    let mut endpoint = EndpointRow::new("ep_a", 7, T);
    endpoint.pid = Some(u32::MAX);
    endpoint.process_start = Some(u64::MAX);
    endpoint.boot_id = Some("boot".to_owned());
    endpoint.fingerprint = "builder/claude-code".to_owned();
    endpoint.owner_token = Some(Digest([0xa5; 32]));
    endpoint.nonce = Private::from("nonce");
    endpoint.metadata = Private::from(r#"{"kind":"claude-code"}"#);
    endpoint.successor = Some("ep_b".into());
    endpoint.closed_at = Some(T + 5);
    endpoint.kept = true;
    let mut waiting = message(1);
    waiting.key = Some(IdempotencyKey {
        key: "k-17".to_owned(),
        fingerprint: Digest([1; 32]),
    });
    waiting.correlation = Some("c-1".to_owned());
    waiting.expires_at = Some(T + 60_000);
    waiting.content_type = "text/markdown".to_owned();
    waiting.metadata = Private::from(r#"{"a":1}"#);
    waiting.receipt.endpoint = Some("ep_a".into());
    waiting.receipt.status = Some(SendStatus::Delivered);
    waiting.receipt.attempts = 3;
    let place = QueueRow {
        attempt: 2,
        assignment: Some("asg_1".into()),
        extra: Some(Private::from(r#"{"dispatched_from":"msg_000001"}"#)),
        ..QueueRow::new("ep_a", Pos(4), Seq(1), waiting.size())
    };
    let record = InboxRow {
        hint: Some("ep_a".into()),
        correlation: Some("c-2".to_owned()),
        agent: Some("builder".to_owned()),
        assignment: Some("asg_1".into()),
        extra: Some(Private::from(r#"{"possible_duplicate":true}"#)),
        ..InboxRow::new(
            Seq(2),
            "msg_000002",
            InboxReason::CorrelatedContinuation,
            message(2).size(),
        )
    };
    let mut accepted = message(3);
    accepted.receipt.state = ReceiptState::Accepted;
    let assignment = AssignmentRow {
        id: "asg_1".into(),
        seq: Seq(2),
        undispatched_id: "msg_000002".into(),
        endpoint: "ep_a".into(),
        state: "adapter_accepted".to_owned(),
        sequence: 2,
        created_at: T,
        accepted_at: Some(T + 1),
        detail: Private::from("{}"),
    };
    let reply = ReplyRow {
        key: ReplyKey {
            source: "msg_000002".into(),
            assignment: "asg_1".into(),
            request: "r1".to_owned(),
        },
        fingerprint: Digest([2; 32]),
        message: "msg_000009".into(),
        endpoint: "ep_a".into(),
        outcome: Some(Private::from("{}")),
        created_at: T,
    };
    let ring = RingRow {
        endpoint: "ep_a".into(),
        n: 1030,
        correlation: "c-1".to_owned(),
    };
    let received = ReplyCorrelationRow {
        correlation: "c-9".to_owned(),
        endpoint: "ep_a".into(),
        received_at: T,
    };
    let outbox = OutboxRow {
        lane: "state/ep_a".to_owned(),
        id: 12,
        kind: "state".to_owned(),
        payload: Private::from("{}"),
        created_at: T,
    };
    let control = ControlRow {
        key: "ctl-1".to_owned(),
        outcome: Private::from("applied"),
        at: T,
    };
    let spawn = SpawnRow {
        token: Private::from("token"),
        deadline: T + 30_000,
        detail: Private::from("{}"),
    };
    let cursor = Cursor {
        scope: "default".to_owned(),
        value: "1289".to_owned(),
        at: T,
    };

    let ops = vec![
        Op::MetaPut {
            name: "node_id".to_owned(),
            value: "n1".to_owned(),
        },
        Op::endpoint(endpoint.clone()),
        Op::message(waiting),
        Op::QueuePush(place.clone()),
        Op::message(message(2)),
        Op::InboxPut(record.clone()),
        Op::message(accepted),
        Op::AssignmentPut(Box::new(assignment.clone())),
        Op::ReplyPut(Box::new(reply.clone())),
        Op::RingPut(ring.clone()),
        Op::ReplyCorrelationPut(received.clone()),
        Op::SeenPut {
            id: "msg_000001".into(),
            at: T,
        },
        Op::OutboxPut(Box::new(outbox.clone())),
        Op::ControlPut(Box::new(control.clone())),
        Op::SpawnPut(Box::new(spawn.clone())),
        Op::CursorPut {
            scope: cursor.scope.clone(),
            value: cursor.value.clone(),
            at: cursor.at,
        },
    ];
    let loaded = Loaded {
        meta: vec![("node_id".to_owned(), "n1".to_owned())],
        endpoints: vec![endpoint],
        assignments: vec![assignment],
        replies: vec![reply],
        rings: vec![ring],
        reply_correlations: vec![received],
        seen: vec![("msg_000001".into(), T)],
        outbox: vec![outbox],
        control: vec![control],
        spawns: vec![spawn],
        cursors: vec![cursor],
        next_seq: Seq(4),
        next_pos: Pos(5),
        ..Loaded::default()
    };
    (ops, loaded)
}

fn what_was_put_comes_back_after_a_restart(subject: &mut impl Subject) {
    let (ops, expected) = one_of_everything();
    subject.commit(&ops);
    subject.restart();

    let mut loaded = subject.store().load().expect("it loads");
    let (queues, inbox, accepted) = (
        std::mem::take(&mut loaded.queues),
        std::mem::take(&mut loaded.inbox),
        std::mem::take(&mut loaded.accepted),
    );
    assert_eq!(loaded, expected);

    let [Op::QueuePush(place), Op::InboxPut(record)] = [&ops[3], &ops[5]] else {
        panic!("the rows are there")
    };
    assert_eq!(
        (queues.len(), queues[0].count, queues[0].bytes),
        (1, 1, place.size)
    );
    let entry = &queues[0].first[0];
    assert_eq!(&entry.row, place);
    assert_eq!(
        (entry.message.id.as_str(), entry.message.sender.as_str()),
        ("msg_000001", "node:n1")
    );
    assert_eq!(
        (entry.message.expires_at, entry.message.attempts),
        (Some(T + 60_000), 3)
    );
    assert_eq!(entry.message.correlation.as_deref(), Some("c-1"));
    assert_eq!((inbox.len(), &inbox[0].row), (1, record));
    assert_eq!((accepted.len(), accepted[0].seq), (1, Seq(3)));

    let reader = subject.store().reader();
    let Some(Content::Whole(stored)) = reader.content(Seq(1)).expect("it reads") else {
        panic!("it is whole")
    };
    assert_eq!(
        (stored.content.as_str(), stored.content_type.as_str()),
        (&*content_of(Seq(1)), "text/markdown")
    );
    assert_eq!(
        (stored.metadata.as_str(), stored.to.as_str()),
        (r#"{"a":1}"#, "endpoint:ep_a")
    );
}

fn put_replaces_and_delete_removes(subject: &mut impl Subject) {
    let (ops, _) = one_of_everything();
    subject.commit(&ops);
    subject.commit(&ops);
    let reply = ReplyKey {
        source: "msg_000002".into(),
        assignment: "asg_1".into(),
        request: "r1".to_owned(),
    };
    subject.commit(&[
        Op::QueueRemove {
            endpoint: "ep_a".into(),
            pos: Pos(4),
        },
        Op::EndpointDelete("ep_a".into()),
        Op::InboxRemove(Seq(2)),
        Op::receipt(Seq(1), ReceiptChange::new(ReceiptState::Confirmed, 0, T)),
        Op::receipt(Seq(2), ReceiptChange::new(ReceiptState::Settled, 0, T)),
        Op::MessageDelete(Seq(1)),
        Op::MessageDelete(Seq(2)),
        Op::MessageDelete(Seq(3)),
        Op::AssignmentDelete("asg_1".into()),
        Op::ReplyDelete(reply),
        Op::RingClear("ep_a".into()),
        Op::ReplyCorrelationDelete("c-9".to_owned()),
        Op::SeenPurge { before: T + 1 },
        Op::OutboxDelete { id: 12 },
        Op::ControlPurge { before: T + 1 },
        Op::SpawnDelete {
            token: Private::from("token"),
        },
    ]);
    let loaded = subject.store().load().expect("it loads");
    let expected = Loaded {
        meta: vec![("node_id".to_owned(), "n1".to_owned())],
        cursors: vec![Cursor {
            scope: "default".to_owned(),
            value: "1289".to_owned(),
            at: T,
        }],
        next_seq: Seq(4),
        next_pos: Pos(1),
        ..Loaded::default()
    };
    assert_eq!(loaded, expected);
    // What is not there can be removed again.
    subject.commit(&[
        Op::MessageDelete(Seq(1)),
        Op::ContentDrop(Seq(1)),
        Op::InboxRemove(Seq(2)),
        Op::QueueAttempt {
            endpoint: "ep_a".into(),
            pos: Pos(4),
            attempt: 1,
        },
        Op::receipt(Seq(1), ReceiptChange::new(ReceiptState::Confirmed, 0, T)),
    ]);
    assert_eq!(subject.store().load().expect("it loads"), expected);
}

fn a_commit_is_all_or_nothing(subject: &mut impl Subject) {
    subject.commit(&queued("ep_a", 1));
    let before = subject.store().load().expect("it loads");

    let mut ops = queued("ep_a", 2);
    ops.push(Op::QueueRemove {
        endpoint: "ep_a".into(),
        pos: Pos(1),
    });
    ops.push(Op::receipt(
        Seq(1),
        ReceiptChange::new(ReceiptState::Confirmed, 0, T),
    ));
    ops.push(Op::MessageDelete(Seq(1)));
    ops.push(Op::MessageDelete(Seq(2)));
    let error = subject
        .store()
        .commit(&ops)
        .expect_err("message 2 has not ended");

    assert_eq!(
        (error.kind(), error.outcome()),
        (StoreErrorKind::Refused, Outcome::NotStored)
    );
    assert!(!error.is_corruption());
    assert_eq!(subject.store().load().expect("it loads"), before);
    let reader = subject.store().reader();
    let content = reader
        .content(Seq(1))
        .expect("it reads")
        .expect("it is there");
    assert_eq!(text(&content), Some(&*content_of(Seq(1))));
    assert_eq!(
        reader
            .receipt(&MessageId::from("msg_000002"))
            .expect("it reads"),
        None
    );
    subject.commit(&queued("ep_a", 2));
}

fn no_changes_are_no_commit(subject: &mut impl Subject) {
    subject.commit(&[]);
    assert_eq!(subject.store().load().expect("it loads").next_seq, Seq(1));
}

fn an_id_belongs_to_one_message(subject: &mut impl Subject) {
    subject.commit(&queued("ep_a", 1));
    let mut second = message(2);
    second.id = "msg_000001".into();
    let error = subject
        .store()
        .commit(&[Op::message(second)])
        .expect_err("the id is taken");
    assert_eq!(error.kind(), StoreErrorKind::Refused);
}

fn a_key_belongs_to_one_message_of_a_sender(subject: &mut impl Subject) {
    let key = |byte| {
        Some(IdempotencyKey {
            key: "k".to_owned(),
            fingerprint: Digest([byte; 32]),
        })
    };
    let mut first = message(1);
    first.key = key(1);
    let mut same = message(2);
    same.key = key(2);
    let mut other = message(3);
    other.key = key(3);
    other.sender = "endpoint:ep_a".to_owned();
    subject.commit(&[Op::message(first), Op::message(other)]);

    let error = subject
        .store()
        .commit(&[Op::message(same.clone())])
        .expect_err("the key is taken");
    assert_eq!(error.kind(), StoreErrorKind::Refused);
    subject.commit(&[Op::KeyForget(Seq(1))]);
    subject.commit(&[Op::message(same)]);
    let found = subject
        .store()
        .reader()
        .receipt_by_key("node:n1", "k")
        .expect("it reads")
        .expect("it is there");
    assert_eq!((found.seq, found.key), (Seq(2), key(2)));
}

fn a_message_put_again_keeps_its_place(subject: &mut impl Subject) {
    subject.commit(&[undispatched(1), undispatched(2)].concat());
    let mut again = message(1);
    again.content = Private::from("something else");
    subject.commit(&[Op::message(again)]);
    let page = subject
        .store()
        .reader()
        .inbox_page(None, 10)
        .expect("it reads");
    let texts: Vec<_> = page
        .items
        .iter()
        .map(|item| text(&item.content).map(str::to_owned))
        .collect();
    assert_eq!(
        texts,
        [Some("something else".to_owned()), Some(content_of(Seq(2)))]
    );
}

fn a_message_that_waits_cannot_be_dropped(subject: &mut impl Subject) {
    subject.commit(&[queued("ep_a", 1), undispatched(2)].concat());
    for op in [
        Op::ContentDrop(Seq(1)),
        Op::MessageDelete(Seq(1)),
        Op::ContentDrop(Seq(2)),
        Op::MessageDelete(Seq(2)),
    ] {
        let error = subject.store().commit(&[op]).expect_err("it waits");
        assert_eq!(error.kind(), StoreErrorKind::Refused);
    }
    subject.commit(&[
        Op::receipt(Seq(1), ReceiptChange::new(ReceiptState::Confirmed, 0, T)),
        Op::ContentDrop(Seq(1)),
    ]);
    let reader = subject.store().reader();
    assert_eq!(
        reader.content(Seq(1)).expect("it reads"),
        Some(Content::Dropped)
    );
    subject.commit(&[Op::MessageDelete(Seq(1))]);
    assert_eq!(reader.content(Seq(1)).expect("it reads"), None);
}

fn an_accepted_message_can_be_taken_back(subject: &mut impl Subject) {
    let mut row = message(1);
    row.receipt.state = ReceiptState::Accepted;
    subject.commit(&[Op::message(row)]);
    subject.commit(&[Op::MessageDelete(Seq(1))]);
    assert_eq!(subject.store().load().expect("it loads").accepted, []);
}

fn an_endpoint_with_a_queue_cannot_be_removed(subject: &mut impl Subject) {
    subject.commit(&[Op::endpoint(EndpointRow::new("ep_a", 1, T))]);
    subject.commit(&queued("ep_a", 1));
    let error = subject
        .store()
        .commit(&[Op::EndpointDelete("ep_a".into())])
        .expect_err("something waits");
    assert_eq!(error.kind(), StoreErrorKind::Refused);
}

fn it_is_known_of_each_id_whether_there_is_a_message(subject: &mut impl Subject) {
    subject.commit(&[queued("ep_a", 1), queued("ep_a", 2)].concat());
    let ids: Vec<MessageId> = ["msg_000002", "msg_9", "msg_000001", "msg_000002"]
        .map(MessageId::from)
        .into();
    let stored = subject.store().reader().stored(&ids);
    assert_eq!(stored.expect("it reads"), [true, false, true, true]);
}

fn a_receipt_changes_only_in_what_is_said(subject: &mut impl Subject) {
    let mut row = message(1);
    row.receipt.status = Some(SendStatus::Stored);
    row.receipt.attempts = 2;
    subject.commit(&[Op::message(row)]);
    let mut inbox = ReceiptChange::new(ReceiptState::Inbox, 0, T + 10);
    inbox.undispatched_id = Some("msg_000001".into());
    let mut again = ReceiptChange::new(ReceiptState::Durable, 1, T + 20);
    again.endpoint = Some("ep_b".into());
    let mut confirmed = ReceiptChange::new(ReceiptState::Confirmed, 1, T + 30);
    confirmed.attempts = 5;
    confirmed.confirmed_by = Some(ConfirmedBy::Barrier);
    subject.commit(&[inbox, again, confirmed].map(|change| Op::receipt(Seq(1), change)));

    let found = subject
        .store()
        .reader()
        .receipt(&"msg_000001".into())
        .expect("it reads")
        .expect("it is there");
    let receipt = found.receipt;
    assert_eq!(
        (receipt.state, receipt.hop, receipt.attempts),
        (ReceiptState::Confirmed, 1, 5)
    );
    assert_eq!(
        (receipt.status, receipt.confirmed_by),
        (Some(SendStatus::Stored), Some(ConfirmedBy::Barrier))
    );
    assert_eq!(receipt.endpoint, Some("ep_b".into()));
    assert_eq!(receipt.undispatched_id, Some("msg_000001".into()));
    let times = receipt.times;
    assert_eq!(
        (times.accepted, times.durable, times.inbox),
        (None, Some(T + 20), Some(T + 10))
    );
    assert_eq!((times.pushed, times.ended), (None, Some(T + 30)));
}

fn an_ended_receipt_does_not_change(subject: &mut impl Subject) {
    subject.commit(&ended(1, 10));
    subject.commit(&[Op::receipt(
        Seq(1),
        ReceiptChange::new(ReceiptState::Expired, 3, T + 20),
    )]);
    let found = subject
        .store()
        .reader()
        .receipt(&"msg_000001".into())
        .expect("it reads")
        .expect("it is there");
    assert_eq!(
        (found.receipt.state, found.receipt.times.ended),
        (ReceiptState::Confirmed, Some(T + 10))
    );
}

fn numbers_are_not_given_twice(subject: &mut impl Subject) {
    subject.commit(&[ended(8, 0), ended(9, 0)].concat());
    subject.commit(&[Op::MessageDelete(Seq(9)), Op::MessageDelete(Seq(8))]);
    subject.restart();
    assert_eq!(subject.store().load().expect("it loads").next_seq, Seq(10));
}

fn a_long_queue_is_loaded_by_its_head_and_its_totals(subject: &mut impl Subject) {
    let ops: Vec<Op> = (1..=300)
        .flat_map(|seq| queued(if seq % 30 == 0 { "ep_b" } else { "ep_a" }, seq))
        .collect();
    subject.commit(&ops);
    let loaded = subject.store().load().expect("it loads");
    let summary: Vec<_> = loaded
        .queues
        .iter()
        .map(|queue| (queue.endpoint.as_str(), queue.count, queue.first.len()))
        .collect();
    assert_eq!(summary, [("ep_a", 290, 256), ("ep_b", 10, 10)]);
    let size = message(1).size();
    assert_eq!(
        (loaded.queues[0].bytes, loaded.queues[1].bytes),
        (290 * size, 10 * size)
    );
    assert!(
        loaded.queues[0]
            .first
            .is_sorted_by_key(|entry| entry.row.pos)
    );
    assert_eq!(loaded.next_pos, Pos(301));
}

fn a_queue_is_read_in_pages(subject: &mut impl Subject) {
    let ops: Vec<Op> = (1..=5).flat_map(|seq| queued("ep_a", seq)).collect();
    subject.commit(&ops);
    let reader = subject.store().reader();
    let places = |after, limit| {
        let page = reader
            .queue_page(&"ep_a".into(), after, limit)
            .expect("it reads");
        (
            page.items
                .iter()
                .map(|entry| entry.row.pos.0)
                .collect::<Vec<_>>(),
            page.more,
        )
    };
    assert_eq!(places(None, 2), (vec![1, 2], true));
    assert_eq!(places(Some(Pos(2)), 3), (vec![3, 4, 5], false));
    assert_eq!(places(Some(Pos(5)), 3), (vec![], false));
}

fn a_closed_queue_moves_into_the_inbox_as_a_whole(subject: &mut impl Subject) {
    let mut ops: Vec<Op> = (1..=300).flat_map(|seq| queued("ep_a", seq)).collect();
    ops.extend(queued("ep_b", 301));
    subject.commit(&ops);
    subject.commit(&[Op::QueueToInbox {
        endpoint: "ep_a".into(),
        reason: InboxReason::ClosedSessionContinuation,
        agent: Some("builder".to_owned()),
        at: T + 999,
    }]);

    let loaded = subject.store().load().expect("it loads");
    assert_eq!(
        loaded
            .queues
            .iter()
            .map(|queue| queue.endpoint.as_str())
            .collect::<Vec<_>>(),
        ["ep_b"]
    );
    assert_eq!(loaded.inbox.len(), 300);
    assert!(loaded.inbox.is_sorted_by_key(|entry| entry.row.seq));
    let row = InboxRow {
        hint: Some("ep_a".into()),
        agent: Some("builder".to_owned()),
        ..InboxRow::new(
            Seq(300),
            "msg_000300",
            InboxReason::ClosedSessionContinuation,
            message(300).size(),
        )
    };
    assert_eq!(loaded.inbox[299].row, row);
    let found = subject
        .store()
        .reader()
        .receipt(&"msg_000300".into())
        .expect("it reads")
        .expect("it is there");
    assert_eq!(
        (found.receipt.state, found.receipt.times.inbox),
        (ReceiptState::Inbox, Some(T + 999))
    );
    assert_eq!(found.receipt.undispatched_id, Some("msg_000300".into()));
    subject.commit(&[Op::EndpointDelete("ep_a".into())]);
}

fn a_claimed_record_is_open_again_when_its_queue_closes(subject: &mut impl Subject) {
    let mut ops = undispatched(1);
    let mut claimed = InboxRow::new(
        Seq(1),
        "msg_000001",
        InboxReason::Unaddressed,
        message(1).size(),
    );
    claimed.assignment = Some("asg_1".into());
    ops.push(Op::InboxPut(claimed.clone()));
    ops.push(Op::QueuePush(QueueRow::new(
        "ep_a",
        Pos(1),
        Seq(1),
        message(1).size(),
    )));
    subject.commit(&ops);
    let reason = InboxReason::ClosedSessionContinuation;
    subject.commit(&[Op::QueueToInbox {
        endpoint: "ep_a".into(),
        reason,
        agent: None,
        at: T,
    }]);
    let loaded = subject.store().load().expect("it loads");
    assert_eq!(loaded.queues, []);
    claimed.assignment = None;
    assert_eq!(
        loaded
            .inbox
            .iter()
            .map(|entry| &entry.row)
            .collect::<Vec<_>>(),
        [&claimed]
    );
}

fn the_inbox_is_read_in_arrival_order(subject: &mut impl Subject) {
    subject.commit(&[undispatched(3), undispatched(1), undispatched(2)].concat());
    let reader = subject.store().reader();
    let page = reader.inbox_page(None, 2).expect("it reads");
    assert_eq!(
        page.items
            .iter()
            .map(|item| item.row.seq.0)
            .collect::<Vec<_>>(),
        [1, 2]
    );
    assert!(page.more);
    let page = reader.inbox_page(Some(Seq(2)), 2).expect("it reads");
    assert_eq!(
        page.items
            .iter()
            .map(|item| text(&item.content))
            .collect::<Vec<_>>(),
        [Some(&*content_of(Seq(3)))]
    );
    assert!(!page.more);
}

/// A message in the inbox with this much content.
fn large(seq: u64, bytes: u64) -> Vec<Op> {
    let mut ops = undispatched(seq);
    if let Op::MessagePut(row) = &mut ops[0] {
        let row = Arc::make_mut(row);
        row.content = Private::from("x".repeat(usize::try_from(bytes).expect("it is small")));
        row.metadata = Private::from("");
    }
    ops
}

fn a_page_of_the_inbox_has_at_most_8_mib(subject: &mut impl Subject) {
    subject.commit(
        &(1..=9)
            .flat_map(|seq| large(seq, PAGE_CONTENT_BYTES / 8))
            .collect::<Vec<_>>(),
    );
    let page = subject
        .store()
        .reader()
        .inbox_page(None, 100)
        .expect("it reads");
    assert_eq!((page.items.len(), page.more), (8, true));
}

fn content_larger_than_a_page_is_a_page(subject: &mut impl Subject) {
    subject.commit(&[large(1, PAGE_CONTENT_BYTES + 1), undispatched(2)].concat());
    let reader = subject.store().reader();
    let page = reader.inbox_page(None, 100).expect("it reads");
    assert_eq!((page.items.len(), page.more), (1, true));
    let page = reader.inbox_page(Some(Seq(1)), 100).expect("it reads");
    assert_eq!((page.items.len(), page.more), (1, false));
}

fn damaged_content_is_never_given_out(subject: &mut impl Subject) {
    subject.commit(&[queued("ep_a", 1), queued("ep_a", 2)].concat());
    subject.damage(Seq(1));
    let reader = subject.store().reader();
    let Some(Content::Damaged(damage)) = reader.content(Seq(1)).expect("it reads") else {
        panic!("it is damaged")
    };
    assert_eq!(damage.seq, Seq(1));
    assert!(!damage.what.contains("content of message"));
    let whole = reader
        .content(Seq(2))
        .expect("it reads")
        .expect("it is there");
    assert_eq!(text(&whole), Some(&*content_of(Seq(2))));
    // What does not need the content works as before.
    assert_eq!(subject.store().load().expect("it loads").queues[0].count, 2);
}

fn damaged_content_is_put_aside(subject: &mut impl Subject) {
    subject.commit(&queued("ep_a", 1));
    subject.damage(Seq(1));
    let mut settled = ReceiptChange::new(ReceiptState::Settled, 0, T + 9);
    settled.reason = Some("damaged".to_owned());
    subject.commit(&[
        Op::QueueRemove {
            endpoint: "ep_a".into(),
            pos: Pos(1),
        },
        Op::receipt(Seq(1), settled),
        Op::Damaged {
            seq: Seq(1),
            what: "the checksum does not match".to_owned(),
            at: T + 9,
        },
    ]);
    subject.restart();
    let reader = subject.store().reader();
    let row = DamagedRow {
        seq: Seq(1),
        id: "msg_000001".into(),
        found_at: T + 9,
        what: "the checksum does not match".to_owned(),
    };
    assert_eq!(reader.damaged(10).expect("it reads"), [row]);
    assert_eq!(
        reader.content(Seq(1)).expect("it reads"),
        Some(Content::Dropped)
    );
    let found = reader
        .receipt(&"msg_000001".into())
        .expect("it reads")
        .expect("it is there");
    assert_eq!(found.receipt.reason.as_deref(), Some("damaged"));
}

fn damage_in_a_page_concerns_one_item(subject: &mut impl Subject) {
    subject.commit(&[undispatched(1), undispatched(2), undispatched(3)].concat());
    subject.damage(Seq(2));
    let page = subject
        .store()
        .reader()
        .inbox_page(None, 10)
        .expect("it reads");
    let texts: Vec<_> = page
        .items
        .iter()
        .map(|item| text(&item.content).is_some())
        .collect();
    assert_eq!(texts, [true, false, true]);
}

fn receipts_are_found_by_id_and_by_key(subject: &mut impl Subject) {
    let mut row = message(1);
    row.key = Some(IdempotencyKey {
        key: "k-1".to_owned(),
        fingerprint: Digest([7; 32]),
    });
    row.expires_at = Some(T + 500);
    subject.commit(&[Op::message(row.clone())]);
    let reader = subject.store().reader();
    let found = reader
        .receipt(&row.id)
        .expect("it reads")
        .expect("it is there");
    assert_eq!(
        (&found.id, &found.sender, &found.to, &found.key),
        (&row.id, &row.sender, &row.to, &row.key)
    );
    assert_eq!(
        (found.size, found.stored_at, found.expires_at),
        (row.size(), row.stored_at, row.expires_at)
    );
    assert_eq!(found.receipt, row.receipt);
    assert_eq!(
        reader.receipt_by_key("node:n1", "k-1").expect("it reads"),
        Some(found)
    );
    assert_eq!(
        reader.receipt_by_key("node:n2", "k-1").expect("it reads"),
        None
    );
    assert_eq!(
        reader.receipt_by_key("node:n1", "k-2").expect("it reads"),
        None
    );
    assert_eq!(reader.receipt(&"msg_9".into()).expect("it reads"), None);
}

fn open_receipts_of_a_sender_are_paged(subject: &mut impl Subject) {
    let mut ops: Vec<Op> = (1..=5).flat_map(|seq| queued("ep_a", seq)).collect();
    ops.extend(ended(6, 0));
    let mut foreign = message(7);
    foreign.sender = "endpoint:ep_z".to_owned();
    ops.push(Op::message(foreign));
    ops.push(Op::receipt(
        Seq(2),
        ReceiptChange::new(ReceiptState::Settled, 0, T),
    ));
    subject.commit(&ops);
    let reader = subject.store().reader();
    let open = |after, limit| {
        let page = reader
            .open_receipts("node:n1", after, limit)
            .expect("it reads");
        (
            page.items
                .iter()
                .map(|record| record.seq.0)
                .collect::<Vec<_>>(),
            page.more,
        )
    };
    assert_eq!(open(None, 2), (vec![1, 3], true));
    assert_eq!(open(Some(Seq(3)), 2), (vec![4, 5], false));
}

fn a_conversation_is_read_newest_first(subject: &mut impl Subject) {
    let mut ops = Vec::new();
    for seq in 1..=6 {
        let mut row = message(seq);
        row.correlation = Some(if seq == 4 { "c-2" } else { "c-1" }.to_owned());
        ops.push(Op::message(row));
    }
    ops.push(Op::receipt(
        Seq(1),
        ReceiptChange::new(ReceiptState::Confirmed, 0, T),
    ));
    ops.push(Op::ContentDrop(Seq(1)));
    subject.commit(&ops);
    let reader = subject.store().reader();
    let read = |from, limit| {
        let page = reader.history("c-1", from, limit).expect("it reads");
        (
            page.items
                .iter()
                .map(|item| item.record.seq.0)
                .collect::<Vec<_>>(),
            page.more,
        )
    };
    assert_eq!(read(HistoryFrom::Newest, 2), (vec![6, 5], true));
    assert_eq!(read(HistoryFrom::Before(Seq(5)), 2), (vec![3, 2], true));
    assert_eq!(read(HistoryFrom::Before(Seq(2)), 2), (vec![1], false));
    assert_eq!(read(HistoryFrom::After(Seq(1)), 2), (vec![3, 2], true));
    assert_eq!(read(HistoryFrom::After(Seq(3)), 9), (vec![6, 5], false));
    let page = reader
        .history("c-1", HistoryFrom::Newest, 9)
        .expect("it reads");
    assert_eq!(text(&page.items[0].content), Some(&*content_of(Seq(6))));
    assert_eq!(page.items[4].content, Content::Dropped);
    assert_eq!(
        reader
            .history("c-3", HistoryFrom::Newest, 9)
            .expect("it reads")
            .items,
        []
    );
}

fn only_members_took_part_in_a_conversation(subject: &mut impl Subject) {
    let mut row = message(1);
    row.correlation = Some("c-1".to_owned());
    row.sender = "endpoint:ep_a".to_owned();
    row.receipt.endpoint = Some("ep_b".into());
    subject.commit(&[Op::message(row)]);
    let reader = subject.store().reader();
    let member = |correlation, id: &str| {
        reader
            .took_part(
                correlation,
                &format!("endpoint:{id}"),
                &EndpointId::from(id),
            )
            .expect("it reads")
    };
    assert!(member("c-1", "ep_a") && member("c-1", "ep_b"));
    assert!(!member("c-1", "ep_c") && !member("c-2", "ep_a"));
}

fn a_ring_keeps_the_last_1024(subject: &mut impl Subject) {
    let put = |n: u64| {
        Op::RingPut(RingRow {
            endpoint: "ep_a".into(),
            n,
            correlation: format!("c-{n}"),
        })
    };
    subject.commit(&(0..1030).map(put).collect::<Vec<_>>());
    subject.commit(&[
        Op::RingRemove {
            endpoint: "ep_a".into(),
            n: 5,
        },
        Op::RingRemove {
            endpoint: "ep_a".into(),
            n: 1028,
        },
    ]);
    let rings = subject.store().load().expect("it loads").rings;
    let kept: Vec<u64> = rings.iter().map(|row| row.n).collect();
    assert_eq!(kept, (6..1030).filter(|n| *n != 1028).collect::<Vec<_>>());
    assert_eq!(rings[0].correlation, "c-6");
}

fn a_received_correlation_has_one_owner(subject: &mut impl Subject) {
    let put = |endpoint: &str, received_at| {
        Op::ReplyCorrelationPut(ReplyCorrelationRow {
            correlation: "c-1".to_owned(),
            endpoint: endpoint.into(),
            received_at,
        })
    };
    subject.commit(&[put("ep_a", T), put("ep_b", T + 1)]);
    let loaded = subject.store().load().expect("it loads").reply_correlations;
    assert_eq!(
        loaded
            .iter()
            .map(|row| row.endpoint.as_str())
            .collect::<Vec<_>>(),
        ["ep_b"]
    );
}

fn a_seen_id_keeps_its_first_time(subject: &mut impl Subject) {
    let put = |id: &str, at| Op::SeenPut { id: id.into(), at };
    subject.commit(&[put("b", T), put("a", T + 1), put("b", T + 2)]);
    assert_eq!(
        subject.store().load().expect("it loads").seen,
        [("b".into(), T), ("a".into(), T + 1)]
    );
    subject.commit(&[Op::SeenPurge { before: T + 1 }]);
    assert_eq!(
        subject.store().load().expect("it loads").seen,
        [("a".into(), T + 1)]
    );
}

fn what_expired_is_found_where_it_waits(subject: &mut impl Subject) {
    let mut ops = [
        queued("ep_a", 1),
        undispatched(2),
        undispatched(3),
        queued("ep_a", 4),
        queued("ep_a", 5),
    ]
    .concat();
    ops.push(Op::message(message(6)));
    for op in &mut ops {
        match op {
            Op::MessagePut(row) if row.seq != Seq(5) => {
                Arc::make_mut(row).expires_at = Some(T + 10 - row.seq.0.cast_signed())
            }
            Op::InboxPut(row) if row.seq == Seq(3) => row.assignment = Some("asg_1".into()),
            _ => {}
        }
    }
    ops.push(Op::receipt(
        Seq(4),
        ReceiptChange::new(ReceiptState::Confirmed, 0, T),
    ));
    subject.commit(&ops);
    let reader = subject.store().reader();
    let queued_size = message(1).size();
    let due = |seq, place| Due {
        seq: Seq(seq),
        id: format!("msg_{seq:06}").into(),
        size: if matches!(place, Place::Queue(..)) {
            queued_size
        } else {
            0
        },
        hop: 0,
        place,
    };
    let all = [
        due(6, Place::Elsewhere),
        due(3, Place::Inbox(true)),
        due(2, Place::Inbox(false)),
        due(1, Place::Queue("ep_a".into(), Pos(1))),
    ];
    assert_eq!(reader.due(T + 9, 10).expect("it reads"), all);
    assert_eq!(reader.due(T + 8, 10).expect("it reads"), all[..3]);
    assert_eq!(reader.due(T + 9, 1).expect("it reads"), all[..1]);
}

fn numbers(found: Vec<Seq>) -> Vec<u64> {
    found.into_iter().map(|seq| seq.0).collect()
}

fn content_of_ended_messages_is_found_by_age_and_by_size(subject: &mut impl Subject) {
    // The order of their ends is not that of their arrival.
    subject.commit(
        &[
            ended(1, 40),
            ended(2, 30),
            ended(3, 20),
            ended(4, 10),
            queued("ep_a", 5),
        ]
        .concat(),
    );
    let reader = subject.store().reader();
    let size = message(1).size();
    let found = |before, bytes, limit| {
        numbers(
            reader
                .content_to_drop(T + before, bytes, limit)
                .expect("it reads"),
        )
    };
    assert!(found(0, 100 * size, 9).is_empty());
    assert_eq!(found(21, 100 * size, 9), [4, 3]);
    assert_eq!(found(0, 2 * size, 9), [4, 3]);
    assert_eq!(found(0, 2 * size - 1, 9), [4, 3, 2]);
    assert_eq!(found(31, 2 * size, 9), [4, 3, 2]);
    assert_eq!(found(100, 0, 2), [4, 3]);
    subject.commit(&[Op::ContentDrop(Seq(4)), Op::ContentDrop(Seq(3))]);
    assert_eq!(found(100, 0, 9), [2, 1]);
}

fn old_receipts_are_found_by_age_and_by_number(subject: &mut impl Subject) {
    subject.commit(
        &[
            ended(1, 40),
            ended(2, 30),
            ended(3, 20),
            ended(4, 20),
            queued("ep_a", 5),
        ]
        .concat(),
    );
    let reader = subject.store().reader();
    let found = |before, newest, limit| {
        numbers(
            reader
                .receipts_to_delete(T + before, newest, limit)
                .expect("it reads"),
        )
    };
    assert!(found(0, 9, 9).is_empty());
    assert!(found(20, 9, 9).is_empty());
    assert_eq!(found(21, 9, 9), [3, 4]);
    assert_eq!(found(0, 3, 9), [3]);
    assert_eq!(found(0, 0, 9), [3, 4, 2, 1]);
    assert_eq!(found(0, 0, 1), [3]);
    assert_eq!(found(31, 3, 9), [3, 4, 2]);
}

fn old_keys_are_found_by_age_and_by_number(subject: &mut impl Subject) {
    let ops = (1..=4).map(|seq| {
        let mut row = message(seq);
        row.key = (seq != 2).then(|| IdempotencyKey {
            key: format!("k-{seq}"),
            fingerprint: Digest([0; 32]),
        });
        Op::message(row)
    });
    subject.commit(&ops.collect::<Vec<_>>());
    let reader = subject.store().reader();
    let found = |before, newest| {
        numbers(
            reader
                .keys_to_forget(T + before, newest, 9)
                .expect("it reads"),
        )
    };
    assert!(found(0, 9).is_empty());
    assert_eq!(found(4, 9), [1, 3]);
    assert_eq!(found(0, 2), [1]);
    subject.commit(&[Op::KeyForget(Seq(1))]);
    assert_eq!(found(4, 9), [3]);
}

fn tombstones_that_are_named_stay(subject: &mut impl Subject) {
    let mut ops: Vec<Op> = (1..=8)
        .map(|n| Op::endpoint(tombstone(&format!("ep_{n}"), n, T + n.cast_signed())))
        .collect();
    let mut mailbox = tombstone("ep_mail", 9, T);
    mailbox.kept = true;
    ops.push(Op::endpoint(mailbox));
    ops.push(Op::endpoint(EndpointRow::new("ep_live", 10, T)));
    // ep_1 is a hint, ep_2 has a claim, ep_3 was to receive, ep_4 has sent.
    let mut named = undispatched(1);
    if let Op::InboxPut(row) = &mut named[1] {
        row.hint = Some("ep_1".into());
    }
    ops.extend(named);
    ops.push(Op::AssignmentPut(Box::new(AssignmentRow {
        id: "asg_1".into(),
        seq: Seq(1),
        undispatched_id: "msg_000001".into(),
        endpoint: "ep_2".into(),
        state: "assigned_to_runtime_target".to_owned(),
        sequence: 1,
        created_at: T,
        accepted_at: None,
        detail: Private::from("{}"),
    })));
    let mut received = message(2);
    received.receipt.endpoint = Some("ep_3".into());
    let mut sent = message(3);
    sent.sender = "endpoint:ep_4".to_owned();
    ops.extend([Op::message(received), Op::message(sent)]);
    // What has ended names nobody any more.
    let mut over = message(4);
    over.sender = "endpoint:ep_5".to_owned();
    over.receipt.endpoint = Some("ep_6".into());
    ops.push(Op::message(over));
    ops.push(Op::receipt(
        Seq(4),
        ReceiptChange::new(ReceiptState::Confirmed, 0, T),
    ));
    subject.commit(&ops);

    let reader = subject.store().reader();
    let found = |before, newest, limit| {
        let found = reader
            .tombstones_to_delete(T + before, newest, limit)
            .expect("it reads");
        found
            .iter()
            .map(|id| id.as_str().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(found(7, 99, 9), ["ep_5", "ep_6"]);
    assert_eq!(found(0, 1, 9), ["ep_5", "ep_6", "ep_7"]);
    assert_eq!(found(99, 99, 2), ["ep_5", "ep_6"]);
    assert_eq!(found(0, 99, 9), Vec::<String>::new());
}

fn names_of_the_store_are_its_own(subject: &mut impl Subject) {
    let op = Op::MetaPut {
        name: "store.version".to_owned(),
        value: "9".to_owned(),
    };
    let error = subject.store().commit(&[op]).expect_err("it is not ours");
    assert_eq!(error.kind(), StoreErrorKind::Refused);
}

fn a_probe_leaves_nothing(subject: &mut impl Subject) {
    subject.commit(&queued("ep_a", 1));
    let before = subject.store().load().expect("it loads");
    subject.store().probe().expect("there is room");
    assert_eq!(subject.store().load().expect("it loads"), before);
}

fn everything_is_there_after_reopening(subject: &mut impl Subject) {
    let (ops, _) = one_of_everything();
    subject.commit(&ops);
    let reader = subject.store().reader();
    assert!(reader.content(Seq(1)).expect("it reads").is_some());
    let before = subject.store().load().expect("it loads");
    subject.store().reopen().expect("it opens");
    assert_eq!(subject.store().load().expect("it loads"), before);
    // Readers from before go on.
    let content = reader
        .content(Seq(1))
        .expect("it reads")
        .expect("it is there");
    assert_eq!(text(&content), Some(&*content_of(Seq(1))));
    subject.commit(&queued("ep_a", 8));
}

fn readers_see_what_was_committed(subject: &mut impl Subject) {
    let reader = subject.store().reader();
    for seq in 1..=3 {
        assert_eq!(reader.content(Seq(seq)).expect("it reads"), None);
        subject.commit(&queued("ep_a", seq));
        assert!(reader.content(Seq(seq)).expect("it reads").is_some());
        subject.store().maintain(true);
    }
}
