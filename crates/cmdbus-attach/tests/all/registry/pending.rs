//! Slots of requests that wait.

use std::sync::{Arc, Mutex};

use cmdbus_attach::frame::{ServerResponse, Target};
use cmdbus_attach::{Completed, PendingRequests, new_pending_requests};
use cmdbus_mcp::carry::{Answer, FromServer, deaf};
use cmdbus_mcp::rpc::{RpcError, codes, raw};
use futures_util::FutureExt;

fn answer(id: &str) -> ServerResponse {
    ServerResponse::new(id.to_owned(), Ok(raw(&7)))
}

fn named(name: &str) -> Target {
    Target::Named {
        name: name.to_owned(),
    }
}

#[tokio::test]
async fn i06_a_response_completes_one_waiter_and_its_duplicate_is_late() {
    let pending = new_pending_requests();
    let asked = pending.open("a", None);
    let other = pending.open("b", None);
    assert_eq!(pending.complete("a", answer("a")), Completed::Delivered);
    assert_eq!(pending.complete("a", answer("a")), Completed::Late);
    assert_eq!(asked.wait().await.unwrap().get(), "7");
    assert!(other.now_or_never().is_none());
    assert_eq!((pending.late(), pending.unknown()), (1, 0));
}

#[tokio::test]
async fn an_answer_to_a_question_nobody_asked_is_counted_apart_from_a_late_one() {
    let pending = new_pending_requests();
    drop(pending.open("a", None));
    assert_eq!(pending.complete("a", answer("a")), Completed::Late);
    assert_eq!(pending.complete("b", answer("b")), Completed::Unknown);
    assert_eq!(pending.broken("b"), Completed::Unknown);
    assert_eq!((pending.late(), pending.unknown()), (1, 2));
}

#[test]
fn the_last_1024_closed_ids_are_remembered() {
    let pending = new_pending_requests();
    for n in 0..1_025 {
        drop(pending.open(&n.to_string(), None));
    }
    assert_eq!(pending.complete("0", answer("0")), Completed::Unknown);
    assert_eq!(pending.complete("1", answer("1")), Completed::Late);
    assert_eq!(pending.complete("1024", answer("1024")), Completed::Late);
}

#[tokio::test]
async fn w09_a_request_above_the_cap_is_refused_at_once_and_a_free_slot_is_taken_again() {
    let pending = PendingRequests::with_cap(2);
    let first = pending.open("a", None);
    let _second = pending.open("b", None);
    let error = pending.try_open("c", None, deaf()).unwrap_err();
    assert_eq!(error.code, codes::OVERLOADED);
    let refused = pending.open("c", None).wait().await.unwrap_err();
    assert_eq!(refused.code, codes::OVERLOADED);
    assert_eq!(pending.len(), 2);
    drop(first);
    assert!(pending.try_open("c", None, deaf()).is_ok());
}

#[tokio::test]
async fn an_id_that_waits_already_is_refused_and_its_waiter_is_left_alone() {
    let pending = new_pending_requests();
    let first = pending.open("a", None);
    let second = pending.open("a", None);
    assert_eq!(second.wait().await.unwrap_err().code, codes::INTERNAL_ERROR);
    assert_eq!(pending.complete("a", answer("a")), Completed::Delivered);
    assert!(first.wait().await.is_ok());
}

#[test]
fn a_slot_dropped_late_does_not_free_a_newer_one_of_the_same_id() {
    let pending = new_pending_requests();
    let old = pending.open("a", None);
    pending.complete("a", answer("a"));
    let _new = pending.open("a", None);
    drop(old);
    assert_eq!(pending.len(), 1);
}

#[tokio::test]
async fn w14_a_response_without_result_or_error_fails_its_waiter() {
    let pending = new_pending_requests();
    let neither = pending.open("a", None);
    let mut response = answer("a");
    response.result = None;
    assert_eq!(pending.complete("a", response), Completed::Broken);
    assert_eq!(neither.wait().await.unwrap_err().code, codes::BAD_ANSWER);

    let unreadable = pending.open("b", None);
    assert_eq!(pending.broken("b"), Completed::Broken);
    assert_eq!(unreadable.wait().await.unwrap_err().code, codes::BAD_ANSWER);
    assert!(pending.is_empty());
}

#[tokio::test]
async fn w15_a_response_of_another_server_fails_its_waiter() {
    let pending = new_pending_requests();
    for (asked, answers, expected) in [
        (Some(named("fs")), Some(named("db")), Completed::WrongTarget),
        (Some(named("fs")), Some(named("fs")), Completed::Delivered),
        (Some(named("fs")), None, Completed::Delivered),
        (None, Some(named("fs")), Completed::Delivered),
    ] {
        let slot = pending.open("a", asked);
        let mut response = answer("a");
        response.target = answers;
        assert_eq!(pending.complete("a", response), expected);
        match expected {
            Completed::WrongTarget => {
                assert_eq!(slot.wait().await.unwrap_err().code, codes::BAD_ANSWER);
            }
            _ => assert_eq!(slot.wait().await.unwrap().get(), "7"),
        }
    }
}

#[tokio::test]
async fn one_waiter_can_be_failed_by_itself() {
    let pending = new_pending_requests();
    let slot = pending.open("a", None);
    let error = RpcError::new(codes::UPSTREAM_FAILED, "it does not run");
    assert_eq!(pending.fail("a", error), Completed::Delivered);
    assert_eq!(slot.wait().await.unwrap_err().code, codes::UPSTREAM_FAILED);
}

#[test]
fn whoever_asks_after_the_end_is_told_at_once() {
    let pending = new_pending_requests();
    let before = pending.open("a", None);
    pending.fail_all("gone");
    let after = pending.open("b", None);
    for slot in [before, after] {
        let outcome = slot.now_or_never().unwrap();
        assert_eq!(outcome.unwrap_err().code, codes::CHANNEL_LOST);
    }
    assert!(pending.is_empty());
    assert_eq!(pending.complete("a", answer("a")), Completed::Late);
}

#[tokio::test]
async fn what_a_server_says_is_heard_in_order_and_before_the_answer() {
    let pending = new_pending_requests();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = {
        let heard = Arc::clone(&heard);
        Arc::new(move |message| {
            if let FromServer::Notification { method, .. } = message {
                heard.lock().unwrap().push(method);
            }
        })
    };
    let say = |method: &str| FromServer::Notification {
        method: method.to_owned(),
        params: None,
    };
    let slot = pending.try_open("a", None, ear).unwrap();
    assert!(pending.hear("a", say("one")));
    assert!(pending.hear("a", say("two")));
    pending.complete("a", answer("a"));
    assert!(!pending.hear("a", say("three")));
    assert!(slot.wait().await.is_ok());
    assert_eq!(*heard.lock().unwrap(), ["one", "two"]);
}

#[tokio::test]
async fn a_server_that_asks_about_a_finished_request_is_told_that_no_stream_is_left() {
    let pending = new_pending_requests();
    drop(pending.open("a", None));
    let (answer, told) = Answer::pair();
    let asks = FromServer::Request {
        method: "elicitation/create".to_owned(),
        params: None,
        answer,
    };
    assert!(!pending.hear("a", asks));
    assert_eq!(told.await.unwrap().unwrap_err().code, codes::NO_STREAM);
}

#[test]
fn minted_ids_are_128_random_bits_and_fit_into_a_url() {
    let (one, two) = (PendingRequests::mint(), PendingRequests::mint());
    assert_ne!(one, two);
    assert_eq!(one.len(), 22);
    let is_safe = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    assert!(one.chars().all(is_safe), "{one}");
}
