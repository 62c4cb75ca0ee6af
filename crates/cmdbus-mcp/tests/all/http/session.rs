use cmdbus_mcp::carry::{Call, Carrier as _, deaf};
use cmdbus_mcp::rpc::{Era, codes};
use cmdbus_mcp::upstream::{Connection as _, Ended};

use super::server::Server;
use super::{Ear, ask, call, connect, session, within};

async fn hanging() -> Server {
    Server::start(|x| {
        Box::pin(async move {
            if x.session().await {
                return;
            }
            match x.request.method().as_str() {
                "hang" => x.closed().await,
                "lost" => x.json(404, r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"Session not found"}}"#).await,
                _ => x.result("{}").await,
            }
        })
    })
    .await
}

#[tokio::test]
async fn a_forgotten_session_ends_the_connection_and_every_call_in_it() {
    let server = hanging().await;
    let (connection, _) = session(&server).await;
    let other = tokio::spawn(connection.call(Call::new(Era::Legacy, "hang", None), deaf()));
    server.sees(|seen| seen.method() == "hang").await;
    let error = call(&connection, Era::Legacy, "lost", None, &Ear::default())
        .await
        .unwrap_err();
    assert_eq!(error.code, codes::UPSTREAM_FAILED);
    assert!(error.data.unwrap().get().contains("session_lost"));
    assert_eq!(within(connection.ended()).await, Ended::SessionLost);
    assert_eq!(
        within(other).await.unwrap().unwrap_err().code,
        codes::UPSTREAM_FAILED
    );
    assert_eq!(
        ask(&connection, Era::Legacy).await,
        Err(codes::UPSTREAM_FAILED)
    );
    // What is forgotten need not be ended.
    within(connection.close()).await;
    assert_eq!(within(connection.ended()).await, Ended::SessionLost);
    assert_eq!(server.count(|seen| seen.verb == "DELETE"), 0);
}

#[tokio::test]
async fn closing_gives_the_session_back_and_fails_what_is_in_progress() {
    let server = hanging().await;
    let (connection, _) = session(&server).await;
    let call = tokio::spawn(connection.call(Call::new(Era::Legacy, "hang", None), deaf()));
    server.sees(|seen| seen.method() == "hang").await;
    within(connection.close()).await;
    assert_eq!(
        within(call).await.unwrap().unwrap_err().code,
        codes::CHANNEL_LOST
    );
    assert_eq!(within(connection.ended()).await, Ended::Closed);
    let given_back = server.sees(|seen| seen.verb == "DELETE").await;
    assert_eq!(given_back.header("mcp-session-id"), Some("s-1"));
    assert_eq!(
        ask(&connection, Era::Legacy).await,
        Err(codes::CHANNEL_LOST)
    );
    within(connection.close()).await;
    assert_eq!(server.count(|seen| seen.verb == "DELETE"), 1);
}

#[tokio::test]
async fn dropping_gives_the_session_back_too() {
    let server = hanging().await;
    let (connection, _) = session(&server).await;
    let ended = connection.ended();
    let call = tokio::spawn(connection.call(Call::new(Era::Legacy, "hang", None), deaf()));
    server.sees(|seen| seen.method() == "hang").await;
    drop(connection);
    assert_eq!(within(ended).await, Ended::Closed);
    assert_eq!(
        within(call).await.unwrap().unwrap_err().code,
        codes::CHANNEL_LOST
    );
    server.sees(|seen| seen.verb == "DELETE").await;
    server
        .sees(|seen| seen.method() == "hang" && seen.closed)
        .await;
}

#[tokio::test]
async fn w46_a_handshake_that_comes_to_nothing_leaves_no_session_behind() {
    let server = Server::start(|x| {
        Box::pin(async move {
            let refused = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no"}}"#;
            let json = ("content-type", "application/json");
            match x.before {
                0 => {
                    x.reply(200, &[json, ("mcp-session-id", "s-0")], refused.as_bytes())
                        .await
                }
                _ => {
                    x.session().await;
                }
            }
        })
    })
    .await;
    let (connection, _) = connect(&server, Era::Legacy);
    let refused = call(
        &connection,
        Era::Legacy,
        "initialize",
        None,
        &Ear::default(),
    )
    .await;
    assert_eq!(refused.unwrap_err().code, -32602);
    let given_back = server.sees(|seen| seen.verb == "DELETE").await;
    assert_eq!(given_back.header("mcp-session-id"), Some("s-0"));
    // The next try may succeed; one more is one too many.
    super::handshake(&connection).await;
    let again = call(
        &connection,
        Era::Legacy,
        "initialize",
        None,
        &Ear::default(),
    )
    .await;
    assert_eq!(again.unwrap_err().code, codes::INVALID_REQUEST);
}

#[tokio::test]
async fn a_dropped_call_is_cancelled_with_its_own_id_in_the_legacy_era() {
    let server = hanging().await;
    let (connection, _) = session(&server).await;
    let call = tokio::spawn(connection.call(Call::new(Era::Legacy, "hang", None), deaf()));
    let sent = server.sees(|seen| seen.method() == "hang").await;
    call.abort();
    let cancelled = server
        .sees(|seen| seen.method() == "notifications/cancelled")
        .await;
    assert!(
        cancelled
            .body
            .contains(&format!(r#""requestId":{}"#, sent.id()))
    );
    // What has been answered is not cancelled, and what was never sent neither.
    ask(&connection, Era::Legacy).await.unwrap();
    drop(connection.call(Call::new(Era::Legacy, "hang", None), deaf()));
    within(connection.close()).await;
    assert_eq!(
        server.count(|seen| seen.method() == "notifications/cancelled"),
        1
    );
}

#[tokio::test]
async fn an_initialize_is_never_cancelled() {
    let server = Server::start(|x| Box::pin(x.closed())).await;
    let (connection, _) = connect(&server, Era::Legacy);
    let call = tokio::spawn(connection.call(Call::new(Era::Legacy, "initialize", None), deaf()));
    server.sees(|seen| seen.method() == "initialize").await;
    call.abort();
    server.sees(|seen| seen.closed).await;
    within(connection.close()).await;
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_dropped_call_closes_its_response_in_the_modern_era() {
    let server = hanging().await;
    let (connection, _) = connect(&server, Era::Modern);
    let call = tokio::spawn(connection.call(Call::new(Era::Modern, "hang", None), deaf()));
    server.sees(|seen| seen.method() == "hang").await;
    call.abort();
    server.sees(|seen| seen.closed).await;
    assert_eq!(server.seen().len(), 1);
}
