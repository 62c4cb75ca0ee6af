//! A dropped socket is taken up again (attach §3.12).

use std::time::Duration;

use cmdbus_attach::auth::Principal;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::peer::Peer;
use super::world::{Ask, World, declared, hello, message, named, target};

/// A client with a slow tool.
async fn slow(world: &World) -> Peer {
    let mut peer = world.client(&Principal::owner()).await;
    peer.script.has("fs", &["slow"]);
    peer.attach("laptop", json!([declared("fs")])).await;
    world.until_listed("fs.slow").await;
    peer
}

type Outcome = tokio::task::JoinHandle<Result<Value, String>>;

fn call(world: &World) -> Outcome {
    let registry = world.registry.clone();
    tokio::spawn(async move {
        let outcome = registry.execute_dyn("fs.slow", json!({})).await;
        outcome.map_err(|error| error.to_string())
    })
}

async fn cut(world: &World, peer: &mut Peer) {
    peer.cut().await;
    world
        .until(|| world.ids.get("laptop").unwrap().is_suspended())
        .await;
}

#[tokio::test(start_paused = true)]
async fn w21_an_answer_comes_over_the_next_socket_and_nothing_runs_twice() {
    let world = World::new();
    let mut peer = slow(&world).await;
    let outcome = call(&world);
    let request = peer.of_type("server_request").await;
    cut(&world, &mut peer).await;
    let mut peer = world.again(&Principal::owner(), &peer).await;
    assert_eq!(peer.welcome["resumed"], true);
    peer.succeed(&request, "done");
    assert_eq!(outcome.await.unwrap().unwrap(), "done");
    assert!(peer.left().is_empty(), "nothing was sent again");
    // A second answer is nobody's.
    peer.succeed(&request, "done again");
    peer.detach("nothing", Value::Null).await;
    assert_eq!(world.server.figures()["responses_late"], 1);
    assert_eq!(world.ids.get("laptop").unwrap().pending.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_had_not_arrived_is_sent_again_and_the_token_stays_the_same() {
    let world = World::new();
    let mut peer = slow(&world).await;
    peer.pause_reading(true);
    let outcome = call(&world);
    // It is on its way, and lost with the socket.
    world.until(|| world.server.figures()["pending"] == 1).await;
    cut(&world, &mut peer).await;
    // So is the `welcome` of a first try.
    let token = peer.token();
    for _ in 0..3 {
        let mut lost = world.socket(&Principal::owner()).await;
        let mut again = hello();
        again["resume"] = json!({"token": token, "have": peer.have()});
        lost.raw(tokio_tungstenite::tungstenite::Message::text(
            again.to_string(),
        ))
        .await;
        drop(lost);
    }
    let mut peer = world.again(&Principal::owner(), &peer).await;
    assert_eq!(
        (&peer.welcome["resumed"], peer.token()),
        (&json!(true), token)
    );
    let request = peer.of_type("server_request").await;
    assert_eq!(request["params"]["name"], "slow");
    peer.succeed(&request, "done");
    assert_eq!(outcome.await.unwrap().unwrap(), "done");
    assert!(
        peer.left()
            .iter()
            .all(|frame| frame["type"] != "server_request")
    );
}

#[tokio::test(start_paused = true)]
async fn i04_an_attachment_that_does_not_come_back_fails_all_who_wait() {
    let world = World::new();
    let mut peer = slow(&world).await;
    let waiting: Vec<Outcome> = (0..100).map(|_| call(&world)).collect();
    for _ in 0..100 {
        peer.of_type("server_request").await;
    }
    let clone = world.ids.get("laptop").unwrap();
    cut(&world, &mut peer).await;
    let cut = Instant::now();
    for outcome in waiting {
        assert!(outcome.await.unwrap().is_err());
    }
    let waited = cut.elapsed();
    assert!(
        waited <= Duration::from_secs(30) && waited > Duration::from_secs(29),
        "{waited:?}"
    );
    assert!(clone.is_over());
    world.is_empty().await;
}

#[tokio::test(start_paused = true)]
async fn i04_a_client_that_begins_anew_ends_what_it_had() {
    let world = World::new();
    let owner = Principal::owner();
    let peer = world.laptop().await;
    let session = world.session(&owner, json!({})).await;
    for (who, token) in [
        (owner.clone(), json!("rt_nonsense")),
        (named("owner", &["attach", "bus"]), peer.token()),
    ] {
        let mut again = hello();
        again["resume"] = json!({"token": token, "have": 0});
        let other = world.client_saying(&who, again, Default::default()).await;
        assert_eq!(other.welcome["resumed"], false);
        assert_ne!(other.welcome["conn"], peer.welcome["conn"]);
        assert!(
            !peer.is_closed(),
            "somebody else's attachment is not touched"
        );
    }
    // The right one, but the count is impossible.
    let mut again = hello();
    again["resume"] = json!({"token": peer.token(), "have": 4711});
    let other = world.client_saying(&owner, again, Default::default()).await;
    assert_eq!(other.welcome["resumed"], false);
    world.until(|| world.ids.get("laptop").is_none()).await;
    world.until_unlisted("fs.read").await;
    let ask = Ask::post("tools/list", json!({})).session(&session);
    assert_eq!(world.ask(&owner, ask).await.status(), 404);
}

#[tokio::test(start_paused = true)]
async fn while_it_is_suspended_requests_wait_and_a_probe_does_not() {
    let world = World::new();
    let mut peer = world.laptop().await;
    cut(&world, &mut peer).await;
    assert_eq!(world.server.status()[0]["state"], "suspended");
    let before = Instant::now();
    let fs = serde_json::from_value(target("fs")).unwrap();
    let probe = world
        .ids
        .probe("laptop", &fs, before + Duration::from_secs(5))
        .await;
    assert_eq!(probe.unwrap_err().code, -33002);
    assert_eq!(before.elapsed(), Duration::ZERO);
    let registry = world.registry.clone();
    let waits = tokio::spawn(async move { registry.execute_dyn("fs.read", json!({})).await });
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!(!waits.is_finished());
    let _peer = world.again(&Principal::owner(), &peer).await;
    assert_eq!(waits.await.unwrap().unwrap(), r#"fs "read" {}"#);
    assert!(
        world
            .ids
            .probe("laptop", &fs, Instant::now() + Duration::from_secs(5))
            .await
            .is_ok()
    );
}

#[tokio::test(start_paused = true)]
async fn a_late_word_of_the_old_socket_does_not_end_what_the_new_one_carries() {
    let world = World::new();
    let mut peer = world.laptop().await;
    for _ in 0..20 {
        // The old socket is still there, as it is when a network has changed.
        peer = world.again(&Principal::owner(), &peer).await;
        assert_eq!(peer.welcome["resumed"], true);
    }
    // Longer than the grace time, many times.
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(
            world.call("fs.read", json!({})).await.unwrap(),
            r#"fs "read" {}"#
        );
    }
    assert!(!peer.is_closed());
    assert_eq!(world.server.status()[0]["state"], "connected");
}

#[tokio::test(start_paused = true)]
async fn of_two_sockets_that_come_at_once_one_carries_it_and_the_other_is_replaced() {
    let world = World::new();
    let peer = world.laptop().await;
    let owner = Principal::owner();
    let (a, b) = tokio::join!(world.again(&owner, &peer), world.again(&owner, &peer));
    assert_eq!(peer.close_code().await, 4409);
    world.until(|| a.is_closed() || b.is_closed()).await;
    let (replaced, carries) = if a.is_closed() { (a, b) } else { (b, a) };
    assert_eq!(replaced.close_code().await, 4409);
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert!(!carries.is_closed());
    assert_eq!(
        world.call("fs.read", json!({})).await.unwrap(),
        r#"fs "read" {}"#
    );
}

#[tokio::test(start_paused = true)]
async fn without_the_feature_or_after_a_goodbye_a_drop_ends_everything_at_once() {
    let world = World::new();
    for has_feature in [false, true] {
        let mut hello = hello();
        if !has_feature {
            hello["features"] = json!([]);
        }
        let mut peer = world
            .client_saying(&Principal::owner(), hello, Default::default())
            .await;
        peer.attach("laptop", json!([declared("fs")])).await;
        world.until_listed("fs.read").await;
        if has_feature {
            peer.say(json!({"type": "goodbye", "reason": "shutdown"}));
            peer.detach("nothing", Value::Null).await;
        }
        let before = Instant::now();
        peer.cut().await;
        world.is_empty().await;
        assert!(before.elapsed() < Duration::from_secs(1), "{has_feature}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_of_the_gateway_lives_over_a_short_drop() {
    let world = World::new();
    let owner = Principal::owner();
    let mut peer = world.laptop().await;
    let session = world.session(&owner, json!({})).await;
    cut(&world, &mut peer).await;
    let _peer = world.again(&owner, &peer).await;
    let ask = Ask::post("tools/list", json!({})).session(&session);
    let answer = message(world.ask(&owner, ask).await).await;
    assert_eq!(answer["result"]["tools"][0]["name"], "read");
}
