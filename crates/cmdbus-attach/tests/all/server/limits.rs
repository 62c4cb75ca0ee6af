//! How much an attaching client may declare (attach §3.3).

use cmdbus_attach::auth::Principal;
use serde_json::{Value, json};

use super::world::{World, declared, target};

fn texts(count: usize, length: usize) -> Value {
    vec!["x".repeat(length); count].into()
}

fn args(count: usize, name: usize, pattern: usize) -> Value {
    let arg = json!({"name": "x".repeat(name), "pattern": "y".repeat(pattern)});
    vec![arg; count].into()
}

#[tokio::test(start_paused = true)]
async fn a_server_is_described_within_limits() {
    let world = World::new();
    let mut peer = world.client(&Principal::owner()).await;
    for (member, most, more) in [
        ("eras", texts(16, 32), [texts(17, 1), texts(1, 33)]),
        ("headers", texts(64, 128), [texts(65, 1), texts(1, 129)]),
        ("args", args(64, 64, 1024), [args(65, 1, 1), args(1, 65, 1)]),
        (
            "args",
            args(1, 1, 1024),
            [args(1, 1, 1025), args(1, 65, 1025)],
        ),
        (
            "expose",
            json!({"prefix": "x".repeat(64)}),
            [
                json!({"prefix": "x".repeat(65)}),
                json!({"prefix": "x".repeat(1000)}),
            ],
        ),
    ] {
        let mut server = declared("fs");
        server[member] = most;
        peer.attach("laptop", json!([server])).await;
        for more in more {
            server[member] = more;
            let frame = json!({"attach_id": "other", "servers": [server]});
            let refused = peer.try_attach(frame).await;
            assert_eq!(refused["code"], "bad_target", "{member}");
            let said = refused["message"].as_str().unwrap();
            assert!(said.starts_with("`fs` has "), "{said}");
        }
    }
    assert!(world.ids.get("other").is_none(), "nothing is bound");
}

#[tokio::test(start_paused = true)]
async fn callers_are_few_and_their_names_short() {
    let world = World::new();
    let mut peer = world.client(&Principal::owner()).await;
    for (callers, code) in [
        (texts(256, 256), Value::Null),
        (texts(257, 1), json!("forbidden")),
        (texts(1, 257), json!("forbidden")),
    ] {
        let frame = json!({"attach_id": "laptop", "servers": [], "callers": callers});
        assert_eq!(peer.try_attach(frame).await["code"], code);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reason_is_cut_wherever_it_comes_from() {
    let world = World::new();
    let mut peer = world.client(&Principal::owner()).await;
    let mut server = declared("fs");
    server["state"] = "failed".into();
    server["detail"] = "a".repeat(2000).into();
    peer.attach("laptop", json!([server])).await;
    let kept = || world.server.status()[0]["servers"][0]["detail"].clone();
    assert_eq!(kept(), "a".repeat(1024));
    let failed = json!({"target": target("fs"), "state": "failed", "detail": "b".repeat(2000)});
    peer.request("status", failed);
    world.until(|| kept() == "b".repeat(1024)).await;
}

#[tokio::test(start_paused = true)]
async fn revisions_that_come_later_are_within_limits_too() {
    let world = World::new();
    let mut peer = world.client(&Principal::owner()).await;
    let mut server = declared("fs");
    server["eras"] = json!([]);
    peer.attach("laptop", json!([server])).await;
    for eras in [texts(17, 1), texts(1, 33)] {
        let id = peer.request(
            "status",
            json!({"target": target("fs"), "state": "ready", "eras": eras}),
        );
        let complaint = peer.of_type("error").await;
        assert_eq!(
            (&complaint["code"], &complaint["ref"]),
            (&json!("bad_frame"), &json!(id))
        );
    }
    assert!(!world.has("fs.read"));
}
