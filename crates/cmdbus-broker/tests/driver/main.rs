//! The core with a writer around it: nothing is revealed before its commit, and a store that fails stops
//! nothing for good.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod ports;
mod support;

use cmdbus_broker::core::{Reply, Request};
use cmdbus_broker::store::{Outcome, StoreErrorKind};

use support::{Bench, refused};

#[tokio::test]
async fn a_send_is_answered_and_pushed_only_after_its_commit() {
    let bench = Bench::start().await;
    let (_, a) = bench.client(1, "a").await;
    let (mut stream, b) = bench.client(2, "b").await;
    bench.store.hold();
    let sending = bench.begin_send(&a, b.as_str(), "hello");
    bench.store.wait_inside().await;
    assert!(!sending.is_finished());
    assert!(stream.nothing());
    bench.store.release();
    assert!(matches!(sending.await.unwrap(), Reply::Sent { .. }));
    assert_eq!(stream.content().await, "hello");
}

#[tokio::test]
async fn a_question_is_answered_after_the_commits_before_it() {
    let bench = Bench::start().await;
    let (_, a) = bench.client(1, "a").await;
    bench.store.hold();
    let sending = bench.begin_send(&a, "node:self", "hello");
    bench.store.wait_inside().await;
    let asking = bench.begin(Request::Status);
    // Nobody may learn of what is not stored yet.
    tokio::task::yield_now().await;
    assert!(!asking.is_finished());
    bench.store.release();
    sending.await.unwrap();
    let Reply::Json(status) = asking.await.unwrap() else {
        panic!("no status");
    };
    assert_eq!(status["inbox"]["count"], 1);
}

#[tokio::test]
async fn b12_a_full_disk_refuses_sends_loses_nothing_and_goes_on_by_itself() {
    goes_on_after(StoreErrorKind::Full, Outcome::NotStored).await;
}

#[tokio::test]
async fn b12_a_failed_sync_refuses_sends_loses_nothing_and_goes_on_by_itself() {
    goes_on_after(StoreErrorKind::Sync, Outcome::Unknown).await;
}

async fn goes_on_after(kind: StoreErrorKind, outcome: Outcome) {
    let bench = Bench::start().await;
    let (_, a) = bench.client(1, "a").await;
    let (mut stream, b) = bench.client(2, "b").await;
    bench.send(&a, b.as_str(), "one").await;
    assert_eq!(stream.content().await, "one");

    bench.store.fail(Some((kind, outcome)));
    let reply = bench.begin_send(&a, b.as_str(), "lost").await.unwrap();
    assert_eq!(refused(reply), (503, "storage_unavailable"));
    // Sends are refused without another try, and what is stored can still be read.
    let reply = bench.begin_send(&a, b.as_str(), "lost").await.unwrap();
    assert_eq!(refused(reply), (503, "storage_unavailable"));
    // After a failed sync nobody reads before the store was opened again.
    if outcome == Outcome::NotStored {
        bench.until_readable(&b).await;
    }

    bench.store.fail(None);
    bench.until_writable(&a).await;
    // The stream stayed open: what was not confirmed comes again, and then what is new.
    bench.send(&a, b.as_str(), "two").await;
    assert_eq!(stream.content().await, "one");
    assert_eq!(stream.content().await, "two");
}

#[tokio::test]
async fn what_waits_for_an_answer_when_the_store_fails_is_told() {
    let bench = Bench::start().await;
    let (_, a) = bench.client(1, "a").await;
    let message = bench.send(&a, "node:self", "hello").await;
    let waiting = bench.begin(Request::Receipt {
        message,
        wait: Some((
            cmdbus_broker::core::Goal::Confirmed,
            std::time::Duration::from_secs(25),
        )),
    });
    bench.settled().await;
    bench
        .store
        .fail(Some((StoreErrorKind::Full, Outcome::NotStored)));
    let reply = bench.begin_send(&a, "node:self", "lost").await.unwrap();
    assert_eq!(refused(reply), (503, "storage_unavailable"));
    assert_eq!(
        refused(waiting.await.unwrap()),
        (503, "storage_unavailable")
    );
}

/// On one thread, so that the driver hears of the failure only when the test lets go of it.
#[tokio::test]
async fn what_was_not_stored_is_not_told_before_the_driver_hears_of_the_failure() {
    let bench = Bench::start().await;
    let (_, a) = bench.client(1, "a").await;
    bench
        .store
        .fail(Some((StoreErrorKind::Full, Outcome::NotStored)));
    let send = bench.ask_at_once(support::send(&a, "node:self", "lost"));
    bench.until_failed();
    // The core believes that the message is in the inbox, and nobody may learn that from it.
    let questions: Vec<_> = (0..100)
        .map(|_| bench.ask_at_once(Request::Status))
        .collect();
    assert_eq!(refused(send.await), (503, "storage_unavailable"));
    for question in questions {
        assert_eq!(refused(question.await), (503, "storage_unavailable"));
    }
}

#[tokio::test]
async fn streams_are_told_of_the_end_also_while_the_store_fails() {
    let bench = Bench::start().await;
    let (_, a) = bench.client(1, "a").await;
    let (mut stream, _) = bench.client(2, "b").await;
    bench
        .store
        .fail(Some((StoreErrorKind::Full, Outcome::NotStored)));
    bench.begin_send(&a, "node:self", "lost").await.unwrap();
    bench.shut_down().await;
    stream.end().await;
}

#[tokio::test]
async fn a_stream_that_closes_while_the_store_fails_is_not_forgotten() {
    let bench = Bench::start().await;
    let (_, a) = bench.client(1, "a").await;
    let (stream, b) = bench.client(2, "b").await;
    bench
        .store
        .fail(Some((StoreErrorKind::Full, Outcome::NotStored)));
    bench.begin_send(&a, b.as_str(), "lost").await.unwrap();
    stream.close(&bench);
    bench.store.fail(None);
    bench.until_writable(&a).await;
    let Reply::Json(view) = bench.ask(Request::Endpoint { endpoint: b }).await else {
        panic!("no endpoint");
    };
    assert_eq!(view["state"], "reconnecting");
}

#[tokio::test]
async fn a_damaged_store_ends_the_broker() {
    let mut bench = Bench::start().await;
    let (_, a) = bench.client(1, "a").await;
    bench.store.lose();
    bench.begin_send(&a, "node:self", "lost").await.unwrap();
    let error = bench.lost().await;
    assert!(error.is_corruption());
}
