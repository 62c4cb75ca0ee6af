use std::time::Duration;

use cmdbus_mcp::carry::{Call, Carrier as _, Limits, deaf};
use cmdbus_mcp::rpc::{Era, codes};
use tokio::time::Instant;

use super::server::Server;
use super::{Ear, ask, connect, raw, session, within};

const SECOND: Duration = Duration::from_secs(1);

/// Reports progress every 40 s, for ever.
async fn slow() -> Server {
    Server::start(|x| {
        Box::pin(async move {
            if x.session().await {
                return;
            }
            if x.request.method() == "silent" {
                return x.closed().await;
            }
            x.stream().await;
            loop {
                tokio::time::sleep(40 * SECOND).await;
                x.event(r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}}"#).await;
            }
        })
    })
    .await
}

#[tokio::test]
async fn progress_keeps_a_call_alive_until_its_total_limit() {
    let server = slow().await;
    let (connection, _) = session(&server).await;
    connection.notify("notifications/roots/list_changed", None, &[]);
    server
        .sees(|seen| seen.method().ends_with("list_changed"))
        .await;
    tokio::time::pause();
    let limits = Limits {
        idle: Some(60 * SECOND),
        total: Some(300 * SECOND),
    };
    for (method, length) in [("slow", 300 * SECOND), ("silent", 60 * SECOND)] {
        let ear = Ear::default();
        let mut call = Call::new(Era::Legacy, method, Some(raw("{}")));
        call.limits = limits;
        let began = Instant::now();
        let error = connection.call(call, ear.hears()).await.unwrap_err();
        assert_eq!(error.code, codes::TIMEOUT, "{error}");
        let took = began.elapsed();
        assert!(
            took >= length && took < length + SECOND,
            "{method}: {took:?}"
        );
        assert_eq!(ear.all().is_empty(), method == "silent");
    }
    tokio::time::resume();
    // A legacy server is told.
    let cancelled = server
        .sees(|seen| seen.method() == "notifications/cancelled")
        .await;
    assert!(cancelled.body.contains("timed out"), "{}", cancelled.body);
}

#[tokio::test]
async fn the_clock_runs_from_the_moment_a_call_is_accepted() {
    let server = slow().await;
    let (connection, _) = connect(&server, Era::Modern);
    let mut call = Call::new(Era::Modern, "silent", None);
    call.limits = Limits {
        idle: None,
        total: Some(10 * SECOND),
    };
    tokio::time::pause();
    let waiting = connection.call(call, deaf());
    tokio::time::advance(11 * SECOND).await;
    assert_eq!(waiting.await.unwrap_err().code, codes::TIMEOUT);
}

#[tokio::test]
async fn one_call_too_many_is_refused_and_a_finished_one_makes_room() {
    let server = Server::start(|x| Box::pin(x.closed())).await;
    let (connection, _) = connect(&server, Era::Modern);
    let mut calls: Vec<_> = (0..256)
        .map(|_| tokio::spawn(connection.call(Call::new(Era::Modern, "m", None), deaf())))
        .collect();
    within(async {
        while server.seen().len() < 256 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(ask(&connection, Era::Modern).await, Err(codes::OVERLOADED));
    calls.pop().unwrap().abort();
    // Its place is free once the server sees it gone.
    server.sees(|seen| seen.closed).await;
    calls.push(tokio::spawn(
        connection.call(Call::new(Era::Modern, "last", None), deaf()),
    ));
    server.sees(|seen| seen.method() == "last").await;
    for call in calls {
        call.abort();
    }
}
