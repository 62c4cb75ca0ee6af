//! Paths and routing keys (attach §4.2).

use cmdbus_attach::frame::Target;
use cmdbus_attach::gateway::{Route, Settings};
use serde_json::json;

use super::support::{World, text_of};

fn named(id: &str, name: &str) -> Route {
    Route::Server(
        id.to_owned(),
        Target::Named {
            name: name.to_owned(),
        },
    )
}

fn other(id: &str, four: [&str; 4]) -> Route {
    let [owner, name, version, mcp] = four.map(ToOwned::to_owned);
    Route::Server(
        id.to_owned(),
        Target::Other {
            owner,
            name,
            version,
            mcp,
        },
    )
}

const BODY: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize"}"#;

#[tokio::test]
async fn every_path_leads_to_its_server() {
    let world = World::new();
    let primary = || Route::Server("x".to_owned(), Target::Primary);
    let cases = [
        ("/mcp", "", Route::Everything),
        ("/mcp", "x", Route::OneId("x".to_owned())),
        ("/a/x/mcp", "", Route::OneId("x".to_owned())),
        ("/a/x/mcp/fs", "", named("x", "fs")),
        ("/a/x/mcp/fs", "x", named("x", "fs")),
        ("/a/x/mcp/primary", "", primary()),
        (
            "/a/x/mcp/acme/db/1.4.0/sql",
            "",
            other("x", ["acme", "db", "1.4.0", "sql"]),
        ),
        (
            "/a/swarm-7%2Fagent-2/mcp/f%20s",
            "",
            named("swarm-7/agent-2", "f s"),
        ),
        ("/a/%2541/mcp/fs", "", named("%41", "fs")),
        ("/mcp/fs", "swarm-7/agent-2", named("swarm-7/agent-2", "fs")),
        ("/objectiveai", "x", primary()),
        (
            "/acme/db/1.4.0/sql",
            "x",
            other("x", ["acme", "db", "1.4.0", "sql"]),
        ),
    ];
    for (path, key, route) in cases {
        let mut ask = world.post(BODY).at(path);
        if !key.is_empty() {
            ask = ask.header("x-cmdbus-attach-id", key);
        }
        assert_eq!(ask.status().await, 200, "{path}");
        assert_eq!(
            world.server.routes.lock().unwrap().pop(),
            Some(route),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_old_name_of_the_key_header_is_good_too() {
    let world = World::new();
    let ask = world
        .post(BODY)
        .at("/mcp/fs")
        .header("X-OBJECTIVEAI-RESPONSE-ID", "x");
    assert_eq!(ask.status().await, 200);
    assert_eq!(
        world.server.routes.lock().unwrap().pop(),
        Some(named("x", "fs"))
    );
}

#[tokio::test]
async fn keys_that_are_no_keys_are_refused() {
    let world = World::new();
    let long = "x".repeat(257);
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("/mcp/fs", &[]),
        ("/objectiveai", &[]),
        ("/acme/db/1/sql", &[]),
        ("/mcp/fs", &[("x-cmdbus-attach-id", "")]),
        ("/mcp/fs", &[("x-cmdbus-attach-id", &long)]),
        (
            "/mcp/fs",
            &[("x-cmdbus-attach-id", "x"), ("x-cmdbus-attach-id", "x")],
        ),
        (
            "/mcp/fs",
            &[
                ("x-cmdbus-attach-id", "x"),
                ("x-objectiveai-response-id", "x"),
            ],
        ),
        ("/mcp/fs", &[("x-cmdbus-attach-id", "a\tb")]),
        ("/a/x/mcp/fs", &[("x-cmdbus-attach-id", "y")]),
        ("/a/%00/mcp/fs", &[]),
        ("/a/%ff/mcp/fs", &[]),
    ];
    for (path, headers) in cases {
        let mut ask = world.post(BODY).at(path);
        for (name, value) in *headers {
            ask = ask.header(name, value);
        }
        let (status, answer) = ask.json().await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (400, &json!(-32600)),
            "{path}"
        );
        assert_eq!(answer["id"], 1);
    }
    let longest = world
        .post(BODY)
        .at("/mcp/fs")
        .header("x-cmdbus-attach-id", &long[1..]);
    assert_eq!(longest.status().await, 200);
}

#[tokio::test]
async fn w37_what_is_unknown_or_forbidden_is_said_in_json() {
    let world = World::new();
    let at = |path: &str| world.post(BODY).at(path);
    assert_eq!(at("/a/unknown/mcp/fs").error().await, (404, -33001));
    assert_eq!(at("/a/secret/mcp/fs").error().await, (403, -33007));
    let (_, answer) = at("/a/unknown/mcp/fs").json().await;
    assert_eq!(answer["id"], 1);
}

#[tokio::test]
async fn the_four_part_route_takes_nothing_that_belongs_to_others() {
    let world = World::with(Settings {
        reserved: vec!["cmds".to_owned()],
        ..Settings::default()
    });
    for path in ["/a/x/y/z", "/mcp/x/y/z", "/cmds/x/y/z"] {
        let ask = world.post(BODY).at(path).header("x-cmdbus-attach-id", "x");
        assert_eq!(ask.error().await, (404, -33001), "{path}");
    }
    assert!(world.server.routes.lock().unwrap().is_empty());
}

#[tokio::test]
async fn other_methods_are_told_which_there_are() {
    let world = World::new();
    for method in ["PUT", "PATCH", "OPTIONS"] {
        let reply = world.request(method, "/mcp").send().await;
        assert_eq!(reply.status(), 405);
        assert_eq!(reply.headers()["allow"], "GET, POST, DELETE");
        assert!(text_of(reply).await.contains("jsonrpc"));
    }
}

#[tokio::test]
async fn the_process_says_that_it_lives_and_whether_it_takes_more() {
    let world = World::new();
    assert_eq!(world.request("GET", "/healthz").text().await, "ok");
    assert_eq!(world.request("GET", "/readyz").text().await, "ok");
    world.gateway.drain();
    assert_eq!(world.request("GET", "/healthz").text().await, "ok");
    assert_eq!(world.request("GET", "/readyz").status().await, 503);
}

#[tokio::test]
async fn without_the_layer_of_tokens_nobody_is_let_in() {
    let world = World::new();
    let mut request = world.post(BODY).request();
    request.extensions_mut().clear();
    let reply = tower::ServiceExt::oneshot(world.router.clone(), request)
        .await
        .unwrap();
    assert_eq!(reply.status(), 500);
    assert!(world.server.routes.lock().unwrap().is_empty());
}
