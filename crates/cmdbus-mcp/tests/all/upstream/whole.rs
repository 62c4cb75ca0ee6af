//! A whole upstream with children of flesh and blood.

use std::time::{Duration, Instant};

use cmdbus_mcp::carry::{Limits, deaf};
use cmdbus_mcp::rpc::{Era, codes};
use cmdbus_mcp::upstream::{
    AllowedArg, ArgPattern, ListKind, ListScope, OnCrash, Transport, Upstream, UpstreamConfig,
    UpstreamEvent,
};
use serde_json::json;

use super::fake::open;
use super::{call, child, events, is_alive, tool, until, value};

fn config(mode: &str) -> UpstreamConfig {
    let command = child::command(mode);
    UpstreamConfig::new(
        mode,
        Transport::Stdio {
            command: command.program,
            args: command.args,
            env: command.env,
            cwd: command.cwd,
        },
    )
}

fn upstream(mode: &str) -> Upstream {
    Upstream::new(config(mode), events().0).unwrap()
}

async fn pid(upstream: &Upstream, session: &str) -> u32 {
    let pid = upstream
        .call(Some(session), tool("pid"), deaf())
        .await
        .unwrap();
    u32::try_from(value(&pid).as_u64().unwrap()).unwrap()
}

#[tokio::test]
async fn w45_the_state_of_one_session_is_not_that_of_another() {
    let upstream = upstream("legacy");
    let (a, b) = tokio::join!(upstream.open(open("a")), upstream.open(open("b")));
    assert_eq!(value(&a.unwrap())["instructions"], "a");
    assert_eq!(value(&b.unwrap())["instructions"], "b");
    let set = call("tools/call", json!({"name": "set", "to": "mine"}));
    upstream.call(Some("a"), set, deaf()).await.unwrap();
    let get = |session| upstream.call(Some(session), tool("get"), deaf());
    assert_eq!(get("a").await.unwrap().get(), "\"mine\"");
    assert_eq!(get("b").await.unwrap().get(), "null");
    let facts = upstream.facts().unwrap();
    assert_eq!(
        (facts.era, facts.eras.as_slice()),
        (Era::Legacy, &["2025-11-25".to_owned()][..])
    );
    assert_eq!(facts.instructions.as_deref(), Some("cmdbus"));
    let pids = [pid(&upstream, "a").await, pid(&upstream, "b").await];
    upstream.stop().await;
    assert!(pids.iter().all(|pid| !is_alive(*pid)));
}

#[tokio::test]
async fn w46_a_child_that_never_answers_the_handshake_is_gone_after_the_limit() {
    let (events, heard) = events();
    let upstream = Upstream::new(config("silent"), events).unwrap();
    let mut short = open("a");
    short.limits = Limits {
        idle: None,
        total: Some(Duration::from_millis(200)),
    };
    assert_eq!(upstream.open(short).await.unwrap_err().code, codes::TIMEOUT);
    upstream.stop().await;
    assert_eq!(upstream.counts(), (0, 0));
    drop(heard);
}

#[tokio::test]
async fn w47_arguments_come_behind_the_configured_ones_as_single_words() {
    let mut config = config("legacy");
    config.args_allowed = vec![AllowedArg {
        name: "root".to_owned(),
        pattern: ArgPattern::new("[a-z ;$()]+").unwrap(),
    }];
    let upstream = Upstream::new(config, events().0).unwrap();
    let mut session = open("a");
    session.args = vec![("root".to_owned(), Some("a; $(touch x)".to_owned()))];
    upstream.open(session).await.unwrap();
    let argv = upstream
        .call(Some("a"), tool("argv"), deaf())
        .await
        .unwrap();
    assert_eq!(value(&argv), json!(["--root=a; $(touch x)"]));
    upstream.stop().await;
}

#[tokio::test]
async fn w48_a_list_that_changes_before_the_handshake_is_done_is_not_lost() {
    let (events, heard) = events();
    let upstream = Upstream::new(config("eager"), events).unwrap();
    upstream.open(open("a")).await.unwrap();
    let changed: Vec<_> = heard
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
            (ListKind::Tools, ListScope::Session("a".to_owned()))
        ]
    );
    upstream.stop().await;
}

#[tokio::test]
async fn a_server_that_ends_when_it_is_asked_for_newer_revisions_is_started_once_more() {
    let upstream = upstream("old");
    assert_eq!(upstream.start().await.unwrap().era, Era::Legacy);
    upstream.stop().await;
}

#[tokio::test]
async fn a_modern_child_is_shared() {
    let upstream = upstream("modern");
    let facts = upstream.start().await.unwrap();
    assert_eq!((facts.era, facts.handshake.is_none()), (Era::Modern, true));
    let mut modern = tool("pid");
    modern.era = Era::Modern;
    let first = upstream.call(None, modern.clone(), deaf()).await.unwrap();
    let second = upstream.bus().call(modern, deaf()).await.unwrap();
    assert_eq!(first.get(), second.get());
    upstream.stop().await;
}

#[tokio::test]
async fn a_child_that_was_idle_is_another_one_afterwards() {
    let mut config = config("legacy");
    config.idle_stop = Duration::from_millis(50);
    let upstream = Upstream::new(config, events().0).unwrap();
    upstream.open(open("a")).await.unwrap();
    let first = pid(&upstream, "a").await;
    until("it is stopped", || !is_alive(first)).await;
    let second = pid(&upstream, "a").await;
    assert_ne!(first, second);
    upstream.stop().await;
    assert!(!is_alive(second));
}

#[tokio::test]
async fn a_child_that_crashes_is_replaced_for_its_session() {
    let mut config = config("legacy");
    config.on_crash = OnCrash::Reinit;
    let upstream = Upstream::new(config, events().0).unwrap();
    upstream.open(open("a")).await.unwrap();
    let first = pid(&upstream, "a").await;
    let begun = Instant::now();
    let error = upstream
        .call(Some("a"), tool("crash"), deaf())
        .await
        .unwrap_err();
    let data = json!({"state": "stopped", "exitCode": 7, "lastLine": "out of cheese"});
    assert_eq!(
        (error.code, value(&error.data.unwrap())),
        (codes::UPSTREAM_FAILED, data)
    );
    assert_ne!(first, pid(&upstream, "a").await);
    assert!(begun.elapsed() < Duration::from_secs(30));
    upstream.stop().await;
}

#[tokio::test]
async fn fifty_sessions_leave_no_child() {
    let upstream = upstream("legacy");
    let mut pids = Vec::new();
    for round in 0..50 {
        let id = round.to_string();
        upstream.open(open(&id)).await.unwrap();
        pids.push(pid(&upstream, &id).await);
        assert!(upstream.close_session(&id));
    }
    until("only the bus session is left", || {
        upstream.counts() == (0, 1)
    })
    .await;
    assert!(pids.iter().all(|pid| !is_alive(*pid)));
    upstream.stop().await;
    assert_eq!(upstream.counts(), (0, 0));
}
