//! Requests of the server to the client (attach §4.10).

use std::time::Duration;

use cmdbus_mcp::carry::Answer;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::support::{Sse, World, question};

async fn reply(world: &World, session: &str, id: &Value, body: &str) -> u16 {
    let body = format!(r#"{{"jsonrpc":"2.0","id":{id},{body}}}"#);
    world
        .post(body)
        .header("mcp-session-id", session)
        .status()
        .await
}

#[tokio::test(start_paused = true)]
async fn w24_sampling_goes_through_and_its_answer_back() {
    let mut world = World::new();
    let session = world.session().await;
    let asked = world.ask(&session, 1, "slow").spawn();
    let incoming = world.slow.recv().await.unwrap();
    let wait = incoming.ask("sampling/createMessage");
    let mut stream = Sse::of(asked.await.unwrap());
    stream.next().await.unwrap();
    let seen = stream.next().await.unwrap();
    assert!(
        seen.data
            .ends_with(r#""method":"sampling/createMessage","params":{"a":1.10}}"#)
    );
    let id = seen.json()["id"].clone();
    assert!(id.is_string());
    assert_eq!(
        reply(&world, &session, &id, r#""result":{"z":1.10}"#).await,
        202
    );
    assert_eq!(wait.await.unwrap().unwrap().get(), r#"{"z":1.10}"#);
    let wait = incoming.ask("elicitation/create");
    let id = stream.message().await["id"].clone();
    assert_eq!(
        reply(
            &world,
            &session,
            &id,
            r#""error":{"code":-1,"message":"no","data":[1.0]}"#
        )
        .await,
        202
    );
    let error = wait.await.unwrap().unwrap_err();
    assert_eq!((error.code, error.data.unwrap().get()), (-1, "[1.0]"));
    incoming.answer("{}");
    assert_eq!(stream.message().await["result"], json!({}));
    assert_eq!(world.figures().unknown_responses, 0);
}

#[tokio::test(start_paused = true)]
async fn w24_an_answer_to_nothing_is_accepted_and_counted() {
    let mut world = World::new();
    let session = world.session().await;
    assert_eq!(
        reply(&world, &session, &json!("gw_0"), r#""result":{}"#).await,
        202
    );
    assert_eq!(
        reply(&world, &session, &json!(5), r#""result":{}"#).await,
        202
    );
    assert_eq!(world.figures().unknown_responses, 2);
    let asked = world.ask(&session, 1, "slow").spawn();
    let incoming = world.slow.recv().await.unwrap();
    let mut wait = incoming.ask("ping");
    let id = Sse::of(asked.await.unwrap()).message().await["id"].clone();
    let other = world.session().await;
    assert_eq!(reply(&world, &other, &id, r#""result":{}"#).await, 202);
    assert_eq!(
        world.figures().unknown_responses,
        3,
        "asked in another session"
    );
    assert!(wait.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn what_the_client_cannot_do_is_refused_at_once() {
    let mut world = World::new();
    let session = world.session_with("2025-11-25", json!({"roots":{}})).await;
    let asked = world.ask(&session, 1, "slow").spawn();
    let incoming = world.slow.recv().await.unwrap();
    for method in ["sampling/createMessage", "elicitation/create"] {
        let refused = incoming.ask(method).await.unwrap().unwrap_err();
        assert_eq!(refused.code, -32601, "{method}");
    }
    let mut allowed = incoming.ask("roots/list");
    assert_eq!(
        Sse::of(asked.await.unwrap()).message().await["method"],
        "roots/list"
    );
    assert!(allowed.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_question_outside_of_a_call_goes_to_the_standalone_stream() {
    let world = World::new();
    let session = world.session().await;
    let (answer, wait) = Answer::pair();
    world
        .server
        .port(&session)
        .hear(question("roots/list", answer));
    sleep(Duration::from_secs(9)).await;
    let mut stream = world.get(&session).sse().await;
    let id = stream.message().await["id"].clone();
    reply(&world, &session, &id, r#""result":{"roots":[]}"#).await;
    assert_eq!(wait.await.unwrap().unwrap().get(), r#"{"roots":[]}"#);
}

#[tokio::test(start_paused = true)]
async fn a_question_of_a_call_that_takes_json_goes_to_the_standalone_stream() {
    let mut world = World::new();
    let session = world.session().await;
    let mut stream = world.get(&session).sse().await;
    let asked = world
        .ask(&session, 1, "slow")
        .header("accept", "application/json")
        .spawn();
    let incoming = world.slow.recv().await.unwrap();
    let wait = incoming.ask("roots/list");
    let id = stream.message().await["id"].clone();
    reply(&world, &session, &id, r#""result":{}"#).await;
    wait.await.unwrap().unwrap();
    incoming.answer("{}");
    asked.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_question_waits_ten_seconds_for_a_stream() {
    let world = World::new();
    let session = world.session().await;
    let (answer, wait) = Answer::pair();
    let begun = Instant::now();
    world
        .server
        .port(&session)
        .hear(question("roots/list", answer));
    assert_eq!(wait.await.unwrap().unwrap_err().code, -33010);
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_waits_no_more_takes_its_question_back() {
    let mut world = World::new();
    let session = world.session().await;
    let asked = world.ask(&session, 1, "slow").spawn();
    let incoming = world.slow.recv().await.unwrap();
    let wait = incoming.ask("roots/list");
    let mut stream = Sse::of(asked.await.unwrap());
    let id = stream.message().await["id"].clone();
    drop(wait);
    let told = stream.message().await;
    assert_eq!(told["method"], "notifications/cancelled");
    assert_eq!(told["params"]["requestId"], id);
    reply(&world, &session, &id, r#""result":{}"#).await;
    assert_eq!(world.figures().unknown_responses, 1);
    drop(incoming);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_call_takes_its_questions_back() {
    let mut world = World::new();
    let session = world.session().await;
    let asked = world.ask(&session, 1, "slow").spawn();
    let incoming = world.slow.recv().await.unwrap();
    let wait = incoming.ask("roots/list");
    let mut stream = Sse::of(asked.await.unwrap());
    let id = stream.message().await["id"].clone();
    incoming.answer("{}");
    let told = stream.message().await;
    assert_eq!(
        (&told["method"], &told["params"]["requestId"]),
        (&json!("notifications/cancelled"), &id)
    );
    assert_eq!(
        stream.message().await["result"],
        json!({}),
        "the answer comes last"
    );
    assert_eq!(wait.await.unwrap().unwrap_err().code, -33002);
}

#[tokio::test(start_paused = true)]
async fn questions_end_with_their_session() {
    let world = World::new();
    let session = world.session().await;
    let _stream = world.get(&session).sse().await;
    let (answer, wait) = Answer::pair();
    let port = world.server.port(&session);
    port.hear(question("roots/list", answer));
    sleep(Duration::from_secs(20)).await;
    port.gone("crashed");
    assert_eq!(wait.await.unwrap().unwrap_err().code, -33002);
    let (answer, wait) = Answer::pair();
    port.hear(question("roots/list", answer));
    wait.await.unwrap().unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn a_server_may_have_64_questions_open_and_no_more() {
    let world = World::new();
    let session = world.session().await;
    let port = world.server.port(&session);
    let mut waits = Vec::new();
    for _ in 0..64 {
        let (answer, wait) = Answer::pair();
        port.hear(question("roots/list", answer));
        waits.push(wait);
    }
    let (answer, wait) = Answer::pair();
    port.hear(question("roots/list", answer));
    assert_eq!(wait.await.unwrap().unwrap_err().code, -33005);
    for wait in waits {
        assert_eq!(wait.await.unwrap().unwrap_err().code, -33010);
    }
    let (answer, wait) = Answer::pair();
    port.hear(question("roots/list", answer));
    assert_eq!(
        wait.await.unwrap().unwrap_err().code,
        -33010,
        "there is room again"
    );
}
