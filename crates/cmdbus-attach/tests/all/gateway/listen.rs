//! `subscriptions/listen` (attach §4.9).

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::support::{Incoming, Sse, World};

const SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";

async fn listening(world: &mut World, id: &str) -> (Sse, Incoming) {
    let mut ask = world.modern("subscriptions/listen", json!({"notifications":{}}));
    ask.body = ask.body.replace("\"id\":7", &format!("\"id\":{id}"));
    let asked = ask.spawn();
    let incoming = world.slow.recv().await.unwrap();
    incoming.tell(
        "notifications/subscriptions/acknowledged",
        r#"{"_meta":{"io.modelcontextprotocol/subscriptionId":99},"notifications":{"toolsListChanged":true}}"#,
    );
    (Sse::of(asked.await.unwrap()), incoming)
}

#[tokio::test(start_paused = true)]
async fn a_subscription_has_the_id_of_its_request_everywhere() {
    let mut world = World::new();
    for id in ["7", "\"7\"", "1.50"] {
        let begun = Instant::now();
        let wanted: Value = serde_json::from_str(id).unwrap();
        let (mut stream, incoming) = listening(&mut world, id).await;
        let first = stream.message().await;
        assert_eq!(first["method"], "notifications/subscriptions/acknowledged");
        assert_eq!(first["params"]["_meta"][SUBSCRIPTION], wanted);
        assert_eq!(
            first["params"]["notifications"],
            json!({"toolsListChanged":true})
        );
        assert_eq!(begun.elapsed(), Duration::ZERO, "a stream at once");
        incoming.tell("notifications/tools/list_changed", "{}");
        let told = stream.message().await;
        assert_eq!(told["params"]["_meta"][SUBSCRIPTION], wanted);
        incoming.answer(
            r#"{"resultType":"complete","_meta":{"io.modelcontextprotocol/subscriptionId":"99"}}"#,
        );
        let last = stream.message().await;
        assert_eq!(last["id"], wanted);
        assert_eq!(last["result"]["_meta"][SUBSCRIPTION], wanted);
        assert_eq!(stream.next().await, None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_subscription_has_no_end_of_its_own_and_ends_with_its_connection() {
    let mut world = World::new();
    let (mut stream, mut incoming) = listening(&mut world, "7").await;
    assert_eq!(incoming.call.limits.total, None);
    stream.message().await;
    sleep(Duration::from_secs(3600)).await;
    incoming.tell("notifications/tools/list_changed", "{}");
    assert_eq!(
        stream.message().await["method"],
        "notifications/tools/list_changed"
    );
    drop(stream);
    incoming.reply.closed().await;
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_drains_ends_subscriptions_in_good_order() {
    let mut world = World::new();
    let (mut stream, _incoming) = listening(&mut world, "7").await;
    stream.message().await;
    world.gateway.drain();
    let last = stream.message().await;
    assert_eq!(last["result"]["resultType"], "complete");
    assert_eq!(last["result"]["_meta"][SUBSCRIPTION], 7);
    assert_eq!(stream.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_listened_to_says_so() {
    let world = World::new();
    world.server.fails_with(-32601, "no such method");
    let ask = world.modern("subscriptions/listen", json!({}));
    assert_eq!(ask.clone().error().await, (404, -32601));
    let json = ask.header("accept", "application/json");
    assert_eq!(json.error().await, (406, -32600));
}

#[tokio::test(start_paused = true)]
async fn w33_changes_that_nobody_has_read_yet_merge_and_none_is_lost() {
    let mut world = World::new();
    let (mut stream, incoming) = listening(&mut world, "7").await;
    incoming.tell("notifications/resources/updated", r#"{"uri":"a:1"}"#);
    incoming.tell("notifications/resources/list_changed", "{}");
    for _ in 0..2000 {
        incoming.tell("notifications/tools/list_changed", "{}");
        incoming.tell("notifications/resources/updated", r#"{"uri":"a:1"}"#);
    }
    let mut methods = Vec::new();
    for _ in 0..4 {
        methods.push(
            stream.message().await["method"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    let wanted = [
        "notifications/subscriptions/acknowledged",
        "notifications/resources/updated",
        "notifications/resources/list_changed",
        "notifications/tools/list_changed",
    ];
    assert_eq!(methods, wanted);
}
