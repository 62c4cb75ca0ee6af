use cmdbus_mcp::rpc::codes;
use cmdbus_mcp::upstream::{HttpConfig, Spoken, probe_http};

use super::server::Server;
use super::within;

/// Probes a server that gives one response.
async fn probe(status: u16, kind: &'static str, body: &'static str) -> Result<Spoken, i64> {
    let server = Server::start(move |x| {
        Box::pin(async move {
            assert_eq!(x.request.header("mcp-method"), Some("server/discover"));
            assert_eq!(x.request.header("mcp-protocol-version"), Some("2026-07-28"));
            let body = body.replace("ID", &x.request.id());
            x.reply(status, &[("content-type", kind)], body.as_bytes())
                .await;
        })
    })
    .await;
    let config = HttpConfig::new(&server.url(), &[]).unwrap();
    within(probe_http(&config))
        .await
        .map_err(|error| error.code)
}

#[tokio::test]
async fn modern_answers_and_modern_errors_mean_modern() {
    let discovered =
        r#"{"jsonrpc":"2.0","id":ID,"result":{"supportedVersions":["2026-07-28"],"x":1.10}}"#;
    match probe(200, "application/json", discovered).await {
        Ok(Spoken::Modern(Some(result))) => assert!(result.get().contains("1.10")),
        other => panic!("{other:?}"),
    }
    for body in [
        r#"{"jsonrpc":"2.0","id":ID,"error":{"code":-32020,"message":"headers"}}"#,
        r#"{"jsonrpc":"2.0","id":ID,"error":{"code":-32021,"message":"capability"}}"#,
        r#"{"jsonrpc":"2.0","id":ID,"error":{"code":-32022,"message":"version","data":{"supported":["2026-07-28"]}}}"#,
    ] {
        let spoken = probe(400, "application/json", body).await;
        assert!(matches!(spoken, Ok(Spoken::Modern(None))), "{body}");
    }
}

#[tokio::test]
async fn anything_else_means_the_handshake() {
    for (status, kind, body) in [
        (
            400,
            "application/json",
            r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"no session"}}"#,
        ),
        (400, "text/plain", "no session"),
        (404, "text/plain", ""),
        (405, "text/plain", ""),
        (500, "text/plain", ""),
        (202, "text/plain", ""),
        (
            200,
            "application/json",
            r#"{"jsonrpc":"2.0","id":ID,"error":{"code":-32601,"message":"method"}}"#,
        ),
        (
            200,
            "application/json",
            r#"{"jsonrpc":"2.0","id":ID,"result":{"supportedVersions":["2025-11-25"]}}"#,
        ),
        (
            400,
            "application/json",
            r#"{"jsonrpc":"2.0","id":ID,"error":{"code":-32022,"message":"v","data":{"supported":["2025-11-25"]}}}"#,
        ),
    ] {
        let spoken = probe(status, kind, body).await;
        assert!(
            matches!(spoken, Ok(Spoken::Legacy)),
            "{status} {body}: {spoken:?}"
        );
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_asked_is_of_no_era() {
    assert_eq!(
        probe(401, "text/plain", "").await.unwrap_err(),
        codes::UPSTREAM_FAILED
    );
    let config = HttpConfig::new("http://127.0.0.1:1/mcp", &[]).unwrap();
    let error = within(probe_http(&config)).await.unwrap_err();
    assert_eq!(error.code, codes::UPSTREAM_FAILED);
}
