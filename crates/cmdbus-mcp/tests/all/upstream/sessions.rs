//! Who gets which connection, and for how long.

use std::time::Duration;

use cmdbus_mcp::carry::{Limits, deaf};
use cmdbus_mcp::rpc::{Era, codes};
use cmdbus_mcp::upstream::{
    AllowedArg, ArgPattern, ListKind, ListScope, UpstreamEvent, UpstreamState,
};
use serde_json::json;
use tokio::time::{Instant, advance};

use super::fake::{Fake, Start, open, settle};
use super::{call, ear, method, tool, value, within};

#[tokio::test(start_paused = true)]
async fn w45_sessions_have_a_child_each_and_only_their_own() {
    let fake = Fake::new(Era::Legacy);
    let (upstream, _events) = fake.upstream(|_| {});
    let result = value(&upstream.open(open("a")).await.unwrap());
    assert_eq!(result["protocolVersion"], "2025-06-18");
    upstream.open(open("b")).await.unwrap();
    // The first is the bus session.
    assert_eq!(fake.count(), 3);
    let params = fake.one(1).params("initialize").unwrap();
    assert_eq!(
        params,
        json!({"protocolVersion": "2025-06-18", "vendor": [1], "clientInfo": {"name": "a"}})
    );
    upstream.call(Some("a"), tool("x"), deaf()).await.unwrap();
    assert_eq!(fake.one(1).methods(), ["initialize", "tools/call"]);
    assert_eq!(fake.one(2).methods(), ["initialize"]);
    let error = upstream
        .call(Some("c"), tool("x"), deaf())
        .await
        .unwrap_err();
    assert_eq!(error.code, codes::NOT_FOUND);
    assert_eq!(
        upstream.open(open("a")).await.unwrap_err().code,
        codes::INVALID_REQUEST
    );

    let hang = upstream.call(Some("a"), tool("hang"), deaf());
    assert!(upstream.close_session("a"));
    assert!(!upstream.close_session("a"));
    assert_eq!(hang.await.unwrap_err().code, codes::CHANNEL_LOST);
    let error = upstream
        .call(Some("a"), tool("x"), deaf())
        .await
        .unwrap_err();
    assert_eq!(error.code, codes::NOT_FOUND);
    assert!(upstream.call(Some("b"), tool("x"), deaf()).await.is_ok());
    upstream.stop().await;
}

#[tokio::test(start_paused = true)]
async fn w46_a_server_that_never_answers_the_handshake_is_ended_at_the_limit() {
    let fake = Fake::new(Era::Legacy);
    let (upstream, _events) = fake.upstream(|_| {});
    upstream.start().await.unwrap();
    fake.next([Start::Silent]);
    let begun = Instant::now();
    let error = upstream.open(open("a")).await.unwrap_err();
    assert_eq!(error.code, codes::TIMEOUT);
    assert_eq!(begun.elapsed(), Duration::from_secs(30));
    settle().await;
    assert!(!fake.one(1).is_open());
    assert_eq!(upstream.counts(), (0, 1));

    // Whoever asked goes away before the limit.
    fake.next([Start::Silent]);
    let opening = tokio::time::timeout(Duration::from_secs(1), upstream.open(open("b")));
    assert!(opening.await.is_err());
    settle().await;
    assert!(!fake.one(2).is_open());
    assert_eq!(upstream.counts(), (0, 1));
    upstream.stop().await;
}

#[tokio::test(start_paused = true)]
async fn w47_arguments_of_a_session_reach_its_child_only_when_declared() {
    let fake = Fake::new(Era::Legacy);
    let (upstream, _events) = fake.upstream(|config| {
        config.args_allowed = vec![AllowedArg {
            name: "root".to_owned(),
            pattern: ArgPattern::new("/srv/[a-z]+").unwrap(),
        }];
    });
    let mut with = open("a");
    with.args = vec![("root".to_owned(), Some("/srv/a".to_owned()))];
    upstream.open(with).await.unwrap();
    assert_eq!(fake.one(1).args, ["--root=/srv/a"]);
    let mut bad = open("b");
    bad.args = vec![("exec".to_owned(), None)];
    assert_eq!(
        upstream.open(bad).await.unwrap_err().code,
        codes::INVALID_PARAMS
    );
    assert_eq!(fake.count(), 2);
    upstream.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_child_is_stopped_and_started_again_with_the_handshake_of_its_session() {
    let fake = Fake::new(Era::Legacy);
    let (upstream, _events) = fake.upstream(|_| {});
    let (hears, heard) = ear();
    let mut session = open("a");
    session.hears = hears;
    upstream.open(session).await.unwrap();
    upstream.notify(Some("a"), "notifications/initialized", None, &[]);
    advance(Duration::from_secs(599)).await;
    upstream.call(Some("a"), tool("x"), deaf()).await.unwrap();
    advance(Duration::from_secs(599)).await;
    settle().await;
    assert!(fake.one(1).is_open());
    advance(Duration::from_secs(2)).await;
    settle().await;
    assert_eq!(fake.open(), 0);
    assert_eq!(upstream.state().0, UpstreamState::Ready);
    assert_eq!(heard.try_iter().count(), 0);

    upstream.call(Some("a"), tool("y"), deaf()).await.unwrap();
    let again = fake.one(2);
    assert_eq!(
        again.methods(),
        ["initialize", "notifications/initialized", "tools/call"]
    );
    assert_eq!(again.params("initialize"), fake.one(1).params("initialize"));
    let told: Vec<_> = heard.try_iter().collect();
    assert_eq!(
        told.iter().map(method).collect::<Vec<_>>(),
        ["notifications/message"]
    );
    upstream.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_child_whose_resources_are_watched_is_not_stopped() {
    let fake = Fake::new(Era::Legacy);
    let (upstream, _events) = fake.upstream(|_| {});
    upstream.open(open("a")).await.unwrap();
    let watch = |method| call(method, json!({"uri": "file:///x"}));
    upstream
        .call(Some("a"), watch("resources/subscribe"), deaf())
        .await
        .unwrap();
    advance(Duration::from_secs(3600)).await;
    settle().await;
    assert!(fake.one(1).is_open());
    upstream
        .call(Some("a"), watch("resources/unsubscribe"), deaf())
        .await
        .unwrap();
    advance(Duration::from_secs(601)).await;
    settle().await;
    assert!(!fake.one(1).is_open());
    upstream.stop().await;
}

#[tokio::test(start_paused = true)]
async fn one_session_too_many_stops_the_child_that_was_idle_longest_and_keeps_its_session() {
    let fake = Fake::new(Era::Legacy);
    let (upstream, _events) = fake.upstream(|config| config.max_children = 3);
    let pause = Duration::from_secs(1);
    upstream.open(open("a")).await.unwrap();
    advance(pause).await;
    upstream.open(open("b")).await.unwrap();
    advance(pause).await;
    upstream
        .bus()
        .call(call("ping", json!({})), deaf())
        .await
        .unwrap();
    advance(pause).await;
    upstream.open(open("c")).await.unwrap();
    settle().await;
    assert!(!fake.one(1).is_open(), "that of `a`");
    assert_eq!(fake.open(), 3);
    // It comes back when it is needed, and now `b` has to go.
    upstream.call(Some("a"), tool("x"), deaf()).await.unwrap();
    settle().await;
    assert!(!fake.one(2).is_open());
    assert_eq!(fake.open(), 3);

    let busy: Vec<_> = ["a", "c"]
        .map(|id| upstream.call(Some(id), tool("hang"), deaf()))
        .into();
    let busy_bus = upstream.bus().call(tool("hang"), deaf());
    assert_eq!(
        upstream.open(open("d")).await.unwrap_err().code,
        codes::OVERLOADED
    );
    assert_eq!(
        upstream
            .call(Some("b"), tool("x"), deaf())
            .await
            .unwrap_err()
            .code,
        codes::OVERLOADED
    );
    drop((busy, busy_bus));
    assert!(upstream.open(open("d")).await.is_ok());
    upstream.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_thousand_sessions_leave_nothing() {
    let fake = Fake::new(Era::Legacy);
    let (upstream, _events) = fake.upstream(|_| {});
    for round in 0..1000 {
        let id = round.to_string();
        upstream.open(open(&id)).await.unwrap();
        upstream.call(Some(&id), tool("x"), deaf()).await.unwrap();
        assert!(upstream.close_session(&id));
    }
    settle().await;
    assert_eq!(fake.count(), 1001);
    assert_eq!(fake.open(), 1, "the bus session");
    assert_eq!(upstream.counts(), (0, 1));
    upstream.stop().await;
    assert_eq!((fake.open(), upstream.counts()), (0, (0, 0)));
}

#[tokio::test(start_paused = true)]
async fn w48_lists_that_change_are_told_with_their_session_whoever_listens() {
    let fake = Fake::new(Era::Legacy);
    let (upstream, events) = fake.upstream(|_| {});
    upstream.open(open("a")).await.unwrap();
    fake.one(0)
        .says("notifications/tools/list_changed", json!({}));
    fake.one(1)
        .says("notifications/prompts/list_changed", json!({}));
    let changed: Vec<_> = events
        .try_iter()
        .filter_map(|event| match event {
            UpstreamEvent::ListChanged { kind, scope } => Some((kind, scope)),
            _ => None,
        })
        .collect();
    assert_eq!(
        changed,
        [
            (ListKind::Tools, ListScope::Bus),
            (ListKind::Prompts, ListScope::Session("a".to_owned()))
        ]
    );
    upstream.stop().await;
}

#[tokio::test(start_paused = true)]
async fn denied_tools_are_neither_seen_nor_called() {
    let fake = Fake::new(Era::Legacy);
    let (upstream, _events) = fake.upstream(|_| {});
    upstream.open(open("a")).await.unwrap();
    let list = call("tools/list", json!({}));
    for list in [
        upstream.call(Some("a"), list.clone(), deaf()),
        upstream.bus().call(list, deaf()),
    ] {
        assert_eq!(list.await.unwrap().get(), r#"{"tools":[{"name":"read"}]}"#);
    }
    let error = upstream
        .call(Some("a"), tool("write"), deaf())
        .await
        .unwrap_err();
    assert_eq!(error.code, codes::REFUSED_BY_POLICY);
    assert!(!fake.one(1).methods().contains(&"tools/call".to_owned()));
    upstream.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_modern_server_is_one_connection_for_all_without_sessions() {
    let fake = Fake::new(Era::Modern);
    let (upstream, _events) = fake.upstream(|_| {});
    let facts = upstream.start().await.unwrap();
    assert_eq!(
        (facts.era, facts.instructions.as_deref()),
        (Era::Modern, Some("be kind"))
    );
    let modern = |name: &str| cmdbus_mcp::carry::Call {
        era: Era::Modern,
        ..tool(name)
    };
    upstream.call(None, modern("x"), deaf()).await.unwrap();
    upstream.bus().call(modern("y"), deaf()).await.unwrap();
    assert_eq!(fake.count(), 1);
    let params = fake.one(0).params("tools/call").unwrap();
    assert_eq!(
        params["_meta"]["io.modelcontextprotocol/protocolVersion"],
        "2026-07-28"
    );
    let error = upstream.open(open("a")).await.unwrap_err();
    assert_eq!(error.code, codes::UNSUPPORTED_VERSION);
    let error = upstream.call(None, tool("x"), deaf()).await.unwrap_err();
    assert_eq!(error.code, codes::INVALID_REQUEST);
    upstream.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_subscription_outlives_an_idle_child_and_is_acknowledged_once() {
    let fake = Fake::new(Era::Modern);
    let (upstream, _events) = fake.upstream(|_| {});
    upstream.start().await.unwrap();
    let (hears, heard) = ear();
    let mut listen = call(
        "subscriptions/listen",
        json!({"notifications": {"toolsListChanged": true}}),
    );
    listen.era = Era::Modern;
    listen.limits = Limits::NONE;
    let listening = tokio::spawn(upstream.call(None, listen, hears));
    settle().await;
    let tell = |one: usize, method: &str| {
        let hears = fake.one(one).listen_ear.lock().unwrap().clone().unwrap();
        hears(cmdbus_mcp::carry::FromServer::Notification {
            method: method.to_owned(),
            params: Some(cmdbus_mcp::rpc::raw(
                &json!({"_meta": {"io.modelcontextprotocol/subscriptionId": 1}}),
            )),
        });
    };
    tell(0, "notifications/subscriptions/acknowledged");
    advance(Duration::from_secs(601)).await;
    settle().await;
    assert!(!fake.one(0).is_open());
    assert!(!listening.is_finished());
    let mut ping = tool("x");
    ping.era = Era::Modern;
    upstream.call(None, ping, deaf()).await.unwrap();
    settle().await;
    let mut methods = fake.one(1).methods();
    methods.sort();
    assert_eq!(methods, ["subscriptions/listen", "tools/call"]);
    tell(1, "notifications/subscriptions/acknowledged");
    tell(1, "notifications/tools/list_changed");
    let told: Vec<_> = heard
        .try_iter()
        .map(|message| method(&message).to_owned())
        .collect();
    assert_eq!(
        told,
        [
            "notifications/subscriptions/acknowledged",
            "notifications/tools/list_changed"
        ]
    );
    fake.one(1).crash();
    assert_eq!(
        listening.await.unwrap().unwrap_err().code,
        codes::UPSTREAM_FAILED
    );
    upstream.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_is_stopped_after_its_calls_have_finished_or_five_seconds() {
    let fake = Fake::new(Era::Legacy);
    let (upstream, events) = fake.upstream(|_| {});
    upstream.open(open("a")).await.unwrap();
    let short = within(tool("hang"), Duration::from_secs(2));
    let short = tokio::spawn(upstream.call(Some("a"), short, deaf()));
    let long = tokio::spawn(upstream.call(Some("a"), tool("hang"), deaf()));
    settle().await;
    let begun = Instant::now();
    upstream.stop().await;
    assert_eq!(begun.elapsed(), Duration::from_secs(5));
    assert_eq!(short.await.unwrap().unwrap_err().code, codes::TIMEOUT);
    assert_eq!(long.await.unwrap().unwrap_err().code, codes::CHANNEL_LOST);
    assert_eq!((fake.open(), upstream.counts()), (0, (0, 0)));
    let late = upstream.bus().call(tool("x"), deaf()).await.unwrap_err();
    assert_eq!(late.code, codes::UPSTREAM_FAILED);
    assert_eq!(
        upstream.open(open("b")).await.unwrap_err().code,
        codes::UPSTREAM_FAILED
    );
    let last = events.try_iter().filter_map(|event| match event {
        UpstreamEvent::State { state, .. } => Some(state),
        _ => None,
    });
    assert_eq!(last.last(), Some(UpstreamState::Stopped));
}
