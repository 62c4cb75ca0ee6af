use cmdbus_mcp::carry::{Call, Carrier as _, deaf};
use cmdbus_mcp::rpc::{Era, codes};
use cmdbus_mcp::upstream::{HttpConfig, HttpConnection};

use super::server::Server;
use super::{Ear, ask, call, connect, handshake, raw, session, within};

async fn plain() -> Server {
    Server::start(|x| {
        Box::pin(async move {
            if !x.session().await {
                x.result("{}").await;
            }
        })
    })
    .await
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[tokio::test]
async fn a_legacy_session_is_named_after_its_handshake() {
    let server = plain().await;
    let (connection, _) = session(&server).await;
    ask(&connection, Era::Legacy).await.unwrap();
    let seen = server.seen();
    let (first, told) = (&seen[0], &seen[1]);
    assert_eq!(first.header("mcp-session-id"), None);
    assert_eq!(first.header("mcp-protocol-version"), None);
    assert_eq!(told.method(), "notifications/initialized");
    let asked = server.sees(|seen| seen.method() == "tools/call").await;
    for request in [told, &asked] {
        assert_eq!(request.header("mcp-session-id"), Some("s-1"));
        // What was agreed on, not what was asked for.
        assert_eq!(request.header("mcp-protocol-version"), Some("2025-06-18"));
        assert_eq!(
            request.header("accept"),
            Some("application/json, text/event-stream")
        );
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert_eq!(request.header("mcp-method"), None);
    }
    assert!(!asked.body.contains("_meta"));
}

#[tokio::test]
async fn a_modern_call_is_described_by_its_headers() {
    let server = plain().await;
    let (connection, _) = connect(&server, Era::Modern);
    let meta = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-12-01"}"#;
    for (method, params) in [
        ("tools/call", format!(r#"{{{meta},"name":"grüße"}}"#)),
        (
            "resources/read",
            format!(r#"{{"uri":"file:///a b",{meta}}}"#),
        ),
        ("tools/list", format!(r#"{{{meta},"name":"x"}}"#)),
    ] {
        call(
            &connection,
            Era::Modern,
            method,
            Some(&params),
            &Ear::default(),
        )
        .await
        .unwrap();
    }
    let names = [Some("=?base64?Z3LDvMOfZQ==?="), Some("file:///a b"), None];
    for (request, name) in server.seen().iter().zip(names) {
        assert_eq!(request.header("mcp-protocol-version"), Some("2026-12-01"));
        assert_eq!(
            request.header("mcp-method"),
            Some(request.method().as_str())
        );
        assert_eq!(request.header("mcp-name"), name);
        assert_eq!(request.header("mcp-session-id"), None);
    }
}

#[tokio::test]
async fn w39_configured_headers_go_along_and_credentials_of_callers_do_not() {
    let server = plain().await;
    let own = pairs(&[("Authorization", "Bearer ours"), ("x-key", "k")]);
    let config = HttpConfig::new(&server.url(), &own).unwrap();
    let connection = HttpConnection::new(config, Era::Modern, deaf());
    let mut call = Call::new(Era::Modern, "tools/call", Some(raw("{}")));
    call.headers = pairs(&[
        ("authorization", "Bearer theirs"),
        ("cookie", "c"),
        ("mcp-session-id", "theirs"),
        ("mcp-name", "theirs"),
        ("x-key", "theirs"),
        ("traceparent", "00-1"),
        ("mcp-param-region", "eu"),
    ]);
    within(connection.call(call, deaf())).await.unwrap();
    let request = &server.seen()[0];
    for (name, value) in [
        ("authorization", Some("Bearer ours")),
        ("cookie", None),
        ("mcp-session-id", None),
        ("mcp-name", None),
        ("x-key", Some("k")),
        ("traceparent", Some("00-1")),
        ("mcp-param-region", Some("eu")),
    ] {
        assert_eq!(request.header(name), value, "{name}");
    }
}

#[tokio::test]
async fn redirects_are_followed_within_the_origin_only() {
    let elsewhere = plain().await;
    let away = elsewhere.url();
    let server = Server::start(move |x| {
        let away = away.clone();
        Box::pin(async move {
            match x.request.path.as_str() {
                "/mcp" => x.reply(307, &[("location", "/mcp/")], b"").await,
                "/mcp/" if x.request.method() == "tools/call" => x.result("1").await,
                "/mcp/" => x.reply(308, &[("location", &away)], b"").await,
                _ => x.reply(302, &[("location", "/loop")], b"").await,
            }
        })
    })
    .await;
    let own = pairs(&[("x-key", "secret")]);
    let config = HttpConfig::new(&server.url(), &own).unwrap();
    let connection = HttpConnection::new(config, Era::Modern, deaf());
    assert_eq!(ask(&connection, Era::Modern).await.unwrap(), "1");
    let followed = &server.seen()[1];
    assert_eq!(
        (followed.verb.as_str(), followed.path.as_str()),
        ("POST", "/mcp/")
    );
    assert_eq!(followed.header("x-key"), Some("secret"));

    let error = call(
        &connection,
        Era::Modern,
        "tools/list",
        None,
        &Ear::default(),
    )
    .await
    .unwrap_err();
    assert_eq!(error.code, codes::UPSTREAM_FAILED);
    assert!(
        error.message.contains("another origin"),
        "{}",
        error.message
    );
    assert!(elsewhere.seen().is_empty());

    let config = HttpConfig::new(&server.url().replace("/mcp", "/loop"), &[]).unwrap();
    let connection = HttpConnection::new(config, Era::Modern, deaf());
    assert_eq!(
        ask(&connection, Era::Modern).await,
        Err(codes::UPSTREAM_FAILED)
    );
}

#[tokio::test]
async fn a_call_waits_for_what_was_told_before_it() {
    let server = plain().await;
    let (connection, _) = connect(&server, Era::Legacy);
    handshake(&connection).await;
    for _ in 0..20 {
        connection.notify("notifications/roots/list_changed", None, &[]);
    }
    // Whatever id stands here is nobody's business.
    connection.notify(
        "notifications/cancelled",
        Some(raw(r#"{"requestId":1}"#)),
        &[],
    );
    ask(&connection, Era::Legacy).await.unwrap();
    let seen = server.seen();
    let posts: Vec<_> = seen.iter().filter(|seen| seen.verb == "POST").collect();
    assert_eq!(posts.len(), 23);
    assert_eq!(posts[22].method(), "tools/call");
    assert!(
        posts
            .iter()
            .all(|post| post.method() != "notifications/cancelled")
    );
}

#[test]
fn an_impossible_configuration_says_what_to_mend() {
    for (url, headers, said) in [
        ("nowhere", pairs(&[]), "`url`"),
        ("ftp://x/", pairs(&[]), "`ftp:`"),
        ("http://x/", pairs(&[("a b", "c")]), "`a b`"),
        ("http://x/", pairs(&[("x", "a\nb")]), "`x`"),
        (
            "http://x/",
            pairs(&[("Content-Type", "x")]),
            "`Content-Type`",
        ),
    ] {
        let error = HttpConfig::new(url, &headers).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    let config = HttpConfig::new("http://user:pass@x/p?key=s", &pairs(&[("x", "hide")])).unwrap();
    let shown = format!("{config:?}");
    assert!(
        !["pass", "key", "hide"]
            .iter()
            .any(|secret| shown.contains(secret)),
        "{shown}"
    );
    assert!(config.with_ca(b"no certificate").is_err());
}
