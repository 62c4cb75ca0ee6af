use cmdbus_mcp::carry::{Answer, Call, Carrier as _, FromServer, deaf};
use cmdbus_mcp::rpc::Era;

use super::server::{Exchange, Server};
use super::{Ear, call, connect, raw, session, within};

const ASK: &str = r#"{"jsonrpc":"2.0","id":"q\u002d1","method":"elicitation/create","params":{"message":"name?"}}"#;
const WITHDRAW: &str =
    r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"q\u002d1"}}"#;

fn is_answer(seen: &super::server::Seen) -> bool {
    seen.verb == "POST" && seen.method().is_empty()
}

/// Asks in the stream of a call, and answers the call when it is told to go on.
async fn ask_in_call(x: &mut Exchange) {
    if x.session().await {
        return;
    }
    x.stream().await;
    x.event(ASK).await;
    match x.request.method().as_str() {
        "withdraw" => {
            x.event(WITHDRAW).await;
            x.closed().await;
        }
        "done" => {
            let answer = x.answer("{}");
            x.event(&answer).await;
            x.end().await;
        }
        _ => x.closed().await,
    }
}

async fn question(ear: &Ear) -> Answer {
    match ear.next().await {
        FromServer::Request {
            method,
            answer,
            params,
        } => {
            assert_eq!(method, "elicitation/create");
            assert_eq!(params.unwrap().get(), r#"{"message":"name?"}"#);
            answer
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_question_in_the_stream_of_a_call_is_answered_with_a_post() {
    let server = Server::start(|x| Box::pin(ask_in_call(x))).await;
    let (connection, session) = session(&server).await;
    let ear = Ear::default();
    let calling = tokio::spawn(connection.call(Call::new(Era::Legacy, "wait", None), ear.hears()));
    let answer = question(&ear).await;
    answer.give(Ok(raw(r#"{"action":"accept","n":1.10}"#)));
    let posted = server.sees(is_answer).await;
    // The id goes back as it came.
    assert_eq!(
        posted.body,
        r#"{"jsonrpc":"2.0","id":"q\u002d1","result":{"action":"accept","n":1.10}}"#
    );
    assert_eq!(posted.header("mcp-session-id"), Some("s-1"));
    assert!(session.all().is_empty());
    calling.abort();
}

#[tokio::test]
async fn a_question_in_the_standalone_stream_is_heard_by_the_session() {
    let server = Server::start(|x| {
        Box::pin(async move {
            if x.request.verb == "GET" {
                x.stream().await;
                x.event(ASK).await;
                // A second one with the same id is no second one.
                x.event(ASK).await;
                x.closed().await;
            } else {
                x.session().await;
            }
        })
    })
    .await;
    let (connection, ear) = session(&server).await;
    // Without an answer the server is told that there will be none.
    drop(question(&ear).await);
    let posted = server
        .sees(|seen| is_answer(seen) && seen.body.contains("-33010"))
        .await;
    assert!(posted.body.contains(r#""id":"q\u002d1""#));
    drop(connection);
}

#[tokio::test]
async fn a_question_is_given_up_when_the_server_or_its_call_does() {
    let server = Server::start(|x| Box::pin(ask_in_call(x))).await;
    let (connection, _) = session(&server).await;
    for method in ["withdraw", "done", "wait"] {
        let ear = Ear::default();
        let call = Call::new(Era::Legacy, method, None);
        let calling = tokio::spawn(connection.call(call, ear.hears()));
        let mut answer = question(&ear).await;
        if method == "wait" {
            calling.abort();
        }
        within(answer.given_up()).await;
        answer.give(Ok(raw("1")));
        calling.abort();
    }
    assert_eq!(server.count(is_answer), 0);
}

#[tokio::test]
async fn a_modern_server_that_asks_is_not_answered_and_its_call_goes_on() {
    let server = Server::start(|x| Box::pin(ask_in_call(x))).await;
    let (connection, session) = connect(&server, Era::Modern);
    let ear = Ear::default();
    call(&connection, Era::Modern, "done", None, &ear)
        .await
        .unwrap();
    assert!(ear.all().is_empty() && session.all().is_empty());
    assert_eq!(server.count(is_answer), 0);
}

#[tokio::test]
async fn a_flood_of_questions_is_refused_beyond_a_bound() {
    let server = Server::start(|x| {
        Box::pin(async move {
            if x.session().await {
                return;
            }
            x.stream().await;
            for id in 0..80 {
                x.event(&format!(
                    r#"{{"jsonrpc":"2.0","id":{id},"method":"roots/list"}}"#
                ))
                .await;
            }
            x.closed().await;
        })
    })
    .await;
    let (connection, _) = session(&server).await;
    let ear = Ear::default();
    let calling = tokio::spawn(connection.call(Call::new(Era::Legacy, "m", None), ear.hears()));
    for id in 64..80 {
        let refused = server
            .sees(|seen| is_answer(seen) && seen.id() == id.to_string())
            .await;
        assert!(refused.body.contains("-33005"), "{}", refused.body);
    }
    assert_eq!(ear.all().len(), 64);
    calling.abort();
    // An ear that refuses by itself does so at once.
    let other = connection.call(Call::new(Era::Legacy, "m", None), deaf());
    let other = tokio::spawn(other);
    server
        .sees(|seen| is_answer(seen) && seen.body.contains("-32601"))
        .await;
    other.abort();
}
