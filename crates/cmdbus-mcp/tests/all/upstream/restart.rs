//! What happens when a server ends by itself.

use std::sync::mpsc;
use std::time::Duration;

use cmdbus_mcp::carry::{FromServer, deaf};
use cmdbus_mcp::rpc::{Era, codes};
use cmdbus_mcp::upstream::{OnCrash, UpstreamEvent, UpstreamState};
use serde_json::json;
use tokio::time::{Instant, advance};

use super::fake::{Fake, Start, open, settle};
use super::{ear, tool, value, within};

fn states(events: &mpsc::Receiver<UpstreamEvent>) -> Vec<UpstreamState> {
    let state = |event| match event {
        UpstreamEvent::State { state, .. } => Some(state),
        _ => None,
    };
    events.try_iter().filter_map(state).collect()
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_with_its_server_and_is_said_to_be_gone() {
    let fake = Fake::new(Era::Legacy);
    let (upstream, events) = fake.upstream(|_| {});
    upstream.open(open("a")).await.unwrap();
    let hang = upstream.call(Some("a"), tool("hang"), deaf());
    fake.one(1).crash();
    let error = hang.await.unwrap_err();
    assert_eq!(error.code, codes::UPSTREAM_FAILED);
    let data = value(&error.data.unwrap());
    assert_eq!(
        data,
        json!({"state": "stopped", "exitCode": 7, "lastLine": "out of cheese"})
    );
    settle().await;
    let gone = events.try_iter().find_map(|event| match event {
        UpstreamEvent::SessionGone { session, reason } => Some((session, reason)),
        _ => None,
    });
    assert_eq!(
        gone,
        Some((
            "a".to_owned(),
            "the server ended with exit code 7".to_owned()
        ))
    );
    let error = upstream
        .call(Some("a"), tool("x"), deaf())
        .await
        .unwrap_err();
    assert_eq!(error.code, codes::NOT_FOUND);
    assert_eq!(upstream.counts(), (0, 1));
    assert_eq!(fake.count(), 2, "nothing was started for it");
    upstream.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_session_goes_on_with_a_new_server_and_no_call_is_made_twice() {
    let fake = Fake::new(Era::Legacy);
    let (upstream, events) = fake.upstream(|config| config.on_crash = OnCrash::Reinit);
    let (hears, heard) = ear();
    let mut session = open("a");
    session.hears = hears;
    upstream.open(session).await.unwrap();
    upstream.notify(Some("a"), "notifications/initialized", None, &[]);
    let hang = upstream.call(Some("a"), tool("hang"), deaf());
    fake.one(1).crash();
    assert_eq!(hang.await.unwrap_err().code, codes::UPSTREAM_FAILED);
    settle().await;
    assert_eq!(fake.count(), 2, "it is not started at once");
    let begun = Instant::now();
    upstream.call(Some("a"), tool("x"), deaf()).await.unwrap();
    let pause = begun.elapsed().as_millis();
    assert!((400..=600).contains(&pause), "{pause} ms");
    assert_eq!(
        fake.one(2).methods(),
        ["initialize", "notifications/initialized", "tools/call"]
    );
    assert_eq!(fake.one(2).params("tools/call"), Some(json!({"name": "x"})));
    let told: Vec<_> = heard.try_iter().collect();
    let FromServer::Notification { method, params } = &told[0] else {
        panic!("it is told, not asked");
    };
    assert_eq!(method, "notifications/message");
    let params = value(params.as_ref().unwrap());
    assert_eq!(
        (&params["level"], &params["logger"]),
        (&json!("warning"), &json!("cmdbus"))
    );
    assert_eq!(told.len(), 1);
    assert!(
        !events
            .try_iter()
            .any(|event| matches!(event, UpstreamEvent::SessionGone { .. }))
    );
    upstream.stop().await;
}

#[tokio::test(start_paused = true)]
async fn five_ends_in_a_minute_fail_it_for_a_minute_and_then_it_comes_back() {
    let fake = Fake::new(Era::Legacy);
    let (upstream, events) = fake.upstream(|_| {});
    upstream.start().await.unwrap();
    for end in 0..5 {
        // Calls wait for the next start.
        upstream.bus().call(tool("x"), deaf()).await.unwrap();
        assert_eq!(fake.count(), end + 1);
        fake.one(end).crash();
        settle().await;
    }
    let begun = Instant::now();
    let error = upstream.bus().call(tool("x"), deaf()).await.unwrap_err();
    assert_eq!(
        (error.code, begun.elapsed()),
        (codes::UPSTREAM_FAILED, Duration::ZERO)
    );
    assert_eq!(value(&error.data.unwrap())["state"], "failed");
    assert_eq!(
        upstream.open(open("a")).await.unwrap_err().code,
        codes::UPSTREAM_FAILED
    );
    assert_eq!(upstream.state().0, UpstreamState::Failed);
    advance(Duration::from_secs(59)).await;
    settle().await;
    assert_eq!(fake.count(), 5);
    advance(Duration::from_secs(2)).await;
    settle().await;
    assert_eq!(fake.open(), 1, "nobody had to ask");
    use UpstreamState::{Degraded, Failed, Ready, Starting};
    let mut expected = vec![Starting, Ready];
    expected.extend([Degraded, Ready].repeat(4));
    expected.extend([Failed, Ready]);
    assert_eq!(states(&events), expected);
    assert!(upstream.open(open("a")).await.is_ok());
    upstream.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_be_started_fails_at_once_and_is_tried_again_after_a_minute() {
    let fake = Fake::new(Era::Legacy);
    let (upstream, events) = fake.upstream(|_| {});
    fake.next([Start::Fails, Start::Fails]);
    let error = upstream.start().await.unwrap_err();
    assert_eq!(error.code, codes::UPSTREAM_FAILED);
    assert!(error.message.contains("no such program"));
    assert_eq!(
        states(&events),
        [UpstreamState::Starting, UpstreamState::Failed]
    );
    for _ in 0..2 {
        advance(Duration::from_secs(61)).await;
        settle().await;
    }
    assert_eq!(states(&events), [UpstreamState::Ready]);
    assert!(upstream.facts().is_some());
    upstream.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_for_a_start_no_longer_than_its_limit() {
    let fake = Fake::new(Era::Legacy);
    let (upstream, _events) = fake.upstream(|_| {});
    fake.next([Start::Silent]);
    let begun = Instant::now();
    let call = within(tool("x"), Duration::from_secs(7));
    let error = upstream.bus().call(call, deaf()).await.unwrap_err();
    assert_eq!(
        (error.code, begun.elapsed()),
        (codes::TIMEOUT, Duration::from_secs(7))
    );
    upstream.stop().await;
    assert_eq!((fake.open(), upstream.counts()), (0, (0, 0)));
}

#[tokio::test(start_paused = true)]
async fn dropping_the_last_handle_stops_the_server() {
    let fake = Fake::new(Era::Legacy);
    let (upstream, _events) = fake.upstream(|_| {});
    upstream.open(open("a")).await.unwrap();
    assert_eq!(fake.open(), 2);
    drop(upstream);
    settle().await;
    assert_eq!(fake.open(), 0);
}
